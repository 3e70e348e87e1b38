#include "base/words.h"

namespace ameide {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::string InWords(std::string_view type) {
  std::string words;
  for (size_t i = 0; i < type.size(); ++i) {
    if (!IsUpper(type[i])) {
      words += type[i];
      continue;
    }
    const bool after_upper = i > 0 && IsUpper(type[i - 1]);
    const bool before_upper = i + 1 < type.size() && IsUpper(type[i + 1]);
    const bool before_lower = i + 1 < type.size() && !before_upper;
    const bool acronym = after_upper ? !before_lower : before_upper;
    if (i > 0 && (!after_upper || before_lower)) words += ' ';
    words += acronym ? type[i] : static_cast<char>(type[i] - 'A' + 'a');
  }
  return words;
}

std::string WithArticle(std::string_view words) {
  const bool vowel = !words.empty() && !words.starts_with("user") &&
                     std::string_view("aeiouAEIOU").find(words[0]) != std::string_view::npos;
  return std::string(vowel ? "an " : "a ").append(words);
}

}  // namespace ameide
