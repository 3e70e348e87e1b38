#include "uaf/merge/event_table.h"

#include <algorithm>

namespace ameide::uaf::merge {

EventIndex EventTable::Add(const ChangeSet& change_set) {
  const auto [found, added] = streams_.try_emplace(change_set.id.stream.name);
  Stream& stream = found->second;
  if (added) {
    stream.number = static_cast<uint32_t>(names_.size());
    names_.push_back(&found->first);
    events_of_stream_.emplace_back();
  }
  const Causality::Seen* seen = causality_.SeenBy(change_set.id);
  if (seen == nullptr) {
    // Behind one that has seen something only in a log that was forged: order is not to be relied on there.
    stream.noted = nullptr;
    stream.seen = 0;
  } else if (seen != stream.noted) {
    // Streams that come later cannot have been seen: causes are folded before effects.
    std::vector<uint64_t> numbers(names_.size());
    for (size_t i = 0; i < names_.size(); ++i) {
      if (const auto last = seen->find(*names_[i]); last != seen->end()) numbers[i] = last->second;
    }
    stream.noted = seen;
    stream.seen = static_cast<uint32_t>(seen_.size());
    seen_.push_back(std::move(numbers));
  }
  const auto index = static_cast<EventIndex>(rows_.size());
  rows_.push_back({&change_set, stream.number, stream.seen, change_set.id.seq});
  events_of_stream_[stream.number].push_back(index);
  return index;
}

bool EventTable::SawAll(EventIndex later, const Heads& heads) const {
  return std::all_of(heads.begin(), heads.end(), [&](EventIndex head) { return Saw(later, head); });
}

void EventTable::Advance(Heads& heads, EventIndex event) const {
  heads.erase(std::remove_if(heads.begin(), heads.end(), [&](EventIndex head) { return Saw(event, head); }),
              heads.end());
  heads.push_back(event);
}

EventIndex EventTable::FirstUnseen(EventIndex event) const {
  const Row& row = rows_[event];
  const std::vector<uint64_t>& seen = seen_[row.seen];
  EventIndex first = event;
  for (uint32_t stream = 0; stream < events_of_stream_.size(); ++stream) {
    if (stream == row.stream) continue;
    const uint64_t last = stream < seen.size() ? seen[stream] : 0;
    const std::vector<EventIndex>& events = events_of_stream_[stream];
    const auto unseen =
        std::upper_bound(events.begin(), events.end(), last,
                         [&](uint64_t seq, EventIndex each) { return seq < rows_[each].seq; });
    if (unseen != events.end()) first = std::min(first, *unseen);
  }
  return first;
}

}  // namespace ameide::uaf::merge
