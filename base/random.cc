#include "base/random.h"

#include <sodium.h>

#include <cstring>

namespace ameide {

uint64_t Random::Below(uint64_t bound) {
  // Rejection keeps it uniform: values under `skip` would make the small remainders likelier.
  const uint64_t skip = (0 - bound) % bound;
  while (true) {
    uint64_t value = 0;
    const std::string bytes = Bytes(sizeof value);
    std::memcpy(&value, bytes.data(), sizeof value);
    if (value >= skip) return value % bound;
  }
}

std::string SystemRandom::Bytes(size_t size) {
  if (sodium_init() < 0) std::abort();
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

uint64_t SeededRandom::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

std::string SeededRandom::Bytes(size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const uint64_t value = Next();
    bytes.append(reinterpret_cast<const char*>(&value), std::min(sizeof value, size - bytes.size()));
  }
  return bytes;
}

}  // namespace ameide
