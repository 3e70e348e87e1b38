// The open workspace of a window, without a window: what is asked of it happens, in order.
#include "app/workbench/workspace_service.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "tests/wait.h"

namespace ameide::workbench {
class WorkspaceServiceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    qputenv("HOME", home_.path().toLocal8Bit());
    qputenv("XDG_CONFIG_HOME", home_.filePath(QStringLiteral(".config")).toLocal8Bit());
    qputenv("GIT_CONFIG_NOSYSTEM", "1");
    qputenv("AMEIDE_PROFILE_DIR", home_.filePath(QStringLiteral("profile")).toLocal8Bit());
    Write(QStringLiteral(".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.com\n");
    QVERIFY(QDir().mkpath(home_.filePath(QStringLiteral("work"))));
    Write(QStringLiteral("work/notes.md"), "# Notes\n");
  }

  void whenGitIsAskedForMoreWhileItWorks_thenItDoesOneAfterTheOther() {
    WorkspaceService service;
    service.Open(home_.filePath(QStringLiteral("work")), WorkspaceService::Access::kWrite);
    QVERIFY(QTest::qWaitFor([&] { return service.is_open() && service.artifacts().size() == 1; }, kWaitMs));
    QStringList told;
    connect(&service, &WorkspaceService::gitStarted, this,
            [&](const QString& what) { told << QStringLiteral("%1 started").arg(what); });
    connect(
        &service, &WorkspaceService::gitFinished, this, [&](const QString& what, const absl::Status& error) {
          told << QStringLiteral("%1 %2").arg(what, error.ok() ? QStringLiteral("done") : MessageOf(error));
        });
    service.Commit(QStringLiteral("First"));
    service.Propose(QStringLiteral("Faster!"));
    service.Push();
    QVERIFY(service.git_busy());
    QVERIFY(QTest::qWaitFor([&] { return told.size() == 6; }, kWaitMs));
    QVERIFY(!service.git_busy());
    QCOMPARE(told.mid(0, 5), (QStringList{"Commit started", "Commit done", "Propose started", "Propose done",
                                          "Push started"}));
    QCOMPARE(Git({"log", "--format=%s", "-1", "proposal/faster"}), QStringLiteral("First\n"));
    QCOMPARE(Git({"branch", "--show-current"}), QStringLiteral("proposal/faster\n"));
  }

 private:
  void Write(const QString& name, const QByteArray& bytes) {
    QFile file(home_.filePath(name));
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(name));
    file.write(bytes);
  }
  QString Git(const QStringList& words) {
    QProcess git;
    git.setWorkingDirectory(home_.filePath(QStringLiteral("work")));
    git.start(QStringLiteral("git"), words);
    git.waitForFinished();
    return QString::fromUtf8(git.readAllStandardOutput());
  }

  QTemporaryDir home_;
};

}  // namespace ameide::workbench

QTEST_GUILESS_MAIN(ameide::workbench::WorkspaceServiceTest)
#include "workspace_service_test.moc"
