#include "uaf/log/segment.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/change_set.h"
#include "uaf/log/codec.h"
#include "uaf/log/column_file.h"
#include "uaf/log/columns.h"

namespace ameide::uaf {
namespace {

constexpr std::string_view kMagic = "AMEIDE-SEGMENT\n";
constexpr uint64_t kFirstFormat = 1;
constexpr uint64_t kFormat = 2;
constexpr size_t kHashSize = 32;
constexpr size_t kSeedSize = 32;
constexpr size_t kSignatureSize = 64;
/// How the salts are given.
constexpr uint8_t kSaltsFromSeed = 0;
constexpr uint8_t kSaltsGiven = 1;
/// How the events lie.
constexpr uint8_t kCanonical = 0;
constexpr uint8_t kInColumns = 1;
/// How the canonical bytes of format 1 lie.
constexpr uint8_t kZstd = 1;

/// What is signed: position and chain, not file bytes, so that a segment may be packed anew.
std::string SignedMessage(const Segment& segment) {
  ByteWriter out;
  out.String("ameide segment 1");
  out.String(segment.workspace);
  out.String(segment.stream.name);
  out.Varint(segment.first);
  out.Varint(segment.last());
  out.Raw(segment.head.view());
  return out.Take();
}

Hash256 ReadHash(ByteReader& in) {
  const auto hash = Hash256::FromBytes(in.Raw(kHashSize));
  return hash.ok() ? *hash : Hash256{};
}

absl::Status Impossible() { return absl::DataLossError("its header holds impossible values"); }

/// The events of all segments of a file, one behind the other.
std::string EncodeEvents(std::span<const SignedSegment> segments) {
  std::vector<std::string> events;
  for (const SignedSegment& segment : segments) {
    events.insert(events.end(), segment.segment.events.begin(), segment.segment.events.end());
  }
  ByteWriter out;
  const Segment& first = segments.front().segment;
  if (const std::string columns = EncodeColumns(first.stream, first.first, events); !columns.empty()) {
    out.Byte(kInColumns);
    out.String(columns);
    return out.Take();
  }
  ByteWriter canonical;
  for (const std::string& event : events) canonical.String(event);
  const std::string packed = Squeeze(canonical.bytes());
  out.Byte(kCanonical);
  out.Varint(packed.empty() ? 0 : canonical.bytes().size());
  out.String(packed.empty() ? canonical.bytes() : packed);
  return out.Take();
}

absl::StatusOr<std::vector<std::string>> SplitCanonical(std::string_view bytes, uint64_t count) {
  ByteReader in(bytes);
  std::vector<std::string> events;
  for (uint64_t i = 0; i < count && in.ok(); ++i) events.emplace_back(in.String());
  AMEIDE_RETURN_IF_ERROR(in.Finish());
  return events;
}

absl::StatusOr<std::vector<std::string>> DecodeEvents(ByteReader& in, const Segment& first, uint64_t count) {
  const uint8_t lie = in.Byte();
  if (lie == kInColumns) {
    const std::string_view columns = in.String();
    AMEIDE_RETURN_IF_ERROR(in.Finish());
    return DecodeColumns(columns, first.stream, first.first, count, kLargestSegment);
  }
  const uint64_t size = in.Varint();
  const std::string_view bytes = in.String();
  AMEIDE_RETURN_IF_ERROR(in.Finish());
  if (lie != kCanonical) return Impossible();
  if (size == 0) return SplitCanonical(bytes, count);
  AMEIDE_ASSIGN_OR_RETURN(const std::string canonical, Unsqueeze(bytes, size, kLargestSegment));
  return SplitCanonical(canonical, count);
}

void WriteHeader(ByteWriter& out, const SignedSegment& signed_segment) {
  const Segment& segment = signed_segment.segment;
  out.Varint(segment.events.size());
  if (segment.seed.empty()) {
    out.Byte(kSaltsGiven);
    for (const Hash256& salt : segment.salts) out.Raw(salt.view());
    out.Varint(segment.redacted.size());
    for (const RedactionNote& note : segment.redacted) {
      out.Varint(note.seq - segment.first);
      out.Raw(note.payload.view());
      WriteName(out, note.key);
      out.Raw(note.signature);
    }
  } else {
    out.Byte(kSaltsFromSeed);
    out.Raw(segment.seed);
  }
  out.Varint(segment.carried.size());
  for (const std::string& event : segment.carried) out.String(event);
  WriteName(out, segment.key);
  out.Raw(signed_segment.signature);
}

/// What WriteHeader wrote; gives how many events there are.
uint64_t ReadHeader(ByteReader& in, SignedSegment& result) {
  Segment& segment = result.segment;
  const uint64_t count = in.Varint();
  const uint8_t salts = in.Byte();
  if (salts == kSaltsGiven) {
    for (uint64_t i = 0; i < count && in.ok(); ++i) segment.salts.push_back(ReadHash(in));
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      RedactionNote note;
      note.seq = in.Varint();
      if (note.seq >= count) in.Fail();
      note.seq += segment.first;
      if (!segment.redacted.empty() && segment.redacted.back().seq >= note.seq) in.Fail();
      note.payload = ReadHash(in);
      note.key = ReadName(in);
      note.signature = in.Raw(kSignatureSize);
      segment.redacted.push_back(std::move(note));
    }
  } else {
    if (salts != kSaltsFromSeed) in.Fail();
    segment.seed = in.Raw(kSeedSize);
  }
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) segment.carried.emplace_back(in.String());
  segment.key = ReadName(in);
  result.signature = in.Raw(kSignatureSize);
  return count;
}

