#pragma once

#include <QJsonObject>
#include <QScrollArea>

class QVBoxLayout;

namespace ameide::workbench {

/// The column beside a diagram: what is known of a run or a play, in sections from top to bottom.
class Inspector : public QScrollArea {
  Q_OBJECT

 public:
  explicit Inspector(QWidget* parent);

  QWidget* body() { return body_; }
  /// Above the sections.
  QVBoxLayout* column() { return head_; }
  /// A place for widgets below those that are there.
  QVBoxLayout* AddSection();

 private:
  QWidget* body_;
  QVBoxLayout* head_;
  QVBoxLayout* sections_;
};

/// Takes everything out of a layout.
void ClearLayout(QVBoxLayout* layout);
/// Name and value rows of a JSON object.
QWidget* MakeValueTable(const QJsonObject& object, QWidget* parent);

}  // namespace ameide::workbench
