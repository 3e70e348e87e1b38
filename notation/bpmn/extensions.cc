#include "notation/bpmn/extensions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/words.h"
#include "notation/feel/duration.h"
#include "notation/feel/expression.h"

namespace ameide::bpmn {

namespace {

constexpr std::string_view kTaskClause = "13.3.3", kRoleClause = "10.3.1";

/// Where an extension element means something.
enum class Place : uint8_t {
  kAnywhere,
  kActivityOrEvent,
  kJob,
  kServiceTask,
  kScriptTask,
  kUserTask,
  kForm,
  kCallActivity,
  kBusinessRuleTask,
};

/// Extension elements that are executed, or that only describe.
struct KnownExtension {
  std::string_view uri;
  std::string_view name;
  Place place;
};
constexpr std::array<KnownExtension, 16> kKnownExtensions = {{
    {kZeebeNamespace, "taskDefinition", Place::kJob},
    {kZeebeNamespace, "taskHeaders", Place::kJob},
    {kZeebeNamespace, "ioMapping", Place::kActivityOrEvent},
    {kZeebeNamespace, "properties", Place::kAnywhere},
    {kZeebeNamespace, "versionTag", Place::kAnywhere},
    {kZeebeNamespace, "assignmentDefinition", Place::kUserTask},
    {kZeebeNamespace, "formDefinition", Place::kForm},
    {kZeebeNamespace, "taskSchedule", Place::kUserTask},
    {kZeebeNamespace, "priorityDefinition", Place::kUserTask},
    {kZeebeNamespace, "userTask", Place::kUserTask},
    {kZeebeNamespace, "userTaskForm", Place::kAnywhere},
    {kZeebeNamespace, "script", Place::kScriptTask},
    {kZeebeNamespace, "calledElement", Place::kCallActivity},
    {kZeebeNamespace, "calledDecision", Place::kBusinessRuleTask},
    {kAmeideNamespace, "domainCall", Place::kServiceTask},
    {kAmeideNamespace, "httpCall", Place::kServiceTask},
}};

bool IsAt(const Element& node, Place place) {
  const std::string_view type = node.type();
  switch (place) {
    case Place::kAnywhere:
      return true;
    case Place::kActivityOrEvent:
      return node.is(kActivity) || node.is(kEvent);
    case Place::kJob:
      return type == "serviceTask" || type == "sendTask" || type == "businessRuleTask" ||
             type == "scriptTask" || node.is(kThrowEvent);
    case Place::kServiceTask:
      return type == "serviceTask";
    case Place::kScriptTask:
      return type == "scriptTask" || type == "globalScriptTask";
    case Place::kUserTask:
      return type == "userTask" || type == "globalUserTask";
    case Place::kForm:  // at a start event for whoever starts the process by hand
      return type == "userTask" || type == "globalUserTask" || type == "startEvent";
    case Place::kCallActivity:
      return type == "callActivity";
    case Place::kBusinessRuleTask:
      return type == "businessRuleTask" || type == "globalBusinessRuleTask";
  }
  return false;
}

/// A path of names, like `order.id`.
bool IsPath(const std::string& path) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  return std::all_of(names.begin(), names.end(), [](const std::string& name) { return !name.empty(); });
}

/// Whether a text is a whole number of the range, and nothing else.
bool IsNumber(const std::string& text, uint32_t least, uint32_t most) {
  uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && number >= least && number <= most;
}

void CheckRetries(const Element& definition, ExtensionProblems& problems) {
  const std::string retries = definition.attribute("retries").value_or("3");
  if (IsNumber(retries, 1, 1000)) return;
  problems.push_back(
      {absl::StrCat("retries is '", retries, "'; it must be a number from 1 to 1000"), kTaskClause});
}

std::string FeelString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// ---- HTTP

constexpr std::array<const char*, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
/// Set by whoever makes the call, from what it sends.
constexpr std::array<std::string_view, 6> kSetHeaders = {"host",       "content-length", "transfer-encoding",
                                                         "connection", "upgrade",        "trailer"};
constexpr char kHttpRequest[] = "httpRequest";  // as the engine calls it
constexpr char kSecret[] = "{{secrets.";
constexpr std::chrono::minutes kLongestTimeout{10};

/// A token of RFC 9110, 5.6.2.
bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// The names between {{secrets. and }}; false when one of them is no name, or the braces do not close.
bool SecretsAreWellFormed(std::string_view text) {
  for (size_t at = text.find(kSecret); at != std::string_view::npos; at = text.find(kSecret, at)) {
    at += sizeof(kSecret) - 1;
    const size_t end = text.find("}}", at);
    if (end == std::string_view::npos || end == at) return false;
    for (const char c : text.substr(at, end - at)) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
    }
  }
  return true;
}

