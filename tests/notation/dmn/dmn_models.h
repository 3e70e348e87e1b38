#pragma once

#include <QDir>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "notation/dmn/graph.h"
#include "notation/dmn/lint.h"
#include "notation/dmn/model.h"
#include "notation/feel/expression.h"
#include "notation/feel/json.h"
#include "tests/notation/bpmn/model_file.h"

/// Models written in a few lines, and what comes of them.
namespace ameide::dmn {

/// `body` in a definitions element of DMN 1.5.
inline std::string Definition(const std::string& body, const std::string& space = "urn:test",
                              const std::string& model = std::string(kModelNamespace)) {
  return "<definitions xmlns=\"" + model + "\" name=\"Test\" id=\"test\" namespace=\"" + space + "\">\n" +
         body + "\n</definitions>\n";
}

inline std::string Literal(const std::string& text) {
  return "<literalExpression><text>" + text + "</text></literalExpression>";
}

inline std::string InputData(const std::string& name, const std::string& type = "") {
  const std::string type_ref = type.empty() ? "" : " typeRef=\"" + type + "\"";
  return "<inputData id=\"" + name + "\" name=\"" + name + "\"><variable name=\"" + name + "\"" + type_ref +
         "/></inputData>\n";
}

/// A decision whose id is its name; `inputs` and `decisions` are ids it requires.
inline std::string Decision(const std::string& name, const std::string& logic,
                            const std::vector<std::string>& inputs = {},
                            const std::vector<std::string>& decisions = {}, const std::string& type = "",
                            const std::vector<std::string>& functions = {}) {
  const std::string type_ref = type.empty() ? "" : " typeRef=\"" + type + "\"";
  std::string text = "<decision id=\"" + name + "\" name=\"" + name + "\">\n<variable name=\"" + name + "\"" +
                     type_ref + "/>\n";
  for (const std::string& input : inputs)
    text += "<informationRequirement><requiredInput href=\"#" + input + "\"/></informationRequirement>\n";
  for (const std::string& decision : decisions)
    text +=
        "<informationRequirement><requiredDecision href=\"#" + decision + "\"/></informationRequirement>\n";
  for (const std::string& function : functions)
    text += "<knowledgeRequirement><requiredKnowledge href=\"#" + function + "\"/></knowledgeRequirement>\n";
  return text + logic + "\n</decision>\n";
}

/// A table of plain text: rules of cells separated by `|`, outputs behind `=>`.
inline std::string TableOf(const std::string& attributes, const std::vector<std::string>& inputs,
                           const std::vector<std::string>& outputs, const std::vector<std::string>& rules) {
  const auto escaped = [](const std::string& text) {
    return uaf::document::EscapeXml(text, 0, uaf::document::Encoding::kUtf8);
  };
  const auto split = [](const std::string& text) {
    std::vector<std::string> cells;
    size_t from = 0;
    for (size_t at; (at = text.find('|', from)) != std::string::npos; from = at + 1)
      cells.push_back(text.substr(from, at - from));
    cells.push_back(text.substr(from));
    for (std::string& cell : cells) {
      const size_t begin = cell.find_first_not_of(' ');
      cell = begin == std::string::npos ? "" : cell.substr(begin, cell.find_last_not_of(' ') - begin + 1);
    }
    return cells;
  };
  std::string text = "<decisionTable id=\"table\" " + attributes + ">\n";
  for (const std::string& input : inputs) {
    const auto parts = split(input);
    text += "<input><inputExpression" +
            (parts.size() > 1 && !parts[1].empty() ? " typeRef=\"" + parts[1] + "\"" : "") + "><text>" +
            escaped(parts[0]) + "</text></inputExpression>";
    if (parts.size() > 2) text += "<inputValues><text>" + escaped(parts[2]) + "</text></inputValues>";
    text += "</input>\n";
  }
  for (const std::string& output : outputs) {
    const auto parts = split(output);  // name | output values | default
    text += "<output" + (parts[0].empty() ? "" : " name=\"" + parts[0] + "\"") + ">";
    if (parts.size() > 1 && !parts[1].empty())
      text += "<outputValues><text>" + escaped(parts[1]) + "</text></outputValues>";
    if (parts.size() > 2)
      text += "<defaultOutputEntry><text>" + escaped(parts[2]) + "</text></defaultOutputEntry>";
    text += "</output>\n";
  }
  for (const std::string& rule : rules) {
    const size_t arrow = rule.find("=>");
    text += "<rule>";
    if (!inputs.empty()) {
      for (const std::string& cell : split(rule.substr(0, arrow)))
        text += "<inputEntry><text>" + escaped(cell) + "</text></inputEntry>";
    }
    for (const std::string& cell : split(rule.substr(arrow + 2)))
      text += "<outputEntry><text>" + escaped(cell) + "</text></outputEntry>";
    text += "</rule>\n";
  }
  return text + "</decisionTable>";
}

/// Finds what files import among the models of their folder.
inline ImportLoader FolderLoader(const QString& folder) {
  return [folder](std::string_view, std::string_view space, std::string_view) -> std::optional<ImportedFile> {
    for (const QString& name : QDir(folder).entryList({"*.dmn"})) {
      auto document = DocumentFromFile(folder + "/" + name);
      if (document.ok() && Definitions(*document).target_namespace() == space)
        return ImportedFile{name.toStdString(), std::make_shared<const Document>(*std::move(document))};
    }
    return std::nullopt;
  };
}

/// A compiled model with the others that it may import, by namespace.
class TestModel {
 public:
  explicit TestModel(const std::string& bytes, const std::map<std::string, std::string>& others = {}) {
    auto document = DocumentOf(bytes);
    Q_ASSERT_X(document.ok(), "TestModel", std::string(document.status().message()).c_str());
    document_ = std::make_shared<const Document>(*std::move(document));
    for (const auto& [space, text] : others) {
      auto other = DocumentOf(text);
      Q_ASSERT(other.ok());
      others_.emplace(space, std::make_shared<const Document>(*std::move(other)));
    }
    graph_ = std::make_unique<Graph>(*document_, "test.dmn", Loader());
    model_ = std::make_unique<Model>(*graph_);
  }

