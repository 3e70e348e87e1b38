#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "notation/dmn/code.h"
#include "notation/dmn/partition.h"

/// Decision tables (clause 8, 10.3.2.10), private to this folder.
namespace ameide::dmn {

/// Which of the rules that hold give the result (8.2.10).
enum class HitPolicy : uint8_t { kUnique, kFirst, kPriority, kAny, kCollect, kRuleOrder, kOutputOrder };
/// What is made of the outputs of all rules that hold (8.2.11).
enum class Aggregation : uint8_t { kNone, kSum, kCount, kMin, kMax };

/// A decision table. Columns whose tests are constants are indexed: an input is located among the values that
/// they mention, which gives the rules that hold as a set of bits; what is left of the intersection over all
/// columns is asked one by one only for the tests that must be evaluated.
class TableBox final : public Box {
 public:
  struct Input {
    std::string label;  ///< the expression, for people
    Text expression;
    std::shared_ptr<const ItemType> declared;
    std::optional<Text> allowed;  ///< `inputValues`
    // The index:
    Partition partition;
    std::vector<BitSet> rules;  ///< by segment; empty when the column is not indexed
    BitSet evaluated;           ///< rules whose test must be evaluated although the column is indexed
  };
  struct Output {
    std::string name;
    std::shared_ptr<const ItemType> declared;
    std::optional<Text> allowed;    ///< `outputValues`
    std::vector<CellTests> order;   ///< the values in order of priority, where they are known
    std::optional<Text> otherwise;  ///< `defaultOutputEntry`
  };
  struct Rule {
    std::vector<Text> tests;
    std::vector<CellTests> cells;
    std::vector<Text> outputs;
  };

  HitPolicy policy = HitPolicy::kUnique;
  Aggregation aggregation = Aggregation::kNone;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<Rule> rules;
  Text aggregate;  ///< a function call over slot 0 of a frame of its own

  /// Builds the index when inputs and rules are complete.
  void Index();
  feel::Type type() const override;

 protected:
  feel::Value Compute(Run& run, Frame frame) const override;

 private:
  static constexpr size_t kMostIndexBytes = size_t{16} << 20;
  static constexpr size_t kInlineWords = 16;

  struct Hits;
  bool ReadInputs(Run& run, Frame frame, std::span<const feel::Value*> values,
                  std::span<feel::Value> computed) const;
  bool RuleHolds(Run& run, Frame frame, size_t rule, std::span<const feel::Value* const> values,
                 std::span<const std::optional<size_t>> segments) const;
  feel::Value OutputOf(Run& run, Frame frame, size_t rule) const;
  feel::Value CheckedOutput(Run& run, Frame frame, const Output& output, const Text& text) const;
  feel::Value Default(Run& run, Frame frame) const;
  /// The place of an output value in its list of output values; what is not there comes last.
  size_t Priority(const feel::Value& value, const Output& output) const;
  bool Precedes(const feel::Value& a, const feel::Value& b) const;
  feel::Value Single(Run& run, Frame frame, std::span<const uint32_t> hits) const;
  feel::Value Multiple(Run& run, Frame frame, std::span<const uint32_t> hits) const;
};

}  // namespace ameide::dmn
