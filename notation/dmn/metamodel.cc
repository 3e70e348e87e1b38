#include "notation/dmn/metamodel.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "absl/strings/match.h"

namespace ameide::dmn {
namespace {

struct VersionRow {
  Version version;
  std::string_view name, model, feel;
};

constexpr VersionRow kVersions[] = {
    {Version::k1_0, "1.0", "http://www.omg.org/spec/DMN/20130901", "http://www.omg.org/spec/FEEL/20130901"},
    {Version::k1_1, "1.1", "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
     "http://www.omg.org/spec/FEEL/20140401"},
    {Version::k1_1, "1.1", "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
     "http://www.omg.org/spec/FEEL/20140401"},
    {Version::k1_1, "1.1", "http://www.omg.org/spec/DMN/20151130", "http://www.omg.org/spec/FEEL/20140401"},
    {Version::k1_2, "1.2", "http://www.omg.org/spec/DMN/20180521/MODEL/",
     "http://www.omg.org/spec/DMN/20180521/FEEL/"},
    {Version::k1_3, "1.3", "https://www.omg.org/spec/DMN/20191111/MODEL/",
     "https://www.omg.org/spec/DMN/20191111/FEEL/"},
    {Version::k1_4, "1.4", "https://www.omg.org/spec/DMN/20211108/MODEL/",
     "https://www.omg.org/spec/DMN/20211108/FEEL/"},
    {Version::k1_5, "1.5", kModelNamespace, "https://www.omg.org/spec/DMN/20230324/FEEL/"},
    {Version::k1_6, "1.6", "https://www.omg.org/spec/DMN/20240513/MODEL/",
     "https://www.omg.org/spec/DMN/20240513/FEEL/"},
};

/// One complex type as it is written down: attributes separated by spaces, `!` for required ones and `=A|B`
/// for enumerations (underscores stand for spaces); children in their order as `name:type` with `?`, `!`, `*`
/// or
/// `+` for how often, `a:t|b:u` for alternatives, `%family` for the members of a family.
struct TypeRow {
  std::string_view name, base, attributes, children;
};

constexpr TypeRow kTypes[] = {
    {"tDMNElement", "", "id label", "description:text? extensionElements:any?"},
    {"tNamedElement", "tDMNElement", "name!", ""},
    {"tDMNElementReference", "", "href!", ""},
    {"tDefinitions", "tNamedElement", "expressionLanguage typeLanguage namespace! exporter exporterVersion",
     "import:tImport* itemDefinition:tItemDefinition* %drgElement* %artifact* "
     "elementCollection:tElementCollection* %businessContextElement* DMNDI:any?"},
    {"tImport", "tNamedElement", "namespace! locationURI importType!", ""},
    {"tElementCollection", "tNamedElement", "", "drgElement:tDMNElementReference*"},
    {"tDecision", "tNamedElement", "",
     "question:text? allowedAnswers:text? variable:tInformationItem? "
     "informationRequirement:tInformationRequirement* knowledgeRequirement:tKnowledgeRequirement* "
     "authorityRequirement:tAuthorityRequirement* supportedObjective:tDMNElementReference* "
     "impactedPerformanceIndicator:tDMNElementReference* decisionMaker:tDMNElementReference* "
     "decisionOwner:tDMNElementReference* usingProcess:tDMNElementReference* usingTask:tDMNElementReference* "
     "%expression?"},
    {"tBusinessContextElement", "tNamedElement", "URI", ""},
    {"tPerformanceIndicator", "tBusinessContextElement", "", "impactingDecision:tDMNElementReference*"},
    {"tOrganizationUnit", "tBusinessContextElement", "",
     "decisionMade:tDMNElementReference* decisionOwned:tDMNElementReference*"},
    {"tInvocable", "tNamedElement", "", "variable:tInformationItem?"},
    {"tBusinessKnowledgeModel", "tInvocable", "",
     "encapsulatedLogic:tFunctionDefinition? knowledgeRequirement:tKnowledgeRequirement* "
     "authorityRequirement:tAuthorityRequirement*"},
    {"tInputData", "tNamedElement", "", "variable:tInformationItem?"},
    {"tKnowledgeSource", "tNamedElement", "locationURI",
     "authorityRequirement:tAuthorityRequirement* type:text? owner:tDMNElementReference?"},
    {"tInformationRequirement", "tDMNElement", "",
     "requiredDecision:tDMNElementReference|requiredInput:tDMNElementReference!"},
    {"tKnowledgeRequirement", "tDMNElement", "", "requiredKnowledge:tDMNElementReference!"},
    {"tAuthorityRequirement", "tDMNElement", "",
     "requiredDecision:tDMNElementReference|requiredInput:tDMNElementReference|"
     "requiredAuthority:tDMNElementReference!"},
    {"tExpression", "tDMNElement", "typeRef", ""},
    {"tItemDefinition", "tNamedElement", "typeLanguage isCollection=true|false|1|0",
     "typeRef:text? allowedValues:tUnaryTests? typeConstraint:tUnaryTests? itemComponent:tItemDefinition* "
     "functionItem:tFunctionItem?"},
    {"tFunctionItem", "tDMNElement", "outputTypeRef", "parameters:tInformationItem*"},
    {"tLiteralExpression", "tExpression", "expressionLanguage", "text:text|importedValues:tImportedValues?"},
    {"tInvocation", "tExpression", "", "%expression? binding:tBinding*"},
    {"tBinding", "", "", "parameter:tInformationItem! %expression?"},
    {"tInformationItem", "tNamedElement", "typeRef", ""},
    {"tDecisionTable", "tExpression",
     "hitPolicy=UNIQUE|FIRST|PRIORITY|ANY|COLLECT|RULE_ORDER|OUTPUT_ORDER aggregation=SUM|COUNT|MIN|MAX "
     "preferredOrientation=Rule-as-Row|Rule-as-Column|CrossTable outputLabel",
     "input:tInputClause* output:tOutputClause+ annotation:tRuleAnnotationClause* rule:tDecisionRule*"},
    {"tInputClause", "tDMNElement", "", "inputExpression:tLiteralExpression! inputValues:tUnaryTests?"},
    {"tOutputClause", "tDMNElement", "name typeRef",
     "outputValues:tUnaryTests? defaultOutputEntry:tLiteralExpression?"},
    {"tRuleAnnotationClause", "", "name", ""},
    {"tDecisionRule", "tDMNElement", "",
     "inputEntry:tUnaryTests* outputEntry:tLiteralExpression+ annotationEntry:tRuleAnnotation*"},
    {"tRuleAnnotation", "", "", "text:text?"},
    {"tImportedValues", "tImport", "expressionLanguage", "importedElement:text!"},
    {"tGroup", "tDMNElement", "name", ""},
    {"tTextAnnotation", "tDMNElement", "textFormat", "text:text?"},
    {"tAssociation", "tDMNElement", "associationDirection=None|One|Both",
     "sourceRef:tDMNElementReference! targetRef:tDMNElementReference!"},
    {"tContext", "tExpression", "", "contextEntry:tContextEntry*"},
    {"tContextEntry", "tDMNElement", "", "variable:tInformationItem? %expression!"},
    {"tFunctionDefinition", "tExpression", "kind=FEEL|Java|PMML",
     "formalParameter:tInformationItem* %expression?"},
    {"tRelation", "tExpression", "", "column:tInformationItem* row:tList*"},
    {"tList", "tExpression", "", "%expression*"},
    {"tUnaryTests", "tExpression", "expressionLanguage", "text:text!"},
    {"tDecisionService", "tInvocable", "",
     "outputDecision:tDMNElementReference* encapsulatedDecision:tDMNElementReference* "
     "inputDecision:tDMNElementReference* inputData:tDMNElementReference*"},
    {"tChildExpression", "", "id", "%expression!"},
    {"tTypedChildExpression", "tChildExpression", "typeRef", ""},
    {"tIterator", "tExpression", "iteratorVariable", "in:tTypedChildExpression!"},
    {"tFor", "tIterator", "", "return:tChildExpression!"},
    {"tQuantified", "tIterator", "", "satisfies:tChildExpression!"},
    {"tConditional", "tExpression", "", "if:tChildExpression! then:tChildExpression! else:tChildExpression!"},
    {"tFilter", "tExpression", "", "in:tChildExpression! match:tChildExpression!"},
};

struct ElementRow {
  std::string_view name, type, family;
};

constexpr ElementRow kElements[] = {
    {"definitions", "tDefinitions", ""},
    {"import", "tImport", ""},
    {"itemDefinition", "tItemDefinition", ""},
    {"elementCollection", "tElementCollection", ""},
    {"decision", "tDecision", "drgElement"},
    {"businessKnowledgeModel", "tBusinessKnowledgeModel", "drgElement"},
    {"inputData", "tInputData", "drgElement"},
    {"knowledgeSource", "tKnowledgeSource", "drgElement"},
    {"decisionService", "tDecisionService", "drgElement"},
    {"performanceIndicator", "tPerformanceIndicator", "businessContextElement"},
    {"organizationUnit", "tOrganizationUnit", "businessContextElement"},
    {"group", "tGroup", "artifact"},
    {"textAnnotation", "tTextAnnotation", "artifact"},
    {"association", "tAssociation", "artifact"},
    {"literalExpression", "tLiteralExpression", "expression"},
    {"invocation", "tInvocation", "expression"},
    {"decisionTable", "tDecisionTable", "expression"},
    {"context", "tContext", "expression"},
    {"functionDefinition", "tFunctionDefinition", "expression"},
    {"relation", "tRelation", "expression"},
    {"list", "tList", "expression"},
    {"for", "tFor", "expression"},
    {"every", "tQuantified", "expression"},
    {"some", "tQuantified", "expression"},
    {"conditional", "tConditional", "expression"},
    {"filter", "tFilter", "expression"},
};

/// Calls `use` for each non-empty part of `text` between `separator`s.
template <typename Use>
void ForEachPart(std::string_view text, char separator, const Use& use) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) use(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

AttributeType ReadAttribute(std::string_view text) {
  AttributeType attribute;
  if (text.ends_with('!')) {
    attribute.required = true;
    text.remove_suffix(1);
  }
  if (const size_t equals = text.find('='); equals != std::string_view::npos) {
    ForEachPart(text.substr(equals + 1), '|', [&](std::string_view value) {
      if (value == "RULE_ORDER") value = "RULE ORDER";
      if (value == "OUTPUT_ORDER") value = "OUTPUT ORDER";
      attribute.values.push_back(value);
    });
    text = text.substr(0, equals);
  }
  attribute.name = text;
  return attribute;
}

Particle ReadParticle(std::string_view text) {
  Particle particle;
  switch (text.back()) {
    case '!':
      particle.occurs = Occurs::kOne;
      break;
    case '*':
      particle.occurs = Occurs::kMany;
      break;
    case '+':
      particle.occurs = Occurs::kOneOrMore;
      break;
    default:
      particle.occurs = Occurs::kOptional;
  }
  text.remove_suffix(1);
  ForEachPart(text, '|', [&](std::string_view choice) {
    const size_t colon = choice.find(':');
    if (colon == std::string_view::npos) {
      particle.choices.push_back({choice, ""});
    } else {
      particle.choices.push_back({choice.substr(0, colon), choice.substr(colon + 1)});
    }
  });
  return particle;
}

using TypeTable = std::map<std::string_view, ComplexType>;

TypeTable ReadTypes() {
  TypeTable table;
  for (const TypeRow& row : kTypes) {  // a base stands before those who extend it
    ComplexType type;
    if (!row.base.empty()) type = table[row.base];
    type.name = row.name;
    ForEachPart(row.attributes, ' ',
                [&](std::string_view text) { type.attributes.push_back(ReadAttribute(text)); });
    ForEachPart(row.children, ' ',
                [&](std::string_view text) { type.particles.push_back(ReadParticle(text)); });
    table[row.name] = std::move(type);
  }
  return table;
}

const ElementRow* FindElement(std::string_view name) {
  const auto* const row = std::find_if(std::begin(kElements), std::end(kElements),
                                       [&](const ElementRow& each) { return each.name == name; });
  return row == std::end(kElements) ? nullptr : row;
}

}  // namespace

std::string_view VersionName(Version version) {
  for (const VersionRow& row : kVersions) {
    if (row.version == version) return row.name;
  }
  return "";
}

std::optional<Version> ModelVersion(std::string_view uri) {
  for (const VersionRow& row : kVersions) {
    if (row.model == uri) return row.version;
  }
  return std::nullopt;
}

bool IsFeelNamespace(std::string_view uri) {
  return std::any_of(std::begin(kVersions), std::end(kVersions),
                     [&](const VersionRow& row) { return row.feel == uri; }) ||
         absl::EqualsIgnoreCase(std::string(uri), "feel");
}

const ComplexType* FindComplexType(std::string_view name) {
  static const TypeTable table = ReadTypes();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

const ComplexType* TypeOfElement(std::string_view local_name) {
  const ElementRow* const row = FindElement(local_name);
  return row == nullptr ? nullptr : FindComplexType(row->type);
}

bool IsInFamily(std::string_view local_name, std::string_view family) {
  const ElementRow* const row = FindElement(local_name);
  return row != nullptr && row->family == family;
}

}  // namespace ameide::dmn
