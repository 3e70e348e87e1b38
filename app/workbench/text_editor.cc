#include "app/workbench/text_editor.h"

#include <QFontDatabase>
#include <QKeyEvent>
#include <QLocale>
#include <QPainter>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <algorithm>

#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

/// A plain text editor with line numbers.
class NumberedEditor final : public QPlainTextEdit {
 public:
  NumberedEditor(const Theme* theme, QWidget* parent)
      : QPlainTextEdit(parent), theme_(theme), numbers_(new Numbers(this)) {
    setObjectName(QStringLiteral("textEditor"));
    setFrameShape(QFrame::NoFrame);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    // Undo belongs to the store: it survives a restart and knows of others' edits.
    setUndoRedoEnabled(false);
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(13);
    setFont(font);
    setTabStopDistance(QFontMetricsF(font).horizontalAdvance(QLatin1Char(' ')) * 4);
    connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& rect, int dy) {
      if (dy != 0)
        numbers_->scroll(0, dy);
      else
        numbers_->update(0, rect.y(), numbers_->width(), rect.height());
    });
    connect(this, &QPlainTextEdit::blockCountChanged, this, [this] { Place(); });
    connect(this, &QPlainTextEdit::cursorPositionChanged, this, [this] { numbers_->update(); });
    Place();
  }

 protected:
  bool event(QEvent* event) override {
    // The window's undo, not the editor's (which is off), answers Ctrl+Z here.
    if (event->type() == QEvent::ShortcutOverride) {
      const auto* key = static_cast<QKeyEvent*>(event);
      if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
        event->ignore();
        return false;
      }
    }
    return QPlainTextEdit::event(event);
  }

  void resizeEvent(QResizeEvent* event) override {
    QPlainTextEdit::resizeEvent(event);
    Place();
  }

 private:
  class Numbers final : public QWidget {
   public:
    explicit Numbers(NumberedEditor* editor) : QWidget(editor), editor_(editor) {}

   protected:
    void paintEvent(QPaintEvent*) override { editor_->PaintNumbers(); }

   private:
    NumberedEditor* editor_;
  };

  int NumberWidth() const {
    const int digits = std::max(3, static_cast<int>(QString::number(blockCount()).size()));
    return 4 * kGrid + fontMetrics().horizontalAdvance(QLatin1Char('9')) * digits;
  }
  void Place() {
    setViewportMargins(NumberWidth() + kGrid, 2 * kGrid, 0, 0);
    numbers_->setGeometry(0, 2 * kGrid, NumberWidth(), height());
  }
  void PaintNumbers() {
    QPainter painter(numbers_);
    painter.setFont(font());
    const int current = textCursor().blockNumber();
    for (QTextBlock block = firstVisibleBlock(); block.isValid(); block = block.next()) {
      const QRectF box = blockBoundingGeometry(block).translated(contentOffset());
      if (box.top() > numbers_->height()) break;
      painter.setPen(theme_->Colour(block.blockNumber() == current ? QStringLiteral("text")
                                                                   : QStringLiteral("text-muted")));
      painter.drawText(QRectF(0, box.top(), numbers_->width() - 2 * kGrid, box.height()),
                       Qt::AlignRight | Qt::AlignVCenter, QLocale().toString(block.blockNumber() + 1));
    }
  }

  const Theme* theme_;
  Numbers* numbers_;
};

}  // namespace

QPlainTextEdit* MakeTextEditor(const Theme* theme, QWidget* parent) {
  return new NumberedEditor(theme, parent);
}

}  // namespace ameide::workbench
