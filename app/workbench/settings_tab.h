#pragma once

#include "app/workbench/editor_tab.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace ameide::workbench {

class ProblemsModel;
class Theme;
class WorkspaceService;

/// All settings, each with what it does and whom it holds for. What is chosen holds at once.
class SettingsTab : public EditorTab {
  Q_OBJECT

 public:
  SettingsTab(const Theme* theme, WorkspaceService* workspace, ProblemsModel* problems, QWidget* parent);

  QString Key() const override { return QStringLiteral("settings"); }
  QString Title() const override { return tr("Settings"); }
  QString IconName() const override { return QStringLiteral("settings"); }
  void FocusContent() override;

  /// Tokens travel over the diagram of a play: not where the user or the system wants less motion.
  static bool AnimatesTokens();

 Q_SIGNALS:
  /// The user chose a theme: a ThemeChoice.
  void themeChosen(int choice);

 private:
  QVBoxLayout* Section(const QString& heading, const QString& explanation);
  void BuildAppearance();
  void BuildLanguage();
  void ShowLanguageNote();
  void BuildChecking();
  void BuildAuthor();
  void BuildFolders();
  void Refresh();
  void SaveAuthor();

  WorkspaceService* workspace_;
  ProblemsModel* problems_;
  QWidget* body_;
  QComboBox* appearance_ = nullptr;
  QComboBox* language_ = nullptr;
  QLabel* language_note_ = nullptr;
  QComboBox* target_ = nullptr;
  QLabel* target_explanation_ = nullptr;
  QLineEdit* name_ = nullptr;
  QLineEdit* email_ = nullptr;
  QPushButton* save_ = nullptr;
  QLabel* saved_ = nullptr;
  QLabel* folder_ = nullptr;
};

}  // namespace ameide::workbench
