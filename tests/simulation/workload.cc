#include "tests/simulation/workload.h"

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"

namespace ameide::uaf::simulation {
namespace {

using uaf::Artifact;
using uaf::ChangeSetSummary;
using uaf::Command;
using uaf::Cut;
using uaf::EventGroup;
using uaf::Receipt;
using uaf::Workspace;
namespace document = uaf::document;

constexpr char kStart[] = "2026-03-01T12:00:00Z";
constexpr size_t kLargestFile = 6000;
constexpr size_t kMostArtifacts = 6;
constexpr size_t kStorm = 110;  // more than lie between two snapshots

}  // namespace

absl::Status Unless(const absl::Status& status) { return IsDiskError(status) ? status : absl::OkStatus(); }

absl::StatusOr<std::vector<document::Finding>> Damage(const Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<document::Finding> findings, workspace.Verify());
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::State said, workspace.Lifecycle());
  std::erase_if(findings, [&](const document::Finding& finding) {
    return std::any_of(said.findings.begin(), said.findings.end(), [&](const document::Finding& known) {
      return known.rule == finding.rule && known.message == finding.message;
    });
  });
  return findings;
}

absl::StatusOr<Cut> EverythingOf(const Workspace& workspace) {
  AMEIDE_ASSIGN_OR_RETURN(Cut all, workspace.CurrentCut());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::Branch> branches, workspace.Branches());
  for (const uaf::Branch& branch : branches) {
    for (const auto& [stream, head] : branch.head.heads) {
      all.heads[stream] = std::max(all.heads[stream], head);
    }
  }
  return all;
}

bool IsDiskError(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

bool IsTrouble(const uaf::WorkingFileNote& note) {
  return note.what == uaf::WorkingFileNote::What::kFailed && note.path != ".uaf/log" &&
         !absl::StrContains(note.message, "while the log is incomplete");
}

Workload::Workload(Options options) : options_(std::move(options)), random_(options_.seed) {
  ada_ = std::make_unique<Computer>(EmptyDisk(), options_.seed, *ParseTime(kStart), options_.pace);
  bob_ =
      std::make_unique<Computer>(EmptyDisk(), options_.seed + 1, *ParseTime(kStart), Pace::kOnRequest, "Bob");
  recording_.latest = ada_->clock().Now();
}

Workload::~Workload() { Close(); }

void Workload::Close() {
  workspace_.reset();
  subscription_.reset();
}

absl::Status Workload::OpenWorkspace() {
  AMEIDE_ASSIGN_OR_RETURN(workspace_, ada_->Open());
  subscription_ = workspace_->Subscribe([this](const EventGroup& told) {
    Group group{ada_->disk().operation_count(), {}};
    for (const ChangeSetSummary& line : told.events) group.events.push_back(line.id);
    const std::scoped_lock lock(mutex_);
    group.together = batch_;
    for (const EventId& event : group.events) {
      noted_.heads[event.stream] = std::max(noted_.heads[event.stream], event.seq);
    }
    recording_.groups.push_back(std::move(group));
  });
  AMEIDE_RETURN_IF_ERROR(NoteCut());
  return TakenIn();
}

absl::Status Workload::NoteCut() {
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, EverythingOf(*workspace_));
  const std::scoped_lock lock(mutex_);
  for (const auto& [stream, head] : cut.heads) {
    for (uint64_t seq = noted_.heads[stream] + 1; seq <= head; ++seq) {
      recording_.groups.push_back({ada_->disk().operation_count(), {{stream, seq}}, false});
    }
    noted_.heads[stream] = head;
  }
  return absl::OkStatus();
}

absl::Status Workload::TakenIn(const std::optional<ArtifactId>& only) {
  if (!workspace_->LogIncompleteBecause().empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, workspace_->Artifacts(true));
  std::set<ArtifactId> read_only;
  for (const Artifact& artifact : artifacts) {
    if (!artifact.read_only_because.empty()) read_only.insert(artifact.id);
  }
  for (OutsideChange& change : recording_.outside) {
    if (change.taken_in != UINT64_MAX || read_only.contains(change.artifact)) continue;
    if (only && change.artifact != *only) continue;
    change.taken_in = ada_->disk().operation_count();
  }
  return absl::OkStatus();
}

absl::Status Workload::NoteState() {
  Settle(*workspace_);
  Recording::State state;
  AMEIDE_ASSIGN_OR_RETURN(state.cut, workspace_->CurrentCut());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, workspace_->Artifacts(true));
  for (const Artifact& artifact : artifacts) {
    AMEIDE_ASSIGN_OR_RETURN(state.bytes[artifact.id], workspace_->Render(artifact.id));
  }
  recording_.states.push_back(std::move(state));
  return absl::OkStatus();
}

