#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "backend/runtime/embedded/views.h"

namespace ameide::runtime {

/// What happened to the instances of one process in one transaction.
struct ProcessCounts {
  int64_t started = 0;
  int64_t completed = 0;
  int64_t terminated = 0;
  int64_t incidents_created = 0;
  int64_t incidents_resolved = 0;
  int64_t jobs_created = 0;
  int64_t jobs_completed = 0;
  int64_t attempts_failed = 0;  ///< of jobs
  int64_t tasks_created = 0;
  int64_t tasks_completed = 0;
  int64_t timers_fired = 0;
  int64_t messages_sent = 0;
  int64_t signals_thrown = 0;
  int64_t elements_completed = 0;
  int64_t elements_terminated = 0;
  int64_t steps = 0;  ///< of the engine
  int64_t facts = 0;
};

/// An element's activation (the process as a whole included) that has ended.
struct EndedElement {
  std::string tenant;
  std::string instance;
  std::string process;
  int64_t version = 0;
  ElementRun run;
};

/// An instance that needs a person now. Its message is not here: it may quote variables.
struct NewIncident {
  std::string tenant;
  std::string instance;
  std::string process;
  std::string element;
  std::string kind;
};

/// What a person has done. Why and with which variables is in the audit.
struct OperationDone {
  std::string tenant;
  std::string instance;  ///< empty: to no one instance
  std::string process;
  std::string action;
};

/// One transaction, for those who watch the runtime. Holds no value of any variable.
struct CommitReport {
  size_t requests = 0;
  std::chrono::microseconds took{0};               ///< from its begin until it was durable
  std::chrono::microseconds synced{0};             ///< of that, the commit itself
  std::map<std::string, ProcessCounts> processes;  ///< by id of the process
  /// How long after their time timers fired.
  std::vector<std::chrono::microseconds> timer_lags;
  /// Instances that have ended: their process, and from start to end.
  std::vector<std::pair<std::string, std::chrono::microseconds>> lifetimes;
  std::vector<NewIncident> incidents;
  std::vector<OperationDone> operations;
  std::vector<EndedElement> elements;  ///< only for observers that want them
};

/// Watches what a runtime does. Called on the writer's thread, after each transaction; must not block.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  /// Whether reports should tell each element that has ended. Asked once.
  virtual bool wants_elements() const = 0;
  virtual void Committed(const CommitReport& report) = 0;
  /// A transaction failed; nothing of it happened.
  virtual void Failed() = 0;
};

/// How busy a runtime is at a moment.
struct RuntimeLoad {
  int64_t requests_queued = 0;  ///< that the writer has not begun
  int64_t alarms = 0;           ///< timers, and jobs whose pause is not over, in memory
  int64_t instances_in_memory = 0;
  int64_t jobs_in_process = 0;  ///< that run or wait for a thread of this process
  int64_t database_bytes = 0;   ///< file and write-ahead log
};

}  // namespace ameide::runtime
