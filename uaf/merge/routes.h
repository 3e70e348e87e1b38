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

/// The points of a drawn line are one value: of two routes that were drawn concurrently, the later one in
/// fold order stands as a whole, never a mixture that nobody drew. A point is an element of a drawing that
/// has no id, says numbers, and stands among others of its name.
class Routes {
 public:
  using NodeIndex = document::NodeIndex;
  Routes(const document::Format& format, const EventTable& events) : format_(format), events_(events) {}

  /// The line that `node` is a point of; kNoNode when it is none.
  NodeIndex Around(const document::Document& document, NodeIndex node) const;
  /// The same of a node that is to come in below `parent` as `raw`.
  NodeIndex AroundNew(const document::Document& document, NodeIndex parent, std::string_view raw) const;
  /// `event` is about to change the route of `line`: makes it the one that `event` saw.
  void Begin(document::Document& document, EventIndex event, NodeIndex line);
  /// `event` has changed all that it changes.
  void End(const document::Document& document, EventIndex event);
  void Clear();

  /// A route that gave way as a whole.
  struct Lost {
    EventIndex event = 0;
    EventIndex by = 0;
    NodeIndex line{};
  };
  const std::vector<Lost>& lost() const { return lost_; }

 private:
  struct Point {
    NodeIndex node{};
    bool gone = false;
    std::vector<std::pair<std::string, document::AttributeText>> attributes;
  };
  struct Version {
    std::optional<EventIndex> event;  ///< nullopt: before any of them
    std::vector<Point> points;
  };
  struct Route {
    NodeIndex line{};
    std::string name;                ///< of its points
    std::vector<Version> versions;   ///< in fold order; the last one stands
    std::optional<EventIndex> open;  ///< that changes it now
    size_t seen = 0;                 ///< the version that `open` began with
  };

  bool LooksLikePoint(const document::Document& document, NodeIndex node) const;
  const Route* Find(NodeIndex line) const;
  std::vector<Point> PointsOf(const document::Document& document, const Route& route) const;
  static bool SameRoute(const Version& a, const Version& b);
  void Restore(document::Document& document, EventIndex event, Route& route, const Version& version) const;

  const document::Format& format_;
  const EventTable& events_;
  std::vector<Route> routes_;
  absl::flat_hash_map<uint32_t, size_t> index_;  ///< by line
  std::vector<size_t> open_;
  std::vector<Lost> lost_;
};

}  // namespace ameide::uaf::merge
