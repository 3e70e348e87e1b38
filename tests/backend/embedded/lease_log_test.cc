#include "backend/runtime/embedded/lease_log.h"

#include <QtTest>
#include <memory>
#include <set>
#include <string>

#include "base/platform/file_system.h"
#include "tests/backend/embedded/bed.h"
#include "tests/simulation/simulated_disk.h"

using namespace ameide;
using namespace ameide::runtime;
using uaf::simulation::EmptyDisk;
using uaf::simulation::Fault;
using uaf::simulation::SimulatedDisk;

namespace {

constexpr char kFile[] = "/leases";
constexpr size_t kFew = 20'000;  ///< a file of fewer records is not written anew

}  // namespace

/// The file of leases on a disk that is full or breaks.
class LeaseLogTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { Start(EmptyDisk()); }
  void cleanup() { log_.reset(); }

  void whenTheFileCannotBeWrittenAnew_thenThatIsNotTriedAtEachAppend() {
    for (size_t written = 0; written <= kFew; written += 1000) log_->Append(Leases(1, 1000));
    QVERIFY(log_->IsLong(0));
    Break(Fault::Kind::kFull);
    log_->Rewrite(Leases(1, 1), kBegin);
    QVERIFY(!log_->IsLong(0));
    const uint64_t before = disk_->operation_count();
    constexpr uint64_t kAppends = 1000;
    for (uint64_t i = 0; i < kAppends; ++i) {
      log_->Append(Leases(1, 1));
      if (log_->IsLong(1)) log_->Rewrite(Leases(1, 1), kBegin);
    }
    // Each is a write that fails, whose half is cut off.
    QCOMPARE(disk_->operation_count(), before + 2 * kAppends);
    // With room again it is, once it is worth it.
    disk_->Heal();
    size_t appends = 0;
    while (!log_->IsLong(1) && appends < 4 * kFew) {
      log_->Append(Leases(1, 1000));
      appends += 1000;
    }
    QVERIFY(log_->IsLong(1));
    log_->Rewrite(Leases(1, 1), kBegin);
    QVERIFY(!log_->IsLong(1));
    QVERIFY(PosixFileSystem(*disk_).Stamp(kFile)->size < 1000);
    QCOMPARE(Known(5), std::set<engine::Key>({1}));
  }

  void whenTheDiskIsFullForAWhile_thenTheLeasesOfThatTimeAreWrittenOnceThereIsRoom() {
    log_->Append(Leases(1, 3));
    Break(Fault::Kind::kFull);
    log_->Append(Leases(4, 3));
    log_->Append({Lease(5, "newer")});
    disk_->Heal();
    log_->Append(Leases(7, 1));
    QCOMPARE(Known(8), std::set<engine::Key>({1, 2, 3, 4, 5, 6, 7}));
    QCOMPARE(Reopened()->Take(1, 5, 1, 1)->token, std::string("newer"));
  }

  void whenALeaseIsExtendedBehindOneThatWaits_thenTheNewerOneCounts() {
    Break(Fault::Kind::kFull);
    log_->Append({Lease(1, "first"), Lease(2, "first")});
    disk_->Heal();
    log_->Append({Lease(1, "second")});
    QCOMPARE(Reopened()->Take(1, 1, 1, 1)->token, std::string("second"));
    QCOMPARE(Reopened()->Take(1, 2, 1, 1)->token, std::string("first"));
  }

  void whenThereIsRoomAgainAndTheProgramEnds_thenWhatWaitedIsWritten() {
    Break(Fault::Kind::kFull);
    log_->Append(Leases(1, 1000));
    disk_->Heal();
    log_.reset();
    QCOMPARE(Known(1001).size(), size_t{1000});
  }

  void whenHalfOfARecordCannotBeCutOff_thenNothingIsWrittenBehindIt() {
    log_->Append(Leases(1, 1));
    Break(Fault::Kind::kTorn);
    log_->Append(Leases(2, 1));
    disk_->Heal();
    log_->Append(Leases(3, 1));
    QCOMPARE(Known(4), std::set<engine::Key>({1, 2, 3}));
  }

  void whenTheProgramStartsOnAFullDisk_thenItGoesOnWithTheFileThatIsThere() {
    log_->Append(Leases(1, 2));
    log_.reset();
    const uint64_t size = PosixFileSystem(*disk_).Stamp(kFile)->size;
    Break(Fault::Kind::kFull);
    auto log = LeaseLog::Open(kFile, kBegin, *disk_);
    QVERIFY2(log.ok(), log.status().ToString().c_str());
    QVERIFY((*log)->Take(1, 1, 1, 1).has_value());
    (*log)->Append(Leases(3, 1));
    QCOMPARE(PosixFileSystem(*disk_).Stamp(kFile)->size, size);
    disk_->Heal();
    (*log)->Append(Leases(4, 1));
    QCOMPARE(Known(5), std::set<engine::Key>({1, 2, 3, 4}));
  }

  void whenTheFirstStartIsOnAFullDisk_thenTheErrorNamesTheFileAndTheReason() {
    Start(EmptyDisk(), false);
    Break(Fault::Kind::kFull);
    const auto log = LeaseLog::Open(kFile, kBegin, *disk_);
    QVERIFY(absl::IsUnavailable(log.status()));
    const std::string message(log.status().message());
    QVERIFY2(message.find(kFile) != std::string::npos && message.find("No space left") != std::string::npos,
             message.c_str());
  }

 private:
  void Start(uaf::simulation::DiskImage image, bool open = true) {
    log_.reset();
    disk_ = std::make_unique<SimulatedDisk>(std::move(image), &clock_);
    if (open) log_ = *LeaseLog::Open(kFile, kBegin, *disk_);
  }
  /// From now on.
  void Break(Fault::Kind kind) { disk_->Break({kind, disk_->operation_count(), true}); }
  static JobLease Lease(engine::Key job, const std::string& token) {
    return {1, job, 1, 1, "w", token, kBegin + std::chrono::hours(1)};
  }
  static std::vector<JobLease> Leases(engine::Key first, size_t count) {
    std::vector<JobLease> leases;
    for (size_t i = 0; i < count; ++i) leases.push_back(Lease(first + i, "t"));
    return leases;
  }
  /// As the next start finds it.
  std::unique_ptr<LeaseLog> Reopened() {
    image_ = std::make_unique<SimulatedDisk>(disk_->Snapshot(), &clock_);
    return *LeaseLog::Open(kFile, kBegin, *image_);
  }
  /// The jobs below `end` that it has a lease of.
  std::set<engine::Key> Known(engine::Key end) {
    const auto log = Reopened();
    std::set<engine::Key> jobs;
    for (engine::Key job = 1; job < end; ++job) {
      if (log->Take(1, job, 1, 1)) jobs.insert(job);
    }
    return jobs;
  }

  ManualClock clock_{kBegin};
  std::unique_ptr<SimulatedDisk> disk_, image_;
  std::unique_ptr<LeaseLog> log_;
};

QTEST_GUILESS_MAIN(LeaseLogTest)
#include "lease_log_test.moc"
