#include "backend/runtime/simulation/run.h"

#include <QtTest>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "notation/feel/json.h"
#include "tests/backend/bpmn_builder.h"

using ameide::runtime::Run;
using ameide::runtime::RunOptions;

namespace {

/// What one run printed.
struct Ran {
  int code = -1;
  std::string error;  ///< of wrong usage
  std::string out;
  std::string log;

  /// The trace as `element:event` words, without the `activated` ones.
  std::string Trace() const {
    std::istringstream lines(out);
    std::string line, words;
    while (std::getline(lines, line)) {
      const auto value = ameide::feel::FromJson(line);
      const ameide::feel::Context* const context = value.ok() ? value->context() : nullptr;
      if (context == nullptr || context->Find("element") == nullptr) continue;
      const std::string& event = *context->Find("event")->string();
      if (event == "activated") continue;
      words += (words.empty() ? "" : " ") + *context->Find("element")->string() + ":" + event;
    }
    return words;
  }
  std::string Outcome() const {
    const size_t last = out.rfind("{\"outcomes\"");
    return last == std::string::npos ? "" : out.substr(last, out.size() - last - 1);
  }
};

Ran RunModel(const std::string& xml, const RunOptions& options = {}) {
  std::ostringstream out, log;
  const absl::StatusOr<int> code = Run(xml, options, out, log);
  Ran ran;
  if (code.ok()) {
    ran.code = *code;
  } else {
    ran.error = std::string(code.status().message());
  }
  ran.out = out.str();
  ran.log = log.str();
  return ran;
}

std::string Completed(const std::string& variables, const std::string& state = "completed") {
  return "{\"outcomes\":[{\"process\":\"process\",\"state\":\"" + state + "\",\"variables\":" + variables +
         ",\"incidents\":[]}]}";
}

RunOptions Traced() {
  RunOptions options;
  options.trace = true;
  return options;
}

}  // namespace

#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString::fromStdString(expected))

class RunTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenScriptAndGateway_thenConditionChoosesTheWay();
  void whenABusinessRuleTaskCallsADecision_thenItIsMadeWithTheTimeOfTheStep();
  void whenADecisionIsMissingDoubledOrWrong_thenTheTaskHasAFinding();
  void whenACallLeadsToAnotherFile_thenTheCalledProcessRunsInside();
  void whenAProcessIsNotExecutableButNamed_thenItRuns();
  void whenACycleIsACalendar_thenItFiresAtItsTimes();
  void whenForkAndJoin_thenBothBranchesRunOnce();
  void whenTimerCatch_thenClockJumpsUpToAdvance();
  void whenUserTaskIsNotNamed_thenInstanceStaysActive();
  void whenUserTaskIsNamed_thenResultsAreItsVariables();
  void whenWorkerIsMissing_thenIncidentSaysWhatToPass();
  void whenStub_thenTasksPass();
  void whenStubIsGivenResults_thenTheyAreUsed();
  void whenScriptSaysNoLanguage_thenStubPassesWhatIsNotFeel();
  void whenErrorIsThrown_thenBoundaryCatchesIt();
  void whenErrorIsNotCaught_thenFailed();
  void whenEndlessCycle_thenItFiresAHundredTimes();
  void whenModelDoesNotCompile_thenFindingsAndNoOutcomes();
  void whenOptionIsWrong_thenItIsNamed();
  void whenResultsCannotBeWritten_thenTheRunSaysSo();
  void whenLoopNeverEnds_thenRunIsStopped();
  void whenValueGrowsWithoutEnd_thenIncident();
  void whenTimersOfTwoLevelsAreDue_thenOuterOneEndsAll();
  void whenDefaultFlowHasACondition_thenItIsIgnored();
  void whenProcessDoesNotSayWhetherItRuns_thenItRuns();
  void whenSampleRuns_thenOrderIsFulfilledOrDeclined();
  void whenSeveralProcessesAreStarted_thenOneAfterTheOther();
};

