#include "base/platform/file_system.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

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
    case EIO:
      return absl::InternalError(absl::StrCat(text, "; check the disk and try again"));
    default:
      return absl::InternalError(text);
  }
}

/// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor(SystemCalls& calls, int value) : calls_(calls), value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) calls_.Close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  int Release() { return std::exchange(value_, -1); }

 private:
  SystemCalls& calls_;
  int value_;
};

absl::Status WriteAll(SystemCalls& calls, int descriptor, std::string_view bytes, const path& where) {
  while (!bytes.empty()) {
    const ssize_t written = calls.Write(descriptor, bytes.data(), bytes.size());
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

absl::Status SyncFolder(SystemCalls& calls, const path& folder) {
  const char* const name = folder.empty() ? "." : folder.c_str();
  const Descriptor descriptor(calls, calls.Open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  if (descriptor.get() < 0) return ErrnoStatus("open folder", folder, errno);
  if (calls.Sync(descriptor.get()) != 0 && errno != EINVAL) return ErrnoStatus("sync folder", folder, errno);
  return absl::OkStatus();
}

/// What `wanted` finally names when it is a symbolic link, so that links are kept.
path ResolveLinks(const path& wanted) {
  std::error_code error;
  if (!std::filesystem::is_symlink(wanted, error)) return wanted;
  const path resolved = std::filesystem::weakly_canonical(wanted, error);
  return error ? wanted : resolved;
}

/// A name beside `target` that nobody has.
path TemporaryName(const path& target) {
  return target.parent_path() /
         absl::StrCat(".", target.filename().string(), ".", HexEncode(SystemRandom().Bytes(6)), "~");
}

/// A synced temporary file beside `target`, with the mode and, where allowed, the owner of an existing
/// target.
absl::StatusOr<path> WriteTemporary(SystemCalls& calls, const path& target, std::string_view bytes,
                                    unsigned mode) {
  const path temporary = TemporaryName(target);
  const Descriptor descriptor(calls,
                              calls.Open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (descriptor.get() < 0) return ErrnoStatus("create", target, errno);
  absl::Status status;
  struct stat existing {};
  if (calls.StatusOf(target.c_str(), &existing) == 0) {
    // Owner before mode: chown clears set-id bits. Not being allowed to give the file away is no failure.
    if (calls.ChangeOwner(descriptor.get(), existing.st_uid, existing.st_gid) != 0 && errno != EPERM) {
      status = ErrnoStatus("set owner of", temporary, errno);
    }
    if (status.ok() && calls.ChangeMode(descriptor.get(), existing.st_mode & 07777) != 0) {
      status = ErrnoStatus("set mode of", temporary, errno);
    }
  }
  if (status.ok()) status = WriteAll(calls, descriptor.get(), bytes, target);
  if (status.ok() && calls.Sync(descriptor.get()) != 0) status = ErrnoStatus("sync", target, errno);
  if (!status.ok()) {
    calls.Unlink(temporary.c_str());
    return status;
  }
  return temporary;
}

/// For file systems without renameat2 (some network mounts). The bytes that `target` had; nullopt: no file. A
/// target that cannot be read stays.
absl::StatusOr<std::optional<std::string>> ReplaceKeeping(SystemCalls& calls, const path& temporary,
                                                          const path& target) {
  const PosixFileSystem files(calls);
  // A second name keeps the old file, whatever is saved into it until the last moment.
  const path aside = TemporaryName(target);
  const bool kept = calls.Link(target.c_str(), aside.c_str()) == 0;
  const bool missing = !kept && errno == ENOENT;
  if (missing) {
    // Never over a file that appears in this moment.
    if (calls.Link(temporary.c_str(), target.c_str()) == 0) {
      calls.Unlink(temporary.c_str());
      AMEIDE_RETURN_IF_ERROR(SyncFolder(calls, target.parent_path()));
      return std::nullopt;
    }
    if (errno == EEXIST) return ErrnoStatus("replace", target, EEXIST);
  }
  // What cannot be read is not replaced. Without hard links the window after reading is small, not zero.
  absl::StatusOr<std::string> displaced = files.Read(kept ? aside : target, kLargestArtifact);
  const bool readable = displaced.ok() || (!kept && absl::IsNotFound(displaced.status()));
  if (!readable || calls.Rename(temporary.c_str(), target.c_str(), 0) != 0) {
    const absl::Status status = readable ? ErrnoStatus("replace", target, errno) : displaced.status();
    if (kept) calls.Unlink(aside.c_str());
    return status;
  }
  // Should this fail, the old file stays aside.
  AMEIDE_RETURN_IF_ERROR(SyncFolder(calls, target.parent_path()));
  if (kept) {
    displaced = files.Read(aside, kLargestArtifact);
    // It was saved into meanwhile, and grew beyond reading: it goes back to its place.
    if (displaced.ok()) {
      calls.Unlink(aside.c_str());
    } else {
      calls.Rename(aside.c_str(), target.c_str(), 0);
    }
    AMEIDE_RETURN_IF_ERROR(displaced.status());
  }
  if (!displaced.ok()) return std::nullopt;
  return std::optional<std::string>(*std::move(displaced));
}

}  // namespace

absl::StatusOr<std::string> PosixFileSystem::Read(const path& where, uint64_t limit) const {
  // A pipe that lies among files would otherwise be waited for until somebody writes to it.
  const Descriptor descriptor(*calls_, calls_->Open(where.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0));
  if (descriptor.get() < 0) return ErrnoStatus("open", where, errno);
  struct stat status {};
  if (calls_->StatusOfOpen(descriptor.get(), &status) != 0) return ErrnoStatus("read", where, errno);
  if (S_ISDIR(status.st_mode))
    return absl::NotFoundError(absl::StrCat(where.string(), " is a folder, not a file"));
  if (!S_ISREG(status.st_mode)) {
    if (!IsStandardStream(where)) return NotAFile(where);
    if (calls_->SetBlocking(descriptor.get()) != 0) return ErrnoStatus("read", where, errno);
  }
  const absl::Status too_large = absl::ResourceExhaustedError(
      absl::StrCat(where.string(), " is larger than the limit of ", limit, " bytes"));
  if (S_ISREG(status.st_mode) && static_cast<uint64_t>(status.st_size) > limit) return too_large;
  std::string bytes;
  if (status.st_size > 0) bytes.reserve(static_cast<size_t>(status.st_size));
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = calls_->Read(descriptor.get(), buffer, sizeof buffer);
    if (got < 0) {
      if (errno == EINTR) continue;
      return ErrnoStatus("read", where, errno);
    }
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<size_t>(got));
    if (bytes.size() > limit) return too_large;
  }
}

absl::Status PosixFileSystem::WriteAtomically(const path& where, std::string_view bytes, unsigned mode) {
  const path target = ResolveLinks(where);
  AMEIDE_ASSIGN_OR_RETURN(const path temporary, WriteTemporary(*calls_, target, bytes, mode));
  if (calls_->Rename(temporary.c_str(), target.c_str(), 0) != 0) {
    const int error = errno;
    calls_->Unlink(temporary.c_str());
    return ErrnoStatus("replace", target, error);
  }
  return SyncFolder(*calls_, target.parent_path());
}

absl::StatusOr<std::optional<std::string>> PosixFileSystem::ExchangeAtomically(const path& where,
                                                                               std::string_view bytes) {
  const path target = ResolveLinks(where);
  struct stat present {};
  if (calls_->StatusOfLink(target.c_str(), &present) == 0 && !S_ISREG(present.st_mode))
    return NotAFile(target);
  AMEIDE_ASSIGN_OR_RETURN(const path temporary, WriteTemporary(*calls_, target, bytes, 0644));
  if (calls_->Rename(temporary.c_str(), target.c_str(), RENAME_EXCHANGE) == 0) {
    const bool is_file = calls_->StatusOfLink(temporary.c_str(), &present) != 0 || S_ISREG(present.st_mode);
    const absl::Status synced = is_file ? SyncFolder(*calls_, target.parent_path()) : absl::OkStatus();
    if (!synced.ok()) return synced;
    absl::StatusOr<std::string> displaced =
        is_file ? Read(temporary, kLargestArtifact) : absl::StatusOr<std::string>(NotAFile(target));
    if (!displaced.ok()) {
      // Nobody knows what it holds: it goes back to its place, and our file goes.
      if (calls_->Rename(temporary.c_str(), target.c_str(), RENAME_EXCHANGE) == 0)
        calls_->Unlink(temporary.c_str());
      return displaced.status();
    }
    calls_->Unlink(temporary.c_str());
    return std::optional<std::string>(*std::move(displaced));
  }
  if (errno == ENOENT) {
    // No file to exchange with: create, but never over one that appears in this moment.
    if (calls_->Rename(temporary.c_str(), target.c_str(), RENAME_NOREPLACE) == 0) {
      AMEIDE_RETURN_IF_ERROR(SyncFolder(*calls_, target.parent_path()));
      return std::nullopt;
    }
  }
  const int error = errno;
  absl::StatusOr<std::optional<std::string>> displaced = ErrnoStatus("replace", target, error);
  if (error == EINVAL || error == ENOSYS) displaced = ReplaceKeeping(*calls_, temporary, target);
  if (!displaced.ok()) calls_->Unlink(temporary.c_str());
  return displaced;
}

absl::Status PosixFileSystem::Remove(const path& where) {
  if (calls_->Unlink(where.c_str()) == 0) return SyncFolder(*calls_, where.parent_path());
  return errno == ENOENT || errno == ENOTDIR ? absl::OkStatus() : ErrnoStatus("remove", where, errno);
}

absl::Status PosixFileSystem::Move(const path& from, const path& to) {
  int result = calls_->Rename(from.c_str(), to.c_str(), RENAME_NOREPLACE);
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // A file system without renameat2: a link is made only where there is no file yet.
    result = calls_->Link(from.c_str(), to.c_str());
    if (result == 0) calls_->Unlink(from.c_str());
  }
  if (result != 0) {
    if (errno == EEXIST) return absl::AlreadyExistsError(absl::StrCat(to.string(), " exists already"));
    return ErrnoStatus("move", from, errno);
  }
  AMEIDE_RETURN_IF_ERROR(SyncFolder(*calls_, to.parent_path()));
  return from.parent_path() == to.parent_path() ? absl::OkStatus() : SyncFolder(*calls_, from.parent_path());
}

