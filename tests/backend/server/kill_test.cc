#include <signal.h>

#include <QtTest>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "app/connection/backend_process.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/backend/server/orders.h"
#include "tests/wait.h"

using namespace ameide;
namespace process_pb = process::v1;

namespace {

constexpr int kUsualKills = 20;
constexpr int kWorkers = 3;

/// What clients were told: nothing of it may be lost, and nothing may be there twice.
struct Oracle {
  std::mutex mutex;
  std::map<std::string, std::string> started;  ///< idempotency key → instance, acknowledged
  std::set<std::string> completed;             ///< instances whose task was acknowledged as completed
};

/// Starts instances and completes tasks until it is told to stop; asks again with the same key whatever was
/// not answered.
class Worker {
 public:
  Worker(connection::BackendProcess& backend, Oracle& oracle, const std::atomic<bool>& stop, int number)
      : backend_(backend), oracle_(oracle), stop_(stop), number_(number), thread_([this] { Run(); }) {}
  ~Worker() { thread_.join(); }

 private:
  void Run() {
    for (int i = 0; !stop_; ++i) {
      const std::string key = absl::StrCat("worker-", number_, "-", i);
      std::string instance;
      if (!Persist([&](const connection::Connection& c) { return StartInstance(c, key, instance); })) return;
      {
        std::lock_guard lock(oracle_.mutex);
        oracle_.started[key] = instance;
      }
      if (i % 2 == 0) continue;
      if (!Persist([&](const connection::Connection& c) { return CompleteTask(c, instance); })) return;
      std::lock_guard lock(oracle_.mutex);
      oracle_.completed.insert(instance);
    }
  }

  /// Tries until it works. False when it is told to stop before.
  template <typename Try>
  bool Persist(const Try& attempt) {
    while (!stop_) {
      const auto connection = backend_.WaitUntilRunning(std::chrono::milliseconds(100));
      if (connection.ok() && attempt(**connection)) return true;
    }
    return false;
  }

  static bool StartInstance(const connection::Connection& connection, const std::string& key,
                            std::string& instance) {
    process_pb::StartInstanceRequest request;
    request.set_process("order-to-cash");
    request.set_variables_json(absl::StrCat("{\"customer\":\"", key, "\",\"amount\":900}"));
    request.set_idempotency_key(key);
    process_pb::StartInstanceResponse response;
    const auto stub = process_pb::ProcessService::NewStub(connection.channel());
    if (!stub->StartInstance(connection.NewContext().get(), request, &response).ok()) return false;
    instance = response.instance();
    return true;
  }

  static bool CompleteTask(const connection::Connection& connection, const std::string& instance) {
    const auto stub = process_pb::ProcessService::NewStub(connection.channel());
    process_pb::ListTasksRequest list;
    list.set_instance(instance);
    process_pb::ListTasksResponse tasks;
    if (!stub->ListTasks(connection.NewContext().get(), list, &tasks).ok()) return false;
    if (tasks.tasks().empty()) {
      // Not there yet, or completed by a call whose answer was lost.
      process_pb::GetInstanceRequest get;
      get.set_instance(instance);
      process_pb::Instance view;
      if (!stub->GetInstance(connection.NewContext().get(), get, &view).ok()) return false;
      return view.variables_json().find("\"approved\":false") != std::string::npos;
    }
    process_pb::CompleteTaskRequest complete;
    complete.set_task(tasks.tasks(0).id());
    complete.set_variables_json("{\"approved\":false}");
    complete.set_idempotency_key("once");
    process_pb::CompleteTaskResponse response;
    return stub->CompleteTask(connection.NewContext().get(), complete, &response).ok();
  }

