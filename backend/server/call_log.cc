#include "backend/server/call_log.h"

#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <string>

#include "absl/strings/str_cat.h"
#include "backend/server/call.h"
#include "base/log.h"

namespace ameide::server {
namespace {

using grpc::experimental::InterceptionHookPoints;
using std::chrono::steady_clock;

bool IsOurFault(grpc::StatusCode code) {
  return code == grpc::StatusCode::INTERNAL || code == grpc::StatusCode::UNKNOWN ||
         code == grpc::StatusCode::DATA_LOSS;
}

class CallLog final : public grpc::experimental::Interceptor {
 public:
  CallLog(grpc::experimental::ServerRpcInfo* call, OpenCalls* open) : method_(call->method()), open_(open) {
    open_->Begin();
  }
  ~CallLog() override { open_->End(); }

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      trace_id_ = EnsureTraceId(methods->GetRecvInitialMetadata());
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      Write(methods->GetSendStatus().error_code());
      if (auto* trailers = methods->GetSendTrailingMetadata()) trailers->emplace(kTraceMetadata, trace_id_);
    }
    methods->Proceed();
  }

 private:
  /// The caller's trace id, or a new one that is put where the handler looks for the caller's.
  std::string EnsureTraceId(std::multimap<grpc::string_ref, grpc::string_ref>* metadata) {
    if (metadata == nullptr) return "";
    const auto given = metadata->find(kTraceparentMetadata);
    if (given != metadata->end()) {
      std::string id = TraceIdIn({given->second.data(), given->second.size()});
      if (!id.empty()) return id;
      metadata->erase(kTraceparentMetadata);
    }
    traceparent_ = NewTraceparent();
    metadata->emplace(kTraceparentMetadata, traceparent_);
    return TraceIdIn(traceparent_);
  }

  void Write(grpc::StatusCode code) const {
    const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin_);
    const std::string_view id = trace_id_;
    const std::string code_text = absl::StrCat(static_cast<int>(code));
    const std::string duration_text = absl::StrCat(duration.count());
    if (IsOurFault(code))
      LogError("call", {{"method", method_}, {"code", code_text}, {"us", duration_text}, {"trace", id}});
    else
      LogInfo("call", {{"method", method_}, {"code", code_text}, {"us", duration_text}, {"trace", id}});
  }

  const std::string method_;
  OpenCalls* const open_;
  std::string traceparent_;
  std::string trace_id_;
  const steady_clock::time_point begin_ = steady_clock::now();
};

class CallLogFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit CallLogFactory(OpenCalls* open) : open_(open) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(grpc::experimental::ServerRpcInfo* call) override {
    return new CallLog(call, open_);
  }

 private:
  OpenCalls* const open_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallLog(OpenCalls* open) {
  return std::make_unique<CallLogFactory>(open);
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
