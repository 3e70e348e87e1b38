#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ameide/process/v1/process.pb.h"
#include "app/connection/backend_process.h"
#include "app/workbench/worker.h"

namespace ameide::workbench {

/// The embedded backend for the UI thread: starts and supervises it, makes calls on a thread of its own,
/// tells of its state.
class BackendService : public QObject {
  Q_OBJECT

 public:
  using State = connection::BackendState;

  explicit BackendService(QObject* parent = nullptr);
  /// Ends the backend if this object started it.
  ~BackendService() override;

  /// Begins; returns at once. `program` is the backend's, by default the one beside this program.
  void Start(const QString& program = QString());
  /// After a failure: tries again now.
  void Restart();
  State state() const { return state_; }
  bool running() const { return state_ == State::kRunning; }
  /// What happened, for people; may be empty.
  const QString& message() const { return message_; }
  /// Process id of the child, 0 when there is none of ours.
  int process_id() const;

  /// Runs `work(connection)` off the UI thread and `done(result)` here. `work` returns a Status or StatusOr;
  /// without a running backend it is not run and the result is UNAVAILABLE.
  template <typename Work, typename Done>
  void Call(QObject* context, Work work, Done done) {
    RunOn(calls_, context, std::move(work), std::move(done));
  }
  /// As Call, on a thread for what takes long (publishing), so that other calls go on meanwhile.
  template <typename Work, typename Done>
  void CallLong(QObject* context, Work work, Done done) {
    RunOn(long_calls_, context, std::move(work), std::move(done));
  }
  /// For reports from inside of `work` back to the UI thread.
  void Post(QPointer<QObject> guard, std::function<void()> call) {
    long_calls_.Post(std::move(guard), std::move(call));
  }

  /// Follows an instance as long as the returned object lives; `changed` is called here, now and after every
  /// change.
  class Watch {
   public:
    virtual ~Watch() = default;
  };
  std::unique_ptr<Watch> WatchInstance(const std::string& instance, QObject* context,
                                       std::function<void(process::v1::Instance)> changed);

 Q_SIGNALS:
  void stateChanged();

 private:
  template <typename Work, typename Done>
  void RunOn(Worker& worker, QObject* context, Work work, Done done) {
    using Result = std::invoke_result_t<Work, const connection::Connection&>;
    std::shared_ptr<connection::Connection> connection = Connected();
    worker.Run(
        context,
        [connection = std::move(connection), work = std::move(work)]() mutable -> Result {
          if (connection == nullptr)
            return absl::UnavailableError("the backend is not running; start it with Retry");
          return work(*connection);
        },
        std::move(done));
  }
  std::shared_ptr<connection::Connection> Connected() const;
  void OnChange(State state, const QString& message);

  State state_ = State::kStopped;
  QString message_;
  QString program_;
  std::unique_ptr<connection::BackendProcess> process_;
  Worker calls_;
  Worker long_calls_;
};

}  // namespace ameide::workbench
