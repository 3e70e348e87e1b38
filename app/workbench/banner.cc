#include "app/workbench/banner.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/workbench/theme.h"

namespace ameide::workbench {
namespace {

using Tone = BannerText::Tone;

QString ToneName(Tone tone) {
  switch (tone) {
    case Tone::kInfo:
      return QStringLiteral("info");
    case Tone::kSuccess:
      return QStringLiteral("success");
    case Tone::kWarning:
      return QStringLiteral("warning");
    case Tone::kError:
      return QStringLiteral("error");
  }
  return {};
}

}  // namespace

QPushButton* MakeButton(const QString& text, const char* role, QWidget* parent) {
  auto* button = new QPushButton(text, parent);
  button->setProperty("role", QString::fromLatin1(role));
  button->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  return button;
}

QLabel* MakeLabel(const QString& text, const char* role, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  label->setProperty("role", QString::fromLatin1(role));
  return label;
}

void SetRole(QWidget* widget, const char* role) {
  widget->setProperty("role", QString::fromLatin1(role));
  widget->style()->unpolish(widget);
  widget->style()->polish(widget);
}

void SetInvalid(QWidget* input, bool invalid) {
  input->setProperty("invalid", invalid);
  input->style()->unpolish(input);
  input->style()->polish(input);
}

BannerStack::BannerStack(const Theme* theme, QWidget* parent) : QWidget(parent), theme_(theme) {
  layout_ = new QVBoxLayout(this);
  layout_->setContentsMargins(0, 0, 0, 0);
  layout_->setSpacing(0);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
}

QFrame* BannerStack::MakeFrame(const QString& key, Tone tone) {
  Hide(key);
  auto* frame = new QFrame(this);
  frame->setObjectName(QStringLiteral("banner"));
  frame->setProperty("tone", ToneName(tone));
  frame->setAttribute(Qt::WA_StyledBackground);
  banners_.insert(key, frame);
  layout_->addWidget(frame);
  return frame;
}

void BannerStack::Show(const QString& key, const BannerText& text) {
  QFrame* frame = MakeFrame(key, text.tone);
  frame->setAccessibleName(text.text);
  auto* column = new QVBoxLayout(frame);
  column->setContentsMargins(12, 4, 8, 4);
  column->setSpacing(4);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  column->addLayout(row);
  auto* icon = new QLabel(frame);
  const QString tone = ToneName(text.tone);
  icon->setPixmap(theme_->Icon(tone, tone).pixmap(kIconSize));
  icon->setFixedWidth(kIconSize);
  row->addWidget(icon, 0, Qt::AlignVCenter);
  auto* label = new QLabel(text.text, frame);
  label->setObjectName(QStringLiteral("bannerText"));
  label->setTextFormat(Qt::PlainText);
  label->setWordWrap(true);
  label->setMinimumHeight(28);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(label, 1);
  for (const BannerText::Button& button : text.buttons) {
    QPushButton* widget = MakeButton(button.text, button.primary ? "primary" : "plain", frame);
    connect(widget, &QPushButton::clicked, this, [run = button.run] { run(); });
    row->addWidget(widget);
  }
  if (!text.details.isEmpty()) {
    auto* details = new QPlainTextEdit(text.details, frame);
    details->setReadOnly(true);
    details->setMaximumHeight(96);
    details->hide();
    QPushButton* toggle = MakeButton(tr("Details"), "link", frame);
    connect(toggle, &QPushButton::clicked, details,
            [details] { details->setVisible(!details->isVisible()); });
    row->addWidget(toggle);
    column->addWidget(details);
  }
  if (text.can_close) {
    auto* close = new QToolButton(frame);
    close->setIcon(theme_->Icon(QStringLiteral("close")));
    close->setToolTip(tr("Dismiss"));
    close->setAccessibleName(tr("Dismiss"));
    connect(close, &QToolButton::clicked, this, [this, key] { Hide(key); });
    row->addWidget(close);
  }
  frame->show();
}

void BannerStack::ShowWidget(const QString& key, Tone tone, QWidget* content) {
  QFrame* frame = MakeFrame(key, tone);
  auto* row = new QHBoxLayout(frame);
  row->setContentsMargins(12, 4, 8, 4);
  row->addWidget(content);
  frame->show();
}

void BannerStack::Hide(const QString& key) {
  QFrame* frame = banners_.take(key);
  if (frame == nullptr) return;
  frame->hide();
  layout_->removeWidget(frame);
  frame->deleteLater();
}

QString BannerStack::TextOf(const QString& key) const {
  const QFrame* frame = banners_.value(key);
  if (frame == nullptr) return {};
  const auto* label = frame->findChild<QLabel*>(QStringLiteral("bannerText"));
  return label == nullptr ? QString() : label->text();
}

}  // namespace ameide::workbench
