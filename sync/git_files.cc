#include "sync/git_files.h"

#include <cstdint>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::sync {
namespace {

constexpr uint64_t kLargestSettings = uint64_t{1} << 20;

/// What every model of a workspace is merged by. Not other files: a conflict leaves no markers.
constexpr char kMergedByElement[] =
    "*.bpmn merge=ameide\n*.bpmn2 merge=ameide\n*.bpmn20.xml merge=ameide\n*.dmn merge=ameide\n"
    "*.archimate merge=ameide\n";

// Puts a line in front of one of git's files, so that the owner's own lines still win; once.
absl::Status AddFirstLine(FileSystem& files, const std::filesystem::path& path, const std::string& line) {
  std::error_code error;
  if (std::filesystem::is_symlink(path, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path.string(), " is a symbolic link; put a real file in its place, then try again"));
  }
  std::string present;
  if (files.Exists(path)) {
    AMEIDE_ASSIGN_OR_RETURN(present, files.Read(path, kLargestSettings));
  }
  if (absl::StartsWith(present, line) || absl::StrContains(present, absl::StrCat("\n", line))) {
    return absl::OkStatus();
  }
  return files.WriteAtomically(path, absl::StrCat(line, present));
}

}  // namespace

absl::Status WriteGitFiles(FileSystem& files, const std::filesystem::path& root, GitFiles which) {
  std::error_code error;
  const auto wanted = [&](const std::filesystem::path& path) {
    return which == GitFiles::kAll || (!files.Exists(path) && !std::filesystem::is_symlink(path, error));
  };
  // Artifacts' bytes are the log's: git must not change their line ends.
  const std::filesystem::path attributes = root / ".gitattributes";
  if (wanted(attributes)) {
    AMEIDE_RETURN_IF_ERROR(AddFirstLine(files, attributes, kMergedByElement));
    AMEIDE_RETURN_IF_ERROR(AddFirstLine(files, attributes, "* -text\n"));
  }
  // What a write that was killed leaves behind.
  const std::filesystem::path ignored = root / ".gitignore";
  return wanted(ignored) ? AddFirstLine(files, ignored, ".*~\n") : absl::OkStatus();
}

}  // namespace ameide::sync
