#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/document/op.h"

/// The events of the log and their one canonical byte form (schema and prose:
/// proto/ameide/uaf/v1/event.proto). What is here is hashed, signed and replayed for ever: later releases may
/// add kinds and versions, never change these.
namespace ameide::uaf {

/// Hybrid logical clock (Kulkarni et al. 2014): microseconds of a wall clock, never behind any event that was
/// seen, and a counter for events of the same microsecond. Orders events so that causes come before effects.
struct HybridTime {
  uint64_t micros = 0;
  uint64_t counter = 0;
  auto operator<=>(const HybridTime&) const = default;
};

/// Who made a change, as people read it.
struct Author {
  std::string name;
  std::string email;
  auto operator<=>(const Author&) const = default;
};

/// An event together with the hash that its stream's chain had there, so that a fork cannot pose as it.
struct EventReference {
  EventId id;
  Hash256 hash;
  auto operator<=>(const EventReference&) const = default;
};

/// The kinds of events known to this release. Unknown numbers are carried and synced.
enum class EventKind : uint32_t {
  kEdit = 1,             ///< operations on one artifact
  kArtifactCreated = 2,  ///< an artifact begins with a file's bytes
  kArtifactRenamed = 3,  ///< its path changed
  kArtifactRetired = 4,  ///< its file was removed; history stays
  kKeyAdded = 5,         ///< a person's device may sign segments
};

/// What an edit does to the history of undo.
enum class UndoRole : uint8_t {
  kNone = 0,  ///< an ordinary edit
  kUndo = 1,  ///< takes back the events in `reverts`
  kRedo = 2,  ///< takes back the undo events in `reverts`
};

/// Body of EventKind::kEdit, version 1.
struct Edit {
  std::vector<document::Op> ops;
  UndoRole role = UndoRole::kNone;
  std::vector<EventId> reverts;  ///< newest first
  /// Consecutive edits of one author with the same non-empty group are undone as one (typing).
  std::string group;
  /// Why: "edit", "foreign-edit", "agent". For people and reviews; decides nothing.
  std::string intent;
  auto operator<=>(const Edit&) const = default;
};

/// Body of EventKind::kArtifactCreated, version 1.
struct ArtifactCreated {
  std::string path;    ///< relative to the workspace, '/' between folders
  std::string format;  ///< the name of the notation at that time
  document::ImportOp import;
  auto operator<=>(const ArtifactCreated&) const = default;
};

/// Body of EventKind::kArtifactRenamed, version 1.
struct ArtifactRenamed {
  std::string path;  ///< the new one
  auto operator<=>(const ArtifactRenamed&) const = default;
};

/// Body of EventKind::kArtifactRetired, version 1.
struct ArtifactRetired {
  auto operator<=>(const ArtifactRetired&) const = default;
};

/// Body of EventKind::kKeyAdded, version 1.
struct KeyAdded {
  std::string public_key;  ///< 32 bytes, Ed25519
  std::string device;      ///< for people: the machine's name
  auto operator<=>(const KeyAdded&) const = default;
};

/// Body of an event whose kind or version this release does not know.
struct UnknownBody {
  std::string bytes;
  auto operator<=>(const UnknownBody&) const = default;
};

using EventBody =
    std::variant<UnknownBody, Edit, ArtifactCreated, ArtifactRenamed, ArtifactRetired, KeyAdded>;

/// The unit of everything: one atomic event of the log.
struct ChangeSet {
  EventId id;
  /// Heads of other streams that the writer had seen and that its own predecessor (seq - 1, always a parent)
  /// had not. Sorted, one per stream.
  std::vector<EventReference> parents;
  HybridTime time;
  Author author;
  WallTime wall_time;   ///< the author's clock: what dates mean to people
  std::string tool;     ///< program and version
  std::string label;    ///< "Move 3 shapes"
  ArtifactId artifact;  ///< empty name for events of the workspace
  uint32_t kind = 0;
  uint32_t version = 0;
  EventBody body;

  auto operator<=>(const ChangeSet&) const = default;
};

/// A version vector: per stream the last event that belongs to the cut. "As of" a time, event, revision or
/// commit.
struct Cut {
  std::map<StreamId, uint64_t> heads;
  /// True when `event` is part of the cut.
  bool Covers(const EventId& event) const;
  auto operator<=>(const Cut&) const = default;
};

/// The kind and version numbers that belong to a body of this release.
struct BodyType {
  uint32_t kind = 0;
  uint32_t version = 0;
  auto operator<=>(const BodyType&) const = default;
};
/// Of a body that this release writes; zeros for UnknownBody, which knows its own.
BodyType TypeOf(const EventBody& body);

/// The one canonical byte form.
std::string EncodeChangeSet(const ChangeSet& change_set);
/// Inverse. DATA_LOSS when the bytes are not the canonical form of anything; an unknown kind or version is no
/// error.
absl::StatusOr<ChangeSet> DecodeChangeSet(std::string_view canonical);

/// Replaces the empty EventId ("this command") by `event` in every node id of `op`.
void BindToEvent(document::Op& op, const EventId& event);

}  // namespace ameide::uaf
