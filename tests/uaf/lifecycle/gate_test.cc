#include "uaf/lifecycle/gate.h"

#include <QtTest>

#include "tests/uaf/lifecycle/guards.h"
#include "uaf/lifecycle/approval_conflicts.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::lifecycle;

namespace {

std::vector<merge::Conflict> OpenConflictsOf(const Story& story) {
  const History history = story.Now();
  Authority authority(history);
  return ApprovalConflicts(kOrder, authority);
}

std::vector<Reason> PublishingReasons(const Story& story, const Surroundings& surroundings = {}) {
  const History history = story.Now();
  Authority authority(history);
  return Gatekeeper(history, authority).WhatBlocksPublishing(kOrder, history.cut, surroundings);
}

std::vector<Reason> PromotionReasons(const Story& story, std::string_view to,
                                     const Surroundings& surroundings = {}) {
  const History history = story.Now();
  Authority authority(history);
  return Gatekeeper(history, authority)
      .WhatBlocks(kOrder, to, story.ContentAt(kOrder, history.cut), history.cut, surroundings);
}

std::vector<std::string> WhatOf(const std::vector<Reason>& reasons) {
  std::vector<std::string> what;
  for (const Reason& reason : reasons) what.push_back(reason.what);
  return what;
}

}  // namespace

