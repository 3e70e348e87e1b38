#include "sync/commits.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "sync/place.h"
#include "sync/segments.h"

namespace ameide::sync {
namespace {

constexpr size_t kMostCommits = 1000;

constexpr char kWorkspace[] = ".uaf/workspace.yaml";

/// The smallest of the first commits that lead to `commit`.
absl::StatusOr<git::CommitSummary> RootOf(const git::Repository& repository, const git::CommitId& commit) {
  AMEIDE_ASSIGN_OR_RETURN(std::vector<git::CommitSummary> commits,
                          repository.History(commit, {}, std::numeric_limits<size_t>::max()));
  std::erase_if(commits, [](const git::CommitSummary& each) { return !each.parents.empty(); });
  if (commits.empty()) return absl::NotFoundError(absl::StrCat("commit ", commit.hex, " has no beginning"));
  return *std::min_element(
      commits.begin(), commits.end(),
      [](const git::CommitSummary& a, const git::CommitSummary& b) { return a.id.hex < b.id.hex; });
}

class CommitReader {
 public:
  explicit CommitReader(const Place& place) : place_(place), segments_(place) {}

  absl::StatusOr<uaf::MadeCommit> Read(const git::CommitSummary& commit, bool in_workspace) {
    uaf::MadeCommit made;
    made.id = commit.id.hex;
    made.in_workspace = in_workspace;
    for (const git::CommitId& parent : commit.parents) made.parents.push_back(parent.hex);
    made.author = {commit.author.name, commit.author.email};
    made.time = commit.time;
    AMEIDE_ASSIGN_OR_RETURN(const HeldLog held, segments_.Of(commit));
    made.log = SegmentWalk::Newest(held);
    const std::optional<git::CommitId> before =
        commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                            place_.repository.Changes(before, commit.id, place_.Folder()));
    std::set<std::string> merged;
    if (commit.parents.size() > 1) {
      AMEIDE_ASSIGN_OR_RETURN(merged, place_.repository.MergedByGit(commit.id));
    }
    for (const git::ChangedPath& change : changes) {
      uaf::CommitFile file;
      file.path = place_.InWorkspace(change.path);
      // What came with a part of the log that lacks its beginning is that part's, not the commit's.
      file.merged = merged.contains(change.path) || held.pending.contains(file.path);
      if (IsLogPath(file.path) || IsHidden(file.path)) continue;
      if (change.change != git::PathChange::kRemoved) {
        AMEIDE_ASSIGN_OR_RETURN(const bool plain, place_.repository.IsPlainFile(commit.id, change.path));
        if (!plain) continue;
        AMEIDE_ASSIGN_OR_RETURN(file.bytes, place_.repository.ReadFile(commit.id, change.path));
        if (file.bytes->size() > kLargestArtifact) continue;
      }
      if (!in_workspace && before && change.change != git::PathChange::kAdded) {
        AMEIDE_ASSIGN_OR_RETURN(const bool plain, place_.repository.IsPlainFile(*before, change.path));
        if (plain) {
          AMEIDE_ASSIGN_OR_RETURN(file.before, place_.repository.ReadFile(*before, change.path));
        }
      }
      if ((!in_workspace || change.change == git::PathChange::kAdded) && root_.empty()) {
        AMEIDE_ASSIGN_OR_RETURN(const git::CommitSummary root, RootOf(place_.repository, commit.id));
        root_ = root.id.hex;
      }
      made.files.push_back(std::move(file));
    }
    made.root = root_;
    return made;
  }

