// approve, promote, policy, key
#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "app/cli/add_verb.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/output.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "notation/bpmn/lint.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using namespace uaf::lifecycle;

constexpr uint64_t kLargestPolicyFile = 1 << 20;

struct Arguments {
  std::string name;  // an artifact, a file, a key
  std::string to;
  std::string text;
  std::string person;
  std::string output;
  std::string request;
  bool check = false;
  bool ask = false;
  bool json = false;
};

using Workspace = std::unique_ptr<uaf::Workspace>;

absl::StatusOr<Exit> Approve(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, arguments.name));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Approve(artifact.id, arguments.to));
  return Told(session.console(), arguments.json, receipt,
              absl::StrCat("approved ", artifact.path, " for ", arguments.to));
}

std::string_view Name(PromotionRequest::Outcome outcome) {
  constexpr std::string_view kNames[] = {"open", "promoted", "refused"};
  return kNames[static_cast<size_t>(outcome)];
}

// Where an artifact stands, its approvals, and what was asked for.
absl::StatusOr<Exit> ShowStanding(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, arguments.name));
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  const Standing standing = state.StandingOf(artifact.id);
  ordered_json out = {{"artifact", artifact.id.name}, {"path", artifact.path}, {"state", standing.state}};
  if (standing.since) out["since"] = ToJson(*standing.since);
  if (standing.undone) {
    out["undone"] = ToJson(*standing.undone);
    out["undone"]["state"] = standing.undone_state;
  }
  const Console& console = session.console();
  if (!arguments.json) {
    console.Line(
        absl::StrCat(artifact.path, "  ", standing.state,
                     standing.since ? absl::StrCat(" since ", LocalTime(standing.since->time)) : "",
                     standing.undone ? absl::StrCat(", changed since it was ", standing.undone_state) : ""));
  }
  out["approvals"] = ordered_json::array();
  for (const Approval& approval : state.approvals) {
    if (approval.artifact != artifact.id) continue;
    ordered_json one = ToJson(approval.said);
    one.update({{"for", approval.purpose}, {"key", approval.key}, {"counts", approval.void_because.empty()}});
    if (!approval.void_because.empty()) one["why_not"] = approval.void_because;
    out["approvals"].push_back(std::move(one));
    if (arguments.json) continue;
    console.Line(absl::StrCat("  approved for ", approval.purpose, " by ", approval.said.author.email, ", ",
                              LocalTime(approval.said.time), approval.void_because.empty() ? "" : ": void, ",
                              approval.void_because));
  }
  out["requests"] = ordered_json::array();
  for (const PromotionRequest& request : standing.requests) {
    ordered_json one = ToJson(request.said);
    one.update({{"to", request.to}, {"note", request.note}, {"outcome", Name(request.outcome)}});
    if (!request.reason.empty()) one["reason"] = request.reason;
    out["requests"].push_back(std::move(one));
    if (arguments.json) continue;
    console.Line(absl::StrCat("  ", ShortId(request.said.event), "  ", request.said.author.email,
                              " asked for ", request.to, ": ", std::string(Name(request.outcome)),
                              request.reason.empty() ? "" : ", ", request.reason));
  }
  if (arguments.json) console.Json(out);
  return Exit::kSuccess;
}

Exit TellReasons(Session& session, const Arguments& arguments, const uaf::Artifact& artifact,
                 const std::vector<Reason>& reasons) {
  ordered_json list = ordered_json::array();
  for (const Reason& reason : reasons) {
    ordered_json one = {{"what", reason.what}};
    one["event"] = reason.event ? ordered_json(uaf::FormatId(*reason.event)) : ordered_json(nullptr);
    one.update({{"element", reason.element}, {"message", reason.message}});
    list.push_back(std::move(one));
    if (!arguments.json) session.console().Line(absl::StrCat("  ", reason.what, ": ", reason.message));
  }
  if (arguments.json) {
    session.console().Json(
        {{"artifact", artifact.id.name}, {"path", artifact.path}, {"to", arguments.to}, {"blocked", list}});
  }
  return reasons.empty() ? Exit::kSuccess : Exit::kFinding;
}

absl::StatusOr<Exit> Refuse(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, arguments.name));
  uaf::RecordRequest request;
  request.artifact = artifact.id;
  uaf::PromotionRefused body;
  AMEIDE_ASSIGN_OR_RETURN(body.request, session.FindEvent(*workspace, arguments.request));
  body.reason = arguments.text;
  request.body = std::move(body);
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
  return Told(session.console(), arguments.json, receipt, "refused");
}

