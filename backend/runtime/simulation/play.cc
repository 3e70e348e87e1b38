#include "backend/runtime/simulation/play.h"

#include <algorithm>
#include <deque>
#include <set>

#include "absl/strings/str_cat.h"
#include "backend/runtime/simulation/host.h"
#include "backend/runtime/simulation/model.h"
#include "base/status.h"

namespace ameide::runtime {

using engine::Index;
using engine::Key;
using engine::NodeKind;

/// The compiled file; shared by a session and its forks.
struct PlaySession::Model {
  compiler::CompileResult compiled;
  size_t main = 0;
};

namespace {

/// What the player has chosen, by node and process.
class Chosen final : public engine::BranchChooser {
 public:
  std::optional<std::vector<Index>> Choose(const engine::Plan& plan, Index node) override {
    const auto found = flows_.find({plan.process_id(), node});
    return found == flows_.end() ? std::nullopt : std::optional(found->second);
  }
  void Set(const engine::Plan& plan, Index node, std::vector<Index> flows) {
    if (flows.empty()) {
      flows_.erase({plan.process_id(), node});
    } else {
      flows_[{plan.process_id(), node}] = std::move(flows);
    }
  }

 private:
  std::map<std::pair<std::string, Index>, std::vector<Index>> flows_;
};

bool HasChoice(const engine::Node& node) {
  const bool chooses = node.kind == NodeKind::kExclusiveGateway || node.type == "inclusiveGateway" ||
                       node.type == "complexGateway";
  return chooses && node.outgoing.size() > 1;
}

absl::Status NoSuch(std::string_view what, uint64_t which) {
  return absl::NotFoundError(
      absl::StrCat("there is no ", std::string(what), " ", which, " any more; look at the newest view"));
}

}  // namespace

/// The host of one session: moves one token at a time, and leaves tasks to the player.
class PlaySession::Host final : public VirtualHost {
 public:
  Host(const Model& model, const PlayOptions& options)
      : VirtualHost(options.start, options.variables), chosen_(std::make_shared<Chosen>()) {
    MoveStepwise();
    for (const compiler::CompiledProcess& process : model.compiled.processes) {
      engine::Plan& plan = plans_.emplace_back(process.plan);
      plan.branches = chosen_;
    }
    for (const engine::Plan& plan : plans_) {
      // What a start event cannot say now it cannot say later: the play goes on without that event.
      if (const absl::Status deployed = Deploy(plan); !deployed.ok()) continue;
    }
    VirtualHost::Start(plans_[model.main]);
  }

