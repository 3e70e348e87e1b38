#include "uaf/log/derive.h"

#include <QtTest>
#include <cstdlib>
#include <set>
#include <string>

#include "base/hash.h"
#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "tests/uaf/random_edits.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

const EventId kImport{{std::string(32, 'a')}, 1};

document::Document Parse(std::string_view bytes) {
  document::ImportOp import;
  import.kind = document::TreeKind::kXml;
  auto document = document::Document::Import(import, bytes, kImport);
  if (!document.ok()) std::abort();
  return *std::move(document);
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
      document::Document folded = base.Clone();
      for (const document::Op& op : OpsOf(here->body)) {
        if (const auto* import = std::get_if<document::ImportOp>(&op)) {
          folded = *document::Document::Import(*import, blob, here->id);
        } else {
          VERIFY_OK(folded.Apply(op, here->id));
        }
      }
      QCOMPARE(folded.Render(), blob);
      ++derived;
    }
    QVERIFY(derived > 100);
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

  void whenTheCommitsFileHoldsConflictMarkers_thenThereIsNoEvent() {
    const auto refused = DeriveForeignEdit(Input("<a>\n<<<<<<< HEAD\n</a>"), Parse("<a/>"));
    QVERIFY(absl::IsInvalidArgument(refused.status()));
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
