#include "uaf/document/document.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "uaf/document/encoding.h"
#include "uaf/document/snapshot.h"
#include "uaf/document/tokenizer.h"
#include "uaf/document/tree.h"

namespace ameide::uaf::document {
namespace {

constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";

uint32_t Raw(NodeIndex index) { return static_cast<uint32_t>(index); }

absl::Status Unknown(const NodeId& id) {
  return absl::NotFoundError(absl::StrCat("there is no node ", FormatId(id), " in this artifact"));
}

bool IsTextLike(NodeKind kind) {
  return kind == NodeKind::kText || kind == NodeKind::kCData || kind == NodeKind::kComment ||
         kind == NodeKind::kInstruction || kind == NodeKind::kLine || kind == NodeKind::kDeclaration ||
         kind == NodeKind::kDoctype;
}

/// Byte offset of the `count`-th code point, or npos when the text is shorter.
size_t CodePointOffset(std::string_view text, uint64_t count) {
  size_t at = 0;
  for (; count > 0; --count) {
    if (at >= text.size()) return std::string_view::npos;
    NextCodePoint(text, at);
  }
  return at;
}

uint32_t CodePoints(std::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// A plain decimal number in thousandths, or nullopt for anything else.
std::optional<int64_t> ParseMilli(std::string_view text) {
  bool negative = false;
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
  int64_t whole = 0;
  const size_t digits = at;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    if (whole > 1'000'000'000'000) return std::nullopt;
    whole = whole * 10 + (text[at] - '0');
  }
  if (at == digits) return std::nullopt;
  int64_t milli = whole * 1000;
  if (at < text.size() && text[at] == '.') {
    int64_t unit = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
      milli += unit * (text[at] - '0');
  }
  if (at != text.size()) return std::nullopt;
  return negative ? -milli : milli;
}

std::string FormatMilli(int64_t milli) {
  std::string text = milli < 0 ? "-" : "";
  const uint64_t size = milli < 0 ? 0 - static_cast<uint64_t>(milli) : static_cast<uint64_t>(milli);
  absl::StrAppend(&text, size / 1000);
  if (const uint64_t rest = size % 1000; rest != 0) {
    std::string digits = absl::StrCat(1000 + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    absl::StrAppend(&text, ".", digits);
  }
  return text;
}

}  // namespace

struct Document::State {
  Tree tree;

  absl::StatusOr<uint32_t> Lookup(const NodeId& id) const {
    const uint32_t index = tree.Find(id);
    if (index == kNone) return Unknown(id);
    return index;
  }

  NodeId IdOf(uint32_t index) const {
    return {tree.events[tree.nodes[index].event], tree.nodes[index].ordinal};
  }

  /// Where a node stands now, as an operation can say it.
  Place PlaceOf(uint32_t index) const {
    const Entry& entry = tree.entries[tree.nodes[index].entry];
    Place place{IdOf(entry.parent), std::nullopt, std::nullopt};
    // A node that moved within this list left more than one place here; only its newest can be named.
    const auto nameable = [&](uint32_t at, uint32_t Entry::*step) {
      while (at != kNone && tree.EntryIn(tree.entries[at].node, entry.parent) != at)
        at = tree.entries[at].*step;
      return at;
    };
    const uint32_t left = nameable(entry.previous, &Entry::previous);
    const uint32_t right = nameable(entry.next, &Entry::next);
    if (left != kNone) place.left = IdOf(tree.entries[left].node);
    if (right != kNone) place.right = IdOf(tree.entries[right].node);
    return place;
  }

