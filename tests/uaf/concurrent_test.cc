#include <QtTest>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

/// Two people with one repository, who work at the same time; what git would carry is copied by hand.
class TwoPeople {
 public:
  TwoPeople() {
    ada_ = ada_fixture_.Open();
    ada_fixture_.Write("a.bpmn", kModel);
    if (!ada_->Import("a.bpmn").ok()) qFatal("the model cannot be imported");
    id = ada_->FindArtifact("a.bpmn")->id;
    Seal(ada());
    Carry(ada_fixture_, bob_fixture_);
    bob_fixture_.Write("a.bpmn", kModel);
    bob_ = bob_fixture_.Open();
  }

  Workspace& ada() { return *ada_; }
  Workspace& bob() { return *bob_; }
  WorkspaceFixture& ada_fixture() { return ada_fixture_; }
  WorkspaceFixture& bob_fixture() { return bob_fixture_; }

  /// Both get what the other recorded since.
  void Exchange() {
    for (Workspace* each : {&ada(), &bob()}) Seal(*each);
    Carry(ada_fixture_, bob_fixture_);
    Carry(bob_fixture_, ada_fixture_);
    for (Workspace* each : {&ada(), &bob()}) {
      const auto received = each->ReceiveSegments();
      if (!received.ok()) qFatal("%s", std::string(received.status().message()).c_str());
    }
  }
  void Reopen() {
    ada_.reset();
    ada_ = ada_fixture_.Open();
  }
  absl::Status Rename(Workspace& who, std::string_view name) {
    return who.Submit(SetAttribute(id, *who.Load(id), "t", "name", name)).status();
  }

  ArtifactId id;

 private:
  static void Seal(Workspace& workspace) {
    if (!workspace.SyncWorkingFiles().ok() || !workspace.Seal().ok()) qFatal("nothing can be sealed");
  }
  static void Carry(const WorkspaceFixture& from, const WorkspaceFixture& to) {
    for (const char* what :
         {".uaf/log", ".uaf/blobs", ".uaf/keys", ".uaf/workspace.yaml", ".uaf/policy.yaml"}) {
      if (!fs::exists(from.File(what))) continue;
      fs::create_directories(to.File(what).parent_path());
      fs::copy(from.File(what), to.File(what),
               fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    }
  }

  WorkspaceFixture ada_fixture_{1};
  WorkspaceFixture bob_fixture_{2};
  std::unique_ptr<Workspace> ada_;
  std::unique_ptr<Workspace> bob_;
};

}  // namespace

class ConcurrentTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenTwoPeopleEditDifferentThings_thenBothHaveBothAndNothingIsOpen() {
    TwoPeople people;
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    VERIFY_OK(people.bob().Submit(SetAttribute(people.id, *people.bob().Load(people.id), "t", "id", "u")));
    people.Exchange();
    const std::string file = *people.ada().Render(people.id);
    QVERIFY(file.find("Ada") != std::string::npos && file.find("id=\"u\"") != std::string::npos);
    QCOMPARE(*people.bob().Render(people.id), file);
    QVERIFY(people.ada().Conflicts()->empty());
  }

  void whenTwoPeopleNameOneTask_thenBothSeeTheConflictAndADecisionSettlesItForBoth() {
    TwoPeople people;
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    VERIFY_OK(people.Rename(people.bob(), "Bob"));
    people.Exchange();
    const auto conflicts = people.ada().Conflicts(people.id);
    VERIFY_OK(conflicts);
    QCOMPARE(conflicts->size(), size_t{1});
    QVERIFY(*people.bob().Conflicts() == *conflicts);
    QCOMPARE(*people.bob().Render(people.id), *people.ada().Render(people.id));
    const merge::Conflict& conflict = conflicts->front();
    QCOMPARE(conflict.artifact.name, people.id.name);
    const auto unknown = people.ada().ResolveConflict("0123456789", {0, std::nullopt});
    QVERIFY(absl::IsNotFound(unknown.status()));
    VERIFY_OK(people.ada().ResolveConflict(conflict.key.Hex().substr(0, 10), {std::nullopt, "Ada & Bob"}));
    QVERIFY(people.ada().Conflicts()->empty());
    people.Exchange();
    QVERIFY(people.bob().Conflicts()->empty());
    QCOMPARE(*people.bob().Render(people.id), *people.ada().Render(people.id));
    QVERIFY(people.bob().Render(people.id)->find("Ada &amp; Bob") != std::string::npos);
    QVERIFY(people.ada().Verify()->empty() && people.bob().Verify()->empty());
  }

  void whenADecisionIsTakenBack_thenTheConflictIsOpenAgainForBoth_data() {
    QTest::addColumn<bool>("value");
    QTest::addColumn<bool>("later");
    QTest::newRow("a value, at once") << true << false;
    QTest::newRow("a value, later") << true << true;
    QTest::newRow("what stands, at once") << false << false;
    QTest::newRow("what stands, later") << false << true;
  }
  void whenADecisionIsTakenBack_thenTheConflictIsOpenAgainForBoth() {
    QFETCH(const bool, value);
    QFETCH(const bool, later);
    TwoPeople people;
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    VERIFY_OK(people.Rename(people.bob(), "Bob"));
    people.Exchange();
    const std::vector<merge::Conflict> open = *people.ada().Conflicts();
    const std::string before = *people.ada().Render(people.id);
    const merge::Choice choice =
        value ? merge::Choice{std::nullopt, "Both"} : merge::Choice{open[0].standing, {}};
    VERIFY_OK(people.ada().ResolveConflict(open[0].key.Hex(), choice));
    const std::string decided = *people.ada().Render(people.id);
    QCOMPARE(*people.ada().CanUndo(people.id), std::string("Resolve conflict: attribute name"));
    if (later) people.Exchange();
    if (later) people.Reopen();
    const auto taken_back = people.ada().Undo(people.id);
    VERIFY_OK(taken_back);
    QCOMPARE(*people.ada().Render(people.id), before);
    QVERIFY(*people.ada().Conflicts() == open);
    people.Exchange();
    QVERIFY(*people.bob().Conflicts() == open);
    QCOMPARE(*people.bob().Render(people.id), before);
    VERIFY_OK(people.ada().Redo(people.id));
    QCOMPARE(*people.ada().Render(people.id), decided);
    QVERIFY(people.ada().Conflicts()->empty());
    VERIFY_OK(people.ada().Undo(people.id));
    QVERIFY(*people.ada().Conflicts() == open);
    people.Reopen();
    QVERIFY(*people.ada().Conflicts() == open);
    QVERIFY(people.ada().Verify()->empty());
  }

  void whenAnEditThatSettledAConflictIsTakenBack_thenItIsOpenAgainForBoth() {
    TwoPeople people;
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    VERIFY_OK(people.Rename(people.bob(), "Bob"));
    people.Exchange();
    const std::vector<merge::Conflict> open = *people.ada().Conflicts();
    QCOMPARE(open.size(), size_t{1});
    const std::string before = *people.ada().Render(people.id);
    VERIFY_OK(people.Rename(people.ada(), "Mine"));
    QVERIFY(people.ada().Conflicts()->empty());
    VERIFY_OK(people.ada().Undo(people.id));
    QCOMPARE(*people.ada().Render(people.id), before);
    QVERIFY(*people.ada().Conflicts() == open);
    people.Exchange();
    QVERIFY(*people.bob().Conflicts() == open);
    VERIFY_OK(people.ada().Redo(people.id));
    QVERIFY(people.ada().Conflicts()->empty());
    people.Exchange();
    QVERIFY(people.bob().Conflicts()->empty());
    QVERIFY(people.ada().Verify()->empty());
  }

  void whenAConflictIsOpen_thenNothingIsPromotedUntilItIsDecided() {
    TwoPeople people;
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    VERIFY_OK(people.Rename(people.bob(), "Bob"));
    people.Exchange();
    const PromoteRequest request{people.id, "review", {}};
    const auto blocked = people.ada().WhatBlocks(request);
    VERIFY_OK(blocked);
    QCOMPARE(blocked->size(), size_t{1});
    QVERIFY(absl::IsFailedPrecondition(people.ada().Promote(request).status()));
    const auto conflicts = people.ada().Conflicts(people.id);
    VERIFY_OK(people.ada().ResolveConflict(conflicts->front().key.Hex(), {size_t{0}, std::nullopt}));
    QVERIFY(people.ada().WhatBlocks(request)->empty());
    VERIFY_OK(people.ada().Promote(request));
  }

  void whenSomebodyElseChangedTheSameSince_thenUndoSaysWho() {
    TwoPeople people;
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    people.Exchange();
    people.bob().SetActor({"Bob", "bob@example.com", "test"});
    VERIFY_OK(people.Rename(people.bob(), "Bob"));
    people.Exchange();
    const auto undone = people.ada().Undo(people.id);
    QVERIFY(absl::IsFailedPrecondition(undone.status()));
    QVERIFY2(undone.status().message().find("Bob") != absl::string_view::npos,
             std::string(undone.status().message()).c_str());
    QVERIFY(people.ada().Render(people.id)->find("name=\"Bob\"") != std::string::npos);
  }

  void whenSomebodyElseChangedSomethingElse_thenUndoTakesBackOnlyOnesOwn() {
    TwoPeople people;
    const std::string before = *people.ada().Render(people.id);
    VERIFY_OK(people.Rename(people.ada(), "Ada"));
    VERIFY_OK(people.bob().Submit(SetAttribute(people.id, *people.bob().Load(people.id), "t", "id", "u")));
    people.Exchange();
    people.Reopen();
    VERIFY_OK(people.ada().Undo(people.id));
    const std::string after = *people.ada().Render(people.id);
    QVERIFY(after.find("Ada") == std::string::npos && after.find("id=\"u\"") != std::string::npos);
  }

  void whenOneRetiresWhatTheOtherEdits_thenItIsAConflictAndCanComeBack() {
    TwoPeople people;
    VERIFY_OK(people.ada().Retire(people.id));
    VERIFY_OK(people.Rename(people.bob(), "Bob"));
    people.Exchange();
    const auto conflicts = people.bob().Conflicts();
    VERIFY_OK(conflicts);
    QCOMPARE(conflicts->size(), size_t{1});
    QCOMPARE(conflicts->front().kind, merge::ConflictKind::kRetired);
    const size_t edit = 1 - conflicts->front().standing;
    VERIFY_OK(people.bob().ResolveConflict(conflicts->front().key.Hex(), {edit, std::nullopt}));
    QVERIFY(!people.bob().FindArtifact("a.bpmn")->retired);
    people.Exchange();
    QVERIFY(people.ada().Conflicts()->empty());
    QVERIFY(!people.ada().FindArtifact("a.bpmn")->retired);
  }

  void whenTwoPeopleReplaceAPicture_thenEitherCanBeChosen() {
    for (const bool take_other : {false, true}) {
      TwoPeople people;
      people.ada_fixture().Write("logo.png", std::string("\x89PNG\0first", 10));
      VERIFY_OK(people.ada().Import("logo.png"));
      people.Exchange();
      const ArtifactId logo = people.ada().FindArtifact("logo.png")->id;
      people.ada_fixture().Write("logo.png", std::string("\x89PNG\0ada", 8));
      people.bob_fixture().Write("logo.png", std::string("\x89PNG\0bob", 8));
      people.Exchange();
      const auto conflicts = people.ada().Conflicts();
      VERIFY_OK(conflicts);
      QCOMPARE(conflicts->size(), size_t{1});
      const merge::Conflict& conflict = conflicts->front();
      QCOMPARE(conflict.kind, merge::ConflictKind::kContent);
      const std::string standing = *people.ada().Render(logo);
      const size_t side = take_other ? 1 - conflict.standing : conflict.standing;
      VERIFY_OK(people.ada().ResolveConflict(conflict.key.Hex(), {side, std::nullopt}));
      QCOMPARE(*people.ada().Render(logo) == standing, !take_other);
      people.Exchange();
      QVERIFY(people.bob().Conflicts()->empty());
      QCOMPARE(*people.bob().Render(logo), *people.ada().Render(logo));
      // And it can be thought over.
      const std::string chosen = *people.ada().Render(logo);
      VERIFY_OK(people.ada().Undo(logo));
      QCOMPARE(*people.ada().Render(logo), standing);
      QCOMPARE(people.ada().Conflicts()->size(), size_t{1});
      people.Exchange();
      people.Reopen();
      QCOMPARE(people.bob().Conflicts()->size(), size_t{1});
      QVERIFY(people.bob().Conflicts()->front().key == conflict.key);
      VERIFY_OK(people.ada().Redo(logo));
      QCOMPARE(*people.ada().Render(logo), chosen);
      people.Exchange();
      QVERIFY(people.ada().Conflicts()->empty() && people.bob().Conflicts()->empty());
      QVERIFY(people.ada().Verify()->empty() && people.bob().Verify()->empty());
    }
  }

  void whenTwoPeoplePutTheSamePictureThere_thenNothingIsOpen() {
    TwoPeople people;
    people.ada_fixture().Write("logo.png", std::string("\x89PNG\0first", 10));
    VERIFY_OK(people.ada().Import("logo.png"));
    people.Exchange();
    for (WorkspaceFixture* each : {&people.ada_fixture(), &people.bob_fixture()})
      each->Write("logo.png", std::string("\x89PNG\0new", 8));
    people.Exchange();
    QVERIFY(people.ada().Conflicts()->empty() && people.bob().Conflicts()->empty());
    people.ada_fixture().Write("logo.png", std::string("\x89PNG\0newer", 10));
    people.Exchange();
    QVERIFY(people.ada().Conflicts()->empty() && people.bob().Conflicts()->empty());
    QCOMPARE(*people.bob().Render(people.bob().FindArtifact("logo.png")->id),
             std::string("\x89PNG\0newer", 10));
  }

  void whenTwoFilesGetOnePath_thenItIsAConflictOfPaths() {
    TwoPeople people;
    VERIFY_OK(people.ada().Create("Plan.md", "a\n", "Create"));
    VERIFY_OK(people.bob().Create("plan.md", "b\n", "Create"));
    people.Exchange();
    const auto conflicts = people.ada().Conflicts();
    VERIFY_OK(conflicts);
    QCOMPARE(conflicts->size(), size_t{1});
    QCOMPARE(conflicts->front().kind, merge::ConflictKind::kPath);
    VERIFY_OK(people.ada().ResolveConflict(conflicts->front().key.Hex(), {0, std::nullopt}));
    QVERIFY(people.ada().Conflicts()->empty());
  }

  void whenTwoFilesWithOnePathMeet_thenTheFileIsTheFirstOnesAndADecisionKeepsBoth() {
    for (const size_t take : {size_t{0}, size_t{1}}) {
      for (const bool bob_decides : {false, true}) {
        TwoPeople people;
        VERIFY_OK(people.ada().Create("plan.md", "of Ada\n", "Create"));
        VERIFY_OK(people.bob().Create("plan.md", "of Bob\n", "Create"));
        people.Exchange();
        people.Exchange();
        Workspace& who = bob_decides ? people.bob() : people.ada();
        WorkspaceFixture& files = bob_decides ? people.bob_fixture() : people.ada_fixture();
        const auto conflicts = who.Conflicts();
        VERIFY_OK(conflicts);
        QCOMPARE(conflicts->size(), size_t{1});
        const merge::Conflict conflict = conflicts->front();
        const auto text = [&](size_t side) { return *who.Render(conflict.sides[side].artifact); };
        QVERIFY(text(0) != text(1));
        QCOMPARE(files.Read("plan.md"), text(conflict.standing));
        VERIFY_OK(who.ResolveConflict(conflict.key.Hex(), {take, std::nullopt}));
        QCOMPARE(files.Read("plan.md"), text(take));
        const auto other = who.FindArtifact(conflict.sides[1 - take].artifact.name);
        VERIFY_OK(other);
        QVERIFY(!other->retired);
        QCOMPARE(files.Read(other->path), text(1 - take));
        people.Exchange();
        people.Exchange();
        QVERIFY(people.ada().Conflicts()->empty() && people.bob().Conflicts()->empty());
        for (WorkspaceFixture* each : {&people.ada_fixture(), &people.bob_fixture()}) {
          QCOMPARE(each->Read("plan.md"), text(take));
          QCOMPARE(each->Read(other->path), text(1 - take));
        }
        QVERIFY(people.ada().Verify()->empty() && people.bob().Verify()->empty());
      }
    }
  }

  /// AMEIDE_SEED repeats one history.
  void whenBothEditAtRandom_thenTheyAgreeAfterEveryExchange() {
    const char* given = std::getenv("AMEIDE_SEED");
    const uint64_t seed = given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    TwoPeople people;
    for (int round = 0; round < 8; ++round) {
      for (Workspace* who : {&people.ada(), &people.bob()}) {
        // Long enough for snapshots to be taken on the way.
        for (uint64_t left = random.Below(40); left > 0; --left) {
          people.ada_fixture().clock.Advance(std::chrono::milliseconds(random.Below(3)));
          who->Submit(RandomEdit(people.id, *who->Load(people.id), random)).status().IgnoreError();
        }
      }
      if (random.Below(3) == 0) people.Reopen();
      people.Exchange();
      const std::string ada = *people.ada().Render(people.id);
      QVERIFY2(ada == *people.bob().Render(people.id), ("round " + std::to_string(round)).c_str());
      QVERIFY(*people.ada().Conflicts() == *people.bob().Conflicts());
      if (const auto conflicts = people.ada().Conflicts(); !conflicts->empty()) {
        const merge::Conflict& first = conflicts->front();
        VERIFY_OK(people.ada().ResolveConflict(first.key.Hex(), {first.standing, std::nullopt}));
      }
    }
    const std::string live = *people.ada().Render(people.id);
    people.Reopen();
    QCOMPARE(*people.ada().Render(people.id), live);
    const auto findings = people.ada().Verify();
    VERIFY_OK(findings);
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
  }
};

QTEST_APPLESS_MAIN(ConcurrentTest)
#include "concurrent_test.moc"