  connection::BackendProcess& backend_;
  Oracle& oracle_;
  const std::atomic<bool>& stop_;
  const int number_;
  std::thread thread_;
};

std::vector<process_pb::InstanceSummary> AllInstances(const connection::Connection& connection) {
  std::vector<process_pb::InstanceSummary> all;
  const auto stub = process_pb::ProcessService::NewStub(connection.channel());
  process_pb::ListInstancesRequest request;
  request.set_page_size(500);
  do {
    process_pb::ListInstancesResponse page;
    const auto status = stub->ListInstances(connection.NewContext().get(), request, &page);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    all.insert(all.end(), page.instances().begin(), page.instances().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

process_pb::Instance Get(const connection::Connection& connection, const std::string& id) {
  const auto stub = process_pb::ProcessService::NewStub(connection.channel());
  process_pb::GetInstanceRequest request;
  request.set_instance(id);
  process_pb::Instance view;
  const auto status = stub->GetInstance(connection.NewContext().get(), request, &view);
  if (!status.ok()) qFatal("%s", status.error_message().c_str());
  return view;
}

}  // namespace

/// kill -9 of the real backend, again and again, while clients work.
class KillTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheBackendIsKilledUnderLoad_thenNothingAcknowledgedIsLostOrDoubled() {
    const uint64_t seed = qEnvironmentVariableIsSet("AMEIDE_SEED") ? qgetenv("AMEIDE_SEED").toULongLong()
                                                                   : SystemRandom().Below(1'000'000'000);
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    BackendFixture bed;
    connection::ConnectOptions options;
    options.profile = bed.profile();
    options.program = BackendFixture::Program();
    auto backend = connection::BackendProcess::Start(options, nullptr);
    const auto running = backend->WaitUntilRunning(std::chrono::milliseconds(kWaitMs));
    QVERIFY2(running.ok(), running.status().ToString().c_str());
    const auto published = bed.Publish(**running, bed.OrderToCash());
    QVERIFY2(published.ok(), published.status().ToString().c_str());
    QCOMPARE(published->outcome(), publish::v1::OUTCOME_DEPLOYED);

    Oracle oracle;
    std::atomic<bool> stop{false};
    {
      std::vector<std::unique_ptr<Worker>> workers;
      for (int i = 0; i < kWorkers; ++i)
        workers.push_back(std::make_unique<Worker>(*backend, oracle, stop, i));
      for (int kill = 0; kill < Kills(kUsualKills); ++kill) {
        QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() > 0, kWaitMs);
        const int id = backend->process_id();
        QTest::qWait(static_cast<int>(20 + random.Below(180)));
        ::kill(id, SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() != id, kWaitMs);
        backend->Restart();  // Without the pause that a real crash has.
      }
      stop = true;
    }
    QTRY_VERIFY_WITH_TIMEOUT(backend->connection() != nullptr, kWaitMs);
    Compare(*backend->connection(), oracle);
  }

 private:
  void Compare(const connection::Connection& connection, const Oracle& oracle) {
    qInfo("%zu starts and %zu completions acknowledged", oracle.started.size(), oracle.completed.size());
    QVERIFY(oracle.started.size() > kUsualKills);
    // What was under way when the last kill came goes on by itself.
    std::vector<process_pb::InstanceSummary> all;
    const auto at_rest = [&] {
      all = AllInstances(connection);
      return std::all_of(all.begin(), all.end(), [&](const auto& row) {
        if (row.state() != process_pb::INSTANCE_STATE_ACTIVE) return true;
        return Get(connection, row.id()).tasks_size() == 1;
      });
    };
    QVERIFY(QTest::qWaitFor(at_rest, kWaitMs));
    std::map<std::string, int> by_customer;
    for (const auto& row : all) {
      QVERIFY2(row.state() != process_pb::INSTANCE_STATE_INCIDENT, row.id().c_str());
      const process_pb::Instance view = Get(connection, row.id());
      const std::string& variables = view.variables_json();
      const size_t at = variables.find("\"customer\":\"") + 12;
      ++by_customer[variables.substr(at, variables.find('"', at) - at)];
      if (oracle.completed.contains(row.id())) {
        QCOMPARE(row.state(), process_pb::INSTANCE_STATE_COMPLETED);
        QVERIFY(variables.find("ORDER_STATUS_CANCELLED") != std::string::npos);
      }
    }
    for (const auto& [key, instance] : oracle.started) {
      QVERIFY2(std::any_of(all.begin(), all.end(), [&](const auto& row) { return row.id() == instance; }),
               key.c_str());
    }
    for (const auto& [customer, count] : by_customer) QVERIFY2(count == 1, customer.c_str());
    CompareDomain(connection, by_customer);
  }

  /// Every instance has called its domain once in effect: one order a customer.
  void CompareDomain(const connection::Connection& connection, const std::map<std::string, int>& customers) {
    const std::map<std::string, int> orders = CountOrders(connection);
    QCOMPARE(orders.size(), customers.size());
    for (const auto& [customer, count] : orders) {
      QVERIFY2(count == 1 && customers.contains(customer), customer.c_str());
    }
  }
};

QTEST_GUILESS_MAIN(KillTest)
#include "kill_test.moc"
