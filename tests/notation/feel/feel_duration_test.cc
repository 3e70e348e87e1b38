#include <QtTest>
#include <string>

#include "notation/feel/duration.h"

using namespace ameide;
using namespace ameide::feel;

namespace {

std::string After(const char* time, const char* duration) {
  return FormatTime(AddDuration(*ParseIsoDateTime(time), *ParseIsoDuration(duration)));
}

}  // namespace

class FeelDurationTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenATimerAddsADuration_thenTheCalendarDecides() {
    QCOMPARE(After("2026-03-01T12:00:00Z", "PT10M"), std::string("2026-03-01T12:10:00Z"));
    QCOMPARE(After("2024-01-31T12:00:00Z", "P1M"), std::string("2024-02-29T12:00:00Z"));
    QCOMPARE(After("2024-02-29T23:00:00Z", "P1Y2DT2H"), std::string("2025-03-03T01:00:00Z"));
    QCOMPARE(After("2024-01-01T00:00:00Z", "-PT1.5S"), std::string("2023-12-31T23:59:58.500000Z"));
    QCOMPARE(After("1969-12-31T23:59:59Z", "PT1S"), std::string("1970-01-01T00:00:00Z"));
    QCOMPARE(After("2026-01-01T00:00:00Z", "P2W"), std::string("2026-01-15T00:00:00Z"));
  }

  void whenADurationIsMalformed_thenTheMessageShowsHowToWriteIt() {
    for (const char* bad : {"", "P", "PT", "10M", "P1", "PT1", "P1H", "PT1D", "P1D1Y", "PT1M1H", "P1.5D",
                            "PT1S ", "p1d", "P-1D", "PT0.1234567891S", "P1W1D"}) {
      const auto parsed = ParseIsoDuration(bad);
      QVERIFY2(!parsed.ok(), bad);
      QVERIFY(parsed.status().message().find("PT10M") != absl::string_view::npos);
    }
  }

  void whenACycleIsRead_thenRepetitionsStartAndIntervalAreKnown() {
    const IsoCycle three = *ParseIsoCycle("R3/PT10M");
    QCOMPARE(three.repetitions, std::optional<uint64_t>(3));
    QCOMPARE(three.interval.time.seconds, int64_t{600});
    QVERIFY(!ParseIsoCycle("R/PT1H")->repetitions);
    QCOMPARE(FormatTime(*ParseIsoCycle("R/2026-03-01T12:00:00Z/PT1H")->start),
             std::string("2026-03-01T12:00:00Z"));
    QCOMPARE(FormatTime(*ParseIsoCycle("R2/PT1H/2026-03-01T12:00:00Z")->end),
             std::string("2026-03-01T12:00:00Z"));
    const IsoCycle daily = *ParseIsoCycle("R5/2026-03-01T12:00:00Z/2026-03-02T12:00:00.5Z");
    QCOMPARE(FormatTime(*daily.start), std::string("2026-03-01T12:00:00Z"));
    QCOMPARE(daily.interval.time.seconds, int64_t{86'400});
    QCOMPARE(daily.interval.time.nanos, 500'000'000U);
    QVERIFY(!daily.end);
    for (const char* bad : {"R5/2026-03-02T12:00:00Z/2026-03-01T12:00:00Z", "", "R3", "3/PT1H", "R3/PT0S",
                            "R3/-PT1H", "Rx/PT1H", "R3/PT1H/PT2H", "R1/2/3/4", "R3/"}) {
      QVERIFY2(!ParseIsoCycle(bad).ok(), bad);
    }
  }

  void whenDaysAreCounted_thenTheyCountBack() {
    for (int64_t day = -800'000; day <= 800'000; day += 37) {
      const Date date = DateOfDays(day);
      QVERIFY(IsValid(date));
      QCOMPARE(DaysOf(date), day);
    }
    QCOMPARE(DaysOf({1970, 1, 1}), int64_t{0});
    QCOMPARE(DaysOf({2000, 3, 1}), int64_t{11017});
  }

  void whenTemporalTextsAreRead_thenTheyAreWrittenBack() {
    for (const char* text : {"2024-02-29", "-0044-03-15", "123456-01-01"})
      QCOMPARE(FormatDate(*ParseDate(text)), std::string(text));
    for (const char* text : {"00:00:00", "23:59:59.999999999", "12:00:00Z", "12:00:00-05:30",
                             "12:00:00+01:00:30", "12:00:00@Europe/Paris"}) {
      QCOMPARE(FormatTimeOfDay(*ParseTimeOfDay(text)), std::string(text));
    }
    for (const char* text : {"P1DT2H3M4.5S", "-PT0.5S", "PT0S", "-P1D"}) {
      QCOMPARE(FormatDuration(*ParseDuration(text)->day_time_duration()), std::string(text));
    }
    for (const char* text : {"P1Y2M", "-P3M", "P0M"}) {
      QCOMPARE(FormatDuration(*ParseDuration(text)->year_month_duration()), std::string(text));
    }
    for (const char* bad : {"2023-02-29", "24-01-01", "2024-1-1", "02024-01-01", "2024-01-01T"})
      QVERIFY2(!ParseDate(bad).ok(), bad);
    for (const char* bad : {"24:00:01", "24:01:00", "25:00:00", "12:60:00", "12:00", "12:00:00+18:00",
                            "12:00:00@Europe/Atlantis", "12:00:00Z@Europe/Paris"}) {
      QVERIFY2(!ParseTimeOfDay(bad).ok(), bad);
    }
    QVERIFY(!ParseDuration("P1Y1D").ok());
  }

  void whenAnExpressionGaveATimersValue_thenEachKindIsUnderstood() {
    QCOMPARE(DurationFromValue(Value("PT1H"))->time.seconds, int64_t{3600});
    QCOMPARE(DurationFromValue(*ParseDuration("P2M"))->months.months, int64_t{2});
    QVERIFY(!DurationFromValue(Value(5)).ok());
    QCOMPARE(FormatTime(*TimeFromValue(Value(*ParseDateAndTime("2026-03-01T12:00:00+02:00")))),
             std::string("2026-03-01T10:00:00Z"));
    QCOMPARE(FormatTime(*TimeFromValue(Value("2026-03-01"))), std::string("2026-03-01T00:00:00Z"));
    QVERIFY(!CycleFromValue(Value()).ok());
    QVERIFY(!CycleFromValue(*ParseDuration("-PT1S")).ok());
    QCOMPARE(FormatDateTime(ToDateTime(*ParseIsoDateTime("1969-12-31T23:59:59.5Z"))),
             std::string("1969-12-31T23:59:59.5Z"));
  }
};

QTEST_APPLESS_MAIN(FeelDurationTest)
#include "feel_duration_test.moc"
