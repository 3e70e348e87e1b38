#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/sync/people.h"

namespace ameide::sync {
namespace {

/// Files on one path, their modes, and log files of another branch in the folder.
class PathsTest : public QObject, private WithTeam {
  Q_OBJECT

 private Q_SLOTS:
  void init() { SetUp(); }

  void whenTwoRenameToOnePath_thenAllHaveTheStandingFile() {
    Move("one", "notes.md", "z.md");
    team_->ada.MustCommit("one", "To z");
    Push("one");
    Move("two", "order.bpmn", "z.md");
    team_->bob.MustCommit("two", "To z");
    team_->bob.MustPull("two");
    Push("two");
    team_->ada.MustPull("one");
    QCOMPARE(Read("one/z.md"), Read("two/z.md"));
    Settled("one");
    Settled("two");
    // Nothing of the file was taken for an edit of the other artifact.
    for (const std::string name : {"notes.md", "order.bpmn"}) {
      const auto ada = team_->ada.Open("one");
      const auto artifacts = ada->Artifacts();
      bool found = false;
      for (const uaf::Artifact& artifact : *artifacts)
        found = found || *ada->Render(artifact.id) == (name == "notes.md" ? "# Notes\n" : kModel);
      QVERIFY2(found, name.c_str());
    }
  }

  void whenTheOtherOfTwoFilesIsChosen_thenEachKeepsItsOwnText() {
    scratch_->Write("one/x.md", "aaa\n");
    team_->ada.MustCommit("one", "Ada's");
    scratch_->Write("two/x.md", "bbb\n");
    team_->bob.MustCommit("two", "Bob's");
    Push("one");
    team_->bob.MustPull("two");
    Push("two");
    team_->ada.MustPull("one");
    const std::string stands = Read("two/x.md");
    QCOMPARE(Read("one/x.md"), stands);
    scratch_->Write("two/x.md", stands + "more\n");
    team_->bob.MustCommit("two", "More");
    Push("two");
    team_->ada.MustPull("one");
    {
      const auto ada = team_->ada.Open("one");
      const auto conflicts = ada->Conflicts();
      QCOMPARE(conflicts->size(), size_t{1});
      const size_t other = 1 - conflicts->front().standing;
      const auto resolved = ada->ResolveConflict(conflicts->front().key.Hex(), {.side = other, .value = {}});
      QVERIFY2(resolved.ok(), resolved.status().ToString().c_str());
      QVERIFY(ada->SyncWorkingFiles().ok());
    }
    team_->ada.MustCommit("one", "Decided");
    Push("one");
    team_->bob.MustPull("two");
    const std::string loser = stands == "aaa\n" ? "bbb\n" : "aaa\n";
    for (const std::string folder : {"one", "two"}) {
      QCOMPARE(Read(folder + "/x.md"), loser);
      Settled(folder);
      size_t kept = 0;
      for (const auto& entry : std::filesystem::directory_iterator(scratch_->Path(folder))) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("x-")) continue;
        ++kept;
        QCOMPARE(Read(folder + "/" + name), stands + "more\n");
      }
      QCOMPARE(kept, size_t{1});
    }
  }

  void whenTwoBeginOneFile_thenItIsOneArtifactAndNoConflict_data() {
    QTest::addColumn<std::string>("in_one");
    QTest::addColumn<std::string>("in_two");
    QTest::addColumn<int>("conflicts");
    const std::string begun = "aaa\n";
    QTest::newRow("nobody edits it") << begun << begun << 0;
    QTest::newRow("one edits it") << std::string("one\n") << begun << 0;
    QTest::newRow("the other edits it") << begun << std::string("two\n") << 0;
    QTest::newRow("both edit it") << std::string("one\n") << std::string("two\n") << 1;
  }
  void whenTwoBeginOneFile_thenItIsOneArtifactAndNoConflict() {
    QFETCH(const std::string, in_one);
    QFETCH(const std::string, in_two);
    QFETCH(const int, conflicts);
    const std::string begun = "aaa\n";
    for (const std::string folder : {"one", "two"}) {
      Person& person = folder == "one" ? team_->ada : team_->bob;
      scratch_->Write(folder + "/x.md", begun);
      person.MustCommit(folder, "Begin");
      if (const std::string& text = folder == "one" ? in_one : in_two; text != begun) {
        scratch_->Write(folder + "/x.md", text);
        person.MustCommit(folder, "Edit");
      }
    }
    Push("one");
    team_->bob.MustPull("two");
    Push("two");
    team_->ada.MustPull("one");
    QCOMPARE(Read("one/x.md"), Read("two/x.md"));
    if (conflicts == 0) QCOMPARE(Read("one/x.md"), in_one != begun ? in_one : in_two);
    for (const std::string folder : {"one", "two"}) {
      const auto workspace = (folder == "one" ? team_->ada : team_->bob).Open(folder);
      QCOMPARE(workspace->Conflicts()->size(), size_t(conflicts));
      const auto artifacts = workspace->Artifacts();
      QCOMPARE(std::count_if(artifacts->begin(), artifacts->end(),
                             [](const uaf::Artifact& each) { return each.path == "x.md"; }),
               1 + conflicts);
      QVERIFY(workspace->Verify()->empty());
    }
    if (conflicts > 0) return;
    // Removed, it does not come back.
    std::filesystem::remove(scratch_->Path("one/x.md"));
    team_->ada.MustCommit("one", "Remove");
    Push("one");
    team_->bob.MustPull("two");
    for (const std::string folder : {"one", "two"})
      QVERIFY(!std::filesystem::exists(scratch_->Path(folder + "/x.md")));
  }

