#include "app/workbench/problems.h"

#include <QSettings>
#include <QUrl>
#include <algorithm>
#include <utility>

#include "app/workbench/text_check.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"
#include "notation/bpmn/lint_session.h"
#include "notation/dmn/lint.h"
#include "uaf/document/diff.h"
#include "uaf/document/encoding.h"
#include "uaf/document/text_edits.h"

namespace ameide::workbench {
namespace {

using uaf::document::Document;
using uaf::document::Finding;
using uaf::document::Severity;

constexpr int kPauseMs = 200;
/// So long nobody edits until the whole of what was edited is checked again.
constexpr int kCalmMs = 1500;
/// Notations with rules or a grammar.
constexpr std::string_view kChecked[] = {"bpmn", "dmn", "yaml", "json", "proto", "xml"};

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
  std::string format;
  absl::StatusOr<Document> document;
  uaf::EventId head;
  std::vector<dmn::ImportedFile> imports;
};

/// `others` are the workspace's other decision models; they are read only when this one imports something.
ModelToCheck LoadModel(uaf::Workspace& workspace, const uaf::Artifact& artifact,
                       const std::vector<uaf::Artifact>& others) {
  ModelToCheck model{artifact.path, artifact.format, absl::UnknownError("not loaded"), {}, {}};
  if (absl::StatusOr<uaf::LoadedDocument> loaded = workspace.LoadWithHead(artifact.id); loaded.ok()) {
    model.document = std::move(loaded->document);
    model.head = loaded->head;
  } else {
    model.document = loaded.status();
  }
  if (!model.document.ok() || artifact.format != "dmn" || dmn::Definitions(*model.document).imports().empty())
    return model;
  for (const uaf::Artifact& other : others) {
    // One that cannot be read has a problem of its own.
    if (absl::StatusOr<Document> document = workspace.Load(other.id); document.ok())
      model.imports.push_back({other.path, std::make_shared<const Document>(*std::move(document))});
  }
  return model;
}

bpmn::LintProfile ProfileOf(const QString& target) {
  if (target == QLatin1String("camunda8")) return bpmn::LintProfile::kCamunda8;
  if (target == QLatin1String("documentation")) return bpmn::LintProfile::kDocumentation;
  return bpmn::LintProfile::kExecution;
}

/// Where the choice of a workspace is remembered.
QString TargetKey(const QString& root) {
  return QStringLiteral("lintTargets/") + QString::fromLatin1(QUrl::toPercentEncoding(root));
}

std::vector<Finding> Check(const ModelToCheck& model, bpmn::LintProfile profile) {
  if (!model.document.ok()) {
    Finding finding;
    finding.rule = "uaf/unreadable";
    finding.message = std::string(model.document.status().message());
    return {std::move(finding)};
  }
  if (model.format != "bpmn" && model.format != "dmn")
    return CheckText(model.format, model.document->Render());
  if (model.format == "dmn" || dmn::IsDmn(*model.document))
    return dmn::Lint(*model.document, model.path, dmn::LoaderAmong(model.imports));
  return bpmn::LintWithSchema(*model.document, {profile});
}

/// What a check of the whole gives; a session for diagrams.
struct Checked {
  std::vector<Finding> findings;
  std::shared_ptr<bpmn::LintSession> session;
};

/// `keep`: edits of it are checked one by one from now on.
Checked CheckModel(const ModelToCheck& model, bpmn::LintProfile profile, bool keep) {
  const bool diagram = model.document.ok() && model.format == "bpmn" && !dmn::IsDmn(*model.document);
  if (!keep || !diagram) return {Check(model, profile), nullptr};
  Checked checked;
  checked.session = std::make_shared<bpmn::LintSession>(model.document->Clone(), bpmn::LintOptions{profile});
  checked.findings = bpmn::WithSchema(*model.document, checked.session->Findings());
  return checked;
}

bool IsOfSchema(const Finding& finding) { return finding.rule.starts_with("xml/"); }

using Edits = std::vector<std::pair<uaf::EventId, std::vector<uaf::document::Op>>>;

/// The operations of events that only edit; an error when one does more.
absl::StatusOr<Edits> EditsOf(uaf::Workspace& workspace, const std::vector<uaf::EventId>& events) {
  Edits edits;
  for (const uaf::EventId& event : events) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::ChangeSet shown, workspace.Show(event));
    const auto* edit = std::get_if<uaf::Edit>(&shown.body);
    if (edit == nullptr) return absl::FailedPreconditionError("more than an edit");
    edits.emplace_back(event, edit->ops);
  }
  return edits;
}

