#include <QtTest>
#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "tests/simulation/computer.h"
#include "tests/simulation/crash_check.h"
#include "tests/uaf/fixture.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::simulation;

namespace {

constexpr char kFile[] = "model.bpmn";

WallTime Start() { return *ParseTime("2026-03-01T12:00:00Z"); }

size_t Count(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// Another program saves the file with `what` in front of `where`.
absl::Status SaveWith(Computer& computer, std::string_view where, std::string_view what) {
  std::string bytes = computer.Read(kFile).value_or("");
  const size_t at = bytes.find(where);
  if (at == std::string::npos)
    return absl::NotFoundError(absl::StrCat("no ", std::string(where), " in ", bytes));
  return computer.Save(kFile, bytes.insert(at, what));
}

}  // namespace

/// A file that somebody saved while newer changes waited to be written to it, and a crash at each moment of
/// taking it in.
class OutsideEditTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { SetLogLevel("off"); }

  void whenAComputerCrashesWhileASaveIsTakenIn_thenItIsRecordedOnceAndTheChangesStay() {
    const auto change = [](const ArtifactId& id, const document::Document& document) {
      return SetAttribute(id, document, "t", "name", "Changed here");
    };
    int behind = 0;
    EachCrash(
        change, "    <endEvent", "    <task id=\"first\"/>\n", [&](const DiskImage& image, uint64_t at) {
          Computer computer(image, at, Start() + std::chrono::hours(1), Pace::kOnRequest);
          // Before anybody opens the workspace again, the file is saved once more.
          behind +=
              Count(*computer.Read(kFile), "first") == 1 && Count(*computer.Read(kFile), "Changed") == 0;
          VERIFY_OK(SaveWith(computer, "    <endEvent", "    <task id=\"second\"/>\n"));
          const auto workspace = computer.Open();
          VERIFY_OK(workspace);
          VERIFY_OK((*workspace)->SyncWorkingFiles());
          const std::string now = computer.Read(kFile).value_or("");
          QCOMPARE(now, *(*workspace)->Render((*workspace)->FindArtifact(kFile)->id));
          for (const char* part : {"Changed here", "\"first\"", "\"second\""}) {
            QVERIFY2(Count(now, part) == 1,
                     absl::StrCat("crash after operation ", at, ": ", part, " in\n", now).c_str());
          }
          QVERIFY((*workspace)->Verify()->empty());
        });
    QVERIFY(behind > 3);
  }

  void whenAComputerCrashesWhileASaveOfSomethingRemovedIsTakenIn_thenTheSaveIsStillThere() {
    const auto change = [](const ArtifactId& id, const document::Document& document) {
      return Remove(id, document, "t");
    };
    int aside = 0;
    EachCrash(change, "Check stock", "outside1x ", [&](const DiskImage& image, uint64_t at) {
      Computer computer(image, at, Start() + std::chrono::hours(1), Pace::kOnRequest);
      const auto workspace = computer.Open();
      VERIFY_OK(workspace);
      VERIFY_OK((*workspace)->SyncWorkingFiles());
      QVERIFY2(CanBeFoundAgain("outside1x", **workspace, computer),
               absl::StrCat("crash after operation ", at).c_str());
      aside += computer.files().Exists(computer.root() / ".uaf" / "aside") ? 1 : 0;
    });
    QVERIFY(aside > 3);
  }

 private:
  /// Records `change`, saves the file outside with `what` before `where`, takes that in, and gives what a
  /// crash at each operation of it leaves.
  void EachCrash(const std::function<Command(const ArtifactId&, const document::Document&)>& change,
                 std::string_view where, std::string_view what,
                 const std::function<void(const DiskImage&, uint64_t)>& check) {
    Computer computer(EmptyDisk(), 1, Start(), Pace::kOnRequest);
    auto workspace = computer.Open();
    VERIFY_OK(workspace);
    VERIFY_OK((*workspace)->Create(kFile, kModel, "New"));
    VERIFY_OK((*workspace)->SyncWorkingFiles());
    const ArtifactId id = (*workspace)->FindArtifact(kFile)->id;
    computer.clock().Advance(std::chrono::minutes(1));
    VERIFY_OK((*workspace)->Submit(change(id, *(*workspace)->Load(id))));
    VERIFY_OK(SaveWith(computer, where, what));
    const uint64_t begin = computer.disk().operation_count();
    VERIFY_OK((*workspace)->SyncWorkingFiles());
    const std::vector<Operation> operations = computer.disk().operations();
    CrashModel model(EmptyDisk());
    for (uint64_t at = 0; at <= operations.size(); ++at) {
      if (at >= begin) {
        for (const Survival survival : {Survival::kNothing, Survival::kEverything, Survival::kRandom}) {
          SeededRandom random(at);
          check(model.Crash(survival, random), at);
          if (QTest::currentTestFailed()) return;
        }
      }
      if (at < operations.size()) model.Advance(operations[at]);
    }
  }
};

QTEST_GUILESS_MAIN(OutsideEditTest)
#include "outside_edit_test.moc"
