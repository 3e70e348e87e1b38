#include "app/connection/connection.h"

#include <signal.h>
#include <sys/stat.h>

#include <QElapsedTimer>
#include <QtTest>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "ameide/backend/v1/backend.grpc.pb.h"
#include "app/connection/backend_process.h"
#include "base/platform/process.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/wait.h"

using namespace ameide;
using connection::BackendProcess;
using connection::BackendState;

namespace {

connection::ConnectOptions Options(const BackendFixture& bed) {
  connection::ConnectOptions options;
  options.profile = bed.profile();
  options.program = BackendFixture::Program();
  return options;
}

backend::v1::GetStatusResponse StatusOf(const connection::Connection& connection) {
  backend::v1::GetStatusResponse response;
  const auto stub = backend::v1::BackendService::NewStub(connection.channel());
  const auto status = stub->GetStatus(connection.NewContext().get(), {}, &response);
  if (!status.ok()) qWarning("%s", status.error_message().c_str());
  return response;
}

/// Ends a backend in order and waits until its process is gone.
bool Stop(const connection::Connection& connection) {
  const int id = StatusOf(connection).process_id();
  backend::v1::ShutdownResponse response;
  const auto stub = backend::v1::BackendService::NewStub(connection.channel());
  if (!stub->Shutdown(connection.NewContext().get(), {}, &response).ok()) return false;
  // A child that nobody waited for is a zombie, which kill still finds; its command line is empty.
  return QTest::qWaitFor(
      [id] {
        QFile command(QString("/proc/%1/cmdline").arg(id));
        return !command.open(QIODevice::ReadOnly) || command.readAll().isEmpty();
      },
      kWaitMs);
}

}  // namespace

class ConnectionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenNoneRuns_thenOneIsStartedAndFoundAgain() {
    BackendFixture bed;
    auto options = Options(bed);
    options.start_if_missing = false;
    QVERIFY(absl::IsUnavailable(connection::Connect(options).status()));
    options.start_if_missing = true;
    const auto first = connection::Connect(options);
    QVERIFY2(first.ok(), first.status().ToString().c_str());
    options.start_if_missing = false;
    const auto second = connection::Connect(options);
    QVERIFY2(second.ok(), second.status().ToString().c_str());
    QCOMPARE(StatusOf(**first).launch_id(), StatusOf(**second).launch_id());
    // The token is in no argument.
    QFile command(QString("/proc/%1/cmdline").arg(StatusOf(**first).process_id()));
    QVERIFY(command.open(QIODevice::ReadOnly));
    const QByteArray token =
        QByteArray::fromStdString(bed.Read(bed.profile().runtime / "backend.token")).trimmed();
    QCOMPARE(token.size(), 64);
    QVERIFY(!command.readAll().contains(token));
    QVERIFY(Stop(**first));
    QVERIFY(absl::IsUnavailable(connection::Connect(options).status()));
  }

  void whenManyConnectAtOnce_thenAllGetTheOneThatWon() {
    BackendFixture bed;
    std::vector<std::future<std::string>> launches;
    for (int i = 0; i < 4; ++i) {
      launches.push_back(std::async(std::launch::async, [&bed] {
        const auto connection = connection::Connect(Options(bed));
        return connection.ok() ? StatusOf(**connection).launch_id() : connection.status().ToString();
      }));
    }
    const std::string first = launches[0].get();
    for (size_t i = 1; i < launches.size(); ++i) QCOMPARE(launches[i].get(), first);
    QVERIFY(Stop(**connection::Connect(Options(bed))));
  }

  void whenItCannotBeStarted_thenTheErrorSaysWhy() {
    BackendFixture bed;
    auto options = Options(bed);
    options.program = "/nonexistent/ameided";
    const auto missing = connection::Connect(options);
    QVERIFY(absl::IsFailedPrecondition(missing.status()));
    QVERIFY(missing.status().message().find("/nonexistent/ameided") != absl::string_view::npos);

    options.program = BackendFixture::Program();
    PosixFileSystem files;
    QVERIFY(files.CreateFolders(bed.profile().data / "backend").ok());
    QVERIFY(files.WriteAtomically(bed.profile().data / "backend/key", "short", 0600).ok());
    const auto damaged = connection::Connect(options);
    QVERIFY(absl::IsFailedPrecondition(damaged.status()));
    QVERIFY2(damaged.status().message().find("key") != absl::string_view::npos,
             damaged.status().ToString().c_str());
  }

  void whenTheWindowsBackendCrashes_thenItIsStartedAgain() {
    BackendFixture bed;
    const auto backend = BackendProcess::Start(Options(bed), nullptr);
    const auto first = backend->WaitUntilRunning(std::chrono::milliseconds(kWaitMs));
    QVERIFY2(first.ok(), first.status().ToString().c_str());
    const int id = backend->process_id();
    QVERIFY(id > 0);
    QCOMPARE(::kill(id, SIGKILL), 0);
    QTRY_VERIFY_WITH_TIMEOUT(backend->process_id() != id && backend->state() == BackendState::kRunning,
                             kWaitMs);
    QVERIFY(connection::CheckHealth(*backend->connection(), std::chrono::milliseconds(kWaitMs)).ok());
  }

  void whenTheWindowCloses_thenItsBackendEndsInOrder() {
    BackendFixture bed;
    auto backend = BackendProcess::Start(Options(bed), nullptr);
    QVERIFY(backend->WaitUntilRunning(std::chrono::milliseconds(kWaitMs)).ok());
    const int id = backend->process_id();
    backend.reset();
    QVERIFY(!ProcessAlive(id));
    QVERIFY(!std::filesystem::exists(bed.profile().runtime / "backend.token"));
  }

  void whenTheCommandLineStartedIt_thenItOutlivesTheWindow() {
    BackendFixture bed;
    const auto started = connection::Connect(Options(bed));
    QVERIFY(started.ok());
    {
      const auto backend = BackendProcess::Start(Options(bed), nullptr);
      QVERIFY(backend->WaitUntilRunning(std::chrono::milliseconds(kWaitMs)).ok());
      QCOMPARE(backend->process_id(), 0);
    }
    QVERIFY(connection::CheckHealth(**started, std::chrono::milliseconds(kWaitMs)).ok());
    QVERIFY(Stop(**started));
  }

  void whenTheProgramIsMissing_thenTheOwnerIsToldAndMayTryAgain() {
    BackendFixture bed;
    auto options = Options(bed);
    options.program = "/nonexistent/ameided";
    std::mutex mutex;
    std::string said;
    const auto backend = BackendProcess::Start(options, [&](BackendState state, std::string message) {
      std::lock_guard lock(mutex);
      if (state == BackendState::kFailed) said = message;
    });
    QVERIFY(
        absl::IsFailedPrecondition(backend->WaitUntilRunning(std::chrono::milliseconds(kWaitMs)).status()));
    const auto was_told = [&] {
      std::lock_guard lock(mutex);
      return said.find("/nonexistent/ameided") != std::string::npos;
    };
    QVERIFY(QTest::qWaitFor(was_told, kWaitMs));
  }
};

QTEST_GUILESS_MAIN(ConnectionTest)
#include "connection_test.moc"
