#include "uaf/log/skeleton.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace ameide::uaf {
namespace {

constexpr char kHole = '\0';
constexpr size_t kMostDigits = 15;

bool IsBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); });
}

}  // namespace

Skeleton SplitMarkup(std::string_view markup) {
  Skeleton skeleton;
  if (markup.find(kHole) != std::string_view::npos) {
    skeleton.text = std::string(1, kHole);
    skeleton.holes.emplace_back(markup);
    return skeleton;
  }
  const auto fill = [&](std::string_view value) {
    skeleton.text += kHole;
    skeleton.holes.emplace_back(value);
  };
  for (size_t at = 0; at < markup.size();) {
    const size_t tag = std::min(markup.find('<', at), markup.size());
    const std::string_view text = markup.substr(at, tag - at);
    IsBlank(text) ? void(skeleton.text += text) : fill(text);
    for (at = tag; at < markup.size();) {
      const char c = markup[at++];
      skeleton.text += c;
      if (c == '>') break;
      if (c != '"' && c != '\'') continue;
      const size_t end = std::min(markup.find(c, at), markup.size());
      fill(markup.substr(at, end - at));
      at = end;
      if (at < markup.size()) skeleton.text += markup[at++];
    }
  }
  return skeleton;
}

std::string JoinMarkup(const Skeleton& skeleton) {
  std::string markup;
  auto hole = skeleton.holes.begin();
  for (const char c : skeleton.text) {
    if (c != kHole) {
      markup += c;
    } else if (hole != skeleton.holes.end()) {
      markup += *hole++;
    }
  }
  return markup;
}

size_t CountHoles(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), kHole));
}

std::vector<std::string> HoleContexts(std::string_view text) {
  std::vector<std::string> contexts;
  size_t begin = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == kHole) {
      std::string_view context = text.substr(begin, at - begin);
      if (const size_t equals = context.find('='); equals != std::string_view::npos)
        context = context.substr(0, equals);
      contexts.emplace_back(context);
      begin = at + 1;
    } else if (absl::ascii_isspace(static_cast<unsigned char>(text[at])) || text[at] == '<') {
      begin = at + 1;
    }
  }
  return contexts;
}

std::optional<std::pair<std::string, uint64_t>> SplitNumber(std::string_view value) {
  size_t begin = value.size();
  while (begin > 0 && absl::ascii_isdigit(static_cast<unsigned char>(value[begin - 1]))) --begin;
  const std::string_view digits = value.substr(begin);
  if (digits.empty() || digits.size() > kMostDigits || (digits.size() > 1 && digits[0] == '0'))
    return std::nullopt;
  // Within a word or behind a point digits are no number of their own.
  if (begin > 0 &&
      (absl::ascii_isalpha(static_cast<unsigned char>(value[begin - 1])) || value[begin - 1] == '.'))
    return std::nullopt;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &number)) return std::nullopt;
  return std::pair(std::string(value.substr(0, begin)), number);
}

}  // namespace ameide::uaf
