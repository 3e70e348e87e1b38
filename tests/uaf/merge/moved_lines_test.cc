#include <QtTest>
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "notation/formats/formats.h"
#include "tests/uaf/merge/fixture.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;

namespace {

constexpr char kBase[] =
    "# Title\n"
    "Alpha one.\n"
    "Alpha two.\n"
    "\n"
    "Beta one.\n"
    "\n"
    "Gamma one.\n"
    "Gamma two.\n"
    "\n"
    "Delta one.\n"
    "\n"
    "The end.\n";
constexpr char kAlpha[] = "Alpha one.\nAlpha two.\n\n";

std::string Without(std::string_view block) { return Replaced(kBase, block, ""); }
/// Alpha in front of a line.
std::string Before(std::string_view line) {
  return Replaced(Without(kAlpha), line, std::string(kAlpha) + std::string(line));
}

size_t Times(const std::string& text, std::string_view what) {
  size_t times = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

}  // namespace

/// Paragraphs that people move in texts: lines that stand elsewhere are the same lines.
class MovedLinesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenOneRemovesWhatTheOtherMoves_thenItStaysRemovedAsOneConflict_data() { Which(); }
  void whenOneRemovesWhatTheOtherMoves_thenItStaysRemovedAsOneConflict() {
    QFETCH(const bool, mover_first);
    Graph graph(kBase, format());
    graph.Saves("ann", mover_first ? Before("The end.") : Without(kAlpha));
    graph.Saves("bob", mover_first ? Without(kAlpha) : Before("The end."));
    Merged merged = graph.All();
    QCOMPARE(merged.document->Render(), Without(kAlpha));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    const Conflict conflict = merged.conflicts.front();
    QCOMPARE(conflict.kind, ConflictKind::kDeletedEdit);
    QCOMPARE(conflict.type, std::string("line"));
    QCOMPARE(conflict.name, std::string("Alpha one."));
    const size_t mover = mover_first ? 0 : 1;
    QCOMPARE(conflict.standing, 1 - mover);
    QVERIFY(!conflict.sides[1 - mover].value);
    QCOMPARE(*conflict.sides[mover].value, std::string(kAlpha));
    // Either side can be had, whole.
    graph.Pulls("ann", "bob");
    const bool keep = mover_first;
    graph.Resolves("ann", conflict, {.side = keep ? mover : 1 - mover, .value = {}});
    merged = graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), keep ? Before("The end.") : Without(kAlpha));
  }

  void whenOneRewordsWhatTheOtherMoves_thenBothComeOut() {
    Graph graph(kBase, format());
    graph.Saves("ann", Before("The end."));
    graph.Saves("bob", Replaced(kBase, "Alpha two.", "Alpha number two."));
    const Merged merged = graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), Replaced(Before("The end."), "Alpha two.", "Alpha number two."));
  }

  void whenBothMoveAParagraphElsewhere_thenItIsThereOnceAndOneConflict_data() { Which(); }
  void whenBothMoveAParagraphElsewhere_thenItIsThereOnceAndOneConflict() {
    QFETCH(const bool, mover_first);
    const std::string far = Before("The end."), near = Before("Delta one.");
    Graph graph(kBase, format());
    graph.Saves("ann", mover_first ? far : near);
    graph.Saves("bob", mover_first ? near : far);
    Merged merged = graph.All();
    QCOMPARE(merged.document->Render(), mover_first ? near : far);
    QCOMPARE(merged.conflicts.size(), size_t{1});
    const Conflict conflict = merged.conflicts.front();
    QCOMPARE(conflict.kind, ConflictKind::kPlace);
    QCOMPARE(conflict.name, std::string("Alpha one."));
    graph.Pulls("ann", "bob");
    graph.Resolves("ann", conflict, {.side = 1 - conflict.standing, .value = {}});
    merged = graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), mover_first ? far : near);
  }

  void whenBothMoveAParagraphToOnePlace_thenItIsThereOnce() {
    Graph graph(kBase, format());
    graph.Saves("ann", Before("The end."));
    graph.Saves("bob", Before("The end."));
    const Merged merged = graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), Before("The end."));
  }

  void whenFilesAreMerged_thenWhatOneRemovesAndTheOtherMovesIsAConflict() {
    for (const bool ours : {true, false}) {
      const std::string moved = Before("The end."), removed = Without(kAlpha);
      const FileMerge merged = MergeFiles(kBase, ours ? moved : removed, ours ? removed : moved, format());
      QCOMPARE(merged.bytes, removed);
      QCOMPARE(merged.conflicts.size(), size_t{1});
      QCOMPARE(merged.conflicts[0].kind, ConflictKind::kDeletedEdit);
      QCOMPARE(merged.conflicts[0].name, std::string("Alpha one."));
      QVERIFY(!merged.conflicts[0].sides[merged.conflicts[0].standing].value);
    }
    // Beside edits that touch neither.
    const FileMerge more = MergeFiles(kBase, Replaced(Before("The end."), "Beta one.", "Beta first."),
                                      Replaced(Without(kAlpha), "Gamma two.", "Gamma second."), format());
    QCOMPARE(more.conflicts.size(), size_t{1});
    QCOMPARE(more.bytes,
             Replaced(Replaced(Without(kAlpha), "Beta one.", "Beta first."), "Gamma two.", "Gamma second."));
  }

  void whenBothRemoveLines_thenThatIsNoConflict() {
    const FileMerge merged =
        MergeFiles(kBase, Without(kAlpha), Replaced(Without(kAlpha), "Delta one.\n", "Delta 1.\n"), format());
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(Without(kAlpha), "Delta one.\n", "Delta 1.\n"));
  }

  void whenSignsAloneAreThereOnce_thenTheyAreNotTakenForMoved() {
    // A brace that goes with one block and comes with another is another brace.
    const std::string base = "a\nfirst {\n  x\n}\nb\nc\nd\ne\n";
    const std::string without = "a\nb\nc\nd\ne\n";
    Graph graph(base, format());
    graph.Saves("ann", "a\nb\nc\nd\nother {\n  y\n}\ne\n");
    graph.Saves("bob", without);
    const Merged merged = graph.All();
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.document->Render(), std::string("a\nb\nc\nd\nother {\n  y\n}\ne\n"));
  }

  void whenManyParagraphsMove_thenEachLineIsThereOnce() {
    Graph graph(kBase, format());
    graph.Saves("ann", Replaced(Before("Delta one."), "Beta one.\n\n", "") + "\nBeta one.\n");
    graph.Saves("bob", Replaced(Before("Gamma one."), "Delta one.\n\n", ""));
    const std::string text = graph.All().document->Render();
    for (const char* line : {"Alpha one.", "Alpha two.", "Beta one.", "Gamma one.", "Gamma two.", "The end."})
      QCOMPARE(Times(text, line), size_t{1});
  }

 private:
  static void Which() {
    QTest::addColumn<bool>("mover_first");
    QTest::newRow("the first edit by time") << true;
    QTest::newRow("the second edit by time") << false;
  }
  const document::Format& format() const { return formats_->ForFile("text.md", kBase); }

  const std::unique_ptr<document::FormatRegistry> formats_ = MakeFormats();
};

QTEST_APPLESS_MAIN(MovedLinesTest)
#include "moved_lines_test.moc"