absl::StatusOr<std::vector<Finding>> CheckEach(bpmn::LintSession& session, const Edits& edits) {
  for (const auto& [event, ops] : edits) AMEIDE_RETURN_IF_ERROR(session.Apply(ops, event));
  return session.Findings();
}

/// Whether people would see the same, lines apart.
bool Same(const Finding& a, const Finding& b) {
  return a.severity == b.severity && a.rule == b.rule && a.element == b.element && a.message == b.message &&
         a.fix.has_value() == b.fix.has_value() && (!a.fix || a.fix->title == b.fix->title);
}

/// Makes the chosen fixes in the present state.
absl::StatusOr<int> MendNow(uaf::Workspace& workspace, const uaf::document::FormatRegistry& formats,
                            const uaf::Artifact& artifact, const std::vector<uaf::Artifact>& others,
                            bpmn::LintProfile profile, const std::function<bool(const Finding&)>& chosen) {
  const ModelToCheck model = LoadModel(workspace, artifact, others);
  if (!model.document.ok()) return model.document.status();
  std::vector<Finding> wanted = Check(model, profile);
  std::erase_if(wanted, [&](const Finding& finding) { return !finding.fix || !chosen(finding); });
  const std::vector<uaf::document::TextEdit> edits =
      uaf::document::FixesOf(wanted, uaf::document::FixChoice::kAll);
  if (edits.empty()) return 0;
  const uaf::document::ImportOp& import = model.document->import();
  AMEIDE_ASSIGN_OR_RETURN(
      const std::string text,
      uaf::document::DecodeText(model.document->Render(), import.encoding, import.byte_order_mark));
  AMEIDE_ASSIGN_OR_RETURN(const std::string edited, uaf::document::ApplyEdits(text, edits));
  const std::string bytes = uaf::document::EncodeText(edited, import.encoding, import.byte_order_mark);
  const uaf::document::Format* format = formats.Named(artifact.format);
  if (format == nullptr)
    return absl::FailedPreconditionError("this release does not know the artifact's notation");
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Intake intake, format->Accept(bytes));
  AMEIDE_ASSIGN_OR_RETURN(const Document mended,
                          Document::Import(intake.import, bytes, uaf::EventId{{"mended"}, 1}));
  uaf::Command command;
  command.artifact = artifact.id;
  command.label = wanted.size() == 1 ? wanted[0].fix->title
                                     : ProblemsModel::tr("Mend %1 problems").arg(wanted.size()).toStdString();
  AMEIDE_ASSIGN_OR_RETURN(command.ops, uaf::document::DiffDocuments(*model.document, mended));
  if (command.ops.empty()) return 0;
  AMEIDE_RETURN_IF_ERROR(workspace.Submit(std::move(command)).status());
  return static_cast<int>(wanted.size());
}

}  // namespace

const std::vector<LintTarget>& LintTargets() {
  static const std::vector<LintTarget> targets = {
      {QStringLiteral("embedded"), ProblemsModel::tr("Embedded engine"),
       ProblemsModel::tr("The standard's rules, and what the engine of this program runs")},
      {QStringLiteral("temporal"), ProblemsModel::tr("Temporal"),
       ProblemsModel::tr("The same engine runs inside Temporal's workflows, so the same rules hold")},
      {QStringLiteral("camunda8"), ProblemsModel::tr("Camunda 8"),
       ProblemsModel::tr("The standard's rules, and what Camunda 8 runs")},
      {QStringLiteral("documentation"), ProblemsModel::tr("Documentation only"),
       ProblemsModel::tr("The standard's rules; nothing is said of what could run")},
  };
  return targets;
}

