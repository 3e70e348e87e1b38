// Types as they are written, and the types of what operators compute.
#include <algorithm>
#include <utility>

#include "base/status.h"
#include "notation/feel/parser.h"

namespace ameide::feel {
namespace {

using K = Type::Kind;

bool IsUnknown(const Type& type) { return type.is_any() || type.kind() == K::kNull; }
bool IsDuration(const Type& type) {
  return type.kind() == K::kDayTimeDuration || type.kind() == K::kYearMonthDuration;
}
bool IsDay(const Type& type) { return type.kind() == K::kDate || type.kind() == K::kDateTime; }

/// The type of an operation on two known types; nullopt when it can only be null.
std::optional<Type> ArithmeticType(NodeOp op, const Type& a, const Type& b) {
  const K x = a.kind(), y = b.kind();
  if (x == K::kNumber && y == K::kNumber) return a;
  switch (op) {
    case NodeOp::kAdd:
      if (x == K::kString && y == K::kString) return a;
      if (x == y && IsDuration(a)) return a;
      if ((IsDay(a) || x == K::kTime) && IsDuration(b)) return a;
      if ((IsDay(b) || y == K::kTime) && IsDuration(a)) return b;
      return std::nullopt;
    case NodeOp::kSubtract:
      if (x == y && IsDuration(a)) return a;
      if ((IsDay(a) && IsDay(b)) || (x == K::kTime && y == K::kTime)) return Type(K::kDayTimeDuration);
      if ((IsDay(a) || x == K::kTime) && IsDuration(b)) return a;
      return std::nullopt;
    case NodeOp::kMultiply:
      if (IsDuration(a) && y == K::kNumber) return a;
      if (IsDuration(b) && x == K::kNumber) return b;
      return std::nullopt;
    case NodeOp::kDivide:
      if (IsDuration(a) && y == K::kNumber) return a;
      if (IsDuration(a) && x == y) return Type(K::kNumber);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string_view Verb(NodeOp op) {
  switch (op) {
    case NodeOp::kAdd:
      return "added";
    case NodeOp::kSubtract:
      return "subtracted";
    case NodeOp::kMultiply:
      return "multiplied";
    case NodeOp::kDivide:
      return "divided";
    default:
      return "raised to a power";
  }
}

}  // namespace

Type Parser::BinaryType(NodeOp op, uint32_t left, uint32_t right) {
  const Type& a = type(left);
  const Type& b = type(right);
  switch (op) {
    case NodeOp::kAdd:
    case NodeOp::kSubtract:
    case NodeOp::kMultiply:
    case NodeOp::kDivide:
    case NodeOp::kPower: {
      if (IsUnknown(a) || IsUnknown(b) || a.kind() == K::kList || b.kind() == K::kList) return {};
      const std::optional<Type> type = ArithmeticType(op, a, b);
      if (type) return *type;
      const bool text = op == NodeOp::kAdd && (a.kind() == K::kString || b.kind() == K::kString);
      Warn("type", {span(left).begin, span(right).end},
           Cat("a ", Shortened(a.ToString()), " and a ", Shortened(b.ToString()), " cannot be ", Verb(op),
               ": the result is always null"),
           text ? "turn the other into a text with string(…)" : "");
      return {};
    }
    case NodeOp::kSpan:
      return Type::ListOf(IsUnknown(a) ? b : a);
    case NodeOp::kRange:
      return Type::RangeOf(CommonType(a, b));
    default:
      return K::kBoolean;
  }
}

void Parser::CheckComparable(NodeOp op, uint32_t left, uint32_t right, uint32_t begin) {
  const Type& a = type(left);
  const Type& b = type(right);
  if (IsUnknown(a) || IsUnknown(b) || a.kind() == K::kList || b.kind() == K::kList) return;
  const bool equality = op == NodeOp::kEqual || op == NodeOp::kNotEqual;
  const bool ordered = equality || (a.kind() != K::kBoolean && a.kind() != K::kContext &&
                                    a.kind() != K::kRange && a.kind() != K::kFunction);
  const bool days = equality && IsDay(a) && IsDay(b);
  const bool durations = IsDuration(a) && IsDuration(b);
  if ((a.kind() == b.kind() && ordered) || days || durations) return;
  const bool moment = IsDay(a) && IsDay(b);
  Warn("type", {begin, span(right).end},
       Cat("a ", Shortened(a.ToString()), " and a ", Shortened(b.ToString()), " cannot be ",
           equality ? "compared" : "put in order", ": the result is always null"),
       moment                                ? "compare dates with dates: date(…)"
       : node(right).op == NodeOp::kConstant ? MomentHint(a, right)
       : node(left).op == NodeOp::kConstant  ? MomentHint(b, left)
                                             : "");
}

std::string Parser::MomentHint(const Type& wanted, uint32_t constant) const {
  const std::string* const text = syntax_->constants[syntax_->nodes[constant].a].string();
  const bool moment = IsDay(wanted) || wanted.kind() == K::kTime || IsDuration(wanted);
  if (text == nullptr || !moment) return "";
  return Cat("a ", wanted.ToString(), " is written @", Quoted(Shortened(*text)));
}

std::vector<std::string_view> Parser::PartsOf(const Type& type) {
  switch (type.kind()) {
    case K::kDate:
      return {"year", "month", "day", "weekday"};
    case K::kTime:
      return {"hour", "minute", "second", "time offset", "timezone"};
    case K::kDateTime:
      return {"year", "month", "day", "weekday", "hour", "minute", "second", "time offset", "timezone"};
    case K::kDayTimeDuration:
      return {"days", "hours", "minutes", "seconds"};
    case K::kYearMonthDuration:
      return {"years", "months"};
    case K::kRange:
      return {"start", "end", "start included", "end included"};
    default:
      return {};
  }
}

Type Parser::PathType(const Type& of, std::string_view name) const {
  if (of.kind() == K::kList) {
    const Type item = PathType(of.element(), name);
    return Type::ListOf(item);
  }
  if (const Type* field = of.field(name)) return *field;
  const std::vector<std::string_view> parts = PartsOf(of);
  if (std::find(parts.begin(), parts.end(), name) == parts.end()) return {};
  if (of.kind() == K::kRange) return name == "start" || name == "end" ? of.element() : Type(K::kBoolean);
  if (name == "time offset") return K::kDayTimeDuration;
  return name == "timezone" ? K::kString : K::kNumber;
}

absl::Status Parser::WantArrow() {
  const bool arrow = IsSymbol("-") && IsSymbol(">", 1) && Peek().span.end == Peek(1).span.begin;
  if (!arrow) return Unexpected("'->' and the type of the result");
  at_ += 2;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Type>> Parser::TypeArguments(Type::Kind kind) {
  if (!TakeSymbol("<")) return std::optional<Type>(Type(kind));
  bool known = true;
  if (kind == K::kList || kind == K::kRange) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Type> element, ParseType());
    AMEIDE_RETURN_IF_ERROR(Want(">"));
    if (!element) return std::optional<Type>();
    return std::optional<Type>(kind == K::kList ? Type::ListOf(*element) : Type::RangeOf(*element));
  }
  std::vector<Type::Field> fields;
  std::vector<Type> parameters;
  while (!TakeSymbol(">")) {
    if (!fields.empty() || !parameters.empty()) AMEIDE_RETURN_IF_ERROR(Want(","));
    std::string name;
    if (kind == K::kContext) {
      const Span place = Peek().span;
      AMEIDE_ASSIGN_OR_RETURN(name, ContextKey());
      AMEIDE_RETURN_IF_ERROR(Want(":"));
      for (const Type::Field& field : fields) {
        if (field.name == name) return Fail(place, Cat("two entries are named ", name));
      }
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Type> part, ParseType());
    known = known && part;
    if (kind == K::kContext) {
      fields.push_back({std::move(name), part.value_or(Type())});
    } else {
      parameters.push_back(part.value_or(Type()));
    }
    constexpr size_t kMost = 1'000;
    if (fields.size() > kMost || parameters.size() > kMost)
      return Fail(Peek().span, "a type of more than 1,000 parts");
  }
  if (kind == K::kContext)
    return known ? std::optional<Type>(Type::ContextOf(std::move(fields))) : std::nullopt;
  AMEIDE_RETURN_IF_ERROR(WantArrow());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Type> result, ParseType());
  if (!known || !result) return std::optional<Type>();
  return std::optional<Type>(Type::FunctionOf(std::move(parameters), *result));
}

bool Parser::HasOwnType(std::string_view name) const {
  return options_->types != nullptr && std::any_of(options_->types->begin(), options_->types->end(),
                                                   [&](const auto& each) { return each.first == name; });
}

absl::StatusOr<std::optional<Type>> Parser::ParseType() {
  if (++nesting_ > kMaxNesting) return Fail(Peek().span, "a type nested deeper than 256 levels");
  const Token first = Peek();
  if (first.kind != TokenKind::kName && first.kind != TokenKind::kQuotedName) return Unexpected("a type");
  Match best;
  std::optional<Type> found;
  const auto consider = [&](std::string_view name, const Type& type) {
    if (Consider(best, name, type, false)) found = type;
  };
  if (options_->types != nullptr) {
    for (const auto& [name, type] : *options_->types) consider(name, type);
  }
  const bool own = found.has_value();
  for (const std::string_view name : Type::Names()) consider(name, *Type::Named(name));
  if (found) {
    at_ += best.tokens;
    const bool parametric = found->kind() == K::kList || found->kind() == K::kContext ||
                            found->kind() == K::kRange || found->kind() == K::kFunction;
    absl::StatusOr<std::optional<Type>> type = found;
    if (parametric && !(own && !IsSymbol("<"))) type = TypeArguments(found->kind());
    --nesting_;
    return type;
  }
  size_t count = 1;
  while ((IsSymbol(".", count) && Peek(count + 1).kind == TokenKind::kName) ||
         (Peek(count).kind == TokenKind::kName && !IsKeyword(Peek(count).text)))
    ++count;
  const std::string name = Words(count);
  at_ += count;
  std::vector<std::string> names(Type::Names().begin(), Type::Names().end());
  if (options_->types != nullptr) {
    for (const auto& [known, type] : *options_->types) names.push_back(known);
  }
  const std::string near = NearestName(name, names);
  const Span place{first.span.begin, End()};
  Warn("unknown-name", place, Cat("there is no type ", name),
       near.empty() ? "" : Cat("did you mean ", near, "?"), NearFix("Write ", name, near, place));
  --nesting_;
  return std::optional<Type>();
}

}  // namespace ameide::feel
