#include "uaf/workspace.h"

#include <QtTest>

#include "notation/formats/formats.h"
#include "tests/cli/program.h"

namespace ameide::cli {
namespace {

// A workspace `w` with one committed model.
struct Committed {
  explicit Committed(const sync::Scratch& scratch) : scratch(scratch), program(scratch) {
    scratch.SetIdentity();
    if (program.Run(".", {"init", "w"}).exit != 0) qFatal("init failed");
    scratch.Write("w/order.bpmn", kModel);
    if (program.Run("w", {"commit", "-m", "First"}).exit != 0) qFatal("commit failed");
  }
  Outcome Run(const QStringList& arguments) const { return program.Run("w", arguments); }

  const sync::Scratch& scratch;
  Program program;
};

/// The verbs of workspaces and their history, end to end with the real program.
class WorkspaceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAWorkspaceIsMade_thenFilesCanBeImportedAndCommitted();
  void whenAFileIsElsewhere_thenImportCopiesIt();
  void whenAFileCannotBeParsed_thenImportRefusesItWithThePlace();
  void whenAModelChangesOutside_thenStatusDiffAndCommitSeeIt();
  void whenAFileGoesOrIsRenamed_thenDiffListsIt();
  void whenAnElementIsGone_thenItsHistorySaysWhoRemovedIt();
  void whenANameMeansSomethingElse_thenItIsRefusedWithTheReason();
  void whenAskedForThePast_thenExportGivesItsBytes();
  void whenAProposalIsMade_thenFilesAndGitFollowItsBranch();
  void whenAProposalChangesWhatMainChanged_thenTheConflictIsListedAndDecided();
  void whenTheHistoryIsOneFile_thenAWorkspaceComesOutOfIt();
  void whenUndone_thenTheFileIsAsBefore();
  void whenSearched_thenNamesAreFound();
  void whenAnEventIsShown_thenItsOperationsAreThere();
  void whenAnotherProgramBrokeTheFile_thenNothingIsLost();
  void whenGitKnowsNobody_thenCommitSaysWhatToSet();
  void whenLogIsAskedForAnAuthor_thenCaseDoesNotMatterInAnyScript();
  void whenTheWorkspaceIsOpenElsewhere_thenWritingIsRefusedAndReadingWorks();
  void whenTheFolderIsReadOnly_thenReadingWorks();
  void whenAFileNameHoldsEscapes_thenTheTerminalIsSafe();
  void whenClonedPushedAndPulled_thenBothHaveTheSame();
  void whenHistoriesDiverged_thenPushSaysSoAndPullMerges();
  void whenTwoPeopleInitTheSameRepository_thenTheyAgreeAndMeet();
  void whenADoctorLooks_thenEverythingIsSound();
  void whenTheStoreIsDamaged_thenDoctorFindsIt();
};

void WorkspaceTest::whenAWorkspaceIsMade_thenFilesCanBeImportedAndCommitted() {
  const sync::Scratch scratch;
  scratch.SetIdentity();
  const Program program(scratch);
  const Outcome init = program.Run(".", {"init", "w", "--json"});
  VERIFY_EXIT(init, 0);
  QVERIFY(init.Json()["made_repository"].toBool());
  VERIFY_EXIT(program.Run(".", {"init", "w"}), 2);
  scratch.Write("w/a/order.bpmn", kModel);
  const Outcome import = program.Run("w/a", {"import", "order.bpmn", "--json"});
  VERIFY_EXIT(import, 0);
  QCOMPARE(import.Json()["imported"].toArray().at(0)["path"].toString(), QStringLiteral("a/order.bpmn"));
  const Outcome log = program.Run("w", {"log", "--json"});
  const QJsonObject event = log.Json()["events"].toArray().at(0).toObject();
  QCOMPARE(event["path"].toString(), QStringLiteral("a/order.bpmn"));
  QCOMPARE(event["author"].toString(), QStringLiteral("Ada"));
  QVERIFY(event["tool"].toString().startsWith(QStringLiteral("ameide ")));
  const Outcome commit = program.Run("w", {"commit", "-m", "First", "--json"});
  VERIFY_EXIT(commit, 0);
  QCOMPARE(commit.Json()["commit"].toString().toStdString() + "\n", scratch.Git("w", {"rev-parse", "HEAD"}));
  QCOMPARE(scratch.Git("w", {"show", "HEAD:a/order.bpmn"}), std::string(kModel));
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
  const Outcome status = program.Run("w", {"status", "--json"});
  QCOMPARE(status.Json()["branch"].toString(), QStringLiteral("main"));
  QCOMPARE(status.Json()["uncommitted_events"].toInt(-1), 0);
  QVERIFY(status.Json()["changes"].toArray().isEmpty());
}

void WorkspaceTest::whenAFileIsElsewhere_thenImportCopiesIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("outside/other.bpmn", kModel);
  VERIFY_EXIT(w.Run({"import", "../outside/other.bpmn"}), 0);
  QCOMPARE(scratch.Read("w/other.bpmn"), std::string(kModel));
  VERIFY_EXIT(w.Run({"import", "../outside/other.bpmn"}), 2);
  VERIFY_EXIT(w.Run({"import", "no-such-file.bpmn"}), 2);
}

