#pragma once

#include <QAction>
#include <QHash>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QString>
#include <functional>

namespace ameide::workbench {

class Theme;

/// How an action presents itself, everywhere it appears.
struct ActionDescription {
  QString id;    ///< stable, for code and tests: "workspace.commit"
  QString text;  ///< sentence case, no ellipsis unless more is asked
  QString icon;  ///< name in resources/icons; may be empty
  QKeySequence shortcut;
  QString group;  ///< what command search shows beside it: "Workspace"
};

/// Every command of the window, declared once; menus, tool bar, tool tips and command search all show these
/// objects. UI thread.
class Actions : public QObject {
  Q_OBJECT

 public:
  explicit Actions(const Theme* theme, QObject* parent = nullptr);

  QAction* Add(const ActionDescription& description, std::function<void()> run);
  /// The action with that id; asserts that it exists.
  QAction* Get(const QString& id) const;
  /// In the order of declaration.
  const QList<QAction*>& All() const { return order_; }
  QString Group(const QAction* action) const;

  /// An enabled action, or a disabled one that says why in its tool tip and in command search.
  void Enable(const QString& id);
  void Disable(const QString& id, const QString& why);
  void SetEnabled(const QString& id, bool enabled, const QString& why);
  /// Why it is disabled; empty when it is not.
  QString WhyDisabled(const QAction* action) const;
  /// Changes the text ("Undo Move task") and with it the tool tip.
  void SetText(const QString& id, const QString& text);

 private:
  void RefreshToolTip(QAction* action);

  const Theme* theme_;
  QList<QAction*> order_;
  QHash<QString, QAction*> by_id_;
};

}  // namespace ameide::workbench
