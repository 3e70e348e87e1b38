#include <QtTest>
#include <mutex>
#include <set>

#include "backend/runtime/embedded/trace_ids.h"
#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

/// Keeps every report.
class Kept final : public CommitObserver {
 public:
  bool wants_elements() const override { return true; }
  void Committed(const CommitReport& report) override {
    std::lock_guard lock(mutex_);
    reports_.push_back(report);
  }
  void Failed() override {
    std::lock_guard lock(mutex_);
    ++failed_;
  }
  std::vector<CommitReport> reports() const {
    std::lock_guard lock(mutex_);
    return reports_;
  }
  ProcessCounts Sum(const std::string& process) const {
    ProcessCounts sum;
    for (const CommitReport& report : reports()) {
      const auto found = report.processes.find(process);
      if (found == report.processes.end()) continue;
      sum.started += found->second.started;
      sum.completed += found->second.completed;
      sum.terminated += found->second.terminated;
      sum.incidents_created += found->second.incidents_created;
      sum.incidents_resolved += found->second.incidents_resolved;
      sum.jobs_created += found->second.jobs_created;
      sum.jobs_completed += found->second.jobs_completed;
      sum.attempts_failed += found->second.attempts_failed;
      sum.tasks_created += found->second.tasks_created;
      sum.tasks_completed += found->second.tasks_completed;
      sum.timers_fired += found->second.timers_fired;
      sum.elements_completed += found->second.elements_completed;
      sum.elements_terminated += found->second.elements_terminated;
    }
    return sum;
  }
  /// Those of one instance in the order in which they began, as text.
  std::vector<ElementRun> Elements(const std::string& instance) const {
    std::vector<ElementRun> runs;
    for (const CommitReport& report : reports()) {
      for (const EndedElement& element : report.elements) {
        if (element.instance == instance) runs.push_back(element.run);
      }
    }
    std::sort(runs.begin(), runs.end(),
              [](const ElementRun& a, const ElementRun& b) { return a.number < b.number; });
    return runs;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<CommitReport> reports_;
  int failed_ = 0;
};

std::string Line(const ElementRun& run) {
  return absl::StrCat(run.number, " ", run.key, " ", run.scope, " ", run.type, " ", run.element, " ",
                      run.outcome, " ", (run.started_at - kBegin).count(), " ", run.took.count(), " ",
                      run.waited.count(), "\n");
}

std::string Lines(const std::vector<ElementRun>& runs) {
  std::string text;
  for (const ElementRun& run : runs) text += Line(run);
  return text;
}

std::vector<ElementRun> All(Bed& bed, const std::string& id) {
  return bed->Elements(kTenant, id, {500, ""})->rows;
}

ElementRun Of(const std::vector<ElementRun>& runs, const std::string& element) {
  for (const ElementRun& run : runs) {
    if (run.element == element) return run;
  }
  return {};
}

}  // namespace

