#include <QtTest>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "tests/cli/program.h"
#include "tests/sync/scratch.h"

namespace ameide::cli {
namespace {

/// A workspace `w` of Ada's with one committed artifact.
struct Workspace {
  explicit Workspace(const sync::Scratch& folder) : scratch(folder), program(folder) {
    scratch.SetIdentity();
    if (program.Run(".", {"init", "w"}).exit != 0) qFatal("init failed");
    scratch.Write("w/order.bpmn", kModel);
    if (program.Run("w", {"commit", "-m", "First"}).exit != 0) qFatal("commit failed");
  }
  Outcome Run(const QStringList& arguments) const { return program.Run("w", arguments); }
  /// The rules that doctor names, with the state of each check in front.
  std::set<std::string> Doctor(int exit) const {
    const Outcome outcome = Run({"doctor", "--json"});
    std::set<std::string> rules;
    if (outcome.exit != exit) rules.insert("exit " + std::to_string(outcome.exit) + outcome.err);
    for (const QJsonValue& check : outcome.Json()["checks"].toArray()) {
      if (check.toObject().contains("rule")) {
        rules.insert((check["state"].toString() + " " + check["rule"].toString()).toStdString());
      }
    }
    return rules;
  }
  std::filesystem::path Uaf(const std::string& name) const { return scratch.Path("w/.uaf/" + name); }

  const sync::Scratch& scratch;
  Program program;
};

using Rules = std::set<std::string>;

void WriteFile(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// doctor, search and log, as they are typed.
class DoctorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenEverythingIsSound_thenDoctorSaysSo() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    QCOMPARE(w.Doctor(0), Rules{});
  }

  void whenTheStoreWasCutToNothing_thenDoctorSaysSoAndRebuildsIt() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    std::filesystem::resize_file(w.Uaf("store.db"), 0);
    QVERIFY(w.Doctor(1).contains("error store/empty"));
    const Outcome refused = w.Run({"undo"});
    VERIFY_EXIT(refused, 2);
    QVERIFY2(refused.Says("doctor --rebuild"), refused.err.c_str());
    VERIFY_EXIT(w.Run({"doctor", "--rebuild"}), 0);
    QCOMPARE(w.Doctor(0), Rules{"ok file/aside"});
    QCOMPARE(w.Run({"export", "order.bpmn"}).out, std::string(kModel));
  }

