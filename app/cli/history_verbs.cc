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
  std::string element;
  std::string after;
  size_t limit = 100;
  bool sessions = false;
  bool json = false;
};

// A node with this id, or, where none is there, the last one that there was.
struct Identified {
  std::optional<uaf::NodeId> node;
  std::string removed_with;  // the element that was removed with it inside; empty: itself, or it is there
};

std::string IdOf(const uaf::document::Document& document, uaf::document::NodeIndex node) {
  for (const char* name : {"id", "identifier"}) {
    if (std::optional<std::string> id = document.attribute(node, name)) return *std::move(id);
  }
  return {};
}

Identified FindById(const uaf::document::Document& document, const std::string& id) {
  using uaf::document::kDocumentNode;
  using uaf::document::kNoNode;
  for (const uaf::document::NodeIndex node : document.Descendants(kDocumentNode)) {
    if (document.attribute(node, "id") == id || document.attribute(node, "identifier") == id)
      return {document.id(node), {}};
  }
  Identified found;
  for (const uaf::document::NodeIndex node : document.EverBelow(kDocumentNode)) {
    if (document.attribute(node, "id") != id && document.attribute(node, "identifier") != id) continue;
    found = {document.id(node), {}};
    uaf::document::NodeIndex top = node;
    for (auto above = document.parent(top); above != kNoNode && document.InTrash(above);
         above = document.parent(above))
      top = above;
    if (top != node) found.removed_with = IdOf(document, top);
  }
  return found;
}

// The one artifact, removed ones included, that has or had an element of this id.
absl::StatusOr<uaf::ArtifactId> ArtifactThatHad(const uaf::Workspace& workspace, const std::string& id) {
  std::optional<uaf::ArtifactId> found;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Artifact> artifacts,
                          workspace.Artifacts(/*with_retired=*/true));
  for (const uaf::Artifact& artifact : artifacts) {
    if (artifact.kind != uaf::document::TreeKind::kXml) continue;
    AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace.Load(artifact.id));
    if (!FindById(document, id).node) continue;
    if (found) {
      return absl::InvalidArgumentError(
          absl::StrCat("several artifacts had an element ", id, "; name the one that is meant"));
    }
    found = artifact.id;
  }
  if (found) return *found;
  return absl::NotFoundError(
      absl::StrCat("no artifact has or had an element ", id, "; `ameide search` finds elements"));
}

// The node with this id in the artifact, or, where none is named, in the one artifact that has it or had it
// last; or a node by its own name.
absl::Status FindElement(const uaf::Workspace& workspace, const Console& console, const std::string& id,
                         uaf::LogQuery& query) {
  if (!query.artifact) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::SearchHit> hits,
                            workspace.Search(absl::StrCat("\"", id, "\"")));
    for (const uaf::SearchHit& hit : hits) {
      if (hit.element != id) continue;
      if (query.artifact && *query.artifact != hit.artifact) {
        return absl::InvalidArgumentError(
            absl::StrCat("several artifacts have an element ", id, "; name the one that is meant"));
      }
      query.artifact = hit.artifact;
    }
    if (!query.artifact) {
      AMEIDE_ASSIGN_OR_RETURN(query.artifact, ArtifactThatHad(workspace, id));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace.Load(*query.artifact));
  const Identified found = FindById(document, id);
  if (found.node) {
    query.node = found.node;
    if (!found.removed_with.empty()) {
      console.Note(absl::StrCat("note: ", id, " was removed with ", found.removed_with,
                                ", which held it; `ameide log --element ", found.removed_with,
                                "` tells when and by whom"));
    }
    return absl::OkStatus();
  }
  const absl::StatusOr<uaf::NodeId> node = uaf::ParseNodeId(id);
  if (!node.ok() || !document.Find(*node)) {
    return absl::NotFoundError(
        absl::StrCat("the artifact has and had no element ", id, "; `ameide search` finds elements"));
  }
  query.node = *node;
  return absl::OkStatus();
}

