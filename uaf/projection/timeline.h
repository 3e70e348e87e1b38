#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// Two changes of one author with this much between them belong to two sessions.
inline constexpr std::chrono::minutes kSessionGap{30};

/// What an event of EventKind `kind` is in a timeline by itself; kSession for those that are changes.
TimelineEntry::Kind TimelineKindOf(uint32_t kind);

/// The events of an artifact whose operations touch `node`, or a node that stands or ever stood below it in
/// `document`, or that made one of them; as keys of their rows, ascending. As the projections stand.
absl::StatusOr<std::vector<int64_t>> ChangesOf(Database& database, EventReader& reader,
                                               const ArtifactId& artifact, const document::Document& document,
                                               const NodeId& node);

/// Gives lines of the history, newest first: at most `limit`, those behind `after`, which are not later than
/// `newest` by their hybrid time.
struct HistoryPage {
  size_t limit = 0;
  std::optional<EventId> after;
  std::optional<HybridTime> newest;
};
using HistorySource = std::function<absl::StatusOr<std::vector<ChangeSetSummary>>(const HistoryPage& page)>;

/// The event that the page before ended with: `newest` of its last entry.
struct TimelineStart {
  EventId event;
  HybridTime time;
};

/// Folds the history into sessions and milestones; see Workspace::Timeline. Reads no more of it than the page
/// needs.
absl::StatusOr<std::vector<TimelineEntry>> FoldTimeline(const HistorySource& source, size_t limit,
                                                        const std::optional<TimelineStart>& after);

}  // namespace ameide::uaf
