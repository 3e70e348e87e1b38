#include "base/platform/local_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide {
namespace {

constexpr size_t kHeaderSize = 8;  // the frame's length, little endian

std::string Reason() { return std::generic_category().message(errno); }

absl::StatusOr<sockaddr_un> AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(absl::StrCat(path.string(), " is too long for a socket"));
  }
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  return address;
}

/// Whether the program at the other end runs for the user of this one.
bool IsOurs(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

absl::Status SendAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return absl::UnavailableError(absl::StrCat("the other program is gone: ", Reason()));
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status ReceiveAll(int descriptor, char* into, size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(descriptor, into, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::UnavailableError(absl::StrCat("the other program is gone: ", Reason()));
    if (got == 0) return absl::UnavailableError("the other program ended the conversation");
    into += got;
    size -= static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalConnection>> LocalConnection::Connect(const std::filesystem::path& path) {
  AMEIDE_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::InternalError(absl::StrCat("no socket could be made: ", Reason()));
  std::unique_ptr<LocalConnection> connection(new LocalConnection(descriptor));
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return absl::NotFoundError(absl::StrCat("nobody listens at ", path.string()));
    }
    return absl::UnavailableError(absl::StrCat(path.string(), ": ", Reason()));
  }
  if (!IsOurs(descriptor)) {
    return absl::PermissionDeniedError(absl::StrCat(path.string(), " belongs to another user"));
  }
  return connection;
}

LocalConnection::~LocalConnection() { ::close(descriptor_); }

absl::Status LocalConnection::Send(std::string_view frame) {
  std::array<char, kHeaderSize> header{};
  for (size_t i = 0; i < kHeaderSize; ++i) header[i] = static_cast<char>(uint64_t{frame.size()} >> (8 * i));
  AMEIDE_RETURN_IF_ERROR(SendAll(descriptor_, {header.data(), header.size()}));
  return SendAll(descriptor_, frame);
}

absl::StatusOr<std::string> LocalConnection::Receive(uint64_t limit) {
  return Receive(limit, [](uint64_t) { return true; });
}

absl::StatusOr<std::string> LocalConnection::Receive(uint64_t limit,
                                                     const std::function<bool(uint64_t size)>& admit) {
  std::array<char, kHeaderSize> header{};
  AMEIDE_RETURN_IF_ERROR(ReceiveAll(descriptor_, header.data(), header.size()));
  uint64_t size = 0;
  for (size_t i = 0; i < kHeaderSize; ++i) size |= uint64_t{static_cast<unsigned char>(header[i])} << (8 * i);
  if (size > limit)
    return absl::ResourceExhaustedError(absl::StrCat("a frame of ", size, " bytes is too large"));
  if (!admit(size)) return absl::CancelledError("the frame is not wanted any more");
  std::string frame(size, '\0');
  AMEIDE_RETURN_IF_ERROR(ReceiveAll(descriptor_, frame.data(), frame.size()));
  return frame;
}

void LocalConnection::Shutdown() { ::shutdown(descriptor_, SHUT_RDWR); }
void LocalConnection::ShutdownReceiving() { ::shutdown(descriptor_, SHUT_RD); }

absl::StatusOr<std::unique_ptr<LocalListener>> LocalListener::Listen(const std::filesystem::path& path) {
  AMEIDE_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::InternalError(absl::StrCat("no socket could be made: ", Reason()));
  std::unique_ptr<LocalListener> listener(new LocalListener(descriptor, path));
  std::error_code ignored;
  if (std::filesystem::is_socket(path, ignored)) std::filesystem::remove(path, ignored);
  constexpr int kWaiting = 64;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(descriptor, kWaiting) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen at ", path.string(), ": ", Reason()));
  }
  return listener;
}

LocalListener::~LocalListener() {
  Close();
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  ::close(descriptor_);
}

absl::StatusOr<std::unique_ptr<LocalConnection>> LocalListener::Accept() {
  while (true) {
    const int descriptor = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
    if (closed_) {
      if (descriptor >= 0) ::close(descriptor);
      return absl::CancelledError("the listener was closed");
    }
    if (descriptor < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (descriptor < 0) return absl::UnavailableError(absl::StrCat(path_.string(), ": ", Reason()));
    std::unique_ptr<LocalConnection> connection(new LocalConnection(descriptor));
    if (IsOurs(descriptor)) return connection;
  }
}

void LocalListener::Close() {
  closed_ = true;
  ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace ameide
