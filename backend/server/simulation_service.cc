#include "backend/server/simulation_service.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ameide/simulation/v1/simulation.grpc.pb.h"
#include "backend/runtime/simulation/play.h"
#include "backend/server/call.h"
#include "backend/server/messages.h"
#include "base/hash.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::server {
namespace {

namespace pb = simulation::v1;
namespace play = runtime::play;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using runtime::PlaySession;

constexpr size_t kLargestModel = 16 << 20;
constexpr size_t kLargestVariables = 4 << 20;
/// A view shows no more of the past; what there is to show must fit into a message.
constexpr size_t kMostEvents = 10'000;
constexpr size_t kIdBytes = 16;

absl::StatusOr<feel::Context> ReadVariables(const std::string& json) {
  if (json.empty()) return feel::Context();
  if (json.size() > kLargestVariables)
    return absl::InvalidArgumentError("variables_json has more than 4 MiB");
  const absl::StatusOr<feel::Value> value = feel::FromJson(json);
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("variables_json is no JSON: ", std::string(value.status().message())));
  }
  if (value->context() == nullptr) return absl::InvalidArgumentError("variables_json must be a JSON object");
  return *value->context();
}

WallTime ToTime(const google::protobuf::Timestamp& stamp) {
  return WallTime(std::chrono::seconds(stamp.seconds()) + std::chrono::microseconds(stamp.nanos() / 1000));
}

