// Activities that repeat themselves (BPMN 2.0.2, clauses 10.3.8, 13.3.6 and 13.3.7).
#include <charconv>

#include "absl/strings/str_cat.h"
#include "backend/compiler/process_compiler.h"

namespace ameide::compiler {

using bpmn::Element;
using bpmn::kZeebeNamespace;
using engine::Index;
using engine::kNone;
using engine::LoopBehavior;
using engine::LoopKind;
using engine::Node;

void ProcessCompiler::CompileLoop(const Element& element, Node& node) {
  if (const Element loop = element.child("standardLoopCharacteristics")) {
    CompileStandardLoop(element, loop, node);
  } else if (const Element instances = element.child("multiInstanceLoopCharacteristics")) {
    CompileMultiInstance(element, instances, node);
  }
}

void ProcessCompiler::CompileStandardLoop(const Element& element, const Element& loop, Node& node) {
  node.loop.kind = LoopKind::kStandard;
  node.loop.test_before = loop.flag("testBefore", false);
  if (const std::optional<std::string> text = loop.attribute("loopMaximum")) {
    uint64_t maximum = 0;
    const char* const end = text->data() + text->size();
    const auto [at, error] = std::from_chars(text->data(), end, maximum);
    if (error != std::errc() || at != end) {
      Report(element, absl::StrCat("loopMaximum is '", *text, "'; it must be a whole number from 0 on"),
             "13.3.6");
    }
    node.loop.maximum = maximum;
  }
  if (const Element condition = loop.child("loopCondition")) {
    node.loop.condition = AddFormal(element, condition, "loop condition", "13.3.6");
  } else if (!node.loop.maximum) {
    Report(element, "the loop has neither a condition nor a maximum, so nothing would end it; give it one",
           "13.3.6");
  }
}

void ProcessCompiler::CompileMultiInstance(const Element& element, const Element& loop, Node& node) {
  engine::Loop& it = node.loop;
  it.kind = loop.flag("isSequential", false) ? LoopKind::kSequential : LoopKind::kParallel;
  const Element zeebe = loop.extension(kZeebeNamespace, "loopCharacteristics");
  if (const Element cardinality = loop.child("loopCardinality")) {
    it.cardinality = AddFormal(element, cardinality, "loop cardinality", "13.3.7");
  } else if (const std::string collection = zeebe.attribute("inputCollection").value_or("");
             !collection.empty()) {
    it.collection = AddExpression(element, collection, "input collection");
    it.item = zeebe.attribute("inputElement").value_or("");
  } else if (const Element input = loop.reference("loopDataInputRef")) {
    // The data input is filled by an association; its source is the collection.
    std::string source = VariableOf(input);
    for (const Element& association : element.children("dataInputAssociation")) {
      if (!(association.reference("targetRef") == input)) continue;
      const Element transformation = association.child("transformation");
      if (transformation) source = transformation.text();
      if (!transformation && association.reference("sourceRef"))
        source = VariableOf(association.reference("sourceRef"));
    }
    it.collection = AddExpression(element, source, "loop data input");
    if (const Element item = loop.child("inputDataItem")) it.item = VariableOf(item);
  } else {
    Report(element,
           "the multiple instances have neither a cardinality nor a collection; say how many there are "
           "(loopCardinality, loopDataInputRef or zeebe:loopCharacteristics)",
           "13.3.7");
  }
  std::string output = zeebe.attribute("outputElement").value_or("");
  it.output_collection = zeebe.attribute("outputCollection").value_or("");
  if (const Element collection = loop.reference("loopDataOutputRef"); collection && output.empty()) {
    if (const Element item = loop.child("outputDataItem")) output = VariableOf(item);
    it.output_collection = VariableOf(collection);
    for (const Element& association : element.children("dataOutputAssociation")) {
      if (association.reference("sourceRef") == collection && association.reference("targetRef"))
        it.output_collection = VariableOf(association.reference("targetRef"));
    }
  }
  if (!output.empty()) {
    it.output_item = AddExpression(element, output, "output element");
    if (it.output_item != kNone) {
      const feel::Expression& expression = plan_.expressions[it.output_item];
      const std::string name = output.starts_with("=") ? output.substr(1) : output;
      if (expression.variables() == std::vector<std::string>{name}) it.output_variable = name;
    }
  }
  if (const Element condition = loop.child("completionCondition")) {
    it.condition = AddFormal(element, condition, "completion condition", "13.3.7");
  }
  CompileBehavior(element, loop, node);
}

/// The events that the activity throws while its instances complete (table 10.30).
void ProcessCompiler::CompileBehavior(const Element& element, const Element& loop, Node& node) {
  const std::string behavior = loop.attribute("behavior").value_or("All");
  if (behavior == "None" || behavior == "One") {
    node.loop.behavior = behavior == "None" ? LoopBehavior::kNone : LoopBehavior::kOne;
    const std::string_view name = behavior == "None" ? "noneBehaviorEventRef" : "oneBehaviorEventRef";
    const Element definition = loop.reference(name);
    if (definition) {
      AddLoopEvent(element, definition, kNone, node);
    } else if (loop.attribute(name)) {
      Report(element, absl::StrCat(std::string(name), " names no event definition of this file; choose one"),
             "13.3.7");
    }
  } else if (behavior == "Complex") {
    node.loop.behavior = LoopBehavior::kComplex;
    for (const Element& complex : loop.children("complexBehaviorDefinition")) {
      const Index condition =
          AddFormal(element, complex.child("condition"), "condition of a complex behavior", "13.3.7");
      for (const Element& definition : DefinitionsOf(view_, complex.child("event"))) {
        AddLoopEvent(element, definition, condition, node);
      }
    }
  }
}

void ProcessCompiler::AddLoopEvent(const Element& element, const Element& definition, Index condition,
                                   Node& node) {
  engine::LoopEvent event;
  event.condition = condition;
  const std::string_view type = definition.type();
  if (type == "signalEventDefinition") {
    CompileSignal(element, definition, event.event);
  } else if (type == "escalationEventDefinition") {
    CompileEscalation(element, definition, true, event.event);
  } else if (type == "errorEventDefinition") {
    CompileError(element, definition, true, event.event);
  } else if (type == "messageEventDefinition") {
    if (!CompileMessage(element, definition.reference("messageRef"), true, event.event)) {
      Report(element, "the multiple instances throw a message event without a message; choose one", "13.3.7");
    }
  } else {
    Report(element, absl::StrCat("multiple instances cannot throw ", WithArticle(InWords(type))), "13.3.7");
    return;
  }
  node.loop.events.push_back(std::move(event));
}

}  // namespace ameide::compiler
