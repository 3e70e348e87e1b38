#include "notation/feel/evaluator.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "notation/feel/duration.h"

namespace ameide::feel {
namespace {

// Of a result: values that grow from step to step must stay readable by the codec.
constexpr uint32_t kMaxNesting = 200;

Truth CompareSmall(NodeOp op, const Value& a, const Value& b) {
  if (op == NodeOp::kEqual) return IsEqual(a, b);
  if (op == NodeOp::kNotEqual) return Not(IsEqual(a, b));
  const std::optional<int> order = Order(a, b);
  if (!order) return Truth::kNull;
  switch (op) {
    case NodeOp::kLess:
      return TruthOf(*order < 0);
    case NodeOp::kLessEqual:
      return TruthOf(*order <= 0);
    case NodeOp::kGreater:
      return TruthOf(*order > 0);
    default:
      return TruthOf(*order >= 0);
  }
}

/// The comparison; null, too, when it takes more than is left.
Truth Compare(NodeOp op, const Value& a, const Value& b, Budget& budget) {
  return budget.SpendComparing(a, b) ? CompareSmall(op, a, b) : Truth::kNull;
}

/// IsMatch; null, too, when it takes more than is left.
Truth MatchWithin(const Value& value, const Value& test, Budget& budget) {
  const bool within = test.list() != nullptr ? budget.SpendReading(test) : budget.SpendComparing(value, test);
  return within ? IsMatch(value, test) : Truth::kNull;
}

/// What an operator that takes no lists sees: of a list of one its item (10.3.2.9.4, 10.3.2.15).
const Value& OnlyItem(const Value& value) {
  const List* list = value.list();
  return list != nullptr && list->size() == 1 ? list->front() : value;
}

std::string A(const Value& value) { return Cat(value.is_null() ? "" : "a ", KindName(value.kind())); }

bool IsMoment(const Value& value) { return value.time() != nullptr || value.date_time() != nullptr; }

/// A frame of any size, small ones without the heap.
class FrameStorage {
 public:
  explicit FrameStorage(size_t size) : values_(reinterpret_cast<Value*>(small_), size) {
    if (size > kSmall) {
      large_.resize(size);
      values_ = large_;
    } else {
      std::uninitialized_value_construct_n(values_.data(), size);
    }
  }
  ~FrameStorage() {
    if (large_.empty()) std::destroy_n(values_.data(), values_.size());
  }
  FrameStorage(const FrameStorage&) = delete;
  FrameStorage& operator=(const FrameStorage&) = delete;
  std::span<Value> values() { return values_; }

 private:
  static constexpr size_t kSmall = 6;
  std::span<Value> values_;
  alignas(Value) std::byte small_[kSmall * sizeof(Value)];
  std::vector<Value> large_;
};

}  // namespace

Value Closure::Call(std::span<const Value> arguments, const EvaluationOptions& options) const {
  FrameStorage frame(code().frame);
  std::copy(arguments.begin(), arguments.end(), frame.values().begin());
  Value scratch;
  return Evaluator(syntax_, {}, frame.values(), options, nullptr, this).Eval(code().body, scratch);
}

bool Closure::Equals(const Function& other) const {
  if (this == &other) return true;
  const auto* const closure = dynamic_cast<const Closure*>(&other);
  if (closure == nullptr) return false;
  const FunctionCode& a = code();
  const FunctionCode& b = closure->code();
  const auto same_parameter = [](const Parameter& x, const Parameter& y) {
    return x.name == y.name && Equivalent(x.type, y.type);
  };
  return (&a == &b || (!a.spelling.empty() && a.spelling == b.spelling)) &&
         std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                    same_parameter) &&
         std::equal(captured_.begin(), captured_.end(), closure->captured_.begin(), closure->captured_.end(),
                    [](const Value& x, const Value& y) { return IsEqual(x, y) == Truth::kTrue; });
}

