#pragma once

#include <algorithm>
#include <string>

#include "base/random.h"
#include "tests/backend/engine/harness.h"

namespace ameide::engine {

/// Random events for one instance, possible and impossible ones.
class Schedule {
 public:
  Schedule(Driver& driver, SeededRandom& random) : it_(driver), random_(random) {}

  void Run(int steps) {
    Index by_message = kNone;
    for (Index i = 0; i < it_.plan().nodes.size(); ++i) {
      if (it_.plan().nodes[i].instantiates) by_message = i;
    }
    if (by_message != kNone && Chance(2)) {
      it_.Must(StartInstanceAt{by_message, Variables(),
                               Chance(2) ? Json("{\"v0\":1,\"v1\":1,\"v2\":1,\"v3\":1}") : Variables(),
                               Chance(4) ? std::nullopt : std::optional<std::string>("key")});
    } else {
      StartPlainly();
    }
    for (int step = 0; step < steps && !it_.state().ended(); ++step) Next();
    if (!it_.state().ended()) it_.Must(CancelInstance{});
  }

 private:
  void StartPlainly() {
    it_.Start(Chance(2) ? "{}" : "{\"v0\":1,\"v1\":2,\"v2\":\"PT1M\",\"v3\":{\"part\":1}}");
  }
  bool Chance(uint64_t in) { return random_.Below(in) == 0; }
  template <typename Things>
  Key Any(const Things& things) {
    auto it = things.begin();
    std::advance(it, static_cast<ptrdiff_t>(random_.Below(things.size())));
    return it->first;
  }
  feel::Context Variables() {
    feel::Context context;
    if (Chance(2))
      context.Set("v" + std::to_string(random_.Below(4)), static_cast<int64_t>(random_.Below(4)));
    if (Chance(5)) context.Set("v2", "PT2M");
    return context;
  }

  void Next() {
    const InstanceState& state = it_.state();
    if (!state.ready.empty() || !state.postponed.empty()) return (void)it_.Must(Continue{});
    if (Chance(300)) return (void)it_.Must(CancelInstance{});
    if (Chance(20)) return Nonsense();
    if (Chance(6)) return (void)it_.Must(SetVariables{Any(state.elements), Variables()});
    if (WaitsForConditions() && Chance(3)) return SuspendAwhile();
    if (Chance(14)) return Operate();
    switch (random_.Below(6)) {
      case 4:
        if (!state.subscriptions.empty()) Deliver(Any(state.subscriptions));
        return;
      case 5: {
        const Key key = Any(state.elements);
        const Node& node = it_.plan().nodes[state.elements.at(key).node];
        if (node.kind == NodeKind::kAdHocSubProcess && !node.entries.empty())
          static_cast<void>(it_.Try(StartActivity{key, node.entries[random_.Below(node.entries.size())]}));
        return;
      }
      case 0:
        if (!state.jobs.empty()) Job(Any(state.jobs));
        return;
      case 1:
        if (!state.user_tasks.empty()) it_.Must(CompleteUserTask{Any(state.user_tasks), Variables()});
        return;
      case 2:
        if (!state.timers.empty()) Fire(Any(state.timers));
        return;
      default:
        if (!state.incidents.empty()) it_.Must(ResolveIncident{Any(state.incidents), Chance(3)});
        return;
    }
  }

  bool WaitsForConditions() const {
    const auto& subscriptions = it_.state().subscriptions;
    return std::any_of(subscriptions.begin(), subscriptions.end(),
                       [](const auto& it) { return it.second.trigger == Trigger::kConditional; });
  }
  /// Variables may be set meanwhile; conditions are asked when it is resumed.
  void SuspendAwhile() {
    const InstanceState& state = it_.state();
    it_.Must(SuspendInstance{});
    if (it_.Try(Continue{}).ok() || it_.Try(SuspendInstance{}).ok()) Die("something moved while suspended");
    if (!state.jobs.empty() && it_.Try(CompleteJob{Any(state.jobs), {}}).ok())
      Die("a job moved while suspended");
    for (int i = 0; i < 2; ++i) it_.Must(SetVariables{Any(state.elements), Variables()});
    if (Chance(4)) it_.MigrateToSelf();
    it_.Must(ResumeInstance{});
  }
  /// What people do.
  void Operate() {
    const InstanceState& state = it_.state();
    const Plan& plan = it_.plan();
    switch (random_.Below(5)) {
      case 0:
        static_cast<void>(it_.Try(SkipElement{Any(state.elements), Variables()}));
        return;
      case 1: {
        ModifyInstance moves;
        for (uint64_t i = random_.Below(3); i > 0; --i) moves.terminate.push_back(Any(state.elements));
        if (Chance(3) && !state.parked.empty()) {
          auto it = state.parked.begin();
          std::advance(it, static_cast<ptrdiff_t>(random_.Below(state.parked.size())));
          moves.clear.push_back({it->first.node, it->first.scope});
        }
        for (uint64_t i = random_.Below(3); i > 0; --i) {
          const auto node = static_cast<Index>(random_.Below(plan.nodes.size()));
          moves.activate.push_back({node, Chance(2) ? kNoKey : Any(state.elements)});
        }
        static_cast<void>(it_.Try(moves));
        return;
      }
      case 2:
        return SuspendAwhile();
      case 3:
        if (!state.user_tasks.empty())
          static_cast<void>(
              it_.Try(AssignUserTask{Any(state.user_tasks), Chance(2) ? "ada" : "bob", "", Chance(2)}));
        return;
      default:
        it_.MigrateToSelf();
        return;
    }
  }

  void Job(Key job) {
    switch (random_.Below(6)) {
      case 0: {
        const bool possible = it_.state().jobs.at(job).retries > 0;
        if (it_.Try(FailJob{job, "failed", Chance(3), it_.now()}).ok() != possible)
          Die("a failure was misjudged");
        return;
      }
      case 1:
      case 2:
        it_.Must(ThrowJobError{job, Chance(2) ? "a" : "b", ""});
        return;
      default:
        it_.Must(CompleteJob{job, Variables()});
        return;
    }
  }

  void Deliver(Key subscription) {
    const bool possible = it_.state().subscriptions.at(subscription).trigger != Trigger::kConditional;
    if (it_.Try(DeliverEvent{subscription, Variables()}).ok() != possible) Die("a delivery was misjudged");
  }

  void Fire(Key timer) {
    it_.SetNow(std::max(it_.now(), it_.state().timers.at(timer).due));
    it_.Must(FireTimer{timer});
  }

  void Nonsense() {
    const Key key = it_.state().next_key + random_.Below(3);
    if (it_.Try(CompleteJob{key, {}}).ok() || it_.Try(FireTimer{key}).ok() ||
        it_.Try(CompleteUserTask{key, {}}).ok() || it_.Try(ResolveIncident{key, false}).ok() ||
        it_.Try(StartInstance{}).ok() || it_.Try(DeliverEvent{key, {}}).ok() ||
        it_.Try(StartActivity{key, 1}).ok() || it_.Try(SkipElement{key, {}}).ok() ||
        it_.Try(AssignUserTask{key, "", "", false}).ok() || it_.Try(ResumeInstance{}).ok() ||
        it_.Try(ModifyInstance{{key}, {}, {}}).ok() || it_.Try(StartInstanceAt{1, {}, {}}).ok()) {
      Die("an impossible event was taken");
    }
  }

  Driver& it_;
  SeededRandom& random_;
};

}  // namespace ameide::engine
