#include "notation/feel/decimal.h"

#include <QProcess>
#include <QtTest>
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"

using ameide::SeededRandom;
using ameide::feel::Decimal;
using ameide::feel::Rounding;
using ameide::feel::Uint128;

namespace {

/// The normal form that decimal_oracle.py prints: coefficient without trailing zeros, `e`, exponent.
std::string Canonical(const std::optional<Decimal>& value) {
  if (!value) return "none";
  const Decimal normal = value->Normalized();
  std::string digits;
  for (Uint128 rest = normal.coefficient(); rest != 0; rest /= 10)
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  std::reverse(digits.begin(), digits.end());
  if (digits.empty()) return "0e0";
  return (normal.negative() ? "-" : "") + digits + "e" + std::to_string(normal.exponent());
}

std::string RandomNumber(SeededRandom& random) {
  static constexpr int kDigits[] = {1, 2, 5, 17, 19, 33, 34};
  const int digits = kDigits[random.Below(std::size(kDigits))];
  std::string text = random.Below(2) == 0 ? "-" : "";
  text += static_cast<char>('1' + random.Below(9));
  const uint64_t style = random.Below(4);
  for (int i = 1; i < digits; ++i) {
    text += style == 0 ? '0' : style == 1 ? '9' : static_cast<char>('0' + random.Below(10));
  }
  if (random.Below(4) == 0 && digits > 1) text.back() = '5';
  static constexpr int kSpread[] = {1, 10, 40, 90, 6000};
  const int spread = kSpread[random.Below(std::size(kSpread))];
  return text + "e" +
         std::to_string(static_cast<int>(random.Below(static_cast<uint64_t>(2 * spread + 1))) - spread);
}

struct Case {
  std::string operation, a, b;
};

Rounding RoundingNamed(const std::string& name) {
  static const std::pair<std::string, Rounding> kNames[] = {
      {"half-even", Rounding::kHalfEven}, {"half-up", Rounding::kHalfUp},
      {"half-down", Rounding::kHalfDown}, {"up", Rounding::kUp},
      {"down", Rounding::kDown},          {"floor", Rounding::kFloor},
      {"ceiling", Rounding::kCeiling}};
  for (const auto& [known, how] : kNames) {
    if (known == name) return how;
  }
  return Rounding::kHalfEven;
}

std::vector<Decimal> NumbersOf(const std::string& text) {
  std::vector<Decimal> numbers;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    numbers.push_back(*Decimal::Parse(text.substr(at, end - at)));
    at = end + 1;
  }
  return numbers;
}

std::optional<Decimal> Compute(const Case& test) {
  if (test.operation == "sum") return ameide::feel::Sum(NumbersOf(test.a));
  if (test.operation == "mean") return ameide::feel::Mean(NumbersOf(test.a));
  if (test.operation == "stddev") return ameide::feel::StandardDeviation(NumbersOf(test.a));
  const Decimal a = *Decimal::Parse(test.a), b = *Decimal::Parse(test.b);
  if (test.operation == "add") return Add(a, b);
  if (test.operation == "subtract") return Subtract(a, b);
  if (test.operation == "multiply") return Multiply(a, b);
  if (test.operation == "divide") return Divide(a, b);
  if (test.operation == "modulo") return Modulo(a, b);
  if (test.operation == "power") return Power(a, b);
  if (test.operation == "sqrt") return SquareRoot(a);
  if (test.operation == "exp") return Exponential(a);
  if (test.operation == "ln") return Logarithm(a);
  return Round(a, *b.ToInt64(), RoundingNamed(test.operation.substr(6)));
}

