#include <QtTest>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "backend/engine/plan/plan_codec.h"
#include "base/hash.h"
#include "base/random.h"
#include "tests/backend/engine/harness.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT

namespace {

std::string GoldenPath(const std::string& name) {
  return qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".").toStdString() + "/tests/backend/engine/golden/" +
         name;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Has every kind of node, and a history with every kind of fact.
BpmnBuilder EverythingModel() {
  BpmnBuilder model("everything");
  model.Error("broke", "broke").Start().Exclusive("choose", "choose_fork").End("skipped").Parallel("fork");
  model.Script("script", "={total: amount * 2, at: date(\"2026-03-01\"), half: 0.5}", "sums",
               BpmnBuilder::Mappings({{"=amount", "amount"}}, {{"=sums.total", "order.total"}}));
  model.User("ask", "=groups", BpmnBuilder::Mappings({{"fixed", "note"}}, {}));
  model.Boundary("remind", "ask", "timeCycle", "R2/PT1H", false).End("reminded");
  model.Worker("pay", "=\"pay-\" + how", "2").ErrorBoundary("declined", "pay", "broke").End("sorry");
  model.Domain("order", "orders.v1.OrderService/CreateOrder",
               BpmnBuilder::Mappings({{"=amount", "amount"}}, {{"=id", "orderId"}}));
  model.BeginSub("sub").Start("s").Parallel("both").User("inside").Timer("wait", "timeDuration", "P1D");
  model.Script("quick", "=1", "x").Parallel("meet").TerminateEnd("stop");
  model.Flow("s", "both").Flow("both", "inside").Flow("both", "wait").Flow("both", "quick");
  model.Flow("quick", "meet").Flow("wait", "meet").Flow("inside", "stop").EndSub();
  model.Boundary("too_late", "sub", "timeDate", "2030-01-01T00:00:00Z", true).End("gave_up");
  model.Raw("<intermediateThrowEvent id=\"pass\"/>").Parallel("join").End();
  model.Flow("start", "choose").Flow("choose", "skipped", "=amount = 0").Flow("choose", "fork");
  for (const char* const id : {"script", "ask", "pay", "order", "sub"}) model.Flow("fork", id);
  model.Flow("script", "pass")
      .Flow("pass", "join")
      .Flow("remind", "reminded")
      .Flow("declined", "sorry")
      .Flow("too_late", "gave_up");
  for (const char* const id : {"ask", "order", "sub"}) model.Flow(id, "join");
  return model.Flow("pay", "join").Flow("join", "end");
}

void RunEverything(Driver& it) {
  it.Start("{\"amount\":21,\"groups\":\"a,b\",\"list\":[1,null,true,\"t\",{\"k\":-1.25}]}");
  it.Must(ResolveIncident{it.IncidentAt("pay"), false});  // `how` is missing
  it.Must(SetVariables{kProcessKey, Json("{\"how\":\"card\"}")});
  it.Must(ResolveIncident{it.IncidentAt("pay"), false});
  it.Must(FailJob{it.JobAt("pay"), "busy", false, it.now() + std::chrono::seconds(5)});
  it.Must(FailJob{it.JobAt("pay"), "busy", false, {}});
  it.Must(ResolveIncident{it.IncidentAt("pay"), true});
  it.Advance(std::chrono::hours(1));
  it.Must(FireTimer{it.TimerAt("remind")});
  it.Must(CompleteUserTask{it.TaskAt("ask"), Json("{\"answer\":\"yes\"}")});
  it.Must(CompleteJob{it.JobAt("order"), Json("{\"id\":\"o-1\"}")});
  it.Must(CompleteUserTask{it.TaskAt("inside"), {}});
  it.Must(ThrowJobError{it.JobAt("pay"), "broke", "no money"});
}

InstanceState Replay(const Plan& plan, const std::string& journal) {
  InstanceState state;
  ByteReader reader(journal);
  while (reader.ok() && !reader.AtEnd()) {
    const absl::Status status = CheckedApply(plan, state, DecodeFact(reader));
    if (!status.ok()) Die(std::string(status.message()));
  }
  if (!reader.Finish().ok()) Die("the journal does not decode");
  return state;
}

/// What came with semantics 2: its kinds of nodes and events, and a history with each of its facts.
BpmnBuilder SecondModel() {
  BpmnBuilder model("second");
  model.Root(
      "<message id=\"m\" name=\"paid\"/><signal id=\"s\" name=\"stop\"/>"
      "<escalation id=\"e\" escalationCode=\"e\"/>");
  model.Start().Parallel("fork").End();
  model.Raw(
      "<adHocSubProcess id=\"adhoc\" ordering=\"Sequential\"><scriptTask id=\"one\"><script>1</script>"
      "</scriptTask><userTask id=\"two\"/></adHocSubProcess>");
  model.Raw(
      "<scriptTask id=\"each\"><extensionElements><zeebe:script expression=\"=item * 2\" "
      "resultVariable=\"r\"/>"
      "</extensionElements><multiInstanceLoopCharacteristics isSequential=\"true\"><extensionElements>"
      "<zeebe:loopCharacteristics inputCollection=\"=[1,2]\" inputElement=\"item\" outputCollection=\"all\" "
      "outputElement=\"=r\"/></extensionElements></multiInstanceLoopCharacteristics></scriptTask>");
  model.Raw(
      "<scriptTask id=\"again\"><standardLoopCharacteristics loopMaximum=\"6\"/><script>1</script>"
      "</scriptTask>");
  model.BeginSub("done").Start("ds").Worker("work", "w").End("de").Chain({"ds", "work", "de"});
  model.Raw(
      "<boundaryEvent id=\"undo\" attachedToRef=\"work\"><compensateEventDefinition/></boundaryEvent>"
      "<userTask id=\"handler\" isForCompensation=\"true\"/>"
      "<association id=\"undoing\" sourceRef=\"undo\" targetRef=\"handler\"/>");
  model.EndSub();
  model.Raw(
      "<intermediateThrowEvent id=\"compensate\"><compensateEventDefinition waitForCompletion=\"false\"/>"
      "</intermediateThrowEvent>");
  model.Raw(
      "<complexGateway id=\"meet\"><activationCondition>activationCount &gt;= 1</activationCondition>"
      "</complexGateway>");
  model.Raw(
      "<intermediateCatchEvent id=\"wait\" parallelMultiple=\"true\"><messageEventDefinition "
      "messageRef=\"m\"/>"
      "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
      "</intermediateCatchEvent>");
  model.Raw(
      "<intermediateThrowEvent id=\"tell\"><messageEventDefinition messageRef=\"m\"/><signalEventDefinition "
      "signalRef=\"s\"/><escalationEventDefinition escalationRef=\"e\"/></intermediateThrowEvent>");
  model.BeginSub("scope").Start("ss").User("busy").End("se").Chain({"ss", "busy", "se"});
  model.BeginSub("late", "", "triggeredByEvent=\"true\"")
      .Raw(
          "<startEvent "
          "id=\"ls\"><timerEventDefinition><timeDuration>P1D</timeDuration></timerEventDefinition>"
          "</startEvent>")
      .EndSub();
  model.BeginSub("halt", "", "triggeredByEvent=\"true\"")
      .Raw("<startEvent id=\"hs\"><signalEventDefinition signalRef=\"s\"/></startEvent>")
      .EndSub();
  model.EndSub();
  model.Raw(
      "<boundaryEvent id=\"rich\" attachedToRef=\"scope\" "
      "cancelActivity=\"false\"><conditionalEventDefinition>"
      "<condition>x = 1</condition></conditionalEventDefinition></boundaryEvent>");
  model.End("noted").Flow("rich", "noted").Flow("start", "fork");
  model.Chain({"fork", "adhoc", "meet"}).Chain({"fork", "each", "again", "meet", "end"});
  model.Chain({"fork", "done", "compensate", "tell", "wait"}).Flow("fork", "scope");
  return model;
}

Plan SecondPlan() {
  Plan plan = PlanOf(SecondModel());
  for (Node& node : plan.nodes) node.starts_entries = node.kind == NodeKind::kAdHocSubProcess;
  return plan;
}

void RunSecond(Driver& it) {
  it.Shorten(4);
  it.Start("{\"x\":0}");
  while (!it.state().ready.empty() || !it.state().postponed.empty()) it.Must(Continue{});
  it.Must(SetVariables{kProcessKey, Json("{\"x\":1}")});
  it.Must(CompleteJob{it.JobAt("work"), {}});
  it.Must(CompleteUserTask{it.TaskAt("two"), {}});
  while (!it.state().ready.empty()) it.Must(Continue{});
  for (const auto& [key, subscription] : std::map(it.state().subscriptions)) {
    if (subscription.name == "stop") it.Must(DeliverEvent{key, Json("{\"y\":2}")});
  }
  while (!it.state().ready.empty()) it.Must(Continue{});
}

/// What people do, and what came with it: details of user tasks, calendars, decisions in the plan.
BpmnBuilder ThirdModel() {
  BpmnBuilder model("third");
  model.Start().Parallel("fork").End();
  model.Raw(
      "<userTask id=\"ask\"><extensionElements><zeebe:assignmentDefinition candidateUsers=\"ada,bob\"/>"
      "<zeebe:taskSchedule dueDate=\"2026-04-01T12:00:00Z\" followUpDate=\"=when\"/>"
      "<zeebe:priorityDefinition priority=\"70\"/></extensionElements></userTask>");
  model.Boundary("daily", "ask", "timeCycle", "0 9 * * MON-FRI", false)
      .End("reminded")
      .Flow("daily", "reminded");
  model.Raw(
      "<businessRuleTask id=\"decide\"><extensionElements><zeebe:calledDecision decisionId=\"decision\" "
      "resultVariable=\"doubled\"/></extensionElements></businessRuleTask>");
  model.User("other").User("skipped");
  model.Chain({"start", "fork", "ask", "end"}).Chain({"fork", "decide", "other", "end"});
  return model.Flow("fork", "skipped").Flow("skipped", "end");
}

void RunThird(Driver& it) {
  it.Start("{\"v0\":4,\"when\":\"2026-03-20T08:00:00Z\"}");
  it.Must(AssignUserTask{it.TaskAt("ask"), "ada", "bob", true});
  it.SetNow(it.state().timers.begin()->second.due);
  it.Must(FireTimer{it.TimerAt("daily")});
  it.Must(SkipElement{it.ElementAt("skipped"), Json("{\"why\":\"away\"}")});
  it.Must(SuspendInstance{});
  it.MigrateToSelf();
  it.Must(ResumeInstance{});
  it.Must(ModifyInstance{
      {it.ElementAt("other")}, {}, {{it.state().elements.at(it.ElementAt("ask")).node, kNoKey}}});
  it.Must(SuspendInstance{});
}

/// What came with format 4: calls over HTTP.
BpmnBuilder FourthModel() {
  BpmnBuilder model("fourth");
  model.Error("broke", "gone").Start().User("sorry").End();
  model.Raw(
      "<serviceTask id=\"call\"><extensionElements><ameide:httpCall method=\"POST\" "
      "url='=\"https://a.example.com/\" + id' body=\"={total: amount * 2}\" timeout=\"PT10S\" retries=\"2\" "
      "retryBackoff=\"PT5S\" resultVariable=\"answer\"><ameide:query name=\"q\" value=\"fixed\"/>"
      "<ameide:header name=\"Authorization\" value=\"Bearer {{secrets.TOKEN}}\"/>"
      "<ameide:header name=\"X-Id\" value=\"=id\"/><ameide:error status=\"404\" code=\"gone\"/>"
      "</ameide:httpCall></extensionElements></serviceTask>");
  model.ErrorBoundary("none", "call", "broke").Flow("none", "sorry").Flow("sorry", "end");
  return model.Chain({"start", "call", "end"});
}

void RunFourth(Driver& it) {
  it.Start("{\"id\":\"7\",\"amount\":2.5}");
  it.Must(FailJob{it.JobAt("call"), "it answered 503", false, it.now() + std::chrono::seconds(5)});
  it.Advance(std::chrono::seconds(5));
  it.Must(ThrowJobError{it.JobAt("call"), "gone", "it answered 404"});
}

/// What came with format 5: activities that wait for their data.
BpmnBuilder FifthModel() {
  BpmnBuilder model("fifth");
  model.Raw("<dataObject id=\"order\"/><dataObject id=\"price\"/>").Start().Parallel("fork");
  model.Raw(
      "<userTask id=\"use\"><ioSpecification><dataInput id=\"a\"/><dataInput id=\"b\"/><inputSet>"
      "<dataInputRefs>a</dataInputRefs><dataInputRefs>b</dataInputRefs></inputSet><outputSet/></"
      "ioSpecification>"
      "<dataInputAssociation><sourceRef>order</sourceRef><targetRef>a</targetRef></dataInputAssociation>"
      "<dataInputAssociation><sourceRef>price</sourceRef><targetRef>b</targetRef></dataInputAssociation>"
      "</userTask>");
  for (const char* const made : {"order", "price"}) {
    const std::string name = made;
    model.Raw("<userTask id=\"make_" + name + "\"><ioSpecification><dataOutput id=\"o_" + name +
              "\"/><inputSet/><outputSet><dataOutputRefs>o_" + name +
              "</dataOutputRefs></outputSet></ioSpecification><dataOutputAssociation><sourceRef>o_" + name +
              "</sourceRef><targetRef>" + name + "</targetRef></dataOutputAssociation></userTask>");
  }
  model.End("used").End("made_order").End("made_price");
  return model.Chain({"start", "fork", "use", "used"})
      .Chain({"fork", "make_order", "made_order"})
      .Chain({"fork", "make_price", "made_price"});
}

void RunFifth(Driver& it) {
  it.Start("{}");
  it.Must(CompleteUserTask{it.TaskAt("make_order"), Json("{\"o_order\":7}")});
}

/// What came with format 6: output sets, and rules that tie them to input sets.
BpmnBuilder SixthModel() {
  BpmnBuilder model("sixth");
  model.Raw(
      "<dataObject id=\"asked\"/><dataObject id=\"yes\"/><dataObject id=\"no\"/><dataObject id=\"why\"/>");
  model.Start().Parallel("fork").User("make").End("end").End("made");
  for (const char* const task : {"decide", "other"}) {
    const std::string t = task;
    model.Raw(
        "<userTask id=\"" + t + "\"><ioSpecification><dataInput id=\"" + t + "_in\"/><dataOutput id=\"" + t +
        "_yes\"/><dataOutput id=\"" + t + "_no\"/><dataOutput id=\"" + t + "_why\"/><inputSet id=\"" + t +
        "_set\"><dataInputRefs>" + t + "_in</dataInputRefs></inputSet><inputSet id=\"" + t +
        "_free\"/><outputSet><dataOutputRefs>" + t +
        "_yes</dataOutputRefs></outputSet><outputSet><dataOutputRefs>" + t +
        "_no</dataOutputRefs><dataOutputRefs>" + t + "_why</dataOutputRefs><optionalOutputRefs>" + t +
        "_why</optionalOutputRefs><inputSetRefs>" + t + "_free</inputSetRefs></outputSet></ioSpecification>" +
        "<dataInputAssociation><sourceRef>asked</sourceRef><targetRef>" + t +
        "_in</targetRef></dataInputAssociation>" + "<dataOutputAssociation><sourceRef>" + t +
        "_yes</sourceRef><targetRef>yes</targetRef></"
        "dataOutputAssociation><dataOutputAssociation><sourceRef>" +
        t +
        "_no</sourceRef><targetRef>no</targetRef></dataOutputAssociation><dataOutputAssociation><sourceRef>" +
        t + "_why</sourceRef><targetRef>why</targetRef></dataOutputAssociation></userTask>");
  }
  model.Raw(
      "<userTask id=\"ask\"><ioSpecification><dataOutput id=\"q\"/><inputSet/><outputSet>"
      "<dataOutputRefs>q</dataOutputRefs></outputSet></ioSpecification><dataOutputAssociation>"
      "<sourceRef>q</sourceRef><targetRef>asked</targetRef></dataOutputAssociation></userTask>");
  return model.Chain({"start", "fork", "decide", "end"})
      .Chain({"fork", "other", "made"})
      .Chain({"fork", "ask", "made"})
      .Chain({"fork", "make", "made"});
}

void RunSixth(Driver& it) {
  it.Start("{}");
  it.Must(CompleteUserTask{it.TaskAt("decide"), Json("{\"decide_no\":1}")});
}

/// What came with format 7: start events and gateways that share a conversation.
BpmnBuilder SeventhModel() {
  const std::vector<std::string> messages = {"order", "payment", "cash", "card"};
  BpmnBuilder model("seventh");
  model.Conversation(messages, messages).MessageStart("ordered", "order").MessageStart("paid", "payment");
  model.Raw("<eventBasedGateway id=\"how\" instantiate=\"true\"/>");
  for (const std::string message : {"cash", "card"}) {
    model.Raw("<intermediateCatchEvent id=\"by_" + message + "\"><messageEventDefinition messageRef=\"" +
              message + "\"/></intermediateCatchEvent>");
    model.Flow("how", "by_" + message).Flow("by_" + message, "end");
  }
  model.User("ship").User("book").End();
  return model.Chain({"ordered", "ship", "end"}).Chain({"paid", "book", "end"});
}

void Hear(Driver& it, const std::string& name) {
  for (const auto& [key, subscription] : std::map(it.state().subscriptions)) {
    if (subscription.name != name) continue;
    it.Must(DeliverEvent{key, Json("{\"heard\":\"" + name + "\"}")});
    return;
  }
}

void RunSeventh(Driver& it) {
  it.Must(StartInstanceAt{1, Json("{}"), Json("{\"id\":7}"), "7"});
  Hear(it, "payment");
  Hear(it, "payment");
  it.MigrateToSelf();
}

}  // namespace

