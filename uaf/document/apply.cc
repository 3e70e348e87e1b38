#include "uaf/document/apply.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/document/check.h"
#include "uaf/document/encoding.h"
#include "uaf/document/milli.h"

namespace ameide::uaf::document {
namespace {

bool IsTextLike(NodeKind kind) { return kind != NodeKind::kElement && kind != NodeKind::kDocument; }

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

/// Carries out one operation. Each Do checks everything before it changes anything.
class Applier {
 public:
  /// `inverse` gets the operations that undo it, in the order to apply them, unless it is nullptr.
  Applier(Tree& tree, const EventId& event, std::vector<Op>* inverse)
      : tree_(tree), event_(event), inverse_(inverse) {}

  absl::Status Do(const ImportOp&) {
    return absl::FailedPreconditionError(
        "a whole-file import makes a new document; it is not applied to one");
  }

  absl::Status Do(const InsertNodeOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const Spot spot, Resolve(op.place));
    if (op.tokenizer_version != 1) {
      return absl::UnimplementedError("this node was split by a newer version; update the program");
    }
    AMEIDE_RETURN_IF_ERROR(CheckCharacters(op.raw, tree_.import.kind));
    if (const NodeId id{event_, op.first_ordinal}; tree_.Find(id) != kNone) {
      return absl::AlreadyExistsError(absl::StrCat("node ", FormatId(id), " exists already"));
    }
    const uint32_t key = tree_.EventKey(event_);
    const auto base = static_cast<uint32_t>(tree_.nodes.size());
    const size_t entries = tree_.entries.size();
    const size_t attributes = tree_.attributes.size();
    const std::string_view raw = tree_.arena.Keep(op.raw);
    absl::Status status = tree_.import.kind == TreeKind::kLines
                              ? AddLine(raw, key, op.first_ordinal)
                              : tree_.Parse(raw, true, key, op.first_ordinal, spot.parent);
    if (status.ok()) status = CheckFragment(base, spot.parent);
    const Run run{op.first_ordinal, static_cast<uint32_t>(tree_.nodes.size()) - base, base};
    if (status.ok() && !tree_.AddRun(key, run)) {
      status = absl::AlreadyExistsError("some of the new nodes have ordinals that are taken");
    }
    if (!status.ok()) {
      tree_.nodes.resize(base);
      tree_.entries.resize(entries);
      tree_.attributes.resize(attributes);
      return status;
    }
    tree_.Integrate(base, spot.parent, spot.left, spot.right, key);
    TakeBack([&] { return MoveNodeOp{{event_, op.first_ordinal}, std::nullopt}; });
    return absl::OkStatus();
  }

  absl::Status Do(const MoveNodeOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Lookup(op.node));
    if (node == 0) return absl::InvalidArgumentError("the document itself cannot be moved");
    const bool was_trashed = tree_.nodes[node].trashed;
    const uint32_t old_entry = tree_.nodes[node].entry;
    const auto back = [&] { return MoveNodeOp{op.node, PlaceOf(old_entry)}; };
    const auto trash = [&] { return MoveNodeOp{op.node, std::nullopt}; };
    if (!op.to) {
      tree_.nodes[node].trashed = true;
      if (was_trashed) {
        TakeBack(trash);
      } else {
        TakeBack(back);
      }
      return absl::OkStatus();
    }
    AMEIDE_ASSIGN_OR_RETURN(const Spot spot, Resolve(*op.to));
    AMEIDE_RETURN_IF_ERROR(CheckParent(node, spot.parent));
    for (uint32_t above = spot.parent; above != kNone; above = tree_.nodes[above].parent) {
      if (above == node) {
        return absl::InvalidArgumentError(
            absl::StrCat("node ", FormatId(op.node), " cannot be moved below itself"));
      }
    }
    std::optional<MoveNodeOp> before;
    if (inverse_ != nullptr) before = back();
    tree_.nodes[node].trashed = false;
    tree_.Integrate(node, spot.parent, spot.left, spot.right, tree_.EventKey(event_));
    if (!before) return absl::OkStatus();
    // Its place in the trash is what other operations may name it by: it goes back there first.
    if (!was_trashed || !SamePlace(old_entry, tree_.nodes[node].entry))
      inverse_->push_back(*std::move(before));
    if (was_trashed) inverse_->push_back(trash());
    return absl::OkStatus();
  }

