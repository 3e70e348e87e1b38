#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace ameide {

/// Room for so many things of so many bytes that wait to be dealt with: what keeps a queue bounded. One thing
/// that is larger than the whole room may enter while nothing else is in it. Any thread.
class Room {
 public:
  Room(size_t most, uint64_t most_bytes) : most_(most), most_bytes_(most_bytes) {}

  /// Waits until there is room for a thing of that size and takes it. False, and nothing taken, after Close.
  bool Enter(uint64_t bytes);
  /// The same without waiting: false where there is no room.
  bool TryEnter(uint64_t bytes);
  /// Gives back what a thing took.
  void Leave(uint64_t bytes);
  /// Whoever waits goes away, and nobody enters any more.
  void Close();

  size_t most() const { return most_; }
  uint64_t most_bytes() const { return most_bytes_; }

 private:
  bool Fits(uint64_t bytes) const;
  void Take(uint64_t bytes);

  const size_t most_;
  const uint64_t most_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t in_ = 0;
  uint64_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace ameide
