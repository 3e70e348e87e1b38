#include "uaf/document/document.h"

#include <QDirIterator>
#include <QtTest>

#include "base/platform/file_system.h"
#include "base/random.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::document;

namespace {

const EventId kImport{{"0123456789abcdef0123456789abcdef"}, 1};

EventId Event(uint64_t seq) { return {{"0123456789abcdef0123456789abcdef"}, seq}; }

absl::StatusOr<Document> Xml(std::string_view text, Encoding encoding = Encoding::kUtf8, bool mark = false) {
  ImportOp import;
  import.kind = TreeKind::kXml;
  import.encoding = encoding;
  import.byte_order_mark = mark;
  return Document::Import(import, text, kImport);
}

NodeIndex Named(const Document& document, std::string_view name) {
  for (const NodeIndex node : document.Descendants(kDocumentNode)) {
    if (document.name(node) == name) return node;
  }
  return kNoNode;
}

/// Any change marks the document as changed, so that rendering concatenates instead of copying.
std::string ForcedRender(Document& document) {
  const NodeIndex root = document.root_element();
  const std::string name(document.name(root));
  if (!document.Apply(SetNameOp{document.id(root), "changed"}, Event(2)).ok()) return "cannot change";
  if (!document.Apply(SetNameOp{document.id(root), name}, Event(3)).ok()) return "cannot change back";
  return document.Render();
}

QStringList Models() {
  QString folder = qEnvironmentVariable("AMEIDE_CONFORMANCE_DIR");
  if (folder.isEmpty()) folder = qEnvironmentVariable("AMEIDE_SOURCE_DIR") + "/../shared/conformance";
  QStringList files;
  QDirIterator found(folder, {"*.bpmn", "*.archimate", "*.dmn", "*.xml", "*.xsd"}, QDir::Files,
                     QDirIterator::Subdirectories);
  while (found.hasNext()) files << found.next();
  files.sort();
  return files;
}

std::string Read(const QString& path) {
  return *PosixFileSystem().Read(path.toStdString(), uint64_t{1} << 30);
}

/// One random operation on a random live node, or nullopt when the dice fell badly.
std::optional<Op> RandomOp(const Document& document, Random& random, uint32_t ordinal) {
  const std::vector<NodeIndex> nodes = document.Descendants(kDocumentNode);
  const NodeIndex node = nodes[random.Below(nodes.size())];
  const NodeIndex other = nodes[random.Below(nodes.size())];
  const bool element = document.kind(node) == NodeKind::kElement;
  const auto place_in = [&](NodeIndex parent) {
    Place place{document.id(parent), std::nullopt, std::nullopt};
    const NodeIndex first = document.first_child(parent);
    if (first == kNoNode) return place;
    if (random.Below(2) == 0) {
      place.right = document.id(first);
    } else {
      place.left = document.id(first);
      if (const NodeIndex next = document.next_sibling(first); next != kNoNode)
        place.right = document.id(next);
    }
    return place;
  };
  switch (random.Below(8)) {
    case 0:
      if (!element) return std::nullopt;
      return InsertNodeOp{place_in(node), ordinal, "\n  <x a='1'>t<y/><!--c--></x>", 1};
    case 1:
      return MoveNodeOp{document.id(node), std::nullopt};
    case 2:
      if (document.kind(other) != NodeKind::kElement) return std::nullopt;
      return MoveNodeOp{document.id(node), place_in(other)};
    case 3:
      return SetNameOp{document.id(node), "renamed"};
    case 4:
      return SetAttributeOp{document.id(node), random.Below(2) == 0 ? "id" : "fresh",
                            AttributeText{" ", " = ", '\'', "v&amp;"}, "id"};
    case 5:
      return SetAttributeOp{document.id(node), "name", std::nullopt, ""};
    case 6:
      return SetTriviaOp{document.id(node), static_cast<Trivia>(random.Below(5)),
                         random.Below(2) == 0 ? " " : "\n"};
    default:
      return SetTextOp{document.id(node), "some text"};
  }
}

}  // namespace

class DocumentTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAnyPublicModelIsRead_thenItRendersToTheSameBytes() {
    const QStringList files = Models();
    if (files.isEmpty()) QSKIP("conformance data is absent; set AMEIDE_CONFORMANCE_DIR");
    for (const QString& file : files) {
      const std::string bytes = Read(file);
      auto document = Xml(bytes, Encoding::kUtf8, bytes.substr(0, 3) == "\xef\xbb\xbf");
      QVERIFY2(document.ok(),
               qPrintable(file + ": " + QString::fromStdString(std::string(document.status().message()))));
      QVERIFY(document->Render() == bytes);
      QVERIFY2(ForcedRender(*document) == bytes, qPrintable(file));
    }
  }

  void whenTheSpellingIsOdd_thenEveryByteStays_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("CRLF") << QByteArray("<?xml version=\"1.0\"?>\r\n<a>\r\n\t<b/>\r\n</a>\r\n");
    QTest::newRow("no final newline") << QByteArray("<a><b/></a>");
    QTest::newRow("single quotes") << QByteArray("<a x='1' y = \"2\"\n  z='\"'/>");
    QTest::newRow("CDATA") << QByteArray("<a><![CDATA[<not> & markup ]] ]]></a>");
    QTest::newRow("entities") << QByteArray("<a b=\"&lt;&#10;&unknown;\">&amp;&#x20AC;</a>");
    QTest::newRow("everywhere") << QByteArray(
        "<!-- 1 --><?pi x?>\n<a><!-- 2 --><?pi?> t <b/><!----></a><!-- 3 -->\n<?end?>");
    QTest::newRow("doctype") << QByteArray("<!DOCTYPE a [<!ENTITY e \"]>\"><!-- > ]> --><?x ]>?>]>\n<a/>");
    QTest::newRow("namespaces") << QByteArray(
        "<p:a xmlns:p=\"urn:x\" xmlns='urn:y'><b xmlns=\"\" p:c=''/></p:a >");
    QTest::newRow("blanks in tags") << QByteArray("<a  ><b\t/></a\n>");
    QTest::newRow("mixed") << QByteArray("<a> one <b/> two\n<c></c>\n  </a>");
    QTest::newRow("blank text") << QByteArray("<a>   </a>");
    QTest::newRow("long attribute") << "<a b=\"" + QByteArray(1 << 20, 'x') + "\"/>";
    QTest::newRow("beyond the plane") << QByteArray("<a b=\"\xf0\x9f\x9a\x80\">\xc3\xa4</a>");
  }

  void whenTheSpellingIsOdd_thenEveryByteStays() {
    QFETCH(QByteArray, bytes);
    auto document = Xml(bytes.toStdString());
    QVERIFY2(document.ok(), std::string(document.status().message()).c_str());
    QCOMPARE(QByteArray::fromStdString(ForcedRender(*document)), bytes);
  }

  void whenTheEncodingIsNotUtf8_thenCharactersAreReadAndBytesStay() {
    const std::string latin = "<a n=\"\xe4\">\xfc</a>";
    auto document = Xml(latin, Encoding::kLatin1);
    QVERIFY(document.ok());
    QCOMPARE(*document->attribute(document->root_element(), "n"), std::string("\xc3\xa4"));
    QCOMPARE(ForcedRender(*document), latin);
    std::string wide("\xff\xfe", 2);
    for (const char c : std::string("<a n='1'/>")) wide += std::string(1, c) + std::string(1, '\0');
    auto utf16 = Xml(wide, Encoding::kUtf16Le, true);
    QVERIFY(utf16.ok());
    QCOMPARE(ForcedRender(*utf16), wide);
    QVERIFY(!Xml("<a>\xff</a>").ok());
    QVERIFY(!Xml("<a>\x81</a>", Encoding::kWindows1252).ok());
    QCOMPARE(Xml("<a>\x80</a>", Encoding::kWindows1252)->text(NodeIndex{1}), std::string("\xe2\x82\xac"));
  }

  void whenTheTextIsNotWellFormed_thenThePlaceIsNamed_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("place");
    QTest::newRow("empty") << QByteArray("") << QByteArray("1:1: ");
    QTest::newRow("blank") << QByteArray(" \n ") << QByteArray("2:2: ");
    QTest::newRow("text") << QByteArray("\nhello") << QByteArray("2:1: ");
    QTest::newRow("unclosed") << QByteArray("<a>\n<b>") << QByteArray("2:4: ");
    QTest::newRow("mismatch") << QByteArray("<a>\n  <b></c></a>") << QByteArray("2:6: ");
    QTest::newRow("stray end") << QByteArray("<a/></b>") << QByteArray("1:5: ");
    QTest::newRow("two roots") << QByteArray("<a/>\n<b/>") << QByteArray("2:1: ");
    QTest::newRow("no quotes") << QByteArray("<a b=1/>") << QByteArray("1:6: ");
    QTest::newRow("open quote") << QByteArray("<a b=\"1/>") << QByteArray("1:6: ");
    QTest::newRow("less in value") << QByteArray("<a b=\"<\"/>") << QByteArray("1:7: ");
    QTest::newRow("open comment") << QByteArray("<a><!-- </a>") << QByteArray("1:4: ");
    QTest::newRow("half a tag") << QByteArray("<a") << QByteArray("1:1: ");
    QTest::newRow("late declaration") << QByteArray("<a/><?xml version='1.0'?>") << QByteArray("1:5: ");
    QTest::newRow("deep") << QByteArray("<a>").repeated(10000) << QByteArray("1:12289: ");
  }

  void whenTheTextIsNotWellFormed_thenThePlaceIsNamed() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, place);
    const auto document = Xml(bytes.toStdString());
    QVERIFY(!document.ok());
    const auto message = QByteArray::fromStdString(std::string(document.status().message()));
    QVERIFY2(message.startsWith(place), message.constData());
  }

  void whenAnElementIsDeleted_thenItsLineGoesAndUndoBringsItBack() {
    const std::string text = "<a>\n  <b/>\n  <c/>\n</a>\n";
    auto document = Xml(text);
    auto inverse = document->Apply(MoveNodeOp{document->id(Named(*document, "b")), std::nullopt}, Event(2));
    QCOMPARE(document->Render(), std::string("<a>\n  <c/>\n</a>\n"));
    QVERIFY(document->InTrash(NodeIndex{2}));
    for (const Op& op : *inverse) QVERIFY(document->Apply(op, Event(3)).ok());
    QCOMPARE(document->Render(), text);
  }

  void whenASelfClosingElementGetsAChild_thenItOpensAndClosesAgainWithout() {
    auto document = Xml("<a/>");
    const NodeId root = document->id(document->root_element());
    auto inverse =
        document->Apply(InsertNodeOp{{root, std::nullopt, std::nullopt}, 0, "\n  <b/>", 1}, Event(2));
    QVERIFY(inverse.ok());
    QCOMPARE(document->Render(), std::string("<a>\n  <b/></a>"));
    QCOMPARE(document->id(Named(*document, "b")), (NodeId{Event(2), 0}));
    QVERIFY(document->Apply(inverse->front(), Event(3)).ok());
    QCOMPARE(document->Render(), std::string("<a/>"));
  }

  void whenTwoRunsAreInsertedAtOnePlace_thenTheyDoNotInterleave() {
    auto document = Xml("<a><x/><y/></a>");
    const NodeId root = document->id(document->root_element());
    const NodeId x = document->id(Named(*document, "x"));
    const NodeId y = document->id(Named(*document, "y"));
    const EventId one{{"aaaa"}, 1};
    const EventId two{{"bbbb"}, 1};
    // Each writer typed two elements, knowing nothing of the other.
    QVERIFY(document->Apply(InsertNodeOp{{root, x, y}, 0, "<p1/>", 1}, one).ok());
    QVERIFY(document->Apply(InsertNodeOp{{root, x, y}, 0, "<q1/>", 1}, two).ok());
    QVERIFY(document->Apply(InsertNodeOp{{root, NodeId{one, 0}, y}, 1, "<p2/>", 1}, one).ok());
    QVERIFY(document->Apply(InsertNodeOp{{root, NodeId{two, 0}, y}, 1, "<q2/>", 1}, two).ok());
    QCOMPARE(document->Render(), std::string("<a><x/><p1/><p2/><q1/><q2/><y/></a>"));
  }

  void whenShapesAreShifted_thenNumbersStayShortAndUndoKeepsTheirSpelling() {
    auto document = Xml("<a x=\"100.0\" y=\"-2.5\"/>");
    const NodeId root = document->id(document->root_element());
    auto inverse = document->Apply(ShiftAttributesOp{{{root, "x"}, {root, "y"}}, 2500}, Event(2));
    QVERIFY(inverse.ok());
    QCOMPARE(document->Render(), std::string("<a x=\"102.5\" y=\"0\"/>"));
    for (const Op& op : *inverse) QVERIFY(document->Apply(op, Event(3)).ok());
    QCOMPARE(document->Render(), std::string("<a x=\"100.0\" y=\"-2.5\"/>"));
  }

  void whenTextIsSpliced_thenOffsetsCountCharacters() {
    auto document = Xml("<a>\xc3\xa4\xc3\xb6\xc3\xbc</a>");
    const NodeId text = document->id(document->first_child(document->root_element()));
    auto inverse = document->Apply(SpliceTextOp{text, 1, 1, "oe"}, Event(2));
    QVERIFY(inverse.ok());
    QCOMPARE(document->Render(), std::string("<a>\xc3\xa4oe\xc3\xbc</a>"));
    QVERIFY(document->Apply(inverse->front(), Event(3)).ok());
    QCOMPARE(document->Render(), std::string("<a>\xc3\xa4\xc3\xb6\xc3\xbc</a>"));
    QVERIFY(!document->Apply(SpliceTextOp{text, 3, 1, ""}, Event(4)).ok());
  }

  void whenAnOperationIsWrong_thenNothingChanges() {
    const std::string text = "<a><b><c/></b></a>";
    auto document = Xml(text);
    const NodeId b = document->id(Named(*document, "b"));
    const NodeId c = document->id(Named(*document, "c"));
    const std::vector<Op> wrong = {
        MoveNodeOp{b, Place{c, std::nullopt, std::nullopt}},
        MoveNodeOp{NodeId{Event(9), 0}, std::nullopt},
        MoveNodeOp{document->id(kDocumentNode), std::nullopt},
        SetNameOp{b, "x y"},
        SetAttributeOp{b, "n", AttributeText{"", "=", '"', "v"}, ""},
        SetAttributeOp{b, "n", AttributeText{" ", "=", '"', "\""}, ""},
        InsertNodeOp{{b, std::nullopt, std::nullopt}, 0, "<x>", 1},
        InsertNodeOp{{b, std::nullopt, std::nullopt}, 0, "<x/><y/>", 1},
        InsertNodeOp{{b, document->id(document->root_element()), std::nullopt}, 0, "<x/>", 1},
        SetTextOp{b, "text"},
        SetTriviaOp{b, Trivia::kLead, "x"},
        ShiftAttributesOp{{{b, "none"}}, 1},
    };
    for (const Op& op : wrong) {
      QVERIFY(!document->Apply(op, Event(2)).ok());
      QCOMPARE(document->Render(), text);
    }
  }

  void whenRandomOperationsAreInverted_thenBytesAndIdsComeBack() {
    const uint64_t seed = qEnvironmentVariableIsSet("AMEIDE_SEED")
                              ? qEnvironmentVariable("AMEIDE_SEED").toULongLong()
                              : SystemRandom().Below(1'000'000'000);
    qInfo("seed %llu (set AMEIDE_SEED to repeat)", static_cast<unsigned long long>(seed));
    QStringList files = Models().filter(QRegularExpression("\\.(bpmn|archimate)$"));
    std::vector<std::string> texts = {"<a>\n <b x='1'>t</b>\n <!--c-->\n <d/>\n</a>\n"};
    for (const QString& file : files) texts.push_back(Read(file));
    SeededRandom random(seed);
    for (const std::string& text : texts) {
      auto document = Xml(text, Encoding::kUtf8, text.substr(0, 3) == "\xef\xbb\xbf");
      QVERIFY(document.ok());
      for (int round = 0; round < 5; ++round) {
        std::vector<std::vector<Op>> inverses;
        std::vector<NodeId> before;
        for (const NodeIndex node : document->Descendants(kDocumentNode))
          before.push_back(document->id(node));
        const std::string bytes = document->Render();
        const uint64_t base = 10 + static_cast<uint64_t>(round) * 1000;
        for (uint64_t i = 0; i < 40; ++i) {
          const auto op = RandomOp(*document, random, 0);
          if (!op) continue;
          const std::string unchanged = document->Render();
          auto inverse = document->Apply(*op, Event(base + i));
          if (inverse.ok())
            inverses.push_back(*inverse);
          else
            QVERIFY(document->Render() == unchanged);
        }
        // What was rendered must be read again as the same text, if it still is one document.
        if (document->root_element() != kNoNode) {
          if (auto again = Xml(document->Render()); again.ok())
            QVERIFY(ForcedRender(*again) == document->Render());
        }
        uint64_t seq = base + 500;
        for (auto it = inverses.rbegin(); it != inverses.rend(); ++it) {
          for (const Op& op : *it) {
            const auto applied = document->Apply(op, Event(seq++));
            QVERIFY2(applied.ok(), std::string(applied.status().message()).c_str());
          }
        }
        QVERIFY2(document->Render() == bytes, "undoing did not restore the bytes");
        std::vector<NodeId> after;
        for (const NodeIndex node : document->Descendants(kDocumentNode)) after.push_back(document->id(node));
        QVERIFY2(after == before, "undoing did not restore the nodes");
      }
    }
  }

  void whenLinesAreEdited_thenOtherLinesStay() {
    ImportOp import;
    import.kind = TreeKind::kLines;
    auto document = Document::Import(import, "one\r\ntwo\nthree", kImport);
    QVERIFY(document.ok());
    const NodeId two{kImport, 2};
    QVERIFY(document->Apply(SetTextOp{two, "2\n"}, Event(2)).ok());
    QVERIFY(document
                ->Apply(InsertNodeOp{{document->id(kDocumentNode), two, NodeId{kImport, 3}}, 0, "2b\n", 1},
                        Event(3))
                .ok());
    QCOMPARE(document->Render(), std::string("one\r\n2\n2b\nthree"));
  }

  void whenAPlaceIsAsked_thenLineAndColumnCountCodePoints() {
    auto document = Xml("<a>\n  \xc3\xa4 <b>\n    <c/></b>\n</a>");
    const TextPosition b = document->position(Named(*document, "b"));
    QCOMPARE(b.line, 2u);
    QCOMPARE(b.column, 5u);
    const TextPosition c = document->position(Named(*document, "c"));
    QCOMPARE(c.line, 3u);
    QCOMPARE(c.column, 5u);
  }

  void whenIdsAreFormatted_thenTheyParseBack() {
    const NodeId id{{{"abc~12"}, 7}, 3};
    QCOMPARE(*ParseNodeId(FormatId(id)), id);
    QCOMPARE(*ParseEventId("abc:7"), (EventId{{"abc"}, 7}));
    for (const char* text : {"", "abc", "abc:", ":1", "abc:0", "abc:x", "a:b:c"})
      QVERIFY2(!ParseEventId(text).ok(), text);
  }
};

QTEST_GUILESS_MAIN(DocumentTest)
#include "document_test.moc"
