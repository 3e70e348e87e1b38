// branch, checkout, propose, quarantine
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "sync/branches.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;

constexpr char kProposals[] = "proposal/";

struct BranchArguments {
  std::string name;
  std::string title;
  std::string from;
  std::string merge;
  std::string close;
  std::string reason;
  std::string lift;
  bool json = false;
};

ordered_json BranchJson(const uaf::Branch& branch) {
  ordered_json out = {{"name", branch.name},
                      {"kind", branch.kind == uaf::BranchKind::kProposal ? "proposal" : "branch"},
                      {"title", branch.title},
                      {"owner", branch.owner.name},
                      {"ahead", branch.ahead},
                      {"behind", branch.behind},
                      {"current", branch.current},
                      {"closed", branch.closed},
                      {"closed_because", branch.closed_because}};
  out["started"] =
      branch.owner.name.empty() ? ordered_json(nullptr) : ordered_json(FormatTime(branch.started));
  return out;
}

ordered_json NotesJson(const std::vector<uaf::WorkingFileNote>& notes) {
  ordered_json out = ordered_json::array();
  for (const uaf::WorkingFileNote& note : notes) out.push_back(ToJson(note));
  return out;
}

absl::StatusOr<Exit> List(Session& session, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Branch> branches, workspace->Branches());
  ordered_json list = ordered_json::array();
  for (const uaf::Branch& branch : branches) {
    if (json) {
      list.push_back(BranchJson(branch));
      continue;
    }
    std::string line = absl::StrCat(branch.current ? "* " : "  ", branch.name);
    if (branch.name != uaf::kMainBranch) {
      absl::StrAppend(&line, "  +", branch.ahead, " -", branch.behind, "  ", branch.owner.name, "  ",
                      branch.title);
    }
    if (branch.closed) absl::StrAppend(&line, "  (closed: ", branch.closed_because, ")");
    session.console().Line(line);
  }
  if (json) session.console().Json({{"branches", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> TellEvent(Session& session, const uaf::Receipt& receipt, std::string_view done,
                               const std::string& branch, bool json) {
  if (json) {
    session.console().Json({{"branch", branch}, {"event", uaf::FormatId(receipt.event)}});
  } else {
    session.console().Line(absl::StrCat(std::string(done), " ", branch));
  }
  return Exit::kSuccess;
}

absl::StatusOr<uaf::Receipt> Start(const BranchArguments& arguments, const std::string& name,
                                   uaf::Workspace& workspace) {
  uaf::NewBranch branch{name, uaf::BranchKind::kBranch, arguments.title, {}};
  if (absl::StartsWith(name, kProposals)) branch.kind = uaf::BranchKind::kProposal;
  if (!arguments.from.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(branch.from, workspace.ResolveCut(arguments.from));
  }
  return sync::StartBranch(workspace, branch);
}

absl::StatusOr<Exit> Branch(Session& session, const BranchArguments& arguments) {
  if (arguments.name.empty() && arguments.merge.empty() && arguments.close.empty()) {
    return List(session, arguments.json);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  if (!arguments.merge.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, sync::MergeBranch(*workspace, arguments.merge));
    return TellEvent(session, receipt, "merged", arguments.merge, arguments.json);
  }
  if (!arguments.close.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt,
                            workspace->CloseBranch(arguments.close, arguments.reason));
    return TellEvent(session, receipt, "closed", arguments.close, arguments.json);
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, Start(arguments, arguments.name, *workspace));
  return TellEvent(session, receipt, "started", arguments.name, arguments.json);
}

absl::StatusOr<Exit> CheckOut(Session& session, uaf::Workspace& workspace, const std::string& name,
                              bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const sync::CheckOutReport report, sync::CheckOut(workspace, name));
  if (json) {
    ordered_json out = {{"branch", report.branch}};
    out["head"] = report.head ? ordered_json(report.head->hex) : ordered_json(nullptr);
    out["notes"] = NotesJson(report.notes);
    session.console().Json(out);
    return Exit::kSuccess;
  }
  PrintNotes(session.console(), report.notes);
  session.console().Line(absl::StrCat("on ", report.branch));
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Propose(Session& session, const BranchArguments& arguments) {
  const std::string name =
      absl::StartsWith(arguments.name, kProposals) ? arguments.name : kProposals + arguments.name;
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_RETURN_IF_ERROR(Start(arguments, name, *workspace).status());
  return CheckOut(session, *workspace, name, arguments.json);
}

absl::StatusOr<Exit> Quarantine(Session& session, const BranchArguments& arguments) {
  if (!arguments.lift.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::EventId event, uaf::ParseEventId(arguments.lift));
    AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->LiftQuarantine(event));
    if (arguments.json) {
      session.console().Json({{"event", uaf::FormatId(receipt.event)}, {"lifted", arguments.lift}});
    } else {
      session.console().Line(absl::StrCat("believed: ", arguments.lift));
    }
    return Exit::kSuccess;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::QuarantinedEvent> held, workspace->Quarantined());
  ordered_json list = ordered_json::array();
  for (const uaf::QuarantinedEvent& event : held) {
    if (arguments.json) {
      list.push_back({{"event", uaf::FormatId(event.event)},
                      {"claims", FormatTime(event.claims)},
                      {"author", event.author.name},
                      {"label", event.label},
                      {"branch", event.branch},
                      {"count", event.count}});
    } else {
      session.console().Line(absl::StrCat(uaf::FormatId(event.event), "  claims ", LocalTime(event.claims),
                                          "  ", event.author.name, "  ", event.label, "  (", event.count,
                                          " waiting)"));
    }
  }
  if (arguments.json) session.console().Json({{"quarantined", list}});
  return held.empty() ? Exit::kSuccess : Exit::kFinding;
}

}  // namespace

