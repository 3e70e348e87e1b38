#pragma once

#include <QSet>
#include <QSortFilterProxyModel>
#include <QWidget>

#include "app/workbench/problems.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QToolButton;
class QTreeView;

namespace ameide::workbench {

class Theme;

/// The problems that people want to see: of some severities, of one artifact or all, with some words in what
/// is shown of them.
class ProblemsFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  explicit ProblemsFilter(ProblemsModel* model, QObject* parent = nullptr);

  void ShowSeverity(uaf::document::Severity severity, bool show);
  /// Words that must all be in the message, the element, the rule or the path.
  void SetWords(const QString& words);
  /// Only this artifact's; empty: all.
  void SetPath(const QString& path);
  const Problem& At(const QModelIndex& index) const;

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  ProblemsModel* model_;
  QSet<int> hidden_;
  QStringList words_;
  QString path_;
};

/// The list of problems with its filters and what mends them; one click goes to the element.
class ProblemsPanel : public QWidget {
  Q_OBJECT

 public:
  ProblemsPanel(const Theme* theme, ProblemsModel* model, QWidget* parent = nullptr);

  /// The artifact that "This artifact" means; empty when none is in front.
  void SetArtifact(const QString& path);
  /// Goes to the next problem that is shown (-1: the previous one), around the end. False when there is none.
  bool Step(int by);
  ProblemsFilter* filter() { return filter_; }

 Q_SIGNALS:
  void activated(QString path, QString element, int line);
  /// What became of a mend; for people.
  void told(QString text);

 private:
  QWidget* BuildBar();
  void Refresh();
  void MendSelected();
  void MendShown();
  void Mend(const QString& path, std::function<bool(const uaf::document::Finding&)> chosen);
  void ShowMenu(const QPoint& at);

  const Theme* theme_;
  ProblemsModel* model_;
  ProblemsFilter* filter_;
  QString artifact_;
  QToolButton* severities_[3] = {};
  QComboBox* scope_ = nullptr;
  QComboBox* target_ = nullptr;
  QLineEdit* words_ = nullptr;
  QPushButton* mend_ = nullptr;
  QPushButton* mend_all_ = nullptr;
  QLabel* empty_ = nullptr;
  QTreeView* list_ = nullptr;
  QStackedWidget* stack_ = nullptr;
};

}  // namespace ameide::workbench
