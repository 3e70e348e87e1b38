#include "app/workbench/artifact_model.h"

#include <algorithm>

#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {

/// A folder or an artifact.
struct ArtifactModel::Node {
  QString name;
  QString path;
  Node* parent = nullptr;
  std::vector<std::unique_ptr<Node>> children;
  std::string artifact;  ///< id; empty for folders
  std::string format;

  bool folder() const { return artifact.empty(); }
  int row() const {
    if (parent == nullptr) return 0;
    const auto at =
        std::ranges::find_if(parent->children, [this](const auto& child) { return child.get() == this; });
    return static_cast<int>(at - parent->children.begin());
  }
};

QString FormatIcon(std::string_view format) {
  for (const char* known : {"bpmn", "markdown", "proto", "archimate"}) {
    if (format == known) return QString::fromLatin1(known);
  }
  return QStringLiteral("file");
}

ArtifactModel::ArtifactModel(const Theme* theme, WorkspaceService* workspace, QObject* parent)
    : QAbstractItemModel(parent), theme_(theme), workspace_(workspace), root_(std::make_unique<Node>()) {
  connect(workspace_, &WorkspaceService::artifactsChanged, this, &ArtifactModel::Rebuild);
  connect(workspace_, &WorkspaceService::closed, this, [this] {
    problems_.clear();
    Rebuild();
  });
}

ArtifactModel::~ArtifactModel() = default;

void ArtifactModel::Rebuild() {
  std::vector<std::string> paths;
  for (const uaf::Artifact& artifact : workspace_->artifacts()) paths.push_back(artifact.path);
  if (paths == shown_ && !paths.empty()) {
    // Same tree; badges may differ.
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, 0));
    return;
  }
  beginResetModel();
  root_ = std::make_unique<Node>();
  shown_ = paths;
  for (const uaf::Artifact& artifact : workspace_->artifacts()) {
    Node* folder = root_.get();
    const QStringList parts = ToQString(artifact.path).split(QLatin1Char('/'));
    QString path;
    for (int depth = 0; depth < parts.size(); ++depth) {
      path += (depth == 0 ? QString() : QStringLiteral("/")) + parts[depth];
      const bool last = depth == parts.size() - 1;
      const auto found = std::ranges::find_if(folder->children, [&](const auto& child) {
        return child->name == parts[depth] && child->folder() != last;
      });
      if (found != folder->children.end() && !last) {
        folder = found->get();
        continue;
      }
      auto node = std::make_unique<Node>();
      node->name = parts[depth];
      node->path = path;
      node->parent = folder;
      if (last) {
        node->artifact = artifact.id.name;
        node->format = artifact.format;
      }
      folder->children.push_back(std::move(node));
      folder = folder->children.back().get();
    }
  }
  endResetModel();
}

QModelIndex ArtifactModel::IndexOf(const Node* node) const {
  return node == root_.get() ? QModelIndex() : createIndex(node->row(), 0, const_cast<Node*>(node));
}

QModelIndex ArtifactModel::IndexOf(const QString& path) const {
  const Node* node = root_.get();
  while (node->path != path) {
    const auto next = std::ranges::find_if(node->children, [&](const auto& child) {
      return child->path == path || path.startsWith(child->path + QLatin1Char('/'));
    });
    if (next == node->children.end()) return {};
    node = next->get();
  }
  return IndexOf(node);
}

void ArtifactModel::SetProblems(const QString& path, ProblemCount count) {
  problems_.insert(path, count);
  const QModelIndex changed = IndexOf(path);
  if (changed.isValid()) Q_EMIT dataChanged(changed, changed);
}

QModelIndex ArtifactModel::index(int row, int column, const QModelIndex& parent) const {
  const Node* node = parent.isValid() ? static_cast<const Node*>(parent.internalPointer()) : root_.get();
  if (row < 0 || column != 0 || row >= static_cast<int>(node->children.size())) return {};
  return createIndex(row, column, node->children[static_cast<size_t>(row)].get());
}

QModelIndex ArtifactModel::parent(const QModelIndex& child) const {
  if (!child.isValid()) return {};
  return IndexOf(static_cast<const Node*>(child.internalPointer())->parent);
}

int ArtifactModel::rowCount(const QModelIndex& parent) const {
  const Node* node = parent.isValid() ? static_cast<const Node*>(parent.internalPointer()) : root_.get();
  return static_cast<int>(node->children.size());
}

int ArtifactModel::columnCount(const QModelIndex&) const { return 1; }

QVariant ArtifactModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Node& node = *static_cast<const Node*>(index.internalPointer());
  const ProblemCount problems = problems_.value(node.path);
  switch (role) {
    case Qt::DisplayRole:
      return node.name;
    case Qt::DecorationRole:
      return theme_->Icon(node.folder() ? QStringLiteral("folder") : FormatIcon(node.format));
    case Qt::ToolTipRole: {
      QString tip = node.path;
      if (problems.errors > 0)
        tip +=
            QLatin1Char('\n') + (problems.errors == 1 ? tr("1 error") : tr("%1 errors").arg(problems.errors));
      if (problems.warnings > 0)
        tip += QLatin1Char('\n') +
               (problems.warnings == 1 ? tr("1 warning") : tr("%1 warnings").arg(problems.warnings));
      if (data(index, kOutsideRole).toBool())
        tip += QLatin1Char('\n') + tr("Changed outside of the workbench");
      return tip;
    }
    case kArtifactIdRole:
      return QString::fromStdString(node.artifact);
    case kPathRole:
      return node.path;
    case kErrorsRole:
      return problems.errors;
    case kWarningsRole:
      return problems.warnings;
    case kOutsideRole:
      return std::ranges::find(workspace_->changed_outside(), node.path.toStdString()) !=
             workspace_->changed_outside().end();
    default:
      return {};
  }
}

ArtifactFilter::ArtifactFilter(QObject* parent) : QSortFilterProxyModel(parent) {
  setRecursiveFilteringEnabled(true);
  setSortCaseSensitivity(Qt::CaseInsensitive);
}

void ArtifactFilter::SetWords(const QString& text) {
  words_ = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

bool ArtifactFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  const QModelIndex index = sourceModel()->index(row, 0, parent);
  if (index.data(ArtifactModel::kArtifactIdRole).toString().isEmpty()) return words_.isEmpty();
  const QString path = index.data(ArtifactModel::kPathRole).toString();
  return std::ranges::all_of(words_,
                             [&](const QString& word) { return path.contains(word, Qt::CaseInsensitive); });
}

}  // namespace ameide::workbench
