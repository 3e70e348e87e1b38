#pragma once

#include <QString>
#include <functional>

class QWebEngineView;
class QWidget;

namespace ameide::workbench {

/// For runs without a person (main job, screenshots, measurements): lets the program go on until `condition`
/// holds. False when `timeout_ms` has passed. Never used while a person works with the window.
bool WaitFor(const std::function<bool()>& condition, int timeout_ms);
/// What JavaScript gives in an editor's page, as text; empty when it gives nothing in time.
QString RunScript(QWebEngineView* view, const QString& script);
/// Writes what the window shows to a PNG file. False when it cannot be written.
bool WriteShot(QWidget* window, const QString& file);
/// What a process ("self", "4711") and all below it hold in memory, in KiB: shared pages by their share
/// (PSS).
qint64 MemoryOf(const QString& process);

}  // namespace ameide::workbench
