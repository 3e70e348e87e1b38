// What Repository does with other repositories.
#include <algorithm>
#include <chrono>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/status.h"
#include "sync/git/handles.h"
#include "sync/git/program.h"
#include "sync/git/repository.h"
#include "sync/git/url.h"
#include "sync/git/write_mark.h"

namespace ameide::sync::git {
namespace {

// Tells progress at most ten times a second, and the end of each phase.
class ProgressTeller {
 public:
  explicit ProgressTeller(const Transfer& transfer) : transfer_(transfer) {}

  void Tell(std::string_view phase, uint64_t done, uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (!transfer_.progress || (done != total && now - last_ < std::chrono::milliseconds(100))) return;
    last_ = now;
    transfer_.progress(Progress{phase, done, total});
  }
  bool cancelled() const { return transfer_.cancel.stop_requested(); }

  // From git's own words: "Receiving objects:  42% (420/1000), 1.00 MiB".
  void TellLine(std::string_view line) {
    const size_t colon = line.find(':');
    const size_t open = line.find('(');
    const size_t slash = line.find('/', open == std::string_view::npos ? 0 : open);
    const size_t close = line.find(')', slash == std::string_view::npos ? 0 : slash);
    if (colon == std::string_view::npos || open == std::string_view::npos || close == std::string_view::npos)
      return;
    std::string_view phase = line.substr(0, colon);
    if (absl::StartsWith(std::string(phase), "remote: ")) phase.remove_prefix(8);
    Tell(phase, std::strtoull(std::string(line.substr(open + 1)).c_str(), nullptr, 10),
         std::strtoull(std::string(line.substr(slash + 1)).c_str(), nullptr, 10));
  }

 private:
  const Transfer& transfer_;
  std::chrono::steady_clock::time_point last_{};
};

struct Callbacks {
  ProgressTeller teller;
  std::string rejected;  // why the remote refused a branch
};

int OnReceived(const git_indexer_progress* stats, void* payload) {
  auto* callbacks = static_cast<Callbacks*>(payload);
  callbacks->teller.Tell("Receiving objects", stats->received_objects, stats->total_objects);
  return callbacks->teller.cancelled() ? GIT_EUSER : 0;
}

int OnSent(unsigned current, unsigned total, size_t, void* payload) {
  auto* callbacks = static_cast<Callbacks*>(payload);
  callbacks->teller.Tell("Writing objects", current, total);
  return callbacks->teller.cancelled() ? GIT_EUSER : 0;
}

int OnReferencePushed(const char*, const char* status, void* payload) {
  if (status != nullptr) static_cast<Callbacks*>(payload)->rejected = status;
  return 0;
}

// Without the git program only an ssh agent can answer for the user; each kind is tried once.
int OnCredentials(git_credential** out, const char*, const char* user, unsigned allowed, void*) {
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0)
    return git_credential_username_new(out, user != nullptr ? user : "git");
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0) {
    return git_credential_ssh_key_from_agent(out, user != nullptr ? user : "git");
  }
  git_error_set_str(GIT_ERROR_HTTP,
                    "the remote asks for a password; install the git program, whose credential "
                    "helpers can answer");
  return GIT_EAUTH;
}

git_remote_callbacks MakeCallbacks(Callbacks& callbacks) {
  git_remote_callbacks out = GIT_REMOTE_CALLBACKS_INIT;
  out.payload = &callbacks;
  out.transfer_progress = OnReceived;
  out.push_transfer_progress = OnSent;
  out.push_update_reference = OnReferencePushed;
  out.credentials = OnCredentials;
  return out;
}

absl::Status Diverged(const std::string& remote) {
  return absl::FailedPreconditionError(absl::StrCat(
      "'", remote, "' has commits that are not here yet; pull first, then push again. Nothing was sent"));
}

