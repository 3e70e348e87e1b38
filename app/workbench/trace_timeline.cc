#include "app/workbench/trace_timeline.h"

#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QStyledItemDelegate>
#include <algorithm>

#include "app/workbench/durations.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"

namespace ameide::workbench {
namespace {

enum Column { kElement, kBar, kBegan, kTook, kWaited };

constexpr int kElementRole = Qt::UserRole + 1;
constexpr int kNumberRole = Qt::UserRole + 2;
/// Of a bar: where it begins and ends and how much of it is waiting, each 0 to 1 of the whole run.
constexpr int kBeginRole = Qt::UserRole + 3;
constexpr int kEndRole = Qt::UserRole + 4;
constexpr int kWaitedRole = Qt::UserRole + 5;
constexpr int kToneRole = Qt::UserRole + 6;
constexpr int kBarHeight = 10;
constexpr int kLeastBar = 3;

QDateTime ToTime(const google::protobuf::Timestamp& stamp) {
  return QDateTime::fromMSecsSinceEpoch(stamp.seconds() * 1000 + stamp.nanos() / 1'000'000);
}

class BarDelegate final : public QStyledItemDelegate {
 public:
  BarDelegate(const Theme* theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const QRect cell = option.rect.adjusted(2 * kGrid, 0, -2 * kGrid, 0);
    const double begin = index.data(kBeginRole).toDouble();
    const double end = index.data(kEndRole).toDouble();
    const int left = cell.left() + static_cast<int>(begin * cell.width());
    const int width = std::max(kLeastBar, static_cast<int>((end - begin) * cell.width()));
    const QRect bar(std::min(left, cell.right() - kLeastBar), cell.center().y() - kBarHeight / 2, width,
                    kBarHeight);
    const QColor tone = theme_->Colour(index.data(kToneRole).toString());
    QColor pale = tone;
    pale.setAlphaF(0.3F);
    const int waited = static_cast<int>(index.data(kWaitedRole).toDouble() * width);
    painter->fillRect(bar, pale);
    painter->fillRect(bar.adjusted(std::min(waited, width), 0, 0, 0), tone);
    painter->setPen(tone);
    painter->drawRect(bar.adjusted(0, 0, -1, -1));
  }

 private:
  const Theme* theme_;
};

QString ToneOf(const std::string& outcome) {
  if (outcome == "incident") return QStringLiteral("error");
  if (outcome == "active") return QStringLiteral("token");
  if (outcome == "terminated") return QStringLiteral("text-muted");
  return QStringLiteral("accent");
}

QString OutcomeText(const std::string& outcome) {
  if (outcome == "incident") return TraceTimeline::tr("stopped by an incident");
  if (outcome == "active") return TraceTimeline::tr("active");
  if (outcome == "terminated") return TraceTimeline::tr("ended from outside");
  return TraceTimeline::tr("completed");
}

}  // namespace

TraceTimeline::TraceTimeline(const Theme* theme, QWidget* parent) : QTreeWidget(parent) {
  setObjectName(QStringLiteral("traceTimeline"));
  setAccessibleName(tr("Timeline of this run"));
  setColumnCount(5);
  setHeaderLabels({tr("Element"), tr("Timeline"), tr("Began"), tr("Took"), tr("Of that waiting")});
  setIndentation(16);
  setUniformRowHeights(true);
  header()->setStretchLastSection(false);
  header()->setSectionResizeMode(kBar, QHeaderView::Stretch);
  header()->resizeSection(kElement, 220);
  for (const int column : {kBegan, kTook, kWaited})
    header()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
  setItemDelegateForColumn(kBar, new BarDelegate(theme, this));
  const auto pick = [this](QTreeWidgetItem* item) {
    const QString element = item->data(kElement, kElementRole).toString();
    if (!element.isEmpty()) Q_EMIT picked(element);
  };
  connect(this, &QTreeWidget::itemClicked, this, pick);
  connect(this, &QTreeWidget::itemActivated, this, pick);
  connect(theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void TraceTimeline::Show(const std::vector<process::v1::ElementRun>& runs,
                         const QHash<QString, QString>& names, const QDateTime& now) {
  const qlonglong kept =
      currentItem() == nullptr ? -1 : currentItem()->data(kElement, kNumberRole).toLongLong();
  QSet<qlonglong> folded;
  for (QTreeWidgetItemIterator at(this); *at != nullptr; ++at) {
    if ((*at)->childCount() > 0 && !(*at)->isExpanded())
      folded.insert((*at)->data(kElement, kNumberRole).toLongLong());
  }
  clear();
  if (runs.empty()) return;
  QDateTime first = ToTime(runs.front().started_at());
  QDateTime last = first;
  for (const process::v1::ElementRun& run : runs) {
    first = std::min(first, ToTime(run.started_at()));
    last = std::max(last, run.has_ended_at() ? ToTime(run.ended_at()) : now);
  }
  const auto whole = static_cast<double>(std::max<qint64>(1, first.msecsTo(last)));
  QHash<qlonglong, QTreeWidgetItem*> scopes;
  for (const process::v1::ElementRun& run : runs) {
    QTreeWidgetItem* around = scopes.value(run.scope());
    auto* item = around == nullptr ? new QTreeWidgetItem(this) : new QTreeWidgetItem(around);
    if (run.key() != 0) scopes.insert(run.key(), item);
    const QString element = QString::fromStdString(run.element());
    const bool process = run.scope() == 0;
    item->setText(kElement, process ? tr("The whole run") : names.value(element, element));
    item->setData(kElement, kElementRole, process ? QString() : element);
    item->setData(kElement, kNumberRole, static_cast<qlonglong>(run.number()));
    const QDateTime began = ToTime(run.started_at());
    const QDateTime ended = run.has_ended_at() ? ToTime(run.ended_at()) : std::max(now, began);
    const auto took = ToMicroseconds(run.duration());
    const auto waited = ToMicroseconds(run.waited());
    item->setText(kBegan, QLocale().toString(began.time(), QStringLiteral("HH:mm:ss")));
    item->setText(kTook, DurationText(took));
    item->setText(kWaited, waited.count() == 0 ? QString() : DurationText(waited));
    item->setData(kBar, kBeginRole, static_cast<double>(first.msecsTo(began)) / whole);
    item->setData(kBar, kEndRole, static_cast<double>(first.msecsTo(ended)) / whole);
    item->setData(kBar, kWaitedRole,
                  took.count() == 0 || process ? 0.0
                                               : std::min(1.0, static_cast<double>(waited.count()) /
                                                                   static_cast<double>(took.count())));
    item->setData(kBar, kToneRole, ToneOf(run.outcome()));
    item->setData(kBar, Qt::AccessibleTextRole, OutcomeText(run.outcome()));
    item->setToolTip(
        kBar, tr("%1, %2; began %3").arg(item->text(kElement), OutcomeText(run.outcome()), ExactTime(began)));
    if (run.number() == kept) setCurrentItem(item);
  }
  for (QTreeWidgetItemIterator at(this); *at != nullptr; ++at)
    (*at)->setExpanded(!folded.contains((*at)->data(kElement, kNumberRole).toLongLong()));
}

}  // namespace ameide::workbench