Value Evaluator::Run(const Expression& expression, std::span<const Value> slots,
                     const EvaluationOptions& options, const std::vector<bool>* missing) {
  const Syntax& syntax = *expression.syntax_;
  const Node& root = syntax.nodes[syntax.root];
  if (root.folded != kNone) return syntax.constants[root.folded];
  Budget own;
  EvaluationOptions inner = options;
  const bool whole = options.budget == nullptr;
  if (whole) inner.budget = &own;
  FrameStorage frame(syntax.frame);
  Value scratch;
  Value result =
      Evaluator(expression.syntax_, slots, frame.values(), inner, missing).Eval(syntax.root, scratch);
  const auto stopped = [&](std::string_view why) -> Value {
    if (options.diagnostics != nullptr) {
      options.diagnostics->exhausted = true;
      options.diagnostics->items.push_back({root.span, std::string(why)});
    }
    return {};
  };
  if (inner.budget->exhausted) {
    return stopped(inner.budget->steps == 0
                       ? "the evaluation was stopped after 10,000,000 steps"
                       : "the evaluation was stopped: calls or values are nested too deeply, "
                         "or a value is too large");
  }
  const Extent extent = ExtentOf(result);
  if (extent.depth > kMaxNesting) return stopped("the result is nested deeper than 200 levels");
  if (extent.too_large()) return stopped("the result is larger than 10,000,000 values and bytes");
  return result;
}

Value Evaluator::RunByName(const Expression& expression, const Context& variables,
                           const EvaluationOptions& options) {
  const std::vector<std::string>& names = expression.variables();
  if (!expression.syntax_->by_name) return Run(expression, {}, options);
  std::vector<Value> slots(names.size());
  std::vector<bool> missing(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const Value* value = variables.Find(names[i]);
    missing[i] = value == nullptr;
    if (value != nullptr) slots[i] = *value;
  }
  return Run(expression, slots, options, &missing);
}

const Value& Evaluator::Eval(uint32_t index, Value& scratch) {
  const Node& at = node(index);
  if (at.folded != kNone) return syntax_->constants[at.folded];
  switch (at.op) {
    case NodeOp::kLocal:
      return frame_[at.a];
    case NodeOp::kSlot:
      return Slot(at);
    case NodeOp::kCaptured:
      return closure_->captured(at.a);
    case NodeOp::kInput:
      if (options_.input != nullptr) return *options_.input;
      return scratch = Value();
    case NodeOp::kItemEntry:
      return ItemEntry(at, scratch);
    default:
      break;
  }
  if (!budget_.Spend(1)) return scratch = Value();
  if (budget_.depth >= Budget::kMaxDepth) {
    budget_.exhausted = true;
    return scratch = Value();
  }
  ++budget_.depth;
  scratch = Compute(at);
  --budget_.depth;
  switch (scratch.kind()) {
    case Kind::kString:
    case Kind::kList:
    case Kind::kContext:
    case Kind::kRange:
    case Kind::kFunction:
      Admit(at, scratch);
      break;
    default:
      break;
  }
  return scratch;
}

bool Evaluator::Admits(const Node& at, const Extent& extent) {
  if (!extent.too_large()) return true;
  budget_.exhausted = true;
  Null(at, extent.depth > Extent::kMostDepth ? "the value is nested deeper than 1,000 levels"
                                             : "the value is larger than 10,000,000 values and bytes");
  return false;
}

void Evaluator::Admit(const Node& at, Value& value) {
  Copying(value);  // what a text is made of
  if (!Admits(at, ExtentOf(value))) value = Value();
}

Value Evaluator::Take(uint32_t index) {
  Value scratch;
  const Value& value = Eval(index, scratch);
  if (&value == &scratch) return scratch;
  return Copying(value);
}

