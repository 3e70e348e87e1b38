#include "notation/formats/formats.h"

#include <QtTest>

using namespace ameide;
using namespace ameide::uaf::document;

namespace {

using Ids = std::vector<std::string>;

constexpr char kBpmn[] =
    "<b:definitions xmlns:b='http://www.omg.org/spec/BPMN/20100524/MODEL' "
    "xmlns:d='http://www.omg.org/spec/BPMN/20100524/DI' xmlns:t='urn:t' id='defs'>"
    "<b:process id='p'><b:documentation id='doc'>words</b:documentation>"
    "<b:exclusiveGateway id='g' default='t:f2' name='t:f2'><b:incoming id='in'> t:f1 "
    "</b:incoming></b:exclusiveGateway>"
    "<b:boundaryEvent id='e' attachedToRef='task'><b:messageEventDefinition id='m' messageRef='t:msg'/>"
    "</b:boundaryEvent><b:sequenceFlow id='f1' sourceRef='s' targetRef='g'/>"
    "<b:callActivity id='call' calledElement='other'/>"
    "<b:subProcess id='sub'><b:dataInputAssociation id='dia'><b:sourceRef id='src'>data</b:sourceRef>"
    "</b:dataInputAssociation></b:subProcess>"
    "<b:textAnnotation id='note'><b:text id='notetext'>words</b:text></b:textAnnotation>"
    "<b:scriptTask id='script'><b:script id='code'>x = 1</b:script></b:scriptTask></b:process>"
    "<d:BPMNDiagram id='dia1'><d:BPMNPlane id='plane' bpmnElement='t:p'>"
    "<d:BPMNShape id='shape' bpmnElement='g'/></d:BPMNPlane></d:BPMNDiagram></b:definitions>";

constexpr char kDmn[] =
    "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' xmlns:i='urn:i' id='defs'>"
    "<decision id='d' name='Discount'><description id='text'>words</description>"
    "<informationRequirement id='r'><requiredInput id='own' href='#input'/>"
    "<requiredDecision id='far' href='other.dmn#d2'/></informationRequirement>"
    "<decisionTable id='table'><rule id='rule'/></decisionTable>"
    "<literalExpression id='expr'><text id='feel'>1 + 1</text></literalExpression></decision>"
    "<i:DMNDI id='di'><i:DMNShape id='shape' dmnElementRef='i:d'><decision "
    "id='pasted'/></i:DMNShape></i:DMNDI>"
    "</definitions>";

constexpr char kArchi[] =
    "<archimate:model xmlns:archimate='http://www.archimatetool.com/archimate' "
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' id='model'><folder id='folder'>"
    "<element xsi:type='archimate:AssignmentRelationship' id='rel' source='a' target='b'/>"
    "<element xsi:type='archimate:BusinessActor' id='a' name='source'><documentation "
    "id='doc'>w</documentation>"
    "</element><element xsi:type='archimate:ArchimateDiagramModel' id='view'>"
    "<child id='node' archimateElement='a' targetConnections='c1 c2'/></element></folder></archimate:model>";

/// A file in the notation that claims it.
class Opened {
 public:
  explicit Opened(std::string_view bytes, std::string_view path = "model.xml")
      : formats_(MakeFormats()), format_(formats_->ForFile(path, bytes)) {
    auto document = Document::Import(format_.Accept(bytes)->import, bytes, {{"file"}, 1});
    if (!document.ok()) qFatal("%s", std::string(document.status().message()).c_str());
    document_ = std::make_unique<Document>(*std::move(document));
  }
  NodeIndex operator[](std::string_view id) const {
    for (const NodeIndex node : document_->Descendants(kDocumentNode)) {
      if (document_->attribute(node, "id") == id) return node;
    }
    qFatal("no element %s", std::string(id).c_str());
  }
  Ids References(std::string_view id, std::string_view attribute) const {
    return format_.ReferencesIn(*document_, (*this)[id], attribute);
  }
  bool IsOrdered(std::string_view id) const { return format_.IsOrdered(*document_, (*this)[id]); }
  bool IsLayout(std::string_view id) const { return format_.IsLayout(*document_, (*this)[id]); }
  /// Of the text inside.
  bool IsProse(std::string_view id) const {
    return format_.IsProse(*document_, document_->first_child((*this)[id]));
  }
  const Format& format() const { return format_; }
  const Document& document() const { return *document_; }

 private:
  std::unique_ptr<FormatRegistry> formats_;
  const Format& format_;
  std::unique_ptr<Document> document_;
};

}  // namespace

