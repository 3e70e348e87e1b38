// What people write who know other languages, and how FEEL writes it.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "notation/feel/parser.h"

namespace ameide::feel {
namespace {

constexpr size_t kMostFindings = 100;

struct Alias {
  std::string_view written;  // in small letters
  std::string_view function;
};

/// Names that other languages have for functions.
constexpr Alias kAliases[] = {
    {"avg", "mean"},
    {"average", "mean"},
    {"ceil", "ceiling"},
    {"concat", "concatenate"},
    {"endswith", "ends with"},
    {"indexof", "index of"},
    {"len", "string length"},
    {"length", "string length"},
    {"lowercase", "lower case"},
    {"pow", "**"},
    {"size", "count"},
    {"startswith", "starts with"},
    {"substr", "substring"},
    {"tolower", "lower case"},
    {"toupper", "upper case"},
    {"uppercase", "upper case"},
};

std::string Small(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// The keyword that a word is, but for its capital letters; empty when it is none.
std::string MiswrittenKeyword(std::string_view word) {
  std::string small = Small(word);
  return small != word && IsKeyword(small) ? small : "";
}

}  // namespace

void Parser::Warn(std::string rule, Span span, std::string message, std::string hint,
                  std::optional<Fix> fix) {
  if (findings_.size() >= kMostFindings) return;
  findings_.push_back({Finding::Severity::kWarning, std::move(rule), span, std::move(message),
                       std::move(hint), std::move(fix)});
}

absl::Status Parser::FailBad(const Token& token) {
  const auto replace = [&](std::string text) { return Fix{Cat("Write ", text), token.span, text}; };
  std::optional<Fix> fix;
  static constexpr std::pair<std::string_view, std::string_view> kWrite[] = {
      {"&&", "and"}, {"||", "or"}, {"^", "**"}, {"–", "-"}, {"—", "-"}, {"−", "-"}};
  for (const auto& [written, meant] : kWrite) {
    if (token.text == written) fix = replace(std::string(meant));
  }
  if (token.text.starts_with('@') && token.text.size() > 1)
    fix = replace(Cat("@\"", token.text.substr(1), "\""));
  constexpr size_t kMark = 3;  // bytes of a curly quote
  if ((token.text.starts_with("“") || token.text.starts_with("„") || token.text.starts_with("”")) &&
      token.text.size() > kMark) {
    std::string_view inside = token.text.substr(kMark);
    inside.remove_suffix(inside.ends_with('"') ? 1 : std::min(kMark, inside.size()));
    fix = replace(Quoted(inside));
  }
  return Fail(token.span, token.why, "", std::move(fix));
}

absl::Status Parser::Unexpected(std::string_view wanted) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kBad) return FailBad(token);
  const Token* const last = at_ > 0 ? &tokens_[at_ - 1] : nullptr;
  const auto after = [&](std::string_view word) { return last != nullptr && last->text == word; };
  if (token.kind == TokenKind::kEnd) return Fail(token.span, Cat("unexpected end; wanted ", wanted));
  const std::string found = Cat(
      "'", syntax_->text.substr(token.span.begin, std::min<size_t>(token.span.end - token.span.begin, 40)),
      "'");
  const std::string message = Cat("unexpected ", found, "; wanted ", wanted);
  const auto fail = [&](std::string hint, uint32_t begin, uint32_t end, std::string text) {
    return Fail(token.span, message, std::move(hint), Fix{Cat("Write ", text), {begin, end}, text});
  };
  if (after("=") && token.text == "=")
    return fail("FEEL compares with one =", last->span.begin, token.span.end, "=");
  if (after("=") && token.text == ">") {
    return Fail(token.span, message, "functions are written function(x) …, greater or equal is >=");
  }
  if (after("<") && token.text == ">")
    return fail("FEEL writes 'not equal' as !=", last->span.begin, token.span.end, "!=");
  if (token.text == "=" && wanted.ends_with("':'"))
    return fail("names and values are separated by a colon", token.span.begin, token.span.end, ":");
  if (token.text == "..") return Fail(token.span, message, "a range stands in brackets: [1..10]");
  if (token.kind == TokenKind::kName) {
    if (const std::string keyword = MiswrittenKeyword(token.text); !keyword.empty())
      return fail("FEEL writes its words in small letters", token.span.begin, token.span.end, keyword);
    const bool is = token.text == "is", negated = IsWord("not", 1);
    if (is && IsWord("null", negated ? 2 : 1)) {
      return fail("FEEL compares with null as with everything", token.span.begin,
                  Peek(negated ? 1 : 0).span.end, negated ? "!=" : "=");
    }
    if (after("is") && token.text == "null")
      return fail("FEEL compares with null as with everything", last->span.begin, last->span.end, "=");
    if (after("not")) return Fail(token.span, message, "not is a function: not(…)");
    const bool words =
        last != nullptr && !IsKeyword(token.text) && last->kind == TokenKind::kName && !IsKeyword(last->text);
    if (words) {
      return Fail(token.span, message,
                  Cat("a name with spaces must be in scope, or stand in backticks: `", last->text, " ",
                      token.text, "`"));
    }
  }
  return Fail(token.span, message);
}

