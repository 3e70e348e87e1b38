#include "tests/modeler/editor_harness.h"

#include <QCoreApplication>
#include <QDir>
#include <QProcess>
#include <QSignalSpy>
#include <QTimer>
#include <QWebEnginePage>
#include <QWebEngineView>
#include <algorithm>

#include "tests/wait.h"

namespace ameide::modeler {
namespace {

using uaf::EventId;
using uaf::NodeId;
using uaf::document::Document;
using uaf::document::Op;

/// As QTest::qWaitFor, woken by events instead of looking every 10 ms: a sequence waits four times per
/// command.
template <typename Predicate>
bool WaitFor(Predicate predicate) {
  QTimer overdue;
  overdue.setSingleShot(true);
  overdue.start(kWaitMs);
  while (!predicate()) {
    if (!overdue.isActive()) return false;
    QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
  }
  return true;
}

EventId Event(uint64_t seq) { return {{"harness"}, seq}; }

/// Operations of a change name its own nodes by an empty event.
void SetOwnEvent(Op& op, const EventId& event) {
  const auto fix = [&](NodeId& id) {
    if (id.event == EventId{}) id.event = event;
  };
  const auto place = [&](uaf::document::Place& at) {
    fix(at.parent);
    if (at.left) fix(*at.left);
    if (at.right) fix(*at.right);
  };
  std::visit(
      [&](auto& each) {
        using Each = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Each, uaf::document::InsertNodeOp>)
          place(each.place);
        else if constexpr (std::is_same_v<Each, uaf::document::ShiftAttributesOp>) {
          for (auto& target : each.targets) fix(target.node);
        } else if constexpr (!std::is_same_v<Each, uaf::document::ImportOp>) {
          fix(each.node);
          if constexpr (std::is_same_v<Each, uaf::document::MoveNodeOp>) {
            if (each.to) place(*each.to);
          }
        }
      },
      op);
}

}  // namespace

QStringList MiwgModels() {
  QString folder = qEnvironmentVariable("AMEIDE_CONFORMANCE_DIR");
  if (folder.isEmpty())
    folder = qEnvironmentVariable("AMEIDE_SOURCE_DIR", QStringLiteral(".")) +
             QStringLiteral("/../shared/conformance");
  const QDir models(folder + QStringLiteral("/bpmn-miwg"));
  QStringList files;
  for (const QString& name : models.entryList({QStringLiteral("*.bpmn")}, QDir::Files, QDir::Name))
    files << models.filePath(name);
  return files;
}

EditorHarness::EditorHarness() : editor_(std::make_unique<BpmnEditor>()) {
  editor_->resize(1280, 800);
  editor_->show();
  connect(editor_.get(), &BpmnEditor::changed, this, &EditorHarness::Record);
  connect(editor_.get(), &BpmnEditor::problem, this, [this](const QString& message) {
    problems_ << message;
    painted_since_problem_ = false;
  });
  connect(editor_.get(), &BpmnEditor::painted, this, [this] { painted_since_problem_ = true; });
}

EditorHarness::~EditorHarness() = default;

bool EditorHarness::Open(std::string_view xml, bool read_only) {
  uaf::document::ImportOp import;
  import.kind = uaf::document::TreeKind::kXml;
  import.byte_order_mark = xml.substr(0, 3) == "\xef\xbb\xbf";
  auto document = Document::Import(import, xml, Event(seq_ = 1));
  if (!document.ok()) return false;
  done_.clear();
  undone_.clear();
  labels_.clear();
  problems_.clear();
  recorded_ = document->Clone();
  QSignalSpy painted(editor_.get(), &BpmnEditor::painted);
  editor_->Open(*std::move(document), Event(1), read_only);
  return WaitFor([&] { return !painted.isEmpty() || !problems_.isEmpty(); }) && problems_.isEmpty();
}

