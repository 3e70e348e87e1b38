#include "modeler/host/bpmn_editor.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace ameide::modeler {

namespace {

QJsonObject ToJson(const ElementProblem& problem) {
  QJsonArray fixes;
  for (const std::string& title : problem.fixes) fixes.append(QString::fromStdString(title));
  return {{"element", QString::fromStdString(problem.element)},
          {"tone", problem.error ? "error" : "warning"},
          {"title", QString::fromStdString(problem.title)},
          {"fixes", fixes}};
}

}  // namespace

BpmnEditor::BpmnEditor(QWidget* parent) : WebPage(QStringLiteral("bpmn.html"), parent) {
  connect(QGuiApplication::clipboard(), &QClipboard::dataChanged, this, [this] {
    if (isVisible()) SendClipboard();
  });
}
BpmnEditor::~BpmnEditor() = default;

void BpmnEditor::Ended() {
  shown_ = false;
  restoring_ = true;
  for (auto& [number, done] : std::exchange(pictures_, {}))
    done(absl::UnavailableError("the editor ended while it drew; try again"));
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
  ShowHeat(heat_);
  QJsonArray problems;
  for (const auto& [element, problem] : problems_) problems.append(ToJson(problem));
  SendProblems(true, problems, {});
  SendClipboard();
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
  } else if (type == QLatin1String("mend")) {
    Q_EMIT mendRequested(message[QLatin1String("element")].toString(),
                         message[QLatin1String("title")].toString());
  } else if (type == QLatin1String("copied")) {
    auto* data = new QMimeData;
    data->setData(QLatin1String(kDiagramMime), message[QLatin1String("clip")].toString().toUtf8());
    data->setText(message[QLatin1String("text")].toString());
    QGuiApplication::clipboard()->setMimeData(data);
  } else if (type == QLatin1String("pictureTaken")) {
    TakePictureMessage(message);
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

void BpmnEditor::ShowHeat(const std::vector<ElementHeat>& heat) {
  heat_ = heat;
  QJsonArray cells;
  for (const ElementHeat& each : heat_) {
    cells.append(QJsonObject{{"element", QString::fromStdString(each.element)},
                             {"level", each.level},
                             {"text", QString::fromStdString(each.text)},
                             {"title", QString::fromStdString(each.title)}});
  }
  Send({{"type", "heat"}, {"cells", cells}});
}

void BpmnEditor::ShowTravel(const std::vector<std::string>& before, const std::vector<ElementStep>& steps,
                            const std::vector<std::string>& after) {
  const auto ids = [](const std::vector<std::string>& flows) {
    QJsonArray list;
    for (const std::string& flow : flows) list.append(QString::fromStdString(flow));
    return list;
  };
  QJsonArray list;
  for (const ElementStep& step : steps)
    list.append(QJsonObject{{"element", QString::fromStdString(step.element)}, {"begins", step.begins}});
  Send({{"type", "travel"}, {"before", ids(before)}, {"steps", list}, {"after", ids(after)}});
}

void BpmnEditor::ShowProblems(const std::vector<ElementProblem>& problems) {
  QJsonArray changed;
  QJsonArray gone;
  std::map<std::string, ElementProblem> next;
  for (const ElementProblem& problem : problems) {
    const auto before = problems_.find(problem.element);
    if (before == problems_.end() || before->second != problem) changed.append(ToJson(problem));
    next.emplace(problem.element, problem);
  }
  for (const auto& [element, problem] : problems_) {
    if (!next.contains(element)) gone.append(QString::fromStdString(element));
  }
  problems_ = std::move(next);
  if (!changed.isEmpty() || !gone.isEmpty()) SendProblems(false, changed, gone);
}

void BpmnEditor::SendProblems(bool reset, const QJsonArray& problems, const QJsonArray& gone) {
  Send({{"type", "problems"}, {"reset", reset}, {"problems", problems}, {"gone", gone}});
}

void BpmnEditor::SetPropertiesVisible(bool visible) {
  properties_ = visible;
  Send({{"type", "properties"}, {"visible", visible}});
}

void BpmnEditor::Command(const QString& name) { Send({{"type", "command"}, {"name", name}}); }

void BpmnEditor::Act(const QString& action, const QJsonObject& options) {
  QJsonObject command{{"type", "command"}, {"name", "editor"}, {"action", action}};
  if (!options.isEmpty()) command.insert(QStringLiteral("options"), options);
  Send(command);
}

void BpmnEditor::TakePicture(bool selected_only, int png_scale,
                             std::function<void(absl::StatusOr<DiagramPicture>)> done) {
  if (!shown_) return done(absl::UnavailableError("the diagram is not shown yet; try again"));
  pictures_.emplace(++last_picture_, std::move(done));
  Send({{"type", "picture"},
        {"number", last_picture_},
        {"selectedOnly", selected_only},
        {"pngScale", png_scale}});
}

void BpmnEditor::TakePictureMessage(const QJsonObject& message) {
  const auto found = pictures_.find(message[QLatin1String("number")].toInt());
  if (found == pictures_.end()) return;
  const auto done = std::move(found->second);
  pictures_.erase(found);
  if (const QString error = message[QLatin1String("error")].toString(); !error.isEmpty())
    return done(absl::FailedPreconditionError(error.toStdString()));
  done(DiagramPicture{
      message[QLatin1String("svg")].toString().toUtf8(),
      QByteArray::fromBase64(message[QLatin1String("png")].toString().toLatin1()),
      QSize(message[QLatin1String("width")].toInt(), message[QLatin1String("height")].toInt())});
}

void BpmnEditor::showEvent(QShowEvent* event) {
  WebPage::showEvent(event);
  SendClipboard();
}

void BpmnEditor::SendClipboard() {
  constexpr qsizetype kLargest = qsizetype{32} << 20;
  const QMimeData* data = QGuiApplication::clipboard()->mimeData();
  QJsonValue clip(QJsonValue::Null);
  if (data != nullptr && data->hasFormat(QLatin1String(kDiagramMime))) {
    const QByteArray bytes = data->data(QLatin1String(kDiagramMime));
    if (bytes.size() <= kLargest) clip = QString::fromUtf8(bytes);
  }
  Send({{"type", "clipboard"}, {"clip", clip}});
}

void BpmnEditor::Compare(std::function<void(QStringList)> done) {
  comparisons_.push_back(std::move(done));
  Send({{"type", "compare"}, {"xml", QString::fromStdString(bridge_ ? bridge_->Text() : std::string())}});
}

}  // namespace ameide::modeler
