#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/projection/words.h"

namespace ameide::uaf {

/// What somebody typed into a search field, understood. Nothing that can be typed is an error of syntax.
struct SearchQuery {
  /// A folded word that marks hits in excerpts.
  struct Term {
    std::string text;
    bool prefix = false;
  };
  std::string whole;  ///< the text without white space and quotes around it: perhaps an identifier
  std::string words;  ///< FTS5 expression: all words as they are written
  std::string typed;  ///< the same with the last one as a beginning; empty when that is no difference
  std::vector<Term> terms;
};

/// INVALID_ARGUMENT without any word, beyond 4,000 bytes or beyond 64 words.
absl::StatusOr<SearchQuery> ParseSearch(std::string_view text, const WordSplitter& words);

}  // namespace ameide::uaf
