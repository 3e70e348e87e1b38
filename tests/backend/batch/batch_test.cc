#include "backend/runtime/batch/batch.h"

#include <QtTest>
#include <cmath>
#include <string>

#include "tests/backend/bpmn_builder.h"

using namespace ameide;
using namespace ameide::runtime;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// Start, one task, end.
std::string OneTask() {
  return BpmnBuilder().Start().User("work").End().Chain({"start", "work", "end"}).Xml();
}

BatchReport Report(const std::string& model, const std::string& scenario, unsigned threads = 1) {
  const absl::StatusOr<Scenario> read = ReadScenario(scenario);
  if (!read.ok()) qFatal("%s", std::string(read.status().message()).c_str());
  const absl::StatusOr<BatchReport> report = RunBatch(model, *read, threads);
  if (!report.ok()) qFatal("%s", std::string(report.status().message()).c_str());
  return *report;
}

std::string ErrorOf(const std::string& model, const std::string& scenario) {
  const absl::StatusOr<Scenario> read = ReadScenario(scenario);
  if (!read.ok()) return std::string(read.status().message());
  return std::string(RunBatch(model, *read).status().message());
}

const ElementReport& ElementOf(const BatchReport& report, const std::string& id) {
  for (const ElementReport& element : report.elements) {
    if (element.id == id) return element;
  }
  qFatal("no element %s", id.c_str());
}

bool Near(double actual, double expected, double tolerance) {
  if (std::abs(actual - expected) <= tolerance) return true;
  qWarning("%f is not %f", actual, expected);
  return false;
}

}  // namespace

