/// Random sequences of editor commands on real models in the real browser: after every command, the document
/// that was recorded from deltas must say the same as a full save of the editor.
///
/// usage: bridge_sequences [--sequences N] [--commands M] [--seed S] [MODEL...]
#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>
#include <cstdio>

#include "base/platform/file_system.h"
#include "base/random.h"
#include "tests/modeler/editor_harness.h"

using namespace ameide;
using namespace ameide::modeler;

namespace {

/// One random command, as JavaScript with its own dice; returns what it did.
const char kCommand[] = R"js(
  let state = %1;
  const below = (n) => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor(state / 65536) % n; };
  const pick = (list) => list[below(list.length)];
  const get = (name) => modeler.get(name);
  const registry = get('elementRegistry'), modeling = get('modeling'), factory = get('elementFactory'), canvas = get('canvas');
  const root = canvas.getRootElement();
  const all = registry.getAll().filter((e) => e !== root && !e.hidden && !e.labelTarget && e.businessObject && e.parent);
  const shapes = all.filter((e) => !e.waypoints);
  const nodes = shapes.filter((e) => /Task$|Gateway$|Event$|SubProcess$|CallActivity$/.test(e.businessObject.$type));
  const flows = all.filter((e) => e.waypoints);
  const kind = pick(['create', 'append', 'connect', 'move', 'move', 'resize', 'replace', 'delete', 'paste', 'label', 'label', 'property', 'property', 'bend', 'color']);
  const types = ['bpmn:Task', 'bpmn:UserTask', 'bpmn:ServiceTask', 'bpmn:ExclusiveGateway', 'bpmn:EndEvent', 'bpmn:IntermediateThrowEvent', 'bpmn:SubProcess'];
  const parentOf = () => { const p = pick(nodes.length ? nodes : shapes); return p ? p.parent : root; };
  const name = 'N' + below(1000) + pick(['', ' & co', ' "q"', ' <tag>', ' ü€']);
  switch (kind) {
    case 'create': { const p = shapes.length ? parentOf() : root;
      modeling.createShape(factory.createShape({ type: pick(types) }), { x: 200 + below(900), y: 150 + below(500) }, p); break; }
    case 'append': { const source = pick(nodes.filter((e) => !/EndEvent/.test(e.businessObject.$type))); if (!source) return 'nothing';
      modeling.appendShape(source, factory.createShape({ type: pick(types) }), { x: source.x + 200, y: source.y + 40 + below(60) }, source.parent); break; }
    case 'connect': { const a = pick(nodes), b = pick(nodes); if (!a || !b || a === b || a.parent !== b.parent) return 'nothing';
      const rule = get('bpmnRules').canConnect(a, b); if (!rule) return 'nothing'; modeling.connect(a, b, rule); break; }
    case 'move': { const e = pick(nodes); if (!e) return 'nothing'; modeling.moveElements([e], { x: 10 * (below(9) - 4), y: 10 * (below(9) - 4) }); break; }
    case 'resize': { const e = pick(nodes.filter((n) => /Task$|SubProcess$/.test(n.businessObject.$type))); if (!e) return 'nothing';
      modeling.resizeShape(e, { x: e.x, y: e.y, width: e.width + 10 * below(5), height: e.height + 10 * below(3) }); break; }
    case 'replace': { const e = pick(nodes.filter((n) => /Task$/.test(n.businessObject.$type))); if (!e) return 'nothing';
      get('bpmnReplace').replaceElement(e, { type: pick(['bpmn:UserTask', 'bpmn:ServiceTask', 'bpmn:ScriptTask', 'bpmn:Task', 'bpmn:CallActivity']) }); break; }
    case 'delete': { const e = pick(below(3) ? nodes : flows); if (!e) return 'nothing'; modeling.removeElements([e]); break; }
    case 'paste': { const e = pick(nodes.filter((n) => n.parent === root || n.parent.type !== 'label')); if (!e) return 'nothing';
      get('copyPaste').copy([e]); get('copyPaste').paste({ element: e.parent, point: { x: 300 + below(600), y: 200 + below(300) } }); break; }
    case 'label': { const e = pick(all); if (!e) return 'nothing'; modeling.updateLabel(e, below(6) ? name : ''); break; }
    case 'property': { const e = pick(nodes); if (!e) return 'nothing';
      if (below(2)) modeling.updateProperties(e, { name });
      else { const bo = e.businessObject; const doc = get('bpmnFactory').create('bpmn:Documentation', { text: name }); doc.$parent = bo;
        modeling.updateModdleProperties(e, bo, { documentation: [doc] }); } break; }
    case 'bend': { const e = pick(flows); if (!e) return 'nothing'; const w = e.waypoints.map((p) => ({ x: p.x, y: p.y }));
      w.splice(1, 0, { x: w[0].x + 20 + below(50), y: w[0].y + 30 + below(50) }); modeling.updateWaypoints(e, w); break; }
    case 'color': { const e = pick(nodes); if (!e) return 'nothing'; modeling.setColor([e], pick([undefined, { fill: '#ffe0b2', stroke: '#fb8c00' }])); break; }
  }
  return kind;
)js";

