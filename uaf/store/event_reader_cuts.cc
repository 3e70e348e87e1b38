// What belongs to a state: now, on a branch, at a time, behind an event, in a commit.
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/like_pattern.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {
namespace {

/// Makes `time` the latest one before it; false when there is none.
bool StepBack(HybridTime& time) {
  if (time.counter > 0) {
    --time.counter;
    return true;
  }
  if (time.micros == 0) return false;
  --time.micros;
  time.counter = UINT64_MAX;
  return true;
}

}  // namespace

absl::StatusOr<uint64_t> EventReader::UnsealedEvents() {
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, Current());
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT s.name, g.first FROM segments g JOIN streams s"
                                             " ON s.id = g.stream WHERE g.last IS NULL"));
  uint64_t events = 0;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return events;
    const auto head = cut.heads.find(StreamId{std::string(query.Text(0))});
    const auto first = static_cast<uint64_t>(query.Int(1));
    if (head != cut.heads.end() && head->second >= first) events += head->second - first + 1;
  }
}

absl::StatusOr<int64_t> EventReader::View() {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'view'"));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? query.Int(0) : 0;
}

absl::StatusOr<EventReader::Limits> EventReader::LimitsOf(int64_t view) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT stream, last FROM views WHERE id = ?"));
  query.Bind(1, view);
  Limits limits;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return limits;
    limits[query.Int(0)] = static_cast<uint64_t>(query.Int(1));
  }
}

absl::StatusOr<EventReader::Limits> EventReader::PresentLimits() {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t view, View());
  return LimitsOf(view);
}

absl::StatusOr<EventReader::Limits> EventReader::LimitsFor(const Cut& cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> newest, rows_.NewestRuns());
  Limits limits;
  for (const EventRun& run : newest) {
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    const auto head = cut.heads.find(*stream);
    const uint64_t last = head == cut.heads.end() ? 0 : head->second;
    if (last < run.last_seq()) limits[run.stream] = last;
  }
  return limits;
}

absl::StatusOr<std::string> EventReader::CurrentBranch() {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<std::string> branch, Meta("branch"));
  return branch ? *std::move(branch) : std::string(kMainBranch);
}

absl::StatusOr<Cut> EventReader::Current() {
  AMEIDE_ASSIGN_OR_RETURN(Cut cut, Everything());
  AMEIDE_ASSIGN_OR_RETURN(const Limits limits, PresentLimits());
  for (const auto& [stream, last] : limits) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId id, IdOf(KeyOf(stream, last)));
    const auto head = cut.heads.find(id.stream);
    if (head == cut.heads.end() || head->second <= last) continue;
    head->second = last;
    if (last == 0) cut.heads.erase(head);
  }
  return cut;
}

absl::StatusOr<Cut> EventReader::Everything() {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> newest, rows_.NewestRuns());
  Cut cut;
  for (const EventRun& run : newest) {
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    cut.heads[*stream] = run.last_seq();
  }
  return cut;
}

absl::StatusOr<Cut> EventReader::AsOf(WallTime time) {
  AMEIDE_ASSIGN_OR_RETURN(Cut cut, Current());
  for (auto head = cut.heads.begin(); head != cut.heads.end();) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(head->first));
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.RunsOfStream(*number));
    AMEIDE_ASSIGN_OR_RETURN(head->second, rows_.LastUntil(runs, time));
    head = head->second == 0 ? cut.heads.erase(head) : std::next(head);
  }
  return cut;
}

absl::StatusOr<Cut> EventReader::UpTo(const ChangeSet& event, Cut cut) {
  for (auto head = cut.heads.begin(); head != cut.heads.end();) {
    if (head->first == event.id.stream) {
      head->second = event.id.seq;
      ++head;
      continue;
    }
    // Ties of time are ended by the stream's name: with a smaller one, an event of the same time is in it.
    HybridTime latest = event.time;
    bool any = true;
    if (head->first > event.id.stream) any = StepBack(latest);
    uint64_t seq = 0;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(head->first));
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.RunsOfStream(*number));
    for (auto run = runs.rbegin(); any && run != runs.rend() && seq == 0; ++run) {
      AMEIDE_ASSIGN_OR_RETURN(const int64_t after, rows_.FirstAfter(*run, latest));
      if (after > run->first) seq = run->SeqAt(after - 1);
    }
    head->second = seq;
    head = seq == 0 ? cut.heads.erase(head) : std::next(head);
  }
  return cut;
}

absl::StatusOr<std::optional<Cut>> EventReader::OfCommit(std::string_view commit) {
  if (commit.size() < 4) return std::optional<Cut>();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT c.id, s.name, c.last FROM commits c JOIN streams s ON s.id = c.stream"
                         " WHERE c.id >= ?1 AND c.id < ?1 || 'g'"));  // digits end at f
  const std::string digits = absl::AsciiStrToLower(std::string(commit));
  query.BindText(1, digits);
  std::string id;
  Cut cut;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    if (!id.empty() && id != query.Text(0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", std::string(commit), "` begins more than one commit; give more digits"));
    }
    id = query.Text(0);
    cut.heads[StreamId{std::string(query.Text(1))}] = static_cast<uint64_t>(query.Int(2));
  }
  if (id.empty()) return std::optional<Cut>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  CloseOverTails(tails, cut);
  return std::optional<Cut>(std::move(cut));
}

absl::StatusOr<std::optional<std::string>> EventReader::NewestCommit() {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT id FROM commits ORDER BY number DESC LIMIT 1"));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<std::string>(query.Text(0)) : std::nullopt;
}

absl::StatusOr<std::optional<uint64_t>> EventReader::SegmentEnd(const StreamId& stream, uint64_t number) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT g.last FROM segments g JOIN streams s ON s.id = g.stream"
                                             " WHERE s.name = ? AND g.number = ? AND g.last IS NOT NULL"));
  query.BindText(1, stream.name).Bind(2, static_cast<int64_t>(number));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<uint64_t>(static_cast<uint64_t>(query.Int(0))) : std::nullopt;
}

absl::StatusOr<bool> EventReader::SegmentIsNow(const StreamId& stream, uint64_t number) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT g.stream, g.first FROM segments g JOIN streams s"
                                             " ON s.id = g.stream WHERE s.name = ? AND g.number = ?"));
  query.BindText(1, stream.name).Bind(2, static_cast<int64_t>(number));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return true;
  AMEIDE_ASSIGN_OR_RETURN(const Limits limits, PresentLimits());
  return Within(limits, KeyOf(query.Int(0), static_cast<uint64_t>(query.Int(1))));
}

}  // namespace ameide::uaf
