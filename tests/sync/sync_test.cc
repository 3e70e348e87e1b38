#include "sync/sync.h"

#include <QtTest>
#include <algorithm>
#include <cstdlib>

#include "tests/sync/people.h"

namespace ameide::sync {
namespace {

std::string Text(const absl::Status& status) { return status.ToString(); }

bool Says(const absl::Status& status, const std::string& words) {
  return std::string(status.message()).find(words) != std::string::npos;
}

std::string Named(const std::string& name) {
  std::string text = kModel;
  const std::string was = "Order received";
  text.replace(text.find(was), was.size(), name);
  return text;
}

class SyncTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheFolderIsNoRepositoryYet_thenTheAccountsGitAuthorActs() {
    const Scratch scratch;
    std::filesystem::create_directories(scratch.Path("new"));
    scratch.SetIdentity("Grace", "grace@example.com");
    const uaf::Actor actor = ActorFor(scratch.Path("new"), "test");
    QCOMPARE(actor.name, std::string("Grace"));
    QCOMPARE(actor.email, std::string("grace@example.com"));
    QCOMPARE(actor.tool, std::string("test"));
  }

  void whenAFolderIsInitialized_thenItIsARepositoryThatCanBeCommitted();
  void whenTheWorkspaceIsInASubfolder_thenOnlyThatIsCommitted();
  void whenCommitted_thenFilesSegmentsBlobsAndKeysAreInGit();
  void whenNothingChanged_thenThereIsNoCommit();
  void whenNobodyIsKnownAsAuthor_thenCommitSaysWhatToSetAndSealsNothing();
  void whenAFileIsRemovedOrRenamed_thenTheCommitFollows();
  void whenAProgramBreaksAFile_thenTheCommitHoldsTheLastGoodState();
  void whenTheRemoteIsAhead_thenPullBringsEventsAndFiles();
  void whenACommitWasMadeWithoutAmeide_thenPullRecordsItsEdit();
  void whenBothChangedOneFile_thenPullMovesNothing();
  void whenLocalChangesAreElsewhere_thenPullKeepsThem();
  void whenHistoriesDiverged_thenPushSaysSoAndPullMerges();
  void whenAReceivedSegmentIsForged_thenPullMovesNothing();
  void whenAPullIsKilledAfterTheLog_thenTheNextOneGoesOn();
  void whenACommitIsNotMarked_thenTheNextOneFindsEverythingInGit();
  void whenHistoryCameByCloneAndPull_thenEventsNameTheirCommits();
  void whenOneArtifactIsAsked_thenHistoryListsItsCommits();
  void whenAskedForACommit_thenTheCutIsThatOfItsSegments();
  void whenAPulledFileReplacesALink_thenNothingIsWrittenThroughIt();
  void whenThePulledLogHoldsALink_thenPullMovesNothing();
  void whenTheHistoryLeadsBehindALink_thenAClonePutsNothingThere();
  void whenTheLogIsDamaged_thenCommitRefusesAndTakesNothingForAnEdit();
  void whenAMergeIsUnderWay_thenCommitLeavesTheFilesAlone();
  void whenTheRemoteMovesDuringASync_thenItStartsAgain();
};

void SyncTest::whenAFolderIsInitialized_thenItIsARepositoryThatCanBeCommitted() {
  const Scratch scratch;
  scratch.SetIdentity();
  Person ada(scratch, "ada");
  std::filesystem::create_directories(scratch.Path("w"));
  const auto report = Initialize(ada.Options("w"));
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QVERIFY(report->made_repository);
  QVERIFY(absl::IsAlreadyExists(Initialize(ada.Options("w")).status()));
  const CommitReport commit = ada.MustCommit("w", "Begin");
  QVERIFY(commit.commit.has_value());
  QVERIFY(!scratch.Git("w", {"show", "HEAD:.uaf/workspace.yaml"}).empty());
  QCOMPARE(scratch.Git("w", {"show", "HEAD:.gitattributes"}),
           std::string("* -text\n"
                       "*.bpmn merge=ameide\n*.bpmn2 merge=ameide\n*.bpmn20.xml merge=ameide\n"
                       "*.dmn merge=ameide\n*.archimate merge=ameide\n"));
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
}

void SyncTest::whenTheWorkspaceIsInASubfolder_thenOnlyThatIsCommitted() {
  const Scratch scratch;
  scratch.SetIdentity();
  Person ada(scratch, "ada");
  scratch.Git(".", {"init", "-q", "-b", "main", "repo"});
  scratch.Write("repo/code.c", "int main;\n");
  scratch.Write("repo/models/order.bpmn", kModel);
  const auto report = Initialize(ada.Options("repo/models"));
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QVERIFY(!report->made_repository);
  const CommitReport commit = ada.MustCommit("repo/models", "Models");
  QCOMPARE(scratch.Git("repo", {"show", "HEAD:models/order.bpmn"}), std::string(kModel));
  QCOMPARE(scratch.Git("repo", {"status", "--porcelain"}), std::string("?? code.c\n"));
  QVERIFY(std::find(commit.files.begin(), commit.files.end(),
                    git::ChangedPath{"order.bpmn", git::PathChange::kAdded}) != commit.files.end());
  QCOMPARE(History(scratch.Path("repo/models"), std::vector<std::string>{"order.bpmn"}, 10)->size(), 1u);
}

void SyncTest::whenCommitted_thenFilesSegmentsBlobsAndKeysAreInGit() {
  const Scratch scratch;
  Team team(scratch);
  const std::string files = scratch.Git("one", {"ls-tree", "-r", "--name-only", "HEAD"});
  for (const char* part :
       {".uaf/log/", ".uaf/blobs/", ".uaf/keys/", ".uaf/workspace.yaml", "order.bpmn", "notes.md"}) {
    QVERIFY2(files.find(part) != std::string::npos, part);
  }
  QVERIFY(files.find("store.db") == std::string::npos);
  QCOMPARE(scratch.Git("one", {"show", "HEAD:order.bpmn"}), std::string(kModel));
  QCOMPARE(scratch.Git("one", {"status", "--porcelain"}), std::string());
  const auto workspace = team.ada.Open("one");
  QCOMPARE(*workspace->UnsealedEvents(), uint64_t{0});
  const auto status = GetStatus(*workspace);
  QVERIFY(status.ok());
  QVERIFY(status->changes.empty());
  QCOMPARE(status->apart->ahead, 0u);
}

void SyncTest::whenNothingChanged_thenThereIsNoCommit() {
  const Scratch scratch;
  Team team(scratch);
  const std::string before = scratch.Git("one", {"rev-parse", "HEAD"});
  QVERIFY(!team.ada.MustCommit("one", "Nothing").commit.has_value());
  QCOMPARE(scratch.Git("one", {"rev-parse", "HEAD"}), before);
}

void SyncTest::whenNobodyIsKnownAsAuthor_thenCommitSaysWhatToSetAndSealsNothing() {
  const Scratch scratch;
  Person ada(scratch, "ada");
  ada.Init("w");
  scratch.Write("w/order.bpmn", kModel);
  const auto workspace = ada.Open("w");
  CommitOptions options;
  options.message = "First";
  const absl::Status status = sync::Commit(*workspace, options).status();
  QVERIFY(absl::IsFailedPrecondition(status));
  QVERIFY(Says(status, "git config --global user.name"));
  QVERIFY(!std::filesystem::exists(scratch.Path("w/.uaf/log")) ||
          std::filesystem::is_empty(scratch.Path("w/.uaf/log")));
  options.author = git::Identity{"Ada", "ada@example.com"};
  QVERIFY(sync::Commit(*workspace, options).ok());
}

void SyncTest::whenAFileIsRemovedOrRenamed_thenTheCommitFollows() {
  const Scratch scratch;
  Team team(scratch);
  std::filesystem::remove(scratch.Path("one/notes.md"));
  std::filesystem::create_directories(scratch.Path("one/sub"));
  std::filesystem::rename(scratch.Path("one/order.bpmn"), scratch.Path("one/sub/order.bpmn"));
  team.ada.MustCommit("one", "Tidy up");
  QCOMPARE(scratch.Git("one", {"ls-tree", "-r", "--name-only", "HEAD", "notes.md", "order.bpmn", "sub"}),
           std::string("sub/order.bpmn\n"));
  QCOMPARE(scratch.Git("one", {"status", "--porcelain"}), std::string());
}

void SyncTest::whenAProgramBreaksAFile_thenTheCommitHoldsTheLastGoodState() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("one/order.bpmn", std::string(kModel).substr(0, 200));
  const CommitReport report = team.ada.MustCommit("one", "Broken");
  QCOMPARE(scratch.Git("one", {"show", "HEAD:order.bpmn"}), std::string(kModel));
  QCOMPARE(scratch.Read("one/order.bpmn"), std::string(kModel));
  QVERIFY(!report.notes.empty());
  QCOMPARE(scratch.Read("one/" + report.notes.front().aside), std::string(kModel).substr(0, 200));
}

