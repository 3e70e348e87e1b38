#pragma once

#include <QWidget>
#include <functional>

#include "app/workbench/review_items.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace ameide::workbench {

/// What can be decided about the artifact in front: approve, ask for changes, promote, propose; and below the
/// buttons, in words, what keeps those that are disabled. Says what is wanted; does nothing itself. UI
/// thread.
class ReviewActions : public QWidget {
  Q_OBJECT

 public:
  explicit ReviewActions(QWidget* parent);

  /// `artifact`: there is one in front. `read_only`: why nothing can be changed; empty when it can.
  void Show(const ReviewState& state, bool artifact, const QString& read_only);
  /// Opens the line that asks what has to change, or what a proposal is for.
  void OfferChanges();
  void OfferProposal();

 Q_SIGNALS:
  void approveWanted();
  void promoteWanted();
  void changesWanted(QString text);
  void proposalWanted(QString title);

 private:
  QPushButton* Add(const QString& text, const char* name);
  void Ask(const QString& question, const QString& button, std::function<void(const QString&)> run);

  QPushButton* approve_;
  QPushButton* changes_;
  QPushButton* promote_;
  QPushButton* propose_;
  QLabel* blocked_;
  QVBoxLayout* column_;
  QWidget* form_ = nullptr;
};

}  // namespace ameide::workbench
