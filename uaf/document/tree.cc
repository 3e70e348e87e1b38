#include "uaf/document/tree.h"

#include <algorithm>

#include "uaf/document/tokenizer.h"

namespace ameide::uaf::document {
namespace {

/// Builds nodes from tokens in one pass.
class TreeBuilder final : public TokenSink {
 public:
  TreeBuilder(Tree& tree, std::string_view text, bool fragment, uint32_t event, uint32_t first_ordinal,
              uint32_t parent)
      : tree_(tree), text_(text), fragment_(fragment), event_(event), ordinal_(first_ordinal), top_(parent) {
    stack_.push_back(parent);
  }

  void StartTag(TextSpan name) override {
    const uint32_t index = Add(NodeKind::kElement);
    tree_.nodes[index].name = View(name);
    tree_.nodes[index].first_attribute = static_cast<uint32_t>(tree_.attributes.size());
    stack_.push_back(index);
  }

  void Attribute(const AttributeToken& token) override {
    tree_.attributes.push_back(
        {View(token.name), View(token.lead), View(token.equals), View(token.raw), token.quote, true});
    ++tree_.nodes[stack_.back()].attribute_count;
  }

  void StartTagEnd(TextSpan space, bool self_closing) override {
    Node& node = tree_.nodes[stack_.back()];
    node.tag_end = View(space);
    node.self_closing = self_closing;
    if (self_closing) stack_.pop_back();
  }

  void EndTag(TextSpan, TextSpan space) override {
    const uint32_t index = stack_.back();
    if (!pending_.empty()) {
      // Behind a child it is the space before the end tag; alone it is the element's text.
      if (tree_.nodes[index].first_entry != kNone)
        tree_.nodes[index].tail = pending_;
      else
        AddLeaf(NodeKind::kText, std::exchange(pending_, {}));
    }
    pending_ = {};
    tree_.nodes[index].end_tag_end = View(space);
    stack_.pop_back();
  }

  void CharacterData(TextSpan raw, bool only_white_space) override {
    if (only_white_space)
      pending_ = View(raw);
    else
      AddLeaf(NodeKind::kText, View(raw));
  }
  void CData(TextSpan raw) override { AddLeaf(NodeKind::kCData, View(raw)); }
  void Comment(TextSpan raw) override { AddLeaf(NodeKind::kComment, View(raw)); }
  void Instruction(TextSpan raw, bool declaration) override {
    AddLeaf(declaration ? NodeKind::kDeclaration : NodeKind::kInstruction, View(raw));
  }
  void Doctype(TextSpan raw) override { AddLeaf(NodeKind::kDoctype, View(raw)); }

  /// White space that is left over at the very end.
  std::string_view pending() const { return pending_; }

 private:
  std::string_view View(TextSpan span) const { return text_.substr(span.begin, span.end - span.begin); }

  uint32_t Add(NodeKind kind) {
    const auto index = static_cast<uint32_t>(tree_.nodes.size());
    Node node;
    node.event = event_;
    node.ordinal = ordinal_++;
    node.kind = kind;
    node.parent = stack_.back();
    node.lead = std::exchange(pending_, {});
    tree_.nodes.push_back(node);
    // The top node of a fragment gets its place from the operation.
    if (!(fragment_ && stack_.size() == 1)) tree_.AppendEntry(index, stack_.back());
    return index;
  }

  void AddLeaf(NodeKind kind, std::string_view raw) { tree_.nodes[Add(kind)].raw = raw; }

