#include <signal.h>

#include <QtTest>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "app/connection/backend_process.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/backend/server/orders.h"
#include "tests/wait.h"

using namespace ameide;
namespace pb = process::v1;

namespace {

constexpr int kUsualKills = 12;
constexpr int kWorkers = 3;

/// Starts two instances that wait for the same message, and sends it once, before or after: until each is
/// acknowledged, asking again with the same key.
class Sender {
 public:
  Sender(connection::BackendProcess& backend, std::atomic<int>& sent, const std::atomic<bool>& stop,
         int number)
      : backend_(backend), sent_(sent), stop_(stop), number_(number), thread_([this] { Run(); }) {}
  ~Sender() { thread_.join(); }

 private:
  void Run() {
    for (int i = 0; !stop_; ++i) {
      const std::string key = absl::StrCat("k", number_, "-", i);
      const bool first = i % 2 == 0;
      if (first) Persist([&](auto& connection) { return Send(connection, key); });
      for (int which = 0; which < 2; ++which)
        Persist([&](auto& connection) { return Start(connection, key, which); });
      if (!first) Persist([&](auto& connection) { return Send(connection, key); });
      ++sent_;
    }
  }
  /// Every round is finished: what was begun would be undecided otherwise.
  template <typename Try>
  void Persist(const Try& attempt) {
    while (true) {
      const auto connection = backend_.WaitUntilRunning(std::chrono::milliseconds(100));
      if (connection.ok() && attempt(**connection)) return;
    }
  }
  static bool Start(const connection::Connection& connection, const std::string& key, int which) {
    pb::StartInstanceRequest request;
    request.set_process("waiting");
    request.set_variables_json(absl::StrCat("{\"order\":\"", key, "\"}"));
    request.set_idempotency_key(absl::StrCat(key, "/", which));
    pb::StartInstanceResponse response;
    const auto stub = pb::ProcessService::NewStub(connection.channel());
    return stub->StartInstance(connection.NewContext().get(), request, &response).ok();
  }
  static bool Send(const connection::Connection& connection, const std::string& key) {
    pb::PublishMessageRequest request;
    request.set_name("paid");
    request.set_correlation_key(key);
    request.set_message_id(key);
    pb::PublishMessageResponse response;
    const auto stub = pb::ProcessService::NewStub(connection.channel());
    return stub->PublishMessage(connection.NewContext().get(), request, &response).ok();
  }

  connection::BackendProcess& backend_;
  std::atomic<int>& sent_;
  const std::atomic<bool>& stop_;
  const int number_;
  std::thread thread_;
};

}  // namespace

/// kill -9 of the real backend while messages are sent, kept and received.
class MessageKillTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheBackendIsKilled_thenEachMessageHasExactlyOneReceiver() {
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
    Publish(bed, **running);
    std::atomic<int> sent{0};
    std::atomic<bool> stop{false};
    {
      std::vector<std::unique_ptr<Sender>> senders;
      for (int i = 0; i < kWorkers; ++i) senders.push_back(std::make_unique<Sender>(*backend, sent, stop, i));
      for (int kill = 0; kill < Kills(kUsualKills); ++kill) {
        QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() > 0, kWaitMs);
        const int id = backend->process_id();
        QTest::qWait(static_cast<int>(20 + random.Below(150)));
        ::kill(id, SIGKILL);
        QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() != id, kWaitMs);
        backend->Restart();  // Without the pause that a real crash has.
      }
      stop = true;
    }
    QTRY_VERIFY_WITH_TIMEOUT(backend->connection() != nullptr, kWaitMs);
    std::map<std::string, int> completed, all;
    Count(*backend->connection(), completed, all);
    qInfo("%d messages acknowledged", sent.load());
    QVERIFY(sent > 0);
    QCOMPARE(all.size(), static_cast<size_t>(sent));
    for (const auto& [key, count] : all) {
      QVERIFY2(count == 2, key.c_str());
      QVERIFY2(completed[key] == 1, key.c_str());
    }
  }

 private:
  static void Publish(BackendFixture& bed, const connection::Connection& connection) {
    BpmnBuilder model("waiting");
    model.Root(
        "<message id=\"m\" name=\"paid\"><extensionElements><zeebe:subscription "
        "correlationKey=\"=order\"/></extensionElements></message>");
    model.Start()
        .Raw(
            "<intermediateCatchEvent id=\"wait\"><messageEventDefinition id=\"md\" messageRef=\"m\"/>"
            "</intermediateCatchEvent>")
        .End()
        .Chain({"start", "wait", "end"});
    connection::PublishRequestOptions options;
    options.artifacts = {{"waiting.bpmn", "", model.Xml(), ""}};
    options.publisher = "Ada";
    options.tool = "test";
    const auto published = bed.Publish(connection, options);
    QVERIFY2(published.ok(), published.status().ToString().c_str());
    QCOMPARE(published->outcome(), publish::v1::OUTCOME_DEPLOYED);
  }

  static void Count(const connection::Connection& connection, std::map<std::string, int>& completed,
                    std::map<std::string, int>& all) {
    const auto stub = pb::ProcessService::NewStub(connection.channel());
    pb::ListInstancesRequest list;
    list.set_page_size(500);
    do {
      pb::ListInstancesResponse page;
      QVERIFY(stub->ListInstances(connection.NewContext().get(), list, &page).ok());
      for (const pb::InstanceSummary& row : page.instances()) {
        pb::GetInstanceRequest get;
        get.set_instance(row.id());
        pb::Instance view;
        QVERIFY(stub->GetInstance(connection.NewContext().get(), get, &view).ok());
        const std::string& text = view.variables_json();
        const size_t at = text.find("\"order\":\"") + 9;
        const std::string key = text.substr(at, text.find('"', at) - at);
        ++all[key];
        if (row.state() == pb::INSTANCE_STATE_COMPLETED) ++completed[key];
      }
      list.set_page_token(page.next_page_token());
    } while (!list.page_token().empty());
  }
};

QTEST_GUILESS_MAIN(MessageKillTest)
#include "message_kill_test.moc"
