#pragma once

#include <QHash>
#include <QJsonObject>
#include <QStringList>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "ameide/simulation/v1/simulation.pb.h"
#include "app/workbench/backend_service.h"
#include "app/workbench/editor_tab.h"
#include "uaf/workspace.h"

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QVBoxLayout;

namespace ameide::modeler {
class BpmnEditor;
}

namespace ameide::workbench {

class VariableTable;
class WorkspaceService;

/// A process played by hand on its diagram, in memory: step by step and back, with tasks, ways out, messages,
/// the clock and the variables in the player's hand. Nothing is published and nothing is kept.
class PlayTab : public EditorTab {
  Q_OBJECT

 public:
  PlayTab(const Theme* theme, WorkspaceService* workspace, BackendService* backend,
          const uaf::Artifact& artifact, QWidget* parent);
  ~PlayTab() override;

  static QString KeyOf(const uaf::Artifact& artifact);
  QString Key() const override { return KeyOf(artifact_); }
  QString Title() const override;
  QString IconName() const override { return QStringLiteral("play"); }
  modeler::BpmnEditor* editor() { return editor_; }
  const simulation::v1::View& state() const { return view_; }
  /// The diagram is on the screen and the play has begun.
  bool ready() const { return painted_ && !view_.session().empty(); }
  /// No answer of the backend is awaited.
  bool idle() const { return !waiting_; }
  void FocusContent() override;

  void Step();
  void Run();
  void Back();
  void NextTimer();
  void StartOver();
  /// Opens the form for the variables that a play begins with.
  void OfferStart();

 Q_SIGNALS:
  /// Something has moved.
  void moved();

 private:
  QWidget* MakeBar();
  QWidget* MakeInspector();
  QPushButton* AddButton(QHBoxLayout* bar, const QString& text, const QString& tip, const char* keys,
                         void (PlayTab::*act)());
  void Load();
  void Begin();
  void Act(simulation::v1::ActRequest request);
  /// True when an answer is awaited: then `call` comes after it. A click takes the focus out of a value that
  /// was being written, and that is an action of its own.
  bool Later(std::function<void()> call);
  /// Ends a wait that brought nothing; what was asked for behind it is forgotten.
  void GiveUp();
  void Take(const absl::StatusOr<simulation::v1::View>& view);
  /// Lets tokens travel from where they were to where the view has them.
  void ShowTravel(const simulation::v1::View& before);
  void ShowTokens();
  void ShowBar();
  void ShowInstance(const simulation::v1::Instance& instance, uint64_t number);
  void ShowTask(const simulation::v1::OpenTask& task, uint64_t instance);
  void ShowChoice(const simulation::v1::Choice& choice);
  void ShowWait(const simulation::v1::Wait& wait);
  void ShowVariables();
  void ShowHappened();
  QString NameOf(const std::string& element) const;
  QPushButton* MakeLink(const std::string& element, QWidget* parent);
  QWidget* MakeCard(QVBoxLayout** column);

  WorkspaceService* workspace_;
  BackendService* backend_;
  uaf::Artifact artifact_;
  std::string bpmn_;  ///< the bytes that are played
  uaf::EventId head_;
  QHash<QString, QString> names_;  ///< of elements that have one, by id
  simulation::v1::View view_;
  QStringList happened_;  ///< newest last
  QStringList inputs_;    ///< variables that the process reads and nothing in it sets
  QJsonObject start_;     ///< variables that it begins with
  bool forward_ = false;  ///< the answer that is awaited is of a step forward
  bool painted_ = false;
  bool waiting_ = false;
  std::deque<std::function<void()>> next_;  ///< asked for while an answer was awaited
  modeler::BpmnEditor* editor_;
  QComboBox* process_ = nullptr;
  QPushButton* step_ = nullptr;
  QPushButton* run_ = nullptr;
  QPushButton* back_ = nullptr;
  QPushButton* timer_ = nullptr;
  QPushButton* over_ = nullptr;
  QPushButton* with_ = nullptr;
  QWidget* start_form_ = nullptr;
  VariableTable* start_table_ = nullptr;
  QLabel* clock_ = nullptr;
  QLabel* status_ = nullptr;
  QVBoxLayout* todo_ = nullptr;
  QVBoxLayout* variables_ = nullptr;
  QVBoxLayout* log_ = nullptr;
};

}  // namespace ameide::workbench
