#include "backend/server/instance_watch.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "backend/runtime/embedded/runtime.h"
#include "backend/server/call.h"
#include "backend/server/messages.h"

namespace ameide::server {

using process::v1::Instance;

/// The thread and its queue of watches to look at again.
class InstanceWatches::Refresher {
 public:
  explicit Refresher(runtime::Runtime* runtime) : runtime_(runtime), thread_([this] { Run(); }) {}

  ~Refresher() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  runtime::Runtime* runtime() const { return runtime_; }

  void Enqueue(std::shared_ptr<Watch> watch) {
    {
      std::lock_guard lock(mutex_);
      queue_.push_back(std::move(watch));
    }
    wake_.notify_one();
  }

  void Add(const std::shared_ptr<Watch>& watch) {
    std::lock_guard lock(mutex_);
    live_.insert(watch);
  }
  void Remove(const std::shared_ptr<Watch>& watch) {
    std::lock_guard lock(mutex_);
    live_.erase(watch);
  }

  void EndAll() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
      queue_.insert(queue_.end(), live_.begin(), live_.end());
    }
    wake_.notify_all();
  }
  bool ending() const {
    std::lock_guard lock(mutex_);
    return ending_;
  }

 private:
  void Run();

  runtime::Runtime* const runtime_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<Watch>> queue_;
  std::set<std::shared_ptr<Watch>> live_;
  bool stopping_ = false;
  bool ending_ = false;
  std::thread thread_;
};

/// One stream. Keeps itself alive from Begin to OnDone.
class InstanceWatches::Watch final : public grpc::ServerWriteReactor<Instance>,
                                     public std::enable_shared_from_this<Watch> {
 public:
  Watch(Refresher* refresher, Call call, std::string instance)
      : refresher_(refresher), call_(std::move(call)), instance_(std::move(instance)) {}

  void Begin() {
    self_ = shared_from_this();
    refresher_->Add(self_);
    subscription_ =
        refresher_->runtime()->Watch(instance_, [this] { refresher_->Enqueue(shared_from_this()); });
    refresher_->Enqueue(self_);
  }

  void Refuse(const absl::Status& status) {
    self_ = shared_from_this();
    FinishOnce(status);
  }

  /// On the refresher's thread: sends the present state unless a message is on its way.
  void Refresh() {
    if (refresher_->ending()) return FinishOnce(absl::UnavailableError("the backend is ending"));
    {
      std::lock_guard lock(mutex_);
      if (finished_) return;
      if (writing_) {
        changed_while_writing_ = true;
        return;
      }
    }
    const auto view = refresher_->runtime()->Instance(call_.tenant, instance_);
    if (!view.ok()) return FinishOnce(view.status());
    std::lock_guard lock(mutex_);
    if (finished_ || view->revision == sent_revision_) return;
    sent_revision_ = view->revision;
    last_ = view->row.ended_at.has_value();
    message_ = ToMessage(*view);
    writing_ = true;
    StartWrite(&message_);
  }

  void OnWriteDone(bool ok) override {
    bool again = false;
    absl::Status end;
    bool finish = false;
    {
      std::lock_guard lock(mutex_);
      writing_ = false;
      again = std::exchange(changed_while_writing_, false);
      finish = !ok || last_ || finish_later_;
      if (!ok)
        end = absl::CancelledError("the caller left");
      else if (finish_later_)
        end = later_;
    }
    if (finish)
      FinishOnce(end);
    else if (again)
      refresher_->Enqueue(shared_from_this());
  }

  void OnCancel() override { FinishOnce(absl::CancelledError("the caller left")); }

  void OnDone() override {
    subscription_.reset();
    const std::shared_ptr<Watch> self = std::move(self_);
    refresher_->Remove(self);
  }

 private:
  void FinishOnce(const absl::Status& status) {
    {
      std::lock_guard lock(mutex_);
      if (finished_) return;
      if (writing_) {
        finish_later_ = true;
        later_ = status;
        return;
      }
      finished_ = true;
    }
    Finish(ToGrpc(status, call_.trace_id));
  }

  Refresher* const refresher_;
  const Call call_;
  const std::string instance_;
  std::shared_ptr<Watch> self_;
  std::unique_ptr<runtime::Subscription> subscription_;
  std::mutex mutex_;
  Instance message_;
  int64_t sent_revision_ = -1;
  bool writing_ = false;
  bool changed_while_writing_ = false;
  bool last_ = false;
  bool finish_later_ = false;
  absl::Status later_;
  bool finished_ = false;
};

void InstanceWatches::Refresher::Run() {
  while (true) {
    std::shared_ptr<Watch> watch;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      watch = std::move(queue_.front());
      queue_.pop_front();
    }
    watch->Refresh();
  }
}

InstanceWatches::InstanceWatches(runtime::Runtime* runtime)
    : refresher_(std::make_unique<Refresher>(runtime)) {}

InstanceWatches::~InstanceWatches() = default;

grpc::ServerWriteReactor<Instance>* InstanceWatches::Begin(grpc::CallbackServerContext* context,
                                                           const process::v1::WatchInstanceRequest& request) {
  Call call;
  const absl::Status admitted = Admit(*context, request.context(), &call);
  const auto watch = std::make_shared<Watch>(refresher_.get(), call, request.instance());
  if (admitted.ok())
    watch->Begin();
  else
    watch->Refuse(admitted);
  return watch.get();
}

void InstanceWatches::EndAll() { refresher_->EndAll(); }

}  // namespace ameide::server
