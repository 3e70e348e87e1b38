#include "uaf/merge/concurrent_fold.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/milli.h"

namespace ameide::uaf::merge {

using document::AttributeText;
using document::Document;
using document::ImportOp;
using document::InsertNodeOp;
using document::kNoNode;
using document::MoveNodeOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;
using document::OrderAttributesOp;
using document::SetAttributeOp;
using document::SetNameOp;
using document::SetTextOp;
using document::SetTriviaOp;
using document::ShiftAttributesOp;
using document::SpliceTextOp;

absl::Status ConcurrentFold::Take(const ChangeSet& change_set) {
  const EventIndex event = events_.Add(change_set);
  if (const auto* created = std::get_if<ArtifactCreated>(&change_set.body)) {
    return TakeImport(event, created->import);
  }
  for (const Op& op : OpsOf(change_set.body)) {
    if (const auto* import = std::get_if<ImportOp>(&op)) {
      AMEIDE_RETURN_IF_ERROR(TakeImport(event, *import));
      continue;
    }
    if (!MeansStanding(event)) {
      // It means nodes of a file that another one took the place of meanwhile.
      if (beside_import_.empty() || beside_import_.back() != event) beside_import_.push_back(event);
      continue;
    }
    if (editors_.empty() || editors_.back() != event) editors_.push_back(event);
    if (document_) {
      TakeOp(event, op);
    } else {
      ++passed_over_;
    }
  }
  if (document_) EndRoutes(event);
  return absl::OkStatus();
}

bool ConcurrentFold::MeansStanding(EventIndex event) const {
  if (!standing_) return true;
  return std::any_of(standing_->events.begin(), standing_->events.end(),
                     [&](EventIndex import) { return events_.Saw(event, import); });
}

bool ConcurrentFold::SameAsStanding(EventIndex event, const ImportOp& import) {
  if (!standing_ || standing_->import != import || MeansStanding(event)) return false;
  if (!document_->Alias(document::kDocumentNode, standing_->nodes, events_.id(event), 0).ok()) return false;
  standing_->events.push_back(event);
  events_.Advance(imports_, event);
  return true;
}

absl::Status ConcurrentFold::TakeImport(EventIndex event, const ImportOp& import) {
  if (SameAsStanding(event, import)) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, blobs_(import.blob));
  absl::StatusOr<Document> imported = Document::Import(import, bytes, events_.id(event));
  if (!imported.ok()) {
    return absl::DataLossError(absl::StrCat("event ", FormatId(events_.id(event)),
                                            " imports what cannot be read: ", imported.status().message()));
  }
  document_ = *std::move(imported);
  standing_ = {import, document_->node_count(), {event}};
  for (const EventIndex editor : editors_) {
    if (!events_.Saw(event, editor)) beside_import_.push_back(editor);
  }
  std::sort(beside_import_.begin(), beside_import_.end());
  editors_.clear();
  registers_.clear();
  register_index_.clear();
  inserted_.clear();
  inserted_index_.clear();
  cycles_.clear();
  routes_.Clear();
  lost_routes_.clear();
  orders_.clear();
  order_index_.clear();
  events_.Advance(imports_, event);
  return absl::OkStatus();
}

void ConcurrentFold::TakeOp(EventIndex event, const Op& op) {
  std::visit([&](const auto& each) { Take(event, op, each); }, op);
}

uint32_t ConcurrentFold::NumberOf(const std::string& attribute) {
  const auto [found, added] =
      attribute_numbers_.try_emplace(attribute, static_cast<uint32_t>(attribute_names_.size()));
  if (added) attribute_names_.push_back(attribute);
  return found->second;
}

namespace {
std::pair<uint32_t, uint64_t> KeyFor(NodeIndex node, Aspect aspect, uint32_t number) {
  return {static_cast<uint32_t>(node), uint64_t{number} << 8 | static_cast<uint8_t>(aspect)};
}
}  // namespace

