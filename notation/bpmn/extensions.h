#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notation/bpmn/view.h"

/// What an engine reads of nodes beside the standard's flow: extension elements, mappings, jobs, calls and
/// roles. The
/// lint tells what is wrong with them, and the compiler, which reads them, asks here.
namespace ameide::bpmn {

/// What is wrong, and the clause of what it belongs to.
struct ExtensionProblem {
  std::string message;
  std::string_view clause;
};
using ExtensionProblems = std::vector<ExtensionProblem>;

/// Whether a language or the format of a script names FEEL.
bool NamesFeel(std::string_view language);

/// Extension elements that no engine of the product reads, or not at this node.
ExtensionProblems UnreadExtensions(const Element& node);
/// Targets of zeebe:ioMapping that are no variables or paths.
ExtensionProblems MappingProblems(const Element& node);
/// A path of names, as an assignment's `to` has it: `order.id`, with or without `=`.
std::string PathOf(const std::string& text);
/// Assignments of a data association that are empty, or to what cannot be written.
ExtensionProblems AssignmentProblems(const Element& association);
/// What a zeebe:taskDefinition says of retries.
ExtensionProblems JobProblems(const Element& task);
/// An ameide:domainCall. One that names no command at all is said to be missing elsewhere.
ExtensionProblems DomainCallProblems(const Element& task);
/// An ameide:httpCall but its FEEL. One without url is said to be incomplete elsewhere.
ExtensionProblems HttpCallProblems(const Element& task);
/// When and how urgently a user task is to be done.
ExtensionProblems ScheduleProblems(const Element& task);

/// Owners in words, like `user(ada), group(clerks), sales`: those of groups, and of users as FEEL contexts,
/// in FEEL; nullopt for any other text.
std::optional<std::string> OwnersInWords(const std::string& text);
/// Why a role says not who it means; nullopt when it does.
std::optional<std::string> RoleProblem(const Element& role);
/// Roles of a user task that say not who it means, or too many.
ExtensionProblems RoleProblems(const Element& task);

/// A status that a call may answer: "404" or "4xx".
bool IsHttpStatus(std::string_view status);
/// How long a call may take or wait: a duration that is neither too short nor too long, in milliseconds.
std::optional<int64_t> HttpMilliseconds(std::string_view attribute, const std::string& text);
/// Whether a header of that name is the modeler's to set.
bool IsOwnHeader(std::string_view name);

}  // namespace ameide::bpmn
