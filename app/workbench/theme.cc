#include "app/workbench/theme.h"

#include <QApplication>
#include <QFile>
#include <QFont>
#include <QIconEngine>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QStyleFactory>
#include <QSvgRenderer>
#include <algorithm>
#include <utility>

namespace ameide::workbench {
namespace {

QByteArray ReadResource(const QString& path) {
  QFile file(path);
  const bool opened = file.open(QIODevice::ReadOnly);
  Q_ASSERT(opened);
  return opened ? file.readAll() : QByteArray();
}

/// Paints one SVG in the colour of a role, looked up at painting time, so that a change of theme needs no new
/// icons.
class TintedIconEngine final : public QIconEngine {
 public:
  TintedIconEngine(const Theme* theme, QString name, QString role)
      : theme_(theme), name_(std::move(name)), role_(std::move(role)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    QByteArray svg = ReadResource(QStringLiteral(":/icons/%1.svg").arg(name_));
    const QString role = mode == QIcon::Disabled ? QStringLiteral("text-disabled") : role_;
    svg.replace("currentColor", theme_->Colour(role).name().toLatin1());
    // A rectangle that is wider than high keeps its icon at the left: so icons get air before their text.
    const int side = std::min(rect.width(), rect.height());
    QSvgRenderer(svg).render(painter,
                             QRectF(rect.left(), rect.top() + (rect.height() - side) / 2.0, side, side));
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return pixmap;
  }

  QIconEngine* clone() const override { return new TintedIconEngine(theme_, name_, role_); }

 private:
  const Theme* theme_;
  QString name_;
  QString role_;
};

}  // namespace

Theme::Theme(QObject* parent) : QObject(parent) {
  const QJsonObject roles = QJsonDocument::fromJson(ReadResource(QStringLiteral(":/theme/colours.json")))
                                .object()[QStringLiteral("roles")]
                                .toObject();
  for (auto role = roles.begin(); role != roles.end(); ++role) {
    const QJsonArray pair = (*role).toArray();
    roles_.insert(role.key(), {QColor(pair[0].toString()), QColor(pair[1].toString())});
  }
  system_dark_ = QApplication::palette().color(QPalette::Window).lightness() < 128;
  if (QStyle* fusion = QStyleFactory::create(QStringLiteral("Fusion"))) QApplication::setStyle(fusion);
}

void Theme::Choose(ThemeChoice choice) {
  choice_ = choice;
  dark_ = choice == ThemeChoice::kDark || (choice == ThemeChoice::kSystem && system_dark_);
  Apply();
  Q_EMIT changed();
}

QColor Theme::Colour(const QString& role) const {
  const auto found = roles_.constFind(role);
  Q_ASSERT_X(found != roles_.constEnd(), "Theme::Colour", qPrintable(role));
  if (found == roles_.constEnd()) return Qt::magenta;
  return dark_ ? found->dark : found->light;
}

QString Theme::CssVariables() const {
  QStringList names = roles_.keys();
  names.sort();
  QString css;
  for (const QString& name : std::as_const(names))
    css += QStringLiteral("--ameide-%1: %2;\n").arg(name, Colour(name).name());
  return css;
}

QIcon Theme::Icon(const QString& name, const QString& role) const {
  return QIcon(new TintedIconEngine(this, name, role));
}

void Theme::Apply() {
  const auto colour = [this](const char* role) { return Colour(QString::fromLatin1(role)); };
  QPalette palette;
  palette.setColor(QPalette::Window, colour("window"));
  palette.setColor(QPalette::WindowText, colour("text"));
  palette.setColor(QPalette::Base, colour("surface"));
  palette.setColor(QPalette::AlternateBase, colour("window"));
  palette.setColor(QPalette::Text, colour("text"));
  palette.setColor(QPalette::Button, colour("raised"));
  palette.setColor(QPalette::ButtonText, colour("text"));
  palette.setColor(QPalette::BrightText, colour("error"));
  palette.setColor(QPalette::ToolTipBase, colour("raised"));
  palette.setColor(QPalette::ToolTipText, colour("text"));
  palette.setColor(QPalette::PlaceholderText, colour("text-muted"));
  palette.setColor(QPalette::Highlight, colour("accent"));
  palette.setColor(QPalette::HighlightedText, colour("accent-text"));
  palette.setColor(QPalette::Link, colour("link"));
  palette.setColor(QPalette::Light, colour("raised"));
  palette.setColor(QPalette::Midlight, colour("hover"));
  palette.setColor(QPalette::Mid, colour("border"));
  palette.setColor(QPalette::Dark, colour("border-strong"));
  palette.setColor(QPalette::Shadow, colour("sunken"));
  for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, colour("text-disabled"));
  }
  QApplication::setPalette(palette);

  QFont font = QApplication::font();
  font.setPixelSize(13);
  QApplication::setFont(font);

  QString sheet = QString::fromUtf8(ReadResource(QStringLiteral(":/theme/workbench.qss")));
  for (auto role = roles_.constBegin(); role != roles_.constEnd(); ++role) {
    sheet.replace(QStringLiteral("@%1@").arg(role.key()), Colour(role.key()).name());
  }
  qApp->setStyleSheet(sheet);
}

}  // namespace ameide::workbench
