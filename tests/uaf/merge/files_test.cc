#include <QtTest>
#include <string>

#include "tests/uaf/merge/fixture.h"
#include "uaf/document/encoding.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;

namespace {

/// Merges both ways round and checks that it makes no difference.
FileMerge Merge(std::string_view base, std::string_view ours, std::string_view theirs) {
  FileMerge one = MergeFiles(base, ours, theirs, TestFormat());
  const FileMerge other = MergeFiles(base, theirs, ours, TestFormat());
  if (one.bytes != other.bytes || one.conflicts != other.conflicts || one.notes != other.notes)
    qFatal("the merge depends on who is called ours");
  if (ours != theirs && one.a_is_ours == other.a_is_ours) qFatal("side A changed its owner");
  return one;
}

std::string Named(std::string_view name) { return Replaced(kProcess, "Check stock", name); }

}  // namespace

class MergeFilesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenOneSideChangedNothing_thenTheOtherStandsByteForByte() {
    const std::string changed = Named("Look for it");
    QCOMPARE(Merge(kProcess, changed, kProcess).bytes, changed);
    QCOMPARE(Merge(kProcess, changed, changed).bytes, changed);
    QCOMPARE(Merge("", "", "").bytes, std::string());
    QCOMPARE(Merge("", changed, "").bytes, changed);
  }

  void whenEditsAreDisjoint_thenBothComeOutByteForByte() {
    const std::string ours = Named("Look for it");
    const std::string theirs = Replaced(kProcess, "id=\"E\" name=\"Done\"", "name='All done'  id=\"E\"");
    const FileMerge merged = Merge(kProcess, ours, theirs);
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(theirs, "Check stock", "Look for it"));
  }

  void whenOneSideReformatsAndTheOtherSetsAValue_thenBothComeOut() {
    const std::string ours = Replaced(kProcess, "name=\"Check stock\"", "name = 'Check stock'");
    const FileMerge merged = Merge(kProcess, ours, Named("Look for it"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(kProcess, "name=\"Check stock\"", "name = 'Look for it'"));
  }

  void whenBlankLinesStandAroundWhatBothChange_thenEachIsKept() {
    const std::string base = "<a>\n\n  <b x=\"1\"/>\n\n  <c/>\n</a>\n";
    const std::string ours = Replaced(base, "  <b x=\"1\"/>\n", "");
    const std::string theirs = Replaced(base, "  <c/>", "  <!-- <c/> -->");
    const FileMerge merged = Merge(base, ours, theirs);
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "  <c/>", "  <!-- <c/> -->"));
  }

  void whenBothSetOneAttribute_thenItIsAConflictAndEverythingElseIsKept() {
    const std::string ours = Replaced(Named("Look"), "name=\"Done\"", "name=\"End\"");
    const std::string theirs = Replaced(Named("Search"), "name=\"Ordered\"", "name=\"Begin\"");
    const FileMerge merged = Merge(kProcess, ours, theirs);
    QCOMPARE(merged.conflicts.size(), size_t{1});
    const Conflict& conflict = merged.conflicts[0];
    QCOMPARE(conflict.kind, ConflictKind::kAttribute);
    QCOMPARE(conflict.element, std::string("T"));
    QCOMPARE(conflict.attribute, std::string("name"));
    QCOMPARE(*conflict.base, std::string("Check stock"));
    QCOMPARE(*conflict.sides[merged.a_is_ours ? 0 : 1].value, std::string("Look"));
    QCOMPARE(*conflict.sides[merged.a_is_ours ? 1 : 0].value, std::string("Search"));
    const std::string standing = Named(*conflict.sides[conflict.standing].value);
    QCOMPARE(merged.bytes, Replaced(Replaced(standing, "name=\"Done\"", "name=\"End\""), "name=\"Ordered\"",
                                    "name=\"Begin\""));
  }

  void whenBothInsertAtOnePlace_thenBothStay() {
    const std::string end = "  </process>";
    const std::string ours = Replaced(kProcess, end, "    <task id=\"X\" />\n" + end);
    const std::string theirs = Replaced(kProcess, end, "    <task id=\"Y\" />\n" + end);
    const FileMerge merged = Merge(kProcess, ours, theirs);
    QVERIFY(merged.conflicts.empty());
    const std::string xy = Replaced(ours, end, "    <task id=\"Y\" />\n" + end);
    const std::string yx = Replaced(theirs, end, "    <task id=\"X\" />\n" + end);
    QVERIFY(merged.bytes == xy || merged.bytes == yx);
  }

  void whenBothInsertTheSame_thenItIsThereOnce() {
    const std::string end = "  </process>";
    const std::string same = "    <task id=\"X\" />\n";
    const std::string ours = Replaced(Named("Look"), end, same + end);
    const std::string theirs = Replaced(Replaced(kProcess, end, same + end), "name=\"Done\"", "name=\"End\"");
    const FileMerge merged = Merge(kProcess, ours, theirs);
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "name=\"Done\"", "name=\"End\""));
  }

  void whenOneSideDeletesWhatTheOtherEdits_thenItIsAConflict() {
    const std::string task = std::string(kProcess).substr(
        std::string(kProcess).find("    <task"),
        std::string(kProcess).find("    <endEvent") - std::string(kProcess).find("    <task"));
    const FileMerge merged = Merge(kProcess, Replaced(kProcess, task, ""), Named("Look"));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kDeletedEdit);
    QCOMPARE(merged.conflicts[0].element, std::string("T"));
  }

  void whenLinesOfTextAreEdited_thenLinesAreMerged() {
    const FileMerge merged = Merge("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nD\nx");
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, std::string("a\nB\nc\nD\nx"));
    QCOMPARE(Merge("a\n", "b\n", "c\n").conflicts.size(), size_t{1});
  }

  void whenXmlIsNotWellFormed_thenItIsMergedAsLines() {
    const FileMerge merged = Merge("<a>\n<b>\nx\n</a>\n", "<a>\n<b>\nx\ny\n</a>\n", "<c>\n<b>\nx\n</a>\n");
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, std::string("<c>\n<b>\nx\ny\n</a>\n"));
  }

  void whenBothAddAModelUnderOneName_thenOneOfThemStands() {
    const FileMerge merged = Merge("", Named("One"), Named("Other"));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kContent);
    QVERIFY(merged.bytes == Named("One") || merged.bytes == Named("Other"));
  }

  void whenBytesAreNoText_thenOneWholeFileStands() {
    using namespace std::string_literals;
    const FileMerge merged = Merge("\0\1"s, "\0\2\xff"s, "\0\3\xff"s);
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kContent);
    QVERIFY(merged.bytes == "\0\2\xff"s || merged.bytes == "\0\3\xff"s);
  }

  void whenOneSideChangesTheEncoding_thenTheOthersEditIsWrittenInIt() {
    const std::string ours =
        document::EncodeText(Replaced(kProcess, "UTF-8", "UTF-16"), document::Encoding::kUtf16Le, true);
    const FileMerge merged = Merge(kProcess, ours,
                                   Named("Pr\xc3\xbc"
                                         "fen"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, document::EncodeText(Replaced(Named("Pr\xc3\xbc"
                                                               "fen"),
                                                         "UTF-8", "UTF-16"),
                                                document::Encoding::kUtf16Le, true));
  }
};

QTEST_APPLESS_MAIN(MergeFilesTest)
#include "files_test.moc"