/// What the kernel is told of each notation.
class FormatsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenAnXmlFileHasNoEndingOfANotation_thenItsRootTellsIt() {
    QCOMPARE(Opened(kBpmn).format().name(), std::string_view("bpmn"));
    QCOMPARE(Opened(kDmn).format().name(), std::string_view("dmn"));
    QCOMPARE(Opened(std::string("<?xml version='1.0'?>\n<!-- <a> -->\n") + kArchi).format().name(),
             std::string_view("archimate"));
    // A schema names the namespace too, but is no model.
    QCOMPARE(Opened("<schema xmlns='urn:s' targetNamespace='https://www.omg.org/spec/DMN/20191111/MODEL/'/>")
                 .format()
                 .name(),
             std::string_view("xml"));
  }

  void whenBpmnRefers_thenTheMetamodelKnows() {
    const Opened model(kBpmn);
    QCOMPARE(model.References("f1", "sourceRef"), Ids{"s"});
    QCOMPARE(model.References("f1", "targetRef"), Ids{"g"});
    QCOMPARE(model.References("g", "default"), Ids{"f2"});
    QCOMPARE(model.References("in", ""), Ids{"f1"});
    QCOMPARE(model.References("e", "attachedToRef"), Ids{"task"});
    QCOMPARE(model.References("m", "messageRef"), Ids{"msg"});
    QCOMPARE(model.References("call", "calledElement"), Ids{"other"});
    QCOMPARE(model.References("src", ""), Ids{"data"});
    QCOMPARE(model.References("shape", "bpmnElement"), Ids{"g"});
    QCOMPARE(model.References("plane", "bpmnElement"), Ids{"p"});
    QCOMPARE(model.References("g", "name"), Ids{});
    QCOMPARE(model.References("g", "id"), Ids{});
    QCOMPARE(model.References("doc", ""), Ids{});
  }

  void whenBpmnHoldsText_thenDocumentationAndNotesAreProseAndScriptsAreNot() {
    const Opened model(kBpmn);
    QVERIFY(model.IsProse("doc"));
    QVERIFY(model.IsProse("notetext"));
    QVERIFY(!model.IsProse("code"));
    QVERIFY(!model.IsOrdered("p"));
  }

  void whenDmnRefers_thenFragmentsAndFilesAreTold() {
    const Opened model(kDmn);
    QCOMPARE(model.References("own", "href"), Ids{"input"});
    QCOMPARE(model.References("far", "href"), Ids{"other.dmn#d2"});
    QCOMPARE(model.References("shape", "dmnElementRef"), Ids{"d"});
    QCOMPARE(model.References("d", "name"), Ids{});
    QVERIFY(model.IsOrdered("table"));
    QVERIFY(!model.IsOrdered("d"));
    QVERIFY(model.IsProse("text"));
    QVERIFY(!model.IsProse("feel"));
    QVERIFY(model.IsLayout("shape") && !model.IsLayout("rule"));
    QVERIFY(!model.IsLayout("pasted"));
  }

  void whenArchimateRefers_thenEndsAndViewsAreTold() {
    const Opened model(kArchi);
    QCOMPARE(model.References("rel", "source"), Ids{"a"});
    QCOMPARE(model.References("rel", "target"), Ids{"b"});
    QCOMPARE(model.References("node", "archimateElement"), Ids{"a"});
    QCOMPARE(model.References("node", "targetConnections"), (Ids{"c1", "c2"}));
    QCOMPARE(model.References("a", "name"), Ids{});
    QVERIFY(model.IsProse("doc"));
    QVERIFY(model.IsLayout("node") && !model.IsLayout("view"));
  }

  void whenXmlRefersByConvention_thenThatIsUnderstood() {
    const Opened model("<a id='1' idref='2' href='#3' ref='p:4' other='5'><b id='6' href='page.html'/></a>");
    QCOMPARE(model.References("1", "idref"), Ids{"2"});
    QCOMPARE(model.References("1", "href"), Ids{"3"});
    QCOMPARE(model.References("1", "ref"), Ids{"4"});
    QCOMPARE(model.References("1", "other"), Ids{});
    QCOMPARE(model.References("6", "href"), Ids{});
  }

  void whenAFileIsText_thenItsLinesAreOrderedAndMarkdownIsProse() {
    const Opened markdown("# Title\n", "notes.md");
    QVERIFY(markdown.format().IsOrdered(markdown.document(), kDocumentNode));
    QVERIFY(markdown.format().IsProse(markdown.document(), markdown.document().first_child(kDocumentNode)));
    const Opened yaml("a: 1\n", "settings.yaml");
    QVERIFY(!yaml.format().IsProse(yaml.document(), yaml.document().first_child(kDocumentNode)));
  }
};

QTEST_APPLESS_MAIN(FormatsTest)
#include "formats_test.moc"
