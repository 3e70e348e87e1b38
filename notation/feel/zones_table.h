#pragma once

#include <cstddef>
#include <cstdint>

/// The packed tzdata, made at build time by make_zones.py; read by zones.cc alone.
namespace ameide::feel {

/// When a yearly change happens: the `week`-th (5: last) `day` (0: Sunday) of a month, `second` of local
/// time; or the `day` of the year where month is 0 (29 February counted) or 13 (never counted).
struct ZoneChange {
  uint8_t month;
  uint8_t week;
  uint16_t day;
  int32_t second;
};

/// What holds after the last transition; without daylight saving both offsets are the same.
struct ZoneRule {
  int32_t standard;
  int32_t daylight;
  ZoneChange to_daylight;
  ZoneChange to_standard;
};

/// The history of a zone: `count` transitions from `first` in kZoneTimes and kZoneOffsets.
struct ZoneShape {
  uint32_t first;
  uint32_t count;
  int32_t before;  ///< the offset before the first transition
  uint16_t rule;   ///< 0xffff: none
};

/// A zone's name and its history; many names share one.
struct ZoneName {
  const char* name;
  uint16_t shape;
};

extern const char kTzdataVersion[];
extern const int64_t kZoneTimes[];
extern const int32_t kZoneOffsets[];
extern const ZoneRule kZoneRules[];
extern const ZoneShape kZoneShapes[];
extern const ZoneName kZoneNames[];
extern const size_t kZoneCount;

}  // namespace ameide::feel
