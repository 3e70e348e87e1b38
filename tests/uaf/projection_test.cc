#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

/// One element for each text, as its name.
std::string ModelOf(const std::vector<std::string>& names) {
  std::string model = "<m id=\"m\">\n";
  for (size_t i = 0; i < names.size(); ++i) {
    model += "  <task id=\"n" + std::to_string(i) + "\" name=\"" + names[i] + "\"/>\n";
  }
  return model + "</m>\n";
}

/// The names of the hits, best first.
std::vector<std::string> Found(const Workspace& workspace, std::string_view text) {
  const auto hits = workspace.Search(text);
  if (!hits.ok()) return {std::string(hits.status().message())};
  std::vector<std::string> names;
  for (const SearchHit& hit : *hits) names.push_back(hit.name);
  return names;
}

using Names = std::vector<std::string>;

/// Everything that the projections of elements hold, but for how the rows are numbered.
std::set<std::string> RowsOf(const Workspace& workspace) {
  const auto database = *Database::Open(workspace.root() / ".uaf" / "store.db", Database::Mode::kReader);
  std::set<std::string> rows;
  for (const char* sql :
       {"SELECT 'e', artifact, event, ordinal, parent_event, parent_ordinal, type, name, identifier, text, "
        "layout FROM elements",
        "SELECT 'u', e.event, e.ordinal, u.attribute, u.file, u.target, '', '', '', '', '' FROM usages u "
        "JOIN "
        "elements e ON e.id = u.source",
        "SELECT 't', artifact, event, ordinal, change, '', '', '', '', '', '' FROM touches",
        "SELECT 'i', artifact, head, events, retired, '', '', '', '', '', '' FROM indexed_artifacts"}) {
    auto query = *database->Prepare(sql);
    while (*query.Step()) {
      std::string row;
      for (int i = 0; i < 11; ++i) row += std::string(query.Text(i)) + "|";
      rows.insert(row);
    }
  }
  return rows;
}

void Damage(const std::filesystem::path& root, const std::string& sql) {
  const auto database = *Database::Open(root / ".uaf" / "store.db", Database::Mode::kOwner);
  const absl::Status status = database->Execute(sql);
  if (!status.ok()) qFatal("%s", std::string(status.message()).c_str());
}

}  // namespace

