#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/platform/system_calls.h"

namespace ameide {

/// Names one version of one file as the operating system sees it: who changed it and when shows in these
/// four.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_ns = 0;
  auto operator<=>(const FileStamp&) const = default;
};

/// What a name in a folder stands for; links are not followed.
enum class EntryKind : uint8_t { kFile, kFolder, kLink, kOther };

/// A name in a folder.
struct FolderEntry {
  std::string name;
  EntryKind kind = EntryKind::kFile;
};

class FileLock;

/// The file system as the store uses it, after LevelDB's Env: an interface that tests can break (full disk,
/// I/O error, lost writes). Errors carry the path and the operating system's reason: NOT_FOUND,
/// PERMISSION_DENIED, RESOURCE_EXHAUSTED (disk full, quota), otherwise INTERNAL. Implementations are
/// thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// The whole file. RESOURCE_EXHAUSTED beyond `limit` bytes; FAILED_PRECONDITION for a pipe or device, which
  /// might never answer (/dev/stdin and /dev/fd may be pipes).
  virtual absl::StatusOr<std::string> Read(const std::filesystem::path& path, uint64_t limit) const = 0;

  /// Replaces or creates `path` so that after a crash it holds either the old bytes or all of the new ones:
  /// temporary file in the same folder, fsync, rename, fsync of the folder. Keeps the mode of an existing
  /// file and writes through symbolic links; `mode` counts for new files.
  virtual absl::Status WriteAtomically(const std::filesystem::path& path, std::string_view bytes,
                                       unsigned mode = 0644) = 0;

  /// As WriteAtomically, but exchanges the new file with the present one and returns the bytes that were
  /// displaced, so that a save by another program in the last moment is seen; nullopt when there was no file.
  /// FAILED_PRECONDITION when a folder, pipe or device has that name: it stays.
  virtual absl::StatusOr<std::optional<std::string>> ExchangeAtomically(const std::filesystem::path& path,
                                                                        std::string_view bytes) = 0;

  /// Removes a file, durably; no error when there is none.
  virtual absl::Status Remove(const std::filesystem::path& path) = 0;

  /// Gives a file another name, with its mode and as the symbolic link that it may be. ALREADY_EXISTS rather
  /// than replace a file.
  virtual absl::Status Move(const std::filesystem::path& from, const std::filesystem::path& to) = 0;

  virtual absl::StatusOr<FileStamp> Stamp(const std::filesystem::path& path) const = 0;
  virtual bool Exists(const std::filesystem::path& path) const = 0;
  /// Makes a folder and those above it where they are missing. Durable when it returns: what is written into
  /// them stays reachable.
  virtual absl::Status CreateFolders(const std::filesystem::path& path) = 0;
  /// What is in a folder, by name. NOT_FOUND when it is none.
  virtual absl::StatusOr<std::vector<FolderEntry>> List(const std::filesystem::path& folder) const = 0;
  /// See FileLock::TryLock.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> TryLock(const std::filesystem::path& path,
                                                            std::string_view note) = 0;
};

/// A POSIX file system: the real one, unless other calls are given. The calls must outlive it.
class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(SystemCalls& calls = RealSystemCalls()) : calls_(&calls) {}
  absl::StatusOr<std::string> Read(const std::filesystem::path& path, uint64_t limit) const override;
  absl::Status WriteAtomically(const std::filesystem::path& path, std::string_view bytes,
                               unsigned mode) override;
  absl::StatusOr<std::optional<std::string>> ExchangeAtomically(const std::filesystem::path& path,
                                                                std::string_view bytes) override;
  absl::Status Remove(const std::filesystem::path& path) override;
  absl::Status Move(const std::filesystem::path& from, const std::filesystem::path& to) override;
  absl::StatusOr<FileStamp> Stamp(const std::filesystem::path& path) const override;
  bool Exists(const std::filesystem::path& path) const override;
  absl::Status CreateFolders(const std::filesystem::path& path) override;
  absl::StatusOr<std::vector<FolderEntry>> List(const std::filesystem::path& folder) const override;
  absl::StatusOr<std::unique_ptr<FileLock>> TryLock(const std::filesystem::path& path,
                                                    std::string_view note) override;

 private:
  SystemCalls* calls_;
  std::mutex folders_mutex_;
  /// Folders in which others were made and not made durable, because a sync failed. Guarded by
  /// folders_mutex_.
  std::set<std::filesystem::path> doubtful_parents_;
};

/// Largest file that is taken in as an artifact (notation.md): 1 GiB.
inline constexpr uint64_t kLargestArtifact = uint64_t{1} << 30;

/// An exclusive advisory lock on a file, held until destruction or process end, with a note on who holds it.
class FileLock {
 public:
  /// Takes the lock at once or fails with FAILED_PRECONDITION whose message holds the note of the present
  /// owner. `note` is a line for people ("ameide-workbench, process 4711 on host"). `path` is no symbolic
  /// link.
  static absl::StatusOr<std::unique_ptr<FileLock>> TryLock(const std::filesystem::path& path,
                                                           std::string_view note,
                                                           SystemCalls& calls = RealSystemCalls());
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  FileLock(SystemCalls* calls, int descriptor) : calls_(calls), descriptor_(descriptor) {}
  SystemCalls* calls_;
  int descriptor_;
};

}  // namespace ameide
