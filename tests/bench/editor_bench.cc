/// The editor beside its peer (numbers.md, Modeling): bpmn-js as it comes, in the same page of the same
/// browser process, with the same model and the same commands. Opening, the first edit, single edits until
/// C++ has acknowledged them, moving everything, memory, and the start of the workbench where the program
/// stands beside this one.
///
/// usage: bench_editor [ELEMENTS...]
#include <unistd.h>

#include <QApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QWebEnginePage>
#include <QWebEngineView>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "modeler/host/bpmn_editor.h"
#include "tests/bench/bpmn_generator.h"

using namespace ameide;
using namespace ameide::modeler;

namespace {

constexpr int kPatience = 60'000;
constexpr int kRounds = 3;
constexpr int kEdits = 20;
constexpr int kPause = 500;  // from the first frame to the first edit, in milliseconds: no hand is faster

/// Milliseconds since 1970: the clock that the page and C++ share.
double Now() {
  return std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
}

/// One line of the result. A peer of 0 stands for none; the bar is one of milliseconds (or MiB) or of the
/// ratio to the peer.
struct Bar {
  double value = 0;
  bool of_ratio = false;
};

void Row(const std::string& what, double measured, const char* unit, double peer, Bar bar) {
  const double ratio = peer > 0 ? measured / peer : 0;
  std::printf("%-52s %9.1f %-3s", what.c_str(), measured, unit);
  if (peer > 0)
    std::printf(" %9.1f %6.2f", peer, ratio);
  else
    std::printf(" %9s %6s", "-", "-");
  if (bar.value > 0) {
    const double compared = bar.of_ratio ? ratio : measured;
    std::printf("  %s%7.2f %-3s %s\n", bar.of_ratio ? "x" : " ", bar.value, bar.of_ratio ? "" : unit,
                compared <= bar.value ? "reached" : "missed");
  } else {
    std::printf("\n");
  }
  std::fflush(stdout);
}

[[noreturn]] void Fail(const QString& message) {
  std::fprintf(stderr, "bench_editor: %s\n", qPrintable(message));
  std::exit(1);
}

/// The part of a process's memory that is its own, in MiB, with all processes below it.
double PssOfTree(const QString& root) {
  double total = 0;
  QStringList tree{root};
  const QStringList all = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs);
  for (int i = 0; i < tree.size(); ++i) {
    QFile rollup(QStringLiteral("/proc/%1/smaps_rollup").arg(tree[i]));
    if (rollup.open(QIODevice::ReadOnly)) {
      static const QRegularExpression pss(QStringLiteral("^Pss:\\s+(\\d+) kB"),
                                          QRegularExpression::MultilineOption);
      total += pss.match(QString::fromLatin1(rollup.readAll())).captured(1).toDouble() / 1024;
    }
    for (const QString& pid : all) {
      QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
      if (!stat.open(QIODevice::ReadOnly)) continue;
      const QString line = QString::fromLatin1(stat.readAll());
      const QStringList after = line.mid(line.lastIndexOf(QLatin1Char(')')) + 2).split(QLatin1Char(' '));
      if (after.value(1) == tree[i]) tree << pid;
    }
  }
  return total;
}

/// What runs in the page. `ours` is the editor's bpmn-js, `peer` one as it comes from the library.
const char kPage[] = R"js(
  window.bench = {
    now: () => performance.timeOrigin + performance.now(),
    // After the next frame is on its way to the screen.
    presented: (then) => requestAnimationFrame(() => setTimeout(() => then(window.bench.now()))),
    peer: undefined,
    watch(modeler) { this.painted = 0; modeler.get('eventBus').once('import.done', 1, () => { this.presented((at) => { this.painted = at; }); }); },
    openPeer(xml) {
      this.closePeer();
      const ours = document.getElementById('canvas');
      this.box = ours.parentElement.appendChild(Object.assign(document.createElement('div'), { id: 'peer' }));
      const { left, top, width, height } = ours.getBoundingClientRect();
      Object.assign(this.box.style, { position: 'fixed', left: left + 'px', top: top + 'px', width: width + 'px', height: height + 'px', background: 'white', zIndex: 1000 });
      this.result = undefined;
      const start = this.now();
      this.peer = new window.ameide.modeler.constructor({ container: this.box });
      this.peer.importXML(xml).then(() => {
        const imported = this.now() - start;
        this.presented((at) => { this.result = [imported, at - start]; });
      });
    },
    closePeer() { if (this.peer) { this.peer.destroy(); this.box.remove(); this.peer = undefined; } },
    edit(modeler, kind, index) {
      const modeling = modeler.get('modeling'), registry = modeler.get('elementRegistry');
      const task = registry.get('Task_' + index);
      const all = kind === 'all' ? registry.filter((e) => e.parent && !e.waypoints) : [task];
      this.result = undefined;
      const start = this.now();
      if (kind === 'rename') modeling.updateProperties(task, { name: 'Renamed ' + start });
      else modeling.moveElements(all, { x: 10, y: 10 });
      const work = this.now() - start;
      this.presented((at) => { this.result = [start, work, at - start]; });
    },
  };
)js";

