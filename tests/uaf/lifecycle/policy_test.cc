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
        "4: `by` names nobody: its roles are empty");
    row("empty role that may redact",
        "version: 1\nadministrators: []\npromotion: {}\nredaction: {by: [administrators]}\n",
        "4: `by` names nobody: its roles are empty");
    row("redaction by whom", "version: 1\npromotion: {}\nredaction: {}\n", "3: `redaction` needs `by`");
    row("unknown redaction", "version: 1\npromotion: {}\nredaction: {who: [a@x]}\n",
        "3: `who` is no field of `redaction`");
    row("publishing from nowhere", "version: 1\npromotion: {a: {}}\npublishing: {from: [z]}\n",
        "3: `z` is no state");
    row("publishing from nothing", "version: 1\npromotion: {a: {}}\npublishing: {from: []}\n",
        "3: `from` names no state");
    row("publishing by", "version: 1\npromotion: {a: {}}\npublishing: {by: [a@x]}\n",
        "3: `by` is no field of `publishing`");
    row("a rule of nothing", "version: 1\npromotion: {a: {}}\npaths: [{match: x}]\n",
        "3: a rule needs `match`, and");
    row("a circle", "version: 1\npromotion:\n  a: {from: [b]}\n  b: {from: [a]}\n",
        "3: state `a` cannot be reached");
    row("no way in", "version: 1\npromotion:\n  a: {}\n  b: {from: []}\n", "3: state `b` cannot be reached");
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
    row("a comma that nothing takes in", ",#V", "exactly one YAML document");
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

  void whenAPolicyIsValid_thenWhatItMayNotMeanIsRemarked() {
    const auto remarks = [](const std::string& text) {
      std::string all;
      for (const std::string& remark : RemarksOn(*ParsePolicy(text))) all += remark + "\n";
      return all;
    };
    QCOMPARE(remarks(kPolicy), std::string());
    const std::string open = remarks("version: 1\npromotion: {}\n");
    QVERIFY(open.find("names no administrators") != std::string::npos);
    QVERIFY(open.find("anybody may put another policy in its place") != std::string::npos);
    const std::string alone = remarks(
        "version: 1\npolicy: {approvals: 1}\npromotion:\n"
        "  a: {approvals: 2, by: [a@x, b@x], four_eyes: true}\n");
    QVERIFY2(
        alone.find("state `a` counts 2 of 2 persons, and not an author: what one of them (a@x, b@x) edits "
                   "can never pass") != std::string::npos,
        alone.c_str());
    QVERIFY(alone.find("anybody may") == std::string::npos);
  }

  void whenPublishingAndRedactionAreNamed_thenTheyAreThere() {
    const Policy policy = *ParsePolicy(std::string(kPolicy) +
                                       "  - {match: \"lab/**\", publishing: {from: [draft]}}\n"
                                       "publishing: {from: [released]}\n"
                                       "redaction: {by: [architects]}\n");
    QVERIFY(policy.PublishableFrom("a.bpmn") == std::vector<std::string>{"released"});
    QVERIFY(policy.PublishableFrom("lab/x/a.bpmn") == std::vector<std::string>{"draft"});
    QVERIFY(policy.PublishableFrom("scratch/a.bpmn") == std::vector<std::string>{"released"});
    QCOMPARE(policy.redact_by.size(), size_t{3});
    // Left out, administrators redact, and everything may be published.
    QVERIFY(ParsePolicy(kPolicy)->redact_by == std::vector<std::string>{"ada@example.org"});
    QVERIFY(ParsePolicy(kPolicy)->PublishableFrom("a.bpmn").empty());
    QVERIFY(ParsePolicy(OpenPolicyText())->redact_by.empty());
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

  // Each is small, and would take gigabytes or minutes if roles were copied and states searched without end.
  void whenAPolicyIsHostile_thenItIsRefusedBeforeItGrows_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("says");
    QByteArray many = "version: 1\nroles: {r: [";
    for (int i = 0; i < 4000; ++i) many += "a@" + QByteArray::number(i) + ",";
    many += "a@x]}\npromotion: {a: {}}\npaths:\n";
    for (int i = 0; i < 700; ++i) many += "- {match: x, promotion: {a: {by: [r]}}}\n";
    QTest::newRow("a role in every gate") << many << QStringLiteral("name persons more than 100000 times");
    QByteArray states = "version: 1\npromotion:\n";
    for (int i = 0; i < 101; ++i) states += " s" + QByteArray::number(i) + ": {}\n";
    QTest::newRow("states") << states << QStringLiteral("103: a policy has at most 100 states");
    QTest::newRow("size") << QByteArray("#").repeated(64 * 1024 + 1) << QStringLiteral("larger than 64 KiB");
    QTest::newRow("deep") << QByteArray("[").repeated(60'000) << QStringLiteral("it is no YAML");
    QTest::newRow("itself") << QByteArray("version: 1\npromotion: &a {s: *a}\n")
                            << QStringLiteral("`s` is no field of state `s`");
    QByteArray laughs = "version: 1\npromotion: {}\nroles:\n  a: &a [x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c < 'k'; ++c) {
      laughs += QByteArray("  ") + c + ": &" + c + " [";
      for (int i = 0; i < 9; ++i) laughs += QByteArray("*") + static_cast<char>(c - 1) + ",";
      laughs += "]\n";
    }
    QTest::newRow("laughs") << laughs << QStringLiteral("`x` is no e-mail address");
  }
  void whenAPolicyIsHostile_thenItIsRefusedBeforeItGrows() {
    QFETCH(const QByteArray, text);
    QFETCH(const QString, says);
    const std::string message(ParsePolicy(text.toStdString()).status().message());
    QVERIFY2(message.find(says.toStdString()) != std::string::npos, message.c_str());
  }

  void whenAPatternIsHostile_thenMatchingStaysFast() {
    std::string pattern, path(2000, 'a');
    for (int i = 0; i < 500; ++i) pattern += "**a";
    QVERIFY(!PathMatches(pattern + "b", path));
  }
};

QTEST_APPLESS_MAIN(PolicyTest)
#include "policy_test.moc"
