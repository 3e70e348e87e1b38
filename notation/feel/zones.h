#pragma once

#include <cstdint>
#include <string_view>

#include "notation/feel/value.h"

/// IANA time zones, compiled in from resources/tzdata: the machine's own tables are never read, so a model
/// means the same everywhere.
namespace ameide::feel {

/// The zone of that name ("Europe/Paris", "Etc/UTC"; links too); 0 when there is none.
ZoneIndex FindZone(std::string_view name);
std::string_view ZoneNameOf(ZoneIndex zone);

/// Seconds east of UTC at a moment (seconds since 1970 in UTC).
int32_t ZoneOffsetAt(ZoneIndex zone, int64_t instant);
/// The same for a reading of the zone's clocks (seconds since 1970 as they show it). Of two possible offsets
/// the one before the change; for a reading that clocks skip too, so that it means a time as much later.
int32_t ZoneOffsetAtLocal(ZoneIndex zone, int64_t local);
/// The offset without daylight saving that holds now and from now on.
int32_t StandardOffset(ZoneIndex zone);

/// "2025b"
std::string_view TzdataVersion();

}  // namespace ameide::feel
