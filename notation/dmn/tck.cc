#include "notation/dmn/tck.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/dmn/cell.h"
#include "notation/feel/expression.h"

namespace ameide::dmn {

using feel::Value;

namespace {

constexpr std::string_view kInstance = "http://www.w3.org/2001/XMLSchema-instance";

std::vector<NodeIndex> Children(const Document& document, NodeIndex node, std::string_view name) {
  std::vector<NodeIndex> found;
  if (node == kNoNode) return found;
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) == uaf::document::NodeKind::kElement && document.local_name(at) == name)
      found.push_back(at);
  }
  return found;
}

std::string AttributeOf(const Document& document, NodeIndex node, std::string_view name) {
  return document.attribute(node, name).value_or("");
}

/// An attribute of XML Schema's instance namespace, whatever its prefix.
std::string InstanceAttribute(const Document& document, NodeIndex node, std::string_view name) {
  for (const auto& attribute : document.attributes(node)) {
    const size_t colon = attribute.name.find(':');
    if (colon == std::string_view::npos || attribute.name.substr(colon + 1) != name) continue;
    if (document.LookupNamespace(node, attribute.name.substr(0, colon)) != kInstance) continue;
    return document.attribute(node, attribute.name).value_or("");
  }
  return "";
}

bool IsNil(const Document& document, NodeIndex node) {
  const std::string nil = InstanceAttribute(document, node, "nil");
  return nil == "true" || nil == "1";
}