ProblemsModel::ProblemsModel(const Theme* theme, WorkspaceService* workspace, QObject* parent)
    : QAbstractTableModel(parent), theme_(theme), workspace_(workspace) {
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &ProblemsModel::CheckWaiting);
  calm_.setSingleShot(true);
  calm_.setInterval(kCalmMs);
  connect(&calm_, &QTimer::timeout, this, [this] {
    if (!waiting_.isEmpty() && !pause_.isActive()) CheckWaiting();
  });
  connect(workspace_, &WorkspaceService::artifactsChanged, this, &ProblemsModel::OnArtifacts);
  connect(workspace_, &WorkspaceService::recorded, this, &ProblemsModel::OnRecorded);
  connect(workspace_, &WorkspaceService::moved, this, [this] { edited_ = {}; });
  connect(workspace_, &WorkspaceService::opened, this, &ProblemsModel::ReadTarget);
  connect(workspace_, &WorkspaceService::closed, this, [this] {
    found_.clear();
    checked_.clear();
    waiting_.clear();
    edited_ = {};
    Rebuild();
  });
  target_ = LintTargets().front().id;
}

const std::vector<Finding>& ProblemsModel::Of(const QString& path) const {
  static const std::vector<Finding> none;
  const auto found = found_.constFind(path);
  return found == found_.constEnd() ? none : *found;
}

void ProblemsModel::ReadTarget() {
  const QString usual = LintTargets().front().id;
  const QString chosen = QSettings().value(TargetKey(workspace_->root()), usual).toString();
  const bool known = std::ranges::any_of(LintTargets(), [&](const LintTarget& t) { return t.id == chosen; });
  target_ = known ? chosen : usual;
  Q_EMIT targetChanged();
}

void ProblemsModel::SetTarget(const QString& id) {
  if (id == target_) return;
  target_ = id;
  if (workspace_->is_open()) QSettings().setValue(TargetKey(workspace_->root()), id);
  Q_EMIT targetChanged();
  checked_.clear();
  edited_ = {};
  OnArtifacts();
}

void ProblemsModel::OnArtifacts() {
  QSet<QString> present;
  bool at_once = false;
  for (const uaf::Artifact& artifact : workspace_->artifacts()) {
    if (std::ranges::find(kChecked, artifact.format) == std::end(kChecked)) continue;
    const QString path = ToQString(artifact.path);
    present.insert(path);
    const auto checked = checked_.constFind(path);
    if (checked == checked_.constEnd() || *checked != artifact.head) {
      checked_.insert(path, artifact.head);
      waiting_.insert(path);
      if (path == edited_.path) {
        calm_.start();
      } else {
        at_once = true;
      }
    }
  }
  const QStringList known = found_.keys();
  for (const QString& path : known) {
    if (present.contains(path)) continue;
    found_.remove(path);
    checked_.remove(path);
    Rebuild();
  }
  if (at_once && !pause_.isActive()) pause_.start();
}

void ProblemsModel::OnRecorded(const std::vector<uaf::ChangeSetSummary>& events) {
  if (edited_.path.isEmpty()) return;
  for (const uaf::ChangeSetSummary& event : events) {
    if (event.artifact == edited_.artifact) edited_.events.push_back(event.id);
  }
  CheckEdits();
}

void ProblemsModel::CheckEdits() {
  if (edited_.busy || edited_.session == nullptr) return;
  // What was loaded may have been ahead of what was told.
  std::erase_if(edited_.events, [this](const uaf::EventId& event) {
    return event.stream == edited_.head.stream && event.seq <= edited_.head.seq;
  });
  if (edited_.events.empty()) return;
  edited_.busy = true;
  const auto session = edited_.session;
  const auto take = [this, session](absl::StatusOr<std::vector<Finding>> findings) {
    // Another one is edited, or the whole was checked, meanwhile.
    if (edited_.session != session) return;
    edited_.busy = false;
    if (!findings.ok()) {
      edited_ = {};
      pause_.start();
      return;
    }
    findings->insert(findings->end(), edited_.schema.begin(), edited_.schema.end());
    Take(edited_.path, *std::move(findings));
    CheckEdits();
  };
  workspace_->Read(
      this,
      [events = std::exchange(edited_.events, {})](uaf::Workspace& open) { return EditsOf(open, events); },
      [this, session, take](absl::StatusOr<Edits> edits) {
        if (!edits.ok()) return take(edits.status());
        workspace_->Compute(
            this, [session, edits = *std::move(edits)] { return CheckEach(*session, edits); }, take);
      });
}

