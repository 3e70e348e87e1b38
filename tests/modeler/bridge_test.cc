#include "modeler/host/bridge.h"

#include <QtTest>
#include <algorithm>

using namespace ameide;
using namespace ameide::modeler;

namespace {

Bridge Make(std::string_view xml) {
  uaf::document::ImportOp import;
  import.kind = uaf::document::TreeKind::kXml;
  return Bridge(*uaf::document::Document::Import(import, xml, {{"import"}, 1}));
}

/// JSON with single quotes.
Delta Parse(std::string json) {
  std::replace(json.begin(), json.end(), '\'', '"');
  return *ParseDelta(json);
}

}  // namespace

class BridgeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAMessageIsMalformed_thenItIsRefused_data() {
    QTest::addColumn<QByteArray>("json");
    for (const char* json : {"", "[]", "{", "{\"label\":1}", "{\"label\":\"x\",\"changes\":[{}]}",
                             "{\"label\":\"x\",\"changes\":[{\"key\":\"n0\",\"children\":1}]}",
                             "{\"label\":\"x\",\"changes\":[{\"key\":\"n0\",\"attributes\":{\"a\":1}}]}",
                             "{\"label\":\"x\",\"created\":{\"t0\":{}}}"}) {
      QTest::newRow(json) << QByteArray(json);
    }
  }

  void whenAMessageIsMalformed_thenItIsRefused() {
    QFETCH(QByteArray, json);
    QCOMPARE(ParseDelta(json.toStdString()).status().code(), absl::StatusCode::kInvalidArgument);
  }

  void whenAnAttributeChanges_thenOneOperationSaysSo() {
    Bridge bridge = Make("<a><b id=\"1\" n='x'/></a>");
    const auto edit = bridge.Apply(
        Parse("{'label':'Change','changes':[{'key':'n1','attributes':{'n':'y'}}],'created':{}}"));
    QVERIFY(edit.ok());
    QCOMPARE(edit->ops.size(), size_t{1});
    QCOMPARE(bridge.document().Render(), std::string("<a><b id=\"1\" n='y'/></a>"));
  }

  void whenTheRootIsMoved_thenNothingChanges() {
    Bridge bridge = Make("<a><b n=\"1\"/><c/></a>");
    const auto edit = bridge.Apply(Parse(
        "{'label':'x','changes':[{'key':'n1','children':{'before':[],'after':[{'key':'t0'}]}}],'created':"
        "{'t0':{'tag':'w','attributes':{},'text':null,'children':[{'key':'n0'}]}}}"));
    QVERIFY(!edit.ok());
    QCOMPARE(bridge.document().Render(), std::string("<a><b n=\"1\"/><c/></a>"));
  }

  void whenAKeyIsUnknown_thenNothingChanges() {
    Bridge bridge = Make("<a><b n=\"1\"/></a>");
    const auto edit =
        bridge.Apply(Parse("{'label':'x','changes':[{'key':'n1','attributes':{'n':'2'}},{'key':'n9','"
                           "attributes':{'n':'2'}}],'created':{}}"));
    QCOMPARE(edit.status().code(), absl::StatusCode::kNotFound);
    QCOMPARE(bridge.document().Render(), std::string("<a><b n=\"1\"/></a>"));
  }

  void whenAnElementIsCreatedAround_thenWhatWasThereIsMovedIntoIt() {
    Bridge bridge = Make("<a><b/><c/></a>");
    const auto edit =
        bridge.Apply(Parse("{'label':'Wrap','changes':[{'key':'n0','children':{'before':[{'key':'n1'},{'key':"
                           "'n2'}],'after':[{'key':'t0'},{'key':'n2'}]}}],'created':{'t0':{'tag':'w','"
                           "attributes':{'id':'W'},'text':null,'children':[{'key':'n1'}]}}}"));
    QVERIFY2(edit.ok(), std::string(edit.status().message()).c_str());
    QCOMPARE(bridge.document().Render(), std::string("<a><w id=\"W\"><b/></w><c/></a>"));
  }

  void whenChildrenAreInAnotherOrder_thenTheDocumentHasIt() {
    // Four that are there and a new one, in every order.
    std::string order = "bcdet";
    std::sort(order.begin(), order.end());
    do {
      Bridge bridge = Make("<a><b/><c/><d/><e/></a>");
      std::string after, expected;
      for (const char name : order) {
        const std::string key = name == 't' ? "t0" : "n" + std::to_string(name - 'a');
        after += (after.empty() ? "{'key':'" : ",{'key':'") + key + "'}";
        expected += std::string("<") + name + "/>";
      }
      const auto edit = bridge.Apply(
          Parse("{'label':'x','changes':[{'key':'n0','children':{'before':[{'key':'n1'},{'key':'n2'},{'key':'"
                "n3'},{'key':'n4'}],'after':[" +
                after + "]}}],'created':{'t0':{'tag':'t','attributes':{},'text':null,'children':[]}}}"));
      QVERIFY2(edit.ok(), std::string(edit.status().message()).c_str());
      QCOMPARE(bridge.document().Render(), "<a>" + expected + "</a>");
    } while (std::next_permutation(order.begin(), order.end()));
  }

  void whenPlainChildrenAreNamedInAnotherOrder_thenWhatComesBehindThemStaysBehind() {
    Bridge bridge = Make("<a><o>1</o><o>2</o><e/></a>");
    const auto edit = bridge.Apply(Parse(
        "{'label':'x','changes':[{'key':'n0','children':{'before':[{'tag':'o','text':'1'},{'tag':'o','text':"
        "'2'},{'key':'n3'}],'after':[{'tag':'o','text':'2'},{'tag':'o','text':'1'},{'key':'t0'}]}}],'created'"
        ":"
        "{'t0':{'tag':'f','attributes':{},'text':null,'children':[]}}}"));
    QVERIFY2(edit.ok(), std::string(edit.status().message()).c_str());
    QCOMPARE(bridge.document().Render(), std::string("<a><o>1</o><o>2</o><f/></a>"));
  }

  void whenANamespaceIsNew_thenItIsDeclaredOnce() {
    Bridge bridge = Make("<a><b/></a>");
    const auto edit =
        bridge.Apply(Parse("{'label':'x','changes':[{'key':'n1','children':{'before':[],'after':[{'key':'t0'}"
                           "]}}],'created':{'t0':{'tag':'{http://camunda.org/schema/zeebe/"
                           "1.0}taskDefinition','attributes':{'type':'x'},'text':null,'children':[]}}}"));
    QVERIFY(edit.ok());
    QCOMPARE(bridge.document().Render(),
             std::string("<a xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\"><b><zeebe:taskDefinition "
                         "type=\"x\"/></b></a>"));
  }

  void whenAnEditBuildsOnAnotherOne_thenItWaitsAndNamesTheRealEvent() {
    Bridge bridge = Make("<a><z/></a>");
    const auto first = bridge.Apply(
        Parse("{'label':'x','changes':[{'key':'n0','children':{'before':[{'key':'n1'}],'after':[{'key':'n1'},"
              "{'key':'t0'}]}}],'created':{'t0':{'tag':'b','attributes':{},'text':null,'children':[]}}}"));
    const auto second =
        bridge.Apply(Parse("{'label':'y','changes':[{'key':'t0','attributes':{'n':'1'}}],'created':{}}"));
    QVERIFY(first.ok() && second.ok());
    QVERIFY(!bridge.MustWait(*first));
    QVERIFY(bridge.MustWait(*second));
    const uaf::EventId event{{"real"}, 7};
    bridge.Acknowledge(first->ticket, event);
    QVERIFY(!bridge.MustWait(*second));
    const Edit resolved = bridge.Resolve(*second);
    QCOMPARE(std::get<uaf::document::SetAttributeOp>(resolved.ops[0]).node, (uaf::NodeId{event, 0}));
    // Others speak of it by its event too.
    QVERIFY(bridge.ApplyRecorded({uaf::document::SetNameOp{{event, 0}, "c"}}, {{"other"}, 1}).ok());
    QCOMPARE(bridge.document().Render(), std::string("<a><z/><c n=\"1\"/></a>"));
  }
};

QTEST_GUILESS_MAIN(BridgeTest)
#include "bridge_test.moc"
