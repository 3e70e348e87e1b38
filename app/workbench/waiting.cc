#include "app/workbench/waiting.h"

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QPixmap>
#include <QTimer>
#include <QWebEnginePage>
#include <QWebEngineView>
#include <QWidget>
#include <memory>

namespace ameide::workbench {
namespace {

constexpr int kStepMs = 10;
constexpr int kScriptMs = 20000;
constexpr int kPaintMs = 300;

/// Of one process, in KiB; 0 when it is gone.
qint64 PssOf(const QString& process) {
  QFile rollup(QStringLiteral("/proc/%1/smaps_rollup").arg(process));
  if (!rollup.open(QIODevice::ReadOnly)) return 0;
  for (const QByteArray& line : rollup.readAll().split('\n')) {
    if (line.startsWith("Pss:")) return line.mid(4).simplified().split(' ').first().toLongLong();
  }
  return 0;
}

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

qint64 MemoryOf(const QString& process) {
  qint64 sum = PssOf(process);
  const QDir threads(QStringLiteral("/proc/%1/task").arg(process));
  for (const QString& thread : threads.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
    QFile children(threads.filePath(thread) + QStringLiteral("/children"));
    if (!children.open(QIODevice::ReadOnly)) continue;
    for (const QByteArray& child : children.readAll().simplified().split(' ')) {
      if (!child.isEmpty()) sum += MemoryOf(QString::fromLatin1(child));
    }
  }
  return sum;
}

}  // namespace ameide::workbench
