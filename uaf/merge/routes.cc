#include "uaf/merge/routes.h"

#include <algorithm>
#include <cstddef>

#include "uaf/merge/attribute_parts.h"

namespace ameide::uaf::merge {

using document::AttributeText;
using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;

namespace {
using Said = std::vector<std::pair<std::string, std::string>>;

template <typename Points>
decltype(std::declval<Points&>().data()) PointAt(Points& points, NodeIndex node) {
  const auto found =
      std::find_if(points.begin(), points.end(), [&](const auto& point) { return point.node == node; });
  return found == points.end() ? nullptr : &*found;
}
}  // namespace

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
  const auto found = index_.find(static_cast<uint32_t>(line));
  return found == index_.end() ? nullptr : &routes_[found->second];
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

std::optional<AttributeText> Routes::Point::Find(const std::string& name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const auto& attribute) { return attribute.first == name; });
  return found == attributes.end() ? std::nullopt : std::optional(found->second);
}

void Routes::Point::Say(const std::string& name, std::optional<AttributeText> text) {
  std::erase_if(attributes, [&](const auto& each) { return each.first == name; });
  if (text) attributes.emplace_back(name, *std::move(text));
  std::sort(attributes.begin(), attributes.end());
}

namespace {
/// What a point says, apart from white space and quotes.
template <typename Point>
Said SaidBy(const Point& point) {
  Said said;
  for (const auto& [name, text] : point.attributes) said.emplace_back(name, document::UnescapeXml(text.raw));
  return said;
}

template <typename Points>
bool SayTheSame(const Points& a, const Points& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& left, const auto& right) { return SaidBy(left) == SaidBy(right); });
}

template <typename Points>
bool SameNodes(const Points& a, const Points& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& left, const auto& right) { return left.node == right.node; });
}
}  // namespace

Routes::Points Routes::PointsOf(const Document& document, const Route& route) {
  Points points;
  for (NodeIndex child = document.first_child(route.line); child != kNoNode;
       child = document.next_sibling(child)) {
    if (document.kind(child) != NodeKind::kElement || document.name(child) != route.name) continue;
    Point point{child, {}};
    for (const document::Attribute& attribute : document.attributes(child)) {
      point.attributes.emplace_back(std::string(attribute.name),
                                    *document.attribute_text(child, attribute.name));
    }
    std::sort(point.attributes.begin(), point.attributes.end());
    points.push_back(std::move(point));
  }
  return points;
}

void Routes::Know(Route& route, const Points& points) {
  for (const Point& point : points) {
    if (std::find(route.known.begin(), route.known.end(), point.node) == route.known.end())
      route.known.push_back(point.node);
  }
}

void Routes::Begin(Document& document, EventIndex event, NodeIndex line) {
  const auto [found, added] = index_.try_emplace(static_cast<uint32_t>(line), routes_.size());
  if (added) {
    Route& fresh = routes_.emplace_back();
    fresh.line = line;
    for (NodeIndex child = document.first_child(line); child != kNoNode && fresh.name.empty();
         child = document.next_sibling(child)) {
      if (LooksLikePoint(document, format_, child)) fresh.name = document.name(child);
    }
    fresh.before = PointsOf(document, fresh);
    Know(fresh, fresh.before);
  }
  Route& route = routes_[found->second];
  if (route.open) return;
  Points now = PointsOf(document, route);
  Edit edit{event, now, {}, {}};
  if (!events_.SawAll(event, route.heads)) {
    edit.seen = SeenBy(event, route);
    route.beside = std::move(now);
    Draw(document, events_.id(event), route, edit.seen);
  }
  route.edits.push_back(std::move(edit));
  route.open = true;
  open_.push_back(found->second);
}

Routes::Points Routes::SeenBy(EventIndex event, const Route& route) const {
  Points points = route.before;
  Heads heads;
  for (const Edit& edit : route.edits) {
    if (!events_.Saw(event, edit.event)) continue;
    points = events_.SawAll(edit.event, heads) ? edit.drawn : Together(edit, points).points;
    events_.Advance(heads, edit.event);
  }
  return points;
}

void Routes::Wrote(const Document& document, NodeIndex point, const std::string& attribute) {
  const auto found = index_.find(static_cast<uint32_t>(document.parent(point)));
  if (found == index_.end() || !routes_[found->second].open) return;
  auto& written = routes_[found->second].edits.back().written;
  if (std::find(written.begin(), written.end(), std::pair(point, attribute)) == written.end())
    written.emplace_back(point, attribute);
}