Register& ConcurrentFold::RegisterOf(NodeIndex node, Aspect aspect, uint32_t number) {
  const auto [found, added] =
      register_index_.try_emplace(KeyFor(node, aspect, number), static_cast<uint32_t>(registers_.size()));
  if (added) {
    Register& fresh = registers_.emplace_back();
    fresh.node = node;
    fresh.aspect = aspect;
    fresh.number = number;
  }
  return registers_[found->second];
}

const Register* ConcurrentFold::Find(NodeIndex node, Aspect aspect, uint32_t number) const {
  const auto found = register_index_.find(KeyFor(node, aspect, number));
  return found == register_index_.end() ? nullptr : &registers_[found->second];
}

void ConcurrentFold::Remember(Register& known, EventIndex event, const Op& op) {
  known.contended = known.contended || !events_.SawAll(event, known.heads);
  known.writes.push_back({event, &op});
  events_.Advance(known.heads, event);
}

void ConcurrentFold::SetAsItStands(EventIndex event, const Op& op, NodeIndex node, Aspect aspect,
                                   uint32_t number) {
  const NodeIndex parent = document_->parent(node);
  if (!document_->Apply(op, events_.id(event)).ok()) {
    ++passed_over_;
    return;
  }
  Register& known = RegisterOf(node, aspect, number);
  if (known.writes.empty()) known.parent_base = parent;
  Remember(known, event, op);
}

// Places.

std::optional<ConcurrentFold::Spot> ConcurrentFold::Resolve(const document::Place& place) const {
  const auto parent = document_->Find(place.parent);
  if (!parent) return std::nullopt;
  Spot spot{*parent, std::nullopt, std::nullopt};
  if (place.left) spot.left = document_->Find(*place.left);
  if (place.right) spot.right = document_->Find(*place.right);
  return spot;
}

absl::Status ConcurrentFold::Place(EventIndex event, Op op, document::Place& place) {
  // A neighbour that was never a sibling here, because its own move did not come about, says nothing; the
  // other one still does.
  const document::Place wanted = place;
  absl::Status status;
  for (const auto& [left, right] : {std::pair(true, true), {true, false}, {false, true}, {false, false}}) {
    if ((!left && !wanted.left) || (!right && !wanted.right)) continue;
    place.left = left ? wanted.left : std::nullopt;
    place.right = right ? wanted.right : std::nullopt;
    if (auto* insert = std::get_if<InsertNodeOp>(&op); insert != nullptr) insert->place = place;
    if (auto* move = std::get_if<MoveNodeOp>(&op); move != nullptr) move->to = place;
    status = document_->Apply(op, events_.id(event)).status();
    if (status.ok()) return status;
  }
  return status;
}

const ConcurrentFold::Inserted* ConcurrentFold::CameInWith(NodeIndex node) const {
  const auto next =
      std::upper_bound(inserted_.begin(), inserted_.end(), node,
                       [](NodeIndex each, const Inserted& inserted) { return each < inserted.first; });
  if (next == inserted_.begin()) return nullptr;
  const Inserted& inserted = *(next - 1);
  const bool within = static_cast<uint32_t>(node) - static_cast<uint32_t>(inserted.first) < inserted.count;
  return within ? &inserted : nullptr;
}

SiblingOrder* ConcurrentFold::OrderOf(NodeIndex parent) {
  const auto found = order_index_.find(static_cast<uint32_t>(parent));
  return found == order_index_.end() ? nullptr : &orders_[found->second];
}

void ConcurrentFold::BeginOrder(NodeIndex parent) {
  if (OrderOf(parent) != nullptr) return;
  absl::flat_hash_map<uint32_t, EventIndex> came_in;
  for (NodeIndex child = document_->first_child(parent); child != kNoNode;
       child = document_->next_sibling(child)) {
    const Inserted* inserted = CameInWith(child);
    if (inserted != nullptr && inserted->first == child && inserted->parent == parent)
      came_in.emplace(static_cast<uint32_t>(child), inserted->event);
  }
  order_index_.emplace(static_cast<uint32_t>(parent), orders_.size());
  orders_.emplace_back(*document_, parent, came_in);
}

