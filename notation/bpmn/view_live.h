#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "notation/bpmn/view.h"

namespace ameide::bpmn {

/// A Definitions that is kept up to date while its document is edited, at the cost of what an edit touches.
/// Around an edit: Forget what it will change, change the document, Take what is there now, then Relink.
/// Not thread-safe. The document must outlive it. Private to this folder.
class LiveDefinitions {
 public:
  explicit LiveDefinitions(const Document& document) : view_(document) {}

  const Definitions& view() const { return view_; }

  /// Before the document changes: takes these elements out of all lists. Elements that are in none are passed
  /// over.
  void Forget(std::span<const NodeIndex> elements);
  /// After it has changed: puts these elements, which are live and in no list, where they stand now.
  void Take(std::span<const NodeIndex> elements);
  /// Looks up again what these sequence flows, shapes and edges refer to; others are passed over.
  void Relink(std::span<const NodeIndex> elements);
  /// Lists anew which flows enter and leave each node, and the events at its boundary.
  void ListFlows();

  /// OfType, model_elements and diagram_elements give only those elements for which `wanted` (by NodeIndex)
  /// is set, until Widen: rules that look at each element on its own then look at these. Imports are always
  /// given. What elements refer to and which flows they have is answered for the whole file all the same.
  void Narrow(const std::vector<bool>& wanted);
  void Widen();

 private:
  void Insert(const Element& element);

  Definitions view_;
};

}  // namespace ameide::bpmn
