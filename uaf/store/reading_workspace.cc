#include "uaf/store/reading_workspace.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "uaf/lifecycle/approval_conflicts.h"
#include "uaf/merge/artifacts.h"
#include "uaf/projection/references.h"
#include "uaf/projection/search.h"
#include "uaf/projection/tables.h"
#include "uaf/projection/timeline.h"
#include "uaf/store/event_graph.h"
#include "uaf/store/first_policy.h"
#include "uaf/store/fold.h"
#include "uaf/store/log_files.h"
#include "uaf/store/log_listing.h"
#include "uaf/store/replay.h"
#include "uaf/store/stream_tails.h"
#include "uaf/store/verify.h"
#include "uaf/store/verify_lifecycle.h"

namespace ameide::uaf {
namespace {

constexpr size_t kFoldedDocuments = 16;

bool Concerns(const merge::Conflict& conflict, const ArtifactId& artifact) {
  return conflict.artifact == artifact ||
         std::any_of(conflict.sides.begin(), conflict.sides.end(),
                     [&](const merge::ConflictSide& side) { return side.artifact == artifact; });
}

/// Nothing ever happens here.
class NoSubscription final : public Workspace::Subscription {};

}  // namespace

ReadingWorkspace::ReadingWorkspace(const WorkspaceOptions& options, std::string id,
                                   std::unique_ptr<Database> database, std::string read_only_because)
    : options_(options),
      layout_(options.root),
      id_(std::move(id)),
      read_only_because_(std::move(read_only_because)),
      blobs_(layout_.blobs, options.files),
      database_(std::move(database)),
      reader_(database_.get()),
      lifecycle_(id_, &layout_, options.files) {}

absl::Status ReadingWorkspace::Refusal() const {
  return absl::FailedPreconditionError(
      absl::StrCat(options_.root.string(), " is open for reading only: ", read_only_because_));
}

void ReadingWorkspace::ReplaceDatabase(std::unique_ptr<Database> database) {
  const std::scoped_lock lock(mutex_);
  reader_ = EventReader(database.get());
  database_ = std::move(database);
  lifecycle_.Forget();
  folded_.clear();
  judged_.clear();
}

void ReadingWorkspace::ForgetFolded() const {
  const std::scoped_lock lock(mutex_);
  folded_.clear();
  judged_.clear();
}

Actor ReadingWorkspace::actor() const {
  const std::scoped_lock lock(mutex_);
  return options_.actor;
}

void ReadingWorkspace::SetActor(Actor actor) {
  const std::scoped_lock lock(mutex_);
  options_.actor = std::move(actor);
}

absl::StatusOr<std::vector<Artifact>> ReadingWorkspace::Artifacts(bool with_retired) const {
  const std::scoped_lock lock(mutex_);
  return reader_.Artifacts(with_retired);
}

absl::StatusOr<std::vector<Artifact>> ReadingWorkspace::ArtifactsAt(const Cut& cut) const {
  const std::scoped_lock lock(mutex_);
  return reader_.ArtifactsAt(cut);
}

absl::StatusOr<Artifact> ReadingWorkspace::FindArtifact(std::string_view path_or_id) const {
  const std::scoped_lock lock(mutex_);
  return reader_.FindArtifact(path_or_id);
}

const ReadingWorkspace::Folded* ReadingWorkspace::Keep(Folded folded) const {
  folded_.push_front(std::move(folded));
  if (folded_.size() > kFoldedDocuments) folded_.pop_back();
  return &folded_.front();
}

absl::StatusOr<const ReadingWorkspace::Folded*> ReadingWorkspace::FoldAll(
    const ArtifactId& artifact, const std::optional<Cut>& cut) const {
  const BlobSource blobs = [this](const Hash256& hash) { return blobs_.Get(hash); };
  AMEIDE_ASSIGN_OR_RETURN(Replayed replayed, Replay({*database_, reader_, blobs, *options_.formats}, artifact,
                                                    cut ? &*cut : nullptr));
  AMEIDE_ASSIGN_OR_RETURN(const int64_t view, reader_.View());
  return Keep({artifact, cut, std::move(replayed.head), replayed.time, replayed.events,
               std::move(replayed.heads), std::move(replayed.document), std::move(replayed.blocked), view});
}

absl::StatusOr<const ReadingWorkspace::Folded*> ReadingWorkspace::FoldPresent(
    const ArtifactId& artifact) const {
  Folded& known = folded_.front();
  AMEIDE_ASSIGN_OR_RETURN(const Artifact now, reader_.GetArtifact(artifact));
  AMEIDE_ASSIGN_OR_RETURN(const int64_t view, reader_.View());
  if (now.head == known.head && now.events == known.events && view == known.view) return &known;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> news, reader_.OfArtifactAfter(artifact, known.time));
  // Go on from what is here only if nothing came in before it, nor beside it.
  AMEIDE_ASSIGN_OR_RETURN(const bool goes_on, GoesOn(reader_, known.heads, news));
  if (news.empty() || known.events + news.size() != now.events || !known.blocked.empty() ||
      view != known.view || !goes_on) {
    folded_.pop_front();
    return FoldAll(artifact, std::nullopt);
  }
  Folded next = std::move(known);
  folded_.pop_front();
  const BlobSource blobs = [this](const Hash256& hash) { return blobs_.Get(hash); };
  AMEIDE_ASSIGN_OR_RETURN(merge::Merged merged,
                          FoldEvents({*database_, reader_, blobs, *options_.formats}, artifact, news,
                                     next.heads, std::move(next.document)));
  next.document = *std::move(merged.document);
  next.blocked = std::move(merged.blocked);
  next.head = news.back().change_set.id;
  next.time = news.back().change_set.time;
  next.events += news.size();
  for (const StoredEvent& event : news) {
    uint64_t& head = next.heads.heads[event.change_set.id.stream];
    head = std::max(head, event.change_set.id.seq);
  }
  return Keep(std::move(next));
}

