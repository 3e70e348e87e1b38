#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/log/forks.h"
#include "uaf/log/segment.h"
#include "uaf/store/event_rows.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// What a stream's chain is made of: the salts of its events, from the seeds of its segments
/// (uaf/log/chain.h), the open one included, and the payload hashes that stand for redacted ones.
class SegmentSalts {
 public:
  static absl::StatusOr<SegmentSalts> Of(Database& database, const StreamId& stream);

  /// DATA_LOSS when no segment holds event `seq`. Fastest for growing `seq`.
  absl::StatusOr<Hash256> At(uint64_t seq);
  /// The payload hash of an event of the stream.
  absl::StatusOr<Hash256> PayloadOf(const StoredEvent& event);

  /// What the segment's row holds in place of the seed once event `seq` of `first`..`last` is redacted: byte
  /// 1 and all salts but its own. `held` is what the row holds now.
  static std::string Without(std::string_view held, uint64_t first, uint64_t last, uint64_t seq);
  /// What stands for the segment of a derived event, which has no file.
  static std::string HeldOfDerived(const StreamId& stream);
  /// What the row of a segment holds.
  static std::string HeldOf(const Segment& segment);

 private:
  struct Row {
    uint64_t first = 0;
    uint64_t last = 0;
    std::string held;  ///< 32 bytes seed, or byte 1 and salts
  };
  explicit SegmentSalts(StreamId stream) : stream_(std::move(stream)) {}
  StreamId stream_;
  absl::StatusOr<Hash256> AmongRelatives(uint64_t seq) const;
  std::vector<Row> segments_;  ///< by growing seq
  /// Of other tails of what was written as one stream: where one goes on from this stream, what it sealed
  /// together with what lies before is sealed for this one, too.
  std::vector<std::pair<StreamId, Row>> relatives_;
  std::vector<Tail> tails_;
  std::map<int64_t, Hash256> redacted_;  ///< payloads by arrival
  size_t at_ = 0;
};

}  // namespace ameide::uaf
