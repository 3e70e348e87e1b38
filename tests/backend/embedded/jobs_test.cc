#include <QtTest>
#include <future>
#include <map>
#include <mutex>

#include "backend/runtime/embedded/job_pool.h"
#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/plans.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::vector<LeasedJob> Take(Bed& bed, const std::string& worker, std::chrono::milliseconds lease,
                            const std::string& tenant = kTenant) {
  std::promise<absl::StatusOr<std::vector<LeasedJob>>> promise;
  bed->TakeJobs({tenant, "pay", worker, 10, lease, {}},
                [&](auto jobs) { promise.set_value(std::move(jobs)); });
  return promise.get_future().get().value_or(std::vector<LeasedJob>());
}

/// What comes over a stream.
class Given {
 public:
  JobStreamOptions Options(const std::string& worker, size_t credit = 1) {
    JobStreamOptions options{kTenant, {"pay"}, worker, hours(1), credit};
    options.jobs = [this](std::vector<LeasedJob> jobs) {
      std::lock_guard lock(mutex_);
      jobs_.insert(jobs_.end(), jobs.begin(), jobs.end());
    };
    options.withdrawn = [this](std::vector<std::string> ids) {
      std::lock_guard lock(mutex_);
      withdrawn_.insert(withdrawn_.end(), ids.begin(), ids.end());
      return size_t{0};
    };
    options.ending = [] {};
    return options;
  }
  /// Of a worker that comes back with a job in its hands.
  JobStreamOptions Holding(const std::string& worker, const LeasedJob& job) {
    JobStreamOptions options = Options(worker, 0);
    options.held = {{job.id, job.lease_token}};
    return options;
  }
  std::vector<LeasedJob> jobs() {
    std::lock_guard lock(mutex_);
    return jobs_;
  }
  std::vector<std::string> withdrawn() {
    std::lock_guard lock(mutex_);
    return withdrawn_;
  }
  /// The first job; one without id when none comes.
  LeasedJob Next() {
    return QTest::qWaitFor([&] { return !jobs().empty(); }, kWaitMs) ? jobs()[0] : LeasedJob();
  }

 private:
  std::mutex mutex_;
  std::vector<LeasedJob> jobs_;
  std::vector<std::string> withdrawn_;
};

std::string ReasonOf(const absl::Status& status) {
  const auto reason = status.GetPayload("ameide.io/reason");
  return reason ? std::string(*reason) : "";
}

absl::Status Report(Bed& bed, const LeasedJob& job, decltype(JobReport::what) what,
                    const std::string& tenant = kTenant) {
  std::promise<absl::Status> promise;
  bed->ReportJob({tenant, job.id, job.lease_token, std::move(what)},
                 [&](absl::Status status) { promise.set_value(std::move(status)); });
  return promise.get_future().get();
}

}  // namespace

