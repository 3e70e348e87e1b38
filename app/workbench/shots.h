#pragma once

#include <QSize>
#include <QString>
#include <QStringList>

namespace ameide::workbench {

class Theme;

/// The views that a screenshot can be taken of.
QStringList ShotViews();
/// Brings the window to a view on the workspace in `folder` and writes a PNG. 0 when it worked.
int TakeShot(Theme* theme, const QString& folder, const QString& view, const QString& file,
             const QSize& size);
/// Opens an artifact of `folder` in a new window and prints, as one line of JSON, the milliseconds from the
/// start of the process to the window and to the painted diagram, and the memory (PSS, kilobytes) of this
/// process and all below it. 0 when the diagram was painted.
int MeasureStart(Theme* theme, const QString& folder, const QString& path);

}  // namespace ameide::workbench
