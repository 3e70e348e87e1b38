// Calls, by position and by name, and function literals.
#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "notation/feel/parser.h"

namespace ameide::feel {
namespace {

constexpr size_t kMostNameWords = 4;
constexpr size_t kMostNearNames = 1'000;  // that are looked through for what was meant

/// What values of that static type can be; everything when it is not known.
KindMask KindsOf(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::kAny:
      return ~KindMask{0};
    case Type::Kind::kNull:
      return MaskOf(Kind::kNull);
    case Type::Kind::kNumber:
      return MaskOf(Kind::kNumber);
    case Type::Kind::kString:
      return MaskOf(Kind::kString);
    case Type::Kind::kBoolean:
      return MaskOf(Kind::kBoolean);
    case Type::Kind::kDate:
      return MaskOf(Kind::kDate) | MaskOf(Kind::kDateTime);
    case Type::Kind::kTime:
      return MaskOf(Kind::kTime);
    case Type::Kind::kDateTime:
      return MaskOf(Kind::kDateTime);
    case Type::Kind::kDayTimeDuration:
      return MaskOf(Kind::kDayTimeDuration);
    case Type::Kind::kYearMonthDuration:
      return MaskOf(Kind::kYearMonthDuration);
    case Type::Kind::kList:
      return ~KindMask{0};  // one item may stand for itself
    case Type::Kind::kContext:
      return MaskOf(Kind::kContext);
    case Type::Kind::kRange:
      return MaskOf(Kind::kRange);
    case Type::Kind::kFunction:
      return MaskOf(Kind::kFunction);
  }
  return ~KindMask{0};
}

/// Whether a value of the one type may be of the other; true where that is not known. A context may have more
/// entries than its type tells, which may be what several contexts have in common, but not when it is
/// `whole`.
bool MayConform(const Type& given, const Type& wanted, bool whole = false) {
  if (given.is_any() || wanted.is_any() || given.kind() == Type::Kind::kNull) return true;
  if (given.kind() != wanted.kind()) return false;
  switch (given.kind()) {
    case Type::Kind::kList:
    case Type::Kind::kRange:
      return MayConform(given.element(), wanted.element());
    case Type::Kind::kContext:
      return std::all_of(wanted.fields().begin(), wanted.fields().end(), [&](const Type::Field& field) {
        const Type* const own = given.field(field.name);
        return own != nullptr ? MayConform(*own, field.type) : !whole;
      });
    case Type::Kind::kFunction: {
      // One of which nothing is known: a built-in of several forms, or the function around.
      return !given.has_signature() || ConformsTo(given, wanted);
    }
    default:
      return true;
  }
}

}  // namespace

size_t Parser::BuiltinWords(const Builtin*& builtin) const {
  std::string name;
  size_t found = 0;
  for (size_t words = 1; words <= kMostNameWords && Peek(words - 1).kind == TokenKind::kName; ++words) {
    if (words > 1) name += ' ';
    name += Peek(words - 1).text;
    if (!IsSymbol("(", words)) continue;
    if (const Builtin* known = FindBuiltin(name)) {
      builtin = known;
      found = words;
    }
  }
  return found;
}

bool Parser::IsNamedArgument() const {
  static constexpr std::string_view kInside = "+-*/.'";
  size_t count = 0;
  for (;; ++count) {
    const Token& token = Peek(count);
    if (count > 0 && token.kind == TokenKind::kSymbol && token.text == ":") return true;
    const bool word = token.kind == TokenKind::kName || token.kind == TokenKind::kQuotedName ||
                      (count > 0 && (token.kind == TokenKind::kNumber || token.text == "’"));
    const bool inside =
        count > 0 && token.text.size() == 1 && kInside.find(token.text[0]) != std::string_view::npos;
    // `a ? b : c` is what other languages write.
    const bool ends = count > 0 && IsSymbol("?", count) && IsSymbol(":", count + 1);
    if (!word && !inside && !ends) return false;
  }
}

