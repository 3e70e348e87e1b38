#include "app/cli/values.h"

#include <nlohmann/json.hpp>

namespace ameide::cli {

std::string InQuotes(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out.push_back(c);
  }
  out.push_back('\'');
  return out;
}

std::string JsonText(const nlohmann::ordered_json& value) {
  const std::string text = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c == 0x7f || c1) {
      const unsigned char shown = c1 ? static_cast<unsigned char>(text[++i]) : c;
      out += {'\\', 'u', '0', '0', kDigits[shown >> 4], kDigits[shown & 15]};
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
  return out;
}

}  // namespace ameide::cli
