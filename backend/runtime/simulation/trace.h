#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "backend/engine/engine.h"

namespace ameide::runtime {

/// One line of a trace (commands.md, `ameide run --trace`).
struct TraceEvent {
  std::string process;
  std::string element;
  std::string type;        ///< the element's BPMN type; of a repeated activity as a whole, ending in "Body"
  std::string_view event;  ///< "activated", "completed", "terminated", "error"
};

/// Knows which element instances of one process instance are what, so that facts can be told as events.
class ElementNames {
 public:
  /// What a fact means for the elements: nothing, one event or two. Facts in their order.
  std::vector<TraceEvent> Tell(const engine::Plan& plan, const engine::Fact& fact);

 private:
  struct Place {
    engine::Index node = engine::kNone;
    engine::Index process = 0;  ///< root of the plan
    bool body = false;
    bool left = false;  ///< told as completed, though what it started still works
  };
  Place PlaceOf(const engine::Plan& plan, engine::Index node, engine::Key scope) const;
  static TraceEvent EventOf(const engine::Plan& plan, const Place& place, std::string_view event);

  std::map<engine::Key, Place> places_;  ///< of element instances that have not ended
};

}  // namespace ameide::runtime