void SyncTest::whenTheRemoteIsAhead_thenPullBringsEventsAndFiles() {
  const Scratch scratch;
  Team team(scratch);
  const auto bobs = team.bob.Open("two");
  scratch.Write("one/notes.md", "# Notes\nmore\n");
  scratch.Write("one/new/plan.md", "plan\n");
  team.ada.MustCommit("one", "More");
  Team::MustPush(scratch, "one");
  const auto report = Pull(*bobs, {});
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QVERIFY(report->events >= 2);
  QCOMPARE(report->files.size(), 2u);
  QCOMPARE(scratch.Read("two/notes.md"), std::string("# Notes\nmore\n"));
  QCOMPARE(scratch.Read("two/new/plan.md"), std::string("plan\n"));
  QCOMPARE(EventsOf(*bobs), EventsOf(*team.ada.Open("one")));
  QCOMPARE(*bobs->UnsealedEvents(), uint64_t{0});
  QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
  QVERIFY(bobs->Verify()->empty());
  QCOMPARE(Pull(*bobs, {})->events, uint64_t{0});
}

void SyncTest::whenACommitWasMadeWithoutAmeide_thenPullRecordsItsEdit() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Git(".", {"clone", "-q", "hub.git", "plain"});
  scratch.Write("plain/notes.md", "# Notes\nby hand\n");
  scratch.Git("plain", {"commit", "-q", "-am", "By hand"});
  scratch.Git("plain", {"push", "-q"});
  const auto bobs = team.bob.Open("two");
  const auto report = Pull(*bobs, {});
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QCOMPARE(*bobs->Render(bobs->FindArtifact("notes.md")->id), std::string("# Notes\nby hand\n"));
  QCOMPARE(scratch.Read("two/notes.md"), std::string("# Notes\nby hand\n"));
}

