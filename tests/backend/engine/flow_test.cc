#include <QtTest>
#include <chrono>
#include <map>
#include <string>

#include "tests/backend/engine/harness.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Where tokens go: gateways, sequence flows, timers. Driver replays the journal after every event.
class EngineFlowTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Gateways and flows.
  void whenNoConditionHolds_thenDefaultFlow();
  void whenNothingCanBeChosen_thenIncidentUntilVariablesAreCorrected();
  void whenConditionIsNotBoolean_thenIncident();
  void whenSeveralTokensReachAJoin_thenTheyPairUp();
  void whenJoinMissesAToken_thenInstanceStaysActive();
  void whenTokensLoop_thenEachTriggersTheTask();
  void whenActivityHasSeveralFlows_thenAllAreTaken();
  void whenActivityHasConditionalFlows_thenTrueOnesOrDefault();
  void whenImplicitStart_thenEveryUnenteredNodeBegins();
  // Timers.
  void whenTimerIsNotDue_thenRefused();
  void whenBoundaryTimerInterrupts_thenTaskIsWithdrawn();
  void whenBoundaryTimerDoesNotInterrupt_thenTaskGoesOn();
  void whenCycleHasRepetitions_thenItFiresThatOften();
  void whenCycleHasAnEnd_thenItStopsThere();
  void whenDateTimer_thenDueIsThatMoment();
  void whenTimerExpressionIsUnusable_thenIncidentUntilCorrected();
  void whenActivityCompletes_thenItsTimersAreWithdrawn();
};

namespace {

BpmnBuilder Choice() {
  BpmnBuilder model;
  model.Start().Exclusive("which", "which_other").User("one").User("two").User("other");
  return model.Flow("start", "which")
      .Flow("which", "one", "=n = 1")
      .Flow("which", "two", "=n = 2")
      .Flow("which", "other");
}

}  // namespace

void EngineFlowTest::whenNoConditionHolds_thenDefaultFlow() {
  for (const auto& [n, id] : std::map<std::string, std::string>{{"1", "one"}, {"2", "two"}, {"3", "other"}}) {
    Driver it(Choice());
    it.Start("{\"n\":" + n + "}");
    QVERIFY(it.TaskAt(id) != kNoKey);
    QCOMPARE(it.state().user_tasks.size(), size_t{1});
  }
}

void EngineFlowTest::whenNothingCanBeChosen_thenIncidentUntilVariablesAreCorrected() {
  Driver it(BpmnBuilder()
                .Start()
                .Exclusive("which")
                .User("one")
                .User("two")
                .Flow("start", "which")
                .Flow("which", "one", "=n = 1")
                .Flow("which", "two", "=n = 2"));
  it.Start("{\"n\":3}");
  const Key incident = it.IncidentAt("which");
  QVERIFY(it.state().incidents.at(incident).kind == IncidentKind::kNoFlow);
  it.Must(ResolveIncident{incident, false});  // nothing has changed
  QVERIFY(it.IncidentAt("which") != kNoKey && it.IncidentAt("which") != incident);
  it.Must(SetVariables{kProcessKey, Json("{\"n\":2}")});
  it.Must(ResolveIncident{it.IncidentAt("which"), false});
  QVERIFY(it.TaskAt("two") != kNoKey && it.state().incidents.empty());
}

void EngineFlowTest::whenConditionIsNotBoolean_thenIncident() {
  Driver it(Choice());
  it.Start("{}");  // n = 1 is false for a missing n: FEEL compares with null
  QVERIFY(it.TaskAt("other") != kNoKey);
  Driver compared(BpmnBuilder()
                      .Start()
                      .Exclusive("which", "which_two")
                      .User("one")
                      .User("two")
                      .Flow("start", "which")
                      .Flow("which", "one", "=n > 1")
                      .Flow("which", "two"));
  compared.Start("{}");
  const Incident& incident = compared.state().incidents.at(compared.IncidentAt("which"));
  QVERIFY(incident.kind == IncidentKind::kExpression);
  QVERIFY(incident.message.find("true or false") != std::string::npos);
}

