#include "sync/git/repository.h"

#include <cstdlib>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "sync/git/handles.h"
#include "sync/git/write_mark.h"

namespace ameide::sync::git {
namespace {

// A value of the account's own configuration; empty when it is not set.
std::string AccountConfig(const char* key) {
  Handle<git_config> config;
  Buffer value;
  if (git_config_open_default(Into(config)) != 0) return "";
  return git_config_get_string_buf(value.get(), config.get(), key) == 0 ? value.text() : "";
}

std::string InitialBranch() {
  const std::string branch = AccountConfig("init.defaultbranch");
  return branch.empty() ? "main" : branch;
}

std::string FromEnvironment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

void Repository::Close::operator()(git_repository* repository) const { git_repository_free(repository); }

Repository::Repository(Repository&&) noexcept = default;
Repository& Repository::operator=(Repository&&) noexcept = default;
Repository::~Repository() = default;

absl::StatusOr<Repository> Repository::Open(const std::filesystem::path& folder) {
  StartLibrary();
  git_repository* repository = nullptr;
  const int code = git_repository_open_ext(&repository, folder.c_str(), 0, nullptr);
  if (code == GIT_ENOTFOUND) {
    // Some releases of libgit2 call one that belongs to another user not found.
    git_buf there = {};
    const bool found = git_repository_discover(&there, folder.c_str(), 0, nullptr) == 0;
    git_buf_dispose(&there);
    if (found) {
      return absl::FailedPreconditionError(absl::StrCat(
          "git does not use the repository of ", folder.string(),
          ", because it belongs to another user; if you trust it: git config --global --add safe.directory ",
          folder.string()));
    }
  }
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("open the git repository of ", folder.string())));
  Repository opened(repository);
  if (git_repository_is_bare(repository) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder.string(), " is a bare git repository, without a working folder; clone it instead"));
  }
  return opened;
}

absl::StatusOr<Repository> Repository::Create(const std::filesystem::path& folder) {
  StartLibrary();
  const std::string branch = InitialBranch();
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = branch.c_str();
  git_repository* repository = nullptr;
  const int code = git_repository_init_ext(&repository, folder.c_str(), &options);
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("make a git repository in ", folder.string())));
  return Repository(repository);
}

std::filesystem::path Repository::folder() const {
  std::string path = git_repository_workdir(repository_.get());
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::filesystem::path Repository::git_folder() const { return git_repository_path(repository_.get()); }

WriteMark Repository::MarkWriting() const {
  return WriteMark(git_repository_path(repository_.get()), git_repository_commondir(repository_.get()));
}

std::optional<std::string> Repository::Config(const std::string& key) const {
  Handle<git_config> config;
  Handle<git_config> snapshot;
  Buffer value;
  if (git_repository_config(Into(config), repository_.get()) != 0) return std::nullopt;
  if (git_config_get_string_buf(value.get(), config.get(), key.c_str()) != 0) return std::nullopt;
  return value.text();
}

absl::Status Repository::SetConfig(const std::string& key, const std::string& value) {
  Handle<git_config> config;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_repository_config(Into(config), repository_.get()), "read git's configuration"));
  return ToStatus(git_config_set_string(config.get(), key.c_str(), value.c_str()),
                  absl::StrCat("set ", key, " in git's configuration"));
}

Identity AccountIdentity() {
  StartLibrary();
  Identity identity{FromEnvironment("GIT_AUTHOR_NAME"), FromEnvironment("GIT_AUTHOR_EMAIL")};
  if (identity.name.empty()) identity.name = AccountConfig("user.name");
  if (identity.email.empty()) identity.email = AccountConfig("user.email");
  return identity;
}

absl::StatusOr<Identity> Repository::Author() const {
  Identity identity{FromEnvironment("GIT_AUTHOR_NAME"), FromEnvironment("GIT_AUTHOR_EMAIL")};
  if (identity.name.empty()) identity.name = Config("user.name").value_or("");
  if (identity.email.empty()) identity.email = Config("user.email").value_or("");
  if (identity.name.empty() || identity.email.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("git does not know who you are (no ", identity.name.empty() ? "user.name" : "user.email",
                     "). Tell it once:\n  git config --global user.name \"Your Name\"\n"
                     "  git config --global user.email you@example.com\n"
                     "or for this repository alone without --global, in ",
                     folder().string()));
  }
  return identity;
}

absl::StatusOr<std::optional<CommitId>> Repository::Head() const {
  git_oid id;
  const int code = git_reference_name_to_id(&id, repository_.get(), "HEAD");
  if (code == GIT_ENOTFOUND || code == GIT_EUNBORNBRANCH) return std::optional<CommitId>();
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("read HEAD of ", folder().string())));
  return std::optional<CommitId>(CommitId{Hex(id)});
}

absl::StatusOr<std::optional<std::string>> Repository::Branch() const {
  Handle<git_reference> head;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_reference_lookup(Into(head), repository_.get(), "HEAD"), "read HEAD"));
  const char* target = git_reference_symbolic_target(head.get());
  constexpr std::string_view kBranches = "refs/heads/";
  if (target == nullptr || std::string_view(target).substr(0, kBranches.size()) != kBranches) {
    return std::optional<std::string>();
  }
  return std::optional<std::string>(target + kBranches.size());
}

absl::StatusOr<CommitId> Repository::Resolve(const std::string& name) const {
  Handle<git_object> object;
  Handle<git_object> commit;
  const std::string doing = absl::StrCat("find the commit '", name, "'");
  const int found = git_revparse_single(Into(object), repository_.get(), name.c_str());
  // A file of the index, which libgit2 has no words for; and what is a file or a folder of a commit.
  if (found == GIT_ERROR && name.starts_with(':'))
    return absl::InvalidArgumentError(absl::StrCat("cannot ", doing, ": it names a file"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(found, doing));
  const int peeled = git_object_peel(Into(commit), object.get(), GIT_OBJECT_COMMIT);
  if (peeled == GIT_EPEEL || peeled == GIT_EINVALIDSPEC)
    return absl::InvalidArgumentError(absl::StrCat("cannot ", doing, ": it names a file or a folder"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(peeled, doing));
  return CommitId{Hex(*git_object_id(commit.get()))};
}

absl::StatusOr<bool> Repository::Ignored(const std::string& path) const {
  int ignored = 0;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_ignore_path_is_ignored(&ignored, repository_.get(), path.c_str()),
                                  absl::StrCat("ask git whether it ignores ", path)));
  return ignored != 0;
}

}  // namespace ameide::sync::git
