#pragma once

#include <deque>
#include <map>
#include <string_view>
#include <vector>

#include "backend/engine/plan.h"
#include "backend/engine/state.h"
#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// Turns the facts of a journal, one after another, into what people read of an instance. Keeps the newest
/// kLongestHistory entries.
class History {
 public:
  /// `before` is the state that the fact applies to, `plan` its plan.
  void Add(const engine::Plan& plan, const engine::InstanceState& before, WallTime at,
           const engine::Fact& fact);
  std::vector<HistoryRow> Take() { return {rows_.begin(), rows_.end()}; }

 private:
  void Push(WallTime at, engine::Index node, std::string_view event);

  const engine::Plan* plan_ = nullptr;  ///< of the fact that is being added
  std::deque<HistoryRow> rows_;
  int64_t number_ = 0;
};

/// Tokens at each element: active element instances but the process itself, and tokens that wait at joins.
std::vector<TokenCount> TokensOf(const engine::Plan& plan, const engine::InstanceState& state);

}  // namespace ameide::runtime
