#include "uaf/store/page_checks.h"

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ameide::uaf {
namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr size_t kHeaderSize = 100;
constexpr size_t kPageSizeAt = 16;
constexpr size_t kReservedAt = 20;

uint32_t Word(const unsigned char* bytes) {
  uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

void PutWord(uint32_t word, unsigned char* out) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  std::memcpy(out, &word, sizeof word);
}

/// The checksum of a page without its reserved bytes. Each step can be undone, so that a change of one word
/// is never missed.
std::pair<uint32_t, uint32_t> SumOf(const unsigned char* page, size_t size) {
  uint32_t first = 0;
  uint32_t second = 0;
  for (size_t at = 0; at + PageChecks::kReserved < size; at += 2 * sizeof(uint32_t)) {
    first += Word(page + at) + second;
    second += Word(page + at + sizeof(uint32_t)) + first;
  }
  return {first, second};
}

}  // namespace

class PageChecks::Implementation {
 public:
  explicit Implementation(sqlite3_vfs* below) : below_(below), vfs_(*below) {
    static std::atomic<uint64_t> count = 0;
    name_ = absl::StrCat("checked-", ++count);
    vfs_.iVersion = 1;
    vfs_.pNext = nullptr;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + below->szOsFile;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.xOpen = Open;
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) {
      return Below(vfs)->xDelete(Below(vfs), name, sync);
    };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* result) {
      return Below(vfs)->xAccess(Below(vfs), name, flags, result);
    };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
      return Below(vfs)->xFullPathname(Below(vfs), name, size, out);
    };
    vfs_.xDlOpen = nullptr;
    vfs_.xDlError = nullptr;
    vfs_.xDlSym = nullptr;
    vfs_.xDlClose = nullptr;
    vfs_.xRandomness = [](sqlite3_vfs* vfs, int size, char* out) {
      return Below(vfs)->xRandomness(Below(vfs), size, out);
    };
    vfs_.xSleep = [](sqlite3_vfs* vfs, int micros) { return Below(vfs)->xSleep(Below(vfs), micros); };
    vfs_.xCurrentTime = [](sqlite3_vfs* vfs, double* days) {
      return Below(vfs)->xCurrentTime(Below(vfs), days);
    };
    vfs_.xGetLastError = [](sqlite3_vfs* vfs, int size, char* out) {
      return Below(vfs)->xGetLastError(Below(vfs), size, out);
    };
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~Implementation() { sqlite3_vfs_unregister(&vfs_); }
  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  const std::string& name() const { return name_; }
  bool on() const { return on_; }
  std::vector<uint64_t> Changed() const { return {changed_.begin(), changed_.end()}; }

 private:
  /// A database file; the file of the VFS below lies right behind it.
  struct File {
    sqlite3_file base;
    Implementation* checks;
  };
  static sqlite3_vfs* Below(sqlite3_vfs* vfs) { return static_cast<Implementation*>(vfs->pAppData)->below_; }
  static Implementation& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->checks; }
  static sqlite3_file* Real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
  }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    sqlite3_vfs* const below = Below(vfs);
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return below->xOpen(below, name, file, flags, out_flags);
    auto& self = *static_cast<Implementation*>(vfs->pAppData);
    reinterpret_cast<File*>(file)->checks = &self;
    file->pMethods = nullptr;
    sqlite3_file* const real = Real(file);
    const int code = below->xOpen(below, name, real, flags, out_flags);
    if (real->pMethods != nullptr) {
      self.methods_ = MethodsAbove(real->pMethods->iVersion);
      file->pMethods = &self.methods_;
    }
    return code;
  }

  /// What the header says, where `bytes` begin with it.
  void Note(const unsigned char* bytes, size_t size) {
    if (size < kHeaderSize || std::memcmp(bytes, kMagic.data(), kMagic.size()) != 0) return;
    on_ = bytes[kReservedAt] == kReserved;
    constexpr size_t kLargestPage = 65536;  // 1 says so: it does not fit
    page_size_ = (size_t{bytes[kPageSizeAt]} << 8) | bytes[kPageSizeAt + 1];
    if (page_size_ == 1) page_size_ = kLargestPage;
  }
  bool IsPage(size_t size, sqlite3_int64 offset) const {
    return on_ && size == page_size_ && static_cast<uint64_t>(offset) % page_size_ == 0;
  }

  static int Read(sqlite3_file* file, void* buffer, int size, sqlite3_int64 offset) {
    sqlite3_file* const real = Real(file);
    const int code = real->pMethods->xRead(real, buffer, size, offset);
    if (code != SQLITE_OK) return code;
    Implementation& self = Of(file);
    const auto* const bytes = static_cast<const unsigned char*>(buffer);
    const auto length = static_cast<size_t>(size);
    if (offset == 0) self.Note(bytes, length);
    if (!self.IsPage(length, offset)) return SQLITE_OK;
    const unsigned char* const kept = bytes + length - kReserved;
    const uint64_t page = static_cast<uint64_t>(offset) / length + 1;
    if (SumOf(bytes, length) != std::pair(Word(kept), Word(kept + sizeof(uint32_t)))) {
      self.changed_.insert(page);
    } else if (!self.changed_.empty()) {
      self.changed_.erase(page);  // it was written anew meanwhile
    }
    return SQLITE_OK;
  }

  static int Write(sqlite3_file* file, const void* buffer, int size, sqlite3_int64 offset) {
    sqlite3_file* const real = Real(file);
    Implementation& self = Of(file);
    const auto* const bytes = static_cast<const unsigned char*>(buffer);
    const auto length = static_cast<size_t>(size);
    if (offset == 0) self.Note(bytes, length);
    if (!self.IsPage(length, offset)) return real->pMethods->xWrite(real, buffer, size, offset);
    self.page_.assign(bytes, bytes + length);
    const auto [first, second] = SumOf(bytes, length);
    PutWord(first, self.page_.data() + length - kReserved);
    PutWord(second, self.page_.data() + length - kReserved + sizeof(uint32_t));
    return real->pMethods->xWrite(real, self.page_.data(), size, offset);
  }

  static sqlite3_io_methods MethodsAbove(int version) {
    sqlite3_io_methods methods{};
    // Not 3: pages that are mapped into memory would be read past this.
    methods.iVersion = std::min(version, 2);
    methods.xClose = [](sqlite3_file* file) { return Real(file)->pMethods->xClose(Real(file)); };
    methods.xRead = Read;
    methods.xWrite = Write;
    methods.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      return Real(file)->pMethods->xTruncate(Real(file), size);
    };
    methods.xSync = [](sqlite3_file* file, int flags) {
      return Real(file)->pMethods->xSync(Real(file), flags);
    };
    methods.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      return Real(file)->pMethods->xFileSize(Real(file), size);
    };
    methods.xLock = [](sqlite3_file* file, int level) {
      return Real(file)->pMethods->xLock(Real(file), level);
    };
    methods.xUnlock = [](sqlite3_file* file, int level) {
      return Real(file)->pMethods->xUnlock(Real(file), level);
    };
    methods.xCheckReservedLock = [](sqlite3_file* file, int* result) {
      return Real(file)->pMethods->xCheckReservedLock(Real(file), result);
    };
    methods.xFileControl = [](sqlite3_file* file, int what, void* argument) {
      return Real(file)->pMethods->xFileControl(Real(file), what, argument);
    };
    methods.xSectorSize = [](sqlite3_file* file) { return Real(file)->pMethods->xSectorSize(Real(file)); };
    methods.xDeviceCharacteristics = [](sqlite3_file* file) {
      int characteristics = Real(file)->pMethods->xDeviceCharacteristics(Real(file));
#ifdef SQLITE_IOCAP_SUBPAGE_READ
      characteristics &= ~SQLITE_IOCAP_SUBPAGE_READ;
#endif
      return characteristics;
    };
    methods.xShmMap = [](sqlite3_file* file, int region, int size, int extend, void volatile** mapped) {
      return Real(file)->pMethods->xShmMap(Real(file), region, size, extend, mapped);
    };
    methods.xShmLock = [](sqlite3_file* file, int offset, int count, int flags) {
      return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
    };
    methods.xShmBarrier = [](sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); };
    methods.xShmUnmap = [](sqlite3_file* file, int remove) {
      return Real(file)->pMethods->xShmUnmap(Real(file), remove);
    };
    return methods;
  }

  sqlite3_vfs* below_;
  sqlite3_vfs vfs_;
  std::string name_;
  sqlite3_io_methods methods_{};
  bool on_ = false;
  size_t page_size_ = 0;
  std::vector<unsigned char> page_;
  std::set<uint64_t> changed_;
};

PageChecks::PageChecks(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
PageChecks::~PageChecks() = default;
const std::string& PageChecks::name() const { return implementation_->name(); }
bool PageChecks::on() const { return implementation_->on(); }
std::vector<uint64_t> PageChecks::Changed() const { return implementation_->Changed(); }

absl::StatusOr<std::unique_ptr<PageChecks>> PageChecks::Make(const std::string& driver) {
  sqlite3_initialize();
  sqlite3_vfs* const below = sqlite3_vfs_find(driver.empty() ? nullptr : driver.c_str());
  if (below == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("SQLite has no file system driver `", driver, "`"));
  }
  return std::unique_ptr<PageChecks>(new PageChecks(std::make_unique<Implementation>(below)));
}

}  // namespace ameide::uaf
