#include "app/workbench/problems.h"

#include <QFont>
#include <QHeaderView>
#include <QLabel>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"
#include "notation/bpmn/lint.h"
#include "notation/dmn/lint.h"

namespace ameide::workbench {
namespace {

using uaf::document::Document;
using uaf::document::Finding;
using uaf::document::Severity;

constexpr int kPauseMs = 200;

QString SeverityIcon(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return QStringLiteral("error");
    case Severity::kWarning:
      return QStringLiteral("warning");
    case Severity::kInfo:
      return QStringLiteral("info");
  }
  return {};
}

QString SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return ProblemsModel::tr("Error");
    case Severity::kWarning:
      return ProblemsModel::tr("Warning");
    case Severity::kInfo:
      return ProblemsModel::tr("Note");
  }
  return {};
}

/// A model as it is read from the store, with the decision models that it may import.
struct ModelToCheck {
  std::string path;
  absl::StatusOr<Document> document;
  std::vector<dmn::ImportedFile> imports;
};

/// `others` are the workspace's other decision models; they are read only when this one imports something.
ModelToCheck LoadModel(uaf::Workspace& workspace, const uaf::Artifact& artifact,
                       const std::vector<uaf::Artifact>& others) {
  ModelToCheck model{artifact.path, workspace.Load(artifact.id), {}};
  if (!model.document.ok() || dmn::Definitions(*model.document).imports().empty()) return model;
  for (const uaf::Artifact& other : others) {
    // One that cannot be read has a problem of its own.
    if (absl::StatusOr<Document> document = workspace.Load(other.id); document.ok())
      model.imports.push_back({other.path, std::make_shared<const Document>(*std::move(document))});
  }
  return model;
}

std::vector<Finding> Check(const ModelToCheck& model) {
  if (!model.document.ok()) {
    Finding finding;
    finding.rule = "uaf/unreadable";
    finding.message = std::string(model.document.status().message());
    return {std::move(finding)};
  }
  if (dmn::IsDmn(*model.document))
    return dmn::Lint(*model.document, model.path, dmn::LoaderAmong(model.imports));
  return bpmn::LintWithSchema(*model.document, {});
}

}  // namespace

ProblemsModel::ProblemsModel(const Theme* theme, WorkspaceService* workspace, QObject* parent)
    : QAbstractTableModel(parent), theme_(theme), workspace_(workspace) {
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &ProblemsModel::CheckWaiting);
  connect(workspace_, &WorkspaceService::artifactsChanged, this, &ProblemsModel::OnArtifacts);
  connect(workspace_, &WorkspaceService::closed, this, [this] {
    found_.clear();
    checked_.clear();
    waiting_.clear();
    Rebuild();
  });
}

void ProblemsModel::OnArtifacts() {
  QSet<QString> present;
  for (const uaf::Artifact& artifact : workspace_->artifacts()) {
    if (artifact.format != "bpmn" && artifact.format != "dmn") continue;
    const QString path = ToQString(artifact.path);
    present.insert(path);
    const auto checked = checked_.constFind(path);
    if (checked == checked_.constEnd() || *checked != artifact.head) {
      checked_.insert(path, artifact.head);
      waiting_.insert(path);
    }
  }
  const QStringList known = found_.keys();
  for (const QString& path : known) {
    if (present.contains(path)) continue;
    found_.remove(path);
    checked_.remove(path);
    Rebuild();
  }
  if (!waiting_.isEmpty() && !pause_.isActive()) pause_.start();
}

void ProblemsModel::CheckWaiting() {
  const QSet<QString> paths = std::exchange(waiting_, {});
  for (const QString& path : paths) {
    const std::optional<uaf::Artifact> artifact = workspace_->FindPath(path);
    if (!artifact) continue;
    ++running_;
    using Loaded = std::shared_ptr<const ModelToCheck>;
    workspace_->Read(
        this,
        [artifact = *artifact, others = OtherDecisions(*artifact)](uaf::Workspace& open) -> Loaded {
          return std::make_shared<const ModelToCheck>(LoadModel(open, artifact, others));
        },
        [this, path](Loaded loaded) {
          // Checking is not the store's work: edits must not wait for it.
          workspace_->Compute(
              this, [loaded] { return Check(*loaded); },
              [this, path](std::vector<Finding> findings) {
                --running_;
                Take(path, std::move(findings));
              });
        });
  }
}

