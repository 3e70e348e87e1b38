#include "uaf/store/commit_follower.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/store/derived_events.h"
#include "uaf/store/log_files.h"
#include "uaf/store/moved_files.h"
#include "uaf/store/replay.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {
namespace {

constexpr size_t kShownDigits = 10;

/// The heads that no other one has seen: what a derived event names as its base.
std::vector<EventId> Newest(const merge::Causality& causality, const Cut& cut) {
  std::vector<EventId> newest;
  for (const auto& [stream, last] : cut.heads) {
    const EventId head{stream, last};
    const bool seen = std::any_of(cut.heads.begin(), cut.heads.end(), [&](const auto& other) {
      return other.first != head.stream && causality.Saw({other.first, other.second}, head);
    });
    if (!seen) newest.push_back(head);
  }
  return newest;
}

ForeignChange ChangeOf(const MadeCommit& commit, const CommitFile& file) {
  ForeignChange change;
  change.commit = commit.id;
  change.author = commit.author;
  change.time = commit.time;
  change.bytes = *file.bytes;
  return change;
}

/// The proposal that holds what a squashed commit says otherwise than its log.
std::string ReviewOf(const MadeCommit& commit) {
  return absl::StrCat("proposal/squashed-", commit.id.substr(0, kShownDigits));
}

}  // namespace

absl::StatusOr<std::vector<WorkingFileNote>> CommitFollower::Follow(const std::string& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const bool known, IsKnown(commit));
  if (known) {
    AMEIDE_RETURN_IF_ERROR(FollowKnown(commit));
    AMEIDE_RETURN_IF_ERROR(SettlePending());
    return std::vector<WorkingFileNote>();
  }
  AMEIDE_RETURN_IF_ERROR(store_->options().commits(
      commit,
      [this](const std::string& id) {
        const absl::StatusOr<bool> is_known = IsKnown(id);
        return is_known.ok() && *is_known;
      },
      [this](const MadeCommit& made) { return Take(made); }));
  AMEIDE_RETURN_IF_ERROR(SettlePending());
  return std::exchange(notes_, {});
}

absl::Status CommitFollower::FollowKnown(const std::string& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Cut> cut, store_->log().reader().OfCommit(commit));
  if (!cut || !store_->log().graph().HasNews(store_->log().branch(), *cut)) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction([&] { return store_->Follow(*cut); }, events_));
  return working_files_->CameWithCommit(store_->moved(), *cut);
}

absl::StatusOr<bool> CommitFollower::AllAreNow(const std::vector<std::string>& segments) {
  EventReader& reader = store_->log().reader();
  for (const std::string& path : segments) {
    const auto named = ParseLogPath(path);
    if (!named) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<uint64_t> last,
                            reader.SegmentEnd(named->stream, named->last));
    if (!last) return false;
    AMEIDE_ASSIGN_OR_RETURN(const bool now, reader.SegmentIsNow(named->stream, named->first));
    if (!now) return false;
  }
  return true;
}

absl::Status CommitFollower::SettlePending() {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<PendingFile> before, PendingFiles(store_->log().reader()));
  if (before.empty() && pending_.empty()) return absl::OkStatus();
  const auto settle = [&]() -> absl::Status {
    AMEIDE_RETURN_IF_ERROR(SetPendingFiles(*store_, pending_));
    if (pending_.empty()) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(Statement forget,
                            store_->database().Prepare("DELETE FROM followed_commits WHERE id = ?"));
    for (const std::string& commit : visited_) {
      forget.BindText(1, commit);
      AMEIDE_RETURN_IF_ERROR(store_->Noted(forget.Run()));
    }
    return absl::OkStatus();
  };
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction(settle, events_));
  for (const auto& [artifact, bytes] : came_late_) {
    const bool waited =
        std::any_of(before.begin(), before.end(),
                    [&, id = &artifact](const PendingFile& file) { return file.artifact == *id; });
    if (waited) AMEIDE_RETURN_IF_ERROR(working_files_->CameWithCommit(artifact, bytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> CommitFollower::IsKnown(const std::string& commit) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, store_->database().Prepare(
                                               "SELECT EXISTS(SELECT 1 FROM followed_commits WHERE id = ?)"));
  query.BindText(1, commit);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  return query.Int(0) != 0;
}

absl::StatusOr<std::optional<Cut>> CommitFollower::CutOf(const MadeCommit& commit) {
  EventReader& reader = store_->log().reader();
  Cut heads;
  for (const std::string& parent : commit.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Cut> before, reader.OfCommit(parent));
    if (before) heads.Unite(*before);
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
    cut.Unite(store_->log().graph().causality().PastOf({stream, last}));
  return std::optional<Cut>(std::move(cut));
}

absl::StatusOr<CommitFollower::Squashed> CommitFollower::SquashedIn(const MadeCommit& commit,
                                                                    const Cut& cut) {
  Squashed squashed;
  if (commit.parents.size() != 1) return squashed;
  EventLog& log = store_->log();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Cut> before, log.reader().OfCommit(commit.parents.front()));
  for (const auto& [stream, last] : cut.heads) {
    if (IsDerivedName(stream) || (before && before->HeadOf(stream) >= last)) continue;
    const std::string branch = log.graph().BranchOf(stream);
    if (branch == kMainBranch || branch == log.branch()) continue;
    squashed.branch = branch;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                            log.reader().OfStream(stream, before ? before->HeadOf(stream) + 1 : 1, last));
    for (const StoredEvent& event : events) {
      const EventBody& body = event.change_set.body;
      if (!OpsOf(body).empty() || std::holds_alternative<ArtifactCreated>(body) ||
          std::holds_alternative<ArtifactRenamed>(body) || std::holds_alternative<ArtifactRetired>(body))
        squashed.artifacts.insert(event.change_set.artifact);
    }
  }
  return squashed;
}

