#include <QtTest>
#include <future>

#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"
#include "tests/backend/embedded/plans.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

/// A bed whose one tenant has the quotas that `set` sets.
std::unique_ptr<Bed> BedWith(const std::function<void(TenantQuotas&)>& set, bool has_workers = false) {
  auto bed = std::make_unique<Bed>(nullptr, has_workers);
  bed->Close();
  set(bed->options.quotas.tenants[kTenant]);
  bed->Open();
  return bed;
}

/// Says which quota, how much is used, and the limit.
bool Says(const absl::Status& status, const std::string& quota, int64_t used, int64_t limit) {
  const std::string wanted =
      absl::StrCat("quota ", quota, " of tenant local: ", used, " used of ", limit, ";");
  const bool says = absl::IsResourceExhausted(status) && std::string(status.message()).find(wanted) == 0 &&
                    status.GetPayload("ameide.io/resource") == absl::Cord(quota);
  if (!says) qWarning("%s", status.ToString().c_str());
  return says;
}

}  // namespace

/// What a tenant may use, and what happens beyond.
class QuotasTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenATenantHasItsInstances_thenNoneBeginsUntilOneHasEnded() {
    const auto bed = BedWith([](TenantQuotas& quotas) { quotas.active_instances = 2; });
    bed->Deploy(PlanBuilder("p").User("ask").End());
    bed->Deploy(PlanBuilder("short").Script("s", "1", "n").End());
    QVERIFY(bed->Start("p", "", "one").ok());
    const std::string id = *bed->Start("p");
    QVERIFY(Says(bed->Start("p").status(), "active_instances", 2, 2));
    QVERIFY(Says(bed->Start("short").status(), "active_instances", 2, 2));
    QVERIFY(bed->Start("p", "", "one").ok());  // the same request as before begins nothing
    bed->Close();
    bed->Open();
    QVERIFY(Says(bed->Start("p").status(), "active_instances", 2, 2));
    QVERIFY(bed->Operate(id, Operation::Cancel{}).ok());
    for (int i = 0; i < 5; ++i) QVERIFY(bed->Start("short").ok());  // each has ended at once
    QVERIFY(bed->Start("p").ok());
    QVERIFY(Says(bed->Start("p").status(), "active_instances", 2, 2));
  }

  void whenAMessageWouldBeginOneTooMany_thenItsSenderIsToldOrItWaits() {
    const auto bed = BedWith([](TenantQuotas& quotas) { quotas.active_instances = 2; });
    const std::string message = "<message id=\"m\" name=\"go\"/>";
    BpmnBuilder begun("begun"), throws("throws");
    begun.Root(message).Raw(
        "<startEvent id=\"start\"><messageEventDefinition id=\"d\" messageRef=\"m\"/></startEvent>");
    begun.User("ask").End().Chain({"start", "ask", "end"});
    throws.Root(message).Start().User("wait").Raw(
        "<intermediateThrowEvent id=\"throw\"><messageEventDefinition id=\"d\" "
        "messageRef=\"m\"/></intermediateThrowEvent>");
    throws.User("after").End().Chain({"start", "wait", "throw", "after", "end"});
    bed->Deploy(Compiled(begun));
    bed->Deploy(Compiled(throws));
    const std::string thrower = *bed->Start("throws");
    const std::string first = *bed->Publish("go");
    QVERIFY(Says(bed->Publish("go").status(), "active_instances", 2, 2));
    QVERIFY(bed->Complete(bed->Tasks({thrower}).at(0).id).ok());
    QCOMPARE(bed->View(thrower).tokens.at(0).element, std::string("after"));  // it has been thrown, and waits
    QVERIFY((*bed)->Instances(kTenant, {"begun"}, {})->rows.size() == 1);
    bed->Close();
    bed->Open();
    QVERIFY(bed->Operate(first, Operation::Cancel{}).ok());
    bed->Advance(std::chrono::seconds(5));
    QTRY_COMPARE_WITH_TIMEOUT((*bed)->Instances(kTenant, {"begun"}, {})->rows.size(), size_t{2}, kWaitMs);
  }

  void whenAnInstanceHasItsVariables_thenNoMoreComeIn() {
    const auto bed = BedWith([](TenantQuotas& quotas) { quotas.variable_bytes = 10'000; });
    bed->Deploy(PlanBuilder("p").User("a").User("b").User("c").End());
    const auto text = [](const char* name, size_t size) {
      return absl::StrCat("{\"", name, "\":\"", std::string(size, 'x'), "\"}");
    };
    const absl::Status refused = bed->Start("p", text("a", 11'000)).status();
    QVERIFY(absl::IsResourceExhausted(refused));
    QVERIFY(std::string(refused.message()).find("quota variable_bytes of tenant local: 11") == 0);
    const std::string id = *bed->Start("p", text("a", 4'000));
    QVERIFY(bed->Complete(bed->Tasks({id}).at(0).id, text("b", 4'000)).ok());
    const std::string task = bed->Tasks({id}).at(0).id;
    QVERIFY(absl::IsResourceExhausted(bed->Complete(task, text("c", 4'000))));
    QVERIFY(absl::IsResourceExhausted(bed->Operate(id, Operation::Set{"", text("c", 4'000)})));
    QVERIFY(bed->Operate(id, Operation::Set{"", R"({"a":1})"}).ok());  // makes room
    QVERIFY(bed->Complete(task, text("c", 4'000)).ok());
  }

  void whenAJobInsideGivesTooMuch_thenItIsAnIncident() {
    const auto bed = BedWith([](TenantQuotas& quotas) { quotas.variable_bytes = 20; });
    bed->Deploy(PlanBuilder("p").Job("call", "a.B/C").End());
    const std::string id = *bed->Start("p", R"({"a":"123456789"})");
    (*bed)->WaitUntilIdle();
    QCOMPARE(bed->View(id).incidents.size(), size_t{1});
    QVERIFY(bed->View(id).incidents[0].message.find("quota variable_bytes") != std::string::npos);
  }

  void whenWorkersHaveTheirJobs_thenNoneIsGivenUntilOneIsReported() {
    const auto bed = BedWith([](TenantQuotas& quotas) { quotas.jobs_in_flight = 2; }, true);
    bed->Deploy(PlanBuilder("p").Job("pay", "pay", false).End());
    for (int i = 0; i < 3; ++i) QVERIFY(bed->Start("p").ok());
    (*bed)->WaitUntilIdle();
    const auto take = [&](const std::string& type = "pay") {
      std::promise<absl::StatusOr<std::vector<LeasedJob>>> promise;
      (*bed)->TakeJobs({kTenant, type, "w", 10, std::chrono::hours(1), {}},
                       [&](auto jobs) { promise.set_value(std::move(jobs)); });
      return promise.get_future().get();
    };
    const std::vector<LeasedJob> jobs = *take();
    QCOMPARE(jobs.size(), size_t{2});
    QVERIFY(Says(take().status(), "jobs_in_flight", 2, 2));
    QVERIFY(take("another")->empty());  // there is none
    std::promise<LeasedJob> given;
    JobStreamOptions options{kTenant, {"pay"}, "w2", std::chrono::hours(1), 5};
    options.jobs = [&](std::vector<LeasedJob> more) { given.set_value(more.at(0)); };
    options.withdrawn = [](const std::vector<std::string>&) { return size_t{0}; };
    options.ending = [] {};
    const auto stream = (*bed)->OpenJobStream(options);
    std::promise<absl::Status> reported;
    (*bed)->ReportJob({kTenant, jobs[0].id, jobs[0].lease_token, JobReport::Done{}},
                      [&](absl::Status status) { reported.set_value(status); });
    QVERIFY(reported.get_future().get().ok());
    QVERIFY(given.get_future().get().id != jobs[1].id);
  }

  void whenATenantHasItsDeployments_thenKnownBundlesStillAre() {
    const auto bed = BedWith([](TenantQuotas& quotas) { quotas.deployments = 2; });
    const std::string first = PlanBuilder("p").User("a").End();
    bed->Deploy(first);
    bed->Deploy(PlanBuilder("p").User("b").End());
    BundleToDeploy third;
    third.tenant = kTenant;
    third.manifest = "third";
    third.digest = Sha256(third.manifest);
    third.plans = {{PlanBuilder("p").User("c").End(), "a.bpmn", ""}};
    QVERIFY(Says((*bed)->Deploy(third).status(), "deployments", 2, 2));
    QVERIFY(bed->Deploy(first).is_new);  // back to what was
  }
};

QTEST_GUILESS_MAIN(QuotasTest)
#include "quotas_test.moc"
