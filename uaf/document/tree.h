#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "uaf/document/document.h"

/// The memory behind a Document: nodes in one array, sibling order in another, text as views into shared
/// memory that only grows. Small on purpose: most of the time of opening a large file goes into touching new
/// memory. Private to this folder.
namespace ameide::uaf::document {

/// No node, no entry.
inline constexpr uint32_t kNone = 0xffffffffu;

/// Text that lives as long as any tree that looks into it. Copies share what was kept so far.
class TextArena {
 public:
  TextArena() = default;
  TextArena(const TextArena& other) : blocks_(other.blocks_) {}
  TextArena& operator=(const TextArena& other);
  TextArena(TextArena&&) noexcept = default;
  TextArena& operator=(TextArena&&) noexcept = default;

  /// Copies `text` to stay.
  std::string_view Keep(std::string_view text);
  /// Copies `parts` to stay as one text.
  std::string_view Keep(std::span<const std::string_view> parts);
  /// Shares memory that is there already.
  std::string_view Share(std::shared_ptr<const std::string> text);

 private:
  /// Room for `size` characters, at most a quarter of a block.
  char* Reserve(size_t size);

  std::vector<std::shared_ptr<const void>> blocks_;
  char* free_ = nullptr;
  size_t left_ = 0;
};

/// White space between markup, each spelling once: files repeat a few of them thousands of times.
class SpaceTable {
 public:
  /// The number of `space`, which must stay in memory (see TextArena). Empty is 0.
  uint32_t Number(std::string_view space);
  std::string_view operator[](uint32_t number) const { return spaces_[number]; }
  size_t size() const { return spaces_.size(); }

 private:
  std::vector<std::string_view> spaces_ = {std::string_view()};
  std::unordered_map<std::string_view, uint32_t> numbers_;
  std::array<uint32_t, 64> recent_{};  ///< by a cheap hash, in front of the map
};

/// One attribute in its place among the attributes of an element. A removed one keeps its slot. Its text is
/// whole in memory, as written: white space, name, `=`, quote, value, quote.
struct AttributeSlot {
  const char* begin = nullptr;
  uint32_t lead_size = 0;
  uint32_t name_size = 0;
  uint32_t raw_size = 0;
  uint32_t equals_size : 31 = 0;
  uint32_t present : 1 = 1;

  std::string_view lead() const { return {begin, lead_size}; }
  std::string_view name() const { return {begin + lead_size, name_size}; }
  std::string_view equals() const { return {begin + lead_size + name_size, equals_size}; }
  char quote() const { return begin[lead_size + name_size + equals_size]; }
  std::string_view raw() const { return {begin + lead_size + name_size + equals_size + 1, raw_size}; }
  std::string_view markup() const {
    return {begin, size_t{lead_size} + name_size + equals_size + raw_size + 2};
  }
};

/// One node; 64 bytes. Its `text` is the name of an element and the raw content of everything else.
struct Node {
  uint32_t event = 0;  ///< index into Tree::events
  uint32_t ordinal = 0;
  uint32_t parent = kNone;
  uint32_t entry = kNone;  ///< its present place; kNone for the document node
  uint32_t first_entry = kNone;
  uint32_t last_entry = kNone;
  uint32_t first_attribute = 0;
  uint32_t attribute_count = 0;
  const char* text_begin = nullptr;
  uint32_t text_size = 0;
  NodeKind kind = NodeKind::kElement;
  bool self_closing = false;
  bool trashed = false;
  uint32_t lead = 0;  ///< these four: numbers in Tree::spaces
  uint32_t tail = 0;
  uint32_t tag_end = 0;
  uint32_t end_tag_end = 0;

  std::string_view text() const { return {text_begin, text_size}; }
  void set_text(std::string_view text) {
    text_begin = text.data();
    text_size = static_cast<uint32_t>(text.size());
  }
};
static_assert(sizeof(Node) == 64);

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
/// …). An alias names nodes that have their name from another event.
struct Run {
  uint32_t first_ordinal = 0;
  uint32_t count = 0;
  uint32_t base = 0;
  bool alias = false;
};

/// Hashes an EventId for std::unordered_map.
struct EventIdHash {
  size_t operator()(const EventId& id) const {
    return std::hash<std::string>()(id.stream.name) * 31 + id.seq;
  }
};

/// Everything that a Document holds. Plain data with the few operations that keep it consistent.
struct Tree {
  ImportOp import;
  std::shared_ptr<const std::string>
      source;  ///< the imported file's bytes; what an unchanged document renders
  bool pristine = true;
  TextArena arena;  ///< what all views look into
  SpaceTable spaces;
  std::vector<EventId> events;
  std::unordered_map<EventId, uint32_t, EventIdHash> event_index;
  std::unordered_map<uint32_t, std::vector<Run>> runs;  ///< by event, each sorted by ordinal
  std::vector<Node> nodes;
  std::vector<Entry> entries;
  std::vector<AttributeSlot> attributes;
  uint32_t recent_event = 0;  ///< that an operation named last: most name the same one again

  uint32_t EventKey(const EventId& event);
  uint32_t Find(const NodeId& id) const;
  /// The node of that ordinal among those of an event by its key; kNone when there is none.
  uint32_t FindIn(uint32_t event, uint32_t ordinal) const;
  NodeId IdOf(uint32_t node) const { return {events[nodes[node].event], nodes[node].ordinal}; }
  /// Registers a run. False, and nothing registered, when one of its ordinals is taken or beyond 32 bits.
  bool AddRun(uint32_t event, const Run& run);

  uint32_t NextLive(uint32_t entry, bool forward) const;
  bool HasLiveChildren(const Node& node) const { return NextLive(node.first_entry, true) != kNone; }
  /// Appends a place at the end of a parent's list: imports and inserted subtrees.
  void AppendEntry(uint32_t node, uint32_t parent);
  /// Puts `node` between two origins of `parent` (entries, kNone for the ends), as Fugue orders concurrent
  /// inserts. Constant time unless something stands between the origins. A right origin that does not follow
  /// the left one counts as the end.
  void Integrate(uint32_t node, uint32_t parent, uint32_t left, uint32_t right, uint32_t event);
  struct Origins {
    uint32_t left;
    uint32_t right;
    uint32_t event;
  };
  /// The entry behind which a new one belongs; `first` is the first of those between its origins.
  uint32_t LastBefore(const Origins& origins, uint32_t first) const;
  /// The place of `node` in the list of `parent`, its present one or the newest it had there; kNone if never.
  uint32_t EntryIn(uint32_t node, uint32_t parent) const;
  AttributeSlot* FindAttribute(const Node& node, std::string_view name);
  const AttributeSlot* FindAttribute(const Node& node, std::string_view name) const;

  /// Splits `text` (a view that the tree keeps) into nodes behind the present ones. `fragment`: one subtree,
  /// whose top node gets `parent` but no place yet. Returns an error as the tokenizer words it; then nothing
  /// was added.
  absl::Status Parse(std::string_view text, bool fragment, uint32_t event, uint32_t first_ordinal,
                     uint32_t parent);
  /// Splits `text` into the lines of the document node; a line end belongs to its line.
  void ParseLines(std::string_view text, uint32_t event);

  /// Appends the subtree's text. `begins` hears of each node when the text so far ends where its markup
  /// begins.
  void RenderNode(uint32_t node, std::string& out,
                  const std::function<void(uint32_t)>& begins = nullptr) const;
};

}  // namespace ameide::uaf::document