  ImportLoader Loader() const {
    return [this](std::string_view, std::string_view space, std::string_view) -> std::optional<ImportedFile> {
      const auto found = others_.find(std::string(space));
      if (found == others_.end()) return std::nullopt;
      return ImportedFile{found->first, found->second};
    };
  }

  const Model& model() const { return *model_; }
  const Graph& graph() const { return *graph_; }

  /// A decision's value as JSON; the inputs are a JSON object.
  std::string Json(const std::string& decision, const std::string& context = "{}") {
    return feel::ToJson(ValueOf(decision, context));
  }
  feel::Value ValueOf(const std::string& decision, const std::string& context = "{}") {
    diagnostics_.clear();
    const auto node = model_->Find(decision);
    if (!node) return feel::Value("no such decision");
    const auto values = feel::FromJson(context);
    Q_ASSERT(values.ok());
    EvaluateOptions options;
    options.diagnostics = &diagnostics_;
    return model_->Evaluate(*node, model_->BindJson(*values->context()), options);
  }
  /// The reasons of the last evaluation.
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  std::string FirstReason() const { return diagnostics_.empty() ? "" : diagnostics_.front().message; }

  std::vector<uaf::document::Finding> Findings() const { return Lint(*document_, "test.dmn", Loader()); }
  /// The first finding of a rule; one with an empty rule when there is none.
  uaf::document::Finding FindingOf(const std::string& rule) const {
    for (auto& finding : Findings()) {
      if (finding.rule == rule) return finding;
    }
    return {};
  }

 private:
  std::shared_ptr<const Document> document_;
  std::map<std::string, std::shared_ptr<const Document>> others_;
  std::unique_ptr<Graph> graph_;
  std::unique_ptr<Model> model_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace ameide::dmn
