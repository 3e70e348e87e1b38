#include <QtTest>
#include <string>

#include "notation/feel/expression.h"

using namespace ameide::feel;

/// What people write who know other languages: the finding says how FEEL writes it, and the fix does so.
class FeelHintsTest : public QObject {
  Q_OBJECT

  static Parsed ReadHere(const std::string& text) {
    Scope scope;
    scope.Add("x", Type::Kind::kNumber, 0);
    scope.Add("flag", Type::Kind::kBoolean, 1);
    ParseOptions options;
    options.scope = &scope;
    return Read(text, options);
  }
  /// `text` with every fix made.
  static std::string Mended(std::string text) {
    const std::vector<Finding> findings = ReadHere(text).findings;
    for (auto finding = findings.rbegin(); finding != findings.rend(); ++finding) {
      if (!finding->fix) continue;
      const Span at = finding->fix->span;
      text.replace(at.begin, at.end - at.begin, finding->fix->text);
    }
    return text;
  }
  static std::string Said(const std::string& text) {
    std::string said;
    for (const Finding& finding : ReadHere(text).findings)
      said += finding.rule + ": " + finding.message + "; " + finding.hint + "\n";
    return said;
  }

 private Q_SLOTS:
  void whenMoreIsWrong_thenTheFixesAreMadeTogether() {
    QCOMPARE(Mended("xx<>1"), "x!=1");
    QCOMPARE(Mended("{a: 1 + \"x\", b: [1 2]}"), "{a: 1 + \"x\", b: [1, 2]}");
    QCOMPARE(Mended("sort([1], functoin(a, b) a < b)"), "sort([1], function(a, b) a < b)");
    QCOMPARE(Mended("if fraction(1) THEN 1 else 2"), "if fraction(1) then 1 else 2");
    QCOMPARE(Mended("sort([3], lambda(x, x) x < x)"), "sort([3], lambda(x, x) x < x)");
    QCOMPARE(Mended("a + x"), "a + x");
  }

