#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/platform/system_calls.h"
#include "tests/simulation/disk_image.h"

namespace ameide::uaf::simulation {

/// What goes wrong, and when. Operations are counted from 0 as `SimulatedDisk::operations()` lists them,
/// whether they succeed or not; reads have a count of their own.
struct Fault {
  enum class Kind : uint8_t {
    kFull,        ///< ENOSPC for what needs space; a write leaves half of its bytes
    kError,       ///< EIO for any change or sync
    kTorn,        ///< EIO for any change or sync; a write leaves half of its bytes
    kFailedSync,  ///< EIO for a sync, and what it was to make durable is dropped; other operations pass
    kReadError,   ///< EIO for a read; `at` counts reads
    kUnplugged,   ///< from then on everything fails: the moment of a crash, seen by the program
  };
  Kind kind = Kind::kError;
  uint64_t at = 0;
  /// Every operation from `at` on fails, until Heal; otherwise one.
  bool lasting = false;
};

/// A disk in memory that records every change, and breaks where it is told to. The system calls of one or
/// several programs; no symbolic links. Thread-safe.
class SimulatedDisk final : public SystemCalls {
 public:
  /// `clock` gives the times of files.
  SimulatedDisk(DiskImage start, const Clock* clock);

  /// How the disk was when it was made, and everything that was done to it since.
  const DiskImage& start() const { return start_; }
  const std::vector<Operation>& operations() const { return operations_; }
  uint64_t operation_count() const;
  uint64_t read_count() const;
  /// What programs see now.
  DiskImage Snapshot() const;

  void Break(const Fault& fault);
  /// The fault is gone. What it did stays.
  void Heal();
  /// True when the fault has struck since Break.
  bool struck() const;

  /// As the calls of SystemCalls: at an offset, for databases.
  ssize_t ReadAt(int descriptor, void* buffer, size_t size, uint64_t offset);
  ssize_t WriteAt(int descriptor, const void* bytes, size_t size, uint64_t offset);
  InodeNumber InodeOf(int descriptor) const;

  int Open(const char* path, int flags, mode_t mode) override;
  int Close(int descriptor) override;
  ssize_t Read(int descriptor, void* buffer, size_t size) override;
  ssize_t Write(int descriptor, const void* bytes, size_t size) override;
  int Truncate(int descriptor, off_t size) override;
  int Sync(int descriptor) override;
  int Lock(int descriptor, int operation) override;
  int SetBlocking(int descriptor) override;
  int ChangeOwner(int descriptor, uid_t owner, gid_t group) override;
  int ChangeMode(int descriptor, mode_t mode) override;
  int StatusOfOpen(int descriptor, struct stat* status) override;
  int StatusOf(const char* path, struct stat* status) override;
  int StatusOfLink(const char* path, struct stat* status) override;
  int Rename(const char* from, const char* to, unsigned flags) override;
  int Link(const char* from, const char* to) override;
  int Unlink(const char* path) override;
  int MakeFolder(const char* path, mode_t mode) override;
  int List(const char* folder, std::vector<std::string>& names) override;

 private:
  struct OpenFile {
    InodeNumber inode = 0;
    uint64_t offset = 0;
    bool appends = false;
    bool holds_lock = false;
  };
  /// A name in a folder: the folder is there, the name may not be.
  struct Location {
    InodeNumber folder = 0;
    std::string name;
    InodeNumber inode = 0;  ///< 0: nothing
  };

  std::optional<Location> Find(const std::string& path) const;
  OpenFile* FileOf(int descriptor);
  int Add(const Location& location, bool folder, mode_t mode);
  /// Counts and records; 0, or the error number that the fault gives. A fault may do half of it.
  int Do(Operation operation);
  int Resize(InodeNumber inode, uint64_t size);
  int StrikeRead() const;
  bool Strikes(uint64_t count) const;
  void Fill(InodeNumber inode, struct stat* status) const;

  mutable std::mutex mutex_;
  const Clock* clock_;
  DiskImage start_;
  DiskImage now_;
  std::vector<Operation> operations_;
  uint64_t count_ = 0;
  mutable uint64_t reads_ = 0;
  std::optional<Fault> fault_;
  mutable bool struck_ = false;
  InodeNumber last_inode_ = kRootFolder;
  int last_descriptor_ = 1000;
  std::map<int, OpenFile> open_;
};

}  // namespace ameide::uaf::simulation
