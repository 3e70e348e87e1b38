// Decisions of conflicts that are taken back, and made again.
#include "uaf/merge/decisions.h"

#include <QtTest>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/uaf/merge/fixture.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;

namespace {

/// Ann and Bob name the task differently; Ann has seen both. Cid may work elsewhere all the while.
struct Named {
  explicit Named(bool beside) : graph(kProcess) {
    if (beside) graph.Saves("cid", Replaced(kProcess, "Ordered", "Got it"));
    graph.Saves("ann", Replaced(kProcess, "Check stock", "Look"));
    graph.Saves("bob", Replaced(kProcess, "Check stock", "Search"));
    graph.Pulls("ann", "bob");
    open = graph.StateOf("ann").conflicts;
  }
  /// Ann takes `events` back, or does them again: back to, or on to, `file`.
  EventId TakesBack(UndoRole role, std::vector<EventId> events, const std::string& file) {
    const EventId id = graph.Saves("ann", file);
    // The graph owns its events; the last one is the edit that was just made.
    Edit& edit = std::get<Edit>(graph.events().back()->body);
    edit.role = role;
    edit.reverts = std::move(events);
    return id;
  }

  Graph graph;
  std::vector<Conflict> open;
};

}  // namespace

class MergeDecisionsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenADecisionIsTakenBack_thenTheConflictIsOpenWhoeverWritesBeside_data() {
    QTest::addColumn<bool>("beside");
    QTest::addColumn<bool>("explicitly");
    QTest::newRow("a decision") << false << true;
    QTest::newRow("a decision, while somebody works elsewhere") << true << true;
    QTest::newRow("an edit") << false << false;
    QTest::newRow("an edit, while somebody works elsewhere") << true << false;
  }
  void whenADecisionIsTakenBack_thenTheConflictIsOpenWhoeverWritesBeside() {
    QFETCH(const bool, beside);
    QFETCH(const bool, explicitly);
    Named named(beside);
    Graph& graph = named.graph;
    QCOMPARE(named.open.size(), size_t{1});
    const std::string before = graph.FileOf("ann");
    const EventId decision = explicitly ? graph.Resolves("ann", named.open[0], {std::nullopt, "Find"})
                                        : graph.Saves("ann", Replaced(before, "Search", "Find"));
    const std::string decided = graph.FileOf("ann");
    QVERIFY(graph.All().conflicts.empty());
    const EventId undo = named.TakesBack(UndoRole::kUndo, {decision}, before);
    QCOMPARE(graph.All().conflicts.size(), size_t{1});
    QVERIFY(graph.All().conflicts[0].key == named.open[0].key);
    QVERIFY(graph.StateOf("ann").conflicts == named.open);
    const EventId redo = named.TakesBack(UndoRole::kRedo, {undo}, decided);
    QVERIFY(graph.All().conflicts.empty());
    const EventId again = named.TakesBack(UndoRole::kUndo, {redo}, before);
    QCOMPARE(graph.All().conflicts.size(), size_t{1});
    // Once everybody has seen all of it nothing is different.
    graph.Pulls("bob", "ann");
    graph.Pulls("cid", "ann");
    graph.Pulls("ann", "cid");
    graph.Saves("cid", Replaced(graph.FileOf("cid"), "Done", "Over"));
    graph.Pulls("ann", "cid");
    QCOMPARE(graph.StateOf("ann").conflicts.size(), size_t{1});
    named.TakesBack(UndoRole::kRedo, {again}, Replaced(graph.FileOf("ann"), "Search", "Find"));
    QVERIFY(graph.StateOf("ann").conflicts.empty());
  }

  void whenADecisionIsTakenBackAfterNewsOfOthers_thenTheConflictIsOpen_data() {
    QTest::addColumn<bool>("explicitly");
    QTest::newRow("a decision") << true;
    QTest::newRow("an edit") << false;
  }
  void whenADecisionIsTakenBackAfterNewsOfOthers_thenTheConflictIsOpen() {
    QFETCH(const bool, explicitly);
    Named named(true);
    Graph& graph = named.graph;
    const std::string before = graph.FileOf("ann");
    const EventId decision = explicitly ? graph.Resolves("ann", named.open[0], {std::nullopt, "Find"})
                                        : graph.Saves("ann", Replaced(before, "Search", "Find"));
    // Cid's work is news to the one who decided, and Ann has seen all of it when she thinks again.
    graph.Pulls("ann", "cid");
    QVERIFY(graph.All().conflicts.empty());
    const std::string decided = graph.FileOf("ann");
    const EventId undo = named.TakesBack(UndoRole::kUndo, {decision}, Replaced(decided, "Find", "Search"));
    QCOMPARE(graph.All().conflicts.size(), size_t{1});
    QVERIFY(graph.All().conflicts[0].key == named.open[0].key);
    named.TakesBack(UndoRole::kRedo, {undo}, decided);
    QVERIFY(graph.All().conflicts.empty());
  }

  void whenWhatIsTakenBackHadNotSeenAll_thenAllThatWasBeforeConflicts() {
    Named named(false);
    Graph& graph = named.graph;
    const std::string before = graph.FileOf("ann");
    // Cid has seen nobody.
    graph.Saves("cid", Replaced(kProcess, "Check stock", "Count"));
    const EventId edit = graph.Saves("ann", Replaced(before, "Search", "Find"));
    QCOMPARE(graph.All().conflicts.size(), size_t{1});
    QCOMPARE(graph.All().conflicts[0].sides.size(), size_t{2});
    named.TakesBack(UndoRole::kUndo, {edit}, before);
    // Of one name there is one conflict, as before the edit.
    const Merged all = graph.All();
    QCOMPARE(all.conflicts.size(), size_t{1});
    QCOMPARE(all.conflicts[0].sides.size(), size_t{3});
    std::set<std::string> values;
    for (const ConflictSide& side : all.conflicts[0].sides) values.insert(side.value.value_or(""));
    QVERIFY(values == std::set<std::string>({"Look", "Search", "Count"}));
    QCOMPARE(all.document->Render(), graph.FileOf("ann"));
  }

  void whenNothingIsTakenBack_thenAllDecisionsCount() {
    Named named(false);
    const EventId decision = named.graph.Resolves("ann", named.open[0], {std::nullopt, "Find"});
    std::vector<const ChangeSet*> events;
    for (const auto& each : named.graph.events()) events.push_back(each.get());
    SortForFold(events);
    Causality causality;
    for (const ChangeSet* each : events) causality.Add(each->id, each->parents);
    QVERIFY(Decided(events, causality) == std::set<Hash256>{named.open[0].key});
    QVERIFY(TakenBackAmong(events, causality).empty());
    const EventId undo = named.TakesBack(UndoRole::kUndo, {decision}, "<m/>");
    events.push_back(named.graph.events().back().get());
    causality.Add(undo, events.back()->parents);
    QVERIFY(Decided(events, causality).empty());
    const std::vector<TakenBack> taken_back = TakenBackAmong(events, causality);
    QCOMPARE(taken_back.size(), size_t{1});
    QVERIFY(taken_back[0].by == undo);
    QVERIFY(taken_back[0].events == std::vector<EventId>{decision});
    // What was decided elsewhere is not among these.
    QVERIFY(TakenBackAmong(std::vector<const ChangeSet*>{events.back()}, causality).empty());
  }

  void whenAnEventIsTakenBackByWhoNeverSawIt_thenItStands() {
    Named named(false);
    Graph& graph = named.graph;
    const EventId decision = graph.Resolves("ann", named.open[0], {std::nullopt, "Find"});
    graph.Saves("mal", Replaced(kProcess, "Ordered", "Got it"));
    Edit& edit = std::get<Edit>(graph.events().back()->body);
    edit.role = UndoRole::kUndo;
    edit.reverts = {decision, decision};
    QVERIFY(graph.All().conflicts.empty());
    QVERIFY(graph.StateOf("ann").conflicts.empty());
  }

  void whenTwoDecideAndOneThinksAgain_thenTheOthersDecisionStands() {
    Named named(false);
    Graph& graph = named.graph;
    graph.Pulls("bob", "ann");
    const std::string before = graph.FileOf("ann");
    const EventId first = graph.Saves("ann", Replaced(before, "Search", "Find"));
    graph.Saves("bob", Replaced(before, "Search", "Seek"));
    named.TakesBack(UndoRole::kUndo, {first}, before);
    for (const Conflict& conflict : graph.All().conflicts) QVERIFY(conflict.key != named.open[0].key);
  }

  void whenMuchIsTakenBackLater_thenWhatIsOpenStaysOpen() {
    Named named(true);
    Graph& graph = named.graph;
    const std::string before = graph.FileOf("ann");
    const EventId decision = graph.Saves("ann", Replaced(before, "Search", "Find"));
    named.TakesBack(UndoRole::kUndo, {decision}, before);
    for (int i = 0; i < 20; ++i) {
      const EventId other = graph.Saves("ann", Replaced(before, "Done", "Done so"));
      named.TakesBack(UndoRole::kUndo, {other}, before);
    }
    QCOMPARE(graph.All().conflicts.size(), size_t{1});
    QVERIFY(graph.All().conflicts[0].key == named.open[0].key);
  }
};

QTEST_GUILESS_MAIN(MergeDecisionsTest)
#include "decisions_test.moc"
