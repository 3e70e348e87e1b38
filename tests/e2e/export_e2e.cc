// The diagram elsewhere: as a file, on paper, on the clipboard, in another diagram.
#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QImage>
#include <QMimeData>
#include <QPrinter>
#include <QRegularExpression>
#include <QTest>
#include <QXmlStreamReader>
#include <optional>

#include "app/workbench/actions.h"
#include "app/workbench/diagram_export.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

constexpr char kOther[] = "processes/other.bpmn";
constexpr char kEmpty[] =

    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
    "xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" "
    "xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" id=\"D\" targetNamespace=\"urn:other\">\n"
    "  <bpmn:process id=\"other\" isExecutable=\"false\">\n"
    "    <bpmn:task id=\"Alone\" name=\"Alone\" />\n"
    "  </bpmn:process>\n"
    "  <bpmndi:BPMNDiagram id=\"Diagram\">\n"
    "    <bpmndi:BPMNPlane id=\"Plane\" bpmnElement=\"other\">\n"
    "      <bpmndi:BPMNShape id=\"Alone_di\" bpmnElement=\"Alone\">\n"
    "        <dc:Bounds x=\"100\" y=\"100\" width=\"100\" height=\"80\" />\n"
    "      </bpmndi:BPMNShape>\n"
    "    </bpmndi:BPMNPlane>\n"
    "  </bpmndi:BPMNDiagram>\n"
    "</bpmn:definitions>\n";

/// How many graphics of elements an SVG has and the words in it; nullopt when it is no XML.
struct Drawn {
  int elements = 0;
  QString words;
};
std::optional<Drawn> Read(const QByteArray& svg) {
  Drawn drawn;
  QXmlStreamReader reader(svg);
  while (!reader.atEnd()) {
    reader.readNext();
    if (reader.isStartElement() && reader.attributes().hasAttribute(QStringLiteral("data-element-id")))
      ++drawn.elements;
    if (reader.isCharacters()) drawn.words += reader.text().toString() + QLatin1Char(' ');
  }
  if (reader.hasError()) return std::nullopt;
  drawn.words = drawn.words.simplified();
  return drawn;
}

/// Whether the clipboard holds something of that type.
bool Holds(const QString& type) {
  const QMimeData* data = QApplication::clipboard()->mimeData();
  return data != nullptr && data->hasFormat(type);
}

int DarkPixels(const QImage& image) {
  int dark = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) dark += qGray(image.pixel(x, y)) < 90 ? 1 : 0;
  }
  return dark;
}

}  // namespace

