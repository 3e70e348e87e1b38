#include <sys/stat.h>

#include <QtTest>
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
using What = WorkingFileNote::What;

/// A file system in which another program saves a file in the last moment before ours is exchanged.
class RacingFileSystem final : public FileSystem {
 public:
  explicit RacingFileSystem(FileSystem* real) : real_(real) {}
  void SaveBeforeExchange(std::filesystem::path path, std::string bytes) {
    path_ = std::move(path);
    bytes_ = std::move(bytes);
  }
  /// Calls `after` when the next file has been exchanged.
  void AfterExchange(std::function<void()> after) { after_ = std::move(after); }

  mutable std::atomic<int> reads = 0;
  absl::StatusOr<std::string> Read(const std::filesystem::path& path, uint64_t limit) const override {
    ++reads;
    return real_->Read(path, limit);
  }
  absl::Status WriteAtomically(const std::filesystem::path& path, std::string_view bytes,
                               unsigned mode) override {
    return real_->WriteAtomically(path, bytes, mode);
  }
  absl::StatusOr<std::optional<std::string>> ExchangeAtomically(const std::filesystem::path& path,
                                                                std::string_view bytes) override {
    if (path == path_) {
      std::ofstream(path_, std::ios::binary) << bytes_;
      path_.clear();
    }
    auto displaced = real_->ExchangeAtomically(path, bytes);
    if (after_) std::exchange(after_, nullptr)();
    return displaced;
  }
  absl::Status Remove(const std::filesystem::path& path) override { return real_->Remove(path); }
  absl::Status Move(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return real_->Move(from, to);
  }
  absl::StatusOr<FileStamp> Stamp(const std::filesystem::path& path) const override {
    return real_->Stamp(path);
  }
  bool Exists(const std::filesystem::path& path) const override { return real_->Exists(path); }
  absl::Status CreateFolders(const std::filesystem::path& path) override {
    return real_->CreateFolders(path);
  }
  absl::StatusOr<std::vector<FolderEntry>> List(const std::filesystem::path& folder) const override {
    return real_->List(folder);
  }
  absl::StatusOr<std::unique_ptr<FileLock>> TryLock(const std::filesystem::path& path,
                                                    std::string_view note) override {
    return real_->TryLock(path, note);
  }

 private:
  FileSystem* real_;
  std::filesystem::path path_;
  std::string bytes_;
  std::function<void()> after_;
};

