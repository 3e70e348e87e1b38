#include "app/workbench/history_filter.h"

#include <QComboBox>
#include <QDateEdit>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "app/workbench/banner.h"
#include "app/workbench/history_model.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

constexpr int kPauseMs = 200;
/// What stands for a time in the list: days back from now, or one of these.
constexpr int kAnyTime = 0;
constexpr int kChosenDates = -1;

}  // namespace

HistoryFilter::HistoryFilter(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(2 * kGrid, 0, 2 * kGrid, 2 * kGrid);
  column->setSpacing(kGrid);
  words_ = new QLineEdit(this);
  words_->setObjectName(QStringLiteral("historyWords"));
  words_->setPlaceholderText(tr("Filter by words"));
  words_->setAccessibleName(tr("Filter the history by words"));
  words_->setClearButtonEnabled(true);
  column->addWidget(words_);

  auto* row = new QHBoxLayout;
  row->setSpacing(kGrid);
  author_ = new QComboBox(this);
  author_->setObjectName(QStringLiteral("historyAuthor"));
  author_->setAccessibleName(tr("Changes by"));
  author_->addItem(tr("Everybody"));
  time_ = new QComboBox(this);
  time_->setObjectName(QStringLiteral("historyTime"));
  time_->setAccessibleName(tr("Changes in"));
  time_->addItem(tr("Any time"), kAnyTime);
  time_->addItem(tr("Today"), 1);
  time_->addItem(tr("Last 7 days"), 7);
  time_->addItem(tr("Last 30 days"), 30);
  time_->addItem(tr("Last 90 days"), 90);
  time_->addItem(tr("Last 365 days"), 365);
  time_->addItem(tr("Choose dates"), kChosenDates);
  for (QComboBox* box : {author_, time_}) {
    box->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    row->addWidget(box, 1);
  }
  column->addLayout(row);

  dates_ = new QWidget(this);
  auto* days = new QHBoxLayout(dates_);
  days->setContentsMargins(0, 0, 0, 0);
  days->setSpacing(kGrid);
  since_ = new QDateEdit(QDate::currentDate().addMonths(-3), dates_);
  since_->setObjectName(QStringLiteral("historySince"));
  since_->setAccessibleName(tr("From this day on"));
  until_ = new QDateEdit(QDate::currentDate(), dates_);
  until_->setObjectName(QStringLiteral("historyUntil"));
  until_->setAccessibleName(tr("Up to and including this day"));
  for (QDateEdit* day : {since_, until_}) {
    day->setCalendarPopup(true);
    days->addWidget(day, 1);
    connect(day, &QDateEdit::dateChanged, this, &HistoryFilter::changed);
  }
  column->addWidget(dates_);
  dates_->hide();

  element_ = new QPushButton(this);
  element_->setObjectName(QStringLiteral("historyElement"));
  element_->setCheckable(true);
  element_->hide();
  column->addWidget(element_);

  pause_.setSingleShot(true);
  pause_.setInterval(kPauseMs);
  connect(&pause_, &QTimer::timeout, this, &HistoryFilter::changed);
  connect(words_, &QLineEdit::textChanged, this, [this] { pause_.start(); });
  connect(author_, &QComboBox::currentIndexChanged, this, &HistoryFilter::changed);
  connect(time_, &QComboBox::currentIndexChanged, this, &HistoryFilter::OnTime);
  connect(element_, &QPushButton::toggled, this, &HistoryFilter::changed);
}

void HistoryFilter::OnTime() {
  dates_->setVisible(time_->currentData().toInt() == kChosenDates);
  Q_EMIT changed();
}

void HistoryFilter::FillIn(HistoryQuery& query) const {
  query.words = words_->text().trimmed();
  query.author = author_->currentIndex() > 0 ? author_->currentText() : QString();
  const int days = time_->currentData().toInt();
  if (days == kChosenDates) {
    query.since = since_->date().startOfDay();
    query.until = until_->date().addDays(1).startOfDay();
  } else if (days != kAnyTime) {
    query.since = QDate::currentDate().addDays(1 - days).startOfDay();
  }
  if (element_->isChecked()) query.element = element_id_;
}

void HistoryFilter::OfferAuthors(const QStringList& authors) {
  const QSignalBlocker quiet(author_);
  for (const QString& author : authors) {
    if (!author.isEmpty() && author_->findText(author) < 0) author_->addItem(author);
  }
}

void HistoryFilter::OfferElement(const QString& id, const QString& name) {
  if (id == element_id_) return;
  element_id_ = id;
  const bool filtered = element_->isChecked();
  {
    const QSignalBlocker quiet(element_);
    element_->setChecked(filtered && !id.isEmpty());
  }
  element_->setVisible(!id.isEmpty());
  const QString text = tr("Only what touched “%1”").arg(name.isEmpty() ? id : name);
  element_->setText(element_->fontMetrics().elidedText(text, Qt::ElideMiddle, width() - 10 * kGrid));
  element_->setToolTip(text);
  element_->setAccessibleName(text);
  if (filtered) Q_EMIT changed();
}

void HistoryFilter::Clear() {
  {
    const QSignalBlocker words(words_);
    const QSignalBlocker author(author_);
    const QSignalBlocker time(time_);
    const QSignalBlocker element(element_);
    words_->clear();
    author_->setCurrentIndex(0);
    time_->setCurrentIndex(0);
    element_->setChecked(false);
  }
  OnTime();
}

void HistoryFilter::FocusWords() {
  words_->setFocus();
  words_->selectAll();
}

}  // namespace ameide::workbench
