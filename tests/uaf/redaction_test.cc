#include <QtTest>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/uaf/event_samples.h"
#include "tests/uaf/fixture.h"
#include "uaf/log/history_file.h"
#include "uaf/log/redact.h"
#include "uaf/log/segment.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

constexpr char kSecret[] = "Tell nobody of this";

/// What git would carry from one folder into another.
void Carry(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path relative = entry.path().lexically_relative(from);
    const std::string name = relative.generic_string();
    if (name.starts_with(".uaf/store.db") || name == ".uaf/lock" || name.starts_with(".uaf/socket")) continue;
    if (entry.is_directory()) {
      fs::create_directories(to / relative);
    } else if (entry.is_regular_file()) {
      fs::create_directories((to / relative).parent_path());
      fs::copy_file(entry.path(), to / relative, fs::copy_options::overwrite_existing);
    }
  }
}

bool HoldsText(const fs::path& folder, std::string_view text) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.find(text) != std::string::npos) return true;
  }
  return false;
}

/// The files of the log, unpacked.
bool LogHolds(const fs::path& folder, std::string_view text) {
  for (const auto& entry : fs::recursive_directory_iterator(folder / ".uaf" / "log")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto segments = DecodePack(bytes);
    if (!segments.ok()) return true;
    for (const SignedSegment& segment : *segments) {
      for (const std::string& event : segment.segment.events) {
        if (event.find(text) != std::string::npos) return true;
      }
    }
  }
  return false;
}

/// Files on a disk that is full where log files are written.
class FullDisk final : public FileSystem {
 public:
  explicit FullDisk(FileSystem* real) : real_(real) {}
  bool full = false;
  absl::StatusOr<std::string> Read(const fs::path& path, uint64_t limit) const override {
    return real_->Read(path, limit);
  }
  absl::Status WriteAtomically(const fs::path& path, std::string_view bytes, unsigned mode) override {
    if (full && path.extension() == ".seg") return absl::ResourceExhaustedError("the disk is full");
    return real_->WriteAtomically(path, bytes, mode);
  }
  absl::StatusOr<std::optional<std::string>> ExchangeAtomically(const fs::path& path,
                                                                std::string_view bytes) override {
    return real_->ExchangeAtomically(path, bytes);
  }
  absl::Status Remove(const fs::path& path) override { return real_->Remove(path); }
  absl::Status Move(const fs::path& from, const fs::path& to) override { return real_->Move(from, to); }
  absl::StatusOr<FileStamp> Stamp(const fs::path& path) const override { return real_->Stamp(path); }
  bool Exists(const fs::path& path) const override { return real_->Exists(path); }
  absl::Status CreateFolders(const fs::path& path) override { return real_->CreateFolders(path); }
  absl::StatusOr<std::vector<FolderEntry>> List(const fs::path& folder) const override {
    return real_->List(folder);
  }
  absl::StatusOr<std::unique_ptr<FileLock>> TryLock(const fs::path& path, std::string_view note) override {
    return real_->TryLock(path, note);
  }

 private:
  FileSystem* real_;
};

struct Redacting {
  WorkspaceFixture ada{1};
  std::unique_ptr<Workspace> workspace = ada.Open();
  ArtifactId id;
  EventId secret;

  Redacting() {
    ada.Write("a.bpmn", kModel);
    if (!workspace->Import("a.bpmn").ok()) std::abort();
    id = workspace->FindArtifact("a.bpmn")->id;
    secret = Set(kSecret);
  }
  EventId Set(std::string_view name) const {
    const auto receipt = workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", name));
    if (!receipt.ok()) std::abort();
    return receipt->event;
  }
};

}  // namespace

