#include "uaf/log/codec.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "uaf/log/change_set.h"

namespace ameide::uaf {
namespace {

using document::AttributeText;
using document::ImportOp;
using document::InsertNodeOp;
using document::MoveNodeOp;
using document::OrderAttributesOp;
using document::Place;
using document::SetAttributeOp;
using document::SetNameOp;
using document::SetTextOp;
using document::SetTriviaOp;
using document::ShiftAttributesOp;
using document::SpliceTextOp;

constexpr uint8_t kName16 = 0;
constexpr uint8_t kName32 = 1;
constexpr uint8_t kNameText = 2;

/// Numbers of the operations. Never change one.
constexpr uint8_t kImport = 1;
constexpr uint8_t kInsertNode = 2;
constexpr uint8_t kMoveNode = 3;
constexpr uint8_t kSetName = 4;
constexpr uint8_t kSetAttribute = 5;
constexpr uint8_t kSetText = 6;
constexpr uint8_t kSpliceText = 7;
constexpr uint8_t kSetTrivia = 8;
constexpr uint8_t kShiftAttributes = 9;
constexpr uint8_t kOrderAttributes = 10;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

uint32_t ReadUint32(ByteReader& reader) {
  const uint64_t value = reader.Varint();
  if (value > UINT32_MAX) reader.Fail();
  return static_cast<uint32_t>(value);
}

void WritePlace(ByteWriter& out, StreamTableWriter& streams, const Place& place) {
  WriteNodeId(out, streams, place.parent);
  out.Byte(static_cast<uint8_t>((place.left ? 1 : 0) | (place.right ? 2 : 0)));
  if (place.left) WriteNodeId(out, streams, *place.left);
  if (place.right) WriteNodeId(out, streams, *place.right);
}

Place ReadPlace(ByteReader& reader, const StreamTableReader& streams) {
  Place place;
  place.parent = ReadNodeId(reader, streams);
  const uint8_t flags = reader.Byte();
  if (flags > 3) reader.Fail();
  if ((flags & 1) != 0) place.left = ReadNodeId(reader, streams);
  if ((flags & 2) != 0) place.right = ReadNodeId(reader, streams);
  return place;
}

struct OpWriter {
  ByteWriter& out;
  StreamTableWriter& streams;

  void operator()(const ImportOp& op) const {
    out.Byte(kImport);
    WriteImport(out, op);
  }
  void operator()(const InsertNodeOp& op) const {
    out.Byte(kInsertNode);
    WritePlace(out, streams, op.place);
    out.Varint(op.first_ordinal);
    out.String(op.raw);
    out.Varint(op.tokenizer_version);
  }
  void operator()(const MoveNodeOp& op) const {
    out.Byte(kMoveNode);
    WriteNodeId(out, streams, op.node);
    out.Bool(op.to.has_value());
    if (op.to) WritePlace(out, streams, *op.to);
  }
  void operator()(const SetNameOp& op) const {
    out.Byte(kSetName);
    WriteNodeId(out, streams, op.node);
    out.String(op.name);
  }
  void operator()(const SetAttributeOp& op) const {
    out.Byte(kSetAttribute);
    WriteNodeId(out, streams, op.node);
    out.String(op.name);
    out.Bool(op.text.has_value());
    if (op.text) {
      out.String(op.text->lead);
      out.String(op.text->equals);
      out.Byte(static_cast<uint8_t>(op.text->quote));
      out.String(op.text->raw);
    }
    out.String(op.after);
  }
  void operator()(const SetTextOp& op) const {
    out.Byte(kSetText);
    WriteNodeId(out, streams, op.node);
    out.String(op.raw);
  }
  void operator()(const SpliceTextOp& op) const {
    out.Byte(kSpliceText);
    WriteNodeId(out, streams, op.node);
    out.Varint(op.offset);
    out.Varint(op.remove);
    out.String(op.insert);
  }
  void operator()(const SetTriviaOp& op) const {
    out.Byte(kSetTrivia);
    WriteNodeId(out, streams, op.node);
    out.Byte(static_cast<uint8_t>(op.which));
    out.String(op.raw);
  }
  void operator()(const OrderAttributesOp& op) const {
    out.Byte(kOrderAttributes);
    WriteNodeId(out, streams, op.node);
    out.Varint(op.names.size());
    for (const std::string& name : op.names) out.String(name);
  }
  void operator()(const ShiftAttributesOp& op) const {
    out.Byte(kShiftAttributes);
    out.Varint(op.targets.size());
    for (const ShiftAttributesOp::Target& target : op.targets) {
      WriteNodeId(out, streams, target.node);
      out.String(target.name);
    }
    out.SignedVarint(op.delta_milli);
  }
};

SetAttributeOp ReadSetAttribute(ByteReader& reader, const StreamTableReader& streams) {
  SetAttributeOp op;
  op.node = ReadNodeId(reader, streams);
  op.name = reader.String();
  if (reader.Bool()) {
    AttributeText text;
    text.lead = reader.String();
    text.equals = reader.String();
    text.quote = static_cast<char>(reader.Byte());
    text.raw = reader.String();
    op.text = std::move(text);
  }
  op.after = reader.String();
  return op;
}

OrderAttributesOp ReadOrderAttributes(ByteReader& reader, const StreamTableReader& streams) {
  OrderAttributesOp op;
  op.node = ReadNodeId(reader, streams);
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) op.names.emplace_back(reader.String());
  return op;
}

ShiftAttributesOp ReadShiftAttributes(ByteReader& reader, const StreamTableReader& streams) {
  ShiftAttributesOp op;
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    ShiftAttributesOp::Target target;
    target.node = ReadNodeId(reader, streams);
    target.name = reader.String();
    op.targets.push_back(std::move(target));
  }
  op.delta_milli = reader.SignedVarint();
  return op;
}

