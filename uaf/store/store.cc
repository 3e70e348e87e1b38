#include "uaf/store/store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/status.h"
#include "uaf/merge/artifacts.h"
#include "uaf/merge/writes.h"
#include "uaf/projection/tables.h"
#include "uaf/store/derived_events.h"
#include "uaf/store/foreign_edit.h"
#include "uaf/store/redaction.h"
#include "uaf/store/schema.h"
#include "uaf/store/snapshots.h"

namespace ameide::uaf {
namespace {

using document::Document;
using document::ImportOp;
using document::Op;

constexpr size_t kLongestLabel = 1000;
constexpr size_t kLongestPrefix = 6;  // "Undo: "
constexpr size_t kLongestKey = 200;
constexpr size_t kMostOps = 1'000'000;
constexpr size_t kRememberedInverses = 200;
constexpr size_t kLiveArtifacts = 24;

bool IsDatabaseFailure(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kPermissionDenied:
      return true;
    default:
      return false;
  }
}

std::string WordFor(const merge::Choice& choice) {
  return choice.side ? std::string(1, static_cast<char>('A' + *choice.side)) : "value";
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const WorkspaceOptions& options,
                                                   const std::string& workspace) {
  auto store = std::unique_ptr<Store>(new Store(options, workspace));
  AMEIDE_RETURN_IF_ERROR(store->OpenDatabase());
  return store;
}

absl::Status Store::OpenDatabase() {
  live_.clear();
  lifecycle_.Forget();
  uncommitted_.clear();
  // Closed only when the new ones stand: on a disk that still fails, everybody must find something to ask.
  std::unique_ptr<Database> database = std::move(database_);
  std::unique_ptr<EventLog> log = std::move(log_);
  std::unique_ptr<ArtifactProjection> projection = std::move(projection_);
  broken_ = false;
  const absl::Status opened = OpenParts();
  broken_ = !opened.ok();
  if (broken_ && database != nullptr) {
    projection_ = std::move(projection);
    log_ = std::move(log);
    database_ = std::move(database);
  }
  return opened;
}

absl::Status Store::OpenParts() {
  AMEIDE_RETURN_IF_ERROR(CheckStoreFile());
  AMEIDE_ASSIGN_OR_RETURN(database_,
                          Database::Open(layout_.store, Database::Mode::kOwner, options_.database_driver));
  AMEIDE_RETURN_IF_ERROR(Migrate(*database_));
  if (const absl::Status added = database_->AddPageChecks(); !added.ok()) {
    // Where there is no room now, there is another time.
    LogWarning("the pages of the store got no checksums",
               {{"reason", {added.message().data(), added.message().size()}}});
  }
  EventReader reader(database_.get());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> id, reader.Meta("workspace"));
  if (!id) {
    AMEIDE_RETURN_IF_ERROR(database_->Execute(
        absl::StrCat("INSERT INTO meta(key, value) VALUES('workspace', '", workspace_, "')")));
  } else if (*id != workspace_) {
    return absl::FailedPreconditionError(
        absl::StrCat(layout_.store.string(), " belongs to another workspace (", *id,
                     "); move it away, the log under .uaf/log is taken in again"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> projections, reader.Meta("projections"));
  const bool stale = projections != absl::StrCat(kProjectionVersion);
  if (stale) {
    AMEIDE_RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
    AMEIDE_RETURN_IF_ERROR(ResetProjections(*database_));
    AMEIDE_RETURN_IF_ERROR(EventGraph::Rebuild(*database_, reader));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::string branch, reader.CurrentBranch());
  AMEIDE_ASSIGN_OR_RETURN(const StreamId own, ChooseStream(branch));
  AMEIDE_ASSIGN_OR_RETURN(log_, EventLog::Open(database_.get(), workspace_, own, branch, options_.random));
  projection_ = std::make_unique<ArtifactProjection>(database_.get(), log_.get());
  if (stale) {
    AMEIDE_RETURN_IF_ERROR(projection_->RebuildAll());
    AMEIDE_RETURN_IF_ERROR(Commit().status());
  }
  AMEIDE_ASSIGN_OR_RETURN(const bool has_element_tables, HasElementTables(*database_));
  if (!has_element_tables) {
    AMEIDE_RETURN_IF_ERROR(Begin());
    AMEIDE_RETURN_IF_ERROR(ResetElementTables(*database_));
    AMEIDE_RETURN_IF_ERROR(Commit().status());
  }
  return absl::OkStatus();
}

absl::Status Store::CheckStoreFile() const {
  const FileSystem& files = *options_.files;
  if (files.List(layout_.store).ok()) {
    return absl::DataLossError(absl::StrCat(layout_.store.string(),
                                            " is a folder, not the store; `ameide doctor --rebuild` sets it "
                                            "aside and builds the store from the log"));
  }
  const absl::StatusOr<FileStamp> store = files.Stamp(layout_.store);
  const absl::StatusOr<FileStamp> newest = files.Stamp(layout_.dot_uaf / "store.db-wal");
  if (!store.ok() || store->size > 0 || (newest.ok() && newest->size > 0)) return absl::OkStatus();
  // An empty file may also be one that was just made, unless this writer got further with it.
  const absl::StatusOr<StreamToken> token = TokenFile(std::string(kMainBranch)).Read();
  if (!token.ok() || token->seq == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      layout_.store.string(),
      " was cut to nothing; `ameide doctor --rebuild` sets it aside and builds the store from the log"));
}

absl::Status Store::Noted(absl::Status status) {
  if (!status.ok() && (IsDatabaseFailure(status) || !database_->InTransaction())) broken_ = true;
  return status;
}

absl::Status Store::Begin() {
  if (broken_) return absl::UnavailableError("the store failed; check the disk, then try again");
  uncommitted_.clear();
  return Noted(log_->Begin());
}

absl::StatusOr<std::vector<StoredEvent>> Store::Commit() {
  absl::Status status = database_->Settle();
  if (status.ok()) status = projection_->Flush();
  if (status.ok()) status = log_->Commit();
  if (!status.ok()) {
    broken_ = true;
    return status;
  }
  return std::exchange(uncommitted_, {});
}

absl::StatusOr<Store::Committing> Store::BeginCommit() {
  Committing committing;
  committing.durable = std::make_shared<std::atomic<bool>>(false);
  absl::Status status = database_->Settle();
  if (status.ok()) status = projection_->Flush();
  if (status.ok()) status = log_->BeginCommit([durable = committing.durable] { *durable = true; });
  if (!status.ok()) {
    broken_ = true;
    return status;
  }
  committing.events = std::exchange(uncommitted_, {});
  return committing;
}

absl::Status Store::Settle() {
  absl::Status status = database_->Settle();
  if (!status.ok()) broken_ = true;
  return status;
}

void Store::Abort() {
  // Whatever was on its way failed with the rest, or is durable.
  if (!database_->Settle().ok()) broken_ = true;
  database_->Defer(false);
  live_.clear();
  lifecycle_.Forget();
  uncommitted_.clear();
  projection_->Forget();
  if (!log_->Rollback().ok()) broken_ = true;
}

absl::Status Store::Mend() {
  // After a failed write or fsync nothing in memory is trusted: what the file holds is read anew.
  return broken_ ? OpenDatabase() : absl::OkStatus();
}

absl::StatusOr<const StoredEvent*> Store::AppendEvent(const ArtifactId& artifact, std::string_view label,
                                                      EventBody body, std::string_view tool,
                                                      std::string_view idempotency_key) {
  const bool starts = std::holds_alternative<BranchStarted>(body);
  if (log_->MustStart() && !starts) AMEIDE_RETURN_IF_ERROR(StartOwnStream());
  ChangeSet change_set;
  change_set.id = starts ? EventId{log_->own(), 1} : log_->NextId();
  change_set.wall_time = options_.clock->Now();
  change_set.time = log_->NextTime(change_set.wall_time);
  change_set.author = {options_.actor.name, options_.actor.email};
  change_set.tool = tool.empty() ? options_.actor.tool : std::string(tool);
  change_set.label = label;
  change_set.artifact = artifact;
  const BodyType type = TypeOf(body);
  change_set.kind = type.kind;
  change_set.version = type.version;
  change_set.body = std::move(body);
  absl::StatusOr<StoredEvent> event = log_->Append(std::move(change_set), idempotency_key);
  absl::Status status = event.ok() ? projection_->Apply(*event) : event.status();
  if (!status.ok()) {
    broken_ = true;  // half an event may stand in the transaction
    return status;
  }
  uncommitted_.push_back(*std::move(event));
  return &uncommitted_.back();
}

absl::StatusOr<const StoredEvent*> Store::RecordBody(const ArtifactId& artifact, std::string_view label,
                                                     EventBody body, std::string_view idempotency_key) {
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event,
                          AppendEvent(artifact, label, std::move(body), {}, idempotency_key));
  // Decisions can be taken back like edits; nothing else of these bodies is.
  if (const auto live = live_.find(artifact); live != live_.end())
    live->second.history->Add(event->change_set);
  return event;
}

