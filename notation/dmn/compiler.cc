#include "notation/dmn/compiler.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/dmn/run.h"

namespace ameide::dmn {

using feel::Scope;
using feel::Type;
using feel::Value;
using uaf::document::Severity;

namespace {

/// A function's body: calls node `index` in the run that it is evaluated in, or in one of its own. Holds the
/// model weakly, for the model holds the function.
feel::NativeBody Calling(std::weak_ptr<const Model::Code> model, uint32_t index,
                         Value (dmn::Run::*call)(uint32_t, std::span<const Value>)) {
  return [model = std::move(model), index, call](std::span<const Value> arguments,
                                                 const feel::EvaluationOptions& options) -> Value {
    const std::shared_ptr<const Model::Code> code = model.lock();
    if (code == nullptr) return {};
    if (dmn::Run* const run = RunOf(options, *code)) return (run->*call)(index, arguments);
    dmn::Run alone(code);
    alone.Begin({});
    return (alone.*call)(index, arguments);
  };
}

}  // namespace

Compiler::Compiler(const Graph& graph, std::shared_ptr<Model::Code> code, std::vector<ModelFinding>& findings)
    : graph_(graph), code_(std::move(code)), findings_(findings), types_(graph, findings) {
  for (const auto& file : graph.files()) {
    code_->paths.push_back(file->path);
    std::vector<Element> texts;
    std::vector<NodeIndex> nodes;
    for (const Element& element : file->view.elements()) {
      nodes.push_back(element.node());
      if (element.child("text")) texts.push_back(element);
    }
    std::vector<SourceText> sources = file->view.Sources(texts);
    auto& by_node = sources_.emplace_back();
    for (size_t i = 0; i < texts.size(); ++i)
      by_node.emplace(static_cast<uint32_t>(texts[i].node()), std::move(sources[i]));
    const std::vector<TextPosition> positions = file->view.document().positions(nodes);
    auto& places = positions_.emplace_back();
    for (size_t i = 0; i < nodes.size(); ++i) places.emplace(static_cast<uint32_t>(nodes[i]), positions[i]);
    auto& imports = code_->import_names.emplace_back();
    for (const Graph::Import& import : file->imports) {
      if (import.file) imports.emplace_back(import.name, *import.file);
    }
  }
}

void Compiler::Run() {
  const auto& nodes = graph_.nodes();
  code_->nodes.resize(nodes.size());
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    const Graph::Node& node = nodes[i];
    NodeSummary summary{node.kind,      node.id,
                        node.name,      graph_.files()[node.file]->view.target_namespace(),
                        node.file != 0, {}};
    if (node.kind == NodeKind::kDecisionService) {
      for (const Graph::Edge& edge : node.input_data) summary.requires_nodes.push_back(edge.node);
      for (const Graph::Edge& edge : node.input_decisions) summary.requires_nodes.push_back(edge.node);
    } else {
      for (const Graph::Edge& edge : node.information) summary.requires_nodes.push_back(edge.node);
    }
    code_->summaries.push_back(std::move(summary));
    code_->node_files.push_back(node.file);
  }
  // The types of those who do not say theirs are found out from what they require.
  for (const uint32_t i : InOrder()) CompileNode(i);
}

// ---- Nodes

std::vector<uint32_t> Compiler::InOrder() const {
  const auto& nodes = graph_.nodes();
  const auto target = [&](const Graph::Node& node, size_t i) -> std::optional<uint32_t> {
    for (const auto* edges : {&node.information, &node.knowledge, &node.output_decisions, &node.input_data,
                              &node.input_decisions}) {
      if (i < edges->size()) return (*edges)[i].node;
      i -= edges->size();
    }
    return std::nullopt;
  };
  std::vector<uint32_t> order;
  std::vector<bool> seen(nodes.size());
  for (uint32_t start = 0; start < nodes.size(); ++start) {
    if (seen[start]) continue;
    std::vector<std::pair<uint32_t, size_t>> path = {{start, 0}};
    seen[start] = true;
    while (!path.empty()) {
      if (const auto next = target(nodes[path.back().first], path.back().second++)) {
        if (!seen[*next]) path.emplace_back(*next, 0);
        seen[*next] = true;
        continue;
      }
      order.push_back(path.back().first);
      path.pop_back();
    }
  }
  return order;
}