absl::StatusOr<std::vector<SignedSegment>> DecodeFormat1(ByteReader& reader) {
  SignedSegment result;
  Segment& segment = result.segment;
  segment.workspace = reader.String();
  segment.stream.name = ReadName(reader);
  segment.number = reader.Varint();
  segment.first = reader.Varint();
  const uint64_t count = reader.Varint();
  segment.previous = ReadHash(reader);
  if (reader.Byte() != kSaltsFromSeed) reader.Fail();
  segment.seed = reader.Raw(kSeedSize);
  const uint8_t packing = reader.Byte();
  const uint64_t size = reader.Varint();
  std::string_view events = reader.String();
  segment.head = ReadHash(reader);
  segment.key = ReadName(reader);
  result.signature = reader.Raw(kSignatureSize);
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  if (packing > kZstd || count == 0 || segment.number == 0 || segment.first == 0 ||
      (packing != kZstd && size != events.size())) {
    return Impossible();
  }
  std::string unpacked;
  if (packing == kZstd) {
    // Format 1 keeps the four bytes that every frame begins with.
    if (events.size() < 4) return Impossible();
    AMEIDE_ASSIGN_OR_RETURN(unpacked, Unsqueeze(events.substr(4), size, kLargestSegment));
    events = unpacked;
  }
  AMEIDE_ASSIGN_OR_RETURN(segment.events, SplitCanonical(events, count));
  if (LinksOf(segment).back() != segment.head) {
    return absl::DataLossError("its events do not match its hash chain: they were changed");
  }
  return std::vector<SignedSegment>{std::move(result)};
}

absl::StatusOr<std::vector<SignedSegment>> DecodeFormat2(ByteReader& in) {
  Segment first;
  first.workspace = ReadName(in);
  first.stream.name = ReadName(in);
  first.number = in.Varint();
  first.first = in.Varint();
  first.previous = first.first == 1 ? FirstLink(first.workspace, first.stream) : ReadHash(in);
  std::vector<SignedSegment> segments;
  std::vector<uint64_t> counts;
  uint64_t total = 0;
  for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
    SignedSegment& next = segments.emplace_back();
    next.segment.workspace = first.workspace;
    next.segment.stream = first.stream;
    next.segment.number = first.number + counts.size();
    next.segment.first = first.first + total;
    counts.push_back(ReadHeader(in, next));
    // Sums that wrap around would let one segment reach into another.
    if (counts.back() == 0 || counts.back() > kLargestSegment) return Impossible();
    total += counts.back();
  }
  AMEIDE_RETURN_IF_ERROR(in.status());
  constexpr uint64_t kLastSeq = uint64_t{1} << 40;
  if (segments.empty() || first.number == 0 || first.first == 0 || first.number >= kLastSeq ||
      first.first >= kLastSeq || total > kLargestSegment) {
    return Impossible();
  }
  AMEIDE_ASSIGN_OR_RETURN(std::vector<std::string> events, DecodeEvents(in, first, total));
  auto event = std::make_move_iterator(events.begin());
  Hash256 link = first.previous;
  for (size_t i = 0; i < segments.size(); ++i) {
    Segment& segment = segments[i].segment;
    segment.events.assign(event, event + static_cast<std::ptrdiff_t>(counts[i]));
    event += static_cast<std::ptrdiff_t>(counts[i]);
    segment.previous = link;
    link = segment.head = LinksOf(segment).back();
  }
  return segments;
}

