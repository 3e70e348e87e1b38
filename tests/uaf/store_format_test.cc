#include <QtTest>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/event_rows.h"
#include "uaf/store/schema.h"
#include "uaf/store/sqlite.h"
#include "uaf/store/verify.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

fs::path FixtureFolder(const std::string& name) {
  const char* source = std::getenv("AMEIDE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "tests" / "uaf" / "fixtures" / name;
}

/// What a program of that format said of an event.
struct Expected {
  std::string id, canonical, sealed, commit, state;
};

std::vector<Expected> ExpectedEvents(const fs::path& folder) {
  std::vector<Expected> events;
  std::ifstream file(folder / "events.txt");
  for (std::string line; std::getline(file, line);) {
    Expected event;
    std::istringstream(line) >> event.id >> event.canonical >> event.sealed >> event.commit >> event.state;
    events.push_back(event);
  }
  return events;
}

/// Puts a store of an older format where `fixture`'s workspace is.
void PutOld(const WorkspaceFixture& fixture, const std::string& name) {
  fs::create_directories(fixture.File(""));
  fs::copy(FixtureFolder(name) / "uaf", fixture.File(".uaf"), fs::copy_options::recursive);
  for (const auto& file : fs::directory_iterator(FixtureFolder(name) / "files")) {
    fs::copy(file.path(), fixture.File(file.path().filename().string()));
  }
}

std::unique_ptr<Database> OpenStore(const WorkspaceFixture& fixture) {
  auto database = Database::Open(fixture.File(".uaf/store.db"), Database::Mode::kOwner);
  if (!database.ok()) qFatal("%s", std::string(database.status().message()).c_str());
  return *std::move(database);
}

std::string One(Database& database, std::string_view sql) {
  auto query = database.Prepare(sql);
  if (!query.ok()) return std::string(query.status().message());
  const auto row = query->Step();
  return row.ok() && *row ? std::string(query->Text(0)) : "";
}

/// What each format added, taken away again: a store of the format before, as programs of that time made it.
/// To add a format: what takes it away, at the end.
struct AddedBy {
  int format;
  const char* take_away;
};
constexpr AddedBy kAdded[] = {
    {3, "DROP TABLE views; DROP TABLE holds; ALTER TABLE working_files DROP COLUMN view;"},
    {4,
     "ALTER TABLE working_files DROP COLUMN writing_arrival;"
     "ALTER TABLE working_files DROP COLUMN writing_view;"},
    {5, "ALTER TABLE working_files DROP COLUMN absorbed;"},
    {6,
     "DROP TABLE tails; DROP TABLE tail_marks; DROP TABLE said_names; DROP TABLE log_files;"
     "ALTER TABLE event_runs DROP COLUMN names; ALTER TABLE event_parents DROP COLUMN said;"},
    {7, "DROP TABLE followed_commits; DROP TABLE followed_heads;"},
};
static_assert(kAdded[std::size(kAdded) - 1].format == kStoreFormat);

/// Brings a closed store of the present format back to an earlier one, from 2 on; of format 1 there is a
/// store in fixtures/.
void MakeOlder(const WorkspaceFixture& fixture, int format) {
  auto database = OpenStore(fixture);
  VERIFY_OK(database->Execute("PRAGMA foreign_keys=OFF"));
  for (size_t i = std::size(kAdded); i-- > 0 && kAdded[i].format > format;)
    VERIFY_OK(database->Execute(kAdded[i].take_away));
  VERIFY_OK(database->Execute("PRAGMA user_version=" + std::to_string(format)));
  // Programs of that time had projections of their own.
  VERIFY_OK(database->Execute("UPDATE meta SET value = '0' WHERE key = 'projections'"));
}

/// All that a workspace says about its history: events as they are hashed, states, branch, commits.
std::string Everything(const Workspace& workspace) {
  std::string text = *workspace.CurrentBranch() + "\n";
  LogQuery all;
  all.workspace_events = true;
  all.limit = 10'000;
  const auto log = workspace.Log(all);
  if (!log.ok()) return std::string(log.status().message());
  for (const ChangeSetSummary& line : *log) {
    text += FormatId(line.id) + " " + Sha256(EncodeChangeSet(*workspace.Show(line.id))).Hex() +
            (line.sealed ? " sealed " : " open ") + line.commit + "\n";
  }
  const auto branches = workspace.Branches();
  for (const Branch& branch : *branches) {
    const auto artifacts = workspace.ArtifactsAt(branch.head);
    for (const Artifact& artifact : *artifacts) {
      text += branch.name + " " + artifact.path + " " +
              Sha256(*workspace.Render(artifact.id, branch.head)).Hex() + "\n";
    }
  }
  return text;
}

}  // namespace

