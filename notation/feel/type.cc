#include "notation/feel/type.h"

#include <algorithm>
#include <utility>

#include "notation/feel/function.h"
#include "notation/feel/text.h"

namespace ameide::feel {

struct Type::Parts {
  std::vector<Type> types;  // element; or parameters and the result
  std::vector<Field> fields;
  std::vector<std::string> names;  // of a function's parameters
  size_t size = 1;  // of the whole tree: its parts are shared, so a short text may make one without end
};

namespace {

const Type& AnyType() {
  static const Type* const any = new Type();
  return *any;
}

struct KnownName {
  std::string_view name;
  Type::Kind kind;
};

/// The standard's come first.
constexpr size_t kStandardNames = 14;
constexpr KnownName kNames[] = {
    {"Any", Type::Kind::kAny},
    {"Null", Type::Kind::kNull},
    {"number", Type::Kind::kNumber},
    {"string", Type::Kind::kString},
    {"boolean", Type::Kind::kBoolean},
    {"date", Type::Kind::kDate},
    {"time", Type::Kind::kTime},
    {"date and time", Type::Kind::kDateTime},
    {"days and time duration", Type::Kind::kDayTimeDuration},
    {"years and months duration", Type::Kind::kYearMonthDuration},
    {"list", Type::Kind::kList},
    {"context", Type::Kind::kContext},
    {"range", Type::Kind::kRange},
    {"function", Type::Kind::kFunction},
    // As older files and other tools spell them.
    {"any", Type::Kind::kAny},
    {"dateTime", Type::Kind::kDateTime},
    {"dayTimeDuration", Type::Kind::kDayTimeDuration},
    {"yearMonthDuration", Type::Kind::kYearMonthDuration},
};

Type::Kind ScalarKind(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return Type::Kind::kNull;
    case Kind::kBoolean:
      return Type::Kind::kBoolean;
    case Kind::kNumber:
      return Type::Kind::kNumber;
    case Kind::kString:
      return Type::Kind::kString;
    case Kind::kList:
      return Type::Kind::kList;
    case Kind::kContext:
      return Type::Kind::kContext;
    case Kind::kDate:
      return Type::Kind::kDate;
    case Kind::kTime:
      return Type::Kind::kTime;
    case Kind::kDateTime:
      return Type::Kind::kDateTime;
    case Kind::kDayTimeDuration:
      return Type::Kind::kDayTimeDuration;
    case Kind::kYearMonthDuration:
      return Type::Kind::kYearMonthDuration;
    case Kind::kRange:
      return Type::Kind::kRange;
    case Kind::kFunction:
      return Type::Kind::kFunction;
  }
  return Type::Kind::kAny;
}

constexpr size_t kMostTypeParts = 10'000;  // what is larger loses its parameters

constexpr int kMaxLevels = 100;  // of values whose type is asked; deeper ones are Any
constexpr size_t kMostItems = 1'000;
constexpr size_t kMostParts = 20'000;  // of a value and all in it

Type TypeOfLevel(const Value& value, int levels, size_t& parts) {
  if (levels == 0 || parts == 0) return {};
  --parts;
  if (const List* list = value.list()) {
    Type element(Type::Kind::kNull);
    for (size_t i = 0; i < std::min(list->size(), kMostItems) && !element.is_any(); ++i)
      element = CommonType(element, TypeOfLevel((*list)[i], levels - 1, parts));
    return Type::ListOf(element.kind() == Type::Kind::kNull ? Type() : element);
  }
  if (const Context* context = value.context()) {
    std::vector<Type::Field> fields;
    for (const auto& [name, item] : *context) fields.push_back({name, TypeOfLevel(item, levels - 1, parts)});
    return Type::ContextOf(std::move(fields));
  }
  if (const Range* range = value.range())
    return Type::RangeOf(TypeOfLevel(range->start.is_null() ? range->end : range->start, levels - 1, parts));
  if (const Function* function = value.function())
    return TypeOfFunction(function->parameters(), function->result());
  return ScalarKind(value.kind());
}

/// As InstanceOf, but null is of every type.
bool HasType(const Value& value, const Type& type, int levels) {
  if (value.is_null() || type.is_any()) return true;
  if (ScalarKind(value.kind()) != type.kind() || levels == 0) return false;
  switch (type.kind()) {
    case Type::Kind::kList:
      return type.element().is_any() ||
             std::all_of(value.list()->begin(), value.list()->end(),
                         [&](const Value& item) { return HasType(item, type.element(), levels - 1); });
    case Type::Kind::kContext:
      return std::all_of(type.fields().begin(), type.fields().end(), [&](const Type::Field& field) {
        const Value* item = value.context()->Find(field.name);
        return item != nullptr && HasType(*item, field.type, levels - 1);
      });
    case Type::Kind::kRange:
      return HasType(value.range()->start, type.element(), levels - 1) &&
             HasType(value.range()->end, type.element(), levels - 1);
    case Type::Kind::kFunction:
      return !type.has_signature() || value.function()->IsOf(type);
    default:
      return true;
  }
}

void AppendType(std::string& out, const Type& type) {
  const auto found = std::find_if(std::begin(kNames), std::end(kNames),
                                  [&](const KnownName& known) { return known.kind == type.kind(); });
  out += found->name;
  const char* separator = "";
  switch (type.kind()) {
    case Type::Kind::kList:
    case Type::Kind::kRange:
      out += '<';
      AppendType(out, type.element());
      out += '>';
      break;
    case Type::Kind::kContext:
      out += '<';
      for (const Type::Field& field : type.fields()) {
        out += Cat(separator, field.name, ": ");
        AppendType(out, field.type);
        separator = ", ";
      }
      out += '>';
      break;
    case Type::Kind::kFunction:
      if (!type.has_signature()) break;
      out += '<';
      for (const Type& parameter : type.parameters()) {
        out += separator;
        AppendType(out, parameter);
        separator = ", ";
      }
      out += ">->";
      AppendType(out, type.result());
      break;
    default:
      break;
  }
}

}  // namespace

