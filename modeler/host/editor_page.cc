#include "modeler/host/editor_page.h"

#include <QWebEngineUrlRequestInfo>

#include "base/log.h"

namespace ameide::modeler {

void NoNetwork::interceptRequest(QWebEngineUrlRequestInfo& request) {
  const QString scheme = request.requestUrl().scheme();
  if (scheme != QLatin1String("ameide-editor") && scheme != QLatin1String("data") &&
      scheme != QLatin1String("blob")) {
    request.block(true);
  }
}

EditorPage::EditorPage(QWebEngineProfile* profile, QObject* parent) : QWebEnginePage(profile, parent) {
  connect(this, &QWebEnginePage::featurePermissionRequested, this,
          [this](const QUrl& origin, Feature feature) {
            setFeaturePermission(origin, feature, PermissionDeniedByUser);
          });
}

bool EditorPage::acceptNavigationRequest(const QUrl& url, NavigationType, bool) {
  return url.scheme() == QLatin1String("ameide-editor");
}

QWebEnginePage* EditorPage::createWindow(WebWindowType) { return nullptr; }

void EditorPage::javaScriptConsoleMessage(JavaScriptConsoleMessageLevel level, const QString& message,
                                          int line, const QString& source) {
  const std::string text = message.toStdString();
  const std::string place = source.toStdString() + ":" + std::to_string(line);
  if (level != ErrorMessageLevel) return LogDebug("editor", {{"text", text}, {"place", place}});
  LogError("editor", {{"text", text}, {"place", place}});
  Q_EMIT failed(message);
}

}  // namespace ameide::modeler
