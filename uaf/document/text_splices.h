#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "uaf/document/op.h"

/// What changed inside one text. Private to this folder, but for the words that others compare texts by.
namespace ameide::uaf::document {

/// Bytes [begin, end) of a text that belong together: a word, a run of blanks, a line end, a reference
/// ("&amp;"), or a single other character.
struct Word {
  size_t begin = 0;
  size_t end = 0;
  bool blank = false;
};

/// Splits UTF-8 text without gaps. Scripts without blanks between words are split by character.
std::vector<Word> SplitWords(std::string_view text);

/// The splices that turn `from` into `to` word by word, the last place first, so that the offsets of each
/// count characters of `from`. nullopt when so little stays that replacing the text says it better.
std::optional<std::vector<SpliceTextOp>> SplicesBetween(const NodeId& node, std::string_view from,
                                                        std::string_view to);

}  // namespace ameide::uaf::document
