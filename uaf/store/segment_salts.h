#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// The salts of a stream's events, from the seeds of its segments (uaf/log/chain.h), the open one included.
class SegmentSalts {
 public:
  static absl::StatusOr<SegmentSalts> Of(Database& database, const StreamId& stream);

  /// DATA_LOSS when no segment holds event `seq`. Fastest for growing `seq`.
  absl::StatusOr<Hash256> At(uint64_t seq);

 private:
  struct Segment {
    uint64_t first = 0;
    uint64_t last = 0;
    std::string seed;
  };
  explicit SegmentSalts(StreamId stream) : stream_(std::move(stream)) {}
  StreamId stream_;
  std::vector<Segment> segments_;  ///< by growing seq
  size_t at_ = 0;
};

}  // namespace ameide::uaf