Type::Type(Kind kind) : kind_(kind) {}

Type::Type(Kind kind, Parts parts) : kind_(kind) {
  const auto add = [&](const Type& part) { parts.size += part.parts_ != nullptr ? part.parts_->size : 1; };
  for (const Type& part : parts.types) add(part);
  for (const Field& field : parts.fields) add(field.type);
  if (parts.size <= kMostTypeParts) parts_ = std::make_shared<const Parts>(std::move(parts));
}

Type Type::ListOf(Type element) { return Type(Kind::kList, Parts{{std::move(element)}, {}, {}}); }

Type Type::RangeOf(Type element) { return Type(Kind::kRange, Parts{{std::move(element)}, {}, {}}); }

Type Type::ContextOf(std::vector<Field> fields) {
  return Type(Kind::kContext, Parts{{}, std::move(fields), {}});
}

Type Type::FunctionOf(std::vector<Type> parameters, Type result, std::vector<std::string> names) {
  parameters.push_back(std::move(result));
  return Type(Kind::kFunction, Parts{std::move(parameters), {}, std::move(names)});
}

std::span<const std::string_view> Type::Names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> standard;
    for (const KnownName& known : std::span(kNames).first<kStandardNames>()) standard.push_back(known.name);
    return standard;
  }();
  return names;
}

std::optional<Type> Type::Named(std::string_view name) {
  for (const KnownName& known : kNames) {
    if (known.name == name) return Type(known.kind);
  }
  return std::nullopt;
}

const Type& Type::element() const {
  const bool has = parts_ != nullptr && (kind_ == Kind::kList || kind_ == Kind::kRange);
  return has ? parts_->types[0] : AnyType();
}

std::span<const Type::Field> Type::fields() const {
  if (parts_ == nullptr) return {};
  return parts_->fields;
}

const Type* Type::field(std::string_view name) const {
  for (const Field& field : fields()) {
    if (field.name == name) return &field.type;
  }
  return nullptr;
}

std::span<const Type> Type::parameters() const {
  if (parts_ == nullptr || kind_ != Kind::kFunction) return {};
  return std::span<const Type>(parts_->types).first(parts_->types.size() - 1);
}

std::span<const std::string> Type::parameter_names() const {
  if (parts_ == nullptr) return {};
  return parts_->names;
}

const Type& Type::result() const {
  return parts_ != nullptr && kind_ == Kind::kFunction ? parts_->types.back() : AnyType();
}

std::string Type::ToString() const {
  std::string out;
  AppendType(out, *this);
  return out;
}

