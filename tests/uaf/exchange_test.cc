#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/ed25519.h"
#include "base/hash.h"
#include "tests/uaf/fixture.h"
#include "tests/wait.h"
#include "uaf/log/chain.h"
#include "uaf/log/segment.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

/// Two people with one repository: what git would carry is copied by hand.
struct TwoPeople {
  WorkspaceFixture ada{1};
  WorkspaceFixture bob{2};
  fs::path a = ada.folder.path() / "workspace";
  fs::path b = bob.folder.path() / "workspace";

  /// What `git clone` or `git pull` gives Bob.
  void AdaToBob() const { Carry(a, b); }
  void BobToAda() const { Carry(b, a); }

  static void Carry(const fs::path& from, const fs::path& to) {
    fs::create_directories(to);
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      const fs::path relative = entry.path().lexically_relative(from);
      const std::string name = relative.generic_string();
      if (name.starts_with(".uaf/store.db") || name == ".uaf/lock" || name.starts_with(".uaf/aside"))
        continue;
      if (entry.is_directory()) {
        fs::create_directories(to / relative);
      } else {
        fs::copy_file(entry.path(), to / relative, fs::copy_options::overwrite_existing);
      }
    }
  }
};

ArtifactId Imported(WorkspaceFixture& fixture, Workspace& workspace) {
  fixture.Write("a.bpmn", kModel);
  if (!workspace.Import("a.bpmn").ok()) std::abort();
  return workspace.FindArtifact("a.bpmn")->id;
}

/// Where a segment's events claim to be from; written by hand, signed with a key of its own.
struct HandWrittenStream {
  explicit HandWrittenStream(const fs::path& workspace_folder, const std::string& workspace_id)
      : folder(workspace_folder), workspace(workspace_id) {
    const std::string fingerprint = key.public_key().Fingerprint();
    fs::create_directories(folder / ".uaf" / "keys");
    std::ofstream(folder / ".uaf" / "keys" / (fingerprint + ".pub"))
        << "ameide-ed25519 " << HexEncode(key.public_key().view()) << " Eve\n";
  }
  void Write(std::vector<ChangeSet> events) {
    Segment segment;
    segment.workspace = workspace;
    segment.stream = stream;
    segment.number = number++;
    segment.first = events.front().id.seq;
    segment.previous = head.value_or(FirstLink(workspace, stream));
    segment.seed = std::string(32, 'x');
    for (const ChangeSet& event : events) segment.events.push_back(EncodeChangeSet(event));
    const std::string bytes = EncodeSegment(segment, key);
    head = segment.head;
    fs::create_directories(folder / ".uaf" / "log" / stream.name);
    std::ofstream(folder / ".uaf" / "log" / stream.name / (std::to_string(segment.number) + ".seg"),
                  std::ios::binary)
        << bytes;
  }
  SeededRandom random{99};
  Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
  fs::path folder;
  std::string workspace;
  StreamId stream{std::string(32, 'e')};
  uint64_t number = 1;
  std::optional<Hash256> head;
};

}  // namespace