absl::StatusOr<std::vector<Parser::Argument>> Parser::Arguments() {
  AMEIDE_RETURN_IF_ERROR(Want("("));
  std::vector<Argument> arguments;
  if (TakeSymbol(")")) return arguments;
  const bool named = IsNamedArgument();
  const bool outer_range = std::exchange(in_range_, false);
  do {
    Argument argument;
    argument.name_span = Peek().span;
    if (named) {
      AMEIDE_ASSIGN_OR_RETURN(argument.name, NewName("a parameter's name and ':'", {":"}));
      argument.name_span.end = End();
      AMEIDE_RETURN_IF_ERROR(Want(":"));
    }
    AMEIDE_ASSIGN_OR_RETURN(argument.value, ParseExpression());
    arguments.push_back(std::move(argument));
  } while (TakeSymbol(","));
  in_range_ = outer_range;
  if (!TakeSymbol(")")) return Unexpected("',' or ')'");
  return arguments;
}

NodeOr Parser::AddInvocation(uint32_t callee, const std::vector<Argument>& arguments, Type result,
                             uint32_t begin) {
  std::vector<uint32_t> parts, children{callee};
  const bool named = !arguments.empty() && !arguments[0].name.empty();
  for (const Argument& argument : arguments) {
    if (named) parts.push_back(NameIndex(argument.name));
    parts.push_back(argument.value);
    children.push_back(argument.value);
  }
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t added,
                          AddList(NodeOp::kInvoke, std::move(result), begin, parts, children,
                                  named ? kNamedArguments : uint8_t{0}, callee));
  node(added).varies = true;  // what a function reads is not known here
  return added;
}

NodeOr Parser::CallOf(const Builtin& builtin, uint32_t begin) {
  while (!IsSymbol("(")) ++at_;
  const Span name{begin, End()};
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Argument> arguments, Arguments());
  const bool named = !arguments.empty() && !arguments[0].name.empty();
  std::string wrong, hint;
  std::optional<Fix> fix;
  if (named) {
    for (const Argument& argument : arguments) {
      const bool has =
          std::any_of(builtin.overloads.begin(), builtin.overloads.end(), [&](const Overload& overload) {
            return std::any_of(
                overload.parameters.begin(), overload.parameters.end(),
                [&](const BuiltinParameter& parameter) { return parameter.name == argument.name; });
          });
      if (has || !wrong.empty()) continue;
      wrong = Cat(builtin.name, "() has no parameter named ", Shortened(argument.name));
      std::vector<std::string> names;  // but those that are given: none is meant a second time
      for (const Overload& overload : builtin.overloads) {
        for (const BuiltinParameter& parameter : overload.parameters) {
          const bool given = std::any_of(arguments.begin(), arguments.end(),
                                         [&](const Argument& each) { return each.name == parameter.name; });
          if (!given) names.push_back(parameter.name);
        }
      }
      const std::string near = NearParameter(argument, names, fix);
      if (!near.empty()) hint = Cat("did you mean ", near, "? ");
    }
    if (wrong.empty() && !OrderByName(builtin, arguments, name))
      wrong = Cat("these parameters do not go together in ", builtin.name, "()");
  } else if (!builtin.Takes(arguments.size())) {
    wrong = Cat(builtin.name, "() is called with ", arguments.size(),
                arguments.size() == 1 ? " argument" : " arguments");
  }
  if (!wrong.empty()) {
    Warn("arguments", name, wrong, Cat(hint, "it is ", builtin.Signature()), std::move(fix));
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t callee, AddConstant(builtin.value, begin));
    return AddInvocation(callee, arguments, {}, begin);
  }
  CheckKinds(builtin, arguments);
  std::vector<uint32_t> parts;
  for (const Argument& argument : arguments) parts.push_back(argument.value);
  const auto index = static_cast<uint32_t>(syntax_->builtins.size());
  syntax_->builtins.push_back(&builtin);
  AMEIDE_ASSIGN_OR_RETURN(const uint32_t added, AddList(NodeOp::kCall, ResultOf(builtin, arguments), begin,
                                                        parts, parts, 0, index));
  if (builtin.reads_clock) {
    node(added).varies = true;
    syntax_->reads_clock = true;
  }
  return added;
}

