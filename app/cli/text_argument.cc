#include "app/cli/text_argument.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "uaf/document/encoding.h"

namespace ameide::cli {

absl::Status CheckUtf8(std::string_view what, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (!uaf::document::IsValidUtf8(text.substr(at, size))) {
      return absl::InvalidArgumentError(
          absl::StrCat(std::string(what), " is not UTF-8: no character begins at byte ", at + 1, " (0x",
                       absl::Hex(lead), "); mind the encoding of the terminal or script"));
    }
    at += size;
  }
  return absl::OkStatus();
}

}  // namespace ameide::cli
