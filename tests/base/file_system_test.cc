#include "base/platform/file_system.h"

#include <QtTest>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

using namespace ameide;

template <>
inline char* QTest::toString(const std::string& text) {
  return qstrdup(text.c_str());
}

namespace {

/// The real calls, of which some fail as those of other file systems and broken disks do.
class OddCalls final : public SystemCalls {
 public:
  bool no_renameat2 = false;
  bool no_links = false;
  bool reads_fail = false;
  std::function<void()> before_plain_rename;

  int Open(const char* path, int flags, mode_t mode) override { return real_.Open(path, flags, mode); }
  int Close(int descriptor) override { return real_.Close(descriptor); }
  ssize_t Read(int descriptor, void* buffer, size_t size) override {
    return reads_fail ? Fail<ssize_t>(EIO) : real_.Read(descriptor, buffer, size);
  }
  ssize_t Write(int descriptor, const void* bytes, size_t size) override {
    return real_.Write(descriptor, bytes, size);
  }
  int Truncate(int descriptor, off_t size) override { return real_.Truncate(descriptor, size); }
  int Sync(int descriptor) override { return real_.Sync(descriptor); }
  int Lock(int descriptor, int operation) override { return real_.Lock(descriptor, operation); }
  int SetBlocking(int descriptor) override { return real_.SetBlocking(descriptor); }
  int ChangeOwner(int descriptor, uid_t owner, gid_t group) override {
    return real_.ChangeOwner(descriptor, owner, group);
  }
  int ChangeMode(int descriptor, mode_t mode) override { return real_.ChangeMode(descriptor, mode); }
  int StatusOfOpen(int descriptor, struct stat* status) override {
    return real_.StatusOfOpen(descriptor, status);
  }
  int StatusOf(const char* path, struct stat* status) override { return real_.StatusOf(path, status); }
  int StatusOfLink(const char* path, struct stat* status) override {
    return real_.StatusOfLink(path, status);
  }
  int Rename(const char* from, const char* to, unsigned flags) override {
    if (no_renameat2 && flags != 0) return Fail<int>(EINVAL);
    if (flags == 0 && before_plain_rename) std::exchange(before_plain_rename, nullptr)();
    return real_.Rename(from, to, flags);
  }
  int Link(const char* from, const char* to) override {
    return no_links ? Fail<int>(EPERM) : real_.Link(from, to);
  }
  int Unlink(const char* path) override { return real_.Unlink(path); }
  int MakeFolder(const char* path, mode_t mode) override { return real_.MakeFolder(path, mode); }
  int List(const char* folder, std::vector<std::string>& names) override { return real_.List(folder, names); }

 private:
  template <typename T>
  static T Fail(int error) {
    errno = error;
    return -1;
  }
  SystemCalls& real_ = RealSystemCalls();
};

/// A folder with one file.
struct Place {
  QTemporaryDir folder;
  std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "file.txt";
  OddCalls calls;
  PosixFileSystem files{calls};

  std::string Now() const {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  void Save(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
  auto Names() const {
    return std::distance(std::filesystem::directory_iterator(path.parent_path()),
                         std::filesystem::directory_iterator());
  }
};

void AddKinds() {
  QTest::addColumn<bool>("no_renameat2");
  QTest::addColumn<bool>("no_links");
  QTest::newRow("with renameat2") << false << false;
  QTest::newRow("with links only") << true << false;
  QTest::newRow("with neither") << true << true;
}
void Choose(Place& place) {
  QFETCH(bool, no_renameat2);
  QFETCH(bool, no_links);
  place.calls.no_renameat2 = no_renameat2;
  place.calls.no_links = no_links;
}

}  // namespace

/// What takes the place of a file never costs what was in it, on any file system.
class FileSystemTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAFileIsExchanged_thenTheDisplacedBytesComeBack_data() { AddKinds(); }
  void whenAFileIsExchanged_thenTheDisplacedBytesComeBack() {
    Place place;
    Choose(place);
    const auto created = place.files.ExchangeAtomically(place.path, "one");
    QVERIFY(created.ok());
    QVERIFY(!*created);
    std::filesystem::permissions(place.path, std::filesystem::perms(0640));
    const auto exchanged = place.files.ExchangeAtomically(place.path, "two");
    QVERIFY(exchanged.ok());
    QCOMPARE(**exchanged, std::string("one"));
    QCOMPARE(place.Now(), std::string("two"));
    QCOMPARE(std::filesystem::status(place.path).permissions(), std::filesystem::perms(0640));
    QVERIFY(!place.files.Read(place.path, 2).ok());
    QCOMPARE(place.Names(), 1);
  }

  void whenAFileCannotBeRead_thenItIsNotReplaced_data() { AddKinds(); }
  void whenAFileCannotBeRead_thenItIsNotReplaced() {
    Place place;
    Choose(place);
    place.Save("precious");
    place.calls.reads_fail = true;
    QVERIFY(!place.files.ExchangeAtomically(place.path, "new").ok());
    place.calls.reads_fail = false;
    QCOMPARE(place.Now(), std::string("precious"));
    QCOMPARE(place.Names(), 1);
    std::filesystem::resize_file(place.path, kLargestArtifact + 1);
    const auto refused = place.files.ExchangeAtomically(place.path, "new");
    QVERIFY(absl::IsResourceExhausted(refused.status()));
    QCOMPARE(std::filesystem::file_size(place.path), kLargestArtifact + 1);
    QCOMPARE(place.Names(), 1);
  }

  void whenAFileIsSavedIntoInTheLastMoment_thenThatIsWhatWasDisplaced() {
    Place place;
    place.calls.no_renameat2 = true;
    place.Save("old");
    place.calls.before_plain_rename = [&] { place.Save("saved"); };
    const auto exchanged = place.files.ExchangeAtomically(place.path, "new");
    QVERIFY(exchanged.ok());
    QCOMPARE(**exchanged, std::string("saved"));
    QCOMPARE(place.Now(), std::string("new"));
    QCOMPARE(place.Names(), 1);
  }
};

QTEST_GUILESS_MAIN(FileSystemTest)
#include "file_system_test.moc"
