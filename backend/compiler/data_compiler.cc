// Mappings and data associations (BPMN 2.0.2, clauses 10.4 and 13.3.2): what an element sees, and what it
// gives back.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/compiler/process_compiler.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kZeebeNamespace;
using engine::kNone;
using engine::Node;

namespace {

/// A FEEL string literal.
std::string Quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') literal += '\\';
    if (c == '\n') {
      literal += "\\n";
    } else {
      literal += c;
    }
  }
  return literal + '"';
}

/// Whether FEEL reads the text as just a variable of that name.
bool IsVariableName(const std::string& name) {
  const absl::StatusOr<feel::Expression> expression = feel::Parse(name);
  return expression.ok() && expression->variables() == std::vector<std::string>{name};
}

/// What a reference to a data object stands for, or the data itself.
Element Behind(const Element& item) {
  const Element object = item.type() == "dataObjectReference" ? item.reference("dataObjectRef") : Element();
  return object ? object : item;
}

}  // namespace

void ProcessCompiler::CompileMappings(const Element& element, Node& node) {
  const Element mappings = element.extension(kZeebeNamespace, "ioMapping");
  const auto add = [&](std::string_view kind, std::vector<engine::Mapping>& into) {
    for (const Element& mapping : mappings.foreign_children(kZeebeNamespace, kind)) {
      const std::string source = mapping.attribute("source").value_or("");
      const std::string target = mapping.attribute("target").value_or("");
      const std::string text = source.starts_with("=") ? source : Quoted(source);
      into.push_back({AddExpression(element, text, absl::StrCat(std::string(kind), " mapping")), target});
    }
  };
  Report(element, bpmn::MappingProblems(element));
  add("input", node.inputs);
  add("output", node.outputs);
}

/// A reference to a data object means the object; things are called by their names where FEEL can, else by
/// their ids.
std::string ProcessCompiler::VariableOf(const Element& item) const {
  const Element object = item.type() == "dataObjectReference" ? item.reference("dataObjectRef") : Element();
  const std::vector<std::string> names = {object.name(), item.name(), object.id(), item.id()};
  for (const std::string& name : names) {
    if (!name.empty() && IsVariableName(name)) return name;
  }
  return item.id();
}

/// Whether another element of the model fills the data.
bool ProcessCompiler::IsProvidedOutside(const Element& element, const Element& item) {
  if (!providers_) {
    providers_.emplace();
    for (const Element& association : view_.OfType("dataOutputAssociation")) {
      if (const Element target = Behind(association.reference("targetRef")))
        (*providers_)[target.node()].push_back(association.parent());
    }
  }
  const auto found = providers_->find(Behind(item).node());
  return found != providers_->end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const Element& provider) { return !(provider == element); });
}

