#pragma once

#include <QWidget>

namespace ameide::workbench {

class Theme;

/// What the colours of a heat map mean: the shortest and the longest duration with the steps between them.
class HeatLegend : public QWidget {
  Q_OBJECT

 public:
  HeatLegend(const Theme* theme, QWidget* parent);

  void Show(const QString& shortest, const QString& longest);
  QString text() const { return shortest_ + QStringLiteral(" – ") + longest_; }
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  const Theme* theme_;
  QString shortest_;
  QString longest_;
};

}  // namespace ameide::workbench
