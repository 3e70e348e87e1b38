#include "uaf/store/event_graph.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/log/forks.h"

namespace ameide::uaf {
namespace {

/// A clock that runs further ahead than this is not believed (uaf.md, Events).
constexpr std::chrono::hours kFurthestAhead{24};

absl::Status FileEvent(Database& database, const StoredEvent& event) {
  const ChangeSet& change_set = event.change_set;
  if (!EventGraph::IsFiled(event)) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(Statement marker,
                          database.Prepare("INSERT OR IGNORE INTO markers(kind, event) VALUES(?, ?)"));
  marker.Bind(1, change_set.kind).Bind(2, event.key);
  return marker.Run();
}

}  // namespace

absl::Status CheckBranchName(std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(
        "`", std::string(name), "` cannot name a branch: ", std::string(why), "; choose another name"));
  };
  constexpr size_t kLongest = 200;
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kLongest) return refuse("it is too long");
  if (name == "HEAD" || name == "now" || name == "@") return refuse("it means something else");
  if (name.starts_with('-') || name.starts_with('/') || name.ends_with('/') || name.ends_with('.'))
    return refuse("it begins with - or / or ends in / or .");
  for (const std::string_view part : {"..", "//", "@{", "/.", ".lock/"}) {
    if (name.find(part) != std::string_view::npos) return refuse("it holds " + std::string(part));
  }
  if (name.starts_with('.') || name.ends_with(".lock")) return refuse("git keeps such names to itself");
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f) return refuse("it holds white space or a control character");
    if (std::string_view("~^:?*[\\").find(c) != std::string_view::npos)
      return refuse(std::string("it holds ") + c);
  }
  return absl::OkStatus();
}

bool EventGraph::IsFiled(const StoredEvent& event) {
  switch (static_cast<EventKind>(event.change_set.kind)) {
    case EventKind::kArtifactCreated:
    case EventKind::kArtifactRenamed:
    case EventKind::kArtifactRetired:
    case EventKind::kBranchStarted:
    case EventKind::kBranchClosed:
    case EventKind::kRevisionTagged:
    case EventKind::kQuarantineLifted:
      return true;
    default:
      return false;
  }
}

void EventGraph::Note(const ChangeSet& change_set) {
  const HybridTime& time = change_set.time;
  if (const auto* started = std::get_if<BranchStarted>(&change_set.body)) {
    // Only the beginning of a stream says where it belongs; main needs no saying.
    if (change_set.id.seq != 1 || started->name == kMainBranch) return;
    Line& line = lines_[started->name];
    if (line.streams.empty() || std::tie(time, change_set.id) < std::tie(line.first_time, line.first)) {
      line.first = change_set.id;
      line.first_time = time;
      line.started = *started;
      line.owner = change_set.author;
      line.time = change_set.wall_time;
    }
    line.streams.insert(change_set.id.stream);
    line.newest_start = std::max(line.newest_start, time);
    branch_of_[change_set.id.stream] = started->name;
  } else if (const auto* closed = std::get_if<BranchClosed>(&change_set.body)) {
    Closing& closing = closings_[closed->name];
    if (std::tie(time, change_set.id) > std::tie(closing.time, closing.event)) {
      closing = {change_set.id, time, closed->reason};
    }
  } else if (const auto* lifted = std::get_if<QuarantineLifted>(&change_set.body)) {
    lifts_.push_back({change_set.id, lifted->up_to, std::nullopt});
  }
}

absl::Status EventGraph::LoadHolds(Database& database, EventReader& reader) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database.Prepare("SELECT first FROM holds"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(const EventId first, reader.IdOf(query.Int(0)));
    holds_[first.stream] = first.seq;
  }
}

absl::Status EventGraph::LoadFollowed(Database& database) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database.Prepare("SELECT f.branch, s.name, f.last FROM followed_heads f"
                                           " JOIN streams s ON s.id = f.stream"));
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    const std::string branch(query.Text(0));
    const StreamId stream{std::string(query.Text(1))};
    const auto last = static_cast<uint64_t>(query.Int(2));
    if (!IsOf(stream, branch)) {
      followed_[branch].heads[stream] = last;
    } else if (!IsTail(stream)) {
      stops_[stream] = last;
    }
  }
}

