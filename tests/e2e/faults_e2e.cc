// What goes wrong, and how the window takes it.
#include <signal.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QTextBlock>
#include <QWebEnginePage>
#include <QWebEngineView>

#include "app/workbench/banner.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/file_tab.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

void Rename(BpmnTab* tab, const QString& element, const QString& name) {
  WorkbenchFixture::Script(tab->editor(),
                           QStringLiteral("ameide.modeler.get('modeling').updateProperties(ameide.modeler."
                                          "get('elementRegistry').get('%1'), {name: '%2'}); 'ok'")
                               .arg(element, name));
}

}  // namespace

class FaultsE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { fixture_ = std::make_unique<WorkbenchFixture>(); }
  void cleanup() {
    const QStringList errors = fixture_->page_errors();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenTheEditorsProcessIsKilled_thenNothingIsLostAndEditingGoesOn() {
    fixture_->OpenWindow(false);
    BpmnTab* tab = fixture_->OpenDiagram();
    QVERIFY(tab != nullptr);
    const uint64_t events = fixture_->Events();
    Rename(tab, QStringLiteral("ShipOrder"), QStringLiteral("Before"));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    bool restored = false;
    connect(tab->editor(), &modeler::BpmnEditor::processRestored, this, [&] { restored = true; });
    const qint64 process = tab->editor()->view()->page()->renderProcessPid();
    QVERIFY(process > 0);
    ::kill(static_cast<pid_t>(process), SIGKILL);
    QVERIFY(WaitFor([&] { return restored; }, kWaitMs));
    WorkbenchFixture::Shot(fixture_->window(), QStringLiteral("web-process"));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab, QStringLiteral("ShipOrder")) == QLatin1String("Before");
        },
        kWaitMs));
    Rename(tab, QStringLiteral("ShipOrder"), QStringLiteral("After"));
    QVERIFY(fixture_->WaitForEvents(events + 2));
  }

  void whenASecondWindowOpensTheWorkspace_thenItIsRefusedAndMayLook() {
    fixture_->OpenWindow(false);
    Theme theme;
    MainWindow second(&theme);
    second.show();
    second.OpenFolder(fixture_->workspace());
    QVERIFY(WaitFor([&] { return second.banners()->Shows(QStringLiteral("open")); }, kWaitMs));
    QVERIFY2(second.banners()->TextOf(QStringLiteral("open")).contains(QLatin1String("process")),
             qPrintable(second.banners()->TextOf(QStringLiteral("open"))));
    WorkbenchFixture::Shot(&second, QStringLiteral("second"));
    QVERIFY(WorkbenchFixture::PressButton(second.banners(), QStringLiteral("Open read-only")));
    QVERIFY(WaitFor([&] { return second.workspace()->is_open() && !second.workspace()->artifacts().empty(); },
                    kWaitMs));
    QVERIFY(second.workspace()->read_only());
    QVERIFY(second.banners()->Shows(QStringLiteral("readonly")));
    auto* tab = qobject_cast<BpmnTab*>(second.OpenArtifact(QLatin1String(kDiagram)));
    QVERIFY(WaitFor([&] { return tab->painted(); }, kWaitMs));
    QVERIFY(!fixture_->window()->workspace()->read_only());
    WorkbenchFixture::Shot(&second, QStringLiteral("second-read-only"));
  }

  void whenTheFolderCannotBeWritten_thenItOpensReadOnly() {
    fixture_->OpenWindow(false);
    fixture_->CloseWindow();
    QFile::setPermissions(fixture_->workspace() + QStringLiteral("/.uaf"),
                          QFile::ReadOwner | QFile::ExeOwner);
    QFile::setPermissions(fixture_->workspace(), QFile::ReadOwner | QFile::ExeOwner);
    const bool refused = !QFileInfo(fixture_->workspace()).isWritable();
    if (refused) {
      fixture_->OpenWindow(false);
      BpmnTab* tab = fixture_->OpenDiagram();
      const bool read_only = fixture_->window()->workspace()->read_only();
      const bool told = fixture_->window()->banners()->Shows(QStringLiteral("readonly"));
      fixture_->CloseWindow();
      Unlock();
      QVERIFY(tab != nullptr && read_only && told);
      return;
    }
    Unlock();
    // Nothing is read-only to root: the same again as somebody who is nobody.
    const QString setpriv = QStandardPaths::findExecutable(QStringLiteral("setpriv"));
    if (setpriv.isEmpty() || qEnvironmentVariableIsSet("AMEIDE_E2E_AGAIN"))
      QSKIP("this user may write everywhere, and setpriv is not there to become another");
    QProcess again;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("AMEIDE_E2E_AGAIN"), QStringLiteral("1"));
    again.setProcessEnvironment(environment);
    again.setProcessChannelMode(QProcess::MergedChannels);
    again.start(setpriv, {QStringLiteral("--reuid=65534"), QStringLiteral("--regid=65534"),
                          QStringLiteral("--clear-groups"), QCoreApplication::applicationFilePath(),
                          QString::fromLatin1(QTest::currentTestFunction())});
    QVERIFY(again.waitForFinished(kWaitMs));
    if (again.error() == QProcess::FailedToStart || again.exitCode() > 100)
      QSKIP("the tests cannot be started as another user here");
    const QByteArray said = again.readAll();
    QVERIFY2(again.exitCode() == 0, said.right(3000).constData());
  }

  void whenTheFileIsSavedWhileNobodyLooks_thenTheEditArrivesOnOpening() {
    fixture_->OpenWindow(false);
    QVERIFY(fixture_->OpenDiagram() != nullptr);
    const uint64_t events = fixture_->Events();
    fixture_->CloseWindow();
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram);
    const QByteArray saved = fixture_->ReadFile(path).replace("\"Ship order\"", "\"Ship goods\"");
    fixture_->WriteFile(path, saved);
    fixture_->OpenWindow(false);
    BpmnTab* tab = fixture_->OpenDiagram();
    QVERIFY(tab != nullptr);
    QCOMPARE(WorkbenchFixture::ElementName(tab, QStringLiteral("ShipOrder")), QStringLiteral("Ship goods"));
    QCOMPARE(fixture_->Events(), events + 1);
    // Nobody's bytes are rewritten.
    QCOMPARE(fixture_->ReadFile(path), saved);
  }

  void whenBothSidesHaveCommitted_thenPullBringsThemTogether() {
    fixture_->SetIdentity();
    MainWindow* window = fixture_->OpenWindow(false);
    BpmnTab* tab = fixture_->OpenDiagram();
    QVERIFY(tab != nullptr);
    const QString remote = fixture_->Path(QStringLiteral("remote.git"));
    const QString other = fixture_->Path(QStringLiteral("other"));
    const auto git = [&](const QStringList& words) { fixture_->Run(QStringLiteral("git"), words); };
    QVERIFY(Git([&] { window->workspace()->Commit(QStringLiteral("First")); }).ok());
    git({QStringLiteral("init"), QStringLiteral("--bare"), QStringLiteral("-q"), QStringLiteral("-b"),
         QStringLiteral("main"), remote});
    git({QStringLiteral("remote"), QStringLiteral("add"), QStringLiteral("origin"), remote});
    QVERIFY(Git([&] { window->workspace()->Push(); }).ok());
    git({QStringLiteral("clone"), QStringLiteral("-q"), remote, other});
    fixture_->WriteFile(other + QStringLiteral("/theirs.md"), "# Theirs\n");
    git({QStringLiteral("-C"), other, QStringLiteral("add"), QStringLiteral(".")});
    git({QStringLiteral("-C"), other, QStringLiteral("commit"), QStringLiteral("-qm"),
         QStringLiteral("Theirs")});
    git({QStringLiteral("-C"), other, QStringLiteral("push"), QStringLiteral("-q")});
    const uint64_t events = fixture_->Events();
    Rename(tab, QStringLiteral("ShipOrder"), QStringLiteral("Ours"));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QVERIFY(Git([&] { window->workspace()->Commit(QStringLiteral("Ours")); }).ok());
    QVERIFY(Git([&] { window->workspace()->Pull(); }).ok());
    WorkbenchFixture::Shot(window, QStringLiteral("merged"));
    QVERIFY(!window->banners()->Shows(QStringLiteral("git")));
    QCOMPARE(WorkbenchFixture::ElementName(tab, QStringLiteral("ShipOrder")), QStringLiteral("Ours"));
    QCOMPARE(fixture_->ReadFile(fixture_->workspace() + QStringLiteral("/theirs.md")),
             QByteArray("# Theirs\n"));
    QVERIFY(WaitFor([&] { return window->workspace()->FindPath(QStringLiteral("theirs.md")).has_value(); },
                    kWaitMs));
    QVERIFY(Git([&] { window->workspace()->Push(); }).ok());
  }

  void whenAnotherProgramBreaksTheFile_thenTheLastGoodVersionStaysAndThePlaceIsShown() {
    fixture_->OpenWindow(false);
    BpmnTab* tab = fixture_->OpenDiagram();
    QVERIFY(tab != nullptr);
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram);
    fixture_->WriteFile(path, fixture_->ReadFile(path).replace("</bpmn:process>", "</bpmn:broken>"));
    const QString key = QStringLiteral("file:") + QLatin1String(kDiagram);
    QVERIFY(WaitFor([&] { return fixture_->window()->banners()->Shows(key); }, kWaitMs));
    WorkbenchFixture::Shot(fixture_->window(), QStringLiteral("broken-file"));
    QCOMPARE(WorkbenchFixture::ElementName(tab, QStringLiteral("ShipOrder")), QStringLiteral("Ship order"));
    QVERIFY(WorkbenchFixture::PressButton(fixture_->window()->banners(), QStringLiteral("Open as text")));
    auto* text = qobject_cast<FileTab*>(fixture_->window()->editors()->current());
    QVERIFY(text != nullptr);
    auto* editor = text->findChild<QPlainTextEdit*>();
    QVERIFY(
        WaitFor([&] { return editor->textCursor().block().text().contains(QLatin1String("</bpmn:broken>")); },
                kWaitMs));
    // Mended and saved, it is taken in again.
    QTextCursor cursor = editor->textCursor();
    cursor.insertText(QStringLiteral("  </bpmn:process>"));
    editor->find(QStringLiteral("name=\"Ship order\""), QTextDocument::FindBackward);
    editor->textCursor().insertText(QStringLiteral("name=\"Send order\""));
    QVERIFY(WorkbenchFixture::PressButton(text->banners(), QStringLiteral("Save")));
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::ElementName(tab, QStringLiteral("ShipOrder")) ==
                 QLatin1String("Send order");
        },
        kWaitMs));
    QVERIFY(!fixture_->window()->banners()->Shows(key));
  }

  void whenGitKnowsNobody_thenTwoFieldsAskAndTheCommitGoesOn() {
    MainWindow* window = fixture_->OpenWindow(false);
    window->workspace()->Commit(QStringLiteral("First"));
    QVERIFY(WaitFor([&] { return window->banners()->Shows(QStringLiteral("identity")); }, kWaitMs));
    WorkbenchFixture::Shot(window, QStringLiteral("identity"));
    QTest::keyClicks(window->findChild<QLineEdit*>(QStringLiteral("identityName")), QStringLiteral("Grace"));
    QTest::keyClicks(window->findChild<QLineEdit*>(QStringLiteral("identityEmail")),
                     QStringLiteral("grace@example.com"));
    window->setProperty("lastCommitMessage", QStringLiteral("First"));
    bool done = false;
    connect(window->workspace(), &WorkspaceService::gitFinished, this,
            [&](const QString&, const absl::Status& error) { done = error.ok(); });
    QTest::mouseClick(window->findChild<QPushButton*>(QStringLiteral("identitySave")), Qt::LeftButton);
    QVERIFY(WaitFor([&] { return done; }, kWaitMs));
    QCOMPARE(
        fixture_->Run(QStringLiteral("git"), {QStringLiteral("log"), QStringLiteral("--format=%s|%an|%ae")})
            .trimmed(),
        QStringLiteral("First|Grace|grace@example.com"));
    // What is edited from now on is theirs too.
    BpmnTab* tab = fixture_->OpenDiagram();
    QVERIFY(tab != nullptr);
    const uint64_t events = fixture_->Events();
    Rename(tab, QStringLiteral("ShipOrder"), QStringLiteral("Ship it"));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    const QString log =
        fixture_->Run(qEnvironmentVariable("AMEIDE_BIN_DIR") + QStringLiteral("/ameide"),
                      {QStringLiteral("log"), QStringLiteral("--limit"), QStringLiteral("1")});
    QVERIFY2(log.contains(QLatin1String("Grace")), qPrintable(log));
  }

  void whenTheBackendCannotStart_thenABannerSaysSoAndEditingGoesOn() {
    MainWindow* window = fixture_->OpenWindow(false);
    window->backend()->Start(fixture_->Path(QStringLiteral("no-such-program")));
    QVERIFY(WaitFor([&] { return window->backend()->state() == BackendService::State::kFailed; }, kWaitMs));
    QVERIFY(window->banners()->Shows(QStringLiteral("backend")));
    QVERIFY(!window->backend()->message().isEmpty());
    WorkbenchFixture::Shot(window, QStringLiteral("backend"));
    QVERIFY(WorkbenchFixture::PressButton(window->banners(), QStringLiteral("Retry")));
    QVERIFY(fixture_->OpenDiagram() != nullptr);
  }

  void whenTheBackendIsKilled_thenItComesBack() {
    MainWindow* window = fixture_->OpenWindow(true);
    const int first = window->backend()->process_id();
    QVERIFY(first > 0);
    ::kill(first, SIGKILL);
    QVERIFY(WaitFor(
        [&] {
          return window->backend()->running() && window->backend()->process_id() > 0 &&
                 window->backend()->process_id() != first;
        },
        kWaitMs));
  }

 private:
  void Unlock() {
    const auto all = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;
    QFile::setPermissions(fixture_->workspace(), all);
    QFile::setPermissions(fixture_->workspace() + QStringLiteral("/.uaf"), all);
  }

  absl::Status Git(const std::function<void()>& start) {
    return WorkbenchFixture::Git(fixture_->window()->workspace(), start);
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::FaultsE2e; });
}

#include "faults_e2e.moc"
