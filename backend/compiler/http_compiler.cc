// HTTP calls of service tasks (ameide:httpCall).
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/compiler/process_compiler.h"
#include "backend/engine/plan.h"
#include "notation/feel/expression.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kAmeideNamespace;
using engine::Node;

namespace {

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

/// Names with values, as a FEEL context.
std::string ProcessCompiler::HttpPairs(const Element& element, const Element& call, std::string_view kind,
                                       Node& node) {
  std::vector<std::string> entries;
  for (const Element& it : call.foreign_children(kAmeideNamespace, kind)) {
    const std::string name = it.attribute("name").value_or("");
    const std::string value = it.attribute("value").value_or("");
    if (kind == "header" && !value.starts_with("=") && absl::StrContains(value, "{{")) {
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
  Report(element, bpmn::HttpCallProblems(element));
  const std::string retries = call.attribute("retries").value_or("3");
  std::from_chars(retries.data(), retries.data() + retries.size(), node.job_retries);
  for (const std::string_view name : {"timeout", "retryBackoff"}) {
    const std::string text = call.attribute(name).value_or("");
    if (const auto length = bpmn::HttpMilliseconds(name, text))
      node.headers.emplace_back(std::string(name), absl::StrCat(*length));
  }
  for (const Element& it : call.foreign_children(kAmeideNamespace, "error")) {
    const std::string status = absl::AsciiStrToLower(it.attribute("status").value_or(""));
    node.headers.emplace_back(absl::StrCat("error:", status), it.attribute("code").value_or(""));
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
  const std::string url = call.attribute("url").value_or("");
  if (absl::StripAsciiWhitespace(url).empty())
    Report(element, "the HTTP call has no url; it must begin with https://", "13.3.3");
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
