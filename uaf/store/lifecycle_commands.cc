#include "uaf/store/lifecycle_commands.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/platform/process.h"
#include "base/status.h"
#include "uaf/store/device_key.h"
#include "uaf/store/first_policy.h"
#include "uaf/store/lifecycle_checks.h"
#include "uaf/store/policy_file.h"
#include "uaf/store/profile.h"

namespace ameide::uaf {
namespace {

using lifecycle::Authority;
using lifecycle::Gatekeeper;
using lifecycle::PersonOf;
using lifecycle::Policy;

/// The signature as the log keeps it.
std::string SignatureOf(const Ed25519PrivateKey& key, std::string_view message) {
  const Ed25519Signature signature = key.Sign(message);
  return {reinterpret_cast<const char*>(signature.data()), signature.size()};
}

absl::StatusOr<Policy> Read(std::string_view policy) {
  absl::StatusOr<Policy> read = lifecycle::ParsePolicy(policy);
  if (read.ok()) return read;
  return absl::InvalidArgumentError(absl::StrCat("the policy, line ", read.status().message()));
}

}  // namespace

std::string TextOf(std::span<const lifecycle::Reason> reasons) {
  return absl::StrJoin(
      reasons, "; ", [](std::string* out, const lifecycle::Reason& reason) { out->append(reason.message); });
}

struct LifecycleCommands::Scene {
  explicit Scene(lifecycle::History told)
      : history(std::move(told)), authority(history), gatekeeper(history, authority) {}
  const Policy& policy() { return *authority.PolicyAt(history.cut).policy; }

  lifecycle::History history;
  Authority authority;
  Gatekeeper gatekeeper;
};

std::string LifecycleCommands::Person() const { return PersonOf(store_.options().actor.email); }

absl::StatusOr<std::unique_ptr<LifecycleCommands::Scene>> LifecycleCommands::Look(
    const ArtifactId& artifact) {
  EventReader& reader = store_.log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader.Current());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> first,
                          FirstPolicyOf(reader, store_.layout(), *store_.options().files));
  const auto live = [this](const ArtifactId& asked) { return store_.Live(asked); };
  AMEIDE_ASSIGN_OR_RETURN(lifecycle::History history,
                          store_.lifecycle().At(store_.database(), reader, cut, first, live, &artifact));
  return std::make_unique<Scene>(std::move(history));
}

absl::StatusOr<Receipt> LifecycleCommands::Append(const ArtifactId& artifact, std::string_view label,
                                                  EventBody body, std::string_view idempotency_key) {
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event,
                          store_.RecordBody(artifact, label, std::move(body), idempotency_key));
  return Receipt{event->change_set.id, event->change_set.wall_time, false};
}

absl::StatusOr<RecordedCut> LifecycleCommands::RecordCut(const Cut& cut) {
  RecordedCut recorded;
  for (const auto& [stream, head] : cut.heads) recorded.push_back({{stream, head}, {}});
  AMEIDE_RETURN_IF_ERROR(FillIn(recorded));
  return recorded;
}

absl::Status LifecycleCommands::FillIn(RecordedCut& cut) {
  for (EventReference& reference : cut) {
    AMEIDE_ASSIGN_OR_RETURN(reference.hash, store_.log().reader().LinkOf(reference.id));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Receipt>> LifecycleCommands::Repeated(const RecordRequest& request) {
  if (request.idempotency_key.empty()) return std::optional<Receipt>();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> earlier,
                          store_.log().FindByIdempotencyKey(request.idempotency_key));
  if (!earlier) return std::optional<Receipt>();
  if (earlier->change_set.artifact != request.artifact) {
    return absl::InvalidArgumentError(
        "the idempotency key belongs to a command for another artifact; use a new one");
  }
  return std::optional<Receipt>({earlier->change_set.id, earlier->change_set.wall_time, true});
}

absl::StatusOr<Receipt> LifecycleCommands::Record(RecordRequest request) {
  std::vector<RecordRequest> one;
  one.push_back(std::move(request));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Receipt> receipts, RecordAll(std::move(one)));
  return receipts.front();
}