absl::StatusOr<const ReadingWorkspace::Folded*> ReadingWorkspace::Fold(const ArtifactId& artifact,
                                                                       const std::optional<Cut>& cut) const {
  const auto known = std::find_if(folded_.begin(), folded_.end(), [&](const Folded& folded) {
    return folded.artifact == artifact && folded.cut == cut;
  });
  if (known == folded_.end()) return FoldAll(artifact, cut);
  folded_.splice(folded_.begin(), folded_, known);
  // What a cut holds never changes; the present does.
  return cut ? &folded_.front() : FoldPresent(artifact);
}

absl::StatusOr<document::Document> ReadingWorkspace::Load(const ArtifactId& artifact,
                                                          const std::optional<Cut>& cut) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Folded* folded, Fold(artifact, cut));
  return folded->document.Clone();
}

absl::StatusOr<LoadedDocument> ReadingWorkspace::LoadWithHead(const ArtifactId& artifact) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Folded* folded, Fold(artifact, std::nullopt));
  return LoadedDocument{folded->document.Clone(), folded->head};
}

absl::StatusOr<std::string> ReadingWorkspace::Render(const ArtifactId& artifact,
                                                     const std::optional<Cut>& cut) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Folded* folded, Fold(artifact, cut));
  return folded->document.Render();
}

absl::StatusOr<std::string> ReadingWorkspace::BlobRead(const Hash256& hash) const { return blobs_.Get(hash); }

absl::StatusOr<std::vector<ChangeSetSummary>> ReadingWorkspace::Log(const LogQuery& query) const {
  if (query.node) AMEIDE_RETURN_IF_ERROR(UpdateIndex());
  const std::scoped_lock lock(mutex_);
  if (!query.node) return reader_.Log(query);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<int64_t> keys, KeysOf(query.artifact, *query.node));
  return reader_.Log(query, LogSelection{.keys = &keys, .newest = {}});
}

