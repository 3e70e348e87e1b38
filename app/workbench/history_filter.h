#pragma once

#include <QStringList>
#include <QTimer>
#include <QWidget>

class QComboBox;
class QDateEdit;
class QLineEdit;
class QPushButton;

namespace ameide::workbench {

struct HistoryQuery;

/// What of the history is wanted: words, a person, a time, the element that is selected. UI thread.
class HistoryFilter : public QWidget {
  Q_OBJECT

 public:
  explicit HistoryFilter(QWidget* parent = nullptr);

  /// Fills in everything but the artifact.
  void FillIn(HistoryQuery& query) const;
  /// The people that can be chosen; those that are offered already stay.
  void OfferAuthors(const QStringList& authors);
  /// The element that is selected on the diagram in front, offered as a filter; empty for none. The filter
  /// goes with the element.
  void OfferElement(const QString& id, const QString& name);
  /// Everything is shown again.
  void Clear();
  void FocusWords();

 Q_SIGNALS:
  void changed();

 private:
  void OnTime();

  QLineEdit* words_;
  QComboBox* author_;
  QComboBox* time_;
  QWidget* dates_;
  QDateEdit* since_;
  QDateEdit* until_;
  QPushButton* element_;
  QString element_id_;
  QTimer pause_;
};

}  // namespace ameide::workbench
