#pragma once

#include <QHash>
#include <QMainWindow>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "app/workbench/artifact_tab.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/theme.h"
#include "app/workbench/workspace_service.h"

class QActionGroup;
class QLabel;
class QMenu;
class QMenuBar;
class QPlainTextEdit;
class QProgressBar;
class QSplitter;
class QStackedWidget;
class QTabBar;
class QTimer;
class QToolButton;

namespace ameide::workbench {

class Actions;
class ArtifactModel;
class BannerStack;
class BpmnTab;
class CommandSearch;
class CompareTab;
class EditorArea;
class EditorTab;
class HistoryView;
class Navigator;
class ProblemsModel;
class ProblemsPanel;
class PublishPanel;
class ReviewView;
class RunsView;
class SearchView;
class Welcome;
struct CompareRequest;
struct Template;
enum class PictureFormat;

/// The one window of the program: makes everything and wires it. UI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  enum class Side { kWorkspace, kSearch, kHistory, kReview, kRuns };
  enum class Panel { kProblems, kPublish, kOutput };

  explicit MainWindow(Theme* theme);
  ~MainWindow() override;

  /// Opens a folder as the workspace of this window; returns at once.
  void OpenFolder(const QString& folder, WorkspaceService::Access access = WorkspaceService::Access::kWrite);
  /// Copies the sample into the profile (once) and opens it.
  void OpenSample();
  /// Opens an artifact in a tab, or brings its tab to the front; then selects an element or line, if given.
  ArtifactTab* OpenArtifact(const QString& path, const QString& element = QString(), int line = 0);
  /// Shows the text of the diagram that is in front beside it.
  void OpenAsText();
  /// Opens a running or ended instance in a tab.
  void OpenRun(const QString& instance);
  /// Plays the diagram of the tab in front.
  void OpenPlay();
  /// Shows what differs between two states in a tab, in place of an earlier comparison of the same artifact
  /// (or of the workspace).
  CompareTab* OpenCompare(const CompareRequest& request);
  /// Opens what a link names, in this workspace or in another one that was open before. False when it is no
  /// link; what cannot be opened is told.
  bool OpenLink(const QString& text);
  /// Puts the keyboard where work begins: the welcome page, or the list of artifacts.
  void FocusStart();
  void ShowSide(Side side);
  void ShowPanel(Panel panel);
  void HidePanel();
  /// Remembers the choice.
  void ChooseTheme(ThemeChoice choice);

  // For tests and the headless main job: the same objects that the window shows.
  WorkspaceService* workspace() { return workspace_; }
  BackendService* backend() { return backend_; }
  Actions* actions() { return actions_; }
  EditorArea* editors() { return editors_; }
  ProblemsModel* problems() { return problems_model_; }
  PublishPanel* publish() { return publish_; }
  RunsView* runs() { return runs_; }
  HistoryView* history() { return history_; }
  ReviewView* review() { return review_; }
  BannerStack* banners() { return banners_; }

 protected:
  void closeEvent(QCloseEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  // main_window.cc: what is where.
  void BuildLayout();
  QWidget* BuildActivityBar();
  QWidget* BuildHeaderBar();
  QWidget* BuildPanel();
  void BuildStatusBar();

  // main_window_actions.cc: commands.
  void DeclareActions();
  /// The menus of a window: each has all of them.
  void BuildMenus(QMenuBar* bar);
  void RefreshActions();
  void RefreshUndo();
  void Turn(bool redo);
  void ChooseFolder();
  /// Moves the keyboard to the side view, the editor, the panel or the header bar, in this order.
  void FocusPart(int by);
  /// Goes to the next (-1: previous) problem that is shown.
  void StepProblem(int by);
  void CopyLink();
  void OfferCommit();
  // main_window_diagram.cc: commands about the diagram that is shown.
  void DeclareDiagramActions();
  void RefreshDiagramActions();
  void FillArrangeMenus(QMenu* menu);
  void OfferExport(const QString& suffix);
  void OfferPrint();
  void CopyPicture(PictureFormat format);
  void TellPicture(BpmnTab* tab, const QString& error, const QString& success);

  // main_window_new.cc: what the window makes.
  void OfferNew();
  void CreateFrom(const Template& chosen, const QString& name, const QString& path);
  /// Opens what was created, as soon as it is among the artifacts.
  void OpenCreated();
  void OpenSettings();

  // main_window_review.cc: commands about what has to be decided.
  void DeclareReviewActions();
  void RefreshReviewActions();

  // main_window_history.cc: commands about the past.
  void DeclareHistoryActions();
  void RefreshHistoryActions();
  void CompareWithFile();
  void CompareTwoFiles();
  void OfferIdentity(const QString& message);

  // main_window_events.cc: what happens, and how it is told.
  void ConnectWorkspace();
  void ConnectBackend();
  void ConnectViews();
  void OnOpenFailed(WorkspaceService::Refusal refusal, const QString& message);
  void OnFilesNoted(const WorkspaceService::Notes& notes);
  void OnGitFinished(const QString& what, const absl::Status& error, const QString& summary);
  void OnCurrentTab(EditorTab* tab);
  void RefreshStatusBar();
  /// Adds a line to the output.
  void Say(const QString& text);
  /// Shows a short result in the status bar for some seconds.
  void Tell(const QString& text);
  void OpenFile(const QString& path, const QString& target, int line);
  void SetUpTab(ArtifactTab* tab);

  Theme* theme_;
  WorkspaceService* workspace_;
  BackendService* backend_;
  Actions* actions_;
  ArtifactModel* artifacts_;
  ProblemsModel* problems_model_;

  BannerStack* banners_ = nullptr;
  EditorArea* editors_ = nullptr;
  Welcome* welcome_ = nullptr;
  Navigator* navigator_ = nullptr;
  SearchView* search_ = nullptr;
  HistoryView* history_ = nullptr;
  ReviewView* review_ = nullptr;
  RunsView* runs_ = nullptr;
  ProblemsPanel* problems_ = nullptr;
  PublishPanel* publish_ = nullptr;
  QPlainTextEdit* output_ = nullptr;
  CommandSearch* command_search_ = nullptr;
  QActionGroup* activities_ = nullptr;
  QWidget* header_ = nullptr;
  QStackedWidget* side_ = nullptr;
  QSplitter* columns_ = nullptr;
  QSplitter* rows_ = nullptr;
  QWidget* panel_ = nullptr;
  QTabBar* panel_tabs_ = nullptr;
  QStackedWidget* panel_pages_ = nullptr;
  QToolButton* workspace_label_ = nullptr;
  QToolButton* branch_label_ = nullptr;
  QLabel* saved_label_ = nullptr;
  QToolButton* problems_label_ = nullptr;
  QToolButton* backend_label_ = nullptr;
  QLabel* message_ = nullptr;
  QTimer* message_timer_ = nullptr;
  QLabel* git_phase_ = nullptr;
  QProgressBar* git_progress_ = nullptr;
  int closing_polls_ = 0;
  QString created_;                ///< a path that is to be opened when it is there
  QString linked_;                 ///< a link that waits for its workspace
  QString selected_element_;       ///< of the diagram in front
  QString opening_;                ///< the folder that is being opened
  bool opened_read_only_ = false;  ///< by choice, not because it must be
};

}  // namespace ameide::workbench
