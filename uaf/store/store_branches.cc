// What of the log is "now": branches, and what is held. The rest of the store is in store.cc.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/store/lifecycle_commands.h"
#include "uaf/store/redaction.h"
#include "uaf/store/store.h"

namespace ameide::uaf {
namespace {

absl::Status NoBranch(const EventGraph& graph, const Cut& everything, std::string_view name) {
  std::string known;
  for (const Branch& branch : graph.Branches(everything, kMainBranch)) {
    if (!branch.closed) absl::StrAppend(&known, known.empty() ? "" : ", ", branch.name);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no branch `", std::string(name), "` here; there are: ", known));
}

/// Under which the store notes that a stream's name is somebody else's: whoever wrote it here does not go on.
std::string LeftKey(const StreamId& stream) { return absl::StrCat("left ", stream.name); }

}  // namespace

StreamTokenFile Store::TokenFile(const std::string& branch) const {
  return StreamTokenFile(options_.profile, options_.files, workspace_, layout_.dot_uaf, layout_.store,
                         branch);
}

absl::StatusOr<StreamId> Store::ChooseStream(const std::string& branch) {
  const StreamTokenFile file = TokenFile(branch);
  const absl::StatusOr<StreamToken> token = file.Read();
  if (token.ok()) {
    EventReader reader(database_.get());
    AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader.Everything());
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> left, reader.Meta(LeftKey(token->stream)));
    if (!left && cut.HeadOf(token->stream) >= token->seq) return token->stream;
  } else if (!absl::IsNotFound(token.status())) {
    return token.status();
  }
  const StreamId stream = NewStream(*options_.random);
  AMEIDE_RETURN_IF_ERROR(file.Write({stream, 0}));
  return stream;
}

std::optional<StreamId> Store::StreamOn(const std::string& branch) const {
  const absl::StatusOr<StreamToken> token = TokenFile(branch).Read();
  return token.ok() ? std::optional<StreamId>(token->stream) : std::nullopt;
}

absl::Status Store::WriteStreamToken() {
  const EventId next = log_->NextId();
  return TokenFile(log_->branch()).Write({log_->own(), log_->MustStart() ? 0 : next.seq - 1});
}

absl::Status Store::StartOwnStream() {
  // Somebody else's branch, or one that was started here before the folder was copied: as it is called there.
  const BranchStarted* known = log_->graph().Started(log_->branch());
  BranchStarted started = known != nullptr ? *known : BranchStarted{log_->branch(), BranchKind::kBranch, {}};
  return AppendEvent(ArtifactId{}, absl::StrCat("Work on ", log_->branch()), std::move(started), {}, {})
      .status();
}

