#pragma once

#include <QWebEnginePage>
#include <QWebEngineUrlRequestInterceptor>

namespace ameide::modeler {

/// Lets nothing out: only the editors' own scheme and data that the page made itself.
class NoNetwork : public QWebEngineUrlRequestInterceptor {
  Q_OBJECT

 public:
  using QWebEngineUrlRequestInterceptor::QWebEngineUrlRequestInterceptor;
  void interceptRequest(QWebEngineUrlRequestInfo& request) override;
};

/// A page that stays where it is: no navigation, no new windows, no permissions, no downloads. What the page
/// logs goes to our log.
class EditorPage : public QWebEnginePage {
  Q_OBJECT

 public:
  EditorPage(QWebEngineProfile* profile, QObject* parent);

 Q_SIGNALS:
  /// The page logged an error, or a script in it threw.
  void failed(const QString& message);

 protected:
  bool acceptNavigationRequest(const QUrl& url, NavigationType type, bool is_main_frame) override;
  QWebEnginePage* createWindow(WebWindowType type) override;
  void javaScriptConsoleMessage(JavaScriptConsoleMessageLevel level, const QString& message, int line,
                                const QString& source) override;
};

}  // namespace ameide::modeler