absl::StatusOr<std::vector<int64_t>> ReadingWorkspace::KeysOf(const std::optional<ArtifactId>& artifact,
                                                              const NodeId& node) const {
  if (!artifact)
    return absl::InvalidArgumentError("name the artifact of the element whose history is asked for");
  AMEIDE_RETURN_IF_ERROR(CheckElementTables(*database_));
  AMEIDE_ASSIGN_OR_RETURN(const Folded* folded, Fold(*artifact, std::nullopt));
  return ChangesOf(*database_, reader_, *artifact, folded->document, node);
}

absl::StatusOr<std::vector<TimelineEntry>> ReadingWorkspace::Timeline(const TimelineQuery& query) const {
  if (query.node) AMEIDE_RETURN_IF_ERROR(UpdateIndex());
  const std::scoped_lock lock(mutex_);
  std::vector<int64_t> keys;
  if (query.node) {
    AMEIDE_ASSIGN_OR_RETURN(keys, KeysOf(query.artifact, *query.node));
  }
  std::optional<TimelineStart> start;
  if (query.after) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, reader_.Find(*query.after));
    if (!event) return absl::NotFoundError(absl::StrCat("no event ", FormatId(*query.after)));
    start = {*query.after, event->change_set.time};
  }
  LogQuery log;
  log.artifact = query.artifact;
  log.since = query.since;
  log.until = query.until;
  log.author = query.author;
  log.workspace_events = !query.artifact;
  const auto source = [&](const HistoryPage& page) {
    log.limit = page.limit;
    log.after = page.after;
    return reader_.Log(log, LogSelection{.keys = query.node ? &keys : nullptr, .newest = page.newest});
  };
  return FoldTimeline(source, query.limit, start);
}

absl::StatusOr<ChangeSet> ReadingWorkspace::Show(const EventId& event) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(std::optional<StoredEvent> found, reader_.Find(event));
  if (!found)
    return absl::NotFoundError(absl::StrCat("no event ", FormatId(event), "; `ameide log` lists them"));
  return std::move(found->change_set);
}

absl::StatusOr<Cut> ReadingWorkspace::CurrentCut() const {
  const std::scoped_lock lock(mutex_);
  return reader_.Current();
}

absl::StatusOr<Cut> ReadingWorkspace::CutAt(const EventId& event) const {
  AMEIDE_ASSIGN_OR_RETURN(const ChangeSet change_set, Show(event));
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(Cut cut, reader_.Current());
  if (!cut.Covers(event)) {
    AMEIDE_ASSIGN_OR_RETURN(const EventGraph graph, EventGraph::Load(*database_, reader_));
    AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader_.Everything());
    cut = graph.HeadOf(graph.BranchOf(event.stream), everything);
    // What is held folds behind what it was built on.
    if (!cut.Covers(event)) cut = graph.causality().PastOf(event);
  }
  return reader_.UpTo(change_set, std::move(cut));
}

absl::StatusOr<std::string> ReadingWorkspace::CurrentBranch() const {
  const std::scoped_lock lock(mutex_);
  return reader_.CurrentBranch();
}

absl::StatusOr<std::vector<Branch>> ReadingWorkspace::Branches() const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const EventGraph graph, EventGraph::Load(*database_, reader_));
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader_.Everything());
  AMEIDE_ASSIGN_OR_RETURN(const std::string current, reader_.CurrentBranch());
  return graph.Branches(everything, current);
}

absl::StatusOr<std::optional<Cut>> ReadingWorkspace::CutOfBranch(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const EventGraph graph, EventGraph::Load(*database_, reader_));
  if (!graph.HasBranch(name)) return std::optional<Cut>();
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader_.Everything());
  return graph.HeadOf(name, everything);
}

absl::StatusOr<Cut> ReadingWorkspace::BranchHead(std::string_view name) const {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Cut> cut, CutOfBranch(name));
  if (cut) return *std::move(cut);
  return absl::NotFoundError(
      absl::StrCat("there is no branch `", std::string(name), "` here; `ameide branch` lists them"));
}

