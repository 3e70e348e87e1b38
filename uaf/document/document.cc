#include "uaf/document/document.h"

#include <algorithm>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/apply.h"
#include "uaf/document/encoding.h"
#include "uaf/document/snapshot.h"
#include "uaf/document/tree.h"

namespace ameide::uaf::document {
namespace {

constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";

uint32_t Raw(NodeIndex index) { return static_cast<uint32_t>(index); }

/// The characters of the tree's source, in memory that the tree keeps.
absl::StatusOr<std::string_view> Decode(Tree& tree) {
  const ImportOp& import = tree.import;
  if (import.encoding == Encoding::kUtf8) {
    std::string_view text = tree.arena.Share(tree.source);
    if (import.byte_order_mark) text.remove_prefix(std::min<size_t>(3, text.size()));
    if (IsValidUtf8(text)) return text;  // else the decoder words the error
  }
  AMEIDE_ASSIGN_OR_RETURN(std::string text,
                          DecodeText(*tree.source, import.encoding, import.byte_order_mark));
  return tree.arena.Share(std::make_shared<const std::string>(std::move(text)));
}

}  // namespace

struct Document::State {
  Tree tree;
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
    AMEIDE_ASSIGN_OR_RETURN(const std::string_view text, Decode(tree));
    if (import.kind == TreeKind::kXml) {
      // Memory that is reserved and not used costs nothing; growing copies.
      const auto tags = static_cast<size_t>(std::count(text.begin(), text.end(), '<'));
      tree.nodes.reserve(tags + 16);
      tree.entries.reserve(tags + 16);
      tree.attributes.reserve(static_cast<size_t>(std::count(text.begin(), text.end(), '=')) + 16);
      AMEIDE_RETURN_IF_ERROR(tree.Parse(text, false, key, 1, 0));
    } else {
      tree.ParseLines(text, key);
    }
  }
  tree.AddRun(key, {0, static_cast<uint32_t>(tree.nodes.size()), 0});
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
  std::vector<Op> inverse;
  AMEIDE_RETURN_IF_ERROR(ApplyOp(state_->tree, op, event, &inverse));
  return inverse;
}

absl::Status Document::Fold(const Op& op, const EventId& event) {
  return ApplyOp(state_->tree, op, event, nullptr);
}

absl::Status Document::RenameEvent(const EventId& from, const EventId& to) {
  Tree& tree = state_->tree;
  const auto found = tree.event_index.find(from);
  if (found == tree.event_index.end() || from == to) return absl::OkStatus();
  if (tree.event_index.contains(to)) {
    return absl::AlreadyExistsError(absl::StrCat("event ", FormatId(to), " is in use in this artifact"));
  }
  const uint32_t key = found->second;
  tree.event_index.erase(found);
  tree.event_index.emplace(to, key);
  tree.events[key] = to;
  return absl::OkStatus();
}

absl::Status Document::Alias(NodeIndex first, uint32_t count, const EventId& event, uint32_t first_ordinal) {
  Tree& tree = state_->tree;
  const uint32_t base = Raw(first);
  if (base >= tree.nodes.size() || count > tree.nodes.size() - base) {
    return absl::OutOfRangeError("there are not so many nodes to name");
  }
  if (tree.AddRun(tree.EventKey(event), {first_ordinal, count, base, true})) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat("nodes of event ", FormatId(event), " from ", first_ordinal, " on have names already"));
}

NodeKind Document::kind(NodeIndex node) const { return state_->tree.nodes[Raw(node)].kind; }
NodeId Document::id(NodeIndex node) const { return state_->tree.IdOf(Raw(node)); }

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

std::vector<NodeIndex> Document::EverParents(NodeIndex node) const {
  const Tree& tree = state_->tree;
  std::vector<NodeIndex> found;
  for (uint32_t at = tree.nodes[Raw(node)].entry; at != kNone; at = tree.entries[at].older) {
    const NodeIndex parent{tree.entries[at].parent};
    if (std::find(found.begin(), found.end(), parent) == found.end()) found.push_back(parent);
  }
  return found;
}

