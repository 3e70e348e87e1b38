#include "backend/engine/command.h"

#include "backend/engine/value_fields.h"
#include "base/status.h"

namespace ameide::engine {

using namespace fields;  // NOLINT: private to this folder

namespace {

constexpr uint8_t kCommandVersion = 1;

void Write(ByteWriter& w, const ActivateJob& c) {
  Put(w, c.job), Put(w, c.element), PutIndex(w, c.node), PutEnum(w, c.kind), Put(w, c.type), Put(w, c.domain);
  Put(w, c.variables), Put(w, c.activation), Put(w, c.attempt), Put(w, c.retries), Put(w, c.not_before);
}
void Write(ByteWriter& w, const CancelJob& c) { Put(w, c.job); }
void Write(ByteWriter& w, const CreateUserTask& c) {
  Put(w, c.task), Put(w, c.element), PutIndex(w, c.node), Put(w, c.candidate_groups), Put(w, c.assignee);
  Put(w, c.form), Put(w, c.variables);
}
void Write(ByteWriter& w, const CloseUserTask& c) { Put(w, c.task); }
void Write(ByteWriter& w, const ScheduleTimer& c) { Put(w, c.timer), PutIndex(w, c.node), Put(w, c.due); }
void Write(ByteWriter& w, const CancelTimer& c) { Put(w, c.timer); }
void Write(ByteWriter&, const ContinueLater&) {}
void Write(ByteWriter& w, const EndInstance& c) { PutEnum(w, c.state); }
void Write(ByteWriter& w, const OpenSubscription& c) {
  Put(w, c.subscription), Put(w, c.element), PutIndex(w, c.node), PutEnum(w, c.trigger), Put(w, c.name);
  Put(w, c.correlation), Put(w, c.once);
}
void Write(ByteWriter& w, const CloseSubscription& c) { Put(w, c.subscription); }
void Write(ByteWriter& w, const PublishMessage& c) {
  Put(w, c.element), PutIndex(w, c.node), Put(w, c.name), Put(w, c.correlation), Put(w, c.receiver);
  Put(w, c.variables);
}
void Write(ByteWriter& w, const BroadcastSignal& c) {
  Put(w, c.element), PutIndex(w, c.node), Put(w, c.name), Put(w, c.variables);
}

void Read(ByteReader& r, ActivateJob& c) {
  c.job = r.Varint(), c.element = r.Varint(), c.node = GetIndex(r), c.kind = GetEnum(r, kLastJobKind);
  c.type = GetString(r), c.domain = GetString(r), c.variables = GetContext(r), c.activation = GetU32(r);
  c.attempt = GetU32(r), c.retries = GetU32(r), c.not_before = GetTime(r);
}
void Read(ByteReader& r, CancelJob& c) { c.job = r.Varint(); }
void Read(ByteReader& r, CreateUserTask& c) {
  c.task = r.Varint(), c.element = r.Varint(), c.node = GetIndex(r), c.candidate_groups = GetStrings(r);
  c.assignee = GetString(r), c.form = GetString(r), c.variables = GetContext(r);
}
void Read(ByteReader& r, CloseUserTask& c) { c.task = r.Varint(); }
void Read(ByteReader& r, ScheduleTimer& c) { c.timer = r.Varint(), c.node = GetIndex(r), c.due = GetTime(r); }
void Read(ByteReader& r, CancelTimer& c) { c.timer = r.Varint(); }
void Read(ByteReader&, ContinueLater&) {}
void Read(ByteReader& r, EndInstance& c) { c.state = GetEnum(r, EndState::kTerminated); }
void Read(ByteReader& r, OpenSubscription& c) {
  c.subscription = r.Varint(), c.element = r.Varint(), c.node = GetIndex(r);
  c.trigger = GetEnum(r, kLastTrigger), c.name = GetString(r), c.correlation = GetOptionalString(r);
  c.once = r.Bool();
}
void Read(ByteReader& r, CloseSubscription& c) { c.subscription = r.Varint(); }
void Read(ByteReader& r, PublishMessage& c) {
  c.element = r.Varint(), c.node = GetIndex(r), c.name = GetString(r), c.correlation = GetOptionalString(r);
  c.receiver = GetString(r), c.variables = GetContext(r);
}
void Read(ByteReader& r, BroadcastSignal& c) {
  c.element = r.Varint(), c.node = GetIndex(r), c.name = GetString(r), c.variables = GetContext(r);
}

template <size_t kIndex = 0>
Command ReadAlternative(ByteReader& reader, size_t index) {
  if constexpr (kIndex < std::variant_size_v<Command>) {
    if (index != kIndex) return ReadAlternative<kIndex + 1>(reader, index);
    std::variant_alternative_t<kIndex, Command> command;
    Read(reader, command);
    return command;
  } else {
    reader.Fail();
    return {};
  }
}

}  // namespace

std::string EncodeCommand(const Command& command) {
  ByteWriter writer;
  writer.Byte(kCommandVersion);
  writer.Byte(static_cast<uint8_t>(command.index()));
  std::visit([&](const auto& it) { Write(writer, it); }, command);
  return writer.Take();
}

absl::StatusOr<Command> DecodeCommand(std::string_view bytes) {
  ByteReader reader(bytes);
  if (reader.Byte() != kCommandVersion) reader.Fail();
  Command command = ReadAlternative(reader, reader.Byte());
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return command;
}

}  // namespace ameide::engine