ReplaySource Store::Source() { return {*database_, log_->reader(), blob_source_, *options_.formats}; }

absl::StatusOr<Store::LiveArtifact*> Store::LoadLive(const ArtifactId& artifact) {
  if (const auto known = live_.find(artifact); known != live_.end()) return &known->second;
  AMEIDE_ASSIGN_OR_RETURN(Replayed replayed, Replay(Source(), artifact, nullptr));
  LiveArtifact live;
  AMEIDE_ASSIGN_OR_RETURN(live.history, ReadUndoHistory(log_->reader(), artifact, log_->own()));
  live.document = std::move(replayed.document);
  live.one_stream = replayed.heads.heads.size() == 1 && replayed.heads.heads.contains(log_->own());
  if (live_.size() >= kLiveArtifacts) live_.erase(live_.begin());
  return &(live_[artifact] = std::move(live));
}

absl::Status Store::SnapshotIfDue(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const uint64_t behind, EventsSinceSnapshot(*database_, artifact));
  if (behind < SnapshotGap(0, behind)) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const LiveArtifact* live, LoadLive(artifact));
  std::vector<StoredEvent> none;
  return InTransaction(
      [&] { return Noted(KeepPresent(*database_, log_->reader(), artifact, *live->document)); }, none);
}

absl::StatusOr<bool> Store::FillSnapshots(const ArtifactId& artifact) {
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(std::vector<EventRun> runs, reader.RunsOf(artifact, nullptr));
  uint64_t events = 0;
  for (const EventRun& run : runs) {
    events += static_cast<uint64_t>(run.last - run.first + 1);
    // Where several people wrote, few past states can be gone on from; what is kept was once the present.
    if (run.stream != runs.front().stream) return false;
  }
  // Not worth a look at the document where even a small one has enough.
  AMEIDE_ASSIGN_OR_RETURN(std::optional<uint64_t> missing,
                          MissingSnapshot(*database_, reader, artifact, events, SnapshotGap(0, events)));
  if (!missing) return false;
  AMEIDE_ASSIGN_OR_RETURN(const LiveArtifact* live, LoadLive(artifact));
  const uint64_t gap = SnapshotGap(live->document->node_count(), events);
  AMEIDE_ASSIGN_OR_RETURN(missing, MissingSnapshot(*database_, reader, artifact, events, gap));
  if (!missing) return false;
  auto left = static_cast<int64_t>(*missing);
  size_t used = 0;
  for (; left > 0; ++used) {
    EventRun& run = runs[used];
    run.last = std::min(run.last, run.first + left - 1);
    left -= run.last - run.first + 1;
  }
  runs.resize(used);
  AMEIDE_ASSIGN_OR_RETURN(const Replayed replayed, ReplayRuns(Source(), artifact, runs));
  std::vector<StoredEvent> none;
  AMEIDE_RETURN_IF_ERROR(InTransaction(
      [&] {
        return Noted(KeepSnapshot(*database_, reader, artifact, replayed.time, replayed.events, gap,
                                  replayed.document));
      },
      none));
  return true;
}

