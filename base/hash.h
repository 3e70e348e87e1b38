#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace ameide {

/// A SHA-256 value (FIPS 180-4).
struct Hash256 {
  std::array<uint8_t, 32> bytes{};

  /// 64 lower-case hexadecimal digits.
  std::string Hex() const;
  /// The 32 bytes as a view, for hashing and encoding.
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  /// From exactly 64 hexadecimal digits; INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Hash256> FromHex(std::string_view hex);
  /// From exactly 32 bytes; INVALID_ARGUMENT otherwise.
  static absl::StatusOr<Hash256> FromBytes(std::string_view bytes);

  auto operator<=>(const Hash256&) const = default;

  template <typename H>
  friend H AbslHashValue(H state, const Hash256& hash) {
    return H::combine(std::move(state), hash.bytes);
  }
};

/// SHA-256 of `data`.
Hash256 Sha256(std::string_view data);

/// HMAC-SHA-256 (RFC 2104) with a key of any length.
Hash256 HmacSha256(std::string_view key, std::string_view data);

/// SHA-256 of data that comes in pieces.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;

  void Update(std::string_view data);
  /// The hash of all data so far; the hasher must not be used afterwards.
  Hash256 Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Lower-case hexadecimal digits of `bytes`, and back (INVALID_ARGUMENT on anything else).
std::string HexEncode(std::string_view bytes);
absl::StatusOr<std::string> HexDecode(std::string_view hex);

}  // namespace ameide

/// For std containers.
template <>
struct std::hash<ameide::Hash256> {
  size_t operator()(const ameide::Hash256& hash) const noexcept {
    size_t value;
    static_assert(sizeof value <= 32);
    __builtin_memcpy(&value, hash.bytes.data(), sizeof value);
    return value;
  }
};