struct EditTimes {
  double work = 0;          ///< of the main thread
  double acknowledged = 0;  ///< until C++ has taken and acknowledged the change
  double presented = 0;     ///< until the frame
};

/// One editor in its page, and the peer in the same page.
class Session {
 public:
  Session() {
    editor_.resize(1280, 800);
    editor_.show();
    QObject::connect(&editor_, &BpmnEditor::changed, &editor_, [this](const EditorChange& change) {
      uaf::Receipt receipt;
      receipt.event = {{"bench"}, ++seq_};
      editor_.Acknowledge(change.ticket, receipt);
      acknowledged_ = Now();
      ++changes_;
    });
    QObject::connect(&editor_, &BpmnEditor::painted, &editor_, [this] {
      opened_ = Now();
      ++openings_;
    });
    QObject::connect(&editor_, &BpmnEditor::problem, &editor_, [](const QString& message) { Fail(message); });
    Open(bench::GenerateBpmn(10), false);
    Run(QString::fromLatin1(kPage));
  }

  void ShowProblems(const std::vector<ElementProblem>& problems) { editor_.ShowProblems(problems); }

  struct Opening {
    double interactive = 0;
    double painted = 0;
  };

  Opening Open(const std::string& xml, bool watched = true) {
    if (watched) Run(QStringLiteral("bench.watch(ameide.modeler)"));
    uaf::document::ImportOp import;
    import.kind = uaf::document::TreeKind::kXml;
    auto document = uaf::document::Document::Import(import, xml, {{"bench"}, 1});
    if (!document.ok()) Fail(QString::fromStdString(std::string(document.status().message())));
    const int before = openings_;
    const double start = Now();
    editor_.Open(*std::move(document), {{"bench"}, 1}, false);
    if (!QTest::qWaitFor([&] { return openings_ > before; }, kPatience)) Fail("the model does not open");
    Opening opening{opened_ - start, 0};
    if (watched) opening.painted = WaitFor(QStringLiteral("bench.painted")).toDouble() - start;
    return opening;
  }

  Opening OpenPeer(const std::string& xml) {
    const QString text = QString::fromUtf8(
        QJsonDocument(QJsonObject{{QStringLiteral("xml"), QString::fromStdString(xml)}}).toJson());
    Run(QStringLiteral("bench.openPeer(%1.xml)").arg(text));
    const QVariantList times = WaitFor(QStringLiteral("bench.result")).toList();
    return {times.value(0).toDouble(), times.value(1).toDouble()};
  }
  void ClosePeer() { Run(QStringLiteral("bench.closePeer()")); }

  EditTimes Edit(bool peer, const QString& kind, int index) {
    const int before = changes_;
    Run(QStringLiteral("bench.edit(%1, '%2', %3)")
            .arg(peer ? QStringLiteral("bench.peer") : QStringLiteral("ameide.modeler"), kind)
            .arg(index));
    const QVariantList times = WaitFor(QStringLiteral("bench.result")).toList();
    EditTimes result;
    result.work = times.value(1).toDouble();
    result.presented = times.value(2).toDouble();
    if (!peer) {
      if (!QTest::qWaitFor([&] { return changes_ > before; }, kPatience)) Fail("an edit is not told");
      result.acknowledged = acknowledged_ - times.value(0).toDouble();
    }
    return result;
  }

