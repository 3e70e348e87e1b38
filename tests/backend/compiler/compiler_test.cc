#include <QtTest>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "backend/compiler/bundle.h"
#include "backend/compiler/compile.h"
#include "backend/engine/plan/plan_codec.h"
#include "base/hash.h"
#include "notation/xml/intake.h"
#include "tests/backend/bpmn_builder.h"

using namespace ameide;            // NOLINT
using namespace ameide::compiler;  // NOLINT

#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString::fromStdString(expected))

namespace {

CompileResult CompileText(const std::string& xml, const CompileOptions& options = {}) {
  const auto intake = xml::Accept(xml);
  if (!intake.ok()) qFatal("%s", std::string(intake.status().message()).c_str());
  const auto document = uaf::document::Document::Import(intake->import, xml, {});
  if (!document.ok()) qFatal("%s", std::string(document.status().message()).c_str());
  return Compile(*document, options);
}

std::string SourceDir() { return qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".").toStdString(); }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// start → X → end, where X is the element under test.
BpmnBuilder Around(const std::string& xml, const std::string& id = "x") {
  return BpmnBuilder().Start().Raw(xml).End().Chain({"start", id, "end"});
}

std::string AllFindings(const CompileResult& result) {
  std::string text;
  for (const CompileFinding& finding : result.findings) text += FormatFinding(finding) + "\n";
  return text;
}

BundleArtifact SampleProcess() {
  return {"processes/order-to-cash.bpmn", "bpmn", "a1",
          ReadFile(SourceDir() + "/resources/sample/processes/order-to-cash.bpmn")};
}

BundleArtifact SampleDomain() {
  return {"domains/orders.proto", "proto", "a2",
          ReadFile(SourceDir() + "/resources/sample/domains/orders.proto")};
}

}  // namespace

class CompilerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenElementIsNotSupported_thenFindingHasElementAndClause_data();
  void whenElementIsNotSupported_thenFindingHasElementAndClause();
  void whenEverythingIsSupported_thenNoFinding();
  void whenALinkNamesItsEnds_thenTheirNamesDoNotMatter();
  void whenAStartEventHasAForm_thenNoFinding();
  void whenALoopHasNoRounds_thenNoFinding();
  void whenModelIsWrittenDifferently_thenSamePlan();
  void whenModelMeansSomethingElse_thenOtherDigest();
  void whenOutgoingHasAnOrder_thenConditionsFollowIt();
  void whenProcessIsNotExecutable_thenFinding();
  void whenFileHasSeveralProcesses_thenAPlanForEach();
  void whenLintFindsAnError_thenItIsAFinding();
  void whenConditionIsRefused_thenThatIsTheOnlyFinding();
  void whenStubbed_thenSimulationOnlyNeedsNoImplementation();
  void whenStartEventsShareAConversation_thenThePlanSaysSo();
  void whenAProcessTakesPartInOneOfSeveralConversations_thenItsKeyCounts();
  void whenATimerBeginsTheProcessToo_thenItIsInNoConversation();
  void whenAConversationCannotBeTold_thenFinding();
  void whenSampleIsCompiled_thenPlanReadsBack();
  void whenForeignModelsAreCompiled_thenFindingsOrPlans();
  void whenBundleIsBuilt_thenOrderOfArtifactsDoesNotMatter();
  void whenDomainIsMissing_thenFinding();
  void whenTwoArtifactsHaveOneProcess_thenFinding();
  void whenProtosCannotBeHosted_thenFinding();
  void whenArtifactIsBroken_thenFindingNamesTheFile();
  void whenManifestIsForeign_thenRefused();
};

