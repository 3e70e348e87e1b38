#include "app/workbench/review_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>
#include <QVBoxLayout>
#include <algorithm>
#include <string>
#include <utility>

#include "app/workbench/banner.h"
#include "app/workbench/found_places.h"
#include "app/workbench/navigator.h"
#include "app/workbench/review_actions.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

using Kind = ReviewItem::Kind;

constexpr int kPauseMs = 150;
/// While nobody looks at the view, only the marks on the diagram wait for it.
constexpr int kHiddenPauseMs = 1500;
constexpr int kKeyRole = Qt::UserRole + 1;
constexpr int kElementRole = Qt::UserRole + 2;

uaf::EventId EventOf(const QString& key) {
  const absl::StatusOr<uaf::EventId> event = uaf::ParseEventId(key.toStdString());
  return event.ok() ? *event : uaf::EventId();
}

}  // namespace

ReviewView::ReviewView(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace) {
  column_ = new QVBoxLayout(this);
  column_->setContentsMargins(0, 0, 0, 0);
  column_->setSpacing(0);
  column_->addWidget(MakeSideHeading(tr("Review"), nullptr, this));
  standing_ = MakeLabel(QString(), "muted", this);
  standing_->setObjectName(QStringLiteral("reviewStanding"));
  standing_->setContentsMargins(3 * kGrid, 0, 3 * kGrid, kGrid);
  standing_->setWordWrap(true);
  column_->addWidget(standing_);
  decisions_ = new ReviewActions(this);
  column_->addWidget(decisions_);
  connect(decisions_, &ReviewActions::approveWanted, this, &ReviewView::Approve);
  connect(decisions_, &ReviewActions::promoteWanted, this, &ReviewView::Promote);
  connect(decisions_, &ReviewActions::changesWanted, this, &ReviewView::RequestChanges);
  connect(decisions_, &ReviewActions::proposalWanted, workspace_, &WorkspaceService::Propose);
  tree_ = new QTreeWidget(this);
  tree_->setObjectName(QStringLiteral("reviewList"));
  tree_->setAccessibleName(tr("Review"));
  tree_->setHeaderHidden(true);
  tree_->setIndentation(16);
  empty_ = MakeLabel(QString(), "muted", this);
  empty_->setObjectName(QStringLiteral("reviewEmpty"));
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(3 * kGrid, kGrid, 3 * kGrid, kGrid);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(tree_);
  stack_->addWidget(empty_);
  column_->addWidget(stack_, 1);
  error_ = MakeLabel(QString(), "error", this);
  error_->setObjectName(QStringLiteral("reviewError"));
  error_->setWordWrap(true);
  error_->setContentsMargins(3 * kGrid, kGrid, 3 * kGrid, kGrid);
  error_->hide();
  column_->addWidget(error_);

  pause_.setSingleShot(true);
  connect(&pause_, &QTimer::timeout, this, &ReviewView::Refresh);
  const auto later = [this] { pause_.start(isVisible() ? kPauseMs : kHiddenPauseMs); };
  connect(workspace_, &WorkspaceService::recorded, this, later);
  connect(workspace_, &WorkspaceService::moved, this, later);
  connect(workspace_, &WorkspaceService::gitFinished, this, later);
  connect(workspace_, &WorkspaceService::opened, this, later);
  connect(workspace_, &WorkspaceService::closed, this, [this] { SetArtifact(std::nullopt); });
  connect(tree_, &QTreeWidget::currentItemChanged, this, [this] { ShowActions(); });
  const auto go = [this](QTreeWidgetItem* item) {
    const QString element = item->data(0, kElementRole).toString();
    if (!element.isEmpty() && artifact_) Q_EMIT activated(ToQString(artifact_->path), element, 0);
  };
  connect(tree_, &QTreeWidget::itemClicked, this, go);
  connect(tree_, &QTreeWidget::itemActivated, this, go);
  Take(ReviewState());
}

void ReviewView::SetArtifact(const std::optional<uaf::Artifact>& artifact) {
  const bool same =
      artifact_.has_value() == artifact.has_value() && (!artifact || artifact_->id == artifact->id);
  artifact_ = artifact;
  if (same) return;
  element_.clear();
  element_name_.clear();
  Refresh();
}

void ReviewView::SetElement(const QString& id, const QString& name) {
  if (id == element_) return;
  element_ = id;
  element_name_ = name;
  // What is being written stays.
  if (auto* text = findChild<QLineEdit*>(QStringLiteral("reviewComment"))) OfferComment(text);
}

