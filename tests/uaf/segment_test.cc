#include "uaf/log/segment.h"

#include <QtTest>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "tests/uaf/event_samples.h"
#include "tests/uaf/fixture.h"
#include "uaf/log/chain.h"
#include "uaf/log/columns.h"
#include "uaf/log/skeleton.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

const StreamId kOwn{"00112233445566778899aabbccddeeff"};
const std::string kWorkspace = Sha256("workspace").Hex();

uint64_t Seed() {
  const char* given = std::getenv("AMEIDE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
}

/// One event of every kind, as the first ones of one stream.
std::vector<std::string> EveryKind() {
  std::vector<ChangeSet> samples = EventsOfTheFirstRelease();
  for (ChangeSet& sample : EventsOfTheSecondRelease()) samples.push_back(std::move(sample));
  std::vector<std::string> events;
  for (ChangeSet& sample : samples) {
    sample.id = {kOwn, events.size() + 1};
    events.push_back(EncodeChangeSet(sample));
  }
  return events;
}

/// Edits of any shape that the canonical form allows, not only of those that make sense.
class RandomEvents {
 public:
  explicit RandomEvents(uint64_t seed) : random_(seed) {}
  std::vector<std::string> Take(size_t count) {
    std::vector<std::string> events;
    for (size_t i = 0; i < count; ++i) {
      ChangeSet event = EventsOfTheFirstRelease()[1];
      event.id = {kOwn, events.size() + 1};
      event.time = {random_.Below(3) == 0 ? Any() : 1'000'000 + random_.Below(1000), random_.Below(3)};
      event.wall_time = WallTime(std::chrono::microseconds(static_cast<int64_t>(Any())));
      event.label = Text();
      Edit edit;
      edit.group = Text();
      edit.role = static_cast<UndoRole>(random_.Below(3));
      if (edit.role != UndoRole::kNone || random_.Below(9) == 0) edit.reverts = {Event(), Event()};
      for (uint64_t left = random_.Below(6); left > 0; --left) edit.ops.push_back(Op());
      if (random_.Below(3) == 0) edit.batch = Text();
      if (random_.Below(5) == 0) edit.origin = Event();
      event.body = edit;
      event.version = TypeOf(event.body).version;
      events.push_back(EncodeChangeSet(event));
    }
    return events;
  }

 private:
  uint64_t Any() { return random_.Below(UINT64_MAX); }
  EventId Event() {
    const StreamId streams[] = {kOwn, {std::string(64, 'd')}, {"x~y"}, {""}};
    return {streams[random_.Below(4)], random_.Below(4) == 0 ? Any() : random_.Below(30)};
  }
  NodeId Node() {
    return {Event(), static_cast<uint32_t>(random_.Below(4) == 0 ? Any() : random_.Below(50))};
  }
  std::string Text() {
    switch (random_.Below(8)) {
      case 0:
        return {};
      case 1:
        return random_.Bytes(random_.Below(40));
      case 2:
        return std::to_string(random_.Below(1000));
      case 3:
        return "Flow_" + std::to_string(random_.Below(30)) + (random_.Below(2) == 0 ? "_di" : "");
      case 4:
        return "<a id=\"x" + std::to_string(random_.Below(9)) + "\" b='2'> text <c/>0017</a>\n";
      case 5:
        return "00" + std::to_string(random_.Below(1000)) + ".5";
      case 6:
        return std::string("a\0b<", 4);
      default:
        return std::string(random_.Below(3), 'w') + "-99";
    }
  }
  document::Place Place() {
    document::Place place{Node(), std::nullopt, std::nullopt};
    if (random_.Below(2) == 0) place.left = Node();
    if (random_.Below(2) == 0) place.right = Node();
    return place;
  }
  document::Op Op() {
    switch (random_.Below(9)) {
      case 0:
        return document::InsertNodeOp{Place(), static_cast<uint32_t>(Any()), Text(), 1};
      case 1:
        return random_.Below(2) == 0 ? document::MoveNodeOp{Node(), Place()}
                                     : document::MoveNodeOp{Node(), {}};
      case 2:
        return document::SetNameOp{Node(), Text()};
      case 3:
        return document::SetAttributeOp{Node(), Text(), std::nullopt, Text()};
      case 4:
        return document::SetAttributeOp{Node(), "name", document::AttributeText{" ", "=", '"', Text()}, ""};
      case 5:
        return document::SetTextOp{Node(), Text()};
      case 6:
        return document::SpliceTextOp{Node(), static_cast<uint32_t>(Any()), 1, Text()};
      case 7:
        return document::ShiftAttributesOp{{{Node(), "x"}, {Node(), Text()}}, static_cast<int64_t>(Any())};
      default:
        return document::OrderAttributesOp{Node(), {Text(), Text()}};
    }
  }
  SeededRandom random_;
};

Segment SegmentOf(std::vector<std::string> events) {
  Segment segment;
  segment.workspace = kWorkspace;
  segment.stream = kOwn;
  segment.number = 1;
  segment.first = 1;
  segment.previous = FirstLink(kWorkspace, kOwn);
  segment.seed = std::string(32, 's');
  segment.events = std::move(events);
  return segment;
}

/// `count` segments that follow each other.
std::vector<SignedSegment> Chain(size_t count, const Ed25519PrivateKey& key) {
  const std::vector<std::string> events = RandomEvents(3).Take(3 * count);
  std::vector<SignedSegment> chain;
  for (size_t i = 0; i < count; ++i) {
    Segment segment =
        SegmentOf({events.begin() + static_cast<long>(3 * i), events.begin() + static_cast<long>(3 * i) + 3});
    segment.number = i + 4;
    segment.first = 1 + 3 * i;
    segment.seed = std::string(32, static_cast<char>('a' + i));
    if (i > 0) segment.previous = chain.back().segment.head;
    chain.push_back(SignSegment(std::move(segment), key));
  }
  return chain;
}

/// The segment as it is once values of its second event were taken out.
SignedSegment WithoutValues(SignedSegment sealed, const Ed25519PrivateKey& redactor) {
  Segment& segment = sealed.segment;
  for (size_t i = 0; i < segment.events.size(); ++i)
    segment.salts.push_back(SaltOf(segment.seed, segment.first + i));
  RedactionNote note;
  note.seq = segment.first + 1;
  note.payload = PayloadsOf(segment)[1];
  segment.salts[1] = Hash256{};
  segment.seed.clear();
  ChangeSet left = *DecodeChangeSet(segment.events[1]);
  left.body = Edit{};
  left.version = 1;
  segment.events[1] = EncodeChangeSet(left);
  const auto signature =
      redactor.Sign(RedactionMessage(kWorkspace, {kOwn, note.seq}, note.payload, segment.events[1]));
  note.signature = std::string(signature.begin(), signature.end());
  note.key = redactor.public_key().Fingerprint();
  segment.redacted = {note};
  return sealed;
}

}  // namespace

