#pragma once

#include "app/workbench/editor_tab.h"

class QPlainTextEdit;

namespace ameide::workbench {

class FindBar;
class WorkspaceService;

/// A file's text as it is on disk, read-only: for files that cannot be understood.
class FileTab : public EditorTab {
  Q_OBJECT

 public:
  /// The file at `path`; what is saved goes to `target`, which may be another one (the text of a broken file
  /// is kept aside).
  FileTab(const Theme* theme, WorkspaceService* workspace, const QString& path, const QString& target,
          QWidget* parent);

  QString Key() const override { return QStringLiteral("file:") + path_; }
  QString Title() const override;
  QString IconName() const override { return QStringLiteral("file"); }
  QString ToolTip() const override { return path_; }
  void Select(const QString& element, int line) override;
  bool CanFind() const override { return true; }
  void OfferFind() override;
  QPlainTextEdit* editor() { return text_; }
  /// Writes the text to the target and lets the workspace take it in.
  void Save();

 Q_SIGNALS:
  /// It was written; the workspace says what it makes of it.
  void saved();

 private:
  void ShowBanner();
  void ShowLine();

  WorkspaceService* workspace_;
  QString path_;
  QString target_;
  QPlainTextEdit* text_;
  FindBar* find_;
  int line_ = 0;
  bool loaded_ = false;
  bool exact_ = false;  ///< can be written back
};

}  // namespace ameide::workbench
