#include "app/workbench/times.h"

#include <QCoreApplication>
#include <QLocale>

namespace ameide::workbench {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Times)
};

QString Clock(const QDateTime& time) { return QLocale().toString(time.time(), QLocale::ShortFormat); }

}  // namespace

QDateTime ToDateTime(WallTime time) {
  return QDateTime::fromMSecsSinceEpoch(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

QString RelativeTime(const QDateTime& time, const QDateTime& now) {
  const qint64 seconds = time.secsTo(now);
  if (seconds < 60) return Words::tr("just now");
  const int minutes = static_cast<int>(seconds / 60);
  if (minutes < 60)
    return minutes == 1 ? Words::tr("1 minute ago") : Words::tr("%1 minutes ago").arg(minutes);
  if (time.date() == now.date()) {
    const int hours = minutes / 60;
    return hours == 1 ? Words::tr("1 hour ago") : Words::tr("%1 hours ago").arg(hours);
  }
  if (time.date().addDays(1) == now.date()) return Words::tr("yesterday, %1").arg(Clock(time));
  return ShortTime(time, now);
}

QString ShortTime(const QDateTime& time, const QDateTime& now) {
  if (time.date() == now.date()) return Clock(time);
  const QString format =
      time.date().year() == now.date().year() ? QStringLiteral("d MMM") : QStringLiteral("d MMM yyyy");
  return QStringLiteral("%1, %2").arg(QLocale().toString(time.date(), format), Clock(time));
}

QString ExactTime(const QDateTime& time) { return QLocale().toString(time, QLocale::LongFormat); }

}  // namespace ameide::workbench
