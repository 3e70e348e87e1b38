#include "uaf/merge/conflict.h"

#include <algorithm>
#include <iterator>

#include "base/bytes.h"

namespace ameide::uaf::merge {

std::string_view NameOf(ConflictKind kind) {
  constexpr std::string_view kNames[] = {"attribute",   "text",    "type",    "reconnect", "deleted-edit",
                                         "deleted-end", "place",   "cycle",   "order",     "content",
                                         "path",        "retired", "approval"};
  const auto index = static_cast<size_t>(kind);
  return index < std::size(kNames) ? kNames[index] : "unknown";
}

Hash256 KeyOf(const Conflict& conflict) {
  std::vector<EventId> events;
  for (const ConflictSide& side : conflict.sides)
    events.insert(events.end(), side.events.begin(), side.events.end());
  std::sort(events.begin(), events.end());
  events.erase(std::unique(events.begin(), events.end()), events.end());
  ByteWriter out;
  out.Byte(static_cast<uint8_t>(conflict.kind));
  out.String(FormatId(conflict.node));
  out.String(FormatId(conflict.other));
  out.String(conflict.attribute);
  out.Varint(events.size());
  for (const EventId& event : events) out.String(FormatId(event));
  for (const ConflictSide& side : conflict.sides) {
    if (!side.artifact.name.empty()) out.String(side.artifact.name);
  }
  return Sha256(out.bytes());
}

}  // namespace ameide::uaf::merge
