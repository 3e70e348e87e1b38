#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/format.h"
#include "uaf/lifecycle/authority.h"
#include "uaf/merge/conflict.h"

/// What stands between an artifact and a state of the policy.
namespace ameide::uaf::lifecycle {

/// One thing that is missing or in the way.
struct Reason {
  /// "state", "order", "approvals", "conflict", "change-request", "finding", "content".
  std::string what;
  std::optional<EventId> event;  ///< the verdict, the first edit of a conflict
  std::string element;           ///< id of the element; may be empty
  std::string message;           ///< for people: what it is, and what to do
  auto operator<=>(const Reason&) const = default;
};

/// What the log alone cannot say.
struct Surroundings {
  std::span<const merge::Conflict> conflicts;   ///< open ones of the artifact
  std::span<const document::Finding> findings;  ///< of its notation's rules
};

struct Authorship;

/// Judges promotions: that of a recorded event by its causal past, and one that somebody would like to record
/// by everything that there is. Remembers what it has judged. One thread.
///
/// Conflicts and findings count when a promotion is recorded and cannot be judged again later; approvals,
/// their order and who gave them are judged for ever by everybody, so that no program can promote what was
/// not approved.
class Gatekeeper {
 public:
  /// Both must outlive it.
  Gatekeeper(const History& history, Authority& authority);

  /// Where an artifact stands in a cut.
  struct Place {
    std::string state{kFirstState};
    const ChangeSet* since = nullptr;
    const ChangeSet* undone = nullptr;  ///< the highest promotion that does not hold any more
  };
  Place PlaceAt(const ArtifactId& artifact, const Cut& cut);

  /// Empty: the promotion was right when it was recorded. Else why it counts for nothing.
  const std::string& ProblemOf(const ChangeSet& event, const Promoted& body);

  /// Everything that keeps `artifact`, with content `content`, from `to`, in `cut`. Empty: nothing does.
  std::vector<Reason> WhatBlocks(const ArtifactId& artifact, std::string_view to,
                                 const std::optional<Hash256>& content, const Cut& cut,
                                 const Surroundings& surroundings);
  /// Everything that keeps `artifact` from being published, in `cut`. Empty: nothing does.
  std::vector<Reason> WhatBlocksPublishing(const ArtifactId& artifact, const Cut& cut,
                                           const Surroundings& surroundings);
  /// Empty: the gate would count this person's approval. Else why not.
  std::string WhyNotCounted(const ArtifactId& artifact, std::string_view to, const std::string& person,
                            const Cut& cut);
  /// The approvals that such a promotion would count.
  std::vector<EventId> CountedApprovals(const ArtifactId& artifact, std::string_view to,
                                        const std::optional<Hash256>& content, const Cut& cut);

 private:
  bool Holds(const ArtifactId& artifact, const ChangeSet& event, const Cut& cut);
  Place Resolve(const ArtifactId& artifact, const Cut& pool, const Cut& cut);
  /// Who made the change that `gate`, that of `to`, is asked about in `cut`; nobody where it asks for no four
  /// eyes.
  Authorship AuthorshipOf(const Gate& gate, const ArtifactId& artifact, std::string_view to, const Cut& cut);
  std::vector<Reason> ChangeRequests(const ArtifactId& artifact, const Cut& cut);
  void AddConflicts(const ArtifactId& artifact, const Cut& cut, std::span<const merge::Conflict> conflicts,
                    std::vector<Reason>& reasons) const;

  const History& history_;
  Authority& authority_;
  std::map<ArtifactId, std::vector<const ChangeSet*>> promotions_;  ///< in fold order, as the verdicts
  std::map<ArtifactId, std::vector<const ChangeSet*>> verdicts_;
  std::map<EventId, std::string> problems_;
  std::set<EventId> busy_;
};

}  // namespace ameide::uaf::lifecycle