  struct Spot {
    uint32_t parent;
    uint32_t left;
    uint32_t right;
  };
  absl::StatusOr<Spot> Resolve(const Place& place) const {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t parent, Lookup(place.parent));
    const NodeKind kind = tree.nodes[parent].kind;
    if (kind != NodeKind::kElement && kind != NodeKind::kDocument) {
      return absl::InvalidArgumentError(
          absl::StrCat("node ", FormatId(place.parent), " cannot have children"));
    }
    Spot spot{parent, kNone, kNone};
    for (const auto& [origin, entry] :
         {std::pair(&place.left, &spot.left), std::pair(&place.right, &spot.right)}) {
      if (!origin->has_value()) continue;
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t sibling, Lookup(**origin));
      *entry = tree.EntryIn(sibling, parent);
      if (*entry == kNone) {
        return absl::InvalidArgumentError(
            absl::StrCat("node ", FormatId(**origin), " is no child of ", FormatId(place.parent)));
      }
    }
    return spot;
  }

  absl::StatusOr<std::vector<Op>> Do(const ImportOp&, const EventId&) {
    return absl::FailedPreconditionError(
        "a whole-file import makes a new document; it is not applied to one");
  }

  absl::StatusOr<std::vector<Op>> Do(const InsertNodeOp& op, const EventId& event) {
    AMEIDE_ASSIGN_OR_RETURN(const Spot spot, Resolve(op.place));
    if (op.tokenizer_version != 1)
      return absl::UnimplementedError("this node was split by a newer version; update the program");
    const bool lines = tree.import.kind == TreeKind::kLines;
    const uint32_t key = tree.EventKey(event);
    const auto base = static_cast<uint32_t>(tree.nodes.size());
    if (tree.Find({event, op.first_ordinal}) != kNone) {
      return absl::AlreadyExistsError(
          absl::StrCat("node ", FormatId(NodeId{event, op.first_ordinal}), " exists already"));
    }
    const std::string_view raw = tree.Keep(op.raw);
    if (lines) {
      Node node;
      node.event = key;
      node.ordinal = op.first_ordinal;
      node.kind = NodeKind::kLine;
      node.raw = raw;
      tree.nodes.push_back(node);
    } else {
      AMEIDE_RETURN_IF_ERROR(tree.Parse(raw, true, key, op.first_ordinal, spot.parent));
    }
    tree.AddRun(key, op.first_ordinal, base);
    tree.Integrate(base, spot.parent, spot.left, spot.right, key);
    return std::vector<Op>{MoveNodeOp{{event, op.first_ordinal}, std::nullopt}};
  }

