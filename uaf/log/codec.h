#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "uaf/document/ids.h"
#include "uaf/document/op.h"

/// The pieces of the canonical byte form (proto/ameide/uaf/v1/event.proto says what they mean). Frozen:
/// golden logs in tests/uaf/golden hold the proof. A reader that meets a value out of range fails the
/// ByteReader.
namespace ameide::uaf {

/// Names of streams and artifacts: 32 or 64 lower-case hexadecimal digits as their 16 or 32 bytes, all else
/// as text.
void WriteName(ByteWriter& out, std::string_view name);
/// Inverse of WriteName.
std::string ReadName(ByteReader& reader);

/// Collects the streams that a body names, in order of first use; number 0 is the event's own stream and not
/// listed.
class StreamTableWriter {
 public:
  explicit StreamTableWriter(const StreamId& self) : streams_{self} {}
  /// The stream's number; a new one goes to the end.
  uint64_t Number(const StreamId& stream);
  /// The count of listed streams and their names.
  void Write(ByteWriter& out) const;

 private:
  std::vector<StreamId> streams_;
};

/// Reads such a table.
class StreamTableReader {
 public:
  StreamTableReader(ByteReader& reader, const StreamId& self);
  /// The stream of that number; fails `reader` when there is none.
  StreamId Stream(ByteReader& reader, uint64_t number) const;

 private:
  std::vector<StreamId> streams_;
};

/// The stream's number, then seq.
void WriteEventId(ByteWriter& out, StreamTableWriter& streams, const EventId& id);
/// Inverse of WriteEventId.
EventId ReadEventId(ByteReader& reader, const StreamTableReader& streams);
/// The event, then the ordinal.
void WriteNodeId(ByteWriter& out, StreamTableWriter& streams, const NodeId& id);
/// Inverse of WriteNodeId.
NodeId ReadNodeId(ByteReader& reader, const StreamTableReader& streams);

/// The import's fields without the operation's number.
void WriteImport(ByteWriter& out, const document::ImportOp& import);
/// Inverse of WriteImport.
document::ImportOp ReadImport(ByteReader& reader);

/// The operation's number (1 import … 9 shift attributes), then its fields in the order of uaf/document/op.h.
void WriteOp(ByteWriter& out, StreamTableWriter& streams, const document::Op& op);
/// Inverse of WriteOp.
document::Op ReadOp(ByteReader& reader, const StreamTableReader& streams);

}  // namespace ameide::uaf
