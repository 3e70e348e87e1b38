#include "notation/xml/encoding.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace ameide::xml {
namespace {

using uaf::document::Encoding;

constexpr size_t kLongestDeclaration = 1024;

/// The value of the pseudo attribute `encoding` in an XML declaration of single-byte characters, or empty.
std::string DeclaredEncoding(std::string_view text) {
  if (text.substr(0, 5) != "<?xml") return "";
  text = text.substr(0, std::min(text.find("?>"), kLongestDeclaration));
  size_t at = text.find("encoding");
  if (at == std::string_view::npos) return "";
  at = text.find_first_of("\"'", at);
  if (at == std::string_view::npos) return "";
  const size_t end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? "" : std::string(text.substr(at + 1, end - at - 1));
}

}  // namespace

absl::StatusOr<DetectedEncoding> DetectEncoding(std::string_view bytes) {
  DetectedEncoding detected;
  const auto starts = [&](std::string_view what) { return bytes.substr(0, what.size()) == what; };
  std::string narrow;
  if (starts("\xef\xbb\xbf")) {
    detected.byte_order_mark = true;
    narrow = std::string(bytes.substr(3, kLongestDeclaration));
  } else if (starts("\xff\xfe") || starts("\xfe\xff") || starts(std::string_view("<\0", 2)) ||
             starts(std::string_view("\0<", 2))) {
    detected.byte_order_mark = bytes[0] == '\xff' || bytes[0] == '\xfe';
    const bool big = bytes[0] == '\xfe' || bytes[0] == '\0';
    detected.encoding = big ? Encoding::kUtf16Be : Encoding::kUtf16Le;
    for (size_t i = (detected.byte_order_mark ? 2 : 0) + (big ? 1 : 0);
         i < bytes.size() && narrow.size() < kLongestDeclaration; i += 2) {
      narrow.push_back(bytes[i]);
    }
  } else {
    narrow = std::string(bytes.substr(0, kLongestDeclaration));
  }
  const std::string declared = DeclaredEncoding(narrow);
  const std::string name = absl::AsciiStrToUpper(declared);
  const bool wide = detected.encoding != Encoding::kUtf8;
  const auto contradiction = [&] {
    return absl::InvalidArgumentError(absl::StrCat("1:1: the file declares encoding '", declared,
                                                   "' but its first bytes are ", wide ? "UTF-16" : "UTF-8"));
  };
  if (name.empty() || name == "UTF-8" || name == "UTF8") {
    if (wide && !name.empty()) return contradiction();
    return detected;
  }
  if (name == "UTF-16" || name == "UTF-16LE" || name == "UTF-16BE") {
    const bool other_end = (name == "UTF-16LE" && detected.encoding == Encoding::kUtf16Be) ||
                           (name == "UTF-16BE" && detected.encoding == Encoding::kUtf16Le);
    if (!wide || other_end) return contradiction();
    return detected;
  }
  const bool latin = name == "ISO-8859-1" || name == "LATIN1" || name == "ISO_8859-1" || name == "ISO8859-1";
  const bool windows = name == "WINDOWS-1252" || name == "CP1252";
  const bool ascii = name == "US-ASCII" || name == "ASCII";
  if (!latin && !windows && !ascii) {
    return absl::InvalidArgumentError(absl::StrCat(
        "1:1: encoding '", declared,
        "' is not known here; save the file as UTF-8, UTF-16, ISO-8859-1, US-ASCII or windows-1252"));
  }
  if (wide || detected.byte_order_mark) return contradiction();
  if (latin) detected.encoding = Encoding::kLatin1;
  if (windows) detected.encoding = Encoding::kWindows1252;
  detected.ascii_only = ascii;
  return detected;
}

}  // namespace ameide::xml
