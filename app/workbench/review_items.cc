#include "app/workbench/review_items.h"

#include <QCoreApplication>
#include <algorithm>
#include <map>
#include <utility>

#include "app/workbench/element_types.h"
#include "app/workbench/times.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

using Kind = ReviewItem::Kind;

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Review)
};

QString NameOf(const uaf::Author& author) { return ToQString(author.name); }

/// The element that a node is in, and what it is called.
void FillInElement(const uaf::document::Document& document, const uaf::NodeId& id, ReviewItem& item) {
  std::optional<uaf::document::NodeIndex> node = document.Find(id);
  while (node && *node != uaf::document::kNoNode && *node != uaf::document::kDocumentNode) {
    if (document.kind(*node) == uaf::document::NodeKind::kElement) {
      const std::string found = document.attribute(*node, "id").value_or("");
      if (!found.empty()) {
        item.element = ToQString(found);
        item.element_name = ToQString(document.attribute(*node, "name").value_or(""));
        return;
      }
    }
    node = document.parent(*node);
  }
}

ReviewItem FromSaid(const uaf::lifecycle::Said& said, Kind kind, const std::string& text) {
  ReviewItem item;
  item.kind = kind;
  item.title = ToQString(text);
  item.who = NameOf(said.author);
  item.time = ToDateTime(said.time);
  item.key = ToQString(uaf::FormatId(said.event));
  return item;
}

/// What a conflict is about: "name of “Ship order”".
QString SubjectOf(const uaf::merge::Conflict& conflict) {
  using enum uaf::merge::ConflictKind;
  const QString name = conflict.name.empty() ? ToQString(conflict.element) : ToQString(conflict.name);
  QString what = conflict.attribute.empty() ? ToQString(uaf::merge::NameOf(conflict.kind))
                                            : ToQString(conflict.attribute);
  switch (conflict.kind) {
    case kDeletedEdit:
      what = Words::tr("Edited by one, deleted by another");
      break;
    case kDeletedEnd:
      what = Words::tr("Connected to what another deleted");
      break;
    case kApproval:
      what = Words::tr("Edited beside an approval");
      break;
    case kType:
      what = Words::tr("Type");
      break;
    case kText:
      what = Words::tr("Text");
      break;
    default:
      break;
  }
  const QString type = TypeInWords(conflict.type);
  return name.isEmpty() ? QStringLiteral("%1 — %2").arg(what, type)
                        : QStringLiteral("%1 — %2 “%3”").arg(what, type, name);
}

ReviewItem FromConflict(const uaf::Workspace& workspace, const uaf::merge::Conflict& conflict) {
  ReviewItem item;
  item.kind = Kind::kConflict;
  item.title = SubjectOf(conflict);
  item.element = ToQString(conflict.element);
  item.element_name = ToQString(conflict.name);
  item.key = QString::fromStdString(conflict.key.Hex());
  for (size_t i = 0; i < conflict.sides.size(); ++i) {
    ReviewItem::Side side;
    side.value = conflict.sides[i].value ? ToQString(*conflict.sides[i].value) : Words::tr("(deleted)");
    side.stands = conflict.standing == i;
    if (!conflict.sides[i].events.empty()) {
      const absl::StatusOr<uaf::ChangeSet> event = workspace.Show(conflict.sides[i].events.back());
      if (event.ok()) {
        side.who = QStringLiteral("%1, %2").arg(
            NameOf(event->author), ShortTime(ToDateTime(event->wall_time), QDateTime::currentDateTime()));
      }
    }
    item.sides.push_back(std::move(side));
  }
  return item;
}

QString VerdictInWords(uaf::Verdict verdict) {
  switch (verdict) {
    case uaf::Verdict::kComment:
      return Words::tr("commented");
    case uaf::Verdict::kApprove:
      return Words::tr("approves");
    case uaf::Verdict::kRequestChanges:
      return Words::tr("asks for changes");
  }
  return {};
}

ReviewItem FromReview(const uaf::lifecycle::Review& review) {
  ReviewItem item = FromSaid(review.said, Kind::kRequest, review.title);
  for (const auto& [person, verdict] : review.verdicts) {
    ReviewItem answer = FromSaid(verdict.said, Kind::kVerdict, verdict.text);
    answer.title = answer.title.isEmpty()
                       ? VerdictInWords(verdict.verdict)
                       : QStringLiteral("%1: %2").arg(VerdictInWords(verdict.verdict), answer.title);
    if (verdict.outdated) answer.title += Words::tr(" (before the last edit)");
    item.answers.push_back(std::move(answer));
  }
  std::ranges::sort(item.answers, {}, &ReviewItem::time);
  return item;
}

/// A reason without the command line's way to settle it, which the window has buttons for.
QString WithoutCommands(QString reason) {
  const qsizetype at = reason.lastIndexOf(QLatin1String("; "));
  if (at > 0 && reason.indexOf(QLatin1String("`ameide "), at) > 0) reason.truncate(at);
  return reason;
}