/// The variables from which the required inputs of an input set are filled, as far as they are data that
/// another element provides.
std::vector<std::string> ProcessCompiler::NeededBy(const Element& element, const Element& input_set) {
  std::set<bpmn::NodeIndex> required = Members(input_set, "dataInputRefs");
  for (const std::string_view name : {"optionalInputRefs", "whileExecutingInputRefs"}) {
    for (const bpmn::NodeIndex input : Members(input_set, name)) required.erase(input);
  }
  std::set<std::string> names;
  for (const Element& association : element.children("dataInputAssociation")) {
    if (!required.contains(association.reference("targetRef").node())) continue;
    for (const Element& reference : association.children("sourceRef")) {
      const Element source = view_.Resolve(reference, reference.text());
      if (!source || source.type().starts_with("dataStore") || !IsProvidedOutside(element, source)) continue;
      if (const std::string name = VariableOf(source); IsVariableName(name)) names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

/// What the sets of an ioSpecification refer to by elements of that name.
std::set<bpmn::NodeIndex> ProcessCompiler::Members(const Element& set, std::string_view name) const {
  std::set<bpmn::NodeIndex> found;
  for (const Element& reference : set.children(name))
    found.insert(view_.Resolve(reference, reference.text()).node());
  return found;
}

/// What an activity waits for before it begins (clause 13.3.2). A set that needs nothing makes it begin at
/// once. For an IORule all sets are kept: it names them by their place.
void ProcessCompiler::CompileInputSets(const Element& element, Node& node) {
  std::vector<std::vector<std::string>> sets;
  for (const Element& set : element.child("ioSpecification").children("inputSet")) {
    sets.push_back(NeededBy(element, set));
    if (sets.back().empty() && !engine::HasInputOutputRule(node)) return;
  }
  node.input_sets = std::move(sets);
}

/// The data outputs of an activity's output sets, with the mappings that `governed` says are made of them
/// (clause 13.3.2).
void ProcessCompiler::CompileOutputSets(const Element& element, const std::vector<OutputSource>& governed,
                                        Node& node) {
  const std::vector<Element> sets = element.child("ioSpecification").children("outputSet");
  const std::vector<Element> input_sets = element.child("ioSpecification").children("inputSet");
  if (governed.empty()) return;
  const Element collection = element.child("multiInstanceLoopCharacteristics").reference("loopDataOutputRef");
  bool matters = false;
  for (const Element& set : sets) {
    engine::OutputSet& compiled = node.output_sets.emplace_back();
    const std::set<bpmn::NodeIndex> members = Members(set, "dataOutputRefs"),
                                    optional = Members(set, "optionalOutputRefs");
    std::set<std::string> required;
    for (const Element& output : element.child("ioSpecification").children("dataOutput")) {
      if (!members.contains(output.node()) || optional.contains(output.node()) || output == collection)
        continue;
      if (const std::string name = VariableOf(output); IsVariableName(name)) required.insert(name);
    }
    compiled.required.assign(required.begin(), required.end());
    for (const OutputSource& source : governed) {
      const auto is_member = [&](const Element& it) {
        return members.contains(it.node()) || optional.contains(it.node());
      };
      if (!std::all_of(source.outputs.begin(), source.outputs.end(), is_member)) continue;
      engine::OutputSet::Output& output = compiled.outputs.emplace_back();
      output.mapping = source.mapping;
      for (const Element& it : source.outputs) output.variables.push_back(VariableOf(it));
    }
    matters = matters || !members.empty() || !optional.empty();
    // An IORule is said from either side, and both have to agree.
    const std::set<bpmn::NodeIndex> after = Members(set, "inputSetRefs");
    std::vector<engine::Index> allowed;
    for (engine::Index index = 0; index < input_sets.size(); ++index) {
      const std::set<bpmn::NodeIndex> leads_to = Members(input_sets[index], "outputSetRefs");
      if ((after.empty() || after.contains(input_sets[index].node())) &&
          (leads_to.empty() || leads_to.contains(set.node())))
        allowed.push_back(index);
    }
    if (allowed.size() < input_sets.size()) compiled.input_sets = std::move(allowed);
  }
  if (!matters && !engine::HasInputOutputRule(node)) node.output_sets.clear();
}

void ProcessCompiler::CompileAssociations(const Element& element, Node& node) {
  for (const Element& association : element.children("dataInputAssociation"))
    CompileAssociation(element, association, true, node.inputs);
  std::vector<OutputSource> governed;
  for (const Element& association : element.children("dataOutputAssociation")) {
    std::vector<Element> outputs;
    for (const Element& reference : association.children("sourceRef")) {
      const Element source = view_.Resolve(reference, reference.text());
      if (source.type() == "dataOutput") outputs.push_back(source);
    }
    const size_t before = node.outputs.size();
    CompileAssociation(element, association, false, node.outputs);
    for (size_t index = before; index < node.outputs.size() && !outputs.empty(); ++index)
      governed.push_back({static_cast<engine::Index>(index), outputs});
  }
  if (!element.is(bpmn::kActivity)) return;
  CompileOutputSets(element, governed, node);
  CompileInputSets(element, node);
}

/// Source to target, by a transformation, by assignments, or as it is (clause 10.4.2).
void ProcessCompiler::CompileAssociation(const Element& element, const Element& association, bool input,
                                         std::vector<engine::Mapping>& into) {
  const Element source = association.reference("sourceRef"), target = association.reference("targetRef");
  const std::string_view what = input ? "data input association" : "data output association";
  const std::vector<Element> assignments = association.children("assignment");
  // An activity that repeats itself takes its collections apart and puts them together itself.
  const Element loop = element.child("multiInstanceLoopCharacteristics");
  const Element collection = loop.reference(input ? "loopDataInputRef" : "loopDataOutputRef");
  if (collection && collection == (input ? target : source)) return;
  Report(association, bpmn::AssignmentProblems(association));
  const auto add = [&](const std::string& text, const std::string& to) {
    const engine::Index expression = AddExpression(association, text, what);
    if (expression != kNone) into.push_back({expression, to});
  };
  if (const Element transformation = association.child("transformation")) {
    if (transformation.text().empty() || !target) {
      Report(association,
             absl::StrCat("the transformation of a ", std::string(what), " is empty or has no target"),
             "10.4.2");
      return;
    }
    add(transformation.text(), VariableOf(target));
  } else if (!assignments.empty()) {
    for (const Element& assignment : assignments) {
      if (const std::string from = assignment.child("from").text(); !from.empty())
        add(from, bpmn::PathOf(assignment.child("to").text()));
    }
  } else if (source && target) {
    const std::string from = VariableOf(source), to = VariableOf(target);
    // A data store is not of this process: what is read from it or written to it is for its tasks.
    if (source.type().starts_with("dataStore") || target.type().starts_with("dataStore")) return;
    if (IsVariableName(from)) add(from, to);
  }
}

/// Data objects and properties of a subprocess live and end with it.
void ProcessCompiler::CompileLocalData(const Element& element, Node& node) {
  if (!element.is(bpmn::kSubProcessLike) || node.kind == engine::NodeKind::kEventSubProcess) return;
  for (const std::string_view kind : {"property", "dataObject"}) {
    for (const Element& item : element.children(kind)) {
      const std::string name = VariableOf(item);
      if (IsVariableName(name))
        node.inputs.push_back({AddExpression(element, "null", "initial value"), name});
    }
  }
}

}  // namespace ameide::compiler
