#include "backend/telemetry/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ameide::telemetry {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;
using runtime::ProcessCounts;

constexpr char kOther[] = "other";
constexpr int kUnimplemented = 12;  // gRPC's number

/// Seconds, for what takes microseconds to seconds.
const Buckets kQuick = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                        0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
/// Seconds, for what takes moments to months.
const Buckets kLong = {0.01, 0.1, 1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400};
const Buckets kSizes = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

double Seconds(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1e6; }

/// What is counted of each process: name without `ameide_` and `_total`, help, fixed label and value, member.
struct PerProcess {
  const char* name;
  const char* help;
  const char* label;
  const char* value;
  int64_t ProcessCounts::*count;
};
constexpr PerProcess kPerProcess[] = {
    {"instances_started", "Process instances started", "", "", &ProcessCounts::started},
    {"instances_ended", "Process instances ended", "state", "completed", &ProcessCounts::completed},
    {"instances_ended", "Process instances ended", "state", "terminated", &ProcessCounts::terminated},
    {"incidents_created", "Incidents created", "", "", &ProcessCounts::incidents_created},
    {"incidents_resolved", "Incidents resolved", "", "", &ProcessCounts::incidents_resolved},
    {"jobs_created", "Jobs created", "", "", &ProcessCounts::jobs_created},
    {"jobs_completed", "Jobs completed", "", "", &ProcessCounts::jobs_completed},
    {"job_attempts_failed", "Attempts of jobs that failed", "", "", &ProcessCounts::attempts_failed},
    {"tasks_created", "User tasks created", "", "", &ProcessCounts::tasks_created},
    {"tasks_completed", "User tasks completed", "", "", &ProcessCounts::tasks_completed},
    {"timers_fired", "Timers fired in instances", "", "", &ProcessCounts::timers_fired},
    {"messages_sent", "Messages sent by instances", "", "", &ProcessCounts::messages_sent},
    {"signals_thrown", "Signals thrown by instances", "", "", &ProcessCounts::signals_thrown},
    {"elements_ended", "Activations of elements ended", "outcome", "completed",
     &ProcessCounts::elements_completed},
    {"elements_ended", "Activations of elements ended", "outcome", "terminated",
     &ProcessCounts::elements_terminated},
    {"steps", "Steps of the engine", "", "", &ProcessCounts::steps},
    {"facts", "Facts journaled", "", "", &ProcessCounts::facts},
};

/// What is read when somebody asks: name without `ameide_`, help, how.
struct Read {
  const char* name;
  const char* help;
  int64_t (*value)(const Gauges&);
};
constexpr Read kRead[] = {
    {"requests_queued", "Requests that the writer has not begun",
     [](const Gauges& it) { return it.load.requests_queued; }},
    {"timers_scheduled", "Timers, and jobs between two attempts, that are not due",
     [](const Gauges& it) { return it.load.alarms; }},
    {"instances_in_memory", "Process instances in memory",
     [](const Gauges& it) { return it.load.instances_in_memory; }},
    {"jobs_in_process", "Jobs that run or wait for a thread inside the backend",
     [](const Gauges& it) { return it.load.jobs_in_process; }},
    {"database_bytes", "Size of the journal's database with its write-ahead log",
     [](const Gauges& it) { return it.load.database_bytes; }},
    {"processes_deployed", "Deployed processes", [](const Gauges& it) { return it.totals.processes; }},
    {"instances_open", "Process instances that have not ended",
     [](const Gauges& it) { return it.totals.active_instances; }},
    {"tasks_open", "Open user tasks", [](const Gauges& it) { return it.totals.open_tasks; }},
    {"incidents_open", "Unresolved incidents", [](const Gauges& it) { return it.totals.incidents; }},
};

/// Makes and keeps what is counted for a label, for a bounded number of labels.
template <typename Counted>
class ByLabel {
 public:
  template <typename Make>
  Counted& Get(std::string_view label, const Make& make) {
    const auto found = all_.find(label);
    if (found != all_.end()) return found->second;
    const std::string name(all_.size() < Metrics::kMostLabels ? label : kOther);
    const auto known = all_.find(name);
    return known != all_.end() ? known->second : all_.emplace(name, make(name)).first->second;
  }

 private:
  std::map<std::string, Counted, std::less<>> all_;
};

class PrometheusMetrics final : public Metrics, public prometheus::Collectable {
 public:
  explicit PrometheusMetrics(const std::string& version)
      : commits_(CounterOf("commits", "Transactions of the journal")),
        failed_commits_(CounterOf("commits_failed", "Transactions that failed")),
        commit_requests_(HistogramOf("commit_requests", "Requests in one transaction", kSizes)),
        commit_seconds_(HistogramOf("commit_seconds", "Length of a transaction", kQuick)),
        sync_seconds_(HistogramOf("commit_sync_seconds", "Of that, until it was on the disk", kQuick)),
        timer_lag_(HistogramOf("timer_lag_seconds", "How long after their time timers fired", kQuick)),
        spans_written_(CounterOf("spans_written", "Spans written")),
        spans_dropped_(CounterOf("spans_dropped", "Spans dropped since they could not be written in time")),
        instance_seconds_(prometheus::BuildHistogram()
                              .Name("ameide_instance_seconds")
                              .Help("Process instances from start to end")
                              .Register(registry_)),
        operations_(prometheus::BuildCounter()
                        .Name("ameide_operations_total")
                        .Help("What people did to instances")
                        .Register(registry_)),
        calls_(prometheus::BuildCounter()
                   .Name("ameide_calls_total")
                   .Help("Calls of the backend's services")
                   .Register(registry_)),
        call_seconds_(prometheus::BuildHistogram()
                          .Name("ameide_call_seconds")
                          .Help("Length of calls of the backend's services")
                          .Register(registry_)) {
    prometheus::BuildGauge()
        .Name("ameide_build_info")
        .Help("The program; always 1")
        .Register(registry_)
        .Add({{"version", version}})
        .Set(1);
    for (const PerProcess& row : kPerProcess) {
      families_.push_back(&prometheus::BuildCounter()
                               .Name(absl::StrCat("ameide_", row.name, "_total"))
                               .Help(row.help)
                               .Register(registry_));
    }
    for (const Read& row : kRead) {
      gauges_.push_back(&prometheus::BuildGauge()
                             .Name(absl::StrCat("ameide_", row.name))
                             .Help(row.help)
                             .Register(registry_)
                             .Add({}));
    }
  }

