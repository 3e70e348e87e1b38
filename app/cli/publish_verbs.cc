// publish, bundles
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ameide/publish/v1/publish.grpc.pb.h"
#include "app/cli/backend_client.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "app/cli/version.h"
#include "app/connection/publish.h"
#include "app/publishing/cut.h"
#include "base/platform/paths.h"
#include "base/status.h"
#include "uaf/store/profile.h"

namespace ameide::cli {
namespace {

namespace v1 = publish::v1;
using nlohmann::ordered_json;

struct PublishArguments {
  std::vector<std::string> names;
  std::string target = "embedded";
  bool yes = false;
  bool json = false;
};

// Files that are in no workspace go as they are.
absl::StatusOr<connection::PublishRequestOptions> FromFiles(Session& session,
                                                            const std::vector<std::string>& names) {
  connection::PublishRequestOptions request;
  for (const std::string& name : names) {
    AMEIDE_ASSIGN_OR_RETURN(std::string bytes, session.files().Read(name, kLargestArtifact));
    request.artifacts.push_back({std::filesystem::path(name).filename().string(), "", std::move(bytes), ""});
  }
  return request;
}

absl::StatusOr<connection::PublishRequestOptions> FromWorkspace(Session& session,
                                                                const std::vector<std::string>& names) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForReading());
  std::vector<uaf::ArtifactId> chosen;
  for (const std::string& name : names) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*workspace, name));
    chosen.push_back(artifact.id);
  }
  connection::PublishRequestOptions request;
  AMEIDE_ASSIGN_OR_RETURN(request.artifacts, publishing::CollectCut(*workspace, chosen));
  const absl::StatusOr<std::string> policy =
      session.files().Read(workspace->root() / ".uaf" / "policy.yaml", uint64_t{1} << 20);
  if (policy.ok()) request.policy_sha256 = std::string(Sha256(*policy).view());
  const uaf::Actor actor = workspace->actor();
  request.publisher = actor.email.empty() ? actor.name : absl::StrCat(actor.name, " <", actor.email, ">");
  return request;
}

absl::StatusOr<connection::PublishRequestOptions> Prepare(Session& session,
                                                          const std::vector<std::string>& names) {
  connection::PublishRequestOptions request;
  const absl::StatusOr<std::filesystem::path> root = session.Root();
  if (absl::IsNotFound(root.status()) && !names.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(request, FromFiles(session, names));
  } else {
    AMEIDE_ASSIGN_OR_RETURN(request, FromWorkspace(session, names));
  }
  request.tool = kTool;
  return request;
}

bool Agreed(const Console& console, const connection::PublishRequestOptions& request) {
  for (const connection::PublishArtifact& artifact : request.artifacts)
    console.Note(absl::StrCat("  ", artifact.path));
  std::cerr << "Publish to the embedded backend? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string_view Name(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_DEPLOYED:
      return "deployed";
    case v1::OUTCOME_UNCHANGED:
      return "unchanged";
    case v1::OUTCOME_REFUSED:
      return "refused";
    default:
      return "unknown";
  }
}

std::string_view Name(common::v1::Severity severity) {
  switch (severity) {
    case common::v1::SEVERITY_INFO:
      return "info";
    case common::v1::SEVERITY_WARNING:
      return "warning";
    default:
      return "error";
  }
}

ordered_json ToJson(const common::v1::Finding& finding) {
  return {{"severity", Name(finding.severity())}, {"rule", finding.rule()}, {"file", finding.file()},
          {"element", finding.element()},         {"line", finding.line()}, {"message", finding.message()}};
}

void PrintFinding(const Console& console, const common::v1::Finding& finding) {
  std::string line = finding.file();
  if (finding.line() > 0) absl::StrAppend(&line, ":", finding.line());
  absl::StrAppend(&line, ": ", std::string(Name(finding.severity())), ": ", finding.message(), " [",
                  finding.rule(), "]");
  if (!finding.element().empty()) absl::StrAppend(&line, " (", finding.element(), ")");
  if (!finding.clause().empty()) absl::StrAppend(&line, " ", finding.clause());
  console.Line(line);
}

ordered_json ToJson(const v1::PublishedProcess& process) {
  return {{"process", process.process()}, {"version", process.version()}, {"plan", process.plan_digest()}};
}