void CheckSecret(const std::string& text, std::string_view what, ExtensionProblems& problems) {
  if (!absl::StrContains(text, kSecret)) return;
  problems.push_back({absl::StrCat("the ", std::string(what),
                                   " of the HTTP call names a secret; secrets go into headers, as fixed "
                                   "text"),
                      kTaskClause});
}

/// Names with values: each once.
void CheckPairs(const Element& call, std::string_view kind, ExtensionProblems& problems) {
  std::set<std::string> names;
  for (const Element& pair : call.foreign_children(kAmeideNamespace, kind)) {
    const std::string name = pair.attribute("name").value_or("");
    const std::string value = pair.attribute("value").value_or("");
    const bool is_header = kind == "header";
    const std::string key = is_header ? absl::AsciiStrToLower(name) : name;
    std::string wrong;
    if (is_header ? !IsHeaderName(name) : name.empty()) {
      wrong = absl::StrCat("a ", std::string(kind), " of the HTTP call has the name '", name,
                           "', which cannot be sent; correct it");
    } else if (is_header && !IsOwnHeader(name)) {
      wrong = absl::StrCat("the header ", name, " is set by the call itself; remove it");
    } else if (!names.insert(key).second) {
      wrong = absl::StrCat("the HTTP call has the ", std::string(kind), " ", name, " twice; keep one");
    } else if (is_header && !value.starts_with('=') && absl::StrContains(value, "{{")) {
      if (!SecretsAreWellFormed(value))
        wrong = absl::StrCat("the header ", name,
                             " has a reference that cannot be read; write {{secrets.NAME}}, of letters, "
                             "digits and _");
    } else {
      CheckSecret(value, absl::StrCat(std::string(kind), " ", name), problems);
    }
    if (!wrong.empty()) problems.push_back({std::move(wrong), kTaskClause});
  }
}

void CheckErrors(const Element& call, ExtensionProblems& problems) {
  std::set<std::string> statuses;
  for (const Element& error : call.foreign_children(kAmeideNamespace, "error")) {
    const std::string status = absl::AsciiStrToLower(error.attribute("status").value_or(""));
    const std::string code = error.attribute("code").value_or("");
    if (IsHttpStatus(status) && !code.empty() && statuses.insert(status).second) continue;
    problems.push_back(
        {absl::StrCat("an error of the HTTP call has the status '", status, "' and the code '", code,
                      "'; a status like 404 or 4xx, each once, and the code of a BPMN error are needed"),
         kTaskClause});
  }
}

}  // namespace

bool NamesFeel(std::string_view language) {
  return absl::StrContains(absl::AsciiStrToLower(std::string(language)), "feel");
}

ExtensionProblems UnreadExtensions(const Element& node) {
  ExtensionProblems problems;
  for (const Element& extension : node.child("extensionElements").children()) {
    const std::string_view uri = extension.namespace_uri(), name = extension.local_name();
    if (uri != kZeebeNamespace && uri != kAmeideNamespace) continue;
    const std::string label = absl::StrCat(uri == kZeebeNamespace ? "zeebe:" : "ameide:", std::string(name));
    const auto known =
        std::find_if(kKnownExtensions.begin(), kKnownExtensions.end(),
                     [&](const KnownExtension& row) { return row.uri == uri && row.name == name; });
    if (known == kKnownExtensions.end()) {
      problems.push_back({absl::StrCat(label, " cannot be executed yet; remove it"), "8.2.3"});
    } else if (!IsAt(node, known->place)) {
      problems.push_back(
          {absl::StrCat(label, " means nothing at ", WithArticle(InWords(node.type())), "; remove it"),
           "8.2.3"});
    }
  }
  return problems;
}

ExtensionProblems MappingProblems(const Element& node) {
  ExtensionProblems problems;
  const Element mappings = node.extension(kZeebeNamespace, "ioMapping");
  for (const std::string_view kind : {"input", "output"}) {
    for (const Element& mapping : mappings.foreign_children(kZeebeNamespace, kind)) {
      const std::string target = mapping.attribute("target").value_or("");
      if (IsPath(target)) continue;
      problems.push_back({absl::StrCat("an ", std::string(kind), " mapping has the target '", target,
                                       "'; it must be a variable's name or a path like order.id"),
                          "10.4.2"});
    }
  }
  return problems;
}

std::string PathOf(const std::string& text) {
  std::string path = text.starts_with('=') ? text.substr(1) : text;
  absl::StripAsciiWhitespace(&path);
  return path;
}

