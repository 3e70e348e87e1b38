// Functions of lists.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "notation/feel/builtins.h"

namespace ameide::feel {
namespace {

/// The argument as items: a list's, or all arguments, which are put into `room`.
std::span<const Value> ItemsOf(Call& call, List& room) {
  if (call.size() == 1 && call[0].list() != nullptr) {
    if (!call.Spend(call[0].list()->size()) || !call.Read(call[0])) return {};
    return *call[0].list();
  }
  for (size_t i = 0; i < call.size(); ++i) {
    if (!call.Copy({&call[i], 1})) return {};
    room.push_back(call[i]);
  }
  return room;
}

Value ListContains(Call& call) {
  if (!call.Spend(call[0].list()->size()) || !call.Read(call[0])) return {};
  return std::any_of(call[0].list()->begin(), call[0].list()->end(),
                     [&](const Value& item) { return IsEqual(item, call[1]) == Truth::kTrue; });
}

Value Count(Call& call) { return static_cast<int64_t>(call[0].list()->size()); }

Value Extreme(Call& call, int wanted) {
  List room;
  const std::span<const Value> items = ItemsOf(call, room);
  if (items.empty()) return call.Null("the list is empty");
  const Value* best = &items[0];
  for (const Value& item : items) {
    const std::optional<int> order = Order(item, *best);
    if (!order) return call.Null("the items have no common order");
    if (*order == wanted) best = &item;
  }
  return *best;
}
Value Min(Call& call) { return Extreme(call, -1); }
Value Max(Call& call) { return Extreme(call, 1); }

Value AllOrAny(Call& call, bool deciding) {
  bool unknown = false;
  List room;
  for (const Value& item : ItemsOf(call, room)) {
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

/// A position counted from 1, or from the end when negative, as an offset from 0; nullopt when outside. A
/// fraction is cut off.
std::optional<size_t> Offset(const Value& position, size_t size) {
  const std::optional<Decimal> whole = Round(*position.number(), 0, Rounding::kDown);
  const std::optional<int64_t> number = whole ? whole->ToInt64() : std::nullopt;
  const auto count = static_cast<int64_t>(size);
  if (!number || *number == 0 || *number > count || *number < -count) return std::nullopt;
  return static_cast<size_t>(*number > 0 ? *number - 1 : count + *number);
}

constexpr std::string_view kOutside = "the position is outside the list";

Value Sublist(Call& call) {
  const List& items = *call[0].list();
  const std::optional<size_t> start = Offset(call[1], items.size());
  if (!start) return call.Null(kOutside);
  size_t length = items.size() - *start;
  if (call.has(2)) {
    const std::optional<int64_t> wanted = Whole(call[2]);
    if (!wanted || *wanted < 1 || static_cast<size_t>(*wanted) > length)
      return call.Null("the length is outside the list");
    length = static_cast<size_t>(*wanted);
  }
  const std::span<const Value> part = std::span(items).subspan(*start, length);
  if (!call.Copy(part)) return {};
  return List(part.begin(), part.end());
}

Value Append(Call& call) {
  if (!call.Copy(*call[0].list())) return {};
  List out = *call[0].list();
  for (size_t i = 1; i < call.size(); ++i) {
    if (!call.Copy({&call[i], 1})) return {};
    out.push_back(call[i]);
  }
  return out;
}

Value Concatenate(Call& call) {
  List out;
  for (size_t i = 0; i < call.size(); ++i) {
    const List& part = *call[i].list();
    if (!call.Copy(part)) return {};
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

Value InsertBefore(Call& call) {
  const std::optional<size_t> at = Offset(call[1], call[0].list()->size());
  if (!at) return call.Null(kOutside);
  if (!call.Copy(*call[0].list())) return {};
  List out = *call[0].list();
  out.insert(out.begin() + static_cast<ptrdiff_t>(*at), call[2]);
  return out;
}

Value Remove(Call& call) {
  const std::optional<size_t> at = Offset(call[1], call[0].list()->size());
  if (!at) return call.Null(kOutside);
  if (!call.Copy(*call[0].list())) return {};
  List out = *call[0].list();
  out.erase(out.begin() + static_cast<ptrdiff_t>(*at));
  return out;
}

Value ReplaceWhere(Call& call, const Function& match) {
  if (match.parameters().size() != 2) return call.Null("the function takes an item and the new item");
  List out;
  for (const Value& item : *call[0].list()) {
    const std::array<const Value*, 2> copied = {&item, &call[2]};
    for (const Value* value : copied) {
      if (!call.Copy({value, 1})) return {};
    }
    const std::array<Value, 2> arguments = {item, call[2]};
    const Value replaced = match.Invoke(arguments, call.options());
    if (replaced.boolean() == nullptr) return call.Null("the function gives a boolean");
    out.push_back(*replaced.boolean() ? call[2] : item);
  }
  return out;
}

Value ListReplace(Call& call) {
  if (call[1].function() != nullptr) return ReplaceWhere(call, *call[1].function());
  const std::optional<size_t> at = Offset(call[1], call[0].list()->size());
  if (!at) return call.Null(kOutside);
  if (!call.Copy(*call[0].list())) return {};
  List out = *call[0].list();
  out[*at] = call[2];
  return out;
}

Value Reverse(Call& call) {
  if (!call.Copy(*call[0].list())) return {};
  return List(call[0].list()->rbegin(), call[0].list()->rend());
}

Value IndexOf(Call& call) {
  const List& items = *call[0].list();
  if (!call.Spend(items.size()) || !call.Read(call[0])) return {};
  List out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (IsEqual(items[i], call[1]) != Truth::kTrue) continue;
    if (!call.Build(1)) return {};
    out.push_back(static_cast<int64_t>(i + 1));
  }
  return out;
}

/// Items of which no two are equal, in the order they came.
class DistinctItems {
 public:
  explicit DistinctItems(Call& call) : call_(call) {}

  /// False when that is more than the evaluation may do.
  bool Add(const Value& item) {
    if (!call_.Spend(1)) return false;
    if (const std::optional<std::string> key = KeyOf(item)) {
      constexpr size_t kBytesPerStep = 16;
      if (!call_.Spend(key->size() / kBytesPerStep)) return false;
      return !keys_.insert(*key).second || Append(item);
    }
    for (const size_t other : others_) {
      if (!call_.Compare(out_[other], item)) return false;
      if (IsEqual(out_[other], item) == Truth::kTrue) return true;
    }
    others_.push_back(out_.size());
    return Append(item);
  }
  List Take() { return std::move(out_); }

 private:
  /// Of values that equal only those of their kind, the same for equal ones; nullopt for the others.
  static std::optional<std::string> KeyOf(const Value& item) {
    if (item.string() != nullptr) return Cat('s', *item.string());
    if (item.number() != nullptr) return Cat('n', item.number()->ToString());
    if (item.boolean() != nullptr || item.date() != nullptr || item.is_null()) return Cat('o', ToText(item));
    return std::nullopt;
  }
  bool Append(const Value& item) {
    if (!call_.Copy({&item, 1})) return false;
    out_.push_back(item);
    return true;
  }

  Call& call_;
  List out_;
  std::unordered_set<std::string> keys_;
  std::vector<size_t> others_;  // those without a key, by place
};

Value Union(Call& call) {
  DistinctItems items(call);
  for (size_t i = 0; i < call.size(); ++i) {
    for (const Value& item : *call[i].list()) {
      if (!items.Add(item)) return {};
    }
  }
  return items.Take();
}

bool FlattenInto(List& out, const Value& value, Call& call) {
  if (!call.Build(1)) return false;
  if (value.list() == nullptr) {
    out.push_back(value);
    return call.Copy({&value, 1});
  }
  return std::all_of(value.list()->begin(), value.list()->end(),
                     [&](const Value& item) { return FlattenInto(out, item, call); });
}

Value Flatten(Call& call) {
  List out;
  if (!FlattenInto(out, call[0], call)) return {};
  return out;
}

/// Sorts by merging, so that whatever the comparison answers the result is made of the items. False when two
/// items cannot be compared.
template <typename Before>
bool MergeSort(std::span<Value> items, std::vector<Value>& room, const Before& before) {
  if (items.size() < 2) return true;
  const size_t middle = items.size() / 2;
  if (!MergeSort(items.first(middle), room, before) || !MergeSort(items.subspan(middle), room, before))
    return false;
  room.assign(items.begin(), items.begin() + static_cast<ptrdiff_t>(middle));
  size_t left = 0, right = middle, to = 0;
  std::vector<Value> merged(std::move(room));
  while (left < merged.size()) {
    std::optional<bool> take_right = false;
    if (right < items.size()) take_right = before(items[right], merged[left]);
    if (!take_right) return false;
    if (*take_right) {
      items[to++] = std::move(items[right++]);
    } else {
      items[to++] = std::move(merged[left++]);
    }
  }
  return true;
}

Value Sort(Call& call) {
  if (!call.Copy(*call[0].list())) return {};
  List out = *call[0].list();
  std::vector<Value> room;
  const Function* precedes = call[1].function();
  const bool sorted =
      MergeSort(std::span<Value>(out), room, [&](const Value& a, const Value& b) -> std::optional<bool> {
        if (!call.Spend(1) || !call.Compare(a, b)) return std::nullopt;
        if (precedes == nullptr) {
          const std::optional<int> order = Order(a, b);
          return order ? std::optional<bool>(*order < 0) : std::nullopt;
        }
        if (!call.Copy({&a, 1}) || !call.Copy({&b, 1})) return std::nullopt;
        const std::array<Value, 2> arguments = {a, b};
        const Value answer = precedes->Invoke(arguments, call.options());
        return answer.boolean() != nullptr ? std::optional<bool>(*answer.boolean()) : std::nullopt;
      });
  return sorted ? Value(std::move(out)) : call.Null("two items cannot be put in order");
}

constexpr BuiltinRow kRows[] = {
    {"list contains", "list:list,element:any", "boolean", ListContains},
    {"count", "list:list", "number", Count},
    {"min", "list:list|*c:any", "Any", Min},
    {"max", "list:list|*c:any", "Any", Max},
    {"all", "list:list|*b:any", "boolean", All},
    {"any", "list:list|*b:any", "boolean", Any},
    {"and", "list:list|*b:any", "boolean", All},
    {"or", "list:list|*b:any", "boolean", Any},
    {"sublist", "list:list,start position:number,length?:number", "list", Sublist},
    {"append", "list:list,*item:any", "list", Append},
    {"concatenate", "*list:list", "list", Concatenate},
    {"insert before", "list:list,position:number,newItem:any", "list", InsertBefore},
    {"remove", "list:list,position:number", "list", Remove},
    {"list replace", "list:list,position:number,newItem:any|list:list,match:function,newItem:any", "list",
     ListReplace},
    {"reverse", "list:list", "list", Reverse},
    {"index of", "list:list,match:any", "list", IndexOf},
    {"union", "*list:list", "list", Union},
    {"distinct values", "list:list", "list", Union},
    {"flatten", "list:list", "list", Flatten},
    {"sort", "list:list,precedes!:function", "list", Sort},
};

}  // namespace

std::span<const BuiltinRow> ListBuiltins() { return kRows; }

}  // namespace ameide::feel
