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

/// Adds an event and all that it has seen.
void See(Store& store, const EventId& id, Cut& cut) {
  for (const auto& [stream, seq] : store.log().graph().causality().PastOf(id).heads) {
    uint64_t& head = cut.heads[stream];
    head = std::max(head, seq);
  }
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

/// As CheckAgain, of a rename or a retirement: all that it is derived from is in it.
absl::Status CheckFateAgain(Store& store, const ChangeSet& event) {
  DerivationInput input;
  input.workspace = store.workspace();
  input.artifact = event.artifact;
  input.base = event.parents;
  input.commit = {{}, event.author, event.wall_time};
  for (const EventReference& parent : event.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const EventId meant, store.log().reader().Resolve(parent));
    if (meant != parent.id) return absl::OkStatus();  // as in CheckAgain
    AMEIDE_RETURN_IF_ERROR(Follow(store, meant, input.latest));
  }
  const auto* renamed = std::get_if<ArtifactRenamed>(&event.body);
  if (event == (renamed != nullptr ? DeriveRenamed(input, renamed->path) : DeriveRetired(input)))
    return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the carried event ", FormatId(event.id),
                                          " is not what follows from any commit: do not trust its author"));
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
    See(store, meant, cut);
    AMEIDE_RETURN_IF_ERROR(Follow(store, meant, input.latest));
  }
  AMEIDE_ASSIGN_OR_RETURN(const document::Document base, DocumentAt(store, event.artifact, cut));
  const absl::StatusOr<ChangeSet> again = DeriveForeignEdit(input, base);
  if (again.ok() && *again == event) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the carried event ", FormatId(event.id),
                                          " is not what follows from its commit: do not trust its author"));
}

}  // namespace

namespace {

/// What a change is derived from, with the names that its base has for those who have no more.
struct Base {
  DerivationInput input;
  Cut cut;
  SaidNames names;
};

absl::StatusOr<Base> BaseOf(Store& store, const ForeignChange& change) {
  Base base;
  base.input.workspace = store.workspace();
  base.input.artifact = change.artifact;
  base.input.commit = {change.commit, change.author, change.time};
  base.input.blob = change.bytes;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(store.database()));
  for (const EventId& head : change.base) {
    AMEIDE_RETURN_IF_ERROR(Follow(store, head, base.input.latest));
    See(store, head, base.cut);
  }
  CloseOverTails(tails, base.cut);
  // As everybody calls them who has no more than the base: what this store knows besides must not matter.
  base.names = NamesWithin(tails, {}, base.cut);
  std::map<StreamId, EventReference> heads;
  for (const EventId& head : change.base) {
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 link, store.log().reader().LinkOf(head));
    const EventId said = SaidAs(base.names, head);
    EventReference& known = heads[said.stream];
    if (known.id.seq < said.seq) known = {said, link};
  }
  for (auto& [stream, head] : heads) base.input.base.push_back(std::move(head));
  return base;
}

}  // namespace

absl::StatusOr<ChangeSet> DeriveFrom(Store& store, const ForeignChange& change) {
  AMEIDE_ASSIGN_OR_RETURN(const Base base, BaseOf(store, change));
  AMEIDE_ASSIGN_OR_RETURN(const document::Document document, DocumentAt(store, change.artifact, base.cut));
  AMEIDE_ASSIGN_OR_RETURN(ChangeSet event, DeriveForeignEdit(base.input, document));
  ForEachEventId(event.body, [&](EventId& id) { id = SaidAs(base.names, id); });
  return event;
}

absl::StatusOr<ChangeSet> DeriveFateFrom(Store& store, const ForeignChange& change, std::string_view path) {
  AMEIDE_ASSIGN_OR_RETURN(const Base base, BaseOf(store, change));
  return path.empty() ? DeriveRetired(base.input) : DeriveRenamed(base.input, path);
}

absl::StatusOr<ChangeSet> DeriveNewFrom(Store& store, const ForeignChange& change, std::string_view path,
                                        std::string_view root_commit) {
  constexpr size_t kHead = 4096;
  AMEIDE_ASSIGN_OR_RETURN(Base base, BaseOf(store, change));
  base.input.artifact = DerivedArtifact(store.workspace(), path, root_commit);
  const document::Format& format =
      store.options().formats->ForFile(path, std::string_view(change.bytes).substr(0, kHead));
  AMEIDE_ASSIGN_OR_RETURN(const document::Intake intake, format.Accept(change.bytes));
  return DeriveCreated(base.input, path, format.name(), intake.import.kind);
}

absl::StatusOr<std::vector<ChangeSet>> NewlyCarried(Store& store, const Segment& segment) {
  std::vector<ChangeSet> news;
  absl::Status waits;
  for (const std::string& canonical : segment.carried) {
    AMEIDE_ASSIGN_OR_RETURN(ChangeSet event, DecodeChangeSet(canonical));
    if (!IsDerived(event)) {
      return absl::DataLossError(
          absl::StrCat("it carries event ", FormatId(event.id), ", which is no derived one"));
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> known, store.log().reader().Find(event.id));
    if (known) continue;
    absl::Status missing;
    for (const EventReference& parent : event.parents) {
      const absl::StatusOr<EventId> here = store.log().reader().Resolve(parent);
      if (absl::IsNotFound(here.status())) {
        missing = here.status();
        break;
      }
      AMEIDE_RETURN_IF_ERROR(here.status());
    }
    if (!missing.ok()) {  // perhaps one of the others
      waits = missing;
      continue;
    }
    for (const Hash256& blob : BlobsOf(event.body)) AMEIDE_RETURN_IF_ERROR(store.blobs().Get(blob).status());
    const auto* foreign = std::get_if<ForeignEdit>(&event.body);
    AMEIDE_ASSIGN_OR_RETURN(const bool redacted, HasRedactions(store, event.artifact));
    if (foreign != nullptr && foreign->importer_version == kImporterVersion && !redacted)
      AMEIDE_RETURN_IF_ERROR(CheckAgain(store, event, *foreign));
    const bool fate = std::holds_alternative<ArtifactRetired>(event.body) ||
                      std::holds_alternative<ArtifactRenamed>(event.body);
    if (fate) AMEIDE_RETURN_IF_ERROR(CheckFateAgain(store, event));
    news.push_back(std::move(event));
  }
  if (news.empty() && !waits.ok()) return absl::OutOfRangeError(waits.message());
  return news;
}

}  // namespace ameide::uaf
