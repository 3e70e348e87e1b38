#include "sync/git/url.h"

#include "absl/strings/str_cat.h"

namespace ameide::sync::git {
namespace {

// `user:password@host/…` → the part in front of the last '@' of the authority; empty when there is none.
std::string_view UserPart(std::string_view after_scheme) {
  const std::string_view authority = after_scheme.substr(0, after_scheme.find_first_of("/?# \t\r\n'\""));
  const size_t at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view() : authority.substr(0, at);
}

}  // namespace

absl::StatusOr<RemoteKind> ClassifyUrl(std::string_view url) {
  if (url.empty() || url.front() == '-') {
    return absl::InvalidArgumentError(
        "the address of a remote repository must not be empty or begin with '-'");
  }
  for (const char c : url) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return absl::InvalidArgumentError("the address of a remote repository holds a control character");
    }
  }
  const size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::string_view scheme = url.substr(0, scheme_end);
    if (scheme == "file") return RemoteKind::kFile;
    const std::string_view user = UserPart(url.substr(scheme_end + 3));
    if (user.find(':') != std::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the address ", WithoutCredentials(url),
          " holds a password; leave it out: git's credential helper asks for it and keeps it safe"));
    }
    if (scheme == "https" || scheme == "http") return RemoteKind::kHttp;
    if (scheme == "ssh") return RemoteKind::kSsh;
    return absl::InvalidArgumentError(
        absl::StrCat("the transport of ", WithoutCredentials(url), " is not served; use https, ssh or file"));
  }
  const size_t colon = url.find(':');
  if (colon != std::string_view::npos && colon < url.find('/')) {
    if (url.substr(colon, 2) == "::") {
      return absl::InvalidArgumentError(
          absl::StrCat("the transport of ", std::string(url), " is not served; use https, ssh or file"));
    }
    return RemoteKind::kSsh;  // host:path, as scp writes it
  }
  return RemoteKind::kFile;
}

std::string WithoutCredentials(std::string_view text) {
  std::string out;
  for (;;) {
    const size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) break;
    out.append(text.substr(0, scheme_end + 3));
    text.remove_prefix(scheme_end + 3);
    const std::string_view user = UserPart(text);
    if (!user.empty()) text.remove_prefix(user.size() + 1);
  }
  out.append(text);
  return out;
}

}  // namespace ameide::sync::git
