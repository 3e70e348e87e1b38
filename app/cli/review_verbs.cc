// review, comment, tag, link
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/cli/add_verb.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using namespace uaf::lifecycle;

struct Arguments {
  std::string artifact;
  std::string other;  // a second artifact, a comment, a request, a name
  std::string text;
  std::string element;
  std::string verdict;
  std::string when;
  std::string type;
  std::vector<std::string> reviewers;
  bool all = false;
  bool move = false;
  bool reopen = false;
  bool json = false;
};

using Workspace = std::unique_ptr<uaf::Workspace>;

std::string PathOf(const uaf::Workspace& workspace, const uaf::ArtifactId& artifact) {
  if (artifact.name.empty()) return {};
  const absl::StatusOr<uaf::Artifact> found = workspace.FindArtifact(artifact.name);
  return found.ok() ? found->path : artifact.name;
}

// Only what belongs to the named artifact; everything where none is named.
absl::StatusOr<std::optional<uaf::ArtifactId>> Wanted(Session& session, const uaf::Workspace& workspace,
                                                      const std::string& name) {
  if (name.empty()) return std::optional<uaf::ArtifactId>();
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(workspace, name));
  return std::optional<uaf::ArtifactId>(artifact.id);
}

// A node by the value of its `id` attribute, or by its own id.
absl::StatusOr<uaf::NodeId> FindNode(const uaf::Workspace& workspace, const uaf::Artifact& artifact,
                                     const std::string& name) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace.Load(artifact.id));
  if (const absl::StatusOr<uaf::NodeId> id = uaf::ParseNodeId(name); id.ok()) return *id;
  for (const uaf::document::NodeIndex node : document.Descendants(uaf::document::kDocumentNode)) {
    if (document.attribute(node, "id") == name) return document.id(node);
  }
  return absl::NotFoundError(absl::StrCat(artifact.path, " has no element with the id `", name, "`"));
}

// What a node is called by its `id` attribute; empty where it is gone or has none.
std::string ElementOf(const uaf::Workspace& workspace, const uaf::ArtifactId& artifact,
                      const uaf::NodeId& id) {
  const absl::StatusOr<uaf::document::Document> document = workspace.Load(artifact);
  if (!document.ok()) return {};
  const std::optional<uaf::document::NodeIndex> node = document->Find(id);
  return node ? document->attribute(*node, "id").value_or("") : std::string();
}

// ARTIFACT or ARTIFACT#ELEMENT.
absl::StatusOr<uaf::LinkEnd> FindEnd(Session& session, const uaf::Workspace& workspace,
                                     const std::string& text) {
  const size_t hash = text.rfind('#');
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact,
                          session.FindArtifact(workspace, text.substr(0, hash)));
  uaf::LinkEnd end{artifact.id, std::nullopt};
  if (hash == std::string::npos) return end;
  AMEIDE_ASSIGN_OR_RETURN(end.node, FindNode(workspace, artifact, text.substr(hash + 1)));
  return end;
}

std::string EndText(const uaf::Workspace& workspace, const uaf::LinkEnd& end, bool gone) {
  std::string text = PathOf(workspace, end.artifact);
  if (end.node) absl::StrAppend(&text, "#", ElementOf(workspace, end.artifact, *end.node));
  return gone ? absl::StrCat(text, " (gone)") : text;
}

ordered_json EndJson(const uaf::Workspace& workspace, const uaf::LinkEnd& end, bool gone) {
  ordered_json out = {
      {"artifact", end.artifact.name}, {"path", PathOf(workspace, end.artifact)}, {"gone", gone}};
  if (end.node) {
    out["node"] = uaf::FormatId(*end.node);
    out["element"] = ElementOf(workspace, end.artifact, *end.node);
  }
  return out;
}

std::string_view Name(uaf::Verdict verdict) {
  constexpr std::string_view kNames[] = {"comment", "approve", "request-changes"};
  return kNames[static_cast<size_t>(verdict)];
}

