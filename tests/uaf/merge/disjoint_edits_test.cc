#include <QtTest>
#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "notation/formats/formats.h"
#include "tests/uaf/merge/models.h"
#include "tests/uaf/merge/textual_edits.h"
#include "uaf/merge/merge.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::merge;

namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  return qEnvironmentVariableIsSet(name) ? qEnvironmentVariable(name).toULongLong() : otherwise;
}

bool IsXml(const document::Format& format, std::string_view bytes) {
  const auto intake = format.Accept(bytes);
  return intake.ok() && intake->import.kind == document::TreeKind::kXml;
}

}  // namespace

/// The law that people rely on when they merge: two edits that do not touch each other both come out,
/// exactly.
class DisjointEditsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whenTwoTextualEditsAreDisjoint_thenTheMergeIsExactlyBoth() {
    const uint64_t first = FromEnvironment("AMEIDE_SEED", SystemRandom().Below(1'000'000'000));
    const uint64_t count = FromEnvironment("AMEIDE_SEEDS", 300);
    qInfo("seeds %llu and the next %llu (set AMEIDE_SEED and AMEIDE_SEEDS to repeat)",
          static_cast<unsigned long long>(first), static_cast<unsigned long long>(count));
    const std::vector<Model> models = RealModels(1 << 26);
    QVERIFY(!models.empty());
    const auto formats = MakeFormats();
    uint64_t merged = 0;
    for (uint64_t seed = first; seed < first + count; ++seed) {
      SeededRandom random(seed);
      const Model& model = models[random.Below(models.size())];
      const document::Format& format = formats->ForFile(model.path, model.bytes.substr(0, 4096));
      const auto a = RandomTextualEdit(model.bytes, random);
      const auto b = RandomTextualEdit(model.bytes, random);
      if (!a || !b || !AreDisjoint(model.bytes, *a, *b)) continue;
      std::vector<Replacement> places = a->places;
      places.insert(places.end(), b->places.begin(), b->places.end());
      const std::string ours = Edited(model.bytes, a->places);
      const std::string theirs = Edited(model.bytes, b->places);
      const std::string both = Edited(model.bytes, places);
      if (!IsXml(format, ours) || !IsXml(format, theirs) || !IsXml(format, both)) continue;
      ++merged;
      const FileMerge one = MergeFiles(model.bytes, ours, theirs, format);
      const FileMerge other = MergeFiles(model.bytes, theirs, ours, format);
      const std::string context =
          "seed " + std::to_string(seed) + ", " + model.path + ": " + a->what + ", " + b->what;
      Judge(context, one, other, both, ours, theirs);
    }
    for (const auto& [what, times] : failures_) qInfo("%6d %s", times, what.c_str());
    qInfo("%llu merges", static_cast<unsigned long long>(merged));
    QVERIFY(merged > count / 10);
    QVERIFY2(failures_.empty(), "some merges are not exactly both");
  }

 private:
  void Judge(const std::string& context, const FileMerge& one, const FileMerge& other,
             const std::string& both, const std::string& ours, const std::string& theirs) {
    std::string wrong;
    if (one.bytes != other.bytes) wrong = "the order of the sides matters";
    // To refer to what the other one deletes, or gives another id, is to touch it, wherever it stands.
    const auto refers = [](const Conflict& conflict) {
      const bool to_renamed = conflict.kind == ConflictKind::kReconnect && conflict.other != conflict.node;
      return conflict.kind == ConflictKind::kDeletedEnd || to_renamed;
    };
    if (wrong.empty() && !one.conflicts.empty() &&
        std::all_of(one.conflicts.begin(), one.conflicts.end(), refers))
      return;
    if (!one.conflicts.empty()) wrong = "conflict " + std::string(NameOf(one.conflicts[0].kind));
    if (wrong.empty() && one.bytes != both) wrong = "not both";
    if (wrong.empty()) return;
    ++failures_[wrong];
    qWarning("%s: %s", context.c_str(), wrong.c_str());
    if (const QString folder = qEnvironmentVariable("AMEIDE_KEEP"); !folder.isEmpty()) {
      const std::map<std::string, const std::string*> files = {
          {"ours", &ours}, {"theirs", &theirs}, {"both", &both}, {"merged", &one.bytes}};
      for (const auto& [name, bytes] : files)
        std::ofstream(folder.toStdString() + "/" + name, std::ios::binary) << *bytes;
    }
  }

  std::map<std::string, int> failures_;
};

QTEST_APPLESS_MAIN(DisjointEditsTest)
#include "disjoint_edits_test.moc"
