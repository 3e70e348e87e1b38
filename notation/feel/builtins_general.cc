// Conversion, logic and contexts.
#include <algorithm>
#include <string>
#include <utility>

#include "notation/feel/builtins.h"
#include "notation/feel/range_text.h"

namespace ameide::feel {
namespace {

Value NotFunction(Call& call) {
  // The list of one boolean stands for it (10.3.2.9.4).
  const List* list = call[0].list();
  return ValueOf(Not(TruthOf(list != nullptr && list->size() == 1 ? list->front() : call[0])));
}

Value StringFunction(Call& call) {
  if (call[0].is_null()) return call.Null("null has no text");
  if (call[0].string() != nullptr) return call[0];
  if (!call.Spend(ExtentOf(call[0]).size)) return {};
  return ToText(call[0]);
}

/// A separator of a number's text: empty when it is not given.
std::optional<std::string> Separator(Call& call, size_t index, std::string_view allowed) {
  if (!call.has(index)) return "";
  const std::string& given = *call[index].string();
  if (given.size() != 1 || allowed.find(given) == std::string_view::npos) return std::nullopt;
  return given;
}

Value NumberFunction(Call& call) {
  constexpr size_t kBytesPerStep = 16;
  if (!call.Spend(call[0].string()->size() / kBytesPerStep)) return {};
  std::string text = *call[0].string();
  const std::optional<std::string> grouping = Separator(call, 1, " ,."), point = Separator(call, 2, ".,");
  if (!grouping || !point || (!grouping->empty() && *grouping == *point))
    return call.Null("separators are ' ', ',' or '.' for groups, '.' or ',' for decimals, and differ");
  if (!grouping->empty()) text.erase(std::remove(text.begin(), text.end(), (*grouping)[0]), text.end());
  if (!point->empty() && *point != ".") {
    if (text.find('.') != std::string::npos) return call.Null("the text is not a number");
    std::replace(text.begin(), text.end(), (*point)[0], '.');
  }
  // As grammar rule 35 writes numbers: no plus, and digits behind a point.
  const size_t dot = text.find('.');
  const bool bare =
      dot != std::string::npos && (dot + 1 == text.size() || text[dot + 1] < '0' || text[dot + 1] > '9');
  if (bare || text.starts_with('+')) return call.Null("the text is not a number");
  const absl::StatusOr<Decimal> number = Decimal::Parse(text);
  return number.ok() ? Value(*number) : call.Null(std::string(number.status().message()));
}

Value RangeFunction(Call& call) {
  if (!call.Spend(call[0].string()->size())) return {};
  std::string why;
  std::optional<Range> range = ReadRange(*call[0].string(), why);
  return range ? Value(*std::move(range)) : call.Null(why);
}

/// The same element of the semantic domain: kind, value, and of moments the zone as written.
bool Is(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.time() != nullptr) return *a.time() == *b.time();
  if (a.date_time() != nullptr) return *a.date_time() == *b.date_time();
  return a == b;
}
Value IsFunction(Call& call) {
  return call.Compare(call[0], call[1]) ? Value(Is(call[0], call[1])) : Value();
}

Value GetOrElse(Call& call) { return call[0].is_null() ? call[1] : call[0]; }

Value GetValue(Call& call) {
  const Value* value = call[0].context()->Find(*call[1].string());
  return value != nullptr ? *value : call.Null("there is no entry ", *call[1].string());
}

/// What it costs to make a context of them.
uint64_t CostOfCopyingEntries(const Context& context) {
  constexpr uint64_t kEntry = 6;
  uint64_t cost = 2 + context.size() * kEntry;
  for (const auto& [name, value] : context) cost += name.size() / 16 + CostOfCopying(value);
  return cost;
}

Value GetEntries(Call& call) {
  const Context& context = *call[0].context();
  if (!call.Spend(CostOfCopyingEntries(context) * 2)) return {};
  List out;
  for (const auto& [name, value] : context) out.push_back(Context{{"key", name}, {"value", value}});
  return out;
}

Value ContextFunction(Call& call) {
  Context out;
  for (const Value& entry : *call[0].list()) {
    const Context* pair = entry.context();
    const Value* key = pair != nullptr ? pair->Find("key") : nullptr;
    const Value* value = pair != nullptr ? pair->Find("value") : nullptr;
    if (key == nullptr || value == nullptr || key->string() == nullptr)
      return call.Null("each entry is a context with a text 'key' and a 'value'");
    if (!call.Spend(CostOfCopyingEntries(*pair))) return {};
    if (out.Find(*key->string()) != nullptr) return call.Null("the key ", *key->string(), " occurs twice");
    out.Set(*key->string(), *value);
  }
  return out;
}

/// The context with what lies at the end of the keys set; null where a key leads to something else than a
/// context.
Value PutAt(Call& call, const Value& context, std::span<const Value> keys, const Value& value) {
  const std::string* key = keys.front().string();
  if (key == nullptr) return call.Null("a key is no string");
  const bool fresh = context.is_null();
  if (!fresh && context.context() == nullptr) return call.Null("there is no context to put ", *key, " into");
  if (!call.Spend(fresh ? 2 : CostOfCopyingEntries(*context.context())) || !call.Copy({&value, 1})) return {};
  Context out = fresh ? Context() : *context.context();
  if (keys.size() == 1) {
    out.Set(*key, value);
    return out;
  }
  const Value* inner = out.Find(*key);
  if (inner == nullptr || inner->is_null()) return call.Null("there is no entry ", *key, " to put into");
  Value changed = PutAt(call, *inner, keys.subspan(1), value);
  if (changed.is_null()) return changed;
  out.Set(*key, std::move(changed));
  return out;
}

Value ContextPut(Call& call) {
  if (const List* keys = call[1].list()) {
    constexpr size_t kMostKeys = 200;
    if (keys->empty() || keys->size() > kMostKeys)
      return call.Null("the list of keys is empty or longer than 200");
    return PutAt(call, call[0], *keys, call[2]);
  }
  return PutAt(call, call[0], std::span<const Value>(&call[1], 1), call[2]);
}

Value ContextMerge(Call& call) {
  Context out;
  for (const Value& part : *call[0].list()) {
    if (part.context() == nullptr) return call.Null("an item is not a context");
    if (!call.Spend(CostOfCopyingEntries(*part.context()))) return {};
    for (const auto& [name, value] : *part.context()) out.Set(name, value);
  }
  return out;
}

constexpr BuiltinRow kRows[] = {
    {"not", "negand:any", "boolean", NotFunction},
    {"string", "from:any", "string", StringFunction},
    {"number", "from:string,grouping separator?:string,decimal separator?:string", "number", NumberFunction},
    {"range", "from:string", "range", RangeFunction},
    {"is", "value1?:any,value2?:any", "boolean", IsFunction},
    {"get or else", "value:any,default:any", "Any", GetOrElse},
    {"get value", "m:context,key:string", "Any", GetValue},
    {"get entries", "m:context", "list", GetEntries},
    {"context", "entries:list", "context", ContextFunction},
    {"context put", "context:context,key:string,value:any|context:context,keys:list,value:any", "context",
     ContextPut},
    {"context merge", "contexts:list", "context", ContextMerge},
};

}  // namespace

std::span<const BuiltinRow> GeneralBuiltins() { return kRows; }

}  // namespace ameide::feel
