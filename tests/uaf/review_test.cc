#include <QtTest>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/ed25519.h"
#include "tests/uaf/fixture.h"
#include "uaf/store/profile.h"
#include "uaf/store/store.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

/// People with one repository, each with a profile and a folder of their own: what git would carry is copied.
struct People {
  WorkspaceFixture ada{1};
  WorkspaceFixture bob{2};

  WorkspaceOptions OptionsOf(WorkspaceFixture& fixture, const char* name) const {
    WorkspaceOptions options = fixture.Options();
    options.actor = {name, std::string(name) + "@example.org", "test 1"};
    return options;
  }
  std::unique_ptr<Workspace> Open(WorkspaceFixture& fixture, const char* name) const {
    auto workspace = Workspace::Open(OptionsOf(fixture, name));
    if (!workspace.ok()) qFatal("%s", std::string(workspace.status().message()).c_str());
    return *std::move(workspace);
  }
  static void Carry(const WorkspaceFixture& from, const WorkspaceFixture& to) {
    for (const auto& entry : fs::recursive_directory_iterator(from.File(""))) {
      const std::string name = entry.path().lexically_relative(from.File("")).generic_string();
      if (name.starts_with(".uaf/store.db") || name == ".uaf/lock" || name.starts_with(".uaf/aside"))
        continue;
      if (entry.is_directory()) {
        fs::create_directories(to.File(name));
      } else {
        fs::create_directories(to.File(name).parent_path());
        fs::copy_file(entry.path(), to.File(name), fs::copy_options::overwrite_existing);
      }
    }
  }
  static void Sync(WorkspaceFixture& from, Workspace& sender, WorkspaceFixture& to, Workspace& receiver) {
    from.clock.Advance(std::chrono::seconds(1));
    to.clock.Set(from.clock.Now());
    if (!sender.SyncWorkingFiles().ok() || !sender.Seal().ok()) qFatal("nothing could be sent");
    Carry(from, to);
    const auto received = receiver.ReceiveSegments();
    if (!received.ok()) qFatal("%s", std::string(received.status().message()).c_str());
  }
};

std::string FingerprintOf(const WorkspaceFixture& fixture) {
  return LoadOrMakeDeviceKey(fixture.folder.path() / "profile", fixture.files, fixture.random)
      ->public_key()
      .Fingerprint();
}

ArtifactId Imported(WorkspaceFixture& fixture, Workspace& workspace, std::string_view path = "a.bpmn") {
  fixture.Write(path, kModel);
  if (!workspace.Import(std::string(path)).ok()) std::abort();
  return workspace.FindArtifact(path)->id;
}

std::string Guarded(const std::string& key, const std::string& more = "") {
  return "version: 1\n"
         "administrators: [{person: ada@example.org, keys: [" +
         key +
         "]}]\n"
         "promotion:\n"
         "  review: {survives_edits: true}\n"
         "  released: {approvals: 1, by: [ada@example.org, bob@example.org], four_eyes: true, no_errors: "
         "true}\n" +
         more;
}

RecordRequest Comment(const ArtifactId& artifact, std::string text) {
  RecordRequest request;
  request.artifact = artifact;
  request.body = CommentAdded{{}, {}, std::move(text)};
  return request;
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

bool Finds(const Workspace& workspace, std::string_view rule) {
  const auto findings = workspace.Verify();
  return findings.ok() && std::any_of(findings->begin(), findings->end(),
                                      [&](const document::Finding& finding) { return finding.rule == rule; });
}

}  // namespace

