#include "uaf/store/replay.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/room.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/snapshots.h"
#include "uaf/store/work_thread.h"

namespace ameide::uaf {
namespace {

constexpr size_t kDeepestUndo = 10'000;

uint64_t EventsIn(const std::vector<EventRun>& runs) {
  uint64_t events = 0;
  for (const EventRun& run : runs) events += static_cast<uint64_t>(run.last - run.first + 1);
  return events;
}

merge::Merged Folded(Folder folder) {
  merge::Merged merged;
  merged.passed_over = folder.passed_over();
  merged.blocked = folder.blocked();
  if (folder.has_document()) merged.document = folder.Take();
  return merged;
}

bool OneStream(const Cut& heads, std::span<const StoredEvent> events) {
  if (events.empty()) return true;
  const StreamId& stream = events.front().change_set.id.stream;
  return std::all_of(heads.heads.begin(), heads.heads.end(),
                     [&](const auto& head) { return head.first == stream; }) &&
         std::all_of(events.begin(), events.end(),
                     [&](const StoredEvent& event) { return event.change_set.id.stream == stream; });
}

bool OneStream(const Cut& heads, const std::vector<EventRun>& runs, const StreamId& stream) {
  return std::all_of(heads.heads.begin(), heads.heads.end(),
                     [&](const auto& head) { return head.first == stream; }) &&
         std::all_of(runs.begin(), runs.end(),
                     [&](const EventRun& run) { return run.stream == runs.front().stream; });
}

/// So many events that a second thread is worth its while.
constexpr uint64_t kManyEvents = 4096;

/// Folds the events of `runs`, which one stream has written, where they are many: another thread applies them
/// while this one reads and decodes.
absl::Status FoldInTwoThreads(EventReader& reader, const std::vector<EventRun>& runs, Folder& folder) {
  constexpr size_t kAtATime = 512;
  constexpr size_t kAhead = 8;
  Room room(kAhead, 0);
  absl::Status failure;  // of the thread that applies
  std::vector<ChangeSet> some;
  WorkThread thread;
  const auto apply = [&] {
    room.Enter(0);
    thread.Give([&folder, &failure, &room, some = std::exchange(some, {})] {
      for (const ChangeSet& change_set : some) {
        if (failure.ok()) failure = folder.Apply(change_set);
      }
      room.Leave(0);
      return absl::OkStatus();
    });
    thread.Begin();
  };
  const absl::Status read = reader.EachContent(runs, [&](ChangeSet& change_set) {
    some.reserve(kAtATime);
    ChangeSet& taken = some.emplace_back();
    taken.id = change_set.id;
    taken.kind = change_set.kind;
    taken.version = change_set.version;
    taken.tool = change_set.tool;
    taken.body = std::move(change_set.body);
    if (some.size() == kAtATime) apply();
    return absl::OkStatus();
  });
  apply();
  AMEIDE_RETURN_IF_ERROR(thread.Settle());
  return failure.ok() ? read : failure;
}

absl::StatusOr<merge::Merged> FoldRuns(const ReplaySource& source, const ArtifactId& artifact,
                                       const std::vector<EventRun>& runs, const Cut& heads,
                                       std::optional<document::Document> start) {
  if (!runs.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId first,
                            source.reader.IdOf(EventReader::KeyOf(runs.front().stream, runs.front().seq)));
    if (!OneStream(heads, runs, first.stream)) {
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, source.reader.InFoldOrder(runs));
      return FoldEvents(source, artifact, events, heads, std::move(start));
    }
  }
  Folder folder = start ? Folder(source.blobs, *std::move(start)) : Folder(source.blobs);
  if (EventsIn(runs) >= kManyEvents) {
    AMEIDE_RETURN_IF_ERROR(FoldInTwoThreads(source.reader, runs, folder));
  } else {
    AMEIDE_RETURN_IF_ERROR(source.reader.EachContent(
        runs, [&](const ChangeSet& change_set) { return folder.Apply(change_set); }));
  }
  return Folded(std::move(folder));
}

absl::StatusOr<Replayed> ReplayBehind(const ReplaySource& source, const ArtifactId& artifact,
                                      const std::vector<EventRun>& runs, std::optional<Snapshot> snapshot) {
  if (runs.empty())
    return absl::NotFoundError(absl::StrCat("artifact ", artifact.name, " has no event there"));
  AMEIDE_ASSIGN_OR_RETURN(EventReader::Newest newest, source.reader.NewestOf(runs));
  std::vector<EventRun> tail = runs;
  if (snapshot) {
    AMEIDE_ASSIGN_OR_RETURN(tail, source.reader.After(runs, snapshot->time));
  }
  Cut heads = snapshot ? std::move(snapshot->heads) : Cut();
  std::optional<document::Document> start;
  if (snapshot) start = std::move(snapshot->document);
  AMEIDE_ASSIGN_OR_RETURN(merge::Merged merged, FoldRuns(source, artifact, tail, heads, std::move(start)));
  if (!merged.document) {
    return absl::FailedPreconditionError(merged.blocked.empty()
                                             ? absl::StrCat("artifact ", artifact.name, " has no content")
                                             : merged.blocked);
  }
  for (const EventRun& run : tail) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId last,
                            source.reader.IdOf(EventReader::KeyOf(run.stream, run.last_seq())));
    uint64_t& head = heads.heads[last.stream];
    head = std::max(head, last.seq);
  }
  const uint64_t folded = EventsIn(tail);
  return Replayed{*std::move(merged.document),
                  std::move(merged.blocked),
                  std::move(newest.id),
                  newest.time,
                  std::move(heads),
                  EventsIn(runs),
                  folded};
}