void CompilerTest::whenElementIsNotSupported_thenFindingHasElementAndClause_data() {
  QTest::addColumn<QString>("xml");
  QTest::addColumn<QString>("element");
  QTest::addColumn<QString>("clause");
  const auto row = [](const char* name, const std::string& xml, const char* element, const char* clause) {
    QTest::newRow(name) << QString::fromStdString(xml) << QString(element) << QString(clause);
  };
  const auto around = [&](const char* name, const std::string& xml, const char* clause) {
    row(name, Around(xml).Xml(), "x", clause);
  };
  row("complex gateway without condition",
      BpmnBuilder()
          .Start()
          .Parallel("fork")
          .Raw("<complexGateway id=\"x\"/>")
          .End()
          .Flow("start", "fork")
          .Raw("<sequenceFlow id=\"one\" sourceRef=\"fork\" targetRef=\"x\"/>"
               "<sequenceFlow id=\"two\" sourceRef=\"fork\" targetRef=\"x\"/>")
          .Flow("x", "end")
          .Xml(),
      "x", "13.4.5");
  row("parallel event-based gateway that begins nothing",
      BpmnBuilder()
          .Start()
          .Raw("<eventBasedGateway id=\"x\" eventGatewayType=\"Parallel\"/>")
          .Timer("a", "timeDuration", "PT1S")
          .Timer("b", "timeDuration", "PT2S")
          .End()
          .Flow("start", "x")
          .Chain({"x", "a", "end"})
          .Chain({"x", "b", "end"})
          .Xml(),
      "x", "10.6.6");
  around("untyped task", "<task id=\"x\"/>", "13.3.3");
  around("manual task", "<manualTask id=\"x\"/>", "13.3.3");
  around("receive task", "<receiveTask id=\"x\"/>", "13.3.3");
  around("send task", "<sendTask id=\"x\"/>", "13.3.3");
  around("business rule task", "<businessRuleTask id=\"x\"/>", "13.3.3");
  around("service task without implementation", "<serviceTask id=\"x\"/>", "13.3.3");
  around("script task without script", "<scriptTask id=\"x\"/>", "13.3.3");
  around("script in another language",
         "<scriptTask id=\"x\" scriptFormat=\"groovy\"><script>1</script></scriptTask>", "13.3.3");
  around("call activity", "<callActivity id=\"x\" calledElement=\"p\"/>", "13.3.4");
  around("standard loop without end", "<userTask id=\"x\"><standardLoopCharacteristics/></userTask>",
         "13.3.6");
  around("standard loop of nothing",
         "<userTask id=\"x\"><standardLoopCharacteristics loopMaximum=\"-1\"/></userTask>", "10.3.8");
  around("multiple instances without number",
         "<userTask id=\"x\"><multiInstanceLoopCharacteristics/></userTask>", "13.3.7");
  around("start quantity zero", "<userTask id=\"x\" startQuantity=\"0\"/>", "10.3");
  around("completion quantity zero", "<userTask id=\"x\" completionQuantity=\"0\"/>", "10.3");
  around("message of no name",
         "<intermediateCatchEvent id=\"x\"><messageEventDefinition/></intermediateCatchEvent>", "10.5.5");
  around("signal of no name",
         "<intermediateThrowEvent id=\"x\"><signalEventDefinition/></intermediateThrowEvent>", "10.5.5");
  around("condition of no text",
         "<intermediateCatchEvent id=\"x\"><conditionalEventDefinition/></intermediateCatchEvent>", "10.5.5");
  around("link to nowhere",
         "<intermediateThrowEvent id=\"x\"><linkEventDefinition name=\"l\"/></intermediateThrowEvent>",
         "10.5.5");
  around("timer without time",
         "<intermediateCatchEvent id=\"x\"><timerEventDefinition/></intermediateCatchEvent>", "10.5.5");
  around("timer that is not ISO 8601",
         "<intermediateCatchEvent id=\"x\"><timerEventDefinition><timeDuration>5 "
         "minutes</timeDuration></timerEventDefinition>"
         "</intermediateCatchEvent>",
         "10.5.5");
  around("priority that is too high",
         "<userTask id=\"x\"><extensionElements><zeebe:priorityDefinition "
         "priority=\"101\"/></extensionElements></userTask>",
         "10.3.3");
  around("due date that is no date",
         "<userTask id=\"x\"><extensionElements><zeebe:taskSchedule "
         "dueDate=\"tomorrow\"/></extensionElements></userTask>",
         "10.3.3");
  around("computed decision",
         "<businessRuleTask id=\"x\"><extensionElements><zeebe:calledDecision "
         "decisionId=\"=d\" resultVariable=\"r\"/></extensionElements></businessRuleTask>",
         "13.3.3");
  around("potential owner who is nobody", "<userTask id=\"x\"><potentialOwner/></userTask>", "10.3.1");
  const auto owner = [&](const char* name, const std::string& owners) {
    around(name, "<userTask id=\"x\">" + owners + "</userTask>", "10.3.1");
  };
  const auto assigned = [](const std::string& role, const std::string& expression) {
    return "<" + role + "><resourceAssignmentExpression><formalExpression>" + expression +
           "</formalExpression></resourceAssignmentExpression></" + role + ">";
  };
  owner("potential owner that is not FEEL", assigned("potentialOwner", "1 +"));
  owner("two performers", assigned("humanPerformer", "\"a\"") + assigned("performer", "\"b\""));
  owner("resource role of no kind", assigned("resourceRole", "\"a\""));
  const auto http = [&](const char* name, const std::string& attributes, const std::string& inner,
                        const char* clause) {
    around(name,
           "<serviceTask id=\"x\"><extensionElements><ameide:httpCall " + attributes + ">" + inner +
               "</ameide:httpCall></extensionElements></serviceTask>",
           clause);
  };
  const std::string url = "url=\"https://a.example.com/\" ";
  http("HTTP call to no server", "url=\"a.example.com\"", "", "13.3.3");
  http("HTTP call by no method", url + "method=\"FETCH\"", "", "13.3.3");
  http("HTTP call of a url that is not FEEL", "url=\"=1 +\"", "", "8.4.6");
  http("HTTP call that waits for ever", url + "timeout=\"P1D\"", "", "13.3.3");
  http("HTTP call with a secret in its body", url + "body=\"{{secrets.A}}\"", "", "13.3.3");
  http("HTTP call with a secret of no name", url, "<ameide:header name=\"A\" value=\"{{secrets.}}\"/>",
       "13.3.3");
  http("HTTP call with a header of its own", url, "<ameide:header name=\"Host\" value=\"b\"/>", "13.3.3");
  http("HTTP call with a header twice", url,
       "<ameide:header name=\"A\" value=\"b\"/><ameide:header name=\"a\" value=\"b\"/>", "13.3.3");
  http("HTTP call with an error of no status", url, "<ameide:error status=\"900\" code=\"c\"/>", "13.3.3");
  around("unknown extension",
         "<userTask id=\"x\"><extensionElements><zeebe:executionListeners/></extensionElements></userTask>",
         "8.2.3");
  around("extension at the wrong place",
         "<userTask id=\"x\"><extensionElements><zeebe:taskDefinition "
         "type=\"t\"/></extensionElements></userTask>",
         "8.2.3");
  around("mapping at a gateway",
         "<exclusiveGateway "
         "id=\"x\"><extensionElements><zeebe:ioMapping/></extensionElements></exclusiveGateway>",
         "8.2.3");
  around("domain call without method",
         "<serviceTask id=\"x\"><extensionElements><ameide:domainCall domain=\"d\" "
         "command=\"CreateOrder\"/></extensionElements></serviceTask>",
         "13.3.3");
  around("retries that are no number",
         "<serviceTask id=\"x\"><extensionElements><zeebe:taskDefinition type=\"t\" "
         "retries=\"many\"/></extensionElements></serviceTask>",
         "13.3.3");
  around("mapping without target",
         "<userTask id=\"x\"><extensionElements><zeebe:ioMapping><zeebe:input source=\"=1\" "
         "target=\"\"/></zeebe:ioMapping>"
         "</extensionElements></userTask>",
         "10.4.2");
  around("mapping that is not FEEL",
         "<userTask id=\"x\"><extensionElements><zeebe:ioMapping><zeebe:input source=\"=1 +\" "
         "target=\"a\"/></zeebe:ioMapping>"
         "</extensionElements></userTask>",
         "8.4.6");
  row("nothing begins", BpmnBuilder("x").User("a").User("b").Chain({"a", "b", "a"}).Xml(), "x", "13.2");
  row("no flow leads here", BpmnBuilder().Start().User("x").End().Chain({"start", "end"}).Xml(), "x",
      "10.5.2");
  row("condition of another language",
      BpmnBuilder()
          .Start()
          .Exclusive("g", "g_b")
          .User("a")
          .User("b")
          .Flow("start", "g")
          .Flow("g", "b")
          .Raw("<sequenceFlow id=\"x\" sourceRef=\"g\" targetRef=\"a\"><conditionExpression "
               "language=\"groovy\">1</conditionExpression>"
               "</sequenceFlow>")
          .Xml(),
      "x", "8.4.13");
  row("condition that is not FEEL",
      BpmnBuilder()
          .Start()
          .Exclusive("g", "g_b")
          .User("a")
          .User("b")
          .Flow("start", "g")
          .Flow("g", "b")
          .Flow("g", "a", "${x}")
          .Xml(),
      "g_a", "8.4.6");
  row("gateway without condition",
      BpmnBuilder()
          .Start()
          .Exclusive("x")
          .User("a")
          .User("b")
          .Flow("start", "x")
          .Flow("x", "a")
          .Flow("x", "b")
          .Xml(),
      "x_a", "13.4.2");
  row("must understand",
      BpmnBuilder().Start().End().Chain({"start", "end"}).Root("<extension mustUnderstand=\"true\"/>").Xml(),
      "", "8.2.3");
}

