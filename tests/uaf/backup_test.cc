#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

constexpr auto kCopy = fs::copy_options::recursive | fs::copy_options::overwrite_existing;

void NameTask(Workspace& workspace, const ArtifactId& id, const char* name) {
  VERIFY_OK(workspace.Submit(SetAttribute(id, *workspace.Load(id), "t", "name", name)));
}

/// What git carries: logs, blobs and keys, added to what is there.
void Carry(const fs::path& from, const fs::path& to) {
  for (const char* part : {"log", "blobs", "keys"}) {
    fs::copy(from / ".uaf" / part, to / ".uaf" / part,
             fs::copy_options::recursive | fs::copy_options::skip_existing);
  }
}

std::string StreamOf(const Workspace& workspace) { return workspace.Log({})->front().id.stream.name; }

bool Found(const Workspace& workspace, std::string_view rule, std::string_view text) {
  const auto findings = workspace.Verify();
  for (const document::Finding& finding : *findings) {
    if (finding.rule == rule && finding.message.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

/// Folders that are copied, put back from a backup, cloned with their machine, or cut by git, with everything
/// of them: two different events never get one name unnoticed, and what was sealed is never lost.
class BackupTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenACopiedFolderIsEditedOnBothSides_thenBothMeetAgain() {
    WorkspaceFixture fixture;
    auto here = fixture.Open();
    const ArtifactId id = Imported(fixture, *here);
    NameTask(*here, id, "Before");
    VERIFY_OK(here->Seal());
    here.reset();
    const fs::path root = fixture.folder.path();
    fs::copy(root / "workspace", root / "copy", kCopy);
    here = fixture.Open();
    auto there = fixture.Open("copy");
    VERIFY_OK(here->Submit(SetAttribute(id, *here->Load(id), "s", "name", "Here")));
    VERIFY_OK(there->Submit(SetAttribute(id, *there->Load(id), "t", "name", "There")));
    VERIFY_OK(here->Seal());
    VERIFY_OK(there->Seal());
    Carry(root / "workspace", root / "copy");
    Carry(root / "copy", root / "workspace");
    VERIFY_OK(here->ReceiveSegments());
    VERIFY_OK(there->ReceiveSegments());
    QCOMPARE(*here->CurrentCut(), *there->CurrentCut());
    QCOMPARE(*here->Render(id), *there->Render(id));
    QVERIFY(here->Render(id)->find("Here") != std::string::npos);
    QVERIFY(here->Render(id)->find("There") != std::string::npos);
    QVERIFY(here->Verify()->empty() && there->Verify()->empty());
  }

  // The whole folder as it was: store, log, files. Into the same place, so that only the profile knows
  // better.
  void whenABackupIsPutBackOverTheFolder_thenNoNameIsGivenTwice() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    NameTask(*workspace, id, "Saved");
    workspace.reset();
    const fs::path root = fixture.folder.path();
    fs::copy(root / "workspace", root / "backup", kCopy);
    workspace = fixture.Open();
    NameTask(*workspace, id, "Sealed");
    VERIFY_OK(workspace->Seal());
    VERIFY_OK(workspace->MarkCommitted("c0ffee0000000000000000000000000000000001"));
    const std::string sealed = *workspace->Render(id);
    const std::string stream = StreamOf(*workspace);
    NameTask(*workspace, id, "Never sealed");
    const EventId lost = workspace->Log({})->front().id;
    workspace.reset();
    // Only what the backup holds is overwritten; segments that git has stay.
    for (const auto& entry : fs::recursive_directory_iterator(root / "backup")) {
      if (!entry.is_regular_file()) continue;
      fs::copy_file(entry.path(), root / "workspace" / entry.path().lexically_relative(root / "backup"),
                    fs::copy_options::overwrite_existing);
    }
    workspace = fixture.Open();
    // What was sealed is back from the log; the file that the backup brought is what it was then, no edit of
    // now.
    const auto log = workspace->Log({});
    const auto brought = std::count_if(log->begin(), log->end(), [&](const ChangeSetSummary& line) {
      return line.id.stream.name == stream;
    });
    QCOMPARE(brought, std::ptrdiff_t{3});
    QVERIFY(!workspace->Show(lost).ok());
    const EventId sealed_event{StreamId{stream}, 2 + 1};  // import, "Saved", "Sealed"
    QCOMPARE(*workspace->Render(id, *workspace->CutAt(sealed_event)), sealed);
    NameTask(*workspace, id, "Again");
    QVERIFY2(StreamOf(*workspace) != stream, "a name was given twice");
    QVERIFY(workspace->Verify()->empty());
  }

  // Everything is the same on a cloned machine: path, inode, machine id, profile. Nobody can know; but both
  // give one name to two events, and whoever gets both sees it.
  void whenAMachineIsCloned_thenWhoeverGetsBothIsTold() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Seal());
    const fs::path root = fixture.folder.path();
    workspace.reset();
    fs::copy(root, root.parent_path() / (root.filename().string() + "-clone"), kCopy);
    const fs::path clone = root.parent_path() / (root.filename().string() + "-clone");
    workspace = fixture.Open();
    NameTask(*workspace, id, "One");
    VERIFY_OK(workspace->Seal());
    const std::string stream = StreamOf(*workspace);
    const std::string second = ".uaf/log/" + stream + "/2.seg";
    const std::string ours = fixture.Read(second);
    workspace.reset();
    // The clone's turn, in the same place: the same inodes get its bytes.
    for (const auto& entry : fs::recursive_directory_iterator(clone)) {
      if (entry.is_regular_file()) WriteInto(root / entry.path().lexically_relative(clone), entry.path());
    }
    fs::remove(fixture.File(second));
    fixture.clock.Advance(std::chrono::minutes(1));
    workspace = fixture.Open();
    NameTask(*workspace, id, "Two");
    QCOMPARE(StreamOf(*workspace), stream);
    VERIFY_OK(workspace->Seal());
    const std::string theirs = fixture.Read(second);
    QVERIFY(theirs != ours);
    workspace.reset();
    fs::remove_all(clone);
    // Somebody who has the one and then gets the other in its place.
    fs::copy(root / "workspace", root / "somebody", kCopy);
    for (const char* file : {"store.db", "store.db-wal", "store.db-shm"})
      fs::remove(root / "somebody/.uaf" / file);
    fs::remove(root / "somebody/a.bpmn");  // written anew from what the log gives
    std::ofstream(root / "somebody" / second, std::ios::binary) << ours;
    auto somebody = fixture.Open("somebody");
    QVERIFY(somebody->Render(id)->find("One") != std::string::npos);
    QVERIFY(somebody->Verify()->empty());
    std::ofstream(root / "somebody" / second, std::ios::binary) << theirs;
    QVERIFY(Found(*somebody, "segment/changed", second));
    QVERIFY(somebody->Render(id)->find("One") != std::string::npos);
  }

  // `git revert` of a commit takes its segment and the old file back; the events are here already.
  void whenASegmentIsReverted_thenItsEventsStayAndVerifyNamesIt() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->SyncWorkingFiles());
    VERIFY_OK(workspace->Seal());
    NameTask(*workspace, id, "Reverted");
    VERIFY_OK(workspace->SyncWorkingFiles());
    VERIFY_OK(workspace->Seal());
    VERIFY_OK(workspace->MarkCommitted(std::string(40, 'c')));
    const EventId event = workspace->Log({})->front().id;
    const std::string second = ".uaf/log/" + event.stream.name + "/2.seg";
    const std::string bytes = fixture.Read(second);
    fs::remove(fixture.File(second));
    fixture.Write("a.bpmn", kModel);
    VERIFY_OK(workspace->SyncWorkingFiles());
    QVERIFY(Found(*workspace, "segment/missing", second));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    QVERIFY(workspace->Render(id, *workspace->CutAt(event))->find("Reverted") != std::string::npos);
    // Put back, all is well, and the revert is an edit like any other.
    fixture.Write(second, bytes);
    QVERIFY(workspace->Verify()->empty());
    QCOMPARE(*workspace->Render(id), std::string(kModel));
  }

  // `git cherry-pick` brings a segment without the one before it.
  void whenASegmentIsCherryPicked_thenItWaitsForTheOneBefore() {
    WorkspaceFixture fixture;
    auto ada = fixture.Open();
    const ArtifactId id = Imported(fixture, *ada);
    VERIFY_OK(ada->Seal());
    const fs::path root = fixture.folder.path();
    fs::copy(root / "workspace", root / "bob", kCopy);
    for (const char* file : {"store.db", "store.db-wal", "store.db-shm"})
      fs::remove(root / "bob/.uaf" / file);
    auto bob = fixture.Open("bob");
    NameTask(*ada, id, "One");
    VERIFY_OK(ada->Seal());
    NameTask(*ada, id, "Two");
    VERIFY_OK(ada->Seal());
    const std::string folder = ".uaf/log/" + StreamOf(*ada);
    fs::copy(root / "workspace" / folder / "3.seg", root / "bob" / folder / "3.seg");
    bob->ReceiveSegments().IgnoreError();
    QCOMPARE(*bob->Render(id), std::string(kModel));
    QVERIFY2(bob->LogIncompleteBecause().find("2.seg") != std::string::npos,
             bob->LogIncompleteBecause().c_str());
    fs::copy(root / "workspace" / folder / "2.seg", root / "bob" / folder / "2.seg");
    VERIFY_OK(bob->ReceiveSegments());
    QCOMPARE(*bob->Render(id), *ada->Render(id));
    QVERIFY(bob->LogIncompleteBecause().empty());
    QVERIFY(bob->Verify()->empty());
  }

 private:
  static ArtifactId Imported(WorkspaceFixture& fixture, Workspace& workspace) {
    fixture.Write("a.bpmn", kModel);
    if (!workspace.Import("a.bpmn").ok()) std::abort();
    return workspace.FindArtifact("a.bpmn")->id;
  }
  /// Into the file that is there, which stays the same one for the file system.
  static void WriteInto(const fs::path& to, const fs::path& from) {
    std::ifstream in(from, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    std::ofstream(to, std::ios::binary) << bytes;
  }
};

QTEST_GUILESS_MAIN(BackupTest)
#include "backup_test.moc"