absl::StatusOr<const Document*> Store::Live(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const LiveArtifact* live, LoadLive(artifact));
  return &*live->document;
}

absl::StatusOr<const UndoHistory*> Store::History(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const LiveArtifact* live, LoadLive(artifact));
  return &*live->history;
}

absl::StatusOr<const ArtifactState*> Store::FindLiveArtifact(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* found, projection_->Find(artifact));
  if (found->retired) {
    return absl::FailedPreconditionError(
        absl::StrCat(found->path,
                     " was removed; its history can be read, but it cannot be changed. `ameide undo` brings "
                     "it back where it was removed"));
  }
  if (!found->unknown.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(found->path, " is read-only: ", found->unknown));
  }
  return found;
}

absl::StatusOr<int64_t> Store::ArrivalOf(const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* found, projection_->Find(artifact));
  return found->arrival;
}

absl::StatusOr<Document> Store::StateAt(const ArtifactId& artifact, int64_t arrival, int64_t view) {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t newest, ArrivalOf(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const int64_t present, log_->reader().View());
  if (arrival >= newest && view == present) {
    AMEIDE_ASSIGN_OR_RETURN(const LiveArtifact* live, LoadLive(artifact));
    return live->document->Clone();
  }
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits limits, log_->reader().LimitsOf(view));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<EventRun> runs,
                          log_->reader().RunsAsOf(artifact, limits, arrival));
  absl::StatusOr<Replayed> replayed = ReplayRuns(Source(), artifact, runs);
  if (replayed.ok()) return std::move(replayed->document);
  if (!absl::IsNotFound(replayed.status()) && !absl::IsFailedPrecondition(replayed.status()))
    return replayed.status();
  return absl::NotFoundError(absl::StrCat("artifact ", artifact.name, " had no content then"));
}

