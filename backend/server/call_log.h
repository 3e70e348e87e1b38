#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace grpc::experimental {
class ServerInterceptorFactoryInterface;
}

namespace ameide::server {

/// Counts the calls that have begun and not ended. Thread-safe.
class OpenCalls {
 public:
  void Begin();
  void End();
  /// Waits until there is none, at most so long.
  void WaitUntilNone(std::chrono::milliseconds timeout);

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

/// Writes one log line for each call of every service when it ends: method, status, duration, trace id; never
/// a message or metadata value. Ends that are the server's own fault are errors, the others information.
/// `open` counts them and outlives the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallLog(OpenCalls* open);

}  // namespace ameide::server
