#include <QtTest>
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "notation/formats/formats.h"
#include "tests/uaf/merge/fixture.h"
#include "uaf/document/encoding.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;

namespace {

/// Merges both ways round and checks that it makes no difference.
FileMerge Merge(std::string_view base, std::string_view ours, std::string_view theirs,
                const document::Format& format = TestFormat()) {
  FileMerge one = MergeFiles(base, ours, theirs, format);
  const FileMerge other = MergeFiles(base, theirs, ours, format);
  if (one.bytes != other.bytes || one.conflicts != other.conflicts || one.notes != other.notes)
    qFatal("the merge depends on who is called ours");
  if (ours != theirs && one.a_is_ours == other.a_is_ours) qFatal("side A changed its owner");
  return one;
}

std::string Named(std::string_view name) { return Replaced(kProcess, "Check stock", name); }

/// As a file of that name is merged.
FileMerge MergeAs(std::string_view name, std::string_view base, std::string_view ours,
                  std::string_view theirs) {
  const auto formats = MakeFormats();
  return Merge(base, ours, theirs, formats->ForFile(name, base));
}

/// Why elements were merged as lines; empty when nothing is said of that.
std::string WhyAsLines(const FileMerge& merged) {
  for (const Note& note : merged.notes) {
    const bool ours = (note.event.stream.name == "side-a") == merged.a_is_ours;
    const std::string version = note.event.stream.name == "base" ? "base" : ours ? "ours" : "theirs";
    if (note.what.starts_with("lines: ")) return version + note.what.substr(5);
  }
  return {};
}

/// `text` with every occurrence replaced.
std::string ReplacedAll(std::string text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

constexpr std::string_view kPrefixed =
    "<b:d xmlns:b=\"u\" xmlns:x=\"v\">\n  <b:p id=\"p\">\n    <b:t id=\"t\"/>\n  </b:p>\n</b:d>\n";
constexpr std::string_view kThreeTasks =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d' targetNamespace='urn:x'>\n"
    "  <process id='p'>\n    <userTask id='e1' name='a'/>\n    <userTask id='e2' name='b'/>\n"
    "    <userTask id='e3' name='c'/>\n  </process>\n</definitions>\n";
constexpr std::string_view kUnprefixed = "<d xmlns=\"u\">\n  <p id=\"p\">\n    <t id=\"t\"/>\n  </p>\n</d>\n";

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

  void whenOneSideCopiesAnElement_thenTheOthersEditStaysInTheOriginal() {
    const std::string body =
        "    <question>Is it?</question>\n    <variable name=\"v\"/>\n    <text>any(v)</text>\n  "
        "</decision>\n";
    const std::string base =
        "<m>\n  <decision id=\"d1\">\n    <variable name=\"w\"/>\n    <text>1</text>\n"
        "  </decision>\n  <decision id=\"d2\">\n" +
        body + "</m>\n";
    // And deletes something elsewhere.
    const std::string ours = Replaced(Replaced(base, body, body + "  <decision id=\"d3\">\n" + body),
                                      "    <variable name=\"w\"/>\n", "");
    for (const char* edited : {"name=\"v\"></variable>", "name=\"x\"/>", "name=\"v\" k=\"1\"/>"}) {
      const FileMerge merged = Merge(base, ours, Replaced(base, "name=\"v\"/>", edited));
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, Replaced(ours, "name=\"v\"/>", edited));
    }
  }

