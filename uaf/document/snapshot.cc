#include "uaf/document/snapshot.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/status.h"

namespace ameide::uaf::document {
namespace {

/// Also of what merging makes of events: a later rule is not to begin with a state of an earlier one.
constexpr uint8_t kVersion = 4;

/// Indices are written plus one, so that "none" is a zero.
void WriteIndex(ByteWriter& out, uint32_t index) { out.Varint(index == kNone ? 0 : uint64_t{index} + 1); }
uint32_t ReadIndex(ByteReader& in, size_t bound) {
  const uint64_t value = in.Varint();
  if (value > bound) in.Fail();
  return value == 0 || value > bound ? kNone : static_cast<uint32_t>(value - 1);
}

/// A number below `bound`, which is at most 2^32.
uint32_t ReadBelow(ByteReader& in, uint64_t bound) {
  const uint64_t value = in.Varint();
  if (value >= bound) in.Fail();
  return value < bound ? static_cast<uint32_t>(value) : 0;
}
constexpr uint64_t kAny32 = uint64_t{1} << 32;

struct Counts {
  size_t events;
  size_t spaces;
  size_t nodes;
  size_t entries;
  size_t attributes;
};

void WriteNode(ByteWriter& out, const Node& node) {
  out.Varint(node.event);
  out.Varint(node.ordinal);
  for (const uint32_t index : {node.parent, node.entry, node.first_entry, node.last_entry})
    WriteIndex(out, index);
  out.Varint(node.first_attribute);
  out.Varint(node.attribute_count);
  out.Byte(static_cast<uint8_t>(node.kind));
  out.Byte(static_cast<uint8_t>((node.self_closing ? 1 : 0) | (node.trashed ? 2 : 0)));
  out.String(node.text());
  for (const uint32_t space : {node.lead, node.tail, node.tag_end, node.end_tag_end}) out.Varint(space);
}

Node ReadNode(ByteReader& in, const Counts& counts) {
  Node node;
  node.event = ReadBelow(in, counts.events);
  node.ordinal = ReadBelow(in, kAny32);
  node.parent = ReadIndex(in, counts.nodes);
  for (uint32_t* index : {&node.entry, &node.first_entry, &node.last_entry})
    *index = ReadIndex(in, counts.entries);
  node.first_attribute = ReadBelow(in, counts.attributes + 1);
  node.attribute_count = ReadBelow(in, counts.attributes - node.first_attribute + 1);
  const uint8_t kind = in.Byte();
  const uint8_t flags = in.Byte();
  if (kind > static_cast<uint8_t>(NodeKind::kLine) || flags > 3) in.Fail();
  node.kind = static_cast<NodeKind>(kind);
  node.self_closing = (flags & 1) != 0;
  node.trashed = (flags & 2) != 0;
  node.set_text(in.String());
  for (uint32_t* space : {&node.lead, &node.tail, &node.tag_end, &node.end_tag_end}) {
    *space = ReadBelow(in, counts.spaces);
  }
  return node;
}

void WriteEntry(ByteWriter& out, const Entry& entry) {
  for (const uint32_t index :
       {entry.next, entry.previous, entry.left_origin, entry.right_origin, entry.older}) {
    WriteIndex(out, index);
  }
  for (const uint32_t number : {entry.node, entry.parent, entry.event}) out.Varint(number);
}

Entry ReadEntry(ByteReader& in, const Counts& counts) {
  Entry entry;
  for (uint32_t* index :
       {&entry.next, &entry.previous, &entry.left_origin, &entry.right_origin, &entry.older}) {
    *index = ReadIndex(in, counts.entries);
  }
  entry.node = ReadBelow(in, counts.nodes);
  entry.parent = ReadBelow(in, counts.nodes);
  entry.event = ReadBelow(in, counts.events);
  return entry;
}

void WriteAttribute(ByteWriter& out, const AttributeSlot& slot) {
  out.String(slot.markup());
  for (const uint32_t size : {slot.lead_size, slot.name_size, uint32_t{slot.equals_size}}) out.Varint(size);
  out.Bool(slot.present != 0);
}

AttributeSlot ReadAttribute(ByteReader& in) {
  AttributeSlot slot;
  const std::string_view markup = in.String();
  slot.begin = markup.data();
  slot.lead_size = ReadBelow(in, kAny32);
  slot.name_size = ReadBelow(in, kAny32);
  const uint32_t equals = ReadBelow(in, uint64_t{1} << 31);
  slot.equals_size = equals;
  slot.present = in.Bool() ? 1 : 0;
  const uint64_t before = uint64_t{slot.lead_size} + slot.name_size + equals + 2;
  if (markup.size() < before || markup.size() - before >= kAny32) {
    in.Fail();
  } else {
    slot.raw_size = static_cast<uint32_t>(markup.size() - before);
  }
  return slot;
}

/// Each list of children is doubly linked from its first to its last place, and every place is in one list.
bool ListsHold(const Tree& tree) {
  size_t seen = 0;
  for (uint32_t parent = 0; parent < tree.nodes.size(); ++parent) {
    uint32_t previous = kNone;
    for (uint32_t at = tree.nodes[parent].first_entry; at != kNone; at = tree.entries[at].next) {
      const Entry& entry = tree.entries[at];
      if (entry.parent != parent || entry.previous != previous || ++seen > tree.entries.size()) return false;
      previous = at;
    }
    if (tree.nodes[parent].last_entry != previous) return false;
  }
  return seen == tree.entries.size();
}

bool PlacesHold(const Tree& tree) {
  for (uint32_t i = 0; i < tree.entries.size(); ++i) {
    const Entry& entry = tree.entries[i];
    const uint32_t older = entry.older;
    if (older != kNone && (older >= i || tree.entries[older].node != entry.node)) return false;
  }
  for (uint32_t i = 0; i < tree.nodes.size(); ++i) {
    const Node& node = tree.nodes[i];
    if ((i == 0) != (node.kind == NodeKind::kDocument)) return false;
    if (i == 0) {
      if (node.entry != kNone || node.parent != kNone || node.trashed) return false;
      continue;
    }
    if (node.entry == kNone || tree.entries[node.entry].node != i) return false;
    if (tree.entries[node.entry].parent != node.parent) return false;
  }
  return true;
}

/// Every node is below the document node: no cycle.
bool ParentsHold(const Tree& tree) {
  std::vector<bool> good(tree.nodes.size());
  std::vector<bool> on_path(tree.nodes.size());
  good[0] = true;
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < tree.nodes.size(); ++i) {
    uint32_t at = i;
    for (; !good[at]; at = tree.nodes[at].parent) {
      if (on_path[at]) return false;
      on_path[at] = true;
      path.push_back(at);
    }
    for (const uint32_t each : path) {
      good[each] = true;
      on_path[each] = false;
    }
    path.clear();
  }
  return true;
}

/// Every node is found by its id, and ids are not doubled. Aliases are further names.
bool RunsHold(const Tree& tree) {
  size_t found = 0;
  for (const auto& [event, runs] : tree.runs) {
    uint64_t next = 0;
    for (const Run& run : runs) {
      if (run.first_ordinal < next) return false;
      next = uint64_t{run.first_ordinal} + run.count;
      if (run.alias) continue;
      for (uint32_t i = 0; i < run.count; ++i) {
        const Node& node = tree.nodes[run.base + i];
        if (node.event != event || node.ordinal != run.first_ordinal + i) return false;
      }
      found += run.count;
    }
  }
  return found == tree.nodes.size();
}

void ReadRuns(ByteReader& in, const Counts& counts, Tree& tree) {
  for (uint32_t event = 0; event < counts.events && in.ok(); ++event) {
    for (size_t left = in.Count(); left > 0 && in.ok(); --left) {
      Run run;
      run.first_ordinal = ReadBelow(in, kAny32);
      run.base = ReadBelow(in, counts.nodes);
      run.count = ReadBelow(in, counts.nodes - run.base + 1);
      run.alias = in.Bool();
      if (run.count > kNone - run.first_ordinal) in.Fail();
      tree.runs[event].push_back(run);
    }
  }
}

absl::Status ReadHead(ByteReader& in, Tree& tree) {
  if (in.Byte() != kVersion) return absl::UnimplementedError("the snapshot is of another version");
  const std::string_view blob = in.Raw(32);
  const uint8_t kind = in.Byte();
  const uint8_t encoding = in.Byte();
  tree.import.byte_order_mark = in.Bool();
  tree.import.tree_format = ReadBelow(in, kAny32);
  tree.import.tokenizer_version = ReadBelow(in, kAny32);
  tree.pristine = in.Bool();
  tree.source = std::make_shared<const std::string>(in.String());
  if (kind > 2 || encoding > 4) in.Fail();
  AMEIDE_RETURN_IF_ERROR(in.status());
  tree.import.kind = static_cast<TreeKind>(kind);
  tree.import.encoding = static_cast<Encoding>(encoding);
  AMEIDE_ASSIGN_OR_RETURN(tree.import.blob, Hash256::FromBytes(blob));
  return absl::OkStatus();
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
  out.String(tree.pristine ? std::string_view(*tree.source) : std::string_view());
  for (const size_t count : {tree.events.size(), tree.spaces.size(), tree.nodes.size(), tree.entries.size(),
                             tree.attributes.size()}) {
    out.Varint(count);
  }
  for (const EventId& event : tree.events) {
    out.String(event.stream.name);
    out.Varint(event.seq);
  }
  for (uint32_t i = 0; i < tree.spaces.size(); ++i) out.String(tree.spaces[i]);
  for (const Node& node : tree.nodes) WriteNode(out, node);
  for (const Entry& entry : tree.entries) WriteEntry(out, entry);
  for (const AttributeSlot& slot : tree.attributes) WriteAttribute(out, slot);
  for (uint32_t event = 0; event < tree.events.size(); ++event) {
    const auto found = tree.runs.find(event);
    out.Varint(found == tree.runs.end() ? 0 : found->second.size());
    if (found == tree.runs.end()) continue;
    for (const Run& run : found->second) {
      for (const uint32_t number : {run.first_ordinal, run.base, run.count}) out.Varint(number);
      out.Bool(run.alias);
    }
  }
  return out.Take();
}

absl::StatusOr<Tree> DecodeTree(std::string_view bytes) {
  Tree tree;
  ByteReader in(tree.arena.Share(std::make_shared<const std::string>(bytes)));
  AMEIDE_RETURN_IF_ERROR(ReadHead(in, tree));
  const Counts counts{in.Count(), in.Count(), in.Count(), in.Count(), in.Count()};
  if (counts.nodes == 0) in.Fail();
  for (size_t i = 0; i < counts.events && in.ok(); ++i) {
    EventId event{{std::string(in.String())}, 0};
    event.seq = in.Varint();
    if (tree.EventKey(event) != i) in.Fail();
  }
  for (uint32_t i = 0; i < counts.spaces && in.ok(); ++i) {
    if (tree.spaces.Number(in.String()) != i) in.Fail();
  }
  tree.nodes.reserve(in.ok() ? counts.nodes : 0);
  tree.entries.reserve(in.ok() ? counts.entries : 0);
  for (size_t i = 0; i < counts.nodes && in.ok(); ++i) tree.nodes.push_back(ReadNode(in, counts));
  for (size_t i = 0; i < counts.entries && in.ok(); ++i) tree.entries.push_back(ReadEntry(in, counts));
  for (size_t i = 0; i < counts.attributes && in.ok(); ++i) tree.attributes.push_back(ReadAttribute(in));
  ReadRuns(in, counts, tree);
  AMEIDE_RETURN_IF_ERROR(in.Finish());
  if (ListsHold(tree) && PlacesHold(tree) && ParentsHold(tree) && RunsHold(tree)) return tree;
  return absl::DataLossError("the snapshot contradicts itself");
}

}  // namespace ameide::uaf::document