  void CountCommit(const runtime::CommitReport& report) override {
    std::lock_guard lock(mutex_);
    commits_.Increment();
    commit_requests_.Observe(static_cast<double>(report.requests));
    commit_seconds_.Observe(Seconds(report.took));
    sync_seconds_.Observe(Seconds(report.synced));
    for (const auto lag : report.timer_lags) timer_lag_.Observe(Seconds(lag));
    for (const auto& [process, counts] : report.processes) {
      OfProcess& counted = ForProcess(process);
      for (size_t i = 0; i < std::size(kPerProcess); ++i)
        counted.counters[i]->Increment(static_cast<double>(counts.*kPerProcess[i].count));
    }
    for (const auto& [process, lifetime] : report.lifetimes)
      ForProcess(process).lifetime->Observe(Seconds(lifetime));
    for (const runtime::OperationDone& done : report.operations)
      operations_.Add({{"action", done.action}}).Increment();
  }

  void CountFailedCommit() override { failed_commits_.Increment(); }

  void CountCall(std::string_view method, int code, std::chrono::microseconds took) override {
    if (code == kUnimplemented) method = kOther;  // Whatever a caller made up.
    std::lock_guard lock(mutex_);
    OfMethod& counted = by_method_.Get(method, [this](const std::string& name) {
      return OfMethod{name, &call_seconds_.Add({{"method", name}}, kQuick), {}};
    });
    Counter*& calls = counted.calls[code];
    if (calls == nullptr) calls = &calls_.Add({{"method", counted.name}, {"code", absl::StrCat(code)}});
    calls->Increment();
    counted.length->Observe(Seconds(took));
  }

  void CountSpans(int64_t written, int64_t dropped) override {
    spans_written_.Increment(static_cast<double>(written));
    spans_dropped_.Increment(static_cast<double>(dropped));
  }

  void SetGauges(std::function<Gauges()> read) override {
    std::lock_guard lock(read_mutex_);
    read_ = std::move(read);
  }

  std::string Text() override { return prometheus::TextSerializer().Serialize(Collect()); }

  std::shared_ptr<prometheus::Collectable> collectable() override {
    // The library wants shared ownership; the owner of this stays the one.
    return {static_cast<prometheus::Collectable*>(this), [](prometheus::Collectable*) {}};
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    {
      std::lock_guard lock(read_mutex_);
      if (read_) {
        const Gauges gauges = read_();
        for (size_t i = 0; i < std::size(kRead); ++i)
          gauges_[i]->Set(static_cast<double>(kRead[i].value(gauges)));
      }
    }
    return registry_.Collect();
  }

 private:
  struct OfProcess {
    std::vector<Counter*> counters;  ///< as kPerProcess
    Histogram* lifetime = nullptr;
  };
  struct OfMethod {
    std::string name;
    Histogram* length = nullptr;
    std::map<int, Counter*> calls;  ///< by status
  };

  Counter& CounterOf(const char* name, const char* help) {
    return prometheus::BuildCounter()
        .Name(absl::StrCat("ameide_", name, "_total"))
        .Help(help)
        .Register(registry_)
        .Add({});
  }
  Histogram& HistogramOf(const char* name, const char* help, const Buckets& buckets) {
    return prometheus::BuildHistogram()
        .Name(absl::StrCat("ameide_", name))
        .Help(help)
        .Register(registry_)
        .Add({}, buckets);
  }

  OfProcess& ForProcess(const std::string& process) {
    return by_process_.Get(process, [this](const std::string& name) {
      OfProcess made;
      for (size_t i = 0; i < std::size(kPerProcess); ++i) {
        prometheus::Labels labels = {{"process", name}};
        if (*kPerProcess[i].label != '\0') labels[kPerProcess[i].label] = kPerProcess[i].value;
        made.counters.push_back(&families_[i]->Add(labels));
      }
      made.lifetime = &instance_seconds_.Add({{"process", name}}, kLong);
      return made;
    });
  }

  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
  Counter& commits_;
  Counter& failed_commits_;
  Histogram& commit_requests_;
  Histogram& commit_seconds_;
  Histogram& sync_seconds_;
  Histogram& timer_lag_;
  Counter& spans_written_;
  Counter& spans_dropped_;
  Family<Histogram>& instance_seconds_;
  Family<Counter>& operations_;
  Family<Counter>& calls_;
  Family<Histogram>& call_seconds_;
  std::vector<Family<Counter>*> families_;  ///< as kPerProcess
  std::vector<Gauge*> gauges_;              ///< as kRead

  std::mutex mutex_;
  ByLabel<OfProcess> by_process_;
  ByLabel<OfMethod> by_method_;

  mutable std::mutex read_mutex_;
  std::function<Gauges()> read_;
};

}  // namespace

std::unique_ptr<Metrics> Metrics::Make(const std::string& version) {
  return std::make_unique<PrometheusMetrics>(version);
}

}  // namespace ameide::telemetry
