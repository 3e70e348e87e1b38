#pragma once

#include <QPointF>
#include <QRectF>
#include <QString>
#include <string_view>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/format.h"

/// What diagrams other than BPMN show, as boxes and lines: requirements diagrams of DMN, views of ArchiMate.
/// Enough to see where something is; not how an editor would draw it. Pure.
namespace ameide::workbench {

/// Something with a place.
struct DrawnBox {
  QString id;       ///< of the box in the drawing, where it has one; else of the element
  QString element;  ///< id of the element that it shows; empty for notes and groups of the drawing alone
  QString name;
  QString type;         ///< in words: "business process"
  QRectF place;         ///< in the coordinates of its drawing
  bool around = false;  ///< it holds other boxes
};

/// A line between two boxes.
struct DrawnLine {
  QString element;
  QString name;
  QString type;
  std::vector<QPointF> points;  ///< at least two
};

/// One diagram of a file.
struct ModelDrawing {
  QString id;
  QString name;
  std::vector<DrawnBox> boxes;  ///< what is around comes before what is in it
  std::vector<DrawnLine> lines;
};

/// Every diagram that the document has, in its order; empty where its notation has none that is known here.
std::vector<ModelDrawing> DrawingsOf(const uaf::document::Document& document, std::string_view format);

}  // namespace ameide::workbench
