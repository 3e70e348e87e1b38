#include "uaf/lifecycle/authority.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ameide::uaf::lifecycle {
namespace {

using Problem = Authority::Problem;

Problem No(std::string why) { return {std::move(why), false}; }
Problem Forged(std::string why) { return {std::move(why), true}; }

std::string TextOf(const absl::Status& status) { return std::string(status.message()); }

/// The key that signed a change of the policy; empty: it is not sealed yet. Such changes are the content of
/// the workspace itself, which has the empty id.
std::string SignerOf(const History& history, const EventId& event) {
  const auto facts = history.artifacts.find(ArtifactId{});
  if (facts == history.artifacts.end()) return {};
  const auto stream = facts->second.content.find(event.stream);
  if (stream == facts->second.content.end()) return {};
  for (const ContentEvent& each : stream->second) {
    if (each.seq == event.seq) return each.signer;
  }
  return {};
}

/// The body with the names that its writer signed (uaf/log/forks.h).
template <typename Body>
const Body& AsSigned(const ChangeSet& event) {
  return std::get<Body>(event.written().body);
}

}  // namespace

Authority::Authority(const History& history) : history_(history) { Index(); }

Authority::Authority(const History& history, Cut universe, std::map<EventId, Problem>* revocations)
    : history_(history), universe_(std::move(universe)), revocation_problems_(revocations) {
  Index();
}

void Authority::Index() {
  if (absl::StatusOr<Policy> open = ParsePolicy(OpenPolicyText()); open.ok()) open_ = *std::move(open);
  for (const ChangeSet* event : history_.events) {
    if (Contains(event->id)) events_.push_back(event);
  }
  std::sort(events_.begin(), events_.end(), FoldsBefore);
  const auto claim = [this](const std::string& public_key, Claim claim) {
    const absl::StatusOr<Ed25519PublicKey> key = Ed25519PublicKey::FromBytes(public_key);
    if (!key.ok()) return;
    const std::string fingerprint = key->Fingerprint();
    keys_.emplace(fingerprint, *key);
    claims_[fingerprint].push_back(std::move(claim));
  };
  for (const ChangeSet* event : events_) {
    by_id_.emplace(event->id, event);
    if (const auto* added = std::get_if<KeyAdded>(&event->body)) {
      claim(added->public_key, {event, PersonOf(event->author.email), nullptr});
    } else if (const auto* certified = std::get_if<KeyCertified>(&event->body)) {
      claim(certified->public_key, {event, PersonOf(certified->person), certified});
    } else if (std::holds_alternative<PolicyChanged>(event->body)) {
      policies_.push_back(event);
    } else if (std::holds_alternative<KeyRevoked>(event->body)) {
      revocations_.push_back(event);
    } else if (std::holds_alternative<Approved>(event->body)) {
      approvals_[event->artifact].push_back(event);
    } else if (std::holds_alternative<ArtifactCreated>(event->body) ||
               std::holds_alternative<ArtifactRenamed>(event->body)) {
      paths_[event->artifact].push_back(event);
    }
  }
}

Cut Authority::PastBefore(const EventId& event) const {
  Cut past = history_.causality->PastOf(event);
  const auto own = past.heads.find(event.stream);
  if (--own->second == 0) past.heads.erase(own);
  return past;
}

Authority::InForce Authority::PolicyAt(const Cut& cut) {
  InForce current{&open_, nullptr};
  for (bool further = true; further;) {
    further = false;
    for (const ChangeSet* event : policies_) {
      if (!cut.Covers(event->id)) continue;
      const JudgedPolicy& judged = Judge(*event, std::get<PolicyChanged>(event->body));
      if (judged.busy || !judged.problem.ok() || judged.base != current.since) continue;
      current = {&*judged.policy, event};
      further = true;
      break;
    }
  }
  return current;
}

const Authority::JudgedPolicy& Authority::Judge(const ChangeSet& event, const PolicyChanged& body) {
  const auto [known, fresh] = judged_.try_emplace(event.id);
  JudgedPolicy& judged = known->second;
  if (!fresh) return judged;
  // Hashes forbid that an event lies in its own past; a damaged history shall not lead in circles either.
  judged.busy = true;
  judged.problem = JudgeChange(event, body, judged);
  judged.busy = false;
  return judged;
}

const Problem& Authority::ProblemOf(const ChangeSet& statement, const PolicyChanged& body) {
  return Judge(statement, body).problem;
}