document::Op ReadInsertNode(ByteReader& reader, const StreamTableReader& streams) {
  InsertNodeOp op;
  op.place = ReadPlace(reader, streams);
  op.first_ordinal = ReadUint32(reader);
  op.raw = reader.String();
  op.tokenizer_version = ReadUint32(reader);
  return op;
}

document::Op ReadMoveNode(ByteReader& reader, const StreamTableReader& streams) {
  MoveNodeOp op;
  op.node = ReadNodeId(reader, streams);
  if (reader.Bool()) op.to = ReadPlace(reader, streams);
  return op;
}

document::Op ReadSpliceText(ByteReader& reader, const StreamTableReader& streams) {
  SpliceTextOp op;
  op.node = ReadNodeId(reader, streams);
  op.offset = ReadUint32(reader);
  op.remove = ReadUint32(reader);
  op.insert = reader.String();
  return op;
}

document::Op ReadSetTrivia(ByteReader& reader, const StreamTableReader& streams) {
  SetTriviaOp op;
  op.node = ReadNodeId(reader, streams);
  const uint8_t which = reader.Byte();
  if (which > static_cast<uint8_t>(document::Trivia::kSelfClosing)) reader.Fail();
  op.which = static_cast<document::Trivia>(which);
  op.raw = reader.String();
  return op;
}

void Bind(EventId& id, const EventId& event) {
  if (id == EventId{}) id = event;
}

void Bind(Place& place, const EventId& event) {
  Bind(place.parent.event, event);
  if (place.left) Bind(place.left->event, event);
  if (place.right) Bind(place.right->event, event);
}

struct Binder {
  const EventId& event;
  void operator()(ImportOp&) const {}
  void operator()(InsertNodeOp& op) const { Bind(op.place, event); }
  void operator()(MoveNodeOp& op) const {
    Bind(op.node.event, event);
    if (op.to) Bind(*op.to, event);
  }
  void operator()(ShiftAttributesOp& op) const {
    for (ShiftAttributesOp::Target& target : op.targets) Bind(target.node.event, event);
  }
  template <typename T>
  void operator()(T& op) const {
    Bind(op.node.event, event);
  }
};

}  // namespace

void WriteName(ByteWriter& out, std::string_view name) {
  if ((name.size() == 32 || name.size() == 64) && IsLowerHex(name)) {
    out.Byte(name.size() == 32 ? kName16 : kName32);
    out.Raw(*HexDecode(name));
    return;
  }
  out.Byte(kNameText);
  out.String(name);
}

std::string ReadName(ByteReader& reader) {
  switch (reader.Byte()) {
    case kName16:
      return HexEncode(reader.Raw(16));
    case kName32:
      return HexEncode(reader.Raw(32));
    case kNameText:
      return std::string(reader.String());
    default:
      reader.Fail();
      return {};
  }
}

