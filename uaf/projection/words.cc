#include "uaf/projection/words.h"

#include <sqlite3.h>

#include <array>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

/// What is behind it does not count: nobody types it, and encoded pictures would fill the index.
constexpr size_t kLongestWord = 200;

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsUpper(char32_t c) {
  return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
         (c >= 0x410 && c <= 0x42f);
}

constexpr char32_t kCombiningDiaeresis = 0x308;

/// How a letter is written where it is missing on the keyboard; empty for others.
std::string_view TranscriptionOf(char32_t c) {
  switch (c) {
    case U'ä':
    case U'Ä':
      return "ae";
    case U'ö':
    case U'Ö':
    case U'ø':
    case U'Ø':
      return "oe";
    case U'ü':
    case U'Ü':
      return "ue";
    case U'å':
    case U'Å':
      return "aa";
    default:
      return {};
  }
}

/// What is left of a folded letter that is no base letter with a mark, so that unicode61 kept it.
std::string_view PlainOf(char32_t c) {
  switch (c) {
    case U'ß':
    case U'ẞ':
      return "ss";
    case U'æ':
      return "ae";
    case U'œ':
      return "oe";
    case U'ø':
      return "o";
    case U'ł':
      return "l";
    case U'đ':
    case U'ð':
      return "d";
    case U'þ':
      return "th";
    case U'ı':
      return "i";
    default:
      return {};
  }
}

template <typename Replacement>
std::string Replaced(std::string_view text, Replacement replacement) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const std::string_view other = replacement(NextCharacter(text, at));
    out += other.empty() ? text.substr(begin, at - begin) : other;
  }
  return out;
}

std::string Plain(std::string_view folded) {
  return IsAscii(folded) ? std::string(folded) : Replaced(folded, PlainOf);
}

/// With ä, ö, ü … written out, composed or not; empty when there are none.
std::string Transcribed(std::string_view text) {
  std::string out;
  bool any = false;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = NextCharacter(text, at);
    const std::string_view other = TranscriptionOf(c);
    if (c == kCombiningDiaeresis && !out.empty() &&
        std::string_view("aouAOU").find(out.back()) != std::string_view::npos) {
      out += 'e';
      any = true;
    } else if (!other.empty()) {
      out += other;
      any = true;
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return any ? out : std::string();
}

/// Full-width letters and digits as they stand in East Asian text become ASCII; empty when there are none.
std::string WithoutFullWidth(std::string_view text) {
  std::string out;
  bool any = false;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = NextCharacter(text, at);
    if (c >= 0xff01 && c <= 0xff5e) {
      out += static_cast<char>(c - 0xff01 + '!');
      any = true;
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return any ? out : std::string();
}

absl::StatusOr<fts5_api*> ApiOf(sqlite3* connection) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  if (api == nullptr)
    return absl::InternalError("this SQLite has no FTS5, which search needs; install one that has");
  return api;
}

}  // namespace

char32_t NextCharacter(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  char32_t c = more == 0 ? first : static_cast<char32_t>(first & (0x3f >> more));
  for (int i = 0; i < more && at < text.size() && (byte(at) & 0xc0) == 0x80; ++i) {
    c = (c << 6) | (byte(at++) & 0x3f);
  }
  return c;
}

bool IsUnspacedScript(char32_t c) {
  constexpr std::array<std::pair<char32_t, char32_t>, 11> kRanges = {{{0x1100, 0x11ff},  // Hangul letters
                                                                      {0x3005, 0x3007},
                                                                      {0x3040, 0x30ff},  // kana
                                                                      {0x3100, 0x318f},  // Bopomofo, Hangul
                                                                      {0x31f0, 0x31ff},
                                                                      {0x3400, 0x4dbf},
                                                                      {0x4e00, 0x9fff},  // Han
                                                                      {0xac00, 0xd7ff},  // Hangul syllables
                                                                      {0xf900, 0xfaff},
                                                                      {0xff66, 0xffdc},  // half-width forms
                                                                      {0x20000, 0x3ffff}}};
  for (const auto& [first, last] : kRanges) {
    if (c >= first && c <= last) return true;
  }
  return false;
}

std::vector<std::string_view> HumpsOf(std::string_view word) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  bool before_upper = false;
  for (size_t at = 0; at < word.size();) {
    const size_t here = at;
    const bool upper = IsUpper(NextCharacter(word, at));
    size_t peek = at;
    const bool next_lower = peek < word.size() && !IsUpper(NextCharacter(word, peek));
    if (here > begin && upper && (!before_upper || next_lower)) {
      parts.push_back(word.substr(begin, here - begin));
      begin = here;
    }
    before_upper = upper;
  }
  if (begin < word.size()) parts.push_back(word.substr(begin));
  return parts;
}

