#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/document/ids.h"

/// What differs between two states of one artifact, by element. Pure.
namespace ameide::uaf::diff {

/// What became of an element.
enum class ChangeKind : uint8_t { kAdded, kRemoved, kChanged, kMoved };

/// One value of an element that differs.
struct ValueChange {
  std::string name;  ///< the attribute's qualified name; "#type" for the element's own name, "#text"
                     ///< for its character data
  std::optional<std::string> before;  ///< nullopt: it was not there
  std::optional<std::string> after;   ///< nullopt: it is gone
  bool follows = false;               ///< refers to the same elements as before, by their changed ids
  auto operator<=>(const ValueChange&) const = default;
};

/// One element (or line of a text) that differs.
struct ElementChange {
  ChangeKind kind = ChangeKind::kChanged;
  NodeId node;                      ///< in the later state; in the earlier one for what was removed
  std::string element;              ///< the id attribute of the element, or of the nearest one around it
  std::string type;                 ///< local name; "line" for lines
  std::string name;                 ///< what people call it; may be empty
  bool layout = false;              ///< says only how something is drawn
  bool moved = false;               ///< has another parent or place among its siblings (also set with kMoved)
  uint32_t nodes = 1;               ///< for what was added or removed: elements in it, itself included
  std::vector<ValueChange> values;  ///< for kChanged, by name

  /// Nothing but references that follow changed ids: a consequence of other changes.
  bool OnlyFollows() const;
};

/// Compares two states. Of two states of one history, nodes are the same when they have the same NodeId; of
/// the others, elements that have the same type and the same `id` attribute. Two files without a common
/// import event are matched as MatchNodes (document/match.h) says, so that a changed id is a change of that
/// attribute, which references may follow. Of a subtree that was added or removed only its top is listed.
/// Comments and white space between elements count as nothing. In document order of the later state, then
/// what was removed, in that of the earlier one. O(n log n).
std::vector<ElementChange> Compare(const document::Document& before, const document::Document& after,
                                   const document::Format& format);

}  // namespace ameide::uaf::diff
