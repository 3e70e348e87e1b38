#include "backend/server/server.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "ameide/backend/v1/backend.grpc.pb.h"
#include "ameide/publish/v1/publish.grpc.pb.h"
#include "tests/backend/server/backend_fixture.h"
#include "tests/backend/server/raw_call.h"
#include "tests/wait.h"

using namespace ameide;
namespace process_pb = process::v1;

class ServerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    bed_ = std::make_unique<BackendFixture>();
    Start();
  }
  void cleanup() {
    connection_.reset();
    server_.reset();
    bed_.reset();
  }

  void whenTheServerRuns_thenHealthAnswersAndNoPortIsOpen() {
    const auto context = connection_->NewContext();
    std::string response;
    const grpc::Status status =
        CallRaw(connection_->channel(), "/grpc.health.v1.Health/Check", "", context.get(), &response);
    QVERIFY2(status.ok(), status.error_message().c_str());
    QCOMPARE(response, std::string("\x08\x01"));  // SERVING
    struct stat token {};
    QCOMPARE(::stat((bed_->profile().runtime / "backend.token").c_str(), &token), 0);
    QCOMPARE(token.st_mode & 0777, mode_t{0600});
    struct stat socket {};
    QCOMPARE(::stat(server_->socket().c_str(), &socket), 0);
    QVERIFY(S_ISSOCK(socket.st_mode));
  }

  void whenATokenIsMissingOrWrong_thenEveryServiceRefuses() {
    for (const char* method :
         {"/ameide.backend.v1.BackendService/GetStatus", "/grpc.health.v1.Health/Check",
          "/orders.v1.OrderService/GetOrder", "/ameide.process.v1.ProcessService/ListTasks"}) {
      grpc::ClientContext none;
      std::string response;
      QCOMPARE(CallRaw(connection_->channel(), method, "", &none, &response).error_code(),
               grpc::StatusCode::UNAUTHENTICATED);
      grpc::ClientContext wrong;
      wrong.AddMetadata("authorization", "Bearer " + std::string(64, '0'));
      QCOMPARE(CallRaw(connection_->channel(), method, "", &wrong, &response).error_code(),
               grpc::StatusCode::UNAUTHENTICATED);
    }
  }

  void whenARequestNamesAnotherTenant_thenItIsDeniedWithTypedDetails() {
    process_pb::ListTasksRequest request;
    request.mutable_context()->set_tenant("other");
    process_pb::ListTasksResponse response;
    const auto context = connection_->NewContext();
    const grpc::Status status = Processes()->ListTasks(context.get(), request, &response);
    QCOMPARE(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    common::v1::Status details;
    QVERIFY(details.ParseFromString(status.error_details()));
    common::v1::ErrorDetail detail;
    QVERIFY(details.details(0).UnpackTo(&detail));
    QCOMPARE(detail.reason(), std::string("TENANT_MISMATCH"));
    QVERIFY(!detail.trace_id().empty());

    const auto metadata = connection_->NewContext();
    metadata->AddMetadata("ameide-tenant", "other");
    QCOMPARE(Processes()->ListTasks(metadata.get(), {}, &response).error_code(),
             grpc::StatusCode::PERMISSION_DENIED);
  }

  void whenACallHasATrace_thenTheAnswerNamesIt() {
    const auto context = connection_->NewContext();
    context->AddMetadata("traceparent", "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
    process_pb::ListTasksResponse response;
    QVERIFY(Processes()->ListTasks(context.get(), {}, &response).ok());
    const auto trace = context->GetServerTrailingMetadata().find("ameide-trace-id");
    QVERIFY(trace != context->GetServerTrailingMetadata().end());
    QCOMPARE(std::string(trace->second.data(), trace->second.size()),
             std::string("0123456789abcdef0123456789abcdef"));
  }

  void whenADeadlineHasPassed_thenTheCallEndsWithIt() {
    const auto context = connection_->NewContext();
    context->set_deadline(std::chrono::system_clock::now() - std::chrono::seconds(1));
    process_pb::ListTasksResponse response;
    QCOMPARE(Processes()->ListTasks(context.get(), {}, &response).error_code(),
             grpc::StatusCode::DEADLINE_EXCEEDED);
  }

  void whenTheSampleIsPublished_thenAnInstanceRunsToItsEndAndItsOrderIsInTheDomain() {
    const auto result = bed_->Publish(*connection_, bed_->OrderToCash());
    QVERIFY2(result.ok(), result.status().ToString().c_str());
    for (const auto& finding : bed_->findings_) qInfo("%s", finding.ShortDebugString().c_str());
    QCOMPARE(result->outcome(), publish::v1::OUTCOME_DEPLOYED);
    QCOMPARE(result->processes(0).process(), std::string("order-to-cash"));
    QCOMPARE(result->domains(0), std::string("orders.v1"));
    QCOMPARE(bed_->progress_.back().stage(), publish::v1::STAGE_VERIFY);

    process_pb::StartInstanceRequest start;
    start.set_process("order-to-cash");
    start.set_variables_json(R"({"customer":"Ada","amount":900})");
    process_pb::StartInstanceResponse started;
    QVERIFY(Processes()->StartInstance(connection_->NewContext().get(), start, &started).ok());

    // The stream shows the instance now and at each change; the user task is completed when it shows.
    const auto context = connection_->NewContext(std::chrono::seconds(30));
    process_pb::WatchInstanceRequest watch;
    watch.set_instance(started.instance());
    const auto stub = Processes();
    const auto stream = stub->WatchInstance(context.get(), watch);
    process_pb::Instance instance;
    bool completed = false;
    while (stream->Read(&instance)) {
      if (instance.tasks().empty() || completed) continue;
      completed = true;
      QCOMPARE(instance.tasks(0).candidate_groups(0), std::string("sales"));
      QCOMPARE(instance.tasks(0).form(), std::string("approve-order"));
      process_pb::CompleteTaskRequest complete;
      complete.set_task(instance.tasks(0).id());
      complete.set_variables_json(R"({"approved":true})");
      process_pb::CompleteTaskResponse done;
      QVERIFY(Processes()->CompleteTask(connection_->NewContext().get(), complete, &done).ok());
    }
    QVERIFY(stream->Finish().ok());
    QCOMPARE(instance.summary().state(), process_pb::INSTANCE_STATE_COMPLETED);
    QVERIFY2(instance.variables_json().find(R"("orderStatus":"ORDER_STATUS_SHIPPED")") != std::string::npos,
             instance.variables_json().c_str());

    std::string orders;
    const auto list = connection_->NewContext();
    QVERIFY(
        CallRaw(connection_->channel(), "/orders.v1.OrderService/ListOrders", "", list.get(), &orders).ok());
    QVERIFY(orders.find("Ada") != std::string::npos);
  }

  void whenTheSameIsPublishedTwice_thenItIsOneDeployment() {
    const auto first = bed_->Publish(*connection_, bed_->OrderToCash());
    QVERIFY2(first.ok(), first.status().ToString().c_str());
    QCOMPARE(bed_->blobs_needed_, 2);
    const auto second = bed_->Publish(*connection_, bed_->OrderToCash());
    QCOMPARE(second->outcome(), publish::v1::OUTCOME_UNCHANGED);
    QCOMPARE(second->bundle_digest(), first->bundle_digest());
    QCOMPARE(bed_->blobs_needed_, 0);
    publish::v1::ListBundlesResponse bundles;
    const auto stub = publish::v1::PublishService::NewStub(connection_->channel());
    QVERIFY(stub->ListBundles(connection_->NewContext().get(), {}, &bundles).ok());
    QCOMPARE(bundles.bundles_size(), 1);
    QCOMPARE(bundles.bundles(0).publisher(), std::string("Ada <ada@example.com>"));
    QCOMPARE(bundles.bundles(0).publisher_key(), bed_->key().public_key().Fingerprint());
    QCOMPARE(bundles.bundles(0).artifacts_size(), 2);
  }

  void whenAModelCannotRun_thenTheFindingsNameItsElementsAndNothingIsDeployed() {
    auto options = bed_->OrderToCash();
    std::string& bpmn = options.artifacts[0].content;
    const std::string call =
        R"(<ameide:domainCall domain="orders" command="orders.v1.OrderService/CreateOrder" />)";
    QVERIFY(bpmn.find(call) != std::string::npos);
    bpmn.replace(bpmn.find(call), call.size(), "");
    const auto result = bed_->Publish(*connection_, options);
    QVERIFY2(result.ok(), result.status().ToString().c_str());
    QCOMPARE(result->outcome(), publish::v1::OUTCOME_REFUSED);
    QVERIFY(std::any_of(bed_->findings_.begin(), bed_->findings_.end(), [](const auto& finding) {
      return finding.element() == "RecordOrder" && finding.severity() == common::v1::SEVERITY_ERROR;
    }));
    process_pb::ListProcessesResponse processes;
    QVERIFY(Processes()->ListProcesses(connection_->NewContext().get(), {}, &processes).ok());
    QCOMPARE(processes.processes_size(), 0);
  }

  void whenADomainLacksTheCommand_thenThePublishIsRefused() {
    auto options = bed_->OrderToCash();
    std::string& bpmn = options.artifacts[0].content;
    const std::string name = "OrderService/ShipOrder";
    bpmn.replace(bpmn.find(name), name.size(), "OrderService/Teleport");
    const auto result = bed_->Publish(*connection_, options);
    QVERIFY2(result.ok(), result.status().ToString().c_str());
    QCOMPARE(result->outcome(), publish::v1::OUTCOME_REFUSED);
    QCOMPARE(bed_->findings_.back().element(), std::string("ShipOrder"));
  }

  void whenASignatureOrABlobIsForged_thenThePublishIsRefused() {
    const auto stub = publish::v1::PublishService::NewStub(connection_->channel());
    publish::v1::Manifest manifest;
    manifest.add_artifacts()->set_path("a.bpmn");
    manifest.mutable_artifacts(0)->set_sha256(std::string(Sha256("content").view()));
    manifest.mutable_artifacts(0)->set_size(7);
    const auto send = [&](const std::string& signed_bytes, const std::string& content) {
      publish::v1::PublishRequest first;
      auto* request = first.mutable_manifest();
      request->set_manifest(manifest.SerializeAsString());
      const auto signature = bed_->key().Sign("ameide publish request 1\n" + signed_bytes);
      request->set_signature(std::string(signature.begin(), signature.end()));
      request->set_public_key(std::string(bed_->key().public_key().view()));
      const auto context = connection_->NewContext();
      const auto stream = stub->Publish(context.get());
      stream->Write(first);
      publish::v1::PublishRequest chunk;
      chunk.mutable_chunk()->set_sha256(manifest.artifacts(0).sha256());
      chunk.mutable_chunk()->set_bytes(content);
      stream->Write(chunk);
      stream->WritesDone();
      publish::v1::PublishResponse response;
      while (stream->Read(&response)) {
      }
      return stream->Finish().error_code();
    };
    QCOMPARE(send("other bytes", "content"), grpc::StatusCode::UNAUTHENTICATED);
    QCOMPARE(send(manifest.SerializeAsString(), "c0ntent"), grpc::StatusCode::INVALID_ARGUMENT);
    manifest.mutable_artifacts(0)->set_path("../a.bpmn");
    QCOMPARE(send(manifest.SerializeAsString(), "content"), grpc::StatusCode::INVALID_ARGUMENT);
  }

  void whenTheServerStartsAgain_thenEverythingIsThereAndTheTokenIsNew() {
    QVERIFY(bed_->Publish(*connection_, bed_->OrderToCash()).ok());
    process_pb::StartInstanceRequest start;
    start.set_process("order-to-cash");
    start.set_variables_json(R"({"customer":"Ada","amount":900})");
    process_pb::StartInstanceResponse started;
    QVERIFY(Processes()->StartInstance(connection_->NewContext().get(), start, &started).ok());
    const std::string token = server_->token();
    server_.reset();
    Start();
    QVERIFY(server_->token() != token);
    process_pb::GetInstanceRequest get;
    get.set_instance(started.instance());
    process_pb::Instance instance;
    QVERIFY(Processes()->GetInstance(connection_->NewContext().get(), get, &instance).ok());
    QCOMPARE(instance.summary().process(), std::string("order-to-cash"));
  }

  void whenAnotherOwnsTheFolder_thenStartingSaysWho() {
    const auto second = server::Server::Start({bed_->profile(), &clock_, &random_, "test", [] {}});
    QVERIFY(absl::IsAlreadyExists(second.status()));
    QVERIFY(std::string(second.status().message()).find("ameided, process") != std::string::npos);
    QVERIFY(connection::CheckHealth(*connection_, std::chrono::milliseconds(kWaitMs))
                .ok());  // The winner is untouched.
  }

  void whenOthersMayWriteIntoTheFolder_thenItIsMadePrivateOrRefused() {
    using std::filesystem::perms;
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    std::filesystem::permissions(path, perms::all);
    QVERIFY(server::Server::Start({{path, path / "run"}, &clock_, &random_, "test", [] {}}).ok());
    const perms after = std::filesystem::status(path).permissions();
    QCOMPARE(after & (perms::group_write | perms::others_write), perms::none);

    std::filesystem::permissions(path, perms::all | perms::sticky_bit);
    const auto shared = server::Server::Start({{path, path / "run"}, &clock_, &random_, "test", [] {}});
    QVERIFY(absl::IsPermissionDenied(shared.status()));
    QVERIFY(shared.status().message().find(path.string()) != absl::string_view::npos);
  }

  void whenAnInstanceIsUnknown_thenTheErrorSaysSo() {
    process_pb::GetInstanceRequest get;
    get.set_instance("nonsense");
    process_pb::Instance instance;
    const grpc::Status status = Processes()->GetInstance(connection_->NewContext().get(), get, &instance);
    QCOMPARE(status.error_code(), grpc::StatusCode::NOT_FOUND);
  }

 private:
  void Start() {
    auto started = server::Server::Start({bed_->profile(), &clock_, &random_, "test", [] {}});
    QVERIFY2(started.ok(), started.status().ToString().c_str());
    server_ = *std::move(started);
    connection_ = connection::ConnectTo(server_->socket(), server_->token());
  }
  std::unique_ptr<process_pb::ProcessService::Stub> Processes() {
    return process_pb::ProcessService::NewStub(connection_->channel());
  }

  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<BackendFixture> bed_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<connection::Connection> connection_;
};

QTEST_GUILESS_MAIN(ServerTest)
#include "server_test.moc"
