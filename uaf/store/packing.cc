#include "uaf/store/packing.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"

namespace ameide::uaf {
namespace {

/// A pack is read as a whole: what is larger is cut.
constexpr size_t kLargestPack = size_t{64} << 20;

size_t SizeOf(const Segment& segment) {
  size_t size = 0;
  for (const std::string& event : segment.events) size += event.size();
  return size;
}

class Packer {
 public:
  Packer(const WorkspaceLayout& layout, FileSystem& files, const std::string& workspace, uint64_t least)
      : layout_(layout), files_(files), segments_(&layout, &files, workspace), least_(least) {}

  /// The next segment of the run, or one that begins another.
  absl::Status Add(const LogFileName& name, SignedSegment segment) {
    const size_t size = SizeOf(segment.segment);
    if (!run_.empty() && (names_.back().last + 1 != name.first || size_ + size > kLargestPack))
      AMEIDE_RETURN_IF_ERROR(End());
    size_ += size;
    names_.push_back(name);
    run_.push_back(std::move(segment));
    return absl::OkStatus();
  }

  absl::Status End() {
    const std::vector<SignedSegment> run = std::exchange(run_, {});
    const std::vector<LogFileName> names = std::exchange(names_, {});
    size_ = 0;
    if (run.size() < std::max<uint64_t>(least_, 2)) return absl::OkStatus();
    const LogFileName pack{names.front().stream, names.front().first, names.back().last};
    AMEIDE_RETURN_IF_ERROR(files_.WriteAtomically(layout_.root / pack.path(), EncodePack(run)));
    // Nothing goes that could not be read again.
    AMEIDE_RETURN_IF_ERROR(segments_.ReadFile(pack).status());
    for (const LogFileName& name : names) AMEIDE_RETURN_IF_ERROR(Remove(name));
    return absl::OkStatus();
  }

  absl::Status Remove(const LogFileName& name) {
    AMEIDE_RETURN_IF_ERROR(files_.Remove(layout_.root / name.path()));
    ++removed_;
    return absl::OkStatus();
  }

  /// True when a larger file holds all that `name` does, soundly.
  bool IsCovered(const LogFileName& name, const std::vector<LogFileName>& names) const {
    return std::any_of(names.begin(), names.end(), [&](const LogFileName& other) {
      return other != name && other.first <= name.first && name.last <= other.last &&
             segments_.ReadFile(other).ok();
    });
  }

  absl::StatusOr<std::vector<SignedSegment>> Read(const LogFileName& name) const {
    return segments_.ReadFile(name);
  }
  uint64_t removed() const { return removed_; }

 private:
  const WorkspaceLayout& layout_;
  FileSystem& files_;
  SegmentFiles segments_;
  const uint64_t least_;
  std::vector<LogFileName> names_;
  std::vector<SignedSegment> run_;
  size_t size_ = 0;
  uint64_t removed_ = 0;
};

}  // namespace

absl::StatusOr<uint64_t> PackStream(const WorkspaceLayout& layout, FileSystem& files,
                                    const std::string& workspace, const StreamId& stream,
                                    const std::string& key, uint64_t least,
                                    const std::function<bool(uint64_t number)>& may_go) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<LogFileName> names, LogFilesOf(layout, files, stream));
  Packer packer(layout, files, workspace, least);
  for (const LogFileName& name : names) {
    if (name.first != name.last || !may_go(name.first)) continue;
    absl::StatusOr<std::vector<SignedSegment>> segments = packer.Read(name);
    if (!segments.ok() || segments->front().segment.key != key) continue;
    if (packer.IsCovered(name, names)) {
      AMEIDE_RETURN_IF_ERROR(packer.Remove(name));
    } else {
      AMEIDE_RETURN_IF_ERROR(packer.Add(name, std::move(segments->front())));
    }
  }
  AMEIDE_RETURN_IF_ERROR(packer.End());
  return packer.removed();
}

}  // namespace ameide::uaf
