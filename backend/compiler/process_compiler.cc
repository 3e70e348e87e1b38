#include "backend/compiler/process_compiler.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace ameide::compiler {

using bpmn::Element;
using engine::Index;
using engine::kNone;
using engine::Node;
using engine::NodeKind;

void ProcessCompiler::Report(const Element& at, std::string reason, std::string clause) {
  problems_.push_back({at, std::move(reason), std::move(clause)});
}

void ProcessCompiler::Report(const Element& at, const bpmn::ExtensionProblems& problems) {
  for (const bpmn::ExtensionProblem& problem : problems)
    Report(at, problem.message, std::string(problem.clause));
}

engine::Plan ProcessCompiler::Compile(const Element& process) {
  AddRoot(process);
  if (process.id().empty())
    Report(process, "the process has no id; give it one, so that it can be started", "10.2");
  SetReferences();
  AttachBoundaries();
  SetConversations();
  for (Index node = 0; node < plan_.nodes.size(); ++node) {
    SortOutgoing(node);
    SetDefaultFlow(node);
    CheckConditions(node);
  }
  for (auto& [path, bytes] : decision_files_) plan_.decision_files.push_back({path, std::move(bytes)});
  engine::Prepare(plan_);
  return std::move(plan_);
}

/// A process, or a global task, with everything in it.
void ProcessCompiler::AddRoot(const Element& element) {
  const Index index = static_cast<Index>(plan_.nodes.size());
  Node root;
  root.id = element.id();
  root.name = element.name();
  root.type = std::string(element.type());
  nodes_[element.node()] = index;
  elements_.push_back(element);
  Report(element, bpmn::UnreadExtensions(element));
  if (element.type() == "process") {
    root.kind = NodeKind::kProcess;
    plan_.nodes.push_back(std::move(root));
    AddScope(element, index);
    return;
  }
  // "globalUserTask" does what a user task does.
  std::string type(element.type());
  type = type == "globalTask" ? "task" : type.substr(std::string_view("global").size());
  type[0] = type[0] >= 'A' && type[0] <= 'Z' ? static_cast<char>(type[0] + 32) : type[0];
  CompileTask(element, type, root);
  plan_.nodes.push_back(std::move(root));
}

/// What is called becomes a root of its own, once; compensation finds its activities.
void ProcessCompiler::SetReferences() {
  std::set<Index> resolved;
  while (resolved.size() < calls_.size()) {
    const std::map<Index, Element> calls = calls_;
    for (const auto& [node, called] : calls) {
      if (!resolved.insert(node).second) continue;
      if (!nodes_.contains(called.node())) AddRoot(called);
      plan_.nodes[node].called = nodes_[called.node()];
    }
  }
  for (const auto& [place, activity] : compensations_) {
    const auto found = nodes_.find(activity.node());
    if (found == nodes_.end() || !activity.is(bpmn::kActivity)) {
      Report(elements_[place.first], "the compensation event names no activity of this process; choose one",
             "13.5.5");
      continue;
    }
    plan_.nodes[place.first].definitions[place.second].activity = found->second;
  }
}

void ProcessCompiler::AddScope(const Element& container, Index scope) {
  CheckScopeParts(container);
  for (const Element& element : view_.FlowNodes(container)) AddNode(element, scope);
  AddFlows(container, scope);
  AddLinks(container);
  SetEntries(container, scope);
}

void ProcessCompiler::AddNode(const Element& element, Index parent) {
  const Index index = static_cast<Index>(plan_.nodes.size());
  nodes_[element.node()] = index;
  elements_.push_back(element);
  Node node;
  node.id = element.id();
  node.name = element.name();
  node.type = std::string(element.type());
  node.parent = parent;
  if (node.id.empty()) Report(element, "the element has no id; give it one", "8.2.1");
  CompileNode(element, node);
  const bool is_scope = element.is(bpmn::kSubProcessLike);
  const bool by_event = node.kind == NodeKind::kEventSubProcess;
  plan_.nodes.push_back(std::move(node));
  if (!is_scope) return;
  AddScope(element, index);
  // Without its one start event it has a finding of the lint.
  if (by_event && plan_.nodes[index].entries.size() == 1)
    plan_.nodes[parent].event_subprocesses.push_back(index);
}

