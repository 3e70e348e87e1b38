// history export, history import, pack, redact
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/add_verb.h"
#include "app/cli/output.h"
#include "app/cli/verbs.h"
#include "base/status.h"

namespace ameide::cli {
namespace {

struct ArchiveArguments {
  std::string file;
  std::string folder;
  std::string event;
  std::string reason;
  uint64_t least = 8;
  bool json = false;
};

absl::StatusOr<Exit> Export(Session& session, const ArchiveArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  const std::filesystem::path file = session.folder() / arguments.file;
  AMEIDE_RETURN_IF_ERROR(CheckOutput(session, file));
  AMEIDE_RETURN_IF_ERROR(workspace->ExportHistory(file));
  if (arguments.json) {
    session.console().Json({{"file", file.string()}});
  } else {
    session.console().Line(absl::StrCat("the whole history is in ", file.string()));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Import(Session& session, const ArchiveArguments& arguments) {
  const std::filesystem::path root = (session.folder() / arguments.folder).lexically_normal();
  AMEIDE_ASSIGN_OR_RETURN(const uaf::WorkspaceOptions options, session.Options(root));
  AMEIDE_RETURN_IF_ERROR(uaf::Workspace::ImportHistory(options, session.folder() / arguments.file));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace,
                          uaf::Workspace::OpenShared(options));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts, workspace->Artifacts());
  if (arguments.json) {
    session.console().Json({{"workspace", root.string()}, {"artifacts", artifacts.size()}});
  } else {
    session.console().Line(
        absl::StrCat("made a workspace in ", root.string(), " with ", artifacts.size(), " artifacts"));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Pack(Session& session, const ArchiveArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uint64_t packed, workspace->PackSegments(arguments.least));
  if (arguments.json) {
    session.console().Json({{"packed", packed}});
  } else {
    session.console().Line(absl::StrCat("packed ", packed, " segments; the next commit holds the pack"));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Redact(Session& session, const ArchiveArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::EventId event, session.FindEvent(*workspace, arguments.event));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Redact(event, arguments.reason));
  if (arguments.json) {
    session.console().Json({{"redacted", uaf::FormatId(event)}, {"event", uaf::FormatId(receipt.event)}});
  } else {
    session.console().Line(absl::StrCat("the values of ", uaf::FormatId(event), " are gone from the log"));
    session.console().Note(
        "git's older commits and other people's copies still hold them; rewriting those is git's matter");
  }
  return Exit::kSuccess;
}

}  // namespace

void AddArchiveVerbs(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<ArchiveArguments>();
  CLI::App* history = app.add_subcommand("history", "The whole history as one file");
  history->require_subcommand(1);
  CLI::App* save = AddVerb(*history, "export", "Write it", session, arguments, Export);
  save->add_option("FILE", arguments->file, "Where to")->required();
  CLI::App* load = AddVerb(*history, "import", "Make a workspace of it", session, arguments, Import);
  load->add_option("FILE", arguments->file, "What export wrote")->required();
  load->add_option("DIR", arguments->folder, "A folder that is no workspace yet; without: this one");
  CLI::App* pack =
      AddVerb(app, "pack", "Put many small segments of the log into few files", session, arguments, Pack);
  pack->add_option("--least", arguments->least, "How many segments in a row are worth a pack")
      ->check(CLI::Range(uint64_t{2}, uint64_t{1000000}));
  CLI::App* redact = AddVerb(app, "redact", "Take the values of a change out of the log for good", session,
                             arguments, Redact);
  redact->add_option("EVENT", arguments->event, "As log shows it")->required();
  redact->add_option("--reason", arguments->reason, "Why, for everybody who asks later")->required();
}

}  // namespace ameide::cli
