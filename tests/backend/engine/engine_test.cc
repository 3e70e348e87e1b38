#include <QtTest>
#include <chrono>
#include <string>
#include <variant>

#include "tests/backend/engine/harness.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT
using std::chrono::seconds;

/// What the engine does with instances, jobs and user tasks, one behaviour a test. Driver replays the journal
/// after every event.
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

QTEST_APPLESS_MAIN(EngineTest)
#include "engine_test.moc"
