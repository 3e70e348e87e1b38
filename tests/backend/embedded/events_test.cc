#include <QtTest>
#include <set>

#include "tests/backend/embedded/bed.h"
#include "tests/backend/embedded/compiled.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::runtime;

namespace {

constexpr char kRoots[] =
    "<message id=\"m\" name=\"paid\"/><message id=\"o\" name=\"ordered\"/><signal id=\"s\" name=\"stop\"/>";

std::string MessageEvent(const std::string& id, const std::string& message) {
  return "<intermediateCatchEvent id=\"" + id + "\"><messageEventDefinition messageRef=\"" + message +
         "\"/></intermediateCatchEvent>";
}

/// Waits for "paid" with the key in `order`.
BpmnBuilder Waiting() {
  BpmnBuilder model("waiting");
  model.Root(
      "<message id=\"m\" name=\"paid\"><extensionElements><zeebe:subscription "
      "correlationKey=\"=order\"/></extensionElements></message>");
  return model.Start().Raw(MessageEvent("wait", "m")).End().Chain({"start", "wait", "end"});
}

InstanceStatus StatusOfInstance(Bed& bed, const std::string& id) { return bed.View(id).row.status; }

std::vector<InstanceRow> InstancesOf(Bed& bed, const std::string& process) {
  return bed->Instances(kTenant, {process, std::nullopt}, {})->rows;
}

}  // namespace

