// What people write who know other languages, and how FEEL writes it.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "notation/feel/parser.h"

namespace ameide::feel {
namespace {

constexpr std::string_view kFunctionWord = "function";
constexpr std::string_view kFunctionHint = "a function is written function(x) …";

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

/// Whether one letter is left out, too many or another one, or two have changed places; true for equal ones.
bool IsOneSlip(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  const bool swapped = a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
  return (a.size() <= 1 && b.size() <= 1) || swapped;
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
  if (token.text == "'" || token.text == "‘" || token.text == "’") {
    // The text between them, when it is one.
    const std::string_view rest = std::string_view(syntax_->text).substr(token.span.end);
    const std::string_view close = token.text == "'" ? "'" : "’";
    const size_t end = std::min(rest.find(close), rest.find('\n'));
    if (end != std::string_view::npos && rest.substr(end).starts_with(close)) {
      const Span whole{token.span.begin, token.span.end + static_cast<uint32_t>(end + close.size())};
      const std::string text = Quoted(rest.substr(0, end));
      return Fail(whole, "strings are written between \", not '", Cat("write ", Shortened(text)),
                  Fix{Cat("Write ", Shortened(text)), whole, text});
    }
    return Fail(token.span, "strings are written between \", not '");
  }
  if (token.text == ";")
    return Fail(token.span, token.why, "FEEL has no statements, a text is one expression");
  if (token.text.starts_with('"'))
    return Fail({token.span.begin, token.span.begin + 1}, "the string that begins here has no end",
                "close it with \"; a \" inside of it is written \\\"");
  return Fail(token.span, token.why, "", std::move(fix));
}

const Token* Parser::OpenBracket(std::string_view wanted) const {
  static constexpr std::pair<std::string_view, std::string_view> kPairs[] = {
      {"(", "')'"}, {"[", "']'"}, {"{", "'}'"}};
  std::vector<const Token*> open;
  for (size_t i = 0; i < at_; ++i) {
    if (tokens_[i].kind != TokenKind::kSymbol) continue;
    const std::string_view text = tokens_[i].text;
    if (text == "(" || text == "[" || text == "{") open.push_back(&tokens_[i]);
    if ((text == ")" || text == "]" || text == "}") && !open.empty()) open.pop_back();
  }
  if (open.empty()) return nullptr;
  for (const auto& [opening, closing] : kPairs) {
    if (open.back()->text == opening && wanted.find(closing) != std::string_view::npos) return open.back();
  }
  return nullptr;
}

bool Parser::CallsUnknown() const {
  if (at_ == 0 || tokens_[at_ - 1].text != ")") return false;
  size_t open = at_ - 1;
  for (size_t depth = 1; depth > 0 && open > 0;) {
    --open;
    if (tokens_[open].text == ")") ++depth;
    if (tokens_[open].text == "(") --depth;
  }
  return open > 0 && std::any_of(findings_.begin(), findings_.end(), [&](const Finding& finding) {
           return finding.rule == "unknown-function" && finding.span.end == tokens_[open - 1].span.end;
         });
}

absl::Status Parser::FailUnopened() {
  const Token& token = Peek();
  const std::string_view opening = token.text == ")" ? "(" : token.text == "]" ? "[" : "{";
  return Fail(token.span, Cat("unexpected '", token.text, "': no '", opening, "' before it is open"),
              Cat("remove it, or write the '", opening, "' that it closes"),
              Fix{Cat("Remove ", token.text), token.span, "", false});
}

std::string Parser::CallHint(std::string_view property) {
  const std::string small = Small(property);
  for (const Alias& known : kAliases) {
    if (known.written == small && known.function != "**") return Cat("write ", known.function, "(…)");
  }
  return FindBuiltin(property) != nullptr ? Cat("write ", property, "(…)") : "";
}

absl::Status Parser::Unexpected(std::string_view wanted) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kBad) return FailBad(token);
  const Token* const last = at_ > 0 ? &tokens_[at_ - 1] : nullptr;
  const auto after = [&](std::string_view word) { return last != nullptr && last->text == word; };
  const bool at_end = token.kind == TokenKind::kEnd;
  const bool closes = at_end || token.text == ")" || token.text == "]" || token.text == "}";
  const std::string found = Cat(
      "'", syntax_->text.substr(token.span.begin, std::min<size_t>(token.span.end - token.span.begin, 40)),
      "'");
  const std::string message = Cat("unexpected ", at_end ? "end" : found, "; wanted ", wanted);
  if (const Token* const open = closes ? OpenBracket(wanted) : nullptr) {
    const std::string_view front = std::string_view(syntax_->text).substr(0, open->span.begin);
    const size_t line = front.rfind('\n') + 1;  // npos + 1 is 0
    const auto lines = std::count(front.begin(), front.end(), '\n');
    const std::string closing = open->text == "(" ? ")" : open->text == "[" ? "]" : "}";
    return Fail(token.span, message,
                Cat("the '", open->text, "' at ", lines + 1, ":", LengthOf(front.substr(line)) + 1,
                    " is not closed before"),
                Fix{Cat("Add ", closing), {End(), End()}, closing, false});
  }
  if (at_end) return Fail(token.span, message);
  const bool separates = wanted == "',' or ')'" || wanted == "',' or ']'" || wanted == "',' or '}'";
  const bool operand = token.kind == TokenKind::kNumber || token.kind == TokenKind::kString ||
                       token.kind == TokenKind::kTemporal || token.kind == TokenKind::kQuotedName ||
                       (token.kind == TokenKind::kName && !IsKeyword(token.text) && last != nullptr &&
                        last->kind != TokenKind::kName && MiswrittenKeyword(token.text).empty());
  if (separates && operand) {
    const Fix comma{"Add a comma", {End(), End()}, ",", false};
    return Fail(token.span, message, "a comma or an operator is missing before it",
                CallsUnknown() ? std::nullopt : std::optional(comma));
  }
  if (token.text == "?") return Fail(token.span, message, "a choice is written if … then … else …");
  if (token.text == ":" && IsSymbol("=", 1))
    return Fail(token.span, message, "nothing is assigned in FEEL; a context gives names to values: {a: 1}");
  const auto fail = [&](std::string hint, uint32_t begin, uint32_t end, std::string text) {
    return Fail(token.span, message, std::move(hint), Fix{Cat("Write ", text), {begin, end}, text});
  };
  if (after("=") && token.text == "=")
    return fail("FEEL compares with one =", last->span.begin, token.span.end, "=");
  if (after("=") && token.text == ">") {
    return Fail(token.span, message, "functions are written function(x) …, greater or equal is >=");
  }
  // `functoin<>->Any` has the parameters of a type that is misspelt.
  const bool of_type = IsSymbol("-", 1) && IsSymbol(">", 2);
  if (after("<") && token.text == ">" && !of_type)
    return fail("FEEL writes 'not equal' as !=", last->span.begin, token.span.end, "!=");
  if (token.text == "=" && wanted.ends_with("':'"))
    return fail("names and values are separated by a colon", token.span.begin, token.span.end, ":");
  if (token.text == "..") return Fail(token.span, message, "a range stands in brackets: [1..10]");
  if (token.kind == TokenKind::kName) {
    if (const std::string keyword = MiswrittenKeyword(token.text); !keyword.empty())
      return fail("FEEL writes its words in small letters", token.span.begin, token.span.end, keyword);
    const bool of_other = (token.text == "return" && wanted == "'satisfies'") ||
                          (token.text == "satisfies" && wanted == "'return'");
    if (of_other) {
      const std::string meant = token.text == "return" ? "satisfies" : "return";
      return fail("for … in … goes on with return, some and every with satisfies", token.span.begin,
                  token.span.end, meant);
    }
    const bool one_word =
        wanted.size() > 3 && wanted.starts_with('\'') && IsKeyword(wanted.substr(1, wanted.size() - 2));
    if (one_word && !IsKeyword(token.text)) {
      const std::string meant(wanted.substr(1, wanted.size() - 2));
      if (!NearestName(token.text, {meant}).empty())
        return Fail(token.span, message, Cat("did you mean ", meant, "?"),
                    Fix{Cat("Write ", meant), token.span, meant, false});
    }
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
  const std::string message = Cat("nothing here is named `", Shortened(name), "`: this part is always null");
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

Parser::Follows Parser::AfterParameters() const {
  size_t ahead = 1;
  const auto in_parameters = [](const Token& token) {
    static constexpr std::string_view kSigns = ",:<>-.";
    return token.kind == TokenKind::kName || token.kind == TokenKind::kQuotedName ||
           (token.kind == TokenKind::kSymbol && kSigns.find(token.text[0]) != std::string_view::npos);
  };
  while (in_parameters(Peek(ahead))) ++ahead;
  if (!IsSymbol("(") || !IsSymbol(")", ahead)) return Follows::kNothing;
  const Token& body = Peek(ahead + 1);
  // A call may go on so, too: `f(x)[1]`, `f(x) - 1`.
  if (body.text == "(" || body.text == "[" || body.text == "-") return Follows::kMaybeBody;
  const bool word = body.kind == TokenKind::kName && body.text != "is" && body.text != "mod" &&
                    MiswrittenKeyword(body.text).empty() &&
                    (!IsKeyword(body.text) || BeginsExpression(body.text));
  const bool other = body.text == "{" || body.kind == TokenKind::kNumber || body.kind == TokenKind::kString ||
                     body.kind == TokenKind::kTemporal || body.kind == TokenKind::kQuotedName;
  return word || other ? Follows::kBody : Follows::kNothing;
}

absl::Status Parser::FailMiswrittenFunction(const std::string& name, Span place) {
  if (!IsOneSlip(Small(name), kFunctionWord) || AfterParameters() != Follows::kBody) return absl::OkStatus();
  return Fail(place, Cat("there is no function ", Shortened(name)), std::string(kFunctionHint),
              NearFix("Write ", name, std::string(kFunctionWord), place));
}

void Parser::WarnUnknownFunction(const std::string& name, Span place) {
  if (findings_.size() >= kMostFindings) return;
  if (IsOneSlip(Small(name), kFunctionWord) && AfterParameters() == Follows::kMaybeBody) {
    const std::string word(kFunctionWord);
    return Warn("unknown-function", place, Cat("there is no function ", Shortened(name)),
                std::string(kFunctionHint), Fix{Cat("Write ", word), place, word, false});
  }
  std::vector<std::string> names = VisibleNames();
  for (const Builtin& known : AllBuiltins()) names.push_back(known.name);
  for (const Alias& known : kAliases) names.emplace_back(known.written);
  const std::string small = Small(name);
  const bool foreign = std::find(names.end() - std::size(kAliases), names.end(), small) != names.end();
  std::string near = foreign ? small : NearestName(name, names);
  for (const Alias& known : kAliases) {
    if (known.written == near) near = known.function;
  }
  const std::string message = Cat("there is no function ", Shortened(name));
  if (near == "**") return Warn("unknown-function", place, message, "powers are written a ** b");
  if (small == "concat")
    return Warn("unknown-function", place, message, "strings are joined with +, lists with concatenate()");
  Warn("unknown-function", place, message, near.empty() ? "" : Cat("did you mean ", near, "()?"),
       NearFix("Call ", name, near, place));
}

bool Parser::StandsAlone() const {
  size_t ahead = 0;
  while (IsSymbol(")", ahead)) ++ahead;
  const bool ends = Peek(ahead).kind == TokenKind::kEnd;
  return ends && std::all_of(tokens_.begin(), tokens_.begin() + static_cast<ptrdiff_t>(at_) - 1,
                             [](const Token& token) { return token.text == "("; });
}

void Parser::WarnUnlessCalled(const Builtin& builtin, Span place) {
  if (!builtin.reads_clock || (options_->names_function && StandsAlone())) return;
  // Who gives it to a function that calls it means it so.
  Warn("type", place, Cat("`", builtin.name, "` is the function itself, not its result"),
       Cat("write ", builtin.name, "()"),
       Fix{Cat("Call ", builtin.name, "()"), {place.end, place.end}, "()", false});
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

void Parser::WarnOfRounding(Span place, const Decimal& read) {
  const std::string text = read.ToString();
  Warn("rounded", place,
       Cat("the number is rounded: ", Decimal::kDigits, " digits are kept, down to the ",
           -Decimal::kMinExponent, "th behind the point"),
       Cat("its value is ", text), Fix{Cat("Write ", text), place, text, false});
}

}  // namespace ameide::feel
