// BPMN from files that nobody vouches for, linted and compiled for both targets. What compiles has no errors
// in lint, compiles to the same bytes again, reads back as it was written, and runs a while without ever
// breaking. An input that begins with `<` is a file; of any other, each byte says what comes next in a model,
// so that most models are nearly valid.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "backend/compiler/compile.h"
#include "backend/engine/engine.h"
#include "backend/engine/plan/plan_codec.h"
#include "notation/bpmn/lint.h"
#include "notation/xml/intake.h"

using namespace ameide;  // NOLINT

namespace {

constexpr size_t kMostElements = 60;
constexpr int kMostEvents = 60;
constexpr size_t kLongestStep = 200;

constexpr std::string_view kNodes[] = {"startEvent",
                                       "endEvent",
                                       "task",
                                       "userTask",
                                       "scriptTask",
                                       "serviceTask",
                                       "receiveTask",
                                       "sendTask",
                                       "manualTask",
                                       "businessRuleTask",
                                       "callActivity",
                                       "exclusiveGateway",
                                       "parallelGateway",
                                       "inclusiveGateway",
                                       "complexGateway",
                                       "eventBasedGateway",
                                       "intermediateCatchEvent",
                                       "intermediateThrowEvent",
                                       "boundaryEvent",
                                       "dataObject",
                                       "dataObjectReference",
                                       "textAnnotation",
                                       "association"};
constexpr std::string_view kScopes[] = {"subProcess", "transaction", "adHocSubProcess",
                                        "subProcess triggeredByEvent=\"true\""};
constexpr std::string_view kAttributes[] = {" cancelActivity=\"false\"",
                                            " isInterrupting=\"false\"",
                                            " default=\"f1\"",
                                            " isForCompensation=\"true\"",
                                            " startQuantity=\"2\"",
                                            " completionQuantity=\"2\"",
                                            " attachedToRef=\"n1\"",
                                            " attachedToRef=\"n2\"",
                                            " instantiate=\"true\"",
                                            " messageRef=\"m\"",
                                            " calledElement=\"p\"",
                                            " calledElement=\"g\"",
                                            " eventGatewayType=\"Parallel\"",
                                            " gatewayDirection=\"Converging\"",
                                            " parallelMultiple=\"true\"",
                                            " ordering=\"Sequential\"",
                                            " cancelRemainingInstances=\"false\"",
                                            " isCollection=\"true\"",
                                            " name=\"n\"",
                                            " startQuantity=\"0\"",
                                            " dataObjectRef=\"n1\"",
                                            " operationRef=\"op\""};
constexpr std::string_view kContents[] = {
    "<timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>",
    "<timerEventDefinition><timeCycle>R3/PT1S</timeCycle></timerEventDefinition>",
    "<timerEventDefinition><timeDate>=now() + duration(\"PT1H\")</timeDate></timerEventDefinition>",
    "<messageEventDefinition messageRef=\"m\"/>",
    "<signalEventDefinition signalRef=\"s\"/>",
    "<errorEventDefinition errorRef=\"e\"/>",
    "<errorEventDefinition/>",
    "<escalationEventDefinition escalationRef=\"esc\"/>",
    "<conditionalEventDefinition><condition>=x &gt; 1</condition></conditionalEventDefinition>",
    "<compensateEventDefinition/>",
    "<compensateEventDefinition activityRef=\"n1\"/>",
    "<cancelEventDefinition/>",
    "<terminateEventDefinition/>",
    "<linkEventDefinition name=\"l\"/>",
    "<standardLoopCharacteristics loopMaximum=\"2\"><loopCondition>=x &lt; 3</loopCondition>"
    "</standardLoopCharacteristics>",
    "<multiInstanceLoopCharacteristics><loopCardinality>=3</loopCardinality></"
    "multiInstanceLoopCharacteristics>",
    "<multiInstanceLoopCharacteristics isSequential=\"true\" behavior=\"One\" oneBehaviorEventRef=\"none\">"
    "<loopCardinality>=x</loopCardinality></multiInstanceLoopCharacteristics>",
    "<completionCondition>=x &gt; 2</completionCondition>",
    "<activationCondition>=activationCount &gt; 1</activationCondition>",
    "<extensionElements><zeebe:script expression=\"=if x = null then 1 else x + 1\" resultVariable=\"x\"/>"
    "</extensionElements>",
    "<extensionElements><zeebe:taskDefinition type=\"t\" retries=\"1\"/></extensionElements>",
    "<extensionElements><zeebe:ioMapping><zeebe:input source=\"=x\" target=\"y.z\"/>"
    "<zeebe:output source=\"=y\" target=\"x\"/></zeebe:ioMapping></extensionElements>",
    "<ioSpecification><inputSet/><outputSet/></ioSpecification>",
    "<ioSpecification><dataInput "
    "id=\"din\"/><inputSet><dataInputRefs>din</dataInputRefs></inputSet><outputSet/>"
    "</ioSpecification>",
    "<ioSpecification><dataInput "
    "id=\"in\"/><inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet/>"
    "</ioSpecification><dataInputAssociation><sourceRef>n1</sourceRef><targetRef>in</targetRef>"
    "</dataInputAssociation>",
    "<ioSpecification><dataOutput "
    "id=\"out\"/><inputSet/><outputSet><dataOutputRefs>out</dataOutputRefs></outputSet>"
    "</ioSpecification><dataOutputAssociation><sourceRef>out</sourceRef><targetRef>n1</targetRef>"
    "</dataOutputAssociation>",
    "<script>x</script>"};

/// Says what comes next; 0 for ever behind the end.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  size_t Next(size_t count) { return at_ < size_ ? data_[at_++] % count : 0; }
  bool Left() const { return at_ < size_; }

