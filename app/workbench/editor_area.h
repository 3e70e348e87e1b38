#pragma once

#include <QWidget>

class QStackedWidget;
class QTabBar;

namespace ameide::workbench {

class EditorTab;
class Theme;

/// Tabs of editors. Tabs can be moved, closed with a button, Ctrl+W or the middle mouse button, and walked
/// with Ctrl+Tab; a placeholder shows when there are none.
class EditorArea : public QWidget {
  Q_OBJECT

 public:
  EditorArea(const Theme* theme, QWidget* placeholder, QWidget* parent = nullptr);

  /// Adds a tab and brings it to the front. Takes ownership.
  void Add(EditorTab* tab);
  /// The tab with that key, or nullptr.
  EditorTab* Find(const QString& key) const;
  void Show(EditorTab* tab);
  EditorTab* current() const;
  QList<EditorTab*> All() const;
  /// The tab goes from sight at once, and from memory when what it handed over is durable.
  void Close(EditorTab* tab);
  /// Some tab, also a closed one, has handed over what is not durable yet.
  bool Busy() const;
  void CloseAll();
  /// +1 the next tab, -1 the previous one.
  void Step(int by);

 Q_SIGNALS:
  /// Another tab is in front, or none; or the one in front changed.
  void currentChanged(EditorTab* tab);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void Refresh(EditorTab* tab);
  void DeleteWhenIdle(EditorTab* tab);
  int IndexOf(const EditorTab* tab) const;
  EditorTab* At(int index) const;

  const Theme* theme_;
  QTabBar* bar_;
  QStackedWidget* pages_;
  QWidget* placeholder_;
};

}  // namespace ameide::workbench
