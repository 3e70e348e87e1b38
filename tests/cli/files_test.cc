#include <QtTest>

#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

std::string Utf16(const std::string& ascii) {
  std::string out = "\xff\xfe";
  for (const char c : ascii) {
    out.push_back(c);
    out.push_back('\0');
  }
  return out;
}

/// The verbs that judge single files: roundtrip, lint, feel.
class FilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenFilesAreWellFormed_thenRoundtripIsIdentical() {
    const sync::Scratch scratch;
    const Program program(scratch);
    std::string crlf;
    for (const char c : std::string(kModel)) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    scratch.Write("plain.bpmn", kModel);
    scratch.Write("crlf.bpmn", crlf);
    scratch.Write("bom.bpmn", "\xef\xbb\xbf" + std::string(kModel));
    scratch.Write("utf16.bpmn", Utf16(Replaced(kModel, "UTF-8", "UTF-16")));
    scratch.Write("latin.bpmn", Replaced(Replaced(kModel, "UTF-8", "ISO-8859-1"), "Done", "Erl\xe4utert"));
    scratch.Write("notes.md", "# T\xc3\xa4tigkeit\r\n\nno newline at the end");
    scratch.Write("picture.png", std::string("\x89PNG\r\n\0\x01", 8));
    scratch.Write("empty.md", "");
    const QStringList files = {"plain.bpmn", "crlf.bpmn", "bom.bpmn",    "utf16.bpmn",
                               "latin.bpmn", "notes.md",  "picture.png", "empty.md"};
    const Outcome outcome = program.Run(".", QStringList{"roundtrip"} + files);
    VERIFY_EXIT(outcome, 0);
    std::string expected;
    for (const QString& file : files) expected += file.toStdString() + ": identical\n";
    QCOMPARE(outcome.out, expected);
  }

  void whenAFileCannotBeParsed_thenRoundtripNamesThePlace() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("good.bpmn", kModel);
    scratch.Write("bad.bpmn", "<a>\n<b></a>\n");
    scratch.Write("empty.bpmn", "");
    scratch.Write("binary.bpmn", std::string("\0\x01\x02\xff", 4));
    scratch.Write("truncated.bpmn", std::string(kModel).substr(0, 200));
    scratch.Write("bomb.bpmn",
                  "<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'><!ENTITY y '&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;'>"
                  "<!ENTITY z '&y;&y;&y;&y;&y;&y;&y;&y;&y;&y;'><!ENTITY w '&z;&z;&z;&z;&z;&z;&z;&z;&z;&z;'>"
                  "<!ENTITY v '&w;&w;&w;&w;&w;&w;&w;&w;&w;&w;'><!ENTITY u '&v;&v;&v;&v;&v;&v;&v;&v;&v;&v;'>"
                  "]><a>&u;&u;&u;&u;&u;&u;&u;&u;&u;&u;</a>");
    std::string deep;
    for (int i = 0; i < 10000; ++i) deep += "<a>";
    scratch.Write("deep.bpmn", deep);
    const Outcome outcome = program.Run(".", {"roundtrip", "good.bpmn", "bad.bpmn", "empty.bpmn",
                                              "binary.bpmn", "truncated.bpmn", "bomb.bpmn", "deep.bpmn"});
    VERIFY_EXIT(outcome, 1);
    const QStringList lines =
        QString::fromStdString(outcome.out).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 7);
    QCOMPARE(lines[0], QStringLiteral("good.bpmn: identical"));
    QVERIFY2(lines[1].startsWith(QStringLiteral("bad.bpmn:2:")), qPrintable(lines[1]));
    static const QRegularExpression place(QStringLiteral("^\\w+\\.bpmn:\\d+:\\d+: .+"));
    for (qsizetype i = 1; i < lines.size(); ++i)
      QVERIFY2(place.match(lines[i]).hasMatch(), qPrintable(lines[i]));
  }

  void whenAFileIsMissing_thenExit2() {
    const sync::Scratch scratch;
    const Program program(scratch);
    for (const char* verb : {"roundtrip", "lint"}) {
      const Outcome outcome = program.Run(".", {verb, "nowhere.bpmn"});
      VERIFY_EXIT(outcome, 2);
      QVERIFY(outcome.Says("nowhere.bpmn"));
    }
  }

  void whenAModelHasFaults_thenLintListsThemAsJson() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("models/good.bpmn", kModel);
    scratch.Write("models/sub/dangling.bpmn", Replaced(kModel, "targetRef='end'", "targetRef='nowhere'"));
    scratch.Write("models/broken.bpmn", "<a>\n<b></a>\n");
    scratch.Write("models/.hidden/broken.bpmn", "<");
    const Outcome outcome = program.Run(".", {"lint", "models", "--json"});
    VERIFY_EXIT(outcome, 1);
    const QJsonArray findings = outcome.Json()["findings"].toArray();
    bool dangling = false;
    bool broken = false;
    for (const QJsonValue& finding : findings) {
      QCOMPARE(finding.toObject().keys(),
               (QStringList{"element", "file", "line", "message", "rule", "severity"}));
      const QString file = finding["file"].toString();
      QVERIFY(!file.contains(QStringLiteral("hidden")));
      QVERIFY(finding["severity"].toString() != QStringLiteral("error") ||
              file != QStringLiteral("models/good.bpmn"));
      dangling =
          dangling || (file == QStringLiteral("models/sub/dangling.bpmn") && finding["line"].toInt() == 6);
      broken = broken || (file == QStringLiteral("models/broken.bpmn") &&
                          finding["rule"].toString() == QStringLiteral("xml/not-well-formed") &&
                          finding["line"].toInt() == 2);
    }
    QVERIFY2(dangling, outcome.out.c_str());
    QVERIFY2(broken, outcome.out.c_str());
  }

  void whenLintHasErrors_thenCompileRefusesTheSame() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("bad.bpmn",
                  "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' targetNamespace='t'>\n"
                  "<process id='p' isExecutable='true' colour='red'>\n"
                  "<startEvent id='start' name='Start'/>\n"
                  "<exclusiveGateway id='which' name='Which?'/>\n"
                  "<userTask id='ask' name='Ask' startQuantity='0'/>\n"
                  "<userTask id='tell' name='Tell'/>\n"
                  "<parallelGateway id='join'/>\n"
                  "<endEvent id='end' name='End'><errorEventDefinition/></endEvent>\n"
                  "<sequenceFlow id='f1' sourceRef='start' targetRef='which'/>\n"
                  "<sequenceFlow id='f2' name='yes' sourceRef='which' targetRef='ask'>"
                  "<conditionExpression>x</conditionExpression></sequenceFlow>\n"
                  "<sequenceFlow id='f3' name='no' sourceRef='which' targetRef='tell'>"
                  "<conditionExpression>not(x)</conditionExpression></sequenceFlow>\n"
                  "<sequenceFlow id='f4' sourceRef='ask' targetRef='join'/>\n"
                  "<sequenceFlow id='f5' sourceRef='tell' targetRef='join'/>\n"
                  "<sequenceFlow id='f6' sourceRef='join' targetRef='end'/>\n"
                  "</process></definitions>\n");
    const auto lines = [](const QJsonArray& findings) {
      QStringList list;
      for (const QJsonValue& finding : findings) {
        if (finding["severity"].toString("error") != QStringLiteral("error")) continue;
        if (finding["rule"].toString().isEmpty())
          continue;  // the compiler's own, at an element that has others
        list << QStringLiteral("%1 %2 %3")
                    .arg(finding["line"].toInt())
                    .arg(finding["rule"].toString(), finding["element"].toString());
      }
      return list;
    };
    const Outcome lint = program.Run(".", {"lint", "bad.bpmn", "--json"});
    const Outcome compile = program.Run(".", {"compile", "bad.bpmn", "--json"});
    VERIFY_EXIT(lint, 1);
    VERIFY_EXIT(compile, 1);
    const QStringList errors = lines(lint.Json()["findings"].toArray());
    QCOMPARE(errors, (QStringList{"2 xml/schema p", "5 bpmn/activity-quantity ask",
                                  "7 bpmn/join-never-passed join", "8 target/missing-code end"}));
    QCOMPARE(lines(compile.Json()["findings"].toArray()), errors);
  }

  void whenAModelIsSound_thenLintIsQuiet() {
    const sync::Scratch scratch;
    const Program program(scratch);
    scratch.Write("good.bpmn", kModel);
    const Outcome text = program.Run(".", {"lint", "good.bpmn"});
    VERIFY_EXIT(text, 0);
    QCOMPARE(text.out, std::string());
    QCOMPARE(program.Run(".", {"lint", "good.bpmn", "--json"}).out, std::string("{\"findings\":[]}\n"));
    VERIFY_EXIT(program.Run(".", {"lint", "good.bpmn", "--profile", "fantasy"}), 2);
  }

  void whenAnExpressionIsEvaluated_thenItsValueIsJson() {
    const sync::Scratch scratch;
    const Program program(scratch);
    QCOMPARE(program.Run(".", {"feel", "1 + 2 * x", "--context", "{\"x\": 3}"}).out, std::string("7\n"));
    QCOMPARE(program.Run(".", {"feel", "\"a\" + \"b\""}).out, std::string("\"ab\"\n"));
    QCOMPARE(program.Run(".", {"feel", "< 5", "--unary", "--context", "3"}).out, std::string("true\n"));
    const Outcome unknown = program.Run(".", {"feel", "x + 1"});
    VERIFY_EXIT(unknown, 0);
    QCOMPARE(unknown.out, std::string("null\n"));
    QVERIFY(!unknown.err.empty());
    VERIFY_EXIT(program.Run(".", {"feel", "1 +"}), 1);
    VERIFY_EXIT(program.Run(".", {"feel", "1", "--context", "{"}), 2);
    QCOMPARE(program.Run(".", {"feel", "-x", "--context", "{\"x\": 3}"}).out, std::string("-3\n"));
    QCOMPARE(program.Run(".", {"feel", "--context", "{\"height\": 3}", "-height + 1"}).out,
             std::string("-2\n"));
    QCOMPARE(program.Run(".", {"feel", "--1"}).out, std::string("1\n"));
    QCOMPARE(program.Run(".", {"feel", "--", "-1"}).out, std::string("-1\n"));
    QCOMPARE(program.Run(".", {"feel", "-", "--unary", "--context", "3"}).out, std::string("true\n"));
    const Outcome misspelt = program.Run(".", {"feel", "sume(1, 2)"});
    QVERIFY(misspelt.err.find("did you mean sum()?") != std::string::npos);
    QCOMPARE(misspelt.err.find("there is no function", misspelt.err.find("there is no function") + 1),
             std::string::npos);
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::FilesTest)
#include "files_test.moc"
