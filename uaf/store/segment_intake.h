#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/store/log_files.h"
#include "uaf/store/store.h"

/// The way of segments from files into the store (uaf.md, Events and In git). A segment belongs where its
/// chain does, whatever folder and number its file has: so tails of a fork find their stream in any order.
namespace ameide::uaf {

/// One look at the files of the log. Lives on the store's thread.
class SegmentIntake {
 public:
  /// `source`: the commit that the files come with; nullopt: nobody says so.
  SegmentIntake(Store* store, std::optional<CheckedOut> source)
      : store_(store),
        source_(std::move(source)),
        files_(&store->layout(), store->options().files, store->workspace()) {}

  /// Takes in what the store lacks of the files that are new or changed since they were taken in; per chain
  /// the longest gap-free prefix. DATA_LOSS names the first damaged or forged one; all others are in.
  absl::Status Run();

  /// What came in, in order.
  std::vector<StoredEvent>& events() { return events_; }
  /// Its artifacts, where it belongs to what is "now".
  std::vector<ArtifactId>& touched() { return touched_; }
  /// Not empty: which segment waits for what.
  const std::string& waiting() const { return waiting_; }
  /// Events have other names than before.
  bool renamed() const { return ever_renamed_; }
  /// Folders of the files that were looked at.
  const std::vector<StreamId>& looked_at() const { return looked_at_; }

 private:
  struct File {
    LogFileName name;
    FileStamp stamp;
    std::optional<EventReference> needs;  ///< what it waits for
    std::string why;                      ///< for people
  };
  enum class Outcome { kTaken, kWaits };

  absl::StatusOr<std::vector<File>> NewFiles() const;
  absl::StatusOr<Outcome> TakeFile(File& file);
  absl::StatusOr<Outcome> TakeSegment(File& file, const Segment& segment);
  /// Takes in the derived events that the segment carries.
  absl::Status TakeCarried(const Segment& segment);
  /// What its events were built on is here, and they are what they claim to be. OUT_OF_RANGE, with
  /// `needs`, while something is missing.
  absl::Status CheckContent(const Segment& segment, std::optional<EventReference>& needs) const;
  /// The branch whose commit the segment came with: what other branches recorded is not theirs for that
  /// (EventGraph::StopBefore). nullopt where there is no such commit, and for what was recorded on this
  /// device and no commit holds: then it is the store that was lost.
  absl::StatusOr<std::optional<std::string>> CameWith(const LogFileName& file, const Segment& segment);
  /// The transaction: what has lost its name gets its new one, then the events come.
  absl::Status Take(const LogFileName& file, const Segment& segment);
  void Keep(std::vector<StoredEvent> committed);
  /// The fingerprint of a key that signed a part of the file and is not here; empty: none.
  absl::StatusOr<std::string> MissingKeyOf(const LogFileName& name) const;
  void Wait(File& file, std::string why);
  /// Every segment that the file is said to hold is in the store.
  absl::StatusOr<bool> IsKnown(const LogFileName& name) const;
  absl::Status Settle(const std::vector<File>& taken);

  Store* store_;
  std::optional<CheckedOut> source_;
  std::optional<std::set<std::string>> held_;  ///< log files of the source's commit, once they were asked for
  SegmentFiles files_;
  std::vector<StoredEvent> events_;
  std::vector<ArtifactId> touched_;
  std::string waiting_;
  bool renamed_ = false;
  bool ever_renamed_ = false;
  std::vector<StreamId> looked_at_;
};

}  // namespace ameide::uaf
