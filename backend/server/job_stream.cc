#include "backend/server/job_stream.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/call.h"
#include "backend/server/errors.h"
#include "backend/server/job_limits.h"
#include "backend/server/messages.h"

namespace ameide::server {
namespace {

namespace pb = process::v1;

constexpr int kMostTypes = 100;
constexpr int kMostCredit = 10'000;
constexpr int kMostHeld = 10'000;
constexpr int kMostReportsAtOnce = 1'000;
/// No more is read while so many reports wait for the disk, or their answers for the caller.
constexpr size_t kMostReportsUnderWay = 4'000;
constexpr auto kLongestReport = std::chrono::seconds(60);

/// Keeps itself alive from Begin to OnDone; answers that come later find it finished.
class JobStreamCall final : public grpc::ServerBidiReactor<pb::StreamJobsRequest, pb::StreamJobsResponse>,
                            public std::enable_shared_from_this<JobStreamCall> {
 public:
  JobStreamCall(grpc::CallbackServerContext* context, runtime::Runtime* runtime)
      : context_(context), runtime_(runtime) {}

  void Begin() {
    self_ = shared_from_this();
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      // The caller has no more to say: what it reported is answered, then the stream ends.
      CloseStream();
      std::lock_guard lock(mutex_);
      half_closed_ = true;
      jobs_.clear();
      return FinishWhenDone();
    }
    if (absl::Status status = Receive(); !status.ok()) {
      std::lock_guard lock(mutex_);
      FinishWith(status);
      return;
    }
    std::lock_guard lock(mutex_);
    reading_ = false;
    ReadOn();
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    if (last_status_) return FinishWith(*last_status_);
    if (!ok) return FinishWith(absl::CancelledError("the caller left"));
    Write();
    ReadOn();
  }

  void OnCancel() override {
    std::lock_guard lock(mutex_);
    FinishWith(absl::CancelledError("the caller left"));
  }

  void OnDone() override {
    CloseStream();
    const std::shared_ptr<JobStreamCall> self = std::move(self_);
  }

 private:
  absl::Status Receive() {
    switch (request_.what_case()) {
      case pb::StreamJobsRequest::kOpen:
        return Open();
      case pb::StreamJobsRequest::kCredit:
        return AddCredit();
      case pb::StreamJobsRequest::kReports:
        return Report();
      case pb::StreamJobsRequest::kHeartbeat:
        return Extend();
      case pb::StreamJobsRequest::WHAT_NOT_SET:
        break;
    }
    return absl::InvalidArgumentError("an empty message in a stream of jobs");
  }

  absl::Status Open() {
    if (stream_) return absl::InvalidArgumentError("the stream is open already");
    Call call;
    const absl::Status admitted = Admit(*context_, request_.context(), &call);
    {
      std::lock_guard lock(mutex_);  // the call may be canceled meanwhile
      call_ = std::move(call);
    }
    if (!admitted.ok()) return admitted;
    const pb::JobStreamOpening& open = request_.open();
    if (open.worker().empty() || open.types().empty() || open.types_size() > kMostTypes) {
      return absl::InvalidArgumentError(
          absl::StrCat("say which types of jobs (1 to ", kMostTypes, "), and the worker's name"));
    }
    runtime::JobStreamOptions options;
    options.tenant = call_.tenant;
    options.types.assign(open.types().begin(), open.types().end());
    options.worker = open.worker();
    options.lease = open.has_lease() ? ToMilliseconds(open.lease(), kLongestLease) : kUsualLease;
    options.credit = static_cast<size_t>(std::clamp(open.credit(), 1, kMostCredit));
    credit_ = static_cast<int64_t>(options.credit);
    if (open.held().jobs_size() > kMostHeld)
      return absl::InvalidArgumentError(absl::StrCat("a worker holds at most ", kMostHeld, " jobs"));
    if (open.has_held()) options.held.emplace();
    for (const pb::JobHeld& held : open.held().jobs())
      options.held->push_back({held.job(), held.lease_token()});
    // The stream is closed, and thus silent, before this object goes.
    options.jobs = [this](std::vector<runtime::LeasedJob> jobs) { Give(jobs); };
    options.withdrawn = [this](const std::vector<std::string>& ids) { return Withdraw(ids); };
    options.ending = [this] {
      std::lock_guard lock(mutex_);
      next_.set_ending(true);
      Write();
    };
    // The first jobs may come before this returns.
    stream_ = runtime_->OpenJobStream(std::move(options));
    return absl::OkStatus();
  }

  absl::Status NotOpen() const {
    return absl::InvalidArgumentError("the first message of a stream of jobs must open it");
  }

  absl::Status AddCredit() {
    if (!stream_) return NotOpen();
    const int more = request_.credit();
    {
      std::lock_guard lock(mutex_);
      if (more < 1 || credit_ + more > kMostCredit) {
        return absl::InvalidArgumentError(
            absl::StrCat("credit must be at least 1, and at most ", kMostCredit, " in all"));
      }
      credit_ += more;
    }
    stream_->AddCredit(static_cast<size_t>(more));
    return absl::OkStatus();
  }

  absl::Status Extend() {
    if (!stream_) return NotOpen();
    const WallTime until = stream_->Extend();
    std::lock_guard lock(mutex_);
    *next_.mutable_leased_until() = ToTimestamp(until);
    Write();
    return absl::OkStatus();
  }

  /// Jobs that were not reported go to others. Without the lock: waits for callbacks, which take it.
  void CloseStream() { stream_.reset(); }

