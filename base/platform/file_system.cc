#include "base/platform/file_system.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/status.h"

namespace ameide {
namespace {

using std::filesystem::path;

absl::Status ErrnoStatus(std::string_view doing, const path& where, int error) {
  const std::string text =
      absl::StrCat("cannot ", std::string(doing), " ", where.string(), ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(text);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(absl::StrCat(text, "; free some space and try again"));
    default:
      return absl::InternalError(text);
  }
}

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int Release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

absl::Status WriteAll(int descriptor, std::string_view bytes, const path& where) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("write", where, errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status NotAFile(const path& where) {
  return absl::FailedPreconditionError(
      absl::StrCat(where.string(), " is a folder, pipe or device, not a file; move it away"));
}

/// /dev/stdin and its like: a pipe that the caller of the program has put there.
bool IsStandardStream(const path& where) {
  const std::string text = where.string();
  return text == "/dev/stdin" || text.rfind("/dev/fd/", 0) == 0 || text.rfind("/proc/self/fd/", 0) == 0;
}

absl::Status SyncFolder(const path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0) return ErrnoStatus("open folder", folder, errno);
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL) return ErrnoStatus("sync folder", folder, errno);
  return absl::OkStatus();
}

/// What `wanted` finally names when it is a symbolic link, so that links are kept.
path ResolveLinks(const path& wanted) {
  std::error_code error;
  if (!std::filesystem::is_symlink(wanted, error)) return wanted;
  const path resolved = std::filesystem::weakly_canonical(wanted, error);
  return error ? wanted : resolved;
}

/// A synced temporary file beside `target`, with the mode and, where allowed, the owner of an existing
/// target.
absl::StatusOr<path> WriteTemporary(const path& target, std::string_view bytes, unsigned mode) {
  const path temporary = target.parent_path() / absl::StrCat(".", target.filename().string(), ".",
                                                             HexEncode(SystemRandom().Bytes(6)), "~");
  const Descriptor descriptor(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (descriptor.get() < 0) return ErrnoStatus("create", temporary, errno);
  absl::Status status;
  struct stat existing {};
  if (::stat(target.c_str(), &existing) == 0) {
    // Owner before mode: chown clears set-id bits. Not being allowed to give the file away is no failure.
    if (::fchown(descriptor.get(), existing.st_uid, existing.st_gid) != 0 && errno != EPERM) {
      status = ErrnoStatus("set owner of", temporary, errno);
    }
    if (status.ok() && ::fchmod(descriptor.get(), existing.st_mode & 07777) != 0) {
      status = ErrnoStatus("set mode of", temporary, errno);
    }
  }
  if (status.ok()) status = WriteAll(descriptor.get(), bytes, target);
  if (status.ok() && ::fsync(descriptor.get()) != 0) status = ErrnoStatus("sync", target, errno);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return temporary;
}

}  // namespace

absl::StatusOr<std::string> PosixFileSystem::Read(const path& where, uint64_t limit) const {
  // A pipe that lies among files would otherwise be waited for until somebody writes to it.
  const Descriptor descriptor(::open(where.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0) return ErrnoStatus("open", where, errno);
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return ErrnoStatus("read", where, errno);
  if (S_ISDIR(status.st_mode))
    return absl::NotFoundError(absl::StrCat(where.string(), " is a folder, not a file"));
  if (!S_ISREG(status.st_mode)) {
    if (!IsStandardStream(where)) return NotAFile(where);
    if (::fcntl(descriptor.get(), F_SETFL, 0) != 0) return ErrnoStatus("read", where, errno);
  }
  std::string bytes;
  if (status.st_size > 0) bytes.reserve(static_cast<size_t>(status.st_size));
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(descriptor.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("read", where, errno);
    }
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > limit) {
      return absl::ResourceExhaustedError(
          absl::StrCat(where.string(), " is larger than the limit of ", limit, " bytes"));
    }
  }
}

absl::Status PosixFileSystem::WriteAtomically(const path& where, std::string_view bytes, unsigned mode) {
  const path target = ResolveLinks(where);
  AMEIDE_ASSIGN_OR_RETURN(const path temporary, WriteTemporary(target, bytes, mode));
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return ErrnoStatus("replace", target, error);
  }
  return SyncFolder(target.parent_path());
}

