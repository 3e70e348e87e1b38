// Activities: quantities, loops, ad-hoc subprocesses, scripts, operations, calls (BPMN 2.0.2, 10.3).
#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"
#include "notation/feel/expression.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

void ActivityQuantity(const LintContext& context, Report& report) {
  for (const Element& element : context.view.model_elements()) {
    if (!element.is(kActivity)) continue;
    for (const std::string_view name : {"startQuantity", "completionQuantity"}) {
      const std::optional<std::string> text = element.attribute(name);
      int64_t value = 0;
      if (!text || !absl::SimpleAtoi(*text, &value) || value >= 1)
        continue;  // not a number: the schema's finding
      report.Add(element, absl::StrCat(std::string(name), " is ", value, "; it must be at least 1"));
    }
  }
}

void LoopMaximum(const LintContext& context, Report& report) {
  for (const Element& loop : context.view.OfType("standardLoopCharacteristics")) {
    int64_t value = 0;
    if (!absl::SimpleAtoi(loop.attribute("loopMaximum").value_or("0"), &value) || value >= 0) continue;
    report.Add(loop, absl::StrCat("loopMaximum is ", value, "; it must not be negative"));
  }
}

/// What is wrong with a number of instances, as far as it is known: a constant, or (where it runs) something
/// that is never a number.
std::string WrongCardinality(const std::string& text, bool runs) {
  using Kind = feel::Type::Kind;
  const absl::StatusOr<feel::Expression> expression = feel::Parse(text);
  if (!expression.ok()) return "";
  if (!expression->is_constant()) {
    const Kind kind = expression->type().kind();
    const bool maybe =
        kind == Kind::kAny || kind == Kind::kNull || kind == Kind::kNumber || kind == Kind::kList;
    return maybe || !runs ? "" : absl::StrCat("is a ", expression->type().ToString());
  }
  const feel::Value value = feel::Evaluate(*expression, feel::Context());
  if (value.number() == nullptr) return "is no number";
  if (value.number()->negative()) return "is negative";
  return value.number()->IsInteger() ? "" : "is no whole number";
}

void LoopCardinality(const LintContext& context, Report& report) {
  for (const Element& cardinality : context.view.OfType("loopCardinality")) {
    const std::string text = cardinality.text();
    const std::string wrong = WrongCardinality(text, context.IsExecutable(cardinality));
    if (wrong.empty()) continue;
    report.Add(cardinality,
               absl::StrCat("loopCardinality ", text.substr(0, 60), " ", wrong,
                            "; it must be a whole number from 0 on, or an expression that gives one"));
  }
}

/// Without an event definition the standard has a default signal thrown, which no event can name.
void MultiInstanceBehavior(const LintContext& context, Report& report) {
  for (const Element& loop : context.view.OfType("multiInstanceLoopCharacteristics")) {
    const std::string behavior = loop.attribute("behavior").value_or("All");
    const bool one = behavior == "One", none = behavior == "None";
    const std::string_view reference = one ? "oneBehaviorEventRef" : "noneBehaviorEventRef";
    if ((one || none) && IsBlank(loop.attribute(reference).value_or(""))) {
      report.Add(loop,
                 absl::StrCat("its behavior ", behavior, " throws an event, but ", std::string(reference),
                              " names none, so nothing can catch it; name an event definition of the file"));
    }
    if (behavior == "Complex" && !loop.child("complexBehaviorDefinition")) {
      report.Add(loop,
                 "its behavior Complex says when events are thrown, but it has no complexBehaviorDefinition; "
                 "add one or choose another behavior");
    }
  }
}

/// Instances of a task run over one of its data inputs, those of a subprocess over any data.
void MultiInstanceData(const LintContext& context, Report& report) {
  for (const Element& loop : context.view.OfType("multiInstanceLoopCharacteristics")) {
    const Element activity = loop.parent();
    for (const bool input : {true, false}) {
      const std::string_view name = input ? "loopDataInputRef" : "loopDataOutputRef";
      const std::string_view type = input ? "dataInput" : "dataOutput";
      const Element data = loop.reference(name);
      const bool around = activity.is(kSubProcessLike) && data.is(kItemAware);
      const Element object = data.type() == "dataObjectReference" ? data.reference("dataObjectRef") : data;
      if (around && object.type() == "dataObject" && !object.flag("isCollection", false)) {
        report.Add(loop, absl::StrCat(std::string(name), " names the ", LabelOf(data),
                                      ", which is no collection; set its isCollection"));
      }
      if (around && object.type() == "dataObject" && !IsWithin(activity, object.parent())) {
        report.Add(loop,
                   absl::StrCat(std::string(name), " names the ", LabelOf(data),
                                ", which cannot be seen here; move it to a process or subprocess around "
                                "both"));
      }
      if (!data || around || (data.type() == type && data.parent().parent() == activity)) continue;
      report.Add(
          loop, absl::StrCat(std::string(name), " names the ", LabelOf(data), ", which is no ", InWords(type),
                             " of the activity itself; add one and fill it by a data association"));
    }
  }
}