std::string Workload::Run() {
  const auto unexpected = [&](size_t step, const absl::Status& status) -> std::string {
    if (status.ok()) return {};
    errors_.push_back(status);
    if (options_.disk_fails) return {};
    return absl::StrCat("seed ", options_.seed, ", step ", step, ": ", status.ToString());
  };
  for (size_t step = 0; step < options_.steps; ++step) {
    if (options_.before_step) options_.before_step(step);
    absl::Status status = workspace_ == nullptr ? OpenWorkspace() : Step(step);
    if (status.ok()) status = NoteState();
    if (std::string problem = unexpected(step, status); !problem.empty()) return problem;
  }
  // Where the disk fails it is whoever heals it that judges.
  if (workspace_ == nullptr || options_.disk_fails) return {};
  Settle(*workspace_);
  if (const auto findings = Damage(*workspace_); !findings.ok() || !findings->empty()) {
    return absl::StrCat("seed ", options_.seed, ": verifying finds: ",
                        findings.ok() ? findings->front().message : std::string(findings.status().message()));
  }
  return CheckStates();
}

std::string Workload::Reopen() {
  Close();
  const absl::Status status = OpenWorkspace();
  return status.ok() ? std::string() : absl::StrCat("it does not open again: ", status.ToString());
}

std::string Workload::CheckStates() const {
  for (const Recording::State& state : recording_.states) {
    for (const auto& [artifact, bytes] : state.bytes) {
      const absl::StatusOr<std::string> now = workspace_->Render(artifact, state.cut);
      if (!now.ok()) return absl::StrCat("a past state cannot be read: ", now.status().ToString());
      if (*now != bytes) return absl::StrCat("artifact ", artifact.name, " has another past than it had");
    }
  }
  return {};
}

absl::Status Workload::Step(size_t step) {
  MoveClock();
  // At first something to work on; in the middle so much that snapshots are due.
  if (step < 3) return step == 1 ? ImportOne() : CreateOne();
  if (step == options_.steps / 2) return Batch(kStorm);
  switch (random_.Below(40)) {
    case 0:
    case 1:
      return UndoOrRedo();
    case 2:
      return CreateOne();
    case 3:
      return ImportOne();
    case 4:
      return RenameOne();
    case 5:
      return RetireOne();
    case 6:
    case 7:
    case 8:
      return SaveOutside();
    case 9:
      return MoveOutside();
    case 10:
    case 11:
      return Synchronise();
    case 12:
    case 13:
      return Seal();
    case 14:
      return ExchangeWithBob();
    case 15:
      Close();
      return OpenWorkspace();
    case 16:
    case 17:
      return Batch(2 + random_.Below(5));
    case 18:
    case 19:
    case 20:
    case 21:
    case 22:
      return Talk();
    case 23:
    case 24:
    case 25:
    case 26:
      return BranchOut();
    case 27:
    case 28:
      return ManyTogether();
    case 29:
      return Resolve();
    case 30:
      return RedactOne();
    case 31:
    case 32:
      return Pack();
    default:
      return Edit();
  }
}

void Workload::MoveClock() {
  using std::chrono::hours;
  ManualClock& clock = ada_->clock();
  clock.Advance(std::chrono::milliseconds(random_.Below(3000)));
  switch (random_.Below(40)) {
    case 0:
      clock.Advance(hours(25));
      break;
    case 1:
      clock.Advance(-hours(1));
      break;
    case 2:
      clock.Advance(-hours(25));
      break;
    default:
      break;
  }
  recording_.latest = std::max(recording_.latest, clock.Now());
}

std::string Workload::Name(const char* ending) {
  return absl::StrCat(random_.Below(3) == 0 ? "folder/" : "", "file", ++names_, ending);
}

std::optional<Artifact> Workload::AnyArtifact() {
  absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
  if (!artifacts.ok() || artifacts->empty()) return std::nullopt;
  return (*artifacts)[random_.Below(artifacts->size())];
}

std::optional<Command> Workload::SmallEdit(const Artifact& artifact, const Workspace& workspace) {
  const absl::StatusOr<document::Document> now = workspace.Load(artifact.id);
  if (!now.ok()) return std::nullopt;
  Command command = RandomEdit(artifact.id, *now, random_);
  for (const document::Op& op : command.ops) {
    const auto* insert = std::get_if<document::InsertNodeOp>(&op);
    if (insert != nullptr && now->Render().size() + insert->raw.size() > kLargestFile) return std::nullopt;
  }
  if (command.ops.empty()) return std::nullopt;
  return command;
}

