#include "backend/engine/plan/plan_codec.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/engine/plan/decisions.h"
#include "base/bytes.h"
#include "base/status.h"

namespace ameide::engine {
namespace {

constexpr std::string_view kMagic = "AMEPLAN";
/// 1 is that of plans of semantics 1, 2 of all others that need nothing of 3: decisions, and more that is
/// said of user tasks.
/// Of 4: HTTP calls. Of 5: input sets. Of 6: output sets. Of 7: conversations.
constexpr uint64_t kPlanFormat = 7;
constexpr size_t kDeepestNesting = 250;
constexpr uint32_t kMostTokens = 1000;

void PutIndex(ByteWriter& w, Index value) { w.Varint(value == kNone ? 0 : uint64_t{value} + 1); }

void PutIndices(ByteWriter& w, const std::vector<Index>& values) {
  w.Varint(values.size());
  for (const Index value : values) PutIndex(w, value);
}

void PutParameter(ByteWriter& w, const Parameter& value) {
  w.String(value.text);
  PutIndex(w, value.expression);
}

void PutMappings(ByteWriter& w, const std::vector<Mapping>& mappings) {
  w.Varint(mappings.size());
  for (const Mapping& mapping : mappings) {
    PutIndex(w, mapping.source);
    w.String(mapping.target);
  }
}

void PutPairs(ByteWriter& w, const std::vector<std::pair<std::string, std::string>>& pairs) {
  w.Varint(pairs.size());
  for (const auto& [name, value] : pairs) {
    w.String(name);
    w.String(value);
  }
}

void PutDefinition(ByteWriter& w, const EventDefinition& it) {
  w.Byte(static_cast<uint8_t>(it.trigger));
  w.Byte(static_cast<uint8_t>(it.timer_kind));
  PutParameter(w, it.timer);
  w.String(it.code);
  PutParameter(w, it.name);
  PutIndex(w, it.correlation);
  w.String(it.receiver);
  PutIndex(w, it.condition);
  PutIndex(w, it.activity);
  w.Bool(it.wait_for_completion);
}

void PutLoop(ByteWriter& w, const Loop& loop) {
  w.Byte(static_cast<uint8_t>(loop.kind));
  if (loop.kind == LoopKind::kNone) return;
  PutIndex(w, loop.cardinality);
  PutIndex(w, loop.collection);
  w.String(loop.item);
  PutIndex(w, loop.output_item);
  w.String(loop.output_variable);
  w.String(loop.output_collection);
  PutIndex(w, loop.condition);
  w.Bool(loop.test_before);
  w.Bool(loop.maximum.has_value());
  if (loop.maximum) w.Varint(*loop.maximum);
  w.Byte(static_cast<uint8_t>(loop.behavior));
  w.Varint(loop.events.size());
  for (const LoopEvent& event : loop.events) {
    PutIndex(w, event.condition);
    PutDefinition(w, event.event);
  }
}

void PutNames(ByteWriter& w, const std::vector<std::string>& names) {
  w.Varint(names.size());
  for (const std::string& name : names) w.String(name);
}

void PutOutputSet(ByteWriter& w, const OutputSet& set) {
  PutNames(w, set.required);
  w.Varint(set.outputs.size());
  for (const OutputSet::Output& output : set.outputs) {
    PutIndex(w, output.mapping);
    PutNames(w, output.variables);
  }
  w.Bool(set.input_sets.has_value());
  if (set.input_sets) PutIndices(w, *set.input_sets);
}

void PutNode(ByteWriter& w, const Node& node, uint64_t format) {
  const bool first_format = format == 1, third_format = format >= 3;
  // The first format has one event definition in each node.
  const EventDefinition single = node.definitions.empty() ? EventDefinition() : node.definitions[0];
  w.Byte(static_cast<uint8_t>(node.kind));
  if (first_format) w.Byte(static_cast<uint8_t>(single.trigger));
  w.String(node.id);
  w.String(node.name);
  w.String(node.type);
  PutIndex(w, node.parent);
  PutIndices(w, node.incoming);
  PutIndices(w, node.outgoing);
  PutIndex(w, node.default_flow);
  PutIndices(w, node.entries);
  PutIndices(w, node.boundaries);
  PutIndex(w, node.attached_to);
  w.Bool(node.interrupting);
  PutMappings(w, node.inputs);
  PutMappings(w, node.outputs);
  if (first_format) {
    w.Byte(static_cast<uint8_t>(single.timer_kind));
    PutParameter(w, single.timer);
  }
  w.Byte(static_cast<uint8_t>(node.job_kind));
  PutParameter(w, node.job_type);
  w.Varint(node.job_retries);
  w.String(node.domain);
  PutPairs(w, node.headers);
  PutParameter(w, node.candidate_groups);
  PutParameter(w, node.assignee);
  w.String(node.form);
  PutIndex(w, node.script);
  w.String(node.result_variable);
  if (first_format) {
    w.String(single.code);
    return;
  }
  w.Varint(node.definitions.size());
  for (const EventDefinition& definition : node.definitions) PutDefinition(w, definition);
  w.Bool(node.parallel_multiple);
  PutLoop(w, node.loop);
  w.Varint(node.start_quantity);
  w.Varint(node.completion_quantity);
  PutIndex(w, node.handler);
  PutIndices(w, node.event_subprocesses);
  PutIndex(w, node.completion_condition);
  w.Bool(node.cancel_remaining);
  w.Bool(node.sequential);
  w.Bool(node.starts_entries);
  PutIndex(w, node.called);
  w.Bool(node.share_inputs);
  w.Bool(node.share_outputs);
  PutIndex(w, node.activation_condition);
  w.Bool(node.parallel_events);
  w.Bool(node.instantiates);
  w.String(node.decision);
  if (!third_format) return;
  PutParameter(w, node.candidate_users);
  PutParameter(w, node.due_date);
  PutParameter(w, node.follow_up_date);
  PutParameter(w, node.priority);
  if (format < 5) return;
  w.Varint(node.input_sets.size());
  for (const std::vector<std::string>& set : node.input_sets) PutNames(w, set);
  if (format < 6) return;
  w.Varint(node.output_sets.size());
  for (const OutputSet& set : node.output_sets) PutOutputSet(w, set);
}

bool NeedsThirdFormat(const Plan& plan) {
  return !plan.decision_files.empty() ||
         std::any_of(plan.nodes.begin(), plan.nodes.end(), [](const Node& it) {
           return !it.candidate_users.empty() || !it.due_date.empty() || !it.follow_up_date.empty() ||
                  !it.priority.empty();
         });
}

bool NeedsFourthFormat(const Plan& plan) {
  return std::any_of(plan.nodes.begin(), plan.nodes.end(),
                     [](const Node& it) { return it.job_kind == JobKind::kHttp; });
}

bool NeedsFifthFormat(const Plan& plan) {
  return std::any_of(plan.nodes.begin(), plan.nodes.end(),
                     [](const Node& it) { return !it.input_sets.empty(); });
}

bool NeedsSixthFormat(const Plan& plan) {
  return std::any_of(plan.nodes.begin(), plan.nodes.end(),
                     [](const Node& it) { return !it.output_sets.empty(); });
}

/// The first format that can hold the plan: one plan has one byte form.
uint64_t FormatOf(const Plan& plan) {
  if (plan.semantics == 1) return 1;
  if (!plan.conversations.empty()) return 7;
  if (NeedsSixthFormat(plan)) return 6;
  if (NeedsFifthFormat(plan)) return 5;
  if (NeedsFourthFormat(plan)) return 4;
  return NeedsThirdFormat(plan) ? 3 : 2;
}

/// Reads indices and checks them against the sizes of the arrays that they point into.
class PlanReader {
 public:
  explicit PlanReader(std::string_view bytes) : r_(bytes) {}

