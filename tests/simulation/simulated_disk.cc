#include "tests/simulation/simulated_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace ameide::uaf::simulation {
namespace {

int Fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

SimulatedDisk::SimulatedDisk(DiskImage start, const Clock* clock)
    : clock_(clock), start_(start), now_(std::move(start)) {
  for (const auto& [number, inode] : now_) last_inode_ = std::max(last_inode_, number);
}

uint64_t SimulatedDisk::operation_count() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

uint64_t SimulatedDisk::read_count() const {
  const std::scoped_lock lock(mutex_);
  return reads_;
}

DiskImage SimulatedDisk::Snapshot() const {
  const std::scoped_lock lock(mutex_);
  return now_;
}

void SimulatedDisk::Break(const Fault& fault) {
  const std::scoped_lock lock(mutex_);
  fault_ = fault;
  struck_ = false;
}

void SimulatedDisk::Heal() {
  const std::scoped_lock lock(mutex_);
  fault_.reset();
}

bool SimulatedDisk::struck() const {
  const std::scoped_lock lock(mutex_);
  return struck_;
}

bool SimulatedDisk::Strikes(uint64_t count) const {
  const bool lasting = fault_->lasting || fault_->kind == Fault::Kind::kUnplugged;
  return count == fault_->at || (lasting && count > fault_->at);
}

int SimulatedDisk::StrikeRead() const {
  const uint64_t number = reads_++;
  if (!fault_) return 0;
  const bool unplugged = fault_->kind == Fault::Kind::kUnplugged && count_ >= fault_->at;
  if (!unplugged && (fault_->kind != Fault::Kind::kReadError || !Strikes(number))) return 0;
  struck_ = true;
  return EIO;
}

int SimulatedDisk::Do(Operation operation) {
  using Kind = Operation::Kind;
  const uint64_t number = count_++;
  operation.modified_ns = clock_->Now().time_since_epoch().count() * 1000;
  const bool sync = operation.kind == Kind::kSync || operation.kind == Kind::kSyncFolder;
  int error = 0;
  if (fault_ && fault_->kind != Fault::Kind::kReadError && Strikes(number)) {
    const bool needs_space = operation.kind == Kind::kWrite || operation.kind == Kind::kAdd;
    const auto leave_half = [&] {
      if (operation.kind != Kind::kWrite) return;
      operation.bytes.resize(operation.bytes.size() / 2);
      Apply(operation, now_);
      operations_.push_back(operation);
    };
    switch (fault_->kind) {
      case Fault::Kind::kFull:
        if (!needs_space) break;
        error = ENOSPC;
        leave_half();
        break;
      case Fault::Kind::kTorn:
        error = EIO;
        leave_half();
        break;
      case Fault::Kind::kFailedSync:
        if (sync) error = EIO;
        if (operation.kind == Kind::kSync) {
          operation.kind = Kind::kFailedSync;
          operations_.push_back(operation);
        }
        break;
      default:
        error = EIO;
    }
  }
  if (error != 0) {
    struck_ = true;
    return error;
  }
  Apply(operation, now_);
  operations_.push_back(std::move(operation));
  return 0;
}

std::optional<SimulatedDisk::Location> SimulatedDisk::Find(const std::string& path) const {
  Location location{0, {}, kRootFolder};
  for (const std::filesystem::path& part : std::filesystem::path(path).lexically_normal()) {
    if (part == "/" || part.empty()) continue;
    const auto folder = now_.find(location.inode);
    if (location.inode == 0 || folder == now_.end() || !folder->second.folder) return std::nullopt;
    const auto entry = folder->second.entries.find(part.string());
    location = {location.inode, part.string(), entry == folder->second.entries.end() ? 0 : entry->second};
  }
  return location;
}

SimulatedDisk::OpenFile* SimulatedDisk::FileOf(int descriptor) {
  const auto found = open_.find(descriptor);
  return found == open_.end() ? nullptr : &found->second;
}

InodeNumber SimulatedDisk::InodeOf(int descriptor) const {
  const std::scoped_lock lock(mutex_);
  const auto found = open_.find(descriptor);
  return found == open_.end() ? 0 : found->second.inode;
}

int SimulatedDisk::Add(const Location& location, bool folder, mode_t mode) {
  Operation operation;
  operation.kind = Operation::Kind::kAdd;
  operation.inode = location.folder;
  operation.name = location.name;
  operation.other = ++last_inode_;
  operation.made.folder = folder;
  operation.made.mode = mode;
  operation.made.modified_ns = clock_->Now().time_since_epoch().count() * 1000;
  return Do(std::move(operation));
}

int SimulatedDisk::Open(const char* path, int flags, mode_t mode) {
  const std::scoped_lock lock(mutex_);
  const std::optional<Location> location = Find(path);
  if (!location) return Fail(ENOENT);
  InodeNumber inode = location->inode;
  if (inode == 0) {
    if ((flags & O_CREAT) == 0) return Fail(ENOENT);
    if (const int error = Add(*location, false, mode); error != 0) return Fail(error);
    inode = last_inode_;
  } else {
    if ((flags & O_EXCL) != 0) return Fail(EEXIST);
    if ((flags & O_DIRECTORY) != 0 && !now_[inode].folder) return Fail(ENOTDIR);
    if ((flags & O_TRUNC) != 0 && !now_[inode].bytes->empty()) {
      if (const int error = Resize(inode, 0); error != 0) return Fail(error);
    }
  }
  open_[++last_descriptor_] = {inode, 0, (flags & O_APPEND) != 0, false};
  return last_descriptor_;
}

int SimulatedDisk::Close(int descriptor) {
  const std::scoped_lock lock(mutex_);
  return open_.erase(descriptor) == 1 ? 0 : Fail(EBADF);
}

ssize_t SimulatedDisk::ReadAt(int descriptor, void* buffer, size_t size, uint64_t offset) {
  const std::scoped_lock lock(mutex_);
  const OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  if (const int error = StrikeRead(); error != 0) return Fail(error);
  const std::string& bytes = *now_[file->inode].bytes;
  if (offset >= bytes.size()) return 0;
  const size_t got = std::min<size_t>(size, bytes.size() - offset);
  std::memcpy(buffer, bytes.data() + offset, got);
  return static_cast<ssize_t>(got);
}

ssize_t SimulatedDisk::WriteAt(int descriptor, const void* bytes, size_t size, uint64_t offset) {
  const std::scoped_lock lock(mutex_);
  const OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  Operation operation;
  operation.inode = file->inode;
  operation.offset = offset;
  operation.bytes.assign(static_cast<const char*>(bytes), size);
  if (const int error = Do(std::move(operation)); error != 0) return Fail(error);
  return static_cast<ssize_t>(size);
}

ssize_t SimulatedDisk::Read(int descriptor, void* buffer, size_t size) {
  uint64_t offset = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (const OpenFile* const file = FileOf(descriptor)) offset = file->offset;
  }
  const ssize_t got = ReadAt(descriptor, buffer, size, offset);
  const std::scoped_lock lock(mutex_);
  if (OpenFile* const file = FileOf(descriptor); file != nullptr && got > 0) {
    file->offset = offset + static_cast<uint64_t>(got);
  }
  return got;
}

