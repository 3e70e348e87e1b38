#include "base/clock.h"

#include <cstdio>

#include "absl/strings/str_cat.h"

namespace ameide {
namespace {

/// Reads exactly `digits` decimal digits at `position`, or returns -1.
int Digits(std::string_view text, size_t& position, int digits) {
  int value = 0;
  for (int i = 0; i < digits; ++i) {
    if (position >= text.size() || text[position] < '0' || text[position] > '9') return -1;
    value = value * 10 + (text[position++] - '0');
  }
  return value;
}

bool Accept(std::string_view text, size_t& position, char wanted) {
  if (position < text.size() && text[position] == wanted) {
    ++position;
    return true;
  }
  return false;
}

}  // namespace

WallTime SystemClock::Now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string FormatTime(WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  std::string result(text);
  if (const auto micros = clock.subseconds().count(); micros != 0) {
    std::snprintf(text, sizeof text, ".%06d", static_cast<int>(micros));
    result += text;
  }
  return result + "Z";
}

absl::StatusOr<WallTime> ParseTime(std::string_view text) {
  using namespace std::chrono;
  const auto bad = [&] {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", std::string(text), "' is not a time; write it like 2026-03-01 or 2026-03-01T12:00:00Z"));
  };
  size_t at = 0;
  const int y = Digits(text, at, 4);
  if (y < 0 || !Accept(text, at, '-')) return bad();
  const int m = Digits(text, at, 2);
  if (m < 0 || !Accept(text, at, '-')) return bad();
  const int d = Digits(text, at, 2);
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (d < 0 || !date.ok()) return bad();
  WallTime result = sys_days(date);
  if (at == text.size()) return result;
  if (!Accept(text, at, 'T') && !Accept(text, at, ' ')) return bad();
  const int hour = Digits(text, at, 2);
  if (hour < 0 || hour > 23 || !Accept(text, at, ':')) return bad();
  const int minute = Digits(text, at, 2);
  if (minute < 0 || minute > 59) return bad();
  int second = 0;
  if (Accept(text, at, ':')) {
    second = Digits(text, at, 2);
    if (second < 0 || second > 59) return bad();
  }
  int64_t micros = 0;
  if (Accept(text, at, '.')) {
    int64_t unit = 100000;
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
      micros += unit * (text[at++] - '0');
      unit /= 10;
    }
    if (at == start) return bad();
  }
  result += hours(hour) + minutes(minute) + seconds(second) + microseconds(micros);
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int sign = text[at++] == '+' ? 1 : -1;
    const int offset_hours = Digits(text, at, 2);
    Accept(text, at, ':');
    const int offset_minutes = Digits(text, at, 2);
    if (offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 || offset_minutes > 59) return bad();
    result -= sign * (hours(offset_hours) + minutes(offset_minutes));
  } else {
    Accept(text, at, 'Z');
  }
  if (at != text.size()) return bad();
  return result;
}

}  // namespace ameide
