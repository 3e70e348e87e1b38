#include "app/cli/console.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "app/cli/values.h"

namespace ameide::cli {
namespace {

/// Of the first write to standard output that failed; 0: none has.
int output_error = 0;

void Write(std::FILE* file, std::string_view bytes) {
  const size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file);
  if (file == stdout && written != bytes.size() && output_error == 0) output_error = errno;
}

}  // namespace

std::string Printable(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // C1 controls (U+0080 to U+009F) are two bytes in UTF-8, and some terminals obey them.
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f || c1) {
      const unsigned char shown = c1 ? static_cast<unsigned char>(text[++i]) : c;
      out += {'\\', 'x', kDigits[shown >> 4], kDigits[shown & 15]};
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
  return out;
}

Console::Console() : interactive_(::isatty(0) != 0 && ::isatty(2) != 0), show_progress_(::isatty(2) != 0) {}

void Console::Line(std::string_view text) const { Write(stdout, Printable(text) + "\n"); }

void Console::Json(const nlohmann::ordered_json& value) const { Write(stdout, JsonText(value) + "\n"); }

void Console::Bytes(std::string_view bytes) const { Write(stdout, bytes); }

bool Console::Finish() const {
  if (std::fflush(stdout) != 0 && output_error == 0) output_error = errno;
  if (output_error == 0) return true;
  // Who reads only the beginning (`| head`) knows.
  if (output_error != EPIPE)
    Error(absl::StrCat("the result could not be written: ", std::generic_category().message(output_error),
                       "; what was printed is not whole"));
  return false;
}

void Console::Error(std::string_view message) const {
  std::fflush(stdout);
  Write(stderr, "ameide: " + Printable(message) + "\n");
}

void Console::Error(const absl::Status& status) const {
  Error(std::string_view(status.message().data(), status.message().size()));
}

void Console::Note(std::string_view message) const { Write(stderr, Printable(message) + "\n"); }

void Console::Progress(std::string_view phase, uint64_t done, uint64_t total) {
  if (!show_progress_) return;
  progress_shown_ = true;
  std::string line = absl::StrCat("\r\x1b[K", Printable(phase));
  if (total > 0) {
    absl::StrAppend(&line, " ", done, "/", total);
  } else if (done > 0) {
    absl::StrAppend(&line, " ", done);
  }
  Write(stderr, line);
  std::fflush(stderr);
}

void Console::EndProgress() {
  if (progress_shown_) Write(stderr, "\r\x1b[K");
  progress_shown_ = false;
}

}  // namespace ameide::cli
