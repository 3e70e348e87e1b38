#include "modeler/host/editor_scheme.h"

#include <QFile>
#include <QWebEngineUrlRequestJob>
#include <QWebEngineUrlScheme>

namespace ameide::modeler {

void RegisterScheme() {
  QWebEngineUrlScheme scheme("ameide-editor");
  scheme.setSyntax(QWebEngineUrlScheme::Syntax::Host);
  scheme.setFlags(QWebEngineUrlScheme::SecureScheme | QWebEngineUrlScheme::LocalScheme |
                  QWebEngineUrlScheme::LocalAccessAllowed);
  QWebEngineUrlScheme::registerScheme(scheme);
}

void EditorScheme::requestStarted(QWebEngineUrlRequestJob* job) {
  // A fixed list: a path from the outside never becomes a file name.
  static const struct {
    const char* path;
    const char* resource;
    const char* type;
  } kFiles[] = {
      {"/bpmn.html", ":/editors/bpmn.html", "text/html"},
      {"/bpmn.js", ":/editors/bpmn.js", "text/javascript"},
      {"/bpmn.css", ":/editors/bpmn.css", "text/css"},
      {"/compare.html", ":/editors/compare.html", "text/html"},
      {"/form.html", ":/editors/form.html", "text/html"},
      {"/compare.js", ":/editors/compare.js", "text/javascript"},
      {"/form.js", ":/editors/form.js", "text/javascript"},
      {"/compare.css", ":/editors/compare.css", "text/css"},
      {"/form.css", ":/editors/form.css", "text/css"},
      {"/elk-worker.js", ":/editors/elk-worker.js", "text/javascript"},
      {"/qwebchannel.js", ":/qtwebchannel/qwebchannel.js", "text/javascript"},
  };
  if (job->requestMethod() != "GET") return job->fail(QWebEngineUrlRequestJob::RequestDenied);
  for (const auto& file : kFiles) {
    if (job->requestUrl().path() != QLatin1String(file.path)) continue;
    auto* content = new QFile(QLatin1String(file.resource), job);
    if (!content->open(QIODevice::ReadOnly)) return job->fail(QWebEngineUrlRequestJob::RequestFailed);
    return job->reply(file.type, content);
  }
  job->fail(QWebEngineUrlRequestJob::UrlNotFound);
}

}  // namespace ameide::modeler