  /// Waits until the page has had time for what it does when idle.
  void Rest(int milliseconds) { QTest::qWait(milliseconds); }

 private:
  QVariant Run(const QString& javascript) {
    QVariant result;
    bool done = false;
    editor_.view()->page()->runJavaScript(javascript, [&](const QVariant& value) {
      result = value;
      done = true;
    });
    if (!QTest::qWaitFor([&] { return done; }, kPatience)) Fail("the page does not answer");
    return result;
  }

  /// The value of an expression as soon as it has one.
  QVariant WaitFor(const QString& expression) {
    QElapsedTimer waited;
    waited.start();
    while (waited.elapsed() < kPatience) {
      const QVariant value = Run(expression + QStringLiteral(" || null"));
      if (value.isValid() && !value.isNull()) return value;
      QTest::qWait(5);
    }
    Fail(QStringLiteral("no value of ") + expression);
  }

  BpmnEditor editor_;
  uint64_t seq_ = 1;
  int openings_ = 0;
  int changes_ = 0;
  double opened_ = 0;
  double acknowledged_ = 0;
};

/// What lint finds in a model that nobody has cared for: something at every task.
std::vector<ElementProblem> ProblemsAtEveryTask(int elements) {
  std::vector<ElementProblem> problems;
  for (int task = 1; task <= (elements - 3) / 2; ++task)
    problems.push_back(
        {"Task_" + std::to_string(task), task % 2 == 0, "Something is wrong here", {"Mend it"}});
  return problems;
}

double Median(const std::vector<double>& values) { return Quantile(values, 0.5); }

void MeasureEdits(Session& session, int elements, const QString& kind, bool bars,
                  const std::string& beside = "") {
  std::vector<double> work, acknowledged, presented, peer_work, peer_presented;
  const int tasks = (elements - 3) / 2;
  for (int i = 0; i < kEdits; ++i) {
    const int index = 1 + (i * 37) % tasks;
    const EditTimes peer = session.Edit(true, kind, index);
    const EditTimes ours = session.Edit(false, kind, index);
    work.push_back(ours.work);
    acknowledged.push_back(ours.acknowledged);
    presented.push_back(ours.presented);
    peer_work.push_back(peer.work);
    peer_presented.push_back(peer.presented);
  }
  const std::string name = kind.toStdString() + " at " + std::to_string(elements) + beside;
  Row(name + ": main thread, p50", Quantile(work, 0.5), "ms", Quantile(peer_work, 0.5), {});
  Row(name + ": main thread, p95", Quantile(work, 0.95), "ms", Quantile(peer_work, 0.95),
      {bars ? 8.0 : 0, false});
  Row(name + ": to acknowledged in C++, p50", Quantile(acknowledged, 0.5), "ms", Quantile(peer_work, 0.5),
      {});
  Row(name + ": to acknowledged in C++, p95", Quantile(acknowledged, 0.95), "ms", Quantile(peer_work, 0.95),
      {});
  Row(name + ": to the frame, p95", Quantile(presented, 0.95), "ms", Quantile(peer_presented, 0.95),
      {bars ? 33.4 : 0, false});
}

