#pragma once

#include <optional>
#include <set>
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
  std::string cron;  ///< instead of the interval
};

/// An event definition that begins to wait, with what its expressions gave.
struct Armed {
  Index node = kNone;
  uint32_t definition = 0;
  Trigger trigger = Trigger::kNone;
  TimerStart timer;
  std::string name;
  std::optional<std::string> correlation;
};

/// A subscription of this instance that a signal thrown in it reaches.
struct Heard {
  Key subscription = kNoKey;
  feel::Context payload;
};

/// Who catches an error or an escalation: a boundary event of `owner`, or the start event of an event
/// subprocess in `owner`.
struct Catcher {
  Key owner = kNoKey;
  Index node = kNone;
};

/// Instances of one multi-instance activity at most.
inline constexpr uint64_t kMostInstances = 100'000;
/// Calls inside calls at most.
inline constexpr size_t kDeepestCall = 200;
/// A step also ends when the variables that it sets are so large (values and bytes of text): its facts must
/// fit into memory, however long a loop goes on.
inline constexpr uint64_t kHeaviestStep = 16'000'000;

/// One step: takes an event, emits facts (applying each at once) until nothing moves.
class Stepper {
 public:
  Stepper(const Plan& plan, InstanceState& state, WallTime at, size_t longest_step = kLongestStep)
      : plan_(plan), state_(state), at_(at), longest_step_(longest_step) {}

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
  absl::Status operator()(const DeliverEvent& event);
  absl::Status operator()(const StartInstanceAt& event);
  absl::Status operator()(const StartActivity& event);
  // step_operations.cc: what people do.
  absl::Status operator()(const SkipElement& event);
  absl::Status operator()(const ModifyInstance& event);
  absl::Status operator()(const SuspendInstance& event);
  absl::Status operator()(const ResumeInstance& event);
  absl::Status operator()(const AssignUserTask& event);
  /// The state was moved to this plan: what it waits for becomes what the plan says.
  void Rearm(const std::set<Index>& known);

  /// Moves tokens until none can move, or the step is long enough.
  void Drain();
  /// What an event definition of a node would wait for, asked in an element instance; with the correlation
  /// key that its expression gives, where `correlates`.
  Outcome<Armed> Prepare(Key owner, Index node, uint32_t definition, bool correlates = true) const;
  Decision TakeDecision() { return std::move(decision_); }

 private:
  // step.cc: the life of element instances.
  void Arrive(Token token);
  void Enter(Index node, Key scope, Index via);
  void Pass(Index node, Key scope, Index via);
  Key Activate(Index node, Key scope, Index via, Phase phase);
  void ContinueActivation(Key key);
  void BeginWork(Key key);
  void WorkDone(Key key, const feel::Context& results);
  /// `given`: what the work gave just now; nullptr: it was done earlier, and its variables are what is known.
  void Finish(Key key, const feel::Context* given = nullptr);
  void Complete(Key key, std::vector<Index> taken);
  void AfterExit(Key scope);
  bool IsCompleting(const ElementInstance& scope) const;
  bool HasOnlyHandlers(const ElementInstance& scope) const;
  void Withdraw(const ElementInstance& element);
  void Terminate(Key key);
  void TerminateInside(Key scope);
  void Resume(Key key);
  bool IsOpening(Key scope) const;
  bool TakesLong() const { return moved_ >= longest_step_ || weight_ > kHeaviestStep; }

  // step_events.cc: conversations that begin instances.
  void Converse(const std::vector<Index>& conversation, Index begun, const std::string& key);

  // step_work.cc: what kinds of nodes do.
  void Behave(Key key);
  void CreateJob(Key key);
  void CreateTask(Key key);
  void RunScript(Key key);
  void RunDecision(Key key);
  void UseResult(Key key, feel::Value result);

  // step_data.cc: the data that activities begin and end with.
  bool MapInputs(Key key);
  bool HasData(Key key) const;
  bool IsWaitingForData(const ElementInstance& element) const;
  bool OpenInputs();
  void SelectInputSet(Key key);
  bool MapOutputs(Key key, const feel::Context* given);
  Outcome<std::vector<Mapping>> ChooseOutputs(Key key, const feel::Context* given) const;

  // step_scopes.cc: what holds other elements.
  void OpenScope(Key key);
  bool ArmEventSubProcesses(Key key);
  void Call(Key key);
  void EndCall(Key called);
  void ContinueAdHoc(Key key);
  bool AdHocIsDone(Key key, bool& ended);

  // step_loops.cc: activities that repeat themselves.
  bool IsBody(const ElementInstance& element) const;
  bool IsInner(const ElementInstance& element) const;
  void AdvanceLoop(Key key);
  bool OpenLoop(Key key);
  enum class LoopStep : uint8_t { kWait, kStart, kEnd };
  LoopStep NextOfStandardLoop(Key key);
  LoopStep NextOfMultiInstance(Key key);
  void StartInner(Key key);
  bool CollectOutput(Key inner);
  feel::Context LoopVariables(Key key) const;

  // step_gateways.cc
  void ArriveAtJoin(Token token, Index target);
  bool OpenJoins();
  bool OpenInclusive(Key scope, Index node);
  bool OpenComplex(Key scope, Index node);
  bool ResetComplex(Key scope, Index node);
  bool MayStillCome(Key scope, Index join, const std::vector<bool>& missing) const;
  void PassWith(Index node, Key scope, const feel::Context& extra);
  feel::Context GatewayVariables(Key scope, Index node, bool starts) const;
  void FireGateway(Key gateway, Index target, const feel::Context& payload);

