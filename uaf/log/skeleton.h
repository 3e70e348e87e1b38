#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Text of markup taken apart into what is the same for many elements and what is not. Pure. Only how text is
/// taken apart (SplitMarkup, SplitNumber) may change: all else is needed to read what was written.
namespace ameide::uaf {

/// `text` with a NUL for each hole, and what fills the holes.
struct Skeleton {
  std::string text;
  std::vector<std::string> holes;
};

/// Holes are the values between quotes in tags and the texts between tags. Text that holds a NUL itself
/// becomes one hole.
Skeleton SplitMarkup(std::string_view markup);
/// The inverse.
std::string JoinMarkup(const Skeleton& skeleton);

/// How many holes a text has.
size_t CountHoles(std::string_view text);
/// For each hole what stands right before it: the attribute's name, or the tag.
std::vector<std::string> HoleContexts(std::string_view text);

/// A text and the plain decimal number behind it, if writing the number gives back the same digits.
std::optional<std::pair<std::string, uint64_t>> SplitNumber(std::string_view value);

}  // namespace ameide::uaf
