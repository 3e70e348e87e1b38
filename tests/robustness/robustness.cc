// `./dev simulate workbench [kills]`: the real window on rough ground. The program starts itself as a child
// for each job (jobs.h), breaks it, and looks at what is left on the disk.
#include <signal.h>

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <algorithm>
#include <cstdio>
#include <vector>

#include "app/workbench/sample.h"
#include "base/platform/paths.h"
#include "base/random.h"
#include "notation/formats/formats.h"
#include "tests/robustness/jobs.h"
#include "uaf/workspace.h"

namespace ameide::workbench {
namespace {

constexpr int kJobMs = 180000;
constexpr uint64_t kFirstSeed = 20261130;
constexpr int kKillsPerReport = 20;

int failures = 0;

void Fail(const QString& what) {
  ++failures;
  std::printf("FAILED  %s\n", qPrintable(what));
  std::fflush(stdout);
}

void Report(const QString& what) {
  std::printf("%s\n", qPrintable(what));
  std::fflush(stdout);
}

/// A home, a profile and a copy of the sample, apart from everything else on the machine.
class Ground {
 public:
  Ground() {
    const absl::StatusOr<QString> sample = SampleFolder();
    if (!sample.ok() || !CopyFolder(*sample, workspace()).ok()) qFatal("the sample cannot be copied");
    QFile identity(home_.filePath(QStringLiteral(".gitconfig")));
    if (identity.open(QIODevice::WriteOnly))
      identity.write("[user]\n\tname = Ada\n\temail = ada@example.com\n");
  }
  QString workspace() const { return home_.filePath(QStringLiteral("workspace")); }
  QString profile() const { return home_.filePath(QStringLiteral("profile")); }

  QProcessEnvironment Environment(bool broken) const {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("HOME"), home_.path());
    environment.insert(QStringLiteral("XDG_CONFIG_HOME"), home_.filePath(QStringLiteral(".config")));
    environment.insert(QStringLiteral("GIT_CONFIG_NOSYSTEM"), QStringLiteral("1"));
    environment.insert(QStringLiteral("AMEIDE_PROFILE_DIR"), profile());
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    if (!broken) return environment;
    environment.insert(QStringLiteral("LD_PRELOAD"),
                       qEnvironmentVariable("AMEIDE_BIN_DIR") + QStringLiteral("/libbroken_calls.so"));
    environment.insert(QStringLiteral("AMEIDE_BROKEN_FOLDER"), workspace());
    return environment;
  }

