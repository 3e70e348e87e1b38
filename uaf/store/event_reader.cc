#include "uaf/store/event_reader.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/store/like_pattern.h"
#include "uaf/store/log_listing.h"
#include "uaf/store/segment_salts.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {

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

absl::StatusOr<std::vector<EventRun>> EventReader::RunsOf(const ArtifactId& artifact, const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<EventRun>();
  return RunsIn(*number, cut);
}

absl::StatusOr<std::vector<EventRun>> EventReader::RunsAsOf(const ArtifactId& artifact, const Limits& limits,
                                                            int64_t last_arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return std::vector<EventRun>();
  return RunsWithin(*number, limits, last_arrival);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifact(const ArtifactId& artifact, const Cut* cut) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsOf(artifact, cut));
  return InFoldOrder(runs);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfArtifactAsOf(const ArtifactId& artifact,
                                                                     const Limits& limits,
                                                                     int64_t last_arrival) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, RunsAsOf(artifact, limits, last_arrival));
  return InFoldOrder(runs);
}

absl::StatusOr<std::vector<int64_t>> EventReader::FirstsAfter(const std::vector<EventRun>& runs,
                                                              const HybridTime& time) {
  std::vector<int64_t> firsts(runs.size());
  std::map<int64_t, uint64_t> next;  // of each stream when its next run begins, in microseconds
  for (size_t i = runs.size(); i-- > 0;) {
    const EventRun& run = runs[i];
    const auto later = next.find(run.stream);
    // A run that was divided counts from where the whole began: the next one's time then says nothing.
    if (later != next.end() && later->second < time.micros && later->second != run.micros) {
      firsts[i] = run.last + 1;
    } else {
      AMEIDE_ASSIGN_OR_RETURN(firsts[i], rows_.FirstAfter(run, time));
    }
    next[run.stream] = run.micros;
  }
  return firsts;
}

absl::StatusOr<std::vector<EventRun>> EventReader::After(const std::vector<EventRun>& runs,
                                                         const HybridTime& time) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<int64_t> firsts, FirstsAfter(runs, time));
  std::vector<EventRun> later;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (firsts[i] <= runs[i].last) later.push_back(runs[i].From(firsts[i]));
  }
  return later;
}

absl::Status EventReader::EachContent(const std::vector<EventRun>& runs,
                                      const EventRows::VisitContent& visit) {
  for (const EventRun& run : runs) AMEIDE_RETURN_IF_ERROR(rows_.ReadContent(run, visit));
  return absl::OkStatus();
}

absl::StatusOr<EventReader::Newest> EventReader::NewestOf(const std::vector<EventRun>& runs) {
  std::map<int64_t, const EventRun*> last;
  for (const EventRun& run : runs) last[run.stream] = &run;  // along a stream time grows
  Newest newest;
  for (const auto& [number, run] : last) {
    AMEIDE_ASSIGN_OR_RETURN(const EventTimes times, rows_.TimesAt(*run, run->last));
    AMEIDE_ASSIGN_OR_RETURN(const EventId id, IdOf(KeyOf(number, run->last_seq())));
    if (std::tie(newest.time, newest.id) <= std::tie(times.time, id)) newest = {id, times.time};
  }
  return newest;
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
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, RunsOf(artifact, cut));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, After(all, time));
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

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfStreamAndArtifact(const StreamId& stream,
                                                                          const ArtifactId& artifact,
                                                                          uint64_t first, uint64_t last) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> stream_number, StreamNumber(stream));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!stream_number || !number) return std::vector<StoredEvent>();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> all, rows_.RunsOfStream(*stream_number));
  std::vector<EventRun> runs;
  for (EventRun run : all) {
    if (run.artifact != *number || run.last_seq() < first || run.seq > last) continue;
    if (run.last_seq() > last) run.last = run.ArrivalOf(last);
    runs.push_back(run.seq < first ? run.From(run.ArrivalOf(first)) : run);
  }
  return InFoldOrder(runs);
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
  uint64_t seq = known == 0 ? 0 : known - 1;
  Hash256 link;
  if (IsTail(stream)) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
    for (const Tail& tail : tails) {
      if (tail.stream != stream || seq > tail.after) continue;
      if (first <= tail.after)
        return absl::NotFoundError(absl::StrCat("no event ", FormatId(EventId{stream, first})));
      seq = tail.after;
      link = tail.before;
    }
  }
  if (seq == 0) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> workspace, Meta("workspace"));
    link = FirstLink(workspace.value_or(""), WrittenAs(stream));
  }
  AMEIDE_ASSIGN_OR_RETURN(SegmentSalts salts, SegmentSalts::Of(*database_, stream));
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

