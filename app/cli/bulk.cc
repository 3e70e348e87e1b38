#include "app/cli/bulk.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "app/cli/process_client.h"
#include "base/status.h"

namespace ameide::cli {

namespace v1 = process::v1;
using nlohmann::ordered_json;

void AddFilters(CLI::App* verb, BulkArguments& arguments) {
  verb->add_flag("--all", arguments.all, "All that have not ended and that the filters let through");
  verb->add_option("--process", arguments.process, "With --all: only of this process");
  verb->add_option("--state", arguments.state, "With --all: only in this state")
      ->check(CLI::IsMember({"active", "incident", "suspended"}));
  verb->add_option("--version", arguments.version, "With --all and --process: only of this version")
      ->check(CLI::PositiveNumber);
  verb->add_flag("--dry-run", arguments.dry_run, "Only tell what would become of each");
}

void AddBulkOptions(CLI::App* verb, BulkArguments& arguments) {
  verb->add_option("ID", arguments.instances, "The instance, or several");
  AddFilters(verb, arguments);
  verb->add_option("--reason", arguments.reason, "Why, for the audit");
}

absl::StatusOr<Exit> RunBulk(Session& session, const BulkArguments& arguments,
                             v1::OperateInstancesRequest request, const std::string& done) {
  if (arguments.instances.empty() == !arguments.all) {
    return absl::InvalidArgumentError("name instances, or say --all with --process or --state");
  }
  for (const std::string& instance : arguments.instances) request.add_instances(instance);
  if (arguments.state == "active") request.set_state(v1::INSTANCE_STATE_ACTIVE);
  if (arguments.state == "incident") request.set_state(v1::INSTANCE_STATE_INCIDENT);
  if (arguments.state == "suspended") request.set_state(v1::INSTANCE_STATE_SUSPENDED);
  request.set_process(arguments.process);
  request.set_version(arguments.version);
  request.set_dry_run(arguments.dry_run);
  request.set_reason(arguments.reason);
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::OperateInstancesResponse response;
  const absl::Status status = backend.Call(&v1::ProcessService::Stub::OperateInstances, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  bool all = true;
  ordered_json list = ordered_json::array();
  for (const v1::InstanceOutcome& outcome : response.instances()) {
    all = all && outcome.done();
    if (arguments.json) {
      list.push_back(
          {{"id", outcome.instance()}, {"done", outcome.done()}, {"message", Nullable(outcome.message())}});
      continue;
    }
    session.console().Line(absl::StrCat(outcome.instance(), "  ",
                                        !outcome.done()     ? absl::StrCat("stays: ", outcome.message())
                                        : arguments.dry_run ? "can be " + done
                                                            : done));
  }
  if (arguments.json) {
    session.console().Json({{"instances", list}, {"dry_run", arguments.dry_run}, {"more", response.more()}});
  } else if (response.more()) {
    session.console().Note("there are more; say it again for the next ones");
  }
  return all ? Exit::kSuccess : Exit::kFinding;
}

}  // namespace ameide::cli
