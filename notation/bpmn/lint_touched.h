#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "notation/bpmn/view.h"
#include "notation/bpmn/view_index.h"

/// Whose findings an edit may change; private to this folder.
namespace ameide::bpmn {

/// How many references lie at most between an element that is found fault with and one that a rule of
/// Reach::kNear looks at for it: an event names a definition, that a message, that an item.
inline constexpr int kPlaceSteps = 4;
/// As far from those lies what may report at them: a gateway at the events that it leads to.
inline constexpr int kUnitSteps = 2 * kPlaceSteps;

/// Which elements of a document name an identifier, in references of the model and of the diagram.
class Referrers {
 public:
  /// Calls `use` with each identifier that an element names in its attributes or text, without prefix.
  static void ForEachName(const Element& element, const std::function<void(std::string_view)>& use);

  /// Whether elements of that name hold a reference as their text.
  static bool IsReference(std::string_view local_name);

  void Add(const Element& element);
  /// As long as the element says what it said when it was added.
  void Remove(const Element& element);
  /// In no order.
  std::span<const NodeIndex> Of(std::string_view id) const;

 private:
  TextMap<std::vector<NodeIndex>> by_name_;
};

/// Whether elements of that kind hold many that have little to do with each other: processes, lanes, planes,
/// the file itself.
bool HoldsMany(std::string_view local_name);

/// What is to be judged anew.
struct Touched {
  /// By NodeIndex: 0 for what is far away, else 1 + the number of references to the nearest of the seeds.
  std::vector<uint8_t> steps;
  size_t elements = 0;

  bool IsPlace(NodeIndex node) const {
    const auto at = static_cast<uint32_t>(node);
    return at < steps.size() && steps[at] != 0 && steps[at] <= 1 + kPlaceSteps;
  }
};

/// Walks from `seeds` (live elements) along references, against their direction, and along flows,
/// associations and attachments in both; up to `most` elements, then it gives up: elements > most.
Touched FindTouched(const Definitions& view, const Referrers& referrers, std::span<const NodeIndex> seeds,
                    size_t most);

}  // namespace ameide::bpmn
