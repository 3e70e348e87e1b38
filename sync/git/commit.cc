// What Repository changes in its working folder and on its branch.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/platform/file_system.h"
#include "base/status.h"
#include "sync/git/handles.h"
#include "sync/git/repository.h"
#include "sync/git/tree_path.h"
#include "sync/git/working_folder.h"
#include "sync/git/write_mark.h"

namespace ameide::sync::git {
namespace {

constexpr size_t kPathsInMessage = 10;

std::string StateName(int state) {
  switch (state) {
    case GIT_REPOSITORY_STATE_MERGE:
      return "a merge";
    case GIT_REPOSITORY_STATE_REVERT:
    case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
      return "a revert";
    case GIT_REPOSITORY_STATE_CHERRYPICK:
    case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
      return "a cherry-pick";
    case GIT_REPOSITORY_STATE_BISECT:
      return "a bisection";
    default:
      return "a rebase";
  }
}

// Local time's distance from UTC, which git keeps beside a commit's time.
int MinutesFromUtc(std::time_t seconds) {
  std::tm local = {};
  ::localtime_r(&seconds, &local);
  return static_cast<int>(local.tm_gmtoff / 60);
}

// The blob of one file and how its entry looks in trees and index.
absl::Status MakeEntry(git_repository* repository, const std::filesystem::path& root, const StagedFile& file,
                       git_index_entry& entry) {
  const std::filesystem::path on_disk = root / file.path;
  std::string bytes = *file.bytes;
  struct stat status = {};
  const bool exists = ::lstat(on_disk.c_str(), &status) == 0;
  entry.mode = GIT_FILEMODE_BLOB;
  if (exists && S_ISLNK(status.st_mode)) {
    std::error_code error;
    bytes = std::filesystem::read_symlink(on_disk, error).string();
    entry.mode = GIT_FILEMODE_LINK;
  } else if (exists && (status.st_mode & S_IXUSR) != 0) {
    entry.mode = GIT_FILEMODE_BLOB_EXECUTABLE;
  }
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_blob_create_from_buffer(&entry.id, repository, bytes.data(), bytes.size()),
               absl::StrCat("store ", file.path, " in git")));
  if (!exists || !S_ISREG(status.st_mode)) return absl::OkStatus();
  std::ifstream stream(on_disk, std::ios::binary);
  const std::string present((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (present != bytes) return absl::OkStatus();
  // The stamp lets git see later without reading that the file is unchanged.
  entry.ctime = {static_cast<int32_t>(status.st_ctim.tv_sec), static_cast<uint32_t>(status.st_ctim.tv_nsec)};
  entry.mtime = {static_cast<int32_t>(status.st_mtim.tv_sec), static_cast<uint32_t>(status.st_mtim.tv_nsec)};
  entry.dev = static_cast<uint32_t>(status.st_dev);
  entry.ino = static_cast<uint32_t>(status.st_ino);
  entry.uid = status.st_uid;
  entry.gid = status.st_gid;
  entry.file_size = static_cast<uint32_t>(status.st_size);
  return absl::OkStatus();
}

absl::Status PutIntoIndex(git_index* index, const StagedFile& file, const git_index_entry& entry) {
  if (file.bytes)
    return ToStatus(git_index_add(index, &entry), absl::StrCat("add ", file.path, " to the commit"));
  const int code = git_index_remove(index, file.path.c_str(), 0);
  if (code == GIT_ENOTFOUND) return absl::OkStatus();
  return ToStatus(code, absl::StrCat("remove ", file.path, " from the commit"));
}

// Puts all into git's index. Another git command that is at work, mostly for milliseconds, is waited for.
absl::Status StageAll(git_repository* repository, std::span<const StagedFile> files,
                      std::span<const git_index_entry> entries) {
  constexpr std::chrono::seconds kPatience(5);
  constexpr std::chrono::milliseconds kPause(20);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    Handle<git_index> index;
    AMEIDE_RETURN_IF_ERROR(ToStatus(git_repository_index(Into(index), repository), "open git's index"));
    AMEIDE_RETURN_IF_ERROR(ToStatus(git_index_read(index.get(), 1), "read git's index"));
    for (size_t i = 0; i < files.size(); ++i)
      AMEIDE_RETURN_IF_ERROR(PutIntoIndex(index.get(), files[i], entries[i]));
    const int code = git_index_write(index.get());
    if (code != GIT_ELOCKED || std::chrono::steady_clock::now() >= deadline)
      return ToStatus(code, "write git's index");
    std::this_thread::sleep_for(kPause);
  }
}

// The first folder on the way to `path` that is a symbolic link: nothing is written or removed behind it.
std::optional<std::filesystem::path> LinkOnTheWay(const std::filesystem::path& root,
                                                  const std::string& path) {
  std::filesystem::path folder = root;
  for (const std::filesystem::path& part : std::filesystem::path(path).parent_path()) {
    folder /= part;
    std::error_code error;
    if (std::filesystem::is_symlink(folder, error)) return folder;
  }
  return std::nullopt;
}

// The hash that a working file would have in git; nullopt when there is none.
std::optional<git_oid> HashOnDisk(git_repository* repository, const std::filesystem::path& root,
                                  const std::string& path) {
  git_oid id;
  struct stat status = {};
  if (LinkOnTheWay(root, path) || ::lstat((root / path).c_str(), &status) != 0) return std::nullopt;
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    const std::string target = std::filesystem::read_symlink(root / path, error).string();
    if (git_odb_hash(&id, target.data(), target.size(), GIT_OBJECT_BLOB) != 0) return std::nullopt;
    return id;
  }
  if (git_repository_hashfile(&id, repository, (root / path).c_str(), GIT_OBJECT_BLOB, path.c_str()) != 0) {
    return git_oid{};  // a folder, or unreadable: like no version that git knows
  }
  return id;
}

