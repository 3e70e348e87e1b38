#include "notation/feel/lexer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::feel {

absl::Status SyntaxError(Span span, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      span.begin + 1, "-", span.end > span.begin ? span.end : span.begin + 1, ": ", std::string(why)));
}

absl::Status NotSupported(Span span, std::string_view why) {
  return absl::UnimplementedError(SyntaxError(span, why).message());
}

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<Token>> Run() {
    for (;;) {
      AMEIDE_RETURN_IF_ERROR(SkipSpace());
      begin_ = at_;
      if (at_ == text_.size()) {
        Emit(TokenKind::kEnd, "");
        return std::move(tokens_);
      }
      AMEIDE_RETURN_IF_ERROR(Next());
    }
  }

 private:
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Span Here() const { return {static_cast<uint32_t>(begin_), static_cast<uint32_t>(at_)}; }
  void Emit(TokenKind kind, std::string text) { tokens_.push_back({kind, std::move(text), Here()}); }

  absl::Status SkipSpace() {
    for (;;) {
      const char c = Peek();
      begin_ = at_;
      if (at_ < text_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f')) {
        ++at_;
      } else if (text_.substr(at_, 2) == "\xc2\xa0") {  // no-break space
        at_ += 2;
      } else if (c == '/' && Peek(1) == '/') {
        while (at_ < text_.size() && Peek() != '\n') ++at_;
      } else if (c == '/' && Peek(1) == '*') {
        const size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
          at_ = text_.size();
          return SyntaxError(Here(), "a comment without end");
        }
        at_ = end + 2;
      } else {
        return absl::OkStatus();
      }
    }
  }

  absl::Status Next() {
    const char c = Peek();
    if (IsNameStart(c)) {
      while (IsNamePart(Peek())) ++at_;
      Emit(TokenKind::kName, std::string(text_.substr(begin_, at_ - begin_)));
      return absl::OkStatus();
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (c == '"') return String(TokenKind::kString);
    if (c == '@' && Peek(1) == '"') {
      ++at_;
      return String(TokenKind::kTemporal);
    }
    if (c == '`') return QuotedName();
    for (const std::string_view symbol : {"**", "..", "!=", "<=", ">="}) {
      if (text_.substr(at_, 2) == symbol) {
        at_ += 2;
        Emit(TokenKind::kSymbol, std::string(symbol));
        return absl::OkStatus();
      }
    }
    ++at_;
    static constexpr std::string_view kSymbols = "+-*/()[]{},:.=<>?";
    if (kSymbols.find(c) != std::string_view::npos) {
      Emit(TokenKind::kSymbol, std::string(1, c));
      return absl::OkStatus();
    }
    if (c == '\'') return SyntaxError(Here(), "strings are written between \", not '");
    return SyntaxError(Here(), absl::StrCat("'", std::string(1, c), "' has no meaning in FEEL here"));
  }

  absl::Status Number() {
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
    if (IsNameStart(Peek())) {
      while (IsNamePart(Peek())) ++at_;
      return SyntaxError(Here(), "letters follow a number");
    }
    Emit(TokenKind::kNumber, std::string(text_.substr(begin_, at_ - begin_)));
    return absl::OkStatus();
  }

  absl::Status QuotedName() {
    const size_t end = text_.find('`', at_ + 1);
    if (end == std::string_view::npos || end == at_ + 1) {
      ++at_;
      return SyntaxError(Here(), "a name between ` must not be empty and must have an end");
    }
    std::string name(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    Emit(TokenKind::kQuotedName, std::move(name));
    return absl::OkStatus();
  }

  absl::Status Escape(std::string& out) {
    const char c = Peek();
    ++at_;
    switch (c) {
      case 'n':
        out += '\n';
        return absl::OkStatus();
      case 'r':
        out += '\r';
        return absl::OkStatus();
      case 't':
        out += '\t';
        return absl::OkStatus();
      case '"':
      case '\\':
      case '\'':
        out += c;
        return absl::OkStatus();
      case 'u':
        return CodePoint(4, out);
      case 'U':
        return CodePoint(6, out);
      default:
        return SyntaxError(Here(), "an unknown escape; FEEL has \\n \\r \\t \\\" \\\\ \\' \\uXXXX \\UXXXXXX");
    }
  }

  bool Hex(int digits, uint32_t& code) {
    code = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
      const char c = Peek();
      const int value = IsDigit(c)             ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (value < 0) return false;
      code = code * 16 + static_cast<uint32_t>(value);
    }
    return true;
  }

  absl::Status CodePoint(int digits, std::string& out) {
    uint32_t code = 0;
    if (!Hex(digits, code)) return SyntaxError(Here(), "\\u needs four, \\U six hexadecimal digits");
    if (code >= 0xd800 && code < 0xdc00 && Peek() == '\\' && Peek(1) == 'u') {
      at_ += 2;
      uint32_t low = 0;
      if (!Hex(4, low) || low < 0xdc00 || low > 0xdfff)
        return SyntaxError(Here(), "half of a surrogate pair");
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if ((code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
      return SyntaxError(Here(), "not a Unicode character");
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else {
      const int tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      static constexpr unsigned kLead[] = {0, 0xc0, 0xe0, 0xf0};
      out += static_cast<char>(kLead[tail] | (code >> (6 * tail)));
      for (int i = tail - 1; i >= 0; --i) out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
    }
    return absl::OkStatus();
  }

  absl::Status String(TokenKind kind) {
    ++at_;
    std::string out;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        Emit(kind, std::move(out));
        return absl::OkStatus();
      }
      if (c == '\\') {
        AMEIDE_RETURN_IF_ERROR(Escape(out));
      } else {
        out += c;
      }
    }
    return SyntaxError(Here(), "a string without end");
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t begin_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(std::string_view text) { return Lexer(text).Run(); }

}  // namespace ameide::feel