void RunTest::whenScriptAndGateway_thenConditionChoosesTheWay() {
  const std::string model = BpmnBuilder()
                                .Start()
                                .Script("double", "=amount * 2", "total")
                                .Exclusive("large", "large_small")
                                .Script("big", "=\"big\"", "size")
                                .Script("small", "=\"small\"", "size")
                                .End()
                                .Chain({"start", "double", "large"})
                                .Flow("large", "big", "=total > 100")
                                .Flow("large", "small")
                                .Flow("big", "end")
                                .Flow("small", "end")
                                .Xml();
  RunOptions options = Traced();
  options.variables = {"amount=60"};
  const Ran big = RunModel(model, options);
  COMPARE(big.log + big.error, std::string());
  COMPARE(big.Trace(),
          std::string("start:completed double:completed large:completed big:completed end:completed"));
  COMPARE(big.Outcome(), Completed("{\"amount\":60,\"total\":120,\"size\":\"big\"}"));
  QCOMPARE(big.code, 0);
  options.variables = {"amount=1"};
  COMPARE(RunModel(model, options).Outcome(), Completed("{\"amount\":1,\"total\":2,\"size\":\"small\"}"));
}

void RunTest::whenForkAndJoin_thenBothBranchesRunOnce() {
  const Ran ran = RunModel(BpmnBuilder()
                               .Start()
                               .Parallel("fork")
                               .Script("a", "=1", "a")
                               .Script("b", "=2", "b")
                               .Parallel("join")
                               .End()
                               .Chain({"start", "fork", "a", "join", "end"})
                               .Chain({"fork", "b", "join"})
                               .Xml(),
                           Traced());
  COMPARE(ran.Trace(),
          std::string("start:completed fork:completed a:completed b:completed join:completed end:completed"));
  COMPARE(ran.Outcome(), Completed("{\"a\":1,\"b\":2}"));
}

void RunTest::whenTimerCatch_thenClockJumpsUpToAdvance() {
  const std::string model =
      BpmnBuilder().Start().Timer("wait", "timeDuration", "PT1H").End().Chain({"start", "wait", "end"}).Xml();
  RunOptions options = Traced();
  const Ran ran = RunModel(model, options);
  QVERIFY(ran.out.find("\"element\":\"end\",\"type\":\"endEvent\",\"event\":\"completed\",\"at\":\"2026-01-"
                       "01T01:00:00Z\"}") != std::string::npos);
  COMPARE(ran.Outcome(), Completed("{}"));
  options.advance = "PT59M59S";
  COMPARE(RunModel(model, options).Outcome(), Completed("{}", "active"));
  options.advance = "PT1H";
  COMPARE(RunModel(model, options).Outcome(), Completed("{}"));
  options.advance = "PT0S";
  COMPARE(RunModel(model, options).Outcome(), Completed("{}", "active"));
}

void RunTest::whenUserTaskIsNotNamed_thenInstanceStaysActive() {
  const Ran ran =
      RunModel(BpmnBuilder().Start().User("approve").End().Chain({"start", "approve", "end"}).Xml());
  COMPARE(ran.Outcome(), Completed("{}", "active"));
  QCOMPARE(ran.code, 0);
}

void RunTest::whenUserTaskIsNamed_thenResultsAreItsVariables() {
  const std::string model = BpmnBuilder()
                                .Start()
                                .Exclusive("again")
                                .User("ask")
                                .Exclusive("done", "done_again")
                                .End()
                                .Chain({"start", "again", "ask", "done"})
                                .Flow("done", "end", "=ok")
                                .Flow("done", "again")
                                .Xml();
  RunOptions options = Traced();
  options.complete = {"ask={\"ok\":false}", "ask={\"ok\":false}", "ask={\"ok\":true}"};
  const Ran ran = RunModel(model, options);
  COMPARE(ran.Trace(),
          std::string(
              "start:completed again:completed ask:completed done:completed again:completed ask:completed "
              "done:completed again:completed ask:completed done:completed end:completed"));
  COMPARE(ran.Outcome(), Completed("{\"ok\":true}"));
}

void RunTest::whenWorkerIsMissing_thenIncidentSaysWhatToPass() {
  const std::string model =
      BpmnBuilder().Start().Worker("pay", "payment").End().Chain({"start", "pay", "end"}).Xml();
  const Ran ran = RunModel(model);
  QCOMPARE(ran.code, 1);
  QVERIFY(ran.out.find("\"state\":\"failed\"") != std::string::npos);
  QVERIFY(ran.out.find("pass --complete pay=JSON to give its result, or --stub") != std::string::npos);
  RunOptions options;
  options.complete = {"pay={\"receipt\":7}"};
  COMPARE(RunModel(model, options).Outcome(), Completed("{\"receipt\":7}"));
}

