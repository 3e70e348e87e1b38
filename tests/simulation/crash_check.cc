#include "tests/simulation/crash_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "tests/uaf/random_edits.h"

namespace ameide::uaf::simulation {
namespace {

using uaf::Artifact;
using uaf::ChangeSet;
using uaf::Cut;
using uaf::Workspace;

/// No time of a recorded run ends in these microseconds: what was recorded after a crash is known by them.
constexpr std::chrono::microseconds kAfterTheCrash{777};

/// One look at what a crash left.
class Judge {
 public:
  Judge(Oracle& oracle, const DiskImage& image, const CrashPoint& point, std::set<std::string> whole)
      : oracle_(oracle),
        point_(point),
        whole_(std::move(whole)),
        random_(point.random + 1),
        computer_(image, point.random, TimeOf(oracle, point), Pace::kOnRequest) {}

  std::string Run() {
    if (std::string problem = CheckFilesAreWhole(); !problem.empty()) return problem;
    absl::StatusOr<std::unique_ptr<Workspace>> opened = computer_.Open();
    opening_ = computer_.disk().operation_count();
    if (!opened.ok()) return absl::StrCat("it does not open: ", opened.status().ToString());
    workspace_ = *std::move(opened);
    for (const auto check :
         {&Judge::FindWhatSurvived, &Judge::CheckAcknowledged, &Judge::CheckNews, &Judge::CheckContent,
          &Judge::CheckFacts, &Judge::CheckVerify, &Judge::CheckOutsideChanges, &Judge::CheckWorkingFiles,
          &Judge::CheckWorkGoesOn}) {
      if (std::string problem = (this->*check)(); !problem.empty()) return problem;
    }
    if (!point_.thorough) return {};
    if (std::string problem = CheckProjections(); !problem.empty()) return problem;
    return CheckAnotherReplica();
  }

  /// What files were given in one piece since the crash, and before.
  std::set<std::string> Whole() {
    std::set<std::string> whole = WholeFiles(computer_.disk().start(), computer_.disk().operations());
    whole.merge(whole_);
    return whole;
  }

  /// A disk after another crash, while the workspace was being opened.
  DiskImage CrashWhileOpening() {
    CrashModel model(computer_.disk().start());
    const std::vector<Operation>& operations = computer_.disk().operations();
    const uint64_t end = random_.Below(std::min<uint64_t>(opening_, operations.size()) + 1);
    for (uint64_t at = 0; at < end; ++at) model.Advance(operations[at]);
    return model.Crash(static_cast<Survival>(random_.Below(4)), random_);
  }

 private:
  static WallTime TimeOf(const Oracle& oracle, const CrashPoint& point) {
    using std::chrono::hours;
    const hours jump = point.random % 4 == 0 ? hours(-30) : point.random % 4 == 1 ? hours(26) : hours(1);
    return oracle.recording().latest + jump + kAfterTheCrash;
  }

  std::string CheckFilesAreWhole() {
    for (const std::string& path : computer_.WorkingFiles()) {
      const std::optional<std::string> bytes = computer_.Read(path);
      if (!oracle_.WasWhole(*bytes) && !whole_.contains(*bytes))
        return absl::StrCat(path, " holds a mixture");
    }
    return {};
  }

  std::string FindWhatSurvived() {
    const absl::StatusOr<Cut> cut = EverythingOf(*workspace_);
    const absl::StatusOr<Cut> current = workspace_->CurrentCut();
    if (!cut.ok() || !current.ok()) return (cut.ok() ? current : cut).status().ToString();
    for (const auto& [stream, head] : cut->heads) {
      uint64_t seq = head;
      for (; seq > 0; --seq) {
        absl::StatusOr<ChangeSet> event = workspace_->Show({stream, seq});
        if (!event.ok()) return event.status().ToString();
        const std::string recorded = oracle_.Canonical(event->id);
        const std::string here = EncodeChangeSet(*event);
        if (here == recorded || here == BeforeRedaction(event->id)) break;
        // A segment of another replica that the run held back, for instance because its clock was not
        // believed.
        if (recorded.empty() && !oracle_.recording().own.contains(stream)) {
          arrived_.insert(event->artifact);
          continue;
        }
        if (event->wall_time.time_since_epoch() % std::chrono::milliseconds(1) != kAfterTheCrash) {
          return absl::StrCat("event ", FormatId(event->id), " (", event->label,
                              ") is not what was recorded");
        }
        news_.push_back(*std::move(event));
      }
      if (seq > 0) survived_.heads[stream] = seq;
      if (const uint64_t now = std::min(seq, current->HeadOf(stream)); now > 0) now_.heads[stream] = now;
    }
    return {};
  }

