#pragma once

#include <QWidget>

class QVBoxLayout;

namespace ameide::workbench {

class Theme;

/// What shows while no workspace is open: recent ones, open a folder, the sample; nothing else.
class Welcome : public QWidget {
  Q_OBJECT

 public:
  explicit Welcome(const Theme* theme, QWidget* parent = nullptr);

  /// Shows the recent folders again. With a workspace open only a hint is shown instead.
  void Refresh(bool workspace_open);
  /// Puts the keyboard on the first button; nothing happens while only a hint is shown.
  void FocusFirst();
  /// Puts a folder first among the recent ones.
  static void Remember(const QString& folder);
  /// The recent folders that still exist, newest first.
  static QStringList Recent();

 Q_SIGNALS:
  void openWanted(QString folder);
  void chooseWanted();
  void sampleWanted();

 private:
  const Theme* theme_;
  QWidget* content_ = nullptr;
  QWidget* first_ = nullptr;
};

}  // namespace ameide::workbench