  void whenAnotherLanguageIsWritten_thenTheHintSaysHowFeelWritesIt_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("hint");
    QTest::addColumn<QString>("mended");
    const auto row = [](const char* text, const char* hint, const char* mended) {
      QTest::newRow(text) << text << hint << mended;
    };
    row("True", "small letters", "true");
    row("NULL", "small letters", "null");
    row("flag AND flag", "small letters", "flag and flag");
    row("flag Or flag", "small letters", "flag or flag");
    row("a AND b", "small letters", "a and b");
    row("IF flag then 1 else 2", "small letters", "if flag then 1 else 2");
    row("not true", "not(", "");
    row("not flag", "not is a function", "not(flag)");
    row("x <> 1", "!=", "x != 1");
    row("x == 1", "one =", "x = 1");
    row("x in 1..10", "[1..10]", "x in [1..10]");
    row("x % 2", "modulo(a, b)", "");
    row("x ^ 2", "**", "x ** 2");
    row("flag && flag", "'and'", "flag and flag");
    row("flag || flag", "'or'", "flag or flag");
    row("@2020-01-01", "quotes", "@\"2020-01-01\"");
    row("@PT10M", "quotes", "@\"PT10M\"");
    row("2020-01-01", "the date is @\"2020-01-01\"", "@\"2020-01-01\"");
    row("now", "write now()", "now()");
    row("today", "write today()", "today()");
    row("x instance of functoin <>->Any", "did you mean function", "x instance of function <>->Any");
    row("x instance of functoin<>->Any", "did you mean function", "x instance of function<>->Any");
    row("Function(x) (x + 1)", "function(x) …", "function(x) (x + 1)");
    row("{f: FUNCTION(x) -x}", "function(x) …", "{f: function(x) -x}");
    row("functxion(x: context<a: number>) x", "function(x) …", "function(x: context<a: number>) x");
    row("unction(x: number) {a: x}", "function(x) …", "function(x: number) {a: x}");
    row("max(fraction(1), x)", "", "");
    row("sort([1], functoin(a, b) a < b)", "function(x) …", "sort([1], function(a, b) a < b)");
    row("lenght(\"a\")", "string length()", "string length(\"a\")");
    row("len(\"a\")", "string length()", "string length(\"a\")");
    row("length(\"a\")", "string length()", "string length(\"a\")");
    row("concat(\"a\", \"b\")", "joined with +", "");
    row("x => x", "function(x)", "");
    row("{a = 1}", "colon", "{a : 1}");
    row("x is null", "as with everything", "x = null");
    row("x is not null", "as with everything", "x != null");
    row("“a”", "straight quotes", "\"a\"");
    row("x – 1", "no minus", "x - 1");
    row("string length(strin: \"a\")", "did you mean string?", "string length(string: \"a\")");
    row("uppercase(\"a\")", "upper case()", "upper case(\"a\")");
    row("(1 + 2", "the '(' at 1:1 is not closed before", "(1 + 2)");
    row("sum(x, [1, 2)", "the '[' at 1:8 is not closed before", "sum(x, [1, 2])");
    row("{a: 1", "wanted ',' or '}'; the '{' at 1:1", "{a: 1}");
    row("x + 1)", "no '(' before it is open", "x + 1");
    row("[1 2]", "a comma or an operator is missing", "[1, 2]");
    row("{a: 1 b: 2}", "a comma or an operator is missing", "{a: 1, b: 2}");
    row("'it'", "strings are written between \"", "\"it\"");
    row("‘it’", "strings are written between \"", "\"it\"");
    row("\"it", "close it with \"", "");
    row("if flag then 1 els 2", "did you mean else?", "if flag then 1 else 2");
    row("some i in [x] return i > 1", "some and every with satisfies", "some i in [x] satisfies i > 1");
    row("for i in [x] satisfies i", "for … in … goes on with return", "for i in [x] return i");
    row("{and: 1}", "in quotes: \"and\"", "{\"and\": 1}");
    row("for if in [x] return 1", "'if' is a word of FEEL and no name", "");
    row("flag ? 1 : 2", "if … then … else …", "");
    row("x := 1", "nothing is assigned", "");
    row("@\"2020-01-01\" < \"2021-01-01\"", "a date is written @\"2021-01-01\"", "");
    row("[x][\"a\"]", "filtered by a condition or a position", "");
    row("some i in [x] satisfies i", "'satisfies' takes it for null", "");
    row("x; x", "no statements", "");
    row("\"a\".length", "write string length(…)", "");
    row("[x].size()", "write count(…)", "");
    row("@\"2020-13-01\"", "there is no day 2020-13-01", "");
    row("@\"25:00:00\"", "is not a time; write it like", "");
    row("@\"P1Y1D\"", "cannot be mixed", "");
    row("{f: function(rate) rate, r: f(rat: 1)}", "did you mean rate? it takes rate",
        "{f: function(rate) rate, r: f(rate: 1)}");
    row("(function(rate, years) rate)(rate: 1, zone: 2)",
        "no parameter named zone: the result is always null; it takes rate, years", "");
    row("(function(a, b) a)(b: 1)", "the parameter a is not given", "");
    row("(function(a) a)(a: 1, a: 2)", "the parameter a is given twice", "");
    row("(function(a: number) a)(a: \"x\")", "a string is given where the function takes a number", "");
    row("(if flag then function(a) 1 else function(a) x)(zone: 1)", "no parameter named zone", "");
    row("{f: contains, r: f(string: \"abc\", mach: \"b\")}", "did you mean match?",
        "{f: contains, r: f(string: \"abc\", match: \"b\")}");
    row("1e-6200", "its value is 0", "0");
    row("1.234567E-6176", "the number is rounded", "1E-6176");
  }
  void whenAnotherLanguageIsWritten_thenTheHintSaysHowFeelWritesIt() {
    QFETCH(QString, text);
    QFETCH(QString, hint);
    QFETCH(QString, mended);
    const std::string source = text.toStdString();
    const Parsed parsed = ReadHere(source);
    QVERIFY(!parsed.findings.empty());
    const Finding& finding = parsed.findings.front();
    const QString said = QString::fromStdString(finding.message + "; " + finding.hint);
    QVERIFY2(said.contains(hint), qPrintable(said));
    QCOMPARE(finding.fix.has_value(), !mended.isEmpty());
    if (!finding.fix) return;
    std::string fixed = source;
    fixed.replace(finding.fix->span.begin, finding.fix->span.end - finding.fix->span.begin,
                  finding.fix->text);
    QCOMPARE(QString::fromStdString(fixed), mended);
  }

  void whenWhatIsWrittenIsRight_thenNothingIsSaid() {
    for (const char* text : {"2020 - 01 - 01",
                             "2020-1-1",
                             "now()",
                             "not(flag)",
                             "x = null",
                             "x in [1..10]",
                             "x >= 1",
                             "{a: 1}",
                             "@\"2020-01-01\"",
                             "(function(a, b) a)(b: 1, a: 2)",
                             "{f: substring, r: f(string: \"a\", start position: 1)}",
                             "{f: max, r: f(1, 2, 3)}",
                             "(if flag then function(a) 1 else function(b) 1)(b: 1)",
                             "`x` + 1",
                             "for `a b` in [1] return `a  b` + `x`",
                             "`now`()",
                             "{`a+b`: 1, r: `a + b` + 1}",
                             "1e-6176",
                             "0e-9999",
                             "1e33"})
      QVERIFY2(Said(text).empty(), (text + std::string("\n") + Said(text)).c_str());
  }

  void whenArgumentsAreMisnamed_thenNoParameterIsMeantTwice() {
    const auto call = [](const std::string& arguments) {
      return "(function(rate, years) rate + years)(" + arguments + ")";
    };
    QCOMPARE(Mended(call("rate: 1, Rate: 2")), call("rate: 1, Rate: 2"));
    QCOMPARE(Mended(call("Rate: 1, RATE: 2")), call("rate: 1, RATE: 2"));
    QCOMPARE(Mended(call("rat: 1, year: 2")), call("rate: 1, years: 2"));
    QCOMPARE(Mended("(function(ab, cb) ab)(xb: 1, yb: 2)"),
             std::string("(function(ab, cb) ab)(ab: 1, cb: 2)"));
    // Of one letter none is nearer than another.
    QCOMPARE(Mended("(function(a, b) a)(x: 1, b: 2)"), std::string("(function(a, b) a)(x: 1, b: 2)"));
    const std::string builtin = "contains(string: \"a\", strin: \"b\")";
    QVERIFY(!ReadHere(builtin).findings.empty());
    QCOMPARE(Mended(builtin), builtin);
  }

  void whenAParameterIsLeftOut_thenItIsNullAndNoError() {
    const std::string call = "{f: function(a, b) if b = null then a else a + b, r: f(a: 1)}.r";
    const auto expression = Parse(call);
    QVERIFY2(expression.ok(), std::string(expression.status().message()).c_str());
    QCOMPARE(Evaluate(*expression, Context()), Value(1));
    QCOMPARE(ReadHere(call).findings.size(), size_t{1});
    QCOMPARE(ReadHere(call).findings[0].rule, std::string("type"));
    QVERIFY(Parse("substring(string: \"abc\")").ok());
    QCOMPARE(ReadHere("substring(string: \"abc\")").findings[0].rule, std::string("type"));
    QVERIFY(!Parse("{f: function(a, b) a, r: f(a: 1, c: 2)}.r").ok());
    QVERIFY(!Parse("(function(f: function<number> -> number) f(a: 1, b: 2))(function(a) a)").ok());
  }

  void whenFunctionsAreGiven_thenOnlyThoseThatCannotFitAreTold() {
    for (const char* text : {"{agg: function(f: function<list<number>> -> number, xs: list<number>) f(xs), "
                             "r: agg(sum, [1, 2])}.r",
                             "{agg: function(f: function<list<number>> -> number) f([1]), r: agg(f: mean)}.r",
                             "(function(f: function<string> -> date) f(\"2020-01-01\"))(date)",
                             "(function(c: context<f: function<list<number>> -> number>) c.f([1]))({f: sum})",
                             "(function(f: function) f(1))(function(a) a)",
                             "function(v) (function(c: context<a: number>) c.a)({a: v})",
                             "{f: function(g: function<number> -> number) f(f), r: 1}.r",
                             "(function(c: context<a: number, b: number>) c.a)(if 1 in [1..2] then "
                             "{a: 1, b: 2} else {a: 1})",
                             "(function(c: context<a: number, b: number>) c.a)([{a: 1, b: 2}, {a: 1}][1])"})
      QVERIFY2(Said(text).empty(), (text + std::string("\n") + Said(text)).c_str());
    for (const char* text : {"(function(f: function<string> -> number) f(\"a\"))(upper case)",
                             "(function(f: function<string> -> number) f(\"a\"))(1)",
                             "(function(c: context<a: number>) c.a)({a: \"x\"})",
                             "(function(c: context<a: number, b: number>) c.a)({a: 1})",
                             "(function(c: context<a: number, b: number>) c.a)(if 1 in [1..2] then "
                             "{a: \"x\", b: 2} else {a: \"y\"})"})
      QVERIFY2(Said(text).find("is given where the function takes a") != std::string::npos, text);
  }

  void whenAnItemMayLackTheEntry_thenItsTypeIsNotTakenForCertain() {
    const std::string call = "{f: function(b) b, r: [{f: function(a) true}, null][f(b: true)]}.r";
    QCOMPARE(Said(call), std::string());
    QCOMPARE(Evaluate(*ReadHere(call).expression, std::vector<Value>(2)), Value(List{Value()}));
    QVERIFY(!Said("[{a: 1}][a = \"x\"]").empty());
  }

  void whenMuchIsWrong_thenLittleIsSaid() {
    std::string text = "{f: function(p";
    for (int i = 0; i < 4'000; ++i) text += ",p" + std::to_string(i);
    text += ") 1, r: [f(p:1)";
    for (int i = 0; i < 3'000; ++i) text += ",f(p:1)";
    text += "]}";
    const Parsed parsed = ReadHere(text);
    QCOMPARE(parsed.findings.size(), size_t{100});
    size_t bytes = 0;
    for (const Finding& finding : parsed.findings) bytes += finding.message.size() + finding.hint.size();
    QVERIFY2(bytes < 100'000, std::to_string(bytes).c_str());
  }

  void whenAFunctionIsExternal_thenTheRuleSaysSo() {
    const Parsed parsed = ReadHere("function(a) external {java: {class: \"C\", method signature: \"m\"}}");
    QVERIFY(!parsed.expression);
    QCOMPARE(parsed.findings[0].rule, std::string("external"));
  }

  void whenANameIsLong_thenItsBeginningAndEndAreShown() {
    const std::string name = std::string(100, 'a') + std::string(100, 'b');
    const std::string said = ReadHere(name).findings.front().message;
    QVERIFY2(said.find("aaa…bbb") != std::string::npos && said.size() < 120, said.c_str());
  }

  void whenAFunctionIsUnknown_thenItIsSaidOnce() {
    const Parsed parsed = ReadHere("sume(1, 2)");
    QCOMPARE(parsed.findings.size(), size_t{1});
    QCOMPARE(parsed.findings[0].hint, std::string("did you mean sum()?"));
    Diagnostics reasons;
    EvaluationOptions options;
    options.diagnostics = &reasons;
    const std::vector<Value> slots = {Value(1), Value(true)};
    (void)Evaluate(*parsed.expression, slots, options);
    QCOMPARE(reasons.items.size(), size_t{1});
  }

  void whenAnEvaluationGivesNull_thenTheReasonIsSaidOnce() {
    for (const auto& [text, reason] : std::initializer_list<std::pair<const char*, const char*>>{
             {"every i in 1..1000000000000000000000 satisfies i > 0", "at most 15 digits"},
             {"for i in null return i", "not over null"},
             {"@\"2020-01-01\" - @\"2020-01-01T00:00:00\"", "is midnight UTC"},
             {"@\"12:00:00\" - @\"12:00:00Z\"", "with an offset and one without"}}) {
      const Parsed parsed = ReadHere(text);
      QVERIFY2(parsed.expression.has_value(), text);
      Diagnostics reasons;
      EvaluationOptions options;
      options.diagnostics = &reasons;
      const std::vector<Value> slots = {Value(1), Value(true)};
      QVERIFY(Evaluate(*parsed.expression, slots, options).is_null());
      QVERIFY2(reasons.items.size() == 1, text);
      QVERIFY2(reasons.items[0].message.find(reason) != std::string::npos, reasons.items[0].message.c_str());
    }
  }
};

QTEST_APPLESS_MAIN(FeelHintsTest)
#include "feel_hints_test.moc"
