#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/fact.h"
#include "base/clock.h"

namespace ameide::runtime {

/// What one event gave: facts, at one time.
struct JournalStep {
  WallTime at;
  std::vector<engine::Fact> facts;
};

/// Builds a row of the journal: a version, the first bytes of a SHA-256 of the rest, and steps one after
/// another.
class JournalRowWriter {
 public:
  void Add(WallTime at, const std::vector<engine::Fact>& facts);
  bool empty() const { return steps_.empty(); }
  /// The row's bytes; the writer is empty again.
  std::string Take();

 private:
  std::string steps_;
};

/// Reads a row. DATA_LOSS for bytes that are not as they were written, FAILED_PRECONDITION for a newer
/// version.
absl::StatusOr<std::vector<JournalStep>> DecodeJournalRow(std::string_view bytes);

}  // namespace ameide::runtime