Value Evaluator::Compute(const Node& at) {
  static const Value kNoInput;
  switch (at.op) {
    case NodeOp::kConstant:
    case NodeOp::kSlot:
    case NodeOp::kLocal:
    case NodeOp::kCaptured:
    case NodeOp::kInput:
    case NodeOp::kItemEntry:
      return {};  // Eval has answered
    case NodeOp::kSelf:
      return closure_ != nullptr
                 ? Value(std::static_pointer_cast<const Function>(closure_->shared_from_this()))
                 : Value();
    case NodeOp::kMissing:
      return Null(at, "there is nothing named ", Shortened(name(at.b)));
    case NodeOp::kPath: {
      Value scratch;
      return Path(at, Eval(at.a, scratch), name(at.b));
    }
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
    case NodeOp::kBetween:
      return Between(at);
    case NodeOp::kIn: {
      Value scratch;
      return ValueOf(AnyTest(at, Eval(at.a, scratch)));
    }
    case NodeOp::kTests:
      return ValueOf(AnyTest(at, options_.input != nullptr ? *options_.input : kNoInput));
    case NodeOp::kNotTests:
      return ValueOf(Not(AnyTest(at, options_.input != nullptr ? *options_.input : kNoInput)));
    case NodeOp::kCompareTest:
      return CompareTest(at);
    case NodeOp::kRange:
      return MakeRange(at);
    case NodeOp::kIf: {
      Value scratch;
      return Take(Eval(at.a, scratch).is_true() ? at.b : at.c);
    }
    case NodeOp::kFor:
      return For(at);
    case NodeOp::kSome:
    case NodeOp::kEvery:
      return Quantified(at);
    case NodeOp::kSpan:
      return Span(at);
    case NodeOp::kList:
      return ListLiteral(at);
    case NodeOp::kContext:
      return ContextLiteral(at);
    case NodeOp::kCall:
      return CallNode(at);
    case NodeOp::kInvoke:
      return InvokeNode(at);
    case NodeOp::kInstanceOf: {
      Value scratch;
      const Value& value = Eval(at.a, scratch);
      if ((at.flags & kUnknownType) != 0) return Null(at, "there is no type ", syntax_->type_texts[at.b]);
      if (!budget_.SpendReading(value)) return {};
      return InstanceOf(value, syntax_->types[at.b]);
    }
    case NodeOp::kFunction:
      return FunctionNode(at);
  }
  return {};
}

const Value& Evaluator::Slot(const Node& at) {
  static const Value kNull;
  if (at.a >= slots_.size()) {
    Null(at, "there is no variable named ", Shortened(name(at.b)));
    return kNull;
  }
  const Value& value = slots_[at.a];
  if (value.is_null() && missing_ != nullptr && (*missing_)[at.a])
    Null(at, "there is no variable named ", Shortened(name(at.b)));
  return value;
}

const Value& Evaluator::ItemEntry(const Node& at, Value& scratch) {
  {
    Value item_scratch;
    const Value& item = Eval(at.a, item_scratch);
    if (const Context* context = item.context()) {
      if (const Value* entry = context->Find(name(at.b))) {
        if (&item != &item_scratch) return *entry;
        return scratch = Copying(*entry);
      }
    }
  }
  return Eval(at.c, scratch);
}

Value Evaluator::Path(const Node& at, const Value& value, const std::string& property) {
  if (const Context* context = value.context()) {
    const Value* entry = context->Find(property);
    return entry != nullptr ? Copying(*entry)
                            : Null(at, "the context has no entry named ", Shortened(property));
  }
  if (const List* items = value.list()) {
    if (!Build(items->size() * 2)) return {};
    List result;
    result.reserve(items->size());
    for (const Value& item : *items) {
      if (budget_.exhausted) return {};
      result.push_back(Path(at, item, property));
    }
    return result;
  }
  Value result = Property(value, property);
  if (!result.is_null()) return result;
  return Null(at, A(value), " has no ", Shortened(property));
}

