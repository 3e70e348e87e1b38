#include <QProcess>
#include <QtTest>
#include <string>
#include <vector>

#include "base/random.h"
#include "notation/feel/duration.h"
#include "notation/feel/expression.h"
#include "notation/feel/zones.h"

using ameide::SeededRandom;
using namespace ameide::feel;

/// Laws on random inputs: what is printed reads back, dates and durations agree with Python's datetime.
namespace {

constexpr uint64_t kSeed = 20260301;

/// Random expressions, well-formed by construction.
class Writer {
 public:
  explicit Writer(uint64_t seed) : random_(seed) {}

  std::string Expression(int levels) {
    if (levels <= 0) return Atom();
    const auto part = [&] { return Expression(levels - 1); };
    switch (random_.Below(20)) {
      case 0:
        return "if " + part() + " then " + part() + " else " + part();
      case 1:
        return "for i in " + part() + ", my item in 1..3 return " + part();
      case 2:
        return (Coin() ? "some" : "every") + std::string(" i in ") + part() + " satisfies " + part();
      case 3:
        return "(" + part() + ")" + (Coin() ? " and " : " or ") + "(" + part() + ")";
      case 4:
      case 5:
      case 6: {
        static constexpr const char* kOperators[] = {" + ", " - ", " * ", " / ", " ** ", "+", "-"};
        return "(" + part() + ")" + kOperators[random_.Below(std::size(kOperators))] + "(" + part() + ")";
      }
      case 7: {
        static constexpr const char* kOperators[] = {" = ", " != ", " < ", " <= ", " > ", " >= "};
        return "(" + part() + ")" + kOperators[random_.Below(std::size(kOperators))] + "(" + part() + ")";
      }
      case 8:
        return "(" + part() + ") between (" + part() + ") and (" + part() + ")";
      case 9:
        return "(" + part() + ") in (" + Test(levels) + ", " + Test(levels) + ")";
      case 10:
        return "[" + part() + ", " + part() + "]";
      case 11:
        return "{a: " + part() + ", b c: " + part() + ", \"d-e\": " + part() + "}";
      case 12:
        return "(" + part() + ")[" + part() + "]";
      case 13:
        return "(" + part() + ")." + (Coin() ? "a" : "`b c`");
      case 14:
        return "(function(p: number, q) " + part() + ")(" + part() + ", 1)";
      case 15:
        return "count(" + part() + ")";
      case 16:
        return "substring(string: " + part() + ", start position: 1)";
      case 17:
        return "-(" + part() + ")";
      case 18:
        return "(" + part() + ") instance of list<context<a: number, b c: string>>";
      default:
        return Atom();
    }
  }

  std::string Test(int levels) {
    switch (random_.Below(5)) {
      case 0:
        return "< (" + Expression(levels - 2) + ")";
      case 1:
        return "[1..(" + Expression(levels - 2) + ")[";
      case 2:
        return "](" + Expression(levels - 2) + ")..9]";
      case 3:
        return "= \"x\"";
      default:
        return Expression(levels - 1);
    }
  }

 private:
  bool Coin() { return random_.Below(2) == 0; }
  std::string Atom() {
    static constexpr const char* kAtoms[] = {"1",
                                             "2.50",
                                             "\"a\\n\\\"b\"",
                                             "true",
                                             "null",
                                             "x",
                                             "first name",
                                             "`in`",
                                             "i",
                                             "item",
                                             "@\"2024-02-29\"",
                                             "@\"PT1H\"",
                                             "@\"10:00:00@Europe/Paris\"",
                                             "[]",
                                             "{}",
                                             "(> 5)",
                                             "[1..3)",
                                             "`a-b`",
                                             "p",
                                             "partial"};
    return kAtoms[random_.Below(std::size(kAtoms))];
  }