absl::StatusOr<Exit> Promote(Session& session, const Arguments& arguments) {
  if (!arguments.request.empty()) return Refuse(session, arguments);
  if (arguments.to.empty()) return ShowStanding(session, arguments);
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenAbsorbed());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, arguments.name));
  if (arguments.ask) {
    uaf::RecordRequest request;
    request.artifact = artifact.id;
    request.body = uaf::PromotionRequested{arguments.to, arguments.text};
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Record(request));
    return Told(session.console(), arguments.json, receipt,
                absl::StrCat("asked to promote ", artifact.path, " to ", arguments.to));
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document, workspace->Load(artifact.id));
  const uaf::PromoteRequest request{artifact.id, arguments.to, bpmn::Lint(document, {})};
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Reason> reasons, workspace->WhatBlocks(request));
  if (arguments.check || !reasons.empty()) {
    if (!arguments.json && !reasons.empty())
      session.console().Line(absl::StrCat(artifact.path, " cannot become ", arguments.to, ":"));
    return TellReasons(session, arguments, artifact, reasons);
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->Promote(request));
  return Told(session.console(), arguments.json, receipt, absl::StrCat(artifact.path, " is ", arguments.to));
}

// The one file of the history that people may put right by hand: it follows what the log says.
bool IsPolicyFile(const Session& session, const uaf::Workspace& workspace,
                  const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::path asked = session.folder() / file;
  return asked.filename() == "policy.yaml" &&
         std::filesystem::equivalent(asked.parent_path(), workspace.root() / ".uaf", error) && !error;
}

absl::StatusOr<Exit> ShowPolicy(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  if (!arguments.output.empty()) {
    if (IsPolicyFile(session, *workspace, arguments.output)) {
      AMEIDE_RETURN_IF_ERROR(
          session.files().WriteAtomically(workspace->root() / ".uaf" / "policy.yaml", state.policy.bytes));
    } else {
      AMEIDE_RETURN_IF_ERROR(WriteOutput(session, arguments.output, state.policy.bytes));
    }
    return Exit::kSuccess;
  }
  if (!arguments.json) {
    session.console().Bytes(state.policy.bytes);
    return Exit::kSuccess;
  }
  ordered_json out = {{"hash", state.policy.hash.Hex()}, {"text", state.policy.bytes}};
  out["since"] = state.policy_since ? ToJson(*state.policy_since) : ordered_json(nullptr);
  session.console().Json(out);
  return Exit::kSuccess;
}

// What a policy may not mean to say, beside the result.
void PrintRemarks(const Console& console, const Policy& policy) {
  for (const std::string& remark : RemarksOn(policy)) console.Note(absl::StrCat("note: ", remark));
}

absl::StatusOr<Exit> CheckPolicy(Session& session, const Arguments& arguments) {
  const std::string file = arguments.name;
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(file, kLargestPolicyFile));
  const absl::StatusOr<Policy> policy = ParsePolicy(bytes);
  bool in_force = false;
  if (policy.ok()) {
    if (const absl::StatusOr<Workspace> workspace = session.OpenForReading(); workspace.ok()) {
      AMEIDE_ASSIGN_OR_RETURN(const State state, (*workspace)->Lifecycle());
      in_force = state.policy.hash == policy->hash;
    }
  }
  if (arguments.json) {
    ordered_json out = {{"file", file}, {"valid", policy.ok()}, {"in_force", in_force}};
    if (!policy.ok()) out["message"] = std::string(policy.status().message());
    out["remarks"] = policy.ok() ? RemarksOn(*policy) : std::vector<std::string>();
    session.console().Json(out);
  } else if (!policy.ok()) {
    session.console().Line(absl::StrCat(file, ":", std::string(policy.status().message())));
  } else {
    session.console().Line(
        absl::StrCat(file, ": a valid policy", in_force ? ", and in force" : ", not in force"));
    PrintRemarks(session.console(), *policy);
  }
  return policy.ok() ? Exit::kSuccess : Exit::kFinding;
}

absl::StatusOr<Exit> ApprovePolicy(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(arguments.name, kLargestPolicyFile));
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->ApprovePolicy(bytes));
  if (const absl::StatusOr<Policy> policy = ParsePolicy(bytes); policy.ok())
    PrintRemarks(session.console(), *policy);
  return Told(session.console(), arguments.json, receipt,
              absl::StrCat("approved ", arguments.name, " as the next policy"));
}

absl::StatusOr<Exit> ChangePolicy(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, session.files().Read(arguments.name, kLargestPolicyFile));
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->ChangePolicy(bytes));
  if (const absl::StatusOr<Policy> policy = ParsePolicy(bytes); policy.ok())
    PrintRemarks(session.console(), *policy);
  return Told(session.console(), arguments.json, receipt,
              absl::StrCat(arguments.name, " is the policy now; commit it"));
}