  void Give(const std::vector<runtime::LeasedJob>& jobs) {
    std::lock_guard lock(mutex_);
    if (half_closed_) return;
    credit_ -= static_cast<int64_t>(jobs.size());
    for (const runtime::LeasedJob& job : jobs) jobs_.push_back(ToMessage(job));
    Write();
  }

  /// Jobs that have not left yet do not leave.
  size_t Withdraw(const std::vector<std::string>& ids) {
    std::set<std::string_view> unwanted(ids.begin(), ids.end());
    std::lock_guard lock(mutex_);
    const size_t unsent =
        std::erase_if(jobs_, [&](const pb::Job& job) { return unwanted.erase(job.id()) > 0; });
    credit_ += static_cast<int64_t>(unsent);
    for (const std::string_view id : unwanted) next_.add_withdrawn(std::string(id));
    Write();
    return unsent;
  }

  absl::Status Report() {
    if (!stream_) return NotOpen();
    pb::JobReports& reports = *request_.mutable_reports();
    if (reports.reports_size() > kMostReportsAtOnce) {
      return absl::InvalidArgumentError(
          absl::StrCat("at most ", kMostReportsAtOnce, " reports come in one message"));
    }
    {
      std::lock_guard lock(mutex_);
      under_way_ += static_cast<size_t>(reports.reports_size());
    }
    for (pb::JobReport& report : *reports.mutable_reports()) {
      const std::string job = report.job(), lease = report.lease_token();
      const auto answer = [self = shared_from_this(), job, lease](const absl::Status& status) {
        self->Answer(job, lease, status);
      };
      auto outcome = OutcomeOf(report);
      if (!outcome.ok()) {
        answer(outcome.status());
        continue;
      }
      runtime_->ReportJob(
          {call_.tenant, job, lease, *std::move(outcome), std::chrono::system_clock::now() + kLongestReport},
          answer);
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<decltype(runtime::JobReport::what)> OutcomeOf(pb::JobReport& report) {
    decltype(runtime::JobReport::what) what;
    switch (report.outcome_case()) {
      case pb::JobReport::kVariablesJson:
        if (absl::Status checked = CheckVariables(report.variables_json()); !checked.ok()) return checked;
        what = runtime::JobReport::Done{std::move(*report.mutable_variables_json())};
        return what;
      case pb::JobReport::kFailure:
        what = ToFailed(report.failure());
        return what;
      case pb::JobReport::kError:
        what = runtime::JobReport::Error{report.error().code(), report.error().message()};
        return what;
      case pb::JobReport::OUTCOME_NOT_SET:
        break;
    }
    return absl::InvalidArgumentError("the report says not what became of the job");
  }

  void Answer(const std::string& job, const std::string& lease, const absl::Status& status) {
    std::lock_guard lock(mutex_);
    pb::JobReportResult* result = next_.add_results();
    result->set_job(job);
    result->set_lease_token(lease);
    if (!status.ok()) {
      const grpc::Status outside = ToGrpc(status, call_.trace_id);
      result->set_code(outside.error_code());
      result->set_reason(ReasonOf(status));
      result->set_message(outside.error_message());
    }
    --under_way_;
    Write();
    ReadOn();
  }

  // Below: with the lock.

  void ReadOn() {
    if (reading_ || half_closed_ || last_status_) return;
    if (under_way_ + static_cast<size_t>(next_.results_size()) > kMostReportsUnderWay) return;
    reading_ = true;
    StartRead(&request_);
  }

  void Write() {
    if (writing_ || last_status_) return;
    // A job that was withdrawn, and comes again, comes in a message of its own.
    size_t bytes = next_.ByteSizeLong();
    for (; !jobs_.empty() && next_.withdrawn().empty(); jobs_.pop_front()) {
      const size_t more = jobs_.front().ByteSizeLong();
      if (bytes > 0 && bytes + more > kFullMessage) break;
      bytes += more;
      *next_.add_jobs() = std::move(jobs_.front());
    }
    if (bytes == 0) return FinishWhenDone();
    sent_.Clear();
    sent_.Swap(&next_);
    writing_ = true;
    StartWrite(&sent_);
  }

  void FinishWhenDone() {
    if (half_closed_ && under_way_ == 0 && !writing_ && next_.ByteSizeLong() == 0)
      FinishWith(absl::OkStatus());
  }

  /// The end comes behind a write that is under way.
  void FinishWith(const absl::Status& status) {
    if (!last_status_) last_status_ = status;
    if (writing_ || std::exchange(finished_, true)) return;
    Finish(ToGrpc(*last_status_, call_.trace_id));
  }

  grpc::CallbackServerContext* const context_;
  runtime::Runtime* const runtime_;
  std::shared_ptr<JobStreamCall> self_;
  Call call_;
  // Of OnReadDone, which comes once at a time, and of OnDone after it.
  pb::StreamJobsRequest request_;
  std::unique_ptr<runtime::JobStream> stream_;

  std::mutex mutex_;
  int64_t credit_ = 0;
  size_t under_way_ = 0;  ///< reports without an answer
  std::deque<pb::Job> jobs_;
  pb::StreamJobsResponse next_, sent_;
  bool reading_ = true;
  bool writing_ = false;
  bool half_closed_ = false;
  std::optional<absl::Status> last_status_;
  bool finished_ = false;
};

}  // namespace

grpc::ServerBidiReactor<pb::StreamJobsRequest, pb::StreamJobsResponse>* BeginJobStream(
    grpc::CallbackServerContext* context, runtime::Runtime* runtime) {
  const auto call = std::make_shared<JobStreamCall>(context, runtime);
  call->Begin();
  return call.get();
}

}  // namespace ameide::server
