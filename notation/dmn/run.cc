#include "notation/dmn/run.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace ameide::dmn {

using feel::Value;

Run::Run(std::shared_ptr<const Model::Code> code) : code_(std::move(code)) {
  top_.Clear(code_->nodes.size());
  frames_.resize(kMostNesting);
}

void Run::Begin(const EvaluateOptions& options) {
  diagnostics_ = options.diagnostics;
  budget_ = feel::Budget();
  budget_.steps = options.steps;
  options_ = feel::EvaluationOptions();
  options_.budget = &budget_;
  options_.now = options.now;
  options_.caller = this;
  Forget(top_);
}

// ---- Worlds

void Run::World::Clear(size_t nodes) {
  values_.assign(nodes, Value());
  given_.assign(nodes, Value());
  state_.assign(nodes, kUnknown);
  known_.clear();
}

void Run::World::Give(uint32_t node, Value value) {
  given_[node] = std::move(value);
  state_[node] = kGiven;
}

void Run::World::Take(uint32_t node) {
  given_[node] = Value();
  state_[node] = kUnknown;
}

void Run::Forget(World& world) const {
  for (const uint32_t node : world.known_) {
    uint8_t& state = world.state_[node];
    state = state == World::kChecked || state == World::kGiven ? World::kGiven : World::kUnknown;
  }
  world.known_.clear();
}

Run::World Run::NewWorld() const {
  World world;
  world.Clear(code_->nodes.size());
  return world;
}

const Value& Run::ValueOf(World& world, uint32_t node) {
  static const Value kNull;
  const NodeCode& code = code_->nodes[node];
  switch (code.kind) {
    case NodeKind::kBusinessKnowledgeModel:
    case NodeKind::kDecisionService:
      return code.function;
    case NodeKind::kKnowledgeSource:
      return kNull;
    case NodeKind::kInputData:
    case NodeKind::kDecision:
      break;
  }
  uint8_t& state = world.state_[node];
  if (state == World::kKnown || state == World::kChecked) return world.values_[node];
  if (state == World::kOpen) {
    Report(code.place, "requires itself, so it has no value; remove one of the requirements of the circle");
    return kNull;
  }
  if (state == World::kGiven) {
    if (code.declared == nullptr) return world.given_[node];
    state = World::kChecked;
    world.known_.push_back(node);
    world.values_[node] = Conformed(world.given_[node], code.declared.get(), code.place, "the value given");
    return world.values_[node];
  }
  Value value;
  if (code.chain > kLongChain && !world.preparing_) Prepare(world, node);
  state = World::kOpen;
  world.known_.push_back(node);
  if (code.kind == NodeKind::kDecision && code.unit.body != nullptr) {
    FrameLease lease(*this, code.unit.frame_size);
    if (lease.ok()) {
      for (const Binding& binding : code.unit.bindings) Bind(world, binding, lease.frame()[binding.slot]);
      value = Conformed(code.unit.body->Evaluate(*this, lease.frame()), code.declared.get(), code.place,
                        "its result");
    } else {
      Report(code.place, "is nested too deep in other decisions and functions");
    }
  } else if (code.kind == NodeKind::kDecision) {
    Report(code.place, "has no decision logic, and no value was given for it");
  }
  world.state_[node] = World::kKnown;
  world.values_[node] = std::move(value);
  return world.values_[node];
}

void Run::Prepare(World& world, uint32_t node) {
  world.preparing_ = true;
  std::vector<bool> seen(code_->nodes.size());
  std::vector<std::pair<uint32_t, size_t>> path = {{node, 0}};
  seen[node] = true;
  while (!path.empty()) {
    auto& [at, next] = path.back();
    const std::vector<uint32_t>& required = code_->summaries[at].requires_nodes;
    if (next < required.size()) {
      const uint32_t child = required[next++];
      if (!seen[child] && world.state_[child] == World::kUnknown) {
        seen[child] = true;
        path.emplace_back(child, 0);
      }
      continue;
    }
    const uint32_t ready = at;
    path.pop_back();
    if (ready != node) static_cast<void>(ValueOf(world, ready));
  }
  world.preparing_ = false;
}

