#include "notation/dmn/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/dmn/compiler.h"
#include "notation/dmn/run.h"

namespace ameide::dmn {

using feel::Value;

std::string RenderLine(std::string_view line, uint32_t number, size_t begin, size_t end) {
  const auto characters = [](std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  };
  constexpr size_t kWidest = 160;
  begin = std::min(begin, line.size());
  end = std::clamp(end, begin, line.size());
  size_t from = begin > kWidest / 2 ? begin - kWidest / 2 : 0;
  while (from > 0 && (line[from] & 0xc0) == 0x80) --from;
  size_t to = std::min(line.size(), from + kWidest);
  while (to < line.size() && (line[to] & 0xc0) == 0x80) ++to;
  std::string shown(line.substr(from, to - from));
  for (char& c : shown) c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  const std::string gutter = std::to_string(number);
  const std::string margin(gutter.size(), ' ');
  const size_t width = std::max<size_t>(characters(line.substr(begin, std::min(end, to) - begin)), 1);
  return absl::StrCat(" ", margin, " |\n ", gutter, " | ", shown, "\n ", margin, " | ",
                      std::string(characters(line.substr(from, begin - from)), ' '), std::string(width, '^'),
                      "\n");
}

std::string Render(const Diagnostic& diagnostic, std::string_view line) {
  std::string text = "null: ";
  if (!diagnostic.where.empty()) absl::StrAppend(&text, diagnostic.where, ": ");
  absl::StrAppend(&text, diagnostic.message, "\n --> ", diagnostic.path);
  if (diagnostic.line > 0) absl::StrAppend(&text, ":", diagnostic.line, ":", diagnostic.column);
  text += "\n";
  if (!diagnostic.text.empty()) {
    const std::string_view all = diagnostic.text;
    const size_t begin = std::min<size_t>(diagnostic.span.begin, all.size());
    const size_t line_begin = begin == 0 ? 0 : all.rfind('\n', begin - 1) + 1;  // npos + 1 is 0
    const size_t line_end = std::min(all.find('\n', begin), all.size());
    text += RenderLine(all.substr(line_begin, line_end - line_begin), diagnostic.line, begin - line_begin,
                       std::max<size_t>(diagnostic.span.end, begin) - line_begin);
  } else if (!line.empty() && diagnostic.line > 0) {
    // The tag that begins there.
    size_t begin = 0;
    for (uint32_t column = 1; begin < line.size() && column < diagnostic.column; ++column) {
      ++begin;
      while (begin < line.size() && (line[begin] & 0xc0) == 0x80) ++begin;
    }
    text += RenderLine(line, diagnostic.line, begin,
                       std::min(line.find_first_of(" />\t", begin + 1), line.size()));
  }
  if (!diagnostic.hint.empty()) absl::StrAppend(&text, "  = help: ", diagnostic.hint, "\n");
  return text;
}

Model::Model(const Graph& graph) {
  auto code = std::make_shared<Code>();
  Compiler(graph, code, findings_).Run();
  for (const Graph::Problem& problem : graph.problems()) {
    const bool warns = problem.rule == "dmn/import-type" || problem.rule == "dmn/cyclic-import";
    const auto severity = warns ? uaf::document::Severity::kWarning : uaf::document::Severity::kError;
    findings_.push_back(
        {severity, problem.rule, problem.file, problem.at, {}, {}, problem.message, std::nullopt});
  }
  code_ = std::move(code);
}

std::span<const NodeSummary> Model::nodes() const { return code_->summaries; }

namespace {

/// The node that `name` means to a file, by its own names and those of imports.
std::optional<uint32_t> FindFrom(const Model::Code& code, uint32_t file, const std::string& name, int depth) {
  std::optional<uint32_t> by_name;
  for (uint32_t i = 0; i < code.summaries.size(); ++i) {
    if (code.node_files[i] != file) continue;
    if (code.summaries[i].id == name) return i;
    if (!by_name && code.summaries[i].name == name) by_name = i;
  }
  if (by_name || depth > 8) return by_name;
  for (const auto& [import, target] : code.import_names[file]) {
    if (target == file) continue;
    std::string inner;
    if (import.empty()) inner = name;
    if (!import.empty() && name.starts_with(import + ".")) inner = name.substr(import.size() + 1);
    if (inner.empty()) continue;
    if (const auto found = FindFrom(code, target, inner, depth + 1)) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint32_t> Model::Find(std::string_view name_or_id, std::string_view namespace_uri) const {
  const std::string name = NormalizedName(name_or_id);
  const auto is_meant = [&](const NodeSummary& node, bool by_id) {
    return (by_id ? node.id : node.name) == name &&
           (namespace_uri.empty() || node.namespace_uri == namespace_uri);
  };
  if (namespace_uri.empty() && !code_->import_names.empty()) {
    if (const auto found = FindFrom(*code_, 0, name, 0)) return found;
  }
  for (const bool by_id : {true, false}) {
    for (uint32_t i = 0; i < code_->summaries.size(); ++i) {
      if (is_meant(code_->summaries[i], by_id)) return i;
    }
  }
  return std::nullopt;
}

namespace {

void BindContext(const Model::Code& code, uint32_t file, const feel::Context& context,
                 const std::string& prefix, int depth, Model::Inputs& inputs,
                 std::vector<std::string>* unknown) {
  for (const auto& [key, value] : context) {
    const std::string name = NormalizedName(key);
    bool used = false;
    for (const auto& [import, target] : code.import_names[file]) {
      if (import != name || value.context() == nullptr || depth > 8) continue;
      BindContext(code, target, *value.context(), absl::StrCat(prefix, key, "."), depth + 1, inputs, unknown);
      used = true;
    }
    for (uint32_t i = 0; i < code.summaries.size(); ++i) {
      const NodeSummary& node = code.summaries[i];
      const bool takes_value = node.kind == NodeKind::kInputData || node.kind == NodeKind::kDecision;
      if (code.node_files[i] != file || !takes_value || (node.name != name && node.id != name)) continue;
      inputs.emplace_back(i, value);
      used = true;
    }
    if (used) continue;
    const auto found = FindFrom(code, file, name, 0);
    if (found) {
      inputs.emplace_back(*found, value);
      continue;
    }
    // An input of an imported model by its plain name, where only one has it.
    std::vector<uint32_t> candidates;
    for (uint32_t i = 0; i < code.summaries.size(); ++i) {
      if (code.summaries[i].kind == NodeKind::kInputData && code.summaries[i].name == name)
        candidates.push_back(i);
    }
    if (candidates.size() == 1) {
      inputs.emplace_back(candidates.front(), value);
    } else if (unknown != nullptr) {
      unknown->push_back(prefix + key);
    }
  }
}

}  // namespace

Model::Inputs Model::BindInputs(const feel::Context& context, std::vector<std::string>* unknown) const {
  Inputs inputs;
  if (!code_->import_names.empty()) BindContext(*code_, 0, context, "", 0, inputs, unknown);
  return inputs;
}

namespace {

/// What FEEL's function of that name makes of a text; the text itself when it makes nothing.
Value Converted(const char* function, const Value& text) {
  const feel::Parsed parsed = feel::Read(absl::StrCat(function, "(", FeelText(text), ")"));
  Value value = parsed.expression ? feel::Evaluate(*parsed.expression, feel::Context()) : Value();
  return value.is_null() ? text : value;
}

Value AsTyped(const Value& value, const feel::Type& type) {
  using enum feel::Type::Kind;
  if (value.string() != nullptr) {
    switch (type.kind()) {
      case kDate:
        return Converted("date", value);
      case kTime:
        return Converted("time", value);
      case kDateTime:
        return Converted("date and time", value);
      case kDayTimeDuration:
      case kYearMonthDuration:
        return Converted("duration", value);
      default:
        return value;
    }
  }
  if (const feel::List* const items = value.list(); items != nullptr && type.kind() == kList) {
    feel::List list;
    for (const Value& item : *items) list.push_back(AsTyped(item, type.element()));
    return Value(std::move(list));
  }
  if (const feel::Context* const entries = value.context(); entries != nullptr && type.kind() == kContext) {
    feel::Context context;
    for (const auto& [name, entry] : *entries) {
      const feel::Type* const field = type.field(name);
      context.Set(name, field == nullptr ? entry : AsTyped(entry, *field));
    }
    return Value(std::move(context));
  }
  return value;
}

}  // namespace

Model::Inputs Model::BindJson(const feel::Context& context, std::vector<std::string>* unknown) const {
  Inputs inputs = BindInputs(context, unknown);
  for (auto& [node, value] : inputs) value = AsTyped(value, FeelType(code_->nodes[node].declared.get()));
  return inputs;
}

Value Model::Evaluate(uint32_t node, const Inputs& inputs, const EvaluateOptions& options) const {
  Run run(code_);
  run.Begin(options);
  for (const auto& [input, value] : inputs) {
    if (input != node) run.top().Give(input, value);
  }
  Value result;
  switch (code_->nodes[node].kind) {
    case NodeKind::kDecisionService:
      for (const uint32_t surplus : SurplusInputs(node, inputs)) run.top().Take(surplus);
      result = run.Outputs(run.top(), node, true);
      break;
    case NodeKind::kBusinessKnowledgeModel:
      run.Report(code_->nodes[node].place, "is a function; call it with arguments by name");
      break;
    default:
      for (const auto& [input, value] : inputs) {
        if (input == node && code_->nodes[node].kind == NodeKind::kInputData) run.top().Give(input, value);
      }
      result = run.ValueOf(run.top(), node);
  }
  if (options.exhausted != nullptr) *options.exhausted = run.budget().exhausted;
  return result;
}

std::vector<uint32_t> Model::SurplusInputs(uint32_t node, const Inputs& inputs) const {
  std::vector<uint32_t> surplus;
  if (code_->nodes[node].kind != NodeKind::kDecisionService) return surplus;
  const std::vector<uint32_t>& parameters = code_->summaries[node].requires_nodes;
  std::vector<bool> reached(code_->nodes.size());
  for (const uint32_t parameter : parameters) reached[parameter] = true;
  std::vector<uint32_t> open;
  for (const auto& output : code_->nodes[node].outputs) open.push_back(output.second);
  while (!open.empty()) {
    const uint32_t at = open.back();
    open.pop_back();
    if (reached[at]) continue;
    reached[at] = true;
    const std::vector<uint32_t>& required = code_->summaries[at].requires_nodes;
    open.insert(open.end(), required.begin(), required.end());
  }
  for (const auto& [input, value] : inputs) {
    const bool is_parameter = std::find(parameters.begin(), parameters.end(), input) != parameters.end();
    // Input data that a service does not name, but its decisions require, counts all the same.
    const bool counts = code_->summaries[input].kind == NodeKind::kInputData && reached[input];
    if (!is_parameter && !counts) surplus.push_back(input);
  }
  return surplus;
}

Value Model::EvaluateService(uint32_t node, const Inputs& inputs, const EvaluateOptions& options) const {
  if (code_->nodes[node].kind != NodeKind::kDecisionService) return Evaluate(node, inputs, options);
  Run run(code_);
  run.Begin(options);
  for (const auto& [input, value] : inputs) run.top().Give(input, value);
  for (const uint32_t surplus : SurplusInputs(node, inputs)) run.top().Take(surplus);
  return run.Outputs(run.top(), node, false);
}

Value Model::Call(uint32_t node, const feel::Context& arguments, const EvaluateOptions& options) const {
  Run run(code_);
  run.Begin(options);
  std::vector<std::pair<std::string, Value>> given(arguments.begin(), arguments.end());
  feel::EvaluationOptions inner = run.options();
  feel::Diagnostics found;
  if (run.collects()) inner.diagnostics = &found;
  Value result = feel::InvokeNamed(code_->nodes[node].function, given, inner);
  for (const feel::Diagnostic& item : found.items) run.Report(code_->nodes[node].place, item.message);
  return result;
}

// ---- Evaluation

struct Evaluation::State {
  explicit State(std::shared_ptr<const Model::Code> code) : run(std::move(code)) {}
  Run run;
};

Evaluation::Evaluation(const Model& model) : state_(std::make_unique<State>(model.code_)) {}
Evaluation::~Evaluation() = default;
Evaluation::Evaluation(Evaluation&&) noexcept = default;
Evaluation& Evaluation::operator=(Evaluation&&) noexcept = default;

void Evaluation::Set(uint32_t node, Value value) {
  state_->run.Forget(state_->run.top());
  state_->run.top().Give(node, std::move(value));
}

Value Evaluation::Evaluate(uint32_t node, const EvaluateOptions& options) {
  state_->run.Begin(options);
  if (state_->run.code().nodes[node].kind == NodeKind::kDecisionService)
    return state_->run.Outputs(state_->run.top(), node, true);
  return state_->run.ValueOf(state_->run.top(), node);
}

void Evaluation::Reset() { state_->run.top().Clear(state_->run.code().nodes.size()); }

}  // namespace ameide::dmn
