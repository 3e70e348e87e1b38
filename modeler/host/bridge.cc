#include "modeler/host/bridge.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "modeler/host/names.h"
#include "uaf/document/edit.h"

namespace ameide::modeler {
namespace {

using uaf::EventId;
using uaf::NodeId;
using uaf::document::Document;
using uaf::document::kDocumentNode;
using uaf::document::kNoNode;
using uaf::document::NewElement;
using uaf::document::NodeIndex;
using uaf::document::NodeKind;
using uaf::document::Op;

/// Events of edits that are not durable yet have numbers from here on: behind all real ones of their stream,
/// so that siblings are ordered as they will be everywhere.
constexpr uint64_t kPending = uint64_t{1} << 62;

EventId PendingEvent(const uaf::StreamId& stream, uint64_t ticket) { return {stream, kPending + ticket}; }

std::optional<uint64_t> TicketOf(const EventId& event) {
  if (event.seq < kPending) return std::nullopt;
  return event.seq - kPending;
}

/// Calls `visit` with every node id that an operation names.
template <typename Visit>
void ForEachId(Op& op, const Visit& visit) {
  const auto place = [&](uaf::document::Place& at) {
    visit(at.parent);
    if (at.left) visit(*at.left);
    if (at.right) visit(*at.right);
  };
  if (auto* insert = std::get_if<uaf::document::InsertNodeOp>(&op)) {
    place(insert->place);
  } else if (auto* move = std::get_if<uaf::document::MoveNodeOp>(&op)) {
    visit(move->node);
    if (move->to) place(*move->to);
  } else if (auto* shift = std::get_if<uaf::document::ShiftAttributesOp>(&op)) {
    for (auto& target : shift->targets) visit(target.node);
  } else if (auto* name = std::get_if<uaf::document::SetNameOp>(&op)) {
    visit(name->node);
  } else if (auto* attribute = std::get_if<uaf::document::SetAttributeOp>(&op)) {
    visit(attribute->node);
  } else if (auto* text = std::get_if<uaf::document::SetTextOp>(&op)) {
    visit(text->node);
  } else if (auto* splice = std::get_if<uaf::document::SpliceTextOp>(&op)) {
    visit(splice->node);
  } else if (auto* trivia = std::get_if<uaf::document::SetTriviaOp>(&op)) {
    visit(trivia->node);
  } else if (auto* order = std::get_if<uaf::document::OrderAttributesOp>(&op)) {
    visit(order->node);
  }
}

}  // namespace

/// Applies one delta, step by step; can be taken back as a whole.
class Bridge::Applier {
 public:
  Applier(Bridge& bridge, const Delta& delta, EventId event)
      : bridge_(bridge), document_(bridge.document_), delta_(delta), event_(std::move(event)) {}

  absl::Status Run() {
    for (const ElementChange& change : delta_.changes) AMEIDE_RETURN_IF_ERROR(Own(change));
    for (const ElementChange& change : delta_.changes) {
      for (const BridgeChild& child : change.after) {
        if (!child.key.empty()) wanted_.insert(child.key);
      }
    }
    for (const auto& [key, state] : delta_.created) {
      for (const BridgeChild& child : state.children) {
        if (!child.key.empty()) wanted_.insert(child.key);
      }
    }
    for (const ElementChange& change : delta_.changes) {
      if (change.children_changed) AMEIDE_RETURN_IF_ERROR(Children(change));
    }
    return absl::OkStatus();
  }

  void TakeBack() {
    for (auto it = inverses_.rbegin(); it != inverses_.rend(); ++it) {
      for (const Op& op : *it) document_.Apply(op, event_).IgnoreError();
    }
    for (const std::string& key : added_keys_) bridge_.keys_.erase(key);
  }

  std::vector<Op> TakeOps() { return std::move(ops_); }

