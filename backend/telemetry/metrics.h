#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "backend/runtime/embedded/observer.h"
#include "backend/runtime/embedded/views.h"

namespace prometheus {
class Collectable;
}

namespace ameide::telemetry {

/// What is read when somebody asks, not counted when it happens.
struct Gauges {
  runtime::RuntimeLoad load;
  runtime::Totals totals;
};

/// Every number that a backend tells of itself. Names and labels are a contract (docs/guide/operations.md):
/// one that exists keeps its name and meaning. Labels are ids of processes and names of methods, at most
/// kMostLabels of each; further ones count as `other`, so that nobody can fill memory with names.
/// Thread-safe.
class Metrics {
 public:
  static constexpr size_t kMostLabels = 500;

  /// `version` of the program.
  static std::unique_ptr<Metrics> Make(const std::string& version);
  virtual ~Metrics() = default;

  virtual void CountCommit(const runtime::CommitReport& report) = 0;
  virtual void CountFailedCommit() = 0;
  /// A call that has ended: its method (`/package.Service/Method`), its status as gRPC's number.
  virtual void CountCall(std::string_view method, int code, std::chrono::microseconds took) = 0;
  virtual void CountSpans(int64_t written, int64_t dropped) = 0;

  /// Who is asked for gauges; nullptr: nobody. `read` is called by whoever asks for the text, on their
  /// thread, and is not called any more once this returned with another one.
  virtual void SetGauges(std::function<Gauges()> read) = 0;

  /// All of it in Prometheus's text form, version 0.0.4.
  virtual std::string Text() = 0;
  /// For an endpoint of Prometheus's library.
  virtual std::shared_ptr<prometheus::Collectable> collectable() = 0;
};

}  // namespace ameide::telemetry