void ReviewView::OfferComment(QLineEdit* text) const {
  const QString about = element_.isEmpty()        ? tr("this artifact")
                        : element_name_.isEmpty() ? element_
                                                  : QStringLiteral("“%1”").arg(element_name_);
  text->setPlaceholderText(tr("Comment on %1").arg(about));
  text->setAccessibleName(text->placeholderText());
}

void ReviewView::FocusList() { tree_->setFocus(); }

void ReviewView::Refresh() {
  if (!workspace_->is_open()) return Take(ReviewState());
  const uint64_t asked = ++asked_;
  workspace_->Read(
      this, [artifact = artifact_](uaf::Workspace& open) { return LoadReview(open, artifact); },
      [this, asked](const absl::StatusOr<ReviewState>& state) {
        if (asked == asked_) Take(state);
      });
}

QTreeWidgetItem* ReviewView::AddGroup(const QString& text, const std::vector<ReviewItem>& items,
                                      const char* icon) {
  if (items.empty()) return nullptr;
  auto* group = new QTreeWidgetItem(tree_, {QStringLiteral("%1 (%2)").arg(text).arg(items.size())});
  QFont bold = group->font(0);
  bold.setWeight(QFont::DemiBold);
  group->setFont(0, bold);
  const QDateTime now = QDateTime::currentDateTime();
  for (const ReviewItem& item : items) {
    QString title = item.title;
    if (!item.element_name.isEmpty() && item.kind == Kind::kComment)
      title = QStringLiteral("%1: %2").arg(item.element_name, item.title);
    if (item.settled && item.kind == Kind::kComment) title = tr("%1 (resolved)").arg(title);
    if (item.here) title = tr("%1 (you are on it)").arg(title);
    auto* line = new QTreeWidgetItem(group, {title});
    line->setIcon(
        0, theme_->Icon(QLatin1String(icon), item.kind == Kind::kConflict ? QStringLiteral("error")
                                                                          : QStringLiteral("text-muted")));
    if (item.kind == Kind::kApproval)
      line->setIcon(0, theme_->Icon(item.settled ? QStringLiteral("close") : QStringLiteral("check"),
                                    item.settled ? QStringLiteral("text-muted") : QStringLiteral("success")));
    line->setToolTip(
        0, item.who.isEmpty() ? title : tr("%1 — %2, %3").arg(title, item.who, ExactTime(item.time)));
    line->setData(0, Qt::AccessibleTextRole, line->toolTip(0));
    line->setData(0, kKeyRole, item.key);
    line->setData(0, kElementRole, item.element);
    if (!item.detail.isEmpty()) {
      auto* detail = new QTreeWidgetItem(
          line, {QStringLiteral("%1 · %2").arg(item.detail, RelativeTime(item.time, now))});
      detail->setForeground(0, theme_->Colour(QStringLiteral("text-muted")));
      detail->setToolTip(0, detail->text(0));
      detail->setData(0, kKeyRole, item.key);
    }
    for (const ReviewItem::Side& side : item.sides) {
      auto* value = new QTreeWidgetItem(line, {QStringLiteral("“%1” — %2").arg(side.value, side.who)});
      value->setIcon(0, theme_->Icon(side.stands ? QStringLiteral("check") : QStringLiteral("dot")));
      value->setToolTip(0, side.stands ? tr("Stands for now: %1").arg(side.value) : side.value);
      value->setData(0, kKeyRole, item.key);
      value->setData(0, kElementRole, item.element);
    }
    for (const ReviewItem& answer : item.answers) {
      auto* said = new QTreeWidgetItem(
          line,
          {QStringLiteral("%1: %2 · %3").arg(answer.who, answer.title, RelativeTime(answer.time, now))});
      said->setToolTip(0, said->text(0));
      said->setData(0, kKeyRole, item.key);
      said->setData(0, kElementRole, item.element);
    }
    line->setExpanded(item.kind == Kind::kConflict || !item.settled);
  }
  group->setExpanded(true);
  return group;
}

