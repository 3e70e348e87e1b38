#include "notation/feel/value.h"

#include <algorithm>

#include "notation/feel/duration.h"
#include "notation/feel/function.h"
#include "notation/feel/lexer.h"
#include "notation/feel/text.h"

namespace ameide::feel {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kNumber:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kList:
      return "list";
    case Kind::kContext:
      return "context";
    case Kind::kDate:
      return "date";
    case Kind::kTime:
      return "time";
    case Kind::kDateTime:
      return "date and time";
    case Kind::kDayTimeDuration:
      return "days and time duration";
    case Kind::kYearMonthDuration:
      return "years and months duration";
    case Kind::kRange:
      return "range";
    case Kind::kFunction:
      return "function";
  }
  return "";
}

struct ListBuilder::Held final : List {
  Extent extent;
};

namespace {

struct HeldContext final : Context {
  explicit HeldContext(Context context) : Context(std::move(context)) {
    for (const auto& [name, value] : entries()) {
      extent.size += name.size();
      extent.Include(ExtentOf(value));
    }
  }
  Extent extent;
};

struct HeldRange final : Range {
  explicit HeldRange(Range range) : Range(std::move(range)) {
    extent.Include(ExtentOf(start));
    extent.Include(ExtentOf(end));
  }
  Extent extent;
};

}  // namespace

Value::Value(List value) {
  auto held = std::make_shared<ListBuilder::Held>();
  static_cast<List&>(*held) = std::move(value);
  for (const Value& item : *held) held->extent.Include(ExtentOf(item));
  data_ = std::shared_ptr<const List>(std::move(held));
}
Value::Value(Context value)
    : data_(std::shared_ptr<const Context>(std::make_shared<const HeldContext>(std::move(value)))) {}
Value::Value(Range value)
    : data_(std::shared_ptr<const Range>(std::make_shared<const HeldRange>(std::move(value)))) {}
Value::Value(std::shared_ptr<const Function> value) {
  if (value != nullptr) data_ = std::move(value);
}

const List* Value::list() const {
  const auto* held = std::get_if<std::shared_ptr<const List>>(&data_);
  return held != nullptr ? held->get() : nullptr;
}

const Context* Value::context() const {
  const auto* held = std::get_if<std::shared_ptr<const Context>>(&data_);
  return held != nullptr ? held->get() : nullptr;
}

const Range* Value::range() const {
  const auto* held = std::get_if<std::shared_ptr<const Range>>(&data_);
  return held != nullptr ? held->get() : nullptr;
}

const Function* Value::function() const {
  const auto* held = std::get_if<std::shared_ptr<const Function>>(&data_);
  return held != nullptr ? held->get() : nullptr;
}

std::shared_ptr<const Function> Value::shared_function() const {
  const auto* held = std::get_if<std::shared_ptr<const Function>>(&data_);
  return held != nullptr ? *held : nullptr;
}

namespace {

bool SameContext(const Context& a, const Context& b) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const Context::Entry& entry) {
    const Value* other = b.Find(entry.first);
    return other != nullptr && *other == entry.second;
  });
}

}  // namespace

void Extent::Include(const Extent& part) {
  constexpr uint64_t kMost = uint64_t{1} << 62;
  size = std::min(size + part.size, kMost);
  depth = std::max(depth, part.depth + 1);
}

Extent ExtentOf(const Value& value) {
  switch (value.kind()) {
    case Kind::kString:
      return {1 + value.string()->size(), 0};
    case Kind::kList:
      return static_cast<const ListBuilder::Held*>(value.list())->extent;
    case Kind::kContext:
      return static_cast<const HeldContext*>(value.context())->extent;
    case Kind::kRange:
      return static_cast<const HeldRange*>(value.range())->extent;
    case Kind::kFunction:
      return value.function()->extent();
    default:
      return {};
  }
}

ListBuilder::ListBuilder() : list_(std::make_shared<Held>()) {}

void ListBuilder::Add(Value item) {
  if (shared()) list_ = std::make_shared<Held>(*list_);
  list_->extent.Include(ExtentOf(item));
  list_->push_back(std::move(item));
}

Value ListBuilder::Share() const {
  Value value;
  value.data_ = std::shared_ptr<const List>(list_);
  return value;
}

size_t ListBuilder::size() const { return list_->size(); }
const Extent& ListBuilder::extent() const { return list_->extent; }

bool operator==(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.list() != nullptr) return *a.list() == *b.list();
  if (a.context() != nullptr) return SameContext(*a.context(), *b.context());
  if (a.range() != nullptr) {
    return a.range()->start == b.range()->start && a.range()->end == b.range()->end &&
           a.range()->start_included == b.range()->start_included &&
           a.range()->end_included == b.range()->end_included && a.range()->form == b.range()->form;
  }
  return a.data_ == b.data_;
}

