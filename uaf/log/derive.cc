#include "uaf/log/derive.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/document/diff.h"
#include "uaf/log/codec.h"

namespace ameide::uaf {
namespace {

using document::Document;
using document::Encoding;
using document::ImportOp;
using document::TreeKind;

constexpr std::string_view kByteOrderMark8 = "\xef\xbb\xbf";
constexpr std::string_view kByteOrderMark16Le = "\xff\xfe";
constexpr std::string_view kByteOrderMark16Be = "\xfe\xff";

/// The encoding that an XML declaration names, of those that we decode ourselves.
Encoding DeclaredEncoding(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, std::min(bytes.find("?>"), size_t{200}));
  if (!head.starts_with("<?xml")) return Encoding::kUtf8;
  const size_t name = head.find("encoding");
  const size_t quote = name == std::string_view::npos ? name : head.find_first_of("\"'", name);
  if (quote == std::string_view::npos) return Encoding::kUtf8;
  const std::string_view value = head.substr(quote + 1, head.find(head[quote], quote + 1) - quote - 1);
  const std::string lower = absl::AsciiStrToLower(absl::string_view(value.data(), value.size()));
  if (lower == "iso-8859-1") return Encoding::kLatin1;
  return lower == "windows-1252" ? Encoding::kWindows1252 : Encoding::kUtf8;
}

ImportOp Judge(TreeKind kind, std::string_view bytes) {
  ImportOp import;
  import.blob = Sha256(bytes);
  import.kind = kind;
  import.byte_order_mark = true;
  if (bytes.starts_with(kByteOrderMark16Le)) {
    import.encoding = Encoding::kUtf16Le;
  } else if (bytes.starts_with(kByteOrderMark16Be)) {
    import.encoding = Encoding::kUtf16Be;
  } else if (!bytes.starts_with(kByteOrderMark8)) {
    import.byte_order_mark = false;
    if (kind == TreeKind::kXml) import.encoding = DeclaredEncoding(bytes);
  }
  return import;
}

Hash256 HashOfCut(const RecordedCut& cut) {
  ByteWriter out;
  out.Varint(cut.size());
  for (const EventReference& reference : cut) {
    WriteName(out, reference.id.stream.name);
    out.Varint(reference.id.seq);
    out.Raw(reference.hash.view());
  }
  return Sha256(out.bytes());
}

ChangeSet Begin(const DerivationInput& input, std::string_view label) {
  ChangeSet event;
  event.id = {DerivedStream(input), 1};
  event.parents = input.base;
  event.time = {input.latest.micros, input.latest.counter + 1};
  event.author = input.commit.author;
  event.wall_time = input.commit.time;
  event.tool = "git";
  event.label = label;
  event.artifact = input.artifact;
  return event;
}

ChangeSet WithBody(ChangeSet event, EventBody body) {
  const BodyType type = TypeOf(body);
  event.kind = type.kind;
  event.version = type.version;
  event.body = std::move(body);
  return event;
}

uint32_t ImporterOf(const ChangeSet& event) {
  const auto* foreign = std::get_if<ForeignEdit>(&event.body);
  return foreign == nullptr ? 0 : foreign->importer_version;
}

}  // namespace

namespace {

/// Where the first of git's three markers is, with the others behind it; npos: not all of them are there.
size_t FindConflictMarkers(std::string_view text) {
  size_t first = std::string_view::npos;
  size_t at = 0;
  for (const std::string_view marker : {"<<<<<<< ", "=======", ">>>>>>> "}) {
    while (true) {
      at = text.find(marker, at);
      if (at == std::string_view::npos) return at;
      if (at == 0 || text[at - 1] == '\n') break;
      ++at;
    }
    first = std::min(first, at);
  }
  return first;
}

}  // namespace