void Run::Bind(World& world, const Binding& binding, Value& into) {
  if (binding.node) {
    into = ValueOf(world, *binding.node);
    return;
  }
  feel::Context context;
  for (const auto& [name, field] : binding.fields) {
    Value value;
    Bind(world, field, value);
    context.Set(name, std::move(value));
  }
  into = Value(std::move(context));
}

// ---- Functions

Value Run::CallKnowledge(uint32_t node, std::span<const Value> arguments) {
  const NodeCode& code = code_->nodes[node];
  if (code.unit.body == nullptr) {
    Report(code.place, "has no logic, so its call has no value");
    return {};
  }
  FrameLease lease(*this, code.unit.frame_size);
  if (!lease.ok()) {
    Report(code.place, "calls nest too deep; see that its recursion ends");
    return {};
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    Value argument = Conformed(arguments[i], code.parameter_types[i].get(), code.place, "an argument");
    // What does not conform keeps a function from being called (10.3.2.13).
    if (argument.is_null() && !arguments[i].is_null()) return {};
    lease.frame()[code.parameter_slots[i]] = std::move(argument);
  }
  World none;  // functions require only functions
  for (const Binding& binding : code.unit.bindings) Bind(none, binding, lease.frame()[binding.slot]);
  return Conformed(code.unit.body->Evaluate(*this, lease.frame()), code.declared.get(), code.place,
                   "its result");
}

Value Run::CallService(uint32_t node, std::span<const Value> arguments) {
  constexpr uint64_t kNodesPerStep = 4;
  if (!budget_.Spend(code_->nodes.size() / kNodesPerStep)) return {};
  World world = NewWorld();
  const std::vector<uint32_t>& parameters = code_->summaries[node].requires_nodes;
  for (size_t i = 0; i < arguments.size() && i < parameters.size(); ++i)
    world.Give(parameters[i], arguments[i]);
  return Outputs(world, node, true);
}

Value Run::Outputs(World& world, uint32_t node, bool unwrap_single) {
  const NodeCode& code = code_->nodes[node];
  FrameLease depth(*this, 0);
  if (!depth.ok()) {
    Report(code.place, "calls nest too deep; see that its recursion ends");
    return {};
  }
  if (code.outputs.empty()) {
    Report(code.place, "has no output decision, so its call has no value");
    return {};
  }
  if (code.outputs.size() == 1) {
    // Its type is that of the single decision's value (10.4).
    Value value =
        Conformed(ValueOf(world, code.outputs[0].second), code.declared.get(), code.place, "its result");
    if (unwrap_single) return value;
    feel::Context context;
    context.Set(code.outputs[0].first, std::move(value));
    return Value(std::move(context));
  }
  feel::Context context;
  for (const auto& [name, output] : code.outputs) context.Set(name, ValueOf(world, output));
  return Conformed(Value(std::move(context)), code.declared.get(), code.place, "its result");
}

// ---- FEEL

Value Run::Evaluate(const Text& text, Frame frame, const Value* input) {
  if (text.constant) return *text.constant;
  if (text.slot) return frame[*text.slot];
  if (!text.expression) {
    if (collects()) ReportError(text, "its expression is no FEEL");
    return {};
  }
  feel::EvaluationOptions options = options_;
  options.input = input;
  if (!collects()) return feel::Evaluate(*text.expression, frame, options);
  feel::Diagnostics found;
  options.diagnostics = &found;
  Value value = feel::Evaluate(*text.expression, frame, options);
  if (!found.items.empty()) Take(text, found);
  return value;
}