ssize_t SimulatedDisk::Write(int descriptor, const void* bytes, size_t size) {
  uint64_t offset = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (const OpenFile* const file = FileOf(descriptor))
      offset = file->appends ? now_[file->inode].bytes->size() : file->offset;
  }
  const ssize_t written = WriteAt(descriptor, bytes, size, offset);
  const std::scoped_lock lock(mutex_);
  if (OpenFile* const file = FileOf(descriptor); file != nullptr && written > 0) {
    file->offset = offset + static_cast<uint64_t>(written);
  }
  return written;
}

int SimulatedDisk::Truncate(int descriptor, off_t size) {
  const std::scoped_lock lock(mutex_);
  const OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  const int error = Resize(file->inode, static_cast<uint64_t>(size));
  return error == 0 ? 0 : Fail(error);
}

int SimulatedDisk::Resize(InodeNumber inode, uint64_t size) {
  Operation operation;
  operation.kind = Operation::Kind::kResize;
  operation.inode = inode;
  operation.offset = size;
  return Do(std::move(operation));
}

int SimulatedDisk::Sync(int descriptor) {
  const std::scoped_lock lock(mutex_);
  const OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  Operation operation;
  operation.kind = now_[file->inode].folder ? Operation::Kind::kSyncFolder : Operation::Kind::kSync;
  operation.inode = file->inode;
  const int error = Do(std::move(operation));
  return error == 0 ? 0 : Fail(error);
}