bool Parser::OrderByName(const Builtin& builtin, std::vector<Argument>& arguments, Span name) {
  // before(point, range) and before(range, point) differ in nothing but the order.
  const auto as_given = [&](const Overload& overload) {
    return std::equal(arguments.begin(), arguments.end(), overload.parameters.begin(),
                      overload.parameters.end(),
                      [](const Argument& argument, const BuiltinParameter& parameter) {
                        return argument.name == parameter.name;
                      });
  };
  // The argument of each parameter; nothing when one has no parameter or two have the same.
  const auto assign = [&](const Overload& overload) {
    std::vector<const Argument*> given(overload.parameters.size());
    for (const Argument& argument : arguments) {
      size_t i = 0;
      while (i < given.size() && overload.parameters[i].name != argument.name) ++i;
      if (i == given.size() || given[i] != nullptr) return std::vector<const Argument*>();
      given[i] = &argument;
    }
    return given;
  };
  const auto missing = [&](const Overload& overload, const std::vector<const Argument*>& given) {
    size_t i = 0;
    while (i < given.size() && (given[i] != nullptr || overload.parameters[i].optional)) ++i;
    return i < given.size() ? &overload.parameters[i] : nullptr;
  };
  const Overload* chosen = nullptr;
  for (const Overload& overload : builtin.overloads) {
    const std::vector<const Argument*> given = assign(overload);
    if (given.empty()) continue;
    const bool whole = missing(overload, given) == nullptr;
    const bool better = chosen == nullptr || (whole && missing(*chosen, assign(*chosen)) != nullptr);
    if (better || as_given(overload)) chosen = &overload;
  }
  if (chosen == nullptr) return false;
  std::vector<const Argument*> given = assign(*chosen);
  if (const BuiltinParameter* const lacks = missing(*chosen, given)) {
    Warn("type", name, Cat("the parameter ", lacks->name, " is not given and is null"),
         Cat("it is ", builtin.Signature()));
  }
  while (!given.empty() && given.back() == nullptr && chosen->parameters[given.size() - 1].optional) {
    given.pop_back();
  }
  std::vector<Argument> ordered;
  for (const Argument* const argument : given) {
    if (argument != nullptr) {
      ordered.push_back({.value = argument->value});
      continue;
    }
    const NodeOr null = AddConstant(Value(), name.begin);
    if (!null.ok()) return false;
    ordered.push_back({.value = *null});
  }
  arguments = std::move(ordered);
  return true;
}

void Parser::CheckKinds(const Builtin& builtin, const std::vector<Argument>& arguments) {
  const BuiltinParameter* misfit = nullptr;
  size_t where = 0;
  std::vector<std::string> wanted;
  for (const Overload& overload : builtin.overloads) {
    const size_t count = overload.parameters.size();
    if (arguments.size() > count && !overload.variadic) continue;
    bool fits = true;
    for (size_t i = 0; i < arguments.size() && fits; ++i) {
      const BuiltinParameter& parameter = overload.parameters[std::min(i, count - 1)];
      const Type& given = type(arguments[i].value);
      const KindMask kinds = KindsOf(given);
      const bool wraps = (parameter.kinds & MaskOf(Kind::kList)) != 0;
      fits = (kinds & parameter.kinds) != 0 || (wraps && given.kind() != Type::Kind::kNull);
      if (!fits) {
        if (misfit != nullptr && where != i) wanted.clear();
        misfit = &parameter;
        where = i;
        if (std::find(wanted.begin(), wanted.end(), parameter.type) == wanted.end())
          wanted.push_back(parameter.type);
      }
    }
    if (fits) return;
  }
  if (misfit == nullptr) return;
  const uint32_t value = arguments[where].value;
  Warn("type", span(value),
       Cat(builtin.name, "() takes a ", absl::StrJoin(wanted, " or a "), " as ", misfit->name, ", not a ",
           Shortened(type(value).ToString()), ": the result is always null"),
       Cat("it is ", builtin.Signature()));
}

