#pragma once

#include <QDateTime>
#include <QString>

#include "base/clock.h"

namespace ameide::workbench {

/// A moment in the user's time zone.
QDateTime ToDateTime(WallTime time);
/// "just now", "5 minutes ago", "yesterday, 14:03", "12 Nov, 14:03", as seen at `now`.
QString RelativeTime(const QDateTime& time, const QDateTime& now);
/// "14:03" today, "12 Nov, 14:03" before, as seen at `now`.
QString ShortTime(const QDateTime& time, const QDateTime& now);
/// Date and time in full, in the user's locale.
QString ExactTime(const QDateTime& time);

}  // namespace ameide::workbench