/// The binary forms, and the files of released versions that must load for ever.
class CodecTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenGoldenJournalIsReplayed_thenGoldenState();
  void whenSecondGoldenJournalIsReplayed_thenGoldenState();
  void whenThirdGoldenJournalIsReplayed_thenGoldenState();
  void whenFourthGoldenJournalIsReplayed_thenGoldenState();
  void whenFifthGoldenJournalIsReplayed_thenGoldenState();
  void whenSixthGoldenJournalIsReplayed_thenGoldenState();
  void whenSeventhGoldenJournalIsReplayed_thenGoldenState();
  void whenGoldenPlanIsRead_thenItWritesBackTheSameBytes();
  void whenEverythingRuns_thenEveryKindOfFactOccurs();
  void whenPlanIsCut_thenDataLoss();
  void whenAPlanHoldsWhatIsRefusedToday_thenItLoads();
  void whenAPlanHoldsWhatIsNoFeel_thenDataLoss();
  void whenBytesAreChanged_thenNothingBreaks();
  void whenWaitingTokensAreOutOfOrder_thenTheStateIsRefused();
  void whenPlanIsOfALaterRelease_thenItSaysSo();
  void whenFactDoesNotFit_thenDataLoss();
};

void CodecTest::whenGoldenJournalIsReplayed_thenGoldenState() {
  if (qEnvironmentVariableIsSet("AMEIDE_WRITE_GOLDEN")) {
    // Only for a new format version: files of released versions are never written again.
    Driver seventh(SeventhModel());
    RunSeventh(seventh);
    WriteFile(GoldenPath("v7.plan"), EncodePlan(seventh.plan()));
    WriteFile(GoldenPath("v7.journal"), seventh.journal());
    WriteFile(GoldenPath("v7.state"), EncodeState(seventh.state()));
  }
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v1.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const std::string journal = ReadFile(GoldenPath("v1.journal"));
  QVERIFY(!journal.empty());
  const InstanceState state = Replay(*plan, journal);
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v1.state"))).toHex());
  // What it means must not change either.
  COMPARE(feel::ToJson(state.variables()),
          std::string("{\"amount\":21,\"groups\":\"a,b\",\"list\":[1,null,true,\"t\",{\"k\":-1.25}],"
                      "\"order\":{\"total\":42},"
                      "\"x\":1,\"how\":\"card\",\"answer\":\"yes\",\"orderId\":\"o-1\"}"));
  QVERIFY(state.status == InstanceStatus::kActive);  // `join` waits for the flow of `pay` for ever
  QCOMPARE(state.parked.size(), size_t{1});
}