Routes::Both Routes::Together(const Edit& edit, const Points& standing) {
  // Between points that neither touched: one stretch of what was seen, of what was drawn, of what stands.
  struct Stretch {
    Points seen, drawn, standing;
  };
  std::vector<Stretch> stretches(1);
  size_t drawn = 0, stood = 0;
  const auto place = [](const Points& points, NodeIndex node, size_t from) {
    while (from < points.size() && points[from].node != node) ++from;
    return from;
  };
  const auto fill = [&](size_t drawn_end, size_t standing_end) {
    const auto part = [](const Points& points, size_t begin, size_t end) {
      return Points(points.begin() + static_cast<std::ptrdiff_t>(begin),
                    points.begin() + static_cast<std::ptrdiff_t>(end));
    };
    stretches.back().drawn = part(edit.drawn, drawn, drawn_end);
    stretches.back().standing = part(standing, stood, standing_end);
  };
  for (const Point& point : edit.seen) {
    const size_t in_drawn = place(edit.drawn, point.node, drawn);
    const size_t in_standing = place(standing, point.node, stood);
    const bool untouched = in_drawn < edit.drawn.size() && in_standing < standing.size() &&
                           SaidBy(edit.drawn[in_drawn]) == SaidBy(point) &&
                           SaidBy(standing[in_standing]) == SaidBy(point);
    if (!untouched) {
      stretches.back().seen.push_back(point);
      continue;
    }
    fill(in_drawn, in_standing);
    stretches.emplace_back();
    // It begins the next stretch: its spelling may have changed.
    stretches.back().seen.push_back(point);
    drawn = in_drawn;
    stood = in_standing;
  }
  fill(edit.drawn.size(), standing.size());

  Both both;
  for (const Stretch& stretch : stretches) {
    const bool drew = !SameNodes(stretch.seen, stretch.drawn);
    const bool other = !SameNodes(stretch.seen, stretch.standing);
    if (drew && other && !SayTheSame(stretch.drawn, stretch.standing)) return {edit.drawn, true};
    const Points& from = drew && !other ? stretch.drawn : stretch.standing;
    for (const Point& point : from) {
      const Point* stands = PointAt(standing, point.node);
      both.points.push_back(stands == nullptr ? point : *stands);
    }
  }
  for (const auto& [node, name] : edit.written) {
    Point* point = PointAt(both.points, node);
    const Point* before = PointAt(edit.seen, node);
    const Point* after = PointAt(edit.drawn, node);
    if (point == nullptr || before == nullptr || after == nullptr) continue;
    const std::optional<AttributeText> said = after->Find(name);
    AttributeParts parts(point->Find(name));
    parts.Set(said, AttributeParts::Changed(before->Find(name), said));
    point->Say(name, parts.Text());
  }
  return both;
}

bool Routes::IsPointOf(const Document& document, const Route& route, NodeIndex node) {
  return document.parent(node) == route.line && document.name(node) == route.name;
}

void Routes::Draw(Document& document, const EventId& id, const Route& route, const Points& points) {
  // Whether it stands in the line, which may be in the trash itself.
  const Points there = PointsOf(document, route);
  const auto move = [&](NodeIndex node, const std::optional<document::Place>& to) {
    document.Fold(document::MoveNodeOp{document.id(node), to}, id).IgnoreError();
  };
  for (const NodeIndex node : route.known) {
    if (PointAt(there, node) != nullptr && PointAt(points, node) == nullptr) move(node, std::nullopt);
  }
  NodeIndex before = kNoNode;
  for (const Point& point : points) {
    if (!IsPointOf(document, route, point.node)) continue;
    if (PointAt(there, point.node) == nullptr) {
      NodeIndex left = document.previous_sibling(point.node), right = document.next_sibling(point.node);
      // One that was brought back in front of it may stand behind where it stood.
      for (NodeIndex next = right; next != kNoNode && before != kNoNode; next = document.next_sibling(next)) {
        if (next != before) continue;
        left = before;
        right = document.next_sibling(before);
        break;
      }
      document::Place place{document.id(route.line), std::nullopt, std::nullopt};
      if (left != kNoNode) place.left = document.id(left);
      if (right != kNoNode) place.right = document.id(right);
      move(point.node, place);
    }
    DrawPoint(document, id, point);
    before = point.node;
  }
}

void Routes::DrawPoint(Document& document, const EventId& id, const Point& point) {
  const NodeId node = document.id(point.node);
  const auto set = [&](const std::string& name, const std::optional<AttributeText>& text) {
    document.Fold(document::SetAttributeOp{node, name, text, ""}, id).IgnoreError();
  };
  std::vector<std::string> names;
  for (const document::Attribute& attribute : document.attributes(point.node))
    names.emplace_back(attribute.name);
  for (const std::string& name : names) {
    if (!point.Find(name)) set(name, std::nullopt);
  }
  for (const auto& [name, text] : point.attributes) {
    if (document.attribute_text(point.node, name) != text) set(name, text);
  }
}

