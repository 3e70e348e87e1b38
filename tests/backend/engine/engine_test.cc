#include <QtTest>
#include <array>
#include <chrono>
#include <string>
#include <variant>

#include "tests/backend/engine/harness.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// What the engine does, one behaviour a test. Driver replays the journal after every event.
class EngineTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Instances.
  void whenStartedTwice_thenRefused();
  void whenEverythingIsDone_thenInstanceEnds();
  void whenCanceled_thenEverythingIsTerminatedAndWithdrawn();
  void whenInstanceHasEnded_thenEventsAreRefused();
  void whenStepIsLong_thenItAsksToBeContinued();
  void whenVariablesAreLarge_thenAStepEndsEarly();
  // Jobs.
  void whenJobCompletes_thenItsVariablesGoToTheProcess();
  void whenJobFails_thenItIsTriedAgainUnderTheSameActivation();
  void whenJobHasNoAttemptsLeft_thenIncidentHoldsIt();
  void whenJobFailsForGood_thenIncidentAtOnce();
  void whenJobIsRunAgainAsNew_thenActivationChanges();
  void whenJobReportsLate_thenItsIncidentIsResolved();
  void whenJobTypeIsAnExpression_thenItIsEvaluated();
  void whenDomainCallHasMappings_thenOnlyTheyAreSent();
  // User tasks.
  void whenUserTask_thenGroupsFormAndVariablesAreGiven();
  void whenCandidateGroupsAreNoList_thenIncidentUntilCorrected();
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
  // Scopes and variables.
  void whenDataIsMissing_thenAnActivityWaitsForIt();
  void whenANewPlanNeedsNoData_thenWhoWaitedForItBegins();
  void whenSubProcess_thenItCompletesWithItsLastToken();
  void whenSubProcessIsInterrupted_thenEverythingInsideEnds();
  void whenInputMapping_thenVariablesAreLocal();
  void whenOutputMapping_thenOnlyItsTargetsLeave();
  void whenOutputTargetIsAPath_thenTheRestOfTheVariableStays();
  void whenVariableExistsInInnerScope_thenResultStaysThere();
  void whenScriptHasNoResultVariable_thenContextEntriesAreResults();
  void whenAScriptAsksForNow_thenItIsTheStepsTime();
  void whenEmptySubProcess_thenItCompletesAtOnce();
  void whenVariablesAreSet_thenUnknownScopeIsRefused();
  // Ends and errors.
  void whenTerminateEndInProcess_thenInstanceIsTerminated();
  void whenTerminateEndInSubProcess_thenOnlyThatEnds();
  void whenErrorEndInSubProcess_thenBoundaryCatchesByCode();
  void whenErrorIsThrownTwiceAround_thenInnermostCatches();
  void whenNothingCatches_thenIncidentAndAnotherTry();
  void whenJobThrows_thenItsBoundaryCatches();
};

void EngineTest::whenStartedTwice_thenRefused() {
  Driver it(BpmnBuilder().Start().User("ask").End().Chain({"start", "ask", "end"}));
  QVERIFY(absl::IsFailedPrecondition(it.Try(CancelInstance{}).status()));
  QVERIFY(absl::IsFailedPrecondition(it.Try(Continue{}).status()));
  it.Start();
  QVERIFY(absl::IsFailedPrecondition(it.Try(StartInstance{}).status()));
}

void EngineTest::whenEverythingIsDone_thenInstanceEnds() {
  Driver it(BpmnBuilder().Start().Script("s", "=1+1", "two").End().Chain({"start", "s", "end"}));
  it.Start("{\"x\": 1}");
  QVERIFY(it.state().status == InstanceStatus::kCompleted);
  QVERIFY(it.Last<EndInstance>().state == EndState::kCompleted);
  COMPARE(it.Variables(), std::string("{\"x\":1,\"two\":2}"));
}

