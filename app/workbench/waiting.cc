#include "app/workbench/waiting.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QPixmap>
#include <QTimer>
#include <QWebEnginePage>
#include <QWebEngineView>
#include <QWidget>
#include <memory>

namespace ameide::workbench {
namespace {

constexpr int kStepMs = 10;
constexpr int kScriptMs = 5000;
constexpr int kPaintMs = 300;

}  // namespace

bool WaitFor(const std::function<bool()>& condition, int timeout_ms) {
  QElapsedTimer passed;
  passed.start();
  while (!condition()) {
    if (passed.elapsed() > timeout_ms) return false;
    QEventLoop loop;
    QTimer::singleShot(kStepMs, &loop, &QEventLoop::quit);
    loop.exec();
  }
  return true;
}

QString RunScript(QWebEngineView* view, const QString& script) {
  struct Answer {
    bool there = false;
    QString text;
  };
  auto answer = std::make_shared<Answer>();
  view->page()->runJavaScript(script, [answer](const QVariant& value) {
    answer->there = true;
    answer->text = value.toString();
  });
  WaitFor([&] { return answer->there; }, kScriptMs);
  return answer->text;
}

bool WriteShot(QWidget* window, const QString& file) {
  // The web view's frame comes from another process; give it time to arrive.
  QElapsedTimer settle;
  settle.start();
  WaitFor([&] { return settle.elapsed() > kPaintMs; }, 2 * kPaintMs);
  return window->grab().save(file, "PNG");
}

}  // namespace ameide::workbench
