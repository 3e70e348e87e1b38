#pragma once

#include <QByteArray>
#include <QColor>
#include <QHash>
#include <QIcon>
#include <QObject>
#include <QString>

namespace ameide::workbench {

/// What the user chose; `kSystem` follows the desktop.
enum class ThemeChoice { kSystem, kLight, kDark };

/// Colours by role from resources/theme/colours.json, applied to Qt (palette and style sheet) and handed to
/// the web editors as CSS variables. One object for the program, made before the first widget. UI thread.
class Theme : public QObject {
  Q_OBJECT

 public:
  explicit Theme(QObject* parent = nullptr);

  /// Applies a choice to the whole program at once; remembered by the caller.
  void Choose(ThemeChoice choice);
  ThemeChoice choice() const { return choice_; }
  bool dark() const { return dark_; }

  /// The colour of a role ("accent"); asserts that the role exists.
  QColor Colour(const QString& role) const;
  /// `--ameide-<role>: #rrggbb;` lines for the web editors.
  QString CssVariables() const;

  /// The icon `resources/icons/<name>.svg` painted in a role's colour, following theme changes. Selected and
  /// disabled states are painted in their own roles.
  QIcon Icon(const QString& name, const QString& role = QStringLiteral("text-muted")) const;

 Q_SIGNALS:
  /// After the palette and style sheet changed.
  void changed();

 private:
  void Apply();

  struct Pair {
    QColor light;
    QColor dark;
  };
  QHash<QString, Pair> roles_;
  ThemeChoice choice_ = ThemeChoice::kSystem;
  bool system_dark_ = false;
  bool dark_ = false;
};

/// Sizes in logical pixels on the one grid of 4.
inline constexpr int kGrid = 4;
inline constexpr int kIconSize = 16;

}  // namespace ameide::workbench