absl::StatusOr<Exit> ListReviews(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const auto wanted, Wanted(session, *workspace, arguments.artifact));
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  ordered_json list = ordered_json::array();
  for (const Review& review : state.reviews) {
    if (wanted && review.artifact != *wanted) continue;
    const std::string subject = review.branch.empty() ? PathOf(*workspace, review.artifact) : review.branch;
    ordered_json out = ToJson(review.said);
    out.update({{"artifact", review.artifact.name},
                {"path", PathOf(*workspace, review.artifact)},
                {"branch", review.branch},
                {"title", review.title},
                {"reviewers", review.reviewers},
                {"verdicts", ordered_json::array()}});
    if (!arguments.json) {
      session.console().Line(absl::StrCat(ShortId(review.said.event), "  ", LocalTime(review.said.time), "  ",
                                          review.said.author.name, "  ", subject, "  ", review.title));
    }
    for (const auto& [person, verdict] : review.verdicts) {
      ordered_json one = ToJson(verdict.said);
      one.update(
          {{"verdict", Name(verdict.verdict)}, {"text", verdict.text}, {"outdated", verdict.outdated}});
      out["verdicts"].push_back(std::move(one));
      if (arguments.json) continue;
      session.console().Line(absl::StrCat("  ", person, ": ", std::string(Name(verdict.verdict)),
                                          verdict.outdated ? " (edited since)" : "", "  ", verdict.text));
    }
    list.push_back(std::move(out));
  }
  if (arguments.json) session.console().Json({{"reviews", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> RequestReview(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, arguments.artifact));
  uaf::RecordRequest request;
  request.artifact = artifact.id;
  request.body = uaf::ReviewRequested{arguments.text, "", arguments.reviewers};
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt,
              absl::StrCat("asked for a review of ", artifact.path));
}

absl::StatusOr<Exit> SubmitReview(Session& session, const Arguments& arguments) {
  uaf::ReviewSubmitted body;
  for (const uaf::Verdict verdict :
       {uaf::Verdict::kComment, uaf::Verdict::kApprove, uaf::Verdict::kRequestChanges}) {
    if (Name(verdict) == arguments.verdict) body.verdict = verdict;
  }
  body.text = arguments.text;
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(body.request, session.FindEvent(*workspace, arguments.other));
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  uaf::RecordRequest request;
  if (const Review* review = state.FindReview(body.request); review != nullptr)
    request.artifact = review->artifact;
  request.body = body;
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt, absl::StrCat("verdict: ", arguments.verdict));
}

absl::StatusOr<Exit> ListComments(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const auto wanted, Wanted(session, *workspace, arguments.artifact));
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  ordered_json list = ordered_json::array();
  for (const Comment& comment : state.comments) {
    if ((wanted && comment.artifact != *wanted) || (comment.resolved && !arguments.all)) continue;
    const bool reply = comment.thread != comment.said.event;
    const std::string path = PathOf(*workspace, comment.artifact);
    const std::string element =
        comment.anchor ? ElementOf(*workspace, comment.artifact, *comment.anchor) : std::string();
    ordered_json out = ToJson(comment.said);
    out.update(
        {{"artifact", comment.artifact.name}, {"path", path}, {"thread", uaf::FormatId(comment.thread)}});
    if (comment.anchor) {
      out.update(
          {{"node", uaf::FormatId(*comment.anchor)}, {"element", element}, {"gone", comment.anchor_gone}});
    }
    out.update({{"text", comment.text}, {"resolved", comment.resolved}});
    list.push_back(std::move(out));
    if (arguments.json) continue;
    session.console().Line(absl::StrCat(reply ? "  " : "", ShortId(comment.said.event), "  ",
                                        LocalTime(comment.said.time), "  ", comment.said.author.name, "  ",
                                        reply ? ""
                                              : absl::StrCat(path, element.empty() ? "" : "#", element,
                                                             comment.anchor_gone ? " (gone)  " : "  "),
                                        comment.text, comment.resolved ? "  [settled]" : ""));
  }
  if (arguments.json) session.console().Json({{"comments", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> AddComment(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, arguments.artifact));
  uaf::CommentAdded body{std::nullopt, std::nullopt, arguments.text};
  if (!arguments.element.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(body.anchor, FindNode(*workspace, artifact, arguments.element));
  }
  uaf::RecordRequest request;
  request.artifact = artifact.id;
  request.body = std::move(body);
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt, absl::StrCat("commented on ", artifact.path));
}

