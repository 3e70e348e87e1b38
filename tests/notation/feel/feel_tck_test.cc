#include <QDir>
#include <QtTest>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "notation/feel/duration.h"
#include "notation/feel/expression.h"
#include "notation/feel/json.h"
#include "tests/notation/bpmn/model_file.h"

using namespace ameide;
using namespace ameide::feel;
using uaf::document::Document;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

/// The literal expressions of the DMN Technology Compatibility Kit: all must give the expected value.
namespace {

std::vector<NodeIndex> Children(const Document& document, NodeIndex node, std::string_view name) {
  std::vector<NodeIndex> found;
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) == NodeKind::kElement && document.local_name(at) == name) found.push_back(at);
  }
  return found;
}

std::string Attribute(const Document& document, NodeIndex node, const char* name) {
  return document.attribute(node, name).value_or("");
}

/// FEEL text of an xsd-typed `value`.
std::string Scalar(const Document& document, NodeIndex node) {
  if (Attribute(document, node, "xsi:nil") == "true") return "null";
  std::string type = Attribute(document, node, "xsi:type");
  type = type.substr(type.find(':') + 1);
  const std::string text = document.text(node);
  if (type == "decimal" || type == "double" || type == "integer" || type == "boolean") return text;
  const std::string quoted = ToJson(Value(text));
  if (type == "date") return "date(" + quoted + ")";
  if (type == "time") return "time(" + quoted + ")";
  if (type == "dateTime") return "date and time(" + quoted + ")";
  if (type == "duration") return "duration(" + quoted + ")";
  return quoted;
}

/// FEEL text of a TCK value: `value`, `list` of `item`s, or `component`s.
std::string ValueText(const Document& document, NodeIndex node) {
  if (const auto values = Children(document, node, "value"); !values.empty())
    return Scalar(document, values[0]);
  std::string text;
  if (const auto lists = Children(document, node, "list"); !lists.empty()) {
    for (const NodeIndex item : Children(document, lists[0], "item")) {
      text += (text.empty() ? "" : ", ") + ValueText(document, item);
    }
    return "[" + text + "]";
  }
  const auto components = Children(document, node, "component");
  if (components.empty()) return "null";
  for (const NodeIndex component : components) {
    text += (text.empty() ? "" : ", ") + ToJson(Value(Attribute(document, component, "name"))) + ": " +
            ValueText(document, component);
  }
  return "{" + text + "}";
}

/// Texts of decisions that are one literal expression over inputs, by name.
std::map<std::string, std::string> LiteralDecisions(const Document& document) {
  std::map<std::string, std::string> found;
  for (const NodeIndex decision : Children(document, document.root_element(), "decision")) {
    bool only_inputs = Children(document, decision, "knowledgeRequirement").empty();
    for (const NodeIndex requirement : Children(document, decision, "informationRequirement")) {
      only_inputs = only_inputs && Children(document, requirement, "requiredDecision").empty();
    }
    const auto literals = Children(document, decision, "literalExpression");
    if (!only_inputs || literals.empty()) continue;
    if (const auto texts = Children(document, literals[0], "text"); !texts.empty()) {
      found[Attribute(document, decision, "name")] = document.text(texts[0]);
    }
  }
  return found;
}

/// The TCK's numbers are compared to eight digits behind the point.
bool Agrees(const Value& ours, const Value& wanted) {
  if (ours.number() != nullptr && wanted.number() != nullptr) {
    const std::optional<Decimal> distance = Subtract(*ours.number(), *wanted.number());
    return distance && !(*Decimal::Parse("1e-8") < distance->Abs());
  }
  return ours == wanted || Equal(ours, wanted).is_true();
}

/// What the kit expects of a decision's declared type, of item definitions and of business knowledge models
/// is for DMN's own test.
bool NeedsDmn(const QString& suite, const std::string& expression) {
  if (suite.startsWith("0082-feel-coercion") || suite.startsWith("0021-singleton-list")) return true;
  for (const char* part : {"instance of t", "list<t", "fn_bkm_"}) {
    if (expression.find(part) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

class FeelTckTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheKitsExpressionsAreEvaluated_thenEveryResultIsTheExpectedOne() {
    const QString root = ConformanceDirectory() + "/dmn-tck";
    if (!QFile::exists(root)) QSKIP("the DMN TCK is not on this machine");
    for (const char* level : {"/compliance-level-2", "/compliance-level-3"}) {
      for (const QString& suite : QDir(root + level).entryList(QDir::Dirs | QDir::NoDotAndDotDot))
        RunSuite(root + level + "/" + suite, suite);
    }
    qInfo("%d agree, %d are for DMN's test", agree_, elsewhere_);
    QVERIFY2(wrong_.isEmpty(), qPrintable(wrong_.join('\n')));
    QVERIFY2(agree_ >= 1000, "fewer than before");
  }

 private:
  void RunSuite(const QString& folder, const QString& suite) {
    for (const QString& name : QDir(folder).entryList({"*-test-*.xml"})) {
      const auto tests = DocumentFromFile(folder + "/" + name);
      QVERIFY2(tests.ok(), qPrintable(name));
      const auto models = Children(*tests, tests->root_element(), "modelName");
      const auto model = DocumentFromFile(folder + "/" + QString::fromStdString(tests->text(models.at(0))));
      QVERIFY2(model.ok(), qPrintable(name));
      const std::map<std::string, std::string> decisions = LiteralDecisions(*model);
      for (const NodeIndex test : Children(*tests, tests->root_element(), "testCase"))
        RunCase(*tests, test, decisions, suite);
    }
  }

  void RunCase(const Document& tests, NodeIndex test, const std::map<std::string, std::string>& decisions,
               const QString& suite) {
    Scope scope;
    std::vector<Value> slots;
    for (const NodeIndex input : Children(tests, test, "inputNode")) {
      const Parsed value = Read(ValueText(tests, input));
      scope.Add(Attribute(tests, input, "name"), {}, static_cast<uint32_t>(slots.size()));
      slots.push_back(value.expression ? Evaluate(*value.expression, Context()) : Value());
    }
    const DateTime now{{2026, 3, 1}, {43200, 0, 0}};
    for (const NodeIndex result : Children(tests, test, "resultNode")) {
      const auto decision = decisions.find(Attribute(tests, result, "name"));
      if (decision == decisions.end()) continue;
      if (NeedsDmn(suite, decision->second)) {
        ++elsewhere_;
        continue;
      }
      const auto expected = Children(tests, result, "expected");
      const Parsed wanted = Read(expected.empty() ? "null" : ValueText(tests, expected[0]));
      ParseOptions options;
      options.scope = &scope;
      const Parsed parsed = Read(decision->second, options);
      EvaluationOptions evaluation;
      evaluation.now = &now;
      const Value ours = parsed.expression ? Evaluate(*parsed.expression, slots, evaluation) : Value();
      if (wanted.expression && Agrees(ours, Evaluate(*wanted.expression, Context()))) {
        ++agree_;
        continue;
      }
      wrong_ << QString("%1 %2: %3 gave %4")
                    .arg(suite, QString::fromStdString(Attribute(tests, test, "id")),
                         QString::fromStdString(decision->second), QString::fromStdString(ToJson(ours)));
      for (const Finding& finding : parsed.findings)
        wrong_ << QString::fromStdString(Render(decision->second, finding, ""));
    }
  }

  int agree_ = 0, elsewhere_ = 0;
  QStringList wrong_;
};

QTEST_APPLESS_MAIN(FeelTckTest)
#include "feel_tck_test.moc"
