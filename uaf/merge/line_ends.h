#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// Private to this folder.
namespace ameide::uaf::merge {

/// A text with line feeds alone, and how each was written.
struct EndedText {
  std::string text;
  std::vector<bool> returns;  ///< of each line feed of `text` whether it was CR LF
};

/// Takes the ends of lines apart from what they say. A CR alone is a character like others.
EndedText EndsApart(std::string_view text);

/// Whether a line that both have ends in CR LF in one of them and in LF in the other.
bool EndsDiffer(const EndedText& one, const EndedText& other);

/// `merged`, which came of base, A and B, with the ends that its lines have there: of two that both kept the
/// one that a side changed (of two changes B's); of a line that one side alone has, that side's; of one that
/// nobody has so, that of the line before it.
std::string WithEndsOf(const std::array<EndedText, 3>& versions, std::string_view merged);

}  // namespace ameide::uaf::merge
