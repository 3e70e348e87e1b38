#include <QtTest>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/work_thread.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

std::unique_ptr<Database> WithTable() {
  auto database = Database::OpenInMemory();
  if (!database.ok() || !(*database)->Execute("CREATE TABLE t(a INTEGER PRIMARY KEY) STRICT").ok())
    qFatal("no database");
  return *std::move(database);
}

auto Insert(Database& database, int value) {
  return
      [&database, value] { return database.Execute("INSERT INTO t VALUES(" + std::to_string(value) + ")"); };
}

int64_t Count(Database& database) {
  Statement query = *database.Prepare("SELECT COUNT(*) FROM t");
  return *query.Step() ? query.Int(0) : -1;
}

}  // namespace

/// What the store leaves to another thread while groups of commands follow each other.
class DeferredWorkTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenWorkIsGiven_thenItIsDoneInItsOrder() {
    WorkThread thread;
    std::vector<int> done;
    for (int i = 0; i < 1000; ++i) {
      thread.Give([&done, i] {
        done.push_back(i);
        return absl::OkStatus();
      });
      if (i % 170 == 0) thread.Begin();
      if (i % 333 == 0) VERIFY_OK(thread.Wait());
    }
    VERIFY_OK(thread.Settle());
    QCOMPARE(done.size(), size_t{1000});
    for (int i = 0; i < 1000; ++i) QCOMPARE(done[static_cast<size_t>(i)], i);
  }

  void whenWorkFails_thenWhatIsBehindItIsDroppedUntilSomebodySettlesIt() {
    WorkThread thread;
    std::atomic<int> done = 0;
    const auto count = [&] {
      ++done;
      return absl::OkStatus();
    };
    thread.Give(count);
    thread.Give([] { return absl::UnavailableError("the disk is gone"); });
    thread.Give(count);
    QVERIFY(absl::IsUnavailable(thread.Wait()));
    thread.Give(count);
    thread.Begin();
    QVERIFY(absl::IsUnavailable(thread.Wait()));
    QVERIFY(absl::IsUnavailable(thread.Settle()));
    QCOMPARE(done.load(), 1);
    VERIFY_OK(thread.Settle());
    thread.Give(count);
    VERIFY_OK(thread.Settle());
    QCOMPARE(done.load(), 2);
  }

  void whenStatementsAreDeferred_thenOthersSeeThemDone() {
    const auto database = WithTable();
    database->Defer(true);
    VERIFY_OK(database->Do([&] { return database->Execute("BEGIN"); }));
    for (int i = 0; i < 300; ++i) {
      VERIFY_OK(database->Do(Insert(*database, i)));
      if (i % 70 == 0) QCOMPARE(Count(*database), int64_t{i + 1});
    }
    QVERIFY(database->InTransaction());
    VERIFY_OK(database->Do([&] { return database->Execute("COMMIT"); }));
    database->BeginDeferred();
    VERIFY_OK(database->Settle());
    QVERIFY(!database->InTransaction());
    QCOMPARE(Count(*database), int64_t{300});
  }

  void whenADeferredStatementFails_thenNothingIsWrittenBehindIt() {
    const auto database = WithTable();
    database->Defer(true);
    VERIFY_OK(database->Do([&] { return database->Execute("BEGIN"); }));
    VERIFY_OK(database->Do(Insert(*database, 1)));
    // As where SQLite itself ends the transaction: what came next would be durable by itself.
    VERIFY_OK(database->Do([&]() -> absl::Status {
      database->Execute("ROLLBACK").IgnoreError();
      return absl::UnavailableError("I/O error");
    }));
    VERIFY_OK(database->Do(Insert(*database, 2)));
    QVERIFY(absl::IsUnavailable(database->Execute("INSERT INTO t VALUES(3)")));
    QVERIFY(absl::IsUnavailable(database->Prepare("SELECT 1").status()));
    QVERIFY(absl::IsUnavailable(database->Settle()));
    database->Defer(false);
    QCOMPARE(Count(*database), int64_t{0});
  }

  void whenGroupsFollowEachOther_thenEachIsAcknowledgedInItsOrderAndAllIsThere() {
    WorkspaceFixture fixture(1, Medium::kDisk);
    auto workspace = fixture.Open();
    fixture.Write("a.bpmn", kModel);
    VERIFY_OK(workspace->Import("a.bpmn"));
    const ArtifactId id = workspace->FindArtifact("a.bpmn")->id;
    const document::Document document = *workspace->Load(id);
    constexpr int kCommands = 5000;
    std::vector<uint64_t> acknowledged;
    int refused = 0;
    std::promise<void> done;
    uint64_t told = 0;
    // What was done before is told first.
    QVERIFY(workspace->LogIncompleteBecause().empty());
    const auto subscription =
        workspace->Subscribe([&](const EventGroup& group) { told += group.events.size(); });
    for (int i = 0; i < kCommands; ++i) {
      // Some are refused halfway, so that the document is folded anew in the middle of a group; some ask the
      // tables for their key.
      Command command = SetAttribute(id, document, "t", "name", "Name " + std::to_string(i));
      if (i % 97 == 0) {
        command.ops.push_back(command.ops.front());
        std::get<document::SetAttributeOp>(command.ops.back()).name = "<";
      }
      if (i % 41 == 0) command.idempotency_key = "key " + std::to_string(i);
      workspace->SubmitAsync(std::move(command), [&, i](const absl::StatusOr<Receipt>& receipt) {
        if (receipt.ok()) {
          acknowledged.push_back(receipt->event.seq);
        } else {
          ++refused;
        }
        if (i + 1 == kCommands) done.set_value();
      });
    }
    done.get_future().wait();
    QCOMPARE(refused, (kCommands + 96) / 97);
    QCOMPARE(acknowledged.size(), static_cast<size_t>(kCommands - refused));
    for (size_t i = 1; i < acknowledged.size(); ++i) QCOMPARE(acknowledged[i], acknowledged[i - 1] + 1);
    QCOMPARE(told, static_cast<uint64_t>(acknowledged.size()));
    const std::string rendered = *workspace->Render(id);
    QCOMPARE(workspace->FindArtifact("a.bpmn")->events, uint64_t{acknowledged.size() + 1});
    QVERIFY(workspace->Verify()->empty());
    workspace = nullptr;
    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id), rendered);
    QCOMPARE(*workspace->CanUndo(id), std::string("Set name of t"));
  }
};

QTEST_APPLESS_MAIN(DeferredWorkTest)
#include "deferred_work_test.moc"
