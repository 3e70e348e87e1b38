#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/causality.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// Numbers of events in an EventTable, in fold order.
using EventIndex = uint32_t;
/// Events none of which has seen another, in fold order.
using Heads = absl::InlinedVector<EventIndex, 2>;

/// Events of one artifact, numbered in fold order, and which of them saw which: Causality::Saw in constant
/// time.
class EventTable {
 public:
  explicit EventTable(const Causality& causality) : causality_(causality) {}

  /// Events come in fold order. They must outlive the table.
  EventIndex Add(const ChangeSet& change_set);
  const ChangeSet& operator[](EventIndex event) const { return *rows_[event].change_set; }
  const EventId& id(EventIndex event) const { return rows_[event].change_set->id; }
  size_t size() const { return rows_.size(); }

  bool Saw(EventIndex later, EventIndex earlier) const {
    const Row& a = rows_[later];
    const Row& b = rows_[earlier];
    if (a.stream == b.stream) return b.seq <= a.seq;
    const std::vector<uint64_t>& seen = seen_[a.seen];
    return b.stream < seen.size() && seen[b.stream] >= b.seq;
  }
  bool Concurrent(EventIndex a, EventIndex b) const { return !Saw(a, b) && !Saw(b, a); }
  bool SawAll(EventIndex later, const Heads& heads) const;
  /// Makes `event`, which comes behind all others, one of the heads, in place of those that it saw.
  void Advance(Heads& heads, EventIndex event) const;
  /// The earliest event that `event` has not seen of those before it; `event` itself when it saw all.
  EventIndex FirstUnseen(EventIndex event) const;

 private:
  struct Row {
    const ChangeSet* change_set = nullptr;
    uint32_t stream = 0;
    uint32_t seen = 0;  ///< index into seen_
    uint64_t seq = 0;
  };
  struct Stream {
    uint32_t number = 0;
    const Causality::Seen* noted = nullptr;  ///< what `seen` was made of
    uint32_t seen = 0;
  };

  const Causality& causality_;
  std::vector<Row> rows_;
  std::vector<std::vector<uint64_t>> seen_ = {{}};  ///< by stream number: last seq that was seen
  std::unordered_map<std::string, Stream> streams_;
  std::vector<const std::string*> names_;                  ///< of streams, by number
  std::vector<std::vector<EventIndex>> events_of_stream_;  ///< by stream number, in order
};

}  // namespace ameide::uaf::merge
