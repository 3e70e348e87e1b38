#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "uaf/lifecycle/gate.h"
#include "uaf/lifecycle/history.h"
#include "uaf/store/store.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// Judges and records what people say about artifacts, inside the caller's transaction on the store's thread,
/// so that no edit comes between judgement and record. What is refused has changed nothing. The functions are
/// those of Workspace.
class LifecycleCommands {
 public:
  explicit LifecycleCommands(Store* store) : store_(*store) {}

  absl::StatusOr<Receipt> Record(RecordRequest request);
  absl::StatusOr<std::vector<Receipt>> RecordAll(std::vector<RecordRequest> requests);
  /// Of kind kApproval only: approves again, or lets the approval lapse.
  absl::StatusOr<Receipt> ResolveApproval(const merge::Conflict& conflict, const merge::Choice& choice);
  absl::StatusOr<Receipt> Approve(const ArtifactId& artifact, std::string_view purpose);
  absl::StatusOr<Receipt> ApprovePolicy(std::string_view policy);
  absl::StatusOr<Receipt> ChangePolicy(std::string_view policy);
  /// `conflicts` are the open ones of the artifact.
  absl::StatusOr<Receipt> Promote(const PromoteRequest& request, std::span<const merge::Conflict> conflicts);
  absl::StatusOr<Receipt> CertifyKey(std::string_view fingerprint, std::string_view person);
  /// `next` takes over from the present key, which certifies it; keeping it in the profile is the caller's,
  /// when this is durable.
  absl::StatusOr<Receipt> RotateKey(const Ed25519PrivateKey& next);
  /// FAILED_PRECONDITION unless the policy lets the actor redact `event`, with this device's key.
  absl::Status CheckRedaction(const ChangeSet& event);
  /// Signs what is about to be recorded.
  absl::Status Sign(Redacted& body);
  /// Whether a redaction that came from elsewhere counts.
  absl::StatusOr<bool> Counts(const ChangeSet& event, const Redacted& body);
  absl::StatusOr<Receipt> RevokeKey(std::string_view fingerprint, std::string_view reason);
  /// SHA-256 of the policy that is in force.
  absl::StatusOr<Hash256> PolicyInForce();

 private:
  /// What there is, judged; `artifact` empty: nothing about contents.
  struct Scene;
  absl::StatusOr<std::unique_ptr<Scene>> Look(const ArtifactId& artifact);
  /// The receipt of the command that had this idempotency key before.
  absl::StatusOr<std::optional<Receipt>> Repeated(const RecordRequest& request);
  absl::Status Check(const RecordRequest& request, EventBody& body);
  absl::Status Sign(const ArtifactId& artifact, ReviewSubmitted& body);
  absl::StatusOr<RecordedCut> RecordCut(const Cut& cut);
  absl::Status FillIn(RecordedCut& cut);
  absl::StatusOr<Receipt> Certify(const Ed25519PrivateKey& by, std::string_view public_key,
                                  std::string_view person, std::string_view device);
  absl::StatusOr<Ed25519PrivateKey> DeviceKey();
  /// FAILED_PRECONDITION unless this device's key speaks for the actor.
  absl::Status CheckSpeaker(Scene& scene, const Ed25519PrivateKey& key) const;
  absl::StatusOr<Receipt> SignApproval(Scene& scene, const ArtifactId& artifact, Approved body,
                                       std::string_view label);
  absl::StatusOr<Receipt> Append(const ArtifactId& artifact, std::string_view label, EventBody body,
                                 std::string_view idempotency_key = {});
  std::string Person() const;

  Store& store_;
};

/// What keeps an artifact from a state, as Workspace::WhatBlocks tells it.
std::string TextOf(std::span<const lifecycle::Reason> reasons);

}  // namespace ameide::uaf
