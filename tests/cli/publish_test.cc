#include <QtTest>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

// Ada's workspace `w` with one committed process that runs, and her backend, which ends with the test.
struct Publishing {
  explicit Publishing(const sync::Scratch& scratch) : scratch(scratch), ada(scratch) {
    scratch.SetIdentity();
    if (ada.Run(".", {"init", "w"}).exit != 0) qFatal("init failed");
    scratch.Write("w/order.bpmn", kModel);
    if (ada.Run("w", {"commit", "-m", "First"}).exit != 0) qFatal("commit failed");
  }
  ~Publishing() { ada.Run(".", {"backend", "stop"}); }

  Outcome Run(const QStringList& arguments) const { return ada.Run("w", arguments); }
  QJsonObject Json(QStringList arguments) const { return Run(arguments << "--json").Json(); }
  QJsonArray Events(const QString& kind) const {
    QJsonArray found;
    for (const QJsonValue& event : Json({"log"})["events"].toArray()) {
      if (event["kind"].toString() == kind) found.append(event);
    }
    return found;
  }

  // What is done on main and what is done on a proposal that then comes in, neither having seen the other.
  template <typename OnMain, typename Beside>
  void AtOnce(const OnMain& on_main, const Beside& beside) const {
    if (Run({"propose", "beside"}).exit != 0) qFatal("propose failed");
    beside();
    if (Run({"commit", "-m", "Beside"}).exit != 0) qFatal("commit failed");
    if (Run({"checkout", "main"}).exit != 0) qFatal("checkout failed");
    on_main();
    if (Run({"commit", "-m", "Main"}).exit != 0) qFatal("commit failed");
    if (Run({"branch", "--merge", "proposal/beside"}).exit != 0) qFatal("merge failed");
  }

  const sync::Scratch& scratch;
  Program ada;
};

