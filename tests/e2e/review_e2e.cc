// What people say about an artifact and what has to be decided: comments on elements, requests with verdicts,
// conflicts.
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTreeWidget>

#include "app/workbench/actions.h"
#include "app/workbench/compare_tab.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/review_view.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
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

  void whenItIsPromoted_thenItStandsInItsNextState() {
    list_->setCurrentItem(nullptr);
    QVERIFY(WaitFor([&] { return view_->state().next_state == QLatin1String("review"); }, kWaitMs));
    auto* promote = view_->findChild<QPushButton*>(QStringLiteral("reviewPromote"));
    QCOMPARE(promote->text(), QStringLiteral("Promote to “review”"));
    QVERIFY(promote->isEnabled());
    QVERIFY(!view_->findChild<QLabel*>(QStringLiteral("reviewBlocked"))->isVisible());
    QTest::mouseClick(promote, Qt::LeftButton);
    QVERIFY(WaitFor([&] { return view_->state().standing == QLatin1String("review"); }, kWaitMs));
    QCOMPARE(promote->text(), QStringLiteral("Promote to “approved”"));
  }

  void whenItIsApproved_thenTheSignedApprovalIsListed() {
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("reviewApprove")), Qt::LeftButton);
    QVERIFY(WaitFor([&] { return view_->state().approvals.size() == 1; }, kWaitMs));
    QCOMPARE(view_->state().approvals[0].title, QStringLiteral("Ada approved it for “approved”"));
    QCOMPARE(view_->state().approvals[0].detail, QStringLiteral("Signed, and counts"));
    QVERIFY(Pick(QStringLiteral("Ada approved it for “approved”")));
    list_->setCurrentItem(nullptr);
    WorkbenchFixture::Shot(window_, QStringLiteral("review-approved"));
  }

  void whenChangesAreRequested_thenTheLastWordOfThePersonIsThat() {
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("reviewChanges")), Qt::LeftButton);
    auto* ask = Field("reviewAsk");
    QVERIFY(ask != nullptr);
    QVERIFY(WaitFor([&] { return ask->hasFocus(); }, kWaitMs));
    QTest::keyClicks(ask, QStringLiteral("Name the currency"));
    QTest::keyClick(ask, Qt::Key_Return);
    QVERIFY(WaitFor(
        [&] {
          return view_->state().requests[0].answers.size() == 1 &&
                 view_->state().requests[0].answers[0].title ==
                     QLatin1String("asks for changes: Name the currency");
        },
        kWaitMs));
  }

  void whenThePolicyAsksForMore_thenTheButtonIsShutAndSaysWhy() {
    absl::Status changed = absl::UnavailableError("not yet");
    window_->workspace()->Read(
        this,
        [](uaf::Workspace& open) {
          return open
              .ChangePolicy(
                  "version: 1\npromotion:\n  review: {approvals: 0}\n"
                  "  approved: {approvals: 2, no_change_requests: true}\n")
              .status();
        },
        [&](const absl::Status& status) { changed = status; });
    QVERIFY(WaitFor([&] { return changed.ok(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return view_->state().reasons.size() >= 2; }, kWaitMs));
    auto* promote = view_->findChild<QPushButton*>(QStringLiteral("reviewPromote"));
    auto* blocked = view_->findChild<QLabel*>(QStringLiteral("reviewBlocked"));
    QVERIFY(WaitFor([&] { return !promote->isEnabled() && blocked->isVisible(); }, kWaitMs));
    QVERIFY2(blocked->text().startsWith(QStringLiteral("Not yet “approved”: ")), qPrintable(blocked->text()));
    QCOMPARE(promote->toolTip(), blocked->text());
    QVERIFY(!window_->actions()->Get(QStringLiteral("review.promote"))->isEnabled());
    WorkbenchFixture::Shot(window_, QStringLiteral("review-blocked"));
  }

  void whenAProposalIsMade_thenItIsListedComparedAndTakenIn() {
    const absl::Status committed = WorkbenchFixture::Git(
        window_->workspace(), [&] { window_->workspace()->Commit(QStringLiteral("Before the proposal")); });
    QVERIFY2(committed.ok(), std::string(committed.message()).c_str());
    QTest::mouseClick(view_->findChild<QPushButton*>(QStringLiteral("reviewPropose")), Qt::LeftButton);
    QTest::keyClicks(Field("reviewAsk"), QStringLiteral("Faster Invoices!"));
    QTest::keyClick(Field("reviewAsk"), Qt::Key_Return);
    const bool proposed =
        WaitFor([&] { return view_->state().branch == QLatin1String("proposal/faster-invoices"); }, kWaitMs);
    QVERIFY2(proposed, qPrintable(window_->banners()->TextOf(QStringLiteral("git"))));
    QCOMPARE(view_->state().proposals.size(), size_t{1});
    QVERIFY(view_->state().proposals[0].here);
    const uint64_t events = fixture_->Events();
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('ShipOrder'), 'Ship at once')"));
    QVERIFY(fixture_->WaitForEvents(events + 1));
    QVERIFY(WaitFor([&] { return Pick(QStringLiteral("Faster Invoices! (you are on it)")); }, kWaitMs));
    WorkbenchFixture::Shot(window_, QStringLiteral("review-proposal"));
    QVERIFY(PressNamed("reviewProposalLeave"));
    QVERIFY(WaitFor([&] { return view_->state().branch == QLatin1String("main"); }, kWaitMs));
    QVERIFY(Shows(QStringLiteral("Ship order")));
    QVERIFY(WaitFor([&] { return Pick(QStringLiteral("Faster Invoices!")); }, kWaitMs));
    QVERIFY(PressNamed("reviewProposalCompare"));
    auto* compare = qobject_cast<CompareTab*>(window_->editors()->current());
    QVERIFY(compare != nullptr);
    QVERIFY(WaitFor([&] { return compare->done(); }, kWaitMs));
    QCOMPARE(compare->compared().size(), size_t{1});
    QCOMPARE(compare->compared()[0].elements.size(), size_t{1});
    window_->editors()->Close(compare);
    window_->editors()->Show(tab_);
    QVERIFY(WaitFor([&] { return Pick(QStringLiteral("Faster Invoices!")); }, kWaitMs));
    QVERIFY(PressNamed("reviewProposalTake"));
    QVERIFY(WaitFor([&] { return view_->state().proposals.empty(); }, kWaitMs));
    QVERIFY(Shows(QStringLiteral("Ship at once")));
    WorkbenchFixture::Script(tab_->editor(),
                             QStringLiteral("ameide.modeler.get('modeling').updateLabel(ameide.modeler.get("
                                            "'elementRegistry').get('ShipOrder'), 'Ship order')"));
    QVERIFY(Shows(QStringLiteral("Ship order")));
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
  bool PressNamed(const char* name) {
    QPushButton* button = nullptr;
    if (!WaitFor([&] { return (button = view_->findChild<QPushButton*>(QLatin1String(name))) != nullptr; },
                 kWaitMs))
      return false;
    QTest::mouseClick(button, Qt::LeftButton);
    return true;
  }
  /// Buttons come with what is selected.
  bool Press(const QString& text) { return WorkbenchFixture::PressButton(view_, text); }
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
