#include "uaf/log/change_set.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/codec.h"

namespace ameide::uaf {
namespace {

constexpr uint64_t kCanonicalForm = 1;

WallTime FromMicros(int64_t micros) { return WallTime(std::chrono::microseconds(micros)); }

uint32_t ReadUint32(ByteReader& reader) {
  const uint64_t value = reader.Varint();
  if (value > UINT32_MAX) reader.Fail();
  return static_cast<uint32_t>(value);
}

bool UsesOrderAttributes(const std::vector<document::Op>& ops) {
  return std::any_of(ops.begin(), ops.end(), [](const document::Op& op) {
    return std::holds_alternative<document::OrderAttributesOp>(op);
  });
}

std::string EncodeEdit(const Edit& edit, const EventId& self) {
  StreamTableWriter streams(self.stream);
  ByteWriter content;
  content.Byte(static_cast<uint8_t>(edit.role));
  content.Varint(edit.reverts.size());
  for (const EventId& reverted : edit.reverts) WriteEventId(content, streams, reverted);
  content.String(edit.group);
  content.String(edit.intent);
  content.Varint(edit.ops.size());
  for (const document::Op& op : edit.ops) WriteOp(content, streams, op);
  ByteWriter out;
  streams.Write(out);
  out.Raw(content.bytes());
  return out.Take();
}

/// So many operations an edit is taken to have at once: the count in the bytes may be a liar's.
constexpr size_t kUsualOps = 16;

Edit DecodeEdit(ByteReader& reader, const EventId& self) {
  const StreamTableReader streams(reader, self.stream);
  Edit edit;
  const uint8_t role = reader.Byte();
  if (role > static_cast<uint8_t>(UndoRole::kRedo)) reader.Fail();
  edit.role = static_cast<UndoRole>(role);
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    edit.reverts.push_back(ReadEventId(reader, streams));
  }
  edit.group = reader.String();
  edit.intent = reader.String();
  size_t left = reader.Count();
  edit.ops.reserve(std::min(left, kUsualOps));
  for (; left > 0 && reader.ok(); --left) edit.ops.push_back(ReadOp(reader, streams));
  return edit;
}

/// `edit` of version 2 says more behind what version 1 says.
std::string EncodeEditBody(const Edit& edit, const EventId& self, uint32_t version) {
  std::string bytes = EncodeEdit(edit, self);
  if (version == 1) return bytes;
  ByteWriter out;
  out.Raw(bytes);
  out.String(edit.batch);
  out.Bool(edit.origin.has_value());
  if (edit.origin) {
    WriteName(out, edit.origin->stream.name);
    out.Varint(edit.origin->seq);
  }
  return out.Take();
}

Edit DecodeEditBody(ByteReader& reader, const EventId& self, uint32_t version) {
  Edit edit = DecodeEdit(reader, self);
  if (version == 1) {
    if (UsesOrderAttributes(edit.ops)) reader.Fail();
    return edit;
  }
  edit.batch = reader.String();
  if (reader.Bool()) {
    edit.origin.emplace();
    edit.origin->stream.name = ReadName(reader);
    edit.origin->seq = reader.Varint();
  }
  return edit;
}

std::string EncodeForeignEdit(const ForeignEdit& foreign, const EventId& self) {
  ByteWriter out;
  out.Varint(foreign.importer_version);
  out.String(foreign.commit);
  out.Raw(foreign.blob.view());
  Edit edit;
  edit.ops = foreign.ops;
  out.Raw(EncodeEdit(edit, self));
  return out.Take();
}

ForeignEdit DecodeForeignEdit(ByteReader& reader, const EventId& self) {
  ForeignEdit foreign;
  foreign.importer_version = ReadUint32(reader);
  foreign.commit = reader.String();
  if (auto blob = Hash256::FromBytes(reader.Raw(32)); blob.ok()) foreign.blob = *blob;
  foreign.ops = DecodeEdit(reader, self).ops;
  return foreign;
}

void WriteBody(ByteWriter& out, const ArtifactCreated& created) {
  out.String(created.path);
  out.String(created.format);
  WriteImport(out, created.import);
}
void ReadBody(ByteReader& in, ArtifactCreated& created) {
  created.path = in.String();
  created.format = in.String();
  created.import = ReadImport(in);
}

void WriteBody(ByteWriter& out, const ArtifactRenamed& renamed) { out.String(renamed.path); }
void ReadBody(ByteReader& in, ArtifactRenamed& renamed) { renamed.path = in.String(); }

void WriteBody(ByteWriter&, const ArtifactRetired&) {}
void ReadBody(ByteReader&, ArtifactRetired&) {}

void WriteBody(ByteWriter& out, const KeyAdded& added) {
  out.String(added.public_key);
  out.String(added.device);
}
void ReadBody(ByteReader& in, KeyAdded& added) {
  added.public_key = in.String();
  added.device = in.String();
}

/// The version of verdicts and redactions that carries a signature.
constexpr uint32_t kSigned = 2;

struct BodyEncoder {
  const EventId& self;
  const uint32_t version;
  std::string operator()(const UnknownBody& body) const { return body.bytes; }
  std::string operator()(const Edit& edit) const { return EncodeEditBody(edit, self, version); }
  std::string operator()(const ForeignEdit& foreign) const { return EncodeForeignEdit(foreign, self); }
  std::string operator()(const ReviewSubmitted& body) const { return MaybeSigned(body); }
  std::string operator()(const Redacted& body) const { return MaybeSigned(body); }
  template <typename Body>
  std::string operator()(const Body& body) const {
    ByteWriter out;
    WriteBody(out, body);
    return out.Take();
  }

