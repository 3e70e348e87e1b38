#include <QtTest>
#include <algorithm>
#include <set>

#include "backend/runtime/embedded/chunk_store.h"
#include "base/random.h"
#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/plans.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

constexpr size_t kLarge = 10'000'000;

/// Text that does not repeat itself; its size in bytes.
std::string LargeText(uint64_t seed, size_t size = kLarge) {
  SeededRandom random(seed);
  std::string text = HexEncode(random.Bytes(size / 2 + 1));
  text.resize(size);
  return text;
}

int64_t CountRows(Bed& bed, const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_open(bed.database().c_str(), &db);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW)
    qFatal("%s", sqlite3_errmsg(db));
  const int64_t number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return number;
}

}  // namespace

/// Large variables: in chunks on the disk, whole for everybody.
class ChunksTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenBytesAreCut_thenTheChunksAreTheBytesAndAreTheSameWhereverTheyStand() {
    const std::string text = LargeText(1, 3'000'000);
    const auto chunks = CutIntoChunks(text);
    std::string joined;
    for (const std::string_view chunk : chunks) {
      QVERIFY(chunk.size() <= 256 << 10);
      joined.append(chunk);
    }
    QVERIFY(joined == text);
    std::set<std::string_view> known(chunks.begin(), chunks.end());
    const std::string moved = LargeText(2, 12'345) + text + LargeText(3, 54'321);
    size_t again = 0;
    for (const std::string_view chunk : CutIntoChunks(moved))
      again += known.contains(chunk) ? chunk.size() : 0;
    QVERIFY2(again > text.size() * 8 / 10, std::to_string(again).c_str());
    QVERIFY(CutIntoChunks("").empty());
    const std::string same(2'000'000, 'x');
    size_t size = 0;
    for (const std::string_view chunk : CutIntoChunks(same)) size += chunk.size();
    QCOMPARE(size, same.size());
  }

  void whenAVariableIsLarge_thenItIsOnTheDiskOnceAndWholeAfterARestart() {
    Bed bed(nullptr, true);
    bed.Deploy(PlanBuilder("p").Job("pay", "pay", false).User("look").End());
    const std::string text = LargeText(4);
    const std::string json = absl::StrCat(R"({"text":")", text, R"("})");
    const std::string id = *bed.Start("p", json);
    bed->WaitUntilIdle();
    std::promise<absl::StatusOr<std::vector<LeasedJob>>> taken;
    bed->TakeJobs({kTenant, "pay", "w", 1, std::chrono::hours(1), {}},
                  [&](auto jobs) { taken.set_value(jobs); });
    const std::vector<LeasedJob> jobs = *taken.get_future().get();
    QVERIFY(jobs.at(0).variables_json == json);
    std::promise<absl::Status> reported;
    // The same again as a result: nothing more to write.
    bed->ReportJob({kTenant, jobs[0].id, jobs[0].lease_token, JobReport::Done{json}},
                   [&](absl::Status status) { reported.set_value(status); });
    QVERIFY(reported.get_future().get().ok());
    QVERIFY(bed.Tasks().at(0).variables_json == json);
    QVERIFY(bed.View(id).variables_json == json);
    bed.Close();
    QVERIFY(CountRows(bed, "SELECT sum(length(bytes)) FROM chunk_bytes") <
            static_cast<int64_t>(kLarge) * 13 / 10);
    QVERIFY(CountRows(bed, "SELECT max(length(steps)) FROM journal") < 100'000);
    QVERIFY(CountRows(bed, "SELECT max(length(variables)) FROM task") < 100'000);
    bed.Open();
    QVERIFY(bed.View(id).variables_json == json);
    QVERIFY(bed.Tasks().at(0).variables_json == json);
    QVERIFY(bed.Complete(bed.Tasks().at(0).id, R"({"done":true})").ok());
    QCOMPARE(bed.View(id).row.status, InstanceStatus::kCompleted);
  }

  void whenAnInstanceIsLongAndLarge_thenItComesBackFromItsCompactState() {
    Bed bed;
    PlanBuilder plan("p");
    for (int i = 0; i < 150; ++i) plan.Script("s" + std::to_string(i), "1", "n");
    bed.Deploy(plan.User("wait").End());
    const std::string text = LargeText(5, 1'000'000);
    const std::string id = *bed.Start("p", absl::StrCat(R"({"text":")", text, R"("})"));
    bed->WaitUntilIdle();
    bed.Close();
    QVERIFY(CountRows(bed, "SELECT count(*) FROM compact_state WHERE length(state) < 10000") == 1);
    bed.Open();
    QVERIFY(bed.Complete(bed.Tasks().at(0).id).ok());
    QVERIFY(bed.View(id).variables_json.find(text) != std::string::npos);
  }

  void whenInstancesArePurged_thenChunksThatNobodyElseUsesGo() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").Script("s", "1", "n").End());
    const std::string shared = absl::StrCat(R"({"text":")", LargeText(6, 500'000), R"("})");
    QVERIFY(bed.Start("p", shared).ok());
    bed.Advance(std::chrono::hours(2));
    const std::string kept = *bed.Start("p", shared);
    const std::string alone = absl::StrCat(R"({"text":")", LargeText(7, 500'000), R"("})");
    bed->WaitUntilIdle();
    const int64_t before = CountRows(bed, "SELECT count(*) FROM chunk");
    bed.Advance(std::chrono::hours(1));
    QVERIFY(bed.Start("p", alone).ok());
    QVERIFY(CountRows(bed, "SELECT count(*) FROM chunk") > before);
    const auto purge = [&](WallTime ended_before) {
      std::promise<absl::StatusOr<int64_t>> purged;
      bed->Purge({kTenant, "ada", "test", "p", ended_before}, [&](auto count) { purged.set_value(count); });
      return purged.get_future().get().value_or(-1);
    };
    QCOMPARE(purge(kBegin + std::chrono::hours(1)), int64_t{1});
    QTRY_COMPARE_WITH_TIMEOUT(CountRows(bed, "SELECT count(*) FROM purging"), int64_t{0}, kWaitMs);
    QVERIFY(bed.View(kept).variables_json.size() > 500'000);
    bed.Advance(std::chrono::hours(1));
    QCOMPARE(purge(bed.clock.Now()), int64_t{2});
    bed.Advance(std::chrono::seconds(1));
    QTRY_COMPARE_WITH_TIMEOUT(CountRows(bed, "SELECT count(*) FROM purging"), int64_t{0}, kWaitMs);
    QCOMPARE(CountRows(bed, "SELECT count(*) FROM chunk"), int64_t{0});
    QCOMPARE(CountRows(bed, "SELECT count(*) FROM chunk_bytes"), int64_t{0});
    QCOMPARE(CountRows(bed, "SELECT count(*) FROM chunk_use"), int64_t{0});
  }

  void whenAChunkIsDamaged_thenItsInstanceIsNamedAndOthersGoOn() {
    Bed bed;
    bed.Deploy(PlanBuilder("p").User("wait").End());
    const std::string large = *bed.Start("p", absl::StrCat(R"({"text":")", LargeText(8, 500'000), R"("})"));
    const std::string small = *bed.Start("p", R"({"text":"x"})");
    bed.Close();
    bed.Sql(
        "UPDATE chunk_bytes SET bytes = zeroblob(length(bytes)) WHERE chunk = (SELECT max(chunk) FROM "
        "chunk_bytes)");
    bed.Open();
    const auto view = bed->Instance(kTenant, large);
    QVERIFY(absl::IsDataLoss(view.status()));
    QVERIFY(std::string(view.status().message()).find(large) != std::string::npos);
    QVERIFY(bed->Instance(kTenant, small).ok());
  }
};

QTEST_GUILESS_MAIN(ChunksTest)
#include "chunks_test.moc"
