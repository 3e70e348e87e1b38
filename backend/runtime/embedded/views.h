#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"

namespace ameide::runtime {

/// A page that is wanted: at most `size` rows after the place that `token` names (empty: from the beginning).
struct PageRequest {
  int size = 50;
  std::string token;
};

/// A page. An empty token says that it is the last. An unknown token is INVALID_ARGUMENT.
template <typename Row>
struct Page {
  std::vector<Row> rows;
  std::string next_token;
};

/// State of an instance as lists show it. The numbers are stored; they never change.
enum class InstanceStatus : int {
  kActive = 1,
  kCompleted = 2,
  kTerminated = 3,
  kIncident = 4,
  kSuspended = 5
};

/// A version of a process.
struct ProcessView {
  std::string id;
  std::string name;
  int64_t version = 0;
  Hash256 plan_digest;
  std::string path;
  std::string artifact_id;
  std::string bundle;  ///< hexadecimal digest
  WallTime deployed_at;
};

/// A deployed bundle.
struct BundleView {
  std::string digest;  ///< hexadecimal
  std::string manifest;
  std::string provenance;
  WallTime deployed_at;
  std::vector<ProcessView> processes;
};

/// An instance in a list.
struct InstanceRow {
  std::string id;
  std::string process;
  int64_t version = 0;
  InstanceStatus status = InstanceStatus::kActive;
  WallTime started_at;
  std::optional<WallTime> ended_at;
  int incidents = 0;
};

/// Which instances; empty members do not restrict.
struct InstanceFilter {
  std::string process;
  std::optional<InstanceStatus> status;
};

/// An open user task.
struct TaskView {
  std::string id;
  std::string instance;
  std::string process;
  std::string element;
  std::string name;
  std::vector<std::string> candidate_groups;
  std::string form;
  WallTime created_at;
  std::string variables_json;
  std::string assignee;  ///< empty: nobody
  std::string owner;     ///< who delegated it
  std::vector<std::string> candidate_users;
  std::optional<WallTime> due;
  std::optional<WallTime> follow_up;
  int priority = 50;
};

/// Which tasks; empty members do not restrict.
struct TaskFilter {
  std::string instance;
  std::string candidate_group;  ///< at most one of these three
  std::string candidate_user;
  std::string assignee;
};

/// An unresolved incident.
struct IncidentView {
  std::string id;
  std::string instance;
  std::string process;
  std::string element;
  std::string kind;
  std::string message;
  WallTime created_at;
  std::string variables_json;  ///< what the element saw then; empty when that was large
};

/// Which incidents; empty members do not restrict.
struct IncidentFilter {
  std::string instance;
  std::string process;
  std::string element;
  std::string kind;
};

/// One activation of an element, with its times.
struct ElementRun {
  int64_t number = 0;  ///< of the activation in its instance, from 1, in the order in which they began
  int64_t key = 0;     ///< of the instance's things; 0: it ended where it began
  int64_t scope = 0;   ///< key of what is around it; 0: none
  std::string element;
  std::string type;
  std::string outcome;  ///< "active", "completed", "terminated", "incident"
  WallTime started_at;
  std::optional<WallTime> ended_at;
  std::chrono::microseconds took{0};  ///< until its end, or until it was asked
  /// Of that, the time in which nobody worked at it: an event that had not come, a user task that was
  /// nobody's, a pause between attempts, an incident, a suspension.
  std::chrono::microseconds waited{0};
};

/// A value that a variable got.
struct VariableRow {
  int64_t number = 0;  ///< of the change in its instance, from 1
  WallTime at;
  std::string element;  ///< whose own variable it is; empty: the process's
  std::string name;
  std::string value_json;  ///< at most kLongestShownValue bytes of it
  bool cut = false;        ///< there is more
};
inline constexpr size_t kLongestShownValue = size_t{4} << 10;

/// Something that a person did.
struct AuditRow {
  int64_t number = 0;
  WallTime at;
  std::string actor;
  std::string action;
  std::string instance;  ///< empty: to no one instance
  std::string detail;
  std::string reason;
};

/// How long finished instances are kept with all that belongs to them.
struct RetentionRule {
  std::string process;                            ///< empty: every process that has no rule of its own
  std::optional<std::chrono::microseconds> keep;  ///< from its end; nullopt: for ever
};

/// Tokens at an element.
struct TokenCount {
  std::string element;
  int count = 0;
};

/// An entry of the history.
struct HistoryRow {
  int64_t number = 0;
  std::string element;
  std::string event;
  WallTime at;
};

/// All of an instance.
struct InstanceView {
  InstanceRow row;
  ProcessView process;
  std::vector<TokenCount> tokens;
  std::string variables_json;
  std::vector<IncidentView> incidents;
  std::vector<HistoryRow> history;  ///< the newest kLongestHistory, in order of time
  std::vector<TaskView> tasks;
  int64_t revision = 0;  ///< grows with every change
};

inline constexpr size_t kLongestHistory = 1000;

/// Numbers for a status display.
struct Totals {
  int64_t processes = 0;
  int64_t active_instances = 0;
  int64_t open_tasks = 0;
  int64_t incidents = 0;
};

/// Ends a subscription when it goes.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

}  // namespace ameide::runtime
