#include "app/workbench/variable_table.h"

#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QStyledItemDelegate>
#include <QTimer>

#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

constexpr int kName = 0;
constexpr int kValue = 1;
constexpr int kMostHeight = 420;
/// The text that a value had, to tell whether it was changed.
constexpr int kTextRole = Qt::UserRole + 1;

/// The row in which another variable is written.
constexpr int kFreshRole = Qt::UserRole + 2;

/// Names that are there stay as they are.
class NameDelegate final : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override {
    return index.data(kFreshRole).toBool() ? QStyledItemDelegate::createEditor(parent, option, index)
                                           : nullptr;
  }
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyleOptionViewItem shown = option;
    if (!index.data(kFreshRole).toBool() || !index.data().toString().isEmpty())
      return QStyledItemDelegate::paint(painter, option, index);
    initStyleOption(&shown, index);
    shown.text = VariableTable::tr("Add…");
    shown.palette.setColor(QPalette::Text, option.palette.color(QPalette::PlaceholderText));
    shown.widget->style()->drawControl(QStyle::CE_ItemViewItem, &shown, painter, shown.widget);
  }
};

}  // namespace

QJsonValue ParseVariable(const QString& text) {
  const QString trimmed = text.trimmed();
  const QJsonArray one =
      QJsonDocument::fromJson((QLatin1Char('[') + trimmed + QLatin1Char(']')).toUtf8()).array();
  if (one.size() == 1) return one.first();
  return trimmed;
}

QString VariableText(const QJsonValue& value) {
  if (value.isUndefined()) return {};
  if (value.isString()) {
    // Quotes only where it would be read as something else without.
    const QString text = value.toString();
    if (!text.trimmed().isEmpty() && ParseVariable(text) == value && text == text.trimmed()) return text;
  }
  const QByteArray json = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
  return QString::fromUtf8(json.mid(1, json.size() - 2));
}

