#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/event_rows.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

namespace ameide::uaf {

/// What of the history is listed, beside what the query says.
struct LogSelection {
  const std::vector<int64_t>* keys = nullptr;  ///< only these events; nullptr: any
  std::optional<HybridTime> newest;            ///< none that is later
};

/// Lists events from the newest to the oldest in the order of folding (time, then number of stream): what
/// Workspace::Log gives. Works its way back through the runs, so that a page of the newest lines costs what
/// it holds and a look at each run. One thread.
class LogListing {
 public:
  LogListing(Database* database, EventRows* rows) : database_(database), rows_(rows) {}

  /// `limits` are what the query's cut lacks of the store (EventReader::Limits), `artifact` the number of its
  /// artifact, `after` the event of its `after`.
  absl::StatusOr<std::vector<ChangeSetSummary>> List(const LogQuery& query,
                                                     const std::map<int64_t, uint64_t>& limits,
                                                     std::optional<int64_t> artifact,
                                                     const std::optional<StoredEvent>& after,
                                                     const LogSelection& selection);

 private:
  /// A run, and how far back it has been listed.
  struct Position {
    EventRun run;
    int64_t arrival = 0;
    EventTimes times;
    int64_t key = 0;
  };
  absl::Status ReadPaths();
  absl::StatusOr<std::vector<Position>> Start(const LogQuery& query,
                                              const std::map<int64_t, uint64_t>& limits,
                                              std::optional<int64_t> artifact,
                                              const std::optional<StoredEvent>& after,
                                              const LogSelection& selection);
  /// The events of a selection, each as a run of its own.
  absl::StatusOr<std::vector<EventRun>> RunsOf(const std::vector<int64_t>& keys);
  absl::StatusOr<ChangeSetSummary> Line(const Position& position);

  Database* database_;
  EventRows* rows_;
  std::map<int64_t, std::string> paths_;  ///< of artifacts that have begun, by their number
};

}  // namespace ameide::uaf
