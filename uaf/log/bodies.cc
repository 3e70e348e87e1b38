#include "uaf/log/bodies.h"

#include "uaf/log/codec.h"

namespace ameide::uaf {
namespace {

// Unlike edits, these bodies name few events: each name stands in full, without a table of streams.

void Write(ByteWriter& out, const EventId& id) {
  WriteName(out, id.stream.name);
  out.Varint(id.seq);
}
EventId ReadId(ByteReader& in) {
  EventId id;
  id.stream.name = ReadName(in);
  id.seq = in.Varint();
  return id;
}

void Write(ByteWriter& out, const std::optional<EventId>& id) {
  out.Bool(id.has_value());
  if (id) Write(out, *id);
}
std::optional<EventId> ReadOptionalId(ByteReader& in) {
  if (!in.Bool()) return std::nullopt;
  return ReadId(in);
}

void Write(ByteWriter& out, const std::optional<NodeId>& node) {
  out.Bool(node.has_value());
  if (!node) return;
  Write(out, node->event);
  out.Varint(node->ordinal);
}
std::optional<NodeId> ReadOptionalNode(ByteReader& in) {
  if (!in.Bool()) return std::nullopt;
  NodeId node;
  node.event = ReadId(in);
  const uint64_t ordinal = in.Varint();
  if (ordinal > UINT32_MAX) in.Fail();
  node.ordinal = static_cast<uint32_t>(ordinal);
  return node;
}

void Write(ByteWriter& out, const Hash256& hash) { out.Raw(hash.view()); }
Hash256 ReadHash(ByteReader& in) {
  const auto hash = Hash256::FromBytes(in.Raw(32));
  return hash.ok() ? *hash : Hash256{};
}

void Write(ByteWriter& out, const EventReference& reference) {
  Write(out, reference.id);
  Write(out, reference.hash);
}
EventReference ReadReference(ByteReader& in) {
  EventReference reference;
  reference.id = ReadId(in);
  reference.hash = ReadHash(in);
  return reference;
}

template <typename T>
void WriteAll(ByteWriter& out, const std::vector<T>& values) {
  out.Varint(values.size());
  for (const T& value : values) Write(out, value);
}
template <typename T, typename Read>
std::vector<T> ReadAll(ByteReader& in, Read read) {
  std::vector<T> values;
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) values.push_back(read(in));
  return values;
}

void Write(ByteWriter& out, const LinkEnd& end) {
  WriteName(out, end.artifact.name);
  Write(out, end.node);
}
LinkEnd ReadLinkEnd(ByteReader& in) {
  LinkEnd end;
  end.artifact.name = ReadName(in);
  end.node = ReadOptionalNode(in);
  return end;
}

/// An enumeration of `last` + 1 values as its byte.
template <typename Enum>
Enum ReadEnum(ByteReader& in, Enum last) {
  const uint8_t value = in.Byte();
  if (value > static_cast<uint8_t>(last)) in.Fail();
  return static_cast<Enum>(value);
}

std::string Text(ByteReader& in) { return std::string(in.String()); }

}  // namespace

void WriteBody(ByteWriter& out, const BranchStarted& body) {
  out.String(body.name);
  out.Byte(static_cast<uint8_t>(body.kind));
  out.String(body.title);
}
void ReadBody(ByteReader& in, BranchStarted& body) {
  body.name = Text(in);
  body.kind = ReadEnum(in, BranchKind::kProposal);
  body.title = Text(in);
}

void WriteBody(ByteWriter& out, const BranchMerged& body) { out.String(body.name); }
void ReadBody(ByteReader& in, BranchMerged& body) { body.name = Text(in); }

void WriteBody(ByteWriter& out, const BranchClosed& body) {
  out.String(body.name);
  out.String(body.reason);
}
void ReadBody(ByteReader& in, BranchClosed& body) {
  body.name = Text(in);
  body.reason = Text(in);
}

void WriteBody(ByteWriter& out, const RevisionTagged& body) {
  out.String(body.name);
  out.String(body.note);
  WriteAll(out, body.cut);
}
void ReadBody(ByteReader& in, RevisionTagged& body) {
  body.name = Text(in);
  body.note = Text(in);
  body.cut = ReadAll<EventReference>(in, ReadReference);
}

void WriteBody(ByteWriter& out, const CommentAdded& body) {
  Write(out, body.anchor);
  Write(out, body.reply_to);
  out.String(body.text);
}
void ReadBody(ByteReader& in, CommentAdded& body) {
  body.anchor = ReadOptionalNode(in);
  body.reply_to = ReadOptionalId(in);
  body.text = Text(in);
}

