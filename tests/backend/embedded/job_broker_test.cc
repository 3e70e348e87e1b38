#include "backend/runtime/embedded/job_broker.h"

#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <future>
#include <mutex>
#include <set>

#include "tests/backend/embedded/bed.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// What the variables of a job are made of, and how often somebody asked.
struct Journal {
  std::mutex mutex;
  size_t reads = 0;
  bool broken = false;
  bool gone = false;  ///< no job is open

  absl::StatusOr<std::map<engine::Key, feel::Context>> Read(std::span<const engine::Key> jobs) {
    std::lock_guard lock(mutex);
    ++reads;
    if (broken) return absl::UnavailableError("the disk is away");
    std::map<engine::Key, feel::Context> variables;
    if (gone) return variables;
    for (const engine::Key job : jobs) variables[job].Set("n", static_cast<int64_t>(job));
    return variables;
  }
  size_t Reads() {
    std::lock_guard lock(mutex);
    return reads;
  }
};

/// What a stream was given.
struct Worker {
  std::mutex mutex;
  std::vector<LeasedJob> jobs;
  size_t largest = 0;  ///< jobs that came at once, at most

  JobStreamOptions Options(size_t credit, const std::string& name = "w") {
    JobStreamOptions options{kTenant, {"pay"}, name, hours(1), credit};
    options.jobs = [this](std::vector<LeasedJob> given) {
      std::lock_guard lock(mutex);
      largest = std::max(largest, given.size());
      jobs.insert(jobs.end(), given.begin(), given.end());
    };
    options.withdrawn = [](const std::vector<std::string>&) { return size_t{0}; };
    options.ending = [] {};
    return options;
  }
  size_t Count() {
    std::lock_guard lock(mutex);
    return jobs.size();
  }
};

}  // namespace