void SyncTest::whenBothChangedOneFile_thenPullMovesNothing() {
  const Scratch scratch;
  Team team(scratch);
  const auto bobs = team.bob.Open("two");
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Ada");
  Team::MustPush(scratch, "one");
  scratch.Write("two/notes.md", "bob\n");
  const std::string before = scratch.Git("two", {"rev-parse", "HEAD"});
  const absl::Status status = Pull(*bobs, {}).status();
  QVERIFY(absl::IsFailedPrecondition(status));
  QVERIFY(Says(status, "notes.md"));
  QCOMPARE(scratch.Git("two", {"rev-parse", "HEAD"}), before);
  QCOMPARE(scratch.Read("two/notes.md"), std::string("bob\n"));
  QCOMPARE(*bobs->Render(bobs->FindArtifact("notes.md")->id), std::string("bob\n"));
}

void SyncTest::whenLocalChangesAreElsewhere_thenPullKeepsThem() {
  const Scratch scratch;
  Team team(scratch);
  const auto bobs = team.bob.Open("two");
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Ada");
  Team::MustPush(scratch, "one");
  std::string changed = kModel;
  changed.replace(changed.find("Order received"), 14, "Order came in");
  scratch.Write("two/order.bpmn", changed);
  const auto report = Pull(*bobs, {});
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QCOMPARE(scratch.Read("two/notes.md"), std::string("ada\n"));
  QCOMPARE(scratch.Read("two/order.bpmn"), changed);
  const auto committed = team.bob.Commit(*bobs, "Bob");
  QVERIFY2(committed.ok(), Text(committed.status()).c_str());
  Team::MustPush(scratch, "two");
  const auto adas = team.ada.Open("one");
  QVERIFY(Pull(*adas, {}).ok());
  QCOMPARE(scratch.Read("one/order.bpmn"), changed);
  QCOMPARE(EventsOf(*adas), EventsOf(*bobs));
}

