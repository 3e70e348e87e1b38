#include "uaf/merge/reopen.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/judge.h"

namespace ameide::uaf::merge {
namespace {

/// So many are looked at, the newest: folding takes time.
constexpr size_t kMost = 12;

/// Whether `event` had seen events of the stretch that had not seen each other: else it decided nothing.
bool SawConcurrent(std::span<const ChangeSet* const> stretch, const Causality& causality,
                   const EventId& event) {
  const ChangeSet* last = nullptr;
  for (const ChangeSet* each : stretch) {
    if (each->id == event || !causality.Saw(event, each->id)) continue;
    // Where each saw the one before, all saw all.
    if (last != nullptr && !causality.Saw(each->id, last->id)) return true;
    last = each;
  }
  return false;
}

/// Whether `conflict` says nothing that `whole` does not: it is about the same, and so are its sides.
bool IsPartOf(const Conflict& conflict, const Conflict& whole) {
  if (std::tie(conflict.kind, conflict.node, conflict.other, conflict.attribute) !=
      std::tie(whole.kind, whole.node, whole.other, whole.attribute)) {
    return false;
  }
  absl::flat_hash_set<EventId> events;
  for (const ConflictSide& side : whole.sides) events.insert(side.events.begin(), side.events.end());
  return std::all_of(conflict.sides.begin(), conflict.sides.end(), [&](const ConflictSide& side) {
    return std::all_of(side.events.begin(), side.events.end(),
                       [&](const EventId& event) { return events.contains(event); });
  });
}

/// By first event, then node, as judging leaves them.
void Sort(std::vector<Conflict>& conflicts, std::span<const ChangeSet* const> stretch) {
  absl::flat_hash_map<EventId, size_t> order;
  for (size_t i = 0; i < stretch.size(); ++i) order.emplace(stretch[i]->id, i);
  std::sort(conflicts.begin(), conflicts.end(), [&](const Conflict& a, const Conflict& b) {
    return std::tie(order[a.sides.front().events.front()], a.node, a.kind, a.attribute, a.key) <
           std::tie(order[b.sides.front().events.front()], b.node, b.kind, b.attribute, b.key);
  });
}

/// A conflict about the same of which `event` is a part.
std::vector<Conflict>::iterator AboutTheSame(const Conflict& conflict, const EventId& event,
                                             std::vector<Conflict>& among) {
  return std::find_if(among.begin(), among.end(), [&](const Conflict& it) {
    return std::tie(conflict.kind, conflict.node, conflict.other, conflict.attribute) ==
               std::tie(it.kind, it.node, it.other, it.attribute) &&
           std::any_of(it.sides.begin(), it.sides.end(), [&](const ConflictSide& side) {
             return std::find(side.events.begin(), side.events.end(), event) != side.events.end();
           });
  });
}

/// What one round leaves out of the fold.
struct Round {
  std::vector<EventId> by;
  std::vector<EventId> events;
};

/// The newest by themselves, the older ones together.
std::vector<Round> RoundsOf(const std::vector<TakenBack>& taken_back) {
  std::vector<Round> rounds;
  for (const TakenBack& each : taken_back) {
    if (rounds.size() < kMost) rounds.emplace_back();
    rounds.back().by.push_back(each.by);
    rounds.back().events.insert(rounds.back().events.end(), each.events.begin(), each.events.end());
  }
  return rounds;
}

}  // namespace

absl::Status Reopen(std::span<const ChangeSet* const> stretch, std::vector<TakenBack> taken_back,
                    const std::optional<document::Document>& before, const BlobSource& blobs,
                    const Causality& causality, const document::Format& format,
                    std::vector<Conflict>& conflicts, std::vector<Settled>& settled) {
  std::erase_if(taken_back, [&](const TakenBack& each) {
    return std::none_of(each.events.begin(), each.events.end(),
                        [&](const EventId& event) { return SawConcurrent(stretch, causality, event); });
  });
  absl::flat_hash_set<EventId> here;
  for (const ChangeSet* event : stretch) here.insert(event->id);
  bool changed = false;
  absl::flat_hash_set<EventId> without;
  for (const Round& round : RoundsOf(taken_back)) {
    without.insert(round.by.begin(), round.by.end());
    without.insert(round.events.begin(), round.events.end());
    std::optional<document::Document> document;
    if (before) document = before->Clone();
    ConcurrentFold fold(document, blobs, causality, format);
    for (const ChangeSet* event : stretch) {
      if (!without.contains(event->id)) AMEIDE_RETURN_IF_ERROR(fold.Take(*event));
    }
    const bool is_here = std::any_of(round.by.begin(), round.by.end(),
                                     [&](const EventId& event) { return here.contains(event); });
    Judgement judgement = Judge(fold);
    for (Conflict& open : judgement.conflicts) {
      const auto same = [&](const Conflict& it) { return IsPartOf(open, it); };
      if (std::any_of(conflicts.begin(), conflicts.end(), same) ||
          std::any_of(settled.begin(), settled.end(), [&](const Settled& it) { return same(it.conflict); })) {
        continue;
      }
      const auto seen_by = [&](const EventId& event) {
        return std::count_if(open.sides.begin(), open.sides.end(), [&](const ConflictSide& side) {
          return std::all_of(side.events.begin(), side.events.end(),
                             [&](const EventId& seen) { return causality.Saw(event, seen); });
        });
      };
      const auto decision =
          std::max_element(round.events.begin(), round.events.end(),
                           [&](const EventId& a, const EventId& b) { return seen_by(a) < seen_by(b); });
      const auto seen = seen_by(*decision);
      if (seen == static_cast<int64_t>(open.sides.size())) {
        changed = changed || is_here;
        if (is_here)
          conflicts.push_back(std::move(open));
        else
          settled.push_back({std::move(open), *decision});
      } else if (seen > 1) {
        // Somebody else wrote the same beside all of it: what was taken back stands in that conflict for one
        // side, where it is for several.
        const auto narrow = std::find_if(round.by.begin(), round.by.end(), [&](const EventId& event) {
          return AboutTheSame(open, event, conflicts) != conflicts.end();
        });
        if (narrow == round.by.end()) continue;
        *AboutTheSame(open, *narrow, conflicts) = std::move(open);
        changed = true;
      }
    }
  }
  if (changed) Sort(conflicts, stretch);
  return absl::OkStatus();
}

}  // namespace ameide::uaf::merge
