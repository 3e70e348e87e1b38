#include "uaf/store/first_policy.h"

#include <yaml-cpp/yaml.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

constexpr char kKey[] = "first_policy";
constexpr uint64_t kLargestSettingsFile = 1 << 20;

}  // namespace

absl::StatusOr<std::optional<Hash256>> FirstPolicyInStore(EventReader& reader) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> known, reader.Meta(kKey));
  if (!known) return std::optional<Hash256>();
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 hash, Hash256::FromHex(*known));
  return std::optional<Hash256>(hash);
}

absl::StatusOr<std::optional<Hash256>> FirstPolicyInFile(const WorkspaceLayout& layout,
                                                         const FileSystem& files) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string text, files.Read(layout.workspace_yaml, kLargestSettingsFile));
  try {
    const YAML::Node policy = YAML::Load(text)["policy"];
    if (!policy) return std::optional<Hash256>();
    if (const absl::StatusOr<Hash256> hash = Hash256::FromHex(policy.as<std::string>("")); hash.ok())
      return std::optional<Hash256>(*hash);
  } catch (const YAML::Exception&) {
  }
  return absl::InvalidArgumentError(
      absl::StrCat(layout.workspace_yaml.string(), " holds no valid `policy`; restore it from git"));
}

absl::StatusOr<std::optional<Hash256>> FirstPolicyOf(EventReader& reader, const WorkspaceLayout& layout,
                                                     const FileSystem& files) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> known, FirstPolicyInStore(reader));
  if (known) return known;
  return FirstPolicyInFile(layout, files);
}

absl::Status NoteFirstPolicy(Database& database, const Hash256& policy) {
  AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                          database.Prepare("INSERT OR IGNORE INTO meta(key, value) VALUES(?, ?)"));
  const std::string hex = policy.Hex();
  insert.BindText(1, kKey).BindText(2, hex);
  return insert.Run();
}

absl::Status WriteFirstPolicy(const WorkspaceLayout& layout, FileSystem& files, const Hash256& policy) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> known, FirstPolicyInFile(layout, files));
  if (known) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(std::string text, files.Read(layout.workspace_yaml, kLargestSettingsFile));
  if (!text.empty() && text.back() != '\n') text += '\n';
  absl::StrAppend(&text, "policy: ", policy.Hex(), "\n");
  return files.WriteAtomically(layout.workspace_yaml, text);
}

}  // namespace ameide::uaf
