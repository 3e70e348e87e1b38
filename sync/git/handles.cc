#include "sync/git/handles.h"

#include "absl/strings/str_cat.h"
#include "sync/git/url.h"

namespace ameide::sync::git {

void StartLibrary() {
  // Never shut down: handles may live until the process ends.
  static const bool started = [] {
    git_libgit2_init();
    // A commit that was reported must survive a power cut.
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    return true;
  }();
  static_cast<void>(started);
}

absl::Status ToStatus(int code, const std::string& doing) {
  if (code >= 0) return absl::OkStatus();
  const git_error* error = git_error_last();
  const std::string reason =
      error != nullptr && error->message != nullptr ? error->message : "no reason given";
  const std::string text = absl::StrCat("cannot ", doing, ": ", WithoutCredentials(reason));
  switch (code) {
    case GIT_ENOTFOUND:
    case GIT_EUNBORNBRANCH:
      return absl::NotFoundError(text);
    case GIT_EEXISTS:
      return absl::AlreadyExistsError(text);
    case GIT_EINVALIDSPEC:
    case GIT_EAMBIGUOUS:
      return absl::InvalidArgumentError(text);
    case GIT_EAUTH:
    case GIT_ECERTIFICATE:
      return absl::UnauthenticatedError(text);
    case GIT_EUSER:
      return absl::CancelledError("cancelled; nothing has changed");
    case GIT_ELOCKED:
      return absl::AbortedError(
          absl::StrCat(text, "; another git command is at work here: try again when it has ended"));
    case GIT_EMODIFIED:
      return absl::AbortedError(absl::StrCat(text, "; try again"));
    case GIT_EOWNER:
      return absl::FailedPreconditionError(
          absl::StrCat(text, "; if you trust it: git config --global --add safe.directory FOLDER"));
    case GIT_ECONFLICT:
    case GIT_EBAREREPO:
    case GIT_ENONFASTFORWARD:
    case GIT_EUNMERGED:
    case GIT_EUNCOMMITTED:
      return absl::FailedPreconditionError(text);
    default:
      break;
  }
  if (error != nullptr && error->klass == GIT_ERROR_OS) return absl::UnavailableError(text);
  if (error != nullptr && (error->klass == GIT_ERROR_NET || error->klass == GIT_ERROR_SSH ||
                           error->klass == GIT_ERROR_HTTP || error->klass == GIT_ERROR_SSL)) {
    return absl::UnavailableError(text);
  }
  return absl::InternalError(text);
}

std::string Hex(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1] = {};
  git_oid_tostr(text, sizeof text, &id);
  return text;
}

absl::Status ParseHex(const std::string& hex, git_oid& id) {
  if (hex.size() != GIT_OID_HEXSZ || git_oid_fromstr(&id, hex.c_str()) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("'", hex, "' is not the id of a commit"));
  }
  return absl::OkStatus();
}

}  // namespace ameide::sync::git
