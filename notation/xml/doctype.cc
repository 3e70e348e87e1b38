#include "notation/xml/doctype.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace ameide::xml {
namespace {

constexpr bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Whether a literal holds `character`, also as a character reference, which is replaced when an entity is
/// declared.
bool Holds(std::string_view literal, char character) {
  if (literal.find(character) != std::string_view::npos) return true;
  for (size_t at = 0; (at = literal.find("&#", at)) != std::string_view::npos;) {
    at += 2;
    const bool hex = at < literal.size() && literal[at] == 'x';
    if (hex) ++at;
    uint32_t code = 0;
    std::from_chars(literal.data() + at, literal.data() + literal.size(), code, hex ? 16 : 10);
    if (code == static_cast<unsigned char>(character)) return true;
  }
  return false;
}

class DoctypeReader {
 public:
  explicit DoctypeReader(std::string_view raw) : raw_(raw) {}

  DoctypeContent Read() {
    while (at_ < raw_.size()) {
      const char c = raw_[at_];
      if (StartsWith("<!--")) {
        SkipPast("-->");
      } else if (StartsWith("<?")) {
        SkipPast("?>");
      } else if (StartsWith("<!ENTITY")) {
        at_ += std::string_view("<!ENTITY").size();
        while (at_ < raw_.size() && IsSpace(raw_[at_])) ++at_;
        in_parameter_ = at_ + 1 < raw_.size() && raw_[at_] == '%' && IsSpace(raw_[at_ + 1]);
        if (in_parameter_) ++at_;
      } else if (c == '"' || c == '\'') {
        Literal();
      } else if (StartsWith("SYSTEM") || StartsWith("PUBLIC")) {
        content_.external = true;
        at_ += 6;
      } else {
        if (c == '%') ++content_.parameter_references;
        if (c == '>') in_parameter_ = false;
        ++at_;
      }
    }
    return content_;
  }

 private:
  bool StartsWith(std::string_view what) const { return raw_.substr(at_, what.size()) == what; }

  void SkipPast(std::string_view end) {
    const size_t found = raw_.find(end, at_);
    at_ = found == std::string_view::npos ? raw_.size() : found + end.size();
  }

  void Literal() {
    const size_t close = std::min(raw_.find(raw_[at_], at_ + 1), raw_.size());
    const std::string_view literal = raw_.substr(at_ + 1, close - at_ - 1);
    content_.longest_literal = std::max(content_.longest_literal, literal.size());
    if (Holds(literal, '<')) content_.markup_in_entities = true;
    if (in_parameter_ && Holds(literal, '%')) content_.nested_parameters = true;
    at_ = std::min(close + 1, raw_.size());
  }

  const std::string_view raw_;
  size_t at_ = 0;
  bool in_parameter_ = false;
  DoctypeContent content_;
};

}  // namespace

DoctypeContent ReadDoctype(std::string_view raw) { return DoctypeReader(raw).Read(); }

}  // namespace ameide::xml
