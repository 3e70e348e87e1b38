#include "modeler/host/web_page.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QLocale>
#include <QVBoxLayout>
#include <QWebChannel>
#include <QWebEngineProfile>
#include <QWebEngineSettings>
#include <QWebEngineView>

#include "base/log.h"
#include "modeler/host/editor_page.h"
#include "modeler/host/editor_scheme.h"

static void InitializeResources() { Q_INIT_RESOURCE(editors); }

namespace ameide::modeler {
namespace {

/// One browser profile for all pages: nothing on disk, no network, our scheme alone.
QWebEngineProfile* SharedProfile() {
  static QWebEngineProfile* const profile = [] {
    InitializeResources();
    auto* made = new QWebEngineProfile(QCoreApplication::instance());  // without a name: off the record
    made->installUrlSchemeHandler("ameide-editor", new EditorScheme(made));
    made->setUrlRequestInterceptor(new NoNetwork(made));
    made->setSpellCheckEnabled(false);
    return made;
  }();
  return profile;
}

}  // namespace

/// The object that the page sees as `host`.
class EditorChannel : public QObject {
  Q_OBJECT
  /// What the page speaks: the program's language, as in "de-AT".
  Q_PROPERTY(QString language READ language CONSTANT)

 public:
  using QObject::QObject;
  QString language() const { return QLocale().bcp47Name(); }
  Q_INVOKABLE void receive(const QString& message) { Q_EMIT received(message); }

 Q_SIGNALS:
  void send(const QString& message);
  void received(const QString& message);
};

WebPage::WebPage(const QString& name, QWidget* parent)
    : QWidget(parent), page_(name), view_(new QWebEngineView(this)), channel_(new EditorChannel(this)) {
  auto* page = new EditorPage(SharedProfile(), view_);
  page->settings()->setAttribute(QWebEngineSettings::LocalContentCanAccessRemoteUrls, false);
  page->settings()->setAttribute(QWebEngineSettings::JavascriptCanAccessClipboard, false);
  page->settings()->setAttribute(QWebEngineSettings::PluginsEnabled, false);
  page->settings()->setAttribute(QWebEngineSettings::ScrollAnimatorEnabled, false);
  connect(page, &EditorPage::failed, this, &WebPage::scriptFailed);
  view_->setPage(page);
  view_->setContextMenuPolicy(Qt::NoContextMenu);
  auto* web_channel = new QWebChannel(page);
  web_channel->registerObject(QStringLiteral("host"), channel_);
  page->setWebChannel(web_channel);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);
  setFocusProxy(view_);
  connect(channel_, &EditorChannel::received, this, &WebPage::OnMessage);
  connect(page, &QWebEnginePage::renderProcessTerminated, this,
          [this](QWebEnginePage::RenderProcessTerminationStatus status) {
            if (status == QWebEnginePage::NormalTerminationStatus) return;
            LogWarning("the editor's process ended; loading it again");
            ready_ = false;
            Ended();
            // Not from inside the signal: the page is still taking itself apart.
            QMetaObject::invokeMethod(this, &WebPage::Load, Qt::QueuedConnection);
          });
  Load();
}

WebPage::~WebPage() = default;

void WebPage::Load() { view_->load(QUrl(QStringLiteral("ameide-editor://app/") + page_)); }

void WebPage::Send(const QJsonObject& message) {
  if (ready_) Q_EMIT channel_->send(QString::fromUtf8(QJsonDocument(message).toJson(QJsonDocument::Compact)));
}

void WebPage::SetColours(const QString& css_variables, bool dark) {
  css_ = css_variables;
  dark_ = dark;
  view_->page()->setBackgroundColor(dark ? QColor(0x1b, 0x1e, 0x23) : Qt::white);
  Send({{"type", "theme"}, {"dark", dark}, {"css", css_variables}});
}

void WebPage::OnMessage(const QString& json) {
  const QJsonObject message = QJsonDocument::fromJson(json.toUtf8()).object();
  if (message[QLatin1String("type")].toString() != QLatin1String("ready")) return Receive(message, json);
  ready_ = true;
  SetColours(css_, dark_);
  ready_ = Begin(message);
}

}  // namespace ameide::modeler

#include "web_page.moc"
