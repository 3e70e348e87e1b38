#include "uaf/store/redaction.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/forks.h"
#include "uaf/log/redact.h"
#include "uaf/store/log_files.h"
#include "uaf/store/segment_salts.h"

namespace ameide::uaf {
namespace {

/// Names in the table `meta` the event whose values are still in files.
constexpr std::string_view kUnfinished = "redacting";

absl::StatusOr<StoredEvent> FindEvent(Store& store, const EventId& id) {
  AMEIDE_ASSIGN_OR_RETURN(std::optional<StoredEvent> event, store.log().reader().Find(id));
  if (!event)
    return absl::NotFoundError(absl::StrCat("no event ", FormatId(id), "; `ameide log` lists them"));
  return *std::move(event);
}

/// The segment that holds an event: its number, and where its salts begin.
struct Holder {
  int64_t stream = 0;
  int64_t number = 0;
  uint64_t first = 0;
  uint64_t last = 0;
  std::string seed;
  StreamId name;  ///< of the stream
};

/// All segments that hold an event: where tails part, the one of each may hold what came before.
absl::StatusOr<std::vector<Holder>> SegmentsOf(Store& store, const EventId& id) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      store.database().Prepare("SELECT g.stream, g.number, g.first, g.last, g.seed, s.name FROM segments g"
                               " JOIN streams s ON s.id = g.stream WHERE (s.name = ?1 OR (s.name > ?2 AND"
                               " s.name < ?3)) AND g.first <= ?4 AND g.last >= ?4"));
  const std::string base = WrittenAs(id.stream).name;
  const std::string tails = base + "~";
  const std::string behind = base + "\x7f";
  query.BindText(1, base).BindText(2, tails).BindText(3, behind).Bind(4, static_cast<int64_t>(id.seq));
  std::vector<Holder> holders;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    Holder holder{query.Int(0),
                  query.Int(1),
                  static_cast<uint64_t>(query.Int(2)),
                  static_cast<uint64_t>(query.Int(3)),
                  std::string(query.Blob(4)),
                  StreamId{std::string(query.Text(5))}};
    AMEIDE_ASSIGN_OR_RETURN(const EventId held, store.log().reader().Along(holder.name, id.seq));
    if (held == id) holders.push_back(std::move(holder));
  }
  if (!holders.empty()) return holders;
  return absl::FailedPreconditionError(
      absl::StrCat("no segment holds event ", FormatId(id), " yet; commit, then redact"));
}

absl::StatusOr<std::optional<Hash256>> FindPayload(Database& database, int64_t arrival) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database.Prepare("SELECT payload FROM redactions WHERE arrival = ?"));
  query.Bind(1, arrival);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<Hash256>();
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 payload, Hash256::FromBytes(query.Blob(0)));
  return std::optional<Hash256>(payload);
}

/// True when it did hold the event as it was.
bool RedactInSegment(Segment& segment, const StoredEvent& left, const Ed25519PrivateKey& key) {
  const uint64_t seq = left.change_set.id.seq;
  if (seq < segment.first || seq > segment.last()) return false;
  const auto before = [](const RedactionNote& note, uint64_t wanted) { return note.seq < wanted; };
  const auto place = std::lower_bound(segment.redacted.begin(), segment.redacted.end(), seq, before);
  if (place != segment.redacted.end() && place->seq == seq) return false;
  RedactionNote note;
  note.seq = seq;
  note.payload = PayloadsOf(segment)[seq - segment.first];
  if (!segment.seed.empty()) {
    for (uint64_t at = segment.first; at <= segment.last(); ++at)
      segment.salts.push_back(SaltOf(segment.seed, at));
    segment.seed.clear();
  }
  segment.salts[seq - segment.first] = Hash256{};
  std::string& canonical = segment.events[seq - segment.first];
  canonical = left.Canonical();
  const Ed25519Signature signature =
      key.Sign(RedactionMessage(segment.workspace, left.change_set.written().id, note.payload, canonical));
  note.signature = std::string(reinterpret_cast<const char*>(signature.data()), signature.size());
  note.key = key.public_key().Fingerprint();
  segment.redacted.insert(place, std::move(note));
  return true;
}

