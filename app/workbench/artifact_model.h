#pragma once

#include <QAbstractItemModel>
#include <QHash>
#include <QSortFilterProxyModel>
#include <memory>
#include <string>
#include <vector>

#include "uaf/workspace.h"

namespace ameide::workbench {

class Theme;
class WorkspaceService;

/// How many problems an artifact has.
struct ProblemCount {
  int errors = 0;
  int warnings = 0;
};

/// The artifacts of the open workspace as a tree of folders, with badges for problems and for edits by other
/// programs. Follows WorkspaceService::artifactsChanged.
class ArtifactModel : public QAbstractItemModel {
  Q_OBJECT

 public:
  enum Role { kArtifactIdRole = Qt::UserRole + 1, kPathRole, kErrorsRole, kWarningsRole, kOutsideRole };

  ArtifactModel(const Theme* theme, WorkspaceService* workspace, QObject* parent = nullptr);
  ~ArtifactModel() override;

  /// The index of an artifact by path; invalid when there is none.
  QModelIndex IndexOf(const QString& path) const;
  void SetProblems(const QString& path, ProblemCount count);

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  struct Node;
  void Rebuild();
  QModelIndex IndexOf(const Node* node) const;

  const Theme* theme_;
  WorkspaceService* workspace_;
  std::unique_ptr<Node> root_;
  QHash<QString, ProblemCount> problems_;
  std::vector<std::string> shown_;  ///< paths of the present tree
};

/// Keeps the artifacts whose path holds every word of the filter, with the folders around them.
class ArtifactFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  explicit ArtifactFilter(QObject* parent = nullptr);
  void SetWords(const QString& text);

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QStringList words_;
};

/// The icon of a notation ("bpmn", "markdown", …) in resources/icons.
QString FormatIcon(std::string_view format);

}  // namespace ameide::workbench