void AddBranchVerbs(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<BranchArguments>();

  CLI::App* branch = app.add_subcommand("branch", "List branches, or start, merge or close one");
  branch->add_option("NAME", arguments->name, "The branch to start; none lists them");
  branch->add_option("--title", arguments->title, "What it is for, for people");
  branch->add_option("--from", arguments->from, "A time, event, revision, commit or branch (default: now)");
  branch->add_option("--merge", arguments->merge, "Take this branch into the current one");
  branch->add_option("--close", arguments->close, "Say that nothing more is expected from this branch");
  branch->add_option("--reason", arguments->reason, "Why it is closed")->default_val("withdrawn");
  branch->add_flag("--json", arguments->json, "Print the result as JSON");
  branch->callback([&session, arguments] { session.Finish(Branch(session, *arguments)); });

  CLI::App* checkout = app.add_subcommand("checkout", "Switch to a branch, with all files");
  checkout->add_option("NAME", arguments->name, "The branch")->required();
  checkout->add_flag("--json", arguments->json, "Print the result as JSON");
  checkout->callback([&session, arguments] {
    const auto run = [&]() -> absl::StatusOr<Exit> {
      AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
      return CheckOut(session, *workspace, arguments->name, arguments->json);
    };
    session.Finish(run());
  });

  CLI::App* propose = app.add_subcommand("propose", "Start a proposal and switch to it");
  propose->add_option("NAME", arguments->name, "Its branch; proposal/ is put before it")->required();
  propose->add_option("--title", arguments->title, "What it is for, for people");
  propose->add_flag("--json", arguments->json, "Print the result as JSON");
  propose->callback([&session, arguments] { session.Finish(Propose(session, *arguments)); });

  CLI::App* quarantine =
      app.add_subcommand("quarantine", "List changes whose clock ran more than a day ahead, or confirm one");
  quarantine->add_option("--lift", arguments->lift, "The event to believe, with what came before it");
  quarantine->add_flag("--json", arguments->json, "Print the result as JSON");
  quarantine->callback([&session, arguments] { session.Finish(Quarantine(session, *arguments)); });
}

}  // namespace ameide::cli