void CompilerTest::whenElementIsNotSupported_thenFindingHasElementAndClause() {
  QFETCH(QString, xml);
  QFETCH(QString, element);
  QFETCH(QString, clause);
  const CompileResult result = CompileText(xml.toStdString());
  QVERIFY(!result.ok());
  QVERIFY(result.processes.empty());
  bool found = false;
  for (const CompileFinding& finding : result.findings) {
    QVERIFY(!finding.reason.empty() && !finding.clause.empty());
    found = found || (finding.element == element.toStdString() && finding.clause == clause.toStdString() &&
                      finding.line > 0);
  }
  QVERIFY2(found, AllFindings(result).c_str());
}

void CompilerTest::whenEverythingIsSupported_thenNoFinding() {
  const CompileResult result =
      CompileText(BpmnBuilder()
                      .Start()
                      .BeginSub("sub")
                      .Start("s")
                      .Domain("call", "orders.v1.OrderService/CreateOrder")
                      .Flow("s", "call")
                      .EndSub()
                      .Boundary("late", "sub", "timeDate", "=deadline")
                      .Worker("work", "w")
                      .User("ask")
                      .Parallel("fork")
                      .Raw("<dataObject id=\"d\"/>")
                      .End()
                      .End("end_2")
                      .Chain({"start", "sub", "work", "ask", "fork", "end"})
                      .Flow("fork", "end_2")
                      .Flow("late", "end")
                      .Raw("<textAnnotation id=\"note\"><text>note</text></textAnnotation>")
                      .Xml());
  COMPARE(AllFindings(result), std::string());
  QCOMPARE(result.processes.size(), size_t{1});
}