  /// What the event was until its values were taken out; empty when they never were.
  std::string BeforeRedaction(const EventId& event) const {
    for (const Redaction& redaction : oracle_.recording().redactions) {
      if (redaction.event == event) return redaction.before;
    }
    return {};
  }

  /// True when values of the artifact are here that the run took out later.
  bool IsNotYetRedacted(const ArtifactId& artifact) const {
    const auto& redactions = oracle_.recording().redactions;
    return std::any_of(redactions.begin(), redactions.end(), [&](const Redaction& redaction) {
      return redaction.artifact == artifact && survived_.Covers(redaction.event) &&
             !survived_.Covers(redaction.recorded);
    });
  }

  std::string CheckAcknowledged() {
    for (const Group& group : oracle_.recording().groups) {
      const auto here = std::count_if(group.events.begin(), group.events.end(),
                                      [&](const EventId& event) { return survived_.Covers(event); });
      const auto all = static_cast<std::ptrdiff_t>(group.events.size());
      if (group.at <= point_.at && here < all) {
        return absl::StrCat("acknowledged and lost: ", FormatId(group.events.back()));
      }
      if (group.together && here != 0 && here != all) {
        return absl::StrCat("half a group: ", here, " of ", all, ", up to ", FormatId(group.events.back()));
      }
    }
    return {};
  }

  bool OutsideChangePending() const {
    const auto& changes = oracle_.recording().outside;
    return std::any_of(changes.begin(), changes.end(), [&](const OutsideChange& change) {
      return change.begin <= point_.at && point_.at < change.taken_in;
    });
  }

  /// True for what somebody saved and nobody took in, as under an artifact that was retired meanwhile.
  bool HoldsOutsideChange(const std::string& path) const {
    const std::optional<std::string> bytes = computer_.Read(path);
    const auto& changes = oracle_.recording().outside;
    return std::any_of(changes.begin(), changes.end(), [&](const OutsideChange& change) {
      return !change.token.empty() && absl::StrContains(*bytes, change.token) && point_.at < change.taken_in;
    });
  }

  std::string CheckNews() {
    for (const ChangeSet& event : news_) {
      if (!OutsideChangePending() || !absl::StrContains(event.label, "outside")) {
        return absl::StrCat("recorded on opening, though nobody did anything: ", event.label);
      }
    }
    return {};
  }

  std::string CheckContent() {
    const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts(true);
    if (!artifacts.ok()) return artifacts.status().ToString();
    std::set<ArtifactId> here;
    for (const Artifact& artifact : *artifacts) {
      here.insert(artifact.id);
      const auto expected = oracle_.Render(artifact.id, now_);
      if (!expected.ok())
        return absl::StrCat(artifact.path, " should not exist: ", expected.status().ToString());
      const auto then = workspace_->Render(artifact.id, now_);
      if (!then.ok()) return absl::StrCat(artifact.path, ": ", then.status().ToString());
      if (IsNotYetRedacted(artifact.id)) continue;
      if (*then != *expected)
        return absl::StrCat(artifact.path, " renders other bytes than the log that survived");
      const bool changed = arrived_.contains(artifact.id) ||
                           std::any_of(news_.begin(), news_.end(),
                                       [&](const ChangeSet& event) { return event.artifact == artifact.id; });
      const auto now = workspace_->Render(artifact.id);
      if (!now.ok()) return absl::StrCat(artifact.path, ": ", now.status().ToString());
      if (!changed && *now != *expected)
        return absl::StrCat(artifact.path, " renders other bytes than before");
    }
    const absl::StatusOr<std::string> life = Oracle::LifeOf(*workspace_, now_);
    const absl::StatusOr<std::string> expected = oracle_.Life(now_);
    if (!life.ok()) return absl::StrCat("what was said cannot be read: ", life.status().ToString());
    if (!expected.ok()) return absl::StrCat("the run cannot say: ", expected.status().ToString());
    if (arrived_.empty() && *life != *expected) {
      return absl::StrCat("something else was said:\n", *life, "instead of:\n", *expected);
    }
    for (const Recording::State& state : oracle_.recording().states) {
      const bool covered = std::all_of(state.cut.heads.begin(), state.cut.heads.end(), [&](const auto& head) {
        return now_.Covers({head.first, head.second});
      });
      if (!covered) continue;
      for (const auto& [artifact, bytes] : state.bytes) {
        if (!here.contains(artifact)) return absl::StrCat("artifact ", artifact.name, " is gone");
      }
    }
    return {};
  }

