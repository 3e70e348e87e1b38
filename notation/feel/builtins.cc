// The table of functions: read from the rows of the other files, and how one is called.
#include "notation/feel/builtins.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"

namespace ameide::feel {
namespace {

constexpr KindMask kAnyKind = (KindMask{1} << 13) - 1;

struct NamedKinds {
  std::string_view name;
  KindMask kinds;
  std::string_view text;  // as people call it
};

constexpr KindMask kTemporalDays = MaskOf(Kind::kDate) | MaskOf(Kind::kDateTime);
constexpr KindMask kDurations = MaskOf(Kind::kDayTimeDuration) | MaskOf(Kind::kYearMonthDuration);

constexpr NamedKinds kNamedKinds[] = {
    {"any", kAnyKind, "value"},
    {"number", MaskOf(Kind::kNumber), "number"},
    {"string", MaskOf(Kind::kString), "string"},
    {"boolean", MaskOf(Kind::kBoolean), "boolean"},
    {"date", MaskOf(Kind::kDate), "date"},
    {"time", MaskOf(Kind::kTime), "time"},
    {"datetime", MaskOf(Kind::kDateTime), "date and time"},
    {"dtd", MaskOf(Kind::kDayTimeDuration), "days and time duration"},
    {"ymd", MaskOf(Kind::kYearMonthDuration), "years and months duration"},
    {"duration", kDurations, "duration"},
    {"day", kTemporalDays, "date or date and time"},
    {"list", MaskOf(Kind::kList), "list"},
    {"context", MaskOf(Kind::kContext), "context"},
    {"range", MaskOf(Kind::kRange), "range"},
    {"function", MaskOf(Kind::kFunction), "function"},
    {"point",
     MaskOf(Kind::kNumber) | MaskOf(Kind::kString) | MaskOf(Kind::kTime) | kTemporalDays | kDurations,
     "number, string, date, time or duration"},
};

const NamedKinds& FindKinds(std::string_view name) {
  return *std::find_if(std::begin(kNamedKinds), std::end(kNamedKinds) - 1,
                       [&](const NamedKinds& kinds) { return kinds.name == name; });
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

Overload ReadOverload(std::string_view text) {
  Overload overload;
  for (std::string_view part : Split(text, ',')) {
    if (part.starts_with("*")) {
      overload.variadic = true;
      part.remove_prefix(1);
    }
    const size_t colon = part.find(':');
    std::string_view name = part.substr(0, colon);
    const NamedKinds& kinds = FindKinds(part.substr(colon + 1));
    BuiltinParameter parameter;
    const bool nullable = name.ends_with("?");
    parameter.optional = nullable || name.ends_with("!");
    if (parameter.optional) name.remove_suffix(1);
    parameter.name = std::string(name);
    parameter.type = std::string(kinds.text);
    parameter.kinds = kinds.kinds | (nullable ? MaskOf(Kind::kNull) : 0);
    overload.parameters.push_back(std::move(parameter));
  }
  return overload;
}

bool TakesCount(const Overload& overload, size_t count) {
  const size_t known = overload.parameters.size();
  if (count > known) return overload.variadic;
  for (size_t i = count; i < known; ++i) {
    if (!overload.parameters[i].optional) return false;
  }
  return true;
}

const BuiltinParameter& ParameterAt(const Overload& overload, size_t index) {
  return overload.parameters[std::min(index, overload.parameters.size() - 1)];
}

/// The value as the parameter wants it (10.3.2.9.4), in `scratch` when it is made; nullptr when it does not
/// fit.
const Value* Coerced(const Value& value, KindMask kinds, Value& scratch) {
  if ((MaskOf(value.kind()) & kinds) != 0) return &value;
  const List* list = value.list();
  if (list != nullptr && list->size() == 1 && (MaskOf(list->front().kind()) & kinds) != 0)
    return &list->front();
  if ((kinds & MaskOf(Kind::kList)) != 0 && !value.is_null()) {
    scratch = List{value};
    return &scratch;
  }
  if ((kinds & MaskOf(Kind::kDateTime)) != 0 && value.date() != nullptr) {
    scratch = DateTime{*value.date(), {0, 0, 0}};
    return &scratch;
  }
  return nullptr;
}

/// What values of a type can be.
KindMask KindsOfType(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::kAny:
      return kAnyKind;
    case Type::Kind::kNull:
      return 0;  // of every type
    case Type::Kind::kNumber:
      return MaskOf(Kind::kNumber);
    case Type::Kind::kString:
      return MaskOf(Kind::kString);
    case Type::Kind::kBoolean:
      return MaskOf(Kind::kBoolean);
    case Type::Kind::kDate:
      return MaskOf(Kind::kDate);
    case Type::Kind::kTime:
      return MaskOf(Kind::kTime);
    case Type::Kind::kDateTime:
      return MaskOf(Kind::kDateTime);
    case Type::Kind::kDayTimeDuration:
      return MaskOf(Kind::kDayTimeDuration);
    case Type::Kind::kYearMonthDuration:
      return MaskOf(Kind::kYearMonthDuration);
    case Type::Kind::kList:
      return MaskOf(Kind::kList);
    case Type::Kind::kContext:
      return MaskOf(Kind::kContext);
    case Type::Kind::kRange:
      return MaskOf(Kind::kRange);
    case Type::Kind::kFunction:
      return MaskOf(Kind::kFunction);
  }
  return kAnyKind;
}

/// A built-in as a value: overloaded, so it takes what any of its overloads takes.
class BuiltinFunction final : public Function {
 public:
  explicit BuiltinFunction(const Builtin& builtin) : builtin_(builtin) {
    for (const BuiltinParameter& parameter : builtin.overloads[0].parameters) {
      const std::optional<Type> type = Type::Named(parameter.type);
      parameters_.push_back({parameter.name, type.value_or(Type())});
    }
  }