absl::StatusOr<std::string> RunForRemote(const std::vector<std::string>& arguments,
                                         const std::filesystem::path& folder, const Transfer& transfer) {
  ProgressTeller teller(transfer);
  ProgramOptions options;
  options.folder = folder;
  options.cancel = transfer.cancel;
  options.may_prompt = transfer.may_prompt;
  options.on_line = [&teller](std::string_view line) { teller.TellLine(line); };
  absl::StatusOr<std::string> output = RunGit(arguments, options);
  if (output.ok() || absl::IsCancelled(output.status())) return output;
  const std::string why(output.status().message());
  if (absl::StrContains(why, "Authentication failed") || absl::StrContains(why, "could not read Username") ||
      absl::StrContains(why, "could not read Password") || absl::StrContains(why, "Permission denied (")) {
    return absl::UnauthenticatedError(absl::StrCat(
        why, ". Log in once with the git program (git fetch), or set up a credential helper or ssh key"));
  }
  return output;
}

bool UsesGitProgram(RemoteKind kind) { return kind != RemoteKind::kFile && ProgramExists("git"); }

// A bare repository often names a first branch in HEAD that nobody ever pushed (`git init --bare` says
// "master"). A clone of it would be an empty folder: takes the only branch there is, else "main" or "master".
absl::Status CheckOutSomeBranch(const std::filesystem::path& folder) {
  const std::string prefix = "refs/remotes/origin/";
  Handle<git_repository> repository;
  Handle<git_reference_iterator> references;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_repository_open(Into(repository), folder.c_str()), "open the clone"));
  if (git_repository_head_unborn(repository.get()) != 1) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_reference_iterator_new(Into(references), repository.get()),
                                  "list the branches of the clone"));
  std::set<std::string> branches;
  const char* name = nullptr;
  while (git_reference_next_name(&name, references.get()) == 0) {
    if (absl::StartsWith(name, prefix)) branches.insert(name + prefix.size());
  }
  const std::string branch = branches.size() == 1          ? *branches.begin()
                             : branches.contains("main")   ? "main"
                             : branches.contains("master") ? "master"
                                                           : "";
  if (branch.empty()) return absl::OkStatus();
  const std::string doing = absl::StrCat("check out branch ", branch);
  const std::string local = absl::StrCat("refs/heads/", branch);
  git_oid commit;
  Handle<git_reference> made;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_reference_name_to_id(&commit, repository.get(), (prefix + branch).c_str()), doing));
  AMEIDE_RETURN_IF_ERROR(ToStatus(
      git_reference_create(Into(made), repository.get(), local.c_str(), &commit, 1, "clone"), doing));
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_branch_set_upstream(made.get(), absl::StrCat("origin/", branch).c_str()), doing));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_repository_set_head(repository.get(), local.c_str()), doing));
  git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
  options.checkout_strategy = GIT_CHECKOUT_FORCE;
  return ToStatus(git_checkout_head(repository.get(), &options), doing);
}

absl::Status CloneInto(const std::string& url, RemoteKind kind, const std::filesystem::path& folder,
                       const Transfer& transfer) {
  if (UsesGitProgram(kind)) {
    return RunForRemote({"clone", "--progress", "--", url, folder.string()}, folder.parent_path(), transfer)
        .status();
  }
  StartLibrary();
  Callbacks callbacks{ProgressTeller(transfer), ""};
  git_clone_options options = GIT_CLONE_OPTIONS_INIT;
  options.fetch_opts.callbacks = MakeCallbacks(callbacks);
  git_repository* repository = nullptr;
  const int code = git_clone(&repository, url.c_str(), folder.c_str(), &options);
  git_repository_free(repository);
  return ToStatus(code, absl::StrCat("clone ", WithoutCredentials(url)));
}

}  // namespace