void CodecTest::whenSecondGoldenJournalIsReplayed_thenGoldenState() {
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v2.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const InstanceState state = Replay(*plan, ReadFile(GoldenPath("v2.journal")));
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v2.state"))).toHex());
  COMPARE(feel::ToJson(state.variables()), std::string("{\"x\":1,\"all\":[2,4]}"));
  QVERIFY(state.status == InstanceStatus::kActive);  // the handler and `wait` are not done
  QCOMPARE(state.user_tasks.size(), size_t{1});
  QCOMPARE(state.subscriptions.size(), size_t{1});
  QCOMPARE(state.timers.size(), size_t{1});
}

void CodecTest::whenThirdGoldenJournalIsReplayed_thenGoldenState() {
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v3.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const InstanceState state = Replay(*plan, ReadFile(GoldenPath("v3.journal")));
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v3.state"))).toHex());
  COMPARE(feel::ToJson(state.variables()),
          std::string("{\"v0\":4,\"when\":\"2026-03-20T08:00:00Z\",\"doubled\":8,\"why\":\"away\"}"));
  QVERIFY(state.suspended);
  QCOMPARE(state.user_tasks.size(), size_t{2});
  const UserTask& first = state.user_tasks.begin()->second;
  COMPARE(first.assignee + " for " + first.owner, std::string("ada for bob"));
  QCOMPARE(first.details.candidate_users.size(), size_t{2});
  QCOMPARE(*first.details.priority, uint64_t{70});
  COMPARE(FormatTime(*first.details.due), std::string("2026-04-01T12:00:00Z"));
  COMPARE(FormatTime(state.timers.begin()->second.due), std::string("2026-03-03T09:00:00Z"));
  // The decision is in the plan itself.
  const absl::StatusOr<feel::Value> made = plan->decisions->Evaluate("decision", Json("{\"v0\":5}"), {});
  QVERIFY(made.ok() && *made == feel::Value(int64_t{10}));
}