absl::Status ConcurrentFold::PutThere(EventIndex event, const Op& op, const document::Place& wanted,
                                      NodeIndex node) {
  document::Place place = wanted;
  const std::optional<NodeIndex> parent = document_->Find(place.parent);
  const SiblingOrder* order = parent ? OrderOf(*parent) : nullptr;
  if (order == nullptr || !order->AsSeen(*document_, events_, event, node, place)) {
    absl::Status status = document_->Apply(op, events_.id(event)).status();
    if (status.ok()) return status;
  }
  return Place(event, op, place);
}

bool ConcurrentFold::SameAsInserted(EventIndex event, const InsertNodeOp& insert, const Spot& spot) {
  const size_t hash = absl::HashOf(spot.parent, spot.left, spot.right, insert.raw);
  const auto candidates = inserted_index_.find(hash);
  if (candidates == inserted_index_.end()) return false;
  for (const uint32_t index : candidates->second) {
    Inserted& other = inserted_[index];
    if (other.op->raw != insert.raw || other.parent != spot.parent || other.left != spot.left ||
        other.right != spot.right || other.op->tokenizer_version != insert.tokenizer_version ||
        GaveWay(other.first)) {
      continue;
    }
    const bool known = events_.Saw(event, other.event) ||
                       std::any_of(other.same.begin(), other.same.end(),
                                   [&](EventIndex each) { return events_.Saw(event, each); });
    if (known) continue;
    if (!document_->Alias(other.first, other.count, events_.id(event), insert.first_ordinal).ok()) continue;
    other.same.push_back(event);
    return true;
  }
  return false;
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const InsertNodeOp& insert) {
  const std::optional<Spot> spot = Resolve(insert.place);
  if (!spot) {
    ++passed_over_;
    return;
  }
  const std::string_view name = Routes::NameIn(insert.raw);
  const NodeIndex line = routes_.AroundNew(*document_, spot->parent, name);
  if (line != kNoNode) Draws(event, line, name, kNoNode, Routes::Change::kInOrOut);
  if (SameAsInserted(event, insert, *spot)) return;
  const uint32_t before = document_->node_count();
  if (!PutThere(event, op, insert.place, kNoNode).ok()) {
    ++passed_over_;
    return;
  }
  if (SiblingOrder* order = OrderOf(spot->parent); order != nullptr)
    order->Placed(*document_, events_, event, NodeIndex{before}, spot->left, false);
  const auto index = static_cast<uint32_t>(inserted_.size());
  inserted_.push_back({event,
                       &insert,
                       NodeIndex{before},
                       document_->node_count() - before,
                       spot->parent,
                       spot->left,
                       spot->right,
                       {}});
  inserted_index_[absl::HashOf(spot->parent, spot->left, spot->right, insert.raw)].push_back(index);
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const MoveNodeOp& move) {
  const std::optional<NodeIndex> node = FindOrPassOver(move.node);
  if (!node) return;
  const NodeIndex from = LineSeen(event, *node);
  const std::string name(document_->name(*node));
  if (!move.to) {
    if (from != kNoNode) Draws(event, from, name, *node, Routes::Change::kInOrOut);
    return SetAsItStands(event, op, *node, Aspect::kPlace, 0);
  }
  const std::optional<Spot> spot = Resolve(*move.to);
  if (!spot) {
    ++passed_over_;
    return;
  }
  const bool reorders = from == spot->parent;
  if (from != kNoNode)
    Draws(event, from, name, *node, reorders ? Routes::Change::kReordered : Routes::Change::kInOrOut);
  if (const NodeIndex to = routes_.AroundNew(*document_, spot->parent, name); to != kNoNode && !reorders)
    Draws(event, to, name, *node, Routes::Change::kInOrOut);
  Cycle cycle{event, *node, spot->parent, *move.to, {}};
  bool below_itself = false;
  for (NodeIndex at = spot->parent; at != kNoNode && !below_itself; at = document_->parent(at)) {
    below_itself = at == *node;
    // What the writer had moved away without effect stands in the way for the same reason.
    for (const Cycle& earlier : cycles_) {
      if (earlier.node == at && !below_itself && events_.Saw(event, earlier.event))
        cycle.against.insert(cycle.against.end(), earlier.against.begin(), earlier.against.end());
    }
    if (const Register* place = Find(at, Aspect::kPlace); place != nullptr && !below_itself) {
      for (const EventIndex head : place->heads) {
        if (!events_.Saw(event, head)) cycle.against.push_back(head);
      }
    }
  }
  if (below_itself) {
    // The writer knew every place on the way; but an earlier move may have had an effect only because of one
    // that the writer did not know.
    for (NodeIndex at = spot->parent; cycle.against.empty(); at = document_->parent(at)) {
      if (const Register* place = Find(at, Aspect::kPlace); place != nullptr) {
        for (const Write& write : place->writes) {
          if (!events_.Saw(event, write.event)) cycle.against.push_back(write.event);
        }
      }
      if (at == *node) break;
    }
    if (cycle.against.empty()) {
      ++passed_over_;
      return;
    }
    std::sort(cycle.against.begin(), cycle.against.end());
    cycle.against.erase(std::unique(cycle.against.begin(), cycle.against.end()), cycle.against.end());
    cycles_.push_back(std::move(cycle));
    return;
  }
  BeginOrder(spot->parent);
  const NodeIndex parent = document_->parent(*node);
  if (!PutThere(event, op, *move.to, *node).ok()) {
    ++passed_over_;
    return;
  }
  OrderOf(spot->parent)->Placed(*document_, events_, event, *node, spot->left, true);
  Register& place = RegisterOf(*node, Aspect::kPlace);
  if (place.writes.empty()) place.parent_base = parent;
  const bool deleted = std::any_of(place.writes.begin(), place.writes.end(), [&](const Write& write) {
    return !std::get<MoveNodeOp>(*write.op).to && !events_.Saw(event, write.event) &&
           std::find(place.heads.begin(), place.heads.end(), write.event) != place.heads.end();
  });
  Remember(place, event, op);
  // Somebody who had not seen this move deleted the node: that stands until it is decided.
  if (deleted) document_->Apply(MoveNodeOp{move.node, std::nullopt}, events_.id(event)).IgnoreError();
}

