#include "modeler/host/form_view.h"

#include <QJsonDocument>
#include <algorithm>

namespace ameide::modeler {
namespace {

constexpr int kFirstHeight = 120;
/// A higher one scrolls.
constexpr int kMostHeight = 640;

QString Text(const QJsonObject& object) {
  return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

}  // namespace

FormView::FormView(QWidget* parent) : WebPage(QStringLiteral("form.html"), parent) {
  setFixedHeight(kFirstHeight);
}

void FormView::Open(const QJsonObject& form, const QJsonObject& values, bool read_only) {
  ++base_;
  open_ = {{"type", "open"},
           {"base", static_cast<double>(base_)},
           {"schema", Text(form)},
           {"data", Text(values)},
           {"readOnly", read_only}};
  Send(open_);
}

void FormView::Submit() { Send({{"type", "submit"}}); }

bool FormView::Begin(const QJsonObject&) {
  if (!open_.isEmpty()) Send(open_);
  return true;
}

void FormView::Receive(const QJsonObject& message, const QString&) {
  const QString type = message[QLatin1String("type")].toString();
  const bool present = static_cast<uint64_t>(message[QLatin1String("base")].toDouble()) == base_;
  if (type == QLatin1String("shown")) {
    if (present) Q_EMIT painted();
  } else if (type == QLatin1String("failed")) {
    if (present) Q_EMIT problem(message[QLatin1String("message")].toString());
  } else if (type == QLatin1String("height")) {
    setFixedHeight(std::clamp(message[QLatin1String("height")].toInt(), 1, kMostHeight));
  } else if (type == QLatin1String("submitted")) {
    Q_EMIT submitted(QJsonDocument::fromJson(message[QLatin1String("values")].toString().toUtf8()).object());
  } else if (type == QLatin1String("invalid")) {
    Q_EMIT invalid(message[QLatin1String("fields")].toInt());
  }
}

}  // namespace ameide::modeler