void RunTest::whenStub_thenTasksPass() {
  const std::string model = BpmnBuilder()
                                .Start()
                                .Task("plain")
                                .Raw("<manualTask id=\"by_hand\"/><serviceTask id=\"bare\"/>")
                                .Worker("pay", "payment")
                                .Domain("order", "orders.v1.OrderService/CreateOrder")
                                .User("ask")
                                .End()
                                .Chain({"start", "plain", "by_hand", "bare", "pay", "order", "ask", "end"})
                                .Xml();
  RunOptions options = Traced();
  options.stub = true;
  const Ran ran = RunModel(model, options);
  COMPARE(ran.log, std::string());
  COMPARE(ran.Trace(),
          std::string("start:completed plain:completed by_hand:completed bare:completed pay:completed "
                      "order:completed ask:completed end:completed"));
  const Ran without = RunModel(model);
  QCOMPARE(without.code, 1);
  COMPARE(without.out, std::string("{\"outcomes\":[]}\n"));
  for (const char* const id : {"plain", "by_hand", "bare"})
    QVERIFY(without.log.find(id) != std::string::npos);
  QVERIFY(without.log.find("clause 13.3.3") != std::string::npos);
}

void RunTest::whenStubIsGivenResults_thenTheyAreUsed() {
  RunOptions options;
  options.stub = true;
  options.complete = {"pay={\"paid\":1}", "plain={\"seen\":true}", "order={\"id\":\"o1\"}"};
  const Ran ran = RunModel(BpmnBuilder()
                               .Start()
                               .Worker("pay", "payment")
                               .Task("plain")
                               .Domain("order", "orders.v1.OrderService/CreateOrder")
                               .End()
                               .Chain({"start", "pay", "plain", "order", "end"})
                               .Xml(),
                           options);
  COMPARE(ran.log, std::string());
  COMPARE(ran.Outcome(), Completed("{\"paid\":1,\"seen\":true,\"id\":\"o1\"}"));
}

void RunTest::whenScriptSaysNoLanguage_thenStubPassesWhatIsNotFeel() {
  const auto model = [](const std::string& script) {
    return BpmnBuilder()
        .Start()
        .Raw("<scriptTask id=\"work\"><script>" + script + "</script></scriptTask>")
        .End()
        .Chain({"start", "work", "end"})
        .Xml();
  };
  RunOptions options;
  options.stub = true;
  COMPARE(RunModel(model("this.next();"), options).Outcome(), Completed("{}"));
  COMPARE(RunModel(model("{x: 1}"), options).Outcome(), Completed("{\"x\":1}"));
  QCOMPARE(RunModel(model("this.next();")).code, 1);
}

void RunTest::whenErrorIsThrown_thenBoundaryCatchesIt() {
  RunOptions options = Traced();
  options.throws = {"pay=broke"};
  const Ran ran = RunModel(BpmnBuilder()
                               .Error("e", "broke")
                               .Start()
                               .Worker("pay", "payment")
                               .ErrorBoundary("caught", "pay", "e")
                               .End()
                               .End("sorry")
                               .Chain({"start", "pay", "end"})
                               .Flow("caught", "sorry")
                               .Xml(),
                           options);
  COMPARE(ran.log + ran.error, std::string());
  COMPARE(ran.Trace(),
          std::string("start:completed pay:error pay:terminated caught:completed sorry:completed"));
  COMPARE(ran.Outcome(), Completed("{}"));
}

void RunTest::whenErrorIsNotCaught_thenFailed() {
  const Ran ran = RunModel(
      BpmnBuilder().Error("e", "broke").Start().ErrorEnd("end", "e").Chain({"start", "end"}).Xml(), Traced());
  QCOMPARE(ran.code, 1);
  QVERIFY(ran.Outcome().find("\"state\":\"failed\"") != std::string::npos);
  QVERIFY(ran.Outcome().find("no boundary event or event subprocess catches the error broke") !=
          std::string::npos);
}

