#pragma once

#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace ameide::workbench {

/// A background thread for work that may block. Work runs there in the order it was given; its result comes
/// back on the thread of this object (the UI's). Destruction waits for all of it.
class Worker : public QObject {
  Q_OBJECT

 public:
  explicit Worker(QObject* parent = nullptr) : QObject(parent) { pool_.setMaxThreadCount(1); }
  ~Worker() override { Finish(); }

  /// Runs `work()` off this thread, then `done(result)` here, unless `context` is gone by then.
  template <typename Work, typename Done>
  void Run(QObject* context, Work work, Done done) {
    using Result = std::invoke_result_t<Work>;
    pool_.start([this, guard = QPointer<QObject>(context), work = std::make_shared<Work>(std::move(work)),
                 done = std::make_shared<Done>(std::move(done))] {
      auto result = std::make_shared<Result>((*work)());
      QMetaObject::invokeMethod(
          this,
          [guard, done, result] {
            if (guard) (*done)(std::move(*result));
          },
          Qt::QueuedConnection);
    });
  }

  /// Calls `call` on the thread of this object, later, unless `guard` is gone by then; for work that reports
  /// on its way. Any thread, but `guard` is made on this object's.
  void Post(QPointer<QObject> guard, std::function<void()> call) {
    QMetaObject::invokeMethod(
        this,
        [guard = std::move(guard), call = std::move(call)] {
          if (guard) call();
        },
        Qt::QueuedConnection);
  }

  /// Waits until all that was given is done. Nothing may be given afterwards.
  void Finish() { pool_.waitForDone(); }
  /// Forgets what has not begun.
  void Drop() { pool_.clear(); }

 private:
  QThreadPool pool_;
};

}  // namespace ameide::workbench
