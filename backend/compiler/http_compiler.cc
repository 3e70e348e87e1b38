// HTTP calls of service tasks (ameide:httpCall).
#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/compiler/process_compiler.h"
#include "backend/engine/plan.h"
#include "notation/feel/duration.h"
#include "notation/feel/expression.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kAmeideNamespace;
using bpmn::kZeebeNamespace;
using engine::Node;

namespace {

constexpr std::array<const char*, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
/// Set by whoever makes the call, from what it sends.
constexpr std::array<std::string_view, 6> kOwnHeaders = {"host",       "content-length", "transfer-encoding",
                                                         "connection", "upgrade",        "trailer"};
constexpr char kSecret[] = "{{secrets.";
constexpr std::chrono::minutes kLongestTimeout{10};

/// A token of RFC 9110, 5.6.2.
bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// "404" or "4xx".
bool IsStatus(std::string_view status) {
  if (status.size() != 3 || status[0] < '1' || status[0] > '5') return false;
  if (status.substr(1) == "xx") return true;
  return absl::ascii_isdigit(static_cast<unsigned char>(status[1])) &&
         absl::ascii_isdigit(static_cast<unsigned char>(status[2]));
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

std::string FeelString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\r') {
      quoted += "\\r";
    } else if (c == '\t') {
      quoted += "\\t";
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

/// What is said of an attribute as FEEL: an expression (after `=`) or a fixed text.
std::string ProcessCompiler::HttpPart(const Element& element, const std::string& text,
                                      std::string_view what) {
  if (absl::StrContains(text, kSecret)) {
    Report(element,
           absl::StrCat("the ", std::string(what),
                        " of the HTTP call names a secret; secrets go into headers, as fixed text"),
           "13.3.3");
  }
  if (!text.starts_with("=")) return FeelString(text);
  const absl::StatusOr<feel::Expression> parsed = feel::Parse(text);
  if (!parsed.ok()) {
    Report(element,
           absl::StrCat("the ", std::string(what), " of the HTTP call '", text.substr(0, 80),
                        "' is not FEEL that can be run: ", std::string(parsed.status().message())),
           "8.4.6");
    return "null";
  }
  return absl::StrCat("(", text.substr(1), "\n)");  // a comment may end the line
}

/// Names with values, as a FEEL context; duplicates and bad names are findings.
std::string ProcessCompiler::HttpPairs(const Element& element, const Element& call, std::string_view kind,
                                       Node& node) {
  std::vector<std::string> entries;
  std::set<std::string> names;
  for (const Element& it : call.foreign_children(kAmeideNamespace, kind)) {
    const std::string name = it.attribute("name").value_or("");
    const std::string value = it.attribute("value").value_or("");
    const std::string lower = absl::AsciiStrToLower(name);
    const bool is_header = kind == "header";
    if (is_header ? !IsHeaderName(name) : name.empty()) {
      Report(element, absl::StrCat("a ", std::string(kind), " of the HTTP call has the name '", name, "'"),
             "13.3.3");
      continue;
    }
    if (is_header && std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end()) {
      Report(element, absl::StrCat("the header ", name, " is set by the call itself; remove it"), "13.3.3");
      continue;
    }
    if (!names.insert(is_header ? lower : name).second) {
      Report(element, absl::StrCat("the HTTP call has the ", std::string(kind), " ", name, " twice"),
             "13.3.3");
      continue;
    }
    if (is_header && !value.starts_with("=") && absl::StrContains(value, "{{")) {
      if (!SecretsAreWellFormed(value)) {
        Report(element,
               absl::StrCat("the header ", name,
                            " has a reference that cannot be read; write {{secrets.NAME}}, of letters, "
                            "digits and _"),
               "13.3.3");
      }
      // Stays out of variables: the secret is put in when the call is made.
      node.headers.emplace_back(absl::StrCat("header:", name), value);
      continue;
    }
    entries.push_back(absl::StrCat(FeelString(name), ": ",
                                   HttpPart(element, value, absl::StrCat(std::string(kind), " ", name))));
  }
  return absl::StrCat("{", absl::StrJoin(entries, ", "), "}");
}

/// Whatever else is said of the call goes into the node's headers, by name: see backend/connectors.
void ProcessCompiler::CompileHttpCall(const Element& element, const Element& call, Node& node) {
  node.kind = engine::NodeKind::kJobTask;
  node.job_kind = engine::JobKind::kHttp;
  node.job_type.text = "http";
  if (element.extension(kZeebeNamespace, "taskDefinition") ||
      element.extension(kAmeideNamespace, "domainCall")) {
    Report(element, "the task has an HTTP call and another implementation; keep one", "13.3.3");
  }
  const std::string retries = call.attribute("retries").value_or("3");
  const char* const end = retries.data() + retries.size();
  const auto [at, error] = std::from_chars(retries.data(), end, node.job_retries);
  if (error != std::errc() || at != end || node.job_retries == 0 || node.job_retries > 1000) {
    Report(element, absl::StrCat("retries is '", retries, "'; it must be a number from 1 to 1000"), "13.3.3");
  }
  for (const std::string_view name : {"timeout", "retryBackoff"}) {
    const std::string text = call.attribute(name).value_or("");
    if (text.empty()) continue;
    const auto duration = feel::ParseIsoDuration(text);
    const WallTime begin;
    const auto length = duration.ok() ? feel::AddDuration(begin, *duration) - begin : WallTime::duration(0);
    const auto most = name == "timeout" ? WallTime::duration(kLongestTimeout) : std::chrono::hours(24);
    if (length <= WallTime::duration(0) || length > most) {
      Report(element,
             absl::StrCat(std::string(name), " is '", text, "'; it must be a duration like PT10S, at most ",
                          name == "timeout" ? "PT10M" : "P1D"),
             "13.3.3");
    }
    node.headers.emplace_back(
        std::string(name),
        absl::StrCat(std::chrono::duration_cast<std::chrono::milliseconds>(length).count()));
  }
  std::set<std::string> statuses;
  for (const Element& it : call.foreign_children(kAmeideNamespace, "error")) {
    const std::string status = absl::AsciiStrToLower(it.attribute("status").value_or(""));
    const std::string code = it.attribute("code").value_or("");
    if (!IsStatus(status) || code.empty() || !statuses.insert(status).second) {
      Report(element,
             absl::StrCat("an error of the HTTP call has the status '", status, "' and the code '", code,
                          "'; a status like 404 or 4xx, each once, and the code of a BPMN error are needed"),
             "13.3.3");
      continue;
    }
    node.headers.emplace_back(absl::StrCat("error:", status), code);
  }
}

/// The request as a local variable of the task, computed with its inputs, and where the response goes. After
/// all other mappings.
void ProcessCompiler::CompileHttpRequest(const Element& element, Node& node) {
  const Element call = element.extension(kAmeideNamespace, "httpCall");
  for (const engine::Mapping& mapping : node.inputs) {
    if (mapping.target != engine::kHttpRequest &&
        !mapping.target.starts_with(absl::StrCat(engine::kHttpRequest, ".")))
      continue;
    Report(element, absl::StrCat("the variable ", engine::kHttpRequest, " is the HTTP call's own"), "10.4.2");
  }
  const std::string method = call.attribute("method").value_or("GET");
  if (!method.starts_with("=") && std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    Report(element,
           absl::StrCat("the HTTP method is '", method, "'; use one of ", absl::StrJoin(kMethods, ", ")),
           "13.3.3");
  }
  const std::string url = call.attribute("url").value_or("");
  if (!url.starts_with("=") && !url.starts_with("https://") && !url.starts_with("http://")) {
    Report(element, absl::StrCat("the url of the HTTP call is '", url, "'; it must begin with https://"),
           "13.3.3");
  }
  std::string request = absl::StrCat("{\"method\": ", HttpPart(element, method, "method"),
                                     ", \"url\": ", HttpPart(element, url, "url"),
                                     ", \"query\": ", HttpPairs(element, call, "query", node),
                                     ", \"headers\": ", HttpPairs(element, call, "header", node));
  if (const auto body = call.attribute("body"))
    absl::StrAppend(&request, ", \"body\": ", HttpPart(element, *body, "body"));
  request += "}";
  const engine::Index expression = AddExpression(element, request, "HTTP call");
  if (expression != engine::kNone) node.inputs.push_back({expression, std::string(engine::kHttpRequest)});
  const std::string variable = call.attribute("resultVariable").value_or("");
  if (!variable.empty()) {
    node.headers.emplace_back("result", variable);
  } else if (!node.outputs.empty()) {
    node.headers.emplace_back("result", "response");
  }
}

}  // namespace ameide::compiler
