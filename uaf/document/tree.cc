#include "uaf/document/tree.h"

#include <algorithm>
#include <cstring>

#include "uaf/document/tokenizer.h"

namespace ameide::uaf::document {
namespace {

/// What TextArena allocates at a time.
constexpr size_t kBlock = size_t{16} * 1024;

/// Builds nodes from tokens in one pass.
class TreeBuilder final : public TokenSink {
 public:
  TreeBuilder(Tree& tree, std::string_view text, bool fragment, uint32_t event, uint32_t first_ordinal,
              uint32_t parent)
      : tree_(tree), text_(text), fragment_(fragment), event_(event), ordinal_(first_ordinal) {
    stack_.push_back(parent);
  }

  void StartTag(TextSpan name) override {
    const uint32_t index = Add(NodeKind::kElement);
    tree_.nodes[index].set_text(View(name));
    tree_.nodes[index].first_attribute = static_cast<uint32_t>(tree_.attributes.size());
    stack_.push_back(index);
  }

  void Attribute(const AttributeToken& token) override {
    AttributeSlot slot;
    slot.begin = text_.data() + token.lead.begin;
    slot.lead_size = token.lead.end - token.lead.begin;
    slot.name_size = token.name.end - token.name.begin;
    slot.equals_size = token.equals.end - token.equals.begin;
    slot.raw_size = token.raw.end - token.raw.begin;
    tree_.attributes.push_back(slot);
    ++tree_.nodes[stack_.back()].attribute_count;
  }

  void StartTagEnd(TextSpan space, bool self_closing) override {
    Node& node = tree_.nodes[stack_.back()];
    node.tag_end = Space(space);
    node.self_closing = self_closing;
    if (self_closing) stack_.pop_back();
  }