int SimulatedDisk::Lock(int descriptor, int operation) {
  const std::scoped_lock lock(mutex_);
  OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  if ((operation & LOCK_UN) == 0) {
    for (const auto& [other, open] : open_) {
      if (other != descriptor && open.inode == file->inode && open.holds_lock) return Fail(EWOULDBLOCK);
    }
  }
  file->holds_lock = (operation & LOCK_UN) == 0;
  return 0;
}

int SimulatedDisk::SetBlocking(int) { return 0; }
int SimulatedDisk::ChangeOwner(int, uid_t, gid_t) { return 0; }

int SimulatedDisk::ChangeMode(int descriptor, mode_t mode) {
  const std::scoped_lock lock(mutex_);
  const OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  now_[file->inode].mode = mode;
  return 0;
}

void SimulatedDisk::Fill(InodeNumber number, struct stat* status) const {
  const Inode& inode = now_.at(number);
  *status = {};
  status->st_dev = 77;
  status->st_ino = number;
  status->st_nlink = 1;
  status->st_mode = inode.mode | static_cast<mode_t>(inode.folder ? S_IFDIR : S_IFREG);
  status->st_size = static_cast<off_t>(inode.bytes->size());
  status->st_mtim.tv_sec = inode.modified_ns / 1'000'000'000;
  status->st_mtim.tv_nsec = inode.modified_ns % 1'000'000'000;
}

int SimulatedDisk::StatusOfOpen(int descriptor, struct stat* status) {
  const std::scoped_lock lock(mutex_);
  const OpenFile* const file = FileOf(descriptor);
  if (file == nullptr) return Fail(EBADF);
  Fill(file->inode, status);
  return 0;
}

int SimulatedDisk::StatusOf(const char* path, struct stat* status) {
  const std::scoped_lock lock(mutex_);
  const std::optional<Location> location = Find(path);
  if (!location || location->inode == 0) return Fail(ENOENT);
  Fill(location->inode, status);
  return 0;
}

int SimulatedDisk::StatusOfLink(const char* path, struct stat* status) { return StatusOf(path, status); }

int SimulatedDisk::Rename(const char* from, const char* to, unsigned flags) {
  const std::scoped_lock lock(mutex_);
  const std::optional<Location> source = Find(from);
  const std::optional<Location> target = Find(to);
  if (!source || source->inode == 0 || !target) return Fail(ENOENT);
  if ((flags & RENAME_NOREPLACE) != 0 && target->inode != 0) return Fail(EEXIST);
  if ((flags & RENAME_EXCHANGE) != 0 && target->inode == 0) return Fail(ENOENT);
  Operation operation;
  operation.kind = (flags & RENAME_EXCHANGE) != 0 ? Operation::Kind::kExchange : Operation::Kind::kRename;
  operation.inode = source->folder;
  operation.name = source->name;
  operation.other_folder = target->folder;
  operation.other_name = target->name;
  const int error = Do(std::move(operation));
  return error == 0 ? 0 : Fail(error);
}

int SimulatedDisk::Link(const char*, const char*) { return Fail(EPERM); }

int SimulatedDisk::Unlink(const char* path) {
  const std::scoped_lock lock(mutex_);
  const std::optional<Location> location = Find(path);
  if (!location || location->inode == 0) return Fail(ENOENT);
  if (now_[location->inode].folder) return Fail(EISDIR);
  Operation operation;
  operation.kind = Operation::Kind::kRemove;
  operation.inode = location->folder;
  operation.name = location->name;
  const int error = Do(std::move(operation));
  return error == 0 ? 0 : Fail(error);
}

int SimulatedDisk::MakeFolder(const char* path, mode_t mode) {
  const std::scoped_lock lock(mutex_);
  const std::optional<Location> location = Find(path);
  if (!location) return Fail(ENOENT);
  if (location->inode != 0) return Fail(EEXIST);
  const int error = Add(*location, true, mode);
  return error == 0 ? 0 : Fail(error);
}

int SimulatedDisk::List(const char* path, std::vector<std::string>& names) {
  const std::scoped_lock lock(mutex_);
  const std::optional<Location> location = Find(path);
  if (!location || location->inode == 0) return Fail(ENOENT);
  const Inode& folder = now_[location->inode];
  if (!folder.folder) return Fail(ENOTDIR);
  if (const int error = StrikeRead(); error != 0) return Fail(error);
  for (const auto& [name, inode] : folder.entries) names.push_back(name);
  return 0;
}

}  // namespace ameide::uaf::simulation
