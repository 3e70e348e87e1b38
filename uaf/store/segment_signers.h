#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/platform/file_system.h"
#include "uaf/document/ids.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {

/// Which key signed which events: what an author's name in an event cannot claim. Read from the files of the
/// log and remembered, because segments never change. One thread.
class SegmentSigners {
 public:
  SegmentSigners(const WorkspaceLayout* layout, const FileSystem* files, std::string workspace)
      : layout_(layout), files_(files), workspace_(std::move(workspace)) {}

  /// A sealed segment of the store.
  struct Sealed {
    uint64_t number = 0;
    uint64_t first = 0;
    uint64_t last = 0;
  };
  /// Those of a stream, in order.
  static absl::StatusOr<std::vector<Sealed>> SegmentsOf(Database& database, const StreamId& stream);

  /// The fingerprint of the key that signed a segment; empty where its file is missing or unsound, which
  /// VerifyStore tells.
  std::string KeyOf(const StreamId& stream, uint64_t number);
  /// The same for an event; empty while no segment holds it.
  absl::StatusOr<std::string> KeyOf(Database& database, const EventId& event);

 private:
  const WorkspaceLayout* layout_;
  const FileSystem* files_;
  std::string workspace_;
  std::map<std::pair<StreamId, uint64_t>, std::string> keys_;
  std::map<StreamId, std::vector<Sealed>> segments_;
};

}  // namespace ameide::uaf