absl::Status Store::SetBranch(const StreamId& stream, const std::string& branch) {
  AMEIDE_ASSIGN_OR_RETURN(Statement set,
                          database_->Prepare("INSERT INTO meta(key, value) VALUES('branch', ?)"
                                             " ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  set.BindText(1, branch);
  AMEIDE_RETURN_IF_ERROR(set.Run());
  return log_->SwitchStream(stream, branch);
}

absl::Status Store::MoveArtifacts(const std::set<int64_t>& moved) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t old, log_->reader().View());
  const int64_t view = old + 1;
  AMEIDE_ASSIGN_OR_RETURN(Statement set,
                          database_->Prepare("INSERT INTO meta(key, value) VALUES('view', ?)"
                                             " ON CONFLICT(key) DO UPDATE SET value = excluded.value"));
  const std::string number = absl::StrCat(view);
  set.BindText(1, number);
  AMEIDE_RETURN_IF_ERROR(set.Run());
  // Files of artifacts that did not move stand for the new view as they did for the old one; the others stay
  // behind with the old one, which says what they hold.
  AMEIDE_ASSIGN_OR_RETURN(
      Statement keep,
      database_->Prepare("UPDATE working_files SET"
                         " view = CASE view WHEN ?2 THEN ?1 ELSE view END,"
                         " writing_view = CASE writing_view WHEN ?2 THEN ?1 ELSE writing_view END"
                         " WHERE artifact = ?3"));
  std::vector<int64_t> files;
  {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_->Prepare("SELECT artifact FROM working_files WHERE view = ?1 OR writing_view = ?1"));
    query.Bind(1, old);
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      if (!moved.contains(query.Int(0))) files.push_back(query.Int(0));
    }
  }
  for (const int64_t artifact : files) {
    keep.Bind(1, view).Bind(2, old).Bind(3, artifact);
    AMEIDE_RETURN_IF_ERROR(keep.Run());
  }
  AMEIDE_ASSIGN_OR_RETURN(Statement forget,
                          database_->Prepare("UPDATE indexed_artifacts SET head = 0 WHERE artifact = ?"));
  std::vector<ArtifactId> artifacts;
  for (const int64_t artifact : moved) {
    forget.Bind(1, artifact);
    AMEIDE_RETURN_IF_ERROR(forget.Run());
    AMEIDE_ASSIGN_OR_RETURN(ArtifactId id, log_->reader().ArtifactOf(artifact));
    live_.erase(id);
    if (!id.name.empty()) artifacts.push_back(std::move(id));
  }
  moved_.insert(moved_.end(), artifacts.begin(), artifacts.end());
  // The view's own rows come first: what is built anew reads them.
  return projection_->RebuildArtifacts(artifacts);
}

absl::Status Store::MoveView(const Cut& before, const Cut& all_before, const Cut& next) {
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  EventReader::Limits limits;
  std::set<int64_t> moved;
  for (const auto& [stream, last] : everything.heads) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.StreamNumber(stream));
    const uint64_t was = before.HeadOf(stream);
    const uint64_t is = next.HeadOf(stream);
    if (is < last) limits[*number] = is;
    // What came in just now is news; what was here already and changes sides moves its artifacts.
    const uint64_t low = std::min(was, is);
    const uint64_t high = std::min(std::max(was, is), all_before.HeadOf(stream));
    if (low >= high) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<int64_t> artifacts, reader.ArtifactsIn(*number, low + 1, high));
    moved.insert(artifacts.begin(), artifacts.end());
  }
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits present, reader.PresentLimits());
  if (limits == present && moved.empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const int64_t old, reader.View());
  const int64_t view = moved.empty() ? old : old + 1;
  AMEIDE_ASSIGN_OR_RETURN(Statement stale,
                          database_->Prepare("DELETE FROM views WHERE id = ?1 OR (id <> ?2 AND id NOT IN"
                                             " (SELECT view FROM working_files UNION SELECT writing_view"
                                             " FROM working_files))"));
  stale.Bind(1, view).Bind(2, old);
  AMEIDE_RETURN_IF_ERROR(stale.Run());
  AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                          database_->Prepare("INSERT INTO views(id, stream, last) VALUES(?, ?, ?)"));
  for (const auto& [stream, last] : limits) {
    insert.Bind(1, view).Bind(2, stream).Bind(3, static_cast<int64_t>(last));
    AMEIDE_RETURN_IF_ERROR(insert.Run());
  }
  log_->NoteView();
  return moved.empty() ? absl::OkStatus() : MoveArtifacts(moved);
}

