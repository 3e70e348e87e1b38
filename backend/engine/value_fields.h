#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backend/engine/fact.h"
#include "base/bytes.h"
#include "notation/feel/value.h"

/// How fields of facts, events, commands and states are written; private to this folder and frozen.
namespace ameide::engine::fields {

/// Numbers as varints.
inline void Put(ByteWriter& writer, uint64_t value) { writer.Varint(value); }
/// As above.
inline void Put(ByteWriter& writer, uint32_t value) { writer.Varint(value); }
/// One byte.
inline void Put(ByteWriter& writer, bool value) { writer.Bool(value); }
/// Length and bytes.
inline void Put(ByteWriter& writer, const std::string& value) { writer.String(value); }
/// Microseconds since 1970.
inline void Put(ByteWriter& writer, WallTime value) { writer.SignedVarint(value.time_since_epoch().count()); }
/// Indices are shifted by one so that kNone is 0 and small.
inline void PutIndex(ByteWriter& writer, Index value) {
  writer.Varint(value == kNone ? 0 : uint64_t{value} + 1);
}

/// Entries in their order.
inline void Put(ByteWriter& writer, const feel::Context& context) {
  writer.Varint(context.size());
  for (const auto& [name, value] : context) {
    writer.String(name);
    feel::EncodeValue(value, writer);
  }
}
/// Count and texts.
inline void Put(ByteWriter& writer, const std::vector<std::string>& values) {
  writer.Varint(values.size());
  for (const std::string& value : values) writer.String(value);
}
/// Count and indices.
inline void PutIndices(ByteWriter& writer, const std::vector<Index>& values) {
  writer.Varint(values.size());
  for (const Index value : values) PutIndex(writer, value);
}
/// Months, seconds, nanoseconds.
inline void Put(ByteWriter& writer, const feel::IsoDuration& value) {
  writer.SignedVarint(value.months.months);
  writer.SignedVarint(value.time.seconds);
  writer.Varint(value.time.nanos);
}
/// Whether there is one, and it.
inline void Put(ByteWriter& writer, const std::optional<uint64_t>& value) {
  writer.Bool(value.has_value());
  if (value) writer.Varint(*value);
}
/// Whether there is one, and it.
inline void Put(ByteWriter& writer, const std::optional<WallTime>& value) {
  writer.Bool(value.has_value());
  if (value) Put(writer, *value);
}

/// Whether there is one, and it.
inline void Put(ByteWriter& writer, const std::optional<std::string>& value) {
  writer.Bool(value.has_value());
  if (value) writer.String(*value);
}

/// Users, due, follow-up, priority.
inline void Put(ByteWriter& writer, const UserTaskDetails& value) {
  Put(writer, value.candidate_users), Put(writer, value.due), Put(writer, value.follow_up);
  Put(writer, value.priority);
}

/// The inverses; each fails the reader on a value out of range.
inline uint32_t GetU32(ByteReader& reader) {
  const uint64_t value = reader.Varint();
  if (value > 0xffffffffu) reader.Fail();
  return static_cast<uint32_t>(value);
}
/// Inverse of PutIndex.
inline Index GetIndex(ByteReader& reader) {
  const uint64_t value = reader.Varint();
  if (value > kNone) reader.Fail();
  return value == 0 || value > kNone ? kNone : static_cast<Index>(value - 1);
}
/// Inverse.
inline std::string GetString(ByteReader& reader) { return std::string(reader.String()); }
/// Inverse.
inline WallTime GetTime(ByteReader& reader) {
  return WallTime(std::chrono::microseconds(reader.SignedVarint()));
}
/// Inverse; a doubled name is malformed.
inline feel::Context GetContext(ByteReader& reader) {
  feel::Context context;
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) {
    std::string name = GetString(reader);
    feel::Value value = feel::DecodeValue(reader);
    if (context.Find(name) != nullptr) reader.Fail();
    context.Set(std::move(name), std::move(value));
  }
  return context;
}
/// Inverse.
inline std::vector<std::string> GetStrings(ByteReader& reader) {
  std::vector<std::string> values;
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) values.push_back(GetString(reader));
  return values;
}
/// Inverse.
inline std::vector<Index> GetIndices(ByteReader& reader) {
  std::vector<Index> values;
  for (size_t left = reader.Count(); left > 0 && reader.ok(); --left) values.push_back(GetIndex(reader));
  return values;
}
/// Inverse.
inline feel::IsoDuration GetDuration(ByteReader& reader) {
  feel::IsoDuration value;
  value.months.months = reader.SignedVarint();
  value.time.seconds = reader.SignedVarint();
  value.time.nanos = GetU32(reader);
  if (value.time.nanos >= 1'000'000'000) reader.Fail();
  return value;
}
/// Inverse.
inline std::optional<uint64_t> GetOptionalNumber(ByteReader& reader) {
  if (!reader.Bool()) return std::nullopt;
  return reader.Varint();
}
/// Inverse.
inline std::optional<std::string> GetOptionalString(ByteReader& reader) {
  if (!reader.Bool()) return std::nullopt;
  return GetString(reader);
}
/// Inverse.
inline std::optional<WallTime> GetOptionalTime(ByteReader& reader) {
  if (!reader.Bool()) return std::nullopt;
  return GetTime(reader);
}
/// Inverse.
inline UserTaskDetails GetDetails(ByteReader& reader) {
  UserTaskDetails value;
  value.candidate_users = GetStrings(reader), value.due = GetOptionalTime(reader);
  value.follow_up = GetOptionalTime(reader), value.priority = GetOptionalNumber(reader);
  return value;
}
/// An enumeration whose last member is `last`.
template <typename Enum>
Enum GetEnum(ByteReader& reader, Enum last) {
  const uint8_t value = reader.Byte();
  if (value > static_cast<uint8_t>(last)) {
    reader.Fail();
    return last;
  }
  return static_cast<Enum>(value);
}
/// An enumeration as one byte.
template <typename Enum>
void PutEnum(ByteWriter& writer, Enum value) {
  writer.Byte(static_cast<uint8_t>(value));
}

}  // namespace ameide::engine::fields
