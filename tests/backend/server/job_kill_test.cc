#include <signal.h>

#include <QtTest>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ameide/process/v1/job.grpc.pb.h"
#include "app/connection/backend_process.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/connectors/http_server.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/backend/server/orders.h"
#include "tests/wait.h"

using namespace ameide;
namespace pb = process::v1;

namespace {

constexpr int kUsualKills = 10;
constexpr int kStarters = 2;
constexpr int kBatch = 5;
/// No more start while so many have not been done.
constexpr size_t kMostOpen = 300;

/// What clients were told, and what they saw.
struct Oracle {
  std::mutex mutex;
  std::map<std::string, std::string> started;    ///< idempotency key → instance, acknowledged
  std::set<std::string> done;                    ///< idempotency keys of jobs whose result was acknowledged
  std::map<std::string, std::string> instances;  ///< idempotency key of a job → its instance
  std::vector<std::string> wrong;
  int attempts = 0;
};

using Backend = connection::BackendProcess;

/// Starts instances in batches; asks again with the same keys until it is answered.
void StartMany(Backend& backend, Oracle& oracle, const std::atomic<bool>& stop, int number) {
  for (int i = 0; !stop; i += kBatch) {
    const auto has_room = [&] {
      std::lock_guard lock(oracle.mutex);
      return oracle.started.size() < oracle.done.size() + kMostOpen;
    };
    while (!stop && !has_room()) std::this_thread::yield();
    pb::StartInstancesRequest request;
    for (int k = 0; k < kBatch; ++k) {
      pb::StartInstanceRequest* start = request.add_starts();
      start->set_process("p");
      start->set_idempotency_key(absl::StrCat("c", number, "-", i + k));
      // Some are large, so that chunks are written.
      start->set_variables_json(absl::StrCat("{\"customer\":\"c", number, "-", i + k, "\",\"note\":\"",
                                             std::string(k == 0 ? 100'000 : 10, 'x'), "\"}"));
    }
    while (!stop) {
      const auto connection = backend.WaitUntilRunning(std::chrono::milliseconds(100));
      if (!connection.ok()) continue;
      pb::StartInstancesResponse response;
      const auto stub = pb::ProcessService::NewStub((*connection)->channel());
      if (!stub->StartInstances((*connection)->NewContext().get(), request, &response).ok()) continue;
      std::lock_guard lock(oracle.mutex);
      for (int k = 0; k < kBatch; ++k) {
        if (response.instances(k).code() == 0)
          oracle.started[request.starts(k).idempotency_key()] = response.instances(k).instance();
      }
      break;
    }
  }
}

/// Does jobs over a stream, some only at the second attempt, and opens the next stream when one breaks: with
/// all that it holds, whose results it reports again. What was on its way to it goes out anew at once,
/// however long the leases are.
void Work(Backend& backend, Oracle& oracle, const std::atomic<bool>& stop) {
  struct Given {
    pb::JobReport report;
    std::string key;  ///< idempotency key
  };
  std::map<std::string, Given> given;  // by the lease's token: reported, and not answered
  while (!stop) {
    const auto connection = backend.WaitUntilRunning(std::chrono::milliseconds(100));
    if (!connection.ok()) continue;
    const auto stub = pb::JobService::NewStub((*connection)->channel());
    const auto context = (*connection)->NewContext(connection::Connection::kNoTimeout);
    const auto stream = stub->StreamJobs(context.get());
    pb::StreamJobsRequest request;
    request.mutable_open()->add_types("work");
    request.mutable_open()->set_worker("w");
    request.mutable_open()->set_credit(50);
    pb::StreamJobsRequest again;
    request.mutable_open()->mutable_held();
    for (const auto& [token, it] : given) {
      pb::JobHeld* held = request.mutable_open()->mutable_held()->add_jobs();
      held->set_job(it.report.job());
      held->set_lease_token(token);
      *again.mutable_reports()->add_reports() = it.report;
    }
    stream->Write(request);
    if (!given.empty()) stream->Write(again);
    pb::StreamJobsResponse response;
    while (stream->Read(&response)) {
      pb::StreamJobsRequest reports;
      {
        std::lock_guard lock(oracle.mutex);
        for (const pb::JobReportResult& result : response.results()) {
          const auto key = given.find(result.lease_token());
          if (key == given.end()) continue;
          if (result.code() == 0 && key->second.report.has_variables_json())
            oracle.done.insert(key->second.key);
          given.erase(key);
        }
        for (const pb::Job& job : response.jobs()) {
          ++oracle.attempts;
          if (oracle.done.contains(job.idempotency_key()))
            oracle.wrong.push_back("given out after its result was acknowledged: " + job.idempotency_key());
          const auto [known, is_new] = oracle.instances.emplace(job.idempotency_key(), job.instance());
          if (known->second != job.instance())
            oracle.wrong.push_back("two instances have the key " + job.idempotency_key());
          pb::JobReport* report = reports.mutable_reports()->add_reports();
          report->set_job(job.id());
          report->set_lease_token(job.lease_token());
          if (job.attempt() == 1 && std::hash<std::string>()(job.instance()) % 3 == 0) {
            report->mutable_failure()->set_message("not yet");
            report->mutable_failure()->mutable_retry_in()->set_nanos(20'000'000);
          } else {
            report->set_variables_json("{\"worked\":true}");
          }
          given[job.lease_token()] = {*report, job.idempotency_key()};
        }
      }
      if (response.jobs().empty()) continue;
      stream->Write(reports);
      pb::StreamJobsRequest more;
      more.set_credit(response.jobs_size());
      stream->Write(more);
      if (stop) context->TryCancel();
    }
    stream->Finish();
  }
}

}  // namespace

/// kill -9 of the real backend while a worker has jobs, a domain is called, and a server is over HTTP.
class JobKillTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheBackendIsKilled_thenEachJobCallAndDomainCommandIsDoneOnceInEffect() {
    const uint64_t seed = qEnvironmentVariableIsSet("AMEIDE_SEED") ? qgetenv("AMEIDE_SEED").toULongLong()
                                                                   : SystemRandom().Below(1'000'000'000);
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    HttpServer http([](const HttpServer::Request&) { return HttpServer::Response{}; });
    BackendFixture bed;
    const std::filesystem::path folder = bed.profile().data / "backend";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "connectors.json") << absl::StrCat(
        "{\"tenants\":{\"local\":{\"hosts\":[{\"origin\":\"", http.Origin(), "\",\"private\":true}]}}}");
    connection::ConnectOptions options;
    options.profile = bed.profile();
    options.program = BackendFixture::Program();
    auto backend = Backend::Start(options, nullptr);
    const auto running = backend->WaitUntilRunning(std::chrono::milliseconds(kWaitMs));
    QVERIFY2(running.ok(), running.status().ToString().c_str());
    Publish(bed, **running, http.Origin());

    Oracle oracle;
    std::atomic<bool> stop{false}, done{false};
    std::thread worker([&] { Work(*backend, oracle, done); });
    {
      std::vector<std::jthread> starters;
      for (int i = 0; i < kStarters; ++i)
        starters.emplace_back([&, i] { StartMany(*backend, oracle, stop, i); });
      for (int kill = 0; kill < Kills(kUsualKills); ++kill) {
        QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() > 0, kWaitMs);
        const int id = backend->process_id();
        QTest::qWait(static_cast<int>(50 + random.Below(250)));
        ::kill(id, SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() != id, kWaitMs);
        backend->Restart();  // Without the pause that a real crash has.
      }
      stop = true;
    }
    const bool ended = QTest::qWaitFor([&] { return AllHaveEnded(*backend); }, 120000);
    done = true;
    if (const auto connection = backend->connection()) EndTheStream(*connection);
    worker.join();
    QVERIFY(ended);
    Compare(*backend->connection(), oracle, http);
  }

 private:
  static void Publish(BackendFixture& bed, const connection::Connection& connection,
                      const std::string& origin) {
    BpmnBuilder model("p");
    model.Start().Worker("work", "work");
    model.Domain(
        "create", "orders.v1.OrderService/CreateOrder",
        BpmnBuilder::Mappings({{"=customer", "customer"}, {"=900", "amount"}}, {{"=order_id", "order"}}));
    model.Raw("<serviceTask id=\"call\"><extensionElements><ameide:httpCall method=\"POST\" url='=\"" +
              origin +
              "/\" + customer' retries=\"20\" retryBackoff=\"PT0.1S\"/></extensionElements></serviceTask>");
    model.End().Chain({"start", "work", "create", "call", "end"});
    connection::PublishRequestOptions options;
    options.artifacts = {{"p.bpmn", "", model.Xml(), ""}, bed.Sample("domains/orders.proto")};
    options.publisher = "Ada";
    options.tool = "test";
    const auto published = bed.Publish(connection, options);
    QVERIFY2(published.ok(), published.status().ToString().c_str());
    QCOMPARE(published->outcome(), publish::v1::OUTCOME_DEPLOYED);
  }

  static bool AllHaveEnded(Backend& backend) {
    const auto connection = backend.connection();
    if (connection == nullptr) return false;
    const auto stub = pb::ProcessService::NewStub(connection->channel());
    pb::ListInstancesRequest request;
    request.set_page_size(1);
    for (const auto state : {pb::INSTANCE_STATE_ACTIVE, pb::INSTANCE_STATE_INCIDENT}) {
      request.set_state(state);
      pb::ListInstancesResponse response;
      if (!stub->ListInstances(connection->NewContext().get(), request, &response).ok()) return false;
      if (response.instances_size() == 0) continue;
      // An incident stays: no need to wait for its end.
      return state == pb::INSTANCE_STATE_INCIDENT;
    }
    return true;
  }

  /// One more job, so that the worker, who waits for the next, sees that it should end.
  static void EndTheStream(const connection::Connection& connection) {
    pb::StartInstanceRequest request;
    request.set_process("p");
    request.set_variables_json("{\"customer\":\"last\"}");
    pb::StartInstanceResponse response;
    const auto stub = pb::ProcessService::NewStub(connection.channel());
    stub->StartInstance(connection.NewContext().get(), request, &response);
  }

  static void Compare(const connection::Connection& connection, Oracle& oracle, const HttpServer& http) {
    const auto stub = pb::ProcessService::NewStub(connection.channel());
    std::map<std::string, int> customers;
    std::set<std::string> ids;
    pb::ListInstancesRequest request;
    request.set_page_size(500);
    do {
      pb::ListInstancesResponse page;
      QVERIFY(stub->ListInstances(connection.NewContext().get(), request, &page).ok());
      for (const pb::InstanceSummary& row : page.instances()) {
        pb::GetInstanceRequest get;
        get.set_instance(row.id());
        pb::Instance view;
        QVERIFY(stub->GetInstance(connection.NewContext().get(), get, &view).ok());
        const std::string& variables = view.variables_json();
        const size_t at = variables.find("\"customer\":\"") + 12;
        const std::string customer = variables.substr(at, variables.find('"', at) - at);
        if (customer == "last") continue;
        ++customers[customer];
        ids.insert(row.id());
        QVERIFY2(row.state() == pb::INSTANCE_STATE_COMPLETED,
                 view.incidents().empty() ? row.id().c_str() : view.incidents(0).message().c_str());
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    std::map<std::string, std::set<std::string>> calls;  // by customer: idempotency keys
    size_t requests = 0;
    for (const HttpServer::Request& call : http.requests()) {
      calls[call.target.substr(1)].insert(call.headers.at("idempotency-key"));
      ++requests;
    }
    std::map<std::string, int> orders = CountOrders(connection);
    calls.erase("last");
    orders.erase("last");
    std::lock_guard lock(oracle.mutex);
    qInfo("%d kills: %zu starts acknowledged, %zu instances, %d attempts of %zu jobs, %zu HTTP requests",
          Kills(kUsualKills), oracle.started.size(), customers.size(), oracle.attempts,
          oracle.instances.size(), requests);
    for (const std::string& wrong : oracle.wrong) qWarning("%s", wrong.c_str());
    QVERIFY(oracle.wrong.empty());
    QVERIFY(!oracle.started.empty());
    for (const auto& [key, instance] : oracle.started) QVERIFY2(ids.contains(instance), key.c_str());
    QCOMPARE(orders.size(), customers.size());
    QCOMPARE(calls.size(), customers.size());
    for (const auto& [customer, count] : customers) {
      QVERIFY2(count == 1, customer.c_str());
      QVERIFY2(orders[customer] == 1, customer.c_str());
      QVERIFY2(calls[customer].size() == 1, customer.c_str());
    }
  }
};

QTEST_GUILESS_MAIN(JobKillTest)
#include "job_kill_test.moc"
