#include <QtTest>
#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "uaf/merge/artifacts.h"

namespace ameide::uaf::merge {
namespace {

ArtifactId Id(const std::string& digits) { return {digits + std::string(64 - digits.size(), '0')}; }

/// The paths after a decision, of what was renamed.
std::vector<std::string> Renamed(const Conflict& conflict, size_t side) {
  const absl::StatusOr<std::vector<NamedArtifact>> renames =
      ResolutionPaths(conflict, {.side = side, .value = {}});
  if (!renames.ok()) return {renames.status().ToString()};
  std::vector<std::string> paths;
  for (const NamedArtifact& each : *renames) paths.push_back(each.path);
  return paths;
}

/// Artifacts on one path, and on the folders of others.
class PathsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenANameIsWrittenInTwoUnicodeForms_thenTheFolderGetsItsNameAllTheSame_data() {
    QTest::addColumn<std::string>("file");
    QTest::addColumn<std::string>("folder");
    const std::string joined = "\xc3\xbc\xc3\xbc\xc3\xbc";  // ü ü ü
    const std::string apart =
        "u\xcc\x88"
        "u\xcc\x88"
        "u\xcc\x88";  // u and the marks
    QTest::newRow("the file's is longer") << apart << joined;
    QTest::newRow("the folder's is longer") << joined << apart;
    QTest::newRow("below another folder") << "p/" + apart << "P/" + joined;
    QTest::newRow("other case") << std::string("Plan") << std::string("plan");
  }
  void whenANameIsWrittenInTwoUnicodeForms_thenTheFolderGetsItsNameAllTheSame() {
    QFETCH(const std::string, file);
    QFETCH(const std::string, folder);
    const std::vector<Conflict> conflicts =
        PathConflicts({{Id("aa"), file}, {Id("bb"), folder + "/b"}, {Id("cc"), folder + "/c/d.md"}});
    QCOMPARE(conflicts.size(), size_t{1});
    const Conflict& conflict = conflicts.front();
    QCOMPARE(*conflict.sides.front().value, file);
    QCOMPARE(Renamed(conflict, 0),
             (std::vector<std::string>{folder + "-aa000000/b", folder + "-aa000000/c/d.md"}));
    QCOMPARE(Renamed(conflict, 1), (std::vector<std::string>{file + "-aa000000"}));
  }

  void whenAFolderHasManyFiles_thenTheFileThatExcludesItIsTheFirstSide() {
    std::vector<NamedArtifact> artifacts = {{Id("ff"), "plan"}};
    for (int i = 10; i < 50; ++i)
      artifacts.push_back({Id(std::to_string(i)), absl::StrCat("plan/", i, ".md")});
    const std::vector<Conflict> conflicts = PathConflicts(artifacts);
    QCOMPARE(conflicts.size(), size_t{1});
    const Conflict& conflict = conflicts.front();
    QCOMPARE(conflict.sides.size(), size_t{41});
    QCOMPARE(*conflict.sides.front().value, std::string("plan"));
    QVERIFY(conflict.standing > 0);
    QVERIFY(
        std::is_sorted(conflict.sides.begin() + 1, conflict.sides.end(),
                       [](const ConflictSide& a, const ConflictSide& b) { return a.artifact < b.artifact; }));
    // It has one name and one order, whoever lists it.
    std::reverse(artifacts.begin(), artifacts.end());
    QVERIFY(PathConflicts(artifacts) == conflicts);
    QCOMPARE(Renamed(conflict, 0).size(), size_t{40});
    for (const size_t side : {1, 30})
      QCOMPARE(Renamed(conflict, side), std::vector<std::string>{"plan-ff000000"});
  }

  void whenSeveralLieOnOnePath_thenSidesAreByTheirIds() {
    const std::vector<Conflict> conflicts =
        PathConflicts({{Id("bb"), "X.md"}, {Id("aa"), "x.md"}, {Id("cc"), "x.md"}});
    QCOMPARE(conflicts.size(), size_t{1});
    QCOMPARE(conflicts.front().standing, size_t{0});
    QCOMPARE(conflicts.front().sides[1].artifact.name, Id("bb").name);
    QCOMPARE(Renamed(conflicts.front(), 2), (std::vector<std::string>{"x-aa000000.md", "X-bb000000.md"}));
  }
};

}  // namespace
}  // namespace ameide::uaf::merge

QTEST_GUILESS_MAIN(ameide::uaf::merge::PathsTest)
#include "paths_test.moc"
