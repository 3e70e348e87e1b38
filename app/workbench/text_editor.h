#pragma once

class QPlainTextEdit;
class QWidget;

namespace ameide::workbench {

class Theme;

/// A plain text editor with line numbers and a fixed-width font, without an undo of its own.
QPlainTextEdit* MakeTextEditor(const Theme* theme, QWidget* parent);

}  // namespace ameide::workbench
