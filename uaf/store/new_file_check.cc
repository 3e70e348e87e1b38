#include "uaf/store/new_file_check.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {

std::string TargetInside(const std::filesystem::path& root, const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(root / path, error) || error) return {};
  const std::filesystem::path real_root = std::filesystem::weakly_canonical(root, error);
  const std::filesystem::path real = std::filesystem::weakly_canonical(root / path, error);
  const std::filesystem::path relative = real.lexically_relative(real_root);
  if (error || relative.empty() || *relative.begin() == "..") return {};
  return relative.generic_string();
}

NewFileCheck::NewFileCheck(std::filesystem::path root, std::span<const Artifact> artifacts)
    : root_(std::move(root)) {
  for (const Artifact& artifact : artifacts) {
    if (artifact.retired) continue;
    folded_.emplace(merge::FoldPath(artifact.path), artifact.path);
    if (std::string target = TargetInside(root_, artifact.path); !target.empty())
      targets_.emplace(std::move(target), artifact.path);
  }
}

absl::Status NewFileCheck::Check(const std::string& path) const {
  AMEIDE_RETURN_IF_ERROR(CheckArtifactPath(path));
  std::error_code error;
  if (std::filesystem::is_symlink(root_ / path, error)) {
    if (const std::string target = TargetInside(root_, path); !target.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("it is a link to ", ReadableName(target), " in the workspace; it is left alone"));
    }
    if (!std::filesystem::is_regular_file(root_ / path, error))
      return absl::FailedPreconditionError("it is a link to no file; it is left alone");
  }
  AMEIDE_RETURN_IF_ERROR(CheckInside(root_, path));
  if (const auto link = targets_.find(path); link != targets_.end()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the artifact ", link->second, " is a link to it; it is left alone"));
  }
  if (const auto taken = folded_.find(merge::FoldPath(path)); taken != folded_.end()) {
    return absl::AlreadyExistsError(absl::StrCat(
        taken->second, " is an artifact already, and some file systems take both names for one; rename ",
        path));
  }
  if (std::filesystem::file_size(root_ / path, error) > kLargestArtifact && !error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("it is larger than the limit of ", kLargestArtifact, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
