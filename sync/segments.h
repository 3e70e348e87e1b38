#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/git/repository.h"
#include "sync/place.h"
#include "uaf/workspace.h"

namespace ameide::sync {

/// Of commits, oldest first, the newest file of the log of each stream. A commit has what its parents have
/// and what it adds: a revert takes away a file, not what it said.
class SegmentWalk {
 public:
  explicit SegmentWalk(const Place& place);
  /// Workspace paths.
  absl::StatusOr<std::vector<std::string>> Of(const git::CommitSummary& commit);

 private:
  /// Per stream's folder the newest segment of a commit.
  using Newest = std::map<std::string, std::string>;
  absl::StatusOr<Newest> OfParent(const git::CommitId& parent);

  const Place& place_;
  std::string log_;
  std::map<std::string, Newest> known_;
};

/// Tells the store which commits behind `from` (nullopt: all) up to `to` brought which segments, oldest
/// first, so that the history can name them. At most the newest thousand: older events then carry the oldest
/// of those.
absl::Status NoteCommits(uaf::Workspace& workspace, const Place& place,
                         const std::optional<git::CommitId>& from, const git::CommitId& to);

}  // namespace ameide::sync