 private:
  QTemporaryDir home_;
};

/// What a child told before it ended.
struct Told {
  QHash<QString, qint64> last;  ///< by its word
  QStringList lines;
  QString errors;  ///< standard error
  int exit_code = -1;
  bool killed = false;
};

/// Runs a job to its end; with `kill_ms` it is killed so long after it said "ready".
Told Run(const Ground& ground, const QStringList& words, bool broken, int kill_ms = -1,
         int timeout_ms = kJobMs) {
  QProcess child;
  child.setProcessEnvironment(ground.Environment(broken));
  child.start(QCoreApplication::applicationFilePath(), QStringList{QStringLiteral("--job")} + words);
  Told told;
  QByteArray output;
  QElapsedTimer passed;
  passed.start();
  QElapsedTimer ready;
  while (child.state() != QProcess::NotRunning && passed.elapsed() < timeout_ms) {
    child.waitForReadyRead(5);
    output += child.readAllStandardOutput();
    if (kill_ms < 0) continue;
    if (!ready.isValid() && output.contains("ready")) ready.start();
    if (ready.isValid() && ready.elapsed() >= kill_ms) ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
  }
  if (child.state() != QProcess::NotRunning) {
    child.kill();
    child.waitForFinished();
    Fail(QStringLiteral("%1 did not end").arg(words.join(QLatin1Char(' '))));
  }
  output += child.readAllStandardOutput();
  told.errors = QString::fromUtf8(child.readAllStandardError());
  told.killed = child.exitStatus() == QProcess::CrashExit;
  told.exit_code = told.killed ? -1 : child.exitCode();
  told.lines = QString::fromUtf8(output).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
  for (const QString& line : told.lines)
    told.last[line.section(QLatin1Char(' '), 0, 0)] = line.section(QLatin1Char(' '), 1, 1).toLongLong();
  return told;
}

/// The highest number in the text as the store has it; -1 for none. Fails when the store is not sound.
absl::StatusOr<int> NumberInStore(const Ground& ground) {
  qputenv("AMEIDE_PROFILE_DIR", ground.profile().toLocal8Bit());
  const auto profile = CurrentProfile();
  if (!profile.ok()) return profile.status();
  SystemClock clock;
  SystemRandom random;
  PosixFileSystem files;
  const auto formats = MakeFormats();
  uaf::WorkspaceOptions options;
  options.root = ground.workspace().toStdString();
  options.profile = profile->data;
  options.actor = {"Oracle", "", "robustness"};
  options.clock = &clock;
  options.random = &random;
  options.files = &files;
  options.formats = formats.get();
  auto workspace = uaf::Workspace::Open(options);
  if (!workspace.ok()) return workspace.status();
  const auto findings = (*workspace)->Verify();
  if (!findings.ok()) return findings.status();
  if (!findings->empty()) return absl::DataLossError(findings->front().message);
  const auto artifact = (*workspace)->FindArtifact("docs/vision.md");
  if (!artifact.ok()) return artifact.status();
  const auto bytes = (*workspace)->Render(artifact->id);
  if (!bytes.ok()) return bytes.status();
  const size_t at = bytes->rfind("number ");
  return at == std::string::npos ? 0 : std::atoi(bytes->c_str() + at + 7);
}

/// What a program prints in the workspace; nullopt when it fails.
std::optional<QString> Git(const Ground& ground, const QStringList& words) {
  QProcess git;
  git.setProcessEnvironment(ground.Environment(false));
  git.setWorkingDirectory(ground.workspace());
  git.setProcessChannelMode(QProcess::MergedChannels);
  git.start(QStringLiteral("git"), words);
  if (!git.waitForFinished() || git.exitCode() != 0) return std::nullopt;
  return QString::fromUtf8(git.readAll());
}

/// Nothing that was acknowledged is lost, and the workspace is sound.
bool Sound(const Ground& ground, const Told& told, const QString& what) {
  const absl::StatusOr<int> stored = NumberInStore(ground);
  if (!stored.ok()) {
    Fail(QStringLiteral("%1: %2").arg(what, QString::fromStdString(std::string(stored.status().message()))));
    return false;
  }
  if (*stored < told.last.value(QStringLiteral("edit"), 0)) {
    Fail(QStringLiteral("%1: edit %2 was acknowledged, the store has %3")
             .arg(what)
             .arg(told.last[QStringLiteral("edit")])
             .arg(*stored));
    return false;
  }
  if (!QDir(ground.workspace() + QStringLiteral("/.git")).exists()) return true;
  if (!Git(ground,
           {QStringLiteral("fsck"), QStringLiteral("--no-dangling"), QStringLiteral("--no-progress")})) {
    Fail(QStringLiteral("%1: git fsck finds damage").arg(what));
    return false;
  }
  const qint64 commit = told.last.value(QStringLiteral("commit"), 0);
  if (commit == 0) return true;
  const auto log = Git(ground, {QStringLiteral("log"), QStringLiteral("--format=%s")});
  if (!log || !log->contains(QStringLiteral("Number %1\n").arg(commit))) {
    Fail(QStringLiteral("%1: commit %2 was acknowledged and is not there").arg(what).arg(commit));
    return false;
  }
  return true;
}

QStringList StepWords(const QString& phase, BrokenCalls how, qint64 at, const Ground& ground) {
  return {QStringLiteral("step"), phase, QString::number(static_cast<int>(how)), QString::number(at),
          ground.workspace()};
}

/// A job at an end without anything broken: what was acknowledged, and how many calls the phase makes.
Told Whole(const Ground& ground, const QString& phase) {
  const Told told = Run(ground, StepWords(phase, BrokenCalls::kCount, 0, ground), true);
  if (told.exit_code != 0 || !told.last.contains(phase))
    Fail(QStringLiteral("%1 does not come to its end: exit code %2\n%3")
             .arg(phase)
             .arg(told.exit_code)
             .arg(told.errors.right(2000)));
  return told;
}

void WriteFile(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
    qFatal("cannot write %s", qPrintable(path));
}

/// Gives the next publish something to do.
void Change(const Ground& ground, const QString& phase, int number) {
  if (phase != QLatin1String("publish")) return;
  QFile file(ground.workspace() + QStringLiteral("/processes/order-to-cash.bpmn"));
  if (!file.open(QIODevice::ReadOnly)) qFatal("the sample has no diagram");
  static const QRegularExpression name(QStringLiteral("name=\"Ship order[^\"]*\""));
  const QString text =
      QString::fromUtf8(file.readAll()).replace(name, QStringLiteral("name=\"Ship order %1\"").arg(number));
  file.close();
  WriteFile(file.fileName(), text.toUtf8());
}

/// Kills at the calls of a phase, one after the other, at most `most` of them evenly, every other one in the
/// middle of a write.
int KillAtCalls(const QString& phase, int most) {
  const Ground ground;
  // What is done for the first time makes more calls than what follows.
  Whole(ground, phase);
  Change(ground, phase, 0);
  const qint64 calls = Whole(ground, phase).last.value(QStringLiteral("count"), 0);
  int kills = 0;
  const qint64 step = std::max<qint64>(1, calls / std::max(1, most));
  for (qint64 at = 1; at <= calls; at += step) {
    Change(ground, phase, static_cast<int>(at));
    const BrokenCalls how = kills % 2 == 0 ? BrokenCalls::kKill : BrokenCalls::kHalfThenKill;
    const Told told = Run(ground, StepWords(phase, how, at, ground), true);
    if (!told.killed) continue;  // fewer calls this time
    ++kills;
    if (!Sound(ground, told, QStringLiteral("%1, killed at call %2").arg(phase).arg(at))) break;
  }
  if (kills == 0) Fail(QStringLiteral("%1: no call was hit").arg(phase));
  // After all of it the program still does its work.
  const Told again = Whole(ground, phase);
  Sound(ground, again, QStringLiteral("%1, after %2 kills").arg(phase).arg(kills));
  Report(QStringLiteral("kills    %1: %2 kills at %3 calls on files").arg(phase).arg(kills).arg(calls));
  return kills;
}

void KillAtRandom(int kills) {
  const Ground ground;
  SeededRandom random(kFirstSeed);
  static const char* const kPhases[] = {"edit", "save", "commit", "publish"};
  int done = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const QString phase = QLatin1String(kPhases[random.Below(4)]);
    Change(ground, phase, kill);
    const int after = static_cast<int>(random.Below(phase == QLatin1String("publish") ? 2500 : 600));
    const Told told = Run(ground, StepWords(phase, BrokenCalls::kOff, 0, ground), false, after);
    done += told.killed ? 1 : 0;
    if (!Sound(ground, told,
               QStringLiteral("%1, killed after %2 ms (kill %3)").arg(phase).arg(after).arg(kill)))
      break;
    if ((kill + 1) % kKillsPerReport == 0)
      Report(QStringLiteral("kills    at random: %1 of %2 so far").arg(kill + 1).arg(kills));
  }
  Whole(ground, QStringLiteral("publish"));
  Report(QStringLiteral("kills    at random: %1 (others had ended before), first seed %2")
             .arg(done)
             .arg(kFirstSeed));
}