void RunTest::whenEndlessCycle_thenItFiresAHundredTimes() {
  const Ran ran = RunModel(BpmnBuilder()
                               .Start()
                               .User("ask")
                               .Boundary("remind", "ask", "timeCycle", "R/PT1M", false)
                               .End("reminded")
                               .End()
                               .Chain({"start", "ask", "end"})
                               .Flow("remind", "reminded")
                               .Xml(),
                           Traced());
  size_t count = 0;
  for (size_t at = 0;
       (at = ran.out.find("\"element\":\"reminded\",\"type\":\"endEvent\",\"event\":\"completed\"", at)) !=
       std::string::npos;
       ++at)
    ++count;
  QCOMPARE(count, size_t{100});
  COMPARE(ran.Outcome(), Completed("{}", "active"));
}

void RunTest::whenModelDoesNotCompile_thenFindingsAndNoOutcomes() {
  const Ran ran = RunModel(
      BpmnBuilder().Start().Raw("<manualTask id=\"lift\"/>").End().Chain({"start", "lift", "end"}).Xml());
  QCOMPARE(ran.code, 1);
  COMPARE(ran.out, std::string("{\"outcomes\":[]}\n"));
  QVERIFY(ran.log.find("lift: a manual task says not what to do") != std::string::npos);
  QVERIFY(ran.log.find("(BPMN 2.0.2, clause 13.3.3)") != std::string::npos);
  QCOMPARE(RunModel("<oops").code, 1);
}

void RunTest::whenOptionIsWrong_thenItIsNamed() {
  const std::string model = BpmnBuilder().Start().End().Chain({"start", "end"}).Xml();
  const auto error = [&](auto set) {
    RunOptions options;
    set(options);
    return RunModel(model, options).error;
  };
  QVERIFY(
      error([](RunOptions& it) { it.variables = {"x"}; }).starts_with("--var x: it must be --var NAME=JSON"));
  QVERIFY(error([](RunOptions& it) { it.variables = {"x=oops"}; }).starts_with("--var x=oops"));
  QVERIFY(error([](RunOptions& it) {
            it.complete = {"start"};
          }).starts_with("--complete start: the file has no such task"));
  QVERIFY(error([](RunOptions& it) { it.throws = {"x"}; }).starts_with("--throw x"));
  QVERIFY(error([](RunOptions& it) { it.advance = "1 hour"; }).starts_with("--advance 1 hour"));
  QVERIFY(error([](RunOptions& it) { it.processes = {"other"}; }).starts_with("--process other"));
  QVERIFY(error([](RunOptions& it) { it.sent = {{false, ":key"}}; }).starts_with("--message :key"));
}

void RunTest::whenResultsCannotBeWritten_thenTheRunSaysSo() {
  std::ofstream full("/dev/full");
  std::ostringstream log;
  const std::string model = BpmnBuilder().Start().End().Chain({"start", "end"}).Xml();
  QVERIFY(absl::IsUnavailable(Run(model, {}, full, log).status()));
}

void RunTest::whenLoopNeverEnds_thenRunIsStopped() {
  const Ran ran = RunModel(BpmnBuilder()
                               .Start()
                               .Exclusive("again")
                               .Script("work", "=1", "x")
                               .Chain({"start", "again", "work", "again"})
                               .Xml());
  QVERIFY(ran.log.find("does not come to rest") != std::string::npos);
  COMPARE(ran.Outcome(), Completed("{\"x\":1}", "active"));
}

void RunTest::whenValueGrowsWithoutEnd_thenIncident() {
  // Small in memory, since it is shared; endless once it is written out.
  RunOptions options;
  options.variables = {"v=[]"};
  const Ran ran = RunModel(BpmnBuilder()
                               .Start()
                               .Exclusive("again")
                               .Script("work", "=append(v, v)", "v")
                               .Chain({"start", "again", "work", "again"})
                               .Xml(),
                           options);
  QCOMPARE(ran.code, 1);
  QVERIFY(ran.Outcome().find("larger than 10,000,000") != std::string::npos);
}

