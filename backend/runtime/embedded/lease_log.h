#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/fact.h"
#include "backend/runtime/embedded/ids.h"
#include "base/clock.h"

namespace ameide::runtime {

/// One attempt of a job that a worker has, or had last.
struct JobLease {
  InstanceNumber instance = 0;
  engine::Key job = engine::kNoKey;
  uint32_t activation = 1;
  int attempt = 1;  ///< counted from 1: a lease says nothing of another attempt
  std::string worker;
  std::string token;
  WallTime until;  ///< of the past: it is over or given back, and its token counts until somebody has the job
};

/// Remembers which jobs are on lease, over the end of the program, in a file beside the database. Appended to
/// and not synced: the end of the program, kill -9 included, loses nothing, a power failure may lose the
/// newest leases, whose jobs are then given out again (docs/adr/0046-leases-outlive-the-program.md). Nothing
/// of it is truth: what cannot be read ends the file. Not thread-safe.
class LeaseLog {
 public:
  /// Reads what is there; what comes after damage is dropped. An error of the file system names the file.
  static absl::StatusOr<std::unique_ptr<LeaseLog>> Open(std::filesystem::path file, WallTime now);
  ~LeaseLog();
  LeaseLog(const LeaseLog&) = delete;
  LeaseLog& operator=(const LeaseLog&) = delete;

  /// The lease of this attempt in a file of before, once; nullopt: nobody had it.
  std::optional<JobLease> Take(InstanceNumber instance, engine::Key job, uint32_t activation, int attempt);

  /// Writes before it returns. Where that fails the leases count on, and are gone with the program.
  void Append(const std::vector<JobLease>& leases);
  /// Whether most of the file says nothing any more, so that Rewrite(`live` leases) is due.
  bool IsLong(size_t live) const { return records_ > kFewRecords && records_ > 4 * (live + before_.size()); }
  /// Begins the file anew, with these leases (the last one of each job) and those of before that nobody has
  /// asked for.
  void Rewrite(std::vector<JobLease> live, WallTime now);

 private:
  static constexpr size_t kFewRecords = 20'000;

  explicit LeaseLog(std::filesystem::path file) : file_(std::move(file)) {}
  void Read(WallTime now);

  const std::filesystem::path file_;
  int out_ = -1;
  int64_t size_ = 0;  ///< bytes of whole records
  size_t records_ = 0;
  bool failed_ = false;  ///< and was told
  std::map<std::pair<InstanceNumber, engine::Key>, JobLease> before_;
};

}  // namespace ameide::runtime
