#pragma once

#include <deque>

#include "backend/engine/plan.h"
#include "backend/engine/state.h"
#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// Turns the facts of a journal, one after another, into what people read of an instance. Keeps the newest
/// kLongestHistory entries.
class History {
 public:
  explicit History(const engine::Plan& plan) : plan_(plan) {}

  /// `before` is the state that the fact applies to.
  void Add(const engine::InstanceState& before, WallTime at, const engine::Fact& fact);
  std::vector<HistoryRow> Take() { return {rows_.begin(), rows_.end()}; }

 private:
  void Push(WallTime at, engine::Index node, std::string_view event);

  const engine::Plan& plan_;
  std::deque<HistoryRow> rows_;
  int64_t number_ = 0;
};

/// Tokens at each element: active element instances but the process itself, and tokens that wait at joins.
std::vector<TokenCount> TokensOf(const engine::Plan& plan, const engine::InstanceState& state);

}  // namespace ameide::runtime
