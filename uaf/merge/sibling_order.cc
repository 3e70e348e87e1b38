#include "uaf/merge/sibling_order.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace ameide::uaf::merge {

using document::Document;
using document::kNoNode;
using document::NodeIndex;

namespace {
/// Above so many comparisons of two children, those of one list that moved count as in dispute.
constexpr size_t kMostComparisons = 8'000'000;
/// More pairs of events than these that moved children of one node are contrived.
constexpr size_t kMostPairs = 1'000;

uint32_t Raw(NodeIndex node) { return static_cast<uint32_t>(node); }
}  // namespace

SiblingOrder::SiblingOrder(const Document& document, NodeIndex parent,
                           const absl::flat_hash_map<uint32_t, EventIndex>& came_in)
    : parent_(parent) {
  uint32_t last = kNone;
  for (NodeIndex child = document.first_child(parent); child != kNoNode;
       child = document.next_sibling(child)) {
    const auto found = came_in.find(Raw(child));
    Place place{child, found == came_in.end() ? std::nullopt : std::optional(found->second)};
    InsertBehind(last, place);
    last = static_cast<uint32_t>(places_.size() - 1);
  }
}

std::vector<uint32_t> SiblingOrder::InOrder() const {
  std::vector<uint32_t> order;
  order.reserve(places_.size());
  for (uint32_t at = first_; at != kNone; at = places_[at].next) order.push_back(at);
  return order;
}

void SiblingOrder::InsertBehind(uint32_t previous, Place place) {
  const auto index = static_cast<uint32_t>(places_.size());
  place.previous = previous;
  place.next = previous == kNone ? first_ : places_[previous].next;
  (previous == kNone ? first_ : places_[previous].next) = index;
  if (place.next != kNone) places_[place.next].previous = index;
  of_node_[Raw(place.node)].push_back(index);
  places_.push_back(place);
}

uint32_t SiblingOrder::SeenPlace(const EventTable& events, EventIndex event, NodeIndex node) const {
  const auto found = of_node_.find(Raw(node));
  if (found == of_node_.end()) return kNone;
  const auto seen = std::find_if(found->second.rbegin(), found->second.rend(),
                                 [&](uint32_t place) { return Visible(places_[place], events, event); });
  return seen == found->second.rend() ? kNone : *seen;
}

bool SiblingOrder::IsCurrent(const Document& document, uint32_t place) const {
  const NodeIndex node = places_[place].node;
  return document.parent(node) == parent_ && of_node_.at(Raw(node)).back() == place;
}

bool SiblingOrder::AsSeen(const Document& document, const EventTable& events, EventIndex event,
                          NodeIndex node, document::Place& place) const {
  bool moved = false;
  const auto resolve = [&](std::optional<NodeId>& neighbour, uint32_t Place::*step) {
    const auto known = neighbour ? document.Find(*neighbour) : std::nullopt;
    if (!known) return;
    const uint32_t seen = SeenPlace(events, event, *known);
    if (seen == kNone || IsCurrent(document, seen)) return;
    uint32_t at = places_[seen].*step;
    while (at != kNone && (places_[at].node == node || !IsCurrent(document, at))) at = places_[at].*step;
    neighbour = at == kNone ? std::nullopt : std::optional(document.id(places_[at].node));
    moved = true;
  };
  resolve(place.left, &Place::previous);
  resolve(place.right, &Place::next);
  return moved;
}

void SiblingOrder::Placed(const Document& document, const EventTable& events, EventIndex event,
                          NodeIndex node, std::optional<NodeIndex> left, bool moved) {
  const auto newest = [&](NodeIndex sibling) {
    const auto found = sibling == kNoNode ? of_node_.end() : of_node_.find(Raw(sibling));
    return found == of_node_.end() ? kNone : found->second.back();
  };
  uint32_t behind = kNone;
  for (NodeIndex at = document.previous_sibling(node); at != kNoNode && behind == kNone;
       at = document.previous_sibling(at))
    behind = newest(at);
  // Among the places that others left between the neighbours: behind the one that the writer meant.
  const uint32_t meant = left ? SeenPlace(events, event, *left) : kNone;
  const uint32_t end = newest(document.next_sibling(node));
  if (meant != kNone) {
    for (uint32_t at = behind == kNone ? first_ : places_[behind].next; at != end && at != kNone;
         at = places_[at].next) {
      if (at == meant) behind = at;
    }
  }
  InsertBehind(behind, {node, event});
  if (moved && (movers_.empty() || movers_.back() != event)) movers_.push_back(event);
}

