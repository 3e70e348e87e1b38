#include "uaf/store/event_reader.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/store/log_listing.h"
#include "uaf/store/segment_salts.h"

namespace ameide::uaf {
namespace {

WallTime FromMicros(int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }

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

/// `text` as a LIKE pattern for "begins with".
std::string BeginsWith(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

constexpr char kArtifactColumns[] =
    "SELECT n.name, a.path, a.format, a.kind, a.head, a.events, a.wall, a.author_name, a.author_email, "
    "a.retired,"
    " a.unknown, COALESCE(w.arrival, 0) < a.arrival OR COALESCE(w.view <> (SELECT CAST(value AS INTEGER)"
    " FROM meta WHERE key = 'view'), 0) FROM artifacts a JOIN artifact_names n ON n.id = a.id"
    " LEFT JOIN working_files w ON w.artifact = a.id ";

}  // namespace

bool FoldsBefore(const ChangeSet& a, const ChangeSet& b) {
  return std::tie(a.time, a.id.stream, a.id.seq) < std::tie(b.time, b.id.stream, b.id.seq);
}

absl::StatusOr<EventId> EventReader::IdOf(int64_t key) {
  AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(StreamOf(key)));
  return EventId{*stream, SeqOf(key)};
}

absl::StatusOr<std::optional<int64_t>> EventReader::StreamNumber(const StreamId& stream) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT id FROM streams WHERE name = ?"));
  query.BindText(1, stream.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<int64_t>(query.Int(0)) : std::nullopt;
}

absl::StatusOr<std::optional<int64_t>> EventReader::ArtifactNumber(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT id FROM artifact_names WHERE name = ?"));
  query.BindText(1, artifact.name);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<int64_t>(query.Int(0)) : std::nullopt;
}

absl::StatusOr<std::optional<StoredEvent>> EventReader::Find(const EventId& id) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(id.stream));
  if (!number || id.seq >= (uint64_t{1} << 40)) return std::optional<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, rows_.RunWith(*number, id.seq));
  if (!run) return std::optional<StoredEvent>();
  std::optional<StoredEvent> found;
  const int64_t arrival = run->ArrivalOf(id.seq);
  AMEIDE_RETURN_IF_ERROR(rows_.Read(*run, arrival, arrival, [&](StoredEvent event, std::string_view) {
    found = std::move(event);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::optional<StoredEvent>> EventReader::FindArrival(int64_t arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<EventRun> run, rows_.RunAt(arrival));
  if (!run) return std::optional<StoredEvent>();
  std::optional<StoredEvent> found;
  AMEIDE_RETURN_IF_ERROR(rows_.Read(*run, arrival, arrival, [&](StoredEvent event, std::string_view) {
    found = std::move(event);
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<EventRun>> EventReader::RunsIn(int64_t artifact, const Cut* cut) {
  if (cut == nullptr) {
    AMEIDE_ASSIGN_OR_RETURN(const Limits limits, PresentLimits());
    return RunsWithin(artifact, limits, INT64_MAX);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, rows_.RunsOfArtifact(artifact));
  std::vector<EventRun> runs;
  for (EventRun run : all) {
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    const auto head = cut->heads.find(*stream);
    if (head == cut->heads.end() || head->second < run.seq) continue;
    run.last = run.ArrivalOf(std::min(head->second, run.last_seq()));
    runs.push_back(run);
  }
  return runs;
}

absl::StatusOr<std::vector<EventRun>> EventReader::RunsWithin(int64_t artifact, const Limits& limits,
                                                              int64_t last_arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, rows_.RunsOfArtifact(artifact));
  std::vector<EventRun> runs;
  for (EventRun run : all) {
    run.last = std::min(run.last, last_arrival);
    if (run.first > run.last) continue;
    if (const auto limit = limits.find(run.stream); limit != limits.end()) {
      if (limit->second < run.seq) continue;
      run.last = run.ArrivalOf(std::min(limit->second, run.last_seq()));
    }
    runs.push_back(run);
  }
  return runs;
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::InFoldOrder(const std::vector<EventRun>& runs) {
  std::vector<StoredEvent> events;
  size_t count = 0;
  for (const EventRun& run : runs) count += static_cast<size_t>(run.last - run.first + 1);
  events.reserve(count);
  bool in_order = true;
  const auto take = [&](StoredEvent event, std::string_view) {
    in_order = in_order && (events.empty() || FoldsBefore(events.back().change_set, event.change_set));
    events.push_back(std::move(event));
    return absl::OkStatus();
  };
  for (const EventRun& run : runs) AMEIDE_RETURN_IF_ERROR(rows_.Read(run, run.first, run.last, take));
  // Events come in the order of folding unless two wrote at a time.
  if (!in_order) {
    std::stable_sort(events.begin(), events.end(), [](const StoredEvent& a, const StoredEvent& b) {
      return FoldsBefore(a.change_set, b.change_set);
    });
  }
  return events;
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifact(const ArtifactId& artifact, const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsIn(*number, cut));
  return InFoldOrder(runs);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifactAsOf(const ArtifactId& artifact,
                                                                     const Limits& limits,
                                                                     int64_t last_arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsWithin(*number, limits, last_arrival));
  return InFoldOrder(runs);
}

absl::Status EventReader::ForEach(const std::function<absl::Status(const StoredEvent&)>& visit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.Runs());
  for (const EventRun& run : runs) {
    AMEIDE_RETURN_IF_ERROR(rows_.Read(
        run, run.first, run.last, [&](const StoredEvent& event, std::string_view) { return visit(event); }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfKind(EventKind kind, const Cut* cut) {
  Limits limits;
  if (cut == nullptr) {
    AMEIDE_ASSIGN_OR_RETURN(limits, PresentLimits());
  }
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT event FROM markers WHERE kind = ?"));
  query.Bind(1, static_cast<int64_t>(kind));
  std::vector<StoredEvent> events;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    AMEIDE_ASSIGN_OR_RETURN(const EventId id, IdOf(query.Int(0)));
    if (cut != nullptr ? !cut->Covers(id) : !Within(limits, query.Int(0))) continue;
    AMEIDE_ASSIGN_OR_RETURN(std::optional<StoredEvent> event, Find(id));
    if (event) events.push_back(*std::move(event));
  }
  std::sort(events.begin(), events.end(), [](const StoredEvent& a, const StoredEvent& b) {
    return FoldsBefore(a.change_set, b.change_set);
  });
  return events;
}

absl::StatusOr<std::vector<int64_t>> EventReader::ArtifactsIn(int64_t stream, uint64_t first, uint64_t last) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.RunsOfStream(stream));
  std::vector<int64_t> artifacts;
  for (const EventRun& run : runs) {
    if (run.seq <= last && run.last_seq() >= first) artifacts.push_back(run.artifact);
  }
  return artifacts;
}

absl::StatusOr<ArtifactId> EventReader::ArtifactOf(int64_t number) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT name FROM artifact_names WHERE id = ?"));
  query.Bind(1, number);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found)
    return absl::DataLossError(absl::StrCat("the store names no artifact ", number, "; run `ameide doctor`"));
  return ArtifactId{std::string(query.Text(0))};
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifactAfter(const ArtifactId& artifact,
                                                                      const HybridTime& time,
                                                                      const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, RunsIn(*number, cut));
  std::vector<EventRun> runs;
  for (const EventRun& run : all) {
    AMEIDE_ASSIGN_OR_RETURN(const int64_t first, rows_.FirstAfter(run, time));
    if (first <= run.last) runs.push_back(run.From(first));
  }
  return InFoldOrder(runs);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifactSince(const ArtifactId& artifact,
                                                                      int64_t arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, rows_.RunsOfArtifact(*number));
  std::vector<EventRun> runs;
  for (const EventRun& run : all) {
    if (run.last > arrival) runs.push_back(run.From(std::max(run.first, arrival + 1)));
  }
  return InFoldOrder(runs);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::NewestOfArtifact(const ArtifactId& artifact,
                                                                       const StreamId& stream, size_t limit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> stream_number, StreamNumber(stream));
  if (!number || !stream_number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, rows_.RunsOfArtifact(*number));
  std::vector<EventRun> runs;
  auto left = static_cast<int64_t>(limit);
  for (auto run = all.rbegin(); run != all.rend() && left > 0; ++run) {
    if (run->stream != *stream_number) continue;
    runs.push_back(run->From(std::max(run->first, run->last - left + 1)));
    left -= runs.back().last - runs.back().first + 1;
  }
  std::reverse(runs.begin(), runs.end());
  return InFoldOrder(runs);
}

absl::Status EventReader::EachOfStream(const StreamId& stream, uint64_t first, uint64_t last,
                                       const EventRows::Visit& visit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, StreamNumber(stream));
  if (!number) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.RunsOfStream(*number));
  for (const EventRun& run : runs) {
    if (run.last_seq() < first || run.seq > last) continue;
    AMEIDE_RETURN_IF_ERROR(rows_.Read(run, run.ArrivalOf(std::max(first, run.seq)),
                                      run.ArrivalOf(std::min(last, run.last_seq())), visit));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfStream(const StreamId& stream, uint64_t first,
                                                               uint64_t last) {
  std::vector<StoredEvent> events;
  AMEIDE_RETURN_IF_ERROR(EachOfStream(stream, first, last, [&](StoredEvent event, std::string_view) {
    events.push_back(std::move(event));
    return absl::OkStatus();
  }));
  return events;
}

absl::StatusOr<Hash256> EventReader::LinkOf(const EventId& id) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Hash256> links, LinksOf(id.stream, id.seq, id.seq));
  return links.back();
}

absl::StatusOr<std::vector<Hash256>> EventReader::LinksOf(const StreamId& stream, uint64_t first,
                                                          uint64_t last) {
  std::vector<Hash256> links;
  // From the nearest event whose whole link is kept.
  const uint64_t known = first / EventRows::kLinkEvery * EventRows::kLinkEvery;
  Hash256 link;
  if (known == 0) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> workspace, Meta("workspace"));
    link = FirstLink(workspace.value_or(""), stream);
  }
  AMEIDE_ASSIGN_OR_RETURN(SegmentSalts salts, SegmentSalts::Of(*database_, stream));
  uint64_t seq = known == 0 ? 0 : known - 1;
  const auto visit = [&](const StoredEvent& event, std::string_view part) -> absl::Status {
    const uint64_t at = event.change_set.id.seq;
    if (at != ++seq) return absl::NotFoundError(absl::StrCat("no event ", FormatId(EventId{stream, seq})));
    if (at % EventRows::kLinkEvery == 0) {
      AMEIDE_ASSIGN_OR_RETURN(link, Hash256::FromBytes(part));
    } else {
      AMEIDE_ASSIGN_OR_RETURN(const Hash256 payload, salts.PayloadOf(event));
      link = NextLink(link, payload);
    }
    if (at >= first) links.push_back(link);
    return absl::OkStatus();
  };
  AMEIDE_RETURN_IF_ERROR(EachOfStream(stream, seq + 1, last, visit));
  if (seq != last) return absl::NotFoundError(absl::StrCat("no event ", FormatId(EventId{stream, seq + 1})));
  return links;
}

