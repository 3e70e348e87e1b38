#include "tests/simulation/simulated_disk.h"

#include <QtTest>
#include <set>
#include <string>

#include "base/platform/file_system.h"
#include "tests/simulation/database_driver.h"
#include "tests/uaf/fixture.h"
#include "uaf/store/sqlite.h"

using namespace ameide;
using namespace ameide::uaf::simulation;

namespace {

constexpr Survival kAllSurvivals[] = {Survival::kNothing, Survival::kEverything, Survival::kTorn,
                                      Survival::kRandom};

absl::Status Store(FileSystem& files, const char* path, std::string_view bytes) {
  return files.WriteAtomically(path, bytes);
}

/// Every disk that a crash may leave, at every point of what was done to `disk`, several of each.
template <typename Check>
void AtEveryCrash(const SimulatedDisk& disk, const Clock& clock, const Check& check) {
  CrashModel model(disk.start());
  SeededRandom random(1);
  for (size_t at = 0; at <= disk.operations().size(); ++at) {
    for (const Survival survival : kAllSurvivals) {
      for (int i = 0; i < 5; ++i) {
        SimulatedDisk after(model.Crash(survival, random), &clock);
        check(at, after);
      }
    }
    if (at < disk.operations().size()) model.Advance(disk.operations()[at]);
  }
}

}  // namespace