/// Parts of a scope that would change what happens, and that are not executed.
void ProcessCompiler::CheckScopeParts(const Element& container) {
  for (const Element& part : container.children()) {
    const std::string_view type = part.type();
    if (type == "callChoreography" || type == "choreographyTask" || type == "subChoreography") {
      Report(part,
             absl::StrCat(WithArticle(InWords(type)), " is not executable; it belongs into a choreography"),
             "11");
    }
  }
}

void ProcessCompiler::AddFlows(const Element& container, Index scope) {
  for (const Element& element : view_.SequenceFlows(container)) {
    const auto source = nodes_.find(element.reference("sourceRef").node());
    const auto target = nodes_.find(element.reference("targetRef").node());
    if (source == nodes_.end() || target == nodes_.end() || plan_.nodes[source->second].parent != scope ||
        plan_.nodes[target->second].parent != scope) {
      Report(element,
             "the sequence flow does not connect two elements of its own process or subprocess; connect its "
             "ends",
             "8.4.13");
      continue;
    }
    const Index index = static_cast<Index>(plan_.flows.size());
    engine::Flow flow;
    flow.id = element.id();
    flow.source = source->second;
    flow.target = target->second;
    const Element condition = element.child("conditionExpression");
    // A default flow should have no condition; one that it has is ignored (clause 8.4.13, table 10.3).
    if (condition && element.node() != elements_[flow.source].reference("default").node()) {
      flow.condition = CompileCondition(element, condition);
      if (flow.condition == kNone) refused_conditions_.insert(index);
    }
    flows_[element.node()] = index;
    flow_elements_.resize(index);
    flow_elements_.push_back(element);
    plan_.nodes[flow.source].outgoing.push_back(index);
    plan_.nodes[flow.target].incoming.push_back(index);
    plan_.flows.push_back(std::move(flow));
  }
}

Index ProcessCompiler::CompileCondition(const Element& flow, const Element& condition) {
  const std::string language = condition.attribute("language").value_or("");
  if (condition.text().empty()) {
    Report(flow, "the condition is empty; write a FEEL expression or remove it", "8.4.13");
    return kNone;
  }
  if (!language.empty() && !bpmn::NamesFeel(language)) {
    Report(flow, absl::StrCat("the condition is written in ", language, "; write it in FEEL"), "8.4.13");
    return kNone;
  }
  return AddExpression(flow, condition.text(), "condition");
}

/// Conditions are asked in the order of the element's `outgoing` children; flows that it does not name come
/// last.
void ProcessCompiler::SortOutgoing(Index index) {
  Node& node = plan_.nodes[index];
  if (node.outgoing.size() < 2) return;
  std::map<Index, size_t> rank;
  for (const Element& reference : elements_[index].children("outgoing")) {
    const auto flow = flows_.find(view_.Resolve(reference, reference.text()).node());
    if (flow != flows_.end()) rank.emplace(flow->second, rank.size());
  }
  const auto rank_of = [&](Index flow) {
    const auto found = rank.find(flow);
    return found == rank.end() ? rank.size() : found->second;
  };
  std::stable_sort(node.outgoing.begin(), node.outgoing.end(),
                   [&](Index a, Index b) { return rank_of(a) < rank_of(b); });
}

void ProcessCompiler::SetDefaultFlow(Index index) {
  const Element& element = elements_[index];
  if (!element.attribute("default")) return;
  Node& node = plan_.nodes[index];
  const auto flow = flows_.find(element.reference("default").node());
  if (flow == flows_.end() || plan_.flows[flow->second].source != index) {
    Report(element, "the default flow does not leave this element; choose one of its own flows", "8.4.13");
    return;
  }
  node.default_flow = flow->second;
}

