#include "uaf/merge/identities.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;

uint32_t Raw(NodeIndex node) { return static_cast<uint32_t>(node); }

class JudgingIdentities {
 public:
  JudgingIdentities(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement)
      : fold_(fold),
        events_(fold.events()),
        document_(fold.document()),
        format_(fold.format()),
        describe_(describe),
        judgement_(judgement) {}

  void Run() {
    CollectRenamed();
    if (!renamed_.empty()) References();
    Doubles();
  }

 private:
  void CollectRenamed() {
    const auto number = fold_.FindNumber("id");
    if (!number) return;
    for (const Register& known : fold_.registers()) {
      if (known.aspect != Aspect::kAttribute || known.number != *number || !known.attribute_base) continue;
      if (document_.InTrash(known.node)) continue;
      std::string before = document::UnescapeXml(known.attribute_base->raw);
      const auto now = document_.attribute(known.node, "id");
      if (now && *now != before) renamed_.emplace(std::move(before), &known);
    }
  }

  /// How many elements have an id now.
  size_t Live(const std::string& id) {
    if (live_.empty()) {
      for (const NodeIndex node : document_.Descendants(document::kDocumentNode)) {
        if (document_.kind(node) != NodeKind::kElement) continue;
        if (auto each = document_.attribute(node, "id")) ++live_[*std::move(each)];
      }
    }
    const auto found = live_.find(id);
    return found == live_.end() ? 0 : found->second;
  }

  // References.

  void References() {
    for (const Register& known : fold_.registers()) {
      // Of several values the conflict about them tells.
      if (known.heads.size() != 1 || document_.InTrash(known.node)) continue;
      if (known.aspect == Aspect::kText)
        Reference(document_.parent(known.node), "", known.heads.front(), known.node);
      else if (known.aspect == Aspect::kAttribute && fold_.GaveValue(known, known.heads.front()))
        Reference(known.node, fold_.NameOfAttribute(known.number), known.heads.front(), known.node);
    }
    for (const auto& inserted : fold_.inserted()) {
      if (document_.InTrash(inserted.first)) continue;
      for (const NodeIndex node : document_.Descendants(inserted.first)) {
        if (Raw(node) < Raw(inserted.first) || Raw(node) >= Raw(inserted.first) + inserted.count) continue;
        const NodeKind kind = document_.kind(node);
        if ((kind == NodeKind::kText || kind == NodeKind::kCData) &&
            fold_.Find(node, Aspect::kText) == nullptr)
          Reference(document_.parent(node), "", inserted.event, node);
        if (kind != NodeKind::kElement) continue;
        for (const document::Attribute& attribute : document_.attributes(node)) {
          const auto number = fold_.FindNumber(std::string(attribute.name));
          if (!number || fold_.Find(node, Aspect::kAttribute, *number) == nullptr)
            Reference(node, attribute.name, inserted.event, node);
        }
      }
    }
  }

  /// A value that `event` wrote.
  void Reference(NodeIndex element, std::string_view attribute, EventIndex event, NodeIndex written) {
    if (element == kNoNode) return;
    for (const std::string& id : format_.ReferencesIn(document_, element, attribute)) {
      const auto found = renamed_.find(id);
      if (found == renamed_.end() || Live(id) > 0) continue;
      const Register& renaming = *found->second;
      ConflictSide other;
      EventIndex first = event;
      for (const EventIndex head : renaming.heads) {
        if (!events_.Concurrent(head, event)) continue;
        if (other.events.empty()) first = head;
        other.events.push_back(events_.id(head));
      }
      if (other.events.empty()) continue;
      const bool text = attribute.empty();
      const std::string value = text ? describe_.PlainText(written, document_.raw_text(written))
                                     : document_.attribute(element, attribute).value_or("");
      const std::string now = document_.attribute(renaming.node, "id").value_or("");
      other.value = Replaced(value, id, now);
      Conflict conflict = describe_.About(text ? ConflictKind::kText : ConflictKind::kReconnect, written);
      conflict.other = document_.id(renaming.node);
      conflict.attribute = attribute;
      ConflictSide writer{{events_.id(event)}, value, {}};
      const bool writer_first = event < first;
      conflict.standing = writer_first ? 0 : 1;
      conflict.sides.push_back(writer_first ? writer : other);
      conflict.sides.push_back(writer_first ? other : writer);
      judgement_.conflicts.push_back(std::move(conflict));
    }
  }

  /// `value` with `id`, which it names, as `now`: the id may have a prefix, or stand among others.
  static std::string Replaced(std::string value, const std::string& id, const std::string& now) {
    const auto ends = [&](size_t at) {
      return at >= value.size() || value[at] == ' ' || value[at] == '\n' || value[at] == '\t';
    };
    for (size_t at = value.find(id); at != std::string::npos; at = value.find(id, at + 1)) {
      const bool begins = at == 0 || value[at - 1] == ':' || value[at - 1] == '#' || ends(at - 1);
      if (begins && ends(at + id.size())) return value.replace(at, id.size(), now);
    }
    return now;
  }

  // New elements with one id.

  void Doubles() {
    struct Named {
      EventIndex event;
      NodeIndex node;
    };
    std::unordered_map<std::string, std::vector<Named>> named;
    for (const auto& inserted : fold_.inserted()) {
      if (document_.InTrash(inserted.first)) continue;
      for (const NodeIndex node : document_.Descendants(inserted.first)) {
        if (Raw(node) < Raw(inserted.first) || Raw(node) >= Raw(inserted.first) + inserted.count) continue;
        if (document_.kind(node) != NodeKind::kElement) continue;
        if (auto id = document_.attribute(node, "id"))
          named[*std::move(id)].push_back({inserted.event, node});
      }
    }
    for (const auto& [id, list] : named) {
      if (list.size() != 2 || !events_.Concurrent(list[0].event, list[1].event)) continue;
      // A third one was there before: whoever copied it did so knowingly.
      if (Live(id) > 2) continue;
      const Named& first = list[0].event < list[1].event ? list[0] : list[1];
      const Named& second = list[0].event < list[1].event ? list[1] : list[0];
      Conflict conflict = describe_.About(ConflictKind::kAttribute, second.node);
      conflict.other = document_.id(first.node);
      conflict.attribute = "id";
      conflict.sides.push_back({{events_.id(first.event)}, id, {}});
      conflict.sides.push_back({{events_.id(second.event)}, id, {}});
      conflict.standing = 1;
      judgement_.conflicts.push_back(std::move(conflict));
    }
  }

  const ConcurrentFold& fold_;
  const EventTable& events_;
  const Document& document_;
  const document::Format& format_;
  const Describe& describe_;
  Judgement& judgement_;
  std::unordered_map<std::string, const Register*> renamed_;  ///< by the id before
  std::unordered_map<std::string, size_t> live_;
};

}  // namespace

void JudgeIdentities(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement) {
  JudgingIdentities(fold, describe, judgement).Run();
}

}  // namespace ameide::uaf::merge