absl::Status Store::CheckCommand(const Command& command) {
  if (command.label.empty()) return absl::InvalidArgumentError("a command needs a label for people");
  if (command.label.size() > kLongestLabel + kLongestPrefix)
    return absl::InvalidArgumentError("the command's label is too long");
  if (command.idempotency_key.size() > kLongestKey || command.coalesce_key.size() > kLongestKey) {
    return absl::InvalidArgumentError("the command's idempotency or coalesce key is too long");
  }
  if (command.ops.size() > kMostOps)
    return absl::InvalidArgumentError("the command holds too many operations");
  return absl::OkStatus();
}

absl::Status Store::ApplyOps(LiveArtifact& live, std::vector<Op>& ops, const EventId& id,
                             const EditTraits& traits, std::vector<Op>& inverse, size_t& passed_over) {
  std::vector<std::vector<Op>> inverses;
  bool whole_file = false;
  std::vector<Op> applied;
  absl::Status failure;
  for (size_t i = 0; i < ops.size() && failure.ok(); ++i) {
    absl::StatusOr<std::vector<Op>> undo = std::vector<Op>();
    if (const auto* import = std::get_if<ImportOp>(&ops[i])) {
      absl::StatusOr<std::string> bytes = blobs_.Get(import->blob);
      absl::StatusOr<Document> imported =
          bytes.ok() ? Document::Import(*import, *bytes, id) : absl::StatusOr<Document>(bytes.status());
      if (imported.ok()) {
        whole_file = true;
        live.document = *std::move(imported);
      } else {
        undo = imported.status();
      }
    } else {
      undo = live.document->Apply(ops[i], id);
    }
    if (undo.ok()) {
      if (traits.pass_over_failing && TouchesTrash(*live.document, ops[i])) ++passed_over;
      inverses.push_back(*std::move(undo));
      applied.push_back(std::move(ops[i]));
    } else if (traits.pass_over_failing) {
      ++passed_over;
    } else {
      failure = absl::InvalidArgumentError(absl::StrCat("operation ", i + 1, " of ", ops.size(),
                                                        " cannot be applied: ", undo.status().message()));
    }
  }
  // Only what takes back, or makes again, a decision that let stand what stood has no operations.
  if (failure.ok() && applied.empty() && !ops.empty())
    failure = absl::FailedPreconditionError("none of the operations applies any more");
  if (failure.ok()) {
    ops = std::move(applied);
    if (!whole_file) inverse = Reversed(std::move(inverses));
    return absl::OkStatus();
  }
  // Atomic for the caller. Taking back leaves traces in the tree (nodes in the trash, places among siblings)
  // under an id that the next command gets: such a document is read anew.
  if (!applied.empty()) live.document.reset();
  return failure;
}