uint64_t StreamTableWriter::Number(const StreamId& stream) {
  const auto found = std::find(streams_.begin(), streams_.end(), stream);
  if (found != streams_.end()) return static_cast<uint64_t>(found - streams_.begin());
  streams_.push_back(stream);
  return streams_.size() - 1;
}

void StreamTableWriter::Write(ByteWriter& out) const {
  out.Varint(streams_.size() - 1);
  for (size_t i = 1; i < streams_.size(); ++i) WriteName(out, streams_[i].name);
}

StreamTableReader::StreamTableReader(ByteReader& reader, const StreamId& self) : streams_{self} {
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    streams_.push_back(StreamId{ReadName(reader)});
  }
}

StreamId StreamTableReader::Stream(ByteReader& reader, uint64_t number) const {
  if (number < streams_.size()) return streams_[number];
  reader.Fail();
  return {};
}

void WriteEventId(ByteWriter& out, StreamTableWriter& streams, const EventId& id) {
  out.Varint(streams.Number(id.stream));
  out.Varint(id.seq);
}

EventId ReadEventId(ByteReader& reader, const StreamTableReader& streams) {
  EventId id;
  id.stream = streams.Stream(reader, reader.Varint());
  id.seq = reader.Varint();
  return id;
}

void WriteNodeId(ByteWriter& out, StreamTableWriter& streams, const NodeId& id) {
  WriteEventId(out, streams, id.event);
  out.Varint(id.ordinal);
}

NodeId ReadNodeId(ByteReader& reader, const StreamTableReader& streams) {
  NodeId id;
  id.event = ReadEventId(reader, streams);
  id.ordinal = ReadUint32(reader);
  return id;
}

void WriteImport(ByteWriter& out, const ImportOp& import) {
  out.Raw(import.blob.view());
  out.Byte(static_cast<uint8_t>(import.kind));
  out.Byte(static_cast<uint8_t>(import.encoding));
  out.Bool(import.byte_order_mark);
  out.Varint(import.tree_format);
  out.Varint(import.tokenizer_version);
}

ImportOp ReadImport(ByteReader& reader) {
  ImportOp import;
  if (auto blob = Hash256::FromBytes(reader.Raw(32)); blob.ok()) import.blob = *blob;
  const uint8_t kind = reader.Byte();
  const uint8_t encoding = reader.Byte();
  if (kind > static_cast<uint8_t>(document::TreeKind::kOpaque) ||
      encoding > static_cast<uint8_t>(document::Encoding::kWindows1252)) {
    reader.Fail();
  }
  import.kind = static_cast<document::TreeKind>(kind);
  import.encoding = static_cast<document::Encoding>(encoding);
  import.byte_order_mark = reader.Bool();
  import.tree_format = ReadUint32(reader);
  import.tokenizer_version = ReadUint32(reader);
  return import;
}

void WriteOp(ByteWriter& out, StreamTableWriter& streams, const document::Op& op) {
  std::visit(OpWriter{out, streams}, op);
}

document::Op ReadOp(ByteReader& reader, const StreamTableReader& streams) {
  switch (reader.Byte()) {
    case kImport:
      return ReadImport(reader);
    case kInsertNode:
      return ReadInsertNode(reader, streams);
    case kMoveNode:
      return ReadMoveNode(reader, streams);
    case kSetName: {
      SetNameOp op;
      op.node = ReadNodeId(reader, streams);
      op.name = reader.String();
      return op;
    }
    case kSetAttribute:
      return ReadSetAttribute(reader, streams);
    case kSetText: {
      SetTextOp op;
      op.node = ReadNodeId(reader, streams);
      op.raw = reader.String();
      return op;
    }
    case kSpliceText:
      return ReadSpliceText(reader, streams);
    case kSetTrivia:
      return ReadSetTrivia(reader, streams);
    case kShiftAttributes:
      return ReadShiftAttributes(reader, streams);
    case kOrderAttributes:
      return ReadOrderAttributes(reader, streams);
    default:
      reader.Fail();
      return ImportOp{};
  }
}

void BindToEvent(document::Op& op, const EventId& event) { std::visit(Binder{event}, op); }

}  // namespace ameide::uaf
