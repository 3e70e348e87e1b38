#pragma once

#include <QHash>
#include <QTimer>
#include <QWidget>
#include <vector>

#include "ameide/process/v1/process.pb.h"
#include "app/workbench/run_calls.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QPushButton;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace ameide::workbench {

class Actions;
class BackendService;
class Theme;

/// What people call a state ("Active", "Completed"), and the colour role that goes with it.
QString StateName(process::v1::InstanceState state);
QString StateRole(process::v1::InstanceState state);
/// The part of an instance's id that people can tell apart.
QString ShortId(const std::string& id);

/// The Runs side view: deployed processes with their versions and instances, which can be looked for by id,
/// process, state and version; starts new ones.
class RunsView : public QWidget {
  Q_OBJECT

 public:
  RunsView(const Theme* theme, BackendService* backend, QWidget* parent = nullptr);

  /// Asks the backend again.
  void Refresh();
  /// Opens the inline form that starts an instance of a process.
  void OfferStart(const QString& process);
  /// The same for the process that is selected, or the first one.
  void OfferStartSelected() { OfferStart(SelectedProcess()); }
  /// Starts an instance with these variables (a JSON object), as the form does.
  void StartProcess(const QString& process, const QString& variables);

 Q_SIGNALS:
  /// The user wants to see an instance.
  void activated(QString instance);
  void started(QString instance);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  struct Listing {
    std::vector<process::v1::Process> processes;
    std::vector<DeployedVersion> versions;
    std::vector<process::v1::InstanceSummary> instances;
  };
  void Take(const Listing& listing);
  void Show();
  void AddVersions(QTreeWidgetItem* process, const std::string& id, int64_t newest);
  void AddInstance(QTreeWidgetItem* process, const process::v1::InstanceSummary& run, bool tell_version);
  /// The words that are looked for fit.
  bool Matches(const process::v1::InstanceSummary& run, const process::v1::Process& process) const;
  bool Searching() const;
  void ShowPlaceholder();
  QString SelectedProcess() const;
  QWidget* MakeStartForm();

  const Theme* theme_;
  BackendService* backend_;
  QLineEdit* search_;
  QComboBox* state_;
  QTreeWidget* tree_;
  Listing listing_;
  QTimer typing_;
  QLabel* empty_;
  QStackedWidget* stack_;
  QPushButton* start_;
  QWidget* form_;
  QLabel* form_title_;
  QPlainTextEdit* variables_;
  QLabel* form_error_;
  QString form_process_;
  QTimer poll_;
  bool asking_ = false;
  bool ask_again_ = false;
};

}  // namespace ameide::workbench
