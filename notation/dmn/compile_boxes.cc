#include <algorithm>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notation/dmn/compiler.h"

namespace ameide::dmn {

using feel::Scope;
using feel::Type;
using feel::Value;
using uaf::document::Severity;

namespace {

/// The slots that hold a part of an iteration which is no text.
constexpr const char* kCollection = "boxed collection";
constexpr const char* kEach = "boxed body";

constexpr size_t kMostOfNames = 200;  // in a message

/// Whether a value of one type may be, or become, one of another (10.3.2.9.4); true where that is not known.
bool MayBecome(const Type& found, const Type& wanted) {
  using enum Type::Kind;
  if (found.is_any() || wanted.is_any() || found.kind() == kNull || found.kind() == kFunction) return true;
  if (found.kind() == kList && wanted.kind() == kList) return MayBecome(found.element(), wanted.element());
  if (found.kind() == kList) return MayBecome(found.element(), wanted);
  if (wanted.kind() == kList) return MayBecome(found, wanted.element());
  if (found.kind() == kContext && wanted.kind() == kContext) {
    // There may be more entries than are known.
    return std::all_of(wanted.fields().begin(), wanted.fields().end(), [&](const Type::Field& field) {
      const Type* const own = found.field(field.name);
      return own == nullptr || own->kind() == kList || field.type.kind() == kList ||
             MayBecome(*own, field.type);
    });
  }
  if (found.kind() == kRange && wanted.kind() == kRange) return MayBecome(found.element(), wanted.element());
  return feel::ConformsTo(found, wanted) || (found.kind() == kDate && wanted.kind() == kDateTime);
}

}  // namespace

BoxPointer Compiler::CompileBox(UnitState& state, const Element& element, const Scope& scope) {
  const std::string_view kind = element.type();
  std::unique_ptr<Box> box;
  ++state.depth;
  if (state.depth > kMostNesting) {
    auto refused = std::make_unique<RefusedBox>();
    refused->why = absl::StrCat("is nested deeper than ", kMostNesting, " boxes; split the decision");
    Report(Severity::kError, "dmn/nesting", state.file, element, refused->why);
    box = std::move(refused);
  } else if (kind == "literalExpression") {
    box = CompileLiteral(state, element, scope);
  } else if (kind == "decisionTable") {
    box = CompileTable(state, element, scope);
  } else if (kind == "context") {
    box = CompileContext(state, element, scope);
  } else if (kind == "list") {
    box = CompileList(state, element, scope);
  } else if (kind == "relation") {
    box = CompileRelation(state, element, scope);
  } else if (kind == "invocation") {
    box = CompileInvocation(state, element, scope);
  } else if (kind == "functionDefinition") {
    box = CompileFunction(state, element, scope);
  } else if (kind == "conditional") {
    box = CompileConditional(state, element, scope);
  } else {
    box = CompileIteration(state, element, scope);
  }
  --state.depth;
  box->place = PlaceOf(state, element);
  auto declared = types_.Resolve(state.file, element, element.attribute("typeRef").value_or(""), findings_);
  if (declared != nullptr) {
    CheckGives(*declared, box->type(), state.file, element);
    box->declared = std::move(declared);
  }
  return box;
}

void Compiler::CheckGives(const ItemType& declared, const Type& found, uint32_t file,
                          const Element& element) {
  // A value that can only be of another type is null, whatever the inputs (10.3.2.9.4).
  if (MayBecome(found, declared.type)) return;
  const bool items = found.kind() == Type::Kind::kList && declared.type.kind() == Type::Kind::kList;
  Report(Severity::kWarning, "dmn/type-mismatch", file, element,
         absl::StrCat(
             "is declared as ", declared.name, " but gives a ", feel::Shortened(found.ToString()),
             items ? ", so its value is null unless the list is empty" : ", so its value is always null",
             "; change the type or the expression"));
}

void Compiler::CheckCondition(const Box* box, std::string_view what, uint32_t file, const Element& element) {
  if (box == nullptr) return;
  const Type type = box->type();
  if (MayBecome(type, Type::Kind::kBoolean)) return;
  Report(Severity::kWarning, "dmn/type", file, element,
         absl::StrCat("is the ", std::string(what), ", but a ", feel::Shortened(type.ToString()),
                      " is neither true nor false; compare it with something"));
}

BoxPointer Compiler::CompileChild(UnitState& state, const Element& parent, const char* child,
                                  const Scope& scope) {
  const Element holder = parent.child(child);
  const Element expression = holder.expression();
  if (!expression) {
    Report(Severity::kError, "dmn/missing-expression", state.file, parent,
           absl::StrCat("has no expression in `", child, "`; add one"));
    return nullptr;
  }
  return CompileBox(state, expression, scope);
}

std::unique_ptr<Box> Compiler::CompileLiteral(UnitState& state, const Element& element, const Scope& scope) {
  auto box = std::make_unique<LiteralBox>();
  const bool empty = element.child("text").text().empty() && !element.child("importedValues");
  if (empty) {
    Report(Severity::kWarning, "dmn/missing-expression", state.file, element,
           "has no text, so its value is null; write an expression, or `null` where that is meant");
    auto missing = std::make_unique<RefusedBox>();
    missing->why = "has no text, so its value is null";
    return missing;
  }
  box->text = ReadText(state, element, scope, {.names_function = element.parent().type() == "invocation"});
  return box;
}

std::unique_ptr<Box> Compiler::CompileContext(UnitState& state, const Element& element, const Scope& scope) {
  auto box = std::make_unique<ContextBox>();
  Scope inner(&scope);                                 // each entry sees those before it
  std::unordered_map<std::string, std::string> names;  // of entries, by their tokens
  for (const Element& entry : element.children("contextEntry")) {
    const Element expression = entry.expression();
    const Element variable = entry.child("variable");
    if (!expression) {
      Report(Severity::kError, "dmn/missing-expression", state.file, entry,
             absl::StrCat("the entry", variable ? absl::StrCat(" \"", variable.name(), "\"") : "",
                          " has no expression; add one or remove the entry"));
      continue;
    }
    if (!variable) {
      if (box->result != nullptr) {
        Report(Severity::kError, "dmn/duplicate-result", state.file, entry,
               "a context has one entry without a name, its result; name this one or remove it");
        continue;
      }
      box->result = CompileBox(state, expression, inner);
      continue;
    }
    ContextBox::Entry compiled;
    compiled.name = variable.name();
    compiled.declared = types_.Resolve(state.file, variable, variable.type_ref(), findings_);
    compiled.value = CompileBox(state, expression, inner);
    if (compiled.declared != nullptr)
      CheckGives(*compiled.declared, compiled.value->type(), state.file, variable);
    compiled.slot = state.next_slot++;
    const auto is_same = [&](const ContextBox::Entry& other) { return other.name == compiled.name; };
    const auto [first, added] = names.emplace(feel::NameTokens(compiled.name), compiled.name);
    if (!added) {
      const std::string what =
          std::any_of(box->entries.begin(), box->entries.end(), is_same)
              ? absl::StrCat("there are two entries \"", compiled.name, "\"; the later one hides the other")
              : absl::StrCat("the entries \"", first->second, "\" and \"", compiled.name,
                             "\" have one name, since spaces around signs mean nothing; only how it is "
                             "written tells them apart");
      Report(Severity::kError, "dmn/duplicate-name", state.file, entry, what + ", rename one");
    }
    inner.Add(compiled.name, compiled.declared != nullptr ? compiled.declared->type : compiled.value->type(),
              compiled.slot);
    box->entries.push_back(std::move(compiled));
  }
  return box;
}

std::unique_ptr<Box> Compiler::CompileList(UnitState& state, const Element& element, const Scope& scope) {
  auto box = std::make_unique<ListBox>();
  for (const Element& child : element.children()) {
    if (IsExpression(child.type())) box->items.push_back(CompileBox(state, child, scope));
  }
  return box;
}

std::unique_ptr<Box> Compiler::CompileRelation(UnitState& state, const Element& element, const Scope& scope) {
  auto box = std::make_unique<RelationBox>();
  for (const Element& column : element.children("column")) {
    box->columns.emplace_back(column.name(),
                              types_.Resolve(state.file, column, column.type_ref(), findings_));
  }
  for (const Element& row : element.children("row")) {
    std::vector<BoxPointer> cells;
    for (const Element& child : row.children()) {
      if (!IsExpression(child.type())) continue;
      cells.push_back(CompileBox(state, child, scope));
      const size_t column = cells.size() - 1;
      if (column < box->columns.size() && box->columns[column].second != nullptr)
        CheckGives(*box->columns[column].second, cells.back()->type(), state.file, child);
    }
    if (cells.size() != box->columns.size()) {
      Report(Severity::kError, "dmn/wrong-number-of-cells", state.file, row,
             absl::StrCat("row ", box->rows.size() + 1, " has ", cells.size(), " cells for ",
                          box->columns.size(), " columns; give it one for each"));
    }
    box->rows.push_back(std::move(cells));
  }
  return box;
}

std::unique_ptr<Box> Compiler::CompileInvocation(UnitState& state, const Element& element,
                                                 const Scope& scope) {
  auto box = std::make_unique<InvocationBox>();
  if (const Element callee = element.expression()) {
    box->function = CompileBox(state, callee, scope);
    const Type type = box->function->type();
    if (!type.is_any() && type.kind() != Type::Kind::kFunction) {
      Report(Severity::kError, "dmn/not-a-function", state.file, callee,
             absl::StrCat(
                 "calls ", callee.child("text").text(), ", which is a ", type.ToString(),
                 " and no function; name a business knowledge model, a decision service or a function"));
    }
  } else {
    Report(Severity::kError, "dmn/missing-expression", state.file, element,
           "does not say which function it calls; name one");
  }
  const Type called = box->function != nullptr ? box->function->type() : Type();
  const std::span<const std::string> names = called.parameter_names();
  const bool known = !names.empty() || (called.has_signature() && called.parameters().empty());
  const std::string text = NormalizedName(element.expression().child("text").text());
  const std::string callee = text.empty() ? "the function" : std::string(feel::Shortened(text));
  std::unordered_map<std::string, size_t> places;
  std::vector<bool> given(names.size());
  for (size_t i = 0; i < names.size(); ++i) given[i] = !places.emplace(feel::NameTokens(names[i]), i).second;
  box->result = ResultOf(box->function.get());
  for (const Element& binding : element.children("binding")) {
    const Element parameter = binding.child("parameter");
    InvocationBox::Argument argument;
    argument.name = parameter.name();
    argument.declared = types_.Resolve(state.file, parameter, parameter.type_ref(), findings_);
    const auto at = places.find(feel::NameTokens(argument.name));
    if (at == places.end() && known) {
      const std::string all = names.empty() ? "none" : absl::StrJoin(names, ", ");
      Report(Severity::kError, "dmn/unknown-parameter", state.file, parameter,
             absl::StrCat(callee, " has no parameter \"", argument.name, "\"; it has ",
                          feel::Shortened(all, kMostOfNames)));
    } else if (at != places.end() && given[at->second]) {
      Report(Severity::kError, "dmn/duplicate-name", state.file, parameter,
             absl::StrCat("gives \"", argument.name, "\" twice; remove one of the bindings"));
    } else if (at != places.end()) {
      given[at->second] = true;
    }
    if (const Element value = binding.expression()) {
      argument.value = CompileBox(state, value, scope);
      if (argument.declared != nullptr)
        CheckGives(*argument.declared, argument.value->type(), state.file, value);
      const Type type = argument.value->type();
      const Type wanted = at == places.end() ? Type() : called.parameters()[at->second];
      if (!MayBecome(type, wanted)) {
        Report(Severity::kWarning, "dmn/type-mismatch", state.file, value,
               absl::StrCat("gives a ", feel::Shortened(type.ToString()), " to the parameter ", argument.name,
                            ", which takes a ", feel::Shortened(wanted.ToString()),
                            ", so the call gives null; change one of them"));
      }
    }
    box->arguments.push_back(std::move(argument));
  }
  // Exactly one binding for each parameter (7.3.6).
  std::vector<std::string> missing;
  for (size_t i = 0; i < names.size(); ++i) {
    if (!given[i]) missing.push_back(names[i]);
  }
  if (!missing.empty()) {
    Report(Severity::kError, "dmn/missing-binding", state.file, element,
           absl::StrCat("does not give ", callee, " its ",
                        feel::Shortened(absl::StrJoin(missing, ", "), kMostOfNames),
                        ", which is null then; add a binding"));
  }
  return box;
}

Type Compiler::ResultOf(const Box* function) {
  if (function == nullptr) return Type();
  const Type type = function->type();
  if (type.kind() != Type::Kind::kFunction || !type.result().is_any()) return type.result();
  // A built-in of several forms has one result all the same.
  const auto* const literal = dynamic_cast<const LiteralBox*>(function);
  if (literal == nullptr || !literal->text.expression || !literal->text.expression->is_constant()) return {};
  const Value value = feel::Evaluate(*literal->text.expression, feel::Context());
  return value.function() != nullptr ? value.function()->result() : Type();
}

std::unique_ptr<Box> Compiler::CompileFunction(UnitState& state, const Element& element, const Scope& scope) {
  auto box = std::make_unique<FunctionBox>();
  Scope inner(&scope);
  for (const Element& parameter : element.children("formalParameter")) {
    auto type = types_.Resolve(state.file, parameter, parameter.type_ref(), findings_);
    box->parameters.push_back({parameter.name(), FeelType(type.get())});
    inner.Add(parameter.name(), FeelType(type.get()), state.next_slot);
    box->slots.push_back(state.next_slot++);
    box->parameter_types.push_back(std::move(type));
  }
  const std::string kind = element.attribute("kind").value_or("FEEL");
  if (kind != "FEEL") {
    auto refused = std::make_unique<RefusedBox>();
    refused->place = PlaceOf(state, element);
    refused->why = absl::StrCat("is a function in ", kind, ", which does not run here; write it in FEEL");
    Report(Severity::kError, "target/external-function", state.file, element, refused->why);
    box->body = std::move(refused);
  } else if (const Element body = element.expression()) {
    box->body = CompileBox(state, body, inner);
  } else {
    Report(Severity::kError, "dmn/missing-expression", state.file, element,
           "the function has no body; add one");
  }
  box->code = code_;
  box->frame_size = state.next_slot;
  return box;
}

std::unique_ptr<Box> Compiler::CompileConditional(UnitState& state, const Element& element,
                                                  const Scope& scope) {
  auto box = std::make_unique<ConditionalBox>();
  box->condition = CompileChild(state, element, "if", scope);
  CheckCondition(box->condition.get(), "condition", state.file, element.child("if"));
  box->then = CompileChild(state, element, "then", scope);
  box->otherwise = CompileChild(state, element, "else", scope);
  return box;
}

std::unique_ptr<const FunctionBox> Compiler::CompileEach(UnitState& state, const Element& body,
                                                         const Scope& scope,
                                                         std::vector<feel::Function::Parameter> parameters) {
  auto box = std::make_unique<FunctionBox>();
  Scope inner(&scope);
  for (const auto& parameter : parameters) {
    inner.Add(parameter.name, parameter.type, state.next_slot);
    box->slots.push_back(state.next_slot++);
    box->parameter_types.push_back(nullptr);
  }
  // Arguments are what the iteration gives: there is nothing to convert.
  for (auto& parameter : parameters) parameter.type = Type();
  box->parameters = std::move(parameters);
  box->body = CompileBox(state, body, inner);
  box->code = code_;
  box->frame_size = state.next_slot;
  box->place = PlaceOf(state, body);
  return box;
}

std::unique_ptr<Box> Compiler::CompileIteration(UnitState& state, const Element& element,
                                                const Scope& scope) {
  auto box = std::make_unique<IterationBox>();
  const std::string kind(element.type());
  const char* const part = kind == "filter" ? "match" : kind == "for" ? "return" : "satisfies";
  const Element in = element.child("in"), collection = in.expression(),
                body = element.child(part).expression();
  const std::string variable =
      kind == "filter" ? "item" : NormalizedName(element.attribute("iteratorVariable").value_or(""));
  if (!collection || !body || variable.empty()) {
    const std::string missing = variable.empty()
                                    ? "iterator variable"
                                    : absl::StrCat("expression in `", collection ? part : "in", "`");
    Report(Severity::kError, "dmn/missing-expression", state.file, element,
           absl::StrCat("has no ", missing, "; add one"));
    auto refused = std::make_unique<RefusedBox>();
    refused->why = absl::StrCat("has no ", missing, ", so its value is null");
    return refused;
  }
  box->collection_slot = state.next_slot++;
  box->each_slot = state.next_slot++;
  Scope names(&scope);
  // `1..5` is a domain of FEEL's `for`, but no expression: it becomes part of the text.
  const std::string in_text = collection.child("text").text();
  const bool is_domain = kind != "filter" && collection.type() == "literalExpression" &&
                         in_text.find("..") != std::string::npos &&
                         !feel::Read(in_text, {.scope = &scope}).expression;
  if (!is_domain) box->collection = CompileBox(state, collection, scope);
  Type items = is_domain ? Type() : box->collection->type();
  box->collection_type = types_.Resolve(state.file, in, in.attribute("typeRef").value_or(""), findings_);
  if (box->collection_type != nullptr) items = box->collection_type->type;
  names.Add(kCollection, items, box->collection_slot);
  const Type item =
      items.kind() == Type::Kind::kList || items.kind() == Type::Kind::kRange ? items.element() : Type();

  TextOptions options;
  if (kind == "filter") {
    options.before = absl::StrCat(kCollection, "[");
    options.after = "]";
  } else {
    options.before = absl::StrCat(kind, " ", variable, " in ");
    options.domain_at = static_cast<uint32_t>(options.before.size());
    if (is_domain) options.domain = collection;
    absl::StrAppend(&options.before, is_domain ? in_text : kCollection, " ", part, " ");
  }
  if (body.type() == "literalExpression" && !body.attribute("typeRef")) {
    box->text = ReadText(state, body, names, options);
    return box;
  }
  std::vector<feel::Function::Parameter> parameters = {{variable, item}};
  std::string call = absl::StrCat(kEach, "(", variable);
  if (kind == "for") {
    parameters.push_back({"partial", Type::ListOf(Type())});
    absl::StrAppend(&call, ", partial");
  }
  if (kind == "filter") {
    for (const Type::Field& field : item.fields()) {
      if (field.name == "item") continue;
      parameters.push_back({field.name, field.type});
      absl::StrAppend(&call, ", item.", field.name);
    }
  }
  absl::StrAppend(&call, ")");
  box->each = CompileEach(state, body, scope, std::move(parameters));
  if (kind == "some" || kind == "every")
    CheckCondition(box->each->body.get(), "condition of the items", state.file, body);
  names.Add(kEach, box->each->type(), box->each_slot);
  const std::string whole = absl::StrCat(options.before, call, options.after);
  const feel::Parsed parsed = feel::Read(whole, {.scope = &names, .types = &types_.named(state.file)});
  // What stands behind the domain was made here.
  for (const feel::Finding& found : parsed.findings) ReportDomain(state, found, options);
  if (parsed.expression)
    state.used.insert(parsed.expression->variables().begin(), parsed.expression->variables().end());
  box->text.file = state.file;
  box->text.element = NearestId(body);
  box->text.where = state.where;
  box->text.source.start = PlaceOf(state, body).position;
  box->text.shift = static_cast<uint32_t>(whole.size());
  box->text.expression = parsed.expression;
  return box;
}

}  // namespace ameide::dmn