absl::StatusOr<std::optional<std::string>> PosixFileSystem::ExchangeAtomically(const path& where,
                                                                               std::string_view bytes) {
  const path target = ResolveLinks(where);
  struct stat present {};
  if (::lstat(target.c_str(), &present) == 0 && !S_ISREG(present.st_mode)) return NotAFile(target);
  AMEIDE_ASSIGN_OR_RETURN(const path temporary, WriteTemporary(target, bytes, 0644));
  if (::syscall(SYS_renameat2, AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
    if (::lstat(temporary.c_str(), &present) == 0 && !S_ISREG(present.st_mode)) {
      // Put there in the last moment: it goes back to its place, and our file goes.
      ::syscall(SYS_renameat2, AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE);
      ::unlink(temporary.c_str());
      return NotAFile(target);
    }
    AMEIDE_RETURN_IF_ERROR(SyncFolder(target.parent_path()));
    AMEIDE_ASSIGN_OR_RETURN(std::string displaced, Read(temporary, kLargestArtifact));
    ::unlink(temporary.c_str());
    return std::optional<std::string>(std::move(displaced));
  }
  if (errno == ENOENT) {
    // No file to exchange with: create, but never over one that appears in this moment.
    if (::syscall(SYS_renameat2, AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) ==
        0) {
      AMEIDE_RETURN_IF_ERROR(SyncFolder(target.parent_path()));
      return std::optional<std::string>();
    }
  }
  if (errno == EINVAL || errno == ENOSYS) {
    // A file system without renameat2 (some network mounts): read, then replace. The window is small, not
    // zero.
    auto displaced = Read(target, kLargestArtifact);
    if (::rename(temporary.c_str(), target.c_str()) != 0) {
      const int error = errno;
      ::unlink(temporary.c_str());
      return ErrnoStatus("replace", target, error);
    }
    AMEIDE_RETURN_IF_ERROR(SyncFolder(target.parent_path()));
    if (!displaced.ok()) return std::optional<std::string>();
    return std::optional<std::string>(*std::move(displaced));
  }
  const int error = errno;
  ::unlink(temporary.c_str());
  return ErrnoStatus("replace", target, error);
}

absl::Status PosixFileSystem::Remove(const path& where) {
  if (::unlink(where.c_str()) != 0 && errno != ENOENT) return ErrnoStatus("remove", where, errno);
  return absl::OkStatus();
}

absl::Status PosixFileSystem::Move(const path& from, const path& to) {
  int result = static_cast<int>(
      ::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE));
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // A file system without renameat2: a link is made only where there is no file yet.
    result = ::link(from.c_str(), to.c_str());
    if (result == 0) ::unlink(from.c_str());
  }
  if (result != 0) {
    if (errno == EEXIST) return absl::AlreadyExistsError(absl::StrCat(to.string(), " exists already"));
    return ErrnoStatus("move", from, errno);
  }
  AMEIDE_RETURN_IF_ERROR(SyncFolder(to.parent_path()));
  return from.parent_path() == to.parent_path() ? absl::OkStatus() : SyncFolder(from.parent_path());
}

absl::StatusOr<FileStamp> PosixFileSystem::Stamp(const path& where) const {
  struct stat status {};
  if (::stat(where.c_str(), &status) != 0) return ErrnoStatus("look at", where, errno);
  return FileStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .size = static_cast<uint64_t>(status.st_size),
                   .modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

bool PosixFileSystem::Exists(const path& where) const {
  std::error_code error;
  return std::filesystem::exists(where, error);
}

absl::Status PosixFileSystem::CreateFolders(const path& where) {
  std::error_code error;
  std::filesystem::create_directories(where, error);
  if (!error) return absl::OkStatus();
  const std::string text = absl::StrCat("cannot create folder ", where.string(), ": ", error.message());
  if (error == std::errc::no_space_on_device) return absl::ResourceExhaustedError(text);
  if (error == std::errc::permission_denied || error == std::errc::read_only_file_system) {
    return absl::PermissionDeniedError(text);
  }
  return absl::InternalError(text);
}

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::TryLock(const path& where, std::string_view note) {
  Descriptor descriptor(::open(where.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (descriptor.get() < 0) return ErrnoStatus("open", where, errno);
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus("lock", where, errno);
    auto owner = PosixFileSystem().Read(where, 4096);
    return absl::FailedPreconditionError(absl::StrCat(
        "already open in ", owner.ok() && !owner->empty() ? *owner : std::string("another program")));
  }
  if (::ftruncate(descriptor.get(), 0) != 0) return ErrnoStatus("write", where, errno);
  AMEIDE_RETURN_IF_ERROR(WriteAll(descriptor.get(), note, where));
  return std::unique_ptr<FileLock>(new FileLock(descriptor.Release()));
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace ameide
