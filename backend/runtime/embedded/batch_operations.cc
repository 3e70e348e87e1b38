// What people do to instances, with its line in the audit.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "backend/runtime/embedded/batch.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

using engine::Index;
using engine::Key;
/// What happens in the engine, one after another.
using Events = std::vector<decltype(engine::Event::what)>;

absl::Status NoPart(std::string_view what, const std::string& id) {
  return absl::NotFoundError(absl::StrCat("no ", std::string(what), " `", id.substr(0, 64), "`"));
}

/// Element instances of an element, the repeated whole before its instances.
std::vector<Key> ActiveAt(const engine::Plan& plan, const engine::InstanceState& state,
                          const std::string& id) {
  std::vector<Key> found;
  for (const auto& [key, element] : state.elements) {
    if (element.scope != engine::kNoKey && plan.nodes[element.node].id == id) found.push_back(key);
  }
  return found;
}

absl::StatusOr<Key> OnlyOneAt(const engine::Plan& plan, const engine::InstanceState& state,
                              const std::string& id) {
  const std::vector<Key> found = ActiveAt(plan, state, id);
  if (found.size() == 1) return found[0];
  if (found.empty())
    return absl::NotFoundError(absl::StrCat("no element `", id, "` is active in the instance"));
  return absl::FailedPreconditionError(
      absl::StrCat("the element `", id, "` is active ", found.size(), " times; name one by its incident"));
}

/// An operation as the engine's events, for the state in which it happens.
class Translation {
 public:
  Translation(const engine::Plan& plan, const engine::InstanceState& state, const feel::Context& variables)
      : plan_(plan), state_(state), variables_(variables) {}

  absl::StatusOr<Events> operator()(const Operation::Cancel&) const {
    return Events{engine::CancelInstance{}};
  }
  absl::StatusOr<Events> operator()(const Operation::Suspend&) const {
    return Events{engine::SuspendInstance{}};
  }
  absl::StatusOr<Events> operator()(const Operation::Resume&) const {
    return Events{engine::ResumeInstance{}};
  }
  absl::StatusOr<Events> operator()(const Operation::Retry& it) const {
    const auto id = ParsePart(it.incident);
    if (!id) return NoPart("incident", it.incident);
    return Events{engine::ResolveIncident{static_cast<Key>(id->part), it.as_new}};
  }
  absl::StatusOr<Events> operator()(const Operation::RetryEach& it) const {
    Events events;
    for (const auto& [key, incident] : state_.incidents)
      events.emplace_back(engine::ResolveIncident{key, it.as_new});
    if (!events.empty()) return events;
    return absl::FailedPreconditionError("the instance has no incident; there is nothing to try again");
  }
  absl::StatusOr<Events> operator()(const Operation::AssignEach& it) const {
    Events events;
    for (const auto& [key, task] : state_.user_tasks) {
      const engine::ElementInstance* element = state_.FindElement(task.element);
      if (!it.element.empty() && (element == nullptr || plan_.nodes[element->node].id != it.element))
        continue;
      events.emplace_back(engine::AssignUserTask{key, it.assignee, it.owner, it.only_if_free});
    }
    if (!events.empty()) return events;
    return absl::FailedPreconditionError(
        absl::StrCat("the instance has no open user task", it.element.empty() ? "" : " at ", it.element));
  }
  absl::StatusOr<Events> operator()(const Operation::BeginActivity& it) const {
    AMEIDE_ASSIGN_OR_RETURN(const Index node, NodeCalled(it.activity));
    const Index around = plan_.nodes[node].parent;
    if (around == engine::kNone || plan_.nodes[around].kind != engine::NodeKind::kAdHocSubProcess) {
      return absl::FailedPreconditionError(absl::StrCat(
          "`", it.activity, "` is in no ad-hoc subprocess; other elements are begun by moving tokens"));
    }
    std::vector<Key> scopes;
    for (const Key key : ActiveAt(plan_, state_, plan_.nodes[around].id)) {
      if (state_.loops.contains(key)) scopes.push_back(key);
    }
    // Of a repeated one the whole is active as well, and holds its instances.
    std::erase_if(scopes, [&](Key key) {
      return std::any_of(scopes.begin(), scopes.end(),
                         [&](Key other) { return state_.FindElement(other)->scope == key; });
    });
    if (scopes.size() == 1) return Events{engine::StartActivity{scopes[0], node}};
    if (scopes.empty()) {
      return absl::NotFoundError(
          absl::StrCat("the ad-hoc subprocess `", plan_.nodes[around].id, "` is not active in the instance"));
    }
    return absl::FailedPreconditionError(absl::StrCat("the ad-hoc subprocess `", plan_.nodes[around].id,
                                                      "` is active ", scopes.size(),
                                                      " times; it must be active once"));
  }
  absl::StatusOr<Events> operator()(const Operation::Skip& it) const {
    if (!it.incident.empty()) {
      const auto id = ParsePart(it.incident);
      const auto incident = id ? state_.incidents.find(static_cast<Key>(id->part)) : state_.incidents.end();
      if (incident == state_.incidents.end()) return NoPart("incident", it.incident);
      return Events{engine::SkipElement{incident->second.element, variables_}};
    }
    AMEIDE_ASSIGN_OR_RETURN(const Key key, OnlyOneAt(plan_, state_, it.element));
    return Events{engine::SkipElement{key, variables_}};
  }
  absl::StatusOr<Events> operator()(const Operation::Set& it) const {
    if (it.element.empty()) return Events{engine::SetVariables{engine::kProcessKey, variables_}};
    AMEIDE_ASSIGN_OR_RETURN(const Key key, OnlyOneAt(plan_, state_, it.element));
    return Events{engine::SetVariables{key, variables_}};
  }
  absl::StatusOr<Events> operator()(const Operation::Assign& it) const {
    const auto id = ParsePart(it.task);
    if (!id) return NoPart("task", it.task);
    return Events{engine::AssignUserTask{static_cast<Key>(id->part), it.assignee, it.owner, it.only_if_free}};
  }
  absl::StatusOr<Events> operator()(const Operation::Move& it) const {
    engine::ModifyInstance moves;
    for (const std::string& id : it.end) {
      const size_t before = moves.terminate.size() + moves.clear.size();
      End(id, moves);
      if (moves.terminate.size() + moves.clear.size() > before) continue;
      return absl::NotFoundError(absl::StrCat("no token is at `", id, "` in the instance"));
    }
    for (const std::string& id : it.begin) {
      AMEIDE_ASSIGN_OR_RETURN(const Index found, NodeCalled(id));
      moves.activate.push_back({found, engine::kNoKey});
    }
    return Events{std::move(moves)};
  }

