#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "tests/simulation/database_driver.h"
#include "tests/simulation/simulated_disk.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

namespace ameide::uaf::simulation {

/// When a workspace writes its working files by itself.
enum class Pace : uint8_t {
  kOnRequest,  ///< never, only when asked
  kAtOnce,     ///< after every group of commands, and whatever else is done when idle
};

/// A file that git would carry, by its path in the workspace.
struct CarriedFile {
  std::string path;
  std::string bytes;
};

/// A simulated computer with one workspace: disk, clock, randomness, and a person's profile. Everything that
/// a workspace does on it is a function of the disk's content, the seed and the calls, as long as one thread
/// makes them one at a time.
class Computer {
 public:
  Computer(DiskImage start, uint64_t seed, WallTime now, Pace pace, std::string person = "Ada");

  SimulatedDisk& disk() { return disk_; }
  ManualClock& clock() { return clock_; }
  FileSystem& files() { return files_; }
  const std::filesystem::path& root() const { return root_; }

  uaf::WorkspaceOptions Options();
  /// Makes the folder a workspace where it is none, and opens it.
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> Open();

  /// A file of the workspace; nullopt when there is none.
  std::optional<std::string> Read(std::string_view path) const;
  /// As a careful program saves: a file beside it, fsync, rename, fsync of the folder.
  absl::Status Save(std::string_view path, std::string_view bytes);
  /// Gives a file the bytes that it has on another computer. One whose writing failed is written again,
  /// whatever its folder says: only then is it durable.
  absl::Status Carry(const CarriedFile& file);
  /// Carries again what a fault cut short, as whoever pulls again does.
  absl::Status CarryOn();
  /// What git would carry to another computer: the files below `.uaf` that are no computer's own.
  absl::StatusOr<std::vector<CarriedFile>> Shared() const;
  /// Paths of all files of the workspace that are neither hidden nor in `.uaf`.
  std::vector<std::string> WorkingFiles() const;

 private:
  ManualClock clock_;
  SeededRandom random_;
  SimulatedDisk disk_;
  PosixFileSystem files_{disk_};
  DatabaseDriver driver_{&disk_};
  std::unique_ptr<uaf::document::FormatRegistry> formats_;
  std::filesystem::path root_ = "/simulated/workspace";
  Pace pace_;
  std::string person_;
  std::map<std::string, std::string> half_carried_;
};

/// Waits until the store's thread has done everything that it does by itself.
void Settle(const uaf::Workspace& workspace);

}  // namespace ameide::uaf::simulation
