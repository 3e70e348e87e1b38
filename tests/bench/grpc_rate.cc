#include "tests/bench/grpc_rate.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ameide/process/v1/job.grpc.pb.h"
#include "ameide/process/v1/process.grpc.pb.h"
#include "ameide/publish/v1/publish.pb.h"
#include "app/connection/connection.h"
#include "app/connection/publish.h"
#include "backend/server/server.h"
#include "base/clock.h"
#include "base/ed25519.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "base/status.h"
#include "tests/backend/bpmn_builder.h"

namespace ameide::bench {
namespace {

namespace pb = process::v1;
using Steady = std::chrono::steady_clock;

constexpr int kInstances = 60'000;
constexpr int kMostAtOnce = 250;  ///< starts in a call

absl::Status Publish(const connection::Connection& connection, SystemRandom& random) {
  BpmnBuilder model("bench");
  model.Start().Worker("task", "work").End().Chain({"start", "task", "end"});
  connection::PublishRequestOptions options;
  options.artifacts = {{"bench.bpmn", "", model.Xml(), ""}};
  options.publisher = "bench";
  options.tool = "bench";
  const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
  AMEIDE_ASSIGN_OR_RETURN(const publish::v1::Result result,
                          connection::Publish(connection, options, key, [](const auto&) {}));
  if (result.outcome() == publish::v1::OUTCOME_DEPLOYED) return absl::OkStatus();
  return absl::InternalError("the model was not deployed");
}

/// How many have ended, and whether it goes on.
class Progress {
 public:
  void Add(int ended) {
    std::lock_guard lock(mutex_);
    ended_ += ended;
    changed_.notify_all();
  }
  void Fail() {
    std::lock_guard lock(mutex_);
    failed_ = true;
    changed_.notify_all();
  }
  /// Waits until fewer than `most` of `started` have not ended: how many those are; -1 when it failed.
  int WaitBelow(int started, int most) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failed_ || started - ended_ < most; });
    return failed_ ? -1 : started - ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int ended_ = 0;
  bool failed_ = false;
};

/// Does every job at once, until the stream ends.
void Work(const connection::Connection& connection, grpc::ClientContext& context, int credit,
          Progress& progress) {
  const auto stub = pb::JobService::NewStub(connection.channel());
  const auto stream = stub->StreamJobs(&context);
  pb::StreamJobsRequest request;
  request.mutable_open()->add_types("work");
  request.mutable_open()->set_worker("bench");
  request.mutable_open()->set_credit(credit);
  stream->Write(request);
  pb::StreamJobsResponse response;
  while (stream->Read(&response)) {
    int ended = 0;
    for (const pb::JobReportResult& result : response.results()) ended += result.code() == 0 ? 1 : 0;
    if (ended > 0) progress.Add(ended);
    if (response.jobs().empty()) continue;
    pb::JobReports& reports = *request.mutable_reports();
    reports.Clear();
    for (const pb::Job& job : response.jobs()) {
      pb::JobReport* report = reports.add_reports();
      report->set_job(job.id());
      report->set_lease_token(job.lease_token());
      report->set_variables_json("{}");
    }
    stream->Write(request);
    pb::StreamJobsRequest more;
    more.set_credit(response.jobs_size());
    stream->Write(more);
  }
  stream->Finish();
  progress.Fail();
}

absl::Status StartAll(const connection::Connection& connection, int in_flight, Progress& progress) {
  const auto stub = pb::ProcessService::NewStub(connection.channel());
  for (int started = 0; started < kInstances;) {
    // Half of those in flight end while the next half starts.
    const int open = progress.WaitBelow(started, std::max(1, in_flight / 2 + 1));
    if (open < 0) return absl::InternalError("the stream of jobs has ended");
    pb::StartInstancesRequest request;
    const int count = std::min({kMostAtOnce, in_flight - open, kInstances - started});
    for (int i = 0; i < count; ++i) {
      request.add_starts()->set_process("bench");
      request.mutable_starts(i)->set_variables_json(R"({"amount":10})");
    }
    pb::StartInstancesResponse response;
    const grpc::Status status = stub->StartInstances(connection.NewContext().get(), request, &response);
    if (!status.ok()) return connection::FromGrpc(status);
    for (const pb::StartedInstance& it : response.instances()) {
      if (it.code() != 0) return absl::InternalError(it.message());
    }
    started += count;
  }
  return progress.WaitBelow(kInstances, 1) < 0 ? absl::InternalError("the stream of jobs has ended")
                                               : absl::OkStatus();
}

}  // namespace

absl::StatusOr<double> GrpcRate(const std::filesystem::path& folder, int in_flight) {
  const SystemClock clock;
  SystemRandom random;
  PosixFileSystem files;
  ProfilePaths profile;
  profile.data = folder / absl::StrCat("grpc-", in_flight);
  profile.runtime = profile.data / "run";
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders(profile.runtime));
  AMEIDE_ASSIGN_OR_RETURN(auto server, server::Server::Start({profile, &clock, &random, "bench", [] {}}));
  const auto connection = connection::ConnectTo(server->socket(), server->token());
  AMEIDE_RETURN_IF_ERROR(Publish(*connection, random));
  Progress progress;
  const auto context = connection->NewContext(connection::Connection::kNoTimeout);
  std::thread worker([&] { Work(*connection, *context, std::min(in_flight, 5'000), progress); });
  const auto begin = Steady::now();
  const absl::Status status = StartAll(*connection, in_flight, progress);
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  context->TryCancel();
  worker.join();
  if (!status.ok()) return status;
  return kInstances / seconds;
}

}  // namespace ameide::bench
