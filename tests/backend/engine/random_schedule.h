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
                               Chance(2) ? Json("{\"v0\":1,\"v1\":1,\"v2\":1,\"v3\":1}") : Variables()});
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

  void Job(Key job) {
    switch (random_.Below(5)) {
      case 0: {
        const bool possible = it_.state().jobs.at(job).retries > 0;
        if (it_.Try(FailJob{job, "failed", Chance(3), it_.now()}).ok() != possible)
          Die("a failure was misjudged");
        return;
      }
      case 1:
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
        it_.Try(StartActivity{key, 1}).ok() || it_.Try(StartInstanceAt{1, {}, {}}).ok()) {
      Die("an impossible event was taken");
    }
  }

  Driver& it_;
  SeededRandom& random_;
};

}  // namespace ameide::engine
