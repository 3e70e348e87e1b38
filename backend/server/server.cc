#include "backend/server/server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "backend/connectors/http_connector.h"
#include "backend/domains/grpc_service.h"
#include "backend/domains/host.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/auth.h"
#include "backend/server/backend_key.h"
#include "backend/server/backend_service.h"
#include "backend/server/call_log.h"
#include "backend/server/domain_jobs.h"
#include "backend/server/errors.h"
#include "backend/server/job_service.h"
#include "backend/server/process_service.h"
#include "backend/server/publish_service.h"
#include "backend/server/quota_file.h"
#include "backend/server/rate_limit.h"
#include "backend/server/simulation_service.h"
#include "backend/server/telemetry_file.h"
#include "backend/telemetry/endpoint.h"
#include "backend/telemetry/metrics.h"
#include "backend/telemetry/otlp_push.h"
#include "backend/telemetry/runtime_telemetry.h"
#include "backend/telemetry/span_file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/platform/file_system.h"
#include "base/platform/process.h"
#include "base/status.h"

namespace ameide::server {
namespace {

constexpr std::chrono::seconds kGrace{5};
constexpr std::chrono::milliseconds kHangUp{200};
constexpr int kLargestMessage = 32 << 20;
constexpr size_t kTokenBytes = 32;

/// Whoever can write into a folder can replace the socket or the data in it: that is this user alone. A
/// folder that is meant for all (/tmp) is left as it is and refused.
absl::Status MakePrivate(const std::filesystem::path& folder) {
  struct stat found {};
  if (::stat(folder.c_str(), &found) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("cannot look at ", folder.string()));
  }
  constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;
  if (found.st_uid == ::geteuid()) {
    if ((found.st_mode & kOthersMayWrite) == 0) return absl::OkStatus();
    const bool shared = (found.st_mode & S_ISVTX) != 0;
    if (!shared && ::chmod(folder.c_str(), found.st_mode & 07777 & ~kOthersMayWrite) == 0)
      return absl::OkStatus();
  }
  return absl::PermissionDeniedError(
      absl::StrCat("others may write into ", folder.string(), "; choose a folder that is yours alone"));
}

class EmbeddedServer final : public Server {
 public:
  explicit EmbeddedServer(ServerOptions options) : options_(std::move(options)) {}

  ~EmbeddedServer() override {
    // First the ways in, so that nobody finds a backend that is about to go.
    if (owns_runtime_files_) files_.Remove(token_file_).IgnoreError();
    endpoint_.reset();
    if (metrics_) metrics_->SetGauges(nullptr);
    if (processes_) processes_->EndWatches();
    if (runtime_) runtime_->EndTakes();
    if (grpc_) {
      open_calls_.WaitUntilNone(kGrace);
      if (runtime_) runtime_->KeepLeases();  // of workers that are cut off now
      // gRPC itself waits for idle clients to hang up, which takes those with nothing to poll five seconds.
      grpc_->Shutdown(std::chrono::system_clock::now() + kHangUp);
      grpc_->Wait();
    }
    if (owns_runtime_files_) files_.Remove(socket_).IgnoreError();
  }

  const std::string& token() const override { return token_; }
  const std::filesystem::path& socket() const override { return socket_; }

  absl::Status Reload() override {
    AMEIDE_ASSIGN_OR_RETURN(const runtime::Quotas quotas, ReadQuotas(QuotaFile()));
    rates_->SetQuotas(quotas);
    runtime_->SetQuotas(quotas);
    return absl::OkStatus();
  }

