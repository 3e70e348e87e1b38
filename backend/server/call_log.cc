#include "backend/server/call_log.h"

#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "backend/server/auth.h"
#include "backend/server/call.h"
#include "backend/server/rate_limit.h"
#include "backend/telemetry/metrics.h"
#include "backend/telemetry/span.h"
#include "base/clock.h"
#include "base/log.h"

namespace ameide::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using std::chrono::steady_clock;

bool IsOurFault(grpc::StatusCode code) {
  return code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNKNOWN ||
         code == grpc::StatusCode::DATA_LOSS;
}

constexpr size_t kLongestName = 200;

struct CallListeners {
  OpenCalls* open;
  RateLimit* rates;
  telemetry::Metrics* metrics;
  telemetry::SpanSink* spans;
};

/// Whom a call is for: a domain by its package, else the platform's own service.
struct Controller {
  std::string_view type, name;
};
Controller ControllerOf(std::string_view method) {
  const size_t slash = method.rfind('/');
  const std::string_view service = method.substr(1, slash == 0 ? std::string_view::npos : slash - 1);
  const size_t dot = service.rfind('.');
  const std::string_view package = dot == std::string_view::npos ? "" : service.substr(0, dot);
  const bool ours = absl::StartsWith(absl::string_view(package.data(), package.size()), "ameide.") ||
                    absl::StartsWith(absl::string_view(package.data(), package.size()), "grpc.");
  if (!ours && !package.empty()) return {"domain", package};
  return {"platform", dot == std::string_view::npos ? service : service.substr(dot + 1)};
}

class CallLog final : public grpc::experimental::Interceptor {
 public:
  CallLog(grpc::experimental::ServerRpcInfo* call, const CallListeners& listeners)
      : method_(call->method()), listeners_(listeners), open_(listeners.open) {
    open_->Begin();
  }
  ~CallLog() override { open_->End(); }

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      traceparent_ = EnsureTrace(methods->GetRecvInitialMetadata());
      MarkOverRate(methods->GetRecvInitialMetadata());
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      Tell(methods->GetSendStatus().error_code());
      if (auto* trailers = methods->GetSendTrailingMetadata())
        trailers->emplace(kTraceMetadata, TraceIdIn(traceparent_));
    }
    methods->Proceed();
  }

 private:
  /// The caller's `traceparent`, or a new one that is put where the handler looks for the caller's.
  std::string EnsureTrace(std::multimap<grpc::string_ref, grpc::string_ref>* metadata) {
    if (metadata == nullptr) return "";
    const auto given = metadata->find(kTraceparentMetadata);
    if (given != metadata->end()) {
      const std::string_view text(given->second.data(), given->second.size());
      if (!TraceIdIn(text).empty()) {
        has_parent_ = true;
        return std::string(text);
      }
      metadata->erase(kTraceparentMetadata);
    }
    new_traceparent_ = NewTraceparent();
    metadata->emplace(kTraceparentMetadata, new_traceparent_);
    return new_traceparent_;
  }

  void MarkOverRate(std::multimap<grpc::string_ref, grpc::string_ref>* metadata) {
    if (metadata == nullptr) return;
    const auto over = listeners_.rates->Take(kLocalTenant, begin_);
    if (!over) return;
    over_rate_ = absl::StrCat(*over);
    metadata->erase(kOverRateMetadata);
    metadata->emplace(kOverRateMetadata, over_rate_);
  }

  void Tell(grpc::StatusCode code) const {
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin_);
    const std::string id = TraceIdIn(traceparent_);
    const Controller controller = ControllerOf(method_);
    const std::string code_text = absl::StrCat(static_cast<int>(code));
    const std::string duration_text = absl::StrCat(duration.count());
    const auto write = IsOurFault(code) ? &LogError : &LogInfo;
    write("call", {{"trace_id", id},
                   {"tenant_id", kLocalTenant},
                   {"controller_type", controller.type},
                   {"controller_name", controller.name},
                   {"method", method_},
                   {"code", code_text},
                   {"us", duration_text}});
    listeners_.metrics->CountCall(method_, code, duration);
    if (listeners_.spans == nullptr) return;
    telemetry::Span span;
    span.trace_id = id;
    span.span_id = SpanIdIn(has_parent_ ? NewTraceparent() : traceparent_);
    if (has_parent_) span.parent_id = SpanIdIn(traceparent_);
    span.name = method_.substr(0, kLongestName);
    span.kind = telemetry::Span::Kind::kServer;
    span.end = SystemClock().Now();
    span.start = span.end - duration;
    span.failed = IsOurFault(code);
    span.attributes = {{"tenant_id", kLocalTenant},
                       {"controller_type", std::string(controller.type)},
                       {"controller_name", std::string(controller.name)},
                       {"rpc.system", "grpc"},
                       {"rpc.grpc.status_code", code_text}};
    std::vector<telemetry::Span> spans;
    spans.push_back(std::move(span));
    listeners_.spans->Add(std::move(spans));
  }

  const std::string method_;
  const CallListeners listeners_;
  OpenCalls* const open_;
  std::string new_traceparent_;  ///< metadata points to it
  std::string over_rate_;        ///< as well
  std::string traceparent_;
  bool has_parent_ = false;
  const steady_clock::time_point begin_ = steady_clock::now();
};

class CallLogFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallLogFactory(const CallListeners& listeners) : listeners_(listeners) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override {
    return new CallLog(call, listeners_);
  }

 private:
  const CallListeners listeners_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallLog(
    OpenCalls* open, RateLimit* rates, telemetry::Metrics* metrics, telemetry::SpanSink* spans) {
  return std::make_unique<CallLogFactory>(CallListeners{open, rates, metrics, spans});
}

void OpenCalls::Begin() {
  std::lock_guard lock(mutex_);
  ++count_;
}

void OpenCalls::End() {
  std::lock_guard lock(mutex_);
  if (--count_ == 0) none_.notify_all();
}

void OpenCalls::WaitUntilNone(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  none_.wait_for(lock, timeout, [this] { return count_ == 0; });
}

}  // namespace ameide::server