absl::StatusOr<EventReader::Prefix> EventReader::PrefixOf(const ArtifactId& artifact,
                                                          const HybridTime& time) {
  Prefix prefix;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return prefix;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.RunsOfArtifact(*number));
  for (const EventRun& run : runs) {
    AMEIDE_ASSIGN_OR_RETURN(const int64_t after, rows_.FirstAfter(run, time));
    if (after == run.first) continue;
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    uint64_t& head = prefix.last.heads[*stream];
    head = std::max(head, run.SeqAt(after - 1));
    prefix.events += static_cast<uint64_t>(after - run.first);
  }
  return prefix;
}

absl::StatusOr<bool> EventReader::SawAllOf(const Cut& heads, const ArtifactId& artifact,
                                           const HybridTime& time, const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return true;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsIn(*number, cut));
  for (const EventRun& run : runs) {
    AMEIDE_ASSIGN_OR_RETURN(const int64_t first, rows_.FirstAfter(run, time));
    if (first > run.last) continue;
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    const EventId event{*stream, run.SeqAt(first)};
    for (const auto& [other, seq] : heads.heads) {
      if (other == event.stream) continue;
      AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, Causality());
      if (!causality->Saw(event, {other, seq})) return false;
    }
  }
  return true;
}

absl::StatusOr<const merge::Causality*> EventReader::Causality() {
  AMEIDE_ASSIGN_OR_RETURN(Statement newest,
                          database_->Prepare("SELECT COALESCE(MAX(event), 0) FROM event_parents"));
  AMEIDE_RETURN_IF_ERROR(newest.Step().status());
  if (causality_ && causality_arrival_ == newest.Int(0)) return &*causality_;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRows::Parents> all, AllParents());
  causality_.emplace();
  for (const EventRows::Parents& each : all) causality_->Add(each.event, each.parents);
  causality_arrival_ = newest.Int(0);
  return &*causality_;
}

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
                         " WHERE c.id LIKE ? ESCAPE '\\'"));
  const std::string pattern = BeginsWith(absl::AsciiStrToLower(std::string(commit)));
  query.BindText(1, pattern);
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

