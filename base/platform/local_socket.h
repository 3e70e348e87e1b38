#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ameide {

/// One end of a conversation between two programs of one user on one machine, in frames: whole byte strings
/// that arrive as they were sent. Send and Receive may be used by one thread each; Shutdown by any.
class LocalConnection {
 public:
  /// To a listener at `path`. NOT_FOUND when nobody listens there, PERMISSION_DENIED when it belongs to
  /// another user.
  static absl::StatusOr<std::unique_ptr<LocalConnection>> Connect(const std::filesystem::path& path);
  ~LocalConnection();
  LocalConnection(const LocalConnection&) = delete;
  LocalConnection& operator=(const LocalConnection&) = delete;

  /// UNAVAILABLE when the other side is gone.
  absl::Status Send(std::string_view frame);
  /// Waits for the next frame. UNAVAILABLE when the other side is gone, RESOURCE_EXHAUSTED when it announces
  /// more than `limit` bytes: the connection is of no use then.
  absl::StatusOr<std::string> Receive(uint64_t limit);
  /// The same; `admit` is asked with the frame's size before memory is taken for it, and may wait. CANCELLED
  /// when it says no.
  absl::StatusOr<std::string> Receive(uint64_t limit, const std::function<bool(uint64_t size)>& admit);
  /// Ends the conversation for both sides; what waits returns.
  void Shutdown();
  /// Nothing more is received; what is being sent still is.
  void ShutdownReceiving();

 private:
  friend class LocalListener;
  explicit LocalConnection(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// Waits for other programs of the same user at a path of the file system.
class LocalListener {
 public:
  /// The folder must be the user's alone (0700). What lies at `path` is replaced: the caller knows, by a
  /// lock, that nobody listens there. INVALID_ARGUMENT for a path that is too long for a socket (see
  /// SocketPath).
  static absl::StatusOr<std::unique_ptr<LocalListener>> Listen(const std::filesystem::path& path);
  /// Removes the path.
  ~LocalListener();
  LocalListener(const LocalListener&) = delete;
  LocalListener& operator=(const LocalListener&) = delete;

  /// Waits for the next program; those of other users are turned away. CANCELLED after Close.
  absl::StatusOr<std::unique_ptr<LocalConnection>> Accept();
  /// Any thread: makes Accept return.
  void Close();

 private:
  LocalListener(int descriptor, std::filesystem::path path)
      : descriptor_(descriptor), path_(std::move(path)) {}
  int descriptor_;
  std::filesystem::path path_;
  std::atomic<bool> closed_ = false;
};

}  // namespace ameide