absl::Status Store::RenameTail(const Tail& tail) {
  const auto rename = [&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(projection_->Flush());
    AMEIDE_RETURN_IF_ERROR(log_->RenameTail(tail, NewStream(*options_.random)));
    AMEIDE_ASSIGN_OR_RETURN(Statement note,
                            database_->Prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"));
    const std::string key = LeftKey(tail.base);
    note.BindText(1, key).BindText(2, tail.stream.name);
    AMEIDE_RETURN_IF_ERROR(note.Run());
    live_.clear();
    lifecycle_.Forget();
    projection_->Forget();
    return projection_->Rebuild();
  };
  absl::Status status = rename();
  if (!status.ok()) broken_ = true;
  return status;
}

absl::StatusOr<size_t> Store::TakeSegment(const Segment& segment,
                                          const std::optional<std::string>& came_with) {
  size_t redacted = 0;
  EventReader& reader = log_->reader();
  const auto take = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(const Cut all_before, reader.Everything());
    AMEIDE_ASSIGN_OR_RETURN(const Cut before, reader.Current());
    const bool was_trivial = log_->graph().trivial();
    AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> taken, log_->Take(segment, options_.clock->Now()));
    if (came_with && !taken.empty())
      AMEIDE_RETURN_IF_ERROR(log_->StopBefore(taken.front().change_set.id, *came_with));
    AMEIDE_RETURN_IF_ERROR(log_->ReleaseHeld(options_.clock->Now()).status());
    const bool trivial = was_trivial && log_->graph().trivial();
    const size_t moved = moved_.size();
    Cut now;
    if (!trivial) {
      AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
      now = log_->graph().HeadOf(log_->branch(), everything);
      AMEIDE_RETURN_IF_ERROR(MoveView(before, all_before, now));
    }
    std::vector<ArtifactId> held;
    for (StoredEvent& event : taken) {
      event.elsewhere = !trivial && !now.Covers(event.change_set.id);
      const ArtifactId& artifact = event.change_set.artifact;
      AMEIDE_RETURN_IF_ERROR(NoteLifecycleEvent(*database_, event));
      if (const auto* body = std::get_if<Redacted>(&event.change_set.body)) {
        AMEIDE_ASSIGN_OR_RETURN(const bool counts, LifecycleCommands(this).Counts(event.change_set, *body));
        const absl::Status status =
            counts ? RedactInStore(*this, body->event).status() : absl::CancelledError("not allowed");
        if (broken_) return status;
        // One that names nothing that could be taken out, or that the policy forbids, has no effect.
        redacted += status.ok() ? 1 : 0;
      }
      if (!event.elsewhere) {
        // Those that moved were built anew, with this event.
        const bool built = std::find(moved_.begin() + static_cast<std::ptrdiff_t>(moved), moved_.end(),
                                     artifact) != moved_.end();
        if (!built) AMEIDE_RETURN_IF_ERROR(projection_->Apply(event));
        live_.erase(artifact);
      } else if (log_->graph().IsHeld(event.change_set.id) && !artifact.name.empty()) {
        held.push_back(artifact);
      }
      uncommitted_.push_back(std::move(event));
    }
    // They cannot be changed until what is held is believed.
    return projection_->RebuildArtifacts(held);
  };
  if (absl::Status status = take(); !status.ok()) {
    broken_ = true;
    return status;
  }
  return redacted;
}

absl::StatusOr<Receipt> Store::RecordOfWorkspace(std::string_view label, EventBody body) {
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event, RecordBody(ArtifactId{}, label, std::move(body)));
  return Receipt{event->change_set.id, event->change_set.wall_time, false};
}

