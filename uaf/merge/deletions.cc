#include "uaf/merge/deletions.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::kNoNode;
using document::MoveNodeOp;
using document::NodeIndex;
using document::NodeKind;
using document::Op;

uint32_t Raw(NodeIndex node) { return static_cast<uint32_t>(node); }

/// A node that stands deleted.
struct Deletion {
  NodeIndex node{};
  Heads heads;                     ///< deletions that nobody saw and moved the node again
  std::vector<EventIndex> writes;  ///< all deletions of it
  NodeIndex line = kNoNode;        ///< a point that is not in the route of that line which stands as a whole
};

/// One concurrent edit in it.
struct HiddenEdit {
  EventIndex event = 0;
  NodeIndex node{};
  const Register* known = nullptr;  ///< nullptr: the node came in
};

class JudgingDeletions {
 public:
  JudgingDeletions(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement)
      : fold_(fold),
        events_(fold.events()),
        document_(fold.document()),
        format_(fold.format()),
        describe_(describe),
        judgement_(judgement) {}

  void Run() {
    CollectDeletions();
    if (deletions_.empty()) return;
    Ends();
    Edits();
  }

 private:
  void CollectDeletions() {
    for (const Register& known : fold_.registers()) {
      if (known.aspect != Aspect::kPlace) continue;
      Deletion deletion{known.node, {}, {}, kNoNode};
      for (const Write& write : known.writes) {
        if (std::get<MoveNodeOp>(*write.op).to) continue;
        deletion.writes.push_back(write.event);
        if (std::find(known.heads.begin(), known.heads.end(), write.event) != known.heads.end())
          deletion.heads.push_back(write.event);
        if (write.line != kNoNode) deletion.line = write.line;
      }
      if (deletion.heads.empty()) continue;
      index_[Raw(known.node)] = deletions_.size();
      deletions_.push_back(std::move(deletion));
    }
  }

  const Deletion* DeletionOf(NodeIndex node) const {
    const auto found = index_.find(Raw(node));
    return found == index_.end() ? nullptr : &deletions_[found->second];
  }

  // Edits.

  /// The nearest deletion around `node` that did not know of `event`; nullptr when there is none, or when
  /// somebody who knew of it deleted the node all the same.
  const Deletion* Hiding(NodeIndex node, EventIndex event) const {
    const Deletion* hiding = nullptr;
    for (NodeIndex at = node; at != kNoNode; at = document_.parent(at)) {
      const Deletion* deletion = DeletionOf(at);
      if (deletion == nullptr) continue;
      for (const EventIndex head : deletion->heads) {
        // A point that gave way to a route nobody put away.
        const bool put_away = deletion->line == kNoNode;
        if (put_away && head != event && events_.Saw(head, event)) return nullptr;
        if (hiding == nullptr && (!put_away || events_.Concurrent(head, event))) hiding = deletion;
      }
    }
    return hiding;
  }

  void Edits() {
    std::vector<std::vector<HiddenEdit>> hidden(deletions_.size());
    const auto hide = [&](NodeIndex node, EventIndex event, const Register* known) {
      if (const Deletion* deletion = Hiding(node, event); deletion != nullptr)
        hidden[static_cast<size_t>(deletion - deletions_.data())].push_back({event, node, known});
    };
    for (const Register& known : fold_.registers()) {
      EventIndex before = UINT32_MAX;
      for (const Write& write : known.writes) {
        if (write.event != before && write.line == kNoNode) hide(known.node, write.event, &known);
        before = write.event;
      }
    }
    for (const auto& inserted : fold_.inserted()) {
      hide(inserted.first, inserted.event, nullptr);
      for (const EventIndex event : inserted.same) hide(inserted.first, event, nullptr);
    }
    for (size_t i = 0; i < deletions_.size(); ++i) {
      if (!hidden[i].empty()) Edits(deletions_[i], hidden[i]);
    }
  }

  bool Deletes(const HiddenEdit& edit) const {
    if (edit.known == nullptr || edit.known->aspect != Aspect::kPlace) return false;
    return std::any_of(edit.known->writes.begin(), edit.known->writes.end(), [&](const Write& write) {
      return write.event == edit.event && !std::get<MoveNodeOp>(*write.op).to;
    });
  }