absl::Status Workload::Edit() {
  const std::optional<Artifact> artifact = AnyArtifact();
  if (!artifact) return absl::OkStatus();
  std::optional<Command> command = SmallEdit(*artifact, *workspace_);
  if (!command) return absl::OkStatus();
  const std::string key = absl::StrCat("key", ++names_);
  if (random_.Below(2) == 0) command->idempotency_key = key;
  const bool has_key = !command->idempotency_key.empty();
  const absl::StatusOr<Receipt> receipt = workspace_->Submit(*std::move(command));
  if (receipt.ok()) recording_.own.insert(receipt->event.stream);
  if (receipt.ok() && has_key)
    recording_.keys.push_back({ada_->disk().operation_count(), key, receipt->event});
  return Unless(receipt.status());
}

absl::Status Workload::Batch(size_t size) {
  std::vector<Command> commands;
  const std::optional<Artifact> artifact = AnyArtifact();
  while (artifact && commands.size() < size) {
    std::optional<Command> command = SmallEdit(*artifact, *workspace_);
    if (!command) {
      size -= 1;
    } else if (size < kStorm / 2 || !std::holds_alternative<document::InsertNodeOp>(command->ops[0])) {
      commands.push_back(*std::move(command));
    }
  }
  if (commands.empty()) return absl::OkStatus();
  // The first is held up until all others wait: so they become one group, whatever the threads' pace.
  std::promise<void> first_done;
  std::promise<void> others_wait;
  auto go_on = others_wait.get_future();
  std::vector<std::promise<absl::Status>> answers(commands.size());
  SetBatch(true);
  for (size_t i = 0; i < commands.size(); ++i) {
    workspace_->SubmitAsync(std::move(commands[i]), [&, i](const absl::StatusOr<Receipt>& receipt) {
      if (i == 0) {
        first_done.set_value();
        go_on.wait();
      }
      answers[i].set_value(receipt.status());
    });
    if (i == 0) first_done.get_future().wait();
  }
  others_wait.set_value();
  absl::Status first;
  for (std::promise<absl::Status>& answer : answers) {
    const absl::Status status = Unless(answer.get_future().get());
    if (first.ok()) first = status;
  }
  SetBatch(false);
  return first;
}

void Workload::SetBatch(bool batch) {
  Settle(*workspace_);
  const std::scoped_lock lock(mutex_);
  batch_ = batch;
}

absl::Status Workload::UndoOrRedo() {
  const std::optional<Artifact> artifact = AnyArtifact();
  if (!artifact) return absl::OkStatus();
  return Unless(random_.Below(3) == 0 ? workspace_->Redo(artifact->id).status()
                                      : workspace_->Undo(artifact->id).status());
}

absl::Status Workload::CreateOne() {
  const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
  if (artifacts.ok() && artifacts->size() >= kMostArtifacts) return Edit();
  switch (random_.Below(4)) {
    case 0:
      return Unless(workspace_->Create(Name(".png"), random_.Bytes(700), "New picture").status());
    case 1:
      return Unless(workspace_->Create(Name(".md"), "# Title\n\none\ntwo\n", "New text").status());
    default:
      return Unless(workspace_->Create(Name(".bpmn"), uaf::kModel, "New diagram").status());
  }
}

absl::Status Workload::ImportOne() {
  const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
  if (artifacts.ok() && artifacts->size() >= kMostArtifacts) return Edit();
  const std::string path = Name(".bpmn");
  const absl::Status saved = ada_->Save(path, uaf::kModel);
  return saved.ok() ? Unless(workspace_->Import(path).status()) : saved;
}

absl::Status Workload::RenameOne() {
  const std::optional<Artifact> artifact = AnyArtifact();
  if (!artifact) return absl::OkStatus();
  const std::string ending = artifact->path.substr(artifact->path.rfind('.'));
  return Unless(workspace_->Rename(artifact->id, Name(ending.c_str())).status());
}

absl::Status Workload::RetireOne() {
  const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
  if (!artifacts.ok() || artifacts->size() < 3) return Edit();
  // While a part of the log is missing, what was saved outside stays where it is, also under a retired
  // artifact.
  if (!workspace_->LogIncompleteBecause().empty()) return Edit();
  return Unless(workspace_->Retire((*artifacts)[random_.Below(artifacts->size())].id).status());
}

absl::Status Workload::SaveOutside() {
  const std::optional<Artifact> artifact = AnyArtifact();
  if (!artifact) return absl::OkStatus();
  std::optional<std::string> bytes = ada_->Read(artifact->path);
  if (!bytes || bytes->size() > kLargestFile) return absl::OkStatus();
  OutsideChange change;
  change.artifact = artifact->id;
  change.begin = ada_->disk().operation_count();
  change.token = absl::StrCat("outside", ++names_, "x");
  const size_t name = bytes->find("name=\"");
  if (artifact->kind == document::TreeKind::kXml && name == std::string::npos) {
    absl::StrAppend(&*bytes, "<!-- ", change.token, " -->\n");
  } else if (artifact->kind != document::TreeKind::kXml) {
    absl::StrAppend(&*bytes, change.token, "\n");
  } else {
    bytes->insert(name + 6, change.token);
  }
  AMEIDE_RETURN_IF_ERROR(ada_->Save(artifact->path, *bytes));
  change.durable = ada_->disk().operation_count();
  recording_.outside.push_back(std::move(change));
  return random_.Below(2) == 0 ? Synchronise() : absl::OkStatus();
}

