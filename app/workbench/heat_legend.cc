#include "app/workbench/heat_legend.h"

#include <QPainter>

#include "app/workbench/durations.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

constexpr int kStep = 20;
constexpr int kHeight = 12;

}  // namespace

HeatLegend::HeatLegend(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("heatLegend"));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void HeatLegend::Show(const QString& shortest, const QString& longest) {
  shortest_ = shortest;
  longest_ = longest;
  setAccessibleName(tr("Colours from %1 (pale) to %2 (strong)").arg(shortest, longest));
  setToolTip(tr("The median of each element: from %1 to %2").arg(shortest, longest));
  updateGeometry();
  update();
}

QSize HeatLegend::sizeHint() const {
  const QFontMetrics metrics(font());
  return {metrics.horizontalAdvance(shortest_) + metrics.horizontalAdvance(longest_) + kMostHeat * kStep +
              4 * kGrid,
          metrics.height() + kGrid};
}

void HeatLegend::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setPen(theme_->Colour(QStringLiteral("text-muted")));
  const QFontMetrics metrics(font());
  int x = 0;
  const auto write = [&](const QString& text) {
    painter.drawText(QRect(x, 0, metrics.horizontalAdvance(text) + 1, height()), Qt::AlignVCenter, text);
    x += metrics.horizontalAdvance(text) + 2 * kGrid;
  };
  write(shortest_);
  const int top = (height() - kHeight) / 2;
  for (int step = 1; step <= kMostHeat; ++step) {
    painter.fillRect(x, top, kStep, kHeight, theme_->Colour(QStringLiteral("heat-%1").arg(step)));
    x += kStep;
  }
  painter.setPen(theme_->Colour(QStringLiteral("border-strong")));
  painter.drawRect(x - kMostHeat * kStep, top, kMostHeat * kStep - 1, kHeight - 1);
  painter.setPen(theme_->Colour(QStringLiteral("text-muted")));
  x += 2 * kGrid;
  write(longest_);
}

}  // namespace ameide::workbench
