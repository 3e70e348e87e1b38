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

}  // namespace

absl::Status Reopen(std::span<const ChangeSet* const> stretch, std::vector<TakenBack> taken_back,
                    const std::optional<document::Document>& before, const BlobSource& blobs,
                    const Causality& causality, const document::Format& format,
                    std::vector<Conflict>& conflicts, std::vector<Settled>& settled) {
  absl::flat_hash_set<EventId> here;
  for (const ChangeSet* event : stretch) here.insert(event->id);
  std::erase_if(taken_back, [&](const TakenBack& each) {
    const auto is_here = [&](const EventId& event) { return here.contains(event); };
    return !std::all_of(each.events.begin(), each.events.end(), is_here) ||
           std::none_of(each.events.begin(), each.events.end(),
                        [&](const EventId& event) { return SawConcurrent(stretch, causality, event); });
  });
  const size_t judged = conflicts.size();
  if (taken_back.size() > kMost) taken_back.resize(kMost);
  absl::flat_hash_set<EventId> without;
  for (const TakenBack& each : taken_back) {
    without.insert(each.by);
    without.insert(each.events.begin(), each.events.end());
    std::optional<document::Document> document;
    if (before) document = before->Clone();
    ConcurrentFold fold(document, blobs, causality, format);
    for (const ChangeSet* event : stretch) {
      if (!without.contains(event->id)) AMEIDE_RETURN_IF_ERROR(fold.Take(*event));
    }
    Judgement judgement = Judge(fold);
    for (Conflict& open : judgement.conflicts) {
      const auto same = [&](const Conflict& it) { return IsPartOf(open, it); };
      const bool known =
          std::any_of(conflicts.begin(), conflicts.end(), same) ||
          std::any_of(settled.begin(), settled.end(), [&](const Settled& it) { return same(it.conflict); });
      const auto decision = std::find_if(each.events.begin(), each.events.end(), [&](const EventId& event) {
        return std::all_of(open.sides.begin(), open.sides.end(), [&](const ConflictSide& side) {
          return std::all_of(side.events.begin(), side.events.end(),
                             [&](const EventId& seen) { return causality.Saw(event, seen); });
        });
      });
      if (known || decision == each.events.end()) continue;
      if (here.contains(each.by))
        conflicts.push_back(std::move(open));
      else
        settled.push_back({std::move(open), *decision});
    }
  }
  if (conflicts.size() > judged) Sort(conflicts, stretch);
  return absl::OkStatus();
}

}  // namespace ameide::uaf::merge
