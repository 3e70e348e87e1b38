#include <QtTest>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/sync/people.h"

namespace ameide::sync {

/// What belongs to a branch is what its commits hold, whatever branch it was recorded on: Bob records on main
/// and pushes to `side`, and Ada's main stays as it is until a commit of main brings the same.
class HeadsTest : public QObject, private WithTeam {
  Q_OBJECT

 private Q_SLOTS:
  void init() { SetUp(); }
  void cleanup() { TearDown(); }

  void whenMainIsPushedToAnotherBranch_thenLookingAtThatLeavesMainAsItIs_data() {
    QTest::addColumn<QString>("how");
    QTest::newRow("checked out by us") << "checkout";
    QTest::newRow("switched by git, while closed") << "switch";
    QTest::newRow("switched by git, while open") << "open";
  }
  void whenMainIsPushedToAnotherBranch_thenLookingAtThatLeavesMainAsItIs() {
    QFETCH(const QString, how);
    BobPushesTo("side");
    const std::string before = Heads(*Ada(), "main");
    Git("one", {"fetch", "-q"});
    if (how == "checkout") {
      const auto ada = Ada();
      Must(CheckOut(*ada, "side").status());
    } else {
      const auto open = how == "open" ? Ada() : nullptr;
      Git("one", {"switch", "-q", "side"});
      if (open) {
        Must(open->ReceiveSegments().status());
        Must(open->SyncWorkingFiles().status());
      }
    }
    {
      const auto ada = Ada();
      QCOMPARE(*ada->CurrentBranch(), std::string("side"));
      QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
      QCOMPARE(Heads(*ada, "main"), before);
      Sound(*ada);
    }
    if (how == "checkout") {
      const auto ada = Ada();
      Must(CheckOut(*ada, "main").status());
    } else {
      Git("one", {"switch", "-q", "main"});
    }
    {
      const auto ada = Ada();
      QCOMPARE(*ada->CurrentBranch(), std::string("main"));
      QCOMPARE(Heads(*ada, "main"), before);
      QVERIFY(!Exists("one/y.md"));
      QCOMPARE(Read("one/notes.md"), std::string("# Notes\n"));
      QCOMPARE(Git("one", {"status", "--porcelain"}), std::string());
      Must(ada->Rebuild());
      QCOMPARE(Heads(*ada, "main"), before);
      Sound(*ada);
    }
    // Nor does her next commit have anything of it.
    Write("one/a.md", "# Ada's\n");
    team_->ada.MustCommit("one", "Ada");
    const std::string held = Git("one", {"ls-tree", "-r", "--name-only", "HEAD"});
    QVERIFY(held.find("a.md") != std::string::npos);
    QVERIFY2(held.find("y.md") == std::string::npos, held.c_str());
    const std::vector<std::string> segments =
        Lines(Git("one", {"diff", "--name-only", "main...side", "--", ".uaf/log"}));
    QVERIFY(!segments.empty());
    for (const std::string& segment : segments)
      QVERIFY2(held.find(segment + "\n") == std::string::npos, segment.c_str());
    // The branch still has it.
    const auto ada = Ada();
    Must(CheckOut(*ada, "side").status());
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    QVERIFY(!Exists("one/a.md"));
    Sound(*ada);
  }