  absl::Status operator()(const play::Step&) {
    if (MoveOne()) return absl::OkStatus();
    return absl::FailedPreconditionError("nothing can move: do a task, send a message or advance the clock");
  }
  absl::Status operator()(const play::Run&) {
    RunToRest();
    return absl::OkStatus();
  }
  absl::Status operator()(const play::Advance& advance) {
    RunToRest();
    if (!advance.by) {
      if (LetDueHappen(std::nullopt)) return absl::OkStatus();
      return absl::FailedPreconditionError("no timer is set: nothing is due");
    }
    const WallTime until = feel::AddDuration(now(), *advance.by);
    if (until < now()) return absl::InvalidArgumentError("time does not go back; take back actions instead");
    while (RunNext(until)) {
    }
    MoveClock(until);
    return absl::OkStatus();
  }
  absl::Status operator()(const play::Complete& done) {
    AMEIDE_ASSIGN_OR_RETURN(const Open open, OpenTask(done.instance, done.work));
    if (open.is_job) return Feed(done.instance, engine::CompleteJob{done.work, done.variables});
    return Feed(done.instance, engine::CompleteUserTask{done.work, done.variables});
  }
  absl::Status operator()(const play::Throw& thrown) {
    AMEIDE_ASSIGN_OR_RETURN(const Open open, OpenTask(thrown.instance, thrown.work));
    if (!open.is_job)
      return absl::FailedPreconditionError("a user task does not end with an error; complete it");
    return Feed(thrown.instance, engine::ThrowJobError{thrown.work, thrown.code, "thrown by hand"});
  }
  absl::Status operator()(const play::Fail& failed) {
    AMEIDE_ASSIGN_OR_RETURN(const Open open, OpenTask(failed.instance, failed.work));
    if (!open.is_job) return absl::FailedPreconditionError("a user task does not fail; complete it");
    return Feed(failed.instance, engine::FailJob{failed.work, failed.message, true, {}});
  }
  absl::Status operator()(const play::Message& message) {
    if (message.name.empty()) return absl::InvalidArgumentError("a message needs a name");
    Send(engine::Message{message.name, message.key, "", message.variables});
    return absl::OkStatus();
  }
  absl::Status operator()(const play::Signal& signal) {
    if (signal.name.empty()) return absl::InvalidArgumentError("a signal needs a name");
    Send(Signal{signal.name, signal.variables, std::nullopt});
    return absl::OkStatus();
  }
  absl::Status operator()(const play::SetVariables& set) {
    AMEIDE_RETURN_IF_ERROR(CheckInstance(set.instance));
    return Feed(set.instance, engine::SetVariables{set.scope, set.variables});
  }
  absl::Status operator()(const play::Choose& choose) {
    for (const engine::Plan& plan : plans_) {
      for (Index i = 0; i < plan.nodes.size(); ++i) {
        if (plan.nodes[i].id == choose.element && HasChoice(plan.nodes[i]))
          return Choose(plan, i, choose.flows);
      }
    }
    return absl::NotFoundError(
        absl::StrCat("there is no gateway ", choose.element, " with several outgoing flows"));
  }
  absl::Status operator()(const play::Start& start) {
    for (const engine::Plan& plan : plans_) {
      if (plan.process_id() != start.process) continue;
      if (!BeginsByItself(plan)) {
        return absl::FailedPreconditionError(
            absl::StrCat(start.process, " has no start event without a trigger; send what begins it"));
      }
      VirtualHost::Start(plan);
      return absl::OkStatus();
    }
    return absl::NotFoundError(absl::StrCat("there is no process ", start.process));
  }
  absl::Status operator()(const play::StartActivity& start) {
    AMEIDE_RETURN_IF_ERROR(CheckInstance(start.instance));
    const engine::Plan& plan = *instances()[start.instance].plan;
    for (Index i = 0; i < plan.nodes.size(); ++i) {
      if (plan.nodes[i].id == start.element)
        return Feed(start.instance, engine::StartActivity{start.scope, i});
    }
    return absl::NotFoundError(absl::StrCat("there is no activity ", start.element));
  }
  absl::Status operator()(const play::Resolve& resolve) {
    AMEIDE_RETURN_IF_ERROR(CheckInstance(resolve.instance));
    return Feed(resolve.instance, engine::ResolveIncident{resolve.incident});
  }

  void ForgetHappened() { happened_.clear(); }
  void Show(play::View& view) const;

 private:
  struct Open {
    Index node = engine::kNone;
    bool is_job = false;
    feel::Context variables;
  };

  void OnJob(size_t instance, const engine::ActivateJob& job) override {
    open_[{instance, job.job}] = {job.node, true, job.variables};
  }
  void OnUserTask(size_t instance, const engine::CreateUserTask& task) override {
    open_[{instance, task.task}] = {task.node, false, task.variables};
  }
  void OnWithdrawn(size_t instance, Key work) override { open_.erase({instance, work}); }
  void OnFacts(size_t instance, std::span<const engine::Fact> facts) override {
    if (names_.size() <= instance) names_.resize(instance + 1);
    for (const engine::Fact& fact : facts) {
      for (TraceEvent& event : names_[instance].Tell(*instances()[instance].plan, fact))
        happened_.push_back({instance, std::move(event), now()});
      // A job that is done is withdrawn by nobody.
      if (const auto* done = std::get_if<engine::JobCompleted>(&fact)) open_.erase({instance, done->key});
      if (const auto* failed = std::get_if<engine::JobFailed>(&fact)) open_.erase({instance, failed->key});
    }
  }

