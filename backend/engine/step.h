#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/engine/engine.h"

/// The deciding half of the engine; private to this folder. Every change of the state goes through a fact.
namespace ameide::engine {

/// Why an element cannot go on.
struct Problem {
  IncidentKind kind = IncidentKind::kExpression;
  std::string message;
};

/// A value, or the problem that stopped its computation.
template <typename Value>
struct Outcome {
  Value value{};
  std::optional<Problem> problem;
  bool ok() const { return !problem.has_value(); }
};

/// When a timer fires first, and how it goes on.
struct TimerStart {
  WallTime due;
  bool cycle = false;
  std::optional<uint64_t> repetitions;
  feel::IsoDuration interval;
  std::optional<WallTime> end;
};

/// Tokens that one step moves at most before it asks to be continued.
inline constexpr size_t kLongestStep = 10'000;
/// A step also ends when the variables that it sets are so large (values and bytes of text): its facts must
/// fit into memory, however long a loop goes on.
inline constexpr uint64_t kHeaviestStep = 16'000'000;

/// One step: takes an event, emits facts (applying each at once) until nothing moves.
class Stepper {
 public:
  Stepper(const Plan& plan, InstanceState& state, WallTime at) : plan_(plan), state_(state), at_(at) {}

  // step_events.cc: what comes from outside. Nothing is emitted when the answer is an error.
  absl::Status operator()(const StartInstance& event);
  absl::Status operator()(const CompleteJob& event);
  absl::Status operator()(const FailJob& event);
  absl::Status operator()(const ThrowJobError& event);
  absl::Status operator()(const CompleteUserTask& event);
  absl::Status operator()(const FireTimer& event);
  absl::Status operator()(const ResolveIncident& event);
  absl::Status operator()(const SetVariables& event);
  absl::Status operator()(const CancelInstance& event);
  absl::Status operator()(const Continue& event);

  /// Moves tokens until none can move, or the step is long enough.
  void Drain();
  Decision TakeDecision() { return std::move(decision_); }

 private:
  // step.cc: the life of element instances.
  void Arrive(Token token);
  void Enter(Index node, Key scope, Index via);
  void Pass(Index node, Key scope, Index via);
  Key Activate(Index node, Key scope, Index via, Phase phase);
  void ContinueActivation(Key key);
  void WorkDone(Key key, const feel::Context& results);
  void Finish(Key key);
  void Complete(Key key, std::vector<Index> taken);
  void AfterExit(Key scope);
  void Terminate(Key key);
  void TerminateInside(Key scope);
  void Resume(Key key);

  // step_work.cc: what kinds of nodes do.
  void Behave(Key key);
  void OpenScope(Key key);
  void CreateJob(Key key);
  void CreateTask(Key key);
  void RunScript(Key key);
  void WaitForTimer(Key key);
  void Schedule(Key element, Index node, const TimerStart& start);
  void ThrowError(Key key, const std::string& code, const std::string& message);
  void TerminateAround(Key scope);
  void FireBoundary(const Timer& timer);
  bool MapInputs(Key key);
  bool ArmBoundaries(Key key);

  // flows.cc: values.
  Outcome<std::vector<Index>> ChooseFlows(Index node, Key scope) const;
  Outcome<feel::Value> Evaluate(Index expression, Key scope, const feel::Context* inner = nullptr) const;
  Outcome<std::string> EvaluateText(const Parameter& parameter, Key scope, std::string_view what) const;
  Outcome<std::vector<std::string>> EvaluateNames(const Parameter& parameter, Key scope,
                                                  std::string_view what) const;
  Outcome<feel::Context> Map(const std::vector<Mapping>& mappings, Key scope, Key merge_scope) const;
  Outcome<TimerStart> EvaluateTimer(const Node& node, Key scope) const;
  /// Sets each variable where it is defined, from `scope` outwards, or else in the process.
  void Propagate(Key scope, const feel::Context& values);

  void Emit(Fact fact);
  void Raise(Key element, Problem problem);
  const Node& NodeOf(const ElementInstance& element) const { return plan_.nodes[element.node]; }
  const ElementInstance& Element(Key key) const { return state_.elements.find(key)->second; }

  const Plan& plan_;
  InstanceState& state_;
  const WallTime at_;
  Decision decision_;
  uint64_t weight_ = 0;       ///< of the variables set so far
  std::vector<Key> opening_;  ///< scopes whose entries are being activated; they are not complete yet
};

/// The commands that a job or a user task of the state stands for.
ActivateJob JobCommand(const Plan& plan, const InstanceState& state, const Job& job);
CreateUserTask TaskCommand(const Plan& plan, const InstanceState& state, const UserTask& task);

}  // namespace ameide::engine
