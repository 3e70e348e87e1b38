#pragma once

#include <QJsonObject>
#include <QString>

#include "modeler/host/web_page.h"

namespace ameide::modeler {

/// A form of form-js in a locked browser, as high as its content. UI thread only.
class FormView : public WebPage {
  Q_OBJECT

 public:
  explicit FormView(QWidget* parent = nullptr);

  /// Shows a form (its JSON) with these values in its fields.
  void Open(const QJsonObject& form, const QJsonObject& values, bool read_only);
  /// Checks what is filled in; then submitted() or invalid() comes.
  void Submit();

 Q_SIGNALS:
  /// The form that was opened last is on the screen.
  void painted();
  /// Everything is right; `values` are those of the fields that can be filled in. Also for a button in the
  /// form.
  void submitted(const QJsonObject& values);
  /// So many fields are not right; the form says why beside each.
  void invalid(int fields);
  /// It could not be shown; for people.
  void problem(const QString& message);

 protected:
  bool Begin(const QJsonObject& hello) override;
  void Receive(const QJsonObject& message, const QString& json) override;

 private:
  QJsonObject open_;  ///< the last message of Open
  uint64_t base_ = 0;
};

}  // namespace ameide::modeler
