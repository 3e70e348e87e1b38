#include "modeler/host/bpmn_editor.h"

#include <QJsonArray>
#include <QJsonObject>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace ameide::modeler {

BpmnEditor::BpmnEditor(QWidget* parent) : WebPage(QStringLiteral("bpmn.html"), parent) {}
BpmnEditor::~BpmnEditor() = default;

void BpmnEditor::Ended() {
  shown_ = false;
  restoring_ = true;
}

void BpmnEditor::Open(uaf::document::Document document, const uaf::EventId& head, bool read_only) {
  const bool keep_view = bridge_ != nullptr;
  bridge_ = std::make_unique<Bridge>(std::move(document), head.stream);
  read_only_ = read_only;
  queue_.clear();
  in_flight_ = 0;
  SendDocument(keep_view);
}

void BpmnEditor::SendDocument(bool keep_view) {
  if (!bridge_ || !ready()) return;
  ++base_;
  last_seq_ = 0;
  bridge_->Rekey();
  Send({{"type", "open"},
        {"base", static_cast<double>(base_)},
        {"xml", QString::fromStdString(bridge_->Text())},
        {"readOnly", read_only_},
        {"keepView", keep_view && shown_}});
}

bool BpmnEditor::Begin(const QJsonObject& hello) {
  if (hello[QLatin1String("protocol")].toInt() != kBridgeProtocol) {
    Q_EMIT problem(tr("The editor and this program do not fit together. Install the program again."));
    return false;
  }
  SetPropertiesVisible(properties_);
  SendDocument(false);
  ShowOverlays(badges_);
  return true;
}

void BpmnEditor::Receive(const QJsonObject& message, const QString& json) {
  const QString type = message[QLatin1String("type")].toString();
  if (type == QLatin1String("delta")) {
    TakeDelta(json);
  } else if (type == QLatin1String("opened")) {
    if (static_cast<uint64_t>(message[QLatin1String("base")].toDouble()) != base_) return;
    shown_ = true;
    if (std::exchange(restoring_, false)) Q_EMIT processRestored();
    Q_EMIT painted();
  } else if (type == QLatin1String("failed")) {
    Q_EMIT problem(tr("The diagram cannot be shown: %1").arg(message[QLatin1String("message")].toString()));
  } else if (type == QLatin1String("broken")) {
    if (static_cast<uint64_t>(message[QLatin1String("base")].toDouble()) != base_) return;
    Q_EMIT problem(tr("The last edit failed halfway and was taken back."));
    SendDocument(true);
  } else if (type == QLatin1String("selection")) {
    Q_EMIT selectionChanged(message[QLatin1String("ids")].toVariant().toStringList());
  } else if (type == QLatin1String("shortcut")) {
    const QString name = message[QLatin1String("name")].toString();
    if (name == QLatin1String("undo")) Q_EMIT undoRequested();
    if (name == QLatin1String("redo")) Q_EMIT redoRequested();
    if (name == QLatin1String("save")) Q_EMIT saveRequested();
    if (name == QLatin1String("commandSearch")) Q_EMIT commandSearchRequested();
  } else if (type == QLatin1String("compared") && !comparisons_.empty()) {
    auto done = std::move(comparisons_.front());
    comparisons_.erase(comparisons_.begin());
    done(message[QLatin1String("differences")].toVariant().toStringList());
  }
}

void BpmnEditor::TakeDelta(const QString& json) {
  const QByteArray bytes = json.toUtf8();
  auto delta = ParseDelta({bytes.constData(), static_cast<size_t>(bytes.size())});
  if (delta.ok() && delta->base != base_) return;  // sent before the editor saw the last document
  absl::StatusOr<Edit> edit = absl::InternalError("no document");
  if (!delta.ok()) {
    edit = delta.status();
  } else if (delta->seq != last_seq_ + 1) {
    edit = absl::DataLossError(absl::StrCat("message ", last_seq_ + 1, " is missing"));
  } else if (bridge_ && !read_only_) {
    last_seq_ = delta->seq;
    edit = bridge_->Apply(*delta);
  }
  if (!edit.ok()) {
    // The editor shows something that the document does not say: the document wins.
    LogError("an edit could not be taken", {{"why", std::string(edit.status().message())}});
    Q_EMIT problem(tr("This edit could not be recorded and was taken back: %1")
                       .arg(QString::fromStdString(std::string(edit.status().message()))));
    SendDocument(true);
    return;
  }
  if (edit->ops.empty()) {
    bridge_->Acknowledge(edit->ticket, {});
    return;
  }
  queue_.push_back(*std::move(edit));
  Submit();
}

void BpmnEditor::Submit() {
  if (in_flight_ != 0 || queue_.empty()) return;
  const Edit edit = bridge_->Resolve(std::move(queue_.front()));
  queue_.pop_front();
  in_flight_ = edit.ticket;
  Q_EMIT changed({edit.ticket, edit.label, edit.ops, ""});
}

void BpmnEditor::Acknowledge(uint64_t ticket, const uaf::Receipt& receipt) {
  if (ticket != in_flight_ || !bridge_) return;
  bridge_->Acknowledge(ticket, receipt.event);
  in_flight_ = 0;
  Submit();
}

void BpmnEditor::Refuse(uint64_t ticket) {
  if (ticket != in_flight_) return;
  in_flight_ = 0;
  queue_.clear();
}

void BpmnEditor::ApplyPatch(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event) {
  if (!bridge_) return;
  if (absl::Status status = bridge_->ApplyRecorded(ops, event); !status.ok()) {
    Q_EMIT problem(tr("A change by others cannot be shown here: %1")
                       .arg(QString::fromStdString(std::string(status.message()))));
    return;
  }
  SendDocument(true);
}

void BpmnEditor::SelectElement(const QString& id) { Send({{"type", "select"}, {"id", id}}); }

void BpmnEditor::ShowOverlays(const std::vector<ElementBadge>& badges) {
  badges_ = badges;
  QJsonArray list;
  for (const ElementBadge& badge : badges_) {
    list.append(QJsonObject{{"element", QString::fromStdString(badge.element)},
                            {"text", QString::fromStdString(badge.text)},
                            {"tone", QString::fromStdString(badge.tone)},
                            {"title", QString::fromStdString(badge.title)}});
  }
  Send({{"type", "badges"}, {"badges", list}});
}

void BpmnEditor::SetPropertiesVisible(bool visible) {
  properties_ = visible;
  Send({{"type", "properties"}, {"visible", visible}});
}

void BpmnEditor::Command(const QString& name) { Send({{"type", "command"}, {"name", name}}); }

void BpmnEditor::Compare(std::function<void(QStringList)> done) {
  comparisons_.push_back(std::move(done));
  Send({{"type", "compare"}, {"xml", QString::fromStdString(bridge_ ? bridge_->Text() : std::string())}});
}

}  // namespace ameide::modeler
