#pragma once

#include <QString>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "modeler/host/web_page.h"

namespace ameide::modeler {

/// How an element of a diagram differs.
struct CanvasChange {
  enum class Kind : uint8_t { kAdded, kRemoved, kChanged, kMoved };
  std::string element;  ///< its id: of a removed one in the earlier state
  Kind kind = Kind::kChanged;
  bool moved = false;  ///< stands at another place too, or has another size
};

/// Two states of a diagram on one canvas: the later one, with marks on what differs and what was removed as a
/// ghost in its place; or both beside each other, moved together. Read-only. UI thread only.
class CompareCanvas : public WebPage {
  Q_OBJECT

 public:
  explicit CompareCanvas(QWidget* parent = nullptr);

  /// Shows two states; nullopt: there was none, so that everything of the other was added or removed.
  void Open(const std::optional<std::string>& before, const std::optional<std::string>& after,
            const std::vector<CanvasChange>& changes);
  /// Brings a changed element into sight and marks it; empty: none.
  void SelectElement(const QString& id);
  void SetSideBySide(bool side);
  /// "zoomFit", "zoomIn" or "zoomOut".
  void Command(const QString& name);
  /// `done` gets the overlay as SVG; its colours are classes `compare-…`.
  void TakePicture(std::function<void(QString svg)> done);

 Q_SIGNALS:
  /// The states that were opened last are on the screen.
  void painted();
  /// A changed element was clicked; empty for anything else.
  void selected(const QString& id);
  void commandSearchRequested();
  /// +1 the next change, -1 the previous one.
  void stepRequested(int by);
  /// It could not be shown; for people.
  void problem(const QString& message);

 protected:
  bool Begin(const QJsonObject& hello) override;
  void Receive(const QJsonObject& message, const QString& json) override;

 private:
  QJsonObject open_;  ///< the last message of Open
  uint64_t base_ = 0;
  bool side_ = false;
  std::vector<std::function<void(QString)>> pictures_;
};

}  // namespace ameide::modeler
