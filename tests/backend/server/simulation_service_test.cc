#include "backend/server/simulation_service.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <QtTest>

#include "ameide/simulation/v1/simulation.grpc.pb.h"
#include "backend/server/server.h"
#include "tests/backend/bpmn_builder.h"
#include "tests/backend/server/backend_fixture.h"

using namespace ameide;
namespace pb = simulation::v1;

/// Playing with a process as an editor does: over gRPC, on a real backend whose clock is in the test's hand.
class SimulationServiceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    bed_ = std::make_unique<BackendFixture>();
    auto started = server::Server::Start({bed_->profile(), &clock_, &random_, "test", [] {}});
    QVERIFY2(started.ok(), started.status().ToString().c_str());
    server_ = *std::move(started);
    connection_ = connection::ConnectTo(server_->socket(), server_->token());
    stub_ = pb::SimulationService::NewStub(connection_->channel());
  }
  void cleanup() {
    stub_.reset();
    connection_.reset();
    server_.reset();
    bed_.reset();
  }

  void whenTheSampleIsPlayed_thenAnOrderGoesFromStepToStepAndBack() {
    pb::OpenSessionRequest open;
    open.set_bpmn(bed_->Sample("processes/order-to-cash.bpmn").content);
    open.set_variables_json(R"({"order": {"amount": 20000, "customer": "Ada"}})");
    open.mutable_start()->set_seconds(1'800'000'000);
    const pb::View first = Open(open);
    QCOMPARE(first.now().seconds(), int64_t{1'800'000'000});
    QVERIFY(first.can_move());
    QCOMPARE(first.instances_size(), 1);
    QCOMPARE(first.instances(0).positions(0).element(), std::string("ToRecordOrder"));
    QVERIFY(first.instances(0).positions(0).moves());

    pb::ActRequest act;
    act.set_session(first.session());
    act.mutable_run();
    pb::View view = Act(act);
    QCOMPARE(view.instances(0).tasks(0).element(), std::string("RecordOrder"));
    act.mutable_choose_flows()->set_element("ApprovalNeeded");
    act.mutable_choose_flows()->add_flows("YesApprovalNeeded");
    Act(act);
    act.mutable_complete_task()->set_instance(0);
    act.mutable_complete_task()->set_task(view.instances(0).tasks(0).task());
    act.mutable_complete_task()->set_variables_json(R"({"assessment": {"approvalNeeded": false}})");
    Act(act);
    act.mutable_run();
    view = Act(act);
    QCOMPARE(view.instances(0).tasks_size(), 1);
    QCOMPARE(view.instances(0).tasks(0).element(), std::string("ApproveOrder"));
    QCOMPARE(view.instances(0).tasks(0).type(), std::string("userTask"));
    QVERIFY(view.has_next_due());  // the reminder
    QVERIFY(view.events_size() > 0);
    QCOMPARE(view.actions(), uint64_t{4});

    // The other road, from the same place.
    pb::ForkSessionRequest fork;
    fork.set_session(first.session());
    pb::View other;
    QVERIFY(stub_->ForkSession(Context().get(), fork, &other).ok());
    QVERIFY(other.session() != first.session());
    act.set_session(other.session());
    act.mutable_advance();
    other = Act(act);
    QCOMPARE(other.now().seconds(), int64_t{1'800'000'600});
    QCOMPARE(other.actions(), uint64_t{5});

    pb::StepBackRequest back;
    back.set_session(first.session());
    back.set_actions(2);
    QVERIFY(stub_->StepBack(Context().get(), back, &view).ok());
    QCOMPARE(view.actions(), uint64_t{2});
    QCOMPARE(view.instances(0).tasks(0).element(), std::string("RecordOrder"));

    pb::CloseSessionRequest close;
    close.set_session(first.session());
    pb::CloseSessionResponse closed;
    QVERIFY(stub_->CloseSession(Context().get(), close, &closed).ok());
    QVERIFY(stub_->CloseSession(Context().get(), close, &closed).ok());
    QCOMPARE(stub_->StepBack(Context().get(), back, &view).error_code(), grpc::StatusCode::NOT_FOUND);
  }

  void whenARequestIsWrong_thenTheErrorSaysWhatAndTheSessionIsAsItWas() {
    pb::OpenSessionRequest open;
    open.set_bpmn("<a/");
    pb::View view;
    QCOMPARE(stub_->OpenSession(Context().get(), open, &view).error_code(),
             grpc::StatusCode::INVALID_ARGUMENT);
    open.set_bpmn(Model());
    open.set_variables_json("[1]");
    QCOMPARE(stub_->OpenSession(Context().get(), open, &view).error_code(),
             grpc::StatusCode::INVALID_ARGUMENT);
    open.clear_variables_json();
    view = Open(open);
    pb::ActRequest act;
    act.set_session(view.session());
    pb::View after;
    QCOMPARE(stub_->Act(Context().get(), act, &after).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    act.mutable_complete_task()->set_task(99);
    QCOMPARE(stub_->Act(Context().get(), act, &after).error_code(), grpc::StatusCode::NOT_FOUND);
    act.mutable_advance()->set_duration("tomorrow");
    QCOMPARE(stub_->Act(Context().get(), act, &after).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    pb::GetViewRequest get;
    get.set_session(view.session());
    QVERIFY(stub_->GetView(Context().get(), get, &after).ok());
    QCOMPARE(after.actions(), uint64_t{0});
    get.mutable_context()->set_tenant("somebody");
    QCOMPARE(stub_->GetView(Context().get(), get, &after).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  }

  void whenSessionsAreNotUsed_thenTheyMakePlace() {
    pb::OpenSessionRequest open;
    open.set_bpmn(Model());
    const std::string first = Open(open).session();
    std::string second;
    for (size_t i = 1; i < server::kMostSessions; ++i) {
      clock_.Advance(std::chrono::seconds(1));
      second = Open(open).session();
    }
    QVERIFY(Has(first));  // and is the newest now
    clock_.Advance(std::chrono::seconds(1));
    Open(open);
    QVERIFY(Has(first));
    clock_.Advance(server::kIdleSession + std::chrono::seconds(1));
    QVERIFY(!Has(first) && !Has(second));
  }

 private:
  static std::string Model() {
    return BpmnBuilder().Start().User("work").End().Chain({"start", "work", "end"}).Xml();
  }
  std::unique_ptr<grpc::ClientContext> Context() const { return connection_->NewContext(); }
  pb::View Open(const pb::OpenSessionRequest& request) const {
    pb::View view;
    const grpc::Status status = stub_->OpenSession(Context().get(), request, &view);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    return view;
  }
  pb::View Act(const pb::ActRequest& request) const {
    pb::View view;
    const grpc::Status status = stub_->Act(Context().get(), request, &view);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    return view;
  }
  bool Has(const std::string& session) const {
    pb::GetViewRequest get;
    get.set_session(session);
    pb::View view;
    return stub_->GetView(Context().get(), get, &view).ok();
  }

  ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 5 / 1)};
  SystemRandom random_;
  std::unique_ptr<BackendFixture> bed_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<connection::Connection> connection_;
  std::unique_ptr<pb::SimulationService::Stub> stub_;
};

QTEST_GUILESS_MAIN(SimulationServiceTest)
#include "simulation_service_test.moc"
