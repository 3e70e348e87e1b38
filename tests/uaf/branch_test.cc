#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

/// Lets failed comparisons show their strings.
template <>
inline char* QTest::toString(const std::string& text) {
  return qstrdup(text.c_str());
}

namespace {

/// A person with a workspace that may be a copy of somebody's repository.
struct Person {
  explicit Person(uint64_t seed) : fixture(seed) {}
  fs::path root() const { return fixture.folder.path() / "workspace"; }
  Workspace& workspace() {
    if (!open) open = fixture.Open();
    return *open;
  }
  void Reopen() {
    open.reset();
    open = fixture.Open();
  }
  WorkspaceFixture fixture;
  std::unique_ptr<Workspace> open;
};

/// What git would carry of the log: everything sealed, whatever branch it is on.
void CarryLog(Person& from, Person& to) {
  if (&from == &to) return;
  if (from.open) {
    VERIFY_OK(from.workspace().Seal());
  }
  fs::create_directories(to.root() / ".uaf");
  for (const char* part : {"log", "blobs", "keys", "workspace.yaml", "policy.yaml"}) {
    if (!fs::exists(from.root() / ".uaf" / part)) continue;
    fs::copy(from.root() / ".uaf" / part, to.root() / ".uaf" / part,
             fs::copy_options::recursive | fs::copy_options::skip_existing);
  }
  if (to.open) VERIFY_OK(to.workspace().ReceiveSegments());
}

ArtifactId Import(Person& person, const std::string& path, std::string_view bytes) {
  person.fixture.Write(path, bytes);
  if (!person.workspace().Import(path).ok()) qFatal("the file could not be imported");
  return person.workspace().FindArtifact(path)->id;
}

void Rename(Person& person, const ArtifactId& artifact, const std::string& element, const std::string& name) {
  Workspace& workspace = person.workspace();
  VERIFY_OK(workspace.Submit(SetAttribute(artifact, *workspace.Load(artifact), element, "name", name)));
}

bool Has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Branch* Find(const std::vector<Branch>& branches, std::string_view name) {
  const auto found = std::find_if(branches.begin(), branches.end(),
                                  [&](const Branch& branch) { return branch.name == name; });
  return found == branches.end() ? nullptr : &*found;
}

/// Name, bounds and content of each branch: what everybody with the same events must see alike.
std::string Describe(Workspace& workspace) {
  std::string text;
  const auto artifacts = workspace.Artifacts(true);
  const auto branches = workspace.Branches();
  if (!branches.ok() || !artifacts.ok()) return "unreadable";
  for (const Branch& branch : *branches) {
    text += branch.name + (branch.closed ? " closed " : " open ") + branch.title + " " + branch.owner.name +
            " +" + std::to_string(branch.ahead) + " -" + std::to_string(branch.behind) + "\n";
    for (const auto& [stream, last] : branch.head.heads) {
      text += "  " + stream.name + ":" + std::to_string(last) + "\n";
    }
    const auto there = workspace.ArtifactsAt(branch.head);
    if (!there.ok()) return "unreadable";
    for (const Artifact& artifact : *there) {
      const auto bytes = workspace.Render(artifact.id, branch.head);
      text += "  " + artifact.path + " " + (bytes.ok() ? Sha256(*bytes).Hex() : "none") + "\n";
    }
  }
  return text;
}

uint64_t Seed() {
  const char* given = std::getenv("AMEIDE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
}

}  // namespace

/// Branches follow from the log alone; what is "now" is the head of one of them.
class BranchTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenThereIsNoBranch_thenEverythingIsMain() {
    Person ada(1);
    Import(ada, "a.bpmn", kModel);
    QCOMPARE(*ada.workspace().CurrentBranch(), std::string("main"));
    const auto branches = ada.workspace().Branches();
    QCOMPARE(branches->size(), size_t{1});
    QVERIFY(branches->front().current);
    QCOMPARE(branches->front().head, *ada.workspace().CurrentCut());
  }

