// doctor
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "app/cli/backend_client.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/platform/paths.h"
#include "base/status.h"
#include "sync/log_in_commits.h"
#include "sync/place.h"
#include "sync/sync.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::document::Finding;
using uaf::document::Severity;

// Collects what was checked, prints it, and knows the outcome.
class Checks {
 public:
  void Good(const std::string& name, const std::string& message) { Add(name, "ok", message); }
  void Warning(const std::string& name, const std::string& message) { Add(name, "warning", message); }
  void Bad(const std::string& name, const std::string& message) {
    Add(name, "error", message);
    exit_ = Exit::kFinding;
  }
  // Each finding as a check that failed; without errors and warnings, `good` is told.
  void Findings(const std::string& name, const std::vector<Finding>& findings, const std::string& good) {
    bool sound = true;
    for (const Finding& finding : findings) {
      if (finding.severity == Severity::kError) {
        Bad(name, finding.message);
      } else if (finding.severity == Severity::kWarning) {
        Warning(name, finding.message);
      } else {
        Good(name, finding.message);
      }
      list_.back()["rule"] = finding.rule;
      sound = sound && finding.severity == Severity::kInfo;
    }
    if (sound) Good(name, good);
  }

  Exit Print(const Console& console, bool json) const {
    if (json) {
      console.Json({{"checks", list_}});
      return exit_;
    }
    for (const ordered_json& check : list_) {
      console.Line(absl::StrCat(check["state"].get<std::string>(), "  ", check["check"].get<std::string>(),
                                ": ", check["message"].get<std::string>(),
                                check.contains("rule") ? " [" + check["rule"].get<std::string>() + "]" : ""));
    }
    return exit_;
  }

 private:
  void Add(const std::string& name, const char* state, const std::string& message) {
    list_.push_back({{"check", name}, {"state", state}, {"message", message}});
  }

  ordered_json list_ = ordered_json::array();
  Exit exit_ = Exit::kSuccess;
};

// Files of the log that are not in the folder, and of them those that git has in none of its commits.
struct Missing {
  std::set<std::string> all;
  std::set<std::string> lost;
};

absl::StatusOr<Missing> FindMissing(const uaf::Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> all, workspace.MissingLogFiles());
  AMEIDE_ASSIGN_OR_RETURN(const sync::Place place, sync::FindPlace(workspace.root()));
  Missing missing{{all.begin(), all.end()}, {}};
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<sync::git::CommitId> head, place.repository.Head());
  std::vector<std::string> asked;
  for (const std::string& path : all) {
    const absl::StatusOr<bool> held =
        head ? place.repository.IsPlainFile(*head, place.InRepository(path)) : absl::StatusOr<bool>(false);
    // Not there though what is checked out has it: somebody removed it.
    if (held.ok() && !*held)
      asked.push_back(path);
    else
      missing.lost.insert(path);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> nowhere,
                          sync::NotInCommits(std::move(asked), place));
  missing.lost.insert(nowhere.begin(), nowhere.end());
  return missing;
}

// What git took out of the folder with a switch, a revert or a reset comes back by itself: only what nobody
// has any more is an error.
void ForgiveGit(const uaf::Workspace& workspace, Checks& checks, std::vector<Finding>& findings) {
  const auto about_missing = [](const Finding& finding) { return finding.rule == "segment/missing"; };
  if (std::none_of(findings.begin(), findings.end(), about_missing)) return;
  const absl::StatusOr<Missing> missing = FindMissing(workspace);
  if (!missing.ok() || missing->all.size() == missing->lost.size()) return;
  const auto names = [](const Finding& finding, const std::set<std::string>& paths) {
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return finding.message.find(path) != std::string::npos;
    });
  };
  std::erase_if(findings, [&](const Finding& finding) {
    return about_missing(finding) && names(finding, missing->all) && !names(finding, missing->lost);
  });
  for (const std::string& path : missing->lost) {
    Finding finding;
    finding.severity = Severity::kError;
    finding.rule = "segment/missing";
    finding.message = absl::StrCat(path, " was removed; restore it from git");
    if (std::none_of(findings.begin(), findings.end(),
                     [&](const Finding& each) { return names(each, {path}); }))
      findings.push_back(std::move(finding));
  }
  checks.Good("store",
              absl::StrCat(missing->all.size() - missing->lost.size(),
                           " files of the log are not in what git has checked out, but in other commits; "
                           "opening the workspace for writing brings back what belongs here"));
}

// False when an error was found; warnings leave the log sound.
bool CheckStore(const uaf::Workspace& workspace, Checks& checks) {
  absl::StatusOr<std::vector<Finding>> findings = workspace.Verify();
  if (!findings.ok()) {
    checks.Bad("store", std::string(findings.status().message()));
    return false;
  }
  ForgiveGit(workspace, checks, *findings);
  checks.Findings(
      "store", *findings,
      "database, events, chains, segments, signatures, blobs, snapshots and projections are sound");
  return std::none_of(findings->begin(), findings->end(),
                      [](const Finding& finding) { return finding.severity == Severity::kError; });
}