absl::StatusOr<std::vector<Receipt>> LifecycleCommands::RecordAll(std::vector<RecordRequest> requests) {
  // All are judged before any is recorded.
  std::vector<std::optional<Receipt>> repeated;
  for (RecordRequest& request : requests) {
    AMEIDE_ASSIGN_OR_RETURN(repeated.emplace_back(), Repeated(request));
    if (repeated.back()) continue;
    EventBody body = request.body;
    AMEIDE_RETURN_IF_ERROR(Check(request, body));
    if (const auto* tag = std::get_if<RevisionTagged>(&body);
        tag && store_.log().graph().HasBranch(tag->name)) {
      return absl::AlreadyExistsError(
          absl::StrCat("there is a branch `", tag->name, "`; choose another name for the revision"));
    }
    request.body = std::move(body);
  }
  std::vector<Receipt> receipts;
  for (size_t i = 0; i < requests.size(); ++i) {
    if (repeated[i]) {
      receipts.push_back(*repeated[i]);
      continue;
    }
    RecordRequest& request = requests[i];
    if (auto* verdict = std::get_if<ReviewSubmitted>(&request.body)) {
      AMEIDE_RETURN_IF_ERROR(Sign(request.artifact, *verdict));
    }
    const std::string label = request.label.empty() ? LabelOf(request.body) : request.label;
    AMEIDE_ASSIGN_OR_RETURN(receipts.emplace_back(), Append(request.artifact, label, std::move(request.body),
                                                            request.idempotency_key));
  }
  return receipts;
}

absl::StatusOr<Receipt> LifecycleCommands::ResolveApproval(const merge::Conflict& conflict,
                                                           const merge::Choice& choice) {
  if (!choice.side || *choice.side >= conflict.sides.size()) {
    return absl::InvalidArgumentError(
        "a conflict about an approval takes no value; choose the side that was approved to approve what is "
        "there now, or the side that was edited to let the approval lapse");
  }
  for (const EventId& event : conflict.sides[*choice.side].events) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> found, store_.log().reader().Find(event));
    if (!found) continue;
    if (const auto* approved = std::get_if<Approved>(&found->change_set.body))
      return Approve(conflict.artifact, approved->purpose);
  }
  AMEIDE_RETURN_IF_ERROR(store_.FindLiveArtifact(conflict.artifact).status());
  const std::string word(1, static_cast<char>('A' + *choice.side));
  return Append(conflict.artifact, "Resolve conflict: approval", ConflictResolved{{conflict.key}, word, {}});
}

