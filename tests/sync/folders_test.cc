#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/sync/people.h"

namespace ameide::sync {
namespace {

namespace fs = std::filesystem;

/// A file whose name becomes a folder's, and the reverse.
class FoldersTest : public QObject, private WithTeam {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    SetUp();
    scratch_->Write("one/plan", kFile);
    team_->ada.MustCommit("one", "A plan");
    Team::MustPush(*scratch_, "one");
    team_->bob.MustPull("two");
  }

  void whenItsNameBecomesAFolderOnABranch_thenCheckoutsGoToAndFro_data() { Changes(); }
  void whenItsNameBecomesAFolderOnABranch_thenCheckoutsGoToAndFro() {
    QFETCH(const std::string, moves_to);
    QFETCH(const bool, at_once);
    CheckOutBranch("feat", /*start=*/true);
    MakeFolder("one", moves_to, at_once);
    const std::vector<std::string> files = FilesIn("one");
    const std::set<std::string> events = EventsOf(*team_->ada.Open("one"));
    for (int i = 0; i < 2; ++i) {
      CheckOutBranch("main");
      QCOMPARE(scratch_->Read("one/plan"), std::string(kFile));
      QCOMPARE(FilesIn("one"), (std::vector<std::string>{"notes.md", "order.bpmn", "plan"}));
      Settled("one");
      CheckOutBranch("feat");
      QCOMPARE(FilesIn("one"), files);
      QCOMPARE(scratch_->Read("one/plan/b.md"), std::string("below\n"));
      if (!moves_to.empty()) QCOMPARE(scratch_->Read("one/" + moves_to), std::string(kFile));
      Settled("one");
    }
    // Going there and back is no work of anybody.
    QVERIFY(EventsOf(*team_->ada.Open("one")) == events);
  }

  void whenItsNameBecomesAFolder_thenPullsGoOn_data() { Changes(); }
  void whenItsNameBecomesAFolder_thenPullsGoOn() {
    QFETCH(const std::string, moves_to);
    QFETCH(const bool, at_once);
    // Cleo has nothing of her own, Bob has.
    Person cleo(*scratch_, "cleo");
    QVERIFY(Clone(scratch_->Path("hub.git").string(), scratch_->Path("three"), {}).ok());
    QVERIFY(TakeInClone(*cleo.Open("three")).ok());
    scratch_->Write("two/notes.md", "# Bob's notes\n");
    team_->bob.MustCommit("two", "Bob's");
    MakeFolder("one", moves_to, at_once);
    const std::vector<std::string> files = FilesIn("one");
    Team::MustPush(*scratch_, "one");
    cleo.MustPull("three");
    team_->bob.MustPull("two");
    Team::MustPush(*scratch_, "two");
    team_->ada.MustPull("one");
    for (Person* person : {&team_->ada, &team_->bob, &cleo}) {
      const std::string folder = FolderOf(*person);
      QCOMPARE(FilesIn(folder), files);
      QCOMPARE(scratch_->Read(folder + "/plan/b.md"), std::string("below\n"));
      if (!moves_to.empty()) QCOMPARE(scratch_->Read(folder + "/" + moves_to), std::string(kFile));
      Settled(folder);
      QVERIFY(person->Open(folder)->Conflicts()->empty());
    }
  }

  void whenBothAreOneChange_thenTheFileIsRetiredOrMoved_data() { Changes(); }
  void whenBothAreOneChange_thenTheFileIsRetiredOrMoved() {
    QFETCH(const std::string, moves_to);
    const ArtifactOf before(*team_->ada.Open("one"), "plan");
    MakeFolder("one", moves_to, /*at_once=*/true);
    Settled("one");
    const auto ada = team_->ada.Open("one");
    QVERIFY(ada->Conflicts()->empty());
    const ArtifactOf after(*ada, before.id);
    QCOMPARE(after.retired, moves_to.empty());
    if (!moves_to.empty()) QCOMPARE(after.path, moves_to);
    QCOMPARE(ada->Artifacts()->size(), size_t{moves_to.empty() || moves_to == "plan/b.md" ? 3U : 4U});
  }

