#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;

namespace ameide::uaf {

/// Splits text into the words that full-text search knows. The same code makes the index (as the FTS5
/// tokenizer `ameide`), reads queries, and finds hits in excerpts, so that the three always agree.
///
/// On top of FTS5's `unicode61` (Unicode letters and digits, case and diacritics folded):
/// - letters with a customary transcription are found by it too: Bestätigung as `bestatigung` and
///   `bestaetigung`, Straße as `strasse`, Øre as `ore` and `oere`;
/// - letters and digits part (`Task42` is `task`, `42`); a word with humps also counts as its parts
///   (`checkStock` as `checkstock`, `check`, `stock`);
/// - Chinese, Japanese and Korean text, which has no spaces between words, becomes overlapping pairs of
///   characters, so that any two of them are found inside longer text; the last one also stands alone.
///
/// Not thread-safe: belongs to its connection.
class WordSplitter {
 public:
  enum class Purpose {
    kIndex,  ///< everything that a text may be found by
    kQuery,  ///< what somebody who writes this means: no parts of words, no lone last characters
  };
  struct Word {
    std::string_view text;  ///< folded; valid during the call
    size_t begin = 0;       ///< the bytes of the original that it came from
    size_t end = 0;
    bool alternative = false;  ///< stands in the same place as the word before it
  };

  /// INTERNAL when this SQLite has no FTS5.
  static absl::StatusOr<std::unique_ptr<WordSplitter>> Make(sqlite3* connection);
  ~WordSplitter();
  WordSplitter(const WordSplitter&) = delete;
  WordSplitter& operator=(const WordSplitter&) = delete;

  /// Calls `take` for each word in order; false from it ends the walk.
  void Split(std::string_view text, Purpose purpose, absl::FunctionRef<bool(const Word&)> take) const;

 private:
  struct Folding;
  class Walk;
  explicit WordSplitter(std::unique_ptr<Folding> folding);
  std::unique_ptr<Folding> folding_;
};

/// Makes the tokenizer `ameide` known to a connection. Tables that were made with it can be used only where
/// it is known.
absl::Status RegisterWords(sqlite3* connection);

/// True for characters of scripts that are written without spaces between words (see WordSplitter).
bool IsUnspacedScript(char32_t character);

/// The parts of a word with humps: `checkStockLevel`, `XMLParser`. One part, or none, for others.
std::vector<std::string_view> HumpsOf(std::string_view word);

/// Reads the character at `at` of UTF-8 text and moves behind it; bytes that are none count as themselves.
char32_t NextCharacter(std::string_view text, size_t& at);

}  // namespace ameide::uaf
