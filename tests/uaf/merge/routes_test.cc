#include <QtTest>
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "notation/formats/formats.h"
#include "tests/uaf/merge/fixture.h"
#include "uaf/merge/merge.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;

namespace {

std::string At(int x, int y) { return "x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\""; }

/// A flow between two tasks, with a point a line (or all points on one, with `end` empty).
std::string Flow(const std::vector<std::string>& points, std::string_view end = "\n") {
  std::string text =
      "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
      "xmlns:d=\"http://www.omg.org/spec/BPMN/20100524/DI\" "
      "xmlns:p=\"http://www.omg.org/spec/DD/20100524/DI\">\n  <d:BPMNDiagram>\n    <d:BPMNEdge id=\"e\" "
      "bpmnElement=\"f\">";
  for (const std::string& point : points) text.append("<p:waypoint ").append(point).append("/>").append(end);
  return text + "<d:BPMNLabel/>\n    </d:BPMNEdge>\n  </d:BPMNDiagram>\n</definitions>\n";
}

/// Two lines, `e` and `g`, of a point a digit, whose x it is.
std::string TwoFlows(std::string_view of_e, std::string_view of_g) {
  const auto points = [](std::string_view digits) {
    std::vector<std::string> all;
    for (const char digit : digits) all.push_back(At(digit - '0', 0));
    return all;
  };
  const std::string first = Flow(points(of_e)), second = Flow(points(of_g));
  const auto edge = [](const std::string& text) {
    const size_t begin = text.find("    <d:BPMNEdge");
    return text.substr(begin, text.find("  </d:BPMNDiagram>") - begin);
  };
  return Replaced(first, "  </d:BPMNDiagram>",
                  Replaced(edge(second), "id=\"e\"", "id=\"g\"") + "  </d:BPMNDiagram>");
}

/// Replicas that draw two lines.
class Drawing {
 public:
  Drawing(std::string_view of_e, std::string_view of_g)
      : graph(TwoFlows(of_e, of_g), formats_->ForFile("m.bpmn", TwoFlows(of_e, of_g))) {
    const document::Document document = *graph.All().document;
    for (const document::NodeIndex node : document.Descendants(document::kDocumentNode)) {
      if (document.attribute(node, "id") == "e") e = document.id(node);
      if (document.attribute(node, "id") == "g") g = document.id(node);
      if (document.name(node) == "p:waypoint") points.push_back(document.id(node));
    }
  }

  static document::Op Remove(const NodeId& point) { return document::MoveNodeOp{point, std::nullopt}; }
  /// In front of all that is in `line`.
  document::Op Move(std::string_view replica, const NodeId& point, const NodeId& line) {
    const document::Document document = *graph.StateOf(replica).document;
    const document::NodeIndex first = document.first_child(*document.Find(line));
    return document::MoveNodeOp{point, document::Place{line, std::nullopt, document.id(first)}};
  }
  static document::Op SetX(const NodeId& point, std::string_view x) {
    return document::SetAttributeOp{point, "x", document::AttributeText{" ", "=", '"', std::string(x)}, ""};
  }
  /// The points of both lines, a digit each, as TwoFlows takes them.
  std::string Now() const {
    const document::Document document = *graph.All().document;
    std::string now;
    for (const NodeId& line : {e, g}) {
      now += now.empty() ? "" : " ";
      for (document::NodeIndex child = document.first_child(*document.Find(line)); child != document::kNoNode;
           child = document.next_sibling(child)) {
        if (document.name(child) == "p:waypoint") now += *document.attribute(child, "x");
      }
    }
    return now;
  }
  bool Tells(const EventId& event) const {
    const std::vector<Note> notes = graph.All().notes;
    return std::any_of(notes.begin(), notes.end(), [&](const Note& note) { return note.event == event; });
  }

 private:
  const std::unique_ptr<document::FormatRegistry> formats_ = MakeFormats();