namespace {

/// One pair of sides.
class Comparing {
 public:
  Comparing(const SiblingOrder& order, const EventTable& events, EventIndex a, EventIndex b)
      : order_(order), events_(events), a_(a), b_(b) {}

  void Run(const std::function<bool(NodeIndex)>& passes_over, std::vector<OrderDispute>& disputes) {
    Collect(passes_over);
    if (moved_.empty()) return;
    Compare();
    for (const auto& [root, members] : Components()) Tell(members, disputes);
  }

 private:
  /// A child that both sides know, and where it stands: before either side, in each, and now.
  struct Child {
    NodeIndex node{};
    std::array<uint32_t, 4> rank{};
    bool moved = false;
  };
  static constexpr size_t kBase = 0, kInA = 1, kInB = 2, kNow = 3;

  void Collect(const std::function<bool(NodeIndex)>& passes_over) {
    const auto& places = order_.places();
    const std::vector<uint32_t> in_order = order_.InOrder();
    std::vector<uint32_t> rank(places.size());
    for (uint32_t i = 0; i < in_order.size(); ++i) rank[in_order[i]] = i;
    constexpr uint32_t kNowhere = 0xffffffffu;
    absl::flat_hash_map<uint32_t, std::array<uint32_t, 4>> newest;  // places are numbered oldest first
    for (uint32_t at = 0; at < places.size(); ++at) {
      const auto [found, added] = newest.try_emplace(Raw(places[at].node));
      if (added) found->second.fill(kNowhere);
      const bool in_a = SiblingOrder::Visible(places[at], events_, a_);
      const bool in_b = SiblingOrder::Visible(places[at], events_, b_);
      if (in_a && in_b) found->second[kBase] = at;
      if (in_a) found->second[kInA] = at;
      if (in_b) found->second[kInB] = at;
      found->second[kNow] = at;
    }
    for (const uint32_t at : in_order) {
      const NodeIndex node = places[at].node;
      const std::array<uint32_t, 4>& of = newest.at(Raw(node));
      if (of[kNow] != at || of[kBase] == kNowhere || passes_over(node)) continue;
      // Somebody else moved it since: that is between others.
      if (of[kNow] != of[kInA] && of[kNow] != of[kInB]) continue;
      Child child{node, {}, of[kInA] != of[kBase] || of[kInB] != of[kBase]};
      for (size_t i = 0; i < of.size(); ++i) child.rank[i] = rank[of[i]];
      if (child.moved) moved_.push_back(children_.size());
      children_.push_back(child);
    }
  }

  bool Flipped(const Child& one, const Child& other, size_t in) const {
    return (one.rank[kBase] < other.rank[kBase]) != (one.rank[in] < other.rank[in]);
  }

  void Compare() {
    above_.resize(children_.size());
    std::iota(above_.begin(), above_.end(), size_t{0});
    flaws_.resize(children_.size());
    if (moved_.size() > kMostComparisons / children_.size()) {
      for (const size_t i : moved_) Join(i, moved_.front());
      flaws_[moved_.front()] = {true, true};
      return;
    }
    for (const size_t i : moved_) {
      for (size_t j = 0; j < children_.size(); ++j) {
        if (i == j || (children_[j].moved && j < i)) continue;
        const bool by_a = Flipped(children_[i], children_[j], kInA);
        const bool by_b = Flipped(children_[i], children_[j], kInB);
        const bool now = Flipped(children_[i], children_[j], kNow);
        if (!by_a && !by_b && !now) continue;
        Join(i, j);
        if (now == (by_a || by_b)) continue;
        flaws_[i].there = true;
        flaws_[i].of_a = flaws_[i].of_a || by_a;
      }
    }
  }

  size_t Root(size_t i) {
    while (above_[i] != i) i = above_[i] = above_[above_[i]];
    return i;
  }
  void Join(size_t i, size_t j) { above_[std::max(Root(i), Root(j))] = std::min(Root(i), Root(j)); }

