#include "uaf/projection/search_query.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ameide::uaf {
namespace {

constexpr size_t kLongestQuery = 4000;
constexpr size_t kMostWords = 64;

/// A word, or several in quotes.
struct Piece {
  std::string text;
  bool quoted = false;
  bool prefix = false;  ///< asked for with `*`
  bool typing = false;  ///< nothing follows it
};

/// The size of the white space at `at`; 0 when there is none.
size_t SpaceAt(std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c <= ' ') return 1;
  if (text.substr(at, 3) == "\u3000") return 3;
  return text.substr(at, 2) == "\u00a0" ? 2 : 0;
}

std::vector<Piece> PiecesOf(std::string_view text) {
  std::vector<Piece> pieces;
  Piece piece;
  const auto end_piece = [&] {
    if (!piece.quoted && piece.text.ends_with('*')) {
      piece.prefix = true;
      while (piece.text.ends_with('*')) piece.text.pop_back();
    }
    if (!piece.text.empty()) pieces.push_back(std::move(piece));
    piece = Piece();
  };
  bool open = false;
  for (size_t at = 0; at < text.size();) {
    const size_t space = SpaceAt(text, at);
    if (text[at] == '"') {
      end_piece();
      open = !open;
      piece.quoted = open;
      ++at;
    } else if (space > 0 && !open) {
      end_piece();
      at += space;
    } else {
      piece.text += space > 0 ? ' ' : text[at];
      at += std::max<size_t>(space, 1);
    }
  }
  const bool ends_in_word = !piece.text.empty();
  end_piece();
  if (ends_in_word && !pieces.empty()) pieces.back().typing = true;
  return pieces;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string ExpressionOf(std::string_view text, bool prefix) { return Quoted(text) + (prefix ? "*" : ""); }

class Builder {
 public:
  explicit Builder(const WordSplitter& words) : words_(words) {}

  void Add(const Piece& piece) {
    std::vector<SearchQuery::Term> terms = TermsOf(piece.text);
    if (terms.empty()) return;
    // A single character of an unspaced script is the beginning of a pair.
    const std::string_view last = terms.back().text;
    size_t at = 0;
    const bool lone = IsUnspacedScript(NextCharacter(last, at)) && at == last.size();
    const bool prefix = piece.prefix || lone;
    std::vector<std::string_view> humps;
    if (!piece.quoted) humps = HumpsOf(piece.text);
    std::erase_if(humps, [this](std::string_view hump) { return TermsOf(hump).empty(); });
    exact_.push_back(Expression(piece.text, humps, prefix));
    typed_.push_back(Expression(piece.text, humps, prefix || piece.typing));
    terms.back().prefix = prefix || piece.typing;
    query_.terms.insert(query_.terms.end(), terms.begin(), terms.end());
    if (humps.size() < 2) return;
    for (const std::string_view hump : humps) {
      for (SearchQuery::Term& term : TermsOf(hump)) query_.terms.push_back(std::move(term));
    }
  }

  size_t count() const { return exact_.size(); }
  SearchQuery Take() {
    query_.words = absl::StrJoin(exact_, " AND ");
    query_.typed = absl::StrJoin(typed_, " AND ");
    if (query_.typed == query_.words) query_.typed.clear();
    return std::move(query_);
  }

 private:
  std::vector<SearchQuery::Term> TermsOf(std::string_view text) const {
    std::vector<SearchQuery::Term> terms;
    words_.Split(text, WordSplitter::Purpose::kQuery, [&](const WordSplitter::Word& word) {
      terms.push_back({std::string(word.text), false});
      return true;
    });
    return terms;
  }

  /// `checkStock` also means both words.
  static std::string Expression(std::string_view text, const std::vector<std::string_view>& humps,
                                bool prefix) {
    const std::string whole = ExpressionOf(text, prefix);
    if (humps.size() < 2) return whole;
    std::vector<std::string> parts;
    for (const std::string_view hump : humps)
      parts.push_back(ExpressionOf(hump, prefix && hump == humps.back()));
    return absl::StrCat("(", whole, " OR (", absl::StrJoin(parts, " AND "), "))");
  }

  const WordSplitter& words_;
  SearchQuery query_;
  std::vector<std::string> exact_;
  std::vector<std::string> typed_;
};

}  // namespace

absl::StatusOr<SearchQuery> ParseSearch(std::string_view text, const WordSplitter& words) {
  if (text.size() > kLongestQuery) {
    return absl::InvalidArgumentError(
        absl::StrCat("a search of ", text.size(), " bytes is too long; give a few words of it"));
  }
  Builder builder(words);
  for (const Piece& piece : PiecesOf(text)) builder.Add(piece);
  if (builder.count() == 0) return absl::InvalidArgumentError("give at least one word to search for");
  if (builder.count() > kMostWords) {
    return absl::InvalidArgumentError(
        absl::StrCat("a search for ", builder.count(), " words is too long; give ", kMostWords, " at most"));
  }
  SearchQuery query = builder.Take();
  std::string_view whole = text;
  const auto outer = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"'; };
  while (!whole.empty() && outer(whole.front())) whole.remove_prefix(1);
  while (!whole.empty() && outer(whole.back())) whole.remove_suffix(1);
  query.whole = whole;
  return query;
}

}  // namespace ameide::uaf