absl::StatusOr<Exit> ListKeys(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForReading());
  AMEIDE_ASSIGN_OR_RETURN(const State state, workspace->Lifecycle());
  ordered_json list = ordered_json::array();
  for (const Key& key : state.keys) {
    ordered_json out = {{"fingerprint", key.fingerprint},
                        {"person", key.person},
                        {"device", key.device},
                        {"administrator", key.administrator},
                        {"added", ToJson(key.added)}};
    out["certified"] = key.certified ? ToJson(*key.certified) : ordered_json(nullptr);
    out["revoked"] = key.revoked ? ToJson(*key.revoked) : ordered_json(nullptr);
    list.push_back(std::move(out));
    if (arguments.json) continue;
    const std::string whose =
        key.person.empty() ? absl::StrCat("nobody's (added by ", key.added.author.email, ")") : key.person;
    session.console().Line(absl::StrCat(
        key.fingerprint, "  ", whose, "  ", key.device, key.administrator ? "  administrator" : "",
        key.revoked ? absl::StrCat("  revoked by ", key.revoked->author.email) : ""));
  }
  if (arguments.json) session.console().Json({{"keys", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> CertifyKey(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt,
                          workspace->CertifyKey(arguments.name, arguments.person));
  return Told(session.console(), arguments.json, receipt, "certified");
}

absl::StatusOr<Exit> RotateKey(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->RotateKey());
  return Told(
      session.console(), arguments.json, receipt,
      "this device has a new key, certified by the one before; revoke that one when all is committed");
}

absl::StatusOr<Exit> RevokeKey(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const Workspace workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->RevokeKey(arguments.name, arguments.text));
  return Told(session.console(), arguments.json, receipt, "revoked");
}

void AddPolicyVerbs(CLI::App& app, Session& session, const std::shared_ptr<Arguments>& arguments) {
  CLI::App* policy = app.add_subcommand("policy", "Who approves what");
  policy->require_subcommand(1);
  CLI::App* show = AddVerb(*policy, "show", "The policy in force", session, arguments, ShowPolicy);
  show->add_option("-o,--output", arguments->output, "The file to write (default: standard output)");
  CLI::App* check =
      AddVerb(*policy, "check", "Read a policy; exit 1 when it is none", session, arguments, CheckPolicy);
  check->add_option("FILE", arguments->name, "The file")->required();
  CLI::App* approve = AddVerb(*policy, "approve", "Say, signed, that a file may become the policy", session,
                              arguments, ApprovePolicy);
  approve->add_option("FILE", arguments->name, "The file")->required();
  CLI::App* change =
      AddVerb(*policy, "change", "Put a file in force as the policy", session, arguments, ChangePolicy);
  change->add_option("FILE", arguments->name, "The file")->required();
}

void AddKeyVerbs(CLI::App& app, Session& session, const std::shared_ptr<Arguments>& arguments) {
  CLI::App* key = app.add_subcommand("key", "Whose signing keys are believed");
  key->require_subcommand(1);
  AddVerb(*key, "list", "Every key of the log", session, arguments, ListKeys);
  CLI::App* certify = AddVerb(*key, "certify", "Say, signed, whose a key is", session, arguments, CertifyKey);
  certify->add_option("KEY", arguments->name, "Its fingerprint, or the beginning of it")->required();
  certify->add_option("--person", arguments->person, "E-mail address (default: who added it)");
  AddVerb(*key, "rotate", "Give this device a new key, certified by the present one", session, arguments,
          RotateKey);
  CLI::App* revoke = AddVerb(*key, "revoke", "Say, signed, that a key is to be believed no longer", session,
                             arguments, RevokeKey);
  revoke->add_option("KEY", arguments->name, "Its fingerprint, or the beginning of it")->required();
  revoke->add_option("-m,--message", arguments->text, "Why");
}

}  // namespace

void AddApprovalVerbs(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* approve =
      AddVerb(app, "approve", "Say, signed, that an artifact may reach a state", session, arguments, Approve);
  approve->add_option("ARTIFACT", arguments->name, "Path or id")->required();
  approve->add_option("--for", arguments->to, "A state of the policy")->required();

  CLI::App* promote = AddVerb(app, "promote",
                              "Bring an artifact to another state of the policy, or show where it "
                              "stands",
                              session, arguments, Promote);
  promote->add_option("ARTIFACT", arguments->name, "Path or id")->required();
  promote->add_option("STATE", arguments->to,
                      "A state of the policy, or draft (default: show the present one)");
  promote->add_flag("--check", arguments->check, "Only tell what is in the way; exit 1 when something is");
  promote->add_flag("--request", arguments->ask, "Ask others to promote it");
  promote->add_option("--refuse", arguments->request, "Refuse a request, as it is shown");
  promote->add_option("-m,--message", arguments->text, "Why");

  AddPolicyVerbs(app, session, arguments);
  AddKeyVerbs(app, session, arguments);
}

}  // namespace ameide::cli