Value Evaluator::ItemAt(const Node& at, std::span<const Value> items, const Decimal& position) {
  const std::optional<int64_t> number = position.ToInt64();
  const auto size = static_cast<int64_t>(items.size());
  if (number && *number >= 1 && *number <= size) return Copying(items[static_cast<size_t>(*number - 1)]);
  if (number && *number <= -1 && *number >= -size) return Copying(items[static_cast<size_t>(size + *number)]);
  return Null(at, "the list has ", size, " items and none at ", position.ToString());
}

Value Evaluator::Filter(const Node& at) {
  Value source_scratch, condition_scratch;
  const Value& source = Eval(at.a, source_scratch);
  std::span<const Value> items;
  if (const List* list = source.list()) {
    items = *list;
  } else if (!source.is_null()) {
    items = std::span<const Value>(&source, 1);  // a value stands for the list of it
  }
  // A number picks an item. Whether the filter is one is known only by evaluating it, with or without items.
  if (node(at.b).folded != kNone || items.empty()) {
    const Value& position = Eval(at.b, condition_scratch);
    if (position.number() != nullptr) return ItemAt(at, items, *position.number());
    if (items.empty()) return source.is_null() ? Null(at, "null cannot be filtered") : Value(List{});
  }
  List result;
  for (size_t i = 0; i < items.size() && budget_.Spend(1); ++i) {
    frame_[at.c] = Copying(items[i]);
    const Value& condition = Eval(at.b, condition_scratch);
    if (i == 0 && condition.number() != nullptr) return ItemAt(at, items, *condition.number());
    if (condition.is_true() && Build(2)) result.push_back(Copying(items[i]));
  }
  return result;
}

Value Evaluator::Negate(const Node& at) {
  Value scratch;
  const Value& value = OnlyItem(Eval(at.a, scratch));
  if (const Decimal* number = value.number()) return -*number;
  if (value.day_time_duration() || value.year_month_duration()) return MultiplyValues(value, Value(-1));
  return Null(at, A(value), " cannot be negated");
}

Value Evaluator::Arithmetic(const Node& at) {
  Value a_scratch, b_scratch;
  const Value& a = OnlyItem(Eval(at.a, a_scratch));
  const Value& b = OnlyItem(Eval(at.b, b_scratch));
  const Decimal* x = a.number();
  const Decimal* y = b.number();
  if (a.string() != nullptr && b.string() != nullptr &&
      !budget_.Spend((a.string()->size() + b.string()->size()) / 32))
    return {};
  Value result;
  std::string_view verb;
  switch (at.op) {
    case NodeOp::kAdd:
      result = x != nullptr && y != nullptr ? Value(Add(*x, *y)) : AddValues(a, b);
      verb = "added";
      break;
    case NodeOp::kSubtract:
      result = x != nullptr && y != nullptr ? Value(Subtract(*x, *y)) : SubtractValues(a, b);
      verb = "subtracted";
      break;
    case NodeOp::kMultiply:
      result = x != nullptr && y != nullptr ? Value(Multiply(*x, *y)) : MultiplyValues(a, b);
      verb = "multiplied";
      break;
    case NodeOp::kDivide:
      result = x != nullptr && y != nullptr ? Value(Divide(*x, *y)) : DivideValues(a, b);
      verb = "divided";
      break;
    default:
      verb = "raised to a power";
      if (x != nullptr && y != nullptr && budget_.Spend(CostOfPower(*x, *y))) result = Power(*x, *y);
  }
  // What is too small to be told from zero has a scale outside of the valid ones (tables 59, 60).
  const bool scales = at.op == NodeOp::kMultiply || at.op == NodeOp::kDivide || at.op == NodeOp::kPower;
  if (scales && x != nullptr && result.number() != nullptr && result.number()->zero() && !x->zero() &&
      !(at.op == NodeOp::kMultiply && y->zero()))
    result = Value();
  if (!result.is_null()) return result;
  if (x != nullptr && y != nullptr) {
    if (at.op == NodeOp::kDivide && y->zero()) return Null(at, "division by zero");
    return Null(at, "the result is no number of decimal128");
  }
  if (at.op == NodeOp::kSubtract && IsMoment(a) && IsMoment(b))
    return Null(at, A(a), " with an offset and one without cannot be subtracted");
  if (at.op == NodeOp::kSubtract && ((a.date() != nullptr && b.date_time() != nullptr) ||
                                     (a.date_time() != nullptr && b.date() != nullptr)))
    return Null(at,
                "a date beside a date and time is midnight UTC, which is not compared with one without an "
                "offset (table 57)");
  return Null(at, A(a), " and ", A(b), " cannot be ", verb);
}

