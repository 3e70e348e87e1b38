#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/status.h"
#include "uaf/document/diff.h"
#include "uaf/document/encoding.h"
#include "uaf/document/subtree_hash.h"
#include "uaf/merge/line_merge.h"
#include "uaf/merge/merge.h"

/// Three versions of a file: a base, and two concurrent edits of it.
namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::Encoding;
using document::ImportOp;
using document::Op;
using document::TreeKind;

/// One version as characters, with how they were written.
struct Version {
  std::string text;
  Encoding encoding = Encoding::kUtf8;
  bool byte_order_mark = false;
  TreeKind kind = TreeKind::kOpaque;
};

/// The characters of a file in the first of `encodings` that gives the bytes back; nullopt for what is no
/// text.
std::optional<Version> Decode(std::string_view bytes, const ImportOp& import) {
  absl::StatusOr<std::string> text = document::DecodeText(bytes, import.encoding, import.byte_order_mark);
  if (!text.ok() || document::EncodeText(*text, import.encoding, import.byte_order_mark) != bytes)
    return std::nullopt;
  return Version{*std::move(text), import.encoding, import.byte_order_mark, import.kind};
}

Version Read(std::string_view bytes, const document::Format& format) {
  if (absl::StatusOr<document::Intake> intake = format.Accept(bytes);
      intake.ok() && intake->import.kind != TreeKind::kOpaque) {
    if (std::optional<Version> version = Decode(bytes, intake->import)) return *std::move(version);
  }
  // What the format refuses may be text all the same.
  ImportOp lines;
  lines.kind = TreeKind::kLines;
  const auto begins = [&](std::string_view mark) { return bytes.substr(0, mark.size()) == mark; };
  if (begins("\xef\xbb\xbf")) {
    lines.byte_order_mark = true;
  } else if (begins("\xff\xfe") || begins("\xfe\xff")) {
    lines.encoding = begins("\xff\xfe") ? Encoding::kUtf16Le : Encoding::kUtf16Be;
    lines.byte_order_mark = true;
  }
  std::optional<Version> version = Decode(bytes, lines);
  if (version && version->text.find('\0') == std::string::npos) return *std::move(version);
  return Version{std::string(bytes)};
}

const EventId kBase{{"base"}, 1};
/// A folds before B, whichever of the two is called ours.
const std::array<EventId, 2> kSides{EventId{{"side-a"}, 1}, EventId{{"side-b"}, 1}};

/// One of the two changed it; of two changes the second side's stands, as in the fold.
template <typename T>
T Either(const T& base, const T& a, const T& b) {
  return b == base ? a : b;
}

ChangeSet Event(const EventId& id, uint64_t time, EventBody body) {
  ChangeSet change_set;
  change_set.id = id;
  if (id != kBase) change_set.parents = {{kBase, {}}};
  change_set.time = {time, 0};
  const BodyType type = TypeOf(body);
  change_set.kind = type.kind;
  change_set.version = type.version;
  change_set.body = std::move(body);
  return change_set;
}

using Versions = std::array<const Version*, 3>;  ///< base, A, B

/// Merges all three as trees of one kind; nullopt when the differences cannot be said in operations.
std::optional<Merged> MergeAs(TreeKind kind, const Versions& versions, const document::Format& format) {
  ImportOp import;
  import.kind = kind;
  std::array<std::optional<Document>, 3> documents;
  for (size_t i = 0; i < versions.size(); ++i) {
    absl::StatusOr<Document> document = Document::Import(import, versions[i]->text, kBase);
    if (!document.ok()) return std::nullopt;
    documents[i] = *std::move(document);
  }
  std::vector<ChangeSet> events = {Event(kBase, 1, ArtifactCreated{{}, {}, import})};
  Causality causality;
  for (size_t side = 0; side < kSides.size(); ++side) {
    absl::StatusOr<std::vector<Op>> ops = document::DiffDocuments(*documents[0], *documents[side + 1]);
    if (!ops.ok()) return std::nullopt;
    for (Op& op : *ops) BindToEvent(op, kSides[side]);
    Edit edit;
    edit.ops = *std::move(ops);
    events.push_back(Event(kSides[side], 2, std::move(edit)));
    causality.Add(events.back().id, events.back().parents);
  }
  const std::array<const ChangeSet*, 3> order = {&events[0], &events[1], &events[2]};
  const BlobSource blobs = [&](const Hash256&) { return absl::StatusOr<std::string>(versions[0]->text); };
  absl::StatusOr<Merged> merged = MergeEvents(order, causality, blobs, format);
  if (!merged.ok() || !merged->document) return std::nullopt;
  return *std::move(merged);
}