void EngineTest::whenCanceled_thenEverythingIsTerminatedAndWithdrawn() {
  Driver it(BpmnBuilder()
                .Start()
                .Parallel("fork")
                .User("ask")
                .Worker("work", "w")
                .Timer("wait", "timeDuration", "PT1H")
                .BeginSub("sub")
                .User("inner")
                .EndSub()
                .Flow("start", "fork")
                .Flow("fork", "ask")
                .Flow("fork", "work")
                .Flow("fork", "wait")
                .Flow("fork", "sub"));
  it.Start();
  QCOMPARE(it.state().elements.size(), size_t{6});
  it.Must(CancelInstance{});
  QVERIFY(it.state().status == InstanceStatus::kTerminated);
  QCOMPARE(it.CountLast<CancelJob>(), size_t{1});
  QCOMPARE(it.CountLast<CloseUserTask>(), size_t{2});
  QCOMPARE(it.CountLast<CancelTimer>(), size_t{1});
  QVERIFY(it.Last<EndInstance>().state == EndState::kTerminated);
}

void EngineTest::whenInstanceHasEnded_thenEventsAreRefused() {
  Driver it(BpmnBuilder().Start().Worker("work", "w").End().Chain({"start", "work", "end"}));
  it.Start();
  const Key job = it.JobAt("work");
  it.Must(CompleteJob{job, {}});
  QVERIFY(it.state().ended());
  QVERIFY(absl::IsNotFound(it.Try(CompleteJob{job, {}}).status()));
  QVERIFY(absl::IsNotFound(it.Try(FailJob{job, "late", false, {}}).status()));
  QVERIFY(absl::IsNotFound(it.Try(ThrowJobError{job, "e", ""}).status()));
  QVERIFY(absl::IsNotFound(it.Try(CompleteUserTask{99, {}}).status()));
  QVERIFY(absl::IsNotFound(it.Try(FireTimer{99}).status()));
  QVERIFY(absl::IsNotFound(it.Try(ResolveIncident{99, false}).status()));
  QVERIFY(absl::IsFailedPrecondition(it.Try(SetVariables{kProcessKey, Json("{\"x\":1}")}).status()));
  QVERIFY(absl::IsFailedPrecondition(it.Try(CancelInstance{}).status()));
  QVERIFY(absl::IsFailedPrecondition(it.Try(Continue{}).status()));
}

void EngineTest::whenVariablesAreLarge_thenAStepEndsEarly() {
  const Plan plan = PlanOf(BpmnBuilder()
                               .Start()
                               .Exclusive("again")
                               .Script("s", "=x", "x")
                               .Chain({"start", "again", "s", "again"}));
  feel::Context variables;
  variables.Set("x", std::string(4'000'000, 'x'));
  InstanceState state;
  const absl::StatusOr<Decision> decision = Step(plan, state, {{}, StartInstance{variables}});
  QVERIFY(decision.ok() && std::holds_alternative<ContinueLater>(decision->commands.back()));
  QVERIFY(decision->facts.size() < 50);
}

void EngineTest::whenStepIsLong_thenItAsksToBeContinued() {
  Plan plan = PlanOf(BpmnBuilder()
                         .Start()
                         .Exclusive("again")
                         .Script("s", "=1", "x")
                         .Chain({"start", "again", "s", "again"}));
  InstanceState state;
  absl::StatusOr<Decision> decision = Step(plan, state, {{}, StartInstance{}});
  QVERIFY(decision.ok() && std::holds_alternative<ContinueLater>(decision->commands.back()));
  QVERIFY(!state.ready.empty());
  decision = Step(plan, state, {{}, Continue{}});
  QVERIFY(decision.ok() && std::holds_alternative<ContinueLater>(decision->commands.back()));
  QVERIFY(std::holds_alternative<ContinueLater>(OpenCommands(plan, state).back()));
  decision = Step(plan, state, {{}, CancelInstance{}});
  QVERIFY(decision.ok() && state.status == InstanceStatus::kTerminated && state.ready.empty());
}

void EngineTest::whenJobCompletes_thenItsVariablesGoToTheProcess() {
  Driver it(BpmnBuilder().Start().Worker("work", "w").End().Chain({"start", "work", "end"}));
  it.Start("{\"a\": 1}");
  const ActivateJob job = it.Last<ActivateJob>();
  COMPARE(job.type, std::string("w"));
  COMPARE(feel::ToJson(job.variables), std::string("{\"a\":1}"));
  QVERIFY(job.kind == JobKind::kWorker && job.attempt == 1 && job.activation == 1 && job.retries == 3);
  it.Must(CompleteJob{job.job, Json("{\"a\":2,\"b\":3}")});
  COMPARE(it.Variables(), std::string("{\"a\":2,\"b\":3}"));
  QVERIFY(it.state().ended());
}

