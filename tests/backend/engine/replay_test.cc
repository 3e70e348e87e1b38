#include <QtTest>
#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/backend/engine/harness.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT

namespace {

/// A random process: blocks of sequence, choice, fork, loop, subprocess and loose ends over tasks, scripts
/// and timers.
class RandomModel {
 public:
  explicit RandomModel(SeededRandom& random) : random_(random) {
    model_.Error("error_a", "a").Error("error_b", "b").Start("start");
    const Block body = Make(4);
    model_.End("end").Flow("start", body.entry).Flow(body.exit, "end");
  }
  const BpmnBuilder& model() const { return model_; }

 private:
  struct Block {
    std::string entry;
    std::string exit;
  };

  bool Chance(uint64_t in) { return random_.Below(in) == 0; }
  std::string Id(const std::string& kind) { return kind + std::to_string(next_++); }
  std::string Variable() { return "v" + std::to_string(random_.Below(4)); }
  std::string Condition() {
    switch (random_.Below(3)) {
      case 0:
        return "=" + Variable() + " = 1";
      case 1:
        return "=" + Variable() + " > 1";  // null for a missing variable: an incident
      default:
        return Chance(2) ? "=true" : "=false";
    }
  }
  std::string RandomMappings() {
    if (!Chance(3)) return "";
    std::vector<std::pair<std::string, std::string>> inputs, outputs;
    if (Chance(2)) inputs.emplace_back("=" + Variable(), Variable());
    if (Chance(2)) outputs.emplace_back("=" + Variable(), Chance(3) ? Variable() + ".part" : Variable());
    return BpmnBuilder::Mappings(inputs, outputs);
  }

  Block Make(int depth) {
    if (depth == 0) return Leaf();
    switch (random_.Below(8)) {
      case 0:
      case 1:
        return Sequence(depth);
      case 2:
        return Choice(depth);
      case 3:
        return Fork(depth);
      case 4:
        return Loop(depth);
      case 5:
        return SubProcess(depth);
      case 6:
        return LooseEnd(depth);
      default:
        return Leaf();
    }
  }

  Block Leaf() {
    switch (random_.Below(5)) {
      case 0: {
        const std::string id = Id("script");
        model_.Script(id, "=" + std::to_string(random_.Below(3)), Variable(), RandomMappings());
        return {id, id};
      }
      case 1: {
        const std::string id = Id("user");
        model_.User(id, Chance(6) ? "=" + Variable() : "sales", RandomMappings());
        Boundary(id);
        return {id, id};
      }
      case 2: {
        const std::string id = Id("timer");
        model_.Timer(id, "timeDuration", Chance(6) ? "=" + Variable() : "PT5M");
        return {id, id};
      }
      default: {
        const std::string id = Id("job");
        model_.Worker(id, "work", std::to_string(1 + random_.Below(3)), RandomMappings());
        Boundary(id);
        if (Chance(3)) {
          const std::string caught = Id("caught"), end = Id("end");
          model_.ErrorBoundary(caught, id, Chance(2) ? "error_a" : "").End(end).Flow(caught, end);
        }
        return {id, id};
      }
    }
  }

  void Boundary(const std::string& host) {
    if (!Chance(3)) return;
    const std::string event = Id("boundary"), end = Id("end");
    if (Chance(2)) {
      model_.Boundary(event, host, "timeDuration", "PT10M", Chance(2));
    } else {
      model_.Boundary(event, host, "timeCycle", "R2/PT3M", Chance(4));
    }
    model_.End(end).Flow(event, end);
  }

  Block Sequence(int depth) {
    const Block first = Make(depth - 1), second = Make(depth - 1);
    model_.Flow(first.exit, second.entry);
    return {first.entry, second.exit};
  }

  Block Choice(int depth) {
    const std::string split = Id("split"), merge = Id("merge");
    const Block a = Make(depth - 1), b = Make(depth - 1);
    model_.Exclusive(split, Chance(4) ? "" : split + "_" + b.entry).Exclusive(merge);
    const bool has_default =
        model_.Xml().find("default=\"" + split + "_" + b.entry + "\"") != std::string::npos;
    model_.Flow(split, a.entry, Condition()).Flow(split, b.entry, has_default ? "" : Condition());
    model_.Flow(a.exit, merge).Flow(b.exit, merge);
    return {split, merge};
  }

  /// Joined by a parallel gateway, or (loosely) by an exclusive one, which lets several tokens on.
  Block Fork(int depth) {
    const std::string fork = Id("fork"), join = Id("join");
    const Block a = Make(depth - 1), b = Make(depth - 1);
    model_.Parallel(fork);
    if (Chance(4)) {
      model_.Exclusive(join);
    } else {
      model_.Parallel(join);
    }
    model_.Flow(fork, a.entry).Flow(fork, b.entry).Flow(a.exit, join).Flow(b.exit, join);
    return {fork, join};
  }

