#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/subtree_hash.h"

namespace ameide::uaf::document {

/// How alike a node of one document and a node of another are that stand at the same place. Private to this
/// folder.
class Likeness {
 public:
  Likeness(const Document& from, const Document& to, LooseHashes& from_hashes, LooseHashes& to_hashes)
      : from_(from), to_(to), from_hashes_(from_hashes), to_hashes_(to_hashes) {}

  /// 0: they are not the same node. Else greater the more of their words, attributes and children they
  /// share. What can only be told by its place (text, lines, comments, elements of one name without ids) is
  /// never 0. An element whose id or name was changed is the same one where most of the rest is.
  float Of(NodeIndex from_node, NodeIndex to_node);

 private:
  using Features = std::vector<uint64_t>;
  float Elements(NodeIndex a, NodeIndex b);
  static const Features& Known(const Document& document, NodeIndex node, LooseHashes& hashes,
                               std::unordered_map<uint32_t, Features>& known);

  const Document& from_;
  const Document& to_;
  LooseHashes& from_hashes_;
  LooseHashes& to_hashes_;
  std::unordered_map<uint32_t, Features> from_features_;
  std::unordered_map<uint32_t, Features> to_features_;
};

}  // namespace ameide::uaf::document
