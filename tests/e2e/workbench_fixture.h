#pragma once

#include <QPoint>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <functional>
#include <memory>
#include <utility>

#include "app/workbench/bpmn_tab.h"
#include "app/workbench/main_window.h"
#include "app/workbench/theme.h"
#include "modeler/host/web_page.h"
#include "tests/wait.h"

namespace ameide::workbench {

inline constexpr char kDiagram[] = "processes/order-to-cash.bpmn";

/// A profile, a copy of the sample and a window on it, apart from everything else on the machine.
class WorkbenchFixture {
 public:
  /// Makes the folders and points HOME and the profile there.
  WorkbenchFixture();
  ~WorkbenchFixture();

  QString Path(const QString& name) const { return folder_.filePath(name); }
  QString workspace() const { return Path(QStringLiteral("workspace")); }
  void SetIdentity() const;
  QByteArray ReadFile(const QString& path) const;
  void WriteFile(const QString& path, const QByteArray& bytes) const;
  /// Runs a program in the workspace; its standard output.
  QString Run(const QString& program, const QStringList& arguments) const;
  /// Runs the command line beside the window; exit code and all that it said.
  std::pair<int, QString> RunAmeide(const QStringList& arguments) const;

  /// A new window on the workspace; `backend` also starts one and waits for it.
  MainWindow* OpenWindow(bool backend);
  void CloseWindow();
  MainWindow* window() { return window_.get(); }
  /// Opens the sample's diagram and waits until it is painted.
  BpmnTab* OpenDiagram();

  /// Errors that the pages of this window have logged. Tests end with none.
  const QStringList& page_errors() const { return page_errors_; }

  /// What a script in an editor's page gives, as text.
  static QString Script(modeler::WebPage* page, const QString& script);
  static QString ElementName(BpmnTab* tab, const QString& id);
  /// The ids of what is selected on the diagram, with commas.
  static QString Selected(BpmnTab* tab);
  /// Where an element's middle is, in the web view.
  static QPoint Middle(BpmnTab* tab, const QString& id);
  /// The widget that takes mouse and keys of the page.
  static QWidget* Page(BpmnTab* tab);
  /// Presses, moves in steps and releases the left button.
  static void Drag(BpmnTab* tab, QPoint from, QPoint by);
  /// Presses the button in `parent` that has this text, as soon as it is seen and enabled: what a layout gets
  /// is shown a turn later. False when that does not come.
  static bool PressButton(QWidget* parent, const QString& text);
  /// Starts a transfer and waits for its end; how it ended.
  static absl::Status Git(WorkspaceService* workspace, const std::function<void()>& start);
  /// Writes a picture of `window` into the folder AMEIDE_E2E_SHOTS, when that is set: for looking at what
  /// people see.
  static void Shot(QWidget* window, const QString& name);
  /// Number of events of the diagram's artifact, as the window knows it.
  uint64_t Events();
  bool WaitForEvents(uint64_t least);

 private:
  QTemporaryDir folder_;
  std::unique_ptr<MainWindow> window_;
  QStringList page_errors_;
};

/// Prepares environment and application and runs the tests of `test`; for main().
int RunE2e(int argc, char** argv, const std::function<QObject*()>& make_test);

}  // namespace ameide::workbench
