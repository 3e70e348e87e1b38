#include "backend/telemetry/otlp_push.h"

#include <curl/curl.h>
#include <prometheus/collectable.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "backend/telemetry/otlp.h"
#include "base/log.h"

namespace ameide::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kMostInARequest = 500;
constexpr milliseconds kLongestPause{60'000};
constexpr milliseconds kLastTry{1'000};

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What became of a request.
enum class Answer : uint8_t { kTaken, kRefused, kLater };

size_t Ignore(char*, size_t size, size_t count, void*) { return size * count; }

class ThreadedOtlpPush final : public OtlpPush {
 public:
  ThreadedOtlpPush(OtlpPushOptions options, Metrics& metrics, const Clock* clock)
      : options_(std::move(options)),
        metrics_(metrics),
        clock_(clock),
        started_(clock->Now()),
        handle_(curl_easy_init()) {
    AddHeader("Content-Type", "application/json");
    AddHeader("Expect", "");  // large requests go at once, without being asked for first
    for (const auto& [name, value] : options_.headers) AddHeader(name, value);
    thread_ = std::thread([this] { Run(); });
  }

  ~ThreadedOtlpPush() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      cut_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void Add(std::vector<Span> spans) override {
    if (spans.empty()) return;
    size_t dropped = 0;
    {
      std::lock_guard lock(mutex_);
      const size_t room = options_.most_waiting - std::min(options_.most_waiting, waiting_.size());
      const size_t taken = std::min(room, spans.size());
      dropped = spans.size() - taken;
      std::move(spans.begin(), spans.begin() + static_cast<ptrdiff_t>(taken), std::back_inserter(waiting_));
    }
    wake_.notify_one();
    if (dropped > 0) metrics_.CountSpans(0, static_cast<int64_t>(dropped));
  }

 private:
  void AddHeader(const std::string& name, const std::string& value) {
    headers_.reset(curl_slist_append(headers_.release(), absl::StrCat(name, ": ", value).c_str()));
  }

  void Run() {
    auto next_metrics = steady_clock::now() + options_.metrics_every;
    auto not_before = steady_clock::now();
    milliseconds pause = options_.first_pause;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const auto due = waiting_.empty() ? next_metrics : std::min(next_metrics, not_before);
      const auto now = steady_clock::now();
      if (now < due) {
        wake_.wait_until(lock, due);
        continue;
      }
      lock.unlock();
      Answer answer = Answer::kTaken;
      if (now >= next_metrics) {
        answer = PushMetrics(options_.timeout);
        next_metrics = now + options_.metrics_every;
      }
      if (answer != Answer::kLater && now >= not_before) answer = PushSpans(options_.timeout);
      if (answer == Answer::kLater) {
        not_before = steady_clock::now() + pause;
        pause = std::min(2 * pause, kLongestPause);
      } else {
        pause = options_.first_pause;
      }
      lock.lock();
    }
    lock.unlock();
    last_ = true;
    if (PushSpans(kLastTry) != Answer::kLater) PushMetrics(kLastTry);
  }

  /// The oldest spans; they stay where they cannot be taken now.
  Answer PushSpans(milliseconds timeout) {
    std::vector<Span> spans;
    {
      std::lock_guard lock(mutex_);
      const size_t count = std::min(waiting_.size(), kMostInARequest);
      spans.assign(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(count));
    }
    if (spans.empty()) return Answer::kTaken;
    const Answer answer = Post("/v1/traces", SpansToOtlp(spans, options_.version), timeout);
    if (answer == Answer::kLater) return answer;
    const auto count = static_cast<int64_t>(spans.size());
    metrics_.CountSpans(answer == Answer::kTaken ? count : 0, answer == Answer::kTaken ? 0 : count);
    std::lock_guard lock(mutex_);
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    return answer;
  }

  Answer PushMetrics(milliseconds timeout) {
    return Post("/v1/metrics",
                MetricsToOtlp(metrics_.collectable()->Collect(), options_.version, started_, clock_->Now()),
                timeout);
  }

  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto* const push = static_cast<const ThreadedOtlpPush*>(self);
    return push->cut_ && !push->last_ ? 1 : 0;
  }

  Answer Post(const char* path, const std::string& body, milliseconds timeout) {
    CURL* const curl = handle_.get();
    if (curl == nullptr) return Answer::kRefused;
    curl_easy_reset(curl);  // keeps its connection
    const std::string url = options_.endpoint + path;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Ignore);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    if (code == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) {
      told_ = false;
      return Answer::kTaken;
    }
    if (cut_ && !last_) return Answer::kLater;
    if (!std::exchange(told_, true)) {
      LogWarning("telemetry cannot be pushed; look at the collector, or at telemetry.json",
                 {{"endpoint", url},
                  {"why", code == CURLE_OK ? absl::StrCat("it answered ", status)
                                           : std::string(curl_easy_strerror(code))}});
    }
    const bool patience = status == 429 || status == 502 || status == 503 || status == 504;
    return code != CURLE_OK || patience ? Answer::kLater : Answer::kRefused;
  }

  const OtlpPushOptions options_;
  Metrics& metrics_;
  const Clock* const clock_;
  const WallTime started_;

  // The thread's own, once it runs.
  const std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  bool told_ = false;
  bool last_ = false;  ///< what is sent now is not cut off any more

  std::atomic<bool> cut_ = false;  ///< what is under way ends
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Span> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OtlpPush>> OtlpPush::Start(OtlpPushOptions options, Metrics& metrics,
                                                          const Clock* clock) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  const bool known =
      absl::StartsWith(options.endpoint, "http://") || absl::StartsWith(options.endpoint, "https://");
  if (!known || ready != CURLE_OK) {
    return absl::InvalidArgumentError(absl::StrCat("the OTLP endpoint `", options.endpoint,
                                                   "` is no URL; write it like http://127.0.0.1:4318"));
  }
  return std::make_unique<ThreadedOtlpPush>(std::move(options), metrics, clock);
}

}  // namespace ameide::telemetry