std::optional<size_t> LineOfConflictMarkers(std::string_view text, std::string_view before) {
  const size_t at = FindConflictMarkers(text);
  if (at == std::string_view::npos || FindConflictMarkers(before) != std::string_view::npos)
    return std::nullopt;
  return static_cast<size_t>(1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n'));
}

StreamId DerivedStream(const DerivationInput& input) {
  ByteWriter out;
  out.String("ameide derived event");
  out.String(input.workspace);
  WriteName(out, input.artifact.name);
  out.Raw(HashOfCut(input.base).view());
  out.Raw(Sha256(input.blob).view());
  out.Varint(kImporterVersion);
  return StreamId{Sha256(out.bytes()).Hex()};
}

absl::StatusOr<ChangeSet> DeriveForeignEdit(const DerivationInput& input, const Document& base) {
  ChangeSet event = Begin(input, "Edit outside of Ameide");
  ForeignEdit foreign;
  foreign.importer_version = kImporterVersion;
  foreign.commit = input.commit.id;
  const ImportOp import = Judge(base.kind(), input.blob);
  if (base.kind() != TreeKind::kOpaque) {
    if (const auto line = LineOfConflictMarkers(input.blob, base.Render()))
      return absl::InvalidArgumentError(absl::StrCat(*line, ":1: git's conflict markers are in it"));
  }
  foreign.blob = import.blob;
  AMEIDE_ASSIGN_OR_RETURN(const Document after, Document::Import(import, input.blob, event.id));
  if (absl::StatusOr<std::vector<document::Op>> ops = document::DiffDocuments(base, after); ops.ok()) {
    foreign.ops = *std::move(ops);
    for (document::Op& op : foreign.ops) BindToEvent(op, event.id);
  } else {
    foreign.ops = {import};
  }
  return WithBody(std::move(event), std::move(foreign));
}

ArtifactId DerivedArtifact(std::string_view workspace, std::string_view path, std::string_view root_commit) {
  ByteWriter out;
  out.String("ameide derived artifact");
  out.String(workspace);
  out.String(path);
  out.String(root_commit);
  return ArtifactId{Sha256(out.bytes()).Hex()};
}

ChangeSet DeriveCreated(const DerivationInput& input, std::string_view path, std::string_view format,
                        TreeKind kind) {
  ChangeSet event = Begin(input, absl::StrCat("Import ", std::string(path)));
  ImportOp import = Judge(kind, input.blob);
  const absl::StatusOr<Document> document = Document::Import(import, input.blob, event.id);
  if (!document.ok() || document->Render() != input.blob) import = Judge(TreeKind::kOpaque, input.blob);
  if (import.kind == TreeKind::kOpaque) {
    import.encoding = Encoding::kUtf8;
    import.byte_order_mark = false;
  }
  return WithBody(std::move(event), ArtifactCreated{std::string(path), std::string(format), import});
}

namespace {

ChangeSet DeriveFate(const DerivationInput& input, std::string_view label, std::string_view path,
                     EventBody body) {
  ByteWriter out;
  out.String(path.empty() ? "ameide derived retirement" : "ameide derived rename");
  out.String(input.workspace);
  WriteName(out, input.artifact.name);
  out.Raw(HashOfCut(input.base).view());
  out.String(path);
  out.String(input.commit.author.name);
  out.String(input.commit.author.email);
  out.Varint(static_cast<uint64_t>(input.commit.time.time_since_epoch().count()));
  ChangeSet event = Begin(input, label);
  event.id = {StreamId{Sha256(out.bytes()).Hex()}, 1};
  return WithBody(std::move(event), std::move(body));
}

}  // namespace

ChangeSet DeriveRetired(const DerivationInput& input) {
  return DeriveFate(input, "Removed outside of Ameide", {}, ArtifactRetired{});
}

ChangeSet DeriveRenamed(const DerivationInput& input, std::string_view path) {
  return DeriveFate(input, absl::StrCat("Renamed outside of Ameide to ", std::string(path)), path,
                    ArtifactRenamed{std::string(path)});
}

bool IsDerivedName(const StreamId& stream) { return Hash256::FromHex(stream.name).ok(); }

std::optional<Hash256> DerivedFrom(const ChangeSet& event) {
  if (const auto* foreign = std::get_if<ForeignEdit>(&event.body)) return foreign->blob;
  if (const auto* created = std::get_if<ArtifactCreated>(&event.body)) return created->import.blob;
  return std::nullopt;
}

bool IsDerived(const ChangeSet& event) {
  const bool fate = std::holds_alternative<ArtifactRetired>(event.body) ||
                    std::holds_alternative<ArtifactRenamed>(event.body);
  return event.id.seq == 1 && IsDerivedName(event.id.stream) && (fate || DerivedFrom(event).has_value());
}

bool AreOfOneDerivation(const ChangeSet& a, const ChangeSet& b) {
  return a.artifact == b.artifact && a.parents == b.parents && a.body.index() == b.body.index() &&
         DerivedFrom(a).has_value() && DerivedFrom(a) == DerivedFrom(b);
}

bool CountsBefore(const ChangeSet& a, const ChangeSet& b) {
  if (ImporterOf(a) != ImporterOf(b)) return ImporterOf(a) > ImporterOf(b);
  return EncodeChangeSet(a) < EncodeChangeSet(b);
}

}  // namespace ameide::uaf
