#include "sync/place.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::sync {

absl::StatusOr<Place> FindPlace(const std::filesystem::path& root) {
  absl::StatusOr<git::Repository> repository = git::Repository::Open(root);
  if (absl::IsNotFound(repository.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat(root.string(), " is in no git repository; make one there with: git init"));
  }
  AMEIDE_RETURN_IF_ERROR(repository.status());
  std::error_code error;
  const std::filesystem::path top = std::filesystem::weakly_canonical(repository->folder(), error);
  const std::filesystem::path here = std::filesystem::weakly_canonical(root, error);
  std::string prefix = here.lexically_relative(top).generic_string();
  if (prefix == ".") prefix.clear();
  if (!prefix.empty()) prefix += '/';
  return Place{*std::move(repository), std::move(prefix)};
}

bool IsLogPath(std::string_view path) { return path.substr(0, 5) == ".uaf/"; }

bool IsHidden(std::string_view path) {
  return path.substr(0, 1) == "." || path.find("/.") != std::string_view::npos;
}

}  // namespace ameide::sync