// Replies, settles or reopens: all name a comment, whose artifact is looked up.
absl::StatusOr<Exit> AnswerComment(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::EventId event, session.FindEvent(*workspace, arguments.other));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::ChangeSet comment, workspace->Show(event));
  uaf::RecordRequest request;
  request.artifact = comment.artifact;
  if (arguments.text.empty()) {
    request.body = uaf::CommentResolved{event, arguments.reopen};
  } else {
    request.body = uaf::CommentAdded{std::nullopt, event, arguments.text};
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt,
              !arguments.text.empty() ? "answered"
              : arguments.reopen      ? "reopened"
                                      : "settled");
}

absl::StatusOr<Exit> ListTags(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  ordered_json list = ordered_json::array();
  for (const Revision& revision : state.revisions) {
    ordered_json out = ToJson(revision.said);
    out.update({{"name", revision.name},
                {"note", revision.note},
                {"artifact", revision.artifact.name},
                {"path", PathOf(*workspace, revision.artifact)}});
    list.push_back(std::move(out));
    if (arguments.json) continue;
    session.console().Line(absl::StrCat(
        revision.name, "  ", LocalTime(revision.said.time), "  ", revision.said.author.name, "  ",
        PathOf(*workspace, revision.artifact), revision.note.empty() ? "" : "  ", revision.note));
  }
  if (arguments.json) session.console().Json({{"revisions", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Tag(Session& session, const Arguments& arguments) {
  if (arguments.other.empty()) return ListTags(session, arguments);
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  uaf::RevisionTagged body{arguments.other, arguments.text, {}};
  if (!arguments.when.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Cut cut, workspace->ResolveCut(arguments.when));
    for (const auto& [stream, head] : cut.heads) body.cut.push_back({{stream, head}, {}});
  }
  uaf::RecordRequest request;
  request.body = std::move(body);
  request.move_revision = arguments.move;
  AMEIDE_ASSIGN_OR_RETURN(const auto wanted, Wanted(session, *workspace, arguments.artifact));
  if (wanted) request.artifact = *wanted;
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt, absl::StrCat("tagged ", arguments.other));
}

absl::StatusOr<Exit> ListLinks(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const auto wanted, Wanted(session, *workspace, arguments.artifact));
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  ordered_json list = ordered_json::array();
  bool dangling = false;
  for (const Link& link : state.links) {
    if (wanted && link.from.artifact != *wanted && link.to.artifact != *wanted) continue;
    dangling = dangling || link.from_gone || link.to_gone;
    ordered_json out = ToJson(link.said);
    out.update({{"type", link.type},
                {"note", link.note},
                {"from", EndJson(*workspace, link.from, link.from_gone)},
                {"to", EndJson(*workspace, link.to, link.to_gone)}});
    list.push_back(std::move(out));
    if (arguments.json) continue;
    session.console().Line(absl::StrCat(
        ShortId(link.said.event), "  ", EndText(*workspace, link.from, link.from_gone), "  ", link.type, "  ",
        EndText(*workspace, link.to, link.to_gone), link.note.empty() ? "" : "  ", link.note));
  }
  if (arguments.json) session.console().Json({{"links", list}});
  return dangling ? Exit::kFinding : Exit::kSuccess;
}

absl::StatusOr<Exit> AddLink(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  uaf::LinkAdded body;
  AMEIDE_ASSIGN_OR_RETURN(body.from, FindEnd(session, *workspace, arguments.artifact));
  AMEIDE_ASSIGN_OR_RETURN(body.to, FindEnd(session, *workspace, arguments.other));
  body.type = arguments.type;
  body.note = arguments.text;
  uaf::RecordRequest request;
  request.body = std::move(body);
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt, "linked");
}

absl::StatusOr<Exit> RemoveLink(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::EventId link, session.FindEvent(*workspace, arguments.other));
  uaf::RecordRequest request;
  request.body = uaf::LinkRemoved{link};
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt, "link removed");
}