 private:
  absl::Status Do(const std::vector<Op>& ops) {
    for (const Op& op : ops) {
      const auto* move = std::get_if<uaf::document::MoveNodeOp>(&op);
      if (move != nullptr && move->node == document_.id(document_.root_element()))
        return absl::InvalidArgumentError("the root element can be neither moved nor removed");
      AMEIDE_ASSIGN_OR_RETURN(auto inverse, document_.Apply(op, event_));
      inverses_.push_back(std::move(inverse));
      ops_.push_back(op);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<NodeIndex> Node(const std::string& key) const {
    const auto found = bridge_.keys_.find(key);
    if (found == bridge_.keys_.end())
      return absl::NotFoundError(absl::StrCat("the editor speaks of an unknown element ", key));
    return found->second;
  }

  /// Declares a namespace on the root element unless a prefix for it is bound at `node`; returns the prefix.
  absl::StatusOr<std::string> AttributePrefixFor(NodeIndex node, const std::string& uri) {
    if (std::string bound = AttributePrefix(document_, node, uri); !bound.empty()) return bound;
    std::string prefix = UsualPrefix(uri);
    for (int i = 1; !document_.LookupNamespace(node, prefix).empty(); ++i)
      prefix = absl::StrCat(UsualPrefix(uri), i);
    AMEIDE_RETURN_IF_ERROR(
        Do(SetAttributeOps(document_, document_.root_element(), absl::StrCat("xmlns:", prefix), uri)));
    return prefix;
  }

  /// The written form of an element's expanded name at `node`.
  absl::StatusOr<std::string> ElementName(NodeIndex node, std::string_view expanded) {
    const auto [uri, local] = SplitExpandedName(expanded);
    if (uri.empty()) return local;
    if (auto name = QualifiedName(document_, node, uri, local)) return *name;
    AMEIDE_ASSIGN_OR_RETURN(const std::string prefix, AttributePrefixFor(node, uri));
    return absl::StrCat(prefix, ":", local);
  }

  absl::StatusOr<std::string> AttributeName(NodeIndex node, std::string_view expanded) {
    const auto [uri, local] = SplitExpandedName(expanded);
    if (uri.empty()) return local;
    AMEIDE_ASSIGN_OR_RETURN(const std::string prefix, AttributePrefixFor(node, uri));
    return absl::StrCat(prefix, ":", local);
  }

  /// `xsi:type` holds a name; everything else is taken as it is.
  absl::StatusOr<std::string> AttributeValue(NodeIndex node, std::string_view name,
                                             const std::string& value) {
    if (SplitExpandedName(name).first == kXsiNamespace && !value.empty() && value[0] == '{')
      return ElementName(node, value);
    return value;
  }

  absl::Status Own(const ElementChange& change) {
    AMEIDE_ASSIGN_OR_RETURN(const NodeIndex node, Node(change.key));
    if (change.tag) {
      AMEIDE_ASSIGN_OR_RETURN(std::string name, ElementName(node, *change.tag));
      // Another local name in the same namespace keeps the prefix that stands there.
      const auto [uri, local] = SplitExpandedName(*change.tag);
      if (uri == document_.namespace_uri(node)) {
        const std::string_view written = document_.name(node);
        const size_t colon = written.find(':');
        name = colon == std::string_view::npos
                   ? local
                   : absl::StrCat(std::string(written.substr(0, colon + 1)), local);
      }
      if (name != document_.name(node))
        AMEIDE_RETURN_IF_ERROR(Do({uaf::document::SetNameOp{document_.id(node), name}}));
    }
    for (const auto& [expanded, value] : change.attributes) {
      AMEIDE_ASSIGN_OR_RETURN(const std::string name, AttributeName(node, expanded));
      std::optional<std::string> written;
      if (value) {
        AMEIDE_ASSIGN_OR_RETURN(written, AttributeValue(node, expanded, *value));
      }
      AMEIDE_RETURN_IF_ERROR(Do(SetAttributeOps(document_, node, name, written)));
    }
    if (change.text) {
      const auto ops = SetElementTextOps(document_, node, *change.text, ordinal_);
      AMEIDE_RETURN_IF_ERROR(Do(ops));
      ordinal_ += static_cast<uint32_t>(std::count_if(ops.begin(), ops.end(), [](const Op& op) {
        return std::holds_alternative<uaf::document::InsertNodeOp>(op);
      }));
    }
    return absl::OkStatus();
  }

  /// The live child element of `parent` that holds exactly this text under this name; those in `used` are
  /// passed over.
  NodeIndex PlainChild(NodeIndex parent, const BridgeChild& wanted, const std::set<NodeIndex>& used) const {
    const auto [uri, local] = SplitExpandedName(wanted.tag);
    for (NodeIndex child = document_.first_child(parent); child != kNoNode;
         child = document_.next_sibling(child)) {
      if (document_.kind(child) == NodeKind::kElement && document_.local_name(child) == local &&
          !used.contains(child) && document_.namespace_uri(child) == uri &&
          Matches(document_.text(child), wanted.text)) {
        return child;
      }
    }
    return kNoNode;
  }

  /// References may be written with white space or a prefix around the name.
  static bool Matches(std::string written, const std::string& text) {
    if (written == text) return true;
    const size_t begin = written.find_first_not_of(" \t\r\n");
    const size_t end = written.find_last_not_of(" \t\r\n");
    if (begin == std::string::npos) return text.empty();
    written = written.substr(begin, end - begin + 1);
    return written == text || (written.size() > text.size() + 1 && written.ends_with(":" + text));
  }

  absl::Status Children(const ElementChange& change) {
    AMEIDE_ASSIGN_OR_RETURN(const NodeIndex parent, Node(change.key));
    AMEIDE_RETURN_IF_ERROR(RemoveChildren(parent, change));
    // Which present children stay where they are: the longest run that is in order already.
    std::map<NodeIndex, size_t> rank;
    for (NodeIndex child = document_.first_child(parent); child != kNoNode;
         child = document_.next_sibling(child)) {
      rank.emplace(child, rank.size());
    }
    std::vector<size_t> order;
    for (const BridgeChild& child : change.after) {
      const auto found = bridge_.keys_.find(child.key);
      if (child.key.empty() || found == bridge_.keys_.end()) continue;
      if (const auto at = rank.find(found->second); at != rank.end()) order.push_back(at->second);
    }
    const std::set<size_t> staying_ranks = LongestIncreasing(order);
    std::set<NodeIndex> staying;
    for (const auto& [child, at] : rank) {
      if (staying_ranks.contains(at)) staying.insert(child);
    }
    std::set<NodeIndex> used;
    NodeIndex previous = kNoNode;
    // Plain children stay where they are, in whatever order they are wanted: what comes behind them comes
    // behind the last of them.
    size_t reached = 0;
    for (size_t i = 0; i < change.after.size(); ++i) {
      const BridgeChild& child = change.after[i];
      if (child.key.empty()) {
        if (const NodeIndex present = PlainChild(parent, child, used); present != kNoNode) {
          used.insert(present);
          const auto at = rank.find(present);
          if (previous != kNoNode && at != rank.end() && at->second < reached) continue;
          previous = present;
          if (at != rank.end()) reached = at->second;
          continue;
        }
        NewElement element;
        AMEIDE_ASSIGN_OR_RETURN(element.name, ElementName(parent, child.tag));
        element.text = child.text;
        AMEIDE_ASSIGN_OR_RETURN(previous,
                                Insert(parent, Before(parent, previous, change, i, staying), element));
        used.insert(previous);
        continue;
      }
      if (const auto found = bridge_.keys_.find(child.key); found != bridge_.keys_.end()) {
        if (!staying.contains(found->second)) {
          AMEIDE_RETURN_IF_ERROR(Move(found->second, parent, Before(parent, previous, change, i, staying)));
        } else {
          reached = std::max(reached, rank.at(found->second));
        }
        previous = found->second;
        continue;
      }
      AMEIDE_ASSIGN_OR_RETURN(previous,
                              Create(parent, Before(parent, previous, change, i, staying), child.key));
    }
    return absl::OkStatus();
  }

  absl::Status RemoveChildren(NodeIndex parent, const ElementChange& change) {
    std::multiset<std::pair<std::string, std::string>> kept;
    for (const BridgeChild& child : change.after) {
      if (child.key.empty()) kept.emplace(child.tag, child.text);
    }
    for (const BridgeChild& child : change.before) {
      if (child.key.empty()) {
        if (const auto found = kept.find({child.tag, child.text}); found != kept.end()) {
          kept.erase(found);
          continue;
        }
        const NodeIndex node = PlainChild(parent, child, {});
        if (node != kNoNode) AMEIDE_RETURN_IF_ERROR(Do(DeleteOps(document_, node)));
        continue;
      }
      if (wanted_.contains(child.key)) continue;
      AMEIDE_ASSIGN_OR_RETURN(const NodeIndex node, Node(child.key));
      if (!document_.InTrash(node)) AMEIDE_RETURN_IF_ERROR(Do(DeleteOps(document_, node)));
    }
    return absl::OkStatus();
  }

  /// The child in front of which the `i`-th wanted one goes: behind `previous`, or, as the first one that the
  /// editor knows, in front of the next one that stays where it is.
  NodeIndex Before(NodeIndex parent, NodeIndex previous, const ElementChange& change, size_t i,
                   const std::set<NodeIndex>& staying) const {
    if (previous != kNoNode) return document_.next_sibling(previous);
    for (size_t next = i + 1; next < change.after.size(); ++next) {
      const BridgeChild& child = change.after[next];
      NodeIndex node = kNoNode;
      if (child.key.empty()) {
        node = PlainChild(parent, child, {});
      } else if (const auto found = bridge_.keys_.find(child.key); found != bridge_.keys_.end()) {
        if (staying.contains(found->second)) node = found->second;
      }
      if (node != kNoNode) return node;
    }
    return kNoNode;
  }

  absl::Status Move(NodeIndex node, NodeIndex parent, NodeIndex before) {
    if (before == node) before = document_.next_sibling(node);
    return Do({uaf::document::MoveNodeOp{document_.id(node), PlaceBefore(document_, parent, before)}});
  }

  absl::StatusOr<NodeIndex> Insert(NodeIndex parent, NodeIndex before, const NewElement& element) {
    const uint32_t ordinal = ordinal_;
    AMEIDE_RETURN_IF_ERROR(Do(InsertElementOps(document_, parent, before, element, ordinal)));
    ordinal_ += CountNodes(element);
    return *document_.Find(NodeId{event_, ordinal});
  }

  /// Inserts a new element with all that is new below it; what was there before and belongs below it now is
  /// moved there.
  absl::StatusOr<NodeIndex> Create(NodeIndex parent, NodeIndex before, const std::string& key) {
    std::vector<std::string>
        order;  // keys in document order, one for each element that is written; empty for plain ones
    AMEIDE_ASSIGN_OR_RETURN(const NewElement element, Describe(parent, key, order, 0));
    AMEIDE_ASSIGN_OR_RETURN(const NodeIndex top, Insert(parent, before, element));
    size_t at = 0;
    for (const NodeIndex node : document_.Descendants(top)) {
      if (document_.kind(node) != NodeKind::kElement || at >= order.size()) continue;
      if (!order[at].empty()) {
        bridge_.keys_[order[at]] = node;
        added_keys_.push_back(order[at]);
      }
      ++at;
    }
    for (const std::string& made : order) {
      if (!made.empty()) AMEIDE_RETURN_IF_ERROR(FetchChildren(made));
    }
    return top;
  }

  absl::StatusOr<NewElement> Describe(NodeIndex at, const std::string& key, std::vector<std::string>& order,
                                      int depth) {
    const auto found = delta_.created.find(key);
    if (found == delta_.created.end())
      return absl::NotFoundError(
          absl::StrCat("the editor names a new element ", key, " without describing it"));
    if (depth > 256) return absl::InvalidArgumentError("new elements are nested deeper than 256");
    const ElementState& state = found->second;
    NewElement element;
    AMEIDE_ASSIGN_OR_RETURN(element.name, ElementName(at, state.tag));
    order.push_back(key);
    for (const auto& [expanded, value] : state.attributes) {
      AMEIDE_ASSIGN_OR_RETURN(std::string name, AttributeName(at, expanded));
      AMEIDE_ASSIGN_OR_RETURN(std::string written, AttributeValue(at, expanded, value));
      element.attributes.emplace_back(std::move(name), std::move(written));
    }
    // The identity stands first, as people and other tools write it.
    std::stable_partition(element.attributes.begin(), element.attributes.end(),
                          [](const auto& a) { return a.first == "id"; });
    element.text = state.text;
    for (const BridgeChild& child : state.children) {
      if (child.key.empty()) {
        NewElement plain;
        AMEIDE_ASSIGN_OR_RETURN(plain.name, ElementName(at, child.tag));
        plain.text = child.text;
        order.emplace_back();
        element.children.push_back(std::move(plain));
      } else if (!bridge_.keys_.contains(child.key)) {
        AMEIDE_ASSIGN_OR_RETURN(NewElement inner, Describe(at, child.key, order, depth + 1));
        element.children.push_back(std::move(inner));
      }
    }
    return element;
  }

  /// Moves the children of a new element that existed before to their places in it.
  absl::Status FetchChildren(const std::string& key) {
    const ElementState& state = delta_.created.at(key);
    AMEIDE_ASSIGN_OR_RETURN(const NodeIndex parent, Node(key));
    NodeIndex previous = kNoNode;
    for (const BridgeChild& child : state.children) {
      if (child.key.empty()) continue;
      AMEIDE_ASSIGN_OR_RETURN(const NodeIndex node, Node(child.key));
      if (document_.parent(node) != parent || document_.InTrash(node)) {
        const NodeIndex before =
            previous == kNoNode ? document_.first_child(parent) : document_.next_sibling(previous);
        AMEIDE_RETURN_IF_ERROR(Move(node, parent, before));
      }
      previous = node;
    }
    return absl::OkStatus();
  }

  static std::set<size_t> LongestIncreasing(const std::vector<size_t>& values) {
    std::vector<size_t> tails;
    std::vector<size_t> previous(values.size(), SIZE_MAX);
    for (size_t i = 0; i < values.size(); ++i) {
      const auto at = std::lower_bound(tails.begin(), tails.end(), values[i],
                                       [&](size_t tail, size_t value) { return values[tail] < value; });
      if (at != tails.begin()) previous[i] = *(at - 1);
      if (at == tails.end())
        tails.push_back(i);
      else
        *at = i;
    }
    std::set<size_t> kept;
    for (size_t i = tails.empty() ? SIZE_MAX : tails.back(); i != SIZE_MAX; i = previous[i])
      kept.insert(values[i]);
    return kept;
  }

  Bridge& bridge_;
  Document& document_;
  const Delta& delta_;
  const EventId event_;
  uint32_t ordinal_ = 0;
  std::vector<Op> ops_;
  std::vector<std::vector<Op>> inverses_;
  std::set<std::string> wanted_;  // keys that some element has as a child afterwards
  std::vector<std::string> added_keys_;
};

Bridge::Bridge(Document document, uaf::StreamId stream)
    : document_(std::move(document)), stream_(std::move(stream)) {
  Rekey();
}

void Bridge::Rekey() {
  keys_.clear();
  size_t count = 0;
  for (const NodeIndex node : document_.Descendants(kDocumentNode)) {
    if (document_.kind(node) == NodeKind::kElement) keys_.emplace(absl::StrCat("n", count++), node);
  }
}

std::string Bridge::Text() const { return document_.RenderSubtree(kDocumentNode); }

absl::StatusOr<Edit> Bridge::Apply(const Delta& delta) {
  Edit edit;
  edit.ticket = last_ticket_ + 1;
  const EventId pending = PendingEvent(stream_, edit.ticket);
  Applier applier(*this, delta, pending);
  if (absl::Status status = applier.Run(); !status.ok()) {
    applier.TakeBack();
    return status;
  }
  last_ticket_ = edit.ticket;
  tickets_[edit.ticket] = {pending, std::nullopt};
  edit.label = delta.label;
  edit.ops = applier.TakeOps();
  for (Op& op : edit.ops) {
    ForEachId(op, [&](NodeId& id) {
      if (id.event == pending) id.event = EventId{};
    });
  }
  return edit;
}

void Bridge::Acknowledge(uint64_t ticket, const EventId& event) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end() || event == EventId{}) return;
  stream_ = event.stream;
  found->second.event = event;
  if (absl::Status status = document_.RenameEvent(found->second.pending, event); !status.ok()) {
    LogError("an edit was recorded as another event", {{"why", std::string(status.message())}});
  }
}

absl::Status Bridge::ApplyRecorded(const std::vector<Op>& ops, const EventId& event) {
  std::vector<std::vector<Op>> inverses;
  for (Op op : ops) {
    ForEachId(op, [&](NodeId& id) {
      if (id.event == EventId{}) id.event = event;
    });
    auto inverse = document_.Apply(op, event);
    if (!inverse.ok()) {
      for (auto it = inverses.rbegin(); it != inverses.rend(); ++it) {
        for (const Op& back : *it) document_.Apply(back, event).IgnoreError();
      }
      return inverse.status();
    }
    inverses.push_back(*std::move(inverse));
  }
  return absl::OkStatus();
}

bool Bridge::MustWait(const Edit& edit) const {
  bool wait = false;
  Edit copy = edit;
  for (Op& op : copy.ops) {
    ForEachId(op, [&](NodeId& id) {
      const auto ticket = TicketOf(id.event);
      const auto found = ticket ? tickets_.find(*ticket) : tickets_.end();
      if (ticket && (found == tickets_.end() || !found->second.event)) wait = true;
    });
  }
  return wait;
}

Edit Bridge::Resolve(Edit edit) const {
  for (Op& op : edit.ops) {
    ForEachId(op, [&](NodeId& id) {
      const auto ticket = TicketOf(id.event);
      const auto found = ticket ? tickets_.find(*ticket) : tickets_.end();
      if (found != tickets_.end() && found->second.event) id.event = *found->second.event;
    });
  }
  return edit;
}

}  // namespace ameide::modeler
