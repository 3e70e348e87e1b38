#include <QtTest>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/platform/local_socket.h"
#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

constexpr std::string_view kOther = "<b id=\"b\"><c id=\"c\" name=\"one\"/></b>\n";

/// A fixture whose programs can reach each other.
struct SharedFixture : WorkspaceFixture {
  SharedFixture() { std::filesystem::create_directories(Sockets()); }
  std::filesystem::path Sockets() const { return folder.path() / "run"; }
  WorkspaceOptions Shared(std::string_view actor) const {
    WorkspaceOptions options = Options();
    options.sockets = Sockets();
    options.actor = {std::string(actor), std::string(actor) + "@example.org", "ameide test"};
    return options;
  }
  /// The first of them owns the workspace.
  std::unique_ptr<Workspace> OpenAs(std::string_view actor) {
    const WorkspaceOptions options = Shared(actor);
    if (!std::filesystem::exists(options.root / ".uaf")) Workspace::Initialize(options).IgnoreError();
    auto workspace = Workspace::OpenShared(options);
    if (!workspace.ok()) qFatal("%s", std::string(workspace.status().message()).c_str());
    return *std::move(workspace);
  }
};

/// Stands between an owner and its guests, and can lose answers.
class Between {
 public:
  explicit Between(const SharedFixture& fixture) {
    for (const auto& entry : std::filesystem::directory_iterator(fixture.Sockets())) path_ = entry.path();
    behind_ = fixture.folder.path() / "run2.sock";
    std::filesystem::rename(path_, behind_);
    auto listener = LocalListener::Listen(path_);
    if (!listener.ok()) qFatal("%s", std::string(listener.status().message()).c_str());
    listener_ = *std::move(listener);
    thread_ = std::thread([this] {
      while (auto guest = Accepted()) Forward(*guest);
    });
  }
  ~Between() {
    listener_->Close();
    thread_.join();
    listener_.reset();
    std::filesystem::rename(behind_, path_);
  }
  void LoseAnswers(int count) { to_lose_ = count; }
  int lost() const { return lost_; }

 private:
  std::unique_ptr<LocalConnection> Accepted() {
    auto guest = listener_->Accept();
    return guest.ok() ? *std::move(guest) : nullptr;
  }
  void Forward(LocalConnection& guest) {
    const auto owner = LocalConnection::Connect(behind_);
    if (!owner.ok()) return;
    while (true) {
      const auto call = guest.Receive(1 << 20);
      if (!call.ok() || !(*owner)->Send(*call).ok()) return;
      const auto answer = (*owner)->Receive(1 << 20);
      if (!answer.ok()) return;
      if (*call != "ameide owner 1" && to_lose_ > 0) {
        --to_lose_;
        ++lost_;
        return;
      }
      if (!guest.Send(*answer).ok()) return;
    }
  }

  std::filesystem::path path_;
  std::filesystem::path behind_;
  std::unique_ptr<LocalListener> listener_;
  std::atomic<int> to_lose_ = 0;
  std::atomic<int> lost_ = 0;
  std::thread thread_;
};

ArtifactId Created(Workspace& workspace, std::string_view path, std::string_view bytes) {
  const auto receipt = workspace.Create(path, bytes, "Create");
  if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
  return workspace.FindArtifact(path)->id;
}

}  // namespace

