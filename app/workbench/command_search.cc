#include "app/workbench/command_search.h"

#include <QApplication>
#include <QFileInfo>
#include <QGraphicsDropShadowEffect>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/actions.h"
#include "app/workbench/artifact_model.h"
#include "app/workbench/element_types.h"
#include "app/workbench/found_places.h"
#include "app/workbench/links.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

constexpr int kWidth = 600;
constexpr int kRowHeight = 28;
constexpr int kMostRows = 12;
constexpr int kPauseMs = 120;
constexpr size_t kMostElements = 50;
constexpr int kDetailRole = Qt::UserRole + 1;

/// One line an entry: icon and name at the left; where it belongs, its keys or why it cannot be done at the
/// right.
class ResultDelegate final : public QStyledItemDelegate {
 public:
  ResultDelegate(const Theme* theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {120, kRowHeight}; }

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    painter->save();
    const bool selected = (option.state & QStyle::State_Selected) != 0;
    if (selected || (option.state & QStyle::State_MouseOver) != 0) {
      painter->setRenderHint(QPainter::Antialiasing);
      painter->setPen(Qt::NoPen);
      painter->setBrush(theme_->Colour(selected ? QStringLiteral("accent-soft") : QStringLiteral("hover")));
      painter->drawRoundedRect(option.rect, kGrid, kGrid);
    }
    QRect rest = option.rect.adjusted(2 * kGrid, 0, -2 * kGrid, 0);
    const QIcon icon = index.data(Qt::DecorationRole).value<QIcon>();
    const bool can = (index.flags() & Qt::ItemIsEnabled) != 0 && !index.data(Qt::ForegroundRole).isValid();
    icon.paint(painter, QRect(rest.left(), rest.center().y() - kIconSize / 2 + 1, kIconSize, kIconSize),
               Qt::AlignCenter, can ? QIcon::Normal : QIcon::Disabled);
    rest.setLeft(rest.left() + kIconSize + 2 * kGrid);
    QFont font = option.font;
    font.setPixelSize(13);
    painter->setFont(font);
    painter->setPen(theme_->Colour(can ? QStringLiteral("text") : QStringLiteral("text-disabled")));
    const QFontMetrics metrics(font);
    const QString name = metrics.elidedText(index.data().toString(), Qt::ElideMiddle, rest.width());
    painter->drawText(rest, Qt::AlignVCenter | Qt::AlignLeft, name);
    rest.setLeft(rest.left() + metrics.horizontalAdvance(name) + 6 * kGrid);
    font.setPixelSize(12);
    painter->setFont(font);
    painter->setPen(theme_->Colour(can ? QStringLiteral("text-muted") : QStringLiteral("text-disabled")));
    painter->drawText(
        rest, Qt::AlignVCenter | Qt::AlignRight,
        QFontMetrics(font).elidedText(index.data(kDetailRole).toString(), Qt::ElideRight, rest.width()));
    painter->restore();
  }

 private:
  const Theme* theme_;
};

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
  words_->setObjectName(QStringLiteral("commandWords"));
  words_->setPlaceholderText(tr("Search actions, artifacts and elements"));
  words_->setAccessibleName(tr("Search actions, artifacts and elements"));
  list_ = new QListWidget(this);
  list_->setObjectName(QStringLiteral("commandResults"));
  list_->setAccessibleName(tr("Results"));
  list_->setUniformItemSizes(true);
  list_->setIconSize({kIconSize, kIconSize});
  list_->setFocusPolicy(Qt::NoFocus);
  list_->setItemDelegate(new ResultDelegate(theme, list_));
  list_->setMouseTracking(true);
  column->addWidget(words_);
  column->addWidget(list_);
  auto* shadow = new QGraphicsDropShadowEffect(this);
  shadow->setBlurRadius(24);
  shadow->setOffset(0, 4);
  shadow->setColor(QColor(0, 0, 0, 80));
  setGraphicsEffect(shadow);
  words_->installEventFilter(this);
  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &CommandSearch::FindElements);
  connect(words_, &QLineEdit::textChanged, this, [this](const QString& text) {
    Fill(text);
    pause_.start();
  });
  connect(list_, &QListWidget::itemClicked, this, [this] { Choose(list_->currentRow()); });
  hide();
}

void CommandSearch::Open() {
  if (!isVisible()) came_from_ = QApplication::focusWidget();
  words_->clear();
  Fill(QString());
  const int width = std::min(kWidth, parentWidget()->width() - 32);
  setGeometry((parentWidget()->width() - width) / 2, 48, width, 60 + kMostRows * kRowHeight);
  show();
  raise();
  words_->setFocus();
}

