#include "backend/runtime/batch/calendar.h"

#include <algorithm>

namespace ameide::runtime {
namespace {

constexpr Span kWeek = std::chrono::duration_cast<Span>(std::chrono::weeks(1));

/// The Monday 00:00 at or before `at`. The epoch was a Thursday.
WallTime WeekOf(WallTime at) {
  constexpr Span kMonday = std::chrono::duration_cast<Span>(std::chrono::days(4));
  const Span since = at.time_since_epoch() - kMonday;
  Span rest = since % kWeek;
  if (rest < Span(0)) rest += kWeek;
  return at - rest;
}

}  // namespace

Calendar::Calendar() : open_{{Span(0), kWeek}}, per_week_(kWeek) {}

absl::StatusOr<Calendar> Calendar::Weekly(std::vector<std::pair<Span, Span>> open) {
  if (open.empty()) return absl::InvalidArgumentError("a calendar needs hours in which it is open");
  std::sort(open.begin(), open.end());
  Calendar calendar;
  calendar.open_.clear();
  for (const auto& [from, to] : open) {
    if (from < Span(0) || to <= from || to > kWeek)
      return absl::InvalidArgumentError("hours must begin before they end, on one day");
    if (!calendar.open_.empty() && from <= calendar.open_.back().second) {
      calendar.open_.back().second = std::max(calendar.open_.back().second, to);
    } else {
      calendar.open_.emplace_back(from, to);
    }
  }
  calendar.per_week_ = calendar.OpenBefore(kWeek);
  return calendar;
}

Span Calendar::OpenBefore(Span of_week) const {
  Span open{};
  for (const auto& [from, to] : open_) {
    if (from >= of_week) break;
    open += std::min(to, of_week) - from;
  }
  return open;
}

bool Calendar::IsOpen(WallTime at) const { return NextOpen(at) == at; }

WallTime Calendar::NextOpen(WallTime at) const {
  const WallTime week = WeekOf(at);
  const Span of_week = at - week;
  for (const auto& [from, to] : open_) {
    if (of_week < to) return week + std::max(from, of_week);
  }
  return week + kWeek + open_.front().first;
}

WallTime Calendar::AddWork(WallTime at, Span work) const {
  const WallTime week = WeekOf(at);
  // As if it had begun with the week.
  Span left = OpenBefore(at - week) + std::max(work, Span(0));
  if (work <= Span(0)) return at;
  const auto weeks = (left - Span(1)) / per_week_;
  left -= weeks * per_week_;
  for (const auto& [from, to] : open_) {
    if (left <= to - from) return week + weeks * kWeek + from + left;
    left -= to - from;
  }
  return week + (weeks + 1) * kWeek;
}

Span Calendar::OpenBetween(WallTime from, WallTime to) const {
  if (to <= from) return Span(0);
  const WallTime first = WeekOf(from), last = WeekOf(to);
  return (last - first) / kWeek * per_week_ + OpenBefore(to - last) - OpenBefore(from - first);
}

}  // namespace ameide::runtime