absl::StatusOr<StreamId> EventReader::FindStream(std::string_view beginning) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(
          "SELECT name FROM streams WHERE name LIKE ? ESCAPE '\\' ORDER BY length(name) LIMIT 2"));
  const std::string pattern = BeginsWith(beginning);
  query.BindText(1, pattern);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found)
    return absl::NotFoundError(absl::StrCat("no stream begins with `", std::string(beginning), "`"));
  StreamId stream{std::string(query.Text(0))};
  if (stream.name == beginning) return stream;
  AMEIDE_ASSIGN_OR_RETURN(const bool second, query.Step());
  if (second) {
    return absl::InvalidArgumentError(
        absl::StrCat("`", std::string(beginning), "` begins more than one stream; give more digits"));
  }
  return stream;
}

absl::StatusOr<std::optional<std::string>> EventReader::Meta(std::string_view key) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT value FROM meta WHERE key = ?"));
  query.BindText(1, key);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<std::string>(query.Text(0)) : std::nullopt;
}

absl::StatusOr<Artifact> EventReader::ArtifactRow(const Statement& row) {
  Artifact artifact;
  artifact.id.name = row.Text(0);
  artifact.path = row.Text(1);
  artifact.format = row.Text(2);
  artifact.kind = static_cast<document::TreeKind>(row.Int(3));
  AMEIDE_ASSIGN_OR_RETURN(artifact.head, IdOf(row.Int(4)));
  artifact.events = static_cast<uint64_t>(row.Int(5));
  artifact.changed = FromMicros(row.Int(6));
  artifact.changed_by = Author{std::string(row.Text(7)), std::string(row.Text(8))};
  artifact.retired = row.Int(9) != 0;
  artifact.read_only_because = row.Text(10);
  artifact.pending_write = row.Int(11) != 0;
  return artifact;
}

