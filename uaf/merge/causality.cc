#include "uaf/merge/causality.h"

#include <algorithm>
#include <iterator>

namespace ameide::uaf::merge {

const Causality::Step* Causality::StepOf(const EventId& event) const {
  const auto stream = streams_.find(event.stream.name);
  if (stream == streams_.end()) return nullptr;
  const std::vector<Step>& steps = stream->second;
  const auto behind = std::upper_bound(steps.begin(), steps.end(), event.seq,
                                       [](uint64_t seq, const Step& step) { return seq < step.seq; });
  return behind == steps.begin() ? nullptr : &*std::prev(behind);
}

void Causality::Add(const EventId& event, std::span<const EventReference> parents) {
  if (parents.empty()) return;
  const Step* before = StepOf(event);
  if (before != nullptr && before->seq == event.seq) return;
  auto seen = before != nullptr ? std::make_shared<Seen>(*before->seen) : std::make_shared<Seen>();
  const auto see = [&](const std::string& stream, uint64_t seq) {
    if (stream == event.stream.name) return;
    uint64_t& last = (*seen)[stream];
    last = std::max(last, seq);
  };
  for (const EventReference& parent : parents) {
    see(parent.id.stream.name, parent.id.seq);
    if (const Step* step = StepOf(parent.id); step != nullptr) {
      for (const auto& [stream, seq] : *step->seen) see(stream, seq);
    }
  }
  std::vector<Step>& steps = streams_[event.stream.name];
  const auto place = std::upper_bound(steps.begin(), steps.end(), event.seq,
                                      [](uint64_t seq, const Step& step) { return seq < step.seq; });
  steps.insert(place, Step{event.seq, std::move(seen)});
}

const Causality::Seen* Causality::SeenBy(const EventId& event) const {
  const Step* step = StepOf(event);
  return step == nullptr ? nullptr : step->seen.get();
}

Cut Causality::PastOf(const EventId& event) const {
  Cut past;
  if (const Step* step = StepOf(event); step != nullptr) {
    for (const auto& [stream, seq] : *step->seen) past.heads[StreamId{stream}] = seq;
  }
  past.heads[event.stream] = event.seq;
  return past;
}

bool Causality::Saw(const EventId& later, const EventId& earlier) const {
  if (later.stream == earlier.stream) return earlier.seq <= later.seq;
  const Step* step = StepOf(later);
  if (step == nullptr) return false;
  const auto last = step->seen->find(earlier.stream.name);
  return last != step->seen->end() && earlier.seq <= last->second;
}

}  // namespace ameide::uaf::merge
