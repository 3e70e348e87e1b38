#pragma once

#include <QtTest>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/compiler/compile.h"
#include "backend/engine/engine.h"
#include "backend/engine/plan/plan_codec.h"
#include "notation/feel/json.h"
#include "notation/xml/intake.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/engine/coverage.h"

namespace ameide::engine {

/// Ends the program with what went wrong and, in tests of random cases, the seed.
[[noreturn]] inline void Die(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  if (qEnvironmentVariableIsSet("AMEIDE_SEED_NOW")) {
    const QByteArray seed = qgetenv("AMEIDE_SEED_NOW");
    std::fprintf(stderr, "seed %s; run again with AMEIDE_SEED=%s AMEIDE_SEEDS=1\n", seed.constData(),
                 seed.constData());
  }
  std::abort();
}

inline compiler::CompileResult CompileText(const std::string& xml,
                                           const compiler::CompileOptions& options = {}) {
  const auto intake = xml::Accept(xml);
  if (!intake.ok()) Die(std::string(intake.status().message()));
  const auto document = uaf::document::Document::Import(intake->import, xml, {});
  if (!document.ok()) Die(std::string(document.status().message()));
  return compiler::Compile(*document, options);
}

/// What DoublingDecision says, as a model that the compiler takes.
inline constexpr char kDoublingModel[] =
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"d\" name=\"d\" namespace=\"d\">"
    "<inputData id=\"i\" name=\"v0\"><variable name=\"v0\" typeRef=\"number\"/></inputData>"
    "<decision id=\"decision\" name=\"decision\"><variable name=\"decision\" typeRef=\"number\"/>"
    "<informationRequirement><requiredInput href=\"#i\"/></informationRequirement>"
    "<literalExpression><text>v0 * 2</text></literalExpression></decision></definitions>";

/// Doubles v0; has no result for anything but a number.
class DoublingDecision : public DecisionModel {
 public:
  absl::StatusOr<feel::Value> Evaluate(const std::string&, const feel::Context& variables,
                                       WallTime) const override {
    const feel::Value* value = variables.Find("v0");
    if (value == nullptr || value->number() == nullptr) return absl::InvalidArgumentError("v0 is no number");
    const std::optional<int64_t> number = value->number()->ToInt64();
    return number ? feel::Value(*number * 2) : feel::Value();
  }
};

/// The plan of a model that must compile; it may be drawn as the test likes it.
inline Plan PlanOf(const BpmnBuilder& model) {
  compiler::CompileOptions options;
  options.form_matters = false;
  static const DecisionLibrary library(std::vector<DecisionFile>{{"decision.dmn", kDoublingModel}});
  options.decisions = &library;
  options.target = compiler::Target::kSimulation;  // all that the engine can, whatever a host cannot yet
  compiler::CompileResult result = CompileText(model.Xml(), options);
  for (const compiler::CompileFinding& finding : result.findings) {
    qWarning("%s", compiler::FormatFinding(finding).c_str());
  }
  if (!result.ok()) Die("the model does not compile: " + model.Xml());
  // As it is published: from its bytes.
  absl::StatusOr<Plan> read = DecodePlan(result.processes[0].bytes);
  if (!read.ok()) {
    Die("the plan is refused: " + std::string(read.status().message()) + " " + model.Xml());
  }
  if (EncodePlan(*read) != result.processes[0].bytes) Die("a plan has two byte forms: " + model.Xml());
  Plan plan = *std::move(read);
  plan.decisions = std::make_shared<DoublingDecision>();
  return plan;
}

inline feel::Context Json(std::string_view text) {
  const auto value = feel::FromJson(text);
  if (!value.ok() || value->context() == nullptr) Die("not a JSON object");
  return *value->context();
}

/// One instance, driven by hand. After every event the journal is replayed from its bytes and must give the
/// same state.
class Driver {
 public:
  explicit Driver(const BpmnBuilder& model) : plan_(PlanOf(model)) {}
  explicit Driver(Plan plan) : plan_(std::move(plan)) {}