void RunTest::whenTimersOfTwoLevelsAreDue_thenOuterOneEndsAll() {
  const auto model = [](std::string_view outer, std::string_view inner) {
    return BpmnBuilder()
        .Start()
        .BeginSub("outer")
        .Start("so")
        .BeginSub("inner")
        .Start("si")
        .User("ask")
        .Chain({"si", "ask"})
        .EndSub()
        .Boundary("inner_late", "inner", "timeDuration", inner)
        .Chain({"so", "inner"})
        .EndSub()
        .Boundary("outer_late", "outer", "timeDuration", outer)
        .Chain({"start", "outer"})
        .Xml();
  };
  COMPARE(RunModel(model("PT2S", "PT1S"), Traced()).Trace(),
          std::string("start:completed so:completed si:completed ask:terminated "
                      "inner:terminated inner_late:completed outer:completed"));
  COMPARE(RunModel(model("PT1S", "PT1S"), Traced()).Trace(),
          std::string("start:completed so:completed si:completed ask:terminated "
                      "inner:terminated outer:terminated outer_late:completed"));
}

void RunTest::whenDefaultFlowHasACondition_thenItIsIgnored() {
  for (const char* const condition : {"=true", "=false", "${not.feel}"}) {
    const Ran ran = RunModel(BpmnBuilder()
                                 .Start()
                                 .Exclusive("choose", "choose_other")
                                 .End("one")
                                 .End("other")
                                 .Flow("start", "choose")
                                 .Flow("choose", "one", "=false")
                                 .Flow("choose", "other", condition)
                                 .Xml(),
                             Traced());
    COMPARE(ran.Trace(), std::string("start:completed choose:completed other:completed"));
  }
}

void RunTest::whenProcessDoesNotSayWhetherItRuns_thenItRuns() {
  const std::string model = BpmnBuilder().Start().End().Chain({"start", "end"}).Xml();
  const auto with = [&](const std::string& attribute) {
    std::string xml = model;
    xml.replace(xml.find("isExecutable=\"true\""), 19, attribute);
    return RunModel(xml);
  };
  COMPARE(with("").Outcome(), Completed("{}"));
  QCOMPARE(with("isExecutable=\"false\"").code, 1);
  QCOMPARE(with("processType=\"Public\"").code, 1);
}

void RunTest::whenSampleRuns_thenOrderIsFulfilledOrDeclined() {
  std::ifstream in(qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".").toStdString() +
                       "/resources/sample/processes/order-to-cash.bpmn",
                   std::ios::binary);
  const std::string model{std::istreambuf_iterator<char>(in), {}};
  RunOptions options = Traced();
  options.variables = {"customer=\"Ada\"", "amount=600"};
  options.complete = {"RecordOrder={\"order_id\":\"o-1\",\"status\":\"RECORDED\"}",
                      "ApproveOrder={\"approved\":true}", "ShipOrder={\"status\":\"SHIPPED\"}",
                      "CancelOrder={\"status\":\"CANCELED\"}"};
  const Ran approved = RunModel(model, options);
  COMPARE(approved.log + approved.error, std::string());
  QCOMPARE(approved.code, 0);
  QVERIFY(approved.Trace().ends_with("Join:completed OrderFulfilled:completed"));
  QVERIFY(approved.Outcome().find("\"orderStatus\":\"SHIPPED\"") != std::string::npos);
  QVERIFY(approved.Outcome().find("\"total\":720") != std::string::npos);
  options.complete[1] = "ApproveOrder={\"approved\":false}";
  const Ran declined = RunModel(model, options);
  QVERIFY(declined.Trace().ends_with("CancelOrder:completed OrderDeclined:completed"));
  // Nobody approves: after ten minutes sales is reminded, and the task stays open.
  options.complete.erase(options.complete.begin() + 1);
  const Ran waiting = RunModel(model, options);
  QVERIFY(waiting.Trace().ends_with("ApprovalLate:completed RemindSales:completed SalesReminded:completed"));
  QVERIFY(waiting.Outcome().find("\"state\":\"active\"") != std::string::npos);
}

