#include "app/workbench/navigator.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

/// Draws the badges at the end of a row: errors, warnings, a mark for edits by other programs.
class BadgeDelegate final : public QStyledItemDelegate {
 public:
  BadgeDelegate(const Theme* theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyleOptionViewItem row = option;
    const int errors = index.data(ArtifactModel::kErrorsRole).toInt();
    const int warnings = index.data(ArtifactModel::kWarningsRole).toInt();
    const bool outside = index.data(ArtifactModel::kOutsideRole).toBool();
    QStyledItemDelegate::paint(painter, row, index);
    int right = option.rect.right() - 2 * kGrid;
    if (errors > 0) {
      right = Count(painter, option.rect, right, errors, QStringLiteral("error"));
    } else if (warnings > 0) {
      right = Count(painter, option.rect, right, warnings, QStringLiteral("warning"));
    }
    if (outside) {
      const QRect box(right - kIconSize, option.rect.center().y() - kIconSize / 2 + 1, kIconSize, kIconSize);
      theme_->Icon(QStringLiteral("outside"), QStringLiteral("info")).paint(painter, box);
    }
  }

 private:
  int Count(QPainter* painter, const QRect& row, int right, int count, const QString& role) const {
    painter->save();
    QFont font = painter->font();
    font.setPixelSize(11);
    painter->setFont(font);
    painter->setPen(theme_->Colour(role));
    const QString text = QLocale().toString(count);
    const int width = QFontMetrics(font).horizontalAdvance(text);
    painter->drawText(QRect(right - width, row.top(), width, row.height()), Qt::AlignVCenter | Qt::AlignRight,
                      text);
    painter->restore();
    return right - width - kGrid;
  }

  const Theme* theme_;
};

}  // namespace

QWidget* MakeSideHeading(const QString& text, QHBoxLayout** tools, QWidget* parent) {
  auto* row = new QWidget(parent);
  row->setFixedHeight(36);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(12, 0, 4, 0);
  layout->setSpacing(0);
  layout->addWidget(MakeLabel(text, "heading", row), 1);
  if (tools != nullptr) *tools = layout;
  return row;
}

Navigator::Navigator(const Theme* theme, WorkspaceService* workspace, ArtifactModel* model, QWidget* parent)
    : QWidget(parent), workspace_(workspace), model_(model) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(MakeSideHeading(tr("Workspace"), nullptr, this));
  words_ = new QLineEdit(this);
  words_->setObjectName(QStringLiteral("navigatorFilter"));
  words_->setPlaceholderText(tr("Filter artifacts"));
  words_->setAccessibleName(tr("Filter artifacts"));
  words_->setClearButtonEnabled(true);
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(8, 0, 8, 8);
  inset->addWidget(words_);
  column->addLayout(inset);

  filter_ = new ArtifactFilter(this);
  filter_->setSourceModel(model_);
  tree_ = new QTreeView(this);
  tree_->setObjectName(QStringLiteral("navigatorTree"));
  tree_->setAccessibleName(tr("Artifacts"));
  tree_->setModel(filter_);
  tree_->setHeaderHidden(true);
  tree_->setUniformRowHeights(true);
  tree_->setIndentation(16);
  tree_->setItemDelegate(new BadgeDelegate(theme, tree_));
  tree_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  auto* empty = MakeLabel(QString(), "muted", this);
  empty->setWordWrap(true);
  empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty->setContentsMargins(12, 4, 12, 4);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(tree_);
  stack_->addWidget(empty);
  column->addWidget(stack_, 1);

  connect(words_, &QLineEdit::textChanged, this, [this](const QString& text) {
    filter_->SetWords(text);
    tree_->expandAll();
    ShowPlaceholder();
  });
  connect(words_, &QLineEdit::returnPressed, this, [this] {
    QModelIndex index = filter_->index(0, 0);
    while (filter_->hasChildren(index)) index = filter_->index(0, 0, index);
    const QString path = index.data(ArtifactModel::kPathRole).toString();
    if (!path.isEmpty()) Q_EMIT activated(path);
  });
  connect(model_, &QAbstractItemModel::modelReset, this, [this] {
    filter_->sort(0);
    tree_->expandAll();
    ShowPlaceholder();
  });
  const auto open = [this](const QModelIndex& index) {
    if (!index.data(ArtifactModel::kArtifactIdRole).toString().isEmpty()) {
      Q_EMIT activated(index.data(ArtifactModel::kPathRole).toString());
    }
  };
  connect(tree_, &QTreeView::clicked, this, open);
  connect(tree_, &QTreeView::activated, this, open);
  ShowPlaceholder();
}

void Navigator::ShowPlaceholder() {
  auto* empty = static_cast<QLabel*>(stack_->widget(1));
  stack_->setCurrentIndex(filter_->rowCount() > 0 ? 0 : 1);
  if (!workspace_->is_open()) {
    empty->setText(tr("No workspace is open. Open a folder, or the sample, to see its models here."));
  } else if (!words_->text().isEmpty()) {
    empty->setText(tr("No artifact has “%1” in its path.").arg(words_->text()));
  } else {
    empty->setText(
        tr("This workspace holds no models yet. Put a .bpmn, .proto or .md file into the folder and it "
           "appears here."));
  }
}

void Navigator::FocusFilter() {
  words_->setFocus();
  words_->selectAll();
}

void Navigator::FocusTree() { tree_->setFocus(); }

void Navigator::Reveal(const QString& path) {
  const QModelIndex index = filter_->mapFromSource(model_->IndexOf(path));
  if (!index.isValid()) return;
  tree_->setCurrentIndex(index);
  tree_->scrollTo(index);
}

}  // namespace ameide::workbench