  std::span<const Parameter> parameters() const override { return parameters_; }
  const Type& result() const override { return builtin_.result; }
  bool IsOf(const Type& type) const override {
    const std::span<const Type> given = type.parameters();
    const auto fits = [&](const Overload& overload) {
      if (!TakesCount(overload, given.size())) return false;
      for (size_t i = 0; i < given.size(); ++i) {
        if ((KindsOfType(given[i]) & ~ParameterAt(overload, i).kinds) != 0) return false;
      }
      return true;
    };
    return type.kind() == Type::Kind::kFunction && ConformsTo(builtin_.result, type.result()) &&
           std::any_of(builtin_.overloads.begin(), builtin_.overloads.end(), fits);
  }
  Value Call(std::span<const Value> arguments, const EvaluationOptions& options) const override {
    return Invoke(arguments, options);
  }
  Value Invoke(std::span<const Value> arguments, const EvaluationOptions& options) const override {
    std::vector<const Value*> pointers;
    for (const Value& argument : arguments) pointers.push_back(&argument);
    return CallBuiltin(builtin_, pointers, options, {});
  }
  Value InvokeNamed(std::span<const std::pair<std::string, Value>> arguments,
                    const EvaluationOptions& options) const override {
    // before(point, range) and before(range, point) differ in nothing but the order: first as it is given.
    for (const Match match : {Match::kAsGiven, Match::kWhole, Match::kPart}) {
      for (const Overload& overload : builtin_.overloads) {
        const std::optional<std::vector<Value>> ordered = Ordered(overload, arguments, match);
        if (ordered) return Invoke(*ordered, options);
      }
    }
    Diagnostics* to = options.diagnostics;
    if (to != nullptr && to->items.size() < Diagnostics::kLimit)
      to->items.push_back({{}, Cat("these parameters are not those of ", builtin_.Signature())});
    return {};
  }

 private:
  using Named = std::span<const std::pair<std::string, Value>>;
  enum class Match : uint8_t { kAsGiven, kWhole, kPart };
  /// The arguments in the overload's order, null for those that are not given (10.3.2.13.5); nullopt when
  /// they are not its parameters, not all of them, or (`kAsGiven`) not in that order.
  static std::optional<std::vector<Value>> Ordered(const Overload& overload, Named arguments, Match match) {
    std::vector<Value> ordered;
    size_t used = 0;
    for (const BuiltinParameter& parameter : overload.parameters) {
      const auto given = std::find_if(arguments.begin(), arguments.end(),
                                      [&](const auto& argument) { return argument.first == parameter.name; });
      if (given == arguments.end() && !parameter.optional && match != Match::kPart) return std::nullopt;
      if (match == Match::kAsGiven && given != arguments.begin() + static_cast<ptrdiff_t>(used))
        return std::nullopt;
      ordered.push_back(given != arguments.end() ? given->second : Value());
      used += given != arguments.end() ? 1 : 0;
    }
    if (used != arguments.size()) return std::nullopt;
    // As in a call by its name: what is optional and not given at the end is left out, floor(n: 1.5).
    while (!ordered.empty() && overload.parameters[ordered.size() - 1].optional &&
           std::none_of(arguments.begin(), arguments.end(), [&](const auto& argument) {
             return argument.first == overload.parameters[ordered.size() - 1].name;
           }))
      ordered.pop_back();
    return ordered;
  }