  absl::StatusOr<std::vector<Op>> Do(const MoveNodeOp& op, const EventId& event) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Lookup(op.node));
    if (node == 0) return absl::InvalidArgumentError("the document itself cannot be moved");
    MoveNodeOp inverse{op.node, std::nullopt};
    if (!tree.nodes[node].trashed) inverse.to = PlaceOf(node);
    if (!op.to) {
      tree.nodes[node].trashed = true;
      return std::vector<Op>{inverse};
    }
    AMEIDE_ASSIGN_OR_RETURN(const Spot spot, Resolve(*op.to));
    for (uint32_t above = spot.parent; above != kNone; above = tree.nodes[above].parent) {
      if (above == node)
        return absl::InvalidArgumentError(
            absl::StrCat("node ", FormatId(op.node), " cannot be moved below itself"));
    }
    tree.nodes[node].trashed = false;
    tree.Integrate(node, spot.parent, spot.left, spot.right, tree.EventKey(event));
    return std::vector<Op>{inverse};
  }

  absl::StatusOr<uint32_t> Element(const NodeId& id) const {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Lookup(id));
    if (tree.nodes[node].kind != NodeKind::kElement) {
      return absl::InvalidArgumentError(absl::StrCat("node ", FormatId(id), " is not an element"));
    }
    return node;
  }

  absl::StatusOr<std::vector<Op>> Do(const SetNameOp& op, const EventId&) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Element(op.node));
    if (op.name.empty() || op.name.find_first_of(" \t\r\n<>/='\"&") != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("'", op.name, "' is not a name for an element"));
    }
    SetNameOp inverse{op.node, std::string(tree.nodes[node].name)};
    tree.nodes[node].name = tree.Keep(op.name);
    return std::vector<Op>{std::move(inverse)};
  }

  absl::StatusOr<std::vector<Op>> Do(const SetAttributeOp& op, const EventId&) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Element(op.node));
    if (op.name.empty() || op.name.find_first_of(" \t\r\n<>/='\"&") != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("'", op.name, "' is not a name for an attribute"));
    }
    if (op.text &&
        ((op.text->quote != '"' && op.text->quote != '\'') || op.text->raw.find('<') != std::string::npos ||
         op.text->raw.find(op.text->quote) != std::string::npos || op.text->lead.empty() ||
         op.text->lead.find_first_not_of(" \t\r\n") != std::string::npos ||
         op.text->equals.find('=') == std::string::npos)) {
      return absl::InvalidArgumentError(absl::StrCat("the text of attribute '", op.name, "' is malformed"));
    }
    SetAttributeOp inverse{op.node, op.name, std::nullopt, op.after};
    AttributeSlot* slot = tree.FindAttribute(tree.nodes[index], op.name);
    if (slot != nullptr && slot->present) inverse.text = Text(*slot);
    if (slot == nullptr) {
      if (!op.text) return std::vector<Op>{};
      slot = AddSlot(tree.nodes[index], op.after);
      slot->name = tree.Keep(op.name);
    }
    slot->present = op.text.has_value();
    if (op.text) {
      slot->lead = tree.Keep(op.text->lead);
      slot->equals = tree.Keep(op.text->equals);
      slot->raw = tree.Keep(op.text->raw);
      slot->quote = op.text->quote;
    }
    return std::vector<Op>{std::move(inverse)};
  }

  static AttributeText Text(const AttributeSlot& slot) {
    return {std::string(slot.lead), std::string(slot.equals), slot.quote, std::string(slot.raw)};
  }

  AttributeSlot* AddSlot(Node& node, std::string_view after) {
    uint32_t position = node.attribute_count;
    if (after.empty()) position = 0;
    for (uint32_t i = 0; i < node.attribute_count; ++i) {
      if (tree.attributes[node.first_attribute + i].name == after) position = i + 1;
    }
    // An element's slots lie side by side; growing moves them to the end of the array.
    const auto base = static_cast<uint32_t>(tree.attributes.size());
    tree.attributes.reserve(tree.attributes.size() + node.attribute_count + 1);
    for (uint32_t i = 0; i <= node.attribute_count; ++i) {
      if (i == position) tree.attributes.emplace_back();
      if (i < node.attribute_count) tree.attributes.push_back(tree.attributes[node.first_attribute + i]);
    }
    node.first_attribute = base;
    ++node.attribute_count;
    return &tree.attributes[base + position];
  }

  /// A text-like node, or the error.
  absl::StatusOr<uint32_t> TextNode(const NodeId& id) const {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Lookup(id));
    if (!IsTextLike(tree.nodes[node].kind)) {
      return absl::InvalidArgumentError(absl::StrCat("node ", FormatId(id), " has no text of its own"));
    }
    return node;
  }

  absl::Status CheckText(NodeKind kind, std::string_view raw) const {
    const auto has = [&](std::string_view what) { return raw.find(what) != std::string_view::npos; };
    const bool bad = (kind == NodeKind::kText && has("<")) || (kind == NodeKind::kCData && has("]]>")) ||
                     (kind == NodeKind::kComment && (has("--") || (!raw.empty() && raw.back() == '-'))) ||
                     (kind == NodeKind::kInstruction && has("?>")) ||
                     (kind == NodeKind::kDeclaration && has("?>"));
    if (bad) return absl::InvalidArgumentError("the text would end its node; escape it");
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Op>> Do(const SetTextOp& op, const EventId&) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, TextNode(op.node));
    AMEIDE_RETURN_IF_ERROR(CheckText(tree.nodes[node].kind, op.raw));
    SetTextOp inverse{op.node, std::string(tree.nodes[node].raw)};
    tree.nodes[node].raw = tree.Keep(op.raw);
    return std::vector<Op>{std::move(inverse)};
  }

  absl::StatusOr<std::vector<Op>> Do(const SpliceTextOp& op, const EventId&) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, TextNode(op.node));
    const std::string_view old = tree.nodes[node].raw;
    const size_t begin = CodePointOffset(old, op.offset);
    const size_t length =
        begin == std::string_view::npos ? begin : CodePointOffset(old.substr(begin), op.remove);
    if (length == std::string_view::npos) {
      return absl::OutOfRangeError(
          absl::StrCat("the text of node ", FormatId(op.node), " has only ", CodePoints(old), " characters"));
    }
    std::string text =
        absl::StrCat(std::string(old.substr(0, begin)), op.insert, std::string(old.substr(begin + length)));
    AMEIDE_RETURN_IF_ERROR(CheckText(tree.nodes[node].kind, text));
    SpliceTextOp inverse{op.node, op.offset, CodePoints(op.insert), std::string(old.substr(begin, length))};
    tree.nodes[node].raw = tree.Keep(std::move(text));
    return std::vector<Op>{std::move(inverse)};
  }

  std::string_view* TriviaOf(Node& node, Trivia which) {
    switch (which) {
      case Trivia::kLead:
        return &node.lead;
      case Trivia::kTail:
        return &node.tail;
      case Trivia::kTagEnd:
        return &node.tag_end;
      case Trivia::kEndTagEnd:
        return &node.end_tag_end;
      case Trivia::kSelfClosing:
        return nullptr;
    }
    return nullptr;
  }

  absl::StatusOr<std::vector<Op>> Do(const SetTriviaOp& op, const EventId&) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Lookup(op.node));
    Node& node = tree.nodes[index];
    const bool of_element = op.which != Trivia::kLead && !(op.which == Trivia::kTail && index == 0);
    if (of_element && node.kind != NodeKind::kElement) {
      return absl::InvalidArgumentError(absl::StrCat("node ", FormatId(op.node), " is not an element"));
    }
    SetTriviaOp inverse{op.node, op.which, ""};
    if (op.which == Trivia::kSelfClosing) {
      inverse.raw = node.self_closing ? "1" : "";
      node.self_closing = op.raw == "1";
      return std::vector<Op>{std::move(inverse)};
    }
    if (op.raw.find_first_not_of(" \t\r\n") != std::string::npos) {
      return absl::InvalidArgumentError("only white space may stand between markup");
    }
    std::string_view& text = *TriviaOf(node, op.which);
    inverse.raw = std::string(text);
    text = tree.Keep(op.raw);
    return std::vector<Op>{std::move(inverse)};
  }

  absl::StatusOr<std::vector<Op>> Do(const ShiftAttributesOp& op, const EventId&) {
    std::vector<std::pair<AttributeSlot*, int64_t>> shifts;
    for (const auto& target : op.targets) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Element(target.node));
      AttributeSlot* slot = tree.FindAttribute(tree.nodes[index], target.name);
      const auto milli = slot != nullptr && slot->present ? ParseMilli(slot->raw) : std::nullopt;
      if (!milli) {
        return absl::InvalidArgumentError(absl::StrCat("attribute '", target.name, "' of node ",
                                                       FormatId(target.node), " is not a number"));
      }
      shifts.emplace_back(slot, *milli);
    }
    std::vector<Op> inverse;
    for (size_t i = 0; i < shifts.size(); ++i) {
      // The old spelling ("100.0") need not be what shifting back would write.
      inverse.push_back(SetAttributeOp{op.targets[i].node, op.targets[i].name, Text(*shifts[i].first), ""});
      shifts[i].first->raw = tree.Keep(FormatMilli(shifts[i].second + op.delta_milli));
    }
    std::reverse(inverse.begin(), inverse.end());
    return inverse;
  }
};

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::Clone() const { return Document(std::make_unique<State>(*state_)); }

