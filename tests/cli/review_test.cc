#include <QtTest>

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
  QJsonObject Json(QStringList arguments) const { return Run(arguments << "--json").Json(); }
  QJsonObject First(const char* list, const QStringList& arguments) const {
    return Json(arguments)[QLatin1String(list)].toArray().at(0).toObject();
  }

  const sync::Scratch& scratch;
  Program program;
};

/// Reviews, comments, approvals, promotion, tags, links, keys and the policy, with the real program.
class ReviewVerbsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAReviewIsAskedFor_thenItIsListedWithItsVerdicts() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    VERIFY_EXIT(
        w.Run({"review", "request", "order.bpmn", "--title", "Look", "--reviewer", "ada@example.com"}), 0);
    const QString request = w.First("reviews", {"review", "list"})["event"].toString();
    VERIFY_EXIT(w.Run({"review", "verdict", request, "perhaps"}), 2);
    VERIFY_EXIT(w.Run({"review", "verdict", request, "request-changes"}), 2);
    VERIFY_EXIT(w.Run({"review", "verdict", request, "request-changes", "-m", "Name it"}), 0);
    const QJsonObject review = w.First("reviews", {"review", "list", "order.bpmn"});
    QCOMPARE(review["title"].toString(), QStringLiteral("Look"));
    QCOMPARE(review["path"].toString(), QStringLiteral("order.bpmn"));
    QCOMPARE(review["verdicts"].toArray().at(0)["verdict"].toString(), QStringLiteral("request-changes"));
    QVERIFY(w.Run({"review", "list"}).out.find("ada@example.com: request-changes  Name it") !=
            std::string::npos);
    VERIFY_EXIT(w.Run({"review", "verdict", "0000:1", "approve"}), 2);
  }

  void whenAnElementIsCommentedOn_thenThreadsAreListedUntilTheyAreSettled() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    const Outcome added = w.Run({"comment", "add", "order.bpmn", "Why?", "--element", "end", "--json"});
    VERIFY_EXIT(added, 0);
    const QString comment = added.Json()["event"].toString();
    VERIFY_EXIT(w.Run({"comment", "reply", comment, "Because"}), 0);
    const QJsonArray comments = w.Json({"comment", "list"})["comments"].toArray();
    QCOMPARE(comments.size(), 2);
    QCOMPARE(comments.at(0)["element"].toString(), QStringLiteral("end"));
    QCOMPARE(comments.at(1)["thread"].toString(), comment);
    const Outcome nowhere = w.Run({"comment", "add", "order.bpmn", "x", "--element", "nowhere"});
    VERIFY_EXIT(nowhere, 2);
    QVERIFY(nowhere.Says("no element with the id `nowhere`"));
    VERIFY_EXIT(w.Run({"comment", "resolve", comment}), 0);
    VERIFY_EXIT(w.Run({"comment", "resolve", comment}), 2);
    QVERIFY(w.Json({"comment", "list"})["comments"].toArray().isEmpty());
    QCOMPARE(w.Json({"comment", "list", "--all"})["comments"].toArray().size(), 2);
    VERIFY_EXIT(w.Run({"comment", "resolve", "--reopen", comment}), 0);
    // The element goes, the comment stays.
    std::string model = kModel;
    const size_t from = model.find("    <bpmn:endEvent");
    model.erase(from, model.find('\n', from) - from + 1);
    scratch.Write("w/order.bpmn", model);
    VERIFY_EXIT(w.Run({"commit", "-m", "Without an end"}), 0);
    QVERIFY(w.First("comments", {"comment", "list"})["gone"].toBool());
    VERIFY_EXIT(w.Run({"doctor"}), 0);
  }

  void whenAStateIsTagged_thenItsNameIsATimeToLookAt() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    VERIFY_EXIT(w.Run({"tag", "v1", "-m", "First release"}), 0);
    scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Paid"));
    VERIFY_EXIT(w.Run({"commit", "-m", "Second"}), 0);
    QCOMPARE(w.Run({"export", "order.bpmn", "--at", "v1"}).out, std::string(kModel));
    VERIFY_EXIT(w.Run({"diff", "v1", "now", "order.bpmn"}), 1);
    const Outcome taken = w.Run({"tag", "v1"});
    VERIFY_EXIT(taken, 2);
    QVERIFY(taken.Says("--move"));
    VERIFY_EXIT(w.Run({"tag", "v1", "--move"}), 0);
    VERIFY_EXIT(w.Run({"tag", ""}), 2);
    const Outcome hidden = w.Run({"tag", "v1", "order.bpmn"});
    VERIFY_EXIT(hidden, 2);
    QVERIFY2(hidden.Says("of the workspace was tagged by ada@example.com"), hidden.err.c_str());
    VERIFY_EXIT(w.Run({"tag", "v0", "--at", "HEAD~1"}), 0);
    QCOMPARE(w.Run({"export", "order.bpmn", "--at", "v0"}).out, std::string(kModel));
    QCOMPARE(w.Json({"tag"})["revisions"].toArray().size(), 2);
  }

  void whenElementsAreLinked_thenADanglingEndIsAFinding() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    scratch.Write("w/goal.md", "# Goal\n");
    VERIFY_EXIT(w.Run({"import", "goal.md"}), 0);
    VERIFY_EXIT(w.Run({"link", "add", "order.bpmn#start", "goal.md", "--type", "realizes"}), 0);
    VERIFY_EXIT(w.Run({"link", "add", "order.bpmn#start", "goal.md", "--type", "realizes"}), 2);
    VERIFY_EXIT(w.Run({"link", "list"}), 0);
    const QJsonObject link = w.First("links", {"link", "list", "goal.md"});
    QCOMPARE(link["from"].toObject()["element"].toString(), QStringLiteral("start"));
    QVERIFY(std::filesystem::remove(scratch.Path("w/goal.md")));
    VERIFY_EXIT(w.Run({"commit", "-m", "No goal"}), 0);
    VERIFY_EXIT(w.Run({"link", "list"}), 1);
    QVERIFY(w.Run({"doctor"}).out.find("link/dangling") != std::string::npos);
    VERIFY_EXIT(w.Run({"link", "remove", link["event"].toString()}), 0);
    VERIFY_EXIT(w.Run({"link", "list"}), 0);
  }

  void whenAPolicyGuards_thenPromotionTellsWhatIsMissing() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    const QString key = w.First("keys", {"key", "list"})["fingerprint"].toString();
    QCOMPARE(key.size(), 32);
    const std::string policy =
        "version: 1\n"
        "administrators: [{person: ada@example.com, keys: [" +
        key.toStdString() +
        "]}]\n"
        "promotion:\n"
        "  released: {approvals: 1, by: [administrators]}\n";
    scratch.Write("w/bad.yaml", policy + "  silver: {aprovals: 1}\n");
    const Outcome bad = w.Run({"policy", "check", "bad.yaml"});
    VERIFY_EXIT(bad, 1);
    QVERIFY2(bad.out.find("bad.yaml:5: `aprovals` is no field") != std::string::npos, bad.out.c_str());
    scratch.Write("w/next.yaml", policy);
    VERIFY_EXIT(w.Run({"policy", "check", "next.yaml"}), 0);
    VERIFY_EXIT(w.Run({"policy", "change", "next.yaml"}), 0);
    QCOMPARE(scratch.Read("w/.uaf/policy.yaml"), policy);
    QCOMPARE(w.Run({"policy", "show"}).out, policy);

    const Outcome blocked = w.Run({"promote", "order.bpmn", "released", "--json"});
    VERIFY_EXIT(blocked, 1);
    QCOMPARE(blocked.Json()["blocked"].toArray().at(0)["what"].toString(), QStringLiteral("approvals"));
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "gold"}), 1);
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "released", "--request", "-m", "Please"}), 0);
    VERIFY_EXIT(w.Run({"approve", "order.bpmn", "--for", "released"}), 0);
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "released", "--check"}), 0);
    VERIFY_EXIT(w.Run({"promote", "order.bpmn", "released"}), 0);
    const QJsonObject standing = w.Json({"promote", "order.bpmn"});
    QCOMPARE(standing["state"].toString(), QStringLiteral("released"));
    QCOMPARE(standing["requests"].toArray().at(0)["outcome"].toString(), QStringLiteral("promoted"));
    scratch.Write("w/order.bpmn", Replaced(kModel, "Done", "Paid"));
    VERIFY_EXIT(w.Run({"commit", "-m", "Edited"}), 0);
    const QJsonObject after = w.Json({"promote", "order.bpmn"});
    QCOMPARE(after["state"].toString(), QStringLiteral("draft"));
    QVERIFY(!after["approvals"].toArray().at(0)["counts"].toBool(true));

    // Whoever edits the file has changed nothing, and is told so.
    scratch.Write("w/.uaf/policy.yaml", policy + "# mine\n");
    const Outcome doctor = w.Run({"doctor"});
    VERIFY_EXIT(doctor, 1);
    QVERIFY2(doctor.out.find("policy/changed") != std::string::npos, doctor.out.c_str());
    QVERIFY2(doctor.out.find("ameide policy show -o .uaf/policy.yaml") != std::string::npos,
             doctor.out.c_str());
    VERIFY_EXIT(w.Run({"policy", "show", "-o", ".uaf/workspace.yaml"}), 2);
    VERIFY_EXIT(w.Run({"policy", "show", "-o", ".uaf/policy.yaml"}), 0);
    QCOMPARE(scratch.Read("w/.uaf/policy.yaml"), policy);
    VERIFY_EXIT(w.Run({"doctor"}), 0);
    VERIFY_EXIT(w.Run({"export", "order.bpmn", "-o", ".uaf/policy.yaml"}), 2);
    scratch.Write("w/.uaf/policy.yaml", policy + "# mine\n");
    VERIFY_EXIT(w.Run({"policy", "change", ".uaf/policy.yaml"}), 2);
    VERIFY_EXIT(w.Run({"policy", "approve", ".uaf/policy.yaml"}), 0);
    VERIFY_EXIT(w.Run({"policy", "change", ".uaf/policy.yaml"}), 0);
    VERIFY_EXIT(w.Run({"doctor"}), 0);
  }

  void whenAnEditIsNotSigned_thenAnotherNameOnItLetsNobodyApproveTheirOwn() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    scratch.Write("w/next.yaml", "version: 1\npromotion:\n  released: {approvals: 1, four_eyes: true}\n");
    VERIFY_EXIT(w.Run({"policy", "change", "next.yaml"}), 0);
    VERIFY_EXIT(w.Run({"commit", "-m", "Guard"}), 0);
    scratch.Git(".", {"init", "-q", "--bare", "hub.git"});
    scratch.Git("w", {"remote", "add", "origin", "../hub.git"});
    VERIFY_EXIT(w.Run({"push"}), 0);
    const QString hub = QString::fromStdString(scratch.Path("hub.git").string());
    // Somebody with a clone and a key that is known.
    const auto join = [&](const Program& program, const QString& folder) {
      return program.Run(".", {"clone", hub, folder}).exit == 0 &&
             program.Run(folder.toStdString(), {"comment", "add", "order.bpmn", "Hello"}).exit == 0 &&
             program.Run(folder.toStdString(), {"commit", "-m", "Hello"}).exit == 0;
    };
    scratch.SetIdentity("Bob", "bob@example.com");
    const Program bob(scratch, "bob");
    QVERIFY(join(bob, "b"));
    scratch.Write("b/order.bpmn", Replaced(kModel, "Done", "Paid"));
    scratch.Git("b", {"-c", "user.name=Cy", "-c", "user.email=cy@example.com", "commit", "-qam", "Cy's"});
    VERIFY_EXIT(bob.Run("b", {"approve", "order.bpmn", "--for", "released"}), 0);
    const Outcome alone = bob.Run("b", {"promote", "order.bpmn", "released"});
    VERIFY_EXIT(alone, 1);
    QVERIFY2(alone.out.find("1 of 2 approvals is missing") != std::string::npos &&
                 alone.out.find("in the name of cy@example.com is not signed") != std::string::npos,
             alone.out.c_str());
    VERIFY_EXIT(bob.Run("b", {"commit", "-m", "Approve"}), 0);
    VERIFY_EXIT(bob.Run("b", {"push"}), 0);
    // Cy answers for the edit by approving: it is Cy's then, and Bob has looked at it.
    scratch.SetIdentity("Cy", "cy@example.com");
    const Program cy(scratch, "cy");
    QVERIFY(join(cy, "c"));
    VERIFY_EXIT(cy.Run("c", {"promote", "order.bpmn", "released", "--check"}), 1);
    VERIFY_EXIT(cy.Run("c", {"approve", "order.bpmn", "--for", "released"}), 0);
    VERIFY_EXIT(cy.Run("c", {"promote", "order.bpmn", "released"}), 0);
    QCOMPARE(cy.Run("c", {"promote", "order.bpmn", "--json"}).Json()["state"].toString(),
             QStringLiteral("released"));
    VERIFY_EXIT(cy.Run("c", {"doctor"}), 0);
  }

  void whenAnotherPersonComes_thenAnAdministratorCertifiesTheirKey() {
    const sync::Scratch scratch;
    const Committed w(scratch);
    const std::string key = w.First("keys", {"key", "list"})["fingerprint"].toString().toStdString();
    scratch.Write("w/next.yaml", "version: 1\nadministrators: [{person: ada@example.com, keys: [" + key +
                                     "]}]\npromotion:\n  released: {approvals: 1}\n");
    VERIFY_EXIT(w.Run({"policy", "change", "next.yaml"}), 0);
    VERIFY_EXIT(w.Run({"commit", "-m", "Guard"}), 0);
    scratch.Git(".", {"init", "-q", "--bare", "hub.git"});
    scratch.Git("w", {"remote", "add", "origin", "../hub.git"});
    VERIFY_EXIT(w.Run({"push"}), 0);
    scratch.SetIdentity("Bob", "bob@example.com");
    const Program bob(scratch, "bob");
    const QString hub = QString::fromStdString(scratch.Path("hub.git").string());
    VERIFY_EXIT(bob.Run(".", {"clone", hub, "b"}), 0);
    const Outcome uncertified = bob.Run("b", {"approve", "order.bpmn", "--for", "released"});
    VERIFY_EXIT(uncertified, 2);
    QVERIFY2(uncertified.Says("ask ada@example.com to run `ameide key certify"), uncertified.err.c_str());
    VERIFY_EXIT(bob.Run("b", {"comment", "add", "order.bpmn", "Hello"}), 0);
    VERIFY_EXIT(bob.Run("b", {"commit", "-m", "Hello"}), 0);
    VERIFY_EXIT(bob.Run("b", {"push"}), 0);
    scratch.SetIdentity();
    VERIFY_EXIT(w.Run({"pull"}), 0);
    QString theirs;
    for (const QJsonValue& each : w.Json({"key", "list"})["keys"].toArray()) {
      if (each["person"].toString().isEmpty()) theirs = each["fingerprint"].toString();
    }
    VERIFY_EXIT(w.Run({"key", "certify", theirs}), 0);
    VERIFY_EXIT(w.Run({"commit", "-m", "Certify"}), 0);
    VERIFY_EXIT(w.Run({"push"}), 0);
    scratch.SetIdentity("Bob", "bob@example.com");
    VERIFY_EXIT(bob.Run("b", {"pull"}), 0);
    VERIFY_EXIT(bob.Run("b", {"approve", "order.bpmn", "--for", "released"}), 0);
    VERIFY_EXIT(bob.Run("b", {"promote", "order.bpmn", "released"}), 0);
    VERIFY_EXIT(bob.Run("b", {"doctor"}), 0);
  }
};

}  // namespace
}  // namespace ameide::cli

QTEST_GUILESS_MAIN(ameide::cli::ReviewVerbsTest)
#include "review_test.moc"
