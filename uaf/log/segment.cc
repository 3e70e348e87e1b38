#include "uaf/log/segment.h"

#include <zstd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "uaf/log/chain.h"
#include "uaf/log/codec.h"

namespace ameide::uaf {
namespace {

constexpr std::string_view kMagic = "AMEIDE-SEGMENT\n";
constexpr uint64_t kFormat = 1;
constexpr size_t kSeedSize = 32;
constexpr size_t kSignatureSize = 64;
/// How the salts are given. 1 (explicit salts, after a redaction) is reserved.
constexpr uint8_t kSaltsFromSeed = 0;
constexpr uint8_t kStored = 0;
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

std::string Compress(const std::string& payload) {
  std::string packed(ZSTD_compressBound(payload.size()), '\0');
  const size_t size = ZSTD_compress(packed.data(), packed.size(), payload.data(), payload.size(), 9);
  if (ZSTD_isError(size) != 0) return {};
  packed.resize(size);
  return packed;
}

absl::StatusOr<std::string> Decompress(std::string_view packed, uint64_t size) {
  // A frame may claim any size: allocate only what its own header confirms and what is allowed.
  if (size > kLargestSegment || ZSTD_getFrameContentSize(packed.data(), packed.size()) != size) {
    return absl::DataLossError("its packed content has another size than stated");
  }
  std::string payload(size, '\0');
  const size_t got = ZSTD_decompress(payload.data(), payload.size(), packed.data(), packed.size());
  if (ZSTD_isError(got) != 0 || got != size) return absl::DataLossError("its packed content is damaged");
  return payload;
}

absl::Status DecodeEvents(std::string_view payload, uint64_t count, Segment& segment) {
  ByteReader reader(payload);
  for (uint64_t i = 0; i < count && reader.ok(); ++i) segment.events.emplace_back(reader.String());
  return reader.Finish();
}

}  // namespace

std::vector<Hash256> LinksOf(const Segment& segment) {
  std::vector<Hash256> links;
  links.reserve(segment.events.size());
  Hash256 link = segment.previous;
  uint64_t seq = segment.first;
  for (const std::string& event : segment.events) {
    link = NextLink(link, PayloadHash(SaltOf(segment.seed, seq++), event));
    links.push_back(link);
  }
  return links;
}

std::string EncodeSegment(Segment& segment, const Ed25519PrivateKey& key) {
  segment.head = LinksOf(segment).back();
  segment.key = key.public_key().Fingerprint();
  ByteWriter payload;
  for (const std::string& event : segment.events) payload.String(event);
  const std::string packed = Compress(payload.bytes());
  const bool pack = !packed.empty() && packed.size() < payload.bytes().size();

  ByteWriter out;
  out.Raw(kMagic);
  out.Varint(kFormat);
  out.String(segment.workspace);
  WriteName(out, segment.stream.name);
  out.Varint(segment.number);
  out.Varint(segment.first);
  out.Varint(segment.events.size());
  out.Raw(segment.previous.view());
  out.Byte(kSaltsFromSeed);
  out.Raw(segment.seed);
  out.Byte(pack ? kZstd : kStored);
  out.Varint(payload.bytes().size());
  out.String(pack ? packed : payload.bytes());
  out.Raw(segment.head.view());
  WriteName(out, segment.key);
  const Ed25519Signature signature = key.Sign(SignedMessage(segment));
  out.Raw({reinterpret_cast<const char*>(signature.data()), signature.size()});
  const Hash256 checksum = Sha256(out.bytes());
  out.Raw(checksum.view());
  return out.Take();
}

absl::StatusOr<SignedSegment> DecodeSegment(std::string_view bytes) {
  constexpr size_t kChecksumSize = 32;
  if (bytes.size() < kMagic.size() + kChecksumSize || !bytes.starts_with(kMagic)) {
    return absl::DataLossError("it is no log segment");
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kChecksumSize);
  if (Sha256(content).view() != bytes.substr(content.size())) {
    return absl::DataLossError("its checksum does not match: it was damaged or changed");
  }
  ByteReader reader(content);
  reader.Raw(kMagic.size());
  if (const uint64_t format = reader.Varint(); format != kFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("it has format ", format, ", newer than this program; install a newer Ameide"));
  }
  SignedSegment result;
  Segment& segment = result.segment;
  segment.workspace = reader.String();
  segment.stream.name = ReadName(reader);
  segment.number = reader.Varint();
  segment.first = reader.Varint();
  const uint64_t count = reader.Varint();
  if (auto previous = Hash256::FromBytes(reader.Raw(32)); previous.ok()) segment.previous = *previous;
  if (reader.Byte() != kSaltsFromSeed) reader.Fail();
  segment.seed = reader.Raw(kSeedSize);
  const uint8_t packing = reader.Byte();
  const uint64_t size = reader.Varint();
  const std::string_view packed = reader.String();
  if (auto head = Hash256::FromBytes(reader.Raw(32)); head.ok()) segment.head = *head;
  segment.key = ReadName(reader);
  result.signature = reader.Raw(kSignatureSize);
  AMEIDE_RETURN_IF_ERROR(reader.Finish());
  if (packing > kZstd || count == 0 || segment.number == 0 || segment.first == 0 ||
      (packing == kStored && size != packed.size())) {
    return absl::DataLossError("its header holds impossible values");
  }
  std::string payload(packing == kStored ? packed : std::string_view());
  if (packing == kZstd) {
    AMEIDE_ASSIGN_OR_RETURN(payload, Decompress(packed, size));
  }
  AMEIDE_RETURN_IF_ERROR(DecodeEvents(payload, count, segment));
  if (LinksOf(segment).back() != segment.head) {
    return absl::DataLossError("its events do not match its hash chain: they were changed");
  }
  return result;
}

absl::Status VerifySegment(const SignedSegment& segment, const Ed25519PublicKey& key) {
  if (key.Fingerprint() != segment.segment.key) {
    return absl::DataLossError(
        absl::StrCat("it names key ", segment.segment.key, ", not ", key.Fingerprint()));
  }
  if (!key.Verify(SignedMessage(segment.segment), segment.signature)) {
    return absl::DataLossError(
        absl::StrCat("its signature by key ", segment.segment.key, " is wrong: forged"));
  }
  return absl::OkStatus();
}

}  // namespace ameide::uaf
