#include "backend/server/termination.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QtTest>
#include <string>

using ameide::server::Termination;

/// Signals, in this process and in one with a terminal of its own.
class TerminationTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenManyReloadsWait_thenASignalToEndIsNotLost() {
    Termination termination(-1);
    for (int i = 0; i < 100'000; ++i) ::raise(SIGHUP);  // more than a pipe takes
    ::raise(SIGTERM);
    int reloads = 0;
    QCOMPARE(std::string(termination.Wait([&] { ++reloads; })), std::string("signal"));
    QVERIFY(reloads <= 1);
  }

  void whenSomebodyAsks_thenItEnds() {
    Termination termination(-1);
    ::raise(SIGHUP);
    termination.Ask();
    int reloads = 0;
    QCOMPARE(std::string(termination.Wait([&] { ++reloads; })), std::string("asked"));
    QCOMPARE(reloads, 1);
  }

  void whenManyReloadsWait_thenWhoAsksIsHeard() {
    Termination termination(-1);
    for (int i = 0; i < 100'000; ++i) ::raise(SIGHUP);
    termination.Ask();
    int reloads = 0;
    const auto reload = [&] {
      if (++reloads > 1000) ::raise(SIGTERM);  // it would wait for ever
    };
    QCOMPARE(std::string(termination.Wait(reload)), std::string("asked"));
  }

  void whenTheParentsEndCannotBeRead_thenItCountsAsItsEnd() {
    const int no_reader = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    {
      Termination termination(no_reader);
      ::alarm(20);  // it would wait for ever, and busily
      QCOMPARE(std::string(termination.Wait([] {})), std::string("parent ended"));
      ::alarm(0);
    }
    ::close(no_reader);
  }

  void whenTheTerminalCloses_thenItEndsAndDoesNotReload() {
    int ready[2] = {-1, -1};
    QCOMPARE(::pipe(ready), 0);
    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    QVERIFY(child >= 0);
    if (child == 0) {
      ::alarm(20);
      Termination termination(-1);
      if (::write(ready[1], "r", 1) != 1) ::_exit(3);
      const std::string why = termination.Wait([] { ::_exit(4); });
      ::_exit(why == "terminal closed" ? 0 : 5);
    }
    char byte = 0;
    QCOMPARE(::read(ready[0], &byte, 1), ssize_t{1});
    ::close(terminal);
    int status = -1;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY2(WIFEXITED(status) && WEXITSTATUS(status) == 0, std::to_string(status).c_str());
    for (const int end : ready) ::close(end);
  }
};

QTEST_APPLESS_MAIN(TerminationTest)
#include "termination_test.moc"