absl::Status RemoveUnnamed(Store& store, const std::vector<Hash256>& blobs) {
  if (blobs.empty()) return absl::OkStatus();
  std::set<Hash256> unnamed(blobs.begin(), blobs.end());
  AMEIDE_ASSIGN_OR_RETURN(const Cut cut, store.log().reader().Everything());
  for (const auto& [stream, last] : cut.heads) {
    AMEIDE_RETURN_IF_ERROR(
        store.log().reader().EachOfStream(stream, 1, last, [&](const StoredEvent& event, std::string_view) {
          for (const Hash256& blob : BlobsOf(event.change_set.body)) unnamed.erase(blob);
          return absl::OkStatus();
        }));
  }
  for (const Hash256& blob : unnamed) {
    AMEIDE_RETURN_IF_ERROR(store.options().files->Remove(store.layout().blobs / blob.Hex()));
    AMEIDE_RETURN_IF_ERROR(store.options().files->Remove(store.layout().root / kKeptBlobs / blob.Hex()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Hash256> PayloadOfRedacted(Database& database, const StoredEvent& event) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> payload, FindPayload(database, event.arrival));
  if (payload) return *payload;
  return absl::NotFoundError(absl::StrCat("event ", FormatId(event.change_set.id), " is not redacted"));
}

absl::StatusOr<std::vector<Hash256>> RedactInStore(Store& store, const EventId& id) {
  AMEIDE_ASSIGN_OR_RETURN(StoredEvent event, FindEvent(store, id));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> known, FindPayload(store.database(), event.arrival));
  if (known) return std::vector<Hash256>();
  AMEIDE_ASSIGN_OR_RETURN(ChangeSet left, WithoutValues(event.change_set));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Holder> holders, SegmentsOf(store, id));
  AMEIDE_ASSIGN_OR_RETURN(SegmentSalts salts, SegmentSalts::Of(store.database(), id.stream));
  AMEIDE_ASSIGN_OR_RETURN(const Hash256 payload, salts.PayloadOf(event));
  AMEIDE_ASSIGN_OR_RETURN(Statement note,
                          store.database().Prepare("INSERT INTO redactions(arrival, payload) VALUES(?, ?)"));
  note.Bind(1, event.arrival).BindBlob(2, payload.view());
  AMEIDE_RETURN_IF_ERROR(store.Noted(note.Run()));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement forget,
      store.database().Prepare("UPDATE segments SET seed = ? WHERE stream = ? AND number = ?"));
  for (const Holder& holder : holders) {
    const std::string given = SegmentSalts::Without(holder.seed, holder.first, holder.last, id.seq);
    forget.BindBlob(1, given).Bind(2, holder.stream).Bind(3, holder.number);
    AMEIDE_RETURN_IF_ERROR(store.Noted(forget.Run()));
  }
  std::vector<Hash256> blobs = BlobsOf(event.change_set.body);
  if (event.change_set.said.form) {
    AMEIDE_ASSIGN_OR_RETURN(ChangeSet written, WithoutValues(event.change_set.written()));
    left.said.form = std::make_shared<const ChangeSet>(std::move(written));
  }
  event.change_set = std::move(left);
  AMEIDE_RETURN_IF_ERROR(store.Noted(store.log().Replace(event)));
  store.ForgetLive(event.change_set.artifact);
  return blobs;
}

absl::Status NoteUnfinished(Store& store, const StoredEvent& event) {
  AMEIDE_ASSIGN_OR_RETURN(Statement note, store.database().Prepare("INSERT INTO meta(key, value) VALUES(?, ?)"
                                                                   " ON CONFLICT(key) DO UPDATE SET value ="
                                                                   " excluded.value"));
  const std::string arrival = absl::StrCat(event.arrival);  // the statement does not copy it
  note.BindText(1, kUnfinished).BindText(2, arrival);
  return store.Noted(note.Run());
}

absl::StatusOr<std::optional<EventId>> FindUnfinished(Store& store) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, store.database().Prepare("SELECT value FROM meta WHERE key = ?"));
  query.BindText(1, kUnfinished);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::nullopt;
  // By its arrival, which stays whatever its stream is called.
  int64_t arrival = 0;
  if (!absl::SimpleAtoi(std::string(query.Text(0)), &arrival))
    return absl::DataLossError("the store does not say which redaction was cut short; run `ameide doctor`");
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, store.log().reader().FindArrival(arrival));
  if (!event) return std::nullopt;
  return event->change_set.id;
}

absl::Status RedactOnDisk(Store& store, const EventId& id, std::vector<Hash256> blobs,
                          const Ed25519PrivateKey& key) {
  FileSystem& files = *store.options().files;
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent left, FindEvent(store, id));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Holder> holders, SegmentsOf(store, id));
  std::set<LogFileName> names;
  for (const Holder& holder : holders) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> all,
                            LogFilesOf(store.layout(), files, holder.name));
    const auto number = static_cast<uint64_t>(holder.number);
    for (const LogFileName& name : all) {
      if (holder.number > 0 && name.first <= number && number <= name.last) names.insert(name);
    }
  }
  const SegmentFiles segments(&store.layout(), &files, store.workspace());
  std::vector<std::pair<LogFileName, std::vector<SignedSegment>>> changed;
  for (const LogFileName& name : names) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<SignedSegment> content, segments.ReadFile(name));
    bool differs = false;
    for (SignedSegment& each : content) {
      Segment& segment = each.segment;
      if (id.seq < segment.first || id.seq > segment.last()) continue;
      AMEIDE_ASSIGN_OR_RETURN(const ChangeSet before,
                              DecodeChangeSet(segment.events[id.seq - segment.first]));
      const std::vector<Hash256> brought = BlobsOf(before.body);
      blobs.insert(blobs.end(), brought.begin(), brought.end());
      differs |= RedactInSegment(segment, left, key);
    }
    if (differs) changed.emplace_back(name, std::move(content));
  }
  // The blobs first: once the files are rewritten, nothing says which they were.
  AMEIDE_RETURN_IF_ERROR(RemoveUnnamed(store, blobs));
  for (const auto& [name, content] : changed)
    AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(store.layout().root / name.path(), EncodePack(content)));
  std::vector<StoredEvent> none;
  return store.InTransaction(
      [&]() -> absl::Status {
        AMEIDE_ASSIGN_OR_RETURN(Statement done, store.database().Prepare("DELETE FROM meta WHERE key = ?"));
        done.BindText(1, kUnfinished);
        return store.Noted(done.Run());
      },
      none);
}

}  // namespace ameide::uaf