std::optional<git_oid> HashInTree(git_tree* tree, const std::string& path) {
  Handle<git_tree_entry> entry;
  if (tree == nullptr || git_tree_entry_bypath(Into(entry), tree, path.c_str()) != 0) return std::nullopt;
  if (git_tree_entry_type(entry.get()) == GIT_OBJECT_TREE) return std::nullopt;  // a folder is no file
  return *git_tree_entry_id(entry.get());
}

bool Same(const std::optional<git_oid>& one, const std::optional<git_oid>& other) {
  if (!one || !other) return !one && !other;
  return git_oid_equal(&*one, &*other) != 0;
}

git_tree* AsTree(const Handle<git_object>& object) { return reinterpret_cast<git_tree*>(object.get()); }

// A file's bytes as git would check them out.
absl::StatusOr<std::string> FilteredBytes(git_repository* repository, const git_oid& id,
                                          const std::string& path) {
  Handle<git_blob> blob;
  Buffer bytes;
  git_blob_filter_options options = GIT_BLOB_FILTER_OPTIONS_INIT;
  options.flags = 0;  // binary files too
  const std::string doing = absl::StrCat("read ", path, " from git");
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_blob_lookup(Into(blob), repository, &id), doing));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_blob_filter(bytes.get(), blob.get(), path.c_str(), &options), doing));
  return bytes.text();
}

// Removes a file, and the folders that it leaves empty.
absl::Status RemoveFile(const std::filesystem::path& root, const std::string& path) {
  std::error_code none;
  // What became a folder, or lies behind a link, is not there any more.
  if (LinkOnTheWay(root, path) ||
      std::filesystem::is_directory(std::filesystem::symlink_status(root / path, none))) {
    return absl::OkStatus();
  }
  AMEIDE_RETURN_IF_ERROR(PosixFileSystem().Remove(root / path));
  std::error_code error;
  for (std::filesystem::path folder = (root / path).parent_path(); folder != root;
       folder = folder.parent_path()) {
    if (!std::filesystem::remove(folder, error)) break;
  }
  return absl::OkStatus();
}

absl::Status CheckNoLinkOnTheWay(const std::filesystem::path& root, const std::string& path) {
  const std::optional<std::filesystem::path> link = LinkOnTheWay(root, path);
  if (!link) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(link->string(), " is a symbolic link where ", path,
                                                    " belongs; move it away, then try again"));
}