std::string_view KindOf(uaf::TimelineEntry::Kind kind) {
  using enum uaf::TimelineEntry::Kind;
  switch (kind) {
    case kSession:
      return "session";
    case kRevision:
      return "revision";
    case kReview:
      return "review";
    case kApproval:
      return "approval";
    case kPromotion:
      return "promotion";
    case kPublication:
      return "publication";
    case kBranch:
      return "branch";
  }
  return "session";
}

ordered_json SessionJson(const uaf::TimelineEntry& entry) {
  ordered_json artifacts = ordered_json::array();
  for (const uaf::TimelineEntry::Changed& changed : entry.artifacts) {
    artifacts.push_back(
        {{"artifact", changed.artifact.name}, {"path", changed.path}, {"changes", changed.changes}});
  }
  return {{"kind", KindOf(entry.kind)},
          {"begin", FormatTime(entry.begin)},
          {"end", FormatTime(entry.end)},
          {"author", entry.author.name},
          {"email", entry.author.email},
          {"changes", entry.changes},
          {"labels", entry.labels},
          {"artifacts", artifacts},
          {"commits", entry.commits},
          {"newest", uaf::FormatId(entry.newest)},
          {"oldest", uaf::FormatId(entry.oldest)}};
}

absl::StatusOr<Exit> Sessions(const uaf::Workspace& workspace, const uaf::LogQuery& log,
                              const Console& console, bool json) {
  const uaf::TimelineQuery query{log.artifact, log.node,  log.since, log.until,
                                 log.author,   log.limit, log.after};
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::TimelineEntry> entries, workspace.Timeline(query));
  if (json) {
    ordered_json list = ordered_json::array();
    for (const uaf::TimelineEntry& entry : entries) list.push_back(SessionJson(entry));
    console.Json({{"sessions", list}});
    return Exit::kSuccess;
  }
  for (const uaf::TimelineEntry& entry : entries) {
    const bool session = entry.kind == uaf::TimelineEntry::Kind::kSession;
    std::string line =
        absl::StrCat(ShortId(entry.newest), "  ", LocalTime(entry.begin), "  ", entry.author.name, "  ");
    if (session) {
      absl::StrAppend(&line, entry.changes, entry.changes == 1 ? " change" : " changes");
      for (const uaf::TimelineEntry::Changed& changed : entry.artifacts)
        absl::StrAppend(&line, "  ", changed.path);
    } else {
      absl::StrAppend(&line, std::string(KindOf(entry.kind)), ": ",
                      entry.labels.empty() ? "" : entry.labels.front());
    }
    for (const std::string& commit : entry.commits) absl::StrAppend(&line, "  [", commit.substr(0, 10), "]");
    console.Line(line);
    if (!session) continue;
    for (const std::string& label : entry.labels) console.Line(absl::StrCat("            ", label));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Log(Session& session, const LogArguments& arguments) {
  // What touched an element is looked up in an index, which must be up to date.
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace,
                          arguments.element.empty() ? session.OpenForReading() : session.OpenUpToDate());
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
  if (!arguments.element.empty()) {
    AMEIDE_RETURN_IF_ERROR(FindElement(*workspace, session.console(), arguments.element, query));
  }
  if (!arguments.after.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(query.after, session.FindEvent(*workspace, arguments.after));
  }
  if (arguments.sessions) return Sessions(*workspace, query, session.console(), arguments.json);
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

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// `userTask "Check stock" (Task_1)`, as far as it has them.
std::string ElementText(const std::string& type, const std::string& name, const std::string& element) {
  std::string text = type;
  if (!name.empty()) absl::StrAppend(&text, text.empty() ? "" : " ", "\"", OneLine(name), "\"");
  if (!element.empty()) absl::StrAppend(&text, text.empty() ? "" : " ", "(", OneLine(element), ")");
  return text;
}

absl::StatusOr<Exit> Search(Session& session, const std::string& text, size_t limit, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenUpToDate());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::SearchHit> hits, workspace->Search(text, limit));
  ordered_json list = ordered_json::array();
  for (const uaf::SearchHit& hit : hits) {
    if (json) {
      ordered_json marks = ordered_json::array();
      for (const uaf::SearchHit::Range& mark : hit.marks) marks.push_back({mark.begin, mark.end});
      list.push_back({{"artifact", hit.artifact.name},
                      {"path", hit.path},
                      {"node", uaf::FormatId(hit.node)},
                      {"element", hit.element},
                      {"name", hit.name},
                      {"type", hit.type},
                      {"excerpt", hit.excerpt},
                      {"marks", marks}});
      continue;
    }
    const std::string element = ElementText(hit.type, hit.name, hit.element);
    const bool said = hit.excerpt == hit.name || hit.excerpt == hit.element;
    session.console().Line(absl::StrCat(hit.path, ": ", element, element.empty() || said ? "" : ": ",
                                        said ? "" : OneLine(hit.excerpt)));
  }
  if (json) session.console().Json({{"hits", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Uses(Session& session, const std::string& element, size_t limit, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenUpToDate());
  AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::Reference> references, workspace->ReferencesTo(element));
  if (references.size() > limit) references.resize(limit);
  ordered_json list = ordered_json::array();
  for (const uaf::Reference& reference : references) {
    if (json) {
      list.push_back({{"artifact", reference.artifact.name},
                      {"path", reference.path},
                      {"node", uaf::FormatId(reference.node)},
                      {"element", reference.element},
                      {"name", reference.name},
                      {"type", reference.type},
                      {"attribute", reference.attribute},
                      {"layout", reference.layout}});
      if (reference.link) {
        list.back()["link"] = uaf::FormatId(*reference.link);
        list.back()["link_type"] = reference.link_type;
      }
      continue;
    }
    const std::string by = reference.link                ? absl::StrCat("link ", reference.link_type)
                           : reference.attribute.empty() ? std::string("text")
                                                         : reference.attribute;
    session.console().Line(absl::StrCat(
        reference.path, ": ", ElementText(reference.type, reference.name, reference.element), ": ", by));
  }
  if (json) session.console().Json({{"references", list}});
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
  log->add_option("--element", log_arguments->element,
                  "Only what touched the element of this id, or something in it");
  log->add_flag("--sessions", log_arguments->sessions,
                "Sessions of work and milestones instead of single changes");
  log->add_option("--after", log_arguments->after,
                  "Only what is listed behind this event, to go on from there");
  log->add_option("--limit", log_arguments->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  log->add_flag("--json", log_arguments->json, "Print the result as JSON");
  log->callback([&session, log_arguments] { session.Finish(Log(session, *log_arguments)); });

  struct Arguments {
    std::string name;
    size_t limit = 100;
    bool uses = false;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* show = app.add_subcommand("show", "One change in full");
  show->add_option("EVENT", arguments->name, "As log shows it")->required();
  show->add_flag("--json", arguments->json, "Print the result as JSON");
  show->callback([&session, arguments] { session.Finish(Show(session, arguments->name, arguments->json)); });

  CLI::App* search = app.add_subcommand("search", "Find names, values and text in all artifacts");
  search->add_option("TEXT", arguments->name, "Words, the last one also as a beginning; \"a phrase\"")
      ->required();
  search->add_flag("--uses", arguments->uses, "List where the element with the id TEXT (or PATH#ID) is used");
  search->add_option("--limit", arguments->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  search->add_flag("--json", arguments->json, "Print the result as JSON");
  search->callback([&session, arguments] {
    session.Finish(arguments->uses ? Uses(session, arguments->name, arguments->limit, arguments->json)
                                   : Search(session, arguments->name, arguments->limit, arguments->json));
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