Type Parser::ResultOf(const Builtin& builtin, const std::vector<Argument>& arguments) const {
  if (builtin.result.kind() != Type::Kind::kList || arguments.empty()) return builtin.result;
  // Functions from lists to lists keep the items' type, as far as all arguments agree.
  const Type& first = type(arguments[0].value);
  static constexpr std::string_view kSame[] = {"sublist", "remove", "reverse", "distinct values", "sort"};
  if (first.kind() == Type::Kind::kList &&
      std::find(std::begin(kSame), std::end(kSame), builtin.name) != std::end(kSame))
    return first;
  if (builtin.name == "append" && first.kind() == Type::Kind::kList) {
    Type element = first.element();
    for (size_t i = 1; i < arguments.size(); ++i) element = CommonType(element, type(arguments[i].value));
    return Type::ListOf(element);
  }
  if (builtin.name == "concatenate" || builtin.name == "union") {
    Type all(Type::Kind::kNull);
    for (const Argument& argument : arguments) all = CommonType(all, type(argument.value));
    if (all.kind() == Type::Kind::kList) return all;
  }
  return builtin.result;
}

std::string Parser::NearParameter(const Argument& argument, const std::vector<std::string>& names,
                                  std::optional<Fix>& fix) {
  if (names.size() > kMostNearNames) return "";
  const std::string near = NearestName(argument.name, names);
  if (near.empty()) return "";
  fix = NearFix("Write ", argument.name, near, argument.name_span);
  return near;
}

void Parser::CheckNames(const Type& function, const std::vector<Argument>& arguments, Span call) {
  if (findings_.size() >= kMostFindings) return;  // names may be many and long
  constexpr size_t kMostOfNames = 200;
  const std::span<const std::string> names = function.parameter_names();
  if (named_.form.empty() || named_.function.parameter_names().data() != names.data()) {
    named_ = {function, {}, Cat("it takes ", Shortened(absl::StrJoin(names, ", "), kMostOfNames))};
    for (size_t i = 0; i < names.size(); ++i) named_.places.emplace(NameTokens(names[i]), i);
  }
  const std::string& form = named_.form;
  const std::map<std::string, size_t>& places = named_.places;
  std::set<size_t> given;
  std::vector<const Argument*> wrong;
  for (const Argument& argument : arguments) {
    const auto at = places.find(NameTokens(argument.name));
    if (at == places.end()) {
      wrong.push_back(&argument);
    } else if (!given.insert(at->second).second) {
      Warn("arguments", argument.name_span,
           Cat("the parameter ", Shortened(argument.name), " is given twice: the result is always null"),
           form);
    } else {
      CheckGiven(argument.value, function.parameters()[at->second]);
    }
  }
  std::vector<std::string> rest;  // more are too many to find a near one, or to name them all
  for (size_t i = 0; i < names.size() && rest.size() <= kMostNearNames; ++i) {
    if (!given.contains(i)) rest.push_back(names[i]);
  }
  for (size_t i = 0; i < wrong.size() && findings_.size() < kMostFindings; ++i) {
    std::optional<Fix> fix;
    const std::string near = NearParameter(*wrong[i], rest, fix);
    std::erase(rest, near);  // no other argument can mean it, too
    Warn(
        "arguments", wrong[i]->name_span,
        Cat("the function has no parameter named ", Shortened(wrong[i]->name), ": the result is always null"),
        near.empty() ? form : Cat("did you mean ", near, "? ", form), std::move(fix));
  }
  // What is wrong may be what is missing.
  if (!wrong.empty() || given.size() != arguments.size() || rest.empty()) return;
  // That is allowed (10.3.2.13.5), so no reason to refuse a process.
  Warn("type", call,
       Cat(rest.size() == 1 ? "the parameter " : "the parameters ",
           Shortened(absl::StrJoin(rest, ", "), kMostOfNames),
           rest.size() == 1 ? " is not given and is null" : " are not given and are null"),
       form);
}

void Parser::CheckGiven(uint32_t argument, const Type& parameter) {
  if (findings_.size() >= kMostFindings) return;  // types may be large
  const Type& given = type(argument);
  const bool scalar = given.kind() != Type::Kind::kList && parameter.kind() != Type::Kind::kList &&
                      given.kind() != Type::Kind::kDate;
  if (!scalar || MayConform(given, parameter, node(argument).op == NodeOp::kContext)) return;
  Warn("type", span(argument),
       Cat("a ", Shortened(given.ToString()), " is given where the function takes a ",
           Shortened(parameter.ToString())));
}

