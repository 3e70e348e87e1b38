#include "tests/simulation/disk_image.h"

#include <algorithm>
#include <set>
#include <utility>

namespace ameide::uaf::simulation {
namespace {

constexpr uint64_t kSector = 512;
constexpr uint64_t kPage = 4096;

/// The bytes, to be changed: a copy where another image holds them too.
std::string& Own(Inode& inode) {
  if (inode.bytes.use_count() > 1) inode.bytes = std::make_shared<std::string>(*inode.bytes);
  return *inode.bytes;
}

void WriteAt(Inode& inode, uint64_t offset, std::string_view bytes) {
  std::string& content = Own(inode);
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size(), '\0');
  content.replace(offset, bytes.size(), bytes);
}

bool Touches(const Operation& operation, InodeNumber folder) {
  return operation.IsNaming() && (operation.inode == folder || operation.other_folder == folder);
}

bool ApplyNaming(const Operation& operation, DiskImage& image) {
  const auto folder = image.find(operation.inode);
  if (folder == image.end()) return false;
  auto& names = folder->second.entries;
  if (operation.kind == Operation::Kind::kAdd) {
    // The inode may be durable already: a file can be synced before its name is.
    if (names.contains(operation.name)) return false;
    image.try_emplace(operation.other, operation.made);
    names[operation.name] = operation.other;
    return true;
  }
  const auto from = names.find(operation.name);
  if (from == names.end()) return false;
  if (operation.kind == Operation::Kind::kRemove) {
    names.erase(from);
    return true;
  }
  const auto other_folder = image.find(operation.other_folder);
  if (other_folder == image.end()) return false;
  auto& other_names = other_folder->second.entries;
  const InodeNumber moved = from->second;
  if (operation.kind == Operation::Kind::kRename) {
    names.erase(from);
    other_names[operation.other_name] = moved;
    return true;
  }
  const auto to = other_names.find(operation.other_name);
  if (to == other_names.end()) return false;
  std::swap(from->second, to->second);
  return true;
}

/// Some sectors of a write, or the growth alone.
void ApplyTorn(const Operation& operation, DiskImage& image, uint64_t percent, Random& random) {
  const auto found = image.find(operation.inode);
  if (found == image.end()) return;
  Inode& inode = found->second;
  inode.modified_ns = operation.modified_ns;
  if (operation.kind == Operation::Kind::kResize) {
    if (random.Below(100) < percent) Own(inode).resize(operation.offset, '\0');
    return;
  }
  const uint64_t unit = random.Below(2) == 0 ? kSector : kPage;
  const uint64_t end = operation.offset + operation.bytes.size();
  for (uint64_t at = operation.offset; at < end;) {
    const uint64_t next = std::min(end, (at / unit + 1) * unit);
    if (random.Below(100) < percent) {
      WriteAt(inode, at, std::string_view(operation.bytes).substr(at - operation.offset, next - at));
    }
    at = next;
  }
  if (inode.bytes->size() < end && random.Below(8) == 0) Own(inode).resize(end, '\0');
}

}  // namespace

DiskImage EmptyDisk() {
  DiskImage image;
  image[kRootFolder].folder = true;
  return image;
}

bool Apply(const Operation& operation, DiskImage& image) {
  if (operation.IsNaming()) return ApplyNaming(operation, image);
  if (!operation.IsData()) return true;
  const auto found = image.find(operation.inode);
  if (found == image.end()) return false;
  found->second.modified_ns = operation.modified_ns;
  if (operation.kind == Operation::Kind::kWrite) {
    WriteAt(found->second, operation.offset, operation.bytes);
  } else {
    Own(found->second).resize(operation.offset, '\0');
  }
  return true;
}

void CrashModel::SyncFile(InodeNumber inode, bool failed) {
  std::vector<Operation> rest;
  for (Operation& operation : pending_) {
    if (operation.IsData() && operation.inode == inode) {
      if (!failed) Apply(operation, durable_);
    } else {
      rest.push_back(std::move(operation));
    }
  }
  pending_ = std::move(rest);
}

void CrashModel::SyncFolder(InodeNumber folder) {
  // With the names of this folder become durable those of others that they were exchanged with, and what was
  // done to these before.
  std::set<InodeNumber> folders = {folder};
  std::vector<bool> chosen(pending_.size(), false);
  for (size_t i = pending_.size(); i-- > 0;) {
    const Operation& operation = pending_[i];
    chosen[i] = std::any_of(folders.begin(), folders.end(),
                            [&](InodeNumber each) { return Touches(operation, each); });
    if (!chosen[i]) continue;
    folders.insert(operation.inode);
    if (operation.other_folder != 0) folders.insert(operation.other_folder);
  }
  std::vector<Operation> rest;
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (chosen[i]) {
      Apply(pending_[i], durable_);
    } else {
      rest.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(rest);
}

void CrashModel::Advance(const Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::kSync:
      return SyncFile(operation.inode, false);
    case Operation::Kind::kFailedSync:
      return SyncFile(operation.inode, true);
    case Operation::Kind::kSyncFolder:
      return SyncFolder(operation.inode);
    default:
      break;
  }
  // The inode itself comes with its first durable byte or name; it is reachable only through a durable name.
  if (operation.kind == Operation::Kind::kAdd) durable_.try_emplace(operation.other, operation.made);
  pending_.push_back(operation);
}

DiskImage CrashModel::Crash(Survival survival, Random& random) const {
  DiskImage image = durable_;
  if (survival == Survival::kNothing) return image;
  constexpr uint64_t kDensities[] = {10, 50, 90};
  const uint64_t percent = kDensities[random.Below(3)];
  const bool any_names = random.Below(2) == 0;
  const uint64_t last_name = random.Below(pending_.size() + 1);
  for (size_t i = 0; i < pending_.size(); ++i) {
    const Operation& operation = pending_[i];
    const bool whole =
        survival == Survival::kEverything || (survival == Survival::kTorn && i + 1 < pending_.size());
    if (whole) {
      Apply(operation, image);
    } else if (operation.IsData()) {
      ApplyTorn(operation, image, percent, random);
    } else if (any_names ? random.Below(100) < percent : i < last_name) {
      Apply(operation, image);
    }
  }
  return image;
}

}  // namespace ameide::uaf::simulation
