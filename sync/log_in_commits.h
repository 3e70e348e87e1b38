#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sync/git/repository.h"
#include "sync/place.h"
#include "uaf/workspace.h"

/// What commits have of the log and what the folder has: each may lack something of the other, because people
/// reset, rebase and remove as they like.
namespace ameide::sync {

/// True for the file of a key (workspace paths), `.uaf/keys/<fingerprint>.pub`. Nothing else of that folder
/// is taken from commits: a tree may name anything.
bool IsKeyPath(std::string_view path);

/// A pack in the folder of this segment says that it holds it; true of packs themselves.
bool IsPacked(const std::filesystem::path& segment);

/// Files of the log in the folder that belong to the current branch and that `head` has not (nullopt: no
/// commit), whatever was committed once: a reset may have taken it out of the history.
absl::StatusOr<std::vector<uaf::SealedFile>> LackingIn(const std::optional<git::CommitId>& head,
                                                       const uaf::Workspace& workspace, const Place& place);

/// The files of blobs that `segment`, the bytes of a segment or pack, names, its copies of derived events
/// included.
std::vector<std::string> BlobsNamedBy(const std::string& segment);

/// The files of keys that segments in the folder are signed with and that are not there. Reads all of them.
absl::StatusOr<std::vector<std::string>> MissingKeys(const uaf::Workspace& workspace);

/// Writes into the folder what `commit` has of the log and the folder lacks: segments that no pack there
/// holds, keys, and the blobs that these segments name (others may have been taken out for good).
absl::Status BringBack(const git::CommitId& commit, const uaf::Workspace& workspace, Place& place);

/// Writes the keys into the folder that `commit` has and the folder lacks: somebody removed them.
absl::Status BringBackKeys(const git::CommitId& commit, Place& place);

/// Writes those of `missing` (workspace paths) that some commit has: of local and remote branches, behind
/// HEAD, and of what was dropped and git still remembers.
absl::Status FindInCommits(const std::vector<std::string>& missing, const uaf::Workspace& workspace,
                           Place& place);

/// Those of `paths` (workspace paths) that none of these commits has.
absl::StatusOr<std::vector<std::string>> NotInCommits(std::vector<std::string> paths, const Place& place);

}  // namespace ameide::sync
