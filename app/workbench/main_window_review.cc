// The commands about what has to be decided: approving, asking for changes, promoting, proposing.
#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/editor_tab.h"
#include "app/workbench/main_window.h"
#include "app/workbench/review_actions.h"
#include "app/workbench/review_view.h"

namespace ameide::workbench {

void MainWindow::DeclareReviewActions() {
  const QString group = tr("Review");
  const auto add = [&](const char* id, const QString& text, const char* icon, std::function<void()> run) {
    actions_->Add({QLatin1String(id), text, QLatin1String(icon), {}, group}, std::move(run));
  };
  add("review.approve", tr("Approve the artifact for its next state"), "check", [this] {
    ShowSide(Side::kReview);
    review_->Approve();
  });
  add("review.changes", tr("Request changes of the artifact…"), "review", [this] {
    ShowSide(Side::kReview);
    review_->decisions()->OfferChanges();
  });
  add("review.promote", tr("Promote the artifact to its next state"), "push", [this] {
    ShowSide(Side::kReview);
    review_->Promote();
  });
  add("review.propose", tr("Start a proposal…"), "branch", [this] {
    ShowSide(Side::kReview);
    review_->decisions()->OfferProposal();
  });
}

void MainWindow::RefreshReviewActions() {
  const EditorTab* tab = editors_->current();
  const bool artifact = tab != nullptr && tab->artifact().has_value();
  const bool open = workspace_->is_open();
  const QString why = !open                     ? tr("No workspace is open")
                      : workspace_->read_only() ? tr("The workspace is read-only")
                                                : tr("No artifact is open");
  const bool writable = open && !workspace_->read_only();
  const ReviewState& state = review_->state();
  const QString last = tr("It has no further state");
  for (const char* id : {"review.approve", "review.promote"}) {
    const bool next = !state.next_state.isEmpty();
    actions_->SetEnabled(QLatin1String(id), writable && artifact && next, writable && artifact ? last : why);
  }
  if (writable && artifact && !state.next_state.isEmpty() &&
      !(state.reasons.empty() && state.conflicts.empty()))
    actions_->Disable(QStringLiteral("review.promote"),
                      tr("The Review view says what keeps it from “%1”").arg(state.next_state));
  actions_->SetEnabled(QStringLiteral("review.changes"), writable && artifact, why);
  actions_->SetEnabled(QStringLiteral("review.propose"), writable && !workspace_->git_busy(),
                       writable ? tr("Wait until the present transfer is done") : why);
}

}  // namespace ameide::workbench
