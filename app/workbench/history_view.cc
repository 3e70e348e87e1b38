#include "app/workbench/history_view.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/banner.h"
#include "app/workbench/history_filter.h"
#include "app/workbench/navigator.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"

namespace ameide::workbench {
namespace {

using Kind = HistoryEntry::Kind;

constexpr int kPauseMs = 150;
constexpr size_t kPage = 100;
constexpr int kRowHeight = 44;

/// The icon of a milestone; empty for what is a dot on the line.
QString IconOf(Kind kind) {
  switch (kind) {
    case Kind::kChange:
    case Kind::kSession:
      return {};
    case Kind::kCommit:
      return QStringLiteral("commit");
    case Kind::kRevision:
      return QStringLiteral("tag");
    case Kind::kReview:
      return QStringLiteral("review");
    case Kind::kApproval:
      return QStringLiteral("success");
    case Kind::kPromotion:
      return QStringLiteral("push");
    case Kind::kPublication:
      return QStringLiteral("publish");
    case Kind::kBranch:
      return QStringLiteral("branch");
  }
  return {};
}

/// Two lines an entry, on a line of time: a dot for changes, an icon for what happened once.
class HistoryDelegate final : public QStyledItemDelegate {
 public:
  HistoryDelegate(const Theme* theme, QObject* parent) : QStyledItemDelegate(parent), theme_(theme) {}

  QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {120, kRowHeight}; }

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    if (option.state & QStyle::State_Selected) {
      painter->fillRect(option.rect, theme_->Colour(QStringLiteral("accent-soft")));
    } else if (option.state & QStyle::State_MouseOver) {
      painter->fillRect(option.rect, theme_->Colour(QStringLiteral("hover")));
    }
    if (option.state & QStyle::State_HasFocus) {
      painter->setPen(QPen(theme_->Colour(QStringLiteral("focus")), 1));
      painter->setBrush(Qt::NoBrush);
      painter->drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    PaintLine(painter, option.rect, index);
    const auto kind = static_cast<Kind>(index.data(HistoryModel::kKindRole).toInt());
    const bool milestone = !IconOf(kind).isEmpty();
    const QRect text = option.rect.adjusted(28, 4, -8, -4);
    QFont font = option.font;
    font.setPixelSize(13);
    font.setWeight(milestone ? QFont::DemiBold : QFont::Normal);
    painter->setFont(font);
    painter->setPen(theme_->Colour(QStringLiteral("text")));
    const QRect upper(text.left(), text.top(), text.width(), text.height() / 2);
    painter->drawText(
        upper, Qt::AlignVCenter | Qt::AlignLeft,
        QFontMetrics(font).elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideRight, upper.width()));
    font.setPixelSize(11);
    font.setWeight(QFont::Normal);
    painter->setFont(font);
    painter->setPen(theme_->Colour(QStringLiteral("text-muted")));
    const QRect lower(text.left(), upper.bottom() + 1, text.width(), text.height() / 2);
    painter->drawText(lower, Qt::AlignVCenter | Qt::AlignLeft,
                      QFontMetrics(font).elidedText(index.data(HistoryModel::kDetailRole).toString(),
                                                    Qt::ElideRight, lower.width()));
    painter->restore();
  }

 private:
  void PaintLine(QPainter* painter, const QRect& row, const QModelIndex& index) const {
    const QPointF centre(row.left() + 14, row.top() + 15);
    painter->setPen(QPen(theme_->Colour(QStringLiteral("border")), 1.5));
    const bool inner = index.parent().isValid();
    const bool first = !inner && index.row() == 0;
    const bool last = index.row() == index.model()->rowCount(index.parent()) - 1;
    painter->drawLine(QPointF(centre.x(), first ? centre.y() : row.top()),
                      QPointF(centre.x(), last ? centre.y() : row.bottom() + 1));
    const auto kind = static_cast<Kind>(index.data(HistoryModel::kKindRole).toInt());
    const QString icon = IconOf(kind);
    if (!icon.isEmpty()) {
      const QColor behind = theme_->Colour(QStringLiteral("window"));
      painter->setPen(Qt::NoPen);
      painter->setBrush(behind);
      painter->drawEllipse(centre, 9, 9);
      theme_->Icon(icon, QStringLiteral("accent"))
          .paint(painter,
                 QRect(centre.toPoint() - QPoint(kIconSize / 2, kIconSize / 2), QSize(kIconSize, kIconSize)));
      return;
    }
    const bool committed = index.data(HistoryModel::kCommittedRole).toBool();
    painter->setPen(Qt::NoPen);
    painter->setBrush(theme_->Colour(committed ? QStringLiteral("border-strong") : QStringLiteral("accent")));
    const double radius = inner ? 2.5 : kind == Kind::kSession ? 5 : 3.5;
    painter->drawEllipse(centre, radius, radius);
  }

  const Theme* theme_;
};

}  // namespace

