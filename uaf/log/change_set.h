#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/document/op.h"
#include "uaf/log/bodies.h"

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

/// The kinds of events known to this release. Unknown numbers are carried and synced.
enum class EventKind : uint32_t {
  kEdit = 1,             ///< operations on one artifact
  kArtifactCreated = 2,  ///< an artifact begins with a file's bytes
  kArtifactRenamed = 3,  ///< its path changed
  kArtifactRetired = 4,  ///< its file was removed; history stays
  kKeyAdded = 5,         ///< a person's device may sign segments
  kBranchStarted = 6,
  kBranchMerged = 7,
  kBranchClosed = 8,
  kRevisionTagged = 9,
  kCommentAdded = 10,
  kCommentResolved = 11,
  kReviewRequested = 12,
  kReviewSubmitted = 13,
  kApproved = 14,
  kPromotionRequested = 15,
  kPromoted = 16,
  kPromotionRefused = 17,
  kPublished = 18,
  kConflictResolved = 19,
  kLinkAdded = 20,
  kLinkRemoved = 21,
  kKeyCertified = 22,
  kKeyRevoked = 23,
  kRedacted = 24,
  kQuarantineLifted = 25,
  kPolicyChanged = 26,
  kForeignEdit = 27,  ///< derived from a commit by somebody who knows nothing of us
};

/// What an edit does to the history of undo.
enum class UndoRole : uint8_t {
  kNone = 0,  ///< an ordinary edit
  kUndo = 1,  ///< takes back the events in `reverts`
  kRedo = 2,  ///< takes back the undo events in `reverts`
};

/// Body of EventKind::kEdit. Version 1 has everything but `batch`, `origin` and OrderAttributes operations;
/// version 2 is written only where one of them is used.
struct Edit {
  std::vector<document::Op> ops;
  UndoRole role = UndoRole::kNone;
  std::vector<EventId> reverts;  ///< newest first
  /// Consecutive edits of one author with the same non-empty group are undone as one (typing).
  std::string group;
  /// Why: "edit", "foreign-edit", "agent". For people and reviews; decides nothing.
  std::string intent;
  /// Edits of several artifacts with the same non-empty batch are one command: undone as one.
  std::string batch;
  /// Of an edit that travelled to another branch: the event that it was first.
  std::optional<EventId> origin;
  auto operator<=>(const Edit&) const = default;
};

/// Body of EventKind::kForeignEdit, version 1: what a commit by another program did to one artifact. A pure
/// function of that commit, so that everybody who sees it derives the same event (uaf.md, In git).
struct ForeignEdit {
  uint32_t importer_version = 1;
  std::string commit;  ///< its name in git
  Hash256 blob;        ///< SHA-256 of the artifact's file there
  std::vector<document::Op> ops;
  auto operator<=>(const ForeignEdit&) const = default;
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

/// In the order of EventKind.
using EventBody =
    std::variant<UnknownBody, Edit, ArtifactCreated, ArtifactRenamed, ArtifactRetired, KeyAdded,
                 BranchStarted, BranchMerged, BranchClosed, RevisionTagged, CommentAdded, CommentResolved,
                 ReviewRequested, ReviewSubmitted, Approved, PromotionRequested, Promoted, PromotionRefused,
                 Published, ConflictResolved, LinkAdded, LinkRemoved, KeyCertified, KeyRevoked, Redacted,
                 QuarantineLifted, PolicyChanged, ForeignEdit>;

/// The operations on the artifact's content that a body holds: of edits, foreign edits and resolutions; else
/// none.
std::span<const document::Op> OpsOf(const EventBody& body);

struct ChangeSet;

/// What an event's writer wrote, where the store calls events by other names since (uaf/log/forks.h): that is
/// what is hashed and signed. Says nothing that the event does not say, so it takes no part in comparisons.
struct WrittenForm {
  std::shared_ptr<const ChangeSet> form;  ///< nullptr: nearly always, the event itself
  std::strong_ordering operator<=>(const WrittenForm&) const { return std::strong_ordering::equal; }
  bool operator==(const WrittenForm&) const { return true; }
};

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
  WrittenForm said;

  /// As its writer wrote it.
  const ChangeSet& written() const { return said.form ? *said.form : *this; }
  auto operator<=>(const ChangeSet&) const = default;
};

/// A version vector: per stream the last event that belongs to the cut. "As of" a time, event, revision or
/// commit.
struct Cut {
  std::map<StreamId, uint64_t> heads;
  /// True when `event` is part of the cut.
  bool Covers(const EventId& event) const;
  /// The last event's seq of a stream; 0 when none of its events belongs to the cut.
  uint64_t HeadOf(const StreamId& stream) const;
  /// Takes in everything that `other` covers.
  void Unite(const Cut& other);
  auto operator<=>(const Cut&) const = default;
};

/// The stable word for a kind ("edit", "comment-added"); "unknown" for those of later releases.
std::string_view KindName(uint32_t kind);

/// A cut that was written down; of several references to one stream the highest counts.
Cut CutOf(const RecordedCut& recorded);

/// The kind and version numbers that belong to a body of this release.
struct BodyType {
  uint32_t kind = 0;
  uint32_t version = 0;
  auto operator<=>(const BodyType&) const = default;
};
/// Of a body that this release writes; zeros for UnknownBody, which knows its own.
BodyType TypeOf(const EventBody& body);

/// The one canonical byte form, of what its writer wrote.
std::string EncodeChangeSet(const ChangeSet& change_set);
/// The part of it that the body is, and the whole around a body that is encoded already: for writers that
/// need both.
std::string EncodeBody(const ChangeSet& change_set);
std::string EncodeChangeSet(const ChangeSet& change_set, std::string_view body);
/// Inverse of EncodeBody for a body of that kind and version in event `self`. DATA_LOSS as in
/// DecodeChangeSet, but whether the bytes are the canonical ones is not judged.
absl::StatusOr<EventBody> DecodeBody(const BodyType& type, std::string_view bytes, const EventId& self);
/// Inverse. DATA_LOSS when the bytes are not the canonical form of anything; an unknown kind or version is no
/// error.
absl::StatusOr<ChangeSet> DecodeChangeSet(std::string_view canonical);

/// Replaces the empty EventId ("this command") by `event` in every node id of `op`.
void BindToEvent(document::Op& op, const EventId& event);

}  // namespace ameide::uaf