void EngineFlowTest::whenSeveralTokensReachAJoin_thenTheyPairUp() {
  // Two tokens wait on the left flow; the right one comes twice.
  Driver it(BpmnBuilder()
                .Start()
                .Parallel("fork")
                .Script("a", "=1", "a")
                .Script("b", "=1", "b")
                .Exclusive("left")
                .User("r1")
                .User("r2")
                .Exclusive("right")
                .Parallel("join")
                .User("after")
                .Flow("start", "fork")
                .Flow("fork", "a")
                .Flow("fork", "b")
                .Flow("fork", "r1")
                .Flow("fork", "r2")
                .Flow("a", "left")
                .Flow("b", "left")
                .Flow("left", "join")
                .Flow("r1", "right")
                .Flow("r2", "right")
                .Flow("right", "join")
                .Flow("join", "after"));
  it.Start();
  QCOMPARE(it.state().parked.begin()->second.begin()->second, 2u);
  it.Must(CompleteUserTask{it.TaskAt("r2"), {}});
  QCOMPARE(it.CountAt("after"), size_t{1});
  it.Must(CompleteUserTask{it.TaskAt("r1"), {}});
  QCOMPARE(it.CountAt("after"), size_t{2});
  QVERIFY(it.state().parked.empty());
}

void EngineFlowTest::whenJoinMissesAToken_thenInstanceStaysActive() {
  Driver it(BpmnBuilder()
                .Start()
                .Script("choose", "=1", "c")
                .Script("a", "=1", "a")
                .Script("b", "=1", "b")
                .Parallel("join")
                .End()
                .Flow("start", "choose")
                .Flow("choose", "a", "=false")
                .Flow("choose", "b", "=true")
                .Flow("a", "join")
                .Flow("b", "join")
                .Flow("join", "end"));
  it.Start();
  QVERIFY(it.state().status == InstanceStatus::kActive);
  QCOMPARE(it.state().parked.size(), size_t{1});
  it.Must(CancelInstance{});
}

void EngineFlowTest::whenTokensLoop_thenEachTriggersTheTask() {
  Driver it(BpmnBuilder()
                .Start()
                .Exclusive("again")
                .Script("count", "=n + 1", "n")
                .Exclusive("enough", "enough_again")
                .End()
                .Chain({"start", "again", "count", "enough"})
                .Flow("enough", "end", "=n >= 5")
                .Flow("enough", "again"));
  it.Start("{\"n\":0}");
  COMPARE(it.Variables(), std::string("{\"n\":5}"));
  QCOMPARE(it.CompletedCount("count"), size_t{5});
  QVERIFY(it.state().status == InstanceStatus::kCompleted);
}

void EngineFlowTest::whenActivityHasSeveralFlows_thenAllAreTaken() {
  // Implicit split at the task, implicit merge at `after`: it runs once for each token.
  Driver it(BpmnBuilder()
                .Start()
                .Script("s", "=1", "x")
                .Script("a", "=1", "a")
                .Script("b", "=1", "b")
                .User("after")
                .Flow("start", "s")
                .Flow("s", "a")
                .Flow("s", "b")
                .Flow("a", "after")
                .Flow("b", "after"));
  it.Start();
  QCOMPARE(it.CountAt("after"), size_t{2});
}

