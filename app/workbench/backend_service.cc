#include "app/workbench/backend_service.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <mutex>
#include <thread>

#include "ameide/process/v1/process.grpc.pb.h"
#include "app/connection/connection.h"
#include "base/platform/paths.h"

namespace ameide::workbench {
namespace {

/// One stream on one thread; ends when it is destroyed.
class InstanceWatch final : public BackendService::Watch {
 public:
  InstanceWatch(std::shared_ptr<connection::Connection> connection, std::string instance,
                std::function<void(process::v1::Instance)> report)
      : connection_(std::move(connection)),
        context_(connection_->NewContext(connection::Connection::kNoTimeout)),
        thread_([this, instance = std::move(instance), report = std::move(report)] {
          const auto stub = process::v1::ProcessService::NewStub(connection_->channel());
          process::v1::WatchInstanceRequest request;
          request.set_instance(instance);
          const auto stream = stub->WatchInstance(context_.get(), request);
          process::v1::Instance state;
          while (stream->Read(&state)) report(state);
          // How it ended does not matter: an ended instance, a backend that went, or the caller left.
          stream->Finish();
        }) {}
  ~InstanceWatch() override {
    context_->TryCancel();
    thread_.join();
  }

 private:
  std::shared_ptr<connection::Connection> connection_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::thread thread_;
};

class NoWatch final : public BackendService::Watch {};

}  // namespace

BackendService::BackendService(QObject* parent) : QObject(parent) {}

BackendService::~BackendService() {
  process_.reset();
  calls_.Drop();
  long_calls_.Drop();
  calls_.Finish();
  long_calls_.Finish();
}

void BackendService::Start(const QString& program) {
  program_ = program;
  const absl::StatusOr<ProfilePaths> profile = CurrentProfile();
  if (!profile.ok()) {
    const std::string why(profile.status().message());
    return OnChange(State::kFailed, QString::fromStdString(why));
  }
  connection::ConnectOptions options;
  options.profile = *profile;
  options.program = program.toStdString();
  state_ = State::kStarting;
  process_ = connection::BackendProcess::Start(
      options, [this, guard = QPointer<QObject>(this)](State state, const std::string& message) {
        calls_.Post(guard, [this, state, text = QString::fromStdString(message)] { OnChange(state, text); });
      });
  Q_EMIT stateChanged();
}

void BackendService::Restart() {
  if (process_ == nullptr) return Start(program_);
  process_->Restart();
}

int BackendService::process_id() const { return process_ == nullptr ? 0 : process_->process_id(); }

std::shared_ptr<connection::Connection> BackendService::Connected() const {
  return process_ == nullptr ? nullptr : process_->connection();
}

void BackendService::OnChange(State state, const QString& message) {
  state_ = state;
  message_ = message;
  Q_EMIT stateChanged();
}

std::unique_ptr<BackendService::Watch> BackendService::WatchInstance(
    const std::string& instance, QObject* context, std::function<void(process::v1::Instance)> changed) {
  std::shared_ptr<connection::Connection> connection = Connected();
  if (connection == nullptr) return std::make_unique<NoWatch>();
  return std::make_unique<InstanceWatch>(
      std::move(connection), instance,
      [this, guard = QPointer<QObject>(context), changed = std::move(changed)](process::v1::Instance state) {
        calls_.Post(guard, [changed, state = std::move(state)] { changed(state); });
      });
}

}  // namespace ameide::workbench