  Tree& tree_;
  const std::string_view text_;
  const bool fragment_;
  const uint32_t event_;
  uint32_t ordinal_;
  const uint32_t top_;
  std::string_view pending_;
  std::vector<uint32_t> stack_;
};

}  // namespace

std::string_view Tree::Keep(std::string text) {
  if (text.empty()) return {};
  texts.push_back(std::make_shared<const std::string>(std::move(text)));
  return *texts.back();
}

uint32_t Tree::EventKey(const EventId& event) {
  const auto [found, added] = event_index.try_emplace(event, static_cast<uint32_t>(events.size()));
  if (added) events.push_back(event);
  return found->second;
}

void Tree::AddRun(uint32_t event, uint32_t first_ordinal, uint32_t base) {
  runs[event].push_back({first_ordinal, static_cast<uint32_t>(nodes.size()) - base, base});
}

uint32_t Tree::Find(const NodeId& id) const {
  const auto event = event_index.find(id.event);
  if (event == event_index.end()) return kNone;
  const auto found = runs.find(event->second);
  if (found == runs.end()) return kNone;
  for (const Run& run : found->second) {
    if (id.ordinal >= run.first_ordinal && id.ordinal - run.first_ordinal < run.count) {
      return run.base + (id.ordinal - run.first_ordinal);
    }
  }
  return kNone;
}

uint32_t Tree::NextLive(uint32_t entry, bool forward) const {
  while (entry != kNone) {
    const Entry& place = entries[entry];
    const Node& node = nodes[place.node];
    if (node.entry == entry && !node.trashed) return entry;
    entry = forward ? place.next : place.previous;
  }
  return kNone;
}

void Tree::AppendEntry(uint32_t node, uint32_t parent) {
  const auto index = static_cast<uint32_t>(entries.size());
  Node& above = nodes[parent];
  Entry entry{.node = node,
              .parent = parent,
              .previous = above.last_entry,
              .left_origin = above.last_entry,
              .event = nodes[node].event};
  if (above.last_entry != kNone)
    entries[above.last_entry].next = index;
  else
    above.first_entry = index;
  above.last_entry = index;
  entries.push_back(entry);
  nodes[node].entry = index;
}

uint32_t Tree::EntryIn(uint32_t node, uint32_t parent) const {
  for (uint32_t entry = nodes[node].entry; entry != kNone; entry = entries[entry].older) {
    if (entries[entry].parent == parent) return entry;
  }
  return kNone;
}

void Tree::Integrate(uint32_t node, uint32_t parent, uint32_t left, uint32_t right, uint32_t event) {
  Node& above = nodes[parent];
  // Nothing between the origins is by far the most frequent case and needs no order.
  uint32_t before = left;
  uint32_t scan = left == kNone ? above.first_entry : entries[left].next;
  if (scan != right && scan != kNone) {
    // Weidner & Kleppmann 2023, in the list form of Gentle's YjsMod: among entries between the origins, those
    // that were put beside the same left origin are ordered by right origin, then by event.
    std::unordered_map<uint32_t, uint32_t> rank;
    uint32_t count = 0;
    for (uint32_t e = above.first_entry; e != kNone; e = entries[e].next) rank[e] = ++count;
    const auto left_rank = [&](uint32_t e) { return e == kNone ? 0u : rank[e]; };
    const auto right_rank = [&](uint32_t e) { return e == kNone ? count + 1 : rank[e]; };
    bool scanning = false;
    uint32_t last = before;
    for (; scan != right && scan != kNone; scan = entries[scan].next) {
      const Entry& other = entries[scan];
      const uint32_t other_left = left_rank(other.left_origin);
      if (other_left < left_rank(left)) break;
      if (other_left == left_rank(left)) {
        const uint32_t other_right = right_rank(other.right_origin);
        if (other_right < right_rank(right)) {
          scanning = true;
        } else {
          if (other_right == right_rank(right) && events[event] < events[other.event]) break;
          scanning = false;
        }
      }
      last = scan;
      if (!scanning) before = last;
    }
  }
  const auto index = static_cast<uint32_t>(entries.size());
  const uint32_t after = before == kNone ? above.first_entry : entries[before].next;
  entries.push_back({.node = node,
                     .parent = parent,
                     .next = after,
                     .previous = before,
                     .left_origin = left,
                     .right_origin = right,
                     .event = event,
                     .older = nodes[node].entry});
  if (before == kNone)
    above.first_entry = index;
  else
    entries[before].next = index;
  if (after == kNone)
    above.last_entry = index;
  else
    entries[after].previous = index;
  nodes[node].entry = index;
  nodes[node].parent = parent;
}

AttributeSlot* Tree::FindAttribute(Node& node, std::string_view name) {
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    AttributeSlot& slot = attributes[node.first_attribute + i];
    if (slot.name == name) return &slot;
  }
  return nullptr;
}