absl::StatusOr<Repository> Repository::Clone(const std::string& url, const std::filesystem::path& folder,
                                             const Transfer& transfer) {
  AMEIDE_ASSIGN_OR_RETURN(const RemoteKind kind, ClassifyUrl(url));
  std::error_code error;
  const std::filesystem::path target = std::filesystem::absolute(folder, error).lexically_normal();
  if (std::filesystem::exists(target, error) && !std::filesystem::is_empty(target, error)) {
    return absl::AlreadyExistsError(
        absl::StrCat(target.string(), " exists and is not empty; choose another folder"));
  }
  std::string source = url;
  if (kind == RemoteKind::kFile && !absl::StartsWith(url, "file://")) {
    source = std::filesystem::absolute(url, error).lexically_normal().string();
    if (!std::filesystem::exists(source, error)) {
      return absl::NotFoundError(absl::StrCat("there is no repository at ", source));
    }
  }
  const std::filesystem::path wanted = target.filename().empty() ? target.parent_path() : target;
  const std::filesystem::path parent = wanted.parent_path();
  std::filesystem::create_directories(parent, error);
  const std::filesystem::path work =
      parent / absl::StrCat(".", wanted.filename().string(), ".clone-", HexEncode(SystemRandom().Bytes(6)));
  absl::Status cloned = CloneInto(source, kind, work, transfer);
  if (cloned.ok()) cloned = CheckOutSomeBranch(work);
  if (cloned.ok()) {
    std::filesystem::rename(work, wanted, error);
    if (!error) return Open(wanted);
    cloned = absl::InternalError(absl::StrCat("cannot create ", wanted.string(), ": ", error.message()));
  }
  std::filesystem::remove_all(work, error);
  return cloned;
}

namespace {

// From the configuration itself: libgit2's own look at remotes (1.5) loses memory with each entry that it
// passes over, and a status is asked for all day.
absl::StatusOr<std::set<std::string>> RemoteNames(git_repository* repository) {
  constexpr std::string_view kBegin = "remote.";
  constexpr std::string_view kEnd = ".url";
  Handle<git_config> config;
  Handle<git_config_iterator> entries;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_repository_config_snapshot(Into(config), repository), "read git's configuration"));
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_config_iterator_new(Into(entries), config.get()), "read git's configuration"));
  std::set<std::string> names;
  git_config_entry* entry = nullptr;
  while (git_config_next(&entry, entries.get()) == 0) {
    const std::string_view key = entry->name;
    if (key.size() > kBegin.size() + kEnd.size() && key.starts_with(kBegin) && key.ends_with(kEnd))
      names.emplace(key.substr(kBegin.size(), key.size() - kBegin.size() - kEnd.size()));
  }
  return names;
}

}  // namespace

absl::StatusOr<std::optional<std::string>> Repository::DefaultRemote() const {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> branch, Branch());
  if (branch) {
    const std::optional<std::string> followed = Config(absl::StrCat("branch.", *branch, ".remote"));
    if (followed && !followed->empty() && *followed != ".") return followed;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::set<std::string> remotes, RemoteNames(repository_.get()));
  if (remotes.empty()) return std::optional<std::string>();
  if (remotes.size() == 1) return std::optional<std::string>(*remotes.begin());
  return remotes.contains("origin") ? std::optional<std::string>("origin") : std::nullopt;
}

absl::StatusOr<std::string> Repository::RawRemoteUrl(const std::string& remote) const {
  std::optional<std::string> url = Config(absl::StrCat("remote.", remote, ".url"));
  if (!url) return absl::NotFoundError(absl::StrCat("there is no remote '", remote, "'"));
  return *std::move(url);
}

absl::StatusOr<std::string> Repository::RemoteUrl(const std::string& remote) const {
  AMEIDE_ASSIGN_OR_RETURN(const std::string url, RawRemoteUrl(remote));
  return WithoutCredentials(url);
}

absl::Status Repository::AddRemote(const std::string& remote, const std::string& url) {
  AMEIDE_RETURN_IF_ERROR(ClassifyUrl(url).status());
  Handle<git_remote> object;
  return ToStatus(git_remote_create(Into(object), repository_.get(), remote.c_str(), url.c_str()),
                  absl::StrCat("add the remote '", remote, "'"));
}

