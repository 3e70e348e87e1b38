#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "backend/runtime/embedded/job_pool.h"
#include "backend/runtime/embedded/lease_log.h"
#include "backend/runtime/embedded/runtime.h"

namespace ameide::runtime {

/// Jobs that wait for workers outside this process, and those that workers have on lease.
///
/// Each lease has a token that no other lease has, of this or an earlier launch, and a report counts only
/// with the token of the newest lease: whoever has lost a job to another worker is refused. So each job is
/// done at least once, and its result is taken once. A job whose lease is over waits again; as long as nobody
/// else has taken it meanwhile, its old token is the newest. With a LeaseLog leases outlive the program: who
/// had a job can still report it, and nobody else gets it before the lease is over. Thread-safe; callbacks
/// come on a thread of its own.
class JobBroker {
 public:
  /// `quotas` outlives it.
  JobBroker(const Clock* clock, const QuotaBook& quotas);
  /// Every stream has to be gone.
  ~JobBroker();
  /// Remembers leases from now on, and takes up those of before. Before the first Add.
  void Keep(std::unique_ptr<LeaseLog> log);
  /// Waiting jobs keep so many bytes of variables in memory, about; those of further ones are read from the
  /// journal as they are given out, by `read` (on any thread; missing, or NOT_FOUND: the jobs are not open
  /// any more, and leave; CANCELLED: the program ends). Jobs of one instance that are given out together are
  /// read together. Before the first Add.
  using ReadVariables = std::function<absl::StatusOr<std::map<engine::Key, feel::Context>>(
      InstanceNumber instance, std::span<const engine::Key> jobs)>;
  void ReadFrom(ReadVariables read, uint64_t most_held);
  /// Quotas were set: there may be room now.
  void Look();
  /// Answers everybody who waits, and whoever asks from now on, with no jobs; tells streams.
  void Stop();
  /// The end of a stream gives back nothing from now on.
  void KeepLeases();

  void Add(std::vector<PooledJob> jobs);
  /// Gives out jobs now, or as soon as there is one within `wanted.wait`; then none.
  void Take(const JobsWanted& wanted, std::function<void(absl::StatusOr<std::vector<LeasedJob>>)> done);
  std::unique_ptr<JobStream> Open(JobStreamOptions options);
  /// Their worker was not told of these and will not be: they wait again where they waited. Those of other
  /// leases stay as they are.
  void Return(const std::string& tenant, const std::vector<HeldJob>& jobs);
  /// The end of the lease. NOT_FOUND when the worker does not have the job (any more).
  absl::StatusOr<WallTime> Extend(const std::string& tenant, PartId id, const std::string& worker,
                                  std::chrono::milliseconds lease);

  struct Entry;
  /// Takes a job out, for its report; then PutBack or Settle says what became of that. NOT_FOUND: it is not
  /// here; FAILED_PRECONDITION: this is not its newest lease.
  absl::StatusOr<std::shared_ptr<Entry>> Claim(const std::string& tenant, PartId id,
                                               const std::string& lease_token);
  /// Its report was refused for now.
  void PutBack(const std::shared_ptr<Entry>& entry);
  /// Its report is durable, or the job is no longer there.
  void Settle(const std::shared_ptr<Entry>& entry);
  /// The job is no longer wanted.
  void Withdraw(PartId id);
  /// How many attempts failed before this one.
  static size_t FailedAttempts(const Entry& entry);

 private:
  class Stream;
  struct Outlet;                                     ///< a stream, as the broker sees it
  using Type = std::pair<std::string, std::string>;  ///< tenant, type
  using Id = std::pair<InstanceNumber, int64_t>;
  using Queue = std::map<uint64_t, std::shared_ptr<Entry>>;  ///< by place
  struct Waiter {
    JobsWanted wanted;
    std::chrono::steady_clock::time_point until;
    std::function<void(absl::StatusOr<std::vector<LeasedJob>>)> done;
  };
  /// A job with the lease that it was given out under.
  struct Given {
    std::shared_ptr<Entry> entry;
    std::string token;
    WallTime until;
  };
  /// What is to be told once the lock is free.
  struct News {
    struct Answer {
      std::function<void(absl::StatusOr<std::vector<LeasedJob>>)> done;
      std::vector<Given> jobs;
      absl::Status status;
    };
    std::vector<Answer> answers;
    struct ToStream {
      std::shared_ptr<Outlet> outlet;
      std::vector<Given> jobs;
      std::vector<std::string> withdrawn;
      bool ending = false;
    };
    std::vector<ToStream> streams;
  };