struct Totals {
  int sequences = 0;
  int commands = 0;
  int failed = 0;
};

/// Runs one sequence; false, with what differed printed, when it fails.
bool RunSequence(EditorHarness& harness, const std::string& bytes, const QString& name, uint64_t seed,
                 int commands, Totals& totals) {
  SeededRandom random(seed);
  if (!harness.Open(bytes)) {
    std::printf("%s: cannot be opened: %s\n", qPrintable(name), qPrintable(harness.problems().join('\n')));
    return false;
  }
  QStringList history;
  for (int i = 0; i < commands; ++i) {
    const uint64_t dice = random.Below(12);
    QString done;
    if (dice == 0)
      done = harness.Undo() ? "undo" : "nothing";
    else if (dice == 1)
      done = harness.Redo() ? "redo" : "nothing";
    else
      done = harness.Run(QString(kCommand).arg(random.Below(2147483647))).toString();
    harness.Settle();
    history << done;
    ++totals.commands;
    // A command that throws inside bpmn-js is taken back by opening the document again: nothing of it may
    // remain.
    if (done.startsWith("exception")) {
      if (!harness.Restored()) return false;
      history << "taken back";
    }
    QStringList wrong = harness.problems();
    if (wrong.isEmpty()) wrong = harness.Differences();
    if (wrong.isEmpty()) continue;
    std::printf("%s, seed %llu, command %d (%s):\n  %s\n  before: %s\n", qPrintable(name),
                static_cast<unsigned long long>(seed), i + 1, qPrintable(done),
                qPrintable(wrong.join("\n  ").left(1500)), qPrintable(history.join(' ')));
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  RegisterScheme();
  QApplication application(argc, argv);
  QCommandLineParser parser;
  parser.addHelpOption();
  parser.addOption({"sequences", "Sequences on each model.", "N", "500"});
  parser.addOption({"commands", "Commands in a sequence.", "M", "50"});
  parser.addOption({"seed", "First seed; each sequence takes the next.", "S"});
  parser.addPositionalArgument("models", "BPMN files; the MIWG reference models without.");
  parser.process(application);
  const uint64_t seed =
      parser.isSet("seed") ? parser.value("seed").toULongLong() : SystemRandom().Below(1'000'000'000);
  QStringList models = parser.positionalArguments();
  if (models.isEmpty()) models = MiwgModels();
  if (models.isEmpty()) {
    std::printf(
        "SKIP   : conformance data is absent; set AMEIDE_CONFORMANCE_DIR\ncases: 0 passed, 0 failed\n");
    return 0;
  }
  Totals totals;
  EditorHarness harness;
  for (const QString& model : models) {
    const auto bytes = PosixFileSystem().Read(model.toStdString(), 1 << 26);
    if (!bytes.ok()) {
      std::printf("%s\n", std::string(bytes.status().message()).c_str());
      return 2;
    }
    for (int i = 0; i < parser.value("sequences").toInt(); ++i) {
      ++totals.sequences;
      if (!RunSequence(harness, *bytes, QFileInfo(model).fileName(), seed + static_cast<uint64_t>(i),
                       parser.value("commands").toInt(), totals)) {
        ++totals.failed;
      }
      std::fflush(stdout);
    }
  }
  std::printf("seed %llu, %d models, %d sequences, %d commands\n", static_cast<unsigned long long>(seed),
              static_cast<int>(models.size()), totals.sequences, totals.commands);
  std::printf("cases: %d passed, %d failed\n", totals.sequences - totals.failed, totals.failed);
  return totals.failed == 0 ? 0 : 1;
}
