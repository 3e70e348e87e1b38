#include "sync/git/repository.h"

#include <QtTest>

#include "sync/git/program.h"
#include "sync/git/url.h"
#include "tests/sync/scratch.h"

namespace ameide::sync::git {
namespace {

constexpr WallTime kNoon{std::chrono::seconds(1'772'366'400)};  // 2026-03-01T12:00:00Z

class RepositoryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenThereIsNoRepository_thenOpenSaysNotFound();
  void whenGitKnowsNobody_thenTheMessageSaysWhatToSet();
  void whenFilesAreCommitted_thenTheRealGitReadsThem();
  void whenSomethingElseIsStaged_thenTheCommitLeavesItOut();
  void whenAFileIsRemoved_thenTheCommitRemovesIt();
  void whenHeadIsDetached_thenCommitRefuses();
  void whenAMergeIsUnderWay_thenCommitRefuses();
  void whenFilesChange_thenWorkingChangesNameThem();
  void whenAskedForOneFile_thenHistoryHoldsItsCommitsOnly();
  void whenTheRemoteIsAhead_thenFetchAndFastForwardBringItsFiles();
  void whenAFileIsInTheWay_thenFastForwardMovesNothing();
  void whenTheWorkingFileAlreadyHasTheNewBytes_thenFastForwardPasses();
  void whenACommitLeadsOutOfTheFolderOrIntoGitsOwn_thenNothingIsWritten_data();
  void whenACommitLeadsOutOfTheFolderOrIntoGitsOwn_thenNothingIsWritten();
  void whenHistoriesDiverged_thenPushAndFastForwardRefuse();
  void whenTheSourcesFirstBranchWasNeverPushed_thenCloneTakesTheOneThatWas();
  void whenTheTargetIsNotEmpty_thenCloneRefuses();
  void whenTheSourceIsMissing_thenCloneLeavesNothingBehind();
  void whenATransferIsCancelled_thenCloneSaysSo();
  void whenAUrlHoldsAPassword_thenItIsRefusedAndNotShown();
  void whenGitFails_thenItsReasonIsInTheMessage();
};

StagedFile File(const std::string& path, const std::string& bytes) { return StagedFile{path, bytes}; }

CommitId MustCommit(Repository& repository, const std::vector<StagedFile>& files,
                    const std::string& message) {
  absl::StatusOr<Identity> author = repository.Author();
  if (!author.ok()) qFatal("%s", author.status().ToString().c_str());
  absl::StatusOr<CommitId> commit = repository.Commit(files, *author, kNoon, message);
  if (!commit.ok()) qFatal("%s", commit.status().ToString().c_str());
  return *commit;
}

Repository MustOpen(absl::StatusOr<Repository> repository) {
  if (!repository.ok()) qFatal("%s", repository.status().ToString().c_str());
  return *std::move(repository);
}

// A bare remote and two clones of it, with one commit.
struct Pair {
  explicit Pair(const Scratch& scratch)
      : one((scratch.SetIdentity(), scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"}),
             MustOpen(Repository::Create(scratch.Path("one"))))) {
    if (!one.AddRemote("origin", scratch.Path("hub.git").string()).ok()) qFatal("no remote");
    scratch.Write("one/a.txt", "first\n");
    MustCommit(one, {File("a.txt", "first\n")}, "First");
    if (const absl::Status pushed = one.Push("origin", {}); !pushed.ok())
      qFatal("%s", pushed.ToString().c_str());
    two.emplace(MustOpen(Repository::Clone(scratch.Path("hub.git").string(), scratch.Path("two"), {})));
  }
  Repository one;
  std::optional<Repository> two;
};

void RepositoryTest::whenThereIsNoRepository_thenOpenSaysNotFound() {
  const Scratch scratch;
  QVERIFY(absl::IsNotFound(Repository::Open(scratch.Path("profile")).status()));
}

void RepositoryTest::whenGitKnowsNobody_thenTheMessageSaysWhatToSet() {
  const Scratch scratch;
  const Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  const absl::Status status = repository.Author().status();
  QVERIFY(absl::IsFailedPrecondition(status));
  QVERIFY(std::string(status.message()).find("git config --global user.name") != std::string::npos);
}

void RepositoryTest::whenFilesAreCommitted_thenTheRealGitReadsThem() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  const std::string bytes("\xff\xfe\0<\r\n", 6);
  scratch.Write("w/sub/model.bpmn", bytes);
  const CommitId commit = MustCommit(repository, {File("sub/model.bpmn", bytes)}, "Add a model");
  QCOMPARE(scratch.Git("w", {"show", "HEAD:sub/model.bpmn"}), bytes);
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
  QCOMPARE(scratch.Git("w", {"log", "-1", "--format=%H %an %ae %s"}),
           commit.hex + " Ada ada@example.com Add a model\n");
  QCOMPARE(scratch.Git("w", {"fsck", "--strict"}), std::string());
  QCOMPARE(*repository.ReadFile(commit, "sub/model.bpmn"), bytes);
  QCOMPARE(**repository.Branch(), std::string("main"));
}

void RepositoryTest::whenSomethingElseIsStaged_thenTheCommitLeavesItOut() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  scratch.Write("w/ours.txt", "ours");
  scratch.Write("w/theirs.txt", "theirs");
  scratch.Git("w", {"add", "theirs.txt"});
  MustCommit(repository, {File("ours.txt", "ours")}, "Ours");
  QCOMPARE(scratch.Git("w", {"ls-tree", "-r", "--name-only", "HEAD"}), std::string("ours.txt\n"));
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string("A  theirs.txt\n"));
}

