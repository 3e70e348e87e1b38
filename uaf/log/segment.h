#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/ed25519.h"
#include "base/hash.h"
#include "uaf/document/ids.h"

/// Segments carry a stream through git: immutable files with a single writer, one per commit, signed. The
/// byte form is described in proto/ameide/uaf/v1/segment.proto.
namespace ameide::uaf {

/// Largest segment that is read, and largest unpacked content: what is beyond is refused, never unpacked.
inline constexpr uint64_t kLargestSegment = uint64_t{1} << 30;

/// A segment's content.
struct Segment {
  std::string workspace;  ///< the workspace's id
  StreamId stream;
  uint64_t number = 0;              ///< from 1, without gaps
  uint64_t first = 0;               ///< seq of the first event
  Hash256 previous;                 ///< the chain's link before it
  std::string seed;                 ///< 32 bytes; salts of the events come from it
  std::vector<std::string> events;  ///< canonical bytes, in order of seq; at least one
  Hash256 head;                     ///< the chain's link at the last event
  std::string key;                  ///< fingerprint of the key that signed

  uint64_t last() const { return first + events.size() - 1; }
};

/// The links of the chain, one per event, computed from previous, seed and events.
std::vector<Hash256> LinksOf(const Segment& segment);

/// Sets head and key, signs, and gives the file's bytes.
std::string EncodeSegment(Segment& segment, const Ed25519PrivateKey& key);

/// What a file holds. `signature` is not judged yet: VerifySegment does that, with the key.
struct SignedSegment {
  Segment segment;
  std::string signature;
};
/// Reads a file and checks its inner consistency: checksum, canonical form, chain, head. DATA_LOSS says what
/// is wrong, FAILED_PRECONDITION that a newer release wrote it.
absl::StatusOr<SignedSegment> DecodeSegment(std::string_view bytes);

/// DATA_LOSS unless `key` is the one that is named and its signature is right.
absl::Status VerifySegment(const SignedSegment& segment, const Ed25519PublicKey& key);

}  // namespace ameide::uaf
