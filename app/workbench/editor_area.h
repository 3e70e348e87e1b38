#pragma once

#include <QPointer>
#include <QWidget>

class QSplitter;

namespace ameide::workbench {

class EditorPane;
class EditorTab;
class Theme;

/// Editors in tabs: in one pane, in panes beside each other, and in windows of their own. One pane is the
/// active one: what is opened opens there, and commands go to the tab in front of it. A placeholder shows
/// when there are no tabs.
class EditorArea : public QWidget {
  Q_OBJECT

 public:
  EditorArea(const Theme* theme, QWidget* placeholder, QWidget* parent = nullptr);
  ~EditorArea() override;

  /// Adds a tab to the active pane and brings it to the front. Takes ownership.
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
  /// +1 the next tab of the active pane, -1 the previous one.
  void Step(int by);

  /// Puts the tab in front into the other pane, which is made when there is none; a pane that is left empty
  /// goes. With a single tab there is nothing to put beside it.
  void MoveToOtherPane();
  bool CanSplit() const;
  /// Puts the tab in front into a window of its own. When that is closed, its tabs come back.
  void Detach();
  /// Panes in this window.
  int panes() const;

 Q_SIGNALS:
  /// Another tab is in front of the active pane, or none; or the one in front changed.
  void currentChanged(EditorTab* tab);
  /// A window of editors was made: whoever has shortcuts adds them to it.
  void windowMade(QWidget* window);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  EditorPane* MakePane(QWidget* placeholder, QWidget* parent);
  EditorPane* PaneOf(const EditorTab* tab) const;
  void Activate(EditorPane* pane);
  void Move(EditorTab* tab, EditorPane* to);
  /// Takes an empty pane away; the first one stays and takes over what is beside it.
  void DropIfEmpty(EditorPane* pane);
  void Drop(EditorPane* pane);
  void DeleteWhenIdle(EditorTab* tab);

  const Theme* theme_;
  QSplitter* splitter_;
  EditorPane* home_ = nullptr;  ///< the first one, with the placeholder
  QList<EditorPane*> panes_;    ///< also those in windows of their own
  QPointer<EditorPane> active_;
};

}  // namespace ameide::workbench