std::optional<NodeIndex> ConcurrentFold::FindOrPassOver(const NodeId& id) {
  const std::optional<NodeIndex> node = document_->Find(id);
  if (!node) ++passed_over_;
  return node;
}

// Names, white space, order of attributes: the last write stands.

void ConcurrentFold::Take(EventIndex event, const Op& op, const SetNameOp& set) {
  const std::optional<NodeIndex> node = FindOrPassOver(set.node);
  if (!node) return;
  Register& known = RegisterOf(*node, Aspect::kName);
  if (known.writes.empty()) known.text_base = document_->name(*node);
  SetAsItStands(event, op, *node, Aspect::kName, 0);
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const SetTriviaOp& set) {
  const std::optional<NodeIndex> node = FindOrPassOver(set.node);
  if (!node) return;
  SetAsItStands(event, op, *node, Aspect::kTrivia, static_cast<uint32_t>(set.which));
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const OrderAttributesOp& order) {
  const std::optional<NodeIndex> node = FindOrPassOver(order.node);
  if (!node) return;
  SetAsItStands(event, op, *node, Aspect::kOrder, 0);
}

// Texts.

namespace {
/// False when a splice lies outside of the text.
bool TakeInto(TextSequence& sequence, const EventTable& events, EventIndex event, const Op& op) {
  if (const auto* splice = std::get_if<SpliceTextOp>(&op)) {
    return sequence.Splice(event, splice->offset, splice->remove, splice->insert);
  }
  const std::string& text = std::get<SetTextOp>(op).raw;
  if (std::holds_alternative<ConflictResolved>(events[event].body)) {
    sequence.Settle(event, text);
  } else {
    sequence.Set(event, text);
  }
  return true;
}
}  // namespace

