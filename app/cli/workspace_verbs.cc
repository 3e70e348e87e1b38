// init, clone, import, status, export
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "app/cli/collect.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/hash.h"
#include "base/status.h"
#include "sync/place.h"
#include "sync/sync.h"
#include "uaf/store/new_file_check.h"
#include "uaf/store/workspace_files.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using std::filesystem::path;

absl::StatusOr<Exit> Init(Session& session, const std::string& folder, bool json) {
  std::error_code error;
  const path root = std::filesystem::absolute(folder.empty() ? "." : folder, error).lexically_normal();
  AMEIDE_RETURN_IF_ERROR(session.files().CreateFolders(root));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, session.Options(root));
  AMEIDE_ASSIGN_OR_RETURN(const sync::InitReport report, sync::Initialize(options));
  if (json) {
    session.console().Json(
        {{"workspace", report.root.string()}, {"made_repository", report.made_repository}});
  } else {
    session.console().Line(absl::StrCat("made a workspace in ", report.root.string(),
                                        report.made_repository ? ", with a git repository" : ""));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Clone(Session& session, const std::string& url, const std::string& folder, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const sync::CloneReport report, sync::Clone(url, folder, session.Transfer()));
  session.console().EndProgress();
  if (report.is_workspace) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, session.Options(report.folder));
    AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, uaf::Workspace::Open(options));
    AMEIDE_RETURN_IF_ERROR(sync::TakeInClone(*workspace));
  }
  if (json) {
    session.console().Json({{"folder", report.folder.string()}, {"workspace", report.is_workspace}});
  } else {
    session.console().Line(absl::StrCat("cloned into ", report.folder.string()));
    if (!report.is_workspace) {
      session.console().Note("it is no workspace yet; make it one with: ameide init " +
                             report.folder.string());
    }
  }
  return Exit::kSuccess;
}

// The files to import: those named, and for folders all below that a notation claims.
absl::StatusOr<std::vector<path>> FilesToImport(Session& session, const std::vector<std::string>& names) {
  std::vector<path> out;
  for (const std::string& name : names) {
    std::error_code error;
    const path file = std::filesystem::absolute(name, error).lexically_normal();
    if (!std::filesystem::is_directory(file, error)) {
      out.push_back(file);
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> below,
                            FilesBelow(session.formats(), file.string()));
    out.insert(out.end(), below.begin(), below.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

absl::StatusOr<uaf::Receipt> ImportOne(Session& session, uaf::Workspace& workspace, const path& file,
                                       std::string& imported_as) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return absl::NotFoundError("there is no such file");
  const path root = std::filesystem::weakly_canonical(workspace.root(), error);
  const path real = std::filesystem::weakly_canonical(file.parent_path(), error) / file.filename();
  std::string inside = real.lexically_relative(root).generic_string();
  if (!absl::StartsWith(inside, "..")) {
    imported_as = inside;
    return workspace.Import(inside);
  }
  // From elsewhere: a copy where the user stands.
  const path here = std::filesystem::weakly_canonical(session.folder(), error);
  imported_as = (here / file.filename()).lexically_relative(root).generic_string();
  if (session.files().Exists(root / imported_as)) {
    return absl::AlreadyExistsError(absl::StrCat(imported_as, " is there already; rename one of them"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(file, kLargestArtifact));
  return workspace.Create(imported_as, bytes, absl::StrCat("Import ", file.filename().string()));
}

absl::StatusOr<Exit> Import(Session& session, const std::vector<std::string>& names, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<path> files, FilesToImport(session, names));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  ordered_json imported = ordered_json::array();
  Exit exit = Exit::kSuccess;
  for (const path& file : files) {
    std::string as;
    const absl::StatusOr<uaf::Receipt> receipt = ImportOne(session, *workspace, file, as);
    if (!receipt.ok()) {
      session.console().Error(
          absl::StrCat("cannot import ", file.string(), ": ", std::string(receipt.status().message())));
      // A file that cannot be taken is a finding about it; a missing one is wrong usage.
      const Exit one = absl::IsInvalidArgument(receipt.status()) ? Exit::kFinding : Exit::kError;
      exit = std::max(exit, one);
      continue;
    }
    if (json) {
      imported.push_back(
          {{"path", as}, {"event", uaf::FormatId(receipt->event)}, {"repeated", receipt->repeated}});
    } else {
      session.console().Line(absl::StrCat("imported ", as));
    }
  }
  if (json) session.console().Json({{"imported", imported}});
  return exit;
}

// Every artifact, by path, with where it stands.
absl::StatusOr<ordered_json> ListArtifacts(const uaf::Workspace& workspace,
                                           const std::vector<uaf::Artifact>& artifacts) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::lifecycle::State state, workspace.Lifecycle());
  ordered_json list = ordered_json::array();
  for (const uaf::Artifact& artifact : artifacts) {
    list.push_back({{"path", artifact.path},
                    {"artifact", artifact.id.name},
                    {"format", artifact.format},
                    {"state", state.StandingOf(artifact.id).state},
                    {"head", uaf::FormatId(artifact.head)},
                    {"changed", FormatTime(artifact.changed)},
                    {"author", artifact.changed_by.name}});
    if (!artifact.read_only_because.empty()) list.back()["read_only_because"] = artifact.read_only_because;
  }
  return list;
}

// Why a commit would not take a new file; OK when it would.
absl::Status CheckNewFile(Session& session, const uaf::NewFileCheck& check, const path& root,
                          const std::string& file) {
  AMEIDE_RETURN_IF_ERROR(check.Check(file));
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(root / file, kLargestArtifact));
  return session.formats().ForFile(file, FileHead(bytes)).Accept(bytes).status();
}

