#include "app/workbench/bpmn_tab.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "app/workbench/problems.h"
#include "app/workbench/theme.h"
#include "modeler/host/bpmn_editor.h"

namespace ameide::workbench {

BpmnTab::BpmnTab(const Theme* theme, WorkspaceService* workspace, ProblemsModel* problems,
                 const uaf::Artifact& artifact, QWidget* parent)
    : ArtifactTab(theme, workspace, artifact, parent),
      problems_(problems),
      editor_(new modeler::BpmnEditor(this)) {
  editor_->SetColours(theme->CssVariables(), theme->dark());
  SetContent(editor_);
  connect(theme, &Theme::changed, this,
          [this, theme] { editor_->SetColours(theme->CssVariables(), theme->dark()); });
  connect(editor_, &modeler::BpmnEditor::changed, this, &BpmnTab::Send);
  connect(editor_, &modeler::BpmnEditor::undoRequested, this, [this] { Undo(); });
  connect(editor_, &modeler::BpmnEditor::redoRequested, this, [this] { Redo(); });
  connect(editor_, &modeler::BpmnEditor::selectionChanged, this, [this](const QStringList& ids) {
    Q_EMIT elementSelected(ids.size() == 1 ? ids.first() : QString());
  });
  connect(editor_, &modeler::BpmnEditor::painted, this, [this] {
    painted_ = true;
    ShowBadges();
    ShowProblems();
    if (!wanted_element_.isEmpty()) editor_->SelectElement(std::exchange(wanted_element_, QString()));
    Q_EMIT diagramPainted();
  });
  connect(editor_, &modeler::BpmnEditor::processRestored, this, [this] {
    banners()->Show(QStringLiteral("web"),
                    {BannerText::Tone::kInfo,
                     tr("The editor ended unexpectedly and was restored. Every recorded edit is here."),
                     QString(),
                     {}});
    // The store knows what counts; what the editor held is shown again from there.
    if (!in_past()) Reload();
  });
  connect(editor_, &modeler::BpmnEditor::problem, this, [this](const QString& message) {
    banners()->Show(QStringLiteral("web"),
                    {BannerText::Tone::kWarning, message, QString(), {{tr("Reload"), [this] { Reload(); }}}});
  });
  connect(editor_, &modeler::BpmnEditor::mendRequested, this, &BpmnTab::Mend);
  connect(problems_, &ProblemsModel::checked, this, [this](const QString& path, ProblemCount, bool differs) {
    if (differs && path == ToQString(state().path)) ShowProblems();
  });
  Reload();
}

BpmnTab::~BpmnTab() = default;

void BpmnTab::ShowMarks(std::vector<modeler::ElementBadge> marks) {
  marks_ = std::move(marks);
  ShowBadges();
}

void BpmnTab::OfferFind() { editor_->Act(QStringLiteral("find")); }

void BpmnTab::FocusContent() { editor_->setFocus(); }

bool BpmnTab::Busy() const { return editor_->pending() > 0 || in_flight() > 0; }

void BpmnTab::Select(const QString& element, int) {
  if (element.isEmpty()) return;
  if (!painted_) {
    wanted_element_ = element;
    return;
  }
  editor_->SelectElement(element);
}

QString BpmnTab::NameOf(const QString& element) const {
  const uaf::document::Document* document = editor_->document();
  const std::string id = element.toStdString();
  if (document == nullptr || id.empty()) return {};
  for (const uaf::document::NodeIndex node : document->Descendants(uaf::document::kDocumentNode)) {
    if (document->attribute(node, "id") == id)
      return ToQString(document->attribute(node, "name").value_or(""));
  }
  return {};
}

void BpmnTab::ShowDocument(uaf::document::Document document, const uaf::EventId& head, bool read_only) {
  editor_->Open(std::move(document), head, read_only);
}

void BpmnTab::ApplyRecorded(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event) {
  editor_->ApplyPatch(ops, event);
}

void BpmnTab::Send(const modeler::EditorChange& change) {
  uaf::Command command;
  command.label = change.label;
  command.ops = change.ops;
  command.coalesce_key = change.coalesce_key;
  Record(change.ticket, std::move(command));
}

void BpmnTab::Acknowledged(uint64_t ticket, const absl::StatusOr<uaf::Receipt>& receipt) {
  if (receipt.ok()) {
    editor_->Acknowledge(ticket, *receipt);
  } else {
    editor_->Refuse(ticket);
  }
}

void BpmnTab::ShowBadges() {
  if (painted_) editor_->ShowOverlays(in_past() ? std::vector<modeler::ElementBadge>() : marks_);
}

void BpmnTab::ShowProblems() {
  if (!painted_) return;
  std::vector<modeler::ElementProblem> problems;
  std::unordered_map<std::string, size_t> places;
  for (const uaf::document::Finding& finding : problems_->Of(ToQString(state().path))) {
    if (finding.element.empty() || finding.severity == uaf::document::Severity::kInfo || in_past()) continue;
    const auto [place, added] = places.emplace(finding.element, problems.size());
    if (added) problems.push_back({finding.element, false, "", {}});
    modeler::ElementProblem& problem = problems[place->second];
    problem.error |= finding.severity == uaf::document::Severity::kError;
    if (!problem.title.empty()) problem.title += '\n';
    problem.title += finding.message;
    if (finding.fix && std::ranges::find(problem.fixes, finding.fix->title) == problem.fixes.end())
      problem.fixes.push_back(finding.fix->title);
  }
  editor_->ShowProblems(problems);
}

void BpmnTab::Mend(const QString& element, const QString& title) {
  problems_->Mend(
      ToQString(state().path),
      [element = element.toStdString(), title = title.toStdString()](const uaf::document::Finding& finding) {
        return finding.element == element && finding.fix && finding.fix->title == title;
      },
      this,
      [this](const absl::StatusOr<int>& made) {
        if (!made.ok()) return Q_EMIT told(tr("Not mended: %1").arg(MessageOf(made.status())));
        if (*made == 0) Q_EMIT told(tr("Nothing was left to mend here"));
      });
}

}  // namespace ameide::workbench
