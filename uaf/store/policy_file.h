#pragma once

#include "absl/status/status.h"
#include "uaf/store/store.h"

/// `.uaf/policy.yaml` follows the log, which alone says what policy is in force: a change is recorded first,
/// then the file is written. What is still to be written is noted with the change, so that neither a crash
/// nor a failing disk leaves the old file behind.
namespace ameide::uaf {

/// Notes that `change`, which changes the policy, is not in its file yet. In the transaction that records it.
absl::Status NotePolicyFile(Store& store, const StoredEvent& change);

/// Writes what was noted, and names the first policy in workspace.yaml (first_policy.h). Not while another
/// policy is in force, as on another branch; nor where somebody else has changed the file meanwhile: what
/// differs then is a finding. In transactions of its own.
absl::Status FinishPolicyFile(Store& store);

}  // namespace ameide::uaf
