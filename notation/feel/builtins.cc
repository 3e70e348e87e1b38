#include "notation/feel/builtins.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notation/feel/expression.h"

namespace ameide::feel {

const Value& Call::operator[](size_t index) const {
  static const Value kNull;
  return index < arguments_.size() ? arguments_[index] : kNull;
}

Value Call::Null(std::string reason) {
  reason_ = std::move(reason);
  return {};
}

Value Call::Wrong(size_t index, std::string_view wanted) {
  return Null(absl::StrCat("argument ", index + 1, " is a ", std::string(KindName((*this)[index].kind())),
                           ", not a ", std::string(wanted)));
}

bool Call::Spend(uint64_t amount) {
  budget_ = budget_ > amount ? budget_ - amount : 0;
  return budget_ > 0;
}

namespace {

/// The argument as a list: one value that is not a list stands for a list of it; several arguments are the
/// list.
List ListOf(const Call& call) {
  if (call.size() != 1) return List(call.all().begin(), call.all().end());
  return call[0].list() != nullptr ? *call[0].list() : List{call[0]};
}

std::optional<int64_t> Whole(const Value& value) {
  return value.number() != nullptr ? value.number()->ToInt64() : std::nullopt;
}

// ---- Conversion and logic

Value NotFunction(Call& call) { return call[0].boolean() != nullptr ? Value(!*call[0].boolean()) : Value(); }

Value StringFunction(Call& call) { return call[0].is_null() ? Value() : Value(ToText(call[0])); }

Value NumberFunction(Call& call) {
  if (call[0].number() != nullptr && call.size() == 1) return call[0];
  if (call[0].string() == nullptr) return call.Wrong(0, "string");
  std::string text = *call[0].string();
  const auto separator = [&](size_t index, std::string_view allowed) -> std::optional<std::string> {
    if (!call.has(index)) return "";
    const std::string* given = call[index].string();
    if (given == nullptr || given->size() != 1 || allowed.find(*given) == std::string_view::npos)
      return std::nullopt;
    return *given;
  };
  const std::optional<std::string> grouping = separator(1, " ,."), point = separator(2, ".,");
  if (!grouping || !point || (!grouping->empty() && *grouping == *point)) {
    return call.Null("separators are ' ', ',' or '.' for groups, '.' or ',' for decimals, and differ");
  }
  if (!grouping->empty()) text.erase(std::remove(text.begin(), text.end(), (*grouping)[0]), text.end());
  if (!point->empty() && *point != ".") {
    if (text.find('.') != std::string::npos) return call.Null("the text is not a number");
    std::replace(text.begin(), text.end(), (*point)[0], '.');
  }
  const absl::StatusOr<Decimal> number = Decimal::Parse(text);
  return number.ok() ? Value(*number) : call.Null(std::string(number.status().message()));
}

Value IsFunction(Call& call) {
  if (call[0].kind() != call[1].kind()) return false;
  return call[0] == call[1];
}

Value GetOrElse(Call& call) { return call[0].is_null() ? call[1] : call[0]; }

// ---- Lists

Value ListContains(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  return std::any_of(call[0].list()->begin(), call[0].list()->end(),
                     [&](const Value& item) { return Equal(item, call[1]).is_true(); });
}

Value Count(Call& call) {
  if (call[0].list() == nullptr) return call[0].is_null() ? call.Wrong(0, "list") : Value(1);
  return static_cast<int64_t>(call[0].list()->size());
}

Value Extreme(Call& call, int wanted) {
  const List items = ListOf(call);
  if (items.empty()) return call.Null("the list is empty");
  Value best = items[0];
  for (const Value& item : items) {
    const std::optional<int> order = Order(item, best);
    if (!order) return call.Null("the items have no common order");
    if (*order == wanted) best = item;
  }
  return best;
}
Value Min(Call& call) { return Extreme(call, -1); }
Value Max(Call& call) { return Extreme(call, 1); }

std::optional<Decimal> Fold(const List& items, const Decimal& start,
                            std::optional<Decimal> (*combine)(const Decimal&, const Decimal&)) {
  std::optional<Decimal> total = start;
  for (const Value& item : items) {
    if (item.number() == nullptr) return std::nullopt;
    total = combine(*total, *item.number());
    if (!total) return std::nullopt;
  }
  return total;
}

Value Sum(Call& call) {
  const List items = ListOf(call);
  if (items.empty()) return call.Null("the list is empty");
  const std::optional<Decimal> total = Fold(items, Decimal(), &Add);
  return total ? Value(*total) : call.Null("an item is not a number, or the sum is too large");
}

Value Product(Call& call) {
  const List items = ListOf(call);
  if (items.empty()) return call.Null("the list is empty");
  const std::optional<Decimal> total = Fold(items, Decimal(1), &Multiply);
  return total ? Value(*total) : call.Null("an item is not a number, or the product is too large");
}

Value Mean(Call& call) {
  const List items = ListOf(call);
  const std::optional<Decimal> total = Fold(items, Decimal(), &Add);
  if (!total || items.empty()) return call.Null("the list is empty or an item is not a number");
  return Divide(*total, Decimal(static_cast<int64_t>(items.size())));
}

Value Median(Call& call) {
  const List items = ListOf(call);
  std::vector<Decimal> numbers;
  for (const Value& item : items) {
    if (item.number() == nullptr) return call.Null("an item is not a number");
    numbers.push_back(*item.number());
  }
  if (numbers.empty()) return call.Null("the list is empty");
  std::sort(numbers.begin(), numbers.end());
  const size_t middle = numbers.size() / 2;
  if (numbers.size() % 2 == 1) return numbers[middle];
  const std::optional<Decimal> sum = Add(numbers[middle - 1], numbers[middle]);
  return sum ? Value(Divide(*sum, Decimal(2))) : Value();
}

Value AllOrAny(Call& call, bool deciding) {
  bool unknown = false;
  for (const Value& item : ListOf(call)) {
    if (item.boolean() == nullptr) {
      unknown = true;
    } else if (*item.boolean() == deciding) {
      return deciding;
    }
  }
  return unknown ? call.Null("an item is not a boolean") : Value(!deciding);
}
Value All(Call& call) { return AllOrAny(call, false); }
Value Any(Call& call) { return AllOrAny(call, true); }

/// A position counted from 1, or from the end when negative, as an offset from 0; nullopt when outside [0,
/// size].
std::optional<size_t> Offset(const Value& position, size_t size) {
  const std::optional<int64_t> number = Whole(position);
  const auto count = static_cast<int64_t>(size);
  if (!number || *number == 0 || *number > count || *number < -count) return std::nullopt;
  return static_cast<size_t>(*number > 0 ? *number - 1 : count + *number);
}

Value Sublist(Call& call) {
  const List* items = call[0].list();
  if (items == nullptr) return call.Wrong(0, "list");
  const std::optional<size_t> start = Offset(call[1], items->size());
  if (!start) return call.Null("the start position is outside the list");
  size_t length = items->size() - *start;
  if (call.size() > 2) {
    const std::optional<int64_t> wanted = Whole(call[2]);
    if (!wanted || *wanted < 0 || static_cast<size_t>(*wanted) > length)
      return call.Null("the length is outside the list");
    length = static_cast<size_t>(*wanted);
  }
  const auto begin = items->begin() + static_cast<ptrdiff_t>(*start);
  return List(begin, begin + static_cast<ptrdiff_t>(length));
}

Value Append(Call& call) {
  List out = call[0].list() != nullptr ? *call[0].list() : call[0].is_null() ? List{} : List{call[0]};
  if (!call.Spend(out.size())) return {};
  out.insert(out.end(), call.all().begin() + 1, call.all().end());
  return out;
}

Value Concatenate(Call& call) {
  List out;
  for (const Value& part : call.all()) {
    if (!call.Spend(part.list() != nullptr ? part.list()->size() : 1)) return {};
    if (part.list() == nullptr) {
      out.push_back(part);
    } else {
      out.insert(out.end(), part.list()->begin(), part.list()->end());
    }
  }
  return out;
}

Value InsertBefore(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  List out = *call[0].list();
  const std::optional<size_t> at = Offset(call[1], out.size());
  if (!at || !call.Spend(out.size())) return call.Null("the position is outside the list");
  out.insert(out.begin() + static_cast<ptrdiff_t>(*at), call[2]);
  return out;
}

Value Remove(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  List out = *call[0].list();
  const std::optional<size_t> at = Offset(call[1], out.size());
  if (!at || !call.Spend(out.size())) return call.Null("the position is outside the list");
  out.erase(out.begin() + static_cast<ptrdiff_t>(*at));
  return out;
}

Value Reverse(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  return List(call[0].list()->rbegin(), call[0].list()->rend());
}

Value IndexOf(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  List out;
  for (size_t i = 0; i < call[0].list()->size(); ++i) {
    if (Equal((*call[0].list())[i], call[1]).is_true()) out.push_back(static_cast<int64_t>(i + 1));
  }
  return out;
}

void AppendDistinct(List& out, const Value& item, Call& call) {
  if (!call.Spend(out.size() + 1)) return;
  const bool present =
      std::any_of(out.begin(), out.end(), [&](const Value& v) { return Equal(v, item).is_true(); });
  if (!present) out.push_back(item);
}

Value DistinctValues(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  List out;
  for (const Value& item : *call[0].list()) AppendDistinct(out, item, call);
  return out;
}

Value Union(Call& call) {
  List out;
  for (const Value& part : call.all()) {
    if (part.list() == nullptr) {
      AppendDistinct(out, part, call);
    } else {
      for (const Value& item : *part.list()) AppendDistinct(out, item, call);
    }
  }
  return out;
}

void FlattenInto(List& out, const Value& value) {
  if (value.list() == nullptr) {
    out.push_back(value);
    return;
  }
  for (const Value& item : *value.list()) FlattenInto(out, item);
}

Value Flatten(Call& call) {
  if (call[0].list() == nullptr) return call.Wrong(0, "list");
  List out;
  FlattenInto(out, call[0]);
  call.Spend(out.size());
  return out;
}

// ---- Numbers

Value RoundWith(Call& call, Rounding how) {
  if (call[0].number() == nullptr) return call.Wrong(0, "number");
  if (call.size() > 1 && call[1].number() == nullptr) return call.Wrong(1, "number");
  const std::optional<Decimal> places =
      call.size() > 1 ? Round(*call[1].number(), 0, Rounding::kDown) : Decimal();
  const std::optional<int64_t> scale = places ? places->ToInt64() : std::nullopt;
  if (!scale) return call.Null("the scale is outside -6111 to 6176");
  const std::optional<Decimal> rounded = Round(*call[0].number(), *scale, how);
  return rounded ? Value(*rounded) : call.Null("the scale is outside -6111 to 6176");
}
Value DecimalFunction(Call& call) { return RoundWith(call, Rounding::kHalfEven); }
Value Floor(Call& call) { return RoundWith(call, Rounding::kFloor); }
Value Ceiling(Call& call) { return RoundWith(call, Rounding::kCeiling); }
Value RoundUp(Call& call) { return RoundWith(call, Rounding::kUp); }
Value RoundDown(Call& call) { return RoundWith(call, Rounding::kDown); }
Value RoundHalfUp(Call& call) { return RoundWith(call, Rounding::kHalfUp); }
Value RoundHalfDown(Call& call) { return RoundWith(call, Rounding::kHalfDown); }

Value AbsFunction(Call& call) {
  if (call[0].number() != nullptr) return call[0].number()->Abs();
  const DayTimeDuration* time = call[0].day_time_duration();
  const YearMonthDuration* months = call[0].year_month_duration();
  if (time == nullptr && months == nullptr) return call.Wrong(0, "number or duration");
  const bool negative = time != nullptr ? time->seconds < 0 : months->months < 0;
  return negative ? MultiplyValues(call[0], Value(-1)) : call[0];
}

Value ModuloFunction(Call& call) {
  if (call[0].number() == nullptr) return call.Wrong(0, "number");
  if (call[1].number() == nullptr) return call.Wrong(1, "number");
  const std::optional<Decimal> rest = Modulo(*call[0].number(), *call[1].number());
  return rest ? Value(*rest) : call.Null("division by zero");
}

Value Sqrt(Call& call) {
  if (call[0].number() == nullptr) return call.Wrong(0, "number");
  const std::optional<Decimal> root = SquareRoot(*call[0].number());
  return root ? Value(*root) : call.Null("negative numbers have no square root");
}

Value Parity(Call& call, bool odd) {
  if (call[0].number() == nullptr) return call.Wrong(0, "number");
  const std::optional<Decimal> rest = Modulo(*call[0].number(), Decimal(2));
  return rest && *rest == Decimal(odd ? 1 : 0);
}
Value Odd(Call& call) { return Parity(call, true); }
Value Even(Call& call) { return Parity(call, false); }

// ---- Contexts

Value GetValue(Call& call) {
  if (call[0].context() == nullptr) return call.Wrong(0, "context");
  if (call[1].string() == nullptr) return call.Wrong(1, "string");
  const Value* value = call[0].context()->Find(*call[1].string());
  return value != nullptr ? *value : Value();
}

Value GetEntries(Call& call) {
  if (call[0].context() == nullptr) return call.Wrong(0, "context");
  List out;
  for (const auto& [name, value] : *call[0].context())
    out.push_back(Context{{"key", name}, {"value", value}});
  return out;
}

Value ContextFunction(Call& call) {
  const Value& entries = call[0];
  const List list = entries.list() != nullptr ? *entries.list() : List{entries};
  Context out;
  for (const Value& entry : list) {
    const Context* pair = entry.context();
    const Value* key = pair != nullptr ? pair->Find("key") : nullptr;
    const Value* value = pair != nullptr ? pair->Find("value") : nullptr;
    if (key == nullptr || value == nullptr || key->string() == nullptr)
      return call.Null("an entry has no key or value");
    if (out.Find(*key->string()) != nullptr)
      return call.Null(absl::StrCat("the key ", *key->string(), " occurs twice"));
    out.Set(*key->string(), *value);
  }
  return out;
}

Value ContextPut(Call& call) {
  if (call[0].context() == nullptr) return call.Wrong(0, "context");
  if (call[1].string() == nullptr) return call.Wrong(1, "string");
  Context out = *call[0].context();
  if (!call.Spend(out.size() + 1)) return {};
  out.Set(*call[1].string(), call[2]);
  return out;
}

Value ContextMerge(Call& call) {
  if (call[0].list() == nullptr && call[0].context() == nullptr) return call.Wrong(0, "list of contexts");
  Context out;
  for (const Value& part : ListOf(call)) {
    if (part.context() == nullptr) return call.Null("an item is not a context");
    for (const auto& [name, value] : *part.context()) out.Set(name, value);
  }
  return out;
}

constexpr Builtin kBuiltins[] = {
    {"not", "negand", NotFunction},
    {"string", "from", StringFunction},
    {"number", "from,grouping separator?,decimal separator?", NumberFunction},
    {"is", "value1,value2", IsFunction},
    {"get or else", "value,default", GetOrElse},
    {"list contains", "list,element", ListContains},
    {"count", "list", Count},
    {"min", "list*", Min},
    {"max", "list*", Max},
    {"sum", "list*", Sum},
    {"product", "list*", Product},
    {"mean", "list*", Mean},
    {"median", "list*", Median},
    {"all", "list*", All},
    {"any", "list*", Any},
    {"sublist", "list,start position,length?", Sublist},
    {"append", "list,item*", Append},
    {"concatenate", "list*", Concatenate},
    {"insert before", "list,position,newItem", InsertBefore},
    {"remove", "list,position", Remove},
    {"reverse", "list", Reverse},
    {"index of", "list,match", IndexOf},
    {"union", "list*", Union},
    {"distinct values", "list", DistinctValues},
    {"flatten", "list", Flatten},
    {"decimal", "n,scale", DecimalFunction},
    {"floor", "n,scale?", Floor},
    {"ceiling", "n,scale?", Ceiling},
    {"round up", "n,scale", RoundUp},
    {"round down", "n,scale", RoundDown},
    {"round half up", "n,scale", RoundHalfUp},
    {"round half down", "n,scale", RoundHalfDown},
    {"abs", "n", AbsFunction},
    {"modulo", "dividend,divisor", ModuloFunction},
    {"sqrt", "number", Sqrt},
    {"odd", "number", Odd},
    {"even", "number", Even},
    {"get value", "m,key", GetValue},
    {"get entries", "m", GetEntries},
    {"context", "entries", ContextFunction},
    {"context put", "context,key,value", ContextPut},
    {"context merge", "contexts", ContextMerge},
};

}  // namespace

std::span<const Builtin> GeneralBuiltins() { return kBuiltins; }

const Builtin* FindBuiltin(std::string_view name) {
  static const std::map<std::string_view, const Builtin*> kByName = [] {
    std::map<std::string_view, const Builtin*> map;
    for (const auto table : {GeneralBuiltins(), TextBuiltins(), TemporalBuiltins()}) {
      for (const Builtin& builtin : table) map.emplace(builtin.name, &builtin);
    }
    return map;
  }();
  const auto at = kByName.find(name);
  return at == kByName.end() ? nullptr : at->second;
}

std::string_view RefusedFunction(std::string_view name) {
  if (name == "now" || name == "today") {
    return "is refused: expressions must give the same result whenever they are evaluated; pass the time in "
           "as a variable";
  }
  static constexpr std::string_view kNotYet[] = {"exp",
                                                 "log",
                                                 "stddev",
                                                 "mode",
                                                 "replace",
                                                 "matches",
                                                 "split",
                                                 "sort",
                                                 "before",
                                                 "after",
                                                 "meets",
                                                 "met by",
                                                 "overlaps",
                                                 "overlaps before",
                                                 "overlaps after",
                                                 "finishes",
                                                 "finished by",
                                                 "includes",
                                                 "during",
                                                 "starts",
                                                 "started by",
                                                 "coincides",
                                                 "range",
                                                 "list replace"};
  const bool known = std::find(std::begin(kNotYet), std::end(kNotYet), name) != std::end(kNotYet);
  return known ? "is a function of FEEL that is not supported yet" : "";
}

}  // namespace ameide::feel