bool EventGraph::IsOf(const StreamId& stream, std::string_view branch) const {
  return !IsDerivedName(stream) && BranchOf(stream) == branch;
}

bool EventGraph::IsNews(const std::string& branch, const StreamId& stream, uint64_t last) const {
  if (IsOf(stream, branch)) {
    const auto stop = stops_.find(stream);
    return stop != stops_.end() && stop->second < last;
  }
  const auto followed = followed_.find(branch);
  return followed == followed_.end() || followed->second.HeadOf(stream) < last;
}

bool EventGraph::HasNews(const std::string& branch, const Cut& cut) const {
  return std::any_of(cut.heads.begin(), cut.heads.end(),
                     [&](const auto& head) { return IsNews(branch, head.first, head.second); });
}

absl::Status EventGraph::Follow(Database& database, EventReader& reader, const std::string& branch,
                                const Cut& cut) {
  AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                          database.Prepare("INSERT OR REPLACE INTO followed_heads(branch, stream, last)"
                                           " VALUES(?, ?, ?)"));
  AMEIDE_ASSIGN_OR_RETURN(Statement remove,
                          database.Prepare("DELETE FROM followed_heads WHERE branch = ? AND stream = ?"));
  Cut everything;
  if (!stops_.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(everything, reader.Everything());
  }
  for (const auto& [stream, last] : cut.heads) {
    if (!IsNews(branch, stream, last)) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.StreamNumber(stream));
    if (!number) continue;
    const bool own = IsOf(stream, branch);
    if (own && everything.HeadOf(stream) <= last) {
      remove.BindText(1, branch).Bind(2, *number);
      AMEIDE_RETURN_IF_ERROR(remove.Run());
      stops_.erase(stream);
      continue;
    }
    insert.BindText(1, branch).Bind(2, *number).Bind(3, static_cast<int64_t>(last));
    AMEIDE_RETURN_IF_ERROR(insert.Run());
    (own ? stops_[stream] : followed_[branch].heads[stream]) = last;
  }
  return absl::OkStatus();
}

absl::Status EventGraph::StopBefore(Database& database, EventReader& reader, const EventId& first,
                                    const std::string& branch) {
  const StreamId& stream = first.stream;
  const std::string own = BranchOf(stream);
  if (own == branch || IsDerivedName(stream) || IsTail(stream) || stops_.contains(stream))
    return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.StreamNumber(stream));
  if (!number) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                          database.Prepare("INSERT OR REPLACE INTO followed_heads(branch, stream, last)"
                                           " VALUES(?, ?, ?)"));
  insert.BindText(1, own).Bind(2, *number).Bind(3, static_cast<int64_t>(first.seq - 1));
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  stops_[stream] = first.seq - 1;
  return absl::OkStatus();
}

absl::StatusOr<EventGraph> EventGraph::Load(Database& database, EventReader& reader) {
  EventGraph graph;
  // In the order in which they came: an event's parents were there before it.
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRows::Parents> parents, reader.AllParents());
  for (const EventRows::Parents& event : parents) {
    graph.causality_.Add(event.event, event.parents);
    graph.NoteBegin(event.event);
  }
  {
    AMEIDE_ASSIGN_OR_RETURN(Statement query,
                            database.Prepare("SELECT event FROM markers WHERE kind IN (?, ?, ?)"));
    query.Bind(1, static_cast<int64_t>(EventKind::kBranchStarted))
        .Bind(2, static_cast<int64_t>(EventKind::kBranchClosed))
        .Bind(3, static_cast<int64_t>(EventKind::kQuarantineLifted));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      AMEIDE_ASSIGN_OR_RETURN(const EventId id, reader.IdOf(query.Int(0)));
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, reader.Find(id));
      if (event) graph.Note(event->change_set);
    }
  }
  AMEIDE_RETURN_IF_ERROR(graph.LoadHolds(database, reader));
  AMEIDE_RETURN_IF_ERROR(graph.LoadFollowed(database));
  return graph;
}