void CodecTest::whenFourthGoldenJournalIsReplayed_thenGoldenState() {
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v4.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const std::string journal = ReadFile(GoldenPath("v4.journal"));
  const InstanceState state = Replay(*plan, journal);
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v4.state"))).toHex());
  QCOMPARE(state.user_tasks.size(), size_t{1});
  // The request is in the journal as it was computed, the secret's name in the plan alone.
  ByteReader reader(journal);
  std::string request;
  while (!reader.AtEnd()) {
    const Fact fact = DecodeFact(reader);
    const auto* set = std::get_if<VariablesSet>(&fact);
    if (set != nullptr && set->values.Find(kHttpRequest) != nullptr) request = feel::ToJson(set->values);
  }
  COMPARE(request, std::string("{\"httpRequest\":{\"method\":\"POST\",\"url\":\"https://a.example.com/7\","
                               "\"query\":{\"q\":\"fixed\"},\"headers\":{\"X-Id\":\"7\"},"
                               "\"body\":{\"total\":5}}}"));
}

void CodecTest::whenFifthGoldenJournalIsReplayed_thenGoldenState() {
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v5.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const InstanceState state = Replay(*plan, ReadFile(GoldenPath("v5.journal")));
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v5.state"))).toHex());
  // One input is there; the activity waits for the other, and nobody has its task yet.
  COMPARE(feel::ToJson(state.variables()), std::string("{\"order\":7}"));
  QCOMPARE(state.user_tasks.size(), size_t{1});
  QVERIFY(plan->waits_for_data);
}

