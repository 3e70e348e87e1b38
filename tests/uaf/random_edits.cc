#include "tests/uaf/random_edits.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace ameide::uaf {
namespace {

using document::Document;
using document::NodeIndex;
using document::NodeKind;
using document::Op;

class Editor {
 public:
  Editor(const Document& document, Random& random) : document_(document), random_(random) {
    for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
      if (document.kind(node) == NodeKind::kElement) elements_.push_back(node);
      if (document.kind(node) == NodeKind::kText || document.kind(node) == NodeKind::kLine)
        texts_.push_back(node);
    }
  }

  std::optional<Op> Any() {
    if (elements_.empty()) return texts_.empty() ? std::nullopt : std::optional<Op>(Text());
    switch (random_.Below(9)) {
      case 0:
      case 1:
      case 2:
        return Attribute();
      case 3:
        return NewAttribute();
      case 4:
        return texts_.empty() ? Attribute() : std::optional<Op>(Text());
      case 5:
        return Copy();
      case 6:
        return Move();
      case 7:
        return Remove();
      default:
        return document::SetTriviaOp{document_.id(Element()), document::Trivia::kLead,
                                     random_.Below(2) == 0 ? "\n  " : " "};
    }
  }

 private:
  NodeIndex Element() { return elements_[random_.Below(elements_.size())]; }
  std::string Word() { return "w" + std::to_string(random_.Below(1000)); }

  std::optional<Op> Attribute() {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const NodeIndex node = Element();
      const std::vector<document::Attribute> attributes = document_.attributes(node);
      if (attributes.empty()) continue;
      const std::string name(attributes[random_.Below(attributes.size())].name);
      if (name.starts_with("xmlns")) continue;
      document::SetAttributeOp op{document_.id(node), name, document_.attribute_text(node, name), {}};
      if (random_.Below(5) == 0) {
        op.text.reset();
      } else {
        op.text->raw = Word();
      }
      return op;
    }
    return std::nullopt;
  }
  Op NewAttribute() {
    return document::SetAttributeOp{
        document_.id(Element()), Word(), document::AttributeText{" ", "=", '"', Word() + " &amp; ä"}, {}};
  }
  Op Text() {
    const NodeIndex node = texts_[random_.Below(texts_.size())];
    if (document_.kind(node) == NodeKind::kLine)
      return document::SetTextOp{document_.id(node), Word() + "\n"};
    return random_.Below(2) == 0 ? Op(document::SetTextOp{document_.id(node), Word()})
                                 : Op(document::SpliceTextOp{document_.id(node), 0, 0, Word()});
  }
  document::Place Beside(NodeIndex node) {
    document::Place place;
    place.parent = document_.id(document_.parent(node));
    place.left = document_.id(node);
    if (const NodeIndex next = document_.next_sibling(node); next != document::kNoNode)
      place.right = document_.id(next);
    return place;
  }
  std::optional<Op> Copy() {
    const NodeIndex node = Element();
    if (node == document_.root_element()) return std::nullopt;
    std::string raw = document_.RenderSubtree(node);
    constexpr size_t kLargestCopy = 20'000;
    if (raw.size() > kLargestCopy) return std::nullopt;
    return document::InsertNodeOp{Beside(node), 0, std::move(raw), 1};
  }
  std::optional<Op> Move() {
    const NodeIndex node = Element();
    const NodeIndex beside = Element();
    if (node == document_.root_element() || beside == document_.root_element()) return std::nullopt;
    return document::MoveNodeOp{document_.id(node), Beside(beside)};
  }
  std::optional<Op> Remove() {
    const NodeIndex node = Element();
    if (node == document_.root_element() || document_.Descendants(node).size() > 60) return std::nullopt;
    return document::MoveNodeOp{document_.id(node), std::nullopt};
  }

  const Document& document_;
  Random& random_;
  std::vector<NodeIndex> elements_;
  std::vector<NodeIndex> texts_;
};

}  // namespace

Command RandomEdit(const ArtifactId& artifact, const Document& document, Random& random) {
  Command command;
  command.artifact = artifact;
  command.label = "Random edit";
  if (random.Below(4) == 0) command.coalesce_key = "typing";
  Editor editor(document, random);
  for (uint64_t left = 1 + random.Below(3); left > 0; --left) {
    std::optional<Op> op = editor.Any();
    // A second insertion would need the number of nodes of the first.
    const bool inserts = op && std::holds_alternative<document::InsertNodeOp>(*op);
    if (op && !(inserts && !command.ops.empty())) command.ops.push_back(*std::move(op));
    if (inserts) break;
  }
  return command;
}

std::string RandomForeignEdit(const Document& document, Random& random) {
  std::string bytes = document.Render();
  const size_t quote = bytes.find("name=\"", random.Below(bytes.size()));
  if (quote != std::string::npos && random.Below(2) == 0) {
    bytes.insert(quote + 6, "outside" + std::to_string(random.Below(100)) + " ");
    return bytes;
  }
  std::vector<NodeIndex> small;
  for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
    if (document.kind(node) == NodeKind::kElement && node != document.root_element() &&
        document.Descendants(node).size() < 5) {
      small.push_back(node);
    }
  }
  if (small.empty()) return bytes;
  const std::string raw = document.RenderSubtree(small[random.Below(small.size())]);
  const size_t at = bytes.find(raw);
  if (at == std::string::npos || raw.empty()) return bytes;
  if (random.Below(2) == 0) return bytes.erase(at, raw.size());
  return bytes.insert(at, raw);
}

}  // namespace ameide::uaf
