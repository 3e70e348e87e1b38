#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"

namespace ameide::uaf::simulation {

using InodeNumber = uint64_t;
inline constexpr InodeNumber kRootFolder = 1;

/// A file or folder. The bytes are shared between copies of an image until one of them is changed.
struct Inode {
  bool folder = false;
  unsigned mode = 0644;
  int64_t modified_ns = 0;
  std::shared_ptr<std::string> bytes = std::make_shared<std::string>();
  std::map<std::string, InodeNumber> entries;
};

/// What a disk holds: its files and folders by number. Copies are cheap.
using DiskImage = std::map<InodeNumber, Inode>;

/// An empty disk: the root folder alone.
DiskImage EmptyDisk();

/// One change of the disk, in the order in which the programs made them.
struct Operation {
  enum class Kind : uint8_t {
    kWrite,       ///< `bytes` at `offset` of `inode`
    kResize,      ///< `inode` to `offset` bytes
    kSync,        ///< everything of the file `inode` is durable
    kSyncFolder,  ///< every name in the folder `inode` is durable
    kFailedSync,  ///< what was not durable of `inode` never will be, as Linux does it
    kAdd,         ///< `name` in the folder `inode` is the new file or folder `other`
    kRemove,      ///< `name` in the folder `inode` is gone
    kRename,      ///< `name` in `inode` is now `other_name` in `other_folder`, replacing what was there
    kExchange,    ///< `name` in `inode` and `other_name` in `other_folder` change places
  };
  Kind kind = Kind::kWrite;
  InodeNumber inode = 0;
  uint64_t offset = 0;
  std::string bytes;
  int64_t modified_ns = 0;  ///< when it was done
  std::string name;
  InodeNumber other = 0;
  Inode made;  ///< kAdd: how it begins
  InodeNumber other_folder = 0;
  std::string other_name;

  bool IsData() const { return kind == Kind::kWrite || kind == Kind::kResize; }
  bool IsNaming() const { return kind >= Kind::kAdd; }
};

/// What a crash leaves of what was not durable.
enum class Survival : uint8_t {
  kNothing,     ///< the disk is as the last syncs left it
  kEverything,  ///< as if only the program had been killed
  kTorn,        ///< everything but the newest write, of which some sectors are there
  kRandom,      ///< any sectors of any writes, any sizes, names up to some point or any of them
};

/// Follows a recorded run and gives what a crash may leave behind at each point of it.
///
/// The model is the weakest that file systems with atomic renames promise: data is durable after fsync of the
/// file, a name after fsync of its folder; sectors of one write survive each for itself, in any order between
/// writes; a file may have grown to its size before its bytes came (zeros); a rename is there or not, as a
/// whole.
class CrashModel {
 public:
  explicit CrashModel(DiskImage start) : durable_(std::move(start)) {}

  /// Goes one operation further.
  void Advance(const Operation& operation);
  /// A disk after a crash here.
  DiskImage Crash(Survival survival, Random& random) const;
  /// True when something is not durable yet.
  bool HasPending() const { return !pending_.empty(); }

 private:
  void SyncFile(InodeNumber inode, bool failed);
  void SyncFolder(InodeNumber folder);

  DiskImage durable_;
  std::vector<Operation> pending_;
};

/// Does `operation` to `image` as a whole; false when it does not fit there (its names are not durable).
bool Apply(const Operation& operation, DiskImage& image);

}  // namespace ameide::uaf::simulation
