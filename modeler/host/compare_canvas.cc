#include "modeler/host/compare_canvas.h"

#include <QJsonArray>
#include <QJsonObject>
#include <utility>

namespace ameide::modeler {
namespace {

const char* NameOf(CanvasChange::Kind kind) {
  switch (kind) {
    case CanvasChange::Kind::kAdded:
      return "added";
    case CanvasChange::Kind::kRemoved:
      return "removed";
    case CanvasChange::Kind::kChanged:
      return "changed";
    case CanvasChange::Kind::kMoved:
      return "moved";
  }
  return "changed";
}

QJsonValue TextOrNull(const std::optional<std::string>& text) {
  return text ? QJsonValue(QString::fromStdString(*text)) : QJsonValue(QJsonValue::Null);
}

}  // namespace

CompareCanvas::CompareCanvas(QWidget* parent) : WebPage(QStringLiteral("compare.html"), parent) {}

void CompareCanvas::Open(const std::optional<std::string>& before, const std::optional<std::string>& after,
                         const std::vector<CanvasChange>& changes) {
  QJsonArray list;
  for (const CanvasChange& change : changes) {
    list.append(QJsonObject{{"element", QString::fromStdString(change.element)},
                            {"kind", NameOf(change.kind)},
                            {"moved", change.moved}});
  }
  ++base_;
  open_ = {{"type", "open"},
           {"base", static_cast<double>(base_)},
           {"before", TextOrNull(before)},
           {"after", TextOrNull(after)},
           {"changes", list},
           {"keepView", false}};
  Send(open_);
}

bool CompareCanvas::Begin(const QJsonObject&) {
  Send({{"type", "mode"}, {"side", side_}});
  if (!open_.isEmpty()) Send(open_);
  return true;
}

void CompareCanvas::SelectElement(const QString& id) { Send({{"type", "select"}, {"element", id}}); }

void CompareCanvas::SetSideBySide(bool side) {
  side_ = side;
  Send({{"type", "mode"}, {"side", side}});
}

void CompareCanvas::Command(const QString& name) { Send({{"type", "command"}, {"name", name}}); }

void CompareCanvas::TakePicture(std::function<void(QString svg)> done) {
  pictures_.push_back(std::move(done));
  Send({{"type", "picture"}});
}

void CompareCanvas::Receive(const QJsonObject& message, const QString&) {
  const QString type = message[QLatin1String("type")].toString();
  const bool present = static_cast<uint64_t>(message[QLatin1String("base")].toDouble()) == base_;
  if (type == QLatin1String("shown")) {
    if (present) Q_EMIT painted();
  } else if (type == QLatin1String("failed")) {
    if (present) Q_EMIT problem(message[QLatin1String("message")].toString());
  } else if (type == QLatin1String("selected")) {
    Q_EMIT selected(message[QLatin1String("element")].toString());
  } else if (type == QLatin1String("shortcut")) {
    const QString name = message[QLatin1String("name")].toString();
    if (name == QLatin1String("commandSearch")) Q_EMIT commandSearchRequested();
    if (name == QLatin1String("next")) Q_EMIT stepRequested(1);
    if (name == QLatin1String("previous")) Q_EMIT stepRequested(-1);
  } else if (type == QLatin1String("pictureTaken") && !pictures_.empty()) {
    auto done = std::move(pictures_.front());
    pictures_.erase(pictures_.begin());
    done(message[QLatin1String("svg")].toString());
  }
}

}  // namespace ameide::modeler
