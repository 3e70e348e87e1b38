#include "app/workbench/main_window.h"

#include <QActionGroup>
#include <QCloseEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/workbench/actions.h"
#include "app/workbench/artifact_model.h"
#include "app/workbench/banner.h"
#include "app/workbench/command_search.h"
#include "app/workbench/editor_area.h"
#include "app/workbench/editor_tab.h"
#include "app/workbench/history_view.h"
#include "app/workbench/navigator.h"
#include "app/workbench/problems.h"
#include "app/workbench/problems_panel.h"
#include "app/workbench/publish_panel.h"
#include "app/workbench/review_view.h"
#include "app/workbench/runs_view.h"
#include "app/workbench/search_view.h"
#include "app/workbench/welcome.h"

namespace ameide::workbench {
namespace {

constexpr int kActivityWidth = 72;
constexpr int kSideWidth = 272;
constexpr int kPanelHeight = 220;
constexpr int kMessageMs = 6000;
constexpr int kClosingPollMs = 20;
constexpr int kMostClosingPolls = 250;

QWidget* MakeColumn(QWidget* parent, const char* name) {
  auto* widget = new QWidget(parent);
  widget->setObjectName(QLatin1String(name));
  widget->setAttribute(Qt::WA_StyledBackground);
  auto* column = new QVBoxLayout(widget);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  return widget;
}

}  // namespace

MainWindow::MainWindow(Theme* theme) : theme_(theme) {
  workspace_ = new WorkspaceService(this);
  backend_ = new BackendService(this);
  actions_ = new Actions(theme_, this);
  artifacts_ = new ArtifactModel(theme_, workspace_, this);
  problems_model_ = new ProblemsModel(theme_, workspace_, this);
  setWindowTitle(tr("Ameide Workbench"));
  setMinimumSize(800, 480);
  DeclareActions();
  BuildLayout();
  BuildMenus(menuBar());
  BuildStatusBar();
  ConnectWorkspace();
  ConnectBackend();
  ConnectViews();
  RefreshActions();
  RefreshStatusBar();
  ShowSide(Side::kWorkspace);
  HidePanel();
  const QSize screen = QGuiApplication::primaryScreen()->availableSize();
  resize(std::clamp(screen.width() * 9 / 10, 1024, 1720), std::clamp(screen.height() * 9 / 10, 700, 1080));
  const QByteArray geometry = QSettings().value(QStringLiteral("geometry")).toByteArray();
  if (!geometry.isEmpty()) restoreGeometry(geometry);
}

MainWindow::~MainWindow() {
  // Tabs use the services, and watches of runs use the backend: they go first.
  editors_->CloseAll();
  delete centralWidget();
  delete backend_;
  delete workspace_;
}

void MainWindow::BuildLayout() {
  QWidget* centre = MakeColumn(this, "centre");
  auto* outer = static_cast<QVBoxLayout*>(centre->layout());
  header_ = BuildHeaderBar();
  outer->addWidget(header_);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  outer->addLayout(row, 1);
  row->addWidget(BuildActivityBar());

  columns_ = new QSplitter(Qt::Horizontal, centre);
  columns_->setChildrenCollapsible(false);
  columns_->setHandleWidth(1);
  row->addWidget(columns_, 1);
  side_ = new QStackedWidget(columns_);
  side_->setObjectName(QStringLiteral("sideView"));
  side_->setMinimumWidth(200);
  navigator_ = new Navigator(theme_, workspace_, artifacts_, side_);
  search_ = new SearchView(theme_, workspace_, side_);
  history_ = new HistoryView(theme_, workspace_, side_);
  review_ = new ReviewView(theme_, workspace_, side_);
  runs_ = new RunsView(theme_, backend_, side_);
  for (QWidget* view :
       {static_cast<QWidget*>(navigator_), static_cast<QWidget*>(search_), static_cast<QWidget*>(history_),
        static_cast<QWidget*>(review_), static_cast<QWidget*>(runs_)}) {
    side_->addWidget(view);
  }
  columns_->addWidget(side_);

  rows_ = new QSplitter(Qt::Vertical, columns_);
  rows_->setChildrenCollapsible(false);
  rows_->setHandleWidth(1);
  QWidget* upper = MakeColumn(rows_, "editorColumn");
  banners_ = new BannerStack(theme_, upper);
  welcome_ = new Welcome(theme_, upper);
  editors_ = new EditorArea(theme_, welcome_, upper);
  upper->layout()->addWidget(banners_);
  static_cast<QVBoxLayout*>(upper->layout())->addWidget(editors_, 1);
  rows_->addWidget(upper);
  panel_ = BuildPanel();
  rows_->addWidget(panel_);
  rows_->setStretchFactor(0, 1);
  rows_->setStretchFactor(1, 0);
  rows_->setSizes({640, kPanelHeight});
  columns_->addWidget(rows_);
  columns_->setStretchFactor(0, 0);
  columns_->setStretchFactor(1, 1);
  columns_->setSizes({kSideWidth, 1000});
  setCentralWidget(centre);
  command_search_ = new CommandSearch(theme_, actions_, workspace_, centre);
}

QWidget* MainWindow::BuildActivityBar() {
  QWidget* bar = MakeColumn(this, "activityBar");
  bar->setMinimumWidth(kActivityWidth);  // as wide as the longest word, which languages differ in
  activities_ = new QActionGroup(this);
  auto* column = static_cast<QVBoxLayout*>(bar->layout());
  for (const char* id : {"view.workspace", "view.search", "view.history", "view.review", "view.runs"}) {
    auto* button = new QToolButton(bar);
    button->setDefaultAction(actions_->Get(QLatin1String(id)));
    button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
    button->setIconSize({20, 20});
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    activities_->addAction(button->defaultAction());
    column->addWidget(button);
  }
  column->addStretch(1);
  bar->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
  return bar;
}

QWidget* MainWindow::BuildHeaderBar() {
  auto* bar = new QWidget(this);
  bar->setObjectName(QStringLiteral("headerBar"));
  bar->setAttribute(Qt::WA_StyledBackground);
  bar->setFixedHeight(40);
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(8, 4, 8, 4);
  row->setSpacing(4);
  const auto tool = [&](const char* id, Qt::ToolButtonStyle style) {
    auto* button = new QToolButton(bar);
    button->setDefaultAction(actions_->Get(QLatin1String(id)));
    button->setToolButtonStyle(style);
    button->setIconSize({style == Qt::ToolButtonIconOnly ? kIconSize : kIconSize + kGrid, kIconSize});
    row->addWidget(button);
  };
  tool("edit.undo", Qt::ToolButtonIconOnly);
  tool("edit.redo", Qt::ToolButtonIconOnly);
  row->addSpacing(8);
  tool("git.commit", Qt::ToolButtonTextBesideIcon);
  tool("git.pull", Qt::ToolButtonTextBesideIcon);
  tool("git.push", Qt::ToolButtonTextBesideIcon);
  row->addStretch(1);
  auto* search = new QPushButton(theme_->Icon(QStringLiteral("search")),
                                 tr("Search actions, artifacts and elements"), bar);
  search->setObjectName(QStringLiteral("searchButton"));
  search->setToolTip(actions_->Get(QStringLiteral("view.command_search"))->toolTip());
  search->setAccessibleName(tr("Search actions, artifacts and elements"));
  search->setFixedWidth(360);
  auto* keys = MakeLabel(
      actions_->Get(QStringLiteral("view.command_search"))->shortcut().toString(QKeySequence::NativeText),
      "small", search);
  keys->setAttribute(Qt::WA_TransparentForMouseEvents);
  auto* inner = new QHBoxLayout(search);
  inner->setContentsMargins(12, 0, 12, 0);
  inner->addStretch(1);
  inner->addWidget(keys);
  connect(search, &QPushButton::clicked, actions_->Get(QStringLiteral("view.command_search")),
          &QAction::trigger);
  row->addWidget(search);
  row->addStretch(1);
  QPushButton* publish = MakeButton(tr("Publish"), "primary", bar);
  publish->setObjectName(QStringLiteral("headerPublish"));
  QAction* action = actions_->Get(QStringLiteral("publish.now"));
  connect(publish, &QPushButton::clicked, action, &QAction::trigger);
  connect(action, &QAction::changed, publish, [publish, action] {
    publish->setEnabled(action->isEnabled());
    publish->setToolTip(action->toolTip());
  });
  row->addWidget(publish);
  return bar;
}

QWidget* MainWindow::BuildPanel() {
  QWidget* panel = MakeColumn(this, "bottomPanel");
  panel->setMinimumHeight(120);
  auto* row = new QHBoxLayout;
  row->setContentsMargins(0, 0, 4, 0);
  panel_tabs_ = new QTabBar(panel);
  panel_tabs_->setObjectName(QStringLiteral("panelTabs"));
  panel_tabs_->setDocumentMode(true);
  panel_tabs_->setExpanding(false);
  for (const QString& name : {tr("Problems"), tr("Publish"), tr("Output")}) panel_tabs_->addTab(name);
  row->addWidget(panel_tabs_, 1);
  auto* close = new QToolButton(panel);
  close->setIcon(theme_->Icon(QStringLiteral("close")));
  close->setToolTip(tr("Hide panel"));
  close->setAccessibleName(tr("Hide panel"));
  connect(close, &QToolButton::clicked, this, &MainWindow::HidePanel);
  row->addWidget(close);
  auto* column = static_cast<QVBoxLayout*>(panel->layout());
  column->addLayout(row);
  panel_pages_ = new QStackedWidget(panel);
  problems_ = new ProblemsPanel(theme_, problems_model_, panel_pages_);
  publish_ = new PublishPanel(theme_, workspace_, backend_, problems_model_, panel_pages_);
  output_ = new QPlainTextEdit(panel_pages_);
  output_->setObjectName(QStringLiteral("output"));
  output_->setReadOnly(true);
  output_->setMaximumBlockCount(5000);
  output_->setAccessibleName(tr("Output"));
  panel_pages_->addWidget(problems_);
  panel_pages_->addWidget(publish_);
  panel_pages_->addWidget(output_);
  column->addWidget(panel_pages_, 1);
  connect(panel_tabs_, &QTabBar::currentChanged, panel_pages_, &QStackedWidget::setCurrentIndex);
  return panel;
}

void MainWindow::BuildStatusBar() {
  statusBar()->setSizeGripEnabled(false);
  statusBar()->setContentsMargins(8, 0, 8, 0);
  const auto button = [this](const char* icon, auto slot) {
    auto* tool = new QToolButton(statusBar());
    tool->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    tool->setIcon(theme_->Icon(QLatin1String(icon)));
    tool->setIconSize({14 + kGrid, 14});
    connect(tool, &QToolButton::clicked, this, slot);
    return tool;
  };
  workspace_label_ = button("workspace", [this] { ShowSide(Side::kWorkspace); });
  branch_label_ = button("branch", [this] { ShowSide(Side::kHistory); });
  saved_label_ = new QLabel(statusBar());
  message_ = new QLabel(statusBar());
  message_->setObjectName(QStringLiteral("statusMessage"));
  message_timer_ = new QTimer(this);
  message_timer_->setSingleShot(true);
  message_timer_->setInterval(kMessageMs);
  connect(message_timer_, &QTimer::timeout, message_, &QLabel::clear);
  git_phase_ = new QLabel(statusBar());
  git_progress_ = new QProgressBar(statusBar());
  git_progress_->setFixedWidth(120);
  git_progress_->setTextVisible(false);
  problems_label_ = button("problems", [this] { ShowPanel(Panel::kProblems); });
  backend_label_ = button("dot", [this] {
    if (backend_->state() == BackendService::State::kFailed) return backend_->Restart();
    ShowSide(Side::kRuns);
  });
  backend_label_->setObjectName(QStringLiteral("backendState"));
  saved_label_->setObjectName(QStringLiteral("savedState"));
  for (QWidget* widget : {static_cast<QWidget*>(workspace_label_), static_cast<QWidget*>(branch_label_),
                          static_cast<QWidget*>(saved_label_), static_cast<QWidget*>(git_phase_),
                          static_cast<QWidget*>(git_progress_), static_cast<QWidget*>(message_)}) {
    statusBar()->addWidget(widget);
  }
  statusBar()->addPermanentWidget(problems_label_);
  statusBar()->addPermanentWidget(backend_label_);
  git_phase_->hide();
  git_progress_->hide();
}

void MainWindow::ShowSide(Side side) {
  const int index = static_cast<int>(side);
  side_->setCurrentIndex(index);
  side_->show();
  activities_->actions().at(index)->setChecked(true);
  if (side == Side::kHistory) history_->Refresh();
  if (side == Side::kReview) review_->Refresh();
}

void MainWindow::ShowPanel(Panel panel) {
  panel_tabs_->setCurrentIndex(static_cast<int>(panel));
  panel_pages_->setCurrentIndex(static_cast<int>(panel));
  panel_->show();
}

void MainWindow::HidePanel() { panel_->hide(); }

void MainWindow::FocusStart() {
  if (workspace_->is_open()) {
    navigator_->FocusTree();
  } else {
    welcome_->FocusFirst();
  }
}

void MainWindow::ChooseTheme(ThemeChoice choice) {
  QSettings().setValue(QStringLiteral("theme"), static_cast<int>(choice));
  theme_->Choose(choice);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  QSettings().setValue(QStringLiteral("geometry"), saveGeometry());
  // Once; what was refused then is refused again.
  for (EditorTab* tab : editors_->All()) {
    if (closing_polls_ == 0 || tab->Busy()) tab->Flush();
  }
  if (editors_->Busy() && closing_polls_ < kMostClosingPolls) {
    // The last edits are on their way to the disk; that takes milliseconds.
    ++closing_polls_;
    event->ignore();
    QTimer::singleShot(kClosingPollMs, this, &QWidget::close);
    return;
  }
  event->accept();
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  // Coming back from another program is when its edits are looked for, also where the file system gives no
  // hints.
  if (event->type() == QEvent::ActivationChange && workspace_ != nullptr) {
    if (isActiveWindow()) {
      workspace_->SyncFiles();
    } else if (editors_ != nullptr) {
      for (EditorTab* tab : editors_->All()) tab->Flush();
    }
  }
}

}  // namespace ameide::workbench