  void EndTag(TextSpan, TextSpan space) override {
    const uint32_t index = stack_.back();
    if (!pending_.empty()) {
      // Behind a child it is the space before the end tag; alone it is the element's text.
      if (tree_.nodes[index].first_entry != kNone)
        tree_.nodes[index].tail = tree_.spaces.Number(pending_);
      else
        AddLeaf(NodeKind::kText, std::exchange(pending_, {}));
    }
    pending_ = {};
    tree_.nodes[index].end_tag_end = Space(space);
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
  uint32_t Space(TextSpan span) { return span.begin == span.end ? 0 : tree_.spaces.Number(View(span)); }
  std::string_view View(TextSpan span) const { return text_.substr(span.begin, span.end - span.begin); }

  uint32_t Add(NodeKind kind) {
    const auto index = static_cast<uint32_t>(tree_.nodes.size());
    Node node;
    node.event = event_;
    node.ordinal = ordinal_++;
    node.kind = kind;
    node.parent = stack_.back();
    node.lead = tree_.spaces.Number(std::exchange(pending_, {}));
    tree_.nodes.push_back(node);
    // The top node of a fragment gets its place from the operation.
    if (!(fragment_ && stack_.size() == 1)) tree_.AppendEntry(index, stack_.back());
    return index;
  }

  void AddLeaf(NodeKind kind, std::string_view raw) { tree_.nodes[Add(kind)].set_text(raw); }

  Tree& tree_;
  const std::string_view text_;
  const bool fragment_;
  const uint32_t event_;
  uint32_t ordinal_;
  std::string_view pending_;
  std::vector<uint32_t> stack_;
};

}  // namespace

TextArena& TextArena::operator=(const TextArena& other) {
  blocks_ = other.blocks_;
  free_ = nullptr;  // the rest of the last block stays with the other one
  left_ = 0;
  return *this;
}

char* TextArena::Reserve(size_t size) {
  if (size > left_) {
    auto block = std::make_shared_for_overwrite<char[]>(kBlock);
    free_ = block.get();
    left_ = kBlock;
    blocks_.push_back(std::move(block));
  }
  char* const begin = free_;
  free_ += size;
  left_ -= size;
  return begin;
}

std::string_view TextArena::Keep(std::string_view text) { return Keep(std::span(&text, 1)); }

std::string_view TextArena::Keep(std::span<const std::string_view> parts) {
  size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  if (size == 0) return {};
  if (size > kBlock / 4) {
    std::string whole;
    whole.reserve(size);
    for (const std::string_view part : parts) whole += part;
    return Share(std::make_shared<const std::string>(std::move(whole)));
  }
  char* const begin = Reserve(size);
  char* end = begin;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    std::memcpy(end, part.data(), part.size());
    end += part.size();
  }
  return {begin, size};
}

std::string_view TextArena::Share(std::shared_ptr<const std::string> text) {
  const std::string_view view = *text;
  blocks_.push_back(std::move(text));
  return view;
}

uint32_t SpaceTable::Number(std::string_view space) {
  if (space.empty()) return 0;
  uint32_t& recent = recent_[(space.size() * 4 + static_cast<unsigned char>(space.front())) % recent_.size()];
  if (recent != 0 && spaces_[recent] == space) return recent;
  const auto [found, added] = numbers_.try_emplace(space, static_cast<uint32_t>(spaces_.size()));
  if (added) spaces_.push_back(space);
  return recent = found->second;
}

uint32_t Tree::EventKey(const EventId& event) {
  const auto [found, added] = event_index.try_emplace(event, static_cast<uint32_t>(events.size()));
  if (added) events.push_back(event);
  return found->second;
}

bool Tree::AddRun(uint32_t event, const Run& run) {
  const uint32_t first_ordinal = run.first_ordinal;
  if (run.count > kNone - first_ordinal) return false;
  std::vector<Run>& known = runs[event];
  const auto next =
      std::upper_bound(known.begin(), known.end(), first_ordinal,
                       [](uint32_t ordinal, const Run& each) { return ordinal < each.first_ordinal; });
  if (next != known.end() && next->first_ordinal - first_ordinal < run.count) return false;
  if (next != known.begin() && first_ordinal - (next - 1)->first_ordinal < (next - 1)->count) return false;
  known.insert(next, run);
  return true;
}

uint32_t Tree::Find(const NodeId& id) const {
  const auto event = event_index.find(id.event);
  return event == event_index.end() ? kNone : FindIn(event->second, id.ordinal);
}

uint32_t Tree::FindIn(uint32_t event, uint32_t ordinal) const {
  const auto found = runs.find(event);
  if (found == runs.end()) return kNone;
  const auto next = std::upper_bound(found->second.begin(), found->second.end(), ordinal,
                                     [](uint32_t each, const Run& run) { return each < run.first_ordinal; });
  if (next == found->second.begin()) return kNone;
  const Run& run = *(next - 1);
  return ordinal - run.first_ordinal < run.count ? run.base + (ordinal - run.first_ordinal) : kNone;
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
  const uint32_t first = left == kNone ? above.first_entry : entries[left].next;
  uint32_t before = left;
  if (first != right && first != kNone) {
    uint32_t scan = first;
    while (scan != right && scan != kNone) scan = entries[scan].next;
    if (scan != right) right = kNone;
    before = LastBefore({left, right, event}, first);
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
  (before == kNone ? above.first_entry : entries[before].next) = index;
  (after == kNone ? above.last_entry : entries[after].previous) = index;
  nodes[node].entry = index;
  nodes[node].parent = parent;
}

uint32_t Tree::LastBefore(const Origins& origins, uint32_t first) const {
  // Weidner & Kleppmann 2023, in the list form of Gentle's YjsMod: among entries between the origins, those
  // that were put beside the same left origin are ordered by right origin, then by event.
  bool scanning = false;
  uint32_t before = origins.left;
  std::unordered_set<uint32_t> scanned;  // a left origin between ours comes before what was put beside it
  std::unordered_set<uint32_t> between;  // looked for only where a right origin asks
  const auto is_between = [&](uint32_t entry) {
    if (between.empty()) {
      for (uint32_t at = first; at != origins.right && at != kNone; at = entries[at].next) between.insert(at);
    }
    return between.contains(entry);
  };
  for (uint32_t scan = first; scan != origins.right && scan != kNone; scan = entries[scan].next) {
    const Entry& other = entries[scan];
    if (other.left_origin == origins.left) {
      if (other.right_origin != origins.right) {
        scanning = is_between(other.right_origin);  // it ends before our right origin
      } else if (events[origins.event] < events[other.event]) {
        break;
      } else {
        scanning = false;
      }
    } else if (!scanned.contains(other.left_origin)) {
      break;  // it stands beside something in front of our left origin
    }
    scanned.insert(scan);
    if (!scanning) before = scan;
  }
  return before;
}

AttributeSlot* Tree::FindAttribute(const Node& node, std::string_view name) {
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    AttributeSlot& slot = attributes[node.first_attribute + i];
    if (slot.name() == name) return &slot;
  }
  return nullptr;
}

const AttributeSlot* Tree::FindAttribute(const Node& node, std::string_view name) const {
  for (uint32_t i = 0; i < node.attribute_count; ++i) {
    const AttributeSlot& slot = attributes[node.first_attribute + i];
    if (slot.name() == name) return &slot;
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
  if (!fragment) nodes[parent].tail = spaces.Number(builder.pending());
  return absl::OkStatus();
}

void Tree::ParseLines(std::string_view text, uint32_t event) {
  for (size_t at = 0; at < text.size();) {
    const size_t newline = text.find('\n', at);
    const size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    Node line;
    line.event = event;
    line.ordinal = static_cast<uint32_t>(nodes.size());
    line.kind = NodeKind::kLine;
    line.parent = 0;
    line.set_text(text.substr(at, end - at));
    nodes.push_back(line);
    AppendEntry(static_cast<uint32_t>(nodes.size() - 1), 0);
    at = end;
  }
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
    out.append(spaces[node.lead]);
    if (begins) begins(at);
    switch (node.kind) {
      case NodeKind::kText:
      case NodeKind::kLine:
        out.append(node.text());
        return;
      case NodeKind::kCData:
        out.append("<![CDATA[").append(node.text()).append("]]>");
        return;
      case NodeKind::kComment:
        out.append("<!--").append(node.text()).append("-->");
        return;
      case NodeKind::kDeclaration:
      case NodeKind::kInstruction:
        out.append("<?").append(node.text()).append("?>");
        return;
      case NodeKind::kDoctype:
        out.append("<!DOCTYPE").append(node.text()).append(">");
        return;
      case NodeKind::kDocument:
        stack.push_back({at, NextLive(node.first_entry, true)});
        return;
      case NodeKind::kElement:
        break;
    }
    out.push_back('<');
    out.append(node.text());
    for (uint32_t i = 0; i < node.attribute_count; ++i) {
      const AttributeSlot& slot = attributes[node.first_attribute + i];
      if (slot.present) out.append(slot.markup());
    }
    out.append(spaces[node.tag_end]);
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
    out.append(spaces[node.tail]);
    if (node.kind == NodeKind::kElement) {
      out.append("</").append(node.text()).append(spaces[node.end_tag_end]);
      out.push_back('>');
    }
  }
}

}  // namespace ameide::uaf::document