void ProblemsModel::CheckWaiting() {
  const QSet<QString> paths = std::exchange(waiting_, {});
  for (const QString& path : paths) {
    // One check at a time; what came meanwhile is in the next one.
    if (running_.contains(path) || (path == edited_.path && calm_.isActive())) {
      waiting_.insert(path);
    } else {
      CheckWhole(path, paths.size() == 1);
    }
  }
}

void ProblemsModel::CheckWhole(const QString& path, bool alone) {
  const std::optional<uaf::Artifact> artifact = workspace_->FindPath(path);
  if (!artifact) return;
  running_.insert(path);
  // One that was checked before is being edited.
  const bool keep = alone && found_.contains(path) && artifact->format == "bpmn";
  if (keep) {
    // What is recorded from now on is checked on top of what is loaded now.
    edited_ = {path, artifact->id, nullptr, {}, {}, {}, false};
  }
  using Loaded = std::shared_ptr<const ModelToCheck>;
  workspace_->Read(
      this,
      [artifact = *artifact, others = OtherDecisions(*artifact)](uaf::Workspace& open) -> Loaded {
        return std::make_shared<const ModelToCheck>(LoadModel(open, artifact, others));
      },
      [this, path, keep](Loaded loaded) {
        // Checking is not the store's work: edits must not wait for it.
        workspace_->Compute(
            this, [loaded, keep, profile = ProfileOf(target_)] { return CheckModel(*loaded, profile, keep); },
            [this, path, head = loaded->head](Checked checked) {
              running_.remove(path);
              if (checked.session != nullptr && path == edited_.path) {
                edited_.session = checked.session;
                edited_.head = head;
                std::ranges::copy_if(checked.findings, std::back_inserter(edited_.schema), IsOfSchema);
              }
              Take(path, std::move(checked.findings));
              CheckEdits();
              if (!waiting_.isEmpty() && !pause_.isActive() && !calm_.isActive()) pause_.start();
            });
      });
}

void ProblemsModel::Mend(const QString& path, std::function<bool(const Finding&)> chosen, QObject* context,
                         std::function<void(absl::StatusOr<int>)> done) {
  const std::optional<uaf::Artifact> artifact = workspace_->FindPath(path);
  if (!artifact) return done(absl::NotFoundError("the artifact is not there any more"));
  workspace_->Read(
      context,
      [formats = &workspace_->formats(), artifact = *artifact, others = OtherDecisions(*artifact),
       profile = ProfileOf(target_), chosen = std::move(chosen)](uaf::Workspace& open) {
        return MendNow(open, *formats, artifact, others, profile, chosen);
      },
      std::move(done));
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
  // A workspace that was closed meanwhile has no problems.
  if (!checked_.contains(path)) return;
  ProblemCount count;
  for (const Finding& finding : findings) {
    count.errors += finding.severity == Severity::kError ? 1 : 0;
    count.warnings += finding.severity == Severity::kWarning ? 1 : 0;
  }
  const auto before = found_.constFind(path);
  const bool differs = before == found_.constEnd() || !std::ranges::equal(*before, findings, Same);
  if (differs) {
    found_.insert(path, std::move(findings));
    Rebuild();
  } else {
    MoveLines(path, std::move(findings));
  }
  Q_EMIT checked(path, count, differs);
}

void ProblemsModel::MoveLines(const QString& path, std::vector<Finding> findings) {
  // Rows of one artifact are in the order of its findings, by severity.
  std::vector<Finding> rows = findings;
  std::ranges::stable_sort(rows, {}, &Finding::severity);
  found_.insert(path, std::move(findings));
  size_t next = 0;
  for (Problem& problem : rows_) {
    if (problem.path == path) problem.finding = std::move(rows[next++]);
  }
  if (!rows_.empty()) Q_EMIT dataChanged(index(0, kFile), index(static_cast<int>(rows_.size()) - 1, kFile));
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
      case kRule:
        return ToQString(finding.rule);
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
    return finding.fix
               ? tr("%1\n%2\nCan be mended: %3")
                     .arg(ToQString(finding.message), ToQString(finding.rule), ToQString(finding.fix->title))
               : QStringLiteral("%1\n%2").arg(ToQString(finding.message), ToQString(finding.rule));
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
    case kRule:
      return tr("Rule");
    case kFile:
      return tr("File");
    default:
      return {};
  }
}

}  // namespace ameide::workbench