absl::Status LifecycleCommands::Check(const RecordRequest& request, EventBody& body) {
  AMEIDE_RETURN_IF_ERROR(CheckForm(request));
  const document::Document* document = nullptr;
  if (!request.artifact.name.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* artifact, store_.FindLiveArtifact(request.artifact));
    if (request.expected_head && *request.expected_head != artifact->head) {
      return absl::AbortedError(absl::StrCat(artifact->path, " was changed meanwhile (its newest event is ",
                                             FormatId(artifact->head), "); load it again and repeat"));
    }
    AMEIDE_ASSIGN_OR_RETURN(document, store_.Live(request.artifact));
  } else if (request.expected_head) {
    return absl::InvalidArgumentError("an expected head belongs to an artifact, and none is named");
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(request.artifact));
  const lifecycle::State state = lifecycle::Fold(scene->history);
  AMEIDE_RETURN_IF_ERROR(CheckAgainst(request, state, document, Person()));
  if (auto* tag = std::get_if<RevisionTagged>(&body)) return FillIn(tag->cut);
  if (auto* published = std::get_if<Published>(&body)) return FillIn(published->cut);
  if (const auto* link = std::get_if<LinkAdded>(&body)) {
    for (const LinkEnd* end : {&link->from, &link->to}) {
      AMEIDE_RETURN_IF_ERROR(store_.FindLiveArtifact(end->artifact).status());
      AMEIDE_ASSIGN_OR_RETURN(const document::Document* other, store_.Live(end->artifact));
      AMEIDE_RETURN_IF_ERROR(CheckNode(*other, end->node));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Ed25519PrivateKey> LifecycleCommands::DeviceKey() {
  return LoadOrMakeDeviceKey(store_.options().profile, *store_.options().files, *store_.options().random);
}

absl::Status LifecycleCommands::CheckSpeaker(Scene& scene, const Ed25519PrivateKey& key) const {
  const std::string fingerprint = key.public_key().Fingerprint();
  const Cut& now = scene.history.cut;
  const std::string person = scene.authority.PersonOfKey(fingerprint, now);
  if (scene.authority.RevocationOf(fingerprint, {store_.log().own(), UINT64_MAX}) != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("this device's key ", fingerprint,
                     " was revoked; move keys/device.key of the profile away, and a new one is made"));
  }
  if (!person.empty() && person != Person()) {
    return absl::FailedPreconditionError(
        absl::StrCat("this device's key ", fingerprint, " is of ", person, ", but you act as ",
                     store_.options().actor.email,
                     "; set git's user.email to the same address, or use another AMEIDE_PROFILE_DIR"));
  }
  const Policy& policy = *scene.authority.PolicyAt(now).policy;
  if (!person.empty() || policy.administrators.empty()) return absl::OkStatus();
  std::vector<std::string> administrators;
  for (const lifecycle::Administrator& each : policy.administrators) administrators.push_back(each.person);
  return absl::FailedPreconditionError(
      absl::StrCat("this device's key ", fingerprint,
                   " is not certified: commit and push once, so that others have it, and ask ",
                   absl::StrJoin(administrators, " or "), " to run `ameide key certify ", fingerprint, "`"));
}

absl::StatusOr<Receipt> LifecycleCommands::SignApproval(Scene& scene, const ArtifactId& artifact,
                                                        Approved body, std::string_view label) {
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  AMEIDE_RETURN_IF_ERROR(CheckSpeaker(scene, key));
  body.policy = scene.policy().hash;
  body.key = key.public_key().Fingerprint();
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, store_.log().reader().Current());
  AMEIDE_ASSIGN_OR_RETURN(body.cut, RecordCut(now));
  body.signature = SignatureOf(key, ApprovalMessage(store_.workspace(), artifact, body));
  return Append(artifact, label, std::move(body));
}

absl::Status LifecycleCommands::Sign(const ArtifactId& artifact, ReviewSubmitted& body) {
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  AMEIDE_RETURN_IF_ERROR(CheckSpeaker(*scene, key));
  if (!artifact.name.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const document::Document* document, store_.Live(artifact));
    body.content = Sha256(document->Render());
  }
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, store_.log().reader().Current());
  AMEIDE_ASSIGN_OR_RETURN(body.cut, RecordCut(now));
  constexpr size_t kSaltSize = 16;
  body.salt = store_.options().random->Bytes(kSaltSize);
  body.text_hash = TextHashOf(body);
  body.key = key.public_key().Fingerprint();
  body.signature = SignatureOf(key, VerdictMessage(store_.workspace(), artifact, body));
  return absl::OkStatus();
}

absl::Status LifecycleCommands::CheckRedaction(const ChangeSet& event) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  const std::vector<std::string>& allowed = scene->policy().redact_by;
  if (!allowed.empty() && !std::binary_search(allowed.begin(), allowed.end(), Person())) {
    return absl::FailedPreconditionError(
        absl::StrCat("the policy lets only ", absl::StrJoin(allowed, ", "),
                     " take values out of the log; ask one of them to run `ameide redact`"));
  }
  if (!allowed.empty() && std::holds_alternative<Redacted>(event.body)) {
    return absl::FailedPreconditionError(
        "the policy says who may redact, so the reason stays: it is a part of what they signed");
  }
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  return CheckSpeaker(*scene, key);
}

absl::Status LifecycleCommands::Sign(Redacted& body) {
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  body.key = key.public_key().Fingerprint();
  body.signature = SignatureOf(key, RedactionStatement(store_.workspace(), body));
  return absl::OkStatus();
}

absl::StatusOr<bool> LifecycleCommands::Counts(const ChangeSet& event, const Redacted& body) {
  EventReader& reader = store_.log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> first,
                          FirstPolicyOf(reader, store_.layout(), *store_.options().files));
  const ArtifactId nothing;
  const auto live = [this](const ArtifactId& asked) { return store_.Live(asked); };
  AMEIDE_ASSIGN_OR_RETURN(
      const lifecycle::History history,
      store_.lifecycle().At(store_.database(), reader, everything, first, live, &nothing));
  Authority authority(history);
  return authority.ProblemOf(event, body).ok();
}

