// Workers that are given jobs as they come: whose turn it is, what they hold, and what becomes of it.
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "backend/runtime/embedded/job_broker.h"
#include "backend/runtime/embedded/job_broker_entry.h"

namespace ameide::runtime {
namespace {

/// Streams get so many jobs each in turn.
constexpr size_t kMostInTurn = 32;
/// About so many jobs leave the queues before the streams are told: leases run from then on.
constexpr size_t kMostInARound = 256;

}  // namespace

class JobBroker::Stream final : public JobStream {
 public:
  Stream(JobBroker& broker, std::shared_ptr<Outlet> outlet) : broker_(broker), outlet_(std::move(outlet)) {}
  ~Stream() override { broker_.Close(outlet_); }

  void AddCredit(size_t more) override {
    {
      std::lock_guard lock(broker_.mutex_);
      outlet_->credit += more;
      broker_.look_ = true;
    }
    broker_.wake_.notify_one();
  }

  WallTime Extend() override {
    std::lock_guard lock(broker_.mutex_);
    broker_.EndLeases();
    const WallTime until = broker_.clock_->Now() + outlet_->options.lease;
    std::vector<JobLease> extended;
    for (const Id& id : outlet_->jobs) {
      const std::shared_ptr<Entry>& entry = broker_.jobs_.find(id)->second;
      broker_.MoveLease(entry, until);
      extended.push_back(LeaseOf(*entry));
    }
    broker_.Remember(extended);
    return until;
  }

 private:
  JobBroker& broker_;
  const std::shared_ptr<Outlet> outlet_;
};

std::unique_ptr<JobStream> JobBroker::Open(JobStreamOptions options) {
  auto outlet = std::make_shared<Outlet>();
  outlet->credit = options.credit;
  outlet->options = std::move(options);
  {
    std::lock_guard lock(mutex_);
    EndLeases();
    if (outlet->options.held) TakeOver(outlet);
    outlets_.push_back(outlet);
    look_ = true;
  }
  wake_.notify_one();
  return std::make_unique<Stream>(*this, std::move(outlet));
}

void JobBroker::TakeOver(const std::shared_ptr<Outlet>& outlet) {
  const JobStreamOptions& options = outlet->options;
  const WallTime until = clock_->Now() + options.lease;
  std::vector<JobLease> changed;
  for (const HeldJob& held : *options.held) {
    const auto id = ParsePart(held.job);
    const auto found = id ? jobs_.find({id->instance, id->part}) : jobs_.end();
    // What is not here was done or canceled, or its instance is suspended: a report is told.
    if (found == jobs_.end() || found->second->job.job.tenant != options.tenant) continue;
    const std::shared_ptr<Entry>& entry = found->second;
    if (entry->token.empty() || entry->token != held.lease_token) {
      outlet->withdrawn.push_back(held.job);
      continue;
    }
    if (entry->outlet) entry->outlet->jobs.erase(entry->id());  // of a stream whose end nobody saw yet
    if (entry->leased)
      MoveLease(entry, until);
    else
      Lease(entry, until);
    entry->worker = options.worker;
    entry->outlet = outlet;
    outlet->jobs.insert(entry->id());
    changed.push_back(LeaseOf(*entry));
  }
  // The rest was on its way when the program died: the worker never heard of it, or does not do it any more.
  std::vector<std::shared_ptr<Entry>> rest;
  for (const auto& [lease, entry] : leases_) {
    const bool of_before = !entry->outlet && !entry->token.starts_with(launch_);
    if (of_before && entry->worker == options.worker && entry->job.job.tenant == options.tenant)
      rest.push_back(entry);
  }
  for (const std::shared_ptr<Entry>& entry : rest) {
    GiveBack(entry);
    changed.push_back(LeaseOf(*entry));
  }
  Remember(changed);
}

void JobBroker::Close(const std::shared_ptr<Outlet>& outlet) {
  {
    std::lock_guard calling(outlet->calling);
    outlet->closed = true;
  }
  {
    std::lock_guard lock(mutex_);
    outlets_.remove(outlet);
    outlet->ended = true;
    std::vector<JobLease> given_back;
    const std::set<Id> held = std::exchange(outlet->jobs, {});
    for (const Id& id : held) {
      const std::shared_ptr<Entry> entry = jobs_.find(id)->second;
      if (keeps_) {
        entry->outlet = nullptr;
      } else {
        GiveBack(entry);
        given_back.push_back(LeaseOf(*entry));
      }
    }
    Remember(given_back);
    look_ = true;
  }
  wake_.notify_one();
}

void JobBroker::ServeStreams(News& news) {
  std::map<Outlet*, News::ToStream> given;
  for (const std::shared_ptr<Outlet>& outlet : outlets_) {
    const bool ending = stopping_ && !outlet->told_ending;
    if (!ending && outlet->withdrawn.empty()) continue;
    News::ToStream& to = given[outlet.get()];
    to.withdrawn = std::exchange(outlet->withdrawn, {});
    to.ending = ending;
    outlet->told_ending = stopping_;
  }
  size_t taken = 0;
  for (bool again = !stopping_; again && taken < kMostInARound;) {
    again = false;
    for (const std::shared_ptr<Outlet>& outlet : outlets_) {
      const JobStreamOptions& options = outlet->options;
      for (size_t tried = 0; tried < options.types.size() && outlet->credit > 0; ++tried) {
        const std::string& type = options.types[outlet->next_type++ % options.types.size()];
        std::vector<Given> jobs = TakeNow(options.tenant, type, options.worker, options.lease,
                                          std::min(outlet->credit, kMostInTurn));
        if (jobs.empty()) continue;
        again = true;
        taken += jobs.size();
        outlet->credit -= jobs.size();
        for (const Given& job : jobs) {
          job.entry->outlet = outlet;
          outlet->jobs.insert(job.entry->id());
        }
        std::vector<Given>& all = given[outlet.get()].jobs;
        all.insert(all.end(), std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
        break;  // the next stream's turn
      }
    }
  }
  for (const std::shared_ptr<Outlet>& outlet : outlets_) {
    const auto found = given.find(outlet.get());
    if (found == given.end()) continue;
    found->second.outlet = outlet;
    news.streams.push_back(std::move(found->second));
  }
  if (taken >= kMostInARound) look_ = true;
  // Who came first now comes last the next time.
  if (outlets_.size() > 1) outlets_.splice(outlets_.end(), outlets_, outlets_.begin());
}

}  // namespace ameide::runtime