absl::StatusOr<Receipt> Store::StartBranch(const NewBranch& branch) {
  AMEIDE_RETURN_IF_ERROR(CheckBranchName(branch.name));
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut all_before, reader.Everything());
  AMEIDE_ASSIGN_OR_RETURN(const Cut before, reader.Current());
  for (const Branch& known : log_->graph().Branches(all_before, log_->branch())) {
    if (known.name == branch.name && !known.closed) {
      return absl::AlreadyExistsError(absl::StrCat("there is a branch `", branch.name,
                                                   "` already; switch to it, or choose another name"));
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> tags,
                          reader.OfKind(EventKind::kRevisionTagged, &all_before));
  for (const StoredEvent& tag : tags) {
    const auto* body = std::get_if<RevisionTagged>(&tag.change_set.body);
    if (body == nullptr || body->name != branch.name) continue;
    return absl::AlreadyExistsError(
        absl::StrCat("there is a revision `", branch.name, "`; choose another name for the branch"));
  }
  const StreamId own = log_->own();
  const std::string here = log_->branch();
  const StreamId stream = NewStream(*options_.random);
  const auto start = [&]() -> absl::StatusOr<Receipt> {
    AMEIDE_RETURN_IF_ERROR(SetBranch(stream, branch.name));
    log_->StartFrom(branch.from.value_or(before));
    AMEIDE_ASSIGN_OR_RETURN(Receipt receipt,
                            RecordOfWorkspace(absl::StrCat("Start ", branch.name),
                                              BranchStarted{branch.name, branch.kind, branch.title}));
    AMEIDE_RETURN_IF_ERROR(SetBranch(own, here));
    AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
    AMEIDE_RETURN_IF_ERROR(MoveView(before, all_before, log_->graph().HeadOf(here, everything)));
    AMEIDE_RETURN_IF_ERROR(TokenFile(branch.name).Write({stream, 0}));
    return receipt;
  };
  absl::StatusOr<Receipt> receipt = start();
  if (!receipt.ok()) broken_ = true;  // half a change of streams is undone by reading everything anew
  return receipt;
}

absl::Status Store::SwitchTo(const std::string& branch) {
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  if (!log_->graph().HasBranch(branch)) return NoBranch(log_->graph(), everything, branch);
  const auto move = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(const Cut before, reader.Current());
    AMEIDE_ASSIGN_OR_RETURN(const StreamId stream, ChooseStream(branch));
    AMEIDE_RETURN_IF_ERROR(SetBranch(stream, branch));
    live_.clear();  // their undo histories are of another stream
    // A commit of that branch may hold less than one of this.
    AMEIDE_RETURN_IF_ERROR(database_->Execute("DELETE FROM committed_files"));
    AMEIDE_RETURN_IF_ERROR(MoveView(before, everything, log_->graph().HeadOf(branch, everything)));
    // What is held keeps artifacts from being changed on its own branch only, also those that did not move.
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> held, HeldArtifacts(everything));
    return projection_->RebuildArtifacts(held);
  };
  absl::Status status = move();
  if (!status.ok()) broken_ = true;
  return status;
}

absl::StatusOr<Receipt> Store::MergeBranch(const std::string& name) {
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  if (!log_->graph().HasBranch(name)) return NoBranch(log_->graph(), everything, name);
  AMEIDE_ASSIGN_OR_RETURN(const Cut before, reader.Current());
  Cut next = before;
  for (const auto& [stream, last] : log_->graph().HeadOf(name, everything).heads) {
    next.heads[stream] = std::max(next.HeadOf(stream), last);
  }
  if (next == before) {
    return absl::FailedPreconditionError(
        absl::StrCat(log_->branch(), " has everything of ", name, " already; there is nothing to merge"));
  }
  const auto merge = [&]() -> absl::StatusOr<Receipt> {
    if (log_->MustStart()) {
      AMEIDE_RETURN_IF_ERROR(StartOwnStream());
      next.heads[log_->own()] = 1;
    }
    AMEIDE_RETURN_IF_ERROR(MoveView(before, everything, next));
    return RecordOfWorkspace(absl::StrCat("Merge ", name, " into ", log_->branch()), BranchMerged{name});
  };
  absl::StatusOr<Receipt> receipt = merge();
  if (!receipt.ok()) broken_ = true;
  return receipt;
}

absl::Status Store::Follow(const Cut& cut) { return Follow(log_->branch(), cut); }

absl::Status Store::Follow(const std::string& branch, const Cut& cut) {
  const auto follow = [&]() -> absl::Status {
    EventReader& reader = log_->reader();
    AMEIDE_ASSIGN_OR_RETURN(const Cut before, reader.Current());
    const bool was_trivial = log_->graph().trivial();
    AMEIDE_RETURN_IF_ERROR(log_->Follow(branch, cut));
    if (was_trivial && log_->graph().trivial()) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
    return MoveView(before, everything, log_->graph().HeadOf(log_->branch(), everything));
  };
  absl::Status status = follow();
  if (!status.ok()) broken_ = true;
  return status;
}