absl::Status Workload::MoveOutside() {
  const std::optional<Artifact> artifact = AnyArtifact();
  const std::optional<std::string> bytes = artifact ? ada_->Read(artifact->path) : std::nullopt;
  if (!bytes) return absl::OkStatus();
  OutsideChange change;
  change.artifact = artifact->id;
  change.begin = ada_->disk().operation_count();
  const std::string path = Name(".bpmn");
  FileSystem& files = ada_->files();
  if (random_.Below(3) == 0) {
    // Whoever removes a file wants what was saved in it no more.
    for (OutsideChange& earlier : recording_.outside) {
      if (earlier.taken_in == UINT64_MAX && absl::StrContains(*bytes, earlier.token)) earlier.token.clear();
    }
    AMEIDE_RETURN_IF_ERROR(files.Remove(ada_->root() / artifact->path));
  } else {
    AMEIDE_RETURN_IF_ERROR(files.CreateFolders((ada_->root() / path).parent_path()));
    AMEIDE_RETURN_IF_ERROR(files.Move(ada_->root() / artifact->path, ada_->root() / path));
  }
  change.durable = ada_->disk().operation_count();
  recording_.outside.push_back(std::move(change));
  return Synchronise();
}

absl::Status Workload::Synchronise() {
  const auto notes = workspace_->SyncWorkingFiles();
  AMEIDE_RETURN_IF_ERROR(notes.status());
  AMEIDE_RETURN_IF_ERROR(TakenIn());
  for (const uaf::WorkingFileNote& note : *notes) {
    if (IsTrouble(note)) return absl::InternalError(note.message);
  }
  return absl::OkStatus();
}

absl::Status Workload::Seal() {
  AMEIDE_RETURN_IF_ERROR(workspace_->Seal().status());
  const Point at = ada_->disk().operation_count();
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, workspace_->CurrentCut());
  for (const StreamId& stream : recording_.own) {
    if (const auto head = cut.heads.find(stream); head != cut.heads.end()) {
      recording_.sealed.push_back({at, {}, {stream, head->second}});
    }
  }
  if (random_.Below(2) == 0) return absl::OkStatus();
  const std::string commit = Sha256(absl::StrCat("commit", ++names_)).Hex().substr(0, 40);
  AMEIDE_RETURN_IF_ERROR(workspace_->MarkCommitted(commit));
  recording_.commits.push_back({ada_->disk().operation_count(), commit, {}});
  return absl::OkStatus();
}

bool Workload::IsOwnLog(const std::string& path) const {
  return std::any_of(recording_.own.begin(), recording_.own.end(), [&](const StreamId& stream) {
    return path.starts_with(absl::StrCat(".uaf/log/", stream.name, "/"));
  });
}

absl::Status Workload::ExchangeWithBob() {
  AMEIDE_RETURN_IF_ERROR(Seal());
  // Bob's disk is sound: what fails here fails the run.
  bob_->clock().Set(std::max(bob_->clock().Now(), recording_.latest));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<CarriedFile> shared, ada_->Shared());
  // As git does it: what Ada packed is gone at Bob's, too.
  std::set<std::string> paths;
  for (const CarriedFile& file : shared) {
    paths.insert(file.path);
    AMEIDE_RETURN_IF_ERROR(bob_->Carry(file));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<CarriedFile> bobs_before, bob_->Shared());
  for (const CarriedFile& file : bobs_before) {
    if (paths.contains(file.path) || !IsOwnLog(file.path)) continue;
    AMEIDE_RETURN_IF_ERROR(bob_->files().Remove(bob_->root() / file.path));
  }
  if (bobs_ == nullptr) {
    AMEIDE_ASSIGN_OR_RETURN(bobs_, bob_->Open());
  }
  AMEIDE_RETURN_IF_ERROR(bobs_->ReceiveSegments().status());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, bobs_->Artifacts());
  for (int i = 0; i < 2 && !artifacts.empty(); ++i) {
    std::optional<Command> command = SmallEdit(artifacts[random_.Below(artifacts.size())], *bobs_);
    if (command) bobs_->Submit(*std::move(command)).IgnoreError();
  }
  AMEIDE_RETURN_IF_ERROR(bobs_->Seal().status());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<CarriedFile> bobs_now, bob_->Shared());
  for (const CarriedFile& file : bobs_now) {
    AMEIDE_RETURN_IF_ERROR(ada_->Carry(file));
  }
  return Unless(workspace_->ReceiveSegments().status());
}

}  // namespace ameide::uaf::simulation
