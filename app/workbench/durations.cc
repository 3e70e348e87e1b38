#include "app/workbench/durations.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace ameide::workbench {
namespace {

using std::chrono::microseconds;

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Durations)
};

/// The smallest value that at least `part` of them do not exceed. `sorted` is not empty.
microseconds Rank(const std::vector<microseconds>& sorted, double part) {
  const auto rank = static_cast<size_t>(std::ceil(part * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(1, rank) - 1];
}

double Magnitude(microseconds duration) {
  return std::log10(static_cast<double>(std::max<int64_t>(1000, duration.count())));
}

}  // namespace

microseconds ToMicroseconds(const google::protobuf::Duration& duration) {
  return std::chrono::seconds(duration.seconds()) + microseconds(duration.nanos() / 1000);
}

std::vector<ElementDuration> SummarizeDurations(const std::vector<process::v1::ElementRun>& runs) {
  struct Times {
    std::vector<microseconds> took;
    std::vector<microseconds> waited;
  };
  std::map<std::string, Times> elements;
  for (const process::v1::ElementRun& run : runs) {
    // The process has no scope; what is passed has no key.
    if (run.key() == 0 || run.scope() == 0 || !run.has_ended_at()) continue;
    if (run.type() == "subProcess" || run.type() == "transaction" || run.type() == "adHocSubProcess")
      continue;
    Times& times = elements[run.element()];
    times.took.push_back(ToMicroseconds(run.duration()));
    times.waited.push_back(ToMicroseconds(run.waited()));
  }
  std::vector<ElementDuration> out;
  for (auto& [element, times] : elements) {
    std::ranges::sort(times.took);
    std::ranges::sort(times.waited);
    out.push_back({QString::fromStdString(element), static_cast<int>(times.took.size()),
                   Rank(times.took, 0.5), Rank(times.took, 0.95), Rank(times.waited, 0.5), 1});
  }
  if (out.empty()) return out;
  const auto [least, most] = std::ranges::minmax_element(out, {}, &ElementDuration::median);
  const double low = Magnitude(least->median);
  const double span = Magnitude(most->median) - low;
  for (ElementDuration& each : out) {
    if (span > 0)
      each.heat = 1 + static_cast<int>(std::lround((Magnitude(each.median) - low) / span * (kMostHeat - 1)));
  }
  return out;
}

QString DurationText(microseconds duration) {
  const QLocale locale;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  if (duration < std::chrono::milliseconds(1)) return Words::tr("under 1 ms");
  if (seconds == 0) return Words::tr("%1 ms").arg(duration.count() / 1000);
  if (seconds < 60)
    return Words::tr("%1 s").arg(locale.toString(static_cast<double>(duration.count()) / 1e6, 'f', 1));
  const auto pair = [&](int64_t large, const QString& large_unit, int64_t small, const QString& small_unit) {
    const QString first = large_unit.arg(locale.toString(large));
    return small == 0 ? first : QStringLiteral("%1 %2").arg(first, small_unit.arg(locale.toString(small)));
  };
  const QString in_seconds = Words::tr("%1 s"), in_minutes = Words::tr("%1 min"),
                in_hours = Words::tr("%1 h");
  if (seconds < 3600) return pair(seconds / 60, in_minutes, seconds % 60, in_seconds);
  if (seconds < 86400) return pair(seconds / 3600, in_hours, seconds % 3600 / 60, in_minutes);
  return pair(seconds / 86400, Words::tr("%1 d"), seconds % 86400 / 3600, in_hours);
}

}  // namespace ameide::workbench