void ReviewView::Take(const absl::StatusOr<ReviewState>& state) {
  const ReviewItem* before = Current();
  const QString kept = before == nullptr ? QString() : before->key;
  const bool there = artifact_.has_value() && workspace_->is_open();
  state_ = state.ok() ? *state : ReviewState();
  standing_->setVisible(there && !state_.standing.isEmpty());
  standing_->setText(
      state_.next_state.isEmpty() || !state_.reasons.empty() || !state_.conflicts.empty()
          ? tr("State: %1").arg(state_.standing)
          : tr("State: %1. Nothing keeps it from “%2”.").arg(state_.standing, state_.next_state));
  decisions_->setVisible(workspace_->is_open());
  decisions_->Show(state_, there, workspace_->read_only() ? tr("The workspace is read-only") : QString());
  {
    const QSignalBlocker quiet(tree_);
    tree_->clear();
    AddGroup(tr("Conflicts"), state_.conflicts, "error");
    AddGroup(tr("What keeps it from “%1”").arg(state_.next_state), state_.reasons, "warning");
    AddGroup(tr("Requests"), state_.requests, "review");
    AddGroup(tr("Approvals"), state_.approvals, "check");
    AddGroup(tr("Comments"), state_.comments, "review");
    AddGroup(tr("Proposals"), state_.proposals, "branch");
    for (QTreeWidgetItemIterator at(tree_); *at != nullptr && !kept.isEmpty(); ++at) {
      if ((*at)->data(0, kKeyRole).toString() != kept) continue;
      tree_->setCurrentItem(*at);
      break;
    }
  }
  stack_->setCurrentIndex(tree_->topLevelItemCount() > 0 ? 0 : 1);
  if (!state.ok()) {
    empty_->setText(tr("The review cannot be read: %1").arg(MessageOf(state.status())));
  } else if (!there) {
    empty_->setText(
        tr("Open an artifact to see what people say about it, and what has to be decided. Proposals of "
           "the workspace are listed here, too."));
  } else {
    empty_->setText(tr(
        "Nobody has said anything about this artifact yet, and nothing has to be decided. Select an element "
        "and comment on it, or ask others for a review."));
  }
  ShowActions();
  Q_EMIT loaded();
}

std::vector<modeler::ElementBadge> ReviewView::Marks() const {
  std::vector<modeler::ElementBadge> marks;
  for (const ReviewItem& conflict : state_.conflicts) {
    if (conflict.element.isEmpty()) continue;
    QStringList values;
    for (const ReviewItem::Side& side : conflict.sides)
      values.append(QStringLiteral("“%1” — %2").arg(side.value, side.who));
    marks.push_back({conflict.element.toStdString(), "≠", "error",
                     tr("Conflict: %1").arg(values.join(QStringLiteral(", "))).toStdString()});
  }
  for (const ReviewItem& comment : state_.comments) {
    if (comment.settled || comment.element.isEmpty()) continue;
    const std::string element = comment.element.toStdString();
    const std::string said = tr("%1: %2").arg(comment.who, comment.title).toStdString();
    const auto same = [&](const modeler::ElementBadge& mark) {
      return mark.tone == "comment" && mark.element == element;
    };
    const auto known = std::ranges::find_if(marks, same);
    if (known == marks.end()) {
      marks.push_back({element, "1", "comment", said});
    } else {
      known->text = std::to_string(std::stoi(known->text) + 1);
      known->title += "\n" + said;
    }
  }
  return marks;
}

const ReviewItem* ReviewView::Current() const {
  const QTreeWidgetItem* item = tree_->currentItem();
  const QString key = item == nullptr ? QString() : item->data(0, kKeyRole).toString();
  if (key.isEmpty()) return nullptr;
  for (const auto* list : {&state_.conflicts, &state_.requests, &state_.comments, &state_.proposals}) {
    for (const ReviewItem& each : *list) {
      if (each.key == key) return &each;
    }
  }
  return nullptr;
}

void ReviewView::ShowActions() {
  delete actions_;
  actions_ = new QWidget(this);
  actions_column_ = new QVBoxLayout(actions_);
  actions_column_->setContentsMargins(2 * kGrid, 2 * kGrid, 2 * kGrid, 2 * kGrid);
  actions_column_->setSpacing(kGrid);
  buttons_ = new QHBoxLayout;
  column_->addWidget(actions_);
  const ReviewItem* item = Current();
  const bool about_artifact = item == nullptr || item->kind != Kind::kProposal;
  if ((about_artifact && !artifact_) || workspace_->read_only()) return;
  if (item == nullptr) {
    ShowNew();
  } else if (item->kind == Kind::kProposal) {
    ShowProposal(*item);
  } else if (item->kind == Kind::kConflict) {
    ShowConflict(*item);
  } else if (item->kind == Kind::kRequest) {
    ShowRequest(*item);
  } else {
    ShowThread(*item);
  }
  buttons_->addStretch(1);
  actions_column_->addLayout(buttons_);
}

