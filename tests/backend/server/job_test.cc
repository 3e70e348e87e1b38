#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <QtTest>
#include <future>
#include <set>
#include <thread>

#include "ameide/process/v1/job.grpc.pb.h"
#include "backend/server/server.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/server/backend_fixture.h"

using namespace ameide;
namespace pb = process::v1;

/// Workers outside the backend, over the real socket.
class JobTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    bed_ = std::make_unique<BackendFixture>();
    Start();
    BpmnBuilder model("p");
    model.Error("broke", "broke").Start().Worker("pay", "pay").User("after").End().User("sorry");
    model.Chain({"start", "pay", "after", "end"})
        .ErrorBoundary("declined", "pay", "broke")
        .Flow("declined", "sorry");
    model.Flow("sorry", "end");
    connection::PublishRequestOptions options;
    options.artifacts = {{"p.bpmn", "", model.Xml(), ""}};
    options.publisher = "Ada";
    options.tool = "test";
    const auto result = bed_->Publish(*connection_, options);
    for (const auto& finding : bed_->findings_) {
      if (finding.severity() == common::v1::SEVERITY_ERROR) qWarning("%s", finding.message().c_str());
    }
    QVERIFY(result.ok() && result->outcome() == publish::v1::OUTCOME_DEPLOYED);
  }
  void cleanup() {
    connection_.reset();
    server_.reset();
    bed_.reset();
  }

  void whenAWorkerWaits_thenItGetsTheNextJobAndItsResultGoesOn() {
    std::promise<pb::TakeJobsResponse> taken;
    std::thread worker([&] { taken.set_value(Take("w1", 300, 30)); });
    const std::string id = StartInstance(R"({"amount":5})");
    worker.join();
    const pb::TakeJobsResponse jobs = taken.get_future().get();
    QCOMPARE(jobs.jobs_size(), 1);
    const pb::Job& job = jobs.jobs(0);
    QCOMPARE(job.element() + " " + job.process() + " " + job.instance(), "pay p " + id);
    QCOMPARE(job.variables_json(), std::string(R"({"amount":5})"));
    QCOMPARE(job.attempt(), 1);
    QCOMPARE(job.retries(), 3);
    QCOMPARE(Take("w2", 300, 0).jobs_size(), 0);
    pb::ExtendJobRequest extend;
    extend.set_job(job.id());
    extend.set_worker("w1");
    pb::ExtendJobResponse extended;
    QVERIFY(Jobs()->ExtendJob(connection_->NewContext().get(), extend, &extended).ok());
    extend.set_worker("w2");
    QCOMPARE(Jobs()->ExtendJob(connection_->NewContext().get(), extend, &extended).error_code(),
             grpc::StatusCode::NOT_FOUND);
    QVERIFY(Complete(job, R"({"paid":true})").ok());
    QCOMPARE(Complete(job, "").error_code(), grpc::StatusCode::NOT_FOUND);
    QCOMPARE(At(id), std::string("after"));
  }

  void whenAnAttemptFails_thenTheNextHasTheSameKeyAndTheLastIsAnIncident() {
    const std::string id = StartInstance("");
    std::string key;
    for (int attempt = 1; attempt <= 3; ++attempt) {
      const pb::TakeJobsResponse jobs = Take("w", 300, 30);
      QCOMPARE(jobs.jobs_size(), 1);
      QCOMPARE(jobs.jobs(0).attempt(), attempt);
      if (attempt > 1) QCOMPARE(jobs.jobs(0).idempotency_key(), key);
      key = jobs.jobs(0).idempotency_key();
      pb::FailJobRequest fail;
      fail.set_job(jobs.jobs(0).id());
      fail.set_lease_token(jobs.jobs(0).lease_token());
      fail.set_message("no connection");
      fail.mutable_retry_in();
      pb::FailJobResponse response;
      QVERIFY(Jobs()->FailJob(connection_->NewContext().get(), fail, &response).ok());
    }
    pb::GetInstanceRequest get;
    get.set_instance(id);
    pb::Instance instance;
    QVERIFY(Processes()->GetInstance(connection_->NewContext().get(), get, &instance).ok());
    QCOMPARE(instance.incidents_size(), 1);
    QVERIFY(instance.incidents(0).message().find("no connection") != std::string::npos);
    pb::RetryIncidentRequest retry;
    retry.set_incident(instance.incidents(0).id());
    pb::RetryIncidentResponse retried;
    QVERIFY(Processes()->RetryIncident(connection_->NewContext().get(), retry, &retried).ok());
    QCOMPARE(Take("w", 300, 30).jobs(0).idempotency_key(), key);
  }

  void whenALeaseEndsAndAnotherWorkerHasTheJob_thenTheFirstIsRefused() {
    const std::string id = StartInstance("");
    const pb::Job old = Take("w1", 0, 30).jobs(0);
    const pb::Job job = Take("w2", 300, 30).jobs(0);
    QCOMPARE(job.id(), old.id());
    QVERIFY(job.lease_token() != old.lease_token());
    QCOMPARE(Complete(old, "").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    QVERIFY(Complete(job, "").ok());
    QCOMPARE(Complete(job, "").error_code(), grpc::StatusCode::NOT_FOUND);
    QCOMPARE(At(id), std::string("after"));
  }

  void whenTheBackendStartsAnew_thenJobsAreStillTheirWorkers() {
    const std::string id = StartInstance("");
    const pb::Job job = Take("w1", 300, 30).jobs(0);
    connection_.reset();
    server_.reset();
    Start();
    QCOMPARE(Take("w2", 300, 0).jobs_size(), 0);
    QVERIFY(Complete(job, "").ok());
    QCOMPARE(At(id), std::string("after"));
  }

  void whenJobsAreLarge_thenOneAnswerHoldsWhatAnyClientTakesAndTheNextTheRest() {
    const std::string large = "{\"text\":\"" + std::string(1'500'000, 'x') + "\"}";
    std::set<std::string> wanted, given;
    for (int i = 0; i < 3; ++i) wanted.insert(StartInstance(large));
    // One that was told nothing of larger messages.
    const auto channel =
        grpc::CreateChannel("unix:" + server_->socket().string(), grpc::InsecureChannelCredentials());
    const auto jobs = pb::JobService::NewStub(channel);
    for (int i = 0; i < 3 && given.size() < 3; ++i) {
      pb::TakeJobsRequest request;
      request.set_type("pay");
      request.set_worker("w");
      request.set_most(10);
      pb::TakeJobsResponse response;
      const grpc::Status status = jobs->TakeJobs(connection_->NewContext().get(), request, &response);
      QVERIFY2(status.ok(), status.error_message().c_str());
      for (const pb::Job& job : response.jobs()) given.insert(job.instance());
    }
    QVERIFY(given == wanted);
  }

  void whenALargeJobDoesNotFit_thenNoLaterOneIsGivenOutBeforeIt() {
    const std::string small = R"({"text":"x"})";
    const std::string large = "{\"text\":\"" + std::string(700'000, 'x') + "\"}";
    std::vector<std::string> wanted, given;
    for (const std::string& variables : {small, large, large, small, small})
      wanted.push_back(StartInstance(variables));
    for (int i = 0; i < 5 && given.size() < wanted.size(); ++i) {
      const pb::TakeJobsResponse taken = Take("w", 300, 30, 3);
      for (const pb::Job& job : taken.jobs()) given.push_back(job.instance());
    }
    QVERIFY(given == wanted);
  }

  void whenAWorkerThrowsAnError_thenTheModelCatchesIt() {
    const std::string id = StartInstance("");
    pb::ThrowJobErrorRequest error;
    const pb::Job job = Take("w", 300, 30).jobs(0);
    error.set_job(job.id());
    error.set_lease_token(job.lease_token());
    error.set_code("broke");
    pb::ThrowJobErrorResponse response;
    QVERIFY(Jobs()->ThrowJobError(connection_->NewContext().get(), error, &response).ok());
    QCOMPARE(At(id), std::string("sorry"));
  }

  void whenAnInstanceIsCanceledOrSuspended_thenItsJobsAreRefused() {
    const std::string first = StartInstance("");
    const pb::Job job = Take("w", 300, 30).jobs(0);
    pb::SuspendInstanceRequest suspend;
    suspend.set_instance(first);
    pb::SuspendInstanceResponse suspended;
    QVERIFY(Processes()->SuspendInstance(connection_->NewContext().get(), suspend, &suspended).ok());
    QCOMPARE(Complete(job, "").error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    pb::ResumeInstanceRequest resume;
    resume.set_instance(first);
    pb::ResumeInstanceResponse resumed;
    QVERIFY(Processes()->ResumeInstance(connection_->NewContext().get(), resume, &resumed).ok());
    QVERIFY(Complete(job, "").ok());
    const std::string second = StartInstance("");
    pb::CancelInstanceRequest cancel;
    cancel.set_instance(second);
    pb::CancelInstanceResponse canceled;
    QVERIFY(Processes()->CancelInstance(connection_->NewContext().get(), cancel, &canceled).ok());
    QCOMPARE(Take("w", 300, 0).jobs_size(), 0);
  }

  void whenTheBackendEndsWhileAWorkerWaits_thenItGetsNothingAtOnce() {
    std::thread worker([stub = pb::JobService::NewStub(connection_->channel()),
                        context = connection_->NewContext(std::chrono::seconds(40))] {
      pb::TakeJobsRequest request;
      request.set_type("pay");
      request.set_worker("w");
      request.mutable_wait()->set_seconds(40);
      pb::TakeJobsResponse response;
      stub->TakeJobs(context.get(), request, &response);
    });
    QElapsedTimer timer;
    timer.start();
    Take("other", 1, 1);
    server_.reset();
    worker.join();
    QVERIFY(timer.elapsed() < 30000);
  }

 private:
  void Start() {
    auto started = server::Server::Start({bed_->profile(), &clock_, &random_, "test", [] {}});
    QVERIFY2(started.ok(), started.status().ToString().c_str());
    server_ = *std::move(started);
    connection_ = connection::ConnectTo(server_->socket(), server_->token());
  }
  std::unique_ptr<pb::JobService::Stub> Jobs() { return pb::JobService::NewStub(connection_->channel()); }
  std::unique_ptr<pb::ProcessService::Stub> Processes() {
    return pb::ProcessService::NewStub(connection_->channel());
  }
  std::string StartInstance(const std::string& variables) {
    pb::StartInstanceRequest request;
    request.set_process("p");
    request.set_variables_json(variables);
    pb::StartInstanceResponse response;
    const grpc::Status status =
        Processes()->StartInstance(connection_->NewContext().get(), request, &response);
    if (!status.ok()) qWarning("%s", status.error_message().c_str());
    return response.instance();
  }
  pb::TakeJobsResponse Take(const std::string& worker, int lease_seconds, int wait_seconds, int most = 1) {
    pb::TakeJobsRequest request;
    request.set_type("pay");
    request.set_worker(worker);
    request.set_most(most);
    request.mutable_lease()->set_seconds(lease_seconds);
    request.mutable_wait()->set_seconds(wait_seconds);
    pb::TakeJobsResponse response;
    const auto context = connection_->NewContext(std::chrono::seconds(45));
    const grpc::Status status = Jobs()->TakeJobs(context.get(), request, &response);
    if (!status.ok()) qWarning("%s", status.error_message().c_str());
    return response;
  }
  grpc::Status Complete(const pb::Job& job, const std::string& variables) {
    pb::CompleteJobRequest request;
    request.set_job(job.id());
    request.set_lease_token(job.lease_token());
    request.set_variables_json(variables);
    pb::CompleteJobResponse response;
    return Jobs()->CompleteJob(connection_->NewContext().get(), request, &response);
  }
  std::string At(const std::string& id) {
    pb::GetInstanceRequest request;
    request.set_instance(id);
    pb::Instance instance;
    if (!Processes()->GetInstance(connection_->NewContext().get(), request, &instance).ok()) return "?";
    return instance.tokens_size() == 1 ? instance.tokens(0).element() : "";
  }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<BackendFixture> bed_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<connection::Connection> connection_;
};

QTEST_GUILESS_MAIN(JobTest)
#include "job_test.moc"
