#include "backend/runtime/embedded/lease_log.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/platform/file_system.h"

namespace ameide::runtime {
namespace {

constexpr std::string_view kMagic = "AMELEASES1";
constexpr uint64_t kLargestFile = uint64_t{1} << 30;
/// For so long a lease that is over still tells whose report is good.
constexpr std::chrono::hours kStaysKnown{1};
/// Leases that had to wait are written in pieces of so many, so that some of them fit where all do not.
constexpr size_t kLateAtOnce = 256;
constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;

void Put(ByteWriter& w, const JobLease& lease) {
  ByteWriter record;
  record.Varint(static_cast<uint64_t>(lease.instance));
  record.Varint(lease.job);
  record.Varint(lease.activation);
  record.Varint(static_cast<uint64_t>(lease.attempt));
  record.String(lease.worker);
  record.String(lease.token);
  record.Varint(static_cast<uint64_t>(lease.until.time_since_epoch().count()));
  w.String(record.Take());
}

/// False for a record that is none.
bool Get(std::string_view bytes, JobLease& lease) {
  ByteReader r(bytes);
  lease.instance = static_cast<InstanceNumber>(r.Varint());
  lease.job = r.Varint();
  lease.activation = static_cast<uint32_t>(r.Varint());
  lease.attempt = static_cast<int>(r.Varint());
  lease.worker = std::string(r.String());
  lease.token = std::string(r.String());
  lease.until = WallTime(WallTime::duration(static_cast<int64_t>(r.Varint())));
  return r.Finish().ok() && !lease.token.empty();
}

}  // namespace

absl::StatusOr<std::unique_ptr<LeaseLog>> LeaseLog::Open(std::filesystem::path file, WallTime now,
                                                         SystemCalls& calls) {
  std::unique_ptr<LeaseLog> log(new LeaseLog(std::move(file), calls));
  log->Read(now);
  log->Rewrite({}, now);
  if (log->out_ < 0 && !log->GoOnAppending()) {
    return absl::UnavailableError(absl::StrCat("the leases of jobs cannot be kept in ", log->file_.string(),
                                               ": ", std::strerror(errno),
                                               "; make the folder writable, or room on the disk, then start "
                                               "again"));
  }
  return log;
}

LeaseLog::~LeaseLog() {
  if (out_ < 0) return;
  WriteLate();
  calls_.Close(out_);
}

void LeaseLog::Read(WallTime now) {
  const absl::StatusOr<std::string> bytes = PosixFileSystem(calls_).Read(file_, kLargestFile);
  if (!bytes.ok()) {
    if (!absl::IsNotFound(bytes.status())) {
      LogWarning("the leases of jobs before this start cannot be read; those jobs are given out again",
                 {{"file", file_.string()}, {"error", std::string(bytes.status().message())}});
    }
    return;
  }
  ByteReader r(*bytes);
  if (r.Raw(kMagic.size()) != kMagic) return;
  size_ = static_cast<int64_t>(kMagic.size());
  while (!r.AtEnd()) {
    const std::string_view record = r.String();
    JobLease lease;
    if (!r.ok() || !Get(record, lease)) break;
    before_[{lease.instance, lease.job}] = std::move(lease);
    size_ = record.data() + record.size() - bytes->data();
    ++records_;
  }
  std::erase_if(before_, [&](const auto& it) { return it.second.until <= now - kStaysKnown; });
}

/// A file that cannot be written anew (the disk is full) is used as it is, up to its first damage.
bool LeaseLog::GoOnAppending() {
  if (size_ == 0) return false;
  out_ = calls_.Open(file_.c_str(), kFlags, 0);
  torn_ = true;
  return out_ >= 0;
}

std::optional<JobLease> LeaseLog::Take(InstanceNumber instance, engine::Key job, uint32_t activation,
                                       int attempt) {
  if (before_.empty()) return std::nullopt;
  const auto found = before_.find({instance, job});
  if (found == before_.end()) return std::nullopt;
  JobLease lease = std::move(found->second);
  before_.erase(found);
  if (lease.activation != activation || lease.attempt != attempt) return std::nullopt;
  return lease;
}

void LeaseLog::Append(const std::vector<JobLease>& leases) {
  if (leases.empty()) return;
  if (!Write(leases)) {
    for (const JobLease& lease : leases) unwritten_[{lease.instance, lease.job}] = lease;
    return;
  }
  // The last lease of a job that is read counts: an older one must not come behind it.
  for (const JobLease& lease : leases) unwritten_.erase({lease.instance, lease.job});
  WriteLate();
}

void LeaseLog::WriteLate() {
  std::vector<JobLease> some;
  while (!unwritten_.empty()) {
    some.clear();
    auto end = unwritten_.begin();
    for (; end != unwritten_.end() && some.size() < kLateAtOnce; ++end) some.push_back(end->second);
    if (!Write(some)) return;
    unwritten_.erase(unwritten_.begin(), end);
  }
  warned_ = false;
}

/// All of them or, as far as a reader can tell, none.
bool LeaseLog::Write(std::span<const JobLease> leases) {
  if (torn_ && calls_.Truncate(out_, size_) != 0) {
    Warn("the leases of jobs cannot be written");
    return false;
  }
  torn_ = false;
  ByteWriter w;
  for (const JobLease& lease : leases) Put(w, lease);
  const std::string bytes = w.Take();
  if (!WriteAll(out_, bytes)) {
    Warn("the leases of jobs cannot be written");
    torn_ = calls_.Truncate(out_, size_) != 0;
    return false;
  }
  records_ += leases.size();
  size_ += static_cast<int64_t>(bytes.size());
  return true;
}

bool LeaseLog::WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = calls_.Write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

void LeaseLog::Warn(const char* what) {
  if (std::exchange(warned_, true)) return;
  const int error = errno;
  LogWarning(absl::StrCat(what, "; until they can, a restart would lose some. Make room on the disk"),
             {{"file", file_.string()}, {"error", std::strerror(error)}});
  errno = error;
}

void LeaseLog::Rewrite(std::vector<JobLease> live, WallTime now) {
  std::erase_if(before_, [&](const auto& it) { return it.second.until <= now - kStaysKnown; });
  const size_t of_now = live.size();
  for (const auto& [id, lease] : before_) live.push_back(lease);
  if (TryRewrite(live)) {
    records_ = live.size();
    unwritten_.clear();
    rewrite_beyond_ = kFewRecords;
    torn_ = warned_ = false;
    return;
  }
  // What waits of jobs that are done needs no room any more.
  std::map<Id, JobLease> wanted;
  for (const JobLease& lease : std::span(live).first(of_now)) {
    const auto waits = unwritten_.find({lease.instance, lease.job});
    if (waits != unwritten_.end()) wanted.insert(unwritten_.extract(waits));
  }
  unwritten_ = std::move(wanted);
  rewrite_beyond_ = std::max(kFewRecords, 2 * (records_ + unwritten_.size()));
}

bool LeaseLog::TryRewrite(const std::vector<JobLease>& leases) {
  ByteWriter w;
  w.Raw(kMagic);
  for (const JobLease& lease : leases) Put(w, lease);
  const std::string bytes = w.Take();
  // A whole file takes the place of the other, so that its end at any moment leaves one of them. Tokens are
  // for workers alone: nobody else may read it.
  const std::string next = file_.string() + ".next";
  const int out = calls_.Open(next.c_str(), kFlags | O_CREAT | O_TRUNC, 0600);
  if (out < 0 || !WriteAll(out, bytes) || calls_.Rename(next.c_str(), file_.c_str(), 0) != 0) {
    Warn("the leases of jobs cannot be written anew");
    if (out < 0) return false;
    const int why = errno;
    calls_.Close(out);
    calls_.Unlink(next.c_str());  // it would take up room
    errno = why;
    return false;
  }
  if (out_ >= 0) calls_.Close(out_);
  out_ = out;
  size_ = static_cast<int64_t>(bytes.size());
  return true;
}

}  // namespace ameide::runtime
