#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace ameide::runtime {

/// Number of an instance: milliseconds since 1970 in the upper bits, so that ids grow with time and are not
/// used again when an older backup is restored (they are part of idempotency keys towards the outside), and a
/// count below.
using InstanceNumber = int64_t;

/// The next number after `last` at `now`.
InstanceNumber NextInstanceNumber(InstanceNumber last, WallTime now);

/// 13 characters of Crockford's base 32 in lower case; texts order as numbers do.
std::string FormatInstance(InstanceNumber number);
std::optional<InstanceNumber> ParseInstance(std::string_view text);

/// Something inside an instance that the engine counts: a task, a job, an incident.
struct PartId {
  InstanceNumber instance = 0;
  int64_t part = 0;
};

/// `<instance>-<part>`.
std::string FormatPart(PartId id);
std::optional<PartId> ParsePart(std::string_view text);

}  // namespace ameide::runtime