Problem Authority::JudgeChange(const ChangeSet& event, const PolicyChanged& body, JudgedPolicy& judged) {
  const Cut past = PastBefore(event.id);
  const InForce base = PolicyAt(past);
  judged.base = base.since;
  absl::StatusOr<Policy> policy = ParsePolicy(body.policy);
  if (!policy.ok()) return No(absl::StrCat("line ", TextOf(policy.status())));
  if (body.before != base.policy->hash) {
    return No("it takes the place of another policy than the one that was in force");
  }
  if (base.since == nullptr && history_.first_policy && policy->hash != *history_.first_policy) {
    return No("workspace.yaml names another one as this workspace's first policy");
  }
  const Gate& gate = base.policy->change;
  std::set<std::string> authors = {PersonOf(event.author.email)};
  size_t asked = gate.approvals;
  if (const std::string signer = SignerOf(history_, event.id); !signer.empty() && gate.four_eyes) {
    // Whoever signs what another is said to have changed answers for it. With a key that is nobody's it may
    // have been any of those who approve: of one more all others looked at it.
    std::string person = PersonOfKey(signer, past);
    if (!person.empty()) {
      authors.insert(std::move(person));
    } else if (!base.policy->administrators.empty() && asked > 0) {
      authors.clear();
      ++asked;
    }
  }
  const std::map<std::string, const ChangeSet*> approvers =
      Approvers(gate, ArtifactId{}, "policy", policy->hash, base.policy->hash, authors, past);
  if (approvers.size() < asked) {
    return No(absl::StrCat("the policy in force asks for ", gate.approvals, " approvals of its change",
                           asked > gate.approvals ? ", and for one more because its key is nobody's" : "",
                           ", and ", approvers.size(), approvers.size() == 1 ? " counts" : " count"));
  }
  judged.policy = *std::move(policy);
  return {};
}

std::string Authority::PersonOfKey(std::string_view fingerprint, const Cut& cut) {
  const InForce now = PolicyAt(cut);
  const bool administered = !now.policy->administrators.empty();
  if (std::string owner = now.policy->OwnerOfRootKey(fingerprint); !owner.empty()) return owner;
  const auto claims = claims_.find(fingerprint);
  if (claims == claims_.end()) return {};
  // The weightiest claim there is: an administrator's certificate, the person's own, the key's own.
  constexpr int kAdministrator = 2;
  constexpr int kOwn = 1;
  constexpr int kFirstUse = 0;
  int weight = -1;
  std::set<std::string> persons;
  for (const Claim& claim : claims->second) {
    if (!cut.Covers(claim.event->id)) continue;
    int its = kFirstUse;
    if (claim.certificate != nullptr) {
      if (!ProblemOf(*claim.event, *claim.certificate).ok()) continue;
      const Cut past = PastBefore(claim.event->id);
      const Policy& then = *PolicyAt(past).policy;
      // What was trusted on first use must not reach into the time of administrators.
      if (administered && then.administrators.empty()) continue;
      its = then.IsAdministrator(PersonOfKey(claim.certificate->by, past)) ? kAdministrator : kOwn;
    } else if (administered) {
      continue;
    }
    if (its < weight) continue;
    if (its > weight) persons.clear();
    weight = its;
    persons.insert(claim.person);
  }
  return persons.size() == 1 ? *persons.begin() : std::string();
}

const ChangeSet* Authority::RevocationOf(std::string_view fingerprint, const EventId& event) {
  for (const ChangeSet* revocation : revocations_) {
    const auto& body = std::get<KeyRevoked>(revocation->body);
    if (body.key != fingerprint || history_.causality->Saw(revocation->id, event)) continue;
    if (ProblemOf(*revocation, body).ok()) return revocation;
  }
  return nullptr;
}

Problem Authority::CheckSignature(const EventId& event, std::string_view key, std::string_view message,
                                  std::string_view signature) const {
  const auto known = keys_.find(key);
  if (known == keys_.end()) return No(absl::StrCat("key ", std::string(key), " is not in the log"));
  bool right = false;
  const auto remembered = history_.signatures != nullptr ? history_.signatures->find(event)
                                                         : std::map<EventId, bool>::const_iterator();
  if (history_.signatures != nullptr && remembered != history_.signatures->end()) {
    right = remembered->second;
  } else {
    right = known->second.Verify(message, signature);
    if (history_.signatures != nullptr) (*history_.signatures)[event] = right;
  }
  if (right) return {};
  return Forged(absl::StrCat("its signature by key ", std::string(key), " is wrong: forged or damaged"));
}

