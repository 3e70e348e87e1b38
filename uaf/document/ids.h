#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace ameide::uaf {

/// Names one writer on one branch (uaf.md, Events): 32 hexadecimal digits for a local stream, 64 for the
/// stream of a derived event, and `<stream>~<hash>` for the tail that lost a fork. Compared as text.
struct StreamId {
  std::string name;
  auto operator<=>(const StreamId&) const = default;
};

/// Names one change set: the `seq`-th event (from 1) of a stream. Text form: `<stream>:<seq>`.
struct EventId {
  StreamId stream;
  uint64_t seq = 0;
  auto operator<=>(const EventId&) const = default;
};

/// Names one node of an artifact for ever: the event that made it and the node's ordinal among the nodes made
/// there, in document order, from 0. Ordinal 0 of an Import is the document node. Text form:
/// `<stream>:<seq>:<ordinal>`.
struct NodeId {
  EventId event;
  uint32_t ordinal = 0;
  auto operator<=>(const NodeId&) const = default;
};

/// Names one artifact for ever, through every rename: 64 hexadecimal digits.
struct ArtifactId {
  std::string name;
  auto operator<=>(const ArtifactId&) const = default;
};

/// The text forms given above.
std::string FormatId(const EventId& id);
std::string FormatId(const NodeId& id);
/// Inverse of FormatId; INVALID_ARGUMENT on anything else.
absl::StatusOr<EventId> ParseEventId(std::string_view text);
absl::StatusOr<NodeId> ParseNodeId(std::string_view text);

template <typename H>
H AbslHashValue(H state, const StreamId& id) {
  return H::combine(std::move(state), id.name);
}
template <typename H>
H AbslHashValue(H state, const EventId& id) {
  return H::combine(std::move(state), id.stream, id.seq);
}
template <typename H>
H AbslHashValue(H state, const NodeId& id) {
  return H::combine(std::move(state), id.event, id.ordinal);
}
template <typename H>
H AbslHashValue(H state, const ArtifactId& id) {
  return H::combine(std::move(state), id.name);
}

}  // namespace ameide::uaf
