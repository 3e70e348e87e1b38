#include "backend/runtime/simulation/model.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/xml/intake.h"

namespace ameide::runtime {

absl::StatusOr<compiler::CompileResult> CompileFile(std::string_view file,
                                                    const compiler::CompileOptions& options) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Intake intake, xml::Accept(file));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document document,
                          uaf::document::Document::Import(intake.import, file, {}));
  return compiler::Compile(document, options);
}

absl::Status FindingsAsStatus(const compiler::CompileResult& compiled) {
  if (compiled.ok()) return absl::OkStatus();
  std::string lines = "the model cannot be executed:";
  for (const compiler::CompileFinding& finding : compiled.findings)
    absl::StrAppend(&lines, "\n", finding.line, ": ", compiler::FormatFinding(finding));
  return absl::InvalidArgumentError(lines);
}

bool BeginsByItself(const engine::Plan& plan) { return !plan.nodes[0].entries.empty(); }

bool IsCalled(const compiler::CompileResult& compiled, const engine::Plan& plan) {
  for (const compiler::CompiledProcess& other : compiled.processes) {
    if (&other.plan == &plan) continue;
    for (const engine::Node& node : other.plan.nodes) {
      if (node.called != engine::kNone && other.plan.nodes[node.called].id == plan.process_id()) return true;
    }
  }
  return false;
}

absl::StatusOr<size_t> ChooseProcess(const compiler::CompileResult& compiled, const std::string& id) {
  std::string startable;
  std::vector<size_t> found;
  for (size_t i = 0; i < compiled.processes.size(); ++i) {
    const engine::Plan& plan = compiled.processes[i].plan;
    if (!BeginsByItself(plan)) continue;
    absl::StrAppend(&startable, startable.empty() ? "" : ", ", plan.process_id());
    if (id.empty() ? !IsCalled(compiled, plan) : plan.process_id() == id) found.push_back(i);
  }
  if (found.size() == 1) return found.front();
  if (!found.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the file has several processes (", startable, "); say which one"));
  }
  if (!id.empty() && !startable.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no process ", id, " that begins by itself; there are: ", startable));
  }
  return absl::InvalidArgumentError(
      "the file has no process that begins by itself: it needs a start event without a trigger");
}

}  // namespace ameide::runtime