void ConcurrentFold::Take(EventIndex event, const Op& op, const SetTextOp& set) {
  if (!TakeText(event, op, set.node)) ++passed_over_;
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const SpliceTextOp& splice) {
  if (TakeText(event, op, splice.node)) return;
  // The writer may have seen the line with the end that merging gave it (EndLines), and took that away.
  if (document_->kind() == document::TreeKind::kLines) {
    SpliceTextOp shorter = splice;
    for (int end = 0; end < 2 && shorter.remove > 0; ++end) {
      --shorter.remove;
      adjusted_.emplace_back(shorter);
      if (TakeText(event, adjusted_.back(), splice.node)) return;
      adjusted_.pop_back();
    }
  }
  if (std::optional<std::string> seen = TextSeenOtherwise(event, splice)) {
    adjusted_.emplace_back(SetTextOp{splice.node, *std::move(seen)});
    if (TakeText(event, adjusted_.back(), splice.node)) return;
    adjusted_.pop_back();
  }
  ++passed_over_;
}

std::optional<std::string> ConcurrentFold::TextSeenOtherwise(EventIndex event, const SpliceTextOp& splice) {
  const std::optional<NodeIndex> node = document_->Find(splice.node);
  const Register* known = node ? Find(*node, Aspect::kText) : nullptr;
  if (known == nullptr) return std::nullopt;
  TextSequence sequence(known->text_base, !format_.IsProse(*document_, *node), document_->kind(*node),
                        events_);
  for (const Write& write : known->writes) {
    if (events_.Saw(event, write.event)) TakeInto(sequence, events_, write.event, *write.op);
  }
  if (!TakeInto(sequence, events_, event, splice)) return std::nullopt;
  return sequence.Text();
}

bool ConcurrentFold::TakeText(EventIndex event, const Op& op, const NodeId& id) {
  const std::optional<NodeIndex> node = document_->Find(id);
  if (!node) return false;
  Register& known = RegisterOf(*node, Aspect::kText);
  if (known.writes.empty()) known.text_base = document_->raw_text(*node);
  if (!InLine(known, event)) return SetContendedText(known, event, op);
  if (!document_->Fold(op, events_.id(event)).ok()) return false;
  Remember(known, event, op);
  return true;
}

bool ConcurrentFold::SetContendedText(Register& known, EventIndex event, const Op& op) {
  if (!known.sequence) {
    known.sequence.emplace(known.text_base, format_.IsProse(*document_, known.node),
                           document_->kind(known.node), events_);
    for (const Write& write : known.writes) TakeInto(*known.sequence, events_, write.event, *write.op);
  }
  if (!TakeInto(*known.sequence, events_, event, op)) return false;
  Remember(known, event, op);
  const NodeId node = document_->id(known.node);
  if (!document_->Apply(SetTextOp{node, known.sequence->Text()}, events_.id(event)).ok()) ++passed_over_;
  return true;
}

// Attributes.

std::optional<AttributeText> Register::TextIn(const std::function<bool(EventIndex)>& events) const {
  AttributeParts parts(attribute_base);
  for (const AttributeVersion& version : versions) {
    if (events(version.event)) parts.Set(version.text, version.parts);
  }
  return parts.Text();
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const SetAttributeOp& set) {
  const std::optional<NodeIndex> node = FindOrPassOver(set.node);
  if (!node) return;
  // How it is spelled says nothing of the route.
  const std::optional<std::string> value = document_->attribute(*node, set.name);
  if (value.has_value() != set.text.has_value() || (value && *value != document::UnescapeXml(set.text->raw)))
    DrawsIfPoint(event, *node);
  Register& known = RegisterOf(*node, Aspect::kAttribute, NumberOf(set.name));
  if (!InLine(known, event)) return SetContendedAttribute(known, event, op, set.after);
  absl::StatusOr<std::vector<Op>> inverse = document_->Apply(op, events_.id(event));
  if (!inverse.ok()) {
    ++passed_over_;
    return;
  }
  if (known.writes.empty() && !inverse->empty()) {
    known.attribute_base = std::move(std::get<SetAttributeOp>(inverse->front()).text);
  }
  Remember(known, event, op);
}

