#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <QtTest>
#include <algorithm>
#include <deque>
#include <fstream>
#include <future>
#include <memory>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ameide/process/v1/job.grpc.pb.h"
#include "backend/server/server.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/wait.h"

using namespace ameide;
namespace pb = process::v1;

namespace {

/// A worker with one stream.
class Stream {
 public:
  Stream(const connection::Connection& connection, const std::string& worker, int credit,
         std::vector<std::string> types = {"pay"}, int lease_seconds = 300,
         const std::vector<pb::Job>& held = {})
      : stub_(pb::JobService::NewStub(connection.channel())),
        context_(connection.NewContext(std::chrono::seconds(60))),
        stream_(stub_->StreamJobs(context_.get())) {
    pb::StreamJobsRequest request;
    for (const std::string& type : types) request.mutable_open()->add_types(type);
    request.mutable_open()->set_worker(worker);
    request.mutable_open()->set_credit(credit);
    request.mutable_open()->mutable_lease()->set_seconds(lease_seconds);
    for (const pb::Job& job : held) {
      pb::JobHeld* it = request.mutable_open()->mutable_held()->add_jobs();
      it->set_job(job.id());
      it->set_lease_token(job.lease_token());
    }
    stream_->Write(request);
  }
  ~Stream() {
    if (stream_) context_->TryCancel();
    if (stream_) stream_->Finish();
  }

  /// Reads until so many jobs came; fewer when the stream ends.
  std::vector<pb::Job> Jobs(int count) {
    std::vector<pb::Job> jobs;
    while (jobs.size() < static_cast<size_t>(count)) {
      if (jobs_.empty() && !Read()) break;
      for (; !jobs_.empty() && jobs.size() < static_cast<size_t>(count); jobs_.pop_front())
        jobs.push_back(jobs_.front());
    }
    return jobs;
  }
  std::vector<pb::JobReportResult> Results(int count) {
    while (results_.size() < static_cast<size_t>(count) && Read()) {
    }
    return std::exchange(results_, {});
  }
  bool Read() {
    pb::StreamJobsResponse response;
    if (!stream_->Read(&response)) return false;
    jobs_.insert(jobs_.end(), response.jobs().begin(), response.jobs().end());
    most_results = std::max(most_results, response.results_size());
    results_.insert(results_.end(), response.results().begin(), response.results().end());
    withdrawn.insert(withdrawn.end(), response.withdrawn().begin(), response.withdrawn().end());
    if (response.has_leased_until()) leased_until = response.leased_until().seconds();
    ending = ending || response.ending();
    return true;
  }
  void Write(const pb::StreamJobsRequest& request) { stream_->Write(request); }
  void AddCredit(int more) {
    pb::StreamJobsRequest request;
    request.set_credit(more);
    Write(request);
  }
  void Complete(const std::vector<pb::Job>& jobs, const std::string& variables = "") {
    pb::StreamJobsRequest request;
    for (const pb::Job& job : jobs) {
      pb::JobReport* report = request.mutable_reports()->add_reports();
      report->set_job(job.id());
      report->set_lease_token(job.lease_token());
      report->set_variables_json(variables);
    }
    Write(request);
  }
  grpc::Status Close() {
    stream_->WritesDone();
    while (Read()) {
    }
    const grpc::Status status = stream_->Finish();
    stream_.reset();
    return status;
  }
  void Break() {
    context_->TryCancel();
    stream_->Finish();
    stream_.reset();
  }

  std::vector<std::string> withdrawn;
  int64_t leased_until = 0;
  int most_results = 0;  ///< in one message
  bool ending = false;

 private:
  std::unique_ptr<pb::JobService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::StreamJobsRequest, pb::StreamJobsResponse>> stream_;
  std::deque<pb::Job> jobs_;
  std::vector<pb::JobReportResult> results_;
};

}  // namespace

