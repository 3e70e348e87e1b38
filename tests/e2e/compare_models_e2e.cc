// What differs where there is no editor: ArchiMate and DMN drawn with their changes, two files of one's
// choice, files that were renamed.
#include <QComboBox>
#include <QGraphicsView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>
#include <QTreeWidgetItemIterator>

#include "app/workbench/actions.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/model_canvas.h"
#include "app/workbench/waiting.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

constexpr char kLandscape[] = "architecture/landscape.archimate";

/// A requirements diagram of two decisions, the second of which asks the first.
QByteArray Decisions(const QByteArray& name, int x, bool third) {
  QByteArray model =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" "
      "xmlns:dmndi=\"https://www.omg.org/spec/DMN/20191111/DMNDI/\" "
      "xmlns:dc=\"http://www.omg.org/spec/DMN/20180521/DC/\" "
      "xmlns:di=\"http://www.omg.org/spec/DMN/20180521/DI/\" "
      "id=\"d\" name=\"Discounts\" namespace=\"urn:d\">\n"
      "  <decision id=\"discount\" name=\"" +
      name +
      "\">\n    <informationRequirement id=\"r\"><requiredDecision "
      "href=\"#class\"/></informationRequirement>\n"
      "    <literalExpression><text>1</text></literalExpression>\n  </decision>\n"
      "  <decision id=\"class\" name=\"Class of "
      "customer\"><literalExpression><text>2</text></literalExpression>"
      "</decision>\n";
  if (third)
    model +=
        "  <decision id=\"limit\" "
        "name=\"Limit\"><literalExpression><text>3</text></literalExpression></decision>\n";
  model +=
      "  <dmndi:DMNDI><dmndi:DMNDiagram id=\"g\">\n"
      "    <dmndi:DMNShape id=\"s1\" dmnElementRef=\"discount\"><dc:Bounds x=\"200\" y=\"80\" width=\"180\" "
      "height=\"80\"/></dmndi:DMNShape>\n    <dmndi:DMNShape id=\"s2\" dmnElementRef=\"class\"><dc:Bounds "
      "x=\"" +
      QByteArray::number(x) + "\" y=\"280\" width=\"180\" height=\"80\"/></dmndi:DMNShape>\n";
  if (third)
    model +=
        "    <dmndi:DMNShape id=\"s3\" dmnElementRef=\"limit\"><dc:Bounds x=\"500\" y=\"80\" width=\"180\" "
        "height=\"80\"/></dmndi:DMNShape>\n";
  return model +
         "    <dmndi:DMNEdge id=\"e\" dmnElementRef=\"r\"><di:waypoint x=\"290\" y=\"280\"/><di:waypoint "
         "x=\"290\" "
         "y=\"160\"/></dmndi:DMNEdge>\n  </dmndi:DMNDiagram></dmndi:DMNDI>\n</definitions>\n";
}

}  // namespace