template <typename Body>
const Problem& Authority::Remember(const ChangeSet& event, const Body& body) {
  const auto known = problems_.find(event.id);
  if (known != problems_.end()) return known->second;
  Problem problem = JudgeStatement(event, body);
  return problems_[event.id] = std::move(problem);
}

const Problem& Authority::ProblemOf(const ChangeSet& statement, const Approved& body) {
  return Remember(statement, body);
}
const Problem& Authority::ProblemOf(const ChangeSet& statement, const ReviewSubmitted& body) {
  return Remember(statement, body);
}
const Problem& Authority::ProblemOf(const ChangeSet& statement, const Redacted& body) {
  return Remember(statement, body);
}
const Problem& Authority::ProblemOf(const ChangeSet& statement, const KeyCertified& body) {
  return Remember(statement, body);
}

const Problem& Authority::ProblemOf(const ChangeSet& statement, const KeyRevoked& body) {
  const auto known = revocation_problems_->find(statement.id);
  if (known != revocation_problems_->end()) return known->second;
  Problem problem = JudgeRevocation(statement, body);
  return (*revocation_problems_)[statement.id] = std::move(problem);
}

Problem Authority::JudgeSpeaker(const ChangeSet& event, std::string_view key, std::string_view message,
                                std::string_view signature) {
  if (Problem problem = CheckSignature(event.id, key, message, signature); !problem.ok()) return problem;
  const std::string person = PersonOfKey(key, PastBefore(event.id));
  if (person.empty()) return No(absl::StrCat("key ", std::string(key), " was nobody's that is known here"));
  if (person != PersonOf(event.author.email)) {
    return No(absl::StrCat("it speaks for ", event.author.email, ", but its key is of ", person));
  }
  if (const ChangeSet* revocation = RevocationOf(key, event.id); revocation != nullptr) {
    return No(absl::StrCat("its key was revoked by ", revocation->author.email));
  }
  return {};
}

Problem Authority::JudgeCut(const RecordedCut& cut, const Cut& past) const {
  for (const EventReference& reference : cut) {
    const auto link = history_.links.find(reference.id);
    if (!past.Covers(reference.id)) return No("it names events that it had not seen");
    if (link != history_.links.end() && link->second != reference.hash) {
      return Forged(
          absl::StrCat("it means another event ", FormatId(reference.id), " than the one that is here"));
    }
  }
  return {};
}

Problem Authority::JudgeStatement(const ChangeSet& event, const Approved& body) {
  if (Problem problem = JudgeSpeaker(
          event, body.key, ApprovalMessage(history_.workspace, event.artifact, AsSigned<Approved>(event)),
          body.signature);
      !problem.ok()) {
    return problem;
  }
  const Cut past = PastBefore(event.id);
  if (body.policy != PolicyAt(past).policy->hash) return No("it was given under another policy");
  return JudgeCut(body.cut, past);
}

Problem Authority::JudgeStatement(const ChangeSet& event, const ReviewSubmitted& body) {
  const Cut past = PastBefore(event.id);
  if (body.key.empty()) {
    if (PolicyAt(past).policy->administrators.empty()) return {};
    return No("it is not signed; whoever said it says it again with a newer Ameide");
  }
  if (Problem problem =
          JudgeSpeaker(event, body.key,
                       VerdictMessage(history_.workspace, event.artifact, AsSigned<ReviewSubmitted>(event)),
                       body.signature);
      !problem.ok()) {
    return problem;
  }
  // Where the text was redacted, nothing is left to be checked.
  const bool redacted = body.text.empty() && body.salt.empty();
  if (!redacted && TextHashOf(body) != body.text_hash)
    return Forged("its text is not the one that was signed");
  return JudgeCut(body.cut, past);
}

Problem Authority::JudgeStatement(const ChangeSet& event, const Redacted& body) {
  const std::vector<std::string> allowed = PolicyAt(PastBefore(event.id)).policy->redact_by;
  if (!body.key.empty()) {
    if (Problem problem =
            JudgeSpeaker(event, body.key, RedactionStatement(history_.workspace, AsSigned<Redacted>(event)),
                         body.signature);
        !problem.ok()) {
      return problem;
    }
  } else if (!allowed.empty()) {
    return No("it is not signed");
  }
  const std::string person = PersonOf(event.author.email);
  if (allowed.empty() || std::binary_search(allowed.begin(), allowed.end(), person)) return {};
  return No(absl::StrCat("the policy lets only ", absl::StrJoin(allowed, ", "), " redact"));
}

