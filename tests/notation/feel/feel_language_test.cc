#include <QtTest>
#include <algorithm>
#include <string>
#include <vector>

#include "notation/feel/expression.h"
#include "notation/feel/json.h"

using namespace ameide::feel;

/// The language by the clauses of DMN 1.5: grammar (10.3.1), types (10.3.2.9), semantics (10.3.2), and what
/// the standard leaves to the conformance kit's reading.
namespace {

struct Row {
  const char* expression;
  const char* result;  ///< as ToText writes it
};

/// Names with every character that a name may have, and their types.
struct World {
  Scope scope;
  std::vector<Value> slots;

  World() {
    const Type line =
        Type::ContextOf({{"unit price", Type::Kind::kNumber}, {"sku-code", Type::Kind::kString}});
    Add("Monthly Income", Type::Kind::kNumber, Value(5000));
    Add("profit-loss", Type::Kind::kNumber, Value(7));
    Add("profit", Type::Kind::kNumber, Value(100));
    Add("loss", Type::Kind::kNumber, Value(30));
    Add("driver's age", Type::Kind::kNumber, Value(42));
    Add("a+b", Type::Kind::kNumber, Value(1));
    Add("a", Type::Kind::kNumber, Value(2));
    Add("b", Type::Kind::kNumber, Value(3));
    Add("x.y", Type::Kind::kNumber, Value(9));
    Add("date", Type::Kind::kString, Value("shadow"));
    Add("lines", Type::ListOf(line),
        List{Context{{"unit price", Value(10)}, {"sku-code", Value("A")}},
             Context{{"unit price", Value(20)}, {"sku-code", Value("B")}}});
    Add("customer", Type::ContextOf({{"first name", Type::Kind::kString}, {"e-mail", Type::Kind::kString}}),
        Context{{"first name", Value("Ada")}, {"e-mail", Value("ada@x")}});
    Add("anything", {}, Value());
    Add("🐎 power", Type::Kind::kNumber, Value(300));
  }
  void Add(const char* name, Type type, Value value) {
    scope.Add(name, std::move(type), static_cast<uint32_t>(slots.size()));
    slots.push_back(std::move(value));
  }
};

const World& TheWorld() {
  static const World* const world = new World();
  return *world;
}

Parsed ReadHere(const std::string& text) {
  ParseOptions options;
  options.scope = &TheWorld().scope;
  return Read(text, options);
}

std::string Evaluated(const std::string& text) {
  const Parsed parsed = ReadHere(text);
  if (!parsed.expression) return "no FEEL: " + std::string(parsed.status().message());
  return ToText(Evaluate(*parsed.expression, TheWorld().slots));
}

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string result = Evaluated(row.expression);
    QVERIFY2(result == row.result,
             (std::string(row.expression) + " gave " + result + ", not " + row.result).c_str());
  }
}

}  // namespace

class FeelLanguageTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenNamesHoldSpacesAndOperators_thenTheLongestInScopeWins() {
    Check({{"Monthly Income * 12", "60000"},
           {"Monthly   Income", "5000"},
           {"profit-loss", "7"},
           {"profit - loss", "7"},
           {"(profit) - loss", "70"},
           {"driver's age + 1", "43"},
           {"a+b", "1"},
           {"b+a", "5"},
           {"x.y + 1", "10"},
           {"date", "shadow"},
           {"date(\"2024-02-29\").day", "29"},
           {"🐎 power / 3", "100"},
           {"lines[unit price > 15].sku-code", "[\"B\"]"},
           {"lines.unit price", "[10, 20]"},
           {"sum(for l in lines return l.unit price * 2)", "60"},
           {"customer.first name + customer.e-mail", "Adaada@x"},
           {"{unit price: 1, total-sum: unit price + 1, r: total-sum * 2}.r", "4"},
           {"for my line in lines return my line.unit price", "[10, 20]"},
           {"(function(net price, tax/rate) net price * tax/rate)(10, 3)", "30"},
           {"some each item in [1, 2] satisfies each item > 1", "true"},
           {"[{a-b: 1}, {a-b: 5}][a-b > 2].a-b", "[5]"},
           {"`Monthly  Income` + `a + b`", "5001"},
           {"{f: function(a+b, c) c, r: f(a + b: 1, c: 2)}.r", "2"},
           {"(if anything = null then function(a+b) a+b else 5)(a + b: 7)", "7"},
           {"(if anything = null then function(a+b) a+b else 5)(a b: 7)", "null"},
           {"(function(Driver’s age, b) Driver ’ s age)(Driver’s age: 2, b: 1)", "2"},
           {"(function(what ?, b) b)(what ?: 2, b: 1)", "1"}});
  }

  void whenFunctionsAreValues_thenScopesAreLexical() {
    Check(
        {{"(function(x) x + 1)(2)", "3"},
         {"(function(x: number, y: number) x - y)(y: 1, x: 5)", "4"},
         {"{add: function(n) function(m) n + m, five: add(5), r: five(3)}.r", "8"},
         {"{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(20)}.r", "2432902008176640000"},
         {"for f in [function(x) x * 2, function(x) x * x] return f(5)", "[10, 25]"},
         {"for i in 1..3 return (function() i * a)()", "[2, 4, 6]"},
         {"sort([3, 1, 2], function(x, y) x > y)", "[3, 2, 1]"},
         {"sort(list: [{n: 2}, {n: 1}], precedes: function(x, y) x.n < y.n)[1].n", "1"},
         {"list replace([1, 2, 3], function(item, newItem) item > 1, 0)", "[1, 0, 0]"},
         {"{f: max}.f([1, 5, 2])", "5"},
         {"max = max", "true"},
         {"max = min", "false"},
         {"(function(x) x) = (function(x) x)", "true"},
         {"(function(x) x + 1) = (function(x) x+1 /* the same */)", "true"},
         {"(function(x) x) = (function(y) y)", "false"},
         {"(function(x: number) x) = (function(x: string) x)", "false"},
         {"{n: 1, f: function(x) x + n}.f = {n: 1, f: function(x) x + n}.f", "true"},
         {"{n: 1, f: function(x) x + n}.f = {n: 2, f: function(x) x + n}.f", "false"},
         {"list contains([function(x) x], function(x) x)", "true"},
         {"(function(x: number) x)(\"a\")", "null"},
         {"(function(x: number) x)([5])", "5"},
         {"(function(x: list<number>) x)(5)", "[5]"},
         {"(function(x: date and time) x)(@\"2024-01-01\")", "2024-01-01T00:00:00Z"},
         {"(function(x) x)(1, 2)", "null"},
         {"(function(x) x)(y: 1)", "null"},
         {"nothing(1)", "null"},
         {"123()", "null"},
         {"string(function(x, y) x)", "function(x, y)"}});
  }

  void whenListsAreFilteredAndProjected_thenItemsAnswer() {
    Check({{"[1, 2, 3, 4][item > 2]", "[3, 4]"},
           {"[1, 2, 3][-1]", "3"},
           {"[1, 2, 3][4]", "null"},
           {"5[1]", "5"},
           {"5[item > 7]", "[]"},
           {"[{x: 1}, {y: 2}].x", "[1, null]"},
           {"[{item: 1}, {item: 5}][item > 2]", "[{item: 5}]"},
           {"[{x: [1, 2]}, {x: [3]}].x[1]", "[1, 2]"},
           {"[[1, 2], [3]][item[1] = 3]", "[[3]]"},
           {"{l: [1, 2, 3], limit: 1, r: l[item > limit]}.r", "[2, 3]"},
           {"[{limit: 5, v: 9}][v > limit].v", "[9]"},
           {"[1, 2, 3][a]", "2"},
           {"[1, 2][true]", "[1, 2]"},
           {"[1, 2][null]", "[]"},
           {"null[1]", "null"},
           {"for x in 1..2, y in [x, x * 10] return x + y", "[2, 11, 4, 22]"},
           {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"},
           {"for i in 1..3 return count(partial)", "[0, 1, 2]"},
           {"for i in 1..3 return partial", "[[], [[]], [[], [[]]]]"},
           {"for i in 2..-1 return i", "[2, 1, 0, -1]"},
           {"for d in @\"2024-02-28\"..@\"2024-03-01\" return d.day", "[28, 29, 1]"},
           {"for x in 5 return x", "[5]"},
           {"some x in [1, null] satisfies x > 5", "null"},
           {"every x in [1, null] satisfies x > 5", "false"},
           {"every x in [1, 2], y in [3] satisfies x < y", "true"}});
  }

  void whenMembershipIsAsked_thenTestsRangesAndListsAnswer() {
    Check({{"5 in (> 3, < 1)", "true"},
           {"5 in (3..5]", "true"},
           {"5 in (3..5)", "false"},
           {"5 in ]3..5[", "false"},
           {"5 in [1, 5]", "true"},
           {"5 in [[1..2], [4..6]]", "true"},
           {"5 in [\"a\", 6]", "false"},
           {"5 in ([1..2], [5..6])", "true"},
           {"5 in (= 5)", "true"},
           {"5 in != 5", "false"},
           {"5 in 2 + 3", "true"},
           {"5 in [1, 5] and false", "false"},
           {"5 in > 3 and false", "false"},
           {"5 in (2 + 3) * 1", "true"},
           {"\"c\" in [\"b\"..\"d\")", "true"},
           {"null in [1..2]", "null"},
           {"@\"2024-05-01\" in [@\"2024-01-01\"..@\"2024-12-31\"]", "true"},
           {"5 in [profit-loss - 6..b + 2]", "true"},
           {"a between 1 and b", "true"},
           {"(> 3).start", "3"},
           {"(< 3).start included", "false"},
           {"[1..2].end included", "true"},
           {"(< 5) = (< 5)", "true"},
           {"(< 5) = (null..5)", "false"},
           {"(= 5) = [5..5]", "false"},
           {"[1..\"a\"]", "null"},
           {"string([1..5))", "[1..5)"},
           {"string((>= 5))", ">=5"},
           {"string(@\"2024-01-01\")", "2024-01-01"}});
  }

  void whenTypesAreAsked_thenConformanceDecides() {
    Check({{"1 instance of number", "true"},
           {"null instance of Any", "false"},
           {"null instance of Null", "true"},
           {"[1, 2] instance of list<number>", "true"},
           {"[1, \"a\"] instance of list<number>", "false"},
           {"[] instance of list<number>", "true"},
           {"{a: 1, b: \"x\"} instance of context<a: number>", "true"},
           {"{a: 1} instance of context<a: number, b: string>", "false"},
           {"{a: null} instance of context<a: number>", "true"},
           {"[1..2] instance of range<number>", "true"},
           {"[1..2] instance of range<string>", "false"},
           {"(function(x: number) \"a\") instance of function<number>->string", "true"},
           {"(function(x: number) \"a\") instance of function<string>->string", "false"},
           {"(function(x: context<a: string>) 1) instance of function<context<a: string, b: string>>->number",
            "true"},
           {"@\"P1Y\" instance of years and months duration", "true"},
           {"@\"PT1H\" instance of days and time duration", "true"},
           {"@\"2024-01-01T00:00:00\" instance of date and time", "true"},
           {"@\"12:00:00\" instance of time", "true"},
           {"1 instance of unheard", "null"},
           {"(function(f: function<number> -> number) f(1.5))(floor)", "1"},
           {"(function(f: function<number, number> -> number) f(1.55, 1))(floor)", "1.5"},
           {"(function(f: function<string> -> number) f(\"1\"))(floor)", "null"},
           {"time instance of function<number, number, number>->time", "true"},
           {"time instance of function<string>->time", "true"},
           {"time instance of function<boolean>->time", "false"},
           {"upper case instance of function<string>->number", "false"},
           {"concatenate instance of function<list<number>, list<string>, list<Any>>->list<Any>", "true"}});
  }

  void whenFunctionsHaveOneType_thenOnlyNamesThatAgreeAreKept() {
    const auto nested = [](const char* outer, const char* inner) {
      const Type result = Type::FunctionOf({Type::Kind::kString}, Type::ListOf(Type::Kind::kNumber), {inner});
      return Type::FunctionOf({Type::Kind::kNumber}, Type::ContextOf({{"f", result}}), {outer});
    };
    const Type same = CommonType(nested("a", "b"), nested("a", "b"));
    QCOMPARE(same.parameter_names().size(), size_t{1});
    QCOMPARE(same.result().field("f")->parameter_names().size(), size_t{1});
    const Type outer = CommonType(nested("a", "b"), nested("x", "b"));
    QVERIFY(Equivalent(outer, same));
    QVERIFY(outer.parameter_names().empty());
    QCOMPARE(outer.result().field("f")->parameter_names().size(), size_t{1});
    const Type inner = CommonType(nested("a", "b"), nested("a", "x"));
    QCOMPARE(inner.parameter_names().size(), size_t{1});
    QVERIFY(inner.result().field("f")->parameter_names().empty());
    const Type other = Type::FunctionOf({Type::Kind::kString}, Type::Kind::kNumber, {"a"});
    QVERIFY(CommonType(nested("a", "b"), other).is_any());
  }

  void whenLiteralsAreRead_thenEscapesAndForms() {
    Check({{"\"\\u0041\\U01F40E\\uD83D\\uDE00\\t\\\\\\\"\"", "A🐎😀\t\\\""},
           {"string length(\"🐎😀é\")", "3"},
           {"\"\\d\\u12 \\uD83D!\"", "\\d\\u12 \\uD83D!"},  // no escapes: text
           {"split(\"a b\", \"\\s\")", "[\"a\", \"b\"]"},
           {".5 + 1e2 + 1.5E-1", "100.65"},
           {"/* a */ 1 // b\n + 2", "3"},
           {"@\"nonsense\"", "null"},
           {"{\"a b\": 1}.a b", "1"},
           {"{a: 1, a: 2}", "null"},
           {"{}", "{}"},
           {"-@\"P1Y\"", "-P1Y"},
           {"= 1 + 1", "2"},
           {"1\xe2\x80\x83+\xc2\xa0"
            "1",
            "2"},  // em space, no-break space
           {"@\"24:00:00\"", "00:00:00"},
           {"@\"2024-02-28T24:00:00Z\"", "2024-02-29T00:00:00Z"},
           {"@\"23:00:50z\"", "23:00:50Z"},
           {"@\"10:00:00.1234567899\"", "10:00:00.123456789"},
           {"1 = 1 = true", "true"},
           {"1 < 2 < 3", "null"},
           {"1 in [1, 2] = true", "true"},
           {"if 1 then 2 else 3", "3"},
           {"- 2 ** 2", "4"},
           {"2 ** 3 ** 2", "64"}});
  }

  void whenTextsAreMatched_thenXPathDecides() {
    Check({{"matches(\"foobar\", \"^foo*b\")", "true"},
           {"matches(\"foobar\", \"^FOO*bar\", \"i\")", "true"},
           {"matches(\"a\\nb\", \"a.b\")", "false"},
           {"matches(\"a\\nb\", \"a.b\", \"s\")", "true"},
           {"matches(\"a\\nb\", \"^b$\", \"m\")", "true"},
           {"matches(\"ab\", \"a b\", \"x\")", "true"},
           {"matches(\"hello world\", \"hello\\ s world\", \"x\")", "true"},
           {"matches(\"helloworld\", \"hello[ ]world\", \"x\")", "false"},
           {"matches(\"O\", \"[A-Z-[OI]]\", \"i\")", "false"},
           {"matches(\"\\u212A\", \"k\", \"i\")", "true"},
           {"matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\", \"^(a+)+$\")", "null"},
           {"matches(\"a.b\", \"A.B\", \"qi\")", "true"},
           {"matches(\"axb\", \"a.b\", \"q\")", "false"},
           {"matches(\"x\", \"x\", \"k\")", "null"},
           {"matches(\"x\", \"(\")", "null"},
           {"matches(\"x\", \"(?=x)\")", "null"},
           {"matches(\"e\", \"[a-z-[aeiou]]\")", "false"},
           {"matches(\"f\", \"[a-z-[aeiou]]\")", "true"},
           {"matches(\"é\", \"^\\p{Ll}$\")", "true"},
           {"matches(\"ж\", \"^\\p{IsCyrillic}$\")", "true"},
           {"matches(\"٣\", \"^\\d$\")", "true"},
           {"matches(\"a:b\", \"^\\i\\c*$\")", "true"},
           {"matches(\"abab\", \"^(ab)\\1$\")", "true"},
           {"matches(\"ab\", \"a{2,1}\")", "null"},
           {"matches(\"a]\", \"[\\]]\")", "true"},
           {"replace(\"abracadabra\", \"bra\", \"*\")", "a*cada*"},
           {"replace(\"abracadabra\", \"a.*?a\", \"*\")", "*c*bra"},
           {"replace(\"AAAA\", \"A+?\", \"b\")", "bbbb"},
           {"replace(\"abc\", \"(b)\", \"[$1$0\\$\\\\\\\\]\")", "a[bb$\\]c"},
           {"replace(\"abc\", \"b\", \"$x\")", "null"},
           {"replace(\"abc\", \"x*\", \"-\")", "null"},
           {"replace(\"a.b\", \".\", \"$\", \"q\")", "a$b"},
           {"replace(\"🐎🐎\", \"🐎\", \"é\")", "éé"},
           {"split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]"},
           {"split(\"\", \";\")", "[\"\"]"},
           {"split(\"abc\", \"\")", "null"},
           {"string join(split(\"a, b\", \",\\s*\"), \"|\")", "a|b"}});
  }

  void whenContextsAndListsAreChanged_thenTheyAreNew() {
    Check({{"context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}"},
           {"context put({a: {b: 1}}, [\"a\", \"c\"], 2)", "{a: {b: 1, c: 2}}"},
           {"context put({a: 1}, [\"x\", \"y\"], 2)", "null"},
           {"context put({a: 1}, \"a\", null)", "{a: null}"},
           {"context put(context: {}, keys: [\"a\"], value: 1)", "{a: 1}"},
           {"context([{key: \"x\", value: 1}])", "{x: 1}"},
           {"get entries({a: 1})[1].key", "a"},
           {"list replace([1, 2, 3], -1, 9)", "[1, 2, 9]"},
           {"sort([3, 1, 2])", "[1, 2, 3]"},
           {"sort([1, \"a\"])", "null"},
           {"mode([1, 1, 2, 2, 3])", "[1, 2]"},
           {"stddev(2, 4, 7, 5)", "2.081665999466132735282297706979931"},
           {"mean([0.1, 0.2])", "0.15"},
           {"min([@\"2024-01-02\", @\"2024-01-01\"])", "2024-01-01"},
           {"max(\"a\", \"b\")", "b"},
           {"max([1, \"a\"])", "null"},
           {"concatenate([1], [2], [3, [4]])", "[1, 2, 3, [4]]"},
           {"union([1, 2], [2, 3])", "[1, 2, 3]"},
           {"abs([-1])", "1"},
           {"contains([\"foo\"], \"o\")", "true"},
           {"count(5)", "1"},
           {"substring(\"foobar\", 3, 3.8)", "oba"},
           {"modulo(-12.5, 5)", "2.5"},
           {"exp(1)", "2.718281828459045235360287471352662"},
           {"log(10)", "2.302585092994045684017991454684364"},
           {"2 ** 0.5", "1.414213562373095048801688724209698"},
           {"floor(-1.55, 1)", "-1.6"},
           {"number(\"1 000,5\", \" \", \",\")", "1000.5"},
           {"string(null)", "null"},
           {"string([1, \"a\", null, {b: @\"P1D\"}])", "[1, \"a\", null, {b: P1D}]"}});
  }

  void whenRangesAreRelated_thenAllensAlgebraHolds() {
    Check({{"before(1, 10)", "true"},
           {"before([1..5), 5)", "true"},
           {"before([1..5], [5..6])", "false"},
           {"before(range: [1..4], point: 5)", "true"},
           {"{f: before, r: f(range: [1..4], point: 5)}.r", "true"},
           {"{f: before, r: f(point: 5, range: [1..4])}.r", "false"},
           {"{f: round up, r: f(scale: 1, n: 1.11)}.r", "1.2"},
           {"after(10, [1..10))", "true"},
           {"meets([1..5], [5..10])", "true"},
           {"met by([5..10], [1..5))", "false"},
           {"overlaps([1..5], [5..8])", "true"},
           {"overlaps([1..5), [5..8])", "false"},
           {"overlaps before([1..5], [3..8])", "true"},
           {"overlaps after([3..8], [1..5])", "true"},
           {"finishes(10, [1..10])", "true"},
           {"finishes([5..10], [1..10])", "true"},
           {"finished by([1..10], 10)", "true"},
           {"includes([1..10], 5)", "true"},
           {"includes([1..10], [1..10))", "true"},
           {"during([1..10), [1..10])", "true"},
           {"starts(1, [1..10])", "true"},
           {"started by([1..10], [1..5])", "true"},
           {"coincides([1..5], [1..5])", "true"},
           {"coincides(3, 4)", "false"},
           {"before(1, \"a\")", "null"},
           {"before((< 5), [5..6])", "true"},
           {"includes((>= 5), 1000)", "true"}});
  }

  void whenKindsAreCompared_thenNullWhereTheyHaveNoOrder() {
    Check({{"@\"2024-01-01\" < @\"2024-01-01T10:00:00\"", "null"},
           {"@\"2024-01-01\" = @\"2024-01-01T00:00:00Z\"", "null"},
           {"@\"2024-01-01\" = @\"2024-01-01T00:00:00\"", "null"},
           {"is(@\"2024-01-01\", @\"2024-01-01T00:00:00Z\")", "false"},
           {"@\"2024-01-01T12:00:00+02:00\" = @\"2024-01-01T10:00:00Z\"", "true"},
           {"@\"2024-07-01T12:00:00@Europe/Paris\" = @\"2024-07-01T10:00:00Z\"", "true"},
           {"@\"2024-01-01T12:00:00@Europe/Paris\" > @\"2024-01-01T10:59:59Z\"", "true"},
           {"@\"12:00:00\" = @\"12:00:00Z\"", "false"},
           {"@\"12:00:00.1\" = @\"12:00:00.9\"", "false"},
           {"@\"2024-01-01T12:00:00.1\" = @\"2024-01-01T12:00:00.9\"", "false"},
           {"list contains([@\"12:00:00.1\"], @\"12:00:00.9\")", "false"},
           {"count(distinct values([@\"12:00:00.1\", @\"12:00:00.9\"]))", "2"},
           {"@\"12:00:00.1\" < @\"12:00:00.2\"", "true"},
           {"@\"P0D\" = @\"P0Y\"", "true"},
           {"@\"P1Y\" = @\"P365D\"", "null"},
           {"[1] = 1", "true"},  // a list of one stands for its item (10.3.2.6's example)
           {"[1] < 2 and 3 between [1] and 4", "true"},
           {"[1] + [2] * 3 - -[4]", "11"},
           {"[1, 2] = 1", "null"},
           {"[1, 2] + 1", "null"},
           {"[[1]] = [1]", "null"},
           {"get entries({key1: \"value1\"})[key = \"key1\"].value = \"value1\"", "true"},
           {"[5..1]", "null"},
           {"10 ** -6200", "null"},
           {"{r: > 5, x: 6 in r}.x", "true"},
           {"if true then < 5 else > 5", "<5"},
           {"includes(< 5, 3)", "true"},
           {"(function(r) 3 in r)(< 5)", "true"},
           {"123 instance of list", "null"},
           {"{a: 1} instance of context", "null"},
           {"[1..2] instance of range", "null"},
           {"(function(x) x) instance of function", "null"},
           {"number(\"+1\")", "null"},
           {"number(\"5.\")", "null"},
           {"count(distinct values(for i in 1..20000 return i))", "20000"},
           {"distinct values([1, 1.0, \"1\", null, null, true, @\"P0D\", @\"P0Y\", [1], [1]])",
            "[1, \"1\", null, true, PT0S, [1]]"},
           {"true < false", "null"},
           {"\"a\" < \"b\"", "true"},
           {"{a: 1} = {a: 1.0}", "true"}});
  }

  // Table 54
  void whenOneMomentHasNoOffset_thenItUsesThatOfTheOther() {
    Check({{"@\"12:00:00\" < @\"13:00:00Z\"", "true"},
           {"@\"12:00:00\" < @\"12:00:00Z\"", "false"},
           {"@\"12:00:00+02:00\" < @\"12:30:00\"", "true"},
           {"@\"12:00:00\" > @\"11:59:59+02:00\"", "true"},
           {"@\"2024-01-01T12:00:00\" < @\"2024-01-01T13:00:00Z\"", "true"},
           {"@\"2024-07-01T12:00:00\" >= @\"2024-07-01T12:00:01@Europe/Paris\"", "false"},
           {"@\"12:30:00\" between @\"12:00:00Z\" and @\"13:00:00Z\"", "true"},
           {"@\"12:30:00\" in [@\"12:00:00Z\"..@\"13:00:00Z\"]", "true"},
           {"min([@\"12:00:00\", @\"13:00:00Z\"])", "12:00:00"},
           {"max([@\"12:00:00\", @\"13:00:00Z\"])", "13:00:00Z"}});
  }

  void whenAConditionTestsAValue_thenItIsTheQuestionMark() {
    Check({{"5 in (? > 3)", "true"},
           {"2 in (? > 3)", "false"},
           {"5 in (? > 3 and ? < 5)", "false"},
           {"5 in (? > 7, ? = 5)", "true"},
           {"for x in [1, 5] return x in (? > 3)", "[false, true]"},
           {"{f: function(x) x in (? > 3), r: f(5)}.r", "true"},
           {"5 in (6 in (? = 6))", "true"},
           {"\"abc\" in (contains(?, \"b\"))", "true"},
           {"[1, 5][item in (? > 3)]", "[5]"}});
  }

  // Rules 27 … 30
  void whenNamesHoldQuestionMarks_thenTheyAreNames() {
    Check({{"{what if?: 1, r: what if?}.r", "1"},
           {"for ok? in [1, 2] return ok? + 1", "[2, 3]"},
           {"{a ? b: 2, r: a ? b}.r", "2"},
           {"{what if?: 1}", "{what if?: 1}"},
           {"{\"?\": 1}", "{\"?\": 1}"},
           {"{\"a “b”\": 1}", "{\"a “b”\": 1}"},
           {"{größe: 1, r: größe}.r", "1"}});
    for (const char* text : {"“a”", "{“a: 1}", "a — b", "§ + 1"})
      QVERIFY2(!ReadHere(text).expression.has_value(), text);
    Scope scope;  // what a model calls its own
    scope.Add("price §", Type::Kind::kNumber, 0);
    scope.Add("§ rate", Type::Kind::kNumber, 1);
    ParseOptions options;
    options.scope = &scope;
    const Parsed parsed = Read("price § * § rate", options);
    QVERIFY(parsed.expression.has_value());
    const std::vector<Value> slots = {Value(2), Value(3)};
    QCOMPARE(ToText(Evaluate(*parsed.expression, slots)), std::string("6"));
  }

  void whenTheStandardGivesNull_thenItIsNull() {
    Check({{"5 in [3..null]", "null"},
           {"1 in [3..null]", "false"},
           {"5 in [null..3]", "false"},
           {"5 in (> 3)", "true"},
           {"not([true])", "false"},
           {"not([true, false])", "null"},
           {"date(\"2012-03-07Z\")", "2012-03-07"},
           {"date(\"2012-03-07+14:00\")", "2012-03-07"},
           {"date(\"2012-03-07+14:01\")", "null"},
           {"date(\"2012-03-07@Europe/Paris\")", "null"},
           {"@\"2012-03-07Z\" = date(2012, 3, 7)", "true"},
           {"sort([2, 1], null)", "null"},
           {"date and time(\"2012-03-07Z\").year", "2012"},
           {"date and time(\"2012-03-07Z\")", "2012-03-07T00:00:00Z"},
           {"date and time(\"2012-03-07@Europe/Paris\")", "2012-03-07T00:00:00@Europe/Paris"},
           {"date and time(\"2012-03-07+01:00\").time offset", "PT1H"},
           {"date and time(\"2012-03-07\")", "2012-03-07T00:00:00"},
           {"date and time(\"2012-03-07X\")", "null"},
           {"years and months duration(@\"2011-12-22\", @\"2013-08-24\")", "P1Y8M"},
           {"years and months duration(@\"2011-12-22\", @\"2013-08-24T00:00:00\")", "P1Y8M"},
           {"duration(\"+P1D\")", "null"},
           {"duration(\"-P1D\")", "-P1D"}});
  }

  void whenZonesHaveRules_thenClocksAreMovedByThem() {
    Check({{"@\"2024-03-31T01:30:00@Europe/Paris\" + @\"PT1H\"", "2024-03-31T03:30:00@Europe/Paris"},
           {"(@\"2024-03-31T01:30:00@Europe/Paris\" + @\"PT1H\").time offset", "PT2H"},
           {"@\"2024-03-31T02:30:00@Europe/Paris\"", "2024-03-31T03:30:00@Europe/Paris"},  // clocks skip it
           {"@\"2024-10-27T02:30:00@Europe/Paris\".time offset", "PT2H"},                  // the first of two
           {"@\"2024-10-27T03:30:00@Europe/Paris\" - @\"2024-10-27T01:30:00@Europe/Paris\"", "PT3H"},
           {"@\"2024-01-31T12:00:00@America/New_York\" + @\"P6M\"", "2024-07-31T12:00:00@America/New_York"},
           {"(@\"2024-01-31T12:00:00@America/New_York\" + @\"P6M\").time offset", "-PT4H"},
           {"@\"2090-07-01T00:00:00@Australia/Sydney\".time offset", "PT10H"},  // by the rule after the table
           {"@\"2090-01-01T00:00:00@Australia/Sydney\".time offset", "PT11H"},
           {"@\"1900-01-01T00:00:00@Europe/Amsterdam\".timezone", "Europe/Amsterdam"},
           {"string(@\"00:01:00@Etc/UTC\")", "00:01:00@Etc/UTC"},
           {"date and time(@\"2024-07-01\", @\"12:00:00@Europe/Paris\").time offset", "PT2H"},
           {"date and time(2024, 7, 1, 12, 0, 0, \"Europe/Paris\")", "2024-07-01T12:00:00@Europe/Paris"},
           {"time(\"12:00:00@Mars/Olympus\")", "null"}});
  }

  // 10.3.2.13.5
  void whenANamedParameterIsNotGiven_thenItIsNull() {
    const std::pair<const char*, const char*> rows[] = {
        {"{f: function(a, b) b = null, r: f(a: 1)}.r", "true"},
        {"{f: function(a, b) a, r: f(b: 1, a: 2)}.r", "2"},
        {"{f: function(a, b) a, r: f(b: 1, c: 2)}.r", "null"},
        {"{f: function(a, b) a, r: f(a: 1, a: 2)}.r", "null"},
        {"{f: function(a, b) a, r: f(1)}.r", "null"},
        {"substring(string: \"abc\")", "null"},
        {"list contains(list: [1, null])", "true"},
        {"{f: list contains, r: f(list: [1, null])}.r", "true"},
        {"{f: floor, r: f(n: 1.5)}.r", "1"},
        {"{a+b: 1, a + b: 2}", "null"},
        {"count(get entries({\"a+b\": 1, \"a + b\": 2}))", "2"},
        // Of two keys the one that is written so is meant, in the context and in a path.
        {"{\"a+b\": 1, \"a + b\": 2, r: a+b}.r", "1"},
        {"{\"a+b\": 1, \"a + b\": 2, r: a + b}.r", "2"},
        {"{\"a+b\": 1, \"a + b\": 2}.a+b", "1"},
        {"{\"a+b\": 1, \"a + b\": 2}.a + b", "2"},
        {"{\"a + b\": 2, \"a+b\": 1}.a + b", "2"},
        {"[{\"a+b\": 1, \"a + b\": 2}][a+b = 1 and a + b = 2][1].a+b", "1"},
        {"{\"a+b\": 1, \"a + b\": 2, r: `a+b`}.r", "1"},
        {"{\"a+b\": 1, \"a + b\": function(n) a+b, r: a + b(0)}.r", "1"},
        {"{\"a+b\": 1, \"a + b\": 2, r: a +b}.r", "2"},
        {"{\"a+b\": 1, \"a + b\": 2}.a +b", "2"},
        {"(function(y) y) instance of function<Any>->Any", "true"},
        {"(function(y) y) instance of function<>->Any", "false"},
        {"(function() 1) instance of function<>->Any", "true"},
        // What is nearer hides it, however it is written.
        {"{\"a+b\": 1, r: {\"a + b\": 2, r: a+b}.r}.r", "2"},
        {"{\"a+b\": 1, r: for a + b in [3] return a+b}.r[1]", "3"},
        {"{f: floor, r: f(n: 1.55, scale: 1)}.r", "1.5"},
        {"{f: floor, r: f(scale: 1)}.r", "null"},
        {"{f: substring, r: f(start position: 2, string: \"abc\")}.r", "\"bc\""},
    };
    const Scope nothing;  // built-in functions are values where names are known
    for (const auto& [text, wanted] : rows) {
      const Parsed parsed = Read(text, {.scope = &nothing});
      QVERIFY2(parsed.expression.has_value(), text);
      const std::string value = ToJson(Evaluate(*parsed.expression, Context()));
      QVERIFY2(value == wanted, (text + (" gives " + value)).c_str());
    }
    const Parsed parsed = Read("substring(string: \"abc\")");
    QVERIFY(std::any_of(parsed.findings.begin(), parsed.findings.end(), [](const Finding& finding) {
      return finding.message == "the parameter start position is not given and is null";
    }));
  }
};

QTEST_APPLESS_MAIN(FeelLanguageTest)
#include "feel_language_test.moc"