absl::StatusOr<std::optional<CommitId>> Repository::RemoteHead(const std::string& remote,
                                                               const std::string& branch) const {
  git_oid id;
  const std::string name = absl::StrCat("refs/remotes/", remote, "/", branch);
  const int code = git_reference_name_to_id(&id, repository_.get(), name.c_str());
  // What can be no branch's name is none.
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return std::optional<CommitId>();
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("read branch ", branch, " of '", remote, "'")));
  return std::optional<CommitId>(CommitId{Hex(id)});
}

absl::Status Repository::Fetch(const std::string& remote, const Transfer& transfer) {
  const WriteMark mark = MarkWriting();
  AMEIDE_ASSIGN_OR_RETURN(const std::string url, RawRemoteUrl(remote));
  absl::StatusOr<RemoteKind> kind = ClassifyUrl(url);
  // A password that stands in the configuration was put there by its owner: it works, and is never shown.
  if (!kind.ok() && !absl::StrContains(url, "://")) return kind.status();
  if (!kind.ok()) kind = RemoteKind::kHttp;
  if (UsesGitProgram(*kind)) {
    return RunForRemote({"fetch", "--progress", "--", remote}, folder(), transfer).status();
  }
  Handle<git_remote> object;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_remote_lookup(Into(object), repository_.get(), remote.c_str()), "find the remote"));
  Callbacks callbacks{ProgressTeller(transfer), ""};
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  options.callbacks = MakeCallbacks(callbacks);
  return ToStatus(git_remote_fetch(object.get(), nullptr, &options, "fetch"),
                  absl::StrCat("fetch from '", remote, "' (", WithoutCredentials(url), ")"));
}

absl::Status Repository::Push(const std::string& remote, const Transfer& transfer) {
  const WriteMark mark = MarkWriting();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> branch, Branch());
  if (!branch)
    return absl::FailedPreconditionError("HEAD is on no branch; switch to one with git before pushing");
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CommitId> head, Head());
  if (!head) return absl::FailedPreconditionError("there is no commit to push yet; commit first");
  AMEIDE_ASSIGN_OR_RETURN(const std::string url, RawRemoteUrl(remote));
  const absl::StatusOr<RemoteKind> kind = ClassifyUrl(url);
  const std::string reference = absl::StrCat("refs/heads/", *branch, ":refs/heads/", *branch);
  if (UsesGitProgram(kind.ok() ? *kind : RemoteKind::kHttp)) {
    const absl::Status sent =
        RunForRemote({"push", "--progress", "--", remote, reference}, folder(), transfer).status();
    if (!sent.ok() && (absl::StrContains(sent.message(), "(fetch first)") ||
                       absl::StrContains(sent.message(), "(non-fast-forward)"))) {
      return Diverged(remote);
    }
    AMEIDE_RETURN_IF_ERROR(sent);
    return FollowBranch(remote, *branch);
  }
  Handle<git_remote> object;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_remote_lookup(Into(object), repository_.get(), remote.c_str()), "find the remote"));
  Callbacks callbacks{ProgressTeller(transfer), ""};
  git_push_options options = GIT_PUSH_OPTIONS_INIT;
  options.callbacks = MakeCallbacks(callbacks);
  std::string specification = reference;
  char* references[] = {specification.data()};
  const git_strarray list = {references, 1};
  const int code = git_remote_push(object.get(), &list, &options);
  if (code == GIT_ENONFASTFORWARD) return Diverged(remote);
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(code, absl::StrCat("push to '", remote, "' (", WithoutCredentials(url), ")")));
  if (!callbacks.rejected.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("'", remote, "' refused branch ", *branch, ": ",
                                                      WithoutCredentials(callbacks.rejected)));
  }
  return FollowBranch(remote, *branch);
}

absl::Status Repository::FollowBranch(const std::string& remote, const std::string& branch) {
  const std::string key = absl::StrCat("branch.", branch);
  if (Config(absl::StrCat(key, ".remote"))) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(SetConfig(absl::StrCat(key, ".remote"), remote));
  return SetConfig(absl::StrCat(key, ".merge"), absl::StrCat("refs/heads/", branch));
}

}  // namespace ameide::sync::git