  absl::Status Start() {
    const WallTime started_at = options_.clock->Now();
    AMEIDE_RETURN_IF_ERROR(TakeFolders());
    const std::filesystem::path folder = options_.profile.data / "backend";
    AMEIDE_ASSIGN_OR_RETURN(Ed25519PrivateKey key, LoadOrMakeBackendKey(folder / "key", *options_.random));
    AMEIDE_ASSIGN_OR_RETURN(
        domains_, domains::DomainHost::Open(folder / "domains.db", options_.clock, options_.random));
    jobs_ = std::make_unique<DomainJobs>(domains_.get());
    runtime::RuntimeOptions runtime_options;
    runtime_options.database = folder / "runtime.db";
    runtime_options.clock = options_.clock;
    runtime_options.jobs = jobs_.get();
    connectors_ = connectors::MakeHttpConnector(folder);
    runtime_options.connectors = connectors_.get();
    runtime_options.has_workers = true;
    AMEIDE_ASSIGN_OR_RETURN(runtime_options.quotas, ReadQuotas(QuotaFile()));
    rates_ = std::make_unique<RateLimit>(runtime_options.quotas);
    AMEIDE_RETURN_IF_ERROR(PrepareTelemetry());
    runtime_options.observer = telemetry_.get();
    AMEIDE_ASSIGN_OR_RETURN(runtime_, runtime::Runtime::Open(runtime_options));
    metrics_->SetGauges([this] {
      telemetry::Gauges gauges;
      gauges.load = runtime_->Load();
      if (const auto totals = runtime_->CountTotals(kLocalTenant); totals.ok()) gauges.totals = *totals;
      return gauges;
    });
    if (options_.metrics_port) {
      AMEIDE_ASSIGN_OR_RETURN(endpoint_, telemetry::MetricsEndpoint::Open(*metrics_, *options_.metrics_port));
    }
    processes_ = ProcessServing::Make(runtime_.get());
    job_service_ = MakeJobService(runtime_.get());
    backend_ = MakeBackendService(runtime_.get(), domains_.get(), metrics_.get(),
                                  {options_.version, HexEncode(options_.random->Bytes(16)),
                                   options_.profile.data.string(), key.public_key().Fingerprint(), started_at,
                                   endpoint_ ? endpoint_->port() : 0, options_.span_file.string()},
                                  options_.on_shutdown_asked);
    publish_ = MakePublishService(
        {folder / "blobs", runtime_.get(), domains_.get(), std::move(key), options_.clock});
    simulation_ = MakeSimulationService(options_.clock, options_.random);
    domain_calls_ = domains::MakeDomainService(
        domains_.get(), {[](const grpc::CallbackServerContext& context) -> absl::StatusOr<std::string> {
                           AMEIDE_RETURN_IF_ERROR(CheckRate(context));
                           return std::string(kLocalTenant);
                         },
                         [](const absl::Status& status) { return ToGrpc(status); }});
    return Listen();
  }

 private:
  std::filesystem::path QuotaFile() const { return options_.profile.data / "backend" / "quotas.json"; }

  /// Becomes the one owner of the data, and removes what a predecessor that crashed left in the runtime
  /// folder.
  absl::Status TakeFolders() {
    const std::filesystem::path folder = options_.profile.data / "backend";
    for (const auto& wanted : {options_.profile.data, options_.profile.runtime, folder}) {
      AMEIDE_RETURN_IF_ERROR(files_.CreateFolders(wanted));
      AMEIDE_RETURN_IF_ERROR(MakePrivate(wanted));
    }
    auto lock =
        FileLock::TryLock(folder / "lock", absl::StrCat("ameided, process ", ::getpid(), " on ", HostName()));
    if (!lock.ok()) {
      if (!absl::IsFailedPrecondition(lock.status())) return lock.status();
      return absl::AlreadyExistsError(
          absl::StrCat("another backend owns ", folder.string(), ": ", lock.status().message()));
    }
    lock_ = *std::move(lock);
    token_file_ = options_.profile.runtime / "backend.token";
    AMEIDE_ASSIGN_OR_RETURN(socket_, SocketPath(options_.profile.runtime / "backend.sock"));
    owns_runtime_files_ = true;
    AMEIDE_RETURN_IF_ERROR(files_.Remove(token_file_));
    return files_.Remove(socket_);
  }

  /// Where spans go; nullptr: nowhere.
  telemetry::SpanSink* span_sink() const {
    if (tee_) return tee_.get();
    return push_ ? static_cast<telemetry::SpanSink*>(push_.get()) : spans_.get();
  }

