#include <QRegularExpression>
#include <QtTest>
#include <mutex>
#include <set>

#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

std::mutex mutex;
std::set<std::string> statements;

int Remember(unsigned, void*, void* statement, void*) {
  if (const char* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement)); sql != nullptr) {
    std::lock_guard lock(mutex);
    statements.insert(sql);
  }
  return 0;
}

/// Called by SQLite for each connection that the process opens.
int Watch(sqlite3* db, const char**, const void*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, &Remember, nullptr);
}

/// How SQLite would execute a statement, a line a step.
std::vector<std::string> PlanOf(sqlite3* db, const std::string& sql) {
  std::vector<std::string> steps;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &statement, nullptr) != SQLITE_OK)
    qFatal("%s: %s", sql.c_str(), sqlite3_errmsg(db));
  while (sqlite3_step(statement) == SQLITE_ROW)
    steps.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 3)));
  sqlite3_finalize(statement);
  return steps;
}

/// Tables whose size does not grow with work; of `purging` only the first row is asked for.
bool IsSmall(const std::string& table) {
  return table == "policy" || table == "own" || table == "retention" || table == "process" ||
         table == "start_event" || table == "purging" || table == "CONSTANT";
}

}  // namespace

/// Every statement that runs while work is done and questions are asked finds its rows by an index, in the
/// order in which they are wanted: the cost of a page does not grow with what there is.
class QueryPlanTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(&Watch)); }
  void cleanupTestCase() { sqlite3_reset_auto_extension(); }

  void whenWorkIsDoneAndQuestionsAreAsked_thenNoStatementScans() {
    Bed bed;
    bed.Deploy(Compiled(BpmnBuilder("p")
                            .Start()
                            .User("task", "sales")
                            .Worker("work", "t", "1")
                            .End()
                            .Boundary("late", "task", "timeDuration", "PT1H", false)
                            .End("noted")
                            .Chain({"start", "task", "work", "end"})
                            .Flow("late", "noted")));
    const std::string id = *bed.Start("p", "{}", "key");
    const std::string other = *bed.Start("p");
    bed.Advance(std::chrono::hours(2));
    bed.jobs.FailNext(1, absl::StatusCode::kNotFound);
    for (const TaskView& task : bed.Tasks()) QVERIFY(bed.Complete(task.id, "{}", "k").ok());
    QTRY_COMPARE_WITH_TIMEOUT(bed->Incidents(kTenant, {}, {})->rows.size(), size_t{1}, kWaitMs);
    QVERIFY(bed.Operate("", Operation::Retry{bed->Incidents(kTenant, {}, {})->rows[0].id, false}).ok());
    bed.Publish("nobody waits").IgnoreError();
    bed.Broadcast("nobody listens");
    {
      std::lock_guard lock(mutex);
      QVERIFY(!statements.empty());
    }
    for (const PageRequest& page : {PageRequest{}, PageRequest{10, "3"}, PageRequest{10, id},
                                    PageRequest{10, "5." + id + "-1"}, PageRequest{10, "+p"}}) {
      for (const char* process : {"", "p"}) {
        bed->Instances(kTenant, {process, std::nullopt}, page).status().IgnoreError();
        for (const InstanceStatus status :
             {InstanceStatus::kActive, InstanceStatus::kCompleted, InstanceStatus::kTerminated,
              InstanceStatus::kIncident, InstanceStatus::kSuspended})
          bed->Instances(kTenant, {process, status}, page).status().IgnoreError();
        for (const std::string& instance : {std::string(), id}) {
          for (const char* element : {"", "work"}) {
            for (const char* kind : {"", "job"})
              bed->Incidents(kTenant, {instance, process, element, kind}, page).status().IgnoreError();
          }
        }
      }
      for (const std::string& instance : {std::string(), id}) {
        bed->Tasks(kTenant, {instance, "", "", ""}, page).status().IgnoreError();
        bed->Tasks(kTenant, {instance, "sales", "", ""}, page).status().IgnoreError();
        bed->Tasks(kTenant, {instance, "", "ada", ""}, page).status().IgnoreError();
        bed->Tasks(kTenant, {instance, "", "", "ada"}, page).status().IgnoreError();
        bed->Audit(kTenant, instance, page).status().IgnoreError();
      }
      bed->Elements(kTenant, id, page).status().IgnoreError();
      bed->Processes(kTenant, page).status().IgnoreError();
      bed->Bundles(kTenant, page).status().IgnoreError();
      bed->Retention(kTenant, page).status().IgnoreError();
    }
    QVERIFY(bed->Instance(kTenant, id).ok());
    bed.Migrate({kTenant, "ada", "", "p", {}, 0, {}, true});
    std::promise<void> purged;
    bed->SetRetention(kTenant, {"ada", "", "p", RetentionChange::Rule::kKeep, std::chrono::hours(1)},
                      [&](absl::Status) { purged.set_value(); });
    purged.get_future().wait();
    bed.Advance(std::chrono::hours(2));
    for (const bool dry_run : {true, false}) {
      std::promise<void> done;
      bed->Purge({kTenant, "ada", "", "", WallTime::max(), dry_run},
                 [&](absl::StatusOr<int64_t>) { done.set_value(); });
      done.get_future().wait();
    }
    sqlite3* db = nullptr;
    QCOMPARE(sqlite3_open(bed.database().c_str(), &db), SQLITE_OK);
    std::set<std::string> seen;
    {
      std::lock_guard lock(mutex);
      seen = statements;
    }
    const QRegularExpression scan("^SCAN (\\w+)");
    int checked = 0;
    std::string wrong;
    for (const std::string& sql : seen) {
      const QString text = QString::fromStdString(sql).trimmed();
      if (!text.startsWith("SELECT") && !text.startsWith("UPDATE") && !text.startsWith("DELETE")) continue;
      // What a start reads whole: timers, who works, who waits, what is kept, what counts towards quotas.
      if (IsOfTheStart(text)) continue;
      ++checked;
      for (const std::string& step : PlanOf(db, sql)) {
        const auto match = scan.match(QString::fromStdString(step));
        const bool scans =
            match.hasMatch() && !IsSmall(match.captured(1).toStdString()) && !text.contains("FROM (SELECT");
        if (scans || step.starts_with("USE TEMP B-TREE")) wrong += sql + "\n  " + step + "\n";
      }
    }
    sqlite3_close(db);
    if (!wrong.empty()) qWarning("%s", wrong.c_str());
    QVERIFY(wrong.empty());
    QVERIFY2(checked > 60, std::to_string(checked).c_str());
  }

 private:
  static bool IsOfTheStart(const QString& sql) {
    for (const char* whole :
         {"SELECT due, instance, timer FROM timer", "SELECT id FROM instance WHERE work > 0",
          "SELECT ifnull(max(id), 0) FROM instance", "SELECT tenant, instance, command FROM outbox",
          "DELETE FROM outbox", "SELECT tenant, count(*) FROM instance"}) {
      if (sql.startsWith(QLatin1String(whole))) return true;
    }
    return sql.contains("FROM subscription ORDER BY") || sql.contains("FROM message ORDER BY") ||
           sql.contains("sqlite_") || sql.contains("FROM start_event");
  }
};

QTEST_GUILESS_MAIN(QueryPlanTest)
#include "query_plan_test.moc"
