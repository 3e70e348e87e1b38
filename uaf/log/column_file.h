#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

/// Columns of numbers and bytes, each packed by itself. What they mean is columns.cc's business.
namespace ameide::uaf {

/// The columns by number. Recorded for ever: other columns mean another format of segments.
enum class Column : uint8_t {
  kHeading,  ///< author, tool, artifact, kind, version, … : what stays the same over many events
  kLabel,
  kMicros,  ///< since the event before
  kCounter,
  kWall,     ///< against the hybrid time
  kParents,  ///< how many
  kParentStream,
  kParentSeq,
  kParentHash,
  kPattern,    ///< the kinds of an edit's operations
  kNodeEvent,  ///< nodes that operations are about
  kNodeOrdinal,
  kPlaceEvent,  ///< nodes that places name
  kPlaceOrdinal,
  kPlaceFlags,
  kEventStream,  ///< of events that are named for the first time
  kEventSeq,
  kForm,  ///< an attribute's name, white space and quotes
  kValueKind,
  kValueIndex,  ///< of values that came before
  kValuePrefix,
  kValueNumber,
  kValueSuffix,
  kSkeleton,
  kFirstOrdinal,
  kWord,  ///< names and white space
  kCount,
  kShift,
  kOffset,
  kGroup,
  kLength,      ///< of texts that are written for the first time
  kText,        ///< their bytes
  kNameLength,  ///< the same for attribute values
  kNameText,
  kBodyLength,  ///< bodies without a form of their own
  kBody,
};
inline constexpr size_t kColumns = static_cast<size_t>(Column::kBody) + 1;

/// Collects columns.
class ColumnWriter {
 public:
  ByteWriter& operator[](Column column) { return columns_[static_cast<size_t>(column)]; }
  /// All of them, packed.
  std::string Take() const;

 private:
  std::array<ByteWriter, kColumns> columns_;
};

/// Reads what ColumnWriter took.
class ColumnReader {
 public:
  /// DATA_LOSS for damaged bytes, and for columns of more than `largest` bytes together.
  static absl::StatusOr<ColumnReader> Open(std::string_view bytes, uint64_t largest);
  ByteReader& operator[](Column column) { return readers_[static_cast<size_t>(column)]; }
  /// OK when every column was read to its end.
  absl::Status Finish() const;
  /// False when some read failed.
  bool ok() const;

 private:
  ColumnReader() = default;
  // Apart, so that the readers find the bytes where they are also after a move.
  std::unique_ptr<std::array<std::string, kColumns>> bytes_;
  std::vector<ByteReader> readers_;
};

/// zstd at the level that fits the size; empty when that is not smaller.
std::string Squeeze(std::string_view bytes);
/// Inverse: exactly `size` bytes, or DATA_LOSS. Allocates nothing before `size` is known to be at most
/// `largest` and to be what the packed bytes themselves say.
absl::StatusOr<std::string> Unsqueeze(std::string_view packed, uint64_t size, uint64_t largest);

}  // namespace ameide::uaf