void RunTest::whenSeveralProcessesAreStarted_thenOneAfterTheOther() {
  const std::string model =
      BpmnBuilder("one")
          .Start()
          .Timer("wait", "timeDuration", "PT1H")
          .End()
          .Chain({"start", "wait", "end"})
          .Root("<process id=\"two\" isExecutable=\"true\"><startEvent id=\"begin\"/></process>")
          .Xml();
  QVERIFY(RunModel(model).error.find("two, one") != std::string::npos);
  RunOptions options = Traced();
  options.processes = {"one", "two"};
  const Ran ran = RunModel(model, options);
  COMPARE(ran.Trace(), std::string("start:completed begin:completed wait:completed end:completed"));
}

namespace {

std::string DecisionModel(const std::string& name, const std::string& body) {
  return "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"" + name + "\" name=\"" +
         name + "\" namespace=\"urn:" + name + "\">" + body + "</definitions>";
}

std::string LiteralDecision(const std::string& id, const std::string& input, const std::string& text) {
  return "<inputData id=\"in_" + id + "\" name=\"" + input + "\"><variable name=\"" + input +
         "\"/></inputData><decision id=\"" + id + "\" name=\"" + id + "\"><variable name=\"" + id +
         "\"/><informationRequirement id=\"r_" + id + "\"><requiredInput href=\"#in_" + id +
         "\"/></informationRequirement><literalExpression id=\"l_" + id + "\"><text>" + text +
         "</text></literalExpression></decision>";
}

std::string RuleTask(const std::string& decision) {
  return BpmnBuilder()
      .Start()
      .Raw("<businessRuleTask id=\"decide\"><extensionElements><zeebe:calledDecision decisionId=\"" +
           decision + "\" resultVariable=\"result\"/></extensionElements></businessRuleTask>")
      .End()
      .Chain({"start", "decide", "end"})
      .Xml();
}

RunOptions With(std::vector<RunOptions::OtherFile> others) {
  RunOptions options;
  options.others = [others = std::move(others)] { return others; };
  return options;
}

}  // namespace

void RunTest::whenABusinessRuleTaskCallsADecision_thenItIsMadeWithTheTimeOfTheStep() {
  const std::string rates =
      DecisionModel("rates", LiteralDecision("rate", "amount", "if amount &gt; 100 then 2 else 1"));
  const std::string discount = DecisionModel(
      "discount",
      "<import id=\"im\" name=\"rates\" namespace=\"urn:rates\" "
      "importType=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"/>"
      "<decision id=\"discount\" name=\"discount\"><variable name=\"discount\"/>"
      "<informationRequirement id=\"q\"><requiredDecision href=\"urn:rates#rate\"/></informationRequirement>"
      "<literalExpression id=\"l\"><text>{rate: rates.rate, day: string(today())}</text></literalExpression>"
      "</decision>");
  RunOptions options = With({{"discount.dmn", discount}, {"rates.dmn", rates}});
  options.variables = {"rates={\"amount\":150}"};
  const Ran ran = RunModel(RuleTask("discount"), options);
  COMPARE(ran.log, std::string());
  COMPARE(ran.Outcome(),
          Completed("{\"rates\":{\"amount\":150},\"result\":{\"rate\":2,\"day\":\"2026-01-01\"}}"));
}

void RunTest::whenADecisionIsMissingDoubledOrWrong_thenTheTaskHasAFinding() {
  const std::string good = DecisionModel("a", LiteralDecision("rate", "amount", "amount"));
  const auto log = [](const std::vector<RunOptions::OtherFile>& others) {
    const Ran ran = RunModel(RuleTask("rate"), With(others));
    return ran.code == 1 ? ran.log : std::string();
  };
  QVERIFY(log({}).find("decide: there are no") == std::string::npos);
  QVERIFY2(log({}).find("decide: the decision rate is in none of the decision models") != std::string::npos,
           log({}).c_str());
  QVERIFY(log({{"a.dmn", good}, {"b.dmn", good}}).find("is in both a.dmn and b.dmn") != std::string::npos);
  const std::string bad =
      DecisionModel("a", LiteralDecision("rate", "amount", "1 +") + LiteralDecision("fine", "x", "x"));
  QVERIFY2(log({{"a.dmn", bad}}).find("cannot be evaluated: a.dmn:1: ") != std::string::npos,
           log({{"a.dmn", bad}}).c_str());
  // What is wrong elsewhere in the file does not matter.
  COMPARE(RunModel(RuleTask("fine"), With({{"a.dmn", bad}})).log, std::string());
  const Ran computed = RunModel(RuleTask("=name"), With({{"a.dmn", good}}));
  QVERIFY(computed.log.find("the decision's id is computed") != std::string::npos);
}