/// The broker alone, with a journal that can break.
class JobBrokerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    quotas_.Set(Quotas());
    folder_ = std::make_unique<QTemporaryDir>();
    journal_ = std::make_unique<Journal>();
    Start();
  }
  void cleanup() { broker_.reset(); }

  void whenVariablesCannotBeRead_thenTheStreamHasItsRoomAgainAndTheJobComesLater() {
    journal_->broken = true;
    AddJobs(1);
    Worker worker;
    const auto stream = broker_->Open(worker.Options(1));
    QTRY_VERIFY_WITH_TIMEOUT(journal_->Reads() > 0, kWaitMs);
    {
      std::lock_guard lock(journal_->mutex);
      journal_->broken = false;
    }
    // Signs of life hold what the worker has, and this it was never told of.
    QTRY_VERIFY_WITH_TIMEOUT((clock_.Advance(seconds(1)), stream->Extend(), worker.Count() == 1), kWaitMs);
    QVERIFY(clock_.Now() < kBegin + hours(1));
    QCOMPARE(worker.jobs[0].variables_json, std::string(R"({"n":1})"));
  }

  void whenOneInstanceHasThousandsOfJobs_thenItIsReadOnceForManyAndWorkersAreToldMeanwhile() {
    constexpr size_t kJobs = 5000;
    AddJobs(kJobs);
    Worker worker;
    const auto stream = broker_->Open(worker.Options(10'000));
    QTRY_COMPARE_WITH_TIMEOUT(worker.Count(), kJobs, kWaitMs);
    std::set<std::string> ids;
    for (const LeasedJob& job : worker.jobs) ids.insert(job.id);
    QCOMPARE(ids.size(), kJobs);
    QVERIFY2(journal_->Reads() <= kJobs / 200, std::to_string(journal_->Reads()).c_str());
    QVERIFY2(worker.largest <= 300, std::to_string(worker.largest).c_str());
  }

  void whenAJobIsNotOpenAnyMore_thenItLeavesAndTakesNobodysRoom() {
    AllowOneAtOnce();
    journal_->gone = true;
    AddJobs(1);
    QVERIFY(TakeOne("w", minutes(1)).id.empty());
    journal_->gone = false;
    AddJobs(1, 2);
    QCOMPARE(TakeOne("w", minutes(1)).variables_json, std::string(R"({"n":2})"));
    const size_t reads = journal_->Reads();
    clock_.Advance(hours(1));
    QCOMPARE(TakeOne("w", minutes(1)).variables_json, std::string(R"({"n":2})"));
    QCOMPARE(journal_->Reads(), reads + 1);
  }

  void whenAWaitingJobIsWithdrawn_thenNobodyIsToldThatItsTurnWouldCome() {
    AllowOneAtOnce();
    AddJobs(2);
    QVERIFY(!TakeOne("w1", hours(1)).id.empty());
    QVERIFY(absl::IsResourceExhausted(Take("w2", hours(1)).status()));
    broker_->Withdraw({1, 2});
    const auto taken = Take("w2", hours(1));
    QVERIFY2(taken.ok(), taken.status().ToString().c_str());
    QVERIFY(taken->empty());
  }

  void whenJobsDoNotFitIntoAnAnswer_thenTheyKeepTheirPlaceAndTheirRoomIsFree() {
    AddJobs(4);
    const auto taken = Take("w1", hours(1), 3);
    QVERIFY(taken.ok());
    QCOMPARE(Numbers(*taken), (std::vector<engine::Key>{1, 2, 3}));
    const LeasedJob &second = (*taken)[1], &third = (*taken)[2];
    broker_->Return(kTenant, {{third.id, third.lease_token}, {second.id, second.lease_token}});
    const auto next = Take("w2", hours(1), 10);
    QVERIFY(next.ok());
    QCOMPARE(Numbers(*next), (std::vector<engine::Key>{2, 3, 4}));
    // Whoever has them now keeps them.
    broker_->Return(kTenant, {{second.id, second.lease_token}});
    QVERIFY(TakeOne("w1", hours(1)).id.empty());
  }

  void whenWorkersGiveBackJobs_thenTheseKeepTheirOrder() {
    AddJobs(4);
    Worker first, second;
    auto early = broker_->Open(first.Options(1));
    QTRY_COMPARE_WITH_TIMEOUT(first.Count(), size_t{1}, kWaitMs);
    auto late = broker_->Open(second.Options(2));
    QTRY_COMPARE_WITH_TIMEOUT(second.Count(), size_t{2}, kWaitMs);
    early.reset();
    late.reset();
    const auto next = Take("w", hours(1), 10);
    QVERIFY(next.ok());
    QCOMPARE(Numbers(*next), (std::vector<engine::Key>{1, 2, 3, 4}));
  }

  void whenAReportIsRefusedForNow_thenSignsOfLifeHoldTheJobStillAndTheStreamsEndGivesItBack() {
    Worker worker;
    auto stream = OpenWithOne(worker);
    QVERIFY(stream);
    const LeasedJob job = worker.jobs[0];
    Refuse(job);
    clock_.Advance(minutes(50));
    stream->Extend();
    clock_.Advance(minutes(50));
    QVERIFY(TakeOne("other", hours(1)).id.empty());
    stream.reset();
    QCOMPARE(TakeOne("other", hours(1)).id, job.id);
  }

  void whenAReportIsRefusedBehindTheEndOfItsStream_thenItsWorkerHasTheJobStill() {
    Worker worker;
    auto stream = OpenWithOne(worker);
    QVERIFY(stream);
    const LeasedJob job = worker.jobs[0];
    const auto claimed = broker_->Claim(kTenant, *ParsePart(job.id), job.lease_token);
    QVERIFY(claimed.ok());
    stream.reset();
    broker_->PutBack(*claimed);
    QVERIFY(TakeOne("other", hours(1)).id.empty());
    QVERIFY(broker_->Claim(kTenant, *ParsePart(job.id), job.lease_token).ok());
  }

  void whenAJobIsWithdrawnAsItsReportIsRefused_thenNobodyGetsItAgain() {
    AddJobs(1);
    const LeasedJob job = TakeOne("w", minutes(1));
    const auto claimed = broker_->Claim(kTenant, *ParsePart(job.id), job.lease_token);
    QVERIFY(claimed.ok());
    broker_->Withdraw(*ParsePart(job.id));
    broker_->PutBack(*claimed);
    clock_.Advance(hours(1));
    QVERIFY(TakeOne("other", hours(1)).id.empty());
    QVERIFY(absl::IsNotFound(broker_->Claim(kTenant, *ParsePart(job.id), job.lease_token).status()));
  }

  void whenEveryWorkerDiesOfAJob_thenTheOthersHaveTheirTurn() {
    AddJobs(2);
    std::vector<std::string> given;
    for (int i = 0; i < 3; ++i) {
      Worker worker;
      const auto stream = broker_->Open(worker.Options(1));
      QTRY_COMPARE_WITH_TIMEOUT(worker.Count(), size_t{1}, kWaitMs);
      given.push_back(worker.jobs[0].id);
    }
    QCOMPARE(given[1], given[0]);  // once it may have been the worker's own trouble
    QVERIFY(given[2] != given[0]);
  }

  void whenManyLeasesOfBeforeAreStale_thenTheFileIsNotWrittenAnewAgainAndAgain() {
    constexpr int kStale = 30'000;
    {
      auto log = *LeaseLog::Open(LeaseFile(), clock_.Now());
      std::vector<JobLease> leases;
      for (int i = 0; i < kStale; ++i)
        leases.push_back({2, static_cast<engine::Key>(i + 1), 1, 1, "w", "old", clock_.Now() + hours(1)});
      log->Append(leases);
    }
    broker_->Keep(*LeaseLog::Open(LeaseFile(), clock_.Now()));
    AddJobs(1);
    Worker worker;
    const auto stream = broker_->Open(worker.Options(1));
    QTRY_COMPARE_WITH_TIMEOUT(worker.Count(), size_t{1}, kWaitMs);
    int rewrites = 0;
    ino_t before = FileNumber();
    for (int i = 0; i < 1000; ++i) {
      stream->Extend();
      rewrites += std::exchange(before, FileNumber()) != before ? 1 : 0;
    }
    QVERIFY2(rewrites == 0, std::to_string(rewrites).c_str());
    // They are kept, for as long as their jobs may still come up.
    QVERIFY((*LeaseLog::Open(LeaseFile(), clock_.Now()))->Take(2, kStale, 1, 1).has_value());
  }

  void whenTheFileIsWrittenAnew_thenATokenCountsThoughItsLeaseIsOver() {
    broker_->Keep(*LeaseLog::Open(LeaseFile(), clock_.Now()));
    AddJobs(3);
    const LeasedJob over = TakeOne("w1", minutes(1));
    const LeasedJob held = TakeOne("w2", hours(1));
    const LeasedJob reported = TakeOne("w3", hours(1));
    clock_.Advance(minutes(2));
    // Its report is not durable yet.
    QVERIFY(broker_->Claim(kTenant, *ParsePart(reported.id), reported.lease_token).ok());
    const ino_t before = FileNumber();
    for (int i = 0; i < 100'000 && FileNumber() == before; ++i)
      QVERIFY(broker_->Extend(kTenant, *ParsePart(held.id), "w2", hours(1)).ok());
    QVERIFY(FileNumber() != before);
    Start();
    broker_->Keep(*LeaseLog::Open(LeaseFile(), clock_.Now()));
    AddJobs(3);
    QVERIFY(broker_->Claim(kTenant, *ParsePart(reported.id), reported.lease_token).ok());
    QVERIFY(broker_->Claim(kTenant, *ParsePart(over.id), over.lease_token).ok());
    QVERIFY(broker_->Claim(kTenant, *ParsePart(held.id), held.lease_token).ok());
  }

 private:
  std::filesystem::path LeaseFile() const { return (folder_->path() + "/leases").toStdString(); }
  /// Another one each time that the file is written anew.
  ino_t FileNumber() const {
    struct stat found {};
    return ::stat(LeaseFile().c_str(), &found) == 0 ? found.st_ino : 0;
  }
  absl::StatusOr<std::vector<LeasedJob>> Take(const std::string& worker, std::chrono::milliseconds lease,
                                              size_t most = 1) {
    std::promise<absl::StatusOr<std::vector<LeasedJob>>> taken;
    broker_->Take({kTenant, "pay", worker, most, lease, {}},
                  [&](auto jobs) { taken.set_value(std::move(jobs)); });
    return taken.get_future().get();
  }
  /// The worker's stream over which it has been given the only job; nullptr: it was not.
  std::unique_ptr<JobStream> OpenWithOne(Worker& worker) {
    AddJobs(1);
    auto stream = broker_->Open(worker.Options(1));
    if (!QTest::qWaitFor([&] { return worker.Count() == 1; }, kWaitMs)) return nullptr;
    return stream;
  }
  static std::vector<engine::Key> Numbers(const std::vector<LeasedJob>& jobs) {
    std::vector<engine::Key> numbers;
    for (const LeasedJob& job : jobs) numbers.push_back(static_cast<engine::Key>(ParsePart(job.id)->part));
    return numbers;
  }
  /// A job without id when there is none.
  LeasedJob TakeOne(const std::string& worker, std::chrono::milliseconds lease) {
    const auto jobs = Take(worker, lease);
    return !jobs.ok() || jobs->empty() ? LeasedJob() : jobs->front();
  }
  /// It is reported, and the report is refused for now.
  void Refuse(const LeasedJob& job) {
    const auto claimed = broker_->Claim(kTenant, *ParsePart(job.id), job.lease_token);
    QVERIFY(claimed.ok());
    broker_->PutBack(*claimed);
  }
  void AllowOneAtOnce() {
    Quotas quotas;
    quotas.usual.jobs_in_flight = 1;
    quotas_.Set(quotas);
  }
  void Start() {
    broker_.reset();
    broker_ = std::make_unique<JobBroker>(&clock_, quotas_);
    broker_->ReadFrom(
        [this](InstanceNumber, std::span<const engine::Key> jobs) { return journal_->Read(jobs); }, 0);
  }
  /// Jobs of one instance whose variables are in the journal alone.
  void AddJobs(size_t count, engine::Key first = 1) {
    std::vector<PooledJob> jobs(count);
    for (size_t i = 0; i < count; ++i) {
      jobs[i].instance = 1;
      jobs[i].key = first + i;
      jobs[i].job.tenant = kTenant;
      jobs[i].job.method = "pay";
      jobs[i].unread = true;
    }
    broker_->Add(std::move(jobs));
  }

  ManualClock clock_{kBegin};
  QuotaBook quotas_{Quotas()};
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<JobBroker> broker_;
};

QTEST_GUILESS_MAIN(JobBrokerTest)
#include "job_broker_test.moc"