absl::Status EventGraph::Add(Database& database, const StoredEvent& event) {
  AMEIDE_RETURN_IF_ERROR(FileEvent(database, event));
  causality_.Add(event.change_set.id, event.change_set.parents);
  NoteBegin(event.change_set.id);
  Note(event.change_set);
  return absl::OkStatus();
}

absl::Status EventGraph::Rebuild(Database& database, EventReader& reader) {
  return reader.ForEach([&](const StoredEvent& event) { return FileEvent(database, event); });
}

std::string EventGraph::BranchOf(const StreamId& stream) const {
  auto found = branch_of_.find(stream);
  if (found == branch_of_.end()) found = branch_of_.find(WrittenAs(stream));
  return found == branch_of_.end() ? std::string(kMainBranch) : found->second;
}

size_t EventGraph::CountBeyond(const Cut& one, const Cut& other) const {
  size_t count = 0;
  for (const auto& [stream, last] : one.heads) {
    const uint64_t common = std::max(other.HeadOf(stream), BeginOf(stream));
    if (last > common) count += last - common;
  }
  return count;
}

uint64_t EventGraph::BeginOf(const StreamId& stream) const {
  const auto found = begins_.find(stream);
  return found == begins_.end() ? 0 : found->second;
}

void EventGraph::NoteBegin(const EventId& event) {
  // A tail's first event names the one before it: it comes first.
  if (IsTail(event.stream)) begins_.try_emplace(event.stream, event.seq - 1);
}

bool EventGraph::HasBranch(std::string_view name) const {
  return name == kMainBranch || lines_.contains(name);
}

const BranchStarted* EventGraph::Started(std::string_view name) const {
  const auto line = lines_.find(name);
  return line == lines_.end() ? nullptr : &line->second.started;
}

bool EventGraph::IsHeld(const EventId& event) const {
  return std::any_of(holds_.begin(), holds_.end(), [&](const auto& hold) {
    return causality_.Saw(event, EventId{hold.first, hold.second});
  });
}

uint64_t EventGraph::LastBelieved(const StreamId& stream, uint64_t last) const {
  if (holds_.empty() || !IsHeld({stream, last})) return last;
  // What is held stays held: the first such event is found by halves.
  uint64_t believed = BeginOf(stream);
  uint64_t held = last;
  while (held - believed > 1) {
    const uint64_t middle = believed + (held - believed) / 2;
    (IsHeld({stream, middle}) ? held : believed) = middle;
  }
  return believed;
}

Cut EventGraph::HeadOf(std::string_view name, const Cut& everything) const {
  if (name == kMainBranch && trivial()) return everything;
  Cut cut = Unite(name, everything, /*stopped=*/true);
  if (cut.heads.empty() && !stops_.empty()) cut = Unite(name, everything, /*stopped=*/false);
  return cut;
}

Cut EventGraph::Unite(std::string_view name, const Cut& everything, bool stopped) const {
  Cut cut;
  for (const auto& [stream, newest] : everything.heads) {
    if (!IsOf(stream, name)) continue;
    const auto stop = stopped ? stops_.find(stream) : stops_.end();
    const uint64_t last = stop == stops_.end() ? newest : std::min(newest, stop->second);
    if (last <= BeginOf(stream)) continue;
    if (const uint64_t believed = LastBelieved(stream, last); believed > BeginOf(stream)) {
      cut.Unite(causality_.PastOf({stream, believed}));
    }
  }
  const auto followed = followed_.find(name);
  if (followed == followed_.end()) return cut;
  for (const auto& [stream, last] : followed->second.heads) {
    if (cut.HeadOf(stream) >= last) continue;
    if (const uint64_t believed = LastBelieved(stream, last); believed > BeginOf(stream)) {
      cut.Unite(causality_.PastOf({stream, believed}));
    }
  }
  return cut;
}

