#include "tests/simulation/database_driver.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

namespace ameide::uaf::simulation {
namespace {

/// The locks of one database file and its shared memory, shared by its connections.
struct SharedState {
  // Of the file: as in SQLite's os_unix.c, by the highest level that each connection holds.
  std::map<const void*, int> levels;
  // Of the shared memory: per lock the connections that share it, and the one that has it alone.
  struct ShmLock {
    std::vector<const void*> shared;
    const void* exclusive = nullptr;
  };
  std::array<ShmLock, SQLITE_SHM_NLOCK> shm_locks;
  std::vector<std::unique_ptr<char[]>> regions;
  int shm_users = 0;
};

}  // namespace

class DatabaseDriver::Implementation {
 public:
  explicit Implementation(SimulatedDisk* disk) : disk_(disk) {
    static std::atomic<uint64_t> count = 0;
    name_ = "simulated-" + std::to_string(++count);
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(File);
    vfs_.mxPathname = 1024;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    vfs_.xDelete = Delete;
    vfs_.xAccess = Access;
    vfs_.xFullPathname = FullPathname;
    vfs_.xRandomness = [](sqlite3_vfs*, int size, char* out) {
      sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
      return real->xRandomness(real, size, out);
    };
    vfs_.xSleep = [](sqlite3_vfs*, int micros) {
      sqlite3_vfs* const real = sqlite3_vfs_find(nullptr);
      return real->xSleep(real, micros);
    };
    vfs_.xCurrentTime = [](sqlite3_vfs*, double* days) {
      *days = 2461100.5;  // nothing in a store depends on it
      return SQLITE_OK;
    };
    vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return errno; };
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~Implementation() { sqlite3_vfs_unregister(&vfs_); }
  const std::string& name() const { return name_; }

