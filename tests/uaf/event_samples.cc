#include "tests/uaf/event_samples.h"

#include <utility>

#include "base/hash.h"

namespace ameide::uaf {
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

}  // namespace

std::vector<ChangeSet> EventsOfTheFirstRelease() {
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

std::vector<ChangeSet> EventsOfTheSecondRelease() {
  std::vector<ChangeSet> samples;
  uint64_t seq = 100;
  const auto add = [&](std::string label, EventBody body) {
    samples.push_back(Base(++seq, std::move(label), std::move(body)));
  };
  const Hash256 hash = Sha256("hash");
  const EventReference reference{{kOther, 12}, Sha256("reference")};
  const RecordedCut cut = {{{kOwn, 100}, Sha256("own")}, {{kForked, 2}, Sha256("forked")}, reference};
  const EventId event{kDerived, 1};
  const std::string signature(64, '\x5a');
  const std::string fingerprint(32, 'f');

  Edit edit;
  edit.intent = "edit";
  edit.batch = "rename everywhere";
  edit.origin = EventId{kForked, 9};
  edit.ops = {document::OrderAttributesOp{Node(kOwn, 1, 3), {"id", "name", "bpmn:x"}},
              document::OrderAttributesOp{Node(kOther, 1, 3), {}}};
  add("Edit with batch and origin", edit);
  edit.batch.clear();
  edit.origin.reset();
  add("Order attributes", edit);
  edit.ops = {document::SetTextOp{Node(kOwn, 1, 4), "x"}};
  edit.batch = "one command";
  add("Edit with batch", edit);
  ForeignEdit foreign;
  foreign.importer_version = 3;
  foreign.commit = "c0ffee0000000000000000000000000000000001";
  foreign.blob = Sha256("file");
  foreign.ops = {document::SetNameOp{Node(kOther, 1, 3), "bpmn:userTask"}, Import()};
  add("Foreign edit", foreign);
  samples.back().id = event;
  add("Branch", BranchStarted{"proposal/faster-checkout", BranchKind::kProposal, "Faster checkout"});
  add("Merge", BranchMerged{"proposal/faster-checkout"});
  add("Close", BranchClosed{"proposal/faster-checkout", "accepted"});
  add("Tag", RevisionTagged{"1.0", "The first one", cut});
  add("Tag here", RevisionTagged{"1.1", "", {}});
  add("Comment", CommentAdded{std::nullopt, std::nullopt, "Why?"});
  add("Reply", CommentAdded{Node(kOther, 3, 70'000), event, "Därum"});
  add("Resolve", CommentResolved{{kOwn, 110}, false});
  add("Reopen", CommentResolved{{kForked, 110}, true});
  add("Ask for review", ReviewRequested{"Please look", "proposal/x", {"bob@example.org", ""}});
  add("Review", ReviewSubmitted{{kOwn, 114}, Verdict::kRequestChanges, "Not yet"});
  add("Approve", Approved{"released", cut, hash, Sha256("policy"), fingerprint, signature});
  add("Ask for promotion", PromotionRequested{"released", "Tested"});
  add("Promote", Promoted{"released", {{kOwn, 116}, event}, hash, Sha256("policy")});
  add("Refuse", PromotionRefused{{kOwn, 117}, "Not tested"});
  add("Publish", Published{"embedded", hash.Hex(), "7", cut});
  ConflictResolved resolved;
  resolved.conflicts = {Sha256("a"), Sha256("b")};
  resolved.choice = "value";
  resolved.ops = {document::SetTextOp{Node(kOwn, 1, 4), "agreed"},
                  document::SetNameOp{Node(kOther, 1, 1), "a"},
                  document::MoveNodeOp{Node(kOwn, 1, 5), std::nullopt}};
  add("Resolve a conflict", resolved);
  const LinkEnd from{ArtifactId{Sha256("one").Hex()}, Node(kOwn, 1, 7)};
  const LinkEnd to{ArtifactId{Sha256("two").Hex()}, std::nullopt};
  add("Link", LinkAdded{from, to, "realizes", "see there"});
  add("Unlink", LinkRemoved{{kOwn, 122}});
  add("Certify", KeyCertified{std::string(32, '\x07'), "ada@example.org", "laptop", fingerprint, signature});
  add("Revoke", KeyRevoked{fingerprint, "lost", std::string(32, 'e'), signature});
  add("Redact", Redacted{{kOwn, 3}, hash, "a name"});
  add("Believe", QuarantineLifted{reference});
  add("New policy", PolicyChanged{"version: 1\n", hash, {{kOwn, 116}}});
  return samples;
}

std::vector<ChangeSet> EventsOfTheThirdRelease() {
  std::vector<ChangeSet> samples;
  ReviewSubmitted verdict;
  verdict.request = {kOwn, 114};
  verdict.verdict = Verdict::kRequestChanges;
  verdict.text = "Not yet";
  verdict.cut = {{{kOwn, 100}, Sha256("own")}, {{kOther, 12}, Sha256("other")}};
  verdict.content = Sha256("content");
  verdict.salt = std::string(16, '\x2a');
  verdict.text_hash = TextHashOf(verdict);
  verdict.key = std::string(32, 'f');
  verdict.signature = std::string(64, '\x5a');
  samples.push_back(Base(200, "Signed review", verdict));
  verdict.text.clear();
  verdict.salt.clear();
  samples.push_back(Base(201, "Signed review without its text", verdict));
  samples.push_back(Base(
      202, "Signed redaction",
      Redacted{{kForked, 9}, Sha256("payload"), "personal", std::string(32, 'f'), std::string(64, '\x5a')}));
  return samples;
}

}  // namespace ameide::uaf