void SyncTest::whenHistoriesDiverged_thenPushSaysSoAndPullMerges() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Ada");
  Team::MustPush(scratch, "one");
  scratch.Write("two/order.md", "bob\n");
  team.bob.MustCommit("two", "Bob");
  const std::string before = scratch.Git("two", {"rev-parse", "HEAD"});
  QVERIFY(absl::IsFailedPrecondition(Push(scratch.Path("two"), {}).status()));
  const auto bobs = team.bob.Open("two");
  QCOMPARE(GetStatus(*bobs)->apart->ahead, 1u);
  // What is in no commit cannot be in the merged one.
  scratch.Write("two/order.md", "bob, later\n");
  const absl::Status status = Pull(*bobs, {}).status();
  QVERIFY(absl::IsFailedPrecondition(status));
  QVERIFY(Says(status, "ameide commit"));
  QCOMPARE(scratch.Git("two", {"rev-parse", "HEAD"}), before);
  QCOMPARE(scratch.Read("two/notes.md"), std::string("# Notes\n"));
  QVERIFY(team.bob.Commit(*bobs, "Bob again").ok());
  const auto report = Pull(*bobs, {});
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QVERIFY(report->merged);
  QCOMPARE(scratch.Read("two/notes.md"), std::string("ada\n"));
  QCOMPARE(scratch.Read("two/order.md"), std::string("bob, later\n"));
  QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
  QCOMPARE(GetStatus(*bobs)->apart->behind, 0u);
  Team::MustPush(scratch, "two");
}

void SyncTest::whenAReceivedSegmentIsForged_thenPullMovesNothing() {
  const Scratch scratch;
  Team team(scratch);
  const auto bobs = team.bob.Open("two");
  const std::set<std::string> events = EventsOf(*bobs);
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Ada");
  const std::string added =
      scratch.Git("one", {"diff", "--name-only", "--diff-filter=A", "HEAD~1", "HEAD", "--", ".uaf/log"});
  const std::string segment = "one/" + added.substr(0, added.find('\n'));
  std::string bytes = scratch.Read(segment);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  scratch.Write(segment, bytes);
  scratch.Git("one", {"commit", "-q", "-a", "--amend", "--no-edit"});
  scratch.Git("one", {"push", "-q", "origin", "main"});
  const std::string before = scratch.Git("two", {"rev-parse", "HEAD"});
  const absl::Status status = Pull(*bobs, {}).status();
  QVERIFY(!status.ok());
  QCOMPARE(scratch.Git("two", {"rev-parse", "HEAD"}), before);
  QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
  QCOMPARE(scratch.Read("two/notes.md"), std::string("# Notes\n"));
  QCOMPARE(EventsOf(*bobs), events);
}