/// Instances of unicode61. Each keeps its word in a buffer of its own, so whoever is called in between needs
/// another one.
struct WordSplitter::Folding {
  fts5_tokenizer module{};
  Fts5Tokenizer* outer = nullptr;
  Fts5Tokenizer* narrowed = nullptr;
  Fts5Tokenizer* inner = nullptr;
  ~Folding() {
    for (Fts5Tokenizer* instance : {outer, narrowed, inner}) {
      if (instance != nullptr) module.xDelete(instance);
    }
  }
  /// All of `text` folded, whatever it holds.
  std::string Fold(std::string_view text) const {
    std::string folded;
    const auto append = [](void* out, int, const char* token, int size, int, int) {
      static_cast<std::string*>(out)->append(token, static_cast<size_t>(size));
      return SQLITE_OK;
    };
    module.xTokenize(inner, &folded, FTS5_TOKENIZE_DOCUMENT, text.data(), static_cast<int>(text.size()),
                     append);
    return folded;
  }
};

/// One call of Split.
class WordSplitter::Walk {
 public:
  Walk(const Folding& folding, std::string_view text, Purpose purpose,
       absl::FunctionRef<bool(const Word&)> take)
      : folding_(folding), text_(text), purpose_(purpose), take_(take) {}

  void Run(Fts5Tokenizer* tokenizer) {
    const auto token = [](void* self, int, const char* folded, int size, int begin, int end) {
      return static_cast<Walk*>(self)->Token({folded, static_cast<size_t>(size)}, static_cast<size_t>(begin),
                                             static_cast<size_t>(end))
                 ? SQLITE_OK
                 : SQLITE_DONE;
    };
    folding_.module.xTokenize(tokenizer, this, FTS5_TOKENIZE_DOCUMENT, text_.data(),
                              static_cast<int>(text_.size()), token);
  }

 private:
  bool Emit(std::string_view word, size_t begin, size_t end, bool alternative) {
    if (word.size() > kLongestWord) {
      size_t cut = kLongestWord;
      while ((static_cast<unsigned char>(word[cut]) & 0xc0) == 0x80) --cut;
      word = word.substr(0, cut);
    }
    return word.empty() || take_({word, begin, end, alternative});
  }

  bool Token(std::string_view folded, size_t begin, size_t end) {
    const std::string_view original = text_.substr(begin, end - begin);
    if (IsAscii(original)) return Letters(original, folded, begin, end);
    if (const std::string narrow = WithoutFullWidth(original); !narrow.empty()) {
      // Where exactly a part of it came from matters less than that it is found.
      bool more = true;
      const auto take = [&](const Word& word) {
        return more = Emit(word.text, begin, end, word.alternative);
      };
      Walk(folding_, narrow, purpose_, take).Run(folding_.narrowed);
      return more;
    }
    return Scripts(original, begin);
  }

  /// Runs of characters of unspaced scripts, and what stands between them.
  bool Scripts(std::string_view original, size_t offset) {
    size_t begin = 0;
    size_t at = 0;
    std::vector<size_t> starts;  // of the characters of the present run
    bool unspaced = false;
    const auto end_run = [&](size_t end) {
      if (end == begin) return true;
      if (unspaced) return Pairs(original, starts, end, offset);
      const std::string_view run = original.substr(begin, end - begin);
      return Letters(run, {}, offset + begin, offset + end);
    };
    while (at < original.size()) {
      const size_t here = at;
      const bool now = IsUnspacedScript(NextCharacter(original, at));
      if (now != unspaced) {
        if (!end_run(here)) return false;
        begin = here;
        starts.clear();
        unspaced = now;
      }
      starts.push_back(here);
    }
    return end_run(original.size());
  }

  bool Pairs(std::string_view original, const std::vector<size_t>& starts, size_t end, size_t offset) {
    for (size_t i = 0; i < starts.size(); ++i) {
      const bool last = i + 1 == starts.size();
      if (last && starts.size() > 1 && purpose_ == Purpose::kQuery) break;
      const size_t stop = i + 2 < starts.size() ? starts[i + 2] : end;
      const size_t from = starts[i];
      if (!Emit(original.substr(from, stop - from), offset + from, offset + stop, false)) return false;
    }
    return true;
  }

  /// A run of letters and digits. `folded` is empty where it is not known yet; ASCII folds byte by byte.
  bool Letters(std::string_view original, std::string_view folded, size_t begin, size_t end) {
    const bool aligned = folded.size() == original.size() && IsAscii(original);
    for (size_t from = 0; from < original.size();) {
      size_t to = from + 1;
      while (to < original.size() && IsDigit(original[to]) == IsDigit(original[from])) ++to;
      const std::string_view part = original.substr(from, to - from);
      const bool whole = from == 0 && to == original.size();
      const bool more =
          aligned ? One(part, folded.substr(from, to - from), begin + from, begin + to)
                  : One(part, folding_.Fold(part), whole ? begin : begin + from, whole ? end : begin + to);
      if (!more) return false;
      from = to;
    }
    return true;
  }