std::shared_ptr<const ItemType> Compiler::VariableType(uint32_t file, const Element& element) {
  const Element variable = element.child("variable");
  return types_.Resolve(file, variable, variable.type_ref(), findings_);
}

std::shared_ptr<const ItemType> Compiler::ResultType(uint32_t file, const Element& at,
                                                     const std::string& type_ref) {
  auto type = types_.Resolve(file, at, type_ref, findings_);
  if (type == nullptr || type->type.kind() != Type::Kind::kFunction) return type;
  if (type->type.result().is_any()) return nullptr;
  auto result = std::make_shared<ItemType>();
  result->type = type->type.result();
  result->name = result->type.ToString();
  return result;
}

void Compiler::CompileNode(uint32_t index) {
  const Graph::Node& source = graph_.nodes()[index];
  NodeCode& node = code_->nodes[index];
  node.kind = source.kind;
  UnitState state{source.file, LabelOf(source.element), 0, {}, 0};
  node.place = PlaceOf(state, source.element);
  switch (source.kind) {
    case NodeKind::kInputData:
      node.declared = VariableType(source.file, source.element);
      break;
    case NodeKind::kKnowledgeSource:
      break;
    case NodeKind::kBusinessKnowledgeModel:
      CompileKnowledge(index, node);
      break;
    case NodeKind::kDecisionService:
      for (const Graph::Edge& edge : source.output_decisions) {
        node.outputs.emplace_back(graph_.nodes()[edge.node].name, edge.node);
      }
      MakeServiceFunction(index, node);
      break;
    case NodeKind::kDecision: {
      node.declared = VariableType(source.file, source.element);
      for (const Graph::Edge& edge : source.information)
        node.chain = std::max(node.chain, code_->nodes[edge.node].chain + 1);
      const Element logic = source.element.expression();
      Scope scope;
      BindNames(index, state, node.unit, scope);
      if (logic) {
        node.unit.body = CompileBox(state, logic, scope);
        node.unit.frame_size = state.next_slot;
        CheckRequirements(index, state);
        // What the logic says of its own type was looked at with it.
        if (node.declared != nullptr && logic.type_ref().empty())
          CheckGives(*node.declared, node.unit.body->type(), source.file, source.element.child("variable"));
        CheckSameType(node, source.file, logic);
      } else {
        Report(Severity::kWarning, "dmn/missing-expression", source.file, source.element,
               absl::StrCat(LabelOf(source.element),
                            " has no decision logic, so its value is null; add a boxed expression"));
      }
      break;
    }
  }
}

void Compiler::CheckSameType(const NodeCode& node, uint32_t file, const Element& logic) {
  // The logic's type is that of the decision (7.3.1).
  const ItemType* const own = node.unit.body->declared.get();
  const ItemType* const declared = node.declared.get();
  if (own == nullptr || declared == nullptr || own->type.is_any() || declared->type.is_any() ||
      feel::Equivalent(own->type, declared->type))
    return;
  Report(Severity::kWarning, "dmn/type-mismatch", file, logic,
         absl::StrCat("is declared as ", own->name, ", but the decision's variable as ", declared->name,
                      "; both mean one value, give them one type (7.3.1)"));
}

void Compiler::CompileKnowledge(uint32_t index, NodeCode& node) {
  const Graph::Node& source = graph_.nodes()[index];
  const Element logic = source.element.child("encapsulatedLogic");
  const Element variable = source.element.child("variable");
  UnitState state{source.file, LabelOf(source.element), 0, {}, 0};
  node.declared = ResultType(source.file, variable, variable.type_ref());
  std::vector<feel::Function::Parameter> parameters;
  Scope scope, inner(&scope);
  for (const Element& parameter : logic.children("formalParameter")) {
    const std::string name = parameter.name();
    auto type = types_.Resolve(source.file, parameter, parameter.type_ref(), findings_);
    parameters.push_back({name, FeelType(type.get())});
    inner.Add(name, FeelType(type.get()), state.next_slot);
    node.parameter_slots.push_back(state.next_slot++);
    node.parameter_types.push_back(std::move(type));
  }
  // The function comes first, it may call itself.
  MakeKnowledgeFunction(index, node, std::move(parameters));
  BindNames(index, state, node.unit, scope);
  const std::string kind = logic.attribute("kind").value_or("FEEL");
  if (kind != "FEEL" && logic) {
    auto refused = std::make_unique<RefusedBox>();
    refused->place = PlaceOf(state, logic);
    refused->why =
        absl::StrCat("is a function in ", kind, ", which does not run here; write its logic in FEEL");
    Report(Severity::kError, "target/external-function", source.file, logic, refused->why);
    node.unit.body = std::move(refused);
  } else if (const Element body = logic.expression()) {
    node.unit.body = CompileBox(state, body, inner);
    CheckRequirements(index, state);
    CheckParameters(logic, state);
  } else {
    Report(Severity::kWarning, "dmn/missing-expression", source.file, source.element,
           absl::StrCat(LabelOf(source.element),
                        " has no logic, so calling it gives null; add an encapsulated logic"));
  }
  node.unit.frame_size = state.next_slot;
  if (auto declared = ResultType(source.file, logic, logic.type_ref());
      declared != nullptr && node.declared == nullptr)
    node.declared = std::move(declared);
}

