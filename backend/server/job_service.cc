#include "backend/server/job_service.h"

#include <algorithm>
#include <utility>

#include "ameide/process/v1/job.grpc.pb.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/call.h"
#include "backend/server/job_limits.h"
#include "backend/server/job_stream.h"
#include "backend/server/messages.h"
#include "base/status.h"

namespace ameide::server {
namespace {

namespace pb = process::v1;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using std::chrono::milliseconds;

constexpr int kMostJobs = 100;
/// Below kLongestCall, so that the answer comes in time.
constexpr milliseconds kLongestWait = std::chrono::seconds(50);

class JobService final : public pb::JobService::CallbackService {
 public:
  explicit JobService(runtime::Runtime* runtime) : runtime_(runtime) {}

  grpc::ServerBidiReactor<pb::StreamJobsRequest, pb::StreamJobsResponse>* StreamJobs(
      CallbackServerContext* context) override {
    return BeginJobStream(context, runtime_);
  }

  ServerUnaryReactor* TakeJobs(CallbackServerContext* context, const pb::TakeJobsRequest* request,
                               pb::TakeJobsResponse* response) override {
    return AnswerLater(context, request, [&](const Call& call, const Done& done) {
      if (request->type().empty() || request->worker().empty()) {
        return done(absl::InvalidArgumentError("say which type of jobs, and the worker's name"));
      }
      runtime::JobsWanted wanted;
      wanted.tenant = call.tenant;
      wanted.type = request->type();
      wanted.worker = request->worker();
      wanted.most = static_cast<size_t>(std::clamp(request->most(), 1, kMostJobs));
      wanted.lease = request->has_lease() ? ToMilliseconds(request->lease(), kLongestLease) : kUsualLease;
      wanted.wait = ToMilliseconds(request->wait(), kLongestWait);
      runtime_->TakeJobs(wanted, [this, context, wanted, response,
                                  done](const absl::StatusOr<std::vector<runtime::LeasedJob>>& jobs) {
        if (!jobs.ok()) return done(jobs.status());
        bool full = context->IsCancelled();
        size_t bytes = 0;
        // Nobody hears of these: the next call, or another worker, may have them at once.
        std::vector<runtime::HeldJob> untold;
        for (const runtime::LeasedJob& job : *jobs) {
          pb::Job message = ToMessage(job);
          bytes += message.ByteSizeLong();
          full = full || (response->jobs_size() > 0 && bytes > kFullMessage);
          if (full)
            untold.push_back({job.id, job.lease_token});
          else
            *response->add_jobs() = std::move(message);
        }
        if (!untold.empty()) runtime_->ReturnJobs(wanted.tenant, untold);
        done(absl::OkStatus());
      });
    });
  }

  ServerUnaryReactor* ExtendJob(CallbackServerContext* context, const pb::ExtendJobRequest* request,
                                pb::ExtendJobResponse* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      const milliseconds lease =
          request->has_lease() ? ToMilliseconds(request->lease(), kLongestLease) : kUsualLease;
      AMEIDE_ASSIGN_OR_RETURN(const WallTime until,
                              runtime_->ExtendJob(call.tenant, request->job(), request->worker(), lease));
      *response->mutable_leased_until() = ToTimestamp(until);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* CompleteJob(CallbackServerContext* context, const pb::CompleteJobRequest* request,
                                  pb::CompleteJobResponse*) override {
    return Report(context, *request, runtime::JobReport::Done{request->variables_json()});
  }

  ServerUnaryReactor* FailJob(CallbackServerContext* context, const pb::FailJobRequest* request,
                              pb::FailJobResponse*) override {
    return Report(context, *request, ToFailed(*request));
  }

  ServerUnaryReactor* ThrowJobError(CallbackServerContext* context, const pb::ThrowJobErrorRequest* request,
                                    pb::ThrowJobErrorResponse*) override {
    return Report(context, *request, runtime::JobReport::Error{request->code(), request->message()});
  }

 private:
  template <typename Request>
  ServerUnaryReactor* Report(CallbackServerContext* context, const Request& request,
                             decltype(runtime::JobReport::what) what) {
    return AnswerLater(context, &request, [&](const Call& call, const Done& done) {
      if constexpr (requires { request.variables_json(); }) {
        if (absl::Status checked = CheckVariables(request.variables_json()); !checked.ok())
          return done(checked);
      }
      runtime_->ReportJob({call.tenant, request.job(), request.lease_token(), std::move(what), call.deadline},
                          done);
    });
  }

  runtime::Runtime* const runtime_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeJobService(runtime::Runtime* runtime) {
  return std::make_unique<JobService>(runtime);
}

}  // namespace ameide::server