const AttributeSlot* Tree::FindAttribute(const Node& node, std::string_view name) const {
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    const AttributeSlot& slot = attributes[node.first_attribute + i];
    if (slot.name == name) return &slot;
  }
  return nullptr;
}

absl::Status Tree::Parse(std::string_view text, bool fragment, uint32_t event, uint32_t first_ordinal,
                         uint32_t parent) {
  const size_t old_nodes = nodes.size();
  const size_t old_entries = entries.size();
  const size_t old_attributes = attributes.size();
  TreeBuilder builder(*this, text, fragment, event, first_ordinal, parent);
  absl::Status status = TokenizeXml(text, fragment, builder);
  if (status.ok() && fragment && !builder.pending().empty()) {
    status = absl::InvalidArgumentError("white space behind the node; it belongs to the next one");
  }
  if (!status.ok()) {
    nodes.resize(old_nodes);
    entries.resize(old_entries);
    attributes.resize(old_attributes);
    return status;
  }
  if (!fragment) nodes[parent].tail = builder.pending();
  return absl::OkStatus();
}

void Tree::RenderNode(uint32_t index, std::string& out, const std::function<void(uint32_t)>& begins) const {
  // Iterative: depth is bounded by the tokenizer for files, but moves can stack subtrees.
  struct Frame {
    uint32_t node;
    uint32_t entry;
  };
  std::vector<Frame> stack;
  const auto open = [&](uint32_t at) {
    const Node& node = nodes[at];
    out.append(node.lead);
    if (begins) begins(at);
    switch (node.kind) {
      case NodeKind::kText:
      case NodeKind::kLine:
        out.append(node.raw);
        return;
      case NodeKind::kCData:
        out.append("<![CDATA[").append(node.raw).append("]]>");
        return;
      case NodeKind::kComment:
        out.append("<!--").append(node.raw).append("-->");
        return;
      case NodeKind::kDeclaration:
      case NodeKind::kInstruction:
        out.append("<?").append(node.raw).append("?>");
        return;
      case NodeKind::kDoctype:
        out.append("<!DOCTYPE").append(node.raw).append(">");
        return;
      case NodeKind::kDocument:
        stack.push_back({at, NextLive(node.first_entry, true)});
        return;
      case NodeKind::kElement:
        break;
    }
    out.push_back('<');
    out.append(node.name);
    for (uint32_t i = 0; i < node.attribute_count; ++i) {
      const AttributeSlot& slot = attributes[node.first_attribute + i];
      if (!slot.present) continue;
      out.append(slot.lead).append(slot.name).append(slot.equals);
      out.push_back(slot.quote);
      out.append(slot.raw);
      out.push_back(slot.quote);
    }
    out.append(node.tag_end);
    const uint32_t first = NextLive(node.first_entry, true);
    if (node.self_closing && first == kNone) {
      out.append("/>");
      return;
    }
    out.push_back('>');
    stack.push_back({at, first});
  };
  open(index);
  while (!stack.empty()) {
    Frame& frame = stack.back();
    if (frame.entry != kNone) {
      const uint32_t entry = frame.entry;
      frame.entry = NextLive(entries[entry].next, true);
      open(entries[entry].node);
      continue;
    }
    const Node& node = nodes[frame.node];
    stack.pop_back();
    out.append(node.tail);
    if (node.kind == NodeKind::kElement) {
      out.append("</").append(node.name).append(node.end_tag_end);
      out.push_back('>');
    }
  }
}

}  // namespace ameide::uaf::document
