#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/engine/fact.h"
#include "backend/runtime/embedded/ids.h"
#include "base/clock.h"
#include "base/platform/system_calls.h"

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
/// newest leases, whose jobs are then given out again (docs/adr/0046-leases-outlive-the-program.md). While
/// the disk is full leases wait in memory, and are written as soon as there is room. Nothing of it is truth:
/// what cannot be read ends the file. Not thread-safe.
class LeaseLog {
 public:
  /// Reads what is there; what comes after damage is dropped. An error of the file system names the file: it
  /// can neither be written anew nor be appended to. `calls` outlive the log.
  static absl::StatusOr<std::unique_ptr<LeaseLog>> Open(std::filesystem::path file, WallTime now,
                                                        SystemCalls& calls = RealSystemCalls());
  /// Writes what still waits, if it can.
  ~LeaseLog();
  LeaseLog(const LeaseLog&) = delete;
  LeaseLog& operator=(const LeaseLog&) = delete;

  /// The lease of this attempt in a file of before, once; nullopt: nobody had it.
  std::optional<JobLease> Take(InstanceNumber instance, engine::Key job, uint32_t activation, int attempt);

  /// Writes before it returns. Where that fails the leases count on, and are written with a later Append.
  void Append(const std::vector<JobLease>& leases);
  /// Whether most of the file says nothing any more, so that Rewrite(`live` leases) is due. One that failed
  /// is due again when there is twice as much to say.
  bool IsLong(size_t live) const {
    const size_t said = records_ + unwritten_.size();
    return said > rewrite_beyond_ && said > 4 * (live + before_.size());
  }
  /// Begins the file anew, with these leases (the last one of each job) and those of before that nobody has
  /// asked for. Where that fails the file is appended to as before.
  void Rewrite(std::vector<JobLease> live, WallTime now);

 private:
  using Id = std::pair<InstanceNumber, engine::Key>;
  static constexpr size_t kFewRecords = 20'000;

  LeaseLog(std::filesystem::path file, SystemCalls& calls) : file_(std::move(file)), calls_(calls) {}
  void Read(WallTime now);
  bool TryRewrite(const std::vector<JobLease>& leases);
  bool GoOnAppending();
  bool Write(std::span<const JobLease> leases);
  bool WriteAll(int file, std::string_view bytes);
  void WriteLate();
  void Warn(const char* what);

  const std::filesystem::path file_;
  SystemCalls& calls_;
  int out_ = -1;
  int64_t size_ = 0;  ///< bytes of whole records
  size_t records_ = 0;
  size_t rewrite_beyond_ = kFewRecords;  ///< records
  bool torn_ = false;                    ///< behind the whole records there may be others: to be cut off
  bool warned_ = false;                  ///< since the last time that all was well
  std::map<Id, JobLease> before_;
  std::map<Id, JobLease> unwritten_;  ///< the newest of each job
};

}  // namespace ameide::runtime