/// Publishing through the real backend: what may go, and what the log says of it.
class PublishVerbTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenPublished_thenTheLogSaysWhereWhatAndWhen() {
    const sync::Scratch scratch;
    const Publishing w(scratch);
    const Outcome first = w.Run({"publish", "--json"});
    VERIFY_EXIT(first, 0);
    QCOMPARE(first.Json()["outcome"].toString(), QStringLiteral("deployed"));
    QCOMPARE(first.Json()["events"].toArray().size(), 1);
    const QString event = first.Json()["events"].toArray().at(0).toString();
    const QJsonArray told = w.Events("published");
    QCOMPARE(told.size(), 1);
    QCOMPARE(told.at(0)["event"].toString(), event);
    QCOMPARE(told.at(0)["path"].toString(), QStringLiteral("order.bpmn"));
    QVERIFY(w.Run({"log"}).out.find("Publish to embedded") != std::string::npos);
    QVERIFY(w.Run({"log", "--sessions"}).out.find("publication: Publish to embedded") != std::string::npos);
    const QJsonObject body = w.Json({"show", event})["body"].toObject();
    QCOMPARE(body["target"].toString(), QStringLiteral("embedded"));
    QCOMPARE(body["bundle"].toString(), first.Json()["bundle"].toString());
    QCOMPARE(body["version"].toString(), QStringLiteral("1"));
    QVERIFY(!body["cut"].toArray().isEmpty());
    // What runs already is not told twice.
    const Outcome again = w.Run({"publish", "--json"});
    VERIFY_EXIT(again, 0);
    QCOMPARE(again.Json()["outcome"].toString(), QStringLiteral("unchanged"));
    QCOMPARE(again.Json()["events"].toArray().size(), 0);
    QCOMPARE(w.Events("published").size(), 1);
    // What another program saved goes, too.
    scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Paid"));
    const Outcome second = w.Run({"publish", "order.bpmn", "--json"});
    VERIFY_EXIT(second, 0);
    QCOMPARE(second.Json()["outcome"].toString(), QStringLiteral("deployed"));
    const QString later = second.Json()["events"].toArray().at(0).toString();
    const QJsonObject later_body = w.Json({"show", later})["body"].toObject();
    QCOMPARE(later_body["version"].toString(), QStringLiteral("2"));
    VERIFY_EXIT(w.Run({"commit", "-m", "Published"}), 0);
    VERIFY_EXIT(w.Run({"doctor"}), 0);
  }

  void whenTheModelIsWrong_thenNothingIsPublishedNorRecorded() {
    const sync::Scratch scratch;
    const Publishing w(scratch);
    scratch.Write("w/order.bpmn", Replaced(kModel, "targetRef='end'", "targetRef='nowhere'"));
    const Outcome refused = w.Run({"publish", "--json"});
    VERIFY_EXIT(refused, 1);
    QCOMPARE(refused.Json()["outcome"].toString(), QStringLiteral("refused"));
    QVERIFY(!refused.Json()["findings"].toArray().isEmpty());
    QVERIFY(refused.Json()["events"].toArray().isEmpty());
    QVERIFY(w.Events("published").isEmpty());
  }

  void whenAConflictIsOpen_thenItIsNamedWithTheWayToSettleIt() {
    const sync::Scratch scratch;
    const Publishing w(scratch);
    w.AtOnce([&] { scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Paid")); },
             [&] { scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Shipped")); });
    const QJsonArray open = w.Json({"conflicts"})["conflicts"].toArray();
    QCOMPARE(open.size(), 1);
    const QString key = open.at(0)["conflict"].toString();
    const Outcome blocked = w.Run({"publish", "--json"});
    VERIFY_EXIT(blocked, 1);
    QCOMPARE(blocked.Json()["outcome"].toString(), QStringLiteral("blocked"));
    const QJsonObject why = blocked.Json()["blocked"].toArray().at(0).toObject();
    QCOMPARE(why["what"].toString(), QStringLiteral("conflict"));
    QCOMPARE(why["path"].toString(), QStringLiteral("order.bpmn"));
    QCOMPARE(why["element"].toString(), QStringLiteral("end"));
    const QString message = why["message"].toString();
    QVERIFY2(message.contains("conflict " + key.left(12)) &&
                 message.contains("`ameide conflicts order.bpmn`") &&
                 message.contains("`ameide resolve " + key.left(12) + " --take A`"),
             qPrintable(message));
    const Outcome for_people = w.Run({"publish"});
    VERIFY_EXIT(for_people, 1);
    QVERIFY(for_people.out.find("order.bpmn: conflict: ") == 0);
    QVERIFY(for_people.Says("nothing was published"));
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "review"}), 1);
    VERIFY_EXIT(w.Run({"resolve", key.left(12), "--take", "A"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "review"}), 0);
  }

  void whenAnEditCameBesideAnApproval_thenItIsListedBlocksAndIsResolvedBothWays_data() {
    QTest::addColumn<bool>("again");
    QTest::newRow("approved again") << true;
    QTest::newRow("the approval lapses") << false;
  }
  void whenAnEditCameBesideAnApproval_thenItIsListedBlocksAndIsResolvedBothWays() {
    QFETCH(const bool, again);
    const sync::Scratch scratch;
    const Publishing w(scratch);
    w.AtOnce(
        [&] {
          VERIFY_EXIT(w.Run({"approve", "order.bpmn", "--for", "released"}), 0);
        },
        [&] { scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Shipped")); });
    const Outcome listed = w.Run({"conflicts", "--json"});
    VERIFY_EXIT(listed, 1);
    const QJsonObject conflict = listed.Json()["conflicts"].toArray().at(0).toObject();
    QCOMPARE(conflict["kind"].toString(), QStringLiteral("approval"));
    QCOMPARE(conflict["path"].toString(), QStringLiteral("order.bpmn"));
    const Outcome shown = w.Run({"conflicts", "order.bpmn"});
    QVERIFY2(shown.out.find("'approved for released'  by Ada") != std::string::npos, shown.out.c_str());
    QVERIFY2(shown.out.find("'edited'  by Ada") != std::string::npos, shown.out.c_str());
    QVERIFY2(shown.Says("approves again"), shown.err.c_str());
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "review", "--check"}), 1);
    VERIFY_EXIT(w.Run({"publish"}), 1);
    const QString key = conflict["conflict"].toString();
    VERIFY_EXIT(w.Run({"resolve", key, "--value", "both"}), 2);
    QString side;
    for (const QJsonValue& each : conflict["sides"].toArray()) {
      if ((each["value"].toString() == "edited") != again) side = each["side"].toString();
    }
    VERIFY_EXIT(w.Run({"resolve", key, "--take", side}), 0);
    VERIFY_EXIT(w.Run({"conflicts"}), 0);
    VERIFY_EXIT(w.Run({"resolve", key, "--take", side}), 2);
    int counting = 0;
    for (const QJsonValue& each : w.Json({"promote", "order.bpmn"})["approvals"].toArray())
      counting += each["counts"].toBool() ? 1 : 0;
    QCOMPARE(counting, again ? 1 : 0);
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "review"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
  }

  void whenThePolicyAsksForAState_thenOnlyThatGoes() {
    const sync::Scratch scratch;
    const Publishing w(scratch);
    scratch.Write("w/next.yaml",
                  "version: 1\npromotion:\n  review: {}\n  released: {}\npublishing: {from: [released]}\n");
    const Outcome checked = w.Run({"policy", "check", "next.yaml"});
    VERIFY_EXIT(checked, 0);
    QVERIFY2(checked.Says("names no administrators"), checked.err.c_str());
    VERIFY_EXIT(w.Run({"policy", "change", "next.yaml"}), 0);
    const Outcome blocked = w.Run({"publish"});
    VERIFY_EXIT(blocked, 1);
    QVERIFY2(blocked.out.find("order.bpmn: state: it is in state draft, and the policy lets only released be "
                              "published; `ameide promote order.bpmn released --check`") == 0,
             blocked.out.c_str());
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "review"}), 0);
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "released"}), 0);
    VERIFY_EXIT(w.Run({"publish"}), 0);
    QCOMPARE(w.Events("published").size(), 1);
    // The state is that of the released content, which publishing did not change.
    QCOMPARE(w.Json({"promote", "order.bpmn"})["state"].toString(), QStringLiteral("released"));
  }

  void whenFilesAreInNoWorkspace_thenTheyGoAndNothingIsRecorded() {
    const sync::Scratch scratch;
    const Publishing w(scratch);
    scratch.Write("loose/order.bpmn", kModel);
    VERIFY_EXIT(w.ada.Run("loose", {"publish", "order.bpmn"}), 0);
    QVERIFY(w.Events("published").isEmpty());
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::PublishVerbTest)
#include "publish_test.moc"