/// All characters of an element, also where they are only spaces.
std::string Characters(const Document& document, NodeIndex node) {
  std::string text = document.text(node);
  if (text.empty() && document.first_child(node) == kNoNode) {
    text = std::string(document.trivia(node, uaf::document::Trivia::kTail));
  }
  return text;
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

absl::StatusOr<Value> Scalar(const Document& document, NodeIndex node) {
  if (IsNil(document, node)) return Value();
  std::string type = InstanceAttribute(document, node, "type");
  type = type.substr(type.find(':') + 1);
  const std::string text = Characters(document, node);
  const std::string trimmed = Trimmed(text);
  const auto computed = [&](std::string_view function) -> absl::StatusOr<Value> {
    const feel::Parsed parsed =
        feel::Read(absl::StrCat(std::string(function), "(", FeelText(Value(trimmed)), ")"));
    Value value = parsed.expression ? feel::Evaluate(*parsed.expression, feel::Context()) : Value();
    if (!value.is_null()) return value;
    return absl::InvalidArgumentError(
        absl::StrCat("line ", document.position(node).line, ": \"", trimmed, "\" is no ", type));
  };
  if (type == "boolean") return Value(trimmed == "true" || trimmed == "1");
  if (type == "date") return computed("date");
  if (type == "time") return computed("time");
  if (type == "dateTime") return computed("date and time");
  if (type == "duration" || type == "dayTimeDuration" || type == "yearMonthDuration")
    return computed("duration");
  constexpr std::string_view kNumbers[] = {"decimal",         "double",      "float",
                                           "integer",         "int",         "long",
                                           "short",           "byte",        "nonNegativeInteger",
                                           "positiveInteger", "unsignedInt", "unsignedLong"};
  if (std::find(std::begin(kNumbers), std::end(kNumbers), type) != std::end(kNumbers)) {
    // Not a number and infinities are none of FEEL's.
    const auto number = feel::Decimal::Parse(trimmed);
    return number.ok() ? Value(*number) : Value();
  }
  return Value(text);
}

/// A value, a list or components; null when there is none of them.
absl::StatusOr<Value> ValueOf(const Document& document, NodeIndex node, int depth = 0) {
  if (depth > 200) return absl::InvalidArgumentError("values are nested too deep");
  if (IsNil(document, node)) return Value();
  if (const auto values = Children(document, node, "value"); !values.empty())
    return Scalar(document, values.front());
  if (const auto lists = Children(document, node, "list"); !lists.empty()) {
    if (IsNil(document, lists.front())) return Value();
    feel::List list;
    for (const NodeIndex item : Children(document, lists.front(), "item")) {
      AMEIDE_ASSIGN_OR_RETURN(Value value, ValueOf(document, item, depth + 1));
      list.push_back(std::move(value));
    }
    return Value(std::move(list));
  }
  const auto components = Children(document, node, "component");
  if (components.empty()) return Value();
  feel::Context context;
  for (const NodeIndex component : components) {
    AMEIDE_ASSIGN_OR_RETURN(Value value, ValueOf(document, component, depth + 1));
    context.Set(AttributeOf(document, component, "name"), std::move(value));
  }
  return Value(std::move(context));
}

/// Numbers of the kit are given to at least eight decimals or to some thirteen digits.
bool NumbersAgree(const feel::Decimal& ours, const feel::Decimal& wanted) {
  if (ours == wanted) return true;
  const auto distance = Subtract(ours, wanted);
  const auto within = [&](const std::optional<feel::Decimal>& most) {
    return distance && most && !(*most < distance->Abs());
  };
  constexpr int kRounded = -8;
  return within(Multiply(wanted.Abs(), *feel::Decimal::Make(false, 1, -13))) ||
         (wanted.exponent() <= kRounded && within(feel::Decimal::Make(false, 1, wanted.exponent())));
}

bool Agrees(const Value& ours, const Value& wanted) {
  if (ours.number() != nullptr && wanted.number() != nullptr)
    return NumbersAgree(*ours.number(), *wanted.number());
  if (ours.list() != nullptr && wanted.list() != nullptr) {
    return std::equal(ours.list()->begin(), ours.list()->end(), wanted.list()->begin(), wanted.list()->end(),
                      Agrees);
  }
  if (ours.context() != nullptr && wanted.context() != nullptr) {
    if (ours.context()->size() != wanted.context()->size()) return false;
    return std::all_of(wanted.context()->begin(), wanted.context()->end(), [&](const auto& entry) {
      const Value* const found = ours.context()->Find(entry.first);
      return found != nullptr && Agrees(*found, entry.second);
    });
  }
  return ours == wanted || feel::Equal(ours, wanted).is_true();
}

/// The node of one of the kinds, by name: those of the model itself first.
std::optional<uint32_t> FindNode(const Model& model, const std::string& name,
                                 const std::string& namespace_uri,
                                 std::initializer_list<dmn::NodeKind> kinds) {
  const std::string normal = NormalizedName(name);
  std::optional<uint32_t> imported;
  for (uint32_t i = 0; i < model.nodes().size(); ++i) {
    const NodeSummary& node = model.nodes()[i];
    if (node.name != normal || std::find(kinds.begin(), kinds.end(), node.kind) == kinds.end()) continue;
    if (!namespace_uri.empty() && node.namespace_uri != namespace_uri) continue;
    if (!node.imported || !namespace_uri.empty()) return i;
    if (!imported) imported = i;
  }
  if (imported) return imported;
  // `Import.Name`, or an id.
  const auto found = model.Find(name, namespace_uri);
  if (found && std::find(kinds.begin(), kinds.end(), model.nodes()[*found].kind) != kinds.end()) return found;
  return std::nullopt;
}

class CaseRun {
 public:
  CaseRun(const Model& model, const TestFile::Case& test, const feel::DateTime* now)
      : model_(model), test_(test) {
    options_.now = now;
    options_.diagnostics = &diagnostics_;
  }

  TestOutcome Run() {
    TestOutcome outcome{test_.id, {}};
    BindInputs();
    for (const TestFile::Result& result : test_.results) {
      diagnostics_.clear();
      std::string problem;
      const Value value = ValueOf(result, problem);
      if (problem.empty() && result.error) {
        if (!value.is_null()) {
          problem = absl::StrCat("expected null and an error, got ", FeelText(value));
        } else if (diagnostics_.empty()) {
          problem = "expected an error, got null without a reason";
        }
      } else if (problem.empty() && !Agrees(value, result.expected)) {
        problem = absl::StrCat("expected ", FeelText(result.expected), ", got ", FeelText(value));
        if (!diagnostics_.empty()) absl::StrAppend(&problem, "\n", Render(diagnostics_.front()));
      }
      if (!problem.empty()) outcome.failures.push_back(absl::StrCat(result.name, ": ", problem));
    }
    return outcome;
  }

 private:
  /// In the model of that namespace, in the case's where there is none, else by the names of imports.
  std::optional<uint32_t> Find(const std::string& name, const std::string& namespace_uri,
                               std::initializer_list<dmn::NodeKind> kinds) const {
    if (!namespace_uri.empty() || test_.namespace_uri.empty())
      return FindNode(model_, name, namespace_uri, kinds);
    const auto own = FindNode(model_, name, test_.namespace_uri, kinds);
    return own || name.find('.') == std::string::npos ? own : FindNode(model_, name, "", kinds);
  }

  void BindInputs() {
    feel::Context others;
    for (const TestFile::Input& input : test_.inputs) {
      arguments_.Set(input.name, input.value);
      using enum dmn::NodeKind;
      // Names of imports hold contexts of inputs; everything else is a node.
      const auto node = Find(input.name, input.namespace_uri, {kInputData, kDecision});
      if (node) {
        inputs_.emplace_back(*node, input.value);
      } else {
        others.Set(input.name, input.value);
      }
    }
    for (auto& bound : model_.BindInputs(others)) inputs_.push_back(std::move(bound));
  }

  Value ValueOf(const TestFile::Result& result, std::string& problem) {
    using enum dmn::NodeKind;
    if (!test_.invocable.empty()) {
      const auto node = Find(test_.invocable, "", {kDecisionService, kBusinessKnowledgeModel});
      if (!node) {
        problem = absl::StrCat("there is no decision service or business knowledge model ", test_.invocable);
        return {};
      }
      if (model_.nodes()[*node].kind == kBusinessKnowledgeModel)
        return model_.Call(*node, arguments_, options_);
      const Value outputs = model_.EvaluateService(*node, inputs_, options_);
      const feel::Context* const context = outputs.context();
      if (context == nullptr) return outputs;
      if (const Value* const output = context->Find(NormalizedName(result.name))) return *output;
      if (NormalizedName(result.name) == NormalizedName(test_.invocable)) {
        return context->size() == 1 ? context->begin()->second : outputs;
      }
      problem = absl::StrCat("the decision service has no output ", result.name);
      return {};
    }
    const auto node = Find(result.name, result.namespace_uri, {kDecision, kDecisionService, kInputData});
    if (!node) {
      problem = absl::StrCat("there is no decision ", result.name);
      return {};
    }
    return model_.Evaluate(*node, inputs_, options_);
  }

  const Model& model_;
  const TestFile::Case& test_;
  Model::Inputs inputs_;
  feel::Context arguments_;
  std::vector<Diagnostic> diagnostics_;
  EvaluateOptions options_;
};

}  // namespace