std::vector<std::string> AskPython(const std::vector<Case>& cases) {
  QByteArray questions;
  for (const Case& test : cases) {
    questions += QByteArray::fromStdString(test.operation + " " + test.a + " " + test.b + "\n");
  }
  QProcess python;
  python.start("python3",
               {QString::fromUtf8(qgetenv("AMEIDE_SOURCE_DIR")) + "/tests/notation/feel/decimal_oracle.py"});
  python.write(questions);
  python.closeWriteChannel();
  if (!python.waitForFinished(60'000)) return {};
  std::vector<std::string> answers;
  for (const QByteArray& line : python.readAllStandardOutput().split('\n')) {
    if (!line.isEmpty()) answers.push_back(line.toStdString());
  }
  return answers;
}

void Check(const std::vector<Case>& cases) {
  const std::vector<std::string> answers = AskPython(cases);
  if (answers.empty()) QSKIP("python3, the oracle, is not installed");
  QCOMPARE(answers.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string ours = Canonical(Compute(cases[i]));
    QVERIFY2(ours == answers[i], (cases[i].operation + " " + cases[i].a + " " + cases[i].b + ": ours " +
                                  ours + ", Python's " + answers[i])
                                     .c_str());
  }
}

}  // namespace

class DecimalTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenNumbersAreRandom_thenArithmeticAgreesWithPython() {
    SeededRandom random(20101);
    std::vector<Case> cases;
    for (const char* operation : {"add", "subtract", "multiply", "divide"}) {
      for (int i = 0; i < 4000; ++i) cases.push_back({operation, RandomNumber(random), RandomNumber(random)});
    }
    Check(cases);
  }

  void whenNumbersMeetAtTheirLastDigits_thenSumsAgreeWithPython() {
    SeededRandom random(7);
    std::vector<Case> cases;
    for (int i = 0; i < 4000; ++i) {
      const std::string a = std::to_string(1 + random.Below(9)) + std::string(random.Below(34), '0');
      const std::string b = std::to_string(1 + random.Below(99)) + "e-" + std::to_string(random.Below(40));
      cases.push_back({random.Below(2) == 0 ? "add" : "subtract", a, b});
    }
    Check(cases);
  }

  void whenModuloAndRootsAreTaken_thenTheyAgreeWithPython() {
    SeededRandom random(99);
    std::vector<Case> cases;
    for (int i = 0; i < 1500; ++i) {
      std::string positive = RandomNumber(random);
      if (positive[0] == '-') positive.erase(0, 1);
      cases.push_back({"sqrt", positive, "0"});
      cases.push_back({"modulo", std::to_string(random.Below(1'000'000)) + "e-3",
                       "-" + std::to_string(1 + random.Below(999))});
      cases.push_back({"modulo", "-" + std::to_string(random.Below(1'000'000)),
                       std::to_string(1 + random.Below(999)) + "e-2"});
      cases.push_back({"modulo", RandomNumber(random), "7e" + std::to_string(random.Below(9))});
    }
    Check(cases);
  }

  void whenPowersAreWhole_thenTheyAgreeWithPython() {
    SeededRandom random(5);
    std::vector<Case> cases;
    for (int i = 0; i < 3000; ++i) {
      const std::string base =
          std::to_string(1 + random.Below(99'999)) + "e-" + std::to_string(random.Below(5));
      cases.push_back({"power", base, std::to_string(static_cast<int>(random.Below(121)) - 60)});
    }
    Check(cases);
  }

  void whenPowersAreFractions_thenTheyAgreeWithPython() {
    SeededRandom random(51);
    std::vector<Case> cases;
    for (int i = 0; i < 500; ++i) {
      std::string base = RandomNumber(random);
      if (base[0] == '-') base.erase(0, 1);
      cases.push_back({"power",
                       std::to_string(1 + random.Below(99'999)) + "e-" + std::to_string(random.Below(6)),
                       std::to_string(static_cast<int>(random.Below(20'001)) - 10'000) + "e-3"});
      cases.push_back({"power", base, "0.5"});
      cases.push_back({"power", "1.000000000000000000000000000000" + std::to_string(1 + random.Below(999)),
                       std::to_string(1 + random.Below(99)) + "e" + std::to_string(random.Below(32))});
      cases.push_back(
          {"power", std::to_string(2 + random.Below(40)), std::to_string(1 + random.Below(4'000))});
    }
    for (const auto& [a, b] : {std::pair("4", "0.5"), std::pair("-8", "3"), std::pair("-8", "0.5"),
                               std::pair("0.25", "-1.5"), std::pair("-1", "1e30"), std::pair("1", "0.3"),
                               std::pair("1234567890123456789012345678901234e-16", "2")})
      cases.push_back({"power", a, b});
    Check(cases);
  }

  void whenLogarithmsAndExponentialsAreTaken_thenTheyAgreeWithPython() {
    SeededRandom random(1618);
    std::vector<Case> cases;
    for (int i = 0; i < 700; ++i) {
      std::string positive = RandomNumber(random);
      if (positive[0] == '-') positive.erase(0, 1);
      cases.push_back({"ln", positive, "0"});
      const std::string near(random.Below(33), i % 2 == 0 ? '0' : '9');
      cases.push_back({"ln", (i % 2 == 0 ? "1." : "0.9") + near + std::to_string(1 + random.Below(9)), "0"});
      const std::string sign = random.Below(2) == 0 ? "-" : "";
      cases.push_back(
          {"exp", sign + std::to_string(random.Below(14'200)) + "." + std::to_string(random.Below(1'000'000)),
           "0"});
      cases.push_back(
          {"exp", sign + std::to_string(1 + random.Below(9'999)) + "e-" + std::to_string(random.Below(45)),
           "0"});
    }
    for (const char* edge : {"0", "1", "-1", "14149.385", "14150", "99999", "-14220", "-99999", "1e-6176"})
      cases.push_back({"exp", edge, "0"});
    for (const char* edge : {"1", "0", "-5", "10", "1e6144", "1e-6176"}) cases.push_back({"ln", edge, "0"});
    Check(cases);
  }

  void whenManyNumbersAreTakenTogether_thenTheResultIsRoundedOnce() {
    SeededRandom random(3141);
    std::vector<Case> cases;
    for (int i = 0; i < 500; ++i) {
      std::string numbers;
      for (uint64_t n = 2 + random.Below(9); n > 0; --n) {
        numbers += (numbers.empty() ? "" : ",") + std::string(random.Below(2) == 0 ? "-" : "") +
                   std::to_string(random.Below(1'000'000'000'000)) + "e" +
                   std::to_string(static_cast<int>(random.Below(60)) - 40);
      }
      for (const char* operation : {"sum", "mean", "stddev"}) cases.push_back({operation, numbers, "0"});
    }
    for (const char* numbers : {"1,1", "1e34,1,-1e34", "0,0,0", "5,5,5,5", "1e-30,1e30"}) {
      for (const char* operation : {"sum", "mean", "stddev"}) cases.push_back({operation, numbers, "0"});
    }
    Check(cases);
  }

  void whenRounded_thenEachModeAgreesWithPython() {
    SeededRandom random(3);
    std::vector<Case> cases;
    for (const char* mode : {"half-even", "half-up", "half-down", "up", "down", "floor", "ceiling"}) {
      for (int i = 0; i < 300; ++i) {
        const std::string value = (random.Below(2) == 0 ? "-" : "") +
                                  std::to_string(random.Below(100'000) * (1 + random.Below(2) * 4)) + "e-" +
                                  std::to_string(random.Below(6));
        cases.push_back(
            {std::string("round-") + mode, value, std::to_string(static_cast<int>(random.Below(8)) - 2)});
      }
    }
    Check(cases);
  }

  void whenOrdered_thenValueDecides() {
    QVERIFY(*Decimal::Parse("1.0") == *Decimal::Parse("1.000"));
    QVERIFY(*Decimal::Parse("-2") < *Decimal::Parse("1e-6176"));
    QVERIFY(*Decimal::Parse("9999999999999999999999999999999999") < *Decimal::Parse("1e34"));
    QVERIFY(*Decimal::Parse("-1e34") < *Decimal::Parse("-9999999999999999999999999999999999"));
    QVERIFY(*Decimal::Parse("0e5") == Decimal());
    QVERIFY(Decimal(INT64_MIN).ToInt64() == INT64_MIN);
    QVERIFY(Decimal(INT64_MAX).ToInt64() == INT64_MAX);
    QVERIFY(!Decimal::Parse("9223372036854775808")->ToInt64());
    QVERIFY(!Decimal::Parse("1.5")->ToInt64());
  }

  void whenDigitsAreLost_thenParseSaysSo() {
    const std::string most = "1.234567890123456789012345678901234";
    const auto exact = [](const std::string& text) {
      bool kept = false;
      return Decimal::Parse(text, &kept).ok() && kept;
    };
    for (const std::string& text :
         {most, most + "000", std::string("1") + std::string(60, '0'), std::string("1e-6176"),
          std::string("10e-6177"), std::string("0e-9999"), std::string("0.000e9999"), std::string("1e6144"),
          "0." + std::string(50, '0') + "1"})
      QVERIFY2(exact(text), text.c_str());
    for (const std::string& text :
         {most + "5", most + "0000000001", std::string("1e-6177"), std::string("1e-6200"),
          std::string("1e-99999"), std::string("1.5e-6176"), std::string(36, '9')})
      QVERIFY2(!exact(text), text.c_str());
  }

  void whenPrinted_thenTheTextIsPlainAndReadsBack() {
    const std::pair<const char*, const char*> kTexts[] = {{"1.50", "1.5"},
                                                          {"-0.0", "0"},
                                                          {"100", "100"},
                                                          {"1e3", "1000"},
                                                          {"0.00001", "0.00001"},
                                                          {"1e-60", "1E-60"},
                                                          {"-12345e100", "-1.2345E+104"},
                                                          {".5", "0.5"}};
    for (const auto& [text, wanted] : kTexts) {
      const Decimal value = *Decimal::Parse(text);
      QCOMPARE(value.ToString(), std::string(wanted));
      QVERIFY(*Decimal::Parse(value.ToString()) == value);
    }
    for (const char* bad : {"", "-", ".", "1e", "1x", "0x10", "1e99999", "--1", "1.2.3", " 1"}) {
      QVERIFY2(!Decimal::Parse(bad).ok(), bad);
    }
  }
};

QTEST_GUILESS_MAIN(DecimalTest)
#include "decimal_test.moc"
