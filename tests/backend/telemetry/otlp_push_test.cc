#include "backend/telemetry/otlp_push.h"

#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backend/server/telemetry_file.h"
#include "base/clock.h"
#include "tests/backend/connectors/http_server.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::telemetry;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

Span SpanNamed(const std::string& name) {
  Span span;
  span.trace_id = std::string(32, 'a');
  span.span_id = std::string(16, 'b');
  span.name = name;
  span.start = WallTime(std::chrono::seconds(1'800'000'000));
  span.end = span.start + std::chrono::milliseconds(1);
  span.attributes = {{"element.id", name}};
  return span;
}

OtlpPushOptions OptionsFor(const HttpServer& collector) {
  OtlpPushOptions options;
  options.endpoint = collector.Origin() + "/";
  options.headers = {{"authorization", "Bearer secret"}};
  options.version = "1.2";
  options.metrics_every = std::chrono::hours(1);
  options.first_pause = milliseconds(20);
  return options;
}

/// Names of the spans in requests that were taken, in their order.
std::vector<std::string> Names(const std::vector<HttpServer::Request>& requests) {
  std::vector<std::string> names;
  for (const HttpServer::Request& request : requests) {
    if (request.target != "/v1/traces") continue;
    const json body = json::parse(request.body);
    for (const json& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"]) names.push_back(span["name"]);
  }
  return names;
}

}  // namespace

/// Spans and metrics that go to a collector over HTTP.
class OtlpPushTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { metrics_ = Metrics::Make("1.2"); }

  void whenSpansCome_thenTheyArePushedWithTheHeaders() {
    HttpServer collector([](const auto&) { return HttpServer::Response{200, "{}"}; });
    auto push = OtlpPush::Start(OptionsFor(collector), *metrics_, &clock_);
    QVERIFY(push.ok());
    (*push)->Add({SpanNamed("one"), SpanNamed("two")});
    QTRY_COMPARE_WITH_TIMEOUT(Names(collector.requests()).size(), size_t{2}, kWaitMs);
    const HttpServer::Request request = collector.requests()[0];
    QCOMPARE(request.method, std::string("POST"));
    QCOMPARE(request.headers.at("content-type"), std::string("application/json"));
    QCOMPARE(request.headers.at("authorization"), std::string("Bearer secret"));
    const json span = json::parse(request.body)["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    QCOMPARE(span["startTimeUnixNano"].get<std::string>(), std::string("1800000000000000000"));
    QCOMPARE(span["attributes"][0]["value"]["stringValue"].get<std::string>(), std::string("one"));
    QTRY_VERIFY_WITH_TIMEOUT(metrics_->Text().find("ameide_spans_written_total 2") != std::string::npos,
                             kWaitMs);
  }

  void whenTheCollectorAsksForPatience_thenTheSameSpansComeAgainAndNoneTwice() {
    std::atomic<int> calls = 0;
    HttpServer collector([&](const auto&) { return HttpServer::Response{++calls < 3 ? 503 : 200, ""}; });
    auto push = OtlpPush::Start(OptionsFor(collector), *metrics_, &clock_);
    (*push)->Add({SpanNamed("one")});
    QTRY_VERIFY_WITH_TIMEOUT(calls >= 3, kWaitMs);
    QTRY_VERIFY_WITH_TIMEOUT(metrics_->Text().find("ameide_spans_written_total 1") != std::string::npos,
                             kWaitMs);
    (*push)->Add({SpanNamed("two")});
    QTRY_COMPARE_WITH_TIMEOUT(Names(collector.requests()).size(), size_t{4}, kWaitMs);
    QCOMPARE(Names(collector.requests()), (std::vector<std::string>{"one", "one", "one", "two"}));
  }

  void whenTheCollectorRefuses_thenTheSpansAreDroppedAndCounted() {
    HttpServer collector([](const auto&) { return HttpServer::Response{400, ""}; });
    auto push = OtlpPush::Start(OptionsFor(collector), *metrics_, &clock_);
    (*push)->Add({SpanNamed("one")});
    QTRY_VERIFY_WITH_TIMEOUT(metrics_->Text().find("ameide_spans_dropped_total 1") != std::string::npos,
                             kWaitMs);
  }

  void whenTheCollectorRefusesAPart_thenThatPartIsCountedAsDropped() {
    HttpServer collector([](const auto&) {
      return HttpServer::Response{200,
                                  R"({"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}})"};
    });
    auto push = OtlpPush::Start(OptionsFor(collector), *metrics_, &clock_);
    (*push)->Add({SpanNamed("one"), SpanNamed("two"), SpanNamed("three")});
    QTRY_VERIFY_WITH_TIMEOUT(metrics_->Text().find("ameide_spans_dropped_total 2") != std::string::npos,
                             kWaitMs);
    QVERIFY(metrics_->Text().find("ameide_spans_written_total 1") != std::string::npos);
    QCOMPARE(Names(collector.requests()).size(), size_t{3});
  }

  void whenTheCollectorSaysWhenToComeAgain_thenNobodyComesBefore() {
    HttpServer collector([](const auto&) {
      return HttpServer::Response{.status = 429, .body = "", .headers = {{"Retry-After", "3600"}}};
    });
    auto push = OtlpPush::Start(OptionsFor(collector), *metrics_, &clock_);
    (*push)->Add({SpanNamed("one")});
    QTRY_COMPARE_WITH_TIMEOUT(Names(collector.requests()).size(), size_t{1}, kWaitMs);
    QTest::qWait(500);  // many times its own pause
    QCOMPARE(Names(collector.requests()).size(), size_t{1});
  }

  void whenMetricsGoWellAndSpansDoNot_thenThePauseOfSpansGrowsAllTheSame() {
    HttpServer collector([](const HttpServer::Request& request) {
      return HttpServer::Response{.status = request.target == "/v1/traces" ? 503 : 200, .body = ""};
    });
    OtlpPushOptions options = OptionsFor(collector);
    options.metrics_every = milliseconds(5);
    auto push = OtlpPush::Start(options, *metrics_, &clock_);
    (*push)->Add({SpanNamed("one")});
    QElapsedTimer passed;
    passed.start();
    QTest::qWait(1500);
    const size_t asked = Names(collector.requests()).size();
    // 20, 40, 80 … ms, each at least the half: 8 requests in a second and a half; without growth dozens.
    size_t most = 1;
    for (qint64 pause = 10, after = 10; after <= passed.elapsed() + 100; pause *= 2, after += pause) ++most;
    QVERIFY2(asked >= 1 && asked <= most, std::to_string(asked).c_str());
  }

  void whenItEnds_thenAllThatWaitsIsSentOrCounted() {
    std::atomic<bool> away = true;
    HttpServer collector([&](const auto&) { return HttpServer::Response{away ? 503 : 200, ""}; });
    OtlpPushOptions options = OptionsFor(collector);
    options.first_pause = std::chrono::minutes(1);
    const auto many = [] {
      std::vector<Span> spans;
      for (int i = 0; i < 1200; ++i) spans.push_back(SpanNamed("one"));
      return spans;
    };
    auto push = OtlpPush::Start(options, *metrics_, &clock_);
    (*push)->Add(many());
    QTRY_COMPARE_WITH_TIMEOUT(Names(collector.requests()).size(), size_t{500}, kWaitMs);
    away = false;
    push->reset();
    QVERIFY(metrics_->Text().find("ameide_spans_written_total 1200") != std::string::npos);
    away = true;
    push = OtlpPush::Start(options, *metrics_, &clock_);
    (*push)->Add(many());
    QTRY_COMPARE_WITH_TIMEOUT(Names(collector.requests()).size(), size_t{2200}, kWaitMs);
    push->reset();
    QVERIFY(metrics_->Text().find("ameide_spans_dropped_total 1200") != std::string::npos);
  }

  void whenMoreWaitThanMay_thenTheRestIsDropped() {
    HttpServer collector([](const auto&) { return HttpServer::Response{.status = 503, .body = ""}; });
    OtlpPushOptions options = OptionsFor(collector);
    options.most_waiting = 2;
    auto push = OtlpPush::Start(options, *metrics_, &clock_);
    (*push)->Add({SpanNamed("one"), SpanNamed("two"), SpanNamed("three")});
    QTRY_VERIFY_WITH_TIMEOUT(metrics_->Text().find("ameide_spans_dropped_total 1") != std::string::npos,
                             kWaitMs);
  }

  void whenItEnds_thenWhatWaitsIsSentOnceAndAnIdleCollectorHoldsNobodyUp() {
    {
      HttpServer collector([](const auto&) { return HttpServer::Response{200, ""}; });
      auto push = OtlpPush::Start(OptionsFor(collector), *metrics_, &clock_);
      push->reset();
      QCOMPARE(collector.requests().size(), size_t{1});  // the last metrics
      QCOMPARE(collector.requests()[0].target, std::string("/v1/metrics"));
    }
    HttpServer hangs(
        [](const auto&) { return HttpServer::Response{.status = 200, .body = "", .hangs = true}; });
    auto push = OtlpPush::Start(OptionsFor(hangs), *metrics_, &clock_);
    (*push)->Add({SpanNamed("one")});
    QTRY_VERIFY_WITH_TIMEOUT(!hangs.requests().empty(), kWaitMs);
    const auto begin = std::chrono::steady_clock::now();
    push->reset();
    QVERIFY(std::chrono::steady_clock::now() - begin <
            std::chrono::seconds(8));  // less than a request's timeout
  }

  void whenTheIntervalIsOver_thenMetricsArePushed() {
    HttpServer collector([](const auto&) { return HttpServer::Response{200, ""}; });
    OtlpPushOptions options = OptionsFor(collector);
    options.metrics_every = milliseconds(20);
    metrics_->CountCall("/a.B/C", 5, std::chrono::milliseconds(30));
    auto push = OtlpPush::Start(options, *metrics_, &clock_);
    QTRY_VERIFY_WITH_TIMEOUT(collector.requests().size() >= 2, kWaitMs);
    const json body = json::parse(collector.requests()[0].body);
    bool counted = false, timed = false;
    for (const json& metric : body["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]) {
      if (metric["name"] == "ameide_calls_total") {
        counted = metric["sum"]["isMonotonic"] == true && metric["sum"]["aggregationTemporality"] == 2 &&
                  metric["sum"]["dataPoints"][0]["asDouble"] == 1.0;
      }
      if (metric["name"] == "ameide_call_seconds") {
        const json point = metric["histogram"]["dataPoints"][0];
        timed = point["count"] == "1" && point["bucketCounts"].size() == point["explicitBounds"].size() + 1;
      }
    }
    QVERIFY(counted && timed);
  }

  void whenTheEndpointIsNoUrl_thenItSaysSo() {
    OtlpPushOptions options;
    options.endpoint = "file:///etc/passwd";
    QVERIFY(absl::IsInvalidArgument(OtlpPush::Start(options, *metrics_, &clock_).status()));
    // Endpoints are logged: no secret may be in one.
    options.endpoint = "http://ada:secret@127.0.0.1:4318";
    const absl::Status refused = OtlpPush::Start(options, *metrics_, &clock_).status();
    QVERIFY(absl::IsInvalidArgument(refused));
    QVERIFY(refused.message().find("secret") == absl::string_view::npos);
  }

  void whenTheFileIsWrong_thenItSaysWhatIsWrong() {
    QTemporaryDir folder;
    const std::filesystem::path file = (folder.path() + "/telemetry.json").toStdString();
    QVERIFY(!server::ReadTelemetry(file)->has_value());
    const std::pair<const char*, const char*> wrong[] = {
        {"[]", "object"},
        {"{\"otlp\":{}}", "endpoint is missing"},
        {"{\"otlp\":{\"endpoint\":\"http://a\",\"port\":1}}", "port"},
        {"{\"otlp\":{\"endpoint\":\"http://a\",\"headers\":{\"x\":\"a\\r\\nb: c\"}}}", "header x"},
        {"{\"otlp\":{\"endpoint\":\"http://a\",\"metrics_every_seconds\":0}}", "metrics_every_seconds"},
    };
    for (const auto& [text, what] : wrong) {
      std::ofstream(file) << text;
      const auto read = server::ReadTelemetry(file);
      QVERIFY(absl::IsFailedPrecondition(read.status()));
      QVERIFY2(read.status().message().find(what) != absl::string_view::npos,
               std::string(read.status().message()).c_str());
    }
    std::ofstream(file) << "{\"otlp\":{\"endpoint\":\"http://a\",\"metrics_every_seconds\":5}}";
    QCOMPARE((*server::ReadTelemetry(file))->metrics_every, milliseconds(5000));
  }

 private:
  const SystemClock clock_;
  std::unique_ptr<Metrics> metrics_;
};

QTEST_GUILESS_MAIN(OtlpPushTest)
#include "otlp_push_test.moc"