absl::StatusOr<Document> Document::Import(const ImportOp& import, std::string_view bytes,
                                          const EventId& event) {
  if (import.tree_format != 1 || import.tokenizer_version != 1) {
    return absl::UnimplementedError(
        "this file was taken in by a newer version of the program; update to open it");
  }
  auto state = std::make_unique<State>();
  Tree& tree = state->tree;
  tree.import = import;
  tree.source = std::make_shared<const std::string>(bytes);
  const uint32_t key = tree.EventKey(event);
  Node document;
  document.event = key;
  document.kind = NodeKind::kDocument;
  tree.nodes.push_back(document);
  if (import.kind != TreeKind::kOpaque) {
    AMEIDE_ASSIGN_OR_RETURN(std::string decoded, DecodeText(bytes, import.encoding, import.byte_order_mark));
    const std::string_view text = tree.Keep(std::move(decoded));
    if (import.kind == TreeKind::kXml) {
      tree.nodes.reserve(text.size() / 60 + 16);
      tree.entries.reserve(text.size() / 60 + 16);
      tree.attributes.reserve(text.size() / 40 + 16);
      AMEIDE_RETURN_IF_ERROR(tree.Parse(text, false, key, 1, 0));
    } else {
      for (size_t at = 0; at < text.size();) {
        const size_t newline = text.find('\n', at);
        const size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
        Node line;
        line.event = key;
        line.ordinal = static_cast<uint32_t>(tree.nodes.size());
        line.kind = NodeKind::kLine;
        line.parent = 0;
        line.raw = text.substr(at, end - at);
        tree.nodes.push_back(line);
        tree.AppendEntry(static_cast<uint32_t>(tree.nodes.size() - 1), 0);
        at = end;
      }
    }
  }
  tree.AddRun(key, 0, 0);
  return Document(std::move(state));
}

