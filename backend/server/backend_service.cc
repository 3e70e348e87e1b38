#include "backend/server/backend_service.h"

#include <unistd.h>

#include <utility>

#include "ameide/backend/v1/backend.grpc.pb.h"
#include "backend/domains/host.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/call.h"
#include "backend/server/messages.h"
#include "backend/telemetry/metrics.h"
#include "base/status.h"

namespace ameide::server {
namespace {

namespace pb = backend::v1;

class BackendService final : public pb::BackendService::CallbackService {
 public:
  BackendService(const runtime::Runtime* runtime, const domains::DomainHost* domains,
                 telemetry::Metrics* metrics, BackendFacts facts, std::function<void()> on_shutdown_asked)
      : runtime_(runtime),
        domains_(domains),
        metrics_(metrics),
        facts_(std::move(facts)),
        on_shutdown_asked_(std::move(on_shutdown_asked)) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const pb::GetStatusRequest* request,
                                      pb::GetStatusResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(const runtime::Totals totals, runtime_->CountTotals(call.tenant));
      response->set_version(facts_.version);
      response->set_process_id(::getpid());
      response->set_launch_id(facts_.launch_id);
      *response->mutable_started_at() = ToTimestamp(facts_.started_at);
      response->set_data_folder(facts_.data_folder);
      response->set_key_fingerprint(facts_.key_fingerprint);
      response->set_processes(totals.processes);
      response->set_active_instances(totals.active_instances);
      response->set_open_tasks(totals.open_tasks);
      response->set_incidents(totals.incidents);
      response->set_metrics_port(facts_.metrics_port);
      response->set_span_file(facts_.span_file);
      for (const domains::DomainDescription& domain : domains_->Domains())
        response->add_domains(domain.package);
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* GetMetrics(grpc::CallbackServerContext* context,
                                       const pb::GetMetricsRequest* request,
                                       pb::GetMetricsResponse* response) override {
    return Answer(context, request, [&](const Call&) {
      response->set_text(metrics_->Text());
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* Shutdown(grpc::CallbackServerContext* context, const pb::ShutdownRequest* request,
                                     pb::ShutdownResponse*) override {
    return Answer(context, request, [&](const Call&) {
      on_shutdown_asked_();
      return absl::OkStatus();
    });
  }

 private:
  const runtime::Runtime* const runtime_;
  const domains::DomainHost* const domains_;
  telemetry::Metrics* const metrics_;
  const BackendFacts facts_;
  const std::function<void()> on_shutdown_asked_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeBackendService(const runtime::Runtime* runtime,
                                                  const domains::DomainHost* domains,
                                                  telemetry::Metrics* metrics, BackendFacts facts,
                                                  std::function<void()> on_shutdown_asked) {
  return std::make_unique<BackendService>(runtime, domains, metrics, std::move(facts),
                                          std::move(on_shutdown_asked));
}

}  // namespace ameide::server