void WorkspaceTest::whenAFileCannotBeParsed_thenImportRefusesItWithThePlace() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("w/bad.bpmn", "<a>\n<b></a>\n");
  const Outcome outcome = w.Run({"import", "bad.bpmn"});
  VERIFY_EXIT(outcome, 1);
  QVERIFY2(outcome.Says("2:"), outcome.err.c_str());
  QCOMPARE(scratch.Read("w/bad.bpmn"), std::string("<a>\n<b></a>\n"));
}

void WorkspaceTest::whenAModelChangesOutside_thenStatusDiffAndCommitSeeIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const std::string changed = Replaced(kModel, "Order received", "Order came in");
  scratch.Write("w/order.bpmn", changed);
  const Outcome status = w.Run({"status", "--json"});
  QCOMPARE(status.Json()["changes"].toArray().at(0)["path"].toString(), QStringLiteral("order.bpmn"));
  QCOMPARE(status.Json()["changes"].toArray().at(0)["change"].toString(), QStringLiteral("modified"));
  const Outcome uncommitted = w.Run({"diff", "--json"});
  VERIFY_EXIT(uncommitted, 1);
  QCOMPARE(uncommitted.Json()["artifacts"].toArray().size(), 1);
  VERIFY_EXIT(w.Run({"commit", "-m", "Second"}), 0);
  QCOMPARE(scratch.Git("w", {"show", "HEAD:order.bpmn"}), changed);
  const Outcome diff = w.Run({"diff", "HEAD~1", "HEAD", "order.bpmn", "--json"});
  VERIFY_EXIT(diff, 1);
  const QJsonObject change = diff.Json()["artifacts"].toArray().at(0)["changes"].toArray().at(0).toObject();
  QCOMPARE(change["change"].toString(), QStringLiteral("changed"));
  QCOMPARE(change["element"].toString(), QStringLiteral("start"));
  QCOMPARE(change["values"].toArray().at(0)["name"].toString(), QStringLiteral("name"));
  QCOMPARE(change["values"].toArray().at(0)["before"].toString(), QStringLiteral("Order received"));
  QCOMPARE(change["values"].toArray().at(0)["after"].toString(), QStringLiteral("Order came in"));
  QCOMPARE(diff.Json()["artifacts"].toArray().at(0)["changes"].toArray().size(), 1);
  const QJsonArray by = change["by"].toArray();
  QCOMPARE(by.size(), 1);
  QCOMPARE(by.at(0)["author"].toString(), QStringLiteral("Ada"));
  QVERIFY(scratch.Git("w", {"rev-parse", "HEAD"}).starts_with(by.at(0)["commit"].toString().toStdString()));
  QVERIFY(!by.at(0)["label"].toString().isEmpty());
  QVERIFY(w.Run({"diff", "HEAD~1", "HEAD"}).out.find("by Ada, ") != std::string::npos);
  const Outcome text = w.Run({"diff", "HEAD~1", "--text"});
  VERIFY_EXIT(text, 1);
  QVERIFY(text.out.find("\n-    <bpmn:startEvent") != std::string::npos);
  VERIFY_EXIT(w.Run({"diff"}), 0);
  VERIFY_EXIT(w.Run({"diff", "no-such-commit", "order.bpmn"}), 2);
}

