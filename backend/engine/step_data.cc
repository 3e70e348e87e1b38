// The data that activities begin and end with: mappings, input sets and output sets (clauses 10.4.2 and
// 13.3.2).
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/engine/step.h"

namespace ameide::engine {
namespace {

/// Whether data has been provided. Data objects of subprocesses begin as null.
bool IsProvided(const InstanceState& state, Key scope, const std::string& name) {
  for (const ElementInstance* at = state.FindElement(scope); at != nullptr;
       at = state.FindElement(at->scope)) {
    const bool root = at->scope == kNoKey || state.calls.contains(at->scope);
    if (const feel::Value* value = at->variables.Find(name)) return root || !value->is_null();
    if (state.calls.contains(at->key)) break;
  }
  return false;
}

bool HasAll(const feel::Context& values, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(),
                     [&](const std::string& name) { return values.Find(name) != nullptr; });
}

}  // namespace

/// Input mappings read from the scope around the element, so doing them again gives the same. Those of one
/// instance of many see its item and its number, too (table 10.31); they are done once.
bool Stepper::MapInputs(Key key) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  if (node.inputs.empty()) return true;
  Outcome<feel::Context> inputs = Map(node.inputs, IsInner(element) ? key : element.scope, kNoKey);
  if (!inputs.ok()) {
    Raise(key, std::move(*inputs.problem));
    return false;
  }
  Emit(VariablesSet{key, std::move(inputs.value)});
  return true;
}

/// Whether an activity needs no data, or all of one of its input sets is there.
bool Stepper::HasData(Key key) const {
  const ElementInstance& element = Element(key);
  const auto& sets = NodeOf(element).input_sets;
  if (sets.empty() || IsInner(element)) return true;
  return std::any_of(sets.begin(), sets.end(), [&](const std::vector<std::string>& names) {
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return IsProvided(state_, element.scope, name); });
  });
}

bool Stepper::IsWaitingForData(const ElementInstance& element) const {
  return element.phase == Phase::kActivating && element.incident == kNoKey;
}

/// Lets one activity begin whose data has come (clause 13.3.2), or that waits for data which nothing is left
/// to provide; false when there is none.
bool Stepper::OpenInputs() {
  if (!plan_.waits_for_data && !may_wait_) return false;
  Key begins = kNoKey;
  bool others = false;  // something else works that may provide data
  for (const auto& [key, element] : state_.elements) {
    if (!IsWaitingForData(element)) {
      others = others || element.inside == 0;
    } else if (HasData(key)) {
      begins = key;
      others = false;
      break;
    } else if (begins == kNoKey) {
      begins = key;
    }
  }
  if (begins == kNoKey || others) return false;
  ++moved_;
  BeginWork(begins);
  return true;
}

/// Where an IORule will ask for it: the first input set that is there. An activity that begins without its
/// data has none.
void Stepper::SelectInputSet(Key key) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  if (IsInner(element) || !HasInputOutputRule(node)) return;
  for (Index set = 0; set < node.input_sets.size(); ++set) {
    const auto& names = node.input_sets[set];
    const bool there = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return IsProvided(state_, element.scope, name);
    });
    if (!there) continue;
    Emit(InputSetSelected{key, set});
    return;
  }
}

