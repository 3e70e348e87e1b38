// Data: input and output sets, data associations, data objects, expressions (BPMN 2.0.2, 8.4 and 10.4).
#include <algorithm>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "notation/bpmn/lint_rules.h"

namespace ameide::bpmn {

using uaf::document::Severity;

namespace {

/// Names of one direction of the data flow.
struct Direction {
  std::string_view data, set, members, optional, executing, partners, back;
};
constexpr Direction kInput = {
    "dataInput",     "inputSet",    "dataInputRefs", "optionalInputRefs", "whileExecutingInputRefs",
    "outputSetRefs", "inputSetRefs"};
constexpr Direction kOutput = {
    "dataOutput",   "outputSet",    "dataOutputRefs", "optionalOutputRefs", "whileExecutingOutputRefs",
    "inputSetRefs", "outputSetRefs"};

/// Every data input is in an input set, every data output in an output set.
void DataWithoutSet(const LintContext& context, Report& report) {
  for (const Direction& direction : {kInput, kOutput}) {
    std::unordered_set<uint32_t> members;
    for (const Element& set : context.view.OfType(direction.set)) {
      for (const Element& member : Referred(context, set, direction.members)) members.insert(IndexOf(member));
    }
    for (const Element& data : context.view.OfType(direction.data)) {
      if (members.contains(IndexOf(data))) continue;
      report.Add(data, absl::StrCat("is in no ", InWords(direction.set), "; name it by ",
                                    std::string(direction.members), " in one of them"));
    }
  }
}

void CheckSet(const LintContext& context, Report& report, const Direction& direction, const Element& set) {
  const std::vector<Element> members = Referred(context, set, direction.members);
  for (const Element& member : members) {
    if (member.type() != direction.data || member.parent() == set.parent()) continue;
    report.Add(
        set, absl::StrCat("contains the ", LabelOf(member), " of something else; name only data of its own ",
                          InWords(set.parent().local_name())));
  }
  for (const std::string_view part : {direction.optional, direction.executing}) {
    for (const Element& member : Referred(context, set, part)) {
      if (Contains(members, member)) continue;
      report.Add(set, absl::StrCat("names the ", LabelOf(member), " in ", std::string(part), " but not in ",
                                   std::string(direction.members), "; add it there"));
    }
  }
  for (const Element& partner : Referred(context, set, direction.partners)) {
    if (Contains(Referred(context, partner, direction.back), set)) continue;
    report.Add(set, absl::StrCat("names the ", LabelOf(partner),
                                 " as its partner, which does not name it back; add ",
                                 std::string(direction.back), " there"));
  }
}

void DataSet(const LintContext& context, Report& report) {
  for (const Direction& direction : {kInput, kOutput}) {
    for (const Element& set : context.view.OfType(direction.set)) CheckSet(context, report, direction, set);
  }
}

/// Whether data can be at the end of a data association. Items of multi-instance loops are data, too.
bool IsData(const Element& element) {
  const std::string_view type = element.type();
  return element.is(kItemAware) || type == "inputDataItem" || type == "outputDataItem";
}

template <typename Use>
void ForEachAssociation(const LintContext& context, const Use& use) {
  for (const std::string_view type : {"dataInputAssociation", "dataOutputAssociation"}) {
    for (const Element& association : context.view.OfType(type)) use(association);
  }
}

bool IsTypeOf(const Element& element, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), element.type()) != types.end();
}