void WorkspaceTest::whenAFileGoesOrIsRenamed_thenDiffListsIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("w/n.md", "# Notes\nOne\n");
  scratch.Write("w/m.md", "# Old\nline\n");
  VERIFY_EXIT(w.Run({"import", "n.md", "m.md"}), 0);
  VERIFY_EXIT(w.Run({"commit", "-m", "Notes"}), 0);
  VERIFY_EXIT(w.Run({"tag", "before"}), 0);
  QVERIFY(std::filesystem::remove(scratch.Path("w/n.md")));
  const Outcome uncommitted = w.Run({"diff"});
  VERIFY_EXIT(uncommitted, 1);
  QVERIFY2(uncommitted.out.starts_with("n.md\n  removed  file \"n.md\"\n      by Ada"),
           uncommitted.out.c_str());
  scratch.Git("w", {"mv", "m.md", "moved.md"});
  VERIFY_EXIT(w.Run({"commit", "-m", "Tidy"}), 0);
  for (const QStringList& range : {QStringList{"before", "now"}, QStringList{"HEAD~1", "HEAD"}}) {
    const Outcome text = w.Run(QStringList{"diff"} << range);
    VERIFY_EXIT(text, 1);
    QVERIFY2(text.out.find("  renamed  file \"moved.md\"\n      path: 'm.md' → 'moved.md'\n      by Ada") !=
                 std::string::npos,
             text.out.c_str());
    const Outcome json = w.Run(QStringList{"diff", "--json"} << range);
    VERIFY_EXIT(json, 1);
    const QJsonArray artifacts = json.Json()["artifacts"].toArray();
    QCOMPARE(artifacts.size(), 2);
    QCOMPARE(artifacts[0]["path"].toString(), QStringLiteral("moved.md"));
    QCOMPARE(artifacts[0]["renamed_from"].toString(), QStringLiteral("m.md"));
    QCOMPARE(artifacts[0]["changes"].toArray().at(0)["change"].toString(), QStringLiteral("renamed"));
    QCOMPARE(artifacts[1]["changes"].toArray().at(0)["change"].toString(), QStringLiteral("removed"));
  }
  const Outcome back = w.Run({"diff", "now", "before", "--json"});
  VERIFY_EXIT(back, 1);
  QCOMPARE(back.Json()["artifacts"].toArray().at(0)["path"].toString(), QStringLiteral("m.md"));
  QCOMPARE(back.Json()["artifacts"].toArray().at(1)["changes"].toArray().at(0)["change"].toString(),
           QStringLiteral("added"));
  const Outcome lines = w.Run({"diff", "before", "now", "--text"});
  VERIFY_EXIT(lines, 1);
  QVERIFY2(lines.out.find("rename from m.md\nrename to moved.md\n") != std::string::npos, lines.out.c_str());
  QVERIFY2(lines.out.find("\n-One\n") != std::string::npos, lines.out.c_str());
  VERIFY_EXIT(w.Run({"diff"}), 0);
}

void WorkspaceTest::whenAnElementIsGone_thenItsHistorySaysWhoRemovedIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const std::string sub =
      "<bpmn:subProcess id='sub'><bpmn:task id='inner'/></bpmn:subProcess><bpmn:task id='t3'/>";
  const std::string with = Replaced(kModel, "    <bpmn:sequenceFlow", sub + "    <bpmn:sequenceFlow");
  scratch.Write("w/order.bpmn", with);
  VERIFY_EXIT(w.Run({"commit", "-m", "Add"}), 0);
  scratch.Write("w/order.bpmn", kModel);
  VERIFY_EXIT(w.Run({"commit", "-m", "Take out"}), 0);
  const QString removal =
      w.Run({"log", "--limit", "1", "--json"}).Json()["events"].toArray().at(0)["event"].toString();
  QVERIFY(!removal.isEmpty());
  for (const QStringList& which : {QStringList{"order.bpmn"}, QStringList{}}) {
    const Outcome log = w.Run(QStringList{"log", "--element", "t3", "--json"} << which);
    VERIFY_EXIT(log, 0);
    QCOMPARE(log.Json()["events"].toArray().at(0)["event"].toString(), removal);
  }
  const Outcome inner = w.Run({"log", "--element", "inner"});
  VERIFY_EXIT(inner, 0);
  QVERIFY2(inner.Says("`ameide log --element sub` tells when"), inner.err.c_str());
  VERIFY_EXIT(w.Run({"log", "--element", "never"}), 2);
  QVERIFY(std::filesystem::remove(scratch.Path("w/order.bpmn")));
  VERIFY_EXIT(w.Run({"commit", "-m", "No model"}), 0);
  VERIFY_EXIT(w.Run({"log", "--element", "start"}), 0);
}

void WorkspaceTest::whenANameMeansSomethingElse_thenItIsRefusedWithTheReason() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const std::string commit = scratch.Git("w", {"rev-parse", "HEAD"}).substr(0, 8);
  const Outcome date = w.Run({"branch", "2026-01-01"});
  VERIFY_EXIT(date, 2);
  QVERIFY2(date.Says("it reads as a date or time"), date.err.c_str());
  const Outcome hash = w.Run({"branch", QString::fromStdString(commit)});
  VERIFY_EXIT(hash, 2);
  QVERIFY2(hash.Says("it reads as a commit"), hash.err.c_str());
  VERIFY_EXIT(w.Run({"tag", QString::fromStdString(commit)}), 2);
  const Outcome stars = w.Run({"checkout", "a*"});
  VERIFY_EXIT(stars, 2);
  QVERIFY2(stars.Says("neither the log nor git has a branch `a*`"), stars.err.c_str());
  for (const char* file : {":order.bpmn", "HEAD:order.bpmn"}) {
    const Outcome when = w.Run({"export", "order.bpmn", "--at", file});
    VERIFY_EXIT(when, 2);
    QVERIFY2(when.Says("is no time"), when.err.c_str());
  }
}