void ProcessCompiler::CheckConditions(Index index) {
  const Node& node = plan_.nodes[index];
  const Element& element = elements_[index];
  const bool event = element.is(bpmn::kEvent);
  for (const Index flow : node.outgoing) {
    if (flow >= flow_elements_.size() || !flow_elements_[flow]) continue;  // of a link
    const bool conditional = plan_.flows[flow].condition != kNone;
    if (conditional &&
        (event || node.kind == NodeKind::kParallelGateway || node.kind == NodeKind::kEventGateway)) {
      Report(
          flow_elements_[flow],
          absl::StrCat("the flow ", plan_.flows[flow].id, " has a condition, but ", WithArticle(node.type),
                       " takes its flows without asking; remove the condition or use an exclusive gateway"),
          event ? "13.3.1" : "13.4.1");
    }
    if (!conditional && node.kind == NodeKind::kExclusiveGateway && node.outgoing.size() > 1 &&
        flow != node.default_flow && !refused_conditions_.contains(flow)) {
      Report(flow_elements_[flow],
             absl::StrCat(
                 "the flow ", plan_.flows[flow].id,
                 " has no condition and is not the default; give it a condition or make it the default"),
             "13.4.2");
    }
  }
  if (element.type() == "startEvent" && !node.incoming.empty()) {
    Report(element, "a start event cannot be entered by a flow", "10.5.2");
  }
  if (element.type() == "endEvent" && !node.outgoing.empty()) {
    Report(element, "an end event cannot be left by a flow", "10.5.3");
  }
  if (element.type() == "endEvent" && node.incoming.empty()) {
    Report(element, "no flow leads to this end event; connect it or delete it", "10.5.3");
  }
}

/// A link is a flow that is not drawn: from each throwing end to the catching end in the same scope that it
/// names as its target, that names it as a source, or else that has its name (clause 10.5.5).
void ProcessCompiler::AddLinks(const Element& container) {
  const auto link_of = [&](const Element& event) -> Element {
    for (const Element& definition : DefinitionsOf(view_, event)) {
      if (definition.type() == "linkEventDefinition") return definition;
    }
    return {};
  };
  const auto name_of = [&](const Element& event) {
    const std::string name = link_of(event).name();
    return name.empty() ? event.name() : name;
  };
  const auto names = [&](const Element& event, std::string_view reference, const Element& other) {
    const std::vector<Element> written = link_of(event).children(reference);
    return std::any_of(written.begin(), written.end(), [&](const Element& each) {
      return view_.Resolve(each, each.text()) == link_of(other);
    });
  };
  std::vector<Element> sources, targets;
  for (const Element& event : view_.FlowNodes(container)) {
    if (!event.is(bpmn::kEvent) || !link_of(event)) continue;
    if (event.type() == "intermediateCatchEvent") targets.push_back(event);
    if (event.type() == "intermediateThrowEvent") sources.push_back(event);
  }
  const auto targets_of = [&](const Element& source) {
    std::vector<Element> found;
    for (const Element& target : targets) {
      if (names(source, "target", target) || names(target, "source", source)) found.push_back(target);
    }
    if (!found.empty()) return found;
    for (const Element& target : targets) {
      if (name_of(target) == name_of(source)) found.push_back(target);
    }
    return found;
  };
  for (const Element& source : sources) {
    const std::vector<Element> found = targets_of(source);
    if (found.size() != 1) {
      Report(source,
             absl::StrCat("the link '", name_of(source),
                          "' needs exactly one catching link event of its name "
                          "in the same process or subprocess"),
             "10.5.5");
      continue;
    }
    const Index index = static_cast<Index>(plan_.flows.size());
    engine::Flow flow;
    flow.source = nodes_[source.node()];
    flow.target = nodes_[found[0].node()];
    plan_.nodes[flow.source].outgoing.push_back(index);
    plan_.nodes[flow.target].incoming.push_back(index);
    plan_.flows.push_back(std::move(flow));
  }
}

