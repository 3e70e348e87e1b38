#include <QProcess>
#include <QtTest>
#include <map>
#include <string>

#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

/// kill -9 of a program under load, again and again on one workspace; an oracle holds everything it had
/// acknowledged.
class KillTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAProgramIsKilledUnderLoad_thenNothingAcknowledgedIsLostOrDoubled() {
    constexpr int kKills = 20;
    const char* given = std::getenv("AMEIDE_SEED");
    const uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    WorkspaceFixture fixture(seed);
    fixture.clock.Set(SystemClock().Now());
    fixture.Write("a.bpmn", kModel);
    ArtifactId artifact;
    {
      auto workspace = fixture.Open();
      VERIFY_OK(workspace->Import("a.bpmn"));
      artifact = workspace->FindArtifact("a.bpmn")->id;
    }
    std::map<std::string, std::string> acknowledged;  // key to event
    std::string lines;
    for (int round = 0; round < kKills; ++round) {
      QProcess child;
      child.start(QCoreApplication::applicationDirPath() + "/uaf_kill_child",
                  {QString::fromStdString(fixture.folder.path().string()), QString::number(seed + 2 * round),
                   QString::number(round)});
      QVERIFY(child.waitForStarted());
      // Killed somewhere in its work: after some acknowledged commands, or already while it opens.
      const auto acknowledgements = static_cast<int>(random.Below(120));
      QByteArray output;
      while (output.count("ack ") < acknowledgements && child.state() == QProcess::Running) {
        child.waitForReadyRead(1000);
        output += child.readAllStandardOutput();
      }
      if (acknowledgements % 3 == 0) QTest::qWait(static_cast<int>(random.Below(4)));
      child.kill();
      QVERIFY(child.waitForFinished());
      output += child.readAllStandardOutput();
      QVERIFY2(child.exitStatus() == QProcess::CrashExit, output.constData());
      for (const QByteArray& line : output.split('\n')) {
        const QList<QByteArray> words = line.split(' ');
        if (words.size() == 3 && words[0] == "ack")
          acknowledged[words[1].toStdString()] = words[2].toStdString();
        if (words.size() == 2 && words[0] == "undo")
          acknowledged["undo" + words[1].toStdString()] = words[1].toStdString();
      }
      fixture.clock.Set(SystemClock().Now());
      Check(fixture, artifact, acknowledged);
      if (QTest::currentTestFailed()) return;
    }
    qInfo("%d kills, %zu acknowledged commands", kKills, acknowledged.size());
    QVERIFY(acknowledged.size() > 200);
  }

 private:
  void Check(WorkspaceFixture& fixture, const ArtifactId& artifact,
             const std::map<std::string, std::string>& acknowledged) {
    auto workspace = fixture.Open();
    LogQuery everything;
    everything.limit = 1'000'000;
    const auto log = workspace->Log(everything);
    VERIFY_OK(log);
    std::map<std::string, int> labels;
    std::map<std::string, std::string> events;
    for (const ChangeSetSummary& line : *log) {
      ++labels[line.label];
      events[FormatId(line.id)] = line.label;
      QVERIFY2(line.label != "Edited outside", "our own bytes were taken for somebody's edit");
    }
    for (const auto& [key, event] : acknowledged) {
      QVERIFY2(events.contains(event), ("lost: " + key).c_str());
      if (key.starts_with("undo")) continue;
      QCOMPARE(events[event], key);
      QVERIFY2(labels[key] == 1, ("doubled: " + key).c_str());
      if (labels.size() % 50 != 0) continue;
      // Somebody who did not hear the answer asks again.
      Command again = SetAttribute(artifact, *workspace->Load(artifact), "t", "name", key);
      again.label = key;
      again.idempotency_key = key;
      const auto receipt = workspace->Submit(std::move(again));
      VERIFY_OK(receipt);
      QVERIFY(receipt->repeated);
      QCOMPARE(FormatId(receipt->event), event);
    }
    const auto findings = workspace->Verify();
    VERIFY_OK(findings);
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(fixture.Read("a.bpmn"), *workspace->Render(artifact));
    for (const auto& entry : std::filesystem::directory_iterator(fixture.File(""))) {
      const std::string name = entry.path().filename().string();
      QVERIFY2(name == "a.bpmn" || name == ".uaf", ("left behind: " + name).c_str());
    }
  }
};

QTEST_GUILESS_MAIN(KillTest)
#include "kill_test.moc"
