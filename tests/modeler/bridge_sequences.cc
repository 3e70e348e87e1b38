/// Random sequences of editor commands on real models in the real browser: after every command (or every K,
/// which is twice as fast and finds all but differences that heal themselves), the document that was recorded
/// from deltas must say the same as a full save of the editor.
///
/// usage: bridge_sequences [--sequences N] [--commands M] [--every K] [--seconds T] [--seed S] [MODEL...]
#include <QApplication>
#include <QCommandLineParser>
#include <QDeadlineTimer>
#include <QFileInfo>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "base/platform/file_system.h"
#include "base/random.h"
#include "notation/bpmn/schema.h"
#include "tests/modeler/editor_harness.h"

using namespace ameide;
using namespace ameide::modeler;

namespace {

/// What a random command is, in JavaScript: random_command.js.
QString CommandScript() {
  const std::string path = qEnvironmentVariable("AMEIDE_SOURCE_DIR", QStringLiteral(".")).toStdString() +
                           "/tests/modeler/random_command.js";
  const auto script = PosixFileSystem().Read(path, 1 << 20);
  if (script.ok()) return QString::fromStdString(*script);
  std::printf("%s\n", std::string(script.status().message()).c_str());
  return {};
}

struct Totals {
  int sequences = 0;
  int commands = 0;
  int thrown = 0;  // inside bpmn-js, and taken back
  int failed = 0;
};

/// What the editor writes follows the standard's schemas: the models do, and no command leaves them.
QStringList SchemaErrors(const std::string& document) {
  QStringList errors;
  const QStringList lines = QString::fromStdString(document).split('\n');
  for (const auto& finding : bpmn::CheckSchema(document)) {
    errors << QStringLiteral("line %1, %2: %3")
                  .arg(finding.line)
                  .arg(QString::fromStdString(finding.element), QString::fromStdString(finding.message))
           << lines.mid(std::max(0, static_cast<int>(finding.line) - 8), 9);
  }
  return errors;
}

/// Runs one sequence; false, with what differed printed, when it fails.
bool RunSequence(EditorHarness& harness, const QString& script, const std::string& bytes, const QString& name,
                 uint64_t seed, int commands, int every, Totals& totals) {
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
      done =
          harness.Run(QStringLiteral("const dice = %1;\n").arg(random.Below(2147483647)) + script).toString();
    harness.Settle();
    history << done;
    ++totals.commands;
    // A command that throws inside bpmn-js is taken back by opening the document again: nothing of it may
    // remain.
    if (done.startsWith("exception")) {
      ++totals.thrown;
      if (!harness.Restored()) {
        std::printf("%s, seed %llu, command %d: not taken back: %s\n", qPrintable(name),
                    static_cast<unsigned long long>(seed), i + 1, qPrintable(done));
        return false;
      }
      history << "taken back";
    }
    QStringList wrong = harness.problems();
    const bool compare = (i + 1) % every == 0 || i + 1 == commands;
    if (wrong.isEmpty() && compare) wrong = harness.Differences();
    if (wrong.isEmpty() && compare) wrong = SchemaErrors(harness.Recorded());
    if (wrong.isEmpty()) continue;
    std::printf("%s, seed %llu, command %d (%s):\n  %s\n  before: %s\n", qPrintable(name),
                static_cast<unsigned long long>(seed), i + 1, qPrintable(done),
                qPrintable(wrong.join("\n  ").left(2500)), qPrintable(history.join(' ')));
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
  parser.addOption({"every", "Compares after every K commands, and at the end.", "K", "1"});
  parser.addOption({"seconds", "Starts no further sequence after this time.", "T"});
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
  const QString script = CommandScript();
  if (script.isEmpty()) return 2;
  std::vector<std::string> documents;
  for (const QString& model : models) {
    auto bytes = PosixFileSystem().Read(model.toStdString(), 1 << 26);
    if (!bytes.ok()) {
      std::printf("%s\n", std::string(bytes.status().message()).c_str());
      return 2;
    }
    documents.push_back(*std::move(bytes));
  }
  Totals totals;
  EditorHarness harness;
  const QDeadlineTimer end(parser.isSet("seconds") ? parser.value("seconds").toLongLong() * 1000 : -1);
  for (int i = 0; i < parser.value("sequences").toInt(); ++i) {
    for (int model = 0; model < models.size() && !end.hasExpired(); ++model) {
      ++totals.sequences;
      if (!RunSequence(harness, script, documents[static_cast<size_t>(model)],
                       QFileInfo(models[model]).fileName(), seed + static_cast<uint64_t>(i),
                       parser.value("commands").toInt(), std::max(1, parser.value("every").toInt()),
                       totals)) {
        ++totals.failed;
      }
      std::fflush(stdout);
    }
  }
  std::printf("seed %llu, %d models, %d sequences, %d commands, %d of them threw and were taken back\n",
              static_cast<unsigned long long>(seed), static_cast<int>(models.size()), totals.sequences,
              totals.commands, totals.thrown);
  std::printf("cases: %d passed, %d failed\n", totals.sequences - totals.failed, totals.failed);
  return totals.failed == 0 ? 0 : 1;
}