  const Builtin& builtin_;
  std::vector<Parameter> parameters_;
};

/// All functions, sorted by name. Never destroyed: trees point into it.
const std::vector<Builtin>& Table() {
  static const std::vector<Builtin>* const table = [] {
    auto* made = new std::vector<Builtin>();
    for (const std::span<const BuiltinRow> rows : {GeneralBuiltins(), NumberBuiltins(), ListBuiltins(),
                                                   TextBuiltins(), TemporalBuiltins(), RangeBuiltins()}) {
      for (const BuiltinRow& row : rows) {
        Builtin builtin;
        builtin.name = row.name;
        for (const std::string_view overload : Split(row.parameters, '|'))
          builtin.overloads.push_back(ReadOverload(overload));
        if (builtin.overloads.empty()) builtin.overloads.emplace_back();
        builtin.result = Type::Named(row.result).value_or(Type());
        builtin.reads_clock = builtin.name == "now" || builtin.name == "today";
        builtin.run = row.run;
        made->push_back(std::move(builtin));
      }
    }
    std::sort(made->begin(), made->end(), [](const Builtin& a, const Builtin& b) { return a.name < b.name; });
    for (Builtin& builtin : *made)
      builtin.value = Value(std::shared_ptr<const Function>(std::make_shared<BuiltinFunction>(builtin)));
    return made;
  }();
  return *table;
}

void Explain(const Builtin& builtin, std::span<const Value* const> arguments, Diagnostics& to, Span span) {
  if (to.items.size() >= Diagnostics::kLimit) return;
  if (!builtin.Takes(arguments.size())) {
    to.items.push_back(
        {span, Cat(builtin.name, "() is called with ", arguments.size(),
                   arguments.size() == 1 ? " argument" : " arguments", "; it is ", builtin.Signature())});
    return;
  }
  for (const Overload& overload : builtin.overloads) {
    if (!TakesCount(overload, arguments.size())) continue;
    for (size_t i = 0; i < arguments.size(); ++i) {
      Value scratch;
      const BuiltinParameter& parameter = ParameterAt(overload, i);
      if (Coerced(*arguments[i], parameter.kinds, scratch) != nullptr) continue;
      const bool null = arguments[i]->is_null();
      to.items.push_back({span, Cat(builtin.name, "(): ", parameter.name, null ? " is " : " is a ",
                                    KindName(arguments[i]->kind()), ", not a ", parameter.type)});
      return;
    }
  }
}

}  // namespace

Value Call::Wrong(size_t index, std::string_view wanted) {
  const Value& value = (*this)[index];
  return Null("argument ", index + 1, value.is_null() ? " is " : " is a ", KindName(value.kind()), ", not a ",
              wanted);
}

std::string Builtin::Signature() const {
  std::vector<std::string> ways;  // some differ in types alone
  for (const Overload& overload : overloads) {
    std::string way = Cat(name, "(");
    const char* separator = "";
    for (const BuiltinParameter& parameter : overload.parameters) {
      way += Cat(separator, parameter.name, parameter.optional ? "?" : "");
      separator = ", ";
    }
    way += overload.variadic ? ", …)" : ")";
    if (std::find(ways.begin(), ways.end(), way) == ways.end()) ways.push_back(std::move(way));
  }
  return absl::StrJoin(ways, " or ");
}

bool Builtin::Takes(size_t count) const {
  return std::any_of(overloads.begin(), overloads.end(),
                     [&](const Overload& overload) { return TakesCount(overload, count); });
}

KindMask KindsNamed(std::string_view type) { return FindKinds(type).kinds; }

const Builtin* FindBuiltin(std::string_view name) {
  const std::vector<Builtin>& table = Table();
  const auto at =
      std::lower_bound(table.begin(), table.end(), name,
                       [](const Builtin& builtin, std::string_view wanted) { return builtin.name < wanted; });
  return at != table.end() && at->name == name ? &*at : nullptr;
}

std::span<const Builtin> AllBuiltins() { return Table(); }

Value CallBuiltin(const Builtin& builtin, std::span<const Value* const> arguments,
                  const EvaluationOptions& options, Span span) {
  const auto run = [&](std::span<const Value* const> values) {
    Call call(values, options);
    Value result = builtin.run(call);
    Diagnostics* to = options.diagnostics;
    if (result.is_null() && to != nullptr && !call.reason().empty() && to->items.size() < Diagnostics::kLimit)
      to->items.push_back({span, Cat(builtin.name, "(): ", call.reason())});
    return result;
  };
  for (const Overload& overload : builtin.overloads) {
    if (!TakesCount(overload, arguments.size())) continue;
    bool fits = true;
    for (size_t i = 0; i < arguments.size() && fits; ++i)
      fits = (MaskOf(arguments[i]->kind()) & ParameterAt(overload, i).kinds) != 0;
    if (fits) return run(arguments);
  }
  std::deque<Value> scratch;  // stays where it is
  std::vector<const Value*> values;
  for (const Overload& overload : builtin.overloads) {
    if (!TakesCount(overload, arguments.size())) continue;
    values.clear();
    for (size_t i = 0; i < arguments.size(); ++i) {
      const Value* value = Coerced(*arguments[i], ParameterAt(overload, i).kinds, scratch.emplace_back());
      if (value == nullptr) break;
      values.push_back(value);
    }
    if (values.size() == arguments.size()) return run(values);
  }
  if (options.diagnostics != nullptr) Explain(builtin, arguments, *options.diagnostics, span);
  return {};
}

}  // namespace ameide::feel
