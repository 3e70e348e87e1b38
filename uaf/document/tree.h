#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "uaf/document/document.h"

/// The memory behind a Document: nodes in one array, sibling order in another, text as views into shared
/// strings. Private to this folder.
namespace ameide::uaf::document {

inline constexpr uint32_t kNone = 0xffffffffu;

/// One attribute in its place among the attributes of an element. A removed one keeps its slot.
struct AttributeSlot {
  std::string_view name;
  std::string_view lead;
  std::string_view equals;
  std::string_view raw;
  char quote = '"';
  bool present = true;
};

/// One node. Which views mean something depends on the kind.
struct Node {
  uint32_t event = 0;  ///< index into Tree::events
  uint32_t ordinal = 0;
  uint32_t parent = kNone;
  uint32_t entry = kNone;  ///< its present place; kNone for the document node
  uint32_t first_entry = kNone;
  uint32_t last_entry = kNone;
  uint32_t first_attribute = 0;
  uint32_t attribute_count = 0;
  NodeKind kind = NodeKind::kElement;
  bool self_closing = false;
  bool trashed = false;
  std::string_view name;  ///< of elements
  std::string_view raw;   ///< of text, CDATA, comments, instructions, document types, declarations, lines
  std::string_view lead;
  std::string_view tail;
  std::string_view tag_end;
  std::string_view end_tag_end;
};

/// A place in the list of children of one node. Places are never removed: a node that moves on leaves its
/// place behind as a tombstone, so that origins that name it still say where.
struct Entry {
  uint32_t node = kNone;
  uint32_t parent = kNone;
  uint32_t next = kNone;
  uint32_t previous = kNone;
  uint32_t left_origin = kNone;   ///< entry, or the list's start
  uint32_t right_origin = kNone;  ///< entry, or the list's end
  uint32_t event = 0;             ///< breaks ties
  uint32_t older = kNone;         ///< the place that the node had before this one
};

/// Where the nodes of one event are found: ordinals [first_ordinal, first_ordinal + count) are nodes [base,
/// …).
struct Run {
  uint32_t first_ordinal = 0;
  uint32_t count = 0;
  uint32_t base = 0;
};

/// For the index of events.
struct EventIdHash {
  size_t operator()(const EventId& id) const {
    return std::hash<std::string>()(id.stream.name) * 31 + id.seq;
  }
};

/// The arrays and the few operations that keep them in step. Not thread-safe.
struct Tree {
  ImportOp import;
  std::shared_ptr<const std::string>
      source;  ///< the imported file's bytes; what an unchanged document renders
  bool pristine = true;
  std::vector<std::shared_ptr<const std::string>> texts;  ///< what all views look into
  std::vector<EventId> events;
  std::unordered_map<EventId, uint32_t, EventIdHash> event_index;
  std::unordered_map<uint32_t, std::vector<Run>> runs;  ///< by event
  std::vector<Node> nodes;
  std::vector<Entry> entries;
  std::vector<AttributeSlot> attributes;

  /// Keeps `text` alive with the tree and returns the view of it.
  std::string_view Keep(std::string text);
  uint32_t EventKey(const EventId& event);
  uint32_t Find(const NodeId& id) const;
  /// Registers the nodes [base, end of nodes) as ordinals from `first_ordinal` of `event`.
  void AddRun(uint32_t event, uint32_t first_ordinal, uint32_t base);

  uint32_t NextLive(uint32_t entry, bool forward) const;
  bool HasLiveChildren(const Node& node) const { return NextLive(node.first_entry, true) != kNone; }
  /// Appends a place at the end of a parent's list: imports and inserted subtrees.
  void AppendEntry(uint32_t node, uint32_t parent);
  /// Puts `node` between two origins of `parent` (entries, kNone for the ends), as Fugue orders concurrent
  /// inserts.
  void Integrate(uint32_t node, uint32_t parent, uint32_t left, uint32_t right, uint32_t event);
  /// The place of `node` in the list of `parent`, its present one or the newest it had there; kNone if never.
  uint32_t EntryIn(uint32_t node, uint32_t parent) const;
  AttributeSlot* FindAttribute(Node& node, std::string_view name);
  const AttributeSlot* FindAttribute(const Node& node, std::string_view name) const;

  /// Splits `text` (a view that the tree keeps) into nodes behind the present ones. `fragment`: one subtree,
  /// whose top node gets `parent` but no place yet. Returns an error as the tokenizer words it; then nothing
  /// was added.
  absl::Status Parse(std::string_view text, bool fragment, uint32_t event, uint32_t first_ordinal,
                     uint32_t parent);

  /// Appends the subtree's text. `begins` hears of each node when the text so far ends where its markup
  /// begins.
  void RenderNode(uint32_t node, std::string& out,
                  const std::function<void(uint32_t)>& begins = nullptr) const;
};

}  // namespace ameide::uaf::document