void WorkspaceTest::whenAskedForThePast_thenExportGivesItsBytes() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const QJsonObject created =
      w.Run({"log", "order.bpmn", "--json"}).Json()["events"].toArray().at(0).toObject();
  const std::string changed = Replaced(kModel, "Done", "Paid");
  scratch.Write("w/order.bpmn", changed);
  VERIFY_EXIT(w.Run({"commit", "-m", "Second"}), 0);
  QCOMPARE(w.Run({"export", "order.bpmn"}).out, changed);
  QCOMPARE(w.Run({"export", "order.bpmn", "--at", "HEAD~1"}).out, std::string(kModel));
  QCOMPARE(w.Run({"export", "order.bpmn", "--at", created["event"].toString()}).out, std::string(kModel));
  QCOMPARE(w.Run({"export", "order.bpmn", "--at", created["time"].toString()}).out, std::string(kModel));
  QCOMPARE(w.Run({"export", created["artifact"].toString(), "--at", "main"}).out, changed);
  VERIFY_EXIT(w.Run({"export", "order.bpmn", "-o", "../out.bpmn", "--at", "HEAD~1"}), 0);
  QCOMPARE(scratch.Read("out.bpmn"), std::string(kModel));
  VERIFY_EXIT(w.Run({"export", "order.bpmn", "--at", "yesteryear"}), 2);
  VERIFY_EXIT(w.Run({"export", "nothing.bpmn"}), 2);
}

void WorkspaceTest::whenAProposalChangesWhatMainChanged_thenTheConflictIsListedAndDecided() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  VERIFY_EXIT(w.Run({"conflicts"}), 0);
  VERIFY_EXIT(w.Run({"propose", "paid"}), 0);
  scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Paid"));
  VERIFY_EXIT(w.Run({"commit", "-m", "Paid"}), 0);
  VERIFY_EXIT(w.Run({"checkout", "main"}), 0);
  scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Sent"));
  VERIFY_EXIT(w.Run({"commit", "-m", "Sent"}), 0);
  VERIFY_EXIT(w.Run({"branch", "--merge", "proposal/paid"}), 0);
  const Outcome listed = w.Run({"conflicts", "order.bpmn", "--json"});
  VERIFY_EXIT(listed, 1);
  const QJsonArray conflicts = listed.Json()["conflicts"].toArray();
  QCOMPARE(conflicts.size(), 1);
  const QJsonObject conflict = conflicts.at(0).toObject();
  QCOMPARE(conflict["attribute"].toString(), QStringLiteral("name"));
  QCOMPARE(conflict["path"].toString(), QStringLiteral("order.bpmn"));
  const QJsonArray sides = conflict["sides"].toArray();
  QCOMPARE(sides.size(), 2);
  const QString key = conflict["conflict"].toString();
  VERIFY_EXIT(w.Run({"resolve", key}), 2);
  VERIFY_EXIT(w.Run({"resolve", "0123456789", "--take", "A"}), 2);
  const Outcome resolved = w.Run({"resolve", key.left(12), "--take", "B", "--json"});
  VERIFY_EXIT(resolved, 0);
  QCOMPARE(resolved.Json()["conflicts_left"].toInt(), 0);
  const std::string wanted = sides.at(1)["value"].toString().toStdString();
  QCOMPARE(w.Run({"export", "order.bpmn"}).out, Replaced(kModel, "Done", wanted));
  VERIFY_EXIT(w.Run({"conflicts"}), 0);
}

void WorkspaceTest::whenTheHistoryIsOneFile_thenAWorkspaceComesOutOfIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Paid"));
  VERIFY_EXIT(w.Run({"commit", "-m", "Paid"}), 0);
  VERIFY_EXIT(w.Run({"history", "export", "../all.uaf"}), 0);
  const Program program(scratch);
  VERIFY_EXIT(program.Run(".", {"history", "import", "all.uaf", "again"}), 0);
  QCOMPARE(program.Run("again", {"export", "order.bpmn"}).out, Replaced(kModel, "Done", "Paid"));
  QCOMPARE(program.Run("again", {"log", "--json"}).Json()["events"].toArray().size(),
           w.Run({"log", "--json"}).Json()["events"].toArray().size());
  VERIFY_EXIT(program.Run(".", {"history", "import", "all.uaf", "again"}), 2);
}