void EngineFlowTest::whenActivityHasConditionalFlows_thenTrueOnesOrDefault() {
  const auto run = [](const std::string& variables) {
    Driver it(
        BpmnBuilder()
            .Start()
            .Raw("<scriptTask id=\"s\" default=\"s_d\"><extensionElements><zeebe:script expression=\"=1\" "
                 "resultVariable=\"x\"/></extensionElements></scriptTask>")
            .User("always")
            .User("a")
            .User("b")
            .User("d")
            .Flow("start", "s")
            .Flow("s", "always")
            .Flow("s", "a", "=a")
            .Flow("s", "b", "=b")
            .Flow("s", "d"));
    it.Start(variables);
    std::string open;
    for (const char* const id : {"always", "a", "b", "d"})
      open += it.TaskAt(id) != kNoKey ? std::string(id) + " " : "";
    return open;
  };
  COMPARE(run("{\"a\":true,\"b\":true}"), std::string("always a b "));
  COMPARE(run("{\"a\":false,\"b\":true}"), std::string("always b "));
  COMPARE(run("{\"a\":false,\"b\":false}"), std::string("always d "));
  Driver none(BpmnBuilder()
                  .Start()
                  .User("ask")
                  .User("a")
                  .User("b")
                  .Flow("start", "ask")
                  .Flow("ask", "a", "=n=1")
                  .Flow("ask", "b", "=n=2"));
  none.Start("{\"n\":0}");
  none.Must(CompleteUserTask{none.TaskAt("ask"), {}});
  QVERIFY(none.state().incidents.at(none.IncidentAt("ask")).kind == IncidentKind::kNoFlow);
  none.Must(SetVariables{kProcessKey, Json("{\"n\":1}")});
  none.Must(ResolveIncident{none.IncidentAt("ask"), false});
  QVERIFY(none.TaskAt("a") != kNoKey);
}

void EngineFlowTest::whenImplicitStart_thenEveryUnenteredNodeBegins() {
  Driver it(BpmnBuilder().User("a").User("b").User("c").Flow("a", "c"));
  it.Start();
  QVERIFY(it.TaskAt("a") != kNoKey && it.TaskAt("b") != kNoKey && it.TaskAt("c") == kNoKey);
  it.Must(CompleteUserTask{it.TaskAt("a"), {}});
  it.Must(CompleteUserTask{it.TaskAt("c"), {}});
  QVERIFY(!it.state().ended());
  it.Must(CompleteUserTask{it.TaskAt("b"), {}});
  QVERIFY(it.state().ended());
  Driver scripts(BpmnBuilder().Script("a", "=1", "a").Script("b", "=2", "b"));
  scripts.Start();
  COMPARE(scripts.Variables(), std::string("{\"a\":1,\"b\":2}"));
}

void EngineFlowTest::whenTimerIsNotDue_thenRefused() {
  Driver it(
      BpmnBuilder().Start().Timer("wait", "timeDuration", "=after").End().Chain({"start", "wait", "end"}));
  it.Start("{\"after\":\"PT90M\"}");
  const ScheduleTimer timer = it.Last<ScheduleTimer>();
  QVERIFY(timer.due == it.now() + minutes(90));
  it.Advance(minutes(89));
  QVERIFY(absl::IsFailedPrecondition(it.Try(FireTimer{timer.timer}).status()));
  it.Advance(minutes(1));
  it.Must(FireTimer{timer.timer});
  QVERIFY(it.state().ended());
  QVERIFY(absl::IsNotFound(it.Try(FireTimer{timer.timer}).status()));
}

namespace {

BpmnBuilder Reminded(std::string_view kind, std::string_view time, bool interrupting) {
  BpmnBuilder model;
  model.Start().User("ask").Boundary("late", "ask", kind, time, interrupting).User("remind").End();
  return model.Chain({"start", "ask", "end"}).Flow("late", "remind");
}

}  // namespace

void EngineFlowTest::whenBoundaryTimerInterrupts_thenTaskIsWithdrawn() {
  Driver it(Reminded("timeDuration", "PT1H", true));
  it.Start();
  const Key task = it.TaskAt("ask");
  it.Advance(hours(1));
  it.Must(FireTimer{it.TimerAt("late")});
  QCOMPARE(it.Last<CloseUserTask>().task, task);
  QVERIFY(it.TaskAt("remind") != kNoKey && it.TaskAt("ask") == kNoKey);
  QVERIFY(absl::IsNotFound(it.Try(CompleteUserTask{task, {}}).status()));
}

void EngineFlowTest::whenBoundaryTimerDoesNotInterrupt_thenTaskGoesOn() {
  Driver it(Reminded("timeDuration", "PT1H", false));
  it.Start();
  it.Advance(hours(1));
  it.Must(FireTimer{it.TimerAt("late")});
  QVERIFY(it.TaskAt("remind") != kNoKey && it.TaskAt("ask") != kNoKey);
  QVERIFY(it.state().timers.empty());
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QVERIFY(!it.state().ended());
  it.Must(CompleteUserTask{it.TaskAt("remind"), {}});
  QVERIFY(it.state().ended());
}

