#include "app/cli/session.h"

#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "app/cli/describe.h"
#include "app/cli/version.h"
#include "base/platform/paths.h"
#include "base/status.h"
#include "notation/formats/formats.h"
#include "sync/branches.h"
#include "sync/commits.h"
#include "sync/sync.h"

namespace ameide::cli {

Session::Session() = default;
Session::~Session() = default;

const uaf::document::FormatRegistry& Session::formats() {
  if (formats_ == nullptr) formats_ = MakeFormats();
  return *formats_;
}

std::filesystem::path Session::folder() const {
  std::error_code error;
  return std::filesystem::current_path(error);
}

absl::StatusOr<std::filesystem::path> Session::Root() const { return uaf::Workspace::FindRoot(folder()); }

absl::StatusOr<uaf::WorkspaceOptions> Session::Options(const std::filesystem::path& root) {
  AMEIDE_ASSIGN_OR_RETURN(const ProfilePaths profile, CurrentProfile());
  uaf::WorkspaceOptions options;
  options.root = root;
  options.profile = profile.data;
  options.sockets = profile.runtime;
  options.actor = sync::ActorFor(root, kTool);
  options.clock = &clock_;
  options.random = &random_;
  options.files = &files_;
  options.formats = &formats();
  options.resolver = sync::ResolverFor(root);
  options.checked_out = sync::CheckedOutIn(root);
  options.commits = sync::CommitsOf(root);
  options.committed_before = sync::CommittedBefore(root);
  options.ignored = sync::IgnoredBy(root);
  return options;
}

absl::StatusOr<std::unique_ptr<uaf::Workspace>> Session::OpenForReading() {
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path root, Root());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, Options(root));
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> workspace = uaf::Workspace::OpenReadOnly(options);
  // A fresh clone has a log but no store yet; the first to come builds it.
  if (absl::IsNotFound(workspace.status())) return uaf::Workspace::OpenShared(options);
  return workspace;
}

absl::StatusOr<std::unique_ptr<uaf::Workspace>> Session::OpenForWriting() {
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path root, Root());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, Options(root));
  return uaf::Workspace::OpenShared(options);
}

absl::StatusOr<std::unique_ptr<uaf::Workspace>> Session::OpenAbsorbed() {
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<uaf::Workspace> workspace, OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::WorkingFileNote> notes, workspace->SyncWorkingFiles());
  PrintNotes(console_, notes);
  return workspace;
}

absl::StatusOr<std::unique_ptr<uaf::Workspace>> Session::OpenUpToDate() {
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> workspace = OpenForWriting();
  if (!workspace.ok()) return OpenForReading();
  AMEIDE_RETURN_IF_ERROR((*workspace)->SyncWorkingFiles().status());
  return workspace;
}

absl::StatusOr<uaf::Artifact> Session::FindArtifact(const uaf::Workspace& workspace,
                                                    const std::string& name) const {
  std::error_code error;
  const std::filesystem::path root = std::filesystem::weakly_canonical(workspace.root(), error);
  const std::filesystem::path here = std::filesystem::weakly_canonical(folder(), error);
  const std::string inside = (here / name).lexically_normal().lexically_relative(root).generic_string();
  if (!inside.empty() && !absl::StartsWith(inside, "..")) {
    absl::StatusOr<uaf::Artifact> found = workspace.FindArtifact(inside);
    if (found.ok() || !absl::IsNotFound(found.status())) return found;
  }
  return workspace.FindArtifact(name);
}

absl::StatusOr<uaf::EventId> Session::FindEvent(const uaf::Workspace& workspace,
                                                const std::string& text) const {
  const size_t colon = text.rfind(':');
  uint64_t seq = 0;
  if (colon == std::string::npos || colon == 0 || !absl::SimpleAtoi(text.substr(colon + 1), &seq)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not an event; write it as `ameide log` shows it, like 3f2a9c1d:12"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut cut, workspace.CurrentCut());
  std::vector<uaf::StreamId> streams;
  for (const auto& [stream, last] : cut.heads) {
    if (absl::StartsWith(stream.name, text.substr(0, colon)) && seq >= 1 && seq <= last)
      streams.push_back(stream);
  }
  if (streams.empty()) return absl::NotFoundError(absl::StrCat("there is no event ", text));
  if (streams.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(text, " names several events; give more digits"));
  }
  return uaf::EventId{streams.front(), seq};
}

sync::git::Transfer Session::Transfer() {
  sync::git::Transfer transfer;
  transfer.may_prompt = console_.interactive();
  transfer.progress = [this](const sync::git::Progress& progress) {
    console_.Progress(progress.phase, progress.done, progress.total);
  };
  return transfer;
}

void Session::Finish(const absl::StatusOr<Exit>& outcome, Exit on_error) {
  console_.EndProgress();
  if (outcome.ok()) {
    exit_ = *outcome;
    return;
  }
  console_.Error(outcome.status());
  exit_ = on_error;
}

}  // namespace ameide::cli