// Puts a symbolic link in the place of what is there, a file, another link or nothing, at once.
absl::Status WriteLink(git_repository* repository, const std::filesystem::path& root, const git_oid& id,
                       const std::string& path) {
  Handle<git_blob> blob;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_blob_lookup(Into(blob), repository, &id), absl::StrCat("read ", path, " from git")));
  const std::string target(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                           static_cast<size_t>(git_blob_rawsize(blob.get())));
  AMEIDE_RETURN_IF_ERROR(CheckNoLinkOnTheWay(root, path));
  const std::filesystem::path place = root / path;
  AMEIDE_RETURN_IF_ERROR(PosixFileSystem().CreateFolders(place.parent_path()));
  const std::filesystem::path beside =
      place.parent_path() / absl::StrCat(".", place.filename().string(), ".link~");
  std::error_code error;
  std::filesystem::remove(beside, error);
  std::filesystem::create_symlink(target, beside, error);
  if (!error) std::filesystem::rename(beside, place, error);
  if (!error) return absl::OkStatus();
  const std::string why = error.message();
  std::filesystem::remove(beside, error);
  return absl::UnavailableError(absl::StrCat("cannot write the symbolic link ", path, ": ", why));
}

// Gives a file that is there already the permission to run that a commit gives it, or takes it away: whoever
// may read it may run it.
absl::Status MatchMode(const std::filesystem::path& file, git_filemode_t mode) {
  struct stat status = {};
  if (::lstat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return absl::OkStatus();
  const bool wanted = mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  if (wanted == ((status.st_mode & S_IXUSR) != 0)) return absl::OkStatus();
  constexpr mode_t kRun = S_IXUSR | S_IXGRP | S_IXOTH;
  constexpr mode_t kRead = S_IRUSR | S_IRGRP | S_IROTH;
  const mode_t changed =
      wanted ? status.st_mode | ((status.st_mode & kRead) >> 2) : status.st_mode & ~mode_t{kRun};
  if (::chmod(file.c_str(), changed & 07777) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("set the mode of ", file.string()));
}

// Brings one file to the state of `tree`. Not by git's own checkout, which writes in place: a process that is
// killed in the middle would leave half a file, and that would look like somebody's edit.
absl::Status WriteFile(git_repository* repository, const std::filesystem::path& root,
                       const Handle<git_object>& tree, const std::string& path) {
  Handle<git_tree_entry> entry;
  if (tree == nullptr || git_tree_entry_bypath(Into(entry), AsTree(tree), path.c_str()) != 0 ||
      git_tree_entry_type(entry.get()) == GIT_OBJECT_TREE) {
    return RemoveFile(root, path);
  }
  const git_filemode_t mode = git_tree_entry_filemode(entry.get());
  if (mode == GIT_FILEMODE_LINK) return WriteLink(repository, root, *git_tree_entry_id(entry.get()), path);
  if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE) {  // submodules
    std::string name = path;
    char* names[] = {name.data()};
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy =
        GIT_CHECKOUT_FORCE | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH | GIT_CHECKOUT_DONT_UPDATE_INDEX;
    options.paths = {names, 1};
    return ToStatus(git_checkout_tree(repository, tree.get(), &options), absl::StrCat("write ", path));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes,
                          FilteredBytes(repository, *git_tree_entry_id(entry.get()), path));
  AMEIDE_RETURN_IF_ERROR(CheckNoLinkOnTheWay(root, path));
  PosixFileSystem files;
  // The new file takes the place of a link; it is not written through it.
  std::error_code error;
  if (std::filesystem::is_symlink(root / path, error)) AMEIDE_RETURN_IF_ERROR(files.Remove(root / path));
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders((root / path).parent_path()));
  AMEIDE_RETURN_IF_ERROR(
      files.WriteAtomically(root / path, bytes, mode == GIT_FILEMODE_BLOB_EXECUTABLE ? 0755 : 0644));
  return MatchMode(root / path, mode);
}

