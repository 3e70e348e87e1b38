#include "sync/commits.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/platform/file_system.h"
#include "base/status.h"
#include "sync/place.h"
#include "sync/segments.h"

namespace ameide::sync {
namespace {

constexpr size_t kMostCommits = 1000;

/// The smallest of the first commits that lead to `commit`.
absl::StatusOr<std::string> RootOf(const git::Repository& repository, const git::CommitId& commit) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                          repository.History(commit, {}, std::numeric_limits<size_t>::max()));
  std::string smallest;
  for (const git::CommitSummary& each : commits) {
    if (each.parents.empty() && (smallest.empty() || each.id.hex < smallest)) smallest = each.id.hex;
  }
  return smallest;
}

class CommitReader {
 public:
  explicit CommitReader(const Place& place) : place_(place), segments_(place) {}

  absl::StatusOr<uaf::MadeCommit> Read(const git::CommitSummary& commit) {
    uaf::MadeCommit made;
    made.id = commit.id.hex;
    for (const git::CommitId& parent : commit.parents) made.parents.push_back(parent.hex);
    made.author = {commit.author.name, commit.author.email};
    made.time = commit.time;
    AMEIDE_ASSIGN_OR_RETURN(made.log, segments_.Of(commit));
    const std::optional<git::CommitId> before =
        commit.parents.empty() ? std::nullopt : std::optional(commit.parents.front());
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::ChangedPath> changes,
                            place_.repository.Changes(before, commit.id, place_.Folder()));
    std::set<std::string> merged;
    if (commit.parents.size() > 1) {
      AMEIDE_ASSIGN_OR_RETURN(merged, place_.repository.MergedByGit(commit.id));
    }
    for (const git::ChangedPath& change : changes) {
      uaf::CommitFile file{place_.InWorkspace(change.path), std::nullopt, merged.contains(change.path)};
      if (IsLogPath(file.path) || IsHidden(file.path)) continue;
      if (change.change != git::PathChange::kRemoved) {
        AMEIDE_ASSIGN_OR_RETURN(const bool plain, place_.repository.IsPlainFile(commit.id, change.path));
        if (!plain) continue;
        AMEIDE_ASSIGN_OR_RETURN(file.bytes, place_.repository.ReadFile(commit.id, change.path));
        if (file.bytes->size() > kLargestArtifact) continue;
      }
      if (change.change == git::PathChange::kAdded && root_.empty()) {
        AMEIDE_ASSIGN_OR_RETURN(root_, RootOf(place_.repository, commit.id));
      }
      made.files.push_back(std::move(file));
    }
    made.root = root_;
    return made;
  }

 private:
  const Place& place_;
  SegmentWalk segments_;
  std::string root_;
};

absl::Status Walk(const std::filesystem::path& root, const std::string& commit,
                  const std::function<bool(const std::string&)>& known,
                  const std::function<absl::Status(const uaf::MadeCommit&)>& visit) {
  AMEIDE_ASSIGN_OR_RETURN(const Place place, FindPlace(root));
  AMEIDE_ASSIGN_OR_RETURN(const git::CommitId newest, place.repository.Resolve(commit));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<git::CommitSummary> commits,
                          place.repository.History(newest, {}, kMostCommits));
  // Newest first, children before their parents: what lies behind a known one was looked at with it.
  std::set<std::string> behind;
  std::vector<const git::CommitSummary*> unknown;
  for (const git::CommitSummary& each : commits) {
    const bool done = behind.contains(each.id.hex) || known(each.id.hex);
    if (done) {
      for (const git::CommitId& parent : each.parents) behind.insert(parent.hex);
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(const bool workspace,
                            place.repository.IsPlainFile(each.id, place.InRepository(".uaf/workspace.yaml")));
    if (workspace) unknown.push_back(&each);
  }
  CommitReader reader(place);
  for (auto each = unknown.rbegin(); each != unknown.rend(); ++each) {
    if (behind.contains((*each)->id.hex)) continue;
    AMEIDE_ASSIGN_OR_RETURN(const uaf::MadeCommit made, reader.Read(**each));
    AMEIDE_RETURN_IF_ERROR(visit(made));
  }
  return absl::OkStatus();
}

}  // namespace

uaf::CommitWalk CommitsOf(const std::filesystem::path& root) {
  return [root](const std::string& commit, const std::function<bool(const std::string&)>& known,
                const std::function<absl::Status(const uaf::MadeCommit&)>& visit) {
    return Walk(root, commit, known, visit);
  };
}

}  // namespace ameide::sync
