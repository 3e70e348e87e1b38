#include "sync/git/text_diff.h"

#include "base/status.h"
#include "sync/git/handles.h"

namespace ameide::sync::git {

absl::StatusOr<std::string> DiffLines(const std::string& path, const std::optional<std::string>& before,
                                      const std::optional<std::string>& after) {
  StartLibrary();
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  Handle<git_patch> patch;
  const int code = git_patch_from_buffers(
      Into(patch), before ? before->data() : nullptr, before ? before->size() : 0, path.c_str(),
      after ? after->data() : nullptr, after ? after->size() : 0, path.c_str(), &options);
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, "compare two versions of " + path));
  Buffer text;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_patch_to_buf(text.get(), patch.get()), "compare two versions of " + path));
  return text.text();
}

}  // namespace ameide::sync::git
