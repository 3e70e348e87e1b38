#pragma once

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "absl/status/statusor.h"
#include "base/platform/local_socket.h"
#include "base/room.h"
#include "uaf/workspace.h"

namespace ameide::uaf::owner {

/// Does for other programs of the same user what only the owner of a workspace may: they call, each in a
/// thread of its own here, and get the answer that a call in this program would get. A caller has one call at
/// a time here, and large ones wait until there is room for them: what is held in memory is bounded.
class Server {
 public:
  /// Runs `work` so that what it records is recorded for that actor.
  using ActFor = std::function<void(const Actor&, const std::function<void()>&)>;

  /// Listens at `socket`, in a folder that only the user may enter. `workspace` must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::filesystem::path& socket,
                                                       Workspace* workspace, ActFor act_for);
  /// Turns new callers away and waits for calls that are being answered.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  struct Caller {
    std::unique_ptr<LocalConnection> connection;
    std::thread thread;
    bool done = false;
  };
  Server(std::unique_ptr<LocalListener> listener, Workspace* workspace, ActFor act_for);
  void Accept();
  void Converse(LocalConnection& connection);
  std::string Answer(std::string_view request);
  /// Waits for a call and answers it. False: there are no more.
  bool ConverseOnce(LocalConnection& connection);
  void Forget(bool all);

  std::unique_ptr<LocalListener> listener_;
  Workspace* workspace_;
  ActFor act_for_;
  Room room_;  ///< for large calls
  std::mutex mutex_;
  std::list<Caller> callers_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace ameide::uaf::owner