absl::StatusOr<std::vector<QuarantinedEvent>> ReadingWorkspace::Quarantined() const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const EventGraph graph, EventGraph::Load(*database_, reader_));
  AMEIDE_ASSIGN_OR_RETURN(const Cut everything, reader_.Everything());
  std::vector<QuarantinedEvent> held;
  for (const auto& [stream, first] : graph.holds()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, reader_.Find({stream, first}));
    if (!event) continue;
    const ChangeSet& change_set = event->change_set;
    held.push_back({change_set.id,
                    WallTime(std::chrono::microseconds(static_cast<int64_t>(change_set.time.micros))),
                    change_set.author, change_set.label, graph.BranchOf(stream),
                    everything.heads.at(stream) - first + 1});
  }
  return held;
}

absl::StatusOr<Cut> ReadingWorkspace::CutOfRevision(std::string_view revision) const {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, options_.resolver(revision));
  const std::scoped_lock lock(mutex_);
  Cut cut;
  for (const std::string& path : paths) {
    const auto named = ParseLogPath(path);
    if (!named) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<uint64_t> last,
                            reader_.SegmentEnd(named->stream, named->last));
    if (!last) continue;
    uint64_t& head = cut.heads[named->stream];
    head = std::max(head, *last);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(*database_));
  CloseOverTails(tails, cut);
  return cut;
}

absl::StatusOr<std::optional<Cut>> ReadingWorkspace::CutOfTag(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader_.Current());
  const ArtifactId nothing;
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::History history, LifecycleAt(now, std::nullopt, &nothing));
  const lifecycle::State state = lifecycle::Fold(history);
  // Of the workspace first; one of an artifact where the name says which.
  const lifecycle::Revision* found = state.FindRevision(name);
  for (const lifecycle::Revision& revision : state.revisions) {
    if (found != nullptr && found->artifact.name.empty()) break;
    if (revision.name != name) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("several artifacts have a revision `", std::string(name),
                                                     "`; name the event (`ameide tag` lists them)"));
    }
    found = &revision;
  }
  return found == nullptr ? std::optional<Cut>() : std::optional<Cut>(found->cut);
}

absl::StatusOr<Cut> ReadingWorkspace::ResolveCut(std::string_view when) const {
  if (when == "now") return CurrentCut();
  const size_t colon = when.rfind(':');
  EventId event;
  // A time holds colons too, but also dashes.
  if (colon != std::string_view::npos && when.find('-') == std::string_view::npos &&
      absl::SimpleAtoi(std::string(when.substr(colon + 1)), &event.seq)) {
    {
      const std::scoped_lock lock(mutex_);
      AMEIDE_ASSIGN_OR_RETURN(event.stream, reader_.FindStream(when.substr(0, colon)));
    }
    return CutAt(event);
  }
  if (const absl::StatusOr<WallTime> time = ParseTime(when); time.ok()) {
    const std::scoped_lock lock(mutex_);
    return reader_.AsOf(*time);
  }
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Cut> tagged, CutOfTag(when));
  AMEIDE_ASSIGN_OR_RETURN(std::optional<Cut> branch, CutOfBranch(when));
  if (tagged && branch) {  // they came from different machines
    return absl::InvalidArgumentError(
        absl::StrCat("there are a branch and a revision `", std::string(when),
                     "`; name the revision's event (`ameide log` shows it) or an event of the branch"));
  }
  if (tagged) return *std::move(tagged);
  if (branch) return *std::move(branch);
  {
    const std::scoped_lock lock(mutex_);
    AMEIDE_ASSIGN_OR_RETURN(std::optional<Cut> cut, reader_.OfCommit(when));
    if (cut) return *std::move(cut);
  }
  if (options_.resolver) {
    absl::StatusOr<Cut> cut = CutOfRevision(when);
    if (cut.ok() || !absl::IsNotFound(cut.status())) return cut;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "`", std::string(when),
      "` is no time (2026-03-01, 2026-03-01T12:00:00Z), no event (<stream>:<number>), no revision, "
      "no commit and no branch of this workspace"));
}

absl::StatusOr<std::vector<SearchHit>> ReadingWorkspace::Search(std::string_view text, size_t limit) const {
  AMEIDE_RETURN_IF_ERROR(UpdateIndex());
  const std::scoped_lock lock(mutex_);
  return FindText(*database_, reader_, text, limit);
}

