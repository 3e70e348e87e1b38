#pragma once

#include <memory>
#include <string>

#include "tests/simulation/simulated_disk.h"

namespace ameide::uaf::simulation {

/// An SQLite VFS over a simulated disk, registered under `name()` while it lives; the disk must live longer,
/// and databases must be closed before it goes. Does what SQLite's own VFS for Unix does, call by call: the
/// same syncs (of the folder, too, with the first sync of a new journal or write-ahead log), the same promise
/// that a torn write damages nothing beside it. Locks and shared memory are in memory and gone with the
/// driver, as after a crash. One process, any number of connections and threads.
class DatabaseDriver {
 public:
  explicit DatabaseDriver(SimulatedDisk* disk);
  ~DatabaseDriver();
  DatabaseDriver(const DatabaseDriver&) = delete;
  DatabaseDriver& operator=(const DatabaseDriver&) = delete;

  const std::string& name() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ameide::uaf::simulation
