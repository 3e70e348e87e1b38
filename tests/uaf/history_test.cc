#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

/// What the artifact's file had to be after each event.
using Past = std::map<EventId, std::string>;

fs::path GoldenFolder() {
  const char* source = std::getenv("AMEIDE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "tests" / "uaf" / "golden";
}

std::vector<fs::path> Models() {
  std::vector<fs::path> models;
  const fs::path folder = ConformanceFolder();
  if (folder.empty()) return models;
  for (const auto& entry : fs::directory_iterator(folder / "bpmn-miwg")) {
    if (entry.path().extension() == ".bpmn") models.push_back(entry.path());
  }
  std::sort(models.begin(), models.end());
  return models;
}

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Random edits, undo and redo, outside edits, restarts. Gives what each event's state was while it was live.
class RandomHistory {
 public:
  RandomHistory(WorkspaceFixture& fixture, uint64_t seed) : fixture_(fixture), random_(seed) {
    workspace_ = fixture.Open();
  }
  void Import(std::string_view path, std::string_view bytes) {
    fixture_.Write(path, bytes);
    const auto receipt = workspace_->Import(std::string(path));
    if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
    path_ = path;
    artifact_ = workspace_->FindArtifact(path)->id;
    past_[receipt->event] = bytes;
  }
  void Step() {
    fixture_.clock.Advance(std::chrono::milliseconds(random_.Below(3)));
    switch (random_.Below(12)) {
      case 0:
        Note(workspace_->Undo(artifact_));
        break;
      case 1:
        Note(workspace_->Redo(artifact_));
        break;
      case 2:
        // Edits meet an outside save that did not know of them.
        fixture_.Write(path_, RandomForeignEdit(*workspace_->Load(artifact_), random_));
        if (!workspace_->SyncWorkingFiles().ok()) qFatal("working files could not be synchronised");
        past_[workspace_->FindArtifact(artifact_.name)->head] = *workspace_->Render(artifact_);
        break;
      case 3:
        if (random_.Below(4) == 0) {
          workspace_.reset();
          workspace_ = fixture_.Open();
        }
        break;
      default: {
        const auto receipt = workspace_->Submit(RandomEdit(artifact_, *workspace_->Load(artifact_), random_));
        if (receipt.ok()) past_[receipt->event] = *workspace_->Render(artifact_);
        accepted_ += receipt.ok() ? 1 : 0;
      }
    }
  }
  Workspace& workspace() { return *workspace_; }
  void Reopen() {
    workspace_.reset();
    workspace_ = fixture_.Open();
  }
  const ArtifactId& artifact() const { return artifact_; }
  const Past& past() const { return past_; }
  int accepted() const { return accepted_; }

 private:
  void Note(const absl::StatusOr<UndoReceipt>& receipt) {
    if (receipt.ok()) past_[receipt->receipt.event] = *workspace_->Render(artifact_);
  }
  WorkspaceFixture& fixture_;
  SeededRandom random_;
  std::unique_ptr<Workspace> workspace_;
  std::string path_;
  ArtifactId artifact_;
  Past past_;
  int accepted_ = 0;
};

std::string FirstDifference(const Workspace& workspace, const ArtifactId& artifact, const Past& past) {
  for (const auto& [event, bytes] : past) {
    const auto cut = workspace.CutAt(event);
    if (!cut.ok()) return FormatId(event) + ": " + std::string(cut.status().message());
    const auto rendered = workspace.Render(artifact, *cut);
    if (!rendered.ok()) return FormatId(event) + ": " + std::string(rendered.status().message());
    if (*rendered != bytes) return FormatId(event) + " renders other bytes";
  }
  return {};
}

}  // namespace

