#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "backend/engine/plan.h"
#include "base/hash.h"

namespace ameide::engine {

/// The one binary form of a plan: same plan, same bytes, on every machine. Begins with "AMEPLAN" and a format
/// version.
std::string EncodePlan(const Plan& plan);

/// Inverse; parses the expressions and compiles the decisions. DATA_LOSS for malformed or inconsistent bytes
/// (indices out of range, an expression that does not parse), FAILED_PRECONDITION for formats or semantics of
/// a later release, naming both versions.
absl::StatusOr<Plan> DecodePlan(std::string_view bytes);

/// A plan's name: SHA-256 of its canonical bytes.
Hash256 PlanDigest(std::string_view bytes);

}  // namespace ameide::engine