absl::StatusOr<std::vector<Reference>> ReadingWorkspace::ReferencesTo(const ArtifactId& artifact,
                                                                      const NodeId& node) const {
  AMEIDE_RETURN_IF_ERROR(UpdateIndex());
  const std::scoped_lock lock(mutex_);
  return FindReferencesTo(*database_, reader_, artifact, node);
}

absl::StatusOr<std::vector<Reference>> ReadingWorkspace::ReferencesTo(std::string_view element) const {
  AMEIDE_RETURN_IF_ERROR(UpdateIndex());
  const std::scoped_lock lock(mutex_);
  return FindReferencesTo(*database_, reader_, element);
}

absl::StatusOr<lifecycle::History> ReadingWorkspace::LifecycleAt(const Cut& cut,
                                                                 const std::optional<Cut>& asked,
                                                                 const ArtifactId* only) const {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> first,
                          FirstPolicyOf(reader_, layout_, *options_.files));
  const auto documents = [&](const ArtifactId& artifact) -> absl::StatusOr<const document::Document*> {
    AMEIDE_ASSIGN_OR_RETURN(const Folded* folded, Fold(artifact, asked));
    return &folded->document;
  };
  return lifecycle_.At(*database_, reader_, cut, first, documents, only);
}

absl::StatusOr<lifecycle::State> ReadingWorkspace::Lifecycle(const std::optional<Cut>& asked) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader_.Current());
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::History history, LifecycleAt(asked ? *asked : now, asked));
  return lifecycle::Fold(history);
}

absl::StatusOr<std::vector<lifecycle::Reason>> ReadingWorkspace::WhatBlocks(
    const PromoteRequest& request) const {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<merge::Conflict> open, Conflicts(request.artifact));
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Artifact artifact, reader_.GetArtifact(request.artifact));
  AMEIDE_ASSIGN_OR_RETURN(const Folded* folded, Fold(request.artifact, std::nullopt));
  const Hash256 content = Sha256(folded->document.Render());
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader_.Current());
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::History history, LifecycleAt(now, std::nullopt, &artifact.id));
  lifecycle::Authority authority(history);
  lifecycle::Gatekeeper gatekeeper(history, authority);
  return gatekeeper.WhatBlocks(request.artifact, request.to, content, now, {open, request.findings});
}

absl::StatusOr<std::map<ArtifactId, std::vector<lifecycle::Reason>>> ReadingWorkspace::WhatBlocksPublishing(
    std::span<const ArtifactId> artifacts) const {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<merge::Conflict> open, Conflicts(std::nullopt));
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader_.Current());
  const ArtifactId nothing;
  AMEIDE_ASSIGN_OR_RETURN(lifecycle::History history, LifecycleAt(now, std::nullopt, &nothing));
  for (const ArtifactId& artifact : artifacts)
    AMEIDE_RETURN_IF_ERROR(lifecycle_.AddContent(*database_, reader_, artifact, history));
  lifecycle::Authority authority(history);
  lifecycle::Gatekeeper gatekeeper(history, authority);
  std::map<ArtifactId, std::vector<lifecycle::Reason>> blocked;
  for (const ArtifactId& artifact : artifacts) {
    std::vector<merge::Conflict> own;
    std::copy_if(open.begin(), open.end(), std::back_inserter(own),
                 [&](const merge::Conflict& conflict) { return Concerns(conflict, artifact); });
    std::vector<lifecycle::Reason> reasons = gatekeeper.WhatBlocksPublishing(artifact, now, {own, {}});
    if (!reasons.empty()) blocked.emplace(artifact, std::move(reasons));
  }
  return blocked;
}

absl::StatusOr<std::vector<merge::Conflict>> ReadingWorkspace::ConflictsOf(const Artifact& artifact) const {
  AMEIDE_ASSIGN_OR_RETURN(const int64_t view, reader_.View());
  const auto known = judged_.find(artifact.id);
  if (known != judged_.end() && known->second.head == artifact.head && known->second.view == view &&
      known->second.events == artifact.events)
    return known->second.conflicts;
  const BlobSource blobs = [this](const Hash256& hash) { return blobs_.Get(hash); };
  AMEIDE_ASSIGN_OR_RETURN(std::vector<merge::Conflict> conflicts,
                          JudgeArtifact({*database_, reader_, blobs, *options_.formats}, artifact.id));
  judged_[artifact.id] = {artifact.head, artifact.events, view, conflicts};
  return conflicts;
}

