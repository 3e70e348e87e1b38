#pragma once

#include <string>
#include <string_view>

namespace ameide::uaf {

/// `text` as a pattern of SQL's LIKE for "begins with", escaped by a back-slash.
inline std::string BeginsWith(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace ameide::uaf
