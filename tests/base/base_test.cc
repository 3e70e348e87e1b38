#include <QtTest>
#include <filesystem>
#include <fstream>
#include <future>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ed25519.h"
#include "base/hash.h"
#include "base/nesting.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "base/room.h"
#include "base/words.h"

using namespace ameide;

class BaseTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenThereIsNoRoom_thenWhoComesWaitsOrIsTurnedAway() {
    Room room(2, 100);
    QVERIFY(room.TryEnter(60));
    QVERIFY(!room.TryEnter(41));
    QVERIFY(room.TryEnter(40));
    QVERIFY(!room.TryEnter(0));
    auto waiting = std::async(std::launch::async, [&] { return room.Enter(70); });
    room.Leave(60);
    QVERIFY(!room.TryEnter(61));
    room.Leave(40);
    QVERIFY(waiting.get());
    room.Leave(70);
    // What is larger than all of it goes alone.
    QVERIFY(room.TryEnter(1000));
    QVERIFY(!room.TryEnter(0));
    auto late = std::async(std::launch::async, [&] { return room.Enter(1); });
    room.Close();
    QVERIFY(!late.get());
    room.Leave(1000);
    QVERIFY(!room.TryEnter(1));
  }

  void whenNumbersAreWritten_thenTheyReadBack() {
    for (const uint64_t value : {uint64_t{0}, uint64_t{127}, uint64_t{128}, uint64_t{16384}, ~uint64_t{0}}) {
      ByteWriter writer;
      writer.Varint(value);
      writer.SignedVarint(static_cast<int64_t>(value));
      ByteReader reader(writer.bytes());
      QCOMPARE(reader.Varint(), value);
      QCOMPARE(reader.SignedVarint(), static_cast<int64_t>(value));
      QVERIFY(reader.Finish().ok());
    }
  }

  void whenAVarintIsNotInItsShortestForm_thenReadingFails() {
    ByteReader reader(std::string_view("\x80\x00", 2));
    reader.Varint();
    QVERIFY(!reader.ok());
  }

  void whenALengthExceedsTheInput_thenReadingFailsWithTheOffset() {
    ByteReader reader(
        std::string_view("\x7f"
                         "abc",
                         4));
    QCOMPARE(reader.String(), std::string_view());
    QVERIFY(!reader.Finish().ok());
  }

  void whenTextIsHashed_thenTheStandardVectorsHold() {
    QCOMPARE(Sha256("abc").Hex(),
             std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    Sha256Hasher hasher;
    hasher.Update("a");
    hasher.Update("bc");
    QCOMPARE(hasher.Finish(), Sha256("abc"));
    // RFC 4231, test case 2.
    QCOMPARE(HmacSha256("Jefe", "what do ya want for nothing?").Hex(),
             std::string("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    QVERIFY(!Hash256::FromHex("zz").ok());
  }

  void whenAMessageIsSigned_thenOnlyThatMessageVerifies() {
    SeededRandom random(1);
    const auto key = Ed25519PrivateKey::Generate(random);
    const auto signature = key.Sign("message");
    const std::string_view bytes(reinterpret_cast<const char*>(signature.data()), signature.size());
    QVERIFY(key.public_key().Verify("message", bytes));
    QVERIFY(!key.public_key().Verify("massage", bytes));
    QVERIFY(!key.public_key().Verify("message", bytes.substr(1)));
    QCOMPARE(Ed25519PrivateKey::FromSeed(key.seed())->public_key(), key.public_key());
  }

  void whenTimesAreFormatted_thenTheyParseBack() {
    for (const char* text :
         {"2026-03-01T12:00:00Z", "1969-12-31T23:59:59.000001Z", "2024-02-29T00:00:00.250000Z"}) {
      const auto time = ParseTime(text);
      QVERIFY2(time.ok(), text);
      QCOMPARE(FormatTime(*time), std::string(text));
    }
    QCOMPARE(*ParseTime("2026-03-01T14:00:00+02:00"), *ParseTime("2026-03-01T12:00:00Z"));
    QCOMPARE(*ParseTime("2026-03-01"), *ParseTime("2026-03-01T00:00:00Z"));
    for (const char* text :
         {"", "2026", "2026-13-01", "2026-02-30", "2026-03-01T25:00", "2026-03-01Tx", "tomorrow"}) {
      QVERIFY2(!ParseTime(text).ok(), text);
    }
  }

  void whenALinkIsWritten_thenItsTargetChangesAndTheLinkStays() {
    QTemporaryDir folder;
    const std::filesystem::path base(folder.path().toStdString());
    PosixFileSystem files;
    QVERIFY(files.WriteAtomically(base / "target", "old", 0644).ok());
    std::filesystem::create_symlink("target", base / "link");
    QVERIFY(files.WriteAtomically(base / "link", "new", 0644).ok());
    QVERIFY(std::filesystem::is_symlink(base / "link"));
    QCOMPARE(*files.Read(base / "target", 100), std::string("new"));
  }

  void whenALockIsHeld_thenTheNextOneLearnsWhoHoldsIt() {
    QTemporaryDir folder;
    const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "lock";
    auto first = FileLock::TryLock(path, "the first program");
    QVERIFY(first.ok());
    const auto second = FileLock::TryLock(path, "the second");
    QCOMPARE(second.status().code(), absl::StatusCode::kFailedPrecondition);
    QVERIFY(second.status().message().find("the first program") != absl::string_view::npos);
    first->reset();
    QVERIFY(FileLock::TryLock(path, "the third").ok());
  }

  void whenASeedIsUsedTwice_thenTheBytesAreTheSame() {
    SeededRandom a(7);
    SeededRandom b(7);
    QCOMPARE(a.Bytes(33), b.Bytes(33));
    for (int i = 0; i < 1000; ++i) QVERIFY(a.Below(6) < 6);
  }

  void whenBracketsNest_thenOnlyThoseOfTheTextCount() {
    QVERIFY(!NestsDeeper("", 0));
    QVERIFY(!NestsDeeper("{[(<>)]}{}", 4));
    QVERIFY(NestsDeeper("{[(<>)]}", 3));
    QVERIFY(NestsDeeper(std::string(100'000, '{'), 100));
    QVERIFY(!NestsDeeper("}}} {", 1));
    QVERIFY(!NestsDeeper("\"{{{\\\"{{\" '{{' // {{{{\n/* {{{{ */ {}", 1));
    QVERIFY(NestsDeeper("'{ \n{{", 1));  // a quote ends with its line
  }

  void whenATypeIsPutInWords_thenItReadsAsPeopleWriteIt() {
    QCOMPARE(InWords("exclusiveGateway"), "exclusive gateway");
    QCOMPARE(InWords("Task"), "task");
    QCOMPARE(InWords("BPMNShape"), "BPMN shape");
    QCOMPARE(InWords("DMNDI"), "DMNDI");
    QCOMPARE(InWords("typeURI"), "type URI");
    QCOMPARE(InWords(""), "");
    QCOMPARE(WithArticle(InWords("endEvent")), "an end event");
    QCOMPARE(WithArticle(InWords("userTask")), "a user task");
    QCOMPARE(WithArticle("BPMN shape"), "a BPMN shape");
  }
};

QTEST_GUILESS_MAIN(BaseTest)
#include "base_test.moc"