void Measure(Session& session, int elements) {
  const std::string xml = bench::GenerateBpmn(elements);
  const bool bars = elements >= 8000;
  const std::string at = " at " + std::to_string(elements);
  std::vector<double> painted, interactive, first, peer_imported, peer_first;
  for (int round = 0; round < kRounds; ++round) {
    session.Open(bench::GenerateBpmn(10));
    const Session::Opening peer = session.OpenPeer(xml);
    peer_imported.push_back(peer.interactive);
    session.Rest(kPause);
    peer_first.push_back(session.Edit(true, QStringLiteral("rename"), 3).work);
    session.ClosePeer();
    const Session::Opening ours = session.Open(xml);
    painted.push_back(ours.painted);
    interactive.push_back(ours.interactive);
    session.Rest(kPause);
    first.push_back(session.Edit(false, QStringLiteral("rename"), 3).work);
  }
  Row("open" + at + ": to the first frame", Median(painted), "ms", Median(peer_imported),
      {bars ? 0.33 : 0, true});
  Row("open" + at + ": to interactive", Median(interactive), "ms", Median(peer_imported),
      {bars ? 0.6 : 0, true});
  Row("first edit" + at + ": main thread", Median(first), "ms", Median(peer_first), {bars ? 50.0 : 0, false});
  session.Rest(1500);
  Row("memory" + at + ": PSS of all processes", PssOfTree(QString::number(::getpid())), "MiB", 0,
      {elements <= 1000 ? 600.0 : 0, false});
  session.OpenPeer(xml);
  session.Rest(500);
  MeasureEdits(session, elements, QStringLiteral("rename"), bars);
  MeasureEdits(session, elements, QStringLiteral("move"), bars);
  const std::vector<ElementProblem> problems = ProblemsAtEveryTask(elements);
  session.ShowProblems(problems);
  session.Rest(500);
  MeasureEdits(session, elements, QStringLiteral("rename"), bars,
               ", " + std::to_string(problems.size()) + " problems");
  session.ShowProblems({});
  const EditTimes peer = session.Edit(true, QStringLiteral("all"), 1);
  const EditTimes ours = session.Edit(false, QStringLiteral("all"), 1);
  Row("move everything" + at + ": to the frame", ours.presented, "ms", peer.presented,
      {bars ? 0.2 : 0, true});
  session.ClosePeer();
}

/// The whole workbench, from the start of its process; left out where its programs do not stand beside this
/// one.
void MeasureStart() {
  const QDir programs(QCoreApplication::applicationDirPath());
  const QString workbench = programs.filePath(QStringLiteral("ameide-workbench"));
  const QString ameide = programs.filePath(QStringLiteral("ameide"));
  if (!QFile::exists(workbench) || !QFile::exists(ameide)) {
    std::printf("start of the workbench: left out, ameide-workbench and ameide are not built\n");
    return;
  }
  const QTemporaryDir folder;
  const QString workspace = folder.filePath(QStringLiteral("workspace"));
  qputenv("AMEIDE_PROFILE_DIR", folder.filePath(QStringLiteral("profile")).toUtf8());
  QDir().mkpath(workspace);
  QFile model(QDir(workspace).filePath(QStringLiteral("model.bpmn")));
  const std::string xml = bench::GenerateBpmn(1000);
  if (!model.open(QIODevice::WriteOnly) || model.write(xml.data(), static_cast<qint64>(xml.size())) < 0)
    Fail("the workspace cannot be written");
  model.close();
  QProcess init;
  init.start(ameide, {QStringLiteral("init"), workspace});
  if (!init.waitForFinished(kPatience) || init.exitCode() != 0) Fail("ameide init failed");
  std::vector<double> painted, memory;
  for (int round = 0; round < kRounds + 1; ++round) {
    QProcess start;
    start.start(workbench, {QStringLiteral("--measure-start"), QStringLiteral("model.bpmn"), workspace});
    if (!start.waitForFinished(kPatience)) Fail("the workbench does not start");
    const QJsonObject times = QJsonDocument::fromJson(start.readAllStandardOutput()).object();
    if (times.isEmpty()) Fail("the workbench does not tell its times");
    if (round == 0) continue;  // fills the page cache
    painted.push_back(times[QLatin1String("painted_ms")].toDouble());
    memory.push_back(times[QLatin1String("pss_kb")].toDouble() / 1024);
  }
  Row("workbench: start to the first painted diagram, 1000", Median(painted), "ms", 0, {1000, false});
  Row("workbench: PSS of all processes, 1000", Median(memory), "MiB", 0, {600, false});
}

}  // namespace

int main(int argc, char** argv) {
  RegisterScheme();
  QApplication application(argc, argv);
  std::vector<int> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::max(10, std::atoi(argv[i])));
  if (sizes.empty()) sizes = {1000, 8000};
  std::printf("%-52s %13s %9s %6s  %s\n", "what", "measured", "bpmn-js", "ratio", "bar");
  for (const int elements : sizes) {
    Session session;
    Measure(session, elements);
  }
  MeasureStart();
  return 0;
}
