#include "backend/runtime/embedded/watch_hub.h"

#include <utility>

namespace ameide::runtime {

class WatchHub::Handle final : public Subscription {
 public:
  Handle(std::shared_ptr<Shared> shared, Watches::iterator at) : shared_(std::move(shared)), at_(at) {}
  // Callbacks run under the lock, so none is under way once it is taken.
  ~Handle() override {
    std::lock_guard lock(shared_->mutex);
    shared_->watches.erase(at_);
  }

 private:
  const std::shared_ptr<Shared> shared_;
  const Watches::iterator at_;
};

WatchHub::WatchHub() : shared_(std::make_shared<Shared>()) {}
WatchHub::~WatchHub() = default;

std::unique_ptr<Subscription> WatchHub::Watch(InstanceNumber instance, std::function<void()> changed) {
  std::lock_guard lock(shared_->mutex);
  const auto at = shared_->watches.emplace(instance, std::move(changed));
  return std::make_unique<Handle>(shared_, at);
}

void WatchHub::Notify(const std::vector<InstanceNumber>& instances) {
  std::lock_guard lock(shared_->mutex);
  if (shared_->watches.empty()) return;
  for (const InstanceNumber instance : instances) {
    const auto [begin, end] = shared_->watches.equal_range(instance);
    for (auto watch = begin; watch != end; ++watch) watch->second();
  }
}

}  // namespace ameide::runtime