/// A disk that is full from the n-th call on, until there is room again.
void FillDisk(const QString& phase, int most) {
  const Ground ground;
  const qint64 calls = Whole(ground, phase).last.value(QStringLiteral("count"), 0);
  int runs = 0;
  int told_of = 0;
  const qint64 step = std::max<qint64>(1, calls / std::max(1, most));
  for (qint64 at = 1; at <= calls; at += step) {
    const Told told = Run(ground, StepWords(phase, BrokenCalls::kFull, at, ground), true);
    ++runs;
    told_of += told.last.value(QStringLiteral("told"), 0) > 0 ? 1 : 0;
    const QString what = QStringLiteral("%1, disk full from call %2").arg(phase).arg(at);
    if (told.exit_code != 0)
      Fail(QStringLiteral("%1: exit code %2\n%3").arg(what).arg(told.exit_code).arg(told.errors.right(1500)));
    if (!Sound(ground, told, what)) break;
  }
  Report(
      QStringLiteral(
          "full     %1: %2 disks full at different calls, %3 told at once; work goes on when there is room")
          .arg(phase)
          .arg(runs)
          .arg(told_of));
}

void ReportJob(const char* name, const Told& told) {
  if (told.exit_code != 0)
    Fail(QStringLiteral("%1: exit code %2\n%3")
             .arg(QLatin1String(name))
             .arg(told.exit_code)
             .arg(told.errors.right(2000)));
  for (const QString& line : told.lines)
    Report(QStringLiteral("%1 %2").arg(QLatin1String(name), -8).arg(line));
  const qsizetype errors = told.errors.count(QStringLiteral("\"level\":\"error\""));
  if (errors > 0)
    Fail(QStringLiteral("%1: %2 errors in the log\n%3")
             .arg(QLatin1String(name))
             .arg(errors)
             .arg(told.errors.right(2000)));
}

void Large() {
  const Ground ground;
  for (int folder = 0; folder < 100; ++folder) {
    const QString path =
        QStringLiteral("%1/many/%2").arg(ground.workspace()).arg(folder, 2, 10, QLatin1Char('0'));
    QDir().mkpath(path);
    for (int file = 0; file < 100; ++file) {
      const int number = folder * 100 + file;
      WriteFile(QStringLiteral("%1/note-%2.md").arg(path).arg(number, 4, 10, QLatin1Char('0')),
                QStringLiteral("# Note %1\n\nAbout the process %2.\n").arg(number).arg(number % 37).toUtf8());
    }
  }
  ReportJob("large", Run(ground, {QStringLiteral("large"), ground.workspace()}, false, -1, 5 * kJobMs));
}

