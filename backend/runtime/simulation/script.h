#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/runtime/simulation/run.h"
#include "notation/feel/duration.h"
#include "notation/feel/value.h"

namespace ameide::runtime {

/// What was given for one task: taken in order, the last one repeats.
template <typename Thing>
class Turns {
 public:
  void Add(Thing thing) { things_.push_back(std::move(thing)); }
  const Thing& Next() {
    const Thing& thing = things_[next_];
    if (next_ + 1 < things_.size()) ++next_;
    return thing;
  }

 private:
  std::vector<Thing> things_;
  size_t next_ = 0;
};

/// A message or signal of the options.
struct SentEvent {
  bool signal = false;
  std::string name;
  std::optional<std::string> key;
  feel::Context variables;
};

/// RunOptions, read.
struct Script {
  feel::Context variables;
  std::map<std::string, Turns<feel::Context>> complete;
  std::map<std::string, Turns<std::string>> throws;
  std::vector<SentEvent> sent;
  std::optional<feel::IsoDuration> advance;
};

/// INVALID_ARGUMENT quotes the option that is wrong and says what it must look like.
absl::StatusOr<Script> ReadScript(const RunOptions& options);

}  // namespace ameide::runtime