  /// One word and what else it is found by.
  bool One(std::string_view original, std::string_view folded, size_t begin, size_t end) {
    if (IsAscii(original)) {
      if (!Emit(folded, begin, end, false)) return false;
    } else {
      const std::string plain = Plain(folded);
      if (!Emit(plain, begin, end, false)) return false;
      if (const std::string written_out = Transcribed(original); !written_out.empty()) {
        const std::string other = Plain(folding_.Fold(written_out));
        if (other != plain && !Emit(other, begin, end, true)) return false;
      }
    }
    if (purpose_ == Purpose::kQuery) return true;
    const std::vector<std::string_view> humps = HumpsOf(original);
    if (humps.size() < 2) return true;
    std::set<std::string> parts;
    for (const std::string_view hump : humps) {
      const auto [part, fresh] = parts.insert(Plain(folding_.Fold(hump)));
      const size_t at = begin + static_cast<size_t>(hump.data() - original.data());
      if (fresh && !Emit(*part, at, at + hump.size(), true)) return false;
    }
    return true;
  }

  const Folding& folding_;
  std::string_view text_;
  Purpose purpose_;
  absl::FunctionRef<bool(const Word&)> take_;
};

WordSplitter::WordSplitter(std::unique_ptr<Folding> folding) : folding_(std::move(folding)) {}
WordSplitter::~WordSplitter() = default;

absl::StatusOr<std::unique_ptr<WordSplitter>> WordSplitter::Make(sqlite3* connection) {
  AMEIDE_ASSIGN_OR_RETURN(fts5_api * api, ApiOf(connection));
  auto folding = std::make_unique<Folding>();
  void* context = nullptr;
  std::array<const char*, 2> arguments = {"remove_diacritics", "2"};
  const absl::Status missing =
      absl::InternalError("this SQLite has no tokenizer unicode61, which search needs");
  if (api->xFindTokenizer(api, "unicode61", &context, &folding->module) != SQLITE_OK) return missing;
  for (Fts5Tokenizer** instance : {&folding->outer, &folding->narrowed, &folding->inner}) {
    if (folding->module.xCreate(context, arguments.data(), static_cast<int>(arguments.size()), instance) !=
        SQLITE_OK) {
      return missing;
    }
  }
  return std::unique_ptr<WordSplitter>(new WordSplitter(std::move(folding)));
}

void WordSplitter::Split(std::string_view text, Purpose purpose,
                         absl::FunctionRef<bool(const Word&)> take) const {
  Walk(*folding_, text, purpose, take).Run(folding_->outer);
}

absl::Status RegisterWords(sqlite3* connection) {
  AMEIDE_ASSIGN_OR_RETURN(fts5_api * api, ApiOf(connection));
  static constexpr auto create = [](void* context, const char**, int, Fts5Tokenizer** out) {
    absl::StatusOr<std::unique_ptr<WordSplitter>> made = WordSplitter::Make(static_cast<sqlite3*>(context));
    if (!made.ok()) return SQLITE_ERROR;
    *out = reinterpret_cast<Fts5Tokenizer*>(made->release());
    return SQLITE_OK;
  };
  static constexpr auto destroy = [](Fts5Tokenizer* words) { delete reinterpret_cast<WordSplitter*>(words); };
  static constexpr auto tokenize = [](Fts5Tokenizer* words, void* context, int flags, const char* text,
                                      int size, int (*token)(void*, int, const char*, int, int, int)) {
    int code = SQLITE_OK;
    reinterpret_cast<WordSplitter*>(words)->Split(
        {text == nullptr ? "" : text, static_cast<size_t>(size)},
        (flags & FTS5_TOKENIZE_QUERY) != 0 ? WordSplitter::Purpose::kQuery : WordSplitter::Purpose::kIndex,
        [&](const WordSplitter::Word& word) {
          code = token(context, word.alternative ? FTS5_TOKEN_COLOCATED : 0, word.text.data(),
                       static_cast<int>(word.text.size()), static_cast<int>(word.begin),
                       static_cast<int>(word.end));
          return code == SQLITE_OK;
        });
    return code == SQLITE_DONE ? SQLITE_OK : code;
  };
  fts5_tokenizer module{create, destroy, tokenize};
  if (api->xCreateTokenizer(api, "ameide", connection, &module, nullptr) != SQLITE_OK) {
    return absl::InternalError(absl::StrCat("search could not be set up: ", sqlite3_errmsg(connection)));
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
