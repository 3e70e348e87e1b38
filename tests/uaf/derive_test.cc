#include "uaf/log/derive.h"

#include <QtTest>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

const EventId kImport{{std::string(32, 'a')}, 1};

document::Document Parse(std::string_view bytes, document::TreeKind kind = document::TreeKind::kXml) {
  document::ImportOp import;
  import.blob = Sha256(bytes);
  import.kind = kind;
  auto document = document::Document::Import(import, bytes, kImport);
  if (!document.ok()) std::abort();
  return *std::move(document);
}

/// A file before and after a commit by somebody else.
struct FixedCommit {
  const char* what;
  document::TreeKind kind;
  std::string before;
  std::string after;
};

/// Each way in which a derivation can go: elements and attributes that change, come, go and move, mixed text,
/// comments, another style, lines, other encodings, whole files.
std::vector<FixedCommit> FixedCommits() {
  using enum document::TreeKind;
  const std::string model =
      "<?xml version=\"1.0\"?>\n<d xmlns:x=\"urn:x\">\n  <t id=\"a\" name=\"One\"/>\n  <t id=\"b\" "
      "name='Two'><doc>Some words</doc></t>\n  <!-- here -->\n  <f id=\"f\" fromRef=\"a\" toRef=\"b\"/>\n"
      "  <s of=\"a\" x=\"10\" y=\"20\"/>\n</d>\n";
  const auto with = [&model](const std::string& from, const std::string& to) {
    std::string changed = model;
    changed.replace(changed.find(from), from.size(), to);
    return changed;
  };
  std::string moved = with("  <t id=\"a\" name=\"One\"/>\n", "");
  moved.insert(moved.find("</d>"), "  <t id=\"a\" name=\"One\"/>\n");
  const std::string text = "# Vision\r\n\r\nOne line\r\nAnother line\r\nThe last, without an end";
  return {
      {"an attribute", kXml, model, with("\"One\"", "\"One &amp; only\"")},
      {"an attribute comes, another goes", kXml, model, with("name=\"One\"", "kind=\"x\"")},
      {"another name", kXml, model, with("<t id=\"a\"", "<u id=\"a\"")},
      {"another id and name", kXml, model, with("<t id=\"a\" name=\"One\"", "<t id=\"c\" name=\"Three\"")},
      {"text", kXml, model, with("Some words", "Some other words")},
      {"an element comes", kXml, model, with("  <!-- here -->", "  <t id=\"c\"><x:y/></t>\n  <!-- here -->")},
      {"an element goes", kXml, model, with("  <t id=\"a\" name=\"One\"/>\n", "")},
      {"an element moves", kXml, model, moved},
      {"a comment", kXml, model, with("here", "there")},
      {"white space alone", kXml, model, with("\n  <t id=\"a\"", "\n\t<t id=\"a\"")},
      {"quotes alone", kXml, model, with("'Two'", "\"Two\"")},
      {"a drawing", kXml, model, with("x=\"10\"", "x=\"12.5\"")},
      {"another encoding", kXml, model, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><d name=\"\xe4\"/>"},
      {"a mark of byte order", kXml, model, "\xef\xbb\xbf" + model},
      {"a line", kLines, text, "# Vision\r\n\r\nOne longer line\r\nAnother line\r\nThe last, without an end"},
      {"lines come and go", kLines, text, "# Vision\r\nAnother line\r\nNew\r\nThe last, with one\r\n"},
      {"other line ends", kLines, text, "# Vision\n\nOne line\nAnother line\n"},
      {"a line moves among equal ones", kLines, "x\n-\n-\none\n-\n-\ntwo\nmoved\n",
       "x\nmoved\n-\n-\none\n-\n-\ntwo\n"},
      {"nothing is left", kLines, text, ""},
      {"whole files", kOpaque, std::string("\0\1\2", 3), std::string("\0\1\3", 3)},
  };
}

