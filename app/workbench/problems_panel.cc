#include "app/workbench/problems_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>
#include <algorithm>
#include <set>
#include <utility>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

namespace ameide::workbench {
namespace {

using uaf::document::Finding;
using uaf::document::Severity;

constexpr Severity kSeverities[] = {Severity::kError, Severity::kWarning, Severity::kInfo};
constexpr const char* kIcons[] = {"error", "warning", "info"};

/// What a problem is, apart from its line: a fix is chosen by it.
using Identity = std::tuple<std::string, std::string, std::string>;
Identity IdentityOf(const Finding& finding) { return {finding.rule, finding.element, finding.message}; }

}  // namespace

ProblemsFilter::ProblemsFilter(ProblemsModel* model, QObject* parent)
    : QSortFilterProxyModel(parent), model_(model) {
  setSourceModel(model);
  setDynamicSortFilter(true);
}

void ProblemsFilter::ShowSeverity(Severity severity, bool show) {
  if (show) {
    hidden_.remove(static_cast<int>(severity));
  } else {
    hidden_.insert(static_cast<int>(severity));
  }
  invalidateFilter();
}

void ProblemsFilter::SetWords(const QString& words) {
  words_ = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  invalidateFilter();
}

void ProblemsFilter::SetPath(const QString& path) {
  path_ = path;
  invalidateFilter();
}

const Problem& ProblemsFilter::At(const QModelIndex& index) const {
  return model_->At(mapToSource(index).row());
}

bool ProblemsFilter::filterAcceptsRow(int row, const QModelIndex&) const {
  const Problem& problem = model_->At(row);
  if (hidden_.contains(static_cast<int>(problem.finding.severity))) return false;
  if (!path_.isEmpty() && problem.path != path_) return false;
  if (words_.isEmpty()) return true;
  const QString text = QStringList{ToQString(problem.finding.message), ToQString(problem.finding.element),
                                   ToQString(problem.finding.rule), problem.path}
                           .join(QLatin1Char('\n'));
  return std::ranges::all_of(words_,
                             [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

ProblemsPanel::ProblemsPanel(const Theme* theme, ProblemsModel* model, QWidget* parent)
    : QWidget(parent), theme_(theme), model_(model), filter_(new ProblemsFilter(model, this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(BuildBar());
  list_ = new QTreeView(this);
  list_->setObjectName(QStringLiteral("problemsList"));
  list_->setAccessibleName(tr("Problems"));
  list_->setModel(filter_);
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAllColumnsShowFocus(true);
  list_->setContextMenuPolicy(Qt::CustomContextMenu);
  list_->header()->setStretchLastSection(false);
  list_->header()->setSectionResizeMode(ProblemsModel::kMessage, QHeaderView::Stretch);
  list_->header()->resizeSection(ProblemsModel::kElement, 130);
  list_->header()->resizeSection(ProblemsModel::kRule, 170);
  list_->header()->resizeSection(ProblemsModel::kFile, 180);
  empty_ = MakeLabel(QString(), "muted", this);
  empty_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  empty_->setContentsMargins(12, 12, 12, 12);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(empty_);
  stack_->addWidget(list_);
  column->addWidget(stack_, 1);
  connect(filter_, &QAbstractItemModel::modelReset, this, &ProblemsPanel::Refresh);
  connect(filter_, &QAbstractItemModel::layoutChanged, this, &ProblemsPanel::Refresh);
  connect(filter_, &QAbstractItemModel::rowsInserted, this, &ProblemsPanel::Refresh);
  connect(filter_, &QAbstractItemModel::rowsRemoved, this, &ProblemsPanel::Refresh);
  connect(model_, &ProblemsModel::targetChanged, this, [this] {
    const QSignalBlocker quiet(target_);
    target_->setCurrentIndex(target_->findData(model_->target()));
    target_->setToolTip(target_->currentData(Qt::ToolTipRole).toString());
  });
  const auto go = [this](const QModelIndex& index) {
    const Problem& problem = filter_->At(index);
    Q_EMIT activated(problem.path, ToQString(problem.finding.element),
                     static_cast<int>(problem.finding.line));
  };
  connect(list_, &QTreeView::clicked, this, go);
  connect(list_, &QTreeView::activated, this, go);
  connect(list_, &QTreeView::customContextMenuRequested, this, &ProblemsPanel::ShowMenu);
  connect(list_->selectionModel(), &QItemSelectionModel::currentChanged, this, &ProblemsPanel::Refresh);
  Refresh();
}

QWidget* ProblemsPanel::BuildBar() {
  auto* bar = new QWidget(this);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(8, 4, 8, 4);
  row->setSpacing(4);
  const QString names[] = {tr("Errors"), tr("Warnings"), tr("Notes")};
  for (size_t i = 0; i < std::size(kSeverities); ++i) {
    auto* button = new QToolButton(bar);
    button->setObjectName(QStringLiteral("problems-") + QLatin1String(kIcons[i]));
    button->setCheckable(true);
    button->setChecked(true);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setIcon(theme_->Icon(QLatin1String(kIcons[i]), QLatin1String(kIcons[i])));
    button->setToolTip(tr("Show or hide: %1").arg(names[i]));
    button->setAccessibleName(names[i]);
    connect(button, &QToolButton::toggled, this,
            [this, i](bool on) { filter_->ShowSeverity(kSeverities[i], on), Refresh(); });
    row->addWidget(button);
    severities_[i] = button;
  }
  scope_ = new QComboBox(bar);
  scope_->setObjectName(QStringLiteral("problemsScope"));
  scope_->setAccessibleName(tr("Whose problems are shown"));
  scope_->addItem(tr("Whole workspace"));
  scope_->addItem(tr("This artifact"));
  connect(scope_, &QComboBox::currentIndexChanged, this, [this] { SetArtifact(artifact_); });
  row->addWidget(scope_);
  words_ = new QLineEdit(bar);
  words_->setObjectName(QStringLiteral("problemsFilter"));
  words_->setPlaceholderText(tr("Filter by words, rule or element"));
  words_->setAccessibleName(tr("Filter by words, rule or element"));
  words_->setClearButtonEnabled(true);
  connect(words_, &QLineEdit::textChanged, this, [this](const QString& text) {
    filter_->SetWords(text);
    Refresh();
  });
  row->addWidget(words_, 1);
  mend_ = MakeButton(tr("Mend"), "plain", bar);
  mend_->setObjectName(QStringLiteral("problemsMend"));
  connect(mend_, &QPushButton::clicked, this, &ProblemsPanel::MendSelected);
  mend_all_ = MakeButton(tr("Mend all"), "plain", bar);
  mend_all_->setObjectName(QStringLiteral("problemsMendAll"));
  connect(mend_all_, &QPushButton::clicked, this, &ProblemsPanel::MendShown);
  row->addWidget(mend_);
  row->addWidget(mend_all_);
  row->addSpacing(8);
  row->addWidget(MakeLabel(tr("Checked for"), "muted", bar));
  target_ = new QComboBox(bar);
  target_->setObjectName(QStringLiteral("problemsTarget"));
  target_->setAccessibleName(tr("What models are checked for"));
  for (const LintTarget& target : LintTargets()) {
    target_->addItem(target.name, target.id);
    target_->setItemData(target_->count() - 1, target.explanation, Qt::ToolTipRole);
  }
  target_->setToolTip(LintTargets().front().explanation);
  connect(target_, &QComboBox::currentIndexChanged, this,
          [this] { model_->SetTarget(target_->currentData().toString()); });
  row->addWidget(target_);
  return bar;
}

void ProblemsPanel::SetArtifact(const QString& path) {
  artifact_ = path;
  // "This artifact" while none is in front shows all: an empty list would look like no problems.
  filter_->SetPath(scope_->currentIndex() == 1 ? artifact_ : QString());
  Refresh();
}

void ProblemsPanel::Refresh() {
  const int counts[] = {model_->errors(), model_->warnings(), model_->notes()};
  for (size_t i = 0; i < std::size(counts); ++i) severities_[i]->setText(QLocale().toString(counts[i]));
  const int shown = filter_->rowCount();
  stack_->setCurrentIndex(shown > 0 ? 1 : 0);
  empty_->setText(model_->rowCount() == 0 ? tr("No problems. Models are checked while you edit them.")
                                          : tr("No problem fits these filters."));
  const QModelIndex current = list_ == nullptr ? QModelIndex() : list_->currentIndex();
  const bool can = current.isValid() && filter_->At(current).finding.fix.has_value();
  mend_->setEnabled(can);
  mend_->setToolTip(can                 ? ToQString(filter_->At(current).finding.fix->title)
                    : current.isValid() ? tr("This problem needs a decision; it cannot be mended here")
                                        : tr("Select a problem"));
  int mendable = 0;
  for (int row = 0; row < shown; ++row) mendable += filter_->At(filter_->index(row, 0)).finding.fix ? 1 : 0;
  mend_all_->setEnabled(mendable > 0);
  mend_all_->setToolTip(mendable > 0 ? tr("Mends %1 of the problems that are shown").arg(mendable)
                                     : tr("None of the problems that are shown can be mended here"));
}

bool ProblemsPanel::Step(int by) {
  const int count = filter_->rowCount();
  if (count == 0) return false;
  const int current = list_->currentIndex().isValid() ? list_->currentIndex().row() : (by > 0 ? -1 : 0);
  const QModelIndex next = filter_->index((current + by + count) % count, 0);
  list_->setCurrentIndex(next);
  const Problem& problem = filter_->At(next);
  Q_EMIT activated(problem.path, ToQString(problem.finding.element), static_cast<int>(problem.finding.line));
  return true;
}

void ProblemsPanel::Mend(const QString& path, std::function<bool(const Finding&)> chosen) {
  model_->Mend(path, std::move(chosen), this, [this, path](const absl::StatusOr<int>& made) {
    if (!made.ok()) return Q_EMIT told(tr("Not mended: %1").arg(MessageOf(made.status())));
    if (*made == 0) return Q_EMIT told(tr("Nothing was left to mend in %1").arg(path));
    Q_EMIT told(*made == 1 ? tr("Mended 1 problem") : tr("Mended %1 problems").arg(*made));
  });
}

void ProblemsPanel::MendSelected() {
  if (!list_->currentIndex().isValid()) return;
  const Problem problem = filter_->At(list_->currentIndex());
  Mend(problem.path, [wanted = IdentityOf(problem.finding)](const Finding& finding) {
    return IdentityOf(finding) == wanted;
  });
}

void ProblemsPanel::MendShown() {
  std::map<QString, std::set<Identity>> wanted;
  for (int row = 0; row < filter_->rowCount(); ++row) {
    const Problem& problem = filter_->At(filter_->index(row, 0));
    if (problem.finding.fix) wanted[problem.path].insert(IdentityOf(problem.finding));
  }
  for (auto& [path, identities] : wanted) {
    Mend(path, [identities = std::move(identities)](const Finding& finding) {
      return identities.contains(IdentityOf(finding));
    });
  }
}

void ProblemsPanel::ShowMenu(const QPoint& at) {
  const QModelIndex index = list_->indexAt(at);
  if (!index.isValid()) return;
  list_->setCurrentIndex(index);
  const Problem problem = filter_->At(index);
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  if (problem.finding.fix) {
    menu->addAction(ToQString(problem.finding.fix->title), this, &ProblemsPanel::MendSelected);
    menu->addSeparator();
  }
  menu->addAction(tr("Show only “%1”").arg(ToQString(problem.finding.rule)), this,
                  [this, rule = ToQString(problem.finding.rule)] { words_->setText(rule); });
  menu->addAction(tr("Show only this artifact"), this,
                  [this, path = problem.path] { words_->setText(path); });
  menu->popup(list_->viewport()->mapToGlobal(at));
}

}  // namespace ameide::workbench