QLineEdit* ReviewView::AddField(const QString& placeholder, const char* name) {
  auto* field = new QLineEdit(actions_);
  field->setObjectName(QLatin1String(name));
  field->setPlaceholderText(placeholder);
  field->setAccessibleName(placeholder);
  actions_column_->addWidget(field);
  return field;
}

void ReviewView::AddButton(const QString& text, const char* role, std::function<void()> run) {
  QPushButton* button = MakeButton(text, role, actions_);
  connect(button, &QPushButton::clicked, this, std::move(run));
  buttons_->addWidget(button);
}

void ReviewView::ShowConflict(const ReviewItem& item) {
  const auto decide = [this, key = item.key.toStdString()](uaf::merge::Choice choice) {
    Do([key, choice = std::move(choice)](uaf::Workspace& open) { return open.ResolveConflict(key, choice); });
  };
  for (size_t side = 0; side < item.sides.size(); ++side) {
    QPushButton* keep = MakeButton(tr("Keep “%1”").arg(item.sides[side].value.left(40)), "plain", actions_);
    keep->setObjectName(QStringLiteral("reviewKeep%1").arg(side));
    keep->setToolTip(tr("By %1").arg(item.sides[side].who));
    connect(keep, &QPushButton::clicked, this, [decide, side] { decide({side, std::nullopt}); });
    actions_column_->addWidget(keep);
  }
  QLineEdit* other = AddField(tr("Or write another value"), "reviewValue");
  connect(other, &QLineEdit::returnPressed, this, [decide, other] {
    if (!other->text().isEmpty()) decide({std::nullopt, other->text().toStdString()});
  });
}

void ReviewView::ShowRequest(const ReviewItem& item) {
  QLineEdit* text = AddField(tr("What do you say?"), "reviewVerdictText");
  const auto say = [this, text, request = item.key](uaf::Verdict verdict) {
    uaf::ReviewSubmitted body;
    body.request = EventOf(request);
    body.verdict = verdict;
    body.text = text->text().toStdString();
    Record(std::move(body));
  };
  AddButton(tr("Approve"), "primary", [say] { say(uaf::Verdict::kApprove); });
  AddButton(tr("Ask for changes"), "plain", [say] { say(uaf::Verdict::kRequestChanges); });
  AddButton(tr("Comment"), "plain", [say] { say(uaf::Verdict::kComment); });
}

void ReviewView::ShowProposal(const ReviewItem& item) {
  // Two rows: the view is narrow.
  auto* above = new QHBoxLayout;
  actions_column_->addLayout(above);
  QHBoxLayout* row = above;
  const auto button = [&](const QString& text, const char* name, const QString& tip,
                          std::function<void()> run) {
    QPushButton* made = MakeButton(text, "plain", actions_);
    made->setObjectName(QLatin1String(name));
    made->setToolTip(tip);
    connect(made, &QPushButton::clicked, this, std::move(run));
    row->addWidget(made);
  };
  const QString branch = item.key;
  button(tr("Compare"), "reviewProposalCompare", tr("See what it changes, beside main"),
         [this, branch, title = item.title] { Q_EMIT compareWanted(branch, title); });
  if (item.here) {
    button(tr("Back to main"), "reviewProposalLeave", tr("Work on main again; the proposal stays"),
           [this] { workspace_->SwitchTo(ToQString(uaf::kMainBranch)); });
  } else {
    button(tr("Work on it"), "reviewProposalEnter", tr("Switch the workspace to it"),
           [this, branch] { workspace_->SwitchTo(branch); });
  }
  above->addStretch(1);
  row = buttons_;
  button(tr("Take in"), "reviewProposalTake", tr("Bring all that it holds into main, and close it"),
         [this, branch] { workspace_->TakeIn(branch); });
  button(tr("Close"), "reviewProposalClose", tr("Nothing more is expected from it; what it holds is kept"),
         [this, branch, here = item.here] {
           if (here) workspace_->SwitchTo(ToQString(uaf::kMainBranch));
           Do([branch = branch.toStdString()](uaf::Workspace& open) {
             return open.CloseBranch(branch, "withdrawn");
           });
         });
}