// False, and said, where git has another branch checked out than the one that the store is at.
bool IsOnBranchOf(const uaf::Workspace& workspace, const uaf::WorkspaceOptions& options, Checks& checks) {
  const std::optional<uaf::CheckedOut> out = options.checked_out ? options.checked_out() : std::nullopt;
  const absl::StatusOr<std::string> branch = workspace.CurrentBranch();
  if (!out || !branch.ok() || out->branch == *branch) return true;
  checks.Good("working files",
              absl::StrCat("git has ", out->branch, " checked out, the store is at ", *branch,
                           "; it follows when the workspace is opened for writing"));
  return false;
}

void CheckFiles(const uaf::Workspace& workspace, Checks& checks) {
  const absl::StatusOr<std::vector<uaf::Artifact>> artifacts = workspace.Artifacts();
  if (!artifacts.ok()) return checks.Bad("working files", std::string(artifacts.status().message()));
  size_t differing = 0;
  const auto files = sync::FilesOf(*artifacts);
  for (const uaf::Artifact& artifact : *artifacts) {
    if (!artifact.read_only_because.empty()) {
      checks.Warning("working files",
                     absl::StrCat(artifact.path, " is read-only: ", artifact.read_only_because));
      continue;  // its file is the commit's, neither taken in nor written
    }
    const absl::StatusOr<std::string> rendered = workspace.Render(artifact.id);
    if (!rendered.ok()) {
      checks.Bad("working files",
                 absl::StrCat(artifact.path, ": ", std::string(rendered.status().message())));
      continue;
    }
    // It waits for a decision about its path, and has no file until then.
    const auto owner = files.find(artifact.path);
    if (owner == files.end() || owner->second != &artifact) continue;
    const absl::StatusOr<std::string> file =
        PosixFileSystem().Read(workspace.root() / artifact.path, kLargestArtifact);
    if (!file.ok() || *file != *rendered) {
      ++differing;
      checks.Warning(
          "working files",
          absl::StrCat(
              artifact.path,
              file.ok() ? std::string(" differs from the store; it will be absorbed when the "
                                      "workspace is opened for writing")
              : absl::IsNotFound(file.status())
                  ? absl::StrCat(" is missing and will count as removed; to keep it run `ameide export ",
                                 artifact.path, " -o ", artifact.path, "`")
                  : absl::StrCat(": ", std::string(file.status().message()))));
    }
  }
  if (differing == 0)
    checks.Good("working files", absl::StrCat(artifacts->size(), " artifacts, all as in the store"));
}

// Files of the log that no commit holds, or that are other than in the commit. In a `sound` log nobody but
// Ameide has rewritten any.
void CheckLogInGit(const std::filesystem::path& root, bool sound, Checks& checks) {
  const absl::StatusOr<sync::Place> place = sync::FindPlace(root);
  if (!place.ok()) return checks.Warning("git", std::string(place.status().message()));
  const auto changes = place->repository.WorkingChanges(place->Folder());
  if (!changes.ok()) return checks.Bad("git", std::string(changes.status().message()));
  size_t uncommitted = 0;
  size_t rewritten = 0;
  for (const sync::git::ChangedPath& change : *changes) {
    const std::string path = place->InWorkspace(change.path);
    if (!path.starts_with(".uaf/log/") && !path.starts_with(".uaf/blobs/") && !path.starts_with(".uaf/keys/"))
      continue;
    if (change.change == sync::git::PathChange::kAdded) {
      ++uncommitted;
    } else if (sound && !path.starts_with(".uaf/keys/")) {
      ++rewritten;
    } else {
      checks.Bad("git",
                 absl::StrCat(path, " was ", std::string(Name(change.change)),
                              " since the last commit, but the log is only ever added to; restore it with "
                              "`git checkout -- ",
                              path, "`"));
    }
  }
  if (uncommitted > 0) {
    checks.Good("git", absl::StrCat(uncommitted,
                                    " files of the log are in no commit yet; `ameide commit` on the branch "
                                    "that they belong to takes them along"));
  }
  if (rewritten > 0) {
    checks.Good("git",
                absl::StrCat(rewritten,
                             " files of the log were redacted or packed since the last commit; `ameide "
                             "commit` takes that along"));
  }
}

void CheckGit(const std::filesystem::path& root, bool sound, Checks& checks) {
  const absl::StatusOr<sync::StatusReport> status = sync::GetStatus(root);
  if (!status.ok()) {
    checks.Bad("git", std::string(status.status().message()));
    return;
  }
  checks.Good("git",
              status->branch ? absl::StrCat("on branch ", *status->branch) : std::string("on no branch"));
  CheckLogInGit(root, sound, checks);
  const absl::StatusOr<sync::git::Repository> repository = sync::git::Repository::Open(root);
  if (!repository.ok()) return;
  const absl::StatusOr<sync::git::Identity> author = repository->Author();
  if (author.ok()) {
    checks.Good("author", absl::StrCat(author->name, " <", author->email, ">"));
  } else {
    checks.Warning("author", std::string(author.status().message()));
  }
}

