#include "uaf/diff/diff.h"

#include <QtTest>
#include <cstdlib>
#include <string>

#include "base/random.h"
#include "notation/formats/formats.h"
#include "tests/uaf/merge/fixture.h"
#include "tests/uaf/merge/models.h"
#include "tests/uaf/merge/textual_edits.h"
#include "uaf/document/diff.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::diff;
using document::Document;
using merge::Replaced;

namespace {

constexpr char kModel[] =
    "<bpmn:definitions"
    " xmlns:bpmn='http://www.omg.org/spec/BPMN/20100524/MODEL'"
    " xmlns:bpmndi='http://www.omg.org/spec/BPMN/20100524/DI'"
    " xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'"
    " xmlns:x='urn:x'>\n"
    "  <bpmn:process id='P'>\n"
    "    <bpmn:task id='A' name='Check' />\n"
    "    <bpmn:subProcess id='Sub'>\n"
    "      <bpmn:extensionElements>\n"
    "        <x:owner name='sales' />\n"
    "      </bpmn:extensionElements>\n"
    "      <bpmn:task id='B' name='Ship' />\n"
    "    </bpmn:subProcess>\n"
    "    <bpmn:sequenceFlow id='F' sourceRef='A' targetRef='Sub' />\n"
    "  </bpmn:process>\n"
    "  <bpmndi:BPMNDiagram id='D'>\n"
    "    <bpmndi:BPMNPlane id='Plane' bpmnElement='P'>\n"
    "      <bpmndi:BPMNShape id='A_di' bpmnElement='A'>\n"
    "        <dc:Bounds x='1' y='2' width='3' height='4' />\n"
    "      </bpmndi:BPMNShape>\n"
    "    </bpmndi:BPMNPlane>\n"
    "  </bpmndi:BPMNDiagram>\n"
    "</bpmn:definitions>\n";

/// Two files, or two states of one, and what is said of them.
class DiffTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenNothingButWhiteSpaceAndCommentsDiffer_thenNothingIsListed() {
    QVERIFY(Of(kModel).empty());
    QVERIFY(Of(Replaced(kModel, "<bpmn:task id='A' name='Check' />",
                        "<!-- first --><bpmn:task id=\"A\"\n  name=\"Check\"/>"))
                .empty());
  }

  void whenAnAttributeIsChanged_thenBothValuesAreSaid() {
    const ElementChange change = One(Replaced(kModel, "Check", "Check stock"));
    QCOMPARE(change.kind, ChangeKind::kChanged);
    QCOMPARE(change.element, std::string("A"));
    QCOMPARE(change.name, std::string("Check stock"));
    QVERIFY(!change.layout && !change.moved);
    QCOMPARE(change.values, (std::vector<ValueChange>{{"name", "Check", "Check stock"}}));
  }

  void whenAnElementIsInsideAnother_orAnExtension_thenItIsListedByTheNearestId() {
    const ElementChange nested = One(Replaced(kModel, "Ship", "Send"));
    QCOMPARE(nested.element, std::string("B"));
    const ElementChange extension = One(Replaced(kModel, "sales", "finance"));
    QCOMPARE(extension.element, std::string("Sub"));
    QCOMPARE(extension.type, std::string("owner"));
    QCOMPARE(extension.values[0].after, std::optional<std::string>("finance"));
  }

  void whenSubtreesComeAndGo_thenOnlyTheirTopsAreListed() {
    const std::string without =
        Replaced(Replaced(kModel, "<bpmn:extensionElements>\n        <x:owner name='sales' />\n", ""),
                 "      </bpmn:extensionElements>\n", "");
    const ElementChange gone = One(without);
    QCOMPARE(gone.kind, ChangeKind::kRemoved);
    QCOMPARE(gone.type, std::string("extensionElements"));
    QCOMPARE(gone.nodes, 2u);
    const std::vector<ElementChange> back = Between(without, kModel);
    QCOMPARE(back.size(), size_t{1});
    QCOMPARE(back[0].kind, ChangeKind::kAdded);
    QCOMPARE(back[0].nodes, 2u);
  }

  void whenAnElementGoesElsewhere_thenItIsMoved_notRemovedAndAdded() {
    const std::string task = "    <bpmn:task id='A' name='Check' />\n";
    const ElementChange change =
        One(Replaced(Replaced(kModel, task, ""), "    </bpmn:subProcess>", task + "    </bpmn:subProcess>"));
    QCOMPARE(change.kind, ChangeKind::kMoved);
    QCOMPARE(change.element, std::string("A"));
    QVERIFY(change.moved);
  }

  void whenAShapeIsMoved_thenThatIsLayout() {
    const ElementChange change = One(Replaced(kModel, "x='1'", "x='100'"));
    QVERIFY(change.layout);
    QCOMPARE(change.name, std::string("Bounds"));
  }