void WorkspaceTest::whenAProposalIsMade_thenFilesAndGitFollowItsBranch() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const Outcome proposed = w.Run({"propose", "faster", "--title", "Faster", "--json"});
  VERIFY_EXIT(proposed, 0);
  QCOMPARE(proposed.Json()["branch"].toString(), QStringLiteral("proposal/faster"));
  QCOMPARE(scratch.Git("w", {"rev-parse", "--abbrev-ref", "HEAD"}), std::string("proposal/faster\n"));
  const std::string changed = Replaced(kModel, "Done", "Paid");
  scratch.Write("w/order.bpmn", changed);
  VERIFY_EXIT(w.Run({"commit", "-m", "Faster"}), 0);
  VERIFY_EXIT(w.Run({"checkout", "main"}), 0);
  QCOMPARE(scratch.Read("w/order.bpmn"), std::string(kModel));
  QCOMPARE(w.Run({"export", "order.bpmn", "--at", "proposal/faster"}).out, changed);
  const Outcome listed = w.Run({"branch", "--json"});
  VERIFY_EXIT(listed, 0);
  const QJsonArray branches = listed.Json()["branches"].toArray();
  QCOMPARE(branches.size(), 2);
  QCOMPARE(branches.at(0)["current"].toBool(), true);
  QCOMPARE(branches.at(1)["kind"].toString(), QStringLiteral("proposal"));
  QVERIFY(branches.at(1)["ahead"].toInt() > 0);
  VERIFY_EXIT(w.Run({"branch", "--merge", "proposal/faster"}), 0);
  QCOMPARE(scratch.Read("w/order.bpmn"), changed);
  VERIFY_EXIT(w.Run({"branch", "--close", "proposal/faster", "--reason", "accepted"}), 0);
  VERIFY_EXIT(w.Run({"commit", "-m", "Accept"}), 0);
  QCOMPARE(scratch.Git("w", {"show", "main:order.bpmn"}), changed);
  VERIFY_EXIT(w.Run({"checkout", "nowhere"}), 2);
  VERIFY_EXIT(w.Run({"branch", "no name"}), 2);
  VERIFY_EXIT(w.Run({"quarantine"}), 0);
  VERIFY_EXIT(w.Run({"quarantine", "--lift", "nothing"}), 2);
}

void WorkspaceTest::whenUndone_thenTheFileIsAsBefore() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const std::string changed = Replaced(kModel, "Done", "Paid");
  scratch.Write("w/order.bpmn", changed);
  VERIFY_EXIT(w.Run({"undo", "order.bpmn"}), 0);
  QCOMPARE(scratch.Read("w/order.bpmn"), std::string(kModel));
  VERIFY_EXIT(w.Run({"redo"}), 0);
  QCOMPARE(scratch.Read("w/order.bpmn"), changed);
  VERIFY_EXIT(w.Run({"undo"}), 0);
  const Outcome nothing = w.Run({"undo"});
  VERIFY_EXIT(nothing, 2);
  QVERIFY(!nothing.err.empty());
}

void WorkspaceTest::whenSearched_thenNamesAreFound() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const Outcome hits = w.Run({"search", "received", "--json"});
  VERIFY_EXIT(hits, 0);
  QCOMPARE(hits.Json()["hits"].toArray().at(0)["path"].toString(), QStringLiteral("order.bpmn"));
  QVERIFY(w.Run({"search", "nowhere", "--json"}).Json()["hits"].toArray().isEmpty());
}

void WorkspaceTest::whenAnEventIsShown_thenItsOperationsAreThere() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const QString id = w.Run({"log", "--json"}).Json()["events"].toArray().at(0)["event"].toString();
  const Outcome shown = w.Run({"show", id, "--json"});
  VERIFY_EXIT(shown, 0);
  QCOMPARE(shown.Json()["event"].toString(), id);
  QCOMPARE(shown.Json()["body"].toObject()["path"].toString(), QStringLiteral("order.bpmn"));
  const QString brief = id.left(8) + id.mid(id.lastIndexOf(QLatin1Char(':')));
  QCOMPARE(w.Run({"show", brief, "--json"}).out, shown.out);
  VERIFY_EXIT(w.Run({"show", "0000:1"}), 2);
  VERIFY_EXIT(w.Run({"show", "what"}), 2);
}

void WorkspaceTest::whenAnotherProgramBrokeTheFile_thenNothingIsLost() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const std::string broken = std::string(kModel).substr(0, 150);
  scratch.Write("w/order.bpmn", broken);
  const Outcome commit = w.Run({"commit", "-m", "Broken", "--json"});
  VERIFY_EXIT(commit, 0);
  const QJsonObject note = commit.Json()["notes"].toArray().at(0).toObject();
  QCOMPARE(note["what"].toString(), QStringLiteral("kept-aside"));
  QCOMPARE(scratch.Read("w/" + note["aside"].toString().toStdString()), broken);
  QCOMPARE(scratch.Read("w/order.bpmn"), std::string(kModel));
  QCOMPARE(scratch.Git("w", {"show", "HEAD:order.bpmn"}), std::string(kModel));
}

