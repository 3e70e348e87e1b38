#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ed25519.h"
#include "uaf/lifecycle/history.h"
#include "uaf/lifecycle/policy.h"
#include "uaf/log/change_set.h"

/// Whose word counts (uaf.md, In git; Review).
///
/// Every question is answered for a cut, and every event is judged by what lies in its causal past: what was
/// valid when it was said stays valid, in whatever order events arrive, with one exception, revocation.
///
/// **Policies** form a tree. The root is the open policy, the same for every workspace. PolicyChanged is
/// valid where it names the policy in force in its past and that one's approvals are there; its parent is
/// that policy. Of valid children of one policy that a cut holds the first in the order of folding is in
/// force; the others must be asked for again. Because anybody may leave the open policy, and could claim to
/// have done so long ago, the first step is trusted on first use, or fixed by History::first_policy.
///
/// **Keys.** Under a policy with administrators a key is believed that the policy names, or that an
/// administrator, or another believed key of the same person, certified under such a policy. Under one
/// without, keys are trusted on first use: a key is the person's whose event added it; claimed by two
/// persons, nobody's. A certificate outweighs such a claim, an administrator's outweighs a person's own.
///
/// **Revocation** voids everything that the key signed outside the revocation's causal past: approvals,
/// certificates, and thereby what was built on them. Whether a revocation is valid is judged by its own past
/// alone, so two keys that revoke each other are both gone: in doubt nobody is believed.
namespace ameide::uaf::lifecycle {

/// Judges one set of events. Remembers what it has judged. One thread.
class Authority {
 public:
  /// `history` must outlive it.
  explicit Authority(const History& history);
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// The policy in force, and the event that put it there; nullptr for the open policy.
  struct InForce {
    const Policy* policy = nullptr;
    const ChangeSet* since = nullptr;
  };
  InForce PolicyAt(const Cut& cut);
  /// Everything that `event` has seen, without itself.
  Cut PastBefore(const EventId& event) const;

  /// Whom the key speaks for in `cut`; empty: nobody. Revocations are no matter of this.
  std::string PersonOfKey(std::string_view fingerprint, const Cut& cut);
  /// The valid revocation that voids what the key said in `event`; nullptr when there is none.
  const ChangeSet* RevocationOf(std::string_view fingerprint, const EventId& event);

  /// Empty: the word counts. Else why not, for people; `forged` where a signature is not what it claims to
  /// be.
  struct Problem {
    std::string why;
    bool forged = false;
    bool ok() const { return why.empty(); }
  };
  const Problem& ProblemOf(const ChangeSet& statement, const Approved& body);
  /// Unsigned verdicts and redactions of earlier releases count where the policy names no administrators.
  const Problem& ProblemOf(const ChangeSet& statement, const ReviewSubmitted& body);
  /// A redaction counts of those whom the policy lets redact.
  const Problem& ProblemOf(const ChangeSet& statement, const Redacted& body);
  const Problem& ProblemOf(const ChangeSet& statement, const KeyCertified& body);
  const Problem& ProblemOf(const ChangeSet& statement, const KeyRevoked& body);
  const Problem& ProblemOf(const ChangeSet& statement, const PolicyChanged& body);

  /// The persons whose approvals for `purpose` count in `cut` and `gate` asks for, each with the approval.
  /// `artifact` empty: of a policy. Only approvals of exactly `content`, under the policy `policy`; of an
  /// artifact only those that no edit followed in `cut`. Not by one of `authors` where the gate says so.
  std::map<std::string, const ChangeSet*> Approvers(const Gate& gate, const ArtifactId& artifact,
                                                    std::string_view purpose,
                                                    const std::optional<Hash256>& content,
                                                    const Hash256& policy,
                                                    const std::set<std::string>& authors, const Cut& cut);
  /// The artifact's path in `cut`; empty when it has none.
  std::string PathAt(const ArtifactId& artifact, const Cut& cut) const;
  /// True when `cut` holds a content event of the artifact that `seen` does not.
  bool EditedSince(const ArtifactId& artifact, const Cut& seen, const Cut& cut) const;

  const History& history() const { return history_; }
  /// The events in fold order.
  const std::vector<const ChangeSet*>& events() const { return events_; }
  bool Contains(const EventId& event) const { return !universe_ || universe_->Covers(event); }

 private:
  struct JudgedPolicy {
    Problem problem;
    std::optional<Policy> policy;
    const ChangeSet* base = nullptr;
    bool busy = false;
  };
  /// A claim that a key is somebody's.
  struct Claim {
    const ChangeSet* event = nullptr;
    std::string person;
    const KeyCertified* certificate = nullptr;  ///< nullptr: KeyAdded
  };

  /// Judges a revocation by its past alone; what is known of revocations is shared.
  Authority(const History& history, Cut universe, std::map<EventId, Problem>* revocations);
  void Index();
  const JudgedPolicy& Judge(const ChangeSet& event, const PolicyChanged& body);
  Problem JudgeChange(const ChangeSet& event, const PolicyChanged& body, JudgedPolicy& judged);
  template <typename Body>
  const Problem& Remember(const ChangeSet& event, const Body& body);
  Problem JudgeStatement(const ChangeSet& event, const Approved& body);
  Problem JudgeStatement(const ChangeSet& event, const ReviewSubmitted& body);
  Problem JudgeStatement(const ChangeSet& event, const Redacted& body);
  Problem JudgeStatement(const ChangeSet& event, const KeyCertified& body);
  /// Of what `key` signed as `message`: the signature is right, the key speaks for the author, and was not
  /// revoked.
  Problem JudgeSpeaker(const ChangeSet& event, std::string_view key, std::string_view message,
                       std::string_view signature);
  /// What was looked at had been seen, and is what is here.
  Problem JudgeCut(const RecordedCut& cut, const Cut& past) const;
  Problem JudgeRevocation(const ChangeSet& event, const KeyRevoked& body);
  Problem CheckSignature(const EventId& event, std::string_view key, std::string_view message,
                         std::string_view signature) const;

  const History& history_;
  std::optional<Cut> universe_;
  Policy open_;
  std::vector<const ChangeSet*> events_;
  std::map<EventId, const ChangeSet*> by_id_;
  std::vector<const ChangeSet*> policies_;
  std::vector<const ChangeSet*> revocations_;
  std::map<ArtifactId, std::vector<const ChangeSet*>> approvals_;
  std::map<ArtifactId, std::vector<const ChangeSet*>> paths_;
  std::map<std::string, Ed25519PublicKey, std::less<>> keys_;
  std::map<std::string, std::vector<Claim>, std::less<>> claims_;
  std::map<EventId, JudgedPolicy> judged_;
  std::map<EventId, Problem> problems_;
  std::map<EventId, Problem> own_revocation_problems_;
  /// A revocation is judged by its past alone, so one judgement serves however deep it is asked for.
  std::map<EventId, Problem>* revocation_problems_ = &own_revocation_problems_;
};

}  // namespace ameide::uaf::lifecycle