/// Data goes from around an activity or event into its data inputs, and from its data outputs to around it.
/// Properties stand in for inputs and outputs that a modeler did not write. What a process declares as its
/// input is filled by its caller only, and its output is read there only.
void DataAssociationDirection(const LintContext& context, Report& report) {
  ForEachAssociation(context, [&](const Element& association) {
    const bool reads = association.type() == "dataInputAssociation";
    const auto check = [&](std::string_view name, std::initializer_list<std::string_view> types,
                           std::string_view why) {
      for (const Element& end : Referred(context, association, name)) {
        if (IsTypeOf(end, types))
          report.Add(association, absl::StrCat(name == "sourceRef" ? "reads the " : "writes the ",
                                               LabelOf(end), std::string(why)));
      }
    };
    if (reads) {
      check("targetRef",
            {"dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataOutput"},
            ", but it fills data inputs; let its target be a data input, or make it a data output "
            "association");
      check("sourceRef", {"dataOutput"}, ", which only what is around it can read; read a data object");
    } else {
      check("sourceRef",
            {"dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "dataInput"},
            ", but it takes data outputs on; let its source be a data output, or make it a data input "
            "association");
      check("targetRef", {"dataInput"}, ", which only what is around it can fill; write a data object");
    }
  });
}

void DataAssociationEnds(const LintContext& context, Report& report) {
  ForEachAssociation(context, [&](const Element& association) {
    const std::vector<Element> sources = Referred(context, association, "sourceRef");
    const std::vector<Element> targets = Referred(context, association, "targetRef");
    for (const auto& ends : {sources, targets}) {
      for (const Element& end : ends) {
        if (IsData(end)) continue;
        report.Add(association,
                   absl::StrCat("connects to the ", LabelOf(end),
                                ", which is no data; connect data objects, stores, properties, inputs or "
                                "outputs"));
      }
    }
    const bool reads = association.type() == "dataInputAssociation";
    for (const Element& end : reads ? targets : sources) {
      if (end.type() != (reads ? "dataInput" : "dataOutput") || IsWithin(end, association.parent())) continue;
      report.Add(association, absl::StrCat("connects to the ", LabelOf(end),
                                           " of something else; choose one of the element it is in"));
    }
    const size_t count = association.children("sourceRef").size();
    if (count < 2 || association.child("transformation")) return;
    report.Add(association,
               absl::StrCat("has ", count, " sources; without a transformation it can have one only"));
  });
}

/// The item definition of data, followed through references to data objects and stores.
Element ItemOf(const Element& data) {
  if (const Element item = data.reference("itemSubjectRef")) return item;
  const Element behind =
      data.reference(data.type() == "dataObjectReference" ? "dataObjectRef" : "dataStoreRef");
  return behind.reference("itemSubjectRef");
}

void DataAssociationType(const LintContext& context, Report& report) {
  ForEachAssociation(context, [&](const Element& association) {
    if (association.child("transformation") || association.child("assignment")) return;
    const Element source = association.reference("sourceRef"), target = association.reference("targetRef");
    const Element from = ItemOf(source), to = ItemOf(target);
    if (SameItem(from, to)) return;
    report.Add(association,
               absl::StrCat("copies the ", LabelOf(source), " to the ", LabelOf(target),
                            " of another item definition; add a transformation, or use one definition"));
  });
}

/// The process, subprocess, activity or event within which data can be seen; empty for stores, which are seen
/// everywhere.
Element OwnerOf(const Element& data) {
  const std::string_view type = data.type();
  if (type == "dataStore" || type == "dataStoreReference" || !IsData(data)) return {};
  const Element owner = data.parent();
  const bool part = owner.type() == "ioSpecification" || owner.type() == "multiInstanceLoopCharacteristics";
  return part ? owner.parent() : owner;
}

/// Data can be seen in what it is in, and below.
void DataVisibility(const LintContext& context, Report& report) {
  ForEachAssociation(context, [&](const Element& association) {
    const bool reads = association.type() == "dataInputAssociation";
    for (const std::string_view name : {"sourceRef", "targetRef"}) {
      for (const Element& end : Referred(context, association, name)) {
        const Element owner = OwnerOf(end);
        if (!owner || IsWithin(association, owner)) continue;
        // Inputs and outputs at the wrong end, or of something else at their own, are other rules'.
        const bool outer_end = reads == (name == "sourceRef");
        if (end.type() == "dataInput" && !(reads && outer_end)) continue;
        if (end.type() == "dataOutput" && !(!reads && outer_end)) continue;
        report.Add(association,
                   absl::StrCat("uses the ", LabelOf(end), " of ", LabelOf(owner),
                                ", which cannot be seen here; use data of a process or subprocess around "
                                "both"));
      }
    }
  });
  for (const Element& reference : context.view.OfType("dataObjectReference")) {
    const Element object = reference.reference("dataObjectRef");
    if (object.type() != "dataObject" || IsWithin(reference, object.parent())) continue;
    report.Add(reference, absl::StrCat("refers to the ", LabelOf(object),
                                       ", which cannot be seen here; move that to a process or subprocess "
                                       "around both"));
  }
}

void DataReference(const LintContext& context, Report& report) {
  for (const Element& reference : context.view.OfType("dataObjectReference")) {
    if (IsBlank(reference.attribute("dataObjectRef").value_or("")))
      report.Add(reference, "refers to no data object (dataObjectRef); choose one");
    if (reference.attribute("itemSubjectRef"))
      report.Add(reference,
                 "has an item definition of its own; only its data object can have one, move it there");
  }
  for (const Element& object : context.view.OfType("dataObject")) {
    if (object.child("dataState"))
      report.Add(object, "has a state; only references to it can have one, move it there");
  }
}

void CollectionMismatch(const LintContext& context, Report& report) {
  for (const std::string_view type : {"dataObject", "dataInput", "dataOutput"}) {
    for (const Element& data : context.view.OfType(type)) {
      const Element item = data.reference("itemSubjectRef");
      const bool collection = data.flag("isCollection", false);
      if (item.type() != "itemDefinition" || item.flag("isCollection", false) == collection) continue;
      report.Add(data,
                 absl::StrCat("is ", collection ? "a" : "no", " collection, but its ", LabelOf(item), " is ",
                              collection ? "none" : "one", "; set isCollection to the same value on both"));
    }
  }
}

/// Formal expressions that other elements need and that say nothing.
void EmptyExpression(const LintContext& context, Report& report) {
  const auto check = [&](const Element& expression) {
    if (!IsEmptyExpression(expression)) return;
    report.Add(expression,
               absl::StrCat("its ", InWords(expression.local_name()), " is empty; write the expression"));
  };
  for (const std::string_view type : {"messagePath", "dataPath", "transformation"}) {
    for (const Element& expression : context.view.OfType(type)) check(expression);
  }
  for (const Element& behavior : context.view.OfType("complexBehaviorDefinition"))
    check(behavior.child("condition"));
}

void OwnBinding(const LintContext& context, Report& report) {
  for (const Element& binding : context.view.OfType("ioBinding")) {
    const Element callable = binding.parent();
    for (const std::string_view name : {"inputDataRef", "outputDataRef"}) {
      const Element data = binding.reference(name);
      if (!data || data.parent().parent() == callable) continue;
      report.Add(callable, absl::StrCat("binds an operation to the ", LabelOf(data),
                                        " of something else; choose data of its own ioSpecification"));
    }
  }
}

void ResourceBinding(const LintContext& context, Report& report) {
  std::unordered_multimap<uint32_t, Element> users;  // by the resource that they name
  for (const Element& reference : context.view.OfType("resourceRef")) {
    const Element resource = context.view.Resolve(reference, reference.text());
    if (resource.type() == "resource") users.emplace(IndexOf(resource), reference.parent());
  }
  for (const Element& binding : context.view.OfType("resourceParameterBinding")) {
    const Element parameter = binding.reference("parameterRef");
    const Element resource = binding.parent().reference("resourceRef");
    if (!parameter || !resource || parameter.parent() == resource) continue;
    report.Add(binding, absl::StrCat("binds the ", LabelOf(parameter), ", which is no parameter of ",
                                     LabelOf(resource), "; choose one of its own"));
  }
  for (const Element& required : context.view.OfType("resourceParameter")) {
    if (!required.flag("isRequired", false)) continue;
    const auto uses = users.equal_range(IndexOf(required.parent()));
    for (auto user = uses.first; user != uses.second; ++user) {
      const std::vector<Element> bindings = user->second.children("resourceParameterBinding");
      if (std::any_of(bindings.begin(), bindings.end(), [&](const Element& binding) {
            return binding.reference("parameterRef") == required;
          })) {
        continue;
      }
      report.Add(user->second, absl::StrCat("does not bind the ", LabelOf(required), ", which ",
                                            LabelOf(required.parent()), " requires; add a binding"));
    }
  }
}

constexpr Rule kRules[] = {
    {{"bpmn/data-without-set", Severity::kError, "A data input or output that is in no set", "10.4.2", true},
     DataWithoutSet},
    {{"bpmn/data-set", Severity::kError, "An input or output set that contradicts its data or partner",
      "10.4.2", true},
     DataSet},
    {{"bpmn/data-association-ends", Severity::kError, "A data association with wrong or too many ends",
      "10.4.2"},
     DataAssociationEnds},
    {{"bpmn/data-association-direction", Severity::kError, "A data association the wrong way round", "10.4.2",
      true},
     DataAssociationDirection},
    {{"bpmn/data-association-type", Severity::kError, "A data association between different items", "10.4.2",
      true},
     DataAssociationType},
    {{"bpmn/data-visibility", Severity::kError, "Data that cannot be seen where it is used", "10.4.1"},
     DataVisibility},
    {{"bpmn/data-reference", Severity::kError,
      "A reference to a data object that says too little or too much", "10.4.1", true},
     DataReference},
    {{"bpmn/collection-mismatch", Severity::kError, "Data and its item definition differ in isCollection",
      "10.4.1", true},
     CollectionMismatch},
    {{"bpmn/empty-expression", Severity::kError, "A formal expression that says nothing", "8.4.6"},
     EmptyExpression},
    {{"bpmn/binding", Severity::kError, "An operation bound to data of something else", "10.4.2", true},
     OwnBinding,
     Reach::kWhole},
    {{"bpmn/resource-binding", Severity::kError,
      "A binding of another resource's parameter, or none of a required one", "8.4.12", true},
     ResourceBinding,
     Reach::kWhole},
};

}  // namespace

std::span<const Rule> DataRules() { return kRules; }

}  // namespace ameide::bpmn
