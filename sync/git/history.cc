// What Repository tells about commits and trees.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "sync/git/handles.h"
#include "sync/git/repository.h"

namespace ameide::sync::git {
namespace {

absl::Status LookUp(git_repository* repository, const CommitId& commit, Handle<git_commit>& out) {
  git_oid id;
  AMEIDE_RETURN_IF_ERROR(ParseHex(commit.hex, id));
  return ToStatus(git_commit_lookup(Into(out), repository, &id), absl::StrCat("read commit ", commit.hex));
}

absl::Status LookUpTree(git_repository* repository, const CommitId& commit, Handle<git_tree>& out) {
  Handle<git_commit> object;
  AMEIDE_RETURN_IF_ERROR(LookUp(repository, commit, object));
  return ToStatus(git_commit_tree(Into(out), object.get()),
                  absl::StrCat("read the tree of commit ", commit.hex));
}

CommitSummary Summarize(git_commit* commit) {
  CommitSummary out;
  out.id = CommitId{Hex(*git_commit_id(commit))};
  for (unsigned i = 0; i < git_commit_parentcount(commit); ++i) {
    out.parents.push_back(CommitId{Hex(*git_commit_parent_id(commit, i))});
  }
  const git_signature* author = git_commit_author(commit);
  if (author != nullptr) {
    out.author =
        Identity{author->name != nullptr ? author->name : "", author->email != nullptr ? author->email : ""};
    out.time = WallTime(std::chrono::seconds(author->when.time));
  }
  const char* message = git_commit_message(commit);
  if (message != nullptr) out.message = message;
  while (!out.message.empty() && out.message.back() == '\n') out.message.pop_back();
  return out;
}

// Hash and mode of `path` in a tree, as text that is empty where there is no such entry.
std::string EntryOf(git_tree* tree, const std::string& path) {
  Handle<git_tree_entry> entry;
  if (tree == nullptr || git_tree_entry_bypath(Into(entry), tree, path.c_str()) != 0) return "";
  return absl::StrCat(Hex(*git_tree_entry_id(entry.get())), ":",
                      static_cast<unsigned>(git_tree_entry_filemode(entry.get())));
}

// Whether the commit has another version of one of `paths` than its first parent.
bool Touches(git_commit* commit, std::span<const std::string> paths) {
  Handle<git_tree> tree;
  if (git_commit_tree(Into(tree), commit) != 0) return false;
  Handle<git_commit> parent;
  Handle<git_tree> parent_tree;
  if (git_commit_parentcount(commit) > 0 && git_commit_parent(Into(parent), commit, 0) == 0) {
    if (git_commit_tree(Into(parent_tree), parent.get()) != 0) return true;
  }
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
    return EntryOf(tree.get(), path) != EntryOf(parent_tree.get(), path);
  });
}

PathChange ChangeOf(git_delta_t delta) {
  switch (delta) {
    case GIT_DELTA_ADDED:
    case GIT_DELTA_UNTRACKED:
      return PathChange::kAdded;
    case GIT_DELTA_DELETED:
      return PathChange::kRemoved;
    default:
      return PathChange::kModified;
  }
}

struct FileList {
  std::string prefix;
  std::vector<std::string> paths;
};

int AddFile(const char* root, const git_tree_entry* entry, void* payload) {
  auto* list = static_cast<FileList*>(payload);
  if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
    list->paths.push_back(absl::StrCat(list->prefix, root, git_tree_entry_name(entry)));
  }
  return 0;
}

}  // namespace

absl::StatusOr<CommitSummary> Repository::Summary(const CommitId& commit) const {
  Handle<git_commit> object;
  AMEIDE_RETURN_IF_ERROR(LookUp(repository_.get(), commit, object));
  return Summarize(object.get());
}

absl::StatusOr<std::string> Repository::ReadFile(const CommitId& commit, const std::string& path) const {
  AMEIDE_ASSIGN_OR_RETURN(CommittedFile file, FindFile(commit, path));
  return std::move(file.bytes);
}

absl::StatusOr<CommittedFile> Repository::FindFile(const CommitId& commit, const std::string& path) const {
  Handle<git_tree> tree;
  AMEIDE_RETURN_IF_ERROR(LookUpTree(repository_.get(), commit, tree));
  Handle<git_tree_entry> entry;
  Handle<git_blob> blob;
  const std::string doing = absl::StrCat("read ", path, " of commit ", commit.hex.substr(0, 10));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_tree_entry_bypath(Into(entry), tree.get(), path.c_str()), doing));
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_blob_lookup(Into(blob), repository_.get(), git_tree_entry_id(entry.get())), doing));
  return CommittedFile{std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                   static_cast<size_t>(git_blob_rawsize(blob.get()))),
                       git_tree_entry_filemode(entry.get()) == GIT_FILEMODE_BLOB_EXECUTABLE};
}

absl::StatusOr<std::vector<std::string>> Repository::ListFiles(const CommitId& commit,
                                                               const std::string& folder) const {
  Handle<git_tree> tree;
  AMEIDE_RETURN_IF_ERROR(LookUpTree(repository_.get(), commit, tree));
  FileList list;
  if (!folder.empty()) {
    Handle<git_tree_entry> entry;
    const int code = git_tree_entry_bypath(Into(entry), tree.get(), folder.c_str());
    if (code == GIT_ENOTFOUND) return list.paths;
    AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("read folder ", folder)));
    if (git_tree_entry_type(entry.get()) != GIT_OBJECT_TREE) return list.paths;
    AMEIDE_RETURN_IF_ERROR(ToStatus(
        git_tree_lookup(Into(tree), repository_.get(), git_tree_entry_id(entry.get())), "read a folder"));
    list.prefix = absl::StrCat(folder, "/");
  }
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_tree_walk(tree.get(), GIT_TREEWALK_PRE, AddFile, &list), "list files"));
  std::sort(list.paths.begin(), list.paths.end());
  return list.paths;
}

