#include "base/nesting.h"

namespace ameide {
namespace {

/// The place after what begins at `at` and ends with `end`; the text's end when that never comes.
size_t After(std::string_view text, size_t at, std::string_view end) {
  const size_t found = text.find(end, at);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

/// As After, for a quoted text: a backslash takes the next character with it, a line's end ends it.
size_t AfterQuote(std::string_view text, size_t at) {
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[at] || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

}  // namespace

bool NestsDeeper(std::string_view text, int levels) {
  int depth = 0;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i, 2);
    if (rest == "//") {
      i = After(text, i, "\n");
    } else if (rest == "/*") {
      i = After(text, i + 2, "*/");
    } else if (text[i] == '"' || text[i] == '\'') {
      i = AfterQuote(text, i);
    } else {
      const bool opens = std::string_view("([{<").find(text[i]) != std::string_view::npos;
      const bool closes = std::string_view(")]}>").find(text[i]) != std::string_view::npos;
      if (opens && ++depth > levels) return true;
      if (closes && depth > 0) --depth;
      ++i;
    }
  }
  return false;
}

}  // namespace ameide
