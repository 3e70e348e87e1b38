#include <QtTest>

#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"

using namespace ameide;
using namespace ameide::runtime;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

constexpr hours kDay{24};

BpmnBuilder Asking(const std::string& process) {
  return BpmnBuilder(process).Start().User("task").End().Chain({"start", "task", "end"});
}

/// Starts and ends as many instances; their ids.
std::vector<std::string> Finish(Bed& bed, const std::string& process, int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(*bed.Start(process));
    if (!bed.Complete(bed.Tasks({ids.back(), "", "", ""})[0].id).ok()) qFatal("cannot complete");
  }
  return ids;
}

bool Exists(Bed& bed, const std::string& id) { return bed->Instance(kTenant, id).ok(); }

int64_t Count(Bed& bed, const char* sql) {
  sqlite3* db = nullptr;
  sqlite3_open(bed.database().c_str(), &db);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(db, sql, -1, &statement, nullptr);
  const int64_t count = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return count;
}

absl::Status Keep(Bed& bed, const std::string& process, RetentionChange::Rule rule,
                  std::chrono::microseconds keep = {}) {
  std::promise<absl::Status> promise;
  bed->SetRetention(kTenant, {"ada", "tidy", process, rule, keep},
                    [&](absl::Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

absl::StatusOr<int64_t> Purge(Bed& bed, const std::string& process, WallTime before, bool dry_run = false,
                              const std::string& tenant = kTenant) {
  std::promise<absl::StatusOr<int64_t>> promise;
  bed->Purge({tenant, "ada", "tidy", process, before, dry_run},
             [&](absl::StatusOr<int64_t> count) { promise.set_value(std::move(count)); });
  return promise.get_future().get();
}

/// Lets the background do all that is due.
void Settle(Bed& bed) {
  for (int i = 0; i < 40; ++i) bed.Advance(milliseconds(20));
}

std::string Audit(Bed& bed) {
  std::string text;
  const auto page = bed->Audit(kTenant, "", {500, ""});
  for (const AuditRow& row : page->rows) text += row.actor + " " + row.action + " " + row.detail + "\n";
  return text;
}

}  // namespace

/// How long finished instances stay, and how they go.
class RetentionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheTimeOfInstancesIsOver_thenTheyGoWithTheirJournalAndTheAuditSaysSo() {
    Bed bed;
    bed.Deploy(Compiled(Asking("p")));
    bed.Deploy(Compiled(Asking("q")));
    const std::vector<std::string> old = Finish(bed, "p", 3), others = Finish(bed, "q", 2);
    const std::string running = *bed.Start("p");
    bed.Advance(20 * kDay);
    const std::vector<std::string> young = Finish(bed, "p", 2);
    QVERIFY(Keep(bed, "p", RetentionChange::Rule::kKeep, 15 * kDay).ok());
    Settle(bed);
    for (const std::string& id : old) QVERIFY(!Exists(bed, id));
    for (const std::string& id : young) QVERIFY(Exists(bed, id));
    for (const std::string& id : others) QVERIFY(Exists(bed, id));
    QVERIFY(Exists(bed, running));
    QCOMPARE(bed->Instances(kTenant, {"p", std::nullopt}, {})->rows.size(), size_t{3});
    QCOMPARE(Count(bed, "SELECT count(DISTINCT instance) FROM journal"), int64_t{5});
    QCOMPARE(Count(bed, "SELECT count(*) FROM purging"), int64_t{0});
    QVERIFY2(Audit(bed).find("retention policy purge process p: 3 instances that ended before ") !=
                 std::string::npos,
             Audit(bed).c_str());
    QVERIFY(Audit(bed).find("ada retention process p: kept for 1296000 s") != std::string::npos);
    // Later ones go when their time is over, without being asked, also after a restart.
    bed.Close();
    bed.Open();
    bed.Advance(16 * kDay);
    Settle(bed);
    for (const std::string& id : young) QVERIFY(!Exists(bed, id));
    QVERIFY(Exists(bed, running));
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
  }

  void whenAProcessHasItsOwnRule_thenThatCounts() {
    Bed bed;
    for (const char* process : {"keeps", "follows"}) bed.Deploy(Compiled(Asking(process)));
    const std::string kept = Finish(bed, "keeps", 1)[0], gone = Finish(bed, "follows", 1)[0];
    QVERIFY(Keep(bed, "keeps", RetentionChange::Rule::kForEver).ok());
    QVERIFY(Keep(bed, "", RetentionChange::Rule::kKeep, kDay).ok());
    bed.Advance(2 * kDay);
    Settle(bed);
    QVERIFY(Exists(bed, kept));
    QVERIFY(!Exists(bed, gone));
    const auto rules = bed->Retention(kTenant, {});
    QCOMPARE(rules->rows.size(), size_t{2});
    QCOMPARE(rules->rows[0].process, std::string());
    QCOMPARE(*rules->rows[0].keep, std::chrono::microseconds(kDay));
    QVERIFY(!rules->rows[1].keep);
    const auto first = bed->Retention(kTenant, {1, ""});
    QCOMPARE(bed->Retention(kTenant, {1, first->next_token})->rows[0].process, std::string("keeps"));
    QVERIFY(Keep(bed, "keeps", RetentionChange::Rule::kNone).ok());
    Settle(bed);
    QVERIFY(!Exists(bed, kept));
    QVERIFY(absl::IsNotFound(Keep(bed, "unknown", RetentionChange::Rule::kForEver)));
    QVERIFY(absl::IsInvalidArgument(Keep(bed, "keeps", RetentionChange::Rule::kKeep, -kDay)));
    QVERIFY(absl::IsInvalidArgument(bed->Retention(kTenant, {10, "nonsense"}).status()));
  }

  void whenSomebodyPurges_thenADryRunTellsHowManyAndNoOthersGo() {
    Bed bed;
    bed.Deploy(Compiled(Asking("p")));
    const std::vector<std::string> old = Finish(bed, "p", 4);
    bed.Advance(kDay);
    const WallTime between = bed.clock.Now();
    bed.Advance(kDay);
    const std::string young = Finish(bed, "p", 1)[0];
    bed.Advance(kDay);
    QCOMPARE(*Purge(bed, "p", between, true), int64_t{4});
    QVERIFY(Exists(bed, old[0]));
    QVERIFY(absl::IsNotFound(Purge(bed, "p", between, false, "other-tenant").status()));
    QCOMPARE(*Purge(bed, "p", between), int64_t{4});
    for (const std::string& id : old) QVERIFY(!Exists(bed, id));
    QVERIFY(Exists(bed, young));
    QCOMPARE(*Purge(bed, "", WallTime::max(), true), int64_t{1});
    QVERIFY(absl::IsNotFound(Purge(bed, "unknown", between, true).status()));
    QVERIFY(Audit(bed).find("ada purge process p: 4 instances") != std::string::npos);
    // What people did to an instance stays in the audit; a task of it is nobody's any more.
    QVERIFY(absl::IsNotFound(bed.Operate(old[0], Operation::Cancel{})));
  }

  void whenThereIsMuchToPurge_thenNoTransactionDeletesMoreThanItsShare() {
    Bed bed;
    bed.Deploy(Compiled(Asking("p")));
    Finish(bed, "p", 250);
    bed.Advance(kDay);
    QCOMPARE(*Purge(bed, "p", bed.clock.Now()), int64_t{250});
    int slices = 0;
    const auto page = bed->Audit(kTenant, "", {500, ""});
    for (const AuditRow& row : page->rows) slices += row.action == "purge";
    QCOMPARE(slices, 2);  // 200, 50
    Settle(bed);
    QCOMPARE(Count(bed, "SELECT count(*) FROM journal"), int64_t{0});
    QCOMPARE(Count(bed, "SELECT count(*) FROM compact_state"), int64_t{0});
  }

  void whenAJournalIsLong_thenItGoesPieceByPieceAlsoOverARestart() {
    Bed bed;
    bed.Deploy(Compiled(Asking("p")));
    const std::string id = Finish(bed, "p", 1)[0];
    // Nobody reads the journal of an instance that is gone: rows of whatever content will do.
    bed.Close();
    bed.Sql(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 7000) INSERT INTO "
        "journal(instance, revision, tenant, steps) SELECT (SELECT max(id) FROM instance), i, 'local', x'00' "
        "FROM n");
    bed.Open();
    bed.Advance(kDay);
    QCOMPARE(*Purge(bed, "p", bed.clock.Now()), int64_t{1});
    QVERIFY(!Exists(bed, id));
    const int64_t left = Count(bed, "SELECT count(*) FROM journal");
    QVERIFY2(left > 0 && left < 7000, std::to_string(left).c_str());
    bed.Close();
    bed.Open();
    Settle(bed);
    QCOMPARE(Count(bed, "SELECT count(*) FROM journal"), int64_t{0});
    QCOMPARE(Count(bed, "SELECT count(*) FROM purging"), int64_t{0});
  }

  void whenAnInstanceIsGone_thenItsIdempotencyKeyStillStands() {
    Bed bed;
    bed.Deploy(Compiled(Asking("p")));
    const std::string id = *bed.Start("p", "", "key");
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    bed.Advance(kDay);
    QCOMPARE(*Purge(bed, "p", bed.clock.Now()), int64_t{1});
    QCOMPARE(*bed.Start("p", "", "key"), id);
    QVERIFY(bed.Tasks().empty());
  }
};

QTEST_GUILESS_MAIN(RetentionTest)
#include "retention_test.moc"
