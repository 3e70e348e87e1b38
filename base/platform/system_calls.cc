#include "base/platform/system_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

namespace ameide {
namespace {

class LinuxCalls final : public SystemCalls {
 public:
  int Open(const char* path, int flags, mode_t mode) override { return ::open(path, flags, mode); }
  int Close(int descriptor) override { return ::close(descriptor); }
  ssize_t Read(int descriptor, void* buffer, size_t size) override {
    return ::read(descriptor, buffer, size);
  }
  ssize_t Write(int descriptor, const void* bytes, size_t size) override {
    return ::write(descriptor, bytes, size);
  }
  int Truncate(int descriptor, off_t size) override { return ::ftruncate(descriptor, size); }
  int Sync(int descriptor) override { return ::fsync(descriptor); }
  int Lock(int descriptor, int operation) override { return ::flock(descriptor, operation); }
  int SetBlocking(int descriptor) override { return ::fcntl(descriptor, F_SETFL, 0); }
  int ChangeOwner(int descriptor, uid_t owner, gid_t group) override {
    return ::fchown(descriptor, owner, group);
  }
  int ChangeMode(int descriptor, mode_t mode) override { return ::fchmod(descriptor, mode); }
  int StatusOfOpen(int descriptor, struct stat* status) override { return ::fstat(descriptor, status); }
  int StatusOf(const char* path, struct stat* status) override { return ::stat(path, status); }
  int StatusOfLink(const char* path, struct stat* status) override { return ::lstat(path, status); }
  int Rename(const char* from, const char* to, unsigned flags) override {
    if (flags == 0) return ::rename(from, to);
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags));
  }
  int Link(const char* from, const char* to) override { return ::link(from, to); }
  int Unlink(const char* path) override { return ::unlink(path); }
  int MakeFolder(const char* path, mode_t mode) override { return ::mkdir(path, mode); }
  int List(const char* folder, std::vector<std::string>& names) override {
    DIR* const open = ::opendir(folder);
    if (open == nullptr) return -1;
    errno = 0;
    while (const dirent* entry = ::readdir(open)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    const int error = errno;
    ::closedir(open);
    errno = error;
    return error == 0 ? 0 : -1;
  }
};

}  // namespace

SystemCalls& RealSystemCalls() {
  static LinuxCalls calls;  // without state
  return calls;
}

}  // namespace ameide