  absl::StatusOr<Plan> Read() {
    AMEIDE_RETURN_IF_ERROR(ReadHeader());
    ReadSizes();
    AMEIDE_RETURN_IF_ERROR(ReadExpressions());
    for (Flow& flow : plan_.flows) ReadFlow(flow);
    for (Node& node : plan_.nodes) ReadNode(node);
    plan_.sources = Pairs();
    if (third_format_) {
      for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
        std::string path = String();
        plan_.decision_files.push_back({std::move(path), String()});
      }
      if (format_ >= 7) {
        for (size_t left = r_.Count(); left > 0 && r_.ok(); --left)
          plan_.conversations.push_back(Indices(plan_.nodes.size()));
      }
      if (FormatOf(plan_) != format_) r_.Fail();
    }
    AMEIDE_RETURN_IF_ERROR(r_.Finish());
    AMEIDE_RETURN_IF_ERROR(CheckShape());
    Prepare(plan_);
    AMEIDE_RETURN_IF_ERROR(LoadDecisions(plan_));
    return std::move(plan_);
  }

 private:
  absl::Status ReadHeader() {
    if (r_.Raw(kMagic.size()) != kMagic) return absl::DataLossError("these bytes are not a process plan");
    format_ = r_.Varint();
    if (format_ > kPlanFormat) return Later("format", format_, kPlanFormat);
    if (format_ == 0) r_.Fail();
    first_format_ = format_ == 1;
    third_format_ = format_ >= 3;
    plan_.semantics = U32();
    plan_.feel = U32();
    AMEIDE_RETURN_IF_ERROR(r_.status());
    if (plan_.semantics > kSemanticsVersion) return Later("semantics", plan_.semantics, kSemanticsVersion);
    if (plan_.feel > kFeelVersion) return Later("FEEL", plan_.feel, kFeelVersion);
    if (plan_.semantics == 0 || plan_.feel == 0 || first_format_ != (plan_.semantics == 1)) r_.Fail();
    return r_.status();
  }