std::optional<Fix> Parser::NearFix(std::string_view verb, std::string_view name, const std::string& near,
                                   Span place) {
  if (near.empty()) return std::nullopt;
  const auto letters = [](std::string_view text) {
    std::string out = Small(text);
    out.erase(std::remove(out.begin(), out.end(), ' '), out.end());
    return out;
  };
  return Fix{Cat(verb, near), place, near, letters(name) == letters(near)};
}

void Parser::WarnUnknownName(const std::string& name, Span place) {
  if (findings_.size() >= kMostFindings) return;  // looking for near names takes its time
  const std::string message = Cat("nothing here is named `", name, "`: this part is always null");
  const auto warn = [&](std::string hint, Span where, std::string text) {
    Warn("unknown-name", place, message, std::move(hint), Fix{Cat("Write ", text), where, text});
  };
  if (const std::string literal = Small(name); literal == "true" || literal == "false" || literal == "null")
    return warn("FEEL writes its words in small letters", place, literal);
  if (name.starts_with("not ")) {
    const std::string call = Cat("not(", name.substr(4), ")");
    return warn("not is a function", place, call);
  }
  // A word of several that is a keyword but for its capitals.
  for (const Token& token : tokens_) {
    if (token.span.begin < place.begin || token.span.end > place.end || token.kind != TokenKind::kName)
      continue;
    if (const std::string keyword = MiswrittenKeyword(token.text); !keyword.empty())
      return warn("FEEL writes its words in small letters", token.span, keyword);
  }
  const std::string near = NearestName(name, VisibleNames());
  Warn("unknown-name", place, message, near.empty() ? "" : Cat("did you mean `", near, "`?"),
       NearFix("Write ", name, near, place));
}

void Parser::WarnUnknownFunction(const std::string& name, Span place) {
  if (findings_.size() >= kMostFindings) return;
  std::vector<std::string> names = VisibleNames();
  for (const Builtin& known : AllBuiltins()) names.push_back(known.name);
  for (const Alias& known : kAliases) names.emplace_back(known.written);
  const std::string small = Small(name);
  const bool foreign = std::find(names.end() - std::size(kAliases), names.end(), small) != names.end();
  std::string near = foreign ? small : NearestName(name, names);
  for (const Alias& known : kAliases) {
    if (known.written == near) near = known.function;
  }
  const std::string message = Cat("there is no function ", name);
  if (near == "**") return Warn("unknown-function", place, message, "powers are written a ** b");
  if (small == "concat")
    return Warn("unknown-function", place, message, "strings are joined with +, lists with concatenate()");
  Warn("unknown-function", place, message, near.empty() ? "" : Cat("did you mean ", near, "()?"),
       NearFix("Call ", name, near, place));
}

void Parser::WarnUnlessCalled(const Builtin& builtin, Span place) {
  if (!builtin.reads_clock) return;
  Warn("type", place, Cat("`", builtin.name, "` is the function itself, not its result"),
       Cat("write ", builtin.name, "()"),
       Fix{Cat("Call ", builtin.name, "()"), {place.end, place.end}, "()"});
}

void Parser::WarnOfDate() {
  // 2026-03-01 in one piece.
  const auto digits = [&](size_t at, size_t count) {
    const std::string_view text = Peek(at).text;
    return Peek(at).kind == TokenKind::kNumber && text.size() == count &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (!digits(0, 4) || !IsSymbol("-", 1) || !digits(2, 2) || !IsSymbol("-", 3) || !digits(4, 2)) return;
  for (size_t i = 0; i < 4; ++i) {
    if (Peek(i).span.end != Peek(i + 1).span.begin) return;
  }
  const Span place{Peek().span.begin, Peek(4).span.end};
  const std::string date = Cat("@\"", syntax_->text.substr(place.begin, place.end - place.begin), "\"");
  Warn("subtraction", place, "this is a subtraction of numbers, not a date", Cat("the date is ", date),
       Fix{Cat("Write ", date), place, date});
}

}  // namespace ameide::feel
