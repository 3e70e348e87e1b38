#include "app/workbench/command_search.h"

#include <QApplication>
#include <QGraphicsDropShadowEffect>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/actions.h"
#include "app/workbench/artifact_model.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

constexpr int kWidth = 560;
constexpr int kRowHeight = 28;
constexpr int kMostRows = 12;

bool HasAll(const QString& text, const QStringList& words) {
  return std::ranges::all_of(words,
                             [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

}  // namespace

CommandSearch::CommandSearch(const Theme* theme, Actions* actions, WorkspaceService* workspace,
                             QWidget* parent)
    : QFrame(parent), theme_(theme), actions_(actions), workspace_(workspace) {
  setObjectName(QStringLiteral("commandSearch"));
  setAttribute(Qt::WA_StyledBackground);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(4, 4, 4, 4);
  column->setSpacing(4);
  words_ = new QLineEdit(this);
  words_->setPlaceholderText(tr("Search actions and artifacts"));
  words_->setAccessibleName(tr("Search actions and artifacts"));
  list_ = new QListWidget(this);
  list_->setAccessibleName(tr("Results"));
  list_->setUniformItemSizes(true);
  list_->setIconSize({kIconSize, kIconSize});
  list_->setFocusPolicy(Qt::NoFocus);
  column->addWidget(words_);
  column->addWidget(list_);
  auto* shadow = new QGraphicsDropShadowEffect(this);
  shadow->setBlurRadius(24);
  shadow->setOffset(0, 4);
  shadow->setColor(QColor(0, 0, 0, 80));
  setGraphicsEffect(shadow);
  words_->installEventFilter(this);
  connect(words_, &QLineEdit::textChanged, this, &CommandSearch::Fill);
  connect(list_, &QListWidget::itemClicked, this, [this] { Choose(list_->currentRow()); });
  hide();
}

void CommandSearch::Open() {
  words_->clear();
  Fill(QString());
  const int width = std::min(kWidth, parentWidget()->width() - 32);
  const int rows = std::min(kMostRows, std::max(1, list_->count()));
  setGeometry((parentWidget()->width() - width) / 2, 48, width, 60 + kMostRows * kRowHeight);
  Q_UNUSED(rows)
  show();
  raise();
  words_->setFocus();
}

void CommandSearch::Fill(const QString& text) {
  list_->clear();
  choices_.clear();
  const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (const uaf::Artifact& artifact : workspace_->artifacts()) {
    const QString path = ToQString(artifact.path);
    if (!HasAll(path, words)) continue;
    list_->addItem(new QListWidgetItem(theme_->Icon(FormatIcon(artifact.format)), path));
    choices_.push_back([this, path] { Q_EMIT artifactChosen(path); });
  }
  for (QAction* action : actions_->All()) {
    if (!action->isVisible() || !HasAll(actions_->Group(action) + QLatin1Char(' ') + action->text(), words))
      continue;
    QString line = QStringLiteral("%1: %2").arg(actions_->Group(action), action->text());
    if (!action->shortcut().isEmpty())
      line += QStringLiteral("    ") + action->shortcut().toString(QKeySequence::NativeText);
    const QString why = actions_->WhyDisabled(action);
    if (!action->isEnabled() && !why.isEmpty()) line += QStringLiteral("  —  ") + why;
    auto* item = new QListWidgetItem(action->icon(), line);
    if (!action->isEnabled()) item->setForeground(theme_->Colour(QStringLiteral("text-disabled")));
    list_->addItem(item);
    choices_.push_back([action] { action->trigger(); });
  }
  if (list_->count() == 0) {
    auto* nothing = new QListWidgetItem(tr("Nothing is called “%1”").arg(text));
    nothing->setFlags(Qt::NoItemFlags);
    list_->addItem(nothing);
  } else {
    list_->setCurrentRow(0);
  }
}

void CommandSearch::Choose(int row) {
  if (row < 0 || row >= static_cast<int>(choices_.size())) return;
  const auto choice = choices_[static_cast<size_t>(row)];
  hide();
  choice();
}

bool CommandSearch::eventFilter(QObject* watched, QEvent* event) {
  if (watched != words_) return QFrame::eventFilter(watched, event);
  if (event->type() == QEvent::FocusOut) {
    hide();
    return false;
  }
  if (event->type() != QEvent::KeyPress) return false;
  switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Escape:
      hide();
      return true;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      Choose(list_->currentRow());
      return true;
    case Qt::Key_Down:
      list_->setCurrentRow(std::min(list_->currentRow() + 1, list_->count() - 1));
      return true;
    case Qt::Key_Up:
      list_->setCurrentRow(std::max(list_->currentRow() - 1, 0));
      return true;
    default:
      return false;
  }
}

}  // namespace ameide::workbench
