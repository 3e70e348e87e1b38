#include "sync/segments.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::sync {
namespace {

constexpr size_t kMostCommits = 1000;

/// The segments in a file of the log: 7 to 7 of `7.seg`, 3 to 7 of `3-7.pack`; zeros of others.
std::pair<uint64_t, uint64_t> NumbersIn(std::string_view path) {
  const bool segment = path.ends_with(".seg");
  if (!segment && !path.ends_with(".pack")) return {0, 0};
  std::string_view name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.rfind('.'));
  const size_t dash = segment ? std::string_view::npos : name.find('-');
  if (!segment && dash == std::string_view::npos) return {0, 0};
  const auto read = [](std::string_view digits) {
    uint64_t number = 0;
    return absl::SimpleAtoi(absl::string_view(digits.data(), digits.size()), &number) ? number : 0;
  };
  const uint64_t first = read(name.substr(0, dash));
  const uint64_t last = segment ? first : read(name.substr(dash + 1));
  constexpr uint64_t kMostPacked = 1'000'000;
  if (first == 0 || last < first || last - first > kMostPacked) return {0, 0};
  return {first, last};
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

void HeldLog::Add(const std::string& path) {
  const auto [first, last] = NumbersIn(path);
  if (first == 0) return;
  Stream& stream = streams[FolderOf(path)];
  for (uint64_t number = std::max(first, stream.prefix + 1); number <= last; ++number) {
    if (number == stream.prefix + 1) {
      stream.prefix = number;
    } else {
      stream.ahead.insert(number);
    }
  }
}

void HeldLog::Unite(const HeldLog& other) {
  for (const auto& [folder, theirs] : other.streams) {
    Stream& stream = streams[folder];
    stream.prefix = std::max(stream.prefix, theirs.prefix);
    stream.ahead.insert(theirs.ahead.begin(), theirs.ahead.end());
  }
  pending.insert(other.pending.begin(), other.pending.end());
}

void HeldLog::Settle() {
  for (auto& [folder, stream] : streams) {
    // The tail of a fork goes on where the other one does, and its numbers leave a gap there.
    const auto next = streams.upper_bound(folder + "~");
    const bool forked = folder.find('~') != std::string::npos ||
                        (next != streams.end() && next->first.starts_with(folder + "~"));
    if (forked && !stream.ahead.empty()) stream.prefix = std::max(stream.prefix, *stream.ahead.rbegin());
    while (!stream.ahead.empty() && *stream.ahead.begin() <= stream.prefix + 1) {
      stream.prefix = std::max(stream.prefix, *stream.ahead.begin());
      stream.ahead.erase(stream.ahead.begin());
    }
  }
  if (!HasGaps()) pending.clear();
}

bool HeldLog::HasGaps() const {
  return std::any_of(streams.begin(), streams.end(),
                     [](const auto& each) { return !each.second.ahead.empty(); });
}

SegmentWalk::SegmentWalk(const Place& place) : place_(place), log_(place.InRepository(".uaf/log")) {}

absl::StatusOr<HeldLog> SegmentWalk::Of(const git::CommitSummary& commit) {
  HeldLog held;
  for (const git::CommitId& parent : commit.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const HeldLog inherited, Of(parent));
    held.Unite(inherited);
  }
  const std::optional<git::CommitId> first =
      commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                          place_.repository.Changes(first, commit.id, log_));
  for (const git::ChangedPath& change : changes) {
    if (change.change != git::PathChange::kRemoved) held.Add(place_.InWorkspace(change.path));
  }
  held.Settle();
  if (held.HasGaps()) AMEIDE_RETURN_IF_ERROR(Explain(commit.id, held));
  known_[commit.id.hex] = held;
  return held;
}

absl::StatusOr<HeldLog> SegmentWalk::Of(const git::CommitId& commit) {
  const auto found = known_.find(commit.hex);
  if (found != known_.end()) return found->second;
  HeldLog held;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, place_.repository.ListFiles(commit, log_));
  for (const std::string& path : paths) held.Add(place_.InWorkspace(path));
  held.Settle();
  if (held.HasGaps()) AMEIDE_RETURN_IF_ERROR(Explain(commit, held));
  known_[commit.hex] = held;
  return held;
}

absl::Status SegmentWalk::Explain(const git::CommitId& commit, HeldLog& held) {
  const auto file_of = [&](const std::string& folder, uint64_t number) {
    return place_.InRepository(absl::StrCat(folder, "/", number, ".seg"));
  };
  for (auto& [folder, stream] : held.streams) {
    if (stream.ahead.empty()) continue;
    for (uint64_t number = stream.prefix + 1; number < *stream.ahead.rbegin(); ++number) {
      if (stream.ahead.contains(number)) continue;
      const std::vector<std::string> file = {file_of(folder, number)};
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> had,
                              place_.repository.History(commit, file, 1));
      if (had.empty()) break;  // a gap
      stream.ahead.insert(number);
    }
  }
  held.Settle();
  for (const auto& [folder, stream] : held.streams) {
    for (const uint64_t number : stream.ahead) {
      const std::vector<std::string> file = {file_of(folder, number)};
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> with,
                              place_.repository.History(commit, file, kMostCommits));
      if (with.empty()) continue;
      const git::CommitSummary& brought = with.back();
      const std::optional<git::CommitId> before =
          brought.parents.empty() ? std::nullopt : std::optional(brought.parents.front());
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                              place_.repository.Changes(before, brought.id, place_.Folder()));
      for (const git::ChangedPath& change : changes) {
        const std::string path = place_.InWorkspace(change.path);
        if (!IsLogPath(path) && !IsHidden(path)) held.pending.insert(path);
      }
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> SegmentWalk::Newest(const HeldLog& held) {
  std::vector<std::string> paths;
  for (const auto& [folder, stream] : held.streams) {
    if (stream.prefix > 0) paths.push_back(absl::StrCat(folder, "/", stream.prefix, ".seg"));
  }
  return paths;
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
    AMEIDE_ASSIGN_OR_RETURN(const HeldLog held, walk.Of(*commit));
    const std::vector<std::string> paths = SegmentWalk::Newest(held);
    if (!paths.empty()) AMEIDE_RETURN_IF_ERROR(workspace.NoteCommit(commit->id.hex, paths));
  }
  return absl::OkStatus();
}

}  // namespace ameide::sync