  static absl::Status Later(std::string_view what, uint64_t has, uint64_t known) {
    return absl::FailedPreconditionError(
        absl::StrCat("the plan has ", std::string(what), " version ", has, ", this program runs version ",
                     known, "; use a program that knows it or publish the model again"));
  }

  void ReadSizes() {
    expressions_ = r_.Count();
    plan_.flows.resize(r_.Count());
    plan_.nodes.resize(r_.Count());
    if (plan_.nodes.empty()) r_.Fail();
  }

  absl::Status ReadExpressions() {
    for (size_t i = 0; i < expressions_ && r_.ok(); ++i) {
      // What a process must not start with was refused when it was compiled; a plan loads for ever.
      feel::Parsed parsed = feel::Read(r_.String());
      if (!parsed.expression) {
        return absl::DataLossError(absl::StrCat(
            "expression ", i, " of the plan cannot be read: ", std::string(parsed.status().message()),
            "; publish the model again"));
      }
      plan_.expressions.push_back(*std::move(parsed.expression));
    }
    return r_.status();
  }

  void ReadFlow(Flow& flow) {
    flow.id = String();
    flow.source = Node_();
    flow.target = Node_();
    flow.condition = Expression();
    if (flow.source == kNone || flow.target == kNone) r_.Fail();
  }

  void ReadNode(Node& node) {
    EventDefinition single;
    node.kind = Enum(first_format_ ? NodeKind::kThrowEvent : kLastNodeKind);
    if (first_format_) single.trigger = Enum(Trigger::kTerminate);
    node.id = String();
    node.name = String();
    node.type = String();
    node.parent = Node_();
    node.incoming = Indices(plan_.flows.size());
    node.outgoing = Indices(plan_.flows.size());
    node.default_flow = IndexBelow(plan_.flows.size());
    node.entries = Indices(plan_.nodes.size());
    node.boundaries = Indices(plan_.nodes.size());
    node.attached_to = Node_();
    node.interrupting = r_.Bool();
    node.inputs = Mappings();
    node.outputs = Mappings();
    if (first_format_) {
      single.timer_kind = Enum(TimerKind::kCycle);
      single.timer = ReadParameter();
    }
    node.job_kind = Enum(format_ >= 4 ? JobKind::kHttp : JobKind::kStub);
    node.job_type = ReadParameter();
    node.job_retries = U32();
    node.domain = String();
    node.headers = Pairs();
    node.candidate_groups = ReadParameter();
    node.assignee = ReadParameter();
    node.form = String();
    node.script = Expression();
    node.result_variable = String();
    if (node.kind == NodeKind::kScriptTask && node.script == kNone) r_.Fail();
    if (!first_format_) {
      ReadSecondFormat(node);
      return;
    }
    single.code = String();
    if (single.trigger != Trigger::kNone) {
      node.definitions.push_back(std::move(single));
    } else if (!single.timer.empty() || !single.code.empty() || single.timer_kind != TimerKind::kDuration) {
      r_.Fail();  // one plan has one byte form
    }
  }

