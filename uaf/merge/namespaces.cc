#include "uaf/merge/namespaces.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;
using document::SetAttributeOp;

uint32_t Raw(NodeIndex node) { return static_cast<uint32_t>(node); }

/// What is before the colon.
std::string_view PrefixOf(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}
std::string_view LocalOf(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool IsDeclaration(std::string_view attribute) {
  return attribute == "xmlns" || attribute.substr(0, 6) == "xmlns:";
}
std::string DeclarationOf(std::string_view prefix) {
  return prefix.empty() ? "xmlns" : absl::StrCat("xmlns:", std::string(prefix));
}
std::string_view DeclaredBy(std::string_view attribute) {
  return attribute.substr(std::min<size_t>(6, attribute.size()));
}

class JudgingNamespaces {
 public:
  JudgingNamespaces(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement)
      : fold_(fold),
        events_(fold.events()),
        document_(fold.document()),
        describe_(describe),
        judgement_(judgement) {}

  void Run() {
    for (const Register& known : fold_.registers()) {
      if (known.aspect != Aspect::kAttribute) continue;
      const std::string& name = fold_.NameOfAttribute(known.number);
      if (!IsDeclaration(name)) continue;
      declarations_.emplace(Raw(known.node), &known);
      prefixes_.emplace(DeclaredBy(name));
    }
    if (prefixes_.empty()) return;
    for (const auto& inserted : fold_.inserted()) {
      if (!document_.InTrash(inserted.first)) NamesIn(inserted);
    }
    for (const Register& known : fold_.registers()) {
      if (known.heads.empty() || document_.InTrash(known.node)) continue;
      if (known.aspect == Aspect::kName) {
        Name(known.node, known.node, PrefixOf(document_.name(known.node)), known.heads.back());
      } else if (known.aspect == Aspect::kAttribute) {
        const std::string& name = fold_.NameOfAttribute(known.number);
        const std::string_view prefix = PrefixOf(name);
        if (!prefix.empty() && !IsDeclaration(name) && document_.attribute_text(known.node, name))
          Name(known.node, known.node, prefix, known.heads.back());
      }
    }
  }

 private:
  void NamesIn(const ConcurrentFold::Inserted& inserted) {
    for (const NodeIndex node : document_.Descendants(inserted.first)) {
      if (Raw(node) < Raw(inserted.first) || Raw(node) >= Raw(inserted.first) + inserted.count) continue;
      if (document_.kind(node) != NodeKind::kElement) continue;
      if (fold_.Find(node, Aspect::kName) == nullptr)
        Name(inserted.first, node, PrefixOf(document_.name(node)), inserted.event);
      for (const document::Attribute& attribute : document_.attributes(node)) {
        const std::string_view prefix = PrefixOf(attribute.name);
        if (!prefix.empty() && !IsDeclaration(attribute.name))
          Name(inserted.first, node, prefix, inserted.event);
      }
    }
  }

  /// The declaration of a prefix on one element as `event` left it: nullopt when it had none there.
  std::optional<std::string> Declared(NodeIndex node, std::string_view prefix, EventIndex event) const {
    const std::string name = DeclarationOf(prefix);
    const auto [first, last] = declarations_.equal_range(Raw(node));
    for (auto each = first; each != last; ++each) {
      const Register& known = *each->second;
      if (fold_.NameOfAttribute(known.number) != name) continue;
      std::optional<document::AttributeText> text = known.attribute_base;
      for (const Write& write : known.writes) {
        const auto* set = std::get_if<SetAttributeOp>(write.op);
        if (set != nullptr && events_.Saw(event, write.event)) text = set->text;
      }
      return text ? std::optional(text->raw) : std::nullopt;
    }
    if (const auto text = document_.attribute_text(node, name)) return text->raw;
    return std::nullopt;
  }

  /// Who wrote the names with this prefix below an element for which it stands for something else by now than
  /// that element said.
  const std::set<EventId>& AuthorsOf(NodeIndex declaring, std::string_view prefix) {
    const auto [found, added] = authors_.try_emplace({Raw(declaring), std::string(prefix)});
    if (!added) return found->second;
    const std::string_view now = document_.LookupNamespace(declaring, prefix);
    for (const NodeIndex node : document_.Descendants(declaring)) {
      if (document_.kind(node) != NodeKind::kElement) continue;
      std::vector<const Register*> written;
      if (PrefixOf(document_.name(node)) == prefix) written.push_back(fold_.Find(node, Aspect::kName));
      for (const document::Attribute& attribute : document_.attributes(node)) {
        if (prefix.empty() || PrefixOf(attribute.name) != prefix) continue;
        const auto number = fold_.FindNumber(std::string(attribute.name));
        written.push_back(number ? fold_.Find(node, Aspect::kAttribute, *number) : nullptr);
      }
      if (written.empty() || document_.LookupNamespace(node, prefix) != now) continue;
      for (const Register* known : written) {
        const bool renamed = known != nullptr && !known->heads.empty();
        found->second.insert(renamed ? events_.id(known->heads.back()) : document_.id(node).event);
      }
    }
    return found->second;
  }

  /// A name that `event` wrote at `node`, below or at `top`.
  void Name(NodeIndex top, NodeIndex node, std::string_view prefix, EventIndex event) {
    if (!prefixes_.contains(std::string(prefix))) return;
    if (done_.contains({Raw(top), std::string(prefix)})) return;
    std::optional<std::string> wanted;
    NodeIndex at = node;
    for (; at != kNoNode && !wanted; at = document_.parent(at)) {
      if (document_.kind(at) == NodeKind::kElement) wanted = Declared(at, prefix, event);
      if (wanted) break;
    }
    if (!wanted || wanted->empty()) return;
    const std::string_view now = document_.LookupNamespace(node, prefix);
    if (now == *wanted) return;
    // Where names of others stand as this one does, that is what was meant for all of them.
    const std::set<EventId>& authors = AuthorsOf(at, prefix);
    if (authors.size() > 1 || !authors.contains(events_.id(event))) return;
    Heads against;
    const auto [first, last] = declarations_.equal_range(Raw(at));
    for (auto each = first; each != last; ++each) {
      if (fold_.NameOfAttribute(each->second->number) != DeclarationOf(prefix)) continue;
      for (const EventIndex head : each->second->heads) {
        if (!events_.Saw(event, head)) against.push_back(head);
      }
    }
    if (against.empty()) return;
    done_.emplace(Raw(top), std::string(prefix));
    Conflict conflict = describe_.About(ConflictKind::kAttribute, top);
    conflict.other = document_.id(at == top ? document::kDocumentNode : at);
    conflict.attribute = DeclarationOf(prefix);
    conflict.base = wanted;
    ConflictSide writer{{events_.id(event)}, wanted, {}};
    ConflictSide other{{}, now.empty() ? std::nullopt : std::optional(std::string(now)), {}};
    for (const EventIndex head : against) other.events.push_back(events_.id(head));
    const bool writer_first = event < against.front();
    conflict.sides = writer_first ? std::vector{std::move(writer), std::move(other)}
                                  : std::vector{std::move(other), std::move(writer)};
    conflict.standing = writer_first ? 1 : 0;
    judgement_.conflicts.push_back(std::move(conflict));
  }

  const ConcurrentFold& fold_;
  const EventTable& events_;
  const Document& document_;
  const Describe& describe_;
  Judgement& judgement_;
  std::multimap<uint32_t, const Register*> declarations_;  ///< what was written of them, by element
  std::set<std::string> prefixes_;                         ///< that were declared or removed anywhere
  std::set<std::pair<uint32_t, std::string>> done_;
  std::map<std::pair<uint32_t, std::string>, std::set<EventId>> authors_;
};

}  // namespace