  void Run();
  bool SomebodyWaits() const;
  void EndLeases();
  /// Counts jobs on lease.
  void Lease(const std::shared_ptr<Entry>& entry, WallTime until);
  void EndLease(const std::shared_ptr<Entry>& entry);
  /// It ends at another time.
  void MoveLease(const std::shared_ptr<Entry>& entry, WallTime until);
  /// OK, or that jobs of the type wait which the tenant may not have now.
  absl::Status CheckQuota(const std::string& tenant, const std::string& type) const;
  /// Lets it wait where its place is. A job keeps its place while it is on lease.
  void Enqueue(const std::shared_ptr<Entry>& entry);
  void MoveToTheEnd(const std::shared_ptr<Entry>& entry);
  void Dequeue(Entry& entry);
  /// Puts a leased job back into its queue.
  void Release(const std::shared_ptr<Entry>& entry);
  /// Ends its lease before the time; it has its place still, but only once: a job that each of its workers
  /// dies of must not hold up the others.
  void GiveBack(const std::shared_ptr<Entry>& entry);
  std::vector<Given> TakeNow(const std::string& tenant, const std::string& type, const std::string& worker,
                             std::chrono::milliseconds lease, size_t most);
  News Serve();
  void ServeStreams(News& news);
  void Tell(News news);
  struct Read {
    std::map<Id, feel::Context> variables;
    std::set<InstanceNumber> failed;
  };
  Read ReadUnread(const std::vector<Given>& given) const;
  /// What a worker is told of jobs. Those whose variables cannot be had are taken back; `outlet`: of a
  /// stream.
  std::vector<LeasedJob> ToLeased(const std::vector<Given>& given, Outlet* outlet);
  /// `untold` are tried again; `gone` are not open any more.
  void TakeBack(const std::vector<Given>& untold, const std::vector<Given>& gone, Outlet* outlet);
  static JobLease LeaseOf(const Entry& entry);
  /// Comes into `jobs_`, or leaves it.
  void Enlist(const std::shared_ptr<Entry>& entry);
  void Strike(const std::shared_ptr<Entry>& entry);
  void SetToken(Entry& entry, std::string token);
  void Remember(const std::vector<JobLease>& leases);
  bool TakeUpLease(const std::shared_ptr<Entry>& entry);
  void Hold(Entry& entry);
  void LetGo(Entry& entry);
  /// What the worker of a new stream says that it has.
  void TakeOver(const std::shared_ptr<Outlet>& outlet);
  void Close(const std::shared_ptr<Outlet>& outlet);
  void EndReport(const std::shared_ptr<Entry>& entry);

  const Clock* const clock_;
  const QuotaBook& quotas_;
  const std::string launch_;  ///< begins every token: not that of another launch
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unique_ptr<LeaseLog> log_;  ///< nullptr: nothing outlives the program
  ReadVariables read_;             ///< nullptr: all are kept
  uint64_t most_held_ = 0;
  uint64_t held_ = 0;  ///< bytes of variables in `jobs_`
  uint64_t last_lease_ = 0;
  uint64_t last_place_ = 0;
  size_t with_token_ = 0;  ///< of `jobs_`: they have, or had, a lease
  std::map<Id, std::shared_ptr<Entry>> jobs_;
  /// Reports are under way: should the program die before they are durable, their leases count on.
  std::multimap<Id, std::shared_ptr<Entry>> reported_;
  std::map<Type, Queue> waiting_;  ///< jobs that are on no lease; no queue is empty
  std::map<std::pair<WallTime, Id>, std::shared_ptr<Entry>> leases_;
  std::map<std::string, int64_t> in_flight_;  ///< jobs on lease, by tenant
  std::list<Waiter> waiters_;
  std::list<std::shared_ptr<Outlet>> outlets_;  ///< the one to be served first in front
  bool look_ = false;                           ///< something came
  bool stopping_ = false;
  bool keeps_ = false;  ///< leases of streams that end
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace ameide::runtime