VariableTable::VariableTable(const Theme* theme, Editing editing, QWidget* parent)
    : QTreeWidget(parent), theme_(theme), editing_(editing) {
  setObjectName(QStringLiteral("variableTable"));
  setAccessibleName(tr("Variables"));
  setColumnCount(2);
  setHeaderLabels({tr("Variable"), tr("Value")});
  setIndentation(16);
  setWordWrap(true);
  setUniformRowHeights(false);
  setTabKeyNavigation(false);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setEditTriggers(editing == Editing::kNothing
                      ? QAbstractItemView::NoEditTriggers
                      : QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
  header()->setStretchLastSection(true);
  header()->setSectionResizeMode(kName, QHeaderView::Interactive);
  header()->resizeSection(kName, 116);
  header()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  connect(this, &QTreeWidget::itemChanged, this, &VariableTable::OnChanged);
  connect(this, &QTreeWidget::itemExpanded, this, &VariableTable::Fit);
  connect(this, &QTreeWidget::itemCollapsed, this, &VariableTable::Fit);
  setItemDelegateForColumn(kName, new NameDelegate(this));
  if (editing != Editing::kNothing) AddFreshRow();
  Fit();
}

void VariableTable::Show(const QJsonObject& values) {
  QList<Row> rows;
  for (auto field = values.begin(); field != values.end(); ++field) rows.append({field.key(), *field});
  Show(rows);
}

void VariableTable::Show(const QList<Row>& rows) {
  if (state() == EditingState) return;  // what is being written stays; the next news comes
  const QString kept = currentItem() == nullptr ? QString() : currentItem()->text(kName);
  QSet<QString> open;
  for (int i = 0; i < topLevelItemCount(); ++i) {
    if (topLevelItem(i)->isExpanded()) open.insert(topLevelItem(i)->text(kName));
  }
  showing_ = true;
  clear();
  for (const Row& row : rows) {
    auto* item = new QTreeWidgetItem(
        this,
        {row.where.isEmpty() ? row.name : tr("%1 of %2").arg(row.name, row.where), VariableText(row.value)});
    item->setData(kValue, kTextRole, item->text(kValue));
    item->setToolTip(kName, item->text(kName));
    item->setToolTip(kValue, item->text(kValue).left(2000));
    if (editing_ != Editing::kNothing && row.where.isEmpty())
      item->setFlags(item->flags() | Qt::ItemIsEditable);
    for (const Past& past : row.past) {
      auto* was = new QTreeWidgetItem(item, {past.when, past.value});
      for (const int column : {kName, kValue}) {
        was->setForeground(column, theme_->Colour(QStringLiteral("text-muted")));
        was->setToolTip(column, past.exact);
      }
    }
    if (open.contains(item->text(kName))) item->setExpanded(true);
    if (!kept.isEmpty() && item->text(kName) == kept) setCurrentItem(item);
  }
  showing_ = false;
  if (editing_ != Editing::kNothing) AddFreshRow();
  Fit();
}

void VariableTable::AddFreshRow() {
  showing_ = true;
  auto* item = new QTreeWidgetItem(this);
  item->setFlags(item->flags() | Qt::ItemIsEditable);
  item->setToolTip(kName, tr("The name of another variable"));
  item->setData(kName, Qt::AccessibleTextRole, tr("Another variable"));
  item->setData(kName, kFreshRole, true);
  item->setData(kValue, kTextRole, QString());
  showing_ = false;
}

QJsonObject VariableTable::values() const {
  QJsonObject values;
  for (int i = 0; i < topLevelItemCount(); ++i) {
    const QString name = topLevelItem(i)->text(kName).trimmed();
    const QString value = topLevelItem(i)->text(kValue);
    if (!name.isEmpty() && !value.trimmed().isEmpty()) values.insert(name, ParseVariable(value));
  }
  return values;
}

void VariableTable::OnChanged(QTreeWidgetItem* item, int column) {
  if (showing_ || item->parent() != nullptr) return;
  Fit();
  const QString name = item->text(kName).trimmed();
  const bool fresh = item->data(kName, kFreshRole).toBool();
  // Behind a new name comes its value.
  if (fresh && column == kName && !name.isEmpty() && item->text(kValue).isEmpty())
    QTimer::singleShot(0, this, [this, index = QPersistentModelIndex(indexFromItem(item, kValue))] {
      if (index.isValid() && isVisible()) edit(index);
    });
  if (editing_ == Editing::kForm) {
    const QTreeWidgetItem* last = topLevelItem(topLevelItemCount() - 1);
    if (!last->text(kName).trimmed().isEmpty()) AddFreshRow();
    Fit();
    return;
  }
  if (fresh) {
    if (!name.isEmpty() && !item->text(kValue).trimmed().isEmpty())
      Q_EMIT edited(name, ParseVariable(item->text(kValue)));
    return;
  }
  const QString before = item->data(kValue, kTextRole).toString();
  if (column != kValue || item->text(kValue) == before) return;
  const QString text = item->text(kValue);
  if (text.trimmed().isEmpty()) {
    showing_ = true;
    item->setText(kValue, before);
    showing_ = false;
    return;
  }
  Q_EMIT edited(item->text(kName), ParseVariable(text));
}

void VariableTable::keyPressEvent(QKeyEvent* event) {
  const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  QTreeWidgetItem* item = currentItem();
  if (enter && editing_ != Editing::kNothing && state() != EditingState && item != nullptr &&
      (item->flags() & Qt::ItemIsEditable) != 0) {
    // Names of what is there stay as they are.
    const bool fresh =
        item->data(kName, kFreshRole).toBool() && (item->text(kName).isEmpty() || currentColumn() == kName);
    editItem(item, fresh ? kName : kValue);
    return;
  }
  QTreeWidget::keyPressEvent(event);
}

void VariableTable::Fit() { updateGeometry(); }

QSize VariableTable::sizeHint() const {
  int height = header()->sizeHint().height() + 2 * frameWidth();
  for (QTreeWidgetItem* item = topLevelItem(0); item != nullptr; item = itemBelow(item))
    height += std::max(26, rowHeight(indexFromItem(item)));
  return {200, std::min(height + kGrid, kMostHeight)};
}

}  // namespace ameide::workbench