std::string Document::Render() const {
  const Tree& tree = state_->tree;
  if (tree.pristine) return *tree.source;
  std::string text;
  text.reserve(tree.source->size() + tree.source->size() / 8);
  tree.RenderNode(0, text);
  if (tree.import.encoding == Encoding::kUtf8 && !tree.import.byte_order_mark) return text;
  return EncodeText(text, tree.import.encoding, tree.import.byte_order_mark);
}

std::string Document::RenderSubtree(NodeIndex node) const {
  std::string text;
  state_->tree.RenderNode(Raw(node), text);
  return text;
}

const ImportOp& Document::import() const { return state_->tree.import; }
TreeKind Document::kind() const { return state_->tree.import.kind; }

absl::StatusOr<std::vector<Op>> Document::Apply(const Op& op, const EventId& event) {
  auto inverse = std::visit([&](const auto& each) { return state_->Do(each, event); }, op);
  if (inverse.ok()) state_->tree.pristine = false;
  return inverse;
}

NodeKind Document::kind(NodeIndex node) const { return state_->tree.nodes[Raw(node)].kind; }
NodeId Document::id(NodeIndex node) const { return state_->IdOf(Raw(node)); }

std::optional<NodeIndex> Document::Find(const NodeId& id) const {
  const uint32_t index = state_->tree.Find(id);
  if (index == kNone) return std::nullopt;
  return NodeIndex{index};
}

bool Document::InTrash(NodeIndex node) const {
  for (uint32_t at = Raw(node); at != kNone; at = state_->tree.nodes[at].parent) {
    if (state_->tree.nodes[at].trashed) return true;
  }
  return false;
}

NodeIndex Document::parent(NodeIndex node) const { return NodeIndex{state_->tree.nodes[Raw(node)].parent}; }

namespace {
NodeIndex NodeAt(const Tree& tree, uint32_t entry) {
  return entry == kNone ? kNoNode : NodeIndex{tree.entries[entry].node};
}
}  // namespace

NodeIndex Document::first_child(NodeIndex node) const {
  const Tree& tree = state_->tree;
  return NodeAt(tree, tree.NextLive(tree.nodes[Raw(node)].first_entry, true));
}