Truth Evaluator::CompareOrUnwrap(NodeOp op, const Value& a, const Value& b) {
  const Truth result = Compare(op, a, b, budget_);
  if (result != Truth::kNull || (a.list() == nullptr) == (b.list() == nullptr)) return result;
  return Compare(op, OnlyItem(a), OnlyItem(b), budget_);
}

Value Evaluator::Comparison(const Node& at) {
  Value a_scratch, b_scratch;
  const Value& a = Eval(at.a, a_scratch);
  const Value& b = Eval(at.b, b_scratch);
  const Truth result = CompareOrUnwrap(at.op, a, b);
  if (result != Truth::kNull) return ValueOf(result);
  const bool equality = at.op == NodeOp::kEqual || at.op == NodeOp::kNotEqual;
  return Null(at, A(a), " and ", A(b), equality ? " cannot be compared" : " have no order");
}

Value Evaluator::Logic(const Node& at) {
  const bool deciding = at.op == NodeOp::kOr;
  Value a_scratch, b_scratch;
  const Value& a = Eval(at.a, a_scratch);
  if (a.boolean() != nullptr && *a.boolean() == deciding) return deciding;
  const Value& b = Eval(at.b, b_scratch);
  return ValueOf(deciding ? Or(TruthOf(a), TruthOf(b)) : And(TruthOf(a), TruthOf(b)));
}

Value Evaluator::Between(const Node& at) {
  Value a_scratch, b_scratch, c_scratch;
  const Value& value = Eval(at.a, a_scratch);
  const Value& low = Eval(at.b, b_scratch);
  const Value& high = Eval(at.c, c_scratch);
  const Truth result = And(CompareOrUnwrap(NodeOp::kGreaterEqual, value, low),
                           CompareOrUnwrap(NodeOp::kLessEqual, value, high));
  if (result != Truth::kNull) return ValueOf(result);
  return Null(at, A(value), " cannot be compared with ", A(low), " and ", A(high));
}

Truth Evaluator::Test(uint32_t test, const Value& value) {
  const Node& at = node(test);
  if (at.own_input && options_.input != &value) {
    EvaluationOptions inner = options_;
    inner.input = &value;
    return Evaluator(syntax_, slots_, frame_, inner, missing_, closure_).Test(test, value);
  }
  Value scratch;
  if (at.op == NodeOp::kCompareTest)
    return Compare(static_cast<NodeOp>(at.flags), value, Eval(at.a, scratch), budget_);
  const Value& result = Eval(test, scratch);
  // A condition that looks at the input itself gives the answer; any other is compared with it (table 55).
  if (result.boolean() != nullptr && at.reads_input) return TruthOf(result);
  return MatchWithin(value, result, budget_);
}

Truth Evaluator::AnyTest(const Node& at, const Value& value) {
  Truth any = Truth::kFalse;
  for (const uint32_t test : list(at)) {
    any = Or(any, Test(test, value));
    if (any == Truth::kTrue) return any;
  }
  return any;
}