/// What stands in the way of promotion and publishing: edits beside approvals, verdicts, states, and who may
/// redact.
class GateTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Edits beside approvals.

  void whenAnEditHasSeenTheApproval_thenThereIsNoConflict() {
    Guards story;
    story.Together([&] { return story.Approve(story.ada, kOrder, "approved"); });
    story.Edit(story.bob, kOrder);
    QVERIFY(story.Fold().approvals.at(0).lapsed);
    QVERIFY(OpenConflictsOf(story).empty());
    QVERIFY(!story.Fold().conflicts.contains(kOrder));
  }

  void whenAnEditIsBesideAnApproval_thenItIsAConflictUntilSomebodySettlesIt_data() {
    QTest::addColumn<QString>("how");
    QTest::addColumn<bool>("settled");
    QTest::newRow("nothing") << "nothing" << false;
    QTest::newRow("the same person approves again") << "again" << true;
    QTest::newRow("another person approves") << "another" << true;
    QTest::newRow("approved for another state") << "other state" << false;
    QTest::newRow("approved without having seen the edit") << "unseen" << false;
    QTest::newRow("approved by nobody who is known") << "stranger" << false;
    QTest::newRow("edited with both seen") << "edit" << true;
    QTest::newRow("edited without the approval") << "edit beside" << false;
    QTest::newRow("resolved by its key") << "key" << true;
    QTest::newRow("resolved by another key") << "other key" << false;
    QTest::newRow("the key is revoked") << "revoked" << true;
    QTest::newRow("another policy") << "policy" << true;
  }
  void whenAnEditIsBesideAnApproval_thenItIsAConflictUntilSomebodySettlesIt() {
    QFETCH(const QString, how);
    QFETCH(const bool, settled);
    Guards story;
    const auto is = [&](const char* name) { return how == QString(name); };
    const EventId edit = story.Edit(story.bob, kOrder);
    const EventId approval = story.Approve(story.ada, kOrder, "approved");
    const std::vector<merge::Conflict> open = OpenConflictsOf(story);
    QCOMPARE(open.size(), size_t{1});
    QVERIFY(open[0].artifact == kOrder);
    QVERIFY(open[0].sides[0].events == std::vector<EventId>{edit});
    QVERIFY(open[0].sides[1].events == std::vector<EventId>{approval});
    QCOMPARE(*open[0].sides[1].value, std::string("approved for approved"));
    QCOMPARE(open[0].standing, size_t{0});
    if (is("unseen")) story.Approve(story.ada, kOrder, "approved");
    if (is("edit beside")) story.Edit(story.bob, kOrder);
    story.MeetAll();
    if (is("again")) story.Approve(story.ada, kOrder, "approved");
    if (is("another")) story.Approve(story.cy, kOrder, "approved");
    if (is("other state")) story.Approve(story.ada, kOrder, "released");
    if (is("stranger")) story.Approve(story.eve, kOrder, "approved");
    if (is("edit")) story.Edit(story.eve, kOrder);
    if (is("key")) story.Say(story.eve, kOrder, ConflictResolved{{open[0].key}, "A", {}});
    if (is("other key")) story.Say(story.eve, kOrder, ConflictResolved{{Sha256("x")}, "A", {}});
    if (is("revoked")) {
      // By somebody who had not seen the approval.
      Writer& late = story.Person("ada@x.org");
      late.seen = story.everything();
      late.seen.heads[story.ada.stream] = approval.seq - 1;
      Writer thief{late.email, late.stream, story.ada.key, 0, late.seen};
      story.Revoke(thief, story.ada);
    }
    if (is("policy")) {
      const std::string next = Guarded(story.ada, "# next\n");
      story.Together([&] { return story.ApprovePolicy(story.ada, next); });
      story.Together([&] { return story.ChangePolicy(story.ada, next); });
    }
    QCOMPARE(OpenConflictsOf(story).empty(), settled);
    QCOMPARE(!story.Fold().conflicts.contains(kOrder), settled);
  }

  void whenAnApprovalIsForged_thenNothingIsInConflictWithIt() {
    Guards story;
    story.Edit(story.bob, kOrder);
    Approved body = story.Approval(story.ada, kOrder, "approved");
    body.signature[5] = static_cast<char>(body.signature[5] ^ 1);
    story.Say(story.eve, kOrder, body);
    QVERIFY(OpenConflictsOf(story).empty());
  }

  void whenAnApprovalIsInConflict_thenItBlocksPromotionWithTheWayOut() {
    Guards story;
    story.Together([&] { return story.Promote(story.bob, kOrder, "review"); });
    story.Edit(story.bob, kOrder);
    story.Approve(story.ada, kOrder, "approved");
    story.MeetAll();
    const std::vector<merge::Conflict> open = OpenConflictsOf(story);
    const std::vector<Reason> reasons = PromotionReasons(story, "approved", {open, {}});
    QVERIFY((WhatOf(reasons) == std::vector<std::string>{"approvals", "conflict"}));
    const std::string key = open[0].key.Hex().substr(0, 12);
    for (const std::string& words :
         {"conflict " + key, std::string("`ameide conflicts processes/order.bpmn`"), "`ameide resolve " + key,
          std::string("'edited' against 'approved for approved'")}) {
      QVERIFY2(reasons[1].message.find(words) != std::string::npos, reasons[1].message.c_str());
    }
  }

  // Publishing.

  void whenThePolicySaysNothingOfPublishing_thenOnlyConflictsAndErrorsBlock() {
    Guards story;
    QVERIFY(PublishingReasons(story).empty());
    merge::Conflict conflict;
    conflict.element = "t";
    conflict.attribute = "name";
    conflict.sides = {{{}, "One"}, {{}, std::nullopt}};
    document::Finding error;
    error.rule = "bpmn/x";
    error.message = "Broken";
    document::Finding warning = error;
    warning.severity = document::Severity::kWarning;
    const std::vector<merge::Conflict> conflicts{conflict};
    const std::vector<document::Finding> findings{warning, error};
    const std::vector<Reason> reasons = PublishingReasons(story, {conflicts, findings});
    QVERIFY((WhatOf(reasons) == std::vector<std::string>{"conflict", "finding"}));
    QVERIFY2(reasons[0].message.find("name of t: 'One' against removed") != std::string::npos,
             reasons[0].message.c_str());
  }

  void whenThePolicyAsksForAState_thenOnlyThatIsPublished() {
    Guards story(
        "publishing: {from: [approved, released]}\n"
        "paths: [{match: \"scratch/**\", publishing: {from: [draft]}}]\n");
    std::vector<Reason> reasons = PublishingReasons(story);
    QVERIFY((WhatOf(reasons) == std::vector<std::string>{"state"}));
    QVERIFY2(
        reasons[0].message.find("it is in state draft, and the policy lets only approved, released be "
                                "published; `ameide promote processes/order.bpmn approved --check`") == 0,
        reasons[0].message.c_str());
    story.BringToApproved();
    QVERIFY(PublishingReasons(story).empty());
    story.Together([&] { return story.Edit(story.bob, kOrder); });
    reasons = PublishingReasons(story);
    QVERIFY2(
        reasons.at(0).message.find("in state review (changed since it was approved)") != std::string::npos,
        reasons[0].message.c_str());
    story.Together([&] { return story.Say(story.bob, kOrder, ArtifactRenamed{"scratch/order.bpmn"}); });
    QVERIFY((WhatOf(PublishingReasons(story)) == std::vector<std::string>{"state"}));  // review
    story.Together([&] { return story.Promote(story.bob, kOrder, "draft"); });
    QVERIFY(PublishingReasons(story).empty());
  }

  // Four eyes.

  void whenAPolicyIsChangedInAnothersName_thenWhoeverSignedItDoesNotCount_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<bool>("stands");
    QTest::newRow("the name is right") << "eve" << true;
    QTest::newRow("certified as the approver's") << "bob" << false;
    QTest::newRow("certified by nobody") << "unknown" << false;
  }
  void whenAPolicyIsChangedInAnothersName_thenWhoeverSignedItDoesNotCount() {
    QFETCH(const QString, key);
    QFETCH(const bool, stands);
    Guards story("policy: {approvals: 1, by: [architects], four_eyes: true}\n");
    story.Certify(story.ada, story.eve);
    story.MeetAll();
    const std::string next = Guarded(story.ada, "# next\n");
    Writer& unknown = story.Person("bob@x.org");
    Writer& writer = key == "eve" ? story.eve : key == "bob" ? story.bob : unknown;
    story.Together([&] { return story.ApprovePolicy(story.bob, next); });
    story.Seal(writer);
    story.SayAs(writer, story.eve.email, {}, PolicyChanged{next, Sha256(story.Fold().policy.bytes), {}},
                5'000'000);
    QCOMPARE(story.Fold().policy.hash == Sha256(next), stands);
    QCOMPARE(Tells(story.Fold(), "policy/unapproved"), !stands);
  }

  // Verdicts.

  void whenAVerdictIsForged_thenItCountsForNothingAndIsNamed_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("rule");
    for (const char* what : {"signature", "verdict", "text", "artifact", "request"})
      QTest::newRow(what) << what << "verdict/forged";
    for (const char* what : {"unsigned", "author", "uncertified"})
      QTest::newRow(what) << what << "verdict/void";
  }
  void whenAVerdictIsForged_thenItCountsForNothingAndIsNamed() {
    QFETCH(const QString, what);
    QFETCH(const QString, rule);
    Guards story;
    story.Together([&] { return story.Promote(story.bob, kOrder, "review"); });
    const EventId request = story.Together([&] {
      return story.Say(story.bob, kOrder, ReviewRequested{"Look", "", {}});
    });
    const EventId other = story.Together([&] {
      return story.Say(story.bob, kOrder, ReviewRequested{"And", "", {}});
    });
    story.Together(
        [&] { return story.Review(story.cy, kOrder, request, Verdict::kRequestChanges, "Not yet"); });
    // Somebody wants Cy's objection away.
    ReviewSubmitted body = story.VerdictOf(story.cy, kOrder, request, Verdict::kApprove, "Fine");
    Writer* writer = &story.eve;
    std::string_view author = story.cy.email;
    ArtifactId artifact = kOrder;
    if (what == "signature") body.signature[5] = static_cast<char>(body.signature[5] ^ 1);
    if (what == "verdict") {
      body = story.VerdictOf(story.cy, kOrder, request, Verdict::kComment, "Fine");
      body.verdict = Verdict::kApprove;
    }
    if (what == "text") body.text = "Very fine";
    if (what == "artifact") {
      artifact = Story::Artifact("another");
      story.Say(story.eve, artifact, ReviewRequested{"Look", "", {}});
    }
    if (what == "request") body.request = other;
    if (what == "unsigned") {
      body = {};
      body.request = request;
      body.verdict = Verdict::kApprove;
    }
    if (what == "author") body = story.VerdictOf(story.bob, kOrder, request, Verdict::kApprove, "Fine");
    if (what == "uncertified") {
      author = story.eve.email;
      body = story.VerdictOf(story.eve, kOrder, request, Verdict::kApprove, "Fine");
    }
    story.SayAs(*writer, author, artifact, body, 5'000'000);
    const State state = story.Fold();
    QVERIFY2(Tells(state, rule.toStdString()), qPrintable(what));
    QVERIFY(state.FindReview(request)->verdicts.at("cy@x.org").verdict == Verdict::kRequestChanges);
    QVERIFY(WhatOf(PromotionReasons(story, "approved")).back() == "change-request");
  }

  void whenAVerdictIsSaidAgainByAnother_thenTheLastWordStaysTheLast() {
    Guards story;
    story.Together([&] { return story.Promote(story.bob, kOrder, "review"); });
    const EventId request = story.Together([&] {
      return story.Say(story.bob, kOrder, ReviewRequested{"Look", "", {}});
    });
    const EventId first =
        story.Together([&] { return story.Review(story.cy, kOrder, request, Verdict::kApprove, "Fine"); });
    const ReviewSubmitted copy = std::get<ReviewSubmitted>(story.event(first).body);
    story.Together([&] { return story.Review(story.cy, kOrder, request, Verdict::kRequestChanges, "No"); });
    story.SayAs(story.eve, story.cy.email, kOrder, copy, 5'000'000);
    QVERIFY(story.Fold().FindReview(request)->verdicts.at("cy@x.org").verdict == Verdict::kRequestChanges);
    QVERIFY(WhatOf(PromotionReasons(story, "approved")).back() == "change-request");
  }

  void whenAVerdictsTextWasRedacted_thenItStillCounts() {
    Guards story;
    const EventId request = story.Together([&] {
      return story.Say(story.bob, kOrder, ReviewRequested{"Look", "", {}});
    });
    ReviewSubmitted body = story.VerdictOf(story.cy, kOrder, request, Verdict::kRequestChanges, "Secret");
    body.text.clear();
    body.salt.clear();
    story.Say(story.cy, kOrder, body);
    const State state = story.Fold();
    QVERIFY(state.FindReview(request)->verdicts.at("cy@x.org").verdict == Verdict::kRequestChanges);
    QVERIFY(!Tells(state, "verdict/forged"));
  }

  void whenNobodyAdministers_thenUnsignedVerdictsOfEarlierReleasesCount() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    story.Create(ada, "order", "order.bpmn");
    const EventId request = story.Say(ada, kOrder, ReviewRequested{"Look", "", {}});
    ReviewSubmitted body;
    body.request = request;
    body.verdict = Verdict::kApprove;
    story.Say(ada, kOrder, body);
    QCOMPARE(story.Fold().FindReview(request)->verdicts.size(), size_t{1});
  }

  // Redaction.

  void whenSomebodyRedacts_thenThePolicySaysWhetherItCounts_data() {
    QTest::addColumn<QString>("who");
    QTest::addColumn<QString>("rule");
    QTest::newRow("the administrator") << "ada"
                                       << "";
    QTest::newRow("somebody whom the policy does not name") << "bob"
                                                            << "redaction/unauthorized";
    QTest::newRow("nobody who is known") << "eve"
                                         << "redaction/unauthorized";
    QTest::newRow("not signed") << "unsigned"
                                << "redaction/unauthorized";
    QTest::newRow("in the administrator's name") << "forged"
                                                 << "redaction/forged";
  }
  void whenSomebodyRedacts_thenThePolicySaysWhetherItCounts() {
    QFETCH(const QString, who);
    QFETCH(const QString, rule);
    Guards story;
    const EventId edit = story.Together([&] { return story.Edit(story.bob, kOrder); });
    if (who == "ada") story.Redact(story.ada, edit);
    if (who == "bob") story.Redact(story.bob, edit);
    if (who == "eve") story.Redact(story.eve, edit);
    if (who == "unsigned") {
      story.SayAs(story.eve, story.ada.email, kOrder, Redacted{edit, Sha256("p"), "", {}, {}}, 5'000'000);
    }
    if (who == "forged") {
      const Redacted lie{edit, Sha256("p"), "", story.ada.fingerprint(), std::string(64, 's')};
      story.SayAs(story.eve, story.ada.email, kOrder, lie, 5'000'000);
    }
    const State state = story.Fold();
    QCOMPARE(Tells(state, "redaction/unauthorized"), rule == "redaction/unauthorized");
    QCOMPARE(Tells(state, "redaction/forged"), rule == "redaction/forged");
  }

  // Policies.

  void whenTheLastAdministratorIsRemoved_thenKeysAreTrustedOnFirstUseAndApprovalsLapse() {
    Guards story;
    story.BringToApproved();
    const std::string open = "version: 1\npromotion:\n  review: {}\n  approved: {approvals: 1}\n";
    // Bob alone cannot.
    story.Together([&] { return story.ChangePolicy(story.bob, open); });
    QVERIFY(Tells(story.Fold(), "policy/unapproved"));
    story.Together([&] { return story.ApprovePolicy(story.ada, open); });
    story.Together([&] { return story.ChangePolicy(story.bob, open); });
    State state = story.Fold();
    QVERIFY(state.policy.administrators.empty());
    QCOMPARE(state.FindKey(story.eve.fingerprint())->person, std::string("eve@x.org"));
    for (const Approval& approval : state.approvals) QVERIFY(!approval.void_because.empty());
    // What was approved before stays so: it was judged then.
    QCOMPARE(state.StandingOf(kOrder).state, std::string("approved"));
    Writer& late = story.Person("late@x.org");
    story.Add(late);
    QCOMPARE(story.Fold().FindKey(late.fingerprint())->person, std::string("late@x.org"));
    // Whoever comes now may change it: the remark said so.
    QVERIFY(!RemarksOn(state.policy).empty());
    const std::string taken = Guarded(story.eve);
    story.Together([&] { return story.ChangePolicy(story.eve, taken); });
    state = story.Fold();
    QVERIFY(state.policy.IsAdministrator("eve@x.org"));
    // Whom an administrator certified is believed still; who came in between only on first use is not.
    QCOMPARE(state.FindKey(story.bob.fingerprint())->person, std::string("bob@x.org"));
    QCOMPARE(state.FindKey(late.fingerprint())->person, std::string());
  }

  void whenTwoPoliciesAreMadeAtOnce_thenApprovalsUnderTheOneThatDoesNotStandLapse() {
    Guards story;
    const std::string one = Guarded(story.ada, "# one\n");
    const std::string two = Guarded(story.ada, "# two\n");
    story.Together([&] { return story.ApprovePolicy(story.ada, one); });
    story.Together([&] { return story.ApprovePolicy(story.ada, two); });
    story.ChangePolicy(story.ada, one);
    story.ChangePolicy(story.bob, two);
    const EventId under_one = story.Approve(story.ada, kOrder, "approved");
    const EventId under_two = story.Approve(story.bob, kOrder, "approved");
    story.MeetAll();
    const State state = story.Fold();
    QVERIFY(state.policy.hash == Sha256(one));
    for (const Approval& approval : state.approvals) {
      if (approval.said.event == under_one) QCOMPARE(approval.void_because, std::string());
      if (approval.said.event == under_two) {
        QVERIFY2(approval.void_because.find("the policy has changed since") != std::string::npos,
                 approval.void_because.c_str());
      }
    }
    // Asked for again, on top of the one that stands, it counts.
    const std::string again = Guarded(story.ada, "# two, again\n");
    story.Together([&] { return story.ApprovePolicy(story.ada, again); });
    story.Together([&] { return story.ChangePolicy(story.bob, again); });
    QVERIFY(story.Fold().policy.hash == Sha256(again));
  }

  void whenAStateIsTakenOutOfThePolicy_thenTheWayOutIsSaid() {
    Guards story;
    story.BringToApproved();
    const std::string next = "version: 1\nadministrators: [{person: ada@x.org, keys: [" +
                             story.ada.fingerprint() + "]}]\npromotion:\n  review: {}\n  gold: {}\n";
    story.Together([&] { return story.ApprovePolicy(story.ada, next); });
    story.Together([&] { return story.ChangePolicy(story.ada, next); });
    QCOMPARE(story.StateNow(), std::string("approved"));
    const std::vector<Reason> reasons = PromotionReasons(story, "gold");
    QCOMPARE(reasons.at(0).what, std::string("order"));
    QVERIFY2(reasons[0].message.find(
                 "in state approved, which the policy has no more; promote it to draft") != std::string::npos,
             reasons[0].message.c_str());
    story.Together([&] { return story.Promote(story.bob, kOrder, "draft"); });
    story.Together([&] { return story.Promote(story.bob, kOrder, "review"); });
    QCOMPARE(story.StateNow(), std::string("review"));
  }
};

QTEST_APPLESS_MAIN(GateTest)
#include "gate_test.moc"
