#include "notation/dmn/types.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "notation/dmn/cell.h"

namespace ameide::dmn {

using feel::EvaluationOptions;
using feel::Type;
using feel::Value;
using uaf::document::Severity;

// ---- Conformance

namespace {

bool Passes(const ItemType::Tests& tests, const Value& value, const feel::Context* siblings,
            const EvaluationOptions& options) {
  std::vector<Value> slots;
  for (const std::string& name : tests.names) {
    const Value* const found = siblings == nullptr ? nullptr : siblings->Find(name);
    slots.push_back(found == nullptr ? Value() : *found);
  }
  EvaluationOptions quiet = options;
  quiet.diagnostics = nullptr;
  return feel::EvaluateUnaryTests(tests.expression, value, slots, quiet).is_true();
}

/// What of `value`, which has the type's structure, is against a constraint; empty when nothing is.
std::string Violation(const Value& value, const ItemType& type, const feel::Context* siblings,
                      const EvaluationOptions& options) {
  if (value.is_null() || !type.constrained) return "";
  const feel::List* const items = value.list();
  if (type.is_collection && items != nullptr) {
    for (size_t i = 0; i < items->size(); ++i) {
      const Value& item = (*items)[i];
      if (type.base != nullptr) {
        if (std::string why = Violation(item, *type.base, nullptr, options); !why.empty())
          return absl::StrCat("item ", i + 1, ": ", why);
      }
      if (type.allowed && !item.is_null() && !Passes(*type.allowed, item, siblings, options)) {
        return absl::StrCat("item ", i + 1, ", ", FeelText(item), ", is not among the allowed values of ",
                            type.name, ": ", type.allowed_text);
      }
    }
  } else {
    if (type.base != nullptr) {
      if (std::string why = Violation(value, *type.base, siblings, options); !why.empty()) return why;
    }
    const auto passes = [&](const Value& each) { return Passes(*type.allowed, each, siblings, options); };
    if (type.allowed && !passes(value) &&
        (items == nullptr || !std::all_of(items->begin(), items->end(), passes))) {
      return absl::StrCat(FeelText(value), " is not among the allowed values of ", type.name, ": ",
                          type.allowed_text);
    }
  }
  const feel::Context* const context = value.context();
  for (const auto& field : type.components) {
    const auto& name = field.first;
    const auto& component = field.second;
    const auto check = [&](const feel::Context& of) -> std::string {
      const Value* const part = of.Find(name);
      if (part == nullptr) return "";
      std::string why = Violation(*part, *component, &of, options);
      return why.empty() ? why : absl::StrCat(name, ": ", why);
    };
    if (context != nullptr) {
      if (std::string why = check(*context); !why.empty()) return why;
    } else if (items != nullptr) {
      for (const Value& item : *items) {
        if (item.context() == nullptr) continue;
        if (std::string why = check(*item.context()); !why.empty()) return why;
      }
    }
  }
  if (type.constraint && !Passes(*type.constraint, value, siblings, options)) {
    return absl::StrCat(FeelText(value), " does not satisfy the constraint of ", type.name, ": ",
                        type.constraint_text);
  }
  return "";
}

}  // namespace

Value Conform(const Value& value, const ItemType* type, const EvaluationOptions& options, std::string* why) {
  if (type == nullptr || value.is_null()) return value;
  if (!type->constrained && IsPlainly(value, type->type)) return value;
  Value coerced = feel::Coerce(value, type->type, why);
  if (coerced.is_null() || !type->constrained) return coerced;
  std::string violation = Violation(coerced, *type, nullptr, options);
  if (violation.empty()) return coerced;
  if (why != nullptr) *why = std::move(violation);
  return Value();
}

// ---- Table

/// Builds definitions on demand: one may refer to those behind it.
struct TypeTable::Builder {
  TypeTable& table;
  const Graph& graph;
  std::vector<ModelFinding>& findings;
  std::vector<std::unordered_map<std::string, Element>> definitions;  // of each file, by name
  std::vector<std::pair<uint32_t, std::string>> open;                 // being built

  void BuildAll() {
    definitions.resize(graph.files().size());
    for (uint32_t file = 0; file < graph.files().size(); ++file) {
      for (const Element& definition : graph.files()[file]->view.item_definitions()) {
        if (!definitions[file].emplace(definition.name(), definition).second) {
          findings.push_back(
              {Severity::kError,
               "dmn/duplicate-name",
               file,
               definition,
               {},
               {},
               absl::StrCat("the name of ", LabelOf(definition),
                            " is already that of another item definition; give it another name")});
        }
      }
    }
    for (uint32_t file = 0; file < graph.files().size(); ++file) {
      for (const Element& definition : graph.files()[file]->view.item_definitions())
        Own(file, definition.name());
    }
  }

