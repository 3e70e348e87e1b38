// for, some, every; and folding, which is evaluating once.
#include <algorithm>
#include <utility>
#include <vector>

#include "notation/feel/evaluator.h"
#include "notation/feel/fold.h"

namespace ameide::feel {

/// Calls `body` for each combination of the iterators' values from `iterator` on, while it returns true.
/// False when a domain cannot be iterated over, which has been said.
template <typename Body>
bool Evaluator::ForEach(std::span<const uint32_t> parts, size_t iterator, bool& going, const Body& body) {
  if (iterator + 2 >= parts.size()) {
    going = body(parts[iterator]);
    return true;
  }
  const Node& source = node(parts[iterator + 2]);
  if (source.op == NodeOp::kSpan && source.folded == kNone) {
    // from..to is counted through, without a list of it.
    const std::optional<SpanEnds> ends = EndsOf(source);
    if (!ends) return false;
    if (!budget_.Spend(static_cast<uint64_t>(ends->count))) return true;  // no use to begin
    for (int64_t i = 0; i < ends->count && going && budget_.Spend(1); ++i) {
      frame_[parts[iterator + 1]] = ends->At(i);
      if (!ForEach(parts, iterator + 3, going, body)) return false;
    }
    return true;
  }
  const Value domain = Take(parts[iterator + 2]);
  std::span<const Value> items(&domain, 1);
  if (domain.is_null() || domain.range() != nullptr) {
    Null(source, "an iteration goes over a list or from..to, not over ",
         domain.is_null() ? "null" : "a range in brackets");
    return false;
  }
  if (const List* list = domain.list()) items = *list;
  for (const Value& item : items) {
    if (!going || !budget_.Spend(1)) break;
    frame_[parts[iterator + 1]] = Copying(item);
    if (!ForEach(parts, iterator + 3, going, body)) return false;
  }
  return true;
}

Value Evaluator::For(const Node& at) {
  constexpr uint64_t kItemCost = 3;  // what is built takes memory, too
  const bool partial = (at.flags & kReadsPartial) != 0;
  ListBuilder result;
  bool going = true;
  const bool complete = ForEach(list(at), 0, going, [&](uint32_t body) {
    if (partial) frame_[at.a] = result.Share();
    Value item = Take(body);
    if (partial) {
      frame_[at.a] = Value();
      // Whoever else holds the results so far must not see them grow.
      if (result.shared() && !budget_.Spend(CostOfCopyingItems(*result.Share().list()))) return false;
    }
    result.Add(std::move(item));
    return budget_.Spend(kItemCost) && Admits(at, result.extent());
  });
  return !complete || budget_.exhausted ? Value() : result.Share();
}

Value Evaluator::Quantified(const Node& at) {
  const bool some = at.op == NodeOp::kSome;
  Truth result = TruthOf(!some);
  bool going = true;
  const bool complete = ForEach(list(at), 0, going, [&](uint32_t body) {
    Value scratch;
    const Value& value = Eval(body, scratch);
    result = some ? Or(result, TruthOf(value)) : And(result, TruthOf(value));
    return result != TruthOf(some);
  });
  return complete ? ValueOf(result) : Value();
}

std::vector<Diagnostic> FoldConstants(Syntax& syntax) {
  constexpr uint64_t kSteps = 2'000;  // a text costs no more to read than to run
  constexpr uint64_t kMostSize = 1'000;
  constexpr uint64_t kWhole = 200'000;
  // The evaluator wants shared ownership of the tree for closures, which are never folded.
  const std::shared_ptr<const Syntax> tree(std::shared_ptr<const Syntax>(), &syntax);
  size_t places = syntax.frame;
  for (const FunctionCode& code : syntax.functions) places = std::max<size_t>(places, code.frame);
  std::vector<Value> frame(places);
  std::vector<Diagnostic> reasons;
  Budget whole;
  whole.steps = kWhole;
  for (uint32_t i = 0; i < syntax.nodes.size() && !whole.exhausted; ++i) {
    Node& node = syntax.nodes[i];
    const bool fixed = node.op == NodeOp::kNegate ||
                       (node.op >= NodeOp::kAdd && node.op <= NodeOp::kBetween) || node.op == NodeOp::kIn ||
                       node.op == NodeOp::kCompareTest || node.op == NodeOp::kRange ||
                       node.op == NodeOp::kList || node.op == NodeOp::kCall || node.op == NodeOp::kPath ||
                       node.op == NodeOp::kInstanceOf;
    if (!fixed || node.varies || node.reads_input || node.folded != kNone) continue;
    Budget budget;
    budget.steps = kSteps;
    EvaluationOptions options;
    options.budget = &budget;
    Diagnostics diagnostics;
    options.diagnostics = &diagnostics;
    Value scratch;
    const Value value = Evaluator(tree, {}, frame, options).Eval(i, scratch);
    whole.Spend(kSteps - budget.steps + 1);
    if (budget.exhausted || value.function() != nullptr) continue;
    if (value.is_null()) {
      constexpr size_t kMostReasons = 20;
      const bool calls = node.op == NodeOp::kCall || node.op == NodeOp::kDivide || node.op == NodeOp::kPower;
      if (calls && diagnostics.items.size() == 1 && diagnostics.items[0].span == node.span &&
          reasons.size() < kMostReasons)
        reasons.push_back(std::move(diagnostics.items[0]));
      continue;
    }
    constexpr uint32_t kMostLevels = 8;
    if (const Extent extent = ExtentOf(value); extent.depth > kMostLevels || extent.size > kMostSize)
      continue;
    syntax.nodes[i].folded = static_cast<uint32_t>(syntax.constants.size());
    syntax.constants.push_back(value);
  }
  return reasons;
}

}  // namespace ameide::feel
