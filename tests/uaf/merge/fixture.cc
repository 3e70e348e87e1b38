#include "tests/uaf/merge/fixture.h"

#include <QtGlobal>
#include <algorithm>
#include <set>
#include <tuple>

#include "uaf/document/diff.h"
#include "uaf/document/encoding.h"

namespace ameide::uaf::merge {

using document::Document;
using document::ImportOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;
using document::TreeKind;

namespace {

class BpmnLikeFormat final : public document::Format {
 public:
  std::string_view name() const override { return "bpmn-like"; }
  bool Claims(std::string_view, std::string_view) const override { return true; }
  absl::StatusOr<document::Intake> Accept(std::string_view bytes) const override {
    for (const TreeKind kind : {TreeKind::kXml, TreeKind::kLines}) {
      document::Intake intake;
      intake.import.kind = kind;
      if (bytes.substr(0, 2) == "\xff\xfe") {
        intake.import.encoding = document::Encoding::kUtf16Le;
        intake.import.byte_order_mark = true;
      }
      if (Document::Import(intake.import, bytes, {}).ok()) return intake;
    }
    return document::Intake{};
  }
  std::string DisplayName(const Document& document, NodeIndex node) const override {
    const auto name = document.attribute(node, "name");
    return name ? *name : "";
  }
  bool IsLayout(const Document& document, NodeIndex node) const override {
    for (NodeIndex at = node; at != document::kNoNode; at = document.parent(at)) {
      if (document.local_name(at) == "BPMNDiagram") return true;
    }
    return false;
  }
  std::vector<std::string> ReferencesIn(const Document& document, NodeIndex node,
                                        std::string_view attribute) const override {
    static const std::set<std::string_view> kAttributes = {"sourceRef", "targetRef", "bpmnElement", "default",
                                                           "attachedToRef"};
    if (attribute.empty()) {
      const std::string_view type = document.local_name(node);
      if (type == "incoming" || type == "outgoing") return {document.text(node)};
      return {};
    }
    const auto value = document.attribute(node, attribute);
    return value && kAttributes.contains(attribute) ? std::vector<std::string>{*value}
                                                    : std::vector<std::string>{};
  }
  bool IsOrdered(const Document& document, NodeIndex parent) const override {
    return document.local_name(parent) == "decisionTable";
  }
  bool IsProse(const Document& document, NodeIndex node) const override {
    return document.local_name(document.parent(node)) == "documentation";
  }
};

constexpr uint64_t kStart = 1'000'000;

}  // namespace

const document::Format& TestFormat() {
  static const BpmnLikeFormat format;
  return format;
}

const char kProcess[] = R"(<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="m" xmlns:bpmndi="d" xmlns:dc="c">
  <process id="P" name="Order handling">
    <documentation>The quick brown fox jumps over the lazy dog</documentation>
    <startEvent id="S" name="Ordered">
      <outgoing>F1</outgoing>
    </startEvent>
    <task id="T" name="Check stock">
      <incoming>F1</incoming>
      <outgoing>F2</outgoing>
    </task>
    <endEvent id="E" name="Done">
      <incoming>F2</incoming>
    </endEvent>
    <sequenceFlow id="F1" sourceRef="S" targetRef="T" />
    <sequenceFlow id="F2" sourceRef="T" targetRef="E" />
    <scriptTask id="C">
      <script>let a = 1;
let b = 2;
let c = 3;
</script>
    </scriptTask>
  </process>
  <bpmndi:BPMNDiagram id="D">
    <bpmndi:BPMNPlane id="L" bpmnElement="P">
      <bpmndi:BPMNShape id="T_di" bpmnElement="T">
        <dc:Bounds x="100" y="80" width="100" height="80" />
      </bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="F2_di" bpmnElement="F2" />
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</definitions>
)";

std::string Replaced(std::string text, std::string_view what, std::string_view with) {
  const size_t at = text.find(what);
  if (at == std::string::npos) qFatal("the text lacks %s", std::string(what).c_str());
  return text.replace(at, what.size(), with);
}