  /// What hangs together, of which something is wrong.
  std::vector<std::pair<size_t, std::vector<size_t>>> Components() {
    std::vector<bool> flawed(children_.size(), false);
    for (size_t i = 0; i < children_.size(); ++i) {
      if (flaws_[i].there) flawed[Root(i)] = true;
    }
    std::vector<std::pair<size_t, std::vector<size_t>>> components;
    std::vector<size_t> at(children_.size(), children_.size());
    for (size_t i = 0; i < children_.size(); ++i) {
      const size_t root = Root(i);
      if (!flawed[root]) continue;
      if (at[root] == children_.size()) {
        at[root] = components.size();
        components.push_back({root, {}});
      }
      components[at[root]].second.push_back(i);
    }
    return components;
  }

  void Tell(const std::vector<size_t>& members, std::vector<OrderDispute>& disputes) const {
    const auto ordered = [&](size_t in) {
      std::vector<size_t> list = members;
      std::sort(list.begin(), list.end(),
                [&](size_t i, size_t j) { return children_[i].rank[in] < children_[j].rank[in]; });
      return list;
    };
    const auto nodes = [&](const std::vector<size_t>& list) {
      std::vector<NodeIndex> found;
      for (const size_t i : list) found.push_back(children_[i].node);
      return found;
    };
    const std::vector<size_t> in_a = ordered(kInA), in_b = ordered(kInB), now = ordered(kNow);
    OrderDispute dispute;
    dispute.in_a = nodes(in_a);
    dispute.in_b = nodes(in_b);
    dispute.a_shows = in_a == now;
    dispute.b_shows = in_b == now;
    dispute.moved_by_a = dispute.moved_by_b = kNoNode;
    for (const size_t i : members) {
      const Child& child = children_[i];
      dispute.a_is_lost = dispute.a_is_lost || flaws_[i].of_a;
      if (child.rank[kInA] != child.rank[kBase] && dispute.moved_by_a == kNoNode)
        dispute.moved_by_a = child.node;
      if (child.rank[kInB] != child.rank[kBase] && dispute.moved_by_b == kNoNode)
        dispute.moved_by_b = child.node;
    }
    // Moves of one side alone are what it wanted.
    if (dispute.moved_by_a == kNoNode || dispute.moved_by_b == kNoNode) return;
    for (const SiblingOrder::Place& place : order_.places()) {
      if (!place.event ||
          std::find(dispute.in_a.begin(), dispute.in_a.end(), place.node) == dispute.in_a.end())
        continue;
      const EventIndex event = *place.event;
      if (event != a_ && event != b_ && events_.Saw(event, a_) && events_.Saw(event, b_)) return;  // settled
      const bool of_a = SiblingOrder::Visible(place, events_, a_);
      const bool of_b = SiblingOrder::Visible(place, events_, b_);
      if (of_a && !of_b) dispute.a.push_back(event);
      if (of_b && !of_a) dispute.b.push_back(event);
    }
    for (std::vector<EventIndex>* side : {&dispute.a, &dispute.b}) {
      std::sort(side->begin(), side->end());
      side->erase(std::unique(side->begin(), side->end()), side->end());
    }
    disputes.push_back(std::move(dispute));
  }

  /// Two children that stand in another order than they should.
  struct Flaw {
    bool there = false;
    bool of_a = false;  ///< `a` put them into that order
  };

  const SiblingOrder& order_;
  const EventTable& events_;
  const EventIndex a_;
  const EventIndex b_;
  std::vector<Child> children_;  ///< in the order of the state
  std::vector<size_t> moved_;
  std::vector<size_t> above_;  ///< a forest: what hangs together
  std::vector<Flaw> flaws_;
};

}  // namespace

std::vector<OrderDispute> DisputesOf(const SiblingOrder& order, const EventTable& events,
                                     const std::function<bool(NodeIndex)>& passes_over) {
  const std::vector<EventIndex>& movers = order.movers();
  // The last of a side's moves that the other has not seen stands for those before it.
  const auto is_last = [&](EventIndex event, EventIndex other) {
    return std::none_of(movers.begin(), movers.end(), [&](EventIndex later) {
      return later != event && events.Saw(later, event) && events.Concurrent(later, other);
    });
  };
  std::vector<OrderDispute> disputes;
  size_t pairs = 0;
  for (size_t j = 1; j < movers.size(); ++j) {
    for (size_t i = 0; i < j && pairs < kMostPairs; ++i) {
      if (!events.Concurrent(movers[i], movers[j])) continue;
      if (!is_last(movers[i], movers[j]) || !is_last(movers[j], movers[i])) continue;
      ++pairs;
      Comparing(order, events, movers[i], movers[j]).Run(passes_over, disputes);
    }
  }
  return disputes;
}

}  // namespace ameide::uaf::merge