/// Values that leave the log, and a log that stays whole.
class RedactionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenValuesAreTakenOut_thenOperationsNodesAndPlacesStay() {
    const ChangeSet edit = EventsOfTheFirstRelease()[1];
    const auto left = WithoutValues(edit);
    VERIFY_OK(left);
    const auto before = OpsOf(edit.body);
    const auto after = OpsOf(left->body);
    QCOMPARE(after.size(), before.size());
    for (size_t i = 0; i < after.size(); ++i) QCOMPARE(after[i].index(), before[i].index());
    QCOMPARE(std::get<document::InsertNodeOp>(after[1]).raw, std::string("\n  <a b=''/>"));
    QCOMPARE(std::get<document::SetTextOp>(after[8]).raw, std::string("****"));
    QCOMPARE(std::get<document::MoveNodeOp>(after[4]), std::get<document::MoveNodeOp>(before[4]));
    QVERIFY(absl::IsInvalidArgument(WithoutValues(*left).status()));
    QVERIFY(absl::IsInvalidArgument(WithoutValues(EventsOfTheFirstRelease()[3]).status()));
  }

  void whenATextIsTakenOut_thenItSaysSoAndHasAsManyCharacters() {
    ChangeSet event = EventsOfTheFirstRelease()[1];
    const auto left = [&](std::string text) {
      event.body = Edit{.ops = {document::SetTextOp{NodeId{}, std::move(text)}}};
      return std::get<document::SetTextOp>(OpsOf(WithoutValues(event)->body)[0]).raw;
    };
    QCOMPARE(left("Nobody knows\n  \xc3\xa4\xf0\x9f\x99\x82\r\nlonger than that"),
             std::string("*redacted***\n****\r\n*redacted*******"));
  }

  void whenMarkupIsTakenOut_thenItHasTheSameNodes() {
    ChangeSet event = EventsOfTheFirstRelease()[1];
    Edit edit;
    document::InsertNodeOp op;
    op.raw =
        "\n<x:a xmlns:x=\"urn:x\" n=\"secret\"><!--secret--> secret <![CDATA[secret]]><?t "
        "secret?><b>s</b></x:a>";
    edit.ops = {op};
    event.body = edit;
    const ChangeSet left = *WithoutValues(event);
    const std::string raw = std::get<document::InsertNodeOp>(OpsOf(left.body)[0]).raw;
    QVERIFY(raw.find("secret") == std::string::npos);
    const auto count = [](const std::string& text) {
      document::ImportOp import;
      import.kind = document::TreeKind::kXml;
      return document::Document::Import(import, text, EventId{})->node_count();
    };
    QCOMPARE(count(raw), count(op.raw));
  }

  void whenAnEventIsRedacted_thenChainSignaturesAndOtherMachinesStand() {
    Redacting ada;
    ada.Set("Public");
    VERIFY_OK(ada.workspace->Seal());
    VERIFY_OK(ada.workspace->SyncWorkingFiles());
    WorkspaceFixture bob{2};
    Carry(ada.ada.File(""), bob.File(""));
    auto second = bob.Open();
    const std::string now = *ada.workspace->Render(ada.id);
    QVERIFY(ada.workspace->Render(ada.id, *ada.workspace->CutAt(ada.secret))->find(kSecret) !=
            std::string::npos);

    VERIFY_OK(ada.workspace->Redact(ada.secret, "a name that must not stay"));
    QCOMPARE(*ada.workspace->Render(ada.id), now);
    const std::string then = *ada.workspace->Render(ada.id, *ada.workspace->CutAt(ada.secret));
    QVERIFY(then.find(kSecret) == std::string::npos);
    QVERIFY(then.find("name=\"\"") != std::string::npos);
    const auto findings = ada.workspace->Verify();
    QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().message.c_str());
    VERIFY_OK(ada.workspace->Seal());
    QVERIFY(!LogHolds(ada.ada.File(""), kSecret));
    QVERIFY(ada.workspace->Search("nobody")->empty());
    // Once more changes nothing.
    VERIFY_OK(ada.workspace->Redact(ada.secret, "again"));

    // Bob, who had it, and somebody who never did.
    VERIFY_OK(ada.workspace->Seal());
    Carry(ada.ada.File(""), bob.File(""));
    VERIFY_OK(second->ReceiveSegments());
    QCOMPARE(*second->Render(ada.id, *second->CutAt(ada.secret)), then);
    QVERIFY(second->Verify()->empty());
    WorkspaceFixture third{3};
    Carry(ada.ada.File(""), third.File(""));
    auto nobody = third.Open();
    QCOMPARE(*nobody->Render(ada.id, *nobody->CutAt(ada.secret)), then);
    QCOMPARE(*nobody->Render(ada.id), now);
    QVERIFY(nobody->Verify()->empty());
    QCOMPARE(*nobody->CurrentCut(), *ada.workspace->CurrentCut());
    // Everybody can go on, and the chain with them.
    VERIFY_OK(second->Submit(SetAttribute(ada.id, *second->Load(ada.id), "t", "name", "Bob's")));
    VERIFY_OK(second->Seal());
    Carry(bob.File(""), third.File(""));
    VERIFY_OK(nobody->ReceiveSegments());
    QCOMPARE(*nobody->Render(ada.id), *second->Render(ada.id));
    // The store's own file forgets, too.
    ada.workspace.reset();
    QVERIFY(!HoldsText(ada.ada.File(".uaf"), kSecret));
  }

  void whenAnImportIsRedacted_thenTheArtifactIsOpaqueUntilTheNextOne() {
    Redacting ada;
    const EventId import = ada.workspace->Log({})->back().id;
    VERIFY_OK(ada.workspace->Seal());
    const fs::path blob = ada.ada.File(".uaf/blobs/" + Sha256(kModel).Hex());
    QVERIFY(fs::exists(blob));
    VERIFY_OK(ada.workspace->Redact(import, "the whole file"));
    QVERIFY(!fs::exists(blob));
    QCOMPARE(*ada.workspace->Render(ada.id, *ada.workspace->CutAt(import)), std::string());
    QVERIFY(ada.workspace->Verify()->empty());
  }

  void whenARedactionIsCutShort_thenItIsFinishedBeforeAnythingIsCommitted() {
    for (const bool restarted : {false, true}) {
      WorkspaceFixture fixture{1};
      fixture.Open().reset();
      FullDisk disk(&fixture.files);
      WorkspaceOptions options = fixture.Options();
      options.files = &disk;
      auto workspace = *Workspace::Open(options);
      fixture.Write("a.md", kSecret);
      const auto imported = workspace->Import("a.md");
      VERIFY_OK(imported);
      const fs::path blob = fixture.File(".uaf/blobs/" + Sha256(kSecret).Hex());
      RecordRequest request;
      request.body = RevisionTagged{"v1", kSecret, {}};
      const auto tagged = workspace->Record(request);
      VERIFY_OK(tagged);
      VERIFY_OK(workspace->Seal());
      QVERIFY(LogHolds(fixture.File(""), kSecret));
      for (const EventId& secret : {imported->event, tagged->event}) {
        disk.full = true;
        const absl::Status cut_short = workspace->Redact(secret, "must not stay").status();
        QVERIFY2(absl::IsResourceExhausted(cut_short), cut_short.ToString().c_str());
        QVERIFY(absl::IsResourceExhausted(workspace->Seal().status()));
        disk.full = false;
        if (restarted) {
          workspace.reset();
          workspace = *Workspace::Open(options);
          QVERIFY2(workspace->Verify()->empty(), "after opening");
        }
        VERIFY_OK(workspace->Seal());
      }
      QVERIFY(!LogHolds(fixture.File(""), kSecret));
      QVERIFY(!fs::exists(blob));
      QVERIFY(workspace->Verify()->empty());
    }
  }

  void whenAnyKindOfEventHoldsText_thenItCanBeTakenOut() {
    std::vector<ChangeSet> samples = EventsOfTheFirstRelease();
    for (ChangeSet& sample : EventsOfTheSecondRelease()) samples.push_back(std::move(sample));
    for (ChangeSet& sample : EventsOfTheThirdRelease()) samples.push_back(std::move(sample));
    // What people did not write, or what must stay what it is.
    const auto stays = [](const EventBody& body) {
      return std::holds_alternative<UnknownBody>(body) || std::holds_alternative<KeyAdded>(body) ||
             std::holds_alternative<ArtifactRenamed>(body) || std::holds_alternative<ArtifactRetired>(body) ||
             std::holds_alternative<BranchMerged>(body) || std::holds_alternative<CommentResolved>(body) ||
             std::holds_alternative<Approved>(body) || std::holds_alternative<Promoted>(body) ||
             std::holds_alternative<Published>(body) || std::holds_alternative<LinkRemoved>(body) ||
             std::holds_alternative<KeyCertified>(body) || std::holds_alternative<KeyRevoked>(body) ||
             std::holds_alternative<QuarantineLifted>(body) || std::holds_alternative<PolicyChanged>(body);
    };
    const auto add = [&](EventBody body) {
      ChangeSet sample = samples.front();
      sample.kind = static_cast<uint32_t>(body.index());
      sample.version = 1;
      sample.body = std::move(body);
      samples.push_back(std::move(sample));
    };
    add(RevisionTagged{"v1", "a note", {}});
    add(PromotionRequested{"released", "a note"});
    std::set<size_t> kinds = {EventBody(UnknownBody()).index()};
    std::set<size_t> taken_out;
    for (const ChangeSet& sample : samples) {
      kinds.insert(sample.body.index());
      const auto left = WithoutValues(sample);
      if (stays(sample.body)) QVERIFY2(absl::IsInvalidArgument(left.status()), sample.label.c_str());
      if (!left.ok()) continue;  // this one holds none
      taken_out.insert(sample.body.index());
      QVERIFY(absl::IsInvalidArgument(WithoutValues(*left).status()));
      // It can still be written down and read.
      const auto read = DecodeChangeSet(EncodeChangeSet(*left));
      VERIFY_OK(read);
      QCOMPARE(read->body.index(), sample.body.index());
    }
    QCOMPARE(kinds.size(), std::variant_size_v<EventBody>);
    for (const ChangeSet& sample : samples)
      QVERIFY2(stays(sample.body) || taken_out.contains(sample.body.index()), sample.label.c_str());
  }

  void whenAnEventHoldsNoValues_thenItIsNotRedacted() {
    Redacting ada;
    VERIFY_OK(ada.workspace->Rename(ada.id, "b.bpmn"));
    const EventId rename = ada.workspace->Log({})->front().id;
    QVERIFY(absl::IsInvalidArgument(ada.workspace->Redact(rename, "why").status()));
    QVERIFY(absl::IsNotFound(ada.workspace->Redact({rename.stream, 99}, "why").status()));
    QVERIFY(ada.workspace->Verify()->empty());
  }

  void whenTheWholeHistoryIsOneFile_thenAnotherFolderBecomesTheSameWorkspace() {
    Redacting ada;
    ada.Set("Last");
    VERIFY_OK(ada.workspace->Create("note.md", "one\ntwo\n", "New text"));
    const fs::path file = ada.ada.folder.path() / "all.ameide";
    VERIFY_OK(ada.workspace->ExportHistory(file));
    WorkspaceFixture other{2};
    VERIFY_OK(Workspace::ImportHistory(other.Options(), file));
    auto workspace = other.Open();
    QCOMPARE(workspace->id(), ada.workspace->id());
    QCOMPARE(*workspace->CurrentCut(), *ada.workspace->CurrentCut());
    const auto artifacts = ada.workspace->Artifacts();
    for (const Artifact& artifact : *artifacts) {
      QCOMPARE(*workspace->Render(artifact.id), *ada.workspace->Render(artifact.id));
      QCOMPARE(workspace->FindArtifact(artifact.path)->id, artifact.id);
    }
    QCOMPARE(workspace->Log({})->size(), ada.workspace->Log({})->size());
    QVERIFY(workspace->Verify()->empty());
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(other.Read("note.md"), std::string("one\ntwo\n"));
    QVERIFY(absl::IsAlreadyExists(Workspace::ImportHistory(other.Options(), file)));
  }

  void whenAHistoryIsDamagedOrHostile_thenNothingIsWritten() {
    Redacting ada;
    const fs::path file = ada.ada.folder.path() / "all.ameide";
    VERIFY_OK(ada.workspace->ExportHistory(file));
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    WorkspaceFixture other{2};
    const auto refused = [&](const std::string& changed) {
      std::ofstream(file, std::ios::binary) << changed;
      const absl::Status status = Workspace::ImportHistory(other.Options(), file);
      return absl::IsDataLoss(status) && !fs::exists(other.File(".uaf"));
    };
    for (size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 300) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      QVERIFY(refused(changed));
      QVERIFY(refused(bytes.substr(0, at)));
    }
    // Somebody who knows how to make one, too.
    const History good = *DecodeHistory(bytes);
    for (const char* path : {"../x", "/etc/x", ".git/hooks/post-checkout", ".uaf/lock", ".uaf/log/../x.seg",
                             ".uaf/log/s/.seg", ".uaf/blobs/../../x", ".uaf/store.db"}) {
      History bad = good;
      bad.entries.push_back({path, "x"});
      std::sort(bad.entries.begin(), bad.entries.end());
      QVERIFY2(refused(*EncodeHistory(bad)), path);
    }
    for (size_t i = 0; i < good.entries.size(); ++i) {
      const std::string& path = good.entries[i].path;
      if (!path.starts_with(".uaf/log") && !path.starts_with(".uaf/blobs") && path != ".uaf/workspace.yaml")
        continue;
      History bad = good;
      bad.entries[i].bytes += "x";
      if (path != ".uaf/workspace.yaml") QVERIFY2(refused(*EncodeHistory(bad)), path.c_str());
      bad.entries.erase(bad.entries.begin() + static_cast<long>(i));
      if (path == ".uaf/workspace.yaml") QVERIFY2(refused(*EncodeHistory(bad)), path.c_str());
    }
  }
};

QTEST_APPLESS_MAIN(RedactionTest)
#include "redaction_test.moc"
