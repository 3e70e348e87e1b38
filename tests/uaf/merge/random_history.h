#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/uaf/merge/fixture.h"

namespace ameide::uaf::merge {

/// What a random history was made of, for totals.
struct HistoryTotals {
  uint64_t events = 0;
  uint64_t conflicts = 0;
  uint64_t notes = 0;
  uint64_t resolved = 0;
  uint64_t taken_back = 0;
};

/// A small model with everything that merging tells apart: flows and shapes, prose and code, ordered rules.
extern const char kSmallModel[];

/// Lets three to six replicas edit `file` at random, exchange, and decide conflicts, and checks the laws on
/// the way: what a writer saw is what was recorded; equal sets of events are equal states in whatever order
/// they come; every edit is in the result, in a conflict, in a note, or overwritten or removed by somebody
/// who had seen it; snapshots go on as the state itself; decisions settle; what is taken back leaves the file
/// and the conflicts that were there before. Returns what does not hold; empty when everything does.
/// `format` judges the file.
std::string CheckRandomHistory(std::string_view file, uint64_t seed, unsigned steps, HistoryTotals& totals,
                               const document::Format& format = TestFormat());

}  // namespace ameide::uaf::merge