  std::string CheckFacts() {
    const Recording& recording = oracle_.recording();
    std::map<StreamId, uint64_t> heads;
    for (const Told& told : recording.sealed) {
      uint64_t& head = heads[told.event.stream];
      if (told.at <= point_.at) head = std::max(head, told.event.seq);
    }
    uint64_t sealed = 0;
    for (const auto& [stream, head] : heads) sealed += head;
    const absl::StatusOr<uint64_t> unsealed = workspace_->UnsealedEvents();
    if (!unsealed.ok()) return unsealed.status().ToString();
    uint64_t own = 0;
    for (const StreamId& stream : recording.own) {
      if (const auto head = survived_.heads.find(stream); head != survived_.heads.end()) own += head->second;
    }
    if (own + news_.size() < sealed + *unsealed) return "what was sealed is open again";
    for (auto told = recording.commits.rbegin(); told != recording.commits.rend(); ++told) {
      if (told->at > point_.at) continue;
      if (!workspace_->ResolveCut(told->text).ok())
        return absl::StrCat("commit ", told->text, " is forgotten");
      break;
    }
    for (auto told = recording.keys.rbegin(); told != recording.keys.rend(); ++told) {
      if (told->at > point_.at) continue;
      return CheckRepeats(*told);
    }
    return {};
  }

  /// Somebody who did not hear the answer asks again.
  std::string CheckRepeats(const Told& told) {
    const absl::StatusOr<ChangeSet> event = workspace_->Show(told.event);
    if (!event.ok()) return event.status().ToString();
    uaf::Command again;
    again.artifact = event->artifact;
    again.label = "Again";
    again.ops = {uaf::document::SetNameOp{}};
    again.idempotency_key = told.text;
    const absl::StatusOr<uaf::Receipt> receipt = workspace_->Submit(std::move(again));
    if (!receipt.ok()) return absl::StrCat("a key is forgotten: ", receipt.status().ToString());
    return receipt->repeated && receipt->event == told.event ? std::string() : "a key means another event";
  }

  std::string CheckVerify() {
    auto findings = Damage(*workspace_);
    // What stands half way is told, with what to do.
    if (findings.ok() && !findings->empty()) {
      if (std::string problem = DoAsTold(*findings); !problem.empty()) return problem;
      findings = Damage(*workspace_);
    }
    if (!findings.ok()) return absl::StrCat("it cannot be verified: ", findings.status().ToString());
    return findings->empty() ? std::string() : absl::StrCat("verifying finds: ", findings->front().message);
  }

  /// True while git has not brought the policy's file of another branch yet.
  bool IsArriving() const {
    const auto& arrivals = oracle_.recording().arrivals;
    return std::any_of(arrivals.begin(), arrivals.end(), [&](const Recording::Arrival& arrival) {
      return arrival.begin <= point_.at && point_.at <= arrival.end;
    });
  }

  std::string DoAsTold(const std::vector<document::Finding>& findings) {
    for (const document::Finding& finding : findings) {
      if (finding.rule == "segment/unredacted") {
        for (const Redaction& redaction : oracle_.recording().redactions) {
          if (!survived_.Covers(redaction.recorded)) continue;
          const auto again = workspace_->Redact(redaction.event, "again");
          if (!again.ok()) return absl::StrCat("it cannot be redacted again: ", again.status().ToString());
        }
      } else if (finding.rule == "policy/changed" && IsArriving()) {
        const auto life = workspace_->Lifecycle();
        if (!life.ok()) return life.status().ToString();
        if (!computer_.Save(".uaf/policy.yaml", life->policy.bytes).ok()) return "the disk fails";
      }
    }
    return {};
  }

  std::string CheckOutsideChanges() {
    for (const OutsideChange& change : oracle_.recording().outside) {
      if (change.token.empty() || change.durable > point_.at || change.taken_in <= point_.at) continue;
      if (!CanBeFoundAgain(change.token, *workspace_, computer_)) {
        return absl::StrCat("what was saved outside is lost: ", change.token);
      }
    }
    return {};
  }

