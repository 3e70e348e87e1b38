#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ameide {

/// Where randomness comes from. Injected, so that a test with a printed seed can be run again.
class Random {
 public:
  virtual ~Random() = default;
  /// `size` random bytes.
  virtual std::string Bytes(size_t size) = 0;
  /// Uniform in [0, bound); bound > 0.
  uint64_t Below(uint64_t bound);
};

/// The operating system's cryptographic generator. Thread-safe.
class SystemRandom final : public Random {
 public:
  std::string Bytes(size_t size) override;
};

/// Reproducible and not for secrets (SplitMix64). Not thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  std::string Bytes(size_t size) override;

 private:
  uint64_t Next();
  uint64_t state_;
};

}  // namespace ameide