absl::StatusOr<play::Action> ReadAction(const pb::ActRequest& request) {
  switch (request.action_case()) {
    case pb::ActRequest::kStep:
      return play::Step{};
    case pb::ActRequest::kRun:
      return play::Run{};
    case pb::ActRequest::kAdvance: {
      if (request.advance().duration().empty()) return play::Advance{};
      AMEIDE_ASSIGN_OR_RETURN(const feel::IsoDuration by,
                              feel::ParseIsoDuration(request.advance().duration()));
      return play::Advance{by};
    }
    case pb::ActRequest::kCompleteTask: {
      const pb::CompleteTask& it = request.complete_task();
      AMEIDE_ASSIGN_OR_RETURN(feel::Context variables, ReadVariables(it.variables_json()));
      return play::Complete{it.instance(), it.task(), std::move(variables)};
    }
    case pb::ActRequest::kThrowError: {
      const pb::ThrowError& it = request.throw_error();
      return play::Throw{it.instance(), it.task(), it.code()};
    }
    case pb::ActRequest::kFailTask: {
      const pb::FailTask& it = request.fail_task();
      return play::Fail{it.instance(), it.task(), it.message()};
    }
    case pb::ActRequest::kSendMessage: {
      const pb::SendMessage& it = request.send_message();
      AMEIDE_ASSIGN_OR_RETURN(feel::Context variables, ReadVariables(it.variables_json()));
      return play::Message{it.name(), it.has_key() ? std::optional(it.key()) : std::nullopt,
                           std::move(variables)};
    }
    case pb::ActRequest::kSendSignal: {
      const pb::SendSignal& it = request.send_signal();
      AMEIDE_ASSIGN_OR_RETURN(feel::Context variables, ReadVariables(it.variables_json()));
      return play::Signal{it.name(), std::move(variables)};
    }
    case pb::ActRequest::kSetVariables: {
      const pb::SetVariables& it = request.set_variables();
      AMEIDE_ASSIGN_OR_RETURN(feel::Context variables, ReadVariables(it.variables_json()));
      return play::SetVariables{it.instance(), std::max<uint64_t>(it.scope(), 1), std::move(variables)};
    }
    case pb::ActRequest::kChooseFlows: {
      const pb::ChooseFlows& it = request.choose_flows();
      return play::Choose{it.element(), {it.flows().begin(), it.flows().end()}};
    }
    case pb::ActRequest::kStartProcess:
      return play::Start{request.start_process().process()};
    case pb::ActRequest::kStartActivity: {
      const pb::StartActivity& it = request.start_activity();
      return play::StartActivity{it.instance(), it.scope(), it.element()};
    }
    case pb::ActRequest::kResolveIncident: {
      const pb::ResolveIncident& it = request.resolve_incident();
      return play::Resolve{it.instance(), it.incident()};
    }
    case pb::ActRequest::ACTION_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the request has no action");
}

pb::InstanceState ToState(std::string_view state) {
  if (state == "completed") return pb::INSTANCE_STATE_COMPLETED;
  if (state == "terminated") return pb::INSTANCE_STATE_TERMINATED;
  return state == "failed" ? pb::INSTANCE_STATE_INCIDENT : pb::INSTANCE_STATE_ACTIVE;
}

void ToMessage(const play::Instance& from, pb::Instance* to) {
  to->set_process(from.process);
  to->set_state(ToState(from.state));
  for (const play::Position& it : from.positions) {
    pb::Position* const position = to->add_positions();
    position->set_element(it.element);
    position->set_count(it.count);
    position->set_moves(it.moves);
  }
  for (const play::Task& it : from.tasks) {
    pb::OpenTask* const task = to->add_tasks();
    task->set_task(it.work);
    task->set_element(it.element);
    task->set_type(it.type);
    task->set_variables_json(feel::ToJson(it.variables));
  }
  for (const play::Wait& it : from.waits) {
    pb::Wait* const wait = to->add_waits();
    wait->set_element(it.element);
    wait->set_signal(it.signal);
    wait->set_name(it.name);
    if (it.key) wait->set_key(*it.key);
  }
  for (const play::Due& it : from.timers) {
    pb::Timer* const timer = to->add_timers();
    timer->set_element(it.element);
    *timer->mutable_due() = ToTimestamp(it.at);
  }
  for (const play::Incident& it : from.incidents) {
    pb::Incident* const incident = to->add_incidents();
    incident->set_incident(it.incident);
    incident->set_element(it.element);
    incident->set_message(it.message);
  }
  for (const play::Scope& it : from.scopes) {
    pb::Scope* const scope = to->add_scopes();
    scope->set_scope(it.scope);
    scope->set_element(it.element);
    scope->set_variables_json(feel::ToJson(it.variables));
  }
  for (const play::Choice& it : from.choices) {
    pb::Choice* const choice = to->add_choices();
    choice->set_element(it.element);
    for (const std::string& flow : it.flows) choice->add_flows(flow);
    for (const std::string& flow : it.chosen) choice->add_chosen(flow);
  }
}

void ToMessage(const play::View& from, pb::View* to) {
  *to->mutable_now() = ToTimestamp(from.now);
  to->set_actions(from.actions);
  to->set_can_move(from.can_move);
  if (from.next) *to->mutable_next_due() = ToTimestamp(*from.next);
  for (const play::Instance& instance : from.instances) ToMessage(instance, to->add_instances());
  const size_t left_out = from.happened.size() - std::min(from.happened.size(), kMostEvents);
  for (size_t i = left_out; i < from.happened.size(); ++i) {
    const play::Happened& it = from.happened[i];
    pb::ElementEvent* const event = to->add_events();
    event->set_instance(it.instance);
    event->set_element(it.event.element);
    event->set_type(it.event.type);
    event->set_event(std::string(it.event.event));
    *event->mutable_at() = ToTimestamp(it.at);
  }
}

/// A session in use: its own lock, so that one that computes long stops no other.
struct Entry {
  std::mutex mutex;
  std::unique_ptr<PlaySession> session;
  WallTime used;  ///< guarded by the table's lock
};

class SimulationService final : public pb::SimulationService::CallbackService {
 public:
  SimulationService(const Clock* clock, Random* random) : clock_(clock), random_(random) {}

  ServerUnaryReactor* OpenSession(CallbackServerContext* context, const pb::OpenSessionRequest* request,
                                  pb::View* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      if (request->bpmn().size() > kLargestModel)
        return absl::InvalidArgumentError("the model has more than 16 MiB");
      runtime::PlayOptions options;
      options.process = request->process();
      AMEIDE_ASSIGN_OR_RETURN(options.variables, ReadVariables(request->variables_json()));
      options.start = request->has_start() ? ToTime(request->start()) : clock_->Now();
      AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<PlaySession> session,
                              PlaySession::Open(request->bpmn(), std::move(options)));
      Add(call.tenant, std::move(session), response);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* Act(CallbackServerContext* context, const pb::ActRequest* request,
                          pb::View* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      AMEIDE_ASSIGN_OR_RETURN(const play::Action action, ReadAction(*request));
      return With(call.tenant, request->session(), response,
                  [&](PlaySession& session) { return session.Do(action); });
    });
  }

  ServerUnaryReactor* StepBack(CallbackServerContext* context, const pb::StepBackRequest* request,
                               pb::View* response) override {
    return Answer(context, request, [&](const Call& call) {
      return With(call.tenant, request->session(), response, [&](PlaySession& session) {
        session.Back(std::max<size_t>(request->actions(), 1));
        return absl::OkStatus();
      });
    });
  }

  ServerUnaryReactor* ForkSession(CallbackServerContext* context, const pb::ForkSessionRequest* request,
                                  pb::View* response) override {
    return Answer(context, request, [&](const Call& call) -> absl::Status {
      std::unique_ptr<PlaySession> fork;
      pb::View ignored;
      AMEIDE_RETURN_IF_ERROR(With(call.tenant, request->session(), &ignored, [&](PlaySession& session) {
        fork = session.Fork();
        return absl::OkStatus();
      }));
      Add(call.tenant, std::move(fork), response);
      return absl::OkStatus();
    });
  }

  ServerUnaryReactor* GetView(CallbackServerContext* context, const pb::GetViewRequest* request,
                              pb::View* response) override {
    return Answer(context, request, [&](const Call& call) {
      return With(call.tenant, request->session(), response, [](PlaySession& session) {
        session.Back(0);
        return absl::OkStatus();
      });
    });
  }

  ServerUnaryReactor* CloseSession(CallbackServerContext* context, const pb::CloseSessionRequest* request,
                                   pb::CloseSessionResponse*) override {
    return Answer(context, request, [&](const Call& call) {
      const std::lock_guard lock(mutex_);
      sessions_.erase({call.tenant, request->session()});
      return absl::OkStatus();
    });
  }

 private:
  using Id = std::pair<std::string, std::string>;  ///< tenant, session

  /// Takes a session in and fills its view. Sessions that nobody uses go, and the oldest where there are too
  /// many.
  void Add(const std::string& tenant, std::unique_ptr<PlaySession> session, pb::View* response) {
    ToMessage(session->View(), response);
    auto entry = std::make_shared<Entry>();
    entry->session = std::move(session);
    const std::lock_guard lock(mutex_);
    const std::string id = HexEncode(random_->Bytes(kIdBytes));
    response->set_session(id);
    entry->used = clock_->Now();
    std::erase_if(sessions_, [&](const auto& it) { return entry->used - it.second->used > kIdleSession; });
    size_t of_tenant = 0;
    auto oldest = sessions_.end();
    for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
      if (it->first.first != tenant) continue;
      ++of_tenant;
      if (oldest == sessions_.end() || it->second->used < oldest->second->used) oldest = it;
    }
    if (of_tenant >= kMostSessions) sessions_.erase(oldest);
    sessions_.emplace(Id(tenant, id), std::move(entry));
  }

  template <typename Use>
  absl::Status With(const std::string& tenant, const std::string& id, pb::View* response, const Use& use) {
    std::shared_ptr<Entry> entry;
    {
      const std::lock_guard lock(mutex_);
      const auto found = sessions_.find({tenant, id});
      if (found == sessions_.end() || clock_->Now() - found->second->used > kIdleSession) {
        return WithDetail(absl::NotFoundError("there is no such session any more; open a new one"),
                          "SESSION_NOT_FOUND", "session", id);
      }
      entry = found->second;
      entry->used = clock_->Now();
    }
    const std::lock_guard lock(entry->mutex);
    AMEIDE_RETURN_IF_ERROR(use(*entry->session));
    ToMessage(entry->session->View(), response);
    response->set_session(id);
    return absl::OkStatus();
  }

  const Clock* clock_;
  Random* random_;
  std::mutex mutex_;
  std::map<Id, std::shared_ptr<Entry>> sessions_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeSimulationService(const Clock* clock, Random* random) {
  return std::make_unique<SimulationService>(clock, random);
}

}  // namespace ameide::server
