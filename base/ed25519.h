#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/random.h"

namespace ameide {

/// Ed25519 signatures (RFC 8032).
using Ed25519Signature = std::array<uint8_t, 64>;

/// Who may be believed. Safe to show and to copy.
struct Ed25519PublicKey {
  std::array<uint8_t, 32> bytes{};

  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  /// The first 32 hexadecimal digits of the key's SHA-256: its name in files and logs.
  std::string Fingerprint() const;
  /// True when `signature` was made over `message` with the matching private key.
  bool Verify(std::string_view message, std::string_view signature) const;
  /// From exactly 32 bytes.
  static absl::StatusOr<Ed25519PublicKey> FromBytes(std::string_view bytes);

  auto operator<=>(const Ed25519PublicKey&) const = default;
};

/// A private key. Its memory is wiped on destruction; it is never logged and never leaves the profile's 0600
/// file.
class Ed25519PrivateKey {
 public:
  /// A new key from `random`.
  static Ed25519PrivateKey Generate(Random& random);
  /// From the 32-byte seed that `seed()` gave.
  static absl::StatusOr<Ed25519PrivateKey> FromSeed(std::string_view seed);

  ~Ed25519PrivateKey();
  Ed25519PrivateKey(const Ed25519PrivateKey&) = default;
  Ed25519PrivateKey& operator=(const Ed25519PrivateKey&) = default;

  const Ed25519PublicKey& public_key() const { return public_key_; }
  std::string seed() const;
  /// Deterministic: the same message gives the same signature.
  Ed25519Signature Sign(std::string_view message) const;

 private:
  Ed25519PrivateKey() = default;
  std::array<uint8_t, 64> secret_{};
  Ed25519PublicKey public_key_;
};

}  // namespace ameide