std::vector<Branch> EventGraph::Branches(const Cut& everything, std::string_view current) const {
  const Cut main = HeadOf(kMainBranch, everything);
  std::vector<Branch> branches(1);
  branches[0].name = kMainBranch;
  branches[0].head = main;
  branches[0].current = current == kMainBranch;
  for (const auto& [name, line] : lines_) {
    Branch branch;
    branch.name = name;
    branch.kind = line.started.kind;
    branch.title = line.started.title;
    branch.owner = line.owner;
    branch.started = line.time;
    branch.head = HeadOf(name, everything);
    branch.ahead = CountBeyond(branch.head, main);
    branch.behind = CountBeyond(main, branch.head);
    if (const auto closing = closings_.find(name); closing != closings_.end()) {
      branch.closed = closing->second.time > line.newest_start && !IsHeld(closing->second.event);
      if (branch.closed) branch.closed_because = closing->second.reason;
    }
    branch.current = current == name;
    branches.push_back(std::move(branch));
  }
  return branches;
}

absl::Status EventGraph::Hold(Database& database, EventReader& reader, const EventId& event) {
  if (const auto held = holds_.find(event.stream); held != holds_.end() && held->second <= event.seq) {
    return absl::OkStatus();
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> stream, reader.StreamNumber(event.stream));
  AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                          database.Prepare("INSERT OR REPLACE INTO holds(stream, first) VALUES(?, ?)"));
  insert.Bind(1, *stream).Bind(2, EventReader::KeyOf(*stream, event.seq));
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  holds_[event.stream] = event.seq;
  return absl::OkStatus();
}

absl::Status EventGraph::ReviewLifts(EventReader& reader) {
  for (Lift& lift : lifts_) {
    lift.micros.reset();
    if (IsHeld(lift.event)) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> meant, reader.Find(lift.up_to.id));
    if (!meant) continue;
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 link, reader.LinkOf(lift.up_to.id));
    // A fork cannot pose as what was meant.
    if (link == lift.up_to.hash) lift.micros = meant->change_set.time.micros;
  }
  return absl::OkStatus();
}

bool EventGraph::Believes(const EventId& event, const HybridTime& time, WallTime now) const {
  const auto ahead_of = [&](uint64_t micros) {
    return time.micros > micros + static_cast<uint64_t>(std::chrono::microseconds(kFurthestAhead).count());
  };
  const int64_t wall = std::max<int64_t>(now.time_since_epoch().count(), 0);
  if (!ahead_of(static_cast<uint64_t>(wall))) return true;
  return std::any_of(lifts_.begin(), lifts_.end(), [&](const Lift& lift) {
    if (!lift.micros) return false;
    if (lift.up_to.id.stream == event.stream && event.seq <= lift.up_to.id.seq) return true;
    return causality_.Saw(event, lift.up_to.id) && !ahead_of(*lift.micros);
  });
}

absl::StatusOr<bool> EventGraph::Release(Database& database, EventReader& reader, WallTime now) {
  AMEIDE_RETURN_IF_ERROR(ReviewLifts(reader));
  bool released = false;
  const std::map<StreamId, uint64_t> before = holds_;
  for (const auto& [stream, first] : before) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.StreamNumber(stream));
    uint64_t next = first;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, reader.Find({stream, next}));
      if (!event) next = 0;
      if (!event || !Believes(event->change_set.id, event->change_set.time, now)) break;
      ++next;
    }
    if (next == first) continue;
    released = true;
    if (next != 0) {
      AMEIDE_ASSIGN_OR_RETURN(Statement update,
                              database.Prepare("UPDATE holds SET first = ? WHERE stream = ?"));
      update.Bind(1, EventReader::KeyOf(*number, next)).Bind(2, *number);
      AMEIDE_RETURN_IF_ERROR(update.Run());
      holds_[stream] = next;
    } else {
      AMEIDE_ASSIGN_OR_RETURN(Statement remove, database.Prepare("DELETE FROM holds WHERE stream = ?"));
      remove.Bind(1, *number);
      AMEIDE_RETURN_IF_ERROR(remove.Run());
      holds_.erase(stream);
    }
  }
  return released;
}

}  // namespace ameide::uaf