/// Simulations of many instances: their arithmetic on cases that can be computed by hand, queues against what
/// queueing theory says of them, calendars, and scenarios that are wrong.
class BatchTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenNothingIsRandom_thenTheFiguresAreThoseOfPaper() {
    // Three arrive at once, one clerk, ten minutes each: they wait 0, 10 and 20 minutes.
    const BatchReport report = Report(OneTask(),
                                      "{version: 1, runs: 2, arrivals: {count: 3},"
                                      " resources: {clerk: {count: 1, cost_per_hour: 60}},"
                                      " elements: {work: {duration: PT10M, resource: clerk, cost: 2}}}");
    QCOMPARE(report.started.mean, 3.0);
    QCOMPARE(report.completed.mean, 3.0);
    QVERIFY(Near(report.cycle.mean.mean, 1200.0, 1e-6));
    QVERIFY(Near(report.cycle.most, 1800.0, 1e-6));
    QVERIFY(Near(report.waiting.mean.mean, 600.0, 1e-6));
    QVERIFY(Near(report.cost.mean, 12.0, 1e-9));  // ten minutes at 60 an hour, and 2
    QCOMPARE(report.cycle.mean.half_width, 0.0);
    const ElementReport& work = ElementOf(report, "work");
    QCOMPARE(work.count.mean, 3.0);
    QVERIFY(Near(work.waiting.mean.mean, 600.0, 1e-6));
    QVERIFY(Near(work.working.mean.mean, 600.0, 1e-6));
    QVERIFY(Near(work.share, 1.0, 1e-9));
    QVERIFY(Near(report.resources[0].utilization.mean, 1.0, 1e-9));
    QVERIFY(Near(report.resources[0].queue.mean, 1.0, 1e-9));  // (0 + 600 + 1200) / 1800
    QCOMPARE(report.resources[0].longest_queue, 2.0);
    QVERIFY(Near(report.resources[0].cost.mean, 30.0, 1e-9));
  }

  // M/M/1 with a load of one half: in the system λ⁻¹ρ/(1-ρ) on average, so 20 minutes.
  void whenArrivalsAndWorkAreExponential_thenWaitingIsThatOfTheory() {
    const BatchReport report = Report(OneTask(),
                                      "{version: 1, runs: 20, seed: 3, warm_up: P1D, until: P40D,"
                                      " arrivals: {every: {exponential: PT20M}},"
                                      " resources: {clerk: {count: 1}},"
                                      " elements: {work: {duration: {exponential: PT10M}, resource: clerk}}}",
                                      2);
    QVERIFY(Near(report.cycle.mean.mean / 60.0, 20.0, 1.0));
    QVERIFY(Near(report.waiting.mean.mean / 60.0, 10.0, 1.0));
    QVERIFY(Near(report.resources[0].utilization.mean, 0.5, 0.01));
    QVERIFY(Near(report.resources[0].queue.mean, 0.5, 0.05));
    QVERIFY(report.cycle.mean.half_width > 0.0 && report.cycle.mean.half_width / 60.0 < 1.0);
  }

  // M/M/3 with a load of 0.8: Erlang's C formula gives 3.235 minutes of waiting for services of three
  // minutes.
  void whenThereAreSeveralServers_thenWaitingIsErlangs() {
    const BatchReport report = Report(OneTask(),
                                      "{version: 1, runs: 20, seed: 11, warm_up: P1D, until: P20D,"
                                      " arrivals: {every: {exponential: PT1M15S}},"
                                      " resources: {clerk: {count: 3}},"
                                      " elements: {work: {duration: {exponential: PT3M}, resource: clerk}}}",
                                      2);
    QVERIFY(Near(report.waiting.mean.mean / 60.0, 3.235, 0.25));
    QVERIFY(Near(report.resources[0].utilization.mean, 0.8, 0.01));
  }

  void whenTheSeedIsTheSame_thenSoAreTheFiguresOnAnyNumberOfThreads() {
    const std::string scenario =
        "{version: 1, runs: 5, seed: 42, arrivals: {count: 50, every: {exponential: PT5M}},"
        " elements: {work: {duration: {lognormal: [PT10M, PT4M]}}}}";
    const BatchReport one = Report(OneTask(), scenario, 1), two = Report(OneTask(), scenario, 4);
    QCOMPARE(one.cycle.mean.mean, two.cycle.mean.mean);
    QCOMPARE(one.cycle.p95, two.cycle.p95);
    const BatchReport other = Report(OneTask(), std::string(scenario).replace(scenario.find("42"), 2, "43"));
    QVERIFY(one.cycle.mean.mean != other.cycle.mean.mean);
  }

  void whenAGatewayHasOdds_thenFlowsAreTakenAsOften() {
    const std::string model = BpmnBuilder()
                                  .Start()
                                  .Exclusive("choice")
                                  .User("a")
                                  .User("b")
                                  .End()
                                  .Chain({"start", "choice"})
                                  .Flow("choice", "a", "=amount > 10")
                                  .Flow("choice", "b", "=amount <= 10")
                                  .Flow("a", "end")
                                  .Flow("b", "end")
                                  .Xml();
    const std::string elements = "a: {duration: PT1M}, b: {duration: PT1M}";
    const BatchReport odds = Report(model, "{version: 1, runs: 10, arrivals: {count: 1000}, elements: {" +
                                               elements + ", choice: {odds: {choice_a: 1, choice_b: 3}}}}");
    QVERIFY(Near(ElementOf(odds, "a").count.mean, 250.0, 15.0));
    QVERIFY(Near(ElementOf(odds, "a").count.mean + ElementOf(odds, "b").count.mean, 1000.0, 1e-9));
    const BatchReport data =
        Report(model, "{version: 1, runs: 1, arrivals: {count: 10}, variables: {amount: 12}, elements: {" +
                          elements + "}}");
    QCOMPARE(ElementOf(data, "a").count.mean, 10.0);
    const BatchReport nothing =
        Report(model, "{version: 1, runs: 1, arrivals: {count: 10}, elements: {" + elements + "}}");
    QCOMPARE(nothing.failed.mean, 10.0);
    QVERIFY(!nothing.problems.empty());
    QVERIFY(nothing.problems[0].first.starts_with("choice: "));
    QCOMPARE(nothing.problems[0].second, uint64_t{10});
  }

  void whenSomebodyWorksInHours_thenWorkRestsOutsideThem() {
    // Two tasks of six hours on Monday 08:00, one clerk, nine to five: done Monday 15:00 and Tuesday 13:00.
    const BatchReport report =
        Report(OneTask(),
               "{version: 1, runs: 1, start: \"2026-01-05T08:00:00Z\", arrivals: {count: 2},"
               " calendars: {office: {days: [mon, tue, wed, thu, fri], hours: [\"09:00-17:00\"]}},"
               " resources: {clerk: {count: 1, calendar: office}},"
               " elements: {work: {duration: PT6H, resource: clerk}}}");
    QVERIFY(Near(report.cycle.most / 3600.0, 29.0, 1e-9));
    QVERIFY(Near(report.cycle.mean.mean / 3600.0, (7.0 + 29.0) / 2.0, 1e-9));
    QVERIFY(Near(report.waiting.mean.mean / 3600.0, (1.0 + 7.0) / 2.0, 1e-9));
    QVERIFY(Near(report.resources[0].utilization.mean, 1.0, 1e-9));  // 12 of 12 open hours
  }

  void whenCalendarsAreAsked_thenTheyAgreeWithWalkingByTheMinute() {
    const Calendar office =
        *Calendar::Weekly({{hours(9), hours(12)}, {hours(13), hours(17)}, {hours(100), hours(168)}});
    const WallTime monday = std::chrono::sys_days(std::chrono::year(2026) / 1 / 5);
    const auto open = [&](WallTime at) {
      const Span of_week = (at - monday) % (hours(168));
      return (of_week >= hours(9) && of_week < hours(12)) || (of_week >= hours(13) && of_week < hours(17)) ||
             of_week >= hours(100);
    };
    Span sum{};
    WallTime begin = monday + hours(2);
    for (WallTime at = begin; at < monday + hours(400); at += minutes(10)) {
      QCOMPARE(office.IsOpen(at), open(at));
      QVERIFY(open(office.NextOpen(at)) && office.NextOpen(at) >= at);
      QCOMPARE(office.OpenBetween(begin, at), sum);
      if (sum > Span(0)) {
        const WallTime done = office.AddWork(begin, sum);
        QCOMPARE(office.OpenBetween(begin, done), sum);
        QVERIFY(done <= at);
      }
      if (open(at)) sum += minutes(10);
    }
    // The same before the epoch.
    QCOMPARE(office.OpenBetween(monday - hours(168 * 3000), monday),
             3000 * office.OpenBetween(monday, monday + hours(168)));
  }

  void whenDistributionsAreDrawn_thenMeansAndSpreadAreAsSaid_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<QList<double>>("parameters");
    QTest::addColumn<double>("mean");
    QTest::addColumn<double>("deviation");
    using Kind = Distribution::Kind;
    const auto row = [](const char* name, Kind kind, QList<double> parameters, double mean,
                        double deviation) {
      QTest::newRow(name) << static_cast<int>(kind) << parameters << mean << deviation;
    };
    row("uniform", Kind::kUniform, {10, 40}, 25, 30 / std::sqrt(12.0));
    row("triangular", Kind::kTriangular, {0, 30, 60}, 30, 60 / std::sqrt(24.0));
    row("normal", Kind::kNormal, {100, 10}, 100, 10);
    row("lognormal", Kind::kLogNormal, {50, 20}, 50, 20);
    row("exponential", Kind::kExponential, {30}, 30, 30);
    row("gamma", Kind::kGamma, {40, 15}, 40, 15);
    row("gamma, shape below one", Kind::kGamma, {20, 30}, 20, 30);
    row("weibull", Kind::kWeibull, {10, 2}, 10 * std::tgamma(1.5),
        10 * std::sqrt(1.0 - std::pow(std::tgamma(1.5), 2)));
  }
  void whenDistributionsAreDrawn_thenMeansAndSpreadAreAsSaid() {
    QFETCH(int, kind);
    QFETCH(QList<double>, parameters);
    QFETCH(double, mean);
    QFETCH(double, deviation);
    const auto made = Distribution::Make(static_cast<Distribution::Kind>(kind),
                                         std::vector<double>(parameters.begin(), parameters.end()));
    QVERIFY(made.ok());
    QVERIFY(Near(made->mean(), mean, 1e-9));
    SeededRandom random(5);
    constexpr int kDraws = 100'000;
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < kDraws; ++i) {
      const double value = std::chrono::duration<double>(made->Draw(random)).count();
      QVERIFY(value >= 0.0);
      sum += value;
      squares += value * value;
    }
    QVERIFY(Near(sum / kDraws, mean, 0.02 * mean));
    QVERIFY(Near(std::sqrt(squares / kDraws - std::pow(sum / kDraws, 2)), deviation, 0.05 * deviation));
  }

  void whenMessagesComeByThemselves_thenTheyAreWaitedFor() {
    const std::string model = BpmnBuilder()
                                  .Start()
                                  .User("work")
                                  .ErrorBoundary("fails", "work")
                                  .Timer("pause", "timeDuration", "PT1H")
                                  .End()
                                  .End("aborted")
                                  .Chain({"start", "work", "pause", "end"})
                                  .Flow("fails", "aborted")
                                  .Xml();
    const BatchReport report = Report(model,
                                      "{version: 1, runs: 10, arrivals: {count: 400}, elements: {"
                                      " work: {duration: PT1M}, fails: {probability: 0.25}}}");
    QVERIFY(Near(ElementOf(report, "fails").count.mean, 100.0, 12.0));
    QVERIFY(Near(report.cycle.most, 3660.0, 1e-6));
    QVERIFY(Near(report.cycle.median, 3660.0, 1e-6));
    QVERIFY(Near(report.cycle.mean.mean, 60.0 + 0.75 * 3600.0, 120.0));
  }

  void whenAScenarioIsWrong_thenItsLineAndTheReasonAreNamed_data() {
    QTest::addColumn<QString>("scenario");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* scenario, const char* message) {
      QTest::newRow(message) << QString::fromUtf8(scenario) << QString::fromUtf8(message);
    };
    row("version: 2", "`version: 1` is missing");
    row("version: 1", "nothing says how many instances");
    row("version: 1\nspeed: 3", "2: `speed` is no field of a scenario");
    row("version: 1\narrivals: {count: 0}", "2: `count` must be a whole number from 1");
    row("version: 1\narrivals: {count: 1, every: P1M}", "without months");
    row("version: 1\narrivals: {count: 1}\nelements: {work: {duration: {gauss: PT1M}}}",
        "3: there is no distribution `gauss`; there are: choice, constant");
    row("version: 1\narrivals: {count: 1}\nelements: {work: {duration: {normal: [PT1M]}}}",
        "3: `duration`: normal takes [MEAN, DEVIATION]; it needs 2 values and has 1");
    row("version: 1\narrivals: {count: 1}\nelements: {work: {duration: {uniform: [PT2M, PT1M]}}}",
        "in order");
    row("version: 1\narrivals: {count: 1}\nelements: {work: {resource: clerk}}",
        "there is no resource `clerk`");
    row("version: 1\narrivals: {count: 1}\nresources: {clerk: {count: 1, calendar: office}}",
        "there is no calendar");
    row("version: 1\narrivals: {count: 1}\ncalendars: {office: {days: [monday], hours: [\"09:00-17:00\"]}}",
        "`monday` is no day");
    row("version: 1\narrivals: {count: 1}\ncalendars: {office: {days: [mon], hours: [\"17:00-09:00\"]}}",
        "must be hours of one day");
    row("version: 1\narrivals: {count: 1}\nelements: {nothing: {cost: 1}}",
        "`nothing`: the model's processes have no");
    row("version: 1\narrivals: {count: 1}\nelements: {end: {duration: PT1M}}", "`end`: `duration`");
    row("version: 1\narrivals: {count: 1}\nelements: {work: {odds: {x: 1}}}",
        "`work`: `odds` is for exclusive");
    row("version: 1\narrivals: {count: 1}\nelements: {work: {after: PT1M}}",
        "`after` is for caught messages");
    row("version: 1\narrivals: {count: 1}\nprocess: other", "there is no process other");
    row("[1, 2", "it is no YAML");
  }
  void whenAScenarioIsWrong_thenItsLineAndTheReasonAreNamed() {
    QFETCH(QString, scenario);
    QFETCH(QString, message);
    const QString error = QString::fromStdString(ErrorOf(OneTask(), scenario.toStdString()));
    QVERIFY2(error.contains(message), qPrintable(error));
  }
};

QTEST_APPLESS_MAIN(BatchTest)
#include "batch_test.moc"
