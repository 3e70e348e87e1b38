#include "notation/dmn/table.h"

#include <algorithm>
#include <array>
#include <bit>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "notation/dmn/run.h"

namespace ameide::dmn {

using feel::Type;
using feel::Value;

namespace {

bool Contains(const CellTests& cell, const Value& value) {
  if (!IsSegmentable(value)) return false;
  for (const Interval& interval : cell.intervals) {
    const auto above = [&] {
      if (!interval.low) return true;
      if (interval.low->kind() != value.kind()) return false;
      const int order = CompareScalars(*interval.low, value);
      return order < 0 || (order == 0 && interval.low_closed);
    };
    const auto below = [&] {
      if (!interval.high) return true;
      if (interval.high->kind() != value.kind()) return false;
      const int order = CompareScalars(value, *interval.high);
      return order < 0 || (order == 0 && interval.high_closed);
    };
    if (above() && below()) return !cell.negated;
  }
  return cell.negated;
}

std::string RuleNumbers(std::span<const uint32_t> hits) {
  std::vector<uint32_t> numbers;
  for (const uint32_t hit : hits) numbers.push_back(hit + 1);
  return absl::StrJoin(numbers, ", ");
}

}  // namespace

void TableBox::Index() {
  size_t bytes = 0;
  for (size_t c = 0; c < inputs.size(); ++c) {
    Input& input = inputs[c];
    std::vector<CellTests> cells;
    for (const Rule& rule : rules) cells.push_back(rule.cells[c]);
    Partition partition(cells);
    if (!partition.usable()) {
      // All `-`, all opaque, or of several kinds: the first need no look, the others one each.
      input.evaluated = BitSet(rules.size());
      for (size_t r = 0; r < rules.size(); ++r) {
        if (!cells[r].any) input.evaluated.Add(r);
      }
      continue;
    }
    bytes += partition.size() * ((rules.size() + 63) / 64) * 8;
    if (bytes > kMostIndexBytes) {
      input.evaluated = BitSet(rules.size(), true);
      continue;
    }
    input.rules.assign(partition.size(), BitSet(rules.size()));
    input.evaluated = BitSet(rules.size());
    for (size_t r = 0; r < rules.size(); ++r) {
      if (cells[r].opaque) input.evaluated.Add(r);
      const BitSet accepted = partition.Accepts(cells[r]);
      for (size_t s = 0; s < partition.size(); ++s) {
        if (accepted.Has(s)) input.rules[s].Add(r);
      }
    }
    input.partition = std::move(partition);
  }
}

Type TableBox::type() const {
  if (declared != nullptr) return declared->type;
  const auto of = [this](size_t column) -> Type {
    const Output& output = outputs[column];
    if (output.declared != nullptr) return output.declared->type;
    Type common(Type::Kind::kNull);
    for (const Rule& rule : rules) {
      if (column >= rule.outputs.size() || !rule.outputs[column].expression) return Type();
      common = feel::CommonType(common, rule.outputs[column].expression->type());
    }
    return rules.empty() ? Type() : common;
  };
  if (outputs.empty() || aggregation == Aggregation::kCount)
    return Type(outputs.empty() ? Type::Kind::kAny : Type::Kind::kNumber);
  Type one;
  if (outputs.size() == 1) {
    one = of(0);
  } else {
    std::vector<Type::Field> fields;
    for (size_t c = 0; c < outputs.size(); ++c) fields.push_back({outputs[c].name, of(c)});
    one = Type::ContextOf(std::move(fields));
  }
  const bool many = policy == HitPolicy::kRuleOrder || policy == HitPolicy::kOutputOrder ||
                    (policy == HitPolicy::kCollect && aggregation == Aggregation::kNone);
  return many ? Type::ListOf(one) : one;
}

bool TableBox::ReadInputs(Run& run, Frame frame, std::span<const Value*> values,
                          std::span<Value> computed) const {
  bool valid = true;
  for (size_t c = 0; c < inputs.size(); ++c) {
    const Input& input = inputs[c];
    const Value* const named = input.expression.slot ? &frame[*input.expression.slot] : nullptr;
    const bool as_it_stands =
        named != nullptr && (input.declared == nullptr ||
                             (!input.declared->constrained && IsPlainly(*named, input.declared->type)));
    if (as_it_stands) {
      values[c] = named;
    } else {
      computed[c] = run.Evaluate(input.expression, frame);
      if (input.declared != nullptr) {
        const Place place{input.expression.file, input.expression.source.start, input.expression.element,
                          this->place.where};
        computed[c] = run.Conformed(std::move(computed[c]), input.declared.get(), place, "the input");
      }
      values[c] = &computed[c];
    }
    if (!input.allowed || values[c]->is_null()) continue;
    const feel::List* const items = values[c]->list();
    const auto holds = [&](const Value& each) { return run.Holds(*input.allowed, each, frame); };
    if (holds(*values[c]) || (items != nullptr && std::all_of(items->begin(), items->end(), holds))) continue;
    run.Report(place, absl::StrCat("the input ", input.label, " is ", FeelText(*values[c]),
                                   ", which is not among its input values ", input.allowed->source.text,
                                   ", so the table has no result"));
    valid = false;
  }
  return valid;
}

bool TableBox::RuleHolds(Run& run, Frame frame, size_t rule, std::span<const Value* const> values,
                         std::span<const std::optional<size_t>> segments) const {
  for (size_t c = 0; c < inputs.size(); ++c) {
    const bool by_index = segments[c].has_value() && !inputs[c].evaluated.Has(rule);
    if (by_index) continue;
    if (rules[rule].cells[c].any) {
      // Where there are input values `-` means one of them (10.3.2.10); others than null were looked at
      // before.
      const bool missing = inputs[c].allowed && values[c]->is_null();
      if (missing && !run.Holds(*inputs[c].allowed, *values[c], frame)) return false;
      continue;
    }
    if (!run.Holds(rules[rule].tests[c], *values[c], frame)) return false;
  }
  return true;
}

Value TableBox::Compute(Run& run, Frame frame) const {
  absl::InlinedVector<const Value*, 8> values(inputs.size());
  absl::InlinedVector<Value, 8> computed(inputs.size());
  absl::InlinedVector<std::optional<size_t>, 8> segments(inputs.size());
  if (!ReadInputs(run, frame, {values.data(), values.size()}, {computed.data(), computed.size()})) return {};
  const size_t words = (rules.size() + 63) / 64;
  absl::InlinedVector<uint64_t, kInlineWords> candidates(words, ~uint64_t{0});
  if (rules.size() % 64 != 0) candidates.back() = (uint64_t{1} << (rules.size() % 64)) - 1;
  if (!run.budget().Spend(1 + words)) return {};
  for (size_t c = 0; c < inputs.size(); ++c) {
    if (inputs[c].rules.empty()) continue;
    segments[c] = inputs[c].partition.Locate(*values[c]);
    if (!segments[c]) continue;
    const std::span<const uint64_t> holding = inputs[c].rules[*segments[c]].words();
    for (size_t w = 0; w < words; ++w) candidates[w] &= holding[w];
  }
  absl::InlinedVector<uint32_t, 16> hits;
  for (size_t w = 0; w < words; ++w) {
    for (uint64_t word = candidates[w]; word != 0; word &= word - 1) {
      const auto rule = static_cast<uint32_t>(w * 64 + static_cast<size_t>(std::countr_zero(word)));
      if (!RuleHolds(run, frame, rule, values, segments)) continue;
      hits.push_back(rule);
      if (policy == HitPolicy::kFirst) {
        w = words;
        break;
      }
    }
  }
  if (hits.empty()) return Default(run, frame);
  switch (policy) {
    case HitPolicy::kUnique:
    case HitPolicy::kFirst:
    case HitPolicy::kAny:
    case HitPolicy::kPriority:
      return Single(run, frame, hits);
    default:
      return Multiple(run, frame, hits);
  }
}

Value TableBox::CheckedOutput(Run& run, Frame frame, const Output& output, const Text& text) const {
  Value value = run.Evaluate(text, frame);
  if (output.declared != nullptr) {
    value = run.Conformed(std::move(value), output.declared.get(),
                          {text.file, text.source.start, text.element, place.where}, "the output");
  }
  if (!output.allowed || value.is_null()) return value;
  const feel::List* const items = value.list();
  const auto holds = [&](const Value& each) { return run.Holds(*output.allowed, each, frame); };
  if (holds(value) || (items != nullptr && std::all_of(items->begin(), items->end(), holds))) return value;
  if (run.collects()) {
    run.Report({text.file, text.source.start, text.element, place.where},
               absl::StrCat("the output ", FeelText(value), " is not among the output values ",
                            output.allowed->source.text, ", so it became null"));
  }
  return {};
}

Value TableBox::OutputOf(Run& run, Frame frame, size_t rule) const {
  if (outputs.size() == 1) return CheckedOutput(run, frame, outputs[0], rules[rule].outputs[0]);
  feel::Context context;
  for (size_t c = 0; c < outputs.size(); ++c) {
    context.Set(outputs[c].name, CheckedOutput(run, frame, outputs[c], rules[rule].outputs[c]));
  }
  return Value(std::move(context));
}

Value TableBox::Default(Run& run, Frame frame) const {
  const bool has_default = std::any_of(outputs.begin(), outputs.end(),
                                       [](const Output& output) { return output.otherwise.has_value(); });
  if (!has_default) {
    if (run.collects()) {
      std::vector<std::string> given;
      for (const Input& input : inputs)
        given.push_back(absl::StrCat(input.label, " = ", FeelText(run.Evaluate(input.expression, frame))));
      run.Report(place,
                 absl::StrCat("no rule holds for ", given.empty() ? "no inputs" : absl::StrJoin(given, ", "),
                              ", and there is no default output; add a rule for it"));
    }
    return {};
  }
  const auto of = [&](const Output& output) {
    return output.otherwise ? CheckedOutput(run, frame, output, *output.otherwise) : Value();
  };
  if (outputs.size() == 1) return of(outputs[0]);
  feel::Context context;
  for (const Output& output : outputs) context.Set(output.name, of(output));
  return Value(std::move(context));
}

size_t TableBox::Priority(const Value& value, const Output& output) const {
  for (size_t i = 0; i < output.order.size(); ++i) {
    if (Contains(output.order[i], value)) return i;
  }
  return output.order.size();
}

bool TableBox::Precedes(const Value& a, const Value& b) const {
  for (size_t c = 0; c < outputs.size(); ++c) {
    const Value* first = &a;
    const Value* second = &b;
    if (outputs.size() > 1) {
      first = a.context()->Find(outputs[c].name);
      second = b.context()->Find(outputs[c].name);
    }
    if (first == nullptr || second == nullptr) continue;
    const size_t i = Priority(*first, outputs[c]), j = Priority(*second, outputs[c]);
    if (i != j) return i < j;
  }
  return false;
}

Value TableBox::Single(Run& run, Frame frame, std::span<const uint32_t> hits) const {
  if (policy == HitPolicy::kUnique && hits.size() > 1) {
    run.Report(place,
               absl::StrCat(
                   "the hit policy is Unique, but the rules ", RuleNumbers(hits),
                   " hold at once; make their conditions exclude each other, or choose another hit policy"));
    return {};
  }
  Value chosen = OutputOf(run, frame, hits[0]);
  if (policy == HitPolicy::kUnique || policy == HitPolicy::kFirst) return chosen;
  for (size_t i = 1; i < hits.size(); ++i) {
    Value other = OutputOf(run, frame, hits[i]);
    if (policy == HitPolicy::kPriority) {
      if (Precedes(other, chosen)) chosen = std::move(other);
    } else if (!(other == chosen)) {
      run.Report(place,
                 absl::StrCat("the hit policy is Any, but the rules ", hits[0] + 1, " and ", hits[i] + 1,
                              " hold at once with different outputs, ", FeelText(chosen), " and ",
                              FeelText(other), "; give them the same output, or choose another hit policy"));
      return {};
    }
  }
  return chosen;
}

Value TableBox::Multiple(Run& run, Frame frame, std::span<const uint32_t> hits) const {
  if (aggregation == Aggregation::kCount && policy == HitPolicy::kCollect)
    return Value(static_cast<int64_t>(hits.size()));
  feel::List list;
  list.reserve(hits.size());
  for (const uint32_t hit : hits) list.push_back(OutputOf(run, frame, hit));
  if (policy == HitPolicy::kOutputOrder) {
    std::stable_sort(list.begin(), list.end(),
                     [this](const Value& a, const Value& b) { return Precedes(a, b); });
  }
  if (policy != HitPolicy::kCollect || aggregation == Aggregation::kNone) return Value(std::move(list));
  if (outputs.size() > 1) {
    run.Report(place,
               "aggregates, which a table with several outputs cannot; collect without an aggregation");
    return {};
  }
  std::array<Value, 1> slot = {Value(std::move(list))};
  return run.Evaluate(aggregate, slot);
}

}  // namespace ameide::dmn
