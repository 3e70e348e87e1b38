#include "uaf/lifecycle/state.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "uaf/lifecycle/approval_conflicts.h"
#include "uaf/lifecycle/authority.h"
#include "uaf/lifecycle/gate.h"

namespace ameide::uaf::lifecycle {
namespace {

using document::Severity;

Said SaidBy(const ChangeSet& event) { return {event.id, event.author, event.wall_time}; }

/// Takes the events one by one, in the order of folding.
class Folding {
 public:
  explicit Folding(const History& history)
      : history_(history), authority_(history), gatekeeper_(history, authority_), now_(history.cut) {}

  State Run() {
    for (const ChangeSet* event : authority_.events()) {
      std::visit([&](const auto& body) { Take(*event, body); }, event->body);
    }
    FinishPolicy();
    FinishKeys();
    FinishLinks();
    FinishComments();
    FinishStandings();
    FinishConflicts();
    return std::move(state_);
  }

 private:
  void Tell(Severity severity, std::string_view rule, const ChangeSet& event, std::string_view message) {
    document::Finding finding;
    finding.severity = severity;
    finding.rule = rule;
    finding.element = FormatId(event.id);
    finding.message = absl::StrCat("event ", FormatId(event.id), " (\"", event.label, "\" by ",
                                   event.author.email, "): ", std::string(message));
    state_.findings.push_back(std::move(finding));
  }

  template <typename Body>
  void Take(const ChangeSet&, const Body&) {}

  void Take(const ChangeSet& event, const RevisionTagged& body) {
    Revision revision{SaidBy(event), event.artifact, body.name, body.note,
                      body.cut.empty() ? authority_.PastBefore(event.id) : CutOf(body.cut)};
    const auto known = std::find_if(
        state_.revisions.begin(), state_.revisions.end(),
        [&](const Revision& other) { return other.artifact == event.artifact && other.name == body.name; });
    if (known == state_.revisions.end()) {
      state_.revisions.push_back(std::move(revision));
    } else if (history_.causality->Saw(event.id, known->said.event)) {
      *known = std::move(revision);
    } else {
      Tell(Severity::kWarning, "revision/taken", event,
           absl::StrCat("revision `", body.name, "` was tagged elsewhere at the same time by ",
                        known->said.author.email, ", whose stands; tag it again under another name"));
    }
  }

  void Take(const ChangeSet& event, const CommentAdded& body) {
    Comment comment{SaidBy(event), event.artifact, body.anchor, false, event.id, body.text, false};
    if (body.anchor) {
      const auto facts = history_.artifacts.find(event.artifact);
      comment.anchor_gone =
          facts == history_.artifacts.end() || !facts->second.present.contains(*body.anchor);
    }
    if (body.reply_to) {
      const auto known = threads_.find(*body.reply_to);
      if (known != threads_.end() && known->second.second == event.artifact) {
        comment.thread = known->second.first;
      } else {
        Tell(Severity::kWarning, "comment/reply", event,
             absl::StrCat("it answers comment ", FormatId(*body.reply_to),
                          ", which this artifact does not have; it is shown by itself"));
      }
    }
    threads_[event.id] = {comment.thread, event.artifact};
    state_.comments.push_back(std::move(comment));
  }

  void Take(const ChangeSet& event, const CommentResolved& body) {
    const auto known = threads_.find(body.comment);
    if (known == threads_.end() || known->second.second != event.artifact) {
      return Tell(Severity::kWarning, "comment/unknown", event,
                  absl::StrCat("it settles comment ", FormatId(body.comment), ", which there is not"));
    }
    resolved_[known->second.first] = !body.reopened;
  }

  void Take(const ChangeSet& event, const ReviewRequested& body) {
    Review review{SaidBy(event), event.artifact, body.title, body.branch, {}, {}};
    for (const std::string& reviewer : body.reviewers) review.reviewers.push_back(PersonOf(reviewer));
    state_.reviews.push_back(std::move(review));
  }