void SyncTest::whenAPullIsKilledAfterTheLog_thenTheNextOneGoesOn() {
  const Scratch scratch;
  Team team(scratch);
  team.bob.Open("two").reset();
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Ada");
  Team::MustPush(scratch, "one");
  scratch.Git("two", {"fetch", "-q"});
  scratch.Git("two", {"checkout", "-q", "origin/main", "--", ".uaf"});  // the first half of a pull
  scratch.Git("two", {"reset", "-q"});
  const auto bobs = team.bob.Open("two");  // takes the segments in, and may write the files
  QVERIFY(bobs->SyncWorkingFiles().ok());
  const auto report = Pull(*bobs, {});
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QCOMPARE(scratch.Read("two/notes.md"), std::string("ada\n"));
  QCOMPARE(EventsOf(*bobs), EventsOf(*team.ada.Open("one")));
  QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
}

void SyncTest::whenACommitIsNotMarked_thenTheNextOneFindsEverythingInGit() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("one/notes.md", "ada\n");
  const auto workspace = team.ada.Open("one");
  QVERIFY(workspace->SyncWorkingFiles().ok());
  QVERIFY(workspace->Seal().ok());
  scratch.Git("one", {"add", "-A"});  // as if killed between git's commit and the store's note of it
  scratch.Git("one", {"commit", "-q", "-m", "Unnoticed"});
  const auto report = team.ada.Commit(*workspace, "Again");
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QVERIFY(!report->commit.has_value());
  QCOMPARE(scratch.Git("one", {"status", "--porcelain"}), std::string());
}

void SyncTest::whenHistoryCameByCloneAndPull_thenEventsNameTheirCommits() {
  const Scratch scratch;
  Team team(scratch);
  const auto bobs = team.bob.Open("two");
  for (const char* text : {"one\n", "two\n"}) {
    scratch.Write("one/notes.md", text);
    team.ada.MustCommit("one", text);
  }
  Team::MustPush(scratch, "one");
  QVERIFY(Pull(*bobs, {}).ok());
  scratch.Write("two/notes.md", "three\n");
  QVERIFY(team.bob.Commit(*bobs, "Three").ok());
  uaf::LogQuery query;
  query.artifact = bobs->FindArtifact("notes.md")->id;
  const auto log = bobs->Log(query);
  QVERIFY(log.ok());
  std::string commits;
  for (const uaf::ChangeSetSummary& event : *log) commits += event.commit + "\n";
  QCOMPARE(commits, scratch.Git("two", {"log", "--format=%H"}));
}

void SyncTest::whenOneArtifactIsAsked_thenHistoryListsItsCommits() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Notes");
  const auto notes = History(scratch.Path("one"), std::vector<std::string>{"notes.md"}, 10);
  QCOMPARE(notes->size(), 2u);
  QCOMPARE((*notes)[0].message, std::string("Notes"));
  QCOMPARE(History(scratch.Path("one"), std::vector<std::string>{"order.bpmn"}, 10)->size(), 1u);
}

void SyncTest::whenAskedForACommit_thenTheCutIsThatOfItsSegments() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("one/notes.md", "ada\n");
  team.ada.MustCommit("one", "Notes");
  Team::MustPush(scratch, "one");
  const auto bobs = team.bob.Open("two");
  QVERIFY(Pull(*bobs, {}).ok());
  const uaf::ArtifactId notes = bobs->FindArtifact("notes.md")->id;
  const auto before = bobs->ResolveCut("HEAD~1");
  QVERIFY2(before.ok(), Text(before.status()).c_str());
  QCOMPARE(*bobs->Render(notes, *before), std::string("# Notes\n"));
  QCOMPARE(*bobs->Render(notes, *bobs->ResolveCut("main")), std::string("ada\n"));
}

}  // namespace
void SyncTest::whenAPulledFileReplacesALink_thenNothingIsWrittenThroughIt() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("outside/target", "precious");
  std::filesystem::create_symlink("../outside/target", scratch.Path("one/link.md"));
  std::filesystem::create_symlink("../outside", scratch.Path("one/folder"));
  scratch.Git("one", {"add", "link.md", "folder"});
  scratch.Git("one", {"commit", "-q", "-m", "Links"});
  Team::MustPush(scratch, "one");
  const auto bobs = team.bob.Open("two");
  const auto first = Pull(*bobs, {});
  QVERIFY2(first.ok(), Text(first.status()).c_str());
  QVERIFY(std::filesystem::is_symlink(scratch.Path("two/link.md")));
  scratch.Git("one", {"rm", "-q", "link.md", "folder"});
  scratch.Write("one/link.md", "evil");
  scratch.Write("one/folder/target", "evil");
  scratch.Git("one", {"add", "link.md", "folder/target"});
  scratch.Git("one", {"commit", "-q", "-m", "Files"});
  Team::MustPush(scratch, "one");
  const auto second = Pull(*bobs, {});
  QCOMPARE(scratch.Read("outside/target"), std::string("precious"));
  QVERIFY2(second.ok(), Text(second.status()).c_str());
  QCOMPARE(scratch.Read("two/link.md"), std::string("evil"));
  QVERIFY(!std::filesystem::is_symlink(scratch.Path("two/link.md")));
  QCOMPARE(scratch.Git("two", {"status", "--porcelain", "-uno"}), std::string());
}