/// One program owns a workspace; others of the same user work through it, and commands over several artifacts
/// are one.
class OwnerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAnotherProgramOwnsTheWorkspace_thenCommandsAreRecordedThroughIt() {
    SharedFixture fixture;
    const auto owner = fixture.OpenAs("Ada");
    const ArtifactId id = Created(*owner, "a.bpmn", kModel);
    const auto guest = fixture.OpenAs("Grace");
    QVERIFY(guest->read_only_because().empty());
    const auto receipt = guest->Submit(SetAttribute(id, *guest->Load(id), "t", "name", "Ship"));
    VERIFY_OK(receipt);
    QCOMPARE(*owner->Render(id), *guest->Render(id));
    QVERIFY(owner->Render(id)->find("Ship") != std::string::npos);
    const auto log = owner->Log({});
    VERIFY_OK(log);
    QCOMPARE(log->front().id, receipt->event);
    QCOMPARE(log->front().author.name, std::string("Grace"));
    QCOMPARE(log->back().author.name, std::string("Ada"));
    // The owner's own next edit is its own again.
    VERIFY_OK(owner->Submit(SetAttribute(id, *owner->Load(id), "t", "name", "Pack")));
    QCOMPARE(owner->Log({})->front().author.name, std::string("Ada"));
  }

  void whenAnotherProgramOwnsTheWorkspace_thenEverythingElseGoesThroughItToo() {
    SharedFixture fixture;
    const auto owner = fixture.OpenAs("Ada");
    const auto guest = fixture.OpenAs("Grace");
    const ArtifactId id = Created(*guest, "a.bpmn", kModel);
    fixture.Write("notes.md", "one\ntwo\n");
    VERIFY_OK(guest->Import("notes.md"));
    VERIFY_OK(guest->Submit(SetAttribute(id, *guest->Load(id), "t", "name", "Ship")));
    QCOMPARE(guest->CanUndo(id), std::optional<std::string>("Set name of t"));
    const auto undone = guest->Undo(id);
    VERIFY_OK(undone);
    QCOMPARE(undone->label, std::string("Set name of t"));
    QCOMPARE(undone->ops.size(), size_t(1));
    QCOMPARE(*guest->Render(id), std::string(kModel));
    VERIFY_OK(guest->Redo(id));
    VERIFY_OK(guest->Rename(id, "b.bpmn"));
    QCOMPARE(guest->FindArtifact("b.bpmn")->id, id);
    QCOMPARE(guest->Search("Ship")->size(), size_t(1));
    fixture.Write("notes.md", "one\nthree\n");
    const auto notes = guest->SyncWorkingFiles({});
    VERIFY_OK(notes);
    QVERIFY(!notes->empty());
    VERIFY_OK(guest->Seal());
    QCOMPARE(*owner->UnsealedEvents(), uint64_t(0));
    const auto missing = guest->Retire(ArtifactId{std::string(64, '0')});
    QVERIFY(absl::IsNotFound(missing.status()));
    VERIFY_OK(guest->Retire(id));
    QCOMPARE(guest->Artifacts()->size(), size_t(1));
  }

  void whenTheOwnerEnds_thenTheCallerOwnsTheWorkspace() {
    SharedFixture fixture;
    auto owner = fixture.OpenAs("Ada");
    const ArtifactId id = Created(*owner, "a.bpmn", kModel);
    auto guest = fixture.OpenAs("Grace");
    auto other = fixture.OpenAs("Edsger");
    owner.reset();
    VERIFY_OK(guest->Submit(SetAttribute(id, *guest->Load(id), "t", "name", "Ship")));
    VERIFY_OK(other->Submit(SetAttribute(id, *other->Load(id), "t", "name", "Pack")));
    QVERIFY(other->CanUndo(id));
    QVERIFY(guest->Render(id)->find("Pack") != std::string::npos);
    QCOMPARE(guest->Log({})->front().author.name, std::string("Edsger"));
    // And on to the next one.
    guest->SetActor({"Barbara", "barbara@example.org", "ameide test"});
    VERIFY_OK(guest->Submit(SetAttribute(id, *guest->Load(id), "t", "name", "Weigh")));
    QCOMPARE(guest->Log({})->front().author.name, std::string("Barbara"));
    guest.reset();
    VERIFY_OK(other->Retire(id));
    other.reset();
    QVERIFY(fixture.OpenAs("Ada")->Verify()->empty());
  }

  void whenOwnersLiveForOneCommandOnly_thenNoCommandOfAnybodyFails() {
    SharedFixture fixture;
    const ArtifactId id = Created(*fixture.OpenAs("Ada"), "a.bpmn", kModel);
    constexpr int kPrograms = 4;
    constexpr int kEach = 12;
    std::mutex mutex;
    std::string failure;
    std::vector<std::thread> threads;
    for (int i = 0; i < kPrograms; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < kEach; ++n) {
          RecordRequest comment;
          comment.artifact = id;
          comment.body = CommentAdded{{}, {}, absl::StrCat(i, "/", n)};
          const auto workspace = Workspace::OpenShared(fixture.Shared("Ada"));
          const absl::Status status =
              workspace.ok() ? (*workspace)->Record(std::move(comment)).status() : workspace.status();
          const std::scoped_lock lock(mutex);
          if (!status.ok()) failure = std::string(status.message());
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(failure, std::string());
    QCOMPARE(fixture.OpenAs("Ada")->Log({})->size(), size_t(1 + kPrograms * kEach));
  }

  void whenAnAnswerIsLost_thenACommandIsSentAgainAndRecordedOnce() {
    SharedFixture fixture;
    const auto owner = fixture.OpenAs("Ada");
    const ArtifactId id = Created(*owner, "a.bpmn", kModel);
    Between between(fixture);
    const auto guest = fixture.OpenAs("Grace");
    between.LoseAnswers(2);
    const auto receipt = guest->Submit(SetAttribute(id, *guest->Load(id), "t", "name", "Ship"));
    VERIFY_OK(receipt);
    QVERIFY(!receipt->repeated);
    QCOMPARE(between.lost(), 2);
    QCOMPARE(owner->Log({})->size(), size_t(2));
    QCOMPARE(owner->Log({})->front().id, receipt->event);
    // Undoing twice would not be the same as undoing once.
    between.LoseAnswers(1);
    const auto lost = guest->Undo(id);
    QVERIFY(absl::IsUnavailable(lost.status()));
    QVERIFY(lost.status().message().find("look whether it was done") != std::string::npos);
    QCOMPARE(owner->Log({})->size(), size_t(3));
  }

  void whenManyProgramsWriteAtOnce_thenEveryCommandIsRecordedForItsAuthor() {
    SharedFixture fixture;
    const auto owner = fixture.OpenAs("Ada");
    const ArtifactId id = Created(*owner, "a.bpmn", kModel);
    constexpr int kEach = 40;
    const std::vector<std::string> names = {"Grace", "Edsger", "Barbara"};
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    const auto write = [&](Workspace& workspace) {
      for (int i = 0; i < kEach; ++i) {
        const auto document = workspace.Load(id);
        if (!document.ok() ||
            !workspace.Submit(SetAttribute(id, *document, "t", "name", workspace.actor().name)).ok()) {
          ++failures;
        }
      }
    };
    for (const std::string& name : names) {
      threads.emplace_back([&, name] { write(*fixture.OpenAs(name)); });
    }
    write(*owner);
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(failures.load(), 0);
    std::map<std::string, int> by_author;
    const auto log = owner->Log({});
    VERIFY_OK(log);
    for (const ChangeSetSummary& line : *log) {
      const auto change_set = owner->Show(line.id);
      VERIFY_OK(change_set);
      const auto* edit = std::get_if<Edit>(&change_set->body);
      if (edit == nullptr) continue;
      ++by_author[line.author.name];
      QCOMPARE(std::get<document::SetAttributeOp>(edit->ops.front()).text->raw, line.author.name);
    }
    QCOMPARE(by_author.size(), names.size() + 1);
    for (const auto& [name, count] : by_author) QCOMPARE(count, kEach);
  }

  void whenSomethingElseTalksToTheSocket_thenItIsTurnedAwayAndTheOwnerGoesOn() {
    SharedFixture fixture;
    const auto owner = fixture.OpenAs("Ada");
    const ArtifactId id = Created(*owner, "a.bpmn", kModel);
    std::filesystem::path socket;
    for (const auto& entry : std::filesystem::directory_iterator(fixture.Sockets())) socket = entry.path();
    QVERIFY(std::filesystem::is_socket(socket));
    const auto permissions = std::filesystem::status(socket).permissions();
    QVERIFY((permissions & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
            std::filesystem::perms::none);
    {
      const auto stranger = LocalConnection::Connect(socket);
      VERIFY_OK(stranger);
      VERIFY_OK((*stranger)->Send("GET / HTTP/1.1"));
      const auto answer = (*stranger)->Receive(100);
      QVERIFY(!answer.ok() || answer->empty());
    }
    const auto caller = LocalConnection::Connect(socket);
    VERIFY_OK(caller);
    VERIFY_OK((*caller)->Send("ameide owner 1"));
    VERIFY_OK((*caller)->Receive(100));
    for (const std::string& garbage :
         {std::string("\xff\xff\xff"), std::string("\x06Submit"), std::string()}) {
      VERIFY_OK((*caller)->Send(garbage));
      VERIFY_OK((*caller)->Receive(1000));
    }
    VERIFY_OK(owner->Submit(SetAttribute(id, *owner->Load(id), "t", "name", "Ship")));
  }

  void whenNobodyListens_thenTheOwnerIsNamed() {
    SharedFixture fixture;
    const auto owner = fixture.Open();  // listens nowhere
    WorkspaceOptions options = fixture.Shared("Grace");
    options.sockets.clear();
    const auto refused = Workspace::OpenShared(options);
    QVERIFY(absl::IsFailedPrecondition(refused.status()));
    QVERIFY(refused.status().message().find("process") != std::string::npos);
  }

  void whenCommandsOfABatchAllApply_thenTheyAreOneForUndoAndRedo() {
    SharedFixture fixture;
    auto workspace = fixture.OpenAs("Ada");
    const ArtifactId a = Created(*workspace, "a.bpmn", kModel);
    const ArtifactId b = Created(*workspace, "b.xml", kOther);
    const auto receipts = workspace->SubmitAll({SetAttribute(a, *workspace->Load(a), "t", "name", "two"),
                                                SetAttribute(b, *workspace->Load(b), "c", "name", "two")});
    VERIFY_OK(receipts);
    QCOMPARE(receipts->size(), size_t(2));
    const std::string both_a = *workspace->Render(a);
    const std::string both_b = *workspace->Render(b);
    // From the other artifact, and after a restart.
    workspace.reset();
    workspace = fixture.OpenAs("Ada");
    const auto undone = workspace->Undo(b);
    VERIFY_OK(undone);
    QCOMPARE(undone->label, std::string("Set name of t"));
    QCOMPARE(*workspace->Render(a), std::string(kModel));
    QCOMPARE(*workspace->Render(b), std::string(kOther));
    QVERIFY(!workspace->CanUndo(a));
    VERIFY_OK(workspace->Redo(a));
    QCOMPARE(*workspace->Render(a), both_a);
    QCOMPARE(*workspace->Render(b), both_b);
    VERIFY_OK(workspace->Undo(a));
    QCOMPARE(*workspace->Render(b), std::string(kOther));
  }

  void whenOneCommandOfABatchIsRejected_thenNoneIsRecorded() {
    SharedFixture fixture;
    const auto workspace = fixture.OpenAs("Ada");
    const ArtifactId a = Created(*workspace, "a.bpmn", kModel);
    const ArtifactId b = Created(*workspace, "b.xml", kOther);
    Command broken = SetAttribute(b, *workspace->Load(b), "c", "name", "two");
    std::get<document::SetAttributeOp>(broken.ops.front()).node.ordinal = 4711;
    const auto before = workspace->Log({});
    const auto refused =
        workspace->SubmitAll({Insert(a, *workspace->Load(a), "p", "<x/>"), std::move(broken)});
    QVERIFY(absl::IsInvalidArgument(refused.status()));
    QVERIFY(refused.status().message().find("none of them was recorded") != std::string::npos);
    QCOMPARE(workspace->Log({})->size(), before->size());
    QCOMPARE(*workspace->Render(a), std::string(kModel));
    // What the rejected command had made does not stand in the way of the next one.
    VERIFY_OK(workspace->Submit(Insert(a, *workspace->Load(a), "p", "<y/>")));
    QVERIFY(workspace->Verify()->empty());
  }

  void whenABatchWasChangedSince_thenUndoSaysSoAndChangesNothing() {
    SharedFixture fixture;
    const auto workspace = fixture.OpenAs("Ada");
    const ArtifactId a = Created(*workspace, "a.bpmn", kModel);
    const ArtifactId b = Created(*workspace, "b.xml", kOther);
    VERIFY_OK(workspace->SubmitAll({SetAttribute(a, *workspace->Load(a), "t", "name", "two"),
                                    SetAttribute(b, *workspace->Load(b), "c", "name", "two")}));
    VERIFY_OK(workspace->Retire(b));
    const std::string before = *workspace->Render(a);
    const auto refused = workspace->Undo(a);
    QVERIFY(absl::IsFailedPrecondition(refused.status()));
    QCOMPARE(*workspace->Render(a), before);
  }

  void whenACommandFailsHalfWay_thenTheNextOneIsNotInItsWay() {
    SharedFixture fixture;
    const auto workspace = fixture.OpenAs("Ada");
    const ArtifactId a = Created(*workspace, "a.bpmn", kModel);
    Command half = Insert(a, *workspace->Load(a), "p", "<x/>");
    half.ops.push_back(document::SetNameOp{{{}, 99}, "y"});
    QVERIFY(absl::IsInvalidArgument(workspace->Submit(half).status()));
    VERIFY_OK(workspace->Submit(Insert(a, *workspace->Load(a), "p", "<y/>")));
    QVERIFY(workspace->Render(a)->find("<y/>") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(OwnerTest)
#include "owner_test.moc"
