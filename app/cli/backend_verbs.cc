// backend status, start, stop
#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
                        {"incidents", status.incidents()}};
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
  start->add_flag("--json", *json, "Print the result as JSON");
  start->callback([&session, json] { session.Finish(Status(session, StartBackend::kIfMissing, *json)); });
  CLI::App* stop = backend->add_subcommand("stop", "End it in order");
  stop->add_flag("--json", *json, "Print the result as JSON");
  stop->callback([&session, json] { session.Finish(Stop(session, *json)); });
}

}  // namespace ameide::cli