class CompareModelsE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(false);
  }

  void cleanupTestCase() {
    fixture_->CloseWindow();
    fixture_.reset();
  }

  void whenAViewOfArchimateDiffers_thenItIsDrawnWithWhatChanged() {
    const auto artifact = window_->workspace()->FindPath(QLatin1String(kLandscape));
    QVERIFY(artifact.has_value());
    const QString first = ToQString(uaf::FormatId(artifact->head));
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kLandscape);
    QByteArray text = fixture_->ReadFile(path);
    text.replace("name=\"Sales\"", "name=\"Sales team\"");
    text.replace("<bounds x=\"36\" y=\"36\"", "<bounds x=\"36\" y=\"130\"");  // the customer's
    const qsizetype at =
        text.indexOf("      <child xsi:type=\"archimate:DiagramObject\" id=\"id-shape-fast-cash\"");
    const qsizetype end = text.indexOf("</child>", at) + 8;
    QVERIFY(at > 0);
    text.replace(at, end - at,
                 "      <child xsi:type=\"archimate:DiagramObject\" id=\"id-shape-new\" "
                 "archimateElement=\"id-fast-cash\">\n        <bounds x=\"560\" y=\"36\" width=\"132\" "
                 "height=\"60\"/>\n      </child>");
    text.replace("targetConnections=\"id-connection-4\" ", "");
    fixture_->WriteFile(path, text);
    QVERIFY(WaitFor(
        [&] {
          const auto now = window_->workspace()->FindPath(QLatin1String(kLandscape));
          return now && ToQString(uaf::FormatId(now->head)) != first;
        },
        kWaitMs));
    CompareTab* tab = window_->OpenCompare({QLatin1String(kLandscape),
                                            {QStringLiteral("then"), QString(), first},
                                            {QStringLiteral("now"), QString(), QStringLiteral("now")},
                                            QString()});
    QVERIFY(WaitFor([&] { return tab->done(); }, kWaitMs));
    ModelCanvas* canvas = tab->model_canvas();
    QVERIFY(WaitFor([&] { return canvas->isVisible(); }, kWaitMs));
    QCOMPARE(canvas->CountOf(QStringLiteral("added")), 1);
    QVERIFY(canvas->CountOf(QStringLiteral("removed")) >= 1);
    QCOMPARE(canvas->CountOf(QStringLiteral("moved")), 1);
    QVERIFY(canvas->CountOf(QStringLiteral("changed")) >= 1);
    WorkbenchFixture::Shot(window_, QStringLiteral("compare-archimate"));
    // Walking through the list leads over the drawing; a click there leads back.
    auto* list = tab->findChild<QTreeWidget*>(QStringLiteral("compareChanges"));
    QVERIFY(Pick(list, QStringLiteral("Sales team")));
    // The lines are one button away.
    auto* lines = tab->findChild<QPushButton*>(QStringLiteral("compareAsLines"));
    QVERIFY(WaitFor([&] { return lines->isVisible(); }, kWaitMs));
    lines->click();
    auto* as_lines = tab->findChild<QPlainTextEdit*>(QStringLiteral("compareLines"));
    QVERIFY(WaitFor([&] { return as_lines->isVisible(); }, kWaitMs));
    lines->click();
    QVERIFY(WaitFor([&] { return canvas->isVisible(); }, kWaitMs));
  }

  void whenTwoFilesAreChosen_thenTheyAreComparedWhateverTheyAreOf() {
    const QString one = fixture_->Path(QStringLiteral("one.dmn"));
    const QString two = fixture_->Path(QStringLiteral("two.dmn"));
    fixture_->WriteFile(one, Decisions("Discount", 200, false));
    fixture_->WriteFile(two, Decisions("Rebate", 260, true));
    CompareTab* tab = Files(one, two);
    QVERIFY(WaitFor([&] { return tab->done(); }, kWaitMs));
    QCOMPARE(tab->compared().size(), size_t{1});
    ModelCanvas* canvas = tab->model_canvas();
    QVERIFY2(WaitFor([&] { return canvas->isVisible(); }, kWaitMs),
             qPrintable(tab->findChild<QLabel*>(QStringLiteral("compareSaid"))->text()));
    QCOMPARE(canvas->CountOf(QStringLiteral("added")), 1);
    QCOMPARE(canvas->CountOf(QStringLiteral("changed")), 1);
    QVERIFY(canvas->CountOf(QStringLiteral("moved")) >= 1);
    QCOMPARE(canvas->CountOf(QStringLiteral("removed")), 0);
    WorkbenchFixture::Shot(window_, QStringLiteral("compare-dmn"));
    fixture_->WriteFile(two, Decisions("Discount", 200, false));
    tab = Files(one, two);
    QVERIFY(WaitFor([&] { return tab->done(); }, kWaitMs));
    QVERIFY(Said(tab).startsWith(QLatin1String("Nothing differs")));
    const QString other = fixture_->Path(QStringLiteral("other.md"));
    fixture_->WriteFile(other, "# Words\n");
    tab = Files(one, other);
    QVERIFY(WaitFor([&] { return tab->done(); }, kWaitMs));
    QVERIFY2(Said(tab).contains(QLatin1String("choose two of a kind")), qPrintable(Said(tab)));
    QVERIFY(window_->actions()->Get(QStringLiteral("compare.two_files"))->isEnabled());
  }

  void whenAFileWasRenamed_thenTheListAndThePageSayFromWhere() {
    const auto artifact = window_->workspace()->FindPath(QStringLiteral("docs/vision.md"));
    QVERIFY(artifact.has_value());
    const QString first = ToQString(uaf::FormatId(artifact->head));
    window_->workspace()->Read(
        window_, [id = artifact->id](uaf::Workspace& open) { return open.Rename(id, "docs/goals.md"); },
        [](const absl::StatusOr<uaf::Receipt>&) {});
    QVERIFY(
        WaitFor([&] { return window_->workspace()->FindPath(QStringLiteral("docs/goals.md")).has_value(); },
                kWaitMs));
    CompareTab* tab = window_->OpenCompare({QStringLiteral("docs/goals.md"),
                                            {QStringLiteral("then"), QString(), first},
                                            {QStringLiteral("now"), QString(), QStringLiteral("now")},
                                            QString()});
    QVERIFY(WaitFor([&] { return tab->done(); }, kWaitMs));
    auto* list = tab->findChild<QTreeWidget*>(QStringLiteral("compareChanges"));
    QVERIFY(Pick(list, QStringLiteral("Renamed from docs/vision.md")));
    QCOMPARE(Said(tab), QStringLiteral("docs/goals.md was docs/vision.md before. Nothing else differs."));
    WorkbenchFixture::Shot(window_, QStringLiteral("compare-rename"));
  }

 private:
  CompareTab* Files(const QString& before, const QString& after) {
    CompareRequest request;
    request.file = before;
    request.other_file = after;
    request.before.when = QStringLiteral("one");
    request.after.when = QStringLiteral("two");
    return window_->OpenCompare(request);
  }
  static QString Said(CompareTab* tab) {
    return tab->findChild<QLabel*>(QStringLiteral("compareSaid"))->text();
  }
  static bool Pick(QTreeWidget* list, const QString& text) {
    for (QTreeWidgetItemIterator at(list); *at != nullptr; ++at) {
      if ((*at)->text(0) != text) continue;
      list->setCurrentItem(*at);
      return true;
    }
    return false;
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::CompareModelsE2e; });
}

#include "compare_models_e2e.moc"
