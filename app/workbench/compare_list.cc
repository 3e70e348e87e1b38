#include "app/workbench/compare_list.h"

#include <QDateTime>
#include <QHeaderView>
#include <QKeyEvent>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/artifact_model.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

using Kind = ComparedElement::Kind;

constexpr int kArtifactRole = Qt::UserRole + 1;
constexpr int kElementRole = Qt::UserRole + 2;
/// Reasons that are told; the rest is counted.
constexpr size_t kMostReasons = 20;

QString IconOf(Kind kind) {
  switch (kind) {
    case Kind::kAdded:
      return QStringLiteral("add");
    case Kind::kRemoved:
      return QStringLiteral("remove");
    case Kind::kChanged:
      return QStringLiteral("edit");
    case Kind::kMoved:
      return QStringLiteral("right");
  }
  return {};
}

bool IsChange(const QTreeWidgetItem* item) { return item->data(0, kElementRole).toInt() >= 0; }

QTreeWidget* MakeTree(const char* name, const QString& says, QWidget* parent) {
  auto* tree = new QTreeWidget(parent);
  tree->setObjectName(QLatin1String(name));
  tree->setAccessibleName(says);
  tree->setRootIsDecorated(true);
  tree->setIndentation(16);
  tree->setUniformRowHeights(true);
  tree->setTextElideMode(Qt::ElideRight);
  return tree;
}

}  // namespace

CompareList::CompareList(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("inspector"));
  setAttribute(Qt::WA_StyledBackground);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* parts = new QSplitter(Qt::Vertical, this);
  parts->setChildrenCollapsible(false);
  parts->setHandleWidth(1);
  column->addWidget(parts);
  tree_ = MakeTree("compareChanges", tr("Changes"), parts);
  tree_->setHeaderHidden(true);
  details_ = MakeTree("compareDetails", tr("What changed, by whom and why"), parts);
  details_->setHeaderLabels({tr("Value"), tr("Before"), tr("After")});
  details_->header()->setSectionResizeMode(QHeaderView::Stretch);
  details_->setRootIsDecorated(false);
  details_->setUniformRowHeights(false);
  details_->setWordWrap(true);
  parts->addWidget(tree_);
  parts->addWidget(details_);
  parts->setStretchFactor(0, 3);
  parts->setStretchFactor(1, 2);
  const auto go = [this](QTreeWidgetItem* item) {
    if (item == nullptr || item->data(0, kArtifactRole).isNull()) return;
    Q_EMIT picked(item->data(0, kArtifactRole).toInt(), item->data(0, kElementRole).toInt());
  };
  connect(tree_, &QTreeWidget::currentItemChanged, this, [this, go](QTreeWidgetItem* item) {
    ShowDetails(item);
    go(item);
  });
  connect(tree_, &QTreeWidget::itemClicked, this, go);
  tree_->installEventFilter(this);
}

void CompareList::Clear() {
  const QSignalBlocker quiet(tree_);
  tree_->clear();
  details_->clear();
  artifacts_.clear();
}

QTreeWidgetItem* CompareList::MakeLine(const ComparedElement& element, int artifact, int number) const {
  auto* line = new QTreeWidgetItem;
  QString text = element.name.isEmpty() ? element.type : element.name;
  // A file that has another path: where it was says more than what it is called.
  if (element.kind == Kind::kMoved && element.element.isEmpty() && element.values.size() == 1 &&
      element.values[0].before && element.values[0].after && !element.layout)
    text = tr("Renamed from %1").arg(*element.values[0].before);
  if (element.inside == 1) text += tr(" with 1 element in it");
  if (element.inside > 1) text += tr(" with %1 elements in it").arg(element.inside);
  line->setText(0, text);
  const QString kind = KindInWords(element.kind);
  const QString role = RoleOf(element.kind);
  line->setIcon(0, theme_->Icon(IconOf(element.kind), role));
  line->setToolTip(0, QStringLiteral("%1: %2 %3").arg(kind, element.type, element.element));
  line->setData(0, Qt::AccessibleTextRole, QStringLiteral("%1: %2 %3").arg(kind, element.type, element.name));
  line->setData(0, kArtifactRole, artifact);
  line->setData(0, kElementRole, number);
  return line;
}

