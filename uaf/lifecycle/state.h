#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/format.h"
#include "uaf/lifecycle/history.h"
#include "uaf/lifecycle/policy.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/conflict.h"

/// The life around the content of artifacts, as a fold of its events (uaf.md, Review). The same events give
/// the same state in whatever order they arrived.
namespace ameide::uaf::lifecycle {

/// Who said something, and when.
struct Said {
  EventId event;
  Author author;
  WallTime time;
};

/// A name for a state. A tag that has seen an earlier one of its name moves it; of two that have not seen
/// each other the first in the order of folding stands, and the other is a finding.
struct Revision {
  Said said;
  ArtifactId artifact;  ///< empty name: of the whole workspace
  std::string name;
  std::string note;
  Cut cut;
};

/// A comment; replies follow their thread's first comment.
struct Comment {
  Said said;
  ArtifactId artifact;
  std::optional<NodeId> anchor;
  bool anchor_gone = false;  ///< the node is in the trash; the comment stays
  EventId thread;            ///< the first comment of its thread; itself for that one
  std::string text;
  bool resolved = false;  ///< of the whole thread
};

/// A reviewer's last word on a request.
struct ReviewVerdict {
  Said said;
  Verdict verdict = Verdict::kComment;
  std::string text;
  bool outdated = false;  ///< the artifact was edited since
};

/// Somebody asked others to look.
struct Review {
  Said said;
  ArtifactId artifact;  ///< empty name: of a branch
  std::string title;
  std::string branch;
  std::vector<std::string> reviewers;
  std::map<std::string, ReviewVerdict> verdicts;  ///< by person
};

/// A signed word, and whether it still counts.
struct Approval {
  Said said;
  ArtifactId artifact;  ///< empty name: of a policy
  std::string purpose;
  Hash256 content;
  std::string key;
  std::string void_because;  ///< empty: it counts
  bool lapsed = false;       ///< it was valid, and the artifact was edited since
};

/// A wish to promote, and what became of it.
struct PromotionRequest {
  enum class Outcome { kOpen, kPromoted, kRefused };
  Said said;
  std::string to;
  std::string note;
  Outcome outcome = Outcome::kOpen;
  std::optional<Said> answer;
  std::string reason;
};

/// Where an artifact stands.
struct Standing {
  std::string state{kFirstState};
  std::optional<Said> since;  ///< the promotion that brought it there; nullopt for where it began
  /// The highest promotion that an edit, or a move to a path of other gates, undid.
  std::optional<Said> undone;
  std::string undone_state;
  std::vector<PromotionRequest> requests;
};

/// An artifact went out.
struct Publication {
  Said said;
  ArtifactId artifact;
  std::string target, bundle, version;
  Cut cut;
};

/// A typed tie; an end is gone when its artifact is retired or its node in the trash.
struct Link {
  Said said;
  LinkEnd from, to;
  std::string type, note;
  bool from_gone = false, to_gone = false;
};

/// A key, and whom it speaks for.
struct Key {
  std::string fingerprint;
  std::string public_key;
  std::string device;
  std::string person;  ///< empty: nobody's who is believed
  Said added;
  std::optional<Said> certified;
  bool administrator = false;  ///< the policy names it
  std::optional<Said> revoked;
};

/// Everything that there is beside the content.
struct State {
  Policy policy;                     ///< in force
  std::optional<Said> policy_since;  ///< nullopt: the open one
  std::vector<Revision> revisions;   ///< by artifact, then name
  std::vector<Comment> comments;     ///< threads by their first comment, replies behind it
  std::vector<Review> reviews;
  std::vector<Approval> approvals;
  std::map<ArtifactId, Standing> standings;  ///< of artifacts with promotions or requests for them
  std::vector<Publication> publications;
  std::vector<Link> links;  ///< those that were not removed
  std::vector<Key> keys;    ///< by fingerprint
  /// Edits that were made beside a valid approval (ApprovalConflicts); artifacts without any are left out.
  std::map<ArtifactId, std::vector<merge::Conflict>> conflicts;
  /// What is wrong: forged signatures, changes of the policy without approval, names taken twice, dangling
  /// ends. `element` is the event that it is about.
  std::vector<document::Finding> findings;

  const Revision* FindRevision(std::string_view name, const ArtifactId& artifact = {}) const;
  const Comment* FindComment(const EventId& event) const;
  const Review* FindReview(const EventId& event) const;
  const Link* FindLink(const EventId& event) const;
  const Key* FindKey(std::string_view fingerprint) const;
  Standing StandingOf(const ArtifactId& artifact) const;
};

/// Folds everything that the history holds.
State Fold(const History& history);

}  // namespace ameide::uaf::lifecycle