  void whenMainsOwnCommitBringsItLater_thenMainHasItToo_data() {
    QTest::addColumn<bool>("by_git");
    QTest::newRow("pulled by us") << false;
    QTest::newRow("pulled by git") << true;
  }
  void whenMainsOwnCommitBringsItLater_thenMainHasItToo() {
    QFETCH(const bool, by_git);
    BobPushesTo("side");
    LookAt("side");
    QVERIFY(!Exists("one/y.md"));
    Git("two", {"push", "-q", "origin", "main"});
    if (by_git) {
      Git("one", {"pull", "-q"});
    } else {
      team_->ada.MustPull("one");
    }
    {
      const auto ada = Ada();
      QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
      QCOMPARE(Read("one/notes.md"), std::string("# Notes\nby Bob\n"));
      QCOMPARE(Heads(*ada, "main"), Heads(*team_->bob.Open("two"), "main"));
      QCOMPARE(*ada->UnsealedEvents(), uint64_t{0});
      QCOMPARE(Git("one", {"status", "--porcelain"}), std::string());
      Sound(*ada);
    }
    // From there on as if it had never been elsewhere.
    Write("two/y.md", "# Bob's\nmore\n");
    team_->bob.MustCommit("two", "More");
    Git("two", {"push", "-q", "origin", "main"});
    team_->ada.MustPull("one");
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\nmore\n"));
    const auto ada = Ada();
    QCOMPARE(EventsOf(*ada), EventsOf(*team_->bob.Open("two")));
    Sound(*ada);
  }

  void whenMainHasAPartOfIt_thenThatPartAlone() {
    Write("two/x.md", "# First\n");
    team_->bob.MustCommit("two", "On main");
    Git("two", {"push", "-q", "origin", "main"});
    BobPushesTo("side");
    LookAt("side");
    QVERIFY(!Exists("one/x.md"));
    QVERIFY(!Exists("one/y.md"));
    team_->ada.MustPull("one");
    QCOMPARE(Read("one/x.md"), std::string("# First\n"));
    QVERIFY(!Exists("one/y.md"));
    Sound(*Ada());
    Write("one/a.md", "# Ada's\n");
    team_->ada.MustCommit("one", "Ada");
    QVERIFY(Git("one", {"ls-tree", "-r", "--name-only", "HEAD"}).find("y.md") == std::string::npos);
    // Both lines meet where somebody merges them.
    Git("two", {"pull", "-q", "--no-rebase", "--no-edit", "../one", "main"});
    Must(team_->bob.Open("two")->SyncWorkingFiles().status());
    Git("two", {"push", "-q", "origin", "main"});
    team_->ada.MustPull("one");
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    QCOMPARE(EventsOf(*Ada()), EventsOf(*team_->bob.Open("two")));
  }

  void whenGitAloneCommitsOnIt_thenMainHasThatOnceWhenItFollows() {
    Git(".", {"clone", "-q", "hub.git", "plain"});
    Write("plain/order.bpmn", std::string(kModel) + "<!-- by hand -->\n");
    Git("plain", {"commit", "-q", "-a", "-m", "By hand"});
    Git("plain", {"push", "-q", "origin", "main:side"});
    LookAt("side");
    QCOMPARE(Read("one/order.bpmn"), std::string(kModel));
    Git("plain", {"push", "-q", "origin", "main"});
    team_->ada.MustPull("one");
    team_->bob.MustPull("two");
    QVERIFY(Read("one/order.bpmn").find("by hand") != std::string::npos);
    QCOMPARE(*Ada()->UnsealedEvents(), uint64_t{0});
    QCOMPARE(EventsOn(*Ada(), "order.bpmn"), EventsOn(*team_->bob.Open("two"), "order.bpmn"));
    Sound(*Ada());
  }

  void whenItIsMerged_thenAllOfItComes() {
    BobPushesTo("side");
    Git("one", {"fetch", "-q", "origin", "side:side"});
    {
      const auto ada = Ada();
      const auto merged = MergeBranch(*ada, "side");
      Must(merged.status());
      QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    }
    team_->ada.MustCommit("one", "Merged");
    // A second time, when only git moved the branch.
    Write("two/y.md", "# Bob's\nmore\n");
    team_->bob.MustCommit("two", "More");
    Git("two", {"push", "-q", "origin", "main:side"});
    Git("one", {"fetch", "-q", "origin", "side:side"});
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    const auto ada = Ada();
    Must(MergeBranch(*ada, "side").status());
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\nmore\n"));
    Must(team_->ada.Commit(*ada, "Merged again").status());
    QCOMPARE(Git("one", {"show", "HEAD:y.md"}), std::string("# Bob's\nmore\n"));
    Sound(*ada);
  }

