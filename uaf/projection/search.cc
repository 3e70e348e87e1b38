#include "uaf/projection/search.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/element_rows.h"
#include "uaf/projection/owner.h"
#include "uaf/projection/search_query.h"
#include "uaf/projection/tables.h"

namespace ameide::uaf {
namespace {

/// Hits of one step that are weighed against each other.
constexpr int64_t kWeighed = 1000;
constexpr size_t kLongestExcerpt = 120;

/// A row that was found, and how it ranks within its step.
struct Candidate {
  int64_t id = 0;
  double weight = 0;  ///< BM25: the smaller the better
};

class Ranking {
 public:
  Ranking(Database& database, size_t limit) : database_(database), limit_(limit) {}

  bool Full() const { return ids_.size() >= limit_; }
  const std::vector<int64_t>& ids() const { return ids_; }

  absl::Status AddIdentified(std::string_view identifier) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_.Prepare("SELECT id FROM elements WHERE identifier = ? AND identifier <> '' AND layout = 0"
                          " ORDER BY id LIMIT ?"));
    query.BindText(1, identifier).Bind(2, static_cast<int64_t>(limit_));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) return absl::OkStatus();
      Add(query.Int(0));
    }
  }

  absl::Status AddMatches(const std::string& expression) {
    if (expression.empty() || Full()) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query, database_.Prepare("SELECT rowid, bm25(search_text, 10.0, 5.0, 1.0) FROM"
                                           " search_text WHERE search_text MATCH ? ORDER BY rowid LIMIT ?"));
    // Those that are listed already may be among them.
    query.BindText(1, expression).Bind(2, kWeighed + static_cast<int64_t>(ids_.size()));
    std::vector<Candidate> candidates;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      candidates.push_back({query.Int(0), query.Double(1)});
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return std::make_pair(NameLengthOf(a.id), a.weight) < std::make_pair(NameLengthOf(b.id), b.weight);
    });
    for (const Candidate& candidate : candidates) Add(candidate.id);
    return absl::OkStatus();
  }

 private:
  void Add(int64_t id) {
    if (!Full() && known_.insert(id).second) ids_.push_back(id);
  }

  Database& database_;
  size_t limit_;
  std::vector<int64_t> ids_;
  std::set<int64_t> known_;
};

struct Excerpt {
  std::string text;
  std::vector<SearchHit::Range> marks;
};

bool IsHit(std::string_view word, const std::vector<SearchQuery::Term>& terms) {
  return std::any_of(terms.begin(), terms.end(), [&](const SearchQuery::Term& term) {
    return term.prefix ? word.starts_with(term.text) : word == term.text;
  });
}

/// Where `text` holds what was looked for; overlapping places as one.
std::vector<SearchHit::Range> HitsIn(std::string_view text, const SearchQuery& query,
                                     const WordSplitter& words) {
  constexpr size_t kMost = 20;
  std::vector<SearchHit::Range> hits;
  words.Split(text, WordSplitter::Purpose::kIndex, [&](const WordSplitter::Word& word) {
    if (!IsHit(word.text, query.terms)) return true;
    if (!hits.empty() && word.begin < hits.back().end) {
      hits.back().begin = std::min(hits.back().begin, word.begin);
      hits.back().end = std::max(hits.back().end, word.end);
    } else {
      hits.push_back({word.begin, word.end});
    }
    return hits.size() < kMost;
  });
  return hits;
}

bool InsideCharacter(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

/// The line around the first hit, cut to a readable length.
Excerpt Cut(std::string_view text, const std::vector<SearchHit::Range>& hits) {
  constexpr std::string_view kMore = "…";
  const size_t first = hits.empty() ? 0 : hits.front().begin;
  size_t begin = text.rfind('\n', first);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  const size_t line_begin = begin;
  const size_t line_end = std::min(text.find('\n', first), text.size());
  size_t end = line_end;
  if (end - begin > kLongestExcerpt) {
    begin = std::max(begin, first > kLongestExcerpt / 3 ? first - kLongestExcerpt / 3 : 0);
    end = std::min(end, begin + kLongestExcerpt);
    // At words, where there are some.
    if (begin > line_begin) {
      const size_t space = text.find(' ', begin);
      if (space < first) begin = space + 1;
    }
    if (end < line_end) {
      const size_t space = text.rfind(' ', end);
      if (space != std::string_view::npos && space > first) end = space;
    }
    while (InsideCharacter(text, begin)) ++begin;
    while (InsideCharacter(text, end)) ++end;
  }
  Excerpt excerpt;
  if (begin > line_begin) excerpt.text = kMore;
  const size_t shift = excerpt.text.size();
  excerpt.text += text.substr(begin, end - begin);
  if (end < line_end) excerpt.text += kMore;
  for (const SearchHit::Range& hit : hits) {
    if (hit.begin >= begin && hit.end <= end)
      excerpt.marks.push_back({hit.begin - begin + shift, hit.end - begin + shift});
  }
  return excerpt;
}

/// From the text that shows the hit: the name before the text before the identifier.
Excerpt ExcerptOf(const IndexedElement& element, const SearchQuery& query, const WordSplitter& words) {
  for (const std::string* text : {&element.name, &element.text, &element.identifier}) {
    const std::vector<SearchHit::Range> hits = HitsIn(*text, query, words);
    if (!hits.empty()) return Cut(*text, hits);
  }
  return Cut(!element.name.empty()  ? element.name
             : element.text.empty() ? element.identifier
                                    : element.text,
             {});
}

}  // namespace

absl::StatusOr<std::vector<SearchHit>> FindText(Database& database, EventReader& reader,
                                                std::string_view text, size_t limit) {
  AMEIDE_RETURN_IF_ERROR(CheckElementTables(database));
  AMEIDE_ASSIGN_OR_RETURN(const SearchQuery query, ParseSearch(text, database.words()));
  Ranking ranking(database, limit);
  AMEIDE_RETURN_IF_ERROR(ranking.AddIdentified(query.whole));
  for (const std::string& words : {query.words, query.typed}) {
    if (!words.empty()) AMEIDE_RETURN_IF_ERROR(ranking.AddMatches(absl::StrCat("{name} : (", words, ")")));
  }
  AMEIDE_RETURN_IF_ERROR(ranking.AddMatches(query.words));
  AMEIDE_RETURN_IF_ERROR(ranking.AddMatches(query.typed));
  OwnerFinder owners(&database, &reader);
  std::vector<SearchHit> hits;
  for (const int64_t id : ranking.ids()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Owner> owner, owners.Find(id));
    if (!owner) {
      return absl::DataLossError(
          "the search index names elements that it does not hold; run `ameide doctor --rebuild`");
    }
    SearchHit hit{
        owner->artifact, owner->path, owner->node.node, owner->element, owner->name, owner->type, {}, {}};
    Excerpt excerpt = ExcerptOf(owner->node, query, database.words());
    hit.excerpt = std::move(excerpt.text);
    hit.marks = std::move(excerpt.marks);
    hits.push_back(std::move(hit));
  }
  return hits;
}

}  // namespace ameide::uaf
