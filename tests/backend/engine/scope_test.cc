#include <QtTest>
#include <chrono>
#include <string>

#include "tests/backend/engine/harness.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT
using std::chrono::hours;

/// Subprocesses, variables, ends and errors. Driver replays the journal after every event.
class EngineScopeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
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
void EngineScopeTest::whenDataIsMissing_thenAnActivityWaitsForIt() {
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

void EngineScopeTest::whenANewPlanNeedsNoData_thenWhoWaitedForItBegins() {
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

void EngineScopeTest::whenSubProcess_thenItCompletesWithItsLastToken() {
  Driver it(WithSub());
  it.Start();
  QVERIFY(it.TaskAt("a") != kNoKey && it.TaskAt("b") != kNoKey && it.TimerAt("timeout") != kNoKey);
  it.Must(CompleteUserTask{it.TaskAt("b"), {}});
  QVERIFY(it.TaskAt("after") == kNoKey);
  it.Must(CompleteUserTask{it.TaskAt("a"), {}});
  QVERIFY(it.TaskAt("after") != kNoKey);
  QCOMPARE(it.CountLast<CancelTimer>(), size_t{1});
}

void EngineScopeTest::whenSubProcessIsInterrupted_thenEverythingInsideEnds() {
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

void EngineScopeTest::whenAScriptAsksForNow_thenItIsTheStepsTime() {
  Driver it(BpmnBuilder()
                .Start()
                .Script("s", "={at: string(now()), day: today() = date(now())}", "r")
                .End()
                .Chain({"start", "s", "end"}));
  it.Start();
  COMPARE(it.Variables(), "{\"r\":{\"at\":\"" + FormatTime(it.now()) + "\",\"day\":true}}");
}

void EngineScopeTest::whenInputMapping_thenVariablesAreLocal() {
  Driver it(WithSub(BpmnBuilder::Mappings({{"=x * 2", "y"}, {"=y + 1", "z"}}, {})));
  it.Start("{\"x\":5}");
  COMPARE(it.Variables(), std::string("{\"x\":5}"));
  COMPARE(feel::ToJson(VisibleVariables(it.state(), it.ElementAt("a"))),
          std::string("{\"y\":10,\"z\":11,\"x\":5}"));
}

void EngineScopeTest::whenOutputMapping_thenOnlyItsTargetsLeave() {
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

void EngineScopeTest::whenOutputTargetIsAPath_thenTheRestOfTheVariableStays() {
  Driver it(BpmnBuilder()
                .Start()
                .Script("s", "=7", "n",
                        BpmnBuilder::Mappings({}, {{"=n", "order.total"}, {"=n", "order.tax.rate"}}))
                .End()
                .Chain({"start", "s", "end"}));
  it.Start("{\"order\":{\"id\":1,\"total\":0}}");
  COMPARE(it.Variables(), std::string("{\"order\":{\"id\":1,\"total\":7,\"tax\":{\"rate\":7}}}"));
}

void EngineScopeTest::whenVariableExistsInInnerScope_thenResultStaysThere() {
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

void EngineScopeTest::whenScriptHasNoResultVariable_thenContextEntriesAreResults() {
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

void EngineScopeTest::whenEmptySubProcess_thenItCompletesAtOnce() {
  Driver it(BpmnBuilder().Start().BeginSub("sub").EndSub().End().Chain({"start", "sub", "end"}));
  it.Start();
  QVERIFY(it.state().status == InstanceStatus::kCompleted);
}

void EngineScopeTest::whenVariablesAreSet_thenUnknownScopeIsRefused() {
  Driver it(WithSub());
  it.Start();
  QVERIFY(absl::IsNotFound(it.Try(SetVariables{12345, Json("{\"x\":1}")}).status()));
  it.Must(SetVariables{it.ElementAt("sub"), Json("{\"x\":1}")});
  COMPARE(it.Variables(), std::string("{}"));
  COMPARE(feel::ToJson(VisibleVariables(it.state(), it.ElementAt("a"))), std::string("{\"x\":1}"));
}

void EngineScopeTest::whenTerminateEndInProcess_thenInstanceIsTerminated() {
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

void EngineScopeTest::whenTerminateEndInSubProcess_thenOnlyThatEnds() {
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

void EngineScopeTest::whenErrorEndInSubProcess_thenBoundaryCatchesByCode() {
  // `inner_after` and `outer_after` are entered by the boundary only when it is there; so every case has both
  // catches.
  Driver it(Failing("e2", "e1"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QVERIFY(it.TaskAt("outer_after") != kNoKey && it.TaskAt("inner_after") == kNoKey);
  QCOMPARE(it.state().elements.size(), size_t{2});
}

void EngineScopeTest::whenErrorIsThrownTwiceAround_thenInnermostCatches() {
  Driver it(Failing("all", "e1"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  QVERIFY(it.TaskAt("inner_after") != kNoKey && it.TaskAt("outer_after") == kNoKey);
}

void EngineScopeTest::whenNothingCatches_thenIncidentAndAnotherTry() {
  Driver it(Failing("e2", "e2"));
  it.Start();
  it.Must(CompleteUserTask{it.TaskAt("ask"), {}});
  const Key incident = it.IncidentAt("fail");
  QVERIFY(it.state().incidents.at(incident).kind == IncidentKind::kError);
  it.Must(ResolveIncident{incident, false});
  QVERIFY(it.IncidentAt("fail") != kNoKey && it.IncidentAt("fail") != incident);
  it.Must(CancelInstance{});
}

void EngineScopeTest::whenJobThrows_thenItsBoundaryCatches() {
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

QTEST_APPLESS_MAIN(EngineScopeTest)
#include "scope_test.moc"
