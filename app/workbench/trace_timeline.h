#pragma once

#include <QDateTime>
#include <QHash>
#include <QTreeWidget>
#include <vector>

#include "ameide/process/v1/process.pb.h"

namespace ameide::workbench {

class Theme;

/// When each element of one run was active: a row for each activation inside what it was in, with a bar on
/// the time of the whole run; the pale part of a bar is time in which nobody worked at it. UI thread.
class TraceTimeline : public QTreeWidget {
  Q_OBJECT

 public:
  TraceTimeline(const Theme* theme, QWidget* parent);

  /// `names`: what people call elements, by id. What is unfolded and the current row stay.
  void Show(const std::vector<process::v1::ElementRun>& runs, const QHash<QString, QString>& names,
            const QDateTime& now);

 Q_SIGNALS:
  /// The user wants to see this element.
  void picked(QString element);
};

}  // namespace ameide::workbench