 private:
  const uint8_t* const data_;
  const size_t size_;
  size_t at_ = 0;
};

class Model {
 public:
  explicit Model(Choices& choices) : choices_(choices) {}
  std::string Xml() {
    Scope(0);
    return "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
           "xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" targetNamespace=\"t\">"
           "<message id=\"m\" name=\"m\"/><signal id=\"s\" name=\"s\"/><error id=\"e\" errorCode=\"E\"/>"
           "<escalation id=\"esc\" escalationCode=\"X\"/><signalEventDefinition id=\"none\" signalRef=\"s\"/>"
           "<globalTask id=\"g\"/><process id=\"p\" isExecutable=\"true\">" +
           xml_ + "</process></definitions>";
  }

 private:
  void Scope(int depth) {
    std::vector<std::string> ids;
    while (choices_.Left() && count_ < kMostElements) {
      const size_t what = choices_.Next(16);
      if (what == 0) break;
      if (what >= 9 && ids.size() > 1) {
        Flow(ids);
        continue;
      }
      ids.push_back("n" + std::to_string(++count_));
      const bool scope = what == 1 && depth < 4;
      const std::string_view name =
          scope ? kScopes[choices_.Next(std::size(kScopes))] : kNodes[choices_.Next(std::size(kNodes))];
      xml_ += "<" + std::string(name.substr(0, name.find(' '))) + " id=\"" + ids.back() + "\"" +
              std::string(name.find(' ') == std::string_view::npos ? "" : name.substr(name.find(' ')));
      for (size_t i = choices_.Next(3); i > 0; --i)
        xml_ += kAttributes[choices_.Next(std::size(kAttributes))];
      xml_ += ">";
      for (size_t i = choices_.Next(3); i > 0; --i) xml_ += kContents[choices_.Next(std::size(kContents))];
      if (scope) Scope(depth + 1);
      xml_ += "</" + std::string(name.substr(0, name.find(' '))) + ">";
    }
  }
  void Flow(const std::vector<std::string>& ids) {
    const std::string condition =
        choices_.Next(3) == 0 ? "<conditionExpression>=x = 1</conditionExpression>" : "";
    xml_ += "<sequenceFlow id=\"f" + std::to_string(++flows_) + "\" sourceRef=\"" +
            ids[choices_.Next(ids.size())] + "\" targetRef=\"" + ids[choices_.Next(ids.size())] + "\">" +
            condition + "</sequenceFlow>";
  }