void WorkspaceTest::whenGitKnowsNobody_thenCommitSaysWhatToSet() {
  const sync::Scratch scratch;
  const Program program(scratch);
  VERIFY_EXIT(program.Run(".", {"init", "w"}), 0);
  scratch.Write("w/order.bpmn", kModel);
  const Outcome commit = program.Run("w", {"commit", "-m", "First"});
  VERIFY_EXIT(commit, 2);
  QVERIFY(commit.Says("git config --global user.name"));
  VERIFY_EXIT(program.Run("w", {"commit", "-m", "First", "--author", "nobody"}), 2);
  VERIFY_EXIT(program.Run("w", {"commit", "-m", "First", "--author", "Ada <ada@example.com>"}), 0);
  QCOMPARE(scratch.Git("w", {"log", "--format=%an <%ae>"}), std::string("Ada <ada@example.com>\n"));
}

void WorkspaceTest::whenLogIsAskedForAnAuthor_thenCaseDoesNotMatterInAnyScript() {
  const sync::Scratch scratch;
  const Program program(scratch);
  VERIFY_EXIT(program.Run(".", {"init", "w"}), 0);
  scratch.Write("w/order.bpmn", kModel);
  scratch.Git("w", {"config", "user.name", "Øyvind Łukasz"});
  scratch.Git("w", {"config", "user.email", "o@example.com"});
  VERIFY_EXIT(program.Run("w", {"commit", "-m", "First"}), 0);
  for (const char* asked : {"øyvind", "ØYVIND ł", "O@EXAMPLE"}) {
    const Outcome log = program.Run("w", {"log", "--author", asked, "--json"});
    VERIFY_EXIT(log, 0);
    QVERIFY2(!log.Json()["events"].toArray().isEmpty(), asked);
  }
  QVERIFY(program.Run("w", {"log", "--author", "ødegaard", "--json"}).Json()["events"].toArray().isEmpty());
}

void WorkspaceTest::whenTheWorkspaceIsOpenElsewhere_thenWritingIsRefusedAndReadingWorks() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const SystemClock clock;
  SystemRandom random;
  PosixFileSystem files;
  const auto formats = MakeFormats();
  uaf::WorkspaceOptions options;
  options.root = scratch.Path("w");
  options.profile = scratch.Path("ada-profile");
  options.actor = {"Ada", "ada@example.com", "ameide-workbench test"};
  options.clock = &clock;
  options.random = &random;
  options.files = &files;
  options.formats = formats.get();
  const auto owner = uaf::Workspace::Open(options);
  QVERIFY(owner.ok());
  for (const QStringList& arguments :
       {QStringList{"commit", "-m", "x"}, QStringList{"undo"}, QStringList{"import", "order.bpmn"},
        QStringList{"pull"}, QStringList{"doctor", "--rebuild"}}) {
    const Outcome outcome = w.Run(arguments);
    VERIFY_EXIT(outcome, 2);
    QVERIFY2(outcome.Says("ameide-workbench test"), outcome.err.c_str());
  }
  for (const QStringList& arguments : {QStringList{"status"}, QStringList{"log"}, QStringList{"diff"},
                                       QStringList{"export", "order.bpmn"}, QStringList{"search", "order"}}) {
    VERIFY_EXIT(w.Run(arguments), 0);
  }
}

void WorkspaceTest::whenTheFolderIsReadOnly_thenReadingWorks() {
  if (::geteuid() == 0) QSKIP("the superuser may write everywhere");
  const sync::Scratch scratch;
  const Committed w(scratch);
  std::filesystem::permissions(scratch.Path("w/.uaf"), std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::remove);
  VERIFY_EXIT(w.Run({"log"}), 0);
  VERIFY_EXIT(w.Run({"commit", "-m", "x"}), 2);
  std::filesystem::permissions(scratch.Path("w/.uaf"), std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add);
}

void WorkspaceTest::whenAFileNameHoldsEscapes_thenTheTerminalIsSafe() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  scratch.Write("w/evil\x1b]0;owned\x07.bpmn", kModel);
  for (const QStringList& arguments : {QStringList{"status"}, QStringList{"commit", "-m", "Evil"},
                                       QStringList{"log"}, QStringList{"search", "order"}}) {
    const Outcome outcome = w.Run(arguments);
    QVERIFY(outcome.out.find('\x1b') == std::string::npos);
    QVERIFY(outcome.err.find('\x1b') == std::string::npos);
  }
}