void Compiler::MakeKnowledgeFunction(uint32_t index, NodeCode& node,
                                     std::vector<feel::Function::Parameter> parameters) {
  node.function = feel::MakeFunction(std::move(parameters), FeelType(node.declared.get()),
                                     Calling(code_, index, &dmn::Run::CallKnowledge));
}

void Compiler::MakeServiceFunction(uint32_t index, NodeCode& node) {
  const Graph::Node& source = graph_.nodes()[index];
  const Element variable = source.element.child("variable");
  node.declared = ResultType(source.file, variable, variable.type_ref());
  std::vector<feel::Function::Parameter> parameters;
  for (const uint32_t parameter : code_->summaries[index].requires_nodes)
    parameters.push_back({graph_.NameFrom(source.file, parameter), TypeOfNode(parameter)});
  node.function = feel::MakeFunction(std::move(parameters), FeelType(node.declared.get()),
                                     Calling(code_, index, &dmn::Run::CallService));
}

Type Compiler::TypeOfNode(uint32_t index) {
  const NodeCode& node = code_->nodes[index];
  const Graph::Node& source = graph_.nodes()[index];
  switch (source.kind) {
    case NodeKind::kBusinessKnowledgeModel:
    case NodeKind::kDecisionService: {
      if (node.function.function() == nullptr) return Type();
      Type result = FeelType(node.declared.get());
      if (result.is_any() && node.unit.body != nullptr) result = node.unit.body->type();
      return feel::TypeOfFunction(node.function.function()->parameters(), result);
    }
    default:
      if (node.declared != nullptr || node.unit.body == nullptr) return FeelType(node.declared.get());
      return node.unit.body->type();
  }
}

void Compiler::AddName(NameTree& tree, uint32_t from_file, uint32_t node, const std::string& name) {
  const auto path = graph_.PathTo(from_file, graph_.nodes()[node].file);
  if (!path || name.empty()) return;
  NameTree* at = &tree;
  const auto descend = [&](const std::string& step) {
    auto found = std::find_if(at->fields.begin(), at->fields.end(),
                              [&](const auto& each) { return each.name == step; });
    if (found == at->fields.end()) {
      at->fields.push_back({step, NameTree()});
      found = at->fields.end() - 1;
    }
    at = &found->tree;
  };
  for (const std::string& step : *path) descend(step);
  descend(name);
  at->node = node;
}

Binding Compiler::BindTree(const NameTree& tree) {
  Binding binding;
  binding.node = tree.node;
  for (const auto& [name, field] : tree.fields) binding.fields.push_back({name, BindTree(field)});
  return binding;
}

Type Compiler::TypeOfTree(const NameTree& tree) {
  if (tree.node) return TypeOfNode(*tree.node);
  std::vector<Type::Field> fields;
  for (const auto& [name, field] : tree.fields) fields.push_back({name, TypeOfTree(field)});
  return Type::ContextOf(std::move(fields));
}

void Compiler::BindNames(uint32_t index, UnitState& state, Unit& unit, Scope& scope) {
  const Graph::Node& source = graph_.nodes()[index];
  NameTree tree;
  const auto add = [&](uint32_t node) {
    const Graph::Node& required = graph_.nodes()[node];
    AddName(tree, source.file, node, required.name);
    // The standard wants both names to be the same; files where they are not use either.
    AddName(tree, source.file, node, required.element.child("variable").name());
  };
  if (source.kind == NodeKind::kBusinessKnowledgeModel) add(index);
  for (const Graph::Edge& edge : source.information) add(edge.node);
  for (const Graph::Edge& edge : source.knowledge) add(edge.node);
  for (const auto& [name, field] : tree.fields) {
    Binding binding = BindTree(field);
    binding.slot = state.next_slot++;
    scope.Add(name, TypeOfTree(field), binding.slot);
    unit.bindings.push_back(std::move(binding));
  }
}

