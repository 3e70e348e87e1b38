#pragma once

#include <QFrame>
#include <QPointer>
#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;

namespace ameide::workbench {

class Actions;
class Theme;
class WorkspaceService;

/// Ctrl+K: one field that finds every action and every artifact.
class CommandSearch : public QFrame {
  Q_OBJECT

 public:
  CommandSearch(const Theme* theme, Actions* actions, WorkspaceService* workspace, QWidget* parent);

  /// Shows itself at the top of its parent, with the focus.
  void Open();

 Q_SIGNALS:
  void artifactChosen(QString path);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void Fill(const QString& text);
  void Choose(int row);

  const Theme* theme_;
  Actions* actions_;
  WorkspaceService* workspace_;
  QLineEdit* words_;
  QListWidget* list_;
  QPointer<QWidget> came_from_;  ///< had the keyboard before
  std::vector<std::function<void()>> choices_;
};

}  // namespace ameide::workbench