// Whether a folder holds nothing but files of `going`: a link may take its place.
bool HoldsOnly(const std::filesystem::path& root, const std::string& path,
               const std::set<std::string>& going) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(root / path, error))) return false;
  const auto options = std::filesystem::directory_options::none;  // links are not followed
  for (std::filesystem::recursive_directory_iterator each(root / path, options, error), end; each != end;
       each.increment(error)) {
    if (error) return false;
    const bool folder = each->is_directory(error) && !each->is_symlink(error);
    if (!folder && !going.contains(each->path().lexically_relative(root).generic_string())) return false;
  }
  return !error;
}

// Removes a folder where a file or link belongs, as far as it is empty.
void RemoveEmptyFolders(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(folder, error))) return;
  std::vector<std::filesystem::path> inside;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) inside.push_back(entry.path());
  for (const std::filesystem::path& each : inside) RemoveEmptyFolders(each);
  std::filesystem::remove(folder, error);  // refused for one that holds something
}

}  // namespace

absl::Status CheckTreePaths(std::span<const ChangedPath> changes) {
  for (const ChangedPath& change : changes) {
    if (change.change != PathChange::kRemoved) AMEIDE_RETURN_IF_ERROR(CheckTreePath(change.path));
  }
  return absl::OkStatus();
}

absl::Status TreeOf(git_repository* repository, const CommitId& commit, Handle<git_object>& tree) {
  git_oid id;
  AMEIDE_RETURN_IF_ERROR(ParseHex(commit.hex, id));
  Handle<git_object> object;
  const std::string doing = absl::StrCat("read commit ", commit.hex);
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_object_lookup(Into(object), repository, &id, GIT_OBJECT_COMMIT), doing));
  return ToStatus(git_object_peel(Into(tree), object.get(), GIT_OBJECT_TREE), doing);
}

absl::Status CheckNotInTheWay(git_repository* repository, const std::filesystem::path& root,
                              const Handle<git_object>& old_tree, const Handle<git_object>& new_tree,
                              const std::vector<std::string>& paths) {
  std::vector<std::string> in_the_way;
  std::set<std::string> going;
  for (const std::string& path : paths)
    if (!HashInTree(AsTree(new_tree), path)) going.insert(path);
  for (const std::string& path : paths) {
    const std::optional<git_oid> present = HashOnDisk(repository, root, path);
    if (Same(present, HashInTree(AsTree(old_tree), path)) ||
        Same(present, HashInTree(AsTree(new_tree), path)))
      continue;
    if (HoldsOnly(root, path, going)) continue;
    if (in_the_way.size() < kPathsInMessage) in_the_way.push_back(path);
  }
  if (in_the_way.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("these files were changed here and by the new commits: ",
                                                    absl::StrJoin(in_the_way, ", "), "; nothing was moved"));
}

absl::Status UpdateIndex(git_repository* repository, const Handle<git_object>& tree,
                         const std::vector<std::string>& paths) {
  Handle<git_index> index;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_repository_index(Into(index), repository), "open git's index"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_index_read(index.get(), 1), "read git's index"));
  for (const std::string& path : paths) {
    const int code = HashInTree(AsTree(tree), path) ? git_index_add_bypath(index.get(), path.c_str())
                                                    : git_index_remove(index.get(), path.c_str(), 0);
    if (code != GIT_ENOTFOUND)
      AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("note ", path, " in git's index")));
  }
  return ToStatus(git_index_write(index.get()), "write git's index");
}

absl::Status ModesFromTree(const std::filesystem::path& root, const Handle<git_object>& tree,
                           const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    Handle<git_tree_entry> found;
    if (git_tree_entry_bypath(Into(found), AsTree(tree), path.c_str()) != 0) continue;
    AMEIDE_RETURN_IF_ERROR(MatchMode(root / path, git_tree_entry_filemode(found.get())));
  }
  return absl::OkStatus();
}