/// Messages, signals and events that begin instances, on the durable host.
class EventsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenMessagesHaveKeys_thenEachReachesItsOne() {
    Bed bed;
    bed.Deploy(Compiled(Waiting()));
    const std::string first = *bed.Start("waiting", R"({"order":"a"})");
    const std::string second = *bed.Start("waiting", R"({"order":"b"})");
    const std::string third = *bed.Start("waiting", R"({"order":"a"})");
    bed.Close();
    bed.Open();
    QCOMPARE(*bed.Publish("paid", "b", R"({"n":1})"), second);
    QCOMPARE(*bed.Publish("paid", "a"), first);
    QCOMPARE(*bed.Publish("paid", "c"), std::string());
    QCOMPARE(StatusOfInstance(bed, first), InstanceStatus::kCompleted);
    QCOMPARE(bed.View(second).variables_json, std::string(R"({"order":"b","n":1})"));
    QCOMPARE(StatusOfInstance(bed, third), InstanceStatus::kActive);
    // What was kept waits for who comes later.
    bed.Close();
    bed.Open();
    const std::string late = *bed.Start("waiting", R"({"order":"c"})");
    QCOMPARE(StatusOfInstance(bed, late), InstanceStatus::kCompleted);
    QCOMPARE(StatusOfInstance(bed, *bed.Start("waiting", R"({"order":"c"})")), InstanceStatus::kActive);
  }

  void whenStartEventsShareAConversation_thenTheirMessagesComeToOneInstance() {
    const std::vector<std::string> messages = {"order", "payment"};
    Bed bed;
    // Kept ones, too: the first begins an instance, the other comes to it.
    QCOMPARE(*bed.Publish("payment", "1"), std::string());
    QCOMPARE(*bed.Publish("order", "1"), std::string());
    BpmnBuilder model("selling");
    model.Conversation(messages, messages).MessageStart("ordered", "order").MessageStart("paid", "payment");
    bed.Deploy(Compiled(model.End().Flow("ordered", "end").Flow("paid", "end")));
    QCOMPARE(InstancesOf(bed, "selling").size(), size_t{1});
    QCOMPARE(InstancesOf(bed, "selling")[0].status, InstanceStatus::kCompleted);
    const std::string second = *bed.Publish("payment", "2", R"({"paid":true})");
    const std::string third = *bed.Publish("payment", "3");
    QVERIFY(second != third);
    QCOMPARE(*bed.Publish("payment", "2"), second);  // that conversation has its instance already
    QCOMPARE(StatusOfInstance(bed, second), InstanceStatus::kActive);
    bed.Close();
    bed.Open();
    QCOMPARE(*bed.Publish("order", "2", R"({"n":2})"), second);
    QCOMPARE(StatusOfInstance(bed, second), InstanceStatus::kCompleted);
    QCOMPARE(bed.View(second).variables_json, std::string(R"({"paid":true,"n":2})"));
    QCOMPARE(StatusOfInstance(bed, third), InstanceStatus::kActive);
    // It is over: the next one begins anew.
    QVERIFY(*bed.Publish("order", "2") != second);
  }

  void whenAMessageIsTooOld_thenNobodyGetsIt() {
    Bed bed;
    bed.Deploy(Compiled(Waiting()));
    MessageToPublish message;
    message.name = "paid";
    message.key = "a";
    message.time_to_live = std::chrono::minutes(5);
    QCOMPARE(*bed.Publish(message), std::string());
    message.key = "b";
    QCOMPARE(*bed.Publish(message), std::string());
    message.key = "now";
    message.time_to_live = std::chrono::microseconds(0);
    QCOMPARE(*bed.Publish(message), std::string());
    bed.Advance(std::chrono::minutes(4));
    QCOMPARE(StatusOfInstance(bed, *bed.Start("waiting", R"({"order":"a"})")), InstanceStatus::kCompleted);
    QCOMPARE(StatusOfInstance(bed, *bed.Start("waiting", R"({"order":"now"})")), InstanceStatus::kActive);
    bed.Close();
    bed.Open();
    bed.Advance(std::chrono::minutes(2));
    QCOMPARE(StatusOfInstance(bed, *bed.Start("waiting", R"({"order":"b"})")), InstanceStatus::kActive);
  }

  void whenAMessageHasAnId_thenItIsOneHoweverOftenItComes() {
    Bed bed;
    bed.Deploy(Compiled(Waiting()));
    const std::string first = *bed.Start("waiting", R"({"order":"a"})");
    const std::string second = *bed.Start("waiting", R"({"order":"a"})");
    MessageToPublish message;
    message.name = "paid";
    message.key = "a";
    message.id = "invoice-7";
    for (int i = 0; i < 3; ++i) {
      QCOMPARE(*bed.Publish(message), first);
      bed.Close();
      bed.Open();
    }
    QCOMPARE(StatusOfInstance(bed, second), InstanceStatus::kActive);
    message.variables_json = R"({"other":true})";
    QVERIFY(absl::IsInvalidArgument(bed.Publish(message).status()));
    message.name.clear();
    QVERIFY(absl::IsInvalidArgument(bed.Publish(message).status()));
  }

  void whenInstancesTalk_thenOneTransactionHasBothSides() {
    Bed bed;
    bed.Deploy(Compiled(Waiting()));
    BpmnBuilder sender("sender");
    sender.Root(
        "<message id=\"m\" name=\"paid\"><extensionElements><zeebe:subscription "
        "correlationKey=\"=order\"/></extensionElements></message>");
    sender.Start()
        .Raw(
            "<intermediateThrowEvent id=\"tell\"><extensionElements><zeebe:ioMapping><zeebe:input "
            "source=\"=order\" target=\"order\"/><zeebe:input source=\"=5\" target=\"n\"/></zeebe:ioMapping>"
            "</extensionElements><messageEventDefinition messageRef=\"m\"/></intermediateThrowEvent>")
        .End()
        .Chain({"start", "tell", "end"});
    bed.Deploy(Compiled(sender));
    const std::string waiting = *bed.Start("waiting", R"({"order":"a"})");
    QCOMPARE(StatusOfInstance(bed, *bed.Start("sender", R"({"order":"a"})")), InstanceStatus::kCompleted);
    QCOMPARE(StatusOfInstance(bed, waiting), InstanceStatus::kCompleted);
    QCOMPARE(bed.View(waiting).variables_json, std::string(R"({"order":"a","n":5})"));
  }

  void whenASignalComes_thenAllGetItAndBoundaryAndEventSubprocessDoWhatTheySay() {
    Bed bed;
    BpmnBuilder model("listening");
    model.Root(kRoots).Start().User("work").End().Chain({"start", "work", "end"});
    model.Raw(
        "<boundaryEvent id=\"halt\" attachedToRef=\"work\"><signalEventDefinition signalRef=\"s\"/>"
        "</boundaryEvent>");
    model.End("halted").Flow("halt", "halted");
    model.BeginSub("note", "", "triggeredByEvent=\"true\"")
        .Raw(
            "<startEvent id=\"ns\" isInterrupting=\"false\"><messageEventDefinition "
            "messageRef=\"m\"/></startEvent>")
        .Script("noted", "=7", "noted")
        .End("ne")
        .Chain({"ns", "noted", "ne"})
        .EndSub();
    bed.Deploy(Compiled(model));
    const std::string first = *bed.Start("listening"), second = *bed.Start("listening");
    QCOMPARE(*bed.Publish("paid"), first);
    bed.Close();
    bed.Open();
    QCOMPARE(*bed.Publish("paid"), first);  // it does not interrupt, so it goes on waiting
    QCOMPARE(StatusOfInstance(bed, first), InstanceStatus::kActive);
    QVERIFY(bed.View(first).variables_json.find("\"noted\":7") != std::string::npos);
    QCOMPARE(bed.Broadcast("stop", R"({"why":"x"})", "once"), int64_t{2});
    QCOMPARE(bed.Broadcast("stop", R"({"why":"x"})", "once"), int64_t{2});
    QCOMPARE(bed.Broadcast("stop"), int64_t{0});
    QCOMPARE(StatusOfInstance(bed, second), InstanceStatus::kCompleted);
    QVERIFY(Events(bed.View(second)).find("halted completed") != std::string::npos);
    QVERIFY(bed.Tasks().empty());
    QCOMPARE(*bed.Publish("paid"), std::string());  // nobody is left
  }

  void whenAnEventBeginsAProcess_thenTheNewestVersionDoesWithItsPayload() {
    Bed bed;
    const auto begun = [](const std::string& task) {
      BpmnBuilder model("begun");
      model.Root(kRoots);
      model.Raw("<startEvent id=\"start\"><messageEventDefinition messageRef=\"o\"/></startEvent>");
      return Compiled(model.User(task).End().Chain({"start", task, "end"}));
    };
    bed.Deploy(begun("old"));
    const std::string first = *bed.Publish("ordered", "any", R"({"item":"book"})");
    QCOMPARE(bed.View(first).variables_json, std::string(R"({"item":"book"})"));
    bed.Deploy(begun("new"));
    const std::string second = *bed.Publish("ordered");
    QCOMPARE(bed.View(second).tokens[0].element, std::string("new"));
    bed.Close();
    bed.Open();
    QCOMPARE(bed.View(*bed.Publish("ordered")).tokens[0].element, std::string("new"));
    QCOMPARE(InstancesOf(bed, "begun").size(), size_t{3});
  }

  void whenAMessageWasKeptBeforeTheProcessWas_thenItBeginsOne() {
    Bed bed;
    QCOMPARE(*bed.Publish("ordered"), std::string());
    BpmnBuilder model("begun");
    model.Root(kRoots).Raw(
        "<startEvent id=\"start\"><messageEventDefinition messageRef=\"o\"/></startEvent>");
    bed.Deploy(Compiled(model.End().Chain({"start", "end"})));
    bed->WaitUntilIdle();
    QCOMPARE(InstancesOf(bed, "begun").size(), size_t{1});
  }

  void whenATimerBeginsAProcess_thenAtEachTimeOverRestarts() {
    Bed bed;
    const auto timed = [](const std::string& cycle) {
      BpmnBuilder model("timed");
      model.Raw("<startEvent id=\"start\"><timerEventDefinition><timeCycle>" + cycle +
                "</timeCycle></timerEventDefinition></startEvent>");
      return Compiled(model.End().Chain({"start", "end"}));
    };
    bed.Deploy(timed("R3/PT1H"));
    bed.Advance(std::chrono::minutes(59));
    QCOMPARE(InstancesOf(bed, "timed").size(), size_t{0});
    bed.Advance(std::chrono::minutes(1));
    QCOMPARE(InstancesOf(bed, "timed").size(), size_t{1});
    bed.Close();
    bed.clock.Advance(std::chrono::minutes(150));  // one passed while nobody looked
    bed.Open();
    bed->WaitUntilIdle();
    QCOMPARE(InstancesOf(bed, "timed").size(), size_t{3});
    bed.Advance(std::chrono::hours(24));
    QCOMPARE(InstancesOf(bed, "timed").size(), size_t{3});
    // Another version has its own times, and the old one's are gone.
    bed.Deploy(timed("R/PT2H"));
    bed.Deploy(timed("R1/PT10H"));
    bed.Advance(std::chrono::hours(9));
    QCOMPARE(InstancesOf(bed, "timed").size(), size_t{3});
    bed.Advance(std::chrono::hours(30));
    QCOMPARE(InstancesOf(bed, "timed").size(), size_t{4});
  }

  void whenAStartWaitsForSeveralEvents_thenTheLastBegins() {
    Bed bed;
    BpmnBuilder model("both");
    model.Root(kRoots).Raw(
        "<startEvent id=\"start\" parallelMultiple=\"true\"><messageEventDefinition messageRef=\"o\"/>"
        "<messageEventDefinition messageRef=\"m\"/></startEvent>");
    bed.Deploy(Compiled(model.End().Chain({"start", "end"})));
    QCOMPARE(*bed.Publish("ordered", {}, R"({"a":1})"), std::string());
    bed.Close();
    bed.Open();
    const std::string id = *bed.Publish("paid", {}, R"({"b":2})");
    QCOMPARE(bed.View(id).variables_json, std::string(R"({"a":1,"b":2})"));
    QCOMPARE(*bed.Publish("paid"), std::string());
  }

  /// Two processes that begin each other for ever must not keep anybody else from anything.
  void whenProcessesAnswerEachOtherWithoutEnd_thenOthersGoOn() {
    Bed bed;
    BpmnBuilder model("echo");
    model.Root(kRoots)
        .Raw("<startEvent id=\"start\"><messageEventDefinition messageRef=\"o\"/></startEvent>")
        .Raw("<endEvent id=\"end\"><messageEventDefinition messageRef=\"o\"/></endEvent>")
        .Flow("start", "end");
    bed.Deploy(Compiled(model));
    bed.Deploy(Compiled(Waiting()));
    QVERIFY(!bed.Publish("ordered")->empty());
    const std::string other = *bed.Start("waiting", R"({"order":"a"})");
    QCOMPARE(*bed.Publish("paid", "a"), other);
    bed.Close();
    bed.Open();  // and goes on after a restart
    const std::string again = *bed.Start("waiting", R"({"order":"a"})");
    QCOMPARE(*bed.Publish("paid", "a"), again);
  }

  void whenAnInstanceEnds_thenNothingWaitsForItAnyMore() {
    Bed bed;
    bed.Deploy(Compiled(Waiting()));
    const std::string id = *bed.Start("waiting", R"({"order":"a"})");
    QVERIFY(bed.Operate(id, Operation::Cancel{}).ok());
    QCOMPARE(*bed.Publish("paid", "a"), std::string());
    QCOMPARE(StatusOfInstance(bed, *bed.Start("waiting", R"({"order":"a"})")), InstanceStatus::kCompleted);
  }

  void whenACalendarBeginsAProcess_thenAtEachOfItsTimesOverRestarts() {
    Bed bed;  // The clock begins on a Friday at midnight.
    bed.Deploy(Compiled(
        BpmnBuilder("daily")
            .Raw("<startEvent id=\"start\"><timerEventDefinition><timeCycle>0 9 * * MON-FRI</timeCycle>"
                 "</timerEventDefinition></startEvent>")
            .User("ask")
            .End()
            .Raw(
                "<boundaryEvent id=\"late\" attachedToRef=\"ask\" cancelActivity=\"false\">"
                "<timerEventDefinition><timeCycle>@hourly</timeCycle></timerEventDefinition></boundaryEvent>")
            .End("noted")
            .Chain({"start", "ask", "end"})
            .Flow("late", "noted")));
    QCOMPARE(InstancesOf(bed, "daily").size(), size_t{0});
    bed.Advance(std::chrono::hours(9) - std::chrono::microseconds(1));
    QCOMPARE(InstancesOf(bed, "daily").size(), size_t{0});
    bed.Advance(std::chrono::microseconds(1));
    QCOMPARE(InstancesOf(bed, "daily").size(), size_t{1});
    // Each hour the boundary event, too.
    const std::string id = InstancesOf(bed, "daily")[0].id;
    bed.Advance(std::chrono::hours(1));
    bed.Close();
    bed.Open();
    bed.Advance(std::chrono::hours(1));
    const std::string events = Events(bed.View(id));
    size_t fired = 0;
    for (size_t at = 0; (at = events.find("late timer fired", at)) != std::string::npos; ++at) ++fired;
    QCOMPARE(fired, size_t{2});
    // Not on Saturday and Sunday.
    bed.Advance(std::chrono::hours(24 + 24));
    QCOMPARE(InstancesOf(bed, "daily").size(), size_t{1});
    bed.Advance(std::chrono::hours(24));
    QCOMPARE(InstancesOf(bed, "daily").size(), size_t{2});
  }

  void whenDataChange_thenConditionsThatWaitAreAskedAgainHoweverTheyChanged() {
    const auto waits = [](const std::string& id, const std::string& condition) {
      return "<intermediateCatchEvent id=\"" + id + "\"><conditionalEventDefinition><condition>" + condition +
             "</condition></conditionalEventDefinition></intermediateCatchEvent>";
    };
    Bed bed;
    BpmnBuilder model("p");
    model.Root(kRoots);
    bed.Deploy(Compiled(model.Start()
                            .Parallel("fork")
                            .Raw(waits("byHand", "=hand = 1"))
                            .Raw(waits("byTask", "=task = 1"))
                            .Raw(waits("byJob", "=order.id = \"o-1\""))
                            .Raw(waits("byMessage", "=sum = 5"))
                            .User("ask")
                            .Worker("work", "t")
                            .Raw(MessageEvent("paid", "m"))
                            .Timer("pause", "timeDuration", "PT1H")
                            .End()
                            .Chain({"start", "fork", "byHand", "end"})
                            .Chain({"fork", "byTask", "end"})
                            .Chain({"fork", "byJob", "end"})
                            .Chain({"fork", "byMessage", "end"})
                            .Chain({"fork", "ask", "end"})
                            .Chain({"fork", "pause", "work", "end"})
                            .Chain({"fork", "paid", "end"})));
    const std::string id = *bed.Start("p");
    const auto is_waiting = [&](const std::string& element) {
      const InstanceView view = bed.View(id);
      return std::any_of(view.tokens.begin(), view.tokens.end(),
                         [&](const TokenCount& it) { return it.element == element; });
    };
    bed.Close();
    bed.Open();
    for (const char* element : {"byHand", "byTask", "byJob", "byMessage"}) QVERIFY(is_waiting(element));
    QVERIFY(bed.Operate(id, Operation::Set{"", R"({"hand":2})"}).ok());
    QVERIFY(is_waiting("byHand"));
    QVERIFY(bed.Operate(id, Operation::Set{"", R"({"hand":1})"}).ok());
    QVERIFY(!is_waiting("byHand"));
    QVERIFY(bed.Complete(bed.Tasks()[0].id, R"({"task":1})").ok());
    QVERIFY(!is_waiting("byTask"));
    QCOMPARE(*bed.Publish("paid", std::nullopt, R"({"sum":5})"), id);
    QVERIFY(!is_waiting("byMessage"));
    QVERIFY(is_waiting("byJob"));
    bed.Advance(std::chrono::hours(1));
    QTRY_COMPARE_WITH_TIMEOUT(bed.View(id).row.status, InstanceStatus::kCompleted, kWaitMs);
  }

  void whenAConditionBeginsAProcess_thenOnceWhenItIsDeployedIfItHolds() {
    const auto model = [](const std::string& condition, const std::string& name) {
      return BpmnBuilder("p")
          .Raw("<startEvent id=\"start\"><conditionalEventDefinition><condition>" + condition +
               "</condition></conditionalEventDefinition></startEvent>")
          .User("ask" + name)
          .End()
          .Chain({"start", "ask" + name, "end"});
    };
    Bed bed;
    bed.Deploy(Compiled(model("=1 &gt; 2", "a")));
    QCOMPARE(InstancesOf(bed, "p").size(), size_t{0});
    bed.Deploy(Compiled(model("=2 &gt; 1", "b")));
    QCOMPARE(InstancesOf(bed, "p").size(), size_t{1});
    // It has to become false before it can become true again.
    bed.Close();
    bed.Open();
    bed.Advance(std::chrono::hours(24));
    QCOMPARE(InstancesOf(bed, "p").size(), size_t{1});
  }
};

QTEST_GUILESS_MAIN(EventsTest)
#include "events_test.moc"