absl::Status CommitFollower::Propose(const MadeCommit& commit, const Cut& cut,
                                     const std::vector<EventId>& events, const std::string& squashed) {
  NewBranch review{ReviewOf(commit), BranchKind::kProposal,
                   absl::StrCat("What commit ", commit.id.substr(0, kShownDigits), " by ", commit.author.name,
                                " has otherwise than ", squashed),
                   cut};
  // Whoever else has the commit may have begun it.
  if (store_->log().graph().HasBranch(review.name)) return absl::OkStatus();
  for (const EventId& event : events) review.from->heads[event.stream] = event.seq;
  return store_->InTransaction([&] { return store_->StartBranch(review).status(); }, events_);
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
  ForeignChange change = ChangeOf(commit, file);
  change.base = heads;
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
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<document::Document> there, StateAt(artifact->id, cut));
    if (!there || there->Render() == *file.bytes) return std::optional<ChangeSet>();
    change.artifact = artifact->id;
    event = DeriveFrom(*store_, change);
  }
  return Settled(commit, file, std::move(event));
}

absl::StatusOr<std::optional<ChangeSet>> CommitFollower::Settled(const MadeCommit& commit,
                                                                 const CommitFile& file,
                                                                 absl::StatusOr<ChangeSet> event) {
  if (event.ok()) return std::optional<ChangeSet>(*std::move(event));
  if (!absl::IsInvalidArgument(event.status())) return event.status();
  Tell(commit, file, WorkingFileNote::What::kKeptAside,
       absl::StrCat(event.status().message(), "; the last good state stands, the commit keeps the file"));
  return std::optional<ChangeSet>();
}

absl::StatusOr<std::optional<document::Document>> CommitFollower::StateAt(const ArtifactId& artifact,
                                                                          const Cut& cut) {
  const BlobSource blobs = [this](const Hash256& hash) { return store_->blobs().Get(hash); };
  absl::StatusOr<Replayed> there =
      Replay({store_->database(), store_->log().reader(), blobs, *store_->options().formats}, artifact, &cut);
  // What a newer release recorded, or what is held, is neither absorbed nor written.
  if (absl::IsFailedPrecondition(there.status())) return std::optional<document::Document>();
  AMEIDE_RETURN_IF_ERROR(there.status());
  return std::optional<document::Document>(std::move(there->document));
}

