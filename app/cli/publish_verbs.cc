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
#include "app/publishing/publication.h"
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

// What is published, and the workspace that it comes from; nullptr for files that are in none.
struct Prepared {
  std::unique_ptr<uaf::Workspace> workspace;
  publishing::Publication publication;
};

// Files that are in no workspace go as they are.
absl::StatusOr<Prepared> FromFiles(Session& session, const std::vector<std::string>& names) {
  Prepared prepared;
  connection::PublishRequestOptions& request = prepared.publication.request;
  for (const std::string& name : names) {
    AMEIDE_ASSIGN_OR_RETURN(std::string bytes, session.files().Read(name, kLargestArtifact));
    request.artifacts.push_back({std::filesystem::path(name).filename().string(), "", std::move(bytes), ""});
  }
  request.tool = kTool;
  return prepared;
}

absl::StatusOr<Prepared> Prepare(Session& session, const std::vector<std::string>& names) {
  const absl::StatusOr<std::filesystem::path> root = session.Root();
  if (absl::IsNotFound(root.status()) && !names.empty()) return FromFiles(session, names);
  Prepared prepared;
  AMEIDE_ASSIGN_OR_RETURN(prepared.workspace, session.OpenAbsorbed());
  std::vector<uaf::ArtifactId> chosen;
  for (const std::string& name : names) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact, session.FindArtifact(*prepared.workspace, name));
    chosen.push_back(artifact.id);
  }
  AMEIDE_ASSIGN_OR_RETURN(prepared.publication, publishing::Prepare(*prepared.workspace, chosen, kTool));
  return prepared;
}

ordered_json PathsOf(const connection::PublishRequestOptions& request) {
  ordered_json paths = ordered_json::array();
  for (const connection::PublishArtifact& artifact : request.artifacts) paths.push_back(artifact.path);
  return paths;
}

// What is in the way, before anything is sent.
Exit TellObstacles(const Console& console, const publishing::Publication& publication, bool json) {
  ordered_json list = ordered_json::array();
  for (const publishing::Obstacle& obstacle : publication.obstacles) {
    const uaf::lifecycle::Reason& reason = obstacle.reason;
    if (json) {
      list.push_back({{"artifact", obstacle.artifact.name},
                      {"path", obstacle.path},
                      {"what", reason.what},
                      {"event", reason.event ? ordered_json(uaf::FormatId(*reason.event)) : ordered_json()},
                      {"element", reason.element},
                      {"message", reason.message}});
    } else {
      console.Line(absl::StrCat(obstacle.path, ": ", reason.what, ": ", reason.message));
    }
  }
  if (json) {
    console.Json({{"outcome", "blocked"},
                  {"bundle", ""},
                  {"processes", ordered_json::array()},
                  {"domains", ordered_json::array()},
                  {"artifacts", PathsOf(publication.request)},
                  {"blocked", list},
                  {"findings", ordered_json::array()},
                  {"events", ordered_json::array()}});
  } else {
    console.Error(std::string_view("nothing was published: settle what is listed above first"));
  }
  return Exit::kFinding;
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
  AMEIDE_ASSIGN_OR_RETURN(const Prepared prepared, Prepare(session, arguments.names));
  const connection::PublishRequestOptions& request = prepared.publication.request;
  if (!prepared.publication.obstacles.empty()) {
    return TellObstacles(session.console(), prepared.publication, arguments.json);
  }
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
  std::vector<uaf::Receipt> receipts;
  if (prepared.workspace != nullptr) {
    AMEIDE_ASSIGN_OR_RETURN(receipts, publishing::RecordPublished(*prepared.workspace, prepared.publication,
                                                                  arguments.target, *result));
  }
  const bool refused = result->outcome() == v1::OUTCOME_REFUSED;
  if (arguments.json) {
    ordered_json out = {{"outcome", Name(result->outcome())}, {"bundle", result->bundle_digest()}};
    out["processes"] = ordered_json::array();
    for (const v1::PublishedProcess& process : result->processes())
      out["processes"].push_back(ToJson(process));
    out["domains"] = ordered_json::array();
    for (const std::string& domain : result->domains()) out["domains"].push_back(domain);
    out["artifacts"] = PathsOf(request);
    out["blocked"] = ordered_json::array();
    out["findings"] = findings;
    out["events"] = ordered_json::array();
    for (const uaf::Receipt& receipt : receipts) out["events"].push_back(uaf::FormatId(receipt.event));
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