ExtensionProblems AssignmentProblems(const Element& association) {
  ExtensionProblems problems;
  for (const Element& assignment : association.children("assignment")) {
    const std::string to = PathOf(assignment.child("to").text());
    if (!IsPath(to)) {
      problems.push_back({absl::StrCat("an assignment has the target '", to,
                                       "'; it must be a variable's name or a path like order.id"),
                          "10.4.2"});
    }
    if (assignment.child("from").text().empty()) {
      problems.push_back(
          {absl::StrCat("an assignment to '", to, "' is empty; write a FEEL expression (from)"), "10.4.2"});
    }
  }
  return problems;
}

ExtensionProblems JobProblems(const Element& task) {
  ExtensionProblems problems;
  const Element definition = task.extension(kZeebeNamespace, "taskDefinition");
  if (!definition.attribute("type").value_or("").empty()) CheckRetries(definition, problems);
  return problems;
}

ExtensionProblems DomainCallProblems(const Element& task) {
  const Element call = task.extension(kAmeideNamespace, "domainCall");
  const std::string command = call.attribute("command").value_or("");
  if (absl::StripAsciiWhitespace(command).empty()) return {};
  ExtensionProblems problems;
  const size_t slash = command.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == command.size() ||
      command.find('/', slash + 1) != std::string::npos) {
    problems.push_back(
        {absl::StrCat("the domain call's command is '", command,
                      "'; it must read package.Service/Method, like orders.v1.OrderService/CreateOrder"),
         kTaskClause});
    return problems;
  }
  if (task.extension(kZeebeNamespace, "taskDefinition"))
    problems.push_back({"the task has both a domain call and a job type; keep one", kTaskClause});
  if (call.attribute("domain").value_or("").empty())
    problems.push_back({"the domain call names no domain; name the one that has the command", kTaskClause});
  return problems;
}

ExtensionProblems HttpCallProblems(const Element& task) {
  const Element call = task.extension(kAmeideNamespace, "httpCall");
  if (!call) return {};
  ExtensionProblems problems;
  if (task.extension(kZeebeNamespace, "taskDefinition") || task.extension(kAmeideNamespace, "domainCall"))
    problems.push_back({"the task has an HTTP call and another implementation; keep one", kTaskClause});
  CheckRetries(call, problems);
  for (const std::string_view name : {"timeout", "retryBackoff"}) {
    const std::string text = call.attribute(name).value_or("");
    if (text.empty() || HttpMilliseconds(name, text)) continue;
    problems.push_back(
        {absl::StrCat(std::string(name), " is '", text, "'; it must be a duration like PT10S, at most ",
                      name == "timeout" ? "PT10M" : "P1D"),
         kTaskClause});
  }
  CheckErrors(call, problems);
  const std::string method = call.attribute("method").value_or("GET");
  if (!method.starts_with('=') && std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    problems.push_back(
        {absl::StrCat("the HTTP method is '", method, "'; use one of ", absl::StrJoin(kMethods, ", ")),
         kTaskClause});
  }
  const std::string url = call.attribute("url").value_or("");
  if (!absl::StripAsciiWhitespace(url).empty() && !url.starts_with('=') && !url.starts_with("https://") &&
      !url.starts_with("http://")) {
    problems.push_back(
        {absl::StrCat("the url of the HTTP call is '", url, "'; it must begin with https://"), kTaskClause});
  }
  const Element mappings = task.extension(kZeebeNamespace, "ioMapping");
  for (const Element& mapping : mappings.foreign_children(kZeebeNamespace, "input")) {
    const std::string target = mapping.attribute("target").value_or("");
    if (target != kHttpRequest && !target.starts_with(absl::StrCat(kHttpRequest, "."))) continue;
    problems.push_back(
        {absl::StrCat("the variable ", kHttpRequest, " is the HTTP call's own; choose another"), "10.4.2"});
  }
  CheckSecret(method, "method", problems);
  CheckSecret(url, "url", problems);
  CheckPairs(call, "query", problems);
  CheckPairs(call, "header", problems);
  CheckSecret(call.attribute("body").value_or(""), "body", problems);
  return problems;
}

