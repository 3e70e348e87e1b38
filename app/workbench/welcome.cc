#include "app/workbench/welcome.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QVBoxLayout>

#include "app/workbench/banner.h"
#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

constexpr int kMostRecent = 8;
constexpr int kWidth = 480;
constexpr int kMarkSize = 48;

}  // namespace

Welcome::Welcome(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  setObjectName(QStringLiteral("welcome"));
  setAttribute(Qt::WA_StyledBackground);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(24, 24, 24, 24);
  Refresh(false);
}

void Welcome::Remember(const QString& folder) {
  QSettings settings;
  QStringList recent = settings.value(QStringLiteral("recent")).toStringList();
  recent.removeAll(folder);
  recent.prepend(folder);
  settings.setValue(QStringLiteral("recent"), recent.mid(0, kMostRecent));
}

void Welcome::FocusFirst() {
  if (first_ != nullptr) first_->setFocus();
}

QStringList Welcome::Recent() {
  QStringList existing;
  for (const QString& folder : QSettings().value(QStringLiteral("recent")).toStringList()) {
    if (QFileInfo(folder).isDir()) existing.append(folder);
  }
  return existing;
}

void Welcome::Refresh(bool workspace_open) {
  delete content_;
  first_ = nullptr;
  content_ = new QWidget(this);
  content_->setFixedWidth(kWidth);
  layout()->addWidget(content_);
  static_cast<QHBoxLayout*>(layout())->setAlignment(content_, Qt::AlignCenter);
  auto* column = new QVBoxLayout(content_);
  column->setSpacing(4);
  if (workspace_open) {
    auto* hint =
        MakeLabel(tr("Pick an artifact on the left, or press Ctrl+K to search for one."), "muted", content_);
    hint->setAlignment(Qt::AlignCenter);
    column->addWidget(hint);
    return;
  }
  auto* head = new QHBoxLayout;
  head->setSpacing(16);
  auto* mark = new QLabel(content_);
  mark->setPixmap(QIcon(QStringLiteral(":/icons/ameide.svg")).pixmap(kMarkSize));
  head->addWidget(mark);
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  words->addStretch(1);
  words->addWidget(MakeLabel(tr("Ameide Workbench"), "title", content_));
  words->addWidget(MakeLabel(tr("Draw processes, keep their history, and run them."), "muted", content_));
  words->addStretch(1);
  head->addLayout(words, 1);
  column->addLayout(head);
  column->addSpacing(24);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(8);
  QPushButton* open = MakeButton(tr("Open folder…"), "primary", content_);
  open->setObjectName(QStringLiteral("welcomeOpen"));
  QPushButton* sample = MakeButton(tr("Open the sample"), "plain", content_);
  sample->setObjectName(QStringLiteral("welcomeSample"));
  first_ = open;
  buttons->addWidget(open);
  buttons->addWidget(sample);
  buttons->addStretch(1);
  column->addLayout(buttons);
  connect(open, &QPushButton::clicked, this, &Welcome::chooseWanted);
  connect(sample, &QPushButton::clicked, this, &Welcome::sampleWanted);
  const QStringList recent = Recent();
  if (recent.isEmpty()) return;
  column->addSpacing(24);
  column->addWidget(MakeLabel(tr("Recent"), "heading", content_));
  for (const QString& folder : recent) {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    QPushButton* name = MakeButton(QFileInfo(folder).fileName(), "link", content_);
    name->setIcon(theme_->Icon(QStringLiteral("folder")));
    name->setAccessibleName(folder);
    connect(name, &QPushButton::clicked, this, [this, folder] { Q_EMIT openWanted(folder); });
    QString shown = QDir::toNativeSeparators(QFileInfo(folder).path());
    if (shown.startsWith(QDir::homePath())) shown.replace(0, QDir::homePath().size(), QStringLiteral("~"));
    auto* where = MakeLabel(QString(), "small", content_);
    where->setText(where->fontMetrics().elidedText(shown, Qt::ElideMiddle, kWidth - 160));
    where->setToolTip(folder);
    line->addWidget(name);
    line->addWidget(where, 1);
    column->addLayout(line);
  }
}

}  // namespace ameide::workbench