absl::Status Store::NoteFollowed(const std::string& commit, const Cut& cut) {
  const auto note = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                            database_->Prepare("INSERT OR IGNORE INTO commits(id, stream, last)"
                                               " SELECT ?, id, ? FROM streams WHERE name = ?"));
    for (const auto& [stream, last] : cut.heads) {
      insert.BindText(1, commit).Bind(2, static_cast<int64_t>(last)).BindText(3, stream.name);
      AMEIDE_RETURN_IF_ERROR(insert.Run());
    }
    AMEIDE_ASSIGN_OR_RETURN(Statement followed,
                            database_->Prepare("INSERT OR IGNORE INTO followed_commits(id) VALUES(?)"));
    followed.BindText(1, commit);
    return followed.Run();
  };
  if (absl::Status status = note(); !status.ok()) {
    broken_ = true;
    return status;
  }
  return Follow(cut);
}

absl::StatusOr<Receipt> Store::CloseBranch(const std::string& name, const std::string& reason) {
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, log_->reader().Everything());
  if (name == kMainBranch) return absl::InvalidArgumentError("main cannot be closed");
  for (const Branch& branch : log_->graph().Branches(everything, log_->branch())) {
    if (branch.name != name) continue;
    if (branch.closed) return absl::FailedPreconditionError(absl::StrCat(name, " is closed already"));
    return RecordOfWorkspace(absl::StrCat("Close ", name), BranchClosed{name, reason});
  }
  return NoBranch(log_->graph(), everything, name);
}

absl::StatusOr<Receipt> Store::LiftQuarantine(const EventId& event) {
  const auto hold = log_->graph().holds().find(event.stream);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> found, log_->reader().Find(event));
  if (!found || hold == log_->graph().holds().end() || event.seq < hold->second) {
    return absl::NotFoundError(absl::StrCat("event ", FormatId(event),
                                            " is not held; `ameide quarantine` "
                                            "lists those that are"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 link, log_->reader().LinkOf(event));
  AMEIDE_ASSIGN_OR_RETURN(Receipt receipt, RecordOfWorkspace(absl::StrCat("Believe ", FormatId(event)),
                                                             QuarantineLifted{{event, link}}));
  AMEIDE_RETURN_IF_ERROR(Noted(ReleaseDue().status()));
  return receipt;
}

absl::StatusOr<std::vector<ArtifactId>> Store::HeldArtifacts(const Cut& everything) {
  EventReader& reader = log_->reader();
  std::vector<ArtifactId> held;
  for (const auto& [stream, first] : log_->graph().holds()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.StreamNumber(stream));
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<int64_t> artifacts,
                            reader.ArtifactsIn(*number, first, everything.HeadOf(stream)));
    for (const int64_t artifact : artifacts) {
      AMEIDE_ASSIGN_OR_RETURN(ArtifactId id, reader.ArtifactOf(artifact));
      if (!id.name.empty()) held.push_back(std::move(id));
    }
  }
  return held;
}

absl::StatusOr<bool> Store::ReleaseDue() {
  if (log_->graph().trivial()) return false;
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
  AMEIDE_ASSIGN_OR_RETURN(const Cut before, reader.Current());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<ArtifactId> freed, HeldArtifacts(everything));
  AMEIDE_ASSIGN_OR_RETURN(const bool released, log_->ReleaseHeld(options_.clock->Now()));
  const Cut next = log_->graph().HeadOf(log_->branch(), everything);
  AMEIDE_RETURN_IF_ERROR(MoveView(before, everything, next));
  // Also where nothing moved, an artifact may no longer wait for anything.
  if (released) AMEIDE_RETURN_IF_ERROR(projection_->RebuildArtifacts(freed));
  return released || next != before;
}

}  // namespace ameide::uaf
