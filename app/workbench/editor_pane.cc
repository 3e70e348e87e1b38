#include "app/workbench/editor_pane.h"

#include <QMouseEvent>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/workbench/editor_tab.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {

EditorPane::EditorPane(const Theme* theme, QWidget* placeholder, QWidget* parent)
    : QWidget(parent), theme_(theme), placeholder_(placeholder) {
  setObjectName(QStringLiteral("editorPane"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  bar_ = new QTabBar(this);
  bar_->setObjectName(QStringLiteral("editorTabs"));
  bar_->setAccessibleName(tr("Open editors"));
  bar_->setMovable(true);
  bar_->setExpanding(false);
  bar_->setDocumentMode(true);
  bar_->setElideMode(Qt::ElideMiddle);
  bar_->setUsesScrollButtons(true);
  bar_->setIconSize({kIconSize, kIconSize});
  bar_->installEventFilter(this);
  bar_->hide();
  pages_ = new QStackedWidget(this);
  pages_->addWidget(placeholder_);
  column->addWidget(bar_);
  column->addWidget(pages_, 1);
  connect(bar_, &QTabBar::currentChanged, this, [this](int index) {
    EditorTab* tab = At(index);
    pages_->setCurrentWidget(tab == nullptr ? placeholder_ : static_cast<QWidget*>(tab));
    Q_EMIT currentChanged(tab);
  });
}

EditorTab* EditorPane::At(int index) const {
  return index < 0 ? nullptr : static_cast<EditorTab*>(bar_->tabData(index).value<QObject*>());
}

int EditorPane::IndexOf(const EditorTab* tab) const {
  for (int index = 0; index < bar_->count(); ++index) {
    if (At(index) == tab) return index;
  }
  return -1;
}

void EditorPane::Insert(EditorTab* tab) {
  pages_->addWidget(tab);
  {
    const QSignalBlocker quiet(bar_);
    const int index = bar_->addTab(QString());
    bar_->setTabData(index, QVariant::fromValue<QObject*>(tab));
    auto* close = new QToolButton(bar_);
    close->setIcon(theme_->Icon(QStringLiteral("close")));
    close->setIconSize({12, 12});
    close->setToolTip(tr("Close"));
    close->setAccessibleName(tr("Close"));
    close->setFocusPolicy(Qt::NoFocus);
    connect(close, &QToolButton::clicked, this, [this, tab] { Q_EMIT closeWanted(tab); });
    bar_->setTabButton(index, QTabBar::RightSide, close);
    bar_->show();
    Refresh(tab);
    bar_->setCurrentIndex(index);
  }
  pages_->setCurrentWidget(tab);
  tab->show();
  Q_EMIT currentChanged(tab);
}

void EditorPane::Take(EditorTab* tab) {
  const int index = IndexOf(tab);
  if (index < 0) return;
  bar_->removeTab(index);
  pages_->removeWidget(tab);
  tab->hide();
  if (bar_->count() > 0) return;
  bar_->hide();
  pages_->setCurrentWidget(placeholder_);
  Q_EMIT currentChanged(nullptr);
}

void EditorPane::Refresh(EditorTab* tab) {
  const int index = IndexOf(tab);
  if (index < 0) return;
  bar_->setTabText(index, tab->Title());
  bar_->setTabToolTip(index, tab->ToolTip());
  bar_->setTabIcon(index, theme_->Icon(tab->IconName()));
}

void EditorPane::Show(EditorTab* tab) { bar_->setCurrentIndex(IndexOf(tab)); }
EditorTab* EditorPane::current() const { return At(bar_->currentIndex()); }
int EditorPane::count() const { return bar_->count(); }

QList<EditorTab*> EditorPane::All() const {
  QList<EditorTab*> tabs;
  for (int index = 0; index < bar_->count(); ++index) tabs.append(At(index));
  return tabs;
}

void EditorPane::Step(int by) {
  if (bar_->count() > 0) bar_->setCurrentIndex((bar_->currentIndex() + by + bar_->count()) % bar_->count());
}

bool EditorPane::eventFilter(QObject* watched, QEvent* event) {
  if (watched == bar_ && event->type() == QEvent::MouseButtonPress) Q_EMIT touched();
  if (watched == bar_ && event->type() == QEvent::MouseButtonRelease) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (mouse->button() == Qt::MiddleButton) {
      if (EditorTab* tab = At(bar_->tabAt(mouse->pos()))) Q_EMIT closeWanted(tab);
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace ameide::workbench
