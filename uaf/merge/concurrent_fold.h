#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "uaf/document/document.h"
#include "uaf/merge/attribute_parts.h"
#include "uaf/merge/event_table.h"
#include "uaf/merge/merge.h"
#include "uaf/merge/routes.h"
#include "uaf/merge/sibling_order.h"
#include "uaf/merge/text_sequence.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// What of a node an operation sets. Two concurrent writes concern each other when they set the same.
enum class Aspect : uint8_t { kName, kText, kPlace, kOrder, kTrivia, kAttribute };

/// One operation that set a register.
struct Write {
  EventIndex event = 0;
  const document::Op* op = nullptr;
  /// The event does not say so itself: its route of this drawn line stands as a whole (Routes).
  document::NodeIndex line = document::kNoNode;
};

/// What one write of an attribute said, and which parts of it it changed against what its writer saw.
struct AttributeVersion {
  EventIndex event = 0;
  std::optional<document::AttributeText> text;
  uint8_t parts = 0;  ///< of AttributeParts::Part
};

/// A multi-value register (Shapiro et al. 2011): everything that was written to one aspect of one node since
/// the fold became concurrent.
struct Register {
  document::NodeIndex node{};
  Aspect aspect = Aspect::kName;
  uint32_t number = 0;                   ///< of the attribute's name, or of the trivia
  bool contended = false;                ///< some write had not seen another
  absl::InlinedVector<Write, 2> writes;  ///< in fold order
  Heads heads;
  document::NodeIndex parent_base{};                      ///< before the first write; places
  std::optional<document::AttributeText> attribute_base;  ///< before the first write
  std::vector<AttributeVersion> versions;                 ///< one a write, as far as they were needed
  std::string text_base;                                  ///< before the first write; texts and names
  std::optional<TextSequence> sequence;                   ///< of texts, once contended

  /// The attribute as the versions of those events leave it: each part as it was set last.
  std::optional<document::AttributeText> TextIn(const std::function<bool(EventIndex)>& events) const;
};

/// Folds events, some of them concurrent, into a document: each operation as it stands where its writer had
/// seen every earlier write of the same register, and against what its writer saw where not. The state is
/// always that of the last write in fold order, but: a deletion stands against concurrent moves, a deletion
/// and a whole file against concurrent edits. Remembers what judging (judge.h) needs to tell conflicts.
class ConcurrentFold {
 public:
  ConcurrentFold(std::optional<document::Document>& document, const BlobSource& blobs,
                 const Causality& causality, const document::Format& format)
      : document_(document), blobs_(blobs), format_(format), events_(causality), routes_(format, events_) {}

  /// Events come in fold order and must outlive the fold. Errors come only from blobs.
  absl::Status Take(const ChangeSet& change_set);

  /// A subtree that came in.
  struct Inserted {
    EventIndex event = 0;
    const document::InsertNodeOp* op = nullptr;
    document::NodeIndex first{};
    uint32_t count = 0;
    document::NodeIndex parent{};
    std::optional<document::NodeIndex> left;
    std::optional<document::NodeIndex> right;
    Heads same;  ///< concurrent events that inserted the same, under further names of these nodes
  };
  /// A move that would have put a node below itself, and those that stood in its way.
  struct Cycle {
    EventIndex event = 0;
    document::NodeIndex node{};
    document::NodeIndex parent{};
    document::Place place;  ///< as the operation says
    std::vector<EventIndex> against;
  };