absl::StatusOr<Receipt> LifecycleCommands::Approve(const ArtifactId& artifact, std::string_view purpose) {
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* found, store_.FindLiveArtifact(artifact));
  const std::string path = found->path;
  AMEIDE_ASSIGN_OR_RETURN(const document::Document* document, store_.Live(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(artifact));
  if (scene->policy().Find(purpose) == nullptr) return NoSuchState(scene->policy(), purpose);
  if (const std::string why =
          scene->gatekeeper.WhyNotCounted(artifact, purpose, Person(), scene->history.cut);
      !why.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("your approval of ", path, " would not count: ", why));
  }
  Approved body;
  body.purpose = purpose;
  body.content = Sha256(document->Render());
  return SignApproval(*scene, artifact, std::move(body), absl::StrCat("Approve for ", std::string(purpose)));
}

absl::StatusOr<Receipt> LifecycleCommands::ApprovePolicy(std::string_view policy) {
  AMEIDE_ASSIGN_OR_RETURN(const Policy read, Read(policy));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  const Policy& now = scene->policy();
  if (read.hash == now.hash) return absl::FailedPreconditionError("this policy is in force already");
  if (!now.change.by.empty() && !std::binary_search(now.change.by.begin(), now.change.by.end(), Person())) {
    return absl::FailedPreconditionError(
        absl::StrCat("your approval would not count: changes of the policy are approved by ",
                     absl::StrJoin(now.change.by, ", ")));
  }
  Approved body;
  body.purpose = "policy";
  body.content = read.hash;
  return SignApproval(*scene, ArtifactId{}, std::move(body), "Approve a change of the policy");
}

absl::StatusOr<Receipt> LifecycleCommands::ChangePolicy(std::string_view policy) {
  AMEIDE_ASSIGN_OR_RETURN(const Policy read, Read(policy));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  const Policy& now = scene->policy();
  if (read.hash == now.hash) return absl::FailedPreconditionError("this policy is in force already");
  // As everybody judges it once this computer's key has signed it.
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  const std::string owner = scene->authority.PersonOfKey(key.public_key().Fingerprint(), scene->history.cut);
  if (now.change.four_eyes && owner != Person() && !now.administrators.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the policy asks for four eyes, and this computer's key is ",
        owner.empty() ? "nobody's that is known here" : absl::StrCat("of ", owner),
        "; an administrator certifies it (`ameide key certify`), or somebody else changes the policy"));
  }
  const auto approvers = scene->authority.Approvers(now.change, ArtifactId{}, "policy", read.hash, now.hash,
                                                    {Person()}, scene->history.cut);
  if (approvers.size() < now.change.approvals) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the policy in force asks for ", now.change.approvals, " approvals of its change",
        now.change.by.empty() ? std::string() : absl::StrCat(" by ", absl::StrJoin(now.change.by, ", ")),
        now.change.four_eyes ? ", and not by who changes it" : "", "; ", approvers.size(),
        " are there. They give them with `ameide policy approve FILE`, for exactly these bytes"));
  }
  PolicyChanged body{std::string(policy), now.hash, {}};
  for (const auto& [person, event] : approvers) body.approvals.push_back(event->id);
  const bool first = scene->authority.PolicyAt(scene->history.cut).since == nullptr;
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event,
                          store_.RecordBody(ArtifactId{}, "Change the policy", std::move(body)));
  const Receipt receipt{event->change_set.id, event->change_set.wall_time, false};
  AMEIDE_RETURN_IF_ERROR(NotePolicyFile(store_, *event));
  if (first) AMEIDE_RETURN_IF_ERROR(store_.Noted(NoteFirstPolicy(store_.database(), read.hash)));
  return receipt;
}

absl::StatusOr<Hash256> LifecycleCommands::PolicyInForce() {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  return scene->policy().hash;
}