void EngineTest::whenJobFails_thenItIsTriedAgainUnderTheSameActivation() {
  Driver it(BpmnBuilder().Start().Worker("work", "w", "2").End().Chain({"start", "work", "end"}));
  it.Start();
  const ActivateJob first = it.Last<ActivateJob>();
  it.Must(FailJob{first.job, "busy", false, it.now() + seconds(5)});
  const ActivateJob second = it.Last<ActivateJob>();
  QVERIFY(second.job == first.job && second.element == first.element &&
          second.activation == first.activation);
  QVERIFY(second.attempt == 2 && second.retries == 1 && second.not_before == it.now() + seconds(5));
}

void EngineTest::whenJobHasNoAttemptsLeft_thenIncidentHoldsIt() {
  Driver it(BpmnBuilder().Start().Worker("work", "w", "1").End().Chain({"start", "work", "end"}));
  it.Start();
  const Key job = it.JobAt("work");
  it.Must(FailJob{job, "out of paper", false, {}});
  const Incident incident = it.state().incidents.begin()->second;
  QVERIFY(incident.kind == IncidentKind::kJob);
  QVERIFY(incident.message.find("out of paper") != std::string::npos);
  QVERIFY(absl::IsFailedPrecondition(it.Try(FailJob{job, "again", false, {}}).status()));
  it.Must(ResolveIncident{incident.key, false});
  const ActivateJob again = it.Last<ActivateJob>();
  QVERIFY(again.job == job && again.attempt == 2 && again.retries == 1 && again.activation == 1);
  it.Must(CompleteJob{job, {}});
  QVERIFY(it.state().status == InstanceStatus::kCompleted);
}

void EngineTest::whenJobFailsForGood_thenIncidentAtOnce() {
  Driver it(BpmnBuilder().Start().Worker("work", "w", "5").End().Chain({"start", "work", "end"}));
  it.Start();
  it.Must(FailJob{it.JobAt("work"), "no such customer", true, {}});
  QVERIFY(it.IncidentAt("work") != kNoKey);
  QCOMPARE(it.CountLast<ActivateJob>(), size_t{0});
}

void EngineTest::whenJobIsRunAgainAsNew_thenActivationChanges() {
  Driver it(BpmnBuilder().Start().Worker("work", "w", "1").End().Chain({"start", "work", "end"}));
  it.Start();
  it.Must(FailJob{it.JobAt("work"), "x", false, {}});
  it.Must(ResolveIncident{it.IncidentAt("work"), true});
  QCOMPARE(it.Last<ActivateJob>().activation, 2u);
}

void EngineTest::whenJobReportsLate_thenItsIncidentIsResolved() {
  Driver it(BpmnBuilder().Start().Worker("work", "w", "1").End().Chain({"start", "work", "end"}));
  it.Start();
  const Key job = it.JobAt("work");
  it.Must(FailJob{job, "timeout", false, {}});
  it.Must(CompleteJob{job, Json("{\"done\":true}")});
  QVERIFY(it.state().status == InstanceStatus::kCompleted);
}

void EngineTest::whenJobTypeIsAnExpression_thenItIsEvaluated() {
  Driver it(BpmnBuilder().Start().Worker("work", "=\"pay-\" + how").End().Chain({"start", "work", "end"}));
  it.Start("{\"how\":\"card\"}");
  COMPARE(it.Last<ActivateJob>().type, std::string("pay-card"));
  Driver bad(BpmnBuilder().Start().Worker("work", "=how").End().Chain({"start", "work", "end"}));
  bad.Start("{\"how\":7}");
  QVERIFY(bad.IncidentAt("work") != kNoKey);
  bad.Must(SetVariables{kProcessKey, Json("{\"how\":\"x\"}")});
  bad.Must(ResolveIncident{bad.IncidentAt("work"), false});
  COMPARE(bad.Last<ActivateJob>().type, std::string("x"));
}