void WorkspaceTest::whenClonedPushedAndPulled_thenBothHaveTheSame() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const Program bob(scratch, "bob");
  scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"});
  VERIFY_EXIT(w.Run({"push"}), 2);
  scratch.Git("w", {"remote", "add", "origin", "../hub.git"});
  VERIFY_EXIT(w.Run({"push"}), 0);
  VERIFY_EXIT(bob.Run(".", {"clone", "hub.git", "two"}), 0);
  QCOMPARE(bob.Run("two", {"export", "order.bpmn"}).out, std::string(kModel));
  const std::string changed = Replaced(kModel, "Done", "Paid");
  scratch.Write("two/order.bpmn", changed);
  VERIFY_EXIT(bob.Run("two", {"commit", "-m", "Paid"}), 0);
  VERIFY_EXIT(bob.Run("two", {"push", "--json"}), 0);
  const Outcome fetch = w.Run({"fetch", "--json"});
  QCOMPARE(fetch.Json()["behind"].toInt(), 1);
  const Outcome pull = w.Run({"pull", "--json"});
  VERIFY_EXIT(pull, 0);
  QCOMPARE(pull.Json()["files"].toArray().at(0)["path"].toString(), QStringLiteral("order.bpmn"));
  QCOMPARE(scratch.Read("w/order.bpmn"), changed);
  QCOMPARE(w.Run({"export", "order.bpmn"}).out, changed);
  QCOMPARE(w.Run({"pull", "--json"}).Json()["events"].toInt(-1), 0);
}

void WorkspaceTest::whenHistoriesDiverged_thenPushSaysSoAndPullMerges() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const Program bob(scratch, "bob");
  scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"});
  scratch.Git("w", {"remote", "add", "origin", "../hub.git"});
  VERIFY_EXIT(w.Run({"push"}), 0);
  VERIFY_EXIT(bob.Run(".", {"clone", "hub.git", "two"}), 0);
  scratch.Write("two/notes.md", "bob\n");
  VERIFY_EXIT(bob.Run("two", {"commit", "-m", "Bob"}), 0);
  VERIFY_EXIT(bob.Run("two", {"push"}), 0);
  scratch.Write("w/plan.md", "ada\n");
  VERIFY_EXIT(w.Run({"commit", "-m", "Ada"}), 0);
  const Outcome push = w.Run({"push"});
  VERIFY_EXIT(push, 2);
  QVERIFY(push.Says("pull first"));
  const Outcome pull = w.Run({"pull", "--json"});
  VERIFY_EXIT(pull, 0);
  QCOMPARE(scratch.Read("w/plan.md"), std::string("ada\n"));
  QCOMPARE(scratch.Read("w/notes.md"), std::string("bob\n"));
  QCOMPARE(scratch.Git("w", {"show", "HEAD:plan.md"}), std::string("ada\n"));
  QCOMPARE(scratch.Git("w", {"show", "HEAD:notes.md"}), std::string("bob\n"));
  QCOMPARE(scratch.Git("w", {"status", "--porcelain"}), std::string());
  const QJsonArray files = pull.Json()["files"].toArray();
  QCOMPARE(files.size(), 1);
  QCOMPARE(files.at(0)["path"].toString(), QStringLiteral("notes.md"));
  QCOMPARE(files.at(0)["change"].toString(), QStringLiteral("added"));
  VERIFY_EXIT(w.Run({"push"}), 0);
  VERIFY_EXIT(bob.Run("two", {"pull"}), 0);
  QCOMPARE(scratch.Read("two/plan.md"), std::string("ada\n"));
}

