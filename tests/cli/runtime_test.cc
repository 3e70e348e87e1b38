#include <QtTest>

#include "tests/backend/bpmn_builder.h"
#include "tests/cli/program.h"
#include "tests/wait.h"

namespace ameide::cli {
namespace {

/// Ada's workspace `w` and her backend, which ends with the test.
struct Running {
  Running() : ada(scratch) {
    scratch.SetIdentity();
    if (ada.Run(".", {"init", "w"}).exit != 0) qFatal("init failed");
  }
  ~Running() { ada.Run(".", {"backend", "stop"}); }

  void Write(const std::string& path, const std::string& bytes) const { scratch.Write("w/" + path, bytes); }
  Outcome Run(const QStringList& arguments) const { return ada.Run("w", arguments); }
  QJsonObject Json(QStringList arguments) const {
    const Outcome outcome = Run(arguments << "--json");
    if (outcome.exit != 0) qWarning("%s%s", outcome.out.c_str(), outcome.err.c_str());
    return outcome.Json();
  }
  QString Start(const QString& process, const QString& variables = "{}") const {
    return Json({"start", process, "--vars", variables})["instance"].toString();
  }
  QJsonObject Instance(const QString& id) const { return Json({"instance", id}); }
  /// Waits until the instance is in that state.
  QString StateOf(const QString& id, const QString& wanted) const {
    QString state;
    for (int i = 0; i < 100; ++i) {
      state = Instance(id)["state"].toString();
      if (state == wanted) break;
      QTest::qWait(20);
    }
    return state;
  }
  void Restart() const {
    if (Run({"backend", "stop"}).exit != 0) qFatal("the backend does not stop");
  }

