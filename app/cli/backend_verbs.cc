// backend status, start, stop, metrics
#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ameide/backend/v1/backend.grpc.pb.h"
#include "app/cli/backend_client.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/platform/process.h"
#include "base/status.h"

namespace ameide::cli {
namespace {

namespace v1 = backend::v1;
using nlohmann::ordered_json;
using v1::BackendService;

constexpr auto kShutdownTimeout = std::chrono::seconds(15);

absl::StatusOr<v1::GetStatusResponse> GetStatus(const connection::Connection& connection) {
  const std::unique_ptr<BackendService::Stub> stub = BackendService::NewStub(connection.channel());
  v1::GetStatusResponse response;
  AMEIDE_RETURN_IF_ERROR(
      Call(connection, *stub, &BackendService::Stub::GetStatus, v1::GetStatusRequest(), response));
  return response;
}

void PrintStatus(const Console& console, const v1::GetStatusResponse& status, bool json) {
  if (json) {
    ordered_json out = {{"running", true},
                        {"version", status.version()},
                        {"process_id", status.process_id()},
                        {"started_at", TimeText(status.started_at())},
                        {"data_folder", status.data_folder()},
                        {"key", status.key_fingerprint()},
                        {"processes", status.processes()},
                        {"active_instances", status.active_instances()},
                        {"open_tasks", status.open_tasks()},
                        {"incidents", status.incidents()},
                        {"metrics_port", nullptr},
                        {"span_file", nullptr}};
    if (status.metrics_port() != 0) out["metrics_port"] = status.metrics_port();
    if (!status.span_file().empty()) out["span_file"] = status.span_file();
    out["domains"] = ordered_json::array();
    for (const std::string& domain : status.domains()) out["domains"].push_back(domain);
    console.Json(out);
    return;
  }
  console.Line(absl::StrCat("running, version ", status.version(), ", process ", status.process_id(),
                            ", since ", TimeText(status.started_at())));
  console.Line(absl::StrCat(status.processes(), " processes, ", status.active_instances(),
                            " active instances, ", status.open_tasks(), " open tasks, ", status.incidents(),
                            " incidents"));
  if (status.domains_size() > 0)
    console.Line(absl::StrCat("domains: ", absl::StrJoin(status.domains(), ", ")));
  console.Line(absl::StrCat("data in ", status.data_folder()));
  if (status.metrics_port() != 0)
    console.Line(absl::StrCat("metrics at http://127.0.0.1:", status.metrics_port(), "/metrics"));
  if (!status.span_file().empty()) console.Line(absl::StrCat("spans in ", status.span_file()));
}

absl::StatusOr<Exit> Status(Session& session, StartBackend start, bool json) {
  const absl::StatusOr<std::unique_ptr<connection::Connection>> connection = ConnectToBackend(start);
  if (start == StartBackend::kNever && absl::IsUnavailable(connection.status())) {
    if (json) {
      session.console().Json({{"running", false}});
    } else {
      session.console().Line("not running; start it with: ameide backend start");
    }
    return Exit::kFinding;
  }
  AMEIDE_RETURN_IF_ERROR(connection.status());
  AMEIDE_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, GetStatus(**connection));
  PrintStatus(session.console(), status, json);
  return Exit::kSuccess;
}

struct StartArguments {
  std::optional<int> metrics_port;
  std::string span_file;
  bool json = false;
};

absl::StatusOr<Exit> Start(Session& session, const StartArguments& wanted) {
  std::vector<std::string> arguments;
  std::string span_file;
  if (wanted.metrics_port) arguments = {"--metrics-port", absl::StrCat(*wanted.metrics_port)};
  if (!wanted.span_file.empty()) {
    span_file = std::filesystem::absolute(wanted.span_file).string();
    arguments.insert(arguments.end(), {"--span-file", span_file});
  }
  AMEIDE_ASSIGN_OR_RETURN(const auto connection, ConnectToBackend(StartBackend::kIfMissing, arguments));
  AMEIDE_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, GetStatus(*connection));
  const bool other_port =
      wanted.metrics_port && (*wanted.metrics_port == 0 ? status.metrics_port() == 0
                                                        : status.metrics_port() != *wanted.metrics_port);
  if (other_port || (!span_file.empty() && status.span_file() != span_file)) {
    return absl::FailedPreconditionError(
        "the backend runs already with other options; end it first: ameide backend stop");
  }
  PrintStatus(session.console(), status, wanted.json);
  return Exit::kSuccess;
}

