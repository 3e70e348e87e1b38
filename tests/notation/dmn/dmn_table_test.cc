#include <QtTest>
#include <random>

#include "notation/dmn/analysis.h"
#include "tests/notation/dmn/dmn_models.h"

using namespace ameide;
using namespace ameide::dmn;

/// Decision tables (clause 8): hit policies, and the analysis of gaps and overlaps against trying all values.
class DmnTableTest : public QObject {
  Q_OBJECT

  static std::string Evaluate(const std::string& table, const std::string& context) {
    TestModel model(Definition(InputData("a") + InputData("b") + Decision("D", table, {"a", "b"})));
    return model.Json("D", context);
  }

 private Q_SLOTS:
  void whenOneRuleHolds_thenItsOutputIsTheValue() {
    const std::string table =
        TableOf("", {"a", "b"}, {""}, {"< 5 | \"x\" => 1", ">= 5 | - => b + \"!\"", "< 5 | not(\"x\") => 3"});
    QCOMPARE(Evaluate(table, R"({"a": 4, "b": "x"})"), "1");
    QCOMPARE(Evaluate(table, R"({"a": 5, "b": "x"})"), "\"x!\"");
    QCOMPARE(Evaluate(table, R"({"a": 4.999, "b": "y"})"), "3");
    QCOMPARE(Evaluate(table, R"({"a": null, "b": "y"})"), "null");
  }

  void whenSeveralRulesHold_thenTheHitPolicyDecides_data() {
    QTest::addColumn<QString>("attributes");
    QTest::addColumn<QString>("value");
    QTest::newRow("unique") << ""
                            << "null";
    QTest::newRow("any, different outputs") << "hitPolicy=\"ANY\""
                                            << "null";
    QTest::newRow("first") << "hitPolicy=\"FIRST\""
                           << "3";
    QTest::newRow("priority") << "hitPolicy=\"PRIORITY\""
                              << "1";
    QTest::newRow("rule order") << "hitPolicy=\"RULE ORDER\""
                                << "[3,1,2,1]";
    QTest::newRow("output order") << "hitPolicy=\"OUTPUT ORDER\""
                                  << "[1,1,2,3]";
    QTest::newRow("collect") << "hitPolicy=\"COLLECT\""
                             << "[3,1,2,1]";
    QTest::newRow("sum") << "hitPolicy=\"COLLECT\" aggregation=\"SUM\""
                         << "7";
    QTest::newRow("count") << "hitPolicy=\"COLLECT\" aggregation=\"COUNT\""
                           << "4";
    QTest::newRow("min") << "hitPolicy=\"COLLECT\" aggregation=\"MIN\""
                         << "1";
    QTest::newRow("max") << "hitPolicy=\"COLLECT\" aggregation=\"MAX\""
                         << "3";
  }
  void whenSeveralRulesHold_thenTheHitPolicyDecides() {
    QFETCH(QString, attributes);
    QFETCH(QString, value);
    const std::string table = TableOf(attributes.toStdString(), {"a"}, {"| 1, 2, 3"},
                                      {"> 0 => 3", "> 1 => 1", "> 2 => 2", "> 3 => 1", "< 0 => 2"});
    QCOMPARE(QString::fromStdString(Evaluate(table, R"({"a": 9})")), value);
    QCOMPARE(Evaluate(table, R"({"a": 0})"), "null");
  }

  void whenNoRuleHolds_thenTheDefaultOutputsAreTheValue() {
    const std::string table = TableOf("", {"a"}, {"x | | 7", "y | | \"none\""}, {"1 => 1 | \"one\""});
    QCOMPARE(Evaluate(table, R"({"a": 1})"), R"({"x":1,"y":"one"})");
    QCOMPARE(Evaluate(table, R"({"a": 2})"), R"({"x":7,"y":"none"})");
  }

  void whenOutputsAreSeveral_thenPriorityGoesByTheFirstThatDiffers() {
    const std::string table =
        TableOf("hitPolicy=\"PRIORITY\"", {"a"}, {"x | \"high\", \"low\"", "y | 1, 2, 3"},
                {"- => \"low\" | 1", "- => \"high\" | 3", "> 1 => \"high\" | 2"});
    QCOMPARE(Evaluate(table, R"({"a": 1})"), R"({"x":"high","y":3})");
    QCOMPARE(Evaluate(table, R"({"a": 2})"), R"({"x":"high","y":2})");
  }

