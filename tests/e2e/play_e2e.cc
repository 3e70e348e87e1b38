// A process played by hand: tokens that travel, the variables that it begins with, variables changed on the
// way.
#include <QCheckBox>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QTest>

#include "app/workbench/actions.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/play_tab.h"
#include "app/workbench/settings_tab.h"
#include "app/workbench/variable_table.h"
#include "app/workbench/waiting.h"
#include "modeler/host/bpmn_editor.h"
#include "tests/e2e/workbench_fixture.h"

namespace ameide::workbench {
/// One play; each step builds on the one before.
class PlayE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    window_ = fixture_->OpenWindow(true);
    QVERIFY2(window_->backend()->running(), qPrintable(window_->backend()->message()));
    QVERIFY(fixture_->OpenDiagram() != nullptr);
    window_->actions()->Get(QStringLiteral("process.play"))->trigger();
    play_ = qobject_cast<PlayTab*>(window_->editors()->current());
    QVERIFY(play_ != nullptr);
    QVERIFY(WaitFor([&] { return play_->ready(); }, kWaitMs));
  }

  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_->CloseWindow();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenAStepIsDone_thenTheTokenTravelsAlongItsFlow() {
    QVERIFY(SettingsTab::AnimatesTokens());
    const int before = Travelled();
    play_->Step();
    QVERIFY(WaitFor([&] { return Travelled() > before; }, kWaitMs));
    // While it travels it is nowhere else; then it waits at the element.
    QVERIFY(WaitFor([&] { return Count(".ameide-travel-token") == 0 && Count(".ameide-badge-token") == 1; },
                    kWaitMs));
  }

  void whenMotionIsNotWanted_thenNothingTravels() {
    window_->actions()->Get(QStringLiteral("settings.open"))->trigger();
    auto* motion = window_->findChild<QCheckBox*>(QStringLiteral("settingsMotion"));
    QVERIFY(motion->isChecked());
    motion->click();
    window_->editors()->Show(play_);
    const int before = Travelled();
    play_->Back();
    QVERIFY(WaitFor([&] { return play_->idle(); }, kWaitMs));
    play_->Step();
    QVERIFY(WaitFor([&] { return play_->idle() && Count(".ameide-badge-token") == 1; }, kWaitMs));
    QCOMPARE(Travelled(), before);
    motion->click();
  }

  void whenAPlayBeginsWithVariables_thenTheProcessHasThem() {
    window_->editors()->Show(play_);
    play_->OfferStart();
    auto* form = play_->findChild<QWidget*>(QStringLiteral("playStartForm"));
    QVERIFY(WaitFor([&] { return form->isVisible(); }, kWaitMs));
    auto* table = form->findChild<VariableTable*>();
    // What the process reads stands there, to be filled in.
    QVERIFY(RowOf(table, QStringLiteral("amount")) != nullptr);
    QVERIFY(Write(table, RowOf(table, QStringLiteral("amount")), kValue, QStringLiteral("120")));
    // Behind the name of another one its value is asked for.
    QVERIFY(Write(table, table->topLevelItem(table->topLevelItemCount() - 1), kName, QStringLiteral("rush")));
    QVERIFY(WaitFor([&] { return Line(table) != nullptr; }, kWaitMs));
    QTest::keyClicks(Line(table), QStringLiteral("true"));
    QTest::keyClick(Line(table), Qt::Key_Return);
    QVERIFY(WaitFor([&] { return Line(table) == nullptr; }, kWaitMs));
    QCOMPARE(table->values()[QStringLiteral("amount")], QJsonValue(120));
    QCOMPARE(table->values()[QStringLiteral("rush")], QJsonValue(true));
    form->findChild<QPushButton*>(QStringLiteral("playStartNow"))->click();
    QVERIFY(WaitFor([&] { return play_->ready() && play_->idle(); }, kWaitMs));
    QVERIFY(WaitFor([&] { return !form->isVisible(); }, kWaitMs));
    QCOMPARE(Variable(QStringLiteral("amount")), QJsonValue(120));
    QCOMPARE(Variable(QStringLiteral("rush")), QJsonValue(true));
    // They are kept for the next time.
    play_->StartOver();
    QVERIFY(WaitFor([&] { return play_->ready() && play_->idle(); }, kWaitMs));
    QCOMPARE(Variable(QStringLiteral("amount")), QJsonValue(120));
  }

  void whenAVariableIsChanged_thenThePlayGoesOnWithIt() {
    QVERIFY(Write(Variables(), RowOf(Variables(), QStringLiteral("amount")), kValue, QStringLiteral("80")));
    QVERIFY(WaitFor([&] { return Variable(QStringLiteral("amount")) == QJsonValue(80); }, kWaitMs));
    QCOMPARE(RowOf(Variables(), QStringLiteral("amount"))->text(kValue), QStringLiteral("80"));
    // Nothing in place of a value changes nothing.
    QVERIFY(Write(Variables(), RowOf(Variables(), QStringLiteral("amount")), kValue, QString()));
    QCOMPARE(RowOf(Variables(), QStringLiteral("amount"))->text(kValue), QStringLiteral("80"));
    QVERIFY(play_->idle());
    play_->Back();
    QVERIFY(WaitFor([&] { return Variable(QStringLiteral("amount")) == QJsonValue(120); }, kWaitMs));
  }

  void whenSomebodyStepsBehindAChangedVariable_thenBothAreDone() {
    QVERIFY(WaitFor([&] { return play_->idle(); }, kWaitMs));
    const auto actions = play_->state().actions();
    QVERIFY(Write(Variables(), RowOf(Variables(), QStringLiteral("amount")), kValue, QStringLiteral("90")));
    play_->Step();
    QVERIFY(WaitFor([&] { return play_->idle() && play_->state().actions() == actions + 2; }, kWaitMs));
    QCOMPARE(Variable(QStringLiteral("amount")), QJsonValue(90));
    // Whatever it is, and however much.
    QVERIFY(Write(Variables(), RowOf(Variables(), QStringLiteral("amount")), kValue, QStringLiteral("70")));
    play_->Back();
    QVERIFY(WaitFor([&] { return play_->idle() && play_->state().actions() == actions + 2; }, kWaitMs));
    QCOMPARE(Variable(QStringLiteral("amount")), QJsonValue(90));
    QVERIFY(Write(Variables(), RowOf(Variables(), QStringLiteral("amount")), kValue, QStringLiteral("60")));
    play_->StartOver();
    play_->Step();
    QVERIFY(WaitFor([&] { return play_->idle() && play_->state().actions() == 1; }, kWaitMs));
    QCOMPARE(Variable(QStringLiteral("amount")), QJsonValue(120));
  }

 private:
  static constexpr int kName = 0;
  static constexpr int kValue = 1;

  static QTreeWidgetItem* RowOf(VariableTable* table, const QString& name) {
    for (int row = 0; row < table->topLevelItemCount(); ++row) {
      if (table->topLevelItem(row)->text(kName) == name) return table->topLevelItem(row);
    }
    return nullptr;
  }
  /// The line in which a cell is being written; nullptr when none is. Those that are done with go later.
  static QLineEdit* Line(VariableTable* table) {
    for (QLineEdit* line : table->viewport()->findChildren<QLineEdit*>()) {
      if (line->isVisible()) return line;
    }
    return nullptr;
  }
  /// Writes into a cell by the keyboard; false when it cannot be written in.
  static bool Write(VariableTable* table, QTreeWidgetItem* row, int column, const QString& text) {
    if (row == nullptr) return false;
    table->setFocus();
    table->setCurrentItem(row, column);
    QTest::keyClick(table, Qt::Key_Return);
    QLineEdit* line = Line(table);
    if (line == nullptr) return false;
    // The view that comes of it may bring another table.
    const QPointer<VariableTable> there = table;
    line->selectAll();
    QTest::keyClick(line, Qt::Key_Delete);
    QTest::keyClicks(line, text);
    QTest::keyClick(line, Qt::Key_Return);
    return WaitFor([&] { return there.isNull() || Line(there) != line; }, kWaitMs);
  }
  /// The table of the process's variables in the play that is on. A new one is seen a turn later.
  VariableTable* Variables() {
    VariableTable* seen = nullptr;
    WaitFor(
        [&] {
          for (VariableTable* table : play_->findChildren<VariableTable*>()) {
            if (table->isVisible()) seen = table;
          }
          return seen != nullptr;
        },
        kWaitMs);
    if (seen == nullptr) qFatal("the play shows no variables");
    return seen;
  }
  QJsonValue Variable(const QString& name) {
    for (const auto& instance : play_->state().instances()) {
      for (const auto& scope : instance.scopes()) {
        const QJsonObject values =
            QJsonDocument::fromJson(QByteArray::fromStdString(scope.variables_json())).object();
        if (values.contains(name)) return values[name];
      }
    }
    return QJsonValue(QJsonValue::Undefined);
  }

  int Count(const char* selector) {
    return WorkbenchFixture::Script(
               play_->editor(),
               QStringLiteral("String(document.querySelectorAll('%1').length)").arg(QLatin1String(selector)))
        .toInt();
  }
  int Travelled() {
    return WorkbenchFixture::Script(play_->editor(), QStringLiteral("String(ameide.travelled)")).toInt();
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
  MainWindow* window_ = nullptr;
  PlayTab* play_ = nullptr;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::PlayE2e; });
}

#include "play_e2e.moc"