  bool has_document() const { return document_.has_value(); }
  const document::Document& document() const { return *document_; }
  const document::Format& format() const { return format_; }
  const EventTable& events() const { return events_; }
  const std::vector<Register>& registers() const { return registers_; }
  /// One register, if it was written; else nullptr.
  const Register* Find(document::NodeIndex node, Aspect aspect, uint32_t number = 0) const;
  const std::vector<Inserted>& inserted() const { return inserted_; }
  const std::vector<Cycle>& cycles() const { return cycles_; }
  /// Of each node whose children were moved among themselves, or to which some were moved.
  const std::deque<SiblingOrder>& orders() const { return orders_; }
  /// What `event` did to a drawn line gave way to the route that `by` drew.
  struct LostRoute {
    EventIndex event = 0;
    EventIndex by = 0;
    document::NodeIndex line{};
  };
  const std::vector<LostRoute>& lost_routes() const { return lost_routes_; }
  /// The drawn line that `node` stands in as a point; kNoNode when it is none.
  document::NodeIndex LineAround(document::NodeIndex node) const { return routes_.Around(*document_, node); }
  /// Whether `event` gave an attribute a value, and changed not only how it is written.
  bool GaveValue(const Register& known, EventIndex event) const;
  /// Whole-file imports that no later one saw.
  const Heads& imports() const { return imports_; }
  /// Events whose operations mean the nodes of another file than the last imported one, or that one
  /// overwrote.
  const std::vector<EventIndex>& beside_import() const { return beside_import_; }
  const std::string& NameOfAttribute(uint32_t number) const { return attribute_names_[number]; }
  /// Inverse of NameOfAttribute; nullopt for a name that nobody wrote.
  std::optional<uint32_t> FindNumber(const std::string& attribute) const {
    const auto found = attribute_numbers_.find(attribute);
    return found == attribute_numbers_.end() ? std::nullopt : std::optional(found->second);
  }
  size_t passed_over() const { return passed_over_; }

 private:
  using NodeIndex = document::NodeIndex;
  struct Spot {
    NodeIndex parent{};
    std::optional<NodeIndex> left;
    std::optional<NodeIndex> right;
  };

  /// The file that the last import put there, and all that put the same one there without having seen it.
  struct Standing {
    document::ImportOp import;
    uint32_t nodes = 0;  ///< that it began with
    absl::InlinedVector<EventIndex, 2> events;
  };

  absl::Status TakeImport(EventIndex event, const document::ImportOp& import);
  /// Somebody else put the same file there: its nodes get their further names. False when it is not so.
  bool SameAsStanding(EventIndex event, const document::ImportOp& import);
  /// Whether `event` means the nodes of the file that stands.
  bool MeansStanding(EventIndex event) const;
  void TakeOp(EventIndex event, const document::Op& op);
  void Take(EventIndex event, const document::Op& op, const document::InsertNodeOp& insert);
  void Take(EventIndex event, const document::Op& op, const document::MoveNodeOp& move);
  void Take(EventIndex event, const document::Op& op, const document::SetNameOp& set);
  void Take(EventIndex event, const document::Op& op, const document::SetAttributeOp& set);
  void Take(EventIndex event, const document::Op& op, const document::SetTextOp& set);
  void Take(EventIndex event, const document::Op& op, const document::SpliceTextOp& splice);
  void Take(EventIndex event, const document::Op& op, const document::SetTriviaOp& set);
  void Take(EventIndex event, const document::Op& op, const document::ShiftAttributesOp& shift);
  void Take(EventIndex event, const document::Op& op, const document::OrderAttributesOp& order);
  void Take(EventIndex, const document::Op&, const document::ImportOp&) {}

  Register& RegisterOf(NodeIndex node, Aspect aspect, uint32_t number = 0);
  uint32_t NumberOf(const std::string& attribute);
  /// Whether `event` saw everything that was written to the register.
  bool InLine(const Register& known, EventIndex event) const {
    return !known.contended && events_.SawAll(event, known.heads);
  }
  void Remember(Register& known, EventIndex event, const document::Op& op);
  /// Applies an operation that sets a register as it stands.
  void SetAsItStands(EventIndex event, const document::Op& op, NodeIndex node, Aspect aspect,
                     uint32_t number);
  /// Makes the versions of all writes of an attribute.
  void Version(Register& known) const;
  void SetContendedAttribute(Register& known, EventIndex event, const document::Op& op,
                             const std::string& after);
  bool ShiftAsItStands(EventIndex event, const document::Op& op, const document::ShiftAttributesOp& shift);
  void ShiftOne(EventIndex event, const document::Op& op, const document::ShiftAttributesOp::Target& target,
                int64_t delta_milli);
  /// A text set or spliced: one register for both. False, and nothing changed, when it cannot be.
  /// What `splice` made of the text where its writer saw concurrent edits of it merged otherwise: as prose,
  /// or as one value, because the element had another name there. nullopt: that is not why it does not fit.
  std::optional<std::string> TextSeenOtherwise(EventIndex event, const document::SpliceTextOp& splice);
  bool TakeText(EventIndex event, const document::Op& op, const NodeId& id);
  bool SetContendedText(Register& known, EventIndex event, const document::Op& op);
  /// The node; counts the operation as passed over where there is none.
  std::optional<document::NodeIndex> FindOrPassOver(const NodeId& id);
  std::optional<Spot> Resolve(const document::Place& place) const;
  /// Applies an insert or move; origins that are no siblings there any more count as the end.
  absl::Status Place(EventIndex event, document::Op op, document::Place& place);

