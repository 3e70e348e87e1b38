#pragma once

#include <google/protobuf/duration.pb.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "backend/runtime/embedded/runtime.h"

namespace ameide::server {

/// How long a worker has a job when it does not say.
inline constexpr std::chrono::milliseconds kUsualLease = std::chrono::minutes(5);
inline constexpr std::chrono::milliseconds kLongestLease = std::chrono::hours(24);
/// Messages with jobs are not filled beyond that, in bytes, unless with one job: clients of gRPC take 4 MiB
/// where nobody has told them otherwise.
inline constexpr size_t kFullMessage = 1 << 20;

/// A duration of a message between zero and `most`.
inline std::chrono::milliseconds ToMilliseconds(const google::protobuf::Duration& duration,
                                                std::chrono::milliseconds most) {
  if (duration.seconds() < 0 || duration.nanos() < 0) return std::chrono::milliseconds(0);
  if (duration.seconds() > most.count() / 1000) return most;
  return std::min(most, std::chrono::milliseconds(duration.seconds() * 1000 + duration.nanos() / 1'000'000));
}

/// A failed attempt, in whichever message it is told.
template <typename Message>
runtime::JobReport::Failed ToFailed(const Message& message) {
  runtime::JobReport::Failed failed{message.message(), message.final(), std::nullopt};
  if (message.has_retry_in()) failed.retry_in = ToMilliseconds(message.retry_in(), kLongestLease);
  return failed;
}

}  // namespace ameide::server