QVariant EditorHarness::Run(const QString& javascript) {
  QVariant result;
  bool done = false;
  const QString wrapped = QStringLiteral(
      "(() => { const modeler = window.ameide.modeler; try { return (() => { %1 })(); } catch (e) { return "
      "'exception: ' + e.message; } })()");
  editor_->view()->page()->runJavaScript(wrapped.arg(javascript), [&](const QVariant& value) {
    result = value;
    done = true;
  });
  if (!WaitFor([&] { return done; })) return QStringLiteral("exception: no answer");
  return result;
}

void EditorHarness::Settle() {
  // A round trip through the page: messages arrive in order, so those sent before have arrived.
  Run(QStringLiteral("return 1;"));
  (void)WaitFor([&] { return editor_->pending() == 0; });
}

QStringList EditorHarness::Differences() {
  QStringList found;
  bool done = false;
  editor_->Compare([&](const QStringList& differences) {
    found = differences;
    done = true;
  });
  if (!WaitFor([&] { return done; })) return {QStringLiteral("the editor did not answer")};
  const std::string shown = editor_->document() == nullptr ? "" : editor_->document()->Render();
  if (const std::string recorded = Recorded(); shown != recorded) {
    const auto at = static_cast<size_t>(
        std::mismatch(shown.begin(), shown.end(), recorded.begin(), recorded.end()).first - shown.begin());
    const size_t from = at < 80 ? 0 : at - 80;
    found << QStringLiteral(
                 "the bridge's document and the recorded one have different bytes: ...%1... and ...%2...")
                 .arg(QString::fromStdString(shown.substr(from, 240)),
                      QString::fromStdString(recorded.substr(from, 240)));
  }
  return found;
}

std::string EditorHarness::Recorded() const { return recorded_ ? recorded_->Render() : std::string(); }

std::optional<std::vector<Op>> EditorHarness::Apply(const std::vector<Op>& ops, const EventId& event) {
  std::vector<std::vector<Op>> inverses;
  for (Op op : ops) {
    SetOwnEvent(op, event);
    auto inverse = recorded_->Apply(op, event);
    if (!inverse.ok()) {
      problems_ << QString::fromStdString(std::string(inverse.status().message()));
      return std::nullopt;
    }
    inverses.push_back(*std::move(inverse));
  }
  std::vector<Op> all;
  for (auto it = inverses.rbegin(); it != inverses.rend(); ++it)
    all.insert(all.end(), it->begin(), it->end());
  return all;
}

void EditorHarness::Record(const EditorChange& change) {
  const EventId event = Event(++seq_);
  auto inverse = Apply(change.ops, event);
  if (!inverse) return editor_->Refuse(change.ticket);
  done_.push_back({*std::move(inverse)});
  undone_.clear();
  labels_ << QString::fromStdString(change.label);
  uaf::Receipt receipt;
  receipt.event = event;
  editor_->Acknowledge(change.ticket, receipt);
}

bool EditorHarness::Turn(std::vector<Change>& from, std::vector<Change>& to) {
  if (from.empty()) return false;
  const Change change = std::move(from.back());
  from.pop_back();
  const EventId event = Event(++seq_);
  auto inverse = Apply(change.inverse, event);
  if (!inverse) return false;
  to.push_back({*std::move(inverse)});
  QSignalSpy painted(editor_.get(), &BpmnEditor::painted);
  editor_->ApplyPatch(change.inverse, event);
  return WaitFor([&] { return !painted.isEmpty(); });
}

bool EditorHarness::Undo() { return Turn(done_, undone_); }
bool EditorHarness::Redo() { return Turn(undone_, done_); }

bool EditorHarness::Restored() {
  const bool shown = WaitFor([&] { return !problems_.isEmpty() && painted_since_problem_; });
  problems_.clear();
  return shown;
}

bool EditorHarness::Crash() {
  QSignalSpy restored(editor_.get(), &BpmnEditor::processRestored);
  editor_->view()->page()->runJavaScript(QStringLiteral("1"));
  const qint64 pid = editor_->view()->page()->renderProcessPid();
  if (pid <= 0 ||
      QProcess::execute(QStringLiteral("kill"), {QStringLiteral("-9"), QString::number(pid)}) != 0)
    return false;
  return WaitFor([&] { return !restored.isEmpty(); });
}

}  // namespace ameide::modeler