  // Drawn lines (drawn_lines.cc).

  /// The node below which `node` is after `events` alone; kNoNode: in the trash, or it has not come in.
  NodeIndex ParentIn(NodeIndex node, const std::function<bool(EventIndex)>& events) const;
  /// Whether that is `line`, and `node` is called as its points are.
  bool IsPointIn(NodeIndex node, NodeIndex line, const std::function<bool(EventIndex)>& events) const;
  /// The line of which `event` sees `node` as a point; kNoNode when it is none.
  NodeIndex LineSeen(EventIndex event, NodeIndex node) const;
  /// `event` is about to change a point of `line` (kNoNode: a new one); `name` is the points'.
  void Draws(EventIndex event, NodeIndex line, std::string_view name, NodeIndex point, Routes::Change change);
  /// `event` is about to set an attribute of `node`.
  void DrawsIfPoint(EventIndex event, NodeIndex node);
  /// `event` is over: where it and others drew one line anew, its route stands.
  void EndRoutes(EventIndex event);
  std::vector<Routes::Point> PointsOf(EventIndex event, NodeIndex line);
  /// Whether `event` and all that it has not seen give the point the same numbers.
  bool SayTheSame(EventIndex event, NodeIndex point);
  void StandAsDrawn(EventIndex event, NodeIndex line, const std::vector<Routes::Point>& points);
  void BringBack(EventIndex event, NodeIndex line, NodeIndex point, NodeIndex before);
  /// A place that follows from the route of `line` that `event` drew.
  void Put(EventIndex event, NodeIndex line, NodeIndex point, std::optional<document::Place> to);
  void SayAgain(EventIndex event, NodeIndex line, NodeIndex point);
  /// Whether a point is gone because a route that it is no part of stands as a whole.
  bool GaveWay(NodeIndex node) const;
  /// The subtree in which `node` came in; nullptr when it was there before.
  const Inserted* CameInWith(NodeIndex node) const;
  /// The children of `parent`, once some have been moved; nullptr before.
  SiblingOrder* OrderOf(NodeIndex parent);
  void BeginOrder(NodeIndex parent);
  /// Applies an insert or move to where its writer saw it go.
  absl::Status PutThere(EventIndex event, const document::Op& op, const document::Place& place,
                        NodeIndex node);
  bool SameAsInserted(EventIndex event, const document::InsertNodeOp& insert, const Spot& spot);

  std::optional<document::Document>& document_;
  const BlobSource& blobs_;
  const document::Format& format_;
  EventTable events_;
  std::vector<Register> registers_;
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, uint32_t> register_index_;
  std::vector<std::string> attribute_names_;
  absl::flat_hash_map<std::string, uint32_t> attribute_numbers_;
  std::vector<Inserted> inserted_;
  absl::flat_hash_map<size_t, absl::InlinedVector<uint32_t, 1>> inserted_index_;
  std::vector<Cycle> cycles_;
  Routes routes_;
  std::vector<LostRoute> lost_routes_;
  std::deque<SiblingOrder> orders_;
  absl::flat_hash_map<uint32_t, size_t> order_index_;  ///< by parent
  Heads imports_;
  std::optional<Standing> standing_;  ///< nullopt: no import yet since the fold became concurrent
  std::vector<EventIndex> beside_import_;
  std::vector<EventIndex> editors_;    ///< events with other operations than imports
  std::deque<document::Op> adjusted_;  ///< operations in other words than their events'
  size_t passed_over_ = 0;
};

}  // namespace ameide::uaf::merge