void JudgeNamespaces(const ConcurrentFold& fold, const Describe& describe, Judgement& judgement) {
  JudgingNamespaces(fold, describe, judgement).Run();
}

bool IsLostNamespace(const Conflict& conflict) {
  return conflict.kind == ConflictKind::kAttribute && conflict.other != conflict.node &&
         IsDeclaration(conflict.attribute);
}

bool NamesAreLost(const Document& document, NodeIndex node, const Conflict& conflict) {
  const std::string_view prefix = DeclaredBy(conflict.attribute);
  for (const NodeIndex each : document.Descendants(node)) {
    if (document.kind(each) != NodeKind::kElement) continue;
    if (document.LookupNamespace(each, prefix) == conflict.base) continue;
    if (PrefixOf(document.name(each)) == prefix) return true;
    for (const document::Attribute& attribute : document.attributes(each)) {
      if (!prefix.empty() && PrefixOf(attribute.name) == prefix) return true;
    }
  }
  return false;
}

void MendNamespace(Document& document, const Conflict& conflict) {
  const auto top = document.Find(conflict.node);
  if (!top || document.InTrash(*top) || !conflict.base) return;
  const std::string& wanted = *conflict.base;
  const std::string prefix(DeclaredBy(conflict.attribute));
  const EventId event = conflict.node.event;
  const auto renamed = [&](std::string_view name, const std::string& to) {
    return absl::StrCat(to, to.empty() ? "" : ":", std::string(LocalOf(name)));
  };
  const auto declare = [&] {
    const std::vector<document::Attribute> present = document.attributes(*top);
    const std::string behind(present.empty() ? std::string_view() : present.back().name);
    const char quote = wanted.find('"') == std::string::npos ? '"' : '\'';
    const document::AttributeText text{" ", "=", quote, wanted};
    document.Fold(SetAttributeOp{document.id(*top), conflict.attribute, text, behind}, event).IgnoreError();
  };
  for (const NodeIndex node : document.Descendants(*top)) {
    if (document.kind(node) != NodeKind::kElement) continue;
    if (node != *top && document.id(node).event != event) continue;
    if (document.LookupNamespace(node, prefix) == wanted) continue;
    const std::optional<std::string> instead = document.LookupPrefix(node, wanted);
    std::vector<std::string> attributes;
    for (const document::Attribute& attribute : document.attributes(node)) {
      if (!prefix.empty() && PrefixOf(attribute.name) == prefix) attributes.emplace_back(attribute.name);
    }
    const bool named = PrefixOf(document.name(node)) == prefix;
    if (!named && attributes.empty()) continue;
    const auto taken = [&](const std::string& name) {
      return document.attribute_text(node, renamed(name, *instead)).has_value();
    };
    // Without a prefix an attribute is in no namespace.
    const bool rename =
        instead && (attributes.empty() ||
                    (!instead->empty() && std::none_of(attributes.begin(), attributes.end(), taken)));
    if (!rename) {
      declare();
      continue;
    }
    if (named) {
      document.Fold(document::SetNameOp{document.id(node), renamed(document.name(node), *instead)}, event)
          .IgnoreError();
    }
    for (const std::string& name : attributes) {
      const std::optional<document::AttributeText> text = document.attribute_text(node, name);
      document.Fold(SetAttributeOp{document.id(node), renamed(name, *instead), text, name}, event)
          .IgnoreError();
      document.Fold(SetAttributeOp{document.id(node), name, std::nullopt, ""}, event).IgnoreError();
    }
  }
}

}  // namespace ameide::uaf::merge