absl::StatusOr<std::vector<CommitFollower::Fate>> CommitFollower::FatesIn(
    const MadeCommit& commit, const Cut& cut, const std::map<std::string_view, const Artifact*>& by_path) {
  std::vector<Fate> fates;
  std::vector<document::Document> states;
  std::vector<const CommitFile*> added;
  for (const CommitFile& file : commit.files) {
    const auto found = by_path.find(file.path);
    if (file.merged) continue;
    if (file.bytes && found == by_path.end() && CheckArtifactPath(file.path).ok()) added.push_back(&file);
    if (file.bytes || found == by_path.end()) continue;
    // One whose path is a folder of others has no file in any commit.
    const std::string folder = file.path + "/";
    const auto below = by_path.lower_bound(folder);
    if (below != by_path.end() && below->first.starts_with(folder)) continue;
    AMEIDE_ASSIGN_OR_RETURN(std::optional<document::Document> state, StateAt(found->second->id, cut));
    if (!state) continue;
    fates.push_back({&file, nullptr, found->second});
    states.push_back(*std::move(state));
  }
  if (fates.empty() || added.empty()) return fates;
  for (size_t i = 0; i < fates.size(); ++i) {
    const std::string bytes = states[i].Render();
    const auto same = std::find_if(added.begin(), added.end(),
                                   [&](const CommitFile* file) { return *file->bytes == bytes; });
    if (same == added.end()) continue;
    fates[i].came = *same;
    added.erase(same);
  }
  // Moved and edited at once.
  std::vector<size_t> numbers;
  std::vector<NodePrints> gone;
  std::vector<NodePrints> came;
  for (size_t i = 0; i < fates.size(); ++i) {
    if (fates[i].came != nullptr) continue;
    numbers.push_back(i);
    gone.push_back(states[i].kind() == document::TreeKind::kOpaque ? NodePrints() : PrintsOf(states[i]));
  }
  for (const CommitFile* file : added) {
    constexpr size_t kHead = 4096;
    NodePrints& prints = came.emplace_back();
    const document::Format& format =
        store_->options().formats->ForFile(file->path, std::string_view(*file->bytes).substr(0, kHead));
    const absl::StatusOr<document::Intake> intake = format.Accept(*file->bytes);
    if (!intake.ok() || intake->import.kind == document::TreeKind::kOpaque) continue;
    const auto document = document::Document::Import(intake->import, *file->bytes, EventId{});
    if (document.ok()) prints = PrintsOf(*document);
  }
  for (const auto& [from, to] : PairMoved(gone, came)) fates[numbers[from]].came = added[to];
  return fates;
}

absl::Status CommitFollower::Record(const MadeCommit& commit, const CommitFile& file, const ChangeSet& event,
                                    WorkingFileNote::What what, std::string message) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, store_->log().reader().Find(event.id));
  if (known) return absl::OkStatus();
  if (DerivedFrom(event)) AMEIDE_RETURN_IF_ERROR(store_->blobs().Put(*file.bytes).status());
  AMEIDE_RETURN_IF_ERROR(store_->InTransaction([&] { return store_->TakeDerived(event); }, events_));
  Tell(commit, file, what, std::move(message));
  notes_.back().event = event.id;
  return absl::OkStatus();
}

absl::Status CommitFollower::Take(const MadeCommit& commit) {
  visited_.push_back(commit.id);
  pending_.clear();
  if (!commit.in_workspace) return TakeBeside(commit);
  for (const CommitFile& file : commit.files) {
    if (!file.merged) continue;
    const absl::StatusOr<Artifact> now = store_->log().reader().FindArtifact(file.path);
    const bool here = now.ok() && now->path == file.path;
    if (!file.explained_by.empty()) {
      AMEIDE_ASSIGN_OR_RETURN(const bool now_here, AllAreNow(file.explained_by));
      if (!now_here) pending_.push_back({here ? now->id : ArtifactId{}, file.path});
    }
    if (here && file.bytes) came_late_.emplace_back(now->id, *file.bytes);
  }
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
    // Of several on one path the first has the file.
    if (!artifact.retired) by_path.try_emplace(artifact.path, &artifact);
  }
  const Cut base = *cut;
  const std::vector<EventId> heads = Newest(store_->log().graph().causality(), base);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Segment> unsealed,
                          store_->log().OpenSegment(store_->log().own()));
  AMEIDE_ASSIGN_OR_RETURN(const Squashed squashed, SquashedIn(commit, base));
  std::vector<EventId> proposed;
  std::vector<std::pair<const CommitFile*, ArtifactId>> came;
  const auto record = [&](const CommitFile& file, const ChangeSet& event, WorkingFileNote::What what,
                          std::string message) -> absl::Status {
    // Only what was edited there, too, can be otherwise than its log.
    const bool other_than_log = squashed.artifacts.contains(event.artifact);
    if (other_than_log) {
      message = absl::StrCat("it is not what ", squashed.branch, " gives; ", ReviewOf(commit),
                             " has it, to review");
    }
    AMEIDE_RETURN_IF_ERROR(Record(commit, file, event, what, std::move(message)));
    if (!other_than_log) {
      cut->heads[event.id.stream] = event.id.seq;
    } else {
      proposed.push_back(event.id);
    }
    return absl::OkStatus();
  };
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Fate> fates, FatesIn(commit, base, by_path));
  for (const Fate& fate : fates) {
    if (fate.came != nullptr) by_path[fate.came->path] = fate.artifact;
    const std::string path = fate.came == nullptr ? std::string() : fate.came->path;
    // What was moved or removed here and committed by hand is recorded already.
    const absl::StatusOr<Artifact> now = reader.GetArtifact(fate.artifact->id);
    if (unsealed && now.ok() && (path.empty() ? now->retired : now->path == path)) continue;
    ForeignChange change;
    change.artifact = fate.artifact->id;
    change.base = heads;
    change.commit = commit.id;
    change.author = commit.author;
    change.time = commit.time;
    AMEIDE_ASSIGN_OR_RETURN(const ChangeSet event, DeriveFateFrom(*store_, change, path));
    AMEIDE_RETURN_IF_ERROR(path.empty() ? record(*fate.gone, event, WorkingFileNote::What::kRetired,
                                                 "it was removed; its history stays")
                                        : record(*fate.came, event, WorkingFileNote::What::kRenamed,
                                                 absl::StrCat(fate.artifact->path, " was renamed to it")));
  }
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
      AMEIDE_RETURN_IF_ERROR(
          artifact == nullptr
              ? record(file, *event, WorkingFileNote::What::kCreated, "it is an artifact now")
              : record(file, *event, WorkingFileNote::What::kAbsorbed, "its edit was recorded"));
      came.emplace_back(&file, event->artifact);
    } else if (artifact != nullptr) {
      came.emplace_back(&file, artifact->id);
    }
  }
  AMEIDE_RETURN_IF_ERROR(Note(commit, *cut));
  if (!proposed.empty()) AMEIDE_RETURN_IF_ERROR(Propose(commit, *cut, proposed, squashed.branch));
  for (const auto& [file, artifact] : came) {
    AMEIDE_RETURN_IF_ERROR(working_files_->CameWithCommit(artifact, *file->bytes));
  }
  return absl::OkStatus();
}