void CodecTest::whenSixthGoldenJournalIsReplayed_thenGoldenState() {
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v6.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const InstanceState state = Replay(*plan, ReadFile(GoldenPath("v6.journal")));
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v6.state"))).toHex());
  // The second output set went out without its optional data; the other activity's input set is known.
  COMPARE(feel::ToJson(state.variables()), std::string("{\"no\":1}"));
  QCOMPARE(state.input_sets.size(), size_t{1});
  QCOMPARE(state.input_sets.begin()->second, Index{1});
}

void CodecTest::whenSeventhGoldenJournalIsReplayed_thenGoldenState() {
  const absl::StatusOr<Plan> plan = DecodePlan(ReadFile(GoldenPath("v7.plan")));
  QVERIFY2(plan.ok(), std::string(plan.status().message()).c_str());
  const InstanceState state = Replay(*plan, ReadFile(GoldenPath("v7.journal")));
  QCOMPARE(QByteArray::fromStdString(EncodeState(state)).toHex(),
           QByteArray::fromStdString(ReadFile(GoldenPath("v7.state"))).toHex());
  // One order and two payments have come; a way to pay is still waited for, all under the first one's key.
  COMPARE(feel::ToJson(state.variables()), std::string("{\"id\":7,\"heard\":\"payment\"}"));
  QCOMPARE(plan->conversations.size(), size_t{1});
  QCOMPARE(state.user_tasks.size(), size_t{3});
  std::multiset<std::string> names;
  for (const auto& [key, it] : state.subscriptions) names.insert(it.name + it.correlation.value_or("?"));
  QVERIFY((names == std::multiset<std::string>{"card7", "cash7", "order7", "payment7"}));
}