  void whenLinesAreApart_thenNoElementIsTakenForAnother() {
    // By what they hold, either side's element could be another one than it is.
    const std::string base =
        "<m>\n  <k id=\"k\">\n    <v n=\"P\"/>\n    <logic>\n      <p n=\"p\"/>\n      <p n=\"r\"/>\n"
        "      <e l=\"feel\">\n        <t>p*r</t>\n      </e>\n    </logic>\n  </k>\n</m>\n";
    const std::string ours =
        Replaced(Replaced(Replaced(Replaced(base, "    <v n=\"P\"/>\n", ""), "<e l", "<u l"), "</e>", "</u>"),
                 "    </logic>\n", "    </logic>\n    <v n=\"P\"/>\n");
    const std::string one = "      <p n=\"p\"/>\n";
    const std::string two = one + "      <p n=\"q\"/>\n";
    const FileMerge merged = Merge(base, ours, Replaced(base, one, two));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, one, two));
  }

  void whenBothMoveAnElementElsewhere_thenItIsThereOnceThoughLinesAreApart() {
    const std::string task = "  <t id=\"T\"/>\n";
    const std::string base =
        "<m>\n" + task + "  <g id=\"A\">\n  </g>\n  <x/>\n  <g id=\"B\">\n  </g>\n</m>\n";
    const auto into = [&](const std::string& group) {
      return Replaced(Replaced(base, task, ""), "\"" + group + "\">\n", "\"" + group + "\">\n" + task);
    };
    const FileMerge merged = Merge(base, into("A"), into("B"));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kPlace);
    QVERIFY(merged.bytes == into("A") || merged.bytes == into("B"));
  }

  void whenAPlaceIsInDispute_thenItsNameComesWithItsId() {
    const std::string base = "<m><t id=\"T\"/><g id=\"A\" name=\"Group\"/><g id=\"B\" name=\"Group\"/></m>";
    const auto into = [&](const std::string& id) {
      const std::string open = "<g id=\"" + id + "\" name=\"Group\"";
      return Replaced(Replaced(base, "<t id=\"T\"/>", ""), open + "/>", open + "><t id=\"T\"/></g>");
    };
    const FileMerge merged = Merge(base, into("A"), into("B"));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kPlace);
    QCOMPARE(*merged.conflicts[0].sides[merged.a_is_ours ? 0 : 1].value, std::string("in Group (A)"));
    QCOMPARE(*merged.conflicts[0].sides[merged.a_is_ours ? 1 : 0].value, std::string("in Group (B)"));
  }

  void whenOneSideWrapsAnElementAndChangesIt_thenTheOthersValueGoesAlong() {
    const std::string base =
        "<m>\n  <shape id=\"s\">\n    <bounds h=\"60.0\" w=\"153.0\" x=\"151.0\" y=\"331.0\"/>\n  "
        "</shape>\n</m>\n";
    const std::string wrapped = Replaced(Replaced(base, "<bounds", "<group><bounds"), "/>", "/></group>");
    for (const bool back : {false, true}) {
      const std::string from = back ? wrapped : base;
      const std::string ours = Replaced(back ? base : wrapped, "60.0", "70.0");
      const FileMerge merged = Merge(from, ours, Replaced(from, "331.0", "759"));
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, Replaced(ours, "331.0", "759"));
    }
  }

  void whenOneSideChangesAllLineEnds_thenTheOthersEditsComeWithThem() {
    const auto crlf = [](const std::string& text) { return ReplacedAll(text, "\n", "\r\n"); };
    const std::string text = "a\nb\nc\nd\ne\n";
    const std::vector<std::string> edits = {"a\nB\nc\nd\ne\n", "a\nc\nd\ne\n", "a\nb\nc\nx\nd\ne\n",
                                            "b\nc\nd"};
    for (const std::string& edited : edits) {
      const FileMerge merged = MergeAs("m.md", text, crlf(text), edited);
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, crlf(edited));
      const FileMerge back = MergeAs("m.md", crlf(text), text, crlf(edited));
      QVERIFY(back.conflicts.empty());
      QCOMPARE(back.bytes, edited);
    }
    const std::string model(kPrefixed);
    for (const std::string& edited :
         {Replaced(model, "    <b:t id=\"t\"/>\n", ""),
          Replaced(model, "    <b:t id=\"t\"/>\n", "    <b:t id=\"t\"/>\n    <b:t id=\"v\"/>\n"),
          Replaced(model, "  <b:p id=\"p\">\n", "  <b:p\n      id=\"p\">\n")}) {
      QCOMPARE(MergeAs("m.bpmn", model, crlf(model), edited).bytes, crlf(edited));
      QCOMPARE(MergeAs("m.bpmn", crlf(model), model, crlf(edited)).bytes, edited);
    }
    // Where only some lines changed, that is an edit of those.
    const std::string some = "a\r\nb\nc\nd\ne\n";
    QCOMPARE(MergeAs("m.md", text, some, "a\nb\nc\nd\nE\n").bytes, std::string("a\r\nb\nc\nd\nE\n"));
  }

  void whenLinesEndInSeveralWays_thenEachKeepsItsOwnEnd() {
    const std::string base = "a\r\nb\nc\r\nk\ne\n";
    for (const char* name : {"x.md", "x.bpmn"}) {
      // One normalizes and adds, the other edits, also lines whose ends that changes.
      const FileMerge merged = MergeAs(name, base, "a\nb\nc\nk\ne\nf\n", "A\r\nb\nc\r\nk\nE\n");
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, std::string("A\nb\nc\nk\nE\nf\n"));
      // One end changed beside an edit of that very line.
      const FileMerge one = MergeAs(name, base, "a\nb\nc\r\nk\ne\n", "A\r\nb\nc\r\nk\ne\n");
      QVERIFY(one.conflicts.empty());
      QCOMPARE(one.bytes, std::string("A\nb\nc\r\nk\ne\n"));
      // Nobody changed any end.
      QCOMPARE(MergeAs(name, base, "A\r\nb\nc\r\nk\ne\n", "a\r\nb\nc\r\nk\ne\nf\r\n").bytes,
               std::string("A\r\nb\nc\r\nk\ne\nf\r\n"));
    }
    // A model of elements.
    std::string mixed(kProcess);
    mixed.replace(mixed.find('\n'), 1, "\r\n");
    const FileMerge model = Merge(mixed, std::string(kProcess), Replaced(mixed, "Check stock", "Look"));
    QVERIFY(model.conflicts.empty());
    QCOMPARE(model.bytes, Replaced(kProcess, "Check stock", "Look"));
  }

  void whenBothMoveRulesOfADecisionTable_thenTheirOrderIsAConflictWhicheverIsOurs() {
    const auto table = [](std::string_view ids) {
      std::string text =
          "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\">\n  <decisionTable>\n";
      for (const char id : ids) text.append("    <rule id=\"r").append(1, id).append("\">\n    </rule>\n");
      return text + "  </decisionTable>\n</definitions>\n";
    };
    const FileMerge merged = MergeAs("m.dmn", table("1234"), table("2134"), table("1324"));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kOrder);
    QCOMPARE(*merged.conflicts[0].sides[merged.a_is_ours ? 0 : 1].value, std::string("r2, r1, r3"));
    QCOMPARE(*merged.conflicts[0].sides[merged.a_is_ours ? 1 : 0].value, std::string("r1, r3, r2"));
    const FileMerge both = MergeAs("m.dmn", table("1234"), table("2134"), table("1243"));
    QVERIFY(both.conflicts.empty());
    QCOMPARE(both.bytes, table("2143"));
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

  void whenOneSideDeletesWhatTheOtherOnlyWritesDifferently_thenItIsGone() {
    const std::string task = std::string(kProcess).substr(
        std::string(kProcess).find("    <task"),
        std::string(kProcess).find("    <endEvent") - std::string(kProcess).find("    <task"));
    const std::string deleted = Replaced(kProcess, task, "");
    for (const auto& [what, with] : std::vector<std::pair<std::string, std::string>>{
             {"<task id=\"T\" name=\"Check stock\"", "<task  name = 'Check stock'\n  id=\"T\" "},
             {"name=\"Check stock\"", "name='Check stock'"},
             {"Check stock", "Check&#32;stock"},
             {"<incoming>F1</incoming>", "<incoming>\n  F1\n</incoming>"},
             {"<incoming>F1</incoming>", "<incoming>F1</incoming\n>"}}) {
      const FileMerge merged = Merge(kProcess, deleted, Replaced(kProcess, what, with));
      QVERIFY2(merged.conflicts.empty(), with.c_str());
      QCOMPARE(merged.bytes, deleted);
      QVERIFY2(std::any_of(merged.notes.begin(), merged.notes.end(),
                           [](const Note& note) { return note.what.starts_with("white space"); }),
               with.c_str());
    }
    // What refers to it is no new reference when only its quotes change, and one when its value does.
    QVERIFY(
        Merge(kProcess, deleted, Replaced(kProcess, "targetRef=\"T\"", "targetRef='T'")).conflicts.empty());
    QVERIFY(
        !Merge(kProcess, deleted, Replaced(kProcess, "targetRef=\"E\"", "targetRef='T'")).conflicts.empty());
  }

  /// Both take the same lines away, but only one of them for good.
  void whenOneSideDeletesWhatTheOtherMovesFar_thenItIsAConflict() {
    const std::string moved =
        "    <endEvent id='e0' name='M1'>\n      <extensionElements/>\n    </endEvent>\n";
    const std::string renamed = Replaced(moved, "M1", "M2");
    const std::string base =
        Replaced(std::string(kThreeTasks), "    <userTask id='e1'", moved + "    <userTask id='e1'");
    for (const std::string& there : {moved, renamed}) {
      const FileMerge merged =
          MergeAs("m.bpmn", base, Replaced(std::string(kThreeTasks), "  </process>", there + "  </process>"),
                  kThreeTasks);
      QCOMPARE(merged.conflicts.size(), size_t{1});
      QCOMPARE(merged.conflicts[0].kind, ConflictKind::kDeletedEdit);
      QCOMPARE(merged.conflicts[0].element, std::string("e0"));
      QCOMPARE(merged.bytes.find("e0"), std::string::npos);
    }
    // A change that both made is none.
    QVERIFY(MergeAs("m.bpmn", base, Replaced(std::string(kThreeTasks), "'b'", "'B'"), kThreeTasks)
                .conflicts.empty());
  }

  void whenBothMoveWhatStandsAroundAComment_thenItIsThereOnce() {
    const auto task = [](int number) { return "    <task id='e" + std::to_string(number) + "'/>\n"; };
    const std::string first = "    <!-- M3 -->\n" + task(0) + "\n";
    const std::string second = task(1) + "\n";
    const std::string more = task(2) + "\n" + task(3) + "\n";
    const auto file = [&](const std::string& lines) {
      return Replaced(std::string(kThreeTasks), "    <userTask id='e1' name='a'/>\n", lines);
    };
    const FileMerge merged = MergeAs("m.bpmn", file(first + second + more), file(second + more + first),
                                     file(second + first + more));
    const size_t at = merged.bytes.find("<!-- M3 -->");
    QVERIFY(at != std::string::npos);
    QCOMPARE(merged.bytes.find("<!-- M3 -->", at + 1), std::string::npos);
  }

  void whenOneSideDeletesAShapeAndTheOtherPastesAModelElementIntoIt_thenItIsAConflict() {
    const std::string base =
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" xmlns:d=\"urn:d\">\n"
        "  <d:DMNDI>\n    <d:edge id=\"e\">\n      <d:point x=\"1\"/>\n    </d:edge>\n  </d:DMNDI>\n"
        "</definitions>\n";
    const std::string deleted =
        Replaced(base, "    <d:edge id=\"e\">\n      <d:point x=\"1\"/>\n    </d:edge>\n", "");
    const FileMerge drawn = MergeAs("m.dmn", base, deleted, Replaced(base, "x=\"1\"", "x=\"2\""));
    QVERIFY(drawn.conflicts.empty());
    QCOMPARE(drawn.bytes, deleted);
    const FileMerge pasted = MergeAs(
        "m.dmn", base, deleted, Replaced(base, "    </d:edge>", "      <decision id=\"p\"/>\n    </d:edge>"));
    QCOMPARE(pasted.conflicts.size(), size_t{1});
    QCOMPARE(pasted.conflicts[0].kind, ConflictKind::kDeletedEdit);
  }

  void whenLinesOfTextAreEdited_thenLinesAreMerged() {
    const FileMerge merged = Merge("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nD\nx");
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, std::string("a\nB\nc\nD\nx"));
    QCOMPARE(Merge("a\n", "b\n", "c\n").conflicts.size(), size_t{1});
  }

  void whenXmlIsNotWellFormed_thenItIsMergedAsLines() {
    const FileMerge merged =
        MergeAs("x.xml", "<a>\n<b>\nx\n</a>\n", "<a>\n<b>\nx\ny\n</a>\n", "<c>\n<b>\nx\n</a>\n");
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, std::string("<c>\n<b>\nx\ny\n</a>\n"));
    QVERIFY2(WhyAsLines(merged).starts_with("base: "), WhyAsLines(merged).c_str());
    // It names who broke it, and says nothing where there was nothing to be said.
    const std::string broken = Replaced(kProcess, "</", "<<");
    const FileMerge one = MergeAs("x.xml", kProcess, broken, Named("Look"));
    QCOMPARE(one.bytes, Replaced(broken, "Check stock", "Look"));
    QVERIFY2(WhyAsLines(one).starts_with("ours: "), WhyAsLines(one).c_str());
    QVERIFY(WhyAsLines(MergeAs("x.xml", kProcess, Named("Look"), Replaced(kProcess, "Ordered", "Begun")))
                .empty());
    QVERIFY(WhyAsLines(MergeAs("x.md", "a\n\nb\n", "A\n\nb\n", "a\n\nB\n")).empty());
  }

  void whenLinesOfBothTogetherAreNoElements_thenTheWholeFileIsAConflict() {
    // Entities with markup: its elements are nobody's to merge.
    const std::string base = "<!DOCTYPE a [<!ENTITY e \"<b/>\">]>\n<a>\np\nq\nr\ns\n&e;</a>\n";
    const std::string ours = Replaced(base, "q\nr\n", "<z>\nq\nr\n</z>\n");
    const std::string theirs = Replaced(base, "r\ns\n", "<w>\nr\ns\n</w>\n");
    for (const std::string name : {"m.bpmn", "m.dmn", "m.archimate"}) {
      const FileMerge merged = MergeAs(name, base, ours, theirs);
      QCOMPARE(merged.conflicts.size(), size_t{1});
      QCOMPARE(merged.conflicts[0].kind, ConflictKind::kContent);
      QVERIFY(merged.bytes == ours || merged.bytes == theirs);
      QCOMPARE(MergeAs(name, base, ours, Replaced(base, "\ns\n", "\ns\nt\n")).bytes,
               Replaced(ours, "\ns\n", "\ns\nt\n"));
    }
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

  // Namespaces.

  void whenOneSideRenamesAPrefixAndTheOtherInsertsWithIt_thenTheInsertGetsTheNewOne() {
    const std::string ours =
        ReplacedAll(ReplacedAll(std::string(kPrefixed), "b:", "c:"), "xmlns:b", "xmlns:c");
    const std::string theirs =
        Replaced(std::string(kPrefixed), "    <b:t", "    <b:n id=\"n\"><b:m b:k=\"1\"/></b:n>\n    <b:t");
    const FileMerge merged = Merge(kPrefixed, ours, theirs);
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "    <c:t", "    <c:n id=\"n\"><c:m c:k=\"1\"/></c:n>\n    <c:t"));
    QCOMPARE(merged.notes.size(), size_t{1});
    QCOMPARE(merged.notes[0].what, std::string("prefix: n n"));
  }

  void whenTheDefaultNamespaceGetsAPrefix_thenWhatTheOtherInsertsStaysInIt() {
    const FileMerge merged = Merge(kUnprefixed, ReplacedAll(std::string(kPrefixed), " xmlns:x=\"v\"", ""),
                                   Replaced(std::string(kUnprefixed), "    <t", "    <n id=\"n\"/>\n    <t"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ReplacedAll(std::string(kPrefixed), " xmlns:x=\"v\"", ""), "    <b:t",
                                    "    <b:n id=\"n\"/>\n    <b:t"));
  }

  void whenANamespaceIsRemovedThatTheOtherSideUses_thenItIsDeclaredThere() {
    const std::string ours = Replaced(std::string(kPrefixed), " xmlns:x=\"v\"", "");
    const FileMerge inserted =
        Merge(kPrefixed, ours, Replaced(std::string(kPrefixed), "    <b:t", "    <x:n/>\n    <b:t"));
    QVERIFY(inserted.conflicts.empty());
    QCOMPARE(inserted.bytes, Replaced(ours, "    <b:t", "    <x:n xmlns:x=\"v\"/>\n    <b:t"));
    const FileMerge attribute =
        Merge(kPrefixed, ours, Replaced(std::string(kPrefixed), "id=\"t\"", "id=\"t\" x:k=\"1\""));
    QCOMPARE(attribute.bytes, Replaced(ours, "id=\"t\"", "id=\"t\" x:k=\"1\" xmlns:x=\"v\""));
  }

  void whenOnlyTheUriChanges_thenItIsMeantForAllNames() {
    const std::string theirs = Replaced(std::string(kPrefixed), "    <b:t", "    <b:n/>\n    <b:t");
    for (const char* change : {"xmlns:b=\"w\" xmlns:c=\"u\"", "xmlns:b=\"w\"", "xmlns:c=\"u\""}) {
      const std::string ours = Replaced(std::string(kPrefixed), "xmlns:b=\"u\"", change);
      const FileMerge merged = Merge(kPrefixed, ours, theirs);
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, Replaced(ours, "    <b:t", "    <b:n/>\n    <b:t"));
    }
  }

  void whenOneSideChangesThePrefixOfAnElementAndTheOtherItsType_thenItHasBoth() {
    const std::string ours =
        ReplacedAll(ReplacedAll(std::string(kPrefixed), "b:", "c:"), "xmlns:b", "xmlns:c");
    const FileMerge merged = Merge(kPrefixed, ours, Replaced(std::string(kPrefixed), "b:t ", "b:u "));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "c:t ", "c:u "));
  }

  // Identities.

  void whenOneSideChangesAnIdAndTheOtherRefersToTheOldOne_thenThatIsAConflict() {
    std::string ours = kProcess;
    for (const char* attribute : {" id", "sourceRef", "targetRef", "bpmnElement"})
      ours = ReplacedAll(ours, std::string(attribute) + "=\"T\"", std::string(attribute) + "=\"T9\"");
    const std::string flow = "    <sequenceFlow id=\"F3\" sourceRef=\"S\" targetRef=\"T\" />\n";
    const std::string theirs = Replaced(kProcess, "    <scriptTask", flow + "    <scriptTask");
    const FileMerge merged = Merge(kProcess, ours, theirs);
    QCOMPARE(merged.conflicts.size(), size_t{1});
    const Conflict& conflict = merged.conflicts[0];
    QCOMPARE(conflict.kind, ConflictKind::kReconnect);
    QCOMPARE(conflict.element, std::string("F3"));
    QCOMPARE(conflict.attribute, std::string("targetRef"));
    QCOMPARE(*conflict.sides[merged.a_is_ours ? 0 : 1].value, std::string("T9"));
    QCOMPARE(*conflict.sides[merged.a_is_ours ? 1 : 0].value, std::string("T"));
    QCOMPARE(merged.bytes, Replaced(ours, "    <scriptTask", flow + "    <scriptTask"));

    ours = ReplacedAll(ReplacedAll(kProcess, "id=\"F1\"", "id=\"F9\""), ">F1<", ">F9<");
    const FileMerge text = Merge(kProcess, ours,
                                 Replaced(kProcess, "    <scriptTask id=\"C\">\n",
                                          "    <scriptTask id=\"C\">\n      <incoming>F1</incoming>\n"));
    QCOMPARE(text.conflicts.size(), size_t{1});
    QCOMPARE(text.conflicts[0].kind, ConflictKind::kText);
    QCOMPARE(*text.conflicts[0].sides[text.a_is_ours ? 0 : 1].value, std::string("F9"));
  }

  void whenOneSideChangesIdAndNameOfALeaf_thenItIsTheSameElement() {
    const std::string base =
        "<m>\n  <s id=\"S\" name=\"Ordered\"/>\n  <e id=\"E\" name=\"Done\"/>\n  <f id=\"F\" from=\"S\" "
        "to=\"E\"/>\n</m>\n";
    const std::string ours = Replaced(Replaced(base, "id=\"S\" name=\"Ordered\"", "id=\"S2\" name=\"Begun\""),
                                      "from=\"S\"", "from=\"S2\"");
    const FileMerge apart =
        Merge(base, ours, Replaced(base, "name=\"Ordered\"/>", "name=\"Ordered\" k=\"1\"/>"));
    QVERIFY(apart.conflicts.empty());
    QCOMPARE(apart.bytes, Replaced(ours, "name=\"Begun\"/>", "name=\"Begun\" k=\"1\"/>"));
    const FileMerge both = Merge(base, ours, Replaced(base, "Ordered", "Bought"));
    QCOMPARE(both.conflicts.size(), size_t{1});
    QCOMPARE(both.conflicts[0].kind, ConflictKind::kAttribute);
    QCOMPARE(both.conflicts[0].attribute, std::string("name"));
    // A new one in the place of one that went: what referred to that went, too.
    const std::string other =
        Replaced(Replaced(base, "id=\"S\" name=\"Ordered\"", "id=\"S2\" name=\"Begun\""),
                 "  <f id=\"F\" from=\"S\" to=\"E\"/>\n", "");
    const FileMerge deleted = Merge(base, other, Replaced(base, "Ordered", "Bought"));
    QCOMPARE(deleted.conflicts.size(), size_t{1});
    QCOMPARE(deleted.conflicts[0].kind, ConflictKind::kDeletedEdit);
  }

  void whenBothInsertAnElementOfOneId_thenThatIsAConflict() {
    const FileMerge merged = Merge(
        kProcess, Replaced(kProcess, "    <endEvent", "    <task id=\"N\" name=\"Here\" />\n    <endEvent"),
        Replaced(kProcess, "    <scriptTask", "    <task id=\"N\" name=\"There\" />\n    <scriptTask"));
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kAttribute);
    QCOMPARE(merged.conflicts[0].attribute, std::string("id"));
    QVERIFY(merged.bytes.find("Here") != std::string::npos &&
            merged.bytes.find("There") != std::string::npos);
  }

  // Lines.

  void whenTextsHaveOneHashInALibrary_thenTheyAreStillTwo() {
    // libstdc++'s std::hash takes both last lines for one.
    const std::string base = "one\ntwo\nthree\nfour\nViJ94eC_3M1RTEMZ";
    const std::string ours = "one\ntwo\nthree\nfour\n.RWPM6njmpyQB2//";
    const FileMerge merged = Merge(base, ours, Replaced(base, "one", "ONE"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "one", "ONE"));
  }

  void whenALineMovesFarAndTheOtherSideInserts_thenTheInsertStaysByItsNeighbours() {
    // What occurs once says the least here: the line that moved, and those that occur twice around it.
    const std::string line = "theta eps theta alpha delta\n";
    const std::string base =
        "theta\nzeta delta theta iota\n\n```\n```\n```\nkappa\ndelta\nkappa iota zeta beta gamma\ntheta eps "
        "theta alpha delta\nkappa\ndelta eta\ndelta\nkappa gamma kappa beta\n- item\n- item\ntheta eta\nzeta "
        "beta zeta\ngamma beta alpha\n\nkappa kappa\n";
    const std::string ours =
        Replaced(Replaced(Replaced(base, line, ""), "iota\n\n", "iota\n\n" + line + "\n"), "theta eta\n",
                 "theta eta\nkappa41\n");
    const FileMerge merged = Merge(base, ours, Replaced(base, "delta\nkappa iota", "delta\n28\nkappa iota"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "delta\nkappa iota", "delta\n28\nkappa iota"));
  }

  void whenBothMoveAParagraph_thenItIsAConflictAndBlankLinesStayBetween() {
    const std::string base = "Alpha one.\n\nBeta two.\n\nGamma three.\n\nDelta four.\n";
    const std::string ours = "Beta two.\n\nAlpha one.\n\nGamma three.\n\nDelta four.\n";
    const std::string theirs = "Alpha one.\n\nGamma three.\n\nBeta two.\n\nDelta four.\n";
    const FileMerge merged = MergeAs("a.md", base, ours, theirs);
    QCOMPARE(merged.conflicts.size(), size_t{1});
    QCOMPARE(merged.conflicts[0].kind, ConflictKind::kPlace);
    QVERIFY(merged.bytes == ours || merged.bytes == theirs);
    QCOMPARE(merged.bytes == ours, (merged.conflicts[0].standing == 0) == merged.a_is_ours);
  }

  void whenBothMoveParagraphsThatAreApart_thenBothMove() {
    const std::string base = "a\n\nb\n\nc\n\nd\n\ne\n\nf\n\ng\n\nh\n";
    const FileMerge merged =
        MergeAs("a.md", base, Replaced(base, "a\n\nb\n", "b\n\na\n"), Replaced(base, "g\n\nh\n", "h\n\ng\n"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, Replaced(Replaced(base, "a\n\nb\n", "b\n\na\n"), "g\n\nh\n", "h\n\ng\n"));
  }

  void whenBothMakeOneChangeOfLines_thenItIsThereOnce() {
    const FileMerge merged = Merge("a\nb\nc\nd\ne\n", "a\nnew\nc\nd\ne\n", "a\nnew\nc\nd\nE\n");
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, std::string("a\nnew\nc\nd\nE\n"));
  }

  void whenOneSideOpensAnElementAroundALine_thenTheFileIsStillMergedByElements() {
    const std::string base = R"(<a><b><w x="1"/><w x="2"/></b><c id="q"/></a>)";
    const std::string ours = Replaced(base, R"(<w x="1"/>)", "<w x=\"1\">\n</w>");
    const FileMerge merged = Merge(base, ours, Replaced(base, "q", "r"));
    QVERIFY(merged.conflicts.empty() && merged.notes.empty());
    QCOMPARE(merged.bytes, Replaced(ours, "q", "r"));
  }

  void whenBothAppendToAFileWithoutALastLineEnd_thenTheirLinesStayLines() {
    for (const std::string& end : {std::string("\n"), std::string("\r\n")}) {
      const std::string base = "four" + end + "five";
      const FileMerge merged = Merge(base, base + end + "six", base + end + "seven");
      const std::string both = base + end + "six" + end + "seven", other = base + end + "seven" + end + "six";
      QVERIFY2(merged.bytes == both || merged.bytes == other, merged.bytes.c_str());
    }
  }

  void whenTextIsInNoUnicodeEncoding_thenItsLinesAreMergedByteForByte() {
    const std::string base = "one\ntwo\nthree\n\xe4\n";
    const FileMerge merged =
        MergeAs("a.md", base, Replaced(base, "one", "\xd6ne"), Replaced(base, "three", "\xc3\xa4"));
    QVERIFY(merged.conflicts.empty());
    QCOMPARE(merged.bytes, std::string("\xd6ne\ntwo\n\xc3\xa4\n\xe4\n"));
  }

  // Size.

  void whenListsAreLongAndAlikeInTheWorstWays_thenTheyMergeAllTheSame() {
    constexpr int kMany = 2'000;
    const auto list = [](auto line) {
      std::string text = "<m>\n";
      for (int i = 0; i < kMany; ++i) text += line(i);
      return text + "</m>\n";
    };
    const auto number = [](int i) { return std::to_string(i); };
    // Both insert the same again and again.
    const std::string same = list([](int) { return std::string("<g/>\n"); });
    const FileMerge inserted = Merge("<m>\n</m>\n", same, Replaced(same, "</m>", "<h/>\n</m>"));
    QVERIFY(inserted.conflicts.empty());
    QCOMPARE(inserted.bytes, Replaced(same, "</m>", "<h/>\n</m>"));
    // Both put the list in another order.
    const auto element = [&](int i) { return "<g id=\"g" + number(i) + "\"/>\n"; };
    const FileMerge moved = Merge(list(element), list([&](int i) { return element(kMany - 1 - i); }),
                                  list([&](int i) { return element((i * 7919) % kMany); }));
    QVERIFY(moved.conflicts.empty());
    // One element has very many attributes.
    const auto attributes = [&](int step) {
      std::string text = "<m><g";
      for (int i = 0; i < kMany; i += 2) text += " a" + number(i) + "=\"" + number(i % step) + "\"";
      return text + "/></m>";
    };
    const FileMerge valued =
        Merge(attributes(kMany), attributes(3), Replaced(attributes(kMany), "<g", "<g id=\"1\""));
    QCOMPARE(valued.bytes, Replaced(attributes(3), "<g", "<g id=\"1\""));
  }

  // Encodings.

  void whenTheNewEncodingLacksACharacter_thenItBecomesAReferenceWhereThatMeansTheSame() {
    for (const std::string& narrow : {std::string("ISO-8859-1"), std::string("US-ASCII")}) {
      const std::string ours = Replaced(kProcess, "UTF-8", narrow);
      const FileMerge merged = MergeAs("a.xml", kProcess, ours, Named("2 \xe2\x82\xac"));
      QVERIFY(merged.conflicts.empty());
      QCOMPARE(merged.bytes, Replaced(ours, "Check stock", "2 &#8364;"));
    }
  }

  void whenTheNewEncodingLacksACharacterThatNoReferenceCanStandFor_thenTheOldOneStands() {
    const std::string ours = Replaced(kProcess, "UTF-8", "ISO-8859-1");
    const std::string ascii = Replaced(kProcess, "UTF-8", "US-ASCII");
    for (const std::string& with : {std::string("<!-- \xe2\x82\xac --><task"),
                                    std::string("<text><![CDATA[\xe2\x82\xac]]></text><task")}) {
      const std::string theirs = Replaced(kProcess, "<task", with);
      for (const std::string& narrow : {ours, ascii}) {
        const FileMerge merged = MergeAs("a.xml", kProcess, narrow, theirs);
        QCOMPARE(merged.bytes, theirs);
        QCOMPARE(merged.conflicts.size(), size_t{1});
        QCOMPARE(merged.conflicts[0].name, std::string("the encoding"));
        QCOMPARE((merged.conflicts[0].standing == 0) == merged.a_is_ours, false);
      }
    }
    const std::string named = Replaced(kProcess, "<task id",
                                       "<task gr\xc3\xb6\xc3\x9f"
                                       "e=\"1\" id");
    QCOMPARE(MergeAs("a.xml", kProcess, ascii, named).bytes, named);
  }
};

QTEST_APPLESS_MAIN(MergeFilesTest)
#include "files_test.moc"
