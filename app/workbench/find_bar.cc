#include "app/workbench/find_bar.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTextBlock>
#include <QTimer>
#include <QToolButton>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

/// Beyond so many they are not counted.
constexpr int kMostCounted = 9999;
/// Milliseconds without a change of the text before they are counted again.
constexpr int kRecountMs = 150;

}  // namespace

FindBar::FindBar(const Theme* theme, QPlainTextEdit* text, QWidget* parent) : QWidget(parent), text_(text) {
  setObjectName(QStringLiteral("timeBar"));
  setAttribute(Qt::WA_StyledBackground);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(3 * kGrid, kGrid, 2 * kGrid, kGrid);
  row->setSpacing(2 * kGrid);
  words_ = new QLineEdit(this);
  words_->setObjectName(QStringLiteral("findWords"));
  words_->setPlaceholderText(tr("Find in this text"));
  words_->setAccessibleName(tr("Find in this text"));
  words_->setMaximumWidth(360);
  words_->setClearButtonEnabled(true);
  row->addWidget(words_, 1);
  const auto tool = [&](const char* icon, const QString& says, auto run) {
    auto* button = new QToolButton(this);
    button->setIcon(theme->Icon(QLatin1String(icon)));
    button->setToolTip(says);
    button->setAccessibleName(says);
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, run);
    return button;
  };
  row->addWidget(tool("push", tr("Previous (Shift+Enter)"), [this] { Step(-1); }));
  row->addWidget(tool("pull", tr("Next (Enter)"), [this] { Step(1); }));
  case_ = new QCheckBox(tr("Match case"), this);
  row->addWidget(case_);
  count_ = MakeLabel(QString(), "muted", this);
  count_->setObjectName(QStringLiteral("findCount"));
  row->addWidget(count_);
  row->addStretch(1);
  row->addWidget(tool("close", tr("Close (Esc)"), [this] { Leave(); }));
  connect(words_, &QLineEdit::textChanged, this, &FindBar::OnTyped);
  connect(case_, &QCheckBox::toggled, this, &FindBar::OnTyped);
  recount_ = new QTimer(this);
  recount_->setSingleShot(true);
  recount_->setInterval(kRecountMs);
  connect(recount_, &QTimer::timeout, this, &FindBar::Count);
  connect(text_, &QPlainTextEdit::textChanged, this, [this] {
    if (isVisible()) recount_->start();
  });
  hide();
}

void FindBar::Open() {
  const QString selected = text_->textCursor().selectedText();
  show();
  if (!selected.isEmpty() && !selected.contains(QChar::ParagraphSeparator)) words_->setText(selected);
  words_->setFocus();
  words_->selectAll();
  Count();
}

void FindBar::Leave() {
  hide();
  text_->setFocus();
}

void FindBar::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Escape:
      return Leave();
    case Qt::Key_Return:
    case Qt::Key_Enter:
      return Step((event->modifiers() & Qt::ShiftModifier) != 0 ? -1 : 1);
    default:
      QWidget::keyPressEvent(event);
  }
}

void FindBar::OnTyped() {
  // From where the present place begins: it stays while it fits.
  QTextCursor cursor = text_->textCursor();
  cursor.setPosition(cursor.selectionStart());
  text_->setTextCursor(cursor);
  Step(1);
}

void FindBar::Step(int by) {
  const QString words = words_->text();
  if (!words.isEmpty()) {
    QTextDocument::FindFlags flags;
    if (by < 0) flags |= QTextDocument::FindBackward;
    if (case_->isChecked()) flags |= QTextDocument::FindCaseSensitively;
    if (!text_->find(words, flags)) {
      const QTextCursor before = text_->textCursor();
      text_->moveCursor(by < 0 ? QTextCursor::End : QTextCursor::Start);
      if (!text_->find(words, flags)) text_->setTextCursor(before);
    }
  }
  Count();
}

void FindBar::Count() {
  const QString words = words_->text();
  if (words.isEmpty()) {
    SetInvalid(words_, false);
    return count_->clear();
  }
  const auto sensitivity = case_->isChecked() ? Qt::CaseSensitive : Qt::CaseInsensitive;
  const QString text = text_->toPlainText();
  const int selected = text_->textCursor().hasSelection() ? text_->textCursor().selectionStart() : -1;
  int count = 0;
  int which = 0;
  for (qsizetype at = text.indexOf(words, 0, sensitivity); at >= 0 && count < kMostCounted;
       at = text.indexOf(words, at + words.size(), sensitivity)) {
    ++count;
    if (at == selected) which = count;
  }
  SetInvalid(words_, count == 0);
  count_->setText(count == 0   ? tr("Not found")
                  : which == 0 ? (count == 1 ? tr("1 place") : tr("%1 places").arg(count))
                               : tr("%1 of %2").arg(which).arg(count));
}

}  // namespace ameide::workbench