void Routes::TakeAlong(Document& document, const EventId& id, const Route& route) {
  for (const Point& point : route.beside) {
    const Point* seen = PointAt(route.edits.back().seen, point.node);
    if (IsPointOf(document, route, point.node) || seen == nullptr) continue;
    Point there = point;
    for (const document::Attribute& attribute : document.attributes(point.node)) {
      const std::string name(attribute.name);
      const std::optional<AttributeText> text = document.attribute_text(point.node, name);
      if (text == seen->Find(name)) continue;
      std::erase_if(there.attributes, [&](const auto& each) { return each.first == name; });
      there.attributes.emplace_back(name, *text);
    }
    std::erase_if(there.attributes, [&](const auto& each) {
      return seen->Find(each.first) && !document.attribute_text(point.node, each.first);
    });
    DrawPoint(document, id, there);
  }
}

void Routes::TellLost(const Route& route, const Edit& edit, bool whole, const Points& now) {
  std::optional<EventIndex> last;
  // Removed points are told with what else was deleted.
  const auto removed_by_other = [&](NodeIndex node) {
    return std::any_of(route.edits.begin(), route.edits.end(), [&](const Edit& other) {
      return !events_.Saw(edit.event, other.event) && PointAt(other.seen, node) != nullptr &&
             PointAt(other.drawn, node) == nullptr;
    });
  };
  const auto text = [](const Points& points, NodeIndex node, const std::string& name) {
    const Point* point = PointAt(points, node);
    return point == nullptr ? std::nullopt : point->Find(name);
  };
  const auto value = [](const std::optional<AttributeText>& said) {
    return said ? std::optional(document::UnescapeXml(said->raw)) : std::nullopt;
  };
  const auto overwritten = [&](const Edit& other, const std::pair<NodeIndex, std::string>& written) {
    const auto& [node, name] = written;
    if (std::find(edit.written.begin(), edit.written.end(), written) == edit.written.end()) return false;
    if (PointAt(now, node) == nullptr) return false;
    const std::optional<AttributeText> said = text(other.drawn, node, name);
    const std::optional<AttributeText> stands = text(now, node, name);
    const uint8_t parts = AttributeParts::Changed(text(other.seen, node, name), said);
    return value(said) != value(stands) && (!stands || (parts & AttributeParts::kValue) != 0);
  };
  for (const Edit& other : route.edits) {
    if (events_.Saw(edit.event, other.event)) continue;
    last = other.event;
    const bool lost = whole ? !SayTheSame(other.drawn, now)
                            : std::any_of(other.written.begin(), other.written.end(),
                                          [&](const auto& written) { return overwritten(other, written); });
    if (lost) lost_.push_back({other.event, edit.event, route.line});
  }
  if (whole || !last) return;
  const bool undone = std::any_of(edit.seen.begin(), edit.seen.end(), [&](const Point& point) {
    return PointAt(edit.drawn, point.node) == nullptr && PointAt(now, point.node) != nullptr;
  });
  const bool unseen = std::any_of(edit.written.begin(), edit.written.end(), [&](const auto& written) {
    const auto& [node, name] = written;
    if (PointAt(edit.drawn, node) == nullptr) return false;
    if (PointAt(now, node) == nullptr) return !removed_by_other(node);
    return text(edit.drawn, node, name) && !text(now, node, name);
  });
  if (undone || unseen) lost_.push_back({edit.event, *last, route.line});
}

void Routes::End(Document& document, EventIndex event) {
  for (const size_t index : open_) {
    Route& route = routes_[index];
    Edit& edit = route.edits.back();
    edit.drawn = PointsOf(document, route);
    Know(route, edit.drawn);
    if (!events_.SawAll(event, route.heads)) {
      Both both = Together(edit, route.beside);
      // Of a point that the writer saw elsewhere stands what the writer said.
      for (const auto& [node, name] : edit.written) {
        if (Point* point = PointAt(both.points, node);
            point != nullptr && PointAt(edit.seen, node) == nullptr)
          point->Say(name, document.attribute_text(node, name));
      }
      Draw(document, events_.id(event), route, both.points);
      TakeAlong(document, events_.id(event), route);
      TellLost(route, edit, both.whole, PointsOf(document, route));
    }
    events_.Advance(route.heads, event);
    route.open = false;
    route.beside.clear();
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