void Tabs() {
  const Ground ground;
  QFile sample(ground.workspace() + QStringLiteral("/processes/order-to-cash.bpmn"));
  if (!sample.open(QIODevice::ReadOnly)) qFatal("the sample has no diagram");
  const QByteArray diagram = sample.readAll();
  QDir().mkpath(ground.workspace() + QStringLiteral("/a"));
  for (int index = 0; index < 100; ++index) {
    const QString path =
        QStringLiteral("%1/a/%2").arg(ground.workspace()).arg(index, 3, 10, QLatin1Char('0'));
    if (index % 2 == 0) {
      WriteFile(path + QStringLiteral(".bpmn"), diagram);
    } else {
      WriteFile(path + QStringLiteral(".md"), "# Note\n");
    }
  }
  ReportJob("tabs", Run(ground, {QStringLiteral("tabs"), QStringLiteral("100"), ground.workspace()}, false,
                        -1, 4 * kJobMs));
}

/// Its memory at rest may not grow: the last quarter's median over the second quarter's (the first one warms
/// up).
void Monkey(uint64_t seed, int seconds) {
  const Ground ground;
  const Told told = Run(
      ground, {QStringLiteral("monkey"), QString::number(seed), QString::number(seconds), ground.workspace()},
      false, -1, seconds * 1000 + 2 * kJobMs);
  ReportJob("monkey", told);
  std::vector<qint64> memory;
  for (const QString& line : told.lines) {
    if (line.startsWith(QLatin1String("memory ")))
      memory.push_back(line.section(QLatin1Char(' '), 2, 2).toLongLong());
  }
  if (memory.size() < 8) return;
  const auto median = [&](size_t from, size_t to) {
    std::vector<qint64> part(memory.begin() + static_cast<std::ptrdiff_t>(from),
                             memory.begin() + static_cast<std::ptrdiff_t>(to));
    std::nth_element(part.begin(), part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2), part.end());
    return part[part.size() / 2];
  };
  const size_t quarter = memory.size() / 4;
  const qint64 early = median(quarter, 2 * quarter);
  const qint64 late = median(3 * quarter, memory.size());
  const double growth = 100.0 * static_cast<double>(late - early) / static_cast<double>(early);
  Report(QStringLiteral("monkey   memory at rest %1 KiB, then %2 KiB: %3 % (bar: 5 %)")
             .arg(early)
             .arg(late)
             .arg(growth, 0, 'f', 1));
  if (growth > 5) Fail(QStringLiteral("monkey: memory grows by %1 %").arg(growth, 0, 'f', 1));
}

int Main(const QStringList& words) {
  const QString what = words.value(1, QStringLiteral("all"));
  const int number = words.value(2).toInt();
  const auto wants = [&](const char* part) {
    return what == QLatin1String("all") || what == QLatin1String(part);
  };
  const int kills = number > 0 ? number : 200;
  if (wants("points")) {
    // Half of the kills at calls, evenly over the phases.
    for (const char* phase : {"edit", "save", "commit", "publish"})
      KillAtCalls(QLatin1String(phase), std::max(4, kills / 8));
  }
  if (wants("kills")) KillAtRandom(std::max(1, kills / 2));
  if (wants("full")) {
    for (const char* phase : {"edit", "save", "commit"})
      FillDisk(QLatin1String(phase), std::max(3, kills / 20));
  }
  if (wants("hung")) {
    const Ground ground;
    ReportJob("hung", Run(ground, {QStringLiteral("hung"), ground.workspace()}, false));
  }
  if (wants("large")) Large();
  if (wants("tabs")) Tabs();
  if (wants("monkey")) Monkey(kFirstSeed, what == QLatin1String("monkey") && number > 0 ? number : 300);
  Report(failures == 0 ? QStringLiteral("robustness: nothing was lost, nothing broke")
                       : QStringLiteral("robustness: %1 failures").arg(failures));
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ameide::workbench

int main(int argc, char** argv) {
  QStringList words;
  for (int index = 0; index < argc; ++index) words.append(QString::fromLocal8Bit(argv[index]));
  if (words.size() > 3 && words[1] == QLatin1String("--job"))
    return ameide::workbench::RunJob(argc, argv, words.mid(2));
  const QCoreApplication program(argc, argv);
  return ameide::workbench::Main(words);
}
