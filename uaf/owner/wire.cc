#include "uaf/owner/wire.h"

#include "base/status.h"
#include "uaf/log/codec.h"

namespace ameide::uaf::owner {

void Write(ByteWriter& out, const std::string& value) { out.String(value); }
void Read(ByteReader& in, std::string& value) { value = in.String(); }

void Write(ByteWriter& out, const std::filesystem::path& value) { out.String(value.native()); }
void Read(ByteReader& in, std::filesystem::path& value) { value = std::string(in.String()); }

void Write(ByteWriter& out, WallTime value) { out.SignedVarint(value.time_since_epoch().count()); }
void Read(ByteReader& in, WallTime& value) { value = WallTime(std::chrono::microseconds(in.SignedVarint())); }

void Write(ByteWriter& out, const Hash256& value) { out.Raw(value.view()); }
void Read(ByteReader& in, Hash256& value) {
  if (const auto hash = Hash256::FromBytes(in.Raw(32)); hash.ok()) value = *hash;
}

void Write(ByteWriter& out, const std::vector<document::Op>& ops) {
  StreamTableWriter streams(StreamId{});
  ByteWriter content;
  content.Varint(ops.size());
  for (const document::Op& op : ops) WriteOp(content, streams, op);
  streams.Write(out);
  out.Raw(content.bytes());
}
void Read(ByteReader& in, std::vector<document::Op>& ops) {
  const StreamTableReader streams(in, StreamId{});
  ops.clear();
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) ops.push_back(ReadOp(in, streams));
}

void Write(ByteWriter& out, const EventBody& body) {
  ChangeSet carrier;
  const BodyType type = TypeOf(body);
  carrier.kind = type.kind;
  carrier.version = type.version;
  carrier.body = body;
  out.String(EncodeChangeSet(carrier));
}
void Read(ByteReader& in, EventBody& body) {
  absl::StatusOr<ChangeSet> carrier = DecodeChangeSet(in.String());
  if (!carrier.ok()) return in.Fail();
  body = std::move(carrier->body);
}

absl::Status ReadStatus(ByteReader& in) {
  const uint64_t code = in.Varint();
  const std::string message(in.String());
  AMEIDE_RETURN_IF_ERROR(in.status());
  if (code == 0) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(code), message);
}

}  // namespace ameide::uaf::owner
