#include "notation/bpmn/lint_touched.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>

namespace ameide::bpmn {
namespace {

/// The names of attributes, or of elements, that hold references: of the standard's table, and of diagrams.
const std::unordered_set<std::string_view>& ReferenceNames(bool as_element) {
  const auto collect = [](bool elements) {
    std::unordered_set<std::string_view> names;
    if (!elements)
      names = {"bpmnElement", "sourceElement", "targetElement", "choreographyActivityShape", "labelStyle"};
    for (const ReferenceType& reference : ReferenceTypes()) {
      if (reference.as_element == elements) names.insert(reference.name);
    }
    return names;
  };
  static const std::unordered_set<std::string_view> kAttributes = collect(false);
  static const std::unordered_set<std::string_view> kElements = collect(true);
  return as_element ? kElements : kAttributes;
}

/// The whole text, for what names one, and each word of it, for what names many.
void ForEachWord(std::string_view text, const std::function<void(std::string_view)>& use) {
  // Identifiers have no colon, but readers try the whole word first.
  const auto both = [&](std::string_view word) {
    use(word);
    if (word.find(':') != std::string_view::npos) use(LocalPart(word));
  };
  constexpr std::string_view kSpace = " \t\r\n";
  const std::string_view whole = Trimmed(text);
  both(whole);
  if (whole.find_first_of(kSpace) == std::string_view::npos) return;
  for (size_t at = 0; (at = whole.find_first_not_of(kSpace, at)) != std::string_view::npos;) {
    const size_t end = std::min(whole.find_first_of(kSpace, at), whole.size());
    both(whole.substr(at, end - at));
    at = end;
  }
}

/// What is named here has to do with what names it, in both directions.
bool LeadsOn(const Element& element) {
  const std::string_view name = element.local_name();
  return name == "sequenceFlow" || name == "messageFlow" || name == "association" ||
         name == "boundaryEvent" || name == "BPMNShape" || name == "BPMNEdge";
}

/// Collects elements by the number of steps to them.
class Walk {
 public:
  Walk(const Definitions& view, const Referrers& referrers, size_t most)
      : view_(view), referrers_(referrers), most_(most) {
    touched_.steps.assign(view.document().node_count(), 0);
  }

  /// An element, what is in it, and what it is in up to what holds many.
  void Reach(NodeIndex node, int steps) {
    const Document& document = view_.document();
    NodeIndex top = node;
    for (NodeIndex up = document.parent(top); up != kNoNode && !HoldsMany(document.local_name(up));
         up = document.parent(top)) {
      if (document.kind(up) != uaf::document::NodeKind::kElement) break;
      top = up;
    }
    Mark(node, steps);
    // References are read by whom they are in.
    if (const NodeIndex around = document.parent(top); around != kNoNode) rim_.push_back(around);
    if (HoldsMany(document.local_name(top))) return;
    for (const NodeIndex each : document.Descendants(top)) {
      if (document.kind(each) == uaf::document::NodeKind::kElement) Mark(each, steps);
    }
  }

  void Mark(NodeIndex node, int steps) {
    uint8_t& known = touched_.steps[static_cast<uint32_t>(node)];
    if (known != 0) return;
    known = static_cast<uint8_t>(1 + steps);
    ++touched_.elements;
    reached_.push_back(node);
  }

  Touched Run() {
    size_t done = 0;
    for (int steps = 1; steps <= kUnitSteps && touched_.elements <= most_; ++steps) {
      for (const size_t end = reached_.size(); done < end && touched_.elements <= most_; ++done) {
        const Element element(&view_, reached_[done]);
        if (const std::optional<std::string> id = element.attribute("id")) {
          for (const NodeIndex each : referrers_.Of(Trimmed(*id))) Reach(each, steps);
          // Whoever shares an id is judged with the others.
          for (const auto* same : {&view_.WithId(Trimmed(*id)), &view_.DrawnWithId(*id)}) {
            for (const Element& each : *same) Reach(each.node(), steps);
          }
        }
        if (!LeadsOn(element)) continue;
        Referrers::ForEachName(element, [&](std::string_view name) {
          if (const Element named = view_.Find(name)) Reach(named.node(), steps);
        });
      }
    }
    for (const NodeIndex node : rim_) {
      uint8_t& known = touched_.steps[static_cast<uint32_t>(node)];
      if (known == 0) known = 1 + kUnitSteps;
    }
    return std::move(touched_);
  }

 private:
  const Definitions& view_;
  const Referrers& referrers_;
  const size_t most_;
  Touched touched_;
  std::vector<NodeIndex> reached_;
  std::vector<NodeIndex> rim_;
};

}  // namespace

void Referrers::ForEachName(const Element& element, const std::function<void(std::string_view)>& use) {
  const Document& document = element.document();
  for (const uaf::document::Attribute& attribute : document.attributes(element.node())) {
    if (ReferenceNames(false).contains(LocalPart(attribute.name))) ForEachWord(attribute.Value(), use);
  }
  if (ReferenceNames(true).contains(element.local_name())) ForEachWord(element.text(), use);
}

bool Referrers::IsReference(std::string_view local_name) { return ReferenceNames(true).contains(local_name); }

void Referrers::Add(const Element& element) {
  ForEachName(element, [&](std::string_view name) {
    auto at = by_name_.find(name);
    if (at == by_name_.end()) at = by_name_.try_emplace(std::string(name)).first;
    at->second.push_back(element.node());
  });
}

void Referrers::Remove(const Element& element) {
  ForEachName(element, [&](std::string_view name) {
    const auto at = by_name_.find(name);
    if (at == by_name_.end()) return;
    const auto found = std::find(at->second.begin(), at->second.end(), element.node());
    if (found != at->second.end()) at->second.erase(found);
    if (at->second.empty()) by_name_.erase(at);
  });
}

std::span<const NodeIndex> Referrers::Of(std::string_view id) const {
  const auto at = by_name_.find(id);
  return at == by_name_.end() ? std::span<const NodeIndex>() : std::span<const NodeIndex>(at->second);
}

bool HoldsMany(std::string_view local_name) {
  static const std::unordered_set<std::string_view> kNames = {
      "definitions",        "process",      "subProcess",      "adHocSubProcess",
      "transaction",        "choreography", "subChoreography", "collaboration",
      "globalConversation", "laneSet",      "childLaneSet",    "lane",
      "BPMNDiagram",        "BPMNPlane",    "subConversation"};
  return kNames.contains(local_name);
}

Touched FindTouched(const Definitions& view, const Referrers& referrers, std::span<const NodeIndex> seeds,
                    size_t most) {
  Walk walk(view, referrers, most);
  for (const NodeIndex seed : seeds) walk.Reach(seed, 0);
  return walk.Run();
}

}  // namespace ameide::bpmn