// The private key must be nobody else's to read.
void CheckDeviceKey(Checks& checks) {
  const absl::StatusOr<ProfilePaths> profile = CurrentProfile();
  if (!profile.ok()) return checks.Bad("key", std::string(profile.status().message()));
  const std::filesystem::path path = profile->data / "keys" / "device.key";
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    return checks.Good("key", "this device has none yet; it gets one when it is needed");
  }
  constexpr auto kOthers = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  if (!std::filesystem::is_regular_file(status)) {
    checks.Bad("key", absl::StrCat(path.string(), " is no file; move it away, a new key is made"));
  } else if ((status.permissions() & kOthers) != std::filesystem::perms::none) {
    checks.Bad("key",
               absl::StrCat(path.string(), " may be read by others; run `chmod 600 ", path.string(), "`"));
  } else {
    checks.Good("key", "this device's key is readable by you alone");
  }
}

void CheckDisk(const std::filesystem::path& root, Checks& checks) {
  constexpr uintmax_t kMebibyte = 1 << 20;
  constexpr uintmax_t kLittle = 100 * kMebibyte;
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(root, error);
  if (error) return checks.Warning("disk", absl::StrCat(root.string(), ": ", error.message()));
  const std::string left =
      absl::StrCat(space.available / kMebibyte, " MiB are free where the workspace lies");
  if (space.available == 0)
    return checks.Bad("disk", "the disk is full: nothing can be recorded; free some space");
  if (space.available < kLittle) return checks.Warning("disk", left + "; free some space");
  checks.Good("disk", left);
}

void CheckLock(const std::filesystem::path& root, Checks& checks) {
  const absl::StatusOr<std::unique_ptr<FileLock>> lock =
      FileLock::TryLock(root / ".uaf" / "lock", "ameide doctor");
  if (lock.ok()) return checks.Good("lock", "no program has the workspace open");
  if (absl::IsFailedPrecondition(lock.status()))
    return checks.Good("lock", std::string(lock.status().message()));
  checks.Warning("lock", std::string(lock.status().message()));
}

void CheckBackend(Checks& checks) {
  const absl::StatusOr<std::unique_ptr<connection::Connection>> connection =
      ConnectToBackend(StartBackend::kNever);
  if (connection.ok()) {
    checks.Good("backend", "running and answering");
  } else if (absl::IsUnavailable(connection.status())) {
    checks.Good("backend", "not running; it starts when it is needed");
  } else {
    checks.Bad("backend", std::string(connection.status().message()));
  }
}

// A store that cannot be read is set aside, and the log gives a new one.
absl::StatusOr<std::unique_ptr<uaf::Workspace>> Rebuilt(Session& session, const std::filesystem::path& root,
                                                        Checks& checks) {
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> opened = session.OpenForWriting();
  absl::Status status = opened.status();
  if (status.ok()) status = (*opened)->Rebuild();
  if (status.ok()) {
    checks.Good("rebuild", "every projection was rebuilt from the events");
    return opened;
  }
  if (!absl::IsDataLoss(status)) return status;
  opened = absl::CancelledError();  // closed before it is moved
  AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, session.Options(root));
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path aside, uaf::Workspace::SetStoreAside(options));
  checks.Warning(
      "rebuild",
      absl::StrCat("the store was damaged (", std::string(status.message()),
                   "); a new one was built from .uaf/log, the damaged one is kept in ", aside.string(),
                   ". Edits that no commit held are in the files, but no longer one by one"));
  return session.OpenForWriting();
}

absl::StatusOr<Exit> Doctor(Session& session, bool rebuild, bool json) {
  Checks checks;
  bool sound = false;
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path root, session.Root());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, session.Options(root));
  {
    std::unique_ptr<uaf::Workspace> workspace;
    if (rebuild) {
      AMEIDE_ASSIGN_OR_RETURN(workspace, Rebuilt(session, root, checks));
    } else {
      absl::StatusOr<std::unique_ptr<uaf::Workspace>> opened = session.OpenForReading();
      if (opened.ok()) {
        workspace = *std::move(opened);
      } else {
        checks.Bad("store", std::string(opened.status().message()));
      }
    }
    if (workspace != nullptr) {
      sound = CheckStore(*workspace, checks);
      if (IsOnBranchOf(*workspace, options, checks)) CheckFiles(*workspace, checks);
    }
  }
  checks.Findings("folder", uaf::Workspace::VerifyFolder(options), "nothing in .uaf is out of place");
  CheckLock(root, checks);
  CheckDeviceKey(checks);
  CheckDisk(root, checks);
  CheckGit(root, sound, checks);
  CheckBackend(checks);
  return checks.Print(session.console(), json);
}

}  // namespace

void AddDoctorVerb(CLI::App& app, Session& session) {
  struct Arguments {
    bool rebuild = false;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* doctor = app.add_subcommand("doctor", "Check store, signatures, files, keys, git and backend");
  doctor->add_flag("--rebuild", arguments->rebuild, "First rebuild every projection from the events");
  doctor->add_flag("--json", arguments->json, "Print the result as JSON");
  doctor->callback(
      [&session, arguments] { session.Finish(Doctor(session, arguments->rebuild, arguments->json)); });
}

}  // namespace ameide::cli