absl::StatusOr<Store::Recorded> Store::Record(Command command, const EditTraits& traits) {
  AMEIDE_RETURN_IF_ERROR(CheckCommand(command));
  if (command.ops.empty() && traits.role == UndoRole::kNone)
    return absl::InvalidArgumentError("the command holds no operation: there is nothing to record");
  if (!command.idempotency_key.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> earlier,
                            log_->FindByIdempotencyKey(command.idempotency_key));
    if (earlier) {
      if (earlier->change_set.artifact != command.artifact) {
        return absl::InvalidArgumentError(
            "the idempotency key belongs to a command for another artifact; use a new one");
      }
      Recorded repeated;
      repeated.receipt = {earlier->change_set.id, earlier->change_set.wall_time, true};
      return repeated;
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* artifact, FindLiveArtifact(command.artifact));
  if (command.expected_head && *command.expected_head != artifact->head) {
    return absl::AbortedError(absl::StrCat(artifact->path, " was changed meanwhile (its newest event is ",
                                           FormatId(artifact->head), "); load it again and repeat"));
  }
  AMEIDE_ASSIGN_OR_RETURN(LiveArtifact * live, LoadLive(command.artifact));
  const EventId id = log_->NextId();
  for (Op& op : command.ops) BindToEvent(op, id);
  Recorded recorded;
  std::vector<Op> inverse;
  const absl::Status applied = ApplyOps(*live, command.ops, id, traits, inverse, recorded.passed_over);
  if (!applied.ok()) {
    if (!live->document) live_.erase(command.artifact);
    return applied;
  }
  Edit edit{std::move(command.ops), traits.role,  traits.reverts, command.coalesce_key,
            command.intent,         traits.batch, traits.origin};
  AMEIDE_ASSIGN_OR_RETURN(
      const StoredEvent* event,
      AppendEvent(command.artifact, command.label, std::move(edit), traits.tool, command.idempotency_key));
  live->history->Add(event->change_set);
  if (!inverse.empty()) {
    if (live->inverses.size() >= kRememberedInverses) live->inverses.erase(live->inverses.begin());
    live->inverses[id] = std::move(inverse);
  }
  recorded.receipt = {id, event->change_set.wall_time, false};
  if (traits.role != UndoRole::kNone) recorded.ops = std::get<Edit>(event->change_set.body).ops;
  return recorded;
}

absl::StatusOr<std::vector<Store::Recorded>> Store::RecordTogether(std::vector<Command> commands,
                                                                   std::vector<EditTraits> traits) {
  // What earlier commands of the transaction did to the projections must not be lost with these.
  AMEIDE_RETURN_IF_ERROR(Noted(projection_->Flush()));
  AMEIDE_RETURN_IF_ERROR(Noted(log_->Savepoint()));
  const size_t recorded_before = uncommitted_.size();
  const std::string batch = FormatId(log_->NextId());
  std::vector<ArtifactId> touched;
  std::vector<Recorded> all;
  for (size_t i = 0; i < commands.size(); ++i) {
    touched.push_back(commands[i].artifact);
    traits[i].batch = batch;
    absl::StatusOr<Recorded> recorded = Record(std::move(commands[i]), traits[i]);
    if (recorded.ok()) {
      all.push_back(*std::move(recorded));
      continue;
    }
    uncommitted_.resize(recorded_before);
    for (const ArtifactId& artifact : touched) live_.erase(artifact);
    projection_->Forget();
    AMEIDE_RETURN_IF_ERROR(Noted(log_->RollbackToSavepoint()));
    return absl::Status(recorded.status().code(),
                        absl::StrCat("command ", i + 1, " of ", commands.size(), ": ",
                                     recorded.status().message(), "; none of them was recorded"));
  }
  return all;
}

absl::StatusOr<std::vector<Receipt>> Store::RecordAll(std::vector<Command> commands) {
  if (commands.empty()) return absl::InvalidArgumentError("there is no command to record");
  std::set<ArtifactId> artifacts;
  for (Command& command : commands) {
    if (!artifacts.insert(command.artifact).second) {
      return absl::InvalidArgumentError(
          "two commands of a batch are for one artifact; put their operations into one command");
    }
    command.label = commands.front().label;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Recorded> recorded,
                          RecordTogether(std::move(commands), std::vector<EditTraits>(artifacts.size())));
  std::vector<Receipt> receipts;
  for (const Recorded& each : recorded) receipts.push_back(each.receipt);
  return receipts;
}