  static constexpr size_t kMostNesting = 100;  ///< of definitions in definitions

  std::shared_ptr<const ItemType> TooDeep(uint32_t file, const Element& at) {
    findings.push_back({Severity::kError,
                        "dmn/nesting",
                        file,
                        at,
                        {},
                        {},
                        absl::StrCat("types are nested deeper than ", kMostNesting,
                                     " definitions; what is below is taken as anything"),
                        std::nullopt});
    auto any = std::make_shared<ItemType>();
    any->name = at.name();
    return any;
  }

  /// The definition of that name in a file itself.
  std::shared_ptr<const ItemType> Own(uint32_t file, const std::string& name) {
    if (const auto done = table.types_[file].find(name); done != table.types_[file].end())
      return done->second;
    const auto found = definitions[file].find(name);
    if (found == definitions[file].end()) return nullptr;
    const std::pair<uint32_t, std::string> key = {file, name};
    if (std::find(open.begin(), open.end(), key) != open.end()) {
      // Types are trees; a definition that holds itself is cut here and takes anything from there on.
      std::string circle;
      for (auto step = std::find(open.begin(), open.end(), key); step != open.end(); ++step)
        absl::StrAppend(&circle, "\"", step->second, "\" → ");
      findings.push_back({Severity::kWarning,
                          "dmn/cyclic-type",
                          file,
                          found->second,
                          {},
                          {},
                          absl::StrCat("the type is made of itself: ", circle, "\"", name,
                                       "\"; where it comes again it is taken as Any, so nothing is checked "
                                       "there: break the circle"),
                          std::nullopt});
      auto any = std::make_shared<ItemType>();
      any->name = name;
      return any;
    }
    if (open.size() >= kMostNesting) return TooDeep(file, found->second);
    open.push_back(key);
    auto built = Build(file, found->second, name, {});
    open.pop_back();
    table.types_[file][name] = built;
    return built;
  }

  std::shared_ptr<const ItemType> Referred(uint32_t file, const Element& at, const std::string& reference) {
    bool known = false;
    if (auto built_in = table.Lookup(file, at, reference, known); known) return built_in;
    std::string_view rest = reference;
    if (auto own = Own(file, NormalizedName(rest))) return own;
    // `import name.type`, also through several imports; or a prefix of a namespace.
    for (const Graph::Import& import : graph.files()[file]->imports) {
      if (!import.file || *import.file == file) continue;
      std::string inner;
      if (import.name.empty()) {
        inner = reference;
      } else if (rest.starts_with(import.name + ".")) {
        inner = reference.substr(import.name.size() + 1);
      } else if (const size_t colon = reference.find(':'); colon != std::string::npos) {
        const std::string_view uri =
            graph.files()[file]->view.document().LookupNamespace(at.node(), reference.substr(0, colon));
        if (uri == import.namespace_uri) inner = reference.substr(colon + 1);
      }
      if (inner.empty()) continue;
      if (auto found = Own(*import.file, NormalizedName(inner))) return found;
      if (depth > 8) continue;
      ++depth;
      auto found = Referred(*import.file, at, inner);
      --depth;
      if (found) return found;
    }
    if (const size_t colon = reference.find(':'); colon != std::string::npos && depth == 0) {
      if (auto own = Own(file, NormalizedName(std::string_view(reference).substr(colon + 1)))) return own;
    }
    return nullptr;
  }
  int depth = 0;
  size_t levels = 0;

  std::optional<ItemType::Tests> ReadTests(uint32_t file, const Element& definition, const char* child,
                                           const Type& input, const std::vector<Type::Field>& siblings,
                                           std::string& text) {
    const Element element = definition.child(child);
    if (!element) return std::nullopt;
    text = element.child("text").text();
    if (text.empty()) return std::nullopt;
    feel::Scope scope;
    std::vector<std::string> names;
    for (const Type::Field& sibling : siblings) {
      scope.Add(sibling.name, sibling.type, static_cast<uint32_t>(names.size()));
      names.push_back(sibling.name);
    }
    const feel::Parsed parsed =
        feel::ReadUnaryTests(text, {.scope = &scope, .input_type = input, .has_input = true});
    for (const feel::Finding& found : parsed.findings) {
      findings.push_back({SeverityOf(found), RuleOf(found), file, definition, element, found.span,
                          MessageOf(found), found.fix});
    }
    if (!parsed.expression) return std::nullopt;
    if (parsed.expression->variables().empty()) names.clear();
    return ItemType::Tests{*parsed.expression, std::move(names)};
  }

