#include "uaf/store/commit_follower.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/store/derived_events.h"
#include "uaf/store/foreign_edit.h"
#include "uaf/store/log_files.h"
#include "uaf/store/replay.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {
namespace {

constexpr size_t kShownDigits = 10;

void Unite(Cut& cut, const Cut& other) {
  for (const auto& [stream, last] : other.heads) {
    uint64_t& head = cut.heads[stream];
    head = std::max(head, last);
  }
}

/// The heads that no other one has seen: what a derived event names as its base.
std::vector<EventId> Newest(const merge::Causality& causality, const Cut& cut) {
  std::vector<EventId> newest;
  for (const auto& [stream, last] : cut.heads) {
    const EventId head{stream, last};
    const bool seen = std::any_of(cut.heads.begin(), cut.heads.end(), [&](const auto& other) {
      return other.first != stream && causality.Saw({other.first, other.second}, head);
    });
    if (!seen) newest.push_back(head);
  }
  return newest;
}

}  // namespace

absl::StatusOr<std::vector<WorkingFileNote>> CommitFollower::Follow(const std::string& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const bool known, IsKnown(commit));
  if (known) return std::vector<WorkingFileNote>();
  AMEIDE_RETURN_IF_ERROR(store_->options().commits(
      commit,
      [this](const std::string& id) {
        const absl::StatusOr<bool> is_known = IsKnown(id);
        return is_known.ok() && *is_known;
      },
      [this](const MadeCommit& made) { return Take(made); }));
  return std::exchange(notes_, {});
}

absl::StatusOr<bool> CommitFollower::IsKnown(const std::string& commit) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          store_->database().Prepare("SELECT EXISTS(SELECT 1 FROM commits WHERE id = ?)"));
  query.BindText(1, commit);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  return query.Int(0) != 0;
}

absl::StatusOr<std::optional<Cut>> CommitFollower::CutOf(const MadeCommit& commit) {
  EventReader& reader = store_->log().reader();
  Cut heads;
  for (const std::string& parent : commit.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Cut> before, reader.OfCommit(parent));
    if (before) Unite(heads, *before);
  }
  for (const std::string& path : commit.log) {
    const auto named = ParseLogPath(path);
    if (!named) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<uint64_t> last,
                            reader.SegmentEnd(named->stream, named->last));
    if (!last) return std::optional<Cut>();
    uint64_t& head = heads.heads[named->stream];
    head = std::max(head, *last);
  }
  // With what its events were built on: derived ones have no file.
  Cut cut;
  for (const auto& [stream, last] : heads.heads)
    Unite(cut, store_->log().graph().causality().PastOf({stream, last}));
  return std::optional<Cut>(std::move(cut));
}

void CommitFollower::Tell(const MadeCommit& commit, const CommitFile& file, WorkingFileNote::What what,
                          std::string message) {
  WorkingFileNote note;
  note.what = what;
  note.path = file.path;
  note.message = absl::StrCat(file.path, " of commit ", commit.id.substr(0, kShownDigits), " by ",
                              commit.author.name, ": ", message);
  notes_.push_back(std::move(note));
}

absl::StatusOr<std::optional<ChangeSet>> CommitFollower::EventOf(const MadeCommit& commit,
                                                                 const CommitFile& file,
                                                                 const Artifact* artifact, const Cut& cut,
                                                                 const std::vector<EventId>& heads) {
  using What = WorkingFileNote::What;
  ForeignChange change;
  change.base = heads;
  change.commit = commit.id;
  change.author = commit.author;
  change.time = commit.time;
  change.bytes = *file.bytes;
  absl::StatusOr<ChangeSet> event = absl::UnknownError("nothing derived");
  if (artifact == nullptr) {
    event = DeriveNewFrom(*store_, change, file.path, commit.root);
    // What had a beginning already gets no second one: whoever has the file takes it in.
    if (event.ok()) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> begun,
                              store_->log().reader().ArtifactNumber(event->artifact));
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, store_->log().reader().Find(event->id));
      if (begun && !known) return std::optional<ChangeSet>();
    }
  } else {
    const BlobSource blobs = [this](const Hash256& hash) { return store_->blobs().Get(hash); };
    const absl::StatusOr<Replayed> there = Replay(
        {store_->database(), store_->log().reader(), blobs, *store_->options().formats}, artifact->id, &cut);
    // What a newer release recorded, or what is held, is neither absorbed nor written.
    if (absl::IsFailedPrecondition(there.status())) return std::optional<ChangeSet>();
    AMEIDE_RETURN_IF_ERROR(there.status());
    const std::string text = there->document.Render();
    if (text == *file.bytes) return std::optional<ChangeSet>();
    change.artifact = artifact->id;
    if (there->document.kind() != document::TreeKind::kOpaque && HasConflictMarkers(*file.bytes) &&
        !HasConflictMarkers(text)) {
      event = absl::InvalidArgumentError("it holds git's conflict markers");
    } else {
      event = DeriveFrom(*store_, change);
    }
  }
  if (event.ok()) return std::optional<ChangeSet>(*std::move(event));
  if (!absl::IsInvalidArgument(event.status())) return event.status();
  Tell(commit, file, What::kKeptAside,
       absl::StrCat(event.status().message(), "; the last good state stands, the commit keeps the file"));
  return std::optional<ChangeSet>();
}