absl::Status CommitFollower::Note(const MadeCommit& commit, const Cut& cut) {
  std::vector<StoredEvent> none;
  return store_->InTransaction([&] { return store_->NoteFollowed(commit.id, cut); }, none);
}

absl::StatusOr<std::optional<ChangeSet>> CommitFollower::EventBeside(const MadeCommit& commit,
                                                                     const CommitFile& file) {
  EventReader& reader = store_->log().reader();
  ForeignChange change = ChangeOf(commit, file);
  change.artifact = DerivedArtifact(store_->workspace(), file.path, commit.root);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> begun, reader.ArtifactNumber(change.artifact));
  absl::StatusOr<ChangeSet> event = absl::UnknownError("nothing derived");
  if (!file.before) {
    event = DeriveNewFrom(*store_, change, file.path, commit.root);
    if (event.ok() && begun) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, reader.Find(event->id));
      if (!known) return std::optional<ChangeSet>();
    }
  } else {
    // Of what the file was before, an event follows; else nobody began with it.
    if (!begun) return std::optional<ChangeSet>();
    AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader.Everything());
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                            reader.OfArtifact(change.artifact, &everything));
    const Hash256 before = Sha256(*file.before);
    for (const StoredEvent& each : events) {
      if (IsDerived(each.change_set) && DerivedFrom(each.change_set) == before && change.base.empty())
        change.base = {each.change_set.id};
    }
    if (change.base.empty()) return std::optional<ChangeSet>();
    event = DeriveFrom(*store_, change);
  }
  return Settled(commit, file, std::move(event));
}

absl::Status CommitFollower::TakeBeside(const MadeCommit& commit) {
  EventReader& reader = store_->log().reader();
  Cut cut;
  for (const std::string& parent : commit.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<Cut> before, reader.OfCommit(parent));
    if (before) cut.Unite(*before);
  }
  for (const CommitFile& file : commit.files) {
    if (!file.bytes || !CheckArtifactPath(file.path).ok()) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<ChangeSet> event, EventBeside(commit, file));
    if (!event) continue;
    AMEIDE_RETURN_IF_ERROR(
        file.before ? Record(commit, file, *event, WorkingFileNote::What::kAbsorbed, "its edit was recorded")
                    : Record(commit, file, *event, WorkingFileNote::What::kCreated, "it is an artifact now"));
    cut.heads[event->id.stream] = event->id.seq;
  }
  return Note(commit, cut);
}

}  // namespace ameide::uaf