/// What is carried must be named as a parent by an event that is signed, or anybody could slip it in.
absl::Status CheckCarried(const Segment& segment) {
  if (segment.carried.empty()) return absl::OkStatus();
  std::map<EventId, Hash256> named;
  for (const std::string& canonical : segment.events) {
    AMEIDE_ASSIGN_OR_RETURN(const ChangeSet event, DecodeChangeSet(canonical));
    for (const EventReference& parent : event.parents) named[parent.id] = parent.hash;
  }
  for (const std::string& canonical : segment.carried) {
    AMEIDE_ASSIGN_OR_RETURN(const ChangeSet event, DecodeChangeSet(canonical));
    const auto found = named.find(event.id);
    if (found == named.end() || event.id.seq != 1 ||
        found->second != DerivedLink(segment.workspace, event.id.stream, canonical)) {
      return absl::DataLossError(absl::StrCat("it carries event ", FormatId(event.id),
                                              ", which its own events do not name: forged"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Hash256> PayloadsOf(const Segment& segment) {
  std::vector<Hash256> payloads;
  payloads.reserve(segment.events.size());
  auto note = segment.redacted.begin();
  for (size_t i = 0; i < segment.events.size(); ++i) {
    const uint64_t seq = segment.first + i;
    if (note != segment.redacted.end() && note->seq == seq) {
      payloads.push_back(note++->payload);
    } else {
      const Hash256 salt = segment.seed.empty() ? segment.salts[i] : SaltOf(segment.seed, seq);
      payloads.push_back(PayloadHash(salt, segment.events[i]));
    }
  }
  return payloads;
}

std::vector<Hash256> LinksOf(const Segment& segment) {
  std::vector<Hash256> links = PayloadsOf(segment);
  Hash256 link = segment.previous;
  for (Hash256& at : links) link = at = NextLink(link, at);
  return links;
}

std::string RedactionMessage(std::string_view workspace, const EventId& event, const Hash256& payload,
                             std::string_view left) {
  ByteWriter out;
  out.String("ameide redaction 1");
  out.String(workspace);
  out.String(event.stream.name);
  out.Varint(event.seq);
  out.Raw(payload.view());
  out.String(left);
  return out.Take();
}

SignedSegment SignSegment(Segment segment, const Ed25519PrivateKey& key) {
  segment.head = LinksOf(segment).back();
  segment.key = key.public_key().Fingerprint();
  const Ed25519Signature signature = key.Sign(SignedMessage(segment));
  return {std::move(segment), std::string(reinterpret_cast<const char*>(signature.data()), signature.size())};
}

std::string EncodeSegment(Segment& segment, const Ed25519PrivateKey& key) {
  SignedSegment sealed = SignSegment(std::move(segment), key);
  std::string bytes = EncodePack({&sealed, 1});
  segment = std::move(sealed.segment);
  return bytes;
}

std::string EncodePack(std::span<const SignedSegment> segments) {
  const Segment& first = segments.front().segment;
  ByteWriter out;
  out.Raw(kMagic);
  out.Varint(kFormat);
  WriteName(out, first.workspace);
  WriteName(out, first.stream.name);
  out.Varint(first.number);
  out.Varint(first.first);
  if (first.first > 1) out.Raw(first.previous.view());
  out.Varint(segments.size());
  for (const SignedSegment& segment : segments) WriteHeader(out, segment);
  out.Raw(EncodeEvents(segments));
  const Hash256 checksum = Sha256(out.bytes());
  out.Raw(checksum.view());
  return out.Take();
}

absl::StatusOr<std::vector<SignedSegment>> DecodePack(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + kHashSize || !bytes.starts_with(kMagic)) {
    return absl::DataLossError("it is no log segment");
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kHashSize);
  if (Sha256(content).view() != bytes.substr(content.size())) {
    return absl::DataLossError("its checksum does not match: it was damaged or changed");
  }
  ByteReader reader(content);
  reader.Raw(kMagic.size());
  switch (const uint64_t format = reader.Varint()) {
    case kFirstFormat:
      return DecodeFormat1(reader);
    case kFormat:
      return DecodeFormat2(reader);
    default:
      return absl::FailedPreconditionError(
          absl::StrCat("it has format ", format, ", newer than this program; install a newer Ameide"));
  }
}

absl::StatusOr<SignedSegment> DecodeSegment(std::string_view bytes) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<SignedSegment> segments, DecodePack(bytes));
  if (segments.size() != 1) return absl::DataLossError("it holds several segments: it is a pack");
  return std::move(segments.front());
}

absl::Status VerifySegment(const SignedSegment& signed_segment, const KeySource& keys) {
  const Segment& segment = signed_segment.segment;
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PublicKey key, keys(segment.key));
  if (!key.Verify(SignedMessage(segment), signed_segment.signature)) {
    return absl::DataLossError(
        absl::StrCat("its signature by key ", segment.key, " is wrong: it was changed or forged"));
  }
  for (const RedactionNote& note : segment.redacted) {
    AMEIDE_ASSIGN_OR_RETURN(const Ed25519PublicKey redactor, keys(note.key));
    const EventId event{segment.stream, note.seq};
    const std::string message =
        RedactionMessage(segment.workspace, event, note.payload, segment.events[note.seq - segment.first]);
    if (!redactor.Verify(message, note.signature)) {
      return absl::DataLossError(absl::StrCat("what it says is left of event ", FormatId(event),
                                              " was not signed by key ", note.key));
    }
  }
  return CheckCarried(segment);
}

absl::Status VerifySegment(const SignedSegment& segment, const Ed25519PublicKey& key) {
  return VerifySegment(segment, [&](std::string_view fingerprint) -> absl::StatusOr<Ed25519PublicKey> {
    if (key.Fingerprint() == fingerprint) return key;
    return absl::DataLossError(
        absl::StrCat("it names key ", std::string(fingerprint), ", not ", key.Fingerprint()));
  });
}

}  // namespace ameide::uaf
