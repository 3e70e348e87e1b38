#pragma once

#include <QWidget>
#include <vector>

#include "app/workbench/comparison.h"

class QTreeWidget;
class QTreeWidgetItem;

namespace ameide::workbench {

class Theme;

/// The list beside a comparison: artifacts, their elements that differ, what only moved folded away; below it
/// the values of the one that is selected, before and after, with who did it and why. UI thread.
class CompareList : public QWidget {
  Q_OBJECT

 public:
  CompareList(const Theme* theme, QWidget* parent);

  void Clear();
  /// `grouped`: below a line with the artifact's path.
  void Add(const ComparedArtifact& artifact, int number, bool grouped);
  /// Selects the element of artifact `number` with this id without telling.
  void Reveal(int number, const QString& element);
  /// Selects the next or previous change and tells. False when there is none.
  bool Step(int by);
  void FocusList();
  /// Lines of changes, also the folded ones.
  int changes() const;

 Q_SIGNALS:
  /// The user went to a change: artifact and element by their numbers; element -1 for the artifact.
  void picked(int artifact, int element);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QTreeWidgetItem* MakeLine(const ComparedElement& element, int artifact, int number) const;
  void ShowDetails(QTreeWidgetItem* item);

  const Theme* theme_;
  QTreeWidget* tree_;
  QTreeWidget* details_;
  std::vector<ComparedArtifact> artifacts_;
};

}  // namespace ameide::workbench
