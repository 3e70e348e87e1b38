#include "uaf/store/verify.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/segment.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/exchange.h"
#include "uaf/store/fold.h"

namespace ameide::uaf {
namespace {

using document::Finding;
using document::Severity;

class Verifier {
 public:
  Verifier(Database& database, const std::string& workspace, const WorkspaceLayout& layout, FileSystem& files)
      : database_(database), reader_(&database), workspace_(workspace), layout_(layout), files_(files) {}

  absl::StatusOr<std::vector<Finding>> Run() {
    AMEIDE_RETURN_IF_ERROR(CheckDatabase());
    AMEIDE_RETURN_IF_ERROR(CheckChains());
    for (const StreamId& stream : StreamsOnDisk(layout_)) CheckSegments(stream);
    CheckBlobs();
    AMEIDE_RETURN_IF_ERROR(CheckArtifacts());
    return std::move(findings_);
  }

 private:
  void Tell(std::string_view rule, std::string message) {
    Finding finding;
    finding.severity = Severity::kError;
    finding.rule = rule;
    finding.message = std::move(message);
    findings_.push_back(std::move(finding));
  }

  absl::Status CheckDatabase() {
    AMEIDE_ASSIGN_OR_RETURN(Statement check, database_.Prepare("PRAGMA integrity_check(20)"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, check.Step());
      if (!more) return absl::OkStatus();
      if (check.Text(0) != "ok") {
        Tell("store/damaged", absl::StrCat(layout_.store.string(), ": ", std::string(check.Text(0)),
                                           "; run `ameide doctor --rebuild`"));
      }
    }
  }

  struct SegmentRow {
    uint64_t first;
    uint64_t last;
    std::string seed;
  };

