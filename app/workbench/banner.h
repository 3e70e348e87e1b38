#pragma once

#include <QFrame>
#include <QHash>
#include <QList>
#include <QString>
#include <QWidget>
#include <functional>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace ameide::workbench {

class Theme;

/// What a banner says and offers. Errors are told with these, beside their cause, never in modal boxes.
struct BannerText {
  enum class Tone { kInfo, kSuccess, kWarning, kError };
  struct Button {
    QString text;  ///< a verb
    std::function<void()> run;
    bool primary = false;
  };
  Tone tone = Tone::kInfo;
  QString text;
  QString details;  ///< long or technical; behind "Details", can be copied
  QList<Button> buttons;
  bool can_close = true;
};

/// Banners above a view, at most one for each key. UI thread.
class BannerStack : public QWidget {
  Q_OBJECT

 public:
  explicit BannerStack(const Theme* theme, QWidget* parent = nullptr);

  /// Shows a banner, in place of the one with the same key.
  void Show(const QString& key, const BannerText& text);
  /// Shows any widget as a banner (inline forms). Takes ownership.
  void ShowWidget(const QString& key, BannerText::Tone tone, QWidget* content);
  void Hide(const QString& key);
  bool Shows(const QString& key) const { return banners_.contains(key); }
  /// The text that is shown under a key; empty when there is none.
  QString TextOf(const QString& key) const;

 private:
  QFrame* MakeFrame(const QString& key, BannerText::Tone tone);

  const Theme* theme_;
  QVBoxLayout* layout_;
  QHash<QString, QFrame*> banners_;
};

/// A button with a role of the style sheet ("primary", "link").
QPushButton* MakeButton(const QString& text, const char* role, QWidget* parent);
/// A label with a role of the style sheet ("title", "heading", "muted", "small", "error").
QLabel* MakeLabel(const QString& text, const char* role, QWidget* parent);
/// Gives a widget another role of the style sheet.
void SetRole(QWidget* widget, const char* role);
/// Marks an input as wrong, or right again.
void SetInvalid(QWidget* input, bool invalid);

}  // namespace ameide::workbench