  /// Why nobody need be asked about an edit that does not show; empty when somebody must be.
  std::string WhyHarmless(const HiddenEdit& edit) const {
    if (Deletes(edit)) return "same change";
    if (format_.IsLayout(document_, edit.node)) return "layout";
    return SaysNothing(edit) ? "white space" : "";
  }

  /// Whether an edit changed only how something is written: white space, quotes, spelling.
  bool SaysNothing(const HiddenEdit& edit) const {
    if (edit.known == nullptr)
      return document_.kind(edit.node) == NodeKind::kText && Trimmed(document_.raw_text(edit.node)).empty();
    switch (edit.known->aspect) {
      case Aspect::kTrivia:
      case Aspect::kOrder:
        return true;
      case Aspect::kAttribute:
        return !fold_.GaveValue(*edit.known, edit.event);
      case Aspect::kText: {
        // A value that was written anew as it stood is a decision for it.
        const std::string_view now = document_.raw_text(edit.node), before = edit.known->text_base;
        return document_.kind(edit.node) == NodeKind::kText && now != before &&
               Trimmed(now) == Trimmed(before);
      }
      case Aspect::kName:
      case Aspect::kPlace:
        return false;
    }
    return false;
  }

  static std::string_view Trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
  }

  void Edits(const Deletion& deletion, const std::vector<HiddenEdit>& hidden) {
    std::vector<const HiddenEdit*> open;
    std::set<EventIndex> deleting;
    for (const HiddenEdit& edit : hidden) {
      if (deletion.line != kNoNode) {
        judgement_.notes.push_back({events_.id(edit.event), events_.id(deletion.heads.back()),
                                    document_.id(deletion.line), "route"});
        continue;
      }
      if (const std::string why = WhyHarmless(edit); !why.empty()) {
        judgement_.notes.push_back(
            {events_.id(edit.event), events_.id(deletion.heads.back()), document_.id(edit.node), why});
        continue;
      }
      open.push_back(&edit);
      for (const EventIndex head : deletion.heads) {
        if (events_.Concurrent(head, edit.event)) deleting.insert(head);
      }
    }
    std::erase_if(open, [&](const HiddenEdit* edit) { return BelongsToEnd(deletion, *edit); });
    if (open.empty()) return;
    std::set<EventIndex> editing;
    for (const HiddenEdit* edit : open) editing.insert(edit->event);
    const HiddenEdit& first =
        **std::min_element(open.begin(), open.end(), [&](const HiddenEdit* a, const HiddenEdit* b) {
          return std::pair(a->event, document_.id(a->node)) < std::pair(b->event, document_.id(b->node));
        });
    Conflict conflict = describe_.About(ConflictKind::kDeletedEdit, deletion.node);
    conflict.other = document_.id(first.node);
    const bool one_register = std::all_of(open.begin(), open.end(),
                                          [&](const HiddenEdit* edit) { return edit->known == first.known; });
    if (one_register && first.known != nullptr && first.known->aspect == Aspect::kAttribute)
      conflict.attribute = fold_.NameOfAttribute(first.known->number);
    AddSides(conflict, deleting, editing, ValueOf(first));
    judgement_.conflicts.push_back(std::move(conflict));
  }

  /// True for what came into the deleted element only to name a connection to it that was judged already: the
  /// child that says which flow comes in.
  bool BelongsToEnd(const Deletion& deletion, const HiddenEdit& edit) const {
    const auto ends = ends_.find(Raw(deletion.node));
    if (edit.known != nullptr || ends == ends_.end()) return false;
    for (const NodeIndex node : document_.Descendants(edit.node)) {
      for (const std::string& id : IdsAndReferences(node)) {
        if (ends->second.contains({edit.event, id})) return true;
      }
    }
    return false;
  }

  std::string ValueOf(const HiddenEdit& edit) const {
    if (edit.known == nullptr || edit.known->aspect == Aspect::kPlace) return describe_.Named(edit.node);
    if (edit.known->aspect == Aspect::kText)
      return describe_.PlainText(edit.node, document_.raw_text(edit.node));
    if (edit.known->aspect == Aspect::kName) return std::string(document_.name(edit.node));
    const std::string& name = fold_.NameOfAttribute(edit.known->number);
    return document_.attribute(edit.node, name) ? *document_.attribute(edit.node, name) : "";
  }

  /// The deletion and what it excludes, in fold order; the deletion stands.
  void AddSides(Conflict& conflict, const std::set<EventIndex>& deleting, const std::set<EventIndex>& editing,
                std::string value) {
    ConflictSide deletion;
    for (const EventIndex event : deleting) deletion.events.push_back(events_.id(event));
    ConflictSide edit{{}, std::move(value)};
    for (const EventIndex event : editing) edit.events.push_back(events_.id(event));
    conflict.standing = *deleting.begin() < *editing.begin() ? 0 : 1;
    conflict.sides.push_back(std::move(deletion));
    conflict.sides.insert(conflict.sides.begin() + static_cast<ptrdiff_t>(1 - conflict.standing),
                          std::move(edit));
    const NodeIndex node = *document_.Find(conflict.node);
    std::set<NodeId> together;
    for (const EventIndex event : deleting) {
      for (const NodeIndex each : RemovedWith(event, node)) together.insert(document_.id(each));
    }
    conflict.together.assign(together.begin(), together.end());
  }

  // What one event deleted falls into groups that refer to each other.

  struct Removed {
    std::vector<NodeIndex> nodes;
    std::vector<size_t> group;  ///< by node: the first of its group
  };

  /// Everything that `event` deleted in one group with `node`, itself left out.
  std::vector<NodeIndex> RemovedWith(EventIndex event, NodeIndex node) {
    const auto [found, added] = removed_.try_emplace(event);
    if (added) found->second = GroupsOf(event);
    const Removed& removed = found->second;
    const auto at = std::find(removed.nodes.begin(), removed.nodes.end(), node);
    std::vector<NodeIndex> together;
    if (at == removed.nodes.end()) return together;
    const size_t group = removed.group[static_cast<size_t>(at - removed.nodes.begin())];
    for (size_t i = 0; i < removed.nodes.size(); ++i) {
      if (removed.group[i] == group && removed.nodes[i] != node) together.push_back(removed.nodes[i]);
    }
    return together;
  }

  Removed GroupsOf(EventIndex event) const {
    Removed removed;
    for (const Op& op : OpsOf(events_[event].body)) {
      const auto* move = std::get_if<MoveNodeOp>(&op);
      if (move == nullptr || move->to) continue;
      if (const auto node = document_.Find(move->node)) removed.nodes.push_back(*node);
    }
    removed.group.resize(removed.nodes.size());
    std::iota(removed.group.begin(), removed.group.end(), size_t{0});
    const auto top = [&](size_t i) {
      while (removed.group[i] != i) i = removed.group[i] = removed.group[removed.group[i]];
      return i;
    };
    // An id ties together what has it and what names it.
    std::unordered_map<std::string, size_t> by_id;
    for (size_t i = 0; i < removed.nodes.size(); ++i) {
      for (const NodeIndex node : document_.Descendants(removed.nodes[i])) {
        for (const std::string& id : IdsAndReferences(node)) {
          const auto [known, fresh] = by_id.try_emplace(id, i);
          if (!fresh) removed.group[top(i)] = top(known->second);
        }
      }
    }
    for (size_t i = 0; i < removed.group.size(); ++i) removed.group[i] = top(i);
    return removed;
  }

  std::vector<std::string> IdsAndReferences(NodeIndex node) const {
    std::vector<std::string> found;
    if (const NodeKind kind = document_.kind(node); kind == NodeKind::kText || kind == NodeKind::kCData)
      return format_.ReferencesIn(document_, document_.parent(node), "");
    if (document_.kind(node) != NodeKind::kElement) return found;
    if (auto id = document_.attribute(node, "id")) found.push_back(*std::move(id));
    for (const document::Attribute& attribute : document_.attributes(node)) {
      const std::vector<std::string> named = format_.ReferencesIn(document_, node, attribute.name);
      found.insert(found.end(), named.begin(), named.end());
    }
    return found;
  }

  // References.

  void Ends() {
    for (const Deletion& deletion : deletions_) {
      if (!document_.InTrash(deletion.node)) continue;
      for (const NodeIndex node : document_.Descendants(deletion.node)) {
        if (document_.kind(node) != NodeKind::kElement) continue;
        if (const auto id = document_.attribute(node, "id")) deleted_ids_.emplace(*id, &deletion);
      }
    }
    if (deleted_ids_.empty()) return;
    for (const Register& known : fold_.registers()) {
      if (known.aspect == Aspect::kText) {
        for (const EventIndex head : known.heads)
          End(document_.parent(known.node), "", head, std::nullopt, known.node);
      } else if (known.aspect == Aspect::kAttribute) {
        std::optional<std::string> base;
        if (known.attribute_base) base = document::UnescapeXml(known.attribute_base->raw);
        // Of several values the last one shows.
        const auto last = std::find_if(known.heads.rbegin(), known.heads.rend(),
                                       [&](EventIndex head) { return fold_.GaveValue(known, head); });
        if (last != known.heads.rend())
          End(known.node, fold_.NameOfAttribute(known.number), *last, base, known.node);
      }
    }
    for (const auto& inserted : fold_.inserted()) {
      if (document_.InTrash(inserted.first)) continue;
      for (const NodeIndex node : document_.Descendants(inserted.first)) EndsOfInserted(node, inserted);
    }
  }

  void EndsOfInserted(NodeIndex node, const ConcurrentFold::Inserted& inserted) {
    // What was inserted and then edited was looked at already, and what was moved in is somebody else's.
    if (Raw(node) < Raw(inserted.first) || Raw(node) >= Raw(inserted.first) + inserted.count) return;
    const NodeKind kind = document_.kind(node);
    if (kind == NodeKind::kText || kind == NodeKind::kCData)
      return End(document_.parent(node), "", inserted.event, std::nullopt, node);
    if (kind != NodeKind::kElement) return;
    for (const document::Attribute& attribute : document_.attributes(node))
      End(node, attribute.name, inserted.event, std::nullopt, node);
  }

  bool IsLiveId(const std::string& id) {
    if (!live_ids_) {
      live_ids_.emplace();
      for (const NodeIndex node : document_.Descendants(document::kDocumentNode)) {
        if (document_.kind(node) != NodeKind::kElement) continue;
        if (auto each = document_.attribute(node, "id")) live_ids_->insert(*std::move(each));
      }
    }
    return live_ids_->contains(id);
  }

  /// Looks at one value that `event` wrote.
  void End(NodeIndex element, std::string_view attribute, EventIndex event,
           const std::optional<std::string>& base, NodeIndex written) {
    if (element == kNoNode || document_.InTrash(written)) return;
    for (const std::string& id : format_.ReferencesIn(document_, element, attribute)) {
      const auto found = deleted_ids_.find(id);
      if (found == deleted_ids_.end()) continue;
      const Deletion& deletion = *found->second;
      std::set<EventIndex> deleting;
      for (const EventIndex write : deletion.writes) {
        if (events_.Concurrent(write, event)) deleting.insert(write);
      }
      if (deleting.empty() || IsLiveId(id)) continue;
      if (format_.IsLayout(document_, element)) {
        judgement_.notes.push_back(
            {events_.id(event), events_.id(*deleting.rbegin()), document_.id(written), "layout"});
        continue;
      }
      Conflict conflict = describe_.About(ConflictKind::kDeletedEnd, deletion.node);
      conflict.other = document_.id(element);
      conflict.attribute = attribute;
      conflict.base = base;
      AddSides(conflict, deleting, {event}, id);
      if (!filed_.insert(conflict).second) continue;
      if (auto own = document_.attribute(element, "id"))
        ends_[Raw(deletion.node)].insert({event, *std::move(own)});
      judgement_.conflicts.push_back(std::move(conflict));
    }
  }

  const ConcurrentFold& fold_;
  const EventTable& events_;
  const Document& document_;
  const document::Format& format_;
  const Describe& describe_;
  Judgement& judgement_;
  std::vector<Deletion> deletions_;
  std::unordered_map<uint32_t, size_t> index_;  ///< of deletions_, by node
  std::unordered_map<std::string, const Deletion*> deleted_ids_;
  std::optional<std::unordered_set<std::string>> live_ids_;
  /// By deleted node: who refers to it anew, and the id of what does.
  std::map<uint32_t, std::set<std::pair<EventIndex, std::string>>> ends_;
  std::map<EventIndex, Removed> removed_;
  std::set<Conflict> filed_;  ///< about ends
};

}  // namespace

void JudgeDeletions(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement) {
  JudgingDeletions(fold, describe, judgement).Run();
}

}  // namespace ameide::uaf::merge
