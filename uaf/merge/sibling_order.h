#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "uaf/document/document.h"
#include "uaf/merge/event_table.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// The children of one node in every place that concurrent events gave them, so that what an event says of
/// neighbours is understood as its writer saw them. A node that moves leaves its old place behind for those
/// who have not seen the move.
class SiblingOrder {
 public:
  using NodeIndex = document::NodeIndex;
  struct Place {
    NodeIndex node{};
    std::optional<EventIndex> event;  ///< that put it there; nullopt: it was there before
    uint32_t next = kNone;
    uint32_t previous = kNone;
  };

  /// The children of `parent` as they are; `came_in` tells which event inserted one of them.
  SiblingOrder(const document::Document& document, NodeIndex parent,
               const absl::flat_hash_map<uint32_t, EventIndex>& came_in);

  NodeIndex parent() const { return parent_; }
  /// Events that moved children, in fold order.
  const std::vector<EventIndex>& movers() const { return movers_; }
  const std::vector<Place>& places() const { return places_; }
  /// Places in order, all of them.
  std::vector<uint32_t> InOrder() const;

  /// Makes neighbours that others have moved since `event` into those that stand where it saw them. `node` is
  /// what is to be placed (kNoNode: a new one). False when there are none.
  bool AsSeen(const document::Document& document, const EventTable& events, EventIndex event, NodeIndex node,
              document::Place& place) const;
  /// `node` has been placed behind `left` (as its writer said) by `event`: a child came in, or moved.
  void Placed(const document::Document& document, const EventTable& events, EventIndex event, NodeIndex node,
              std::optional<NodeIndex> left, bool moved);

  static bool Visible(const Place& place, const EventTable& events, EventIndex viewer) {
    return !place.event || *place.event == viewer || events.Saw(viewer, *place.event);
  }

 private:
  static constexpr uint32_t kNone = 0xffffffffu;
  using Places = absl::InlinedVector<uint32_t, 2>;
  /// The newest place of `node` that `event` saw; kNone when there is none.
  uint32_t SeenPlace(const EventTable& events, EventIndex event, NodeIndex node) const;
  /// Where its node stands now.
  bool IsCurrent(const document::Document& document, uint32_t place) const;
  void InsertBehind(uint32_t previous, Place place);

  NodeIndex parent_;
  std::vector<Place> places_;
  uint32_t first_ = kNone;
  absl::flat_hash_map<uint32_t, Places> of_node_;  ///< oldest first
  std::vector<EventIndex> movers_;
};

/// Moves of two sides that cannot both be had in one order.
struct OrderDispute {
  std::vector<EventIndex> a, b;  ///< that moved something of it, unseen by the other side; the last ones last
  document::NodeIndex moved_by_a{}, moved_by_b{};
  std::vector<document::NodeIndex> in_a, in_b;  ///< the children concerned, as either side ordered them
  bool a_shows = false;                         ///< the state has them as `a` wants them
  bool b_shows = false;
  bool a_is_lost = false;  ///< two children stand in another order than `a` put them into
};

/// Which moves of the children of one node exclude each other. The order of any two children is what either
/// side changed it to; where that is not an order of all of them, or the state shows another one, the moves
/// are in dispute. Children for which `passes_over` holds (gone, or told otherwise) do not count; nor do
/// disputes that somebody who saw both sides has moved something of since. Time: children moved times
/// children, bounded.
std::vector<OrderDispute> DisputesOf(const SiblingOrder& order, const EventTable& events,
                                     const std::function<bool(document::NodeIndex)>& passes_over);

}  // namespace ameide::uaf::merge
