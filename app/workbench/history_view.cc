#include "app/workbench/history_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPainter>
#include <QStackedWidget>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/navigator.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "base/status.h"

namespace ameide::workbench {
namespace {

constexpr int kPauseMs = 150;
constexpr size_t kMostCommits = 200;
constexpr size_t kMostChanges = 1000;
constexpr int kRowHeight = 44;

/// Two lines an entry, on a line of time: a dot for a change set, a ring for a commit.
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
    PaintLine(painter, option.rect, index);
    const QRect text = option.rect.adjusted(32, 4, -12, -4);
    QFont font = option.font;
    font.setPixelSize(13);
    font.setWeight(index.data(HistoryModel::kIsCommitRole).toBool() ? QFont::DemiBold : QFont::Normal);
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
                                                    Qt::ElideMiddle, lower.width()));
    painter->restore();
  }

 private:
  void PaintLine(QPainter* painter, const QRect& row, const QModelIndex& index) const {
    const QPointF centre(row.left() + 18, row.top() + 15);
    painter->setPen(QPen(theme_->Colour(QStringLiteral("border")), 1.5));
    const bool first = index.row() == 0;
    const bool last = index.row() == index.model()->rowCount() - 1;
    painter->drawLine(QPointF(centre.x(), first ? centre.y() : row.top()),
                      QPointF(centre.x(), last ? centre.y() : row.bottom() + 1));
    const bool commit = index.data(HistoryModel::kIsCommitRole).toBool();
    const bool committed = index.data(HistoryModel::kCommittedRole).toBool();
    const QColor accent = theme_->Colour(QStringLiteral("accent"));
    if (commit) {
      painter->setPen(QPen(accent, 2));
      painter->setBrush(theme_->Colour(QStringLiteral("window")));
      painter->drawEllipse(centre, 5, 5);
    } else {
      painter->setPen(Qt::NoPen);
      painter->setBrush(committed ? theme_->Colour(QStringLiteral("border-strong")) : accent);
      painter->drawEllipse(centre, 3, 3);
    }
  }

  const Theme* theme_;
};

HistoryEntry FromChange(const uaf::ChangeSetSummary& change) {
  HistoryEntry entry;
  entry.label = ToQString(change.label);
  entry.author = ToQString(change.author.name);
  entry.time = ToDateTime(change.time);
  entry.path = ToQString(change.path);
  entry.file = entry.path.section(QLatin1Char('/'), -1);
  entry.revision = ToQString(uaf::FormatId(change.id));
  entry.committed = change.sealed;
  return entry;
}

HistoryEntry FromCommit(const sync::git::CommitSummary& commit) {
  HistoryEntry entry;
  entry.is_commit = true;
  entry.label = ToQString(commit.message).section(QLatin1Char('\n'), 0, 0);
  entry.author = ToQString(commit.author.name);
  entry.time = ToDateTime(commit.time);
  entry.revision = ToQString(commit.id.hex);
  return entry;
}

/// Everything of one artifact (or of all), newest first.
std::vector<HistoryEntry> LoadHistory(uaf::Workspace& workspace,
                                      const std::optional<uaf::Artifact>& artifact) {
  std::vector<HistoryEntry> entries;
  uaf::LogQuery query;
  query.limit = kMostChanges;
  std::vector<std::string> paths;
  if (artifact) {
    query.artifact = artifact->id;
    paths.push_back(artifact->path);
  }
  const auto changes = workspace.Log(query);
  if (changes.ok()) {
    for (const uaf::ChangeSetSummary& change : *changes) {
      entries.push_back(FromChange(change));
      if (artifact) entries.back().file.clear();
    }
  }
  // A folder without commits has no history in git; that is no error here.
  const auto commits = sync::History(workspace.root(), paths, kMostCommits);
  if (commits.ok()) {
    for (const sync::git::CommitSummary& commit : *commits) entries.push_back(FromCommit(commit));
  }
  // Both lists are in order; commits carry whole seconds, so that one counts as later than its own second's
  // changes.
  std::ranges::stable_sort(entries, [](const HistoryEntry& a, const HistoryEntry& b) {
    const qint64 at_a = a.time.toMSecsSinceEpoch() + (a.is_commit ? 999 : 0);
    const qint64 at_b = b.time.toMSecsSinceEpoch() + (b.is_commit ? 999 : 0);
    return at_a > at_b;
  });
  return entries;
}

}  // namespace

void HistoryModel::Set(std::vector<HistoryEntry> entries) {
  beginResetModel();
  entries_ = std::move(entries);
  endResetModel();
}

int HistoryModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(entries_.size());
}