  void whenAnInputIsNotAmongItsValues_thenTheResultIsNullWithTheReason() {
    TestModel model(Definition(
        InputData("a") + Decision("D", TableOf("", {"a | string | \"x\", \"y\""}, {""}, {"- => 1"}), {"a"})));
    QCOMPARE(model.Json("D", R"({"a": "x"})"), "1");
    QCOMPARE(model.Json("D", R"({"a": null})"), "null");  // `-` is one of them, which null is not
    QCOMPARE(model.Json("D", R"({"a": "z"})"), "null");
    QVERIFY2(QString::fromStdString(model.FirstReason()).contains("input values"),
             model.FirstReason().c_str());
  }

  void whenUniqueIsViolated_thenTheReasonNamesTheRules() {
    TestModel model(
        Definition(InputData("a") +
                   Decision("D", TableOf("", {"a"}, {""}, {"> 1 => 1", "= 9 => 2", "> 2 => 3"}), {"a"})));
    QCOMPARE(model.Json("D", R"({"a": 5})"), "null");
    QVERIFY2(QString::fromStdString(model.FirstReason()).contains("rules 1, 3"), model.FirstReason().c_str());
  }

  /// Whatever the index says of a column, evaluating its tests one by one says the same.
  void whenTablesAreRandom_thenTheIndexAgreesWithEvaluatingEachTest() {
    const uint32_t seed = std::random_device{}();
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<uint32_t>(n)); };
    const auto number = [&] { return std::to_string(below(7)) + (below(4) == 0 ? ".5" : ""); };
    const auto text = [&] { return std::string("\"") + static_cast<char>('a' + below(4)) + "\""; };
    const auto number_cell = [&]() -> std::string {
      switch (below(8)) {
        case 0:
          return "-";
        case 1:
          return number();
        case 2:
          return "< " + number();
        case 3:
          return ">= " + number();
        case 4:
          return "[" + number() + ".." + number() + ")";
        case 5:
          return "not(" + number() + ", > " + number() + ")";
        case 6:
          return "a + 0 > " + number();  // only evaluating tells
        default:
          return number() + ", " + number();
      }
    };
    const auto text_cell = [&]() -> std::string {
      switch (below(5)) {
        case 0:
          return "-";
        case 1:
          return "not(" + text() + ")";
        case 2:
          return text() + ", " + text();
        default:
          return text();
      }
    };
    for (int round = 0; round < 60; ++round) {
      std::vector<std::string> rules;
      std::vector<std::pair<std::string, std::string>> cells;
      for (int r = 0; r < 1 + below(90); ++r) {
        cells.emplace_back(number_cell(), text_cell());
        rules.push_back(cells.back().first + " | " + cells.back().second + " => " + std::to_string(r));
      }
      TestModel model(Definition(
          InputData("a") + InputData("b") +
          Decision("D", TableOf("hitPolicy=\"RULE ORDER\"", {"a", "b"}, {""}, rules), {"a", "b"})));
      feel::Scope scope;
      scope.Add("a", feel::Type(), 0);
      scope.Add("b", feel::Type(), 1);
      for (int i = 0; i < 30; ++i) {
        const std::string a = below(9) == 0 ? "null" : below(9) == 0 ? "\"b\"" : number();
        const std::string b = below(9) == 0 ? "null" : text();
        const feel::Value slots[] = {*feel::FromJson(a), *feel::FromJson(b)};
        std::string expected;
        for (size_t r = 0; r < cells.size(); ++r) {
          const auto first = feel::ParseUnaryTests(cells[r].first, scope),
                     second = feel::ParseUnaryTests(cells[r].second, scope);
          QVERIFY2(first.ok() && second.ok(), (cells[r].first + " " + cells[r].second).c_str());
          if (!feel::EvaluateUnaryTests(*first, slots[0], slots).is_true() ||
              !feel::EvaluateUnaryTests(*second, slots[1], slots).is_true())
            continue;
          expected += (expected.empty() ? "" : ",") + std::to_string(r);
        }
        expected = expected.empty() ? "null" : "[" + expected + "]";
        const std::string found = model.Json("D", "{\"a\": " + a + ", \"b\": " + b + "}");
        QVERIFY2(found == expected, ("a " + a + " b " + b + ": " + found + " not " + expected).c_str());
      }
    }
  }

  /// Gaps, overlaps and covered rules are exactly those that trying every segment finds.
  void whenTablesAreRandom_thenTheAnalysisAgreesWithTryingAllValues() {
    const uint32_t seed = std::random_device{}();
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<uint32_t>(n)); };
    // Ends are 0, 2, 4, 6: the values -1 … 7 meet every segment.
    const auto cell = [&]() -> std::string {
      const int ends[] = {2 * below(4), 2 * below(4)};
      const std::string low = std::to_string(std::min(ends[0], ends[1]));
      const std::string high = std::to_string(std::max(ends[0], ends[1]));
      switch (below(6)) {
        case 0:
          return "-";
        case 1:
          return "< " + low;
        case 2:
          return ">= " + low;
        case 3:
          return low;
        case 4:
          return "not(" + low + ")";
        default:
          return (below(2) ? "[" : "(") + low + ".." + high + (below(2) ? "]" : ")");
      }
    };
    for (int round = 0; round < 300; ++round) {
      const int columns = 1 + below(3), count = 1 + below(6);
      std::vector<std::vector<CellTests>> rules;
      std::vector<std::vector<std::string>> texts;
      for (int r = 0; r < count; ++r) {
        rules.emplace_back();
        texts.emplace_back();
        for (int c = 0; c < columns; ++c) {
          texts.back().push_back(cell());
          rules.back().push_back(ReadCell(texts.back().back()));
          QVERIFY(!rules.back().back().opaque);
        }
      }
      CellTests any;
      any.any = true;
      const TableAnalysis analysis(rules, std::vector<CellTests>(static_cast<size_t>(columns), any));
      const auto holds = [&](size_t r, const std::vector<int>& point) {
        for (size_t c = 0; c < point.size(); ++c) {
          const auto tests = feel::ParseUnaryTests(texts[r][c]);
          if (!feel::EvaluateUnaryTests(*tests, feel::Value(point[c]), feel::Context()).is_true())
            return false;
        }
        return true;
      };
      bool gap = false;
      std::vector<std::vector<bool>> both(rules.size(), std::vector<bool>(rules.size()));
      std::vector<bool> alone(rules.size()), possible(rules.size());
      std::vector<int> point(static_cast<size_t>(columns), -1);
      for (bool more = true; more;) {
        std::vector<size_t> held;
        for (size_t r = 0; r < rules.size(); ++r) {
          if (holds(r, point)) held.push_back(r);
        }
        gap = gap || held.empty();
        for (const size_t a : held) {
          possible[a] = true;
          if (a == held.front()) alone[a] = true;
          for (const size_t b : held) both[a][b] = true;
        }
        more = false;
        for (int& coordinate : point) {
          if (++coordinate <= 7) {
            more = true;
            break;
          }
          coordinate = -1;
        }
      }
      Effort effort;
      QCOMPARE(!analysis.FindGaps(1, effort).regions.empty(), gap);
      for (size_t a = 0; a < rules.size(); ++a) {
        QCOMPARE(analysis.IsImpossible(a), !possible[a]);
        for (size_t b = 0; b < a; ++b) QCOMPARE(analysis.Overlap(a, b), static_cast<bool>(both[a][b]));
        std::vector<size_t> before;
        for (size_t k = 0; k < a; ++k) before.push_back(k);
        QCOMPARE(analysis.IsCovered(a, before, effort), std::optional<bool>(!alone[a]));
      }
    }
  }

  void whenARegionIsDescribed_thenItReadsLikeAnExpression() {
    const auto cells = [](std::initializer_list<const char*> texts) {
      std::vector<std::vector<CellTests>> rules;
      for (const char* text : texts) rules.push_back({ReadCell(text)});
      return rules;
    };
    const auto gap = [&](std::initializer_list<const char*> texts, const char* domain) {
      const TableAnalysis analysis(cells(texts), {ReadCell(domain)});
      Effort effort;
      const auto gaps = analysis.FindGaps(1, effort);
      const std::string names[] = {"Age"};
      return gaps.regions.empty() ? std::string("none") : analysis.Describe(gaps.regions[0], names);
    };
    QCOMPARE(gap({"< 18", "[18..65)"}, "-"), "Age >= 65");
    QCOMPARE(gap({"< 18", "> 18"}, "-"), "Age = 18");
    QCOMPARE(gap({"<= 18", "> 65"}, "-"), "Age in (18..65]");
    QCOMPARE(gap({"\"a\"", "\"b\""}, "-"), "not(Age in (\"a\", \"b\"))");
    QCOMPARE(gap({"\"a\"", "\"b\""}, "\"a\", \"b\", \"c\""), "Age = \"c\"");
    QCOMPARE(gap({"\"a\"", "\"b\", \"c\""}, "\"a\", \"b\", \"c\""), "none");
    QCOMPARE(gap({"true"}, "-"), "Age = false");
    QCOMPARE(gap({"<= date(\"2024-01-30\")", ">= date(\"2024-01-31\")"}, "-"), "none");
  }
};

QTEST_APPLESS_MAIN(DmnTableTest)
#include "dmn_table_test.moc"