void CompareList::Add(const ComparedArtifact& artifact, int number, bool grouped) {
  const QSignalBlocker quiet(tree_);
  artifacts_.push_back(artifact);
  QTreeWidgetItem* top = tree_->invisibleRootItem();
  const bool whole = artifact.elements.empty();
  if (grouped || whole) {
    top = new QTreeWidgetItem(tree_, {artifact.path});
    const Kind kind = !artifact.before ? Kind::kAdded : !artifact.after ? Kind::kRemoved : Kind::kChanged;
    top->setIcon(
        0, theme_->Icon(FormatIcon(artifact.format),
                        artifact.before && artifact.after ? QStringLiteral("text-muted") : RoleOf(kind)));
    top->setToolTip(0, QStringLiteral("%1: %2").arg(KindInWords(kind), artifact.path));
    top->setData(0, Qt::AccessibleTextRole, top->toolTip(0));
    top->setData(0, kArtifactRole, number);
    top->setData(0, kElementRole, -1);
  }
  QTreeWidgetItem* folded = nullptr;
  int only_moved = 0;
  for (size_t i = 0; i < artifact.elements.size(); ++i) {
    const ComparedElement& element = artifact.elements[i];
    if (element.layout && folded == nullptr) {
      folded = new QTreeWidgetItem(top);
      folded->setIcon(0, theme_->Icon(IconOf(Kind::kMoved), RoleOf(Kind::kMoved)));
      folded->setData(0, kElementRole, -1);
    }
    (element.layout ? folded : top)->addChild(MakeLine(element, number, static_cast<int>(i)));
    if (element.layout) ++only_moved;
  }
  if (folded != nullptr) folded->setText(0, tr("Only moved (%1)").arg(only_moved));
  if (top != tree_->invisibleRootItem()) top->setExpanded(true);
}

void CompareList::Reveal(int number, const QString& element) {
  for (QTreeWidgetItemIterator at(tree_); *at != nullptr; ++at) {
    if (!IsChange(*at) || (*at)->data(0, kArtifactRole).toInt() != number) continue;
    const size_t index = static_cast<size_t>((*at)->data(0, kElementRole).toInt());
    if (artifacts_[static_cast<size_t>(number)].elements[index].element != element) continue;
    const QSignalBlocker quiet(tree_);
    tree_->setCurrentItem(*at);
    ShowDetails(*at);
    return;
  }
}

bool CompareList::Step(int by) {
  QList<QTreeWidgetItem*> lines;
  int at = -1;
  for (QTreeWidgetItemIterator line(tree_); *line != nullptr; ++line) {
    // What is folded away is walked through only when it is unfolded.
    const QTreeWidgetItem* above = (*line)->parent();
    if (!IsChange(*line) && (*line)->childCount() > 0) continue;
    if (above != nullptr && !above->isExpanded()) continue;
    lines.append(*line);
  }
  for (int i = 0; i < lines.size(); ++i) {
    if (lines[i] == tree_->currentItem()) at = i;
  }
  const int next = at < 0 && by < 0 ? static_cast<int>(lines.size()) - 1 : at + by;
  if (next < 0 || next >= lines.size()) return false;
  tree_->setCurrentItem(lines[next]);
  return true;
}

void CompareList::FocusList() {
  tree_->setFocus();
  if (tree_->currentItem() == nullptr) Step(1);
}

int CompareList::changes() const {
  int count = 0;
  for (const ComparedArtifact& artifact : artifacts_)
    count += std::max(1, static_cast<int>(artifact.elements.size()));
  return count;
}

void CompareList::ShowDetails(QTreeWidgetItem* item) {
  details_->clear();
  if (item == nullptr || item->data(0, kArtifactRole).isNull()) return;
  const ComparedArtifact& artifact = artifacts_[static_cast<size_t>(item->data(0, kArtifactRole).toInt())];
  const int number = item->data(0, kElementRole).toInt();
  const ComparedElement* element = number < 0 ? nullptr : &artifact.elements[static_cast<size_t>(number)];
  if (element != nullptr) {
    for (const ComparedValue& value : element->values) {
      auto* line = new QTreeWidgetItem(
          details_, {value.name, value.before.value_or(tr("none")), value.after.value_or(tr("none"))});
      for (int column = 0; column < 3; ++column) line->setToolTip(column, line->text(column));
      line->setForeground(
          1, theme_->Colour(value.before ? QStringLiteral("removed") : QStringLiteral("text-muted")));
      line->setForeground(
          2, theme_->Colour(value.after ? QStringLiteral("added") : QStringLiteral("text-muted")));
    }
  }
  const std::vector<uaf::ChangeSetSummary>& events = element != nullptr ? element->events : artifact.events;
  for (size_t i = 0; i < std::min(events.size(), kMostReasons); ++i) {
    const QDateTime time = ToDateTime(events[i].time);
    const QString text = tr("%1 — %2, %3")
                             .arg(ToQString(events[i].label), ToQString(events[i].author.name),
                                  RelativeTime(time, QDateTime::currentDateTime()));
    auto* line = new QTreeWidgetItem(details_, {text});
    line->setFirstColumnSpanned(true);
    line->setToolTip(0, QStringLiteral("%1\n%2").arg(text, ExactTime(time)));
    line->setIcon(0, theme_->Icon(QStringLiteral("history")));
  }
  if (events.size() > kMostReasons) {
    auto* line = new QTreeWidgetItem(details_, {tr("and %1 more changes").arg(events.size() - kMostReasons)});
    line->setFirstColumnSpanned(true);
  }
}

bool CompareList::eventFilter(QObject* watched, QEvent* event) {
  if (watched == tree_ && event->type() == QEvent::KeyPress) {
    const auto* key = static_cast<QKeyEvent*>(event);
    if ((key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) && tree_->currentItem() != nullptr &&
        tree_->currentItem()->childCount() > 0) {
      tree_->currentItem()->setExpanded(!tree_->currentItem()->isExpanded());
      return true;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace ameide::workbench
