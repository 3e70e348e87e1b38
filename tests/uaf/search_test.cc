#include <QtTest>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
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

}  // namespace

/// Full text: words, ranking, excerpts, queries.
class SearchTest : public QObject {
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
};

QTEST_APPLESS_MAIN(SearchTest)
#include "search_test.moc"