absl::StatusOr<Receipt> LifecycleCommands::Promote(const PromoteRequest& request,
                                                   std::span<const merge::Conflict> conflicts) {
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* found, store_.FindLiveArtifact(request.artifact));
  const std::string path = found->path;
  AMEIDE_ASSIGN_OR_RETURN(const document::Document* document, store_.Live(request.artifact));
  const Hash256 content = Sha256(document->Render());
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(request.artifact));
  if (request.to != lifecycle::kFirstState && scene->policy().Find(request.to) == nullptr)
    return NoSuchState(scene->policy(), request.to);
  const Cut& now = scene->history.cut;
  const std::vector<lifecycle::Reason> reasons =
      scene->gatekeeper.WhatBlocks(request.artifact, request.to, content, now, {conflicts, request.findings});
  if (!reasons.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " cannot become ", request.to, ": ", TextOf(reasons)));
  }
  Promoted body{request.to, scene->gatekeeper.CountedApprovals(request.artifact, request.to, content, now),
                content, scene->policy().hash};
  return Append(request.artifact, absl::StrCat("Promote to ", request.to), std::move(body));
}

absl::StatusOr<Receipt> LifecycleCommands::CertifyKey(std::string_view fingerprint, std::string_view person) {
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  AMEIDE_RETURN_IF_ERROR(CheckSpeaker(*scene, key));
  const lifecycle::State state = lifecycle::Fold(scene->history);
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::Key* known, FindKey(state, fingerprint));
  const std::string whose = person.empty() ? PersonOf(known->added.author.email) : PersonOf(person);
  if (known->revoked) return absl::FailedPreconditionError("the key was revoked; a revoked key stays so");
  if (known->person == whose)
    return absl::FailedPreconditionError(absl::StrCat("the key is believed to be of ", whose, " already"));
  if (whose != Person() && !scene->policy().IsAdministrator(Person())) {
    return absl::FailedPreconditionError(
        absl::StrCat("only ", whose,
                     " with a key that is believed, or an administrator of the policy, can "
                     "certify a key of ",
                     whose));
  }
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  return Certify(key, known->public_key, whose, known->device);
}

absl::StatusOr<Receipt> LifecycleCommands::Certify(const Ed25519PrivateKey& by, std::string_view public_key,
                                                   std::string_view person, std::string_view device) {
  KeyCertified body{
      std::string(public_key), std::string(person), std::string(device), by.public_key().Fingerprint(), {}};
  body.signature = SignatureOf(by, CertificateMessage(store_.workspace(), body));
  return Append(ArtifactId{}, absl::StrCat("Certify a key of ", std::string(person)), std::move(body));
}

absl::StatusOr<Receipt> LifecycleCommands::RotateKey(const Ed25519PrivateKey& next) {
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  AMEIDE_RETURN_IF_ERROR(CheckSpeaker(*scene, key));
  if (!scene->policy().OwnerOfRootKey(key.public_key().Fingerprint()).empty()) {
    return absl::FailedPreconditionError(
        "the policy names this device's key as an administrator's; add the new key there first: make it on "
        "another "
        "device, or take this one out of the policy");
  }
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, next));
  return Certify(key, next.public_key().view(), Person(), HostName());
}

absl::StatusOr<Receipt> LifecycleCommands::RevokeKey(std::string_view fingerprint, std::string_view reason) {
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key, DeviceKey());
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Scene> scene, Look(ArtifactId{}));
  const lifecycle::State state = lifecycle::Fold(scene->history);
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::Key* known, FindKey(state, fingerprint));
  if (known->revoked) return absl::FailedPreconditionError("the key was revoked already");
  if (known->fingerprint != key.public_key().Fingerprint()) {
    AMEIDE_RETURN_IF_ERROR(CheckSpeaker(*scene, key));
    if (known->person != Person() && !scene->policy().IsAdministrator(Person())) {
      return absl::FailedPreconditionError(
          absl::StrCat("only its owner (", known->person.empty() ? "nobody is known" : known->person,
                       ") or an administrator of the policy can revoke a key"));
    }
  }
  KeyRevoked body{known->fingerprint, std::string(reason), key.public_key().Fingerprint(), {}};
  body.signature = SignatureOf(key, RevocationMessage(store_.workspace(), body));
  AMEIDE_RETURN_IF_ERROR(MakeKeyKnown(store_, key));
  return Append(ArtifactId{}, "Revoke a key", std::move(body));
}

}  // namespace ameide::uaf