Value Evaluator::CompareTest(const Node& at) {
  Value operand = Take(at.a);
  const auto op = static_cast<NodeOp>(at.flags);
  constexpr auto kForm = Range::Form::kComparison;
  const bool ordering = op != NodeOp::kEqual && op != NodeOp::kNotEqual;
  if (ordering && !Order(operand, operand)) return Null(at, A(operand), " has no order");
  if (!Build(2)) return {};
  switch (op) {
    case NodeOp::kLess:
      return Range{Value(), std::move(operand), false, false, kForm};
    case NodeOp::kLessEqual:
      return Range{Value(), std::move(operand), false, true, kForm};
    case NodeOp::kGreater:
      return Range{std::move(operand), Value(), false, false, kForm};
    case NodeOp::kGreaterEqual:
      return Range{std::move(operand), Value(), true, false, kForm};
    case NodeOp::kEqual:
      return Range{operand, operand, true, true, kForm};
    default:
      return Range{operand, operand, false, false, Range::Form::kNotEqual};
  }
}

Value Evaluator::MakeRange(const Node& at) {
  Range range{Take(at.a), Take(at.b), (at.flags & kStartIncluded) != 0, (at.flags & kEndIncluded) != 0};
  const bool open = range.start.is_null() || range.end.is_null();
  const Value& given = range.start.is_null() ? range.end : range.start;
  if (open ? !Order(given, given) : !Order(range.start, range.end))
    return Null(at, "a range needs ends of one kind that has an order, not ", A(range.start), " and ",
                A(range.end));
  if (!open && *Order(range.start, range.end) > 0)
    return Null(at, "a range begins before it ends, not at ", ToText(range.start), " with the end ",
                ToText(range.end));
  if (!Build(2)) return {};
  return range;
}

Value Evaluator::SpanEnds::At(int64_t index) const {
  const int64_t at = from + index * step;
  return days ? Value(DateOfDays(at)) : Value(at);
}

std::optional<Evaluator::SpanEnds> Evaluator::EndsOf(const Node& at) {
  Value a_scratch, b_scratch;
  const Value& start = Eval(at.a, a_scratch);
  const Value& end = Eval(at.b, b_scratch);
  const bool days = start.date() != nullptr && end.date() != nullptr;
  const std::optional<int64_t> from = days ? DaysOf(*start.date()) : Whole(start);
  const std::optional<int64_t> to = days ? DaysOf(*end.date()) : Whole(end);
  constexpr int64_t kFar = 1'000'000'000'000'000;
  if (!from || !to || *from > kFar || *from < -kFar || *to > kFar || *to < -kFar) {
    if (start.number() != nullptr && end.number() != nullptr) {
      Null(at, "an iteration goes over whole numbers of at most 15 digits, not from ", ToText(start), " to ",
           ToText(end));
    } else {
      Null(at, "an iteration goes over whole numbers or dates, not from ", A(start), " to ", A(end));
    }
    return std::nullopt;
  }
  const int64_t step = *from <= *to ? 1 : -1;
  return SpanEnds{*from, step, (*to - *from) * step + 1, days};
}

Value Evaluator::Span(const Node& at) {
  const std::optional<SpanEnds> ends = EndsOf(at);
  constexpr uint64_t kItemCost = 4;
  if (!ends || !Build(static_cast<uint64_t>(ends->count) * kItemCost)) return {};
  List result;
  result.reserve(static_cast<size_t>(ends->count));
  for (int64_t i = 0; i < ends->count; ++i) result.push_back(ends->At(i));
  return result;
}

Value Evaluator::ListLiteral(const Node& at) {
  if (!Build(at.c + 1)) return {};
  List result;
  result.reserve(at.c);
  for (const uint32_t item : list(at)) {
    result.push_back(Take(item));
    if (budget_.exhausted) return {};
  }
  return result;
}

Value Evaluator::ContextLiteral(const Node& at) {
  if ((at.flags & kDuplicateKey) != 0) return Null(at, "two entries of the context have one name");
  Context result;
  const std::span<const uint32_t> parts = list(at);
  if (!Build(parts.size() + 2)) return {};
  result.Reserve(parts.size() / 3);
  for (size_t i = 0; i + 2 < parts.size(); i += 3) {
    Value value = Take(parts[i + 2]);
    frame_[parts[i + 1]] = Copying(value);
    if (budget_.exhausted) return {};
    result.Set(name(parts[i]), std::move(value));
  }
  return result;
}