bool Equivalent(const Type& a, const Type& b) {
  if (a.kind() != b.kind()) return false;
  const auto same = [](std::span<const Type> x, std::span<const Type> y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                      [](const Type& p, const Type& q) { return Equivalent(p, q); });
  };
  switch (a.kind()) {
    case Type::Kind::kList:
    case Type::Kind::kRange:
      return Equivalent(a.element(), b.element());
    case Type::Kind::kContext:
      return a.fields().size() == b.fields().size() &&
             std::all_of(a.fields().begin(), a.fields().end(), [&](const Type::Field& field) {
               const Type* other = b.field(field.name);
               return other != nullptr && Equivalent(field.type, *other);
             });
    case Type::Kind::kFunction:
      return a.has_signature() == b.has_signature() && same(a.parameters(), b.parameters()) &&
             Equivalent(a.result(), b.result());
    default:
      return true;
  }
}

bool ConformsTo(const Type& type, const Type& to) {
  if (to.is_any() || type.kind() == Type::Kind::kNull) return true;
  if (type.kind() != to.kind()) return false;
  switch (type.kind()) {
    case Type::Kind::kList:
    case Type::Kind::kRange:
      return ConformsTo(type.element(), to.element());
    case Type::Kind::kContext:
      return std::all_of(to.fields().begin(), to.fields().end(), [&](const Type::Field& field) {
        const Type* own = type.field(field.name);
        return own != nullptr && ConformsTo(*own, field.type);
      });
    case Type::Kind::kFunction: {
      if (!to.has_signature() || !type.has_signature()) return !to.has_signature();
      const std::span<const Type> own = type.parameters(), wanted = to.parameters();
      return std::equal(own.begin(), own.end(), wanted.begin(), wanted.end(),
                        [](const Type& mine, const Type& given) { return ConformsTo(given, mine); }) &&
             ConformsTo(type.result(), to.result());
    }
    default:
      return true;
  }
}

namespace {

/// `alike`: a and b are known to be equivalent, so that each part of them is looked at once.
Type Common(const Type& a, const Type& b, bool alike) {
  if (a.kind() == Type::Kind::kNull) return b;
  if (b.kind() == Type::Kind::kNull) return a;
  if (a.kind() != b.kind()) return {};
  if (a.kind() == Type::Kind::kList) return Type::ListOf(Common(a.element(), b.element(), alike));
  if (a.kind() == Type::Kind::kRange) return Type::RangeOf(Common(a.element(), b.element(), alike));
  if (a.kind() == Type::Kind::kContext) {
    std::vector<Type::Field> fields;
    for (const Type::Field& field : a.fields()) {
      if (const Type* other = b.field(field.name))
        fields.push_back({field.name, Common(field.type, *other, alike)});
    }
    return Type::ContextOf(std::move(fields));
  }
  if (a.kind() != Type::Kind::kFunction) return a;
  if (!a.has_signature() || !b.has_signature()) return Type::Kind::kFunction;
  if (!alike && !Equivalent(a, b)) return {};
  const std::span<const std::string> names = a.parameter_names(), others = b.parameter_names();
  const bool same = std::equal(names.begin(), names.end(), others.begin(), others.end());
  const std::span<const Type> parameters = a.parameters();
  return Type::FunctionOf(
      {parameters.begin(), parameters.end()}, Common(a.result(), b.result(), true),
      same ? std::vector<std::string>(names.begin(), names.end()) : std::vector<std::string>());
}

}  // namespace

Type CommonType(const Type& a, const Type& b) { return Common(a, b, false); }

Type TypeOf(const Value& value) {
  size_t parts = kMostParts;
  return TypeOfLevel(value, kMaxLevels, parts);
}

bool InstanceOf(const Value& value, const Type& type) {
  if (value.is_null()) return type.kind() == Type::Kind::kNull;
  return HasType(value, type, kMaxLevels);
}

Value Coerce(const Value& value, const Type& type, std::string* why) {
  if (HasType(value, type, kMaxLevels)) return value;
  const List* list = value.list();
  if (list != nullptr && list->size() == 1 && type.kind() != Type::Kind::kList) {
    if (HasType(list->front(), type, kMaxLevels)) return list->front();
    if (list->front().date() != nullptr && type.kind() == Type::Kind::kDateTime)
      return Coerce(list->front(), type, why);
  }
  if (list == nullptr && type.kind() == Type::Kind::kList && HasType(value, type.element(), kMaxLevels))
    return List{value};
  if (value.date() != nullptr && type.kind() == Type::Kind::kDateTime)
    return DateTime{*value.date(), {0, 0, 0}};
  if (why != nullptr) {
    size_t parts = 200;  // enough to say what it is
    *why =
        Cat("a value of type ", TypeOfLevel(value, kMaxLevels, parts).ToString(), " is no ", type.ToString());
  }
  return {};
}

}  // namespace ameide::feel