absl::Status CommitFollower::Take(const MadeCommit& commit) {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Cut> cut, CutOf(commit));
  if (!cut) {  // another time, when its log has come
    if (waiting_.empty()) {
      waiting_ = absl::StrCat("commit ", commit.id.substr(0, kShownDigits),
                              " holds a part of the log that is not here; run `ameide pull`");
    }
    return absl::OkStatus();
  }
  for (const std::string& parent : commit.parents) {
    // Before there was a workspace nothing is known of commits.
    AMEIDE_ASSIGN_OR_RETURN(const bool known, IsKnown(parent));
    if (!known && cut->heads.empty()) return absl::OkStatus();
  }
  EventReader& reader = store_->log().reader();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, reader.ArtifactsAt(*cut));
  std::map<std::string_view, const Artifact*> by_path;
  for (const Artifact& artifact : artifacts) {
    if (!artifact.retired) by_path[artifact.path] = &artifact;
  }
  const Cut base = *cut;
  const std::vector<EventId> heads = Newest(store_->log().graph().causality(), base);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> unsealed,
                          store_->log().OpenSegment(store_->log().own()));
  std::vector<std::pair<const CommitFile*, ArtifactId>> came;
  for (const CommitFile& file : commit.files) {
    if (!file.bytes || !CheckArtifactPath(file.path).ok()) continue;
    const auto found = by_path.find(file.path);
    const Artifact* artifact = found == by_path.end() ? nullptr : found->second;
    std::optional<ChangeSet> event;
    if (!file.merged) {
      // What was saved here and committed by hand is recorded already.
      const absl::StatusOr<Artifact> now = reader.FindArtifact(file.path);
      const bool here = now.ok() && !now->retired && now->path == file.path;
      const absl::StatusOr<const document::Document*> live =
          here ? store_->Live(now->id) : absl::NotFoundError("no such artifact");
      const bool recorded = unsealed && live.ok() && (*live)->Render() == *file.bytes;
      const bool elsewhere = unsealed && artifact == nullptr && here;
      if (!recorded && !elsewhere) {
        AMEIDE_ASSIGN_OR_RETURN(event, EventOf(commit, file, artifact, base, heads));
      }
    }
    if (event) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, reader.Find(event->id));
      if (!known) {
        AMEIDE_RETURN_IF_ERROR(store_->blobs().Put(*file.bytes).status());
        AMEIDE_RETURN_IF_ERROR(store_->InTransaction([&] { return store_->TakeDerived(*event); }, events_));
        Tell(commit, file,
             artifact == nullptr ? WorkingFileNote::What::kCreated : WorkingFileNote::What::kAbsorbed,
             artifact == nullptr ? "it is an artifact now" : "its edit was recorded");
        notes_.back().event = event->id;
      }
      cut->heads[event->id.stream] = event->id.seq;
      came.emplace_back(&file, event->artifact);
    } else if (artifact != nullptr) {
      came.emplace_back(&file, artifact->id);
    }
  }
  AMEIDE_RETURN_IF_ERROR(Note(commit, *cut));
  for (const auto& [file, artifact] : came) {
    AMEIDE_RETURN_IF_ERROR(working_files_->CameWithCommit(artifact, *file->bytes));
  }
  return absl::OkStatus();
}

absl::Status CommitFollower::Note(const MadeCommit& commit, const Cut& cut) {
  const auto note = [&]() -> absl::Status {
    AMEIDE_ASSIGN_OR_RETURN(Statement insert,
                            store_->database().Prepare("INSERT OR IGNORE INTO commits(id, stream, last)"
                                                       " SELECT ?, id, ? FROM streams WHERE name = ?"));
    for (const auto& [stream, last] : cut.heads) {
      insert.BindText(1, commit.id).Bind(2, static_cast<int64_t>(last)).BindText(3, stream.name);
      AMEIDE_RETURN_IF_ERROR(store_->Noted(insert.Run()));
    }
    return absl::OkStatus();
  };
  std::vector<StoredEvent> none;
  return store_->InTransaction(note, none);
}

}  // namespace ameide::uaf
