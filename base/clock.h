#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ameide {

/// Wall-clock time, microseconds since 1970-01-01T00:00:00Z. This is what dates mean to people.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// Where time comes from. Injected, so that tests decide what time it is. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  WallTime Now() const override;
};

/// A clock that stands still until it is moved. For tests and simulations.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : now_(start.time_since_epoch()) {}
  WallTime Now() const override { return WallTime(now_.load()); }
  /// By one thread at a time.
  void Advance(std::chrono::microseconds by) { now_ = now_.load() + by; }
  void Set(WallTime now) { now_ = now.time_since_epoch(); }

 private:
  std::atomic<std::chrono::microseconds> now_;
};

/// RFC 3339 in UTC with microseconds where they are not zero: 2026-03-01T12:00:00Z,
/// 2026-03-01T12:00:00.000250Z.
std::string FormatTime(WallTime time);

/// Parses RFC 3339 with any offset; also a date alone (midnight UTC) and a missing offset (UTC).
/// INVALID_ARGUMENT names the text and an example of what is wanted.
absl::StatusOr<WallTime> ParseTime(std::string_view text);

}  // namespace ameide
