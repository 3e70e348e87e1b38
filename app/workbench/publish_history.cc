#include "app/workbench/publish_history.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <utility>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/times.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

enum Column { kWhat, kWhen, kWho };

}  // namespace

PublishHistory::PublishHistory(const Theme* theme, WorkspaceService* workspace, QWidget* parent)
    : QWidget(parent), theme_(theme), workspace_(workspace) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 4, 0, 0);
  column->setSpacing(4);
  list_ = new QTreeWidget(this);
  list_->setObjectName(QStringLiteral("publishHistory"));
  list_->setAccessibleName(tr("Earlier publications"));
  list_->setHeaderLabels({tr("What went"), tr("When"), tr("By")});
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->header()->setStretchLastSection(false);
  list_->header()->setSectionResizeMode(kWhat, QHeaderView::Stretch);
  list_->header()->resizeSection(kWhen, 150);
  list_->header()->resizeSection(kWho, 120);
  auto* empty = MakeLabel(tr("Nothing has been published from this workspace yet. What you publish is listed "
                             "here, and you can go back to it."),
                          "muted", this);
  empty->setWordWrap(true);
  empty->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty);
  stack_->addWidget(list_);
  column->addWidget(stack_, 1);
  back_ = MakeButton(tr("Roll back to this"), "plain", this);
  back_->setObjectName(QStringLiteral("publishRollBack"));
  auto* row = new QHBoxLayout;
  row->addWidget(back_);
  row->addStretch(1);
  column->addLayout(row);
  connect(list_, &QTreeWidget::currentItemChanged, this, &PublishHistory::RefreshButton);
  connect(back_, &QPushButton::clicked, this, [this] {
    const int row = list_->indexOfTopLevelItem(list_->currentItem());
    if (row >= 0) Q_EMIT rollBackWanted(past_[static_cast<size_t>(row)]);
  });
  RefreshButton();
}

void PublishHistory::Refresh() {
  if (!workspace_->is_open()) return Show({});
  workspace_->Read(
      this, [](uaf::Workspace& open) { return open.Lifecycle(); },
      [this](const absl::StatusOr<uaf::lifecycle::State>& state) {
        if (state.ok()) Show(publishing::PastPublications(*state));
      });
}

void PublishHistory::SetReady(bool ready, const QString& why) {
  ready_ = ready;
  why_ = why;
  RefreshButton();
}

void PublishHistory::Show(std::vector<publishing::PastPublication> past) {
  const int selected = list_->indexOfTopLevelItem(list_->currentItem());
  const size_t more = past.size() > past_.size() ? past.size() - past_.size() : 0;
  past_ = std::move(past);
  list_->clear();
  const QDateTime now = QDateTime::currentDateTime();
  for (const publishing::PastPublication& one : past_) {
    QStringList names;
    for (const auto& artifact : one.artifacts) {
      const auto found = workspace_->Find(artifact.id);
      const QString name = found ? QFileInfo(ToQString(found->path)).fileName() : ToQString(artifact.id.name);
      names << (artifact.version.empty() ? name
                                         : tr("%1 (version %2)").arg(name, ToQString(artifact.version)));
    }
    const QString what = names.join(QStringLiteral(", "));
    const QDateTime when = ToDateTime(one.said.time);
    auto* item = new QTreeWidgetItem(list_, {what, RelativeTime(when, now), ToQString(one.said.author.name)});
    item->setIcon(kWhat, theme_->Icon(one.newest ? QStringLiteral("success") : QStringLiteral("publish"),
                                      one.newest ? QStringLiteral("success") : QStringLiteral("text-muted")));
    item->setToolTip(
        kWhat, tr("%1\nTo %2, bundle %3").arg(what, ToQString(one.target), ToQString(one.bundle).left(12)));
    item->setToolTip(kWhen, ExactTime(when));
    item->setData(kWhat, Qt::AccessibleTextRole, one.newest ? tr("%1, the newest").arg(what) : what);
  }
  stack_->setCurrentIndex(past_.empty() ? 0 : 1);
  if (selected >= 0) list_->setCurrentItem(list_->topLevelItem(selected + static_cast<int>(more)));
  RefreshButton();
}

void PublishHistory::RefreshButton() {
  const int row = list_->indexOfTopLevelItem(list_->currentItem());
  const bool newest = row >= 0 && past_[static_cast<size_t>(row)].newest;
  const bool can = ready_ && row >= 0 && !newest;
  back_->setEnabled(can);
  back_->setVisible(!past_.empty());
  back_->setToolTip(
      can       ? tr("Makes what went then the newest version again; what runs already stays as it is")
      : !ready_ ? why_
      : newest  ? tr("This is the newest already")
                : tr("Select a publication"));
}

}  // namespace ameide::workbench
