// What happens to files when somebody switches branches with git. The rest is in working_files.cc.
#include <algorithm>
#include <map>
#include <utility>

#include "base/status.h"
#include "uaf/log/forks.h"
#include "uaf/store/replay.h"
#include "uaf/store/working_files.h"

namespace ameide::uaf {
namespace {

/// Leaves of own edits those that stand: without undo and redo, and what these took back.
void KeepStanding(std::vector<StoredEvent>& edits) {
  std::map<EventId, std::vector<StoredEvent>> taken_back;  // by the undo that did it
  std::vector<StoredEvent> standing;
  for (StoredEvent& event : edits) {
    const Edit& edit = std::get<Edit>(event.change_set.body);
    if (edit.role == UndoRole::kNone) {
      standing.push_back(std::move(event));
      continue;
    }
    for (const EventId& reverted : edit.reverts) {
      if (edit.role == UndoRole::kRedo) {
        for (StoredEvent& again : taken_back[reverted]) standing.push_back(std::move(again));
        continue;
      }
      const auto found = std::find_if(standing.begin(), standing.end(), [&](const StoredEvent& each) {
        return each.change_set.id == reverted;
      });
      if (found == standing.end()) continue;
      taken_back[event.change_set.id].push_back(std::move(*found));
      standing.erase(found);
    }
  }
  std::sort(standing.begin(), standing.end(),
            [](const StoredEvent& a, const StoredEvent& b) { return a.change_set.id < b.change_set.id; });
  edits = std::move(standing);
}

}  // namespace

absl::StatusOr<std::vector<WorkingFiles::Travelling>> WorkingFiles::FindTravelling() {
  EventLog& log = store_->log();
  EventReader& reader = log.reader();
  std::vector<Travelling> travelling;
  uint64_t committed = 0;
  {
    AMEIDE_ASSIGN_OR_RETURN(Statement query,
                            store_->database().Prepare("SELECT MAX(c.last) FROM commits c JOIN streams s"
                                                       " ON s.id = c.stream WHERE s.name = ?"));
    query.BindText(1, log.own().name);
    AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (found) committed = static_cast<uint64_t>(query.Int(0));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          reader.OfStream(log.own(), committed + 1, log.NextId().seq - 1));
  std::map<ArtifactId, std::vector<StoredEvent>> edits;
  for (const StoredEvent& event : events) {
    if (std::holds_alternative<Edit>(event.change_set.body))
      edits[event.change_set.artifact].push_back(event);
  }
  for (auto& [id, some] : edits) {
    const absl::StatusOr<Artifact> artifact = reader.GetArtifact(id);
    if (!artifact.ok() || artifact->retired || !artifact->read_only_because.empty()) continue;
    const absl::StatusOr<std::string> bytes =
        store_->options().files->Read(store_->layout().root / artifact->path, kLargestArtifact);
    AMEIDE_ASSIGN_OR_RETURN(const document::Document* live, store_->Live(id));
    if (!bytes.ok() || live->Render() != *bytes) continue;
    KeepStanding(some);
    if (!some.empty()) travelling.push_back({id, *bytes, std::move(some)});
  }
  return travelling;
}

absl::Status WorkingFiles::Reissue(const std::vector<Travelling>& travelling) {
  EventReader& reader = store_->log().reader();
  for (const Travelling& each : travelling) {
    const absl::StatusOr<Artifact> artifact = reader.GetArtifact(each.artifact);
    if (!artifact.ok() || artifact->retired || !artifact->read_only_because.empty()) continue;
    AMEIDE_ASSIGN_OR_RETURN(const document::Document* before, store_->Live(each.artifact));
    if (before->Render() == each.bytes) continue;
    AMEIDE_ASSIGN_OR_RETURN(const Cut now, reader.Current());
    std::map<EventId, EventId> names;  // what each is called here
    const auto reissue = [&](const StoredEvent& event) -> absl::Status {
      Edit edit = std::get<Edit>(event.change_set.body);
      const EventId& origin = event.change_set.id;
      if (now.Covers(origin) || (edit.origin && now.Covers(*edit.origin))) return absl::OkStatus();
      names[origin] = store_->log().NextId();
      Store::EditTraits traits;
      traits.origin = origin;
      traits.tool = event.change_set.tool;
      traits.pass_over_failing = true;
      edit.origin.reset();
      EventBody body = std::move(edit);
      ForEachEventId(body, [&](EventId& id) {
        if (const auto renamed = names.find(id); renamed != names.end()) id = renamed->second;
      });
      Command command;
      command.artifact = each.artifact;
      command.label = event.change_set.label;
      command.intent = std::get<Edit>(body).intent;
      command.ops = std::move(std::get<Edit>(body).ops);
      const absl::StatusOr<Store::Recorded> recorded = store_->Record(std::move(command), traits);
      // What says nothing here is left; what the file says all the same is absorbed.
      if (recorded.ok() || !store_->broken()) return absl::OkStatus();
      return recorded.status();
    };
    AMEIDE_RETURN_IF_ERROR(InTransaction([&]() -> absl::Status {
      for (const StoredEvent& event : each.edits) AMEIDE_RETURN_IF_ERROR(reissue(event));
      AMEIDE_ASSIGN_OR_RETURN(const document::Document* live, store_->Live(each.artifact));
      WorkingFile stands;
      stands.path = artifact->path;
      stands.hash = Sha256(live->Render());
      AMEIDE_ASSIGN_OR_RETURN(stands.stands, Now(each.artifact));
      return table_.Remember(each.artifact, stands);
    }));
  }
  return absl::OkStatus();
}

absl::Status WorkingFiles::CameWithCommit(const std::vector<ArtifactId>& artifacts, const Cut& cut) {
  const BlobSource blobs = [this](const Hash256& hash) { return store_->blobs().Get(hash); };
  const ReplaySource source{store_->database(), store_->log().reader(), blobs, *store_->options().formats};
  for (const ArtifactId& artifact : artifacts) {
    const absl::StatusOr<Replayed> there = Replay(source, artifact, &cut);
    if (!there.ok()) continue;  // it is not in the commit, or not all of it is here
    AMEIDE_RETURN_IF_ERROR(CameWithCommit(artifact, there->document.Render()));
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