// Of the files that git calls new, those that no commit takes, and why.
std::map<std::string, std::string> LeftAlone(Session& session, const uaf::Workspace& workspace,
                                             const sync::StatusReport& report,
                                             const std::vector<uaf::Artifact>& artifacts) {
  std::set<std::string> known;
  for (const uaf::Artifact& artifact : artifacts) known.insert(artifact.path);
  const uaf::NewFileCheck check(workspace.root(), artifacts);
  std::map<std::string, std::string> left;
  for (const sync::git::ChangedPath& change : report.changes) {
    if (change.change != sync::git::PathChange::kAdded || known.contains(change.path)) continue;
    if (sync::IsHidden(change.path)) continue;
    const absl::Status status = CheckNewFile(session, check, workspace.root(), change.path);
    if (!status.ok()) left.emplace(change.path, status.message());
  }
  return left;
}

ordered_json StatusJson(const uaf::Workspace& workspace, const sync::StatusReport& report,
                        const std::map<std::string, std::string>& left, size_t artifacts) {
  ordered_json out = {{"workspace", workspace.root().string()}, {"artifacts", artifacts}};
  out["branch"] = report.branch ? ordered_json(*report.branch) : ordered_json(nullptr);
  out["head"] = report.head ? ordered_json(report.head->hex) : ordered_json(nullptr);
  out["remote"] = report.remote ? ordered_json(*report.remote) : ordered_json(nullptr);
  if (report.remote) out["remote_url"] = report.remote_url;
  out["ahead"] = report.apart ? ordered_json(report.apart->ahead) : ordered_json(nullptr);
  out["behind"] = report.apart ? ordered_json(report.apart->behind) : ordered_json(nullptr);
  out["uncommitted_events"] = report.unsealed_events;
  out["changes"] = ordered_json::array();
  for (const sync::git::ChangedPath& change : report.changes) {
    out["changes"].push_back(ToJson(change));
    if (const auto why = left.find(change.path); why != left.end())
      out["changes"].back()["cannot_be_taken"] = why->second;
  }
  out["pending"] = report.pending;
  out["forked_streams"] = report.forked;
  return out;
}

void PrintStatus(const Console& console, const sync::StatusReport& report,
                 const std::map<std::string, std::string>& left, size_t artifacts) {
  console.Line(absl::StrCat(
      "on branch ", report.branch.value_or("(none)"),
      report.head ? absl::StrCat(" at ", ShortId(*report.head)) : std::string(", no commit yet")));
  if (report.apart) {
    console.Line(absl::StrCat("to ", *report.remote, ": ", report.apart->ahead, " ahead, ",
                              report.apart->behind, " behind"));
  } else if (report.remote) {
    console.Line(
        absl::StrCat("remote ", *report.remote, " (", report.remote_url, ") has no such branch yet"));
  }
  console.Line(absl::StrCat(artifacts, " artifact", artifacts == 1 ? "" : "s", ", ", report.unsealed_events,
                            " recorded change", report.unsealed_events == 1 ? "" : "s", " not committed"));
  for (const sync::git::ChangedPath& change : report.changes) {
    const auto why = left.find(change.path);
    console.Line(
        absl::StrCat("  ", std::string(Name(change.change)), "  ", uaf::ReadableName(change.path),
                     why == left.end() ? "" : "  cannot be taken: ", why == left.end() ? "" : why->second));
  }
  for (const std::string& pending : report.pending)
    console.Line(absl::StrCat("  not written yet  ", pending));
  for (const std::string& stream : report.forked) {
    console.Line(absl::StrCat("  two copies of a workspace wrote stream ", stream,
                              ": both are kept; `ameide doctor` says what to do"));
  }
}

