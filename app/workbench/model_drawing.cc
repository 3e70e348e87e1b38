#include "app/workbench/model_drawing.h"

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "app/workbench/workspace_service.h"
#include "base/words.h"

namespace ameide::workbench {
namespace {

using uaf::document::Document;
using uaf::document::kDocumentNode;
using uaf::document::kNoNode;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;

std::string Value(const Document& document, NodeIndex node, std::string_view name) {
  return document.attribute(node, std::string(name)).value_or("");
}

/// Of several spellings the first that is there.
std::string Value(const Document& document, NodeIndex node, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = Value(document, node, name); !value.empty()) return value;
  }
  return {};
}

double Number(const Document& document, NodeIndex node, std::string_view name) {
  return std::strtod(Value(document, node, name).c_str(), nullptr);
}

std::vector<NodeIndex> Children(const Document& document, NodeIndex node, std::string_view local_name = {}) {
  std::vector<NodeIndex> out;
  for (NodeIndex at = document.first_child(node); at != kNoNode; at = document.next_sibling(at)) {
    if (document.kind(at) == NodeKind::kElement &&
        (local_name.empty() || document.local_name(at) == local_name))
      out.push_back(at);
  }
  return out;
}

/// "archimate:BusinessProcess", "BusinessProcess" → "business process".
QString TypeInWords(const std::string& type) { return ToQString(InWords(type.substr(type.find(':') + 1))); }

class Reader {
 public:
  explicit Reader(const Document& document) : document_(document) {
    for (const NodeIndex node : document.Descendants(kDocumentNode)) {
      if (document.kind(node) != NodeKind::kElement) continue;
      const std::string id = Value(document, node, {"id", "identifier"});
      if (!id.empty()) by_id_.emplace(id, node);
    }
  }

  std::vector<ModelDrawing> Dmn() {
    std::vector<ModelDrawing> drawings;
    for (const NodeIndex node : document_.Descendants(kDocumentNode)) {
      if (!Is(node, "DMNDiagram")) continue;
      ModelDrawing drawing{Id(node), ToQString(Value(document_, node, "name")), {}, {}};
      for (const NodeIndex shape : Children(document_, node, "DMNShape")) {
        const std::string element = LocalPart(Value(document_, shape, "dmnElementRef"));
        for (const NodeIndex bounds : Children(document_, shape, "Bounds"))
          drawing.boxes.push_back(Box(shape, element, Rect(bounds)));
      }
      for (const NodeIndex edge : Children(document_, node, "DMNEdge")) {
        DrawnLine line = Line(LocalPart(Value(document_, edge, "dmnElementRef")));
        for (const NodeIndex point : Children(document_, edge, "waypoint"))
          line.points.emplace_back(Number(document_, point, "x"), Number(document_, point, "y"));
        if (line.points.size() >= 2) drawing.lines.push_back(std::move(line));
      }
      drawings.push_back(std::move(drawing));
    }
    return drawings;
  }

  /// Both ways in which ArchiMate is written: Archi's own, and the Open Group's exchange format.
  std::vector<ModelDrawing> Archimate() {
    std::vector<ModelDrawing> drawings;
    for (const NodeIndex node : document_.Descendants(kDocumentNode)) {
      if (document_.kind(node) != NodeKind::kElement) continue;
      const std::string type = Value(document_, node, {"xsi:type", "type"});
      const bool archi = Is(node, "element") && type.ends_with("DiagramModel");
      if (!archi && !Is(node, "view")) continue;
      ModelDrawing drawing{Id(node), NameOf(node), {}, {}};
      places_.clear();
      AddBoxes(node, archi, QPointF(), drawing);
      AddLines(node, drawing);
      drawings.push_back(std::move(drawing));
    }
    return drawings;
  }

 private:
  bool Is(NodeIndex node, std::string_view local_name) const {
    return document_.kind(node) == NodeKind::kElement && document_.local_name(node) == local_name;
  }
  QString Id(NodeIndex node) const { return ToQString(Value(document_, node, {"id", "identifier"})); }
  /// References of DMN may be qualified: "ns:id", "#id".
  static std::string LocalPart(const std::string& reference) {
    const size_t at = reference.find_last_of("#:");
    return at == std::string::npos ? reference : reference.substr(at + 1);
  }

