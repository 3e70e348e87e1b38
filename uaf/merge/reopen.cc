#include "uaf/merge/reopen.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/decisions.h"
#include "uaf/merge/judge.h"

namespace ameide::uaf::merge {
namespace {

/// So many are left out one after the other, what remains at once: folding takes time.
constexpr size_t kOneByOne = 8;

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

}  // namespace

absl::Status Reopen(std::span<const ChangeSet* const> stretch,
                    const std::optional<document::Document>& before, const BlobSource& blobs,
                    const Causality& causality, const document::Format& format,
                    std::vector<Conflict>& conflicts) {
  std::vector<TakenBack> taken_back = TakenBackAmong(stretch);
  std::erase_if(taken_back, [&](const TakenBack& each) {
    return std::none_of(each.events.begin(), each.events.end(),
                        [&](const EventId& event) { return SawConcurrent(stretch, causality, event); });
  });
  absl::flat_hash_set<EventId> without;
  for (size_t i = 0; i < taken_back.size(); ++i) {
    without.insert(taken_back[i].by);
    without.insert(taken_back[i].events.begin(), taken_back[i].events.end());
    if (i >= kOneByOne && i + 1 < taken_back.size()) continue;
    std::optional<document::Document> document;
    if (before) document = before->Clone();
    ConcurrentFold fold(document, blobs, causality, format);
    for (const ChangeSet* event : stretch) {
      if (!without.contains(event->id)) AMEIDE_RETURN_IF_ERROR(fold.Take(*event));
    }
    Judgement judgement = Judge(fold);
    for (Conflict& open : judgement.conflicts) {
      const bool known = std::any_of(conflicts.begin(), conflicts.end(),
                                     [&](const Conflict& each) { return each.key == open.key; });
      const bool decided = std::any_of(without.begin(), without.end(), [&](const EventId& event) {
        return std::all_of(open.sides.begin(), open.sides.end(), [&](const ConflictSide& side) {
          return std::all_of(side.events.begin(), side.events.end(),
                             [&](const EventId& seen) { return causality.Saw(event, seen); });
        });
      });
      if (!known && decided) conflicts.push_back(std::move(open));
    }
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf::merge
