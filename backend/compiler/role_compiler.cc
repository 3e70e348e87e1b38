// Who may do a user task, in the standard's own words (clause 10.3.1): resource roles.
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "backend/compiler/process_compiler.h"
#include "notation/feel/expression.h"

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

/// `user(ada), group(clerks), sales`, as other engines write owners, in FEEL; nullopt for any other text.
/// Names alone are groups, but one name alone is an expression.
std::optional<std::string> OwnersInWords(const std::string& text) {
  std::vector<std::string> owners;
  bool has_call = false;
  for (const auto piece : absl::StrSplit(text, ',')) {
    std::string part(absl::StripAsciiWhitespace(piece));
    bool is_user = false;
    for (const std::string_view kind : {"user", "group"}) {
      if (!part.starts_with(kind) || part.size() < kind.size() + 3 || part[kind.size()] != '(' ||
          part.back() != ')')
        continue;
      part = std::string(
          absl::StripAsciiWhitespace(part.substr(kind.size() + 1, part.size() - kind.size() - 2)));
      is_user = kind == "user";
      has_call = true;
      break;
    }
    if (part.empty() || part.find_first_of("()\"=[]{}") != std::string::npos) return std::nullopt;
    owners.push_back(is_user ? absl::StrCat("{user: ", Quoted(part), "}") : Quoted(part));
  }
  if (!has_call) return std::nullopt;
  return absl::StrCat("[", absl::StrJoin(owners, ", "), "]");
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

}  // namespace

/// What a role says, in FEEL; nullopt after a finding.
std::optional<std::string> ProcessCompiler::OwnersOf(const Element& element, const Element& role) {
  const std::string label = std::string(role.local_name());
  if (const Element assignment = role.child("resourceAssignmentExpression")) {
    Element expression = assignment.child("formalExpression");
    if (!expression) expression = assignment.child("expression");
    const std::string language = expression.attribute("language").value_or("");
    if (const auto words = OwnersInWords(expression.text())) return words;
    if (expression.text().empty() || (!language.empty() && !IsFeel(language))) {
      Report(
          element,
          absl::StrCat("the ", label,
                       language.empty() || IsFeel(language) ? std::string("'s expression is empty")
                                                            : absl::StrCat(" is written in ", language),
                       "; write FEEL that gives a group, a list of them, or contexts like {user: \"ada\"}"),
          "10.3.1");
      return std::nullopt;
    }
    const absl::StatusOr<feel::Expression> parsed = feel::Parse(expression.text());
    if (!parsed.ok()) {
      Report(element,
             absl::StrCat("the ", label, " '", expression.text().substr(0, 80),
                          "' is not FEEL that can be run: ", std::string(parsed.status().message())),
             "10.3.1");
      return std::nullopt;
    }
    const std::string text = std::string(absl::StripAsciiWhitespace(expression.text()));
    return absl::StrCat("(", text.starts_with("=") ? text.substr(1) : text, "\n)");
  }
  const Element resource = role.reference("resourceRef");
  const std::string name = resource.name().empty() ? resource.id() : resource.name();
  if (name.empty()) {
    Report(element,
           absl::StrCat("the ", label, " names nobody; give it a resource of this file or an expression"),
           "10.3.1");
    return std::nullopt;
  }
  if (role.child("resourceParameterBinding")) {
    Report(element,
           absl::StrCat("the ", label, " asks the resource ", name,
                        " with parameters, but there is no directory to ask; write an expression"),
           "10.3.1");
    return std::nullopt;
  }
  return Quoted(name);
}

/// Potential owners are candidates; a performer is who has the task. Simulations have no people.
void ProcessCompiler::CompileRoles(const Element& element, Node& node) {
  std::vector<std::string> owners;
  for (const Element& role : element.children("potentialOwner")) {
    if (const auto owner = OwnersOf(element, role)) owners.push_back(*owner);
  }
  if (!owners.empty()) {
    if (!node.candidate_groups.empty() || !node.candidate_users.empty()) {
      Report(element, "the task has potential owners and candidates (zeebe:assignmentDefinition); keep one",
             "10.3.1");
    }
    const std::string all = absl::StrCat("[", absl::StrJoin(owners, ", "), "]");
    node.candidate_groups.expression = AddExpression(element, NamesOf(all, false), "potential owners");
    node.candidate_users.expression = AddExpression(element, NamesOf(all, true), "potential owners");
  }
  size_t performers = node.assignee.empty() ? 0 : 1;
  for (const std::string_view kind : {"humanPerformer", "performer"}) {
    for (const Element& role : element.children(kind)) {
      const auto performer = OwnersOf(element, role);
      if (!performer) continue;
      if (++performers > 1) {
        Report(element, "the task has several performers; one has it, others may be potential owners",
               "10.3.1");
        return;
      }
      const std::string one = absl::StrCat("flatten([", *performer, "])");
      node.assignee.expression =
          AddExpression(element,
                        absl::StrCat("if count(", one, ") = 1 then (if ", one, "[1] instance of string then ",
                                     one, "[1] else ", one, "[1].user) else null"),
                        "performer");
    }
  }
  if (element.child("resourceRole")) {
    Report(element,
           "a resource role without a kind says not what the resource does; use a potentialOwner or a "
           "humanPerformer",
           "10.3.1");
  }
}

}  // namespace ameide::compiler
