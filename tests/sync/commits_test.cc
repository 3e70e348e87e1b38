#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/sync/people.h"
#include "uaf/log/change_set.h"

namespace ameide::sync {
namespace {

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

/// Every event of a workspace, as the bytes that are hashed.
std::map<std::string, std::string> Events(const uaf::Workspace& workspace) {
  std::map<std::string, std::string> events;
  for (const std::string& name : EventsOf(workspace)) {
    const auto id = uaf::ParseEventId(name);
    const auto event = workspace.Show(*id);
    events[name] = event.ok() ? uaf::EncodeChangeSet(*event) : event.status().ToString();
  }
  return events;
}

}  // namespace

/// What people do with git who know nothing of Ameide: nothing that anybody said is lost, and all who have
/// the same commits have the same events and bytes.
class CommitsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    scratch_ = std::make_unique<Scratch>();
    team_ = std::make_unique<Team>(*scratch_);
    scratch_->Git(".", {"clone", "-q", "hub.git", "plain"});
  }
  void cleanup() {
    team_.reset();
    scratch_.reset();
  }

  void whenSomebodyCommitsWithGitAlone_thenAllDeriveTheSameEvents() {
    Write("plain/notes.md", "# Notes\nby hand\n");
    Write("plain/new/plan.bpmn", Replaced(kModel, "Order received", "Planned"));
    PlainCommit("By hand");
    Write("plain/order.bpmn", Replaced(kModel, "Order received", "By hand"));
    PlainCommit("By hand, again");
    Git("plain", {"push", "-q"});
    // Each derives for themselves; nothing of it was sent.
    Pull("two");
    Pull("one");
    Converged();
    QCOMPARE(Read("two/notes.md"), std::string("# Notes\nby hand\n"));
    QVERIFY(Read("two/order.bpmn").find("By hand") != std::string::npos);
    auto bobs = team_->bob.Open("two");
    QCOMPARE(*bobs->UnsealedEvents(), uint64_t{0});
    size_t foreign = 0;
    const auto log = bobs->Log({});
    for (const uaf::ChangeSetSummary& line : *log) foreign += line.tool == "git" ? 1 : 0;
    QCOMPARE(foreign, size_t{3});
    // The work goes on, on what was derived, and comes to the others with it.
    Edit(*bobs, "new/plan.bpmn", "start", "By Bob");
    QVERIFY(team_->bob.Commit(*bobs, "Bob").ok());
    bobs.reset();
    Push("two");
    Pull("one");
    Converged();
    QVERIFY(Read("one/new/plan.bpmn").find("By Bob") != std::string::npos);
  }

  void whenAFileIsBrokenInACommit_thenTheLastGoodStateStandsUntilItIsMended() {
    Write("plain/order.bpmn", Replaced(kModel, "</bpmn:process>", "<<<<<<< ours"));
    PlainCommit("Broken");
    Git("plain", {"push", "-q"});
    const auto report = Pull("two");
    QVERIFY(std::any_of(report.notes.begin(), report.notes.end(), [](const uaf::WorkingFileNote& note) {
      return note.what == uaf::WorkingFileNote::What::kKeptAside;
    }));
    QCOMPARE(Render("two", "order.bpmn"), std::string(kModel));
    Git("plain", {"revert", "--no-edit", "HEAD"});
    Write("plain/order.bpmn", Replaced(kModel, "Order received", "Mended"));
    PlainCommit("Mended");
    Git("plain", {"push", "-q"});
    Pull("two");
    QVERIFY(Render("two", "order.bpmn").find("Mended") != std::string::npos);
  }

  void whenACommitLeavesConflictMarkersInLines_thenThereIsNoEventUntilTheyAreGone() {
    Write("plain/notes.md", "# Notes\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> work\n");
    PlainCommit("Half merged");
    Git("plain", {"push", "-q"});
    const auto report = Pull("two");
    QVERIFY(std::any_of(report.notes.begin(), report.notes.end(), [](const uaf::WorkingFileNote& note) {
      return note.what == uaf::WorkingFileNote::What::kKeptAside &&
             note.message.find("2:1: ") != std::string::npos;
    }));
    QCOMPARE(Render("two", "notes.md"), std::string("# Notes\n"));
    QCOMPARE(Read("two/notes.md"), std::string("# Notes\n"));
    QCOMPARE(ByGit("two"), size_t{0});
    Write("plain/notes.md", "# Notes\nours and theirs\n");
    PlainCommit("Merged");
    Git("plain", {"push", "-q"});
    Pull("two");
    Pull("one");
    Converged();
    QCOMPARE(Read("two/notes.md"), std::string("# Notes\nours and theirs\n"));
    QCOMPARE(ByGit("two"), size_t{1});
  }

  void whenSomebodyCommitsOnABranchWithGitAlone_thenThatBranchAloneHasIt() {
    {
      const auto ada = team_->ada.Open("one");
      QVERIFY(StartBranch(*ada, {"work", uaf::BranchKind::kBranch, {}, {}}).ok());
      QVERIFY(CheckOut(*ada, "work").ok());
      Edit(*ada, "order.bpmn", "start", "By Ada");
      QVERIFY(team_->ada.Commit(*ada, "On work").ok());
    }
    Git("one", {"push", "-q", "origin", "work"});
    Git("plain", {"fetch", "-q"});
    Git("plain", {"switch", "-q", "work"});
    Write("plain/notes.md", "# Notes\non work\n");
    PlainCommit("On work, by hand");
    Git("plain", {"push", "-q"});
    for (const std::string folder : {"one", "two"}) {
      Git(folder, {"fetch", "-q"});
      const bool by_git = folder == "two";
      if (by_git) Git(folder, {"switch", "-q", "work"});
      const auto workspace = Open(folder);
      if (by_git) {
        QVERIFY(workspace->ReceiveSegments().ok());
        QVERIFY(workspace->SyncWorkingFiles().ok());
      } else {
        QVERIFY(sync::Pull(*workspace, {}).ok());
      }
      QCOMPARE(*workspace->CurrentBranch(), std::string("work"));
      QCOMPARE(Read(folder + "/notes.md"), std::string("# Notes\non work\n"));
      const auto notes = workspace->FindArtifact("notes.md");
      QVERIFY(notes.ok());
      QCOMPARE(*workspace->Render(notes->id, *workspace->BranchHead("main")), std::string("# Notes\n"));
      QCOMPARE(*workspace->Render(notes->id, *workspace->BranchHead("work")),
               std::string("# Notes\non work\n"));
      QCOMPARE(Git(folder, {"status", "--porcelain", "--", "notes.md", "order.bpmn"}), std::string());
      QVERIFY(CheckOut(*workspace, "main").ok());
      QCOMPARE(Read(folder + "/notes.md"), std::string("# Notes\n"));
      QVERIFY(!EventsOf(*workspace).empty());
      QCOMPARE(ByGitOn(*workspace), size_t{0});
      QVERIFY(CheckOut(*workspace, "work").ok());
      QCOMPARE(Read(folder + "/notes.md"), std::string("# Notes\non work\n"));
      const auto findings = workspace->Verify();
      QVERIFY(findings.ok() && findings->empty());
    }
    QCOMPARE(Events(*Open("one")), Events(*Open("two")));
  }

  void whenAProposalIsSquashed_thenMainHasWhatWasRecordedInIt() {
    SquashProposal(/*otherwise=*/{});
    for (const std::string folder : {"one", "two"}) {
      Pull(folder);
      QCOMPARE(ByGit(folder), size_t{0});
      const auto workspace = Open(folder);
      const auto branches = workspace->Branches();
      QVERIFY(branches.ok());
      for (const uaf::Branch& branch : *branches) {
        if (branch.name == "proposal/x") QCOMPARE(branch.ahead, size_t{0});
        QVERIFY(!branch.name.starts_with("proposal/squashed"));
      }
    }
    Converged();
    QVERIFY(Read("one/order.bpmn").find("Proposed") != std::string::npos);
    QCOMPARE(Read("one/notes.md"), std::string("# Notes\non main\n"));
    QCOMPARE(Git("two", {"status", "--porcelain"}), std::string());
  }

  void whenASquashSaysOtherwise_thenThatIsAProposalToReview() {
    SquashProposal(Replaced(kModel, "Order received", "Changed on the way"));
    for (const std::string folder : {"one", "two"}) {
      const PullReport report = Pull(folder);
      QVERIFY(std::any_of(report.notes.begin(), report.notes.end(), [](const uaf::WorkingFileNote& note) {
        return note.message.find("to review") != std::string::npos;
      }));
      QVERIFY(Read(folder + "/order.bpmn").find("Proposed") != std::string::npos);
      const auto workspace = Open(folder);
      const auto branches = workspace->Branches();
      QVERIFY(branches.ok());
      size_t reviews = 0;
      for (const uaf::Branch& branch : *branches) {
        if (!branch.name.starts_with("proposal/squashed-")) continue;
        ++reviews;
        QVERIFY(branch.kind == uaf::BranchKind::kProposal);
        QVERIFY(!branch.title.empty());
        const auto order = workspace->FindArtifact("order.bpmn");
        QVERIFY(workspace->Render(order->id, branch.head)->find("Changed on the way") != std::string::npos);
      }
      QCOMPARE(reviews, size_t{1});
    }
    Converged();
    // Who accepts it has it on main.
    {
      const auto ada = Open("one");
      const auto branches = ada->Branches();
      for (const uaf::Branch& branch : *branches) {
        if (branch.name.starts_with("proposal/squashed-")) QVERIFY(MergeBranch(*ada, branch.name).ok());
      }
      QVERIFY(team_->ada.Commit(*ada, "Accepted").ok());
    }
    QVERIFY(Read("one/order.bpmn").find("Changed on the way") != std::string::npos);
    Push("one");
    Pull("two");
    Converged();
    QVERIFY(Read("two/order.bpmn").find("Changed on the way") != std::string::npos);
  }

  void whenSomebodyWorksBesideTheFirstCommitOfAWorkspace_thenTheirEditsAreThere() {
    Git(".", {"init", "-q", "--bare", "-b", "main", "other.git"});
    Git(".", {"clone", "-q", "other.git", "before"});
    Git("before", {"switch", "-q", "-c", "main"});
    Write("before/notes.md", "# Notes\n");
    Write("before/order.bpmn", kModel);
    const auto commit = [&](const char* message) {
      Git("before", {"add", "-A"});
      Git("before", {"commit", "-q", "-m", message});
      Git("before", {"push", "-q", "-u", "origin", "main"});
    };
    commit("Before Ameide");
    Git(".", {"clone", "-q", "other.git", "made"});
    team_->ada.Init("made");
    team_->ada.MustCommit("made", "A workspace");
    // Nobody told them.
    Write("before/notes.md", "# Notes\nbeside\n");
    Write("before/later.md", "later\n");
    commit("Beside");
    {
      const auto ada = team_->ada.Open("made");
      const auto report = sync::Pull(*ada, {});
      QVERIFY2(report.ok(), report.status().ToString().c_str());
      QVERIFY(report->merged);
      QCOMPARE(ByGitOn(*ada), size_t{4});  // two beginnings, an edit, another beginning
    }
    Git("made", {"push", "-q"});
    Person carl(*scratch_, "carl");
    const auto cloned = Clone(scratch_->Path("other.git").string(), scratch_->Path("cloned"), {});
    QVERIFY(cloned.ok());
    {
      const auto carls = carl.Open("cloned");
      QVERIFY(TakeInClone(*carls).ok());
      QCOMPARE(Events(*carls), Events(*team_->ada.Open("made")));
    }
    Write("cloned/order.bpmn", Replaced(kModel, "Order received", "By Carl"));
    carl.MustCommit("cloned", "Carl");
    for (const std::string folder : {"made", "cloned"}) {
      QCOMPARE(Read(folder + "/notes.md"), std::string("# Notes\nbeside\n"));
      QCOMPARE(Git(folder, {"show", "HEAD:notes.md"}), std::string("# Notes\nbeside\n"));
      QCOMPARE(Git(folder, {"show", "HEAD:later.md"}), std::string("later\n"));
      QCOMPARE(Git(folder, {"status", "--porcelain"}), std::string());
    }
  }

  void whenBothSidesCommitted_thenPullMergesAndAllConverge() {
    {
      const auto ada = team_->ada.Open("one");
      Edit(*ada, "order.bpmn", "start", "By Ada");
      QVERIFY(team_->ada.Commit(*ada, "Ada").ok());
    }
    Push("one");
    {
      const auto bob = team_->bob.Open("two");
      Edit(*bob, "order.bpmn", "end", "By Bob");
      QVERIFY(team_->bob.Commit(*bob, "Bob").ok());
    }
    const PullReport report = Pull("two");
    QVERIFY(report.merged);
    Push("two");
    QVERIFY(!Pull("one").merged);
    Converged();
    const std::string both = Read("one/order.bpmn");
    QVERIFY2(both.find("By Ada") != std::string::npos && both.find("By Bob") != std::string::npos,
             both.c_str());
    QCOMPARE(Git("one", {"show", "HEAD:order.bpmn"}), both);
  }

  void whenSomebodyMergesWithGitAlone_thenBothSidesAreThere() {
    BothSidesEdit();
    // Git merges lines: both edits are apart from each other.
    Git("plain", {"pull", "-q"});
    Git("plain", {"pull", "-q", "--no-rebase", "--no-edit", "../two", "main"});
    QCOMPARE(Git("plain", {"status", "--porcelain"}), std::string());
    Git("plain", {"push", "-q"});
    Pull("one");
    Pull("two");
    Converged();
    BothAreThere();
  }

  void whenSomebodyRebases_thenBothSidesAreThere() {
    BothSidesEdit();
    Git("two", {"pull", "-q", "--rebase"});
    Git("two", {"push", "-q"});
    QVERIFY(team_->bob.Open("two") != nullptr);
    Pull("one");
    Pull("two");
    Converged();
    BothAreThere();
  }

  void whenSomebodySquashes_thenBothSidesAreThere() {
    BothSidesEdit();
    Git("plain", {"pull", "-q"});
    Git("plain", {"fetch", "-q", "../two", "main"});
    Git("plain", {"merge", "-q", "--squash", "FETCH_HEAD"});
    PlainCommit("Squashed");
    Git("plain", {"push", "-q"});
    Pull("one");
    BothAreThere();
    Pull("two");
    Push("two");
    Pull("one");
    Converged();
    BothAreThere();
  }

  void whenSomebodyCherryPicks_thenTheRestIsWaitedFor() {
    {
      const auto bob = team_->bob.Open("two");
      Edit(*bob, "order.bpmn", "start", "First");
      QVERIFY(team_->bob.Commit(*bob, "First").ok());
      WriteNotes(*bob, "# Notes\nsecond\n");
      QVERIFY(team_->bob.Commit(*bob, "Second").ok());
    }
    Git("plain", {"fetch", "-q", "../two", "main"});
    Git("plain", {"cherry-pick", "FETCH_HEAD"});
    Git("plain", {"push", "-q"});
    Pull("one");
    {
      const auto ada = team_->ada.Open("one");
      QVERIFY(!ada->FindArtifact("notes.md")->read_only_because.empty());
      QCOMPARE(ada->Log({})->size(), size_t{2});  // nobody took the file for an edit of Ada's
    }
    Pull("two");
    Push("two");
    Pull("one");
    Converged();
    QVERIFY(Read("one/order.bpmn").find("First") != std::string::npos);
    QCOMPARE(Read("one/notes.md"), std::string("# Notes\nsecond\n"));
  }

  void whenAPickedSegmentWaits_thenItIsVerifiedAllTheSame() {
    for (const char* name : {"Zero", "First"}) {
      const auto bob = team_->bob.Open("two");
      Edit(*bob, "order.bpmn", "start", name);
      QVERIFY(team_->bob.Commit(*bob, name).ok());
      if (std::string(name) == "Zero") Git("two", {"push", "-q"});
    }
    Pull("one");  // Bob's key is here
    {
      const auto bob = team_->bob.Open("two");
      WriteNotes(*bob, "# Notes\nsecond\n");
      QVERIFY(team_->bob.Commit(*bob, "Second").ok());
    }
    Git("plain", {"pull", "-q"});
    Git("plain", {"fetch", "-q", "../two", "main"});
    Git("plain", {"cherry-pick", "FETCH_HEAD"});
    Git("plain", {"push", "-q"});
    Pull("one");
    const auto ada = team_->ada.Open("one");
    const auto waits = ada->Verify();
    QVERIFY(waits.ok());
    QCOMPARE(waits->size(), size_t{1});
    QCOMPARE(waits->front().rule, std::string("segment/waits"));
    const std::string file = waits->front().message.substr(0, waits->front().message.find(':'));
    std::string bytes = Read("one/" + file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    Write("one/" + file, bytes);
    const auto damaged = ada->Verify();
    QVERIFY(damaged.ok());
    QVERIFY(std::any_of(damaged->begin(), damaged->end(),
                        [](const auto& finding) { return finding.rule == "segment/changed"; }));
  }

  void whenTheSecondOfTwoCommitsIsPicked_thenItsFileIsLeftAloneAndTheRestGoesOn() {
    Git("two", {"switch", "-q", "-c", "feat"});
    for (const auto& [element, name] : {std::pair{"order", "First"}, {"f", "Second"}}) {
      const auto bob = team_->bob.Open("two");
      Edit(*bob, "order.bpmn", element, name);
      QVERIFY(team_->bob.Commit(*bob, name).ok());
    }
    Git("two", {"switch", "-q", "main"});
    Git("two", {"cherry-pick", "feat"});
    Git("two", {"push", "-q", "origin", "main"});
    const std::string picked = Git("two", {"show", "HEAD:order.bpmn"});
    QVERIFY(picked.find("Second") != std::string::npos && picked.find("First") == std::string::npos);
    const PullReport report = Pull("one");
    QVERIFY(std::any_of(report.notes.begin(), report.notes.end(), [](const uaf::WorkingFileNote& note) {
      return note.path == "order.bpmn" && note.message.find("not taken in") != std::string::npos;
    }));
    // Ada has not what was before it, Bob has it on the branch: for both the commit lacks it.
    for (const std::string folder : {"one", "two"}) {
      const auto workspace = Open(folder);
      const auto order = workspace->FindArtifact("order.bpmn");
      QVERIFY(!order->read_only_because.empty());
      QCOMPARE(workspace->LogIncompleteBecause(), std::string());
      QCOMPARE(folder + Read(folder + "/order.bpmn"), folder + picked);
      uaf::RecordRequest comment;
      comment.artifact = order->id;
      comment.body = uaf::CommentAdded{{}, {}, "no"};
      QVERIFY(absl::IsFailedPrecondition(workspace->Record(comment).status()));
      const auto branches = workspace->Branches();
      for (const uaf::Branch& branch : *branches) QVERIFY(!branch.name.starts_with("proposal/"));
      if (folder == "two") continue;
      WriteNotes(*workspace, "# Notes\nAda goes on\n");
      const auto committed = team_->ada.Commit(*workspace, "Notes");
      QVERIFY2(committed.ok(), committed.status().ToString().c_str());
      QVERIFY(committed->commit.has_value());
      QCOMPARE(Git("one", {"show", "HEAD:order.bpmn"}), picked);
      QCOMPARE(Git("one", {"show", "--format=", "--name-only", "HEAD", "--", "*.bpmn", "*.md"}),
               std::string("notes.md\n"));
    }
    for (const std::string folder : {"one", "two"}) {
      QVERIFY(Open(folder) != nullptr);
      QCOMPARE(folder + Read(folder + "/order.bpmn"), folder + picked);
      QCOMPARE(Git(folder, {"status", "--porcelain"}), std::string());
    }
    Push("one");
    // The rest comes.
    Git("two", {"pull", "-q", "--no-rebase", "origin", "main"});
    Git("two", {"merge", "-q", "--no-edit", "feat"});
    QVERIFY(Open("two")->FindArtifact("order.bpmn")->read_only_because.empty());
    Push("two");
    Pull("one");
    Converged();
    const std::string both = Read("one/order.bpmn");
    QVERIFY(both.find("First") != std::string::npos && both.find("Second") != std::string::npos);
    QCOMPARE(Read("two/notes.md"), std::string("# Notes\nAda goes on\n"));
    QCOMPARE(Git("one", {"status", "--porcelain"}), std::string());
  }

  void whenAPickedFileWaits_thenCheckingOutLeavesItAsItsCommitHasIt() {
    Git("two", {"switch", "-q", "-c", "feat"});
    for (const auto& [element, name] : {std::pair{"order", "First"}, {"f", "Second"}}) {
      const auto bob = team_->bob.Open("two");
      Edit(*bob, "order.bpmn", element, name);
      QVERIFY(team_->bob.Commit(*bob, name).ok());
    }
    const std::string there = Git("two", {"show", "HEAD:order.bpmn"});
    Git("two", {"switch", "-q", "main"});
    Git("two", {"cherry-pick", "feat"});
    const std::string picked = Git("two", {"show", "HEAD:order.bpmn"});
    for (const char* branch : {"feat", "main", "feat", "main"}) {
      const auto bob = Open("two");
      const auto out = CheckOut(*bob, branch);
      QVERIFY2(out.ok(), out.status().ToString().c_str());
      QCOMPARE(branch + Read("two/order.bpmn"), branch + (std::string(branch) == "main" ? picked : there));
      QCOMPARE(Git("two", {"status", "--porcelain"}), std::string());
    }
  }

  void whenSomebodyReverts_thenThatIsAnEditAndTheHistoryStays() {
    std::string event;
    {
      const auto bob = team_->bob.Open("two");
      Edit(*bob, "order.bpmn", "start", "To be reverted");
      event = uaf::FormatId(bob->Log({})->front().id);
      QVERIFY(team_->bob.Commit(*bob, "Bob").ok());
    }
    Push("two");
    Git("plain", {"pull", "-q"});
    Git("plain", {"revert", "--no-edit", "HEAD"});
    Git("plain", {"push", "-q"});
    Pull("one");
    Pull("two");
    Converged();
    QCOMPARE(Read("one/order.bpmn"), std::string(kModel));
    for (const char* name : {"one", "two"}) {
      const auto workspace = Open(name);
      QVERIFY(workspace->Show(*uaf::ParseEventId(event)).ok());
      // The next commit has the segment again.
      WriteNotes(*workspace, std::string("# Notes\n") + name + "\n");
      QVERIFY(PersonOf(name).Commit(*workspace, "Goes on").ok());
      if (std::string(name) == "one") Push("one");
    }
    Pull("two");
    Push("two");
    Pull("one");
    Converged();
  }

  void whenSomebodyForcesAPush_thenWhatItDroppedIsStillThere() {
    {
      const auto ada = team_->ada.Open("one");
      Edit(*ada, "order.bpmn", "start", "By Ada");
      QVERIFY(team_->ada.Commit(*ada, "Ada").ok());
    }
    Push("one");
    Write("plain/notes.md", "# Notes\nforced\n");
    PlainCommit("Forced");
    Git("plain", {"push", "-q", "--force"});
    QVERIFY(Pull("one").merged);
    Push("one");
    Pull("two");
    Converged();
    QVERIFY(Read("two/order.bpmn").find("By Ada") != std::string::npos);
    QCOMPARE(Read("two/notes.md"), std::string("# Notes\nforced\n"));
  }

 private:
  std::string Git(const std::string& folder, const QStringList& arguments) {
    return scratch_->Git(folder, arguments);
  }
  void Write(const std::string& name, const std::string& bytes) { scratch_->Write(name, bytes); }
  std::string Read(const std::string& name) { return scratch_->Read(name); }
  void PlainCommit(const char* message) {
    Git("plain", {"add", "-A"});
    Git("plain", {"commit", "-q", "-m", message});
  }
  Person& PersonOf(const std::string& folder) { return folder == "one" ? team_->ada : team_->bob; }
  std::unique_ptr<uaf::Workspace> Open(const std::string& folder) { return PersonOf(folder).Open(folder); }
  PullReport Pull(const std::string& folder) { return PersonOf(folder).MustPull(folder); }
  void Push(const std::string& folder) { Team::MustPush(*scratch_, folder); }
  static void Edit(uaf::Workspace& workspace, const std::string& path, const std::string& element,
                   const std::string& name) {
    const auto id = workspace.FindArtifact(path);
    QVERIFY(id.ok());
    const auto document = workspace.Load(id->id);
    QVERIFY(document.ok());
    for (const uaf::document::NodeIndex node : document->Descendants(uaf::document::kDocumentNode)) {
      if (document->attribute(node, "id") != element) continue;
      uaf::document::SetAttributeOp op;
      op.node = document->id(node);
      op.name = "name";
      op.text = document->attribute_text(node, "name").value_or(uaf::document::AttributeText{.lead = " "});
      op.text->raw = name;
      uaf::Command command;
      command.artifact = id->id;
      command.label = "Name " + element;
      command.ops = {op};
      QVERIFY(workspace.Submit(command).ok());
    }
  }
  static void WriteNotes(uaf::Workspace& workspace, const std::string& text) {
    std::ofstream(workspace.root() / "notes.md", std::ios::binary) << text;
  }
  std::string Render(const std::string& folder, const std::string& path) {
    const auto workspace = Open(folder);
    const auto id = workspace->FindArtifact(path);
    return id.ok() ? *workspace->Render(id->id) : id.status().ToString();
  }
  /// How many change sets of what is "now" were derived.
  size_t ByGit(const std::string& folder) { return ByGitOn(*Open(folder)); }
  static size_t ByGitOn(const uaf::Workspace& workspace) {
    const auto log = workspace.Log({});
    return static_cast<size_t>(std::count_if(
        log->begin(), log->end(), [](const uaf::ChangeSetSummary& line) { return line.tool == "git"; }));
  }
  /// Ada proposes another name for the start event; meanwhile the notes change on main. Somebody squashes her
  /// proposal with git alone, and writes `otherwise` in place of the model, if anything.
  void SquashProposal(const std::string& otherwise) {
    {
      const auto ada = team_->ada.Open("one");
      QVERIFY(StartBranch(*ada, {"proposal/x", uaf::BranchKind::kProposal, "Other names", {}}).ok());
      QVERIFY(CheckOut(*ada, "proposal/x").ok());
      Edit(*ada, "order.bpmn", "start", "Proposed");
      QVERIFY(team_->ada.Commit(*ada, "Proposed").ok());
      QVERIFY(CheckOut(*ada, "main").ok());
    }
    Git("one", {"push", "-q", "origin", "proposal/x"});
    {
      const auto bob = team_->bob.Open("two");
      WriteNotes(*bob, "# Notes\non main\n");
      QVERIFY(team_->bob.Commit(*bob, "On main").ok());
    }
    Push("two");
    Git("plain", {"pull", "-q"});
    Git("plain", {"fetch", "-q"});
    Git("plain", {"merge", "-q", "--squash", "origin/proposal/x"});
    if (!otherwise.empty()) Write("plain/order.bpmn", otherwise);
    PlainCommit("Other names (#1)");
    Git("plain", {"push", "-q"});
  }
  /// Ada and Bob change another part of the model each; Ada's is pushed, Bob's committed.
  void BothSidesEdit() {
    {
      const auto ada = team_->ada.Open("one");
      Edit(*ada, "order.bpmn", "order", "By Ada");
      QVERIFY(team_->ada.Commit(*ada, "Ada").ok());
    }
    Push("one");
    const auto bob = team_->bob.Open("two");
    Edit(*bob, "order.bpmn", "f", "By Bob");
    QVERIFY(team_->bob.Commit(*bob, "Bob").ok());
  }
  void BothAreThere() {
    const std::string both = Read("one/order.bpmn");
    QVERIFY2(both.find("By Ada") != std::string::npos && both.find("By Bob") != std::string::npos,
             both.c_str());
  }
  /// Ada, Bob and somebody who clones now have the same events, files and commits.
  void Converged() {
    std::filesystem::remove_all(scratch_->Path("three"));
    std::filesystem::remove_all(scratch_->Path("carl-profile"));
    Person carl(*scratch_, "carl");
    const auto cloned = Clone(scratch_->Path("hub.git").string(), scratch_->Path("three"), {});
    QVERIFY(cloned.ok());
    const auto carls = carl.Open("three");
    const absl::Status taken = TakeInClone(*carls);
    QVERIFY2(taken.ok(), taken.ToString().c_str());
    const auto expected = Events(*carls);
    const std::string head = Git("three", {"rev-parse", "HEAD"});
    for (const std::string name : {"one", "two", "three"}) {
      const auto opened = name == "three" ? nullptr : Open(name);
      const uaf::Workspace& workspace = opened ? *opened : *carls;
      QVERIFY2(workspace.LogIncompleteBecause().empty(), workspace.LogIncompleteBecause().c_str());
      const auto events = Events(workspace);
      for (const auto& [id, bytes] : expected)
        QVERIFY2(events.contains(id),
                 (name + " lacks " + id + " " + Label(*carls, id) + Derived(workspace)).c_str());
      for (const auto& [id, bytes] : events)
        QVERIFY2(expected.contains(id), (name + " has " + id + " " + Label(workspace, id)).c_str());
      QCOMPARE(events, expected);
      QCOMPARE(Git(name, {"rev-parse", "HEAD"}), head);
      const auto artifacts = workspace.Artifacts();
      for (const uaf::Artifact& artifact : *artifacts) {
        QCOMPARE(Read(name + "/" + artifact.path), *workspace.Render(artifact.id));
        QCOMPARE(Read(name + "/" + artifact.path), Read("three/" + artifact.path));
      }
      const auto findings = workspace.Verify();
      QVERIFY(findings.ok());
      QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    }
  }
  static std::string Derived(const uaf::Workspace& workspace) {
    std::string text;
    for (const std::string& id : EventsOf(workspace)) {
      if (id.find(':') == 64) text += "\n  " + id + " " + Label(workspace, id);
    }
    return text;
  }
  static std::string Label(const uaf::Workspace& workspace, const std::string& id) {
    const auto event = workspace.Show(*uaf::ParseEventId(id));
    if (!event.ok()) return "?";
    std::string text = event->label + " by " + event->author.name + " of " + event->artifact.name + " on";
    for (const uaf::EventReference& parent : event->parents) text += " " + uaf::FormatId(parent.id);
    return text;
  }

  std::unique_ptr<Scratch> scratch_;
  std::unique_ptr<Team> team_;
};

}  // namespace ameide::sync

QTEST_GUILESS_MAIN(ameide::sync::CommitsTest)
#include "commits_test.moc"