void AddCommentVerbs(CLI::App& app, Session& session, const std::shared_ptr<Arguments>& arguments) {
  CLI::App* comment = app.add_subcommand("comment", "Say something about an artifact or one of its elements");
  comment->require_subcommand(1);
  CLI::App* add = AddVerb(*comment, "add", "Begin a thread", session, arguments, AddComment);
  add->add_option("ARTIFACT", arguments->artifact, "Path or id")->required();
  add->add_option("TEXT", arguments->text, "What is to be said")->required();
  add->add_option("--element", arguments->element, "The id of the element that is meant");
  CLI::App* reply = AddVerb(*comment, "reply", "Answer a comment", session, arguments, AnswerComment);
  reply->add_option("COMMENT", arguments->other, "As list shows it")->required();
  reply->add_option("TEXT", arguments->text, "What is to be said")->required();
  CLI::App* resolve =
      AddVerb(*comment, "resolve", "Settle a comment and its answers", session, arguments, AnswerComment);
  resolve->add_option("COMMENT", arguments->other, "As list shows it")->required();
  resolve->add_flag("--reopen", arguments->reopen, "Open it again");
  CLI::App* list = AddVerb(*comment, "list", "Open comments, by thread", session, arguments, ListComments);
  list->add_option("ARTIFACT", arguments->artifact, "Path or id (default: the whole workspace)");
  list->add_flag("--all", arguments->all, "Settled ones too");
}

}  // namespace

void AddReviewVerbs(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* review = app.add_subcommand("review", "Ask others to look at an artifact, and answer");
  review->require_subcommand(1);
  CLI::App* reviews = AddVerb(*review, "list", "Requests and verdicts", session, arguments, ListReviews);
  reviews->add_option("ARTIFACT", arguments->artifact, "Path or id (default: the whole workspace)");
  CLI::App* request = AddVerb(*review, "request", "Ask for a review", session, arguments, RequestReview);
  request->add_option("ARTIFACT", arguments->artifact, "Path or id")->required();
  request->add_option("--title", arguments->text, "What it is about")->required();
  request->add_option("--reviewer", arguments->reviewers,
                      "An e-mail address; may be repeated (default: anybody)");
  CLI::App* verdict = AddVerb(*review, "verdict", "Answer a request", session, arguments, SubmitReview);
  verdict->add_option("REQUEST", arguments->other, "As list shows it")->required();
  verdict->add_option("VERDICT", arguments->verdict, "approve, request-changes or comment")
      ->required()
      ->check(CLI::IsMember({"approve", "request-changes", "comment"}));
  verdict->add_option("-m,--message", arguments->text, "Why");

  AddCommentVerbs(app, session, arguments);

  CLI::App* tag = AddVerb(app, "tag", "Name a state, or list the names", session, arguments, Tag);
  tag->add_option("NAME", arguments->other, "The revision's name (default: list them)");
  tag->add_option("ARTIFACT", arguments->artifact, "Path or id (default: of the whole workspace)");
  tag->add_option("--at", arguments->when, "A time, event, revision, commit or branch (default: now)");
  tag->add_option("-m,--message", arguments->text, "A note");
  tag->add_flag("--move", arguments->move, "The name may stand for another state until now");

  CLI::App* link = app.add_subcommand("link", "Tie elements of artifacts to each other");
  link->require_subcommand(1);
  CLI::App* add = AddVerb(*link, "add", "Tie two elements", session, arguments, AddLink);
  add->add_option("FROM", arguments->artifact, "ARTIFACT or ARTIFACT#ELEMENT")->required();
  add->add_option("TO", arguments->other, "ARTIFACT or ARTIFACT#ELEMENT")->required();
  add->add_option("--type", arguments->type, "realizes, implements, … any word")->required();
  add->add_option("-m,--message", arguments->text, "A note");
  CLI::App* remove = AddVerb(*link, "remove", "Untie them", session, arguments, RemoveLink);
  remove->add_option("LINK", arguments->other, "As list shows it")->required();
  CLI::App* links =
      AddVerb(*link, "list", "Links; exit 1 when an end is gone", session, arguments, ListLinks);
  links->add_option("ARTIFACT", arguments->artifact, "Path or id (default: the whole workspace)");
}

}  // namespace ameide::cli