absl::StatusOr<Exit> Status(Session& session, bool all, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const sync::StatusReport report, sync::GetStatus(*workspace));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace->Artifacts());
  const std::map<std::string, std::string> left = LeftAlone(session, *workspace, report, artifacts);
  ordered_json list = ordered_json::array();
  if (all) {
    AMEIDE_ASSIGN_OR_RETURN(list, ListArtifacts(*workspace, artifacts));
  }
  if (json) {
    ordered_json out = StatusJson(*workspace, report, left, artifacts.size());
    if (all) out["list"] = list;
    session.console().Json(out);
    return Exit::kSuccess;
  }
  PrintStatus(session.console(), report, left, artifacts.size());
  for (const ordered_json& one : list) {
    session.console().Line(absl::StrCat("  ", one["path"].get<std::string>(), "  ",
                                        one["format"].get<std::string>(), "  ",
                                        one["state"].get<std::string>()));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Export(Session& session, const std::string& name, const std::string& when,
                            const std::string& output, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, name));
  std::optional<uaf::Cut> cut;
  if (!when.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(cut, workspace->ResolveCut(when));
  }
  const absl::StatusOr<std::string> bytes = workspace->Render(artifact.id, cut);
  if (absl::IsNotFound(bytes.status())) {
    return absl::NotFoundError(absl::StrCat(artifact.path, " did not exist at ", when, "; `ameide log ",
                                            artifact.path, "` shows since when it does"));
  }
  AMEIDE_RETURN_IF_ERROR(bytes.status());
  const bool to_file = !output.empty() && output != "-";
  if (to_file) AMEIDE_RETURN_IF_ERROR(WriteOutput(session, output, *bytes));
  if (json) {
    ordered_json out = {{"path", artifact.path},
                        {"artifact", artifact.id.name},
                        {"sha256", Sha256(*bytes).Hex()},
                        {"size", bytes->size()}};
    if (to_file) out["file"] = output;
    if (!to_file) out["base64"] = absl::Base64Escape(*bytes);
    session.console().Json(out);
  } else if (!to_file) {
    session.console().Bytes(*bytes);
  }
  return Exit::kSuccess;
}

}  // namespace

void AddWorkspaceVerbs(CLI::App& app, Session& session) {
  struct Arguments {
    std::string folder;
    std::string url;
    std::vector<std::string> files;
    std::string artifact;
    std::string when;
    std::string output;
    bool all = false;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* init = app.add_subcommand("init", "Make a folder a workspace, in a git repository");
  init->add_option("DIR", arguments->folder, "The folder; made where it is missing (default: here)");
  init->add_flag("--json", arguments->json, "Print the result as JSON");
  init->callback(
      [&session, arguments] { session.Finish(Init(session, arguments->folder, arguments->json)); });

  CLI::App* clone = app.add_subcommand("clone", "Copy a workspace from another repository");
  clone->add_option("URL", arguments->url, "Its address: https, ssh, or a path")->required();
  clone->add_option("DIR", arguments->folder, "The new folder")->required();
  clone->add_flag("--json", arguments->json, "Print the result as JSON");
  clone->callback([&session, arguments] {
    session.Finish(Clone(session, arguments->url, arguments->folder, arguments->json));
  });

  CLI::App* import = app.add_subcommand("import", "Take files into the workspace as artifacts");
  import->add_option("FILE", arguments->files, "Files, or folders for all models and texts below")
      ->required();
  import->add_flag("--json", arguments->json, "Print the result as JSON");
  import->callback(
      [&session, arguments] { session.Finish(Import(session, arguments->files, arguments->json));
});

CLI::App* status = app.add_subcommand("status", "Branch, distance from the remote, what is not committed");
status->add_flag("--artifacts", arguments->all, "List every artifact with its notation and state");
status->add_flag("--json", arguments->json, "Print the result as JSON");
status->callback([&session, arguments] { session.Finish(Status(session, arguments->all, arguments->json)); });

CLI::App* exported = app.add_subcommand("export", "Write an artifact as it is now or was at some time");
exported->add_option("ARTIFACT", arguments->artifact, "Path or id")->required();
exported->add_option("--at", arguments->when, "A time, event, revision, commit or branch (default: now)");
exported->add_option("-o,--output", arguments->output, "The file to write (default: standard output)");
exported->add_flag("--json", arguments->json, "Print what was written, or the bytes in base 64, as JSON");
exported->callback([&session, arguments] {
  session.Finish(Export(session, arguments->artifact, arguments->when, arguments->output, arguments->json));
});
}  // namespace ameide::cli

}  // namespace ameide::cli
