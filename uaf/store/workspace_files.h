#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "base/platform/file_system.h"
#include "uaf/log/change_set.h"
#include "uaf/workspace.h"

/// The files of a workspace that are no artifacts, and what paths may be.
namespace ameide::uaf {

/// Where things lie in a workspace.
struct WorkspaceLayout {
  explicit WorkspaceLayout(std::filesystem::path root);
  std::filesystem::path root;
  std::filesystem::path dot_uaf;
  std::filesystem::path workspace_yaml;
  std::filesystem::path policy_yaml;
  std::filesystem::path store;
  std::filesystem::path lock;
  std::filesystem::path log;
  std::filesystem::path blobs;
  std::filesystem::path keys;
  std::filesystem::path aside;  ///< bytes from outside that could not be understood
};

/// FAILED_PRECONDITION naming the place when `.uaf` or something of ours in it is a symbolic link. A
/// repository from a stranger may hold such links; followed, they would have us overwrite or commit files
/// from outside.
absl::Status CheckNoLinks(const WorkspaceLayout& layout);

/// The highest reader version that this release satisfies (workspace.yaml, `reader`).
inline constexpr int kReaderVersion = 2;

/// Writes `.uaf` and its files; see Workspace::Initialize.
absl::Status WriteWorkspaceFiles(const WorkspaceOptions& options);

/// The id in workspace.yaml. NOT_FOUND when the folder is no workspace, FAILED_PRECONDITION when it asks for
/// a newer program, INVALID_ARGUMENT with the place when the file is damaged.
absl::StatusOr<std::string> ReadWorkspaceId(const WorkspaceLayout& layout, const FileSystem& files);

/// The public key's file, as it lies in `.uaf/keys/<fingerprint>.pub`.
std::string PublicKeyFile(const Ed25519PublicKey& key, const Author& owner, std::string_view device);
absl::StatusOr<Ed25519PublicKey> ReadPublicKey(const WorkspaceLayout& layout, const FileSystem& files,
                                               std::string_view fingerprint);

/// The key in such a file's text. DATA_LOSS unless it is the one of that fingerprint.
absl::StatusOr<Ed25519PublicKey> ParsePublicKeyFile(std::string_view text, std::string_view fingerprint);

/// `path` (relative, or absolute below `root`) in the form that artifacts have: relative, '/', no dots.
/// INVALID_ARGUMENT for what lies outside, in `.uaf` or `.git`, or holds control characters or invalid UTF-8.
absl::StatusOr<std::string> ArtifactPath(const std::filesystem::path& root,
                                         const std::filesystem::path& path);

/// A file's name that people can read, whatever bytes it is made of.
std::string ReadableName(std::string_view name);

/// INVALID_ARGUMENT unless `path` has the form that artifacts have: what an event names may come from a
/// stranger.
absl::Status CheckArtifactPath(const std::string& path);

/// PERMISSION_DENIED when `path` would be reached through a symbolic link that leads out of `root`.
absl::Status CheckInside(const std::filesystem::path& root, const std::string& path);

/// True when two paths are one file for some file system: but for case and Unicode form (merge::FoldPath).
bool SamePath(std::string_view a, std::string_view b);

}  // namespace ameide::uaf
