#pragma once

#include <QWidget>

class QCheckBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QTimer;

namespace ameide::workbench {

class Theme;

/// Finds words in the text above it: as they are typed, then on and back, round the ends of the text. Hidden
/// until Open; Esc goes back to the text. UI thread.
class FindBar : public QWidget {
  Q_OBJECT

 public:
  /// `text` must outlive it.
  FindBar(const Theme* theme, QPlainTextEdit* text, QWidget* parent);

  /// Shows it, with what is selected in the text as the words.
  void Open();
  /// Goes to the next place (`by` > 0) or the previous one.
  void Step(int by);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void Leave();
  void OnTyped();
  /// Says how many places there are and which is selected.
  void Count();

  QPlainTextEdit* text_;
  QLineEdit* words_;
  QCheckBox* case_;
  QLabel* count_;
  QTimer* recount_;  ///< a pause after the text has changed
};

}  // namespace ameide::workbench
