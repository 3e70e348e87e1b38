#pragma once

#include <QString>
#include <QWidget>
#include <optional>

#include "app/workbench/banner.h"
#include "uaf/document/ids.h"

class QVBoxLayout;

namespace ameide::workbench {

class Theme;

/// One tab of the editor area: banners above some content. UI thread.
class EditorTab : public QWidget {
  Q_OBJECT

 public:
  EditorTab(const Theme* theme, QWidget* parent);

  /// Tabs with equal keys are the same thing: opening it again shows the one that is there.
  virtual QString Key() const = 0;
  virtual QString Title() const = 0;
  virtual QString IconName() const = 0;
  virtual QString ToolTip() const { return Title(); }
  /// The artifact whose history, problems and undo belong to this tab.
  virtual std::optional<uaf::ArtifactId> artifact() const { return std::nullopt; }
  /// Shows and selects an element (by its id) or, in texts, a line from 1.
  virtual void Select(const QString& element, int line) {
    Q_UNUSED(element)
    Q_UNUSED(line)
  }
  /// Hands over what was typed but not recorded yet; called before undo, commit, publish and close.
  virtual void Flush() {}
  /// Something handed over is not durable yet: the tab must live until it is.
  virtual bool Busy() const { return false; }
  virtual void FocusContent() { setFocus(); }
  /// Words can be looked for in it; OfferFind asks for them.
  virtual bool CanFind() const { return false; }
  virtual void OfferFind() {}

  BannerStack* banners() { return banners_; }

 Q_SIGNALS:
  /// Title, icon or read-only state changed.
  void changed();
  /// The user selected an element of the diagram; empty for none.
  void elementSelected(QString element);

 protected:
  const Theme* theme() const { return theme_; }
  /// Puts the content below the banners.
  void SetContent(QWidget* content);
  /// Puts a bar below the content.
  void SetFooter(QWidget* footer);

 private:
  const Theme* theme_;
  BannerStack* banners_;
  QVBoxLayout* layout_;
};

}  // namespace ameide::workbench