Problem Authority::JudgeStatement(const ChangeSet& event, const KeyCertified& body) {
  if (!Ed25519PublicKey::FromBytes(body.public_key).ok()) return No("what it certifies is no key");
  if (Problem problem =
          CheckSignature(event.id, body.by, CertificateMessage(history_.workspace, body), body.signature);
      !problem.ok()) {
    return problem;
  }
  const Cut past = PastBefore(event.id);
  const std::string certifier = PersonOfKey(body.by, past);
  if (certifier.empty()) return No(absl::StrCat("key ", body.by, " was nobody's that is known here"));
  if (certifier != PersonOf(body.person) && !PolicyAt(past).policy->IsAdministrator(certifier)) {
    return No(absl::StrCat(certifier, " is neither ", body.person, " nor an administrator of the policy"));
  }
  if (const ChangeSet* revocation = RevocationOf(body.by, event.id); revocation != nullptr) {
    return No(absl::StrCat("key ", body.by, " was revoked by ", revocation->author.email));
  }
  return {};
}

Problem Authority::JudgeRevocation(const ChangeSet& event, const KeyRevoked& body) {
  if (Problem problem =
          CheckSignature(event.id, body.by, RevocationMessage(history_.workspace, body), body.signature);
      !problem.ok()) {
    return problem;
  }
  if (body.key == body.by) return {};  // whoever holds a key may give it up
  Authority then(history_, PastBefore(event.id), revocation_problems_);
  const Cut& past = *then.universe_;
  const std::string person = then.PersonOfKey(body.by, past);
  if (person.empty()) return No(absl::StrCat("key ", body.by, " was nobody's that is known here"));
  if (person != then.PersonOfKey(body.key, past) && !then.PolicyAt(past).policy->IsAdministrator(person)) {
    return No(absl::StrCat("the key is not of ", person, ", who is no administrator of the policy"));
  }
  if (const ChangeSet* revocation = then.RevocationOf(body.by, event.id); revocation != nullptr) {
    return No(absl::StrCat("key ", body.by, " was revoked before by ", revocation->author.email));
  }
  return {};
}

std::map<std::string, const ChangeSet*> Authority::Approvers(const Gate& gate, const ArtifactId& artifact,
                                                             std::string_view purpose,
                                                             const std::optional<Hash256>& content,
                                                             const Hash256& policy,
                                                             const std::set<std::string>& authors,
                                                             const Cut& cut) {
  std::map<std::string, const ChangeSet*> approvers;
  const auto approvals = approvals_.find(artifact);
  if (approvals == approvals_.end() || !content) return approvers;
  for (const ChangeSet* event : approvals->second) {
    const auto& body = std::get<Approved>(event->body);
    const std::string person = PersonOf(event->author.email);
    const bool counts = gate.by.empty() || std::binary_search(gate.by.begin(), gate.by.end(), person);
    if (!counts || (gate.four_eyes && authors.contains(person))) continue;
    if (body.purpose != purpose || body.content != *content || body.policy != policy) continue;
    if (!cut.Covers(event->id) || !ProblemOf(*event, body).ok()) continue;
    if (!artifact.name.empty() && EditedSince(artifact, CutOf(body.cut), cut)) continue;
    approvers.emplace(person, event);
  }
  return approvers;
}

std::string Authority::PathAt(const ArtifactId& artifact, const Cut& cut) const {
  std::string path;
  const auto events = paths_.find(artifact);
  if (events == paths_.end()) return path;
  for (const ChangeSet* event : events->second) {
    if (!cut.Covers(event->id)) continue;
    if (const auto* renamed = std::get_if<ArtifactRenamed>(&event->body)) path = renamed->path;
    if (const auto* created = std::get_if<ArtifactCreated>(&event->body); created != nullptr && path.empty())
      path = created->path;
  }
  return path;
}

bool Authority::EditedSince(const ArtifactId& artifact, const Cut& seen, const Cut& cut) const {
  const auto facts = history_.artifacts.find(artifact);
  if (facts == history_.artifacts.end()) return false;
  for (const auto& [stream, events] : facts->second.content) {
    const uint64_t head = seen.HeadOf(stream);
    const auto first =
        std::upper_bound(events.begin(), events.end(), head,
                         [](uint64_t seq, const ContentEvent& event) { return seq < event.seq; });
    if (first != events.end() && first->seq <= cut.HeadOf(stream)) return true;
  }
  return false;
}

}  // namespace ameide::uaf::lifecycle
