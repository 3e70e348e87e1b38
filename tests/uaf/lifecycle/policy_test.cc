#include "uaf/lifecycle/policy.h"

#include <QtTest>

using namespace ameide;
using namespace ameide::uaf::lifecycle;

namespace {

constexpr char kPolicy[] =
    "version: 1\n"
    "administrators:\n"
    "  - person: Ada@Example.org\n"
    "    keys: [852d9d210afd1e63e9676db36d6b3b61]\n"
    "roles:\n"
    "  architects: [ada@example.org, Bob@example.org, cy@example.org]\n"
    "promotion:\n"
    "  review: {approvals: 0, survives_edits: true}\n"
    "  approved: {approvals: 2, by: [architects], four_eyes: true}\n"
    "  released: {approvals: 1, by: [administrators], from: [approved], no_change_requests: true, no_errors: "
    "true}\n"
    "paths:\n"
    "  - match: \"scratch/**\"\n"
    "    promotion: {approved: {approvals: 0}}\n"
    "  - match: \"**/*.md\"\n"
    "    promotion: {released: {approvals: 1, by: [dee@example.org]}}\n";

}  // namespace

/// Who approves what, as the file says it.
class PolicyTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAPolicyIsRead_thenItsStatesGatesAndPersonsAreThere() {
    const absl::StatusOr<Policy> policy = ParsePolicy(kPolicy);
    QVERIFY2(policy.ok(), std::string(policy.status().message()).c_str());
    QCOMPARE(policy->hash, Sha256(kPolicy));
    QCOMPARE(policy->states.size(), size_t{3});
    QCOMPARE(policy->RankOf("draft"), size_t{0});
    QCOMPARE(policy->RankOf("released"), size_t{3});
    QVERIFY(policy->Find("review")->survives_edits);
    QVERIFY(policy->Find("review")->from == std::vector<std::string>{"draft"});
    QVERIFY(policy->Find("approved")->from == std::vector<std::string>{"review"});
    const Gate& approved = *policy->GateFor("approved", "processes/a.bpmn");
    QCOMPARE(approved.approvals, 2u);
    QVERIFY(approved.four_eyes);
    QVERIFY(
        (approved.by == std::vector<std::string>{"ada@example.org", "bob@example.org", "cy@example.org"}));
    QVERIFY(policy->IsAdministrator("ada@example.org"));
    QCOMPARE(policy->OwnerOfRootKey("852d9d210afd1e63e9676db36d6b3b61"), std::string("ada@example.org"));
    QCOMPARE(policy->OwnerOfRootKey("ff2d9d210afd1e63e9676db36d6b3b61"), std::string());
    // Where there are administrators, one of them says yes to another policy.
    QCOMPARE(policy->change.approvals, 1u);
    QVERIFY(policy->change.by == std::vector<std::string>{"ada@example.org"});
  }

  void whenPathsHaveGatesOfTheirOwn_thenTheFirstThatMatchesCounts() {
    const absl::StatusOr<Policy> policy = ParsePolicy(kPolicy);
    QCOMPARE(policy->GateFor("approved", "scratch/x/y.md")->approvals, 0u);
    QCOMPARE(policy->GateFor("released", "scratch/x/y.md")->by.front(), std::string("ada@example.org"));
    QCOMPARE(policy->GateFor("released", "docs/y.MD")->by.front(), std::string("dee@example.org"));
    QVERIFY(policy->GateFor("nowhere", "docs/y.md") == nullptr);
  }

  void whenAWorkspaceBegins_thenItsPolicyAsksForNothing() {
    const absl::StatusOr<Policy> policy = ParsePolicy(OpenPolicyText());
    QVERIFY(policy.ok());
    QVERIFY(policy->administrators.empty());
    QVERIFY(policy->change == Gate{});
    for (const StateRule& state : policy->states) QVERIFY(state.gate == Gate{});
  }

  void whenAPolicyIsWrong_thenTheLineAndWhatToDoAreSaid_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const char* text, const char* says) {
      QTest::newRow(name) << QString(text) << QString(says);
    };
    row("empty", "", "1: ");
    row("no YAML", "version: [1\n", "it is no YAML");
    row("no version", "promotion: {}\n", "1: `version: 1` is missing");
    row("newer", "version: 2\npromotion: {}\n", "1: version 2 is newer than this program");
    row("no states", "version: 1\n", "`promotion` is missing");
    row("unknown field", "version: 1\npromotion: {}\nadmins: []\n", "3: `admins` is no field of a policy");
    row("typing error in a gate", "version: 1\npromotion:\n  approved: {aprovals: 2}\n",
        "3: `aprovals` is no field of state `approved`");
    row("twice", "version: 1\npromotion:\n  a: {approvals: 2}\n  a: {approvals: 0}\n",
        "4: `a` stands here twice");
    row("twice at the top", "version: 1\npromotion: {}\nversion: 1\n", "`version` stands here twice");
    row("negative", "version: 1\npromotion:\n  a: {approvals: -1}\n", "3: `approvals` must be a number");
    row("no number", "version: 1\npromotion:\n  a: {approvals: many}\n", "3: `approvals` must be a number");
    row("no flag", "version: 1\npromotion:\n  a: {four_eyes: yes}\n", "3: `four_eyes` must be true or false");
    row("nobody", "version: 1\npromotion:\n  a: {approvals: 1, by: [architects]}\n",
        "3: `architects` is neither a role");
    row("empty role", "version: 1\nroles: {r: []}\npromotion:\n  a: {approvals: 1, by: [r]}\n",
        "4: 1 approvals are asked for, but only 0 persons");
    row("impossible", "version: 1\npromotion:\n  a: {approvals: 3, by: [a@x, A@x, b@x]}\n",
        "3: 3 approvals are asked for, but only 2 persons");
    row("no key", "version: 1\nadministrators:\n  - person: a@x\npromotion: {}\n", "3: a@x needs `keys`");
    row("bad key", "version: 1\nadministrators:\n  - {person: a@x, keys: [12]}\npromotion: {}\n",
        "3: `12` is no fingerprint");
    row("one key of two",
        "version: 1\nadministrators:\n"
        "  - {person: a@x, keys: [852d9d210afd1e63e9676db36d6b3b61]}\n"
        "  - {person: b@x, keys: [852d9d210afd1e63e9676db36d6b3b61]}\npromotion: {}\n",
        "4: key 852d");
    row("draft", "version: 1\npromotion:\n  draft: {}\n", "3: `draft` cannot be the name of a state");
    row("from nowhere", "version: 1\npromotion:\n  a: {from: [z]}\n", "which is no state");
    row("state of a path", "version: 1\npromotion: {}\npaths:\n  - {match: \"*\", promotion: {a: {}}}\n",
        "4: `a` is no state");
    row("two documents", "version: 1\npromotion: {}\n---\nversion: 1\npromotion: {}\n",
        "exactly one YAML document");
    row("deep", QByteArray(10'000, '[').constData(), "it is no YAML");
  }
  void whenAPolicyIsWrong_thenTheLineAndWhatToDoAreSaid() {
    QFETCH(const QString, text);
    QFETCH(const QString, says);
    const absl::StatusOr<Policy> policy = ParsePolicy(text.toStdString());
    QVERIFY(absl::IsInvalidArgument(policy.status()));
    const std::string message(policy.status().message());
    QVERIFY2(message.find(says.toStdString()) != std::string::npos, message.c_str());
  }

  void whenAPathIsMatched_thenStarsMeanWhatTheySay_data() {
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("matches");
    const auto row = [](const char* pattern, const char* path, bool matches) {
      QTest::addRow("%s | %s", pattern, path) << QString(pattern) << QString(path) << matches;
    };
    row("a.bpmn", "a.bpmn", true);
    row("a.bpmn", "b.bpmn", false);
    row("A.bpmn", "a.BPMN", true);
    row("*.bpmn", "a.bpmn", true);
    row("*.bpmn", "x/a.bpmn", false);
    row("**/*.bpmn", "a.bpmn", true);
    row("**/*.bpmn", "x/y/a.bpmn", true);
    row("**/a.bpmn", "xa.bpmn", false);
    row("x/**", "x/y/a.bpmn", true);
    row("x/**", "xy/a.bpmn", false);
    row("x/**/a", "x/a", true);
    row("x/**/a", "x/y/z/a", true);
    row("x/*/a", "x/y/z/a", false);
    row("?", "a", true);
    row("?", "/", false);
    row("**", "a/b/c", true);
    row("", "", true);
    row("", "a", false);
    row("a*b*c", "axxbxxc", true);
    row("a*b*c", "axx/bxxc", false);
  }
  void whenAPathIsMatched_thenStarsMeanWhatTheySay() {
    QFETCH(const QString, pattern);
    QFETCH(const QString, path);
    QFETCH(const bool, matches);
    QCOMPARE(PathMatches(pattern.toStdString(), path.toStdString()), matches);
  }

  void whenAPatternIsHostile_thenMatchingStaysFast() {
    std::string pattern, path(2000, 'a');
    for (int i = 0; i < 500; ++i) pattern += "**a";
    QVERIFY(!PathMatches(pattern + "b", path));
  }
};

QTEST_APPLESS_MAIN(PolicyTest)
#include "policy_test.moc"