/// Invariants 1 to 4 of the store: the log alone gives every byte; what is acknowledged stays; the same
/// events give the same bytes whatever way they came; projections can be dropped.
class HistoryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenHistoriesAreRandom_thenReplaySnapshotsRebuildAndLiveAgree_data() {
    QTest::addColumn<QString>("model");
    QTest::addRow("small") << QString();
    for (const fs::path& model : Models())
      QTest::addRow("%s", model.filename().c_str()) << QString::fromStdString(model);
  }
  void whenHistoriesAreRandom_thenReplaySnapshotsRebuildAndLiveAgree() {
    QFETCH(const QString, model);
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    WorkspaceFixture fixture(seed);
    fixture.idle_wait = std::chrono::milliseconds(1);  // files and snapshots come and go meanwhile
    RandomHistory history(fixture, seed);
    history.Import("model.bpmn", model.isEmpty() ? std::string(kModel) : ReadAll(model.toStdString()));
    for (int i = 0; i < 100; ++i) history.Step();
    QVERIFY2(history.accepted() > 30, "too few edits were accepted to prove anything");
    const std::string live = *history.workspace().Render(history.artifact());

    QCOMPARE(FirstDifference(history.workspace(), history.artifact(), history.past()), std::string());
    history.Reopen();
    QCOMPARE(*history.workspace().Render(history.artifact()), live);
    QCOMPARE(FirstDifference(history.workspace(), history.artifact(), history.past()), std::string());
    const auto before = *history.workspace().Artifacts(true);
    VERIFY_OK(history.workspace().Rebuild());
    QCOMPARE(history.workspace().Artifacts(true)->front().head, before.front().head);
    QCOMPARE(history.workspace().Artifacts(true)->front().events, before.front().events);
    QCOMPARE(FirstDifference(history.workspace(), history.artifact(), history.past()), std::string());
    const auto findings = history.workspace().Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());

    // Another machine, which has nothing but what git carries.
    VERIFY_OK(history.workspace().Seal());
    WorkspaceFixture elsewhere(seed + 1);
    fs::create_directories(elsewhere.File(".uaf"));
    for (const char* part : {"log", "blobs", "keys", "workspace.yaml"}) {
      fs::copy(fixture.File(".uaf") / part, elsewhere.File(".uaf") / part, fs::copy_options::recursive);
    }
    auto other = elsewhere.Open();
    QCOMPARE(*other->Render(history.artifact()), live);
    QCOMPARE(elsewhere.Read("model.bpmn"), live);
    QCOMPARE(FirstDifference(*other, history.artifact(), history.past()), std::string());
  }

  void whenEventsOfTwoStreamsArriveInAnyOrder_thenTheBytesAreTheSame() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    // A copy of the folder, edited on both sides at the same time.
    WorkspaceFixture fixture(seed);
    RandomHistory first(fixture, seed);
    first.Import("model.bpmn", kModel);
    for (int i = 0; i < 20; ++i) first.Step();
    VERIFY_OK(first.workspace().SyncWorkingFiles());
    VERIFY_OK(first.workspace().Seal());
    first.Reopen();
    fs::copy(fixture.folder.path() / "workspace", fixture.folder.path() / "copy",
             fs::copy_options::recursive);
    auto copy = fixture.Open("copy");
    SeededRandom random(seed + 7);
    for (int i = 0; i < 40; ++i) {
      fixture.clock.Advance(std::chrono::milliseconds(random.Below(2)));
      Workspace& side = random.Below(2) == 0 ? first.workspace() : *copy;
      side.Submit(RandomEdit(first.artifact(), *side.Load(first.artifact()), random)).IgnoreError();
    }
    VERIFY_OK(first.workspace().Seal());
    VERIFY_OK(copy->Seal());
    const fs::path here = fixture.File(".uaf");
    const fs::path there = fixture.folder.path() / "copy" / ".uaf";
    for (const char* part : {"log", "blobs", "keys"}) {
      const auto options = fs::copy_options::recursive | fs::copy_options::skip_existing;
      fs::copy(here / part, there / part, options);
      fs::copy(there / part, here / part, options);
    }
    VERIFY_OK(first.workspace().ReceiveSegments());
    VERIFY_OK(copy->ReceiveSegments());
    QCOMPARE(*first.workspace().CurrentCut(), *copy->CurrentCut());
    QCOMPARE(*first.workspace().Render(first.artifact()), *copy->Render(first.artifact()));
    QVERIFY(first.workspace().Verify()->empty());
    QVERIFY(copy->Verify()->empty());
  }

  // For a new release: AMEIDE_WRITE_GOLDEN=<name> writes tests/uaf/golden/<name>, once.
  void whenAReleaseIsMade_thenItsGoldenLogIsWritten() {
    const char* name = std::getenv("AMEIDE_WRITE_GOLDEN");
    if (name == nullptr || fs::exists(GoldenFolder() / name)) QSKIP("no golden log is asked for");
    WorkspaceFixture fixture(2026);
    std::map<EventId, std::pair<ArtifactId, std::string>> rendered;
    {
      RandomHistory history(fixture, 2026);
      history.Import("model.bpmn", kModel);
      const auto receipt =
          history.workspace().Create("vision.md", "# Vision\r\n\r\nNo final newline", "New text");
      VERIFY_OK(receipt);
      VERIFY_OK(history.workspace().Create("old.md", "one\n", "New text"));
      VERIFY_OK(history.workspace().Create("logo.png", std::string("\x89PNG\0\1", 6), "New picture"));
      for (int i = 0; i < 60; ++i) history.Step();
      VERIFY_OK(history.workspace().Seal());
      for (int i = 0; i < 40; ++i) history.Step();
      VERIFY_OK(history.workspace().Rename(history.workspace().FindArtifact("vision.md")->id, "goal.md"));
      VERIFY_OK(history.workspace().Retire(history.workspace().FindArtifact("old.md")->id));
      fixture.Write("logo.png", "another picture");
      VERIFY_OK(history.workspace().SyncWorkingFiles());
      for (const auto& [event, bytes] : history.past()) rendered[event] = {history.artifact(), bytes};
      VERIFY_OK(history.workspace().Seal());
    }
    // A second stream goes on from there.
    fs::copy(fixture.folder.path() / "workspace", fixture.folder.path() / "copy",
             fs::copy_options::recursive);
    auto copy = fixture.Open("copy");
    SeededRandom random(7);
    const ArtifactId model = copy->FindArtifact("model.bpmn")->id;
    for (int i = 0; i < 20; ++i) {
      const auto receipt = copy->Submit(RandomEdit(model, *copy->Load(model), random));
      if (receipt.ok()) rendered[receipt->event] = {model, *copy->Render(model)};
    }
    const ArtifactId text = copy->FindArtifact("goal.md")->id;
    const auto receipt = copy->Submit(RandomEdit(text, *copy->Load(text), random));
    VERIFY_OK(receipt);
    rendered[receipt->event] = {text, *copy->Render(text)};
    VERIFY_OK(copy->SyncWorkingFiles());
    VERIFY_OK(copy->Seal());
    // What a commit by somebody else did, values that were taken out, and segments that were packed.
    ForeignChange change{
        .artifact = text, .commit = std::string(40, 'c'), .author = {"Eve", "eve@example.org"}};
    const Cut base = *copy->CurrentCut();
    for (const auto& [stream, seq] : base.heads) change.base.push_back({stream, seq});
    change.time = fixture.clock.Now();
    change.bytes = *copy->Render(text) + "from outside\n";
    const auto absorbed = copy->AbsorbCommit(change);
    VERIFY_OK(absorbed);
    rendered[absorbed->event] = {text, *copy->Render(text)};
    for (int i = 0; i < 4; ++i) {
      const auto more = copy->Submit(RandomEdit(model, *copy->Load(model), random));
      if (more.ok()) rendered[more->event] = {model, *copy->Render(model)};
      VERIFY_OK(copy->Seal());
    }
    WriteLife(*copy, fixture, model, text);
    VERIFY_OK(copy->Redact(receipt->event, "not for everybody"));
    VERIFY_OK(copy->Seal());
    VERIFY_OK(copy->MarkCommitted(std::string(40, 'd')));
    VERIFY_OK(copy->PackSegments(2));
    VERIFY_OK(copy->SyncWorkingFiles());
    for (auto& [event, state] : rendered) state.second = *copy->Render(state.first, *copy->CutAt(event));
    QVERIFY(copy->Verify()->empty());
    const fs::path golden = GoldenFolder() / name;
    fs::create_directories(golden / "files");
    for (const char* part : {"log", "blobs", "keys", "workspace.yaml", "policy.yaml"}) {
      fs::copy(fixture.folder.path() / "copy" / ".uaf" / part, golden / part, fs::copy_options::recursive);
    }
    for (const char* file : {"model.bpmn", "goal.md", "logo.png"}) {
      fs::copy(fixture.folder.path() / "copy" / file, golden / "files" / file);
    }
    std::ofstream(golden / "life.txt") << LifeOf(*copy);
    std::ofstream list(golden / "rendered.txt");
    for (const auto& [event, state] : rendered) {
      list << FormatId(event) << ' ' << state.first.name << ' ' << Sha256(state.second).Hex() << '\n';
    }
  }

  // The folder holds a log that an earlier release wrote and what it must render to. It is never changed.
  void whenAGoldenLogIsReplayed_thenItGivesTheBytesOfItsRelease_data() {
    QTest::addColumn<QString>("folder");
    for (const auto& entry : fs::directory_iterator(GoldenFolder())) {
      if (entry.is_directory()) {
        QTest::addRow("%s", entry.path().filename().c_str()) << QString::fromStdString(entry.path().string());
      }
    }
  }
  void whenAGoldenLogIsReplayed_thenItGivesTheBytesOfItsRelease() {
    QFETCH(const QString, folder);
    const fs::path golden = folder.toStdString();
    WorkspaceFixture fixture;
    fixture.clock.Set(*ParseTime("2030-01-01"));
    fs::create_directories(fixture.File(".uaf"));
    fs::copy(golden / "log", fixture.File(".uaf/log"), fs::copy_options::recursive);
    fs::copy(golden / "blobs", fixture.File(".uaf/blobs"), fs::copy_options::recursive);
    fs::copy(golden / "keys", fixture.File(".uaf/keys"), fs::copy_options::recursive);
    fs::copy(golden / "workspace.yaml", fixture.File(".uaf/workspace.yaml"));
    // The first two releases had no word of the life around content in their logs.
    const bool life = fs::exists(golden / "life.txt");
    if (life) fs::copy(golden / "policy.yaml", fixture.File(".uaf/policy.yaml"));
    auto workspace = fixture.Open();
    std::ifstream list(golden / "rendered.txt");
    QVERIFY(list.good());
    std::string event, artifact, hash;
    int cuts = 0;
    while (list >> event >> artifact >> hash) {
      const auto id = ParseEventId(event);
      VERIFY_OK(id);
      const auto rendered = workspace->Render(ArtifactId{artifact}, *workspace->CutAt(*id));
      QVERIFY2(rendered.ok(), event.c_str());
      QVERIFY2(Sha256(*rendered).Hex() == hash, event.c_str());
      ++cuts;
    }
    QVERIFY(cuts > 0);
    const auto findings = workspace->Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    if (life) QCOMPARE(LifeOf(*workspace), ReadAll(golden / "life.txt"));
    for (const auto& file : fs::directory_iterator(golden / "files")) {
      QCOMPARE(ReadAll(fixture.File(file.path().filename().string())), ReadAll(file.path()));
    }
  }

 private:
  /// Every kind of event that is no edit, each at least once, by the only person there is.
  static void WriteLife(Workspace& workspace, WorkspaceFixture& fixture, const ArtifactId& model,
                        const ArtifactId& text) {
    const auto say = [&](const ArtifactId& artifact, EventBody body) {
      fixture.clock.Advance(std::chrono::seconds(1));
      const auto receipt = workspace.Record({artifact, "", std::move(body), "", {}});
      if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
      return receipt->event;
    };
    const auto must = [](const absl::Status& status) {
      if (!status.ok()) qFatal("%s", std::string(status.message()).c_str());
    };
    const EventId comment = say(text, CommentAdded{{}, {}, "Why?"});
    say(text, CommentAdded{{}, comment, "Because"});
    say(text, CommentResolved{comment, false});
    say(text, CommentResolved{comment, true});
    say({}, RevisionTagged{"v1", "The first", {}});
    say(model, RevisionTagged{"v1", "Of the model", {}});
    const EventId request = say(text, ReviewRequested{"Look", "", {}});
    ReviewSubmitted verdict;
    verdict.request = request;
    verdict.verdict = Verdict::kRequestChanges;
    verdict.text = "Not yet";
    const EventId objection = say(text, verdict);
    verdict.verdict = Verdict::kApprove;
    verdict.text = "Now";
    say(text, verdict);
    const EventId link = say({}, LinkAdded{{model, {}}, {text, {}}, "realizes", "for good"});
    say({}, LinkAdded{{text, {}}, {model, {}}, "needs", ""});
    say({}, LinkRemoved{link});
    const auto keys = workspace.Lifecycle();
    const std::string key = keys->keys.front().fingerprint;
    const std::string policy =
        "version: 1\nadministrators: [{person: " + keys->keys.front().added.author.email + ", keys: [" + key +
        "]}]\npromotion:\n  review: {no_change_requests: true}\n  released: {approvals: 1}\n"
        "publishing: {from: [released]}\n";
    must(workspace.ChangePolicy(policy).status());
    must(workspace.ApprovePolicy(policy + "# again\n").status());
    must(workspace.ChangePolicy(policy + "# again\n").status());
    const EventId wish = say(text, PromotionRequested{"released", "Please"});
    say(text, PromotionRefused{wish, "Not yet"});
    must(workspace.Promote({text, "review", {}}).status());
    must(workspace.Approve(text, "released").status());
    must(workspace.Promote({text, "released", {}}).status());
    say(text, Published{"embedded", std::string(64, 'b'), "1", {}});
    // A proposal that changes what main approved and changed.
    must(workspace.Create("life.bpmn", kModel, "New model").status());
    const ArtifactId shared = workspace.FindArtifact("life.bpmn")->id;
    must(workspace.StartBranch({"proposal/other", BranchKind::kProposal, "Another way", {}}).status());
    must(workspace.SwitchBranch("proposal/other").status());
    must(workspace.Submit(SetAttribute(shared, *workspace.Load(shared), "t", "name", "Theirs")).status());
    must(workspace.SwitchBranch("main").status());
    fixture.clock.Advance(std::chrono::seconds(1));
    must(workspace.Submit(SetAttribute(shared, *workspace.Load(shared), "t", "name", "Ours")).status());
    must(workspace.Approve(shared, "released").status());
    must(workspace.MergeBranch("proposal/other").status());
    // That of the approval first: it would rest with the other one's resolution.
    for (auto open = workspace.Conflicts(); !open->empty(); open = workspace.Conflicts())
      must(workspace.ResolveConflict(open->back().key.Hex(), {size_t{0}, std::nullopt}).status());
    must(workspace.CloseBranch("proposal/other", "accepted").status());
    must(workspace.Seal().status());
    must(workspace.Redact(objection, "personal").status());
  }

  /// The life around content, as people see it.
  static std::string LifeOf(const Workspace& workspace) {
    const auto state = workspace.Lifecycle();
    if (!state.ok()) return std::string(state.status().message());
    std::string text = "policy " + state->policy.hash.Hex() + "\n";
    const auto line = [&text](std::initializer_list<std::string> words) {
      for (const std::string& word : words) text += word + " | ";
      text += "\n";
    };
    for (const auto& each : state->revisions)
      line({"revision", each.artifact.name, each.name, each.note, FormatId(each.said.event)});
    for (const auto& each : state->comments)
      line({"comment", FormatId(each.thread), each.text, each.resolved ? "settled" : "open"});
    for (const auto& each : state->reviews) {
      line({"review", each.artifact.name, each.title});
      for (const auto& [person, verdict] : each.verdicts) {
        line({"verdict", person, std::to_string(static_cast<int>(verdict.verdict)), verdict.text,
              verdict.outdated ? "outdated" : "present"});
      }
    }
    for (const auto& each : state->approvals)
      line({"approval", each.artifact.name, each.purpose, each.content.Hex(), each.key, each.void_because});
    for (const auto& [artifact, each] : state->standings) {
      line({"standing", artifact.name, each.state, each.undone_state});
      for (const auto& wish : each.requests)
        line({"request", wish.to, wish.note, std::to_string(static_cast<int>(wish.outcome)), wish.reason});
    }
    for (const auto& each : state->publications)
      line({"publication", each.artifact.name, each.target, each.bundle, each.version});
    for (const auto& each : state->links)
      line({"link", each.from.artifact.name, each.to.artifact.name, each.type, each.note});
    for (const auto& each : state->keys)
      line({"key", each.fingerprint, each.person, each.administrator ? "administrator" : ""});
    const auto branches = workspace.Branches();
    for (const Branch& each : *branches)
      line({"branch", each.name, each.title, each.closed ? each.closed_because : "open"});
    line({"conflicts", std::to_string(workspace.Conflicts()->size())});
    return text;
  }

  static uint64_t Seed() {
    const char* given = std::getenv("AMEIDE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
  }
};

QTEST_APPLESS_MAIN(HistoryTest)
#include "history_test.moc"