void SortForFold(std::vector<const ChangeSet*>& events) {
  std::sort(events.begin(), events.end(), [](const ChangeSet* a, const ChangeSet* b) {
    return std::tie(a->time, a->id) < std::tie(b->time, b->id);
  });
}

Graph::Graph(std::string_view file, const document::Format& format) : format_(format) {
  const auto intake = format.Accept(file);
  if (!intake.ok()) qFatal("%s", std::string(intake.status().message()).c_str());
  ArtifactCreated created;
  created.import = intake->import;
  created.import.blob = Sha256(file);
  blobs_[created.import.blob] = file;
  Records("origin", std::move(created));
}

Graph::Replica& Graph::ReplicaOf(std::string_view name) {
  const auto found = replicas_.find(name);
  if (found != replicas_.end()) return found->second;
  Replica& fresh = replicas_[std::string(name)];
  // Everybody begins with the file.
  if (!events_.empty()) {
    fresh.seen.heads[events_.front()->id.stream] = 1;
    fresh.clock = kStart;
  } else {
    fresh.clock = kStart - 1;
  }
  return fresh;
}

EventId Graph::Records(std::string_view name, EventBody body) {
  Replica& replica = ReplicaOf(name);
  auto change_set = std::make_unique<ChangeSet>();
  const StreamId stream{std::string(name)};
  change_set->id = {stream, ++replica.seen.heads[stream]};
  for (const auto& [other, seq] : replica.seen.heads) {
    if (other == stream || replica.told.heads[other] == seq) continue;
    change_set->parents.push_back({{other, seq}, {}});
    replica.told.heads[other] = seq;
  }
  change_set->time = {++replica.clock, 0};
  const BodyType type = TypeOf(body);
  change_set->kind = type.kind;
  change_set->version = type.version;
  change_set->body = std::move(body);
  causality_.Add(change_set->id, change_set->parents);
  events_.push_back(std::move(change_set));
  return events_.back()->id;
}

EventId Graph::Edits(std::string_view replica, std::vector<Op> ops) {
  const StreamId stream{std::string(replica)};
  const EventId next{stream, ReplicaOf(replica).seen.heads[stream] + 1};
  Edit edit;
  edit.ops = std::move(ops);
  for (Op& op : edit.ops) BindToEvent(op, next);
  return Records(replica, std::move(edit));
}

EventId Graph::Saves(std::string_view replica, std::string_view file) {
  const Merged now = StateOf(replica);
  const auto wanted = Document::Import(now.document->import(), file, {});
  if (!wanted.ok()) qFatal("%s", std::string(wanted.status().message()).c_str());
  auto ops = document::DiffDocuments(*now.document, *wanted);
  if (!ops.ok()) qFatal("%s", std::string(ops.status().message()).c_str());
  return Edits(replica, *std::move(ops));
}

Op Graph::Imports(std::string_view file) {
  ImportOp import = All().document->import();
  import.blob = Sha256(file);
  blobs_[import.blob] = file;
  return import;
}

EventId Graph::Resolves(std::string_view replica, const Conflict& conflict, const Choice& choice) {
  const Merged now = StateOf(replica);
  auto ops = ResolutionOps(*now.document, conflict, choice, format_);
  if (!ops.ok()) qFatal("%s", std::string(ops.status().message()).c_str());
  return Records(replica, ConflictResolved{{conflict.key}, choice.side ? "side" : "value", *std::move(ops)});
}

void Graph::Pulls(std::string_view name, std::string_view from) {
  Replica& replica = ReplicaOf(name);
  const Replica& other = ReplicaOf(from);
  for (const auto& [stream, seq] : other.seen.heads) {
    uint64_t& head = replica.seen.heads[stream];
    head = std::max(head, seq);
  }
  replica.clock = std::max(replica.clock, other.clock);
}

