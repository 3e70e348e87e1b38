#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/runtime/batch/distribution.h"
#include "base/clock.h"

namespace ameide::runtime {

/// The hours of a week in which somebody works, the same every week, in UTC. Immutable.
class Calendar {
 public:
  /// Always open.
  Calendar();
  /// Open in [first, second) of a week that begins on Monday 00:00. INVALID_ARGUMENT when an interval is
  /// empty or leaves the week, or when there is none. They may overlap and come in any order.
  static absl::StatusOr<Calendar> Weekly(std::vector<std::pair<Span, Span>> open);

  bool IsOpen(WallTime at) const;
  /// The first moment at or after `at` that is open.
  WallTime NextOpen(WallTime at) const;
  /// When work of that length is done that begins at `at` and rests while it is closed.
  WallTime AddWork(WallTime at, Span work) const;
  /// How much of [from, to) is open; zero when `to` is not after `from`.
  Span OpenBetween(WallTime from, WallTime to) const;

 private:
  Span OpenBefore(Span of_week) const;

  std::vector<std::pair<Span, Span>> open_;  ///< apart from each other and in order
  Span per_week_{};
};

}  // namespace ameide::runtime