NodeOr Parser::InvocationOf(uint32_t callee, uint32_t begin) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Argument> arguments, Arguments());
  const Type function = type(callee);
  if (function.kind() == Type::Kind::kFunction) {
    const size_t wanted = function.parameters().size();
    const bool named = !arguments.empty() && !arguments[0].name.empty();
    if (named && !function.parameter_names().empty()) {
      CheckNames(function, arguments, {begin, End()});
    } else if (function.has_signature() && (named ? arguments.size() > wanted : arguments.size() != wanted)) {
      Warn("arguments", {begin, End()},
           Cat("a function of ", wanted, wanted == 1 ? " parameter" : " parameters", " is called with ",
               arguments.size(), arguments.size() == 1 ? " argument" : " arguments"));
    }
    for (size_t i = 0; i < arguments.size() && i < wanted && !named; ++i)
      CheckGiven(arguments[i].value, function.parameters()[i]);
  } else if (!function.is_any() && node(callee).op != NodeOp::kMissing) {
    const std::string_view property =
        node(callee).op == NodeOp::kPath ? std::string_view(syntax_->names[node(callee).b]) : "";
    Warn("unknown-function", span(callee), Cat("a ", Shortened(function.ToString()), " cannot be called"),
         CallHint(property));
  }
  return AddInvocation(callee, arguments, function.result(), begin);
}

NodeOr Parser::FunctionLiteral(std::string_view self, size_t owner) {
  const uint32_t begin = Begin();
  AMEIDE_RETURN_IF_ERROR(WantWord("function"));
  AMEIDE_RETURN_IF_ERROR(Want("("));
  const size_t outer = bindings_.size();
  frames_.emplace_back();
  FunctionCode code;
  if (!self.empty())
    AMEIDE_RETURN_IF_ERROR(Bind(Binding::What::kSelf, std::string(self), Type::Kind::kFunction, 0, owner));
  while (!TakeSymbol(")")) {
    if (!code.parameters.empty() && !TakeSymbol(",")) return Unexpected("',' or ')'");
    const Span place = Peek().span;
    AMEIDE_ASSIGN_OR_RETURN(std::string name, NewName("a parameter's name", {":", ",", ")"}));
    for (const Function::Parameter& other : code.parameters) {
      if (IsSameName(other.name, name)) return Fail(place, Cat("two parameters are named ", name));
    }
    std::optional<Type> type;
    const bool typed = TakeSymbol(":");
    if (typed) {
      AMEIDE_ASSIGN_OR_RETURN(type, ParseType());
    }
    const Type known = type.value_or(Type());
    code.parameters.push_back({name, known});
    code.typed.push_back(typed ? 1 : 0);
    AMEIDE_RETURN_IF_ERROR(Bind(Binding::What::kLocal, std::move(name), known, NewPlace()));
  }
  if (IsWord("external")) {
    const absl::Status failed = Fail(Peek().span, "external functions (Java, PMML) are not run here",
                                     "write the function in FEEL, or call a service from the process");
    findings_.back().rule = "external";
    return failed;
  }
  const size_t body_begin = at_;
  AMEIDE_ASSIGN_OR_RETURN(code.body, ParseExpression());
  constexpr size_t kLongestSpelling = 4096;
  for (size_t i = body_begin; i < at_; ++i) {
    code.spelling += Cat(static_cast<char>('a' + static_cast<int>(tokens_[i].kind)), tokens_[i].text, '\n');
    if (code.spelling.size() <= kLongestSpelling) continue;
    code.spelling.clear();
    break;
  }
  code.result = type(code.body);
  code.frame = frames_.back().most;
  code.captures = std::move(frames_.back().nodes);
  frames_.pop_back();
  bindings_.resize(outer);
  Node added{NodeOp::kFunction};
  added.a = static_cast<uint32_t>(syntax_->functions.size());
  added.varies = true;
  Type whole = TypeOfFunction(code.parameters, code.result);
  const uint32_t body = code.body;
  syntax_->functions.push_back(std::move(code));
  return Add(added, std::move(whole), begin, {body});
}

}  // namespace ameide::feel