void EngineFlowTest::whenCycleHasRepetitions_thenItFiresThatOften() {
  Driver it(Reminded("timeCycle", "R3/PT1H", false));
  it.Start();
  for (size_t i = 1; i <= 3; ++i) {
    const Timer timer = it.state().timers.begin()->second;
    QVERIFY(timer.due == std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + hours(i));
    it.SetNow(timer.due + seconds(7));  // a late host does not shift the cycle
    it.Must(FireTimer{timer.key});
    QCOMPARE(it.CountAt("remind"), i);
  }
  QVERIFY(it.state().timers.empty());
  Driver never(Reminded("timeCycle", "R0/PT1H", false));
  never.Start();
  QVERIFY(never.state().timers.empty() && never.TaskAt("ask") != kNoKey);
  Driver once(Reminded("timeCycle", "R3/PT1H", true));
  once.Start();
  once.Advance(hours(1));
  once.Must(FireTimer{once.TimerAt("late")});
  QVERIFY(once.state().timers.empty());
}

void EngineFlowTest::whenCycleHasAnEnd_thenItStopsThere() {
  Driver it(Reminded("timeCycle", "=\"R/PT1H/\" + until", false));
  it.Start("{\"until\":\"2026-03-01T02:30:00Z\"}");
  for (int i = 0; i < 2; ++i) {
    it.Advance(hours(1));
    it.Must(FireTimer{it.TimerAt("late")});
  }
  QVERIFY(it.state().timers.empty());
}

void EngineFlowTest::whenDateTimer_thenDueIsThatMoment() {
  Driver it(BpmnBuilder()
                .Start()
                .Timer("wait", "timeDate", "2026-12-24T18:00:00+01:00")
                .End()
                .Chain({"start", "wait", "end"}));
  it.Start();
  COMPARE(FormatTime(it.Last<ScheduleTimer>().due), std::string("2026-12-24T17:00:00Z"));
  Driver past(
      BpmnBuilder().Start().Timer("wait", "timeDate", "2001-01-01").End().Chain({"start", "wait", "end"}));
  past.Start();
  past.Must(FireTimer{past.TimerAt("wait")});  // due at once
  QVERIFY(past.state().ended());
}

void EngineFlowTest::whenTimerExpressionIsUnusable_thenIncidentUntilCorrected() {
  Driver it(
      BpmnBuilder().Start().Timer("wait", "timeDuration", "=after").End().Chain({"start", "wait", "end"}));
  it.Start("{\"after\":\"soon\"}");
  QVERIFY(it.IncidentAt("wait") != kNoKey);
  it.Must(SetVariables{kProcessKey, Json("{\"after\":\"PT1M\"}")});
  it.Must(ResolveIncident{it.IncidentAt("wait"), false});
  QVERIFY(it.TimerAt("wait") != kNoKey);
  Driver boundary(Reminded("timeDuration", "=after", true));
  boundary.Start("{}");
  QVERIFY(boundary.IncidentAt("ask") != kNoKey && boundary.TaskAt("ask") == kNoKey);
  boundary.Must(SetVariables{kProcessKey, Json("{\"after\":\"PT1M\"}")});
  boundary.Must(ResolveIncident{boundary.IncidentAt("ask"), false});
  QVERIFY(boundary.TaskAt("ask") != kNoKey && boundary.TimerAt("late") != kNoKey);
}

void EngineFlowTest::whenActivityCompletes_thenItsTimersAreWithdrawn() {
  Driver it(Reminded("timeCycle", "R/PT1H", false));
  it.Start();
  const Key timer = it.TimerAt("late");
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QCOMPARE(it.Last<CancelTimer>().timer, timer);
  QVERIFY(it.state().ended());
}

QTEST_APPLESS_MAIN(EngineFlowTest)
#include "flow_test.moc"
