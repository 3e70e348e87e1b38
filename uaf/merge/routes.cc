#include "uaf/merge/routes.h"

#include <algorithm>
#include <cstddef>

namespace ameide::uaf::merge {

using document::AttributeText;
using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;

bool Routes::LooksLikePoint(const Document& document, NodeIndex node) const {
  if (document.kind(node) != NodeKind::kElement || document.attribute(node, "id")) return false;
  size_t numbers = 0;
  for (const document::Attribute& attribute : document.attributes(node)) {
    const bool number =
        !attribute.raw.empty() && attribute.raw.find_first_not_of("+-.0123456789") == std::string_view::npos;
    numbers += number ? 1 : 0;
  }
  return numbers >= 2 && format_.IsLayout(document, node);
}

const Routes::Route* Routes::Find(NodeIndex line) const {
  const auto found = index_.find(static_cast<uint32_t>(line));
  return found == index_.end() ? nullptr : &routes_[found->second];
}

NodeIndex Routes::Around(const Document& document, NodeIndex node) const {
  if (node == document::kDocumentNode || document.kind(node) != NodeKind::kElement) return kNoNode;
  const NodeIndex line = document.parent(node);
  if (const Route* known = Find(line); known != nullptr)
    return known->name == document.name(node) ? line : kNoNode;
  if (!LooksLikePoint(document, node)) return kNoNode;
  for (NodeIndex child = document.first_child(line); child != kNoNode; child = document.next_sibling(child)) {
    if (child != node && document.name(child) == document.name(node) && LooksLikePoint(document, child))
      return line;
  }
  return kNoNode;
}

NodeIndex Routes::AroundNew(const Document& document, NodeIndex parent, std::string_view raw) const {
  const size_t open = raw.find('<');
  if (open == std::string_view::npos) return kNoNode;
  const std::string_view name = raw.substr(open + 1, raw.find_first_of(" \t\r\n/>", open + 1) - open - 1);
  if (const Route* known = Find(parent); known != nullptr) return known->name == name ? parent : kNoNode;
  size_t points = 0;
  for (NodeIndex child = document.first_child(parent); child != kNoNode;
       child = document.next_sibling(child)) {
    if (document.name(child) != name) continue;
    if (!LooksLikePoint(document, child)) return kNoNode;
    ++points;
  }
  return points >= 2 ? parent : kNoNode;
}

std::vector<Routes::Point> Routes::PointsOf(const Document& document, const Route& route) const {
  std::vector<Point> points;
  const auto add = [&](NodeIndex node, bool gone) {
    Point point{node, gone, {}};
    for (const document::Attribute& attribute : document.attributes(node)) {
      point.attributes.emplace_back(std::string(attribute.name),
                                    *document.attribute_text(node, attribute.name));
    }
    points.push_back(std::move(point));
  };
  for (NodeIndex child = document.first_child(route.line); child != kNoNode;
       child = document.next_sibling(child)) {
    if (document.kind(child) == NodeKind::kElement && document.name(child) == route.name) add(child, false);
  }
  if (route.versions.empty()) return points;
  const size_t live = points.size();
  for (const Point& before : route.versions.back().points) {
    const auto end = points.begin() + static_cast<std::ptrdiff_t>(live);
    const bool here =
        std::any_of(points.begin(), end, [&](const Point& point) { return point.node == before.node; });
    // What went elsewhere is no point of this line any more.
    if (!here && document.parent(before.node) == route.line) add(before.node, true);
  }
  return points;
}

void Routes::Begin(Document& document, EventIndex event, NodeIndex line) {
  const auto [found, added] = index_.try_emplace(static_cast<uint32_t>(line), routes_.size());
  if (added) {
    Route route{line, {}, {}, std::nullopt};
    for (NodeIndex child = document.first_child(line); child != kNoNode && route.name.empty();
         child = document.next_sibling(child)) {
      if (LooksLikePoint(document, child)) route.name = document.name(child);
    }
    routes_.push_back(std::move(route));
    routes_.back().versions.push_back({std::nullopt, PointsOf(document, routes_.back())});
  }
  Route& route = routes_[found->second];
  if (route.open == event) return;
  route.open = event;
  open_.push_back(found->second);
  route.seen = route.versions.size() - 1;
  const auto saw = [&](const Version& version) {
    return !version.event || events_.Saw(event, *version.event);
  };
  while (!saw(route.versions[route.seen])) --route.seen;
  if (route.seen + 1 == route.versions.size()) return;
  const Version version = route.versions[route.seen];
  Restore(document, event, route, version);
}

void Routes::Restore(Document& document, EventIndex event, Route& route, const Version& version) const {
  if (document.InTrash(route.line)) return;
  const EventId& id = events_.id(event);
  const auto apply = [&](const document::Op& op) { document.Fold(op, id).IgnoreError(); };
  for (const Point& now : PointsOf(document, route)) {
    const NodeId node = document.id(now.node);
    const auto wanted = std::find_if(version.points.begin(), version.points.end(),
                                     [&](const Point& point) { return point.node == now.node; });
    const bool gone = wanted == version.points.end() || wanted->gone;
    if (gone && !now.gone) apply(document::MoveNodeOp{node, std::nullopt});
    if (gone) continue;
    if (now.gone) {
      document::Place place{document.id(route.line), std::nullopt, std::nullopt};
      const NodeIndex left = document.previous_sibling(now.node), right = document.next_sibling(now.node);
      if (left != kNoNode) place.left = document.id(left);
      if (right != kNoNode) place.right = document.id(right);
      apply(document::MoveNodeOp{node, place});
    }
    for (const auto& [name, text] : wanted->attributes) {
      if (document.attribute_text(now.node, name) != text)
        apply(document::SetAttributeOp{node, name, text, ""});
    }
    for (const auto& [name, text] : now.attributes) {
      const bool stays = std::any_of(wanted->attributes.begin(), wanted->attributes.end(),
                                     [&, &of = name](const auto& each) { return each.first == of; });
      if (!stays) apply(document::SetAttributeOp{node, name, std::nullopt, ""});
    }
  }
}

bool Routes::SameRoute(const Version& a, const Version& b) {
  const auto said = [](const Version& version) {
    std::vector<std::vector<std::pair<std::string, std::string>>> points;
    for (const Point& point : version.points) {
      if (point.gone) continue;
      points.emplace_back();
      for (const auto& [name, text] : point.attributes) points.back().emplace_back(name, text.raw);
      std::sort(points.back().begin(), points.back().end());
    }
    return points;
  };
  return said(a) == said(b);
}

void Routes::End(const Document& document, EventIndex event) {
  for (const size_t index : open_) {
    Route& route = routes_[index];
    route.open.reset();
    route.versions.push_back({event, PointsOf(document, route)});
    const Version& now = route.versions.back();
    for (const Version& other : route.versions) {
      if (!other.event || *other.event == event || events_.Saw(event, *other.event)) continue;
      if (!SameRoute(other, now)) lost_.push_back({*other.event, event, route.line});
    }
  }
  open_.clear();
}

void Routes::Clear() {
  routes_.clear();
  index_.clear();
  open_.clear();
  lost_.clear();
}

}  // namespace ameide::uaf::merge