void RepositoryTest::whenAFileIsRemoved_thenTheCommitRemovesIt() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  MustCommit(repository, {File("a", "1"), File("b/c", "2")}, "Two");
  const CommitId second =
      MustCommit(repository, {StagedFile{"b/c", std::nullopt}, StagedFile{"no", {}}}, "One");
  QCOMPARE(*repository.ListFiles(second, ""), std::vector<std::string>{"a"});
  const CommitId first = repository.Summary(second)->parents.at(0);
  QCOMPARE(*repository.Changes(first, second, ""), (std::vector<ChangedPath>{{"b/c", PathChange::kRemoved}}));
}

void RepositoryTest::whenHeadIsDetached_thenCommitRefuses() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  MustCommit(repository, {File("a", "1")}, "One");
  scratch.Git("w", {"checkout", "-q", "--detach"});
  const absl::Status status =
      repository.Commit(std::vector<StagedFile>{File("a", "2")}, *repository.Author(), kNoon, "Two").status();
  QVERIFY(absl::IsFailedPrecondition(status));
}

void RepositoryTest::whenAMergeIsUnderWay_thenCommitRefuses() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  const CommitId commit = MustCommit(repository, {File("a", "1")}, "One");
  scratch.Write("w/.git/MERGE_HEAD", commit.hex + "\n");
  const absl::Status status =
      repository.Commit(std::vector<StagedFile>{File("a", "2")}, *repository.Author(), kNoon, "Two").status();
  QVERIFY(absl::IsFailedPrecondition(status));
  QVERIFY(std::string(status.message()).find("merge") != std::string::npos);
}

void RepositoryTest::whenFilesChange_thenWorkingChangesNameThem() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  scratch.Write("w/a", "1");
  scratch.Write("w/b", "1");
  scratch.Write("w/.gitignore", "ignored\n");
  MustCommit(repository, {File("a", "1"), File("b", "1"), File(".gitignore", "ignored\n")}, "One");
  scratch.Write("w/a", "2");
  scratch.Write("w/c", "2");
  scratch.Write("w/ignored", "2");
  std::filesystem::remove(scratch.Path("w/b"));
  QCOMPARE(*repository.WorkingChanges(""),
           (std::vector<ChangedPath>{
               {"a", PathChange::kModified}, {"b", PathChange::kRemoved}, {"c", PathChange::kAdded}}));
  QVERIFY(*repository.Ignored("ignored"));
  QVERIFY(!*repository.Ignored("a"));
}

