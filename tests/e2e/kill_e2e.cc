// The whole program is killed while it edits. The child (this program again, with --child) edits the diagram
// in the real window and writes a line for each edit that was acknowledged; afterwards the store must hold at
// least that.
#include <signal.h>

#include <QApplication>
#include <QProcess>
#include <QTest>
#include <cstdio>

#include "app/workbench/waiting.h"
#include "base/platform/paths.h"
#include "base/random.h"
#include "modeler/host/bpmn_editor.h"
#include "notation/formats/formats.h"
#include "tests/e2e/workbench_fixture.h"
#include "uaf/workspace.h"

namespace ameide::workbench {
namespace {

constexpr int kKills = 20;
constexpr uint64_t kFirstSeed = 20260301;
constexpr char kElement[] = "ShipOrder";

/// Renames the element again and again, from number `first` on, telling each acknowledged number on standard
/// output.
int RunChild(int argc, char** argv, const QString& folder, int first) {
  modeler::RegisterScheme();
  QApplication program(argc, argv);
  Theme theme;
  theme.Choose(ThemeChoice::kLight);
  MainWindow window(&theme);
  window.show();
  window.OpenFolder(folder);
  if (!WaitFor([&] { return !window.workspace()->artifacts().empty(); }, kWaitMs)) return 2;
  auto* tab = qobject_cast<BpmnTab*>(window.OpenArtifact(QLatin1String(kDiagram)));
  if (tab == nullptr || !WaitFor([&] { return tab->painted(); }, kWaitMs)) return 3;
  int acknowledged = 0;
  QObject::connect(tab, &ArtifactTab::acknowledged, &window, [&] { ++acknowledged; });
  for (int number = first;; ++number) {
    const int before = acknowledged;
    RunScript(tab->editor()->view(),
              QStringLiteral("ameide.modeler.get('modeling').updateProperties(ameide.modeler.get('"
                             "elementRegistry').get('%1'), {name: 'n%2'}); 'ok'")
                  .arg(QLatin1String(kElement))
                  .arg(number));
    if (!WaitFor([&] { return acknowledged > before; }, kWaitMs)) return 4;
    std::printf("%d\n", number);
    std::fflush(stdout);
  }
}

/// The number in the element's name as the store has it.
absl::StatusOr<int> NumberInStore(const QString& folder) {
  const auto profile = CurrentProfile();
  if (!profile.ok()) return profile.status();
  SystemClock clock;
  SystemRandom random;
  PosixFileSystem files;
  const auto formats = MakeFormats();
  uaf::WorkspaceOptions options;
  options.root = folder.toStdString();
  options.profile = profile->data;
  options.actor = {"Oracle", "", "kill_e2e"};
  options.clock = &clock;
  options.random = &random;
  options.files = &files;
  options.formats = formats.get();
  auto workspace = uaf::Workspace::Open(options);
  if (!workspace.ok()) return workspace.status();
  const auto artifact = (*workspace)->FindArtifact(kDiagram);
  if (!artifact.ok()) return artifact.status();
  const auto bytes = (*workspace)->Render(artifact->id);
  if (!bytes.ok()) return bytes.status();
  const auto findings = (*workspace)->Verify();
  if (!findings.ok()) return findings.status();
  if (!findings->empty()) return absl::DataLossError(findings->front().message);
  const size_t at = bytes->find("name=\"n", bytes->find(std::string("id=\"") + kElement + "\""));
  return at == std::string::npos ? -1 : std::atoi(bytes->c_str() + at + 7);
}

}  // namespace

class KillE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheWorkbenchIsKilledWhileEditing_thenEveryAcknowledgedEditIsThere() {
    WorkbenchFixture fixture;
    fixture.SetIdentity();
    int next = 1;
    for (int kill = 0; kill < kKills; ++kill) {
      SeededRandom random(kFirstSeed + static_cast<uint64_t>(kill));
      const int wanted = 1 + static_cast<int>(random.Below(6));
      const int pause_ms = static_cast<int>(random.Below(40));
      QProcess child;
      child.setProcessChannelMode(QProcess::SeparateChannels);
      child.start(QCoreApplication::applicationFilePath(),
                  {QStringLiteral("--child"), fixture.workspace(), QString::number(next)});
      QByteArray told;
      const auto lines = [&] {
        told += child.readAllStandardOutput();
        return static_cast<int>(told.count('\n'));
      };
      const bool edited =
          WaitFor([&] { return lines() >= wanted || child.state() == QProcess::NotRunning; }, 2 * kWaitMs);
      QVERIFY2(edited && child.state() == QProcess::Running,
               child.readAllStandardError().right(2000).constData());
      QTest::qWait(pause_ms);
      ::kill(static_cast<pid_t>(child.processId()), SIGKILL);
      QVERIFY(child.waitForFinished());
      const int count = lines();
      const int last = next + count - 1;
      const absl::StatusOr<int> stored = NumberInStore(fixture.workspace());
      qInfo("seed %llu: %d acknowledged, the last is %d, the store has %d",
            static_cast<unsigned long long>(kFirstSeed + static_cast<uint64_t>(kill)), count, last,
            stored.ok() ? *stored : -1);
      QVERIFY2(stored.ok(), std::string(stored.status().message()).c_str());
      // One edit may have become durable without its line having been written.
      QVERIFY(*stored == last || *stored == last + 1);
      next = *stored + 1;
    }
  }
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  QStringList words;
  for (int index = 0; index < argc; ++index) words.append(QString::fromLocal8Bit(argv[index]));
  if (words.size() == 4 && words[1] == QLatin1String("--child")) {
    return ameide::workbench::RunChild(argc, argv, words[2], words[3].toInt());
  }
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::KillE2e; });
}

#include "kill_e2e.moc"
