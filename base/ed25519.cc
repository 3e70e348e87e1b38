#include "base/ed25519.h"

#include <sodium.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/hash.h"

namespace ameide {
namespace {

const unsigned char* Unsigned(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Ed25519PublicKey::Fingerprint() const { return Sha256(view()).Hex().substr(0, 32); }

bool Ed25519PublicKey::Verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != crypto_sign_BYTES) return false;
  return crypto_sign_verify_detached(Unsigned(signature), Unsigned(message), message.size(), bytes.data()) ==
         0;
}

absl::StatusOr<Ed25519PublicKey> Ed25519PublicKey::FromBytes(std::string_view bytes) {
  Ed25519PublicKey key;
  if (bytes.size() != key.bytes.size()) {
    return absl::InvalidArgumentError(absl::StrCat("an Ed25519 public key has 32 bytes, not ", bytes.size()));
  }
  std::memcpy(key.bytes.data(), bytes.data(), bytes.size());
  return key;
}

Ed25519PrivateKey Ed25519PrivateKey::Generate(Random& random) {
  return *FromSeed(random.Bytes(crypto_sign_SEEDBYTES));
}

absl::StatusOr<Ed25519PrivateKey> Ed25519PrivateKey::FromSeed(std::string_view seed) {
  if (seed.size() != crypto_sign_SEEDBYTES) {
    return absl::InvalidArgumentError(absl::StrCat("an Ed25519 seed has 32 bytes, not ", seed.size()));
  }
  Ed25519PrivateKey key;
  crypto_sign_seed_keypair(key.public_key_.bytes.data(), key.secret_.data(), Unsigned(seed));
  return key;
}

Ed25519PrivateKey::~Ed25519PrivateKey() { sodium_memzero(secret_.data(), secret_.size()); }

std::string Ed25519PrivateKey::seed() const {
  std::string seed(crypto_sign_SEEDBYTES, '\0');
  crypto_sign_ed25519_sk_to_seed(reinterpret_cast<unsigned char*>(seed.data()), secret_.data());
  return seed;
}

Ed25519Signature Ed25519PrivateKey::Sign(std::string_view message) const {
  Ed25519Signature signature;
  crypto_sign_detached(signature.data(), nullptr, Unsigned(message), message.size(), secret_.data());
  return signature;
}

}  // namespace ameide
