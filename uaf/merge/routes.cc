#include "uaf/merge/routes.h"

#include <algorithm>
#include <utility>

namespace ameide::uaf::merge {

using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;

bool Routes::LooksLikePoint(const Document& document, const document::Format& format, NodeIndex node) {
  if (document.kind(node) != NodeKind::kElement || document.attribute(node, "id")) return false;
  size_t numbers = 0;
  for (const document::Attribute& attribute : document.attributes(node)) {
    const bool number =
        !attribute.raw.empty() && attribute.raw.find_first_not_of("+-.0123456789") == std::string_view::npos;
    numbers += number ? 1 : 0;
  }
  return numbers >= 2 && format.IsLayout(document, node);
}

const Routes::Route* Routes::Find(NodeIndex line) const {
  const auto found = routes_.find(static_cast<uint32_t>(line));
  return found == routes_.end() ? nullptr : &found->second;
}

bool Routes::IsNameOfPoints(NodeIndex line, std::string_view name) const {
  const Route* route = Find(line);
  return route != nullptr && route->name == name;
}

NodeIndex Routes::Around(const Document& document, NodeIndex node) const {
  if (node == document::kDocumentNode || document.kind(node) != NodeKind::kElement) return kNoNode;
  const NodeIndex line = document.parent(node);
  if (const Route* known = Find(line); known != nullptr)
    return known->name == document.name(node) ? line : kNoNode;
  if (!LooksLikePoint(document, format_, node)) return kNoNode;
  for (NodeIndex child = document.first_child(line); child != kNoNode; child = document.next_sibling(child)) {
    if (child != node && document.name(child) == document.name(node) &&
        LooksLikePoint(document, format_, child))
      return line;
  }
  return kNoNode;
}

std::string_view Routes::NameIn(std::string_view raw) {
  const size_t open = raw.find('<');
  if (open == std::string_view::npos) return {};
  return raw.substr(open + 1, raw.find_first_of(" \t\r\n/>", open + 1) - open - 1);
}

NodeIndex Routes::AroundNew(const Document& document, NodeIndex parent, std::string_view name) const {
  if (name.empty()) return kNoNode;
  if (const Route* known = Find(parent); known != nullptr) return known->name == name ? parent : kNoNode;
  size_t points = 0;
  for (NodeIndex child = document.first_child(parent); child != kNoNode;
       child = document.next_sibling(child)) {
    if (document.name(child) != name) continue;
    if (!LooksLikePoint(document, format_, child)) return kNoNode;
    ++points;
  }
  return points >= 2 ? parent : kNoNode;
}

void Routes::Changes(EventIndex event, NodeIndex line, std::string_view name, NodeIndex point,
                     Change change) {
  Route& route = routes_[static_cast<uint32_t>(line)];
  if (route.name.empty()) route.name = name;
  route.touches.push_back({event, point, change});
  events_.Advance(route.heads, event);
  if (change != Change::kWrote && std::find(drawn_.begin(), drawn_.end(), line) == drawn_.end())
    drawn_.push_back(line);
}

std::vector<NodeIndex> Routes::DrawnBy(EventIndex event) {
  std::erase_if(drawn_, [&](NodeIndex line) { return events_.SawAll(event, Find(line)->heads); });
  return std::exchange(drawn_, {});
}

void Routes::Look(EventIndex event, NodeIndex line, Point& point) const {
  for (const Touch& touch : Find(line)->touches) {
    const bool own = touch.event == event;
    if (touch.point != point.node || (!own && events_.Saw(event, touch.event))) continue;
    point.touched = true;
    if (touch.change == Change::kReordered) (own ? point.reordered : point.others_reordered) = true;
  }
}

bool Routes::BothDrew(std::span<const Point> points) {
  bool one = false, other = false, differ = false;
  for (const Point& point : points) {
    if (point.seen && point.drawn && point.standing && !point.touched) {
      one = other = differ = false;
      continue;
    }
    one = one || point.seen != point.drawn || point.reordered;
    other = other || point.seen != point.standing || point.others_reordered;
    differ = differ || point.drawn != point.standing || (point.drawn && !point.same) || point.reordered ||
             point.others_reordered;
    if (one && other && differ) return true;
  }
  return false;
}

std::vector<EventIndex> Routes::Others(EventIndex event, NodeIndex line) const {
  std::vector<EventIndex> others;
  for (const Touch& touch : Find(line)->touches) {
    if (!events_.Saw(event, touch.event) && (others.empty() || others.back() != touch.event))
      others.push_back(touch.event);
  }
  return others;
}

void Routes::Clear() {
  routes_.clear();
  drawn_.clear();
}

}  // namespace ameide::uaf::merge
