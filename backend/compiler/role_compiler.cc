// Who may do a user task, in the standard's own words (clause 10.3.1): resource roles.
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/compiler/process_compiler.h"

namespace ameide::compiler {

using bpmn::Element;
using engine::Node;

namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// Users or groups of a list of owners: texts are groups, contexts have a user or a group; null when anything
/// else is among them.
std::string NamesOf(const std::string& owners, bool users) {
  const std::string valid =
      "(owner instance of string or owner.user instance of string or owner.group instance of string)";
  const std::string wanted = users ? "owner.user instance of string"
                                   : "(owner instance of string or owner.group instance of string)";
  const std::string name = users ? "owner.user" : "if owner instance of string then owner else owner.group";
  return absl::StrCat("if every owner in flatten(", owners, ") satisfies ", valid,
                      " then flatten(for owner in flatten(", owners, ") return if ", wanted, " then [", name,
                      "] else []) else null");
}

/// What a role says, in FEEL; nullopt when it says not who it means.
std::optional<std::string> OwnersOf(const Element& role) {
  if (bpmn::RoleProblem(role)) return std::nullopt;
  if (const Element assignment = role.child("resourceAssignmentExpression")) {
    Element expression = assignment.child("formalExpression");
    if (!expression) expression = assignment.child("expression");
    if (const auto words = bpmn::OwnersInWords(expression.text())) return words;
    const std::string text = std::string(absl::StripAsciiWhitespace(expression.text()));
    return absl::StrCat("(", text.starts_with("=") ? text.substr(1) : text, "\n)");
  }
  const Element resource = role.reference("resourceRef");
  return Quoted(resource.name().empty() ? resource.id() : resource.name());
}

}  // namespace

/// Potential owners are candidates; a performer is who has the task. Simulations have no people.
void ProcessCompiler::CompileRoles(const Element& element, Node& node) {
  Report(element, bpmn::RoleProblems(element));
  std::vector<std::string> owners;
  for (const Element& role : element.children("potentialOwner")) {
    if (const auto owner = OwnersOf(role)) owners.push_back(*owner);
  }
  if (!owners.empty()) {
    const std::string all = absl::StrCat("[", absl::StrJoin(owners, ", "), "]");
    node.candidate_groups.expression = AddExpression(element, NamesOf(all, false), "potential owners");
    node.candidate_users.expression = AddExpression(element, NamesOf(all, true), "potential owners");
  }
  for (const std::string_view kind : {"humanPerformer", "performer"}) {
    for (const Element& role : element.children(kind)) {
      const auto performer = OwnersOf(role);
      if (!performer) continue;
      const std::string one = absl::StrCat("flatten([", *performer, "])");
      node.assignee.expression =
          AddExpression(element,
                        absl::StrCat("if count(", one, ") = 1 then (if ", one, "[1] instance of string then ",
                                     one, "[1] else ", one, "[1].user) else null"),
                        "performer");
    }
  }
}

}  // namespace ameide::compiler