void CompilerTest::whenALinkNamesItsEnds_thenTheirNamesDoNotMatter() {
  for (const bool by_target : {true, false}) {
    const std::string target = by_target ? "<target>in</target>" : "";
    const std::string source = by_target ? "" : "<source>out</source>";
    const CompileResult result = CompileText(
        BpmnBuilder()
            .Start()
            .Raw("<intermediateThrowEvent id=\"t\"><linkEventDefinition id=\"out\" name=\"to page 2\">" +
                 target + "</linkEventDefinition></intermediateThrowEvent>")
            .Raw("<intermediateCatchEvent id=\"c\"><linkEventDefinition id=\"in\" name=\"from page 1\">" +
                 source + "</linkEventDefinition></intermediateCatchEvent>")
            .End()
            .Chain({"start", "t"})
            .Chain({"c", "end"})
            .Xml());
    COMPARE(AllFindings(result), std::string());
    QCOMPARE(result.processes[0].plan.flows.size(), size_t{3});
  }
}

void CompilerTest::whenAStartEventHasAForm_thenNoFinding() {
  const CompileResult result =
      CompileText(BpmnBuilder()
                      .Raw("<startEvent id=\"start\"><extensionElements><zeebe:formDefinition "
                           "formId=\"order\"/></extensionElements></startEvent>")
                      .End()
                      .Chain({"start", "end"})
                      .Xml());
  COMPARE(AllFindings(result), std::string());
}

void CompilerTest::whenALoopHasNoRounds_thenNoFinding() {
  const CompileResult result = CompileText(
      Around("<userTask id=\"x\"><standardLoopCharacteristics loopMaximum=\"0\"/></userTask>").Xml());
  COMPARE(AllFindings(result), std::string());
  QCOMPARE(result.processes[0].plan.nodes[2].loop.maximum, std::optional<uint64_t>(0));
}

