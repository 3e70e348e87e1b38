#include <QtTest>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "backend/connectors/http_connector.h"
#include "tests/backend/connectors/http_server.h"
#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

/// HTTP calls of models, from the file to the answer in the process's variables.
class HttpCallTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    connector_ = connectors::MakeHttpConnector(folder_->path().toStdString());
    bed_ = std::make_unique<Bed>(nullptr, true);
    bed_->Close();
    bed_->options.connectors = connector_.get();
    bed_->Open();
  }
  void cleanup() { bed_.reset(); }

  void whenAModelCalls_thenItsExpressionsAreSentAndTheAnswerIsMapped() {
    HttpServer server([](const HttpServer::Request&) {
      return HttpServer::Response{200, R"({"id":"o-1"})", {{"content-type", "application/json"}}};
    });
    Allow(server);
    Deploy(absl::StrCat("<ameide:httpCall method=\"PUT\" url='=\"", server.Origin(),
                        "/orders/\" + number' body=\"={total: amount * 2}\">"
                        "<ameide:query name=\"dry\" value=\"yes\"/>"
                        "<ameide:header name=\"X-Customer\" value=\"=customer\"/></ameide:httpCall>"
                        "<zeebe:ioMapping><zeebe:input source='=\"42\"' target=\"number\"/>"
                        "<zeebe:output source=\"=response.body.id\" target=\"order\"/></zeebe:ioMapping>"));
    const std::string id = *bed_->Start("p", R"({"amount":10.5,"customer":"Ada"})");
    (*bed_)->WaitUntilIdle();
    const InstanceView view = bed_->View(id);
    QCOMPARE(view.variables_json, std::string(R"({"amount":10.5,"customer":"Ada","order":"o-1"})"));
    QCOMPARE(view.tokens.at(0).element, std::string("after"));
    const HttpServer::Request request = server.requests().at(0);
    QCOMPARE(request.method + " " + request.target + " " + request.body,
             std::string(R"(PUT /orders/42?dry=yes {"total":21})"));
    QCOMPARE(request.headers.at("x-customer"), std::string("Ada"));
    QVERIFY(request.headers.at("idempotency-key").starts_with("local/" + id + "/"));
  }

  void whenNoResultIsWanted_thenNoVariableIsSet() {
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{200, "x"}; });
    Allow(server);
    Deploy(absl::StrCat("<ameide:httpCall url=\"", server.Origin(), "/\"/>"));
    const std::string id = *bed_->Start("p", R"({"a":1})");
    (*bed_)->WaitUntilIdle();
    QCOMPARE(bed_->View(id).variables_json, std::string(R"({"a":1})"));
    QCOMPARE(bed_->View(id).tokens.at(0).element, std::string("after"));
  }

  void whenTheServerRefuses_thenTheModelCatchesItsError() {
    HttpServer server([](const HttpServer::Request&) { return HttpServer::Response{404, "none"}; });
    Allow(server);
    Deploy(absl::StrCat("<ameide:httpCall url=\"", server.Origin(),
                        "/\"><ameide:error status=\"404\" code=\"broke\"/></ameide:httpCall>"));
    const std::string id = *bed_->Start("p");
    (*bed_)->WaitUntilIdle();
    QCOMPARE(bed_->View(id).tokens.at(0).element, std::string("sorry"));
  }

  void whenTheServerIsBusy_thenTheNextAttemptHasTheSameKeyAlsoAfterARestart() {
    int failures = 2;
    HttpServer server([&](const HttpServer::Request&) {
      return HttpServer::Response{failures-- > 0 ? 503 : 200, ""};
    });
    Allow(server);
    Deploy(absl::StrCat("<ameide:httpCall url=\"", server.Origin(),
                        "/\" retries=\"3\" retryBackoff=\"PT1H\"/>"));
    const std::string id = *bed_->Start("p");
    (*bed_)->WaitUntilIdle();
    bed_->Advance(std::chrono::minutes(59));
    QCOMPARE(server.requests().size(), size_t{1});
    bed_->Close();
    connector_ = connectors::MakeHttpConnector(folder_->path().toStdString());  // the old one has stopped
    bed_->options.connectors = connector_.get();
    bed_->Open();
    bed_->Advance(std::chrono::minutes(2));
    QCOMPARE(server.requests().size(), size_t{2});
    bed_->Advance(std::chrono::minutes(61));
    QCOMPARE(server.requests().size(), size_t{2});  // the pause has doubled
    bed_->Advance(std::chrono::minutes(61));
    const auto requests = server.requests();
    QCOMPARE(requests.size(), size_t{3});
    for (size_t i = 0; i < requests.size(); ++i) {
      QCOMPARE(requests[i].headers.at("idempotency-key"), requests[0].headers.at("idempotency-key"));
      QCOMPARE(requests[i].headers.at("ameide-attempt"), std::to_string(i + 1));
    }
    QCOMPARE(bed_->View(id).tokens.at(0).element, std::string("after"));
  }

  void whenACallIsNotAllowed_thenTheIncidentSaysWhatToDo() {
    Deploy("<ameide:httpCall url=\"http://127.0.0.1:1/\"/>");
    const std::string id = *bed_->Start("p");
    (*bed_)->WaitUntilIdle();
    const InstanceView view = bed_->View(id);
    QCOMPARE(view.incidents.size(), size_t{1});
    QVERIFY(view.incidents[0].message.find("connectors.json") != std::string::npos);
  }

  void whenASecretIsSent_thenItIsNowhereInTheData() {
    HttpServer server([](const HttpServer::Request& request) {
      return HttpServer::Response{500, request.headers.at("authorization")};
    });
    Allow(server, absl::StrCat(R"(,"secrets":{"TOKEN":[")", server.Origin(), R"("]})"));
    Write("secrets.json", R"({"local":{"TOKEN":"s3cr3t-value"}})");
    Deploy(absl::StrCat("<ameide:httpCall url=\"", server.Origin(),
                        "/\" retries=\"1\"><ameide:header name=\"Authorization\" value=\"Bearer "
                        "{{secrets.TOKEN}}\"/></ameide:httpCall>"));
    const std::string id = *bed_->Start("p");
    (*bed_)->WaitUntilIdle();
    QCOMPARE(server.requests().at(0).headers.at("authorization"), std::string("Bearer s3cr3t-value"));
    QCOMPARE(bed_->View(id).incidents.size(), size_t{1});
    QVERIFY(bed_->View(id).incidents[0].message.find("***") != std::string::npos);
    bed_->Close();
    std::ifstream in(bed_->database(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    QVERIFY(bytes.find("secrets.TOKEN") != std::string::npos);
    QVERIFY(bytes.find("s3cr3t") == std::string::npos);
  }

  void whenTheProgramEndsDuringACall_thenTheNextOneMakesItAgain() {
    std::atomic<bool> hangs{true};
    HttpServer server([&](const HttpServer::Request&) {
      return HttpServer::Response{200, "", {}, hangs.load()};
    });
    Allow(server);
    Deploy(absl::StrCat("<ameide:httpCall url=\"", server.Origin(), "/\"/>"));
    const std::string id = *bed_->Start("p");
    QTRY_COMPARE_WITH_TIMEOUT(server.requests().size(), size_t{1}, kWaitMs);
    bed_->Close();
    hangs = false;
    connector_ = connectors::MakeHttpConnector(folder_->path().toStdString());
    bed_->options.connectors = connector_.get();
    bed_->Open();
    (*bed_)->WaitUntilIdle();
    const auto requests = server.requests();
    QCOMPARE(requests.size(), size_t{2});
    QCOMPARE(requests[1].headers.at("idempotency-key"), requests[0].headers.at("idempotency-key"));
    QCOMPARE(requests[1].headers.at("ameide-attempt"), std::string("1"));
    QCOMPARE(bed_->View(id).tokens.at(0).element, std::string("after"));
  }

 private:
  void Write(const std::string& name, const std::string& text) {
    const std::filesystem::path file = folder_->path().toStdString() + "/" + name;
    std::ofstream(file) << text;
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void Allow(const HttpServer& server, const std::string& more = "") {
    Write("connectors.json", absl::StrCat(R"({"tenants":{"local":{"hosts":[{"origin":")", server.Origin(),
                                          R"(","private":true}])", more, "}}}"));
  }
  void Deploy(const std::string& extensions) {
    BpmnBuilder model("p");
    model.Error("broke", "broke").Start();
    model.Raw("<serviceTask id=\"call\"><extensionElements>" + extensions +
              "</extensionElements></serviceTask>");
    model.User("after").End().User("sorry");
    model.Chain({"start", "call", "after", "end"})
        .ErrorBoundary("failed", "call", "broke")
        .Flow("failed", "sorry");
    model.Flow("sorry", "end");
    const std::string plan = Compiled(model);
    QVERIFY(!plan.empty());
    bed_->Deploy(plan);
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<ConnectorHandler> connector_;
  std::unique_ptr<Bed> bed_;
};

QTEST_GUILESS_MAIN(HttpCallTest)
#include "http_call_test.moc"