std::vector<const ChangeSet*> Graph::SeenBy(const Replica& replica) const {
  std::vector<const ChangeSet*> seen;
  for (const auto& event : events_) {
    if (replica.seen.Covers(event->id)) seen.push_back(event.get());
  }
  return seen;
}

Merged Graph::Of(std::vector<const ChangeSet*> events) const {
  SortForFold(events);
  const BlobSource blobs = [this](const Hash256& hash) -> absl::StatusOr<std::string> {
    const auto found = blobs_.find(hash);
    if (found == blobs_.end()) return absl::NotFoundError("no such blob");
    return found->second;
  };
  auto merged = MergeEvents(events, causality_, blobs, format_);
  if (!merged.ok()) qFatal("%s", std::string(merged.status().message()).c_str());
  return *std::move(merged);
}

Merged Graph::StateOf(std::string_view replica) { return Of(SeenBy(ReplicaOf(replica))); }

std::string Graph::FileOf(std::string_view replica) { return StateOf(replica).document->Render(); }

namespace {

std::string Words(const NodeId& id) { return FormatId(id); }
std::string Words(const std::optional<document::Place>& place) {
  if (!place) return "trash";
  return "in " + FormatId(place->parent) + " left " + (place->left ? FormatId(*place->left) : "-") +
         " right " + (place->right ? FormatId(*place->right) : "-");
}

struct InWords {
  std::string operator()(const ImportOp&) const { return "import"; }
  std::string operator()(const document::InsertNodeOp& op) const {
    return "insert #" + std::to_string(op.first_ordinal) + " " + op.raw + " " + Words(op.place);
  }
  std::string operator()(const document::MoveNodeOp& op) const {
    return "move " + Words(op.node) + " " + Words(op.to);
  }
  std::string operator()(const document::SetNameOp& op) const {
    return "name " + Words(op.node) + " " + op.name;
  }
  std::string operator()(const document::SetAttributeOp& op) const {
    return "attribute " + Words(op.node) + " " + op.name + " " +
           (op.text ? op.text->lead + op.text->equals + op.text->quote + op.text->raw : "none");
  }
  std::string operator()(const document::SetTextOp& op) const {
    return "text " + Words(op.node) + " " + op.raw;
  }
  std::string operator()(const document::SpliceTextOp& op) const {
    return "splice " + Words(op.node) + " " + std::to_string(op.offset) + " -" + std::to_string(op.remove) +
           " +" + op.insert;
  }
  std::string operator()(const document::SetTriviaOp& op) const { return "trivia " + Words(op.node); }
  std::string operator()(const document::ShiftAttributesOp&) const { return "shift"; }
  std::string operator()(const document::OrderAttributesOp& op) const { return "order " + Words(op.node); }
};

}  // namespace

std::string Graph::Trace() const {
  std::string text;
  for (const auto& event : events_) {
    text += FormatId(event->id) + " at " + std::to_string(event->time.micros) + " saw";
    for (const EventReference& parent : event->parents) text += " " + FormatId(parent.id);
    text += "\n";
    for (const Op& op : OpsOf(event->body)) text += "  " + std::visit(InWords{}, op) + "\n";
  }
  const Merged all = All();
  for (const Conflict& conflict : all.conflicts) {
    text += std::string(NameOf(conflict.kind)) + " " + FormatId(conflict.node) + " " +
            FormatId(conflict.other) + ":";
    for (const ConflictSide& side : conflict.sides) {
      text += " |";
      for (const EventId& event : side.events) text += " " + FormatId(event);
    }
    text += "\n";
  }
  for (const Note& note : all.notes)
    text += note.what + " " + FormatId(note.event) + " by " + FormatId(note.by) + "\n";
  return text;
}

Merged Graph::All() const {
  std::vector<const ChangeSet*> events;
  for (const auto& event : events_) events.push_back(event.get());
  return Of(std::move(events));
}

}  // namespace ameide::uaf::merge
