#include "uaf/store/derived_events.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/log/forks.h"
#include "uaf/log/redact.h"
#include "uaf/store/replay.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {
namespace {

absl::StatusOr<document::Document> DocumentAt(Store& store, const ArtifactId& artifact, const Cut& cut) {
  const BlobSource blobs = [&store](const Hash256& hash) { return store.blobs().Get(hash); };
  AMEIDE_ASSIGN_OR_RETURN(
      Replayed replayed,
      Replay({store.database(), store.log().reader(), blobs, *store.options().formats}, artifact, &cut));
  return std::move(replayed.document);
}

/// The later of what is known and the time of a head of the base.
absl::Status Follow(Store& store, const EventId& id, HybridTime& latest) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, store.log().reader().Find(id));
  if (!event) return absl::NotFoundError(absl::StrCat("event ", FormatId(id), " has not come yet"));
  latest = std::max(latest, event->change_set.time);
  return absl::OkStatus();
}

/// Once values of an artifact were taken out, nobody can derive anew what was derived from them.
absl::StatusOr<bool> HasRedactions(Store& store, const ArtifactId& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store.database().Prepare(
          "SELECT EXISTS(SELECT 1 FROM redactions r WHERE (SELECT e.artifact FROM event_runs e WHERE e.first "
          "<="
          " r.arrival ORDER BY e.first DESC LIMIT 1) = (SELECT id FROM artifact_names WHERE name = ?))"));
  query.BindText(1, artifact.name);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  return query.Int(0) != 0;
}

absl::Status CheckAgain(Store& store, const ChangeSet& event, const ForeignEdit& foreign) {
  DerivationInput input;
  input.workspace = store.workspace();
  input.artifact = event.artifact;
  input.base = event.parents;
  input.commit = {foreign.commit, event.author, event.wall_time};
  AMEIDE_ASSIGN_OR_RETURN(const std::string blob, store.blobs().Get(foreign.blob));
  input.blob = blob;
  Cut cut;
  for (const EventReference& parent : event.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId meant, store.log().reader().Resolve(parent));
    // Where its base is called otherwise here, the signed hash that names it is believed.
    if (meant != parent.id) return absl::OkStatus();
    cut.heads[meant.stream] = meant.seq;
    AMEIDE_RETURN_IF_ERROR(Follow(store, meant, input.latest));
  }
  AMEIDE_ASSIGN_OR_RETURN(const document::Document base, DocumentAt(store, event.artifact, cut));
  const absl::StatusOr<ChangeSet> again = DeriveForeignEdit(input, base);
  if (again.ok() && *again == event) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the carried event ", FormatId(event.id),
                                          " is not what follows from its commit: do not trust its author"));
}

}  // namespace

absl::StatusOr<ChangeSet> DeriveFrom(Store& store, const ForeignChange& change) {
  DerivationInput input;
  input.workspace = store.workspace();
  input.artifact = change.artifact;
  input.commit = {change.commit, change.author, change.time};
  input.blob = change.bytes;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(store.database()));
  Cut base_cut;
  for (const EventId& head : change.base) {
    base_cut.heads[head.stream] = head.seq;
    AMEIDE_RETURN_IF_ERROR(Follow(store, head, input.latest));
  }
  CloseOverTails(tails, base_cut);
  // As everybody calls them who has no more than the base: what this store knows besides must not matter.
  const SaidNames names = NamesWithin(tails, {}, base_cut);
  std::map<StreamId, EventReference> heads;
  for (const auto& [stream, seq] : base_cut.heads) {
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 link, store.log().reader().LinkOf({stream, seq}));
    const EventId said = SaidAs(names, {stream, seq});
    EventReference& head = heads[said.stream];
    if (head.id.seq < said.seq) head = {said, link};
  }
  for (auto& [stream, head] : heads) input.base.push_back(std::move(head));
  AMEIDE_ASSIGN_OR_RETURN(const document::Document base, DocumentAt(store, change.artifact, base_cut));
  AMEIDE_ASSIGN_OR_RETURN(ChangeSet event, DeriveForeignEdit(input, base));
  ForEachEventId(event.body, [&](EventId& id) { id = SaidAs(names, id); });
  return event;
}

absl::StatusOr<std::vector<ChangeSet>> NewlyCarried(Store& store, const Segment& segment) {
  std::vector<ChangeSet> news;
  for (const std::string& canonical : segment.carried) {
    AMEIDE_ASSIGN_OR_RETURN(ChangeSet event, DecodeChangeSet(canonical));
    if (!IsDerived(event)) {
      return absl::DataLossError(
          absl::StrCat("it carries event ", FormatId(event.id), ", which is no derived one"));
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, store.log().reader().Find(event.id));
    if (known) continue;
    for (const EventReference& parent : event.parents) {
      const absl::StatusOr<EventId> here = store.log().reader().Resolve(parent);
      if (absl::IsNotFound(here.status())) return absl::OutOfRangeError(here.status().message());
      AMEIDE_RETURN_IF_ERROR(here.status());
    }
    for (const Hash256& blob : BlobsOf(event.body)) AMEIDE_RETURN_IF_ERROR(store.blobs().Get(blob).status());
    const auto* foreign = std::get_if<ForeignEdit>(&event.body);
    AMEIDE_ASSIGN_OR_RETURN(const bool redacted, HasRedactions(store, event.artifact));
    if (foreign != nullptr && foreign->importer_version == kImporterVersion && !redacted)
      AMEIDE_RETURN_IF_ERROR(CheckAgain(store, event, *foreign));
    news.push_back(std::move(event));
  }
  return news;
}

}  // namespace ameide::uaf