/// The artifact's events in `cut`, nullptr being now.
absl::StatusOr<std::vector<EventRun>> RunsFor(const ReplaySource& source, const ArtifactId& artifact,
                                              const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<EventRun> runs, source.reader.RunsOf(artifact, cut));
  if (!runs.empty()) return runs;
  return absl::NotFoundError(
      absl::StrCat("artifact ", artifact.name, cut != nullptr ? " did not exist then" : " does not exist"));
}

}  // namespace

const document::Format& FormatOf(const ReplaySource& source, const ArtifactId& artifact,
                                 std::span<const StoredEvent> events) {
  std::string name;
  for (const StoredEvent& event : events) {
    const auto* created = std::get_if<ArtifactCreated>(&event.change_set.body);
    if (created != nullptr && name.empty()) name = created->format;
  }
  if (name.empty()) {
    if (const absl::StatusOr<Artifact> known = source.reader.GetArtifact(artifact); known.ok())
      name = known->format;
  }
  const document::Format* format = source.formats.Named(name);
  return format != nullptr ? *format : source.formats.ForFile("", "");
}

absl::StatusOr<bool> GoesOn(EventReader& reader, const Cut& heads, std::span<const StoredEvent> events) {
  if (OneStream(heads, events)) return true;
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, reader.Causality());
  std::set<StreamId> looked_at;
  for (const StoredEvent& event : events) {
    // What the first event of a stream has seen, its later ones have.
    const EventId& id = event.change_set.id;
    if (!looked_at.insert(id.stream).second) continue;
    for (const auto& [stream, seq] : heads.heads) {
      if (!causality->Saw(id, {stream, seq})) return false;
    }
  }
  return true;
}

absl::StatusOr<merge::Merged> FoldEvents(const ReplaySource& source, const ArtifactId& artifact,
                                         std::span<const StoredEvent> events, const Cut& heads,
                                         std::optional<document::Document> start) {
  if (OneStream(heads, events)) {
    Folder folder = start ? Folder(source.blobs, *std::move(start)) : Folder(source.blobs);
    for (const StoredEvent& event : events) AMEIDE_RETURN_IF_ERROR(folder.Apply(event.change_set));
    return Folded(std::move(folder));
  }
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, source.reader.Causality());
  std::vector<const ChangeSet*> change_sets;
  change_sets.reserve(events.size());
  for (const StoredEvent& event : events) change_sets.push_back(&event.change_set);
  return merge::MergeEvents(change_sets, *causality, source.blobs, FormatOf(source, artifact, events),
                            std::move(start));
}

absl::StatusOr<std::vector<merge::Conflict>> JudgeArtifact(const ReplaySource& source,
                                                           const ArtifactId& artifact) {
  std::vector<merge::Conflict> conflicts;
  constexpr HybridTime kEver{UINT64_MAX >> 1, UINT64_MAX >> 1};
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Prefix all, source.reader.PrefixOf(artifact, kEver));
  if (all.last.heads.size() < 2) return conflicts;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events, source.reader.OfArtifact(artifact, nullptr));
  AMEIDE_ASSIGN_OR_RETURN(merge::Merged merged, FoldEvents(source, artifact, events));
  conflicts = std::move(merged.conflicts);
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, source.reader.Causality());
  std::vector<const ChangeSet*> change_sets;
  for (const StoredEvent& event : events) change_sets.push_back(&event.change_set);
  for (merge::Conflict& each : merge::ArtifactConflicts(change_sets, *causality))
    conflicts.push_back(std::move(each));
  return conflicts;
}

absl::StatusOr<Replayed> ReplayRuns(const ReplaySource& source, const ArtifactId& artifact,
                                    const std::vector<EventRun>& runs) {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Snapshot> snapshot,
                          NearestSnapshot(source.database, source.reader, artifact, runs));
  return ReplayBehind(source, artifact, runs, std::move(snapshot));
}

absl::StatusOr<Replayed> Replay(const ReplaySource& source, const ArtifactId& artifact, const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsFor(source, artifact, cut));
  return ReplayRuns(source, artifact, runs);
}

absl::StatusOr<Replayed> ReplayFromStart(const ReplaySource& source, const ArtifactId& artifact,
                                         const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsFor(source, artifact, cut));
  return ReplayBehind(source, artifact, runs, std::nullopt);
}

absl::StatusOr<UndoHistory> ReadUndoHistory(EventReader& reader, const ArtifactId& artifact,
                                            const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          reader.NewestOfArtifact(artifact, stream, kDeepestUndo));
  UndoHistory history;
  for (const StoredEvent& event : events) history.Add(event.change_set);
  return history;
}

}  // namespace ameide::uaf
