#include <arpa/inet.h>
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "backend/connectors/address_rules.h"
#include "backend/connectors/connector_settings.h"
#include "backend/connectors/http_connector.h"
#include "tests/backend/connectors/http_server.h"

using namespace ameide;
using namespace ameide::connectors;
using runtime::Job;
using runtime::JobOutcome;

/// Calls over HTTP, to a real server.
class ConnectorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    connector_ = MakeHttpConnector(Folder());
  }

  void whenAnAddressIsInside_thenItIsKnown() {
    const std::pair<const char*, AddressPlace> rows[] = {
        {"8.8.8.8", AddressPlace::kPublic},
        {"127.0.0.1", AddressPlace::kInside},
        {"127.255.0.1", AddressPlace::kInside},
        {"10.1.2.3", AddressPlace::kInside},
        {"172.15.0.1", AddressPlace::kPublic},
        {"172.31.255.255", AddressPlace::kInside},
        {"172.32.0.0", AddressPlace::kPublic},
        {"192.168.1.1", AddressPlace::kInside},
        {"169.254.169.254", AddressPlace::kInside},
        {"100.64.0.1", AddressPlace::kInside},
        {"0.0.0.0", AddressPlace::kNowhere},
        {"224.0.0.1", AddressPlace::kNowhere},
        {"255.255.255.255", AddressPlace::kNowhere},
        {"198.19.0.1", AddressPlace::kInside},
        {"::1", AddressPlace::kInside},
        {"::", AddressPlace::kNowhere},
        {"fe80::1", AddressPlace::kInside},
        {"fd00::1", AddressPlace::kInside},
        {"ff02::1", AddressPlace::kNowhere},
        {"::ffff:127.0.0.1", AddressPlace::kInside},
        {"::ffff:8.8.8.8", AddressPlace::kPublic},
        {"64:ff9b::a00:1", AddressPlace::kInside},
        {"64:ff9b:1::1", AddressPlace::kInside},
        {"2002:7f00:1::", AddressPlace::kInside},
        {"2001:db8::1", AddressPlace::kNowhere},
        {"2606:4700::1111", AddressPlace::kPublic},
    };
    for (const auto& [text, place] : rows) {
      sockaddr_storage address{};
      if (std::string_view(text).find(':') == std::string_view::npos) {
        address.ss_family = AF_INET;
        QCOMPARE(inet_pton(AF_INET, text, &reinterpret_cast<sockaddr_in*>(&address)->sin_addr), 1);
      } else {
        address.ss_family = AF_INET6;
        QCOMPARE(inet_pton(AF_INET6, text, &reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr), 1);
      }
      QVERIFY2(PlaceOf(reinterpret_cast<sockaddr&>(address)) == place, text);
    }
  }

  void whenAnOriginIsWritten_thenItCoversItsServersOnly() {
    const auto covers = [](const char* rule, const char* server) {
      return ParseOrigin(rule)->Covers(*ParseOrigin(server));
    };
    QVERIFY(covers("https://a.example.com", "https://A.example.com:443"));
    QVERIFY(!covers("https://a.example.com", "http://a.example.com"));
    QVERIFY(!covers("https://a.example.com", "https://a.example.com:8443"));
    QVERIFY(!covers("https://a.example.com", "https://b.a.example.com"));
    QVERIFY(covers("https://*.example.com", "https://b.a.example.com"));
    QVERIFY(!covers("https://*.example.com", "https://example.com"));
    QVERIFY(!covers("https://*.example.com", "https://badexample.com"));
    for (const char* wrong :
         {"", "example.com", "ftp://a", "https://", "https://a/b", "https://u@a",
          "https://a:", "https://a:99999", "https://a.*.b", "https://*.", "https://a?b", "https://a#b"})
      QVERIFY2(!ParseOrigin(wrong).ok(), wrong);
  }

  void whenACallIsMade_thenTheServerGetsItAndTheAnswerIsTheResult() {
    HttpServer server([](const HttpServer::Request&) {
      return HttpServer::Response{201,
                                  R"({"id":12345678901234567890.12,"ok":true})",
                                  {{"Content-Type", "application/json"}, {"X-A", "b"}}};
    });
    Allow(server, true);
    const JobOutcome outcome = Call(
        absl::StrCat(R"({"method":"POST","url":")", server.Origin(),
                     R"(/orders?x=1","query":{"q":"a b&c","n":[1,2]},"headers":{"X-Order":7,"X-None":null},)",
                     R"("body":{"amount":10.1,"exact":12345678901234567890.12}})"),
        {{"result", "answer"}});
    const std::string expected =
        R"({"answer":{"status":201,"headers":{"content-length":"40","connection":"close",)"
        R"("content-type":"application/json","x-a":"b"},"body":{"id":12345678901234567890.12,"ok":true}}})";
    QCOMPARE(ResultOf(outcome), expected);
    const HttpServer::Request request = server.requests().at(0);
    QCOMPARE(request.method + " " + request.target, std::string("POST /orders?x=1&q=a+b%26c&n=1&n=2"));
    QCOMPARE(request.body, std::string(R"({"amount":10.1,"exact":12345678901234567890.12})"));
    QCOMPARE(request.headers.at("content-type"), std::string("application/json"));
    QCOMPARE(request.headers.at("x-order"), std::string("7"));
    QVERIFY(!request.headers.contains("x-none"));
    QCOMPARE(request.headers.at("idempotency-key"), std::string("local/1/2/3"));
    QCOMPARE(request.headers.at("ameide-attempt"), std::string("1"));
  }

  void whenNothingIsAllowed_thenNothingIsCalled() {
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{}; });
    const auto call = [&] { return Call(Get(server.Origin() + "/")); };
    QVERIFY(FailureOf(call()).find("not allowed") != std::string::npos);
    Allow(server, false);
    QVERIFY(FailureOf(call()).find("inside this machine") != std::string::npos);
    Write("connectors.json", R"({"tenants":{"other":{"hosts":[]}}})");
    QVERIFY(FailureOf(call()).find("not allowed") != std::string::npos);
    Write("connectors.json", R"({"tenants":{"local":{"host":[]}}})");
    QVERIFY(FailureOf(call()).find("member host is unknown") != std::string::npos);
    QCOMPARE(server.requests().size(), size_t{0});
    for (const char* url : {"file:///etc/passwd", "http://u:p@127.0.0.1/", "//x", "http://", "gopher://x"})
      QVERIFY2(!FailureOf(Call(Get(url))).empty(), url);
    const std::string tunnel = R"({"method":"CONNECT","url":"http://127.0.0.1/"})";
    QVERIFY(!FailureOf(Call(tunnel)).empty());
    QVERIFY(!FailureOf(Call("{}")).empty());
  }

  void whenAStatusComes_thenItIsWhatTheModelOrTheProtocolSays() {
    int status = 200;
    HttpServer server([&](const HttpServer::Request&) {
      HttpServer::Response response{status, "why"};
      if (status == 503) response.headers = {{"Retry-After", "7"}};
      if (status == 302) response.headers = {{"Location", "/"}};
      return response;
    });
    Allow(server, true);
    const auto call = [&](int wanted) {
      status = wanted;
      return Call(Get(server.Origin() + "/x"),
                  {{"error:404", "gone"}, {"error:4xx", "refused"}, {"retryBackoff", "2000"}}, 3);
    };
    QCOMPARE(ResultOf(call(204)), std::string());
    QCOMPARE(std::get<JobOutcome::Error>(call(404).what).code, std::string("gone"));
    QCOMPARE(std::get<JobOutcome::Error>(call(409).what).code, std::string("refused"));
    const auto busy = std::get<JobOutcome::Failed>(call(503).what);
    QVERIFY(!busy.final && busy.retry_in == std::chrono::seconds(7));
    const auto broken = std::get<JobOutcome::Failed>(call(500).what);
    QVERIFY(!broken.final && broken.retry_in == std::chrono::seconds(8));  // twice doubled
    QVERIFY(broken.message.ends_with("/x: it answered 500: why"));
    QVERIFY(std::get<JobOutcome::Failed>(call(302).what).final);  // not followed
    QCOMPARE(server.requests().size(), size_t{6});
  }

  void whenASecretIsNeeded_thenOnlyTheServerSeesIt() {
    HttpServer server([](const HttpServer::Request& request) {
      const std::string& echo = request.headers.at("authorization");
      return HttpServer::Response{
          request.target == "/bad" ? 400 : 200, "you said " + echo, {{"X-Echo", echo}}};
    });
    Allow(server, true, absl::StrCat(R"(,"secrets":{"TOKEN":[")", server.Origin(), R"("],"OTHER":[]})"));
    const std::vector<std::pair<std::string, std::string>> headers = {
        {"header:Authorization", "Bearer {{secrets.TOKEN}}"}, {"result", "r"}};
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/"), headers)).find("no secret TOKEN") !=
            std::string::npos);
    Write("secrets.json", R"({"local":{"TOKEN":"s3cr3t-value","OTHER":"x"}})", 0644);
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/"), headers)).find("chmod 600") != std::string::npos);
    Write("secrets.json", R"({"local":{"TOKEN":"s3cr3t-value","OTHER":"x"}})", 0600);
    const std::string result = ResultOf(Call(Get(server.Origin() + "/"), headers));
    QCOMPARE(server.requests().at(0).headers.at("authorization"), std::string("Bearer s3cr3t-value"));
    QVERIFY(result.find("you said Bearer ***") != std::string::npos);
    QVERIFY(result.find("s3cr3t") == std::string::npos);
    const std::string failure = FailureOf(Call(Get(server.Origin() + "/bad"), headers));
    QVERIFY(failure.find("***") != std::string::npos && failure.find("s3cr3t") == std::string::npos);
    const std::string refused =
        FailureOf(Call(Get(server.Origin() + "/"), {{"header:Authorization", "{{secrets.OTHER}}"}}));
    QVERIFY(refused.find("may not be sent") != std::string::npos);
    // What data holds is never a reference.
    ResultOf(Call(absl::StrCat(R"({"method":"GET","url":")", server.Origin(),
                               R"(/","headers":{"Authorization":"{{secrets.TOKEN}}"}})")));
    QCOMPARE(server.requests().back().headers.at("authorization"), std::string("{{secrets.TOKEN}}"));
  }

  void whenASecretIsInTheEnvironment_thenItCounts() {
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{}; });
    Allow(server, true, absl::StrCat(R"(,"secrets":{"FROM_ENV":[")", server.Origin(), R"("]})"));
    qputenv("AMEIDE_SECRET_FROM_ENV", "shell-value");
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/"), {{"header:X-Key", "{{secrets.FROM_ENV}}"}})).empty());
    qunsetenv("AMEIDE_SECRET_FROM_ENV");
    QCOMPARE(server.requests().at(0).headers.at("x-key"), std::string("shell-value"));
  }

  void whenAHeaderWouldBreakTheRequest_thenItIsRefused() {
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{}; });
    Allow(server, true);
    const JobOutcome outcome = Call(absl::StrCat(R"({"method":"GET","url":")", server.Origin(),
                                                 R"(/","headers":{"X":"a\r\nHost: evil"}})"));
    QVERIFY(FailureOf(outcome).find("line end") != std::string::npos);
    QVERIFY(server.requests().empty());
  }

  void whenTheServerSpeaksTls_thenItsCertificateIsVerified() {
    const TestCertificate certificate;
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{}; }, &certificate);
    Allow(server, true);
    const JobOutcome outcome = Call(Get(server.Origin() + "/"));
    QVERIFY(FailureOf(outcome).find("not trusted") != std::string::npos);
    QVERIFY(!std::get<JobOutcome::Failed>(outcome.what).final);
    QVERIFY(server.requests().empty());
    Write("ca.pem", certificate.Pem());
    Allow(server, true, absl::StrCat(R"(,"authorities":")", (Folder() / "ca.pem").string(), R"(")"));
    QCOMPARE(FailureOf(Call(Get(server.Origin() + "/"))), std::string());
    const TestCertificate another;
    Write("ca.pem", another.Pem());
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/"))).find("not trusted") != std::string::npos);
  }

  void whenTheServerDoesNotAnswer_thenTheCallEndsInTime() {
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{.hangs = true}; });
    Allow(server, true);
    const JobOutcome outcome = Call(Get(server.Origin() + "/"), {{"timeout", "200"}});
    QVERIFY(!std::get<JobOutcome::Failed>(outcome.what).final);
    std::thread ends([&] {
      while (server.requests().size() < 2) std::this_thread::yield();
      connector_->Stop();
    });
    const JobOutcome cut = Call(Get(server.Origin() + "/"), {{"timeout", "60000"}});
    ends.join();
    QVERIFY(std::holds_alternative<JobOutcome::Unknown>(cut.what));
    QVERIFY(std::holds_alternative<JobOutcome::Unknown>(Call(Get(server.Origin() + "/")).what));
  }

  void whenAnAnswerIsTooLargeOrNoText_thenItIsRefused() {
    HttpServer server([](const HttpServer::Request& request) {
      if (request.target == "/large") return HttpServer::Response{200, std::string(9 << 20, 'x')};
      if (request.target == "/json")
        return HttpServer::Response{200, "{", {{"Content-Type", "application/problem+json"}}};
      return HttpServer::Response{200, "\xff\xfe"};
    });
    Allow(server, true);
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/large"), {{"result", "r"}})).find("8 MiB") !=
            std::string::npos);
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/binary"), {{"result", "r"}})).find("no text") !=
            std::string::npos);
    QVERIFY(FailureOf(Call(Get(server.Origin() + "/json"), {{"result", "r"}})).find("no JSON") !=
            std::string::npos);
  }

 private:
  std::filesystem::path Folder() const { return folder_->path().toStdString(); }
  void Write(const std::string& name, const std::string& text, mode_t mode = 0600) {
    const std::filesystem::path file = Folder() / name;
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
  }
  void Allow(const HttpServer& server, bool is_private, const std::string& more = "") {
    Write("connectors.json",
          absl::StrCat(R"({"tenants":{"local":{"hosts":[{"origin":")", server.Origin(), R"(","private":)",
                       is_private ? "true" : "false", "}]", more, "}}}"));
  }
  static std::string Get(const std::string& url) {
    return absl::StrCat(R"({"method":"GET","url":")", url, R"("})");
  }
  JobOutcome Call(const std::string& request, std::vector<std::pair<std::string, std::string>> headers = {},
                  int attempt = 1) {
    Job job;
    job.tenant = "local";
    job.is_http_call = true;
    job.variables_json = absl::StrCat(R"({"httpRequest":)", request, "}");
    job.headers = std::move(headers);
    job.idempotency_key = "local/1/2/3";
    job.attempt = attempt;
    return connector_->Call(job);
  }
  static std::string FailureOf(const JobOutcome& outcome) {
    const auto* failed = std::get_if<JobOutcome::Failed>(&outcome.what);
    return failed == nullptr ? "" : failed->message;
  }
  static std::string ResultOf(const JobOutcome& outcome) {
    const auto* done = std::get_if<JobOutcome::Done>(&outcome.what);
    return done == nullptr ? "not done: " + FailureOf(outcome) : done->variables_json;
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<runtime::ConnectorHandler> connector_;
};

QTEST_GUILESS_MAIN(ConnectorTest)
#include "connector_test.moc"
