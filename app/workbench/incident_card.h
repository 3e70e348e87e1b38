#pragma once

#include <QFrame>

#include "ameide/process/v1/process.pb.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace ameide::workbench {

class BackendService;
class Theme;

/// What stopped a run at an element: the cause, what the element saw, and what can be done about it — trying
/// again, with other variables where they were the cause, or going on as if the work were done. UI thread.
class IncidentCard : public QFrame {
  Q_OBJECT

 public:
  /// `name`: what people call the element. `variables_json`: those of the process now.
  IncidentCard(const Theme* theme, BackendService* backend, const process::v1::Incident& incident,
               const QString& name, const std::string& variables_json, QWidget* parent);

 Q_SIGNALS:
  /// The user wants to see this element.
  void picked(QString element);

 private:
  /// What is below the buttons: one form at a time.
  QVBoxLayout* OpenForm(const QString& object);
  void OfferRetryWith();
  void OfferSkip();
  void ShowWhatItSaw();
  void Done(const absl::Status& status);

  const Theme* theme_;
  BackendService* backend_;
  process::v1::Incident incident_;
  std::string variables_json_;
  QVBoxLayout* column_;
  QWidget* form_ = nullptr;
  QLabel* error_;
  QPushButton* retry_;
};

}  // namespace ameide::workbench
