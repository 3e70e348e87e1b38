#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "absl/status/status.h"

/// Owners of libgit2's objects and the translation of its errors. For the sources of sync/git only.
namespace ameide::sync::git {

/// Frees every kind of object that libgit2 hands out.
struct Free {
  void operator()(git_annotated_commit* object) const { git_annotated_commit_free(object); }
  void operator()(git_blob* object) const { git_blob_free(object); }
  void operator()(git_branch_iterator* object) const { git_branch_iterator_free(object); }
  void operator()(git_commit* object) const { git_commit_free(object); }
  void operator()(git_config* object) const { git_config_free(object); }
  void operator()(git_config_iterator* object) const { git_config_iterator_free(object); }
  void operator()(git_diff* object) const { git_diff_free(object); }
  void operator()(git_index* object) const { git_index_free(object); }
  void operator()(git_object* object) const { git_object_free(object); }
  void operator()(git_patch* object) const { git_patch_free(object); }
  void operator()(git_reference* object) const { git_reference_free(object); }
  void operator()(git_reflog* object) const { git_reflog_free(object); }
  void operator()(git_reference_iterator* object) const { git_reference_iterator_free(object); }
  void operator()(git_repository* object) const { git_repository_free(object); }
  void operator()(git_remote* object) const { git_remote_free(object); }
  void operator()(git_revwalk* object) const { git_revwalk_free(object); }
  void operator()(git_signature* object) const { git_signature_free(object); }
  void operator()(git_status_list* object) const { git_status_list_free(object); }
  void operator()(git_tree* object) const { git_tree_free(object); }
  void operator()(git_tree_entry* object) const { git_tree_entry_free(object); }
};

/// One owned object of libgit2.
template <typename T>
using Handle = std::unique_ptr<T, Free>;

/// Lets a libgit2 function put its result into a Handle: `git_tree_lookup(Into(tree), …)`.
template <typename T>
class Into {
 public:
  explicit Into(Handle<T>& handle) : handle_(handle) {}
  ~Into() { handle_.reset(pointer_); }
  Into(const Into&) = delete;
  Into& operator=(const Into&) = delete;
  operator T**() { return &pointer_; }  // NOLINT: it stands in for the out-parameter

 private:
  Handle<T>& handle_;
  T* pointer_ = nullptr;
};

/// A git_buf that disposes of itself.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { git_buf_dispose(&buffer_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  git_buf* get() { return &buffer_; }
  std::string text() const { return std::string(buffer_.ptr == nullptr ? "" : buffer_.ptr, buffer_.size); }

 private:
  git_buf buffer_ = {};
};

/// Starts libgit2, once per process.
void StartLibrary();

/// OK for `code` >= 0; else "cannot <doing>: <git's reason>" with the code that fits.
absl::Status ToStatus(int code, const std::string& doing);

/// The 40 digits of `id`, and back (INVALID_ARGUMENT).
std::string Hex(const git_oid& id);
absl::Status ParseHex(const std::string& hex, git_oid& id);

}  // namespace ameide::sync::git
