#include <QDir>
#include <QtTest>
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "notation/bpmn/lint_session.h"
#include "tests/bench/bpmn_generator.h"
#include "tests/notation/bpmn/model_file.h"
#include "uaf/document/edit.h"

using namespace ameide::uaf::document;
using ameide::bpmn::Lint;
using ameide::bpmn::LintOptions;
using ameide::bpmn::LintProfile;
using ameide::bpmn::LintSession;
using ameide::uaf::EventId;

namespace {

constexpr uint32_t kOrdinals = 10'000;  // more than one insertion makes

std::string Text(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += std::to_string(finding.line) + ":" + std::to_string(finding.column) + ": " + finding.rule + " " +
            finding.element + ": " + finding.message + "\n";
    if (!finding.fix) continue;
    for (const TextEdit& edit : finding.fix->edits) {
      text += "  " + finding.fix->title + " " + std::to_string(edit.begin.line) + ":" +
              std::to_string(edit.begin.column) + " " + edit.text + "\n";
    }
  }
  return text;
}

/// Lines that are in only one of two texts.
std::string Difference(const std::string& ours, const std::string& full) {
  const QStringList a = QString::fromStdString(ours).split('\n'),
                    b = QString::fromStdString(full).split('\n');
  QString text;
  for (const QString& line : a) text += b.contains(line) ? QString() : QStringLiteral("\ntoo much: ") + line;
  for (const QString& line : b) text += a.contains(line) ? QString() : QStringLiteral("\nmissing: ") + line;
  return text.isEmpty() ? "another order" : text.toStdString();
}

/// What may happen to a document, however little sense it makes.
class RandomEdit {
 public:
  RandomEdit(const Document& document, std::mt19937& random) : document_(document), random_(random) {
    for (const NodeIndex node : document.Descendants(kDocumentNode)) {
      if (document.kind(node) == NodeKind::kElement) elements_.push_back(node);
    }
  }

  /// The operations of one change; each is valid in the state that `document` is in.
  std::vector<Op> Make(uint32_t ordinal) {
    const NodeIndex node = Any(), other = Any();
    switch (random_() % 9) {
      case 0:
      case 1:
        return TakeValue(node, other);
      case 2: {
        const std::vector<Attribute> attributes = document_.attributes(node);
        if (attributes.empty()) return {};
        return SetAttributeOps(document_, node, attributes[random_() % attributes.size()].name, std::nullopt);
      }
      case 3:
        return node == document_.root_element() ? std::vector<Op>() : DeleteOps(document_, node);
      case 4:
        return Move(node, other);
      case 5:
        return {InsertNodeOp{Somewhere(other), ordinal, document_.RenderSubtree(node), 1}};
      case 6:
        return {SetNameOp{document_.id(node), std::string(document_.name(other))}};
      case 7:
        return document_.text(node).empty() ? std::vector<Op>()
                                            : SetElementTextOps(document_, node, IdOf(other), ordinal);
      default:
        return SetAttributeOps(document_, node, "name", random_() % 2 ? "Another name" : "");
    }
  }

 private:
  NodeIndex Any() { return elements_[random_() % elements_.size()]; }
  std::string IdOf(NodeIndex node) const { return document_.attribute(node, "id").value_or("nothing"); }

  /// An attribute gets the value of another one, or names another element.
  std::vector<Op> TakeValue(NodeIndex node, NodeIndex other) {
    const std::vector<Attribute> to = document_.attributes(node), from = document_.attributes(other);
    if (to.empty()) return {};
    const Attribute& changed = to[random_() % to.size()];
    if (changed.name.starts_with("xmlns") && random_() % 8 != 0) return {};
    const std::string value =
        from.empty() || random_() % 2 == 0 ? IdOf(other) : from[random_() % from.size()].Value();
    return SetAttributeOps(document_, node, changed.name, value);
  }

  Place Somewhere(NodeIndex beside) {
    if (beside == document_.root_element()) return PlaceBefore(document_, beside, kNoNode);
    return random_() % 2 ? PlaceBefore(document_, document_.parent(beside), beside)
                         : PlaceBefore(document_, beside, kNoNode);
  }

  std::vector<Op> Move(NodeIndex node, NodeIndex to) {
    if (node == document_.root_element()) return {};
    const std::vector<NodeIndex> below = document_.Descendants(node);
    if (std::find(below.begin(), below.end(), to) != below.end()) return {};
    return {MoveNodeOp{document_.id(node), Somewhere(to)}};
  }

  const Document& document_;
  std::mt19937& random_;
  std::vector<NodeIndex> elements_;
};

/// One document under two checks: kept up to date, and anew after each edit.
class Pair {
 public:
  Pair(Document document, LintProfile profile) : options_{profile}, session_(std::move(document), options_) {}

  /// Makes a change set; where they differ afterwards, empty when they do not.
  std::string Apply(const std::vector<Op>& ops) {
    const absl::Status status = session_.Apply(ops, {{"edit"}, ++seq_});
    if (!status.ok()) return {};
    const std::string ours = Text(session_.Findings()), full = Text(Lint(session_.document(), options_));
    return ours == full ? std::string() : Difference(ours, full);
  }
  LintSession& session() { return session_; }

 private:
  LintOptions options_;
  LintSession session_;
  uint64_t seq_ = 0;
};

