#include "sync/branches.h"

#include <QtTest>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "base/platform/file_system.h"
#include "base/random.h"
#include "notation/formats/formats.h"
#include "sync/commits.h"
#include "sync/sync.h"
#include "tests/sync/scratch.h"

using namespace ameide;
namespace fs = std::filesystem;

namespace {

/// Fails the test with the status's message.
#define VERIFY_OK(expression)                                                  \
  do {                                                                         \
    const auto& verified = (expression);                                       \
    QVERIFY2(verified.ok(), std::string(verified.status().message()).c_str()); \
  } while (false)

/// One repository that is a workspace, with real git beside.
struct Repository {
  explicit Repository(const std::string& branch = "main") {
    scratch.SetIdentity();
    fs::create_directories(scratch.Path("repo"));
    scratch.Git(".", {"init", "-q", "-b", QString::fromStdString(branch), "repo"});
    if (!sync::Initialize(Options()).ok()) qFatal("no workspace could be made");
    Open();
  }
  uaf::WorkspaceOptions Options() {
    uaf::WorkspaceOptions options;
    options.root = scratch.Path("repo");
    options.profile = scratch.Path("profile");
    options.actor = {"Ada", "ada@example.com", "test"};
    options.clock = &clock;
    options.random = &random;
    options.files = &files;
    options.formats = formats.get();
    options.resolver = sync::ResolverFor(options.root);
    options.checked_out = sync::CheckedOutIn(options.root);
    options.commits = sync::CommitsOf(options.root);
    options.committed_before = sync::CommittedBefore(options.root);
    return options;
  }
  void Open() {
    workspace.reset();
    auto opened = uaf::Workspace::Open(Options());
    if (!opened.ok()) qFatal("%s", std::string(opened.status().message()).c_str());
    workspace = *std::move(opened);
  }
  std::string Git(const QStringList& arguments) const { return scratch.Git("repo", arguments); }
  std::string Branch() const { return Git({"rev-parse", "--abbrev-ref", "HEAD"}); }
  void Commit(const std::string& message) {
    sync::CommitOptions options;
    options.message = message;
    options.clock = &clock;
    const auto report = sync::Commit(*workspace, options);
    if (!report.ok()) qFatal("%s", std::string(report.status().message()).c_str());
  }

  sync::Scratch scratch;
  SystemClock clock;
  SeededRandom random{7};
  PosixFileSystem files;
  std::unique_ptr<uaf::document::FormatRegistry> formats = MakeFormats();
  std::unique_ptr<uaf::Workspace> workspace;
};

}  // namespace

