#pragma once

#include <QtTest>

#include "tests/sync/scratch.h"

namespace ameide::cli {

/// What one run of the program did.
struct Outcome {
  int exit = -1;
  std::string out;
  std::string err;

  /// Standard output as JSON: an object, or an empty one where it is none.
  QJsonObject Json() const { return QJsonDocument::fromJson(QByteArray::fromStdString(out)).object(); }
  bool Says(const std::string& words) const { return err.find(words) != std::string::npos; }
};

/// Runs the real `ameide` in folders of one test, with a profile of its own.
class Program {
 public:
  static std::string Path() {
    const char* folder = std::getenv("AMEIDE_BIN_DIR");
    return std::string(folder != nullptr ? folder : "build/dev/bin") + "/ameide";
  }

  /// The environment of a person called `name`.
  Program(const sync::Scratch& scratch, const std::string& name = "ada") : scratch_(scratch) {
    environment_ = QProcessEnvironment::systemEnvironment();
    environment_.insert(QStringLiteral("AMEIDE_PROFILE_DIR"),
                        QString::fromStdString(scratch.Path(name + "-profile").string()));
    environment_.insert(QStringLiteral("TZ"), QStringLiteral("UTC"));
    environment_.remove(QStringLiteral("AMEIDE_LOG"));
  }

  /// Starts without waiting, in `folder` of the scratch.
  void Start(QProcess& process, const std::string& folder, const QStringList& arguments) const {
    process.setProcessEnvironment(environment_);
    process.setWorkingDirectory(QString::fromStdString(scratch_.Path(folder).string()));
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(QString::fromStdString(Path()), arguments);
  }

  Outcome Run(const std::string& folder, const QStringList& arguments) const {
    QProcess process;
    Start(process, folder, arguments);
    Outcome outcome;
    if (!process.waitForFinished(60000)) {
      qWarning() << "no end:" << arguments << process.errorString();
      process.kill();
      process.waitForFinished();
      return outcome;
    }
    outcome.exit = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -2;
    outcome.out = process.readAllStandardOutput().toStdString();
    outcome.err = process.readAllStandardError().toStdString();
    return outcome;
  }

 private:
  const sync::Scratch& scratch_;
  QProcessEnvironment environment_;
};

/// Fails with everything the program said when it did not exit as expected.
#define VERIFY_EXIT(outcome, expected)                                                                      \
  do {                                                                                                      \
    const Outcome& verify_exit = (outcome);                                                                 \
    QVERIFY2(verify_exit.exit == (expected),                                                                \
             (std::to_string(verify_exit.exit) + "\n" + verify_exit.out + "\n" + verify_exit.err).c_str()); \
  } while (false)

inline constexpr char kModel[] =
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    "<bpmn:definitions xmlns:bpmn='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d' "
    "targetNamespace='urn:x'>\n"
    "  <bpmn:process id='order' name='Order to cash' isExecutable='true'>\n"
    "    <bpmn:startEvent id='start' name='Order "
    "received'><bpmn:outgoing>f</bpmn:outgoing></bpmn:startEvent>\n"
    "    <bpmn:endEvent id='end' name='Done'><bpmn:incoming>f</bpmn:incoming></bpmn:endEvent>\n"
    "    <bpmn:sequenceFlow id='f' sourceRef='start' targetRef='end'/>\n"
    "  </bpmn:process>\n"
    "</bpmn:definitions>\n";

inline std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace ameide::cli
