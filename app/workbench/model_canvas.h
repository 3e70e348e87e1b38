#pragma once

#include <QGraphicsView>
#include <QHash>
#include <vector>

#include "app/workbench/comparison.h"
#include "app/workbench/model_drawing.h"

class QComboBox;

namespace ameide::workbench {

class Theme;

/// Two states of diagrams that have no editor here (DMN, ArchiMate) on one canvas: the later one with what
/// was added, changed and moved in its colour, what was removed as a ghost in its place. Where a file has
/// several diagrams, one of them is chosen above. UI thread.
class ModelCanvas : public QWidget {
  Q_OBJECT

 public:
  ModelCanvas(const Theme* theme, QWidget* parent);

  void Show(const ComparedArtifact& artifact);
  /// Brings an element into sight, on whatever diagram it is, and marks it; empty: none.
  void SelectElement(const QString& element);
  void ZoomFit();
  void ZoomBy(double factor);
  /// How many boxes and lines are drawn in the colour of a role ("added"), for tests.
  int CountOf(const QString& role) const;

 Q_SIGNALS:
  /// A box or line was clicked; empty for none.
  void selected(QString element);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  /// The same diagram before and after; one of them may be missing.
  struct Pair {
    const ModelDrawing* before = nullptr;
    const ModelDrawing* after = nullptr;
  };
  void Draw();
  void DrawBox(const DrawnBox& box, const QString& role, bool ghost);
  void DrawLine(const DrawnLine& line, const QString& role, bool ghost);
  bool Differs(const Pair& pair) const;
  QString RoleOfElement(const QString& element) const;

  const Theme* theme_;
  QComboBox* choice_;
  QGraphicsScene* scene_;
  QGraphicsView* view_;
  std::vector<ModelDrawing> before_;
  std::vector<ModelDrawing> after_;
  std::vector<Pair> pairs_;
  QHash<QString, QString> roles_;  ///< of elements that differ, by id
  QHash<QString, int> counts_;
  QString current_;
  bool fit_ = true;
};

}  // namespace ameide::workbench