/// What is kept beside the log: references, and that every index is what a rebuild gives.
class ProjectionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAnElementIsUsed_thenItsUsersAreFoundAcrossArtifacts() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId a = Import(fixture, *workspace, "x/a.bpmn",
                                "<m id=\"m\"><task id=\"t\" name=\"Ship\"/><flow id=\"f\" sourceRef=\"t\" "
                                "targetRef=\"u\"/></m>\n");
    Import(fixture, *workspace, "x/b.bpmn",
           "<m><call id=\"c\" calledRef=\"a.bpmn#t\"/><call id=\"d\" calledRef=\"t\"/></m>\n");
    Import(fixture, *workspace, "c.bpmn",
           "<m><task id=\"t\"/><call id=\"own\" calledRef=\"t\"/>"
           "<call id=\"far\" calledRef=\"x/a.bpmn#t\"/></m>\n");
    const auto document = workspace->Load(a);
    const NodeId node = document->id(ElementById(*document, "t"));
    QCOMPARE(Users(workspace->ReferencesTo(a, node)),
             (Names{"c.bpmn far", "x/a.bpmn f", "x/b.bpmn c", "x/b.bpmn d"}));
    QCOMPARE(Users(workspace->ReferencesTo("t")),
             (Names{"c.bpmn far", "c.bpmn own", "x/a.bpmn f", "x/b.bpmn c", "x/b.bpmn d"}));
    QCOMPARE(Users(workspace->ReferencesTo("c.bpmn#t")), (Names{"c.bpmn own", "x/b.bpmn d"}));
    QCOMPARE(workspace->ReferencesTo(a, node)->at(1).attribute, std::string("sourceRef"));
    VERIFY_OK(workspace->Submit(SetAttribute(a, *workspace->Load(a), "f", "sourceRef", "u")));
    QCOMPARE(Users(workspace->ReferencesTo(a, node)), (Names{"c.bpmn far", "x/b.bpmn c", "x/b.bpmn d"}));
    QVERIFY(absl::IsNotFound(workspace->ReferencesTo(ArtifactId{"none"}, node).status()));
    QVERIFY(absl::IsInvalidArgument(workspace->ReferencesTo("").status()));
    QVERIFY(workspace->ReferencesTo("nothing")->empty());
  }

  void whenHistoriesAreRandom_thenIncrementalIsWhatARebuildGives() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    WorkspaceFixture fixture(seed);
    SeededRandom random(seed);
    auto workspace = fixture.Open();
    const ArtifactId model = Import(fixture, *workspace, "model.bpmn", RandomModel(random));
    const ArtifactId text = Import(fixture, *workspace, "text.md", "# One\n\nTwo words\nthree\n");
    int accepted = 0;
    for (int i = 0; i < 150; ++i) {
      fixture.clock.Advance(std::chrono::milliseconds(random.Below(3)));
      const ArtifactId& artifact = random.Below(5) == 0 ? text : model;
      switch (random.Below(14)) {
        case 0:
          workspace->Undo(artifact).IgnoreError();
          break;
        case 1:
          workspace->Redo(artifact).IgnoreError();
          break;
        case 2:
          if (artifact == model)
            fixture.Write("model.bpmn", RandomForeignEdit(*workspace->Load(model), random));
          VERIFY_OK(workspace->SyncWorkingFiles());
          break;
        case 3:
          workspace.reset();
          workspace = fixture.Open();
          break;
        case 4:
        case 5:
          workspace->Search("w1*").IgnoreError();
          break;
        case 6:
          VERIFY_OK(workspace->Submit(MoveText(model, *workspace->Load(model), random)));
          break;
        default:
          accepted +=
              workspace->Submit(RandomEdit(artifact, *workspace->Load(artifact), random)).ok() ? 1 : 0;
      }
    }
    QVERIFY2(accepted > 40, "too few edits were accepted to prove anything");
    workspace->Search("w1*").IgnoreError();
    const std::set<std::string> incremental = RowsOf(*workspace);
    auto findings = workspace->Verify();
    VERIFY_OK(findings);
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    VERIFY_OK(workspace->Rebuild());
    const std::set<std::string> rebuilt = RowsOf(*workspace);
    QVERIFY2(incremental == rebuilt, Difference(incremental, rebuilt).c_str());
    findings = workspace->Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
  }

  void whenOthersEditAtTheSameTime_thenTheIndexIsWhatARebuildGives() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    WorkspaceFixture fixture(seed);
    SeededRandom random(seed);
    auto workspace = fixture.Open();
    const ArtifactId model = Import(fixture, *workspace, "model.bpmn", RandomModel(random));
    VERIFY_OK(workspace->Seal());
    workspace.reset();
    std::filesystem::copy(fixture.folder.path() / "workspace", fixture.folder.path() / "copy",
                          std::filesystem::copy_options::recursive);
    workspace = fixture.Open();
    auto copy = fixture.Open("copy");
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 15; ++i) {
        fixture.clock.Advance(std::chrono::milliseconds(random.Below(2)));
        Workspace& side = random.Below(2) == 0 ? *workspace : *copy;
        side.Submit(RandomEdit(model, *side.Load(model), random)).IgnoreError();
        if (random.Below(4) == 0) side.Search("w1*").IgnoreError();
      }
      VERIFY_OK(copy->Seal());
      for (const char* part : {"log", "blobs", "keys"}) {
        std::filesystem::copy(
            fixture.folder.path() / "copy" / ".uaf" / part, fixture.File(".uaf") / part,
            std::filesystem::copy_options::recursive | std::filesystem::copy_options::skip_existing);
      }
      VERIFY_OK(workspace->ReceiveSegments());
      workspace->Search("w1*").IgnoreError();
      const auto findings = workspace->Verify();
      VERIFY_OK(findings);
      QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    }
    const std::set<std::string> incremental = RowsOf(*workspace);
    VERIFY_OK(workspace->Rebuild());
    const std::set<std::string> rebuilt = RowsOf(*workspace);
    QVERIFY2(incremental == rebuilt, Difference(incremental, rebuilt).c_str());
  }

  void whenBranchesAreSwitched_thenTheIndexIsOfTheCurrentOne() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    WorkspaceFixture fixture(seed);
    auto workspace = fixture.Open();
    const ArtifactId model = Import(fixture, *workspace, "model.bpmn", RandomModel(random));
    VERIFY_OK(workspace->StartBranch({.name = "side"}));
    VERIFY_OK(workspace->SwitchBranch("side"));
    Import(fixture, *workspace, "only.bpmn", ModelOf({"Sidecar"}));
    QCOMPARE(Found(*workspace, "sidecar"), (Names{"Sidecar"}));
    VERIFY_OK(workspace->SwitchBranch("main"));
    QCOMPARE(Found(*workspace, "sidecar"), Names{});
    for (int i = 0; i < 40; ++i) {
      fixture.clock.Advance(std::chrono::milliseconds(random.Below(3)));
      if (random.Below(6) == 0) VERIFY_OK(workspace->SwitchBranch(random.Below(2) == 0 ? "side" : "main"));
      if (random.Below(3) == 0) workspace->Search("w1*").IgnoreError();
      workspace->Submit(RandomEdit(model, *workspace->Load(model), random)).IgnoreError();
      if (i % 10 != 9) continue;
      workspace->Search("w1*").IgnoreError();
      const auto findings = workspace->Verify();
      VERIFY_OK(findings);
      QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    }
    const std::set<std::string> incremental = RowsOf(*workspace);
    VERIFY_OK(workspace->Rebuild());
    const std::set<std::string> rebuilt = RowsOf(*workspace);
    QVERIFY2(incremental == rebuilt, Difference(incremental, rebuilt).c_str());
  }

  void whenAProjectionIsDamaged_thenItIsNamedAndARebuildHeals_data() {
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("rule");
    QTest::addRow("a name") << "UPDATE elements SET name = 'Lie' WHERE identifier = 't'"
                            << "projection/elements";
    QTest::addRow("an element") << "DELETE FROM elements WHERE identifier = 't'"
                                << "projection/elements";
    QTest::addRow("an element too many") << "INSERT INTO elements SELECT id + 1000, artifact, event, ordinal "
                                            "+ 1000, NULL, NULL, '', '', 'z', '', 0"
                                            " FROM elements WHERE identifier = 't'"
                                         << "projection/elements";
    QTest::addRow("words")
        << "INSERT INTO search_text(search_text, rowid, name, identifier, text)"
           " SELECT 'delete', id, name, identifier, text FROM elements WHERE identifier = 't'"
        << "projection/search";
    QTest::addRow("words of nothing")
        << "INSERT INTO search_text(rowid, name, identifier, text) VALUES(7, 'lie', '', '')"
        << "projection/strays";
    QTest::addRow("a reference") << "UPDATE usages SET target = 'e' WHERE target = 't'"
                                 << "projection/elements";
    QTest::addRow("a reference of nothing") << "INSERT INTO usages VALUES(7, 'a', '', 't')"
                                            << "projection/strays";
    QTest::addRow("touches") << "DELETE FROM touches"
                             << "projection/touches";
    QTest::addRow("touches too many")
        << "INSERT INTO touches SELECT artifact, event, ordinal + 77, change FROM touches"
        << "projection/touches";
    QTest::addRow("no index") << "DELETE FROM indexed_artifacts"
                              << "";
    QTest::addRow("another version") << "UPDATE meta SET value = '0' WHERE key = 'element tables'"
                                     << "";
  }
  void whenAProjectionIsDamaged_thenItIsNamedAndARebuildHeals() {
    QFETCH(const QString, sql);
    QFETCH(const QString, rule);
    WorkspaceFixture fixture;
    {
      auto workspace = fixture.Open();
      const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "e", "nextRef", "t")));
      VERIFY_OK(workspace->Search("stock"));
    }
    Damage(fixture.folder.path() / "workspace", sql.toStdString());
    auto workspace = fixture.Open();
    auto findings = workspace->Verify();
    VERIFY_OK(findings);
    std::set<std::string> rules;
    for (const auto& finding : *findings) rules.insert(finding.rule);
    // What is known to be missing is built again by itself.
    QCOMPARE(rules.contains(rule.toStdString()), !rule.isEmpty());
    QVERIFY(rule.isEmpty() == rules.empty());
    for (const auto& finding : *findings) QVERIFY(finding.message.find("--rebuild") != std::string::npos);
    VERIFY_OK(workspace->Rebuild());
    findings = workspace->Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    QCOMPARE(workspace->Search("stock")->size(), size_t{1});
    QCOMPARE(workspace->ReferencesTo("t")->size(), size_t{1});
  }

 private:
  static uint64_t Seed() {
    const char* given = std::getenv("AMEIDE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
  }
  static ArtifactId Import(WorkspaceFixture& fixture, Workspace& workspace, std::string_view path,
                           std::string_view bytes) {
    fixture.Write(path, bytes);
    const auto receipt = workspace.Import(std::string(path));
    if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
    return workspace.FindArtifact(path)->id;
  }
  static Names Users(const absl::StatusOr<std::vector<Reference>>& references) {
    if (!references.ok()) return {std::string(references.status().message())};
    Names users;
    for (const Reference& reference : *references) users.push_back(reference.path + " " + reference.element);
    return users;
  }
  /// Elements in elements, with text, comments and references.
  static std::string RandomModel(Random& random) {
    std::string model = "<m id=\"m\" xmlns:x=\"urn:x\">\n";
    for (int i = 0; i < 20; ++i) {
      const std::string id = "n" + std::to_string(i);
      model += "  <x:task id=\"" + id + "\" name=\"w" + std::to_string(random.Below(50)) +
               " Größe\" nextRef=\"n" + std::to_string(random.Below(20)) + "\">text <b id=\"b" +
               std::to_string(i) + "\">inner</b> more<!-- w1 --></x:task>\n";
    }
    return model + "</m>\n";
  }
  /// A text goes from one element into another: both say something else then.
  static Command MoveText(const ArtifactId& artifact, const document::Document& document, Random& random) {
    std::vector<document::NodeIndex> texts, elements;
    for (const document::NodeIndex node : document.Descendants(document.root_element())) {
      if (document.kind(node) == document::NodeKind::kText) texts.push_back(node);
      if (document.kind(node) == document::NodeKind::kElement) elements.push_back(node);
    }
    Command command;
    command.artifact = artifact;
    command.label = "Move text";
    if (texts.empty()) {
      command.ops = {document::SetNameOp{document.id(elements.front()), "m"}};
      return command;
    }
    const document::NodeIndex into = elements[random.Below(elements.size())];
    command.ops = {document::MoveNodeOp{document.id(texts[random.Below(texts.size())]),
                                        document::Place{document.id(into), {}, {}}}};
    return command;
  }
  static std::string Difference(const std::set<std::string>& a, const std::set<std::string>& b) {
    std::string text;
    for (const std::string& row : a) {
      if (!b.contains(row)) text += "only incremental: " + row + "\n";
    }
    for (const std::string& row : b) {
      if (!a.contains(row)) text += "only rebuilt: " + row + "\n";
    }
    return text;
  }
};

QTEST_APPLESS_MAIN(ProjectionTest)
#include "projection_test.moc"