/// Segments and packs: the compact form, and what is believed of it.
class SegmentTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenEventsOfEveryKindAreInColumns_thenTheirCanonicalBytesComeBack() {
    const std::vector<std::string> events = EveryKind();
    const std::string columns = EncodeColumns(kOwn, 1, events);
    QVERIFY(!columns.empty());
    const auto decoded = DecodeColumns(columns, kOwn, 1, events.size(), kLargestSegment);
    VERIFY_OK(decoded);
    QCOMPARE(*decoded, events);
    // Another number of events is not what was written.
    QVERIFY(!DecodeColumns(columns, kOwn, 1, events.size() - 1, kLargestSegment).ok());
    QVERIFY(!DecodeColumns(columns, kOwn, 1, events.size() + 1, kLargestSegment).ok());
  }

  void whenRandomEventsAreInASegment_thenTheirCanonicalBytesComeBack() {
    const uint64_t seed = Seed();
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    size_t compact = 0;
    for (int round = 0; round < 200; ++round) {
      const std::vector<std::string> events =
          RandomEvents(seed + static_cast<uint64_t>(round)).Take(1 + random.Below(60));
      Segment segment = SegmentOf(events);
      const auto decoded = DecodeSegment(EncodeSegment(segment, key));
      VERIFY_OK(decoded);
      QCOMPARE(decoded->segment.events, events);
      QCOMPARE(decoded->segment.head, segment.head);
      VERIFY_OK(VerifySegment(*decoded, key.public_key()));
      compact += EncodeColumns(kOwn, 1, events).empty() ? 0 : 1;
    }
    QVERIFY(compact > 0);
  }

  void whenAnEventHasNoCompactForm_thenItsCanonicalBytesAreKept() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    Segment segment = SegmentOf({"no event at all", "nor this"});
    QVERIFY(EncodeColumns(kOwn, 1, segment.events).empty());
    const auto decoded = DecodeSegment(EncodeSegment(segment, key));
    VERIFY_OK(decoded);
    QCOMPARE(decoded->segment.events, segment.events);
  }

  void whenMarkupIsTakenApart_thenItIsPutTogetherAgain() {
    for (const std::string markup : {"", "plain", "<a/>", "<a b=\"c\">t</a>", "<a b='\"'>", "<a b=\"", "a<b",
                                     "  <x> <y z='1'/> q </x>\n"}) {
      const Skeleton skeleton = SplitMarkup(markup);
      QCOMPARE(JoinMarkup(skeleton), markup);
      QCOMPARE(CountHoles(skeleton.text), skeleton.holes.size());
      QCOMPARE(HoleContexts(skeleton.text).size(), skeleton.holes.size());
    }
    QCOMPARE(SplitMarkup("<a b=\"c\"> t </a>").holes, (std::vector<std::string>{"c", " t "}));
    QCOMPARE(SplitNumber("Flow_17")->second, uint64_t{17});
    for (const char* none : {"", "a", "007", "a1", "1.5", "9999999999999999"}) QVERIFY(!SplitNumber(none));
  }

  void whenSegmentsArePacked_thenEachIsAsItWasAndVerifies() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    std::vector<SignedSegment> chain = Chain(5, key);
    chain[2] = WithoutValues(chain[2], key);
    const std::string pack = EncodePack(chain);
    const auto decoded = DecodePack(pack);
    VERIFY_OK(decoded);
    QCOMPARE(decoded->size(), chain.size());
    for (size_t i = 0; i < chain.size(); ++i) {
      const Segment& segment = (*decoded)[i].segment;
      QCOMPARE(segment.number, chain[i].segment.number);
      QCOMPARE(segment.first, chain[i].segment.first);
      QCOMPARE(segment.events, chain[i].segment.events);
      QCOMPARE(segment.head, chain[i].segment.head);
      QCOMPARE(segment.seed, chain[i].segment.seed);
      QCOMPARE(segment.salts, chain[i].segment.salts);
      QVERIFY(segment.redacted == chain[i].segment.redacted);
      VERIFY_OK(VerifySegment((*decoded)[i], key.public_key()));
    }
    QVERIFY(absl::IsDataLoss(DecodeSegment(pack).status()));
    size_t apart = 0;
    for (const SignedSegment& segment : chain) apart += EncodePack({&segment, 1}).size();
    QVERIFY(pack.size() < apart);
  }

  void whenAnyBitOfAPackIsChanged_thenItIsFound() {
    SeededRandom random(7);
    const std::string pack = EncodePack(Chain(3, Ed25519PrivateKey::Generate(random)));
    for (size_t at = 0; at < pack.size(); ++at) {
      std::string changed = pack;
      changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
      QVERIFY(!DecodePack(changed).ok());
      QVERIFY(!DecodePack(pack.substr(0, at)).ok());
    }
  }

  // Whoever also repairs the checksum meets the chain or the signature: no other event is ever believed.
  void whenAForgerRepairsThePacksChecksum_thenNoOtherEventIsBelieved() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    std::vector<SignedSegment> chain = Chain(3, key);
    chain[1] = WithoutValues(chain[1], key);
    const std::string pack = EncodePack(chain);
    for (size_t at = 0; at + 32 < pack.size(); ++at) {
      for (const int flip : {1, 0x80, 0xff}) {
        std::string changed = pack.substr(0, pack.size() - 32);
        changed[at] = static_cast<char>(changed[at] ^ flip);
        changed += Sha256(changed).view();
        const auto decoded = DecodePack(changed);
        if (!decoded.ok()) continue;
        for (const SignedSegment& segment : *decoded) {
          if (!VerifySegment(segment, key.public_key()).ok()) continue;
          const auto same = std::find_if(chain.begin(), chain.end(), [&](const SignedSegment& original) {
            return original.segment.first == segment.segment.first;
          });
          QVERIFY(same != chain.end());
          QCOMPARE(segment.segment.events, same->segment.events);
        }
      }
    }
  }

  void whenValuesWereTakenOut_thenChainAndSignatureStand() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    const Ed25519PrivateKey redactor = Ed25519PrivateKey::Generate(random);
    const SignedSegment before = Chain(1, key).front();
    const SignedSegment after = WithoutValues(before, redactor);
    const auto decoded = DecodePack(EncodePack({&after, 1}));
    VERIFY_OK(decoded);
    QCOMPARE(decoded->front().segment.head, before.segment.head);
    const KeySource both = [&](std::string_view fingerprint) -> absl::StatusOr<Ed25519PublicKey> {
      return fingerprint == redactor.public_key().Fingerprint() ? redactor.public_key() : key.public_key();
    };
    VERIFY_OK(VerifySegment(decoded->front(), both));
    // What is left of it is somebody's word, too.
    SignedSegment lie = after;
    ChangeSet left = *DecodeChangeSet(lie.segment.events[1]);
    left.label = "something else";
    lie.segment.events[1] = EncodeChangeSet(left);
    QCOMPARE(LinksOf(lie.segment).back(), before.segment.head);
    QVERIFY(absl::IsDataLoss(VerifySegment(lie, both)));
  }

  void whenASegmentCarriesADerivedEvent_thenItsOwnEventsMustNameIt() {
    SeededRandom random(7);
    const Ed25519PrivateKey key = Ed25519PrivateKey::Generate(random);
    ChangeSet derived = EventsOfTheSecondRelease()[3];
    const std::string canonical = EncodeChangeSet(derived);
    ChangeSet next = EventsOfTheFirstRelease()[1];
    next.id = {kOwn, 1};
    next.parents = {{derived.id, DerivedLink(kWorkspace, derived.id.stream, canonical)}};
    Segment segment = SegmentOf({EncodeChangeSet(next)});
    segment.carried = {canonical};
    const auto decoded = DecodeSegment(EncodeSegment(segment, key));
    VERIFY_OK(decoded);
    QCOMPARE(decoded->segment.carried, segment.carried);
    VERIFY_OK(VerifySegment(*decoded, key.public_key()));
    derived.label = "another";
    segment.carried = {EncodeChangeSet(derived)};
    QVERIFY(absl::IsDataLoss(VerifySegment(SignSegment(segment, key), key.public_key())));
  }
};

QTEST_APPLESS_MAIN(SegmentTest)
#include "segment_test.moc"