  void Take(const ChangeSet& event, const ReviewSubmitted& body) {
    if (const Authority::Problem& problem = authority_.ProblemOf(event, body); !problem.ok()) {
      return Tell(problem.forged ? Severity::kError : Severity::kWarning,
                  problem.forged ? "verdict/forged" : "verdict/void", event,
                  absl::StrCat("it counts for nothing: ", problem.why));
    }
    // Said once: whoever copies a statement of somebody else brings no earlier one back.
    if (!body.signature.empty() && !verdicts_.insert(body.signature).second) return;
    const auto review = std::find_if(state_.reviews.begin(), state_.reviews.end(), [&](const Review& known) {
      return known.said.event == body.request && known.artifact == event.artifact;
    });
    if (review == state_.reviews.end()) {
      return Tell(Severity::kWarning, "review/unknown", event,
                  absl::StrCat("it answers request ", FormatId(body.request), ", which there is not"));
    }
    const bool outdated = !event.artifact.name.empty() &&
                          authority_.EditedSince(event.artifact, authority_.PastBefore(event.id), now_);
    ReviewVerdict& verdict = review->verdicts[PersonOf(event.author.email)];
    // A remark takes no earlier verdict back.
    const bool keep = body.verdict == Verdict::kComment && !verdict.said.event.stream.name.empty();
    verdict = {SaidBy(event), keep ? verdict.verdict : body.verdict, body.text, outdated};
  }

  void Take(const ChangeSet& event, const Approved& body) {
    const Authority::Problem& problem = authority_.ProblemOf(event, body);
    Approval approval{SaidBy(event), event.artifact, body.purpose, body.content,
                      body.key,      problem.why,    false};
    if (problem.forged) Tell(Severity::kError, "approval/forged", event, problem.why);
    if (problem.ok() && !event.artifact.name.empty()) {
      const auto facts = history_.artifacts.find(event.artifact);
      const bool same = facts != history_.artifacts.end() && facts->second.hash == body.content;
      approval.lapsed = !same || authority_.EditedSince(event.artifact, CutOf(body.cut), now_);
      if (approval.lapsed) approval.void_because = "the artifact was edited since; ask for another approval";
    }
    if (approval.void_because.empty() && body.policy != authority_.PolicyAt(now_).policy->hash) {
      approval.void_because = "the policy has changed since; ask for another approval";
    }
    state_.approvals.push_back(std::move(approval));
  }

  void FinishConflicts() {
    std::set<ArtifactId> approved;
    for (const Approval& approval : state_.approvals) {
      if (!approval.artifact.name.empty()) approved.insert(approval.artifact);
    }
    for (const ArtifactId& artifact : approved) {
      std::vector<merge::Conflict> conflicts = ApprovalConflicts(artifact, authority_);
      if (!conflicts.empty()) state_.conflicts.emplace(artifact, std::move(conflicts));
    }
  }

  void Take(const ChangeSet& event, const PromotionRequested& body) {
    PromotionRequest request;
    request.said = SaidBy(event);
    request.to = body.to;
    request.note = body.note;
    state_.standings[event.artifact].requests.push_back(std::move(request));
  }

  void Take(const ChangeSet& event, const PromotionRefused& body) {
    for (PromotionRequest& request : state_.standings[event.artifact].requests) {
      if (request.said.event != body.request || request.outcome != PromotionRequest::Outcome::kOpen) continue;
      request.outcome = PromotionRequest::Outcome::kRefused;
      request.answer = SaidBy(event);
      request.reason = body.reason;
      return;
    }
    Tell(Severity::kWarning, "promotion/unknown", event,
         absl::StrCat("it refuses request ", FormatId(body.request), ", which is not open"));
  }

  void Take(const ChangeSet& event, const Promoted& body) {
    Standing& standing = state_.standings[event.artifact];
    if (const std::string& problem = gatekeeper_.ProblemOf(event, body); !problem.empty()) {
      return Tell(Severity::kError, "promotion/invalid", event,
                  absl::StrCat("it counts for nothing: ", problem));
    }
    for (PromotionRequest& request : standing.requests) {
      if (request.to != body.to || request.outcome != PromotionRequest::Outcome::kOpen) continue;
      request.outcome = PromotionRequest::Outcome::kPromoted;
      request.answer = SaidBy(event);
    }
  }

  void Take(const ChangeSet& event, const Published& body) {
    state_.publications.push_back(
        {SaidBy(event), event.artifact, body.target, body.bundle, body.version, CutOf(body.cut)});
  }

  void Take(const ChangeSet& event, const LinkAdded& body) {
    Link link{SaidBy(event), body.from, body.to, body.type, body.note, Gone(body.from), Gone(body.to)};
    if (removed_links_.contains(event.id)) return;
    state_.links.push_back(std::move(link));
  }