  void ReadSecondFormat(Node& node) {
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) node.definitions.push_back(ReadDefinition());
    node.parallel_multiple = r_.Bool();
    ReadLoop(node.loop);
    node.start_quantity = U32();
    node.completion_quantity = U32();
    node.handler = Node_();
    node.event_subprocesses = Indices(plan_.nodes.size());
    node.completion_condition = Expression();
    node.cancel_remaining = r_.Bool();
    node.sequential = r_.Bool();
    node.starts_entries = r_.Bool();
    node.called = Node_();
    node.share_inputs = r_.Bool();
    node.share_outputs = r_.Bool();
    node.activation_condition = Expression();
    node.parallel_events = r_.Bool();
    node.instantiates = r_.Bool();
    node.decision = String();
    if (third_format_) {
      node.candidate_users = ReadParameter();
      node.due_date = ReadParameter();
      node.follow_up_date = ReadParameter();
      node.priority = ReadParameter();
    }
    if (format_ >= 5) {
      for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
        node.input_sets.push_back(Names());
        // A set that needs nothing is there at once; only IORules have to know it.
        if (node.input_sets.back().empty() && format_ == 5) r_.Fail();
      }
    }
    if (format_ >= 6) {
      for (size_t left = r_.Count(); left > 0 && r_.ok(); --left)
        ReadOutputSet(node, node.output_sets.emplace_back());
    }
    if (node.start_quantity == 0 || node.completion_quantity == 0 || node.completion_quantity > kMostTokens)
      r_.Fail();
  }

  void ReadOutputSet(const Node& node, OutputSet& set) {
    set.required = Names();
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
      OutputSet::Output& output = set.outputs.emplace_back();
      output.mapping = IndexBelow(node.outputs.size());
      output.variables = Names();
      if (output.mapping == kNone) r_.Fail();
    }
    if (r_.Bool()) set.input_sets = Indices(node.input_sets.size());
  }

  EventDefinition ReadDefinition() {
    EventDefinition it;
    it.trigger = Enum(kLastTrigger);
    it.timer_kind = Enum(TimerKind::kCycle);
    it.timer = ReadParameter();
    it.code = String();
    it.name = ReadParameter();
    it.correlation = Expression();
    it.receiver = String();
    it.condition = Expression();
    it.activity = Node_();
    it.wait_for_completion = r_.Bool();
    if (it.trigger == Trigger::kConditional && it.condition == kNone) r_.Fail();
    return it;
  }

  void ReadLoop(Loop& loop) {
    loop.kind = Enum(LoopKind::kSequential);
    if (loop.kind == LoopKind::kNone) return;
    loop.cardinality = Expression();
    loop.collection = Expression();
    loop.item = String();
    loop.output_item = Expression();
    loop.output_variable = String();
    loop.output_collection = String();
    loop.condition = Expression();
    loop.test_before = r_.Bool();
    if (r_.Bool()) loop.maximum = r_.Varint();
    loop.behavior = Enum(LoopBehavior::kComplex);
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
      LoopEvent event;
      event.condition = Expression();
      event.event = ReadDefinition();
      loop.events.push_back(std::move(event));
    }
    const bool counted = loop.cardinality != kNone || loop.collection != kNone;
    if (loop.kind != LoopKind::kStandard && !counted) r_.Fail();
  }

  /// What the engine relies on beyond indices in range.
  absl::Status CheckShape() {
    bool good = plan_.nodes[0].kind == NodeKind::kProcess && plan_.nodes[0].parent == kNone;
    std::vector<size_t> depth(plan_.nodes.size());
    for (Index i = 0; i < plan_.nodes.size() && good; ++i) {
      const Node& node = plan_.nodes[i];
      // A root, or inside a node before it.
      if (node.parent != kNone) {
        good = node.parent < i && node.kind != NodeKind::kProcess;
        if (good) depth[i] = depth[node.parent] + 1;
      } else {
        good = node.kind == NodeKind::kProcess || i > 0;
      }
      good = good && depth[i] <= kDeepestNesting && IsSound(i, node);
    }
    for (const Flow& flow : plan_.flows) {
      good = good && plan_.nodes[flow.source].parent == plan_.nodes[flow.target].parent;
    }
    std::set<Index> talking;
    for (const std::vector<Index>& conversation : plan_.conversations) {
      good = good && !conversation.empty();
      for (const Index index : conversation) {
        const Node& node = plan_.nodes[index];
        const bool begins = node.kind == NodeKind::kStartEvent || node.kind == NodeKind::kReceiveTask ||
                            node.kind == NodeKind::kEventGateway;
        good = good && begins && node.instantiates && node.parent == 0 && talking.insert(index).second;
      }
    }
    return good ? absl::OkStatus()
                : absl::DataLossError("the plan contradicts itself; publish the model again");
  }

  bool IsSound(Index i, const Node& node) const {
    const auto inside = [&](Index it) { return plan_.nodes[it].parent == i; };
    for (const Index flow : node.incoming) {
      if (plan_.flows[flow].target != i) return false;
    }
    for (const Index flow : node.outgoing) {
      if (plan_.flows[flow].source != i) return false;
    }
    for (const Index boundary : node.boundaries) {
      if (plan_.nodes[boundary].attached_to != i || plan_.nodes[boundary].parent != node.parent) return false;
    }
    for (const Index entry : node.entries) {
      if (!inside(entry)) return false;
    }
    for (const Index sub : node.event_subprocesses) {
      const Node& it = plan_.nodes[sub];
      if (!inside(sub) || it.kind != NodeKind::kEventSubProcess || it.entries.empty()) return false;
    }
    if (node.handler != kNone && plan_.nodes[node.handler].parent != node.parent) return false;
    if (node.kind == NodeKind::kCallActivity) {
      return node.called != kNone && plan_.nodes[node.called].parent == kNone;
    }
    if (node.kind == NodeKind::kCatchEvent || node.kind == NodeKind::kReceiveTask) {
      return !node.definitions.empty();
    }
    return true;
  }

  uint32_t U32() {
    const uint64_t value = r_.Varint();
    if (value > 0xffffffffu) r_.Fail();
    return static_cast<uint32_t>(value);
  }
  std::string String() { return std::string(r_.String()); }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) names.push_back(String());
    return names;
  }
  Index IndexBelow(size_t size) {
    const uint64_t value = r_.Varint();
    if (value > size) r_.Fail();
    return value == 0 || value > size ? kNone : static_cast<Index>(value - 1);
  }
  Index Node_() { return IndexBelow(plan_.nodes.size()); }
  Index Expression() { return IndexBelow(plan_.expressions.size()); }
  std::vector<Index> Indices(size_t size) {
    std::vector<Index> values;
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
      values.push_back(IndexBelow(size));
      if (values.back() == kNone) r_.Fail();
    }
    return r_.ok() ? values : std::vector<Index>();
  }
  Parameter ReadParameter() {
    Parameter value;
    value.text = String();
    value.expression = Expression();
    return value;
  }
  std::vector<Mapping> Mappings() {
    std::vector<Mapping> mappings;
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
      Mapping mapping;
      mapping.source = Expression();
      mapping.target = String();
      if (mapping.source == kNone || mapping.target.empty()) r_.Fail();
      mappings.push_back(std::move(mapping));
    }
    return mappings;
  }
  std::vector<std::pair<std::string, std::string>> Pairs() {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (size_t left = r_.Count(); left > 0 && r_.ok(); --left) {
      std::string name = String();
      pairs.emplace_back(std::move(name), String());
    }
    return pairs;
  }
  template <typename Value>
  Value Enum(Value last) {
    const uint8_t value = r_.Byte();
    if (value > static_cast<uint8_t>(last)) r_.Fail();
    return value > static_cast<uint8_t>(last) ? last : static_cast<Value>(value);
  }

  ByteReader r_;
  Plan plan_;
  size_t expressions_ = 0;
  bool first_format_ = false;
  uint64_t format_ = 0;
  bool third_format_ = false;
};

}  // namespace