/// What a runtime tells those who watch it, and how long elements took and waited.
class ObserverTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenInstancesRun_thenReportsCountThem() {
    Kept kept;
    Bed bed(&kept);
    bed.Deploy(Compiled(BpmnBuilder("p")
                            .Start()
                            .User("task")
                            .Worker("work", "t")
                            .End()
                            .Boundary("late", "task", "timeDuration", "PT1H", false)
                            .End("noted")
                            .Chain({"start", "task", "work", "end"})
                            .Flow("late", "noted")));
    const std::string first = *bed.Start("p", R"({"amount":1})");
    const std::string second = *bed.Start("p");
    QVERIFY(bed.Operate(second, Operation::Cancel{}).ok());
    // An hour and seven seconds later: the timer fires with a lag of seven seconds.
    bed.Advance(hours(1) + seconds(7));
    bed.jobs.FailNext(1, absl::StatusCode::kUnavailable);
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QTRY_COMPARE_WITH_TIMEOUT(bed.jobs.attempts().size(), size_t{1}, kWaitMs);
    bed->WaitUntilIdle();
    bed.Advance(seconds(1));
    QTRY_COMPARE_WITH_TIMEOUT(bed.View(first).row.status, InstanceStatus::kCompleted, kWaitMs);
    bed->WaitUntilIdle();
    const ProcessCounts sum = kept.Sum("p");
    QCOMPARE(sum.started, 2);
    QCOMPARE(sum.completed, 1);
    QCOMPARE(sum.terminated, 1);
    QCOMPARE(sum.tasks_created, 2);
    QCOMPARE(sum.tasks_completed, 1);
    QCOMPARE(sum.jobs_created, 1);
    QCOMPARE(sum.jobs_completed, 1);
    QCOMPARE(sum.attempts_failed, 1);
    QCOMPARE(sum.timers_fired, 1);
    QCOMPARE(sum.incidents_created, 0);
    QCOMPARE(sum.elements_terminated, 1);  // the task of the canceled one
    std::vector<microseconds> lags, lifetimes;
    std::vector<std::string> actions;
    for (const CommitReport& report : kept.reports()) {
      lags.insert(lags.end(), report.timer_lags.begin(), report.timer_lags.end());
      for (const auto& [process, lifetime] : report.lifetimes) lifetimes.push_back(lifetime);
      for (const OperationDone& done : report.operations) actions.push_back(done.process + " " + done.action);
    }
    QCOMPARE(lags, std::vector<microseconds>{seconds(7)});
    QCOMPARE(lifetimes, (std::vector<microseconds>{microseconds(0), hours(1) + seconds(8)}));
    QCOMPARE(actions, std::vector<std::string>{"p cancel"});
    QCOMPARE(bed->Load().requests_queued, 0);
  }

  void whenNobodyWorks_thenThatTimeIsWaiting() {
    Kept kept;
    Bed bed(&kept);
    bed.Deploy(Compiled(BpmnBuilder("p")
                            .Start()
                            .User("task")
                            .Timer("pause", "timeDuration", "PT2H")
                            .Worker("work", "t", "2")
                            .End()
                            .Chain({"start", "task", "pause", "work", "end"})));
    const std::string id = *bed.Start("p");
    const std::string task = bed.Tasks()[0].id;
    bed.Advance(hours(1));  // nobody's
    QVERIFY(bed.Operate("", Operation::Assign{task, "ada", "", true}).ok());
    bed.Advance(hours(3));  // Ada's
    QVERIFY(bed.Operate(id, Operation::Suspend{}).ok());
    bed.Advance(hours(5));  // Ada's, but she cannot end it
    QVERIFY(bed.Operate(id, Operation::Resume{}).ok());
    bed.Advance(hours(7));
    // One that has not ended is told as it is now.
    const ElementRun now = Of(All(bed, id), "task");
    QCOMPARE(now.outcome, std::string("active"));
    QCOMPARE(now.took, microseconds(hours(16)));
    QCOMPARE(now.waited, microseconds(hours(6)));
    QVERIFY(bed.Complete(task).ok());
    bed.jobs.FailNext(2, absl::StatusCode::kUnavailable);
    bed.Advance(hours(2));
    QTRY_COMPARE_WITH_TIMEOUT(bed.jobs.attempts().size(), size_t{1}, kWaitMs);
    bed->WaitUntilIdle();
    bed.Advance(seconds(1));  // the pause before the second attempt
    QTRY_COMPARE_WITH_TIMEOUT(bed.jobs.attempts().size(), size_t{2}, kWaitMs);
    bed->WaitUntilIdle();
    QTRY_COMPARE_WITH_TIMEOUT(bed->Incidents(kTenant, {}, {})->rows.size(), size_t{1}, kWaitMs);
    bed.Advance(hours(4));  // the incident
    QVERIFY(bed.Operate("", Operation::Retry{bed->Incidents(kTenant, {}, {})->rows[0].id, false}).ok());
    QTRY_COMPARE_WITH_TIMEOUT(bed.View(id).row.status, InstanceStatus::kCompleted, kWaitMs);
    const auto runs = All(bed, id);
    QCOMPARE(Of(runs, "task").took - Of(runs, "task").waited, microseconds(hours(10)));
    QCOMPARE(Of(runs, "pause").waited, microseconds(hours(2)));
    QCOMPARE(Of(runs, "pause").took, microseconds(hours(2)));
    QCOMPARE(Of(runs, "work").waited, microseconds(hours(4) + seconds(1)));
    QCOMPARE(Of(runs, "p").took, microseconds(hours(22) + seconds(1)));
    QCOMPARE(Of(runs, "p").waited, microseconds(hours(5)));  // only the suspension is the instance's own
    int incidents = 0;
    for (const CommitReport& report : kept.reports()) {
      for (const NewIncident& incident : report.incidents) {
        ++incidents;
        QCOMPARE(incident.element + " " + incident.kind + " " + incident.process, std::string("work job p"));
      }
    }
    QCOMPARE(incidents, 1);
  }

  void whenTheBackendRestarts_thenWatchersAreToldTheSameAsTheJournalSays() {
    Kept kept;
    Bed bed(&kept);
    BpmnBuilder model("p");
    model.Start()
        .Parallel("fork")
        .User("left")
        .User("right")
        .Parallel("join")
        .End()
        .BeginSub("sub")
        .Raw(
            "<startEvent id=\"begin\"/><userTask id=\"inside\"/><endEvent id=\"done\"/>"
            "<sequenceFlow id=\"f1\" sourceRef=\"begin\" targetRef=\"inside\"/>"
            "<sequenceFlow id=\"f2\" sourceRef=\"inside\" targetRef=\"done\"/>")
        .EndSub()
        .Chain({"start", "fork", "left", "join", "sub", "end"})
        .Chain({"fork", "right", "join"});
    bed.Deploy(Compiled(model));
    const std::string id = *bed.Start("p");
    bed.Advance(seconds(3));
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    bed.Close();
    bed.Open();
    bed.Advance(seconds(4));
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    bed.Close();
    bed.Open();
    bed.Advance(seconds(5));
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QCOMPARE(bed.View(id).row.status, InstanceStatus::kCompleted);
    const auto runs = All(bed, id);
    QVERIFY(runs.size() >= 9);
    QCOMPARE(Lines(kept.Elements(id)), Lines(runs));
    // Spans nest: each has an id of its own, and its scope is one of them.
    std::set<std::string> spans;
    for (const ElementRun& run : runs) spans.insert(SpanIdOf(kTenant, id, run.key, run.number));
    QCOMPARE(spans.size(), runs.size());
    for (const ElementRun& run : runs)
      QVERIFY(run.scope == 0 || spans.contains(SpanIdOf(kTenant, id, run.scope, 0)));
    QCOMPARE(TraceIdOf(kTenant, id).size(), size_t{32});
    QVERIFY(TraceIdOf(kTenant, id) != TraceIdOf("other", id));
  }

  void whenWorkersTakeJobs_thenTheyAreToldTheSpanThatTheyWorkFor() {
    Kept kept;
    Bed bed(&kept, /*has_workers=*/true);
    bed.Deploy(Compiled(BpmnBuilder("p").Start().Worker("work", "t").End().Chain({"start", "work", "end"})));
    const std::string id = *bed.Start("p");
    std::promise<absl::StatusOr<std::vector<LeasedJob>>> promise;
    bed->TakeJobs({kTenant, "t", "w", 1, seconds(10), seconds(10)},
                  [&](absl::StatusOr<std::vector<LeasedJob>> jobs) { promise.set_value(std::move(jobs)); });
    const std::vector<LeasedJob> jobs = *promise.get_future().get();
    QCOMPARE(jobs.size(), size_t{1});
    const ElementRun work = Of(All(bed, id), "work");
    const std::pair<std::string, std::string> expected(
        "traceparent",
        absl::StrCat("00-", TraceIdOf(kTenant, id), "-", SpanIdOf(kTenant, id, work.key, 0), "-01"));
    QVERIFY(std::find(jobs[0].headers.begin(), jobs[0].headers.end(), expected) != jobs[0].headers.end());
  }
};

QTEST_GUILESS_MAIN(ObserverTest)
#include "observer_test.moc"