  void whenTwoRemoveEachOthersTwin_thenWhatWasEditedComesBack_data() {
    QTest::addColumn<bool>("both_edit");
    QTest::newRow("one has edited it") << false;
    QTest::newRow("both have edited it") << true;
  }
  void whenTwoRemoveEachOthersTwin_thenWhatWasEditedComesBack() {
    QFETCH(const bool, both_edit);
    const std::string begun = "aaa\n";
    scratch_->Git(".", {"clone", "-q", "--bare", "hub.git", "other.git"});
    scratch_->Write("one/x.md", begun);
    team_->ada.MustCommit("one", "Begin");
    scratch_->Write("two/x.md", begun);
    team_->bob.MustCommit("two", "Begin");
    // Who has the first of the two keeps it while nobody is known to have edited the other one.
    const auto id = [](Person& person, const std::string& folder) {
      return person.Open(folder)->FindArtifact("x.md")->id;
    };
    const bool ada_first = id(team_->ada, "one") < id(team_->bob, "two");
    const std::string first = ada_first ? "one" : "two";
    const std::string second = ada_first ? "two" : "one";
    const auto person = [&](const std::string& folder) -> Person& {
      return folder == "one" ? team_->ada : team_->bob;
    };
    const auto point = [&](const std::string& folder, const QString& hub) {
      scratch_->Git(folder, {"remote", "set-url", "origin",
                             QString::fromStdString(scratch_->Path(hub.toStdString()).string())});
    };
    Push(first);
    point(second, "other.git");
    Push(second);
    // The first one's owner sees the other's as it began, the second one's has gone on by then.
    point(first, "other.git");
    person(first).MustPull(first);
    if (both_edit) {
      scratch_->Write(first + "/x.md", "the first\n");
      person(first).MustCommit(first, "Edit");
    }
    scratch_->Write(second + "/x.md", "the second\n");
    person(second).MustCommit(second, "Edit");
    point(second, "hub.git");
    person(second).MustPull(second);
    QCOMPARE(Read(second + "/x.md"), std::string("the second\n"));
    // Now they hear of each other.
    Push(second);
    point(first, "hub.git");
    if (!person(first).Open(first)->SyncWorkingFiles().ok()) qFatal("no sync");
    person(first).MustPull(first);
    Push(first);
    person(second).MustPull(second);
    QCOMPARE(Read("one/x.md"), Read("two/x.md"));
    for (const std::string folder : {"one", "two"}) {
      const auto workspace = person(folder).Open(folder);
      std::vector<std::string> texts;
      const auto artifacts = workspace->Artifacts();
      for (const uaf::Artifact& each : *artifacts)
        if (each.path == "x.md") texts.push_back(*workspace->Render(each.id));
      std::sort(texts.begin(), texts.end());
      QCOMPARE(texts, both_edit ? (std::vector<std::string>{"the first\n", "the second\n"})
                                : (std::vector<std::string>{"the second\n"}));
      QCOMPARE(workspace->Conflicts()->size(), size_t(both_edit));
      // It is done once.
      const std::set<std::string> events = EventsOf(*workspace);
      QVERIFY(workspace->SyncWorkingFiles().ok());
      QVERIFY(EventsOf(*workspace) == events);
      QVERIFY(workspace->Verify()->empty());
    }
    QVERIFY(EventsOf(*team_->ada.Open("one")) == EventsOf(*team_->bob.Open("two")));
    if (both_edit) return;
    // Removed by somebody who knows all of it, it stays away.
    std::filesystem::remove(scratch_->Path("one/x.md"));
    team_->ada.MustCommit("one", "Remove");
    Push("one");
    team_->bob.MustPull("two");
    for (const std::string folder : {"one", "two"}) {
      QVERIFY(person(folder).Open(folder)->SyncWorkingFiles().ok());
      QVERIFY(!std::filesystem::exists(scratch_->Path(folder + "/x.md")));
    }
  }

