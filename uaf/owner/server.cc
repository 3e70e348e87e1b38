#include "uaf/owner/server.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "uaf/owner/methods.h"
#include "uaf/owner/wire.h"

namespace ameide::uaf::owner {
namespace {

/// Programs that are answered at the same time; more than people start by hand, fewer than hurt.
constexpr size_t kMostCallers = 64;
/// Calls up to this size need no room; those of most callers do not.
constexpr uint64_t kSmallCall = uint64_t{64} << 10;

using Handler = std::function<void(Workspace&, ByteReader&, ByteWriter&)>;

template <typename Member, typename Result, typename... Arguments>
Handler HandlerOf(Member member) {
  return [member](Workspace& workspace, ByteReader& in, ByteWriter& out) {
    std::tuple<KeptType<Arguments>...> arguments;
    std::apply([&in](auto&... argument) { (Read(in, argument), ...); }, arguments);
    if (const absl::Status status = in.Finish(); !status.ok()) {
      return WriteStatus(out, absl::InvalidArgumentError("the call cannot be read"));
    }
    const Result result =
        std::apply([&](auto&... argument) { return (workspace.*member)(std::move(argument)...); }, arguments);
    WriteResult(out, result);
  };
}
template <typename Result, typename... Arguments>
Handler HandlerFor(Result (Workspace::*member)(Arguments...)) {
  return HandlerOf<decltype(member), Result, Arguments...>(member);
}
template <typename Result, typename... Arguments>
Handler HandlerFor(Result (Workspace::*member)(Arguments...) const) {
  return HandlerOf<decltype(member), Result, Arguments...>(member);
}

std::map<std::string, Handler, std::less<>> MakeHandlers() {
  std::map<std::string, Handler, std::less<>> handlers;
  ForEachMethod([&](const char* name, auto member) { handlers.emplace(name, HandlerFor(member)); });
  return handlers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::filesystem::path& socket,
                                                      Workspace* workspace, ActFor act_for) {
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<LocalListener> listener, LocalListener::Listen(socket));
  return std::unique_ptr<Server>(new Server(std::move(listener), workspace, std::move(act_for)));
}

Server::Server(std::unique_ptr<LocalListener> listener, Workspace* workspace, ActFor act_for)
    : listener_(std::move(listener)),
      workspace_(workspace),
      act_for_(std::move(act_for)),
      room_(kMostCallers, kLargestFrame) {
  thread_ = std::thread([this] { Accept(); });
}

Server::~Server() {
  listener_->Close();
  thread_.join();
  room_.Close();
  Forget(/*all=*/true);
}

void Server::Accept() {
  while (true) {
    absl::StatusOr<std::unique_ptr<LocalConnection>> connection = listener_->Accept();
    if (!connection.ok()) {
      if (!absl::IsCancelled(connection.status())) {
        LogWarning("other programs cannot reach the workspace any more",
                   {{"reason", std::string(connection.status().message())}});
      }
      return;
    }
    Forget(/*all=*/false);
    const std::scoped_lock lock(mutex_);
    if (callers_.size() >= kMostCallers) continue;  // turned away: the connection ends
    Caller& caller = callers_.emplace_back();
    caller.connection = *std::move(connection);
    caller.thread = std::thread([this, &caller] {
      Converse(*caller.connection);
      caller.connection->Shutdown();
      const std::scoped_lock done(mutex_);
      caller.done = true;
    });
  }
}

void Server::Forget(bool all) {
  std::list<Caller> gone;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = stopping_ || all;
    for (auto caller = callers_.begin(); caller != callers_.end();) {
      const auto next = std::next(caller);
      // One that waits for a call is woken; one that answers ends its answer first.
      if (all && !caller->done) caller->connection->ShutdownReceiving();
      if (all || caller->done) gone.splice(gone.end(), callers_, caller);
      caller = next;
    }
  }
  for (Caller& caller : gone) caller.thread.join();
}

void Server::Converse(LocalConnection& connection) {
  absl::StatusOr<std::string> greeting = connection.Receive(kGreeting.size());
  if (!greeting.ok()) return;
  if (*greeting != kGreeting) {
    connection.Send("").IgnoreError();  // the caller sees that this is another version
    return;
  }
  if (!connection.Send(kGreeting).ok()) return;
  while (ConverseOnce(connection)) {
  }
}

bool Server::ConverseOnce(LocalConnection& connection) {
  uint64_t taken = 0;
  const auto admit = [&](uint64_t size) {
    if (size <= kSmallCall) return true;
    if (!room_.Enter(size)) return false;
    taken = size;
    return true;
  };
  bool sent = false;
  const absl::StatusOr<std::string> request = connection.Receive(kLargestFrame, admit);
  bool stopping = absl::IsCancelled(request.status());
  if (request.ok()) {
    const std::scoped_lock lock(mutex_);
    stopping = stopping_;
  }
  if (stopping) {
    connection.Send(kClosing).IgnoreError();  // whoever called goes to the next owner
  } else if (request.ok()) {
    sent = connection.Send(Answer(*request)).ok();
  }
  if (taken > 0) room_.Leave(taken);
  return sent;
}

std::string Server::Answer(std::string_view request) {
  static const auto handlers = MakeHandlers();
  ByteReader in(request);
  ByteWriter out;
  const std::string name(in.String());
  Actor actor;
  Read(in, actor);
  const auto handler = handlers.find(name);
  if (!in.ok() || handler == handlers.end()) {
    WriteStatus(
        out, absl::UnimplementedError(absl::StrCat("the program that has the workspace open does not know `",
                                                   name, "`; close it or use the same version")));
    return out.Take();
  }
  act_for_(actor, [&] { handler->second(*workspace_, in, out); });
  return out.Take();
}

}  // namespace ameide::uaf::owner
