#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"
#include "uaf/projection/words.h"
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

/// The indexed words of a text, alternatives behind a slash.
std::string WordsOf(std::string_view text, WordSplitter::Purpose purpose) {
  const auto database = *Database::OpenInMemory();
  std::string out;
  database->words().Split(text, purpose, [&](const WordSplitter::Word& word) {
    out += (out.empty() ? "" : word.alternative ? "/" : " ") + std::string(word.text);
    return true;
  });
  return out;
}

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

/// What is kept beside the log: full text, references, timeline.
class ProjectionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTextIsSplit_thenItsWordsAreThoseThatPeopleType_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("indexed");
    QTest::addColumn<QString>("asked");
    QTest::addRow("words") << "Check the stock!"
                           << "check the stock"
                           << "check the stock";
    QTest::addRow("umlaut") << "Bestätigung"
                            << "bestatigung/bestaetigung"
                            << "bestatigung/bestaetigung";
    QTest::addRow("decomposed") << QString::fromUtf8("Besta\xcc\x88tigung") << "bestatigung/bestaetigung"
                                << "bestatigung/bestaetigung";
    QTest::addRow("capital umlaut") << "ÄRGER"
                                    << "arger/aerger"
                                    << "arger/aerger";
    QTest::addRow("sharp s") << "Straße"
                             << "strasse"
                             << "strasse";
    QTest::addRow("Nordic") << "Øre Åse"
                            << "ore/oere ase/aase"
                            << "ore/oere ase/aase";
    QTest::addRow("accents") << "Café naïve"
                             << "cafe naive"
                             << "cafe naive";
    QTest::addRow("humps") << "checkStockLevel"
                           << "checkstocklevel/check/stock/level"
                           << "checkstocklevel";
    QTest::addRow("humps twice") << "fooBarFoo"
                                 << "foobarfoo/foo/bar"
                                 << "foobarfoo";
    QTest::addRow("capitals") << "XMLParser"
                              << "xmlparser/xml/parser"
                              << "xmlparser";
    QTest::addRow("underscores") << "check_stock-level"
                                 << "check stock level"
                                 << "check stock level";
    QTest::addRow("digits") << "Task42b"
                            << "task 42 b"
                            << "task 42 b";
    QTest::addRow("Chinese") << "库存检查"
                             << "库存 存检 检查 查"
                             << "库存 存检 检查";
    QTest::addRow("Japanese") << "注文を受ける"
                              << "注文 文を を受 受け ける る"
                              << "注文 文を を受 受け ける";
    QTest::addRow("Korean") << "주문 확인"
                            << "주문 문 확인 인"
                            << "주문 확인";
    QTest::addRow("mixed") << "受注ID"
                           << "受注 注 id"
                           << "受注 id";
    QTest::addRow("full width") << "ＡＢ１２"
                                << "ab 12"
                                << "ab 12";
    QTest::addRow("nothing") << " -- && ()"
                             << ""
                             << "";
  }
  void whenTextIsSplit_thenItsWordsAreThoseThatPeopleType() {
    QFETCH(const QString, text);
    QFETCH(const QString, indexed);
    QFETCH(const QString, asked);
    QCOMPARE(QString::fromStdString(WordsOf(text.toStdString(), WordSplitter::Purpose::kIndex)), indexed);
    QCOMPARE(QString::fromStdString(WordsOf(text.toStdString(), WordSplitter::Purpose::kQuery)), asked);
  }

  void whenWordsAreSearched_thenAnyWayOfWritingThemFinds_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("queries");
    QTest::addRow("umlaut") << "Bestätigung senden"
                            << QStringList{"Bestätigung", "bestaetigung", "bestatigung",       "BESTÄTIGUNG",
                                           "bestä",       "bestae",       "senden bestätigung"};
    QTest::addRow("written out") << "Bestaetigung" << QStringList{"Bestätigung", "bestaetigung", "bestä"};
    QTest::addRow("sharp s") << "Straße" << QStringList{"strasse", "straße", "STRASSE", "stras"};
    QTest::addRow("written with ss") << "Strasse" << QStringList{"straße"};
    QTest::addRow("humps") << "checkStockLevel"
                           << QStringList{"stock", "level check", "checkstock", "checkStockLevel", "stoc"};
    QTest::addRow("asked with humps") << "Check the stock" << QStringList{"checkStock", "CheckSto"};
    QTest::addRow("snake") << "check_stock_level" << QStringList{"stock", "check_stock", "\"stock level\""};
    QTest::addRow("Chinese") << "仓库库存检查流程" << QStringList{"库存", "检查", "检查流程", "流", "库"};
    QTest::addRow("Japanese") << "お客様の注文を確認する" << QStringList{"注文", "確認", "客様の注"};
    QTest::addRow("Korean") << "고객주문확인" << QStringList{"주문", "확인", "고객주문"};
    QTest::addRow("wide space") << "注文 確認" << QStringList{QString::fromUtf8("注文\u3000確認")};
    QTest::addRow("identifier-like") << "Activity_0x12ab3" << QStringList{"Activity_0x12ab3", "activity_0x1"};
    QTest::addRow("stars") << "Check stock" << QStringList{"che*", "sto* chec*"};
    QTest::addRow("entities") << "Check &amp; &#x201E;stock&#x201C;"
                              << QStringList{"check stock", "\"check & stock\""};
  }
  void whenWordsAreSearched_thenAnyWayOfWritingThemFinds() {
    QFETCH(const QString, name);
    QFETCH(const QStringList, queries);
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Import(fixture, *workspace, "a.bpmn", ModelOf({name.toStdString(), "Something else", "其他东西"}));
    for (const QString& query : queries) {
      const auto hits = workspace->Search(query.toStdString());
      VERIFY_OK(hits);
      QVERIFY2(hits->size() == 1 && hits->front().element == "n0", query.toUtf8().constData());
    }
  }

  void whenWordsAreNotThere_thenNothingIsFound() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Import(fixture, *workspace, "a.bpmn", ModelOf({"Check the stock", "仓库库存", "Strassen"}));
    for (const char* query :
         {"chec the", "\"the check\"", "\"check stock\"", "库仓", "check order", "tock", "straß "}) {
      QVERIFY2(Found(*workspace, query).empty(), query);
    }
  }

  void whenManyMatch_thenTheBestComeFirst() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Import(fixture, *workspace, "a.bpmn",
           "<m id=\"m\">\n  <task id=\"a\" name=\"Ship\"><documentation>The order goes "
           "out</documentation></task>\n"
           "  <task id=\"b\" name=\"Check the order of a customer\"/>\n"
           "  <task id=\"c\" name=\"Orders\"/>\n"
           "  <task id=\"d\" name=\"Order\" note=\"a long text about this and that and something else\"/>\n"
           "  <task id=\"order\" name=\"Pack\"/>\n"
           "  <task id=\"e\" name=\"Check order\"/>\n</m>\n");
    // The identifier; the word in the name, short names first; its beginning; values.
    QCOMPARE(Found(*workspace, "order"),
             (Names{"Pack", "Order", "Check order", "Check the order of a customer", "Orders", "Ship"}));
    QCOMPARE(Found(*workspace, "order "),
             (Names{"Pack", "Order", "Check order", "Check the order of a customer", "Ship"}));
    QCOMPARE(Found(*workspace, "order check"), (Names{"Check order", "Check the order of a customer"}));
    QCOMPARE(workspace->Search("order", 2)->size(), size_t{2});
  }

  void whenSomethingIsFound_thenTheHitNamesTheElementThatPeopleKnow() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Import(fixture, *workspace, "folder/a.bpmn",
           "<m id=\"m\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"
           "  <userTask id=\"t\" name=\"Ship\"><documentation>Goes out\n   by "
           "<b/>lorry</documentation></userTask>\n"
           "  <element xsi:type=\"archimate:BusinessActor\" id=\"x\" name=\"Clerk\"/>\n</m>\n");
    auto hits = workspace->Search("lorry");
    VERIFY_OK(hits);
    QCOMPARE(hits->size(), size_t{1});
    const SearchHit& hit = hits->front();
    QCOMPARE(hit.path, std::string("folder/a.bpmn"));
    QCOMPARE(hit.element, std::string("t"));
    QCOMPARE(hit.name, std::string("Ship"));
    QCOMPARE(hit.type, std::string("userTask"));
    QCOMPARE(hit.excerpt, std::string("Goes out by lorry"));
    QCOMPARE(hit.marks, (std::vector<SearchHit::Range>{{12, 17}}));
    const auto document = workspace->Load(hit.artifact);
    QCOMPARE(document->local_name(*document->Find(hit.node)), std::string_view("documentation"));
    QCOMPARE(workspace->Search("clerk")->front().type, std::string("BusinessActor"));
  }

  void whenTheTextIsLong_thenTheExcerptShowsTheHit() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    std::string text;
    for (int i = 0; i < 300; ++i) text += "wörtlich ";
    Import(fixture, *workspace, "a.bpmn", "<m id=\"m\">" + text + "needle " + text + "</m>\n");
    const auto hits = workspace->Search("needle");
    VERIFY_OK(hits);
    const SearchHit& hit = hits->front();
    QVERIFY2(hit.excerpt.size() < 140, hit.excerpt.c_str());
    QCOMPARE(hit.marks.size(), size_t{1});
    QCOMPARE(hit.excerpt.substr(hit.marks[0].begin, hit.marks[0].end - hit.marks[0].begin),
             std::string("needle"));
    QCOMPARE(QString::fromStdString(hit.excerpt).toStdString(), hit.excerpt);
  }

  void whenTheQueryIsHostile_thenItIsAnsweredOrRefusedButNeverAnErrorOfSyntax() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Import(fixture, *workspace, "a.bpmn", ModelOf({"Check stock"}));
    const std::vector<std::string> queries = {"\"",
                                              "\"\"",
                                              "\"check",
                                              "check\"stock",
                                              "check AND",
                                              "OR",
                                              "NOT check",
                                              "NEAR(check stock)",
                                              "name:check",
                                              "{name}:check",
                                              "^check",
                                              "check + stock",
                                              "(check",
                                              "check)",
                                              "*",
                                              "***",
                                              "check**",
                                              "-check",
                                              "check;--",
                                              "'; DROP TABLE elements; --",
                                              "check\\",
                                              "\xff\xfe",
                                              "\xc3",
                                              "\xe6\xb3",
                                              "\xf0\x9f\x98\x80",
                                              "a\xcc\x88\xcc\x88",
                                              std::string("check\0stock", 11),
                                              std::string(1, '\0'),
                                              "search_text",
                                              "rank:1",
                                              "\n\t",
                                              "check \"stock\"*"};
    for (const std::string& query : queries) {
      const auto hits = workspace->Search(query);
      QVERIFY2(hits.ok() || absl::IsInvalidArgument(hits.status()),
               (query + ": " + std::string(hits.status().message())).c_str());
    }
    QVERIFY(absl::IsInvalidArgument(workspace->Search(std::string(5000, 'x')).status()));
    std::string many;
    for (int i = 0; i < 100; ++i) many += "w ";
    QVERIFY(absl::IsInvalidArgument(workspace->Search(many).status()));
    SeededRandom random(Seed());
    for (int i = 0; i < 500; ++i) {
      std::string query;
      for (uint64_t left = random.Below(12); left > 0; --left) {
        constexpr std::string_view kSyntax = "\"*:(){}^+-,' aNOTcheck\\\xc3\xa4\xe6\xb3\xa8\xff%_";
        query += random.Below(3) == 0 ? static_cast<char>(random.Below(256))
                                      : kSyntax[random.Below(kSyntax.size())];
      }
      const auto hits = workspace->Search(query);
      QVERIFY2(hits.ok() || absl::IsInvalidArgument(hits.status()),
               QByteArray::fromStdString(query)
                   .toHex()
                   .append(": " + std::string(hits.status().message()))
                   .constData());
    }
  }

  void whenAnArtifactIsRetiredOrRenamed_thenSearchFollows() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    VERIFY_OK(workspace->Rename(id, "b.bpmn"));
    QCOMPARE(workspace->Search("stock")->front().path, std::string("b.bpmn"));
    VERIFY_OK(workspace->Retire(id));
    QVERIFY(workspace->Search("stock")->empty());
    QVERIFY(workspace->Verify()->empty());
  }

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

  void whenPeopleWork_thenTheTimelineHoldsSessions() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    const auto edit = [&](const char* who, const char* value, std::chrono::minutes later) {
      fixture.clock.Advance(later);
      workspace->SetActor({who, std::string(who) + "@example.org", "test"});
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", value)));
    };
    edit("Ada", "1", std::chrono::minutes(29));
    edit("Grace", "2", std::chrono::minutes(5));
    edit("Ada", "3", std::chrono::minutes(20));  // within half an hour of Ada's last
    edit("Ada", "4", std::chrono::minutes(30));  // no longer
    const auto timeline = workspace->Timeline({});
    VERIFY_OK(timeline);
    QCOMPARE(timeline->size(), size_t{3});
    QCOMPARE(timeline->at(0).changes, size_t{1});
    QCOMPARE(timeline->at(1).author.name, std::string("Ada"));
    QCOMPARE(timeline->at(1).changes, size_t{3});
    QCOMPARE(timeline->at(1).end - timeline->at(1).begin, std::chrono::minutes(54));
    QCOMPARE(timeline->at(1).labels, (Names{"Set name of t", "Import a.bpmn"}));
    QCOMPARE(timeline->at(1).artifacts.front().path, std::string("a.bpmn"));
    QCOMPARE(timeline->at(2).author.name, std::string("Grace"));
    TimelineQuery graces;
    graces.author = "grace";
    QCOMPARE(workspace->Timeline(graces)->size(), size_t{1});
  }

  void whenTheTimelineIsReadInPages_thenTheyAreTheWhole() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    WorkspaceFixture fixture(seed);
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    for (int i = 0; i < 120; ++i) {
      fixture.clock.Advance(std::chrono::minutes(random.Below(25)));
      const std::string who(1, static_cast<char>('A' + random.Below(4)));
      workspace->SetActor({who, {}, "test"});
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", std::to_string(i))));
    }
    const auto whole = workspace->Timeline({});
    VERIFY_OK(whole);
    QVERIFY(whole->size() > 5);
    size_t changes = 0;
    for (const TimelineEntry& entry : *whole) changes += entry.changes;
    QCOMPARE(changes, size_t{121});
    TimelineQuery query;
    query.limit = 1 + random.Below(4);
    std::vector<TimelineEntry> paged;
    while (true) {
      const auto page = workspace->Timeline(query);
      VERIFY_OK(page);
      paged.insert(paged.end(), page->begin(), page->end());
      if (page->size() < query.limit) break;
      query.after = page->back().newest;
    }
    QCOMPARE(paged.size(), whole->size());
    for (size_t i = 0; i < paged.size(); ++i) {
      QCOMPARE(paged[i].newest, whole->at(i).newest);
      QCOMPARE(paged[i].oldest, whole->at(i).oldest);
      QCOMPARE(paged[i].changes, whole->at(i).changes);
    }
  }

  void whenAnElementsHistoryIsAsked_thenItIsWhatTouchedItOrSomethingBelow() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    const auto document = workspace->Load(id);
    const auto submit = [&](const Command& command) {
      const auto receipt = workspace->Submit(command);
      if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
    };
    submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One"));
    submit(SetAttribute(id, *workspace->Load(id), "s", "name", "Two"));
    submit(SetAttribute(id, *workspace->Load(id), "d", "name", "Three"));
    submit(Insert(id, *workspace->Load(id), "t", "<documentation id=\"new\"/>"));
    submit(SetAttribute(id, *workspace->Load(id), "new", "text", "Four"));
    submit(Remove(id, *workspace->Load(id), "new"));
    const auto labels = [&](std::string_view element) {
      LogQuery query;
      query.artifact = id;
      query.node = document->id(ElementById(*document, element));
      Names names;
      const auto log = workspace->Log(query);
      if (!log.ok()) return Names{std::string(log.status().message())};
      for (const ChangeSetSummary& line : *log) names.push_back(line.label);
      return names;
    };
    QCOMPARE(labels("t"),
             (Names{"Remove new", "Set text of new", "Insert", "Set name of t", "Import a.bpmn"}));
    QCOMPARE(labels("s"), (Names{"Set name of s", "Import a.bpmn"}));
    QCOMPARE(labels("d").size(), size_t{7});
    TimelineQuery query;
    query.artifact = id;
    query.node = document->id(ElementById(*document, "s"));
    QCOMPARE(workspace->Timeline(query)->front().changes, size_t{2});
    query.artifact.reset();
    QVERIFY(absl::IsInvalidArgument(workspace->Timeline(query).status()));
    query.artifact = id;
    query.node = NodeId{EventId{{"nowhere"}, 1}, 1};
    QVERIFY(absl::IsNotFound(workspace->Timeline(query).status()));
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