void Compiler::CheckRequirements(uint32_t index, const UnitState& state) {
  if (state.unknown) return;  // what is misspelt, or not read, may mean it
  const Graph::Node& source = graph_.nodes()[index];
  const auto check = [&](const Graph::Edge& edge) {
    const Graph::Node& required = graph_.nodes()[edge.node];
    const auto path = graph_.PathTo(source.file, required.file);
    if (!path) return;
    const std::string name = path->empty() ? required.name : path->front();
    const std::string variable = required.element.child("variable").name();
    if (state.used.contains(name) || (path->empty() && state.used.contains(variable))) return;
    Report(Severity::kWarning, "dmn/unused-requirement", source.file, edge.at,
           absl::StrCat(LabelOf(source.element), " requires the ", LabelOf(required.element),
                        " but its logic never uses it; use it, or remove the requirement"));
    findings_.back().removal = "Remove the requirement";
    findings_.back().surplus = {edge.at.parent()};
  };
  for (const Graph::Edge& edge : source.information) check(edge);
  for (const Graph::Edge& edge : source.knowledge) check(edge);
}

void Compiler::CheckParameters(const Element& function, const UnitState& state) {
  if (state.unknown) return;
  for (const Element& parameter : function.children("formalParameter")) {
    if (parameter.name().empty() || state.used.contains(parameter.name())) continue;
    Report(Severity::kWarning, "dmn/unused-parameter", state.file, parameter,
           absl::StrCat("the logic never uses the parameter \"", parameter.name(),
                        "\"; use it, or remove it here and where the function is called"));
  }
}

std::string Compiler::WhereNameIs(uint32_t file, const std::string& name) const {
  for (const Graph::Node& node : graph_.nodes()) {
    if (node.name != name || node.file != file) continue;
    const bool is_function =
        node.kind == NodeKind::kBusinessKnowledgeModel || node.kind == NodeKind::kDecisionService;
    return absl::StrCat("the ", LabelOf(node.element), " is not required here: add ",
                        is_function ? "a knowledge" : "an information", " requirement for it");
  }
  return "";
}

// ---- Texts and places

const SourceText& Compiler::SourceOf(uint32_t file, const Element& element) {
  return sources_[file][static_cast<uint32_t>(element.node())];
}

Place Compiler::PlaceOf(const UnitState& state, const Element& element) const {
  Place place{state.file, {.line = 0}, NearestId(element), state.where};
  const auto found = positions_[state.file].find(static_cast<uint32_t>(element.node()));
  if (found != positions_[state.file].end()) place.position = found->second;
  return place;
}

void Compiler::Report(Severity severity, std::string rule, uint32_t file, const Element& at,
                      std::string message) {
  ModelFinding& added = findings_.emplace_back();
  added.severity = severity;
  added.rule = std::move(rule);
  added.file = file;
  added.at = at;
  added.message = std::move(message);
}

bool Compiler::IsFeel(uint32_t file, const Element& element) const {
  auto language = element.attribute("expressionLanguage");
  if (!language) language = graph_.files()[file]->view.root().attribute("expressionLanguage");
  return !language || language->empty() || IsFeelNamespace(*language);
}

void Compiler::ReportText(UnitState& state, const Element& element, const feel::Finding& found,
                          uint32_t shift, uint32_t size) {
  ModelFinding finding;
  finding.severity = SeverityOf(found);
  finding.rule = RuleOf(found);
  finding.file = state.file;
  state.unknown = state.unknown || finding.severity == Severity::kError;
  finding.at = element;
  finding.text = element;
  const auto unshifted = [&](feel::Span span) {
    span.begin = std::min(span.begin > shift ? span.begin - shift : 0, size);
    span.end = std::max(std::min(span.end > shift ? span.end - shift : 0, size), span.begin);
    return span;
  };
  finding.span = unshifted(found.span);
  finding.message = MessageOf(found);
  if (found.rule == "unknown-name" || found.rule == "unknown-function") {
    std::string name =
        SourceOf(state.file, element).text.substr(finding.span.begin, finding.span.end - finding.span.begin);
    std::erase(name, '`');
    if (const std::string where = WhereNameIs(state.file, NormalizedName(name)); !where.empty())
      finding.message = absl::StrCat(found.message, "; ", where);
  }
  // What stands before or behind the text is no part of this element.
  if (found.fix && found.fix->span.begin >= shift && found.fix->span.end <= shift + size) {
    finding.fix = found.fix;
    finding.fix->span = unshifted(found.fix->span);
  }
  findings_.push_back(std::move(finding));
}