void SyncTest::whenThePulledLogHoldsALink_thenPullMovesNothing() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("outside", "precious");
  std::filesystem::remove(scratch.Path("one/.uaf/lock"));
  std::filesystem::create_symlink("../../outside", scratch.Path("one/.uaf/lock"));
  scratch.Git("one", {"add", "-f", ".uaf/lock"});
  scratch.Git("one", {"commit", "-q", "-m", "Evil"});
  Team::MustPush(scratch, "one");
  const auto bobs = team.bob.Open("two");
  const std::string before = scratch.Git("two", {"rev-parse", "HEAD"});
  const absl::Status refused = Pull(*bobs, {}).status();
  QVERIFY2(Says(refused, "is no plain file"), Text(refused).c_str());
  QCOMPARE(scratch.Git("two", {"rev-parse", "HEAD"}), before);
  QVERIFY(!std::filesystem::is_symlink(scratch.Path("two/.uaf/lock")));
}

void SyncTest::whenTheHistoryLeadsBehindALink_thenAClonePutsNothingThere() {
  const Scratch scratch;
  Team team(scratch);
  std::filesystem::create_directories(scratch.Path("outside"));
  // Files of the log that a commit takes away again come back, unless a link is there now.
  for (const char* folder : {".uaf/keys/x", ".uaf/log/x", ".uaf/blobs/x"}) {
    const std::string path = folder;
    scratch.Write("one/" + path + "/1.pub", "evil");
    scratch.Write("one/" + path + "/1.seg", "evil");
    scratch.Git("one", {"add", "-f", folder});
    scratch.Git("one", {"commit", "-q", "-m", "Evil"});
    scratch.Git("one", {"rm", "-q", "-r", folder});
    scratch.Git("one", {"commit", "-q", "-m", "Gone"});
    std::filesystem::create_symlink("../../../outside", scratch.Path("one/" + path));
    scratch.Git("one", {"add", "-f", folder});
  }
  scratch.Git("one", {"commit", "-q", "-m", "Links"});
  scratch.Git("one", {"push", "-q", "origin", "HEAD"});
  const auto cloned = Clone(scratch.Path("hub.git").string(), scratch.Path("three"), {});
  QVERIFY2(cloned.ok(), Text(cloned.status()).c_str());
  Person cleo(scratch, "cleo");
  const absl::StatusOr<std::unique_ptr<uaf::Workspace>> workspace =
      uaf::Workspace::Open(cleo.Options("three"));
  if (workspace.ok()) TakeInClone(**workspace).IgnoreError();
  QVERIFY(std::filesystem::is_empty(scratch.Path("outside")));
}

