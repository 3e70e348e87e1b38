#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "notation/feel/value.h"

namespace ameide::feel {

/// Reads RFC 8259 JSON: objects become contexts (a repeated name keeps its last value), numbers are exact to
/// 34 digits, strings stay strings (dates are not guessed). INVALID_ARGUMENT `BYTE n: why`, n from 1. Nesting
/// ≤ 200.
absl::StatusOr<Value> FromJson(std::string_view text);

/// Compact JSON on one line, deterministic: context entries in their order, numbers in plain or scientific
/// form without loss, temporal values and ranges as strings in FEEL's text form.
std::string ToJson(const Value& value);

}  // namespace ameide::feel
