// Extension elements, mappings, calls and roles of what runs: errors `target/…`.
#include <string>

#include "notation/bpmn/extensions.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

/// Calls `use` for each node of executable processes.
template <typename Use>
void ForEachExecutable(const LintContext& context, const Use& use) {
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    for (const Element& node : scope.nodes) use(node);
  }
}

void Tell(Report& report, const Element& at, const ExtensionProblems& problems) {
  for (const ExtensionProblem& problem : problems) report.Add(at, problem.message);
}

/// Camunda 8 has extension elements of its own that the embedded engine does not read, and reads none of
/// ours.
bool IsCamunda(const LintContext& context) { return context.profile == LintProfile::kCamunda8; }

void Extension(const LintContext& context, Report& report) {
  if (IsCamunda(context)) return;
  for (const Scope& scope : context.scopes) {
    if (!scope.executable) continue;
    if (scope.container.type() == "process") Tell(report, scope.container, UnreadExtensions(scope.container));
    for (const Element& node : scope.nodes) Tell(report, node, UnreadExtensions(node));
  }
}

void DataMapping(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    Tell(report, node, MappingProblems(node));
    if (IsCamunda(context)) return;
    for (const std::string_view type : {"dataInputAssociation", "dataOutputAssociation"}) {
      for (const Element& association : node.children(type))
        Tell(report, association, AssignmentProblems(association));
    }
  });
}

void Call(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    Tell(report, node, JobProblems(node));
    if (IsCamunda(context) || node.type() != "serviceTask") return;
    Tell(report, node,
         node.extension(kAmeideNamespace, "httpCall") ? HttpCallProblems(node) : DomainCallProblems(node));
  });
}

void UserTask(const LintContext& context, Report& report) {
  ForEachExecutable(context, [&](const Element& node) {
    if (node.type() != "userTask") return;
    Tell(report, node, ScheduleProblems(node));
    if (!IsCamunda(context)) Tell(report, node, RoleProblems(node));
  });
}

constexpr Rule kRules[] = {
    {{"target/extension", Severity::kError, "An extension element that the target does not read there"},
     Extension},
    {{"target/data-mapping", Severity::kError, "A mapping of data that is empty or writes no variable"},
     DataMapping},
    {{"target/call", Severity::kError, "A job or call of a task that is written wrongly"}, Call},
    {{"target/user-task", Severity::kError, "A user task that says not who does it, or when"}, UserTask},
};

}  // namespace

std::span<const Rule> ExtensionRules() { return kRules; }

}  // namespace ameide::bpmn
