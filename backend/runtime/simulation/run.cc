#include "backend/runtime/simulation/run.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "backend/compiler/call_library.h"
#include "backend/engine/plan/plan_codec.h"
#include "backend/runtime/simulation/model.h"
#include "backend/runtime/simulation/simulation.h"
#include "base/status.h"
#include "notation/xml/intake.h"

namespace ameide::runtime {
namespace {

constexpr std::string_view kNoOutcomes = "{\"outcomes\":[]}\n";

/// Whether the file may call something that is in another one.
bool RefersToOthers(std::string_view file) {
  return file.find("calledDecision") != file.npos || file.find("callActivity") != file.npos;
}

/// The other files by what they are for.
struct Others {
  std::vector<engine::DecisionFile> decisions;
  std::vector<compiler::CallLibrary::File> calls;
};

Others LoadOthers(std::string_view file, const RunOptions& options) {
  Others others;
  if (!options.others || !RefersToOthers(file)) return others;
  for (RunOptions::OtherFile& other : options.others()) {
    if (xml::HasSuffix(other.path, ".dmn"))
      others.decisions.push_back({std::move(other.path), std::move(other.bytes)});
    else
      others.calls.push_back({std::move(other.path), std::move(other.bytes)});
  }
  // What is in another file may call something of this one.
  if (!others.calls.empty()) others.calls.push_back({"the file itself", std::string(file)});
  return others;
}

bool IsBegunByEvents(const engine::Plan& plan) {
  return std::any_of(plan.nodes.begin(), plan.nodes.end(),
                     [](const engine::Node& node) { return node.parent == 0 && node.instantiates; });
}

/// The plans to start, in order. INVALID_ARGUMENT when the file leaves open which.
absl::StatusOr<std::vector<const engine::Plan*>> ChoosePlans(const compiler::CompileResult& compiled,
                                                             const std::vector<std::string>& wanted) {
  std::string ids;
  std::vector<const engine::Plan*> plans;
  for (const compiler::CompiledProcess& process : compiled.processes) {
    const bool by_events = !BeginsByItself(process.plan) && IsBegunByEvents(process.plan);
    if (wanted.empty() && (by_events || IsCalled(compiled, process.plan))) continue;
    absl::StrAppend(&ids, ids.empty() ? "" : ", ", process.plan.process_id());
    if (wanted.empty()) plans.push_back(&process.plan);
  }
  if (plans.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("the file has several executable processes (", ids,
                                                   "); say which to start with --process ID"));
  }
  for (const std::string& id : wanted) {
    const auto found = std::find_if(compiled.processes.begin(), compiled.processes.end(),
                                    [&](const auto& process) { return process.plan.process_id() == id; });
    if (found == compiled.processes.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--process ", id, ": the file has no such executable process; it has ", ids));
    }
    // One that only events begin is begun by them.
    if (BeginsByItself(found->plan) || !IsBegunByEvents(found->plan)) plans.push_back(&found->plan);
  }
  return plans;
}

/// Options that name tasks must name tasks of the file: a misspelt one would silently do nothing.
absl::Status CheckNames(const compiler::CompileResult& compiled, const Script& script) {
  const auto known = [&](const std::string& id) {
    for (const compiler::CompiledProcess& process : compiled.processes) {
      for (const engine::Node& node : process.plan.nodes) {
        if (node.id == id) return node.type == "task" || node.type.ends_with("Task");
      }
    }
    return false;
  };
  for (const auto& [id, turns] : script.complete) {
    if (!known(id))
      return absl::InvalidArgumentError(absl::StrCat("--complete ", id, ": the file has no such task"));
  }
  for (const auto& [id, turns] : script.throws) {
    if (!known(id))
      return absl::InvalidArgumentError(absl::StrCat("--throw ", id, ": the file has no such task"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int> Run(std::string_view file, const RunOptions& options, std::ostream& out,
                        std::ostream& log) {
  AMEIDE_ASSIGN_OR_RETURN(Script script, ReadScript(options));
  compiler::CompileOptions compile_options;
  compile_options.target = compiler::Target::kSimulation;
  compile_options.form_matters = false;
  compile_options.stub = options.stub;
  compile_options.named.insert(options.processes.begin(), options.processes.end());
  Others others = LoadOthers(file, options);
  const engine::DecisionLibrary decisions(std::move(others.decisions));
  const compiler::CallLibrary calls(std::move(others.calls));
  compile_options.decisions = &decisions;
  compile_options.calls = &calls;
  for (const auto& [element, turns] : script.throws) compile_options.replaced.insert(element);
  for (const auto& [element, turns] : script.complete) compile_options.completed.insert(element);
  absl::StatusOr<compiler::CompileResult> compiled = CompileFile(file, compile_options);
  if (!compiled.ok()) {
    log << compiled.status().message() << '\n';
    out << kNoOutcomes;
    return 1;
  }
  if (!compiled->ok()) {
    for (const compiler::CompileFinding& finding : compiled->findings) {
      log << finding.line << ": " << compiler::FormatFinding(finding) << '\n';
    }
    out << kNoOutcomes;
    return 1;
  }
  for (compiler::CompiledProcess& process : compiled->processes) {
    if (!options.from_bytes) break;
    AMEIDE_ASSIGN_OR_RETURN(process.plan, engine::DecodePlan(process.bytes));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<const engine::Plan*> plans,
                          ChoosePlans(*compiled, options.processes));
  AMEIDE_RETURN_IF_ERROR(CheckNames(*compiled, script));

  std::optional<WallTime> until;
  if (script.advance) until = feel::AddDuration(options.start, *script.advance);
  Simulation simulation(std::move(script), options, out);
  for (const compiler::CompiledProcess& process : compiled->processes) {
    AMEIDE_RETURN_IF_ERROR(simulation.Deploy(process.plan));
  }
  for (const engine::Plan* plan : plans) {
    simulation.Start(*plan);
    simulation.RunToRest();
  }
  simulation.SendAll();
  simulation.RunTime(until);
  if (!simulation.at_rest()) {
    log << "the run was stopped after a million steps: it does not come to rest; look for a loop that "
           "nothing ends\n";
  }
  out << simulation.Outcomes() << '\n';
  if (!out.flush()) {
    return absl::UnavailableError(
        "the results could not be written; see whether the disk is full or the reader has gone");
  }
  return simulation.failed() ? 1 : 0;
}

}  // namespace ameide::runtime