  void whenATypeIsChanged_thenTheElementIsTheSame() {
    const ElementChange change = One(Replaced(kModel, "<bpmn:task id='A'", "<bpmn:userTask id='A'"));
    QCOMPARE(change.kind, ChangeKind::kChanged);
    QCOMPARE(change.values, (std::vector<ValueChange>{{"#type", "bpmn:task", "bpmn:userTask"}}));
  }

  void whenAnIdIsChanged_thenTheElementIsTheSame_andWhatRefersToItFollows() {
    std::string renamed = kModel;
    for (const char* what : {"id='A'", "sourceRef='A'", "bpmnElement='A'"}) {
      const std::string with = Replaced(what, "A", "Task_Check");
      renamed = Replaced(renamed, what, with);
    }
    const std::vector<ElementChange> changes = Of(renamed);
    QCOMPARE(changes.size(), size_t{3});
    QCOMPARE(changes[0].values, (std::vector<ValueChange>{{"id", "A", "Task_Check"}}));
    QVERIFY(!changes[0].OnlyFollows());
    QCOMPARE(changes[1].element, std::string("F"));
    QVERIFY(changes[1].OnlyFollows());
    QCOMPARE(changes[2].element, std::string("A_di"));
    QVERIFY(changes[2].OnlyFollows() && changes[2].layout);
    // Another element than the renamed one is no consequence.
    const std::vector<ElementChange> other =
        Of(Replaced(renamed, "sourceRef='Task_Check'", "sourceRef='Sub'"));
    QCOMPARE(other[1].element, std::string("F"));
    QVERIFY(!other[1].OnlyFollows());
  }

  void whenRealModelsAreEditedAtRandom_thenTheDifferenceLeadsFromOneToTheOther() {
    const char* given = std::getenv("AMEIDE_SEED");
    const uint64_t first =
        given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
    const char* count = std::getenv("AMEIDE_SEEDS");
    const uint64_t seeds = count != nullptr ? std::strtoull(count, nullptr, 10) : 300;
    qInfo("seeds %llu and the next %llu (set AMEIDE_SEED and AMEIDE_SEEDS to repeat)",
          static_cast<unsigned long long>(first), static_cast<unsigned long long>(seeds));
    constexpr uintmax_t kLargest = 60'000;
    const std::vector<merge::Model> models = merge::RealModels(kLargest);
    uint64_t compared = 0;
    for (uint64_t seed = first; seed < first + seeds; ++seed) {
      SeededRandom random(seed);
      const merge::Model& model = models[random.Below(models.size())];
      const auto edit = merge::RandomTextualEdit(model.bytes, random);
      if (!edit) continue;
      const std::string bytes = merge::Edited(model.bytes, edit->places);
      const auto a = Read(model.bytes);
      const auto b = Read(bytes);
      if (!a || !b) continue;
      ++compared;
      const std::string context = "seed " + std::to_string(seed) + ", " + model.path + ": " + edit->what;
      const auto ops = document::DiffDocuments(*a, *b);
      QVERIFY2(ops.ok(), context.c_str());
      Document then = a->Clone();
      const EventId event{{"edits"}, 1};
      for (document::Op op : *ops) {
        BindToEvent(op, event);
        QVERIFY2(then.Apply(op, event).ok(), context.c_str());
      }
      QVERIFY2(then.Render() == bytes, context.c_str());
      const document::Format& format = formats_->ForFile(model.path, model.bytes.substr(0, 4096));
      QVERIFY2(Compare(*a, *a, format).empty() && Compare(then, *b, format).empty(), context.c_str());
      // What is told of the history's two states is told of the two files, or nothing of either.
      QVERIFY2(Compare(*a, then, format).empty() == Compare(*a, *b, format).empty(), context.c_str());
    }
    QVERIFY(compared > seeds / 3);
  }

 private:
  std::optional<Document> Read(std::string_view bytes) const {
    const auto intake = formats_->ForFile("model.bpmn", bytes.substr(0, 4096)).Accept(bytes);
    if (!intake.ok() || intake->import.kind != document::TreeKind::kXml) return std::nullopt;
    auto document = Document::Import(intake->import, bytes, EventId{{std::to_string(++files_)}, 1});
    return document.ok() ? std::optional<Document>(*std::move(document)) : std::nullopt;
  }
  std::vector<ElementChange> Between(std::string_view before, std::string_view after) const {
    return Compare(*Read(before), *Read(after), formats_->ForFile("model.bpmn", before));
  }
  std::vector<ElementChange> Of(std::string_view after) const { return Between(kModel, after); }
  ElementChange One(std::string_view after) const {
    std::vector<ElementChange> changes = Of(after);
    if (changes.size() != 1) qFatal("%zu changes where there is one", changes.size());
    return std::move(changes[0]);
  }

  const std::unique_ptr<document::FormatRegistry> formats_ = MakeFormats();
  mutable int files_ = 0;
};

}  // namespace

QTEST_APPLESS_MAIN(DiffTest)
#include "diff_test.moc"