void CommandSearch::Fill(const QString& text) {
  list_->clear();
  choices_.clear();
  const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  if (ParseLink(text)) {
    auto* item = new QListWidgetItem(theme_->Icon(QStringLiteral("open")), tr("Open this link"));
    item->setData(kDetailRole, text.trimmed());
    list_->addItem(item);
    choices_.push_back([this, text] { Q_EMIT linkChosen(text); });
  }
  for (const uaf::Artifact& artifact : workspace_->artifacts()) {
    const QString path = ToQString(artifact.path);
    if (!HasAll(path, words)) continue;
    auto* item = new QListWidgetItem(theme_->Icon(FormatIcon(artifact.format)), QFileInfo(path).fileName());
    item->setData(kDetailRole,
                  QFileInfo(path).path() == QLatin1String(".") ? QString() : QFileInfo(path).path());
    item->setToolTip(path);
    list_->addItem(item);
    choices_.push_back([this, path] { Q_EMIT artifactChosen(path, QString(), 0); });
  }
  for (QAction* action : actions_->All()) {
    if (!action->isVisible() || !HasAll(actions_->Group(action) + QLatin1Char(' ') + action->text(), words))
      continue;
    QString detail = actions_->Group(action);
    if (!action->shortcut().isEmpty())
      detail += QStringLiteral("   ") + action->shortcut().toString(QKeySequence::NativeText);
    const QString why = actions_->WhyDisabled(action);
    auto* item = new QListWidgetItem(action->icon(), action->text());
    if (!action->isEnabled()) {
      item->setForeground(theme_->Colour(QStringLiteral("text-disabled")));
      if (!why.isEmpty()) detail = why;
    }
    item->setData(kDetailRole, detail);
    item->setToolTip(action->toolTip());
    item->setData(Qt::AccessibleTextRole, QStringLiteral("%1, %2").arg(action->text(), detail));
    list_->addItem(item);
    choices_.push_back([action] { action->trigger(); });
  }
  // Where elements are still looked for, nobody says yet that there is nothing.
  if (list_->count() > 0) {
    list_->setCurrentRow(0);
  } else if (!workspace_->is_open()) {
    TellNothing();
  }
}

void CommandSearch::FindElements() {
  const QString text = words_->text().trimmed();
  if (text.isEmpty() || !isVisible()) return;
  workspace_->Read(
      this,
      [words = text.toStdString()](uaf::Workspace& open) { return FindPlaces(open, words, kMostElements); },
      [this, text](const absl::StatusOr<std::vector<FoundPlace>>& found) {
        if (text != words_->text().trimmed()) return;
        // Words that the search cannot take name no element.
        if (found.ok()) AddElements(*found);
        if (list_->count() == 0) TellNothing();
      });
}

void CommandSearch::AddElements(const std::vector<FoundPlace>& places) {
  for (const FoundPlace& place : places) {
    const uaf::SearchHit& hit = place.hit;
    const QString path = ToQString(hit.path);
    const QString excerpt = ToQString(hit.excerpt).simplified();
    const QString element = ToQString(hit.element);
    const auto artifact = workspace_->Find(hit.artifact);
    auto* item = new QListWidgetItem(theme_->Icon(FormatIcon(artifact ? artifact->format : "")),
                                     hit.name.empty() ? excerpt : ToQString(hit.name));
    const QString file = QFileInfo(path).fileName();
    const QString type = element.isEmpty() ? tr("line %1").arg(place.line) : TypeInWords(hit.type);
    const QString detail = QStringLiteral("%1 · %2").arg(type, file);
    item->setData(kDetailRole, detail);
    item->setToolTip(QStringLiteral("%1\n%2").arg(excerpt, path));
    item->setData(Qt::AccessibleTextRole, QStringLiteral("%1, %2").arg(item->text(), detail));
    list_->addItem(item);
    choices_.push_back(
        [this, path, element, line = place.line] { Q_EMIT artifactChosen(path, element, line); });
  }
  if (list_->currentRow() < 0 && list_->count() > 0) list_->setCurrentRow(0);
}

void CommandSearch::TellNothing() {
  auto* nothing = new QListWidgetItem(tr("Nothing is called “%1”").arg(words_->text()));
  nothing->setFlags(Qt::NoItemFlags);
  list_->addItem(nothing);
}

void CommandSearch::Choose(int row) {
  if (row < 0 || row >= static_cast<int>(choices_.size())) return;
  const auto choice = choices_[static_cast<size_t>(row)];
  hide();
  // What is chosen may take the keyboard; else it goes back to where it was.
  if (came_from_ != nullptr) came_from_->setFocus();
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
      if (came_from_ != nullptr) came_from_->setFocus();
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
