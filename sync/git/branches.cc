// Branches of a repository: which there are, and moving HEAD from one to another.
#include <algorithm>
#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "sync/git/handles.h"
#include "sync/git/repository.h"
#include "sync/git/working_folder.h"
#include "sync/git/write_mark.h"

namespace ameide::sync::git {
namespace {

constexpr char kHeads[] = "refs/heads/";

}  // namespace

absl::StatusOr<std::vector<std::string>> Repository::Branches() const {
  Handle<git_branch_iterator> iterator;
  AMEIDE_RETURN_IF_ERROR(ToStatus(
      git_branch_iterator_new(Into(iterator), repository_.get(), GIT_BRANCH_LOCAL), "list branches"));
  std::vector<std::string> names;
  while (true) {
    Handle<git_reference> reference;
    git_branch_t type = GIT_BRANCH_LOCAL;
    const int code = git_branch_next(Into(reference), &type, iterator.get());
    if (code == GIT_ITEROVER) break;
    AMEIDE_RETURN_IF_ERROR(ToStatus(code, "list branches"));
    const char* name = nullptr;
    AMEIDE_RETURN_IF_ERROR(ToStatus(git_branch_name(&name, reference.get()), "read a branch's name"));
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::optional<CommitId>> Repository::BranchHead(const std::string& branch) const {
  git_oid id;
  const int code = git_reference_name_to_id(&id, repository_.get(), absl::StrCat(kHeads, branch).c_str());
  if (code == GIT_ENOTFOUND || code == GIT_EINVALIDSPEC) return std::optional<CommitId>();
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("read branch ", branch)));
  return std::optional<CommitId>(CommitId{Hex(id)});
}

absl::StatusOr<std::vector<CommitId>> Repository::Remembered(size_t limit) const {
  std::vector<std::string> names = {"HEAD"};
  Handle<git_reference_iterator> iterator;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_reference_iterator_new(Into(iterator), repository_.get()), "list references"));
  while (true) {
    const char* name = nullptr;
    const int code = git_reference_next_name(&name, iterator.get());
    if (code == GIT_ITEROVER) break;
    AMEIDE_RETURN_IF_ERROR(ToStatus(code, "list references"));
    const std::string_view each = name;
    if (each.starts_with(kHeads) || each.starts_with("refs/remotes/")) names.emplace_back(each);
  }
  std::vector<CommitId> commits;
  std::set<std::string> seen;
  const auto add = [&](const git_oid& id) {
    Handle<git_commit> commit;  // a reflog may name what is no more
    if (git_oid_is_zero(&id) || commits.size() >= limit || !seen.insert(Hex(id)).second) return;
    if (git_commit_lookup(Into(commit), repository_.get(), &id) == 0) commits.push_back({Hex(id)});
  };
  for (const std::string& name : names) {
    git_oid id;
    if (git_reference_name_to_id(&id, repository_.get(), name.c_str()) == 0) add(id);
  }
  for (const std::string& name : names) {
    Handle<git_reflog> log;
    if (git_reflog_read(Into(log), repository_.get(), name.c_str()) != 0) continue;
    for (size_t i = 0; i < git_reflog_entrycount(log.get()); ++i) {
      const git_reflog_entry* entry = git_reflog_entry_byindex(log.get(), i);  // newest first
      add(*git_reflog_entry_id_new(entry));
      add(*git_reflog_entry_id_old(entry));
    }
  }
  return commits;
}

absl::StatusOr<std::string> Repository::MainBranch() const {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> remote, DefaultRemote());
  if (remote) {
    Handle<git_reference> head;
    const std::string folder = absl::StrCat("refs/remotes/", *remote, "/");
    const int code = git_reference_lookup(Into(head), repository_.get(), (folder + "HEAD").c_str());
    const char* target = code == 0 ? git_reference_symbolic_target(head.get()) : nullptr;
    if (target != nullptr && std::string_view(target).starts_with(folder)) return target + folder.size();
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> names, Branches());
  for (const char* usual : {"main", "master", "trunk"}) {
    if (std::find(names.begin(), names.end(), usual) != names.end()) return usual;
  }
  if (names.size() == 1) return names.front();
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> present, Branch());
  return names.empty() && present ? *present : "main";
}

absl::Status Repository::CreateBranch(const std::string& branch, const CommitId& commit) {
  const WriteMark mark = MarkWriting();
  git_oid id;
  AMEIDE_RETURN_IF_ERROR(ParseHex(commit.hex, id));
  Handle<git_reference> created;
  const std::string name = absl::StrCat(kHeads, branch);
  return ToStatus(git_reference_create(Into(created), repository_.get(), name.c_str(), &id, 0,
                                       "branch: created by Ameide"),
                  absl::StrCat("create branch ", branch));
}

absl::Status Repository::SwitchTo(const std::string& branch,
                                  const std::function<bool(const std::string&)>& left_alone) {
  const WriteMark mark = MarkWriting();
  AMEIDE_RETURN_IF_ERROR(CheckAtRest());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CommitId> head, Head());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CommitId> target, BranchHead(branch));
  if (target) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ChangedPath> changes, Changes(head, *target, ""));
    AMEIDE_RETURN_IF_ERROR(CheckTreePaths(changes));
    Handle<git_object> old_tree;
    Handle<git_object> new_tree;
    if (head) AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), *head, old_tree));
    AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), *target, new_tree));
    std::vector<std::string> written;
    std::vector<std::string> alone;
    for (const ChangedPath& change : changes) {
      (left_alone(change.path) ? alone : written).push_back(change.path);
    }
    AMEIDE_RETURN_IF_ERROR(CheckNotInTheWay(repository_.get(), folder(), old_tree, new_tree, written));
    AMEIDE_RETURN_IF_ERROR(WriteOut(target, written));
    AMEIDE_RETURN_IF_ERROR(UpdateIndex(repository_.get(), new_tree, written));
    AMEIDE_RETURN_IF_ERROR(ModesFromTree(folder(), new_tree, alone));
    AMEIDE_RETURN_IF_ERROR(IndexFromTree(repository_.get(), new_tree, alone));
  } else if (head) {
    return absl::NotFoundError(absl::StrCat("git has no branch ", branch));
  }
  return ToStatus(git_repository_set_head(repository_.get(), absl::StrCat(kHeads, branch).c_str()),
                  absl::StrCat("switch to branch ", branch));
}

}  // namespace ameide::sync::git
