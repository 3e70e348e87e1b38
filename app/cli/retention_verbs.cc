// retention, purge
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "app/cli/add_verb.h"
#include "app/cli/console.h"
#include "app/cli/process_client.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/clock.h"
#include "base/status.h"
#include "notation/feel/duration.h"

namespace ameide::cli {

namespace v1 = process::v1;
using nlohmann::ordered_json;
using Stub = v1::ProcessService::Stub;

namespace {

struct RetentionArguments {
  std::string process;
  std::string keep;
  bool for_ever = false;
  bool clear = false;
  std::string reason;
  int limit = 50;
  std::string after;
  bool json = false;
};

absl::StatusOr<google::protobuf::Duration> DurationIn(const std::string& text) {
  const absl::StatusOr<feel::IsoDuration> duration = feel::ParseIsoDuration(text);
  if (!duration.ok() || duration->months.months != 0 || duration->time.seconds < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--keep ", text, " is no ISO 8601 duration of days or less, like P30D"));
  }
  google::protobuf::Duration keep;
  keep.set_seconds(duration->time.seconds);
  keep.set_nanos(static_cast<int32_t>(duration->time.nanos));
  return keep;
}

absl::StatusOr<Exit> ListRules(Session& session, const RetentionArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::ListRetentionRequest request;
  request.set_page_size(arguments.limit);
  request.set_page_token(arguments.after);
  v1::ListRetentionResponse response;
  const absl::Status status = backend.Call(&Stub::ListRetention, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  ordered_json list = ordered_json::array();
  for (const v1::RetentionRule& rule : response.rules()) {
    if (arguments.json) {
      list.push_back({{"process", Nullable(rule.process())},
                      {"keep_seconds", rule.has_keep() ? ordered_json(rule.keep().seconds()) : nullptr}});
      continue;
    }
    session.console().Line(
        absl::StrCat(rule.process().empty() ? "every other process" : rule.process(), "  ",
                     rule.has_keep() ? absl::StrCat(rule.keep().seconds(), " s") : "for ever"));
  }
  if (arguments.json) {
    session.console().Json({{"rules", list}, {"next", Nullable(response.next_page_token())}});
  } else if (response.rules_size() == 0) {
    session.console().Line("every process: for ever");
  } else if (!response.next_page_token().empty()) {
    session.console().Note(absl::StrCat("more with: --after ", response.next_page_token()));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Retention(Session& session, const RetentionArguments& arguments) {
  const int rules =
      (arguments.keep.empty() ? 0 : 1) + (arguments.for_ever ? 1 : 0) + (arguments.clear ? 1 : 0);
  if (rules > 1) return absl::InvalidArgumentError("say one of --keep, --for-ever and --clear");
  if (rules == 0) {
    if (arguments.process.empty()) return ListRules(session, arguments);
    return absl::InvalidArgumentError("say how long: --keep P30D, --for-ever, or --clear");
  }
  v1::SetRetentionRequest request;
  request.set_process(arguments.process);
  request.set_reason(arguments.reason);
  if (arguments.for_ever) request.set_keep_for_ever(true);
  if (arguments.clear) request.set_clear(true);
  if (!arguments.keep.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(*request.mutable_keep(), DurationIn(arguments.keep));
  }
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::SetRetentionResponse response;
  const absl::Status status = backend.Call(&Stub::SetRetention, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    session.console().Json({{"process", Nullable(arguments.process)}, {"set", true}});
  } else {
    session.console().Line(absl::StrCat(
        "finished instances of ", arguments.process.empty() ? "every other process" : arguments.process, ": ",
        arguments.clear      ? "as of every other process"
        : arguments.for_ever ? "kept for ever"
                             : absl::StrCat("kept for ", arguments.keep)));
  }
  return Exit::kSuccess;
}

struct PurgeArguments {
  std::string process;
  std::string before;
  bool all = false;
  bool dry_run = false;
  std::string reason;
  bool json = false;
};

absl::StatusOr<Exit> Purge(Session& session, const PurgeArguments& arguments) {
  if (arguments.process.empty() && !arguments.all) {
    return absl::InvalidArgumentError("name a process, or say --all");
  }
  v1::PurgeInstancesRequest request;
  request.set_process(arguments.process);
  request.set_dry_run(arguments.dry_run);
  request.set_reason(arguments.reason);
  if (!arguments.before.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const WallTime before, ParseTime(arguments.before));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(before);
    request.mutable_ended_before()->set_seconds(seconds.time_since_epoch().count());
    request.mutable_ended_before()->set_nanos(
        static_cast<int32_t>(std::chrono::nanoseconds(before - seconds).count()));
  }
  AMEIDE_ASSIGN_OR_RETURN(const ProcessBackend backend, ProcessBackend::Connect());
  v1::PurgeInstancesResponse response;
  const absl::Status status = backend.Call(&Stub::PurgeInstances, request, response);
  if (!status.ok()) return Failed(session.console(), status);
  if (arguments.json) {
    session.console().Json({{"instances", response.instances()}, {"dry_run", arguments.dry_run}});
  } else {
    session.console().Line(absl::StrCat(arguments.dry_run ? "would go: " : "gone: ", response.instances(),
                                        " finished instances"));
  }
  return Exit::kSuccess;
}

}  // namespace

void AddRetentionVerbs(CLI::App& app, Session& session) {
  const auto retention = std::make_shared<RetentionArguments>();
  CLI::App* retention_verb =
      AddVerb(app, "retention", "How long finished instances are kept: tell it, or set it", session,
              retention, Retention);
  retention_verb->add_option("PROCESS", retention->process,
                             "Its instances (default: those of every process without a rule of its own)");
  retention_verb->add_option("--keep", retention->keep, "So long after their end, like P30D");
  retention_verb->add_flag("--for-ever", retention->for_ever, "For ever");
  retention_verb->add_flag("--clear", retention->clear, "As every process without a rule of its own");
  retention_verb->add_option("--reason", retention->reason, "Why, for the audit");
  retention_verb->add_option("--limit", retention->limit, "Tell at most so many rules")
      ->check(CLI::Range(1, 500))
      ->capture_default_str();
  retention_verb->add_option("--after", retention->after, "Go on behind a page: its `next`");

  const auto purge = std::make_shared<PurgeArguments>();
  CLI::App* purge_verb = AddVerb(app, "purge", "Let finished instances go, with their variables and history",
                                 session, purge, Purge);
  purge_verb->add_option("PROCESS", purge->process, "Its instances");
  purge_verb->add_flag("--all", purge->all, "Instances of every process");
  purge_verb->add_option("--before", purge->before, "Only those that ended before this time");
  purge_verb->add_flag("--dry-run", purge->dry_run, "Only count them");
  purge_verb->add_option("--reason", purge->reason, "Why, for the audit");
}

}  // namespace ameide::cli
