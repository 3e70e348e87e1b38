#include "app/workbench/inspector.h"

#include <QGridLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include "app/workbench/banner.h"

namespace ameide::workbench {
namespace {

constexpr int kInspectorWidth = 320;

/// JSON in one line that may be broken behind commas and colons.
QString Breakable(const QJsonDocument& json) {
  QString text = QString::fromUtf8(json.toJson(QJsonDocument::Compact));
  return text.replace(QLatin1Char(','), QStringLiteral(", "))
      .replace(QStringLiteral("\":"), QStringLiteral("\": "));
}

QString Shown(const QJsonValue& value) {
  if (value.isString()) return value.toString();
  if (value.isDouble()) return QLocale().toString(value.toDouble(), 'g', QLocale::FloatingPointShortest);
  if (value.isBool()) return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
  if (value.isObject()) return Breakable(QJsonDocument(value.toObject()));
  if (value.isArray()) return Breakable(QJsonDocument(value.toArray()));
  return QStringLiteral("null");
}

}  // namespace

Inspector::Inspector(QWidget* parent) : QScrollArea(parent) {
  setObjectName(QStringLiteral("inspector"));
  setWidgetResizable(true);
  setFixedWidth(kInspectorWidth);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  body_ = new QWidget(this);
  body_->setFixedWidth(kInspectorWidth - 1);
  auto* column = new QVBoxLayout(body_);
  column->setContentsMargins(12, 12, 20, 12);
  column->setSpacing(8);
  head_ = new QVBoxLayout;
  head_->setSpacing(8);
  sections_ = new QVBoxLayout;
  sections_->setSpacing(8);
  column->addLayout(head_);
  column->addLayout(sections_);
  column->addStretch(1);
  setWidget(body_);
}

QVBoxLayout* Inspector::AddSection() {
  auto* section = new QVBoxLayout;
  section->setSpacing(8);
  sections_->addLayout(section);
  return section;
}

void ClearLayout(QVBoxLayout* layout) {
  while (QLayoutItem* item = layout->takeAt(0)) {
    if (QWidget* widget = item->widget()) {
      widget->hide();
      widget->deleteLater();
    }
    delete item;
  }
}

QWidget* MakeValueTable(const QJsonObject& object, QWidget* parent) {
  auto* table = new QFrame(parent);
  table->setObjectName(QStringLiteral("card"));
  auto* grid = new QGridLayout(table);
  grid->setContentsMargins(12, 8, 12, 8);
  grid->setHorizontalSpacing(12);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(1, 1);
  int row = 0;
  for (auto field = object.begin(); field != object.end(); ++field, ++row) {
    grid->addWidget(MakeLabel(field.key(), "muted", table), row, 0, Qt::AlignTop);
    auto* value = new QLabel(Shown(*field), table);
    value->setWordWrap(true);
    value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    grid->addWidget(value, row, 1);
  }
  return table;
}

}  // namespace ameide::workbench
