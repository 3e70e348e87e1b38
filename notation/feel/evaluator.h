#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "notation/feel/builtins.h"
#include "notation/feel/syntax.h"

namespace ameide::feel {

/// A function literal with what it captured.
class Closure final : public Function {
 public:
  Closure(std::shared_ptr<const Syntax> syntax, uint32_t code, std::vector<Value> captured)
      : syntax_(std::move(syntax)), code_(code), captured_(std::move(captured)) {
    for (const Value& value : captured_) extent_.Include(ExtentOf(value));
    for (const Parameter& parameter : this->code().parameters) extent_.size += 1 + parameter.name.size();
  }

  std::span<const Parameter> parameters() const override { return code().parameters; }
  const Type& result() const override { return code().result; }
  Value Call(std::span<const Value> arguments, const EvaluationOptions& options) const override;

  Extent extent() const override { return extent_; }
  /// The same parameters and body, and the same values of the names that the body reads from its scope. Of
  /// bodies longer than 4 KiB only those of one literal are the same.
  bool Equals(const Function& other) const override;

  const FunctionCode& code() const { return syntax_->functions[code_]; }
  const Value& captured(uint32_t place) const { return captured_[place]; }

 private:
  std::shared_ptr<const Syntax> syntax_;
  uint32_t code_;
  std::vector<Value> captured_;
  Extent extent_;
};

/// Walks the tree. Names are places in a frame or slots, so nothing is looked up by name but entries of
/// contexts. An operand that is there already (a constant, a variable) is read where it lies; only what is
/// computed is stored in the caller's scratch value.
class Evaluator {
 public:
  /// `options.budget` must be given. `missing`, when given, tells which slots have no value at all.
  Evaluator(const std::shared_ptr<const Syntax>& syntax, std::span<const Value> slots, std::span<Value> frame,
            const EvaluationOptions& options, const std::vector<bool>* missing = nullptr,
            const Closure* closure = nullptr)
      : syntax_(syntax),
        nodes_(syntax->nodes.data()),
        slots_(slots),
        frame_(frame),
        options_(options),
        budget_(*options.budget),
        missing_(missing),
        closure_(closure) {}

  /// The whole expression, its result checked against the bounds.
  static Value Run(const Expression& expression, std::span<const Value> slots,
                   const EvaluationOptions& options, const std::vector<bool>* missing = nullptr);
  static Value RunByName(const Expression& expression, const Context& variables,
                         const EvaluationOptions& options);

  /// A node's value: a reference into the tree, the slots, the frame, or `scratch`.
  const Value& Eval(uint32_t index, Value& scratch);

 private:
  const Node& node(uint32_t index) const { return nodes_[index]; }
  const std::string& name(uint32_t index) const { return syntax_->names[index]; }
  std::span<const uint32_t> list(const Node& at) const {
    return std::span<const uint32_t>(syntax_->lists).subspan(at.b, at.c);
  }
  Value Take(uint32_t index);
  /// A copy of what stays where it is.
  const Value& Copying(const Value& value) {
    if (const uint64_t cost = CostOfCopying(value); cost != 0) budget_.Spend(cost);
    return value;
  }
  /// Takes for `values` new values in memory.
  bool Build(uint64_t values) { return budget_.Spend(values); }
  /// Sees to the size of what was computed: too much of it becomes null and ends the evaluation.
  void Admit(const Node& at, Value& value);
  bool Admits(const Node& at, const Extent& extent);
  template <typename... Parts>
  Value Null(const Node& at, const Parts&... parts) {
    Diagnostics* to = options_.diagnostics;
    if (to != nullptr && to->items.size() < Diagnostics::kLimit)
      to->items.push_back({at.span, Cat(parts...)});
    return {};
  }

  Value Compute(const Node& at);
  const Value& Slot(const Node& at);
  const Value& ItemEntry(const Node& at, Value& scratch);
  Value Path(const Node& at, const Value& value, const std::string& property);
  Value ItemAt(const Node& at, std::span<const Value> items, const Decimal& position);
  Value Filter(const Node& at);
  Value Negate(const Node& at);
  Value Arithmetic(const Node& at);
  /// The comparison; where it is null for a list beside another value, that of the list's only item.
  Truth CompareOrUnwrap(NodeOp op, const Value& a, const Value& b);
  Value Comparison(const Node& at);
  Value Logic(const Node& at);
  Value Between(const Node& at);
  /// `cell`: of unary tests, not of `in`.
  Truth Test(uint32_t test, const Value& value);
  Truth AnyTest(const Node& at, const Value& value);
  Value CompareTest(const Node& at);
  Value MakeRange(const Node& at);
  /// What from..to goes through.
  struct SpanEnds {
    int64_t from, step, count;
    bool days;
    Value At(int64_t index) const;
  };
  std::optional<SpanEnds> EndsOf(const Node& at);
  Value Span(const Node& at);
  template <typename Body>
  bool ForEach(std::span<const uint32_t> parts, size_t iterator, bool& going, const Body& body);
  Value For(const Node& at);
  Value Quantified(const Node& at);
  Value ListLiteral(const Node& at);
  Value ContextLiteral(const Node& at);
  Value CallNode(const Node& at);
  Value InvokeNode(const Node& at);
  Value FunctionNode(const Node& at);

  const std::shared_ptr<const Syntax>& syntax_;
  const Node* nodes_;
  std::span<const Value> slots_;
  std::span<Value> frame_;
  const EvaluationOptions& options_;
  Budget& budget_;
  const std::vector<bool>* missing_;
  const Closure* closure_;
};

}  // namespace ameide::feel
