#include "sync/segments.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/status.h"

namespace ameide::sync {
namespace {

constexpr size_t kMostCommits = 1000;

// The number of the newest segment in a file of the log: 7 of `7.seg` and of `3-7.pack`; 0 of others.
uint64_t LastNumber(std::string_view path) {
  for (const std::string_view ending : {".seg", ".pack"}) {
    if (!path.ends_with(ending)) continue;
    path.remove_suffix(ending.size());
    uint64_t number = 0;
    const std::string_view digits = path.substr(path.find_last_of("/-") + 1);
    return absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &number) ? number : 0;
  }
  return 0;
}

void Add(std::map<std::string, std::string>& newest, const std::string& path) {
  const uint64_t number = LastNumber(path);
  if (number == 0) return;
  std::string& present = newest[path.substr(0, path.rfind('/'))];
  if (LastNumber(present) < number) present = path;
}

}  // namespace

SegmentWalk::SegmentWalk(const Place& place) : place_(place), log_(place.InRepository(".uaf/log")) {}

absl::StatusOr<std::vector<std::string>> SegmentWalk::Of(const git::CommitSummary& commit) {
  Newest newest;
  for (const git::CommitId& parent : commit.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const Newest inherited, OfParent(parent));
    for (const auto& [stream, path] : inherited) Add(newest, path);
  }
  const std::optional<git::CommitId> first =
      commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place_.repository.Changes(first, commit.id, log_));
  for (const git::ChangedPath& change : changes) {
    if (change.change != git::PathChange::kRemoved) Add(newest, place_.InWorkspace(change.path));
  }
  known_[commit.id.hex] = newest;
  std::vector<std::string> paths;
  for (auto& [stream, path] : newest) paths.push_back(std::move(path));
  return paths;
}

absl::StatusOr<SegmentWalk::Newest> SegmentWalk::OfParent(const git::CommitId& parent) {
  const auto found = known_.find(parent.hex);
  if (found != known_.end()) return found->second;
  Newest newest;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, place_.repository.ListFiles(parent, log_));
  for (const std::string& path : paths) Add(newest, place_.InWorkspace(path));
  known_[parent.hex] = newest;
  return newest;
}

absl::Status NoteCommits(uaf::Workspace& workspace, const Place& place,
                         const std::optional<git::CommitId>& from, const git::CommitId& to) {
  size_t count = kMostCommits;
  if (from) {
    AMEIDE_ASSIGN_OR_RETURN(const git::AheadBehind apart, place.repository.Compare(to, *from));
    count = std::min(count, apart.ahead);
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                          place.repository.History(to, {}, count));
  SegmentWalk walk(place);
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, walk.Of(*commit));
    if (!paths.empty()) AMEIDE_RETURN_IF_ERROR(workspace.NoteCommit(commit->id.hex, paths));
  }
  return absl::OkStatus();
}

}  // namespace ameide::sync