  absl::Status CheckInstance(size_t instance) const {
    return instance < instances().size() ? absl::OkStatus() : NoSuch("instance", instance);
  }
  absl::StatusOr<Open> OpenTask(size_t instance, uint64_t work) const {
    const auto found = open_.find({instance, work});
    if (found == open_.end()) return NoSuch("task", work);
    return found->second;
  }
  absl::Status Choose(const engine::Plan& plan, Index node, const std::vector<std::string>& flows) {
    std::vector<Index> chosen;
    for (const Index flow : plan.nodes[node].outgoing) {
      if (std::find(flows.begin(), flows.end(), plan.flows[flow].id) != flows.end()) chosen.push_back(flow);
    }
    if (chosen.size() != std::set(flows.begin(), flows.end()).size()) {
      return absl::NotFoundError(absl::StrCat("not all of these flows leave ", plan.nodes[node].id, ": ",
                                              flows.empty() ? "" : flows[0]));
    }
    if (plan.nodes[node].kind == NodeKind::kExclusiveGateway && chosen.size() > 1)
      return absl::InvalidArgumentError("an exclusive gateway has one way out; choose one flow");
    chosen_->Set(plan, node, std::move(chosen));
    return absl::OkStatus();
  }

  std::shared_ptr<Chosen> chosen_;
  std::deque<engine::Plan> plans_;
  std::map<std::pair<size_t, Key>, Open> open_;
  std::vector<ElementNames> names_;
  std::vector<play::Happened> happened_;
};

namespace {

std::string_view StateName(const engine::InstanceState& state) {
  if (state.status == engine::InstanceStatus::kCompleted) return "completed";
  if (state.status == engine::InstanceStatus::kTerminated) return "terminated";
  return state.incidents.empty() ? "active" : "failed";
}

void ShowPositions(const engine::Plan& plan, const engine::InstanceState& state, play::Instance& to) {
  std::map<std::pair<std::string, bool>, uint64_t> counts;
  for (const engine::Token& token : state.ready.All()) {
    ++counts[{plan.flows[token.flow].id, true}];
    const engine::Node& target = plan.nodes[plan.flows[token.flow].target];
    if (!HasChoice(target)) continue;
    play::Choice choice{target.id, {}, {}};
    for (const Index flow : target.outgoing) choice.flows.push_back(plan.flows[flow].id);
    const auto chosen = plan.branches->Choose(plan, plan.flows[token.flow].target);
    for (const Index flow : chosen.value_or(std::vector<Index>()))
      choice.chosen.push_back(plan.flows[flow].id);
    to.choices.push_back(std::move(choice));
  }
  for (const auto& [join, flows] : state.parked) {
    for (const auto& [flow, count] : flows) counts[{plan.flows[flow].id, false}] += count;
  }
  for (const auto& [key, element] : state.elements) {
    if (plan.nodes[element.node].kind != NodeKind::kProcess) ++counts[{plan.nodes[element.node].id, false}];
  }
  for (const auto& [place, count] : counts) to.positions.push_back({place.first, count, place.second});
}

}  // namespace

void PlaySession::Host::Show(play::View& view) const {
  view.now = now();
  view.can_move = can_move();
  view.next = next_due();
  view.happened = happened_;
  for (size_t i = 0; i < instances().size(); ++i) {
    const engine::Plan& plan = *instances()[i].plan;
    const engine::InstanceState& state = instances()[i].state;
    play::Instance& to = view.instances.emplace_back();
    to.process = plan.process_id();
    to.state = StateName(state);
    ShowPositions(plan, state, to);
    for (auto it = open_.lower_bound({i, 0}); it != open_.end() && it->first.first == i; ++it) {
      const engine::Node& node = plan.nodes[it->second.node];
      to.tasks.push_back({it->first.second, node.id, node.type, it->second.variables});
    }
    for (const auto& [key, wait] : state.subscriptions) {
      if (wait.trigger == engine::Trigger::kConditional) continue;
      to.waits.push_back(
          {plan.nodes[wait.node].id, wait.trigger == engine::Trigger::kSignal, wait.name, wait.correlation});
    }
    for (const auto& [key, timer] : state.timers) to.timers.push_back({plan.nodes[timer.node].id, timer.due});
    for (const auto& [key, incident] : state.incidents) {
      const engine::ElementInstance* const at = state.FindElement(incident.element);
      to.incidents.push_back({key, at == nullptr ? "" : plan.nodes[at->node].id, incident.message});
    }
    if (state.ended()) to.scopes.push_back({engine::kProcessKey, plan.process_id(), state.variables()});
    for (const auto& [key, element] : state.elements) {
      if (key == engine::kProcessKey || !element.variables.empty())
        to.scopes.push_back({key, plan.nodes[element.node].id, element.variables});
    }
  }
}

absl::StatusOr<std::unique_ptr<PlaySession>> PlaySession::Open(std::string_view file, PlayOptions options) {
  auto model = std::make_shared<Model>();
  compiler::CompileOptions compile;
  compile.target = compiler::Target::kSimulation;
  compile.form_matters = false;
  compile.stub = true;
  AMEIDE_ASSIGN_OR_RETURN(model->compiled, CompileFile(file, compile));
  AMEIDE_RETURN_IF_ERROR(FindingsAsStatus(model->compiled));
  // Once more, with every task that has no logic of its own as something that the player does.
  for (const compiler::CompiledProcess& process : model->compiled.processes) {
    for (const engine::Node& node : process.plan.nodes) {
      if (node.kind == NodeKind::kPassThrough && (node.type == "task" || node.type.ends_with("Task")))
        compile.completed.insert(node.id);
    }
  }
  AMEIDE_ASSIGN_OR_RETURN(model->compiled, CompileFile(file, compile));
  AMEIDE_RETURN_IF_ERROR(FindingsAsStatus(model->compiled));
  AMEIDE_ASSIGN_OR_RETURN(model->main, ChooseProcess(model->compiled, options.process));
  std::unique_ptr<PlaySession> session(new PlaySession(std::move(model), std::move(options)));
  session->Replay();
  return session;
}

PlaySession::PlaySession(std::shared_ptr<const Model> model, PlayOptions options)
    : model_(std::move(model)), options_(std::move(options)) {}

PlaySession::~PlaySession() = default;

void PlaySession::Replay() {
  host_ = std::make_unique<Host>(*model_, options_);
  for (const play::Action& action : actions_) std::visit(*host_, action).IgnoreError();  // was possible then
}

absl::Status PlaySession::Do(const play::Action& action) {
  if (actions_.size() >= kMostActions)
    return absl::ResourceExhaustedError(
        absl::StrCat("a play ends after ", kMostActions, " actions; begin anew"));
  host_->ForgetHappened();
  const absl::Status done = std::visit(*host_, action);
  if (done.ok() && host_->at_rest()) {
    actions_.push_back(action);
    return absl::OkStatus();
  }
  Replay();
  if (!done.ok()) return done;
  return absl::ResourceExhaustedError(
      "this does not come to rest; look for a loop that nothing ends, and go through it step by step");
}

void PlaySession::Back(size_t count) {
  actions_.resize(actions_.size() - std::min(count, actions_.size()));
  Replay();
}

std::unique_ptr<PlaySession> PlaySession::Fork() const {
  std::unique_ptr<PlaySession> other(new PlaySession(model_, options_));
  other->actions_ = actions_;
  other->Replay();
  return other;
}

play::View PlaySession::View() const {
  play::View view;
  view.actions = actions_.size();
  host_->Show(view);
  return view;
}

}  // namespace ameide::runtime
