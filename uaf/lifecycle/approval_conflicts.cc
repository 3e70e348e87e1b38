#include "uaf/lifecycle/approval_conflicts.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "uaf/merge/decisions.h"

namespace ameide::uaf::lifecycle {
namespace {

using merge::Conflict;
using merge::ConflictSide;

/// An edit, as it is ordered among others.
struct Edited {
  HybridTime time;
  EventId id;
  auto operator<=>(const Edited&) const = default;
};

class Finding {
 public:
  Finding(const ArtifactId& artifact, Authority& authority)
      : artifact_(artifact), authority_(authority), causality_(*authority.history().causality) {}

  std::vector<Conflict> Run() {
    Gather();
    std::vector<Conflict> conflicts;
    for (const ChangeSet* approval : approvals_) {
      std::vector<Edited> edits = EditsBeside(*approval);
      if (edits.empty() || ApprovedAgain(*approval, edits)) continue;
      Conflict conflict = About(*approval, edits);
      if (!decided_.contains(conflict.key)) conflicts.push_back(std::move(conflict));
    }
    std::sort(conflicts.begin(), conflicts.end(),
              [](const Conflict& a, const Conflict& b) { return a.key < b.key; });
    return conflicts;
  }

 private:
  void Gather() {
    const Hash256& policy = authority_.PolicyAt(authority_.history().cut).policy->hash;
    std::vector<const ChangeSet*> about;
    for (const ChangeSet* event : authority_.events()) {
      if (event->artifact != artifact_) continue;
      about.push_back(event);
      const auto* approved = std::get_if<Approved>(&event->body);
      if (approved != nullptr && approved->policy == policy && authority_.ProblemOf(*event, *approved).ok())
        approvals_.push_back(event);
    }
    decided_ = merge::Decided(about, causality_);
    const auto facts = authority_.history().artifacts.find(artifact_);
    if (approvals_.empty() || facts == authority_.history().artifacts.end()) return;
    for (const auto& [stream, events] : facts->second.content) {
      for (const ContentEvent& event : events) contents_.push_back({event.time, {stream, event.seq}});
    }
    std::sort(contents_.begin(), contents_.end());
  }

  /// Those that the approval has not seen, nor they it, and that no later edit saw together with it.
  std::vector<Edited> EditsBeside(const ChangeSet& approval) const {
    std::vector<Edited> beside;
    std::map<StreamId, EventId> after;  // the last one of each stream has seen what the others have
    for (const Edited& edit : contents_) {
      if (causality_.Saw(approval.id, edit.id)) continue;
      if (causality_.Saw(edit.id, approval.id)) {
        after[edit.id.stream] = edit.id;
      } else {
        beside.push_back(edit);
      }
    }
    std::erase_if(beside, [&](const Edited& edit) {
      return std::any_of(after.begin(), after.end(),
                         [&](const auto& later) { return causality_.Saw(later.second, edit.id); });
    });
    return beside;
  }

  bool ApprovedAgain(const ChangeSet& approval, const std::vector<Edited>& edits) const {
    const std::string& purpose = std::get<Approved>(approval.body).purpose;
    return std::any_of(approvals_.begin(), approvals_.end(), [&](const ChangeSet* other) {
      if (other == &approval || std::get<Approved>(other->body).purpose != purpose ||
          !causality_.Saw(other->id, approval.id)) {
        return false;
      }
      return std::all_of(edits.begin(), edits.end(),
                         [&](const Edited& edit) { return causality_.Saw(other->id, edit.id); });
    });
  }

  Conflict About(const ChangeSet& approval, const std::vector<Edited>& edits) const {
    Conflict conflict;
    conflict.kind = merge::ConflictKind::kApproval;
    conflict.artifact = artifact_;
    ConflictSide approved{
        {approval.id}, absl::StrCat("approved for ", std::get<Approved>(approval.body).purpose), {}};
    ConflictSide edited{{}, "edited", {}};
    for (const Edited& edit : edits) edited.events.push_back(edit.id);
    const bool edits_first = edits.front() < Edited{approval.time, approval.id};
    conflict.standing = edits_first ? 0 : 1;
    conflict.sides.push_back(edits_first ? edited : approved);
    conflict.sides.push_back(edits_first ? approved : edited);
    conflict.key = merge::KeyOf(conflict);
    return conflict;
  }

  const ArtifactId& artifact_;
  Authority& authority_;
  const merge::Causality& causality_;
  std::vector<const ChangeSet*> approvals_;  ///< those that are valid, in fold order
  std::vector<Edited> contents_;             ///< in fold order
  std::set<Hash256> decided_;
};

}  // namespace

std::vector<merge::Conflict> ApprovalConflicts(const ArtifactId& artifact, Authority& authority) {
  return Finding(artifact, authority).Run();
}

}  // namespace ameide::uaf::lifecycle