  void whenABranchIsStarted_thenItBeginsAtThePresentAndNothingMoves() {
    Person ada(1);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    VERIFY_OK(ada.workspace().Seal());  // the key is known from here on
    const Cut before = *ada.workspace().CurrentCut();
    VERIFY_OK(ada.workspace().StartBranch({"proposal/faster", BranchKind::kProposal, "Faster", {}}));
    QCOMPARE(*ada.workspace().CurrentBranch(), std::string("main"));
    QCOMPARE(*ada.workspace().CurrentCut(), before);
    const auto branches = ada.workspace().Branches();
    const Branch* started = Find(*branches, "proposal/faster");
    QVERIFY(started != nullptr);
    QCOMPARE(started->title, std::string("Faster"));
    QCOMPARE(started->owner.name, std::string("Ada"));
    QVERIFY(started->kind == BranchKind::kProposal);
    QCOMPARE(started->ahead, uint64_t{1});  // its beginning
    QCOMPARE(started->behind, uint64_t{0});
    QCOMPARE(*ada.workspace().Render(model, started->head), std::string(kModel));
    QVERIFY(ada.workspace().Verify()->empty());
  }

  void whenTheWorkspaceSwitches_thenEverythingIsThatOfTheBranchAndBackAgain() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    const ArtifactId doomed = Import(ada, "doomed.md", "going\n");
    const ArtifactId moved = Import(ada, "old/name.md", "text\n");
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, {}, {}}));
    Rename(ada, model, "t", "OnMain");
    VERIFY_OK(workspace.SyncWorkingFiles());
    const std::string main = ada.fixture.Read("a.bpmn");
    const auto log_of_main = workspace.Log({})->size();

    VERIFY_OK(workspace.SwitchBranch("work"));
    QCOMPARE(*workspace.CurrentBranch(), std::string("work"));
    QCOMPARE(ada.fixture.Read("a.bpmn"), std::string(kModel));
    QCOMPARE(workspace.Log({})->size(), log_of_main - 1);
    QVERIFY(!workspace.CanUndo(model));
    Rename(ada, model, "t", "OnWork");
    VERIFY_OK(workspace.Retire(doomed));
    VERIFY_OK(workspace.Rename(moved, "new/name.md"));
    VERIFY_OK(workspace.Create("fresh.md", "fresh\n", "New text"));
    VERIFY_OK(workspace.SyncWorkingFiles());
    const std::string work = ada.fixture.Read("a.bpmn");
    QVERIFY(Has(work, "OnWork") && !Has(work, "OnMain"));
    QVERIFY(workspace.CanUndo(model).has_value());
    QVERIFY(workspace.Verify()->empty());

    VERIFY_OK(workspace.SwitchBranch("main"));
    QCOMPARE(ada.fixture.Read("a.bpmn"), main);
    QCOMPARE(ada.fixture.Read("doomed.md"), std::string("going\n"));
    QCOMPARE(ada.fixture.Read("old/name.md"), std::string("text\n"));
    QVERIFY(!fs::exists(ada.fixture.File("new/name.md")));
    QVERIFY(!fs::exists(ada.fixture.File("fresh.md")));
    QVERIFY(absl::IsNotFound(workspace.FindArtifact("fresh.md").status()));
    QVERIFY(workspace.Search("OnMain")->size() == 1);
    QVERIFY(workspace.Search("OnWork")->empty());
    QVERIFY(workspace.Search("fresh")->empty());

    ada.Reopen();
    VERIFY_OK(ada.workspace().SwitchBranch("work"));
    QCOMPARE(ada.fixture.Read("a.bpmn"), work);
    QVERIFY(!fs::exists(ada.fixture.File("doomed.md")));
    QVERIFY(!fs::exists(ada.fixture.File("old/name.md")));
    QCOMPARE(ada.fixture.Read("new/name.md"), std::string("text\n"));
    QCOMPARE(ada.fixture.Read("fresh.md"), std::string("fresh\n"));
    QVERIFY(ada.workspace().Search("OnWork")->size() == 1);
    VERIFY_OK(ada.workspace().Rebuild());
    QCOMPARE(*ada.workspace().Render(model), work);
    QVERIFY(ada.workspace().Verify()->empty());
    ada.Reopen();
    QCOMPARE(*ada.workspace().CurrentBranch(), std::string("work"));
    VERIFY_OK(ada.workspace().Undo(model));
    QCOMPARE(*ada.workspace().Render(model), std::string(kModel));
  }

  void whenTwoBranchesHaveAFileOfOneName_thenSwitchingMixesNothing() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    Import(ada, "a.bpmn", kModel);
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, {}, {}}));
    VERIFY_OK(workspace.Create("note.md", "main\n", "New text"));
    VERIFY_OK(workspace.SwitchBranch("work"));
    VERIFY_OK(workspace.Create("note.md", "work\n", "New text"));
    VERIFY_OK(workspace.SwitchBranch("main"));
    QCOMPARE(ada.fixture.Read("note.md"), std::string("main\n"));
    VERIFY_OK(workspace.SwitchBranch("work"));
    QCOMPARE(ada.fixture.Read("note.md"), std::string("work\n"));
    QCOMPARE(workspace.FindArtifact("note.md")->events, uint64_t{1});
  }

  void whenAFileWasSavedOutside_thenSwitchingTakesItInFirst() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    const ArtifactId text = Import(ada, "a.md", "one\n");
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, {}, {}}));
    ada.fixture.Write("a.md", "one\noutside\n");
    VERIFY_OK(workspace.SwitchBranch("work"));
    QCOMPARE(ada.fixture.Read("a.md"), std::string("one\n"));
    QCOMPARE(*workspace.Render(text, *workspace.BranchHead("main")), std::string("one\noutside\n"));
    ada.fixture.Write("a.md", "one\nhere\n");
    VERIFY_OK(workspace.SyncWorkingFiles());
    VERIFY_OK(workspace.SwitchBranch("main"));
    QCOMPARE(ada.fixture.Read("a.md"), std::string("one\noutside\n"));
  }

  void whenABranchIsMerged_thenWhatBothHaveStands() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, {}, {}}));
    VERIFY_OK(workspace.SwitchBranch("work"));
    Rename(ada, model, "t", "FromWork");
    VERIFY_OK(workspace.Create("fresh.md", "fresh\n", "New text"));
    VERIFY_OK(workspace.SwitchBranch("main"));
    Rename(ada, model, "s", "FromMain");
    VERIFY_OK(workspace.MergeBranch("work"));
    const std::string merged = *workspace.Render(model);
    QVERIFY(Has(merged, "FromWork") && Has(merged, "FromMain"));
    QCOMPARE(ada.fixture.Read("a.bpmn"), merged);
    QCOMPARE(ada.fixture.Read("fresh.md"), std::string("fresh\n"));
    QVERIFY(absl::IsFailedPrecondition(workspace.MergeBranch("work").status()));
    const auto branches = workspace.Branches();
    QCOMPARE(Find(*branches, "work")->ahead, uint64_t{0});
    QVERIFY(Find(*branches, "work")->behind > 0);

    VERIFY_OK(workspace.SwitchBranch("work"));
    QVERIFY(!Has(ada.fixture.Read("a.bpmn"), "FromMain"));
    VERIFY_OK(workspace.MergeBranch("main"));
    QCOMPARE(*workspace.Render(model), merged);
    QVERIFY(workspace.Verify()->empty());
    ada.Reopen();
    QCOMPARE(*ada.workspace().Render(model), merged);
  }

  void whenABranchIsClosed_thenItSaysSoUntilItIsStartedAgain() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    Import(ada, "a.bpmn", kModel);
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, "One", {}}));
    QVERIFY(absl::IsAlreadyExists(workspace.StartBranch({"work", BranchKind::kBranch, {}, {}}).status()));
    VERIFY_OK(workspace.CloseBranch("work", "withdrawn"));
    auto branches = workspace.Branches();
    QVERIFY(Find(*branches, "work")->closed);
    QCOMPARE(Find(*branches, "work")->closed_because, std::string("withdrawn"));
    QVERIFY(absl::IsFailedPrecondition(workspace.CloseBranch("work", "again").status()));
    QVERIFY(absl::IsInvalidArgument(workspace.CloseBranch("main", "no").status()));
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, "Two", {}}));
    branches = workspace.Branches();
    QVERIFY(!Find(*branches, "work")->closed);
  }

  void whenAnEarlierStateIsTheBeginning_thenTheBranchHoldsThat() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    const Cut early = *workspace.CurrentCut();
    Rename(ada, model, "t", "Later");
    VERIFY_OK(workspace.StartBranch({"work", BranchKind::kBranch, {}, early}));
    QCOMPARE(*workspace.Render(model, *workspace.BranchHead("work")), std::string(kModel));
    VERIFY_OK(workspace.SwitchBranch("work"));
    QCOMPARE(ada.fixture.Read("a.bpmn"), std::string(kModel));
  }

  void whenANameIsNoneForGit_thenItIsRefused_data() {
    QTest::addColumn<QString>("name");
    for (const char* name :
         {"",     "a b",  "-a",   "a..b", "a~1",  "a^", "a:b", "a/", "/a",   "a.lock", ".a",
          "a/.b", "a//b", "HEAD", "a@{b", "a\\b", "a?", "a*",  "a[", "main", "a."}) {
      QTest::addRow("%s", *name == 0 ? "(empty)" : name) << QString::fromLatin1(name);
    }
  }
  void whenANameIsNoneForGit_thenItIsRefused() {
    QFETCH(const QString, name);
    Person ada(1);
    const auto started = ada.workspace().StartBranch({name.toStdString(), BranchKind::kBranch, {}, {}});
    QVERIFY(absl::IsInvalidArgument(started.status()) || absl::IsAlreadyExists(started.status()));
    QCOMPARE(ada.workspace().Branches()->size(), size_t{1});
  }

  void whenWhenIsABranchOrARevision_thenItsStateIsMeant() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    VERIFY_OK(workspace.StartBranch({"proposal/x", BranchKind::kProposal, {}, {}}));
    Rename(ada, model, "t", "Later");
    QCOMPARE(*workspace.ResolveCut("proposal/x"), *workspace.BranchHead("proposal/x"));
    QCOMPARE(*workspace.ResolveCut("main"), *workspace.CurrentCut());
    QVERIFY(absl::IsInvalidArgument(workspace.ResolveCut("proposal/y").status()));
    const auto there = workspace.ArtifactsAt(*workspace.ResolveCut("proposal/x"));
    QCOMPARE(there->size(), size_t{1});
    QCOMPARE(there->front().path, std::string("a.bpmn"));
  }

  void whenAnArtifactWasRenamedOrRetired_thenEarlierCutsShowItAsItWas() {
    Person ada(1);
    Workspace& workspace = ada.workspace();
    const ArtifactId text = Import(ada, "a.md", "one\n");
    const Cut first = *workspace.CurrentCut();
    VERIFY_OK(workspace.Rename(text, "b.md"));
    const Cut second = *workspace.CurrentCut();
    VERIFY_OK(workspace.Retire(text));
    QCOMPARE(workspace.ArtifactsAt(first)->front().path, std::string("a.md"));
    QCOMPARE(workspace.ArtifactsAt(second)->front().path, std::string("b.md"));
    QVERIFY(workspace.ArtifactsAt(*workspace.CurrentCut())->empty());
    QVERIFY(workspace.ArtifactsAt(Cut{})->empty());
  }

  void whenEventsOfABranchArrive_thenTheyStayOutsideUntilMerged() {
    Person ada(1);
    Person bob(2);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    CarryLog(ada, bob);
    bob.fixture.Write("a.bpmn", kModel);
    Workspace& theirs = bob.workspace();
    VERIFY_OK(theirs.StartBranch({"proposal/bob", BranchKind::kProposal, "Bob's", {}}));
    VERIFY_OK(theirs.SwitchBranch("proposal/bob"));
    Rename(bob, model, "t", "ByBob");
    CarryLog(bob, ada);
    Workspace& ours = ada.workspace();
    QCOMPARE(*ours.Render(model), std::string(kModel));
    QCOMPARE(ada.fixture.Read("a.bpmn"), std::string(kModel));
    QVERIFY(Has(*ours.Render(model, *ours.BranchHead("proposal/bob")), "ByBob"));

    // Ada goes on there, on a stream of her own; Bob sees one branch.
    VERIFY_OK(ours.SwitchBranch("proposal/bob"));
    Rename(ada, model, "s", "ByAda");
    CarryLog(ada, bob);
    const std::string both = *theirs.Render(model);
    QVERIFY(Has(both, "ByBob") && Has(both, "ByAda"));
    QCOMPARE(Describe(ours), Describe(theirs));
    VERIFY_OK(theirs.SwitchBranch("main"));
    VERIFY_OK(theirs.MergeBranch("proposal/bob"));
    VERIFY_OK(theirs.CloseBranch("proposal/bob", "accepted"));
    QCOMPARE(*theirs.Render(model), both);
    CarryLog(bob, ada);
    VERIFY_OK(ours.SwitchBranch("main"));
    QCOMPARE(*ours.Render(model), both);
    QCOMPARE(ada.fixture.Read("a.bpmn"), both);
    QCOMPARE(Describe(ours), Describe(theirs));
    QVERIFY(ours.Verify()->empty());
    QVERIFY(theirs.Verify()->empty());
  }

  void whenAClockRanAhead_thenItsEventsWaitAndTheirArtifactIsLeftAlone() {
    Person ada(1);
    Person bob(2);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    const ArtifactId other = Import(ada, "b.md", "one\n");
    CarryLog(ada, bob);
    bob.workspace();
    bob.fixture.clock.Advance(std::chrono::hours(72));
    Rename(bob, model, "t", "FromTheFuture");
    Rename(bob, model, "s", "BuiltOnIt");
    VERIFY_OK(bob.workspace().Create("new.md", "new\n", "New text"));
    VERIFY_OK(bob.workspace().SyncWorkingFiles());
    CarryLog(bob, ada);
    Workspace& ours = ada.workspace();
    QCOMPARE(*ours.Render(model), std::string(kModel));
    QCOMPARE(ours.Quarantined()->size(), size_t{1});
    QCOMPARE(ours.Quarantined()->front().label, std::string("Set name of t"));
    QVERIFY(ours.Quarantined()->front().count >= 3);
    QVERIFY(!ours.FindArtifact("a.bpmn")->read_only_because.empty());
    QVERIFY(absl::IsFailedPrecondition(
        ours.Submit(SetAttribute(model, *ours.Load(model), "t", "name", "No")).status()));
    // What git brought with them is neither an edit nor overwritten, nor a new artifact.
    ada.fixture.Write("a.bpmn", bob.fixture.Read("a.bpmn"));
    ada.fixture.Write("new.md", "new\n");
    WorkingFileOptions everything;
    everything.new_files = NewFiles::kAll;
    VERIFY_OK(ours.SyncWorkingFiles(everything));
    QCOMPARE(ada.fixture.Read("a.bpmn"), bob.fixture.Read("a.bpmn"));
    QVERIFY(absl::IsNotFound(ours.FindArtifact("new.md").status()));
    // Other work goes on, on this computer's time.
    ada.fixture.Write("b.md", "one\ntwo\n");
    VERIFY_OK(ours.SyncWorkingFiles());
    const EventId newest = ours.FindArtifact(other.name)->head;
    QVERIFY(ours.Show(newest)->time.micros <=
            static_cast<uint64_t>(ada.fixture.clock.Now().time_since_epoch().count()));
    QVERIFY(ours.Verify()->empty());
    ada.Reopen();
    QCOMPARE(ada.workspace().Quarantined()->size(), size_t{1});
  }

  void whenSomebodyVouchesForAClock_thenEverybodyBelievesIt() {
    Person ada(1);
    Person bob(2);
    Person eve(3);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    CarryLog(ada, bob);
    bob.workspace();
    CarryLog(ada, eve);
    eve.workspace();
    bob.fixture.clock.Advance(std::chrono::hours(72));
    Rename(bob, model, "t", "FromTheFuture");
    CarryLog(bob, ada);
    CarryLog(bob, eve);
    QCOMPARE(eve.workspace().Quarantined()->size(), size_t{1});
    Workspace& ours = ada.workspace();
    QVERIFY(absl::IsNotFound(ours.LiftQuarantine(EventId{StreamId{"nobody"}, 1}).status()));
    const EventId held = ours.Quarantined()->front().event;
    VERIFY_OK(ours.LiftQuarantine(held));
    QVERIFY(ours.Quarantined()->empty());
    QVERIFY(Has(*ours.Render(model), "FromTheFuture"));
    QCOMPARE(ada.fixture.Read("a.bpmn"), *ours.Render(model));
    QVERIFY(ours.FindArtifact("a.bpmn")->read_only_because.empty());
    Rename(ada, model, "s", "GoesOn");
    CarryLog(ada, eve);
    // Eve's clock is right, and she believes Ada's word and what came after it.
    QVERIFY(eve.workspace().Quarantined()->empty());
    QCOMPARE(*eve.workspace().Render(model), *ours.Render(model));
    QCOMPARE(Describe(eve.workspace()), Describe(ours));
    QVERIFY(eve.workspace().Verify()->empty());
  }

  void whenTheTimeOfAHeldEventComes_thenItIsBelievedByItself() {
    Person ada(1);
    Person bob(2);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    CarryLog(ada, bob);
    bob.workspace();
    bob.fixture.clock.Advance(std::chrono::hours(30));
    Rename(bob, model, "t", "Tomorrow");
    CarryLog(bob, ada);
    QCOMPARE(ada.workspace().Quarantined()->size(), size_t{1});
    ada.fixture.clock.Advance(std::chrono::hours(7));
    ada.Reopen();
    QVERIFY(ada.workspace().Quarantined()->empty());
    QCOMPARE(*ada.workspace().Render(model), *bob.workspace().Render(model));
    QCOMPARE(Describe(ada.workspace()), Describe(bob.workspace()));
  }

  void whenTheFileOfAHeldArtifactIsSavedOutside_thenBothStandWhenItIsBelieved_data() {
    QTest::addColumn<bool>("lifted");
    QTest::addRow("by itself") << false;
    QTest::addRow("lifted") << true;
  }
  void whenTheFileOfAHeldArtifactIsSavedOutside_thenBothStandWhenItIsBelieved() {
    QFETCH(const bool, lifted);
    Person ada(1);
    Person bob(2);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    CarryLog(ada, bob);
    bob.workspace();
    bob.fixture.clock.Advance(std::chrono::hours(30));
    Rename(bob, model, "t", "Tomorrow");
    CarryLog(bob, ada);
    std::string saved = ada.fixture.Read("a.bpmn");
    saved.replace(saved.find("Order received"), 14, "Order in");
    ada.fixture.Write("a.bpmn", saved);
    VERIFY_OK(ada.workspace().SyncWorkingFiles());
    QCOMPARE(*ada.workspace().Render(model), std::string(kModel));
    if (lifted) {
      VERIFY_OK(ada.workspace().LiftQuarantine(ada.workspace().Quarantined()->front().event));
    } else {
      ada.fixture.clock.Advance(std::chrono::hours(7));
      ada.Reopen();
    }
    saved.replace(saved.find("Check stock"), 11, "Tomorrow");
    QCOMPARE(*ada.workspace().Render(model), saved);
    QCOMPARE(ada.fixture.Read("a.bpmn"), saved);
  }

  void whenAFileIsSavedWhileSegmentsCome_thenBothStand() {
    Person ada(1);
    Person bob(2);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    CarryLog(ada, bob);
    Rename(bob, model, "t", "By Bob");
    std::string saved = ada.fixture.Read("a.bpmn");
    saved.replace(saved.find("Order received"), 14, "Order in");
    ada.fixture.Write("a.bpmn", saved);
    CarryLog(bob, ada);
    VERIFY_OK(ada.workspace().SyncWorkingFiles());
    saved.replace(saved.find("Check stock"), 11, "By Bob");
    QCOMPARE(*ada.workspace().Render(model), saved);
    QCOMPARE(ada.fixture.Read("a.bpmn"), saved);
  }

  void whenThisComputersClockJumpsBack_thenNothingIsHeldAndTimeGoesOn() {
    Person ada(1);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    Rename(ada, model, "t", "Before");
    const HybridTime before = ada.workspace().Show(ada.workspace().FindArtifact("a.bpmn")->head)->time;
    ada.fixture.clock.Set(*ParseTime("2026-02-01T12:00:00Z"));
    ada.Reopen();
    QVERIFY(ada.workspace().Quarantined()->empty());
    Rename(ada, model, "t", "After");
    QVERIFY(ada.workspace().Show(ada.workspace().FindArtifact("a.bpmn")->head)->time > before);
    QVERIFY(Has(*ada.workspace().Render(model), "After"));
    QVERIFY(ada.workspace().Verify()->empty());
  }

  void whenAFolderIsCopied_thenTheCopyGoesOnOnAStreamOfItsOwnOnEachBranch() {
    Person ada(1);
    const ArtifactId model = Import(ada, "a.bpmn", kModel);
    VERIFY_OK(ada.workspace().StartBranch({"work", BranchKind::kBranch, {}, {}}));
    VERIFY_OK(ada.workspace().SwitchBranch("work"));
    Rename(ada, model, "t", "Here");
    ada.open.reset();
    fs::copy(ada.root(), ada.fixture.folder.path() / "copy", fs::copy_options::recursive);
    ada.Reopen();
    auto copy = ada.fixture.Open("copy");
    QCOMPARE(*copy->CurrentBranch(), std::string("work"));
    const auto here =
        ada.workspace().Submit(SetAttribute(model, *ada.workspace().Load(model), "s", "name", "Original"));
    const auto there = copy->Submit(SetAttribute(model, *copy->Load(model), "e", "name", "Copy"));
    VERIFY_OK(here);
    VERIFY_OK(there);
    QVERIFY(here->event.stream != there->event.stream);
    const auto branches = copy->Branches();
    QVERIFY(Find(*branches, "work")->head.Covers(there->event));
    QVERIFY(copy->Verify()->empty());
  }

  void whenPeopleWorkOnBranchesAtRandom_thenAllSeeTheSameBranchesAndStates() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    std::vector<std::unique_ptr<Person>> people;
    for (uint64_t i = 0; i < 3; ++i) people.push_back(std::make_unique<Person>(seed + i));
    const ArtifactId model = Import(*people[0], "a.bpmn", kModel);
    const ArtifactId text = Import(*people[0], "b.md", "one\ntwo\nthree\n");
    for (size_t i = 1; i < people.size(); ++i) {
      CarryLog(*people[0], *people[i]);
      people[i]->workspace();
    }
    int names = 0;
    std::map<std::string, int> done;
    for (int step = 0; step < 120; ++step) {
      Person& person = *people[random.Below(people.size())];
      Workspace& workspace = person.workspace();
      for (auto& other : people) other->fixture.clock.Advance(std::chrono::milliseconds(1));
      const auto branches = *workspace.Branches();
      const std::string some = branches[random.Below(branches.size())].name;
      switch (random.Below(10)) {
        case 0:
          VERIFY_OK(workspace.StartBranch({"b" + std::to_string(names++), BranchKind::kBranch, "t", {}}));
          ++done["start"];
          break;
        case 1:
        case 2:
          VERIFY_OK(workspace.SwitchBranch(some));
          QCOMPARE(*workspace.CurrentCut(), *workspace.BranchHead(some));
          QCOMPARE(*workspace.Render(model), *workspace.Render(model, *workspace.BranchHead(some)));
          ++done["switch"];
          break;
        case 3: {
          const auto merged = workspace.MergeBranch(some);
          QVERIFY(merged.ok() || absl::IsFailedPrecondition(merged.status()));
          QCOMPARE(*workspace.CurrentCut(), *workspace.BranchHead(*workspace.CurrentBranch()));
          ++done["merge"];
          break;
        }
        case 4:
          CarryLog(person, *people[random.Below(people.size())]);
          ++done["carry"];
          break;
        case 5:
          if (random.Below(3) == 0) person.Reopen();
          break;
        default: {
          const ArtifactId& artifact = random.Below(2) == 0 ? model : text;
          const auto receipt = workspace.Submit(RandomEdit(artifact, *workspace.Load(artifact), random));
          done["edit"] += receipt.ok() ? 1 : 0;
        }
      }
    }
    QVERIFY(done["start"] > 0 && done["edit"] > 10);
    // What was recorded on a branch is sealed when it is left.
    for (auto& person : people) {
      const auto branches = person->workspace().Branches();
      for (const Branch& branch : *branches) VERIFY_OK(person->workspace().SwitchBranch(branch.name));
    }
    for (int round = 0; round < 2; ++round) {
      for (auto& from : people) {
        for (auto& to : people) {
          if (from != to) CarryLog(*from, *to);
        }
      }
    }
    const std::string expected = Describe(people[0]->workspace());
    for (auto& person : people) {
      Workspace& workspace = person->workspace();
      QCOMPARE(Describe(workspace), expected);
      const auto branches = workspace.Branches();
      for (const Branch& branch : *branches) {
        VERIFY_OK(workspace.SwitchBranch(branch.name));
        QCOMPARE(*workspace.CurrentCut(), branch.head);
        LogQuery all;
        all.cut = branch.head;
        all.limit = 100'000;
        all.workspace_events = true;
        uint64_t events = 0;
        for (const auto& [stream, last] : branch.head.heads) events += last;
        QCOMPARE(workspace.Log(all)->size(), events);
        QCOMPARE(person->fixture.Read("a.bpmn"), *workspace.Render(model, branch.head));
      }
      const auto findings = workspace.Verify();
      QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
      VERIFY_OK(workspace.Rebuild());
      QCOMPARE(Describe(workspace), expected);
    }
  }
};

QTEST_APPLESS_MAIN(BranchTest)
#include "branch_test.moc"
