#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/runtime/embedded/ids.h"
#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// Who wants to know of changes of which instance. Thread-safe.
class WatchHub {
 public:
  WatchHub();
  ~WatchHub();

  /// The subscription may outlive the hub.
  std::unique_ptr<Subscription> Watch(InstanceNumber instance, std::function<void()> changed);
  /// Calls the subscribers of each, once.
  void Notify(const std::vector<InstanceNumber>& instances);

 private:
  class Handle;
  using Watches = std::multimap<InstanceNumber, std::function<void()>>;
  struct Shared {
    std::mutex mutex;
    Watches watches;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace ameide::runtime
