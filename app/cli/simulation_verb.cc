// simulate
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "app/cli/add_verb.h"
#include "app/cli/collect.h"
#include "app/cli/verbs.h"
#include "backend/runtime/batch/batch.h"
#include "base/status.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using runtime::BatchReport;
using runtime::Estimate;

struct Arguments {
  std::string file;
  std::string scenario;
  std::optional<uint32_t> runs;
  std::optional<uint64_t> seed;
  bool json = false;
};

ordered_json ToJson(const Estimate& estimate) {
  return {{"mean", estimate.mean}, {"half_width", estimate.half_width}};
}

ordered_json ToJson(const runtime::Duration& duration) {
  return {{"mean", duration.mean.mean},
          {"half_width", duration.mean.half_width},
          {"median", duration.median},
          {"p95", duration.p95},
          {"max", duration.most}};
}

ordered_json ToJson(const BatchReport& report) {
  ordered_json elements = ordered_json::array();
  for (const runtime::ElementReport& element : report.elements) {
    elements.push_back({{"id", element.id},
                        {"name", element.name},
                        {"type", element.type},
                        {"resource", element.resource},
                        {"count", ToJson(element.count)},
                        {"waiting", ToJson(element.waiting)},
                        {"working", ToJson(element.working)},
                        {"cost", ToJson(element.cost)},
                        {"share_of_waiting", element.share}});
  }
  ordered_json resources = ordered_json::array();
  for (const runtime::ResourceReport& resource : report.resources) {
    resources.push_back({{"name", resource.name},
                         {"count", resource.count},
                         {"utilization", ToJson(resource.utilization)},
                         {"queue", ToJson(resource.queue)},
                         {"longest_queue", resource.longest_queue},
                         {"cost", ToJson(resource.cost)}});
  }
  ordered_json problems = ordered_json::array();
  for (const auto& [why, count] : report.problems)
    problems.push_back({{"message", why}, {"instances", count}});
  return {{"process", report.process},
          {"runs", report.runs},
          {"seed", report.seed},
          {"currency", report.currency},
          {"started", ToJson(report.started)},
          {"completed", ToJson(report.completed)},
          {"failed", ToJson(report.failed)},
          {"unfinished", ToJson(report.unfinished)},
          {"cycle_seconds", ToJson(report.cycle)},
          {"waiting_seconds", ToJson(report.waiting)},
          {"cost", ToJson(report.cost)},
          {"run_seconds", ToJson(report.length)},
          {"elements", std::move(elements)},
          {"resources", std::move(resources)},
          {"without_duration", report.instant},
          {"problems", std::move(problems)}};
}

/// "3.2 h": two digits or so, in the unit that fits.
std::string Time(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  static constexpr Unit kUnits[] = {{86'400.0, "d"}, {3'600.0, "h"}, {60.0, "min"}, {1.0, "s"}};
  for (const Unit& unit : kUnits) {
    if (seconds >= unit.seconds || unit.seconds == 1.0)
      return absl::StrFormat("%.3g %s", seconds / unit.seconds, unit.name);
  }
  return "";
}

std::string TimeWithError(const Estimate& estimate) {
  if (estimate.half_width <= 0.0) return Time(estimate.mean);
  return absl::StrCat(Time(estimate.mean), " ± ", Time(estimate.half_width));
}

std::string Number(const Estimate& estimate) {
  if (estimate.half_width <= 0.0) return absl::StrFormat("%.4g", estimate.mean);
  return absl::StrFormat("%.4g ± %.2g", estimate.mean, estimate.half_width);
}

/// Columns as wide as their widest cell, counted in characters.
void PrintTable(const Console& console, const std::vector<std::vector<std::string>>& rows) {
  const auto width = [](const std::string& text) {
    return static_cast<size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  };
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) {
    std::string line = " ";
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - width(row[i]), ' ');
      // The first column is a name, the others are figures.
      absl::StrAppend(&line, " ", i == 0 ? row[i] : space, i == 0 ? space : row[i], " ");
    }
    while (line.ends_with(' ')) line.pop_back();
    console.Line(line);
  }
}