  std::shared_ptr<const ItemType> Build(uint32_t file, const Element& definition, const std::string& name,
                                        const std::vector<Type::Field>& siblings) {
    if (levels >= kMostNesting) return TooDeep(file, definition);
    ++levels;
    auto type = std::make_shared<ItemType>();
    type->name = name;
    type->is_collection = definition.flag("isCollection");
    const std::string reference = definition.type_ref();
    const std::vector<Element> components = definition.children("itemComponent");
    Type inner;
    if (const Element function = definition.child("functionItem")) {
      std::vector<Type> parameters;
      for (const Element& parameter : function.children("parameters"))
        parameters.push_back(TypeOf(file, parameter, parameter.type_ref()));
      const std::string result = function.attribute("outputTypeRef").value_or("");
      // An item that says nothing of them stands for every function.
      inner = parameters.empty() && result.empty()
                  ? Type(Type::Kind::kFunction)
                  : Type::FunctionOf(std::move(parameters), TypeOf(file, function, result));
    } else if (!components.empty()) {
      inner = BuildComponents(file, components, *type);
    } else if (!reference.empty()) {
      bool known = false;
      static_cast<void>(table.Lookup(file, definition, reference, known));
      type->base = Referred(file, definition, reference);
      if (type->base != nullptr) {
        inner = type->base->type;
        type->constrained = type->base->constrained;
      } else if (!known) {
        findings.push_back(table.Unknown(file, definition, reference));
      }
    }
    type->type = type->is_collection ? Type::ListOf(inner) : inner;
    type->allowed = ReadTests(file, definition, "allowedValues", inner, siblings, type->allowed_text);
    type->constraint =
        ReadTests(file, definition, "typeConstraint", type->type, siblings, type->constraint_text);
    type->constrained = type->constrained || type->allowed || type->constraint;
    --levels;
    return type;
  }

  /// The structure alone, without what may be wrong with it.
  Type Structure(uint32_t file, const Element& definition, size_t below) {
    Type inner;
    if (below >= kMostNesting) return inner;
    const std::vector<Element> components = definition.children("itemComponent");
    if (!components.empty()) {
      std::vector<Type::Field> fields;
      for (const Element& component : components) {
        const std::string name = component.name();
        const auto same = [&](const Type::Field& field) { return field.name == name; };
        if (std::none_of(fields.begin(), fields.end(), same))
          fields.push_back({name, Structure(file, component, below + 1)});
      }
      inner = Type::ContextOf(std::move(fields));
    } else if (const std::string reference = definition.type_ref(); !reference.empty()) {
      inner = FeelType(Referred(file, definition, reference).get());
    }
    return definition.flag("isCollection") ? Type::ListOf(inner) : inner;
  }

  Type BuildComponents(uint32_t file, const std::vector<Element>& components, ItemType& into) {
    // Structure first: tests may read the siblings.
    std::vector<Type::Field> fields;
    for (const Element& component : components) {
      const std::string name = component.name();
      const auto same = [&](const Type::Field& field) { return field.name == name; };
      if (std::none_of(fields.begin(), fields.end(), same))
        fields.push_back({name, Structure(file, component, levels)});
    }
    for (const Element& component : components) {
      const std::string name = component.name();
      if (std::any_of(into.components.begin(), into.components.end(),
                      [&](const auto& each) { return each.first == name; })) {
        findings.push_back({Severity::kError,
                            "dmn/duplicate-name",
                            file,
                            component,
                            {},
                            {},
                            absl::StrCat("there are two components \"", name, "\"; rename or remove one")});
        continue;
      }
      auto built = Build(file, component, name, fields);
      into.constrained = into.constrained || built->constrained;
      into.components.emplace_back(name, std::move(built));
    }
    return Type::ContextOf(std::move(fields));
  }