bool Compiler::ReportDomain(UnitState& state, const feel::Finding& found, const TextOptions& options) {
  // An error may be seen at the word behind it.
  if (!options.domain || found.span.begin < options.domain_at || found.span.begin >= options.before.size())
    return false;
  const std::string& text = SourceOf(state.file, options.domain).text;
  ReportText(state, options.domain, found, options.domain_at, static_cast<uint32_t>(text.size()));
  return true;
}

Text Compiler::ReadText(UnitState& state, const Element& element, const Scope& scope,
                        const TextOptions& options) {
  Text text;
  text.file = state.file;
  text.element = NearestId(element);
  text.where = state.where;
  if (!element) return text;
  text.source = SourceOf(state.file, element);
  if (text.source.start.line == 0) text.source.start = PlaceOf(state, element).position;
  if (!IsFeel(state.file, element)) {
    Report(
        Severity::kError, "target/expression-language", state.file, element,
        absl::StrCat("is written in ", element.attribute("expressionLanguage").value_or("another language"),
                     ", which does not run here; write it in FEEL"));
    return text;
  }
  if (const Element imported = element.child("importedValues")) {
    Report(Severity::kError, "target/imported-values", state.file, imported,
           "takes its values from another file, which is not read; write them here in FEEL");
    return text;
  }
  const std::string whole = absl::StrCat(options.before, text.source.text, options.after);
  text.shift = static_cast<uint32_t>(options.before.size());
  const feel::ParseOptions parse{.scope = &scope,
                                 .input_type = options.input,
                                 .types = &types_.named(state.file),
                                 .has_input = options.has_input,
                                 .names_function = options.names_function};
  const feel::Parsed parsed = options.unary ? feel::ReadUnaryTests(whole, parse) : feel::Read(whole, parse);
  for (const feel::Finding& found : parsed.findings) {
    if (found.severity == feel::Finding::Severity::kError && !text.error)
      text.error = feel::Diagnostic{found.span, found.message};
    if (!found.hint.empty()) text.hints.emplace_back(found.span, found.hint);
    if (!ReportDomain(state, found, options))
      ReportText(state, element, found, text.shift, static_cast<uint32_t>(text.source.text.size()));
  }
  if (!parsed.expression) return text;
  text.expression = parsed.expression;
  state.used.insert(parsed.expression->variables().begin(), parsed.expression->variables().end());
  if (options.unary) return text;
  text.slot = text.expression->slot();
  if (text.expression->is_constant()) {
    feel::Diagnostics reasons;
    Value value = feel::Evaluate(*text.expression, feel::Context(), &reasons);
    // A constant null keeps its reason, which evaluating gives each time.
    if (value.function() == nullptr && reasons.items.empty()) text.constant = std::move(value);
  }
  return text;
}

// ---- What is shared with the other files

std::string RuleOf(const feel::Finding& finding) {
  if (finding.rule == "external") return "target/external-function";
  return absl::StrCat("dmn/", finding.rule == "syntax" ? "feel-syntax" : finding.rule);
}

Severity SeverityOf(const feel::Finding& finding) {
  const bool missing =
      finding.rule == "unknown-name" || finding.rule == "unknown-function" || finding.rule == "external";
  return finding.severity == feel::Finding::Severity::kError || missing ? Severity::kError
                                                                        : Severity::kWarning;
}

std::string MessageOf(const feel::Finding& finding) {
  return finding.hint.empty() ? finding.message : absl::StrCat(finding.message, "; ", finding.hint);
}

std::string NearestId(const Element& element) {
  for (Element at = element; at; at = at.parent()) {
    if (std::string id = at.id(); !id.empty()) return id;
  }
  return "";
}

CellTests CellOf(const Text& text) {
  if (!text.expression) {
    CellTests cell;
    cell.opaque = true;
    return cell;
  }
  return CellFrom(*text.expression);
}

}  // namespace ameide::dmn
