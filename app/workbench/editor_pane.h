#pragma once

#include <QWidget>

class QStackedWidget;
class QTabBar;

namespace ameide::workbench {

class EditorTab;
class Theme;

/// One row of tabs with the editor in front below it. Tabs can be moved in the row and closed with a button
/// or the middle mouse button.
class EditorPane : public QWidget {
  Q_OBJECT

 public:
  /// `placeholder` shows while there are no tabs.
  EditorPane(const Theme* theme, QWidget* placeholder, QWidget* parent = nullptr);

  /// Adds a tab and brings it to the front. Takes ownership.
  void Insert(EditorTab* tab);
  /// Takes a tab out, without closing it.
  void Take(EditorTab* tab);
  void Show(EditorTab* tab);
  EditorTab* current() const;
  QList<EditorTab*> All() const;
  int count() const;
  /// +1 the next tab, -1 the previous one.
  void Step(int by);
  /// Title, icon or tool tip of a tab changed.
  void Refresh(EditorTab* tab);

 Q_SIGNALS:
  /// Another tab is in front, or none.
  void currentChanged(EditorTab* tab);
  void closeWanted(EditorTab* tab);
  /// Somebody works here.
  void touched();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  int IndexOf(const EditorTab* tab) const;
  EditorTab* At(int index) const;

  const Theme* theme_;
  QTabBar* bar_;
  QStackedWidget* pages_;
  QWidget* placeholder_;
};

}  // namespace ameide::workbench