void AdHoc(const LintContext& context, Report& report) {
  for (const Scope& scope : context.scopes) {
    if (!scope.ad_hoc) continue;
    bool works = false;
    for (const Element& node : scope.nodes) {
      works = works || node.is(kActivity);
      if (node.type() != "startEvent" && node.type() != "endEvent") continue;
      report.Add(node, "is in an ad-hoc subprocess, which has neither start nor end events; delete it");
    }
    if (!works) report.Add(scope.container, "has no activity; an ad-hoc subprocess needs at least one");
  }
}

void SubProcessData(const LintContext& context, Report& report) {
  for (const Element& specification : context.view.OfType("ioSpecification")) {
    if (!specification.parent().is(kSubProcessLike)) continue;
    report.Add(
        specification.parent(),
        "has an ioSpecification, which a subprocess cannot have: it sees the data around it; remove it");
  }
}

void ScriptFormat(const LintContext& context, Report& report) {
  for (const Element& task : context.view.OfType("globalScriptTask")) {
    if (!task.child("script") || !IsBlank(task.attribute("scriptLanguage").value_or(""))) continue;
    report.Add(task,
               "has a script, but scriptLanguage does not say in which language; for FEEL write "
               "scriptLanguage=\"feel\"");
  }
  for (const Element& task : context.view.OfType("scriptTask")) {
    if (!task.child("script") || !IsBlank(task.attribute("scriptFormat").value_or(""))) continue;
    report.Add(task,
               "has a script, but scriptFormat does not say in which language; for FEEL write "
               "scriptFormat=\"feel\"");
  }
}

size_t CountOf(const Element& specification, std::string_view type) {
  return specification.children(type).size();
}

/// The data of a task that calls an operation or passes a message: one set with one item, that of the
/// message.
void CheckMessageData(Report& report, const Element& task, bool input, const Element& message) {
  const Element specification = task.child("ioSpecification");
  if (!specification) return;
  for (const std::string_view type : {input ? "inputSet" : "outputSet", input ? "dataInput" : "dataOutput"}) {
    const size_t count = CountOf(specification, type);
    if (count < 2) continue;
    report.Add(task, absl::StrCat("has ", count, " ", InWords(type), "s, but its message is one; keep one"));
  }
  for (const Element& data : specification.children(input ? "dataInput" : "dataOutput")) {
    if (!message || SameItem(data.reference("itemSubjectRef"), message.reference("itemRef"))) continue;
    report.Add(task, absl::StrCat("its ", LabelOf(data), " is of another item definition than the ",
                                  LabelOf(message), "; use one definition for both"));
  }
}

void TaskData(const LintContext& context, Report& report) {
  for (const Element& task : context.view.OfType("serviceTask")) {
    const Element operation = task.reference("operationRef");
    if (!operation) continue;
    CheckMessageData(report, task, true, operation.reference("inMessageRef"));
    CheckMessageData(report, task, false, operation.reference("outMessageRef"));
  }
  for (const Element& task : context.view.OfType("sendTask"))
    CheckMessageData(report, task, true, task.reference("messageRef"));
  for (const Element& task : context.view.OfType("receiveTask"))
    CheckMessageData(report, task, false, task.reference("messageRef"));
}

void CalledProcessStart(const LintContext& context, Report& report) {
  for (const Element& call : context.view.OfType("callActivity")) {
    const Element process = call.reference("calledElement");
    if (process.type() != "process") continue;
    bool starts = false, plain = false;
    for (const Element& node : process.children("startEvent")) {
      starts = true;
      plain = plain || EventDefinitionsOf(node).empty();
    }
    if (!starts || plain) continue;
    report.Add(call,
               absl::StrCat("calls ", LabelOf(process),
                            ", which has only start events with triggers; add a start event without one"));
  }
}