absl::StatusOr<Receipt> Store::ResolveConflict(const merge::Conflict& conflict, const merge::Choice& choice) {
  const std::string what(merge::NameOf(conflict.kind));
  switch (conflict.kind) {
    case merge::ConflictKind::kPath:
      return absl::InvalidArgumentError("a conflict of paths is settled by renaming");
    case merge::ConflictKind::kApproval:
      return absl::InvalidArgumentError("a conflict about an approval is settled by who may approve");
    case merge::ConflictKind::kRetired:
      return ResolveFate(conflict, choice);
    default:
      break;
  }
  AMEIDE_RETURN_IF_ERROR(FindLiveArtifact(conflict.artifact).status());
  AMEIDE_ASSIGN_OR_RETURN(LiveArtifact * live, LoadLive(conflict.artifact));
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Op> ops, OtherFile(conflict, choice));
  if (ops.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(
        ops, merge::ResolutionOps(*live->document, conflict, choice, FormatOf(Source(), conflict.artifact)));
  }
  std::vector<Op> inverse;
  if (!ops.empty()) {
    size_t passed_over = 0;
    const absl::Status applied = ApplyOps(*live, ops, log_->NextId(), {}, inverse, passed_over);
    if (!applied.ok()) {
      if (!live->document) live_.erase(conflict.artifact);
      return applied;
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(
      const StoredEvent* event,
      RecordBody(conflict.artifact, absl::StrCat("Resolve conflict: ", what, " ", conflict.attribute),
                 ConflictResolved{{conflict.key}, WordFor(choice), std::move(ops)}));
  if (!inverse.empty()) live->inverses[event->change_set.id] = std::move(inverse);
  return Receipt{event->change_set.id, event->change_set.wall_time, false};
}

absl::StatusOr<std::vector<Op>> Store::OtherFile(const merge::Conflict& conflict,
                                                 const merge::Choice& choice) {
  if (conflict.kind != merge::ConflictKind::kContent || !choice.side ||
      *choice.side >= conflict.sides.size() || *choice.side == conflict.standing)
    return std::vector<Op>{};
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, log_->reader().Causality());
  Cut cut;
  for (const EventId& event : conflict.sides[*choice.side].events) cut.Unite(causality->PastOf(event));
  AMEIDE_ASSIGN_OR_RETURN(const Replayed state, Replay(Source(), conflict.artifact, &cut));
  ImportOp whole = state.document.import();
  AMEIDE_ASSIGN_OR_RETURN(whole.blob, blobs_.Put(state.document.Render()));
  return std::vector<Op>{whole};
}

absl::StatusOr<Receipt> Store::ResolveFate(const merge::Conflict& conflict, const merge::Choice& choice) {
  if (!choice.side || *choice.side >= conflict.sides.size())
    return absl::InvalidArgumentError("choose one side of the conflict");
  const std::string label = absl::StrCat("Resolve conflict: ", std::string(merge::NameOf(conflict.kind)));
  EventBody body = ConflictResolved{{conflict.key}, WordFor(choice), {}};
  if (conflict.sides[*choice.side].value) {
    // A path brings the artifact back.
    AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* found, projection_->Find(conflict.artifact));
    const std::string path = found->path;
    AMEIDE_RETURN_IF_ERROR(CheckPathFree(path, &conflict.artifact));
    body = ArtifactRenamed{path};
  } else if (*choice.side != conflict.standing) {
    body = ArtifactRetired{};  // a rename stands beside it
  }
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event, RecordBody(conflict.artifact, label, std::move(body)));
  return Receipt{event->change_set.id, event->change_set.wall_time, false};
}

absl::Status Store::CheckPathFree(const std::string& path, const ArtifactId* except) {
  AMEIDE_RETURN_IF_ERROR(Noted(projection_->Flush()));
  // What merging calls one path (FoldPath) is refused here: of ASCII names SQLite finds those itself, and
  // names with other characters are only like each other.
  const bool ascii =
      std::all_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(absl::StrCat(
          "SELECT n.name, a.path FROM artifacts a JOIN artifact_names n ON n.id = a.id WHERE a.retired = 0 "
          "AND ",
          ascii ? "a.path = ? COLLATE NOCASE" : "a.path GLOB '*[^' || char(1) || '-' || char(127) || ']*'")));
  if (ascii) query.BindText(1, path);
  const std::string folded = merge::FoldPath(path);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    const std::string taken(query.Text(1));
    if (merge::FoldPath(taken) != folded || (except != nullptr && query.Text(0) == except->name)) continue;
    return absl::AlreadyExistsError(absl::StrCat(
        taken, " is an artifact already (", std::string(query.Text(0)), ")",
        taken == path ? "" : ", and some file systems take both names for one; rename one of them"));
  }
}

