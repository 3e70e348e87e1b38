#include <QtTest>
#include <algorithm>
#include <string>
#include <tuple>

#include "tests/uaf/merge/fixture.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;
using document::MoveNodeOp;
using document::NodeIndex;
using document::Op;

namespace {

NodeId IdOf(const document::Document& document, std::string_view id) {
  for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
    if (document.attribute(node, "id") == id) return document.id(node);
  }
  qFatal("no element %s", std::string(id).c_str());
}

/// Deletes the task, the flows at it and what is drawn of them: what an editor does in one step.
std::vector<Op> TaskDeletion(const document::Document& document) {
  std::vector<Op> ops;
  for (const char* id : {"T", "F1", "F2", "T_di", "F2_di"})
    ops.emplace_back(MoveNodeOp{IdOf(document, id), {}});
  for (const char* id : {"S", "E"}) {
    const NodeIndex event = *document.Find(IdOf(document, id));
    ops.emplace_back(MoveNodeOp{document.id(document.first_child(event)), {}});
  }
  return ops;
}

/// A model with groups that can be moved into each other.
constexpr char kGroups[] =
    "<m><g id=\"A\"/><g id=\"B\"/><g id=\"C\"/><decisionTable id=\"R\"><rule id=\"1\"/></decisionTable></m>";

class Two {
 public:
  explicit Two(std::string_view file = kProcess) : graph(file) {}
  /// Both save what they made of the same file; then everything is merged.
  Merged Save(std::string_view ann, std::string_view bob) {
    graph.Saves("ann", ann);
    graph.Saves("bob", bob);
    return graph.All();
  }
  /// Ann deletes the task, Bob saves what he made of the file.
  Merged DeleteTask(std::string_view bob) {
    graph.Edits("ann", TaskDeletion(*graph.All().document));
    deleted = graph.FileOf("ann");
    graph.Saves("bob", bob);
    return graph.All();
  }
  void Exchange() {
    graph.Pulls("ann", "bob");
    graph.Pulls("bob", "ann");
  }
  Graph graph;
  std::string deleted;
};

/// Elements with these ids, in that order.
std::string Listed(const std::string& list, const std::string& child, std::string_view ids) {
  std::string text = "<m>\n  <" + list + " id=\"L\">\n";
  for (const char id : ids)
    text.append("    <").append(child).append(" id=\"").append(1, id).append("\"/>\n");
  return text + "  </" + list + ">\n</m>\n";
}
std::string Table(std::string_view rules) { return Listed("decisionTable", "rule", rules); }
std::string Tasks(std::string_view tasks) { return Listed("process", "task", tasks); }

/// A drawn line with a point a digit.
std::string Route(std::string_view points) {
  std::string text = "<m><BPMNDiagram><edge id=\"e\">";
  for (const char y : points) text.append("<p x=\"1\" y=\"").append(1, y).append("\"/>");
  return text + "</edge></BPMNDiagram></m>";
}

}  // namespace

#define ONE_CONFLICT(merged, wanted)              \
  QCOMPARE((merged).conflicts.size(), size_t{1}); \
  QCOMPARE(std::string(NameOf((merged).conflicts[0].kind)), std::string(NameOf(wanted)))

class MergeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenHistoryIsLinear_thenItIsFoldedAsItIs() {
    Graph graph(kProcess);
    graph.Saves("ann", Replaced(kProcess, "Check stock", "Look"));
    graph.Pulls("bob", "ann");
    const std::string last = Replaced(kProcess, "Check stock", "Search");
    graph.Saves("bob", last);
    const Merged merged = graph.All();
    QCOMPARE(merged.document->Render(), last);
    QVERIFY(merged.conflicts.empty() && merged.notes.empty());
  }

  void whenOneAttributeHasTwoValues_thenALaterWriteThatSawBothSettlesIt() {
    Two two;
    const Merged merged =
        two.Save(Replaced(kProcess, "Check stock", "Look"), Replaced(kProcess, "Check stock", "Search"));
    ONE_CONFLICT(merged, ConflictKind::kAttribute);
    QCOMPARE(*merged.conflicts[0].sides[0].value, std::string("Look"));
    QCOMPARE(merged.conflicts[0].standing, size_t{1});
    two.Exchange();
    two.graph.Saves("ann", Replaced(kProcess, "Check stock", "Find"));
    QVERIFY(two.graph.All().conflicts.empty());
    QCOMPARE(two.graph.All().document->Render(), Replaced(kProcess, "Check stock", "Find"));
  }

  void whenSomebodyWorksElsewhereAllTheWhile_thenATextIsStillWhatItsWriterSaw() {
    // Where the fold begins to look at concurrency must not decide where a text can be divided.
    for (const bool elsewhere : {false, true}) {
      Graph graph("<m><t>F</t><u/></m>");
      NodeId text;
      NodeId other;
      const Merged begin = graph.All();
      for (const document::NodeIndex node : begin.document->Descendants(document::kDocumentNode)) {
        if (begin.document->kind(node) == document::NodeKind::kText) text = begin.document->id(node);
        if (begin.document->name(node) == "u") other = begin.document->id(node);
      }
      if (elsewhere) graph.Edits("cid", {document::SetNameOp{other, "v"}});
      graph.Edits("ann", {document::SpliceTextOp{text, 0, 0, "\n"}});
      graph.Pulls("bob", "ann");
      graph.Edits("ann", {document::SpliceTextOp{text, 2, 0, "new"}});
      graph.Edits("bob", {document::SetTextOp{text, " x \nF"}});
      graph.Pulls("ann", "bob");
      QCOMPARE(graph.FileOf("ann"), std::string("<m><t> x \nFnew</t><u/></m>"));
      graph.Edits("ann", {document::SpliceTextOp{text, 4, 3, ""}});
      const Merged all = graph.All();
      QCOMPARE(all.passed_over, size_t{0});
      QCOMPARE(all.document->Render(),
               std::string(elsewhere ? "<m><t> x \nw</t><v/></m>" : "<m><t> x \nw</t><u/></m>"));
    }
  }

  void whenBothSetTheSameValue_thenItIsNoConflictButNoted() {
    Two two;
    const std::string same = Replaced(kProcess, "Check stock", "Look");
    const Merged merged = two.Save(same, same);
    QCOMPARE(merged.document->Render(), same);
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("same change"));
  }

  void whenAnElementGetsTwoTypes_thenItIsAConflict() {
    Two two;
    const auto as = [](const std::string& type) {
      return Replaced(Replaced(kProcess, "<task id", "<" + type + " id"), "</task>", "</" + type + ">");
    };
    const Merged merged = two.Save(as("userTask"), as("serviceTask"));
    ONE_CONFLICT(merged, ConflictKind::kType);
    QCOMPARE(*merged.conflicts[0].base, std::string("task"));
  }

  void whenAFlowGetsTwoEnds_thenItIsAReconnection() {
    Two two;
    const Merged merged = two.Save(Replaced(kProcess, "sourceRef=\"T\"", "sourceRef=\"S\""),
                                   Replaced(kProcess, "sourceRef=\"T\"", "sourceRef=\"C\""));
    ONE_CONFLICT(merged, ConflictKind::kReconnect);
  }

  void whenShapesMoveAgainstShapes_thenTheLastOneWinsAndItIsNoted() {
    Two two;
    const Merged merged =
        two.Save(Replaced(kProcess, "x=\"100\"", "x=\"150\""), Replaced(kProcess, "x=\"100\"", "x=\"200\""));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("layout"));
    QCOMPARE(merged.document->Render(), Replaced(kProcess, "x=\"100\"", "x=\"200\""));
  }

  void whenGroupsWithOneShapeInCommonAreShifted_thenThatShapeIsWhereTheLastOnePutIt() {
    Graph graph("<m><s id=\"1\" x=\"10\"/><s id=\"2\" x=\"20\"/><s id=\"3\" x=\"30\"/></m>");
    const Merged base = graph.All();
    const auto target = [&](const char* id) {
      return document::ShiftAttributesOp::Target{IdOf(*base.document, id), "x"};
    };
    graph.Edits("ann", {document::ShiftAttributesOp{{target("1"), target("2")}, 5000}});
    graph.Edits("bob", {document::ShiftAttributesOp{{target("2"), target("3")}, 7000}});
    QCOMPARE(graph.All().document->Render(),
             std::string("<m><s id=\"1\" x=\"15\"/><s id=\"2\" x=\"27\"/><s id=\"3\" x=\"37\"/></m>"));
  }

  void whenDifferentWordsOfProseChange_thenBothComeOut() {
    Two two;
    const Merged merged =
        two.Save(Replaced(kProcess, "quick", "slow"), Replaced(kProcess, "lazy dog", "lazy old cat"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(),
             Replaced(Replaced(kProcess, "quick", "slow"), "lazy dog", "lazy old cat"));
  }

  void whenOneWordChangesTwice_thenItIsAConflictWithBothTexts() {
    Two two;
    const Merged merged = two.Save(Replaced(Replaced(kProcess, "quick", "slow"), "lazy", "busy"),
                                   Replaced(kProcess, "quick", "fast"));
    ONE_CONFLICT(merged, ConflictKind::kText);
    QVERIFY(merged.conflicts[0].sides[0].value->find("slow") != std::string::npos);
    QVERIFY(merged.conflicts[0].sides[1].value->find("fast") != std::string::npos);
    QCOMPARE(merged.document->Render(), Replaced(Replaced(kProcess, "quick", "fast"), "lazy", "busy"));
  }

  void whenDifferentLinesOfAScriptChange_thenBothComeOutAndOneLineIsAConflict() {
    Two two;
    const Merged merged =
        two.Save(Replaced(kProcess, "a = 1", "a = 10"), Replaced(kProcess, "c = 3", "c = 30"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), Replaced(Replaced(kProcess, "a = 1", "a = 10"), "c = 3", "c = 30"));
    Two same_line;
    ONE_CONFLICT(same_line.Save(Replaced(kProcess, "let a", "var a"), Replaced(kProcess, "a = 1", "a = 10")),
                 ConflictKind::kText);
  }

  void whenTypingIsSpliced_thenOffsetsCountWhatTheWriterSaw() {
    Graph graph("<m><documentation>one two three</documentation></m>");
    const Merged base = graph.All();
    const NodeIndex text =
        base.document->first_child(base.document->first_child(base.document->root_element()));
    const NodeId node = base.document->id(text);
    graph.Edits("ann", {document::SpliceTextOp{node, 0, 3, "1"}});
    graph.Edits("ann", {document::SpliceTextOp{node, 1, 0, "st"}});
    graph.Edits("bob", {document::SpliceTextOp{node, 8, 5, "3"}});
    graph.Edits("bob", {document::SpliceTextOp{node, 9, 0, "rd"}});
    const Merged merged = graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), std::string("<m><documentation>1st two 3rd</documentation></m>"));
  }

  void whenATaskIsEditedThatTheOtherDeleted_thenChoosingTheEditBringsBackItsFlowsAndShapes() {
    Two two;
    const Merged merged = two.DeleteTask(Replaced(kProcess, "Check stock", "Look"));
    ONE_CONFLICT(merged, ConflictKind::kDeletedEdit);
    const Conflict& conflict = merged.conflicts[0];
    QCOMPARE(merged.document->Render(), two.deleted);
    QVERIFY(!conflict.sides[conflict.standing].value);
    two.Exchange();
    two.graph.Resolves("bob", conflict, {1 - conflict.standing, std::nullopt});
    const Merged settled = two.graph.All();
    QVERIFY(settled.conflicts.empty());
    QCOMPARE(settled.document->Render(), Replaced(kProcess, "Check stock", "Look"));
  }

  void whenADeletionIsChosen_thenItStandsAndIsSettled() {
    Two two;
    const Merged merged = two.DeleteTask(Replaced(kProcess, "Check stock", "Look"));
    two.Exchange();
    two.graph.Resolves("ann", merged.conflicts[0], {merged.conflicts[0].standing, std::nullopt});
    QVERIFY(two.graph.All().conflicts.empty());
    QCOMPARE(two.graph.All().document->Render(), two.deleted);
  }

  void whenOnlyTheShapeOfADeletedTaskIsEdited_thenThatIsLayout() {
    Two two;
    const Merged merged = two.DeleteTask(Replaced(kProcess, "x=\"100\"", "x=\"150\""));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), two.deleted);
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("layout"));
  }

  void whenAFlowIsDrawnToWhatTheOtherDeleted_thenItIsAConflictEitherWay() {
    const std::string flow = "    <sequenceFlow id=\"N\" sourceRef=\"C\" targetRef=\"T\" />\n";
    const std::string connected = Replaced(kProcess, "    <scriptTask", flow + "    <scriptTask");
    for (const bool keep : {true, false}) {
      Two two;
      const Merged merged = two.DeleteTask(connected);
      ONE_CONFLICT(merged, ConflictKind::kDeletedEnd);
      const Conflict& conflict = merged.conflicts[0];
      QCOMPARE(conflict.element, std::string("T"));
      two.Exchange();
      two.graph.Resolves("ann", conflict, {keep ? 1 - conflict.standing : conflict.standing, std::nullopt});
      QVERIFY(two.graph.All().conflicts.empty());
      QCOMPARE(two.graph.All().document->Render(), keep ? connected : two.deleted);
    }
  }

  void whenAFlowIsReconnectedToWhatTheOtherDeleted_thenItGoesBackOrTheElementComesBack() {
    const std::string alone = "<m><t id=\"A\"/><t id=\"B\"/><t id=\"C\"/><f id=\"F\" targetRef=\"A\"/></m>";
    const std::string deleted = Replaced(alone, "<t id=\"B\"/>", "");
    const std::string connected = Replaced(alone, "targetRef=\"A\"", "targetRef=\"B\"");
    for (const bool keep : {true, false}) {
      Two two(alone);
      const Merged merged = two.Save(deleted, connected);
      ONE_CONFLICT(merged, ConflictKind::kDeletedEnd);
      const Conflict& conflict = merged.conflicts[0];
      QCOMPARE(*conflict.base, std::string("A"));
      two.Exchange();
      two.graph.Resolves("bob", conflict, {keep ? 1 - conflict.standing : conflict.standing, std::nullopt});
      QVERIFY(two.graph.All().conflicts.empty());
      QCOMPARE(two.graph.All().document->Render(), keep ? connected : deleted);
    }
  }

  void whenANodeMovesToTwoParents_thenItIsAConflict() {
    Two two(kGroups);
    const auto id = [&](const char* name) { return IdOf(*two.graph.All().document, name); };
    two.graph.Edits("ann", {MoveNodeOp{id("C"), document::Place{id("A"), {}, {}}}});
    two.graph.Edits("bob", {MoveNodeOp{id("C"), document::Place{id("B"), {}, {}}}});
    const Merged merged = two.graph.All();
    ONE_CONFLICT(merged, ConflictKind::kPlace);
    two.Exchange();
    two.graph.Resolves("ann", merged.conflicts[0], {0, std::nullopt});
    QVERIFY(two.graph.All().conflicts.empty());
    QVERIFY(two.graph.All().document->Render().find("<g id=\"A\"><g id=\"C\"/></g>") != std::string::npos);
  }

  void whenNodesMoveBelowEachOther_thenOneStandsAndTheOtherCanBeChosen() {
    for (const size_t side : {0, 1}) {
      Two two(kGroups);
      const auto id = [&](const char* name) { return IdOf(*two.graph.All().document, name); };
      two.graph.Edits("ann", {MoveNodeOp{id("A"), document::Place{id("B"), {}, {}}}});
      two.graph.Edits("bob", {MoveNodeOp{id("B"), document::Place{id("A"), {}, {}}}});
      const Merged merged = two.graph.All();
      ONE_CONFLICT(merged, ConflictKind::kCycle);
      QVERIFY(merged.document->Render().find("<g id=\"B\"><g id=\"A\"/></g>") != std::string::npos);
      two.Exchange();
      two.graph.Resolves("ann", merged.conflicts[0], {side, std::nullopt});
      const Merged settled = two.graph.All();
      QVERIFY(settled.conflicts.empty());
      const char* wanted = side == 0 ? "<g id=\"B\"><g id=\"A\"/></g>" : "<g id=\"A\"><g id=\"B\"/></g>";
      QVERIFY(settled.document->Render().find(wanted) != std::string::npos);
    }
  }

  void whenRulesAreInsertedAtOnePlace_thenTheirOrderIsAConflictAndBothAreThere() {
    for (const size_t side : {0, 1}) {
      Two two(kGroups);
      const std::string end = "</decisionTable>";
      const Merged merged = two.Save(Replaced(kGroups, end, "<rule id=\"2\"/>" + end),
                                     Replaced(kGroups, end, "<rule id=\"3\"/>" + end));
      ONE_CONFLICT(merged, ConflictKind::kOrder);
      two.Exchange();
      two.graph.Resolves("bob", merged.conflicts[0], {side, std::nullopt});
      QVERIFY(two.graph.All().conflicts.empty());
      const std::string file = two.graph.All().document->Render();
      QVERIFY(file.find(side == 0 ? "\"2\"/><rule id=\"3\"" : "\"3\"/><rule id=\"2\"") != std::string::npos);
    }
  }

  void whenMovesOfRulesExcludeEachOther_thenTheirOrderIsAConflictAndEitherCanBeChosen() {
    const std::string base = Table("1234");
    for (const auto& [a, b] :
         {std::pair("2134", "1324"), {"1324", "2134"}, {"2134", "1342"}, {"2143", "1324"}}) {
      for (const size_t side : {0, 1}) {
        Two two(base);
        const Merged merged = two.Save(Table(a), Table(b));
        QVERIFY2(!merged.conflicts.empty(), a);
        const ConflictKind kind = merged.conflicts[0].kind;
        QVERIFY2(kind == ConflictKind::kOrder || kind == ConflictKind::kPlace, a);
        two.Exchange();
        for (const Conflict& conflict : merged.conflicts)
          two.graph.Resolves("bob", conflict, {side, std::nullopt});
        const Merged settled = two.graph.All();
        QVERIFY(settled.conflicts.empty());
        if (kind == ConflictKind::kOrder && merged.conflicts.size() == 1)
          QCOMPARE(settled.document->Render(), Table(side == 0 ? a : b));
      }
    }
  }

  void whenMovesOfRulesCanBothBeHad_thenBothAre() {
    const auto merge = [](const char* a, const char* b) {
      Two two(Table("12345"));
      const Merged merged = two.Save(Table(a), Table(b));
      if (!merged.conflicts.empty() || !merged.notes.empty()) return std::string("in dispute");
      return merged.document->Render();
    };
    QCOMPARE(merge("23451", "51234"), Table("52341"));
    QCOMPARE(merge("21345", "12354"), Table("21354"));
    QCOMPARE(merge("13452", "12354"), Table("13542"));
  }

  void whenAnUnknowingMoveNamesWhatMovedAway_thenItGoesWhereItsWriterSawThat() {
    for (const auto& [a, b, both] : {std::tuple("23451", "13245", "32451"), {"23451", "14235", "42351"}}) {
      Two two(Tasks("12345"));
      const Merged merged = two.Save(Tasks(a), Tasks(b));
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.document->Render(), Tasks(both));
    }
    // Also what comes in.
    Two two(Tasks("12345"));
    QCOMPARE(two.Save(Tasks("13452"), Tasks("126345")).document->Render(), Tasks("163452"));
  }

  void whenMovesOfSiblingsExcludeEachOther_thenThatIsNoted() {
    Two two(Tasks("1234"));
    const Merged merged = two.Save(Tasks("2134"), Tasks("1324"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("order"));
    Two other(Tasks("1234"));
    QCOMPARE(other.Save(Tasks("1324"), Tasks("2134")).document->Render(), merged.document->Render());
  }

  void whenPointsOfARouteAreMovedConcurrently_thenAllMovesStand() {
    Two two(Route("000"));
    two.graph.Saves("ann", Route("100"));
    two.graph.Saves("bob", Route("020"));
    QCOMPARE(two.graph.All().document->Render(), Route("120"));
    // Ann goes on without having seen Bob's.
    two.graph.Saves("ann", Route("1003"));
    Merged merged = two.graph.All();
    QCOMPARE(merged.document->Render(), Route("1203"));
    QVERIFY(merged.conflicts.empty());
    QVERIFY(merged.notes.empty());
    // Of one value the last in the order of folding stands, and that is noted.
    two.Exchange();
    two.graph.Saves("ann", Route("5203"));
    two.graph.Saves("bob", Route("6273"));
    merged = two.graph.All();
    QCOMPARE(merged.document->Render(), Route("6273"));
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("route"));
    QCOMPARE(merged.notes[0].node, IdOf(*merged.document, "e"));
    QCOMPARE(merged.notes[0].event.stream.name, std::string("ann"));
  }

  void whenPointsComeAndGoConcurrently_thenBothStandWhereAnUntouchedPointLiesBetween() {
    Two two(Route("12345"));
    two.graph.Saves("ann", Route("182345"));
    two.graph.Saves("bob", Route("1235"));
    Merged merged = two.graph.All();
    QCOMPARE(merged.document->Render(), Route("18235"));
    QVERIFY(merged.conflicts.empty());
    QVERIFY(merged.notes.empty());
    // Beside what came in, another point is moved.
    two.Exchange();
    two.graph.Saves("ann", Route("1878235"));
    two.graph.Saves("bob", Route("18236"));
    merged = two.graph.All();
    QCOMPARE(merged.document->Render(), Route("1878236"));
    QVERIFY(merged.notes.empty());
  }

  void whenARouteIsDrawnAnewByBoth_thenTheLastStandsAndIsWhatLaterEditsChange() {
    Two two(Route("12"));
    two.graph.Saves("ann", Route("1342"));
    two.graph.Saves("bob", Route("1562"));
    Merged merged = two.graph.All();
    QCOMPARE(merged.document->Render(), Route("1562"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("route"));
    QCOMPARE(merged.notes[0].event.stream.name, std::string("ann"));
    // Ann goes on without having seen that: what she moves of the points that stand stands too.
    two.graph.Saves("ann", Route("7342"));
    QCOMPARE(two.graph.All().document->Render(), Route("7562"));
    // What she moves of those that gave way is noted.
    two.graph.Saves("ann", Route("7382"));
    merged = two.graph.All();
    QCOMPARE(merged.document->Render(), Route("7562"));
    QVERIFY(std::any_of(merged.notes.begin(), merged.notes.end(), [&](const Note& note) {
      return note.what == "route" && note.event.stream.name == "ann" &&
             note.event.seq == two.graph.SeqOf("ann");
    }));
    two.Exchange();
    two.graph.Saves("bob", Route("09"));
    QCOMPARE(two.graph.All().document->Render(), Route("09"));
  }

  void whenAPointIsRemovedAndMovedConcurrently_thenItStaysAwayWhoeverWasFirst() {
    for (const bool ann_removes : {false, true}) {
      Two two(Route("123"));
      two.graph.Saves("ann", Route(ann_removes ? "13" : "183"));
      two.graph.Saves("bob", Route(ann_removes ? "183" : "13"));
      const Merged merged = two.graph.All();
      QCOMPARE(merged.document->Render(), Route("13"));
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.notes.size(), size_t{1});
      QCOMPARE(merged.notes[0].what, std::string("layout"));
    }
  }

  void whenSomebodyWhoSawBothMovesOne_thenTheOrderIsSettled() {
    Two two(Table("1234"));
    ONE_CONFLICT(two.Save(Table("2134"), Table("1324")), ConflictKind::kOrder);
    two.Exchange();
    QCOMPARE(two.graph.All().conflicts.size(), size_t{1});
    two.graph.Saves("ann", Table("4321"));
    QVERIFY(two.graph.All().conflicts.empty());
    QCOMPARE(two.graph.All().document->Render(), Table("4321"));
  }

  void whenBothInsertTheSame_thenLaterEditsOfEitherReachIt() {
    Two two;
    const std::string flow = "    <sequenceFlow id=\"N\" sourceRef=\"C\" targetRef=\"E\" />\n";
    const std::string with = Replaced(kProcess, "    <scriptTask", flow + "    <scriptTask");
    two.graph.Saves("ann", with);
    two.graph.Saves("bob", with);
    two.graph.Saves("ann", Replaced(with, "sourceRef=\"C\"", "sourceRef=\"S\""));
    two.graph.Saves("bob", Replaced(with, "targetRef=\"E\" />\n    <scr", "targetRef=\"T\" />\n    <scr"));
    const Merged merged = two.graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(),
             Replaced(with, "sourceRef=\"C\" targetRef=\"E\"", "sourceRef=\"S\" targetRef=\"T\""));
    const auto restored = document::Document::DecodeSnapshot(merged.document->EncodeSnapshot());
    QVERIFY(restored.ok());
    QCOMPARE(restored->Render(), merged.document->Render());
  }

  void whenAFileIsReplacedWholeBesideEdits_thenItIsAConflictAboutContent() {
    Two two;
    const std::string whole = "<other/>";
    const NodeId task = IdOf(*two.graph.All().document, "T");
    const Op import = two.graph.Imports(whole);
    two.graph.Edits("ann", {import});
    two.graph.Edits(
        "bob", {document::SetAttributeOp{task, "name", document::AttributeText{" ", "=", '"', "Look"}, {}}});
    const Merged merged = two.graph.All();
    ONE_CONFLICT(merged, ConflictKind::kContent);
    QCOMPARE(merged.document->Render(), whole);
    QCOMPARE(merged.passed_over, size_t{0});
    two.Exchange();
    two.graph.Resolves("bob", merged.conflicts[0], {merged.conflicts[0].standing, std::nullopt});
    QVERIFY(two.graph.All().conflicts.empty());
  }

  void whenTwoPutTheSameFileThere_thenItIsOneAndTheirEditsMeetInIt() {
    Two two;
    const std::string whole = Replaced(Replaced(kProcess, "Check stock", "Look"), "<process", "\n<process");
    const Op import = two.graph.Imports(whole);
    for (const char* who : {"ann", "bob"}) two.graph.Edits(who, {import});
    QVERIFY(two.graph.All().conflicts.empty());
    QCOMPARE(two.graph.All().document->Render(), whole);
    two.graph.Saves("ann", Replaced(whole, "Look", "Search"));
    two.graph.Saves("bob", Replaced(whole, "targetRef=\"T\"", "targetRef=\"E\""));
    const Merged merged = two.graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.passed_over, size_t{0});
    QCOMPARE(merged.document->Render(),
             Replaced(Replaced(whole, "Look", "Search"), "targetRef=\"T\"", "targetRef=\"E\""));
    two.Exchange();
    two.graph.Saves("ann", Replaced(two.graph.FileOf("ann"), "Search", "Find"));
    two.graph.Saves("bob", Replaced(two.graph.FileOf("bob"), "Search", "Seek"));
    ONE_CONFLICT(two.graph.All(), ConflictKind::kAttribute);
  }

  void whenTwoOfThreePutTheSameFileThere_thenTheConflictHasTwoSides() {
    Two two;
    const Op same = two.graph.Imports("<same/>");
    two.graph.Edits("ann", {same});
    two.graph.Edits("bob", {two.graph.Imports("<other/>")});
    two.graph.Edits("cy", {same});
    const Merged merged = two.graph.All();
    ONE_CONFLICT(merged, ConflictKind::kContent);
    QCOMPARE(merged.conflicts[0].sides.size(), size_t{2});
    QCOMPARE(merged.conflicts[0].sides[0].events.size(), size_t{2});
  }

  void whenReleasesDeriveACommitsEditDifferently_thenTheHigherImporterCounts() {
    Two two;
    const std::string lower(64, 'a');
    const std::string higher(64, 'b');
    const NodeId task = IdOf(*two.graph.All().document, "T");
    const auto derives = [&](const std::string& stream, uint32_t importer, const char* name) {
      ForeignEdit edit;
      edit.blob = Sha256("the same bytes");
      edit.commit = std::string(40, 'c');
      edit.importer_version = importer;
      edit.ops = {document::SetAttributeOp{task, "name", document::AttributeText{" ", "=", '"', name}, {}}};
      two.graph.Records(stream, edit);
    };
    derives(lower, 7, "read by the old release");
    derives(higher, 8, "read by the new one");
    const auto named = [&](const char* name) { return Replaced(kProcess, "Check stock", name); };
    QVERIFY(two.graph.All().conflicts.empty());
    QCOMPARE(two.graph.All().document->Render(), named("read by the new one"));
    // Whoever saw only the lower one and built on it is not passed over: both stand beside each other.
    two.graph.Pulls("ann", lower);
    two.graph.Saves("ann", Replaced(two.graph.FileOf("ann"), "targetRef=\"T\"", "targetRef=\"E\""));
    QCOMPARE(two.graph.All().passed_over, size_t{0});
    ONE_CONFLICT(two.graph.All(), ConflictKind::kAttribute);
    QVERIFY(two.graph.All().document->Render().find("targetRef=\"E\"") != std::string::npos);
  }

  void whenAValueOfOnesOwnIsChosen_thenItSettlesAndAnUnknowingEditDisagreesAgain() {
    Two two;
    const Merged merged =
        two.Save(Replaced(kProcess, "Check stock", "Look"), Replaced(kProcess, "Check stock", "Search"));
    two.graph.Pulls("ann", "bob");
    two.graph.Resolves("ann", merged.conflicts[0], {std::nullopt, "Look & search"});
    QVERIFY(two.graph.All().conflicts.empty());
    QCOMPARE(two.graph.All().document->Render(), Replaced(kProcess, "Check stock", "Look &amp; search"));
    two.graph.Saves("bob", Replaced(kProcess, "Check stock", "Find"));
    ONE_CONFLICT(two.graph.All(), ConflictKind::kAttribute);
  }

  void whenAValueIsChosenForALine_thenTheLineKeepsItsEndAndFurtherLinesComeBehindIt() {
    struct Case {
      const char* value;
      const char* result;
    };
    for (const std::string& end : {std::string("\n"), std::string("\r\n")}) {
      for (const Case& each :
           {Case{"foo", "a|foo|c|"}, Case{"foo\n", "a|foo|c|"}, Case{"two\nlines\n", "a|two|lines|c|"},
            Case{"", "a||c|"}, Case{"1\r\n\r\n3", "a|1||3|c|"}}) {
        const auto lines = [&](std::string text) {
          for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += end.size())
            text.replace(at, 1, end);
          return text;
        };
        Two two(lines("a|b|c|"));
        const Merged merged = two.Save(lines("a|x|c|"), lines("a|y|c|"));
        ONE_CONFLICT(merged, ConflictKind::kText);
        two.Exchange();
        two.graph.Resolves("ann", merged.conflicts[0], {std::nullopt, each.value});
        QVERIFY(two.graph.All().conflicts.empty());
        QCOMPARE(two.graph.All().document->Render(), lines(each.result));
        QCOMPARE(two.graph.All().passed_over, size_t{0});
      }
    }
    Two two("a\nb");
    const Merged merged = two.Save("a\nx", "a\ny");
    two.Exchange();
    two.graph.Resolves("ann", merged.conflicts[0], {std::nullopt, "1\n2"});
    QCOMPARE(two.graph.All().document->Render(), std::string("a\n1\n2"));
  }

  void whenOneRenamesAPrefixThatTheOtherWritesWith_thenThatIsAConflictAboutItsDeclaration() {
    const char before[] = "<b:m xmlns:b=\"u\"><b:g id=\"A\"/></b:m>";
    const char renamed[] = "<c:m xmlns:c=\"u\"><c:g id=\"A\"/></c:m>";
    for (const bool take_meaning : {true, false}) {
      Two two(before);
      const Merged merged = two.Save(renamed, Replaced(before, "</b:m>", "<b:n><b:o/></b:n></b:m>"));
      ONE_CONFLICT(merged, ConflictKind::kAttribute);
      const Conflict& conflict = merged.conflicts[0];
      QCOMPARE(conflict.attribute, std::string("xmlns:b"));
      QCOMPARE(*conflict.sides[1 - conflict.standing].value, std::string("u"));
      QVERIFY(!conflict.sides[conflict.standing].value);
      two.Exchange();
      two.graph.Resolves("bob", conflict,
                         {take_meaning ? 1 - conflict.standing : conflict.standing, std::nullopt});
      QVERIFY(two.graph.All().conflicts.empty());
      const char* element =
          take_meaning ? "<b:n xmlns:b=\"u\"><b:o/></b:n></c:m>" : "<b:n><b:o/></b:n></c:m>";
      QCOMPARE(two.graph.All().document->Render(), Replaced(renamed, "</c:m>", element));
    }
    // Whoever writes the names anew settles it too.
    Two two(before);
    QCOMPARE(two.Save(renamed, Replaced(before, "</b:m>", "<b:n/></b:m>")).conflicts.size(), size_t{1});
    two.Exchange();
    two.graph.Saves("ann", Replaced(renamed, "</c:m>", "<c:n/></c:m>"));
    QVERIFY(two.graph.All().conflicts.empty());
  }

  void whenAnUnknownEventComes_thenNothingBehindItIsFolded() {
    Graph graph(kProcess);
    graph.Records("ann", UnknownBody{"?"});
    graph.Saves("bob", Replaced(kProcess, "Check stock", "Look"));
    QVERIFY(!graph.All().blocked.empty());
    QCOMPARE(graph.All().document->Render(), std::string(kProcess));
  }

  void whenTheTimesOfAStreamAreForged_thenItsEventsAreFoldedAllTheSame() {
    Graph graph(kProcess);
    graph.Saves("ann", Replaced(kProcess, "Ordered", "Got it"));
    const std::string first = Replaced(kProcess, "Check stock", "Look");
    graph.Saves("bob", first);
    graph.Pulls("bob", "ann");
    graph.Saves("bob", Replaced(graph.FileOf("bob"), "Done", "Over"));
    std::swap(graph.events()[2]->time, graph.events()[3]->time);
    const std::string merged = graph.All().document->Render();
    for (const char* name : {"Got it", "Look", "Over"}) QVERIFY(merged.find(name) != std::string::npos);
  }
};

QTEST_APPLESS_MAIN(MergeTest)
#include "merge_test.moc"
