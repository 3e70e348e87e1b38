#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "notation/feel/builtins.h"
#include "notation/feel/expression.h"
#include "notation/feel/syntax.h"

namespace ameide::feel {
namespace {

constexpr uint64_t kBudget = 10'000'000;  // steps and built items of one evaluation

// Of a result: values that grow from step to step must stay readable by the codec.
constexpr int kMaxNesting = 200;
constexpr uint64_t kMaxSize = 10'000'000;

Value Negated(const Value& value) { return value.boolean() != nullptr ? Value(!*value.boolean()) : Value(); }

Value And(const Value& a, const Value& b) {
  if ((a.boolean() != nullptr && !*a.boolean()) || (b.boolean() != nullptr && !*b.boolean())) return false;
  return a.is_true() && b.is_true() ? Value(true) : Value();
}

Value Or(const Value& a, const Value& b) {
  if (a.is_true() || b.is_true()) return true;
  return a.boolean() != nullptr && b.boolean() != nullptr ? Value(false) : Value();
}

Value Compare(NodeOp op, const Value& a, const Value& b) {
  if (op == NodeOp::kEqual) return Equal(a, b);
  if (op == NodeOp::kNotEqual) return Negated(Equal(a, b));
  const std::optional<int> order = Order(a, b);
  if (!order) return {};
  switch (op) {
    case NodeOp::kLess:
      return *order < 0;
    case NodeOp::kLessEqual:
      return *order <= 0;
    case NodeOp::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

Value InRange(const Value& value, const Range& range) {
  Value above = true, below = true;
  if (!range.start.is_null()) {
    above = Compare(range.start_included ? NodeOp::kGreaterEqual : NodeOp::kGreater, value, range.start);
  }
  if (!range.end.is_null())
    below = Compare(range.end_included ? NodeOp::kLessEqual : NodeOp::kLess, value, range.end);
  return And(above, below);
}

}  // namespace

Value Equal(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.kind() != b.kind()) return {};
  switch (a.kind()) {
    case Kind::kList: {
      if (a.list()->size() != b.list()->size()) return false;
      Value all = true;
      for (size_t i = 0; i < a.list()->size(); ++i) all = And(all, Equal((*a.list())[i], (*b.list())[i]));
      return all;
    }
    case Kind::kContext: {
      if (a.context()->size() != b.context()->size()) return false;
      Value all = true;
      for (const auto& [name, value] : *a.context()) {
        const Value* other = b.context()->Find(name);
        if (other == nullptr) return false;
        all = And(all, Equal(value, *other));
      }
      return all;
    }
    case Kind::kTime:
    case Kind::kDateTime: {
      const std::optional<int> order = Order(a, b);
      return order ? Value(*order == 0) : Value();
    }
    default:
      return a == b;
  }
}

Value Matches(const Value& value, const Value& test) {
  if (test.range() != nullptr) return InRange(value, *test.range());
  if (test.list() == nullptr) return Equal(value, test);
  Value any = value.list() != nullptr ? Equal(value, test) : Value(false);
  for (const Value& item : *test.list()) {
    any = Or(any, Matches(value, item));
    if (any.is_true()) break;
  }
  return any;
}

/// Walks the tree. Names that the expression itself binds live on a stack of scopes.
class Evaluator {
 public:
  Evaluator(const Expression& expression, const Context& variables, const Value* input,
            Diagnostics* diagnostics)
      : syntax_(*expression.syntax_), variables_(variables), input_(input), diagnostics_(diagnostics) {}

  Value Run() {
    Value result = Evaluate(syntax_.root);
    if (budget_ == 0) return Stopped("the evaluation was stopped after 10,000,000 steps");
    const Extent extent = Measure(result, kMaxSize, kMaxNesting);
    if (extent.too_deep) return Stopped("the result is nested deeper than 200 levels");
    if (extent.size > kMaxSize) return Stopped("the result is larger than 10,000,000 values and bytes");
    return result;
  }

