#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "base/hash.h"
#include "uaf/document/ids.h"

/// Segments carry a stream through git: immutable files with a single writer, one per commit, signed. A pack
/// is several segments that follow each other, in one file; each keeps its signature. The byte form is
/// described in proto/ameide/uaf/v1/segment.proto.
namespace ameide::uaf {

/// Largest segment or pack that is read, and largest unpacked content: what is beyond is refused, never
/// unpacked.
inline constexpr uint64_t kLargestSegment = uint64_t{1} << 30;

/// What stands in a segment for an event whose values were taken out: the hash that keeps the chain whole,
/// and the word of whoever took them out for what is left.
struct RedactionNote {
  uint64_t seq = 0;
  Hash256 payload;        ///< the payload hash of the event as it was
  std::string key;        ///< fingerprint of the key that signed
  std::string signature;  ///< 64 bytes over RedactionMessage
  auto operator<=>(const RedactionNote&) const = default;
};

/// A segment's content.
struct Segment {
  std::string workspace;  ///< the workspace's id
  StreamId stream;
  uint64_t number = 0;              ///< from 1, without gaps
  uint64_t first = 0;               ///< seq of the first event
  Hash256 previous;                 ///< the chain's link before it
  std::string seed;                 ///< 32 bytes; salts of the events come from it. Empty after a redaction
  std::vector<std::string> events;  ///< canonical bytes, in order of seq; at least one
  Hash256 head;                     ///< the chain's link at the last event
  std::string key;                  ///< fingerprint of the key that signed
  /// With an empty seed: one per event, zeros where the event is redacted.
  std::vector<Hash256> salts;
  std::vector<RedactionNote> redacted;  ///< by seq
  /// Canonical bytes of derived events that events of this segment name as parents: copies, for whoever
  /// cannot derive them.
  std::vector<std::string> carried;

  uint64_t last() const { return first + events.size() - 1; }
};

/// The payload hashes of the events: of their bytes, or what a redaction left.
std::vector<Hash256> PayloadsOf(const Segment& segment);
/// The links of the chain, one per event.
std::vector<Hash256> LinksOf(const Segment& segment);

/// What a redaction's signature is made over: the event, its hash and all that is left of it.
std::string RedactionMessage(std::string_view workspace, const EventId& event, const Hash256& payload,
                             std::string_view left);

/// A segment as a file holds it. `signature` is not judged yet: VerifySegment does that, with the key.
struct SignedSegment {
  Segment segment;
  std::string signature;
};

/// Sets head and key, and signs.
SignedSegment SignSegment(Segment segment, const Ed25519PrivateKey& key);
/// Signs, and gives the bytes of the segment's file.
std::string EncodeSegment(Segment& segment, const Ed25519PrivateKey& key);
/// The bytes of a file that holds these segments of one stream, which follow each other; at least one.
std::string EncodePack(std::span<const SignedSegment> segments);

/// Reads a file of one segment and checks its inner consistency: checksum, canonical form, chain. DATA_LOSS
/// says what is wrong, FAILED_PRECONDITION that a newer release wrote it.
absl::StatusOr<SignedSegment> DecodeSegment(std::string_view bytes);
/// The same for a file of one or more.
absl::StatusOr<std::vector<SignedSegment>> DecodePack(std::string_view bytes);

/// Finds a key by its fingerprint.
using KeySource = std::function<absl::StatusOr<Ed25519PublicKey>(std::string_view fingerprint)>;

/// DATA_LOSS unless the named key's signature is right, as are those of its redactions, and what it carries
/// is what its events name as their parents.
absl::Status VerifySegment(const SignedSegment& segment, const KeySource& keys);
/// The same where only one key is known.
absl::Status VerifySegment(const SignedSegment& segment, const Ed25519PublicKey& key);

}  // namespace ameide::uaf
