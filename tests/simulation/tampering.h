#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ameide::uaf::simulation {

/// Which bytes of one seed's workspace are changed.
struct TamperPlan {
  uint64_t seed = 1;
  size_t steps = 45;
  /// Every so many bytes of each file; all at 1.
  uint64_t stride = 1;
  unsigned threads = 2;
};

/// What became of the changes in one kind of file, or in one table of the store.
struct TamperCount {
  uint64_t changes = 0;
  uint64_t found = 0;    ///< refused on opening, or named by Verify
  uint64_t without = 0;  ///< without meaning: nothing that can be read is different (free space, comments)
};

/// What came of it.
struct TamperReport {
  std::map<std::string, TamperCount> files;
  /// Changes that nobody finds though something reads differently, by table or file, with an example.
  std::map<std::string, std::pair<uint64_t, std::string>> silent;
  uint64_t changes = 0;
};

/// Changes bytes of everything that a closed workspace has written, one at a time: store, segments, blobs,
/// keys, policy, workspace.yaml. Each change must be found and named, or carry no meaning; a crash or a hang
/// ends the program.
TamperReport TryTampering(const TamperPlan& plan);

}  // namespace ameide::uaf::simulation