absl::StatusOr<Artifact> EventReader::GetArtifact(const ArtifactId& artifact) {
  if (!get_artifact_) {
    AMEIDE_ASSIGN_OR_RETURN(get_artifact_,
                            database_->Prepare(absl::StrCat(kArtifactColumns, "WHERE n.name = ?")));
  }
  get_artifact_->BindText(1, artifact.name);
  absl::StatusOr<bool> found = get_artifact_->Step();
  absl::StatusOr<Artifact> result = absl::NotFoundError(absl::StrCat("no artifact ", artifact.name));
  if (!found.ok()) {
    result = found.status();
  } else if (*found) {
    result = ArtifactRow(*get_artifact_);
  }
  get_artifact_->Reset();
  return result;
}

absl::StatusOr<std::vector<Artifact>> EventReader::Artifacts(bool with_retired) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(absl::StrCat(
                                               kArtifactColumns, with_retired ? "" : "WHERE a.retired = 0",
                                               " ORDER BY a.path, n.name")));
  std::vector<Artifact> artifacts;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return artifacts;
    AMEIDE_ASSIGN_OR_RETURN(Artifact artifact, ArtifactRow(query));
    artifacts.push_back(std::move(artifact));
  }
}

absl::Status EventReader::DescribeAt(const Cut& cut, Artifact& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact.id));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsIn(*number, &cut));
  // Along a stream time grows: its newest event is the last of its last run.
  std::map<int64_t, EventRun> newest;
  for (const EventRun& run : runs) {
    artifact.events += static_cast<uint64_t>(run.last - run.first + 1);
    const auto [known, fresh] = newest.try_emplace(run.stream, run);
    if (!fresh && run.seq > known->second.seq) known->second = run;
  }
  std::optional<ChangeSet> head;
  for (const auto& [stream, run] : newest) {
    AMEIDE_ASSIGN_OR_RETURN(std::optional<StoredEvent> event, FindArrival(run.last));
    if (event && (!head || FoldsBefore(*head, event->change_set))) head = std::move(event->change_set);
  }
  if (!head) return absl::OkStatus();
  artifact.head = head->id;
  artifact.changed = head->wall_time;
  artifact.changed_by = head->author;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Artifact>> EventReader::ArtifactsAt(const Cut& cut) {
  std::vector<StoredEvent> events;
  for (const EventKind kind :
       {EventKind::kArtifactCreated, EventKind::kArtifactRenamed, EventKind::kArtifactRetired}) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> more, OfKind(kind, &cut));
    events.insert(events.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  std::sort(events.begin(), events.end(), [](const StoredEvent& a, const StoredEvent& b) {
    return FoldsBefore(a.change_set, b.change_set);
  });
  std::map<ArtifactId, Artifact> known;
  for (const StoredEvent& event : events) {
    Artifact& artifact = known[event.change_set.artifact];
    if (const auto* created = std::get_if<ArtifactCreated>(&event.change_set.body)) {
      if (!artifact.id.name.empty()) continue;
      artifact.id = event.change_set.artifact;
      artifact.path = created->path;
      artifact.format = created->format;
      artifact.kind = created->import.kind;
    } else if (const auto* renamed = std::get_if<ArtifactRenamed>(&event.change_set.body)) {
      artifact.path = renamed->path;
      artifact.retired = false;
    } else if (std::holds_alternative<ArtifactRetired>(event.change_set.body)) {
      artifact.retired = true;
    }
  }
  std::vector<Artifact> artifacts;
  for (auto& [id, artifact] : known) {
    if (artifact.id.name.empty() || artifact.retired) continue;
    AMEIDE_RETURN_IF_ERROR(DescribeAt(cut, artifact));
    artifacts.push_back(std::move(artifact));
  }
  std::sort(artifacts.begin(), artifacts.end(), [](const Artifact& a, const Artifact& b) {
    return std::tie(a.path, a.id) < std::tie(b.path, b.id);
  });
  return artifacts;
}

