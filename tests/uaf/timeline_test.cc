#include <QtTest>
#include <string>
#include <vector>

#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

using Names = std::vector<std::string>;

}  // namespace

/// Sessions, pages, and the history of an element.
class TimelineTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenPeopleWork_thenTheTimelineHoldsSessions() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    const auto edit = [&](const char* who, const char* value, std::chrono::minutes later) {
      fixture.clock.Advance(later);
      workspace->SetActor({who, std::string(who) + "@example.org", "test"});
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", value)));
    };
    edit("Ada", "1", std::chrono::minutes(29));
    edit("Grace", "2", std::chrono::minutes(5));
    edit("Ada", "3", std::chrono::minutes(20));  // within half an hour of Ada's last
    edit("Ada", "4", std::chrono::minutes(30));  // no longer
    const auto timeline = workspace->Timeline({});
    VERIFY_OK(timeline);
    QCOMPARE(timeline->size(), size_t{3});
    QCOMPARE(timeline->at(0).changes, size_t{1});
    QCOMPARE(timeline->at(1).author.name, std::string("Ada"));
    QCOMPARE(timeline->at(1).changes, size_t{3});
    QCOMPARE(timeline->at(1).end - timeline->at(1).begin, std::chrono::minutes(54));
    QCOMPARE(timeline->at(1).labels, (Names{"Set name of t", "Import a.bpmn"}));
    QCOMPARE(timeline->at(1).artifacts.front().path, std::string("a.bpmn"));
    QCOMPARE(timeline->at(2).author.name, std::string("Grace"));
    TimelineQuery graces;
    graces.author = "grace";
    QCOMPARE(workspace->Timeline(graces)->size(), size_t{1});
  }

  void whenTheTimelineIsReadInPages_thenTheyAreTheWhole() {
    const uint64_t seed = Seed();
    qInfo("seed %llu (AMEIDE_SEED runs it again)", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    WorkspaceFixture fixture(seed);
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    for (int i = 0; i < 120; ++i) {
      fixture.clock.Advance(std::chrono::minutes(random.Below(25)));
      const std::string who(1, static_cast<char>('A' + random.Below(4)));
      workspace->SetActor({who, {}, "test"});
      VERIFY_OK(workspace->Submit(SetAttribute(id, *workspace->Load(id), "t", "name", std::to_string(i))));
    }
    const auto whole = workspace->Timeline({});
    VERIFY_OK(whole);
    QVERIFY(whole->size() > 5);
    size_t changes = 0;
    for (const TimelineEntry& entry : *whole) changes += entry.changes;
    QCOMPARE(changes, size_t{121});
    TimelineQuery query;
    query.limit = 1 + random.Below(4);
    std::vector<TimelineEntry> paged;
    while (true) {
      const auto page = workspace->Timeline(query);
      VERIFY_OK(page);
      paged.insert(paged.end(), page->begin(), page->end());
      if (page->size() < query.limit) break;
      query.after = page->back().newest;
    }
    QCOMPARE(paged.size(), whole->size());
    for (size_t i = 0; i < paged.size(); ++i) {
      QCOMPARE(paged[i].newest, whole->at(i).newest);
      QCOMPARE(paged[i].oldest, whole->at(i).oldest);
      QCOMPARE(paged[i].changes, whole->at(i).changes);
    }
  }

  void whenAnElementsHistoryIsAsked_thenItIsWhatTouchedItOrSomethingBelow() {
    WorkspaceFixture fixture;
    auto workspace = fixture.Open();
    const ArtifactId id = Import(fixture, *workspace, "a.bpmn", kModel);
    const auto document = workspace->Load(id);
    const auto submit = [&](const Command& command) {
      const auto receipt = workspace->Submit(command);
      if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
    };
    submit(SetAttribute(id, *workspace->Load(id), "t", "name", "One"));
    submit(SetAttribute(id, *workspace->Load(id), "s", "name", "Two"));
    submit(SetAttribute(id, *workspace->Load(id), "d", "name", "Three"));
    submit(Insert(id, *workspace->Load(id), "t", "<documentation id=\"new\"/>"));
    submit(SetAttribute(id, *workspace->Load(id), "new", "text", "Four"));
    submit(Remove(id, *workspace->Load(id), "new"));
    const auto labels = [&](std::string_view element) {
      LogQuery query;
      query.artifact = id;
      query.node = document->id(ElementById(*document, element));
      Names names;
      const auto log = workspace->Log(query);
      if (!log.ok()) return Names{std::string(log.status().message())};
      for (const ChangeSetSummary& line : *log) names.push_back(line.label);
      return names;
    };
    QCOMPARE(labels("t"),
             (Names{"Remove new", "Set text of new", "Insert", "Set name of t", "Import a.bpmn"}));
    QCOMPARE(labels("s"), (Names{"Set name of s", "Import a.bpmn"}));
    QCOMPARE(labels("d").size(), size_t{7});
    TimelineQuery query;
    query.artifact = id;
    query.node = document->id(ElementById(*document, "s"));
    QCOMPARE(workspace->Timeline(query)->front().changes, size_t{2});
    query.artifact.reset();
    QVERIFY(absl::IsInvalidArgument(workspace->Timeline(query).status()));
    query.artifact = id;
    query.node = NodeId{EventId{{"nowhere"}, 1}, 1};
    QVERIFY(absl::IsNotFound(workspace->Timeline(query).status()));
  }

 private:
  static uint64_t Seed() {
    const char* given = std::getenv("AMEIDE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
  }
  static ArtifactId Import(WorkspaceFixture& fixture, Workspace& workspace, std::string_view path,
                           std::string_view bytes) {
    fixture.Write(path, bytes);
    const auto receipt = workspace.Import(std::string(path));
    if (!receipt.ok()) qFatal("%s", std::string(receipt.status().message()).c_str());
    return workspace.FindArtifact(path)->id;
  }
};

QTEST_APPLESS_MAIN(TimelineTest)
#include "timeline_test.moc"