absl::StatusOr<std::vector<ChangedPath>> Repository::Changes(const std::optional<CommitId>& from,
                                                             const CommitId& to,
                                                             const std::string& folder) const {
  Handle<git_tree> old_tree;
  Handle<git_tree> new_tree;
  if (from) AMEIDE_RETURN_IF_ERROR(LookUpTree(repository_.get(), *from, old_tree));
  AMEIDE_RETURN_IF_ERROR(LookUpTree(repository_.get(), to, new_tree));
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.flags = GIT_DIFF_DISABLE_PATHSPEC_MATCH | GIT_DIFF_SKIP_BINARY_CHECK;
  std::string pathspec = folder;
  char* pathspecs[] = {pathspec.data()};
  if (!folder.empty()) options.pathspec = {pathspecs, 1};
  Handle<git_diff> diff;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_diff_tree_to_tree(Into(diff), repository_.get(), old_tree.get(), new_tree.get(), &options),
               "compare two commits"));
  std::vector<ChangedPath> out;
  for (size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
    const git_diff_delta* delta = git_diff_get_delta(diff.get(), i);
    out.push_back(ChangedPath{delta->new_file.path, ChangeOf(delta->status)});
  }
  return out;
}

absl::StatusOr<std::vector<ChangedPath>> Repository::WorkingChanges(const std::string& folder) const {
  git_status_options options = GIT_STATUS_OPTIONS_INIT;
  options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
  options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                  GIT_STATUS_OPT_EXCLUDE_SUBMODULES | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH;
  std::string pathspec = folder;
  char* pathspecs[] = {pathspec.data()};
  if (!folder.empty()) options.pathspec = {pathspecs, 1};
  Handle<git_status_list> list;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_status_list_new(Into(list), repository_.get(), &options),
               absl::StrCat("compare the files of ", this->folder().string(), " with git")));
  std::vector<ChangedPath> out;
  for (size_t i = 0; i < git_status_list_entrycount(list.get()); ++i) {
    const git_status_entry* entry = git_status_byindex(list.get(), i);
    const git_diff_delta* delta =
        entry->index_to_workdir != nullptr ? entry->index_to_workdir : entry->head_to_index;
    if (delta == nullptr) continue;
    PathChange change = PathChange::kModified;
    if ((entry->status & (GIT_STATUS_WT_NEW | GIT_STATUS_INDEX_NEW)) != 0) change = PathChange::kAdded;
    if ((entry->status & (GIT_STATUS_WT_DELETED)) != 0) change = PathChange::kRemoved;
    if ((entry->status & GIT_STATUS_INDEX_DELETED) != 0) {
      change = (entry->status & GIT_STATUS_WT_NEW) != 0 ? PathChange::kModified : PathChange::kRemoved;
    }
    out.push_back(
        ChangedPath{delta->old_file.path != nullptr ? delta->old_file.path : delta->new_file.path, change});
  }
  std::sort(out.begin(), out.end());
  return out;
}

absl::StatusOr<std::vector<CommitSummary>> Repository::History(const CommitId& from,
                                                               std::span<const std::string> paths,
                                                               size_t limit) const {
  git_oid start;
  AMEIDE_RETURN_IF_ERROR(ParseHex(from.hex, start));
  Handle<git_revwalk> walk;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_revwalk_new(Into(walk), repository_.get()), "walk the history"));
  git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_TIME);
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_revwalk_push(walk.get(), &start), absl::StrCat("read commit ", from.hex)));
  std::vector<CommitSummary> out;
  git_oid id;
  while (out.size() < limit) {
    const int code = git_revwalk_next(&id, walk.get());
    if (code == GIT_ITEROVER) break;
    AMEIDE_RETURN_IF_ERROR(ToStatus(code, "walk the history"));
    Handle<git_commit> commit;
    AMEIDE_RETURN_IF_ERROR(
        ToStatus(git_commit_lookup(Into(commit), repository_.get(), &id), "read a commit"));
    if (!paths.empty() && !Touches(commit.get(), paths)) continue;
    out.push_back(Summarize(commit.get()));
  }
  return out;
}

absl::StatusOr<bool> Repository::Reaches(const CommitId& commit, const CommitId& ancestor) const {
  if (commit == ancestor) return true;
  git_oid one;
  git_oid other;
  AMEIDE_RETURN_IF_ERROR(ParseHex(commit.hex, one));
  AMEIDE_RETURN_IF_ERROR(ParseHex(ancestor.hex, other));
  const int code = git_graph_descendant_of(repository_.get(), &one, &other);
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, "compare two commits"));
  return code == 1;
}

absl::StatusOr<AheadBehind> Repository::Compare(const CommitId& local, const CommitId& upstream) const {
  git_oid one;
  git_oid other;
  AMEIDE_RETURN_IF_ERROR(ParseHex(local.hex, one));
  AMEIDE_RETURN_IF_ERROR(ParseHex(upstream.hex, other));
  AheadBehind out;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_graph_ahead_behind(&out.ahead, &out.behind, repository_.get(), &one, &other),
               "compare two branches"));
  return out;
}

}  // namespace ameide::sync::git
