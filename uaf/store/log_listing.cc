#include "uaf/store/log_listing.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/event_reader.h"

namespace ameide::uaf {
namespace {

/// `author` is folded.
bool Wanted(const ChangeSetSummary& line, const std::string& author) {
  return author.empty() || absl::StrContains(merge::FoldPath(line.author.name), author) ||
         absl::StrContains(merge::FoldPath(line.author.email), author);
}

}  // namespace

absl::Status LogListing::ReadPaths() {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT id, path FROM artifacts"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    paths_[query.Int(0)] = query.Text(1);
  }
}

absl::StatusOr<std::vector<EventRun>> LogListing::RunsOf(const std::vector<int64_t>& keys) {
  std::vector<EventRun> runs;
  for (const int64_t key : keys) {
    const uint64_t seq = EventReader::SeqOf(key);
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run,
                            rows_->RunWith(EventReader::StreamOf(key), seq));
    if (!run) continue;
    runs.push_back(run->From(run->ArrivalOf(seq)));
    runs.back().last = runs.back().first;
  }
  return runs;
}

absl::StatusOr<std::vector<LogListing::Position>> LogListing::Start(const LogQuery& query,
                                                                    const std::map<int64_t, uint64_t>& limits,
                                                                    std::optional<int64_t> artifact,
                                                                    const std::optional<StoredEvent>& after,
                                                                    const LogSelection& selection) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, selection.keys != nullptr
                                                                ? RunsOf(*selection.keys)
                                                            : artifact ? rows_->RunsOfArtifact(*artifact)
                                                                       : rows_->Runs());
  const std::optional<HybridTime> newest = after ? after->change_set.time : selection.newest;
  std::vector<Position> positions;
  for (const EventRun& run : runs) {
    if (!artifact && !query.workspace_events && !paths_.contains(run.artifact)) continue;
    Position position{run, run.last, {}, 0};
    if (const auto limit = limits.find(run.stream); limit != limits.end()) {
      if (limit->second < run.seq) continue;
      position.arrival = run.ArrivalOf(std::min(limit->second, run.last_seq()));
    }
    if (newest) {
      AMEIDE_ASSIGN_OR_RETURN(const int64_t behind, rows_->FirstAfter(run, *newest));
      position.arrival = std::min(position.arrival, behind - 1);
    }
    if (position.arrival < run.first) continue;
    AMEIDE_ASSIGN_OR_RETURN(position.times, rows_->TimesAt(run, position.arrival));
    position.key = EventReader::KeyOf(run.stream, run.SeqAt(position.arrival));
    positions.push_back(position);
  }
  return positions;
}

absl::StatusOr<ChangeSetSummary> LogListing::Line(const Position& position) {
  ChangeSetSummary line;
  AMEIDE_RETURN_IF_ERROR(
      rows_->Read(position.run, position.arrival, position.arrival, [&](StoredEvent event, std::string_view) {
        ChangeSet& change_set = event.change_set;
        line.id = std::move(change_set.id);
        line.artifact = std::move(change_set.artifact);
        line.kind = change_set.kind;
        line.label = std::move(change_set.label);
        line.author = std::move(change_set.author);
        line.tool = std::move(change_set.tool);
        line.time = change_set.wall_time;
        return absl::OkStatus();
      }));
  if (const auto path = paths_.find(position.run.artifact); path != paths_.end()) line.path = path->second;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT EXISTS(SELECT 1 FROM segments WHERE stream = ?1 AND last >= ?2),"
                         " COALESCE((SELECT id FROM commits WHERE stream = ?1 AND last >= ?2"
                         " ORDER BY last, number LIMIT 1), '')"));
  query.Bind(1, position.run.stream).Bind(2, static_cast<int64_t>(line.id.seq));
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  line.sealed = query.Int(0) != 0;
  line.commit = query.Text(1);
  return line;
}

absl::StatusOr<std::vector<ChangeSetSummary>> LogListing::List(const LogQuery& query,
                                                               const std::map<int64_t, uint64_t>& limits,
                                                               std::optional<int64_t> artifact,
                                                               const std::optional<StoredEvent>& after,
                                                               const LogSelection& selection) {
  AMEIDE_RETURN_IF_ERROR(ReadPaths());
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Position> heap, Start(query, limits, artifact, after, selection));
  const auto older = [](const Position& a, const Position& b) {
    return std::pair(a.times.time, a.key) < std::pair(b.times.time, b.key);
  };
  std::make_heap(heap.begin(), heap.end(), older);
  const std::string author = merge::FoldPath(query.author);
  std::vector<ChangeSetSummary> lines;
  bool behind = !after;
  while (!heap.empty() && lines.size() < query.limit) {
    std::pop_heap(heap.begin(), heap.end(), older);
    Position& newest = heap.back();
    const bool in_time = (!query.since || newest.times.wall >= *query.since) &&
                         (!query.until || newest.times.wall < *query.until);
    if (!behind) {
      behind = newest.key == after->key;
    } else if (in_time) {
      AMEIDE_ASSIGN_OR_RETURN(ChangeSetSummary line, Line(newest));
      if (Wanted(line, author)) lines.push_back(std::move(line));
    }
    if (newest.arrival == newest.run.first) {
      heap.pop_back();
      continue;
    }
    --newest.arrival;
    --newest.key;
    AMEIDE_ASSIGN_OR_RETURN(newest.times, rows_->TimesAt(newest.run, newest.arrival));
    std::push_heap(heap.begin(), heap.end(), older);
  }
  return lines;
}

}  // namespace ameide::uaf