/// Merges by element cannot say where blank lines between two changed elements go, nor how attributes stand
/// when both sides moved them. Where both sides' lines can be merged too, and that makes the same file but
/// for such spelling, the lines know better.
std::string Spelled(const Document& merged, const Versions& versions) {
  std::string rendered = merged.Render();
  const std::optional<std::string> lines =
      MergeLines(versions[0]->text, versions[1]->text, versions[2]->text);
  if (!lines || *lines == rendered) return rendered;
  const absl::StatusOr<Document> read = Document::Import(merged.import(), *lines, kBase);
  if (!read.ok()) return rendered;
  const bool same = document::LooseHashes(*read).Of(document::kDocumentNode) ==
                    document::LooseHashes(merged).Of(document::kDocumentNode);
  return same ? *lines : rendered;
}

/// Two versions of which only one can stand.
FileMerge MergeWhole(std::string_view base, std::string_view a, std::string_view b) {
  FileMerge result;
  result.bytes = Either(base, a, b);
  if (a == b || a == base || b == base) return result;
  Conflict conflict;
  conflict.kind = ConflictKind::kContent;
  conflict.node = conflict.other = {kBase, 0};
  conflict.name = "the whole file";
  const std::array<std::string_view, 2> bytes{a, b};
  constexpr size_t kShort = 12;
  for (size_t side = 0; side < bytes.size(); ++side)
    conflict.sides.push_back({{kSides[side]}, "file " + Sha256(bytes[side]).Hex().substr(0, kShort)});
  conflict.standing = 1;
  conflict.key = KeyOf(conflict);
  result.conflicts.push_back(std::move(conflict));
  return result;
}

}  // namespace

FileMerge MergeFiles(std::string_view base, std::string_view ours, std::string_view theirs,
                     const document::Format& format) {
  const bool a_is_ours = Sha256(ours) <= Sha256(theirs);
  const std::string_view a = a_is_ours ? ours : theirs;
  const std::string_view b = a_is_ours ? theirs : ours;
  FileMerge result = MergeWhole(base, a, b);
  if (!result.conflicts.empty()) {
    const std::array<Version, 3> read = {Read(base, format), Read(a, format), Read(b, format)};
    const Versions versions = {&read[0], &read[1], &read[2]};
    const auto all = [&](auto is) { return std::all_of(read.begin(), read.end(), is); };
    std::optional<Merged> merged;
    if (all([&](const Version& each) { return each.kind == TreeKind::kXml; }))
      merged = MergeAs(TreeKind::kXml, versions, format);
    // Two files under one name that began with nothing: one after the other they would be no file.
    const bool began_apart = base.empty() && read[1].kind == TreeKind::kXml && read[2].kind == TreeKind::kXml;
    if (!merged && !began_apart && all([&](const Version& each) { return each.kind != TreeKind::kOpaque; }))
      merged = MergeAs(TreeKind::kLines, versions, format);
    if (merged) {
      const std::string text =
          merged->conflicts.empty() ? Spelled(*merged->document, versions) : merged->document->Render();
      result.bytes = document::EncodeText(
          text, Either(read[0].encoding, read[1].encoding, read[2].encoding),
          Either(read[0].byte_order_mark, read[1].byte_order_mark, read[2].byte_order_mark));
      result.conflicts = std::move(merged->conflicts);
      result.notes = std::move(merged->notes);
    }
  }
  result.a_is_ours = a_is_ours;
  return result;
}

}  // namespace ameide::uaf::merge