  void whenABranchCameWithMainAlone_thenItIsWhatItsStreamsSay() {
    {
      const auto bob = team_->bob.Open("two");
      Must(StartBranch(*bob, {"work", uaf::BranchKind::kBranch, {}, {}}).status());
      Must(CheckOut(*bob, "work").status());
      Write("two/y.md", "# Bob's\n");
      Must(team_->bob.Commit(*bob, "On work").status());
      Must(CheckOut(*bob, "main").status());
      Must(MergeBranch(*bob, "work").status());
      Must(team_->bob.Commit(*bob, "Merged").status());
    }
    Git("two", {"push", "-q", "origin", "main"});
    team_->ada.MustPull("one");
    const auto ada = Ada();
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    QCOMPARE(Heads(*ada, "work"), Heads(*team_->bob.Open("two"), "work"));
    const auto branches = ada->Branches();
    Must(branches.status());
    for (const uaf::Branch& branch : *branches) {
      if (branch.name == "work") QCOMPARE(branch.ahead, size_t{0});
    }
    Must(CheckOut(*ada, "work").status());
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    QVERIFY(Exists("one/order.bpmn"));
    Sound(*ada);
  }

  void whenACloneBeginsOnAnotherBranch_thenMainIsWhatItsCommitHolds() {
    BobPushesTo("side");
    Git(".", {"clone", "-q", "--branch", "side", "hub.git", "three"});
    Person carl(*scratch_, "carl");
    const auto carls = carl.Open("three");
    Must(TakeInClone(*carls));
    QCOMPARE(*carls->CurrentBranch(), std::string("side"));
    QCOMPARE(Read("three/y.md"), std::string("# Bob's\n"));
    // No commit of main was seen here: it is compared with what its streams say.
    QVERIFY(!carls->BranchHead("main")->heads.empty());
    Must(CheckOut(*carls, "main").status());
    QVERIFY(!Exists("three/y.md"));
    QVERIFY(Exists("three/order.bpmn"));
    QCOMPARE(Heads(*carls, "main"), Heads(*Ada(), "main"));
    QCOMPARE(Git("three", {"status", "--porcelain", "--", "*.md", "*.bpmn"}), std::string());
    Sound(*carls);
  }

  void whenACheckoutIsKilled_thenMainIsAsItWas_data() {
    QTest::addColumn<bool>("taken_in");
    QTest::newRow("when the files were written") << false;
    QTest::newRow("when the log was taken in") << true;
  }
  void whenACheckoutIsKilled_thenMainIsAsItWas() {
    QFETCH(const bool, taken_in);
    BobPushesTo("side");
    Git("one", {"fetch", "-q"});
    const std::string before = Heads(*Ada(), "main");
    const std::string side = Lines(Git("one", {"rev-parse", "origin/side"})).front();
    {
      const auto ada = Ada();
      Must(ada->ExpectSegments("side", side));
      for (const std::string& file : Lines(Git("one", {"diff", "--name-only", "HEAD", "origin/side"}))) {
        if (file.starts_with(".uaf/"))
          Write("one/" + file, Git("one", {"show", QString::fromStdString("origin/side:" + file)}));
      }
      if (taken_in) Must(ada->ReceiveSegments().status());
    }
    {
      const auto ada = Ada();
      QCOMPARE(*ada->CurrentBranch(), std::string("main"));
      QCOMPARE(Heads(*ada, "main"), before);
      QVERIFY(!Exists("one/y.md"));
      Sound(*ada);
    }
    Write("one/a.md", "# Ada's\n");
    team_->ada.MustCommit("one", "Ada");
    QVERIFY(Git("one", {"ls-tree", "-r", "--name-only", "HEAD"}).find("y.md") == std::string::npos);
    // What comes later is taken as ever, and the checkout can be done again.
    LookAt("side");
    Write("two/z.md", "# More\n");
    team_->bob.MustCommit("two", "More");
    Git("two", {"push", "-q", "origin", "main:side"});
    const auto ada = Ada();
    Must(CheckOut(*ada, "side").status());
    Must(sync::Pull(*ada, {}).status());
    QCOMPARE(Read("one/z.md"), std::string("# More\n"));
    Must(CheckOut(*ada, "main").status());
    QVERIFY(!Exists("one/z.md"));
    QVERIFY(Exists("one/a.md"));
    Sound(*ada);
  }

