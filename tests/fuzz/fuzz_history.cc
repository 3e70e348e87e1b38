#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "uaf/log/history_file.h"

/// History files from a hostile writer, with a checksum that is right: refused, or holding only what may lie
/// in a workspace, and written again just so.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string file(reinterpret_cast<const char*>(data), size);
  file += ameide::Sha256(file).view();
  const auto history = ameide::uaf::DecodeHistory(file);
  if (!history.ok()) return 0;
  for (const auto& entry : history->entries) {
    if (!ameide::uaf::IsHistoryPath(entry.path)) std::abort();
    for (const std::filesystem::path& part : std::filesystem::path(entry.path)) {
      if (part == ".." || part == "." || part == "/") std::abort();
    }
  }
  const auto bytes = ameide::uaf::EncodeHistory(*history);
  if (!bytes.ok()) std::abort();
  const auto again = ameide::uaf::DecodeHistory(*bytes);
  if (!again.ok() || again->entries != history->entries) std::abort();
  return 0;
}