/// Nodes that begin instances of the process by themselves.
bool ProcessCompiler::BeginsInstances(Index index) const {
  const Node& node = plan_.nodes[index];
  if (node.instantiates) return true;
  return std::any_of(node.incoming.begin(), node.incoming.end(), [&](Index flow) {
    const Node& source = plan_.nodes[plan_.flows[flow].source];
    return source.kind == NodeKind::kEventGateway && source.instantiates;
  });
}

/// Where a scope begins: its none start event; without any start event every node that no flow enters
/// (clause 13.2). Of several none start events the first one, since only one of them is triggered
/// (clause 10.5.2).
void ProcessCompiler::SetEntries(const Element& container, Index scope) {
  std::vector<Index> starts, unentered;
  bool has_start = false, begins_by_event = false;
  for (Index index = scope + 1; index < plan_.nodes.size(); ++index) {
    Node& node = plan_.nodes[index];
    if (node.parent != scope) continue;
    if (BeginsInstances(index)) {
      node.instantiates = plan_.nodes[scope].kind == NodeKind::kProcess;
      begins_by_event = true;
    }
    if (node.kind == NodeKind::kStartEvent) {
      has_start = true;
      if (node.definitions.empty() || plan_.nodes[scope].kind == NodeKind::kEventSubProcess)
        starts.push_back(index);
    } else if (node.incoming.empty() && node.kind != NodeKind::kBoundaryEvent &&
               node.kind != NodeKind::kEventSubProcess && !node.instantiates &&
               !elements_[index].flag("isForCompensation", false)) {
      unentered.push_back(index);
    }
  }
  if (has_start) {
    for (const Index index : unentered) {
      if (plan_.nodes[index].kind == NodeKind::kEndEvent) continue;  // has its own finding
      Report(elements_[index], "no flow leads here although there is a start event; connect it or delete it",
             "10.5.2");
    }
    if (!starts.empty()) plan_.nodes[scope].entries = {starts[0]};
    return;
  }
  plan_.nodes[scope].entries = unentered;
  // Without a flow there is nothing that could have begun: a scope of handlers alone is empty.
  const bool has_flows =
      std::any_of(plan_.nodes.begin() + scope + 1, plan_.nodes.end(),
                  [&](const Node& node) { return node.parent == scope && !node.incoming.empty(); });
  if (has_flows && unentered.empty() && !begins_by_event) {
    Report(container,
           "there is no start event and a flow leads to every element, so nothing begins; add a start event",
           "13.2");
  }
}

void ProcessCompiler::AttachBoundaries() {
  for (Index index = 0; index < plan_.nodes.size(); ++index) {
    if (plan_.nodes[index].kind != NodeKind::kBoundaryEvent) continue;
    const Element& element = elements_[index];
    const auto host = nodes_.find(element.reference("attachedToRef").node());
    if (host == nodes_.end() || !elements_[host->second].is(bpmn::kActivity) ||
        plan_.nodes[host->second].parent != plan_.nodes[index].parent) {
      Report(element, "the boundary event is attached to no activity beside it; attach it", "13.5.3");
      continue;
    }
    if (!plan_.nodes[index].incoming.empty()) {
      Report(element, "a boundary event cannot be entered by a flow", "10.5.4");
    }
    plan_.nodes[index].attached_to = host->second;
    plan_.nodes[host->second].boundaries.push_back(index);
    SetHandler(index, host->second);
    SetDefaultSignal(index, host->second);
  }
  // What happens at once for several: those that leave the activity alone hear it before one ends it.
  for (Node& node : plan_.nodes) {
    std::stable_partition(node.boundaries.begin(), node.boundaries.end(),
                          [&](Index boundary) { return !plan_.nodes[boundary].interrupting; });
  }
}