  const sync::Scratch scratch;
  Program ada;
};

std::string RuleModel() {
  return BpmnBuilder("pricing")
      .Start()
      .Raw(
          "<businessRuleTask id=\"decide\"><extensionElements><zeebe:calledDecision decisionId=\"discount\" "
          "resultVariable=\"discount\"/></extensionElements></businessRuleTask>")
      .End()
      .Chain({"start", "decide", "end"})
      .Xml();
}

constexpr char kDecision[] =
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"d\" name=\"d\" "
    "namespace=\"urn:d\"><inputData id=\"i\" name=\"amount\"><variable name=\"amount\" "
    "typeRef=\"number\"/></inputData><decision id=\"discount\" name=\"Discount\"><variable "
    "name=\"Discount\"/>"
    "<informationRequirement id=\"r\"><requiredInput href=\"#i\"/></informationRequirement>"
    "<decisionTable id=\"t\"><input id=\"in\"><inputExpression id=\"e\" "
    "typeRef=\"number\"><text>amount</text>"
    "</inputExpression></input><output id=\"o\" name=\"rate\" typeRef=\"number\"/>"
    "<rule id=\"r1\"><inputEntry id=\"a1\"><text>&lt; 100</text></inputEntry><outputEntry "
    "id=\"b1\"><text>0</text>"
    "</outputEntry></rule><rule id=\"r2\"><inputEntry id=\"a2\"><text>&gt;= "
    "100</text></inputEntry><outputEntry "
    "id=\"b2\"><text>10</text></outputEntry></rule></decisionTable></decision></definitions>";

constexpr char kMessages[] =
    "<message id=\"m\" name=\"paid\"/><message id=\"o\" name=\"ordered\"/><signal id=\"s\" name=\"stop\"/>";

}  // namespace

/// Processes through the command line and the real backend.
class RuntimeVerbTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenABusinessRuleTaskIsPublished_thenItsDecisionGoesWithItAndIsBound() {
    const Running w;
    w.Write("processes/pricing.bpmn", RuleModel());
    w.Write("decisions/discount.dmn", kDecision);
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    const Outcome ran = w.Run({"run", "processes/pricing.bpmn", "--var", "amount=150"});
    VERIFY_EXIT(ran, 0);
    QVERIFY2(ran.out.find("\"discount\":10") != std::string::npos, ran.out.c_str());
    const QJsonObject published = w.Json({"publish"});
    QCOMPARE(published["outcome"].toString(), QStringLiteral("deployed"));
    QCOMPARE(published["artifacts"].toArray().size(), 2);
    // No file is asked again: neither after a restart nor when the decision changes.
    w.Restart();
    w.Write("decisions/discount.dmn", Replaced(kDecision, "<text>10</text>", "<text>99</text>"));
    const QString first = w.Start("pricing", "{\"amount\":150}");
    QCOMPARE(w.StateOf(first, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.Instance(first)["variables"].toObject()["discount"].toInt(), 10);
    QCOMPARE(w.Json({"publish"})["processes"].toArray().at(0).toObject()["version"].toInt(), 2);
    const QString second = w.Start("pricing", "{\"amount\":150}");
    QCOMPARE(w.StateOf(second, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.Instance(second)["variables"].toObject()["discount"].toInt(), 99);
  }

  void whenADecisionIsNowhere_thenNothingIsSent() {
    const Running w;
    w.Write("pricing.bpmn", RuleModel());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    const Outcome refused = w.Run({"publish"});
    QVERIFY(refused.exit != 0);
    QVERIFY2(refused.Says("element decide: decision discount is nowhere in this workspace"),
             refused.err.c_str());
  }

  void whenACalledProcessIsInAnotherFile_thenItRunsInside() {
    const Running w;
    w.Write("main.bpmn", BpmnBuilder("main")
                             .Start()
                             .Raw("<callActivity id=\"call\" calledElement=\"part\"/>")
                             .End()
                             .Chain({"start", "call", "end"})
                             .Xml());
    w.Write("part.bpmn",
            BpmnBuilder("part").Start().Script("set", "=7", "x").End().Chain({"start", "set", "end"}).Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    const Outcome ran = w.Run({"run", "main.bpmn"});
    QVERIFY2(ran.out.find("\"x\":7") != std::string::npos, (ran.out + ran.err).c_str());
    QCOMPARE(w.Json({"publish", "main.bpmn"})["artifacts"].toArray().size(), 2);
    const QString id = w.Start("main");
    QCOMPARE(w.StateOf(id, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.Instance(id)["variables"].toObject()["x"].toInt(), 7);
  }

  void whenAMessageIsSent_thenExactlyOneGetsItNowOrLaterOrIsBegunByIt() {
    const Running w;
    w.Write(
        "wait.bpmn",
        BpmnBuilder("waiting")
            .Root(kMessages)
            .Start()
            .Raw("<intermediateCatchEvent id=\"wait\"><messageEventDefinition id=\"md\" messageRef=\"m\"/>"
                 "</intermediateCatchEvent>")
            .End()
            .Chain({"start", "wait", "end"})
            .Xml());
    w.Write("begin.bpmn",
            BpmnBuilder("begun")
                .Root("<message id=\"o\" name=\"ordered\"/>")
                .Raw("<startEvent id=\"start\"><messageEventDefinition id=\"od\" messageRef=\"o\"/>"
                     "</startEvent>")
                .User("check")
                .End()
                .Chain({"start", "check", "end"})
                .Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    // Kept until somebody waits, over a restart.
    QVERIFY(w.Json({"message", "paid", "--vars", "{\"n\":1}"})["instance"].isNull());
    VERIFY_EXIT(w.Run({"message", "paid", "--ttl", "PT0S", "--vars", "{\"n\":9}"}), 0);
    w.Restart();
    const QString first = w.Start("waiting");
    QCOMPARE(w.StateOf(first, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.Instance(first)["variables"].toObject()["n"].toInt(), 1);
    const QString second = w.Start("waiting"), third = w.Start("waiting");
    w.Restart();
    QCOMPARE(w.Json({"message", "paid", "--id", "a"})["instance"].toString(), second);
    QCOMPARE(w.Json({"message", "paid", "--id", "a"})["instance"].toString(), second);
    QCOMPARE(w.StateOf(second, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.StateOf(third, "active"), QStringLiteral("active"));
    const QString begun =
        w.Json({"message", "ordered", "--vars", "{\"item\":\"book\"}"})["instance"].toString();
    QVERIFY(!begun.isEmpty());
    QCOMPARE(w.Instance(begun)["process"].toString(), QStringLiteral("begun"));
    QCOMPARE(w.Instance(begun)["variables"].toObject()["item"].toString(), QStringLiteral("book"));
    VERIFY_EXIT(w.Run({"message", "paid", "--ttl", "soon"}), 2);
  }

  void whenASignalIsSent_thenEverybodyWhoWaitsGetsIt() {
    const Running w;
    w.Write("wait.bpmn",
            BpmnBuilder("waiting")
                .Root(kMessages)
                .Start()
                .Raw("<intermediateCatchEvent id=\"wait\"><signalEventDefinition id=\"sd\" signalRef=\"s\"/>"
                     "</intermediateCatchEvent>")
                .End()
                .Chain({"start", "wait", "end"})
                .Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    QCOMPARE(w.Json({"signal", "stop"})["receivers"].toInt(), 0);
    const QString first = w.Start("waiting"), second = w.Start("waiting");
    QCOMPARE(w.Json({"signal", "stop", "--vars", "{\"why\":\"late\"}"})["receivers"].toInt(), 2);
    QCOMPARE(w.StateOf(first, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.StateOf(second, "completed"), QStringLiteral("completed"));
    QCOMPARE(w.Instance(second)["variables"].toObject()["why"].toString(), QStringLiteral("late"));
  }

  void whenSomethingStops_thenPeopleMendItAndTheAuditTells() {
    const Running w;
    w.Write("p.bpmn", BpmnBuilder("p")
                          .Start()
                          .Worker("work", "=kind")
                          .User("ask")
                          .User("other")
                          .End()
                          .Chain({"start", "work", "ask", "other", "end"})
                          .Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    const QString first = w.Start("p", "{\"order\":7}"), second = w.Start("p");
    QCOMPARE(w.StateOf(second, "incident"), QStringLiteral("incident"));
    const QJsonArray incidents =
        w.Json({"incidents", "--process", "p", "--kind", "expression"})["incidents"].toArray();
    QCOMPARE(incidents.size(), 2);
    QCOMPARE(incidents.at(0).toObject()["variables"].toObject()["order"].toInt(), 7);
    QCOMPARE(incidents.at(0).toObject()["element"].toString(), QStringLiteral("work"));
    VERIFY_EXIT(w.Run({"retry"}), 2);
    VERIFY_EXIT(w.Run({"skip", incidents.at(0).toObject()["id"].toString(), "--reason", "done by hand",
                       "--vars", "{\"paid\":true}"}),
                0);
    VERIFY_EXIT(w.Run({"skip", "nothing"}), 1);
    QCOMPARE(w.Instance(first)["variables"].toObject()["paid"].toBool(), true);
    VERIFY_EXIT(w.Run({"modify", second, "--vars", "{\"kind\":\"pay\"}"}), 0);
    QCOMPARE(w.Json({"retry", "--all", "--process", "p"})["retried"].toInt(), 1);
    QCOMPARE(w.StateOf(second, "active"), QStringLiteral("active"));
    VERIFY_EXIT(w.Run({"modify", second, "--end", "work", "--begin", "other"}), 0);
    QCOMPARE(w.Instance(second)["tokens"].toArray().at(0).toObject()["element"].toString(),
             QStringLiteral("other"));
    // Suspended, over a restart, and resumed.
    VERIFY_EXIT(w.Run({"suspend", first}), 0);
    VERIFY_EXIT(w.Run({"suspend", first}), 1);
    w.Restart();
    QCOMPARE(w.Json({"instances", "--state", "suspended"})["instances"].toArray().size(), 1);
    const QString task =
        w.Json({"tasks", "--instance", first})["tasks"].toArray().at(0).toObject()["id"].toString();
    VERIFY_EXIT(w.Run({"complete", task}), 1);
    VERIFY_EXIT(w.Run({"resume", first}), 0);
    // Whose the task is.
    VERIFY_EXIT(w.Run({"claim", task, "ada"}), 0);
    VERIFY_EXIT(w.Run({"claim", task, "bob"}), 1);
    VERIFY_EXIT(w.Run({"assign", task, "bob", "--for", "ada"}), 0);
    QCOMPARE(w.Json({"tasks", "--assignee", "bob"})["tasks"].toArray().at(0).toObject()["owner"].toString(),
             QStringLiteral("ada"));
    VERIFY_EXIT(w.Run({"complete", task}), 0);
    QString actions;
    const QJsonArray audit = w.Json({"audit", "--instance", first})["audit"].toArray();
    for (const QJsonValue& entry : audit) actions += entry.toObject()["action"].toString() + " ";
    QCOMPARE(actions, QStringLiteral("delegate claim resume suspend skip "));
    QCOMPARE(audit.last().toObject()["reason"].toString(), QStringLiteral("done by hand"));
    const QJsonArray elements = w.Json({"elements", first})["elements"].toArray();
    QCOMPARE(elements.at(2).toObject()["element"].toString(), QStringLiteral("work"));
    QVERIFY(!elements.at(2).toObject()["ended_at"].isNull());
    VERIFY_EXIT(w.Run({"cancel", first, "--reason", "enough"}), 0);
    VERIFY_EXIT(w.Run({"cancel", first}), 1);
  }

  void whenAModelChanges_thenRunningInstancesGoOverAfterATrial() {
    const Running w;
    const auto model = [](const std::string& task, const std::string& added) {
      BpmnBuilder it("p");
      it.Start().User(task);
      if (!added.empty()) it.User(added);
      it.End();
      if (added.empty()) return it.Chain({"start", task, "end"}).Xml();
      return it.Chain({"start", task, added, "end"}).Xml();
    };
    w.Write("p.bpmn", model("ask", ""));
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    const QString id = w.Start("p");
    w.Write("p.bpmn", model("question", "check"));
    VERIFY_EXIT(w.Run({"publish"}), 0);
    const Outcome trial = w.Run({"migrate", "p", "--dry-run", "--json"});
    VERIFY_EXIT(trial, 1);
    const QJsonObject refused = trial.Json()["instances"].toArray().at(0).toObject();
    QVERIFY(refused["message"].toString().contains("ask is active and the mapping gives it no new place"));
    VERIFY_EXIT(w.Run({"migrate", "p", "--map", "ask=question", "--dry-run"}), 0);
    QCOMPARE(w.Instance(id)["version"].toInt(), 1);
    VERIFY_EXIT(w.Run({"migrate", "p", "--map", "ask=question"}), 0);
    w.Restart();
    QCOMPARE(w.Instance(id)["version"].toInt(), 2);
    for (int i = 0; i < 2; ++i) {
      const QJsonArray tasks = w.Json({"tasks", "--instance", id})["tasks"].toArray();
      QCOMPARE(tasks.size(), 1);
      VERIFY_EXIT(w.Run({"complete", tasks.at(0).toObject()["id"].toString()}), 0);
    }
    QCOMPARE(w.Instance(id)["state"].toString(), QStringLiteral("completed"));
    VERIFY_EXIT(w.Run({"migrate", "nowhere"}), 1);
  }

  void whenInstancesHaveEnded_thenTheyGoByRuleOrByHand() {
    const Running w;
    w.Write("p.bpmn", BpmnBuilder("p").Start().User("ask").End().Chain({"start", "ask", "end"}).Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    const QString first = w.Start("p"), second = w.Start("p");
    for (const QString& id : {first, second}) VERIFY_EXIT(w.Run({"cancel", id}), 0);
    const QString running = w.Start("p");
    VERIFY_EXIT(w.Run({"purge"}), 2);
    VERIFY_EXIT(w.Run({"purge", "nowhere"}), 1);
    QCOMPARE(w.Json({"purge", "p", "--before", "2020-01-01"})["instances"].toInt(), 0);
    const QJsonObject trial = w.Json({"purge", "--all", "--dry-run"});
    QCOMPARE(trial["instances"].toInt(), 2);
    QCOMPARE(trial["dry_run"].toBool(), true);
    QCOMPARE(w.Json({"purge", "p", "--reason", "enough"})["instances"].toInt(), 2);
    VERIFY_EXIT(w.Run({"instance", first}), 1);
    VERIFY_EXIT(w.Run({"instance", running}), 0);
    QCOMPARE(w.Json({"audit"})["audit"].toArray().at(0).toObject()["reason"].toString(),
             QStringLiteral("enough"));
    VERIFY_EXIT(w.Run({"retention", "p"}), 2);
    VERIFY_EXIT(w.Run({"retention", "nowhere", "--for-ever"}), 1);
    VERIFY_EXIT(w.Run({"retention", "p", "--keep", "soon"}), 2);
    VERIFY_EXIT(w.Run({"retention", "--keep", "P30D"}), 0);
    VERIFY_EXIT(w.Run({"retention", "p", "--keep", "PT0S"}), 0);
    const QJsonArray rules = w.Json({"retention"})["rules"].toArray();
    QCOMPARE(rules.size(), 2);
    QVERIFY(rules.at(0).toObject()["process"].isNull());
    QCOMPARE(rules.at(0).toObject()["keep_seconds"].toInt(), 30 * 86400);
    // By itself, soon after its end or after the next start.
    VERIFY_EXIT(w.Run({"cancel", running}), 0);
    w.Restart();
    QTRY_COMPARE_WITH_TIMEOUT(w.Run({"instance", running}).exit, 1, kWaitMs);
    VERIFY_EXIT(w.Run({"retention", "p", "--clear"}), 0);
    QCOMPARE(w.Json({"retention"})["rules"].toArray().size(), 1);
  }

  void whenManyInstancesAreMeant_thenOneCommandIsEnoughAndADryRunTellsFirst() {
    const Running w;
    w.Write("p.bpmn", BpmnBuilder("p")
                          .Start()
                          .Raw("<adHocSubProcess id=\"free\"><userTask id=\"a\"/><userTask id=\"b\"/>"
                               "</adHocSubProcess>")
                          .End()
                          .Chain({"start", "free", "end"})
                          .Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    const QString first = w.Start("p"), second = w.Start("p");
    VERIFY_EXIT(w.Run({"begin", "a", first}), 0);
    VERIFY_EXIT(w.Run({"begin", "a"}), 2);
    VERIFY_EXIT(w.Run({"begin", "nothing", first}), 1);
    QCOMPARE(w.Json({"begin", "b", "--all", "--process", "p"})["instances"].toArray().size(), 2);
    QCOMPARE(w.Json({"tasks"})["tasks"].toArray().size(), 3);
    QCOMPARE(w.Json({"assign", "ada", "--all", "--process", "p"})["instances"].toArray().size(), 2);
    QCOMPARE(w.Json({"tasks", "--assignee", "ada"})["tasks"].toArray().size(), 3);
    VERIFY_EXIT(w.Run({"modify", first, second, "--vars", "{\"x\":1}"}), 0);
    QCOMPARE(w.Instance(second)["variables"].toObject()["x"].toInt(), 1);
    VERIFY_EXIT(w.Run({"suspend", second}), 0);
    const Outcome trial = w.Run({"suspend", "--all", "--process", "p", "--dry-run", "--json"});
    VERIFY_EXIT(trial, 1);
    QCOMPARE(trial.Json()["instances"].toArray().size(), 2);
    QCOMPARE(w.Instance(first)["state"].toString(), QStringLiteral("active"));
    VERIFY_EXIT(w.Run({"resume", "--all", "--state", "suspended"}), 0);
    VERIFY_EXIT(w.Run({"cancel", "--all"}), 2);
    VERIFY_EXIT(w.Run({"cancel", first, "--dry-run"}), 0);
    VERIFY_EXIT(w.Run({"skip", "--all", "--process", "p", "--element", "free"}), 0);
    QCOMPARE(w.Instance(first)["state"].toString(), QStringLiteral("completed"));
  }

  void whenABackendIsAskedForMetrics_thenItTellsWhatItHasDone() {
    const Running w;
    w.Write("p.bpmn", BpmnBuilder("p").Start().User("ask").End().Chain({"start", "ask", "end"}).Xml());
    VERIFY_EXIT(w.Run({"commit", "-m", "First"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    VERIFY_EXIT(w.Run({"backend", "start", "--metrics-port", "0"}), 2);  // it runs without one
    VERIFY_EXIT(w.Run({"backend", "start", "--metrics-port", "70000"}), 2);
    VERIFY_EXIT(w.Run({"backend", "stop"}), 0);
    VERIFY_EXIT(w.Run({"backend", "metrics"}), 1);
    const QJsonObject status = w.Json({"backend", "start", "--metrics-port", "0"});
    QVERIFY(status["metrics_port"].toInt() > 0);
    w.Start("p");
    w.Start("p");
    double started = 0;
    for (const QJsonValue& it : w.Json({"backend", "metrics"})["metrics"].toArray()) {
      const QJsonObject metric = it.toObject();
      if (metric["name"] == "ameide_instances_started_total" && metric["labels"].toObject()["process"] == "p")
        started = metric["value"].toDouble();
    }
    QCOMPARE(started, 2.0);
    QVERIFY(w.Run({"backend", "metrics"}).out.find("# TYPE ameide_instances_started_total counter") !=
            std::string::npos);
  }
};

}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::RuntimeVerbTest)
#include "runtime_test.moc"