HistoryView::HistoryView(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), model_(new HistoryModel(this)), limit_(kPage) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(MakeSideHeading(tr("History"), nullptr, this));
  scope_ = new QComboBox(this);
  scope_->setObjectName(QStringLiteral("historyScope"));
  scope_->addItem(tr("This artifact"));
  scope_->addItem(tr("Whole workspace"));
  scope_->setAccessibleName(tr("History of"));
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(2 * kGrid, 0, 2 * kGrid, kGrid);
  inset->addWidget(scope_);
  column->addLayout(inset);
  filter_ = new HistoryFilter(this);
  column->addWidget(filter_);

  auto* list = new QWidget(this);
  auto* rows = new QVBoxLayout(list);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(0);
  tree_ = new QTreeView(list);
  tree_->setObjectName(QStringLiteral("historyList"));
  tree_->setAccessibleName(tr("History"));
  tree_->setModel(model_);
  tree_->setItemDelegate(new HistoryDelegate(theme, tree_));
  tree_->setHeaderHidden(true);
  tree_->setIndentation(16);
  tree_->setUniformRowHeights(true);
  tree_->setMouseTracking(true);
  tree_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  tree_->setContextMenuPolicy(Qt::ActionsContextMenu);
  tree_->setExpandsOnDoubleClick(false);
  rows->addWidget(tree_, 1);
  older_ = MakeButton(tr("Show older entries"), "link", list);
  older_->setObjectName(QStringLiteral("historyOlder"));
  rows->addWidget(older_, 0, Qt::AlignHCenter);

  auto* nothing = new QWidget(this);
  auto* said = new QVBoxLayout(nothing);
  said->setContentsMargins(3 * kGrid, kGrid, 3 * kGrid, kGrid);
  empty_ = MakeLabel(QString(), "muted", nothing);
  empty_->setObjectName(QStringLiteral("historyEmpty"));
  empty_->setWordWrap(true);
  said->addWidget(empty_);
  everything_ = MakeButton(tr("Show everything"), "plain", nothing);
  said->addWidget(everything_);
  said->addStretch(1);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(list);
  stack_->addWidget(nothing);
  column->addWidget(stack_, 1);

  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &HistoryView::Refresh);
  const auto anew = [this] {
    limit_ = kPage;
    Refresh();
  };
  connect(scope_, &QComboBox::currentIndexChanged, this, [this, anew] {
    if (Whole()) filter_->OfferElement(QString(), QString());
    anew();
  });
  connect(filter_, &HistoryFilter::changed, this, anew);
  connect(everything_, &QPushButton::clicked, filter_, &HistoryFilter::Clear);
  connect(older_, &QPushButton::clicked, this, [this] {
    limit_ += kPage;
    Refresh();
  });
  connect(workspace_, &WorkspaceService::recorded, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::gitFinished, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::opened, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::closed, this, [this] { Take(LoadedHistory()); });
  connect(tree_, &QTreeView::expanded, this, [this](const QModelIndex& index) {
    open_.insert(model_->Entry(index).key);
    if (model_->WantsChanges(index)) ReadChanges(index);
  });
  connect(tree_, &QTreeView::collapsed, this,
          [this](const QModelIndex& index) { open_.remove(model_->Entry(index).key); });
  // One entry is looked at; with Ctrl or Shift there are two, which are compared.
  const auto pick = [this](const QModelIndex& index) {
    if (tree_->selectionModel()->selectedRows().size() > 1) {
      CompareSelected();
    } else {
      Pick(index);
    }
  };
  connect(tree_, &QTreeView::clicked, this, pick);
  connect(tree_, &QTreeView::activated, this, pick);
  auto* look = new QAction(tr("Look at this state"), tree_);
  connect(look, &QAction::triggered, this, [this] { Pick(tree_->currentIndex()); });
  auto* compare = new QAction(tr("Compare"), tree_);
  compare->setToolTip(tr("Compares the two entries that are selected, or one with now"));
  connect(compare, &QAction::triggered, this, [this] { CompareSelected(); });
  tree_->addActions({look, compare});
  Take(LoadedHistory());
}

bool HistoryView::Whole() const { return scope_->currentIndex() == 1; }

void HistoryView::SetArtifact(const std::optional<uaf::Artifact>& artifact) {
  const bool same =
      artifact_.has_value() == artifact.has_value() && (!artifact || artifact_->id == artifact->id);
  artifact_ = artifact;
  if (same) return;
  filter_->OfferElement(QString(), QString());
  limit_ = kPage;
  if (!Whole()) Refresh();
}

void HistoryView::SetElement(const QString& id, const QString& name) {
  filter_->OfferElement(Whole() ? QString() : id, name);
}

HistoryQuery HistoryView::Query() const {
  HistoryQuery query;
  filter_->FillIn(query);
  if (!Whole()) query.artifact = artifact_;
  if (Whole()) query.element.clear();
  query.limit = limit_;
  return query;
}