NodeIndex Document::last_child(NodeIndex node) const {
  const Tree& tree = state_->tree;
  return NodeAt(tree, tree.NextLive(tree.nodes[Raw(node)].last_entry, false));
}

NodeIndex Document::next_sibling(NodeIndex node) const {
  const Tree& tree = state_->tree;
  const uint32_t entry = tree.nodes[Raw(node)].entry;
  return entry == kNone ? kNoNode : NodeAt(tree, tree.NextLive(tree.entries[entry].next, true));
}

NodeIndex Document::previous_sibling(NodeIndex node) const {
  const Tree& tree = state_->tree;
  const uint32_t entry = tree.nodes[Raw(node)].entry;
  return entry == kNone ? kNoNode : NodeAt(tree, tree.NextLive(tree.entries[entry].previous, false));
}

NodeIndex Document::root_element() const {
  for (NodeIndex child = first_child(kDocumentNode); child != kNoNode; child = next_sibling(child)) {
    if (kind(child) == NodeKind::kElement) return child;
  }
  return kNoNode;
}

std::vector<NodeIndex> Document::Descendants(NodeIndex node) const {
  std::vector<NodeIndex> found = {node};
  NodeIndex at = node;
  while (true) {
    NodeIndex next = first_child(at);
    while (next == kNoNode && at != node) {
      next = next_sibling(at);
      if (next == kNoNode) at = parent(at);
    }
    if (next == kNoNode) return found;
    found.push_back(next);
    at = next;
  }
}

uint32_t Document::node_count() const { return static_cast<uint32_t>(state_->tree.nodes.size()); }

std::string_view Document::name(NodeIndex node) const { return state_->tree.nodes[Raw(node)].name; }

std::string_view Document::local_name(NodeIndex node) const {
  const std::string_view full = name(node);
  const size_t colon = full.find(':');
  return colon == std::string_view::npos ? full : full.substr(colon + 1);
}

std::string_view Document::namespace_uri(NodeIndex node) const {
  const std::string_view full = name(node);
  const size_t colon = full.find(':');
  return LookupNamespace(node, colon == std::string_view::npos ? std::string_view() : full.substr(0, colon));
}

std::string_view Document::LookupNamespace(NodeIndex node, std::string_view prefix) const {
  if (prefix == "xml") return kXmlNamespace;
  const Tree& tree = state_->tree;
  for (uint32_t at = Raw(node); at != kNone; at = tree.nodes[at].parent) {
    const Node& each = tree.nodes[at];
    for (uint32_t i = 0; i < each.attribute_count; ++i) {
      const AttributeSlot& slot = tree.attributes[each.first_attribute + i];
      if (!slot.present || slot.name.substr(0, 5) != "xmlns") continue;
      if (prefix.empty() ? slot.name.size() == 5
                         : slot.name.size() > 6 && slot.name[5] == ':' && slot.name.substr(6) == prefix) {
        return slot.raw;
      }
    }
  }
  return {};
}

std::optional<std::string> Document::LookupPrefix(NodeIndex node, std::string_view uri) const {
  const Tree& tree = state_->tree;
  for (uint32_t at = Raw(node); at != kNone; at = tree.nodes[at].parent) {
    const Node& each = tree.nodes[at];
    for (uint32_t i = 0; i < each.attribute_count; ++i) {
      const AttributeSlot& slot = tree.attributes[each.first_attribute + i];
      if (!slot.present || slot.name.substr(0, 5) != "xmlns" || slot.raw != uri) continue;
      const std::string prefix(slot.name.size() > 6 ? slot.name.substr(6) : std::string_view());
      if (LookupNamespace(node, prefix) == uri) return prefix;
    }
  }
  return std::nullopt;
}

