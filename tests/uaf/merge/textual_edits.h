#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

/// Random edits of an XML file as text: what people do in a text editor.
namespace ameide::uaf::merge {

/// One place that is replaced: bytes [begin, end) of the file.
struct Replacement {
  size_t begin = 0;
  size_t end = 0;
  std::string with;
  bool attribute = false;  ///< touches one attribute, and nothing else
};

/// One edit, at one place or several.
struct TextualEdit {
  std::string what;  ///< for messages
  std::vector<Replacement> places;
  /// What was copied, if anything. Of two equal pieces nobody can tell which was there before.
  std::optional<Replacement> copied = std::nullopt;
};

/// A random edit of `text`; nullopt when the dice asked for what this file does not have. The result need not
/// be well-formed.
std::optional<TextualEdit> RandomTextualEdit(std::string_view text, Random& random);

/// `text` with all of these replacements, which must not overlap.
std::string Edited(std::string_view text, std::vector<Replacement> places);

/// True when there is an unchanged line between any place of one and any of the other, or they touch
/// different attributes on one line. What was copied counts as a place; and where the same file comes of it
/// when other lines are deleted instead (`b x` of `a x b x c`, or `x b`), so do all of those: the file does
/// not say which.
bool AreDisjoint(std::string_view text, const TextualEdit& a, const TextualEdit& b);

}  // namespace ameide::uaf::merge