std::string EncodePlan(const Plan& plan) {
  ByteWriter w;
  w.Raw(kMagic);
  const uint64_t format = FormatOf(plan);
  w.Varint(format);
  w.Varint(plan.semantics);
  w.Varint(plan.feel);
  w.Varint(plan.expressions.size());
  w.Varint(plan.flows.size());
  w.Varint(plan.nodes.size());
  for (const feel::Expression& expression : plan.expressions) w.String(expression.text());
  for (const Flow& flow : plan.flows) {
    w.String(flow.id);
    PutIndex(w, flow.source);
    PutIndex(w, flow.target);
    PutIndex(w, flow.condition);
  }
  for (const Node& node : plan.nodes) PutNode(w, node, format);
  PutPairs(w, plan.sources);
  if (format >= 3) {
    w.Varint(plan.decision_files.size());
    for (const DecisionFile& file : plan.decision_files) {
      w.String(file.path);
      w.String(file.bytes);
    }
  }
  if (format >= 7) {
    w.Varint(plan.conversations.size());
    for (const std::vector<Index>& conversation : plan.conversations) PutIndices(w, conversation);
  }
  return w.Take();
}

absl::StatusOr<Plan> DecodePlan(std::string_view bytes) { return PlanReader(bytes).Read(); }

Hash256 PlanDigest(std::string_view bytes) { return Sha256(bytes); }

}  // namespace ameide::engine