absl::StatusOr<TestFile> ReadTests(const Document& document) {
  const NodeIndex root = document.root_element();
  if (root == kNoNode || document.local_name(root) != "testCases") {
    return absl::InvalidArgumentError("the root is no testCases element");
  }
  TestFile file;
  if (const auto names = Children(document, root, "modelName"); !names.empty()) {
    file.model = Trimmed(document.text(names.front()));
  }
  for (const NodeIndex node : Children(document, root, "testCase")) {
    TestFile::Case test;
    test.id = AttributeOf(document, node, "id");
    if (test.id.empty()) test.id = AttributeOf(document, node, "name");
    if (test.id.empty()) test.id = absl::StrCat("number ", file.cases.size() + 1);
    test.namespace_uri = AttributeOf(document, node, "namespace");
    if (test.namespace_uri.empty()) test.namespace_uri = AttributeOf(document, root, "namespace");
    const std::string type = AttributeOf(document, node, "type");
    if (type == "decisionService" || type == "bkm")
      test.invocable = AttributeOf(document, node, "invocableName");
    for (const NodeIndex input : Children(document, node, "inputNode")) {
      AMEIDE_ASSIGN_OR_RETURN(Value value, ValueOf(document, input));
      test.inputs.push_back({AttributeOf(document, input, "name"), AttributeOf(document, input, "namespace"),
                             std::move(value)});
    }
    for (const NodeIndex result : Children(document, node, "resultNode")) {
      TestFile::Result wanted{AttributeOf(document, result, "name"),
                              AttributeOf(document, result, "namespace")};
      const std::string error = AttributeOf(document, result, "errorResult");
      wanted.error = error == "true" || error == "1";
      if (const auto expected = Children(document, result, "expected"); !expected.empty()) {
        AMEIDE_ASSIGN_OR_RETURN(wanted.expected, ValueOf(document, expected.front()));
      }
      test.results.push_back(std::move(wanted));
    }
    file.cases.push_back(std::move(test));
  }
  return file;
}

std::vector<TestOutcome> RunTests(const Model& model, const TestFile& tests, const feel::DateTime* now) {
  std::vector<TestOutcome> outcomes;
  for (const TestFile::Case& test : tests.cases) outcomes.push_back(CaseRun(model, test, now).Run());
  return outcomes;
}

}  // namespace ameide::dmn
