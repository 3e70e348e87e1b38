#include <QtTest>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"
#include "tests/wait.h"
#include "uaf/store/replay.h"
#include "uaf/store/snapshots.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

uint64_t Seed() {
  const char* given = std::getenv("AMEIDE_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

ArtifactId Imported(WorkspaceFixture& fixture, Workspace& workspace) {
  fixture.Write("a.bpmn", kModel);
  if (!workspace.Import("a.bpmn").ok()) qFatal("not imported");
  return workspace.FindArtifact("a.bpmn")->id;
}

/// Renames a task so many times, as one burst.
void Rename(WorkspaceFixture& fixture, Workspace& workspace, const ArtifactId& id, int times,
            std::string_view coalesce = {}) {
  const document::Document document = *workspace.Load(id);
  std::promise<void> done;
  int left = times;
  for (int i = 0; i < times; ++i) {
    fixture.clock.Advance(std::chrono::milliseconds(7));
    Command command = SetAttribute(id, document, "t", "name", "Name " + std::to_string(i));
    command.coalesce_key = coalesce;
    workspace.SubmitAsync(std::move(command), [&](const absl::StatusOr<Receipt>& receipt) {
      if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
      if (--left == 0) done.set_value();
    });
  }
  done.get_future().wait();
}

/// What lies in the store, beside its owner.
struct StoreView {
  explicit StoreView(const Workspace& workspace, Database::Mode mode = Database::Mode::kReader)
      : workspace(workspace),
        database(*Database::Open(workspace.root() / ".uaf" / "store.db", mode)),
        reader(database.get()) {}
  ReplaySource source() { return {*database, reader, blobs, *formats}; }
  std::vector<uint64_t> Places() {
    Statement query = *database->Prepare("SELECT events FROM snapshots ORDER BY events");
    std::vector<uint64_t> places;
    while (*query.Step()) places.push_back(static_cast<uint64_t>(query.Int(0)));
    return places;
  }
  std::string FromStart(const ArtifactId& id, const Cut& cut) {
    const auto replayed = ReplayFromStart(source(), id, &cut);
    return replayed.ok() ? replayed->document.Render() : std::string(replayed.status().message());
  }

  const Workspace& workspace;
  std::unique_ptr<Database> database;
  EventReader reader;
  const BlobSource blobs = [this](const Hash256& hash) { return workspace.BlobRead(hash); };
  std::unique_ptr<document::FormatRegistry> formats = MakeTestFormats();
};

/// The widest stretch of events without a snapshot, of `events`.
uint64_t WidestGap(std::vector<uint64_t> places, uint64_t events) {
  places.push_back(events);
  uint64_t widest = 0;
  uint64_t before = 0;
  for (const uint64_t place : places) {
    widest = std::max(widest, place - std::min(place, before));
    before = place;
  }
  return widest;
}

}  // namespace

/// States are kept so that any of them is near one, and never say anything but what the log says.
class SnapshotTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenManyEditsCameAtOnce_thenPastStatesAreKeptOnceNobodyAsks() {
    WorkspaceFixture fixture;
    fixture.idle_wait = std::chrono::milliseconds(0);
    const auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Rename(fixture, *workspace, id, 730);
    StoreView view(*workspace);
    QTRY_VERIFY_WITH_TIMEOUT(WidestGap(view.Places(), workspace->FindArtifact("a.bpmn")->events) <= 150,
                             kWaitMs);
    QVERIFY(workspace->Verify()->empty());
    const EventId head = workspace->FindArtifact("a.bpmn")->head;
    for (const uint64_t seq : {uint64_t{3}, uint64_t{99}, uint64_t{350}, head.seq - 1, head.seq}) {
      const Cut cut = *workspace->CutAt({head.stream, seq});
      QCOMPARE(*workspace->Render(id, cut), view.FromStart(id, cut));
      const auto replayed = Replay(view.source(), id, &cut);
      VERIFY_OK(replayed);
      QVERIFY2(replayed->folded <= 150, std::to_string(replayed->folded).c_str());
    }
  }

  void whenEventsComeFromElsewhere_thenTheirStatesAreKeptToo() {
    WorkspaceFixture fixture;
    fixture.idle_wait = std::chrono::milliseconds(0);
    {
      const auto workspace = fixture.Open();
      const ArtifactId id = Imported(fixture, *workspace);
      Rename(fixture, *workspace, id, 420);
      VERIFY_OK(workspace->Seal());
    }
    // A store is built anew from the log: nothing of it was recorded here.
    VERIFY_OK(Workspace::SetStoreAside(fixture.Options()));
    const auto workspace = fixture.Open();
    QCOMPARE(workspace->FindArtifact("a.bpmn")->events, uint64_t{421});
    StoreView view(*workspace);
    QTRY_VERIFY_WITH_TIMEOUT(WidestGap(view.Places(), 421) <= 150, kWaitMs);
    QVERIFY(workspace->Verify()->empty());
    VERIFY_OK(workspace->Rebuild());
    QTRY_VERIFY_WITH_TIMEOUT(WidestGap(view.Places(), 421) <= 150, kWaitMs);
    QVERIFY(workspace->Verify()->empty());
  }

  void whenAWorkspaceIsClosedInABurst_thenItsLastStateIsKept() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Rename(fixture, *workspace, id, 300);
    QVERIFY(StoreView(*workspace).Places().empty());
    workspace = nullptr;
    workspace = fixture.Open();
    QCOMPARE(StoreView(*workspace).Places(), std::vector<uint64_t>{301});
  }

  void whenSnapshotsAreDamaged_thenStatesOnlyTakeLonger() {
    WorkspaceFixture fixture;
    fixture.idle_wait = std::chrono::milliseconds(0);
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Rename(fixture, *workspace, id, 460);
    QTRY_VERIFY_WITH_TIMEOUT(WidestGap(StoreView(*workspace).Places(), 461) <= 150, kWaitMs);
    const EventId head = workspace->FindArtifact("a.bpmn")->head;
    const Cut cut = *workspace->CutAt({head.stream, 400});
    const std::string expected = *workspace->Render(id, cut);
    workspace = nullptr;
    {
      const auto database = Database::Open(fixture.File(".uaf/store.db"), Database::Mode::kOwner);
      VERIFY_OK(database);
      VERIFY_OK((*database)->Execute("UPDATE snapshots SET bytes = zeroblob(length(bytes))"));
    }
    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id, cut), expected);
  }

  void whenAHistoryGrows_thenSnapshotsAreThinnedAndTheNewestStays() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const document::Document document = *workspace->Load(id);
    workspace = nullptr;
    const auto database = Database::Open(fixture.File(".uaf/store.db"), Database::Mode::kOwner);
    VERIFY_OK(database);
    EventReader reader(database->get());
    const auto places = [&] {
      Statement query = *(*database)->Prepare("SELECT events FROM snapshots ORDER BY events");
      std::vector<uint64_t> found;
      while (*query.Step()) found.push_back(static_cast<uint64_t>(query.Int(0)));
      return found;
    };
    for (uint64_t events = 100; events <= 1000; events += 100)
      VERIFY_OK(KeepSnapshot(**database, reader, id, {events, 0}, events, 100, document));
    QCOMPARE(places().size(), size_t{10});
    VERIFY_OK(KeepSnapshot(**database, reader, id, {1010, 0}, 1010, 250, document));
    QCOMPARE(places(), (std::vector<uint64_t>{200, 400, 600, 800, 1010}));
    QCOMPARE(*MissingSnapshot(**database, reader, id, 1010, 250), std::optional<uint64_t>());
    QCOMPARE(*MissingSnapshot(**database, reader, id, 1010, 100), std::optional<uint64_t>(100));
    QCOMPARE(*MissingSnapshot(**database, reader, id, 1300, 200), std::optional<uint64_t>());
    QCOMPARE(*MissingSnapshot(**database, reader, id, 1311, 200), std::optional<uint64_t>(1210));
  }

  void whenAnEditOfAnEarlierSessionIsUndone_thenItIsTakenBackFromItsOwnPlace() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Rename(fixture, *workspace, id, 150);
    const std::string before = *workspace->Render(id);
    Rename(fixture, *workspace, id, 40, "typing");
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "s", "name", "Begin")));
    const std::string after = *workspace->Render(id);
    workspace = nullptr;
    workspace = fixture.Open();
    VERIFY_OK(workspace->Undo(id));
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), before);
    workspace = nullptr;
    workspace = fixture.Open();
    VERIFY_OK(workspace->Redo(id));
    VERIFY_OK(workspace->Redo(id));
    QCOMPARE(*workspace->Render(id), after);
  }

  /// AMEIDE_SEED repeats one history.
  void whenEditsAreRandom_thenEveryPastStateIsWhatTheLogGives() {
    const uint64_t seed = Seed();
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    WorkspaceFixture fixture(seed);
    fixture.idle_wait = std::chrono::milliseconds(0);
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    for (int i = 0; i < 400; ++i) {
      fixture.clock.Advance(std::chrono::milliseconds(random.Below(3)));
      switch (random.Below(12)) {
        case 0:
          workspace->Undo(id).status().IgnoreError();
          break;
        case 1:
          workspace->Redo(id).status().IgnoreError();
          break;
        default:
          workspace->Submit(RandomEdit(id, *workspace->Load(id), random)).status().IgnoreError();
      }
      if (random.Below(150) == 0) {
        workspace = nullptr;
        workspace = fixture.Open();
      }
    }
    StoreView view(*workspace);
    const EventId head = workspace->FindArtifact("a.bpmn")->head;
    for (int i = 0; i < 40; ++i) {
      const EventId event{head.stream, 2 + random.Below(head.seq - 1)};
      const Cut cut = *workspace->CutAt(event);
      QCOMPARE(*workspace->Render(id, cut), view.FromStart(id, cut));
    }
    QVERIFY(workspace->Verify()->empty());
  }
};

QTEST_APPLESS_MAIN(SnapshotTest)
#include "snapshot_test.moc"