 private:
  struct Scope {
    const std::string* name;  // nullptr: the item of a filter
    Value value;
  };

  Value Stopped(std::string why) {
    if (diagnostics_ == nullptr) return {};
    diagnostics_->exhausted = true;
    diagnostics_->items.push_back({node(syntax_.root).span, std::move(why)});
    return {};
  }

  const Node& node(uint32_t index) const { return syntax_.nodes[index]; }
  const std::string& name(uint32_t index) const { return syntax_.names[index]; }
  std::span<const uint32_t> list(const Node& at) const {
    return std::span<const uint32_t>(syntax_.lists).subspan(at.b, at.c);
  }

  bool Spend(uint64_t amount) {
    budget_ = budget_ > amount ? budget_ - amount : 0;
    return budget_ > 0;
  }

  Value Null(const Node& at, std::string reason) {
    if (diagnostics_ != nullptr && diagnostics_->items.size() < Diagnostics::kLimit) {
      diagnostics_->items.push_back({at.span, std::move(reason)});
    }
    return {};
  }

  Value Evaluate(uint32_t index) {
    if (!Spend(1)) return {};
    const Node& at = node(index);
    switch (at.op) {
      case NodeOp::kConstant:
        return syntax_.constants[at.a];
      case NodeOp::kVariable:
        return Variable(at);
      case NodeOp::kName:
        return Name(at);
      case NodeOp::kInput:
        return input_ != nullptr ? *input_ : Value();
      case NodeOp::kPath:
        return Path(at, Evaluate(at.a), name(at.b));
      case NodeOp::kFilter:
        return Filter(at);
      case NodeOp::kNegate:
        return Negate(at);
      case NodeOp::kAdd:
      case NodeOp::kSubtract:
      case NodeOp::kMultiply:
      case NodeOp::kDivide:
      case NodeOp::kPower:
        return Arithmetic(at);
      case NodeOp::kEqual:
      case NodeOp::kNotEqual:
      case NodeOp::kLess:
      case NodeOp::kLessEqual:
      case NodeOp::kGreater:
      case NodeOp::kGreaterEqual:
        return Comparison(at);
      case NodeOp::kAnd:
      case NodeOp::kOr:
        return Logic(at);
      case NodeOp::kBetween: {
        const Value value = Evaluate(at.a);
        const Value above = Compare(NodeOp::kGreaterEqual, value, Evaluate(at.b));
        return And(above, Compare(NodeOp::kLessEqual, value, Evaluate(at.c)));
      }
      case NodeOp::kIn:
        return AnyTest(at, Evaluate(at.a));
      case NodeOp::kTests:
        return AnyTest(at, input_ != nullptr ? *input_ : Value());
      case NodeOp::kNotTests:
        return Negated(AnyTest(at, input_ != nullptr ? *input_ : Value()));
      case NodeOp::kCompareTest:
        return CompareTest(at);
      case NodeOp::kRange:
        return MakeRange(at);
      case NodeOp::kIf:
        return Evaluate(Evaluate(at.a).is_true() ? at.b : at.c);
      case NodeOp::kFor:
        return For(at);
      case NodeOp::kSome:
      case NodeOp::kEvery:
        return Quantified(at);
      case NodeOp::kSpan:
        return Numbers(at);
      case NodeOp::kList:
        return ListLiteral(at);
      case NodeOp::kContext:
        return ContextLiteral(at);
      case NodeOp::kCall:
        return CallBuiltin(at);
      case NodeOp::kInstanceOf:
        return InstanceOf(at);
    }
    return {};
  }

  Value Variable(const Node& at) {
    const Value* value = variables_.Find(name(at.a));
    return value != nullptr ? *value : Null(at, absl::StrCat("there is no variable named ", name(at.a)));
  }

