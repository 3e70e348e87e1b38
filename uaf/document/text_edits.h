#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"

namespace ameide::uaf::document {

/// Places of a text, UTF-8 without a byte order mark, as bytes and back: linear in the length of a line. The
/// text must outlive it. Thread-safe.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  /// The byte that begins at `place`, or the text's size at its end; nullopt when there is no such place. The
  /// end of a line is one.
  std::optional<size_t> OffsetAt(const TextPosition& place) const;
  /// The place of byte `offset`; that of the end for those behind it.
  TextPosition PositionAt(size_t offset) const;

 private:
  std::string_view text_;
  std::vector<size_t> begins_;
};

/// `text` with all `edits` made, whose places are those of `text` itself, in any order. OUT_OF_RANGE for a
/// place that the text does not have, INVALID_ARGUMENT for edits that overlap; then nothing is made.
absl::StatusOr<std::string> ApplyEdits(std::string_view text, std::span<const TextEdit> edits);

/// Which fixes to make.
enum class FixChoice : uint8_t { kCertain, kAll };
/// The fixes of `findings` that can be made at once: those that overlap an earlier one are left for the next
/// check of the text.
std::vector<TextEdit> FixesOf(std::span<const Finding> findings, FixChoice choice);

}  // namespace ameide::uaf::document