  Block Loop(int depth) {
    const std::string again = Id("again"), count = Id("count"), enough = Id("enough"), out = Id("out");
    const std::string variable = "c" + count;
    const Block body = Make(depth - 1);
    model_.Exclusive(again).Script(count, "=if " + variable + " = null then 1 else " + variable + " + 1",
                                   variable);
    model_.Exclusive(enough, enough + "_" + out).Exclusive(out);
    model_.Flow(again, body.entry).Flow(body.exit, count).Flow(count, enough);
    model_.Flow(enough, again, "=" + variable + " < 3").Flow(enough, out);
    return {again, out};
  }

  Block SubProcess(int depth) {
    const std::string id = Id("sub"), start = Id("start"), end = Id("end");
    model_.BeginSub(id, RandomMappings()).Start(start);
    const Block body = Make(depth - 1);
    if (Chance(5)) {
      model_.TerminateEnd(end);
    } else if (Chance(5)) {
      model_.ErrorEnd(end, Chance(2) ? "error_a" : "error_b");
    } else {
      model_.End(end);
    }
    model_.Flow(start, body.entry).Flow(body.exit, end).EndSub();
    Boundary(id);
    if (Chance(2)) {
      const std::string caught = Id("caught"), after = Id("end");
      model_.ErrorBoundary(caught, id, Chance(2) ? "error_a" : "").End(after).Flow(caught, after);
    }
    return {id, id};
  }

  /// An activity with two outgoing flows, one of them to an end.
  Block LooseEnd(int depth) {
    const Block body = Make(depth - 1);
    const std::string split = Id("script"), end = Id("end"), on = Id("on");
    model_.Script(split, "=1", Variable()).End(end).Exclusive(on);
    model_.Flow(body.exit, split).Flow(split, end).Flow(split, on);
    return {body.entry, on};
  }

  SeededRandom& random_;
  BpmnBuilder model_;
  int next_ = 0;
};

class Schedule {
 public:
  Schedule(Driver& driver, SeededRandom& random) : it_(driver), random_(random) {}

  void Run(int steps) {
    it_.Start(Chance(2) ? "{}" : "{\"v0\":1,\"v1\":2,\"v2\":\"PT1M\",\"v3\":{\"part\":1}}");
    for (int step = 0; step < steps && !it_.state().ended(); ++step) Next();
    if (!it_.state().ended()) it_.Must(CancelInstance{});
  }

 private:
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
    if (!state.ready.empty()) return (void)it_.Must(Continue{});
    if (Chance(300)) return (void)it_.Must(CancelInstance{});
    if (Chance(20)) return Nonsense();
    if (Chance(15)) return (void)it_.Must(SetVariables{Any(state.elements), Variables()});
    switch (random_.Below(4)) {
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

  void Fire(Key timer) {
    it_.SetNow(std::max(it_.now(), it_.state().timers.at(timer).due));
    it_.Must(FireTimer{timer});
  }

  void Nonsense() {
    const Key key = it_.state().next_key + random_.Below(3);
    if (it_.Try(CompleteJob{key, {}}).ok() || it_.Try(FireTimer{key}).ok() ||
        it_.Try(CompleteUserTask{key, {}}).ok() || it_.Try(ResolveIncident{key, false}).ok() ||
        it_.Try(StartInstance{}).ok()) {
      Die("an impossible event was taken");
    }
  }

  Driver& it_;
  SeededRandom& random_;
};

}  // namespace

/// Random models under random schedules: Driver checks after every event that replaying the journal gives the
/// live state, that Decide and Step agree, that no token is lost or doubled, that every command is open
/// exactly as long as its thing, and that nothing is left behind the end. AMEIDE_SEEDS sets how many,
/// AMEIDE_SEED the first one.
class ReplayTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenModelAndScheduleAreRandom_thenReplayIsLive();
};

void ReplayTest::whenModelAndScheduleAreRandom_thenReplayIsLive() {
  const uint64_t first =
      qEnvironmentVariableIsSet("AMEIDE_SEED") ? qEnvironmentVariable("AMEIDE_SEED").toULongLong() : 1;
  const uint64_t count =
      qEnvironmentVariableIsSet("AMEIDE_SEEDS") ? qEnvironmentVariable("AMEIDE_SEEDS").toULongLong() : 5000;
  size_t facts = 0, ended = 0, incidents = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    qputenv("AMEIDE_SEED_NOW", QByteArray::number(static_cast<qulonglong>(seed)));
    SeededRandom random(seed);
    const RandomModel model(random);
    Driver driver(model.model());
    Schedule(driver, random).Run(60);
    facts += driver.facts().size();
    ended += driver.state().status == InstanceStatus::kCompleted ? 1 : 0;
    for (const Fact& fact : driver.facts())
      incidents += std::holds_alternative<IncidentCreated>(fact) ? 1 : 0;
  }
  qInfo("seeds %llu to %llu: %zu facts, %zu instances completed, %zu incidents",
        static_cast<unsigned long long>(first), static_cast<unsigned long long>(first + count - 1), facts,
        ended, incidents);
  QVERIFY(facts > 0 && ended > 0 && incidents > 0);
}

QTEST_APPLESS_MAIN(ReplayTest)
#include "replay_test.moc"