void CompilerTest::whenModelIsWrittenDifferently_thenSamePlan() {
  const std::string plain =
      BpmnBuilder().Start().Script("s", "=1", "x").End().Chain({"start", "s", "end"}).Xml();
  // Another prefix, other white space, comments, a diagram: nothing that is executed.
  std::string other = plain;
  const auto replace = [&](const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = other.find(from, at)) != std::string::npos; at += to.size())
      other.replace(at, from.size(), to);
  };
  replace("xmlns=\"http://www.omg.org/spec/BPMN", "xmlns:b=\"http://www.omg.org/spec/BPMN");
  for (const char* const name : {"definitions", "process", "startEvent", "endEvent", "scriptTask",
                                 "extensionElements", "sequenceFlow"}) {
    replace(std::string("<") + name, std::string("<b:") + name);
    replace(std::string("</") + name, std::string("</b:") + name);
  }
  replace("\n", "\n  <!-- note -->\n");
  other.replace(0, other.find('\n') + 1, "<?xml version='1.0'?>");
  const CompileResult first = CompileText(plain), second = CompileText(other);
  QVERIFY(first.ok());
  COMPARE(AllFindings(second), std::string());
  QVERIFY(first.processes[0].bytes == second.processes[0].bytes);
  COMPARE(first.processes[0].digest, Sha256(first.processes[0].bytes).Hex());
  const auto decoded = engine::DecodePlan(first.processes[0].bytes);
  QVERIFY(decoded.ok() && engine::EncodePlan(*decoded) == first.processes[0].bytes);
}

void CompilerTest::whenModelMeansSomethingElse_thenOtherDigest() {
  const auto digest = [](const std::string& script) {
    return CompileText(
               BpmnBuilder().Start().Script("s", script, "x").End().Chain({"start", "s", "end"}).Xml())
        .processes[0]
        .digest;
  };
  QVERIFY(digest("=1") != digest("=2"));
  COMPARE(digest("=1"), digest("=1"));
}

void CompilerTest::whenOutgoingHasAnOrder_thenConditionsFollowIt() {
  const CompileResult result =
      CompileText(BpmnBuilder()
                      .Start()
                      .Raw("<exclusiveGateway "
                           "id=\"g\"><outgoing>g_b</outgoing><outgoing>g_a</outgoing></exclusiveGateway>")
                      .User("a")
                      .User("b")
                      .Flow("start", "g")
                      .Flow("g", "a", "=x > 1")
                      .Flow("g", "b", "=x > 0")
                      .Xml());
  COMPARE(AllFindings(result), std::string());
  const engine::Plan& plan = result.processes[0].plan;
  for (const engine::Node& node : plan.nodes) {
    if (node.id == "g") COMPARE(plan.flows[node.outgoing[0]].id, std::string("g_b"));
  }
}

void CompilerTest::whenProcessIsNotExecutable_thenFinding() {
  std::string xml = BpmnBuilder().Start().End().Chain({"start", "end"}).Xml();
  xml.replace(xml.find("isExecutable=\"true\""), 19, "isExecutable=\"false\"");
  const CompileResult result = CompileText(xml);
  QVERIFY(AllFindings(result).find("isExecutable") != std::string::npos);
  QVERIFY(!CompileText("<a/>").ok());
}

void CompilerTest::whenFileHasSeveralProcesses_thenAPlanForEach() {
  const CompileResult result =
      CompileText(BpmnBuilder("one")
                      .Start()
                      .End()
                      .Chain({"start", "end"})
                      .Root("<process id=\"drawn\"><task id=\"anything\"/></process>"
                            "<process id=\"two\" isExecutable=\"true\"><userTask id=\"ask\"/></process>")
                      .Xml());
  COMPARE(AllFindings(result), std::string());
  QCOMPARE(result.processes.size(), size_t{2});
  COMPARE(result.processes[0].plan.process_id(), std::string("two"));
  COMPARE(result.processes[1].plan.process_id(), std::string("one"));
}

void CompilerTest::whenLintFindsAnError_thenItIsAFinding() {
  const CompileResult result =
      CompileText(BpmnBuilder().Start().User("ask").User("ask").End().Chain({"start", "ask", "end"}).Xml());
  QVERIFY(AllFindings(result).find("(BPMN 2.0.2, clause 8.2.1, rule bpmn/duplicate-id)") !=
          std::string::npos);
}

