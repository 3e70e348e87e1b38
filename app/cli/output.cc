#include "app/cli/output.h"

#include <system_error>

#include "absl/strings/str_cat.h"
#include "app/cli/session.h"
#include "base/status.h"

namespace ameide::cli {

absl::Status CheckOutput(const Session& session, const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(session.folder() / file, error);
  for (std::filesystem::path above = real; above.has_relative_path(); above = above.parent_path()) {
    if (above.filename() == ".uaf" && std::filesystem::exists(above / "workspace.yaml", error)) {
      return absl::InvalidArgumentError(absl::StrCat(file.string(), " lies in ", above.string(),
                                                     ", which holds the history; choose another file"));
    }
  }
  return absl::OkStatus();
}

absl::Status WriteOutput(Session& session, const std::filesystem::path& file, std::string_view bytes) {
  AMEIDE_RETURN_IF_ERROR(CheckOutput(session, file));
  return session.files().WriteAtomically(file, bytes);
}

}  // namespace ameide::cli
