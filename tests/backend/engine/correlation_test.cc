#include "backend/engine/correlation.h"

#include <QtTest>
#include <algorithm>
#include <map>

#include "base/random.h"

using namespace ameide;          // NOLINT
using namespace ameide::engine;  // NOLINT

namespace {

Receiver InstanceOf(const std::string& process, InstanceId instance, Key subscription = 1) {
  return {process, instance, subscription, 1, 0};
}
Receiver StartOf(const std::string& process) { return {process, {}, kNoKey, 1, 0}; }
Message Named(const std::string& name, std::optional<std::string> key = {},
              const std::string& receiver = "") {
  return {name, std::move(key), receiver, {}};
}

}  // namespace

/// Who gets a message or a signal.
class CorrelationTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTwoWait_thenTheOneThatWaitedLongestGetsIt() {
    Correlation it;
    it.Wait(Trigger::kMessage, "paid", {}, InstanceOf("p", 1), true);
    it.Wait(Trigger::kMessage, "paid", {}, InstanceOf("p", 2), true);
    const auto first = it.Publish(Named("paid")), second = it.Publish(Named("paid"));
    QVERIFY(first.size() == 1 && first[0].receiver.instance == InstanceId{1});
    QVERIFY(second.size() == 1 && second[0].receiver.instance == InstanceId{2});
    QVERIFY(it.Publish(Named("paid")).empty());
    QCOMPARE(it.kept_messages(), size_t{1});
  }

  void whenAProcessCouldBegin_thenAWaitingInstanceComesFirst() {
    Correlation it;
    it.Wait(Trigger::kMessage, "order", {}, StartOf("p"), false);
    it.Wait(Trigger::kMessage, "order", {}, InstanceOf("p", 7), true);
    QVERIFY(it.Publish(Named("order"))[0].receiver.instance == InstanceId{7});
    QVERIFY(!it.Publish(Named("order"))[0].receiver.instance);
    QVERIFY(!it.Publish(Named("order"))[0].receiver.instance);
  }

  void whenAMessageHasNoKey_thenItBeginsAnInstanceRatherThanComingToOneUnderAKey() {
    Correlation it;
    it.Wait(Trigger::kMessage, "order", "k1", InstanceOf("p", 7), true);
    it.Wait(Trigger::kMessage, "order", {}, StartOf("p"), false);
    QVERIFY(!it.Publish(Named("order"))[0].receiver.instance);
    QVERIFY(it.Publish(Named("order", "k1"))[0].receiver.instance == InstanceId{7});
    it.StopStarting("p");
    it.Wait(Trigger::kMessage, "order", "k2", InstanceOf("p", 8), true);
    QVERIFY(it.Publish(Named("order"))[0].receiver.instance == InstanceId{8});
  }

  void whenKeysDiffer_thenTheMessageIsKeptForItsReceiver() {
    Correlation it;
    it.Wait(Trigger::kMessage, "paid", "1", InstanceOf("p", 1), true);
    QVERIFY(it.Publish(Named("paid", "2")).empty());
    const auto late = it.Wait(Trigger::kMessage, "paid", "2", InstanceOf("p", 2), true);
    QVERIFY(late.size() == 1 && late[0].receiver.instance == InstanceId{2});
    QCOMPARE(it.kept_messages(), size_t{0});
    QVERIFY(it.Publish(Named("paid"))[0].receiver.instance == InstanceId{1});  // no key fits every one
  }

  void whenAMessageIsAddressed_thenNoOtherProcessGetsIt() {
    Correlation it;
    it.Wait(Trigger::kMessage, "m", {}, InstanceOf("a", 1), true);
    QVERIFY(it.Publish(Named("m", {}, "b")).empty());
    QVERIFY(it.Wait(Trigger::kMessage, "m", {}, InstanceOf("b", 2), true).size() == 1);
  }

  void whenSomebodyStopsWaiting_thenNothingComes() {
    Correlation it;
    it.Wait(Trigger::kSignal, "s", {}, InstanceOf("a", 1), true);
    it.StopWaiting(1, 1);
    it.StopWaiting(1, 1);
    QVERIFY(it.Broadcast("s", {}).empty());
  }

  void whenASignalIsThrown_thenAllButTheThrowerHearIt() {
    Correlation it;
    for (InstanceId id = 1; id <= 3; ++id) it.Wait(Trigger::kSignal, "s", {}, InstanceOf("a", id), false);
    QCOMPARE(it.Broadcast("s", {}, 2).size(), size_t{2});
    QCOMPARE(it.Broadcast("s", {}).size(), size_t{3});
    QVERIFY(it.Broadcast("other", {}).empty());
    QVERIFY(it.Wait(Trigger::kSignal, "other", {}, InstanceOf("a", 4), true).empty());  // it was not kept
    QVERIFY(it.BroadcastOrKeep("later", {}).empty());
    QCOMPARE(it.Wait(Trigger::kSignal, "later", {}, InstanceOf("a", 5), true).size(), size_t{1});
  }

  /// At random: each message is delivered once or kept, never both, and only to who waits for its name and
  /// key.
  void whenEverythingIsRandom_thenNoMessageIsLostOrDoubled() {
    for (uint64_t seed = 1; seed <= 300; ++seed) {
      SeededRandom random(seed);
      Correlation it;
      std::map<std::pair<InstanceId, Key>, std::pair<std::string, std::string>> open;
      size_t published = 0, delivered = 0;
      const auto take = [&](const std::vector<Delivery>& deliveries) {
        for (const Delivery& delivery : deliveries) {
          ++delivered;
          const auto found = open.find({*delivery.receiver.instance, delivery.receiver.subscription});
          QVERIFY2(found != open.end(), qPrintable(QString("seed %1").arg(seed)));
          QVERIFY(found->second.first == feel::ToText(*delivery.variables.Find("name")));
          open.erase(found);
        }
      };
      for (Key step = 1; step <= 200; ++step) {
        const std::string name = "m" + std::to_string(random.Below(3)), key = std::to_string(random.Below(3));
        switch (random.Below(3)) {
          case 0: {
            Message message = Named(name, key);
            message.variables.Set("name", name);
            ++published;
            take(it.Publish(std::move(message)));
            break;
          }
          case 1:
            open[{step, step}] = {name, key};
            take(it.Wait(Trigger::kMessage, name, key, InstanceOf("p", step, step), true));
            break;
          default:
            if (open.empty()) break;
            it.StopWaiting(open.begin()->first.first, open.begin()->first.second);
            open.erase(open.begin());
        }
        QVERIFY2(published == delivered + it.kept_messages(), qPrintable(QString("seed %1").arg(seed)));
      }
    }
  }
};

QTEST_APPLESS_MAIN(CorrelationTest)
#include "correlation_test.moc"