absl::StatusOr<Artifact> EventReader::FindArtifact(std::string_view path_or_id) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, Artifacts(/*with_retired=*/true));
  const Artifact* found = nullptr;
  for (const Artifact& artifact : artifacts) {
    if (artifact.id.name == path_or_id) return artifact;
    if (artifact.path == path_or_id && (found == nullptr || !artifact.retired)) found = &artifact;
  }
  if (found != nullptr) return *found;
  constexpr size_t kShortest = 6;
  if (path_or_id.size() >= kShortest) {
    for (const Artifact& artifact : artifacts) {
      if (!artifact.id.name.starts_with(path_or_id)) continue;
      if (found != nullptr) {
        return absl::InvalidArgumentError(absl::StrCat(
            "`", std::string(path_or_id), "` begins the ids of more than one artifact; give more digits"));
      }
      found = &artifact;
    }
  }
  if (found != nullptr) return *found;
  return absl::NotFoundError(
      absl::StrCat("no artifact `", std::string(path_or_id),
                   "`; `ameide status --artifacts` lists them, `ameide import` adds one"));
}

absl::StatusOr<std::vector<ChangeSetSummary>> EventReader::Log(const LogQuery& query) {
  return Log(query, {});
}

absl::StatusOr<std::vector<ChangeSetSummary>> EventReader::Log(const LogQuery& query,
                                                               const LogSelection& selection) {
  std::optional<int64_t> artifact;
  if (query.artifact) {
    AMEIDE_ASSIGN_OR_RETURN(artifact, ArtifactNumber(*query.artifact));
    if (!artifact) return std::vector<ChangeSetSummary>();
  }
  std::optional<StoredEvent> after;
  if (query.after) {
    AMEIDE_ASSIGN_OR_RETURN(after, Find(*query.after));
    if (!after) return absl::NotFoundError(absl::StrCat("no event ", FormatId(*query.after)));
  }
  Limits limits;
  if (query.cut) {
    AMEIDE_ASSIGN_OR_RETURN(limits, LimitsFor(*query.cut));
  } else {
    AMEIDE_ASSIGN_OR_RETURN(limits, PresentLimits());
  }
  return LogListing(database_, &rows_).List(query, limits, artifact, after, selection);
}

}  // namespace ameide::uaf