/// Jobs of workers outside, on a clock that the test moves.
class JobsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    bed_ = std::make_unique<Bed>(nullptr, true);
    bed_->Deploy(PlanBuilder("p").Job("pay", "pay", false).User("after").End());
    id_ = *bed_->Start("p", R"({"amount":1})");
    (*bed_)->WaitUntilIdle();
  }
  void cleanup() { bed_.reset(); }

  void whenAPauseIsAsked_thenItLastsOverARestart() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    QVERIFY(Report(*bed_, job, JobReport::Failed{"no connection", false, hours(2)}).ok());
    bed_->Close();
    bed_->Open();
    bed_->Advance(minutes(119));
    QVERIFY(Take(*bed_, "w", hours(1)).empty());
    bed_->Close();
    bed_->Open();
    bed_->Advance(minutes(2));
    const auto again = Take(*bed_, "w", hours(1));
    QCOMPARE(again.size(), size_t{1});
    QCOMPARE(again[0].attempt, 2);
    QCOMPARE(again[0].retries, 2);
    QCOMPARE(again[0].idempotency_key, job.idempotency_key);
  }

  void whenALeaseIsOver_thenTheOldTokenCountsUntilAnotherWorkerHasTheJob() {
    const LeasedJob first = Take(*bed_, "w1", minutes(1)).at(0);
    bed_->Advance(minutes(2));
    const LeasedJob second = Take(*bed_, "w2", minutes(1)).at(0);
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, first, JobReport::Done{})));
    bed_->Advance(minutes(2));  // nobody takes it: what the last one did is good
    QVERIFY(Report(*bed_, second, JobReport::Done{}).ok());
    QCOMPARE(bed_->View(id_).tokens[0].element, std::string("after"));
  }

  void whenTheProgramStartsAgain_thenTheWorkerStillHasItsJob() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    Restart();
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    Restart();  // and once more
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    QVERIFY((*bed_)->ExtendJob(kTenant, job.id, "w", hours(3)).ok());
    bed_->Advance(minutes(90));
    Restart();
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
    QCOMPARE(bed_->View(id_).tokens[0].element, std::string("after"));
  }

  void whenTheProgramEndsAStream_thenItsWorkerStillHasItsJob() {
    std::promise<LeasedJob> given;
    JobStreamOptions options{kTenant, {"pay"}, "w", hours(1), 1};
    options.jobs = [&](std::vector<LeasedJob> jobs) { given.set_value(jobs.at(0)); };
    options.withdrawn = [](const std::vector<std::string>&) { return size_t{0}; };
    options.ending = [] {};
    std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(options);
    const LeasedJob job = given.get_future().get();
    (*bed_)->EndTakes();
    (*bed_)->KeepLeases();
    stream.reset();
    Restart();
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
  }

  void whenALeaseEndsWhileTheProgramIsAway_thenAnotherWorkerGetsTheJob() {
    const LeasedJob old = Take(*bed_, "w", minutes(1)).at(0);
    bed_->Close();
    bed_->clock.Advance(minutes(2));
    bed_->Open();
    (*bed_)->WaitUntilIdle();
    const LeasedJob job = Take(*bed_, "other", hours(1)).at(0);
    QVERIFY(job.lease_token != old.lease_token);
    Restart();
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, old, JobReport::Done{})));
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
  }

  void whenAnAttemptHasFailed_thenItsLeaseSaysNothingOfTheNext() {
    const LeasedJob first = Take(*bed_, "w", hours(9)).at(0);
    QVERIFY(Report(*bed_, first, JobReport::Failed{"no", false, minutes(1)}).ok());
    Restart();
    bed_->Advance(minutes(2));
    const LeasedJob second = Take(*bed_, "other", hours(1)).at(0);
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, first, JobReport::Done{})));
    QVERIFY(Report(*bed_, second, JobReport::Done{}).ok());
  }

  void whenTheFileOfLeasesIsDamaged_thenJobsAreGivenOutAgain() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    const std::filesystem::path file = bed_->database().string() + "-leases";
    bed_->Close();
    const auto size = std::filesystem::file_size(file);
    std::filesystem::resize_file(file, size - 3);
    bed_->Open();
    (*bed_)->WaitUntilIdle();
    const LeasedJob again = Take(*bed_, "other", hours(1)).at(0);
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, job, JobReport::Done{})));
    QVERIFY(Report(*bed_, again, JobReport::Done{}).ok());
  }

  void whenVariablesOfWaitingJobsAreTooMany_thenTheyAreReadAsJobsAreGivenOut() {
    bed_->Close();
    bed_->options.waiting_job_bytes = 1000;
    bed_->Open();
    std::map<std::string, std::string> wanted = {{id_, R"({"amount":1})"}};
    for (int i = 0; i < 20; ++i) {
      const std::string variables = absl::StrCat(R"({"text":")", std::string(300, 'x'), R"(","n":)", i, "}");
      wanted[*bed_->Start("p", variables)] = variables;
    }
    (*bed_)->WaitUntilIdle();
    std::map<std::string, std::string> given;
    for (auto jobs = Take(*bed_, "w", hours(1)); !jobs.empty(); jobs = Take(*bed_, "w", hours(1))) {
      for (const LeasedJob& job : jobs) {
        given[job.instance] = job.variables_json;
        QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
      }
    }
    QVERIFY(given == wanted);
  }

  void whenTheProgramStartsAgain_thenWaitingJobsSeeTheirVariables() {
    Restart();
    QCOMPARE(Take(*bed_, "w", hours(1)).at(0).variables_json, std::string(R"({"amount":1})"));
  }

  void whenAnInstanceIsSuspendedBehindARestart_thenAWorkerWithRoomIsToldOfItsJobAndMayReportItLater() {
    Restart();
    QVERIFY(bed_->Operate(id_, Operation::Suspend{}).ok());
    Given given;
    const std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(given.Options("w"));
    const LeasedJob job = given.Next();
    QCOMPARE(job.variables_json, std::string(R"({"amount":1})"));
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, job, JobReport::Done{})));
    QVERIFY(bed_->Operate(id_, Operation::Resume{}).ok());
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
    QCOMPARE(bed_->View(id_).tokens[0].element, std::string("after"));
  }

  void whenAWorkerClosesItsStreamAsTheProgramEnds_thenItsJobIsFreeBehindTheRestart() {
    Given given;
    std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(given.Options("w"));
    const LeasedJob old = given.Next();
    (*bed_)->EndTakes();
    stream.reset();  // before the program cuts off whoever is left
    Restart();
    const LeasedJob job = Take(*bed_, "other", hours(1)).at(0);
    QCOMPARE(job.id, old.id);
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, old, JobReport::Done{})));
  }

  void whenAJobWasGivenBack_thenItsTokenCountsOverARestartUntilSomebodyTakesIt() {
    Given given;
    std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(given.Options("w"));
    const LeasedJob job = given.Next();
    stream.reset();
    Restart();
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
  }

  void whenTheProgramHasOpened_thenEveryJobIsThere() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    for (int i = 0; i < 20; ++i) {
      bed_->Close();
      bed_->Open();
      QVERIFY((*bed_)->ExtendJob(kTenant, job.id, "w", hours(1)).ok());
    }
  }

  void whenASuspendedInstanceIsBehindARestart_thenItsWorkerIsToldToReportLater() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    QVERIFY(bed_->Operate(id_, Operation::Suspend{}).ok());
    QCOMPARE(ReasonOf(Report(*bed_, job, JobReport::Done{})), std::string("INSTANCE_SUSPENDED"));
    Restart();
    const absl::Status refused = Report(*bed_, job, JobReport::Done{});
    QVERIFY(absl::IsFailedPrecondition(refused));
    QCOMPARE(ReasonOf(refused), std::string("INSTANCE_SUSPENDED"));
    QCOMPARE(ReasonOf((*bed_)->ExtendJob(kTenant, job.id, "w", hours(1)).status()),
             std::string("INSTANCE_SUSPENDED"));
    QVERIFY(absl::IsNotFound(Report(*bed_, job, JobReport::Done{}, "other")));
    QVERIFY(bed_->Operate(id_, Operation::Resume{}).ok());
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
    QCOMPARE(bed_->View(id_).tokens[0].element, std::string("after"));
    QVERIFY(absl::IsNotFound(Report(*bed_, job, JobReport::Done{})));
  }

  void whenAnotherWorkerHasTheJob_thenTheReasonTellsToDropTheResult() {
    const LeasedJob old = Take(*bed_, "w1", minutes(1)).at(0);
    bed_->Advance(minutes(2));
    QCOMPARE(Take(*bed_, "w2", hours(1)).size(), size_t{1});
    QCOMPARE(ReasonOf(Report(*bed_, old, JobReport::Done{})), std::string("LEASE_LOST"));
  }

  void whenAWorkerComesBack_thenItKeepsWhatItHoldsAndTheRestIsFreeAtOnce() {
    const std::string second = *bed_->Start("p");
    Given before;
    std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(before.Options("w", 2));
    QTRY_COMPARE_WITH_TIMEOUT(before.jobs().size(), size_t{2}, kWaitMs);
    const LeasedJob held = before.jobs()[0], lost = before.jobs()[1];
    (*bed_)->KeepLeases();
    stream.reset();
    Restart();
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    Given after;
    stream = (*bed_)->OpenJobStream(after.Holding("w", held));
    const auto free = Take(*bed_, "other", hours(1));
    QCOMPARE(free.size(), size_t{1});
    QCOMPARE(free[0].id, lost.id);
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, lost, JobReport::Done{})));
    // Signs of life hold what was taken over.
    bed_->Advance(minutes(50));
    stream->Extend();
    bed_->Advance(minutes(50));
    const auto over = Take(*bed_, "other", hours(1));
    QCOMPARE(over.size(), size_t{1});
    QCOMPARE(over[0].id, lost.id);
    QVERIFY(Report(*bed_, held, JobReport::Done{}).ok());
    QVERIFY(after.withdrawn().empty());
  }

  void whenAStreamBreaksAndItsWorkerComesBack_thenItGoesOnWithItsJobUnlessAnotherHasIt() {
    Given given, again, late;
    std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(given.Options("w"));
    const LeasedJob job = given.Next();
    stream.reset();
    stream = (*bed_)->OpenJobStream(again.Holding("w", job));
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    stream.reset();
    const LeasedJob taken = Take(*bed_, "other", hours(1)).at(0);
    stream = (*bed_)->OpenJobStream(late.Holding("w", job));
    QTRY_COMPARE_WITH_TIMEOUT(late.withdrawn(), std::vector<std::string>{job.id}, kWaitMs);
    QVERIFY(Report(*bed_, taken, JobReport::Done{}).ok());
  }

  void whenAJobWaitsForItsNextAttempt_thenItsVariablesAreNotKept() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    QVERIFY(Report(*bed_, job, JobReport::Failed{"no connection", false, hours(1)}).ok());
    // What is read as it is given out is what the process has then.
    QVERIFY(bed_->Operate(id_, Operation::Set{"", R"({"amount":2})"}).ok());
    bed_->Advance(minutes(61));
    QCOMPARE(Take(*bed_, "w", hours(1)).at(0).variables_json, std::string(R"({"amount":2})"));
  }

  void whenTheClockWasAhead_thenALeaseOfThenEndsWithinADay() {
    bed_->clock.Set(kBegin + hours(24 * 365));
    QCOMPARE(Take(*bed_, "w", hours(1)).size(), size_t{1});
    bed_->clock.Set(kBegin);
    Restart();
    bed_->Advance(hours(23));
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    bed_->Advance(hours(2));
    QCOMPARE(Take(*bed_, "other", hours(1)).size(), size_t{1});
  }

  void whenAJobIsBegunAndCanceledInOneTransaction_thenNobodyGetsIt() {
    bed_->Deploy(PlanBuilder("q").User("first").Job("pay", "pay", false).End());
    const std::string id = *bed_->Start("q");
    const std::string task = bed_->Tasks({id, ""}).at(0).id;
    std::promise<absl::Status> completed, canceled;
    InOneTransaction([&] {
      (*bed_)->CompleteTask({kTenant, task, "", ""},
                            [&](absl::Status status) { completed.set_value(std::move(status)); });
      Operation cancel;
      cancel.tenant = kTenant;
      cancel.actor = "ada";
      cancel.instance = id;
      cancel.what = Operation::Cancel{};
      (*bed_)->Operate(cancel, [&](absl::Status status) { canceled.set_value(std::move(status)); });
    });
    QVERIFY(completed.get_future().get().ok());
    QVERIFY(canceled.get_future().get().ok());
    (*bed_)->WaitUntilIdle();
    for (const LeasedJob& job : Take(*bed_, "w", hours(1))) QVERIFY(job.instance != id);
  }

  void whenAJobIsCanceledBeforeItsNextAttempt_thenThereIsNone() {
    Bed bed;
    bed.jobs.FailNext(1, absl::StatusCode::kUnavailable);
    bed.Deploy(PlanBuilder("q").Job("pay", "bench.v1.Bench/Do").End());
    const std::string id = *bed.Start("q");
    bed->WaitUntilIdle();
    QCOMPARE(bed.jobs.attempts().size(), size_t{1});
    QVERIFY(bed.Operate(id, Operation::Cancel{}).ok());
    bed.Advance(minutes(1));
    QCOMPARE(bed.jobs.attempts().size(), size_t{1});
  }

  void whenACancelIsRolledBack_thenTheNextAttemptComesStill() {
    Bed bed;
    bed.jobs.FailNext(1, absl::StatusCode::kUnavailable);
    bed.Deploy(PlanBuilder("q").Job("pay", "bench.v1.Bench/Do").End());
    const std::string id = *bed.Start("q");
    bed->WaitUntilIdle();
    bed.Sql("CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no'); END");
    QVERIFY(!bed.Operate(id, Operation::Cancel{}).ok());
    bed.Sql("DROP TRIGGER broken");
    bed.Advance(minutes(1));
    QCOMPARE(bed.jobs.attempts().size(), size_t{2});
  }

  void whenAJobOfThisProcessIsCanceledBeforeItsTurn_thenItIsNotDone() {
    std::promise<void> begun, go_on;
    std::shared_future<void> released = go_on.get_future().share();
    std::mutex mutex;
    std::vector<engine::Key> reported;
    JobPool pool(
        [&, first = true](const Job&) mutable {
          if (std::exchange(first, false)) begun.set_value();
          released.wait();
          return JobOutcome{JobOutcome::Done{"{}"}};
        },
        1,
        [&](const PooledJob& job, const JobOutcome&) {
          std::lock_guard lock(mutex);
          reported.push_back(job.key);
        });
    std::vector<PooledJob> jobs(3);
    for (size_t i = 0; i < jobs.size(); ++i) jobs[i].key = i + 1;
    pool.Add(jobs);
    begun.get_future().wait();
    pool.Withdraw({{0, 1}, {0, 2}});
    go_on.set_value();
    QTRY_COMPARE(pool.busy(), size_t{0});
    const std::vector<engine::Key> wanted = {1, 3};
    QVERIFY(reported == wanted);
  }

  void whenAReportCannotBeWritten_thenItsWorkerKeepsTheJobAsTheInstanceIsSuspendedAndGoesOn() {
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    bed_->Sql("CREATE TRIGGER broken BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no'); END");
    QVERIFY(!Report(*bed_, job, JobReport::Done{}).ok());
    bed_->Sql("DROP TRIGGER broken");
    QVERIFY(bed_->Operate(id_, Operation::Suspend{}).ok());
    QVERIFY(bed_->Operate(id_, Operation::Resume{}).ok());
    (*bed_)->WaitUntilIdle();
    QVERIFY(Take(*bed_, "other", hours(1)).empty());
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
    QCOMPARE(bed_->View(id_).tokens[0].element, std::string("after"));
  }

  void whenAnotherTenantAsks_thenThereIsNoJob() {
    QVERIFY(Take(*bed_, "w", hours(1), "other").empty());
    const LeasedJob job = Take(*bed_, "w", hours(1)).at(0);
    QVERIFY(absl::IsNotFound(Report(*bed_, job, JobReport::Done{}, "other")));
    QVERIFY(Report(*bed_, job, JobReport::Done{}).ok());
  }

  void whenAStreamHasRoom_thenItIsServedAsLeasesEndAndItsEndGivesJobsBack() {
    const LeasedJob old = Take(*bed_, "w1", minutes(1)).at(0);
    std::promise<LeasedJob> given;
    JobStreamOptions options{kTenant, {"pay"}, "w2", hours(1), 1};
    options.jobs = [&](std::vector<LeasedJob> jobs) { given.set_value(jobs.at(0)); };
    options.withdrawn = [](const std::vector<std::string>&) { return size_t{0}; };
    options.ending = [] {};
    std::unique_ptr<JobStream> stream = (*bed_)->OpenJobStream(options);
    bed_->clock.Advance(minutes(2));
    const LeasedJob job = given.get_future().get();
    QCOMPARE(job.id, old.id);
    QVERIFY(stream->Extend() == bed_->clock.Now() + hours(1));
    stream.reset();
    const auto again = Take(*bed_, "w3", hours(1));
    QCOMPARE(again.size(), size_t{1});
    QVERIFY(absl::IsFailedPrecondition(Report(*bed_, job, JobReport::Done{})));
    QVERIFY(Report(*bed_, again[0], JobReport::Done{}).ok());
  }

 private:
  /// What is asked meanwhile waits until the writer's thread is free.
  void InOneTransaction(const std::function<void()>& ask) {
    std::promise<void> busy, free;
    std::future<void> freed = free.get_future();
    (*bed_)->StartInstance({kTenant, "p", "", ""}, [&](const auto&) {
      busy.set_value();
      freed.wait();
    });
    busy.get_future().wait();
    ask();
    free.set_value();
    (*bed_)->WaitUntilIdle();
  }
  void Restart() {
    bed_->Close();
    bed_->Open();
    (*bed_)->WaitUntilIdle();
  }

  std::unique_ptr<Bed> bed_;
  std::string id_;
};

QTEST_GUILESS_MAIN(JobsTest)
#include "jobs_test.moc"