  void Take(const ChangeSet&, const LinkRemoved& body) {
    removed_links_.insert(body.link);
    std::erase_if(state_.links, [&](const Link& link) { return link.said.event == body.link; });
  }

  void Take(const ChangeSet& event, const KeyCertified& body) {
    const Authority::Problem& problem = authority_.ProblemOf(event, body);
    if (!problem.ok()) {
      Tell(problem.forged ? Severity::kError : Severity::kWarning,
           problem.forged ? "certificate/forged" : "certificate/void", event, problem.why);
      return;
    }
    if (const auto key = Ed25519PublicKey::FromBytes(body.public_key); key.ok()) {
      Key& known = Known(*key, event, body.device);
      if (!known.certified) known.certified = SaidBy(event);
    }
  }

  void Take(const ChangeSet& event, const KeyAdded& body) {
    if (const auto key = Ed25519PublicKey::FromBytes(body.public_key); key.ok())
      Known(*key, event, body.device);
  }

  void Take(const ChangeSet& event, const KeyRevoked& body) {
    const Authority::Problem& problem = authority_.ProblemOf(event, body);
    if (!problem.ok()) {
      return Tell(problem.forged ? Severity::kError : Severity::kWarning,
                  problem.forged ? "revocation/forged" : "revocation/void", event, problem.why);
    }
    revoked_.emplace(body.key, SaidBy(event));
  }

  void Take(const ChangeSet& event, const Redacted& body) {
    if (const Authority::Problem& problem = authority_.ProblemOf(event, body); !problem.ok()) {
      Tell(Severity::kError, problem.forged ? "redaction/forged" : "redaction/unauthorized", event,
           absl::StrCat(problem.why, "; where values of event ", FormatId(body.event),
                        " are missing, restore its segment from an earlier commit"));
    }
  }

  void Take(const ChangeSet& event, const PolicyChanged& body) {
    const Authority::Problem& problem = authority_.ProblemOf(event, body);
    if (!problem.ok())
      Tell(Severity::kError, "policy/unapproved", event, absl::StrCat("it has no force: ", problem.why));
  }

  Key& Known(const Ed25519PublicKey& public_key, const ChangeSet& event, const std::string& device) {
    Key& key = keys_[public_key.Fingerprint()];
    if (key.fingerprint.empty()) {
      key.fingerprint = public_key.Fingerprint();
      key.public_key = public_key.view();
      key.device = device;
      key.added = SaidBy(event);
    }
    return key;
  }

  bool Gone(const LinkEnd& end) const {
    const auto facts = history_.artifacts.find(end.artifact);
    if (facts == history_.artifacts.end() || !facts->second.exists) return true;
    return end.node && !facts->second.present.contains(*end.node);
  }

  void FinishPolicy() {
    const Authority::InForce now = authority_.PolicyAt(now_);
    state_.policy = *now.policy;
    if (now.since != nullptr) state_.policy_since = SaidBy(*now.since);
    // Valid, but another one took that place: nobody shall think that it is in force.
    for (const ChangeSet* event : authority_.events()) {
      const auto* body = std::get_if<PolicyChanged>(&event->body);
      if (body == nullptr || !authority_.ProblemOf(*event, *body).ok()) continue;
      const bool stood = now.since != nullptr && history_.causality->Saw(now.since->id, event->id);
      if (event == now.since || stood) continue;
      Tell(Severity::kWarning, "policy/concurrent", *event,
           "another change of the policy was made at the same time and stands; change it again if it is "
           "wanted");
    }
  }

  void FinishKeys() {
    for (auto& [fingerprint, key] : keys_) {
      key.person = authority_.PersonOfKey(fingerprint, now_);
      key.administrator = !state_.policy.OwnerOfRootKey(fingerprint).empty();
      if (const auto revoked = revoked_.find(fingerprint); revoked != revoked_.end())
        key.revoked = revoked->second;
      if (key.person.empty() && !key.revoked) TellUnbelieved(key);
      state_.keys.push_back(std::move(key));
    }
    for (const Administrator& administrator : state_.policy.administrators) {
      for (const std::string& fingerprint : administrator.keys) {
        if (state_.FindKey(fingerprint) != nullptr) continue;
        document::Finding finding;
        finding.severity = Severity::kWarning;
        finding.rule = "policy/unknown-key";
        finding.message = absl::StrCat("the policy names key ", fingerprint, " of ", administrator.person,
                                       ", which is not in the log; it comes with that person's first commit");
        state_.findings.push_back(std::move(finding));
      }
    }
  }