  Type TypeOf(uint32_t file, const Element& at, const std::string& reference) {
    if (reference.empty()) return Type();
    bool known = false;
    static_cast<void>(table.Lookup(file, at, reference, known));
    const auto found = Referred(file, at, reference);
    if (found == nullptr && !known) findings.push_back(table.Unknown(file, at, reference));
    return FeelType(found.get());
  }
};

TypeTable::TypeTable(const Graph& graph, std::vector<ModelFinding>& findings) : graph_(graph) {
  types_.resize(graph.files().size());
  named_.resize(graph.files().size());
  Builder builder{*this, graph, findings, {}, {}};
  builder.BuildAll();
  // Each file also sees what it imports, under the import's name; its own names come first.
  const auto own = types_;
  for (uint32_t file = 0; file < own.size(); ++file) {
    for (uint32_t other = 0; other < own.size(); ++other) {
      const auto path = other == file ? std::nullopt : graph.PathTo(file, other);
      if (!path) continue;
      std::string prefix;
      for (const std::string& step : *path) absl::StrAppend(&prefix, step, ".");
      for (const auto& [name, type] : own[other]) types_[file].emplace(prefix + name, type);
    }
    for (const auto& [name, type] : types_[file]) named_[file].emplace_back(name, type->type);
    std::sort(named_[file].begin(), named_[file].end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
}

std::shared_ptr<const ItemType> TypeTable::Lookup(uint32_t file, const Element& at, std::string_view type_ref,
                                                  bool& known) const {
  known = false;
  std::string name = NormalizedName(type_ref);
  const auto own = types_[file].find(name);
  if (own != types_[file].end()) {
    known = true;
    return own->second;
  }
  if (const size_t colon = name.find(':'); colon != std::string::npos && at) {
    const std::string prefix = name.substr(0, colon);
    const std::string_view uri = at.document().LookupNamespace(at.node(), prefix);
    if (IsFeelNamespace(uri) || prefix == "feel") name = name.substr(colon + 1);
  } else if (const size_t brace = name.find('}'); name.starts_with('{') && brace != std::string::npos) {
    if (IsFeelNamespace(name.substr(1, brace - 1))) name = name.substr(brace + 1);
  }
  if (name.empty() || name == "Any" || name == "any") {
    known = true;
    return nullptr;
  }
  if (const std::optional<Type> type = Type::Named(name)) {
    known = true;
    if (type->is_any()) return nullptr;
    auto built_in = std::make_shared<ItemType>();
    built_in->name = name;
    built_in->type = *type;
    return built_in;
  }
  return nullptr;
}

ModelFinding TypeTable::Unknown(uint32_t file, const Element& at, std::string_view type_ref) const {
  std::vector<std::string> names(feel::Type::Names().begin(), feel::Type::Names().end());
  for (const auto& [name, type] : types_[file]) names.push_back(name);
  const std::string near = feel::NearestName(type_ref, names);
  return {Severity::kError,
          "dmn/unknown-type",
          file,
          at,
          {},
          {},
          absl::StrCat("there is no type ", std::string(type_ref),
                       near.empty() ? "; define it as an item definition, or use one of FEEL's types"
                                    : absl::StrCat("; did you mean ", near, "?"))};
}

std::shared_ptr<const ItemType> TypeTable::Find(uint32_t file, std::string_view name) const {
  const auto found = types_[file].find(std::string(name));
  return found == types_[file].end() ? nullptr : found->second;
}

std::shared_ptr<const ItemType> TypeTable::Resolve(uint32_t file, const Element& at,
                                                   std::string_view type_ref,
                                                   std::vector<ModelFinding>& findings) const {
  if (type_ref.empty()) return nullptr;
  bool known = false;
  auto found = Lookup(file, at, type_ref, known);
  if (known) return found;
  if (const size_t colon = type_ref.find(':'); colon != std::string_view::npos) {
    // A prefix of this model's or an import's namespace (DMN 1.1).
    const std::string name = NormalizedName(type_ref.substr(colon + 1));
    const std::string_view uri =
        at.document().LookupNamespace(at.node(), std::string(type_ref.substr(0, colon)));
    for (uint32_t other = 0; other < graph_.files().size(); ++other) {
      if (graph_.files()[other]->view.target_namespace() != uri) continue;
      if (const auto own = types_[other].find(name); own != types_[other].end()) return own->second;
    }
    if (const auto own = types_[file].find(name); own != types_[file].end()) return own->second;
  }
  const bool may_be_imported =
      std::any_of(graph_.files()[file]->imports.begin(), graph_.files()[file]->imports.end(),
                  [](const Graph::Import& import) { return !import.file; });
  if (!may_be_imported) findings.push_back(Unknown(file, at, type_ref));
  return nullptr;
}

}  // namespace ameide::dmn