  SeededRandom random_;
};

std::vector<std::string> AskPython(const std::vector<std::string>& questions) {
  QByteArray input;
  for (const std::string& question : questions) input += QByteArray::fromStdString(question + "\n");
  QProcess python;
  python.start("python3",
               {QString::fromUtf8(qgetenv("AMEIDE_SOURCE_DIR")) + "/tests/notation/feel/feel_oracle.py"});
  python.write(input);
  python.closeWriteChannel();
  if (!python.waitForFinished(60'000)) return {};
  std::vector<std::string> answers;
  for (const QByteArray& line : python.readAllStandardOutput().split('\n')) {
    if (!line.isEmpty()) answers.push_back(line.toStdString());
  }
  return answers;
}

std::string RandomDate(SeededRandom& random) {
  const Date date = DateOfDays(static_cast<int64_t>(random.Below(3'000'000)) - 700'000);
  return FormatDate(date);
}

std::string RandomMoment(SeededRandom& random) {
  const Time time{
      static_cast<uint32_t>(random.Below(86'400)), static_cast<uint32_t>(random.Below(1'000'000)) * 1000, {}};
  return RandomDate(random) + "T" + FormatTimeOfDay(time);
}

std::string Evaluated(const std::string& text) {
  const Parsed parsed = Read(text);
  return parsed.expression ? ToText(Evaluate(*parsed.expression, Context())) : "no FEEL";
}

struct Question {
  std::string python, feel;
};

void Compare(const std::vector<Question>& questions) {
  std::vector<std::string> asked;
  for (const Question& question : questions) asked.push_back(question.python);
  const std::vector<std::string> answers = AskPython(asked);
  if (answers.empty()) QSKIP("python3, the oracle, is not installed");
  QCOMPARE(answers.size(), questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    if (answers[i] == "none") continue;  // outside of Python's years
    const std::string ours = Evaluated(questions[i].feel);
    QVERIFY2(ours == answers[i], (questions[i].feel + " gave " + ours + ", Python says " + answers[i] +
                                  " of " + questions[i].python)
                                     .c_str());
  }
}

}  // namespace

class FeelLawsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { qInfo("seed %llu", static_cast<unsigned long long>(kSeed)); }

  void whenAnExpressionIsPrinted_thenItReadsBackAsTheSame() {
    Writer writer(kSeed);
    ParseOptions options;
    options.has_input = true;
    for (int i = 0; i < 4'000; ++i) {
      const std::string text = i % 4 == 0 ? writer.Test(4) : writer.Expression(4);
      const bool unary = i % 4 == 0;
      const Parsed parsed = unary ? ReadUnaryTests(text, options) : Read(text, options);
      QVERIFY2(parsed.expression, (text + ": " + std::string(parsed.status().message())).c_str());
      const std::string printed = Print(*parsed.expression);
      const Parsed again = unary ? ReadUnaryTests(printed, options) : Read(printed, options);
      QVERIFY2(again.expression,
               (text + " printed " + printed + ": " + std::string(again.status().message())).c_str());
      QVERIFY2(Print(*again.expression) == printed,
               (printed + " printed " + Print(*again.expression)).c_str());
      QVERIFY2(again.expression->variables() == parsed.expression->variables(), printed.c_str());
      const Context variables{{"x", Value(2)}, {"first name", Value("Ada")}, {"in", Value(List{1, 2})}};
      const Value input(3);
      EvaluationOptions evaluation;
      evaluation.input = &input;
      const Value first = Evaluate(*parsed.expression, variables, evaluation);
      const Value second = Evaluate(*again.expression, variables, evaluation);
      QVERIFY2(ToText(first) == ToText(second),
               (text + " gave " + ToText(first) + ", " + printed + " gave " + ToText(second)).c_str());
    }
  }

  void whenDatesAndDurationsAreComputed_thenPythonAgrees() {
    SeededRandom random(kSeed);
    std::vector<Question> questions;
    for (int i = 0; i < 1'500; ++i) {
      const std::string a = RandomMoment(random), b = RandomMoment(random), day = RandomDate(random);
      questions.push_back({"difference " + a + " " + b, "@\"" + a + "\" - @\"" + b + "\""});
      questions.push_back({"weekday " + day + " 0", "@\"" + day + "\".weekday"});
      questions.push_back({"week " + day + " 0", "week of year(@\"" + day + "\")"});
      questions.push_back({"dayofyear " + day + " 0", "day of year(@\"" + day + "\")"});
    }
    Compare(questions);
  }

  void whenDurationsAreAdded_thenTheyCanBeTakenAway() {
    SeededRandom random(kSeed + 1);
    for (int i = 0; i < 2'000; ++i) {
      const std::string a = RandomMoment(random), b = RandomMoment(random);
      const std::string law = "(@\"" + a + "\" - @\"" + b + "\") + @\"" + b + "\" = @\"" + a + "\"";
      QVERIFY2(Evaluated(law) == "true", law.c_str());
      const std::string months = std::to_string(random.Below(500));
      const std::string scaled = "@\"P" + months + "M\" * 3 / 3 = @\"P" + months + "M\" and @\"P" + months +
                                 "M\" - @\"P" + months + "M\" = @\"P0M\"";
      QVERIFY2(Evaluated(scaled) == "true", scaled.c_str());
    }
  }

  void whenClocksShowAZonesTime_thenItsOffsetIsPythons() {
    // Python reads the machine's tables: the two are compared where releases of tzdata agree, in the past.
    SeededRandom random(kSeed + 2);
    static constexpr const char* kZones[] = {"Europe/Paris",     "America/New_York",  "Australia/Sydney",
                                             "Asia/Kolkata",     "America/Sao_Paulo", "Africa/Cairo",
                                             "Pacific/Apia",     "Europe/Dublin",     "Asia/Tehran",
                                             "America/St_Johns", "Etc/GMT+5",         "UTC"};
    std::vector<std::string> questions;
    std::vector<std::string> ours;
    for (int i = 0; i < 3'000; ++i) {
      const char* zone = kZones[random.Below(std::size(kZones))];
      const auto instant = static_cast<int64_t>(random.Below(3'400'000'000)) - 1'700'000'000;
      const int64_t days = instant >= 0 ? instant / 86'400 : (instant - 86'399) / 86'400;
      const Time time{static_cast<uint32_t>(instant - days * 86'400), 0, {}};
      questions.push_back("offset " + FormatDate(DateOfDays(days)) + "T" + FormatTimeOfDay(time) + " " +
                          zone);
      ours.push_back(std::to_string(ZoneOffsetAt(FindZone(zone), instant)));
    }
    const std::vector<std::string> answers = AskPython(questions);
    if (answers.empty()) QSKIP("python3, the oracle, is not installed");
    QCOMPARE(answers.size(), ours.size());
    for (size_t i = 0; i < ours.size(); ++i)
      QVERIFY2(answers[i] == "none" || answers[i] == ours[i],
               (questions[i] + ": " + ours[i] + ", Python's " + answers[i]).c_str());
  }
};

QTEST_GUILESS_MAIN(FeelLawsTest)
#include "feel_laws_test.moc"
