#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/sync/people.h"

namespace ameide::sync {
namespace {

std::string Named(std::string name) {
  std::string text = kModel;
  const std::string was = "Order received";
  text.replace(text.find(was), was.size(), name);
  return text;
}

}  // namespace

/// What people take out of the history or out of the folder: no later commit is incomplete for it, and none
/// is refused.
class DroppedTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    scratch_ = std::make_unique<Scratch>();
    scratch_->SetIdentity();
    ada_ = std::make_unique<Person>(*scratch_, "ada");
    ada_->Init("one");
    Write("order.bpmn", kModel);
    ada_->MustCommit("one", "First");
  }
  void cleanup() {
    ada_.reset();
    scratch_.reset();
  }

  void whenACommitIsResetAndItsFilesStay_thenTheNextHoldsItsSegmentAndBlobs_data() {
    QTest::addColumn<QString>("how");
    QTest::newRow("soft") << "--soft";
    QTest::newRow("mixed") << "--mixed";
  }
  void whenACommitIsResetAndItsFilesStay_thenTheNextHoldsItsSegmentAndBlobs() {
    QFETCH(QString, how);
    Write("order.bpmn", Named("One"));
    Write("more.bpmn", Named("More"));  // brings a blob
    ada_->MustCommit("one", "Second");
    Git({"reset", "-q", how, "HEAD~1"});
    Write("order.bpmn", Named("Two"));
    ada_->MustCommit("one", "Third");
    NothingIsLeft();
    CloneHas("Two");
  }

  void whenACommitIsResetHard_thenTheNextHasItsLogAgain() {
    Write("order.bpmn", Named("One"));
    Write("more.bpmn", Named("More"));
    ada_->MustCommit("one", "Second");
    Git({"reset", "-q", "--hard", "HEAD~1"});
    Write("order.bpmn", Named("Two"));
    ada_->MustCommit("one", "Third");
    NothingIsLeft();
    CloneHas("Two");
  }

  void whenGitForgetsWhatWasReset_thenTheStoreWritesItsSegmentsAgain() {
    Write("order.bpmn", Named("One"));
    ada_->MustCommit("one", "Second");
    const std::vector<std::string> before = Segments("HEAD");
    const std::string segment = Git({"show", QString::fromStdString("HEAD:" + before.back())});
    Git({"reset", "-q", "--hard", "HEAD~1"});
    Git({"reflog", "expire", "--expire=now", "--all"});
    Git({"gc", "-q", "--prune=now"});
    Write("order.bpmn", Named("Two"));
    ada_->MustCommit("one", "Third");
    NothingIsLeft();
    // Byte for byte what it was: a function of the store's rows.
    QCOMPARE(Git({"show", QString::fromStdString("HEAD:" + before.back())}), segment);
    CloneHas("Two");
  }

  void whenARebaseDropsACommit_thenTheNextHasItsLogAgain() {
    Write("more.bpmn", Named("More"));
    ada_->MustCommit("one", "Second");
    Write("order.bpmn", Named("One"));
    ada_->MustCommit("one", "Third");
    Git({"rebase", "-q", "--onto", "HEAD~2", "HEAD~1"});
    Write("order.bpmn", Named("Two"));
    ada_->MustCommit("one", "Fourth");
    NothingIsLeft();
    CloneHas("Two");
  }

  void whenSeveralCommitAtOnce_thenEachCommitHasTheBlobsThatItsSegmentsName() {
    auto workspace = ada_->Open("one");
    std::vector<std::thread> committers;
    for (int i = 0; i < 4; ++i) {
      committers.emplace_back([&, i] {
        Write("new" + std::to_string(i) + ".bpmn", Named("New " + std::to_string(i)));
        (void)ada_->Commit(*workspace, "Commit " + std::to_string(i));
      });
    }
    for (std::thread& each : committers) each.join();
    const auto last = ada_->Commit(*workspace, "Last");
    QVERIFY2(last.ok(), last.status().ToString().c_str());
    workspace.reset();
    NothingIsLeft();
    const std::string commits = Git({"rev-list", "--reverse", "HEAD"});
    for (size_t at = 0; at + 40 < commits.size(); at += 41) {
      const std::string commit = commits.substr(at, 40);
      Git({"checkout", "-q", QString::fromStdString(commit)});
      std::filesystem::remove_all(scratch_->Path("copy"));
      std::filesystem::copy(scratch_->Path("one"), scratch_->Path("copy"),
                            std::filesystem::copy_options::recursive);
      for (const char* file : {"store.db", "store.db-wal", "store.db-shm"})
        std::filesystem::remove(scratch_->Path("copy/.uaf") / file);
      Person eve(*scratch_, "eve");
      const auto copy = eve.Open("copy");
      QCOMPARE(copy->LogIncompleteBecause(), std::string());
      const auto findings = copy->Verify();
      QVERIFY2(findings.ok() && findings->empty(), commit.c_str());
    }
  }

  void whenASegmentAndTheStoreAreRemoved_thenTheEditIsRecordedAllTheSame_data() {
    QTest::addColumn<bool>("whole");
    QTest::newRow("the last segment") << false;
    QTest::newRow("the whole log") << true;
  }
  void whenASegmentAndTheStoreAreRemoved_thenTheEditIsRecordedAllTheSame() {
    QFETCH(bool, whole);
    Write("order.bpmn", Named("One"));
    ada_->MustCommit("one", "Second");
    const std::vector<std::string> segments = Segments("HEAD");
    if (whole) {
      std::filesystem::remove_all(scratch_->Path("one/.uaf/log"));
    } else {
      std::filesystem::remove(scratch_->Path("one/" + segments.back()));
    }
    for (const char* file : {"store.db", "store.db-wal", "store.db-shm"})
      std::filesystem::remove(scratch_->Path("one/.uaf") / file);
    Write("order.bpmn", Named("Two"));
    const CommitReport report = ada_->MustCommit("one", "Third");
    QVERIFY(report.commit.has_value());
    for (const std::string& segment : segments)
      QVERIFY(Git({"ls-tree", "HEAD", QString::fromStdString(segment)}) != std::string());
    NothingIsLeft();
    CloneHas("Two");
  }

  void whenGitsOwnFilesAreRemoved_thenTheNextCommitHasThemAgain() {
    const std::string attributes = scratch_->Read("one/.gitattributes");
    const std::string ignored = scratch_->Read("one/.gitignore");
    QVERIFY(!attributes.empty() && !ignored.empty());
    for (const char* file : {"one/.gitattributes", "one/.gitignore"})
      std::filesystem::remove(scratch_->Path(file));
    Write("order.bpmn", Named("One"));
    ada_->MustCommit("one", "Second");
    QCOMPARE(scratch_->Read("one/.gitattributes"), attributes);
    QCOMPARE(Git({"show", "HEAD:.gitignore"}), ignored);
    NothingIsLeft();
  }

 private:
  std::string Git(const QStringList& arguments) { return scratch_->Git("one", arguments); }
  void Write(const std::string& name, const std::string& bytes) { scratch_->Write("one/" + name, bytes); }
  /// Of a commit, sorted by name.
  std::vector<std::string> Segments(const char* commit) {
    const std::string listed = Git({"ls-tree", "-r", "--name-only", commit, ".uaf/log/"});
    std::vector<std::string> paths;
    for (size_t at = 0; at < listed.size();) {
      const size_t end = listed.find('\n', at);
      paths.push_back(listed.substr(at, end - at));
      at = end + 1;
    }
    return paths;
  }
  void NothingIsLeft() { QCOMPARE(Git({"status", "--porcelain"}), std::string()); }
  /// Somebody who clones has a sound log that gives the file.
  void CloneHas(const std::string& name) {
    Person carl(*scratch_, "carl");
    const auto cloned = Clone(scratch_->Path("one").string(), scratch_->Path("clone"), {});
    QVERIFY(cloned.ok());
    const auto workspace = carl.Open("clone");
    const absl::Status taken = TakeInClone(*workspace);
    QVERIFY2(taken.ok(), taken.ToString().c_str());
    QCOMPARE(workspace->LogIncompleteBecause(), std::string());
    const auto order = workspace->FindArtifact("order.bpmn");
    QVERIFY(order.ok());
    QCOMPARE(*workspace->Render(order->id), Named(name));
    QCOMPARE(scratch_->Read("clone/order.bpmn"), Named(name));
    const auto findings = workspace->Verify();
    QVERIFY(findings.ok() && findings->empty());
  }

  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Person> ada_;
};

}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::DroppedTest)
#include "dropped_test.moc"
