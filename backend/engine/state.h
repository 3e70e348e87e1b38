#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/fact.h"
#include "base/bytes.h"

namespace ameide::engine {

/// One activation of a node that has not ended.
struct ElementInstance {
  Key key = kNoKey;
  Index node = kNone;
  Key scope = kNoKey;  ///< the element instance around it; kNoKey for the process
  Phase phase = Phase::kActive;
  uint64_t inside = 0;      ///< element instances directly in it, and tokens on flows in it
  feel::Context variables;  ///< its own
  // What belongs to it, by key; kept by Apply.
  Key job = kNoKey;
  Key user_task = kNoKey;
  Key incident = kNoKey;
  std::vector<Key> timers;
  std::vector<Key> subscriptions;
};

/// Work that was given out and not reported yet.
struct Job {
  Key key = kNoKey;
  Key element = kNoKey;
  std::string type;
  uint32_t retries = 1;     ///< attempts left; 0: an incident holds it
  uint32_t attempts = 0;    ///< attempts that failed
  uint32_t activation = 1;  ///< part of the idempotency key: (tenant, instance, element, activation)
  WallTime not_before;      ///< the next attempt waits until then
};

/// An open user task.
struct UserTask {
  Key key = kNoKey;
  Key element = kNoKey;
  std::vector<std::string> candidate_groups;
  std::string assignee;
  UserTaskDetails details;
  std::string owner;  ///< who has delegated it
};

/// A timer that will fire.
struct Timer {
  Key key = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  WallTime due;
  bool cycle = false;
  std::optional<uint64_t> repetitions;
  feel::IsoDuration interval;
  std::optional<WallTime> end;
  uint32_t definition = 0;
  std::string cron;  ///< of cycles that follow a calendar
};

/// A message, signal or condition that is waited for.
struct Subscription {
  Key key = kNoKey;
  Key element = kNoKey;
  Index node = kNone;
  uint32_t definition = 0;
  Trigger trigger = Trigger::kMessage;
  std::string name;
  std::optional<std::string> correlation;
  bool holds = false;  ///< of conditions: what it was when it was asked last
};

/// How far a repeated activity (or an ad-hoc subprocess) has come, by the key of its element instance.
struct LoopState {
  std::optional<uint64_t> total;
  feel::Value items;
  uint64_t started = 0;
  uint64_t completed = 0;
  uint64_t terminated = 0;
  uint64_t checked = 0;  ///< instances completed when the conditions were asked last
  std::map<uint64_t, feel::Value> outputs;
};

/// Something that can be undone.
struct CompensationRecord {
  Key key = kNoKey;      ///< grows in the order of completion
  Key element = kNoKey;  ///< the element instance that was; scope of the records inside it
  Key scope = kNoKey;
  Index node = kNone;
  bool container = false;
  feel::Context variables;
};

/// What an element instance undoes.
struct CompensationRun {
  Key scope = kNoKey;  ///< of the records
  Index node = kNone;  ///< kNone: all
  Key below = kNoKey;  ///< only records with a smaller key: what is done meanwhile stays
  bool container = false;
};

/// Something that needs a person.
struct Incident {
  Key key = kNoKey;
  Key element = kNoKey;
  IncidentKind kind = IncidentKind::kExpression;
  std::string message;
};

/// A token on a flow of one scope.
struct Token {
  Key scope = kNoKey;
  Index flow = kNone;
  auto operator<=>(const Token&) const = default;
};

/// A join in one scope.
struct JoinKey {
  Key scope = kNoKey;
  Index node = kNone;
  auto operator<=>(const JoinKey&) const = default;
};

/// Tokens that will be taken next, first in first out.
class TokenQueue {
 public:
  bool empty() const { return first_ == tokens_.size(); }
  size_t size() const { return tokens_.size() - first_; }
  const Token& front() const { return tokens_[first_]; }
  void Push(Token token) { tokens_.push_back(token); }
  void Pop();
  /// Removes every token of a scope; returns how many.
  size_t RemoveScope(Key scope);
  std::vector<Token> All() const { return {tokens_.begin() + static_cast<ptrdiff_t>(first_), tokens_.end()}; }

 private:
  std::vector<Token> tokens_;
  size_t first_ = 0;
};

/// What is known of an instance's life as a whole.
enum class InstanceStatus : uint8_t { kNew = 0, kActive = 1, kCompleted = 2, kTerminated = 3 };

/// All of one process instance. A value: changes only by Apply, everything in it is ordered, equal histories
/// give equal states and equal bytes. Not thread-safe.
struct InstanceState {
  InstanceStatus status = InstanceStatus::kNew;
  WallTime started_at;
  Key next_key = kProcessKey;
  std::map<Key, ElementInstance> elements;
  std::map<Key, Job> jobs;
  std::map<Key, UserTask> user_tasks;
  std::map<Key, Timer> timers;
  std::map<Key, Incident> incidents;
  TokenQueue ready;  ///< tokens whose target was not activated yet; empty at rest
  std::map<JoinKey, std::map<Index, uint32_t>>
      parked;  ///< tokens that wait at joins, by flow; no zero counts
  // From semantics 2 on.
  std::map<Key, Subscription> subscriptions;
  std::map<Key, LoopState> loops;
  std::map<JoinKey, std::vector<Index>> resetting;  ///< complex gateways that have fired, with the flows then
  std::vector<Key> postponed;                       ///< elements that go on next, first in first out
  std::map<Key, CompensationRecord> records;
  std::map<Key, CompensationRun> runs;  ///< by the element that undoes
  std::set<Key> calls;                  ///< called processes: no variable is seen through them
  feel::Context results;                ///< the process's variables when it ended
  bool suspended = false;               ///< nothing moves until it is resumed
  std::map<Key, Index> input_sets;      ///< with which activities under an IORule have begun

  bool ended() const { return status == InstanceStatus::kCompleted || status == InstanceStatus::kTerminated; }
  /// The process's variables, also after the end.
  const feel::Context& variables() const;
  /// nullptr when there is none.
  const ElementInstance* FindElement(Key key) const;
};

/// The one binary form of a state, with a version in front: for snapshots, and to compare states.
std::string EncodeState(const InstanceState& state);
/// DATA_LOSS for malformed bytes, FAILED_PRECONDITION for a version of a later release.
absl::StatusOr<InstanceState> DecodeState(std::string_view bytes);

}  // namespace ameide::engine