  std::string CheckWorkingFiles() {
    const auto notes = workspace_->SyncWorkingFiles();
    if (!notes.ok()) return absl::StrCat("files cannot be synchronised: ", notes.status().ToString());
    if (!workspace_->LogIncompleteBecause().empty()) return {};
    for (const uaf::WorkingFileNote& note : *notes) {
      if (IsTrouble(note)) return absl::StrCat("files: ", note.message);
    }
    const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
    if (!artifacts.ok()) return artifacts.status().ToString();
    std::set<std::string> expected;
    std::set<ArtifactId> held;
    for (const Artifact& artifact : *artifacts) {
      expected.insert(artifact.path);
      // Neither taken in nor written until what is held is believed.
      if (!artifact.read_only_because.empty()) {
        held.insert(artifact.id);
      } else if (computer_.Read(artifact.path) != *workspace_->Render(artifact.id)) {
        return absl::StrCat(artifact.path, " is not what the store holds");
      }
    }
    for (const std::string& path : computer_.WorkingFiles()) {
      if (expected.contains(path) || HoldsOutsideChange(path)) continue;
      const std::optional<ArtifactId> owner = oracle_.WasArtifact(path, survived_);
      if (owner && !held.contains(*owner)) {
        return absl::StrCat(path, " is left behind: no artifact has this path any more");
      }
    }
    return {};
  }

  std::string CheckWorkGoesOn() {
    const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
    if (!artifacts.ok()) return artifacts.status().ToString();
    absl::StatusOr<uaf::Receipt> receipt = absl::UnknownError("nothing was tried");
    for (const Artifact& artifact : *artifacts) {
      if (!artifact.read_only_because.empty() || artifact.kind == uaf::document::TreeKind::kOpaque) continue;
      for (int attempt = 0; attempt < 20 && !receipt.ok(); ++attempt) {
        const auto document = workspace_->Load(artifact.id);
        if (!document.ok()) return document.status().ToString();
        receipt = workspace_->Submit(uaf::RandomEdit(artifact.id, *document, random_));
      }
      break;
    }
    if (!receipt.ok()) receipt = workspace_->Create("after-the-crash.md", "# Going on\n", "Go on");
    if (!receipt.ok()) return absl::StrCat("work does not go on: ", receipt.status().ToString());
    const auto& own = oracle_.recording().own;
    const bool known = std::any_of(own.begin(), own.end(),
                                   [&](const StreamId& stream) { return survived_.heads.contains(stream); });
    if (known && !own.contains(receipt->event.stream)) return "another stream was begun";
    return {};
  }

  static std::string Line(const Artifact& artifact) {
    return absl::StrCat(artifact.id.name, " ", artifact.path, " ", artifact.format, " ",
                        FormatId(artifact.head), " ", artifact.events, " ", FormatTime(artifact.changed), " ",
                        artifact.changed_by.name, " ", artifact.retired ? "retired " : "",
                        artifact.pending_write ? "pending " : "", artifact.read_only_because, "\n");
  }
  std::string Projections() {
    std::string all;
    const auto artifacts = workspace_->Artifacts(true);
    if (!artifacts.ok()) return artifacts.status().ToString();
    for (const Artifact& artifact : *artifacts) absl::StrAppend(&all, Line(artifact));
    for (const char* word : {"stock", "w1*", "outside*"}) {
      const auto hits = workspace_->Search(word);
      if (!hits.ok()) return hits.status().ToString();
      std::set<std::string> lines;
      for (const uaf::SearchHit& hit : *hits) {
        lines.insert(absl::StrCat(hit.path, " ", FormatId(hit.node), " ", hit.excerpt, "\n"));
      }
      for (const std::string& line : lines) absl::StrAppend(&all, word, ": ", line);
    }
    return all;
  }

  std::string CheckProjections() {
    const std::string before = Projections();
    if (const absl::Status status = workspace_->Rebuild(); !status.ok()) return status.ToString();
    const std::string after = Projections();
    return before == after ? std::string()
                           : absl::StrCat("projections differ:\n", before, "rebuilt:\n", after);
  }

