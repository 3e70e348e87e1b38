#include "uaf/document/snapshot.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/status.h"

namespace ameide::uaf::document {
namespace {

constexpr uint8_t kVersion = 1;

/// Indices are written plus one, so that "none" is a zero.
void WriteIndex(ByteWriter& out, uint32_t index) { out.Varint(index == kNone ? 0 : uint64_t{index} + 1); }
uint32_t ReadIndex(ByteReader& in, size_t bound) {
  const uint64_t value = in.Varint();
  if (value > bound) in.Fail();
  return value == 0 || value > bound ? kNone : static_cast<uint32_t>(value - 1);
}

void WriteNode(ByteWriter& out, const Node& node) {
  out.Varint(node.event);
  out.Varint(node.ordinal);
  for (const uint32_t index : {node.parent, node.entry, node.first_entry, node.last_entry})
    WriteIndex(out, index);
  out.Varint(node.first_attribute);
  out.Varint(node.attribute_count);
  out.Byte(static_cast<uint8_t>(node.kind));
  out.Byte(static_cast<uint8_t>((node.self_closing ? 1 : 0) | (node.trashed ? 2 : 0)));
  for (const std::string_view text :
       {node.name, node.raw, node.lead, node.tail, node.tag_end, node.end_tag_end})
    out.String(text);
}

struct Counts {
  size_t events;
  size_t nodes;
  size_t entries;
  size_t attributes;
};

Node ReadNode(ByteReader& in, const Counts& counts) {
  Node node;
  const uint64_t event = in.Varint();
  const uint64_t ordinal = in.Varint();
  node.event = static_cast<uint32_t>(event);
  node.ordinal = static_cast<uint32_t>(ordinal);
  node.parent = ReadIndex(in, counts.nodes);
  for (uint32_t* index : {&node.entry, &node.first_entry, &node.last_entry})
    *index = ReadIndex(in, counts.entries);
  const uint64_t first = in.Varint();
  const uint64_t count = in.Varint();
  node.first_attribute = static_cast<uint32_t>(first);
  node.attribute_count = static_cast<uint32_t>(count);
  const uint8_t kind = in.Byte();
  const uint8_t flags = in.Byte();
  if (event >= counts.events || ordinal > 0xffffffffu || first > counts.attributes ||
      count > counts.attributes - first || kind > static_cast<uint8_t>(NodeKind::kLine) || flags > 3) {
    in.Fail();
  }
  node.kind = static_cast<NodeKind>(kind);
  node.self_closing = (flags & 1) != 0;
  node.trashed = (flags & 2) != 0;
  for (std::string_view* text :
       {&node.name, &node.raw, &node.lead, &node.tail, &node.tag_end, &node.end_tag_end})
    *text = in.String();
  return node;
}

}  // namespace

std::string EncodeTree(const Tree& tree) {
  ByteWriter out;
  out.Byte(kVersion);
  out.Raw(tree.import.blob.view());
  out.Byte(static_cast<uint8_t>(tree.import.kind));
  out.Byte(static_cast<uint8_t>(tree.import.encoding));
  out.Bool(tree.import.byte_order_mark);
  out.Varint(tree.import.tree_format);
  out.Varint(tree.import.tokenizer_version);
  out.Bool(tree.pristine);
  out.String(tree.pristine ? *tree.source : std::string());
  for (const size_t count :
       {tree.events.size(), tree.nodes.size(), tree.entries.size(), tree.attributes.size()})
    out.Varint(count);
  for (const EventId& event : tree.events) {
    out.String(event.stream.name);
    out.Varint(event.seq);
  }
  for (const Node& node : tree.nodes) WriteNode(out, node);
  for (const Entry& entry : tree.entries) {
    for (const uint32_t index : {entry.node, entry.parent, entry.next, entry.previous, entry.left_origin,
                                 entry.right_origin, entry.older}) {
      WriteIndex(out, index);
    }
    out.Varint(entry.event);
  }
  for (const AttributeSlot& slot : tree.attributes) {
    for (const std::string_view text : {slot.name, slot.lead, slot.equals, slot.raw}) out.String(text);
    out.Byte(static_cast<uint8_t>(slot.quote));
    out.Bool(slot.present);
  }
  for (uint32_t event = 0; event < tree.events.size(); ++event) {
    const auto found = tree.runs.find(event);
    const std::vector<Run> none;
    const std::vector<Run>& runs = found == tree.runs.end() ? none : found->second;
    out.Varint(runs.size());
    for (const Run& run : runs) {
      out.Varint(run.first_ordinal);
      out.Varint(run.count);
      out.Varint(run.base);
    }
  }
  return out.Take();
}

absl::StatusOr<Tree> DecodeTree(std::string_view bytes) {
  Tree tree;
  tree.texts.push_back(std::make_shared<const std::string>(bytes));
  ByteReader in(*tree.texts.back());
  if (in.Byte() != kVersion) return absl::UnimplementedError("the snapshot is of another version");
  const std::string_view blob = in.Raw(32);
  const uint8_t kind = in.Byte();
  const uint8_t encoding = in.Byte();
  tree.import.byte_order_mark = in.Bool();
  tree.import.tree_format = static_cast<uint32_t>(in.Varint());
  tree.import.tokenizer_version = static_cast<uint32_t>(in.Varint());
  tree.pristine = in.Bool();
  tree.source = std::make_shared<const std::string>(in.String());
  const Counts counts{in.Count(), in.Count(), in.Count(), in.Count()};
  if (kind > 2 || encoding > 4 || counts.nodes == 0) in.Fail();
  AMEIDE_RETURN_IF_ERROR(in.status());
  AMEIDE_ASSIGN_OR_RETURN(tree.import.blob, Hash256::FromBytes(blob));
  tree.import.kind = static_cast<TreeKind>(kind);
  tree.import.encoding = static_cast<Encoding>(encoding);
  for (size_t i = 0; i < counts.events && in.ok(); ++i) {
    EventId event{{std::string(in.String())}, 0};
    event.seq = in.Varint();
    tree.event_index[event] = static_cast<uint32_t>(i);
    tree.events.push_back(std::move(event));
  }
  for (size_t i = 0; i < counts.nodes && in.ok(); ++i) tree.nodes.push_back(ReadNode(in, counts));
  for (size_t i = 0; i < counts.entries && in.ok(); ++i) {
    Entry entry;
    entry.node = ReadIndex(in, counts.nodes);
    entry.parent = ReadIndex(in, counts.nodes);
    for (uint32_t* index :
         {&entry.next, &entry.previous, &entry.left_origin, &entry.right_origin, &entry.older}) {
      *index = ReadIndex(in, counts.entries);
    }
    const uint64_t event = in.Varint();
    if (event >= counts.events || entry.node == kNone || entry.parent == kNone) in.Fail();
    entry.event = static_cast<uint32_t>(event);
    tree.entries.push_back(entry);
  }
  for (size_t i = 0; i < counts.attributes && in.ok(); ++i) {
    AttributeSlot slot;
    for (std::string_view* text : {&slot.name, &slot.lead, &slot.equals, &slot.raw}) *text = in.String();
    slot.quote = static_cast<char>(in.Byte());
    slot.present = in.Bool();
    tree.attributes.push_back(slot);
  }
  for (uint32_t event = 0; event < counts.events && in.ok(); ++event) {
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      const uint64_t first = in.Varint();
      const uint64_t count = in.Varint();
      const uint64_t base = in.Varint();
      if (first > 0xffffffffu || base > counts.nodes || count > counts.nodes - base) in.Fail();
      tree.runs[event].push_back(
          {static_cast<uint32_t>(first), static_cast<uint32_t>(count), static_cast<uint32_t>(base)});
    }
  }
  AMEIDE_RETURN_IF_ERROR(in.Finish());
  return tree;
}

}  // namespace ameide::uaf::document