  Value Name(const Node& at) {
    const std::string& wanted = name(at.a);
    for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
      if (scope->name != nullptr) {
        if (*scope->name == wanted) return scope->value;
        continue;
      }
      if (const Context* item = scope->value.context()) {
        if (const Value* entry = item->Find(wanted)) return *entry;
      }
      if (wanted == "item") return scope->value;
    }
    return Variable(at);
  }

  Value Path(const Node& at, const Value& value, const std::string& property) {
    if (const Context* context = value.context()) {
      const Value* entry = context->Find(property);
      return entry != nullptr ? *entry : Null(at, absl::StrCat("the context has no entry named ", property));
    }
    if (const List* items = value.list()) {
      if (!Spend(items->size())) return {};
      List result;
      for (const Value& item : *items) result.push_back(Path(at, item, property));
      return result;
    }
    if (const Range* range = value.range()) {
      if (property == "start") return range->start;
      if (property == "end") return range->end;
      if (property == "start included") return range->start_included;
      if (property == "end included") return range->end_included;
    }
    Value result = TemporalProperty(value, property);
    if (!result.is_null()) return result;
    return Null(at, absl::StrCat("a ", std::string(KindName(value.kind())), " has no ", property));
  }

  Value ItemAt(const Node& at, const List& items, const Decimal& position) {
    const std::optional<int64_t> number = position.ToInt64();
    const auto size = static_cast<int64_t>(items.size());
    if (number && *number >= 1 && *number <= size) return items[static_cast<size_t>(*number - 1)];
    if (number && *number <= -1 && *number >= -size) return items[static_cast<size_t>(size + *number)];
    return Null(at, absl::StrCat("the list has ", size, " items and none at ", position.ToString()));
  }

  Value Filter(const Node& at) {
    const Value source = Evaluate(at.a);
    const List single = source.list() == nullptr && !source.is_null() ? List{source} : List{};
    const List& items = source.list() != nullptr ? *source.list() : single;
    // A number picks an item. Whether the filter is one is known only by evaluating it, with or without
    // items.
    const bool constant = node(at.b).op == NodeOp::kConstant;
    if (constant || items.empty()) {
      const Value position = Evaluate(at.b);
      if (position.number() != nullptr) return ItemAt(at, items, *position.number());
      if (items.empty()) return source.is_null() ? Value() : Value(List{});
    }
    List result;
    for (size_t i = 0; i < items.size() && budget_ > 0; ++i) {
      scopes_.push_back({nullptr, items[i]});
      const Value condition = Evaluate(at.b);
      scopes_.pop_back();
      if (i == 0 && condition.number() != nullptr) return ItemAt(at, items, *condition.number());
      if (condition.is_true()) result.push_back(items[i]);
    }
    return result;
  }

  Value Negate(const Node& at) {
    const Value value = Evaluate(at.a);
    if (const Decimal* number = value.number()) return -*number;
    if (value.day_time_duration() || value.year_month_duration()) return MultiplyValues(value, Value(-1));
    return value.is_null()
               ? Value()
               : Null(at, absl::StrCat("a ", std::string(KindName(value.kind())), " cannot be negated"));
  }

  Value Arithmetic(const Node& at) {
    const Value a = Evaluate(at.a), b = Evaluate(at.b);
    if (a.string() != nullptr && b.string() != nullptr &&
        !Spend((a.string()->size() + b.string()->size()) / 16))
      return {};
    Value result;
    std::string_view verb;
    switch (at.op) {
      case NodeOp::kAdd:
        result = AddValues(a, b);
        verb = "added";
        break;
      case NodeOp::kSubtract:
        result = SubtractValues(a, b);
        verb = "subtracted";
        break;
      case NodeOp::kMultiply:
        result = MultiplyValues(a, b);
        verb = "multiplied";
        break;
      case NodeOp::kDivide:
        result = DivideValues(a, b);
        verb = "divided";
        break;
      default:
        verb = "raised to a power (only to whole numbers)";
        if (a.number() != nullptr && b.number() != nullptr) result = Power(*a.number(), *b.number());
    }
    if (!result.is_null()) return result;
    return Null(at, absl::StrCat("a ", std::string(KindName(a.kind())), " and a ",
                                 std::string(KindName(b.kind())), " cannot be ", std::string(verb), " here"));
  }