 private:
  absl::StatusOr<Index> NodeCalled(const std::string& id) const {
    for (Index node = static_cast<Index>(plan_.nodes.size()); node-- > 0;) {
      if (plan_.nodes[node].id == id) return node;
    }
    return absl::NotFoundError(absl::StrCat("the process has no element `", id.substr(0, 200), "`"));
  }

  /// Everything at an element: its active instances (of a repeated one the whole) and tokens that wait there.
  void End(const std::string& id, engine::ModifyInstance& moves) const {
    for (const Key key : ActiveAt(plan_, state_, id)) {
      const engine::ElementInstance& element = *state_.FindElement(key);
      const bool inner = state_.FindElement(element.scope)->node == element.node;
      if (!inner) moves.terminate.push_back(key);
    }
    for (const auto& [join, tokens] : state_.parked) {
      if (plan_.nodes[join.node].id == id) moves.clear.push_back({join.node, join.scope});
    }
  }

  const engine::Plan& plan_;
  const engine::InstanceState& state_;
  const feel::Context& variables_;
};

/// An operation's name and what it was about, for the audit.
struct Told {
  std::string action;
  std::string detail;
};

Told Tell(const Operation& operation) {
  const auto json = [](const std::string& variables) {
    return variables.empty() ? std::string() : absl::StrCat(" ", variables.substr(0, 4000));
  };
  if (const auto* it = std::get_if<Operation::Retry>(&operation.what))
    return {"retry", absl::StrCat("incident ", it->incident, it->as_new ? " as new" : "")};
  if (const auto* it = std::get_if<Operation::Skip>(&operation.what)) {
    return {"skip",
            absl::StrCat(it->incident.empty() ? "element " : "incident ",
                         it->incident.empty() ? it->element : it->incident, json(it->variables_json))};
  }
  if (const auto* it = std::get_if<Operation::Move>(&operation.what)) {
    return {"modify", absl::StrCat("ended [", absl::StrJoin(it->end, ", "), "], begun [",
                                   absl::StrJoin(it->begin, ", "), "]")};
  }
  if (const auto* it = std::get_if<Operation::Set>(&operation.what)) {
    return {"set", absl::StrCat(it->element.empty() ? "process" : absl::StrCat("element ", it->element),
                                json(it->variables_json))};
  }
  if (const auto* it = std::get_if<Operation::Assign>(&operation.what)) {
    return {it->only_if_free       ? "claim"
            : it->assignee.empty() ? "release"
            : it->owner.empty()    ? "assign"
                                   : "delegate",
            absl::StrCat("task ", it->task, it->assignee.empty() ? "" : " to ", it->assignee)};
  }
  if (const auto* it = std::get_if<Operation::BeginActivity>(&operation.what))
    return {"begin", absl::StrCat("activity ", it->activity)};
  if (const auto* it = std::get_if<Operation::RetryEach>(&operation.what))
    return {"retry", absl::StrCat("every incident", it->as_new ? " as new" : "")};
  if (const auto* it = std::get_if<Operation::AssignEach>(&operation.what)) {
    return {it->assignee.empty() ? "release" : "assign",
            absl::StrCat("every task", it->element.empty() ? "" : " at ", it->element,
                         it->assignee.empty() ? "" : " to ", it->assignee)};
  }
  if (std::holds_alternative<Operation::Cancel>(operation.what)) return {"cancel", ""};
  return {std::holds_alternative<Operation::Suspend>(operation.what) ? "suspend" : "resume", ""};
}