  void whenAFolderBecomesAFile_thenPullsAndCheckoutsGoOn() {
    fs::remove(scratch_->Path("one/plan"));
    scratch_->Write("one/deep/in/a.md", kFile);
    team_->ada.MustCommit("one", "Deep");
    Team::MustPush(*scratch_, "one");
    team_->bob.MustPull("two");
    CheckOutBranch("feat", /*start=*/true);
    fs::rename(scratch_->Path("one/deep/in/a.md"), scratch_->Path("one/a"));
    fs::remove_all(scratch_->Path("one/deep"));
    fs::rename(scratch_->Path("one/a"), scratch_->Path("one/deep"));
    team_->ada.MustCommit("one", "Flat");
    for (int i = 0; i < 2; ++i) {
      CheckOutBranch("main");
      QCOMPARE(scratch_->Read("one/deep/in/a.md"), std::string(kFile));
      Settled("one");
      CheckOutBranch("feat");
      QCOMPARE(scratch_->Read("one/deep"), std::string(kFile));
      Settled("one");
    }
    CheckOutBranch("main");
    QVERIFY(MergeBranch(*team_->ada.Open("one"), "feat").ok());
    team_->ada.MustCommit("one", "Merged");
    Team::MustPush(*scratch_, "one");
    team_->bob.MustPull("two");
    QCOMPARE(scratch_->Read("two/deep"), std::string(kFile));
    Settled("two");
  }

 private:
  static constexpr char kFile[] = "the plan\nof the year\n";

  /// An artifact as one workspace knows it.
  struct ArtifactOf {
    ArtifactOf(const uaf::Workspace& workspace, const std::string& path_or_id) {
      const auto found = workspace.FindArtifact(path_or_id);
      if (!found.ok()) qFatal("%s", found.status().ToString().c_str());
      id = found->id.name;
      path = found->path;
      retired = found->retired;
    }
    std::string id;
    std::string path;
    bool retired = false;
  };

  static void Changes() {
    QTest::addColumn<std::string>("moves_to");
    QTest::addColumn<bool>("at_once");
    for (const bool at_once : {false, true}) {
      const char* how = at_once ? "at once" : "one after the other";
      QTest::addRow("removed, %s", how) << std::string() << at_once;
      QTest::addRow("renamed, %s", how) << std::string("plotted") << at_once;
      QTest::addRow("renamed to as many letters, %s", how) << std::string("plot") << at_once;
      QTest::addRow("moved into it, %s", how) << std::string("plan/a.md") << at_once;
    }
  }

  /// Makes `plan` a folder with b.md; the file of that name moves, or goes.
  void MakeFolder(const std::string& folder, const std::string& moves_to, bool at_once) {
    Person& person = folder == "one" ? team_->ada : team_->bob;
    const fs::path aside = scratch_->Path(folder + "/aside.txt");
    fs::rename(scratch_->Path(folder + "/plan"), aside);
    if (!moves_to.empty()) {
      const fs::path target = scratch_->Path(folder + "/" + moves_to);
      fs::create_directories(target.parent_path());
      fs::rename(aside, target);
    } else {
      fs::remove(aside);
    }
    if (!at_once) person.MustCommit(folder, "Away");
    scratch_->Write(folder + "/plan/b.md", "below\n");
    person.MustCommit(folder, "A folder");
  }

  void CheckOutBranch(const std::string& name, bool start = false) {
    const auto workspace = team_->ada.Open("one");
    if (start) QVERIFY(StartBranch(*workspace, {name, uaf::BranchKind::kBranch, {}, {}}).ok());
    const auto report = CheckOut(*workspace, name);
    QVERIFY2(report.ok(), report.status().ToString().c_str());
  }

  std::string FolderOf(const Person& person) const {
    if (&person == &team_->ada) return "one";
    return &person == &team_->bob ? "two" : "three";
  }

  /// Of the workspace, sorted, without hidden ones.
  std::vector<std::string> FilesIn(const std::string& folder) const {
    std::vector<std::string> files;
    const fs::path root = scratch_->Path(folder);
    for (auto at = fs::recursive_directory_iterator(root); at != fs::recursive_directory_iterator(); ++at) {
      if (at->path().filename().string().starts_with('.')) {
        at.disable_recursion_pending();
      } else if (!at->is_directory()) {
        files.push_back(at->path().lexically_relative(root).generic_string());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }
};

}  // namespace
}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::FoldersTest)
#include "folders_test.moc"
