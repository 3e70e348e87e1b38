#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/sync/people.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/conflict.h"

namespace ameide::sync {
namespace {

using uaf::merge::Conflict;
using uaf::merge::ConflictKind;

std::string Named(const std::string& name) {
  std::string text = kModel;
  const std::string was = "Order received";
  text.replace(text.find(was), was.size(), name);
  return text;
}

}  // namespace

/// Files that get another name or go, by people with and without Ameide, and what others do to them
/// meanwhile.
class RenamesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    scratch_ = std::make_unique<Scratch>();
    team_ = std::make_unique<Team>(*scratch_);
    Git(".", {"clone", "-q", "hub.git", "plain"});
  }
  void cleanup() {
    team_.reset();
    scratch_.reset();
  }

  void whenSomebodyRemovesAndRenamesWithGitAlone_thenNothingComesBackAndTheHistoryStays() {
    std::string model;
    {
      const auto ada = Open("one");
      const auto order = ada->FindArtifact("order.bpmn");
      model = order->id.name;
      uaf::RecordRequest comment;
      comment.artifact = order->id;
      comment.body = uaf::CommentAdded{{}, {}, "stays"};
      QVERIFY(ada->Record(comment).ok());
      QVERIFY(team_->ada.Commit(*ada, "A comment").ok());
    }
    Push("one");
    Git("plain", {"pull", "-q"});
    Git("plain", {"rm", "-q", "notes.md"});
    Git("plain", {"mv", "order.bpmn", "orders.bpmn"});
    Git("plain", {"commit", "-q", "-m", "Tidy"});
    Git("plain", {"push", "-q"});
    Git("one", {"pull", "-q"});  // the one way
    Pull("two");                 // the other
    for (const std::string folder : {"one", "two"}) {
      const auto workspace = Open(folder);
      HasFiles(*workspace, {"orders.bpmn"});
      QCOMPARE(workspace->FindArtifact("orders.bpmn")->id.name, model);
      const auto state = workspace->Lifecycle();
      QVERIFY(state.ok());
      QVERIFY(workspace->FindArtifact("notes.md")->retired);
      QCOMPARE(*workspace->UnsealedEvents(), uint64_t{0});
      const auto report = PersonOf(folder).Commit(*workspace, "Nothing");
      QVERIFY(report.ok());
      QVERIFY(!report->commit.has_value());
      uaf::LogQuery query;
      query.artifact = workspace->FindArtifact("orders.bpmn")->id;
      const auto log = workspace->Log(query);
      QVERIFY(std::any_of(log->begin(), log->end(), [](const uaf::ChangeSetSummary& line) {
        return line.kind == static_cast<uint32_t>(uaf::EventKind::kCommentAdded);
      }));
    }
    QCOMPARE(EventsOf(*Open("one")), EventsOf(*Open("two")));
    // What was derived travels with the next edit.
    Write("two/orders.bpmn", Named("By Bob"));
    team_->bob.MustCommit("two", "Bob");
    Push("two");
    Pull("one");
    Converged();
  }

  void whenSomebodyRenamesAndEditsInOneCommit_thenItIsTheSameArtifact() {
    const std::string model = Open("one")->FindArtifact("order.bpmn")->id.name;
    Git("plain", {"mv", "order.bpmn", "orders.bpmn"});
    Write("plain/orders.bpmn", Named("Edited"));
    Git("plain", {"commit", "-q", "-a", "-m", "Both"});
    Git("plain", {"push", "-q"});
    for (const std::string folder : {"one", "two"}) {
      Pull(folder);
      const auto workspace = Open(folder);
      HasFiles(*workspace, {"notes.md", "orders.bpmn"});
      QCOMPARE(workspace->FindArtifact("orders.bpmn")->id.name, model);
      QCOMPARE(Read(folder + "/orders.bpmn"), Named("Edited"));
    }
    QCOMPARE(EventsOf(*Open("one")), EventsOf(*Open("two")));
  }

  void whenSomebodyPutsAnotherFileInItsPlace_thenTheOldOneIsRetired() {
    const std::string model = Open("one")->FindArtifact("order.bpmn")->id.name;
    Git("plain", {"rm", "-q", "order.bpmn"});
    Write("plain/other.md", "# Something else\n");
    Git("plain", {"add", "-A"});
    Git("plain", {"commit", "-q", "-m", "Other"});
    Git("plain", {"push", "-q"});
    Pull("two");
    const auto workspace = Open("two");
    HasFiles(*workspace, {"notes.md", "other.md"});
    QVERIFY(workspace->FindArtifact(model)->retired);
  }

  void whenALinkTakesTheFoldersPlaceOrTheOtherWayRound_thenPullFollows() {
    Write("one/sub/deep/more.bpmn", kModel);
    Write("one/sub/text.md", "text\n");
    team_->ada.MustCommit("one", "A folder");
    Push("one");
    Pull("two");
    Git("plain", {"pull", "-q"});
    Git("plain", {"mv", "sub/text.md", "text.md"});
    Git("plain", {"rm", "-q", "-r", "sub"});
    std::filesystem::remove_all(scratch_->Path("plain/sub"));
    std::filesystem::create_directory(scratch_->Path("plain/other"));
    Write("plain/other/inside.md", "inside\n");
    std::filesystem::create_symlink("other", scratch_->Path("plain/sub"));
    Git("plain", {"add", "-A"});
    Git("plain", {"commit", "-q", "-m", "A link"});
    Git("plain", {"push", "-q"});
    for (const std::string folder : {"one", "two"}) {
      Pull(folder);
      QVERIFY(std::filesystem::is_symlink(scratch_->Path(folder + "/sub")));
      QCOMPARE(Read(folder + "/sub/inside.md"), std::string("inside\n"));
      HasFiles(*Open(folder), {"notes.md", "order.bpmn", "other/inside.md", "text.md"},
               {"notes.md", "order.bpmn", "other", "sub", "text.md"});
      QCOMPARE(Git(folder, {"status", "--porcelain", "--", ".", ":!.uaf/blobs"}), std::string());
    }
    Git("plain", {"rm", "-q", "sub"});
    Write("plain/sub/again.md", "again\n");
    Git("plain", {"add", "-A"});
    Git("plain", {"commit", "-q", "-m", "A folder again"});
    Git("plain", {"push", "-q"});
    for (const std::string folder : {"one", "two"}) {
      Pull(folder);
      QVERIFY(!std::filesystem::is_symlink(scratch_->Path(folder + "/sub")));
      QCOMPARE(Read(folder + "/sub/again.md"), std::string("again\n"));
      QCOMPARE(Git(folder, {"status", "--porcelain", "--", ".", ":!.uaf/blobs"}), std::string());
    }
    QCOMPARE(EventsOf(*Open("one")), EventsOf(*Open("two")));
  }

  void whenAFolderHoldsWhatNobodyCommitted_thenNoLinkTakesItsPlace() {
    Write("one/sub/more.bpmn", kModel);
    team_->ada.MustCommit("one", "A folder");
    Push("one");
    Pull("two");
    Write("two/sub/mine.txt~", "mine");
    Git("plain", {"pull", "-q"});
    Git("plain", {"rm", "-q", "-r", "sub"});
    std::filesystem::create_symlink("other", scratch_->Path("plain/sub"));
    Git("plain", {"add", "-A"});
    Git("plain", {"commit", "-q", "-m", "A link"});
    Git("plain", {"push", "-q"});
    const auto bob = Open("two");
    const auto refused = sync::Pull(*bob, {});
    QVERIFY(absl::IsFailedPrecondition(refused.status()));
    QCOMPARE(Read("two/sub/mine.txt~"), std::string("mine"));
  }

  void whenOneRenamesAndTheOtherEdits_thenPullMergesAtOnce() {
    std::filesystem::rename(scratch_->Path("one/order.bpmn"), scratch_->Path("one/orders.bpmn"));
    team_->ada.MustCommit("one", "Renamed");
    Push("one");
    Write("two/order.bpmn", Named("Edited"));
    team_->bob.MustCommit("two", "Edited");
    QVERIFY(Pull("two").merged);
    Push("two");
    Pull("one");
    Converged();
    HasFiles(*Open("one"), {"notes.md", "orders.bpmn"});
    QCOMPARE(Read("one/orders.bpmn"), Named("Edited"));
    QCOMPARE(Open("one")->Conflicts()->size(), size_t{0});
  }

  void whenBothRename_thenItStaysOneArtifactAndEitherNameCanBeTaken() {
    std::filesystem::rename(scratch_->Path("one/order.bpmn"), scratch_->Path("one/x.bpmn"));
    team_->ada.MustCommit("one", "To x");
    Push("one");
    std::filesystem::rename(scratch_->Path("two/order.bpmn"), scratch_->Path("two/y.bpmn"));
    team_->bob.MustCommit("two", "To y");
    QVERIFY(Pull("two").merged);
    Push("two");
    Pull("one");
    Converged();
    for (const std::string folder : {"one", "two"}) {
      const auto workspace = Open(folder);
      const auto conflicts = workspace->Conflicts();
      QCOMPARE(conflicts->size(), size_t{1});
      QVERIFY(conflicts->front().kind == ConflictKind::kPath);
      const size_t side = folder == "one" ? 0 : 1;
      const std::string wanted = *conflicts->front().sides[side].value;
      const auto resolved =
          workspace->ResolveConflict(conflicts->front().key.Hex(), {.side = side, .value = {}});
      QVERIFY2(resolved.ok(), resolved.status().ToString().c_str());
      QVERIFY(workspace->SyncWorkingFiles().ok());
      HasFiles(*workspace, {"notes.md", wanted});
      QCOMPARE(workspace->Conflicts()->size(), size_t{0});
    }
  }

  void whenOneRemovesAndTheOtherRenames_thenThatIsAConflict() {
    std::filesystem::remove(scratch_->Path("one/order.bpmn"));
    team_->ada.MustCommit("one", "Removed");
    Push("one");
    std::filesystem::rename(scratch_->Path("two/order.bpmn"), scratch_->Path("two/y.bpmn"));
    team_->bob.MustCommit("two", "To y");
    QVERIFY(Pull("two").merged);
    Push("two");
    Pull("one");
    Converged();
    for (const std::string folder : {"one", "two"}) {
      const auto workspace = Open(folder);
      const auto conflicts = workspace->Conflicts();
      QCOMPARE(conflicts->size(), size_t{1});
      const Conflict& conflict = conflicts->front();
      QVERIFY(conflict.kind == ConflictKind::kRetired);
      // Ada lets the removal stand, Bob the name.
      const size_t name = conflict.sides[0].value.has_value() ? 0 : 1;
      QCOMPARE(conflict.sides[name].value, std::optional<std::string>("y.bpmn"));
      const size_t side = folder == "two" ? name : 1 - name;
      const auto resolved = workspace->ResolveConflict(conflict.key.Hex(), {.side = side, .value = {}});
      QVERIFY2(resolved.ok(), resolved.status().ToString().c_str());
      QVERIFY(workspace->SyncWorkingFiles().ok());
      if (folder == "two") {
        HasFiles(*workspace, {"notes.md", "y.bpmn"});
      } else {
        HasFiles(*workspace, {"notes.md"});
      }
      QCOMPARE(workspace->Conflicts()->size(), size_t{0});
    }
  }

 private:
  std::string Git(const std::string& folder, const QStringList& arguments) {
    return scratch_->Git(folder, arguments);
  }
  void Write(const std::string& name, const std::string& bytes) { scratch_->Write(name, bytes); }
  std::string Read(const std::string& name) { return scratch_->Read(name); }
  Person& PersonOf(const std::string& folder) { return folder == "one" ? team_->ada : team_->bob; }
  std::unique_ptr<uaf::Workspace> Open(const std::string& folder) { return PersonOf(folder).Open(folder); }
  PullReport Pull(const std::string& folder) { return PersonOf(folder).MustPull(folder); }
  void Push(const std::string& folder) { Team::MustPush(*scratch_, folder); }
  /// Exactly these are artifacts, and files.
  static void HasFiles(const uaf::Workspace& workspace, const std::vector<std::string>& wanted,
                       std::vector<std::string> on_top = {}) {
    if (on_top.empty()) on_top = wanted;
    std::vector<std::string> artifacts;
    const auto listed = workspace.Artifacts();
    for (const uaf::Artifact& artifact : *listed) artifacts.push_back(artifact.path);
    std::sort(artifacts.begin(), artifacts.end());
    QCOMPARE(artifacts, wanted);
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(workspace.root())) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with('.')) files.push_back(name);
    }
    std::sort(files.begin(), files.end());
    QCOMPARE(files, on_top);
  }
  /// Ada and Bob have the same events, files and commits, and nothing to commit.
  void Converged() {
    QCOMPARE(EventsOf(*Open("one")), EventsOf(*Open("two")));
    QCOMPARE(Git("one", {"rev-parse", "HEAD"}), Git("two", {"rev-parse", "HEAD"}));
    for (const std::string folder : {"one", "two"}) {
      QCOMPARE(Git(folder, {"status", "--porcelain"}), std::string());
      const auto findings = Open(folder)->Verify();
      QVERIFY(findings.ok());
      QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    }
  }

  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Team> team_;
};

}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::RenamesTest)
#include "renames_test.moc"
