#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/merge/event_table.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// Which elements are the points of drawn lines, and who changed which of them. Points merge as all elements
/// do: by their places and attributes, wherever they went. Only where two drew one line anew, their points
/// do not become a mixture that nobody drew: the later route stands as a whole. A point is an element of a
/// drawing that has no id, says numbers, and stands among others of its name.
class Routes {
 public:
  using NodeIndex = document::NodeIndex;
  Routes(const document::Format& format, const EventTable& events) : format_(format), events_(events) {}

  /// The line that `node` stands in as a point; kNoNode when it is none.
  NodeIndex Around(const document::Document& document, NodeIndex node) const;
  /// The same of an element `name` that is to come in below `parent`.
  NodeIndex AroundNew(const document::Document& document, NodeIndex parent, std::string_view name) const;
  /// The name of the first element in `raw`; empty when there is none.
  static std::string_view NameIn(std::string_view raw);
  /// Whether `node` is one where it stands among others.
  static bool LooksLikePoint(const document::Document& document, const document::Format& format,
                             NodeIndex node);

  enum class Change : uint8_t {
    kWrote,     ///< an attribute
    kInOrOut,   ///< the point came in or went
    kReordered  ///< among the points of the line
  };
  /// `event` changes a point of `line` (kNoNode: one that has no index yet); `name` is the points'.
  void Changes(EventIndex event, NodeIndex line, std::string_view name, NodeIndex point, Change change);
  /// The lines that `event` drew, not knowing all that others did to them: ends the event.
  std::vector<NodeIndex> DrawnBy(EventIndex event);

  /// What two sides made of one point: an event, and all that it had not seen.
  struct Point {
    NodeIndex node{};
    bool touched = false;    ///< by either
    bool reordered = false;  ///< by the event
    bool others_reordered = false;
    bool seen = false;      ///< it was there for the event's writer
    bool drawn = false;     ///< and afterwards
    bool standing = false;  ///< it is there without the event
    bool same = false;      ///< both give it the same numbers
  };
  /// Fills in who touched the point.
  void Look(EventIndex event, NodeIndex line, Point& point) const;
  /// Whether both sides brought in, took out or moved points without one between that neither touched, and
  /// not to the same end. `points` are all that either knows, in order.
  static bool BothDrew(std::span<const Point> points);
  /// Those who changed the line and whom `event` has not seen.
  std::vector<EventIndex> Others(EventIndex event, NodeIndex line) const;
  bool IsNameOfPoints(NodeIndex line, std::string_view name) const;
  void Clear();

 private:
  struct Touch {
    EventIndex event = 0;
    NodeIndex point{};
    Change change = Change::kWrote;
  };
  struct Route {
    std::string name;  ///< of its points
    std::vector<Touch> touches;
    Heads heads;
  };
  const Route* Find(NodeIndex line) const;

  const document::Format& format_;
  const EventTable& events_;
  absl::flat_hash_map<uint32_t, Route> routes_;  ///< by line
  std::vector<NodeIndex> drawn_;                 ///< by the event that is under way
};

}  // namespace ameide::uaf::merge
