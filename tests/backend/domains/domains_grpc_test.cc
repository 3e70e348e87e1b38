#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <QtTest>

#include "ameide/reflection/v1/reflection.pb.h"
#include "backend/domains/grpc_service.h"
#include "backend/domains/host.h"
#include "backend/domains/reflection.h"
#include "base/platform/file_system.h"

using namespace ameide;

/// A server with nothing but the domain service, on a Unix socket; a fixed token stands for the launch token.
class DomainsGrpcTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    source_ = std::filesystem::path(QFile::decodeName(qgetenv("AMEIDE_SOURCE_DIR")).toStdString());
    const std::filesystem::path folder(folder_.path().toStdString());
    auto host = domains::DomainHost::Open(folder / "domains.db", &clock_, &random_);
    QVERIFY(host.ok());
    host_ = *std::move(host);
    const auto model = PosixFileSystem().Read(source_ / "resources/sample/domains/orders.proto", 1 << 20);
    QVERIFY(host_->Deploy("orders.proto", *model).ok());
    domains::ServiceEdge edge;
    edge.tenant_of = [](const grpc::CallbackServerContext& context) -> absl::StatusOr<std::string> {
      const auto found = context.client_metadata().find("authorization");
      if (found == context.client_metadata().end() || found->second != "Bearer test") {
        return absl::UnauthenticatedError("no valid token");
      }
      return std::string("local");
    };
    edge.to_grpc = [](const absl::Status& status) {
      return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
    };
    service_ = domains::MakeDomainService(host_.get(), edge);
    address_ = "unix:" + (folder / "s").string();
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_, grpc::InsecureServerCredentials());
    builder.RegisterCallbackGenericService(service_.get());
    server_ = builder.BuildAndStart();
    QVERIFY(server_ != nullptr);
  }

  void cleanupTestCase() {
    server_->Shutdown();
    server_.reset();
  }

  void whenAPythonClientUsesTheBareProto_thenItWorksWithNoneOfOurStubs() {
    QProcess python;
    python.setProcessChannelMode(QProcess::MergedChannels);
    python.start("/usr/bin/python3",
                 {QString::fromStdString((source_ / "tests/backend/domains/bare_client.py").string()),
                  QString::fromStdString(address_),
                  QString::fromStdString((source_ / "resources/sample/domains/orders.proto").string()),
                  QString::fromStdString((source_ / "proto").string()), "Bearer test"});
    QVERIFY(python.waitForFinished(60000));
    const QByteArray output = python.readAll();
    QVERIFY2(python.exitCode() == 0, output.constData());
    QVERIFY(output.contains("bare client: ok"));
  }

  void whenReflectionIsAsked_thenTheDomainsServicesAndFilesComeBack() {
    reflection::v1::ReflectionRequest request;
    request.set_list_services("");
    const auto services = domains::Reflect(*host_, request);
    QStringList names;
    for (const auto& service : services.list_services_response().service())
      names << QString::fromStdString(service.name());
    QVERIFY(names.contains("orders.v1.OrderService"));
    request.set_file_containing_symbol("orders.v1.OrderService");
    const auto file = domains::Reflect(*host_, request);
    // The model, the options, and descriptor.proto.
    QCOMPARE(file.file_descriptor_response().file_descriptor_proto_size(), 3);
    request.set_file_containing_symbol("no.such.Thing");
    QCOMPARE(domains::Reflect(*host_, request).error_response().error_code(), 5);
  }

 private:
  QTemporaryDir folder_;
  std::filesystem::path source_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<domains::DomainHost> host_;
  std::unique_ptr<grpc::CallbackGenericService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

QTEST_GUILESS_MAIN(DomainsGrpcTest)
#include "domains_grpc_test.moc"
