#include "backend/runtime/embedded/lease_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/platform/file_system.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

constexpr std::string_view kMagic = "AMELEASES1";
constexpr uint64_t kLargestFile = uint64_t{1} << 30;
/// For so long a lease that is over still tells whose report is good.
constexpr std::chrono::hours kStaysKnown{1};

bool WriteAll(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

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

absl::StatusOr<std::unique_ptr<LeaseLog>> LeaseLog::Open(std::filesystem::path file, WallTime now) {
  std::unique_ptr<LeaseLog> log(new LeaseLog(std::move(file)));
  log->Read(now);
  log->Rewrite({}, now);
  if (log->out_ < 0) {
    return absl::UnavailableError(absl::StrCat("the leases of jobs cannot be kept in ", log->file_.string(),
                                               ": ", std::strerror(errno),
                                               "; make the folder writable, then start again"));
  }
  return log;
}

LeaseLog::~LeaseLog() {
  if (out_ >= 0) ::close(out_);
}

void LeaseLog::Read(WallTime now) {
  const absl::StatusOr<std::string> bytes = PosixFileSystem().Read(file_, kLargestFile);
  if (!bytes.ok()) return;
  ByteReader r(*bytes);
  if (r.Raw(kMagic.size()) != kMagic) return;
  while (!r.AtEnd()) {
    const std::string_view record = r.String();
    JobLease lease;
    if (!r.ok() || !Get(record, lease)) break;
    before_[{lease.instance, lease.job}] = std::move(lease);
  }
  std::erase_if(before_, [&](const auto& it) { return it.second.until <= now - kStaysKnown; });
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
  ByteWriter w;
  for (const JobLease& lease : leases) Put(w, lease);
  const std::string bytes = w.Take();
  if (WriteAll(out_, bytes)) {
    records_ += leases.size();
    size_ += static_cast<int64_t>(bytes.size());
    failed_ = false;
    return;
  }
  const std::string why = std::strerror(errno);
  const bool whole = ::ftruncate(out_, size_) == 0;  // what follows can be read again
  if (std::exchange(failed_, true)) return;
  LogWarning("the leases of jobs cannot be written; they would not outlive a restart. Make room on the disk",
             {{"file", file_.string()}, {"error", why}, {"readable", whole ? "yes" : "no"}});
}

void LeaseLog::Rewrite(std::vector<JobLease> live, WallTime now) {
  std::erase_if(before_, [&](const auto& it) { return it.second.until <= now - kStaysKnown; });
  for (const auto& [id, lease] : before_) live.push_back(lease);
  ByteWriter w;
  w.Raw(kMagic);
  for (const JobLease& lease : live) Put(w, lease);
  const std::string bytes = w.Take();
  // A whole file takes the place of the other, so that its end at any moment leaves one of them. Tokens are
  // for workers alone: nobody else may read it.
  const std::string next = file_.string() + ".next";
  const int out =
      ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (out < 0) return;
  if (!WriteAll(out, bytes) || ::rename(next.c_str(), file_.c_str()) != 0) {
    ::close(out);
    return;
  }
  if (out_ >= 0) ::close(out_);
  out_ = out;
  size_ = static_cast<int64_t>(bytes.size());
  records_ = live.size();
}

}  // namespace ameide::runtime
