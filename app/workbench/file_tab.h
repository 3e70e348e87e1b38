#pragma once

#include "app/workbench/editor_tab.h"

class QPlainTextEdit;

namespace ameide::workbench {

class WorkspaceService;

/// A file's text as it is on disk, read-only: for files that cannot be understood.
class FileTab : public EditorTab {
  Q_OBJECT

 public:
  FileTab(const Theme* theme, WorkspaceService* workspace, const QString& path, QWidget* parent);

  QString Key() const override { return QStringLiteral("file:") + path_; }
  QString Title() const override;
  QString IconName() const override { return QStringLiteral("file"); }
  QString ToolTip() const override { return path_; }
  void Select(const QString& element, int line) override;

 private:
  void ShowLine();

  QString path_;
  QPlainTextEdit* text_;
  int line_ = 0;
  bool loaded_ = false;
};

}  // namespace ameide::workbench
