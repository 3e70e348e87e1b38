// Functions of strings. FEEL counts characters, so UTF-8 is walked by code points.
#include <optional>
#include <utility>
#include <vector>

#include "notation/feel/builtins.h"
#include "notation/feel/regex.h"

namespace ameide::feel {
namespace {

const std::string& Text(const Call& call, size_t index) { return *call[index].string(); }

/// A count or position; a fraction is cut off.
std::optional<int64_t> Position(const Value& value) {
  const std::optional<Decimal> whole = Round(*value.number(), 0, Rounding::kDown);
  return whole ? whole->ToInt64() : std::nullopt;
}

Value Substring(Call& call) {
  const std::string& text = Text(call, 0);
  if (!call.Spend(text.size() / 16)) return {};
  const std::optional<int64_t> start = Position(call[1]);
  const int64_t length = LengthOf(text);
  if (!start || *start == 0 || *start > length || *start < -length)
    return call.Null("the start position is outside the string");
  const int64_t from = *start > 0 ? *start - 1 : length + *start;
  int64_t count = length - from;
  if (call.has(2)) {
    const std::optional<int64_t> wanted = Position(call[2]);
    if (!wanted || *wanted < 1) return call.Null("the length is at least 1");
    count = *wanted < count ? *wanted : count;
  }
  const std::string_view rest = std::string_view(text).substr(ByteOf(text, from));
  return rest.substr(0, ByteOf(rest, count));
}

/// Takes what a walk over the texts costs, so many bytes for a step.
bool Walk(Call& call, size_t bytes_per_step) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < call.size(); ++i) bytes += call[i].string() != nullptr ? Text(call, i).size() : 0;
  return call.Spend(bytes / bytes_per_step);
}

/// Where `wanted` begins, in time that grows with the texts, not with their product; npos when it does not
/// occur.
size_t Find(std::string_view text, std::string_view wanted) {
  constexpr size_t kShort = 16;
  if (wanted.size() <= kShort || wanted.size() > text.size()) return text.find(wanted);
  // Knuth, Morris, Pratt: how much of the beginning of `wanted` each of its beginnings ends with.
  std::vector<uint32_t> border(wanted.size());
  uint32_t known = 0;
  for (size_t i = 1; i < wanted.size(); ++i) {
    while (known > 0 && wanted[i] != wanted[known]) known = border[known - 1];
    if (wanted[i] == wanted[known]) ++known;
    border[i] = known;
  }
  known = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    while (known > 0 && text[i] != wanted[known]) known = border[known - 1];
    if (text[i] == wanted[known]) ++known;
    if (known == wanted.size()) return i + 1 - known;
  }
  return std::string_view::npos;
}
size_t FindIn(Call& call) {
  return Walk(call, 16) ? Find(Text(call, 0), Text(call, 1)) : std::string_view::npos;
}

Value StringLength(Call& call) { return Walk(call, 64) ? Value(LengthOf(Text(call, 0))) : Value(); }
Value UpperCase(Call& call) { return Walk(call, 2) ? Value(ToUpper(Text(call, 0))) : Value(); }
Value LowerCase(Call& call) { return Walk(call, 2) ? Value(ToLower(Text(call, 0))) : Value(); }

Value SubstringBefore(Call& call) {
  const size_t at = FindIn(call);
  return at == std::string::npos ? Value("") : Value(Text(call, 0).substr(0, at));
}

Value SubstringAfter(Call& call) {
  const size_t at = FindIn(call);
  return at == std::string::npos ? Value("") : Value(Text(call, 0).substr(at + Text(call, 1).size()));
}

Value Contains(Call& call) { return FindIn(call) != std::string::npos; }
Value StartsWith(Call& call) {
  return call.Compare(call[0], call[1]) ? Value(Text(call, 0).starts_with(Text(call, 1))) : Value();
}
Value EndsWith(Call& call) {
  return call.Compare(call[0], call[1]) ? Value(Text(call, 0).ends_with(Text(call, 1))) : Value();
}

Value StringJoin(Call& call) {
  const std::string_view delimiter = call.has(1) ? std::string_view(Text(call, 1)) : std::string_view();
  std::string out;
  bool first = true;
  for (const Value& item : *call[0].list()) {
    if (item.is_null()) continue;
    if (item.string() == nullptr) return call.Null("an item is not a string");
    if (!first) out += delimiter;
    out += *item.string();
    first = false;
    if (!call.Spend(1 + (delimiter.size() + item.string()->size()) / 4)) return {};
  }
  return out;
}