Value Evaluator::CallNode(const Node& at) {
  const std::span<const uint32_t> arguments = list(at);
  const Builtin& builtin = *syntax_->builtins[at.a];
  constexpr size_t kFew = 4;
  if (arguments.size() <= kFew) {
    std::array<Value, kFew> scratch;
    std::array<const Value*, kFew> values{};
    for (size_t i = 0; i < arguments.size(); ++i) values[i] = &Eval(arguments[i], scratch[i]);
    return CallBuiltin(builtin, std::span<const Value* const>(values).first(arguments.size()), options_,
                       at.span);
  }
  std::vector<Value> scratch(arguments.size());
  std::vector<const Value*> values;
  for (size_t i = 0; i < arguments.size(); ++i) values.push_back(&Eval(arguments[i], scratch[i]));
  return CallBuiltin(builtin, values, options_, at.span);
}

Value Evaluator::InvokeNode(const Node& at) {
  const Node& what = node(at.a);
  if (what.op == NodeOp::kMissing) return Null(at, "there is no function named ", Shortened(name(what.b)));
  const Value callee = Take(at.a);
  if (callee.function() == nullptr) {
    return Null(at, A(callee), " cannot be called");
  }
  const std::span<const uint32_t> parts = list(at);
  Diagnostics* diagnostics = options_.diagnostics;
  const size_t before = diagnostics != nullptr ? diagnostics->items.size() : 0;
  Value result;
  if ((at.flags & kNamedArguments) != 0) {
    std::vector<std::pair<std::string, Value>> arguments;
    for (size_t i = 0; i + 1 < parts.size(); i += 2)
      arguments.emplace_back(name(parts[i]), Take(parts[i + 1]));
    result = InvokeNamed(callee, arguments, options_);
  } else {
    std::vector<Value> arguments;
    arguments.reserve(parts.size());
    for (const uint32_t part : parts) arguments.push_back(Take(part));
    result = Invoke(callee, arguments, options_);
  }
  // Reasons without a place come from the call itself.
  for (size_t i = before; diagnostics != nullptr && i < diagnostics->items.size(); ++i) {
    if (diagnostics->items[i].span == feel::Span{}) diagnostics->items[i].span = at.span;
  }
  return result;
}

Value Evaluator::FunctionNode(const Node& at) {
  const std::vector<uint32_t>& captures = syntax_->functions[at.a].captures;
  if (!Build(captures.size() + syntax_->functions[at.a].parameters.size() + 2)) return {};
  std::vector<Value> captured;
  captured.reserve(captures.size());
  for (const uint32_t source : captures) captured.push_back(Take(source));
  return Value(
      std::shared_ptr<const Function>(std::make_shared<Closure>(syntax_, at.a, std::move(captured))));
}

Value Evaluate(const Expression& expression, const Context& variables, Diagnostics* diagnostics) {
  EvaluationOptions options;
  options.diagnostics = diagnostics;
  return Evaluator::RunByName(expression, variables, options);
}

Value Evaluate(const Expression& expression, const Context& variables, const EvaluationOptions& options) {
  return Evaluator::RunByName(expression, variables, options);
}

Value EvaluateSlots(const Expression& expression, std::span<const Value> slots,
                    const EvaluationOptions& options) {
  return Evaluator::Run(expression, slots, options);
}

Value EvaluateUnaryTests(const Expression& tests, const Value& input, const Context& variables,
                         Diagnostics* diagnostics) {
  EvaluationOptions options;
  options.diagnostics = diagnostics;
  options.input = &input;
  return Evaluator::RunByName(tests, variables, options);
}

Value EvaluateUnaryTestsSlots(const Expression& tests, const Value& input, std::span<const Value> slots,
                              const EvaluationOptions& options) {
  EvaluationOptions inner = options;
  inner.input = &input;
  return Evaluator::Run(tests, slots, inner);
}

}  // namespace ameide::feel