void ConcurrentFold::Version(Register& known) const {
  for (size_t i = known.versions.size(); i < known.writes.size(); ++i) {
    const EventIndex event = known.writes[i].event;
    const std::optional<AttributeText> seen =
        known.TextIn([&](EventIndex each) { return events_.Saw(event, each); });
    const auto* set = std::get_if<SetAttributeOp>(known.writes[i].op);
    std::optional<AttributeText> text =
        set != nullptr
            ? set->text
            : document::Shifted(seen, std::get<ShiftAttributesOp>(*known.writes[i].op).delta_milli);
    const uint8_t parts = AttributeParts::Changed(seen, text);
    known.versions.push_back({event, std::move(text), parts});
  }
}

bool ConcurrentFold::GaveValue(const Register& known, EventIndex event) const {
  Register made = known;
  Version(made);
  return std::any_of(made.versions.begin(), made.versions.end(), [&](const AttributeVersion& version) {
    return version.event == event && (version.parts & AttributeParts::kValue) != 0;
  });
}

void ConcurrentFold::SetContendedAttribute(Register& known, EventIndex event, const Op& op,
                                           const std::string& after) {
  Remember(known, event, op);
  Version(known);
  SetAttributeOp now{document_->id(known.node), attribute_names_[known.number],
                     known.TextIn([](EventIndex) { return true; }), after};
  if (!document_->Apply(std::move(now), events_.id(event)).ok()) ++passed_over_;
}

bool ConcurrentFold::ShiftAsItStands(EventIndex event, const Op& op, const ShiftAttributesOp& shift) {
  for (const auto& target : shift.targets) {
    const std::optional<NodeIndex> node = document_->Find(target.node);
    if (!node) return false;
    const Register* known = Find(*node, Aspect::kAttribute, NumberOf(target.name));
    if (known != nullptr && !InLine(*known, event)) return false;
  }
  absl::StatusOr<std::vector<Op>> inverse = document_->Apply(op, events_.id(event));
  if (!inverse.ok()) return false;
  for (size_t i = 0; i < shift.targets.size(); ++i) {
    const auto& target = shift.targets[i];
    Register& known = RegisterOf(*document_->Find(target.node), Aspect::kAttribute, NumberOf(target.name));
    // The last target is taken back first.
    if (known.writes.empty()) {
      known.attribute_base = std::get<SetAttributeOp>((*inverse)[inverse->size() - 1 - i]).text;
    }
    Remember(known, event, op);
  }
  return true;
}

void ConcurrentFold::Take(EventIndex event, const Op& op, const ShiftAttributesOp& shift) {
  for (const auto& target : shift.targets) {
    if (const std::optional<NodeIndex> node = document_->Find(target.node)) DrawsIfPoint(event, *node);
  }
  if (ShiftAsItStands(event, op, shift)) return;
  for (const auto& target : shift.targets) ShiftOne(event, op, target, shift.delta_milli);
}

void ConcurrentFold::ShiftOne(EventIndex event, const Op& op, const ShiftAttributesOp::Target& target,
                              int64_t delta_milli) {
  const std::optional<NodeIndex> node = document_->Find(target.node);
  if (!node || document_->kind(*node) != NodeKind::kElement) {
    ++passed_over_;
    return;
  }
  Register& known = RegisterOf(*node, Aspect::kAttribute, NumberOf(target.name));
  if (!InLine(known, event)) return SetContendedAttribute(known, event, op, "");
  absl::StatusOr<std::vector<Op>> inverse =
      document_->Apply(ShiftAttributesOp{{target}, delta_milli}, events_.id(event));
  if (!inverse.ok()) {
    ++passed_over_;
    return;
  }
  if (known.writes.empty()) known.attribute_base = std::get<SetAttributeOp>(inverse->front()).text;
  Remember(known, event, op);
}

}  // namespace ameide::uaf::merge
