#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <map>
#include <vector>

#include "app/workbench/artifact_tab.h"
#include "app/workbench/comparison.h"

namespace ameide::workbench {

/// What stands above a report.
struct ReportText {
  QString title;  ///< the artifact or the workspace
  PastState before;
  PastState after;
  QString summary;  ///< "3 added · 1 changed"
};

/// A comparison as a page to be sent or printed, always light: each diagram with its marks and ghosts
/// (`pictures`: SVG by path), then every change with its values before and after, who made it and why. Pure.
QString ComparisonHtml(const ReportText& text, const std::vector<ComparedArtifact>& compared,
                       const std::map<QString, QString>& pictures);

/// Draws the diagrams and writes the page to `file`, as PDF where its name ends in ".pdf". `done` gets
/// nothing, or why it did not work; it is not called when `parent` is gone by then. UI thread; returns at
/// once.
void WriteComparisonReport(const ReportText& text, const std::vector<ComparedArtifact>& compared,
                           const QString& file, QObject* parent, std::function<void(QString error)> done);

}  // namespace ameide::workbench
