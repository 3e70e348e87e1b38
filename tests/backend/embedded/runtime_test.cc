#include "backend/runtime/embedded/runtime.h"

#include <sqlite3.h>

#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/runtime/embedded/ids.h"
#include "base/platform/file_system.h"
#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/plans.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

class RuntimeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAnInstanceRuns_thenItsTokensVariablesAndHistoryAreShown() {
    Bed bed;
    bed.Deploy(PlanBuilder("order").Job("create", "orders.v1.OrderService/CreateOrder").User("check").End());
    const auto id = bed.Start("order", R"({"amount":10})");
    QVERIFY2(id.ok(), id.status().ToString().c_str());
    bed->WaitUntilIdle();
    const InstanceView view = bed.View(*id);
    QCOMPARE(view.row.status, InstanceStatus::kActive);
    QCOMPARE(view.tokens.size(), size_t{1});
    QCOMPARE(view.tokens[0].element, std::string("check"));
    QCOMPARE(view.variables_json, std::string(R"({"amount":10,"order":{"id":"o-1"}})"));
    QCOMPARE(view.tasks.size(), size_t{1});
    QCOMPARE(view.tasks[0].form, std::string("order-form"));
    QCOMPARE(Events(view), std::string(" started\nstart activated\nstart completed\ncreate activated\n"
                                       "create completed\ncheck activated\n"));
    QVERIFY(bed.Complete(view.tasks[0].id, R"({"ok":true})").ok());
    const InstanceView end = bed.View(*id);
    QCOMPARE(end.row.status, InstanceStatus::kCompleted);
    QVERIFY(end.row.ended_at.has_value());
    QVERIFY(end.tokens.empty());
    QVERIFY(bed.Tasks().empty());
    QVERIFY(end.revision > view.revision);
  }

  void whenAnExternalCallIsMade_thenItHasTheSameKeyInAllAttempts() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").Job("call", "a.B/C").End());
    bed.jobs.FailNext(2, absl::StatusCode::kUnavailable);
    const auto id = bed.Start("p");
    bed->WaitUntilIdle();
    QCOMPARE(bed.jobs.attempts().size(), size_t{1});
    bed.Advance(std::chrono::seconds(2));
    QCOMPARE(bed.jobs.attempts().size(), size_t{2});
    bed.Advance(std::chrono::seconds(6));
    const auto attempts = bed.jobs.attempts();
    QCOMPARE(attempts.size(), size_t{3});
    QCOMPARE(attempts[0].idempotency_key, attempts[2].idempotency_key);
    QVERIFY(attempts[0].idempotency_key.starts_with("local/" + *id));
    QCOMPARE(attempts[2].attempt, 3);
    QCOMPARE(bed.View(*id).row.status, InstanceStatus::kCompleted);
  }

  void whenRetriesRunOut_thenThereIsAnIncidentThatCanBeRetried() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").Job("call", "a.B/C", true, 2).End());
    bed.jobs.FailNext(2, absl::StatusCode::kUnavailable);
    const auto id = bed.Start("p");
    bed->WaitUntilIdle();
    bed.Advance(std::chrono::seconds(2));
    const InstanceView stopped = bed.View(*id);
    QCOMPARE(stopped.row.status, InstanceStatus::kIncident);
    QCOMPARE(stopped.incidents.size(), size_t{1});
    QCOMPARE(stopped.incidents[0].element, std::string("call"));
    QVERIFY(stopped.incidents[0].message.find("the domain is down") != std::string::npos);
    QCOMPARE(bed->Incidents(kTenant, {}, {})->rows.size(), size_t{1});
    bed.Close();
    bed.Open();
    bed->WaitUntilIdle();
    QCOMPARE(bed.jobs.attempts().size(), size_t{2});  // An incident is not taken up again by a restart.
    QVERIFY(bed.Operate("", Operation::Retry{stopped.incidents[0].id}).ok());
    bed->WaitUntilIdle();
    QCOMPARE(bed.View(*id).row.status, InstanceStatus::kCompleted);
    QCOMPARE(bed.jobs.attempts()[2].idempotency_key, bed.jobs.attempts()[0].idempotency_key);
    QVERIFY(bed->Incidents(kTenant, {}, {})->rows.empty());
  }

  void whenTasksHaveLargeVariables_thenAPageEndsEarly() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("ask").End());
    const std::string large = "{\"a\":\"" + std::string(size_t{7} << 19, 'x') + "\"}";
    for (int i = 0; i < 5; ++i) QVERIFY(bed.Start("p", large).ok());
    const auto first = bed->Tasks(kTenant, {}, {500, ""});
    QCOMPARE(first->rows.size(), size_t{3});
    const auto second = bed->Tasks(kTenant, {}, {500, first->next_token});
    QCOMPARE(second->rows.size(), size_t{2});
    QVERIFY(second->next_token.empty());
  }

  void whenALoopNeverEnds_thenItGoesOnSlowly() {
    Bed bed;
    engine::Plan plan =
        *engine::DecodePlan(PlanBuilder("p").Script("a", "1", "x").Script("b", "2", "x").End());
    // From b back to a instead of to the end.
    const engine::Index back = plan.nodes[3].outgoing[0];
    plan.flows[back].target = 2;
    plan.nodes[2].incoming.push_back(back);
    plan.nodes[4].incoming.clear();
    bed.Deploy(engine::EncodePlan(plan));
    const auto id = bed.Start("p");
    bed->WaitUntilIdle();
    const int64_t before = bed.View(*id).revision;
    bed.Advance(std::chrono::milliseconds(900));
    QCOMPARE(bed.View(*id).revision, before);
    bed.Advance(std::chrono::milliseconds(100));
    const int64_t step = bed.View(*id).revision - before;
    QVERIFY(step > 0);
    QVERIFY(before >= 20 * step);
    QVERIFY(bed.Operate(*id, Operation::Cancel{}).ok());
    bed.Advance(std::chrono::seconds(10));
    QCOMPARE(bed.View(*id).row.status, InstanceStatus::kTerminated);
  }

  void whenAKeyComesWithAnotherRequest_thenItIsRefused() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("ask").End());
    bed.Deploy(PlanBuilder("q").User("ask").End());
    const auto id = bed.Start("p", R"({"a":1})", "once");
    QCOMPARE(*bed.Start("p", R"( {"a": 1.0} )", "once"), *id);
    QCOMPARE(bed.Start("p", R"({"a":2})", "once").status().code(), absl::StatusCode::kInvalidArgument);
    QCOMPARE(bed.Start("q", R"({"a":1})", "once").status().code(), absl::StatusCode::kInvalidArgument);
    const std::string task = bed.Tasks()[0].id;
    QVERIFY(bed.Complete(task, R"({"b":1})", "done").ok());
    QVERIFY(bed.Complete(task, R"({"b":1})", "done").ok());
    QCOMPARE(bed.Complete(task, R"({"b":2})", "done").code(), absl::StatusCode::kInvalidArgument);
  }

  void whenTheJournalIsOfTheFirstVersion_thenItIsBroughtForward() {
    const std::string to_second =
        "DROP TABLE chunk; DROP TABLE chunk_bytes; DROP TABLE chunk_use; DROP TABLE retention; DROP TABLE "
        "purging; DROP INDEX instance_by_end; "
        "DROP TABLE subscription; DROP TABLE message; DROP TABLE start_event; DROP TABLE start_occurred; "
        "DROP TABLE outbox; DROP TABLE audit; DROP TABLE task_user; DROP INDEX task_by_assignee; "
        "DROP INDEX incident_by_process; ALTER TABLE incident DROP COLUMN payload; "
        "ALTER TABLE instance DROP COLUMN first_plan; ALTER TABLE task DROP COLUMN assignee; "
        "ALTER TABLE task DROP COLUMN owner; ALTER TABLE task DROP COLUMN users; ALTER TABLE task DROP "
        "COLUMN due; "
        "ALTER TABLE task DROP COLUMN follow_up; ALTER TABLE task DROP COLUMN priority; ";
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("ask").End());
    const auto id = bed.Start("p", "", "once");
    bed.Close();
    bed.Sql(to_second + "ALTER TABLE request DROP COLUMN digest; PRAGMA user_version = 1");
    bed.Open();
    QCOMPARE(*bed.Start("p", "", "once"), *id);
    // The second version, too.
    bed.Close();
    bed.Sql(to_second + "PRAGMA user_version = 2");
    bed.Open();
    QCOMPARE(bed.Tasks().size(), size_t{1});
    QCOMPARE(bed.Tasks()[0].priority, 50);
    QVERIFY(bed.Start("p", "", "again").ok());
    QCOMPARE(bed.Start("p", R"({"a":1})", "again").status().code(), absl::StatusCode::kInvalidArgument);
  }

  void whenOneInstanceCannotBeWritten_thenTheOthersGoOn() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").Wait("pause", "PT10S").End());
    const auto stuck = bed.Start("p");
    const auto other = bed.Start("p");
    const std::string number = absl::StrCat(*ParseInstance(*stuck));
    bed.Sql("CREATE TRIGGER broken BEFORE INSERT ON journal WHEN new.instance = " + number +
            " BEGIN SELECT raise(ABORT, 'broken'); END");
    bed.Advance(std::chrono::seconds(10));
    QTRY_COMPARE_WITH_TIMEOUT(bed.View(*other).row.status, InstanceStatus::kCompleted, 10000);
    QVERIFY(bed.Start("p").ok());
    QCOMPARE(bed.View(*stuck).row.status, InstanceStatus::kActive);
    bed.Sql("DROP TRIGGER broken");
    QTRY_COMPARE_WITH_TIMEOUT(bed.View(*stuck).row.status, InstanceStatus::kCompleted, 10000);
  }

  void whenAnErrorWouldComeAgain_thenItIsAnIncidentAtOnce() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").Job("call", "a.B/C").End());
    bed.jobs.FailNext(1, absl::StatusCode::kInvalidArgument);
    const auto id = bed.Start("p");
    bed->WaitUntilIdle();
    QCOMPARE(bed.View(*id).row.status, InstanceStatus::kIncident);
  }

  void whenATimerIsDue_thenItFires() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").Wait("pause", "PT1H").User("then").End());
    const auto id = bed.Start("p");
    bed.Advance(std::chrono::minutes(59));
    QCOMPARE(bed.View(*id).tokens[0].element, std::string("pause"));
    bed.Advance(std::chrono::minutes(1));
    QCOMPARE(bed.View(*id).tokens[0].element, std::string("then"));
  }

  void whenTheProgramStartsAgain_thenEverythingGoesOn() {
    Bed bed;
    bed.Deploy(PlanBuilder("timer").Wait("pause", "PT1H").End());
    bed.Deploy(PlanBuilder("task").User("check").Script("add", "amount + 1", "sum").End());
    const auto timer = bed.Start("timer");
    const auto task = bed.Start("task", R"({"amount":41})");
    bed.Close();
    bed.clock.Advance(std::chrono::hours(2));  // The timer becomes due while nothing runs.
    bed.Open();
    bed->WaitUntilIdle();
    QCOMPARE(bed.View(*timer).row.status, InstanceStatus::kCompleted);
    QCOMPARE(bed.Tasks().size(), size_t{1});
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QCOMPARE(bed.View(*task).variables_json, std::string(R"({"amount":41,"sum":42})"));
  }

  void whenAKeyComesTwice_thenTheWorkIsDoneOnce() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("check").End());
    const auto first = bed.Start("p", "", "key-1");
    const auto second = bed.Start("p", "", "key-1");
    QCOMPARE(*first, *second);
    QCOMPARE(bed->Instances(kTenant, {}, {})->rows.size(), size_t{1});
    const std::string task = bed.Tasks()[0].id;
    QVERIFY(bed.Complete(task, "", "done-1").ok());
    QVERIFY(bed.Complete(task, "", "done-1").ok());
    QVERIFY(!bed.Complete(task, "", "done-2").ok());
    QVERIFY(!bed.Complete(task).ok());
  }

  void whenAnotherTenantAsks_thenThereIsNothing() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("check").End());
    const auto id = bed.Start("p");
    QVERIFY(absl::IsNotFound(bed.Start("p", "", "", "other").status()));
    QVERIFY(absl::IsNotFound(bed->Instance("other", *id).status()));
    QVERIFY(absl::IsNotFound(bed.Complete(bed.Tasks()[0].id, "", "", "other")));
    QVERIFY(bed->Instances("other", {}, {})->rows.empty());
    QVERIFY(bed->Tasks("other", {}, {})->rows.empty());
    QVERIFY(bed->Processes("other", {})->rows.empty());
  }

  void whenABundleIsDeployedTwice_thenItIsOneDeployment() {
    Bed bed;
    const std::string one = PlanBuilder("p").User("check").End();
    const std::string two = PlanBuilder("p").User("check").User("again").End();
    QVERIFY(bed.Deploy(one).is_new);
    const auto old = bed.Start("p");
    QVERIFY(!bed.Deploy(one).is_new);
    QCOMPARE(bed.Deploy(two).processes[0].version, int64_t{2});
    QCOMPARE(bed->Bundles(kTenant, {})->rows.size(), size_t{2});
    // What runs stays on its plan.
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QCOMPARE(bed.View(*old).row.status, InstanceStatus::kCompleted);
    QCOMPARE(bed.View(*old).row.version, int64_t{1});
    // Back to the first: a version of its own.
    const Deployment back = bed.Deploy(one);
    QVERIFY(back.is_new);
    QCOMPARE(back.processes[0].version, int64_t{3});
  }

  void whenListsArePaged_thenEveryRowComesOnce() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("check").End());
    bed.Deploy(PlanBuilder("q").End());
    std::set<std::string> started;
    for (int i = 0; i < 25; ++i) started.insert(*bed.Start(i % 5 == 0 ? "q" : "p"));
    std::set<std::string> seen;
    PageRequest request{4, ""};
    do {
      const auto page = *bed->Instances(kTenant, {}, request);
      QVERIFY(page.rows.size() <= 4);
      for (const auto& row : page.rows) QVERIFY(seen.insert(row.id).second);
      request.token = page.next_token;
    } while (!request.token.empty());
    QVERIFY(seen == started);
    QCOMPARE(bed->Instances(kTenant, {"q", std::nullopt}, {})->rows.size(), size_t{5});
    QCOMPARE(bed->Instances(kTenant, {"", InstanceStatus::kActive}, {})->rows.size(), size_t{20});
    QCOMPARE(bed->Instances(kTenant, {"p", InstanceStatus::kCompleted}, {})->rows.size(), size_t{0});
    seen.clear();
    request = {3, ""};
    do {
      const auto page = *bed->Tasks(kTenant, {"", "clerks"}, request);
      for (const auto& row : page.rows) QVERIFY(seen.insert(row.id).second);
      request.token = page.next_token;
    } while (!request.token.empty());
    QCOMPARE(seen.size(), size_t{20});
    QVERIFY(absl::IsInvalidArgument(bed->Tasks(kTenant, {}, {3, "nonsense"}).status()));
    QCOMPARE(bed->CountTotals(kTenant)->open_tasks, int64_t{20});
  }

  void whenAnInstanceIsCanceled_thenNothingOfItWaits() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("check").End());
    const auto id = bed.Start("p");
    const auto cancel = [&] { return bed.Operate(*id, Operation::Cancel{}); };
    QVERIFY(cancel().ok());
    QCOMPARE(bed.View(*id).row.status, InstanceStatus::kTerminated);
    QVERIFY(bed.Tasks().empty());
    QVERIFY(absl::IsFailedPrecondition(cancel()));
  }

  void whenVariablesAreNoObject_thenTheCallerIsTold() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").End());
    QVERIFY(absl::IsInvalidArgument(bed.Start("p", "[1]").status()));
    QVERIFY(absl::IsInvalidArgument(bed.Start("p", "{").status()));
    QVERIFY(absl::IsNotFound(bed.Start("unknown").status()));
  }

  void whenADeadlineHasPassed_thenNothingIsDone() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").End());
    std::promise<absl::StatusOr<std::string>> promise;
    bed->StartInstance({kTenant, "p", "", "", std::chrono::system_clock::now() - std::chrono::seconds(1)},
                       [&](auto id) { promise.set_value(std::move(id)); });
    QVERIFY(absl::IsDeadlineExceeded(promise.get_future().get().status()));
    QVERIFY(bed->Instances(kTenant, {}, {})->rows.empty());
  }

  void whenAnInstanceIsLong_thenItComesBackFromItsCompactState() {
    Bed bed;
    PlanBuilder builder("p");
    for (int i = 0; i < 120; ++i) builder.User(absl::StrCat("task", i));
    bed.Deploy(builder.End());
    const auto id = bed.Start("p");
    for (int i = 0; i < 119; ++i) {
      if (i % 40 == 0) {
        bed.Close();
        bed.Open();
      }
      QVERIFY(bed.Complete(bed.Tasks()[0].id, absl::StrCat(R"({"n":)", i, "}")).ok());
    }
    QCOMPARE(bed.View(*id).tokens[0].element, std::string("task119"));
    QCOMPARE(bed.View(*id).variables_json, std::string(R"({"n":118})"));
  }

  void whenSomethingChanges_thenWatchersHear() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("check").End());
    const auto id = bed.Start("p");
    bed->WaitUntilIdle();
    std::atomic<int> heard{0};
    const auto subscription = bed->Watch(*id, [&] { ++heard; });
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QTRY_COMPARE_WITH_TIMEOUT(heard.load(), 1, kWaitMs);
  }

  void whenAJournalRowIsDamaged_thenItsInstanceIsNamedAndOthersGoOn() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("check").End());
    const auto bad = bed.Start("p");
    const auto good = bed.Start("p");
    bed.Close();
    bed.Sql("UPDATE journal SET steps = x'0102030405060708' WHERE instance = (SELECT min(id) FROM instance)");
    bed.Open();
    const auto view = bed->Instance(kTenant, *bad);
    QVERIFY(absl::IsDataLoss(view.status()));
    QVERIFY(std::string(view.status().message()).find(*bad) != std::string::npos);
    QVERIFY(absl::IsDataLoss(bed.Complete(bed.Tasks({*bad, ""})[0].id)));
    QVERIFY(bed.Complete(bed.Tasks({*good, ""})[0].id).ok());
  }

  void whenTheFileIsDamaged_thenOpeningSaysSo() {
    Bed bed;
    bed.Close();
    PosixFileSystem files;
    std::string bytes = *files.Read(bed.database(), 1 << 26);
    QVERIFY(files.WriteAtomically(bed.database(), std::string(bytes.size(), 'x'), 0600).ok());
    const auto opened = bed.OpenStatus();
    QVERIFY2(absl::IsDataLoss(opened.status()), opened.status().ToString().c_str());
    QVERIFY(std::string(opened.status().message()).find("restore") != std::string::npos);
  }

  void whenTheFileIsOfANewerProgram_thenOpeningSaysSo() {
    Bed bed;
    bed.Close();
    bed.Sql("PRAGMA user_version=99");
    QVERIFY(absl::IsFailedPrecondition(bed.OpenStatus().status()));
  }
};

QTEST_GUILESS_MAIN(RuntimeTest)
#include "runtime_test.moc"
