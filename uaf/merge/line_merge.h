#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Private to this folder.
namespace ameide::uaf::merge {

/// Lines that both sides moved, each elsewhere, or that A moved next to what B did.
struct MovedLines {
  size_t line = 0;   ///< the first of them, in the base, from 0
  std::string text;  ///< of that line, without its end
  /// What stands in front of them now, in A and in B; nullopt: nothing but blank lines.
  std::array<std::optional<std::string>, 2> behind;
};

/// What merging as lines comes to.
struct LineMerge {
  /// Both sides' changes, where at least one unchanged line lies between any change of one and any other
  /// change of the other; else nullopt. Of a change that may as well stand further up among equal lines, the
  /// lowest reading counts.
  std::optional<std::string> text;
  bool twice = false;             ///< both made one of the changes
  std::string a;                  ///< side A without its moves that B's exclude
  std::vector<MovedLines> moved;  ///< stand where B put them, with the blank lines that went along
};

/// Merges two descendants of `base` as lines. Knows no structure, so what it gives is only one opinion about
/// a file that has one.
LineMerge MergeLines(std::string_view base, std::string_view a, std::string_view b);

}  // namespace ameide::uaf::merge
