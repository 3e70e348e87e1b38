#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/workload.h"

namespace ameide::uaf::simulation {

/// A recorded run as the judge of what a crash left. Thread-safe.
class Oracle {
 public:
  /// The workload has run without faults and stays as it is.
  explicit Oracle(Workload* workload);

  const Recording& recording() const { return workload_->recording(); }
  const std::vector<Operation>& operations() const { return workload_->ada().disk().operations(); }
  /// What an artifact held at `cut`; an error where it did not exist.
  absl::StatusOr<std::string> Render(const ArtifactId& artifact, const uaf::Cut& cut);
  /// What was said around the content at `cut`, as text.
  absl::StatusOr<std::string> Life(const uaf::Cut& cut);
  static absl::StatusOr<std::string> LifeOf(const uaf::Workspace& workspace, const uaf::Cut& cut);
  /// The kinds of events of the run.
  const std::set<uint32_t>& kinds() const { return kinds_; }
  /// The canonical bytes of an event of the run; empty when it has none of this name.
  std::string Canonical(const EventId& event) const;
  /// The artifact that an event of `cut` gave this path.
  std::optional<ArtifactId> WasArtifact(const std::string& path, const uaf::Cut& cut) const;
  /// True when some program once gave a working file exactly these bytes.
  bool WasWhole(const std::string& bytes) const { return whole_.contains(bytes); }

 private:
  Workload* workload_;
  std::set<std::string> whole_;
  std::map<EventId, std::string> canonical_;
  std::map<std::string, std::vector<std::pair<EventId, ArtifactId>>> named_;
  std::mutex mutex_;  ///< guards what has been rendered
  std::map<std::pair<ArtifactId, uaf::Cut>, absl::StatusOr<std::string>> rendered_;
  std::map<uaf::Cut, absl::StatusOr<std::string>> lives_;
  std::set<uint32_t> kinds_;
};

/// A crash of a recorded run.
struct CrashPoint {
  Point at = 0;  ///< after so many operations
  Survival survival = Survival::kRandom;
  uint64_t random = 0;  ///< seed of what survives
  /// How much is looked at beyond what every crash is asked: projections rebuilt, another replica.
  bool thorough = false;
  /// Crashes again, so often, while the workspace is opened.
  int again = 0;
};

/// Opens on `image`, which a crash at `point` left, and checks that nothing acknowledged is lost, nothing
/// half, and work goes on. What is wrong, or nothing. `checked` counts the crashes, with those while opening.
/// `whole` are contents that files were given after an earlier crash.
std::string CheckCrash(Oracle& oracle, const DiskImage& image, const CrashPoint& point, uint64_t& checked,
                       std::set<std::string> whole = {});

/// True when a person could find what another program saved: in a file, in what was kept aside, or in a past
/// state (an event may hold it in parts).
bool CanBeFoundAgain(const std::string& token, const Workspace& workspace, Computer& computer);

/// What files were given in one piece, by a rename, in a run that began with `image`.
std::set<std::string> WholeFiles(DiskImage image, const std::vector<Operation>& operations);

}  // namespace ameide::uaf::simulation