  void whenTheStoreIsLostOnAnotherBranch_thenMainHasItsOwnUncommittedWork() {
    BobPushesTo("side");
    LookAt("side");
    Write("one/order.bpmn", std::string(kModel) + "<!-- Ada -->\n");
    Must(Ada()->SyncWorkingFiles().status());
    {
      const auto ada = Ada();
      Must(CheckOut(*ada, "side").status());
      QCOMPARE(Read("one/order.bpmn"), std::string(kModel));
    }
    for (const char* name : {"store.db", "store.db-wal", "store.db-shm", "store.sums"})
      std::filesystem::remove(scratch_->Path("one/.uaf") / name);
    const auto ada = Ada();
    QCOMPARE(*ada->CurrentBranch(), std::string("side"));
    Must(CheckOut(*ada, "main").status());
    QVERIFY(Read("one/order.bpmn").find("Ada") != std::string::npos);
    QVERIFY(!Exists("one/y.md"));
  }

  void whenItIsSquashedIntoMain_thenMainHasItOnce() {
    BobPushesTo("side");
    LookAt("side");
    Git(".", {"clone", "-q", "hub.git", "plain"});
    Git("plain", {"merge", "-q", "--squash", "origin/side"});
    Git("plain", {"commit", "-q", "-m", "Squashed"});
    Git("plain", {"push", "-q"});
    team_->ada.MustPull("one");
    team_->bob.MustPull("two");
    QCOMPARE(Read("one/y.md"), std::string("# Bob's\n"));
    QCOMPARE(EventsOn(*Ada(), "y.md"), EventsOn(*team_->bob.Open("two"), "y.md"));
    const auto branches = Ada()->Branches();
    Must(branches.status());
    for (const uaf::Branch& branch : *branches) QVERIFY(branch.kind != uaf::BranchKind::kProposal);
    Sound(*Ada());
  }

 private:
  std::unique_ptr<uaf::Workspace> Ada() { return team_->ada.Open("one"); }

  /// Bob records on main, and pushes that elsewhere.
  void BobPushesTo(const std::string& branch) {
    Write("two/y.md", "# Bob's\n");
    Write("two/notes.md", "# Notes\nby Bob\n");
    team_->bob.MustCommit("two", "Bob");
    Git("two", {"push", "-q", "origin", QString::fromStdString("main:" + branch)});
  }
  /// Ada looks at a branch that others pushed, and goes back.
  void LookAt(const std::string& branch) {
    Git("one", {"fetch", "-q"});
    const auto ada = Ada();
    Must(CheckOut(*ada, branch).status());
    Must(CheckOut(*ada, "main").status());
  }
  static std::vector<std::string> Lines(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }
  static std::string Heads(const uaf::Workspace& workspace, const std::string& branch) {
    const auto head = workspace.BranchHead(branch);
    Must(head.status());
    std::string text;
    for (const auto& [stream, last] : head->heads) text += uaf::FormatId(uaf::EventId{stream, last}) + "\n";
    return text;
  }
  static std::vector<std::string> EventsOn(const uaf::Workspace& workspace, const std::string& path) {
    uaf::LogQuery query;
    const auto artifact = workspace.FindArtifact(path);
    Must(artifact.status());
    query.artifact = artifact->id;
    const auto log = workspace.Log(query);
    Must(log.status());
    std::vector<std::string> events;
    for (const uaf::ChangeSetSummary& line : *log) events.push_back(uaf::FormatId(line.id));
    return events;
  }
};

}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::HeadsTest)
#include "heads_test.moc"
