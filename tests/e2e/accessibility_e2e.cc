// What a keyboard and a screen reader find in each view: names and roles, the order of the focus, and that it
// is seen.
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QComboBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QScrollBar>
#include <QTabBar>
#include <QTest>
#include <QTextEdit>
#include <QWebEngineView>
#include <functional>

#include "tests/e2e/views.h"

namespace ameide::workbench {
namespace {

/// "QToolButton “close” in “banner”": enough to find it.
QString Describe(const QWidget* widget) {
  QString text = QString::fromLatin1(widget->metaObject()->className());
  if (!widget->objectName().isEmpty()) text += QStringLiteral(" “%1”").arg(widget->objectName());
  for (const QWidget* parent = widget->parentWidget(); parent != nullptr; parent = parent->parentWidget()) {
    if (parent->objectName().isEmpty() || parent->objectName().startsWith(QLatin1String("qt_"))) continue;
    return text + QStringLiteral(" in “%1”").arg(parent->objectName());
  }
  return text;
}

/// Something that a person operates, apart from what Qt puts inside of such things.
bool Operated(const QWidget* widget) {
  if (qobject_cast<const QScrollBar*>(widget) != nullptr ||
      qobject_cast<const QHeaderView*>(widget) != nullptr)
    return false;
  for (const QWidget* parent = widget->parentWidget(); parent != nullptr; parent = parent->parentWidget()) {
    if (qobject_cast<const QAbstractSpinBox*>(parent) != nullptr ||
        qobject_cast<const QComboBox*>(parent) != nullptr ||
        qobject_cast<const QLineEdit*>(parent) != nullptr ||
        qobject_cast<const QWebEngineView*>(parent) != nullptr)
      return false;
  }
  // The arrows of a tab bar that has no room.
  if (qobject_cast<const QTabBar*>(widget->parentWidget()) != nullptr &&
      widget->objectName().startsWith(QLatin1String("Scroll")))
    return false;
  return qobject_cast<const QAbstractButton*>(widget) != nullptr ||
         qobject_cast<const QLineEdit*>(widget) != nullptr ||
         qobject_cast<const QComboBox*>(widget) != nullptr ||
         qobject_cast<const QAbstractItemView*>(widget) != nullptr ||
         qobject_cast<const QPlainTextEdit*>(widget) != nullptr ||
         qobject_cast<const QTextEdit*>(widget) != nullptr ||
         qobject_cast<const QAbstractSlider*>(widget) != nullptr ||
         qobject_cast<const QAbstractSpinBox*>(widget) != nullptr ||
         qobject_cast<const QTabBar*>(widget) != nullptr;
}

QList<QWidget*> Visible(const QWidget* window, const std::function<bool(const QWidget*)>& wanted) {
  QList<QWidget*> found;
  for (QWidget* widget : window->findChildren<QWidget*>()) {
    if (widget->window() == window && widget->isVisible() && !widget->visibleRegion().isEmpty() &&
        wanted(widget))
      found.append(widget);
  }
  return found;
}

/// The keyboard comes to it with Tab.
bool TakesTab(const QWidget* widget) {
  return Operated(widget) && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) != 0 &&
         widget->focusProxy() == nullptr;
}

}  // namespace