void CodecTest::whenGoldenPlanIsRead_thenItWritesBackTheSameBytes() {
  for (const char* const version : {"v1", "v2", "v3", "v4", "v5", "v6", "v7"}) {
    const std::string bytes = ReadFile(GoldenPath(std::string(version) + ".plan"));
    const absl::StatusOr<Plan> plan = DecodePlan(bytes);
    QVERIFY(plan.ok());
    QVERIFY(EncodePlan(*plan) == bytes);
  }
  COMPARE(DecodePlan(ReadFile(GoldenPath("v1.plan")))->process_id(), std::string("everything"));
}

void CodecTest::whenEverythingRuns_thenEveryKindOfFactOccurs() {
  Driver it(EverythingModel());
  RunEverything(it);
  it.Must(CancelInstance{});
  std::set<std::string_view> names;
  for (const Fact& fact : it.facts()) names.insert(FactName(fact));
  Driver second(SecondPlan());
  RunSecond(second);
  second.Must(CompleteUserTask{second.TaskAt("handler"), {}});
  for (const Fact& fact : second.facts()) names.insert(FactName(fact));
  Driver third(ThirdModel());
  RunThird(third);
  for (const Fact& fact : third.facts()) names.insert(FactName(fact));
  Driver fourth(FourthModel());
  RunFourth(fourth);
  for (const Fact& fact : fourth.facts()) names.insert(FactName(fact));
  Driver fifth(FifthModel());
  RunFifth(fifth);
  for (const Fact& fact : fifth.facts()) names.insert(FactName(fact));
  Driver sixth(SixthModel());
  RunSixth(sixth);
  for (const Fact& fact : sixth.facts()) names.insert(FactName(fact));
  QCOMPARE(names.size() + 0, std::variant_size_v<Fact>);
}