  Value Comparison(const Node& at) {
    const Value a = Evaluate(at.a), b = Evaluate(at.b);
    Value result = Compare(at.op, a, b);
    if (!result.is_null()) return result;
    return Null(at, absl::StrCat("a ", std::string(KindName(a.kind())), " and a ",
                                 std::string(KindName(b.kind())), " cannot be compared"));
  }

  Value Logic(const Node& at) {
    const bool deciding = at.op == NodeOp::kOr;
    const Value a = Evaluate(at.a);
    if (a.boolean() != nullptr && *a.boolean() == deciding) return deciding;
    const Value b = Evaluate(at.b);
    return deciding ? Or(a, b) : And(a, b);
  }

  Value AnyTest(const Node& at, const Value& value) {
    Value any = false;
    for (const uint32_t test : list(at)) {
      const Value result = Evaluate(test);
      const Node& test_node = node(test);
      if (test_node.op == NodeOp::kCompareTest &&
          test_node.flags <= static_cast<uint8_t>(NodeOp::kNotEqual)) {
        const Value same = Equal(value, result);
        any = Or(any, test_node.flags == static_cast<uint8_t>(NodeOp::kNotEqual) ? Negated(same) : same);
      } else if (test_node.op == NodeOp::kCompareTest) {
        any = Or(any, result.range() != nullptr ? InRange(value, *result.range()) : Value());
      } else if (test_node.reads_input && result.boolean() != nullptr) {
        any = Or(any, result);
      } else {
        any = Or(any, Matches(value, result));
      }
      if (any.is_true()) return any;
    }
    return any;
  }

  /// `= x` and `!= x` give x itself (AnyTest knows what to do with it), the others an open range.
  Value CompareTest(const Node& at) {
    const Value operand = Evaluate(at.a);
    const auto op = static_cast<NodeOp>(at.flags);
    const bool ordering = op != NodeOp::kEqual && op != NodeOp::kNotEqual;
    if (ordering && !Order(operand, operand)) return Null(at, "the operand of the comparison has no order");
    switch (op) {
      case NodeOp::kLess:
        return Range{Value(), operand, false, false};
      case NodeOp::kLessEqual:
        return Range{Value(), operand, false, true};
      case NodeOp::kGreater:
        return Range{operand, Value(), false, false};
      case NodeOp::kGreaterEqual:
        return Range{operand, Value(), true, false};
      default:
        return operand;
    }
  }

  Value MakeRange(const Node& at) {
    Range range{Evaluate(at.a), Evaluate(at.b), (at.flags & kStartIncluded) != 0,
                (at.flags & kEndIncluded) != 0};
    if (!Order(range.start, range.end)) return Null(at, "a range needs two ends of one ordered kind");
    return range;
  }

  Value Numbers(const Node& at) {
    const Value start = Evaluate(at.a), end = Evaluate(at.b);
    const std::optional<int64_t> from = start.number() != nullptr ? start.number()->ToInt64() : std::nullopt;
    const std::optional<int64_t> to = end.number() != nullptr ? end.number()->ToInt64() : std::nullopt;
    constexpr int64_t kFar = 1'000'000'000'000'000;
    if (!from || !to || *from > kFar || *from < -kFar || *to > kFar || *to < -kFar) {
      return Null(at, "an iteration needs two whole numbers");
    }
    const int64_t step = *from <= *to ? 1 : -1;
    const int64_t count = (*to - *from) * step + 1;
    if (!Spend(static_cast<uint64_t>(count))) return {};
    List result;
    result.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) result.push_back(Value(*from + i * step));
    return result;
  }

