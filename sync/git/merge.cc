// What Repository makes of two commits that have grown apart.
#include <algorithm>
#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "sync/git/handles.h"
#include "sync/git/repository.h"
#include "sync/git/working_folder.h"

namespace ameide::sync::git {
namespace {

constexpr size_t kPathsInMessage = 10;

absl::Status Lookup(git_repository* repository, const CommitId& id, Handle<git_commit>& commit) {
  git_oid oid;
  AMEIDE_RETURN_IF_ERROR(ParseHex(id.hex, oid));
  return ToStatus(git_commit_lookup(Into(commit), repository, &oid), absl::StrCat("read commit ", id.hex));
}

/// Git's own merge: an index that may hold conflicts.
absl::Status Merge(git_repository* repository, const Handle<git_commit>& ours,
                   const Handle<git_commit>& theirs, Handle<git_index>& index) {
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  options.flags = 0;  // renames are the log's
  return ToStatus(git_merge_commits(Into(index), repository, ours.get(), theirs.get(), &options),
                  "merge both sides' files");
}

std::optional<git_oid> InTree(const Handle<git_tree>& tree, const std::string& path) {
  Handle<git_tree_entry> entry;
  if (git_tree_entry_bypath(Into(entry), tree.get(), path.c_str()) != 0) return std::nullopt;
  return *git_tree_entry_id(entry.get());
}

/// What a merge makes of a file's mode; where the sides differ, whoever may run it on one of them may.
git_filemode_t ModeIn(git_index* index, const std::string& path) {
  for (int stage = 0; stage <= 3; ++stage) {
    if (stage == 1) continue;  // as it was before both
    const git_index_entry* entry = git_index_get_bypath(index, path.c_str(), stage);
    if (entry != nullptr && entry->mode == GIT_FILEMODE_BLOB_EXECUTABLE) return GIT_FILEMODE_BLOB_EXECUTABLE;
  }
  return GIT_FILEMODE_BLOB;
}

}  // namespace

absl::StatusOr<std::set<std::string>> Repository::MergedByGit(const CommitId& id) const {
  std::set<std::string> merged;
  Handle<git_commit> commit;
  AMEIDE_RETURN_IF_ERROR(Lookup(repository_.get(), id, commit));
  if (git_commit_parentcount(commit.get()) != 2) return merged;
  Handle<git_commit> ours;
  Handle<git_commit> theirs;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_commit_parent(Into(ours), commit.get(), 0), "read a parent"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_commit_parent(Into(theirs), commit.get(), 1), "read a parent"));
  Handle<git_index> index;
  AMEIDE_RETURN_IF_ERROR(Merge(repository_.get(), ours, theirs, index));
  Handle<git_tree> tree;
  Handle<git_tree> their_tree;
  Handle<git_tree> our_tree;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_commit_tree(Into(tree), commit.get()), "read a commit's files"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_commit_tree(Into(our_tree), ours.get()), "read a commit's files"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_commit_tree(Into(their_tree), theirs.get()), "read a commit's files"));
  const CommitId first{Hex(*git_commit_id(ours.get()))};
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<ChangedPath> changes, Changes(first, id, ""));
  for (const ChangedPath& change : changes) {
    const std::optional<git_oid> made = InTree(tree, change.path);
    if (!made) {
      if (!InTree(their_tree, change.path)) merged.insert(change.path);  // one of them removed it
      continue;
    }
    const git_index_entry* entry = git_index_get_bypath(index.get(), change.path.c_str(), 0);
    const std::optional<git_oid> there = InTree(their_tree, change.path);
    const bool by_git = entry != nullptr && git_oid_equal(&entry->id, &*made) != 0;
    const bool by_them = there && git_oid_equal(&*there, &*made) != 0;
    if (by_git || by_them) merged.insert(change.path);
  }
  return merged;
}

absl::StatusOr<CommitId> Repository::MergeCommit(const CommitId& other, std::span<const StagedFile> files,
                                                 const Identity& author, WallTime time,
                                                 const std::string& message) {
  AMEIDE_RETURN_IF_ERROR(CheckAtRest());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CommitId> head, Head());
  if (!head) return absl::FailedPreconditionError("there is no commit to merge with yet");
  Handle<git_commit> ours;
  Handle<git_commit> theirs;
  AMEIDE_RETURN_IF_ERROR(Lookup(repository_.get(), *head, ours));
  AMEIDE_RETURN_IF_ERROR(Lookup(repository_.get(), other, theirs));
  Handle<git_index> index;
  AMEIDE_RETURN_IF_ERROR(Merge(repository_.get(), ours, theirs, index));
  for (const StagedFile& file : files) {
    const git_filemode_t mode = ModeIn(index.get(), file.path);
    // NOT_FOUND: neither in conflict nor there.
    git_index_conflict_remove(index.get(), file.path.c_str());
    git_index_remove(index.get(), file.path.c_str(), 0);
    if (!file.bytes) continue;
    git_index_entry entry = {};
    entry.path = file.path.c_str();
    entry.mode = mode;
    AMEIDE_RETURN_IF_ERROR(ToStatus(
        git_blob_create_from_buffer(&entry.id, repository_.get(), file.bytes->data(), file.bytes->size()),
        absl::StrCat("store ", file.path, " in git")));
    AMEIDE_RETURN_IF_ERROR(
        ToStatus(git_index_add(index.get(), &entry), absl::StrCat("add ", file.path, " to the commit")));
  }
  std::set<std::string> conflicts;
  for (size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
    const git_index_entry* entry = git_index_get_byindex(index.get(), i);
    if (git_index_entry_stage(entry) != 0) conflicts.insert(entry->path);
  }
  if (!conflicts.empty()) {
    std::vector<std::string> named(conflicts.begin(), conflicts.end());
    if (named.size() > kPathsInMessage) named.resize(kPathsInMessage);
    return absl::FailedPreconditionError(
        absl::StrCat("both sides changed files that are no artifacts: ", absl::StrJoin(named, ", "),
                     ". Merge them with git (git merge), then go on; nothing was moved"));
  }
  git_oid tree_id;
  Handle<git_tree> tree;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_index_write_tree_to(&tree_id, index.get(), repository_.get()),
                                  "write the merged commit's tree"));
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_tree_lookup(Into(tree), repository_.get(), &tree_id), "read the merged commit's tree"));
  Handle<git_signature> signature;
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm local = {};
  ::localtime_r(&seconds, &local);
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_signature_new(Into(signature), author.name.c_str(), author.email.c_str(), seconds,
                                 static_cast<int>(local.tm_gmtoff / 60)),
               "use the author's name and e-mail for a commit"));
  const git_commit* parents[] = {ours.get(), theirs.get()};
  git_oid commit;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_commit_create(&commit, repository_.get(), nullptr, signature.get(), signature.get(),
                                 "UTF-8", message.c_str(), tree.get(), 2, parents),
               "make the merged commit"));
  return CommitId{Hex(commit)};
}

}  // namespace ameide::sync::git