  Choices& choices_;
  std::string xml_;
  size_t count_ = 0;
  size_t flows_ = 0;
};

/// Something that the instance waits for happens.
std::optional<engine::Event> Next(const engine::Plan& plan, const engine::InstanceState& state, size_t which,
                                  WallTime at) {
  const std::vector<engine::Command> open = engine::OpenCommands(plan, state);
  if (open.empty()) return std::nullopt;
  const engine::Command& command = open[which % open.size()];
  if (const auto* job = std::get_if<engine::ActivateJob>(&command))
    return engine::Event{at, engine::CompleteJob{job->job, {}}};
  if (const auto* task = std::get_if<engine::CreateUserTask>(&command))
    return engine::Event{at, engine::CompleteUserTask{task->task, {}}};
  if (const auto* timer = std::get_if<engine::ScheduleTimer>(&command))
    return engine::Event{std::max(at, timer->due), engine::FireTimer{timer->timer}};
  if (const auto* wait = std::get_if<engine::OpenSubscription>(&command))
    return engine::Event{at, engine::DeliverEvent{wait->subscription, {}}};
  return engine::Event{at, engine::Continue{}};
}

void RunAWhile(const engine::Plan& plan, const uint8_t* data, size_t size) {
  engine::InstanceState state;
  WallTime at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  std::optional<engine::Event> event = engine::Event{at, engine::StartInstance{}};
  for (int i = 0; event && i < kMostEvents; ++i) {
    at = std::max(at, event->at);
    engine::InstanceState before = state;
    const auto decision = engine::Step(plan, state, *event, kLongestStep);
    if (!decision.ok()) return;
    // Whoever reads the facts later has the same state, byte for byte.
    for (const engine::Fact& fact : decision->facts) engine::Apply(plan, before, fact);
    if (engine::EncodeState(before) != engine::EncodeState(state)) std::abort();
    event = Next(plan, state, size > 0 ? data[static_cast<size_t>(i) % size] : 0, at);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  const std::string xml = size > 0 && data[0] == '<' ? std::string(reinterpret_cast<const char*>(data), size)
                                                     : Model(choices).Xml();
  const auto intake = xml::Accept(xml);
  if (!intake.ok()) return 0;
  const auto document = uaf::document::Document::Import(intake->import, xml, {});
  if (!document.ok()) return 0;
  bool has_error = false;
  for (const auto& finding : bpmn::LintWithSchema(*document, {}))
    has_error = has_error || finding.severity == uaf::document::Severity::kError;
  for (const compiler::Target target : {compiler::Target::kEmbedded, compiler::Target::kSimulation}) {
    compiler::CompileOptions options;
    options.target = target;
    options.stub = target == compiler::Target::kSimulation;
    const compiler::CompileResult result = compiler::Compile(*document, options);
    const compiler::CompileResult again = compiler::Compile(*document, options);
    if (result.processes.size() != again.processes.size()) std::abort();
    if (!result.ok()) continue;
    if (has_error && target == compiler::Target::kEmbedded) std::abort();
    for (size_t i = 0; i < result.processes.size(); ++i) {
      const std::string& bytes = result.processes[i].bytes;
      if (again.processes[i].bytes != bytes) std::abort();
      const auto plan = engine::DecodePlan(bytes);
      if (!plan.ok() || engine::EncodePlan(*plan) != bytes) std::abort();
      RunAWhile(*plan, data, size);
    }
  }
  return 0;
}