/// A line of Prometheus's text form: `name{label="value",…} number`.
ordered_json MetricIn(std::string_view line) {
  ordered_json labels = ordered_json::object();
  const size_t space = line.rfind(' ');
  const size_t brace = line.find('{');
  const std::string_view name = line.substr(0, std::min(brace, space));
  for (size_t at = brace; at < space && line[at] != '}';) {
    const size_t equals = line.find("=\"", ++at);
    std::string value;
    size_t end = equals + 2;
    for (; line[end] != '"'; ++end) {
      if (line[end] == '\\' && line[++end] == 'n')
        value += '\n';
      else
        value += line[end];
    }
    labels[std::string(line.substr(at, equals - at))] = value;
    at = end + 1;
  }
  double value = 0;
  if (!absl::SimpleAtod(absl::string_view(line.data() + space + 1, line.size() - space - 1), &value))
    value = 0;
  return {{"name", std::string(name)}, {"labels", labels}, {"value", value}};
}

absl::StatusOr<Exit> Metrics(Session& session, bool json) {
  const absl::StatusOr<std::unique_ptr<connection::Connection>> connection =
      ConnectToBackend(StartBackend::kNever);
  if (absl::IsUnavailable(connection.status())) return Status(session, StartBackend::kNever, json);
  AMEIDE_RETURN_IF_ERROR(connection.status());
  const std::unique_ptr<BackendService::Stub> stub = BackendService::NewStub((*connection)->channel());
  v1::GetMetricsResponse response;
  AMEIDE_RETURN_IF_ERROR(
      Call(**connection, *stub, &BackendService::Stub::GetMetrics, v1::GetMetricsRequest(), response));
  ordered_json list = ordered_json::array();
  for (const auto line : absl::StrSplit(response.text(), '\n', absl::SkipEmpty())) {
    if (!json)
      session.console().Line(std::string(line));
    else if (line[0] != '#')
      list.push_back(MetricIn({line.data(), line.size()}));
  }
  if (json) session.console().Json({{"metrics", list}});
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Stop(Session& session, bool json) {
  const absl::StatusOr<std::unique_ptr<connection::Connection>> connection =
      ConnectToBackend(StartBackend::kNever);
  bool was_running = false;
  if (!absl::IsUnavailable(connection.status())) {
    AMEIDE_RETURN_IF_ERROR(connection.status());
    AMEIDE_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, GetStatus(**connection));
    const std::unique_ptr<BackendService::Stub> stub = BackendService::NewStub((*connection)->channel());
    v1::ShutdownResponse response;
    AMEIDE_RETURN_IF_ERROR(
        Call(**connection, *stub, &BackendService::Stub::Shutdown, v1::ShutdownRequest(), response));
    const auto deadline = std::chrono::steady_clock::now() + kShutdownTimeout;
    while (ProcessAlive(status.process_id())) {
      if (std::chrono::steady_clock::now() > deadline) {
        return absl::DeadlineExceededError(
            absl::StrCat("the backend (process ", status.process_id(), ") was asked to end but still runs"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    was_running = true;
  }
  if (json) {
    session.console().Json({{"running", false}, {"was_running", was_running}});
  } else {
    session.console().Line(was_running ? "stopped" : "not running");
  }
  return Exit::kSuccess;
}

}  // namespace

void AddBackendVerbs(CLI::App& app, Session& session) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* backend = app.add_subcommand("backend", "The embedded backend of your profile");
  backend->require_subcommand(1);
  CLI::App* status =
      backend->add_subcommand("status", "Whether it runs, and what it holds; exit 1 when it does not");
  status->add_flag("--json", *json, "Print the result as JSON");
  status->callback([&session, json] { session.Finish(Status(session, StartBackend::kNever, *json)); });
  CLI::App* start = backend->add_subcommand("start", "Start it where it does not run");
  const auto wanted = std::make_shared<StartArguments>();
  start
      ->add_option("--metrics-port", wanted->metrics_port,
                   "Serve metrics for Prometheus at http://127.0.0.1:PORT/metrics; 0: any free port")
      ->check(CLI::Range(0, 65535));
  start->add_option("--span-file", wanted->span_file,
                    "Write a span (OTLP/JSON) for each call and each element that ends to this file");
  start->add_flag("--json", wanted->json, "Print the result as JSON");
  start->callback([&session, wanted] { session.Finish(Start(session, *wanted)); });
  CLI::App* metrics = backend->add_subcommand("metrics", "What it has counted since it started");
  metrics->add_flag("--json", *json, "Print the result as JSON");
  metrics->callback([&session, json] { session.Finish(Metrics(session, *json)); });
  CLI::App* stop = backend->add_subcommand("stop", "End it in order");
  stop->add_flag("--json", *json, "Print the result as JSON");
  stop->callback([&session, json] { session.Finish(Stop(session, *json)); });
}

}  // namespace ameide::cli
