#include "uaf/store/tail_files.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/forks.h"
#include "uaf/store/log_files.h"
#include "uaf/store/stream_tails.h"

namespace ameide::uaf {
namespace {

/// A file that has to be written.
struct Target {
  LogFileName name;
  std::string bytes;
};

class Arrangement {
 public:
  Arrangement(Store& store, StreamId stream)
      : store_(store),
        disk_(*store.options().files),
        files_(&store.layout(), &disk_, store.workspace()),
        stream_(std::move(stream)) {}

  absl::Status Run() {
    AMEIDE_RETURN_IF_ERROR(Read());
    if (misplaced_.empty()) return absl::OkStatus();
    std::vector<Target> later;
    for (Target& target : targets_) {
      if (!disk_.Exists(Place(target.name))) {
        AMEIDE_RETURN_IF_ERROR(Write(target));
        continue;
      }
      // In the place of one that has to go itself: until that is written elsewhere, both are kept.
      LogFileName aside = target.name;
      aside.stream = TailName(stream_, Sha256(target.bytes));
      AMEIDE_RETURN_IF_ERROR(Write({aside, target.bytes}));
      asides_.push_back(aside);
      later.push_back(std::move(target));
    }
    std::set<LogFileName> overwritten;
    for (const Target& target : later) {
      AMEIDE_RETURN_IF_ERROR(Write(target));
      overwritten.insert(target.name);
    }
    for (const LogFileName& name : misplaced_) {
      if (!overwritten.contains(name)) AMEIDE_RETURN_IF_ERROR(disk_.Remove(Place(name)));
    }
    for (const LogFileName& aside : asides_) AMEIDE_RETURN_IF_ERROR(disk_.Remove(Place(aside)));
    return absl::OkStatus();
  }

 private:
  std::filesystem::path Place(const LogFileName& name) const { return store_.layout().root / name.path(); }

  absl::Status Write(const Target& target) {
    AMEIDE_RETURN_IF_ERROR(disk_.CreateFolders(Place(target.name).parent_path()));
    return disk_.WriteAtomically(Place(target.name), target.bytes);
  }

  /// The stream that a segment's last event is in; nullopt while the store lacks it.
  absl::StatusOr<std::optional<StreamId>> HomeOf(const Segment& segment) {
    const absl::StatusOr<EventReader::ChainPlace> place = store_.log().reader().PlaceOf(segment);
    if (absl::IsNotFound(place.status())) return std::optional<StreamId>();
    AMEIDE_RETURN_IF_ERROR(place.status());
    if (place->known < segment.last()) return std::optional<StreamId>();
    return std::optional<StreamId>(place->stream);
  }

  absl::Status Read() {
    std::vector<std::pair<LogFileName, std::vector<SignedSegment>>> misplaced;
    for (const StreamId& folder : StreamsOnDisk(store_.layout(), disk_)) {
      if (WrittenAs(folder) != stream_) continue;
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> names,
                              LogFilesOf(store_.layout(), disk_, folder));
      for (const LogFileName& name : names) {
        absl::StatusOr<std::vector<SignedSegment>> segments = files_.ReadFile(name);
        if (!segments.ok()) continue;  // `ameide doctor` tells
        bool here = true;
        bool known = true;
        for (const SignedSegment& each : *segments) {
          AMEIDE_ASSIGN_OR_RETURN(const std::optional<StreamId> home, HomeOf(each.segment));
          known = known && home;
          here = here && home && *home == folder;
        }
        if (here) {
          for (const SignedSegment& each : *segments)
            standing_[{folder, each.segment.number}] = each.signature;
        } else if (known) {
          misplaced.emplace_back(name, *std::move(segments));
        }
      }
    }
    for (auto& [name, segments] : misplaced) AMEIDE_RETURN_IF_ERROR(Plan(name, std::move(segments)));
    return absl::OkStatus();
  }

  absl::Status Plan(const LogFileName& name, std::vector<SignedSegment> segments) {
    std::map<StreamId, std::vector<SignedSegment>> homes;
    for (SignedSegment& each : segments) {
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StreamId> home, HomeOf(each.segment));
      const auto standing = standing_.find({*home, each.segment.number});
      if (standing != standing_.end() && standing->second == each.signature) continue;  // a copy
      // The same events sealed once more, otherwise: it stays where it lies.
      if (standing != standing_.end()) return absl::OkStatus();
      homes[*home].push_back(std::move(each));
    }
    for (auto& [home, group] : homes) {
      for (const SignedSegment& each : group) standing_[{home, each.segment.number}] = each.signature;
      const LogFileName target{home, group.front().segment.number, group.back().segment.number};
      targets_.push_back({target, EncodePack(group)});
    }
    misplaced_.push_back(name);
    return absl::OkStatus();
  }

  Store& store_;
  FileSystem& disk_;
  SegmentFiles files_;
  StreamId stream_;
  std::map<std::pair<StreamId, uint64_t>, std::string> standing_;  ///< signatures
  std::vector<LogFileName> misplaced_;
  std::vector<Target> targets_;
  std::vector<LogFileName> asides_;
};

}  // namespace

absl::Status PutTailFilesInPlace(Store& store, std::span<const StreamId> streams) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Tail> tails, TailsOf(store.database()));
  std::set<StreamId> forked;
  for (const Tail& tail : tails) forked.insert(WrittenAs(tail.stream));
  std::set<StreamId> wanted;
  for (const StreamId& folder : streams) {
    // A tail's folder may also hold what is none here.
    if (IsTail(folder) || forked.contains(folder)) wanted.insert(WrittenAs(folder));
  }
  for (const StreamId& stream : wanted) AMEIDE_RETURN_IF_ERROR(Arrangement(store, stream).Run());
  return absl::OkStatus();
}

}  // namespace ameide::uaf
