#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "uaf/document/ids.h"
#include "uaf/log/change_set.h"

/// Which event has seen which (uaf.md, Model: the log is an event graph). Pure.
namespace ameide::uaf::merge {

/// Answers whether one event lies in the causal past of another, from the parents that events name. An
/// event's past is everything before it in its stream, its parents, and their pasts. Holds one version vector
/// per event that names parents, so memory follows the number of exchanges, not of events.
///
/// Events may be added in any order in which each event's parents that are here at all come before it: the
/// order of folding is one. A parent that was never added counts as a head of its stream without a past of
/// its own. Not thread-safe for Add; const functions are.
class Causality {
 public:
  /// Per stream the last event that was seen.
  using Seen = std::unordered_map<std::string, uint64_t>;

  /// Takes one event into account. Events without parents that do not begin a stream need not be added.
  void Add(const EventId& event, std::span<const EventReference> parents);

  /// Everything in the causal past of `event`, itself included, as a version vector. O(streams).
  Cut PastOf(const EventId& event) const;
  /// True when `earlier` is `later` or lies in its past. O(log exchanges of the later one's stream).
  bool Saw(const EventId& later, const EventId& earlier) const;
  /// True when neither has seen the other.
  bool Concurrent(const EventId& a, const EventId& b) const { return !Saw(a, b) && !Saw(b, a); }
  /// What `event` has seen of other streams; nullptr for nothing. Events of one stream that have seen the
  /// same give the same pointer. Valid until the next Add.
  const Seen* SeenBy(const EventId& event) const;

 private:
  /// What the events of a stream from `seq` on have seen of other streams.
  struct Step {
    uint64_t seq = 0;
    std::shared_ptr<const Seen> seen;
  };
  const Step* StepOf(const EventId& event) const;
  std::unordered_map<std::string, std::vector<Step>> streams_;  ///< steps by growing seq
};

}  // namespace ameide::uaf::merge
