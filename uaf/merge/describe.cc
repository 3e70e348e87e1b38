#include "uaf/merge/describe.h"

#include "absl/strings/str_cat.h"

namespace ameide::uaf::merge {

using document::Document;
using document::kNoNode;
using document::NodeIndex;
using document::NodeKind;

Conflict Describe::About(ConflictKind kind, NodeIndex node) const {
  const Document& document = fold_.document();
  Conflict conflict;
  conflict.kind = kind;
  conflict.node = conflict.other = document.id(node);
  // Of a text, a comment: the element around it.
  NodeIndex element = node;
  while (element != kNoNode && document.kind(element) != NodeKind::kElement)
    element = document.parent(element);
  conflict.type = document.kind(node) == NodeKind::kLine ? "line"
                  : element != kNoNode                   ? std::string(document.local_name(element))
                                                         : "text";
  conflict.name = fold_.format().DisplayName(document, element == kNoNode ? node : element);
  for (NodeIndex at = element; at != kNoNode && conflict.element.empty(); at = document.parent(at)) {
    if (document.kind(at) != NodeKind::kElement) continue;
    if (const auto id = document.attribute(at, "id")) conflict.element = *id;
  }
  return conflict;
}

std::string Describe::Named(NodeIndex node) const {
  const Document& document = fold_.document();
  if (document.kind(node) == NodeKind::kLine) return std::string(document.raw_text(node));
  if (std::string name = fold_.format().DisplayName(document, node); !name.empty()) return name;
  if (document.kind(node) != NodeKind::kElement) return "the file";
  if (auto id = document.attribute(node, "id")) return *std::move(id);
  return std::string(document.local_name(node));
}

std::string Describe::Identified(NodeIndex node) const {
  std::string name = Named(node);
  if (fold_.document().kind(node) != NodeKind::kElement) return name;
  const auto id = fold_.document().attribute(node, "id");
  if (id && *id != name) absl::StrAppend(&name, " (", *id, ")");
  return name;
}

std::string Describe::Around(const NodeId& parent) const {
  const auto node = fold_.document().Find(parent);
  return absl::StrCat("in ", node ? Identified(*node) : "what is gone");
}

std::string Describe::Beside(const document::Place& place) const {
  if (!place.left) return "first";
  const auto left = fold_.document().Find(*place.left);
  return absl::StrCat("behind ", left ? Identified(*left) : "what is gone");
}

std::string Describe::InTurn(const std::vector<NodeIndex>& nodes) const {
  constexpr size_t kMost = 8;
  std::string list;
  for (size_t i = 0; i < nodes.size() && i < kMost; ++i)
    absl::StrAppend(&list, i == 0 ? "" : ", ", Named(nodes[i]));
  return nodes.size() > kMost ? list + ", …" : list;
}

std::string Describe::PlainText(NodeIndex node, std::string_view raw) const {
  return fold_.document().kind(node) == NodeKind::kText ? document::UnescapeXml(raw) : std::string(raw);
}

std::string Describe::File(const Hash256& blob) {
  constexpr size_t kShort = 12;
  return absl::StrCat("file ", blob.Hex().substr(0, kShort));
}

}  // namespace ameide::uaf::merge