/// Jobs over a stream, on the real socket.
class JobStreamTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    bed_ = std::make_unique<BackendFixture>();
    Start();
    BpmnBuilder model("p");
    model.Error("broke", "broke").Start().Worker("pay", "pay").User("after").End().User("sorry");
    model.Chain({"start", "pay", "after", "end"})
        .ErrorBoundary("declined", "pay", "broke")
        .Flow("declined", "sorry")
        .Flow("sorry", "end");
    connection::PublishRequestOptions options;
    options.artifacts = {{"p.bpmn", "", model.Xml(), ""}};
    options.publisher = "Ada";
    options.tool = "test";
    const auto result = bed_->Publish(*connection_, options);
    QVERIFY(result.ok() && result->outcome() == publish::v1::OUTCOME_DEPLOYED);
  }
  void cleanup() {
    connection_.reset();
    server_.reset();
    bed_.reset();
  }

  void whenAWorkerHasRoomForSome_thenItGetsThemAndMoreAsItSaysSo() {
    StartMany(5);
    Stream stream(*connection_, "w", 2);
    const auto first = stream.Jobs(2);
    QCOMPARE(first.size(), size_t{2});
    // Nothing comes beyond the credit: the next thing is the answer.
    stream.Complete(first, R"({"paid":true})");
    const auto results = stream.Results(2);
    QVERIFY(results.size() == 2 && results[0].code() == 0 && results[1].code() == 0);
    QVERIFY(results[0].lease_token() == first[0].lease_token() ||
            results[0].lease_token() == first[1].lease_token());
    stream.AddCredit(10);
    QCOMPARE(stream.Jobs(3).size(), size_t{3});
    const std::string id = StartMany(1)[0];
    QCOMPARE(stream.Jobs(1)[0].instance(), id);
    QVERIFY(stream.Close().ok());
  }

  void whenTwoWorkersHaveRoom_thenBothGetSomeAndEachJobComesOnce() {
    Stream one(*connection_, "w1", 100), two(*connection_, "w2", 100);
    StartMany(150);
    const auto first = one.Jobs(50), second = two.Jobs(50);
    std::set<std::string> ids;
    for (const auto* jobs : {&first, &second}) {
      for (const pb::Job& job : *jobs) ids.insert(job.id());
    }
    QCOMPARE(ids.size(), size_t{100});
  }

  void whenAStreamBreaks_thenItsJobsGoToOthersAndItsReportsAreRefused() {
    StartMany(1);
    Stream one(*connection_, "w1", 1);
    const pb::Job old = one.Jobs(1).at(0);
    one.Break();
    Stream two(*connection_, "w2", 1);
    const pb::Job job = two.Jobs(1).at(0);
    QCOMPARE(job.id(), old.id());
    QCOMPARE(job.idempotency_key(), old.idempotency_key());
    two.Complete({old});
    const pb::JobReportResult refused = two.Results(1).at(0);
    QCOMPARE(refused.code(), static_cast<int>(grpc::StatusCode::FAILED_PRECONDITION));
    QCOMPARE(refused.reason(), std::string("LEASE_LOST"));
    two.Complete({job, job});
    const auto results = two.Results(2);
    QCOMPARE(std::min(results[0].code(), results[1].code()), 0);
    QCOMPARE(std::max(results[0].code(), results[1].code()), static_cast<int>(grpc::StatusCode::NOT_FOUND));
    QCOMPARE(At(job.instance()), std::string("after"));
  }

  void whenAWorkerFailsOrThrows_thenTheNextAttemptComesOrTheModelCatchesIt() {
    StartMany(1);
    Stream stream(*connection_, "w", 10);
    pb::Job job = stream.Jobs(1).at(0);
    pb::StreamJobsRequest request;
    pb::JobReport* report = request.mutable_reports()->add_reports();
    report->set_job(job.id());
    report->set_lease_token(job.lease_token());
    report->mutable_failure()->set_message("no connection");
    report->mutable_failure()->mutable_retry_in();
    stream.Write(request);
    job = stream.Jobs(1).at(0);
    QCOMPARE(job.attempt(), 2);
    report->set_lease_token(job.lease_token());
    report->mutable_error()->set_code("broke");
    stream.Write(request);
    QCOMPARE(stream.Results(2).size(), size_t{2});
    QCOMPARE(At(job.instance()), std::string("sorry"));
  }

  void whenAWorkerGivesASignOfLife_thenItsLeasesBeginAnew() {
    StartMany(2);
    Stream stream(*connection_, "w", 2, {"pay"}, 600);
    const auto jobs = stream.Jobs(2);
    const int64_t before = jobs[1].leased_until().seconds();
    QTRY_VERIFY_WITH_TIMEOUT(clock_.Now().time_since_epoch() > std::chrono::seconds(before - 599), kWaitMs);
    pb::StreamJobsRequest request;
    request.mutable_heartbeat();
    stream.Write(request);
    while (stream.leased_until == 0) QVERIFY(stream.Read());
    QVERIFY(stream.leased_until > before);
  }

  void whenAnInstanceIsCanceled_thenTheWorkerHears() {
    const std::string id = StartMany(1)[0];
    Stream stream(*connection_, "w", 1);
    const pb::Job job = stream.Jobs(1).at(0);
    pb::CancelInstanceRequest cancel;
    cancel.set_instance(id);
    pb::CancelInstanceResponse canceled;
    QVERIFY(Processes()->CancelInstance(connection_->NewContext().get(), cancel, &canceled).ok());
    while (stream.withdrawn.empty()) QVERIFY(stream.Read());
    QCOMPARE(stream.withdrawn[0], job.id());
  }

  void whenAJobIsWithdrawnBeforeItHasLeft_thenItDoesNotLeaveAndItsRoomIsFree() {
    const std::string large = "{\"text\":\"" + std::string(12'000'000, 'x') + "\"}";
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) ids.push_back(StartMany(1, large).at(0));
    Stream stream(*connection_, "w", 4);
    QCOMPARE(stream.Jobs(1).at(0).instance(), ids[0]);  // the others are on their way
    pb::CancelInstanceRequest cancel;
    cancel.set_instance(ids[3]);
    pb::CancelInstanceResponse canceled;
    QVERIFY(Processes()->CancelInstance(connection_->NewContext().get(), cancel, &canceled).ok());
    const std::string next = StartMany(1)[0];
    std::string came;  // the job of the canceled instance: it may have been faster
    while (true) {
      const pb::Job job = stream.Jobs(1).at(0);
      if (job.instance() == next) break;
      if (job.instance() != ids[3]) continue;
      QVERIFY(stream.withdrawn.empty());
      came = job.id();
      stream.AddCredit(1);
    }
    while (!came.empty() && stream.withdrawn.empty()) QVERIFY(stream.Read());
    QCOMPARE(stream.withdrawn.empty(), came.empty());
  }

  void whenJobsAreLarge_thenMessagesAreNotLargerThanAnyClientTakes() {
    std::set<std::string> wanted, given;
    for (const size_t size : {900'000, 3'500'000})
      wanted.insert(StartMany(1, "{\"text\":\"" + std::string(size, 'x') + "\"}")[0]);
    const connection::Connection modest(
        grpc::CreateChannel("unix:" + server_->socket().string(), grpc::InsecureChannelCredentials()),
        server_->token(), server_->socket());
    Stream stream(modest, "w", 2);
    for (const pb::Job& job : stream.Jobs(2)) given.insert(job.instance());
    QVERIFY(given == wanted);
  }

  void whenAWorkerReportsAndDoesNotListen_thenTheBackendKeepsNoHeapOfAnswers() {
    constexpr int kMessages = 100, kEach = 1'000;
    Stream stream(*connection_, "w", 1);
    pb::StreamJobsRequest request;
    for (int i = 0; i < kEach; ++i) request.mutable_reports()->add_reports()->set_job("nothing");
    std::promise<void> written;
    std::thread writer([&] {
      for (int i = 0; i < kMessages; ++i) stream.Write(request);
      written.set_value();
    });
    written.get_future().wait_for(std::chrono::seconds(3));  // for as long as it is read
    for (int left = kMessages * kEach; left > 0;) {
      const auto results = stream.Results(1);
      if (results.empty()) break;
      left -= static_cast<int>(results.size());
    }
    writer.join();
    QVERIFY2(stream.most_results > 0 && stream.most_results < 6'000,
             std::to_string(stream.most_results).c_str());
  }

  void whenAStreamIsNotOpenedAsItShould_thenItEndsWithTheReason() {
    Stream nameless(*connection_, "", 1);
    QCOMPARE(nameless.Close().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    Stream greedy(*connection_, "w", 10'000);
    greedy.AddCredit(1);
    QCOMPARE(greedy.Close().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    Stream typeless(*connection_, "w", 1, {});
    QCOMPARE(typeless.Close().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }

  void whenTheBackendEnds_thenWorkersMayReportWhatTheyHave() {
    const std::string id = StartMany(1)[0];
    Stream stream(*connection_, "w", 1);
    const auto jobs = stream.Jobs(1);
    std::thread ends([&] { server_.reset(); });
    while (!stream.ending) QVERIFY(stream.Read());
    stream.Complete(jobs);
    const auto results = stream.Results(1);
    QVERIFY(stream.Close().ok());
    ends.join();
    QVERIFY(results.size() == 1 && results[0].code() == 0);
    connection_.reset();
    Start();
    QCOMPARE(At(id), std::string("after"));
  }

  void whenAWorkerClosesItsStreamAsTheBackendEnds_thenItsJobGoesToOthersBehindTheRestart() {
    StartMany(1);
    Stream stream(*connection_, "w", 1);
    const pb::Job old = stream.Jobs(1).at(0);
    std::thread ends([&] { server_.reset(); });
    while (!stream.ending) QVERIFY(stream.Read());
    QVERIFY(stream.Close().ok());
    ends.join();
    connection_.reset();
    Start();
    Stream other(*connection_, "other", 1);
    QCOMPARE(other.Jobs(1).at(0).id(), old.id());
  }

  void whenAWorkerComesBackBehindARestart_thenItGoesOnWithWhatItHoldsAndGetsTheRestAnew() {
    StartMany(2);
    std::vector<pb::Job> before;
    {
      Stream stream(*connection_, "w", 2);
      before = stream.Jobs(2);
      server_.reset();  // cuts it off
    }
    connection_.reset();
    Start();
    Stream stream(*connection_, "w", 2, {"pay"}, 300, {before.at(0)});
    const pb::Job anew = stream.Jobs(1).at(0);
    QCOMPARE(anew.id(), before.at(1).id());
    QVERIFY(anew.lease_token() != before[1].lease_token());
    stream.Complete({before[0], before[1], anew});
    const auto results = stream.Results(3);
    for (const pb::JobReportResult& result : results)
      QCOMPARE(result.code() == 0, result.lease_token() != before[1].lease_token());
    QCOMPARE(At(before[0].instance()), std::string("after"));
  }

  void whenVariablesAreLarge_thenTheyComeThroughAsTheyAre() {
    const std::string large = "{\"text\":\"" + std::string(10'000'000, 'x') + "\"}";
    pb::StartInstancesRequest request;
    request.add_starts()->set_process("p");
    request.mutable_starts(0)->set_variables_json(large);
    pb::StartInstancesResponse response;
    const auto start = [&] {
      const auto context = connection_->NewContext(std::chrono::seconds(30));
      return Processes()->StartInstances(context.get(), request, &response);
    };
    QVERIFY(start().ok());
    QCOMPARE(response.instances(0).code(), 0);
    Stream stream(*connection_, "w", 1);
    const auto jobs = stream.Jobs(1);
    QVERIFY(jobs.at(0).variables_json() == large);
    stream.Complete(jobs, large);
    QCOMPARE(stream.Results(1).at(0).code(), 0);
    pb::ListTasksRequest list;
    list.set_instance(jobs[0].instance());
    pb::ListTasksResponse tasks;
    QVERIFY(Processes()->ListTasks(connection_->NewContext().get(), list, &tasks).ok());
    QVERIFY(tasks.tasks(0).variables_json() == large);
    request.mutable_starts(0)->set_variables_json(std::string(17 << 20, ' '));
    QVERIFY(start().ok());
    QCOMPARE(response.instances(0).code(), static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
    QVERIFY(response.instances(0).message().find("16 MiB") != std::string::npos);
  }

  void whenATenantAsksTooOften_thenItIsToldWhichQuotaAndHowMuch() {
    const auto restart = [&](const char* quotas) {
      connection_.reset();
      server_.reset();
      std::ofstream(bed_->profile().data / "backend/quotas.json") << quotas;
      return server::Server::Start({bed_->profile(), &clock_, &random_, "test", [] {}});
    };
    QVERIFY(absl::IsFailedPrecondition(restart("{\"usual\":{\"request_per_second\":1}}").status()));
    auto started = restart("{\"tenants\":{\"local\":{\"requests_per_second\":3,\"active_instances\":1}}}");
    QVERIFY2(started.ok(), started.status().ToString().c_str());
    server_ = *std::move(started);
    connection_ = connection::ConnectTo(server_->socket(), server_->token());
    pb::StartInstancesRequest request;
    for (int i = 0; i < 2; ++i) request.add_starts()->set_process("p");
    pb::StartInstancesResponse response;
    const auto start = [&] {
      return Processes()->StartInstances(connection_->NewContext().get(), request, &response);
    };
    const grpc::Status first = start();
    QVERIFY2(first.ok(), first.error_message().c_str());
    QCOMPARE(response.instances(1).code(), static_cast<int>(grpc::StatusCode::RESOURCE_EXHAUSTED));
    QVERIFY(response.instances(1).message().find("quota active_instances of tenant local: 1 used of 1") == 0);
    grpc::Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) status = start();
    QCOMPARE(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    QVERIFY(status.error_message().find("quota requests_per_second of tenant local: 3 used of 3") == 0);
    // The file is read again when somebody asks, and an error in it changes nothing.
    const std::filesystem::path file = bed_->profile().data / "backend/quotas.json";
    std::ofstream(file) << "{\"tenants\":{\"local\":{\"active_instances\":\"many\"}}}";
    QVERIFY(absl::IsFailedPrecondition(server_->Reload()));
    status = grpc::Status();
    for (int i = 0; i < 100 && status.ok(); ++i) status = start();
    QCOMPARE(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    std::ofstream(file) << "{}";
    QVERIFY(server_->Reload().ok());
    status = start();
    for (int i = 0; i < 100 && !status.ok(); ++i) {
      QTest::qWait(20);  // until the bucket of before has one more
      status = start();
    }
    QVERIFY(status.ok());
    QCOMPARE(response.instances(1).code(), 0);
    std::ofstream(file) << "{\"tenants\":{\"local\":{\"requests_per_second\":3,\"active_instances\":1}}}";
    QVERIFY(server_->Reload().ok());
    for (int i = 0; i < 100 && status.ok(); ++i) status = start();
    common::v1::Status outside;
    common::v1::ErrorDetail detail;
    QVERIFY(outside.ParseFromString(status.error_details()) && outside.details(0).UnpackTo(&detail));
    QCOMPARE(detail.reason() + " " + detail.resource_type() + " " + detail.resource(),
             std::string("QUOTA_EXCEEDED quota requests_per_second"));
    QVERIFY(QTest::qWaitFor([&] { return start().ok(); }, kWaitMs));
  }

  void whenSomeOfManyCannotStart_thenTheOthersDoAndEachIsTold() {
    pb::StartInstancesRequest request;
    for (const char* process : {"p", "nothing", "p"}) request.add_starts()->set_process(process);
    request.mutable_starts(0)->set_idempotency_key("one");
    request.mutable_starts(2)->set_variables_json("[]");
    *request.add_starts() = request.starts(0);
    pb::StartInstancesResponse response;
    QVERIFY(Processes()->StartInstances(connection_->NewContext().get(), request, &response).ok());
    QCOMPARE(response.instances_size(), 4);
    QVERIFY(response.instances(0).code() == 0 && !response.instances(0).instance().empty());
    QCOMPARE(response.instances(1).code(), static_cast<int>(grpc::StatusCode::NOT_FOUND));
    QCOMPARE(response.instances(2).code(), static_cast<int>(grpc::StatusCode::INVALID_ARGUMENT));
    QCOMPARE(response.instances(3).instance(), response.instances(0).instance());
    for (int i = 0; i < 1000; ++i) request.add_starts();
    QCOMPARE(Processes()->StartInstances(connection_->NewContext().get(), request, &response).error_code(),
             grpc::StatusCode::INVALID_ARGUMENT);
  }

 private:
  void Start() {
    auto started = server::Server::Start({bed_->profile(), &clock_, &random_, "test", [] {}});
    QVERIFY2(started.ok(), started.status().ToString().c_str());
    server_ = *std::move(started);
    connection_ = connection::ConnectTo(server_->socket(), server_->token());
  }
  std::unique_ptr<pb::ProcessService::Stub> Processes() {
    return pb::ProcessService::NewStub(connection_->channel());
  }
  std::vector<std::string> StartMany(int count, const std::string& variables = "") {
    pb::StartInstancesRequest request;
    for (int i = 0; i < count; ++i) {
      request.add_starts()->set_process("p");
      request.mutable_starts(i)->set_variables_json(variables);
    }
    pb::StartInstancesResponse response;
    const grpc::Status status =
        Processes()->StartInstances(connection_->NewContext().get(), request, &response);
    if (!status.ok()) qWarning("%s", status.error_message().c_str());
    std::vector<std::string> ids;
    for (const pb::StartedInstance& it : response.instances()) ids.push_back(it.instance());
    return ids;
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

QTEST_GUILESS_MAIN(JobStreamTest)
#include "job_stream_test.moc"