absl::StatusOr<std::map<ArtifactId, std::vector<merge::Conflict>>> ReadingWorkspace::ApprovalConflictsOf(
    const std::optional<ArtifactId>& artifact) const {
  std::map<ArtifactId, std::vector<merge::Conflict>> conflicts;
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader_.Current());
  const ArtifactId nothing;
  AMEIDE_ASSIGN_OR_RETURN(lifecycle::History history, LifecycleAt(now, std::nullopt, &nothing));
  for (const ChangeSet* event : history.events) {
    if (!std::holds_alternative<Approved>(event->body) || event->artifact.name.empty()) continue;
    if (!artifact || event->artifact == *artifact) conflicts.try_emplace(event->artifact);
  }
  if (conflicts.empty()) return conflicts;
  for (const auto& [approved, none] : conflicts)
    AMEIDE_RETURN_IF_ERROR(lifecycle_.AddContent(*database_, reader_, approved, history));
  lifecycle::Authority authority(history);
  for (auto& [approved, found] : conflicts) found = lifecycle::ApprovalConflicts(approved, authority);
  return conflicts;
}

absl::StatusOr<std::vector<merge::Conflict>> ReadingWorkspace::Conflicts(
    const std::optional<ArtifactId>& artifact) const {
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, reader_.Artifacts(true));
  AMEIDE_ASSIGN_OR_RETURN(auto approvals, ApprovalConflictsOf(artifact));
  std::vector<merge::Conflict> all;
  for (const Artifact& each : artifacts) {
    if (artifact && each.id != *artifact) continue;
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<merge::Conflict> some, ConflictsOf(each));
    all.insert(all.end(), some.begin(), some.end());
    if (each.retired) continue;
    const std::vector<merge::Conflict>& lapsed = approvals[each.id];
    all.insert(all.end(), lapsed.begin(), lapsed.end());
  }
  std::vector<merge::NamedArtifact> named;
  for (const Artifact& each : artifacts) {
    if (!each.retired) named.push_back({each.id, each.path});
  }
  for (merge::Conflict& each : merge::PathConflicts(std::move(named))) {
    if (artifact && !Concerns(each, *artifact)) continue;
    for (merge::ConflictSide& side : each.sides) {
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                              reader_.OfArtifact(side.artifact, /*cut=*/nullptr));
      const auto named_by = std::find_if(events.rbegin(), events.rend(), [](const StoredEvent& event) {
        const EventBody& body = event.change_set.body;
        return std::holds_alternative<ArtifactCreated>(body) || std::holds_alternative<ArtifactRenamed>(body);
      });
      if (named_by != events.rend()) side.events.push_back(named_by->change_set.id);
    }
    all.push_back(std::move(each));
  }
  return all;
}

absl::StatusOr<merge::Conflict> ReadingWorkspace::FindConflict(std::string_view key) const {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<merge::Conflict> all, Conflicts(std::nullopt));
  const merge::Conflict* found = nullptr;
  for (const merge::Conflict& each : all) {
    if (key.empty() || !absl::StartsWith(each.key.Hex(), std::string(key))) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than one conflict begins with `", std::string(key), "`; give more of its name"));
    }
    found = &each;
  }
  if (found != nullptr) return *found;
  return absl::NotFoundError(
      absl::StrCat("no open conflict begins with `", std::string(key), "`; `ameide conflicts` lists them"));
}

