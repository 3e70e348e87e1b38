#include "backend/engine/event.h"

#include "backend/engine/value_fields.h"
#include "base/status.h"

namespace ameide::engine {

using namespace fields;  // NOLINT: private to this folder

namespace {

/// 2 is that of events which begin an instance under a key; all others are written as 1.
constexpr uint8_t kEventVersion = 2;

void Write(ByteWriter& w, const StartInstance& e) { Put(w, e.variables); }
void Write(ByteWriter& w, const CompleteJob& e) { Put(w, e.job), Put(w, e.variables); }
void Write(ByteWriter& w, const FailJob& e) {
  Put(w, e.job), Put(w, e.message), Put(w, e.final), Put(w, e.retry_at);
}
void Write(ByteWriter& w, const ThrowJobError& e) { Put(w, e.job), Put(w, e.code), Put(w, e.message); }
void Write(ByteWriter& w, const CompleteUserTask& e) { Put(w, e.task), Put(w, e.variables); }
void Write(ByteWriter& w, const FireTimer& e) { Put(w, e.timer); }
void Write(ByteWriter& w, const ResolveIncident& e) { Put(w, e.incident), Put(w, e.as_new); }
void Write(ByteWriter& w, const SetVariables& e) { Put(w, e.scope), Put(w, e.variables); }
void Write(ByteWriter&, const CancelInstance&) {}
void Write(ByteWriter&, const Continue&) {}
void Write(ByteWriter& w, const DeliverEvent& e) { Put(w, e.subscription), Put(w, e.variables); }
void Write(ByteWriter& w, const StartInstanceAt& e) {
  PutIndex(w, e.node), Put(w, e.variables), Put(w, e.payload);
}
void Write(ByteWriter& w, const StartActivity& e) { Put(w, e.scope), PutIndex(w, e.node); }

void Put(ByteWriter& w, const std::vector<ModifyInstance::Activation>& places) {
  w.Varint(places.size());
  for (const ModifyInstance::Activation& it : places) PutIndex(w, it.node), fields::Put(w, it.scope);
}
std::vector<ModifyInstance::Activation> GetPlaces(ByteReader& r) {
  std::vector<ModifyInstance::Activation> places;
  for (size_t left = r.Count(); left > 0 && r.ok(); --left) {
    const Index node = GetIndex(r);
    places.push_back({node, r.Varint()});
  }
  return places;
}
void Write(ByteWriter& w, const SkipElement& e) { fields::Put(w, e.element), fields::Put(w, e.variables); }
void Write(ByteWriter& w, const ModifyInstance& e) {
  w.Varint(e.terminate.size());
  for (const Key key : e.terminate) fields::Put(w, key);
  Put(w, e.clear), Put(w, e.activate);
}
void Write(ByteWriter&, const SuspendInstance&) {}
void Write(ByteWriter&, const ResumeInstance&) {}
void Write(ByteWriter& w, const AssignUserTask& e) {
  fields::Put(w, e.task), fields::Put(w, e.assignee), fields::Put(w, e.owner), fields::Put(w, e.only_if_free);
}

void Read(ByteReader& r, SkipElement& e) { e.element = r.Varint(), e.variables = GetContext(r); }
void Read(ByteReader& r, ModifyInstance& e) {
  for (size_t left = r.Count(); left > 0 && r.ok(); --left) e.terminate.push_back(r.Varint());
  e.clear = GetPlaces(r), e.activate = GetPlaces(r);
}
void Read(ByteReader&, SuspendInstance&) {}
void Read(ByteReader&, ResumeInstance&) {}
void Read(ByteReader& r, AssignUserTask& e) {
  e.task = r.Varint(), e.assignee = GetString(r), e.owner = GetString(r), e.only_if_free = r.Bool();
}
void Read(ByteReader& r, StartInstance& e) { e.variables = GetContext(r); }
void Read(ByteReader& r, CompleteJob& e) { e.job = r.Varint(), e.variables = GetContext(r); }
void Read(ByteReader& r, FailJob& e) {
  e.job = r.Varint(), e.message = GetString(r), e.final = r.Bool(), e.retry_at = GetTime(r);
}
void Read(ByteReader& r, ThrowJobError& e) {
  e.job = r.Varint(), e.code = GetString(r), e.message = GetString(r);
}
void Read(ByteReader& r, CompleteUserTask& e) { e.task = r.Varint(), e.variables = GetContext(r); }
void Read(ByteReader& r, FireTimer& e) { e.timer = r.Varint(); }
void Read(ByteReader& r, ResolveIncident& e) { e.incident = r.Varint(), e.as_new = r.Bool(); }
void Read(ByteReader& r, SetVariables& e) { e.scope = r.Varint(), e.variables = GetContext(r); }
void Read(ByteReader&, CancelInstance&) {}
void Read(ByteReader&, Continue&) {}
void Read(ByteReader& r, DeliverEvent& e) { e.subscription = r.Varint(), e.variables = GetContext(r); }
void Read(ByteReader& r, StartInstanceAt& e) {
  e.node = GetIndex(r), e.variables = GetContext(r), e.payload = GetContext(r);
}
void Read(ByteReader& r, StartActivity& e) { e.scope = r.Varint(), e.node = GetIndex(r); }

using What = decltype(Event::what);

/// The key of a conversation, if the event has one.
const std::string* KeyOf(const What& what) {
  const auto* start = std::get_if<StartInstanceAt>(&what);
  return start != nullptr && start->key ? &*start->key : nullptr;
}

template <size_t kIndex = 0>
What ReadAlternative(ByteReader& reader, size_t index) {
  if constexpr (kIndex < std::variant_size_v<What>) {
    if (index != kIndex) return ReadAlternative<kIndex + 1>(reader, index);
    std::variant_alternative_t<kIndex, What> event;
    Read(reader, event);
    return event;
  } else {
    reader.Fail();
    return {};
  }
}

}  // namespace

std::string EncodeEvent(const Event& event) {
  ByteWriter writer;
  const std::string* const key = KeyOf(event.what);
  writer.Byte(key == nullptr ? 1 : kEventVersion);
  Put(writer, event.at);
  writer.Byte(static_cast<uint8_t>(event.what.index()));
  std::visit([&](const auto& it) { Write(writer, it); }, event.what);
  if (key != nullptr) Put(writer, *key);
  return writer.Take();
}

absl::StatusOr<Event> DecodeEvent(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint8_t version = reader.Byte();
  if (version == 0 || version > kEventVersion) reader.Fail();
  Event event;
  event.at = GetTime(reader);
  event.what = ReadAlternative(reader, reader.Byte());
  if (version == 2) {
    if (auto* start = std::get_if<StartInstanceAt>(&event.what))
      start->key = GetString(reader);
    else
      reader.Fail();
  }
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  return event;
}

}  // namespace ameide::engine
