#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sync/git/repository.h"
#include "sync/place.h"
#include "uaf/workspace.h"

namespace ameide::sync {

/// What a commit and its ancestors have of the log: a revert takes away a file, not what it said.
struct HeldLog {
  /// Of one stream, by the number of its segments.
  struct Stream {
    uint64_t prefix = 0;       ///< all up to it are there
    std::set<uint64_t> ahead;  ///< behind a gap
  };
  std::map<std::string, Stream> streams;  ///< by the stream's folder, a workspace path
  /// Files that came with segments behind a gap; workspace paths.
  std::set<std::string> pending;

  void Add(const std::string& path);
  /// Takes in what another one has.
  void Unite(const HeldLog& other);
  /// Closes gaps that are none; without any, nothing is pending.
  void Settle();
  bool HasGaps() const;
};

/// Of commits, oldest first, what they hold: what their parents have and what they add.
class SegmentWalk {
 public:
  explicit SegmentWalk(const Place& place);
  absl::StatusOr<HeldLog> Of(const git::CommitSummary& commit);
  /// The same of a commit by its name alone.
  absl::StatusOr<HeldLog> Of(const git::CommitId& commit);
  /// Workspace paths: of each stream the newest segment that is not behind a gap.
  static std::vector<std::string> Newest(const HeldLog& held);

 private:
  /// Closes gaps with what ancestors had, and finds what came with segments behind those that stay.
  absl::Status Explain(const git::CommitId& commit, HeldLog& held);

  const Place& place_;
  std::string log_;
  std::map<std::string, HeldLog> known_;
};

/// Tells the store which commits behind `from` (nullopt: all) up to `to` brought which segments, oldest
/// first, so that the history can name them. At most the newest thousand: older events then carry the oldest
/// of those.
absl::Status NoteCommits(uaf::Workspace& workspace, const Place& place,
                         const std::optional<git::CommitId>& from, const git::CommitId& to);

}  // namespace ameide::sync