absl::StatusOr<Receipt> ReadingWorkspace::ResolveConflict(std::string_view, const merge::Choice&) {
  return Refusal();
}
absl::StatusOr<Receipt> ReadingWorkspace::StartBranch(const NewBranch&) { return Refusal(); }
absl::StatusOr<std::vector<WorkingFileNote>> ReadingWorkspace::SwitchBranch(std::string_view) {
  return Refusal();
}
absl::StatusOr<Receipt> ReadingWorkspace::MergeBranch(std::string_view) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::CloseBranch(std::string_view, std::string_view) {
  return Refusal();
}
absl::StatusOr<Receipt> ReadingWorkspace::LiftQuarantine(const EventId&) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::Submit(Command) { return Refusal(); }
absl::StatusOr<std::vector<Receipt>> ReadingWorkspace::SubmitAll(std::vector<Command>) { return Refusal(); }
void ReadingWorkspace::SubmitAsync(Command, SubmitDone done) { done(Refusal()); }
absl::StatusOr<Receipt> ReadingWorkspace::Import(const std::filesystem::path&) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::Create(std::string_view, std::string_view, std::string_view) {
  return Refusal();
}
absl::StatusOr<Receipt> ReadingWorkspace::Rename(const ArtifactId&, std::string_view) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::Retire(const ArtifactId&) { return Refusal(); }
absl::StatusOr<UndoReceipt> ReadingWorkspace::Undo(const ArtifactId&) { return Refusal(); }
absl::StatusOr<UndoReceipt> ReadingWorkspace::Redo(const ArtifactId&) { return Refusal(); }
void ReadingWorkspace::UndoAsync(const ArtifactId&, UndoDone done) { done(Refusal()); }
void ReadingWorkspace::RedoAsync(const ArtifactId&, UndoDone done) { done(Refusal()); }
std::optional<std::string> ReadingWorkspace::CanUndo(const ArtifactId&) const { return std::nullopt; }
std::optional<std::string> ReadingWorkspace::CanRedo(const ArtifactId&) const { return std::nullopt; }
absl::StatusOr<Receipt> ReadingWorkspace::Record(RecordRequest) { return Refusal(); }
absl::StatusOr<std::vector<Receipt>> ReadingWorkspace::RecordAll(std::vector<RecordRequest>) {
  return Refusal();
}
absl::StatusOr<Receipt> ReadingWorkspace::Approve(const ArtifactId&, std::string_view) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::Promote(const PromoteRequest&) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::ApprovePolicy(std::string_view) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::ChangePolicy(std::string_view) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::CertifyKey(std::string_view, std::string_view) { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::RotateKey() { return Refusal(); }
absl::StatusOr<Receipt> ReadingWorkspace::RevokeKey(std::string_view, std::string_view) { return Refusal(); }
absl::StatusOr<std::vector<WorkingFileNote>> ReadingWorkspace::SyncWorkingFiles(const WorkingFileOptions&) {
  return Refusal();
}
absl::StatusOr<std::vector<WorkingFileNote>> ReadingWorkspace::FlushWorkingFile(const ArtifactId&) {
  return Refusal();
}

bool ReadingWorkspace::HasPendingWrites() const {
  const absl::StatusOr<std::vector<Artifact>> artifacts = Artifacts(false);
  return artifacts.ok() && std::any_of(artifacts->begin(), artifacts->end(),
                                       [](const Artifact& artifact) { return artifact.pending_write; });
}

std::unique_ptr<Workspace::Subscription> ReadingWorkspace::Subscribe(Observer) {
  return std::make_unique<NoSubscription>();
}

absl::StatusOr<std::vector<std::string>> ReadingWorkspace::MissingLogFiles() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> missing;
  AMEIDE_ASSIGN_OR_RETURN(const EventReader::Limits limits, reader_.PresentLimits());
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT s.name, g.number, g.stream, g.first FROM segments g JOIN streams s"
                         " ON s.id = g.stream WHERE g.last IS NOT NULL AND g.number > 0"
                         " AND length(s.name) <> 64"  // derived: no file
                         " ORDER BY g.stream, g.number"));
  StreamId stream;
  std::vector<LogFileName> files;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    if (query.Text(0) != stream.name) {
      stream.name = query.Text(0);
      AMEIDE_ASSIGN_OR_RETURN(files, LogFilesOf(layout_, *options_.files, stream));
    }
    const auto number = static_cast<uint64_t>(query.Int(1));
    const bool here = std::any_of(files.begin(), files.end(), [number](const LogFileName& file) {
      return file.first <= number && number <= file.last;
    });
    const int64_t first = EventReader::KeyOf(query.Int(2), static_cast<uint64_t>(query.Int(3)));
    if (!here && EventReader::Within(limits, first)) {
      missing.push_back(LogFileName{stream, number, number}.path());
    }
  }
  if (missing.empty()) return missing;
  AMEIDE_RETURN_IF_ERROR(reader_.ForEach([&](const StoredEvent& event) {
    if (!EventReader::Within(limits, event.key)) return absl::OkStatus();
    const auto need = [&](const Hash256& blob) {
      if (blob == Sha256("")) return;  // of a redacted file there is none
      if (!options_.files->Exists(layout_.blobs / blob.Hex())) missing.push_back(".uaf/blobs/" + blob.Hex());
    };
    const EventBody& body = event.change_set.body;
    if (const auto* created = std::get_if<ArtifactCreated>(&body)) need(created->import.blob);
    for (const document::Op& op : OpsOf(body)) {
      if (const auto* import = std::get_if<document::ImportOp>(&op)) need(import->blob);
    }
    return absl::OkStatus();
  }));
  return missing;
}