void CodecTest::whenPlanIsCut_thenDataLoss() {
  for (const Plan& plan : {SecondPlan(), PlanOf(ThirdModel()), PlanOf(FifthModel()), PlanOf(SixthModel()),
                           PlanOf(SeventhModel())}) {
    const std::string bytes = EncodePlan(plan);
    for (size_t size = 0; size < bytes.size(); ++size) {
      const absl::StatusCode code = DecodePlan(bytes.substr(0, size)).status().code();
      QVERIFY2(code == absl::StatusCode::kDataLoss, qPrintable(QString::number(size)));
    }
    QVERIFY(DecodePlan(bytes + "x").status().code() == absl::StatusCode::kDataLoss);
  }
}

void CodecTest::whenAPlanHoldsWhatIsRefusedToday_thenItLoads() {
  Plan plan = PlanOf(EverythingModel());
  for (const char* const text :
       {"{f: function(a) a, r: f(b: 1)}.r = null", "unheard of(1)", "substring(\"a\")", "{a: 1, a: 2}"}) {
    QVERIFY2(!feel::Parse(text).ok(), text);
    plan.expressions[0] = *feel::Read(text).expression;
    const absl::StatusOr<Plan> decoded = DecodePlan(EncodePlan(plan));
    QVERIFY2(decoded.ok(), std::string(decoded.status().message()).c_str());
    COMPARE(decoded->expressions[0].text(), std::string(text));
  }
}

