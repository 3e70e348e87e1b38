#include <QtTest>
#include <algorithm>

#include "tests/uaf/lifecycle/guards.h"
#include "uaf/lifecycle/gate.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::lifecycle;

/// What becomes of artifacts, reviews, approvals and keys.
class LifecycleTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Revisions.

  void whenATagHasSeenAnEarlierOne_thenItMovesTheName() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    story.Create(ada, "order", "order.bpmn");
    story.Say(ada, {}, RevisionTagged{"v1", "first", {}});
    const EventId edit = story.Edit(ada, kOrder);
    QVERIFY(!story.Fold().FindRevision("v1")->cut.Covers(edit));
    story.Say(ada, {}, RevisionTagged{"v1", "second", {}});
    const State state = story.Fold();
    QCOMPARE(state.revisions.size(), size_t{1});
    QVERIFY(state.FindRevision("v1")->cut.Covers(edit));
    QVERIFY(state.findings.empty());
  }

  void whenTwoTagOneNameAtOnce_thenTheFirstStandsAndTheOtherIsTold() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    Writer& bob = story.Person("bob@x.org");
    const EventId first = story.Say(ada, {}, RevisionTagged{"v1", "", {}});
    story.Say(bob, {}, RevisionTagged{"v1", "", {}});
    story.Say(bob, kOrder, RevisionTagged{"v1", "of an artifact", {}});
    const State state = story.Fold();
    QCOMPARE(state.revisions.size(), size_t{2});
    QVERIFY(state.FindRevision("v1")->said.event == first);
    QVERIFY(Tells(state, "revision/taken"));
  }

  // Comments.

  void whenCommentsAreAnswered_thenThreadsStayTogether() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    Writer& bob = story.Person("bob@x.org");
    const EventId created = story.Create(ada, "order", "order.bpmn");
    const EventId one = story.Say(ada, kOrder, CommentAdded{NodeId{created, 1}, {}, "One"});
    const EventId two = story.Say(ada, kOrder, CommentAdded{NodeId{created, 7}, {}, "Two"});
    story.MeetAll();
    const EventId answer = story.Say(bob, kOrder, CommentAdded{{}, one, "Answer"});
    story.Say(bob, kOrder, CommentAdded{{}, answer, "Answer to the answer"});
    State state = story.Fold();
    QCOMPARE(state.comments.size(), size_t{4});
    QVERIFY(state.comments[2].thread == one);
    QCOMPARE(state.comments[2].text, std::string("Answer to the answer"));
    QVERIFY(state.comments[3].said.event == two);
    QVERIFY(!state.FindComment(one)->anchor_gone);
    QVERIFY(state.FindComment(two)->anchor_gone);
    story.Say(bob, kOrder, CommentResolved{answer, false});
    state = story.Fold();
    QVERIFY(state.FindComment(one)->resolved && state.comments[2].resolved);
    QVERIFY(!state.FindComment(two)->resolved);
    story.Say(bob, kOrder, CommentResolved{one, true});
    QVERIFY(!story.Fold().FindComment(answer)->resolved);
  }

  void whenACommentAnswersNothing_thenItStaysAndIsTold() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    const EventId other = story.Say(ada, Story::Artifact("other"), CommentAdded{{}, {}, "Elsewhere"});
    story.Say(ada, kOrder, CommentAdded{{}, other, "Answer"});
    const State state = story.Fold();
    QCOMPARE(state.comments.size(), size_t{2});
    QVERIFY(Tells(state, "comment/reply"));
  }

  // Reviews.

  void whenAReviewerAnswersAgain_thenTheLastWordCountsAndARemarkTakesNothingBack() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    Writer& bob = story.Person("Bob@x.org");
    story.Create(ada, "order", "order.bpmn");
    const EventId request = story.Say(ada, kOrder, ReviewRequested{"Look", "", {"BOB@x.org"}});
    story.MeetAll();
    story.Say(bob, kOrder, ReviewSubmitted{request, Verdict::kRequestChanges, "No", {}, {}, {}, {}, {}, {}});
    story.Say(bob, kOrder, ReviewSubmitted{request, Verdict::kComment, "Hm", {}, {}, {}, {}, {}, {}});
    const State before = story.Fold();
    QVERIFY(before.FindReview(request)->reviewers == std::vector<std::string>{"bob@x.org"});
    QVERIFY(before.FindReview(request)->verdicts.at("bob@x.org").verdict == Verdict::kRequestChanges);
    story.Say(bob, kOrder, ReviewSubmitted{request, Verdict::kApprove, "Yes", {}, {}, {}, {}, {}, {}});
    QVERIFY(story.Fold().FindReview(request)->verdicts.at("bob@x.org").verdict == Verdict::kApprove);
    QVERIFY(!story.Fold().FindReview(request)->verdicts.at("bob@x.org").outdated);
    story.Edit(ada, kOrder);
    QVERIFY(story.Fold().FindReview(request)->verdicts.at("bob@x.org").outdated);
  }

  // Links.

  void whenAnEndOfALinkIsGone_thenThatIsAFinding() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    const EventId order = story.Create(ada, "order", "order.bpmn");
    story.Create(ada, "goal", "goal.md");
    const EventId link = story.Say(
        ada, {}, LinkAdded{{kOrder, NodeId{order, 1}}, {Story::Artifact("goal"), {}}, "realizes", ""});
    QVERIFY(story.Fold().findings.empty());
    const Cut before = story.everything();
    story.Say(ada, Story::Artifact("goal"), ArtifactRetired{});
    QVERIFY(story.Fold().FindLink(link)->to_gone);
    QVERIFY(!story.Fold().FindLink(link)->from_gone);
    QVERIFY(Tells(story.Fold(), "link/dangling"));
    QVERIFY(!Tells(story.FoldAt(before), "link/dangling"));
    story.Say(ada, {}, LinkRemoved{link});
    QVERIFY(story.Fold().links.empty());
    QVERIFY(story.Fold().findings.empty());
  }

  // Approvals.

  void whenAnApprovedArtifactIsEdited_thenTheApprovalLapses() {
    Guards story;
    story.Approve(story.ada, kOrder, "approved");
    QCOMPARE(story.Fold().approvals.at(0).void_because, std::string());
    story.MeetAll();
    story.Edit(story.bob, kOrder);
    QVERIFY(story.Fold().approvals.at(0).lapsed);
  }

  void whenAnEditIsConcurrentToAnApproval_thenItLapsesToo() {
    Guards story;
    story.Edit(story.bob, kOrder);
    const EventId edit = story.event(story.events().back().id).id;
    const EventId approval = story.Approve(story.ada, kOrder, "approved");
    const State state = story.Fold();
    QVERIFY(state.approvals.at(0).lapsed);
    QCOMPARE(state.conflicts.at(kOrder).size(), size_t{1});
    const merge::Conflict& conflict = state.conflicts.at(kOrder).front();
    QVERIFY(conflict.kind == merge::ConflictKind::kApproval);
    QVERIFY(conflict.sides.at(0).events == std::vector<EventId>{edit});
    QVERIFY(conflict.sides.at(1).events == std::vector<EventId>{approval});
    QCOMPARE(conflict.standing, size_t{0});
    // Looked at again, it is settled.
    story.MeetAll();
    story.Approve(story.ada, kOrder, "approved");
    QVERIFY(!story.Fold().conflicts.contains(kOrder));
  }

  void whenAnApprovalIsNotWhatItClaims_thenItIsVoidAndAForgeryIsNamed_data() {
    QTest::addColumn<QString>("what");
    QTest::addColumn<bool>("forged");
    QTest::newRow("signature") << "signature" << true;
    QTest::newRow("content") << "content" << true;
    QTest::newRow("purpose") << "purpose" << true;
    QTest::newRow("artifact") << "artifact" << true;
    QTest::newRow("fork") << "fork" << true;
    QTest::newRow("author") << "author" << false;
    QTest::newRow("uncertified key") << "uncertified" << false;
    QTest::newRow("future") << "future" << false;
  }
  void whenAnApprovalIsNotWhatItClaims_thenItIsVoidAndAForgeryIsNamed() {
    QFETCH(const QString, what);
    QFETCH(const bool, forged);
    Guards story;
    Writer* writer = &story.ada;
    ArtifactId artifact = kOrder;
    Approved body = story.Approval(story.ada, kOrder, "approved");
    const auto sign = [&](const Ed25519PrivateKey& key) {
      const Ed25519Signature signature = key.Sign(ApprovalMessage(Story::kWorkspace, kOrder, body));
      body.signature.assign(reinterpret_cast<const char*>(signature.data()), signature.size());
    };
    if (what == QStringLiteral("signature")) body.signature[5] = static_cast<char>(body.signature[5] ^ 1);
    if (what == QStringLiteral("content")) body.content.bytes[0] ^= 1;
    if (what == QStringLiteral("purpose")) body.purpose = "released";
    if (what == QStringLiteral("artifact")) artifact = Story::Artifact("another");
    if (what == QStringLiteral("author")) writer = &story.eve;
    if (what == QStringLiteral("fork")) {
      body.cut.front().hash.bytes[3] ^= 1;
      sign(story.ada.key);
    }
    if (what == QStringLiteral("future")) {
      body.cut.push_back({EventId{StreamId{std::string(32, 'f')}, 4}, {}});
      sign(story.ada.key);
    }
    if (what == QStringLiteral("uncertified")) {
      writer = &story.eve;
      body = story.Approval(story.eve, kOrder, "approved");
    }
    story.Say(*writer, artifact, body);
    const State state = story.Fold();
    QVERIFY(!state.approvals.at(0).void_because.empty());
    QVERIFY(!state.approvals.at(0).lapsed);
    QCOMPARE(Tells(state, "approval/forged"), forged);
  }

  // Promotion.

  void whenTheGatesAreMet_thenAnArtifactClimbsStateByState() {
    Guards story;
    QCOMPARE(story.StateNow(), std::string("draft"));
    story.BringToApproved();
    QCOMPARE(story.StateNow(), std::string("approved"));
    story.Together([&] { return story.Approve(story.ada, kOrder, "released"); });
    story.Together([&] { return story.Promote(story.ada, kOrder, "released"); });
    QCOMPARE(story.StateNow(), std::string("released"));
    QVERIFY(story.Fold().findings.size() == 1);  // Eve's key
    QVERIFY(Tells(story.Fold(), "key/nobodys"));
    story.Together([&] { return story.Promote(story.eve, kOrder, "draft"); });
    QCOMPARE(story.StateNow(), std::string("draft"));
  }

  void whenAGateIsNotMet_thenThePromotionCountsForNothing_data() {
    QTest::addColumn<QString>("what");
    for (const char* what :
         {"order", "one approval", "one person twice", "the author", "a stranger", "edited", "other content",
          "other purpose", "other policy", "changes requested"}) {
      QTest::newRow(what) << QString(what);
    }
  }
  void whenAGateIsNotMet_thenThePromotionCountsForNothing() {
    QFETCH(const QString, what);
    Guards story;
    const auto is = [&](const char* name) { return what == QString(name); };
    const auto promote = [&](const char* to) {
      story.Together([&] { return story.Promote(story.bob, kOrder, to); });
    };
    const auto approve = [&](Writer& writer) {
      story.Together(
          [&] { return story.Approve(writer, kOrder, is("other purpose") ? "released" : "approved"); });
    };
    if (!is("order")) promote("review");
    const EventId request = story.Together([&] {
      return story.Say(story.bob, kOrder, ReviewRequested{"Look", "", {}});
    });
    approve(story.ada);
    if (is("one person twice")) approve(story.ada);
    if (is("the author")) approve(story.bob);
    if (is("a stranger")) approve(story.eve);
    if (!is("one approval") && !is("one person twice") && !is("the author") && !is("a stranger"))
      approve(story.cy);
    if (is("edited")) story.Together([&] { return story.Edit(story.eve, kOrder); });
    if (is("changes requested")) {
      story.Together(
          [&] { return story.Review(story.cy, kOrder, request, Verdict::kRequestChanges, "Not yet"); });
    }
    if (is("other content") || is("other policy")) {
      Promoted body{"approved", {}, story.ContentAt(kOrder, story.everything()), story.Fold().policy.hash};
      (is("other content") ? body.content : body.policy) = Sha256("other");
      story.Together([&] { return story.Say(story.bob, kOrder, body); });
    } else {
      promote("approved");
    }
    QVERIFY(story.StateNow() == (is("order") ? "draft" : "review"));
    QVERIFY(Tells(story.Fold(), "promotion/invalid"));
  }

  void whenAnApprovedArtifactIsEdited_thenItFallsBackToWhatStillHolds() {
    Guards story;
    story.BringToApproved();
    story.Together([&] { return story.Edit(story.bob, kOrder); });
    const Standing standing = story.Fold().StandingOf(kOrder);
    QCOMPARE(standing.state, std::string("review"));
    QCOMPARE(standing.undone_state, std::string("approved"));
  }

  void whenTwoPromoteAtOnce_thenTheLowerStateCounts() {
    Guards story;
    story.BringToApproved();
    story.Together([&] { return story.Approve(story.ada, kOrder, "released"); });
    story.Promote(story.ada, kOrder, "released");
    story.Promote(story.bob, kOrder, "draft");
    QCOMPARE(story.StateNow(), std::string("draft"));
  }

  void whenAnArtifactWasApprovedWhereGatesAreOpen_thenAMoveDoesNotCarryIt() {
    Guards story("paths:\n  - {match: \"scratch/**\", promotion: {approved: {approvals: 0}}}\n");
    const auto move = [&](const char* path) {
      story.Together([&] { return story.Say(story.eve, kOrder, ArtifactRenamed{path}); });
    };
    const auto promote = [&](const char* to) {
      story.Together([&] { return story.Promote(story.eve, kOrder, to); });
    };
    move("scratch/order.bpmn");
    story.Together([&] { return story.Edit(story.cy, kOrder); });
    promote("review");
    promote("approved");
    QCOMPARE(story.StateNow(), std::string("approved"));
    move("processes/order.bpmn");
    QCOMPARE(story.StateNow(), std::string("review"));
    // What passed an open gate is still a change by its author.
    story.Together([&] { return story.Approve(story.ada, kOrder, "approved"); });
    story.Together([&] { return story.Approve(story.cy, kOrder, "approved"); });
    promote("approved");
    QCOMPARE(story.StateNow(), std::string("review"));
  }

  void whenSomethingBlocks_thenEachReasonIsToldWithItsPlace() {
    Guards story;
    story.Together([&] { return story.Promote(story.bob, kOrder, "review"); });
    const EventId request = story.Say(story.bob, kOrder, ReviewRequested{"Look", "", {}});
    story.MeetAll();
    const EventId verdict = story.Review(story.cy, kOrder, request, Verdict::kRequestChanges, "No");
    const History history = story.Now();
    Authority authority(history);
    Gatekeeper gatekeeper(history, authority);
    merge::Conflict conflict;
    conflict.element = "task_1";
    conflict.sides = {{{verdict}, "a"}, {{request}, "b"}};
    document::Finding finding;
    finding.rule = "bpmn/x";
    finding.element = "task_2";
    finding.message = "Broken";
    const std::vector<merge::Conflict> conflicts{conflict};
    const std::vector<document::Finding> findings{finding};
    const Hash256 content = story.ContentAt(kOrder, history.cut);
    const auto reasons =
        gatekeeper.WhatBlocks(kOrder, "approved", content, history.cut, {conflicts, findings});
    std::vector<std::string> what;
    for (const Reason& reason : reasons) what.push_back(reason.what);
    QVERIFY((what == std::vector<std::string>{"approvals", "change-request", "conflict"}));
    QVERIFY(reasons[1].event == verdict);
    QCOMPARE(reasons[2].element, std::string("task_1"));
    const auto released = gatekeeper.WhatBlocks(kOrder, "released", content, history.cut, {{}, findings});
    QCOMPARE(released.front().what, std::string("order"));
    QCOMPARE(released.back().element, std::string("task_2"));
    QCOMPARE(gatekeeper.WhatBlocks(kOrder, "gold", content, history.cut, {}).front().what,
             std::string("state"));
    QVERIFY(gatekeeper.WhatBlocks(kOrder, "draft", content, history.cut, {}).empty());
  }

  // Policies.

  void whenAPolicyIsChangedWithoutItsApprovals_thenTheOldOneStays() {
    Guards story;
    const Hash256 before = story.Fold().policy.hash;
    for (Writer* writer : {&story.eve, &story.bob}) {
      const std::string weaker = Guarded(*writer);
      story.Together([&] { return story.ApprovePolicy(*writer, weaker); });
      story.Together([&] { return story.ChangePolicy(*writer, weaker); });
      QVERIFY(story.Fold().policy.hash == before);
      QVERIFY(Tells(story.Fold(), "policy/unapproved"));
    }
    const std::string wanted = Guarded(story.ada, "# and more\n");
    story.Together([&] { return story.ApprovePolicy(story.ada, wanted); });
    // Approved is exactly these bytes.
    story.Together([&] { return story.ChangePolicy(story.bob, wanted + " "); });
    QVERIFY(story.Fold().policy.hash == before);
    story.Together([&] { return story.ChangePolicy(story.bob, wanted); });
    QVERIFY(story.Fold().policy.hash == Sha256(wanted));
  }

  void whenTwoChangeThePolicyAtOnce_thenOneStandsAndTheOtherIsTold() {
    Guards story;
    const std::string one = Guarded(story.ada, "# one\n");
    const std::string two = Guarded(story.ada, "# two\n");
    story.Together([&] { return story.ApprovePolicy(story.ada, one); });
    story.Together([&] { return story.ApprovePolicy(story.ada, two); });
    story.ChangePolicy(story.ada, one);
    story.ChangePolicy(story.bob, two);
    const State state = story.Fold();
    QVERIFY(state.policy.hash == Sha256(one));
    QVERIFY(Tells(state, "policy/concurrent"));
  }

  void whenSomebodyClaimsToHaveBeenFirst_thenTheFixedFirstPolicyStands() {
    Guards story;
    const Hash256 legitimate = story.Fold().policy.hash;
    const std::string takeover = Guarded(story.eve);
    Writer& mallory = story.Person("mallory@x.org");
    absl::StatusOr<Policy> open = ParsePolicy(OpenPolicyText());
    story.SayAs(mallory, "mallory@x.org", {}, PolicyChanged{takeover, open->hash, {}}, 1);
    // Nothing in the log alone can tell who was first.
    QVERIFY(story.Fold().policy.hash == Sha256(takeover));
    story.Fix(legitimate);
    QVERIFY(story.Fold().policy.hash == legitimate);
    QVERIFY(Tells(story.Fold(), "policy/unapproved"));
  }

  // Keys.

  void whenNoPolicyNamesAdministrators_thenKeysAreTrustedOnFirstUse() {
    Story story;
    Writer& ada = story.Person("ada@x.org");
    Writer& eve = story.Person("eve@x.org");
    story.Create(ada, "order", "order.bpmn");
    story.Add(ada);
    story.Approve(ada, kOrder, "approved");
    QCOMPARE(story.Fold().FindKey(ada.fingerprint())->person, std::string("ada@x.org"));
    QCOMPARE(story.Fold().approvals.at(0).void_because, std::string());
    // Eve says that Ada's key is hers: then it is nobody's, and never Eve's.
    story.SayAs(eve, eve.email, {}, KeyAdded{std::string(ada.key.public_key().view()), "stolen"}, 1);
    QCOMPARE(story.Fold().FindKey(ada.fingerprint())->person, std::string());
    QVERIFY(Tells(story.Fold(), "key/nobodys"));
  }

  void whenAKeyIsCertifiedByOneOfThePersonsOwn_thenItTakesOver() {
    Guards story;
    Writer& laptop = story.Person("bob@x.org");
    story.Add(laptop);
    story.MeetAll();
    QCOMPARE(story.Fold().FindKey(laptop.fingerprint())->person, std::string());
    story.Certify(story.bob, laptop);
    QCOMPARE(story.Fold().FindKey(laptop.fingerprint())->person, std::string("bob@x.org"));
    story.MeetAll();
    // The old one may go; what the new one is remains, because it was certified before.
    story.Revoke(laptop, story.bob);
    const State state = story.Fold();
    QVERIFY(state.FindKey(story.bob.fingerprint())->revoked.has_value());
    QCOMPARE(state.FindKey(laptop.fingerprint())->person, std::string("bob@x.org"));
  }

  void whenSomebodyCertifiesForAnother_thenOnlyAnAdministratorIsBelieved() {
    Guards story;
    Writer& fake = story.Person("ada@x.org");
    story.Add(fake);
    story.MeetAll();
    story.Certify(story.bob, fake, "ada@x.org");
    story.Certify(story.eve, fake, "ada@x.org");
    const State state = story.Fold();
    QCOMPARE(state.FindKey(fake.fingerprint())->person, std::string());
    QVERIFY(Tells(state, "certificate/void"));
  }

  void whenAKeyIsRevoked_thenOnlyWhatTheRevocationHasSeenCounts() {
    Guards story;
    const EventId early = story.Together([&] { return story.Approve(story.bob, kOrder, "approved"); });
    story.Revoke(story.ada, story.bob);
    const EventId late = story.Approve(story.bob, kOrder, "approved");
    const State state = story.Fold();
    for (const Approval& approval : state.approvals) {
      QCOMPARE(approval.void_because.empty(), approval.said.event == early);
      if (approval.said.event == late) QVERIFY(approval.void_because.find("revoked") != std::string::npos);
    }
  }

  void whenAStolenKeyHidesBehindAnOldPast_thenItIsVoidAllTheSame() {
    Guards story;
    story.Together([&] { return story.Revoke(story.ada, story.bob); });
    // A new stream that claims to have seen only what there was before the revocation.
    Writer thief{"bob@x.org", StreamId{std::string(32, 'd')}, story.bob.key, 0, {}};
    Cut before = story.everything();
    before.heads[story.ada.stream] -= 1;
    thief.seen = before;
    story.Approve(thief, kOrder, "approved");
    QVERIFY(!story.Fold().approvals.at(0).void_because.empty());
  }

  void whenSomebodyRevokesWhatIsNotTheirs_thenNothingHappens() {
    Guards story;
    story.Revoke(story.bob, story.ada);
    story.Revoke(story.eve, story.bob);
    const State state = story.Fold();
    QVERIFY(!state.FindKey(story.ada.fingerprint())->revoked);
    QVERIFY(!state.FindKey(story.bob.fingerprint())->revoked);
    QVERIFY(Tells(state, "revocation/void"));
  }

  void whenTwoKeysOfAPersonRevokeEachOther_thenBothAreGone() {
    Guards story;
    Writer& laptop = story.Person("bob@x.org");
    story.Add(laptop);
    story.MeetAll();
    story.Certify(story.bob, laptop);
    story.MeetAll();
    story.Revoke(story.bob, laptop);
    story.Revoke(laptop, story.bob);
    const State state = story.Fold();
    QVERIFY(state.FindKey(story.bob.fingerprint())->revoked.has_value());
    QVERIFY(state.FindKey(laptop.fingerprint())->revoked.has_value());
  }

  void whenKeysRevokeEachOtherInALongChain_thenThatIsJudgedInTime() {
    Guards story;
    Writer* before = &story.bob;
    for (int i = 0; i < 60; ++i) {
      Writer& next = story.Person("bob@x.org");
      story.Add(next);
      story.MeetAll();
      story.Certify(*before, next);
      story.MeetAll();
      story.Revoke(next, *before);
      story.MeetAll();
      before = &next;
    }
    QCOMPARE(story.Fold().FindKey(before->fingerprint())->person, std::string("bob@x.org"));
    QVERIFY(!story.Fold().FindKey(before->fingerprint())->revoked);
  }

  void whenACertificateOrRevocationIsForged_thenItIsNamed() {
    Guards story;
    Writer& fake = story.Person("ada@x.org");
    KeyCertified certificate{std::string(fake.key.public_key().view()), "ada@x.org", "d",
                             story.ada.fingerprint(), std::string(64, 's')};
    story.Say(fake, {}, certificate);
    story.Say(fake, {},
              KeyRevoked{story.bob.fingerprint(), "", story.ada.fingerprint(), std::string(64, 's')});
    const State state = story.Fold();
    QVERIFY(Tells(state, "certificate/forged"));
    QVERIFY(Tells(state, "revocation/forged"));
    QVERIFY(state.FindKey(fake.fingerprint()) == nullptr);
  }
};

QTEST_APPLESS_MAIN(LifecycleTest)
#include "lifecycle_test.moc"
