#include "notation/xml/intake.h"

#include <QDirIterator>
#include <QtTest>

#include "base/platform/file_system.h"

using namespace ameide;
using uaf::document::Encoding;
using uaf::document::TreeKind;

namespace {

std::string Utf16(std::string_view text, bool big, bool mark) {
  std::string bytes;
  if (mark) bytes = big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) {
    if (big) bytes.push_back('\0');
    bytes.push_back(c);
    if (!big) bytes.push_back('\0');
  }
  return bytes;
}

std::string Message(const absl::StatusOr<uaf::document::Intake>& intake) {
  return std::string(intake.status().message());
}

}  // namespace

class IntakeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTheEncodingIsKnown_thenTheFileIsTaken_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("encoding");
    const auto row = [](const char* name, const std::string& bytes, Encoding encoding) {
      QTest::newRow(name) << QByteArray::fromStdString(bytes) << static_cast<int>(encoding);
    };
    row("plain", "<a/>", Encoding::kUtf8);
    row("declared", "<?xml version='1.0' encoding='utf-8'?><a>\xc3\xa4</a>", Encoding::kUtf8);
    row("mark", "\xef\xbb\xbf<a/>", Encoding::kUtf8);
    row("latin", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe4</a>", Encoding::kLatin1);
    row("windows", "<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x80</a>", Encoding::kWindows1252);
    row("ascii", "<?xml version=\"1.0\" encoding=\"US-ASCII\"?><a/>", Encoding::kUtf8);
    row("utf-16 little", Utf16("<?xml version='1.0' encoding='UTF-16'?><a/>", false, true),
        Encoding::kUtf16Le);
    row("utf-16 big", Utf16("<a/>", true, true), Encoding::kUtf16Be);
    row("utf-16 without mark", Utf16("<a/>", false, false), Encoding::kUtf16Le);
  }

  void whenTheEncodingIsKnown_thenTheFileIsTaken() {
    QFETCH(QByteArray, bytes);
    QFETCH(int, encoding);
    const auto intake = xml::Accept(bytes.toStdString());
    QVERIFY2(intake.ok(), Message(intake).c_str());
    QCOMPARE(static_cast<int>(intake->import.encoding), encoding);
    QCOMPARE(intake->import.kind, TreeKind::kXml);
    const auto document = uaf::document::Document::Import(intake->import, bytes.toStdString(), {{"a"}, 1});
    QVERIFY(document.ok());
    QCOMPARE(document->Render(), bytes.toStdString());
  }

  void whenTheFileIsNotWellFormed_thenThePlaceIsNamed_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("wanted");
    const auto row = [](const char* name, const std::string& bytes, const char* wanted) {
      QTest::newRow(name) << QByteArray::fromStdString(bytes) << QByteArray(wanted);
    };
    row("empty", "", "1:1: ");
    row("truncated", "<a>\n  <b>\n", "3:");
    row("mismatch", "<a>\n</b>", "2:");
    row("binary", std::string("\x7f\x45LF\x02\x01\x01\x00\x00", 9), "1:1: ");
    row("undeclared prefix", "<a>\n<p:b/></a>", "2:");
    row("attributes doubled", "<a x='1'\n x='2'/>", "2:");
    row("doubled by namespace", "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "1:");
    row("unknown entity", "<a>\n\n&nope;</a>", "3:");
    row("unknown encoding", "<?xml version='1.0' encoding='EBCDIC-US'?><a/>", "1:1: encoding");
    row("invalid UTF-8", "<a>\n  \xff</a>", "2:3: ");
    row("lone ampersand", "<a>\n a & b</a>", "2:");
    row("control character", "<a>\x01</a>", "1:");
    row("ascii with umlaut", "<?xml version='1.0' encoding='US-ASCII'?>\n<a>\xe4</a>", "2:4: ");
    row("deep", QByteArray("<a>").repeated(10000).append(QByteArray("</a>").repeated(10000)).toStdString(),
        "1:");
    row("wrong mark", "\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "1:1: ");
    row("odd bytes", Utf16("<a/>", false, true) + "x", "1:");
    row("bomb",
        "<!DOCTYPE a [<!ENTITY a0 'x'>"
        "<!ENTITY a1 '&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;'><!ENTITY a2 "
        "'&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;'>"
        "<!ENTITY a3 '&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;'><!ENTITY a4 "
        "'&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;'>"
        "<!ENTITY a5 '&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;'><!ENTITY a6 "
        "'&a5;&a5;&a5;&a5;&a5;&a5;&a5;&a5;&a5;&a5;'>"
        "]><a>&a6;</a>",
        "1:");
  }

  void whenTheFileIsNotWellFormed_thenThePlaceIsNamed() {
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, wanted);
    const auto intake = xml::Accept(bytes.toStdString());
    QVERIFY(!intake.ok());
    QVERIFY2(QByteArray::fromStdString(Message(intake)).startsWith(wanted), Message(intake).c_str());
  }

  void whenADocumentTypeMultipliesText_thenItIsRefusedBeforeItCosts_data() {
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray megabyte(1'000'000, 'x');
    QTest::newRow("one large entity")
        << "<!DOCTYPE a [<!ENTITY e '" + megabyte + "'>]><a>" + QByteArray("&e;").repeated(9000) + "</a>";
    QTest::newRow("in an attribute") << "<!DOCTYPE a [<!ENTITY e '" + megabyte + "'>]><a b='" +
                                            QByteArray("&e;").repeated(9000) + "'/>";
    QTest::newRow("default value") << "<!DOCTYPE a [<!ATTLIST b c CDATA '" + megabyte + "'>]><a>" +
                                          QByteArray("<b/>").repeated(100'000) + "</a>";
    QByteArray parameters = "<!DOCTYPE a [<!ENTITY % p0 ' '>";
    for (int i = 1; i < 30; ++i) {
      const QByteArray below = "&#37;p" + QByteArray::number(i - 1) + ";";
      parameters += "<!ENTITY % p" + QByteArray::number(i) + " '" + below + " " + below + "'>";
    }
    QTest::newRow("parameter entities") << parameters + "%p29;]><a/>";
    QTest::newRow("many parameter entities") << "<!DOCTYPE a [<!ENTITY % p '" + QByteArray(1'000'000, ' ') +
                                                    "'>" + QByteArray("%p;").repeated(9000) + "]><a/>";
  }

  void whenADocumentTypeMultipliesText_thenItIsRefusedBeforeItCosts() {
    QFETCH(QByteArray, bytes);
    const auto intake = xml::Accept(bytes.toStdString());
    QVERIFY(!intake.ok());
    QVERIFY2(QByteArray::fromStdString(Message(intake)).startsWith("1:"), Message(intake).c_str());
  }

  void whenReferencesAreMany_thenTheyAreStillTaken() {
    const std::string bytes = QByteArray("<a b='" + QByteArray("&lt;&#10;").repeated(30'000) + "'>" +
                                         QByteArray("&amp;&quot;").repeated(30'000) + "</a>")
                                  .toStdString();
    QVERIFY(xml::Accept(bytes).ok());
    // An entity of a DTD that nobody reads is no error either: it may be declared there.
    const auto outside = xml::Accept("<!DOCTYPE a SYSTEM 'x.dtd'><a>&unknown;</a>");
    QVERIFY2(outside.ok(), Message(outside).c_str());
    QCOMPARE(outside->findings.size(), size_t{1});
  }

  void whenAnyPublicModelIsTaken_thenItsBytesComeBack() {
    QString folder = qEnvironmentVariable("AMEIDE_CONFORMANCE_DIR");
    if (folder.isEmpty()) folder = qEnvironmentVariable("AMEIDE_SOURCE_DIR") + "/../shared/conformance";
    QDirIterator found(folder, {"*.bpmn", "*.archimate", "*.dmn", "*.xml", "*.xsd"}, QDir::Files,
                       QDirIterator::Subdirectories);
    if (!found.hasNext()) QSKIP("conformance data is absent; set AMEIDE_CONFORMANCE_DIR");
    while (found.hasNext()) {
      const QString path = found.next();
      const std::string bytes = *PosixFileSystem().Read(path.toStdString(), uint64_t{1} << 30);
      const auto intake = xml::Accept(bytes);
      QVERIFY2(intake.ok(), qPrintable(path + ": " + QString::fromStdString(Message(intake))));
      QCOMPARE(intake->import.kind, TreeKind::kXml);
      const auto document = uaf::document::Document::Import(intake->import, bytes, {{"a"}, 1});
      QVERIFY2(document.ok(), qPrintable(path));
      QVERIFY2(document->RenderSubtree(uaf::document::kDocumentNode).size() +
                           (intake->import.byte_order_mark ? 3 : 0) ==
                       bytes.size() ||
                   intake->import.encoding != Encoding::kUtf8,
               qPrintable(path));
      QVERIFY(document->Render() == bytes);
    }
  }

  void whenSomethingOutsideIsNamed_thenItIsNeverOpenedAndFound() {
    QTemporaryDir folder;
    QFile secret(folder.filePath("secret.txt"));
    QVERIFY(secret.open(QIODevice::WriteOnly));
    secret.write("<stolen/>");
    secret.close();
    const QByteArray bytes =
        "<!DOCTYPE a [\n<!ENTITY e SYSTEM \"file://" + secret.fileName().toUtf8() + "\">]>\n<a>&e;</a>";
    const auto intake = xml::Accept(bytes.toStdString());
    QVERIFY2(intake.ok(), Message(intake).c_str());
    QCOMPARE(intake->findings.size(), size_t{1});
    QCOMPARE(intake->findings[0].rule, std::string("xml/external-entity"));
    QCOMPARE(intake->findings[0].line, 1u);
    const auto document = uaf::document::Document::Import(intake->import, bytes.toStdString(), {{"a"}, 1});
    QCOMPARE(document->Render(), bytes.toStdString());
    // A missing DTD or schema must not matter either: nobody looks for it.
    QVERIFY(xml::Accept("<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/none.dtd\"><a/>").ok());
    QVERIFY(xml::Accept("<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='u "
                        "file:///none.xsd'/>")
                .ok());
  }

  void whenEntitiesHoldMarkup_thenTheFileOpensAsText() {
    const auto intake = xml::Accept("<!DOCTYPE a [<!ENTITY e \"<b/>\">]><a>&e;</a>");
    QVERIFY(intake.ok());
    QCOMPARE(intake->import.kind, TreeKind::kLines);
    QCOMPARE(intake->findings.at(0).rule, std::string("xml/opened-as-text"));
    QCOMPARE(xml::Accept("<!DOCTYPE a [<!ENTITY e '&#x03c;b/>'>]><a>&e;</a>")->import.kind, TreeKind::kLines);
    QCOMPARE(xml::Accept("<!DOCTYPE a [<!ENTITY e \"plain\">]><a>&e;</a>")->import.kind, TreeKind::kXml);
  }
};

QTEST_GUILESS_MAIN(IntakeTest)
#include "intake_test.moc"