void RepositoryTest::whenAskedForOneFile_thenHistoryHoldsItsCommitsOnly() {
  const Scratch scratch;
  scratch.SetIdentity();
  Repository repository = MustOpen(Repository::Create(scratch.Path("w")));
  MustCommit(repository, {File("a", "1")}, "A1");
  MustCommit(repository, {File("b", "1")}, "B1");
  const CommitId last = MustCommit(repository, {File("a", "2")}, "A2");
  const std::vector<std::string> paths = {"a"};
  const auto history = *repository.History(last, paths, 10);
  QCOMPARE(history.size(), 2u);
  QCOMPARE(history[0].message, std::string("A2"));
  QCOMPARE(history[1].message, std::string("A1"));
  QCOMPARE(repository.History(last, {}, 10)->size(), 3u);
  QCOMPARE(repository.Resolve(last.hex.substr(0, 8))->hex, last.hex);
  QVERIFY(!repository.Resolve("no-such-branch").ok());
}

void RepositoryTest::whenTheRemoteIsAhead_thenFetchAndFastForwardBringItsFiles() {
  const Scratch scratch;
  Pair pair(scratch);
  scratch.Write("one/a.txt", "second\n");
  const CommitId second =
      MustCommit(pair.one, {File("a.txt", "second\n"), File("new/b.txt", "b\n")}, "Second");
  QVERIFY(pair.one.Push("origin", {}).ok());
  QCOMPARE(**pair.two->DefaultRemote(), std::string("origin"));
  QVERIFY(pair.two->Fetch("origin", {}).ok());
  QCOMPARE((*pair.two->RemoteHead("origin", "main"))->hex, second.hex);
  QCOMPARE(pair.two->Compare(**pair.two->Head(), second)->behind, 1u);
  const absl::Status moved = pair.two->FastForward(second);
  QVERIFY2(moved.ok(), moved.ToString().c_str());
  QCOMPARE(scratch.Read("two/a.txt"), std::string("second\n"));
  QCOMPARE(scratch.Read("two/new/b.txt"), std::string("b\n"));
  QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
}

void RepositoryTest::whenAFileIsInTheWay_thenFastForwardMovesNothing() {
  const Scratch scratch;
  Pair pair(scratch);
  const CommitId second = MustCommit(pair.one, {File("a.txt", "second\n"), File("b.txt", "b\n")}, "Second");
  QVERIFY(pair.one.Push("origin", {}).ok());
  QVERIFY(pair.two->Fetch("origin", {}).ok());
  scratch.Write("two/b.txt", "mine\n");
  const std::optional<CommitId> before = *pair.two->Head();
  const absl::Status moved = pair.two->FastForward(second);
  QVERIFY(absl::IsFailedPrecondition(moved));
  QVERIFY(std::string(moved.message()).find("b.txt") != std::string::npos);
  QCOMPARE((*pair.two->Head())->hex, before->hex);
  QCOMPARE(scratch.Read("two/a.txt"), std::string("first\n"));
  QCOMPARE(scratch.Read("two/b.txt"), std::string("mine\n"));
}

void RepositoryTest::whenTheWorkingFileAlreadyHasTheNewBytes_thenFastForwardPasses() {
  const Scratch scratch;
  Pair pair(scratch);
  const CommitId second = MustCommit(pair.one, {File("a.txt", "second\n"), File("b.txt", "b\n")}, "Second");
  QVERIFY(pair.one.Push("origin", {}).ok());
  QVERIFY(pair.two->Fetch("origin", {}).ok());
  scratch.Write("two/a.txt", "second\n");
  scratch.Write("two/b.txt", "b\n");
  const absl::Status moved = pair.two->FastForward(second);
  QVERIFY2(moved.ok(), moved.ToString().c_str());
  QCOMPARE(scratch.Git("two", {"status", "--porcelain"}), std::string());
}

// A tree with one entry, also one that git would refuse to make; its name.
std::string HostileTree(const Scratch& scratch, const std::string& mode, const std::string& name,
                        const std::string& hash) {
  const QByteArray bytes = QByteArray::fromHex(QByteArray::fromStdString(hash).trimmed());
  scratch.Write("tree", mode + " " + name + '\0' + bytes.toStdString());
  const QString file = QString::fromStdString(scratch.Path("tree").string());
  return scratch.Git("two", {"hash-object", "-w", "--literally", "-t", "tree", file});
}

