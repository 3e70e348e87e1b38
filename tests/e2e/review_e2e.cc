// What people say about an artifact and what has to be decided: comments on elements, requests with verdicts,
// conflicts.
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/review_view.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
namespace {

constexpr int kWaitMs = 30000;

}  // namespace

/// One window; each step builds on the one before.
class ReviewE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(false);
    tab_ = fixture_->OpenDiagram();
    QVERIFY(tab_ != nullptr);
    view_ = window_->review();
    list_ = view_->findChild<QTreeWidget*>(QStringLiteral("reviewList"));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenNothingWasSaid_thenTheViewTellsWhatItIsFor() {
    window_->actions()->Get(QStringLiteral("view.review"))->trigger();
    auto* empty = view_->findChild<QLabel*>(QStringLiteral("reviewEmpty"));
    QVERIFY(WaitFor(
        [&] {
          return empty->isVisible() && empty->text().startsWith(QLatin1String("Nobody has said anything"));
        },
        kWaitMs));
  }

  void whenAnElementIsCommentedOn_thenTheCommentLeadsBackToIt() {
    tab_->Select(QStringLiteral("PrepareInvoice"), 0);
    QVERIFY(WaitFor(
        [&] {
          return Field("reviewComment")->placeholderText() == QStringLiteral("Comment on “Prepare invoice”");
        },
        kWaitMs));
    QTest::keyClicks(Field("reviewComment"), QStringLiteral("Who checks the amount?"));
    QTest::keyClick(Field("reviewComment"), Qt::Key_Return);
    QVERIFY(WaitFor([&] { return view_->state().comments.size() == 1; }, kWaitMs));
    QCOMPARE(view_->state().comments[0].element, QStringLiteral("PrepareInvoice"));
    QCOMPARE(view_->state().comments[0].who, QStringLiteral("Ada"));
    QVERIFY(WaitFor([&] { return Badges("comment") == 1; }, kWaitMs));
    tab_->Select(QStringLiteral("ShipOrder"), 0);
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("ShipOrder"); }, kWaitMs));
    QTreeWidgetItem* comment = list_->topLevelItem(list_->topLevelItemCount() - 1)->child(0);
    QTest::mouseClick(list_->viewport(), Qt::LeftButton, {}, list_->visualItemRect(comment).center());
    QVERIFY(WaitFor([&] { return WorkbenchFixture::Selected(tab_) == QLatin1String("PrepareInvoice"); },
                    kWaitMs));
  }

  void whenAnsweredAndResolved_thenTheThreadSaysSo() {
    QTest::keyClicks(Field("reviewReply"), QStringLiteral("Accounting does"));
    QTest::keyClick(Field("reviewReply"), Qt::Key_Return);
    QVERIFY(WaitFor([&] { return view_->state().comments[0].answers.size() == 1; }, kWaitMs));
    QVERIFY(Pick(QStringLiteral("Prepare invoice: Who checks the amount?")));
    QVERIFY(Press(QStringLiteral("Resolve")));
    QVERIFY(WaitFor([&] { return view_->state().comments[0].settled; }, kWaitMs));
    QVERIFY(WaitFor([&] { return Badges("comment") == 0; }, kWaitMs));
    QVERIFY(WaitFor(
        [&] { return Pick(QStringLiteral("Prepare invoice: Who checks the amount? (resolved)")); }, kWaitMs));
    list_->setCurrentItem(nullptr);
  }

  void whenAReviewIsAskedForAndGiven_thenTheVerdictIsListed() {
    QTest::keyClicks(Field("reviewComment"), QStringLiteral("Is this right?"));
    QVERIFY(Press(QStringLiteral("Ask for a review")));
    QVERIFY(WaitFor([&] { return view_->state().requests.size() == 1; }, kWaitMs));
    QVERIFY(Pick(QStringLiteral("Is this right?")));
    QTest::keyClicks(Field("reviewVerdictText"), QStringLiteral("Name the account"));
    QVERIFY(Press(QStringLiteral("Ask for changes")));
    QVERIFY(WaitFor([&] { return view_->state().requests[0].answers.size() == 1; }, kWaitMs));
    QCOMPARE(view_->state().requests[0].answers[0].title,
             QStringLiteral("asks for changes: Name the account"));
    WorkbenchFixture::Shot(window_, QStringLiteral("review"));
  }

  void whenTwoDisagree_thenBothValuesAreShownAndOneIsKept() {
    const auto run = [&](const QStringList& arguments) {
      const auto [code, said] = fixture_->RunAmeide(arguments);
      if (code != 0) qWarning() << arguments << said;
      return code == 0;
    };
    const QString path = fixture_->workspace() + QLatin1Char('/') + QLatin1String(kDiagram);
    const auto rename = [&](const char* from, const char* to) {
      fixture_->WriteFile(path, fixture_->ReadFile(path).replace(from, to));
      return Shows(QString::fromUtf8(to).remove(QLatin1Char('"')));
    };
    QVERIFY(run({"commit", "-m", "Before"}));
    QVERIFY(run({"propose", "other"}));
    QVERIFY(rename("\"Ship order\"", "\"Send order\""));
    QVERIFY(run({"commit", "-m", "Send"}));
    QVERIFY(run({"checkout", "main"}));
    QVERIFY(Shows(QStringLiteral("Ship order")));
    QVERIFY(rename("\"Ship order\"", "\"Post order\""));
    QVERIFY(run({"branch", "--merge", "proposal/other"}));
    QVERIFY(WaitFor([&] { return view_->state().conflicts.size() == 1; }, kWaitMs));
    const ReviewItem& conflict = view_->state().conflicts[0];
    QCOMPARE(conflict.element, QStringLiteral("ShipOrder"));
    QCOMPARE(conflict.sides.size(), size_t{2});
    QSet<QString> values;
    for (const ReviewItem::Side& side : conflict.sides) values.insert(side.value);
    QCOMPARE(values, (QSet<QString>{QStringLiteral("Send order"), QStringLiteral("Post order")}));
    list_->setCurrentItem(list_->topLevelItem(0)->child(0));
    WorkbenchFixture::Shot(window_, QStringLiteral("review-conflict"));
    QVERIFY(WaitFor([&] { return Badges("error") == 1; }, kWaitMs));
    // The one that does not stand.
    const size_t other = conflict.sides[0].stands ? 1 : 0;
    const QString kept = conflict.sides[other].value;
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("reviewKeep%1").arg(other)),
                      Qt::LeftButton);
    QVERIFY(WaitFor([&] { return view_->state().conflicts.empty(); }, kWaitMs));
    QVERIFY(Shows(kept));
  }

 private:
  QLineEdit* Field(const char* name) const { return view_->findChild<QLineEdit*>(QLatin1String(name)); }
  /// Makes the line with this text the current one.
  bool Pick(const QString& text) {
    const QList<QTreeWidgetItem*> found = list_->findItems(text, Qt::MatchExactly | Qt::MatchRecursive);
    if (found.isEmpty()) return false;
    list_->setCurrentItem(found.first());
    return true;
  }
  /// Badges of one tone on the diagram.
  int Badges(const char* tone) {
    return WorkbenchFixture::Script(tab_->editor(),
                                    QStringLiteral("document.querySelectorAll('.ameide-badge-%1').length")
                                        .arg(QLatin1String(tone)))
        .toInt();
  }
  /// Buttons come with what is selected.
  bool Press(const QString& text) {
    return WaitFor([&] { return WorkbenchFixture::PressButton(view_, text); }, kWaitMs);
  }
  bool Shows(const QString& name) {
    return WaitFor([&] { return WorkbenchFixture::ElementName(tab_, QStringLiteral("ShipOrder")) == name; },
                   kWaitMs);
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  BpmnTab* tab_ = nullptr;
  ReviewView* view_ = nullptr;
  QTreeWidget* list_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::ReviewE2e; });
}

#include "review_e2e.moc"