/// Multiple instances that say none of their events throw a signal without a name, which a signal event at
/// their border catches that names none (table 10.32).
void ProcessCompiler::SetDefaultSignal(Index boundary, Index host) {
  engine::Loop& loop = plan_.nodes[host].loop;
  const bool throws =
      loop.behavior == engine::LoopBehavior::kNone || loop.behavior == engine::LoopBehavior::kOne;
  if (!throws || !loop.events.empty()) return;
  for (const Element& definition : DefinitionsOf(view_, elements_[boundary])) {
    if (definition.type() != "signalEventDefinition" || definition.attribute("signalRef")) continue;
    engine::LoopEvent event;
    CompileSignal(elements_[boundary], definition, event.event);
    loop.events.push_back(std::move(event));
    return;
  }
}

/// A compensation event at a border is associated with the activity that undoes (clause 10.7.2).
void ProcessCompiler::SetHandler(Index boundary, Index host) {
  const std::vector<engine::EventDefinition>& definitions = plan_.nodes[boundary].definitions;
  if (definitions.empty() || definitions[0].trigger != engine::Trigger::kCompensation) return;
  for (const Element& association : view_.OfType("association")) {
    const Element ends[] = {association.reference("sourceRef"), association.reference("targetRef")};
    const bool forward = ends[0] == elements_[boundary];
    if (!forward && !(ends[1] == elements_[boundary])) continue;
    const auto handler = nodes_.find(ends[forward ? 1 : 0].node());
    if (handler == nodes_.end() || !elements_[handler->second].is(bpmn::kActivity) ||
        plan_.nodes[handler->second].parent != plan_.nodes[host].parent)
      continue;
    plan_.nodes[host].handler = handler->second;
    return;
  }
  Report(elements_[boundary],
         "the compensation event is associated with no activity that undoes the work; draw an association to "
         "one that is for compensation",
         "10.7.2");
}

engine::Index ProcessCompiler::AddExpression(const Element& at, const std::string& text,
                                             std::string_view what) {
  if (text.empty()) {
    Report(at, absl::StrCat("the ", std::string(what), " is empty; write a FEEL expression"), "8.4.6");
    return kNone;
  }
  const auto known = expressions_.find(text);
  if (known != expressions_.end()) return known->second;
  absl::StatusOr<feel::Expression> expression = feel::Parse(text);
  if (!expression.ok()) {
    Report(at,
           absl::StrCat("the ", std::string(what), " '", text.substr(0, 80),
                        "' is not FEEL that can be run: ", std::string(expression.status().message())),
           "8.4.6");
    return kNone;
  }
  const Index index = static_cast<Index>(plan_.expressions.size());
  plan_.expressions.push_back(*std::move(expression));
  expressions_[text] = index;
  return index;
}

Index ProcessCompiler::AddFormal(const Element& at, const Element& expression, std::string_view what,
                                 std::string clause) {
  const std::string language = expression.attribute("language").value_or("");
  if (expression.text().empty()) {
    Report(at, absl::StrCat("the ", std::string(what), " is empty; write a FEEL expression"),
           std::move(clause));
    return kNone;
  }
  if (!language.empty() && !bpmn::NamesFeel(language)) {
    Report(at, absl::StrCat("the ", std::string(what), " is written in ", language, "; write it in FEEL"),
           std::move(clause));
    return kNone;
  }
  return AddExpression(at, expression.text(), what);
}

engine::Parameter ProcessCompiler::AddParameter(const Element& at, const std::string& text,
                                                std::string_view what) {
  engine::Parameter parameter;
  if (text.starts_with("=")) {
    parameter.expression = AddExpression(at, text, what);
  } else {
    parameter.text = text;
  }
  return parameter;
}

}  // namespace ameide::compiler