void CompilerTest::whenConditionIsRefused_thenThatIsTheOnlyFinding() {
  const CompileResult result = CompileText(BpmnBuilder()
                                               .Start()
                                               .Exclusive("g", "g_b")
                                               .End("a")
                                               .End("b")
                                               .Flow("start", "g")
                                               .Flow("g", "a", "${approved}")
                                               .Flow("g", "b")
                                               .Xml());
  QCOMPARE(result.findings.size(), size_t{1});
  COMPARE(result.findings[0].element, std::string("g_a"));
  COMPARE(result.findings[0].clause, std::string("8.4.6"));
}

void CompilerTest::whenStubbed_thenSimulationOnlyNeedsNoImplementation() {
  const std::string xml = Around("<serviceTask id=\"x\"/>").Xml();
  CompileOptions options;
  options.stub = true;
  QVERIFY(!CompileText(xml, options).ok());  // the embedded engine runs no stubs
  options.target = Target::kSimulation;
  QVERIFY(CompileText(xml, options).ok());
  options.stub = false;
  QVERIFY(AllFindings(CompileText(xml, options)).find("or run with --stub") != std::string::npos);
}

namespace {

constexpr char kFlows[] =
    "<messageFlow id=\"f1\" sourceRef=\"them\" targetRef=\"ordered\"/>"
    "<messageFlow id=\"f2\" sourceRef=\"them\" targetRef=\"paid\"/>";
constexpr char kNamedFlows[] = "<messageFlowRef>f1</messageFlowRef><messageFlowRef>f2</messageFlowRef>";

/// Two start events.
BpmnBuilder Sale() {
  BpmnBuilder model("process");
  model.MessageStart("ordered", "order").MessageStart("paid", "payment").User("work").End();
  return model.Chain({"ordered", "work", "end"}).Flow("paid", "work");
}

std::vector<std::vector<engine::Index>> ConversationsOf(const BpmnBuilder& model) {
  const CompileResult result = CompileText(model.Xml(), {.form_matters = false});
  if (!result.ok()) qWarning("%s", AllFindings(result).c_str());
  return result.ok() ? result.processes[0].plan.conversations : std::vector<std::vector<engine::Index>>{{99}};
}

}  // namespace

void CompilerTest::whenStartEventsShareAConversation_thenThePlanSaysSo() {
  const std::vector<std::vector<engine::Index>> both = {{1, 2}};
  const std::vector<std::string> messages = {"order", "payment"};
  QVERIFY(ConversationsOf(Sale().Conversation(messages, messages)) == both);
  QVERIFY(ConversationsOf(Sale().Conversation(messages, messages, kFlows, kNamedFlows)) == both);
  // It is another conversation, or none, or not this start event's.
  QVERIFY(ConversationsOf(Sale().Conversation(messages, {"order"})).empty());
  QVERIFY(
      ConversationsOf(Sale().Conversation(messages, messages, kFlows, "<messageFlowRef>f1</messageFlowRef>"))
          .empty());
}

void CompilerTest::whenAProcessTakesPartInOneOfSeveralConversations_thenItsKeyCounts() {
  const std::vector<std::string> messages = {"order", "payment"};
  std::string xml = Sale().Conversation(messages, messages).Xml();
  // Somebody else's conversation, which reads one of the messages, too, comes first.
  const size_t at = xml.find("<conversation id=");
  xml.insert(
      at,
      "<conversation id=\"other\"><participantRef>them</participantRef><participantRef>third</participantRef>"
      "<correlationKey id=\"k2\"><correlationPropertyRef>p2</correlationPropertyRef></correlationKey>"
      "</conversation>");
  xml.insert(
      xml.find("<correlationProperty "),
      "<correlationProperty id=\"p2\"><correlationPropertyRetrievalExpression messageRef=\"order\">"
      "<messagePath>other</messagePath></correlationPropertyRetrievalExpression></correlationProperty>");
  xml.insert(xml.find("<participant id=\"them\"/>"), "<participant id=\"third\"/>");
  const CompileResult result = CompileText(xml, {.form_matters = false});
  QVERIFY2(result.ok(), AllFindings(result).c_str());
  const std::vector<std::vector<engine::Index>> both = {{1, 2}};
  QVERIFY(result.processes[0].plan.conversations == both);
}