QVariant HistoryModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const HistoryEntry& entry = At(index.row());
  switch (role) {
    case Qt::DisplayRole:
      return entry.label;
    case kIsCommitRole:
      return entry.is_commit;
    case kCommittedRole:
      return entry.committed;
    case kDetailRole: {
      QString detail =
          tr("%1 · %2").arg(entry.author, RelativeTime(entry.time, QDateTime::currentDateTime()));
      if (!entry.file.isEmpty()) detail += QStringLiteral(" · ") + entry.file;
      return detail;
    }
    case Qt::ToolTipRole: {
      QString tip = QStringLiteral("%1\n%2\n%3").arg(entry.label, entry.author, ExactTime(entry.time));
      if (entry.is_commit) tip += QLatin1Char('\n') + tr("Commit %1").arg(entry.revision.left(10));
      return tip;
    }
    case Qt::AccessibleTextRole:
      return QStringLiteral("%1, %2").arg(entry.label, index.data(kDetailRole).toString());
    default:
      return {};
  }
}

HistoryView::HistoryView(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), model_(new HistoryModel(this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(MakeSideHeading(tr("History"), nullptr, this));
  scope_ = new QComboBox(this);
  scope_->addItem(tr("This artifact"));
  scope_->addItem(tr("Whole workspace"));
  scope_->setAccessibleName(tr("History of"));
  auto* inset = new QHBoxLayout;
  inset->setContentsMargins(8, 0, 8, 8);
  inset->addWidget(scope_);
  column->addLayout(inset);
  list_ = new QListView(this);
  list_->setObjectName(QStringLiteral("historyList"));
  list_->setAccessibleName(tr("History"));
  list_->setModel(model_);
  list_->setItemDelegate(new HistoryDelegate(theme, list_));
  list_->setUniformItemSizes(true);
  list_->setMouseTracking(true);
  empty_ = new QLabel(this);
  empty_->setProperty("role", QStringLiteral("muted"));
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(12, 4, 12, 4);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(list_);
  stack_->addWidget(empty_);
  column->addWidget(stack_, 1);

  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &HistoryView::Refresh);
  connect(scope_, &QComboBox::currentIndexChanged, this, &HistoryView::Refresh);
  connect(workspace_, &WorkspaceService::recorded, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::gitFinished, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::opened, this, [this] { pause_.start(); });
  connect(workspace_, &WorkspaceService::closed, this, [this] { Take({}); });
  const auto pick = [this](const QModelIndex& index) { PickRow(index.row()); };
  connect(list_, &QListView::clicked, this, pick);
  connect(list_, &QListView::activated, this, pick);
  Take({});
}

void HistoryView::SetArtifact(const std::optional<uaf::Artifact>& artifact) {
  const bool same =
      artifact_.has_value() == artifact.has_value() && (!artifact || artifact_->id == artifact->id);
  artifact_ = artifact;
  if (!same && scope_->currentIndex() == 0) Refresh();
}

void HistoryView::PickRow(int row) {
  list_->setCurrentIndex(model_->index(row));
  const HistoryEntry& entry = model_->At(row);
  const QString what = entry.is_commit ? tr("commit “%1” by %2") : tr("%1, by %2");
  Q_EMIT picked(entry.path, {ShortTime(entry.time, QDateTime::currentDateTime()),
                             what.arg(entry.label, entry.author), entry.revision});
}

void HistoryView::ClearSelection() { list_->clearSelection(); }

void HistoryView::Refresh() {
  const bool whole = scope_->currentIndex() == 1;
  if (!workspace_->is_open() || (!whole && !artifact_)) return Take({});
  workspace_->Read(
      this,
      [artifact = whole ? std::nullopt : artifact_](uaf::Workspace& open) {
        return LoadHistory(open, artifact);
      },
      [this](std::vector<HistoryEntry> entries) { Take(std::move(entries)); });
}

void HistoryView::Take(std::vector<HistoryEntry> entries) {
  const QModelIndex current = list_->currentIndex();
  const QString selected = current.isValid() && list_->selectionModel()->isSelected(current)
                               ? model_->At(current.row()).revision
                               : QString();
  model_->Set(std::move(entries));
  for (int row = 0; row < model_->rowCount() && !selected.isEmpty(); ++row) {
    if (model_->At(row).revision == selected) list_->setCurrentIndex(model_->index(row));
  }
  stack_->setCurrentIndex(model_->rowCount() > 0 ? 0 : 1);
  empty_->setText(
      artifact_ || scope_->currentIndex() == 1
          ? tr("Nothing has changed yet. Each edit and each commit appears here.")
          : tr("Open an artifact to see who changed what, and when. Pick an entry to look at that moment."));
}

}  // namespace ameide::workbench
