// What each kind of element does. Everything that is not listed here is a finding.
#include <charconv>

#include "absl/strings/str_cat.h"
#include "backend/compiler/process_compiler.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kZeebeNamespace;
using engine::Node;
using engine::NodeKind;

void ProcessCompiler::CompileNode(const Element& element, Node& node) {
  Report(element, bpmn::UnreadExtensions(element));
  const std::string_view type = element.type();
  if (element.is(bpmn::kActivity)) {
    CompileActivity(element, node);
  } else if (element.is(bpmn::kEvent)) {
    CompileEvent(element, node);
    CompileMappings(element, node);
    CompileAssociations(element, node);
  } else if (element.is(bpmn::kGateway)) {
    CompileGateway(element, node);
  } else {
    Report(element,
           absl::StrCat(WithArticle(InWords(type)), " is no element that a process can execute; remove it"),
           "13.1");
  }
}

void ProcessCompiler::CompileGateway(const Element& element, Node& node) {
  const std::string_view type = element.type();
  if (type == "exclusiveGateway") {
    node.kind = NodeKind::kExclusiveGateway;
  } else if (type == "parallelGateway") {
    node.kind = NodeKind::kParallelGateway;
  } else if (type == "inclusiveGateway") {
    node.kind = NodeKind::kInclusiveGateway;
  } else if (type == "complexGateway") {
    node.kind = NodeKind::kComplexGateway;
    const Element condition = element.child("activationCondition");
    if (condition)
      node.activation_condition = AddFormal(element, condition, "activation condition", "13.4.5");
    if (!condition && view_.Incoming(element).size() > 1) {
      Report(element,
             "the complex gateway has several incoming flows but no activation condition; write one like "
             "activationCount >= 2",
             "13.4.5");
    }
  } else if (type == "eventBasedGateway") {
    node.kind = NodeKind::kEventGateway;
    node.instantiates = element.flag("instantiate", false);
    node.parallel_events = element.attribute("eventGatewayType").value_or("Exclusive") == "Parallel";
    if (node.parallel_events && !node.instantiates) {
      Report(element,
             "a parallel event-based gateway must begin the process; set instantiate=\"true\", or wait for "
             "the events behind a parallel gateway",
             "10.6.6");
    }
  }
}

/// A quantity: a positive number. Zero would never begin, or lose the token.
uint32_t ProcessCompiler::Quantity(const Element& element, std::string_view name) {
  constexpr uint32_t kMost = 1000;
  const std::string text = element.attribute(name).value_or("1");
  uint32_t quantity = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, quantity);
  if (error == std::errc() && at == end && quantity > 0 && quantity <= kMost) return quantity;
  Report(element, absl::StrCat(std::string(name), " is '", text, "'; it must be a number from 1 to ", kMost),
         "13.3.2");
  return 1;
}

void ProcessCompiler::CompileActivity(const Element& element, Node& node) {
  node.start_quantity = Quantity(element, "startQuantity");
  node.completion_quantity = Quantity(element, "completionQuantity");
  CompileMappings(element, node);
  const std::string_view type = element.type();
  if (type == "subProcess") {
    node.kind = element.flag("triggeredByEvent", false) ? NodeKind::kEventSubProcess : NodeKind::kSubProcess;
  } else if (type == "transaction") {
    node.kind = NodeKind::kTransaction;
  } else if (type == "adHocSubProcess") {
    CompileAdHoc(element, node);
  } else if (type == "callActivity") {
    CompileCall(element, node);
  } else {
    CompileTask(element, type, node);
  }
  CompileLocalData(element, node);
  CompileAssociations(element, node);
  if (node.kind == NodeKind::kJobTask && node.job_kind == engine::JobKind::kHttp)
    CompileHttpRequest(element, node);
  CompileLoop(element, node);
}

void ProcessCompiler::CompileAdHoc(const Element& element, Node& node) {
  node.kind = NodeKind::kAdHocSubProcess;
  node.sequential = element.attribute("ordering").value_or("Parallel") == "Sequential";
  node.cancel_remaining = element.flag("cancelRemainingInstances", true);
  node.starts_entries = InSimulation() && options_.stub;
  if (const Element condition = element.child("completionCondition")) {
    node.completion_condition = AddFormal(element, condition, "completion condition", "13.3.5");
  }
}

/// A process or a global task of this file, or of one of those that are compiled along.
void ProcessCompiler::CompileCall(const Element& element, Node& node) {
  node.kind = NodeKind::kCallActivity;
  const Element extension = element.extension(kZeebeNamespace, "calledElement");
  node.share_inputs = extension.attribute("propagateAllParentVariables").value_or("true") != "false";
  node.share_outputs = extension.attribute("propagateAllChildVariables").value_or("true") != "false";
  const std::string id = extension.attribute("processId").value_or("");
  Element called = id.empty() ? element.reference("calledElement") : view_.Find(id);
  if (called && (called.type() == "process" || called.is(bpmn::kCallable))) {
    calls_[static_cast<engine::Index>(plan_.nodes.size())] = called;
    return;
  }
  const std::string name = id.empty() ? element.attribute("calledElement").value_or("") : id;
  if (name.empty()) {
    CompileStub(element, node, "the call activity names nothing to call (calledElement)");
    return;
  }
  const absl::StatusOr<CallLibrary::Callable> outside =
      options_.calls == nullptr ? absl::NotFoundError("")
                                : options_.calls->Find(name.substr(name.find(':') + 1));
  if (outside.ok()) {
    outside_calls_.push_back({element, static_cast<engine::Index>(plan_.nodes.size()), *outside});
  } else if (absl::IsNotFound(outside.status())) {
    Report(
        element,
        absl::StrCat("the called element ", name,
                     " is no process or global task of this file, nor of the workspace's others; add it or "
                     "correct the id"),
        "13.3.4");
  } else {
    Report(element, std::string(outside.status().message()), "13.3.4");
  }
}

}  // namespace ameide::compiler