  absl::Status Do(const SetNameOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Element(op.node));
    AMEIDE_RETURN_IF_ERROR(CheckName(op.name, "an element"));
    AMEIDE_RETURN_IF_ERROR(CheckCharacters(op.name, TreeKind::kXml));
    TakeBack([&] { return SetNameOp{op.node, std::string(tree_.nodes[node].text())}; });
    tree_.nodes[node].set_text(tree_.arena.Keep(op.name));
    return absl::OkStatus();
  }

  absl::Status Do(const SetAttributeOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Element(op.node));
    AMEIDE_RETURN_IF_ERROR(CheckName(op.name, "an attribute"));
    AttributeSlot* slot = tree_.FindAttribute(tree_.nodes[index], op.name);
    const auto back = [&] {
      SetAttributeOp inverse{op.node, op.name, std::nullopt, op.after};
      if (slot != nullptr && slot->present) inverse.text = TextOf(*slot);
      return inverse;
    };
    if (!op.text) {
      if (slot == nullptr) return absl::OkStatus();
      TakeBack(back);
      slot->present = false;
      return absl::OkStatus();
    }
    AMEIDE_RETURN_IF_ERROR(CheckAttribute(op.name, *op.text));
    const std::string_view quote(&op.text->quote, 1);
    const std::array<std::string_view, 6> parts{op.text->lead, op.name,      op.text->equals,
                                                quote,         op.text->raw, quote};
    for (const std::string_view part : parts) {
      AMEIDE_RETURN_IF_ERROR(CheckCharacters(part, TreeKind::kXml));
    }
    TakeBack(back);
    if (slot == nullptr) slot = AddSlot(tree_.nodes[index], op.after);
    slot->begin = tree_.arena.Keep(parts).data();
    slot->lead_size = static_cast<uint32_t>(op.text->lead.size());
    slot->name_size = static_cast<uint32_t>(op.name.size());
    slot->equals_size = static_cast<uint32_t>(op.text->equals.size());
    slot->raw_size = static_cast<uint32_t>(op.text->raw.size());
    slot->present = true;
    return absl::OkStatus();
  }

  absl::Status Do(const SetTextOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, TextNode(op.node));
    AMEIDE_RETURN_IF_ERROR(CheckCharacters(op.raw, tree_.import.kind));
    AMEIDE_RETURN_IF_ERROR(CheckText(tree_.nodes[node].kind, op.raw));
    TakeBack([&] { return SetTextOp{op.node, std::string(tree_.nodes[node].text())}; });
    tree_.nodes[node].set_text(tree_.arena.Keep(op.raw));
    return absl::OkStatus();
  }

  absl::Status Do(const SpliceTextOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, TextNode(op.node));
    AMEIDE_RETURN_IF_ERROR(CheckCharacters(op.insert, tree_.import.kind));
    const std::string_view old = tree_.nodes[node].text();
    const size_t begin = CodePointOffset(old, op.offset);
    const size_t length =
        begin == std::string_view::npos ? begin : CodePointOffset(old.substr(begin), op.remove);
    if (length == std::string_view::npos) {
      return absl::OutOfRangeError(
          absl::StrCat("the text of node ", FormatId(op.node), " has only ", CodePoints(old), " characters"));
    }
    const std::string text =
        absl::StrCat(std::string(old.substr(0, begin)), op.insert, std::string(old.substr(begin + length)));
    AMEIDE_RETURN_IF_ERROR(CheckText(tree_.nodes[node].kind, text));
    TakeBack([&] {
      return SpliceTextOp{op.node, op.offset, CodePoints(op.insert), std::string(old.substr(begin, length))};
    });
    tree_.nodes[node].set_text(tree_.arena.Keep(text));
    return absl::OkStatus();
  }

  absl::Status Do(const SetTriviaOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Lookup(op.node));
    Node& node = tree_.nodes[index];
    const bool of_any = op.which == Trivia::kLead || (op.which == Trivia::kTail && index == 0);
    if (!of_any && node.kind != NodeKind::kElement) return NotAnElement(op.node);
    if (op.which == Trivia::kSelfClosing) {
      TakeBack([&] { return SetTriviaOp{op.node, op.which, node.self_closing ? "1" : ""}; });
      node.self_closing = op.raw == "1";
      return absl::OkStatus();
    }
    AMEIDE_RETURN_IF_ERROR(CheckSpace(op.raw));
    uint32_t& space = *TriviaOf(node, op.which);
    TakeBack([&] { return SetTriviaOp{op.node, op.which, std::string(tree_.spaces[space])}; });
    space = tree_.spaces.Number(tree_.arena.Keep(op.raw));
    return absl::OkStatus();
  }

  absl::Status Do(const ShiftAttributesOp& op) {
    std::vector<std::pair<AttributeSlot*, int64_t>> shifted;
    shifted.reserve(op.targets.size());
    for (const auto& target : op.targets) {
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Element(target.node));
      AttributeSlot* slot = tree_.FindAttribute(tree_.nodes[index], target.name);
      const auto milli = slot != nullptr && slot->present ? ParseMilli(slot->raw()) : std::nullopt;
      int64_t sum = 0;
      if (!milli || __builtin_add_overflow(*milli, op.delta_milli, &sum)) {
        return absl::InvalidArgumentError(absl::StrCat("attribute '", target.name, "' of node ",
                                                       FormatId(target.node), " is not a number to shift"));
      }
      shifted.emplace_back(slot, sum);
    }
    for (size_t i = 0; i < shifted.size(); ++i) {
      const auto& [slot, sum] = shifted[i];
      // The old spelling ("100.0") need not be what shifting back would write.
      TakeBack([&, slot = slot] {
        return SetAttributeOp{op.targets[i].node, op.targets[i].name, TextOf(*slot), ""};
      });
      const std::string raw = FormatMilli(sum);
      const char mark = slot->quote();
      const std::string_view quote(&mark, 1);
      const std::array<std::string_view, 6> parts{slot->lead(), slot->name(), slot->equals(),
                                                  quote,        raw,          quote};
      slot->begin = tree_.arena.Keep(parts).data();
      slot->raw_size = static_cast<uint32_t>(raw.size());
    }
    if (inverse_ != nullptr) std::reverse(inverse_->begin(), inverse_->end());
    return absl::OkStatus();
  }

  absl::Status Do(const OrderAttributesOp& op) {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t index, Element(op.node));
    Node& node = tree_.nodes[index];
    const auto first = tree_.attributes.begin() + node.first_attribute;
    const std::vector<AttributeSlot> slots(first, first + node.attribute_count);
    TakeBack([&] {
      OrderAttributesOp inverse{op.node, {}};
      for (const AttributeSlot& slot : slots) inverse.names.emplace_back(slot.name());
      return inverse;
    });
    // Slots of removed attributes take part: they say where the attribute comes back.
    std::vector<AttributeSlot> ordered;
    std::vector<bool> taken(slots.size());
    for (const std::string& name : op.names) {
      for (size_t i = 0; i < slots.size(); ++i) {
        if (taken[i] || slots[i].name() != name) continue;
        taken[i] = true;
        ordered.push_back(slots[i]);
      }
    }
    for (size_t i = 0; i < slots.size(); ++i) {
      if (!taken[i]) ordered.push_back(slots[i]);
    }
    std::copy(ordered.begin(), ordered.end(), first);
    return absl::OkStatus();
  }

 private:
  /// Notes the operation that takes back what is about to be done, where that is asked for.
  template <typename Make>
  void TakeBack(const Make& make) {
    if (inverse_ != nullptr) inverse_->push_back(make());
  }

  /// A place as the tree knows it: entries, kNone for the ends.
  struct Spot {
    uint32_t parent;
    uint32_t left;
    uint32_t right;
  };

  absl::StatusOr<uint32_t> Lookup(const NodeId& id) const {
    const EventId& recent = tree_.events[tree_.recent_event];
    if (recent.seq != id.event.seq || recent.stream != id.event.stream) {
      if (const auto known = tree_.event_index.find(id.event); known != tree_.event_index.end())
        tree_.recent_event = known->second;
    }
    const uint32_t index =
        tree_.events[tree_.recent_event] == id.event ? tree_.FindIn(tree_.recent_event, id.ordinal) : kNone;
    if (index != kNone) return index;
    return absl::NotFoundError(absl::StrCat("there is no node ", FormatId(id), " in this artifact"));
  }

  static absl::Status NotAnElement(const NodeId& id) {
    return absl::InvalidArgumentError(absl::StrCat("node ", FormatId(id), " is not an element"));
  }

  absl::StatusOr<uint32_t> Element(const NodeId& id) const {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Lookup(id));
    if (tree_.nodes[node].kind != NodeKind::kElement) return NotAnElement(id);
    return node;
  }

  absl::StatusOr<uint32_t> TextNode(const NodeId& id) const {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t node, Lookup(id));
    if (IsTextLike(tree_.nodes[node].kind)) return node;
    return absl::InvalidArgumentError(absl::StrCat("node ", FormatId(id), " has no text of its own"));
  }

  /// The nearest place from `at` on that is some node's present one.
  uint32_t Present(uint32_t at, uint32_t Entry::*step) const {
    while (at != kNone && tree_.nodes[tree_.entries[at].node].entry != at) at = tree_.entries[at].*step;
    return at;
  }

  /// Where `at` is, as an operation can say it: beside nodes that stand here too, so that undoing step by
  /// step finds each of them where it was.
  Place PlaceOf(uint32_t at) const {
    const Entry& entry = tree_.entries[at];
    Place place{tree_.IdOf(entry.parent), std::nullopt, std::nullopt};
    const uint32_t left = Present(entry.previous, &Entry::previous);
    const uint32_t right = Present(entry.next, &Entry::next);
    if (left != kNone) place.left = tree_.IdOf(tree_.entries[left].node);
    if (right != kNone) place.right = tree_.IdOf(tree_.entries[right].node);
    return place;
  }

  /// Whether nothing that stands in the list stands between a place that was left and the new one.
  bool SamePlace(uint32_t old_entry, uint32_t new_entry) const {
    return Present(tree_.entries[old_entry].previous, &Entry::previous) == new_entry ||
           Present(tree_.entries[old_entry].next, &Entry::next) == new_entry;
  }

  absl::StatusOr<Spot> Resolve(const Place& place) const {
    AMEIDE_ASSIGN_OR_RETURN(const uint32_t parent, Lookup(place.parent));
    if (IsTextLike(tree_.nodes[parent].kind)) {
      return absl::InvalidArgumentError(
          absl::StrCat("node ", FormatId(place.parent), " cannot have children"));
    }
    Spot spot{parent, kNone, kNone};
    for (const auto& [origin, entry] :
         {std::pair(&place.left, &spot.left), std::pair(&place.right, &spot.right)}) {
      if (!origin->has_value()) continue;
      AMEIDE_ASSIGN_OR_RETURN(const uint32_t sibling, Lookup(**origin));
      *entry = tree_.EntryIn(sibling, parent);
      if (*entry == kNone) {
        return absl::InvalidArgumentError(
            absl::StrCat("node ", FormatId(**origin), " is no child of ", FormatId(place.parent)));
      }
    }
    return spot;
  }

  /// Text may stand only inside the root element.
  absl::Status CheckParent(uint32_t node, uint32_t parent) const {
    const NodeKind kind = tree_.nodes[node].kind;
    const bool text = kind == NodeKind::kText || kind == NodeKind::kCData;
    if (parent == 0 && text) return absl::InvalidArgumentError("text cannot stand outside the root element");
    const bool prolog = kind == NodeKind::kDeclaration || kind == NodeKind::kDoctype;
    if (parent != 0 && prolog) {
      return absl::InvalidArgumentError("an XML declaration or document type cannot stand in an element");
    }
    return absl::OkStatus();
  }

  absl::Status AddLine(std::string_view raw, uint32_t key, uint32_t ordinal) {
    if (raw.empty() || raw.find('\n') < raw.size() - 1) {
      return absl::InvalidArgumentError("a new line must be one line with its line end");
    }
    Node node;
    node.event = key;
    node.ordinal = ordinal;
    node.kind = NodeKind::kLine;
    node.set_text(raw);
    tree_.nodes.push_back(node);
    return absl::OkStatus();
  }

  /// The nodes [base, end) that the tokenizer made of an operation's text.
  absl::Status CheckFragment(uint32_t base, uint32_t parent) const {
    AMEIDE_RETURN_IF_ERROR(CheckParent(base, parent));
    for (size_t index = base; index < tree_.nodes.size(); ++index) {
      const Node& node = tree_.nodes[index];
      if (node.kind != NodeKind::kElement) {
        AMEIDE_RETURN_IF_ERROR(CheckText(node.kind, node.text()));
        continue;
      }
      AMEIDE_RETURN_IF_ERROR(CheckName(node.text(), "an element"));
      std::unordered_set<std::string_view> names;
      for (uint32_t i = 0; i < node.attribute_count; ++i) {
        const AttributeSlot& slot = tree_.attributes[node.first_attribute + i];
        AMEIDE_RETURN_IF_ERROR(CheckName(slot.name(), "an attribute"));
        AMEIDE_RETURN_IF_ERROR(CheckAttributeRaw(slot.raw(), slot.quote()));
        // A set costs more than looking where there are few.
        constexpr uint32_t kFew = 16;
        const bool twice = node.attribute_count <= kFew ? tree_.FindAttribute(node, slot.name()) != &slot
                                                        : !names.insert(slot.name()).second;
        if (twice) {
          return absl::InvalidArgumentError(
              absl::StrCat("attribute '", std::string(slot.name()), "' stands twice in one element"));
        }
      }
    }
    return absl::OkStatus();
  }

  AttributeSlot* AddSlot(Node& node, std::string_view after) {
    uint32_t position = node.attribute_count;
    if (after.empty()) position = 0;
    for (uint32_t i = 0; i < node.attribute_count; ++i) {
      if (tree_.attributes[node.first_attribute + i].name() == after) position = i + 1;
    }
    // An element's slots lie side by side; growing moves them to the end of the array.
    if (node.attribute_count > 0 && node.first_attribute + node.attribute_count == tree_.attributes.size()) {
      tree_.attributes.emplace(tree_.attributes.begin() + node.first_attribute + position);
      ++node.attribute_count;
      return &tree_.attributes[node.first_attribute + position];
    }
    const auto base = static_cast<uint32_t>(tree_.attributes.size());
    for (uint32_t i = 0; i <= node.attribute_count; ++i) {
      if (i == position) tree_.attributes.emplace_back();
      if (i < node.attribute_count) {
        const AttributeSlot slot = tree_.attributes[node.first_attribute + i];
        tree_.attributes.push_back(slot);
      }
    }
    node.first_attribute = base;
    ++node.attribute_count;
    return &tree_.attributes[base + position];
  }

  Tree& tree_;
  const EventId& event_;
  std::vector<Op>* inverse_;
};

}  // namespace

AttributeText TextOf(const AttributeSlot& slot) {
  return {std::string(slot.lead()), std::string(slot.equals()), slot.quote(), std::string(slot.raw())};
}

uint32_t* TriviaOf(Node& node, Trivia which) {
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
      break;
  }
  return nullptr;
}

absl::Status ApplyOp(Tree& tree, const Op& op, const EventId& event, std::vector<Op>* inverse) {
  if (tree.import.kind == TreeKind::kOpaque) {
    return absl::FailedPreconditionError(
        "this file is kept whole; it changes only by importing a new version");
  }
  Applier applier(tree, event, inverse);
  absl::Status status = std::visit([&](const auto& each) { return applier.Do(each); }, op);
  if (status.ok()) tree.pristine = false;
  return status;
}

}  // namespace ameide::uaf::document
