#include "uaf/workspace.h"

#include <QtTest>
#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>

#include "tests/uaf/fixture.h"
#include "tests/wait.h"

using namespace ameide;
using namespace ameide::uaf;

/// The life of one workspace, as its users see it.
class WorkspaceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAFileIsImported_thenItIsAnArtifactWithItsBytes() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("processes/order.bpmn", kModel);
    const auto receipt = workspace->Import("processes/order.bpmn");
    VERIFY_OK(receipt);
    const auto artifact = workspace->FindArtifact("processes/order.bpmn");
    VERIFY_OK(artifact);
    QCOMPARE(artifact->format, std::string("xml"));
    QCOMPARE(artifact->head, receipt->event);
    QVERIFY(!artifact->pending_write);
    QCOMPARE(*workspace->Render(artifact->id), std::string(kModel));
    QVERIFY(absl::IsAlreadyExists(workspace->Import("processes/order.bpmn").status()));
  }

  void whenMoreWaitsThanThereIsRoomFor_thenItIsRefusedAndTheRestIsRecorded_data() {
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("most");
    QTest::newRow("many commands") << 4 << 16384;
    QTest::newRow("large commands") << (1 << 20) << 64;
  }
  void whenMoreWaitsThanThereIsRoomFor_thenItIsRefusedAndTheRestIsRecorded() {
    QFETCH(const int, size);
    QFETCH(const int, most);
    WorkspaceFixture fixture;
    const auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const document::Document document = *workspace->Load(id);
    // The store's thread stands still from the first command on.
    std::promise<void> stopped, go_on;
    const std::shared_future<void> may_go_on = go_on.get_future().share();
    std::once_flag once;
    const auto subscription = workspace->Subscribe([&](const EventGroup&) {
      std::call_once(once, [&] { stopped.set_value(); });
      may_go_on.wait();
    });
    std::atomic<int> recorded = 0;
    std::atomic<int> failed = 0;
    const auto done = [&](const absl::StatusOr<Receipt>& receipt) { ++(receipt.ok() ? recorded : failed); };
    const uint64_t before = workspace->FindArtifact("a.bpmn")->events;
    workspace->SubmitAsync(SetAttribute(id, document, "t", "name", "first"), done);
    stopped.get_future().wait();
    absl::Status refusal;
    int accepted = 1;
    for (; refusal.ok() && accepted <= most + 1; ++accepted) {
      workspace->SubmitAsync(SetAttribute(id, document, "t", "name", std::string(size, 'x')),
                             [&, done](const absl::StatusOr<Receipt>& receipt) {
                               if (absl::IsResourceExhausted(receipt.status()))
                                 refusal = receipt.status();
                               else
                                 done(receipt);
                             });
    }
    --accepted;  // the last one was refused, before SubmitAsync came back
    QVERIFY2(absl::IsResourceExhausted(refusal), std::to_string(accepted).c_str());
    QVERIFY(std::string(refusal.message()).find("submit this again") != std::string::npos);
    QVERIFY(accepted <= most + 1);
    QVERIFY(accepted > most / 2);
    absl::Status undo;
    if (size < 100) {
      workspace->UndoAsync(id, [&](const absl::StatusOr<UndoReceipt>& receipt) { undo = receipt.status(); });
      QVERIFY(absl::IsResourceExhausted(undo));
    }
    // Whoever waits for an answer waits for room, too.
    auto waiting = std::async(std::launch::async, [&] {
      return workspace->Submit(SetAttribute(id, document, "t", "name", std::string(size, 'y')));
    });
    QCOMPARE(waiting.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
    go_on.set_value();
    VERIFY_OK(waiting.get());
    QTRY_COMPARE_WITH_TIMEOUT(recorded.load(), accepted, kWaitMs);
    QCOMPARE(failed.load(), 0);
    QCOMPARE(workspace->FindArtifact("a.bpmn")->events, before + static_cast<uint64_t>(accepted) + 1);
    VERIFY_OK(workspace->Submit(SetAttribute(id, document, "t", "name", "last")));
  }

  void whenTheActorChanges_thenWhatFollowsIsRecordedForThem() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    workspace->SetActor({"Grace", "grace@example.com", "test"});
    QCOMPARE(workspace->actor().name, std::string("Grace"));
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Ship")));
    const auto log = workspace->Log({});
    VERIFY_OK(log);
    QCOMPARE(log->front().author.name, std::string("Grace"));
    QCOMPARE(log->front().author.email, std::string("grace@example.com"));
    QCOMPARE(log->back().author.name, std::string("Ada"));
  }

  void whenAnElementIsEdited_thenTheStoreTheFileAndTheHistoryFollow() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    fixture.clock.Advance(std::chrono::minutes(1));
    const auto receipt =
        workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Check & stock"));
    VERIFY_OK(receipt);
    const std::string expected = Replaced(kModel, "Check stock", "Check &amp; stock");
    QCOMPARE(*workspace->Render(id), expected);
    QVERIFY(workspace->HasPendingWrites());
    VERIFY_OK(workspace->FlushWorkingFile(id));
    QVERIFY(!workspace->HasPendingWrites());
    QCOMPARE(fixture.Read("a.bpmn"), expected);
    const auto log = workspace->Log({});
    VERIFY_OK(log);
    QCOMPARE(log->size(), size_t{2});
    QCOMPARE(log->front().label, std::string("Set name of t"));
    QCOMPARE(log->front().author.name, std::string("Ada"));
    QCOMPARE(log->front().time, *ParseTime("2026-03-01T12:01:00Z"));
    // The past is still there.
    const auto before = workspace->ResolveCut("2026-03-01T12:00:30Z");
    VERIFY_OK(before);
    QCOMPARE(*workspace->Render(id, *before), std::string(kModel));
    const auto at = workspace->ResolveCut(FormatId(receipt->event).substr(0, 8) + ":2");
    VERIFY_OK(at);
    QCOMPARE(*workspace->Render(id, *at), expected);
  }

  void whenTheWorkspaceIsOpenedAgain_thenEverythingIsThereAndUndoGoesOn() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    VERIFY_OK(workspace->Submit(Remove(id, *workspace->Load(id), "s")));
    const std::string two = *workspace->Render(id);
    workspace.reset();
    QCOMPARE(fixture.Read("a.bpmn"), two);

    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id), two);
    QCOMPARE(workspace->CanUndo(id), std::optional<std::string>("Remove s"));
    QVERIFY(!workspace->CanRedo(id));
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), Replaced(kModel, "Check stock", "One"));
    workspace.reset();

    workspace = fixture.Open();
    QCOMPARE(workspace->CanRedo(id), std::optional<std::string>("Remove s"));
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    QVERIFY(absl::IsFailedPrecondition(workspace->Undo(id).status()));
    VERIFY_OK(workspace->Redo(id));
    VERIFY_OK(workspace->Redo(id));
    QCOMPARE(*workspace->Render(id), two);
    QVERIFY(absl::IsFailedPrecondition(workspace->Redo(id).status()));
    VERIFY_OK(workspace->Undo(id));
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "New")));
    QVERIFY(!workspace->CanRedo(id));
  }

  void whenTypingIsCoalesced_thenItIsUndoneAsOne() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    for (const char* text : {"C", "Ch", "Che"}) {
      Command command = SetAttribute(id, *workspace->Load(id), "t", "name", text);
      command.coalesce_key = "t/name";
      VERIFY_OK(workspace->Submit(std::move(command)));
    }
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    workspace.reset();
    workspace = fixture.Open();
    VERIFY_OK(workspace->Redo(id));
    QCOMPARE(*workspace->Render(id), Replaced(kModel, "Check stock", "Che"));
  }

  void whenAnIdempotencyKeyComesAgain_thenNothingIsRecorded() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Command command = SetAttribute(id, *workspace->Load(id), "t", "name", "One");
    command.idempotency_key = "k1";
    const auto first = workspace->Submit(command);
    VERIFY_OK(first);
    const auto second = workspace->Submit(command);
    VERIFY_OK(second);
    QCOMPARE(second->event, first->event);
    QVERIFY(second->repeated);
    QCOMPARE(workspace->Log({})->size(), size_t{2});
  }

  void whenACommandIsRefused_thenNothingHasChanged() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Command half = SetAttribute(id, *workspace->Load(id), "t", "name", "One");
    half.ops.push_back(document::SetNameOp{NodeId{EventId{{"nowhere"}, 7}, 3}, "x"});
    QVERIFY(absl::IsInvalidArgument(workspace->Submit(half).status()));
    QCOMPARE(*workspace->Render(id), std::string(kModel));

    Command late = SetAttribute(id, *workspace->Load(id), "t", "name", "One");
    late.expected_head = EventId{{"nowhere"}, 7};
    QVERIFY(absl::IsAborted(workspace->Submit(late).status()));

    Command nothing;
    nothing.artifact = id;
    nothing.label = "Nothing";
    QVERIFY(absl::IsInvalidArgument(workspace->Submit(nothing).status()));
    nothing.artifact.name = "unknown";
    nothing.ops = {document::SetNameOp{}};
    QVERIFY(absl::IsNotFound(workspace->Submit(nothing).status()));
    QCOMPARE(workspace->Log({})->size(), size_t{1});
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Two")));
    QCOMPARE(*workspace->Render(id), Replaced(kModel, "Check stock", "Two"));
  }

  void whenACommandIsRefusedHalfway_thenLaterSnapshotsAreWhatTheLogGives() {
    WorkspaceFixture fixture;
    fixture.idle_wait = std::chrono::milliseconds(0);
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const auto document = workspace->Load(id);
    Command half = SetAttribute(id, *document, "t", "new", "One");
    const NodeId task = document->id(ElementById(*document, "t"));
    const NodeId start = document->id(ElementById(*document, "s"));
    half.ops.push_back(
        document::MoveNodeOp{start, document::Place{document->id(ElementById(*document, "p")), task, {}}});
    half.ops.push_back(document::SetNameOp{NodeId{EventId{{"nowhere"}, 7}, 3}, "x"});
    for (int i = 0; i < 110; ++i) {
      QVERIFY(!workspace->Submit(half).ok());
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", std::to_string(i))));
    }
    QVERIFY(workspace->LogIncompleteBecause().empty());  // answered after what is done when idle
    const auto findings = workspace->Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
  }

  void whenNodesAreInserted_thenTheCommandMayReferToThem() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    Command command = Insert(id, *workspace->Load(id), "p", "\n    <task id=\"n\"/>");
    document::SetAttributeOp name{NodeId{EventId{}, 0}, "name",
                                  document::AttributeText{.lead = " ", .raw = "New"}, "id"};
    command.ops.push_back(name);
    const auto receipt = workspace->Submit(command);
    VERIFY_OK(receipt);
    const auto document = workspace->Load(id);
    const document::NodeIndex node = ElementById(*document, "n");
    QVERIFY(node != document::kNoNode);
    QCOMPARE(document->id(node).event, receipt->event);
    QCOMPARE(document->attribute(node, "name"), std::optional<std::string>("New"));
  }

  void whenAnotherOwnerHasIt_thenOpeningNamesHim() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const auto second = Workspace::Open(fixture.Options());
    QVERIFY(absl::IsFailedPrecondition(second.status()));
    QVERIFY(std::string(second.status().message()).find("test 1, process ") != std::string::npos);
    // Reading beside the owner works, and sees what becomes durable.
    auto reader = Workspace::OpenReadOnly(fixture.Options());
    VERIFY_OK(reader);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    QCOMPARE(*(*reader)->Render(id), Replaced(kModel, "Check stock", "One"));
    QVERIFY(absl::IsFailedPrecondition((*reader)->Undo(id).status()));
  }

  void whenTheFolderIsCopied_thenTheCopyWritesAStreamOfItsOwn() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const StreamId first =
        workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One"))->event.stream;
    workspace.reset();
    std::filesystem::copy(fixture.folder.path() / "workspace", fixture.folder.path() / "copy",
                          std::filesystem::copy_options::recursive);
    auto copy = fixture.Open("copy");
    const auto elsewhere = copy->Submit(SetAttribute(id, *copy->Load(id), "t", "name", "Two"));
    VERIFY_OK(elsewhere);
    QVERIFY(elsewhere->event.stream != first);
    workspace = fixture.Open();
    const auto here = workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Three"));
    VERIFY_OK(here);
    QCOMPARE(here->event.stream, first);
    QCOMPARE(copy->Show(elsewhere->event)->parents.size(), size_t{1});
  }

  void whenAWorkspaceIsReadOnly_thenItOpensForReadingAndSaysWhy() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    workspace.reset();
    auto reader = Workspace::OpenReadOnly(fixture.Options());
    VERIFY_OK(reader);
    QVERIFY(!(*reader)->read_only_because().empty());
    QCOMPARE(*(*reader)->Render(id), std::string(kModel));
    const auto refused = (*reader)->Submit(SetAttribute(id, *(*reader)->Load(id), "t", "name", "One"));
    QVERIFY(absl::IsFailedPrecondition(refused.status()));
  }

  void whenTextIsSearched_thenNamesAndChangesAreFound() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    auto hits = workspace->Search("stock");
    VERIFY_OK(hits);
    QCOMPARE(hits->size(), size_t{1});
    QCOMPARE(hits->front().node, workspace->Load(id)->id(ElementById(*workspace->Load(id), "t")));
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Verify inventory")));
    QCOMPARE(workspace->Search("stock")->size(), size_t{0});
    QCOMPARE(workspace->Search("invent*")->size(), size_t{1});
    VERIFY_OK(workspace->Submit(Remove(id, *workspace->Load(id), "p")));
    QCOMPARE(workspace->Search("inventory")->size(), size_t{0});
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(workspace->Search("inventory")->size(), size_t{1});
    QVERIFY(absl::IsInvalidArgument(workspace->Search("  ").status()));
  }

  void whenEventsBecomeDurable_thenObserversAreTold() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    std::vector<std::string> labels;
    auto subscription = workspace->Subscribe([&](const EventGroup& group) {
      for (const ChangeSetSummary& line : group.events) labels.push_back(line.path + ": " + line.label);
    });
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    subscription.reset();
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Two")));
    QCOMPARE(labels, (std::vector<std::string>{"a.bpmn: Import a.bpmn", "a.bpmn: Set name of t"}));
  }

  void whenAnArtifactIsCreatedRenamedAndRetired_thenItsFileFollows() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    VERIFY_OK(workspace->Create("new/b.bpmn", kModel, "New diagram"));
    const ArtifactId id = workspace->FindArtifact("new/b.bpmn")->id;
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(fixture.Read("new/b.bpmn"), std::string(kModel));
    VERIFY_OK(workspace->Rename(id, "c.bpmn"));
    QVERIFY(!std::filesystem::exists(fixture.File("new/b.bpmn")));
    QCOMPARE(fixture.Read("c.bpmn"), std::string(kModel));
    QVERIFY(!workspace->HasPendingWrites());
    VERIFY_OK(workspace->Retire(id));
    QVERIFY(!std::filesystem::exists(fixture.File("c.bpmn")));
    QVERIFY(workspace->Artifacts()->empty());
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    for (const char* path : {"../out.bpmn", ".git/x", ".uaf/x", "/etc/passwd", "a/../../b"}) {
      QVERIFY2(!workspace->Create(path, kModel, "Bad").ok(), path);
    }
  }

  void whenARemovalIsUndone_thenTheArtifactIsBackWithItsHistory() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Two")));
    VERIFY_OK(workspace->Retire(id));
    QVERIFY(!std::filesystem::exists(fixture.File("a.bpmn")));
    const auto back = workspace->Undo(id);
    VERIFY_OK(back);
    QCOMPARE(back->label, std::string("Remove a.bpmn"));
    VERIFY_OK(workspace->FlushWorkingFile(id));
    QVERIFY(fixture.Read("a.bpmn").find("Two") != std::string::npos);
    QVERIFY(!workspace->FindArtifact("a.bpmn")->retired);
    // What was done before can be taken back as ever.
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
  }

  void whenThePathOfARemovedArtifactIsTaken_thenItsRemovalStands() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Retire(id));
    VERIFY_OK(workspace->Create("a.bpmn", kModel, "Another"));
    QVERIFY(!workspace->Undo(id).ok());
    QCOMPARE(workspace->Artifacts()->size(), size_t{1});
  }

 private:
  static ArtifactId Imported(WorkspaceFixture& fixture, Workspace& workspace) {
    fixture.Write("a.bpmn", kModel);
    if (!workspace.Import("a.bpmn").ok()) std::abort();
    return workspace.FindArtifact("a.bpmn")->id;
  }
  static std::string Replaced(std::string text, std::string_view from, std::string_view to) {
    const size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }
};

QTEST_APPLESS_MAIN(WorkspaceTest)
#include "workspace_test.moc"