void RepositoryTest::whenACommitLeadsOutOfTheFolderOrIntoGitsOwn_thenNothingIsWritten_data() {
  QTest::addColumn<QString>("name");
  QTest::addRow("a hook") << ".git";
  QTest::addRow("a hook where case is ignored") << ".GIT";
  QTest::addRow("a hook where dots and blanks are dropped") << ".git. .";
  QTest::addRow("a hook by its short name") << "git~1";
  QTest::addRow("above the folder") << "..";
  QTest::addRow("above the folder in one name") << "new/../../outside";
  QTest::addRow("from the root") << "";
}

void RepositoryTest::whenACommitLeadsOutOfTheFolderOrIntoGitsOwn_thenNothingIsWritten() {
  QFETCH(const QString, name);
  const Scratch scratch;
  Pair pair(scratch);
  scratch.Write("post-commit", "evil");
  const QString evil = QString::fromStdString(scratch.Path("post-commit").string());
  const std::string blob = scratch.Git("two", {"hash-object", "-w", evil});
  const std::string hooks = HostileTree(scratch, "100755", "post-commit", blob);
  const std::string folder = HostileTree(scratch, "40000", "hooks", hooks);
  const std::string tree = HostileTree(scratch, "40000", name.toStdString(), folder);
  const std::string commit =
      scratch.Git("two", {"commit-tree", "-p", "HEAD", "-m", "Evil", QString::fromStdString(tree).trimmed()});
  QCOMPARE(commit.size(), 41u);
  const CommitId target{commit.substr(0, 40)};
  const std::vector<std::string> path{name.toStdString() + "/hooks/post-commit"};
  const absl::Status moved = pair.two->FastForward(target);
  const absl::Status written = pair.two->WriteOut(target, path);
  // libgit2 reads no tree with an empty name, and finds no file behind a name with a slash.
  QVERIFY2(name.isEmpty() ? !moved.ok() : absl::IsDataLoss(moved), moved.ToString().c_str());
  if (!name.isEmpty() && !name.contains('/')) {
    QVERIFY2(absl::IsDataLoss(written), written.ToString().c_str());
    QVERIFY2(written.message().find("hooks/post-commit\"") != std::string::npos, written.ToString().c_str());
  }
  // Where it goes there is nothing to be done: it was never written.
  scratch.Write("outside/hooks/post-commit", "precious");
  QVERIFY(pair.two->WriteOut(std::nullopt, path).ok());
  QCOMPARE(scratch.Read("outside/hooks/post-commit"), std::string("precious"));
  for (const char* place : {"two/.git/hooks/post-commit", "two/.GIT", "two/git~1", "hooks"})
    QVERIFY(!std::filesystem::exists(scratch.Path(place)));
  QVERIFY((*pair.two->Head())->hex != target.hex);
  QCOMPARE(scratch.Read("two/a.txt"), std::string("first\n"));
}

void RepositoryTest::whenHistoriesDiverged_thenPushAndFastForwardRefuse() {
  const Scratch scratch;
  Pair pair(scratch);
  const CommitId theirs = MustCommit(pair.one, {File("a.txt", "one\n")}, "One");
  QVERIFY(pair.one.Push("origin", {}).ok());
  MustCommit(*pair.two, {File("b.txt", "two\n")}, "Two");
  QVERIFY(absl::IsFailedPrecondition(pair.two->Push("origin", {})));
  QVERIFY(pair.two->Fetch("origin", {}).ok());
  QVERIFY(absl::IsFailedPrecondition(pair.two->Push("origin", {})));
  QVERIFY(absl::IsFailedPrecondition(pair.two->FastForward(theirs)));
  const AheadBehind apart = *pair.two->Compare(**pair.two->Head(), theirs);
  QCOMPARE(apart.ahead, 1u);
  QCOMPARE(apart.behind, 1u);
}