/// The mappings of the first output set whose required data the activity itself gave: an input of that name
/// is none. An activity that gave nothing at all says nothing about its sets: everything goes out, and is
/// null where it goes. Behind an incident nobody knows any more what was given; then its variables count, as
/// people have set them.
Outcome<std::vector<Mapping>> Stepper::ChooseOutputs(Key key, const feel::Context* given) const {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  if (given != nullptr && given->empty()) return {node.outputs, {}};
  const feel::Context& values = given != nullptr ? *given : element.variables;
  const auto stop = [&](std::string what) {
    return Outcome<std::vector<Mapping>>{
        {},
        Problem{IncidentKind::kExpression,
                absl::StrCat(node.id, what,
                             " (BPMN 2.0.2, clause 13.3.2); set the missing variables of the activity and "
                             "resolve the incident, or publish a corrected model")}};
  };
  const auto set = std::find_if(node.output_sets.begin(), node.output_sets.end(),
                                [&](const OutputSet& it) { return HasAll(values, it.required); });
  if (set == node.output_sets.end()) {
    std::vector<std::string> wanted;
    for (const OutputSet& it : node.output_sets) wanted.push_back(absl::StrJoin(it.required, ", "));
    return stop(
        absl::StrCat(" is done, but gave none of its output sets in full: ", absl::StrJoin(wanted, "; or ")));
  }
  const auto began = state_.input_sets.find(IsInner(element) ? element.scope : key);
  if (began != state_.input_sets.end() && set->input_sets &&
      std::find(set->input_sets->begin(), set->input_sets->end(), began->second) == set->input_sets->end()) {
    return stop(absl::StrCat(" began with its input set ", began->second + 1, " and gave its output set ",
                             set - node.output_sets.begin() + 1, ", which its rule does not allow"));
  }
  std::vector<Mapping> chosen;
  for (Index index = 0; index < node.outputs.size(); ++index) {
    const auto names = [&](const OutputSet::Output& it) { return it.mapping == index; };
    const auto in = [&](const OutputSet& it) {
      return std::any_of(it.outputs.begin(), it.outputs.end(), names);
    };
    const auto mine = std::find_if(set->outputs.begin(), set->outputs.end(), names);
    const bool goes = mine != set->outputs.end()
                          ? HasAll(values, mine->variables)
                          : std::none_of(node.output_sets.begin(), node.output_sets.end(), in);
    if (goes) chosen.push_back(node.outputs[index]);
  }
  return {std::move(chosen), {}};
}

/// Output mappings of an element, the output of one instance of many, or the collected outputs of all.
bool Stepper::MapOutputs(Key key, const feel::Context* given) {
  const ElementInstance& element = Element(key);
  const Node& node = NodeOf(element);
  const auto stop = [&](Problem problem) {
    if (element.phase != Phase::kCompleting) Emit(PhaseChanged{key, Phase::kCompleting});
    Raise(key, std::move(problem));
    return false;
  };
  if (IsBody(element)) {
    // A receive task that began the instance was over with its first message, before it could repeat.
    const auto found = state_.loops.find(key);
    if (!node.loop.output_collection.empty() && found != state_.loops.end()) {
      const LoopState& loop = found->second;
      feel::List list(loop.outputs.empty() ? 0 : loop.outputs.rbegin()->first + 1);
      for (const auto& [index, value] : loop.outputs) list[index] = value;
      feel::Context collected;
      collected.Set(node.loop.output_collection, list);
      Propagate(element.scope, collected);
    }
    return true;
  }
  if (!node.outputs.empty()) {
    Outcome<std::vector<Mapping>> chosen;
    if (!node.output_sets.empty()) chosen = ChooseOutputs(key, given);
    if (!chosen.ok()) return stop(std::move(*chosen.problem));
    Outcome<feel::Context> outputs =
        Map(node.output_sets.empty() ? node.outputs : chosen.value, key, element.scope);
    if (!outputs.ok()) return stop(std::move(*outputs.problem));
    Propagate(element.scope, outputs.value);
  }
  if (!IsInner(element)) return true;
  finished_body_ = element.scope;
  finished_variables_ = element.variables;
  if (node.loop.output_item == kNone) return true;
  Outcome<feel::Value> output = Evaluate(node.loop.output_item, key);
  if (!output.ok()) return stop(std::move(*output.problem));
  const feel::Value* counter = element.variables.Find("loopCounter");
  const std::optional<int64_t> number =
      counter != nullptr && counter->number() != nullptr ? counter->number()->ToInt64() : std::nullopt;
  const LoopState& loop = state_.loops.find(element.scope)->second;
  const uint64_t index =
      number && *number > 0 && static_cast<uint64_t>(*number) <= loop.started ? *number - 1 : loop.completed;
  Emit(LoopOutput{element.scope, index, std::move(output.value)});
  return true;
}

}  // namespace ameide::engine
