#include "app/workbench/review_actions.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>
#include <utility>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

void SetEnabled(QPushButton* button, const QString& why_not, const QString& does) {
  button->setEnabled(why_not.isEmpty());
  button->setToolTip(why_not.isEmpty() ? does : why_not);
}

}  // namespace

ReviewActions::ReviewActions(QWidget* parent) : QWidget(parent) {
  column_ = new QVBoxLayout(this);
  column_->setContentsMargins(2 * kGrid, 0, 2 * kGrid, 2 * kGrid);
  column_->setSpacing(kGrid);
  approve_ = Add(tr("Approve"), "reviewApprove");
  changes_ = Add(tr("Request changes"), "reviewChanges");
  promote_ = Add(tr("Promote"), "reviewPromote");
  propose_ = Add(tr("Start a proposal…"), "reviewPropose");
  promote_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  auto* verdicts = new QHBoxLayout;
  verdicts->setSpacing(kGrid);
  verdicts->addWidget(approve_);
  verdicts->addWidget(changes_);
  verdicts->addStretch(1);
  column_->addLayout(verdicts);
  column_->addWidget(promote_);
  SetRole(propose_, "link");
  column_->addWidget(propose_, 0, Qt::AlignLeft);
  blocked_ = MakeLabel(QString(), "muted", this);
  blocked_->setObjectName(QStringLiteral("reviewBlocked"));
  blocked_->setWordWrap(true);
  column_->addWidget(blocked_);
  connect(approve_, &QPushButton::clicked, this, &ReviewActions::approveWanted);
  connect(promote_, &QPushButton::clicked, this, &ReviewActions::promoteWanted);
  connect(changes_, &QPushButton::clicked, this, &ReviewActions::OfferChanges);
  connect(propose_, &QPushButton::clicked, this, &ReviewActions::OfferProposal);
}

QPushButton* ReviewActions::Add(const QString& text, const char* name) {
  QPushButton* button = MakeButton(text, "plain", this);
  button->setObjectName(QLatin1String(name));
  return button;
}

void ReviewActions::Show(const ReviewState& state, bool artifact, const QString& read_only) {
  const QString none = !read_only.isEmpty() ? read_only : artifact ? QString() : tr("No artifact is open");
  const QString last =
      state.next_state.isEmpty() ? tr("There is no state behind “%1”").arg(state.standing) : QString();
  const QString not_next = !none.isEmpty() ? none : last;
  SetEnabled(
      approve_, not_next,
      tr("Say, signed with the key of this device, that it may become “%1” as it is").arg(state.next_state));
  SetEnabled(changes_, none, tr("Say what has to change before it may go on"));
  const size_t blocks = state.reasons.size() + state.conflicts.size();
  QString blocked;
  if (not_next.isEmpty() && blocks > 0) {
    const QString first = state.conflicts.empty()
                              ? state.reasons.front().title
                              : tr("a conflict is not decided: %1").arg(state.conflicts.front().title);
    blocked =
        blocks == 1
            ? tr("Not yet “%1”: %2.").arg(state.next_state, first)
            : tr("Not yet “%1”: %2. And %3 more, listed below.").arg(state.next_state, first).arg(blocks - 1);
    blocked.replace(QStringLiteral(".."), QStringLiteral("."));
  }
  SetEnabled(promote_, !not_next.isEmpty() ? not_next : blocked,
             tr("Bring it from “%1” to “%2”").arg(state.standing, state.next_state));
  promote_->setText(state.next_state.isEmpty() ? tr("Promote") : tr("Promote to “%1”").arg(state.next_state));
  SetRole(promote_, promote_->isEnabled() ? "primary" : "plain");
  SetEnabled(propose_, read_only, tr("Work on a proposal beside main, which others can look at and take in"));
  blocked_->setText(blocked);
  blocked_->setVisible(!blocked.isEmpty());
}

void ReviewActions::Ask(const QString& question, const QString& button,
                        std::function<void(const QString&)> run) {
  delete std::exchange(form_, nullptr);
  form_ = new QWidget(this);
  auto* row = new QHBoxLayout(form_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(kGrid);
  auto* text = new QLineEdit(form_);
  text->setObjectName(QStringLiteral("reviewAsk"));
  text->setPlaceholderText(question);
  text->setAccessibleName(question);
  QPushButton* go = MakeButton(button, "primary", form_);
  go->setObjectName(QStringLiteral("reviewAskNow"));
  go->setEnabled(false);
  row->addWidget(text, 1);
  row->addWidget(go);
  column_->addWidget(form_);
  connect(text, &QLineEdit::textChanged, go,
          [go](const QString& said) { go->setEnabled(!said.trimmed().isEmpty()); });
  const auto done = [this, text, run = std::move(run)] {
    const QString said = text->text().trimmed();
    if (said.isEmpty()) return;
    form_->hide();
    std::exchange(form_, nullptr)->deleteLater();
    run(said);
  };
  connect(text, &QLineEdit::returnPressed, this, done);
  connect(go, &QPushButton::clicked, this, done);
  text->setFocus();
}

void ReviewActions::OfferChanges() {
  Ask(tr("What has to change?"), tr("Request"), [this](const QString& said) { Q_EMIT changesWanted(said); });
}

void ReviewActions::OfferProposal() {
  Ask(tr("What is the proposal for?"), tr("Start"),
      [this](const QString& said) { Q_EMIT proposalWanted(said); });
}

}  // namespace ameide::workbench