void WriteBody(ByteWriter& out, const CommentResolved& body) {
  Write(out, body.comment);
  out.Bool(body.reopened);
}
void ReadBody(ByteReader& in, CommentResolved& body) {
  body.comment = ReadId(in);
  body.reopened = in.Bool();
}

void WriteBody(ByteWriter& out, const ReviewRequested& body) {
  out.String(body.title);
  out.String(body.branch);
  out.Varint(body.reviewers.size());
  for (const std::string& reviewer : body.reviewers) out.String(reviewer);
}
void ReadBody(ByteReader& in, ReviewRequested& body) {
  body.title = Text(in);
  body.branch = Text(in);
  body.reviewers = ReadAll<std::string>(in, Text);
}

void WriteBody(ByteWriter& out, const ReviewSubmitted& body) {
  Write(out, body.request);
  out.Byte(static_cast<uint8_t>(body.verdict));
  out.String(body.text);
}
void ReadBody(ByteReader& in, ReviewSubmitted& body) {
  body.request = ReadId(in);
  body.verdict = ReadEnum(in, Verdict::kRequestChanges);
  body.text = Text(in);
}

void WriteSigned(ByteWriter& out, const ReviewSubmitted& body) {
  WriteAll(out, body.cut);
  Write(out, body.content);
  out.String(body.salt);
  Write(out, body.text_hash);
  WriteName(out, body.key);
  out.String(body.signature);
}
void ReadSigned(ByteReader& in, ReviewSubmitted& body) {
  body.cut = ReadAll<EventReference>(in, ReadReference);
  body.content = ReadHash(in);
  body.salt = Text(in);
  body.text_hash = ReadHash(in);
  body.key = ReadName(in);
  body.signature = Text(in);
  if (body.key.empty()) in.Fail();
}

void WriteBody(ByteWriter& out, const Approved& body) {
  out.String(body.purpose);
  WriteAll(out, body.cut);
  Write(out, body.content);
  Write(out, body.policy);
  WriteName(out, body.key);
  out.String(body.signature);
}
void ReadBody(ByteReader& in, Approved& body) {
  body.purpose = Text(in);
  body.cut = ReadAll<EventReference>(in, ReadReference);
  body.content = ReadHash(in);
  body.policy = ReadHash(in);
  body.key = ReadName(in);
  body.signature = Text(in);
}

void WriteBody(ByteWriter& out, const PromotionRequested& body) {
  out.String(body.to);
  out.String(body.note);
}
void ReadBody(ByteReader& in, PromotionRequested& body) {
  body.to = Text(in);
  body.note = Text(in);
}

void WriteBody(ByteWriter& out, const Promoted& body) {
  out.String(body.to);
  WriteAll(out, body.approvals);
  Write(out, body.content);
  Write(out, body.policy);
}
void ReadBody(ByteReader& in, Promoted& body) {
  body.to = Text(in);
  body.approvals = ReadAll<EventId>(in, ReadId);
  body.content = ReadHash(in);
  body.policy = ReadHash(in);
}

void WriteBody(ByteWriter& out, const PromotionRefused& body) {
  Write(out, body.request);
  out.String(body.reason);
}
void ReadBody(ByteReader& in, PromotionRefused& body) {
  body.request = ReadId(in);
  body.reason = Text(in);
}

void WriteBody(ByteWriter& out, const Published& body) {
  out.String(body.target);
  out.String(body.bundle);
  out.String(body.version);
  WriteAll(out, body.cut);
}
void ReadBody(ByteReader& in, Published& body) {
  body.target = Text(in);
  body.bundle = Text(in);
  body.version = Text(in);
  body.cut = ReadAll<EventReference>(in, ReadReference);
}

void WriteBody(ByteWriter& out, const ConflictResolved& body) {
  WriteAll(out, body.conflicts);
  out.String(body.choice);
  // The stream table comes first, as in an edit; number 0 is no stream here, because a body does not know
  // its own.
  StreamTableWriter streams(StreamId{});
  ByteWriter ops;
  ops.Varint(body.ops.size());
  for (const document::Op& op : body.ops) WriteOp(ops, streams, op);
  streams.Write(out);
  out.Raw(ops.bytes());
}
void ReadBody(ByteReader& in, ConflictResolved& body) {
  body.conflicts = ReadAll<Hash256>(in, ReadHash);
  body.choice = Text(in);
  const StreamTableReader streams(in, StreamId{});
  body.ops = ReadAll<document::Op>(in, [&streams](ByteReader& reader) { return ReadOp(reader, streams); });
}