absl::StatusOr<Exit> Publish(Session& session, const PublishArguments& arguments) {
  if (arguments.target != "embedded") {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no target '", arguments.target, "'; this version publishes to: embedded"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const connection::PublishRequestOptions request, Prepare(session, arguments.names));
  if (session.console().interactive() && !arguments.yes && !Agreed(session.console(), request)) {
    return absl::CancelledError("nothing was published");
  }
  AMEIDE_ASSIGN_OR_RETURN(const ProfilePaths profile, CurrentProfile());
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key,
                          uaf::LoadOrMakeDeviceKey(profile.data, session.files(), session.random()));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<connection::Connection> backend,
                          ConnectToBackend(StartBackend::kIfMissing));
  ordered_json findings = ordered_json::array();
  const absl::StatusOr<v1::Result> result =
      connection::Publish(*backend, request, key, [&](const v1::PublishResponse& response) {
        if (response.has_progress()) session.console().Progress(response.progress().message(), 0, 0);
        if (!response.has_finding()) return;
        if (arguments.json) {
          findings.push_back(ToJson(response.finding()));
        } else {
          session.console().EndProgress();
          PrintFinding(session.console(), response.finding());
        }
      });
  session.console().EndProgress();
  AMEIDE_RETURN_IF_ERROR(result.status());
  const bool refused = result->outcome() == v1::OUTCOME_REFUSED;
  if (arguments.json) {
    ordered_json out = {{"outcome", Name(result->outcome())}, {"bundle", result->bundle_digest()}};
    out["processes"] = ordered_json::array();
    for (const v1::PublishedProcess& process : result->processes())
      out["processes"].push_back(ToJson(process));
    out["domains"] = ordered_json::array();
    for (const std::string& domain : result->domains()) out["domains"].push_back(domain);
    out["artifacts"] = ordered_json::array();
    for (const connection::PublishArtifact& artifact : request.artifacts)
      out["artifacts"].push_back(artifact.path);
    out["findings"] = findings;
    session.console().Json(out);
  } else if (refused) {
    session.console().Error(std::string_view("nothing was published: mend the errors above first"));
  } else {
    session.console().Line(
        absl::StrCat(std::string(Name(result->outcome())), " ", result->bundle_digest().substr(0, 12)));
    for (const v1::PublishedProcess& process : result->processes()) {
      session.console().Line(absl::StrCat("  process ", process.process(), " v", process.version()));
    }
    for (const std::string& domain : result->domains())
      session.console().Line(absl::StrCat("  domain ", domain));
  }
  return refused ? Exit::kFinding : Exit::kSuccess;
}

absl::StatusOr<Exit> Bundles(Session& session, int limit, const std::string& after, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<connection::Connection> backend,
                          ConnectToBackend(StartBackend::kIfMissing));
  const std::unique_ptr<v1::PublishService::Stub> stub = v1::PublishService::NewStub(backend->channel());
  v1::ListBundlesRequest request;
  request.set_page_size(limit);
  request.set_page_token(after);
  v1::ListBundlesResponse response;
  AMEIDE_RETURN_IF_ERROR(Call(*backend, *stub, &v1::PublishService::Stub::ListBundles, request, response));
  ordered_json list = ordered_json::array();
  for (const v1::Bundle& bundle : response.bundles()) {
    if (!json) {
      session.console().Line(absl::StrCat(bundle.digest().substr(0, 12), "  ", TimeText(bundle.deployed_at()),
                                          "  ", bundle.publisher()));
      for (const v1::PublishedProcess& process : bundle.processes()) {
        session.console().Line(absl::StrCat("  process ", process.process(), " v", process.version()));
      }
      for (const std::string& domain : bundle.domains())
        session.console().Line(absl::StrCat("  domain ", domain));
      continue;
    }
    ordered_json entry = {{"digest", bundle.digest()},
                          {"deployed_at", TimeText(bundle.deployed_at())},
                          {"publisher", bundle.publisher()},
                          {"publisher_key", bundle.publisher_key()}};
    entry["processes"] = ordered_json::array();
    for (const v1::PublishedProcess& process : bundle.processes())
      entry["processes"].push_back(ToJson(process));
    entry["domains"] = ordered_json::array();
    for (const std::string& domain : bundle.domains()) entry["domains"].push_back(domain);
    entry["artifacts"] = ordered_json::array();
    for (const v1::Artifact& artifact : bundle.artifacts()) {
      entry["artifacts"].push_back({{"path", artifact.path()}, {"sha256", HexEncode(artifact.sha256())}});
    }
    list.push_back(entry);
  }
  if (json) {
    const std::string& next = response.next_page_token();
    session.console().Json(
        {{"bundles", list}, {"next", next.empty() ? ordered_json(nullptr) : ordered_json(next)}});
  }
  return Exit::kSuccess;
}

}  // namespace

void AddPublishVerbs(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<PublishArguments>();
  CLI::App* publish =
      app.add_subcommand("publish", "Lint, compile and deploy processes and the domains they need");
  publish->add_option("ARTIFACT", arguments->names,
                      "Artifacts or files (default: all processes and domains)");
  publish->add_option("--target", arguments->target, "Where to")->capture_default_str();
  publish->add_flag("--yes", arguments->yes, "Do not ask");
  publish->add_flag("--json", arguments->json, "Print the result as JSON");
  publish->callback([&session, arguments] { session.Finish(Publish(session, *arguments)); });

  struct ListArguments {
    int limit = 50;
    std::string after;
    bool json = false;
  };
  const auto list = std::make_shared<ListArguments>();
  CLI::App* bundles = app.add_subcommand("bundles", "What was published, newest first");
  bundles->add_option("--limit", list->limit, "At most so many")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  bundles->add_option("--after", list->after, "Go on behind a page: its `next`");
  bundles->add_flag("--json", list->json, "Print the result as JSON");
  bundles->callback(
      [&session, list] { session.Finish(Bundles(session, list->limit, list->after, list->json)); });
}

}  // namespace ameide::cli