std::vector<uaf::Artifact> ProblemsModel::OtherDecisions(const uaf::Artifact& artifact) const {
  std::vector<uaf::Artifact> others;
  if (artifact.format != "dmn") return others;
  for (const uaf::Artifact& other : workspace_->artifacts()) {
    if (other.format == "dmn" && other.id != artifact.id) others.push_back(other);
  }
  return others;
}

void ProblemsModel::Take(const QString& path, std::vector<Finding> findings) {
  ProblemCount count;
  for (const Finding& finding : findings) {
    count.errors += finding.severity == Severity::kError ? 1 : 0;
    count.warnings += finding.severity == Severity::kWarning ? 1 : 0;
  }
  found_.insert(path, std::move(findings));
  Rebuild();
  Q_EMIT checked(path, count);
}

void ProblemsModel::Rebuild() {
  beginResetModel();
  rows_.clear();
  errors_ = warnings_ = 0;
  QStringList paths = found_.keys();
  paths.sort();
  for (const QString& path : std::as_const(paths)) {
    for (const Finding& finding : found_[path]) rows_.push_back({path, finding});
  }
  std::ranges::stable_sort(rows_, {}, [](const Problem& problem) { return problem.finding.severity; });
  for (const Problem& problem : rows_) {
    errors_ += problem.finding.severity == Severity::kError ? 1 : 0;
    warnings_ += problem.finding.severity == Severity::kWarning ? 1 : 0;
  }
  endResetModel();
}

int ProblemsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}
int ProblemsModel::columnCount(const QModelIndex&) const { return kColumns; }

QVariant ProblemsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const Problem& problem = At(index.row());
  const Finding& finding = problem.finding;
  if (role == Qt::DisplayRole) {
    switch (index.column()) {
      case kMessage:
        return ToQString(finding.message);
      case kElement:
        return ToQString(finding.element);
      case kFile:
        return finding.line == 0 ? problem.path : QStringLiteral("%1:%2").arg(problem.path).arg(finding.line);
      default:
        return {};
    }
  }
  if (role == Qt::DecorationRole && index.column() == kMessage) {
    const QString icon = SeverityIcon(finding.severity);
    return theme_->Icon(icon, icon);
  }
  if (role == Qt::ForegroundRole && index.column() != kMessage)
    return theme_->Colour(QStringLiteral("text-muted"));
  if (role == Qt::ToolTipRole)
    return QStringLiteral("%1\n%2").arg(ToQString(finding.message), ToQString(finding.rule));
  if (role == Qt::AccessibleTextRole) {
    return QStringLiteral("%1: %2").arg(SeverityName(finding.severity), ToQString(finding.message));
  }
  return {};
}

QVariant ProblemsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case kMessage:
      return tr("Problem");
    case kElement:
      return tr("Element");
    case kFile:
      return tr("File");
    default:
      return {};
  }
}

ProblemsPanel::ProblemsPanel(ProblemsModel* model, QWidget* parent) : QWidget(parent), model_(model) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  list_ = new QTreeView(this);
  list_->setObjectName(QStringLiteral("problemsList"));
  list_->setAccessibleName(tr("Problems"));
  list_->setModel(model_);
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAllColumnsShowFocus(true);
  list_->header()->setStretchLastSection(false);
  list_->header()->setSectionResizeMode(ProblemsModel::kMessage, QHeaderView::Stretch);
  list_->header()->resizeSection(ProblemsModel::kElement, 180);
  list_->header()->resizeSection(ProblemsModel::kFile, 260);
  auto* empty = MakeLabel(tr("No problems. Models are checked while you edit them."), "muted", this);
  empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty->setContentsMargins(12, 12, 12, 12);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty);
  stack_->addWidget(list_);
  column->addWidget(stack_);
  connect(model_, &QAbstractItemModel::modelReset, this,
          [this] { stack_->setCurrentIndex(model_->rowCount() > 0 ? 1 : 0); });
  const auto go = [this](const QModelIndex& index) {
    const Problem& problem = model_->At(index.row());
    Q_EMIT activated(problem.path, ToQString(problem.finding.element),
                     static_cast<int>(problem.finding.line));
  };
  connect(list_, &QTreeView::clicked, this, go);
  connect(list_, &QTreeView::activated, this, go);
}

}  // namespace ameide::workbench
