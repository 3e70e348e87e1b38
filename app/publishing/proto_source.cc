#include "app/publishing/proto_source.h"

#include <cctype>

namespace ameide::publishing {
namespace {

// Words, quoted strings (with their quotes) and single marks; comments are skipped.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {}

  // Empty at the end.
  std::string_view Next() {
    SkipBlank();
    if (at_ >= text_.size()) return {};
    const size_t begin = at_;
    const char first = text_[at_++];
    if (first == '"' || first == '\'') {
      while (at_ < text_.size() && text_[at_] != first && text_[at_] != '\n')
        at_ += text_[at_] == '\\' ? 2 : 1;
      at_ = std::min(at_ + 1, text_.size());
    } else if (IsWord(first)) {
      while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

 private:
  static bool IsWord(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
  }

  void SkipBlank() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

ProtoSource ReadProtoSource(std::string_view text) {
  ProtoSource out;
  Tokens tokens(text);
  int depth = 0;
  bool at_start = true;  // of a statement
  for (std::string_view token = tokens.Next(); !token.empty(); token = tokens.Next()) {
    const bool begins = at_start && depth == 0;
    at_start = token == ";" || token == "}";
    if (token == "{") {
      ++depth;
    } else if (token == "}") {
      --depth;
    } else if (begins && token == "package") {
      out.package = tokens.Next();
    } else if (begins && token == "service") {
      out.services.emplace_back(tokens.Next());
    } else if (begins && token == "import") {
      std::string_view path = tokens.Next();
      if (path == "public" || path == "weak") path = tokens.Next();
      if (path.size() > 2) out.imports.emplace_back(path.substr(1, path.size() - 2));
    }
  }
  return out;
}

}  // namespace ameide::publishing