absl::StatusOr<FileStamp> PosixFileSystem::Stamp(const path& where) const {
  struct stat status {};
  if (calls_->StatusOf(where.c_str(), &status) != 0) return ErrnoStatus("look at", where, errno);
  return FileStamp{.device = status.st_dev,
                   .inode = status.st_ino,
                   .size = static_cast<uint64_t>(status.st_size),
                   .modified_ns = int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

bool PosixFileSystem::Exists(const path& where) const {
  struct stat status {};
  return calls_->StatusOf(where.c_str(), &status) == 0;
}

absl::Status PosixFileSystem::CreateFolders(const path& where) {
  const std::scoped_lock lock(folders_mutex_);
  struct stat status {};
  std::vector<path> missing;
  for (path folder = where; !folder.empty() && calls_->StatusOf(folder.c_str(), &status) != 0;
       folder = folder.parent_path()) {
    if (errno != ENOENT) return ErrnoStatus("create folder", where, errno);
    if (!folder.filename().empty()) missing.push_back(folder);  // empty behind a last '/'
  }
  if (missing.empty() && !S_ISDIR(status.st_mode)) return ErrnoStatus("create folder", where, ENOTDIR);
  for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
    // Somebody else may make the same folder at the same time.
    if (calls_->MakeFolder(folder->c_str(), 0777) != 0 && errno != EEXIST) {
      return ErrnoStatus("create folder", *folder, errno);
    }
    // Until its name is durable, whoever finds the folder must not believe that it is.
    doubtful_parents_.insert(folder->parent_path());
  }
  while (!doubtful_parents_.empty()) {
    const absl::Status synced = SyncFolder(*calls_, *doubtful_parents_.begin());
    if (!synced.ok() && !absl::IsNotFound(synced)) return synced;  // one that went away needs no sync
    doubtful_parents_.erase(doubtful_parents_.begin());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<FolderEntry>> PosixFileSystem::List(const path& folder) const {
  std::vector<std::string> names;
  if (calls_->List(folder.c_str(), names) != 0) return ErrnoStatus("list folder", folder, errno);
  std::sort(names.begin(), names.end());
  std::vector<FolderEntry> entries;
  entries.reserve(names.size());
  for (std::string& name : names) {
    struct stat status {};
    // What went away since it was listed is not there.
    if (calls_->StatusOfLink((folder / name).c_str(), &status) != 0) continue;
    const EntryKind kind = S_ISREG(status.st_mode)   ? EntryKind::kFile
                           : S_ISDIR(status.st_mode) ? EntryKind::kFolder
                           : S_ISLNK(status.st_mode) ? EntryKind::kLink
                                                     : EntryKind::kOther;
    entries.push_back({std::move(name), kind});
  }
  return entries;
}

absl::StatusOr<std::unique_ptr<FileLock>> PosixFileSystem::TryLock(const path& where, std::string_view note) {
  return FileLock::TryLock(where, note, *calls_);
}

absl::StatusOr<std::unique_ptr<FileLock>> FileLock::TryLock(const path& where, std::string_view note,
                                                            SystemCalls& calls) {
  Descriptor descriptor(calls, calls.Open(where.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (descriptor.get() < 0) return ErrnoStatus("open", where, errno);
  if (calls.Lock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return ErrnoStatus("lock", where, errno);
    auto owner = PosixFileSystem(calls).Read(where, 4096);
    return absl::FailedPreconditionError(absl::StrCat(
        "already open in ", owner.ok() && !owner->empty() ? *owner : std::string("another program")));
  }
  if (calls.Truncate(descriptor.get(), 0) != 0) return ErrnoStatus("write", where, errno);
  AMEIDE_RETURN_IF_ERROR(WriteAll(calls, descriptor.get(), note, where));
  return std::unique_ptr<FileLock>(new FileLock(&calls, descriptor.Release()));
}

FileLock::~FileLock() { calls_->Close(descriptor_); }

}  // namespace ameide