/// Branches of the log and of git move together.
class BranchesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenABranchIsCheckedOut_thenGitAndFilesFollow() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"proposal/x", uaf::BranchKind::kProposal, "X", {}}));
    QCOMPARE(repository.Branch(), std::string("main\n"));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "proposal/x"));
    QCOMPARE(repository.Branch(), std::string("proposal/x\n"));
    QCOMPARE(repository.Git({"status", "--porcelain", "--", "a.md"}), std::string());
    repository.scratch.Write("repo/a.md", "one\ntwo\n");
    repository.scratch.Write("repo/b.md", "new\n");
    repository.Commit("Second");

    const auto back = sync::CheckOut(*repository.workspace, "main");
    VERIFY_OK(back);
    QCOMPARE(back->branch, std::string("main"));
    QCOMPARE(repository.Branch(), std::string("main\n"));
    QCOMPARE(repository.scratch.Read("repo/a.md"), std::string("one\n"));
    QVERIFY(!fs::exists(repository.scratch.Path("repo/b.md")));
    QCOMPARE(repository.Git({"status", "--porcelain"}), std::string());
    // The other branch's states are still at hand.
    const auto there = repository.workspace->BranchHead("proposal/x");
    VERIFY_OK(there);
    const auto artifacts = repository.workspace->ArtifactsAt(*there);
    QCOMPARE(artifacts->size(), size_t{2});
    QCOMPARE(*repository.workspace->Render(artifacts->back().id, *there), std::string("new\n"));
    QVERIFY(repository.workspace->Verify()->empty());

    VERIFY_OK(sync::CheckOut(*repository.workspace, "proposal/x"));
    QCOMPARE(repository.scratch.Read("repo/a.md"), std::string("one\ntwo\n"));
    QCOMPARE(repository.scratch.Read("repo/b.md"), std::string("new\n"));
    QCOMPARE(repository.Git({"status", "--porcelain"}), std::string());
    QVERIFY(repository.workspace->Verify()->empty());
  }

  void whenWorkIsNotCommitted_thenItStaysWithItsBranch() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"work", uaf::BranchKind::kBranch, {}, {}}));
    repository.scratch.Write("repo/a.md", "one\nmine\n");
    VERIFY_OK(sync::CheckOut(*repository.workspace, "work"));
    QCOMPARE(repository.scratch.Read("repo/a.md"), std::string("one\n"));
    repository.scratch.Write("repo/c.md", "here\n");
    repository.Commit("On work");
    VERIFY_OK(sync::CheckOut(*repository.workspace, "main"));
    QCOMPARE(repository.scratch.Read("repo/a.md"), std::string("one\nmine\n"));
    repository.Commit("On main");
    // Each commit holds its branch's segments alone.
    const std::string on_main = repository.Git({"ls-tree", "-r", "--name-only", "main", "--", ".uaf/log"});
    const std::string on_work = repository.Git({"ls-tree", "-r", "--name-only", "work", "--", ".uaf/log"});
    const auto work = repository.workspace->BranchHead("work");
    const auto main = repository.workspace->BranchHead("main");
    for (const auto& [stream, last] : work->heads) {
      QVERIFY(on_work.find(stream.name) != std::string::npos);
      QCOMPARE(on_main.find(stream.name) != std::string::npos, main->heads.contains(stream));
    }
  }

  void whenUncommittedEditsTravelWithAGitSwitch_thenTheyAreThereWithTheirOrigin() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\nthree\n");
    repository.Commit("First");
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"work", uaf::BranchKind::kBranch, {}, {}}));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "work"));
    repository.scratch.Write("repo/b.md", "on work\n");
    repository.Commit("On work");
    VERIFY_OK(sync::CheckOut(*repository.workspace, "main"));
    // Two edits in no commit, the second of what the first one made; a third is taken back.
    for (const char* text : {"one\ntwo\nthree\n", "one\ntwo and a half\nthree\n", "one\n"}) {
      repository.scratch.Write("repo/a.md", text);
      VERIFY_OK(repository.workspace->SyncWorkingFiles());
    }
    const uaf::ArtifactId artifact = repository.workspace->FindArtifact("a.md")->id;
    VERIFY_OK(repository.workspace->Undo(artifact));
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    const std::string edited = "one\ntwo and a half\nthree\n";
    QCOMPARE(repository.scratch.Read("repo/a.md"), edited);
    std::vector<uaf::EventId> first;  // newest first
    const auto log = repository.workspace->Log({});
    for (const uaf::ChangeSetSummary& line : *log) first.push_back(line.id);
    QCOMPARE(first.size(), size_t{5});

    repository.Git({"switch", "-q", "work"});
    QCOMPARE(repository.scratch.Read("repo/a.md"), edited);  // git carried it
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(*repository.workspace->CurrentBranch(), std::string("work"));
    QCOMPARE(repository.scratch.Read("repo/a.md"), edited);
    QCOMPARE(*repository.workspace->Render(artifact), edited);
    const auto here = repository.workspace->Log({});
    std::vector<uaf::EventId> origins;
    for (const uaf::ChangeSetSummary& line : *here) {
      const auto event = repository.workspace->Show(line.id);
      const auto* edit = std::get_if<uaf::Edit>(&event->body);
      if (edit != nullptr && edit->origin) origins.push_back(*edit->origin);
    }
    QCOMPARE(origins, (std::vector<uaf::EventId>{first[2], first[3]}));
    QCOMPARE(repository.Git({"status", "--porcelain", "--", "a.md"}), std::string(" M a.md\n"));
    // Where they were made first they are still.
    QCOMPARE(*repository.workspace->Render(artifact, *repository.workspace->BranchHead("main")), edited);

    // Back and forth, nothing is recorded a second time.
    repository.Git({"switch", "-q", "main"});
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(repository.workspace->Log({})->size(), first.size());
    repository.Git({"switch", "-q", "work"});
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(repository.workspace->Log({})->size(), here->size());

    // Committed on the branch, git takes them out of the folder with it: that is nobody's edit.
    repository.Commit("With the edits");
    repository.Git({"switch", "-q", "main"});
    QCOMPARE(repository.scratch.Read("repo/a.md"), std::string("one\nthree\n"));
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(repository.workspace->Log({})->size(), first.size());
    VERIFY_OK(sync::MergeBranch(*repository.workspace, "work"));
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(repository.scratch.Read("repo/a.md"), edited);  // once
    QVERIFY(repository.workspace->Conflicts()->empty());
    QVERIFY(repository.workspace->Verify()->empty());
  }

  void whenABranchWasCommittedBeforeMain_thenMainsCommitIsWholeAllTheSame_data() {
    QTest::addColumn<bool>("by_git");
    QTest::addRow("checked out by us") << false;
    QTest::addRow("switched by git") << true;
  }
  void whenABranchWasCommittedBeforeMain_thenMainsCommitIsWholeAllTheSame() {
    QFETCH(const bool, by_git);
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    // Recorded on main, in no commit, and part of what the branch begins with.
    repository.scratch.Write("repo/b.md", "mine\n");
    VERIFY_OK(repository.workspace->Import("b.md"));
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"work", uaf::BranchKind::kBranch, {}, {}}));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "work"));
    repository.scratch.Write("repo/a.md", "one\nwork\n");
    repository.Commit("On work");
    if (by_git) {
      repository.Git({"switch", "-q", "main"});
      VERIFY_OK(repository.workspace->SyncWorkingFiles());
    } else {
      VERIFY_OK(sync::CheckOut(*repository.workspace, "main"));
    }
    repository.Commit("On main");
    QCOMPARE(repository.Git({"show", "main:a.md"}), std::string("one\n"));
    repository.scratch.Git(".", {"clone", "-q", "--branch", "main", "--single-branch", "repo", "copy"});
    uaf::WorkspaceOptions options = repository.Options();
    options.root = repository.scratch.Path("copy");
    options.resolver = {};
    options.checked_out = {};
    const auto copy = uaf::Workspace::Open(options);
    VERIFY_OK(copy);
    QCOMPARE((*copy)->LogIncompleteBecause(), std::string());
    QVERIFY((*copy)->Verify()->empty());
    QCOMPARE((*copy)->Artifacts()->size(), repository.workspace->Artifacts()->size());
    QCOMPARE(repository.scratch.Read("copy/a.md"), std::string("one\n"));
  }

  void whenSomebodySwitchesWithGit_thenTheWorkspaceFollows_data() {
    QTest::addColumn<bool>("open");
    QTest::addRow("while it is closed") << false;
    QTest::addRow("while it is open") << true;
  }
  void whenSomebodySwitchesWithGit_thenTheWorkspaceFollows() {
    QFETCH(const bool, open);
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"work", uaf::BranchKind::kBranch, {}, {}}));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "work"));
    repository.scratch.Write("repo/a.md", "one\ntwo\n");
    repository.Commit("Second");
    if (!open) repository.workspace.reset();
    repository.Git({"switch", "-q", "main"});
    if (!open) repository.Open();
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(*repository.workspace->CurrentBranch(), std::string("main"));
    QCOMPARE(repository.scratch.Read("repo/a.md"), std::string("one\n"));
    uaf::LogQuery query;
    QCOMPARE(repository.workspace->Log(query)->size(), size_t{1});  // nothing was taken for an edit
    QCOMPARE(repository.Git({"status", "--porcelain", "--", "a.md"}), std::string());
    repository.Git({"switch", "-q", "work"});
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(*repository.workspace->CurrentBranch(), std::string("work"));
    QCOMPARE(repository.workspace->Log(query)->size(), size_t{2});
    QVERIFY(repository.workspace->Verify()->empty());
  }

  void whenSomebodyStartsABranchWithGit_thenTheLogKnowsIt() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    repository.Git({"switch", "-q", "-c", "feature"});
    repository.scratch.Write("repo/a.md", "one\nfeature\n");
    VERIFY_OK(repository.workspace->SyncWorkingFiles());
    QCOMPARE(*repository.workspace->CurrentBranch(), std::string("feature"));
    const auto artifacts = repository.workspace->Artifacts();
    QCOMPARE(*repository.workspace->Render(artifacts->front().id), std::string("one\nfeature\n"));
    QCOMPARE(*repository.workspace->Render(artifacts->front().id, *repository.workspace->BranchHead("main")),
             std::string("one\n"));
  }

  void whenGitCallsItsMainBranchOtherwise_thenItIsMainAllTheSame() {
    Repository repository("master");
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    QCOMPARE(*repository.workspace->CurrentBranch(), std::string("main"));
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"work", uaf::BranchKind::kBranch, {}, {}}));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "work"));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "main"));
    QCOMPARE(repository.Branch(), std::string("master\n"));
  }

  void whenSomebodyLooksAtTheFilesWhileABranchIsCheckedOut_thenItStaysCheckedOut() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"work", uaf::BranchKind::kBranch, {}, {}}));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "work"));
    repository.scratch.Write("repo/a.md", "two\n");
    repository.Commit("Second");
    std::atomic<bool> done = false;
    absl::Status looked;
    std::thread looker([&] {
      while (!done && looked.ok()) looked = repository.workspace->SyncWorkingFiles().status();
    });
    absl::Status moved;
    QStringList wrong;
    for (int round = 0; round < 20 && moved.ok() && wrong.isEmpty(); ++round) {
      const std::string branch = round % 2 == 0 ? "main" : "work";
      moved = sync::CheckOut(*repository.workspace, branch).status();
      const auto current = repository.workspace->CurrentBranch();
      const std::string text = repository.scratch.Read("repo/a.md");
      if (!current.ok() || *current != branch || text != (round % 2 == 0 ? "one\n" : "two\n"))
        wrong << QString::fromStdString(branch + ": " + current.value_or("?") + ", " + text);
    }
    done = true;
    looker.join();
    for (const absl::Status& status : {moved, looked})
      QVERIFY2(status.ok(), std::string(status.message()).c_str());
    QCOMPARE(wrong, QStringList());
    QCOMPARE(repository.Git({"status", "--porcelain"}), std::string());
  }

  void whenThereIsNoSuchBranch_thenNothingMoves() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    QVERIFY(absl::IsNotFound(sync::CheckOut(*repository.workspace, "nowhere").status()));
    QCOMPARE(repository.Branch(), std::string("main\n"));
    QCOMPARE(*repository.workspace->CurrentBranch(), std::string("main"));
  }

  void whenAProposalIsMerged_thenMainsCommitHoldsIt() {
    Repository repository;
    repository.scratch.Write("repo/a.md", "one\n");
    repository.Commit("First");
    VERIFY_OK(sync::StartBranch(*repository.workspace, {"proposal/x", uaf::BranchKind::kProposal, {}, {}}));
    VERIFY_OK(sync::CheckOut(*repository.workspace, "proposal/x"));
    repository.scratch.Write("repo/b.md", "new\n");
    repository.Commit("Second");
    VERIFY_OK(sync::CheckOut(*repository.workspace, "main"));
    VERIFY_OK(sync::MergeBranch(*repository.workspace, "proposal/x"));
    QCOMPARE(repository.scratch.Read("repo/b.md"), std::string("new\n"));
    repository.Commit("Accept");
    QCOMPARE(repository.Git({"show", "main:b.md"}), std::string("new\n"));
    // A clone that has main alone has everything.
    repository.scratch.Git(".", {"clone", "-q", "--branch", "main", "--single-branch", "repo", "copy"});
    uaf::WorkspaceOptions options = repository.Options();
    options.root = repository.scratch.Path("copy");
    options.resolver = {};
    options.checked_out = {};
    const auto copy = uaf::Workspace::Open(options);
    VERIFY_OK(copy);
    QCOMPARE((*copy)->LogIncompleteBecause(), std::string());
    QCOMPARE(*(*copy)->Render((*copy)->FindArtifact("b.md")->id), std::string("new\n"));
    QVERIFY((*copy)->Verify()->empty());
  }
};

QTEST_GUILESS_MAIN(BranchesTest)
#include "branches_test.moc"
