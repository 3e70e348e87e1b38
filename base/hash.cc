#include "base/hash.h"

// The functions of one algorithm, without the dispatch and the allocations of the newer interface, which cost
// more than hashing an event does (docs/adr/0011-hashes-by-libcrypto.md).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace ameide {

std::string HexEncode(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    hex.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    hex.push_back(kDigits[static_cast<uint8_t>(c) & 15]);
  }
  return hex;
}

absl::StatusOr<std::string> HexDecode(std::string_view hex) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (hex.size() % 2 != 0) return absl::InvalidArgumentError("an odd number of hexadecimal digits");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError(absl::StrCat("no hexadecimal digit at position ", i));
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string Hash256::Hex() const { return HexEncode(view()); }

absl::StatusOr<Hash256> Hash256::FromHex(std::string_view hex) {
  auto bytes = HexDecode(hex);
  if (!bytes.ok()) return bytes.status();
  return FromBytes(*bytes);
}

absl::StatusOr<Hash256> Hash256::FromBytes(std::string_view bytes) {
  Hash256 hash;
  if (bytes.size() != hash.bytes.size()) {
    return absl::InvalidArgumentError(absl::StrCat("a SHA-256 has 32 bytes, not ", bytes.size()));
  }
  std::memcpy(hash.bytes.data(), bytes.data(), bytes.size());
  return hash;
}

Hash256 Sha256(std::string_view data) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, data.data(), data.size());
  Hash256 hash;
  SHA256_Final(hash.bytes.data(), &context);
  return hash;
}

Hash256 HmacSha256(std::string_view key, std::string_view data) {
  constexpr size_t kBlock = 64;
  std::array<uint8_t, kBlock> padded{};
  const Hash256 short_key = key.size() > kBlock ? Sha256(key) : Hash256{};
  if (key.size() > kBlock) key = short_key.view();
  std::memcpy(padded.data(), key.data(), key.size());
  const auto begin = [&](SHA256_CTX& context, uint8_t pad) {
    std::array<uint8_t, kBlock> block = padded;
    for (uint8_t& byte : block) byte ^= pad;
    SHA256_Init(&context);
    SHA256_Update(&context, block.data(), block.size());
  };
  Hash256 hash;
  SHA256_CTX context;
  begin(context, 0x36);
  SHA256_Update(&context, data.data(), data.size());
  SHA256_Final(hash.bytes.data(), &context);
  begin(context, 0x5c);
  SHA256_Update(&context, hash.bytes.data(), hash.bytes.size());
  SHA256_Final(hash.bytes.data(), &context);
  return hash;
}

struct Sha256Hasher::State {
  SHA256_CTX context;
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) { SHA256_Init(&state_->context); }
Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::Update(std::string_view data) {
  SHA256_Update(&state_->context, data.data(), data.size());
}

Hash256 Sha256Hasher::Finish() {
  Hash256 hash;
  SHA256_Final(hash.bytes.data(), &state_->context);
  return hash;
}

}  // namespace ameide