absl::StatusOr<Receipt> Store::CreateArtifact(const std::string& path, std::string_view bytes,
                                              std::string_view label) {
  AMEIDE_RETURN_IF_ERROR(CheckArtifactPath(path));
  AMEIDE_RETURN_IF_ERROR(CheckPathFree(path, nullptr));
  constexpr size_t kHead = 4096;
  const document::Format& format = options_.formats->ForFile(path, bytes.substr(0, kHead));
  absl::StatusOr<document::Intake> intake = format.Accept(bytes);
  if (!intake.ok()) {
    return absl::Status(intake.status().code(), absl::StrCat(path, ":", intake.status().message()));
  }
  const EventId id = log_->NextId();
  // Whoever gives the bytes back must be the tokenizer alone: what it cannot render is not recorded.
  AMEIDE_ASSIGN_OR_RETURN(const Document document, Document::Import(intake->import, bytes, id));
  if (document.Render() != bytes) {
    return absl::InternalError(absl::StrCat(path, " does not render back to its bytes; it was not imported"));
  }
  AMEIDE_ASSIGN_OR_RETURN(intake->import.blob, blobs_.Put(bytes));
  ByteWriter identity;
  identity.String("ameide artifact");
  identity.String(workspace_);
  identity.String(path);
  identity.String(FormatId(id));
  const ArtifactId artifact{Sha256(identity.bytes()).Hex()};
  ArtifactCreated created{path, std::string(format.name()), intake->import};
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event, RecordBody(artifact, label, std::move(created)));
  return Receipt{id, event->change_set.wall_time, false};
}

absl::StatusOr<std::optional<Receipt>> Store::BeginCommitted(const std::string& path,
                                                             const CommittedFile& file) {
  AMEIDE_RETURN_IF_ERROR(CheckArtifactPath(path));
  AMEIDE_RETURN_IF_ERROR(CheckPathFree(path, nullptr));
  ForeignChange change;
  change.commit = file.commit;
  change.author = file.author;
  change.time = file.time;
  change.bytes = file.bytes;
  const absl::StatusOr<ChangeSet> event = DeriveNewFrom(*this, change, path, file.root);
  if (absl::IsInvalidArgument(event.status())) return std::optional<Receipt>();
  AMEIDE_RETURN_IF_ERROR(event.status());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> begun, log_->reader().ArtifactNumber(event->artifact));
  if (begun) return std::optional<Receipt>();
  AMEIDE_RETURN_IF_ERROR(blobs_.Put(file.bytes).status());
  AMEIDE_RETURN_IF_ERROR(TakeDerived(*event));
  Cut cut;
  cut.heads[event->id.stream] = event->id.seq;
  AMEIDE_RETURN_IF_ERROR(NoteFollowed(file.newest, cut));
  return std::optional<Receipt>(Receipt{event->id, event->wall_time, false});
}

absl::StatusOr<Receipt> Store::RenameArtifact(const ArtifactId& artifact, const std::string& path,
                                              std::string_view label) {
  AMEIDE_RETURN_IF_ERROR(FindLiveArtifact(artifact).status());
  AMEIDE_RETURN_IF_ERROR(CheckArtifactPath(path));
  AMEIDE_RETURN_IF_ERROR(CheckPathFree(path, &artifact));
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event, RecordBody(artifact, label, ArtifactRenamed{path}));
  return Receipt{event->change_set.id, event->change_set.wall_time, false};
}

absl::StatusOr<Receipt> Store::RetireArtifact(const ArtifactId& artifact, std::string_view label) {
  AMEIDE_RETURN_IF_ERROR(FindLiveArtifact(artifact).status());
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event, RecordBody(artifact, label, ArtifactRetired{}));
  return Receipt{event->change_set.id, event->change_set.wall_time, false};
}

absl::Status Store::TakeDerived(const ChangeSet& change_set) {
  absl::StatusOr<StoredEvent> event = log_->TakeDerived(change_set);
  absl::Status status = event.ok() ? projection_->Apply(*event) : event.status();
  if (!status.ok()) {
    broken_ = true;
    return status;
  }
  live_.erase(change_set.artifact);
  uncommitted_.push_back(*std::move(event));
  return absl::OkStatus();
}

}  // namespace ameide::uaf