/// The log's way from one workspace to another.
class ExchangeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenEventsAreSealedAndReceived_thenBothHaveTheSameHistoryAndBytes() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", "One")));
    QCOMPARE(*ada->UnsealedEvents(), uint64_t{2});
    VERIFY_OK(ada->SyncWorkingFiles());
    const auto files = ada->Seal();
    VERIFY_OK(files);
    QCOMPARE(*ada->UnsealedEvents(), uint64_t{0});
    std::vector<std::string> folders;
    for (const SealedFile& file : *files) folders.push_back(file.path.substr(0, file.path.find('/', 5)));
    for (const char* wanted :
         {".uaf/log", ".uaf/blobs", ".uaf/keys", ".uaf/workspace.yaml", ".uaf/policy.yaml"}) {
      QVERIFY2(std::find(folders.begin(), folders.end(), wanted) != folders.end(), wanted);
    }
    QCOMPARE(ada->Seal()->size(), files->size());  // no commit holds them yet
    VERIFY_OK(ada->MarkCommitted("c0ffee0000000000000000000000000000000001"));
    QVERIFY(ada->Seal()->empty());
    QCOMPARE(ada->Log({})->front().commit, std::string("c0ffee0000000000000000000000000000000001"));
    QVERIFY(ada->Log({})->front().sealed);

    people.AdaToBob();
    auto bob = people.bob.Open();
    QCOMPARE(*bob->Render(id), *ada->Render(id));
    QCOMPARE(bob->Log({})->size(), size_t{2});
    QVERIFY(bob->SyncWorkingFiles()->empty());
    QVERIFY(bob->Verify()->empty());
    QVERIFY2(!bob->CanUndo(id), "somebody else's edit is not Bob's to undo");
    VERIFY_OK(bob->Submit(SetAttribute(id, *bob->Load(id), "t", "name", "Two")));
    QCOMPARE(bob->Show(bob->Log({})->front().id)->parents.size(), size_t{1});
    VERIFY_OK(bob->SyncWorkingFiles());
    VERIFY_OK(bob->Seal());
    VERIFY_OK(bob->MarkCommitted("c0ffee0000000000000000000000000000000002"));

    people.BobToAda();
    const auto received = ada->ReceiveSegments();
    VERIFY_OK(received);
    QCOMPARE(*received, uint64_t{2});  // the edit, and Bob's key
    QCOMPARE(*ada->Render(id), *bob->Render(id));
    QVERIFY(ada->SyncWorkingFiles()->empty());
    QCOMPARE(people.ada.Read("a.bpmn"), *ada->Render(id));
    QVERIFY(ada->Verify()->empty());
    QCOMPARE(*ada->ReceiveSegments(), uint64_t{0});
    // The commit is still the past that it was.
    QCOMPARE(*ada->Render(id, *ada->ResolveCut("c0ffee0000000000000000000000000000000001")),
             *bob->Render(id, *bob->CutAt(ada->Log({})->at(1).id)));
  }

  void whenARevisionIsAskedFor_thenItsSegmentsAreTheCut() {
    WorkspaceFixture fixture;
    fixture.Open().reset();
    WorkspaceOptions options = fixture.Options();
    std::vector<std::string> paths;
    options.resolver = [&](std::string_view revision) -> absl::StatusOr<std::vector<std::string>> {
      if (revision != "main~1") return absl::NotFoundError("no such revision");
      return paths;
    };
    auto workspace = *Workspace::Open(options);
    const ArtifactId id = Imported(fixture, *workspace);
    const auto sealed = workspace->Seal();
    for (const SealedFile& file : *sealed) paths.push_back("models/" + file.path);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    const auto cut = workspace->ResolveCut("main~1");
    VERIFY_OK(cut);
    QCOMPARE(*workspace->Render(id, *cut), std::string(kModel));
    const auto unknown = workspace->ResolveCut("nonsense");
    QVERIFY(absl::IsInvalidArgument(unknown.status()));
  }

  void whenAFileOfTheLogIsTouched_thenVerifyNamesIt() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Seal());
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    VERIFY_OK(workspace->Seal());
    QVERIFY(workspace->Verify()->empty());
    for (const auto& entry : fs::recursive_directory_iterator(fixture.File(".uaf"))) {
      const std::string path = entry.path().lexically_relative(fixture.File("")).generic_string();
      if (!entry.is_regular_file() || (!path.ends_with(".seg") && !path.starts_with(".uaf/blobs"))) continue;
      const std::string bytes = fixture.Read(path);
      for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 40) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 4);
        fixture.Write(path, changed);
        const auto findings = workspace->Verify();
        VERIFY_OK(findings);
        QVERIFY2(!findings->empty() &&
                     findings->front().message.find(entry.path().filename()) != std::string::npos,
                 path.c_str());
      }
      fixture.Write(path, bytes);
    }
    QVERIFY(workspace->Verify()->empty());
    const std::string stream = workspace->Log({})->front().id.stream.name;
    fs::remove(fixture.File(".uaf/log/" + stream + "/2.seg"));
    // Before a commit holds it, the store alone gives it back.
    QCOMPARE(workspace->Verify()->front().rule, std::string("segment/unwritten"));
    VERIFY_OK(workspace->Seal());
    VERIFY_OK(workspace->MarkCommitted(std::string(40, 'c')));
    fs::remove(fixture.File(".uaf/log/" + stream + "/2.seg"));
    QCOMPARE(workspace->Verify()->front().rule, std::string("segment/missing"));
  }

  void whenASegmentIsMissing_thenThoseBehindItAreVerifiedAllTheSame() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Seal());
    for (const char* name : {"Two", "Three", "Four"}) {
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", name)));
      VERIFY_OK(workspace->Seal());
    }
    VERIFY_OK(workspace->MarkCommitted(std::string(40, 'c')));
    const std::string folder = ".uaf/log/" + workspace->Log({})->front().id.stream.name;
    fs::remove(fixture.File(folder + "/2.seg"));
    std::string bytes = fixture.Read(folder + "/4.seg");
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    fixture.Write(folder + "/4.seg", bytes);
    const auto findings = workspace->Verify();
    VERIFY_OK(findings);
    QCOMPARE(findings->size(), size_t{2});
    QCOMPARE(findings->at(0).rule, std::string("segment/missing"));
    QVERIFY(findings->at(0).message.find("/2.seg is not") != std::string::npos);
    QCOMPARE(findings->at(1).rule, std::string("segment/changed"));
    QVERIFY(findings->at(1).message.find("/4.seg") != std::string::npos);
  }

  void whenAReceivedSegmentIsDamaged_thenItIsRefusedAndTheOnesBeforeStay() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->Seal());
    VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", "One")));
    VERIFY_OK(ada->Seal());
    people.AdaToBob();
    const std::string stream = ada->Log({})->front().id.stream.name;
    const std::string path = ".uaf/log/" + stream + "/2.seg";
    std::string bytes = people.bob.Read(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    people.bob.Write(path, bytes);
    auto bob = people.bob.Open();
    const auto received = bob->ReceiveSegments();
    QVERIFY(absl::IsDataLoss(received.status()));
    QVERIFY(received.status().message().find(path) != std::string::npos);
    QCOMPARE(*bob->Render(id), std::string(kModel));
    // Restored, it is taken in.
    people.bob.Write(path, people.ada.Read(path));
    VERIFY_OK(bob->ReceiveSegments());
    QCOMPARE(*bob->Render(id), *ada->Render(id));
  }

  void whenASegmentIsMissing_thenWhatLiesBehindIsPending() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    for (const char* name : {"One", "Two"}) {
      VERIFY_OK(ada->Seal());
      VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", name)));
    }
    VERIFY_OK(ada->Seal());
    people.AdaToBob();
    const std::string stream = ada->Log({})->front().id.stream.name;
    const std::string second = ".uaf/log/" + stream + "/2.seg";
    fs::remove(people.bob.File(second));
    auto bob = people.bob.Open();
    QCOMPARE(*bob->Render(id), std::string(kModel));
    people.bob.Write(second, people.ada.Read(second));
    VERIFY_OK(bob->ReceiveSegments());
    QCOMPARE(*bob->Render(id), *ada->Render(id));
  }

  void whenAnEventIsOfANewerRelease_thenItIsCarriedAndItsArtifactIsReadOnly() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Create("other.bpmn", kModel, "Other"));
    HandWrittenStream newer(fixture.folder.path() / "workspace", workspace->id());
    ChangeSet event;
    event.id = {newer.stream, 1};
    event.time = {static_cast<uint64_t>(fixture.clock.Now().time_since_epoch().count()) + 5, 0};
    event.author = {"Eve", "eve@example.org"};
    event.tool = "ameide 99";
    event.label = "Merge in 4D";
    event.artifact = id;
    event.kind = 900;
    event.version = 2;
    event.body = UnknownBody{"whatever"};
    newer.Write({event});
    VERIFY_OK(workspace->ReceiveSegments());
    const auto artifact = workspace->FindArtifact(id.name);
    QVERIFY(artifact->read_only_because.find("ameide 99") != std::string::npos);
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    QCOMPARE(workspace->Show(event.id)->label, std::string("Merge in 4D"));
    const auto refused = workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One"));
    QVERIFY(absl::IsFailedPrecondition(refused.status()));
    const ArtifactId other = workspace->FindArtifact("other.bpmn")->id;
    VERIFY_OK(workspace->Submit(SetAttribute(other, *workspace->Load(other), "t", "name", "One")));
    // Its working file is neither absorbed nor written.
    fixture.Write("a.bpmn", "changed outside");
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(fixture.Read("a.bpmn"), std::string("changed outside"));
    QVERIFY(workspace->Verify()->empty());
  }

  void whenAnEventIsFromTheFuture_thenItWaitsForItsTime() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    HandWrittenStream ahead(fixture.folder.path() / "workspace", workspace->id());
    ChangeSet event;
    event.id = {ahead.stream, 1};
    event.time = {
        static_cast<uint64_t>((fixture.clock.Now() + std::chrono::hours(25)).time_since_epoch().count()), 0};
    event.label = "Tomorrow";
    event.artifact = id;
    event.body = Edit{.ops = {document::SetNameOp{}}, .reverts = {}, .group = {}, .intent = "edit"};
    event.kind = TypeOf(event.body).kind;
    event.version = 1;
    ahead.Write({event});
    VERIFY_OK(workspace->ReceiveSegments());
    QCOMPARE(workspace->Log({})->size(), size_t{1});
    QCOMPARE(workspace->Quarantined()->size(), size_t{1});
    fixture.clock.Advance(std::chrono::hours(2));
    VERIFY_OK(workspace->ReceiveSegments());
    QCOMPARE(workspace->Log({})->size(), size_t{2});
    QVERIFY(workspace->Quarantined()->empty());
  }

  void whenSomebodyCommitsWithoutUs_thenEverybodyDerivesOneEvent() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->Seal());
    people.AdaToBob();
    auto bob = people.bob.Open();
    ForeignChange change;
    change.artifact = id;
    const Cut base = *ada->CurrentCut();
    for (const auto& [stream, seq] : base.heads) change.base.push_back({stream, seq});
    change.commit = "c0ffee0000000000000000000000000000000001";
    change.author = {"Eve", "eve@example.org"};
    change.time = *ParseTime("2026-02-01");
    change.bytes = kModel;
    change.bytes.replace(change.bytes.find("name=\""), 6, "name=\"Outside ");
    // Two machines that have the commit.
    const auto here = ada->AbsorbCommit(change);
    VERIFY_OK(here);
    const auto there = bob->AbsorbCommit(change);
    VERIFY_OK(there);
    QCOMPARE(FormatId(here->event), FormatId(there->event));
    QVERIFY(ada->AbsorbCommit(change)->repeated);
    QCOMPARE(*ada->Render(id), change.bytes);
    QCOMPARE(*bob->Render(id), change.bytes);
    QCOMPARE(ada->Show(here->event)->author.name, std::string("Eve"));
    QVERIFY(ada->Verify()->empty());
    // Somebody who has only what Ada signed: her segment carries it.
    VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", "Ada's")));
    VERIFY_OK(ada->SyncWorkingFiles());
    VERIFY_OK(ada->Seal());
    WorkspaceFixture third(3);
    TwoPeople::Carry(people.a, third.File(""));
    auto nobody = third.Open();
    QCOMPARE(*nobody->CurrentCut(), *ada->CurrentCut());
    QCOMPARE(*nobody->Render(id), *ada->Render(id));
    QVERIFY(nobody->Verify()->empty());
    people.AdaToBob();
    VERIFY_OK(bob->ReceiveSegments());
    QCOMPARE(*bob->CurrentCut(), *ada->CurrentCut());
    QCOMPARE(*bob->Render(id), *ada->Render(id));
    // Its blob is needed to see that it is what it says.
    WorkspaceFixture fourth(4);
    TwoPeople::Carry(people.a, fourth.File(""));
    fs::remove(fourth.File(".uaf/blobs/" + Sha256(change.bytes).Hex()));
    auto without = fourth.Open();
    QVERIFY(absl::IsDataLoss(without->ReceiveSegments().status()));
    QCOMPARE(*without->Render(id), std::string(kModel));
  }

  void whenSegmentsArePacked_thenOthersReadTheUnion() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->Seal());
    people.AdaToBob();
    auto bob = people.bob.Open();
    for (int i = 0; i < 6; ++i) {
      VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", std::to_string(i))));
      VERIFY_OK(ada->Seal());
    }
    VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", "Before the commit")));
    QCOMPARE(*ada->PackSegments(2), uint64_t{0});  // no commit holds them yet
    VERIFY_OK(ada->MarkCommitted("c0ffee0000000000000000000000000000000001"));
    VERIFY_OK(ada->Seal());
    QCOMPARE(*ada->PackSegments(8), uint64_t{0});
    QCOMPARE(*ada->PackSegments(2), uint64_t{7});
    QVERIFY(ada->Verify()->empty());
    QCOMPARE(*ada->PackSegments(2), uint64_t{0});
    const StreamId stream = ada->Log({})->front().id.stream;
    const std::string folder = ".uaf/log/" + stream.name + "/";
    QVERIFY(fs::exists(people.ada.File(folder + "1-7.pack")) &&
            !fs::exists(people.ada.File(folder + "3.seg")));
    // What the next commit has to take away, and what to bring.
    std::map<std::string, bool> files;
    const auto sealed = ada->Seal();
    for (const SealedFile& file : *sealed) files[file.path] = file.bytes.has_value();
    QCOMPARE(files.at(folder + "1.seg"), false);
    QCOMPARE(files.at(folder + "1-7.pack"), true);
    QCOMPARE(files.at(folder + "8.seg"), true);
    VERIFY_OK(ada->MarkCommitted("c0ffee0000000000000000000000000000000002"));
    QVERIFY(ada->Seal()->empty());
    // Somebody who has a part of it, and somebody who has nothing.
    people.AdaToBob();
    QCOMPARE(*bob->ReceiveSegments(), uint64_t{7});
    QCOMPARE(*bob->Render(id), *ada->Render(id));
    QVERIFY(bob->Verify()->empty());
    // A pack that is damaged does no harm where the segments are; where they are not, it is named.
    std::string pack = people.ada.Read(folder + "1-7.pack");
    pack[pack.size() / 2] = static_cast<char>(pack[pack.size() / 2] ^ 1);
    people.ada.Write(folder + "1-7.pack", pack);
    QVERIFY(ada->Verify()->front().message.find("1-7.pack") != std::string::npos);
    WorkspaceFixture third(3);
    TwoPeople::Carry(people.a, third.File(""));
    auto nobody = third.Open();
    const absl::Status refused = nobody->ReceiveSegments().status();
    QVERIFY(absl::IsDataLoss(refused));
    QVERIFY(std::string(refused.message()).find("1-7.pack") != std::string::npos);
    TwoPeople::Carry(people.b, third.File(""));
    VERIFY_OK(nobody->ReceiveSegments());
    QCOMPARE(*nobody->Render(id), *ada->Render(id));
  }

  void whenTheStoreIsLost_thenTheLogRestoresWhatWasSealed() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    const std::string expected = *workspace->Render(id);
    VERIFY_OK(workspace->Seal());
    const StreamId before = workspace->Log({})->front().id.stream;
    workspace.reset();
    for (const char* file : {"store.db", "store.db-wal", "store.db-shm"})
      fs::remove(fixture.File(".uaf") / file);
    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id), expected);
    const auto receipt = workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Two"));
    VERIFY_OK(receipt);
    QVERIFY(receipt->event.stream != before);
    QVERIFY(workspace->Verify()->empty());
  }

  void whenACrashComesBetweenSegmentAndStore_thenTheSegmentStands() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    workspace.reset();
    // What the disk holds before the seal, put back behind it, into the same files.
    const std::string store = fixture.Read(".uaf/store.db");
    workspace = fixture.Open();
    VERIFY_OK(workspace->Seal());
    const StreamId stream = workspace->Log({})->front().id.stream;
    workspace.reset();
    const std::string segment = ".uaf/log/" + stream.name + "/1.seg";
    const std::string sealed = fixture.Read(segment);
    fixture.Write(".uaf/store.db", store);
    for (const auto& token : fs::directory_iterator(fixture.folder.path() / "profile" / "streams")) {
      std::ofstream(token.path()) << stream.name << " 2\n";
    }
    workspace = fixture.Open();
    QVERIFY(workspace->Verify()->empty());
    QCOMPARE(*workspace->UnsealedEvents(), uint64_t{0});
    LogQuery everything;
    everything.workspace_events = true;
    QCOMPARE(workspace->Log(everything)->size(), size_t{3});  // the key of the segment, too
    const auto receipt = workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Two"));
    VERIFY_OK(receipt);
    QCOMPARE(FormatId(receipt->event), FormatId(EventId{stream, 4}));
    VERIFY_OK(workspace->Seal());
    QCOMPARE(fixture.Read(segment), sealed);
    QVERIFY(workspace->Verify()->empty());
  }

  void whenTheFileOfASealedSegmentCannotBeWritten_thenItIsWrittenLaterAsItWas() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Seal());
    VERIFY_OK(workspace->MarkCommitted(std::string(40, 'a')));
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    const StreamId stream = workspace->Log({})->front().id.stream;
    const std::string folder = ".uaf/log/" + stream.name;
    const std::string segment = folder + "/2.seg";
    // Something lies in the way of the file.
    fs::rename(fixture.File(folder), fixture.File("away"));
    fixture.Write(folder, "in the way");
    QVERIFY(!workspace->Seal().ok());
    // Nothing is given twice, and nothing is called committed that git cannot have.
    const auto next = workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Two"));
    VERIFY_OK(next);
    fs::remove(fixture.File(folder));
    fs::rename(fixture.File("away"), fixture.File(folder));
    const auto findings = workspace->Verify();
    QCOMPARE(findings->size(), size_t{1});
    QCOMPARE(findings->front().rule, std::string("segment/unwritten"));
    VERIFY_OK(workspace->MarkCommitted(std::string(40, 'b')));
    QVERIFY(workspace->ResolveCut(std::string(40, 'b'))->HeadOf(stream) < next->event.seq - 1);
    workspace.reset();
    workspace = fixture.Open();
    const std::string written = fixture.Read(segment);
    QVERIFY(!written.empty());
    QVERIFY(workspace->Verify()->empty());
    // It is a function of the store.
    fs::remove(fixture.File(segment));
    const auto sealed = workspace->Seal();
    VERIFY_OK(sealed);
    QCOMPARE(fixture.Read(segment), written);
    QVERIFY(std::any_of(sealed->begin(), sealed->end(),
                        [&](const SealedFile& file) { return file.path == segment; }));
    QVERIFY(workspace->Verify()->empty());
  }

  void whenAPartOfTheLogIsMissing_thenItsFilesAreLeftAlone() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->Seal());
    people.AdaToBob();
    auto bob = people.bob.Open();
    VERIFY_OK(bob->SyncWorkingFiles());
    for (const char* name : {"One", "Two"}) {
      VERIFY_OK(ada->Submit(SetAttribute(id, *ada->Load(id), "t", "name", name)));
      VERIFY_OK(ada->SyncWorkingFiles());
      VERIFY_OK(ada->Seal());
    }
    people.ada.Write("new.md", "new\n");
    people.AdaToBob();
    const StreamId stream = ada->Log({})->front().id.stream;
    const fs::path second = people.b / ".uaf" / "log" / stream.name / "2.seg";
    fs::rename(second, people.b / "kept");
    VERIFY_OK(bob->ReceiveSegments());
    QVERIFY(bob->LogIncompleteBecause().find("2.seg") != std::string::npos);
    // The file is what the missing part brought, and no edit of Bob's.
    WorkingFileOptions all;
    all.new_files = NewFiles::kAll;
    const auto notes = bob->SyncWorkingFiles(all);
    QCOMPARE(notes->size(), size_t{1});
    QVERIFY(notes->front().what == WorkingFileNote::What::kFailed);
    QCOMPARE(bob->Log({})->size(), size_t{1});
    QCOMPARE(people.bob.Read("a.bpmn"), *ada->Render(id));
    fs::rename(people.b / "kept", second);
    QCOMPARE(*bob->ReceiveSegments(), uint64_t{2});
    QVERIFY(bob->LogIncompleteBecause().empty());
    QVERIFY(bob->SyncWorkingFiles()->empty());
    QCOMPARE(*bob->Render(id), *ada->Render(id));
  }

  void whenAnEventNamesAPathOutside_thenItIsRefused_data() {
    QTest::addColumn<QString>("path");
    for (const char* path : {"../x", "/etc/x", ".git/hooks/post-checkout", "sub/.git/config", ".uaf/lock",
                             "a//b", "a/../b", "", "a\nb"}) {
      QTest::newRow(path) << QString(path);
    }
  }
  void whenAnEventNamesAPathOutside_thenItIsRefused() {
    QFETCH(const QString, path);
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    HandWrittenStream eve(fixture.File(""), workspace->id());
    ChangeSet change_set;
    change_set.id = {eve.stream, 1};
    change_set.time = {1, 0};
    change_set.artifact = ArtifactId{std::string(64, 'a')};
    change_set.label = "Import";
    document::ImportOp import;
    import.kind = document::TreeKind::kOpaque;
    import.blob = Sha256("x");
    fixture.Write(".uaf/blobs/" + import.blob.Hex(), "x");
    change_set.body = ArtifactCreated{path.toStdString(), "opaque", import};
    const BodyType type = TypeOf(change_set.body);
    change_set.kind = type.kind;
    change_set.version = type.version;
    eve.Write({change_set});
    const absl::Status refused = workspace->ReceiveSegments().status();
    QVERIFY(absl::IsDataLoss(refused));
    QVERIFY(std::string(refused.message()).find("1.seg") != std::string::npos);
    QVERIFY(workspace->Artifacts()->empty());
  }

  void whenABlobIsMissing_thenVerifySaysWhatToDo() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Imported(fixture, *workspace);
    fs::remove(fixture.File(".uaf/blobs/" + Sha256(kModel).Hex()));
    const auto findings = workspace->Verify();
    QCOMPARE(findings->size(), size_t{1});
    QVERIFY(findings->front().message.find("is missing; restore it from git") != std::string::npos);
  }

  void whenTheStoresRowsAreChanged_thenVerifyNamesThem_data() {
    QTest::addColumn<QString>("statement");
    QTest::addColumn<QString>("rule");
    QTest::newRow("time") << "UPDATE event_runs SET micros = micros + 1"
                          << "chain/changed";
    QTest::newRow("artifact")
        << "INSERT INTO artifact_names(name) VALUES('x');"
           " UPDATE event_runs SET artifact = (SELECT id FROM artifact_names WHERE name = 'x')"
        << "chain/changed";
    QTest::newRow("run") << "DELETE FROM event_runs WHERE first = (SELECT MAX(first) FROM event_runs)"
                         << "chain/gap";
    QTest::newRow("author") << "UPDATE actors SET name = 'Eve'"
                            << "chain/changed";
    QTest::newRow("label") << "UPDATE labels SET label = 'Nothing'"
                           << "chain/changed";
    QTest::newRow("parents")
        << "INSERT INTO event_parents(event, position, stream, seq, hash) VALUES(5, 0, 1, 1, zeroblob(32))"
        << "chain/gap";
    QTest::newRow("event") << "DROP TRIGGER events_never_change; UPDATE events SET packed ="
                              " CAST(replace(CAST(packed AS TEXT), 'edit', 'idea') AS BLOB)"
                           << "chain/changed";
    QTest::newRow("link") << "DROP TRIGGER events_never_change; UPDATE events SET link = zeroblob(4)"
                          << "chain/changed";
    QTest::newRow("removed") << "DROP TRIGGER events_never_go; DELETE FROM events WHERE arrival = 5"
                             << "chain/gap";
    QTest::newRow("path") << "UPDATE artifacts SET path = 'b.bpmn'"
                          << "projection/behind";
    QTest::newRow("retired") << "UPDATE artifacts SET retired = 1"
                             << "projection/behind";
    QTest::newRow("snapshot")
        << "UPDATE snapshots SET bytes = (SELECT bytes FROM snapshots ORDER BY events LIMIT 1)"
        << "snapshot/changed";
  }
  void whenTheStoresRowsAreChanged_thenVerifyNamesThem() {
    QFETCH(const QString, statement);
    QFETCH(const QString, rule);
    WorkspaceFixture fixture;
    fixture.idle_wait = std::chrono::milliseconds(0);
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    for (int i = 0; i < 230; ++i) {
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", std::to_string(i))));
      if (i % 50 == 0) QTRY_VERIFY_WITH_TIMEOUT(!workspace->HasPendingWrites(), kWaitMs);
    }
    QTRY_VERIFY_WITH_TIMEOUT(!workspace->HasPendingWrites(), kWaitMs);
    QVERIFY(workspace->Verify()->empty());
    workspace.reset();
    {
      auto database = Database::Open(fixture.File(".uaf/store.db"), Database::Mode::kOwner);
      VERIFY_OK(database);
      VERIFY_OK((*database)->Execute("PRAGMA foreign_keys=OFF"));
      VERIFY_OK((*database)->Execute(statement.toStdString()));
    }
    const auto reader = Workspace::OpenReadOnly(fixture.Options());
    VERIFY_OK(reader);
    const auto findings = (*reader)->Verify();
    VERIFY_OK(findings);
    QVERIFY(!findings->empty());
    QVERIFY2(
        std::any_of(findings->begin(), findings->end(),
                    [&](const document::Finding& finding) { return finding.rule == rule.toStdString(); }),
        findings->front().message.c_str());
  }

  void whenAnEventIsToBeChangedOrRemoved_thenTheStoreRefuses() {
    WorkspaceFixture fixture;
    Imported(fixture, *fixture.Open());
    auto database = Database::Open(fixture.File(".uaf/store.db"), Database::Mode::kOwner);
    VERIFY_OK(database);
    for (const char* statement : {"UPDATE events SET link = zeroblob(4)", "DELETE FROM events"}) {
      const absl::Status refused = (*database)->Execute(statement);
      QVERIFY(std::string(refused.message()).find("events are never") != std::string::npos);
    }
  }

  void whenTheStoreIsDamaged_thenItIsSetAsideAndBuiltAnew() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Seal());
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "Unsealed")));
    VERIFY_OK(workspace->FlushWorkingFile(id));
    QVERIFY(absl::IsFailedPrecondition(Workspace::SetStoreAside(fixture.Options()).status()));
    const std::string expected = *workspace->Render(id);
    workspace.reset();
    std::string store = fixture.Read(".uaf/store.db");
    std::fill(store.begin(), store.begin() + 4096, 'x');
    fixture.Write(".uaf/store.db", store);
    const absl::Status damaged = Workspace::Open(fixture.Options()).status();
    QVERIFY(absl::IsDataLoss(damaged));
    QVERIFY(std::string(damaged.message()).find("doctor --rebuild") != std::string::npos);
    const auto aside = Workspace::SetStoreAside(fixture.Options());
    VERIFY_OK(aside);
    QVERIFY(fs::exists(*aside / "store.db"));
    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id), expected);  // from the file, as one edit
    QVERIFY(workspace->Verify()->empty());
  }

  void whenAFreshCloneIsRead_thenItsStoreIsMade() {
    TwoPeople people;
    auto ada = people.ada.Open();
    const ArtifactId id = Imported(people.ada, *ada);
    VERIFY_OK(ada->Seal());
    people.AdaToBob();
    const auto bob = Workspace::OpenReadOnly(people.bob.Options());
    VERIFY_OK(bob);
    QCOMPARE(*(*bob)->Render(id), *ada->Render(id));
  }
};

QTEST_APPLESS_MAIN(ExchangeTest)
#include "exchange_test.moc"