  // step_triggers.cc: events that are waited for.
  bool Arm(Key owner, const std::vector<Index>& nodes, const std::optional<std::string>& key = {});
  void Schedule(Key element, Index node, uint32_t definition, const TimerStart& start);
  bool Waits(Key owner, Index node) const;
  void Occur(Key owner, Index node, const feel::Context& payload);
  void EnterTriggered(Index node, Key scope, const feel::Context& payload);
  void FireBoundary(Key host, Index boundary, const feel::Context& payload);
  void FireEventSubProcess(Key scope, Index start, const feel::Context& payload);
  void StartEventSubProcess(Key scope, Index start, const feel::Context& payload);
  void Interrupt(Key scope);
  void CancelWaits(Key owner, bool only_event_subprocesses);
  void CheckConditions();

  // step_throw.cc: events that are thrown.
  void ThrowAll(Key key);
  void ThrowOne(Key key, const EventDefinition& definition);
  bool Send(Key key, std::vector<Heard>& heard);
  void ThrowSignal(Key key, const std::string& name, const feel::Context& payload, std::vector<Heard>& heard);
  void Hear(const std::vector<Heard>& heard);
  std::optional<Catcher> FindCatcher(Key key, Trigger trigger, const std::string& code) const;
  Index MatchAmong(const std::vector<Index>& nodes, Trigger trigger, const std::string& code) const;
  void Catch(const Catcher& catcher);
  void CatchAll(const std::vector<Catcher>& catchers);
  void ThrowError(Key key, const std::string& code, const std::string& message);
  std::optional<Catcher> Escalate(Key key, const std::string& code);
  void TerminateAround(Key scope);
  void CancelTransaction(Key scope);
  void LeaveCanceled(Key transaction);

  // step_compensation.cc
  bool IsContainer(Key key) const;
  void Record(Key key);
  void Compensate(Key key, const EventDefinition& definition);
  Key RecordsOf(Key scope) const;
  const CompensationRecord* NextRecord(Key key) const;
  void ContinueCompensation(Key key);
  void Undo(Key key, const CompensationRecord& record);
  void EndCompensation(Key key);

  // flows.cc: values.
  Outcome<std::vector<Index>> ChooseFlows(Index node, Key scope, const feel::Context* extra = nullptr) const;
  feel::Value Run(const feel::Expression& expression, const feel::Context& variables,
                  feel::Diagnostics& diagnostics) const;
  Outcome<feel::Value> Evaluate(Index expression, Key scope, const feel::Context* inner = nullptr) const;
  Outcome<bool> EvaluateCondition(Index expression, Key scope, const feel::Context* inner = nullptr) const;
  Outcome<std::string> EvaluateText(const Parameter& parameter, Key scope, std::string_view what) const;
  Outcome<UserTaskDetails> EvaluateDetails(const Node& node, Key key) const;
  Outcome<std::vector<std::string>> EvaluateNames(const Parameter& parameter, Key scope,
                                                  std::string_view what) const;
  Outcome<feel::Context> Map(const std::vector<Mapping>& mappings, Key scope, Key merge_scope) const;
  Outcome<TimerStart> EvaluateTimer(const EventDefinition& definition, const std::string& id,
                                    Key scope) const;
  /// Sets each variable where it is defined, from `scope` outwards, or else in the process.
  void Propagate(Key scope, const feel::Context& values);

  absl::Status CheckModification(const ModifyInstance& event, std::vector<Key>& scopes) const;
  Key OnlyInstanceOf(Index node) const;

  void Emit(Fact fact);
  void Raise(Key element, Problem problem);
  const Node& NodeOf(const ElementInstance& element) const { return plan_.nodes[element.node]; }
  const ElementInstance& Element(Key key) const { return state_.elements.find(key)->second; }
  bool Exists(Key key) const { return state_.elements.contains(key); }

  const Plan& plan_;
  InstanceState& state_;
  const WallTime at_;
  const size_t longest_step_;
  Decision decision_;
  size_t moved_ = 0;            ///< tokens and repetitions so far
  uint64_t weight_ = 0;         ///< of the variables set so far
  bool changed_ = false;        ///< variables since conditions were asked last
  bool may_wait_ = false;       ///< something may wait for data that this plan, a new one, does not ask for
  std::vector<Key> opening_;    ///< scopes in which something is being started; they are not complete yet
  Key finished_body_ = kNoKey;  ///< whose instance completed last, with what it knew
  feel::Context finished_variables_;
};

/// The command by which a subscription is opened.
OpenSubscription SubscriptionCommand(const Plan& plan, const Subscription& subscription);

/// When a timer that goes on fires next; nullopt: it does not.
std::optional<TimerStart> NextTimer(const Timer& timer);

/// Whether an occurrence of the event ends the wait for it. Events that do not interrupt go on waiting, but
/// for those that wait for several things to come together.
bool IsUsedUp(const Node& node);

/// The commands that a job or a user task of the state stands for.
ActivateJob JobCommand(const Plan& plan, const InstanceState& state, const Job& job);
CreateUserTask TaskCommand(const Plan& plan, const InstanceState& state, const UserTask& task);

}  // namespace ameide::engine
