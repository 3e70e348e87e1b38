#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "notation/dmn/code.h"

namespace ameide::dmn {

/// One evaluation going on; private to this folder. Kept between evaluations by who wants no allocations.
class Run final : public feel::Caller {
 public:
  explicit Run(std::shared_ptr<const Model::Code> code);

  const Model::Code& code() const { return *code_; }
  /// Begins an evaluation: fresh budget and diagnostics, nothing decided.
  void Begin(const EvaluateOptions& options);

  /// The values of nodes in one world: a decision service opens another, where only its parameters are given.
  class World {
   public:
    void Clear(size_t nodes);
    void Give(uint32_t node, feel::Value value);
    /// Back what was given.
    void Take(uint32_t node);

   private:
    friend class Run;
    enum : uint8_t { kUnknown, kGiven, kOpen, kKnown, kChecked };
    std::vector<feel::Value> values_;  // decided, or given and checked
    std::vector<feel::Value> given_;
    std::vector<uint8_t> state_;
    std::vector<uint32_t> known_;  // what Forget takes back
    bool preparing_ = false;
  };
  /// Forgets what was decided in a world, not what was given.
  void Forget(World& world) const;

  /// A decision's or input's value, or a function.
  const feel::Value& ValueOf(World& world, uint32_t node);
  /// The function of a business knowledge model, called with arguments.
  feel::Value CallKnowledge(uint32_t node, std::span<const feel::Value> arguments);
  /// A decision service with arguments in the order of its parameters.
  feel::Value CallService(uint32_t node, std::span<const feel::Value> arguments);
  /// Its outputs by name, in a world where its parameters are given.
  feel::Value Outputs(World& world, uint32_t node, bool unwrap_single);
  World NewWorld() const;

  /// FEEL with reasons taken into account.
  feel::Value Evaluate(const Text& text, Frame frame, const feel::Value* input = nullptr);
  /// Whether unary tests hold.
  bool Holds(const Text& tests, const feel::Value& input, Frame frame);
  feel::Value Conformed(feel::Value value, const ItemType* type, const Place& place, std::string_view what);
  /// Null, and the end of the evaluation, when it is larger than any value may be.
  feel::Value Bounded(feel::Value value, const Place& place);
  void Report(const Place& place, std::string message);

  const feel::EvaluationOptions& options() const { return options_; }
  bool collects() const { return diagnostics_ != nullptr; }
  feel::Budget& budget() { return budget_; }

  /// A frame of a size, its slots null; given back at the end of its life.
  class FrameLease {
   public:
    FrameLease(Run& run, size_t size);
    ~FrameLease();
    FrameLease(const FrameLease&) = delete;
    FrameLease& operator=(const FrameLease&) = delete;
    Frame frame() const { return frame_; }
    /// False when evaluations are nested too deep.
    bool ok() const { return ok_; }

   private:
    Run& run_;
    Frame frame_;
    bool ok_ = true;
  };

  World& top() { return top_; }

 private:
  void Bind(World& world, const Binding& binding, feel::Value& into);
  /// Makes what a decision requires, from the bottom up, where it is too much for calls within calls.
  void Prepare(World& world, uint32_t node);
  /// Why a text is not evaluated, with the place in it.
  void ReportError(const Text& text, std::string_view what);
  void Take(const Text& text, const feel::Diagnostics& found);

  static constexpr size_t kMostNesting = 256;  ///< of decision logic and function bodies
  static constexpr uint32_t kLongChain = 64;   ///< of decisions that require one another
  static constexpr size_t kMostDiagnostics = 64;

  std::shared_ptr<const Model::Code> code_;
  std::vector<Diagnostic>* diagnostics_ = nullptr;
  feel::EvaluationOptions options_;
  feel::Budget budget_;
  World top_;
  std::vector<std::vector<feel::Value>> frames_;
  size_t depth_ = 0;
};

/// The running evaluation that `options` belong to when it is one of this code, else nullptr.
Run* RunOf(const feel::EvaluationOptions& options, const Model::Code& code);

}  // namespace ameide::dmn