  NodeIndex Find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? kNoNode : found->second;
  }

  QString NameOf(NodeIndex node) const {
    if (node == kNoNode) return {};
    if (const std::string name = Value(document_, node, "name"); !name.empty())
      return ToQString(name).simplified();
    for (const char* child : {"name", "label", "content"}) {
      for (const NodeIndex text : Children(document_, node, child)) {
        const QString name = ToQString(document_.text(text)).simplified();
        if (!name.isEmpty()) return name;
      }
    }
    return {};
  }

  QString TypeOf(NodeIndex node) const {
    if (node == kNoNode) return {};
    const std::string type = Value(document_, node, {"xsi:type"});
    return type.empty() ? ToQString(InWords(document_.local_name(node))) : TypeInWords(type);
  }

  QRectF Rect(NodeIndex node) const {
    const auto side = [&](const char* name, const char* name_too) {
      const double value = Number(document_, node, name);
      return value > 0 ? value : Number(document_, node, name_too);
    };
    // What has no size of its own has Archi's usual one.
    const double width = side("width", "w");
    const double height = side("height", "h");
    return {Number(document_, node, "x"), Number(document_, node, "y"), width > 0 ? width : 120,
            height > 0 ? height : 55};
  }

  DrawnBox Box(NodeIndex shape, const std::string& element, const QRectF& place) const {
    const NodeIndex shown = Find(element);
    DrawnBox box{Id(shape), ToQString(element), NameOf(shown), TypeOf(shown), place, false};
    if (shown == kNoNode) {
      box.name = NameOf(shape);
      box.type = TypeOf(shape);
    }
    if (box.id.isEmpty()) box.id = box.element;
    return box;
  }

  DrawnLine Line(const std::string& element) const {
    const NodeIndex shown = Find(element);
    return {ToQString(element), NameOf(shown), TypeOf(shown), {}};
  }

  /// Boxes of Archi stand in the coordinates of what they are in, those of the exchange format in the view's.
  void AddBoxes(NodeIndex parent, bool archi, QPointF origin, ModelDrawing& drawing) {
    for (const NodeIndex child : Children(document_, parent)) {
      if (!Is(child, "child") && !Is(child, "node")) continue;
      QRectF place = Rect(child);
      if (archi) {
        for (const NodeIndex bounds : Children(document_, child, "bounds")) place = Rect(bounds);
        place.translate(origin);
      }
      const size_t at = drawing.boxes.size();
      drawing.boxes.push_back(Box(child, Value(document_, child, {"archimateElement", "elementRef"}), place));
      places_[Value(document_, child, {"id", "identifier"})] = place;
      AddBoxes(child, archi, place.topLeft(), drawing);
      drawing.boxes[at].around = drawing.boxes.size() > at + 1;
    }
  }

  void AddLines(NodeIndex parent, ModelDrawing& drawing) {
    for (const NodeIndex node : document_.Descendants(parent)) {
      if (!Is(node, "sourceConnection") && !Is(node, "connection")) continue;
      const auto from = places_.find(Value(document_, node, "source"));
      const auto to = places_.find(Value(document_, node, "target"));
      if (from == places_.end() || to == places_.end()) continue;
      DrawnLine line =
          Line(Value(document_, node, {"archimateRelationship", "relationshipRef", "relationship"}));
      const QPointF begin = from->second.center();
      const QPointF end = to->second.center();
      line.points.push_back(begin);
      for (const NodeIndex bend : Children(document_, node)) {
        // Archi keeps them relative to both ends.
        if (Is(bend, "bendpoint"))
          line.points.push_back(
              begin + QPointF(Number(document_, bend, "startX"), Number(document_, bend, "startY")));
        if (Is(bend, "bendpoint") && Value(document_, bend, {"startX", "startY"}).empty())
          line.points.back() = {Number(document_, bend, "x"), Number(document_, bend, "y")};
      }
      line.points.push_back(end);
      // From edge to edge, not from middle to middle.
      line.points.front() = EdgeTowards(from->second, line.points[1]);
      line.points.back() = EdgeTowards(to->second, line.points[line.points.size() - 2]);
      drawing.lines.push_back(std::move(line));
    }
  }

  static QPointF EdgeTowards(const QRectF& box, QPointF towards) {
    const QPointF from = box.center();
    const QPointF by = towards - from;
    if (by.isNull() || box.contains(towards)) return from;
    const double across = by.x() == 0 ? 1e9 : box.width() / 2 / std::abs(by.x());
    const double down = by.y() == 0 ? 1e9 : box.height() / 2 / std::abs(by.y());
    return from + by * std::min(across, down);
  }

  const Document& document_;
  std::map<std::string, NodeIndex> by_id_;
  std::map<std::string, QRectF> places_;
};

}  // namespace

std::vector<ModelDrawing> DrawingsOf(const Document& document, std::string_view format) {
  if (format == "dmn") return Reader(document).Dmn();
  if (format.starts_with("archimate")) return Reader(document).Archimate();
  return {};
}

}  // namespace ameide::workbench