  absl::StatusOr<std::vector<SegmentRow>> SegmentsOf(const StreamId& stream) {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_.Prepare("SELECT g.first, COALESCE(g.last, 0x7fffffffffffffff), g.seed FROM segments g"
                          " JOIN streams s ON s.id = g.stream WHERE s.name = ? ORDER BY g.number"));
    query.BindText(1, stream.name);
    std::vector<SegmentRow> rows;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) return rows;
      rows.push_back({static_cast<uint64_t>(query.Int(0)), static_cast<uint64_t>(query.Int(1)),
                      std::string(query.Blob(2))});
    }
  }

  absl::Status CheckChains() {
    AMEIDE_ASSIGN_OR_RETURN(const Cut cut, reader_.Current());
    for (const auto& [stream, head] : cut.heads) {
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<SegmentRow> segments, SegmentsOf(stream));
      const absl::StatusOr<std::vector<StoredEvent>> events = reader_.OfStream(stream, 1, head);
      if (!events.ok()) {
        Tell("store/damaged", absl::StrCat("stream ", stream.name, ": ", events.status().message()));
        continue;
      }
      CheckChain(stream, *events, segments);
    }
    return absl::OkStatus();
  }

  void CheckChain(const StreamId& stream, const std::vector<StoredEvent>& events,
                  const std::vector<SegmentRow>& segments) {
    Hash256 link = FirstLink(workspace_, stream);
    uint64_t seq = 0;
    size_t segment = 0;
    for (const StoredEvent& event : events) {
      const EventId id{stream, ++seq};
      while (segment < segments.size() && segments[segment].last < seq) ++segment;
      const bool covered = segment < segments.size() && segments[segment].first <= seq;
      if (event.change_set.id != id || !covered) {
        return Tell("chain/gap", absl::StrCat("event ", FormatId(id), " is missing or out of place"));
      }
      link = NextLink(link, PayloadHash(SaltOf(segments[segment].seed, seq), event.canonical));
      if (link != event.link) {
        return Tell("chain/changed", absl::StrCat("event ", FormatId(id), " (", event.change_set.label,
                                                  ") was changed in the store"));
      }
    }
  }

  void CheckSegments(const StreamId& stream) {
    std::vector<uint64_t> numbers;
    std::error_code error;
    for (auto file = std::filesystem::directory_iterator(layout_.log / stream.name, error);
         !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
      const auto named = ParseSegmentPath(file->path().generic_string());
      if (named) numbers.push_back(named->second);
    }
    std::sort(numbers.begin(), numbers.end());
    uint64_t expected = 1;
    for (const uint64_t number : numbers) {
      const std::string path = SegmentPath(stream, number);
      if (number != expected++) {
        return Tell("segment/missing", absl::StrCat(path, " is there, but ", SegmentPath(stream, number - 1),
                                                    " is not; restore it from git"));
      }
      if (absl::Status status = CheckSegment(stream, number, path); !status.ok()) {
        Tell("segment/changed", absl::StrCat(path, ": ", status.message(), "; restore it from git"));
      }
    }
    const absl::StatusOr<std::optional<uint64_t>> next = reader_.SegmentEnd(stream, expected);
    if (next.ok() && *next) {
      Tell("segment/missing",
           absl::StrCat(SegmentPath(stream, expected), " was removed; restore it from git"));
    }
  }

  absl::Status CheckSegment(const StreamId& stream, uint64_t number, const std::string& path) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, files_.Read(layout_.root / path, kLargestSegment));
    AMEIDE_ASSIGN_OR_RETURN(const SignedSegment decoded, DecodeSegment(bytes));
    const Segment& segment = decoded.segment;
    AMEIDE_ASSIGN_OR_RETURN(const Ed25519PublicKey key, ReadPublicKey(layout_, files_, segment.key));
    AMEIDE_RETURN_IF_ERROR(VerifySegment(decoded, key));
    if (segment.workspace != workspace_ || segment.stream != stream || segment.number != number) {
      return absl::DataLossError("it belongs to another place in the log");
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> stored,
                            reader_.OfStream(stream, segment.first, segment.last()));
    if (stored.empty()) return absl::OkStatus();  // not taken in yet
    if (stored.size() != segment.events.size() || stored.back().link != segment.head) {
      return absl::DataLossError("the store holds other events under these names");
    }
    return absl::OkStatus();
  }

  void CheckBlobs() {
    const BlobStore blobs(layout_.blobs, &files_);
    std::error_code error;
    for (auto file = std::filesystem::directory_iterator(layout_.blobs, error);
         !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
      const absl::StatusOr<Hash256> hash = Hash256::FromHex(file->path().filename().string());
      if (!hash.ok()) continue;
      if (const absl::StatusOr<std::string> bytes = blobs.Get(*hash); !bytes.ok()) {
        Tell("blob/changed", std::string(bytes.status().message()));
      }
    }
  }

  absl::Status CheckArtifacts() {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, reader_.Artifacts(true));
    const BlobStore blobs(layout_.blobs, &files_);
    for (const Artifact& artifact : artifacts) {
      const absl::StatusOr<std::vector<StoredEvent>> events = reader_.OfArtifact(artifact.id, nullptr);
      absl::Status status = events.status();
      Folder folder([&](const Hash256& hash) { return blobs.Get(hash); });
      if (status.ok()) {
        for (const StoredEvent& event : *events) {
          if (status.ok()) status = folder.Apply(event.change_set);
        }
      }
      if (!status.ok()) Tell("artifact/unreadable", absl::StrCat(artifact.path, ": ", status.message()));
      if (status.ok() && events->size() != artifact.events) {
        Tell("projection/behind",
             absl::StrCat(artifact.path,
                          ": the list of artifacts is behind the log; run `ameide doctor --rebuild`"));
      }
    }
    return absl::OkStatus();
  }

  Database& database_;
  EventReader reader_;
  const std::string& workspace_;
  const WorkspaceLayout& layout_;
  FileSystem& files_;
  std::vector<Finding> findings_;
};

}  // namespace

absl::StatusOr<std::vector<Finding>> VerifyStore(Database& database, const std::string& workspace,
                                                 const WorkspaceLayout& layout, FileSystem& files) {
  return Verifier(database, workspace, layout, files).Run();
}

}  // namespace ameide::uaf
