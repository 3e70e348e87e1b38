#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "backend/runtime/simulation/run.h"
#include "notation/feel/json.h"

using ameide::runtime::Run;
using ameide::runtime::RunOptions;

namespace {

std::string SourceDir() { return qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".").toStdString(); }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The lines of a model's first comment that begin with `run:` (options without their dashes), `trace:` and
/// `outcome:`, three for each run.
struct Expectation {
  RunOptions options;
  std::string trace;
  std::string outcome;
};

RunOptions OptionsOf(const std::string& text) {
  RunOptions options;
  options.trace = true;
  std::istringstream words(text);
  std::string word;
  while (words >> word) {
    if (word == "stub") {
      options.stub = true;
      continue;
    }
    std::string value;
    words >> value;
    if (word == "process") options.processes.push_back(value);
    if (word == "var") options.variables.push_back(value);
    if (word == "complete") options.complete.push_back(value);
    if (word == "throw") options.throws.push_back(value);
    if (word == "message") options.sent.push_back({false, value});
    if (word == "signal") options.sent.push_back({true, value});
    if (word == "advance") options.advance = value;
  }
  return options;
}

std::vector<Expectation> ExpectationsOf(const std::string& model) {
  std::vector<Expectation> expectations;
  std::istringstream lines(model.substr(0, model.find("-->")));
  std::string line;
  while (std::getline(lines, line)) {
    const auto after = [&](const std::string& label) -> std::optional<std::string> {
      const size_t at = line.find(label);
      if (at == std::string::npos) return std::nullopt;
      return QString::fromStdString(line.substr(at + label.size())).trimmed().toStdString();
    };
    if (const auto run = after("run:")) {
      expectations.push_back({OptionsOf(*run), "", ""});
    } else if (const auto trace = after("trace:")) {
      expectations.back().trace = *trace;
    } else if (const auto outcome = after("outcome:")) {
      expectations.back().outcome = *outcome;
    }
  }
  return expectations;
}

/// What happened: ends of elements as `element` (completed), `element!` (terminated) or `element?` (error),
/// bodies as `element*`; then each instance as `process=state{variables}`.
void Tell(const std::string& out, std::string& trace, std::string& outcome) {
  std::istringstream lines(out);
  std::string line;
  while (std::getline(lines, line)) {
    const auto value = ameide::feel::FromJson(line);
    const ameide::feel::Context* const entry = value.ok() ? value->context() : nullptr;
    if (entry == nullptr) continue;
    if (const auto* outcomes = entry->Find("outcomes")) {
      for (const ameide::feel::Value& it : *outcomes->list()) {
        outcome += (outcome.empty() ? "" : " ") + *it.context()->Find("process")->string() + "=" +
                   *it.context()->Find("state")->string() +
                   ameide::feel::ToJson(*it.context()->Find("variables"));
      }
      continue;
    }
    const std::string& event = *entry->Find("event")->string();
    if (event == "activated") continue;
    trace += (trace.empty() ? "" : " ") + *entry->Find("element")->string();
    if (entry->Find("type")->string()->ends_with("Body")) trace += "*";
    if (event == "terminated") trace += "!";
    if (event == "error") trace += "?";
  }
}

}  // namespace

/// Every construct of BPMN 2.0.2's clause 13 as a model with what must happen. The files in models/ are named
/// after the clause; their first comment holds the runs.
class ConformanceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenModelRuns_thenClauseHolds_data() { AllModels(); }
  void whenModelRuns_thenClauseHolds() { RunAll(false); }
  /// What is published is the plan's bytes: nothing may be lost in them, and nothing refused.
  void whenAPlanIsReadFromItsBytes_thenClauseHolds_data() { AllModels(); }
  void whenAPlanIsReadFromItsBytes_thenClauseHolds() { RunAll(true); }

 private:
  static void AllModels();
  static void RunAll(bool from_bytes);
};

void ConformanceTest::AllModels() {
  QTest::addColumn<QString>("path");
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(SourceDir() + "/tests/backend/conformance/models")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths)
    QTest::newRow(path.filename().c_str()) << QString::fromStdString(path.string());
}

void ConformanceTest::RunAll(bool from_bytes) {
  QFETCH(QString, path);
  const std::string model = ReadFile(path.toStdString());
  std::vector<Expectation> expectations = ExpectationsOf(model);
  QVERIFY(!expectations.empty());
  for (Expectation& expected : expectations) {
    expected.options.from_bytes = from_bytes;
    std::ostringstream out, log;
    const absl::StatusOr<int> code = Run(model, expected.options, out, log);
    QVERIFY2(code.ok(), std::string(code.status().message()).c_str());
    std::string trace, outcome;
    Tell(out.str(), trace, outcome);
    QCOMPARE(QString::fromStdString(log.str() + trace), QString::fromStdString(expected.trace));
    QCOMPARE(QString::fromStdString(outcome), QString::fromStdString(expected.outcome));
  }
}

QTEST_APPLESS_MAIN(ConformanceTest)
#include "conformance_test.moc"
