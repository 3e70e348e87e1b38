#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "uaf/document/ids.h"
#include "uaf/document/op.h"

/// Conflicts are data in the state (uaf.md, Order, merge, conflict): both values are kept, one side stands by
/// the order of folding, an event settles the matter.
namespace ameide::uaf::merge {

/// What two sides disagree about.
enum class ConflictKind : uint8_t {
  /// Two values of one attribute. Also, with `other` another element than `node`: a namespace prefix that one
  /// side renamed or removed while the other wrote names with it (`attribute` is the declaration that `node`
  /// lacks, `base` the URI that was meant, `other` declared it), and two new elements with one id (`node` is
  /// the second).
  kAttribute = 0,
  /// Two contents of one text, or overlapping changes in it. Also a new reference, written as text, to an
  /// element that the other side gave another id (`other`); and, in merges of files, two encodings of which
  /// one cannot hold what the other side wrote (`name` "the encoding").
  kText = 1,
  kType = 2,  ///< two names of one element
  /// Two ends of one connection: an attribute that names another element. Also a new reference to an element
  /// that the other side gave another id (`other`).
  kReconnect = 3,
  kDeletedEdit = 4,  ///< an edit in what the other side deleted
  kDeletedEnd = 5,   ///< a new reference to what the other side deleted
  /// Two places of one node that mean something: other parents, or order that counts. In merges of files also
  /// lines that both sides moved, each elsewhere (`type` "line", `name` the first of them).
  kPlace = 6,
  kCycle = 7,    ///< two moves that would put nodes below each other
  kOrder = 8,    ///< inserts at one place, or moves, that leave open in which order a list stands that counts
  kContent = 9,  ///< two whole files: of no notation, or both new under one path
  kPath = 10,    ///< two paths of one artifact, or two artifacts on one path
  kRetired = 11,   ///< an edit of an artifact that the other side retired
  kApproval = 12,  ///< an edit of what the other side approved
};

/// "attribute", "text", …: the stable word for people and --json.
std::string_view NameOf(ConflictKind kind);

/// One of the values that are in conflict.
struct ConflictSide {
  std::vector<EventId> events;       ///< whose edits stand behind it, in fold order
  std::optional<std::string> value;  ///< plain text for people; nullopt: removed, deleted
  ArtifactId artifact;               ///< of kPath between artifacts: whose path it is; else empty
  auto operator<=>(const ConflictSide&) const = default;
};

/// Two (or more) concurrent edits that exclude each other. Sides are in fold order of their first event, so
/// "A" and "B" are the same for everybody; which of them stands at present is `standing`.
struct Conflict {
  /// SHA-256 over kind, nodes, attribute and the sorted events of all sides: names the conflict for ever, and
  /// equally on every machine.
  Hash256 key;
  ArtifactId artifact;  ///< empty when two files were merged that are none
  ConflictKind kind = ConflictKind::kAttribute;
  NodeId node;   ///< what it is about; the deleted node for kDeletedEdit and kDeletedEnd
  NodeId other;  ///< the edited or referring node there, or as its kind says, else the same as `node`
  std::string attribute;  ///< qualified name, where one is concerned
  std::string element;    ///< the id attribute of the element, or of the nearest one around it
  std::string type;       ///< local name of the element
  std::string name;       ///< what people call it; may be empty
  std::vector<ConflictSide> sides;
  /// What stood there before either side: of attributes, texts, types; else nullopt.
  std::optional<std::string> base;
  /// Of kDeletedEdit and kDeletedEnd: nodes that the deletion took along because of what they refer to,
  /// sorted; they come back together. Of kOrder between moves: those moved or passed, as A orders them, then
  /// as B does.
  std::vector<NodeId> together;
  /// Of kPlace and kCycle: where each side put the node; nullopt: where it was. Else empty.
  std::vector<std::optional<document::Place>> places;
  size_t standing = 0;  ///< index of the side that the state shows (of moves perhaps in part, see kOrder)
  auto operator<=>(const Conflict&) const = default;
};

/// The name that Conflict::key documents, from all other members.
Hash256 KeyOf(const Conflict& conflict);

/// What was decided without asking, and which edit does not show in the state because of it, or shows in
/// other words: layout against layout, white space against white space, the same change twice, names that
/// were written with a prefix that is another one now (merges of files alone).
struct Note {
  EventId event;  ///< whose edit does not show
  EventId by;     ///< the one that shows
  NodeId node;
  /// "layout", "route" (of a drawn line), "white space", "same change", "order", "prefix". In merges of
  /// files, what it is about follows behind a colon, where that has a name: "layout: Bounds of T_di".
  std::string what;
  auto operator<=>(const Note&) const = default;
};

}  // namespace ameide::uaf::merge
