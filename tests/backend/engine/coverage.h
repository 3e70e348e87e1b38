#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "backend/engine/engine.h"

namespace ameide::engine {

inline constexpr size_t kEventKinds = std::variant_size_v<decltype(Event::what)>;
inline constexpr size_t kNodeKinds = static_cast<size_t>(kLastNodeKind) + 1;

inline constexpr std::array<std::string_view, kEventKinds> kEventNames = {
    "StartInstance",   "CompleteJob",     "FailJob",       "ThrowJobError",  "CompleteUserTask",
    "FireTimer",       "ResolveIncident", "SetVariables",  "CancelInstance", "Continue",
    "DeliverEvent",    "StartInstanceAt", "StartActivity", "SkipElement",    "ModifyInstance",
    "SuspendInstance", "ResumeInstance",  "AssignUserTask"};
inline constexpr std::array<std::string_view, kNodeKinds> kNodeKindNames = {
    "process",           "subprocess",     "start event",       "end event",         "pass-through task",
    "job task",          "user task",      "script task",       "exclusive gateway", "parallel gateway",
    "catch event",       "boundary event", "throw event",       "event subprocess",  "transaction",
    "ad-hoc subprocess", "call activity",  "inclusive gateway", "complex gateway",   "event-based gateway",
    "receive task",      "send task",      "decision task"};

/// Which kinds of nodes the steps of which events have touched: begun, passed, gone on, stopped or ended.
class StepCoverage {
 public:
  void Note(const Plan& plan, const std::map<Key, Index>& nodes, const Event& event,
            const std::vector<Fact>& facts) {
    const size_t row = event.what.index();
    std::map<Key, Index> known = nodes;
    const auto touch = [&](Key element) {
      const auto node = known.find(element);
      if (node != known.end()) seen_.insert({row, static_cast<size_t>(plan.nodes[node->second].kind)});
    };
    for (const Fact& fact : facts) {
      if (const auto* activated = std::get_if<ElementActivated>(&fact))
        known[activated->key] = activated->node;
      if (std::holds_alternative<InstanceStarted>(fact)) known[kProcessKey] = 0;
      if (const auto* passed = std::get_if<ElementPassed>(&fact))
        seen_.insert({row, static_cast<size_t>(plan.nodes[passed->node].kind)});
      std::visit(
          [&](const auto& it) {
            if constexpr (requires { it.element; }) touch(it.element);
            using It = std::decay_t<decltype(it)>;
            if constexpr (std::is_same_v<It, ElementActivated> || std::is_same_v<It, ElementCompleted> ||
                          std::is_same_v<It, ElementTerminated>)
              touch(it.key);
            if constexpr (std::is_same_v<It, VariablesSet>) touch(it.scope);
          },
          fact);
    }
  }
  bool Has(size_t event, size_t kind) const { return seen_.contains({event, kind}); }

 private:
  std::set<std::pair<size_t, size_t>> seen_;
};

}  // namespace ameide::engine
