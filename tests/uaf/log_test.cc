#include <QtTest>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "uaf/log/chain.h"
#include "uaf/log/change_set.h"
#include "uaf/log/segment.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

const StreamId kOwn{"00112233445566778899aabbccddeeff"};
const StreamId kOther{"ffeeddccbbaa99887766554433221100"};
const StreamId kDerived{std::string(64, 'a')};
const StreamId kForked{"00112233445566778899aabbccddeeff~0a1b"};

NodeId Node(const StreamId& stream, uint64_t seq, uint32_t ordinal) { return {{stream, seq}, ordinal}; }

document::ImportOp Import() {
  document::ImportOp import;
  import.blob = Sha256("blob");
  import.kind = document::TreeKind::kXml;
  import.encoding = document::Encoding::kUtf16Be;
  import.byte_order_mark = true;
  return import;
}

ChangeSet Base(uint64_t seq, std::string label, EventBody body) {
  ChangeSet change_set;
  change_set.id = {kOwn, seq};
  change_set.time = {1'772'366'400'000'000 + seq, seq % 3};
  change_set.author = {"Ada Lovelace", "ada@example.org"};
  change_set.wall_time =
      WallTime(std::chrono::microseconds(1'772'366'400'000'000 + static_cast<int64_t>(seq)));
  change_set.tool = "test 1";
  change_set.label = std::move(label);
  change_set.artifact.name = Sha256("artifact").Hex();
  const BodyType type = TypeOf(body);
  change_set.kind = type.kind;
  change_set.version = type.version;
  change_set.body = std::move(body);
  return change_set;
}

/// One event of every kind, and every operation with every optional field absent and present.
std::vector<ChangeSet> Samples() {
  std::vector<ChangeSet> samples;
  samples.push_back(Base(1, "Import a.bpmn", ArtifactCreated{"a b/ä.bpmn", "bpmn", Import()}));
  Edit edit;
  edit.group = "t/name";
  edit.intent = "edit";
  const document::Place between{Node(kOther, 9, 0), Node(kOwn, 1, 2), Node(kForked, 3, 4)};
  edit.ops = {Import(),
              document::InsertNodeOp{between, 7, "\n  <a b='c'/>", 1},
              document::InsertNodeOp{{Node(kOwn, 2, 0), std::nullopt, std::nullopt}, 0, "", 1},
              document::MoveNodeOp{Node(kDerived, 1, 300), std::nullopt},
              document::MoveNodeOp{Node(kOwn, 1, 5),
                                   document::Place{Node(kOwn, 1, 1), std::nullopt, Node(kOwn, 1, 6)}},
              document::SetNameOp{Node(kOwn, 1, 3), "bpmn:userTask"},
              document::SetAttributeOp{Node(kOwn, 1, 3), "name",
                                       document::AttributeText{" ", " = ", '\'', "a &amp; b"}, "id"},
              document::SetAttributeOp{Node(kOwn, 1, 3), "name", std::nullopt, ""},
              document::SetTextOp{Node(kOwn, 1, 4), "text"},
              document::SpliceTextOp{Node(kOwn, 1, 4), 2, 1, "ß"},
              document::SetTriviaOp{Node(kOwn, 1, 4), document::Trivia::kSelfClosing, "1"},
              document::ShiftAttributesOp{{{Node(kOwn, 1, 8), "x"}, {Node(kOther, 2, 9), "y"}}, -12'500}};
  samples.push_back(Base(2, "Move 3 shapes", edit));
  Edit undo;
  undo.role = UndoRole::kUndo;
  undo.reverts = {{kOwn, 2}, {kOther, 4}};
  undo.intent = "undo";
  undo.ops = {document::SetTextOp{Node(kOwn, 1, 4), ""}};
  samples.push_back(Base(3, "Undo: Move 3 shapes", undo));
  samples.push_back(Base(4, "Rename", ArtifactRenamed{"b.bpmn"}));
  samples.push_back(Base(5, "Remove", ArtifactRetired{}));
  samples.push_back(Base(6, "Key", KeyAdded{std::string(32, '\x07'), "laptop"}));
  samples.back().artifact = {};
  ChangeSet unknown = Base(7, "From the future", UnknownBody{"\x01\x02 anything"});
  unknown.kind = 4711;
  unknown.version = 3;
  unknown.parents = {{{kOther, 12}, Sha256("parent")}, {{kForked, 1}, Sha256("fork")}};
  samples.push_back(unknown);
  return samples;
}

std::filesystem::path GoldenFolder() {
  const char* source = std::getenv("AMEIDE_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "tests" / "uaf" / "golden";
}

Segment SampleSegment() {
  Segment segment;
  segment.workspace = Sha256("workspace").Hex();
  segment.stream = kOwn;
  segment.number = 3;
  segment.first = 1;
  segment.previous = FirstLink(segment.workspace, kOwn);
  segment.seed = std::string(32, 's');
  for (const ChangeSet& sample : Samples()) segment.events.push_back(EncodeChangeSet(sample));
  return segment;
}

}  // namespace

/// The byte forms that stay for ever.
class LogTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenAnEventIsEncoded_thenItDecodesToTheSame() {
    for (const ChangeSet& sample : Samples()) {
      const auto decoded = DecodeChangeSet(EncodeChangeSet(sample));
      VERIFY_OK(decoded);
      QVERIFY2(*decoded == sample, sample.label.c_str());
    }
  }

  // The file was written by the release that introduced these forms. It is only ever added to. A difference
  // means that old logs would get other hashes: the code is wrong, never the file.
  void whenEventsAreEncoded_thenTheBytesAreThoseOfTheFirstRelease() {
    const std::filesystem::path path = GoldenFolder() / "events-v1.txt";
    std::string actual;
    for (const ChangeSet& sample : Samples())
      actual += sample.label + "\t" + HexEncode(EncodeChangeSet(sample)) + "\n";
    if (!std::filesystem::exists(path) && std::getenv("AMEIDE_WRITE_GOLDEN") != nullptr)
      std::ofstream(path) << actual;
    std::ifstream file(path);
    QVERIFY2(file.good(), path.c_str());
    QCOMPARE(actual, std::string(std::istreambuf_iterator<char>(file), {}));
  }

  void whenBytesAreNotCanonical_thenTheyAreRefused() {
    for (const ChangeSet& sample : Samples()) {
      const std::string bytes = EncodeChangeSet(sample);
      for (size_t length = 0; length < bytes.size(); ++length) {
        QVERIFY(!DecodeChangeSet(bytes.substr(0, length)).ok());
      }
      QVERIFY(!DecodeChangeSet(bytes + '\0').ok());
      // Any other byte is either refused or another event; never the same one.
      for (size_t at = 0; at < bytes.size(); ++at) {
        for (const int flip : {1, 0x80, 0xff}) {
          std::string changed = bytes;
          changed[at] = static_cast<char>(changed[at] ^ flip);
          const auto decoded = DecodeChangeSet(changed);
          QVERIFY(!decoded.ok() || *decoded != sample);
        }
      }
    }
  }

  void whenAnEventIsTheCommandsOwn_thenBindingNamesIt() {
    document::Op op = document::MoveNodeOp{{EventId{}, 2},
                                           document::Place{{EventId{}, 0}, Node(kOther, 1, 1), std::nullopt}};
    BindToEvent(op, {kOwn, 8});
    const document::Op expected = document::MoveNodeOp{
        Node(kOwn, 8, 2), document::Place{Node(kOwn, 8, 0), Node(kOther, 1, 1), std::nullopt}};
    QVERIFY(op == expected);
  }

  void whenASegmentIsSealed_thenItReadsBackAndVerifies() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    Segment segment = SampleSegment();
    const std::string bytes = EncodeSegment(segment, key);
    const auto decoded = DecodeSegment(bytes);
    VERIFY_OK(decoded);
    QCOMPARE(decoded->segment.events, segment.events);
    QCOMPARE(decoded->segment.head, LinksOf(segment).back());
    QCOMPARE(decoded->segment.number, uint64_t{3});
    VERIFY_OK(VerifySegment(*decoded, key.public_key()));
    const Ed25519PrivateKey other = Ed25519PrivateKey::Generate(random);
    QVERIFY(absl::IsDataLoss(VerifySegment(*decoded, other.public_key())));
  }

  void whenAnyBitOfASegmentIsChanged_thenItIsFound() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    Segment segment = SampleSegment();
    const std::string bytes = EncodeSegment(segment, key);
    for (size_t at = 0; at < bytes.size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
        QVERIFY(!DecodeSegment(changed).ok());
      }
    }
    for (size_t length = 0; length < bytes.size(); ++length)
      QVERIFY(!DecodeSegment(bytes.substr(0, length)).ok());
  }

  // Somebody who also repairs the checksum meets the chain, and who repairs the chain meets the signature.
  void whenAForgerRepairsChecksumAndChain_thenTheSignatureTells() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    const Ed25519PrivateKey forger = Ed25519PrivateKey::Generate(random);
    Segment segment = SampleSegment();
    const std::string original = EncodeSegment(segment, key);
    size_t refused = 0;
    for (size_t at = 0; at + 32 < original.size(); ++at) {
      std::string changed = original.substr(0, original.size() - 32);
      changed[at] = static_cast<char>(changed[at] ^ 1);
      changed += Sha256(changed).view();
      const auto decoded = DecodeSegment(changed);
      const bool accepted = decoded.ok() && VerifySegment(*decoded, key.public_key()).ok();
      // What may differ is only the packing, the number and the place, never an event; Verify and receive
      // check those.
      if (accepted) QCOMPARE(decoded->segment.events, segment.events);
      refused += accepted ? 0 : 1;
    }
    QVERIFY(refused > original.size() / 2);
    Segment forged = SampleSegment();
    ChangeSet lie = *DecodeChangeSet(forged.events[1]);
    lie.label = "Move 4 shapes";
    forged.events[1] = EncodeChangeSet(lie);
    const auto decoded = DecodeSegment(EncodeSegment(forged, forger));
    VERIFY_OK(decoded);
    SignedSegment claimed = *decoded;
    claimed.segment.key = key.public_key().Fingerprint();
    QVERIFY(absl::IsDataLoss(VerifySegment(claimed, key.public_key())));
  }

  void whenSaltsDiffer_thenEqualEventsHaveDifferentHashes() {
    const std::string event = EncodeChangeSet(Samples().front());
    QVERIFY(PayloadHash(SaltOf("seed", 1), event) != PayloadHash(SaltOf("seed", 2), event));
    QVERIFY(PayloadHash(SaltOf("seed", 1), event) != PayloadHash(SaltOf("other", 1), event));
    QVERIFY(FirstLink("a", kOwn) != FirstLink("b", kOwn));
  }
};

QTEST_APPLESS_MAIN(LogTest)
#include "log_test.moc"