void CodecTest::whenAPlanHoldsWhatIsNoFeel_thenDataLoss() {
  Plan plan = PlanOf(EverythingModel());
  plan.expressions[0] = *feel::Read("1234567").expression;
  std::string bytes = EncodePlan(plan);
  const size_t at = bytes.find("1234567");
  QVERIFY(at != std::string::npos);
  bytes[at] = '(';
  const absl::Status status = DecodePlan(bytes).status();
  QCOMPARE(status.code(), absl::StatusCode::kDataLoss);
  QVERIFY(status.message().find("cannot be read") != std::string::npos);
}

void CodecTest::whenBytesAreChanged_thenNothingBreaks() {
  Driver it(SecondPlan());
  RunSecond(it);
  const std::string plan = EncodePlan(it.plan()), state = EncodeState(it.state());
  SeededRandom random(7);
  const auto changed = [&](const std::string& bytes) {
    std::string copy = bytes;
    for (uint64_t i = 0; i <= random.Below(3); ++i)
      copy[random.Below(copy.size())] = static_cast<char>(random.Below(256));
    return copy;
  };
  for (int i = 0; i < 3000; ++i) {
    const absl::StatusOr<Plan> decoded = DecodePlan(changed(plan));
    if (decoded.ok()) QVERIFY(DecodePlan(EncodePlan(*decoded)).ok());
    const std::string damaged = changed(state);
    const absl::StatusOr<InstanceState> read = DecodeState(damaged);
    if (read.ok()) QVERIFY(EncodeState(*read) == damaged);
    // A damaged journal is found, or means something else; it never runs into undefined behaviour.
    const std::string journal = changed(it.journal());
    ByteReader reader(journal);
    InstanceState replayed;
    while (reader.ok() && !reader.AtEnd()) {
      const Fact fact = DecodeFact(reader);
      if (!reader.ok() || !CheckedApply(it.plan(), replayed, fact).ok()) break;
    }
  }
}

void CodecTest::whenWaitingTokensAreOutOfOrder_thenTheStateIsRefused() {
  // Found by fuzzing: two joins, the second one the smaller. No program writes that.
  const auto bytes = HexDecode("01010009010002750000000000000000010101062801414e0a414e010106080100");
  QVERIFY(bytes.ok());
  QVERIFY(!DecodeState(*bytes).ok());
}

void CodecTest::whenPlanIsOfALaterRelease_thenItSaysSo() {
  Plan plan = PlanOf(BpmnBuilder().Start().End().Chain({"start", "end"}));
  plan.semantics = kSemanticsVersion + 1;
  const absl::Status status = DecodePlan(EncodePlan(plan)).status();
  QVERIFY(absl::IsFailedPrecondition(status));
  QVERIFY(std::string(status.message()).find("publish the model again") != std::string::npos);
  QVERIFY(absl::IsDataLoss(DecodePlan("hello, I am no plan").status()));
}

void CodecTest::whenFactDoesNotFit_thenDataLoss() {
  const Plan plan = PlanOf(BpmnBuilder().Start().End().Chain({"start", "end"}));
  const std::vector<Fact> wrong = {ElementActivated{2, 1, kProcessKey, kNone, Phase::kActive},
                                   ElementCompleted{9, {}},
                                   VariablesSet{9, {}},
                                   JobCompleted{9},
                                   UserTaskCompleted{9},
                                   TimerFired{9},
                                   IncidentResolved{9},
                                   InstanceEnded{},
                                   TokenParked{1, 0}};
  for (const Fact& fact : wrong) {
    InstanceState state;
    QVERIFY2(absl::IsDataLoss(CheckedApply(plan, state, fact)), std::string(FactName(fact)).c_str());
  }
}

QTEST_APPLESS_MAIN(CodecTest)
#include "codec_test.moc"
