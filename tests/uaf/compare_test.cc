#include "uaf/compare.h"

#include <QtTest>

#include "tests/uaf/fixture.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

/// A workspace with one model, and who changed it.
class CompareTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void init() {
    fixture_ = std::make_unique<WorkspaceFixture>();
    workspace_ = fixture_->Open();
    fixture_->Write("order.bpmn", kModel);
    VERIFY_OK(workspace_->Import("order.bpmn"));
    artifact_ = workspace_->FindArtifact("order.bpmn")->id;
    begin_ = *workspace_->CurrentCut();
  }
  void cleanup() {
    workspace_.reset();
    fixture_.reset();
  }

  void whenTwoPeopleEdit_thenEachChangeNamesItsAuthorAndReason() {
    Edit("Ada", "Rename the first", "name", "Renamed", 0);
    Edit("Bo", "Mark the second", "x", "1", 1);
    const auto compared =
        CompareWorkspace(*workspace_, begin_, *workspace_->CurrentCut(), *fixture_->formats);
    VERIFY_OK(compared);
    QCOMPARE(compared->size(), size_t{1});
    const auto& changes = compared->front().changes;
    QCOMPARE(changes.size(), size_t{2});
    for (const AttributedChange& change : changes) {
      QCOMPARE(change.events.size(), size_t{1});
      const bool ada = change.change.values[0].name == "name";
      QCOMPARE(change.events[0].author.name, std::string(ada ? "Ada" : "Bo"));
      QCOMPARE(change.events[0].label, std::string(ada ? "Rename the first" : "Mark the second"));
    }
  }

  void whenAnElementIsAdded_thenWhoMadeItIsNamed_notWhoEditsItSince() {
    const auto document = workspace_->Load(artifact_);
    const NodeId parent = document->id(Identified(*document, 0));
    Command insert{
        artifact_, "Add a note", {document::InsertNodeOp{{parent, {}, {}}, 0, "<note id=\"n\"/>", 1}}};
    workspace_->SetActor({"Ada", "ada@example.com", "test"});
    VERIFY_OK(workspace_->Submit(insert));
    workspace_->SetActor({"Bo", "bo@example.com", "test"});
    VERIFY_OK(workspace_->Submit(SetAttribute(artifact_, *workspace_->Load(artifact_), "n", "x", "1")));
    const auto compared =
        CompareWorkspace(*workspace_, begin_, *workspace_->CurrentCut(), *fixture_->formats);
    VERIFY_OK(compared);
    QCOMPARE(compared->front().changes.size(), size_t{1});
    const AttributedChange& change = compared->front().changes[0];
    QCOMPARE(change.change.kind, diff::ChangeKind::kAdded);
    QCOMPARE(change.events.size(), size_t{1});
    QCOMPARE(change.events[0].author.name, std::string("Ada"));
  }

  void whenAFileIsNewOrNothingChanged_thenThatIsTold() {
    fixture_->Write("notes.md", "# Notes\n");
    VERIFY_OK(workspace_->Import("notes.md"));
    const Cut now = *workspace_->CurrentCut();
    const auto compared = CompareWorkspace(*workspace_, begin_, now, *fixture_->formats);
    VERIFY_OK(compared);
    QCOMPARE(compared->size(), size_t{1});
    QCOMPARE(compared->front().changes[0].change.type, std::string("file"));
    QCOMPARE(compared->front().changes[0].events.size(), size_t{1});
    QVERIFY(CompareWorkspace(*workspace_, now, now, *fixture_->formats)->empty());
    QCOMPARE(CompareWorkspace(*workspace_, std::nullopt, now, *fixture_->formats)->size(), size_t{2});
    QVERIFY(CompareWorkspace(*workspace_, begin_, now, *fixture_->formats, artifact_)->empty());
  }

  void whenAFileIsRemovedOrRenamed_thenThatIsToldWithWhoDidIt() {
    fixture_->Write("notes.md", "# Notes\n");
    VERIFY_OK(workspace_->Import("notes.md"));
    const Cut before = *workspace_->CurrentCut();
    workspace_->SetActor({"Bo", "bo@example.com", "test"});
    VERIFY_OK(workspace_->Retire(artifact_));
    VERIFY_OK(workspace_->Rename(workspace_->FindArtifact("notes.md")->id, "docs.md"));
    const Cut now = *workspace_->CurrentCut();
    const auto compared = CompareWorkspace(*workspace_, before, now, *fixture_->formats);
    VERIFY_OK(compared);
    QCOMPARE(compared->size(), size_t{2});
    const ArtifactComparison& renamed = (*compared)[0];
    QCOMPARE(renamed.artifact.path, std::string("docs.md"));
    QCOMPARE(*renamed.renamed_from, std::string("notes.md"));
    QCOMPARE(renamed.changes.size(), size_t{1});
    QCOMPARE(renamed.changes[0].change.kind, diff::ChangeKind::kMoved);
    QCOMPARE(renamed.changes[0].events.size(), size_t{1});
    const ArtifactComparison& removed = (*compared)[1];
    QVERIFY(removed.before && !removed.after);
    QCOMPARE(removed.changes[0].change.kind, diff::ChangeKind::kRemoved);
    QCOMPARE(removed.changes[0].events.size(), size_t{1});
    QCOMPARE(removed.changes[0].events[0].author.name, std::string("Bo"));
    const auto back = CompareWorkspace(*workspace_, now, before, *fixture_->formats);
    VERIFY_OK(back);
    QCOMPARE(back->size(), size_t{2});
    QCOMPARE((*back)[0].artifact.path, std::string("notes.md"));
    QCOMPARE((*back)[1].changes[0].change.kind, diff::ChangeKind::kAdded);
  }

 private:
  /// The `index`-th element below the root that has an id.
  static document::NodeIndex Identified(const document::Document& document, int index) {
    for (const document::NodeIndex node : document.Descendants(document.root_element())) {
      if (node == document.root_element() || !document.attribute(node, "id")) continue;
      if (index-- == 0) return node;
    }
    qFatal("the model is too small");
  }

  void Edit(const char* author, const char* label, const char* attribute, const char* value, int index) {
    workspace_->SetActor({author, "x@example.com", "test"});
    fixture_->clock.Advance(std::chrono::minutes(1));
    const auto document = workspace_->Load(artifact_);
    const std::string id = *document->attribute(Identified(*document, index), "id");
    Command command = SetAttribute(artifact_, *document, id, attribute, value);
    command.label = label;
    VERIFY_OK(workspace_->Submit(command));
  }

  std::unique_ptr<WorkspaceFixture> fixture_;
  std::unique_ptr<Workspace> workspace_;
  ArtifactId artifact_;
  Cut begin_;
};

}  // namespace

QTEST_GUILESS_MAIN(CompareTest)
#include "compare_test.moc"