DerivationInput Input(std::string_view blob) {
  DerivationInput input;
  input.workspace = Sha256("workspace").Hex();
  input.artifact = ArtifactId{Sha256("artifact").Hex()};
  input.base = {{kImport, Sha256("link")}};
  input.latest = {1'772'366'400'000'000, 3};
  input.commit = {
      "c0ffee0000000000000000000000000000000001", {"Eve", "eve@example.org"}, *ParseTime("2026-03-02")};
  input.blob = blob;
  return input;
}

/// What the importer of this version derived.
std::filesystem::path GoldenOf(uint32_t version) {
  const char* source = std::getenv("AMEIDE_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "tests" / "uaf" / "golden" /
         ("derived-v" + std::to_string(version) + ".txt");
}

/// The file that the event makes of `base`; `blob` is the commit's.
std::string Folded(const document::Document& base, const ChangeSet& event, std::string_view blob) {
  document::Document folded = base.Clone();
  for (const document::Op& op : OpsOf(event.body)) {
    if (const auto* import = std::get_if<document::ImportOp>(&op)) {
      folded = *document::Document::Import(*import, blob, event.id);
    } else if (const auto applied = folded.Apply(op, event.id); !applied.ok()) {
      return applied.status().ToString();
    }
  }
  return folded.Render();
}

uint64_t Seed() {
  const char* given = std::getenv("AMEIDE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
}

}  // namespace

/// What a commit by somebody else means, equally for everybody.
class DeriveTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenTwoMachinesDeriveOneCommit_thenTheirEventsAreEqualAndGiveItsBytes() {
    const uint64_t seed = Seed();
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    int derived = 0;
    for (int round = 0; round < 200; ++round) {
      const document::Document base = Parse(kModel);
      std::string blob = RandomForeignEdit(base, random);
      for (uint64_t more = random.Below(3); more > 0; --more) {
        if (absl::IsInvalidArgument(DeriveForeignEdit(Input(blob), base).status())) break;
        blob = RandomForeignEdit(Parse(blob), random);
      }
      const auto here = DeriveForeignEdit(Input(blob), base);
      if (!here.ok()) {
        QVERIFY(absl::IsInvalidArgument(here.status()));
        continue;
      }
      // Another machine has the base from its own fold, and another address for every node.
      auto elsewhere_base = document::Document::DecodeSnapshot(Parse(kModel).EncodeSnapshot());
      VERIFY_OK(elsewhere_base);
      const std::string blob_there = blob;
      const auto there = DeriveForeignEdit(Input(blob_there), *elsewhere_base);
      VERIFY_OK(there);
      QCOMPARE(EncodeChangeSet(*here), EncodeChangeSet(*there));
      QVERIFY(IsDerived(*here));
      VERIFY_OK(DecodeChangeSet(EncodeChangeSet(*here)));
      QCOMPARE(Folded(base, *here, blob), blob);
      ++derived;
    }
    QVERIFY(derived > 100);
  }

  // The file was written by the importer of its version, and never changes. A difference means that two
  // releases would derive two events from one commit: whoever changes what is derived counts
  // kImporterVersion up, and a new file is written with AMEIDE_WRITE_GOLDEN.
  void whenACommitIsDerived_thenTheBytesAreThoseOfItsImporterVersion() {
    const std::filesystem::path path = GoldenOf(kImporterVersion);
    std::string actual;
    const auto add = [&actual](const std::string& what, const ChangeSet& event) {
      actual += what + "\t" + HexEncode(EncodeChangeSet(event)) + "\n";
    };
    for (const FixedCommit& commit : FixedCommits()) {
      const auto event = DeriveForeignEdit(Input(commit.after), Parse(commit.before, commit.kind));
      QVERIFY2(event.ok(), commit.what);
      add(commit.what, *event);
    }
    for (const FixedCommit& commit : FixedCommits()) {
      DerivationInput input = Input(commit.after);
      input.artifact = DerivedArtifact(input.workspace, "a/b.x", "root");
      add(std::string("created: ") + commit.what, DeriveCreated(input, "a/b.x", "x", commit.kind));
    }
    if (!std::filesystem::exists(path) && std::getenv("AMEIDE_WRITE_GOLDEN") != nullptr)
      std::ofstream(path) << actual;
    std::ifstream golden(path);
    QVERIFY2(golden.good(), path.c_str());
    QCOMPARE(actual, std::string(std::istreambuf_iterator<char>(golden), {}));
  }

  // What earlier importers derived lies in the logs of those who had them: it is read, and says the same.
  void whenAnEarlierImporterDerivedIt_thenItIsStillReadAndGivesTheCommitsBytes_data() {
    QTest::addColumn<uint32_t>("version");
    for (uint32_t version = 1; version < kImporterVersion; ++version)
      QTest::addRow("importer %u", version) << version;
  }
  void whenAnEarlierImporterDerivedIt_thenItIsStillReadAndGivesTheCommitsBytes() {
    QFETCH(const uint32_t, version);
    std::ifstream golden(GoldenOf(version));
    QVERIFY(golden.good());
    size_t read = 0;
    for (std::string line; std::getline(golden, line);) {
      const size_t tab = line.find('\t');
      const std::string what = line.substr(0, tab);
      const auto bytes = HexDecode(line.substr(tab + 1));
      VERIFY_OK(bytes);
      const auto event = DecodeChangeSet(*bytes);
      VERIFY_OK(event);
      QCOMPARE(EncodeChangeSet(*event), *bytes);
      QVERIFY(IsDerived(*event));
      ++read;
      const auto* foreign = std::get_if<ForeignEdit>(&event->body);
      if (foreign == nullptr) continue;
      QCOMPARE(foreign->importer_version, version);
      for (const FixedCommit& commit : FixedCommits()) {
        if (what != commit.what) continue;
        QCOMPARE(Folded(Parse(commit.before, commit.kind), *event, commit.after), commit.after);
        // Both are of one commit: the later importer's counts.
        const auto now = DeriveForeignEdit(Input(commit.after), Parse(commit.before, commit.kind));
        VERIFY_OK(now);
        QVERIFY(AreOfOneDerivation(*event, *now));
        QVERIFY(CountsBefore(*now, *event));
      }
    }
    QVERIFY(read >= 36);
  }

  void whenAnyInputDiffers_thenTheStreamIsAnother() {
    const DerivationInput input = Input("<a/>");
    std::set<StreamId> streams{DerivedStream(input)};
    for (int which = 0; which < 4; ++which) {
      DerivationInput other = input;
      if (which == 0) other.workspace = Sha256("other").Hex();
      if (which == 1) other.artifact = ArtifactId{Sha256("other").Hex()};
      if (which == 2) other.base.front().hash = Sha256("other");
      if (which == 3) other.blob = "<b/>";
      QVERIFY(streams.insert(DerivedStream(other)).second);
    }
    // Who committed, and when, does not matter.
    DerivationInput rebased = input;
    rebased.commit.id = "d00d";
    QCOMPARE(DerivedStream(rebased), DerivedStream(input));
  }

  void whenACommitRemovesOrRenamesAFile_thenTheEventFollowsFromItAlone() {
    const DerivationInput input = Input("");
    const ChangeSet retired = DeriveRetired(input);
    const ChangeSet renamed = DeriveRenamed(input, "b.x");
    QVERIFY(std::holds_alternative<ArtifactRetired>(retired.body));
    QCOMPARE(std::get<ArtifactRenamed>(renamed.body).path, std::string("b.x"));
    std::set<StreamId> streams;
    for (const ChangeSet& event : {retired, renamed, DeriveRenamed(input, "c.x")}) {
      QVERIFY(IsDerived(event));
      QCOMPARE(event.wall_time, input.commit.time);
      QVERIFY(event.time > input.latest);
      const auto read = DecodeChangeSet(EncodeChangeSet(event));
      QVERIFY(read.ok() && *read == event);
      streams.insert(event.id.stream);
    }
    // The file says nothing; all else names the event, so that two of one name are equal.
    QVERIFY(DeriveRetired(Input("<a/>")) == retired);
    for (int which = 0; which < 4; ++which) {
      DerivationInput other = input;
      if (which == 0) other.artifact = ArtifactId{Sha256("other").Hex()};
      if (which == 1) other.base.front().hash = Sha256("other");
      if (which == 2) other.commit.author.name = "Mallory";
      if (which == 3) other.commit.time += std::chrono::seconds(1);
      streams.insert(DeriveRetired(other).id.stream);
    }
    QCOMPARE(streams.size(), size_t{7});
  }

  void whenTheCommitsFileHoldsConflictMarkers_thenThereIsNoEvent() {
    const auto refused = DeriveForeignEdit(Input("<a>\n<<<<<<< HEAD\n</a>"), Parse("<a/>"));
    QVERIFY(absl::IsInvalidArgument(refused.status()));
    // Lines take anything: there the markers alone tell.
    const std::string half = "One\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> theirs\n";
    const auto lines = DeriveForeignEdit(Input(half), Parse("One\nTwo\n", document::TreeKind::kLines));
    QVERIFY(absl::IsInvalidArgument(lines.status()));
    QVERIFY(std::string(lines.status().message()).starts_with("2:1: "));
    // Whoever writes about them, or did so before, is not in conflict.
    VERIFY_OK(DeriveForeignEdit(Input("Title\n=======\nTwo\n"), Parse("One\n", document::TreeKind::kLines)));
    VERIFY_OK(DeriveForeignEdit(Input(half + "More\n"), Parse(half, document::TreeKind::kLines)));
  }

  void whenTheEncodingIsAnotherOne_thenTheFileIsTakenAsAWhole() {
    const std::string blob = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a b=\"\xe4\"/>";
    const auto event = DeriveForeignEdit(Input(blob), Parse("<a/>"));
    VERIFY_OK(event);
    const auto ops = OpsOf(event->body);
    QCOMPARE(ops.size(), size_t{1});
    QVERIFY(std::get<document::ImportOp>(ops[0]).encoding == document::Encoding::kLatin1);
    QCOMPARE(document::Document::Import(std::get<document::ImportOp>(ops[0]), blob, event->id)->Render(),
             blob);
  }

  void whenAFileIsNew_thenItsArtifactIsNamedByPathAndRoot() {
    DerivationInput input = Input(kModel);
    input.artifact = DerivedArtifact(input.workspace, "a.bpmn", "root");
    const ChangeSet created = DeriveCreated(input, "a.bpmn", "bpmn", document::TreeKind::kXml);
    QVERIFY(IsDerived(created));
    QCOMPARE(created.id.stream, DerivedStream(input));
    QVERIFY(std::get<ArtifactCreated>(created.body).import.kind == document::TreeKind::kXml);
    QVERIFY(DerivedArtifact(input.workspace, "b.bpmn", "root") != input.artifact);
    input.blob = "no markup at all <";
    QVERIFY(std::get<ArtifactCreated>(DeriveCreated(input, "a.bpmn", "bpmn", document::TreeKind::kXml).body)
                .import.kind == document::TreeKind::kOpaque);
  }

  void whenSeveralReleasesDerivedOneCommit_thenTheHighestCounts() {
    const ChangeSet first = *DeriveForeignEdit(Input("<a b=\"1\"/>"), Parse("<a/>"));
    ChangeSet later = first;
    std::get<ForeignEdit>(later.body).importer_version = kImporterVersion + 1;
    later.id.stream = StreamId{Sha256("later").Hex()};
    QVERIFY(AreOfOneDerivation(first, later));
    QVERIFY(CountsBefore(later, first) && !CountsBefore(first, later));
    // A commit that was rebased says the same under another name: one of the two counts, for everybody the
    // same.
    ChangeSet rebased = first;
    std::get<ForeignEdit>(rebased.body).commit = "d00d";
    QVERIFY(CountsBefore(rebased, first) != CountsBefore(first, rebased));
    const ChangeSet other = *DeriveForeignEdit(Input("<a b=\"2\"/>"), Parse("<a/>"));
    QVERIFY(!AreOfOneDerivation(first, other));
  }
};

QTEST_APPLESS_MAIN(DeriveTest)
#include "derive_test.moc"