  /// Feeds an event that must be possible.
  Decision Must(decltype(Event::what) what) {
    absl::StatusOr<Decision> decision = Try(std::move(what));
    if (!decision.ok()) Die("refused: " + std::string(decision.status().message()));
    return *std::move(decision);
  }
  absl::StatusOr<Decision> Try(decltype(Event::what) what) {
    const std::string before = EncodeState(state_);
    std::map<Key, Index> nodes;
    for (const auto& [key, element] : state_.elements) nodes[key] = element.node;
    const Event event{now_, std::move(what)};
    const absl::StatusOr<Event> decoded = DecodeEvent(EncodeEvent(event));
    if (!decoded.ok() || EncodeEvent(*decoded) != EncodeEvent(event))
      Die("an event does not survive its codec");
    const absl::StatusOr<Decision> decided = Decide(plan_, state_, event, longest_step_);
    absl::StatusOr<Decision> decision = Step(plan_, state_, *decoded, longest_step_);
    if (decided.ok() != decision.ok()) Die("Decide and Step disagree");
    if (!decision.ok()) {
      if (EncodeState(state_) != before) Die("a refused event changed the state");
      return decision;
    }
    ByteWriter by_decide;
    for (const Fact& fact : decided->facts) EncodeFact(fact, by_decide);
    ByteWriter by_step;
    for (const Fact& fact : decision->facts) EncodeFact(fact, by_step);
    if (by_decide.bytes() != by_step.bytes()) Die("Decide and Step give different facts");
    journal_ += by_step.bytes();
    if (coverage_ != nullptr) coverage_->Note(plan_, nodes, event, decision->facts);
    for (const Fact& fact : decision->facts) facts_.push_back(fact);
    for (const Command& command : decision->commands) Track(command);
    ForgetReported();
    last_ = *decision;
    Check();
    return decision;
  }
  /// Goes over to the same plan: nothing may change but the journal.
  void MigrateToSelf() {
    const std::string before = EncodeState(state_);
    const std::string digest(32, 'd');
    absl::StatusOr<Decision> decision =
        Migrate(plan_, plan_, digest, ProposeMigration(plan_, plan_), state_, now_);
    if (!decision.ok())
      Die("an instance cannot go over to its own plan: " + std::string(decision.status().message()));
    ByteWriter written;
    for (const Fact& fact : decision->facts) EncodeFact(fact, written);
    journal_ += written.bytes();
    for (const Fact& fact : decision->facts) facts_.push_back(fact);
    for (const Command& command : decision->commands) Track(command);
    if (EncodeState(state_) != before) Die("going over to its own plan changed an instance");
    Check();
  }
  /// Lets steps end after so many tokens.
  void Shorten(size_t longest_step) { longest_step_ = longest_step; }
  /// Notes from now on which kinds of nodes which events touch.
  void NoteIn(StepCoverage& coverage) { coverage_ = &coverage; }
  Decision Start(std::string_view variables = "{}") { return Must(StartInstance{Json(variables)}); }

  /// The state from the journal alone.
  InstanceState Replayed() const {
    InstanceState replayed;
    ByteReader reader(journal_);
    while (reader.ok() && !reader.AtEnd()) {
      const Fact fact = DecodeFact(reader);
      const absl::Status status = CheckedApply(plan_, replayed, fact);
      if (!status.ok()) Die("replay: " + std::string(status.message()));
    }
    if (!reader.Finish().ok()) Die("the journal does not decode");
    return replayed;
  }

  /// Replay = live, codecs, counts and commands.
  void Check() const {
    const std::string live = EncodeState(state_);
    if (EncodeState(Replayed()) != live) Die("replay differs from live");
    const absl::StatusOr<InstanceState> decoded = DecodeState(live);
    if (!decoded.ok() || EncodeState(*decoded) != live) Die("the state does not survive its codec");
    CheckCounts();
    std::set<Key> open;
    for (const Command& command : OpenCommands(plan_, *decoded)) {
      if (const auto* job = std::get_if<ActivateJob>(&command)) open.insert(job->job);
      if (const auto* task = std::get_if<CreateUserTask>(&command)) open.insert(task->task);
      if (const auto* timer = std::get_if<ScheduleTimer>(&command)) open.insert(timer->timer);
      if (const auto* it = std::get_if<OpenSubscription>(&command)) open.insert(it->subscription);
    }
    std::set<Key> tracked = open_;
    for (const auto& [key, job] : state_.jobs) {
      if (job.retries == 0) tracked.erase(key);
    }
    if (state_.suspended && !open.empty()) Die("something is open though it is suspended");
    if (!state_.suspended && open != tracked) Die("commands given and commands open differ");
    const bool second = state_.subscriptions.empty() && state_.loops.empty() && state_.resetting.empty() &&
                        state_.postponed.empty() && state_.records.empty() && state_.runs.empty() &&
                        state_.calls.empty();
    if (state_.ended() &&
        !(second && state_.elements.empty() && state_.jobs.empty() && state_.timers.empty() &&
          state_.user_tasks.empty() && state_.incidents.empty() && state_.parked.empty())) {
      Die("something is left behind the end");
    }
  }

