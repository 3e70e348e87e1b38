#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "uaf/document/ids.h"

/// The hash chain of a stream (uaf.md, In git). Every event's canonical bytes are hashed with a salt that
/// only the segment's seed gives, so that a later redaction can leave the hash in place without letting
/// anybody guess the text.
namespace ameide::uaf {

/// The link before a stream's first event: binds the chain to workspace and stream.
Hash256 FirstLink(std::string_view workspace, const StreamId& stream);

/// HMAC-SHA-256(seed, seq as 8 bytes, big endian).
Hash256 SaltOf(std::string_view segment_seed, uint64_t seq);

/// SHA-256(1, salt, canonical bytes).
Hash256 PayloadHash(const Hash256& salt, std::string_view canonical);

/// SHA-256(2, previous link, payload hash). This is what names an event's whole past in its stream: its hash.
Hash256 NextLink(const Hash256& previous, const Hash256& payload);

/// The hash of a derived event, the only one of its stream. Its salt comes from the stream's name, because
/// everybody who derives it must find the same: it hides nothing that git does not show.
Hash256 DerivedLink(std::string_view workspace, const StreamId& stream, std::string_view canonical);

}  // namespace ameide::uaf
