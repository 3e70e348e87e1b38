#pragma once

#include <QTimer>
#include <QWidget>

class QLabel;
class QLineEdit;
class QStackedWidget;
class QTabBar;
class QTreeWidget;

namespace ameide::workbench {

class ReplaceView;
class Theme;
class WorkspaceService;

/// The Search side view: names, attributes and text of every artifact.
class SearchView : public QWidget {
  Q_OBJECT

 public:
  SearchView(const Theme* theme, WorkspaceService* workspace, QWidget* parent = nullptr);
  /// The field for words, with what finds alone or with what replaces.
  void FocusWords(bool replace = false);
  ReplaceView* replace() { return replace_; }

 Q_SIGNALS:
  void activated(QString path, QString element, int line);

 private:
  void Search();

  const Theme* theme_;
  WorkspaceService* workspace_;
  QLineEdit* words_;
  QTreeWidget* hits_;
  QLabel* empty_;
  QStackedWidget* stack_;
  QTabBar* modes_;
  QStackedWidget* pages_;
  ReplaceView* replace_;
  QTimer pause_;
};

}  // namespace ameide::workbench