 public:
  Graph graph;
  NodeId e, g;
  std::vector<NodeId> points;  ///< first those of e
};

/// As a file of that name is merged, either way round.
FileMerge MergeAs(std::string_view name, std::string_view base, std::string_view ours,
                  std::string_view theirs) {
  const auto formats = MakeFormats();
  const document::Format& format = formats->ForFile(name, base);
  FileMerge one = MergeFiles(base, ours, theirs, format);
  const FileMerge other = MergeFiles(base, theirs, ours, format);
  if (one.bytes != other.bytes || one.conflicts != other.conflicts || one.notes != other.notes)
    qFatal("the merge depends on who is called ours");
  return one;
}

}  // namespace

/// Routes of drawn lines in three-way merges of files.
class RoutesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenEditsOfARouteAreApart_thenBothStand_data() {
    using Points = std::vector<std::string>;
    QTest::addColumn<QStringList>("ours");
    QTest::addColumn<QStringList>("theirs");
    QTest::addColumn<QStringList>("both");
    const auto row = [](const char* name, const Points& ours, const Points& theirs, const Points& both) {
      const auto list = [](const Points& points) {
        QStringList strings;
        for (const std::string& point : points) strings << QString::fromStdString(point);
        return strings;
      };
      QTest::newRow(name) << list(ours) << list(theirs) << list(both);
    };
    const std::string p1 = At(1, 1), p2 = At(2, 2), p3 = At(3, 3), p4 = At(4, 4);
    row("the first and the last point", {At(1, 9), p2, p3, p4}, {p1, p2, p3, At(4, 9)},
        {At(1, 9), p2, p3, At(4, 9)});
    row("neighbours", {At(1, 9), p2, p3, p4}, {p1, At(2, 9), p3, p4}, {At(1, 9), At(2, 9), p3, p4});
    row("x and y of one point", {At(9, 1), p2, p3, p4}, {At(1, 9), p2, p3, p4}, {At(9, 9), p2, p3, p4});
    row("a point, and an id on another", {At(1, 9), p2, p3, p4}, {p1, p2, p3, p4 + " id=\"w4\""},
        {At(1, 9), p2, p3, p4 + " id=\"w4\""});
    row("an id on the same point", {At(1, 9), p2, p3, p4}, {p1 + " id=\"w1\"", p2, p3, p4},
        {At(1, 9) + " id=\"w1\"", p2, p3, p4});
    row("a point beside a removed one", {p1, At(2, 9), p3, p4}, {p1, p2, p4}, {p1, At(2, 9), p4});
    row("a point beside an added one", {p1, At(2, 9), p3, p4}, {p1, p2, At(8, 8), p3, p4},
        {p1, At(2, 9), At(8, 8), p3, p4});
    row("an added and a removed one", {p1, At(8, 8), p2, p3, p4}, {p1, p2, p4}, {p1, At(8, 8), p2, p4});
    row("quotes, and a removed one", {"x='1' y='1'", "x='2' y='2'", p3, "x='4' y='4'"}, {p1, p2, p4},
        {"x='1' y='1'", "x='2' y='2'", "x='4' y='4'"});
    row("quotes of one, and its place", {"x='1' y='1'", p2, p3, p4}, {At(9, 1), p2, p3, p4},
        {"x='9' y='1'", p2, p3, p4});
  }
  void whenEditsOfARouteAreApart_thenBothStand() {
    QFETCH(QStringList, ours);
    QFETCH(QStringList, theirs);
    QFETCH(QStringList, both);
    const auto points = [](const QStringList& strings) {
      std::vector<std::string> list;
      for (const QString& point : strings) list.push_back(point.toStdString());
      return list;
    };
    const std::vector<std::string> base = {At(1, 1), At(2, 2), At(3, 3), At(4, 4)};
    for (const std::string_view end : {"\n", "", " "}) {
      const FileMerge merged =
          MergeAs("m.bpmn", Flow(base, end), Flow(points(ours), end), Flow(points(theirs), end));
      QCOMPARE(merged.bytes, Flow(points(both), end));
      QVERIFY(merged.conflicts.empty());
      QVERIFY(merged.notes.empty());
    }
  }

  void whenEachMovesAnotherBendOfAConnection_thenBothStand() {
    const auto connection = [](int first, int second) {
      const auto bend = [](int x) {
        return "      <bendpoint startX=\"" + std::to_string(x) + "\" startY=\"-194\" endX=\"-512\"/>\n";
      };
      return "<archimate:model xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
             "xmlns:archimate=\"http://www.archimatetool.com/archimate\" name=\"m\" id=\"i\">\n"
             "  <folder name=\"Views\" id=\"v\" type=\"diagrams\">\n    <element "
             "xsi:type=\"archimate:ArchimateDiagramModel\" name=\"d\" id=\"d\">\n    <child "
             "xsi:type=\"archimate:DiagramObject\" id=\"o\">\n    <sourceConnection id=\"c\">\n" +
             bend(first) + bend(7) + bend(second) +
             "    </sourceConnection>\n    </child>\n    </element>\n  </folder>\n</archimate:model>\n";
    };
    const FileMerge merged =
        MergeAs("m.archimate", connection(93, 466), connection(98, 466), connection(93, 471));
    QCOMPARE(merged.bytes, connection(98, 471));
    QVERIFY(merged.conflicts.empty());
    QVERIFY(merged.notes.empty());
  }

  void whenBothMoveAPointAlongOneAxis_thenTheLaterStandsNoted() {
    const std::vector<std::string> base = {At(1, 1), At(2, 2), At(3, 3)};
    const FileMerge merged = MergeAs("m.bpmn", Flow(base), Flow({At(7, 1), At(2, 2), At(3, 9)}),
                                     Flow({At(8, 1), At(2, 9), At(3, 3)}));
    QVERIFY(merged.conflicts.empty());
    const int x = merged.a_is_ours ? 8 : 7;  // the later one in the order of folding
    QCOMPARE(merged.bytes, Flow({At(x, 1), At(2, 9), At(3, 9)}));
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("route: BPMNEdge e"));
  }

  void whenBothDrawALineAnew_thenOneRouteStandsAsAWhole() {
    const std::string base = Flow({At(1, 1), At(2, 2), At(3, 3), At(4, 4), At(5, 5)});
    const std::vector<std::pair<std::string, std::string>> routes = {
        {Flow({At(9, 1), At(9, 9)}), Flow({At(8, 1), At(8, 8)})},
        {Flow({At(1, 1), At(2, 2), At(6, 6), At(7, 7), At(3, 3), At(4, 4), At(5, 5)}),
         Flow({At(1, 1), At(2, 2), At(8, 8), At(3, 3), At(4, 4), At(5, 5)})}};
    for (const auto& [ours, theirs] : routes) {
      const FileMerge merged = MergeAs("m.bpmn", base, ours, theirs);
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, merged.a_is_ours ? theirs : ours);
      QVERIFY(std::any_of(merged.notes.begin(), merged.notes.end(),
                          [](const Note& note) { return note.what == "route: BPMNEdge e"; }));
    }
    // What else there is to a line goes on by itself; so does the same route drawn twice.
    const auto labelled = [](const std::string& route) {
      return Replaced(route, "<d:BPMNLabel/>", "<d:BPMNLabel id=\"l\"/>");
    };
    QCOMPARE(MergeAs("m.bpmn", base, routes[0].first, labelled(base)).bytes, labelled(routes[0].first));
    const FileMerge same = MergeAs("m.bpmn", base, routes[1].first, labelled(routes[1].first));
    QCOMPARE(same.bytes, labelled(routes[1].first));
    for (const Note& note : same.notes) QVERIFY(!note.what.starts_with("route"));
  }

  /// What a writer did with a point counts from what that writer saw, also where another removed the line.
  void whenALineIsRemoved_thenItsRouteGoesOnAsItsWritersSawIt() {
    const auto formats = MakeFormats();
    const std::string base = Flow({At(1, 1), At(2, 2), At(3, 3)});
    Graph graph(base, formats->ForFile("m.bpmn", base));
    const auto find = [&](std::string_view name) {
      const document::Document document = *graph.All().document;
      std::vector<NodeId> found;
      for (const document::NodeIndex node : document.Descendants(document::kDocumentNode)) {
        if (document.name(node) == name) found.push_back(document.id(node));
      }
      return found;
    };
    const NodeId line = find("d:BPMNEdge").front();
    const NodeId point = find("p:waypoint")[1];
    graph.Edits("ann", {document::MoveNodeOp{line, std::nullopt}});
    const document::Op shift = document::ShiftAttributesOp{{{point, "x"}}, 1000};
    graph.Edits("bob", {shift});
    graph.Edits("cay",
                {document::SetAttributeOp{point, "x", document::AttributeText{" ", "=", '"', "wide"}, ""}});
    graph.Edits("bob", {shift});
    QCOMPARE(graph.FileOf("bob"), Flow({At(1, 1), At(4, 2), At(3, 3)}));
    const Merged all = graph.All();
    QCOMPARE(all.passed_over, size_t{0});
    const auto node = all.document->Find(point);
    QVERIFY(node && all.document->InTrash(*node));
    // Whoever brings the line back has what its writers said last.
    graph.Pulls("dan", "ann");
    graph.Pulls("dan", "bob");
    graph.Pulls("dan", "cay");
    graph.Edits("dan",
                {document::MoveNodeOp{
                    line, document::Place{all.document->id(all.document->parent(*all.document->Find(line))),
                                          std::nullopt, std::nullopt}}});
    QCOMPARE(graph.FileOf("dan"), Flow({At(1, 1), At(4, 2), At(3, 3)}));
  }

  /// Two points make a route only once the second one is there: what the writer saw counts all the same.
  void whenANumberIsTakenAwayBeforeThereIsARoute_thenAShiftOfItIsNotPassedOver() {
    const auto formats = MakeFormats();
    const std::string base = Flow({At(1, 1)});
    Graph graph(base, formats->ForFile("m.bpmn", base));
    const document::Document document = *graph.All().document;
    NodeId line, point;
    for (const document::NodeIndex node : document.Descendants(document::kDocumentNode)) {
      if (document.name(node) == "d:BPMNEdge") line = document.id(node);
      if (document.name(node) == "p:waypoint") point = document.id(node);
    }
    // Without y it has two numbers still.
    graph.Edits("ann",
                {document::SetAttributeOp{point, "z", document::AttributeText{" ", "=", '"', "3"}, "y"}});
    graph.Pulls("bob", "ann");
    graph.Edits("ann",
                {document::SetAttributeOp{point, "y", std::nullopt, ""},
                 document::InsertNodeOp{{line, point, std::nullopt}, 0, "<p:waypoint x=\"5\" y=\"5\"/>", 1}});
    graph.Edits("bob",
                {document::SetAttributeOp{point, "z", document::AttributeText{" ", "=", '"', "4"}, ""}});
    graph.Edits("bob", {document::ShiftAttributesOp{{{point, "x"}, {point, "y"}}, 1000}});
    const Merged all = graph.All();
    QCOMPARE(all.passed_over, size_t{0});
    QCOMPARE(*all.document->attribute(*all.document->Find(point), "x"), std::string("2"));
    QCOMPARE(*all.document->attribute(*all.document->Find(point), "y"), std::string("2"));
  }

  void whenAPointIsRemovedThatAnotherMovedIntoAnotherLine_thenItStaysAwayWhoeverWasFirst() {
    for (const bool ann_moves : {true, false}) {
      Drawing drawing("123", "456");
      const NodeId point = drawing.points[1];
      const document::Op move = drawing.Move("ann", point, drawing.g);
      const EventId first = drawing.graph.Edits("ann", {ann_moves ? move : Drawing::Remove(point)});
      const EventId second = drawing.graph.Edits("bob", {ann_moves ? Drawing::Remove(point) : move});
      QCOMPARE(drawing.Now(), std::string("13 456"));
      QVERIFY(drawing.Tells(ann_moves ? first : second));
      QVERIFY(drawing.graph.All().conflicts.empty());
    }
  }

  void whenTwoMoveAPointIntoOtherLines_thenTheLaterMoveStandsNoted() {
    for (const bool ann_takes_it_away : {true, false}) {
      Drawing drawing("123", "456");
      const NodeId point = drawing.points[1];
      const document::Op away = drawing.Move("ann", point, drawing.g);
      const document::Op within = drawing.Move("ann", point, drawing.e);
      const EventId first = drawing.graph.Edits("ann", {ann_takes_it_away ? away : within});
      drawing.graph.Edits("bob", {ann_takes_it_away ? within : away});
      QCOMPARE(drawing.Now(), std::string(ann_takes_it_away ? "213 456" : "13 2456"));
      QVERIFY(drawing.Tells(first));
    }
  }

  /// What is said of a point goes where the point went: into a line, out of one, or into another.
  void whenAPointMovesThatAnotherWrites_thenItKeepsWhatWasWritten() {
    for (const bool ann_moves : {true, false}) {
      Drawing drawing("123", "456");
      const NodeId point = drawing.points[1];
      const document::Op move = drawing.Move("ann", point, drawing.g);
      const document::Op write = Drawing::SetX(point, "9");
      drawing.graph.Edits("ann", {ann_moves ? move : write});
      drawing.graph.Edits("bob", {ann_moves ? write : move});
      QCOMPARE(drawing.Now(), std::string("13 9456"));
      QVERIFY(drawing.graph.All().notes.empty());
      // Whoever saw neither counts from what was there.
      drawing.graph.Edits("cay", {document::ShiftAttributesOp{{{point, "x"}}, 1000}});
      QCOMPARE(drawing.Now(), std::string("13 3456"));
    }
  }

  void whenALineIsDrawnAnewAroundAPointThatAnotherMovedIn_thenTheLaterRouteStandsTold() {
    Drawing drawing("123", "456");
    const document::Op insert = document::InsertNodeOp{
        {drawing.e, drawing.points[0], drawing.points[1]}, 0, "<p:waypoint x=\"8\" y=\"0\"/>", 1};
    const EventId moved = drawing.graph.Edits(
        "ann", {document::MoveNodeOp{drawing.points[4],
                                     document::Place{drawing.e, drawing.points[0], drawing.points[1]}}});
    drawing.graph.Edits("bob", {insert});
    QCOMPARE(drawing.Now(), std::string("1823 46"));
    QVERIFY(drawing.Tells(moved));
    // What its mover goes on to say of it does not show, and is told too.
    const EventId written = drawing.graph.Edits("ann", {Drawing::SetX(drawing.points[4], "9")});
    QCOMPARE(drawing.Now(), std::string("1823 46"));
    QVERIFY(drawing.Tells(written));
    // Whoever saw all of it puts it back.
    drawing.graph.Pulls("cay", "ann");
    drawing.graph.Pulls("cay", "bob");
    drawing.graph.Edits("cay", {drawing.Move("cay", drawing.points[4], drawing.g)});
    QCOMPARE(drawing.Now(), std::string("1823 946"));
  }

  void whenALineIsDrawnAnewAroundARemovedPoint_thenTheLaterRouteHasIt() {
    Drawing drawing("1234", "456");
    const EventId removed = drawing.graph.Edits("ann", {Drawing::Remove(drawing.points[1])});
    drawing.graph.Edits(
        "bob",
        {document::InsertNodeOp{
            {drawing.e, drawing.points[1], drawing.points[2]}, 0, "<p:waypoint x=\"8\" y=\"0\"/>", 1}});
    QCOMPARE(drawing.Now(), std::string("12834 456"));
    QVERIFY(drawing.Tells(removed));
    // An edit of it is none of what was removed.
    drawing.graph.Edits("cay", {Drawing::SetX(drawing.points[1], "9")});
    QCOMPARE(drawing.Now(), std::string("19834 456"));
  }
};

QTEST_APPLESS_MAIN(RoutesTest)
#include "routes_test.moc"