/// The disk that the simulations crash: what it keeps and what it may lose.
class SimulatedDiskTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAFileIsWritten_thenItReadsBackAndIsListed() {
    SimulatedDisk disk(EmptyDisk(), &clock_);
    PosixFileSystem files(disk);
    VERIFY_OK(files.CreateFolders("/a/b"));
    VERIFY_OK(Store(files, "/a/b/one", "1"));
    VERIFY_OK(Store(files, "/a/b/one", "22"));
    QCOMPARE(*files.Read("/a/b/one", 100), std::string("22"));
    QCOMPARE(*files.ExchangeAtomically("/a/b/one", "333"), std::optional<std::string>("22"));
    QCOMPARE(files.Stamp("/a/b/one")->size, uint64_t{3});
    VERIFY_OK(files.Move("/a/b/one", "/a/two"));
    QVERIFY(absl::IsAlreadyExists(files.Move("/a/two", "/a/b")));
    const auto entries = files.List("/a");
    VERIFY_OK(entries);
    QCOMPARE(entries->size(), size_t{2});
    QVERIFY(entries->front().kind == EntryKind::kFolder && entries->back().name == "two");
    VERIFY_OK(files.Remove("/a/two"));
    QVERIFY(absl::IsNotFound(files.Read("/a/two", 100).status()));
  }

  void whenAFileIsWrittenWithoutSync_thenACrashMayKeepAnyPartOfIt() {
    SimulatedDisk disk(EmptyDisk(), &clock_);
    const int file = disk.Open("/file", 0100 | 01, 0644);
    const std::string before(8192, 'a');
    disk.Write(file, before.data(), before.size());
    disk.Sync(file);
    const int root = disk.Open("/", 0, 0);
    disk.Sync(root);
    const std::string after(8192, 'b');
    disk.WriteAt(file, after.data(), after.size(), 0);
    std::set<std::string> seen;
    AtEveryCrash(disk, clock_, [&](size_t at, SimulatedDisk& left) {
      const auto bytes = PosixFileSystem(left).Read("/file", 10000);
      if (at < 4) return;
      QVERIFY2(bytes.ok() && bytes->size() == 8192, "what was synced is gone");
      if (at == disk.operations().size()) seen.insert(*bytes);
    });
    QVERIFY(seen.contains(before) && seen.contains(after));
    QVERIFY2(seen.size() > 4, "no torn state was seen");
  }

  void whenAFileIsReplacedAtomically_thenACrashLeavesOldOrNewBytes() {
    SimulatedDisk disk(EmptyDisk(), &clock_);
    PosixFileSystem files(disk);
    VERIFY_OK(files.CreateFolders("/deep/folder"));
    VERIFY_OK(Store(files, "/deep/folder/file", std::string(5000, 'a')));
    const size_t first = disk.operations().size();
    VERIFY_OK(Store(files, "/deep/folder/file", std::string(6000, 'b')));
    const size_t second = disk.operations().size();
    VERIFY_OK(files.ExchangeAtomically("/deep/folder/file", std::string(7000, 'c')));
    AtEveryCrash(disk, clock_, [&](size_t at, SimulatedDisk& left) {
      const auto bytes = PosixFileSystem(left).Read("/deep/folder/file", 10000);
      if (!bytes.ok()) {
        QVERIFY2(at < first, "a durable file is gone");
        return;
      }
      const char letter = bytes->empty() ? '?' : bytes->front();
      QVERIFY2(*bytes == std::string(bytes->size(), letter), "a mixture");
      const size_t size = letter == 'a' ? 5000 : letter == 'b' ? 6000 : 7000;
      QCOMPARE(bytes->size(), size);
      QVERIFY2(at < second || letter != 'a', "what was acknowledged is gone");
    });
  }

  void whenASyncFails_thenWhatItWasToKeepIsGone() {
    SimulatedDisk disk(EmptyDisk(), &clock_);
    PosixFileSystem files(disk);
    VERIFY_OK(Store(files, "/file", "old"));
    disk.Break({.kind = Fault::Kind::kFailedSync, .at = disk.operation_count(), .lasting = true});
    const absl::Status failed = Store(files, "/file", "new");
    QVERIFY(!failed.ok());
    QVERIFY(disk.struck());
    disk.Heal();
    QCOMPARE(*files.Read("/file", 100), std::string("old"));
    VERIFY_OK(Store(files, "/file", "newer"));
    QCOMPARE(*files.Read("/file", 100), std::string("newer"));
  }

  void whenTheDiskIsFullOrFails_thenTheErrorSaysWhatToDo() {
    for (const Fault::Kind kind : {Fault::Kind::kFull, Fault::Kind::kError, Fault::Kind::kFailedSync}) {
      SimulatedDisk disk(EmptyDisk(), &clock_);
      PosixFileSystem files(disk);
      VERIFY_OK(Store(files, "/file", "old"));
      disk.Break({.kind = kind, .at = disk.operation_count(), .lasting = true});
      const absl::Status failed = Store(files, "/file", "new");
      QCOMPARE(absl::IsResourceExhausted(failed), kind == Fault::Kind::kFull);
      const std::string advice = kind == Fault::Kind::kFull ? "free some space" : "check the disk";
      QVERIFY2(failed.message().find(advice) != std::string::npos, std::string(failed.message()).c_str());
    }
  }

  void whenADatabaseCommits_thenACrashKeepsIt() {
    SimulatedDisk disk(EmptyDisk(), &clock_);
    std::vector<size_t> committed;
    {
      DatabaseDriver driver(&disk);
      auto database = uaf::Database::Open("/store.db", uaf::Database::Mode::kOwner, driver.name());
      VERIFY_OK(database);
      VERIFY_OK((*database)->Execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)"));
      for (int i = 0; i < 20; ++i) {
        VERIFY_OK((*database)->Execute("INSERT INTO t(b) VALUES(hex(zeroblob(900)))"));
        committed.push_back(disk.operations().size());
      }
    }
    committed.push_back(disk.operations().size());  // closed: checkpointed
    const auto rows = [&](size_t at, SimulatedDisk& left) {
      if (at < committed.front()) return;
      DatabaseDriver driver(&left);
      auto database = uaf::Database::Open("/store.db", uaf::Database::Mode::kOwner, driver.name());
      VERIFY_OK(database);
      auto count = (*database)->Prepare("SELECT COUNT(*) FROM t");
      VERIFY_OK(count);
      VERIFY_OK(count->Step());
      int64_t least = 0;
      for (size_t i = 0; i < 20; ++i) least += committed[i] <= at ? 1 : 0;
      QVERIFY2(count->Int(0) >= least, "a committed row is lost");
      QVERIFY2(count->Int(0) <= least + 1, "a row from nowhere");
    };
    AtEveryCrash(disk, clock_, rows);
  }

 private:
  ManualClock clock_{*ParseTime("2026-03-01T12:00:00Z")};
};

QTEST_APPLESS_MAIN(SimulatedDiskTest)
#include "simulated_disk_test.moc"
