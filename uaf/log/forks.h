#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "uaf/log/change_set.h"
#include "uaf/log/segment.h"

/// Forks (uaf.md, Events): two different events under one id, because a machine was cloned, or a store put
/// back with all that its profile knew, and both went on. All that anybody ever recorded under one name is a
/// tree; its branches need names of their own. They follow from the events alone: whoever has the same events
/// calls them the same, in whatever order they came. Pure.
///
/// Where two tails part, the one whose first event has the smaller hash keeps the name; each other is called
/// `<stream>~<hash>`, by the stream that the writer knew and the hash of the tail's first event. Events, and
/// the signatures over them, say what their writers knew; what a store calls a tail is not written into them.
namespace ameide::uaf {

/// The name that the writer knew: without what follows `~`.
StreamId WrittenAs(const StreamId& stream);
/// True for the name of a tail that lost.
bool IsTail(const StreamId& stream);
/// What the tail of `stream` that begins with the event of this hash is called where another keeps the name.
StreamId TailName(const StreamId& stream, const Hash256& first);

/// A tail that does not keep its stream's name, where it parts from another one.
struct Tail {
  StreamId stream;     ///< what it is called
  StreamId base;       ///< the stream, perhaps a tail too, that it goes on from
  uint64_t after = 0;  ///< behind which event of that; 0: from the beginning
  Hash256 before;      ///< the chain's link there; zeros for 0
  Hash256 first;       ///< hash of its own first event
  auto operator<=>(const Tail&) const = default;
};

/// What an event calls others, and what these are called here: events of stream `said` behind `after` are
/// those of `meant`; of several the one with the greatest `after` counts. Sorted by stream and `after`.
struct SaidName {
  StreamId said;
  uint64_t after = 0;
  StreamId meant;
  auto operator<=>(const SaidName&) const = default;
};
using SaidNames = std::vector<SaidName>;

/// What the names mean that an event uses whose writer had seen `past`, where `tails` are known: of tails of
/// one name the writer's store gave it to the one that came first by hash among those that it had. `marks`
/// are names of tails that keep their stream's name here, because nobody knows of another one yet, and where
/// they begin in it. Empty: all are called here as there.
SaidNames NamesWithin(std::span<const Tail> tails, std::span<const Tail> marks, const Cut& past);
/// The event that is called `said` by somebody who calls events so.
EventId Meant(const SaidNames& names, const EventId& said);

/// The reverse: what somebody calls an event who calls events so.
EventId SaidAs(const SaidNames& names, const EventId& meant);

/// What somebody wrote, as it is called here: `said` is kept inside, so that the canonical form, which is
/// hashed and signed, stays what it was. `id` is what the event itself is called. Its parents are as `names`
/// say but for those that `parents` gives: the same ones, in the same order. Cuts that it recorded hold what
/// the tails in them go on from (`tails`).
ChangeSet AsCalledHere(const ChangeSet& said, const EventId& id, std::vector<EventReference> parents,
                       const SaidNames& names, std::span<const Tail> tails);

/// True when event `first`, by its hash, is the one that `tail` is named after.
bool IsNamedAfter(const StreamId& tail, const Hash256& first);
/// Visits every event that a body names, also inside of node ids, so that names may be changed.
void ForEachEventId(EventBody& body, const std::function<void(EventId&)>& visit);
/// The events that a body names together with their hash.
std::vector<EventReference> ReferencesIn(const EventBody& body);

/// Event `seq` of the chain that `stream` is the end of: of a tail, perhaps one of what it goes on from.
EventId Along(std::span<const Tail> tails, StreamId stream, uint64_t seq);
/// Makes `cut` hold what the tails in it go on from.
void CloseOverTails(std::span<const Tail> tails, Cut& cut);

}  // namespace ameide::uaf
