#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ameide::uaf {

/// Checksums of the pages of one connection's database. They lie in the last eight bytes of every page
/// (SQLite's reserved bytes), as SQLite's own checksum VFS (ext/misc/cksumvfs.c) computes them: whatever
/// changes a byte of the file without SQLite and this, a failing disk or somebody's editor, is found when the
/// page is read next.
///
/// It is a VFS between SQLite and the one that does the work, so that every other way of reading and writing
/// goes through it unchanged. A page that is not as it was written is given to SQLite all the same, and
/// noted: who can still read most of a store must be able to, and who asks whether it is sound is told. Files
/// without reserved bytes, of earlier formats, are not checked. Used by one thread at a time.
class PageChecks {
 public:
  /// How many bytes of a page are reserved.
  static constexpr int kReserved = 8;

  /// `driver` names the VFS below; empty: the default one. INVALID_ARGUMENT when there is none of that name.
  static absl::StatusOr<std::unique_ptr<PageChecks>> Make(const std::string& driver);
  /// Must outlive the connection.
  ~PageChecks();
  PageChecks(const PageChecks&) = delete;
  PageChecks& operator=(const PageChecks&) = delete;

  /// The name of the VFS to open the connection with.
  const std::string& name() const;
  /// Whether the pages of the file have checksums; known once its header was read or written.
  bool on() const;
  /// Numbers of pages, from 1, that were not as they were written when they were read last; sorted.
  std::vector<uint64_t> Changed() const;

 private:
  class Implementation;
  explicit PageChecks(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ameide::uaf