absl::Status IndexFromTree(git_repository* repository, const Handle<git_object>& tree,
                           const std::vector<std::string>& paths) {
  if (paths.empty()) return absl::OkStatus();
  Handle<git_index> index;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_repository_index(Into(index), repository), "open git's index"));
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_index_read(index.get(), 1), "read git's index"));
  for (const std::string& path : paths) {
    Handle<git_tree_entry> found;
    int code = git_tree_entry_bypath(Into(found), AsTree(tree), path.c_str());
    if (code == 0 && git_tree_entry_type(found.get()) != GIT_OBJECT_TREE) {
      git_index_entry entry = {};
      entry.path = path.c_str();
      entry.id = *git_tree_entry_id(found.get());
      entry.mode = git_tree_entry_filemode(found.get());
      code = git_index_add(index.get(), &entry);
    } else {
      code = git_index_remove(index.get(), path.c_str(), 0);
    }
    if (code != GIT_ENOTFOUND)
      AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("note ", path, " in git's index")));
  }
  return ToStatus(git_index_write(index.get()), "write git's index");
}

absl::Status Repository::CheckAtRest() const {
  const int state = git_repository_state(repository_.get());
  if (state == GIT_REPOSITORY_STATE_NONE) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("git is in the middle of ", StateName(state), " here; finish or abort it with git first"));
}

absl::StatusOr<bool> Repository::IsPlainFile(const CommitId& commit, const std::string& path) const {
  Handle<git_object> tree;
  AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), commit, tree));
  Handle<git_tree_entry> entry;
  if (git_tree_entry_bypath(Into(entry), AsTree(tree), path.c_str()) != 0) return false;
  const git_filemode_t mode = git_tree_entry_filemode(entry.get());
  return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

absl::StatusOr<CommitId> Repository::Commit(std::span<const StagedFile> files, const Identity& author,
                                            WallTime time, const std::string& message) {
  const WriteMark mark = MarkWriting();
  AMEIDE_RETURN_IF_ERROR(CheckAtRest());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> branch, Branch());
  if (!branch) {
    return absl::FailedPreconditionError("HEAD is on no branch; switch to one with git before committing");
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CommitId> head, Head());

  Handle<git_index> next;  // HEAD's tree with our files on top
  Handle<git_commit> parent;
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_index_new(Into(next)), "prepare the commit"));
  if (head) {
    Handle<git_object> tree;
    git_oid id;
    AMEIDE_RETURN_IF_ERROR(ParseHex(head->hex, id));
    AMEIDE_RETURN_IF_ERROR(ToStatus(git_commit_lookup(Into(parent), repository_.get(), &id), "read HEAD"));
    AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), *head, tree));
    AMEIDE_RETURN_IF_ERROR(ToStatus(git_index_read_tree(next.get(), AsTree(tree)), "read HEAD's files"));
  }
  std::vector<git_index_entry> entries;
  entries.reserve(files.size());
  for (const StagedFile& file : files) {
    git_index_entry& entry = entries.emplace_back();
    entry.path = file.path.c_str();
    if (file.bytes) AMEIDE_RETURN_IF_ERROR(MakeEntry(repository_.get(), folder(), file, entry));
    AMEIDE_RETURN_IF_ERROR(PutIntoIndex(next.get(), file, entry));
  }
  git_oid tree_id;
  Handle<git_tree> tree;
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_index_write_tree_to(&tree_id, next.get(), repository_.get()), "write the commit's tree"));
  AMEIDE_RETURN_IF_ERROR(
      ToStatus(git_tree_lookup(Into(tree), repository_.get(), &tree_id), "read the commit's tree"));
  // The index first: killed after it, the files are merely staged; the other way round they would look
  // reverted.
  AMEIDE_RETURN_IF_ERROR(StageAll(repository_.get(), files, entries));

  Handle<git_signature> signature;
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  AMEIDE_RETURN_IF_ERROR(ToStatus(git_signature_new(Into(signature), author.name.c_str(),
                                                    author.email.c_str(), seconds, MinutesFromUtc(seconds)),
                                  "use the author's name and e-mail for a commit"));
  const git_commit* parents[] = {parent.get()};
  git_oid commit;
  const int code =
      git_commit_create(&commit, repository_.get(), "HEAD", signature.get(), signature.get(), "UTF-8",
                        message.c_str(), tree.get(), parent != nullptr ? 1 : 0, parents);
  AMEIDE_RETURN_IF_ERROR(ToStatus(code, absl::StrCat("commit to branch ", *branch)));
  return CommitId{Hex(commit)};
}

