#include <QtTest>
#include <string>

#include "notation/feel/expression.h"

using namespace ameide::feel;

/// What is meant to have no end, or to take all memory, ends at the evaluation's bounds.
namespace {

/// Two texts of a megabyte, and a list of a million numbers.
const Context& Large() {
  static const Context* const large = [] {
    const std::string text(1'000'000, 'a');
    return new Context{{"s", Value(text)},
                       {"t", Value(text)},
                       {"half", Value(std::string(500'000, 'a') + "b")},
                       {"l", Value(List(1'000'000, Value(7)))}};
  }();
  return *large;
}

bool Ends(const std::string& text, uint64_t steps = Budget().steps) {
  const auto expression = Parse(text);
  if (!expression.ok()) {
    qWarning("%s: %s", text.c_str(), std::string(expression.status().message()).c_str());
    return false;
  }
  Diagnostics reasons;
  Budget budget;
  budget.steps = steps;
  EvaluationOptions options;
  options.diagnostics = &reasons;
  options.budget = &budget;
  const Value value = Evaluate(*expression, Large(), options);
  return value.is_null() && reasons.exhausted;
}

/// Each time costs more than 40 steps.
bool EndsAgainAndAgain(const std::string& work) {
  return Ends("count(for i in 1..20000 return " + work + ")", 1'000'000);
}

}  // namespace

class FeelBoundsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenValuesNestWithoutEnd_thenTheyEnd() {
    for (const char* text :
         {"count((for i in 1..160000 return if i = 1 then [1] else [partial[-1]])[-1])",
          "count(for i in 1..160000 return if i = 1 then {a: 1} else {a: partial[-1]})",
          "count(for i in 1..160000 return if i = 1 then {} else context put({}, \"a\", partial[-1]))",
          "count(for i in 1..160000 return {p: if i = 1 then 1 else partial[-1], f: function() p}.f)",
          "count(for i in 1..160000 return if i = 1 then [1] else append([], partial[-1]))",
          "(for i in 1..160000 return if i = 1 then [1] else [partial[-1]]) = 1",
          "{f: function(n, x) if n = 0 then x else f(n - 1, [x]), r: f(10000, 1)}.r"})
      QVERIFY2(Ends(text), text);
  }

  void whenSharedValuesHaveNoEndOnPaper_thenNothingIsDoneWithThem() {
    const std::string endless =
        "{d: (for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]])[-1], r: ";
    for (const char* use : {"d = d", "is(d, d)", "list contains([d], d)", "distinct values([d, d])",
                            "index of([d], d)", "d in ([d])", "string(d)", "(function(x: list<number>) x)(d)",
                            "d instance of list<number>", "flatten(d)", "{a: d} = {a: d}", "count(d)"}) {
      const std::string text = endless + use + "}.r";
      QVERIFY2(Ends(text), text.c_str());
    }
  }

  void whenLargeValuesAreWorkedOnAgainAndAgain_thenItCosts() {
    for (const char* work : {"s = t",
                             "(function() l) = (function() l)",
                             "s < t",
                             "s != t",
                             "string length(s)",
                             "contains(s, half)",
                             "starts with(s, t)",
                             "ends with(s, t)",
                             "substring before(s, half)",
                             "substring after(s, half)",
                             "number(s)",
                             "upper case(s)",
                             "lower case(s)",
                             "trim(s)",
                             "s in (t)",
                             "s between s and t",
                             "0 in l",
                             "l instance of list<number>",
                             "(function(x: list<number>) 1)(l)",
                             "l = l",
                             "list contains(l, 8)",
                             "index of(l, 8)",
                             "[s]",
                             "{a: s}",
                             "(function(x) 1)(s)",
                             "for x in [s] return 1",
                             "[s][true]",
                             "min(s, t)",
                             "append([], s)",
                             "sort([s, t])",
                             "string(s)",
                             "is(l, l)",
                             "get entries({a: s})",
                             "matches(s, \"a*b\")"}) {
      QVERIFY2(EndsAgainAndAgain(work), work);
    }
  }

  void whenNumbersTakeLong_thenTheyCostWhatTheyTake() {
    for (const char* work :
         {"1.0000000001 ** (999999999 - i)", "2 ** (i / 7)", "modulo(10 ** 6000, 7 + i)", "exp(i / 1000000)",
          "log(i + 1)", "stddev([1, i, 10 ** 300])", "mean([1, i, 10 ** 300])", "7 ** (3999 - i / i)"}) {
      QVERIFY2(EndsAgainAndAgain(work), work);
    }
  }

  void whenPatternsAreHostile_thenCompilingAndMatchingCost() {
    for (const char* work :
         {"matches(\"a\", \"^(a{1,90}){1,\" + string(i) + \"}$\")",
          "matches(\"aaaaaaaaaaaaaaa\", \"(a|a)*[b-d]\")",
          "matches(\"aaaaaaaaaaaaaaaaaaaaaaaa\", \"(a*)*[b-d]\")",
          "replace(\"aaaaaaaaaaaa\", \"(a|a)*[b-d]\", \"x\")", "split(\"aaaaaaaaaaaa\", \"(a|a)*[b-d]\")"}) {
      QVERIFY2(EndsAgainAndAgain(work), work);
    }
    QVERIFY(Ends("replace(s + s, \"a+\", \"$0$0$0$0$0$0$0$0$0$0\")"));
  }

  void whenMemoryIsAskedFor_thenItIsPaidFor() {
    for (const char* text :
         {"for i in 1..100000 return partial", "count(for i in 1..2000000 return {a: i, b: i, c: [i, i, i]})",
          "count(for i in 1..2000000 return function(x) x + i)", "count(for i in 1..100 return s)",
          "count(for i in 1..1000000 return get entries({a: 1, b: 2, c: 3, d: 4}))",
          "count(for i in 1..1000 return l[true])", "count(for i in 1..1000 return reverse(l))"})
      QVERIFY2(Ends(text), text);
  }

  void whenTypesHaveNoEndOnPaper_thenReadingEnds() {
    std::string text = "{a0: {v: 1}";
    for (int i = 1; i <= 60; ++i) {
      const std::string before = "a" + std::to_string(i - 1);
      text += ", a" + std::to_string(i) + ": {l: " + before + ", r: " + before + "}";
    }
    const Parsed parsed = Read(text + ", r: [a60, a60] + a60}.r");
    QVERIFY(parsed.expression.has_value());
    QVERIFY(parsed.expression->type().ToString().size() < 1'000'000);
  }

  void whenWorkIsAsUsual_thenItIsFarFromTheBounds() {
    for (const auto& [text, wanted] : std::initializer_list<std::pair<const char*, const char*>>{
             {"count(for i in 1..1000000 return i)", "1000000"},
             {"sum(for i in 1..500000 return i)", "125000250000"},
             {"string length(s + t)", "2000000"},
             {"contains(s, half)", "false"},
             {"contains(s + \"b\", half)", "true"},
             {"string length(substring before(s + \"b\", half))", "500000"},
             {"count(l[item = 7])", "1000000"},
             {"l = l", "true"},
             {"count(for i in 1..2000 return matches(string(i), \"^[0-9]+$\"))", "2000"},
             {"string length(replace(\"abc\", \"b\", \"$0$0\"))", "4"}}) {
      Diagnostics reasons;
      const std::string value = ToText(Evaluate(*Parse(text), Large(), &reasons));
      QVERIFY2(value == wanted && !reasons.exhausted, (std::string(text) + " gives " + value).c_str());
    }
  }

  void whenAListIsRead_thenItDoesNotGrowUnderItsReader() {
    const Value lists = Evaluate(*Parse("for i in 1..4 return partial"), Context());
    QCOMPARE(ToText(lists), std::string("[[], [[]], [[], [[]]], [[], [[]], [[], [[]]]]]"));
    const Extent extent = ExtentOf(lists);
    QCOMPARE(extent.depth, 4u);
    QCOMPARE(extent.size, uint64_t{16});
  }
};

QTEST_APPLESS_MAIN(FeelBoundsTest)
#include "feel_bounds_test.moc"