/// The instance that an operation is about: by itself, or by its incident or task.
std::optional<InstanceNumber> InstanceOf(const Operation& operation) {
  std::string part;
  if (const auto* retry = std::get_if<Operation::Retry>(&operation.what)) part = retry->incident;
  if (const auto* skip = std::get_if<Operation::Skip>(&operation.what)) part = skip->incident;
  if (const auto* assign = std::get_if<Operation::Assign>(&operation.what)) part = assign->task;
  if (part.empty()) return ParseInstance(operation.instance);
  const auto id = ParsePart(part);
  if (!id) return std::nullopt;
  return id->instance;
}

}  // namespace

absl::StatusOr<std::string> BatchWork::Operate(const OperationRequest& request, BatchEffects& effects) {
  const Operation& operation = request.operation;
  const std::optional<InstanceNumber> number = InstanceOf(operation);
  if (!number) {
    return absl::NotFoundError(absl::StrCat("there is nothing with that id",
                                            operation.instance.empty() ? "" : ": ",
                                            operation.instance.substr(0, 64)));
  }
  AMEIDE_ASSIGN_OR_RETURN(LiveInstance * instance, FindFor(operation.tenant, *number));
  const engine::Plan& plan = *instance->version->plan;
  AMEIDE_ASSIGN_OR_RETURN(Events events,
                          std::visit(Translation(plan, instance->state, request.variables), operation.what));
  for (const auto& event : events) {
    if (const feel::Context* brought = VariablesOf(event))
      AMEIDE_RETURN_IF_ERROR(MayHold(*instance, *brought));
  }
  if (operation.dry_run || events.size() > 1) {
    // All of it or nothing.
    engine::InstanceState copy = instance->state;
    for (const auto& event : events) AMEIDE_RETURN_IF_ERROR(engine::Step(plan, copy, {now_, event}).status());
    if (operation.dry_run) return std::string();
  }
  const bool resumes = std::holds_alternative<engine::ResumeInstance>(events.front());
  for (auto& event : events) AMEIDE_RETURN_IF_ERROR(Step(*instance, std::move(event), effects));
  if (resumes) TakeUp(*instance, effects);
  const Told told = Tell(operation);
  AMEIDE_RETURN_IF_ERROR(Audit(operation.tenant, operation.actor, told.action, *number,
                               instance->version->view.id, told.detail, operation.reason));
  return std::string();
}