void CompilerTest::whenATimerBeginsTheProcessToo_thenItIsInNoConversation() {
  const std::vector<std::string> messages = {"order"};
  BpmnBuilder model("process");
  model.MessageStart("ordered", "order").User("work").End().Chain({"ordered", "work", "end"});
  const std::string flows =
      "<messageFlow id=\"f0\" sourceRef=\"them\" targetRef=\"us\"/>"
      "<messageFlow id=\"f1\" sourceRef=\"them\" targetRef=\"ordered\"/>";
  std::string xml =
      model
          .Conversation(messages, messages, flows,
                        "<messageFlowRef>f0</messageFlowRef><messageFlowRef>f1</messageFlowRef>")
          .Xml();
  xml.insert(xml.find("</process>"),
             "<startEvent id=\"nightly\"><timerEventDefinition><timeCycle>R/PT24H</timeCycle>"
             "</timerEventDefinition></startEvent><sequenceFlow id=\"fn\" sourceRef=\"nightly\" "
             "targetRef=\"work\"/>");
  const CompileResult result = CompileText(xml, {.form_matters = false});
  QVERIFY2(result.ok(), AllFindings(result).c_str());
}

void CompilerTest::whenAConversationCannotBeTold_thenFinding() {
  const std::vector<std::string> messages = {"order", "payment"};
  const std::string unread = Sale().Conversation(messages, {"order"}, kFlows, kNamedFlows).Xml();
  const CompileResult result = CompileText(unread, {.form_matters = false});
  const std::string findings = AllFindings(result);
  QVERIFY(!result.ok());
  for (const CompileFinding& finding : result.findings) COMPARE(finding.clause, std::string("13.2"));
  QVERIFY2(findings.find("paid") != std::string::npos && findings.find("sale") != std::string::npos &&
               findings.find("retrieval") != std::string::npos,
           findings.c_str());
  // A simulation is told by whoever sends the messages.
  CompileOptions simulated;
  simulated.target = Target::kSimulation;
  simulated.form_matters = false;
  QVERIFY(CompileText(unread, simulated).ok());
}

void CompilerTest::whenSampleIsCompiled_thenPlanReadsBack() {
  const CompileResult result = CompileText(SampleProcess().bytes);
  COMPARE(AllFindings(result), std::string());
  COMPARE(result.processes[0].plan.process_id(), std::string("order-to-cash"));
  QVERIFY(engine::DecodePlan(result.processes[0].bytes).ok());
}

void CompilerTest::whenForeignModelsAreCompiled_thenFindingsOrPlans() {
  const QString folder = qEnvironmentVariable("AMEIDE_CONFORMANCE_DIR",
                                              QString::fromStdString(SourceDir()) + "/../shared/conformance");
  const std::filesystem::path models = folder.toStdString() + "/bpmn-miwg";
  if (!std::filesystem::exists(models))
    QSKIP("the conformance models are not here; set AMEIDE_CONFORMANCE_DIR");
  for (const auto& entry : std::filesystem::directory_iterator(models)) {
    if (entry.path().extension() != ".bpmn") continue;
    CompileOptions options;
    options.target = Target::kSimulation;
    options.stub = true;
    const CompileResult result = CompileText(ReadFile(entry.path()), options);
    QVERIFY2(result.ok() != result.processes.empty(), entry.path().c_str());
    for (const CompileFinding& finding : result.findings)
      QVERIFY(!finding.reason.empty() && !finding.clause.empty());
  }
}

void CompilerTest::whenBundleIsBuilt_thenOrderOfArtifactsDoesNotMatter() {
  const Bundle bundle = BuildBundle({SampleProcess(), SampleDomain()}, {});
  for (const BundleFinding& finding : bundle.findings)
    qWarning("%s: %s", finding.path.c_str(), FormatFinding(finding.finding).c_str());
  QVERIFY(bundle.ok());
  QVERIFY(bundle.manifest == BuildBundle({SampleDomain(), SampleProcess()}, {}).manifest);
  COMPARE(bundle.digest, Sha256(bundle.manifest).Hex());
  QCOMPARE(bundle.blobs.size(), size_t{3});
  for (const auto& [digest, bytes] : bundle.blobs) COMPARE(digest, Sha256(bytes).Hex());
  const auto manifest = ParseBundleManifest(bundle.manifest);
  QVERIFY(manifest.ok());
  QCOMPARE(manifest->plans.size(), size_t{1});
  COMPARE(manifest->plans[0].process, std::string("order-to-cash"));
  COMPARE(manifest->plans[0].path, std::string("processes/order-to-cash.bpmn"));
  COMPARE(manifest->plans[0].artifact_id, std::string("a1"));
  QVERIFY(engine::DecodePlan(bundle.blobs.at(manifest->plans[0].digest)).ok());
  QCOMPARE(manifest->artifacts.size(), size_t{2});
  COMPARE(manifest->artifacts[0].format, std::string("proto"));
}

