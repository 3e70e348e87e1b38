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

QString Tr(const char* text) { return QCoreApplication::translate("Durations", text); }

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
  if (duration < std::chrono::milliseconds(1)) return Tr("under 1 ms");
  if (seconds == 0) return Tr("%1 ms").arg(duration.count() / 1000);
  if (seconds < 60)
    return Tr("%1 s").arg(locale.toString(static_cast<double>(duration.count()) / 1e6, 'f', 1));
  const auto pair = [&](int64_t large, const char* large_unit, int64_t small, const char* small_unit) {
    const QString first = QStringLiteral("%1 %2").arg(locale.toString(large), Tr(large_unit));
    return small == 0 ? first : QStringLiteral("%1 %2 %3").arg(first, locale.toString(small), Tr(small_unit));
  };
  if (seconds < 3600) return pair(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return pair(seconds / 3600, "h", seconds % 3600 / 60, "min");
  return pair(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

}  // namespace ameide::workbench
