// log, show, search, undo, redo
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;

struct LogArguments {
  std::string artifact;
  std::string since;
  std::string until;
  std::string author;
  size_t limit = 100;
  bool json = false;
};

absl::StatusOr<Exit> Log(Session& session, const LogArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  uaf::LogQuery query;
  query.author = arguments.author;
  query.limit = arguments.limit;
  if (!arguments.artifact.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact,
                            session.FindArtifact(*workspace, arguments.artifact));
    query.artifact = artifact.id;
  }
  if (!arguments.since.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(query.since, ParseTime(arguments.since));
  }
  if (!arguments.until.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(query.until, ParseTime(arguments.until));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::ChangeSetSummary> events, workspace->Log(query));
  if (arguments.json) {
    ordered_json list = ordered_json::array();
    for (const uaf::ChangeSetSummary& event : events) list.push_back(ToJson(event));
    session.console().Json({{"events", list}});
    return Exit::kSuccess;
  }
  for (const uaf::ChangeSetSummary& event : events) {
    session.console().Line(
        absl::StrCat(ShortId(event.id), "  ", LocalTime(event.time), "  ", event.author.name, "  ",
                     event.label, event.path.empty() ? "" : "  ", event.path,
                     event.commit.empty() ? "" : absl::StrCat("  [", event.commit.substr(0, 10), "]")));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Show(Session& session, const std::string& name, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::EventId id, session.FindEvent(*workspace, name));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::ChangeSet event, workspace->Show(id));
  const ordered_json described = ToJson(event);
  if (json) {
    session.console().Json(described);
    return Exit::kSuccess;
  }
  const Console& console = session.console();
  console.Line(absl::StrCat("event   ", uaf::FormatId(event.id)));
  console.Line(absl::StrCat("author  ", event.author.name, " <", event.author.email, ">, with ", event.tool));
  console.Line(absl::StrCat("time    ", LocalTime(event.wall_time)));
  if (!event.artifact.name.empty()) {
    const absl::StatusOr<uaf::Artifact> artifact = workspace->FindArtifact(event.artifact.name);
    console.Line(absl::StrCat("of      ", artifact.ok() ? artifact->path : event.artifact.name));
  }
  console.Line(absl::StrCat("\n", event.label, "\n"));
  const ordered_json& body = described["body"];
  if (!body.contains("ops")) {
    console.Line(absl::StrCat("  ", body.dump(-1, ' ', false, ordered_json::error_handler_t::replace)));
    return Exit::kSuccess;
  }
  for (const ordered_json& op : body["ops"]) {
    console.Line(absl::StrCat("  ", op.dump(-1, ' ', false, ordered_json::error_handler_t::replace)));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Search(Session& session, const std::string& text, size_t limit, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenUpToDate());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::SearchHit> hits, workspace->Search(text, limit));
  ordered_json list = ordered_json::array();
  for (const uaf::SearchHit& hit : hits) {
    if (json) {
      list.push_back({{"artifact", hit.artifact.name},
                      {"path", hit.path},
                      {"node", uaf::FormatId(hit.node)},
                      {"excerpt", hit.excerpt}});
    } else {
      std::string excerpt = hit.excerpt;
      std::replace(excerpt.begin(), excerpt.end(), '\n', ' ');
      session.console().Line(absl::StrCat(hit.path, ": ", excerpt));
    }
  }
  if (json) session.console().Json({{"hits", list}});
  return Exit::kSuccess;
}

// The artifact that is meant, without a name the one that was changed last.
absl::StatusOr<uaf::ArtifactId> ArtifactOrNewest(Session& session, const uaf::Workspace& workspace,
                                                 const std::string& name) {
  if (!name.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(workspace, name));
    return artifact.id;
  }
  uaf::LogQuery query;
  query.limit = 1;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::ChangeSetSummary> newest, workspace.Log(query));
  if (newest.empty()) return absl::FailedPreconditionError("nothing was changed in this workspace yet");
  return newest.front().artifact;
}

enum class Direction { kUndo, kRedo };

absl::StatusOr<Exit> Undo(Session& session, Direction direction, const std::string& name, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  // What another program saved in between is newer than what is to be undone.
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::WorkingFileNote> notes, workspace->SyncWorkingFiles());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::ArtifactId artifact, ArtifactOrNewest(session, *workspace, name));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::UndoReceipt done, direction == Direction::kUndo
                                                           ? workspace->Undo(artifact)
                                                           : workspace->Redo(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::WorkingFileNote> written,
                          workspace->FlushWorkingFile(artifact));
  notes.insert(notes.end(), written.begin(), written.end());
  PrintNotes(session.console(), notes);
  const bool undo = direction == Direction::kUndo;
  if (json) {
    session.console().Json({{"event", uaf::FormatId(done.receipt.event)},
                            {undo ? "undone" : "redone", done.label},
                            {"artifact", artifact.name},
                            {"ops", done.ops.size()}});
  } else {
    session.console().Line(absl::StrCat(undo ? "undone: " : "redone: ", done.label));
  }
  return Exit::kSuccess;
}

}  // namespace

void AddHistoryVerbs(CLI::App& app, Session& session) {
  const auto log_arguments = std::make_shared<LogArguments>();
  CLI::App* log = app.add_subcommand("log", "What was changed, when and by whom, newest first");
  log->add_option("ARTIFACT", log_arguments->artifact, "Path or id (default: the whole workspace)");
  log->add_option("--since", log_arguments->since, "A date or time, inclusive");
  log->add_option("--until", log_arguments->until, "A date or time, exclusive");
  log->add_option("--author", log_arguments->author, "Part of a name or e-mail");
  log->add_option("--limit", log_arguments->limit, "At most so many")->capture_default_str();
  log->add_flag("--json", log_arguments->json, "Print the result as JSON");
  log->callback([&session, log_arguments] { session.Finish(Log(session, *log_arguments)); });

  struct Arguments {
    std::string name;
    size_t limit = 100;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* show = app.add_subcommand("show", "One change in full");
  show->add_option("EVENT", arguments->name, "As log shows it")->required();
  show->add_flag("--json", arguments->json, "Print the result as JSON");
  show->callback([&session, arguments] { session.Finish(Show(session, arguments->name, arguments->json)); });

  CLI::App* search = app.add_subcommand("search", "Find names, values and text in all artifacts");
  search->add_option("TEXT", arguments->name, "Words; a trailing * matches beginnings")->required();
  search->add_option("--limit", arguments->limit, "At most so many")->capture_default_str();
  search->add_flag("--json", arguments->json, "Print the result as JSON");
  search->callback([&session, arguments] {
    session.Finish(Search(session, arguments->name, arguments->limit, arguments->json));
  });

  CLI::App* undo = app.add_subcommand("undo", "Take back the newest change made here");
  undo->add_option("ARTIFACT", arguments->name, "Path or id (default: the one changed last)");
  undo->add_flag("--json", arguments->json, "Print the result as JSON");
  undo->callback([&session, arguments] {
    session.Finish(Undo(session, Direction::kUndo, arguments->name, arguments->json));
  });

  CLI::App* redo = app.add_subcommand("redo", "Bring back what undo took back");
  redo->add_option("ARTIFACT", arguments->name, "Path or id (default: the one changed last)");
  redo->add_flag("--json", arguments->json, "Print the result as JSON");
  redo->callback([&session, arguments] {
    session.Finish(Undo(session, Direction::kRedo, arguments->name, arguments->json));
  });
}

}  // namespace ameide::cli
