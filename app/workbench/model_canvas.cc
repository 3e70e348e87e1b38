#include "app/workbench/model_canvas.h"

#include <QComboBox>
#include <QGraphicsPathItem>
#include <QGraphicsRectItem>
#include <QGraphicsScene>
#include <QGraphicsSimpleTextItem>
#include <QMouseEvent>
#include <QPainterPath>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

// Of a graphics item: the id of the element that it shows, and its own in the drawing.
constexpr int kElement = 0;
constexpr int kBoxId = 1;
constexpr double kMostZoom = 4;
constexpr double kLeastZoom = 0.05;
constexpr double kMargin = 24;

const DrawnBox* FindBox(const ModelDrawing* drawing, const QString& id) {
  if (drawing == nullptr) return nullptr;
  const auto found = std::ranges::find(drawing->boxes, id, &DrawnBox::id);
  return found == drawing->boxes.end() ? nullptr : &*found;
}

bool HasLine(const ModelDrawing* drawing, const DrawnLine& line) {
  return drawing != nullptr && std::ranges::any_of(drawing->lines, [&](const DrawnLine& each) {
           return !line.element.isEmpty() ? each.element == line.element : each.points == line.points;
         });
}

/// At most two lines of a name that fit into a box.
QString Fitted(const QString& name, double width, const QFont& font) {
  const QFontMetricsF metrics(font);
  QStringList lines;
  QString line;
  for (const QString& word : name.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    const QString longer = line.isEmpty() ? word : line + QLatin1Char(' ') + word;
    if (!line.isEmpty() && metrics.horizontalAdvance(longer) > width) {
      lines.append(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.append(line);
  while (lines.size() > 3) {
    lines[1] += QStringLiteral("…");
    lines = lines.mid(0, 2);
  }
  for (QString& each : lines) each = metrics.elidedText(each, Qt::ElideRight, width);
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

ModelCanvas::ModelCanvas(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  choice_ = new QComboBox(this);
  choice_->setObjectName(QStringLiteral("modelDiagram"));
  choice_->setAccessibleName(tr("Diagram"));
  column->addWidget(choice_);
  scene_ = new QGraphicsScene(this);
  view_ = new QGraphicsView(scene_, this);
  view_->setObjectName(QStringLiteral("modelView"));
  view_->setAccessibleName(tr("What differs, on the diagram"));
  view_->setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
  view_->setDragMode(QGraphicsView::ScrollHandDrag);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setTransformationAnchor(QGraphicsView::AnchorUnderMouse);
  view_->viewport()->installEventFilter(this);
  column->addWidget(view_, 1);
  connect(choice_, &QComboBox::currentIndexChanged, this, [this] {
    Draw();
    ZoomFit();
  });
  connect(theme_, &Theme::changed, this, &ModelCanvas::Draw);
}

void ModelCanvas::Show(const ComparedArtifact& artifact) {
  before_ = artifact.drawings_before;
  after_ = artifact.drawings_after;
  pairs_.clear();
  roles_.clear();
  current_.clear();
  for (const ComparedElement& element : artifact.elements)
    roles_.insert(element.element, RoleOf(element.kind));
  for (const ModelDrawing& drawing : after_) {
    const auto then = std::ranges::find(before_, drawing.id, &ModelDrawing::id);
    pairs_.push_back({then == before_.end() ? nullptr : &*then, &drawing});
  }
  for (const ModelDrawing& drawing : before_) {
    if (std::ranges::find(after_, drawing.id, &ModelDrawing::id) == after_.end())
      pairs_.push_back({&drawing, nullptr});
  }
  const QSignalBlocker quiet(choice_);
  choice_->clear();
  int first = -1;
  for (size_t i = 0; i < pairs_.size(); ++i) {
    const ModelDrawing* shown = pairs_[i].after != nullptr ? pairs_[i].after : pairs_[i].before;
    const QString name = shown->name.isEmpty() ? tr("Diagram %1").arg(i + 1) : shown->name;
    const bool differs = Differs(pairs_[i]);
    choice_->addItem(differs ? tr("%1 (differs)").arg(name) : name);
    if (differs && first < 0) first = static_cast<int>(i);
  }
  choice_->setCurrentIndex(std::max(0, first));
  choice_->setVisible(pairs_.size() > 1);
  Draw();
  fit_ = true;
  ZoomFit();
}

QString ModelCanvas::RoleOfElement(const QString& element) const { return roles_.value(element); }

bool ModelCanvas::Differs(const Pair& pair) const {
  if (pair.before == nullptr || pair.after == nullptr) return true;
  const auto other = [&](const DrawnBox& box, const ModelDrawing* in) {
    const DrawnBox* same = FindBox(in, box.id);
    return same == nullptr || same->place != box.place || roles_.contains(box.element);
  };
  return std::ranges::any_of(pair.after->boxes,
                             [&](const DrawnBox& box) { return other(box, pair.before); }) ||
         std::ranges::any_of(pair.before->boxes,
                             [&](const DrawnBox& box) { return other(box, pair.after); }) ||
         std::ranges::any_of(pair.after->lines, [&](const DrawnLine& line) {
           return !HasLine(pair.before, line) || roles_.contains(line.element);
         });
}

void ModelCanvas::Draw() {
  scene_->clear();
  counts_.clear();
  scene_->setBackgroundBrush(theme_->Colour(QStringLiteral("canvas")));
  const auto at = static_cast<size_t>(choice_->currentIndex());
  if (choice_->currentIndex() < 0 || at >= pairs_.size()) return;
  const Pair& pair = pairs_[at];
  // Groups first, then lines, then what stands on them.
  const auto boxes = [&](bool around) {
    if (pair.before != nullptr) {
      for (const DrawnBox& box : pair.before->boxes) {
        if (box.around == around && FindBox(pair.after, box.id) == nullptr)
          DrawBox(box, QStringLiteral("removed"), true);
      }
    }
    if (pair.after == nullptr) return;
    for (const DrawnBox& box : pair.after->boxes) {
      if (box.around != around) continue;
      const DrawnBox* then = FindBox(pair.before, box.id);
      QString role = RoleOfElement(box.element);
      if (then == nullptr) role = QStringLiteral("added");
      if (then != nullptr && then->place != box.place) {
        if (role.isEmpty()) role = QStringLiteral("moved");
        auto* old =
            scene_->addRect(then->place, QPen(theme_->Colour(QStringLiteral("moved")), 1.5, Qt::DotLine));
        old->setZValue(-1);
      }
      DrawBox(box, role, false);
    }
  };
  boxes(true);
  if (pair.before != nullptr) {
    for (const DrawnLine& line : pair.before->lines) {
      if (!HasLine(pair.after, line)) DrawLine(line, QStringLiteral("removed"), true);
    }
  }
  if (pair.after != nullptr) {
    for (const DrawnLine& line : pair.after->lines)
      DrawLine(line, HasLine(pair.before, line) ? RoleOfElement(line.element) : QStringLiteral("added"),
               false);
  }
  boxes(false);
  scene_->setSceneRect(scene_->itemsBoundingRect().adjusted(-kMargin, -kMargin, kMargin, kMargin));
}

void ModelCanvas::DrawBox(const DrawnBox& box, const QString& role, bool ghost) {
  const bool current = !current_.isEmpty() && (box.element == current_ || box.id == current_);
  QColor stroke = theme_->Colour(role.isEmpty() ? QStringLiteral("shape-stroke") : role);
  QPen pen(stroke, current ? 4 : role.isEmpty() ? 1.5 : 2.5, ghost ? Qt::DashLine : Qt::SolidLine);
  QColor fill = theme_->Colour(box.around ? QStringLiteral("window") : QStringLiteral("shape-fill"));
  if (ghost) fill.setAlphaF(0.4F);
  auto* item = scene_->addRect(box.place, pen, fill);
  item->setData(kElement, box.element);
  item->setData(kBoxId, box.id);
  const QString kind = role.isEmpty() ? QString() : tr("%1: ").arg(role);
  item->setToolTip(QStringLiteral("%1%2 %3").arg(kind, box.type, box.name));
  if (!role.isEmpty()) ++counts_[role];
  QFont font;
  font.setPixelSize(12);
  font.setStrikeOut(ghost);
  auto* name = new QGraphicsSimpleTextItem(Fitted(box.name, box.place.width() - 12, font), item);
  name->setFont(font);
  name->setBrush(role.isEmpty() ? theme_->Colour(QStringLiteral("text")) : stroke);
  const QRectF text = name->boundingRect();
  name->setPos(box.place.center().x() - text.width() / 2,
               box.around ? box.place.top() + 4 : box.place.center().y() - text.height() / 2);
}

void ModelCanvas::DrawLine(const DrawnLine& line, const QString& role, bool ghost) {
  QPainterPath path(line.points.front());
  for (const QPointF& point : line.points) path.lineTo(point);
  // An arrow where it ends.
  const QPointF end = line.points.back();
  const QPointF before = line.points[line.points.size() - 2];
  const double angle = std::atan2(end.y() - before.y(), end.x() - before.x());
  for (const double side : {-0.45, 0.45}) {
    path.moveTo(end);
    path.lineTo(end - QPointF(9 * std::cos(angle + side), 9 * std::sin(angle + side)));
  }
  const bool current = !line.element.isEmpty() && line.element == current_;
  const QColor stroke = theme_->Colour(role.isEmpty() ? QStringLiteral("border-strong") : role);
  auto* item = scene_->addPath(path, QPen(stroke,
                                          current          ? 4
                                          : role.isEmpty() ? 1.2
                                                           : 2.5,
                                          ghost ? Qt::DashLine : Qt::SolidLine));
  item->setData(kElement, line.element);
  item->setToolTip(QStringLiteral("%1 %2").arg(line.type, line.name));
  if (!role.isEmpty()) ++counts_[role];
}

void ModelCanvas::SelectElement(const QString& element) {
  current_ = element;
  const auto holds = [&](const ModelDrawing* drawing) {
    return drawing != nullptr &&
           (std::ranges::any_of(
                drawing->boxes,
                [&](const DrawnBox& box) { return box.element == element || box.id == element; }) ||
            std::ranges::find(drawing->lines, element, &DrawnLine::element) != drawing->lines.end());
  };
  const auto shown = static_cast<size_t>(std::max(0, choice_->currentIndex()));
  if (!element.isEmpty() && shown < pairs_.size() && !holds(pairs_[shown].before) &&
      !holds(pairs_[shown].after)) {
    for (size_t i = 0; i < pairs_.size(); ++i) {
      if (!holds(pairs_[i].before) && !holds(pairs_[i].after)) continue;
      choice_->setCurrentIndex(static_cast<int>(i));
      break;
    }
  }
  Draw();
  if (element.isEmpty()) return;
  for (const QGraphicsItem* item : scene_->items()) {
    if (item->data(kElement).toString() == element || item->data(kBoxId).toString() == element)
      return view_->ensureVisible(item, 40, 40);
  }
}

void ModelCanvas::ZoomFit() {
  fit_ = true;
  if (scene_->items().isEmpty() || !isVisible()) return;
  view_->resetTransform();
  const QRectF all = scene_->sceneRect();
  const QSize room = view_->viewport()->size();
  const double scale = std::min({1.0, room.width() / all.width(), room.height() / all.height()});
  view_->scale(scale, scale);
  view_->centerOn(all.center());
}

void ModelCanvas::ZoomBy(double factor) {
  fit_ = false;
  const double scale = view_->transform().m11() * factor;
  if (scale >= kLeastZoom && scale <= kMostZoom) view_->scale(factor, factor);
}

int ModelCanvas::CountOf(const QString& role) const { return counts_.value(role); }

void ModelCanvas::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (fit_) ZoomFit();
}

bool ModelCanvas::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Wheel) {
    const auto* wheel = static_cast<QWheelEvent*>(event);
    if ((wheel->modifiers() & Qt::ControlModifier) != 0) {
      ZoomBy(wheel->angleDelta().y() > 0 ? 1.15 : 1 / 1.15);
      return true;
    }
  }
  if (event->type() == QEvent::Resize && fit_)
    QMetaObject::invokeMethod(this, &ModelCanvas::ZoomFit, Qt::QueuedConnection);
  if (event->type() == QEvent::MouseButtonPress) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    for (const QGraphicsItem* item = view_->itemAt(mouse->pos()); item != nullptr;
         item = item->parentItem()) {
      QString element = item->data(kElement).toString();
      if (!roles_.contains(element)) element = item->data(kBoxId).toString();
      if (element.isEmpty()) continue;
      // Not from inside: what is clicked is drawn anew.
      QMetaObject::invokeMethod(
          this, [this, element] { Q_EMIT selected(element); }, Qt::QueuedConnection);
      break;
    }
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace ameide::workbench