/// Whether each item of the one can be paired with one of the other. What has no item matches everything.
bool ItemsMatch(const std::vector<Element>& own, std::vector<Element> theirs) {
  const auto item = [](const Element& data) { return data.reference("itemSubjectRef"); };
  std::stable_partition(theirs.begin(), theirs.end(), item);
  for (const Element& data : own) {
    if (!item(data)) continue;
    const auto match = std::find_if(theirs.begin(), theirs.end(), [&](const Element& candidate) {
      return SameItem(item(data), item(candidate));
    });
    if (match == theirs.end()) return false;
    theirs.erase(match);
  }
  return true;
}

/// A call hands over what the called element declares, and takes what it gives.
void CalledData(const LintContext& context, Report& report) {
  for (const Element& call : context.view.OfType("callActivity")) {
    const Element called = call.reference("calledElement");
    if (!called.is(kCallable)) continue;
    const Element own = call.child("ioSpecification"), theirs = called.child("ioSpecification");
    for (const std::string_view type : {"dataInput", "dataOutput", "inputSet", "outputSet"}) {
      const size_t has = CountOf(own, type), needs = CountOf(theirs, type);
      const bool one_says_nothing = (type == "inputSet" || type == "outputSet") && (!own || !theirs);
      if (has == needs && type.starts_with("data") &&
          !ItemsMatch(own.children(type), theirs.children(type))) {
        report.Add(call, absl::StrCat("its ", InWords(type), "s are of other item definitions than those of ",
                                      LabelOf(called), "; what a call declares must match what it calls"));
      }
      if (has == needs || one_says_nothing) continue;
      report.Add(call, absl::StrCat("has ", has, " ", InWords(type), "s, but ", LabelOf(called), " has ",
                                    needs, "; what a call declares must match what it calls"));
    }
  }
}

void ExposedCallable(const LintContext& context, Report& report) {
  for (const Element& reference : context.view.OfType("supportedInterfaceRef")) {
    const Element callable = reference.parent();
    if (!callable.is(kCallable) || callable.child("ioBinding")) continue;
    report.Add(callable, "supports an interface, but binds no operation of it to its data; add an ioBinding");
  }
}

void PublicProcess(const LintContext& context, Report& report) {
  for (const Element& process : context.view.OfType("process")) {
    if (process.attribute("processType").value_or("") != "Public" || !process.flag("isExecutable", false))
      continue;
    report.Add(process,
               "is public and executable; a public process only shows what others see, make it private or "
               "set isExecutable to false");
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/activity-quantity", Severity::kError, "A start or completion quantity below 1", "10.3"},
     ActivityQuantity},
    {{"bpmn/loop-maximum", Severity::kError, "A negative maximum of a loop", "10.3.8"}, LoopMaximum},
    {{"bpmn/loop-cardinality", Severity::kError, "A number of instances that is no number from 0 on",
      "10.3.8"},
     LoopCardinality},
    {{"bpmn/multi-instance-behavior", Severity::kWarning,
      "A multi-instance behavior without the event it throws", "10.3.8"},
     MultiInstanceBehavior},
    {{"bpmn/multi-instance-data", Severity::kError, "A multi-instance task over data that is not its own",
      "10.3.8", true},
     MultiInstanceData},
    {{"bpmn/ad-hoc", Severity::kError, "An ad-hoc subprocess with start or end events, or without activity",
      "10.3.5"},
     AdHoc,
     Reach::kWhole},
    {{"bpmn/subprocess-data", Severity::kError, "A subprocess with data inputs or outputs", "10.4.2", true},
     SubProcessData,
     Reach::kWhole},
    {{"bpmn/script-format", Severity::kError, "A script in an unsaid language", "10.3.3", true},
     ScriptFormat},
    {{"bpmn/task-data", Severity::kError, "Inputs or outputs that are not those of the operation or message",
      "10.3.3", true},
     TaskData},
    {{"bpmn/called-process-start", Severity::kError, "A call of a process that only triggers start",
      "10.3.6"},
     CalledProcessStart},
    {{"bpmn/called-data", Severity::kError, "A call whose data does not match what it calls", "10.3.6", true},
     CalledData},
    {{"bpmn/exposed-callable", Severity::kError, "An interface is supported without bindings", "10.4.2",
      true},
     ExposedCallable,
     Reach::kWhole},
    {{"bpmn/public-process", Severity::kError, "A public process that is executable", "10.2.1", true},
     PublicProcess},
};

}  // namespace

std::span<const Rule> ActivityRules() { return kRules; }

}  // namespace ameide::bpmn
