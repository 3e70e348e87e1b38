// A library that stands before the C library (LD_PRELOAD) and breaks its calls on files: ends the program at
// the n-th one, or lets all from the n-th on find a full disk. Only calls that change something below
// AMEIDE_BROKEN_FOLDER count, and only while armed.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

namespace {

enum Mode { kOff, kCount, kKill, kHalfThenKill, kFull };

std::atomic<int> mode{kOff};
std::atomic<long> counted{0};
std::atomic<long> strike_at{0};

const char* Folder() {
  static const char* const folder = getenv("AMEIDE_BROKEN_FOLDER");
  return folder;
}

bool Below(const char* path) {
  const char* folder = Folder();
  if (folder == nullptr || path == nullptr) return false;
  // A path that is not absolute: of a program that works inside of the folder. None of ours does.
  return strncmp(path, folder, strlen(folder)) == 0;
}

bool Below(int descriptor) {
  char link[64];
  char path[4096];
  snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof(path) - 1);
  if (size <= 0) return false;
  path[size] = '\0';
  return Below(path);
}

enum class Verdict { kGo, kFull, kHalf };

/// Counts a call and says what becomes of it; a kill does not return.
Verdict Strike(bool writes) {
  const int how = mode.load();
  if (how == kOff) return Verdict::kGo;
  const long number = ++counted;
  if (how == kFull) return number >= strike_at.load() ? Verdict::kFull : Verdict::kGo;
  if (how == kCount || number != strike_at.load()) return Verdict::kGo;
  if (how == kHalfThenKill && writes) return Verdict::kHalf;
  kill(getpid(), SIGKILL);
  return Verdict::kGo;
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int Full() {
  errno = ENOSPC;
  return -1;
}

template <typename Path, typename Call>
int Change(Path path, bool grows, Call call) {
  if (mode.load() == kOff || !Below(path)) return call();
  // A full disk still lets go of what is there.
  return Strike(false) == Verdict::kFull && grows ? Full() : call();
}

template <typename Call>
ssize_t Put(int descriptor, size_t size, Call call) {
  if (mode.load() == kOff || !Below(descriptor)) return call(size);
  const Verdict verdict = Strike(true);
  if (verdict == Verdict::kFull) return Full();
  if (verdict == Verdict::kHalf) {
    call(size / 2);
    kill(getpid(), SIGKILL);
  }
  return call(size);
}

}  // namespace

extern "C" {

/// Breaks calls from now on; 0 ends it. What was counted begins anew.
void broken_calls_arm(int how, long at) {
  counted = 0;
  strike_at = at;
  mode = how;
}
long broken_calls_count() { return counted.load(); }

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t)>("write");
  return Put(descriptor, size, [&](size_t part) { return next(descriptor, bytes, part); });
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return Put(descriptor, size, [&](size_t part) { return next(descriptor, bytes, part, at); });
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t at) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return Put(descriptor, size, [&](size_t part) { return next(descriptor, bytes, part, at); });
}
int fsync(int descriptor) {
  static const auto next = Next<int (*)(int)>("fsync");
  return Change(descriptor, true, [&] { return next(descriptor); });
}
int fdatasync(int descriptor) {
  static const auto next = Next<int (*)(int)>("fdatasync");
  return Change(descriptor, true, [&] { return next(descriptor); });
}
int ftruncate(int descriptor, off_t size) {
  static const auto next = Next<int (*)(int, off_t)>("ftruncate");
  return Change(descriptor, false, [&] { return next(descriptor, size); });
}
int ftruncate64(int descriptor, off64_t size) {
  static const auto next = Next<int (*)(int, off64_t)>("ftruncate64");
  return Change(descriptor, false, [&] { return next(descriptor, size); });
}
int rename(const char* from, const char* to) {
  static const auto next = Next<int (*)(const char*, const char*)>("rename");
  return Change(to, false, [&] { return next(from, to); });
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  static const auto next = Next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2");
  return Change(to, false, [&] { return next(from_folder, from, to_folder, to, flags); });
}
int link(const char* from, const char* to) {
  static const auto next = Next<int (*)(const char*, const char*)>("link");
  return Change(to, true, [&] { return next(from, to); });
}
int unlink(const char* path) {
  static const auto next = Next<int (*)(const char*)>("unlink");
  return Change(path, false, [&] { return next(path); });
}
int mkdir(const char* path, mode_t rights) {
  static const auto next = Next<int (*)(const char*, mode_t)>("mkdir");
  return Change(path, true, [&] { return next(path, rights); });
}

int open(const char* path, int flags, ...) {
  static const auto next = Next<int (*)(const char*, int, ...)>("open");
  va_list more;
  va_start(more, flags);
  const mode_t rights = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if ((flags & O_CREAT) == 0) return next(path, flags, rights);
  return Change(path, true, [&] { return next(path, flags, rights); });
}
int open64(const char* path, int flags, ...) {
  static const auto next = Next<int (*)(const char*, int, ...)>("open64");
  va_list more;
  va_start(more, flags);
  const mode_t rights = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  if ((flags & O_CREAT) == 0) return next(path, flags, rights);
  return Change(path, true, [&] { return next(path, flags, rights); });
}

}  // extern "C"