void WriteBody(ByteWriter& out, const LinkAdded& body) {
  Write(out, body.from);
  Write(out, body.to);
  out.String(body.type);
  out.String(body.note);
}
void ReadBody(ByteReader& in, LinkAdded& body) {
  body.from = ReadLinkEnd(in);
  body.to = ReadLinkEnd(in);
  body.type = Text(in);
  body.note = Text(in);
}

void WriteBody(ByteWriter& out, const LinkRemoved& body) { Write(out, body.link); }
void ReadBody(ByteReader& in, LinkRemoved& body) { body.link = ReadId(in); }

void WriteBody(ByteWriter& out, const KeyCertified& body) {
  out.String(body.public_key);
  out.String(body.person);
  out.String(body.device);
  WriteName(out, body.by);
  out.String(body.signature);
}
void ReadBody(ByteReader& in, KeyCertified& body) {
  body.public_key = Text(in);
  body.person = Text(in);
  body.device = Text(in);
  body.by = ReadName(in);
  body.signature = Text(in);
}

void WriteBody(ByteWriter& out, const KeyRevoked& body) {
  WriteName(out, body.key);
  out.String(body.reason);
  WriteName(out, body.by);
  out.String(body.signature);
}
void ReadBody(ByteReader& in, KeyRevoked& body) {
  body.key = ReadName(in);
  body.reason = Text(in);
  body.by = ReadName(in);
  body.signature = Text(in);
}

void WriteBody(ByteWriter& out, const Redacted& body) {
  Write(out, body.event);
  Write(out, body.payload);
  out.String(body.reason);
}
void ReadBody(ByteReader& in, Redacted& body) {
  body.event = ReadId(in);
  body.payload = ReadHash(in);
  body.reason = Text(in);
}

void WriteSigned(ByteWriter& out, const Redacted& body) {
  WriteName(out, body.key);
  out.String(body.signature);
}
void ReadSigned(ByteReader& in, Redacted& body) {
  body.key = ReadName(in);
  body.signature = Text(in);
  if (body.key.empty()) in.Fail();
}

void WriteBody(ByteWriter& out, const QuarantineLifted& body) { Write(out, body.up_to); }
void ReadBody(ByteReader& in, QuarantineLifted& body) { body.up_to = ReadReference(in); }

void WriteBody(ByteWriter& out, const PolicyChanged& body) {
  out.String(body.policy);
  Write(out, body.before);
  WriteAll(out, body.approvals);
}
void ReadBody(ByteReader& in, PolicyChanged& body) {
  body.policy = Text(in);
  body.before = ReadHash(in);
  body.approvals = ReadAll<EventId>(in, ReadId);
}

namespace {

/// Everything that a body says but its signature, which it writes last; behind what it is bound to.
template <typename Body>
std::string SignedMessage(std::string_view purpose, std::string_view workspace, std::string_view artifact,
                          Body body) {
  body.signature.clear();
  ByteWriter out;
  out.String(purpose);
  out.String(workspace);
  WriteName(out, artifact);
  WriteBody(out, body);
  return out.Take();
}

}  // namespace

std::string ApprovalMessage(std::string_view workspace, const ArtifactId& artifact, const Approved& body) {
  return SignedMessage("ameide approval 1", workspace, artifact.name, body);
}
Hash256 TextHashOf(const ReviewSubmitted& body) { return Sha256(body.salt + body.text); }

std::string VerdictMessage(std::string_view workspace, const ArtifactId& artifact,
                           const ReviewSubmitted& body) {
  ReviewSubmitted said = body;
  said.text.clear();
  said.salt.clear();
  said.signature.clear();
  ByteWriter out;
  out.String("ameide review verdict 1");
  out.String(workspace);
  WriteName(out, artifact.name);
  WriteBody(out, said);
  WriteSigned(out, said);
  return out.Take();
}
std::string RedactionStatement(std::string_view workspace, const Redacted& body) {
  Redacted said = body;
  said.signature.clear();
  ByteWriter out;
  out.String("ameide redaction statement 1");
  out.String(workspace);
  WriteBody(out, said);
  WriteSigned(out, said);
  return out.Take();
}
std::string CertificateMessage(std::string_view workspace, const KeyCertified& body) {
  return SignedMessage("ameide key certificate 1", workspace, {}, body);
}
std::string RevocationMessage(std::string_view workspace, const KeyRevoked& body) {
  return SignedMessage("ameide key revocation 1", workspace, {}, body);
}

}  // namespace ameide::uaf
