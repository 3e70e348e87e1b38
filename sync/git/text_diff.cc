#include "sync/git/text_diff.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "sync/git/handles.h"

namespace ameide::sync::git {

absl::StatusOr<std::string> DiffLines(const std::string& old_path, const std::optional<std::string>& before,
                                      const std::string& new_path, const std::optional<std::string>& after) {
  if (old_path != new_path && before && before == after) {
    return absl::StrCat("diff --git a/", old_path, " b/", new_path, "\nsimilarity index 100%\nrename from ",
                        old_path, "\nrename to ", new_path, "\n");
  }
  StartLibrary();
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  Handle<git_patch> patch;
  const int code = git_patch_from_buffers(
      Into(patch), before ? before->data() : nullptr, before ? before->size() : 0, old_path.c_str(),
      after ? after->data() : nullptr, after ? after->size() : 0, new_path.c_str(), &options);
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, "compare two versions of " + new_path));
  Buffer text;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_patch_to_buf(text.get(), patch.get()), "compare two versions of " + new_path));
  return text.text();
}

}  // namespace ameide::sync::git
