// A process played by hand: tokens that travel, the variables that it begins with, variables changed on the
// way.
#include <QCheckBox>
#include <QTest>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/play_tab.h"
#include "app/workbench/settings_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

constexpr int kWaitMs = 60000;

}  // namespace

/// One play; each step builds on the one before.
class PlayE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(true);
    QVERIFY2(window_->backend()->running(), qPrintable(window_->backend()->message()));
    QVERIFY(fixture_->OpenDiagram() != nullptr);
    window_->actions()->Get(QStringLiteral("process.play"))->trigger();
    play_ = qobject_cast<PlayTab*>(window_->editors()->current());
    QVERIFY(play_ != nullptr);
    QVERIFY(WaitFor([&] { return play_->ready(); }, kWaitMs));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenAStepIsDone_thenTheTokenTravelsAlongItsFlow() {
    QVERIFY(SettingsTab::AnimatesTokens());
    const int before = Travelled();
    play_->Step();
    QVERIFY(WaitFor([&] { return Travelled() > before; }, kWaitMs));
    // While it travels it is nowhere else; then it waits at the element.
    QVERIFY(WaitFor([&] { return Count(".ameide-travel-token") == 0 && Count(".ameide-badge-token") == 1; },
                    kWaitMs));
  }

  void whenMotionIsNotWanted_thenNothingTravels() {
    window_->actions()->Get(QStringLiteral("settings.open"))->trigger();
    auto* motion = window_->findChild<QCheckBox*>(QStringLiteral("settingsMotion"));
    QVERIFY(motion->isChecked());
    motion->click();
    window_->editors()->Show(play_);
    const int before = Travelled();
    play_->Back();
    QVERIFY(WaitFor([&] { return play_->idle(); }, kWaitMs));
    play_->Step();
    QVERIFY(WaitFor([&] { return play_->idle() && Count(".ameide-badge-token") == 1; }, kWaitMs));
    QCOMPARE(Travelled(), before);
    motion->click();
  }

 private:
  int Count(const char* selector) {
    return WorkbenchFixture::Script(
               play_->editor(),
               QStringLiteral("String(document.querySelectorAll('%1').length)").arg(QLatin1String(selector)))
        .toInt();
  }
  int Travelled() {
    return WorkbenchFixture::Script(play_->editor(), QStringLiteral("String(ameide.travelled)")).toInt();
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  PlayTab* play_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::PlayE2e; });
}

#include "play_e2e.moc"
