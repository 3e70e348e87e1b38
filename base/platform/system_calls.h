#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace ameide {

/// The operating system's calls on files, as far as PosixFileSystem and FileLock use them: the lowest seam at
/// which a test can break the disk, below the sequences of calls that make a write atomic. Each behaves as
/// its POSIX namesake: -1 and `errno` on failure. Thread-safe.
class SystemCalls {
 public:
  virtual ~SystemCalls() = default;

  virtual int Open(const char* path, int flags, mode_t mode) = 0;
  virtual int Close(int descriptor) = 0;
  virtual ssize_t Read(int descriptor, void* buffer, size_t size) = 0;
  virtual ssize_t Write(int descriptor, const void* bytes, size_t size) = 0;
  virtual int Truncate(int descriptor, off_t size) = 0;
  /// Of a file or a folder.
  virtual int Sync(int descriptor) = 0;
  virtual int Lock(int descriptor, int operation) = 0;
  /// Makes reads of a pipe wait again (clears O_NONBLOCK).
  virtual int SetBlocking(int descriptor) = 0;
  virtual int ChangeOwner(int descriptor, uid_t owner, gid_t group) = 0;
  virtual int ChangeMode(int descriptor, mode_t mode) = 0;
  virtual int StatusOfOpen(int descriptor, struct stat* status) = 0;
  /// Follows symbolic links.
  virtual int StatusOf(const char* path, struct stat* status) = 0;
  virtual int StatusOfLink(const char* path, struct stat* status) = 0;
  /// renameat2 from and to the working folder.
  virtual int Rename(const char* from, const char* to, unsigned flags) = 0;
  virtual int Link(const char* from, const char* to) = 0;
  virtual int Unlink(const char* path) = 0;
  virtual int MakeFolder(const char* path, mode_t mode) = 0;
  /// The names in a folder, in any order, without "." and "..".
  virtual int List(const char* folder, std::vector<std::string>& names) = 0;
};

/// The calls of the system that the program runs on.
SystemCalls& RealSystemCalls();

}  // namespace ameide
