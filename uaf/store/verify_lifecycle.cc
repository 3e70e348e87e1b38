#include "uaf/store/verify_lifecycle.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/lifecycle/authority.h"
#include "uaf/store/first_policy.h"
#include "uaf/store/log_files.h"
#include "uaf/store/settings_file.h"

namespace ameide::uaf {
namespace {

using document::Finding;

constexpr uint64_t kLargestSettingsFile = 1 << 20;

Finding Wrong(std::string_view rule, std::string message, uint32_t line = 0) {
  Finding finding;
  finding.rule = rule;
  finding.message = std::move(message);
  finding.line = line;
  return finding;
}

/// The number of the first line in which two texts differ.
uint32_t FirstDifference(std::string_view a, std::string_view b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<uint32_t>(std::count(a.begin(), end, '\n')) + 1;
}

void CheckPolicyFile(const lifecycle::State& state, const WorkspaceLayout& layout, const FileSystem& files,
                     std::vector<Finding>& findings) {
  const absl::StatusOr<std::string> file = files.Read(layout.policy_yaml, kLargestSettingsFile);
  const std::string way_out =
      "; `ameide policy change FILE` puts another one in force, `ameide policy show -o .uaf/policy.yaml` "
      "writes the one that is";
  if (absl::IsNotFound(file.status())) {
    // The open policy needs no file.
    if (state.policy_since)
      findings.push_back(
          Wrong("policy/missing", absl::StrCat(layout.policy_yaml.string(), " is missing", way_out)));
    return;
  }
  if (!file.ok()) {
    findings.push_back(Wrong("policy/unreadable", std::string(file.status().message())));
  } else if (*file != state.policy.bytes) {
    const uint32_t line = FirstDifference(*file, state.policy.bytes);
    findings.push_back(Wrong("policy/changed",
                             absl::StrCat(layout.policy_yaml.string(), ":", line,
                                          " is not what the policy in force says, and has no force", way_out),
                             line));
  }
}

/// That every byte of workspace.yaml is one that a release wrote for the workspace `known`.
void CheckSettings(const std::optional<std::string>& known, const std::optional<Hash256>& policy,
                   const WorkspaceLayout& layout, const FileSystem& files, std::vector<Finding>& findings) {
  const absl::StatusOr<std::string> id = ReadWorkspaceId(layout, files);
  const absl::StatusOr<std::string> text = files.Read(layout.workspace_yaml, kLargestSettingsFile);
  if (!id.ok() || !text.ok()) {
    findings.push_back(
        Wrong("workspace/unreadable", std::string((id.ok() ? text.status() : id.status()).message())));
    return;
  }
  uint32_t line = 0;
  for (int reader = 1; reader <= kReaderVersion; ++reader) {
    const std::string written = SettingsText(reader, known.value_or(*id), policy);
    if (*text == written) return;
    line = std::max(line, FirstDifference(*text, written));
  }
  findings.push_back(
      Wrong("workspace/changed",
            absl::StrCat(layout.workspace_yaml.string(), ":", line,
                         " is not what Ameide writes there for this workspace; restore the file from git"),
            line));
}

}  // namespace

absl::StatusOr<std::vector<Finding>> VerifyLifecycle(const lifecycle::State& state, EventReader& reader,
                                                     const WorkspaceLayout& layout, const FileSystem& files) {
  std::vector<Finding> findings = state.findings;
  CheckPolicyFile(state, layout, files, findings);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> known, FirstPolicyInStore(reader));
  const absl::StatusOr<std::optional<Hash256>> named = FirstPolicyInFile(layout, files);
  if (!named.ok()) {
    findings.push_back(Wrong("workspace/unreadable", std::string(named.status().message())));
  } else if (known && *named != known) {
    findings.push_back(Wrong(
        "workspace/first-policy",
        absl::StrCat(
            layout.workspace_yaml.string(), *named ? " names another first policy" : " names no first policy",
            " than this computer has believed until now (", known->Hex(),
            "), and is not believed: restore it from git. If the change is right, move .uaf/store.db "
            "away: a new one is built from the log and believes the file")));
  } else {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> id, reader.Meta("workspace"));
    CheckSettings(id, *named, layout, files, findings);
  }
  return findings;
}

absl::Status VerifySigners(const lifecycle::History& history, Database& database, SegmentSigners& signers,
                           std::vector<Finding>& findings) {
  const bool any_revoked =
      std::any_of(history.events.begin(), history.events.end(),
                  [](const ChangeSet* event) { return std::holds_alternative<KeyRevoked>(event->body); });
  if (!any_revoked) return absl::OkStatus();
  lifecycle::Authority authority(history);
  for (const auto& [stream, head] : history.cut.heads) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<SegmentSigners::Sealed> segments,
                            SegmentSigners::SegmentsOf(database, stream));
    for (const SegmentSigners::Sealed& segment : segments) {
      const std::string key = signers.KeyOf(stream, segment.number);
      const ChangeSet* revocation = authority.RevocationOf(key, {stream, segment.last});
      if (revocation == nullptr) continue;
      Finding finding = Wrong("segment/revoked-key",
                              absl::StrCat(LogFileName{stream, segment.number, segment.number}.path(),
                                           " was signed by key ", key, ", which ", revocation->author.email,
                                           " had revoked without having seen it; look at its "
                                           "edits with `ameide log`, and undo what should not be"));
      finding.severity = document::Severity::kWarning;
      findings.push_back(std::move(finding));
    }
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
