#include "app/workbench/actions.h"

#include <utility>

#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {
constexpr char kWhy[] = "ameideWhyDisabled";
constexpr char kGroup[] = "ameideGroup";
}  // namespace

Actions::Actions(const Theme* theme, QObject* parent) : QObject(parent), theme_(theme) {}

QAction* Actions::Add(const ActionDescription& description, std::function<void()> run) {
  Q_ASSERT(!by_id_.contains(description.id));
  auto* action = new QAction(description.text, this);
  action->setObjectName(description.id);
  if (!description.icon.isEmpty()) action->setIcon(theme_->Icon(description.icon));
  if (!description.shortcut.isEmpty()) action->setShortcut(description.shortcut);
  action->setShortcutContext(Qt::WindowShortcut);
  action->setProperty(kGroup, description.group);
  connect(action, &QAction::triggered, this, std::move(run));
  order_.append(action);
  by_id_.insert(description.id, action);
  RefreshToolTip(action);
  return action;
}

QAction* Actions::Get(const QString& id) const {
  QAction* action = by_id_.value(id);
  Q_ASSERT_X(action != nullptr, "Actions::Get", qPrintable(id));
  return action;
}

QString Actions::Group(const QAction* action) const { return action->property(kGroup).toString(); }

void Actions::Enable(const QString& id) {
  QAction* action = Get(id);
  action->setEnabled(true);
  action->setProperty(kWhy, QString());
  RefreshToolTip(action);
}

void Actions::Disable(const QString& id, const QString& why) {
  QAction* action = Get(id);
  action->setEnabled(false);
  action->setProperty(kWhy, why);
  RefreshToolTip(action);
}

void Actions::SetEnabled(const QString& id, bool enabled, const QString& why) {
  if (enabled) {
    Enable(id);
  } else {
    Disable(id, why);
  }
}

QString Actions::WhyDisabled(const QAction* action) const { return action->property(kWhy).toString(); }

void Actions::SetText(const QString& id, const QString& text) {
  QAction* action = Get(id);
  action->setText(text);
  RefreshToolTip(action);
}

void Actions::RefreshToolTip(QAction* action) {
  QString tip = action->text();
  if (!action->shortcut().isEmpty())
    tip += QStringLiteral("  ") + action->shortcut().toString(QKeySequence::NativeText);
  const QString why = WhyDisabled(action);
  if (!why.isEmpty()) tip += QStringLiteral("\n") + why;
  action->setToolTip(tip);
}

}  // namespace ameide::workbench