/// Timers whose time may have come, reports of jobs that came meanwhile, and jobs that nobody does.
void BatchWork::TakeUp(LiveInstance& instance, BatchEffects& effects) {
  for (const auto& [key, timer] : instance.state.timers)
    effects.timers.push_back({timer.due, instance.number, key});
  std::set<engine::Key> reported;
  if (const auto held = held_.find(instance.number); held != held_.end()) {
    for (EventRequest& event : held->second) {
      if (const auto job = ReportedJob(event)) reported.insert(*job);
      Request request;
      request.what = std::move(event);
      effects.requests.push_back(std::move(request));
    }
    held_.erase(held);
  }
  std::vector<engine::Command> open = engine::OpenCommands(*instance.version->plan, instance.state);
  std::erase_if(open, [&](const engine::Command& it) {
    const auto* job = std::get_if<engine::ActivateJob>(&it);
    return job == nullptr || reported.contains(job->job) || given_out_.Contains({instance.number, job->job});
  });
  Collect(instance, std::move(open), effects);
}

absl::Status BatchWork::Audit(const std::string& tenant, const std::string& actor, const std::string& action,
                              InstanceNumber instance, const std::string& process, const std::string& detail,
                              const std::string& reason) {
  if (notes_) notes_->Operation({tenant, instance == 0 ? "" : FormatInstance(instance), process, action});
  return Storage(insert_audit_.Bind(tenant)
                     .Bind(int64_t{now_.time_since_epoch().count()})
                     .Bind(actor)
                     .Bind(action)
                     .Bind(instance)
                     .Bind(detail)
                     .Bind(reason)
                     .Run());
}

absl::StatusOr<LiveInstance*> BatchWork::FindFor(const std::string& tenant, InstanceNumber number) {
  absl::StatusOr<LiveInstance*> found = instances_->Find(number);
  if (!found.ok()) return found.status();
  if (!tenant.empty() && (*found)->version->tenant != tenant) {
    return absl::NotFoundError(absl::StrCat("no instance ", FormatInstance(number)));
  }
  return *found;
}

/// The answer is `from version` and `to version`, separated by a space.
absl::StatusOr<std::string> BatchWork::Migrate(const MigrationRequest& request, BatchEffects& effects) {
  const Migration& migration = request.migration;
  AMEIDE_ASSIGN_OR_RETURN(LiveInstance * instance, FindFor(migration.tenant, request.instance));
  const std::shared_ptr<const PlanVersion> from = instance->version;
  if (from->view.id != migration.process) {
    return absl::FailedPreconditionError(absl::StrCat("the instance is one of the process ", from->view.id));
  }
  int64_t row = 0;
  {
    const ResetAtEnd reset(select_version_);
    const auto found = migration.version == 0
                           ? absl::StatusOr<bool>(false)
                           : select_version_.Bind(from->process_number).Bind(migration.version).Step();
    if (!found.ok()) return Storage(found.status());
    if (*found) row = select_version_.Int(0);
  }
  std::shared_ptr<const PlanVersion> to;
  if (migration.version == 0) {
    AMEIDE_ASSIGN_OR_RETURN(to, NewestVersion(migration.tenant, migration.process));
  } else if (row != 0) {
    AMEIDE_ASSIGN_OR_RETURN(to, plans_.Get(*sqlite_, row));
  } else {
    return absl::NotFoundError(
        absl::StrCat("the process ", migration.process, " has no version ", migration.version));
  }
  const std::string answer = absl::StrCat(from->view.version, " ", to->view.version);
  if (to->number == from->number) {
    return absl::FailedPreconditionError(
        absl::StrCat("the instance runs version ", to->view.version, " already"));
  }
  const engine::MigrationMapping mapping =
      engine::ProposeMigration(*from->plan, *to->plan, migration.renamed);
  const std::string digest(to->view.plan_digest.view());
  if (migration.dry_run) {
    engine::InstanceState copy = instance->state;
    AMEIDE_RETURN_IF_ERROR(engine::Migrate(*from->plan, *to->plan, digest, mapping, copy, now_).status());
    return answer;
  }
  AMEIDE_ASSIGN_OR_RETURN(engine::Decision decision,
                          engine::Migrate(*from->plan, *to->plan, digest, mapping, instance->state, now_));
  instance->version = to;
  instance->went_over = true;
  Record(*instance, std::move(decision), effects);
  AMEIDE_RETURN_IF_ERROR(
      Audit(migration.tenant, migration.actor, "migrate", request.instance, migration.process,
            absl::StrCat("from version ", from->view.version, " to ", to->view.version), migration.reason));
  return answer;
}

}  // namespace ameide::runtime