 private:
  struct File {
    sqlite3_file base;
    Implementation* driver;
    std::string* path;  ///< owned
    int descriptor;     ///< -1: a temporary file, held in `temporary`
    std::string* temporary;
    bool sync_folder;
    InodeNumber inode;
    bool uses_shm;
  };
  static File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static Implementation& Of(sqlite3_vfs* vfs) { return *static_cast<Implementation*>(vfs->pAppData); }
  SharedState& Shared(const File& file) { return shared_[file.inode]; }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* out, int flags, int* out_flags) {
    static const sqlite3_io_methods kMethods = MakeMethods();
    File& file = Of(out);
    file = {};
    file.driver = &Of(vfs);
    file.descriptor = -1;
    if (name == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0) {
      file.temporary = new std::string;
    } else {
      const bool create = (flags & SQLITE_OPEN_CREATE) != 0;
      file.descriptor = file.driver->disk_->Open(name, O_RDWR | (create ? O_CREAT : 0), 0644);
      if (file.descriptor < 0) return SQLITE_CANTOPEN;
      constexpr int kJournals = SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
      file.sync_folder = create && (flags & kJournals) != 0;
      file.path = new std::string(name);
      file.inode = file.driver->disk_->InodeOf(file.descriptor);
    }
    file.base.pMethods = &kMethods;
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  }

  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    SimulatedDisk& disk = *Of(vfs).disk_;
    if (disk.Unlink(name) != 0) return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    return sync_folder == 0 || SyncFolderOf(disk, name) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
  }

  static int Access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    struct stat status {};
    const bool found = Of(vfs).disk_->StatusOf(name, &status) == 0;
    *result = found && (flags != SQLITE_ACCESS_EXISTS || !S_ISREG(status.st_mode) || status.st_size > 0);
    return SQLITE_OK;
  }

  static int FullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
    if (std::strlen(name) >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(out, name);
    return SQLITE_OK;
  }

  static bool SyncFolderOf(SimulatedDisk& disk, const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    const int descriptor = disk.Open(folder.c_str(), O_RDONLY | O_DIRECTORY, 0);
    if (descriptor < 0) return false;
    const bool synced = disk.Sync(descriptor) == 0;
    disk.Close(descriptor);
    return synced;
  }

  static int Close(sqlite3_file* out) {
    File& file = Of(out);
    if (file.uses_shm) ShmUnmap(out, 0);
    Unlock(out, SQLITE_LOCK_NONE);
    if (file.descriptor >= 0) file.driver->disk_->Close(file.descriptor);
    delete file.path;
    delete file.temporary;
    return SQLITE_OK;
  }

  static int Read(sqlite3_file* out, void* buffer, int size, sqlite3_int64 offset) {
    const File& file = Of(out);
    const auto wanted = static_cast<size_t>(size);
    const auto at = static_cast<size_t>(offset);
    size_t got = 0;
    if (file.temporary != nullptr) {
      got = at >= file.temporary->size() ? 0 : file.temporary->copy(static_cast<char*>(buffer), wanted, at);
    } else {
      const ssize_t read = file.driver->disk_->ReadAt(file.descriptor, buffer, wanted, at);
      if (read < 0) return SQLITE_IOERR_READ;
      got = static_cast<size_t>(read);
    }
    if (got == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(buffer) + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
  }

  static int Write(sqlite3_file* out, const void* bytes, int size, sqlite3_int64 offset) {
    File& file = Of(out);
    const auto length = static_cast<size_t>(size);
    const auto at = static_cast<size_t>(offset);
    if (file.temporary != nullptr) {
      if (file.temporary->size() < at + length) file.temporary->resize(at + length);
      file.temporary->replace(at, length, static_cast<const char*>(bytes), length);
      return SQLITE_OK;
    }
    if (file.driver->disk_->WriteAt(file.descriptor, bytes, length, at) >= 0) return SQLITE_OK;
    return errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }

  static int Truncate(sqlite3_file* out, sqlite3_int64 size) {
    File& file = Of(out);
    if (file.temporary != nullptr) {
      file.temporary->resize(static_cast<size_t>(size));
      return SQLITE_OK;
    }
    return file.driver->disk_->Truncate(file.descriptor, size) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
  }

  static int Sync(sqlite3_file* out, int) {
    File& file = Of(out);
    if (file.temporary != nullptr) return SQLITE_OK;
    if (file.driver->disk_->Sync(file.descriptor) != 0) return SQLITE_IOERR_FSYNC;
    // Once, with the file's first sync; as in os_unix.c a folder that cannot be synced is no error.
    if (std::exchange(file.sync_folder, false)) SyncFolderOf(*file.driver->disk_, *file.path);
    return SQLITE_OK;
  }

  static int FileSize(sqlite3_file* out, sqlite3_int64* size) {
    const File& file = Of(out);
    if (file.temporary != nullptr) {
      *size = static_cast<sqlite3_int64>(file.temporary->size());
      return SQLITE_OK;
    }
    struct stat status {};
    if (file.driver->disk_->StatusOfOpen(file.descriptor, &status) != 0) return SQLITE_IOERR_FSTAT;
    *size = status.st_size;
    return SQLITE_OK;
  }

  static int Lock(sqlite3_file* out, int level) {
    File& file = Of(out);
    if (file.temporary != nullptr) return SQLITE_OK;
    const std::scoped_lock lock(file.driver->mutex_);
    auto& levels = file.driver->Shared(file).levels;
    int& own = levels[&file];
    if (own >= level) return SQLITE_OK;
    for (const auto& [other, held] : levels) {
      if (other == &file) continue;
      const bool shared = level == SQLITE_LOCK_SHARED;
      if (shared ? held >= SQLITE_LOCK_PENDING : held >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
      if (level == SQLITE_LOCK_EXCLUSIVE && held >= SQLITE_LOCK_SHARED) {
        own = SQLITE_LOCK_PENDING;
        return SQLITE_BUSY;
      }
    }
    own = level;
    return SQLITE_OK;
  }

  static int Unlock(sqlite3_file* out, int level) {
    File& file = Of(out);
    if (file.temporary != nullptr || file.driver == nullptr) return SQLITE_OK;
    const std::scoped_lock lock(file.driver->mutex_);
    auto& levels = file.driver->Shared(file).levels;
    if (level == SQLITE_LOCK_NONE) {
      levels.erase(&file);
    } else {
      levels[&file] = level;
    }
    return SQLITE_OK;
  }

  static int CheckReservedLock(sqlite3_file* out, int* result) {
    File& file = Of(out);
    const std::scoped_lock lock(file.driver->mutex_);
    *result = 0;
    for (const auto& [other, held] : file.driver->Shared(file).levels) {
      if (held >= SQLITE_LOCK_RESERVED) *result = 1;
    }
    return SQLITE_OK;
  }

  static int ShmMap(sqlite3_file* out, int region, int size, int extend, void volatile** mapped) {
    File& file = Of(out);
    const std::scoped_lock lock(file.driver->mutex_);
    SharedState& shared = file.driver->Shared(file);
    if (!std::exchange(file.uses_shm, true)) ++shared.shm_users;
    const auto number = static_cast<size_t>(region);
    *mapped = nullptr;
    while (extend != 0 && shared.regions.size() <= number) {
      shared.regions.push_back(std::make_unique<char[]>(static_cast<size_t>(size)));
    }
    if (number < shared.regions.size()) *mapped = shared.regions[number].get();
    return SQLITE_OK;
  }

  static int ShmLock(sqlite3_file* out, int offset, int count, int flags) {
    File& file = Of(out);
    const std::scoped_lock lock(file.driver->mutex_);
    SharedState& shared = file.driver->Shared(file);
    const auto begin = shared.shm_locks.begin() + offset;
    const auto end = begin + count;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
      for (auto each = begin; each != end; ++each) {
        std::erase(each->shared, &file);
        if (each->exclusive == &file) each->exclusive = nullptr;
      }
      return SQLITE_OK;
    }
    for (auto each = begin; each != end; ++each) {
      const bool taken = each->exclusive != nullptr && each->exclusive != &file;
      const bool others = std::any_of(each->shared.begin(), each->shared.end(),
                                      [&](const void* other) { return other != &file; });
      if (taken || ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && others)) return SQLITE_BUSY;
    }
    for (auto each = begin; each != end; ++each) {
      if ((flags & SQLITE_SHM_EXCLUSIVE) != 0) {
        each->exclusive = &file;
      } else {
        each->shared.push_back(&file);
      }
    }
    return SQLITE_OK;
  }

  static int ShmUnmap(sqlite3_file* out, int) {
    File& file = Of(out);
    const std::scoped_lock lock(file.driver->mutex_);
    if (!std::exchange(file.uses_shm, false)) return SQLITE_OK;
    SharedState& shared = file.driver->Shared(file);
    // The last one out takes the memory along: who comes next recovers from the log.
    if (--shared.shm_users == 0) shared.regions.clear();
    return SQLITE_OK;
  }

  static sqlite3_io_methods MakeMethods() {
    sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = Close;
    methods.xRead = Read;
    methods.xWrite = Write;
    methods.xTruncate = Truncate;
    methods.xSync = Sync;
    methods.xFileSize = FileSize;
    methods.xLock = Lock;
    methods.xUnlock = Unlock;
    methods.xCheckReservedLock = CheckReservedLock;
    methods.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    methods.xSectorSize = [](sqlite3_file*) { return 4096; };
    methods.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
    methods.xShmMap = ShmMap;
    methods.xShmLock = ShmLock;
    methods.xShmBarrier = [](sqlite3_file*) { std::atomic_thread_fence(std::memory_order_seq_cst); };
    methods.xShmUnmap = ShmUnmap;
    return methods;
  }

  SimulatedDisk* disk_;
  std::string name_;
  sqlite3_vfs vfs_{};
  std::mutex mutex_;
  std::map<InodeNumber, SharedState> shared_;
};

DatabaseDriver::DatabaseDriver(SimulatedDisk* disk)
    : implementation_(std::make_unique<Implementation>(disk)) {}
DatabaseDriver::~DatabaseDriver() = default;
const std::string& DatabaseDriver::name() const { return implementation_->name(); }

}  // namespace ameide::uaf::simulation
