// doctor
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "app/cli/backend_client.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
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

  Exit Print(const Console& console, bool json) const {
    if (json) {
      console.Json({{"checks", list_}});
      return exit_;
    }
    for (const ordered_json& check : list_) {
      console.Line(absl::StrCat(check["state"].get<std::string>(), "  ", check["check"].get<std::string>(),
                                ": ", check["message"].get<std::string>()));
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

void CheckStore(const uaf::Workspace& workspace, Checks& checks) {
  const absl::StatusOr<std::vector<Finding>> findings = workspace.Verify();
  if (!findings.ok()) {
    checks.Bad("store", std::string(findings.status().message()));
    return;
  }
  for (const Finding& finding : *findings) {
    const std::string message = absl::StrCat(finding.message, " [", finding.rule, "]");
    finding.severity == Severity::kError ? checks.Bad("store", message) : checks.Warning("store", message);
  }
  if (findings->empty())
    checks.Good("store", "database, chains, signatures, blobs and projections are sound");
}

void CheckFiles(const uaf::Workspace& workspace, Checks& checks) {
  const absl::StatusOr<std::vector<uaf::Artifact>> artifacts = workspace.Artifacts();
  if (!artifacts.ok()) {
    checks.Bad("working files", std::string(artifacts.status().message()));
    return;
  }
  size_t differing = 0;
  for (const uaf::Artifact& artifact : *artifacts) {
    if (!artifact.read_only_because.empty()) {
      checks.Warning("working files",
                     absl::StrCat(artifact.path, " is read-only: ", artifact.read_only_because));
    }
    const absl::StatusOr<std::string> file =
        PosixFileSystem().Read(workspace.root() / artifact.path, kLargestArtifact);
    const absl::StatusOr<std::string> rendered = workspace.Render(artifact.id);
    if (!rendered.ok()) {
      checks.Bad("working files",
                 absl::StrCat(artifact.path, ": ", std::string(rendered.status().message())));
    } else if (!file.ok() || *file != *rendered) {
      ++differing;
      checks.Warning("working files",
                     absl::StrCat(artifact.path, file.ok() ? " differs from the store; it will be "
                                                             "absorbed when the workspace is opened"
                                                           : " is missing"));
    }
  }
  if (differing == 0)
    checks.Good("working files", absl::StrCat(artifacts->size(), " artifacts, all as in the store"));
}

void CheckGit(const std::filesystem::path& root, Checks& checks) {
  const absl::StatusOr<sync::StatusReport> status = sync::GetStatus(root);
  if (!status.ok()) {
    checks.Bad("git", std::string(status.status().message()));
    return;
  }
  checks.Good("git",
              status->branch ? absl::StrCat("on branch ", *status->branch) : std::string("on no branch"));
  const absl::StatusOr<sync::git::Repository> repository = sync::git::Repository::Open(root);
  if (!repository.ok()) return;
  const absl::StatusOr<sync::git::Identity> author = repository->Author();
  if (author.ok()) {
    checks.Good("author", absl::StrCat(author->name, " <", author->email, ">"));
  } else {
    checks.Warning("author", std::string(author.status().message()));
  }
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
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path root, session.Root());
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
    CheckStore(*workspace, checks);
    CheckFiles(*workspace, checks);
  }
  CheckGit(root, checks);
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
  CLI::App* doctor = app.add_subcommand("doctor", "Check store, signatures, working files, git and backend");
  doctor->add_flag("--rebuild", arguments->rebuild, "First rebuild every projection from the events");
  doctor->add_flag("--json", arguments->json, "Print the result as JSON");
  doctor->callback(
      [&session, arguments] { session.Finish(Doctor(session, arguments->rebuild, arguments->json)); });
}

}  // namespace ameide::cli
