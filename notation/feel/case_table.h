#pragma once

#include <cstddef>
#include <cstdint>

/// Unicode's case mappings, language-independent and without context; read by text.cc alone.
namespace ameide::feel {

/// Every `step`-th character from `first` to `last` maps to itself plus `distance`.
struct CaseRun {
  uint32_t first, last;
  uint32_t step;
  int32_t distance;
};

/// A character whose other case is several.
struct CaseExpansion {
  uint32_t from;
  const char* to;
};

extern const CaseRun kUpperRuns[], kLowerRuns[];
extern const CaseExpansion kUpperExpansions[], kLowerExpansions[];
extern const size_t kUpperRunCount, kLowerRunCount, kUpperExpansionCount, kLowerExpansionCount;

}  // namespace ameide::feel