/// The store's rows: what older programs wrote is carried over, what is packed comes out again, what is
/// changed is found.
class StoreFormatTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAStoreOfFormat1IsOpened_thenEveryEventAndStateIsTheSame() {
    WorkspaceFixture fixture;
    PutOld(fixture, "store-format-1");
    auto workspace = fixture.Open();
    const std::vector<Expected> expected = ExpectedEvents(FixtureFolder("store-format-1"));
    LogQuery all;
    all.workspace_events = true;
    all.limit = 10'000;
    const auto log = workspace->Log(all);
    VERIFY_OK(log);
    QCOMPARE(log->size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      const ChangeSetSummary& line = (*log)[i];
      QCOMPARE(FormatId(line.id), expected[i].id);
      QCOMPARE(HexEncode(EncodeChangeSet(*workspace->Show(line.id))), expected[i].canonical);
      QCOMPARE(std::string(line.sealed ? "sealed" : "open"), expected[i].sealed);
      QCOMPARE(line.commit.empty() ? "-" : line.commit, expected[i].commit);
      if (line.artifact.name.empty()) continue;
      QCOMPARE(Sha256(*workspace->Render(line.artifact, *workspace->CutAt(line.id))).Hex(),
               expected[i].state);
    }
    const auto findings = workspace->Verify();
    VERIFY_OK(findings);
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    // The work goes on, and what was acknowledged once is still known.
    std::ifstream key(FixtureFolder("store-format-1") / "key-3.txt");
    std::string event;
    key >> event;
    const ArtifactId id = workspace->FindArtifact("model.bpmn")->id;
    Command again = SetAttribute(id, *workspace->Load(id), "d", "name", "Again");
    again.idempotency_key = "key-3";
    const auto repeated = workspace->Submit(again);
    VERIFY_OK(repeated);
    QVERIFY(repeated->repeated);
    QCOMPARE(FormatId(repeated->event), event);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "d", "name", "Later")));
    VERIFY_OK(workspace->Seal());
    QVERIFY(workspace->Verify()->empty());
  }

  void whenAStoreOfAnEarlierFormatIsOpened_thenEverythingIsAsItWas_data() {
    QTest::addColumn<int>("format");
    for (int format = 2; format < kStoreFormat; ++format)
      QTest::newRow(("format " + std::to_string(format)).c_str()) << format;
  }
  void whenAStoreOfAnEarlierFormatIsOpened_thenEverythingIsAsItWas() {
    QFETCH(const int, format);
    WorkspaceFixture fixture;
    PutOld(fixture, "store-format-1");
    std::string before;
    {
      auto workspace = fixture.Open();
      const ArtifactId id = workspace->FindArtifact("model.bpmn")->id;
      // Branches came with format 3.
      if (format >= 3) {
        VERIFY_OK(workspace->StartBranch({"side", BranchKind::kBranch, "", {}}));
        VERIFY_OK(workspace->SwitchBranch("side"));
      }
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "d", "name", "On the side")));
      VERIFY_OK(workspace->SyncWorkingFiles());
      VERIFY_OK(workspace->Seal());
      VERIFY_OK(workspace->MarkCommitted(std::string(40, 'c')));
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "d", "name", "Not sealed")));
      VERIFY_OK(workspace->SyncWorkingFiles());
      if (format >= 3) VERIFY_OK(workspace->SwitchBranch("main"));
      before = Everything(*workspace);
    }
    MakeOlder(fixture, format);
    auto workspace = fixture.Open();
    QCOMPARE(QString::fromStdString(Everything(*workspace)), QString::fromStdString(before));
    const auto findings = workspace->Verify();
    VERIFY_OK(findings);
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    QVERIFY(workspace->SyncWorkingFiles()->empty());
    // The work goes on, there and from what git has.
    const ArtifactId id = workspace->FindArtifact("model.bpmn")->id;
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "d", "name", "Later")));
    VERIFY_OK(workspace->Seal());
    QVERIFY(workspace->Verify()->empty());
    workspace.reset();
    auto database = OpenStore(fixture);
    QCOMPARE(One(*database, "PRAGMA user_version"), std::to_string(kStoreFormat));
  }

  void whenAStoreOfFormat1IsOnlyRead_thenItIsBroughtUpToDateFirst() {
    WorkspaceFixture fixture;
    PutOld(fixture, "store-format-1");
    const auto reader = Workspace::OpenReadOnly(fixture.Options());
    VERIFY_OK(reader);
    QCOMPARE((*reader)->Log({})->size(), ExpectedEvents(FixtureFolder("store-format-1")).size() - 2);
  }

  void whenMigratingFails_thenTheOldStoreStays_data() {
    QTest::addColumn<QString>("damage");
    QTest::newRow("an event is damaged") << "UPDATE events SET canonical = x'01' WHERE arrival = 140";
    QTest::newRow("an event is missing") << "DELETE FROM events WHERE arrival = 140";
    QTest::newRow("an event is in another's place")
        << "UPDATE events SET artifact = (SELECT MAX(id) FROM artifact_names) WHERE arrival = 20";
  }
  void whenMigratingFails_thenTheOldStoreStays() {
    QFETCH(const QString, damage);
    WorkspaceFixture fixture;
    PutOld(fixture, "store-format-1");
    {
      auto database = OpenStore(fixture);
      VERIFY_OK(
          database->Execute("DROP TRIGGER events_never_change; DROP TRIGGER events_never_go;"
                            "PRAGMA foreign_keys=OFF"));
      VERIFY_OK(database->Execute(damage.toStdString()));
      VERIFY_OK(database->Execute(
          "CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, ''); END;"
          "CREATE TRIGGER events_never_go BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, ''); END;"));
    }
    const absl::Status failed = Workspace::Open(fixture.Options()).status();
    QVERIFY(absl::IsDataLoss(failed));
    QVERIFY(std::string(failed.message()).find("doctor --rebuild") != std::string::npos);
    auto database = OpenStore(fixture);
    QCOMPARE(One(*database, "PRAGMA user_version"), std::string("1"));
    QCOMPARE(One(*database, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'event_runs'"),
             std::string("0"));
    QVERIFY(One(*database, "SELECT COUNT(*) FROM events") >= "151");
  }

  void whenMigratingIsInterrupted_thenTheOldStoreStays() {
    WorkspaceFixture fixture;
    PutOld(fixture, "store-format-1");
    {
      auto database = OpenStore(fixture);
      VERIFY_OK(database->Execute("BEGIN IMMEDIATE"));
      VERIFY_OK(database->Execute("PRAGMA user_version"));
      // As far as a process comes that ends here: what is not committed was never there.
      VERIFY_OK(database->Execute("ALTER TABLE events RENAME TO old_events"));
    }
    VERIFY_OK(Workspace::Open(fixture.Options()));
    auto database = OpenStore(fixture);
    QCOMPARE(One(*database, "PRAGMA user_version"), std::to_string(kStoreFormat));
  }

  void whenAnyByteOfARowIsChanged_thenVerifyNamesTheEvent() {
    WorkspaceFixture fixture;
    {
      auto workspace = fixture.Open();
      fixture.Write("model.bpmn", kModel);
      VERIFY_OK(workspace->Import("model.bpmn"));
      const ArtifactId id = workspace->FindArtifact("model.bpmn")->id;
      for (int i = 0; i < 6; ++i) {
        fixture.clock.Advance(std::chrono::milliseconds(i));
        VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", std::to_string(i))));
      }
      VERIFY_OK(workspace->Undo(id));
    }
    auto database = OpenStore(fixture);
    const std::string guard =
        One(*database, "SELECT sql FROM sqlite_schema WHERE name = 'events_never_change'");
    const WorkspaceLayout layout(fixture.Options().root);
    const std::string workspace = One(*database, "SELECT value FROM meta WHERE key = 'workspace'");
    QVERIFY(VerifyStore(*database, workspace, layout, fixture.files, *MakeTestFormats())->empty());
    int tried = 0;
    for (const std::string column : {"packed", "link"}) {
      for (int arrival = 1; arrival <= 8; ++arrival) {
        const std::string where = " WHERE arrival = " + std::to_string(arrival);
        const auto bytes = HexDecode(One(*database, "SELECT lower(hex(" + column + ")) FROM events" + where));
        VERIFY_OK(bytes);
        for (size_t at = 0; at < bytes->size(); ++at) {
          for (const int flip : {1, 0x80}) {
            std::string changed = *bytes;
            changed[at] = static_cast<char>(changed[at] ^ flip);
            const auto set = [&](const std::string& value) {
              return database->Execute("DROP TRIGGER events_never_change; UPDATE events SET " + column +
                                       " = x'" + HexEncode(value) + "'" + where + ";" + guard);
            };
            VERIFY_OK(set(changed));
            const auto findings =
                VerifyStore(*database, workspace, layout, fixture.files, *MakeTestFormats());
            VERIFY_OK(findings);
            QVERIFY2(!findings->empty(), (column + where + " byte " + std::to_string(at)).c_str());
            VERIFY_OK(set(*bytes));
            ++tried;
          }
        }
      }
    }
    QVERIFY(tried > 500);
  }

  void whenAnyByteOfThePagesIsChanged_thenVerifyNamesThePage() {
    for (const bool old : {false, true}) {
      WorkspaceFixture fixture;
      if (old) PutOld(fixture, "store-format-1");
      {
        auto workspace = fixture.Open();
        if (!old) VERIFY_OK(workspace->Create("model.bpmn", kModel, "New"));
        VERIFY_OK(workspace->UpdateIndex());
        QVERIFY(workspace->Verify()->empty());
      }
      std::string bytes = fixture.Read(".uaf/store.db");
      const size_t page = 4096;
      std::optional<size_t> harmless;
      // The room for checksums; stores of earlier formats get it when they are opened.
      QCOMPARE(bytes[20], char{8});
      for (size_t at = page / 2; at < bytes.size(); at += page) {
        for (const size_t place : {at, at + page / 2 - 1}) {
          bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
          fixture.Write(".uaf/store.db", bytes);
          bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
          const auto workspace = Workspace::OpenReadOnly(fixture.Options());
          if (!workspace.ok()) continue;  // found even earlier
          const auto findings = (*workspace)->Verify();
          const std::string name = "page " + std::to_string(place / page + 1) + " ";
          if (findings.ok() && findings->size() == 1) harmless = place;
          QVERIFY2(!findings.ok() ||
                       (!findings->empty() && findings->front().message.find(name) != std::string::npos),
                   name.c_str());
        }
      }
      fixture.Write(".uaf/store.db", bytes);
      QVERIFY((*Workspace::OpenReadOnly(fixture.Options()))->Verify()->empty());
      // Rebuilding writes the pages anew where all that they hold can be read.
      QVERIFY(harmless);
      bytes[*harmless] = static_cast<char>(bytes[*harmless] ^ 0x10);
      fixture.Write(".uaf/store.db", bytes);
      auto workspace = fixture.Open();
      QVERIFY(!workspace->Verify()->empty());
      VERIFY_OK(workspace->Rebuild());
      QVERIFY(workspace->Verify()->empty());
    }
  }

  void whenATableIsDefinedOtherwise_thenVerifyNamesIt() {
    WorkspaceFixture fixture;
    VERIFY_OK(fixture.Open()->Create("model.bpmn", kModel, "New"));
    {
      auto database = OpenStore(fixture);
      VERIFY_OK(database->Execute("CREATE INDEX more ON artifacts(head)"));
      VERIFY_OK(database->Execute("DROP INDEX artifacts_by_path"));
    }
    const auto findings = (*Workspace::OpenReadOnly(fixture.Options()))->Verify();
    VERIFY_OK(findings);
    QCOMPARE(findings->size(), size_t{2});
    for (const document::Finding& finding : *findings) QCOMPARE(finding.rule, std::string("store/schema"));
    QVERIFY(findings->front().message.find("`artifacts_by_path` is missing") != std::string::npos);
    QVERIFY(findings->back().message.find("`more` is none of Ameide's") != std::string::npos);
  }

  void whenAListedArtifactIsChanged_thenVerifyNamesIt() {
    WorkspaceFixture fixture;
    VERIFY_OK(fixture.Open()->Create("model.bpmn", kModel, "New"));
    auto database = OpenStore(fixture);
    for (const std::string column : {"format", "kind", "head", "micros", "counter", "events", "wall",
                                     "author_name", "author_email", "retired", "unknown", "arrival"}) {
      const bool text = column == "format" || column == "unknown" || column.starts_with("author");
      VERIFY_OK(database->Execute("BEGIN; UPDATE artifacts SET " + column + " = " + column +
                                  (text ? " || 'x'" : " + 1")));
      const auto findings =
          VerifyStore(*database,
                      One(*database,
                          "SELECT value FROM meta WHERE key = "
                          "'workspace'"),
                      WorkspaceLayout(fixture.Options().root), fixture.files, *MakeTestFormats());
      VERIFY_OK(database->Execute("ROLLBACK"));
      QVERIFY2(!findings.ok() || !findings->empty(), column.c_str());
    }
    for (const char* sql : {"DELETE FROM lifecycle_events", "DELETE FROM markers", "DELETE FROM artifacts",
                            "INSERT INTO markers(kind, event) VALUES(9, 9)"}) {
      VERIFY_OK(database->Execute(std::string("BEGIN; ") + sql));
      const auto findings =
          VerifyStore(*database,
                      One(*database,
                          "SELECT value FROM meta WHERE key = "
                          "'workspace'"),
                      WorkspaceLayout(fixture.Options().root), fixture.files, *MakeTestFormats());
      VERIFY_OK(database->Execute("ROLLBACK"));
      VERIFY_OK(findings);
      QVERIFY2(!findings->empty() && findings->front().rule == "projection/behind", sql);
    }
  }

  void whenEventsOfSeveralStreamsAndArtifactsCame_thenEachIsFoundByItsNameAndLink() {
    WorkspaceFixture fixture;
    PutOld(fixture, "store-format-1");
    const auto workspace = fixture.Open();
    auto database = Database::Open(fixture.File(".uaf/store.db"), Database::Mode::kReader);
    VERIFY_OK(database);
    EventReader reader(database->get());
    const auto cut = reader.Current();
    VERIFY_OK(cut);
    QVERIFY(cut->heads.size() >= 2);
    size_t with_parents = 0;
    for (const auto& [stream, head] : cut->heads) {
      const auto links = reader.LinksOf(stream, 1, head);
      VERIFY_OK(links);
      QCOMPARE(links->size(), static_cast<size_t>(head));
      for (uint64_t seq = 1; seq <= head; ++seq) {
        const auto event = reader.Find({stream, seq});
        VERIFY_OK(event);
        QVERIFY(event->has_value());
        QCOMPARE((*event)->change_set.id, (EventId{stream, seq}));
        QCOMPARE(*reader.LinkOf({stream, seq}), (*links)[seq - 1]);
        QCOMPARE((*reader.FindArrival((*event)->arrival))->change_set, (*event)->change_set);
        for (const EventReference& parent : (*event)->change_set.parents) {
          QCOMPARE(*reader.LinkOf(parent.id), parent.hash);
          ++with_parents;
        }
      }
      QVERIFY(!(*reader.Find({stream, head + 1})).has_value());
      QVERIFY(absl::IsNotFound(reader.LinkOf({stream, head + 1}).status()));
    }
    size_t listed = 0;
    const auto parents = reader.AllParents();
    VERIFY_OK(parents);
    for (const EventRows::Parents& each : *parents) {
      QCOMPARE((*reader.Find(each.event))->change_set.parents, each.parents);
      listed += each.parents.size();
    }
    QVERIFY(listed > 0);
    QCOMPARE(listed, with_parents);
  }
};

QTEST_GUILESS_MAIN(StoreFormatTest)
#include "store_format_test.moc"