 private:
  template <typename Body>
  std::string MaybeSigned(const Body& body) const {
    ByteWriter out;
    WriteBody(out, body);
    if (version == kSigned) WriteSigned(out, body);
    return out.Take();
  }
};

/// Makes `body` the alternative of that number; false when there is none.
template <size_t kAt = 1>
bool BecomeKind(uint32_t kind, EventBody& body) {
  if constexpr (kAt < std::variant_size_v<EventBody>) {
    if (kind != kAt) return BecomeKind<kAt + 1>(kind, body);
    body.emplace<kAt>();
    return true;
  } else {
    return false;
  }
}

struct BodyDecoder {
  ByteReader& reader;
  const EventId& self;
  const uint32_t version;
  void operator()(UnknownBody&) const {}
  void operator()(Edit& edit) const { edit = DecodeEditBody(reader, self, version); }
  void operator()(ForeignEdit& foreign) const { foreign = DecodeForeignEdit(reader, self); }
  void operator()(ReviewSubmitted& body) const { MaybeSigned(body); }
  void operator()(Redacted& body) const { MaybeSigned(body); }
  template <typename Body>
  void operator()(Body& body) const {
    ReadBody(reader, body);
  }

 private:
  template <typename Body>
  void MaybeSigned(Body& body) const {
    ReadBody(reader, body);
    if (version == kSigned) ReadSigned(reader, body);
  }
};

uint32_t LastVersion(uint32_t kind) {
  switch (static_cast<EventKind>(kind)) {
    case EventKind::kEdit:
    case EventKind::kReviewSubmitted:
    case EventKind::kRedacted:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

uint64_t Cut::HeadOf(const StreamId& stream) const {
  const auto head = heads.find(stream);
  return head == heads.end() ? 0 : head->second;
}

void Cut::Unite(const Cut& other) {
  for (const auto& [stream, last] : other.heads) {
    uint64_t& head = heads[stream];
    head = std::max(head, last);
  }
}

bool Cut::Covers(const EventId& event) const {
  const auto found = heads.find(event.stream);
  return found != heads.end() && event.seq <= found->second;
}

Cut CutOf(const RecordedCut& recorded) {
  Cut cut;
  for (const EventReference& reference : recorded) {
    uint64_t& head = cut.heads[reference.id.stream];
    head = std::max(head, reference.id.seq);
  }
  return cut;
}

std::string_view KindName(uint32_t kind) {
  constexpr std::string_view kNames[] = {
      "unknown",          "edit",
      "created",          "renamed",
      "retired",          "key-added",
      "branch-started",   "branch-merged",
      "branch-closed",    "revision-tagged",
      "comment-added",    "comment-resolved",
      "review-requested", "review-submitted",
      "approved",         "promotion-requested",
      "promoted",         "promotion-refused",
      "published",        "conflict-resolved",
      "link-added",       "link-removed",
      "key-certified",    "key-revoked",
      "redacted",         "quarantine-lifted",
      "policy-changed",   "foreign-edit",
  };
  static_assert(std::size(kNames) == std::variant_size_v<EventBody>);
  return kind < std::size(kNames) ? kNames[kind] : kNames[0];
}

BodyType TypeOf(const EventBody& body) {
  if (std::holds_alternative<UnknownBody>(body)) return {};
  BodyType type{static_cast<uint32_t>(body.index()), 1};
  if (const auto* edit = std::get_if<Edit>(&body);
      edit != nullptr && (!edit->batch.empty() || edit->origin || UsesOrderAttributes(edit->ops))) {
    type.version = 2;
  }
  const auto* verdict = std::get_if<ReviewSubmitted>(&body);
  const auto* redacted = std::get_if<Redacted>(&body);
  if ((verdict != nullptr && !verdict->key.empty()) || (redacted != nullptr && !redacted->key.empty()))
    type.version = kSigned;
  return type;
}

std::span<const document::Op> OpsOf(const EventBody& body) {
  if (const auto* edit = std::get_if<Edit>(&body)) return edit->ops;
  if (const auto* foreign = std::get_if<ForeignEdit>(&body)) return foreign->ops;
  if (const auto* resolved = std::get_if<ConflictResolved>(&body)) return resolved->ops;
  return {};
}

std::string EncodeBody(const ChangeSet& event) {
  const ChangeSet& change_set = event.written();
  return std::visit(BodyEncoder{change_set.id, change_set.version}, change_set.body);
}

absl::StatusOr<EventBody> DecodeBody(const BodyType& type, std::string_view bytes, const EventId& self) {
  EventBody body;
  if (type.version == 0 || type.version > LastVersion(type.kind) || !BecomeKind(type.kind, body)) {
    return UnknownBody{std::string(bytes)};
  }
  ByteReader reader(bytes);
  std::visit(BodyDecoder{reader, self, type.version}, body);
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return body;
}

std::string EncodeChangeSet(const ChangeSet& change_set) {
  return EncodeChangeSet(change_set, EncodeBody(change_set));
}

std::string EncodeChangeSet(const ChangeSet& event, std::string_view body) {
  const ChangeSet& change_set = event.written();
  ByteWriter out;
  out.Varint(kCanonicalForm);
  WriteName(out, change_set.id.stream.name);
  out.Varint(change_set.id.seq);
  out.Varint(change_set.parents.size());
  for (const EventReference& parent : change_set.parents) {
    WriteName(out, parent.id.stream.name);
    out.Varint(parent.id.seq);
    out.Raw(parent.hash.view());
  }
  out.Varint(change_set.time.micros);
  out.Varint(change_set.time.counter);
  out.String(change_set.author.name);
  out.String(change_set.author.email);
  out.SignedVarint(change_set.wall_time.time_since_epoch().count());
  out.String(change_set.tool);
  out.String(change_set.label);
  WriteName(out, change_set.artifact.name);
  out.Varint(change_set.kind);
  out.Varint(change_set.version);
  out.String(body);
  return out.Take();
}

absl::StatusOr<ChangeSet> DecodeChangeSet(std::string_view canonical) {
  ByteReader reader(canonical);
  if (reader.Varint() != kCanonicalForm) {
    return absl::DataLossError("an event is not in canonical form 1; run `ameide doctor`");
  }
  ChangeSet change_set;
  change_set.id.stream.name = ReadName(reader);
  change_set.id.seq = reader.Varint();
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    EventReference parent;
    parent.id.stream.name = ReadName(reader);
    parent.id.seq = reader.Varint();
    if (auto hash = Hash256::FromBytes(reader.Raw(32)); hash.ok()) parent.hash = *hash;
    change_set.parents.push_back(std::move(parent));
  }
  change_set.time.micros = reader.Varint();
  change_set.time.counter = reader.Varint();
  change_set.author.name = reader.String();
  change_set.author.email = reader.String();
  change_set.wall_time = FromMicros(reader.SignedVarint());
  change_set.tool = reader.String();
  change_set.label = reader.String();
  change_set.artifact.name = ReadName(reader);
  change_set.kind = ReadUint32(reader);
  change_set.version = ReadUint32(reader);
  const std::string_view body = reader.String();
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  AMEIDE_ASSIGN_OR_RETURN(change_set.body,
                          DecodeBody({change_set.kind, change_set.version}, body, change_set.id));
  // Only one byte string may stand for an event, or its hash would not name it.
  if (EncodeChangeSet(change_set) != canonical) {
    return absl::DataLossError(
        absl::StrCat("event ", FormatId(change_set.id), " is not in its canonical form"));
  }
  return change_set;
}

}  // namespace ameide::uaf