bool Run::Holds(const Text& tests, const Value& input, Frame frame) {
  if (!tests.expression) {
    if (collects()) ReportError(tests, "its tests are no FEEL");
    return false;
  }
  // A test that cannot be decided does not hold; that is no reason for a null.
  return feel::EvaluateUnaryTests(*tests.expression, input, frame, options_).is_true();
}

Value Run::Conformed(Value value, const ItemType* type, const Place& place, std::string_view what) {
  if (type == nullptr || value.is_null()) return value;
  if (!budget_.SpendReading(value)) return {};
  if (!type->constrained && IsPlainly(value, type->type)) return value;
  if (!collects()) return Conform(value, type, options_, nullptr);
  std::string why;
  Value conformed = Conform(value, type, options_, &why);
  if (conformed.is_null()) {
    Report(place,
           absl::StrCat(std::string(what), " is no ", type->name.empty() ? type->type.ToString() : type->name,
                        ", so it became null: ", why));
  }
  return conformed;
}

Value Run::Bounded(Value value, const Place& place) {
  const feel::Extent extent = feel::ExtentOf(value);
  if (!extent.too_large()) return value;
  budget_.exhausted = true;
  Report(place, extent.depth > feel::Extent::kMostDepth ? "its value is nested deeper than 1,000 levels"
                                                        : "its value is larger than 10,000,000 values");
  return {};
}

void Run::Report(const Place& place, std::string message) {
  if (diagnostics_ == nullptr || diagnostics_->size() >= kMostDiagnostics) return;
  diagnostics_->push_back({code_->paths[place.file],
                           place.position.line,
                           place.position.column,
                           place.element,
                           place.where,
                           std::move(message),
                           "",
                           "",
                           {}});
}

void Run::ReportError(const Text& text, std::string_view what) {
  if (!text.error) {
    Report({text.file, text.source.start, text.element, text.where},
           absl::StrCat(std::string(what), ", see its findings"));
    return;
  }
  feel::Diagnostics found;
  found.items.push_back({text.error->span, absl::StrCat(std::string(what), ": ", text.error->message)});
  Take(text, found);
}

void Run::Take(const Text& text, const feel::Diagnostics& found) {
  for (const feel::Diagnostic& item : found.items) {
    if (diagnostics_->size() >= kMostDiagnostics) return;
    Diagnostic taken;
    taken.path = code_->paths[text.file];
    const auto size = static_cast<uint32_t>(text.source.text.size());
    taken.span.begin = std::min(item.span.begin > text.shift ? item.span.begin - text.shift : 0, size);
    taken.span.end = std::min(
        std::max(item.span.end > text.shift ? item.span.end - text.shift : 0, taken.span.begin), size);
    const TextPosition at = text.source.At(taken.span.begin);
    taken.line = at.line;
    taken.column = at.column;
    taken.element = text.element;
    taken.where = text.where;
    taken.message = item.message;
    // What was said of that part, or a part of it, before it was evaluated.
    for (const auto& [span, hint] : text.hints) {
      if (taken.hint.empty() && item.span.begin <= span.begin && span.end <= item.span.end) taken.hint = hint;
    }
    taken.text = text.source.text;
    diagnostics_->push_back(std::move(taken));
  }
}

// ---- Frames

Run::FrameLease::FrameLease(Run& run, size_t size) : run_(run) {
  if (run.depth_ >= kMostNesting) {
    ok_ = false;
    return;
  }
  std::vector<Value>& frame = run.frames_[run.depth_++];
  if (frame.size() < size) frame.resize(size);
  frame_ = Frame(frame.data(), size);
}

Run::FrameLease::~FrameLease() {
  if (!ok_) return;
  for (Value& slot : frame_) slot = Value();
  --run_.depth_;
}

Run* RunOf(const feel::EvaluationOptions& options, const Model::Code& code) {
  Run* const run = dynamic_cast<Run*>(options.caller);
  return run != nullptr && &run->code() == &code ? run : nullptr;
}

}  // namespace ameide::dmn