  absl::Status PrepareTelemetry() {
    metrics_ = telemetry::Metrics::Make(options_.version);
    if (!options_.span_file.empty()) {
      telemetry::SpanFileOptions span_options;
      span_options.file = options_.span_file;
      span_options.version = options_.version;
      AMEIDE_ASSIGN_OR_RETURN(spans_, telemetry::SpanFile::Open(std::move(span_options), *metrics_));
    }
    AMEIDE_ASSIGN_OR_RETURN(std::optional<telemetry::OtlpPushOptions> push,
                            ReadTelemetry(options_.profile.data / "backend" / "telemetry.json"));
    if (push) {
      push->version = options_.version;
      AMEIDE_ASSIGN_OR_RETURN(push_, telemetry::OtlpPush::Start(*std::move(push), *metrics_, options_.clock));
    }
    if (spans_ && push_) tee_ = std::make_unique<telemetry::SpanTee>(*spans_, *push_);
    telemetry_ = std::make_unique<telemetry::RuntimeTelemetry>(*metrics_, span_sink());
    return absl::OkStatus();
  }

  absl::Status Listen() {
    token_ = HexEncode(options_.random->Bytes(kTokenBytes));
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.SetMaxReceiveMessageSize(kLargestMessage);
    builder.AddListeningPort(absl::StrCat("unix:", socket_.string()), LaunchTokenCredentials(token_));
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
    interceptors.push_back(MakeCallLog(&open_calls_, rates_.get(), metrics_.get(), span_sink()));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    builder.RegisterService(processes_->service());
    builder.RegisterService(job_service_.get());
    builder.RegisterService(publish_.get());
    builder.RegisterService(backend_.get());
    builder.RegisterService(simulation_.get());
    builder.RegisterCallbackGenericService(domain_calls_.get());
    grpc_ = builder.BuildAndStart();
    if (!grpc_) {
      return absl::FailedPreconditionError(
          absl::StrCat("cannot listen on ", socket_.string(), "; check the folder's permissions"));
    }
    AMEIDE_RETURN_IF_ERROR(files_.WriteAtomically(token_file_, token_ + "\n", 0600));
    const std::string socket = socket_.string();
    LogInfo("listening", {{"socket", socket}});
    if (endpoint_) LogInfo("metrics", {{"address", absl::StrCat("127.0.0.1:", endpoint_->port())}});
    return absl::OkStatus();
  }

  // Destroyed from the last to the first: services before what they serve, the lock at the very end.
  const ServerOptions options_;
  PosixFileSystem files_;
  std::unique_ptr<FileLock> lock_;
  bool owns_runtime_files_ = false;
  std::filesystem::path token_file_;
  std::filesystem::path socket_;
  std::string token_;
  OpenCalls open_calls_;
  std::unique_ptr<RateLimit> rates_;
  std::unique_ptr<telemetry::Metrics> metrics_;
  std::unique_ptr<telemetry::SpanFile> spans_;
  std::unique_ptr<telemetry::OtlpPush> push_;
  std::unique_ptr<telemetry::SpanTee> tee_;
  std::unique_ptr<telemetry::RuntimeTelemetry> telemetry_;
  std::unique_ptr<domains::DomainHost> domains_;
  std::unique_ptr<DomainJobs> jobs_;
  std::unique_ptr<runtime::ConnectorHandler> connectors_;
  std::unique_ptr<runtime::Runtime> runtime_;
  std::unique_ptr<telemetry::MetricsEndpoint> endpoint_;
  std::unique_ptr<ProcessServing> processes_;
  std::unique_ptr<grpc::Service> job_service_;
  std::unique_ptr<grpc::Service> backend_;
  std::unique_ptr<grpc::Service> publish_;
  std::unique_ptr<grpc::Service> simulation_;
  std::unique_ptr<grpc::CallbackGenericService> domain_calls_;
  std::unique_ptr<grpc::Server> grpc_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options) {
  auto server = std::make_unique<EmbeddedServer>(std::move(options));
  AMEIDE_RETURN_IF_ERROR(server->Start());
  return server;
}

}  // namespace ameide::server