void RunTest::whenACallLeadsToAnotherFile_thenTheCalledProcessRunsInside() {
  const std::string calling = BpmnBuilder()
                                  .Start()
                                  .Raw("<callActivity id=\"call\" calledElement=\"other\"/>")
                                  .Script("after", "=x + 1", "y")
                                  .End()
                                  .Chain({"start", "call", "after", "end"})
                                  .Xml();
  const std::string other = BpmnBuilder("other")
                                .Start("os")
                                .Script("inside", "=41", "x")
                                .Raw("<callActivity id=\"deeper\" calledElement=\"third\"/>")
                                .End("oe")
                                .Chain({"os", "inside", "deeper", "oe"})
                                .Xml();
  // The third calls the first again while `deep` is true, which it is not.
  const std::string third = BpmnBuilder("third")
                                .Start("ts")
                                .Exclusive("again", "again_out")
                                .Raw("<callActivity id=\"back\" calledElement=\"process\"/>")
                                .End("out")
                                .End("be")
                                .Flow("ts", "again")
                                .Flow("again", "back", "=deep = true")
                                .Flow("again", "out")
                                .Flow("back", "be")
                                .Xml();
  RunOptions options = With({{"sub/other.bpmn", other}, {"third.bpmn", third}});
  options.trace = true;
  const Ran ran = RunModel(calling, options);
  COMPARE(ran.log, std::string());
  COMPARE(
      ran.Trace(),
      std::string("start:completed os:completed inside:completed ts:completed again:completed out:completed "
                  "third:completed deeper:completed oe:completed other:completed call:completed "
                  "after:completed end:completed"));
  QVERIFY(ran.Outcome().find("\"y\":42") != std::string::npos);
  const std::string broken =
      BpmnBuilder("other").Start("os").Task("t").End("oe").Chain({"os", "t", "oe"}).Xml();
  const Ran refused = RunModel(calling, With({{"sub/other.bpmn", broken}}));
  QVERIFY2(
      refused.log.find("call: what it calls cannot be executed: sub/other.bpmn:4: t: ") != std::string::npos,
      refused.log.c_str());
}

void RunTest::whenAProcessIsNotExecutableButNamed_thenItRuns() {
  const std::string model =
      BpmnBuilder()
          .Start()
          .End()
          .Chain({"start", "end"})
          .Root("<process id=\"drawn\" isExecutable=\"false\"><startEvent id=\"begin\"/></process>")
          .Xml();
  RunOptions options = Traced();
  options.processes = {"drawn"};
  COMPARE(RunModel(model, options).Trace(), std::string("begin:completed"));
  options.processes = {};
  COMPARE(RunModel(model, options).Trace(), std::string("start:completed end:completed"));
}

void RunTest::whenACycleIsACalendar_thenItFiresAtItsTimes() {
  BpmnBuilder model;
  model.Start().User("wait").End().Chain({"start", "wait", "end"});
  model.Boundary("daily", "wait", "timeCycle", "0 30 9 ? * MON-FRI", false).End("told").Flow("daily", "told");
  RunOptions options = Traced();
  options.advance = "P5D";  // from Thursday, 1 January 2026
  const Ran ran = RunModel(model.Xml(), options);
  COMPARE(ran.log, std::string());
  COMPARE(ran.Trace(),
          std::string(
              "start:completed daily:completed told:completed daily:completed told:completed daily:completed "
              "told:completed"));
  QVERIFY(ran.out.find("\"at\":\"2026-01-05T09:30:00Z\"") != std::string::npos);
  const Ran refused = RunModel(
      BpmnBuilder().Start().Timer("t", "timeCycle", "0 61 * * * *").End().Chain({"start", "t", "end"}).Xml());
  QVERIFY(refused.log.find("t: the timer's time cannot be read") != std::string::npos);
}

QTEST_APPLESS_MAIN(RunTest)
#include "run_test.moc"
