#include "notation/feel/lexer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "notation/feel/text.h"

namespace ameide::feel {

bool IsNameStart(uint32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '?';
  static constexpr std::pair<uint32_t, uint32_t> kRanges[] = {
      {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
      {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
      {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff}};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [&](const auto& range) { return c >= range.first && c <= range.second; }) &&
         !IsSpace(c);
}

bool IsNamePart(uint32_t c) {
  return IsNameStart(c) || (c >= '0' && c <= '9') || c == 0xb7 || (c >= 0x300 && c <= 0x36f) ||
         (c >= 0x203f && c <= 0x2040);
}

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsPlain(char c) { return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> Run() {
    tokens_.reserve(text_.size() / 3 + 2);
    for (;;) {
      SkipSpace();
      begin_ = at_;
      if (at_ == text_.size()) {
        Emit(TokenKind::kEnd, "");
        return std::move(tokens_);
      }
      Next();
    }
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Span Here() const { return {static_cast<uint32_t>(begin_), static_cast<uint32_t>(at_)}; }
  std::string_view Taken() const { return text_.substr(begin_, at_ - begin_); }
  void Emit(TokenKind kind, std::string_view text) { tokens_.push_back({kind, text, Here(), nullptr}); }
  void Bad(const char* why) { tokens_.push_back({TokenKind::kBad, Taken(), Here(), why}); }

  /// The character at `at`, and where the next one begins.
  uint32_t Character(size_t at, size_t& next) const {
    next = at;
    return at < text_.size() ? NextCharacter(text_, next) : 0;
  }

  void SkipSpace() {
    for (;;) {
      size_t next = 0;
      begin_ = at_;
      if (at_ < text_.size() && IsSpace(Character(at_, next))) {
        at_ = next;
      } else if (Peek() == '/' && Peek(1) == '/') {
        while (at_ < text_.size() && Peek() != '\n' && Peek() != '\r') ++at_;
      } else if (Peek() == '/' && Peek(1) == '*') {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          at_ = text_.size();
          Bad("a comment without end");
          return;
        }
        at_ = end + 2;
      } else {
        return;
      }
    }
  }

  bool TakeNameParts() {
    const size_t before = at_;
    for (size_t next = 0; at_ < text_.size() && IsNamePart(Character(at_, next)); at_ = next) continue;
    return at_ > before;
  }

  void Next() {
    const char c = Peek();
    size_t next = 0;
    if (IsNameStart(Character(at_, next))) {
      TakeNameParts();
      return Emit(Taken() == "?" ? TokenKind::kSymbol : TokenKind::kName, Taken());
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (c == '"') return String(TokenKind::kString);
    if (c == '@' && Peek(1) == '"') {
      ++at_;
      return String(TokenKind::kTemporal);
    }
    if (c == '@' && (IsDigit(Peek(1)) || Peek(1) == 'P' || Peek(1) == '-')) {
      static constexpr std::string_view kOfMoments = ":.+-/@";
      for (++at_; IsPlain(Peek()) || (Peek() != '\0' && kOfMoments.find(Peek()) != std::string_view::npos);)
        ++at_;
      return Bad("a date, time or duration behind @ stands in quotes");
    }
    const std::string_view two = text_.substr(at_, 2);
    if (two == "&&" || two == "||") {
      at_ += 2;
      return Bad(two == "&&" ? "FEEL writes 'and'" : "FEEL writes 'or'");
    }
    if (c == '`') return QuotedName();
    for (const std::string_view symbol : {"**", "..", "!=", "<=", ">="}) {
      if (text_.substr(at_, 2) == symbol) {
        at_ += 2;
        return Emit(TokenKind::kSymbol, Taken());
      }
    }
    at_ = next;
    static constexpr std::string_view kSymbols = "+-*/()[]{},:.=<>";
    if (kSymbols.find(c) != std::string_view::npos) return Emit(TokenKind::kSymbol, Taken());
    if (c == '\'') return Bad("strings are written between \", not '");
    if (c == '&' || c == '|') return Bad("FEEL writes 'and' and 'or'");
    if (c == '!') return Bad("FEEL writes not(…) and !=");
    if (c == '^') return Bad("FEEL writes powers with **");
    if (c == '%') return Bad("FEEL writes the rest of a division as modulo(a, b)");
    const std::string_view taken = Taken();
    if (taken == "“" || taken == "”" || taken == "„") {
      // The text between them, when it is one.
      for (size_t end = at_; end < text_.size() && text_[end] != '\n';) {
        const size_t before = end;
        NextCharacter(text_, end);
        const std::string_view mark = text_.substr(before, end - before);
        if (mark != "“" && mark != "”" && mark != "\"") continue;
        at_ = end;
        break;
      }
      return Bad("strings are written between straight quotes, \"");
    }
    if (taken == "–" || taken == "—" || taken == "−") return Bad("this dash is no minus");
    Bad("this character has no meaning in FEEL here");
  }

  void Number() {
    while (IsDigit(Peek())) ++at_;
    if (Peek() == '.' && IsDigit(Peek(1))) {
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    if (Peek() == 'e' || Peek() == 'E') {
      const size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
      if (IsDigit(Peek(1 + sign))) {
        at_ += 1 + sign;
        while (IsDigit(Peek())) ++at_;
      }
    }
    if (TakeNameParts())
      return Bad("letters follow a number: an operator is missing, or the name begins with a digit");
    Emit(TokenKind::kNumber, Taken());
  }

  void QuotedName() {
    const size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos || end == at_ + 1) {
      ++at_;
      return Bad("a name between ` must not be empty and must have an end");
    }
    at_ = end + 1;
    Emit(TokenKind::kQuotedName, text_.substr(begin_ + 1, end - begin_ - 1));
  }

  void String(TokenKind kind) {
    const size_t inside = ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return Emit(kind, text_.substr(inside, at_ - 1 - inside));
      if (c == '\\' && at_ < text_.size()) ++at_;
    }
    Bad("a string without end");
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_ = 0;
  std::vector<Token> tokens_;
};

/// `digits` hexadecimal digits at `at`, which moves behind them.
std::optional<uint32_t> Hex(std::string_view text, size_t& at, int digits) {
  uint32_t code = 0;
  for (int i = 0; i < digits; ++i, ++at) {
    const char c = at < text.size() ? text[at] : '\0';
    const int value = IsDigit(c)             ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (value < 0) return std::nullopt;
    code = code * 16 + static_cast<uint32_t>(value);
  }
  return code;
}

}  // namespace

std::vector<Token> Tokenize(std::string_view text) { return Lexer(text).Run(); }

std::string Unescape(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  for (size_t at = 0; at < inside.size();) {
    const char c = inside[at++];
    if (c != '\\') {
      out += c;
      continue;
    }
    const char escape = at < inside.size() ? inside[at] : '\0';
    static constexpr std::string_view kFrom = "nrt\"\\'", kTo = "\n\r\t\"\\'";
    const size_t which = escape == '\0' ? std::string_view::npos : kFrom.find(escape);
    if (which != std::string_view::npos) {
      out += kTo[which];
      ++at;
      continue;
    }
    // What is no escape is text: "\d" is a back-slash and a d, as regular expressions want it.
    size_t behind = at + 1;
    std::optional<uint32_t> code;
    if (escape == 'u' || escape == 'U') code = Hex(inside, behind, escape == 'u' ? 4 : 6);
    if (code && *code >= 0xd800 && *code < 0xdc00 && inside.substr(behind, 2) == "\\u") {
      size_t low_end = behind + 2;
      const std::optional<uint32_t> low = Hex(inside, low_end, 4);
      if (low && *low >= 0xdc00 && *low <= 0xdfff) {
        code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
        behind = low_end;
      }
    }
    if (!code || (*code >= 0xd800 && *code < 0xe000) || *code > 0x10ffff) {
      out += c;
      continue;
    }
    AppendCharacter(out, *code);
    at = behind;
  }
  return out;
}

}  // namespace ameide::feel