/// The first state behind `standing` that it may be promoted to from there.
std::string NextState(const uaf::lifecycle::Policy& policy, const std::string& standing) {
  const size_t rank = policy.RankOf(standing);
  for (size_t i = rank; i < policy.states.size(); ++i) {
    const auto& from = policy.states[i].from;
    if (from.empty() || std::ranges::find(from, standing) != from.end()) return policy.states[i].name;
  }
  return {};
}

ReviewItem FromApproval(const uaf::lifecycle::Approval& approval) {
  ReviewItem item = FromSaid(approval.said, Kind::kApproval, "");
  item.title = Words::tr("%1 approved it for “%2”").arg(item.who, ToQString(approval.purpose));
  item.settled = !approval.void_because.empty();
  item.detail = approval.lapsed ? Words::tr("It was edited since")
                : item.settled  ? ToQString(approval.void_because)
                                : Words::tr("Signed, and counts");
  return item;
}

/// "3 changes, main has 2 more".
QString ApartInWords(const uaf::Branch& branch) {
  const QString ahead = branch.ahead == 0   ? Words::tr("no changes that main has not")
                        : branch.ahead == 1 ? Words::tr("1 change")
                                            : Words::tr("%1 changes").arg(branch.ahead);
  return branch.behind == 0 ? ahead : Words::tr("%1, main has %2 more").arg(ahead).arg(branch.behind);
}

absl::Status AddProposals(const uaf::Workspace& workspace, ReviewState& state) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Branch> branches, workspace.Branches());
  for (const uaf::Branch& branch : branches) {
    if (branch.current) state.branch = ToQString(branch.name);
    if (branch.kind != uaf::BranchKind::kProposal || branch.closed) continue;
    ReviewItem item;
    item.kind = Kind::kProposal;
    item.key = ToQString(branch.name);
    item.title = branch.title.empty() ? item.key.section(QLatin1Char('/'), 1) : ToQString(branch.title);
    item.who = NameOf(branch.owner);
    item.time = ToDateTime(branch.started);
    item.detail = ApartInWords(branch);
    item.here = branch.current;
    state.proposals.push_back(std::move(item));
  }
  std::ranges::sort(state.proposals, std::ranges::greater(), &ReviewItem::time);
  return absl::OkStatus();
}

absl::StatusOr<ReviewState> LoadArtifact(const uaf::Workspace& workspace, const uaf::Artifact& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::lifecycle::State life, workspace.Lifecycle());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::merge::Conflict> conflicts,
                          workspace.Conflicts(artifact.id));
  ReviewState state;
  AMEIDE_RETURN_IF_ERROR(AddProposals(workspace, state));
  for (const uaf::lifecycle::Approval& approval : life.approvals) {
    if (approval.artifact == artifact.id) state.approvals.push_back(FromApproval(approval));
  }
  std::ranges::reverse(state.approvals);
  for (const uaf::merge::Conflict& conflict : conflicts)
    state.conflicts.push_back(FromConflict(workspace, conflict));
  for (const uaf::lifecycle::Review& review : life.reviews) {
    if (review.artifact == artifact.id) state.requests.push_back(FromReview(review));
  }
  std::ranges::reverse(state.requests);
  std::optional<uaf::document::Document> document;
  std::map<uaf::EventId, size_t> threads;
  for (const uaf::lifecycle::Comment& comment : life.comments) {
    if (comment.artifact != artifact.id) continue;
    ReviewItem item = FromSaid(comment.said, Kind::kComment, comment.text);
    if (comment.thread != comment.said.event) {
      const auto thread = threads.find(comment.thread);
      if (thread == threads.end()) continue;
      item.kind = Kind::kReply;
      state.comments[thread->second].answers.push_back(std::move(item));
      continue;
    }
    item.settled = comment.resolved;
    if (comment.anchor) {
      if (!document) {
        AMEIDE_ASSIGN_OR_RETURN(document, workspace.Load(artifact.id));
      }
      FillInElement(*document, *comment.anchor, item);
    }
    threads.emplace(comment.thread, state.comments.size());
    state.comments.push_back(std::move(item));
  }
  std::ranges::reverse(state.comments);
  std::ranges::stable_partition(state.comments, [](const ReviewItem& item) { return !item.settled; });
  const std::string standing = life.StandingOf(artifact.id).state;
  state.standing = ToQString(standing);
  const std::string next = NextState(life.policy, standing);
  state.next_state = ToQString(next);
  if (next.empty()) return state;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::lifecycle::Reason> reasons,
                          workspace.WhatBlocks({artifact.id, next, {}}));
  for (const uaf::lifecycle::Reason& reason : reasons) {
    if (reason.what == "conflict") continue;  // stands above, with what decides it
    ReviewItem item;
    item.kind = Kind::kReason;
    item.title = WithoutCommands(ToQString(reason.message));
    item.element = ToQString(reason.element);
    state.reasons.push_back(std::move(item));
  }
  return state;
}

}  // namespace

absl::StatusOr<ReviewState> LoadReview(const uaf::Workspace& workspace,
                                       const std::optional<uaf::Artifact>& artifact) {
  if (artifact) return LoadArtifact(workspace, *artifact);
  ReviewState state;
  AMEIDE_RETURN_IF_ERROR(AddProposals(workspace, state));
  return state;
}

}  // namespace ameide::workbench