  void whenAFolderLiesInTheStoresPlace_thenDoctorSaysSoAndRebuildsIt() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    std::filesystem::remove(w.Uaf("store.db"));
    std::filesystem::create_directory(w.Uaf("store.db"));
    QVERIFY(w.Doctor(1).contains("error file/kind"));
    VERIFY_EXIT(w.Run({"doctor", "--rebuild"}), 0);
    QCOMPARE(w.Run({"export", "order.bpmn"}).out, std::string(kModel));
  }

  void whenForeignAndLeftoverFilesLieThere_thenDoctorNamesThem() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    WriteFile(w.Uaf("notes.txt"), "mine");
    WriteFile(w.Uaf(".policy.yaml.0123456789ab~"), "half");
    WriteFile(w.Uaf("log/readme"), "mine");
    WriteFile(scratch.Path("w/.order.bpmn.0123456789ab~"), "half");
    const Outcome outcome = w.Run({"doctor"});
    VERIFY_EXIT(outcome, 0);
    for (const char* name :
         {"notes.txt", ".policy.yaml.0123456789ab~", "log/readme", ".order.bpmn.0123456789ab~"})
      QVERIFY2(outcome.out.find(name) != std::string::npos, name);
    QCOMPARE(w.Doctor(0), (Rules{"warning file/foreign", "warning file/leftover"}));
  }

  void whenAKeyIsNotTheOneThatItsNameSays_thenDoctorNamesIt() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    for (const auto& key : std::filesystem::directory_iterator(w.Uaf("keys"))) WriteFile(key.path(), "other");
    const Rules rules = w.Doctor(1);
    QVERIFY(rules.contains("error key/changed"));
    QVERIFY(rules.contains("error segment/changed"));
  }

  void whenTheDeviceKeyIsReadableByOthers_thenDoctorTellsWhatToRun() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    std::filesystem::permissions(scratch.Path("ada-profile/keys/device.key"),
                                 std::filesystem::perms::group_read, std::filesystem::perm_options::add);
    const Outcome outcome = w.Run({"doctor"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY(outcome.out.find("chmod 600") != std::string::npos);
  }

  void whenASegmentIsRemoved_thenDoctorNamesItInStoreAndGit() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    for (const auto& file : std::filesystem::recursive_directory_iterator(w.Uaf("log"))) {
      if (file.is_regular_file()) std::filesystem::remove(file.path());
    }
    const Outcome outcome = w.Run({"doctor"});
    VERIFY_EXIT(outcome, 1);
    QVERIFY(outcome.out.find("[segment/missing]") != std::string::npos);
    QVERIFY(outcome.out.find("git checkout -- .uaf/log/") != std::string::npos);
  }

  void whenGitSwitchesOrReverts_thenNothingCountsAsRemoved_data() {
    QTest::addColumn<QStringList>("git");
    QTest::newRow("switch") << QStringList{"switch", "-q", "other"};
    QTest::newRow("revert") << QStringList{"revert", "--no-edit", "HEAD"};
    QTest::newRow("reset") << QStringList{"reset", "-q", "--hard", "HEAD~1"};
  }
  void whenGitSwitchesOrReverts_thenNothingCountsAsRemoved() {
    QFETCH(const QStringList, git);
    const sync::Scratch scratch;
    const Workspace w(scratch);
    scratch.Git("w", {"branch", "other"});
    scratch.Write("w/order.bpmn", Replaced(kModel, "Order received", "Order came in"));
    VERIFY_EXIT(w.Run({"commit", "-m", "Second"}), 0);
    scratch.Git("w", git);
    const Outcome outcome = w.Run({"doctor"});
    QVERIFY2(outcome.out.find("was removed") == std::string::npos, outcome.out.c_str());
    VERIFY_EXIT(outcome, 0);
    // Nor once the workspace has followed.
    VERIFY_EXIT(w.Run({"comment", "add", "order.bpmn", "Hello"}), 0);
    VERIFY_EXIT(w.Run({"doctor"}), 0);
  }

  void whenTheLogWasRedactedOrPacked_thenDoctorSaysToCommitThat() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    for (const char* name : {"Pay", "Ship", "Bill"}) {
      std::string model(kModel);
      model.replace(model.find("name=\"") + 6, 0, name);
      scratch.Write("w/order.bpmn", model);
      VERIFY_EXIT(w.Run({"commit", "-m", name}), 0);
    }
    const Outcome log = w.Run({"log", "--json"});
    const QString newest = log.Json()["events"].toArray()[0].toObject()["event"].toString();
    QVERIFY2(!newest.isEmpty(), log.out.c_str());
    VERIFY_EXIT(w.Run({"redact", newest, "--reason", "a name"}), 0);
    VERIFY_EXIT(w.Run({"pack", "--least", "2"}), 0);
    const Outcome outcome = w.Run({"doctor"});
    VERIFY_EXIT(outcome, 0);
    QVERIFY(outcome.out.find("redacted or packed since the last commit") != std::string::npos);
    QVERIFY(outcome.out.find("git checkout") == std::string::npos);
    VERIFY_EXIT(w.Run({"commit", "-m", "Tidy"}), 0);
    QVERIFY(w.Run({"doctor"}).out.find("redacted or packed") == std::string::npos);
  }

  void whenGitMayChangeLineEndsOfTheLog_thenDoctorSaysSo() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    WriteFile(w.Uaf(".gitattributes"), "* -text -diff\n*.pub text=auto\n");
    QCOMPARE(w.Doctor(0), Rules{"warning file/attributes"});
    std::filesystem::remove(w.Uaf(".gitattributes"));
    QCOMPARE(w.Doctor(0), Rules{"warning file/attributes"});
    WriteFile(w.Uaf(".gitattributes"), "# mine\n** binary\n");
    QCOMPARE(w.Doctor(0), Rules{});
  }

  void whenSomethingIsSearched_thenHitsNameElementsAndUses() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    const Outcome found = w.Run({"search", "received", "--json"});
    VERIFY_EXIT(found, 0);
    const QJsonObject hit = found.Json()["hits"].toArray().at(0).toObject();
    QCOMPARE(hit["element"].toString(), QStringLiteral("start"));
    QCOMPARE(hit["name"].toString(), QStringLiteral("Order received"));
    QCOMPARE(hit["type"].toString(), QStringLiteral("startEvent"));
    QCOMPARE(hit["path"].toString(), QStringLiteral("order.bpmn"));
    QCOMPARE(hit["excerpt"].toString(), QStringLiteral("Order received"));
    QCOMPARE(hit["marks"].toArray().at(0).toArray().at(0).toInt(), 6);
    const Outcome line = w.Run({"search", "recei"});
    VERIFY_EXIT(line, 0);
    QCOMPARE(line.out, std::string("order.bpmn: startEvent \"Order received\" (start)\n"));
    VERIFY_EXIT(w.Run({"search", "  "}), 2);
    const Outcome uses = w.Run({"search", "start", "--uses", "--json"});
    VERIFY_EXIT(uses, 0);
    QVERIFY(uses.Json().contains("references"));
  }

  void whenTheHistoryOfAnElementIsAsked_thenLogAndSessionsTellIt() {
    const sync::Scratch scratch;
    const Workspace w(scratch);
    std::string changed = kModel;
    changed.replace(changed.find("Order received"), 14, "Order arrived!");
    scratch.Write("w/order.bpmn", changed);
    VERIFY_EXIT(w.Run({"commit", "-m", "Second"}), 0);
    const Outcome log = w.Run({"log", "--element", "start", "--json"});
    VERIFY_EXIT(log, 0);
    QCOMPARE(log.Json()["events"].toArray().size(), 2);
    const Outcome other = w.Run({"log", "order.bpmn", "--element", "f", "--json"});
    VERIFY_EXIT(other, 0);
    QCOMPARE(other.Json()["events"].toArray().size(), 1);
    const Outcome sessions = w.Run({"log", "--sessions", "--json"});
    VERIFY_EXIT(sessions, 0);
    const QJsonObject session = sessions.Json()["sessions"].toArray().at(0).toObject();
    QCOMPARE(session["kind"].toString(), QStringLiteral("session"));
    QCOMPARE(session["author"].toString(), QStringLiteral("Ada"));
    QVERIFY(session["changes"].toInt() >= 2);
    VERIFY_EXIT(w.Run({"log", "--sessions"}), 0);
    VERIFY_EXIT(w.Run({"log", "--element", "nowhere"}), 2);
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::DoctorTest)
#include "doctor_test.moc"