Context::Context(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) Set(entry.first, entry.second);
}

size_t Context::Position(std::string_view name) const {
  if (entries_.size() > kIndexed) {
    const auto at = index_.find(name);
    return at == index_.end() ? entries_.size() : at->second;
  }
  const auto at =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == name; });
  return static_cast<size_t>(at - entries_.begin());
}

void Context::BuildIndex() {
  index_.clear();
  for (size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
}

const Value* Context::Find(std::string_view name) const {
  const size_t at = Position(name);
  return at == entries_.size() ? nullptr : &entries_[at].second;
}

void Context::Set(std::string name, Value value) {
  const size_t at = Position(name);
  if (at < entries_.size()) {
    entries_[at].second = std::move(value);
    return;
  }
  entries_.emplace_back(std::move(name), std::move(value));
  if (entries_.size() == kIndexed + 1) BuildIndex();
  if (entries_.size() > kIndexed + 1) index_.emplace(entries_.back().first, at);
}

bool Context::Erase(std::string_view name) {
  const size_t at = Position(name);
  if (at == entries_.size()) return false;
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(at));
  if (entries_.size() > kIndexed) BuildIndex();
  return true;
}

namespace {

bool HasWord(std::string_view name, std::string_view word) {
  for (size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || name[at - 1] == ' ') && (end == name.size() || name[end] == ' ')) return true;
  }
  return false;
}

/// A name as a context literal can read it.
void AppendKey(std::string& out, std::string_view name) {
  size_t at = 0;
  // A lone `?` is no word of a name.
  bool plain = !name.empty() && IsNameStart(NextCharacter(name, at)) && !HasWord(name, "?");
  while (plain && at < name.size()) {
    const uint32_t c = NextCharacter(name, at);
    plain = IsNamePart(c) || c == ' ';
  }
  if (plain) {
    out += name;
  } else {
    out += Quoted(name);
  }
}

void AppendText(std::string& out, const Value& value, bool quoted);

void AppendRange(std::string& out, const Range& range) {
  if (range.form == Range::Form::kInterval) {
    out += range.start_included ? '[' : '(';
    AppendText(out, range.start, true);
    out += "..";
    AppendText(out, range.end, true);
    out += range.end_included ? ']' : ')';
    return;
  }
  const bool upper = range.start.is_null();
  const bool both = !upper && !range.end.is_null();
  const bool included = upper ? range.end_included : range.start_included;
  if (range.form == Range::Form::kNotEqual) {
    out += "!=";
  } else if (both) {
    out += '=';
  } else {
    out += Cat(upper ? "<" : ">", included ? "=" : "");
  }
  AppendText(out, upper ? range.end : range.start, true);
}

void AppendText(std::string& out, const Value& value, bool quoted) {
  switch (value.kind()) {
    case Kind::kNull:
      out += "null";
      break;
    case Kind::kBoolean:
      out += *value.boolean() ? "true" : "false";
      break;
    case Kind::kNumber:
      out += value.number()->ToString();
      break;
    case Kind::kString:
      if (quoted) {
        out += Quoted(*value.string());
      } else {
        out += *value.string();
      }
      break;
    case Kind::kList: {
      out += '[';
      const char* separator = "";
      for (const Value& item : *value.list()) {
        out += separator;
        AppendText(out, item, true);
        separator = ", ";
      }
      out += ']';
      break;
    }
    case Kind::kContext: {
      out += '{';
      const char* separator = "";
      for (const auto& [name, item] : *value.context()) {
        out += separator;
        AppendKey(out, name);
        out += ": ";
        AppendText(out, item, true);
        separator = ", ";
      }
      out += '}';
      break;
    }
    case Kind::kDate:
      out += FormatDate(*value.date());
      break;
    case Kind::kTime:
      out += FormatTimeOfDay(*value.time());
      break;
    case Kind::kDateTime:
      out += FormatDateTime(*value.date_time());
      break;
    case Kind::kDayTimeDuration:
      out += FormatDuration(*value.day_time_duration());
      break;
    case Kind::kYearMonthDuration:
      out += FormatDuration(*value.year_month_duration());
      break;
    case Kind::kRange: {
      AppendRange(out, *value.range());
      break;
    }
    case Kind::kFunction: {
      out += "function(";
      const char* separator = "";
      for (const Function::Parameter& parameter : value.function()->parameters()) {
        out += Cat(separator, parameter.name);
        separator = ", ";
      }
      out += ')';
      break;
    }
  }
}

}  // namespace

std::string ToText(const Value& value) {
  std::string out;
  AppendText(out, value, false);
  return out;
}

}  // namespace ameide::feel
