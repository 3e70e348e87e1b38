#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "uaf/merge/concurrent_fold.h"

// Of ConcurrentFold: where a later route of a drawn line stands as a whole, that is as if its event said all
// of it.

namespace ameide::uaf::merge {

using document::AttributeText;
using document::kNoNode;
using document::MoveNodeOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;
using document::SetAttributeOp;

NodeIndex ConcurrentFold::ParentIn(NodeIndex node, const std::function<bool(EventIndex)>& events) const {
  if (const Inserted* inserted = CameInWith(node);
      inserted != nullptr && !events(inserted->event) &&
      std::none_of(inserted->same.begin(), inserted->same.end(), events))
    return kNoNode;
  const Register* place = Find(node, Aspect::kPlace);
  if (place == nullptr) return document_->parent(node);
  Heads heads;
  for (const Write& write : place->writes) {
    if (!events(write.event)) continue;
    if (write.line != kNoNode) heads.clear();
    events_.Advance(heads, write.event);
  }
  NodeIndex parent = place->parent_base;
  for (const EventIndex head : heads) {
    const auto write = std::find_if(place->writes.rbegin(), place->writes.rend(),
                                    [&](const Write& each) { return each.event == head; });
    const std::optional<document::Place>& to = std::get<MoveNodeOp>(*write->op).to;
    if (!to) return kNoNode;
    parent = document_->Find(to->parent).value_or(kNoNode);
  }
  return parent;
}

bool ConcurrentFold::IsPointIn(NodeIndex node, NodeIndex line,
                               const std::function<bool(EventIndex)>& events) const {
  if (document_->kind(node) != NodeKind::kElement || ParentIn(node, events) != line) return false;
  const Register* known = Find(node, Aspect::kName);
  if (known == nullptr) return routes_.IsNameOfPoints(line, document_->name(node));
  std::string_view name = known->text_base;
  for (const Write& write : known->writes) {
    if (events(write.event)) name = std::get<document::SetNameOp>(*write.op).name;
  }
  return routes_.IsNameOfPoints(line, name);
}

NodeIndex ConcurrentFold::LineSeen(EventIndex event, NodeIndex node) const {
  if (document_->kind(node) != NodeKind::kElement) return kNoNode;
  const auto seen = [&](EventIndex each) { return events_.Saw(event, each); };
  const NodeIndex parent = ParentIn(node, seen);
  if (parent == kNoNode) return kNoNode;
  if (IsPointIn(node, parent, seen)) return parent;
  return parent == document_->parent(node) ? routes_.Around(*document_, node) : kNoNode;
}

void ConcurrentFold::Draws(EventIndex event, NodeIndex line, std::string_view name, NodeIndex point,
                           Routes::Change change) {
  // What leaves its place is still to be found there.
  if (change != Routes::Change::kWrote) BeginOrder(line);
  routes_.Changes(event, line, name, point, change);
}

void ConcurrentFold::DrawsIfPoint(EventIndex event, NodeIndex node) {
  if (const NodeIndex line = LineSeen(event, node); line != kNoNode)
    Draws(event, line, document_->name(node), node, Routes::Change::kWrote);
}

void ConcurrentFold::EndRoutes(EventIndex event) {
  for (const NodeIndex line : routes_.DrawnBy(event)) {
    const std::vector<Routes::Point> points = PointsOf(event, line);
    if (Routes::BothDrew(points)) StandAsDrawn(event, line, points);
  }
}

std::vector<Routes::Point> ConcurrentFold::PointsOf(EventIndex event, NodeIndex line) {
  std::vector<Routes::Point> points;
  const SiblingOrder& order = *OrderOf(line);
  for (const uint32_t place : order.InOrder()) {
    Routes::Point point{.node = order.places()[place].node};
    const auto seen = [&](EventIndex each) { return each != event && events_.Saw(event, each); };
    point.seen = IsPointIn(point.node, line, seen);
    point.drawn = IsPointIn(point.node, line, [&](EventIndex each) { return events_.Saw(event, each); });
    point.standing = IsPointIn(point.node, line, [&](EventIndex each) { return each != event; });
    if (!point.seen && !point.drawn && !point.standing) continue;
    point.same = SayTheSame(event, point.node);
    routes_.Look(event, line, point);
    points.push_back(point);
  }
  return points;
}

bool ConcurrentFold::SayTheSame(EventIndex event, NodeIndex point) {
  const auto value = [](const std::optional<AttributeText>& text) {
    return text ? std::optional(document::UnescapeXml(text->raw)) : std::nullopt;
  };
  for (uint32_t number = 0; number < attribute_names_.size(); ++number) {
    if (Find(point, Aspect::kAttribute, number) == nullptr) continue;
    Register& known = RegisterOf(point, Aspect::kAttribute, number);
    Version(known);
    if (value(known.TextIn([&](EventIndex each) { return events_.Saw(event, each); })) !=
        value(known.TextIn([&](EventIndex each) { return each != event; })))
      return false;
  }
  return true;
}

void ConcurrentFold::StandAsDrawn(EventIndex event, NodeIndex line,
                                  const std::vector<Routes::Point>& points) {
  for (const EventIndex other : routes_.Others(event, line)) lost_routes_.push_back({other, event, line});
  absl::flat_hash_set<uint32_t> done;  // one that moved is there more than once
  NodeIndex before = kNoNode;
  for (const Routes::Point& point : points) {
    if (!done.insert(static_cast<uint32_t>(point.node)).second) continue;
    const NodeIndex parent = ParentIn(point.node, [](EventIndex) { return true; });
    if (!point.drawn) {
      const bool there =
          ParentIn(point.node, [&](EventIndex each) { return events_.Saw(event, each); }) == line;
      if (parent == line && point.standing && !there) Put(event, line, point.node, std::nullopt);
      continue;
    }
    if (parent == kNoNode && point.seen && document_->parent(point.node) == line) {
      BringBack(event, line, point.node, before);
    } else if (parent != line) {
      continue;  // it went elsewhere
    }
    SayAgain(event, line, point.node);
    before = point.node;
  }
}

void ConcurrentFold::BringBack(EventIndex event, NodeIndex line, NodeIndex point, NodeIndex before) {
  NodeIndex left = document_->previous_sibling(point), right = document_->next_sibling(point);
  // One that was brought back in front of it may stand behind where it stood.
  for (NodeIndex next = right; next != kNoNode && before != kNoNode; next = document_->next_sibling(next)) {
    if (next != before) continue;
    left = before;
    right = document_->next_sibling(before);
    break;
  }
  document::Place place{document_->id(line), std::nullopt, std::nullopt};
  if (left != kNoNode) place.left = document_->id(left);
  if (right != kNoNode) place.right = document_->id(right);
  Put(event, line, point, place);
}

void ConcurrentFold::Put(EventIndex event, NodeIndex line, NodeIndex point,
                         std::optional<document::Place> to) {
  const Op& op = adjusted_.emplace_back(MoveNodeOp{document_->id(point), std::move(to)});
  const NodeIndex parent = document_->parent(point);
  if (!document_->Fold(op, events_.id(event)).ok()) return;
  Register& place = RegisterOf(point, Aspect::kPlace);
  if (place.writes.empty()) place.parent_base = parent;
  for (const EventIndex head : place.heads) {
    if (head != event) lost_routes_.push_back({head, event, line});
  }
  place.contended = place.contended || !events_.SawAll(event, place.heads);
  place.writes.push_back({event, &op, line});
  place.heads = {event};
}

void ConcurrentFold::SayAgain(EventIndex event, NodeIndex line, NodeIndex point) {
  for (uint32_t number = 0; number < attribute_names_.size(); ++number) {
    if (Find(point, Aspect::kAttribute, number) == nullptr) continue;
    Register& known = RegisterOf(point, Aspect::kAttribute, number);
    Version(known);
    std::optional<AttributeText> text =
        known.TextIn([&](EventIndex each) { return events_.Saw(event, each); });
    if (text == known.TextIn([](EventIndex) { return true; })) continue;
    const Op& op = adjusted_.emplace_back(
        SetAttributeOp{document_->id(point), attribute_names_[number], std::move(text), ""});
    SetContendedAttribute(known, event, op, "");
    known.writes.back().line = line;
    Draws(event, line, document_->name(point), point, Routes::Change::kWrote);
  }
}

bool ConcurrentFold::GaveWay(NodeIndex node) const {
  const Register* place = Find(node, Aspect::kPlace);
  if (place == nullptr || place->writes.empty()) return false;
  const Write& last = place->writes.back();
  return last.line != kNoNode && !std::get<MoveNodeOp>(*last.op).to;
}

}  // namespace ameide::uaf::merge
