#pragma once

#include <QJsonObject>
#include <QString>
#include <QWidget>

class QWebEngineView;

namespace ameide::modeler {

class EditorChannel;

/// One of the bundled pages in a locked browser, and the messages to and from it. When the browser's process
/// ends, the page is loaded again and says once more that it is ready. UI thread only.
class WebPage : public QWidget {
  Q_OBJECT

 public:
  /// `page`: the name of its file, "bpmn.html".
  WebPage(const QString& page, QWidget* parent);
  ~WebPage() override;

  /// `css_variables`: declarations of the custom properties `--ameide-<role>`.
  void SetColours(const QString& css_variables, bool dark);
  QWebEngineView* view() { return view_; }

 Q_SIGNALS:
  /// A script of the page failed or logged an error. It is in the log already; here for tests.
  void scriptFailed(const QString& message);

 protected:
  /// Sends a message; one for a page that is not ready yet is lost.
  void Send(const QJsonObject& message);
  bool ready() const { return ready_; }
  /// The page listens: it knows nothing yet. False when it does not fit to this program.
  virtual bool Begin(const QJsonObject& hello) = 0;
  /// Any other message, as it was sent and as it reads.
  virtual void Receive(const QJsonObject& message, const QString& json) = 0;
  /// The browser's process ended; the page is being loaded again.
  virtual void Ended() {}

 private:
  void Load();
  void OnMessage(const QString& json);

  QString page_;
  QWebEngineView* view_;
  EditorChannel* channel_;
  bool ready_ = false;
  QString css_;
  bool dark_ = false;
};

}  // namespace ameide::modeler