void WorkspaceTest::whenTwoPeopleInitTheSameRepository_thenTheyAgreeAndMeet() {
  const sync::Scratch scratch;
  scratch.SetIdentity();
  scratch.Git(".", {"init", "-q", "--bare", "-b", "main", "hub.git"});
  scratch.Git(".", {"clone", "-q", "hub.git", "plain"});
  scratch.Git("plain", {"switch", "-q", "-c", "main"});
  scratch.Write("plain/models/order.bpmn", kModel);
  scratch.Write("plain/notes.md", "# Notes\n");
  scratch.Git("plain", {"add", "-A"});
  scratch.Git("plain", {"commit", "-q", "-m", "Before Ameide"});
  scratch.Git("plain", {"push", "-q", "-u", "origin", "main"});
  const Program ada(scratch), bob(scratch, "bob");
  scratch.Git(".", {"clone", "-q", "hub.git", "one"});
  // Bob's clone is of a later state, in which these files are as they were.
  scratch.Write("plain/later.md", "later\n");
  scratch.Git("plain", {"add", "-A"});
  scratch.Git("plain", {"commit", "-q", "-m", "Later"});
  scratch.Git("plain", {"push", "-q"});
  scratch.Git(".", {"clone", "-q", "hub.git", "two"});
  // Both make their clone a workspace, and neither knows of the other.
  const auto found = [&](const Program& who, const std::string& folder, const QString& text) {
    const QJsonObject hit =
        who.Run(folder, {"search", text, "--json"}).Json()["hits"].toArray().at(0).toObject();
    return (hit["artifact"].toString() + QLatin1Char(' ') + hit["node"].toString()).toStdString();
  };
  for (const auto& [who, folder] : {std::pair(&ada, "one"), std::pair(&bob, "two")}) {
    VERIFY_EXIT(who->Run(folder, {"init"}), 0);
    VERIFY_EXIT(who->Run(folder, {"commit", "-m", "A workspace"}), 0);
    QCOMPARE(scratch.Git(folder, {"status", "--porcelain"}), std::string());
  }
  QCOMPARE(scratch.Read("one/.uaf/workspace.yaml"), scratch.Read("two/.uaf/workspace.yaml"));
  const std::string start = found(ada, "one", QStringLiteral("received"));
  QVERIFY2(start.size() > 64, start.c_str());
  QCOMPARE(found(bob, "two", QStringLiteral("received")), start);
  const auto first = [](const Outcome& log) { return log.Json()["events"].toArray().last().toObject(); };
  const QJsonObject begun = first(ada.Run("one", {"log", "models/order.bpmn", "--json"}));
  const QJsonObject begun_by_bob = first(bob.Run("two", {"log", "models/order.bpmn", "--json"}));
  for (const char* what : {"event", "artifact", "author", "time"})
    QCOMPARE(begun_by_bob[QLatin1String(what)], begun[QLatin1String(what)]);
  QCOMPARE(begun["tool"].toString(), QStringLiteral("git"));

  // Each works on, and they meet.
  scratch.Write("one/models/order.bpmn", Replaced(kModel, "Order received", "By Ada"));
  VERIFY_EXIT(ada.Run("one", {"commit", "-m", "Ada"}), 0);
  VERIFY_EXIT(ada.Run("one", {"pull"}), 0);
  VERIFY_EXIT(ada.Run("one", {"push"}), 0);
  scratch.Write("two/models/order.bpmn", Replaced(kModel, "'Done'", "'By Bob'"));
  VERIFY_EXIT(bob.Run("two", {"commit", "-m", "Bob"}), 0);
  VERIFY_EXIT(bob.Run("two", {"pull"}), 0);
  VERIFY_EXIT(bob.Run("two", {"push"}), 0);
  VERIFY_EXIT(ada.Run("one", {"pull"}), 0);
  const std::string both = Replaced(Replaced(kModel, "Order received", "By Ada"), "'Done'", "'By Bob'");
  for (const auto& [who, folder] : {std::pair(&ada, "one"), std::pair(&bob, "two")}) {
    QCOMPARE(scratch.Read(std::string(folder) + "/models/order.bpmn"), both);
    QCOMPARE(scratch.Read(std::string(folder) + "/notes.md"), std::string("# Notes\n"));
    QCOMPARE(scratch.Read(std::string(folder) + "/later.md"), std::string("later\n"));
    QCOMPARE(scratch.Git(folder, {"status", "--porcelain"}), std::string());
    QCOMPARE(scratch.Git(folder, {"rev-parse", "HEAD"}), scratch.Git("two", {"rev-parse", "HEAD"}));
    VERIFY_EXIT(who->Run(folder, {"conflicts"}), 0);
    VERIFY_EXIT(who->Run(folder, {"doctor"}), 0);
  }
  QCOMPARE(ada.Run("one", {"log", "--json"}).Json()["events"].toArray().size(),
           bob.Run("two", {"log", "--json"}).Json()["events"].toArray().size());
}

void WorkspaceTest::whenADoctorLooks_thenEverythingIsSound() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  const Outcome doctor = w.Run({"doctor", "--json"});
  VERIFY_EXIT(doctor, 0);
  for (const QJsonValue& check : doctor.Json()["checks"].toArray()) {
    QCOMPARE(check["state"].toString(), QStringLiteral("ok"));
  }
  VERIFY_EXIT(w.Run({"doctor", "--rebuild"}), 0);
  QCOMPARE(w.Run({"export", "order.bpmn"}).out, std::string(kModel));
}

void WorkspaceTest::whenTheStoreIsDamaged_thenDoctorFindsIt() {
  const sync::Scratch scratch;
  const Committed w(scratch);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch.Path("w/.uaf/blobs"))) {
    if (!entry.is_regular_file()) continue;
    std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
    std::ofstream(entry.path(), std::ios::binary) << "damaged";
  }
  const Outcome doctor = w.Run({"doctor"});
  VERIFY_EXIT(doctor, 1);
  QVERIFY(doctor.out.find("error") != std::string::npos);
}

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::WorkspaceTest)
#include "workspace_test.moc"