  /// Key of the one open job, task, timer, incident or element instance at an element; kNoKey when there is
  /// none.
  Key JobAt(std::string_view id) const { return OfElement(state_.jobs, id); }
  Key TaskAt(std::string_view id) const { return OfElement(state_.user_tasks, id); }
  Key IncidentAt(std::string_view id) const { return OfElement(state_.incidents, id); }
  Key TimerAt(std::string_view id) const {
    for (const auto& [key, timer] : state_.timers) {
      if (plan_.nodes[timer.node].id == id) return key;
    }
    return kNoKey;
  }
  Key ElementAt(std::string_view id) const {
    for (const auto& [key, element] : state_.elements) {
      if (plan_.nodes[element.node].id == id) return key;
    }
    return kNoKey;
  }
  size_t CountAt(std::string_view id) const {
    size_t count = 0;
    for (const auto& [key, element] : state_.elements) count += plan_.nodes[element.node].id == id ? 1 : 0;
    return count;
  }
  /// How often an element was completed so far.
  size_t CompletedCount(std::string_view id) const {
    std::map<Key, Index> nodes;
    size_t count = 0;
    for (const Fact& fact : facts_) {
      if (const auto* activated = std::get_if<ElementActivated>(&fact))
        nodes[activated->key] = activated->node;
      const auto* completed = std::get_if<ElementCompleted>(&fact);
      const auto* passed = std::get_if<ElementPassed>(&fact);
      if (passed != nullptr && plan_.nodes[passed->node].id == id) ++count;
      if (completed != nullptr && plan_.nodes[nodes[completed->key]].id == id) ++count;
    }
    return count;
  }
  std::string Variables() const { return feel::ToJson(state_.variables()); }
  template <typename Wanted>
  size_t CountLast() const {
    size_t count = 0;
    for (const Command& command : last_.commands) count += std::holds_alternative<Wanted>(command) ? 1 : 0;
    return count;
  }
  template <typename Wanted>
  Wanted Last() const {
    for (const Command& command : last_.commands) {
      if (const auto* found = std::get_if<Wanted>(&command)) return *found;
    }
    Die("the last step gave no such command");
  }

  const Plan& plan() const { return plan_; }
  const InstanceState& state() const { return state_; }
  const std::string& journal() const { return journal_; }
  const std::vector<Fact>& facts() const { return facts_; }
  WallTime now() const { return now_; }
  void Advance(std::chrono::microseconds by) { now_ += by; }
  void SetNow(WallTime now) { now_ = now; }

 private:
  template <typename Things>
  Key OfElement(const Things& things, std::string_view id) const {
    for (const auto& [key, thing] : things) {
      if (plan_.nodes[state_.FindElement(thing.element)->node].id == id) return key;
    }
    return kNoKey;
  }
  void Track(const Command& command) {
    if (const auto* job = std::get_if<ActivateJob>(&command)) open_.insert(job->job);
    if (const auto* task = std::get_if<CreateUserTask>(&command)) open_.insert(task->task);
    if (const auto* timer = std::get_if<ScheduleTimer>(&command)) open_.insert(timer->timer);
    if (const auto* it = std::get_if<OpenSubscription>(&command)) open_.insert(it->subscription);
    if (const auto* it = std::get_if<CloseSubscription>(&command)) open_.erase(it->subscription);
    if (const auto* job = std::get_if<CancelJob>(&command)) open_.erase(job->job);
    if (const auto* task = std::get_if<CloseUserTask>(&command)) open_.erase(task->task);
    if (const auto* timer = std::get_if<CancelTimer>(&command)) open_.erase(timer->timer);
    const absl::StatusOr<Command> decoded = DecodeCommand(EncodeCommand(command));
    if (!decoded.ok() || EncodeCommand(*decoded) != EncodeCommand(command))
      Die("a command does not survive its codec");
  }
  /// What was reported is no longer open, without a command.
  void ForgetReported() {
    std::erase_if(open_, [this](Key key) {
      return !state_.jobs.contains(key) && !state_.user_tasks.contains(key) && !state_.timers.contains(key) &&
             !state_.subscriptions.contains(key) && Reported(key);
    });
  }
  bool Reported(Key key) const {
    for (auto it = facts_.rbegin(); it != facts_.rend(); ++it) {
      if (const auto* job = std::get_if<JobCompleted>(&*it); job != nullptr && job->key == key) return true;
      if (const auto* task = std::get_if<UserTaskCompleted>(&*it); task != nullptr && task->key == key)
        return true;
      if (const auto* timer = std::get_if<TimerFired>(&*it); timer != nullptr && timer->key == key)
        return true;
      if (const auto* closed = std::get_if<SubscriptionClosed>(&*it); closed != nullptr && closed->key == key)
        return true;
    }
    return false;
  }
  void CheckCounts() const {
    std::map<Key, uint64_t> inside;
    for (const auto& [key, element] : state_.elements) {
      if (element.scope != kNoKey) ++inside[element.scope];
    }
    for (const Token& token : state_.ready.All()) ++inside[token.scope];
    for (const auto& [join, tokens] : state_.parked) {
      for (const auto& [flow, count] : tokens) inside[join.scope] += count;
    }
    for (const auto& [key, element] : state_.elements) {
      if (element.inside != inside[key]) Die("tokens are lost or doubled");
    }
  }

  Plan plan_;
  InstanceState state_;
  WallTime now_ = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1);
  std::string journal_;
  std::vector<Fact> facts_;
  std::set<Key> open_;
  Decision last_;
  StepCoverage* coverage_ = nullptr;
  size_t longest_step_ = kLongestStep;
};

}  // namespace ameide::engine

#define COMPARE(actual, expected) QCOMPARE(QString::fromStdString(actual), QString::fromStdString(expected))