void RepositoryTest::whenTheSourcesFirstBranchWasNeverPushed_thenCloneTakesTheOneThatWas() {
  const Scratch scratch;
  scratch.SetIdentity();
  scratch.Git(".", {"init", "-q", "--bare", "-b", "master", "hub.git"});
  scratch.Git(".", {"init", "-q", "-b", "main", "one"});
  scratch.Write("one/a.txt", "a\n");
  scratch.Git("one", {"add", "."});
  scratch.Git("one", {"commit", "-q", "-m", "First"});
  scratch.Git("one", {"push", "-q", "../hub.git", "main"});
  const auto two = Repository::Clone(scratch.Path("hub.git").string(), scratch.Path("two"), {});
  QVERIFY2(two.ok(), std::string(two.status().message()).c_str());
  QCOMPARE(two->Branch()->value_or(""), std::string("main"));
  QCOMPARE(scratch.Read("two/a.txt"), std::string("a\n"));
  QVERIFY(two->WorkingChanges("")->empty());
  QCOMPARE(QString::fromStdString(two->Config("branch.main.remote").value_or("")), QString("origin"));
}

void RepositoryTest::whenTheTargetIsNotEmpty_thenCloneRefuses() {
  const Scratch scratch;
  Pair pair(scratch);
  scratch.Write("full/file", "x");
  QVERIFY(absl::IsAlreadyExists(
      Repository::Clone(scratch.Path("hub.git").string(), scratch.Path("full"), {}).status()));
}

void RepositoryTest::whenTheSourceIsMissing_thenCloneLeavesNothingBehind() {
  const Scratch scratch;
  scratch.Write("here/.keep", "");
  QVERIFY(!Repository::Clone(scratch.Path("nowhere").string(), scratch.Path("here/x"), {}).ok());
  QVERIFY(!Repository::Clone("file://" + scratch.Path("nowhere").string(), scratch.Path("here/x"), {}).ok());
  QCOMPARE(QDir(QString::fromStdString(scratch.Path("here").string()))
               .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
           QStringList{QStringLiteral(".keep")});
}

void RepositoryTest::whenATransferIsCancelled_thenCloneSaysSo() {
  const Scratch scratch;
  Pair pair(scratch);
  std::stop_source stop;
  stop.request_stop();
  Transfer transfer;
  transfer.cancel = stop.get_token();
  const absl::Status status =
      Repository::Clone("file://" + scratch.Path("hub.git").string(), scratch.Path("three"), transfer)
          .status();
  QVERIFY2(absl::IsCancelled(status), status.ToString().c_str());
  QVERIFY(!std::filesystem::exists(scratch.Path("three")));
}

void RepositoryTest::whenAUrlHoldsAPassword_thenItIsRefusedAndNotShown() {
  const absl::Status status = ClassifyUrl("https://ada:s3cret@example.com/x.git").status();
  QVERIFY(absl::IsInvalidArgument(status));
  QVERIFY(std::string(status.message()).find("s3cret") == std::string::npos);
  QVERIFY(!ClassifyUrl("ext::sh -c id").ok());
  QVERIFY(!ClassifyUrl("--upload-pack=id").ok());
  QVERIFY(*ClassifyUrl("git@example.com:x.git") == RemoteKind::kSsh);
  QVERIFY(*ClassifyUrl("https://ada@example.com/x.git") == RemoteKind::kHttp);
  QVERIFY(*ClassifyUrl("/srv/x.git") == RemoteKind::kFile);
  QCOMPARE(WithoutCredentials("fatal: https://a:b@c@host/p and ssh://u@h"),
           std::string("fatal: https://host/p and ssh://h"));
}

void RepositoryTest::whenGitFails_thenItsReasonIsInTheMessage() {
  const Scratch scratch;
  ProgramOptions options;
  options.folder = scratch.Path("profile");
  const std::vector<std::string> arguments = {"fetch", "--", "https://ada:s3cret@127.0.0.1:1/x.git"};
  Repository repository = MustOpen(Repository::Create(scratch.Path("profile")));
  const absl::Status status = RunGit(arguments, options).status();
  QVERIFY(!status.ok());
  QVERIFY(std::string(status.message()).find("127.0.0.1") != std::string::npos);
  QVERIFY(std::string(status.message()).find("s3cret") == std::string::npos);
}

}  // namespace
}  // namespace ameide::sync::git

QTEST_GUILESS_MAIN(ameide::sync::git::RepositoryTest)
#include "repository_test.moc"
