#pragma once

#include <utility>
#include <vector>

#include "backend/engine/fact.h"
#include "backend/runtime/embedded/instance_store.h"
#include "backend/runtime/embedded/observer.h"

namespace ameide::runtime {

/// Collects what a transaction does, for its report. Not thread-safe.
class CommitNotes {
 public:
  /// With `elements` also each element that ends; then `instance.times` must have seen all earlier facts.
  explicit CommitNotes(bool elements) : elements_(elements) {}

  bool wants_elements() const { return elements_; }
  /// One step of an instance, whose state has it already, and whose rows not yet.
  void Step(LiveInstance& instance, WallTime at, const std::vector<engine::Fact>& facts);
  void Operation(OperationDone done) { report_.operations.push_back(std::move(done)); }
  /// What was collected; begins anew.
  CommitReport Take() { return std::exchange(report_, {}); }

 private:
  void CountWork(const LiveInstance& instance, WallTime at, const engine::Fact& fact, ProcessCounts& counts);
  void CountEnds(const LiveInstance& instance, WallTime at, const engine::Fact& fact, ProcessCounts& counts);

  const bool elements_;
  CommitReport report_;
};

}  // namespace ameide::runtime