/// Reviews, approvals, promotion, policies and keys in real workspaces.
class ReviewTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenThingsAreSaid_thenTheyAreInTheStateAlsoAfterARestart() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const document::Document document = *workspace->Load(id);
    const NodeId task = document.id(ElementById(document, "t"));
    RecordRequest request = Comment(id, "Why?");
    std::get<CommentAdded>(request.body).anchor = task;
    request.idempotency_key = "once";
    const auto comment = workspace->Record(request);
    VERIFY_OK(comment);
    QVERIFY(workspace->Record(request)->repeated);
    VERIFY_OK(workspace->Record({id, "", ReviewRequested{"Look", "", {}}, "", {}}));
    VERIFY_OK(workspace->Record({{}, "", RevisionTagged{"v1", "", {}}, "", {}}));
    const Cut then = *workspace->CurrentCut();
    VERIFY_OK(workspace->Submit(Remove(id, *workspace->Load(id), "t")));
    workspace.reset();
    workspace = fixture.Open();
    const auto state = workspace->Lifecycle();
    VERIFY_OK(state);
    QCOMPARE(state->comments.size(), size_t{1});
    QVERIFY(state->FindComment(comment->event)->anchor_gone);
    QVERIFY(!workspace->Lifecycle(then)->FindComment(comment->event)->anchor_gone);
    QCOMPARE(state->reviews.size(), size_t{1});
    QCOMPARE(*workspace->Render(id, *workspace->ResolveCut("v1")), std::string(kModel));
    QCOMPARE(workspace->Log({})->at(1).label, std::string("Ask for review: Look"));
    QVERIFY(workspace->Verify()->empty());
    VERIFY_OK(workspace->Rebuild());
    QCOMPARE(workspace->Lifecycle()->comments.size(), size_t{1});
    const auto reader = Workspace::OpenReadOnly(fixture.Options());
    QCOMPARE((*reader)->Lifecycle()->comments.size(), size_t{1});
    QVERIFY(absl::IsFailedPrecondition((*reader)->Record(Comment(id, "no")).status()));
  }

  void whenSomethingCannotBeSaid_thenTheRejectionSaysWhatToDo() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const EventId nothing{StreamId{std::string(32, 'a')}, 7};
    const auto refused = [&](const ArtifactId& artifact, EventBody body) {
      return workspace->Record({artifact, "", std::move(body), "", {}}).status();
    };
    QVERIFY(absl::IsInvalidArgument(refused(id, CommentAdded{{}, {}, " \n"})));
    QVERIFY(absl::IsInvalidArgument(refused({}, CommentAdded{{}, {}, "x"})));
    QVERIFY(absl::IsNotFound(refused(id, CommentAdded{NodeId{nothing, 1}, {}, "x"})));
    QVERIFY(absl::IsNotFound(refused(id, CommentAdded{{}, nothing, "x"})));
    QVERIFY(absl::IsNotFound(refused(id, CommentResolved{nothing, false})));
    QVERIFY(absl::IsNotFound(refused(id, ReviewSubmitted{nothing, Verdict::kApprove, ""})));
    QVERIFY(absl::IsInvalidArgument(refused(id, PromotionRequested{"gold", ""})));
    QVERIFY(Message(refused(id, PromotionRequested{"gold", ""})).find("review, approved, released") !=
            std::string::npos);
    QVERIFY(absl::IsNotFound(refused(id, PromotionRefused{nothing, "no"})));
    QVERIFY(absl::IsNotFound(refused({}, LinkRemoved{nothing})));
    QVERIFY(absl::IsNotFound(refused({}, LinkAdded{{id, {}}, {ArtifactId{"x"}, {}}, "uses", ""})));
    QVERIFY(absl::IsInvalidArgument(refused(id, Edit{})));
    QVERIFY(absl::IsInvalidArgument(refused(id, Approved{})));
    QVERIFY(absl::IsInvalidArgument(refused({}, RevisionTagged{"2026-01-01", "", {}})));
    VERIFY_OK(refused({}, RevisionTagged{"v1", "", {}}));
    QVERIFY(absl::IsAlreadyExists(refused({}, RevisionTagged{"v1", "", {}})));
    RecordRequest move{{}, "", RevisionTagged{"v1", "moved", {}}, "", {}};
    move.move_revision = true;
    VERIFY_OK(workspace->Record(move));
    RecordRequest behind = Comment(id, "x");
    behind.expected_head = nothing;
    QVERIFY(absl::IsAborted(workspace->Record(behind).status()));
    QCOMPARE(workspace->Log({})->size(), size_t{1});
  }

  void whenTheOpenPolicyIsInForce_thenAnybodyPromotes() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const auto blocked = workspace->WhatBlocks({id, "released", {}});
    VERIFY_OK(blocked);
    QCOMPARE(blocked->front().what, std::string("order"));
    for (const char* state : {"review", "approved", "released"})
      VERIFY_OK(workspace->Promote({id, state, {}}));
    QCOMPARE(workspace->Lifecycle()->StandingOf(id).state, std::string("released"));
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    QCOMPARE(workspace->Lifecycle()->StandingOf(id).state, std::string("draft"));
    QVERIFY(workspace->Verify()->empty());
  }

  void whenAPolicyGuards_thenNothingPassesWithoutTheRightApproval() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    People::Carry(people.ada, people.bob);
    auto bob = people.Open(people.bob, "bob");
    const ArtifactId id = Imported(people.bob, *bob);
    People::Sync(people.bob, *bob, people.ada, *ada);
    const std::string policy = Guarded(FingerprintOf(people.ada));
    VERIFY_OK(ada->ChangePolicy(policy));
    QCOMPARE(people.ada.Read(".uaf/policy.yaml"), policy);
    QVERIFY(people.ada.Read(".uaf/workspace.yaml").find(Sha256(policy).Hex()) != std::string::npos);
    People::Sync(people.ada, *ada, people.bob, *bob);
    QVERIFY(bob->Lifecycle()->policy.hash == Sha256(policy));
    VERIFY_OK(bob->Promote({id, "review", {}}));
    // Bob is the author, and his key is nobody's yet.
    QVERIFY(Message(bob->Approve(id, "released").status()).find("author of the change") != std::string::npos);
    QVERIFY(absl::IsFailedPrecondition(bob->Promote({id, "released", {}}).status()));
    People::Sync(people.bob, *bob, people.ada, *ada);
    VERIFY_OK(ada->Approve(id, "released"));
    document::Finding error;
    error.rule = "bpmn/broken";
    error.message = "Broken";
    QVERIFY(Message(ada->Promote({id, "released", {error}}).status()).find("Broken") != std::string::npos);
    VERIFY_OK(ada->Promote({id, "released", {}}));
    People::Sync(people.ada, *ada, people.bob, *bob);
    QCOMPARE(bob->Lifecycle()->StandingOf(id).state, std::string("released"));
    VERIFY_OK(bob->Submit(SetAttribute(id, *bob->Load(id), "t", "name", "One")));
    QCOMPARE(bob->Lifecycle()->StandingOf(id).state, std::string("review"));
    QVERIFY(bob->Lifecycle()->approvals.at(0).lapsed);
  }

  void whenAKeyIsNotCertified_thenItsOwnerIsToldWhomToAsk() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->ChangePolicy(Guarded(FingerprintOf(people.ada))));
    VERIFY_OK(ada->SyncWorkingFiles());
    VERIFY_OK(ada->Seal());
    People::Carry(people.ada, people.bob);
    people.bob.clock.Set(people.ada.clock.Now());
    auto bob = people.Open(people.bob, "bob");
    const std::string told = Message(bob->Approve(id, "released").status());
    QVERIFY2(told.find("ask ada@example.org to run `ameide key certify " + FingerprintOf(people.bob)) !=
                 std::string::npos,
             told.c_str());
    QVERIFY(absl::IsFailedPrecondition(bob->ApprovePolicy(Guarded(FingerprintOf(people.bob))).status()));
    QVERIFY(absl::IsFailedPrecondition(bob->ChangePolicy(Guarded(FingerprintOf(people.bob))).status()));
    VERIFY_OK(bob->Record(Comment(id, "Hello")));
    People::Sync(people.bob, *bob, people.ada, *ada);
    VERIFY_OK(ada->CertifyKey(FingerprintOf(people.bob).substr(0, 8), ""));
    People::Sync(people.ada, *ada, people.bob, *bob);
    VERIFY_OK(bob->Approve(id, "released"));
    People::Sync(people.bob, *bob, people.ada, *ada);
    QCOMPARE(ada->Lifecycle()->approvals.at(0).void_because, std::string());
    QVERIFY(ada->Verify()->empty());
    VERIFY_OK(ada->RevokeKey(FingerprintOf(people.bob), "lost"));
    People::Sync(people.ada, *ada, people.bob, *bob);
    QVERIFY(Message(bob->Approve(id, "released").status()).find("was revoked") != std::string::npos);
  }

  void whenAVerdictIsGiven_thenItIsSignedAndCountsElsewhere() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->ChangePolicy(Guarded(FingerprintOf(people.ada))));
    const auto request = ada->Record({id, "", ReviewRequested{"Look", "", {}}, "", {}});
    VERIFY_OK(request);
    ReviewSubmitted verdict;
    verdict.request = request->event;
    verdict.verdict = Verdict::kRequestChanges;
    verdict.text = "Not yet";
    const auto said = ada->Record({id, "", verdict, "", {}});
    VERIFY_OK(said);
    QCOMPARE(ada->Show(said->event)->version, uint32_t{2});
    QVERIFY(ada->SyncWorkingFiles().ok() && ada->Seal().ok());
    People::Carry(people.ada, people.bob);
    people.bob.clock.Set(people.ada.clock.Now());
    auto bob = people.Open(people.bob, "bob");
    QVERIFY(bob->Lifecycle()->FindReview(request->event)->verdicts.at("ada@example.org").verdict ==
            Verdict::kRequestChanges);
    QVERIFY(bob->Verify()->empty());
    // Bob's key is nobody's: what he says would count for nothing, and he is told.
    QVERIFY(Message(bob->Record({id, "", verdict, "", {}}).status()).find("ask ada@example.org to run") !=
            std::string::npos);
    // Its text can be taken out; that it was said stays.
    VERIFY_OK(ada->Redact(said->event, "personal"));
    QVERIFY(ada->Lifecycle()->FindReview(request->event)->verdicts.at("ada@example.org").verdict ==
            Verdict::kRequestChanges);
    const auto findings = ada->Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
  }

  void whenThePolicyDoesNotLetSomebodyRedact_thenNothingIsTakenOutAnywhere() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->ChangePolicy(Guarded(FingerprintOf(people.ada))));
    const auto edit = ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", "Secret"));
    VERIFY_OK(edit);
    VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", "Public")));
    QVERIFY(ada->SyncWorkingFiles().ok() && ada->Seal().ok());
    People::Carry(people.ada, people.bob);
    people.bob.clock.Set(people.ada.clock.Now());
    auto bob = people.Open(people.bob, "bob");
    VERIFY_OK(bob->Record(Comment(id, "Hello")));
    People::Sync(people.bob, *bob, people.ada, *ada);
    VERIFY_OK(ada->CertifyKey(FingerprintOf(people.bob), ""));
    People::Sync(people.ada, *ada, people.bob, *bob);
    const std::string told = Message(bob->Redact(edit->event, "mine").status());
    QVERIFY2(told.find("the policy lets only ada@example.org take values out") != std::string::npos,
             told.c_str());
    // A program of Bob's that does it all the same.
    const std::string name = bob->id();
    bob.reset();
    {
      const auto store = Store::Open(people.OptionsOf(people.bob, "bob"), name);
      VERIFY_OK(store);
      VERIFY_OK((*store)->Begin());
      Redacted body{edit->event, Sha256("payload"), "mine", FingerprintOf(people.bob), {}};
      const Ed25519PrivateKey key =
          *LoadOrMakeDeviceKey(people.bob.folder.path() / "profile", people.bob.files, people.bob.random);
      const Ed25519Signature signature = key.Sign(RedactionStatement(name, body));
      body.signature = std::string(reinterpret_cast<const char*>(signature.data()), signature.size());
      VERIFY_OK((*store)->RecordBody(id, "Redact", body));
      VERIFY_OK((*store)->Commit());
      VERIFY_OK((*store)->WriteStreamToken());
    }
    bob = people.Open(people.bob, "bob");
    People::Sync(people.bob, *bob, people.ada, *ada);
    QVERIFY(ada->Render(id, *ada->CutAt(edit->event))->find("Secret") != std::string::npos);
    QVERIFY(Finds(*ada, "redaction/unauthorized"));
    // Ada may, and then it is gone for both.
    VERIFY_OK(ada->Redact(edit->event, "personal"));
    QVERIFY(ada->Render(id, *ada->CutAt(edit->event))->find("Secret") == std::string::npos);
    People::Sync(people.ada, *ada, people.bob, *bob);
    QVERIFY(bob->Render(id, *bob->CutAt(edit->event))->find("Secret") == std::string::npos);
  }

  void whenAnEditComesBesideAnApproval_thenItIsAConflictThatBlocksUntilItIsResolved() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->SyncWorkingFiles());
    VERIFY_OK(ada->Seal());
    People::Carry(people.ada, people.bob);
    people.bob.clock.Set(people.ada.clock.Now());
    auto bob = people.Open(people.bob, "bob");
    VERIFY_OK(ada->Approve(id, "review"));
    people.bob.clock.Advance(std::chrono::seconds(1));
    VERIFY_OK(bob->Submit(SetAttribute(id, *bob->Load(id), "t", "name", "One")));
    QVERIFY(ada->Conflicts()->empty());
    People::Sync(people.bob, *bob, people.ada, *ada);
    const auto open = ada->Conflicts(id);
    VERIFY_OK(open);
    QCOMPARE(open->size(), size_t{1});
    QVERIFY(open->front().kind == merge::ConflictKind::kApproval);
    QCOMPARE(ada->WhatBlocks({id, "review", {}})->front().what, std::string("conflict"));
    QVERIFY(absl::IsFailedPrecondition(ada->Promote({id, "review", {}}).status()));
    const std::vector<ArtifactId> artifacts{id};
    QCOMPARE(ada->WhatBlocksPublishing(artifacts)->at(id).front().what, std::string("conflict"));
    // Both see the same, and one settles it for both.
    People::Sync(people.ada, *ada, people.bob, *bob);
    QVERIFY(bob->Conflicts()->front().key == open->front().key);
    const std::string key = open->front().key.Hex();
    QVERIFY(absl::IsInvalidArgument(bob->ResolveConflict(key, {std::nullopt, "x"}).status()));
    // To let it lapse can be thought over.
    VERIFY_OK(bob->ResolveConflict(key, {size_t{1}, std::nullopt}));
    QVERIFY(bob->Conflicts()->empty());
    QCOMPARE(*bob->CanUndo(id), std::string("Resolve conflict: approval"));
    VERIFY_OK(bob->Undo(id));
    QCOMPARE(bob->Conflicts()->size(), size_t{1});
    VERIFY_OK(bob->Redo(id));
    QVERIFY(bob->Conflicts()->empty());
    VERIFY_OK(bob->Undo(id));
    VERIFY_OK(bob->Rebuild());
    QVERIFY(bob->Conflicts()->front().key == open->front().key);
    VERIFY_OK(bob->ResolveConflict(key, {size_t{0}, std::nullopt}));  // approved again, by Bob
    QVERIFY(bob->Conflicts()->empty());
    QCOMPARE(bob->Lifecycle()->approvals.back().void_because, std::string());
    People::Sync(people.bob, *bob, people.ada, *ada);
    QVERIFY(ada->Conflicts()->empty());
    QVERIFY(ada->WhatBlocksPublishing(artifacts)->empty());
    VERIFY_OK(ada->Promote({id, "review", {}}));
    VERIFY_OK(ada->Rebuild());
    QVERIFY(ada->Conflicts()->empty());
  }

  void whenSeveralThingsAreRecordedAtOnce_thenAllAreOrNone() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const size_t before = workspace->Log({})->size();
    QVERIFY(absl::IsInvalidArgument(workspace->RecordAll({Comment(id, "One"), Comment(id, " ")}).status()));
    QCOMPARE(workspace->Log({})->size(), before);
    RecordRequest published{id, "", Published{"embedded", "b", "1", {}}, "once", {}};
    const auto all = workspace->RecordAll({Comment(id, "One"), published});
    VERIFY_OK(all);
    QCOMPARE(all->size(), size_t{2});
    const auto again = workspace->RecordAll({Comment(id, "Two"), published});
    VERIFY_OK(again);
    QVERIFY(again->at(1).repeated && again->at(1).event == all->at(1).event);
    QCOMPARE(workspace->Lifecycle()->publications.size(), size_t{1});
  }

  void whenAnotherPolicyIsWanted_thenThePresentOnesApprovalsAreNeeded() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    const std::string key = FingerprintOf(people.ada);
    QVERIFY(Message(ada->ChangePolicy("version: 1\npromotion: []\n").status()).find("line 2") !=
            std::string::npos);
    VERIFY_OK(ada->ChangePolicy(Guarded(key)));
    const std::string next = Guarded(key, "# stricter\n");
    QVERIFY(Message(ada->ChangePolicy(next).status()).find("asks for 1 approvals") != std::string::npos);
    VERIFY_OK(ada->ApprovePolicy(next));
    QVERIFY(absl::IsFailedPrecondition(ada->ChangePolicy(next + "# and more\n").status()));
    VERIFY_OK(ada->ChangePolicy(next));
    QVERIFY(ada->Lifecycle()->policy.hash == Sha256(next));
    QVERIFY(absl::IsFailedPrecondition(ada->ChangePolicy(next).status()));
    QVERIFY(ada->Verify()->empty());
  }

  void whenAByteOfThePolicyIsTouched_thenVerifyNamesIt() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    VERIFY_OK(workspace->ChangePolicy(Guarded(FingerprintOf(fixture))));
    QVERIFY(workspace->Verify()->empty());
    const std::string policy = fixture.Read(".uaf/policy.yaml");
    for (size_t at = 0; at < policy.size(); ++at) {
      std::string changed = policy;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      fixture.Write(".uaf/policy.yaml", changed);
      const auto findings = workspace->Verify();
      QCOMPARE(findings->size(), size_t{1});
      QCOMPARE(findings->front().rule, std::string("policy/changed"));
      const auto line =
          std::count(policy.begin(), policy.begin() + static_cast<std::ptrdiff_t>(at), '\n') + 1;
      QCOMPARE(findings->front().line, static_cast<uint32_t>(line));
      QVERIFY(workspace->Lifecycle()->policy.hash == Sha256(policy));
    }
    fs::remove(fixture.File(".uaf/policy.yaml"));
    QVERIFY(Finds(*workspace, "policy/missing"));
    fixture.Write(".uaf/policy.yaml", policy);
    std::string settings = fixture.Read(".uaf/workspace.yaml");
    fixture.Write(".uaf/workspace.yaml", settings.substr(0, settings.find("policy:")));
    QVERIFY(Finds(*workspace, "workspace/first-policy"));
    settings.replace(settings.find("policy:") + 8, 64, Sha256("other").Hex());
    fixture.Write(".uaf/workspace.yaml", settings);
    QVERIFY(Finds(*workspace, "workspace/first-policy"));
    QVERIFY(workspace->Lifecycle()->policy.hash == Sha256(policy));
  }

  void whenAByteOfTheSettingsOrOfAKeyIsTouched_thenVerifyNamesTheFile() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    VERIFY_OK(workspace->ChangePolicy(Guarded(FingerprintOf(fixture))));
    VERIFY_OK(workspace->Seal());
    QVERIFY(workspace->Verify()->empty());
    const std::string key = absl::StrCat(".uaf/keys/", FingerprintOf(fixture), ".pub");
    for (const std::string& path : {std::string(".uaf/workspace.yaml"), key}) {
      const std::string bytes = fixture.Read(path);
      for (size_t at = 0; at < bytes.size(); at += 3) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        fixture.Write(path, changed);
        const auto findings = workspace->Verify();
        const bool named =
            !findings.ok() || std::any_of(findings->begin(), findings->end(), [&](const auto& each) {
              return each.message.find(fs::path(path).filename().string()) != std::string::npos;
            });
        QVERIFY2(named, absl::StrCat(path, " byte ", at).c_str());
      }
      fixture.Write(path, bytes);
      QVERIFY(workspace->Verify()->empty());
    }
  }

  void whenAnAuthorIsOnlyClaimed_thenTheKeyTellsWhoseEditItIs() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    VERIFY_OK(ada->ChangePolicy(Guarded(FingerprintOf(people.ada))));
    VERIFY_OK(ada->Seal());
    People::Carry(people.ada, people.bob);
    people.bob.clock.Set(people.ada.clock.Now());
    auto bob = people.Open(people.bob, "bob");
    const ArtifactId id = Imported(people.bob, *bob);
    People::Sync(people.bob, *bob, people.ada, *ada);
    VERIFY_OK(ada->CertifyKey(FingerprintOf(people.bob), ""));
    VERIFY_OK(ada->Approve(id, "released"));
    VERIFY_OK(ada->Promote({id, "review", {}}));
    VERIFY_OK(ada->Promote({id, "released", {}}));
    People::Sync(people.ada, *ada, people.bob, *bob);
    // Bob edits in Cy's name, and would approve in his own.
    bob->SetActor({"cy", "cy@example.org", "test 1"});
    VERIFY_OK(bob->Submit(SetAttribute(id, *bob->Load(id), "t", "name", "One")));
    bob->SetActor({"bob", "bob@example.org", "test 1"});
    VERIFY_OK(bob->SyncWorkingFiles());
    VERIFY_OK(bob->Seal());
    QVERIFY(Message(bob->Approve(id, "released").status()).find("author of the change") != std::string::npos);
    // What a revoked key signed is named.
    People::Sync(people.bob, *bob, people.ada, *ada);
    QVERIFY(!Finds(*ada, "segment/revoked-key"));
    VERIFY_OK(ada->RevokeKey(FingerprintOf(people.bob), "stolen"));
    QVERIFY(!Finds(*ada, "segment/revoked-key"));
    VERIFY_OK(bob->Submit(SetAttribute(id, *bob->Load(id), "t", "name", "Two")));
    People::Sync(people.bob, *bob, people.ada, *ada);
    QVERIFY(Finds(*ada, "segment/revoked-key"));
  }

  void whenAProgramRecordsWhatIsNotTrue_thenVerifyNamesIt_data() {
    QTest::addColumn<QString>("rule");
    for (const char* rule :
         {"approval/forged", "certificate/forged", "revocation/forged", "policy/unapproved",
          "promotion/invalid", "verdict/forged", "redaction/forged", "redaction/unauthorized"}) {
      QTest::newRow(rule) << QString(rule);
    }
  }
  void whenAProgramRecordsWhatIsNotTrue_thenVerifyNamesIt() {
    QFETCH(const QString, rule);
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const std::string key = FingerprintOf(fixture);
    VERIFY_OK(workspace->ChangePolicy(Guarded(key)));
    VERIFY_OK(workspace->Promote({id, "review", {}}));
    const Hash256 policy = workspace->Lifecycle()->policy.hash;
    const std::string name = workspace->id();
    QVERIFY(workspace->Verify()->empty());
    const EventId edit = workspace->Log({})->back().id;
    workspace.reset();
    // What no honest program would write.
    const std::string nonsense(64, 's');
    const Hash256 content = Sha256(kModel);
    const std::map<std::string, std::pair<ArtifactId, EventBody>> lies{
        {"approval/forged", {id, Approved{"released", {}, content, policy, key, nonsense}}},
        {"certificate/forged",
         {{}, KeyCertified{std::string(32, 'k'), "eve@example.org", "", key, nonsense}}},
        {"revocation/forged", {{}, KeyRevoked{key, "", std::string(key), nonsense}}},
        {"policy/unapproved", {{}, PolicyChanged{"version: 1\npromotion: {}\n", policy, {}}}},
        {"promotion/invalid", {id, Promoted{"released", {}, content, policy}}},
        {"verdict/forged",
         {id,
          ReviewSubmitted{
              edit, Verdict::kApprove, "Fine", {}, content, "salt", Sha256("saltFine"), key, nonsense}}},
        {"redaction/forged", {id, Redacted{edit, content, "", key, nonsense}}},
        {"redaction/unauthorized", {id, Redacted{edit, content, "", "", ""}}},
    };
    const auto& [artifact, body] = lies.at(rule.toStdString());
    {
      const auto store = Store::Open(fixture.Options(), name);
      VERIFY_OK(store);
      VERIFY_OK((*store)->Begin());
      VERIFY_OK((*store)->RecordBody(artifact, "Lie", body));
      VERIFY_OK((*store)->Commit());
      VERIFY_OK((*store)->WriteStreamToken());
    }
    workspace = fixture.Open();
    const auto findings = workspace->Verify();
    VERIFY_OK(findings);
    QCOMPARE(findings->size(), size_t{1});
    QCOMPARE(findings->front().rule, rule.toStdString());
    QVERIFY(findings->front().severity == document::Severity::kError);
    QVERIFY2(findings->front().message.find("\"Lie\" by ada@example.org") != std::string::npos,
             findings->front().message.c_str());
    const auto state = workspace->Lifecycle();
    QVERIFY(state->policy.hash == policy);
    QCOMPARE(state->StandingOf(id).state, std::string("review"));
    QVERIFY(!state->FindKey(key)->revoked);
  }

  void whenADeviceGetsANewKey_thenTheOldOneVouchesForIt() {
    People people;
    auto ada = people.ada.Open();
    ada.reset();
    ada = people.Open(people.ada, "ada");
    VERIFY_OK(ada->ChangePolicy(Guarded(FingerprintOf(people.ada))));
    // What the policy names cannot just be replaced.
    QVERIFY(Message(ada->RotateKey().status()).find("the policy names this device's key") !=
            std::string::npos);
    VERIFY_OK(ada->Seal());
    People::Carry(people.ada, people.bob);
    people.bob.clock.Set(people.ada.clock.Now());
    auto bob = people.Open(people.bob, "bob");
    QVERIFY(absl::IsFailedPrecondition(bob->RotateKey().status()));  // nobody's yet
    const ArtifactId id = Imported(people.bob, *bob);
    People::Sync(people.bob, *bob, people.ada, *ada);
    const std::string before = FingerprintOf(people.bob);
    VERIFY_OK(ada->CertifyKey(before, ""));
    People::Sync(people.ada, *ada, people.bob, *bob);
    VERIFY_OK(bob->RotateKey());
    const std::string after = FingerprintOf(people.bob);
    QVERIFY(before != after);
    const fs::path keys = people.bob.folder.path() / "profile" / "keys";
    for (const fs::path& file : {keys / "device.key", keys / (before + ".key")}) {
      QVERIFY(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    }
    VERIFY_OK(bob->RevokeKey(before, "replaced"));
    People::Sync(people.bob, *bob, people.ada, *ada);
    QCOMPARE(ada->Lifecycle()->FindKey(after)->person, std::string("bob@example.org"));
    QVERIFY(ada->Lifecycle()->FindKey(before)->revoked.has_value());
    VERIFY_OK(ada->Approve(id, "released"));
    QVERIFY(ada->Verify()->empty());
  }

  void whenManySayThingsAtOnce_thenEachIsRecordedOnce() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    std::vector<std::thread> threads;
    std::atomic<int> tagged = 0;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 5; ++n) {
          if (!workspace->Record(Comment(id, std::to_string(i))).ok()) std::abort();
        }
        // One name can be given once, however close they come.
        if (workspace->Record({{}, "", RevisionTagged{"v1", "", {}}, "", {}}).ok()) ++tagged;
      });
    }
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(tagged.load(), 1);
    QCOMPARE(workspace->Lifecycle()->comments.size(), size_t{40});
    QVERIFY(workspace->Verify()->empty());
  }
};

QTEST_APPLESS_MAIN(ReviewTest)
#include "review_test.moc"