void CompilerTest::whenDomainIsMissing_thenFinding() {
  const Bundle missing = BuildBundle({SampleProcess()}, {});
  QVERIFY(!missing.ok() && missing.blobs.empty() && missing.manifest.empty());
  COMPARE(missing.findings[0].finding.element, std::string("RecordOrder"));
  QVERIFY(missing.findings[0].finding.reason.find("orders.v1.OrderService") != std::string::npos);
  BundleArtifact process = SampleProcess();
  const size_t at = process.bytes.find("OrderService/CreateOrder");
  process.bytes.replace(at, 24, "OrderService/InventOrder");
  const Bundle wrong = BuildBundle({process, SampleDomain()}, {});
  QVERIFY(!wrong.ok());
  QVERIFY(wrong.findings[0].finding.reason.find("has no method InventOrder") != std::string::npos);
}

void CompilerTest::whenTwoArtifactsHaveOneProcess_thenFinding() {
  const std::string xml = BpmnBuilder("same").Start().End().Chain({"start", "end"}).Xml();
  const Bundle bundle = BuildBundle({{"a.bpmn", "bpmn", "", xml}, {"b.bpmn", "bpmn", "", xml}}, {});
  QCOMPARE(bundle.findings.size(), size_t{1});
  COMPARE(bundle.findings[0].path, std::string("b.bpmn"));
  QVERIFY(bundle.findings[0].finding.reason.find("a.bpmn") != std::string::npos);
}

void CompilerTest::whenProtosCannotBeHosted_thenFinding() {
  BundleArtifact twin = SampleDomain();
  twin.path = "domains/twin.proto";
  const Bundle twins = BuildBundle({SampleDomain(), twin}, {});
  QCOMPARE(twins.findings.size(), size_t{1});
  COMPARE(twins.findings[0].path, twin.path);
  QVERIFY(twins.findings[0].finding.reason.find("domains/orders.proto") != std::string::npos);

  BundleArtifact deep{"deep.proto", "proto", "", "syntax = \"proto3\";"};
  for (int i = 0; i < 80'000; ++i) deep.bytes += "message A{";
  QVERIFY(BuildBundle({deep}, {}).findings[0].finding.reason.find("nested too deeply") != std::string::npos);
}

void CompilerTest::whenArtifactIsBroken_thenFindingNamesTheFile() {
  const Bundle bundle = BuildBundle({{"broken.bpmn", "bpmn", "", "<definitions"},
                                     {"broken.proto", "proto", "", "syntax = \"proto3\"; message {"}},
                                    {});
  QCOMPARE(bundle.findings.size(), size_t{2});
  COMPARE(bundle.findings[0].path, std::string("broken.proto"));
  QVERIFY(bundle.findings[0].finding.line > 0);
  COMPARE(bundle.findings[1].path, std::string("broken.bpmn"));
}

void CompilerTest::whenManifestIsForeign_thenRefused() {
  for (const char* const text :
       {"", "[]", "{}", "{\"mediaType\":7}",
        "{\"mediaType\":\"application/vnd.ameide.bundle.manifest.v1+json\"}",
        "{\"mediaType\":\"application/vnd.ameide.bundle.manifest.v1+json\",\"layers\":[1]}",
        "{\"mediaType\":\"application/vnd.ameide.bundle.manifest.v1+json\",\"layers\":[{\"mediaType\":\"x\","
        "\"digest\":\"sha256:00\",\"annotations\":{}}]}"}) {
    QVERIFY2(absl::IsInvalidArgument(ParseBundleManifest(text).status()), text);
  }
}

QTEST_APPLESS_MAIN(CompilerTest)
#include "compiler_test.moc"