QStringList Models() {
  const QDir folder(qEnvironmentVariable("AMEIDE_SOURCE_DIR", ".") + "/tests/notation/bpmn/models");
  QStringList paths;
  for (const QString& name : folder.entryList({"*.bpmn"})) paths << folder.filePath(name);
  return paths;
}

NodeIndex ById(const Document& document, const std::string& id) {
  for (const NodeIndex node : document.Descendants(kDocumentNode)) {
    if (document.attribute(node, "id") == id) return node;
  }
  return kNoNode;
}

}  // namespace

class BpmnLintSessionTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenModelsAreEditedAtRandom_thenFindingsEqualThoseOfAFullCheck() {
    bool given = false;
    const uint32_t first = static_cast<uint32_t>(qEnvironmentVariableIntValue("AMEIDE_SEED", &given));
    const int rounds = std::max(1, qEnvironmentVariableIntValue("AMEIDE_ROUNDS"));
    const uint32_t begin = given ? first : 1;
    const QStringList models = Models();
    QVERIFY(!models.isEmpty());
    qInfo("seeds from %u", begin);
    uint32_t seed = begin;
    int edits = 0;
    for (int round = 0; round < rounds; ++round) {
      for (const QString& model : models) {
        std::mt19937 random(++seed);
        auto document = DocumentFromFile(model);
        if (!document.ok()) continue;
        const LintProfile profile = random() % 3 == 0   ? LintProfile::kCamunda8
                                    : random() % 4 == 0 ? LintProfile::kDocumentation
                                                        : LintProfile::kExecution;
        Pair pair(*std::move(document), profile);
        for (int i = 0; i < 30; ++i) {
          RandomEdit edit(pair.session().document(), random);
          std::vector<Op> ops;
          // Later operations may not fit any more what the earlier ones left: then they are refused.
          for (uint32_t left = 1 + random() % 2; left > 0; --left) {
            for (Op& op : edit.Make(left * kOrdinals)) ops.push_back(std::move(op));
          }
          const std::string difference = pair.Apply(ops);
          ++edits;
          QVERIFY2(difference.empty(), qPrintable(QStringLiteral("seed %1, edit %2, %3: %4")
                                                      .arg(seed)
                                                      .arg(i)
                                                      .arg(QFileInfo(model).fileName())
                                                      .arg(QString::fromStdString(difference))));
        }
      }
    }
    qInfo("%d edits", edits);
  }

  void whenALargeModelIsEdited_thenOnlyWhatTheEditTouchesIsChecked() {
    auto document = DocumentOf(ameide::bench::GenerateBpmn(2'000));
    QVERIFY(document.ok());
    Pair pair(*std::move(document), LintProfile::kExecution);
    const Document& now = pair.session().document();
    QVERIFY(pair.session().checked() > 5'000);
    const NodeIndex task = ById(now, "Task_500");
    // A name.
    QCOMPARE(pair.Apply(SetAttributeOps(now, task, "name", "")), std::string());
    QVERIFY2(pair.session().checked() < 200, std::to_string(pair.session().checked()).c_str());
    QCOMPARE(pair.session().Findings().size(), size_t{1});
    // A flow loses its target, and gets it back.
    const NodeIndex flow = ById(now, "Flow_500");
    QCOMPARE(pair.Apply(SetAttributeOps(now, flow, "targetRef", "Task_700")), std::string());
    QVERIFY2(pair.session().checked() < 400, std::to_string(pair.session().checked()).c_str());
    QVERIFY(pair.session().Findings().size() > 1);
    QCOMPARE(pair.Apply(SetAttributeOps(now, flow, "targetRef", "Task_500")), std::string());
    QCOMPARE(pair.session().Findings().size(), size_t{1});
    // A task goes, with its drawing.
    std::vector<Op> ops = DeleteOps(now, task);
    for (const Op& op : DeleteOps(now, ById(now, "Task_500_di"))) ops.push_back(op);
    QCOMPARE(pair.Apply(ops), std::string());
    QVERIFY2(pair.session().checked() < 400, std::to_string(pair.session().checked()).c_str());
    // Where it is drawn concerns nobody.
    const NodeIndex shape = ById(now, "Task_600_di");
    QCOMPARE(pair.Apply(SetAttributeOps(now, now.first_child(shape), "x", "17")), std::string());
    QVERIFY2(pair.session().checked() < 10, std::to_string(pair.session().checked()).c_str());
    // What concerns all is checked as a whole.
    QCOMPARE(pair.Apply(SetAttributeOps(now, ById(now, "Process_1"), "isExecutable", "true")), std::string());
    QVERIFY(pair.session().checked() > 5'000);
  }

  void whenAnOperationDoesNotFit_thenWhatWasDoneBeforeItIsChecked() {
    auto document = DocumentOf(ameide::bench::GenerateBpmn(20));
    QVERIFY(document.ok());
    LintSession session(*std::move(document), {});
    const Document& now = session.document();
    std::vector<Op> ops = SetAttributeOps(now, ById(now, "Task_3"), "name", "");
    ops.push_back(SetNameOp{{EventId{{"nobody"}, 9}, 9}, "x"});
    QVERIFY(!session.Apply(ops, {{"edit"}, 1}).ok());
    QCOMPARE(Text(session.Findings()), Text(Lint(now, {})));
    QCOMPARE(session.Findings().size(), size_t{1});
  }
};

QTEST_APPLESS_MAIN(BpmnLintSessionTest)
#include "bpmn_lint_session_test.moc"