absl::StatusOr<uint64_t> ReadingWorkspace::UnsealedEvents() const {
  const std::scoped_lock lock(mutex_);
  return reader_.UnsealedEvents();
}

absl::StatusOr<std::vector<SealedFile>> ReadingWorkspace::Seal() { return Refusal(); }
absl::Status ReadingWorkspace::MarkCommitted(std::string_view) { return Refusal(); }
absl::Status ReadingWorkspace::NoteCommit(std::string_view, std::span<const std::string>) {
  return Refusal();
}
absl::Status ReadingWorkspace::NoteBranch(std::string_view, std::span<const std::string>) {
  return Refusal();
}
absl::StatusOr<uint64_t> ReadingWorkspace::PackSegments(uint64_t) { return Refusal(); }

absl::StatusOr<Receipt> ReadingWorkspace::Redact(const EventId&, std::string_view) { return Refusal(); }

absl::StatusOr<Receipt> ReadingWorkspace::AbsorbCommit(const ForeignChange&) { return Refusal(); }

absl::StatusOr<std::vector<WorkingFileNote>> ReadingWorkspace::FollowCommits(std::string_view) {
  return Refusal();
}

absl::Status ReadingWorkspace::ExportHistory(const std::filesystem::path&) { return Refusal(); }

absl::Status ReadingWorkspace::ExpectSegments(std::string_view, std::string_view) { return Refusal(); }
absl::StatusOr<uint64_t> ReadingWorkspace::ReceiveSegments() { return Refusal(); }

absl::StatusOr<std::vector<document::Finding>> ReadingWorkspace::Verify() const {
  // A damaged index is a finding, not a reason to find nothing.
  if (const absl::Status status = UpdateIndex(); !status.ok()) {
    LogWarning("the indexes could not be updated", {{"reason", std::string(status.message())}});
  }
  const std::scoped_lock lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(std::vector<document::Finding> findings,
                          VerifyStore(*database_, id_, layout_, *options_.files, *options_.formats));
  // What a damaged store says about approvals is not worth a word.
  if (std::any_of(findings.begin(), findings.end(), [](const document::Finding& finding) {
        return finding.severity == document::Severity::kError;
      })) {
    return findings;
  }
  AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader_.Current());
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::History history, LifecycleAt(now, std::nullopt));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<document::Finding> lifecycle,
                          VerifyLifecycle(lifecycle::Fold(history), reader_, layout_, *options_.files));
  findings.insert(findings.end(), lifecycle.begin(), lifecycle.end());
  AMEIDE_RETURN_IF_ERROR(VerifySigners(history, *database_, lifecycle_.signers(), findings));
  return findings;
}

absl::Status ReadingWorkspace::Rebuild() { return Refusal(); }

}  // namespace ameide::uaf
