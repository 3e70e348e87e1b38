#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/merge/event_table.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// The points of drawn lines. What concurrent edits say of different points, or of different attributes of
/// one, all stands; of one attribute, the last one in fold order; a removed point stays away. Which points
/// there are is merged where at least one point that neither edit touched lies between what they brought in
/// or took out. Where none does, the lines were drawn anew: the later route stands as a whole, never a
/// mixture that nobody drew. A point is an element of a drawing that has no id, says numbers, and stands
/// among others of its name.
class Routes {
 public:
  using NodeIndex = document::NodeIndex;
  Routes(const document::Format& format, const EventTable& events) : format_(format), events_(events) {}

  /// The line that `node` is a point of; kNoNode when it is none.
  NodeIndex Around(const document::Document& document, NodeIndex node) const;
  /// The same of an element `name` that is to come in below `parent`.
  NodeIndex AroundNew(const document::Document& document, NodeIndex parent, std::string_view name) const;
  /// The name of the first element in `raw`; empty when there is none.
  static std::string_view NameIn(std::string_view raw);
  /// Whether `node` is one where it stands among others.
  static bool LooksLikePoint(const document::Document& document, const document::Format& format,
                             NodeIndex node);
  /// `event` is about to change the route of `line`: makes it the one that `event` saw.
  void Begin(document::Document& document, EventIndex event, NodeIndex line);
  /// The event that began wrote an attribute of a point.
  void Wrote(const document::Document& document, NodeIndex point, const std::string& attribute);
  /// `event` has changed all that it changes: puts that together with what it had not seen.
  void End(document::Document& document, EventIndex event);
  void Clear();

  /// What `event` says of a line does not all show, because of `by`.
  struct Lost {
    EventIndex event = 0;
    EventIndex by = 0;
    NodeIndex line{};
  };
  const std::vector<Lost>& lost() const { return lost_; }

 private:
  struct Point {
    NodeIndex node{};
    std::vector<std::pair<std::string, document::AttributeText>> attributes;  ///< sorted
    std::optional<document::AttributeText> Find(const std::string& name) const;
    void Say(const std::string& name, std::optional<document::AttributeText> text);
  };
  using Points = std::vector<Point>;  ///< in order
  /// What one event did to a route.
  struct Edit {
    EventIndex event = 0;
    Points seen;   ///< before it
    Points drawn;  ///< by it
    std::vector<std::pair<NodeIndex, std::string>> written;
  };
  struct Route {
    NodeIndex line{};
    std::string name;              ///< of its points
    Points before;                 ///< any edit
    std::vector<Edit> edits;       ///< in fold order
    std::vector<NodeIndex> known;  ///< points that are or were there
    Heads heads;                   ///< of the edits
    bool open = false;             ///< the last edit is under way
    Points beside;                 ///< of that: what stands without it; empty when it saw all of it
  };
  /// What comes of an edit beside `standing`.
  struct Both {
    Points points;
    bool whole = false;  ///< the edit stands as a whole
  };

  const Route* Find(NodeIndex line) const;
  static Points PointsOf(const document::Document& document, const Route& route);
  static void Know(Route& route, const Points& points);
  /// The route as the events that `event` saw leave it.
  Points SeenBy(EventIndex event, const Route& route) const;
  static Both Together(const Edit& edit, const Points& standing);
  /// False of what went elsewhere or was given another name.
  static bool IsPointOf(const document::Document& document, const Route& route, NodeIndex node);
  static void Draw(document::Document& document, const EventId& id, const Route& route, const Points& points);
  static void DrawPoint(document::Document& document, const EventId& id, const Point& point);
  /// What the edit made into no point of the line keeps what others said of it.
  static void TakeAlong(document::Document& document, const EventId& id, const Route& route);
  void TellLost(const Route& route, const Edit& edit, bool whole, const Points& now);

  const document::Format& format_;
  const EventTable& events_;
  std::vector<Route> routes_;
  absl::flat_hash_map<uint32_t, size_t> index_;  ///< by line
  std::vector<size_t> open_;
  std::vector<Lost> lost_;
};

}  // namespace ameide::uaf::merge