void ReviewView::Approve() {
  if (!artifact_ || state_.next_state.isEmpty()) return;
  Do([artifact = artifact_->id, purpose = state_.next_state.toStdString()](uaf::Workspace& open) {
    return open.Approve(artifact, purpose);
  });
}

void ReviewView::Promote() {
  if (!artifact_ || state_.next_state.isEmpty()) return;
  Do([artifact = artifact_->id, to = state_.next_state.toStdString()](uaf::Workspace& open) {
    return open.Promote({artifact, to, {}});
  });
}

/// A verdict answers a request: without one somebody asks first.
void ReviewView::RequestChanges(const QString& text) {
  if (!artifact_) return;
  const uaf::EventId request =
      state_.requests.empty() ? uaf::EventId() : EventOf(state_.requests.front().key);
  const std::string title = tr("Please review %1").arg(ToQString(artifact_->path)).toStdString();
  Do([artifact = artifact_->id, request, title,
      said = text.toStdString()](uaf::Workspace& open) -> absl::StatusOr<uaf::Receipt> {
    uaf::RecordRequest verdict;
    verdict.artifact = artifact;
    uaf::ReviewSubmitted body;
    body.request = request;
    if (request == uaf::EventId()) {
      uaf::RecordRequest asked;
      asked.artifact = artifact;
      uaf::ReviewRequested wish;
      wish.title = title;
      asked.body = std::move(wish);
      AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, open.Record(std::move(asked)));
      body.request = receipt.event;
    }
    body.verdict = uaf::Verdict::kRequestChanges;
    body.text = said;
    verdict.body = std::move(body);
    return open.Record(std::move(verdict));
  });
}

void ReviewView::ShowThread(const ReviewItem& item) {
  QLineEdit* text = AddField(tr("Reply"), "reviewReply");
  const uaf::EventId thread = EventOf(item.key);
  const auto reply = [this, text, thread] {
    if (text->text().trimmed().isEmpty()) return;
    uaf::CommentAdded body;
    body.reply_to = thread;
    body.text = text->text().toStdString();
    Record(std::move(body));
  };
  connect(text, &QLineEdit::returnPressed, this, reply);
  AddButton(tr("Reply"), "plain", reply);
  AddButton(item.settled ? tr("Open again") : tr("Resolve"), "plain", [this, thread, settled = item.settled] {
    Record(uaf::CommentResolved{thread, settled});
  });
}

void ReviewView::ShowNew() {
  QLineEdit* text = AddField(QString(), "reviewComment");
  OfferComment(text);
  const auto comment = [this, text] {
    const std::string said = text->text().trimmed().toStdString();
    if (said.empty()) return;
    Do([artifact = artifact_->id, said,
        element = element_.toStdString()](uaf::Workspace& open) -> absl::StatusOr<uaf::Receipt> {
      uaf::CommentAdded body;
      body.text = said;
      if (!element.empty()) {
        AMEIDE_ASSIGN_OR_RETURN(body.anchor, NodeOfElement(open, artifact, element));
      }
      uaf::RecordRequest request;
      request.artifact = artifact;
      request.body = std::move(body);
      return open.Record(std::move(request));
    });
  };
  connect(text, &QLineEdit::returnPressed, this, comment);
  AddButton(tr("Comment"), "plain", comment);
  AddButton(tr("Ask for a review"), "plain", [this, text] {
    uaf::ReviewRequested body;
    const QString title = text->text().trimmed();
    body.title =
        (title.isEmpty() ? tr("Please review %1").arg(ToQString(artifact_->path)) : title).toStdString();
    Record(std::move(body));
  });
}

void ReviewView::Record(uaf::EventBody body) {
  Do([artifact = artifact_->id, body = std::move(body)](uaf::Workspace& open) {
    uaf::RecordRequest request;
    request.artifact = artifact;
    request.body = body;
    return open.Record(std::move(request));
  });
}

void ReviewView::Do(Work work) {
  workspace_->Read(this, std::move(work), [this](const absl::StatusOr<uaf::Receipt>& receipt) {
    error_->setVisible(!receipt.ok());
    error_->setText(receipt.ok() ? QString()
                                 : tr("This was not recorded: %1").arg(MessageOf(receipt.status())));
    if (receipt.ok()) {
      tree_->setCurrentItem(nullptr);
      Refresh();
    }
  });
}

}  // namespace ameide::workbench