  std::string CheckAnotherReplica() {
    if (const auto sealed = workspace_->Seal(); !sealed.ok()) return sealed.status().ToString();
    Computer other(EmptyDisk(), point_.random + 2, computer_.clock().Now() + std::chrono::hours(48),
                   Pace::kOnRequest, "Carol");
    const auto shared = computer_.Shared();
    if (!shared.ok()) return shared.status().ToString();
    for (const CarriedFile& file : *shared) {
      if (!other.Save(file.path, file.bytes).ok()) return "the other disk fails";
    }
    const absl::StatusOr<std::unique_ptr<Workspace>> carols = other.Open();
    if (!carols.ok()) return absl::StrCat("another replica does not open: ", carols.status().ToString());
    if (!workspace_->LogIncompleteBecause().empty()) return {};
    // Carol is on main, and another branch that was never left has no segment of its own yet.
    const Cut cut = *workspace_->CurrentCut();
    const std::string branch = *workspace_->CurrentBranch();
    if (*(*carols)->BranchHead(branch) != cut) return "another replica has another cut";
    const auto artifacts = workspace_->Artifacts(true);
    for (const Artifact& artifact : *artifacts) {
      const auto theirs = (*carols)->Render(artifact.id, cut);
      if (!theirs.ok()) return absl::StrCat("another replica: ", theirs.status().ToString());
      if (*theirs != *workspace_->Render(artifact.id))
        return absl::StrCat(artifact.path, " differs elsewhere");
    }
    auto findings = Damage(**carols);
    // The policy's file is that of Ada's branch.
    if (findings.ok())
      std::erase_if(*findings, [](const document::Finding& each) { return each.rule == "policy/changed"; });
    if (!findings.ok())
      return absl::StrCat("another replica does not verify: ", findings.status().ToString());
    return findings->empty() ? std::string()
                             : absl::StrCat("another replica does not verify: ", findings->front().message);
  }

