#include "notation/feel/zones.h"

#include <algorithm>
#include <span>

#include "notation/feel/duration.h"
#include "notation/feel/zones_table.h"

namespace ameide::feel {
namespace {

constexpr int64_t kDay = 86'400;
constexpr uint16_t kNoRule = 0xffff;

const ZoneShape& ShapeOf(ZoneIndex zone) { return kZoneShapes[kZoneNames[zone - 1].shape]; }

int64_t WeekDay(int64_t days) {  // 0: Sunday; 1970-01-01 was a Thursday
  const int64_t day = (days + 4) % 7;
  return day < 0 ? day + 7 : day;
}

/// The change's local time in a year, as seconds since 1970.
int64_t ChangeIn(int32_t year, const ZoneChange& change) {
  if (change.month == 0 || change.month == 13) {
    int64_t day = DaysOf({year, 1, 1}) + change.day;
    constexpr int kBeforeLeapDay = 59;
    if (change.month == 13 && change.day >= kBeforeLeapDay && IsValid({year, 2, 29})) ++day;
    return day * kDay + change.second;
  }
  const int64_t first = DaysOf({year, change.month, 1});
  int64_t day = first + (change.day - WeekDay(first) + 7) % 7 + (change.week - 1) * 7;
  const int64_t next = change.month == 12 ? DaysOf({year + 1, 1, 1})
                                          : DaysOf({year, static_cast<uint8_t>(change.month + 1), 1});
  while (day >= next) day -= 7;
  return day * kDay + change.second;
}

int32_t OffsetByRule(const ZoneRule& rule, int64_t instant) {
  if (rule.standard == rule.daylight) return rule.standard;
  const int64_t local = instant + rule.standard;
  const int32_t year = DateOfDays(local >= 0 ? local / kDay : (local - kDay + 1) / kDay).year;
  const int64_t begin = ChangeIn(year, rule.to_daylight) - rule.standard;
  const int64_t end = ChangeIn(year, rule.to_standard) - rule.daylight;
  const bool daylight = begin < end ? instant >= begin && instant < end
                                    : instant >= begin || instant < end;  // the southern summer
  return daylight ? rule.daylight : rule.standard;
}

}  // namespace

ZoneIndex FindZone(std::string_view name) {
  const std::span<const ZoneName> names(kZoneNames, kZoneCount);
  const auto at =
      std::lower_bound(names.begin(), names.end(), name,
                       [](const ZoneName& zone, std::string_view wanted) { return zone.name < wanted; });
  if (at == names.end() || at->name != name) return 0;
  return static_cast<ZoneIndex>(at - names.begin() + 1);
}

std::string_view ZoneNameOf(ZoneIndex zone) {
  return zone == 0 || zone > kZoneCount ? std::string_view() : std::string_view(kZoneNames[zone - 1].name);
}

int32_t ZoneOffsetAt(ZoneIndex zone, int64_t instant) {
  if (zone == 0 || zone > kZoneCount) return 0;
  const ZoneShape& shape = ShapeOf(zone);
  const std::span<const int64_t> times(kZoneTimes + shape.first, shape.count);
  const auto after = std::upper_bound(times.begin(), times.end(), instant);
  if (after == times.end() && shape.rule != kNoRule) return OffsetByRule(kZoneRules[shape.rule], instant);
  if (after == times.begin()) return shape.before;
  return kZoneOffsets[shape.first + static_cast<size_t>(after - times.begin()) - 1];
}

int32_t ZoneOffsetAtLocal(ZoneIndex zone, int64_t local) {
  const int32_t before = ZoneOffsetAt(zone, local - kDay), after = ZoneOffsetAt(zone, local + kDay);
  if (before == after || ZoneOffsetAt(zone, local - before) == before) return before;
  return ZoneOffsetAt(zone, local - after) == after ? after : before;
}

int32_t StandardOffset(ZoneIndex zone) {
  if (zone == 0 || zone > kZoneCount) return 0;
  const ZoneShape& shape = ShapeOf(zone);
  if (shape.rule != kNoRule) return kZoneRules[shape.rule].standard;
  return shape.count == 0 ? shape.before : kZoneOffsets[shape.first + shape.count - 1];
}

std::string_view TzdataVersion() { return kTzdataVersion; }

}  // namespace ameide::feel