std::vector<Attribute> Document::attributes(NodeIndex node) const {
  const Node& each = state_->tree.nodes[Raw(node)];
  std::vector<Attribute> found;
  for (uint32_t i = 0; i < each.attribute_count; ++i) {
    const AttributeSlot& slot = state_->tree.attributes[each.first_attribute + i];
    if (slot.present) found.push_back({slot.name, slot.raw});
  }
  return found;
}

std::optional<std::string> Document::attribute(NodeIndex node, std::string_view qualified_name) const {
  const AttributeSlot* slot = state_->tree.FindAttribute(state_->tree.nodes[Raw(node)], qualified_name);
  if (slot == nullptr || !slot->present) return std::nullopt;
  if (slot->raw.find_first_of("&\r\n\t") == std::string_view::npos) return std::string(slot->raw);
  // XML 1.0 §3.3.3: white space becomes a space, but not what came in as a character reference.
  std::string normal;
  for (size_t i = 0; i < slot->raw.size(); ++i) {
    const char c = slot->raw[i];
    if (c == '\r' && i + 1 < slot->raw.size() && slot->raw[i + 1] == '\n') continue;
    normal.push_back(c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
  }
  return UnescapeXml(normal);
}

std::optional<AttributeText> Document::attribute_text(NodeIndex node, std::string_view qualified_name) const {
  const AttributeSlot* slot = state_->tree.FindAttribute(state_->tree.nodes[Raw(node)], qualified_name);
  if (slot == nullptr || !slot->present) return std::nullopt;
  return State::Text(*slot);
}

std::string_view Document::raw_text(NodeIndex node) const { return state_->tree.nodes[Raw(node)].raw; }

std::string_view Document::trivia(NodeIndex node, Trivia which) const {
  Node& each = state_->tree.nodes[Raw(node)];
  if (which == Trivia::kSelfClosing) return each.self_closing ? "1" : "";
  return *state_->TriviaOf(each, which);
}

std::string Document::text(NodeIndex node) const {
  std::string text;
  for (NodeIndex child = first_child(node); child != kNoNode; child = next_sibling(child)) {
    if (kind(child) == NodeKind::kText) {
      absl::StrAppend(&text, std::string(trivia(child, Trivia::kLead)), UnescapeXml(raw_text(child)));
    } else if (kind(child) == NodeKind::kCData) {
      absl::StrAppend(&text, std::string(trivia(child, Trivia::kLead)), std::string(raw_text(child)));
    }
  }
  // XML 1.0 §2.11: line ends reach the reader as a single line feed.
  for (size_t at = 0; (at = text.find('\r', at)) != std::string::npos;) {
    if (at + 1 < text.size() && text[at + 1] == '\n')
      text.erase(at, 1);
    else
      text[at] = '\n';
  }
  return text;
}

TextPosition Document::position(NodeIndex node) const { return positions({&node, 1}).front(); }

std::vector<TextPosition> Document::positions(std::span<const NodeIndex> nodes) const {
  const Tree& tree = state_->tree;
  std::vector<std::vector<size_t>> asked(tree.nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) asked[Raw(nodes[i])].push_back(i);
  std::vector<TextPosition> found(nodes.size(), TextPosition{0, 0});
  TextPosition at;
  size_t counted = 0;
  std::string text;
  tree.RenderNode(0, text, [&](uint32_t node) {
    for (; counted < text.size(); ++counted) {
      if (text[counted] == '\n') {
        ++at.line;
        at.column = 1;
      } else if ((text[counted] & 0xc0) != 0x80) {
        ++at.column;
      }
    }
    for (const size_t i : asked[node]) found[i] = at;
  });
  return found;
}

std::string Document::EncodeSnapshot() const { return EncodeTree(state_->tree); }

absl::StatusOr<Document> Document::DecodeSnapshot(std::string_view bytes) {
  auto state = std::make_unique<State>();
  AMEIDE_ASSIGN_OR_RETURN(state->tree, DecodeTree(bytes));
  return Document(std::move(state));
}

}  // namespace ameide::uaf::document