class AccessibilityE2e : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QAccessible::setActive(true);
    fixture_ = std::make_unique<WorkbenchFixture>();
    fixture_->SetIdentity();
    fixture_->OpenWindow(true);
    QVERIFY(QTest::qWaitForWindowActive(fixture_->window(), kWaitMs));
  }
  void cleanupTestCase() {
    const QStringList errors = fixture_->page_errors();
    fixture_.reset();
    QVERIFY2(errors.isEmpty(), qPrintable(errors.join(QLatin1Char('\n'))));
  }

  void whenAViewIsShown_thenEverythingInItHasANameARoleAndASeenFocus_data() {
    QTest::addColumn<int>("at");
    int at = 0;
    for (const View& view : AllViews()) QTest::newRow(view.name) << at++;
  }

  void whenAViewIsShown_thenEverythingInItHasANameARoleAndASeenFocus() {
    QFETCH(int, at);
    QVERIFY(AllViews()[static_cast<size_t>(at)].show(*fixture_));
    QTest::qWait(200);  // until what is laid out later is
    MainWindow* window = fixture_->window();
    QStringList problems;
    int operated = 0;
    for (QWidget* widget : Visible(window, Operated)) {
      ++operated;
      QAccessibleInterface* seen = QAccessible::queryAccessibleInterface(widget);
      if (seen == nullptr || !seen->isValid()) {
        problems.append(Describe(widget) + QStringLiteral(" is not in the tree"));
        continue;
      }
      if (seen->text(QAccessible::Name).trimmed().isEmpty() && qobject_cast<QTabBar*>(widget) == nullptr)
        problems.append(Describe(widget) + QStringLiteral(" has no name"));
      if (seen->role() == QAccessible::NoRole || seen->role() == QAccessible::Client)
        problems.append(Describe(widget) + QStringLiteral(" has no role"));
    }
    QVERIFY(operated > 10);
    problems += BrokenTree(QAccessible::queryAccessibleInterface(window), 0);
    problems += WrongOrder(window);
    problems += UnseenFocus(window);
    problems.removeDuplicates();
    QVERIFY2(problems.isEmpty(), qPrintable(problems.join(QLatin1Char('\n'))));
  }

  void whenTabIsPressed_thenNothingIsUnreachable() {
    MainWindow* window = fixture_->window();
    QSet<const QWidget*> chain;
    const QWidget* widget = window;
    do {
      chain.insert(widget);
      widget = widget->nextInFocusChain();
    } while (widget != window && chain.size() < 100000);
    for (const QWidget* wanted : Visible(window, TakesTab))
      QVERIFY2(chain.contains(wanted), qPrintable(Describe(wanted)));
  }

 private:
  /// Children that are missing or do not know their parent.
  static QStringList BrokenTree(QAccessibleInterface* node, int depth) {
    QStringList problems;
    if (node == nullptr || depth > 60)
      return {QStringLiteral("the tree of accessible objects ends or has a loop")};
    // Items of lists are made when they are asked for; the rows are the model's business.
    if (node->role() == QAccessible::Tree || node->role() == QAccessible::List ||
        node->role() == QAccessible::Table || node->role() == QAccessible::WebDocument)
      return {};
    for (int index = 0; index < node->childCount(); ++index) {
      QAccessibleInterface* child = node->child(index);
      if (child == nullptr || !child->isValid()) {
        problems.append(QStringLiteral("a child of “%1” is missing").arg(node->text(QAccessible::Name)));
        continue;
      }
      problems += BrokenTree(child, depth + 1);
    }
    return problems;
  }

  /// Among the children of one widget the focus goes from left to right and from top to bottom.
  static QStringList WrongOrder(const QWidget* window) {
    QStringList problems;
    const QList<QWidget*> wanted = Visible(window, TakesTab);
    const QWidget* last = nullptr;
    const QWidget* widget = window;
    int left = 100000;
    do {
      if (wanted.contains(const_cast<QWidget*>(widget))) {
        if (last != nullptr && last->parentWidget() == widget->parentWidget()) {
          const QRect before = last->geometry();
          const QRect now = widget->geometry();
          const bool above = now.bottom() < before.top() && now.left() <= before.right();
          const bool same_row = now.top() < before.bottom() && now.bottom() > before.top();
          if (above || (same_row && now.right() < before.left()))
            problems.append(
                QStringLiteral("the focus goes back from %1 to %2").arg(Describe(last), Describe(widget)));
        }
        last = widget;
      }
      widget = widget->nextInFocusChain();
    } while (widget != window && --left > 0);
    return problems;
  }

  /// What looks the same with and without the focus.
  static QStringList UnseenFocus(QWidget* window) {
    QStringList problems;
    // Views that are filled meanwhile take widgets away.
    QList<QPointer<QWidget>> found;
    for (QWidget* widget : Visible(window, TakesTab)) found.append(widget);
    const auto there = [](const QPointer<QWidget>& widget) {
      return widget != nullptr && widget->isVisible() && widget->isEnabled();
    };
    for (const QPointer<QWidget>& widget : found) {
      if (!there(widget)) continue;
      if (QWidget* other = QApplication::focusWidget()) other->clearFocus();
      QApplication::processEvents();
      if (!there(widget)) continue;
      const QImage without = widget->grab().toImage();
      widget->setFocus(Qt::TabFocusReason);
      QApplication::processEvents();
      if (!there(widget)) continue;
      if (!widget->hasFocus()) {
        problems.append(Describe(widget) + QStringLiteral(" does not take the focus"));
        continue;
      }
      // A text shows its cursor, which blinks.
      if (qobject_cast<QLineEdit*>(widget) == nullptr && qobject_cast<QPlainTextEdit*>(widget) == nullptr &&
          widget->grab().toImage() == without)
        problems.append(Describe(widget) + QStringLiteral(" looks the same with the focus"));
    }
    return problems;
  }

  std::unique_ptr<WorkbenchFixture> fixture_;
};

}  // namespace ameide::workbench

int main(int argc, char** argv) {
  return ameide::workbench::RunE2e(argc, argv, [] { return new ameide::workbench::AccessibilityE2e; });
}

#include "accessibility_e2e.moc"
