#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace grpc::experimental {
class ServerInterceptorFactoryInterface;
}

namespace ameide::telemetry {
class Metrics;
class SpanSink;
}  // namespace ameide::telemetry

namespace ameide::server {

class RateLimit;

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

/// Tells of each call of every service when it ends, with method, status, length and trace; never a message
/// or metadata value. Writes a log line (ends that are the server's own fault are errors, the others
/// information), counts it, and makes it a span where `spans` is not nullptr. `open` counts those that run;
/// those beyond what `rates` allows are marked for their handlers to refuse. All outlive the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallLog(
    OpenCalls* open, RateLimit* rates, telemetry::Metrics* metrics, telemetry::SpanSink* spans);

}  // namespace ameide::server