absl::Status Repository::WriteOut(const std::optional<CommitId>& commit, std::span<const std::string> paths) {
  Handle<git_object> tree;
  if (commit) AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), *commit, tree));
  for (const std::string& path : paths) {
    if (HashInTree(AsTree(tree), path)) AMEIDE_RETURN_IF_ERROR(CheckTreePath(path));
  }
  // What goes goes first: a link may come in the place of a folder, or the other way round.
  for (const bool goes : {true, false}) {
    for (const std::string& path : paths) {
      const std::optional<git_oid> wanted = HashInTree(AsTree(tree), path);
      if (goes == wanted.has_value()) continue;
      if (goes && !CheckTreePath(path).ok()) continue;  // such a file was never written
      if (Same(HashOnDisk(repository_.get(), folder(), path), wanted)) continue;
      if (wanted) RemoveEmptyFolders(folder() / path);
      AMEIDE_RETURN_IF_ERROR(WriteFile(repository_.get(), folder(), tree, path));
    }
  }
  return absl::OkStatus();
}

absl::Status Repository::FastForward(const CommitId& target,
                                     const std::function<bool(const std::string&)>& left_alone) {
  const WriteMark mark = MarkWriting();
  AMEIDE_RETURN_IF_ERROR(CheckAtRest());
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> branch, Branch());
  if (!branch) return absl::FailedPreconditionError("HEAD is on no branch; switch to one with git first");
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<CommitId> head, Head());
  if (head) {
    AMEIDE_ASSIGN_OR_RETURN(const bool reaches, Reaches(target, *head));
    if (!reaches)
      return absl::FailedPreconditionError("the branch cannot be fast-forwarded: it has commits of its own");
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<ChangedPath> changes, Changes(head, target, ""));
  Handle<git_object> old_tree;
  Handle<git_object> new_tree;
  if (head) AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), *head, old_tree));
  AMEIDE_RETURN_IF_ERROR(TreeOf(repository_.get(), target, new_tree));
  AMEIDE_RETURN_IF_ERROR(CheckTreePaths(changes));
  std::vector<std::string> paths;
  std::vector<std::string> alone;
  for (const ChangedPath& change : changes)
    (left_alone && left_alone(change.path) ? alone : paths).push_back(change.path);
  AMEIDE_RETURN_IF_ERROR(CheckNotInTheWay(repository_.get(), folder(), old_tree, new_tree, paths));
  AMEIDE_RETURN_IF_ERROR(WriteOut(target, paths));
  AMEIDE_RETURN_IF_ERROR(UpdateIndex(repository_.get(), new_tree, paths));
  AMEIDE_RETURN_IF_ERROR(ModesFromTree(folder(), new_tree, alone));
  AMEIDE_RETURN_IF_ERROR(IndexFromTree(repository_.get(), new_tree, alone));

  git_oid new_id;
  git_oid old_id = {};
  AMEIDE_RETURN_IF_ERROR(ParseHex(target.hex, new_id));
  if (head) AMEIDE_RETURN_IF_ERROR(ParseHex(head->hex, old_id));
  Handle<git_reference> moved;
  const std::string name = absl::StrCat("refs/heads/", *branch);
  // Only from where we found it: somebody may have committed meanwhile.
  const int code = head ? git_reference_create_matching(Into(moved), repository_.get(), name.c_str(), &new_id,
                                                        1, &old_id, "pull: fast-forward")
                        : git_reference_create(Into(moved), repository_.get(), name.c_str(), &new_id, 0,
                                               "pull: fast-forward");
  return ToStatus(code, absl::StrCat("move branch ", *branch));
}

}  // namespace ameide::sync::git
