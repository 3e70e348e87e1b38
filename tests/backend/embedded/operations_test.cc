#include <QtTest>

#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

BpmnBuilder TwoTasks(const std::string& second = "second", const std::string& process = "p") {
  return BpmnBuilder(process).Start().User("first").User(second).End().Chain(
      {"start", "first", second, "end"});
}

/// Stops with an incident for want of `amount`.
BpmnBuilder Stopping() {
  return BpmnBuilder("p")
      .Start()
      .Exclusive("choose", "choose_low")
      .User("high")
      .User("low")
      .Worker("work", "=kind")
      .End()
      .Flow("start", "work")
      .Flow("work", "choose")
      .Flow("choose", "high", "=amount > 10")
      .Flow("choose", "low")
      .Flow("high", "end")
      .Flow("low", "end");
}

std::string At(Bed& bed, const std::string& id) {
  std::string elements;
  for (const TokenCount& token : bed.View(id).tokens)
    elements += (elements.empty() ? "" : " ") + token.element + ":" + std::to_string(token.count);
  return elements;
}

std::string Actions(Bed& bed, const std::string& instance = "") {
  std::string actions;
  const auto page = bed->Audit(kTenant, instance, {});
  for (const AuditRow& row : page->rows) actions += (actions.empty() ? "" : " ") + row.action;
  return actions;
}

}  // namespace

