#include "app/cli/collect.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ameide::cli {

std::string_view FileHead(std::string_view bytes) { return bytes.substr(0, 4096); }

absl::StatusOr<std::vector<std::string>> FilesBelow(const uaf::document::FormatRegistry& formats,
                                                    const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  std::filesystem::recursive_directory_iterator walk(folder, error);
  for (const auto end = std::filesystem::end(walk); !error && walk != end; walk.increment(error)) {
    const std::string name = walk->path().filename().string();
    std::error_code unreadable;
    if (absl::StartsWith(name, ".")) {
      walk.disable_recursion_pending();
    } else if (walk->is_regular_file(unreadable) && formats.ForFile(name, "").name() != "opaque") {
      out.push_back(walk->path().string());
    }
  }
  if (error) return absl::NotFoundError(absl::StrCat("cannot read folder ", folder, ": ", error.message()));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace ameide::cli
