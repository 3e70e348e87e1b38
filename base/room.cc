#include "base/room.h"

namespace ameide {

bool Room::Fits(uint64_t bytes) const {
  if (in_ == 0) return true;
  return in_ < most_ && bytes_ <= most_bytes_ && bytes <= most_bytes_ - bytes_;
}

void Room::Take(uint64_t bytes) {
  ++in_;
  bytes_ += bytes;
}

bool Room::Enter(uint64_t bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ || Fits(bytes); });
  if (closed_) return false;
  Take(bytes);
  return true;
}

bool Room::TryEnter(uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  if (closed_ || !Fits(bytes)) return false;
  Take(bytes);
  return true;
}

void Room::Leave(uint64_t bytes) {
  {
    const std::scoped_lock lock(mutex_);
    --in_;
    bytes_ -= bytes;
  }
  changed_.notify_all();
}

void Room::Close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

}  // namespace ameide