  /// Calls `body` for each combination of the iterators' values from `iterator` on, while it returns true.
  /// False when a domain is null or a range in brackets.
  template <typename Body>
  bool ForEach(const Node& at, std::span<const uint32_t> parts, size_t iterator, bool& going,
               const Body& body) {
    if (iterator + 1 >= parts.size()) {
      going = body(parts[iterator]);
      return true;
    }
    const Value domain = Evaluate(parts[iterator + 1]);
    if (domain.is_null() || domain.range() != nullptr) return false;
    const List single = domain.list() == nullptr ? List{domain} : List{};
    for (const Value& item : domain.list() != nullptr ? *domain.list() : single) {
      if (!Spend(1) || !going) break;
      scopes_.push_back({&name(parts[iterator]), item});
      const bool ok = ForEach(at, parts, iterator + 2, going, body);
      scopes_.pop_back();
      if (!ok) return false;
    }
    return true;
  }

  Value For(const Node& at) {
    static const std::string kPartial = "partial";
    List result;
    bool going = true;
    const bool complete = ForEach(at, list(at), 0, going, [&](uint32_t body) {
      const bool partial = (at.flags & kReadsPartial) != 0;
      if (partial && !Spend(result.size())) return false;
      if (partial) scopes_.push_back({&kPartial, Value(result)});
      result.push_back(Evaluate(body));
      if (partial) scopes_.pop_back();
      return true;
    });
    return complete ? Value(std::move(result)) : Null(at, "an iteration needs a list or a..b");
  }

  Value Quantified(const Node& at) {
    const bool some = at.op == NodeOp::kSome;
    Value result = !some;
    bool going = true;
    const bool complete = ForEach(at, list(at), 0, going, [&](uint32_t body) {
      const Value value = Evaluate(body);
      result = some ? Or(result, value) : And(result, value);
      return !(result.boolean() != nullptr && *result.boolean() == some);
    });
    return complete ? result : Null(at, "an iteration needs a list or a..b");
  }

  Value ListLiteral(const Node& at) {
    List result;
    for (const uint32_t item : list(at)) result.push_back(Evaluate(item));
    return result;
  }

  Value ContextLiteral(const Node& at) {
    const size_t outer = scopes_.size();
    Context result;
    const std::span<const uint32_t> parts = list(at);
    for (size_t i = 0; i + 1 < parts.size(); i += 2) {
      Value value = Evaluate(parts[i + 1]);
      scopes_.push_back({&name(parts[i]), value});
      result.Set(name(parts[i]), std::move(value));
    }
    scopes_.resize(outer);
    return result;
  }

  Value CallBuiltin(const Node& at) {
    std::vector<Value> arguments;
    for (const uint32_t argument : list(at)) arguments.push_back(Evaluate(argument));
    const Builtin& builtin = *syntax_.builtins[at.a];
    Call call(arguments, budget_);
    Value result = builtin.run(call);
    if (result.is_null() && !call.reason().empty()) {
      return Null(at, absl::StrCat(std::string(builtin.name), "(): ", call.reason()));
    }
    return result;
  }

  Value InstanceOf(const Node& at) {
    const Value value = Evaluate(at.a);
    if (at.flags == kAnyKind) return !value.is_null();
    return value.kind() == static_cast<Kind>(at.flags);
  }

  const Syntax& syntax_;
  const Context& variables_;
  const Value* input_;
  Diagnostics* diagnostics_;
  std::vector<Scope> scopes_;
  uint64_t budget_ = kBudget;
};

std::string Diagnostics::Summary() const {
  std::string out;
  for (const Diagnostic& item : items) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", "at ", item.span.begin + 1, ": ", item.message);
  }
  return out;
}

Value Evaluate(const Expression& expression, const Context& variables, Diagnostics* diagnostics) {
  return Evaluator(expression, variables, nullptr, diagnostics).Run();
}

Value EvaluateUnaryTests(const Expression& tests, const Value& input, const Context& variables,
                         Diagnostics* diagnostics) {
  return Evaluator(tests, variables, &input, diagnostics).Run();
}

}  // namespace ameide::feel
