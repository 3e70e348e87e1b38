#pragma once

#include <vector>

#include "app/workbench/comparison.h"
#include "modeler/host/compare_canvas.h"

namespace ameide::workbench {

/// What of an artifact differs, for the canvas.
inline std::vector<modeler::CanvasChange> CanvasChanges(const ComparedArtifact& artifact) {
  std::vector<modeler::CanvasChange> changes;
  for (const ComparedElement& element : artifact.elements) {
    using From = ComparedElement::Kind;
    using To = modeler::CanvasChange::Kind;
    const To kind = element.kind == From::kAdded     ? To::kAdded
                    : element.kind == From::kRemoved ? To::kRemoved
                    : element.kind == From::kMoved   ? To::kMoved
                                                     : To::kChanged;
    changes.push_back({element.element.toStdString(), kind, element.moved});
  }
  return changes;
}

}  // namespace ameide::workbench