Value Trim(Call& call) {
  if (!Walk(call, 16)) return {};
  const std::string_view text = Text(call, 0);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// ---- Regular expressions

using RegexPointer = std::shared_ptr<const Regex>;

std::string Why(const absl::Status& status) { return std::string(status.message()); }

absl::StatusOr<RegexPointer> RegexOf(Call& call, size_t pattern, size_t flags) {
  return Regex::Compile(Text(call, pattern), call.has(flags) ? std::string_view(Text(call, flags)) : "",
                        *call.options().budget);
}

Value Matches(Call& call) {
  const absl::StatusOr<RegexPointer> regex = RegexOf(call, 1, 2);
  if (!regex.ok()) return call.Null(Why(regex.status()));
  const auto match = (*regex)->Find(Text(call, 0), 0, *call.options().budget);
  return match.ok() ? Value(match->has_value()) : call.Null(Why(match.status()));
}

/// XPath's replacement texts: $N is a group, \$ and \\ are themselves. Nullopt when the text is none.
std::optional<std::vector<std::pair<std::string, int>>> ReplacementParts(std::string_view text,
                                                                         const Regex& regex) {
  std::vector<std::pair<std::string, int>> parts(1, {"", -1});  // what stands before a group, and the group
  if (regex.literal()) {
    parts[0].first = std::string(text);
    return parts;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\') {
      if (next != '\\' && next != '$') return std::nullopt;
      parts.back().first += next;
      ++i;
    } else if (text[i] == '$') {
      if (next < '0' || next > '9') return std::nullopt;
      // As many digits as still name a group; the rest is text.
      int group = next - '0';
      ++i;
      while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9' &&
             group * 10 + (text[i + 1] - '0') <= regex.groups())
        group = group * 10 + (text[++i] - '0');
      parts.back().second = group;
      parts.emplace_back("", -1);
    } else {
      parts.back().first += text[i];
    }
  }
  return parts;
}

/// Whether it matches the empty text: then neither replace nor split has a meaning (FORX0003).
absl::StatusOr<bool> MatchesNothing(Call& call, const Regex& regex) {
  const auto empty = regex.Find("", 0, *call.options().budget);
  if (!empty.ok()) return empty.status();
  return empty->has_value();
}

/// Calls `found` with each match from left to right; why it failed, if it did.
template <typename Found>
absl::Status EachMatch(Call& call, const Regex& regex, std::string_view text, const Found& found) {
  for (size_t from = 0; from <= text.size();) {
    const auto match = regex.Find(text, from, *call.options().budget);
    if (!match.ok()) return match.status();
    if (!match->has_value()) break;
    const auto [begin, end] = (*match)->groups[0];
    if (!found(**match)) return absl::ResourceExhaustedError("the evaluation's bound is reached");
    from = end;
    if (end == begin) from += 1;  // look-arounds can match nothing in the midst of a text
    while (from < text.size() && !IsLead(text[from])) ++from;
  }
  return absl::OkStatus();
}

Value Replace(Call& call) {
  const absl::StatusOr<RegexPointer> regex = RegexOf(call, 1, 3);
  if (!regex.ok()) return call.Null(Why(regex.status()));
  const absl::StatusOr<bool> nothing = MatchesNothing(call, **regex);
  if (!nothing.ok()) return call.Null(Why(nothing.status()));
  if (*nothing) return call.Null("the pattern matches the empty text");
  const auto parts = ReplacementParts(Text(call, 2), **regex);
  if (!parts) return call.Null("in a replacement \\ and $ are written \\\\ and \\$, groups $1");
  const std::string& text = Text(call, 0);
  std::string out;
  size_t copied = 0;
  const absl::Status done = EachMatch(call, **regex, text, [&](const Regex::Match& match) {
    out.append(text, copied, match.groups[0].first - copied);
    for (const auto& [before, group] : *parts) {
      out += before;
      if (group < 0 || group >= static_cast<int>(match.groups.size())) continue;
      const auto [begin, end] = match.groups[static_cast<size_t>(group)];
      if (begin != std::string_view::npos) out.append(text, begin, end - begin);
      if (out.size() > Extent::kMostSize) return call.Spend(call.options().budget->steps);
    }
    copied = match.groups[0].second;
    return call.Spend(1 + Text(call, 2).size() / 16);
  });
  if (!done.ok()) return call.Null(Why(done));
  return out.append(text, copied, std::string::npos);
}

Value SplitFunction(Call& call) {
  const absl::StatusOr<RegexPointer> regex = RegexOf(call, 1, 2);
  if (!regex.ok()) return call.Null(Why(regex.status()));
  const absl::StatusOr<bool> nothing = MatchesNothing(call, **regex);
  if (!nothing.ok()) return call.Null(Why(nothing.status()));
  if (*nothing) return call.Null("the delimiter matches the empty text");
  const std::string& text = Text(call, 0);
  List out;
  size_t copied = 0;
  const absl::Status done = EachMatch(call, **regex, text, [&](const Regex::Match& match) {
    out.push_back(text.substr(copied, match.groups[0].first - copied));
    copied = match.groups[0].second;
    return call.Build(1) && call.Copy({&out.back(), 1});
  });
  if (!done.ok()) return call.Null(Why(done));
  out.push_back(text.substr(copied));
  return out;
}

constexpr BuiltinRow kRows[] = {
    {"substring", "string:string,start position:number,length?:number", "string", Substring},
    {"string length", "string:string", "number", StringLength},
    {"upper case", "string:string", "string", UpperCase},
    {"lower case", "string:string", "string", LowerCase},
    {"substring before", "string:string,match:string", "string", SubstringBefore},
    {"substring after", "string:string,match:string", "string", SubstringAfter},
    {"contains", "string:string,match:string", "boolean", Contains},
    {"starts with", "string:string,match:string", "boolean", StartsWith},
    {"ends with", "string:string,match:string", "boolean", EndsWith},
    {"string join", "list:list,delimiter?:string", "string", StringJoin},
    {"trim", "string:string", "string", Trim},
    {"matches", "input:string,pattern:string,flags?:string", "boolean", Matches},
    {"replace", "input:string,pattern:string,replacement:string,flags?:string", "string", Replace},
    {"split", "string:string,delimiter:string", "list", SplitFunction},
};

}  // namespace

std::span<const BuiltinRow> TextBuiltins() { return kRows; }

}  // namespace ameide::feel