  /// Marks, in what is checked out with this commit, or merged with it, the files that wait for the beginning
  /// of a part of the log.
  absl::Status MarkPending(const git::CommitId& commit, uaf::MadeCommit& made) {
    AMEIDE_ASSIGN_OR_RETURN(HeldLog held, segments_.Of(commit));
    if (!held.HasGaps()) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<git::CommitId> head, place_.repository.Head());
    if (head) {
      AMEIDE_ASSIGN_OR_RETURN(const HeldLog here, segments_.Of(*head));
      held.Unite(here);
      held.Settle();
    }
    std::vector<std::string> ahead;
    for (const auto& [folder, stream] : held.streams)
      for (const uint64_t number : stream.ahead) ahead.push_back(absl::StrCat(folder, "/", number, ".seg"));
    for (const std::string& path : held.pending) {
      auto file = std::find_if(made.files.begin(), made.files.end(),
                               [&](const uaf::CommitFile& each) { return each.path == path; });
      if (file == made.files.end()) {
        file = made.files.insert(file, uaf::CommitFile{.path = path});
        AMEIDE_ASSIGN_OR_RETURN(const bool plain,
                                place_.repository.IsPlainFile(commit, place_.InRepository(path)));
        if (plain) {
          AMEIDE_ASSIGN_OR_RETURN(file->bytes, place_.repository.ReadFile(commit, place_.InRepository(path)));
        }
      }
      file->merged = true;
      file->explained_by = ahead;
    }
    return absl::OkStatus();
  }

 private:
  const Place& place_;
  SegmentWalk segments_;
  std::string root_;
};

struct Unknown {
  const git::CommitSummary* commit;
  bool in_workspace;
};

/// Whether none of the commit's parents knows the workspace that it has.
absl::StatusOr<bool> IsFirst(const Place& place, const git::CommitSummary& commit) {
  for (const git::CommitId& parent : commit.parents) {
    AMEIDE_ASSIGN_OR_RETURN(const bool workspace,
                            place.repository.IsPlainFile(parent, place.InRepository(kWorkspace)));
    if (workspace) return false;
  }
  return true;
}

absl::Status Walk(const std::filesystem::path& root, const std::string& commit,
                  const std::function<bool(const std::string&)>& known,
                  const std::function<absl::Status(const uaf::MadeCommit&)>& visit) {
  AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(root));
  AMEIDE_ASSIGN_OR_RETURN(const git::CommitId newest, place.repository.Resolve(commit));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                          place.repository.History(newest, {}, kMostCommits));
  // Newest first, children before their parents: what lies behind a known one was looked at with it, and what
  // lies behind the first commit of a workspace is how that began.
  std::set<std::string> behind;
  std::vector<Unknown> unknown;
  bool begun = false;
  for (const git::CommitSummary& each : commits) {
    const bool is_known = known(each.id.hex);
    if (behind.contains(each.id.hex) || is_known) {
      begun = begun || is_known;
      for (const git::CommitId& parent : each.parents) behind.insert(parent.hex);
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(const bool workspace,
                            place.repository.IsPlainFile(each.id, place.InRepository(kWorkspace)));
    unknown.push_back({&each, workspace});
    if (!workspace) continue;
    begun = true;
    AMEIDE_ASSIGN_OR_RETURN(const bool first, IsFirst(place, each));
    for (const git::CommitId& parent : each.parents) {
      if (first) behind.insert(parent.hex);
    }
  }
  if (!begun) return absl::OkStatus();
  CommitReader reader(place);
  for (auto each = unknown.rbegin(); each != unknown.rend(); ++each) {
    if (behind.contains(each->commit->id.hex)) continue;
    AMEIDE_ASSIGN_OR_RETURN(uaf::MadeCommit made, reader.Read(*each->commit, each->in_workspace));
    if (each->commit->id == newest && each->in_workspace)
      AMEIDE_RETURN_IF_ERROR(reader.MarkPending(newest, made));
    AMEIDE_RETURN_IF_ERROR(visit(made));
  }
  return absl::OkStatus();
}

/// The repository as it was before there was a workspace in it.
class Before {
 public:
  explicit Before(std::filesystem::path root) : root_(std::move(root)) {}

