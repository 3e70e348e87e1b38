#include <QDirIterator>
#include <QtTest>
#include <random>

#include "notation/dmn/tck.h"
#include "notation/feel/duration.h"
#include "tests/notation/dmn/dmn_models.h"
#include "uaf/document/text_edits.h"

using namespace ameide;
using namespace ameide::dmn;
using uaf::document::Finding;
using uaf::document::FixChoice;
using uaf::document::Severity;

/// What fixes leave of the conformance kit's models, as they are, laid out otherwise and with slips of the
/// pen: models that can be read, with no more findings than before and the same values.
class DmnFixLawsTest : public QObject {
  Q_OBJECT

  static constexpr int kSlips = 4;  // for each model
  static constexpr int kRounds = 20;

  /// A model of the kit and its cases.
  struct Case {
    QString name, folder;
    std::string file, bytes;
    std::vector<TestFile> tests;
  };

  static std::vector<Finding> FindingsOf(const Case& of, const std::string& bytes) {
    const auto document = DocumentOf(bytes);
    if (!document.ok()) return {};
    return Lint(*document, of.file, FolderLoader(of.folder));
  }
  static size_t Errors(const std::vector<Finding>& findings) {
    return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
      return finding.severity == Severity::kError;
    }));
  }
  static QString Text(const std::vector<Finding>& findings) {
    QString text;
    for (const Finding& each : findings)
      text += QString::fromStdString(each.rule + " " + each.message) + QStringLiteral("\n");
    return text;
  }

  /// `bytes` with fixes made until there are none; why they did not come to an end in `*wrong`.
  static std::string Fixed(const Case& of, std::string bytes, FixChoice choice, QString* wrong) {
    for (int round = 0; round < kRounds; ++round) {
      const auto edits = uaf::document::FixesOf(FindingsOf(of, bytes), choice);
      if (edits.empty()) return bytes;
      auto edited = uaf::document::ApplyEdits(bytes, edits);
      if (!edited.ok() || !DocumentOf(*edited).ok()) {
        *wrong = QStringLiteral("the edits leave no model");
        return bytes;
      }
      bytes = *std::move(edited);
    }
    *wrong = QStringLiteral("there are fixes after %1 rounds").arg(kRounds);
    return bytes;
  }

  /// What the cases say of a model, in a line for each.
  static QStringList FailuresOf(const Case& of, const std::string& bytes) {
    static const feel::DateTime now = *feel::ParseDateAndTime("2026-05-17T12:34:56.789Z");
    QStringList failures;
    const auto document = DocumentOf(bytes);
    if (!document.ok()) return {QStringLiteral("unreadable")};
    const Model model(Graph(*document, of.file, FolderLoader(of.folder)));
    for (const TestFile& tests : of.tests) {
      for (const TestOutcome& outcome : RunTests(model, tests, &now)) {
        for (const std::string& failure : outcome.failures)
          failures << QString::fromStdString(outcome.id + ": " + failure.substr(0, failure.find('\n')));
      }
    }
    return failures;
  }

  /// Where the texts of expressions are, and how long.
  static std::vector<std::pair<size_t, size_t>> TextsOf(const std::string& bytes) {
    std::vector<std::pair<size_t, size_t>> places;
    for (const std::string prefix : {"", "dmn:", "semantic:"}) {
      const std::string open = "<" + prefix + "text>", close = "</" + prefix + "text>";
      for (size_t at = 0; (at = bytes.find(open, at)) != std::string::npos;) {
        at += open.size();
        const size_t end = bytes.find(close, at);
        if (end == std::string::npos) break;
        if (end > at) places.emplace_back(at, end - at);
      }
    }
    std::sort(places.begin(), places.end());
    return places;
  }

  /// Every expression with white space around it, or in a CDATA section.
  static std::string LaidOut(std::string bytes, std::mt19937_64& random) {
    const auto places = TextsOf(bytes);
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
      const std::string text = bytes.substr(place->first, place->second);
      const bool plain = text.find_first_of("<&") == std::string::npos;
      std::string other;
      switch (random() % 4) {
        case 0:
          other = "\n      " + text + "\n    ";
          break;
        case 1:
          other = plain ? "<![CDATA[ " + text + "]]>" : "\t" + text;
          break;
        case 2:
          other = "&#x20;" + text + " ";
          break;
        default:
          other = text;
      }
      bytes.replace(place->first, place->second, other);
    }
    return bytes;
  }

  /// One letter of one expression is doubled, left out, written large or changed with the next.
  static std::string Slipped(std::string bytes, std::mt19937_64& random) {
    std::vector<size_t> letters;
    for (const auto& [begin, size] : TextsOf(bytes)) {
      bool entity = false;
      for (size_t at = begin; at < begin + size; ++at) {
        if (bytes[at] == '<') break;  // a section or a comment
        if (bytes[at] == '&') entity = true;
        if (bytes[at] == ';') entity = false;
        if (!entity && std::isalpha(static_cast<unsigned char>(bytes[at])) != 0) letters.push_back(at);
      }
    }
    if (letters.empty()) return bytes;
    const size_t at = letters[random() % letters.size()];
    const bool pair = std::isalpha(static_cast<unsigned char>(bytes[at + 1])) != 0;
    switch (random() % 4) {
      case 0:
        bytes.insert(at, 1, bytes[at]);
        break;
      case 1:
        bytes.erase(at, 1);
        break;
      case 2:
        bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
        break;
      default:
        if (pair) std::swap(bytes[at], bytes[at + 1]);
    }
    return bytes;
  }

  std::vector<Case> cases_;
  QStringList wrong_;
  QString seed_;

  std::mt19937_64 Random() {
    const uint64_t seed =
        qEnvironmentVariableIsSet("AMEIDE_SEED") ? qEnvironmentVariable("AMEIDE_SEED").toULongLong() : 1;
    seed_ = QString::number(seed);
    qInfo("seed %s (AMEIDE_SEED runs another)", qPrintable(seed_));
    return std::mt19937_64(seed);
  }
  void Expect(bool holds, const Case& of, const QString& what) {
    if (!holds) wrong_ << of.name + QStringLiteral(": ") + what;
  }
  void Judge() {
    for (const QString& each : wrong_) qWarning("%s", qPrintable(each));
    QVERIFY2(wrong_.isEmpty(),
             qPrintable(QStringLiteral("%1 wrong with seed %2").arg(wrong_.size()).arg(seed_)));
  }

 private Q_SLOTS:
  void initTestCase() {
    const QString root = ConformanceDirectory() + QStringLiteral("/dmn-tck");
    if (ConformanceDirectory().isEmpty() || !QFile::exists(root)) QSKIP("the DMN TCK is not on this machine");
    QDirIterator files(root, {QStringLiteral("*.dmn")}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
      QFile file(files.next());
      QVERIFY(file.open(QIODevice::ReadOnly));
      const QFileInfo info(file);
      cases_.push_back({info.completeBaseName(),
                        info.path(),
                        info.fileName().toStdString(),
                        file.readAll().toStdString(),
                        {}});
      for (const QString& name : QDir(info.path()).entryList({QStringLiteral("*-test-*.xml")})) {
        const auto document = DocumentFromFile(info.path() + QLatin1Char('/') + name);
        QVERIFY2(document.ok(), qPrintable(name));
        auto tests = ReadTests(*document);
        QVERIFY2(tests.ok(), qPrintable(name));
        if (tests->model == info.fileName().toStdString()) cases_.back().tests.push_back(*std::move(tests));
      }
    }
    QVERIFY(!cases_.empty());
  }
  void init() { wrong_.clear(); }

  void whenModelsAreFixed_thenNeitherFindingsNorValuesGetWorse() {
    std::mt19937_64 random = Random();
    for (const Case& each : cases_) {
      const QStringList failures = FailuresOf(each, each.bytes);
      const std::string laid_out = LaidOut(each.bytes, random);
      Expect(FailuresOf(each, laid_out) == failures, each, QStringLiteral("the layout changes values"));
      for (const std::string& bytes : {each.bytes, laid_out}) {
        const std::vector<Finding> before = FindingsOf(each, bytes);
        for (const FixChoice choice : {FixChoice::kCertain, FixChoice::kAll}) {
          QString wrong;
          const std::string fixed = Fixed(each, bytes, choice, &wrong);
          Expect(wrong.isEmpty(), each, wrong);
          const std::vector<Finding> after = FindingsOf(each, fixed);
          Expect(Errors(after) <= Errors(before) && after.size() <= before.size(), each,
                 QStringLiteral("found before:\n%1after:\n%2").arg(Text(before), Text(after)));
          if (choice == FixChoice::kAll) continue;  // a proposal may be none
          const QStringList now = FailuresOf(each, fixed);
          Expect(now == failures, each, QStringLiteral("values: ") + now.join(QLatin1Char('\n')));
        }
      }
    }
    Judge();
  }

  void whenAPenHasSlipped_thenTheFixesLeaveNoMoreFindings() {
    std::mt19937_64 random = Random();
    int mended = 0, slips = 0;
    for (const Case& each : cases_) {
      const std::vector<Finding> sound = FindingsOf(each, each.bytes);
      for (int i = 0; i < kSlips; ++i) {
        const std::string slipped = Slipped(LaidOut(each.bytes, random), random);
        if (!DocumentOf(slipped).ok()) continue;  // the letter of a section's beginning
        const std::vector<Finding> before = FindingsOf(each, slipped);
        if (before.size() <= sound.size()) continue;
        ++slips;
        for (const FixChoice choice : {FixChoice::kCertain, FixChoice::kAll}) {
          QString wrong;
          const std::string fixed = Fixed(each, slipped, choice, &wrong);
          Expect(wrong.isEmpty(), each, wrong);
          const std::vector<Finding> after = FindingsOf(each, fixed);
          // What could not be read before shows what is wrong in it.
          Expect(Errors(after) <= Errors(before) && after.size() <= before.size() + sound.size(), each,
                 QStringLiteral("found before:\n%1after:\n%2").arg(Text(before), Text(after)));
          mended += choice == FixChoice::kAll && after.size() < before.size() ? 1 : 0;
        }
      }
    }
    qInfo("%d slips that are found, %d with a fix", slips, mended);
    QVERIFY(mended > 0);
    Judge();
  }
};

QTEST_APPLESS_MAIN(DmnFixLawsTest)
#include "dmn_fix_laws_test.moc"
