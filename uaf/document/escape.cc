#include <charconv>

#include "absl/strings/str_cat.h"
#include "uaf/document/document.h"
#include "uaf/document/encoding.h"

namespace ameide::uaf::document {

std::string EscapeXml(std::string_view text, char quote, Encoding encoding) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = NextCodePoint(text, at);
    switch (c) {
      case '&':
        out += "&amp;";
        continue;
      case '<':
        out += "&lt;";
        continue;
      case '>':
        out += quote == 0 ? "&gt;" : ">";
        continue;
      case '"':
        out += quote == '"' ? "&quot;" : "\"";
        continue;
      case '\'':
        out += quote == '\'' ? "&apos;" : "'";
        continue;
      case '\r':
        out += "&#13;";
        continue;
      case '\n':
        out += quote == 0 ? "\n" : "&#10;";
        continue;
      case '\t':
        out += quote == 0 ? "\t" : "&#9;";
        continue;
      default:
        break;
    }
    if (Holds(encoding, c))
      out.append(text.substr(begin, at - begin));
    else
      absl::StrAppend(&out, "&#", static_cast<uint32_t>(c), ";");
  }
  return out;
}

std::string UnescapeXml(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    const size_t end = raw[at] == '&' ? raw.find(';', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out.push_back(raw[at++]);
      continue;
    }
    const std::string_view name = raw.substr(at + 1, end - at - 1);
    uint32_t code = 0;
    if (name == "amp")
      code = '&';
    else if (name == "lt")
      code = '<';
    else if (name == "gt")
      code = '>';
    else if (name == "quot")
      code = '"';
    else if (name == "apos")
      code = '\'';
    else if (name.size() > 1 && name[0] == '#') {
      const bool hex = name[1] == 'x';
      const char* first = name.data() + (hex ? 2 : 1);
      const auto [last, error] = std::from_chars(first, name.data() + name.size(), code, hex ? 16 : 10);
      if (error != std::errc() || last != name.data() + name.size() || code > 0x10ffff ||
          (code >= 0xd800 && code < 0xe000))
        code = 0;
    }
    if (code == 0) {
      out.append(raw.substr(at, end + 1 - at));
    } else {
      AppendCodePoint(code, out);
    }
    at = end + 1;
  }
  return out;
}

}  // namespace ameide::uaf::document