void EngineTest::whenDomainCallHasMappings_thenOnlyTheyAreSent() {
  Driver it(BpmnBuilder()
                .Start()
                .Domain("order", "orders.v1.OrderService/CreateOrder",
                        BpmnBuilder::Mappings({{"=customer", "customer_id"}, {"EUR", "currency"}},
                                              {{"=order.id", "orderId"}}))
                .End()
                .Chain({"start", "order", "end"}));
  it.Start("{\"customer\":\"c-1\",\"secret\":1}");
  const ActivateJob job = it.Last<ActivateJob>();
  QVERIFY(job.kind == JobKind::kDomain);
  COMPARE(job.type, std::string("orders.v1.OrderService/CreateOrder"));
  COMPARE(job.domain, std::string("orders"));
  COMPARE(feel::ToJson(job.variables), std::string("{\"customer_id\":\"c-1\",\"currency\":\"EUR\"}"));
  it.Must(CompleteJob{job.job, Json("{\"order\":{\"id\":\"o-9\",\"noise\":1}}")});
  COMPARE(it.Variables(), std::string("{\"customer\":\"c-1\",\"secret\":1,\"orderId\":\"o-9\"}"));
}

void EngineTest::whenUserTask_thenGroupsFormAndVariablesAreGiven() {
  Driver it(BpmnBuilder().Start().User("ask", "sales, support").End().Chain({"start", "ask", "end"}));
  it.Start("{\"a\":1}");
  const CreateUserTask task = it.Last<CreateUserTask>();
  QVERIFY((task.candidate_groups == std::vector<std::string>{"sales", "support"}));
  COMPARE(task.form, std::string("form-1"));
  COMPARE(feel::ToJson(task.variables), std::string("{\"a\":1}"));
  QVERIFY(absl::IsNotFound(it.Try(CompleteUserTask{task.task + 1, {}}).status()));
  it.Must(CompleteUserTask{task.task, Json("{\"ok\":true}")});
  COMPARE(it.Variables(), std::string("{\"a\":1,\"ok\":true}"));
}

void EngineTest::whenCandidateGroupsAreNoList_thenIncidentUntilCorrected() {
  Driver it(BpmnBuilder().Start().User("ask", "=groups").End().Chain({"start", "ask", "end"}));
  it.Start("{\"groups\":[1]}");
  QVERIFY(it.TaskAt("ask") == kNoKey && it.IncidentAt("ask") != kNoKey);
  it.Must(SetVariables{kProcessKey, Json("{\"groups\":[\"a\",\"b\"]}")});
  it.Must(ResolveIncident{it.IncidentAt("ask"), false});
  QVERIFY((it.Last<CreateUserTask>().candidate_groups == std::vector<std::string>{"a", "b"}));
}

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

void EngineTest::whenNoConditionHolds_thenDefaultFlow() {
  for (const auto& [n, id] : std::map<std::string, std::string>{{"1", "one"}, {"2", "two"}, {"3", "other"}}) {
    Driver it(Choice());
    it.Start("{\"n\":" + n + "}");
    QVERIFY(it.TaskAt(id) != kNoKey);
    QCOMPARE(it.state().user_tasks.size(), size_t{1});
  }
}