/// What people do to instances, with the audit of it.
class OperationsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAnInstanceIsSuspended_thenNothingMovesUntilItIsResumed() {
    Bed bed;
    BpmnBuilder model = TwoTasks();
    model.Boundary("late", "first", "timeDuration", "PT1H", false).End("noted").Flow("late", "noted");
    bed.Deploy(Compiled(model));
    const std::string id = *bed.Start("p");
    const std::string task = bed.Tasks()[0].id;
    QVERIFY(bed.Operate(id, Operation::Suspend{}).ok());
    QCOMPARE(bed.View(id).row.status, InstanceStatus::kSuspended);
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::Suspend{})));
    QVERIFY(absl::IsFailedPrecondition(bed.Complete(task)));
    bed.Advance(std::chrono::hours(2));
    QCOMPARE(Events(bed.View(id)).find("late completed"), std::string::npos);
    bed.Close();
    bed.Open();
    bed.Advance(std::chrono::hours(1));
    QCOMPARE(At(bed, id), std::string("first:1"));
    QVERIFY(bed.Operate(id, Operation::Resume{}).ok());
    bed->WaitUntilIdle();
    QVERIFY(Events(bed.View(id)).find("late completed") != std::string::npos);
    QVERIFY(bed.Complete(task).ok());
    QCOMPARE(At(bed, id), std::string("second:1"));
    QCOMPARE(Actions(bed, id), std::string("resume suspend"));
    const AuditRow row = bed->Audit(kTenant, "", {})->rows.back();
    QCOMPARE(row.actor + " " + row.reason, std::string("ada test"));
  }

  void whenAJobEndsWhileSuspended_thenItsResultIsKept() {
    Bed bed;
    bed.Deploy(Compiled(BpmnBuilder("p")
                            .Start()
                            .User("first")
                            .Worker("work", "t")
                            .User("after")
                            .End()
                            .Chain({"start", "first", "work", "after", "end"})));
    const std::string id = *bed.Start("p");
    bed.jobs.FailNext(1, absl::StatusCode::kUnavailable);  // so that the job waits for its second attempt
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QTRY_COMPARE_WITH_TIMEOUT(bed.jobs.attempts().size(), size_t{1}, kWaitMs);
    bed->WaitUntilIdle();
    QVERIFY(bed.Operate(id, Operation::Suspend{}).ok());
    bed.Advance(std::chrono::seconds(5));
    QCOMPARE(At(bed, id), std::string("work:1"));
    QVERIFY(bed.Operate(id, Operation::Resume{}).ok());
    bed->WaitUntilIdle();
    QCOMPARE(At(bed, id), std::string("after:1"));
    QCOMPARE(bed.jobs.attempts().size(), size_t{2});
    // Without a report in memory, after a restart, the job is done again with the same key.
    const std::string other = *bed.Start("p");
    bed.jobs.FailNext(1, absl::StatusCode::kUnavailable);
    QVERIFY(bed.Complete(bed.Tasks({other})[0].id).ok());
    QTRY_COMPARE_WITH_TIMEOUT(bed.jobs.attempts().size(), size_t{3}, kWaitMs);
    bed->WaitUntilIdle();
    QVERIFY(bed.Operate(other, Operation::Suspend{}).ok());
    bed.Close();
    bed.Open();
    bed.Advance(std::chrono::seconds(5));
    QCOMPARE(bed.jobs.attempts().size(), size_t{3});
    QVERIFY(bed.Operate(other, Operation::Resume{}).ok());
    bed.Advance(std::chrono::seconds(5));
    QCOMPARE(At(bed, other), std::string("after:1"));
    QCOMPARE(bed.jobs.attempts()[3].idempotency_key, bed.jobs.attempts()[2].idempotency_key);
  }

  void whenAnIncidentIsThere_thenItTellsItsPlaceAndPayloadAndIsRetriedOrSkipped() {
    Bed bed;
    bed.Deploy(Compiled(Stopping()));
    const std::string first = *bed.Start("p", R"({"amount":20})"),
                      second = *bed.Start("p", R"({"amount":5})");
    const std::string third = *bed.Start("p");
    const auto incidents = bed->Incidents(kTenant, {"", "p", "work", "expression"}, {})->rows;
    QCOMPARE(incidents.size(), size_t{3});
    QCOMPARE(incidents[0].variables_json, std::string(R"({"amount":20})"));
    QVERIFY(bed->Incidents(kTenant, {"", "other", "", ""}, {})->rows.empty());
    // Skipped: the work is as good as done.
    QVERIFY(bed.Operate("", Operation::Skip{incidents[0].id, "", R"({"done":true})"}).ok());
    QCOMPARE(At(bed, first), std::string("high:1"));
    QVERIFY(bed.View(first).variables_json.find("\"done\":true") != std::string::npos);
    // Set, and retried in bulk.
    QVERIFY(bed.Operate(second, Operation::Set{"", R"({"kind":"t"})"}).ok());
    std::promise<absl::StatusOr<Runtime::Retried>> promise;
    Operation operation;
    operation.tenant = kTenant;
    operation.actor = "ada";
    bed->RetryAll({"", "p", "", ""}, operation, [&](auto retried) { promise.set_value(std::move(retried)); });
    const auto retried = promise.get_future().get();
    QCOMPARE(retried->retried, int64_t{2});
    bed->WaitUntilIdle();
    QCOMPARE(At(bed, second), std::string("low:1"));
    QCOMPARE(bed.View(third).incidents.size(), size_t{1});  // it stopped again
    QCOMPARE(Actions(bed, second), std::string("retry set"));
    QVERIFY(absl::IsNotFound(bed.Operate("", Operation::Retry{incidents[0].id})));
    QVERIFY(absl::IsNotFound(bed.Operate("", Operation::Skip{"nonsense", "", ""})));
    QVERIFY(absl::IsNotFound(bed.Operate(second, Operation::Set{"", R"({"x":1})"}, "stranger")));
  }

  void whenTokensAreMoved_thenTheInstanceGoesOnFromThere() {
    Bed bed;
    BpmnBuilder model("p");
    model.Start().Parallel("fork").User("a").User("b").Parallel("join").User("after").End();
    model.Chain({"start", "fork", "a", "join", "after", "end"}).Chain({"fork", "b", "join"});
    bed.Deploy(Compiled(model));
    const std::string id = *bed.Start("p");
    for (const TaskView& task : bed.Tasks()) {
      if (task.element == "a") QVERIFY(bed.Complete(task.id).ok());
    }
    QCOMPARE(At(bed, id), std::string("b:1 join:1"));
    QVERIFY(absl::IsNotFound(bed.Operate(id, Operation::Move{{"nowhere"}, {}})));
    QVERIFY(absl::IsNotFound(bed.Operate(id, Operation::Move{{}, {"nowhere"}})));
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::Move{{}, {"p"}})));
    QVERIFY(bed.Operate(id, Operation::Move{{"b", "join"}, {"after"}}).ok());
    QCOMPARE(At(bed, id), std::string("after:1"));
    bed.Close();
    bed.Open();
    QCOMPARE(bed.Tasks().size(), size_t{1});
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QCOMPARE(bed.View(id).row.status, InstanceStatus::kCompleted);
    QVERIFY(bed->Audit(kTenant, id, {})->rows[0].detail.find("ended [b, join], begun [after]") !=
            std::string::npos);
  }

  void whenATaskIsClaimedDelegatedAndGivenBack_thenListsSayWhoseItIs() {
    Bed bed;
    BpmnBuilder model("p");
    model.Start().Raw(
        "<userTask id=\"ask\"><extensionElements><zeebe:assignmentDefinition candidateUsers=\"ada,bob\"/>"
        "<zeebe:taskSchedule dueDate=\"2026-04-01T12:00:00Z\"/><zeebe:priorityDefinition priority=\"70\"/>"
        "</extensionElements></userTask>");
    bed.Deploy(Compiled(model.End().Chain({"start", "ask", "end"})));
    const std::string id = *bed.Start("p");
    QCOMPARE(bed.Tasks({"", "", "bob", ""}).size(), size_t{1});
    QCOMPARE(bed.Tasks({"", "", "eve", ""}).size(), size_t{0});
    const TaskView task = bed.Tasks()[0];
    QCOMPARE(FormatTime(*task.due), std::string("2026-04-01T12:00:00Z"));
    QCOMPARE(task.priority, 70);
    QVERIFY(bed.Operate("", Operation::Assign{task.id, "ada", "", true}).ok());
    QVERIFY(absl::IsFailedPrecondition(bed.Operate("", Operation::Assign{task.id, "bob", "", true})));
    QVERIFY(bed.Operate("", Operation::Assign{task.id, "bob", "ada", false}).ok());
    bed.Close();
    bed.Open();
    QCOMPARE(bed.Tasks({"", "", "", "bob"})[0].owner, std::string("ada"));
    QVERIFY(bed.Tasks({"", "", "", "ada"}).empty());
    QVERIFY(bed.Operate("", Operation::Assign{task.id, "", "", false}).ok());
    QVERIFY(bed.Tasks({"", "", "", "bob"}).empty());
    QCOMPARE(Actions(bed, id), std::string("release delegate claim"));
    QVERIFY(bed.Complete(task.id).ok());
    QVERIFY(bed.Tasks({"", "", "bob", ""}).empty());
  }

  void whenOwnersAreSaidInTheStandardsWords_thenTheyAreCandidatesAndThePerformerHasTheTask() {
    const auto role = [](const std::string& name, const std::string& expression) {
      return "<" + name + "><resourceAssignmentExpression><formalExpression>" + expression +
             "</formalExpression></resourceAssignmentExpression></" + name + ">";
    };
    Bed bed;
    BpmnBuilder model("p");
    model.Root("<resource id=\"r\" name=\"Regional managers\"/>");
    model.Start().Raw("<userTask id=\"ask\"><potentialOwner><resourceRef>r</resourceRef></potentialOwner>" +
                      role("potentialOwner", "user(ada), group(clerks)") +
                      role("potentialOwner", "owners // and others") + role("humanPerformer", "boss") +
                      "</userTask>");
    bed.Deploy(Compiled(model.End().Chain({"start", "ask", "end"})));
    QVERIFY(bed.Start("p", R"({"boss":"eve","owners":["sales",{"user":"bob"},{"group":"it"}]})").ok());
    const TaskView task = bed.Tasks().at(0);
    QVERIFY(task.candidate_groups ==
            (std::vector<std::string>{"Regional managers", "clerks", "sales", "it"}));
    QVERIFY(task.candidate_users == (std::vector<std::string>{"ada", "bob"}));
    QCOMPARE(task.assignee, std::string("eve"));
    // What is no owner stops the task, so that a person can mend it.
    const std::string id = *bed.Start("p", R"({"boss":{"user":"eve"},"owners":[7]})");
    QCOMPARE(bed.View(id).incidents.size(), size_t{1});
    QVERIFY(bed.Operate(id, Operation::Set{"", R"({"owners":"sales"})"}).ok());
    QVERIFY(bed.Operate("", Operation::Retry{bed.View(id).incidents[0].id}).ok());
    QCOMPARE(bed.Tasks({id}).at(0).assignee, std::string("eve"));
  }

  void whenInstancesGoOver_thenTheyGoOnInTheNewVersionAndTheOldHistoryStays() {
    Bed bed;
    bed.Deploy(Compiled(TwoTasks()));
    const std::string first = *bed.Start("p"), second = *bed.Start("p"), third = *bed.Start("p");
    for (const TaskView& task : bed.Tasks({second})) QVERIFY(bed.Complete(task.id).ok());
    // The new version renames the second task, adds a third, and reminds of the first.
    BpmnBuilder model("p");
    model.Start().User("first").User("renamed").User("third").End();
    model.Chain({"start", "first", "renamed", "third", "end"});
    model.Boundary("late", "first", "timeDuration", "PT1H", false).End("noted").Flow("late", "noted");
    bed.Deploy(Compiled(model));
    Migration migration;
    migration.process = "p";
    migration.dry_run = true;
    const auto tried = bed.Migrate(migration);
    QCOMPARE(tried.size(), size_t{3});
    QVERIFY(tried[0].status.ok() && !tried[1].status.ok() && tried[2].status.ok());
    QVERIFY(tried[1].status.message().find("second is active and the mapping gives it no new place") !=
            absl::string_view::npos);
    QCOMPARE(bed.View(first).row.version, int64_t{1});
    migration.dry_run = false;
    migration.renamed = {{"second", "renamed"}};
    migration.instances = {first, second};
    for (const MigrationOutcome& outcome : bed.Migrate(migration)) {
      QVERIFY2(outcome.status.ok(), std::string(outcome.status.message()).c_str());
      QCOMPARE(outcome.to, int64_t{2});
    }
    QVERIFY(absl::IsFailedPrecondition(bed.Migrate(migration)[0].status));  // it is there already
    QCOMPARE(bed.View(first).row.version, int64_t{2});
    QCOMPARE(bed.View(third).row.version, int64_t{1});
    for (int restart = 0; restart < 2; ++restart) {
      QVERIFY(Events(bed.View(second)).find("first completed\nsecond activated\n migrated") !=
              std::string::npos);
      bed.Close();
      bed.Open();
    }
    bed.Advance(std::chrono::hours(1));
    QVERIFY(Events(bed.View(first)).find("late completed") != std::string::npos);
    for (int i = 0; i < 2; ++i) QVERIFY(bed.Complete(bed.Tasks({second})[0].id).ok());
    QCOMPARE(bed.View(second).row.status, InstanceStatus::kCompleted);
    QVERIFY(Events(bed.View(second)).find("renamed completed") != std::string::npos);
    const auto runs = bed->Elements(kTenant, second, {})->rows;
    QCOMPARE(runs.back().element + " " + runs.back().outcome, std::string("end completed"));
    QVERIFY(absl::IsNotFound(bed.Migrate({"", "", "", "nowhere", {}, 0, {}, false})[0].status));
    QCOMPARE(Actions(bed, second), std::string("migrate"));
  }

  void whenASuspendedInstanceGoesOver_thenWhatIsNewIsWaitedForWhenItIsResumed() {
    Bed bed;
    bed.Deploy(Compiled(TwoTasks()));
    const std::string id = *bed.Start("p");
    QVERIFY(bed.Operate(id, Operation::Suspend{}).ok());
    BpmnBuilder model = TwoTasks();
    model.Root("<message id=\"m\" name=\"paid\"/>");
    model.Raw(
        "<boundaryEvent id=\"paid\" attachedToRef=\"first\"><messageEventDefinition messageRef=\"m\"/>"
        "</boundaryEvent>");
    bed.Deploy(Compiled(model.End("done").Flow("paid", "done")));
    Migration migration;
    migration.process = "p";
    QVERIFY(bed.Migrate(migration)[0].status.ok());
    QCOMPARE(*bed.Publish("paid"), std::string());  // it is kept
    QVERIFY(bed.Operate(id, Operation::Resume{}).ok());
    QCOMPARE(bed.View(id).row.status, InstanceStatus::kCompleted);
    QVERIFY(Events(bed.View(id)).find("done completed") != std::string::npos);
  }

  void whenElementsRun_thenTheirTimesAreTold() {
    Bed bed;
    bed.Deploy(Compiled(TwoTasks()));
    const std::string id = *bed.Start("p");
    bed.Advance(std::chrono::minutes(10));
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    const auto page = bed->Elements(kTenant, id, {3, ""});
    QCOMPARE(page->rows.size(), size_t{3});
    QCOMPARE(page->rows[0].element + " " + page->rows[1].element + " " + page->rows[2].element,
             std::string("p start first"));
    QVERIFY(*page->rows[2].ended_at - page->rows[2].started_at == std::chrono::minutes(10));
    QCOMPARE(page->rows[0].outcome, std::string("active"));
    const auto rest = bed->Elements(kTenant, id, {3, page->next_token});
    QCOMPARE(rest->rows.size(), size_t{1});
    QCOMPARE(rest->rows[0].element, std::string("second"));
    QVERIFY(absl::IsNotFound(bed->Elements(kTenant, "nowhere", {}).status()));
  }

  void whenVariablesGetValues_thenEachIsToldInItsOrder() {
    Bed bed;
    bed.Deploy(Compiled(TwoTasks()));
    const std::string id = *bed.Start("p", R"({"amount": 900, "note": "x"})");
    bed.Advance(std::chrono::minutes(10));
    QVERIFY(bed.Operate(id, Operation::Set{"", R"({"amount": 950})"}).ok());
    QVERIFY(bed.Operate(id, Operation::Set{"", "{\"note\": \"" + std::string(5000, 'y') + "\"}"}).ok());
    const auto page = bed->Variables(kTenant, id, {3, ""});
    QVERIFY(page.ok());
    std::string told;
    for (const VariableRow& row : page->rows)
      told += std::to_string(row.number) + " " + row.element + row.name + "=" + row.value_json + "; ";
    QCOMPARE(told, std::string("1 amount=900; 2 note=\"x\"; 3 amount=950; "));
    QVERIFY(page->rows[2].at - page->rows[0].at == std::chrono::minutes(10));
    const auto rest = bed->Variables(kTenant, id, {3, page->next_token});
    QCOMPARE(rest->rows.size(), size_t{1});
    QVERIFY(rest->rows[0].cut);
    QCOMPARE(rest->rows[0].value_json.size(), kLongestShownValue);
    QVERIFY(rest->next_token.empty());
    QVERIFY(absl::IsNotFound(bed->Variables(kTenant, "nowhere", {}).status()));
    QVERIFY(absl::IsNotFound(bed->Variables("other", id, {}).status()));
    QVERIFY(!bed->Variables(kTenant, id, {3, "x"}).ok());
  }

  void whenManyInstancesAreOperated_thenEachIsDoneForItselfAndADryRunWritesNothing() {
    Bed bed;
    bed.Deploy(Compiled(TwoTasks()));
    bed.Deploy(Compiled(TwoTasks("other", "q")));
    const std::string first = *bed.Start("p"), second = *bed.Start("p"), third = *bed.Start("p");
    const std::string other = *bed.Start("q");
    QVERIFY(bed.Operate(second, Operation::Suspend{}).ok());
    const int64_t revision = bed.View(first).revision;
    BulkOperation bulk;
    bulk.process = "p";
    bulk.operation.what = Operation::Suspend{};
    bulk.operation.dry_run = true;
    BulkResult result = *bed.OperateAll(bulk);
    QCOMPARE(result.outcomes.size(), size_t{3});
    QVERIFY(!result.more);
    for (const auto& outcome : result.outcomes) QCOMPARE(outcome.status.ok(), outcome.instance != second);
    QCOMPARE(bed.View(first).revision, revision);
    QCOMPARE(Actions(bed), std::string("suspend"));
    bulk.operation.dry_run = false;
    result = *bed.OperateAll(bulk);
    QCOMPARE(bed.View(first).row.status, InstanceStatus::kSuspended);
    QCOMPARE(bed.View(other).row.status, InstanceStatus::kActive);
    QCOMPARE(Actions(bed), std::string("suspend suspend suspend"));
    // By state, by version and by id.
    BulkOperation resume;
    resume.status = InstanceStatus::kSuspended;
    resume.operation.what = Operation::Resume{};
    QCOMPARE(bed.OperateAll(resume)->outcomes.size(), size_t{3});
    bulk.version = 2;
    QCOMPARE(bed.OperateAll(bulk)->outcomes.size(), size_t{0});
    bulk.process = "unknown";
    QVERIFY(absl::IsNotFound(bed.OperateAll(bulk).status()));
    BulkOperation cancel;
    cancel.instances = {third, "nothing", other};
    cancel.operation.what = Operation::Cancel{};
    result = *bed.OperateAll(cancel);
    QVERIFY(result.outcomes[0].status.ok() && result.outcomes[2].status.ok());
    QVERIFY(absl::IsNotFound(result.outcomes[1].status));
    QCOMPARE(bed.View(other).row.status, InstanceStatus::kTerminated);
    // Those that have ended are not meant any more.
    cancel.instances.clear();
    cancel.process = "p";
    QCOMPARE(bed.OperateAll(cancel)->outcomes.size(), size_t{2});
  }

  void whenAnInstanceHasSeveralIncidentsOrTasks_thenAllOfThemAreMeant() {
    Bed bed;
    bed.Deploy(Compiled(BpmnBuilder("p")
                            .Start()
                            .Parallel("fork")
                            .Worker("a", "=kind")
                            .Worker("b", "=kind")
                            .User("left")
                            .User("right")
                            .End()
                            .Chain({"start", "fork", "a", "end"})
                            .Chain({"fork", "b", "end"})
                            .Chain({"fork", "left", "end"})
                            .Chain({"fork", "right", "end"})));
    const std::string id = *bed.Start("p");
    QCOMPARE(bed->Incidents(kTenant, {}, {})->rows.size(), size_t{2});
    QVERIFY(bed.Operate(id, Operation::Set{"", R"({"kind":"t"})"}).ok());
    QVERIFY(bed.Operate(id, Operation::RetryEach{}).ok());
    QCOMPARE(bed->Incidents(kTenant, {}, {})->rows.size(), size_t{0});
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::RetryEach{})));
    QVERIFY(bed.Operate(id, Operation::AssignEach{"left", "bob", "", false}).ok());
    // All or none: one of them is Bob's.
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::AssignEach{"", "ada", "", true})));
    QCOMPARE(bed.Tasks({"", "", "", "ada"}).size(), size_t{0});
    QVERIFY(bed.Operate(id, Operation::AssignEach{"", "ada", "", false}).ok());
    QCOMPARE(bed.Tasks({"", "", "", "ada"}).size(), size_t{2});
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::AssignEach{"a", "ada", "", false})));
    QCOMPARE(Actions(bed, id), std::string("assign assign retry set"));
  }

  void whenAPersonBeginsActivitiesOfAnAdHocSubprocess_thenItEndsByItsCondition() {
    Bed bed;
    bed.Deploy(Compiled(
        BpmnBuilder("p")
            .Start()
            .Raw("<adHocSubProcess id=\"free\" ordering=\"Sequential\"><userTask id=\"call\"/><userTask "
                 "id=\"visit\"/><userTask id=\"report\"/><sequenceFlow id=\"f\" sourceRef=\"visit\" "
                 "targetRef=\"report\"/><completionCondition>=done = true</completionCondition>"
                 "</adHocSubProcess>")
            .End()
            .Chain({"start", "free", "end"})));
    const std::string id = *bed.Start("p");
    QCOMPARE(At(bed, id), std::string("free:1"));
    QVERIFY(bed.Operate(id, Operation::BeginActivity{"visit"}).ok());
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::BeginActivity{"call"})));  // one at a time
    bed.Close();
    bed.Open();
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QCOMPARE(bed.Tasks()[0].element, std::string("report"));  // by its flow
    QVERIFY(bed.Complete(bed.Tasks()[0].id).ok());
    QCOMPARE(At(bed, id), std::string("free:1"));
    // Not what follows another one, nor what is elsewhere.
    QVERIFY(absl::IsNotFound(bed.Operate(id, Operation::BeginActivity{"report"})));
    QVERIFY(absl::IsFailedPrecondition(bed.Operate(id, Operation::BeginActivity{"end"})));
    QVERIFY(absl::IsNotFound(bed.Operate(id, Operation::BeginActivity{"nothing"})));
    QVERIFY(bed.Operate(id, Operation::BeginActivity{"call"}).ok());
    QVERIFY(bed.Complete(bed.Tasks()[0].id, R"({"done":true})").ok());
    QCOMPARE(bed.View(id).row.status, InstanceStatus::kCompleted);
    QCOMPARE(Actions(bed, id), std::string("begin begin"));
    QVERIFY(absl::IsNotFound(bed.Operate(id, Operation::BeginActivity{"call"})));
  }
};

QTEST_GUILESS_MAIN(OperationsTest)
#include "operations_test.moc"
