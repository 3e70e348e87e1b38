// From XPath's regular expressions to PCRE2's: what both write the same is copied, what PCRE2 alone has is
// refused.
#include <algorithm>
#include <array>
#include <utility>

#include "base/status.h"
#include "notation/feel/regex.h"
#include "notation/feel/text.h"

namespace ameide::feel {
namespace {

struct Block {
  std::string_view name;
  uint32_t first, last;
};

/// Unicode blocks by the names of \p{IsName}, those of the scripts in everyday use.
constexpr Block kBlocks[] = {
    {"BasicLatin", 0x0, 0x7f},
    {"Latin-1Supplement", 0x80, 0xff},
    {"LatinExtended-A", 0x100, 0x17f},
    {"LatinExtended-B", 0x180, 0x24f},
    {"IPAExtensions", 0x250, 0x2af},
    {"SpacingModifierLetters", 0x2b0, 0x2ff},
    {"CombiningDiacriticalMarks", 0x300, 0x36f},
    {"Greek", 0x370, 0x3ff},
    {"GreekandCoptic", 0x370, 0x3ff},
    {"Cyrillic", 0x400, 0x4ff},
    {"Armenian", 0x530, 0x58f},
    {"Hebrew", 0x590, 0x5ff},
    {"Arabic", 0x600, 0x6ff},
    {"Devanagari", 0x900, 0x97f},
    {"Bengali", 0x980, 0x9ff},
    {"Thai", 0xe00, 0xe7f},
    {"Georgian", 0x10a0, 0x10ff},
    {"HangulJamo", 0x1100, 0x11ff},
    {"LatinExtendedAdditional", 0x1e00, 0x1eff},
    {"GreekExtended", 0x1f00, 0x1fff},
    {"GeneralPunctuation", 0x2000, 0x206f},
    {"SuperscriptsandSubscripts", 0x2070, 0x209f},
    {"CurrencySymbols", 0x20a0, 0x20cf},
    {"LetterlikeSymbols", 0x2100, 0x214f},
    {"NumberForms", 0x2150, 0x218f},
    {"Arrows", 0x2190, 0x21ff},
    {"MathematicalOperators", 0x2200, 0x22ff},
    {"BoxDrawing", 0x2500, 0x257f},
    {"GeometricShapes", 0x25a0, 0x25ff},
    {"CJKSymbolsandPunctuation", 0x3000, 0x303f},
    {"Hiragana", 0x3040, 0x309f},
    {"Katakana", 0x30a0, 0x30ff},
    {"CJKUnifiedIdeographs", 0x4e00, 0x9fff},
    {"HangulSyllables", 0xac00, 0xd7af},
    {"PrivateUse", 0xe000, 0xf8ff},
    {"ArabicPresentationForms-A", 0xfb50, 0xfdff},
    {"HalfwidthandFullwidthForms", 0xff00, 0xffef},
};

// XML's name characters, for \i and \c.
constexpr std::string_view kNameStart =
    ":A-Z_a-z\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{2FF}\\x{370}-\\x{37D}\\x{37F}-\\x{1FFF}\\x{200C}-\\x{"
    "200D}"
    "\\x{2070}-\\x{218F}\\x{2C00}-\\x{2FEF}\\x{3001}-\\x{D7FF}\\x{F900}-\\x{FDCF}\\x{FDF0}-\\x{FFFD}"
    "\\x{10000}-\\x{EFFFF}";
constexpr std::string_view kNameMore = "\\-.0-9\\x{B7}\\x{300}-\\x{36F}\\x{203F}-\\x{2040}";

class Translator {
 public:
  Translator(std::string_view pattern, bool dot_all) : pattern_(pattern), dot_all_(dot_all) {}

  absl::StatusOr<std::string> Run() {
    AMEIDE_RETURN_IF_ERROR(Alternatives());
    if (at_ < pattern_.size()) return Bad("a ) without (");
    return std::move(out_);
  }