class ExportE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    fixture_->WriteFile(fixture_->workspace() + QLatin1Char('/') + QLatin1String(kOther), kEmpty);
    window_ = fixture_->OpenWindow(false);
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    shown_ = WorkbenchFixture::Script(
                 tab_->editor(),
                 QStringLiteral("(() => { const c = ameide.modeler.get('canvas'); return ameide.modeler.get("
                                "'elementRegistry').filter(e => e.parent && !e.hidden && c.findRoot(e) === "
                                "c.getRootElement()).length; })()"))
                 .toInt();
    QVERIFY(shown_ > 10);
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenADiagramIsExportedAsSvg_thenEveryElementIsInItWithItsWords() {
    const QByteArray svg = Export(QStringLiteral("a.svg"), PictureFormat::kSvg);
    const auto drawn = Read(svg);
    QVERIFY(drawn.has_value());
    QCOMPARE(drawn->elements, shown_);
    QVERIFY2(drawn->words.contains(QLatin1String("Prepare invoice")), qPrintable(drawn->words));
    for (const char* tool : {"var(", "djs-hit", "ameide-flag"}) QVERIFY2(!svg.contains(tool), tool);
  }

  void whenSomethingIsSelected_thenItCanBeTakenAlone() {
    tab_->Select(QStringLiteral("PrepareInvoice"), 0);
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice"); },
                    kWaitMs));
    const auto drawn = Read(Export(QStringLiteral("b.svg"), PictureFormat::kSvg, true));
    QVERIFY(drawn.has_value());
    QCOMPARE(drawn->elements, 1);
    QCOMPARE(drawn->words, QStringLiteral("Prepare invoice"));
  }

  void whenADiagramIsExportedAsPng_thenItIsDarkOnWhiteWhateverTheTheme() {
    window_->ChooseTheme(ThemeChoice::kDark);
    const QImage image = QImage::fromData(Export(QStringLiteral("c.png"), PictureFormat::kPng), "PNG");
    window_->ChooseTheme(ThemeChoice::kLight);
    QVERIFY(image.width() > 800 && image.height() > 300);
    QCOMPARE(image.pixelColor(1, 1), QColor(Qt::white));
    const int dark = DarkPixels(image);
    QVERIFY2(dark > 2000 && dark < image.width() * image.height() / 4, qPrintable(QString::number(dark)));
  }

  void whenADiagramIsExportedAsPdf_thenItIsOnePageOfItsSize() {
    const QByteArray svg = Export(QStringLiteral("d.svg"), PictureFormat::kSvg);
    const QByteArray pdf = Export(QStringLiteral("d.pdf"), PictureFormat::kPdf);
    QVERIFY(pdf.startsWith("%PDF"));
    static const QRegularExpression box(QStringLiteral("/MediaBox \\[0 0 ([\\d.]+) ([\\d.]+)\\]"));
    const auto pages = box.globalMatch(QString::fromLatin1(pdf));
    auto page = pages;
    QVERIFY(page.hasNext());
    const double width = page.next().captured(1).toDouble();
    QVERIFY(!page.hasNext());
    static const QRegularExpression size(QStringLiteral(" width=\"(\\d+)\""));
    const double wanted = size.match(QString::fromUtf8(svg)).captured(1).toDouble() * 0.75;
    QVERIFY2(std::abs(width - wanted) <= 2, qPrintable(QStringLiteral("%1 and %2").arg(width).arg(wanted)));
  }

  void whenADiagramIsPrinted_thenItIsOnOnePage() {
    QPrinter printer(QPrinter::HighResolution);
    printer.setOutputFormat(QPrinter::PdfFormat);
    printer.setOutputFileName(fixture_->Path(QStringLiteral("printed.pdf")));
    printer.setPageOrientation(QPageLayout::Landscape);
    std::optional<QString> result;
    PrintDiagram(tab_->editor(), &printer, this, [&](const QString& error) { result = error; });
    QVERIFY(WaitFor([&] { return result.has_value(); }, kWaitMs));
    QCOMPARE(*result, QString());
    QCOMPARE(fixture_->ReadFile(fixture_->Path(QStringLiteral("printed.pdf"))).count("/Type /Page\n"), 1);
  }

  void whenTheFolderIsMissing_thenABannerSaysWhy() {
    std::optional<QString> result;
    ExportDiagram(tab_->editor(), PictureFormat::kSvg, false, fixture_->Path(QStringLiteral("none/a.svg")),
                  this, [&](const QString& error) { result = error; });
    QVERIFY(WaitFor([&] { return result.has_value(); }, kWaitMs));
    QVERIFY(!result->isEmpty());
  }

  void whenElementsAreCopiedAsAnImage_thenTheClipboardHasIt() {
    window_->actions()->Get(QStringLiteral("diagram.copy_png"))->trigger();
    QVERIFY(WaitFor([&] { return Holds(QStringLiteral("application/x-qt-image")); }, kWaitMs));
    window_->actions()->Get(QStringLiteral("diagram.copy_svg"))->trigger();
    QVERIFY(WaitFor([&] { return Holds(QStringLiteral("image/svg+xml")); }, kWaitMs));
    QVERIFY(QApplication::clipboard()->text().contains(QLatin1String("<svg")));
  }

  void whenElementsAreCopied_thenTheyCanBePastedIntoAnotherFile() {
    tab_->Select(QStringLiteral("PrepareInvoice"), 0);
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice"); },
                    kWaitMs));
    tab_->FocusContent();
    QTest::keyClick(WorkbenchFixture::Page(tab_), Qt::Key_C, Qt::ControlModifier);
    QVERIFY(WaitFor([&] { return Holds(QLatin1String(modeler::kDiagramMime)); }, kWaitMs));
    QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("Prepare invoice"));
    const QString definition = TaskDefinition(tab_, QStringLiteral("PrepareInvoice"));
    // The editor that it came from need not be there any more.
    window_->editors()->Close(tab_);
    auto* other = qobject_cast<BpmnTab*>(window_->OpenArtifact(QLatin1String(kOther)));
    QVERIFY(other != nullptr);
    QVERIFY(WaitFor([&] { return other->painted(); }, kWaitMs));
    const auto tasks = [&] {
      return WorkbenchFixture::Script(
          other->editor(), QStringLiteral("ameide.modeler.get('elementRegistry').filter(e => e.parent && "
                                          "!e.waypoints && !e.labelTarget).length"));
    };
    QCOMPARE(tasks(), QStringLiteral("1"));
    const uint64_t events = window_->workspace()->FindPath(QLatin1String(kOther))->events;
    QTest::mouseMove(WorkbenchFixture::Page(other), {500, 300});
    QTest::keyClick(WorkbenchFixture::Page(other), Qt::Key_V, Qt::ControlModifier);
    QVERIFY(WaitFor(
        [&] {
          return WorkbenchFixture::Script(other->editor(),
                                          QStringLiteral("String(ameide.modeler.get("
                                                         "'dragging').context() != null)")) ==
                 QLatin1String("true");
        },
        kWaitMs));
    QTest::mouseMove(WorkbenchFixture::Page(other), {520, 320});
    QTest::mouseMove(WorkbenchFixture::Page(other), {540, 340});
    QTest::mouseClick(WorkbenchFixture::Page(other), Qt::LeftButton, {}, {540, 340});
    QVERIFY(WaitFor([&] { return tasks() == QLatin1String("2"); }, kWaitMs));
    QVERIFY(
        WaitFor([&] { return window_->workspace()->FindPath(QLatin1String(kOther))->events == events + 1; },
                kWaitMs));
    const QString pasted = WorkbenchFixture::Selected(other);
    QVERIFY(!pasted.isEmpty());
    QCOMPARE(WorkbenchFixture::ElementName(other, pasted), QStringLiteral("Prepare invoice"));
    QCOMPARE(TaskDefinition(other, pasted), definition);
  }

 private:
  QByteArray Export(const QString& name, PictureFormat format, bool selected = false) {
    const QString file = fixture_->Path(name);
    std::optional<QString> result;
    ExportDiagram(tab_->editor(), format, selected, file, this,
                  [&](const QString& error) { result = error; });
    WaitFor([&] { return result.has_value(); }, kWaitMs);
    if (!result || !result->isEmpty())
      qWarning() << "not exported:" << result.value_or(QStringLiteral("no answer"));
    return fixture_->ReadFile(file);
  }
  /// What an element's own extension says, as JSON.
  static QString TaskDefinition(BpmnTab* tab, const QString& id) {
    return WorkbenchFixture::Script(
        tab->editor(),
        QStringLiteral("JSON.stringify(((ameide.modeler.get('elementRegistry').get('%1').businessObject."
                       "extensionElements || {values: []}).values).map(v => [v.$type, {...v}]))")
            .arg(id));
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  int shown_ = 0;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::ExportE2e; });
}
#include "export_e2e.moc"
