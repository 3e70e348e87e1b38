#include "uaf/document/diff.h"

#include <QDirIterator>
#include <QtTest>

#include "base/platform/file_system.h"
#include "base/random.h"
#include "uaf/document/edit.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::document;

namespace {

const EventId kImport{{"import"}, 1};
const EventId kEdit{{"edit"}, 1};

absl::StatusOr<Document> Parse(std::string_view text, TreeKind kind = TreeKind::kXml) {
  ImportOp import;
  import.kind = kind;
  import.byte_order_mark = text.substr(0, 3) == "\xef\xbb\xbf";
  return Document::Import(import, text, kImport);
}

NodeIndex ById(const Document& document, std::string_view id) {
  for (const NodeIndex node : document.Descendants(kDocumentNode)) {
    if (document.attribute(node, "id") == id) return node;
  }
  return kNoNode;
}

/// Applies operations whose own nodes are named with an empty event, as they come from DiffDocuments.
bool ApplyAll(Document& document, const std::vector<Op>& ops, const EventId& event) {
  for (const Op& op : ops) {
    if (!document.Apply(op, event).ok()) return false;
  }
  return true;
}

/// The difference applied to `before` must give `after`'s bytes; returns the number of operations.
int CheckDiff(const std::string& before, const std::string& after, TreeKind kind = TreeKind::kXml) {
  auto from = Parse(before, kind);
  auto to = Parse(after, kind);
  if (!from.ok() || !to.ok()) return -1;
  const auto ops = DiffDocuments(*from, *to);
  if (!ops.ok()) return -2;
  if (!ApplyAll(*from, *ops, EventId{})) return -3;
  return from->Render() == after ? static_cast<int>(ops->size()) : -4;
}

std::vector<std::string> Models() {
  QString folder = qEnvironmentVariable("AMEIDE_CONFORMANCE_DIR");
  if (folder.isEmpty()) folder = qEnvironmentVariable("AMEIDE_SOURCE_DIR") + "/../shared/conformance";
  std::vector<std::string> models;
  QDirIterator found(folder, {"*.bpmn", "*.archimate"}, QDir::Files, QDirIterator::Subdirectories);
  QStringList files;
  while (found.hasNext()) files << found.next();
  files.sort();
  for (const QString& file : files) models.push_back(*PosixFileSystem().Read(file.toStdString(), 1 << 26));
  return models;
}

/// Changes a document as another program might; what it cannot do it leaves.
void Disturb(Document& document, Random& random, uint32_t ordinal) {
  const auto nodes = document.Descendants(document.root_element());
  const NodeIndex node = nodes[random.Below(nodes.size())];
  const NodeIndex other = nodes[random.Below(nodes.size())];
  std::vector<Op> ops;
  switch (random.Below(7)) {
    case 0:
      ops = InsertElementOps(document, node, kNoNode,
                             {"extra", {{"id", "new" + std::to_string(ordinal)}}, "", {}}, ordinal);
      break;
    case 1:
      if (node != document.root_element()) ops = DeleteOps(document, node);
      break;
    case 2:
      ops = {MoveNodeOp{document.id(node), PlaceBefore(document, other, document.first_child(other))}};
      break;
    case 3:
      ops = {SetNameOp{document.id(node), "renamed"}};
      break;
    case 4:
      ops = SetAttributeOps(document, node, "name", "new \"name\" & <more>");
      break;
    case 5:
      ops = SetAttributeOps(document, node, "id", std::nullopt);
      break;
    default:
      ops = {SetTriviaOp{document.id(node), Trivia::kLead, "\n\n"}};
      break;
  }
  for (const Op& op : ops) {
    if (!document.Apply(op, {{"disturb"}, ordinal}).ok()) return;
  }
}

}  // namespace

class DiffTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenOneThingChanges_thenOneOperationSaysSo_data() {
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<int>("operations");
    QTest::newRow("nothing") << "<a><b/></a>"
                             << "<a><b/></a>" << 0;
    QTest::newRow("value") << "<a><b id=\"1\" n=\"x\"/><c/></a>"
                           << "<a><b id=\"1\" n=\"y\"/><c/></a>" << 1;
    QTest::newRow("new attribute") << "<a><b id=\"1\"/></a>"
                                   << "<a><b id=\"1\" n=\"y\"/></a>" << 1;
    QTest::newRow("name") << "<a><task id=\"1\"/></a>"
                          << "<a><userTask id=\"1\"/></a>" << 1;
    QTest::newRow("insert") << "<a>\n <b/>\n <c/>\n</a>"
                            << "<a>\n <b/>\n <x/>\n <c/>\n</a>" << 1;
    QTest::newRow("delete") << "<a>\n <b/>\n <x/>\n <c/>\n</a>"
                            << "<a>\n <b/>\n <c/>\n</a>" << 1;
    QTest::newRow("swap") << "<a><b id=\"1\"/><c id=\"2\"/></a>"
                          << "<a><c id=\"2\"/><b id=\"1\"/></a>" << 1;
    QTest::newRow("to another parent") << "<a><p id=\"1\"><x id=\"9\"/></p><q id=\"2\"><r/></q></a>"
                                       << "<a><p id=\"1\"></p><q id=\"2\"><r/><x id=\"9\"/></q></a>" << 1;
    QTest::newRow("text") << "<a><t id=\"1\">one</t></a>"
                          << "<a><t id=\"1\">two</t></a>" << 1;
    QTest::newRow("comment") << "<a><!--one--></a>"
                             << "<a><!--two--></a>" << 1;
    QTest::newRow("blank line") << "<a>\n<b/>\n</a>"
                                << "<a>\n\n<b/>\n</a>" << 1;
    QTest::newRow("attribute order") << "<a><b x=\"1\" y=\"2\" z=\"3\"/></a>"
                                     << "<a><b y=\"2\" x=\"1\" z=\"3\"/></a>" << 1;
    QTest::newRow("only child deleted") << "<a>\n <b/>\n</a>"
                                        << "<a>\n</a>" << 1;
    QTest::newRow("first child deleted") << "<a>\n <b/>\n <c/>\n</a>"
                                         << "<a>\n <c/>\n</a>" << 1;
    QTest::newRow("last child deleted") << "<a>\n <b/>\n <c/>\n</a>"
                                        << "<a>\n <b/>\n</a>" << 1;
    QTest::newRow("first child inserted") << "<a>\n <b/>\n</a>"
                                          << "<a>\n <x/>\n <b/>\n</a>" << 1;
    QTest::newRow("last child inserted") << "<a>\n <b/>\n</a>"
                                         << "<a>\n <b/>\n <x/>\n</a>" << 1;
    QTest::newRow("id") << "<a>\n <b id=\"1\" n=\"x\"><c/></b>\n</a>"
                        << "<a>\n <b id=\"2\" n=\"x\"><c/></b>\n</a>" << 1;
    QTest::newRow("id given") << "<a>\n <b n=\"x\"><c/></b>\n</a>"
                              << "<a>\n <b id=\"2\" n=\"x\"><c/></b>\n</a>" << 1;
    QTest::newRow("name without id") << "<a>\n <b n=\"x\">t</b>\n</a>"
                                     << "<a>\n <c n=\"x\">t</c>\n</a>" << 1;
    QTest::newRow("one of equals deleted") << "<a>\n <!--x-->\n <b id=\"1\"/>\n <!--x-->\n <c id=\"2\"/>\n "
                                              "<!--x-->\n <d id=\"3\"/>\n</a>"
                                           << "<a>\n <!--x-->\n <b id=\"1\"/>\n <c id=\"2\"/>\n <!--x-->\n "
                                              "<d id=\"3\"/>\n</a>"
                                           << 1;
    QTest::newRow("moved without id") << "<a><p id=\"1\"><x n=\"9\"/></p><q id=\"2\"><r/></q></a>"
                                      << "<a><p id=\"1\"></p><q id=\"2\"><r/><x n=\"9\"/></q></a>" << 1;
    QTest::newRow("commented out") << "<a>\n <b/>\n <c x=\"1\"/>\n</a>"
                                   << "<a>\n <b/>\n <!-- <c x=\"1\"/> -->\n</a>" << 2;
    QTest::newRow("two places of a text")
        << "<a>The clerk checks the order and then calls the customer about it.</a>"
        << "<a>The officer checks the order and then calls the buyer about it.</a>" << 2;
  }

  void whenOneThingChanges_thenOneOperationSaysSo() {
    QFETCH(QString, before);
    QFETCH(QString, after);
    QFETCH(int, operations);
    QCOMPARE(CheckDiff(before.toStdString(), after.toStdString()), operations);
  }

  void whenTheChangeIsAwkward_thenTheBytesAreStillRight_data() {
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::newRow("attribute order") << "<a><b x=\"1\" y=\"2\"/></a>"
                                     << "<a><b y=\"2\" x=\"1\"/></a>";
    QTest::newRow("quotes") << "<a x=\"1\"/>"
                            << "<a x='1'/>";
    QTest::newRow("opened") << "<a/>"
                            << "<a></a>";
    QTest::newRow("opened around a line") << "<a><b><w x=\"1\"/><w x=\"2\"/></b><c/></a>"
                                          << "<a><b><w x=\"1\">\n</w><w x=\"2\"/></b><c/></a>";
    QTest::newRow("blank text") << "<a><b>x</b></a>"
                                << "<a><b>  </b></a>";
    QTest::newRow("another root") << "<a><b/></a>"
                                  << "<z>text</z>";
    QTest::newRow("wrapped") << "<a><x id=\"1\"/></a>"
                             << "<a><w><x id=\"1\"/></w></a>";
    QTest::newRow("unwrapped") << "<a><w id=\"2\"><x id=\"1\"/></w></a>"
                               << "<a><x id=\"1\"/></a>";
    QTest::newRow("inside out") << "<a><w id=\"2\"><x id=\"1\"/></w></a>"
                                << "<a><x id=\"1\"><w id=\"2\"/></x></a>";
    QTest::newRow("declaration") << "<a/>"
                                 << "<?xml version=\"1.0\"?>\n<!-- x -->\n<a/>\n";
    QTest::newRow("doubled ids") << "<a><b id=\"1\"/><c id=\"1\"/></a>"
                                 << "<a><c id=\"1\"/><b id=\"1\"/></a>";
    QTest::newRow("indented anew") << "<a><b><c/></b></a>"
                                   << "<a>\n  <b>\n    <c/>\n  </b>\n</a>\n";
  }

  void whenTheChangeIsAwkward_thenTheBytesAreStillRight() {
    QFETCH(QString, before);
    QFETCH(QString, after);
    QVERIFY(CheckDiff(before.toStdString(), after.toStdString()) >= 0);
    QVERIFY(CheckDiff(after.toStdString(), before.toStdString()) >= 0);
  }

  void whenLinesChange_thenOnlyTheyAreTouched() {
    QCOMPARE(CheckDiff("one\ntwo\nthree\n", "one\n2\nthree\n", TreeKind::kLines), 1);
    QCOMPARE(CheckDiff("one\nthree\n", "one\ntwo\nthree\n", TreeKind::kLines), 1);
    QVERIFY(CheckDiff("", "a\nb", TreeKind::kLines) >= 0);
    QVERIFY(CheckDiff("a\nb", "", TreeKind::kLines) >= 0);
    QVERIFY(CheckDiff("a\r\nb\r\n", "b\na\n", TreeKind::kLines) >= 0);
  }

  void whenElementsAreWrapped_thenTheyKeepTheirIdentity() {
    auto from = Parse("<a>\n <x id=\"1\" n=\"v\"/>\n <y id=\"2\"><z/></y>\n</a>");
    const NodeId x = from->id(ById(*from, "1"));
    const NodeId y = from->id(ById(*from, "2"));
    const std::string after =
        "<a>\n <sub id=\"9\" >\n  <x id=\"1\" n=\"v\"/>\n  <w>\n   <y id=\"2\"><z/></y>\n  </w>\n </sub "
        ">\n</a>";
    const auto ops = DiffDocuments(*from, *Parse(after));
    QVERIFY(ops.ok());
    QVERIFY(ApplyAll(*from, *ops, EventId{}));
    QCOMPARE(QString::fromStdString(from->Render()), QString::fromStdString(after));
    QCOMPARE(from->id(ById(*from, "1")), x);
    QCOMPARE(from->id(ById(*from, "2")), y);
  }

  void whenTheAttributesOfAnElementAreReordered_thenWhatItHoldsKeepsItsIdentity() {
    auto from = Parse("<a x=\"1\" y=\"2\"><b id=\"1\"/></a>");
    const NodeId b = from->id(ById(*from, "1"));
    const auto ops = DiffDocuments(*from, *Parse("<a y=\"2\" x=\"1\"><b id=\"1\"/></a>"));
    QVERIFY(ops.ok());
    QVERIFY(ApplyAll(*from, *ops, EventId{}));
    QCOMPARE(from->Render(), std::string("<a y=\"2\" x=\"1\"><b id=\"1\"/></a>"));
    QCOMPARE(from->id(ById(*from, "1")), b);
  }

  void whenAnIdChanges_thenTheElementKeepsItsIdentity() {
    auto from = Parse("<a>\n <t id=\"1\" name=\"x\"><k/></t>\n <t id=\"2\" name=\"y\"><l/></t>\n</a>");
    const NodeId first = from->id(ById(*from, "1"));
    const auto ops = DiffDocuments(
        *from, *Parse("<a>\n <t id=\"9\" name=\"x\"><k/></t>\n <t id=\"2\" name=\"z\"><l/></t>\n</a>"));
    QVERIFY(ops.ok());
    QCOMPARE(ops->size(), 2U);
    QVERIFY(ApplyAll(*from, *ops, EventId{}));
    QCOMPARE(from->id(ById(*from, "9")), first);
  }

  void whenAnElementIsReplacedByAnother_thenItIsNotTakenForARenamedOne() {
    auto from = Parse("<a><t id=\"1\" name=\"x\"/></a>");
    const auto ops = DiffDocuments(*from, *Parse("<a><t id=\"2\" name=\"y\"/></a>"));
    QVERIFY(ops.ok());
    QVERIFY(ApplyAll(*from, *ops, EventId{}));
    QCOMPARE(from->id(ById(*from, "2")).event, EventId{});
  }

  void whenWordsChange_thenSplicesCountFromTheOldText() {
    auto from = Parse("<a>\xc3\xa4 one two three four five six seven</a>");
    const auto ops = DiffDocuments(*from, *Parse("<a>\xc3\xa4 1 two three four five six 7</a>"));
    QVERIFY(ops.ok());
    const NodeId text = from->id(from->first_child(from->root_element()));
    QCOMPARE(*ops, (std::vector<Op>{SpliceTextOp{text, 30, 5, "7"}, SpliceTextOp{text, 2, 3, "1"}}));
  }

  void whenALineIsReworded_thenItStaysTheSameLine() {
    auto from = Parse("# Title\n\nThe clerk checks the order.\nLast\n", TreeKind::kLines);
    const auto ops = DiffDocuments(
        *from, *Parse("# Title\n\nNew line\nThe clerk reads the order.\nLast\n", TreeKind::kLines));
    QVERIFY(ops.ok());
    QCOMPARE(ops->size(), 2U);
    QVERIFY(std::holds_alternative<InsertNodeOp>((*ops)[0]));
    QCOMPARE((*ops)[1], (Op{SpliceTextOp{{kImport, 3}, 10, 6, "reads"}}));
  }

  void whenManyLinesChange_thenMostLinesStay() {
    std::string before;
    std::string after;
    for (int i = 0; i < 6000; ++i) {
      const std::string line = i % 3 == 0 ? "\n" : "line " + std::to_string(i) + "\n";
      if (i % 10 != 1) before += line;
      if (i % 7 != 1) after += line;
    }
    const int operations = CheckDiff(before, after, TreeKind::kLines);
    QVERIFY2(operations > 0 && operations < 2500, qPrintable(QString::number(operations)));
  }

  void whenKindsDiffer_thenTheDifferenceIsRefused() {
    auto from = Parse("<a/>");
    auto to = Parse("<a/>", TreeKind::kLines);
    QCOMPARE(DiffDocuments(*from, *to).status().code(), absl::StatusCode::kFailedPrecondition);
  }

  void whenModelsAreDisturbed_thenTheDifferenceRestoresTheBytesAndSnapshotsContinue() {
    const uint64_t seed = qEnvironmentVariableIsSet("AMEIDE_SEED")
                              ? qEnvironmentVariable("AMEIDE_SEED").toULongLong()
                              : SystemRandom().Below(1'000'000'000);
    qInfo("seed %llu (set AMEIDE_SEED to repeat)", static_cast<unsigned long long>(seed));
    std::vector<std::string> models = Models();
    if (models.empty()) QSKIP("conformance data is absent; set AMEIDE_CONFORMANCE_DIR");
    SeededRandom random(seed);
    for (const std::string& model : models) {
      auto disturbed = Parse(model);
      QVERIFY(disturbed.ok());
      for (uint32_t i = 1; i <= 12; ++i) {
        Disturb(*disturbed, random, i);
        const std::string bytes = disturbed->Render();
        if (!Parse(bytes).ok()) continue;
        const int operations = CheckDiff(model, bytes);
        QVERIFY2(operations >= 0, qPrintable(QString("result %1 after %2 changes").arg(operations).arg(i)));
      }
      auto restored = Document::DecodeSnapshot(disturbed->EncodeSnapshot());
      QVERIFY2(restored.ok(), std::string(restored.status().message()).c_str());
      QVERIFY(restored->Render() == disturbed->Render());
      SeededRandom left(seed + 1);
      SeededRandom right(seed + 1);
      for (uint32_t i = 20; i < 40; ++i) {
        Disturb(*disturbed, left, i);
        Disturb(*restored, right, i);
      }
      QVERIFY(restored->Render() == disturbed->Render());
    }
  }

  void whenASnapshotIsCutShort_thenItIsRefused() {
    auto document = Parse("<a><b x='1'/>text</a>");
    const std::string whole = document->EncodeSnapshot();
    for (size_t length = 0; length < whole.size(); ++length)
      QVERIFY(!Document::DecodeSnapshot(whole.substr(0, length)).ok());
    QVERIFY(Document::DecodeSnapshot(whole).ok());
  }

  void whenASnapshotIsDamaged_thenItIsRefusedOrStillATree() {
    auto document = Parse("<a x='1'><b y='2'>t</b><!--c-->\n <d/>\n</a>\n");
    const NodeId b{kImport, 2};
    QVERIFY(document->Apply(SetAttributeOp{b, "z", AttributeText{" ", "=", '"', "3"}, "y"}, kEdit).ok());
    QVERIFY(
        document->Apply(MoveNodeOp{b, Place{{kImport, 1}, NodeId{kImport, 5}, std::nullopt}}, kEdit).ok());
    const std::string whole = document->EncodeSnapshot();
    for (size_t at = 0; at < whole.size(); ++at) {
      for (const int flip : {1, 2, 3, 5, 16, 128, 255}) {
        std::string bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ flip);
        const auto damaged = Document::DecodeSnapshot(bytes);
        if (!damaged.ok()) continue;
        // Every way through the tree must end.
        QVERIFY(damaged->Descendants(kDocumentNode).size() <= damaged->node_count());
        QVERIFY(damaged->Render().size() < 10 * whole.size());
      }
    }
  }

  void whenAnElementIsInserted_thenItFollowsTheStyleOfTheFile_data() {
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::newRow("two spaces") << "<a id=\"1\">\n  <b/>\n</a>"
                                << "<a id=\"1\">\n  <b/>\n  <n k=\"v\"/>\n</a>";
    QTest::newRow("tabs and CRLF") << "<r>\r\n\t<a id='1'>\r\n\t\t<b/>\r\n\t</a>\r\n</r>"
                                   << "<r>\r\n\t<a id='1'>\r\n\t\t<b/>\r\n\t\t<n k=\"v\"/>\r\n\t</a>\r\n</r>";
    QTest::newRow("first child") << "<r>\n  <a id=\"1\"/>\n</r>"
                                 << "<r>\n  <a id=\"1\">\n    <n k=\"v\"/>\n  </a>\n</r>";
    QTest::newRow("one line") << "<r><a id=\"1\"><b/></a></r>"
                              << "<r><a id=\"1\"><b/><n k=\"v\"/></a></r>";
    QTest::newRow("open and blank") << "<r>\n  <a id=\"1\">\n  </a>\n</r>"
                                    << "<r>\n  <a id=\"1\">\n    <n k=\"v\"/>\n  </a>\n</r>";
    QTest::newRow("single quotes") << "<r q='1'><a id='1'/></r>"
                                   << "<r q='1'><a id='1'><n k='v'/></a></r>";
  }

  void whenAnElementIsInserted_thenItFollowsTheStyleOfTheFile() {
    QFETCH(QString, before);
    QFETCH(QString, after);
    auto document = Parse(before.toStdString());
    const NodeIndex parent = ById(*document, "1");
    const auto ops = InsertElementOps(*document, parent, kNoNode, {"n", {{"k", "v"}}, "", {}}, 0);
    std::vector<std::vector<Op>> inverses;
    for (const Op& op : ops) inverses.push_back(*document->Apply(op, kEdit));
    QCOMPARE(QString::fromStdString(document->Render()), after);
    for (auto it = inverses.rbegin(); it != inverses.rend(); ++it) {
      for (const Op& op : *it) QVERIFY(document->Apply(op, {{"undo"}, 1}).ok());
    }
    QCOMPARE(QString::fromStdString(document->Render()), before);
  }

  void whenTextIsSet_thenItReadsBack_data() {
    QTest::addColumn<QString>("element");
    QTest::newRow("empty") << "<t/>";
    QTest::newRow("text") << "<t>old</t>";
    QTest::newRow("cdata") << "<t><![CDATA[old]]></t>";
    QTest::newRow("several") << "<t>a<!--c-->b</t>";
    QTest::newRow("blank") << "<t>  </t>";
    QTest::newRow("cdata on its line") << "<t>\n  <![CDATA[old]]>\n</t>";
    QTest::newRow("comment") << "<t>\n  <!--c-->\n</t>";
    QTest::newRow("text and comment") << "<t>\n  old <!--c-->\n</t>";
    QTest::newRow("CRLF") << "<t>\r\n  old\r\n</t>";
  }

  void whenTextIsSet_thenItReadsBack() {
    QFETCH(QString, element);
    for (const std::string text : {"plain", "a < b && c", "]]>", " ", "", "line\nline", "\n  new\n", "a\r\nb",
                                   "\xe2\x82\xac", " x "}) {
      auto document = Parse(element.toStdString());
      for (const Op& op : SetElementTextOps(*document, document->root_element(), text, 0)) {
        const auto applied = document->Apply(op, kEdit);
        QVERIFY2(applied.ok(), std::string(applied.status().message()).c_str());
      }
      auto again = Parse(document->Render());
      QVERIFY2(again.ok(), document->Render().c_str());
      QCOMPARE(again->text(again->root_element()), text);
    }
  }
};

QTEST_GUILESS_MAIN(DiffTest)
#include "diff_test.moc"