  void TellUnbelieved(const Key& key) {
    document::Finding finding;
    finding.severity = Severity::kWarning;
    finding.rule = "key/nobodys";
    finding.element = FormatId(key.added.event);
    finding.message = absl::StrCat(
        "key ", key.fingerprint, " (", key.device, ", added by ", key.added.author.email, ") is nobody's: ",
        state_.policy.administrators.empty()
            ? "several persons claim it; each makes a new one"
            : "nobody certified it; an administrator does with `ameide key certify`");
    state_.findings.push_back(std::move(finding));
  }

  void FinishLinks() {
    for (const Link& link : state_.links) {
      if (!link.from_gone && !link.to_gone) continue;
      document::Finding finding;
      finding.severity = Severity::kWarning;
      finding.rule = "link/dangling";
      finding.element = FormatId(link.said.event);
      finding.message = absl::StrCat("link ", FormatId(link.said.event), " (", link.type, "): ",
                                     link.from_gone && link.to_gone ? "both its ends are"
                                     : link.from_gone               ? "its beginning is"
                                                                    : "its end is",
                                     " gone; remove it, or bring back what it tied");
      state_.findings.push_back(std::move(finding));
    }
  }

  void FinishComments() {
    std::map<EventId, size_t> place;
    for (const Comment& comment : state_.comments) place.emplace(comment.thread, place.size());
    std::stable_sort(state_.comments.begin(), state_.comments.end(),
                     [&](const Comment& a, const Comment& b) { return place[a.thread] < place[b.thread]; });
    for (Comment& comment : state_.comments) {
      const auto resolved = resolved_.find(comment.thread);
      comment.resolved = resolved != resolved_.end() && resolved->second;
    }
    std::sort(state_.revisions.begin(), state_.revisions.end(), [](const Revision& a, const Revision& b) {
      return std::tie(a.artifact, a.name) < std::tie(b.artifact, b.name);
    });
  }

  void FinishStandings() {
    for (auto& [artifact, standing] : state_.standings) {
      const Gatekeeper::Place place = gatekeeper_.PlaceAt(artifact, now_);
      standing.state = place.state;
      if (place.since != nullptr) standing.since = SaidBy(*place.since);
      if (place.undone != nullptr) {
        standing.undone = SaidBy(*place.undone);
        standing.undone_state = std::get<Promoted>(place.undone->body).to;
      }
    }
  }

  const History& history_;
  Authority authority_;
  Gatekeeper gatekeeper_;
  const Cut& now_;
  State state_;
  std::map<EventId, std::pair<EventId, ArtifactId>> threads_;  ///< comment -> its thread and artifact
  std::map<EventId, bool> resolved_;
  std::set<EventId> removed_links_;
  std::set<std::string> verdicts_;  ///< signatures
  std::map<std::string, Key> keys_;
  std::map<std::string, Said> revoked_;
};

template <typename Values, typename Test>
auto FirstOf(const Values& values, Test test) -> const typename Values::value_type* {
  const auto found = std::find_if(values.begin(), values.end(), test);
  return found == values.end() ? nullptr : &*found;
}

}  // namespace

const Revision* State::FindRevision(std::string_view name, const ArtifactId& artifact) const {
  return FirstOf(revisions,
                 [&](const Revision& one) { return one.name == name && one.artifact == artifact; });
}
const Comment* State::FindComment(const EventId& event) const {
  return FirstOf(comments, [&](const Comment& one) { return one.said.event == event; });
}
const Review* State::FindReview(const EventId& event) const {
  return FirstOf(reviews, [&](const Review& one) { return one.said.event == event; });
}
const Link* State::FindLink(const EventId& event) const {
  return FirstOf(links, [&](const Link& one) { return one.said.event == event; });
}
const Key* State::FindKey(std::string_view fingerprint) const {
  return FirstOf(keys, [&](const Key& one) { return one.fingerprint == fingerprint; });
}
Standing State::StandingOf(const ArtifactId& artifact) const {
  const auto found = standings.find(artifact);
  return found == standings.end() ? Standing{} : found->second;
}

State Fold(const History& history) { return Folding(history).Run(); }

}  // namespace ameide::uaf::lifecycle
