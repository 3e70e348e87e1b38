#include "backend/telemetry/otlp_push.h"

#include <curl/curl.h>
#include <prometheus/collectable.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "backend/telemetry/otlp.h"
#include "base/log.h"
#include "base/random.h"

namespace ameide::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr size_t kMostInARequest = 500;
constexpr milliseconds kLongestPause{60'000};
constexpr milliseconds kLongestAskedPause{600'000};
constexpr milliseconds kLastTry{1'000};
constexpr size_t kLongestAnswer = 64 << 10;

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What became of a request.
enum class Answer : uint8_t { kTaken, kRefused, kLater };

/// Keeps the beginning of an answer: what it says of a part that was refused is short.
size_t Keep(char* bytes, size_t size, size_t count, void* answer) {
  auto& kept = *static_cast<std::string*>(answer);
  kept.append(bytes, std::min(size * count, kLongestAnswer - kept.size()));
  return size * count;
}

/// The part of an http or https URL that names the server: `user:secret@host:port`.
std::string_view AuthorityOf(std::string_view url) {
  const size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

/// Whether what is sent there stays on this machine.
bool IsLoopback(std::string_view authority) {
  const std::string_view host = authority.starts_with("[") ? authority.substr(0, authority.find(']') + 1)
                                                           : authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

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
      const size_t room = options_.most_waiting - std::min(options_.most_waiting, waiting_.size() + leaving_);
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
    auto not_before = steady_clock::now();  // of spans: metrics that go well say nothing of them
    milliseconds pause = options_.first_pause;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      const bool spans_wait = leaving_ > 0 || !waiting_.empty();
      const auto due = spans_wait ? std::min(next_metrics, not_before) : next_metrics;
      const auto now = steady_clock::now();
      if (now < due) {
        wake_.wait_until(lock, due);
        continue;
      }
      lock.unlock();
      if (now >= next_metrics) {
        const Answer answer = PushMetrics(options_.timeout);
        next_metrics = now + options_.metrics_every;
        if (answer == Answer::kLater)
          next_metrics = std::max(next_metrics, steady_clock::now() + asked_pause_);
      }
      if (now >= not_before && PushSpans(options_.timeout) == Answer::kLater) {
        not_before = steady_clock::now() + std::max(Spread(pause), asked_pause_);
        pause = std::min(2 * pause, kLongestPause);
      } else if (now >= not_before) {
        pause = options_.first_pause;
      }
      lock.lock();
    }
    lock.unlock();
    last_ = true;
    SendTheRest();
  }

  /// All in one second: whoever ends the program waits for it.
  void SendTheRest() {
    const auto until = steady_clock::now() + kLastTry;
    const auto left = [&] { return std::chrono::duration_cast<milliseconds>(until - steady_clock::now()); };
    Answer answer = Answer::kTaken;
    while (answer != Answer::kLater && left().count() > 0 && TakeSpans()) answer = PushSpans(left());
    if (answer != Answer::kLater && left().count() > 0) PushMetrics(left());
    std::lock_guard lock(mutex_);
    const size_t lost = batch_.size() + waiting_.size();
    if (lost > 0) metrics_.CountSpans(0, static_cast<int64_t>(lost));
  }

  /// Those that restarted together should not come back together.
  static milliseconds Spread(milliseconds pause) {
    const auto half = pause / 2;
    SystemRandom random;
    return half + milliseconds(random.Below(static_cast<uint64_t>(pause.count()) + 1));
  }

  /// The oldest spans become the batch that leaves, unless there is one; false: there are none.
  bool TakeSpans() {
    std::lock_guard lock(mutex_);
    if (!batch_.empty()) return true;
    const size_t count = std::min(waiting_.size(), kMostInARequest);
    const auto end = waiting_.begin() + static_cast<ptrdiff_t>(count);
    batch_.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
    waiting_.erase(waiting_.begin(), end);
    leaving_ = count;
    return count > 0;
  }

  /// The batch stays where it cannot be taken now.
  Answer PushSpans(milliseconds timeout) {
    if (!TakeSpans()) return Answer::kTaken;
    const Answer answer = Post("/v1/traces", SpansToOtlp(batch_, options_.version), timeout);
    if (answer == Answer::kLater) return answer;
    const auto count = static_cast<int64_t>(batch_.size());
    const int64_t rejected = answer == Answer::kTaken ? std::min(rejected_, count) : count;
    metrics_.CountSpans(count - rejected, rejected);
    batch_.clear();
    std::lock_guard lock(mutex_);
    leaving_ = 0;
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
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                     std::max(1L, static_cast<long>(timeout.count())));  // 0: for ever
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    std::string text;
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    if (code == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    rejected_ = 0;
    asked_pause_ = milliseconds(0);
    if (status >= 200 && status < 300) {
      const PartialSuccess said = ReadPartialSuccess(text);
      rejected_ = said.rejected;
      if (said.rejected == 0) told_.erase(path);
      if (said.rejected > 0 && told_.insert(path).second) {
        LogWarning("the collector refuses a part of the telemetry",
                   {{"endpoint", url}, {"refused", absl::StrCat(said.rejected)}, {"why", said.message}});
      }
      return Answer::kTaken;
    }
    curl_off_t seconds = 0;
    if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
      asked_pause_ =
          std::min(kLongestAskedPause, milliseconds(1'000 * std::min<curl_off_t>(seconds, 1'000'000)));
    }
    if (cut_ && !last_) return Answer::kLater;
    if (told_.insert(path).second) {
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
  std::set<std::string> told_;   ///< paths whose failure was logged, and that have not gone well since
  bool last_ = false;            ///< what is sent now is not cut off any more
  int64_t rejected_ = 0;         ///< of the last request, though it was taken
  milliseconds asked_pause_{0};  ///< by the last answer
  std::vector<Span> batch_;      ///< under way, or to be sent again

  std::atomic<bool> cut_ = false;  ///< what is under way ends
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Span> waiting_;
  size_t leaving_ = 0;  ///< spans of the batch
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
  const std::string_view authority = AuthorityOf(options.endpoint);
  if (authority.find('@') != std::string_view::npos) {
    return absl::InvalidArgumentError(
        "the OTLP endpoint has a user or a password in it, which would be logged; put it into headers "
        "(authorization) and leave the endpoint without");
  }
  if (!options.headers.empty() && options.endpoint.starts_with("http://") && !IsLoopback(authority)) {
    LogWarning("telemetry and its headers leave this machine unencrypted; use an https endpoint",
               {{"endpoint", options.endpoint}});
  }
  return std::make_unique<ThreadedOtlpPush>(std::move(options), metrics, clock);
}

}  // namespace ameide::telemetry