 private:
  absl::Status Bad(std::string_view why) const {
    return absl::InvalidArgumentError(
        Cat("the pattern is malformed at character ", LengthOf(pattern_.substr(0, at_)) + 1, ": ", why));
  }
  char Peek(size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : '\0'; }
  bool Take(char c) {
    if (at_ >= pattern_.size() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  absl::Status Alternatives() {
    if (++depth_ > kMaxDepth) return Bad("groups are nested deeper than 100 levels");
    do {
      for (;;) {
        if (at_ >= pattern_.size() || Peek() == '|' || Peek() == ')') break;
        AMEIDE_RETURN_IF_ERROR(Piece());
      }
    } while (Take('|') && (out_ += '|', true));
    --depth_;
    return absl::OkStatus();
  }

  absl::Status Piece() {
    const char c = Peek();
    if (c == '^' || c == '$') {
      ++at_;
      out_ += c;
      return Quantifier();
    }
    AMEIDE_RETURN_IF_ERROR(Atom());
    return Quantifier();
  }

  absl::Status Quantifier() {
    if (Take('?') || Take('*') || Take('+')) {
      out_ += pattern_[at_ - 1];
    } else if (Take('{')) {
      AMEIDE_RETURN_IF_ERROR(Quantity());
    } else {
      return absl::OkStatus();
    }
    if (Take('?')) out_ += '?';
    if (Peek() == '?' || Peek() == '*' || Peek() == '+' || Peek() == '{')
      return Bad("a quantifier after a quantifier");
    return absl::OkStatus();
  }

  absl::Status Quantity() {
    std::string inside;
    while (at_ < pattern_.size() && Peek() != '}') inside += pattern_[at_++];
    if (!Take('}')) return Bad("a { without }");
    const size_t comma = inside.find(',');
    const std::string low = inside.substr(0, comma),
                      high = comma == std::string::npos ? low : inside.substr(comma + 1);
    const auto number = [](const std::string& text) {
      return text.size() <= 4 &&
             std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    if (low.empty() || !number(low) || !number(high))
      return Bad("a quantity is written {n}, {n,} or {n,m}, below 10,000");
    if (!high.empty() && std::stoi(low) > std::stoi(high))
      return Bad("the quantity's ends are in the wrong order");
    out_ += Cat('{', low, comma == std::string::npos ? "" : ",", comma == std::string::npos ? "" : high, '}');
    return absl::OkStatus();
  }

  absl::Status Atom() {
    const char c = Peek();
    switch (c) {
      case '(':
        return Group();
      case '[':
        return Class();
      case '\\':
        return Escape();
      case '.':
        ++at_;
        out_ += dot_all_ ? "(?s:.)" : "[^\\n\\r]";
        return absl::OkStatus();
      case '?':
      case '*':
      case '+':
      case '{':
        return Bad("there is nothing to repeat");
      case '}':
      case ']':
        return Bad("this bracket is written with a \\ before it");
      default:
        Literal();
        return absl::OkStatus();
    }
  }

  /// The character at hand, as itself.
  void Literal() {
    const size_t begin = at_;
    const uint32_t code = NextCharacter(pattern_, at_);
    AppendLiteral(out_, code, pattern_.substr(begin, at_ - begin));
  }

  static void AppendLiteral(std::string& out, uint32_t code, std::string_view text) {
    const bool plain = code >= 0x80 || (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
                       (code >= 'A' && code <= 'Z') || code == '_';
    if (code < 0x20) {
      static constexpr char kHex[] = "0123456789abcdef";
      out += Cat("\\x", kHex[code >> 4], kHex[code & 15]);
      return;
    }
    if (!plain) out += '\\';
    out += text;
  }

  absl::Status Group() {
    ++at_;
    if (Take('?')) {
      if (!Take(':')) return Bad("only (?: … ) is a special group");
      out_ += "(?:";
      AMEIDE_RETURN_IF_ERROR(Alternatives());
    } else {
      out_ += '(';
      const size_t number = ++opened_;
      open_.push_back(number);
      AMEIDE_RETURN_IF_ERROR(Alternatives());
      open_.pop_back();
    }
    if (!Take(')')) return Bad("a ( without )");
    out_ += ')';
    return absl::OkStatus();
  }

  /// `\d`, `\p{L}` and their like as the inside of a class; empty for others. Moves behind them.
  absl::StatusOr<std::string> Set(bool& negated) {
    negated = false;
    const char c = Peek(1);
    switch (c) {
      case 's':
      case 'S':
        at_ += 2;
        negated = c == 'S';
        return std::string(" \\t\\n\\r");
      case 'd':
      case 'D':
        at_ += 2;
        negated = c == 'D';
        return std::string("\\p{Nd}");
      case 'w':
      case 'W':
        at_ += 2;
        negated = c == 'w';
        return std::string("\\p{P}\\p{Z}\\p{C}");
      case 'i':
      case 'I':
        at_ += 2;
        negated = c == 'I';
        return std::string(kNameStart);
      case 'c':
      case 'C':
        at_ += 2;
        negated = c == 'C';
        return Cat(kNameStart, kNameMore);
      case 'p':
      case 'P':
        negated = c == 'P';
        return Category();
      default:
        return std::string();
    }
  }

  absl::StatusOr<std::string> Category() {
    const size_t open = at_ + 2, close = pattern_.find('}', open);
    if (Peek(2) != '{' || close == std::string_view::npos) return Bad("a category is written \\p{L}");
    const std::string name(pattern_.substr(open + 1, close - open - 1));
    at_ = close + 1;
    if (name.starts_with("Is")) {
      const auto block = std::find_if(std::begin(kBlocks), std::end(kBlocks), [&](const Block& known) {
        return known.name == std::string_view(name).substr(2);
      });
      if (block == std::end(kBlocks)) return Bad(Cat("there is no block ", name));
      return Cat("\\x{", Hexadecimal(block->first), "}-\\x{", Hexadecimal(block->last), "}");
    }
    static constexpr std::string_view kCategories[] = {"L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc",
                                                       "Me", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Ps",
                                                       "Pe", "Pi", "Pf", "Po", "Z",  "Zs", "Zl", "Zp", "S",
                                                       "Sm", "Sc", "Sk", "So", "C",  "Cc", "Cf", "Co", "Cn"};
    if (std::find(std::begin(kCategories), std::end(kCategories), name) == std::end(kCategories))
      return Bad(Cat("there is no category ", name));
    return Cat("\\p{", name, "}");
  }

  static std::string Hexadecimal(uint32_t value) {
    std::string out;
    for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789ABCDEF"[(value >> shift) & 15];
    return out;
  }

  /// The character that an escape like \n or \[ stands for; nullopt when it is none. Moves behind it.
  std::optional<char> Single() {
    static constexpr std::string_view kFrom = "nrt\\|.-^?*+{}()[]$", kTo = "\n\r\t\\|.-^?*+{}()[]$";
    const size_t which = Peek(1) == '\0' ? std::string_view::npos : kFrom.find(Peek(1));
    if (which == std::string_view::npos) return std::nullopt;
    at_ += 2;
    return kTo[which];
  }

  absl::Status Escape() {
    bool negated = false;
    AMEIDE_ASSIGN_OR_RETURN(const std::string set, Set(negated));
    if (!set.empty()) {
      out_ += Cat(negated ? "[^" : "[", set, "]");
      return absl::OkStatus();
    }
    if (const std::optional<char> single = Single()) {
      AppendLiteral(out_, static_cast<unsigned char>(*single), std::string_view(&*single, 1));
      return absl::OkStatus();
    }
    if (Peek(1) >= '1' && Peek(1) <= '9') return BackReference();
    return Bad("this escape is none of XPath's");
  }

  absl::Status BackReference() {
    ++at_;
    size_t number = static_cast<size_t>(pattern_[at_++] - '0');
    while (Peek() >= '0' && Peek() <= '9' && number * 10 + static_cast<size_t>(Peek() - '0') <= opened_)
      number = number * 10 + static_cast<size_t>(pattern_[at_++] - '0');
    const bool inside = std::find(open_.begin(), open_.end(), number) != open_.end();
    if (number > opened_ || inside) return Bad("a reference to a group that is not closed before it");
    out_ += Cat("\\g{", number, "}");
    return absl::OkStatus();
  }

  absl::Status Class() {
    AMEIDE_ASSIGN_OR_RETURN(const std::string text, ClassText());
    out_ += text;
    return absl::OkStatus();
  }

  /// `[…]`, with XPath's subtraction `[a-z-[aeiou]]` as a look-ahead.
  absl::StatusOr<std::string> ClassText() {
    if (++depth_ > kMaxDepth) return Bad("classes are nested deeper than 100 levels");
    ++at_;
    const bool negated = Take('^');
    std::string inside, negatives, without;
    bool any = false;
    for (;;) {
      if (at_ >= pattern_.size()) return Bad("a [ without ]");
      if (Peek() == ']' && any) break;
      if (Peek() == '-' && Peek(1) == '[' && any) {
        ++at_;
        AMEIDE_ASSIGN_OR_RETURN(without, ClassText());
        if (Peek() != ']') return Bad("a subtraction ends its class");
        break;
      }
      AMEIDE_RETURN_IF_ERROR(ClassItem(inside, negatives));
      any = true;
    }
    ++at_;
    --depth_;
    // A class that holds negative sets is a choice between them and the rest.
    std::string text;
    if (negatives.empty()) {
      text = Cat(negated ? "[^" : "[", inside, "]");
    } else {
      const std::string choice = Cat("(?:", inside.empty() ? "" : Cat("[", inside, "]|"), negatives, ")");
      text = negated ? Cat("(?:(?!", choice, ")(?s:.))") : choice;
    }
    return without.empty() ? text : Cat("(?:(?!", without, ")", text, ")");
  }

  absl::Status ClassItem(std::string& inside, std::string& negatives) {
    if (Peek() == '[') return Bad("a [ inside of a class is written \\[");
    if (Peek() == '\\') {
      bool negated = false;
      AMEIDE_ASSIGN_OR_RETURN(const std::string set, Set(negated));
      if (!set.empty()) {
        if (negated) {
          negatives += Cat(negatives.empty() ? "" : "|", "[^", set, "]");
        } else {
          inside += set;
        }
        return absl::OkStatus();
      }
    }
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t first, ClassCharacter());
    if (Peek() != '-' || Peek(1) == ']' || Peek(1) == '[') {
      AppendClass(inside, first);
      return absl::OkStatus();
    }
    ++at_;
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t last, ClassCharacter());
    if (last < first) return Bad("the range's ends are in the wrong order");
    AppendClass(inside, first);
    inside += '-';
    AppendClass(inside, last);
    return absl::OkStatus();
  }

  absl::StatusOr<uint32_t> ClassCharacter() {
    if (at_ >= pattern_.size()) return Bad("a [ without ]");
    if (Peek() == '\\') {
      const std::optional<char> single = Single();
      if (!single) return Bad("this escape is none of XPath's");
      return static_cast<unsigned char>(*single);
    }
    if (Peek() == '[' || Peek() == ']')
      return Bad("a bracket inside of a class is written with a \\ before it");
    return NextCharacter(pattern_, at_);
  }

  static void AppendClass(std::string& out, uint32_t code) { out += Cat("\\x{", Hexadecimal(code), "}"); }

  static constexpr int kMaxDepth = 100;
  std::string_view pattern_;
  bool dot_all_;
  size_t at_ = 0;
  int depth_ = 0;
  size_t opened_ = 0;
  std::vector<size_t> open_;
  std::string out_;
};

}  // namespace

namespace {

/// The flag x: white space outside of classes is not there, not even behind a back-slash.
std::string WithoutSpace(std::string_view pattern) {
  std::string out;
  int classes = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (classes == 0 && std::string_view(" \t\n\r").find(c) != std::string_view::npos) continue;
    out += c;
    if (c == '\\' && classes > 0 && i + 1 < pattern.size()) {
      out += pattern[++i];
    } else if (c == '\\') {
      while (i + 1 < pattern.size() &&
             std::string_view(" \t\n\r").find(pattern[i + 1]) != std::string_view::npos)
        ++i;
      if (i + 1 < pattern.size()) out += pattern[++i];
    } else if (c == '[') {
      ++classes;
    } else if (c == ']' && classes > 0) {
      --classes;
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> TranslatePattern(std::string_view pattern, bool dot_all, bool extended) {
  if (!extended) return Translator(pattern, dot_all).Run();
  const std::string dense = WithoutSpace(pattern);
  return Translator(dense, dot_all).Run();
}

}  // namespace ameide::feel
