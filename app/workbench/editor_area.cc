#include "app/workbench/editor_area.h"

#include <QApplication>
#include <QCloseEvent>
#include <QSplitter>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/banner.h"
#include "app/workbench/editor_pane.h"
#include "app/workbench/editor_tab.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

constexpr int kIdlePollMs = 20;

}  // namespace

EditorArea::EditorArea(const Theme* theme, QWidget* placeholder, QWidget* parent)
    : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("editorArea"));
  setAttribute(Qt::WA_StyledBackground);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  splitter_ = new QSplitter(Qt::Horizontal, this);
  splitter_->setChildrenCollapsible(false);
  splitter_->setHandleWidth(1);
  column->addWidget(splitter_);
  home_ = MakePane(placeholder, splitter_);
  active_ = home_;
  splitter_->addWidget(home_);
  // The pane that the keyboard is in is the active one.
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
    for (EditorPane* pane : std::as_const(panes_)) {
      if (now != nullptr && pane->isAncestorOf(now)) Activate(pane);
    }
  });
}

EditorArea::~EditorArea() { disconnect(qApp, nullptr, this, nullptr); }

EditorPane* EditorArea::MakePane(QWidget* placeholder, QWidget* parent) {
  auto* pane = new EditorPane(theme_, placeholder, parent);
  panes_.append(pane);
  connect(pane, &EditorPane::currentChanged, this, [this, pane](EditorTab* tab) {
    if (pane == active_) Q_EMIT currentChanged(tab);
  });
  connect(pane, &EditorPane::closeWanted, this, &EditorArea::Close);
  connect(pane, &EditorPane::touched, this, [this, pane] { Activate(pane); });
  return pane;
}

EditorPane* EditorArea::PaneOf(const EditorTab* tab) const {
  for (EditorPane* pane : panes_) {
    if (pane->All().contains(const_cast<EditorTab*>(tab))) return pane;
  }
  return nullptr;
}

void EditorArea::Activate(EditorPane* pane) {
  if (pane == active_) return;
  active_ = pane;
  Q_EMIT currentChanged(pane->current());
}

void EditorArea::Add(EditorTab* tab) {
  connect(tab, &EditorTab::changed, this, [this, tab] {
    if (EditorPane* pane = PaneOf(tab)) pane->Refresh(tab);
    if (tab == current()) Q_EMIT currentChanged(tab);
  });
  active_->Insert(tab);
}

EditorTab* EditorArea::Find(const QString& key) const {
  for (EditorTab* tab : All()) {
    if (tab->Key() == key) return tab;
  }
  return nullptr;
}

void EditorArea::Show(EditorTab* tab) {
  EditorPane* pane = PaneOf(tab);
  if (pane == nullptr) return;
  pane->Show(tab);
  Activate(pane);
  if (pane->window() == window()) return;
  pane->window()->raise();
  pane->window()->activateWindow();
}

EditorTab* EditorArea::current() const { return active_ == nullptr ? nullptr : active_->current(); }

QList<EditorTab*> EditorArea::All() const {
  QList<EditorTab*> tabs;
  for (const EditorPane* pane : panes_) tabs.append(pane->All());
  return tabs;
}

void EditorArea::Close(EditorTab* tab) {
  EditorPane* pane = PaneOf(tab);
  if (pane == nullptr) return;
  tab->Flush();
  pane->Take(tab);
  DropIfEmpty(pane);
  DeleteWhenIdle(tab);
}

void EditorArea::DeleteWhenIdle(EditorTab* tab) {
  if (!tab->Busy()) return tab->deleteLater();
  QTimer::singleShot(kIdlePollMs, tab, [this, tab] {
    if (tab->Busy()) tab->Flush();
    DeleteWhenIdle(tab);
  });
}

bool EditorArea::Busy() const {
  return std::ranges::any_of(findChildren<EditorTab*>(), [](const EditorTab* tab) { return tab->Busy(); });
}

void EditorArea::CloseAll() {
  for (EditorTab* tab : All()) Close(tab);
}

void EditorArea::Step(int by) {
  if (active_ != nullptr) active_->Step(by);
}

int EditorArea::panes() const { return splitter_->count(); }

bool EditorArea::CanSplit() const {
  if (current() == nullptr) return false;
  return active_->window() != window() || panes() > 1 || active_->count() > 1;
}

void EditorArea::MoveToOtherPane() {
  EditorTab* tab = current();
  if (tab == nullptr || !CanSplit()) return;
  EditorPane* other = nullptr;
  for (EditorPane* pane : std::as_const(panes_)) {
    if (pane != active_ && pane->window() == window()) other = pane;
  }
  if (other == nullptr) {
    auto* hint = MakeLabel(tr("Open an artifact to see it here."), "muted", splitter_);
    hint->setAlignment(Qt::AlignCenter);
    other = MakePane(hint, splitter_);
    splitter_->addWidget(other);
    splitter_->setSizes({width() / 2, width() / 2});
  }
  Move(tab, other);
}

void EditorArea::Move(EditorTab* tab, EditorPane* to) {
  EditorPane* from = PaneOf(tab);
  if (from == to) return;
  from->Take(tab);
  active_ = to;
  to->Insert(tab);
  DropIfEmpty(from);
  tab->FocusContent();
}

void EditorArea::Detach() {
  EditorTab* tab = current();
  if (tab == nullptr) return;
  // A child of this one, so that it ends with it, and a window all the same.
  auto* own = new QWidget(this, Qt::Window);
  own->setObjectName(QStringLiteral("editorWindow"));
  own->setAttribute(Qt::WA_StyledBackground);
  own->setWindowTitle(tab->Title());
  own->resize(1000, 720);
  auto* column = new QVBoxLayout(own);
  column->setContentsMargins(0, 0, 0, 0);
  EditorPane* pane = MakePane(new QWidget(own), own);
  column->addWidget(pane);
  own->installEventFilter(this);
  connect(pane, &EditorPane::currentChanged, own, [own](EditorTab* shown) {
    if (shown != nullptr) own->setWindowTitle(shown->Title());
  });
  Q_EMIT windowMade(own);
  own->show();
  Move(tab, pane);
}

void EditorArea::DropIfEmpty(EditorPane* pane) {
  if (pane->count() > 0) return;
  if (pane != home_) return Drop(pane);
  // The pane with the placeholder stays: it takes over what is beside it.
  for (EditorPane* other : std::as_const(panes_)) {
    if (other == home_ || other->window() != window()) continue;
    EditorTab* front = other->current();
    active_ = home_;
    for (EditorTab* tab : other->All()) {
      other->Take(tab);
      home_->Insert(tab);
    }
    if (front != nullptr) home_->Show(front);
    return Drop(other);
  }
}

void EditorArea::Drop(EditorPane* pane) {
  panes_.removeOne(pane);
  const bool here = pane->window() == window();
  QWidget* gone = here ? static_cast<QWidget*>(pane) : pane->window();
  gone->hide();
  if (here) pane->setParent(nullptr);
  gone->deleteLater();
  if (active_ != pane) return;
  active_ = home_;
  Q_EMIT currentChanged(active_->current());
}

bool EditorArea::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Close) {
    for (EditorPane* pane : std::as_const(panes_)) {
      if (pane->window() != watched) continue;
      // Its tabs come back instead of being closed.
      for (EditorTab* tab : pane->All()) Move(tab, home_);
      event->ignore();
      return true;
    }
  }
  if (event->type() == QEvent::WindowActivate) {
    for (EditorPane* pane : std::as_const(panes_)) {
      if (pane->window() == watched) {
        Activate(pane);
        break;
      }
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace ameide::workbench