void EngineTest::whenNothingCanBeChosen_thenIncidentUntilVariablesAreCorrected() {
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

void EngineTest::whenConditionIsNotBoolean_thenIncident() {
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

void EngineTest::whenSeveralTokensReachAJoin_thenTheyPairUp() {
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

void EngineTest::whenJoinMissesAToken_thenInstanceStaysActive() {
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

void EngineTest::whenTokensLoop_thenEachTriggersTheTask() {
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

void EngineTest::whenActivityHasSeveralFlows_thenAllAreTaken() {
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

void EngineTest::whenActivityHasConditionalFlows_thenTrueOnesOrDefault() {
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

void EngineTest::whenImplicitStart_thenEveryUnenteredNodeBegins() {
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

void EngineTest::whenTimerIsNotDue_thenRefused() {
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

void EngineTest::whenBoundaryTimerInterrupts_thenTaskIsWithdrawn() {
  Driver it(Reminded("timeDuration", "PT1H", true));
  it.Start();
  const Key task = it.TaskAt("ask");
  it.Advance(hours(1));
  it.Must(FireTimer{it.TimerAt("late")});
  QCOMPARE(it.Last<CloseUserTask>().task, task);
  QVERIFY(it.TaskAt("remind") != kNoKey && it.TaskAt("ask") == kNoKey);
  QVERIFY(absl::IsNotFound(it.Try(CompleteUserTask{task, {}}).status()));
}

void EngineTest::whenBoundaryTimerDoesNotInterrupt_thenTaskGoesOn() {
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

void EngineTest::whenCycleHasRepetitions_thenItFiresThatOften() {
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

void EngineTest::whenCycleHasAnEnd_thenItStopsThere() {
  Driver it(Reminded("timeCycle", "=\"R/PT1H/\" + until", false));
  it.Start("{\"until\":\"2026-03-01T02:30:00Z\"}");
  for (int i = 0; i < 2; ++i) {
    it.Advance(hours(1));
    it.Must(FireTimer{it.TimerAt("late")});
  }
  QVERIFY(it.state().timers.empty());
}

void EngineTest::whenDateTimer_thenDueIsThatMoment() {
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

void EngineTest::whenTimerExpressionIsUnusable_thenIncidentUntilCorrected() {
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

void EngineTest::whenActivityCompletes_thenItsTimersAreWithdrawn() {
  Driver it(Reminded("timeCycle", "R/PT1H", false));
  it.Start();
  const Key timer = it.TimerAt("late");
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QCOMPARE(it.Last<CancelTimer>().timer, timer);
  QVERIFY(it.state().ended());
}

namespace {

/// start → sub(s → fork → a | b) → after, with a boundary timer that leads to late.
BpmnBuilder WithSub(const std::string& mappings = "", bool interrupting = true) {
  BpmnBuilder model;
  model.Start()
      .BeginSub("sub", mappings)
      .Start("s")
      .Parallel("fork")
      .User("a")
      .User("b")
      .Flow("s", "fork")
      .Flow("fork", "a")
      .Flow("fork", "b")
      .EndSub()
      .Boundary("timeout", "sub", "timeDuration", "PT1H", interrupting)
      .User("after")
      .User("late");
  return model.Chain({"start", "sub", "after"}).Flow("timeout", "late");
}

}  // namespace

namespace {

/// `use` needs what `make` puts out, or does not.
BpmnBuilder DataModel(bool needed) {
  BpmnBuilder model;
  model.Raw("<dataObject id=\"order\"/>").Start().Parallel("fork");
  const std::string set = needed ? "<inputSet><dataInputRefs>in</dataInputRefs></inputSet>"
                                 : "<inputSet><dataInputRefs>in</dataInputRefs><optionalInputRefs>in"
                                   "</optionalInputRefs></inputSet>";
  model.Raw("<userTask id=\"use\"><ioSpecification><dataInput id=\"in\"/>" + set +
            "<outputSet/></ioSpecification><dataInputAssociation><sourceRef>order</sourceRef><targetRef>in"
            "</targetRef></dataInputAssociation></userTask>");
  model.Raw(
      "<userTask id=\"make\"><ioSpecification><dataOutput "
      "id=\"out\"/><inputSet/><outputSet><dataOutputRefs>out"
      "</dataOutputRefs></outputSet></ioSpecification><dataOutputAssociation><sourceRef>out</"
      "sourceRef><targetRef>"
      "order</targetRef></dataOutputAssociation></userTask>");
  model.Boundary("late", "use", "timeDuration", "PT1H", true).End("used").End("made").End("missed");
  return model.Chain({"start", "fork", "use", "used"}).Chain({"fork", "make", "made"}).Flow("late", "missed");
}

}  // namespace

/// Clause 13.3.2. A boundary event is waited for no sooner than its activity works.
void EngineTest::whenDataIsMissing_thenAnActivityWaitsForIt() {
  const BpmnBuilder model = DataModel(true);
  const auto waits = [](const Driver& it) {
    return it.ElementAt("use") != kNoKey && it.TaskAt("use") == kNoKey && it.state().timers.empty();
  };

  Driver made(model);
  made.Start();
  QVERIFY(waits(made));
  made.Must(CompleteUserTask{made.TaskAt("make"), Json("{\"out\":7}")});
  QVERIFY(made.TaskAt("use") != kNoKey && made.TimerAt("late") != kNoKey);
  COMPARE(feel::ToJson(made.state().variables()), std::string("{\"order\":7}"));

  Driver given(model);
  given.Start();
  given.Must(SetVariables{kProcessKey, Json("{\"order\":null}")});  // by whatever: it has been said
  QVERIFY(given.TaskAt("use") != kNoKey && given.TaskAt("make") != kNoKey);

  Driver paused(model);
  paused.Start();
  paused.Must(SuspendInstance{});
  paused.Must(SetVariables{kProcessKey, Json("{\"order\":1}")});
  QVERIFY(waits(paused));
  paused.Must(ResumeInstance{});
  QVERIFY(paused.TaskAt("use") != kNoKey);

  Driver canceled(model);
  canceled.Start();
  canceled.Must(CancelInstance{});
  QVERIFY(canceled.state().elements.empty());
}

void EngineTest::whenANewPlanNeedsNoData_thenWhoWaitedForItBegins() {
  const Plan later = PlanOf(DataModel(false));
  for (const bool suspended : {false, true}) {
    Driver it(DataModel(true));
    it.Start();
    if (suspended) it.Must(SuspendInstance{});
    InstanceState state = it.state();
    QCOMPARE(state.user_tasks.size(), size_t{1});
    const auto moved =
        Migrate(it.plan(), later, std::string(32, 'd'), ProposeMigration(it.plan(), later), state, it.now());
    QVERIFY2(moved.ok(), std::string(moved.status().message()).c_str());
    QCOMPARE(state.user_tasks.size(), suspended ? size_t{1} : size_t{2});
    if (suspended) QVERIFY(Step(later, state, {it.now(), ResumeInstance{}}).ok());
    QCOMPARE(state.user_tasks.size(), size_t{2});
    QCOMPARE(state.timers.size(), size_t{1});
  }
}

void EngineTest::whenSubProcess_thenItCompletesWithItsLastToken() {
  Driver it(WithSub());
  it.Start();
  QVERIFY(it.TaskAt("a") != kNoKey && it.TaskAt("b") != kNoKey && it.TimerAt("timeout") != kNoKey);
  it.Must(CompleteUserTask{it.TaskAt("b"), {}});
  QVERIFY(it.TaskAt("after") == kNoKey);
  it.Must(CompleteUserTask{it.TaskAt("a"), {}});
  QVERIFY(it.TaskAt("after") != kNoKey);
  QCOMPARE(it.CountLast<CancelTimer>(), size_t{1});
}

void EngineTest::whenSubProcessIsInterrupted_thenEverythingInsideEnds() {
  Driver it(WithSub());
  it.Start();
  it.Advance(hours(1));
  it.Must(FireTimer{it.TimerAt("timeout")});
  QCOMPARE(it.CountLast<CloseUserTask>(), size_t{2});
  QVERIFY(it.TaskAt("late") != kNoKey);
  QCOMPARE(it.state().elements.size(), size_t{2});
  Driver kept(WithSub("", false));
  kept.Start();
  kept.Advance(hours(1));
  kept.Must(FireTimer{kept.TimerAt("timeout")});
  QCOMPARE(kept.state().user_tasks.size(), size_t{3});
}

void EngineTest::whenAScriptAsksForNow_thenItIsTheStepsTime() {
  Driver it(BpmnBuilder()
                .Start()
                .Script("s", "={at: string(now()), day: today() = date(now())}", "r")
                .End()
                .Chain({"start", "s", "end"}));
  it.Start();
  COMPARE(it.Variables(), "{\"r\":{\"at\":\"" + FormatTime(it.now()) + "\",\"day\":true}}");
}

void EngineTest::whenInputMapping_thenVariablesAreLocal() {
  Driver it(WithSub(BpmnBuilder::Mappings({{"=x * 2", "y"}, {"=y + 1", "z"}}, {})));
  it.Start("{\"x\":5}");
  COMPARE(it.Variables(), std::string("{\"x\":5}"));
  COMPARE(feel::ToJson(VisibleVariables(it.state(), it.ElementAt("a"))),
          std::string("{\"y\":10,\"z\":11,\"x\":5}"));
}

void EngineTest::whenOutputMapping_thenOnlyItsTargetsLeave() {
  Driver it(BpmnBuilder()
                .Start()
                .User("ask", "g",
                      BpmnBuilder::Mappings({}, {{"=answer.text", "text"}, {"=upper case(text)", "loud"}}))
                .End()
                .Chain({"start", "ask", "end"}));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), Json("{\"answer\":{\"text\":\"yes\"},\"noise\":1}")});
  COMPARE(it.Variables(), std::string("{\"text\":\"yes\",\"loud\":\"YES\"}"));
}

void EngineTest::whenOutputTargetIsAPath_thenTheRestOfTheVariableStays() {
  Driver it(BpmnBuilder()
                .Start()
                .Script("s", "=7", "n",
                        BpmnBuilder::Mappings({}, {{"=n", "order.total"}, {"=n", "order.tax.rate"}}))
                .End()
                .Chain({"start", "s", "end"}));
  it.Start("{\"order\":{\"id\":1,\"total\":0}}");
  COMPARE(it.Variables(), std::string("{\"order\":{\"id\":1,\"total\":7,\"tax\":{\"rate\":7}}}"));
}

void EngineTest::whenVariableExistsInInnerScope_thenResultStaysThere() {
  BpmnBuilder model;
  model.Start()
      .BeginSub("sub", BpmnBuilder::Mappings({{"=0", "n"}}, {{"=n", "result"}}))
      .Start("s")
      .Script("inc", "=n + 1", "n")
      .Script("other", "=1", "m")
      .Chain({"s", "inc", "other"})
      .EndSub()
      .End()
      .Chain({"start", "sub", "end"});
  Driver it(model);
  it.Start("{\"n\":100}");
  COMPARE(it.Variables(), std::string("{\"n\":100,\"m\":1,\"result\":1}"));
}

void EngineTest::whenScriptHasNoResultVariable_thenContextEntriesAreResults() {
  Driver it(
      BpmnBuilder()
          .Start()
          .Raw("<scriptTask id=\"s\" scriptFormat=\"FEEL\"><script>{a: 1, b: a + 1}</script></scriptTask>")
          .Raw("<scriptTask id=\"t\" scriptFormat=\"application/feel\" ameide:resultVariable=\"c\"><script>= "
               "a + b</script></scriptTask>")
          .End()
          .Chain({"start", "s", "t", "end"}));
  it.Start();
  COMPARE(it.Variables(), std::string("{\"a\":1,\"b\":2,\"c\":3}"));
}

void EngineTest::whenEmptySubProcess_thenItCompletesAtOnce() {
  Driver it(BpmnBuilder().Start().BeginSub("sub").EndSub().End().Chain({"start", "sub", "end"}));
  it.Start();
  QVERIFY(it.state().status == InstanceStatus::kCompleted);
}

void EngineTest::whenVariablesAreSet_thenUnknownScopeIsRefused() {
  Driver it(WithSub());
  it.Start();
  QVERIFY(absl::IsNotFound(it.Try(SetVariables{12345, Json("{\"x\":1}")}).status()));
  it.Must(SetVariables{it.ElementAt("sub"), Json("{\"x\":1}")});
  COMPARE(it.Variables(), std::string("{}"));
  COMPARE(feel::ToJson(VisibleVariables(it.state(), it.ElementAt("a"))), std::string("{\"x\":1}"));
}

void EngineTest::whenTerminateEndInProcess_thenInstanceIsTerminated() {
  Driver it(BpmnBuilder()
                .Start()
                .Parallel("fork")
                .User("ask")
                .User("stop")
                .TerminateEnd("all")
                .Flow("start", "fork")
                .Flow("fork", "ask")
                .Flow("fork", "stop")
                .Flow("stop", "all"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("stop"), {}});
  QVERIFY(it.state().status == InstanceStatus::kTerminated);
  QCOMPARE(it.CountLast<CloseUserTask>(), size_t{1});
}

void EngineTest::whenTerminateEndInSubProcess_thenOnlyThatEnds() {
  BpmnBuilder model;
  model.Start()
      .BeginSub("sub")
      .Start("s")
      .Parallel("fork")
      .User("a")
      .Script("x", "=1", "x")
      .Parallel("join")
      .User("stop")
      .TerminateEnd("all")
      .Flow("s", "fork")
      .Flow("fork", "a")
      .Flow("fork", "x")
      .Flow("fork", "stop")
      .Flow("a", "join")
      .Flow("x", "join")
      .Flow("stop", "all")
      .EndSub()
      .User("after")
      .Chain({"start", "sub", "after"});
  Driver it(model);
  it.Start();
  QCOMPARE(it.state().parked.size(), size_t{1});
  it.Must(CompleteUserTask{it.TaskAt("stop"), {}});
  QVERIFY(it.TaskAt("after") != kNoKey && it.TaskAt("a") == kNoKey && it.state().parked.empty());
}

namespace {

/// start → outer(inner(s → ask → fail)) → end; boundaries as given.
BpmnBuilder Failing(const std::string& inner_boundary, const std::string& outer_boundary) {
  BpmnBuilder model;
  model.Error("e1", "one")
      .Error("e2", "two")
      .Start()
      .BeginSub("outer")
      .Start("s1")
      .BeginSub("inner")
      .Start("s2")
      .User("ask");
  model.ErrorEnd("fail", "e1").Chain({"s2", "ask", "fail"}).EndSub();
  if (!inner_boundary.empty())
    model.ErrorBoundary("inner_catch", "inner", inner_boundary == "all" ? "" : inner_boundary);
  model.User("inner_after").Flow("s1", "inner");
  if (!inner_boundary.empty()) model.Flow("inner_catch", "inner_after");
  model.EndSub();
  if (!outer_boundary.empty())
    model.ErrorBoundary("outer_catch", "outer", outer_boundary == "all" ? "" : outer_boundary);
  model.User("outer_after").End().Chain({"start", "outer", "end"});
  if (!outer_boundary.empty()) model.Flow("outer_catch", "outer_after");
  return model;
}

}  // namespace

void EngineTest::whenErrorEndInSubProcess_thenBoundaryCatchesByCode() {
  // `inner_after` and `outer_after` are entered by the boundary only when it is there; so every case has both
  // catches.
  Driver it(Failing("e2", "e1"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QVERIFY(it.TaskAt("outer_after") != kNoKey && it.TaskAt("inner_after") == kNoKey);
  QCOMPARE(it.state().elements.size(), size_t{2});
}

void EngineTest::whenErrorIsThrownTwiceAround_thenInnermostCatches() {
  Driver it(Failing("all", "e1"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QVERIFY(it.TaskAt("inner_after") != kNoKey && it.TaskAt("outer_after") == kNoKey);
}

void EngineTest::whenNothingCatches_thenIncidentAndAnotherTry() {
  Driver it(Failing("e2", "e2"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  const Key incident = it.IncidentAt("fail");
  QVERIFY(it.state().incidents.at(incident).kind == IncidentKind::kError);
  it.Must(ResolveIncident{incident, false});
  QVERIFY(it.IncidentAt("fail") != kNoKey && it.IncidentAt("fail") != incident);
  it.Must(CancelInstance{});
}

void EngineTest::whenJobThrows_thenItsBoundaryCatches() {
  BpmnBuilder model;
  model.Error("e", "broke")
      .Start()
      .Worker("pay", "p")
      .ErrorBoundary("any", "pay")
      .ErrorBoundary("exact", "pay", "e");
  model.User("any_after").User("exact_after").End();
  model.Chain({"start", "pay", "end"}).Flow("any", "any_after").Flow("exact", "exact_after");
  Driver it(model);
  it.Start();
  it.Must(ThrowJobError{it.JobAt("pay"), "broke", "no money"});
  QVERIFY(it.TaskAt("exact_after") != kNoKey && it.TaskAt("any_after") == kNoKey);
  QCOMPARE(it.CountLast<CancelJob>(), size_t{1});
  Driver other(model);
  other.Start();
  other.Must(ThrowJobError{other.JobAt("pay"), "unknown", ""});
  QVERIFY(other.TaskAt("any_after") != kNoKey);
  Driver uncaught(BpmnBuilder().Start().Worker("pay", "p").End().Chain({"start", "pay", "end"}));
  uncaught.Start();
  const Key job = uncaught.JobAt("pay");
  uncaught.Must(ThrowJobError{job, "broke", "no money"});
  QVERIFY(uncaught.IncidentAt("pay") != kNoKey);
  uncaught.Must(ResolveIncident{uncaught.IncidentAt("pay"), false});
  QCOMPARE(uncaught.Last<ActivateJob>().job, job);
}

QTEST_APPLESS_MAIN(EngineTest)
#include "engine_test.moc"
