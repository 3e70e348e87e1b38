#pragma once

#include <QFrame>
#include <QPointer>
#include <QTimer>
#include <functional>
#include <vector>

class QLineEdit;
class QListWidget;

namespace ameide::workbench {

class Actions;
class Theme;
class WorkspaceService;
struct FoundPlace;

/// Ctrl+K: one field that finds every action, every artifact and every element. Actions and artifacts come at
/// once; elements, which the store looks for, follow behind them when the typing pauses.
class CommandSearch : public QFrame {
  Q_OBJECT

 public:
  CommandSearch(const Theme* theme, Actions* actions, WorkspaceService* workspace, QWidget* parent);

  /// Shows itself at the top of its parent, with the focus.
  void Open();

 Q_SIGNALS:
  /// To be opened; `element` or else `line` is not empty when a place in it is meant.
  void artifactChosen(QString path, QString element, int line);
  /// A link was typed or pasted, and chosen.
  void linkChosen(QString link);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void Fill(const QString& text);
  void FindElements();
  void AddElements(const std::vector<FoundPlace>& places);
  void TellNothing();
  void Choose(int row);

  const Theme* theme_;
  Actions* actions_;
  WorkspaceService* workspace_;
  QLineEdit* words_;
  QListWidget* list_;
  QTimer pause_;
  QPointer<QWidget> came_from_;  ///< had the keyboard before
  std::vector<std::function<void()>> choices_;
};

}  // namespace ameide::workbench
