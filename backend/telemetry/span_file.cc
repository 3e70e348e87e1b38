#include "backend/telemetry/span_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <span>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "backend/telemetry/otlp.h"
#include "base/log.h"
#include "base/status.h"

namespace ameide::telemetry {
namespace {

constexpr size_t kMostInALine = 500;

class ThreadedSpanFile final : public SpanFile {
 public:
  ThreadedSpanFile(SpanFileOptions options, Metrics& metrics)
      : options_(std::move(options)), metrics_(metrics) {}

  ~ThreadedSpanFile() override {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  absl::Status Start() {
    AMEIDE_RETURN_IF_ERROR(OpenFile());
    thread_ = std::thread([this] { Run(); });
    return absl::OkStatus();
  }

  void Add(std::vector<Span> spans) override {
    if (spans.empty()) return;
    size_t dropped = 0;
    {
      std::lock_guard lock(mutex_);
      for (Span& span : spans) {
        if (waiting_.size() < options_.most_waiting)
          waiting_.push_back(std::move(span));
        else
          ++dropped;
      }
    }
    wake_.notify_one();
    if (dropped > 0) metrics_.CountSpans(0, static_cast<int64_t>(dropped));
  }

 private:
  absl::Status OpenFile() {
    descriptor_ = ::open(options_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat found {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) {
      return absl::FailedPreconditionError(absl::StrCat("cannot write spans to ", options_.file.string(),
                                                        ": ", std::strerror(errno),
                                                        "; name a file that can be written"));
    }
    size_ = static_cast<uint64_t>(found.st_size);
    return absl::OkStatus();
  }

  void Run() {
    while (true) {
      std::vector<Span> spans;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        spans.swap(waiting_);
      }
      for (size_t begin = 0; begin < spans.size(); begin += kMostInALine) {
        const size_t end = std::min(spans.size(), begin + kMostInALine);
        const bool written =
            Write(SpansToOtlp(std::span(spans).subspan(begin, end - begin), options_.version) + "\n");
        const auto count = static_cast<int64_t>(end - begin);
        metrics_.CountSpans(written ? count : 0, written ? 0 : count);
      }
    }
  }

  bool Write(const std::string& line) {
    if (size_ > 0 && size_ + line.size() > options_.largest) TurnOver();
    size_t done = 0;
    while (descriptor_ >= 0 && done < line.size()) {
      const ssize_t written = ::write(descriptor_, line.data() + done, line.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      done += static_cast<size_t>(written);
    }
    size_ += done;
    const bool all = done == line.size();
    // Half a line would spoil the next one.
    if (!all && done > 0 && ::ftruncate(descriptor_, static_cast<off_t>(size_ - done)) == 0) size_ -= done;
    if (!all && !told_) {
      const std::string file = options_.file.string();
      LogWarning("spans cannot be written and are dropped; is the disk full?", {{"file", file}});
    }
    told_ = !all;
    return all;
  }

  void TurnOver() {
    ::close(descriptor_);
    descriptor_ = -1;
    std::error_code error;
    std::filesystem::rename(options_.file, options_.file.string() + ".old", error);
    if (const absl::Status opened = OpenFile(); !opened.ok())
      LogWarning("spans", {{"error", std::string(opened.message())}});
  }

  const SpanFileOptions options_;
  Metrics& metrics_;

  // The thread's own, once it runs.
  int descriptor_ = -1;
  uint64_t size_ = 0;
  bool told_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Span> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SpanFile>> SpanFile::Open(SpanFileOptions options, Metrics& metrics) {
  auto file = std::make_unique<ThreadedSpanFile>(std::move(options), metrics);
  AMEIDE_RETURN_IF_ERROR(file->Start());
  return file;
}

}  // namespace ameide::telemetry
