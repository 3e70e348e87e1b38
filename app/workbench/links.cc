#include "app/workbench/links.h"

#include <QDir>
#include <QFile>
#include <QLocalServer>
#include <QLocalSocket>
#include <QRegularExpression>
#include <QUrl>

namespace ameide::workbench {
namespace {

constexpr char kScheme[] = "ameide";
/// What to do; names of workspaces are longer than a host may be.
constexpr char kHost[] = "open";
constexpr int kMostBytes = 8192;
constexpr int kPatienceMs = 500;

QString SocketIn(const QString& folder) { return folder + QStringLiteral("/workbench.links"); }

}  // namespace

QString FormatLink(const Link& link) {
  QString text = QStringLiteral("ameide://open/%1/%2")
                     .arg(link.workspace, QString::fromLatin1(QUrl::toPercentEncoding(link.path, "/")));
  if (!link.element.isEmpty())
    text += QLatin1Char('#') + QString::fromLatin1(QUrl::toPercentEncoding(link.element));
  return text;
}

std::optional<Link> ParseLink(const QString& text) {
  if (text.size() > kMostBytes) return std::nullopt;
  const QUrl url(text.trimmed(), QUrl::StrictMode);
  if (!url.isValid() || url.scheme() != QLatin1String(kScheme) || url.host() != QLatin1String(kHost))
    return std::nullopt;
  Link link;
  const QString path = url.path(QUrl::FullyDecoded).mid(1);
  link.workspace = path.section(QLatin1Char('/'), 0, 0);
  link.path = path.section(QLatin1Char('/'), 1);
  link.element = url.fragment(QUrl::FullyDecoded);
  const QStringList parts = path.split(QLatin1Char('/'));
  if (link.path.isEmpty() || parts.contains(QStringLiteral("..")) || parts.contains(QString()))
    return std::nullopt;
  return link;
}

QString FolderOfWorkspace(const QString& id, const QStringList& folders) {
  static const QRegularExpression named(QStringLiteral("^\\s*(?:id|workspace):\\s*[\"']?([\\w.-]+)"),
                                        QRegularExpression::MultilineOption);
  for (const QString& folder : folders) {
    QFile file(folder + QStringLiteral("/.uaf/workspace.yaml"));
    if (!file.open(QIODevice::ReadOnly)) continue;
    auto found = named.globalMatch(QString::fromUtf8(file.read(kMostBytes)));
    while (found.hasNext()) {
      if (found.next().captured(1).compare(id, Qt::CaseInsensitive) == 0) return folder;
    }
  }
  return {};
}

LinkListener::LinkListener(QObject* parent) : QObject(parent), server_(new QLocalServer(this)) {
  server_->setSocketOptions(QLocalServer::UserAccessOption);
  connect(server_, &QLocalServer::newConnection, this, [this] {
    while (QLocalSocket* socket = server_->nextPendingConnection()) {
      connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
        const QString link = QString::fromUtf8(socket->read(kMostBytes));
        socket->deleteLater();
        if (ParseLink(link)) Q_EMIT received(link);
      });
    }
  });
}

bool LinkListener::Listen(const QString& runtime_folder) {
  const QString name = SocketIn(runtime_folder);
  // One that lives answers; what a program left that did not end well is in the way.
  QLocalSocket probe;
  probe.connectToServer(name);
  if (probe.waitForConnected(kPatienceMs)) return false;
  QLocalServer::removeServer(name);
  return server_->listen(name);
}

bool LinkListener::Send(const QString& runtime_folder, const QString& link) {
  QLocalSocket socket;
  socket.connectToServer(SocketIn(runtime_folder));
  if (!socket.waitForConnected(kPatienceMs)) return false;
  socket.write(link.toUtf8());
  const bool sent = socket.waitForBytesWritten(kPatienceMs);
  socket.disconnectFromServer();
  if (socket.state() != QLocalSocket::UnconnectedState) socket.waitForDisconnected(kPatienceMs);
  return sent;
}

}  // namespace ameide::workbench