std::vector<NodeIndex> Document::EverBelow(NodeIndex node) const {
  const Tree& tree = state_->tree;
  std::vector<NodeIndex> found = {node};
  std::unordered_set<uint32_t> seen = {Raw(node)};
  for (size_t i = 0; i < found.size(); ++i) {
    for (uint32_t at = tree.nodes[Raw(found[i])].first_entry; at != kNone; at = tree.entries[at].next) {
      if (seen.insert(tree.entries[at].node).second) found.push_back(NodeIndex{tree.entries[at].node});
    }
  }
  return found;
}

uint32_t Document::node_count() const { return static_cast<uint32_t>(state_->tree.nodes.size()); }

std::string_view Document::name(NodeIndex node) const {
  const Node& each = state_->tree.nodes[Raw(node)];
  return each.kind == NodeKind::kElement ? each.text() : std::string_view();
}

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
      if (!slot.present || slot.name().substr(0, 5) != "xmlns") continue;
      if (prefix.empty()
              ? slot.name().size() == 5
              : slot.name().size() > 6 && slot.name()[5] == ':' && slot.name().substr(6) == prefix) {
        return slot.raw();
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
      if (!slot.present || slot.name().substr(0, 5) != "xmlns" || slot.raw() != uri) continue;
      const std::string prefix(slot.name().size() > 6 ? slot.name().substr(6) : std::string_view());
      if (LookupNamespace(node, prefix) == uri) return prefix;
    }
  }
  return std::nullopt;
}

std::string Attribute::Value() const {
  if (raw.find_first_of("&\r\n\t") == std::string_view::npos) return std::string(raw);
  // White space becomes a space, but not what came in as a character reference.
  std::string normal;
  for (size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n') continue;
    normal.push_back(c == '\n' || c == '\t' || c == '\r' ? ' ' : c);
  }
  return UnescapeXml(normal);
}

std::vector<Attribute> Document::attributes(NodeIndex node) const {
  const Node& each = state_->tree.nodes[Raw(node)];
  std::vector<Attribute> found;
  for (uint32_t i = 0; i < each.attribute_count; ++i) {
    const AttributeSlot& slot = state_->tree.attributes[each.first_attribute + i];
    if (slot.present) found.push_back({slot.name(), slot.raw(), slot.markup()});
  }
  return found;
}

std::optional<std::string> Document::attribute(NodeIndex node, std::string_view qualified_name) const {
  const AttributeSlot* slot = state_->tree.FindAttribute(state_->tree.nodes[Raw(node)], qualified_name);
  if (slot == nullptr || !slot->present) return std::nullopt;
  return Attribute{slot->name(), slot->raw(), {}}.Value();
}

std::optional<AttributeText> Document::attribute_text(NodeIndex node, std::string_view qualified_name) const {
  const AttributeSlot* slot = state_->tree.FindAttribute(state_->tree.nodes[Raw(node)], qualified_name);
  if (slot == nullptr || !slot->present) return std::nullopt;
  return TextOf(*slot);
}

std::string_view Document::raw_text(NodeIndex node) const {
  const Node& each = state_->tree.nodes[Raw(node)];
  return each.kind == NodeKind::kElement ? std::string_view() : each.text();
}

std::string_view Document::trivia(NodeIndex node, Trivia which) const {
  Node& each = state_->tree.nodes[Raw(node)];
  if (which == Trivia::kSelfClosing) return each.self_closing ? "1" : "";
  return state_->tree.spaces[*TriviaOf(each, which)];
}

namespace {
/// XML 1.0 §2.11: line ends reach the reader as a single line feed. Not those that came in as references.
std::string WithLineFeeds(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\r') {
      text.push_back(raw[i]);
    } else if (i + 1 == raw.size() || raw[i + 1] != '\n') {
      text.push_back('\n');
    }
  }
  return text;
}
}  // namespace

std::string Document::text(NodeIndex node) const {
  std::string text;
  bool has_text = false;
  for (NodeIndex child = first_child(node); child != kNoNode; child = next_sibling(child)) {
    text += WithLineFeeds(trivia(child, Trivia::kLead));
    if (kind(child) == NodeKind::kText) text += UnescapeXml(WithLineFeeds(raw_text(child)));
    if (kind(child) == NodeKind::kCData) text += WithLineFeeds(raw_text(child));
    has_text = has_text || kind(child) == NodeKind::kText || kind(child) == NodeKind::kCData;
  }
  if (!has_text) return "";
  return text + WithLineFeeds(trivia(node, Trivia::kTail));
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
