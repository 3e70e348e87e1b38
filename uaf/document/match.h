#pragma once

#include <cstdint>
#include <vector>

#include "uaf/document/document.h"

/// Which node of one document is which of another that does not share its history.
namespace ameide::uaf::document {

/// Pairs of nodes of two documents, each node in at most one.
class Matching {
 public:
  /// The node of `from` that `to_node` was, kNoNode for what is new.
  NodeIndex Before(NodeIndex to_node) const { return before_[static_cast<uint32_t>(to_node)]; }
  /// The node of `to` that `from_node` became, kNoNode for what is gone.
  NodeIndex After(NodeIndex from_node) const { return after_[static_cast<uint32_t>(from_node)]; }
  /// True when the subtrees render to equal text, white space before them included.
  bool SameText(NodeIndex from_node, NodeIndex to_node) const {
    return from_text_[static_cast<uint32_t>(from_node)] == to_text_[static_cast<uint32_t>(to_node)];
  }

 private:
  friend class Matcher;
  std::vector<NodeIndex> before_;
  std::vector<NodeIndex> after_;
  std::vector<uint64_t> from_text_;  ///< hashes of rendered text, modulo 2^61-1
  std::vector<uint64_t> to_text_;
};

/// Matches two documents of one kind. In this order: elements by an `id` attribute that each document has
/// once, wherever they stand; the children of matched nodes by equal text, in order; between those, by text
/// that is equal but for white space, and by likeness, also one level deeper: what was wrapped or unwrapped
/// (so an element whose id or name was changed, a line or a comment that was reworded, is still the same
/// one); last, elements that are equal but for white space and occur once on either side, wherever they
/// stand. The documents themselves always match.
///
/// O(n log n) for n nodes, plus a bounded comparison of what lies between equal siblings. Equality is by
/// 61-bit hashes: whoever relies on it for bytes compares bytes in the end.
Matching MatchNodes(const Document& from, const Document& to);

}  // namespace ameide::uaf::document
