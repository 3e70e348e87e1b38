#pragma once

#include <concepts>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "uaf/workspace.h"

/// How calls of a Workspace become bytes between two programs of one version on one machine. Nothing here is
/// recorded: it may change with every release. Readers fail the ByteReader at values out of range.
namespace ameide::uaf::owner {

/// The fields of the values that travel, in order. What a call cannot carry (functions) is left out.
inline auto Fields(Actor& value) { return std::tie(value.name, value.email, value.tool); }
inline auto Fields(EventId& value) { return std::tie(value.stream.name, value.seq); }
inline auto Fields(NodeId& value) { return std::tie(value.event, value.ordinal); }
inline auto Fields(StreamId& value) { return std::tie(value.name); }
inline auto Fields(Cut& value) { return std::tie(value.heads); }
inline auto Fields(NewBranch& value) { return std::tie(value.name, value.kind, value.title, value.from); }
inline auto Fields(ArtifactId& value) { return std::tie(value.name); }
inline auto Fields(Receipt& value) { return std::tie(value.event, value.time, value.repeated); }
inline auto Fields(UndoReceipt& value) { return std::tie(value.receipt, value.label, value.ops); }
inline auto Fields(Command& value) {
  return std::tie(value.artifact, value.label, value.ops, value.idempotency_key, value.expected_head,
                  value.intent, value.coalesce_key);
}
/// Likewise.
inline auto Fields(RecordRequest& value) {
  return std::tie(value.artifact, value.label, value.body, value.idempotency_key, value.expected_head,
                  value.move_revision);
}
/// Likewise.
inline auto Fields(document::Finding& value) {
  return std::tie(value.severity, value.rule, value.element, value.line, value.column, value.message);
}
/// Likewise.
inline auto Fields(PromoteRequest& value) { return std::tie(value.artifact, value.to, value.findings); }
/// Likewise.
inline auto Fields(merge::Choice& value) { return std::tie(value.side, value.value); }
/// Likewise.
inline auto Fields(Author& value) { return std::tie(value.name, value.email); }
inline auto Fields(ForeignChange& value) {
  return std::tie(value.artifact, value.base, value.commit, value.author, value.time, value.bytes);
}
/// Likewise.
inline auto Fields(WorkingFileNote& value) {
  return std::tie(value.what, value.path, value.event, value.aside, value.message);
}
/// Likewise.
inline auto Fields(WorkingFileOptions& value) { return std::tie(value.new_files); }
inline auto Fields(SealedFile& value) { return std::tie(value.path, value.bytes); }

/// A value that travels field by field.
template <typename T>
concept HasFields = requires(T& value) {
  Fields(value);
};

/// Values with a form of their own.
void Write(ByteWriter& out, const std::string& value);
void Write(ByteWriter& out, const std::filesystem::path& value);
void Write(ByteWriter& out, WallTime value);
void Write(ByteWriter& out, const Hash256& value);
void Write(ByteWriter& out, const std::vector<document::Op>& ops);
void Write(ByteWriter& out, const EventBody& body);

/// Inverses of Write.
void Read(ByteReader& in, std::string& value);
void Read(ByteReader& in, std::filesystem::path& value);
void Read(ByteReader& in, WallTime& value);
void Read(ByteReader& in, Hash256& value);
void Read(ByteReader& in, std::vector<document::Op>& ops);
void Read(ByteReader& in, EventBody& body);

/// As bytes, and back.
template <typename T>
requires std::integral<T> || std::is_enum_v<T>
void Write(ByteWriter& out, T value) { out.SignedVarint(static_cast<int64_t>(value)); }
template <typename T>
requires std::integral<T> || std::is_enum_v<T>
void Read(ByteReader& in, T& value) { value = static_cast<T>(in.SignedVarint()); }

/// As bytes, and back.
template <HasFields T>
void Write(ByteWriter& out, const T& value);
template <HasFields T>
void Read(ByteReader& in, T& value);

/// As bytes, and back.
template <typename T>
void Write(ByteWriter& out, const std::optional<T>& value) {
  out.Bool(value.has_value());
  if (value) Write(out, *value);
}
/// As bytes, and back.
template <typename T>
void Read(ByteReader& in, std::optional<T>& value) {
  value.reset();
  if (in.Bool()) Read(in, value.emplace());
}

/// As bytes, and back.
template <typename T>
void Write(ByteWriter& out, const std::vector<T>& values) {
  out.Varint(values.size());
  for (const T& value : values) Write(out, value);
}
/// As bytes, and back.
template <typename T>
void Read(ByteReader& in, std::vector<T>& values) {
  values.clear();
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) Read(in, values.emplace_back());
}

/// As bytes, and back.
template <typename K, typename V>
void Write(ByteWriter& out, const std::map<K, V>& values) {
  out.Varint(values.size());
  for (const auto& [key, value] : values) {
    Write(out, key);
    Write(out, value);
  }
}
/// As bytes, and back.
template <typename K, typename V>
void Read(ByteReader& in, std::map<K, V>& values) {
  values.clear();
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
    K key{};
    Read(in, key);
    Read(in, values[key]);
  }
}

/// As bytes, and back.
template <HasFields T>
void Write(ByteWriter& out, const T& value) {
  // Fields gives references to be read into; here they are only looked at.
  std::apply([&out](const auto&... field) { (Write(out, field), ...); }, Fields(const_cast<T&>(value)));
}
/// As bytes, and back.
template <HasFields T>
void Read(ByteReader& in, T& value) {
  std::apply([&in](auto&... field) { (Read(in, field), ...); }, Fields(value));
}

/// What an argument is kept as between the bytes and the call.
template <typename T>
struct Kept {
  using Type = std::remove_cvref_t<T>;
};
/// A view needs something to look at.
template <>
struct Kept<std::string_view> {
  using Type = std::string;
};
/// Likewise.
template <>
struct Kept<std::span<const std::string>> {
  using Type = std::vector<std::string>;
};
template <typename T>
using KeptType = typename Kept<std::remove_cvref_t<T>>::Type;

/// A result: its status, and its value where there is one.
inline void WriteStatus(ByteWriter& out, const absl::Status& status) {
  out.Varint(static_cast<uint64_t>(status.code()));
  out.String({status.message().data(), status.message().size()});
}
/// A result as its status and its value.
inline void WriteResult(ByteWriter& out, const absl::Status& status) { WriteStatus(out, status); }
template <typename T>
void WriteResult(ByteWriter& out, const absl::StatusOr<T>& result) {
  WriteStatus(out, result.status());
  if (result.ok()) Write(out, *result);
}
/// As bytes, and back.
template <typename T>
void WriteResult(ByteWriter& out, const T& value) {
  WriteStatus(out, absl::OkStatus());
  Write(out, value);
}
/// Inverse of WriteStatus.
absl::Status ReadStatus(ByteReader& in);

}  // namespace ameide::uaf::owner
