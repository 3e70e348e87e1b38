#include "backend/telemetry/endpoint.h"

#include <prometheus/exposer.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ameide::telemetry {
namespace {

class PrometheusEndpoint final : public MetricsEndpoint {
 public:
  PrometheusEndpoint(std::unique_ptr<prometheus::Exposer> exposer,
                     std::shared_ptr<prometheus::Collectable> metrics)
      : metrics_(std::move(metrics)), exposer_(std::move(exposer)) {
    exposer_->RegisterCollectable(metrics_);
  }
  int port() const override { return exposer_->GetListeningPorts().at(0); }

 private:
  const std::shared_ptr<prometheus::Collectable> metrics_;
  const std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Open(Metrics& metrics, int port) {
  const std::vector<std::string> options = {
      "listening_ports",    absl::StrCat("127.0.0.1:", port),
      "num_threads",        "2",
      "connection_queue",   "4",
      "max_request_size",   "8192",
      "request_timeout_ms", "5000",
      "enable_keep_alive",  "no",
  };
  try {
    return std::make_unique<PrometheusEndpoint>(std::make_unique<prometheus::Exposer>(options),
                                                metrics.collectable());
  } catch (const std::exception&) {
    return absl::FailedPreconditionError(absl::StrCat(
        "cannot listen on 127.0.0.1:", port, " for metrics; choose another port, or 0 for any free one"));
  }
}

}  // namespace ameide::telemetry