  Oracle& oracle_;
  CrashPoint point_;
  std::set<std::string> whole_;
  SeededRandom random_;
  Computer computer_;
  std::unique_ptr<Workspace> workspace_;
  uint64_t opening_ = 0;
  Cut survived_;                  ///< of the run, on any branch
  Cut now_;                       ///< of that, what is "now"
  std::vector<ChangeSet> news_;   ///< recorded since the crash
  std::set<ArtifactId> arrived_;  ///< changed by others' events that came since the crash
};

/// The path that an event gives its artifact.
const std::string* PathIn(const uaf::EventBody& body) {
  if (const auto* created = std::get_if<uaf::ArtifactCreated>(&body)) return &created->path;
  if (const auto* renamed = std::get_if<uaf::ArtifactRenamed>(&body)) return &renamed->path;
  return nullptr;
}

}  // namespace

bool CanBeFoundAgain(const std::string& token, const Workspace& workspace, Computer& computer) {
  for (const std::string& path : computer.WorkingFiles()) {
    if (absl::StrContains(computer.Read(path).value_or(""), token)) return true;
  }
  if (const auto aside = computer.files().List(computer.root() / ".uaf" / "aside"); aside.ok()) {
    for (const FolderEntry& entry : *aside) {
      if (absl::StrContains(computer.Read(absl::StrCat(".uaf/aside/", entry.name)).value_or(""), token))
        return true;
    }
  }
  const absl::StatusOr<Cut> cut = EverythingOf(workspace);
  if (!cut.ok()) return false;
  for (const auto& [stream, head] : cut->heads) {
    for (uint64_t seq = head; seq > 0; --seq) {
      const absl::StatusOr<ChangeSet> event = workspace.Show({stream, seq});
      const absl::StatusOr<Cut> then = workspace.CutAt({stream, seq});
      if (!event.ok() || event->artifact.name.empty() || !then.ok()) continue;
      const absl::StatusOr<std::string> bytes = workspace.Render(event->artifact, *then);
      if (bytes.ok() && absl::StrContains(*bytes, token)) return true;
    }
  }
  return false;
}

std::set<std::string> WholeFiles(DiskImage image, const std::vector<Operation>& operations) {
  std::set<std::string> whole;
  for (const Operation& operation : operations) {
    Apply(operation, image);
    if (operation.kind != Operation::Kind::kRename && operation.kind != Operation::Kind::kExchange) continue;
    const InodeNumber shown = image.at(operation.other_folder).entries.at(operation.other_name);
    whole.insert(*image.at(shown).bytes);
  }
  return whole;
}

Oracle::Oracle(Workload* workload)
    : workload_(workload), whole_(WholeFiles(workload->ada().disk().start(), operations())) {
  const absl::StatusOr<Cut> cut = EverythingOf(*workload->workspace());
  for (const auto& [stream, head] : cut->heads) {
    for (uint64_t seq = 1; seq <= head; ++seq) {
      const absl::StatusOr<ChangeSet> event = workload->workspace()->Show({stream, seq});
      canonical_[event->id] = EncodeChangeSet(*event);
      kinds_.insert(event->kind);
      if (const std::string* path = PathIn(event->body))
        named_[*path].emplace_back(event->id, event->artifact);
    }
  }
}

absl::StatusOr<std::string> Oracle::Render(const ArtifactId& artifact, const Cut& cut) {
  const std::scoped_lock lock(mutex_);
  const std::pair<ArtifactId, Cut> key(artifact, cut);
  if (const auto known = rendered_.find(key); known != rendered_.end()) return known->second;
  return rendered_.emplace(key, workload_->workspace()->Render(artifact, cut)).first->second;
}

absl::StatusOr<std::string> Oracle::LifeOf(const Workspace& workspace, const Cut& cut) {
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::State state, workspace.Lifecycle(cut));
  std::string all = absl::StrCat("policy ", state.policy.hash.Hex(), "\n");
  const auto tell = [&](std::string_view what, const lifecycle::Said& said, const std::string& text) {
    absl::StrAppend(&all, std::string(what), " ", FormatId(said.event), " ", said.author.name, " ", text,
                    "\n");
  };
  for (const auto& revision : state.revisions) tell("revision", revision.said, revision.name);
  for (const auto& comment : state.comments) {
    tell("comment", comment.said, absl::StrCat(comment.text, comment.resolved, comment.anchor_gone));
  }
  for (const auto& review : state.reviews) {
    tell("review", review.said, review.title);
    for (const auto& [person, verdict] : review.verdicts) {
      tell(person, verdict.said,
           absl::StrCat(verdict.text, static_cast<int>(verdict.verdict), verdict.outdated));
    }
  }
  for (const auto& approval : state.approvals) {
    tell(approval.purpose, approval.said, absl::StrCat(approval.void_because, approval.lapsed));
  }
  for (const auto& [artifact, standing] : state.standings) {
    absl::StrAppend(&all, artifact.name, " is ", standing.state, ", ", standing.requests.size(),
                    " requests\n");
  }
  for (const auto& publication : state.publications) tell("published", publication.said, publication.bundle);
  for (const auto& link : state.links) {
    tell("link", link.said, absl::StrCat(link.type, link.from_gone, link.to_gone));
  }
  for (const auto& key : state.keys) absl::StrAppend(&all, "key ", key.fingerprint, " ", key.person, "\n");
  for (const auto& finding : state.findings) absl::StrAppend(&all, finding.message, "\n");
  return all;
}

absl::StatusOr<std::string> Oracle::Life(const Cut& cut) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = lives_.find(cut); known != lives_.end()) return known->second;
  return lives_.emplace(cut, LifeOf(*workload_->workspace(), cut)).first->second;
}

std::string Oracle::Canonical(const EventId& event) const {
  const auto found = canonical_.find(event);
  return found == canonical_.end() ? std::string() : found->second;
}

std::optional<ArtifactId> Oracle::WasArtifact(const std::string& path, const Cut& cut) const {
  const auto found = named_.find(path);
  if (found == named_.end()) return std::nullopt;
  for (const auto& [event, artifact] : found->second) {
    if (cut.Covers(event)) return artifact;
  }
  return std::nullopt;
}

std::string CheckCrash(Oracle& oracle, const DiskImage& image, const CrashPoint& point, uint64_t& checked,
                       std::set<std::string> whole) {
  ++checked;
  Judge judge(oracle, image, point, std::move(whole));
  std::string problem = judge.Run();
  if (!problem.empty() || point.again == 0) return problem;
  CrashPoint again = point;
  again.random += 1'000'003;
  --again.again;
  problem = CheckCrash(oracle, judge.CrashWhileOpening(), again, checked, judge.Whole());
  return problem.empty() ? problem : absl::StrCat("after another crash on opening: ", problem);
}

}  // namespace ameide::uaf::simulation