PastState HistoryView::StateOf(const HistoryEntry& entry) const {
  const QString what = entry.kind == Kind::kChange || entry.kind == Kind::kSession
                           ? tr("%1, by %2").arg(entry.label, entry.author)
                           : tr("%1 “%2” by %3").arg(KindInWords(entry), entry.label, entry.author);
  return {ShortTime(entry.time, QDateTime::currentDateTime()), what, entry.revision, entry.to};
}

QString HistoryView::PathFor(const HistoryEntry& entry) const {
  // The artifact in front stays there where it was changed too, or nothing says which one is meant.
  if (!Whole() || entry.paths.isEmpty()) return {};
  if (artifact_ && entry.paths.contains(ToQString(artifact_->path))) return {};
  return entry.path;
}

void HistoryView::Pick(const QModelIndex& index) {
  if (!index.isValid()) return;
  tree_->setCurrentIndex(index);
  const HistoryEntry& entry = model_->Entry(index);
  selected_ = entry.key;
  Q_EMIT picked(PathFor(entry), StateOf(entry));
}

bool HistoryView::CompareSelected() {
  QModelIndexList rows = tree_->selectionModel()->selectedRows();
  if (rows.isEmpty()) return false;
  std::ranges::sort(rows, [this](const QModelIndex& a, const QModelIndex& b) {
    return model_->Entry(a).time < model_->Entry(b).time;
  });
  const HistoryEntry& before = model_->Entry(rows.first());
  PastState after{tr("now"), QString(), QStringLiteral("now")};
  if (rows.size() > 1) after = StateOf(model_->Entry(rows.last()));
  Q_EMIT compareWanted(Whole()     ? QString()
                       : artifact_ ? ToQString(artifact_->path)
                                   : QString(),
                       StateOf(before), after);
  return true;
}

void HistoryView::ClearSelection() {
  selected_.clear();
  tree_->clearSelection();
}

void HistoryView::FocusList() {
  if (stack_->currentIndex() == 0) {
    tree_->setFocus();
    if (!tree_->currentIndex().isValid()) tree_->setCurrentIndex(model_->index(0, 0));
  } else {
    filter_->FocusWords();
  }
}

void HistoryView::ExpandAll() {
  for (int row = 0; row < model_->rowCount(); ++row) tree_->expand(model_->index(row, 0));
}

void HistoryView::Refresh() {
  if (!workspace_->is_open() || (!Whole() && !artifact_)) return Take(LoadedHistory());
  const uint64_t asked = ++asked_;
  workspace_->Read(
      this, [query = Query()](uaf::Workspace& open) { return LoadHistory(open, query); },
      [this, asked](absl::StatusOr<LoadedHistory> loaded) {
        if (asked == asked_) Take(std::move(loaded));
      });
}

void HistoryView::ReadChanges(const QModelIndex& session) {
  const HistoryEntry entry = model_->Entry(session);
  workspace_->Read(
      this, [query = Query(), entry](uaf::Workspace& open) { return LoadSession(open, query, entry); },
      [this, asked = asked_, entry](absl::StatusOr<std::vector<HistoryEntry>> changes) {
        if (asked != asked_ || !changes.ok()) return;
        // It may have grown since, and all of it was asked for then.
        const QModelIndex now = model_->Find(entry.key);
        if (!now.isValid() || model_->Entry(now).revision != entry.revision) return;
        model_->SetChanges(entry.key, *std::move(changes));
        const QModelIndex found = model_->Find(selected_);
        if (found.isValid() && tree_->selectionModel()->selectedRows().isEmpty())
          tree_->setCurrentIndex(found);
      });
}

void HistoryView::Take(absl::StatusOr<LoadedHistory> loaded) {
  const absl::Status status = loaded.status();
  const LoadedHistory& history = loaded.ok() ? *loaded : LoadedHistory();
  QStringList authors;
  for (const HistoryEntry& entry : history.entries) authors.append(entry.author);
  filter_->OfferAuthors(authors);
  const bool keyboard = tree_->hasFocus();
  older_->setVisible(history.more);
  model_->Set(history.entries);
  for (const QString& key : QSet<QString>(open_)) {
    const QModelIndex session = model_->Find(key);
    if (session.isValid()) tree_->expand(session);
  }
  if (const QModelIndex selected = model_->Find(selected_); selected.isValid())
    tree_->setCurrentIndex(selected);
  stack_->setCurrentIndex(model_->rowCount() > 0 ? 0 : 1);
  if (keyboard) FocusList();
  SayEmpty(status);
}

void HistoryView::SayEmpty(const absl::Status& status) {
  const bool filters = Query().Filters();
  everything_->setVisible(filters);
  if (!status.ok()) {
    empty_->setText(tr("The history cannot be read: %1").arg(MessageOf(status)));
  } else if (!artifact_ && !Whole()) {
    empty_->setText(
        tr("Open an artifact to see who changed what, and when. Pick an entry to look at that moment; pick a "
           "second one with Ctrl to compare the two."));
  } else if (filters) {
    empty_->setText(tr("Nothing in the history fits this filter."));
  } else {
    empty_->setText(tr("Nothing has changed yet. Each edit and each commit appears here."));
  }
}

}  // namespace ameide::workbench
