#include <QtTest>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/sync/people.h"

namespace ameide::sync {
namespace {

/// Files on one path, their modes, and log files of another branch in the folder.
class PathsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    scratch_ = std::make_unique<Scratch>();
    team_ = std::make_unique<Team>(*scratch_);
  }

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
  std::string Read(const std::string& name) { return scratch_->Read(name); }
  void Push(const std::string& folder) { Team::MustPush(*scratch_, folder); }
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
  /// Nothing to commit, and nothing wrong.
  void Settled(const std::string& folder) {
    QCOMPARE(scratch_->Git(folder, {"status", "--porcelain"}), std::string());
    const auto findings = (folder == "one" ? team_->ada : team_->bob).Open(folder)->Verify();
    QVERIFY(findings.ok());
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
  }

  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Team> team_;
};

}  // namespace
}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::PathsTest)
#include "paths_test.moc"
