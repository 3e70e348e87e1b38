#pragma once

#include <QWidget>

#include "app/workbench/artifact_model.h"

class QHBoxLayout;
class QLineEdit;
class QStackedWidget;
class QTreeView;

namespace ameide::workbench {

class Actions;

/// The Workspace side view: the artifacts, filtered while typing.
class Navigator : public QWidget {
  Q_OBJECT

 public:
  Navigator(const Theme* theme, WorkspaceService* workspace, ArtifactModel* model, QWidget* parent = nullptr);

  void FocusFilter();
  /// Puts the keyboard into the tree.
  void FocusTree();
  /// Selects an artifact without opening it.
  void Reveal(const QString& path);

 Q_SIGNALS:
  /// The user wants to see this artifact.
  void activated(QString path);

 private:
  void ShowPlaceholder();

  WorkspaceService* workspace_;
  ArtifactModel* model_;
  ArtifactFilter* filter_;
  QLineEdit* words_;
  QTreeView* tree_;
  QStackedWidget* stack_;
};

/// The heading row of a side view: its name, and room for tool buttons in `*tools` (a layout that the row
/// owns).
QWidget* MakeSideHeading(const QString& text, QHBoxLayout** tools, QWidget* parent);

}  // namespace ameide::workbench
