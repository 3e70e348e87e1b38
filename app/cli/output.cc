#include "app/cli/output.h"

#include <cerrno>
#include <cstdio>
#include <memory>
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
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  // What a link leads to is written, not the link; what is no file (a pipe, a device) takes the bytes as they
  // come.
  if (std::filesystem::is_regular_file(status)) {
    const std::filesystem::path real = std::filesystem::canonical(file, error);
    return session.files().WriteAtomically(error ? file : real, bytes);
  }
  if (!std::filesystem::exists(status) || std::filesystem::is_directory(status))
    return session.files().WriteAtomically(file, bytes);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "wb"), &std::fclose);
  const bool written = out != nullptr &&
                       std::fwrite(bytes.data(), 1, bytes.size(), out.get()) == bytes.size() &&
                       std::fflush(out.get()) == 0;
  if (written) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(file.string(), " cannot be written: ", std::generic_category().message(errno)));
}

}  // namespace ameide::cli