ExtensionProblems ScheduleProblems(const Element& task) {
  ExtensionProblems problems;
  const Element schedule = task.extension(kZeebeNamespace, "taskSchedule");
  for (const bool due : {true, false}) {
    const std::string text = schedule.attribute(due ? "dueDate" : "followUpDate").value_or("");
    if (text.empty() || text.starts_with('=')) continue;
    const absl::Status read = feel::ParseIsoDateTime(text).status();
    if (read.ok()) continue;
    problems.push_back({absl::StrCat("the ", due ? "due" : "follow-up",
                                     " date cannot be read: ", std::string(read.message())),
                        "10.3.3"});
  }
  const std::string priority =
      task.extension(kZeebeNamespace, "priorityDefinition").attribute("priority").value_or("");
  if (!priority.empty() && !priority.starts_with('=') && !IsNumber(priority, 0, 100)) {
    problems.push_back(
        {absl::StrCat("the priority is '", priority, "'; it must be a number from 0 to 100"), "10.3.3"});
  }
  return problems;
}

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
    owners.push_back(is_user ? absl::StrCat("{user: ", FeelString(part), "}") : FeelString(part));
  }
  if (!has_call) return std::nullopt;
  return absl::StrCat("[", absl::StrJoin(owners, ", "), "]");
}

std::optional<std::string> RoleProblem(const Element& role) {
  const std::string label(role.local_name());
  if (const Element assignment = role.child("resourceAssignmentExpression")) {
    Element expression = assignment.child("formalExpression");
    if (!expression) expression = assignment.child("expression");
    const std::string language = expression.attribute("language").value_or("");
    if (OwnersInWords(expression.text())) return std::nullopt;
    const bool foreign = !language.empty() && !NamesFeel(language);
    if (expression.text().empty() || foreign) {
      return absl::StrCat(
          "the ", label, foreign ? absl::StrCat(" is written in ", language) : "'s expression is empty",
          "; write FEEL that gives a group, a list of them, or contexts like {user: \"ada\"}");
    }
    const absl::Status parsed = feel::Parse(expression.text()).status();
    if (parsed.ok()) return std::nullopt;
    return absl::StrCat("the ", label, " '", expression.text().substr(0, 80),
                        "' is not FEEL that can be run: ", std::string(parsed.message()));
  }
  const Element resource = role.reference("resourceRef");
  const std::string name = resource.name().empty() ? resource.id() : resource.name();
  if (name.empty())
    return absl::StrCat("the ", label, " names nobody; give it a resource of this file or an expression");
  if (!role.child("resourceParameterBinding")) return std::nullopt;
  return absl::StrCat("the ", label, " asks the resource ", name,
                      " with parameters, but there is no directory to ask; write an expression");
}

ExtensionProblems RoleProblems(const Element& task) {
  ExtensionProblems problems;
  const auto check = [&](const Element& role) {
    const std::optional<std::string> problem = RoleProblem(role);
    if (problem) problems.push_back({*problem, kRoleClause});
    return !problem;
  };
  const Element assignment = task.extension(kZeebeNamespace, "assignmentDefinition");
  const auto assigns = [&](std::string_view name) {
    return !assignment.attribute(name).value_or("").empty();
  };
  bool owned = false;
  for (const Element& role : task.children("potentialOwner")) owned = check(role) || owned;
  if (owned && (assigns("candidateGroups") || assigns("candidateUsers"))) {
    problems.push_back(
        {"the task has potential owners and candidates (zeebe:assignmentDefinition); keep one", kRoleClause});
  }
  size_t performers = assigns("assignee") ? 1 : 0;
  for (const std::string_view kind : {"humanPerformer", "performer"}) {
    for (const Element& role : task.children(kind)) performers += check(role) ? 1 : 0;
  }
  if (performers > 1) {
    problems.push_back(
        {"the task has several performers; one has it, others may be potential owners", kRoleClause});
  }
  if (task.child("resourceRole")) {
    problems.push_back(
        {"a resource role without a kind says not what the resource does; use a potentialOwner or a "
         "humanPerformer",
         kRoleClause});
  }
  return problems;
}

bool IsHttpStatus(std::string_view status) {
  if (status.size() != 3 || status[0] < '1' || status[0] > '5') return false;
  if (status.substr(1) == "xx") return true;
  return absl::ascii_isdigit(static_cast<unsigned char>(status[1])) &&
         absl::ascii_isdigit(static_cast<unsigned char>(status[2]));
}

std::optional<int64_t> HttpMilliseconds(std::string_view attribute, const std::string& text) {
  const auto duration = feel::ParseIsoDuration(text);
  if (!duration.ok()) return std::nullopt;
  const WallTime begin;
  const WallTime::duration length = feel::AddDuration(begin, *duration) - begin;
  const auto most = attribute == "timeout" ? WallTime::duration(kLongestTimeout) : std::chrono::hours(24);
  if (length <= WallTime::duration(0) || length > most) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(length).count();
}

bool IsOwnHeader(std::string_view name) {
  const std::string lower = absl::AsciiStrToLower(std::string(name));
  return std::find(kSetHeaders.begin(), kSetHeaders.end(), lower) == kSetHeaders.end();
}

}  // namespace ameide::bpmn