void SyncTest::whenTheLogIsDamaged_thenCommitRefusesAndTakesNothingForAnEdit() {
  const Scratch scratch;
  Team team(scratch);
  const std::string segment = scratch.Git("two", {"ls-files", ".uaf/log"});
  const std::string path = "two/" + segment.substr(0, segment.find('\n'));
  const std::string good = scratch.Read(path);
  for (const char* file : {"store.db", "store.db-wal", "store.db-shm"})
    std::filesystem::remove(scratch.Path("two/.uaf") / file);
  scratch.Write(path, good.substr(0, good.size() / 2));
  auto bobs = team.bob.Open("two");
  QVERIFY(!bobs->LogIncompleteBecause().empty());
  const absl::Status refused = team.bob.Commit(*bobs, "Mine").status();
  QVERIFY2(Says(refused, ".seg"), Text(refused).c_str());
  QVERIFY(bobs->Artifacts()->empty());
  scratch.Write(path, good);
  const auto committed = team.bob.Commit(*bobs, "Mine");
  QVERIFY2(committed.ok(), Text(committed.status()).c_str());
  QCOMPARE(bobs->Artifacts()->size(), size_t{2});
  QVERIFY(committed->files.empty());
}

void SyncTest::whenTheRemoteMovesDuringASync_thenItStartsAgain() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Write("one/order.bpmn", Named("Ada"));
  team.ada.MustCommit("one", "Ada's");
  Team::MustPush(scratch, "one");
  // Somebody waits for the moment between fetch and push.
  scratch.Git(".", {"clone", "-q", "hub.git", "plain"});
  scratch.Write("plain/later.md", "later\n");
  scratch.Git("plain", {"add", "-A"});
  scratch.Git("plain", {"commit", "-q", "-m", "Later"});
  const auto bobs = team.bob.Open("two");
  scratch.Write("two/notes.md", "# Notes\nBob\n");
  int moved = 0;
  const auto subscription = bobs->Subscribe([&](const uaf::EventGroup& group) {
    const bool came = std::any_of(group.events.begin(), group.events.end(),
                                  [](const auto& event) { return event.author.name == "ada"; });
    if (came && moved++ == 0)
      QCOMPARE(std::system(("git -C '" + scratch.Path("plain").string() + "' push -q").c_str()), 0);
  });
  CommitOptions options;
  options.message = "Bob's";
  const auto report = Sync(*bobs, options, {});
  QVERIFY2(report.ok(), Text(report.status()).c_str());
  QVERIFY(moved > 0);
  QVERIFY(report->pushed);
  QCOMPARE(report->commits.size(), size_t{1});
  QCOMPARE(scratch.Git("hub.git", {"rev-parse", "main"}), scratch.Git("two", {"rev-parse", "HEAD"}));
  QCOMPARE(scratch.Read("two/later.md"), std::string("later\n"));
  QCOMPARE(scratch.Read("two/order.bpmn"), Named("Ada"));
  QCOMPARE(scratch.Git("hub.git", {"show", "main:notes.md"}), std::string("# Notes\nBob\n"));
}

void SyncTest::whenAMergeIsUnderWay_thenCommitLeavesTheFilesAlone() {
  const Scratch scratch;
  Team team(scratch);
  scratch.Git("one", {"checkout", "-q", "-b", "other"});
  scratch.Write("one/notes.md", "theirs\n");
  scratch.Git("one", {"commit", "-q", "-a", "-m", "Theirs"});
  scratch.Git("one", {"checkout", "-q", "main"});
  scratch.Write("one/notes.md", "ours\n");
  scratch.Git("one", {"commit", "-q", "-a", "-m", "Ours"});
  const auto adas = team.ada.Open("one");
  QProcess merge;
  merge.setWorkingDirectory(QString::fromStdString(scratch.Path("one").string()));
  merge.start("git", {"merge", "-q", "other"});
  merge.waitForFinished();
  const std::string conflict = scratch.Read("one/notes.md");
  QVERIFY(conflict.find("<<<<<<<") != std::string::npos);
  const absl::Status refused = team.ada.Commit(*adas, "Half").status();
  QVERIFY2(Says(refused, "in the middle of a merge"), Text(refused).c_str());
  QCOMPARE(scratch.Read("one/notes.md"), conflict);
}

}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::SyncTest)
#include "sync_test.moc"
