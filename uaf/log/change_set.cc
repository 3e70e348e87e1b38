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
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    edit.ops.push_back(ReadOp(reader, streams));
  }
  return edit;
}

struct BodyEncoder {
  const EventId& self;
  std::string operator()(const UnknownBody& body) const { return body.bytes; }
  std::string operator()(const Edit& edit) const { return EncodeEdit(edit, self); }
  std::string operator()(const ArtifactCreated& created) const {
    ByteWriter out;
    out.String(created.path);
    out.String(created.format);
    WriteImport(out, created.import);
    return out.Take();
  }
  std::string operator()(const ArtifactRenamed& renamed) const {
    ByteWriter out;
    out.String(renamed.path);
    return out.Take();
  }
  std::string operator()(const ArtifactRetired&) const { return {}; }
  std::string operator()(const KeyAdded& added) const {
    ByteWriter out;
    out.String(added.public_key);
    out.String(added.device);
    return out.Take();
  }
};

absl::StatusOr<EventBody> DecodeBody(const BodyType& type, std::string_view bytes, const EventId& self) {
  if (type.version != 1) return UnknownBody{std::string(bytes)};
  ByteReader reader(bytes);
  EventBody body;
  switch (static_cast<EventKind>(type.kind)) {
    case EventKind::kEdit:
      body = DecodeEdit(reader, self);
      break;
    case EventKind::kArtifactCreated: {
      ArtifactCreated created;
      created.path = reader.String();
      created.format = reader.String();
      created.import = ReadImport(reader);
      body = std::move(created);
      break;
    }
    case EventKind::kArtifactRenamed:
      body = ArtifactRenamed{std::string(reader.String())};
      break;
    case EventKind::kArtifactRetired:
      body = ArtifactRetired{};
      break;
    case EventKind::kKeyAdded: {
      KeyAdded added;
      added.public_key = reader.String();
      added.device = reader.String();
      body = std::move(added);
      break;
    }
    default:
      return UnknownBody{std::string(bytes)};
  }
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return body;
}

struct BodyTyper {
  BodyType operator()(const UnknownBody&) const { return {}; }
  BodyType operator()(const Edit&) const { return {static_cast<uint32_t>(EventKind::kEdit), 1}; }
  BodyType operator()(const ArtifactCreated&) const {
    return {static_cast<uint32_t>(EventKind::kArtifactCreated), 1};
  }
  BodyType operator()(const ArtifactRenamed&) const {
    return {static_cast<uint32_t>(EventKind::kArtifactRenamed), 1};
  }
  BodyType operator()(const ArtifactRetired&) const {
    return {static_cast<uint32_t>(EventKind::kArtifactRetired), 1};
  }
  BodyType operator()(const KeyAdded&) const { return {static_cast<uint32_t>(EventKind::kKeyAdded), 1}; }
};

uint32_t ReadUint32(ByteReader& reader) {
  const uint64_t value = reader.Varint();
  if (value > UINT32_MAX) reader.Fail();
  return static_cast<uint32_t>(value);
}

}  // namespace

bool Cut::Covers(const EventId& event) const {
  const auto found = heads.find(event.stream);
  return found != heads.end() && event.seq <= found->second;
}

BodyType TypeOf(const EventBody& body) { return std::visit(BodyTyper{}, body); }

std::string EncodeChangeSet(const ChangeSet& change_set) {
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
  out.String(std::visit(BodyEncoder{change_set.id}, change_set.body));
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
