#include "base/hash.h"

#include <sodium.h>

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
  Hash256 hash;
  crypto_hash_sha256(hash.bytes.data(), reinterpret_cast<const unsigned char*>(data.data()), data.size());
  return hash;
}

Hash256 HmacSha256(std::string_view key, std::string_view data) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(data.data()), data.size());
  Hash256 hash;
  crypto_auth_hmacsha256_final(&state, hash.bytes.data());
  return hash;
}

struct Sha256Hasher::State {
  crypto_hash_sha256_state sodium;
};

Sha256Hasher::Sha256Hasher() : state_(std::make_unique<State>()) { crypto_hash_sha256_init(&state_->sodium); }
Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::Update(std::string_view data) {
  crypto_hash_sha256_update(&state_->sodium, reinterpret_cast<const unsigned char*>(data.data()),
                            data.size());
}

Hash256 Sha256Hasher::Finish() {
  Hash256 hash;
  crypto_hash_sha256_final(&state_->sodium, hash.bytes.data());
  return hash;
}

}  // namespace ameide