absl::StatusOr<EventId> EventReader::Resolve(const EventReference& reference) {
  const absl::StatusOr<Hash256> known = LinkOf(reference.id);
  if (known.ok() && *known == reference.hash) return reference.id;
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  std::vector<StreamId> streams = {WrittenAs(reference.id.stream)};
  for (const Tail& tail : tails) {
    if (WrittenAs(tail.stream) == streams.front()) streams.push_back(tail.stream);
  }
  for (StreamId& stream : streams) {
    EventId id{std::move(stream), reference.id.seq};
    const absl::StatusOr<Hash256> link = LinkOf(id);
    if (link.ok() && *link == reference.hash) return id;
    if (!link.ok() && !absl::IsNotFound(link.status())) return link.status();
  }
  return absl::NotFoundError(absl::StrCat("event ", FormatId(reference.id), " has not come yet"));
}

absl::StatusOr<EventId> EventReader::Along(StreamId stream, uint64_t seq) {
  std::vector<Tail> tails;
  if (IsTail(stream)) {
    AMEIDE_ASSIGN_OR_RETURN(tails, TailsOf(*database_));
  }
  return uaf::Along(tails, std::move(stream), seq);
}

absl::StatusOr<std::vector<StoredEvent>> EventReader::OfChain(const StreamId& stream, uint64_t first,
                                                              uint64_t last) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  std::vector<StoredEvent> events;
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, Everything());
  last = std::min(last, everything.HeadOf(stream));
  // From its end back to where it begins.
  while (first <= last) {
    const EventId end = uaf::Along(tails, stream, last);
    const auto tail =
        std::find_if(tails.begin(), tails.end(), [&](const Tail& each) { return each.stream == end.stream; });
    const uint64_t begin = tail == tails.end() ? first : std::max(first, tail->after + 1);
    AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> part, OfStream(end.stream, begin, last));
    events.insert(events.begin(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    last = begin - 1;
  }
  return events;
}

absl::StatusOr<EventReader::ChainPlace> EventReader::PlaceOf(const Segment& segment) {
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, Everything());
  ChainPlace place{segment.stream, segment.first - 1, std::nullopt};
  if (segment.first > 1) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId before,
                            Resolve({{segment.stream, segment.first - 1}, segment.previous}));
    place.stream = before.stream;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  const std::vector<Hash256> links = uaf::LinksOf(segment);
  while (true) {
    const uint64_t last = std::min(everything.HeadOf(place.stream), segment.last());
    std::vector<Hash256> here;
    const uint64_t next = place.known + 1;
    if (next <= last) {
      AMEIDE_ASSIGN_OR_RETURN(here, LinksOf(place.stream, next, last));
    }
    size_t same = 0;
    while (same < here.size() && here[same] == links[place.known + 1 - segment.first]) {
      ++same;
      ++place.known;
    }
    if (same == here.size()) return place;
    const auto tail = std::find_if(tails.begin(), tails.end(), [&](const Tail& each) {
      return each.base == place.stream && each.after == place.known &&
             each.first == links[place.known + 1 - segment.first];
    });
    if (tail == tails.end()) {
      place.other = here[same];
      return place;
    }
    place.stream = tail->stream;
  }
}

absl::StatusOr<EventReader::Prefix> EventReader::PrefixOf(const ArtifactId& artifact,
                                                          const HybridTime& time) {
  Prefix prefix;
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, ArtifactNumber(artifact));
  if (!number) return prefix;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs, rows_.RunsOfArtifact(*number));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<int64_t> firsts, FirstsAfter(runs, time));
  for (size_t i = 0; i < runs.size(); ++i) {
    const EventRun& run = runs[i];
    if (firsts[i] == run.first) continue;
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    uint64_t& head = prefix.last.heads[*stream];
    head = std::max(head, run.SeqAt(firsts[i] - 1));
    prefix.events += static_cast<uint64_t>(firsts[i] - run.first);
  }
  return prefix;
}

absl::StatusOr<bool> EventReader::SawAllOf(const Cut& heads, const std::vector<EventRun>& runs) {
  for (const EventRun& run : runs) {
    AMEIDE_ASSIGN_OR_RETURN(const StreamId* stream, rows_.names().Stream(run.stream));
    const EventId event{*stream, run.seq};
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
                          database_->Prepare("SELECT (SELECT COALESCE(MAX(event), 0) FROM event_parents),"
                                             " (SELECT COUNT(*) FROM tails)"));
  AMEIDE_RETURN_IF_ERROR(newest.Step().status());
  const std::pair<int64_t, int64_t> state{newest.Int(0), newest.Int(1)};
  if (causality_ && causality_state_ == state) return &*causality_;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRows::Parents> all, AllParents());
  causality_.emplace();
  for (const EventRows::Parents& each : all) causality_->Add(each.event, each.parents);
  causality_state_ = state;
  return &*causality_;
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