void Print(const Console& console, const BatchReport& report) {
  console.Line(absl::StrCat(report.process, ": ", report.runs, report.runs == 1 ? " run" : " runs", ", seed ",
                            report.seed, report.runs == 1 ? "" : "; ± is the 95 % confidence interval"));
  console.Line("");
  console.Line(absl::StrCat("  instances  ", Number(report.started), " started, ", Number(report.completed),
                            " completed, ", Number(report.failed), " failed, ", Number(report.unfinished),
                            " unfinished"));
  console.Line(absl::StrCat("  cycle time ", TimeWithError(report.cycle.mean), "   median ",
                            Time(report.cycle.median), ", 95 % within ", Time(report.cycle.p95), ", longest ",
                            Time(report.cycle.most)));
  console.Line(absl::StrCat("  waiting    ", TimeWithError(report.waiting.mean)));
  console.Line(absl::StrCat("  cost       ", Number(report.cost), report.currency.empty() ? "" : " ",
                            report.currency, " an instance"));
  if (!report.elements.empty()) {
    console.Line("");
    std::vector<std::vector<std::string>> rows = {
        {"element", "times", "waiting", "working", "cost", "of all waiting"}};
    std::vector<const runtime::ElementReport*> elements;
    for (const runtime::ElementReport& element : report.elements) elements.push_back(&element);
    // The bottlenecks first.
    std::stable_sort(elements.begin(), elements.end(),
                     [](const auto* a, const auto* b) { return a->share > b->share; });
    for (const runtime::ElementReport* const element : elements) {
      rows.push_back({element->name.empty() ? element->id : element->name, Number(element->count),
                      TimeWithError(element->waiting.mean), TimeWithError(element->working.mean),
                      Number(element->cost), absl::StrFormat("%.0f %%", element->share * 100.0)});
    }
    PrintTable(console, rows);
  }
  if (!report.resources.empty()) {
    console.Line("");
    std::vector<std::vector<std::string>> rows = {
        {"resource", "there are", "busy", "queue", "longest", "cost"}};
    for (const runtime::ResourceReport& resource : report.resources) {
      rows.push_back({resource.name, absl::StrCat(resource.count),
                      absl::StrFormat("%.1f %% ± %.1f", resource.utilization.mean * 100.0,
                                      resource.utilization.half_width * 100.0),
                      Number(resource.queue), absl::StrFormat("%.0f", resource.longest_queue),
                      Number(resource.cost)});
    }
    PrintTable(console, rows);
  }
  for (const auto& [why, count] : report.problems)
    console.Note(absl::StrCat(count, count == 1 ? " instance: " : " instances: ", why));
  if (report.instant.empty()) return;
  std::string ids;
  for (const std::string& id : report.instant) absl::StrAppend(&ids, ids.empty() ? "" : ", ", id);
  console.Note(absl::StrCat("without a duration in the scenario, so done in no time: ", ids));
}

absl::StatusOr<Exit> Simulate(Session& session, const Arguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string model, session.files().Read(arguments.file, kLargestArtifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::string text, session.files().Read(arguments.scenario, kLargestArtifact));
  absl::StatusOr<runtime::Scenario> scenario = runtime::ReadScenario(text);
  if (!scenario.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.scenario, ":", std::string(scenario.status().message())));
  }
  if (arguments.runs) scenario->runs = *arguments.runs;
  if (arguments.seed) scenario->seed = *arguments.seed;
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const absl::StatusOr<BatchReport> report = runtime::RunBatch(model, *scenario, threads);
  if (!report.ok()) {
    const bool unfit = absl::IsInvalidArgument(report.status());
    return absl::Status(report.status().code(), absl::StrCat(unfit ? arguments.file : arguments.scenario,
                                                             ": ", std::string(report.status().message())));
  }
  if (arguments.json) {
    session.console().Json(ToJson(*report));
  } else {
    Print(session.console(), *report);
  }
  return report->failed.mean > 0.0 ? Exit::kFinding : Exit::kSuccess;
}

}  // namespace

void AddSimulationVerb(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* simulate =
      AddVerb(app, "simulate", "Run a process many times with a scenario; waiting, cost, bottlenecks",
              session, arguments, &Simulate);
  simulate->add_option("FILE", arguments->file, "BPMN file")->required();
  simulate
      ->add_option("SCENARIO", arguments->scenario, "Scenario (YAML): arrivals, durations, resources, odds")
      ->required();
  simulate->add_option("--runs", arguments->runs, "Independent runs, instead of the scenario's")
      ->check(CLI::Range(uint32_t{1}, runtime::kMostRuns));
  simulate->add_option("--seed", arguments->seed, "Seed, instead of the scenario's");
}

}  // namespace ameide::cli