  absl::StatusOr<std::optional<uaf::CommittedFile>> File(std::string_view path) {
    AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(root_));
    AMEIDE_RETURN_IF_ERROR(FindCommit(place));
    if (!commit_) return std::optional<uaf::CommittedFile>();
    const std::string file = place.InRepository(path);
    AMEIDE_ASSIGN_OR_RETURN(const bool plain, place.repository.IsPlainFile(*commit_, file));
    if (!plain) return std::optional<uaf::CommittedFile>();
    uaf::CommittedFile found;
    AMEIDE_ASSIGN_OR_RETURN(found.bytes, place.repository.ReadFile(*commit_, file));
    AMEIDE_ASSIGN_OR_RETURN(const git::CommitSummary changed, LastChange(place, file));
    found.newest = commit_->hex;
    found.commit = changed.id.hex;
    found.author = {changed.author.name, changed.author.email};
    found.time = changed.time;
    found.root = first_->id.hex;
    return std::optional<uaf::CommittedFile>(std::move(found));
  }

 private:
  /// The newest commit before HEAD, by first parents, without a workspace.
  absl::Status FindCommit(const Place& place) {
    AMEIDE_ASSIGN_OR_RETURN(std::optional<git::CommitId> at, place.repository.Head());
    if (head_ == at) return absl::OkStatus();
    head_ = at;
    commit_.reset();
    for (size_t count = 0; at && count < kMostCommits; ++count) {
      AMEIDE_ASSIGN_OR_RETURN(const bool workspace,
                              place.repository.IsPlainFile(*at, place.InRepository(kWorkspace)));
      if (!workspace) {
        commit_ = at;
        break;
      }
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commit,
                              place.repository.History(*at, {}, 1));
      at = commit.empty() || commit.front().parents.empty() ? std::nullopt
                                                            : std::optional(commit.front().parents.front());
    }
    if (!commit_) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(first_, RootOf(place.repository, *commit_));
    AMEIDE_ASSIGN_OR_RETURN(commits_, place.repository.History(*commit_, {}, kMostCommits));
    looked_at_ = 0;
    changed_by_.clear();
    return absl::OkStatus();
  }

  absl::StatusOr<git::CommitSummary> LastChange(const Place& place, const std::string& file) {
    while (!changed_by_.contains(file) && looked_at_ < commits_.size()) {
      const git::CommitSummary& each = commits_[looked_at_];
      const std::optional<git::CommitId> parent =
          each.parents.empty() ? std::nullopt : std::optional(each.parents.front());
      AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                              place.repository.Changes(parent, each.id, place.Folder()));
      for (const git::ChangedPath& change : changes) changed_by_.try_emplace(change.path, looked_at_);
      ++looked_at_;
    }
    const auto found = changed_by_.find(file);
    return found == changed_by_.end() ? *first_ : commits_[found->second];
  }

  std::filesystem::path root_;
  std::optional<git::CommitId> head_;
  std::optional<git::CommitId> commit_;
  std::optional<git::CommitSummary> first_;
  std::vector<git::CommitSummary> commits_;  ///< newest first
  size_t looked_at_ = 0;
  std::map<std::string, size_t> changed_by_;  ///< by path, which of `commits_`
};

}  // namespace

std::function<std::optional<uaf::CommittedFile>(std::string_view path)> CommittedBefore(
    const std::filesystem::path& root) {
  return
      [before = std::make_shared<Before>(root)](std::string_view path) -> std::optional<uaf::CommittedFile> {
        absl::StatusOr<std::optional<uaf::CommittedFile>> file = before->File(path);
        return file.ok() ? *std::move(file) : std::nullopt;
      };
}

uaf::CommitWalk CommitsOf(const std::filesystem::path& root) {
  return [root](const std::string& commit, const std::function<bool(const std::string&)>& known,
                const std::function<absl::Status(const uaf::MadeCommit&)>& visit) {
    return Walk(root, commit, known, visit);
  };
}

}  // namespace ameide::sync