/// Files and store stay in step, whoever writes.
class WorkingFilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAFileIsSavedOutsideWhileOpen_thenTheEditBecomesAnEvent() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    const NodeId task = workspace->Load(id)->id(ElementById(*workspace->Load(id), "t"));
    const std::string edited = Replaced(kModel, "Check stock", "Check warehouse");
    fixture.Write("a.bpmn", edited);
    const auto notes = workspace->SyncWorkingFiles();
    VERIFY_OK(notes);
    QCOMPARE(notes->size(), size_t{1});
    QVERIFY(notes->front().what == What::kAbsorbed);
    QCOMPARE(*workspace->Render(id), edited);
    QCOMPARE(workspace->Log({})->front().label, std::string("Edited outside"));
    // By element: the task is still the same node.
    QVERIFY(workspace->Load(id)->Find(task).has_value());
    QCOMPARE(workspace->Load(id)->attribute(*workspace->Load(id)->Find(task), "name"),
             std::optional<std::string>("Check warehouse"));
    QVERIFY(workspace->SyncWorkingFiles()->empty());
    VERIFY_OK(workspace->Undo(id));
    VERIFY_OK(workspace->FlushWorkingFile(id));
    QCOMPARE(fixture.Read("a.bpmn"), std::string(kModel));
  }

  void whenAFileIsSavedOutsideWhileClosed_thenOpeningAbsorbsIt() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    workspace.reset();
    const std::string edited = Replaced(kModel, "    <endEvent id=\"e\"/>\n",
                                        "    <task id=\"n\" name=\"Pack\"/>\n    <endEvent id=\"e\"/>\n");
    fixture.Write("a.bpmn", edited);
    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id), edited);
    const auto notes = workspace->SyncWorkingFiles();
    QCOMPARE(notes->size(), size_t{1});
    QVERIFY(notes->front().what == What::kAbsorbed);
    QCOMPARE(fixture.Read("a.bpmn"), edited);
  }

  void whenBothSidesEdited_thenBothEditsAreKept() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "s", "name", "Order in")));
    fixture.Write("a.bpmn", Replaced(kModel, "Check stock", "Check warehouse"));
    VERIFY_OK(workspace->SyncWorkingFiles());
    const std::string both =
        Replaced(Replaced(kModel, "Check stock", "Check warehouse"), "Order received", "Order in");
    QCOMPARE(*workspace->Render(id), both);
    QCOMPARE(fixture.Read("a.bpmn"), both);
    QVERIFY(!workspace->HasPendingWrites());
  }

  void whenSomebodySavesInTheLastMoment_thenTheDisplacedBytesAreAbsorbed() {
    WorkspaceFixture fixture;
    RacingFileSystem files(&fixture.files);
    WorkspaceOptions options = fixture.Options();
    fixture.Open().reset();
    options.files = &files;
    auto opened = Workspace::Open(options);
    VERIFY_OK(opened);
    auto workspace = *std::move(opened);
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "s", "name", "Order in")));
    files.SaveBeforeExchange(fixture.File("a.bpmn"), Replaced(kModel, "Check stock", "Check warehouse"));
    VERIFY_OK(workspace->FlushWorkingFile(id));
    const std::string both =
        Replaced(Replaced(kModel, "Check stock", "Check warehouse"), "Order received", "Order in");
    QCOMPARE(*workspace->Render(id), both);
    QCOMPARE(fixture.Read("a.bpmn"), both);
  }

  void whenWhatWasSavedOutsideIsBroken_thenItIsKeptAsideAndTheStoreStands() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    fixture.Write("a.bpmn", "<definitions><oops");
    const auto notes = workspace->SyncWorkingFiles();
    VERIFY_OK(notes);
    QVERIFY(!notes->empty());
    QVERIFY(notes->front().what == What::kKeptAside);
    QVERIFY(!notes->front().message.empty());
    QCOMPARE(fixture.Read(notes->front().aside), std::string("<definitions><oops"));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    QCOMPARE(fixture.Read("a.bpmn"), std::string(kModel));
    QVERIFY(workspace->SyncWorkingFiles()->empty());
  }

  void whenAWriteWasCutShort_thenNothingIsLostAndNothingIsLeft() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    workspace.reset();
    fixture.Write(".a.bpmn.0123456789ab~", std::string_view(kModel).substr(0, 40));
    fixture.Write(".a.bpmn.0123456789ac~", "saved by somebody");
    fixture.Write(".uaf/.lock.0123456789ac~", "x");
    fixture.Write(".a.bpmn.backup~", "not ours");
    workspace = fixture.Open();
    const auto notes = workspace->SyncWorkingFiles();
    QCOMPARE(notes->size(), size_t{1});
    QVERIFY(notes->front().what == What::kKeptAside);
    QCOMPARE(fixture.Read(notes->front().aside), std::string("saved by somebody"));
    QVERIFY(!std::filesystem::exists(fixture.File(".a.bpmn.0123456789ab~")));
    QVERIFY(!std::filesystem::exists(fixture.File(".a.bpmn.0123456789ac~")));
    QVERIFY(!std::filesystem::exists(fixture.File(".uaf/.lock.0123456789ac~")));
    QVERIFY(std::filesystem::exists(fixture.File(".a.bpmn.backup~")));
    QCOMPARE(*workspace->Render(id), std::string(kModel));
  }

  void whenLeftoversAreNoFiles_thenTheyAreNotFollowedAndTheOthersAreCleanedUp() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Imported(fixture, *workspace);
    workspace.reset();
    const std::filesystem::path outside = fixture.folder.path() / "key.txt";
    std::ofstream(outside) << "a secret of somebody";
    std::filesystem::create_symlink(outside, fixture.File(".a.bpmn.0123456789a0~"));
    QCOMPARE(::mkfifo(fixture.File(".a.bpmn.0123456789a1~").c_str(), 0600), 0);
    fixture.Write(".a.bpmn.0123456789a2~", "");
    std::filesystem::resize_file(fixture.File(".a.bpmn.0123456789a2~"), kLargestArtifact + 1);
    fixture.Write(".a.bpmn.0123456789a3~", "saved by somebody");
    workspace = fixture.Open();
    const auto notes = workspace->SyncWorkingFiles();
    VERIFY_OK(notes);
    QCOMPARE(notes->size(), size_t{2});
    QVERIFY(notes->front().what == What::kFailed);
    QVERIFY(notes->front().message.find(".a.bpmn.0123456789a2~") != std::string::npos);
    QVERIFY(notes->back().what == What::kKeptAside);
    QCOMPARE(fixture.Read(notes->back().aside), std::string("saved by somebody"));
    QVERIFY(std::filesystem::is_symlink(fixture.File(".a.bpmn.0123456789a0~")));
    QVERIFY(std::filesystem::is_fifo(fixture.File(".a.bpmn.0123456789a1~")));
    QVERIFY(std::filesystem::exists(fixture.File(".a.bpmn.0123456789a2~")));
    for (const auto& entry : std::filesystem::directory_iterator(fixture.File(".uaf/aside")))
      QVERIFY(fixture.Read(".uaf/aside/" + entry.path().filename().string()).find("secret") ==
              std::string::npos);
  }

  void whenAFileIsSavedWhileOursIsBeingMadeDurable_thenItIsAnEdit() {
    WorkspaceFixture fixture;
    RacingFileSystem files(&fixture.files);
    WorkspaceOptions options = fixture.Options();
    fixture.Open().reset();
    options.files = &files;
    const auto workspace = *Workspace::Open(options);
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "s", "name", "Order in")));
    const std::string saved = Replaced(kModel, "Check stock", "Check warehouse");
    files.AfterExchange([&] { fixture.Write("a.bpmn", saved); });
    VERIFY_OK(workspace->FlushWorkingFile(id));
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(*workspace->Render(id), saved);
    QCOMPARE(fixture.Read("a.bpmn"), saved);
    QCOMPARE(workspace->Log({})->front().label, std::string("Edited outside"));
  }

  void whenSomethingIsSavedOverAWriteThatWasCutShort_thenOnlyThatIsAnEdit() {
    WorkspaceFixture fixture;
    RacingFileSystem files(&fixture.files);
    WorkspaceOptions options = fixture.Options();
    fixture.Open().reset();
    options.files = &files;
    auto workspace = *Workspace::Open(options);
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(Insert(id, *workspace->Load(id), "p", "<task id=\"new\" name=\"New\"/>")));
    // What a crash leaves between the file and the note that it was written.
    const auto copy = [&](const std::filesystem::path& from, const std::filesystem::path& to) {
      std::filesystem::create_directories(to);
      for (const char* name : {"store.db", "store.db-wal"}) {
        std::filesystem::remove(to / name);
        if (std::filesystem::exists(from / name)) std::filesystem::copy_file(from / name, to / name);
      }
    };
    const std::filesystem::path kept = fixture.folder.path() / "kept";
    files.AfterExchange([&] { copy(fixture.File(".uaf"), kept); });
    VERIFY_OK(workspace->FlushWorkingFile(id));
    const std::string written = fixture.Read("a.bpmn");
    workspace.reset();
    copy(kept, fixture.File(".uaf"));
    std::filesystem::remove(fixture.File(".uaf/store.db-shm"));
    const std::string saved = Replaced(written, "Check stock", "Check warehouse");
    fixture.Write("a.bpmn", saved);
    workspace = fixture.Open();
    QCOMPARE(*workspace->Render(id), saved);
    QCOMPARE(fixture.Read("a.bpmn"), saved);
    const auto log = workspace->Log({});
    QCOMPARE(log->front().label, std::string("Edited outside"));
    QCOMPARE(std::get<Edit>(workspace->Show(log->front().id)->body).ops.size(), size_t{1});
  }

  void whenWhatIsSavedOutsideIsInsideWhatWasRemovedHere_thenTheFileIsKeptAside() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(Remove(id, *workspace->Load(id), "t")));
    const std::string saved = Replaced(kModel, "Check stock", "Check warehouse");
    fixture.Write("a.bpmn", saved);
    const auto notes = workspace->SyncWorkingFiles();
    QVERIFY(workspace->Render(id)->find("warehouse") == std::string::npos);
    QCOMPARE(notes->size(), size_t{2});
    QCOMPARE(fixture.Read(notes->front().aside), saved);
  }

  void whenAFileIsRenamedOutside_thenTheArtifactFollows() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    std::filesystem::create_directories(fixture.File("moved"));
    std::filesystem::rename(fixture.File("a.bpmn"), fixture.File("moved/b.bpmn"));
    const auto notes = workspace->SyncWorkingFiles();
    VERIFY_OK(notes);
    QCOMPARE(notes->size(), size_t{1});
    QVERIFY(notes->front().what == What::kRenamed);
    QCOMPARE(workspace->FindArtifact("moved/b.bpmn")->id, id);
    QVERIFY(!workspace->HasPendingWrites());
    QVERIFY(!std::filesystem::exists(fixture.File("a.bpmn")));
  }

  void whenAFileIsRenamedAndEditedOutside_thenTheArtifactFollowsWithTheEdit() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    fixture.Write("text.md", "# Vision\n\nOne\nTwo\nThree\nFour\nFive\n");
    VERIFY_OK(workspace->Import("text.md"));
    const ArtifactId text = workspace->FindArtifact("text.md")->id;
    std::filesystem::remove(fixture.File("a.bpmn"));
    std::filesystem::remove(fixture.File("text.md"));
    fixture.Write("moved/b.bpmn", Replaced(kModel, "Check stock", "Check warehouse"));
    fixture.Write("other.md", "# Vision\n\nOne\nTwo\nThree\nFour\nSix\n");
    fixture.Write("stranger.md", "Nothing\nof\nthe\nsort\n");
    WorkingFileOptions options;
    options.new_files = NewFiles::kAll;
    VERIFY_OK(workspace->SyncWorkingFiles(options));
    QCOMPARE(workspace->FindArtifact("moved/b.bpmn")->id, id);
    QCOMPARE(workspace->FindArtifact("other.md")->id, text);
    QCOMPARE(*workspace->Render(id), Replaced(kModel, "Check stock", "Check warehouse"));
    QCOMPARE(*workspace->Render(text), fixture.Read("other.md"));
    QCOMPARE(Paths(*workspace), (std::vector<std::string>{"moved/b.bpmn", "other.md", "stranger.md"}));
    QVERIFY(!workspace->HasPendingWrites());
    QVERIFY(workspace->SyncWorkingFiles(options)->empty());
  }

  void whenAFileIsReplacedByAnother_thenItIsNoRename() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("a.md", "One\nTwo\nThree\nFour\nFive\n");
    VERIFY_OK(workspace->Import("a.md"));
    const ArtifactId id = workspace->FindArtifact("a.md")->id;
    std::filesystem::remove(fixture.File("a.md"));
    fixture.Write("b.md", "One\nTwo\n3\n4\n5\n");  // 40 % of it
    WorkingFileOptions options;
    options.new_files = NewFiles::kAll;
    VERIFY_OK(workspace->SyncWorkingFiles(options));
    QVERIFY(workspace->FindArtifact("b.md")->id != id);
    QCOMPARE(Paths(*workspace), std::vector<std::string>{"b.md"});
  }

  void whenManyFilesAreReplacedAndMoved_thenEachIsReadAFewTimesOnly() {
    WorkspaceFixture fixture;
    fixture.Open().reset();
    RacingFileSystem files(&fixture.files);
    WorkspaceOptions open = fixture.Options();
    open.files = &files;
    auto workspace = *Workspace::Open(open);
    constexpr int kMany = 300;
    const auto name = [](const char* folder, int i) { return absl::StrCat(folder, i, ".md"); };
    for (int i = 0; i < kMany; ++i) {
      fixture.Write(name("old/", i), absl::StrCat("old ", i, "\n"));
      fixture.Write(name("here/", i), absl::StrCat("stays ", i, "\n"));
    }
    WorkingFileOptions options;
    options.new_files = NewFiles::kAll;
    VERIFY_OK(workspace->SyncWorkingFiles(options));
    std::filesystem::remove_all(fixture.File("old"));
    std::filesystem::rename(fixture.File("here"), fixture.File("there"));
    for (int i = 0; i < kMany; ++i) fixture.Write(name("new/", i), absl::StrCat("new ", i, "\n"));
    files.reads = 0;
    const auto notes = workspace->SyncWorkingFiles(options);
    VERIFY_OK(notes);
    const auto count = [&](What what) {
      return std::count_if(notes->begin(), notes->end(), [&](const auto& note) { return note.what == what; });
    };
    QCOMPARE(count(What::kRenamed), kMany);
    QCOMPARE(count(What::kRetired), kMany);
    QCOMPARE(count(What::kCreated), kMany);
    QVERIFY2(files.reads <= 10 * kMany, absl::StrCat(files.reads.load(), " reads").c_str());
    QVERIFY(workspace->SyncWorkingFiles(options)->empty());
  }

  void whenLinksLeadToFilesOfTheWorkspace_thenEachFileIsOneArtifact() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Imported(fixture, *workspace);
    fixture.Write("real.md", "one\n");
    std::filesystem::create_symlink("a.bpmn", fixture.File("link.bpmn"));
    std::filesystem::create_symlink("real.md", fixture.File("name.md"));
    WorkingFileOptions options;
    options.new_files = NewFiles::kAll;
    QVERIFY(absl::IsFailedPrecondition(workspace->Import("link.bpmn").status()));
    VERIFY_OK(workspace->Import("name.md"));
    QVERIFY(absl::IsFailedPrecondition(workspace->Import("real.md").status()));
    VERIFY_OK(workspace->SyncWorkingFiles(options));
    QCOMPARE(Paths(*workspace), (std::vector<std::string>{"a.bpmn", "name.md"}));
  }

  void whenAFileIsRemovedOutside_thenTheArtifactIsRetired() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    std::filesystem::remove(fixture.File("a.bpmn"));
    const auto notes = workspace->SyncWorkingFiles();
    VERIFY_OK(notes);
    QVERIFY(notes->front().what == What::kRetired);
    QVERIFY(workspace->Artifacts()->empty());
    QCOMPARE(*workspace->Render(id), std::string(kModel));
    QVERIFY(!std::filesystem::exists(fixture.File("a.bpmn")));
  }

  void whenNewFilesAppear_thenTheyAreTakenInOnRequest() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("a.bpmn", kModel);
    fixture.Write("docs/vision.md", "# Vision\n\nAll orders in a day.\n");
    fixture.Write("picture.png", std::string("\x89PNG\0\1\2", 7));
    fixture.Write(".hidden/x.bpmn", kModel);
    fixture.Write("node_modules/x.bpmn", kModel);
    fixture.Write("broken.bpmn", "<a");
    QVERIFY(workspace->SyncWorkingFiles()->empty());
    WorkingFileOptions options;
    options.new_files = NewFiles::kKnownNotation;
    options.ignored = [](std::string_view path) { return path == "node_modules/"; };
    const auto notes = workspace->SyncWorkingFiles(options);
    VERIFY_OK(notes);
    QCOMPARE(Paths(*workspace), (std::vector<std::string>{"a.bpmn", "docs/vision.md"}));
    QCOMPARE(
        std::count_if(notes->begin(), notes->end(), [](auto& note) { return note.what == What::kFailed; }),
        1);
    options.new_files = NewFiles::kAll;
    VERIFY_OK(workspace->SyncWorkingFiles(options));
    QCOMPARE(Paths(*workspace), (std::vector<std::string>{"a.bpmn", "docs/vision.md", "picture.png"}));
    QCOMPARE(*workspace->Render(workspace->FindArtifact("picture.png")->id), std::string("\x89PNG\0\1\2", 7));
  }

  void whenAWholeFileArtifactIsSavedOutside_thenEachVersionIsKept() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("p.png", "one");
    VERIFY_OK(workspace->Import("p.png"));
    const ArtifactId id = workspace->FindArtifact("p.png")->id;
    fixture.Write("p.png", "two");
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(*workspace->Render(id), std::string("two"));
    VERIFY_OK(workspace->Undo(id));
    QCOMPARE(*workspace->Render(id), std::string("one"));
    VERIFY_OK(workspace->Redo(id));
    QCOMPARE(*workspace->Render(id), std::string("two"));
  }

  void whenTheFileIsALinkOrExecutable_thenItStaysOne() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("real.bpmn", kModel);
    ::chmod(fixture.File("real.bpmn").c_str(), 0640);
    std::filesystem::create_symlink("real.bpmn", fixture.File("link.bpmn"));
    VERIFY_OK(workspace->Import("link.bpmn"));
    const ArtifactId id = workspace->FindArtifact("link.bpmn")->id;
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    VERIFY_OK(workspace->FlushWorkingFile(id));
    QVERIFY(std::filesystem::is_symlink(fixture.File("link.bpmn")));
    QCOMPARE(fixture.Read("real.bpmn"), Replaced(kModel, "Check stock", "One"));
    struct stat status {};
    ::stat(fixture.File("real.bpmn").c_str(), &status);
    QCOMPARE(status.st_mode & 0777, 0640u);
  }

  void whenALinkLeadsOutOfTheWorkspace_thenItIsRefused() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    std::ofstream(fixture.folder.path() / "secret.bpmn") << kModel;
    std::filesystem::create_symlink(fixture.folder.path() / "secret.bpmn", fixture.File("link.bpmn"));
    QVERIFY(absl::IsPermissionDenied(workspace->Import("link.bpmn").status()));
    const ArtifactId id = Imported(fixture, *workspace);
    std::filesystem::remove(fixture.File("a.bpmn"));
    std::filesystem::create_symlink(fixture.folder.path() / "secret.bpmn", fixture.File("a.bpmn"));
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    const auto notes = workspace->FlushWorkingFile(id);
    QVERIFY(notes->front().what == What::kFailed);
    std::ifstream secret(fixture.folder.path() / "secret.bpmn");
    QCOMPARE(std::string(std::istreambuf_iterator<char>(secret), {}), std::string(kModel));
  }

  void whenAnArtifactIsIdle_thenItsFileIsWritten() {
    WorkspaceFixture fixture;
    fixture.idle_wait = std::chrono::milliseconds(20);
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    QTRY_VERIFY_WITH_TIMEOUT(!workspace->HasPendingWrites(), 10'000);
    QCOMPARE(fixture.Read("a.bpmn"), Replaced(kModel, "Check stock", "One"));
  }

  void whenAPipeOrFolderTakesAFilesPlace_thenItIsToldAndNothingHangs() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Imported(fixture, *workspace);
    VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One")));
    std::filesystem::remove(fixture.File("a.bpmn"));
    QCOMPARE(::mkfifo(fixture.File("a.bpmn").c_str(), 0600), 0);
    QVERIFY(workspace->FlushWorkingFile(id)->front().what == What::kFailed);
    QVERIFY(std::filesystem::is_fifo(fixture.File("a.bpmn")));
    std::filesystem::remove(fixture.File("a.bpmn"));
    std::filesystem::create_directories(fixture.File("a.bpmn"));
    fixture.Write("a.bpmn/inside.txt", "kept");
    QVERIFY(workspace->FlushWorkingFile(id)->front().what == What::kFailed);
    QVERIFY(!fixture.files.ExchangeAtomically(fixture.File("a.bpmn"), "new").ok());
    QCOMPARE(fixture.Read("a.bpmn/inside.txt"), std::string("kept"));
    std::filesystem::remove_all(fixture.File("a.bpmn"));
    VERIFY_OK(workspace->FlushWorkingFile(id));
    QCOMPARE(fixture.Read("a.bpmn"), Replaced(kModel, "Check stock", "One"));
  }

  void whenNamesCannotBeArtifacts_thenTheyAreToldAndTheOthersTakenIn() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("bad\xff.md", "1\n");
    fixture.Write("new\nline.md", "2\n");
    fixture.Write("Ünïcode name.md", "3\n");
    fixture.Write("repo/.git/config", "4\n");
    fixture.Write("repo/other.md", "5\n");
    fixture.Write("submodule/.git", "gitdir: elsewhere\n");
    fixture.Write("submodule/other.md", "6\n");
    WorkingFileOptions all;
    all.new_files = NewFiles::kAll;
    const auto notes = workspace->SyncWorkingFiles(all);
    VERIFY_OK(notes);
    QCOMPARE(notes->size(), size_t{3});
    QCOMPARE(std::count_if(notes->begin(), notes->end(),
                           [](const auto& note) { return note.what == What::kFailed; }),
             2);
    QCOMPARE(notes->front().path, std::string("bad\\xff.md"));
    QCOMPARE(Paths(*workspace), std::vector<std::string>{"Ünïcode name.md"});
  }

  void whenOnlyTheCaseOfANameChanges_thenTheArtifactFollows() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    Imported(fixture, *workspace);
    std::filesystem::rename(fixture.File("a.bpmn"), fixture.File("A.bpmn"));
    VERIFY_OK(workspace->SyncWorkingFiles());
    QCOMPARE(Paths(*workspace), std::vector<std::string>{"A.bpmn"});
  }

  void whenAMergeLeftItsMarkersInText_thenTheFileIsKeptAside() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    fixture.Write("goal.md", "one\ntwo\n");
    VERIFY_OK(workspace->Import("goal.md"));
    const ArtifactId id = workspace->FindArtifact("goal.md")->id;
    const std::string conflict = "one\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n";
    fixture.Write("goal.md", conflict);
    const auto notes = workspace->SyncWorkingFiles();
    QVERIFY(notes->front().what == What::kKeptAside);
    QCOMPARE(fixture.Read(notes->front().aside), conflict);
    QCOMPARE(*workspace->Render(id), std::string("one\ntwo\n"));
    QCOMPARE(fixture.Read("goal.md"), std::string("one\ntwo\n"));
  }

  void whenTheWorkspacesOwnFilesAreLinks_thenItIsNotOpened_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"lock", "store.db", "log", "blobs", "keys", "aside", "policy.yaml"})
      QTest::newRow(name) << QString(name);
  }
  void whenTheWorkspacesOwnFilesAreLinks_thenItIsNotOpened() {
    QFETCH(const QString, name);
    WorkspaceFixture fixture;
    fixture.Open();
    const std::filesystem::path outside = fixture.folder.path() / "outside";
    std::ofstream(outside) << "precious";
    const std::filesystem::path own = fixture.File(".uaf") / name.toStdString();
    std::filesystem::remove_all(own);
    std::filesystem::create_symlink(outside, own);
    QVERIFY(absl::IsFailedPrecondition(Workspace::Open(fixture.Options()).status()));
    const absl::Status refused = Workspace::OpenReadOnly(fixture.Options()).status();
    QVERIFY(std::string(refused.message()).find(own.string() + " is a symbolic link") != std::string::npos);
    std::ifstream file(outside);
    QCOMPARE(std::string(std::istreambuf_iterator<char>(file), {}), std::string("precious"));
  }

 private:
  static ArtifactId Imported(WorkspaceFixture& fixture, Workspace& workspace) {
    fixture.Write("a.bpmn", kModel);
    if (!workspace.Import("a.bpmn").ok()) std::abort();
    return workspace.FindArtifact("a.bpmn")->id;
  }
  static std::vector<std::string> Paths(const Workspace& workspace) {
    std::vector<std::string> paths;
    const auto artifacts = workspace.Artifacts();
    for (const Artifact& artifact : *artifacts) paths.push_back(artifact.path);
    return paths;
  }
  static std::string Replaced(std::string text, std::string_view from, std::string_view to) {
    const size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }
};

QTEST_GUILESS_MAIN(WorkingFilesTest)
#include "working_files_test.moc"
