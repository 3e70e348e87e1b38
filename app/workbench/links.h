#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <functional>
#include <optional>

class QLocalServer;

namespace ameide::workbench {

/// A place in a workspace that people send to each other: `ameide://open/WORKSPACE/PATH#ELEMENT`. The
/// workspace is named by its id, which every copy and clone of it has.
struct Link {
  QString workspace;
  QString path;     ///< of the artifact, with '/'
  QString element;  ///< its id; empty for the whole artifact
};

/// As text, percent-encoded where a URL asks for it.
QString FormatLink(const Link& link);
/// nullopt for anything else, also for paths that lead out of the workspace.
std::optional<Link> ParseLink(const QString& text);

/// The first of `folders` that is that workspace; empty when none is. Reads a small file of each.
QString FolderOfWorkspace(const QString& id, const QStringList& folders);

/// Hands links to the program of this user that runs already. One listens, in the user's runtime folder,
/// which nobody else can enter.
class LinkListener : public QObject {
  Q_OBJECT

 public:
  explicit LinkListener(QObject* parent = nullptr);

  /// Listens, unless somebody else does.
  bool Listen(const QString& runtime_folder);
  /// Hands a link over; false when nobody listens.
  static bool Send(const QString& runtime_folder, const QString& link);

 Q_SIGNALS:
  void received(QString link);

 private:
  QLocalServer* server_;
};

}  // namespace ameide::workbench