  void whenAFileIsAFolderForTheOther_thenPullGoesOnAndItIsAConflict_data() {
    QTest::addColumn<bool>("file_first");
    QTest::addColumn<bool>("keep_file");
    for (const bool first : {true, false}) {
      QTest::addRow("the %s comes first, the file is kept", first ? "file" : "folder") << first << true;
      QTest::addRow("the %s comes first, the folder is kept", first ? "file" : "folder") << first << false;
    }
  }
  void whenAFileIsAFolderForTheOther_thenPullGoesOnAndItIsAConflict() {
    QFETCH(const bool, file_first);
    QFETCH(const bool, keep_file);
    scratch_->Write(file_first ? "one/plan" : "two/plan", "file\n");
    scratch_->Write(file_first ? "two/plan/b.md" : "one/plan/b.md", "below\n");
    team_->ada.MustCommit("one", "Ada's");
    Push("one");
    team_->bob.MustCommit("two", "Bob's");
    team_->bob.MustPull("two");
    Push("two");
    team_->ada.MustPull("one");
    for (const std::string folder : {"one", "two"}) {
      QCOMPARE(Read(folder + "/plan/b.md"), std::string("below\n"));
      Settled(folder);
    }
    {
      const auto ada = team_->ada.Open("one");
      const auto conflicts = ada->Conflicts();
      QCOMPARE(conflicts->size(), size_t{1});
      const uaf::merge::Conflict& open = conflicts->front();
      QCOMPARE(open.name, std::string("plan"));
      QCOMPARE(*open.sides[open.standing].value, std::string("plan/b.md"));
      QVERIFY(*team_->bob.Open("two")->Conflicts() == *conflicts);
      const size_t side = keep_file ? 1 - open.standing : open.standing;
      const auto resolved = ada->ResolveConflict(open.key.Hex(), {.side = side, .value = {}});
      QVERIFY2(resolved.ok(), resolved.status().ToString().c_str());
      QVERIFY(ada->SyncWorkingFiles().ok());
      QVERIFY(ada->Conflicts()->empty());
    }
    team_->ada.MustCommit("one", "Decided");
    Push("one");
    team_->bob.MustPull("two");
    for (const std::string folder : {"one", "two"}) {
      Settled(folder);
      QCOMPARE(Read(folder + (keep_file ? "/plan" : "/plan/b.md")),
               std::string(keep_file ? "file\n" : "below\n"));
      bool other = false;
      for (const auto& entry : std::filesystem::directory_iterator(scratch_->Path(folder))) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("plan-")) continue;
        other = true;
        QCOMPARE(Read(folder + "/" + name + (keep_file ? "/b.md" : "")),
                 std::string(keep_file ? "below\n" : "file\n"));
      }
      QVERIFY(other);
    }
  }

  void whenAnotherBranchWasNotCommitted_thenItsLogStaysOutOfCommitsByGit() {
    {
      const auto ada = team_->ada.Open("one");
      QVERIFY(StartBranch(*ada, {"proposal/q", uaf::BranchKind::kProposal, "Q", {}}).ok());
      QVERIFY(CheckOut(*ada, "proposal/q").ok());
      scratch_->Write("one/notes.md", "# Proposed\n");
      QVERIFY(ada->SyncWorkingFiles().ok());
      QVERIFY(CheckOut(*ada, "main").ok());
    }
    QCOMPARE(scratch_->Git("one", {"status", "--porcelain", "-uall"}), std::string());
    const std::string edited = QString::fromLatin1(kModel).replace("received", "taken").toStdString();
    scratch_->Write("one/order.bpmn", edited);
    scratch_->Git("one", {"add", "-A"});
    scratch_->Git("one", {"commit", "-q", "-m", "By git"});
    scratch_->Git("one", {"push", "-q"});
    team_->bob.MustPull("two");
    QCOMPARE(Read("two/order.bpmn"), edited);
    const auto bob = team_->bob.Open("two");
    QCOMPARE(bob->Branches()->size(), size_t{1});
    QVERIFY(bob->Verify()->empty());
    // It waits for a commit of its branch.
    const auto ada = team_->ada.Open("one");
    QVERIFY(ada->Verify()->empty());
    QVERIFY(CheckOut(*ada, "proposal/q").ok());
    QCOMPARE(Read("one/notes.md"), std::string("# Proposed\n"));
    QVERIFY(scratch_->Git("one", {"status", "--porcelain", "-uall"}).find(".seg") != std::string::npos);
  }

  void whenMainOfAnotherCameAsABranch_thenItsKeyStaysWithItsEvents_data() {
    QTest::addColumn<bool>("lost");
    QTest::newRow("brought back with them") << false;
    QTest::newRow("removed from the folder") << true;
  }
  void whenMainOfAnotherCameAsABranch_thenItsKeyStaysWithItsEvents() {
    QFETCH(const bool, lost);
    const auto keys = [&] {
      std::set<std::string> names;
      for (const auto& entry : std::filesystem::directory_iterator(scratch_->Path("one/.uaf/keys")))
        names.insert(entry.path().filename().string());
      return names;
    };
    const std::set<std::string> before = keys();
    scratch_->Write("two/y.md", "bbb\n");
    team_->bob.MustCommit("two", "Bob's");
    scratch_->Git("two", {"push", "-q", "origin", "main:side"});
    scratch_->Git("one", {"fetch", "-q"});
    const auto go_to = [&](const std::string& branch) {
      const auto ada = team_->ada.Open("one");
      const auto report = CheckOut(*ada, branch);
      QVERIFY2(report.ok(), report.status().ToString().c_str());
      QVERIFY(ada->Verify()->empty());
    };
    go_to("side");
    QVERIFY(keys().size() == before.size() + 1);
    for (const std::string& key : keys())
      if (lost && !before.contains(key)) std::filesystem::remove(scratch_->Path("one/.uaf/keys/" + key));
    scratch_->Write("one/notes.md", "# More\n");
    team_->ada.MustCommit("one", "More");
    const std::string held = scratch_->Git("one", {"ls-tree", "--name-only", "HEAD", ".uaf/keys/"});
    QCOMPARE(static_cast<size_t>(std::count(held.begin(), held.end(), '\n')), before.size() + 1);
    // On main are neither; there it can be verified all the same, and on the way back.
    go_to("main");
    QVERIFY(keys() == before);
    go_to("side");
    QVERIFY(keys().size() == before.size() + 1);
    Settled("one");
  }

  void whenAKeyIsRemovedFromTheFolder_thenItComesBack_data() {
    QTest::addColumn<QString>("how");
    QTest::newRow("with a commit") << "commit";
    QTest::newRow("with a commit of nothing") << "nothing";
    QTest::newRow("with a pull") << "pull";
    QTest::newRow("with a checkout") << "checkout";
  }
  void whenAKeyIsRemovedFromTheFolder_thenItComesBack() {
    QFETCH(const QString, how);
    const std::string key = BobsKey();
    const std::string text = Read("one/" + key);
    std::filesystem::remove(scratch_->Path("one/" + key));
    if (how == "pull") {
      Write("two/y.md", "more\n");
      team_->bob.MustCommit("two", "More");
      Push("two");
      team_->ada.MustPull("one");
    } else if (how == "checkout") {
      const auto ada = team_->ada.Open("one");
      Must(StartBranch(*ada, {"work", uaf::BranchKind::kBranch, {}, {}}).status());
      Must(CheckOut(*ada, "work").status());
    } else {
      if (how == "commit") Write("one/notes.md", "# More\n");
      team_->ada.MustCommit("one", "More");
    }
    QVERIFY(Exists("one/" + key));
    QCOMPARE(Read("one/" + key), text);
    Settled("one");
  }

  void whenSegmentsAreCommittedWithoutTheirKey_thenItIsFoundOnAnotherBranch() {
    Write("two/y.md", "bbb\n");
    team_->bob.MustCommit("two", "Bob's");
    Git("two", {"push", "-q", "origin", "main:side"});
    // Somebody takes over all of it but the key.
    Git(".", {"clone", "-q", "hub.git", "plain"});
    std::string key = Git("plain", {"diff", "--name-only", "HEAD", "origin/side", "--", ".uaf/keys"});
    key.resize(key.find('\n'));
    Git("plain", {"checkout", "-q", "origin/side", "--", "."});
    Git("plain", {"rm", "-q", "-f", QString::fromStdString(key)});
    Git("plain", {"commit", "-q", "-m", "Bob's, without his key"});
    Git("plain", {"push", "-q", "origin", "main"});
    Git(".", {"clone", "-q", "hub.git", "three"});
    Person cleo(*scratch_, "cleo");
    QVERIFY(!Exists("three/" + key));
    Write("three/z.md", "Cleo's\n");
    cleo.MustCommit("three", "Cleo");
    QVERIFY(Exists("three/" + key));
    QVERIFY(Git("three", {"ls-tree", "-r", "--name-only", "HEAD"}).find(key) != std::string::npos);
    QCOMPARE(Read("three/y.md"), std::string("bbb\n"));
    Settled("three");
  }

  void whenGitHasFilesOfItsOwn_thenStatusLeavesThemOut() {
    scratch_->Write("one/.gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../x\n");
    scratch_->Write("one/.github/settings.yml", "a: 1\n");
    scratch_->Write("one/plan.md", "new\n");
    std::ofstream(scratch_->Path("one/.gitignore"), std::ios::app) << "*.tmp\n";
    const auto status = GetStatus(*team_->ada.Open("one"));
    QVERIFY(status.ok());
    std::vector<std::string> paths;
    for (const git::ChangedPath& change : status->changes) paths.push_back(change.path);
    QCOMPARE(paths, (std::vector<std::string>{".gitignore", "plan.md"}));
  }

  void whenAFileMayBeRun_thenCommitsAndPullsKeepThat() {
    Allow("one/notes.md", true);
    QCOMPARE(team_->ada.MustCommit("one", "May be run").files.size(), size_t{1});
    QCOMPARE(Mode("one", "notes.md"), std::string("100755"));
    scratch_->Write("one/tool.py", "print()\n");
    Allow("one/tool.py", true);
    team_->ada.MustCommit("one", "A tool");
    Push("one");
    // Also where both went on.
    scratch_->Write("two/order.bpmn", QString::fromLatin1(kModel).replace("received", "taken").toStdString());
    team_->bob.MustCommit("two", "Bob's");
    QVERIFY(team_->bob.MustPull("two").merged);
    for (const std::string name : {"notes.md", "tool.py"}) {
      QVERIFY2(IsAllowed("two/" + name), name.c_str());
      QCOMPARE(Mode("two", name), std::string("100755"));
    }
    Settled("two");
    Allow("two/tool.py", false);
    team_->bob.MustCommit("two", "No tool");
    Push("two");
    team_->ada.MustPull("one");
    QVERIFY(!IsAllowed("one/tool.py"));
    QVERIFY(IsAllowed("one/notes.md"));
    Settled("one");
  }

 private:
  /// Bob records something, and Ada has it. The file of the key that he signs with.
  std::string BobsKey() {
    const auto keys = [&] { return Git("one", {"ls-tree", "-r", "--name-only", "HEAD", ".uaf/keys/"}); };
    const std::string before = keys();
    Write("two/y.md", "bbb\n");
    team_->bob.MustCommit("two", "Bob's");
    Push("two");
    team_->ada.MustPull("one");
    std::stringstream now(keys());
    for (std::string key; std::getline(now, key);)
      if (before.find(key) == std::string::npos) return key;
    qFatal("Bob signed with no new key");
  }
  void Move(const std::string& folder, const std::string& from, const std::string& to) {
    std::filesystem::rename(scratch_->Path(folder + "/" + from), scratch_->Path(folder + "/" + to));
  }
  void Allow(const std::string& name, bool allowed) {
    std::filesystem::permissions(
        scratch_->Path(name), std::filesystem::perms::owner_exec,
        allowed ? std::filesystem::perm_options::add : std::filesystem::perm_options::remove);
  }
  bool IsAllowed(const std::string& name) {
    return (std::filesystem::status(scratch_->Path(name)).permissions() &
            std::filesystem::perms::owner_exec) != std::filesystem::perms::none;
  }
  std::string Mode(const std::string& folder, const std::string& name) {
    return scratch_->Git(folder, {"ls-tree", "HEAD", QString::fromStdString(name)}).substr(0, 6);
  }
};

}  // namespace
}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::PathsTest)
#include "paths_test.moc"
