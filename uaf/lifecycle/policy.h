#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"

/// Who approves what (uaf.md, Review; In git). Pure: bytes in, rules out.
namespace ameide::uaf::lifecycle {

/// Where every artifact begins and whereto it may always be sent back.
inline constexpr std::string_view kFirstState = "draft";
/// The role of those whom the policy names administrators.
inline constexpr std::string_view kAdministrators = "administrators";

/// What must hold before something may happen. Open conflicts always block; they are no matter of policy.
struct Gate {
  uint32_t approvals = 0;           ///< by so many persons
  std::vector<std::string> by;      ///< who counts, sorted; empty: anybody whose key is believed
  bool four_eyes = false;           ///< not by an author of the change
  bool no_change_requests = false;  ///< no reviewer whose last verdict asks for changes
  bool no_errors = false;           ///< no finding of severity error
  auto operator<=>(const Gate&) const = default;
};

/// A state that artifacts may be promoted to.
struct StateRule {
  std::string name;
  std::vector<std::string> from;  ///< the states that it may be reached from
  bool survives_edits = false;    ///< false: an edit puts the artifact back to the state before
  Gate gate;
};

/// Other gates for the artifacts of some paths. The first rule that matches counts.
struct PathRule {
  std::string match;
  std::map<std::string, Gate> gates;                     ///< by state; the others stay as they are
  std::optional<std::vector<std::string>> publish_from;  ///< nullopt: as everywhere
};

/// A person whose keys may certify and revoke those of others. The keys are named here, so that nobody can
/// pose as an administrator.
struct Administrator {
  std::string person;
  std::vector<std::string> keys;  ///< fingerprints
};

/// A policy that has been read and understood. Persons are e-mail addresses in lower case.
struct Policy {
  std::string bytes;
  Hash256 hash;                   ///< SHA-256 of `bytes`: its name in events
  std::vector<StateRule> states;  ///< lowest first, without kFirstState
  std::vector<PathRule> paths;
  std::vector<Administrator> administrators;
  Gate change;                            ///< what another policy needs
  std::vector<std::string> publish_from;  ///< the states that may be published; empty: any
  std::vector<std::string> redact_by;     ///< who may take values out of the log; empty: anybody

  /// nullptr for kFirstState and for states that there are not.
  const StateRule* Find(std::string_view state) const;
  /// The gate before `state` for an artifact at `path`; nullptr as Find.
  const Gate* GateFor(std::string_view state, std::string_view path) const;
  /// The states that an artifact at `path` may be published in; empty: any.
  const std::vector<std::string>& PublishableFrom(std::string_view path) const;
  /// 0 for kFirstState and for states that there are not, then 1, 2, … as they are listed.
  size_t RankOf(std::string_view state) const;
  bool IsAdministrator(std::string_view person) const;
  /// The administrator whose key this is; empty when it is nobody's.
  std::string OwnerOfRootKey(std::string_view fingerprint) const;
};

/// Reads `.uaf/policy.yaml`:
///
///     version: 1
///     administrators:                  # without any, keys are trusted on first use
///       - person: ada@example.org
///         keys: [852d9d210afd1e63e9676db36d6b3b61]
///     roles:
///       architects: [ada@example.org, bob@example.org]
///     promotion:                       # the states, lowest first
///       review: {approvals: 0, survives_edits: true}
///       approved: {approvals: 2, by: [architects], four_eyes: true}
///       released: {approvals: 1, by: [administrators], from: [approved], no_change_requests: true,
///       no_errors: true}
///     publishing: {from: [released]}   # the states that may be published; default: any
///     redaction: {by: [administrators]}  # who may take values out for good; this is the default where
///                                        # there are administrators, else anybody may
///     paths:                           # the first that matches counts
///       - match: "scratch/**"
///         promotion: {approved: {approvals: 0}}
///         publishing: {from: [draft]}
///     policy: {approvals: 1, by: [administrators]}   # what another policy needs; this is the default
///                                                    # where there are administrators
///
/// INVALID_ARGUMENT as `LINE: why and what to do`. What is not understood is an error and never passed over:
/// a gate with a typing error must not stand open. So is a gate that nobody could ever pass.
absl::StatusOr<Policy> ParsePolicy(std::string_view bytes);

/// What a valid policy may not mean to say, for people: nobody administers, anybody may change it, a gate
/// that changes of some persons can never pass.
std::vector<std::string> RemarksOn(const Policy& policy);

/// The policy that every workspace begins with, byte for byte: it asks for no approval.
std::string_view OpenPolicyText();

/// True when `path` is one that `pattern` means: `*` and `?` within a folder, `**` across folders. ASCII
/// letters of either case are the same, because they are for some file systems.
bool PathMatches(std::string_view pattern, std::string_view path);

/// An e-mail address as persons are compared: ASCII letters in lower case.
std::string PersonOf(std::string_view email);

}  // namespace ameide::uaf::lifecycle
